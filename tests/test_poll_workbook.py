"""A poll leaves as counts: the sheets of CONTRACT.md, values only, the same bytes each time, open to LibreOffice."""

import csv
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from exports import poll_workbook
from survey.installation import Installation
from survey.polls import leading, texts
from tests.outsider import sheets, table
from tests.poll_scene import Hall, hold
from tests.test_workbook import drawn, harmful, parts, soffice

HOSTILE = ("=1+1", "=cmd|' /C calc'!A0", "<script>&amp;", "två\nrader")


@pytest.fixture
def hall(sqlite_installation: Installation) -> Hall:
    """A room that has voted on a question of each kind, with hands, and with words that mean harm."""
    hall = hold(sqlite_installation)
    answers: dict[str, list[Any]] = {
        "p_en": ["1", "2", "3"],
        "p_flera": [("1", "2"), ("1",)],
        "p_skala": ["3"],
        "p_ord": [*HOSTILE, None],
    }
    for question, given in answers.items():
        hall.open(question)
        hall.votes(question, hall.phones(6 if question != "p_skala" else 4), *given)
        hall.close(question)
    with hall.house.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"1": 4}, 4)
        written = texts.texts(db, hall.id, "waiting")
        texts.judge(db, hall.id, [one.id for one in written if one.text != "två\nrader"], "approved")
    hall.end()
    return hall


def written(hall: Hall) -> bytes:
    out = BytesIO()
    with hall.house.reading() as db:
        poll_workbook.write(db, hall.poll, out)
    return out.getvalue()


def test_it_has_the_sheets_and_columns_it_should(hall: Hall) -> None:
    read = sheets(written(hall))
    assert list(read) == ["Läs mig", "Resultat", "Diagram", "Reflektioner", "Kodbok"]
    assert read["Resultat"][0] == ["fråga", "frågetext", "svar", "antal", "andel", "bas"]


def test_everybody_who_answered_is_the_base_those_who_do_not_know_too(hall: Hall) -> None:
    rows = [(row["fråga"], row["svar"], row["antal"], row["andel"], row["bas"]) for row in told(hall, "Resultat")]
    assert rows == [
        ("p_en", "Ja", "6", "60", "10"),
        ("p_en", "Nej", "2", "20", "10"),
        ("p_en", "Vet ej", "2", "20", "10"),
        ("p_flera", "Kommunen", "6", "100", "6"),
        ("p_flera", "Regionen", "3", "50", "6"),
        ("p_flera", "Inget av det här", "0", "0", "6"),
    ]


def told(hall: Hall, sheet: str) -> list[dict[str, str]]:
    return table(written(hall), sheet)


def test_it_says_what_was_counted_by_hand_and_what_has_no_result(hall: Hall) -> None:
    said = {(row["rubrik"], row["innehåll"]) for row in told(hall, "Läs mig")}
    assert ("Svar i rummet", "p_en: 4 av 10 räknades för hand.") in said
    assert ("Inget resultat", "p_skala: färre än 5 röstade med telefon. Är det bra?") in said
    assert "Publicerat 2021" not in {heading for heading, _text in said}, "only the demonstration's poll says so"


def test_only_approved_words_leave(hall: Hall) -> None:
    assert {row["text"].strip() for row in told(hall, "Reflektioner")} == set(HOSTILE) - {"två\nrader"}


def test_every_answer_stands_in_the_code_book(hall: Hall) -> None:
    known = {(row["fråga"], row["svar"]) for row in told(hall, "Kodbok")}
    assert {(row["fråga"], row["svar"]) for row in told(hall, "Resultat")} <= known
    assert {row["kod"] for row in told(hall, "Kodbok") if row["fråga"] == "p_en"} == {"1", "2", "3"}


def test_texts_are_texts_and_counts_are_numbers(hall: Hall) -> None:
    book: Any = openpyxl.load_workbook(BytesIO(written(hall)))
    for row in book["Resultat"].iter_rows(min_row=2, values_only=True):
        assert [type(cell) for cell in row] == [str, str, str, int, int, int]
    assert harmful(written(hall)) == []


def test_charts_are_native_and_told_apart_from_paper(hall: Hall) -> None:
    found = parts(written(hall))
    assert len([name for name in found if name.startswith("xl/charts/")]) == 2
    assert not [name for name in found if "media" in name]
    assert "(4 av 10 räknade för hand)" in found["xl/charts/chart1.xml"]


def test_the_same_poll_gives_the_same_bytes(hall: Hall) -> None:
    assert written(hall) == written(hall)


def test_a_poll_without_any_result_is_a_workbook_too(sqlite_installation: Installation) -> None:
    hall = hold(sqlite_installation)
    hall.end()
    assert told(hall, "Resultat") == []
    assert "Inget diagram visas" in sheets(written(hall))["Diagram"][1][1]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_it_opens_in_libreoffice(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "bok.xlsx").write_bytes(written(hall))
    soffice(tmp_path, "bok.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
    for name in ("Resultat", "Diagram", "Kodbok"):
        with (tmp_path / f"bok-{name}.csv").open(encoding="utf-8", newline="") as file:
            converted = [[cell for cell in row if cell] for row in csv.reader(file)]
        ours = [[cell for cell in row if cell] for row in sheets(written(hall))[name]]
        assert [row for row in converted if row] == [row for row in ours if row]
    soffice(tmp_path, "bok.xlsx", "pdf")
    assert drawn((tmp_path / "bok.pdf").read_bytes())
