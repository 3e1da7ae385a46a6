"""The records in a real browser: axe, a phone's width, no mouse, no script, and on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from survey.installation import Installation
from survey.records import log
from tests import axe
from tests.records_scene import meeting, told
from tests.scene import SOAK
from tests.staff_scene import HOME, World, staffed
from tests.test_staff_browser import become, press, tab_to, window
from tests.visits import served


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return staffed(sqlite_installation)


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.app) as there:
        yield there


def states(world: World, page: Page, prefix: str) -> Iterator[str]:
    """Every page of the records, and what is said when a form is sent blank or names somebody."""
    week = world.installation.today().strftime("%G-W%V")
    one = meeting(world.installation, week, after=None, tips={1: "1"})
    with world.installation.writing() as db:
        changed, now = {**one.answers, "ml_efter": "20"}, world.installation.now()
        log.correct(db, world.installation, one, week, one.number, changed, world.accounts["kim"], now)
    new, good = told(world.installation), told(world.installation, works=True)
    become(page, world, "kim")
    team, report = "/personal/team/norr", f"/personal/avvikelse/{new.id}"
    for path in (
        *(f"{team}/moteslogg/", f"/personal/moteslogg/{one.id}", f"/personal/moteslogg/{one.id}/ta-bort"),
        *(f"{team}/avvikelser/", f"{report}/andra", f"{report}/ta-bort", f"/personal/avvikelse/{good.id}"),
    ):
        page.goto(f"{prefix}{path}")
        yield path
    for path in (f"{team}/moteslogg/ny", f"{team}/avvikelser/ny"):
        page.goto(f"{prefix}{path}")
        press(page)
        yield f"{path} sent blank"
    page.goto(f"{prefix}{report}/steg")
    page.fill("[name=words]", "Ring 070-123 45 67 till Karlsson.")
    press(page)
    yield "a step that names somebody"
    for tick in page.locator("[name=pekar]").all():
        tick.check()
    press(page)
    yield "a report that is raised"
    page.goto(f"{prefix}{team}/avvikelser/lista")
    yield "the list"
    become(page, world, "eva")
    for path in ("moteslogg", "avvikelser"):
        page.goto(f"{prefix}/personal/utvardering/{HOME}/{path}/")
        yield f"an evaluator's {path}"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_on_any_page_of_the_records_and_none_is_wider_than_a_phone(
    chromium: Browser, address: str, world: World, prefix: str
) -> None:
    page = window(chromium, address, world, None, viewport={"width": 320, "height": 800})
    kinds = [axe.kind_of(page) for _state in axe.looked(page, states(world, page, prefix))]
    assert "error" not in kinds
    assert len(kinds) == 14
    page.emulate_media(media="print")
    page.goto(f"/personal/utvardering/{HOME}/avvikelser/")
    assert page.locator("text=Reglerna krockar.").first.is_visible()
    assert not page.locator("header.top").is_visible()
    page.context.close()


def test_a_meeting_is_noted_by_keyboard_without_script(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, "kim", java_script_enabled=False)
    page.goto("/personal/team/norr/moteslogg/ny")
    page.locator("[name=ml_antal_dag]").focus()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator("[name=ml_delt]").focus()
    page.keyboard.type("45")
    page.locator("[name=ml_med]").first.focus()
    page.keyboard.press("Space")
    tab_to(page, "Spara mötet")
    page.keyboard.press("Enter")
    page.wait_for_url("**/moteslogg/?sagt=ny")
    assert page.locator("[role=status]").first.inner_text() == "Mötet står i loggen."
    assert page.locator("text=– + 45 + –").first.is_visible()
    page.context.close()
