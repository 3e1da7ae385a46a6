"""What has been released of a form, as one table a year: a row per group, a column per period."""

from collections.abc import Sequence
from dataclasses import dataclass

from exports.contents import Contents
from pages import cards
from survey.periods import Period


@dataclass(frozen=True)
class Line:
    """One group through the periods of a year; None where nothing was released."""

    name: str
    cells: tuple[Contents | None, ...]


@dataclass(frozen=True)
class YearShown:
    """A year's groups: the association first, then its teams; the year itself before its parts."""

    year: str
    periods: tuple[str, ...]
    lines: tuple[Line, ...]
    withheld: tuple[Contents, ...]


def years(stored: Sequence[Contents]) -> list[YearShown]:
    """Every year of which something has been released, the newest first."""
    return [_year(year, [one for one in stored if one.period[:4] == year]) for year in _years(stored)]


def _years(stored: Sequence[Contents]) -> list[str]:
    return sorted({one.period[:4] for one in stored}, reverse=True)


def _year(year: str, stored: list[Contents]) -> YearShown:
    periods = sorted({one.period for one in stored}, key=_from_whole_to_parts)
    by_place = {(one.team, one.period): one for one in stored}
    names: dict[str | None, str] = {one.team: cards.place(one) for one in stored}
    in_order = sorted(names, key=lambda team: (team is not None, names[team], team or ""))
    return YearShown(
        year=year,
        periods=tuple(periods),
        lines=tuple(Line(names[t], tuple(by_place.get((t, period)) for period in periods)) for t in in_order),
        withheld=tuple(one for one in stored if one.grade == "withheld"),
    )


def _from_whole_to_parts(label: str) -> tuple[bool, int]:
    period = Period.parse(label)
    return period.months != 12, period.index
