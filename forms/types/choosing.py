"""Questions answered by choosing: one of several, several of several, or a step on a worded scale."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forms.messages import _, choice_wanted, not_together, one_of_these
from forms.model import MISSING, Answer, Choice, Operator, Question, Stored, Text
from forms.types.base import CONTENTS, ORDER, BadAnswer, QuestionType, Say, several

FACES = 5
"""The drawn faces, best to worst; a scale with faces has as many steps."""


class Choosing(QuestionType):
    """What the three have in common: choices that are drawn as rows and stored as codes."""

    keys = frozenset({"choices", "scale", "positive", "middle", "negative", "refusal", "dont_know", "proposal"})
    chosen = True

    def macro(self, question: Question) -> str:
        return "choice_rows"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        faces = _faces(question)
        rows = [
            {"code": c.code, "label": say(c.text), "face": faces.get(c.code, 0), "apart": c.missing}
            for c in question.choices
        ]
        return {"choices": rows, "multiple": self.takes_several}

    def wanted(self, question: Question) -> str:
        return choice_wanted()

    def said(self, question: Question, answer: Answer) -> tuple[Text | str, ...]:
        return tuple(c.text for c in question.choices if c.code in several(answer))

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        steps = len(question.scale.choices) if question.scale else 0
        if len([c for c in question.choices if not c.missing]) < 2 and (question.scale is None or steps):
            yield (
                "choices",
                _("Frågan har inte två svar att välja mellan."),
                _("Skriv minst två choices, eller en scale."),
            )
        if question.faces and steps not in (0, FACES):
            yield "faces", _("Ansikten finns bara för skalor med fem steg."), _("Skriv faces: false.")
        for key in ("proposal", "unasked", "on_paper"):
            code = getattr(question, key)
            if code and question.choice(code) is None:
                yield key, _("Inget svar har den koden."), _("Skriv koden för ett av svaren, eller ta bort raden.")


class ChoiceType(Choosing):
    """One answer of several: radio buttons. Stored as the code."""

    name = "choice"
    keys = Choosing.keys | {"unasked", "on_paper"}
    operators = ORDER

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        if not values:
            return None
        if len(values) > 1 or question.choice(values[0]) is None:
            raise BadAnswer(one_of_these())
        return values[0]

    def missing(self, answer: Answer) -> bool:
        return answer in MISSING

    def comparable(self, answer: str) -> int | str:
        return int(answer) if answer.isdecimal() and str(int(answer)) == answer else answer

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [self.keep(question, choice.code) for choice in question.choices]


class YesNoType(ChoiceType):
    """Yes or no, in these words or others. Stored as 1 or 0."""

    name = "yes_no"
    usual = (Choice("1", Text({"sv": "Ja", "en": "Yes"})), Choice("0", Text({"sv": "Nej", "en": "No"})))

    keys = Choosing.keys - {"scale"}

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        if {choice.code for choice in question.choices if not choice.missing} != {"1", "0"}:
            yield "choices", _("Ja ska ha koden 1 och nej koden 0."), _("Ändra koderna, eller ta bort choices.")
        yield from super().check(question)


class ScaleType(ChoiceType):
    """A choice on a scale with a word for every step, and perhaps a face beside it."""

    name = "scale"
    keys = Choosing.keys | {"faces"}

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        if question.scale is None:
            yield "scale", _("Frågan har ingen skala."), _("Skriv scale: och namnet på en av formulärets scales.")
        yield from super().check(question)


class ChoicesType(Choosing):
    """Several answers at once: checkboxes. Stored as a list of codes, with `<id>_miss` beside it when there is none."""

    name = "choices"
    operators = CONTENTS
    takes_several = True

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        chosen = [choice for choice in question.choices if choice.code in values]
        if len(chosen) != len(set(values)):
            raise BadAnswer(one_of_these())
        alone = next((choice for choice in chosen if choice.exclusive), None)
        if alone and len(chosen) > 1:
            raise BadAnswer(not_together(alone.text.in_(language)), authored=True)
        return tuple(choice.code for choice in chosen) or None

    def missing(self, answer: Answer) -> bool:
        return all(code in MISSING for code in answer)

    def holds(self, op: Operator, answer: Answer, value: str | tuple[str, ...] | None) -> bool:
        return value in several(answer)

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:
        chosen = several(answer)
        if self.missing(answer):
            return self.lack(question, chosen[0])
        return {question.id: list(chosen)}

    def lack(self, question: Question, code: str) -> dict[str, Stored]:
        return {question.id: [], f"{question.id}_miss": code}

    def columns(self, question: Question) -> tuple[str, ...]:
        return (question.id, f"{question.id}_miss")

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        together = tuple(c.code for c in question.choices if not c.exclusive)
        alone = [(c.code,) for c in question.choices if c.exclusive]
        return [self.keep(question, answer) for answer in (together, *alone) if answer]


def _faces(question: Question) -> dict[str, int]:
    """Code -> face, 5 best to 1 worst, for the steps of the scale itself."""
    if not question.faces or question.scale is None:
        return {}
    return {choice.code: FACES - place for place, choice in enumerate(question.scale.choices)}
