"""`Diagram`: what is drawn says what the table beside it says, in grey, and is never a figure of its own."""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from exports import charts, groups
from exports.contents import Contents
from exports.diagram import Diagram
from exports.export import Selection, write_xlsx
from exports.workbook import writing
from survey.installation import Installation
from tests.outsider import sheets, table
from tests.population import FORM, Population
from tests.stored import play

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> list[Contents]:
    """Two years of an association whose quarters and first year are partly coarse."""
    return play(tmp_path_factory, migrated_file, Population("a", [3, 2], seed=4))


def drawn(contents: Sequence[Contents]) -> bytes:
    """A workbook with the one sheet."""
    out, diagram = BytesIO(), Diagram()
    for one in contents:
        diagram.add(one)
    with writing(out) as book:
        book.about("Diagram", date(2026, 1, 1))
        book.draw(book.begin(charts.LAYOUT), diagram.charts())
    return out.getvalue()


def chart_parts(workbook: bytes) -> list[ElementTree.Element]:
    with zipfile.ZipFile(BytesIO(workbook)) as package:
        names = sorted((n for n in package.namelist() if n.startswith("xl/charts/chart")), key=lambda n: (len(n), n))
        return [ElementTree.fromstring(package.read(name)) for name in names]


def title(chart: ElementTree.Element) -> str:
    found = chart.find(f".//{_C}title")
    assert found is not None
    return "".join(text.text or "" for text in found.iter(f"{_A}t"))


def titles(workbook: bytes) -> list[str]:
    return [title(chart) for chart in chart_parts(workbook)]


def test_every_bar_is_a_cell_and_says_so_without_reading_cells(shown: list[Contents]) -> None:
    workbook = drawn(shown)
    rows = sheets(workbook)["Diagram"]
    assert chart_parts(workbook)
    for chart in chart_parts(workbook):
        for reference in chart.iter():
            if reference.tag in (f"{_C}numRef", f"{_C}strRef"):
                cells = reference.findtext(f"{_C}f") or ""
                column, first, last = re.findall(r"\$([A-Z])\$(\d+)(?::\$[A-Z]\$(\d+))?", cells)[0]
                cached = {int(p.get("idx") or 0): p.findtext(f"{_C}v") for p in reference.iter(f"{_C}pt")}
                place = ord(column) - ord("A")
                for number, row in enumerate(rows[int(first) - 1 : int(last or first)]):
                    assert cached.get(number, "") == (row[place] if place < len(row) else "")


def test_what_is_drawn_is_what_resultat_says(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        Population("a", [4, 8, 3], seed=1).play(db, groups.close)
        out = BytesIO()
        write_xlsx(db, Selection("a", FORM), out)
    told = {
        (row["frågetext"], row["period"], row["andel"] or row["not"], row["bas"])
        for row in table(out.getvalue(), "Resultat")
        if row["grupp"] == "Förbundet a" and row["svar"] == "positiva"
    }
    names, rows = titles(out.getvalue()), table(out.getvalue(), "Diagram")
    by_theme = [row for row in rows if "positiva svar" in names[int(row["diagram"]) - 1] and row["bas"]]
    assert len(by_theme) > 10
    for row in by_theme:
        question = re.sub(r" \(\d+ svar\)$", "", row["rad"])
        assert (question, "2026", row["exakt"] or row["i ord"], row["bas"]) in told
        assert bool(row["exakt"]) != bool(row["grovt"])


def test_coarse_and_exact_are_told_apart_without_colour(shown: list[Contents]) -> None:
    looks: dict[str, set[str]] = {}
    for chart in chart_parts(drawn(shown)):
        for series in chart.iter(f"{_C}ser"):
            look = series.find(f"{_C}spPr")
            assert look is not None
            looks.setdefault(series.findtext(f"{_C}tx//{_C}v") or "line", set()).update(part.tag for part in look)
    assert f"{_A}pattFill" in looks["grovt: ett steg av fem"]
    assert f"{_A}pattFill" not in looks["exakta tal"]
    assert f"{_A}solidFill" in looks["exakta tal"]


def test_shares_always_go_from_nothing_to_everything(shown: list[Contents]) -> None:
    for chart in chart_parts(drawn(shown)):
        axis = chart.find(f".//{_C}valAx/{_C}scaling")
        assert axis is not None
        bounds = [axis.find(f"{_C}{name}") for name in ("min", "max")]
        assert [bound.get("val") for bound in bounds if bound is not None] == ["0", "100"]


def test_one_small_period_is_drawn_with_words(shown: list[Contents]) -> None:
    [coarse] = [c for c in shown if c.team is None and c.grade == "coarse"][:1]
    workbook = drawn([coarse])
    assert titles(workbook)[0].startswith("1. Struktur och upplägg: positiva svar, Förbundet a, kvartal")
    rows = table(workbook, "Diagram")
    assert {row["exakt"] for row in rows} == {""}
    assert {row["grovt"] for row in rows} <= {"", "10", "25", "50", "75", "90"}
    assert all(row["i ord"] for row in rows)


def test_where_nothing_is_shown_the_sheet_says_why(shown: list[Contents]) -> None:
    withheld = [replace(c, grade="withheld", reason="few", base=None, items=()) for c in shown]
    diagram = Diagram()
    for one in withheld:
        diagram.add(one)
    assert diagram.charts() == []
    assert "minst 10 har svarat" in diagram.nothing()


def test_a_changed_meaning_breaks_the_series(shown: list[Contents]) -> None:
    """Periods before the change are left out, and so is the one it came in: it has answers of both kinds."""
    one = next(c for c in shown if c.team is None and len(c.period) == len("2026") and c.grade == "full")
    question = next(item.question for item in one.items if item.positive)
    book = tuple(replace(e, meaning=2) if e.id == question else e for e in one.book)
    years = [replace(one, period=f"{year}", book=book if year > 2025 else one.book) for year in (2027, 2026, 2025)]
    rows = [row for row in table(drawn(years), "Diagram") if row["rad"].startswith("20")]
    asked = next(row["diagram"] for row in rows if "annan betydelse" in row["rad"])
    told = [(row["rad"].partition(" (")[0], row["exakt"], row["i ord"]) for row in rows if row["diagram"] == asked]
    assert told[:2] == [
        ("2025 – annan betydelse", "", "frågan betydde något annat"),
        ("2026 – ändrad betydelse", "", "svar av båda slag"),
    ]
    assert told[2][0] == "2027"
    assert told[2][1]
    assert sum("betydelse" in row["rad"] for row in rows) == 2


def test_no_text_of_a_form_becomes_a_formula(shown: list[Contents]) -> None:
    hostile = [
        replace(
            c,
            association_name="=1+1",
            themes={theme: {"sv": "=Resultat!A1"} for theme in c.themes},
            book=tuple(replace(entry, text={"sv": "=cmd|' /C calc'!A0"}) for entry in c.book),
        )
        for c in shown
    ]
    for chart in chart_parts(drawn(hostile)):
        assert all((f.text or "").startswith("Diagram!") for f in chart.iter(f"{_C}f"))


def test_the_same_groups_give_the_same_drawings(shown: list[Contents]) -> None:
    assert drawn(shown) == drawn(shown)
