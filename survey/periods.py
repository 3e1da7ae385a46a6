"""Periods: the quarters or months after which boxes are opened, and the years that hold them.

Here lives what a label such as "2026-Q3" means. Which period an association uses is a column of its own;
when a box is opened is `survey.release`.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

PeriodKind = Literal["quarter", "month"]
_LABEL = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
_MONTHS = {
    "sv": (
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_QUARTER = {"sv": "kvartal", "en": "quarter"}


@dataclass(frozen=True)
class Period:
    """A year, a quarter or a month; `months` is 12, 3 or 1 and `index` counts such pieces from year 0."""

    months: int
    index: int

    @classmethod
    def parse(cls, label: str) -> Self:
        """Read "2026", "2026-Q3" or "2026-09". Raises `ValueError` for anything else."""
        found = _LABEL.fullmatch(label)
        if not found:
            raise ValueError(f"{label!r} är ingen period; skriv som 2026-Q3, 2026-09 eller 2026.")
        year, quarter, month = (int(part) if part else 0 for part in found.groups())
        if quarter:
            return cls(3, year * 4 + quarter - 1)
        return cls(1, year * 12 + month - 1) if month else cls(12, year)

    @classmethod
    def of(cls, day: date, kind: PeriodKind) -> Self:
        """The quarter or month that `day` falls in."""
        months = 3 if kind == "quarter" else 1
        return cls(months, (day.year * 12 + day.month - 1) // months)

    @classmethod
    def last_ended(cls, day: date, kind: PeriodKind) -> Self:
        """The newest period that is over on `day`."""
        return cls.of(day, kind).previous

    @property
    def label(self) -> str:
        if self.months == 3:
            return f"{self.year}-Q{self.index % 4 + 1}"
        return f"{self.year}-{self.index % 12 + 1:02d}" if self.months == 1 else f"{self.year}"

    @property
    def year(self) -> int:
        return self.index * self.months // 12

    @property
    def next(self) -> Self:
        return type(self)(self.months, self.index + 1)

    @property
    def previous(self) -> Self:
        return type(self)(self.months, self.index - 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.index * self.months % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        month = self.index * self.months % 12 + self.months
        return date(self.year, month, monthrange(self.year, month)[1])

    @property
    def ends_year(self) -> bool:
        """Whether the year is over when this period is."""
        return self.last_day.month == 12

    def ended(self, today: date) -> bool:
        """Whether the whole period lies before `today`."""
        return self.last_day < today

    def reached(self, last: "Period") -> int:
        """How many periods of `last`'s kind lie from the beginning of this one to the end of `last`."""
        months = (last.last_day.year - self.year) * 12 + last.last_day.month - self.first_day.month + 1
        return -(-months // last.months)

    def words(self, language: str) -> str:
        """As people say it: "kvartal 3 2026", "september 2026", "2026"."""
        return span_words(self, self, language)

    def __str__(self) -> str:
        return self.label


def span_words(first: Period, last: Period, language: str) -> str:
    """From one period to another as people say it: "kvartal 1–2 2026", "kvartal 4 2025 – kvartal 1 2026"."""
    if first.months != last.months or (first.year != last.year and first.months != 12):
        return f"{first.words(language)} – {last.words(language)}"
    years = f"{first.year}" if first.year == last.year else f"{first.year}–{last.year}"
    if first.months == 12:
        return years
    names = [_name(first, language), _name(last, language)]
    between = names[0] if first == last else "–".join(names)
    return f"{_QUARTER[language]} {between} {years}" if first.months == 3 else f"{between} {years}"


def _name(period: Period, language: str) -> str:
    return str(period.index % 4 + 1) if period.months == 3 else _MONTHS[language][period.index % 12]
