"""What the pages of the team's own records call things: weeks, times, states and levels, each in words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from pages.language import spoken
from survey.records.deviations import Clock
from survey.records.hours import Span, clock, tenths
from survey.records.weeks import day_in

STATES: Mapping[str, object] = {
    "new": _l("Ny"),
    "raised": _l("Lyft"),
    "answered": _l("Svar finns"),
    "solved": _l("Löst"),
    "unsolvable": _l("Går inte att lösa här"),
}
STEPS: Mapping[str, object] = {
    "raised": _l("Lyft den"),
    "answered": _l("Skriv in svaret"),
    "solved": _l("Den är löst"),
    "unsolvable": _l("Den går inte att lösa här"),
}
"""What is done to get there."""


def week(label: str) -> str:
    """A week as one says it, with its days: «vecka 31, 27 juli–2 augusti 2026»."""
    first, last = day_in(label), day_in(label, 7)
    begins = format_date(first, "d MMMM" if first.month != last.month else "d", locale=spoken())
    said = {"n": int(label[-2:]), "days": f"{begins}–{format_date(last, 'd MMMM y', locale=spoken())}"}
    return str(_("vecka %(n)s, %(days)s", **said))


def short_week(label: str) -> str:
    """A week in a table: «v. 31 2026»."""
    return str(_("v. %(n)s %(year)s", n=int(label[-2:]), year=label[:4]))


def span(one: Span | None) -> str:
    """From the least to the most; «–» where nothing is noted."""
    if one is None:
        return "–"
    return f"{one.least}" if one.one else f"{one.least}–{one.most}"


def clocked(minutes: Span | None, at_least: bool) -> str:
    """Minutes as hours and minutes: «minst 5:00–6:00»."""
    if minutes is None:
        return "–"
    return _least(clock(minutes.least) if minutes.one else f"{clock(minutes.least)}–{clock(minutes.most)}", at_least)


def in_hours(minutes: Span | None) -> str:
    """Minutes as hours with one decimal: «5,0–6,0 timmar»; "" for none."""
    if minutes is None:
        return ""
    least, most = (_decimal(tenths(end)) for end in minutes)
    hours = least if minutes.one else f"{least}–{most}"
    return str(_("%(hours)s timmar", hours=hours))


def waited(one: Clock, due: date) -> str:
    """How the answer stands, in working days."""
    told = ngettext("%(num)s arbetsdag", "%(num)s arbetsdagar", one.waited)
    if one.answered:
        return str(_("Svar efter %(days)s", days=told))
    by = format_date(due, "long", locale=spoken())
    if one.left < 0:
        late = ngettext("%(num)s arbetsdag sent", "%(num)s arbetsdagar sent", -one.left)
        return str(_("Väntat %(days)s, svar skulle ha kommit %(by)s: %(late)s", days=told, by=by, late=late))
    return str(_("Väntat %(days)s, svar senast %(by)s", days=told, by=by))


def day(on: date) -> str:
    """A day as one says it."""
    return str(format_date(on, "long", locale=spoken()))


def _least(said: str, at_least: bool) -> str:
    return str(_("minst %(n)s", n=said)) if at_least else said


def _decimal(number: Decimal) -> str:
    return str(format_decimal(number, format="0.0", locale=spoken()))
