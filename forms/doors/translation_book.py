"""A translation as a workbook, for those who translate in Excel: a row a text, the original beside the translation."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter

from forms.doors.base import refuse
from forms.doors.sheets import Row, read_sheets
from forms.doors.xlsform_out import INERT
from forms.messages import _
from forms.translating import Incoming, Unit

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  the same texts give the same file, on whatever day
HEADINGS = ("Plats", "Var", "Original", "Översättning", "Läge")
"""The first and the last three are read back; what a file calls them may not be changed."""
_STATES = {"missing": "saknas", "review": "behöver ses över", "done": "klar"}
_WIDTHS = (24, 24, 60, 60, 18)


def write(form: str, source: str, target: str, units: Sequence[Unit], notes: Sequence[str]) -> bytes:
    """The translation as a workbook; `notes` say what kind of text each unit is."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, INERT)
    book.set_properties({"created": _MADE})
    sheet = book.add_worksheet(sheet_name(form, target))
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.write_string(0, column, heading + {2: f" ({source})", 3: f" ({target})"}.get(column, ""), bold)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for row, (unit, note) in enumerate(zip(units, notes, strict=True), start=1):
        for column, cell in enumerate((unit.key, note, unit.source, unit.target, _STATES[unit.state])):
            if cell:
                sheet.write_string(row, column, cell, wrapped)
    sheet.autofilter(0, 0, len(units), len(HEADINGS) - 1)
    book.close()
    return out.getvalue()


def sheet_name(form: str, target: str) -> str:
    """What the sheet is called: which form, in which language."""
    return f"{form[:24]} {target}"


def read(content: bytes, name: str, form: str, language: str) -> Incoming:
    """What a workbook says of this form in this language. Raises `BadForm` for a workbook of something else."""
    sheets = read_sheets(content, name)
    rows = sheets.get(sheet_name(form, language))
    if rows is None:
        remedy = _(
            "Bladet ska heta «%(name)s». Hämta filen härifrån och fyll i den.",
            name=sheet_name(form, language),
        )
        raise refuse(name, _("Arbetsboken är en annan översättning."), remedy)
    columns = _columns(rows[0]) if rows else {}
    if not {"Plats", "Översättning"} <= columns.keys():
        raise refuse(
            name, _("Kolumnerna Plats och Översättning finns inte."), _("Ändra inte rubrikerna på första raden.")
        )
    texts: dict[str, str] = {}
    sources: dict[str, str] = {}
    for row in rows[1:]:
        cells = {cell.column: cell.text for cell in row}
        key = cells.get(columns["Plats"], "")
        if key in texts:
            raise refuse(name, _("Platsen %(key)s står på två rader.", key=key[:60]), _("Ta bort den ena raden."))
        if key and cells.get(columns["Översättning"]):
            texts[key] = cells[columns["Översättning"]]
            if cells.get(columns.get("Original", "")):
                sources[key] = cells[columns["Original"]]
    return Incoming(texts, sources)


def _columns(heading: Row) -> dict[str, str]:
    """Heading, without what stands in parentheses -> its column."""
    return {cell.text.partition("(")[0].strip(): cell.column for cell in heading}
