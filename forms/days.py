"""Days as forms speak of them: counted from the day of asking, months added, said in words. No clock in here."""

import re
from calendar import monthrange
from datetime import date, timedelta

from babel.dates import format_date

COUNTED = re.compile(r"today(?:([+-])(\d{1,3})([dm]))?")
"""`today`, `today+14d`, `today-6m`: what a bound or a proposal of a day may be."""


def counted(bound: str, today: date) -> date:
    """The day that a bound says, when asked on `today`. Raises `ValueError` for what is no bound."""
    found = COUNTED.fullmatch(bound)
    if not found:
        raise ValueError(bound)
    number = int(f"{found[1] or '+'}{found[2] or 0}")
    return months_later(today, number) if found[3] == "m" else today + timedelta(days=number)


def months_later(day: date, months: int) -> date:
    """The same day of another month, or the month's last where it has no such day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def readable(day: date, language: str) -> str:
    """The day in words, day before month: «31 mars 2027», “31 March 2027”."""
    return format_date(day, format="long", locale="en_GB" if language == "en" else language.replace("-", "_"))
