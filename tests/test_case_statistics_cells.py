"""Counts of a table are printed only if no union of cells under the floor follows from them: tried against every other
table that would be printed alike."""

from collections.abc import Sequence
from itertools import chain, combinations, product
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from exports.case_statistics_cells import Cell, Cells, Part

FLOOR = 10
Place = tuple[str, str]


def a_table(source: Random) -> dict[Place, int]:
    """Two or three rows and values, with small and large cells, and some that nobody is in."""
    rows, values = source.choice(((2, 2), (2, 3), (3, 2), (3, 3), (2, 4)))
    return {place: source.choice((0, 1, 3, 4, 6, 9, 10, 12, 25)) for place in product("abc"[:rows], "wxyz"[:values])}


def parts_of(table: dict[Place, int]) -> list[Part]:
    rows, values = ({place[i] for place in table} for i in (0, 1))
    return [Part(row, value) for row in (None, *sorted(rows)) for value in (None, *sorted(values))]


def cells_of(table: dict[Place, int]) -> Cells:
    return Cells((Cell(*place, n) for place, n in table.items() if n), FLOOR)


def printed(cells: Cells, parts: Sequence[Part], *, by_size_alone: bool = False) -> list[Part]:
    """What comes to be printed when one part after the other is asked for."""
    for part in parts:
        if cells.people(part) >= FLOOR if by_size_alone else cells.may_print(part):
            cells.printed.add(part)
    return [part for part in parts if part in cells.printed]


def like(table: dict[Place, int], told: Sequence[Part]) -> NDArray[np.int64]:
    """Every table that differs by one at most in each cell and is printed alike.

    A count that can be another at all is another in one of these: a ring changes each cell on it by one.
    """
    truth = np.array(list(table.values()))
    held = np.array([[part.holds(Cell(*place, 1)) for place in table] for part in told], dtype=np.int64)
    changes = np.array(list(product((-1, 0, 1), repeat=len(truth))))
    fits = ((changes @ held.reshape(-1, len(truth)).T) == 0).all(axis=1) & (truth + changes >= 0).all(axis=1)
    return np.asarray(changes[fits])


def worked_out(table: dict[Place, int], told: Sequence[Part]) -> list[tuple[int, ...]]:
    """The unions of cells with people, but under the floor, whose number is the same in all of them."""
    truth, changes = list(table.values()), like(table, told)
    places = [i for i, n in enumerate(truth) if n]
    unions = chain.from_iterable(combinations(places, k) for k in range(1, len(places) + 1))
    light = [union for union in unions if sum(truth[i] for i in union) < FLOOR]
    return [union for union in light if not changes[:, union].sum(axis=1).any()]


@pytest.mark.parametrize("seed", range(120))
def test_nothing_small_can_be_worked_out_whatever_the_order(seed: int) -> None:
    source = Random(seed)
    table = a_table(source)
    parts = parts_of(table)
    told = printed(cells_of(table), source.sample(parts, len(parts)))
    assert worked_out(table, told) == []


def test_control_by_size_alone_most_tables_are_broken() -> None:
    broken = 0
    for seed in range(120):
        source = Random(seed)
        table = a_table(source)
        told = printed(cells_of(table), parts_of(table), by_size_alone=True)
        broken += bool(worked_out(table, told))
    assert broken > 60


def test_what_is_large_is_printed() -> None:
    table = dict(zip(product("ab", "xyz"), (12, 30, 10, 25, 11, 40), strict=True))
    assert printed(cells_of(table), parts_of(table)) == parts_of(table)


def test_one_small_cell_takes_a_second_one_with_it() -> None:
    table = {("a", "x"): 30, ("a", "y"): 20, ("a", "z"): 4}
    told = printed(cells_of(table), [Part("a"), Part("a", "x"), Part("a", "y"), Part("a", "z")])
    assert told == [Part("a"), Part("a", "x")]


def test_a_raised_floor_does_not_undo_what_has_been_printed() -> None:
    cells = Cells([Cell("a", "x", 12), Cell("b", "x", 60)], 50, [Part("a")])
    assert cells.may_print(Part())
    assert not Cells(cells.cells, 50).may_print(Part("a"))


def test_an_empty_part_is_not_printed() -> None:
    assert not cells_of({("a", "x"): 40}).may_print(Part("a", "y"))
    assert not Cells((), FLOOR).may_print(Part())
