"""pyxform's own example workbooks: those within our part of XLSForm come in, every other one is refused with reasons.

The set is in the wheel of pyxform 1.1.0, which `make test` fetches and nobody installs (`requirements-examples.txt`).
Files in the older .xls are read as calamine reads them and written as .xlsx.
"""

import re
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from pyxform.xls2xform import convert
from xlsxwriter import Workbook

from forms.doors import xlsform_in, xlsform_out
from forms.faults import BadForm

(WHEEL,) = (Path(__file__).parent.parent / ".make" / "examples").glob("pyxform-*.whl")


def as_xlsx(content: bytes) -> bytes:
    """An older workbook, cell by cell as text."""
    written = BytesIO()
    with Workbook(written) as book:
        old = CalamineWorkbook.from_filelike(BytesIO(content))
        for name in old.sheet_names:
            sheet = book.add_worksheet(name)
            for place, row in enumerate(old.get_sheet_by_name(name).to_python(skip_empty_area=False)):
                for column, cell in enumerate(row):
                    sheet.write_string(place, column, plain(cell))
    return written.getvalue()


def plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def examples() -> dict[str, bytes]:
    """Every example workbook by its name, as .xlsx."""
    with ZipFile(WHEEL) as wheel:
        files = [PurePosixPath(name) for name in wheel.namelist()]
        books = [file for file in files if file.suffix in (".xls", ".xlsx") and "example_xls" in file.parent.name]
        found: dict[str, bytes] = {}
        for file in sorted(books):
            content = wheel.read(str(file))
            name = file.name if file.suffix == ".xlsx" else f"{file.stem}.xlsx"
            name = name if name not in found else f"{file.stem}_xlsx.xlsx"
            found[name] = content if file.suffix == ".xlsx" else as_xlsx(content)
        return found


EXAMPLES = examples()

WITHIN = {
    "badly_named_choices_sheet.xlsx": ["number", "text", "choice"],
    "blank_second_row.xlsx": ["number"],
    "ict_survey_fails.xlsx": ["choice"],
    "instance_xmlns_test.xlsx": ["choice"],
    "settings.xlsx": ["text", "number"],
    "style_settings.xlsx": ["text", "number"],
    "text_and_integer.xlsx": ["text", "number"],
    "text_and_integer_xlsx.xlsx": ["text", "number"],
    "yes_or_no_question.xlsx": ["choice"],
}
"""What lies in our part of XLSForm -> its questions. The others repeat, calculate, filter, show pictures, ask where
somebody is or note who answers."""


@pytest.mark.parametrize("name", sorted(WITHIN))
def test_an_example_within_our_part_comes_in_and_goes_out_again(name: str) -> None:
    form = xlsform_in.bring(EXAMPLES[name], name).form
    assert [question.type for question in form.questions] == WITHIN[name]
    warnings: list[str] = []
    convert(BytesIO(xlsform_out.take(form).content), warnings=warnings, file_type=".xlsx")
    assert warnings == []


PLACED = re.compile(r"\S+\.xlsx, (rad \d+, )?bladet \w+(, kolumnen [A-Z]+( \([^)]*\))?)?: \S.* \S.*\.")
WHOLE = {"survey_no_name.xlsx", "xl_date_ambiguous_v1.xlsx"}
"""Refused as a whole: no sheet called survey, a cell a thousand columns away."""


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - WITHIN.keys()))
def test_every_other_example_is_refused_with_sheet_row_column_and_reason(name: str) -> None:
    with pytest.raises(BadForm) as fault:
        xlsform_in.bring(EXAMPLES[name], name)
    unplaced = [line for line in str(fault.value).splitlines() if not PLACED.fullmatch(line)]
    assert len(unplaced) == (1 if name in WHOLE else 0), unplaced
