"""Choosing whose figures to see: form, group, year and part of the year, as links that keep the other choices.

Only what has been released can be chosen; the rest stands there as words, so that nobody looks for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext as _

from exports.released import Released
from pages.language import spoken
from survey.periods import Period


@dataclass(frozen=True)
class Option:
    """Something to choose: its words, where it leads ("" where nothing has been released), and whether it is chosen."""

    label: str
    address: str
    here: bool = False
    withheld: bool = False


@dataclass(frozen=True)
class Choice:
    """One row of options."""

    heading: str
    options: tuple[Option, ...]


def address_of(association: str, form: str, team: str | None, period: str) -> str:
    """The page of one group's figures."""
    if team is None:
        return url_for("evaluate.figures", association=association, form_id=form, period=period)
    return url_for("evaluate.team_figures", association=association, form_id=form, period=period, team=team)


def choices(
    association: str,
    association_name: str,
    by_form: Mapping[str, Sequence[Released]],
    titles: Mapping[str, str],
    here: tuple[str, str | None, str],
) -> list[Choice]:
    """The rows over the figures of `here` (form, team, period). A row with one option is no choice and left out."""
    form, team, period = here
    shown = by_form[form]

    def to(one: Released | None, label: str, chosen: bool, of: str = form) -> Option:
        address = address_of(association, of, one.team, one.period) if one else ""
        return Option(label, address, chosen)

    def group(one: Released | None, label: str, chosen: bool) -> Option:
        return replace(to(one, label, chosen), withheld=one is not None and one.grade == "withheld")

    forms = [to(_nearest(every, team, period), titles[one], one == form, one) for one, every in by_form.items()]
    groups = [group(_find(shown, slug, period), name, slug == team) for slug, name in _places(shown, association_name)]
    years = [to(_in_year(shown, team, year, period), year, year == period[:4]) for year in _years(shown)]
    own = [one for one in shown if one.team == team and one.period[:4] == period[:4]]
    parts = [group(one, part_words(one.period), one.period == period) for one in sorted(own, key=_whole_first)]
    rows = [(_("Formulär"), forms), (_("Grupp"), groups), (_("År"), years), (_("Period"), parts)]
    return [Choice(heading, tuple(options)) for heading, options in rows if len(options) > 1]


def larger(shown: Iterable[Released], team: str | None, period: str) -> list[Released]:
    """The groups with figures that hold the answers of this one."""
    return [
        one
        for one in shown
        if one.grade != "withheld"
        and one.team in (None, team)
        and one.period in (period, period[:4])
        and (one.team, one.period) != (team, period)
    ]


def part_words(label: str) -> str:
    """A period beside its year: "kvartal 2", and the year itself "hela 2025"."""
    period = Period.parse(label)
    if period.months == 12:
        return str(_("hela %(year)s", year=label))
    return period.words("en" if spoken() == "en" else "sv").removesuffix(f" {period.year}")


def newest(shown: Sequence[Released], *, whole_year: bool) -> Released | None:
    """The newest figures of the whole association: of a whole year, or of a part of one."""
    return next(
        (
            one
            for one in shown
            if one.team is None and one.grade != "withheld" and (len(one.period) == len("2026")) == whole_year
        ),
        None,
    )


def _places(shown: Iterable[Released], association_name: str) -> list[tuple[str | None, str]]:
    names = {one.team: one.team_name for one in shown if one.team is not None}
    return [(None, association_name), *sorted(names.items(), key=lambda pair: (pair[1], pair[0]))]


def _years(shown: Iterable[Released]) -> list[str]:
    return sorted({one.period[:4] for one in shown}, reverse=True)


def _find(shown: Iterable[Released], team: str | None, period: str) -> Released | None:
    return next((one for one in shown if (one.team, one.period) == (team, period)), None)


def _in_year(shown: Sequence[Released], team: str | None, year: str, period: str) -> Released | None:
    """The same part of another year, or the whole of it, or what there is."""
    own = [one for one in shown if one.team == team and one.period[:4] == year]
    return _find(own, team, year + period[4:]) or _find(own, team, year) or next(iter(own), None)


def _nearest(shown: Sequence[Released], team: str | None, period: str) -> Released | None:
    """The same group in another form, or the newest of the whole association."""
    return _find(shown, team, period) or next((one for one in shown if one.team is None), None)


def _whole_first(one: Released) -> tuple[bool, int]:
    period = Period.parse(one.period)
    return period.months != 12, period.index
