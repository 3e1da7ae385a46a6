"""An association's year in figures: gathered from what has been shown, and a month after the year kept for good.

Nothing is counted here, and no answer and no case is read: answers, cases and polls have figures that are stored, and
these are put side by side (`exports.year_parts`). So the page and the file (`exports.year_workbook`) tell nothing that
is not told elsewhere. Until the year is settled, polls and records of the staff's own may still come; then all of
it is stored as it stands, down to names, and read from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import orjson

from exports.contents import Texts
from exports.figures import share
from exports.standing import Standing

PartId = Literal["participants", "cases", "meetings", "answers", "deviations", "polls"]
Shape = Literal["lines", "groups"]
"""How a block is drawn: a line per figure, or a line per group with a column per figure."""


@dataclass(frozen=True)
class Source:
    """Where figures stand with all that belongs to them."""

    kind: Literal["cases", "answers", "poll", "meetings", "deviations"]
    id: str
    """Of the form or the poll; "" where an association has one only."""
    text: Texts


@dataclass(frozen=True)
class Figure:
    """One figure: a number of a base, a number, a value with a unit, one of five words, or the reason for none."""

    text: Texts
    group: str = ""
    """The team's name, or the association's where a block has both; "" in blocks of one group."""
    n: int | None = None
    base: int | None = None
    value: float | None = None
    unit: Texts = field(default_factory=dict)
    step: int | None = None
    """0-4, as `exports.contents.Item.step`."""
    goal: int | None = None
    stands: Standing | None = None
    means: Texts = field(default_factory=dict)
    """Which answers were counted, where the text is a question."""
    why: str = ""
    """Why it is not shown, or less exactly, as a text to translate and to give the floors (`exports.wording`)."""

    @property
    def share(self) -> int | None:
        """In whole per cent of the base."""
        return None if self.n is None or not self.base else share(self.n, self.base)

    @property
    def shown(self) -> bool:
        """Whether anything of it is printed."""
        return not (self.n is None and self.value is None and self.step is None)


@dataclass(frozen=True)
class Block:
    """Figures of one kind from one source, as one table."""

    title: Texts
    figures: tuple[Figure, ...]
    source: Source
    show: int
    count: int
    """The floors of the source, on the day its figures were made."""
    shape: Shape = "lines"
    note: Texts = field(default_factory=dict)
    """What must be known to read it, if anything."""

    @property
    def shown(self) -> bool:
        """Whether any figure of it is printed."""
        return any(one.shown for one in self.figures)

    @property
    def reasons(self) -> list[tuple[str, list[Figure]]]:
        """Why figures are not shown, and why others are words rather than numbers, each with those figures."""
        found: dict[tuple[str, bool], list[Figure]] = {}
        for one in self.figures:
            if one.why:
                found.setdefault((one.why, one.shown), []).append(one)
        return [(why, figures) for (why, _shown), figures in found.items()]


@dataclass(frozen=True)
class Part:
    """One of the subjects of a yearly report."""

    id: PartId
    blocks: tuple[Block, ...]
    lack: Texts = field(default_factory=dict)
    """Why it has none."""


@dataclass(frozen=True)
class Report:
    """The whole year."""

    association: str
    association_name: str
    year: int
    settled_on: str
    """ISO date; "" while something may still come."""
    parts: tuple[Part, ...]

    @property
    def settles_on(self) -> date:
        """From which day it is stored and changes no more."""
        return settles_on(self.year)

    def each(self) -> Iterator[tuple[Part, Block, Figure]]:
        """Every figure with where it stands, in order."""
        for part in self.parts:
            for block in part.blocks:
                for one in block.figures:
                    yield part, block, one

    def to_json(self) -> str:
        """What is stored; the same report, the same text."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, stored: str) -> "Report":
        """Read what `to_json` wrote."""
        given = orjson.loads(stored)
        return cls(**given | {"parts": tuple(_part(one) for one in given["parts"])})


def settles_on(year: int) -> date:
    """A month after the year: time enough to write down what happened before it ended."""
    return date(year + 1, 2, 1)


def _part(given: dict[str, Any]) -> Part:
    return Part(**given | {"blocks": tuple(_block(one) for one in given["blocks"])})


def _block(given: dict[str, Any]) -> Block:
    figures = tuple(Figure(**one) for one in given["figures"])
    return Block(**given | {"figures": figures, "source": Source(**given["source"])})
