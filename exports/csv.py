"""A table -> a .csv file: for Swedish Excel, or as RFC 4180 for programs."""

import csv
import re
from typing import BinaryIO

from exports.tables import Cell, Table
from exports.workbook import inert

_TRIGGERS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d+")


def write_csv(table: Table, out: BinaryIO, *, machine: bool = False) -> None:
    """Write headings and rows: UTF-8 with BOM and semicolons, or plain UTF-8 with commas for programs.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, also for programs: whatever reads
    the file, the next thing to open it may be Excel.
    """
    out.write(b"" if machine else b"\xef\xbb\xbf")
    lines = _Lines(out)
    writer = csv.writer(lines, delimiter="," if machine else ";", lineterminator="\r\n")
    writer.writerow([_field(column.name, "") for column in table.layout.columns])
    for row in table.rows:
        writer.writerow([_field(cell, "." if machine else ",") for cell in row])


class _Lines:
    """What `csv` writes to: text in, UTF-8 out."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(text.encode())


def _field(cell: Cell, point: str) -> str:
    """A cell as it is written. `point` is the decimal point the reader knows: Swedish Excel takes 1.3 for a day."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(cell).replace(".", point)
    if not isinstance(cell, str):
        return str(cell)
    text = inert(cell)
    return f"'{text}" if text.startswith(_TRIGGERS) and not _NUMBER.fullmatch(text) else text
