"""Locked questions over an evaluator's own associations: found from the start page, and never anybody else's."""

import io
import re

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route

from staff import accounts
from staff.member import Grant
from survey.installation import Installation
from survey.published import publish
from survey.tables import shown
from tests import axe
from tests.locked import answers, closed, made, settle
from tests.outsider import sheets, table
from tests.staff_scene import HOME, Browser, World, staffed

PAGE = "/personal/gemensamt/"
SIZES = {"a": 40, "b": 36, "c": 20, "e": 50}
"""Associations that have asked the block; C is shown coarsely."""


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Eva evaluates A, B and C, not E; all of them have asked the same block."""
    world = staffed(sqlite_installation)
    with world.installation.writing() as db:
        publish(db, made())
        for slug, n in SIZES.items():
            settle(db, slug)
            closed(db, slug, "2026-Q2", answers(n, crisp=n // 2, seed=n))
        for slug in "abc":
            accounts.give(db, world.accounts["eva"], Grant("evaluator", slug))
    return world


def main(browser: Browser, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text.split("<main")[1]))


def test_an_evaluator_of_several_associations_finds_what_they_share(world: World) -> None:
    eva = world.visit("eva")
    assert f'href="{PAGE}"' in eva.get("/personal/utvardering/").text
    page = main(eva, PAGE)
    assert "Brödrådets frågor" in page
    assert "Frågorna ägs av Det påhittade brödrådet." in page
    assert "Förbundet a, Förbundet b" in page
    assert "Förbundet c, kvartal 2 2026: Visas grovt: exakta tal kräver 30 svar." in page
    assert "Förbundet e" not in page


@pytest.mark.parametrize("path", ["brod/hamta/xlsx", "brod/2026-Q2/hamta/xlsx"])
def test_only_ones_own_associations_are_in_the_file(world: World, path: str) -> None:
    file = world.visit("eva").get(f"{PAGE}{path}")
    assert file.status_code == 200
    assert "samsvar-gemensamt-brod" in file.headers["Content-Disposition"]
    assert file.headers["Cache-Control"] == "no-store"
    told = str(sheets(file.data))
    assert "Ingår: Förbundet a." in told
    assert "Förbundet e" not in told
    assert {row["bas"] for row in table(file.data, "Resultat") if row["svar"] in ("1", "2", "3")} == {"76"}


def test_control_with_every_association_the_file_is_another_one(world: World) -> None:
    with world.installation.writing() as db:
        accounts.give(db, world.accounts["eva"], Grant("evaluator", "e"))
    file = world.visit("eva").get(f"{PAGE}brod/hamta/xlsx")
    assert {row["bas"] for row in table(file.data, "Resultat") if row["svar"] in ("1", "2", "3")} == {"126"}


@pytest.mark.parametrize("kind", ["csv", "program"])
def test_it_also_comes_as_a_table(world: World, kind: str) -> None:
    file = world.visit("eva").get(f"{PAGE}brod/hamta/{kind}")
    assert file.mimetype == "text/csv"
    assert len(io.StringIO(file.data.decode("utf-8-sig")).readlines()) > 10


def test_an_evaluator_of_one_association_has_nothing_to_put_together(world: World) -> None:
    eve = world.visit("eve")
    assert PAGE not in eve.client.get("/personal/utvardering/", follow_redirects=True).text
    assert "Det finns inget att lägga ihop än." in main(eve, PAGE)
    assert eve.get(f"{PAGE}brod/hamta/xlsx").location.endswith("/personal/gemensamt/?said=few")
    assert "Det finns inget att hämta." in main(eve, f"{PAGE}?said=few")


def test_a_lock_nobody_has_and_one_of_others_are_told_alike(world: World) -> None:
    eve = world.visit("eve")
    there, nowhere = (eve.get(f"{PAGE}{lock}/hamta/xlsx") for lock in ("brod", "smor"))
    assert (there.status_code, there.location) == (nowhere.status_code, nowhere.location)
    assert eve.get(f"{PAGE}brod/hamta/exe").status_code == 404


def test_a_page_without_enough_exact_figures_offers_no_file(world: World) -> None:
    with world.installation.writing() as db:
        db.execute(shown.delete().where(shown.c.association == "b"))
    eva = world.visit("eva")
    assert "Då läggs inget ihop." in main(eva, PAGE)
    assert "/hamta/" not in eva.get(PAGE).text
    assert eva.get(f"{PAGE}brod/hamta/xlsx").status_code == 303


def test_it_is_said_in_english_too(world: World) -> None:
    page = main(world.visit("eva"), f"/en{PAGE}")
    assert "Shared questions" in page
    assert "The questions of the bread board" in page
    assert HOME not in page


@pytest.mark.parametrize("name", ["eva", "eve"])
@pytest.mark.parametrize("width", [320, 1280])
def test_there_is_nothing_for_axe_to_find_and_nothing_wider_than_a_phone(
    chromium: Chromium, world: World, name: str, width: int
) -> None:
    browser = world.visit(name)

    def answer(route: Route) -> None:
        with browser.get(route.request.url.removeprefix("http://localhost")) as got:
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    page = chromium.new_context(viewport={"width": width, "height": 800}).new_page()
    page.route("**/*", answer)
    page.goto(f"http://localhost{PAGE}")
    for summary in page.locator("details summary").all():
        summary.click()
    assert not axe.faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()
