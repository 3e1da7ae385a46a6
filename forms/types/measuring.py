"""Questions answered with a whole number or a day."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from forms.days import COUNTED, counted, readable
from forms.messages import _, date_before, date_from, date_wanted, number_between, number_wanted
from forms.model import Answer, Question, Stored
from forms.types.base import ORDER, BadAnswer, QuestionType
from forms.types.writing import one_line

LEAST, MOST = -999_999_999, 999_999_999
"""Bounds of a number that has none of its own."""
_NUMBER = re.compile(r"[+-]?\d{1,9}")
_DAY = re.compile(r"(\d{4})-?(\d{1,2})-?(\d{1,2})")


class NumberType(QuestionType):
    """A whole number, in any script's digits. A blank is no number, never zero."""

    name = "number"
    keys = frozenset({"minimum", "maximum"})
    operators = ORDER
    measures = True

    def macro(self, question: Question) -> str:
        return "number"

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        typed = one_line(values[0] if values else "").replace(" ", "").replace("−", "-")
        if not typed:
            return None
        if not _NUMBER.fullmatch(typed):
            raise BadAnswer(number_wanted())
        least, most = self.bounds(question)
        if not least <= int(typed) <= most:
            raise BadAnswer(number_between(least, most))
        return str(int(typed))

    def bounds(self, question: Question) -> tuple[int, int]:
        """The least and the greatest number that can be answered."""
        least = LEAST if question.minimum is None else question.minimum
        return least, MOST if question.maximum is None else question.maximum

    def wanted(self, question: Question) -> str:
        return number_wanted()

    def comparable(self, answer: str) -> int | str:
        return int(answer)

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:
        return {question.id: int(str(answer))}

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: bound} for bound in self.bounds(question)]

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        least, most = self.bounds(question)
        if not LEAST <= least <= most <= MOST:
            yield (
                "minimum",
                _("Talet ska vara från %(least)s till %(most)s.", least=least, most=most),
                _("Skriv ett minimum som är mindre än maximum."),
            )


class DateType(QuestionType):
    """A day. Stored as 2026-03-31. Its bounds are counted from the day of asking."""

    name = "date"
    keys = frozenset({"earliest", "latest", "proposal"})
    operators = ORDER
    dates = True

    def macro(self, question: Question) -> str:
        return "date"

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        typed = one_line(values[0] if values else "").replace(" ", "")
        if not typed:
            return None
        found = _DAY.fullmatch(typed)
        if not found:
            raise BadAnswer(date_wanted())
        try:
            return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        except ValueError:
            raise BadAnswer(date_wanted()) from None

    def settle(self, question: Question, answer: Answer, today: date, language: str) -> Answer:
        day = date.fromisoformat(str(answer))
        earliest, latest = (bound and counted(bound, today) for bound in (question.earliest, question.latest))
        if earliest and day < earliest:
            raise BadAnswer(date_from(readable(earliest, language), is_today=earliest == today))
        if latest and day > latest:
            raise BadAnswer(date_before(readable(latest + timedelta(days=1), language)))
        return answer

    def proposed(self, question: Question, today: date) -> Answer | None:
        return counted(question.proposal, today).isoformat() if question.proposal else None

    def wanted(self, question: Question) -> str:
        return date_wanted()

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: date.max.isoformat()}]

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        for key in ("earliest", "latest", "proposal"):
            bound = getattr(question, key)
            if bound and not COUNTED.fullmatch(bound.replace("{consent_months}", "1")):
                remedy = _('Skriv "today", eller till exempel "today+14d" eller "today+6m".')
                yield key, _("«%(bound)s» är ingen dag.", bound=bound), remedy
