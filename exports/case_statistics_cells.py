"""The ledger over cells: which counts of a two-way table may be printed so that no small one follows from them.

Where figures are cut by attributes of people, the count itself is the figure (PRIVACY.md 3.3). A table has rows
(quarters, or teams) and values (of one attribute); printed are parts of it: all, a row, a value, a single cell. Whoever
has some parts has every sum and difference of them, and knows that no cell is below zero. Neither may give a union of
cells with fewer people than the floor.

Zero is no second question: what sums and zeros fix together is what sums fix once the cells that are zero in every
table that fits are left out. Here every cell with nobody in it is left out. `docs/statistics.md` has the argument.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exports.ledger import small_unions


@dataclass(frozen=True)
class Cell:
    """How many people are in one row with one value; never none."""

    row: str
    value: str
    n: int


@dataclass(frozen=True)
class Part:
    """What can be printed of a table; None stands for all rows, or all values."""

    row: str | None = None
    value: str | None = None

    def holds(self, cell: Cell) -> bool:
        """Whether the cell is counted in the part."""
        return self.row in (None, cell.row) and self.value in (None, cell.value)


class Cells:
    """One table, and the parts of it that are printed."""

    def __init__(self, cells: Iterable[Cell], floor: int, printed: Iterable[Part] = ()) -> None:
        self.cells = tuple(cells)
        self.printed = set(printed)
        self.floor = floor

    def people(self, part: Part) -> int:
        """How many people the part is."""
        return sum(cell.n for cell in self.cells if part.holds(cell))

    def may_print(self, part: Part) -> bool:
        """Whether the part, beside all that is printed, gives away no union under the floor.

        Where an association has raised its floor since, what was printed under the lower one stays printed.
        """
        if self.people(part) < self.floor:
            return False
        before = self._known(self.printed) if self.printed else set()
        return self._known({*self.printed, part}) <= before

    def _known(self, parts: set[Part]) -> set[bytes]:
        """The unions under the floor that follow from the parts."""
        held = np.array([[part.holds(cell) for cell in self.cells] for part in parts], dtype=np.int64)
        return {union.tobytes() for union in small_unions(held, [cell.n for cell in self.cells], self.floor)}
