"""The ledger: every group shown full, and which may still join them. Membership only, never an answer.

A group is a row of zeros and ones over the releases of one year. Whoever has the totals of some groups has the total of
every sum and difference of them; what must not be among these is a union of releases with too few people (PRIVACY.md
3.3). Proof sketch in `docs/statistics.md`. What coarse words add is `exports.bounds`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exports.contents import Floors, Grade, Reason
from survey.periods import Period

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Release:
    """A batch opened together: `team` is None for one pooled over teams."""

    id: str
    team: str | None
    period: str
    people: int


@dataclass(frozen=True)
class Group:
    """A union of whole releases: of the association or one team, in a period or the whole year."""

    team: str | None
    period: str

    @property
    def of_year(self) -> bool:
        """Whether it is a year's group rather than a quarter's or a month's."""
        return len(self.period) == 4

    def holds(self, release: Release) -> bool:
        """Whether the release belongs to the group."""
        return release.period.startswith(self.period) and self.team in (None, release.team)

    def people(self, releases: Iterable[Release]) -> int:
        """How many answered in it."""
        return sum(release.people for release in releases if self.holds(release))


class Ledger:
    """The releases of one year so far, and the groups of that year that are shown full."""

    def __init__(self, releases: Sequence[Release], floors: Floors, full: Iterable[Group] = ()) -> None:
        self.releases = tuple(releases)
        self.full = list(full)
        self._floors = floors

    def grade(self, group: Group) -> tuple[Grade, Reason]:
        """The finest grade the group may have beside all earlier ones; a full one joins the ledger."""
        people = group.people(self.releases)
        if people < self._floors.show:
            return "withheld", "few"
        if people < self._floors.count:
            return "coarse", "under_count"
        if self._spends_the_year(group) or self._reveals(group):
            return "coarse", "derivable"
        self.full.append(group)
        return "full", ""

    def _reveals(self, group: Group) -> bool:
        """Whether some union under the floor is known with the group that was not known before.

        Where an association has raised its floor during the year, what was shown under the lower one stays shown.
        """
        before = {union.tobytes() for union in self._known(self.full)}
        return any(union.tobytes() not in before for union in self._known([*self.full, group]))

    def _known(self, groups: Sequence[Group]) -> Iterator[Rows]:
        rows = np.array([[g.holds(r) for r in self.releases] for g in groups], dtype=np.int64)
        people = [r.people for r in self.releases]
        return small_unions(rows.reshape(len(groups), len(people)), people, self._floors.count)

    def _spends_the_year(self, group: Group) -> bool:
        """See `spends_the_year`; only of the last period but one is it asked."""
        period = Period.parse(group.period)
        if group.of_year or not period.next.ends_year:
            return False
        parts = [Group(group.team, label) for label in year_until(period)]
        people = [part.people(self.releases) for part in parts]
        return spends_the_year(people, [part in self.full for part in parts[:-1]], self._floors.count)


def spends_the_year(people: Sequence[int], full: Sequence[bool], floor: int) -> bool:
    """Whether the whole year could no longer be full if its last period but one were, should the last turn out small.

    `people` are those of each period so far, `full` says which but the newest are full. Only what is not yet full hides
    the rest of a year. Before the last period begins it must hold enough people, if that period is as far below the
    smallest so far as half the distance between smallest and largest.
    """
    seen = people[next(i for i, n in enumerate(people) if n) :]
    hidden = sum(n for n, shown in zip(people, full, strict=False) if not shown)
    return 2 * hidden + 3 * min(seen) - max(seen) < 2 * floor


def year_until(last: Period) -> list[str]:
    """The labels of the year's periods up to `last`."""
    period = last
    labels = [period.label]
    while period.previous.year == last.year:
        period = period.previous
        labels.append(period.label)
    return labels[::-1]


def small_unions(groups: Rows, sizes: Sequence[int], floor: int) -> Iterator[Rows]:
    """Every union of releases under `floor` people in the linear span of `groups`, as rows of zeros and ones.

    In echelon form a row of the span is the sum of the basis rows times its own values at the pivots. So a union is
    known from the pivots it holds, and only sets of pivots under `floor` people need to be tried.
    """
    weights = np.asarray(sizes, dtype=np.int64)
    together = _together(groups, weights)
    order = np.argsort(-together, kind="stable")
    basis, pivots = echelon(groups[:, order])
    heavy = together[order][pivots]
    back = np.argsort(order)
    for union in _sums(basis, heavy, floor):
        if union.any() and np.isin(union, (0, 1)).all() and union @ weights[order] < floor:
            yield union[back]


def echelon(groups: Rows) -> tuple[Rows, list[int]]:
    """The reduced row echelon basis of the span, and its pivot columns.

    Exact in whole numbers: teams and periods are two nestings of the same releases, and such a table is totally
    unimodular, so that every pivot is 1 or -1. Raises `ArithmeticError` for rows that are not of that kind.
    """
    rows = groups.astype(np.int64).copy()
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        rank = len(pivots)
        found = np.flatnonzero(rows[rank:, column])
        if not found.size:
            continue
        at = rank + int(found[0])
        rows[[rank, at]] = rows[[at, rank]]
        if abs(int(rows[rank, column])) != 1:
            raise ArithmeticError("groups do not nest by team and by period")
        rows[rank] *= rows[rank, column]
        others = np.delete(np.arange(len(rows)), rank)
        rows[others] -= np.outer(rows[others, column], rows[rank])
        pivots.append(column)
    return rows[: len(pivots)], pivots


def _together(groups: Rows, weights: Rows) -> Rows:
    """For each release, the people of all releases that no group tells apart from it: they come together or not."""
    _, kind = np.unique(groups, axis=1, return_inverse=True)
    kind = kind.reshape(-1)
    people = np.bincount(kind, weights=weights).astype(np.int64)
    return np.asarray(people[kind], dtype=np.int64)


def _sums(basis: Rows, heavy: Rows, floor: int) -> Iterator[Rows]:
    """The sums of every set of basis rows whose pivots stay under `floor` people together."""
    light = [(int(weight), row) for weight, row in zip(heavy, basis, strict=True) if weight < floor]
    open_: list[tuple[int, int, Rows]] = [(0, 0, np.zeros(basis.shape[1], dtype=np.int64))]
    while open_:
        start, people, total = open_.pop()
        yield total
        for position in range(start, len(light)):
            weight, row = light[position]
            if people + weight < floor:
                open_.append((position + 1, people + weight, total + row))
