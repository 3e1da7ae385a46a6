"""Time in minutes, and how it is said: as 1:20, and as hours with one decimal. A blank time is none, never zero.

Whole minutes are counted, and rounded once, when they are said: halves upwards.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

_PER_HOUR = 60
_TENTH = Decimal("0.1")
_PUBLISHED = re.compile(r"(\d{1,4})(?:[.,](\d{1,2}))?")


class Span(NamedTuple):
    """From the least to the most, which are often the same."""

    least: int
    most: int

    @property
    def one(self) -> bool:
        return self.least == self.most


def clock(minutes: int) -> str:
    """Minutes as hours and minutes: "1:05", "26:00"."""
    return f"{minutes // _PER_HOUR}:{minutes % _PER_HOUR:02d}"


def tenths(minutes: int) -> Decimal:
    """Minutes as hours with one decimal."""
    return rounded(minutes, 1)


def rounded(minutes: int, decimals: int) -> Decimal:
    """Minutes as hours with so many decimals."""
    return (Decimal(minutes) / _PER_HOUR).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def shared(minutes: int, among: int) -> int:
    """Whole minutes each, halves upwards."""
    return int((Decimal(minutes) / among).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True)
class Printed:
    """Hours as somebody has printed them: «1,25» says more decimals than «5»."""

    hours: Decimal
    at_least: bool = False

    @classmethod
    def parse(cls, text: str) -> "Printed | None":
        """Read "1,3", "1,25 h" or "minst 5"; None for what is no number of hours."""
        plain = " ".join(text.casefold().split())
        at_least = plain.startswith("minst ")
        found = _PUBLISHED.fullmatch(plain.removeprefix("minst ").removesuffix(" h").removesuffix("h"))
        if not found:
            return None
        return cls(Decimal(f"{found[1]}.{found[2]}" if found[2] else found[1]), at_least)

    @property
    def decimals(self) -> int:
        return max(0, -int(self.hours.as_tuple().exponent))

    @property
    def minutes(self) -> int:
        """What is printed, in minutes."""
        return int((self.hours * _PER_HOUR).to_integral_value(ROUND_HALF_UP))

    def follows(self, computed: Span) -> bool:
        """Whether it is what these minutes come to, as exactly as it is printed; «minst» is about the least of them."""
        least = rounded(computed.least, self.decimals)
        most = least if self.at_least else rounded(computed.most, self.decimals)
        return least <= self.hours <= most


@dataclass(frozen=True)
class Columns:
    """The columns of one row of a time table, as somebody has printed them (INSTRUMENTS.md 4)."""

    per_day: Span | None
    before: Span | None
    met: Span
    after: Span | None
    meetings: int
    at_least: bool = False
    """Whether there are at least so many meetings."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """The times that are not there: `before`, `after`."""
        return tuple(name for name in ("before", "after") if getattr(self, name) is None)

    @property
    def computed(self) -> Span:
        """What the columns come to in minutes, of what is there."""
        there = [one for one in (self.before, self.met, self.after) if one is not None]
        return Span(*(self.meetings * sum(one[end] for one in there) for end in (0, 1)))

    @property
    def open_end(self) -> bool:
        """Whether it may well be more than `computed`: a time is missing, or there were more meetings."""
        return self.at_least or bool(self.gaps)
