"""Someone outside who has every workbook of case statistics, knows which cases there were, and computes.

Reads the .xlsx by its XML. Who was in which quarter with which attribute is told as well, and used only to know what a
number stands for and what would be worth finding; what is found follows from printed numbers alone.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from tests.outsider import table

_ANY = 10**6
"""More people than there are."""
Person = tuple[str, str]
"""A row (a quarter, or for sex a team) and a value."""


@dataclass(frozen=True)
class Printed:
    """A number in the file: of which row (None: all of the year) and value (None: all)."""

    row: str | None
    value: str | None
    n: int

    def holds(self, person: Person) -> bool:
        return self.row in (None, person[0]) and self.value in (None, person[1])


@dataclass(frozen=True)
class Table:
    """One event by one dimension in one year, as far as it is printed, and the truth about it."""

    name: str
    printed: Collection[Printed]
    truth: Counter[Person]

    @property
    def cells(self) -> list[Person]:
        """Those that somebody is in."""
        return sorted(self.truth)

    def wrong(self) -> list[Printed]:
        """Numbers that are not the sum of what they stand for."""
        return [one for one in self.printed if one.n != sum(n for cell, n in self.truth.items() if one.holds(cell))]

    def differences(self, floor: int) -> list[tuple[Printed, ...]]:
        """A - B and A - B - C with somebody left, but fewer than the floor."""
        return list(self._differences(floor))

    def _differences(self, floor: int) -> Iterator[tuple[Printed, ...]]:
        masks = {one: np.array([one.holds(cell) for cell in self.cells], dtype=int) for one in self.printed}
        sizes = np.array([self.truth[cell] for cell in self.cells])
        for whole in self.printed:
            parts = [one for one in self.printed if one != whole and (masks[one] <= masks[whole]).all()]
            for some in (*combinations(parts, 1), *combinations(parts, 2)):
                rest = masks[whole] - sum(masks[part] for part in some)
                if rest.min() >= 0 and 0 < rest @ sizes < floor:
                    yield (whole, *some)

    def in_span(self, floor: int, most: int = 3) -> list[tuple[Person, ...]]:
        """Unions of up to `most` groups of cells that nothing tells apart, under the floor, that follow by arithmetic:
        each is its own projection on the span."""
        rows = np.array([[one.holds(cell) for cell in self.cells] for one in self.printed], dtype=float)
        if not rows.size:
            return []
        projection = np.linalg.pinv(rows) @ rows
        kinds: dict[bytes, list[int]] = defaultdict(list)
        for place, column in enumerate(rows.T):
            kinds[column.tobytes()].append(place)
        people = [self.truth[cell] for cell in self.cells]
        atoms = [atom for atom in kinds.values() if sum(people[i] for i in atom) < floor]
        unions = (
            sorted(i for atom in some for i in atom) for k in range(1, most + 1) for some in combinations(atoms, k)
        )
        light = [union for union in unions if sum(people[i] for i in union) < floor]
        return [tuple(self.cells[i] for i in union) for union in light if _is_its_projection(union, projection)]

    def bounds(self, wanted: Sequence[Person]) -> tuple[int, int]:
        """The least and the most people that can be in the cells together, with every value there could be."""
        if not self.printed:
            return 0, _ANY
        grid = [(row, value) for row in self._names(0) for value in self._names(1)]
        equal = np.array([[one.holds(cell) for cell in grid] for one in self.printed], dtype=float)
        goal = np.array([cell in wanted for cell in grid], dtype=float)
        numbers = [one.n for one in self.printed]
        least, most = (linprog(way * goal, A_eq=equal, b_eq=numbers, method="highs") for way in (1, -1))
        assert least.status == 0, least.message
        return int(np.ceil(least.fun - 1e-6)), int(np.floor(1e-6 - most.fun)) if most.status == 0 else _ANY

    def _names(self, place: int) -> list[str]:
        told = {(one.row, one.value)[place] for one in self.printed} - {None}
        return sorted({cell[place] for cell in self.truth} | {f"{name}" for name in told})


def _is_its_projection(union: Sequence[int], projection: NDArray[np.float64]) -> bool:
    own = np.zeros(len(projection))
    own[list(union)] = 1
    return bool(np.abs(projection @ own - own).max() < 1e-7)


class Files:
    """What the workbook's sheets say, row by row."""

    def __init__(self, workbook: bytes) -> None:
        self._counts = [row for row in table(workbook, "Antal") if row["antal"]]
        self._times = [row for row in table(workbook, "Tider") if row["antal"] and row["väntetid"] != "Alla"]

    def by(self, year: str, event: str, dimension: str, within: tuple[str, str] = ("", "")) -> set[Printed]:
        """The numbers of an event by a dimension, by quarter and for the year, and how many in all: of everybody, or of
        those within a value of another dimension."""
        own = [row for row in self._of(event) if row["period"].startswith(year)]
        named = {_printed(row, row["kod"]) for row in own if row["uppdelning"] == dimension}
        return named | {_printed(row, None) for row in own if (row["uppdelning"], row["kod"]) == within}

    def totals(self, year: str, event: str) -> set[Printed]:
        """How many in all, quarter by quarter and for the year."""
        own = [row for row in self._of(event) if row["period"].startswith(year)]
        return {_printed(row, None) for row in own if not row["uppdelning"]}

    def waited(self, year: str, event: str, step: str) -> set[Printed]:
        """The waiting times of a step, and how many in all came to the event."""
        own = [row for row in self._times if row["steg"] == step and row["period"].startswith(year)]
        return {_printed(row, row["väntetid"]) for row in own} | self.totals(year, event)

    def sexes(self, year: str, event: str) -> set[Printed]:
        """The numbers of teams and all by sex; the rows are teams."""
        own = [row for row in self._of(event) if row["period"] == year]
        found = {Printed(None, None, int(row["antal"])) for row in own if not row["uppdelning"]}
        found |= {Printed(row["kod"], None, int(row["antal"])) for row in own if row["uppdelning"] == "Team"}
        for row in own:
            if row["uppdelning"] == "Team och kön":
                team, _, sex = row["kod"].partition("|")
                found.add(Printed(team or None, sex, int(row["antal"])))
        return found

    def _of(self, event: str) -> list[dict[str, str]]:
        return [row for row in self._counts if row["händelse"] == event]


def _printed(row: dict[str, str], value: str | None) -> Printed:
    return Printed(None if len(row["period"]) == len("2026") else row["period"], value, int(row["antal"]))
