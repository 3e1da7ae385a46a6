"""Swedish personal numbers and coordination numbers (personnummer, samordningsnummer): read, checked, hidden.

Kept as twelve digits, year first. A coordination number has sixty added to its day.
"""

import re
from datetime import date

_WRITTEN = re.compile(r"(\d{2})?(\d{2})(\d{2})(\d{2})([-+]?)(\d{4})")
_ADDED = 60
_HIDDEN = "••••"


class Mistyped(ValueError):
    """As many digits as there should be, but no such day, or another last digit."""


class Unborn(ValueError):
    """The day in the number has not been."""


def written(text: str) -> bool:
    """Whether the text has the shape: ten or twelve digits, any spaces, and perhaps a - or + before the last four."""
    return _WRITTEN.fullmatch(_closed(text)) is not None


def number(text: str, today: date) -> str:
    """The twelve digits of what was written on `today`. Ten digits mean the last hundred years, with a + the hundred
    before. Raises `Mistyped`, `Unborn`, or `ValueError` for what has not the shape."""
    found = _WRITTEN.fullmatch(_closed(text))
    if not found:
        raise ValueError(text)
    century, year, month, day, sign, last = found.groups()
    if _sum_of_luhn(f"{year}{month}{day}{last}") % 10:
        raise Mistyped
    if century:
        twelve = f"{century}{year}{month}{day}{last}"
        if _day(twelve) > today:
            raise Unborn
        return twelve
    this = today.year // 100
    hundreds = [f"{this - back:02}{year}{month}{day}{last}" for back in (0, 1, 2)]
    real = [twelve for twelve in hundreds if _is_day(twelve)]
    past = [twelve for twelve in real if _day(twelve) <= today]
    older = 1 if sign == "+" and len(past) > 1 else 0
    if not past:
        raise Mistyped
    return past[older]


def born(twelve: str) -> date:
    """The day of birth in twelve digits. Raises `Mistyped` for a day that never was."""
    return _day(twelve)


def masked(twelve: str) -> str:
    """The number as it is shown to those who have not asked for it: «••••-1234»."""
    return f"{_HIDDEN}-{twelve[-4:]}"


def _closed(text: str) -> str:
    return "".join(text.split()).replace("–", "-").replace("−", "-")


def _day(twelve: str) -> date:
    day = int(twelve[6:8])
    try:
        return date(int(twelve[:4]), int(twelve[4:6]), day - _ADDED if day > _ADDED else day)
    except ValueError:
        raise Mistyped from None


def _is_day(twelve: str) -> bool:
    try:
        _day(twelve)
    except Mistyped:
        return False
    return True


def _sum_of_luhn(digits: str) -> int:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(digits)]
    return sum(value // 10 + value % 10 for value in doubled)
