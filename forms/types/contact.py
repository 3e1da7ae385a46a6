"""Questions about how to reach a person: always identifying, so never in an anonymous form."""

import re
from collections.abc import Iterable, Mapping, Sequence

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from forms.messages import email_wanted, phone_wanted
from forms.model import Answer, Question, Stored
from forms.types.base import BadAnswer, QuestionType, Say
from forms.types.writing import one_line

_TYPED = re.compile(r"[0-9+()/. -]+")


class EmailType(QuestionType):
    """An e-mail address. Nothing is sent to it and nobody is asked whether it exists."""

    name = "email"
    covered = True
    keys = frozenset({"autocomplete"})
    privacies = frozenset({"identifying"})
    longest = 254

    def macro(self, question: Question) -> str:
        return "text_input"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        return {"kind": "email", "autocomplete": question.autocomplete or "email"}

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        typed = one_line(values[0] if values else "")
        if not typed:
            return None
        try:
            return str(validate_email(typed[: self.longest + 1], check_deliverability=False).normalized)
        except EmailNotValidError:
            raise BadAnswer(email_wanted()) from None

    def wanted(self, question: Question) -> str:
        return email_wanted()

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: "\U0010fffd" * self.longest}]


class PhoneType(QuestionType):
    """A telephone number, Swedish unless it says another country. Kept as typed: so people know their own number."""

    name = "phone"
    covered = True
    keys = frozenset({"autocomplete"})
    privacies = frozenset({"identifying"})
    longest = 30

    def macro(self, question: Question) -> str:
        return "text_input"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        return {"kind": "tel", "autocomplete": question.autocomplete or "tel"}

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        typed = one_line(values[0] if values else "")
        if not typed:
            return None
        if not _TYPED.fullmatch(typed) or len(typed) > self.longest:
            raise BadAnswer(phone_wanted())
        try:
            number = phonenumbers.parse(typed, "SE")
        except phonenumbers.NumberParseException:
            raise BadAnswer(phone_wanted()) from None
        if not phonenumbers.is_possible_number(number) or number.extension:
            raise BadAnswer(phone_wanted())
        return typed

    def wanted(self, question: Question) -> str:
        return phone_wanted()

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: "0" * self.longest}]
