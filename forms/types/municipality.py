"""One of the 290 Swedish municipalities, by its code; a team has those it works in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forms.messages import _, choose_municipality, municipality_wanted
from forms.model import Answer, Question, Stored, Text
from forms.municipalities import MUNICIPALITIES
from forms.types.base import EQUALITY, BadAnswer, Say
from forms.types.choosing import ChoiceType


class MunicipalityType(ChoiceType):
    """Chosen from a list, since there may be many."""

    name = "municipality"
    keys = frozenset({"choices", "refusal", "dont_know"})
    operators = EQUALITY
    lists_municipalities = True

    def macro(self, question: Question) -> str:
        return "select"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        rows = [{"code": code, "label": name} for code, name in _offered(question).items()]
        reasons = [{"code": each.code, "label": say(each.text)} for each in question.choices if each.missing]
        return {"choices": [*rows, *reasons], "empty": choose_municipality()}

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        if not any(values):
            return None
        if len(values) > 1 or (values[0] not in _offered(question) and question.choice(values[0]) is None):
            raise BadAnswer(municipality_wanted())
        return values[0]

    def wanted(self, question: Question) -> str:
        return municipality_wanted()

    def said(self, question: Question, answer: Answer) -> tuple[Text | str, ...]:
        return (MUNICIPALITIES[str(answer)],) if answer in MUNICIPALITIES else super().said(question, answer)

    def comparable(self, answer: str) -> int | str:
        return answer

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        reasons = [choice.code for choice in question.choices if choice.missing]
        return [self.keep(question, code) for code in (*_offered(question), *reasons)]

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        for choice in question.choices:
            if not choice.missing and choice.code not in MUNICIPALITIES:
                yield (
                    "choices",
                    _("Ingen kommun har koden «%(code)s».", code=choice.code),
                    _("Skriv kommunens kod med fyra siffror."),
                )


def _offered(question: Question) -> Mapping[str, str]:
    """The municipalities that can be chosen: the question's own, or all there are."""
    own = [choice.code for choice in question.choices if not choice.missing]
    return {code: MUNICIPALITIES.get(code, code) for code in own} if own else MUNICIPALITIES
