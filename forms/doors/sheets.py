"""An .xlsx file from anywhere -> rows of plain cells, or a clear refusal; bounded in time and memory whatever it holds.

A workbook is a zip of XML. Nothing in it is believed: not the sizes it tells, not how far its sheets reach. It is
unpacked up to a limit, looked through for what a form has no use for (formulas, DTDs, endless sheets), and only those
parts that are needed are packed again and given to calamine, which would otherwise reserve room for every cell between
the first and the last.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from posixpath import join, normpath
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile
from zlib import error as BadDeflate

from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineWorkbook

from forms.doors.base import refuse
from forms.faults import BadForm, Fault
from forms.messages import _

MOST_UNPACKED = 20_000_000
"""Bytes of all needed parts together; a form of 300 questions in 12 languages has a twentieth."""
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 3_000, 100, 20
_MOST_PLAN = 1_000_000
"""Bytes of the two parts that are parsed here, and take a hundred times that as a tree."""

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS, "xl/sharedStrings.xml", "xl/styles.xml")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FOREIGN = (b"<!DOCTYPE", b"<!ENTITY", b"\0")
"""What no workbook has: a DTD, or letters in another encoding that could hide one."""
_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>](?!(?:[^<>]*>)?(?:TRUE|FALSE)\(\)<)")
"""A formula other than TRUE() and FALSE(), which some programs write for plain true and false."""
_PLACE = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]{0,9})(\d{0,19})\s*[\"']")
_EXCEL = _l("Spara filen som Excel-arbetsbok (.xlsx) och försök igen.")


@dataclass(frozen=True)
class Cell:
    """What stands in a cell that is not empty, and where."""

    text: str
    sheet: str
    row: int
    """Counted from 1, as Excel does."""
    column: str
    """Its letters."""

    def fault(self, file: str, heading: str, what: str, remedy: str) -> Fault:
        """Something to say about the cell; `heading` is what its column is called, or ""."""
        named = f" ({heading})" if heading else ""
        place = (
            _("bladet %(sheet)s, kolumnen %(column)s%(named)s", sheet=self.sheet, column=self.column, named=named)
            if self.column
            else _("bladet %(sheet)s", sheet=self.sheet)
        )
        return Fault(file, self.row, place, what, remedy)


Row = list[Cell]
"""The cells of a row that hold something."""


def read_sheets(content: bytes, name: str) -> Mapping[str, list[Row]]:
    """Sheet name -> its rows that hold something. Raises `BadForm`."""
    parts = _unpack(content, name)
    places = _sheet_places(parts, name)
    for sheet, place in places.items():
        _refuse_wild(sheet, parts.get(place, b""), name)
    needed = {part: parts[part] for part in (*_NEEDED, *places.values()) if part in parts}
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(_packed(needed)))
        values = {sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in places}
    except CalamineError:
        raise refuse(name, _("Arbetsboken går inte att läsa."), _EXCEL) from None
    faults: list[Fault] = []
    read = {sheet: list(_rows(sheet, rows, name, faults)) for sheet, rows in values.items()}
    if faults:
        raise BadForm(faults)
    return read


def _unpack(content: bytes, name: str) -> dict[str, bytes]:
    """Every part that could be needed. Sizes are counted as they come out, since a zip may tell anything."""
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    try:
        with ZipFile(BytesIO(content)) as file:
            for member in file.infolist():
                if not member.filename.endswith((".xml", ".rels")):
                    continue
                with file.open(member) as stream:
                    part = stream.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise refuse(name, _("Arbetsboken packas upp till något alldeles för stort."), _EXCEL)
                if member.filename in parts or any(mark in part for mark in _FOREIGN):
                    raise refuse(name, _("Arbetsboken har delar som inte hör hemma i en."), _EXCEL)
                parts[member.filename] = part
    except (BadZipFile, BadDeflate, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise refuse(name, _("Filen är ingen arbetsbok som går att läsa."), _EXCEL) from None
    return parts


def _sheet_places(parts: Mapping[str, bytes], name: str) -> dict[str, str]:
    """Sheet name -> the part it stands in. Entities are refused before; what is left of XML is harmless to parse."""
    try:
        if len(parts[_RELATIONS]) + len(parts[_WORKBOOK]) > _MOST_PLAN:
            raise refuse(name, _("Arbetsboken har för många delar."), _EXCEL)
        relations = ElementTree.fromstring(parts[_RELATIONS])  # noqa: S314
        sheets = ElementTree.fromstring(parts[_WORKBOOK]).iter(f"{_MAIN}sheet")  # noqa: S314
        target = {each.get("Id", ""): _part(each.get("Target", "")) for each in relations}
        found = [(sheet.get("name", ""), target.get(sheet.get(_ID, ""), "")) for sheet in sheets]
    except (LookupError, ValueError, ElementTree.ParseError):  # a part or an encoding that is not there
        raise refuse(name, _("Filen är ingen arbetsbok som går att läsa."), _EXCEL) from None
    if not found or len(found) > MOST_SHEETS or len(dict(found)) < len(found):
        raise refuse(
            name,
            _("Arbetsboken har %(n)s blad.", n=len(found)),
            _("Den får ha ett till %(n)s, med olika namn.", n=MOST_SHEETS),
        )
    return dict(found)


def _part(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _refuse_wild(sheet: str, part: bytes, name: str) -> None:
    """A cell far away, or very many, would take room for all between; a formula says what it likes, later."""
    starts = [found.start() for found in islice(_ROW.finditer(part), MOST_ROWS + 1)]
    if len(starts) > MOST_ROWS:
        raise refuse(
            name,
            _("Bladet %(sheet)s har för många rader.", sheet=sheet),
            _("Det får ha högst %(n)s.", n=MOST_ROWS),
        )
    for start, end in zip([0, *starts], [*starts, len(part)], strict=True):
        if sum(1 for _cell in islice(_CELL.finditer(part, start, end), MOST_COLUMNS + 1)) > MOST_COLUMNS:
            raise refuse(
                name,
                _("Bladet %(sheet)s har för många kolumner.", sheet=sheet),
                _("Det får ha högst %(n)s.", n=MOST_COLUMNS),
            )
    for letters, digits in _PLACE.findall(part):
        if int(digits or 0) > MOST_ROWS or _number(letters) > MOST_COLUMNS:
            place = (letters + digits).decode()
            remedy = _(
                "Ta bort allt efter rad %(rows)s och kolumn %(columns)s.",
                rows=MOST_ROWS,
                columns=MOST_COLUMNS,
            )
            raise refuse(name, _("Bladet %(sheet)s går långt bort, till %(place)s.", sheet=sheet, place=place), remedy)
    formula = _FORMULA.search(part)
    if formula:
        before = _PLACE.findall(part, 0, formula.start())
        letters, digits = before[-1] if before else (b"", b"")
        where = Cell("", sheet, int(digits or 0), letters.decode())
        remedy = _("Skriv det som formeln ger. Kopiera cellen och klistra in som värde.")
        raise BadForm([where.fault(name, "", _("Cellen har en formel."), remedy)])


def _packed(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as file:
        for part, content in parts.items():
            file.writestr(part, content)
    return out.getvalue()


def _rows(sheet: str, rows: Sequence[Sequence[object]], name: str, faults: list[Fault]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        cells: Row = []
        for at, value in enumerate(row, start=1):
            text = _text(value)
            if text:
                cells.append(Cell(text, sheet, number, _letters(at)))
                if not isinstance(value, str | int | float):
                    remedy = _("Gör om cellen till text och skriv datumet som 2026-03-31.")
                    faults.append(cells[-1].fault(name, "", _("Cellen är ett datum eller en tid."), remedy))
        if cells:
            yield cells


def _text(value: object) -> str:
    """A cell as text: 1.0 is what Excel makes of 1."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").strip()


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
