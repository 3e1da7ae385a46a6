"""Rows -> an .xlsx file of values and nothing else: no formulas, links, comments or hidden sheets.

The same rows, drawings and day give the same bytes. What stands in the rows is `exports.sheets`; drawings are
`exports.charts`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import lru_cache
from math import ceil
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from exports.charts import Chart, place
from exports.tables import Cell, Column, Kind, Layout, Row, Table
from survey.errors import BadRequest

INERT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""xlsxwriter turns "=1+1" into a live formula unless told not to (LIBRARIES.md, trap 6)."""
MOST_IN_A_CELL = 32_767
"""Excel's limit, in the units it counts: those of UTF-16."""
MOST_ROWS = 1_048_576
CUT = " … (avkortat)"
_LITTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_EPOCH = date(1899, 12, 30)
_REMEMBERED = 1000
"""Cells spelled out once and used again: names, codes, question texts and small numbers return thousands of times."""
_LINE, _HIGHEST = 15, 409
"""The height of a line, and the most a row can have, in points."""
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "head number": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right", "indent": 1},
    "text": {"valign": "top"},
    "wrapped": {"valign": "top", "text_wrap": True},
    # Room to the right of a number, or it stands tight against the text in the next column.
    "number": {"valign": "top", "align": "right", "indent": 1},
    "tenths": {"valign": "top", "align": "right", "indent": 1, "num_format": "0.0"},
    "date": {"valign": "top", "align": "left", "num_format": "yyyy-mm-dd"},
}


def write_workbook(tables: Iterable[Table], title: str, day: date, out: BinaryIO) -> None:
    """Write a sheet per table to `out`, with the file's properties dated `day`."""
    with writing(out) as book:
        book.about(title, day)
        for table in tables:
            book.begin(table.layout).add(table.rows)


@contextmanager
def writing(out: BinaryIO) -> Iterator["Workbook"]:
    """A workbook to fill; it stands in `out` when the block has ended well.

    Rows wait in a folder of their own, which is gone afterwards, also when the block fails.
    """
    with TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(out, {**INERT, "tmpdir": folder})
        filling = Workbook(book)
        yield filling
        filling.close()


