"""pyxform's own example workbooks: those within our part of XLSForm come in, every other one is refused with reasons.

`pyxform_examples.zip` holds the set as pyxform 1.1.0 was published with it (its licence, BSD, is inside); files in the
older .xls have been saved as .xlsx. One file, 551 times the same fault, is left out.
"""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyxform.xls2xform import convert

from forms.doors import xlsform_in, xlsform_out
from forms.faults import BadForm

with ZipFile(Path(__file__).parent / "pyxform_examples.zip") as _file:
    EXAMPLES = {name: _file.read(name) for name in _file.namelist() if name.endswith(".xlsx")}

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
