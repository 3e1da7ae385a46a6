"""Tables -> an .xlsx file of values and nothing else: no formulas, links, comments or hidden sheets.

The same tables and the same day give the same bytes. What stands in the tables is `exports.sheets`.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, BinaryIO

import xlsxwriter

from exports.tables import Cell, Table

INERT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""xlsxwriter turns "=1+1" into a live formula unless told not to (LIBRARIES.md, trap 6)."""
MOST_IN_A_CELL = 32_767
CUT = " … (avkortat)"
_LITTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_workbook(tables: Iterable[Table], title: str, day: date, out: BinaryIO) -> None:
    """Write a sheet per table to `out`, with the file's properties dated `day`."""
    book = xlsxwriter.Workbook(out, INERT)
    book.set_properties({"title": inert(title), "created": datetime.combine(day, time())})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
        "prose": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    for table in tables:
        _write_sheet(book.add_worksheet(table.name), table, formats)
    book.close()


def inert(text: str) -> str:
    """The text as a cell can hold it: LF line ends, no control characters, cut visibly at Excel's limit.

    xlsxwriter takes a text in `<r>` tags for finished XML and writes it as it stands; a space in front prevents that.
    """
    plain = _LITTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if plain.startswith("<r>"):
        plain = f" {plain}"
    if len(plain) > MOST_IN_A_CELL:
        plain = plain[: MOST_IN_A_CELL - len(CUT)] + CUT
    return plain


def _write_sheet(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    for position, column in enumerate(table.columns):
        sheet.set_column(position, position, column.width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    for position, column in enumerate(table.columns):
        sheet.write_string(0, position, inert(column.name), formats["head"])
    last = 0
    for last, row in enumerate(table.rows, start=1):
        for position, cell in enumerate(row):
            _write_cell(sheet, last, position, cell, formats, formats["prose"] if table.prose else None)
    if not table.prose:
        sheet.autofilter(0, 0, last, len(table.columns) - 1)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, formats: dict[str, Any], style: Any) -> None:
    """One typed call per cell: a text that looks like a number stays a text."""
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, inert(cell), style)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, time()), formats["date"])
    else:
        sheet.write_number(row, column, cell, style)