class Workbook:
    """A workbook being written: sheets stand in the order they were begun, and take rows whenever these come."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._sheets: list[Sheet] = []
        self._formats = {name: book.add_format(form) for name, form in _FORMATS.items()}

    def about(self, title: str, day: date) -> None:
        """Say what the file is, and of which day."""
        self._book.set_properties({"title": inert(title), "created": datetime.combine(day, time())})

    def begin(self, layout: Layout) -> "Sheet":
        """Add a sheet with its headings, after those begun before."""
        stream = self._book.add_worksheet(layout.name, worksheet_class=_Stream)
        self._sheets.append(Sheet(stream, layout, self._formats))
        return self._sheets[-1]

    def draw(self, sheet: "Sheet", charts: Sequence[Chart]) -> None:
        """Fill a sheet with what the charts read, and put the charts beside it."""
        for number, chart in enumerate(charts, start=1):
            sheet.add(chart.rows(number))
        sheet.place(self._book, charts)

    @property
    def cuts(self) -> int:
        """How many texts were too long for a cell so far."""
        return sum(sheet.cuts for sheet in self._sheets)

    def close(self) -> None:
        """Put the sheets together."""
        for sheet in self._sheets:
            sheet.end()
        self._book.close()


class Sheet:
    """One sheet; its rows are on disk as soon as they are added."""

    def __init__(self, stream: "_Stream", layout: Layout, formats: dict[str, Any]) -> None:
        self._stream = stream
        self._layout = layout
        self._formats = formats
        self._rows = 0
        self.cuts = 0
        """How many texts were too long for a cell."""
        for position, column in enumerate(layout.columns):
            stream.set_column(position, position, column.width)
        stream.freeze_panes(1, 0)
        stream.repeat_rows(0)
        stream.set_landscape()
        stream.set_paper(9)  # A4
        stream.fit_to_pages(1, 0)
        stream.set_footer("&L&A&RSida &P av &N")
        widths = [(position, column.width) for position, column in enumerate(layout.columns)]
        self._wrapped = widths
        self._take([column.name for column in layout.columns], self._spellings(_heading))
        self._wrapped = [(position, width) for position, width in widths if layout.columns[position].kind == "wrapped"]
        self._spelled = self._spellings(lambda column: column.kind)

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows below those there are."""
        for row in rows:
            self._take(row, self._spelled)

    def place(self, book: Any, charts: Sequence[Chart]) -> None:
        """Put charts beside the rows that they read."""
        place(book, self._stream, charts)

    @property
    def rows(self) -> int:
        """How many rows there are, without the headings."""
        return self._rows - 1

    def end(self) -> None:
        """Tell the file how far the rows reach."""
        last = (self._rows - 1, len(self._layout.columns) - 1)
        self._stream.reach(*last)
        if self._layout.filtered:
            self._stream.autofilter(0, 0, *last)

    def _take(self, row: Sequence[Cell], spellings: list[tuple[str, Callable[[Cell], str]]]) -> None:
        """Hand a row over, each cell by its own type: a text that looks like a number stays a text."""
        if self._rows == MOST_ROWS:
            raise BadRequest(_("Det blir fler rader än Excel kan visa. Välj en period, eller csv."))
        self._rows += 1
        number = f"{self._rows}"
        cells = [
            f'<c r="{letters}{number}{spelled(cell)}'
            for (letters, spelled), cell in zip(spellings, row, strict=True)
            if cell is not None and cell != ""
        ]
        high = max((_lines(cell, width) for at, width in self._wrapped if isinstance(cell := row[at], str)), default=1)
        self._stream.take(number, high, "".join(cells))

    def _spellings(self, style: Callable[[Column], str]) -> list[tuple[str, Callable[[Cell], str]]]:
        """For each column its letters and how its cells are spelled."""
        kinds = [style(column) for column in self._layout.columns]
        spelled = {kind: lru_cache(_REMEMBERED, typed=True)(self._speller(kind)) for kind in kinds}
        return [(xl_col_to_name(position), spelled[kind]) for position, kind in enumerate(kinds)]

    def _speller(self, kind: str) -> Callable[[Cell], str]:
        number, day = (self._formats[name]._get_xf_index() for name in (kind, "date"))
        text = self._formats["text" if kind in ("number", "tenths") else kind]._get_xf_index()

        def spell(cell: Cell) -> str:
            if isinstance(cell, str):
                plain = inert(cell)
                self.cuts += plain.endswith(CUT) and not cell.endswith(CUT)
                return f'" s="{text}" t="inlineStr"><is>{self._stream.text(plain)}</is></c>'
            if isinstance(cell, date):
                return f'" s="{day}"><v>{(cell - _EPOCH).days}</v></c>'
            # The shortest digits that are this number: of sixteen, as xlsxwriter has them, 9.7 is 9.699999999999999.
            return f'" s="{number}"><v>{repr(cell).removesuffix(".0")}</v></c>'

        return spell


class _Stream(Worksheet):  # type: ignore[misc]  # xlsxwriter comes without types
    """A sheet of xlsxwriter's that takes whole rows, ready spelled.

    xlsxwriter keeps one row at a time, cell by cell, before it spells it out, and most of its time goes into that. Here
    rows go straight into the same stream, in the same letters as it would have used, but for long decimals: a test
    compares them.
    """

    def take(self, row: str, lines: int, cells: str) -> None:
        """Add a row (1 is the first) below those there are, as high as its lines: not every program works that out."""
        height = f' ht="{min(_LINE * lines, _HIGHEST)}" customHeight="1"' if lines > 1 else ""
        self.row_data_fh.write(f'<row r="{row}"{height}>{cells}</row>')

    def reach(self, row: int, column: int) -> None:
        """Say that the sheet ends with this cell."""
        for corner in ((0, 0), (row, column)):
            self._check_dimensions(*corner)

    def text(self, text: str) -> str:
        """A text as it stands in the file: escaped by xlsxwriter itself, never taken for finished markup."""
        space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
        return f"<t{space}>{self._escape_data(self._escape_control_characters(text))}</t>"


def inert(text: str) -> str:
    """The text as a cell can hold it: LF line ends, no control characters, cut visibly at Excel's limit."""
    plain = _LITTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = plain.encode("utf-16-le")
    if len(units) <= 2 * MOST_IN_A_CELL:
        return plain
    return units[: 2 * (MOST_IN_A_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT


@lru_cache(_REMEMBERED)
def _lines(text: str, width: int) -> int:
    """About how many lines a text takes in a column that many digits wide; letters are narrower on average."""
    return sum(max(1, ceil(len(line) / (1.15 * width))) for line in text.split("\n"))


def _heading(column: Column) -> str:
    numeric: tuple[Kind, ...] = ("number", "tenths")
    return "head number" if column.kind in numeric else "head"
