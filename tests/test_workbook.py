"""The workbook opens anywhere, holds values only, no rows of persons, and the same bytes each time (P14, P16)."""

import csv
import re
import shutil
import subprocess
import zipfile
import zlib
from collections import Counter
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from exports import groups
from exports.csv import write_csv
from exports.export import SHEETS, Selection, Written, export, write_program_csv, write_swedish_csv, write_xlsx
from exports.sheets import RESULT
from exports.tables import Column, Layout, Row, Table
from exports.workbook import CUT, INERT, MOST_IN_A_CELL, inert, write_workbook, writing
from survey.errors import BadRequest, NotFound
from survey.installation import Installation, set_up
from tests.conftest import settings_for
from tests.outsider import sheets, table
from tests.population import FORM, Population, exactly

DAY = date(2026, 4, 1)
LONG = Layout("Ett namn på trettioett tecken å", (Column("text", 40, "wrapped"), Column("dag")))
"""As long a name as a sheet can have."""
HOSTILE = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+46",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "http://exempel.se/=x",
    "mailto:a@exempel.se",
    "internal:Blad1!A1",
    "<r><t>falsk</t></r>",
    "<script>&amp;",
    "_x0041_",
    "{=1+1}",
    "00123",
    "1E5",
    "å ä ö – «ja» 🙂",
    "två\nrader",
)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> bytes:
    """The workbook of an association with full, coarse and withheld groups."""
    folder = tmp_path_factory.mktemp("workbook")
    (folder / "instance").mkdir()
    file = shutil.copy(migrated_file, folder / "instance" / "samsvar.db")
    installation = set_up(settings_for(folder, f"sqlite:///{file}"))
    with installation.writing() as db:
        Population("a", [12, 4, 1], seed=2).play(db, groups.close)
        out = BytesIO()
        assert write_xlsx(db, Selection("a", FORM, None), out).full > 0
    installation.close()
    return out.getvalue()


def hostile() -> bytes:
    """A workbook whose every text means harm, headings and title too."""
    out = BytesIO()
    rows = [(text, number) for number, text in enumerate(HOSTILE)]
    write_workbook([Table(Layout("Citat", (Column("=1+1"), Column("@bas"))), rows)], "=titel", DAY, out)
    return out.getvalue()


