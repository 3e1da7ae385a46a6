"""The evaluator's pages of case statistics, their file, and the command that writes the same."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from exports.case_statistics import close_due
from forms.library import shipped
from survey.installation import Installation
from survey.published import publish
from survey.tables import consent_wording
from tests.case_rows import WORDING, Told, add_codes, noon
from tests.outsider import sheets
from tests.scene import at
from tests.staff_scene import World, staffed

PLACE = "/personal/utvardering/exempel/arenden/"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """A year of a team's cases, counted."""
    world = staffed(sqlite_installation)
    house = sqlite_installation
    told = [
        Told(
            f"2026-0{month}-10",
            {"met": f"2026-0{month}-25", "planned": f"2026-0{month}-25", "closed": "2026-12-20"},
            team="norr" if n % 2 else "syd",
            role="self" if n % 3 == 0 else "referrer",
            sex="1" if n % 5 < 3 else "2",
            municipality="0188",
            words="Hemligt",
        )
        for month in (2, 5)
        for n in range(40)
    ]
    with house.writing() as db:
        for form in shipped():
            publish(db, form)
        db.execute(insert(consent_wording).values(hash=WORDING, version="sc-1.0", language="sv", text="Får de prata?"))
        add_codes(db, told)
    close_due(at(house, "2027-01-01"), noon("2027-01-01"))
    return world


def test_the_list_leads_to_each_quarter_and_year(world: World) -> None:
    eva = world.visit("eva")
    page = eva.get(PLACE).text
    for period in ("2026", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"):
        assert f'href="{PLACE}{period}/"' in page
        assert eva.get(f"{PLACE}{period}/").status_code == 200
    assert (
        PLACE in eva.get("/personal/utvardering/").text or PLACE in eva.get("/personal/utvardering/exempel/tiny/").text
    )
    assert eva.get(f"{PLACE}2025/").status_code == 404


def test_a_page_says_what_is_shown_and_what_is_not(world: World) -> None:
    page = world.visit("eva").get(f"{PLACE}2026/").text
    assert "Första möten: 80" in page
    assert "35 procent" in page
    assert "28 av 80" in page, "self-referrals"
    assert "Visas inte." in page
    assert "Hemligt" not in page


def test_the_sheet_for_uppfoljning_finsam_has_teams_and_sexes(world: World) -> None:
    eva = world.visit("eva")
    page = eva.get(f"{PLACE}2026/uppfoljning-finsam").text
    assert [word for word in ("Team norr", "Team syd", "Kvinnor", "Män", "Annat") if word not in page] == []
    assert eva.get(f"{PLACE}2026-Q1/uppfoljning-finsam").location == PLACE, "a quarter has none"


def test_in_english_everything_has_english_words(world: World) -> None:
    page = world.visit("eva").get(f"/en{PLACE}2026/").text
    assert "First meetings: 80" in page
    assert "From referral to meeting" in page


def test_before_anything_is_counted_the_page_says_so(sqlite_installation: Installation) -> None:
    page = staffed(sqlite_installation).visit("eva").get(PLACE)
    assert page.status_code == 200
    assert "De räknas när ett kvartal är slut." in page.text


@pytest.mark.parametrize("who", ["ada", "kim", "eve", "fia", None])
def test_nobody_but_the_associations_evaluator_sees_it(world: World, who: str | None) -> None:
    browser = world.visit(who)
    for path in ("", "fil", "2026/", "2026/fil", "2026/uppfoljning-finsam"):
        assert browser.get(PLACE + path).status_code in (303, 404)


def test_the_workbook_has_its_four_sheets_and_is_the_same_each_time(world: World, tmp_path: Path) -> None:
    eva = world.visit("eva")
    first, again = (eva.get(f"{PLACE}fil") for _ in range(2))
    assert first.data == again.data
    assert "samsvar-exempel-arenden.xlsx" in first.headers["Content-Disposition"]
    assert list(sheets(first.data)) == ["Läs mig", "Antal", "Tider", "Nyckeltal"]
    for sheet in load_workbook(BytesIO(first.data)).worksheets:
        assert sheet.sheet_state == "visible"
        assert not any(f"{cell.value}".startswith("=") for row in sheet.iter_rows() for cell in row)
    file = tmp_path / "arenden.xlsx"
    told = world.app.test_cli_runner().invoke(
        args=["export", "--association", "exempel", "--cases", "--out", str(file), "--json"]
    )
    assert (told.exit_code, json.loads(told.output)) == (0, {"file": str(file), "periods": 5})
    assert file.read_bytes() == first.data


def test_numbers_on_the_pages_are_those_of_the_file(world: World) -> None:
    eva = world.visit("eva")
    rows = sheets(eva.get(f"{PLACE}2026/fil").data)["Antal"][1:]
    page = eva.get(f"{PLACE}2026/").text + eva.get(f"{PLACE}2026/uppfoljning-finsam").text
    numbers = {row[5] for row in rows if len(row) > 5 and row[5]}
    assert len(numbers) > 5
    assert all(f">{n}<" in page or f": {n}<" in page for n in numbers)


def test_what_is_not_there_cannot_be_exported(world: World, tmp_path: Path) -> None:
    for args in (["--period", "2025"], ["--form", "tiny"]):
        words = ["export", "--association", "exempel", "--cases", *args, "--out", str(tmp_path / "x.xlsx")]
        assert world.app.test_cli_runner().invoke(args=words).exit_code == 1
    assert not (tmp_path / "x.xlsx").exists()
