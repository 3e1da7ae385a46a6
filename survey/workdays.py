"""Working days: Swedish holidays, and the day two months after a meeting on which somebody asks how it went.

The eves on which offices are closed (Midsummer's, Christmas, New Year's) count as holidays: nobody answers then.
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

import holidays

MONTHS_TO_FOLLOW_UP = 2


def holiday(day: date) -> bool:
    """Whether it is a Swedish holiday or such an eve; Sundays as such are none."""
    return day in _year(day.year)


def workday(day: date) -> bool:
    """Whether people are at work: Monday to Friday, and no holiday."""
    return day.weekday() < 5 and not holiday(day)


def next_workday(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not workday(day):
        day += timedelta(days=1)
    return day


def workdays_later(day: date, number: int) -> date:
    """The last of so many working days after a day, which is itself not counted."""
    for _each in range(number):
        day = next_workday(day + timedelta(days=1))
    return day


def workdays_until(day: date, last: date) -> int:
    """How many working days come after a day up to a later one, which is counted itself; 0 for the same day."""
    return sum(workday(day + timedelta(days=number)) for number in range(1, (last - day).days + 1))


def months_later(day: date, months: int) -> date:
    """The same day of a later month (or of an earlier one), or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def follow_up_day(met: date) -> date:
    """When a plan made on `met` is followed up: about two months later, on a working day."""
    return next_workday(months_later(met, MONTHS_TO_FOLLOW_UP))


@cache
def _year(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("SE", years=year, categories=("public", "de_facto")))
