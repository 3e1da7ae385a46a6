"""The evaluator's pages in a real browser: a new evaluator, a phone, a keyboard, a printer, and no script."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page

from survey.installation import Installation
from tests import axe
from tests.staff_scene import GOOD, World, staffed
from tests.test_evaluation import AT, meaning, quarter, show
from tests.test_staff_browser import become, press, tab_to, window
from tests.visits import served

PAPER = {"width": 794, "height": 1123}
"""An A4 page in CSS pixels."""


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Years in which a question changed its meaning, with a goal, and coarse and withheld groups."""
    world = staffed(sqlite_installation)
    whole, norr, syd = quarter()
    goal = {"q_bra": 76}
    show(
        world,
        replace(whole, goals=goal),
        norr,
        syd,
        replace(whole, period="2024"),
        meaning(replace(whole, period="2025", goals=goal), 2),
        meaning(replace(whole, period="2026"), 2),
        replace(syd, period="2025", grade="withheld", reason="few", base=None, items=()),
    )
    world.equip("eva")
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.app) as there:
        yield there


def states(page: Page, prefix: str) -> Iterator[str]:
    """Every page and state of the evaluator's own, one after the other in the same window."""
    home = f"{prefix}{AT}"
    for path in ("/", "/2026-Q3/", "/2026-Q3/team/syd", "/2025/team/syd", "/jamfor/", "/jamfor/q_bra/ar", "/mal"):
        page.goto(home + path)
        yield path
    page.goto(f"{home}/jamfor/q_vem/perioder")
    yield "a question without positive answers"
    page.goto(f"{home}/2025/")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    yield "every text to copy"
    page.goto(f"{prefix}/personal/utvardering/exempel/arets-siffror/2025/")
    yield "the year in figures"
    page.goto(f"{home}/mal")
    press(page, ("q_bra", "åttio"))
    yield "a goal that is no number"


@pytest.mark.parametrize("seen", ["", "/en", "rtl"], ids=["swedish", "english", "right to left"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    chromium: Browser, address: str, world: World, seen: str
) -> None:
    page = window(chromium, address, world, "eva", viewport={"width": 320, "height": 800})
    found = []
    for state in states(page, "/en" if seen == "/en" else ""):
        if seen == "rtl":
            page.evaluate("document.documentElement.dir = 'rtl'")
        faults = [] if seen else axe.faults(page)
        wide = page.evaluate(
            "[...document.querySelectorAll('html, body *')].filter(e => e.scrollWidth > e.clientWidth + 1"
            " && !['visible', 'hidden'].includes(getComputedStyle(e).overflowX)).map(e => e.className)"
        )
        if faults or wide or page.locator("h1").count() != 1:
            found.append((state, faults, wide))
    assert found == []
    page.set_viewport_size({"width": 700, "height": 800})
    page.goto(f"{'/en' if seen == '/en' else ''}{AT}/")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()


def test_a_new_evaluator_signs_in_and_has_the_right_workbook_one_press_of_enter_later(
    chromium: Browser, address: str, world: World, tmp_path: Path
) -> None:
    page = window(chromium, address, world, None)
    page.goto("/personal/logga-in")
    tab_to(page, "E-postadress")
    page.keyboard.type("eva@exempel.se")
    tab_to(page, "Lösenfras")
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/logga-in/kod")
    tab_to(page, "Kod")
    page.keyboard.type(world.code("eva"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}/")
    tab_to(page, "Arbetsbok för Excel")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    coming.value.save_as(tmp_path / "bok.xlsx")
    assert "Resultat" in load_workbook(tmp_path / "bok.xlsx", read_only=True).sheetnames
    page.context.close()


def test_one_periods_workbook_is_four_presses_away_by_keyboard(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, "eva")
    page.goto("/personal/")
    for words, leads_to in (("Siffror för hela 2026", "/2026/"), ("2025", "/2025/")):
        tab_to(page, words)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{AT}{leads_to}")
    assert page.locator("[aria-current=true]").all_inner_texts() == ["Samordningsförbundet Exempel", "2025"]
    tab_to(page, "Arbetsbok för Excel")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    assert "2025" in coming.value.suggested_filename
    page.context.close()


def test_the_text_is_copied_and_said_to_be(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, "eva", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{AT}/2026-Q3/")
    card = page.locator("#q_bra")
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, "Kopiera")
    page.keyboard.press("Enter")
    card.get_by_text("Texten är kopierad.").wait_for()
    assert card.locator("[role=status]").inner_text() == "Texten är kopierad."
    assert page.evaluate("navigator.clipboard.readText()") == card.locator(".told").inner_text()
    page.context.close()


def test_without_script_the_text_is_there_to_be_marked(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, None, java_script_enabled=False)
    become(page, world, "eva")
    page.goto(f"{AT}/2026-Q3/")
    card = page.locator("#q_bra")
    card.locator("summary").click()
    assert card.locator(".told").is_visible()
    assert card.locator("button").count() == 0
    page.goto(f"{AT}/mal")
    press(page, ("q_bra", "80"))
    assert page.locator("[role=status]").inner_text() == "Målen är sparade."
    page.context.close()


@pytest.mark.parametrize("path", ["/2026-Q3/", "/jamfor/q_bra/ar"])
def test_on_paper_the_figures_stand_alone_and_no_card_is_cut(
    chromium: Browser, address: str, world: World, path: str
) -> None:
    page = window(chromium, address, world, "eva", viewport=PAPER)
    page.goto(f"{AT}{path}")
    assert not page.locator(".print-only").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".print-only").first.is_visible()
    for gone in ("nav", "summary", ".card-acts", "header", "footer", "h2:text('Hämta')"):
        assert not any(one.is_visible() for one in page.locator(gone).all()), gone
    cards = page.locator(".chart").all()
    assert cards
    for card in cards:
        assert card.evaluate("e => getComputedStyle(e).breakInside") == "avoid"
        assert card.evaluate("e => e.offsetHeight") < PAPER["height"] - 150
    page.context.close()


def test_bars_and_breaks_are_seen_where_the_reader_chooses_the_colours(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "eva", forced_colors="active")
    page.goto(f"{AT}/jamfor/q_bra/ar")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    bar = page.locator(".stick rect").first.evaluate("e => getComputedStyle(e).fill")
    assert ground != bar
    assert page.locator(".break th").first.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
    page.context.close()
