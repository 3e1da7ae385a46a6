"""Someone outside who has every file there is, and more: who belongs to which release is known, too.

Knows the workbook's columns from CONTRACT.md and nothing of the code: reads the .xlsx by its XML, and computes with
tools of its own (projection, linear programs). What is found here was found from files.
"""

import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MISSING = ("-66", "-77", "-88", "-99", "-55")
WORDS = ("högst 10 %", "ungefär en fjärdedel", "ungefär hälften", "ungefär tre fjärdedelar", "minst 90 %")


def sheets(workbook: bytes, only: str = "") -> dict[str, list[list[str]]]:
    """Sheet -> rows of cells as text, "" for an empty one; of all sheets or of one."""
    with zipfile.ZipFile(BytesIO(workbook)) as parts:
        book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
        targets = {
            relation.get("Id"): relation.get("Target")
            for relation in ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        }
        return {
            str(sheet.get("name")): _rows(parts.read(f"xl/{targets[sheet.get(_REL)]}"))
            for sheet in book.iter(f"{_NS}sheet")
            if only in ("", sheet.get("name"))
        }


def table(workbook: bytes, name: str) -> list[dict[str, str]]:
    """A sheet's rows by heading."""
    heading, *rows = sheets(workbook, name)[name]
    return [dict(zip(heading, row + [""] * len(heading), strict=False)) for row in rows]


def _rows(xml: bytes) -> list[list[str]]:
    rows = []
    for row in ElementTree.fromstring(xml).iter(f"{_NS}row"):
        cells: dict[int, str] = {}
        for cell in row.iter(f"{_NS}c"):
            letters = str(cell.get("r")).rstrip("0123456789")
            position = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(letters))) - 1
            cells[position] = "".join(text.text or "" for text in cell.iter() if text.tag in (f"{_NS}t", f"{_NS}v"))
        rows.append([cells.get(position, "") for position in range(max(cells, default=-1) + 1)])
    return rows


@dataclass(frozen=True)
class Batch:
    """A release: where it belongs, and how many people it is. The outsider is told these."""

    team: str
    period: str
    people: int


@dataclass
class Told:
    """What the file says of one question in one group."""

    base: int
    counts: dict[str, int] = field(default_factory=dict)
    word: str = ""


@dataclass
class Outsider:
    """Everything shown of one association and year: (group's name, period) -> question -> what was told."""

    association: str
    batches: Sequence[Batch]
    told: dict[tuple[str, str], dict[str, Told]]

    @classmethod
    def reading(cls, workbook: bytes, association: str, year: str, batches: Sequence[Batch]) -> "Outsider":
        """Parse `Resultat`, keeping the groups of one year."""
        told: dict[tuple[str, str], dict[str, Told]] = defaultdict(dict)
        for row in table(workbook, "Resultat"):
            if row["period"].startswith(year) and not (row["svar"] == "positiva" and row["antal"]):
                of = told[row["grupp"], row["period"]].setdefault(row["fråga"], Told(int(row["bas"])))
                if row["antal"]:
                    of.counts[row["svar"]] = int(row["antal"])
                elif row["grad"] == "grov":
                    of.word = row["not"]
        return cls(association, [b for b in batches if b.period.startswith(year)], dict(told))

    def members(self, group: tuple[str, str]) -> list[bool]:
        """Which batches the group is made of, by its name and period."""
        name, period = group
        return [b.period.startswith(period) and name in (self.association, b.team) for b in self.batches]

    def exact(self, question: str) -> list[tuple[str, str]]:
        """The groups that tell the question in exact counts."""
        return [group for group, told in self.told.items() if question in told and told[question].counts]

    def differences(self, question: str, floor: int = 30) -> Iterator[tuple[tuple[str, str], ...]]:
        """A - B and A - B - C with exact counts on all and fewer than `floor` people left."""
        groups = {group: self._mask(group) for group in self.exact(question)}
        sizes = np.array([b.people for b in self.batches])
        for a, whole in groups.items():
            parts = [group for group, mask in groups.items() if group != a and (mask <= whole).all()]
            for some in (*combinations(parts, 1), *combinations(parts, 2)):
                rest = whole - sum(groups[part] for part in some)
                if rest.min() >= 0 and 0 < rest @ sizes < floor:
                    yield (a, *some)

    def in_span(self, question: str, floor: int = 30) -> list[tuple[int, ...]]:
        """Every union of batches under `floor` people whose exact counts follow from the groups' by any arithmetic.

        By projection: a union in the span is its own projection. Batches that no group tells apart come together.
        """
        rows = np.array([self._mask(group) for group in self.exact(question)], dtype=float)
        if not rows.size:
            return []
        projection = np.linalg.pinv(rows) @ rows
        kinds: dict[bytes, list[int]] = defaultdict(list)
        for position, column in enumerate(rows.T):
            kinds[column.tobytes()].append(position)
        atoms = sorted((self._people(atom), atom) for atom in kinds.values() if self._people(atom) < floor)
        unions = (sorted(i for atom in some for i in atom) for some in _under(atoms, floor))
        return [tuple(union) for union in unions if _is_its_projection(union, projection)]

    def _mask(self, group: tuple[str, str]) -> NDArray[np.int64]:
        return np.array(self.members(group), dtype=np.int64)

    def _people(self, union: Sequence[int]) -> int:
        return sum(self.batches[i].people for i in union)


