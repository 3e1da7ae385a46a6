"""Weeks as people in Sweden number them (ISO 8601), and spans of them. A meeting's day is never kept, only its week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from survey.errors import BadRequest
from survey.periods import Period

_THURSDAY = 4
"""A week belongs to the year, and here to the month and quarter, that its Thursday is in."""


def week_of(day: date) -> str:
    """The week a day is in: "2026-W31". Labels sort as the weeks follow each other."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def day_in(week: str, weekday: int = 1) -> date:
    """A day of the week, Monday being 1. Raises `BadRequest` for what is no week."""
    try:
        year, number = week.split("-W")
        found = date.fromisocalendar(int(year), int(number), weekday)
    except ValueError:
        raise BadRequest from None
    if week_of(found) != week:
        raise BadRequest
    return found


def newest(today: date, number: int) -> list[str]:
    """So many weeks up to the one of `today`, the newest first."""
    return [week_of(today - timedelta(weeks=back)) for back in range(number)]


@dataclass(frozen=True)
class Weeks:
    """From one week to another, both included."""

    first: str
    last: str

    @classmethod
    def of(cls, period: Period) -> Self:
        """The weeks of a month, quarter or year."""
        last = week_of(period.last_day)
        if day_in(last, _THURSDAY) > period.last_day:
            last = week_of(period.last_day - timedelta(weeks=1))
        first = week_of(period.first_day)
        if day_in(first, _THURSDAY) < period.first_day:
            first = week_of(period.first_day + timedelta(weeks=1))
        return cls(first, last)

    def __contains__(self, week: str) -> bool:
        return self.first <= week <= self.last

    def __iter__(self) -> Iterator[str]:
        day = day_in(self.first)
        while week_of(day) <= self.last:
            yield week_of(day)
            day += timedelta(weeks=1)
