"""A personal number or coordination number: read as people write it, kept as twelve digits, shown by its last four."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from forms import personal_numbers
from forms.messages import personal_number_mistyped, personal_number_unborn, personal_number_wanted
from forms.model import Answer, Question, Stored, Text
from forms.types.base import BadAnswer, QuestionType, Say
from forms.types.writing import one_line


class PersonalNumberType(QuestionType):
    """Points at one person and no other, so it is asked in a case or not at all."""

    name = "personal_number"
    covered = True
    privacies = frozenset({"identifying"})
    kinds = frozenset({"case"})
    longest = 12

    def macro(self, question: Question) -> str:
        return "text_input"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        return {"inputmode": "text", "ltr": True, "width": "medium"}

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        typed = one_line(values[0] if values else "")
        if not typed:
            return None
        if not personal_numbers.written(typed):
            raise BadAnswer(personal_number_wanted(), authored=True)
        return typed

    def settle(self, question: Question, answer: Answer, today: date, language: str) -> Answer:
        try:
            return personal_numbers.number(str(answer), today)
        except personal_numbers.Unborn:
            raise BadAnswer(personal_number_unborn()) from None
        except personal_numbers.Mistyped:
            raise BadAnswer(personal_number_mistyped()) from None

    def wanted(self, question: Question) -> str:
        return personal_number_wanted()

    def cover(self, answer: Answer) -> str:
        return personal_numbers.masked(str(answer))

    def said(self, question: Question, answer: Answer) -> tuple[Text | str, ...]:
        return (self.cover(answer),)

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: "0" * self.longest}]