def parts(workbook: bytes) -> dict[str, str]:
    """Every file in the package as text."""
    with zipfile.ZipFile(BytesIO(workbook)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def harmful(workbook: bytes) -> list[str]:
    """What in the package could do more than stand there."""
    found = []
    for name, text in parts(workbook).items():
        if any(
            word in name for word in ("comments", "externalLink", "vbaProject", "connections", "vmlDrawing", "media")
        ):
            found.append(name)
        signs = ("<f>", "<f ", "<hyperlink", 'state="hidden"', 'state="veryHidden"', 'hidden="1" ', "oleObject", "dde")
        found += [f"{name}: {sign}" for sign in signs if sign in text and name.startswith("xl/worksheets")]
        if name.startswith("xl/charts/"):
            cells = re.findall("<c:f>(.*?)</c:f>", text)
            found += [f"{name}: {one}" for one in cells if not re.fullmatch(r"Diagram![$A-Z0-9]+(:[$A-Z0-9]+)?", one)]
        if name == "xl/workbook.xml":
            own = ("_xlnm._FilterDatabase", "_xlnm.Print_Titles")  # the filter, and headings on every printed leaf
            names = [part for part in text.split("<definedName ")[1:] if not any(name in part for name in own)]
            found += names + [sign for sign in ('state="hidden"', 'state="veryHidden"') if sign in text]
    return found


def test_the_workbook_has_its_sheets_and_headings(workbook: bytes) -> None:
    read = sheets(workbook)
    assert list(read) == ["Läs mig", "Översikt", "Resultat", "Diagram", "Samband", "Citat", "Kodbok"]
    assert tuple(read["Resultat"][0]) == (
        "grupp", "period", "formulär", "version", "tema", "fråga", "frågetext",
        "svar", "svarstext", "antal", "andel", "bas", "grad", "not",
    )  # fmt: skip
    assert read["Citat"][0] == ["tema", "fråga", "citat"]
    assert [column.name for column in RESULT.columns] == read["Resultat"][0]


def test_codes_are_text_and_counts_are_numbers(workbook: bytes) -> None:
    book: Any = openpyxl.load_workbook(BytesIO(workbook))
    heading, *rows = book["Resultat"].iter_rows(values_only=True)
    place = {name: i for i, name in enumerate(heading)}
    for row in rows:
        assert all(row[place[name]] is None or type(row[place[name]]) is int for name in ("antal", "andel", "bas"))
        assert all(row[place[name]] is None or type(row[place[name]]) is str for name in ("fråga", "svar", "period"))
    opened = {row[0]: row[1] for row in book["Läs mig"].iter_rows(values_only=True)}["Öppnat"]
    assert (opened.year, opened.month, opened.day) == (2027, 1, 1)
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    assert book["Resultat"].auto_filter.ref


def test_every_share_is_its_count_of_its_base(workbook: bytes) -> None:
    rows = [row for row in table(workbook, "Resultat") if row["antal"]]
    assert len(rows) > 500
    for row in rows:
        assert int(row["andel"]) == (200 * int(row["antal"]) + int(row["bas"])) // (2 * int(row["bas"]))


def test_coarse_words_stand_in_the_note_and_numbers_are_left_empty(workbook: bytes) -> None:
    coarse = [row for row in table(workbook, "Resultat") if row["grad"] == "grov"]
    assert coarse
    assert all((row["antal"], row["andel"]) == ("", "") and row["not"] and int(row["bas"]) >= 10 for row in coarse)


def test_every_question_and_code_that_occurs_is_in_the_code_book(workbook: bytes) -> None:
    known = {(row["fråga"], row["svar"]) for row in table(workbook, "Kodbok")}
    used = {(row["fråga"], row["svar"]) for row in table(workbook, "Resultat")}
    assert {(q, code) for q, code in used if code} <= known
    occurring = {q for q, _ in used} | {row["fråga"] for row in table(workbook, "Översikt") if row["fråga"]}
    occurring |= {row[f"fråga {n}"] for row in table(workbook, "Samband") for n in (1, 2) if row[f"fråga {n}"]}
    assert occurring <= {q for q, _ in known}


def test_columns_are_the_same_whoever_is_asked_and_whenever(sqlite_installation: Installation) -> None:
    """Decided from the form: associations with much, with little and with nothing to show, whole years and quarters."""
    headings = set()
    with sqlite_installation.writing() as db:
        for slug, rates in (("stor", [30, 20]), ("liten", [4]), ("ensam", [2])):
            Population(slug, rates, draw=exactly).play(db, groups.close, years=[2026])
            for period in (None, "2026", "2026-Q4"):
                out = BytesIO()
                write_xlsx(db, Selection(slug, FORM, period), out)
                headings.add(tuple((name, *rows[0]) for name, rows in sheets(out.getvalue()).items()))
    assert len(headings) == 1


def test_resultat_pivots(workbook: bytes) -> None:
    """Tidy: a group, question and answer stand in one row only, and the answers to a question add up to its base."""
    rows = [row for row in table(workbook, "Resultat") if row["svar"]]
    facts = [(row["grupp"], row["period"], row["fråga"], row["svar"]) for row in rows]
    assert len(facts) == len(set(facts))
    several = {row["fråga"] for row in table(workbook, "Kodbok") if row["typ"] == "choices"}
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        if row["antal"] and row["svar"] not in ("positiva", "saknas") and row["fråga"] not in several:
            sums[row["grupp"], row["period"], row["fråga"], row["bas"]] += int(row["antal"])
    assert sums
    assert all(total == int(base) for (*_of, base), total in sums.items())


def test_sheet_names_fit_in_excel() -> None:
    assert all(len(layout.name) <= 31 and not set(layout.name) & set("[]:*?/\\") for layout in SHEETS)


def test_a_text_that_does_not_fit_is_cut_and_counted() -> None:
    """`Läs mig` says how many were."""
    out = BytesIO()
    with writing(out) as book:
        book.about("Långt", DAY)
        book.begin(LONG).add([("å" * MOST_IN_A_CELL, None), ("ä" * (MOST_IN_A_CELL + 1), None)])
        assert book.cuts == 1
    texts = [row[0].value for row in openpyxl.load_workbook(out)[LONG.name].iter_rows(min_row=2)]
    assert texts == ["å" * MOST_IN_A_CELL, "ä" * (MOST_IN_A_CELL - len(CUT)) + CUT]


def test_no_row_is_a_person(workbook: bytes) -> None:
    """P14: every row of every sheet with a base covers ten people or more."""
    for name in ("Översikt", "Resultat", "Diagram"):
        assert persons(table(workbook, name)) == []
    told = ("Översikt", "Resultat", "Diagram", "Samband")
    assert all("bas" not in rows[0] for name, rows in sheets(workbook).items() if name not in told)
    assert {row["bas"] for row in table(workbook, "Samband")} <= {"", "minst 50"}


def test_a_sheet_of_responses_would_be_rows_of_persons() -> None:
    """The control."""
    assert persons([{"fråga": "du_m1_kansla", "svar": "5", "bas": "1"}])


def persons(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows about fewer than ten."""
    return [row for row in rows if row["bas"] and int(row["bas"]) < 10]


def test_what_is_withheld_is_listed_with_its_reason(workbook: bytes) -> None:
    told = [row["innehåll"] for row in table(workbook, "Läs mig") if row["rubrik"] == "Visas inte"]
    assert told
    assert all("Färre än 10 svar" in text for text in told)


def test_files_hold_nothing_but_values(workbook: bytes) -> None:
    assert harmful(workbook) == []
    assert harmful(hostile()) == []


def test_a_careless_writer_would_have_written_a_formula() -> None:
    """The control."""
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row, text in enumerate(HOSTILE[:8]):
            sheet.write(row, 0, text)
    assert harmful(out.getvalue())


def test_hostile_texts_stay_the_texts_they_are() -> None:
    assert sheets(hostile())["Citat"][0] == ["=1+1", "@bas"]
    read: Any = openpyxl.load_workbook(BytesIO(hostile()))["Citat"]
    texts = [row[0].value.replace("_x005F_", "_").strip() for row in read.iter_rows(min_row=2)]  # the file's own escape
    assert texts == [text.strip() for text in HOSTILE]
    assert {row[0].data_type for row in read.iter_rows(min_row=2)} == {"s"}


def test_a_number_in_a_sheet_is_that_very_number() -> None:
    numbers = (9.7, 67.1, 57.0, 0.1 + 0.2, 1 / 3, 1e-7, 12, -0.5)
    out = BytesIO()
    write_workbook([Table(Layout("Tal", (Column("tal", 8, "number"),)), [(each,) for each in numbers])], "", DAY, out)
    assert [row["tal"] for row in table(out.getvalue(), "Tal")] == [str(each).removesuffix(".0") for each in numbers]


def test_rows_are_spelled_as_xlsxwriter_spells_cells() -> None:
    """The streamed rows against one typed call per cell: the same letters, styles apart."""
    harmless = (text for text in HOSTILE if not text.startswith("<r>"))  # xlsxwriter takes that for finished markup
    texts = (*harmless, " ledande", "efter ", "\n", "rad\n", "\ttab", "&<>\"'", "_x000A_", "<r></r", "ﷺ", "é")
    rows: list[Row] = [(text, number, None) for number, text in enumerate(texts)]
    rows += [
        ("", -66, date(2026, 11, 22)),
        ("tal", 0, date(2024, 2, 29)),
        ("decimal", 0.3, None),
        ("stor", 10**12, None),
    ]
    ours, theirs = BytesIO(), BytesIO()
    layout = Layout("Blad", (Column("a"), Column("b", kind="number"), Column("c")))
    write_workbook([Table(layout, rows)], "", DAY, ours)
    with xlsxwriter.Workbook(theirs, INERT) as book:
        sheet, dated = book.add_worksheet("Blad"), book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(layout.columns):
            sheet.write_string(0, place, column.name)
        for at, (text, number, day) in enumerate(rows, start=1):
            if text:
                sheet.write_string(at, 0, text)
            sheet.write_number(at, 1, number)
            if day:
                sheet.write_datetime(at, 2, day, dated)
    assert _cells(ours.getvalue()) == _cells(theirs.getvalue())


def _cells(workbook: bytes) -> str:
    sheet = parts(workbook)["xl/worksheets/sheet1.xml"]
    return re.sub(' s="[0-9]+"', "", re.findall("<dimension.*?>|<sheetData>.*</sheetData>", sheet, re.DOTALL)[-1])


def test_long_texts_get_rows_as_high_as_they_need() -> None:
    """Not every program works out how high a row of wrapped text is."""
    out = BytesIO()
    texts = ("kort", "ord " * 100, "en\ntvå\ntre", "ö" * 40_000)
    layout = Layout("Citat", (Column("citat", 40, "wrapped"), Column("lång rubrik", 8)), filtered=False)
    write_workbook([Table(layout, [(text, None) for text in texts])], "", DAY, out)
    heights: Any = openpyxl.load_workbook(out)["Citat"].row_dimensions
    assert [heights[row].height for row in range(1, 6)] == [30, None, 135, 45, 409]


def test_litter_is_taken_out_and_a_cut_is_visible() -> None:
    assert inert("a\x00b\x0bc\r\nd\ud800") == "abc\nd"
    long = inert("ö" * 40_000)
    assert len(long) == MOST_IN_A_CELL
    faces = inert("🙂" * 20_000)  # each of them counts as two in Excel
    assert len(faces.encode("utf-16-le")) // 2 in (MOST_IN_A_CELL - 1, MOST_IN_A_CELL)
    assert faces.endswith("🙂 … (avkortat)")
    assert long.endswith("(avkortat)")


def test_the_same_period_gives_the_same_bytes(sqlite_installation: Installation, tmp_path: Path) -> None:
    with sqlite_installation.writing() as db:
        Population("a", [6, 6]).play(db, groups.close, years=[2026])
        written = [export(db, Selection("a", FORM, "2026-Q3"), tmp_path / f"{n}.xlsx") for n in (1, 2)]
    assert written[0] == written[1]
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


def test_a_file_says_how_many_groups_it_shows_and_how(sqlite_installation: Installation, tmp_path: Path) -> None:
    with sqlite_installation.writing() as db:
        Population("a", [12, 4, 1], seed=2).play(db, groups.close)
        written = export(db, Selection("a", FORM, None), tmp_path / "allt.xlsx")
        shown = groups.stored(db, "a", FORM)
        assert written == Written(*(sum(c.grade == g for c in shown) for g in ("full", "coarse", "withheld")))
        with pytest.raises(NotFound):
            export(db, Selection("a", FORM, "2030"), tmp_path / "inget.xlsx")
        with pytest.raises(BadRequest):
            export(db, Selection("a", FORM, "i våras"), tmp_path / "inget.xlsx")
        with pytest.raises(BadRequest):
            export(db, Selection("a", FORM, None), tmp_path / "allt.docx")
    assert [path.name for path in tmp_path.glob("*.*") if path.suffix != ".db"] == ["allt.xlsx"]


def test_csv_for_excel_and_for_programs(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        Population("a", [12]).play(db, groups.close, years=[2026])
        swedish, machine = BytesIO(), BytesIO()
        write_swedish_csv(db, Selection("a", FORM), swedish)
        write_program_csv(db, Selection("a", FORM), machine)
    assert swedish.getvalue().startswith(b"\xef\xbb\xbfgrupp;period;")
    rows = list(csv.DictReader(StringIO(machine.getvalue().decode(), newline="")))
    assert rows == list(csv.DictReader(StringIO(swedish.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {"-66", "5"} <= {row["svar"] for row in rows}


def test_csv_lets_no_text_be_a_formula() -> None:
    out = BytesIO()
    write_csv(Table(Layout("Citat", (Column("citat"),)), [(text,) for text in HOSTILE]), out)
    fields = [row[0] for row in csv.reader(StringIO(out.getvalue().decode("utf-8-sig"), newline=""), delimiter=";")]
    assert not [field for field in fields if field.startswith(("=", "+", "@", "\t")) or field.startswith("-2+")]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_it_opens_in_libreoffice(workbook: bytes, tmp_path: Path) -> None:
    """Converted to CSV, every sheet says what was written; converted to PDF, it can be printed."""
    (tmp_path / "bok.xlsx").write_bytes(workbook)
    soffice(tmp_path, "bok.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
    for name, rows in sheets(workbook).items():
        with (tmp_path / f"bok-{name}.csv").open(encoding="utf-8", newline="") as file:
            converted = [[cell for cell in row if cell] for row in csv.reader(file)]
        ours = [[cell for cell in row if cell] for row in rows]
        if name == "Läs mig":  # a date is a number inside and a date outside
            assert [row[:1] for row in converted] == [row[:1] for row in ours]
            assert "2027-01-01" in {cell for row in converted for cell in row}
        else:
            assert [row for row in converted if row] == [row for row in ours if row]
    soffice(tmp_path, "bok.xlsx", "pdf")
    printed = (tmp_path / "bok.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert drawn(printed)


def drawn(printed: bytes) -> bool:
    """Whether anything on the pages is filled with the colour of bars."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", printed, re.DOTALL)
    shown = (zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")
    return any(re.search(rb"0\.043\d* 0\.352\d* 0\.388\d* rg", one) for one in shown)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_hostile_and_long_texts_stand_in_libreoffice(tmp_path: Path) -> None:
    texts = (*HOSTILE, "å" * MOST_IN_A_CELL)
    with (tmp_path / "ond.xlsx").open("wb") as out:
        write_workbook([Table(LONG, [(text, DAY) for text in texts])], "", DAY, out)
    soffice(tmp_path, "ond.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
    with (tmp_path / f"ond-{LONG.name}.csv").open(encoding="utf-8", newline="") as file:
        read = [(text.strip(), day) for text, day in csv.reader(file)][1:]
    assert read == [(text.strip(), "2026-04-01") for text in texts]


def soffice(folder: Path, file: str, kind: str) -> None:
    """Convert with a profile of the test's own."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", folder, folder / file], check=True, capture_output=True, timeout=180)
