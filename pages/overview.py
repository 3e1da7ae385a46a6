"""What has been released of a form, as one table a year: a row per group, a column per period."""

from collections.abc import Sequence
from dataclasses import dataclass

from exports.released import Released
from survey.periods import Period


@dataclass(frozen=True)
class Line:
    """One group through the periods of a year; None where nothing was released."""

    name: str
    cells: tuple[Released | None, ...]


@dataclass(frozen=True)
class YearShown:
    """A year's groups: the association first, then its teams; the year itself before its parts."""

    year: str
    periods: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def withheld(self) -> list[str]:
        """The names of the groups of which something is withheld."""
        return [line.name for line in self.lines if any(cell and cell.grade == "withheld" for cell in line.cells)]


def years(shown: Sequence[Released], association_name: str) -> list[YearShown]:
    """Every year of which something has been released, the newest first."""
    labels = sorted({one.period[:4] for one in shown}, reverse=True)
    return [_year(year, [one for one in shown if one.period[:4] == year], association_name) for year in labels]


def _year(year: str, shown: list[Released], association_name: str) -> YearShown:
    periods = sorted({one.period for one in shown}, key=_from_whole_to_parts)
    by_place = {(one.team, one.period): one for one in shown}
    names = {one.team: one.team_name or association_name for one in shown}
    in_order = sorted(names, key=lambda team: (team is not None, names[team], team or ""))
    return YearShown(
        year=year,
        periods=tuple(periods),
        lines=tuple(Line(names[t], tuple(by_place.get((t, period)) for period in periods)) for t in in_order),
    )


def _from_whole_to_parts(label: str) -> tuple[bool, int]:
    period = Period.parse(label)
    return period.months != 12, period.index
