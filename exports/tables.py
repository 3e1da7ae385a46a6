"""Tables as a writer gets them: named columns and rows that come one at a time. Knows no figures and no files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Cell = str | int | float | date | None
"""Text (codes and ids too), a number, a day, or nothing."""
Row = tuple[Cell, ...]
Kind = Literal["text", "wrapped", "number", "tenths"]
"""What a column holds: short texts, texts to be read over several lines, whole numbers, numbers with one decimal."""


@dataclass(frozen=True)
class Column:
    """A heading, how wide the column is in characters, and what it holds."""

    name: str
    width: int = 12
    kind: Kind = "text"


@dataclass(frozen=True)
class Layout:
    """A sheet or a file before it has rows: the same for every association and period of a form."""

    name: str
    columns: tuple[Column, ...]
    filtered: bool = True
    """Whether its rows are facts to be sorted and filtered, rather than texts to be read."""


@dataclass(frozen=True)
class Table:
    """A layout with its rows, which may be read once only."""

    layout: Layout
    rows: Iterable[Row]