@dataclass(frozen=True)
class Poles:
    """Which codes of a question are positive, and which are ratings at all (the code book says so)."""

    positive: frozenset[str] = frozenset()
    rated: frozenset[str] = frozenset()


class Programme:
    """All that is told of one question as linear constraints on how many in each batch gave each answer."""

    def __init__(self, outsider: Outsider, question: str, labels: Sequence[str], poles: Poles) -> None:
        self._labels = list(labels)
        self._batches = outsider.batches
        self._poles = poles
        self._equal: list[tuple[NDArray[np.float64], float]] = []
        self._most: list[tuple[NDArray[np.float64], float]] = []
        for position, batch in enumerate(outsider.batches):
            self._equal.append((self._row([position], self._labels), batch.people))
        for group, told in outsider.told.items():
            if question in told:
                inside = [i for i, member in enumerate(outsider.members(group)) if member]
                self._hear(told[question], inside)

    def bounds(self, batch: int, codes: Collection[str]) -> tuple[int, int]:
        """The least and the most that can have given one of `codes` in the batch, as whole numbers."""
        wanted = self._row([batch], codes)
        low, high = self._solve(wanted), -self._solve(-wanted)
        return int(np.ceil(low - 1e-6)), int(np.floor(high + 1e-6))

    def _solve(self, wanted: NDArray[np.float64]) -> float:
        solved = linprog(
            wanted,
            A_eq=np.array([row for row, _ in self._equal]),
            b_eq=[value for _, value in self._equal],
            A_ub=np.array([row for row, _ in self._most]) if self._most else None,
            b_ub=[value for _, value in self._most] if self._most else None,
            method="highs",
        )
        assert solved.status == 0, solved.message
        return float(solved.fun)

    def _hear(self, told: Told, inside: Sequence[int]) -> None:
        for code, number in told.counts.items():
            codes = MISSING if code == "saknas" else (code,)
            if codes[0] in self._labels:  # else another choice of several, which is looked at by itself
                self._equal.append((self._row(inside, codes), number))
        if told.word:
            positive, rated = self._row(inside, self._poles.positive), self._row(inside, self._poles.rated)
            self._most.append((-rated, -10))
            self._hear_word(WORDS.index(told.word), positive, rated)

    def _hear_word(self, step: int, positive: NDArray[np.float64], rated: NDArray[np.float64]) -> None:
        """The borders of the words in whole numbers: 10, 37.5, 62.5 and 90 per cent."""
        least = (None, (10, 1, 1), (8, 3, 0), (8, 5, 0), (10, 9, 0))[step]
        most = ((10, 1, 0), (8, 3, -1), (8, 5, -1), (10, 9, -1), None)[step]
        if least:
            self._most.append((least[1] * rated - least[0] * positive, -least[2]))
        if most:
            self._most.append((most[0] * positive - most[1] * rated, most[2]))

    def _row(self, batches: Collection[int], codes: Collection[str]) -> NDArray[np.float64]:
        row = np.zeros((len(self._batches), len(self._labels)))
        for batch in batches:
            for code in codes:
                if code in self._labels:
                    row[batch, self._labels.index(code)] = 1
        return row.reshape(-1)


def _under(atoms: Sequence[tuple[int, list[int]]], floor: int) -> Iterator[list[list[int]]]:
    """Every choice of atoms, sorted by weight, that stays under `floor` people together."""
    for position, (people, atom) in enumerate(atoms):
        if people >= floor:
            return
        yield [atom]
        for more in _under(atoms[position + 1 :], floor - people):
            yield [atom, *more]


def _is_its_projection(union: Sequence[int], projection: NDArray[np.float64]) -> bool:
    if abs(projection[np.ix_(union, union)].sum() - len(union)) > 1e-7:
        return False
    own = np.zeros(len(projection))
    own[list(union)] = 1
    return bool(np.abs(projection @ own - own).max() < 1e-7)
