"""Tables as a writer gets them: named columns and rows that come one at a time. Knows no figures and no files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

Cell = str | int | date | None
"""Text (codes and ids too), a count, a day, or nothing."""


@dataclass(frozen=True)
class Column:
    """A heading, and how wide the column is in characters."""

    name: str
    width: int = 12


@dataclass(frozen=True)
class Table:
    """A sheet or a file. `rows` may be read once only."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]
    prose: bool = False
    """Long texts to be read, wrapped and without filters, rather than facts to be sorted."""
