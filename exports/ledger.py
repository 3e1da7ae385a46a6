"""The ledger's arithmetic: which exact totals may stand beside each other. Membership only, never an answer.

A group is a row of zeros and ones over the releases of one year. Whoever has the totals of some groups has the total of
every sum and difference of them; what must not be among these is a union of releases with too few people (PRIVACY.md
3.3). Proof sketch in `docs/statistics.md`. Bounds from coarse words are `exports.bounds`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def reveals(groups: Rows, sizes: Sequence[int], floor: int) -> bool:
    """Whether the totals of `groups` give the total of some union of releases with fewer than `floor` people.

    `groups` has a row per group and a column per release, `sizes` the people of each release.
    """
    return next(small_unions(groups, sizes, floor), None) is not None


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
