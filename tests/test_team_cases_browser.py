"""The team's pages about cases in a real browser: axe, a phone's width, no mouse, no script, and on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from staff.member import Grant
from survey.installation import Installation
from tests import axe
from tests.case_scene import at_work, book, hire, plan, with_a_case
from tests.scene import SOAK
from tests.staff_scene import HOME, World, staffed
from tests.test_staff_browser import become, press, tab_to, window
from tests.visits import served


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Kim coordinates a team, Pia is the Employment Service's representative in it."""
    world = staffed(sqlite_installation)
    hire(world, pia=Grant("party", HOME, "norr", "af"))
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.app) as there:
        yield there


def states(world: World, page: Page, prefix: str) -> Iterator[str]:
    """Every page of a case, new and with a plan, and what is said when a form is sent blank."""
    settings = at_work(world, "kim")
    settings.open("/personal/team/norr/arenden/installningar")
    settings.press(answers={"case_manager": ["1"]})
    new = with_a_case(world, an_tolk="1", an_tolk_sprak="so", an_cm="1", sc_cm="1")
    done = with_a_case(world, an_inte="1", an_inte_vilka=("3",), sc_cm="0", an_cm="0")
    plan(world, done)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{done}/kartlaggning")
    kim.press(answers={"ka_vill": ["Arbeta med växter"]})
    plain = [
        *(
            (new, path)
            for path in ("", "/samtal", "/mote", "/mote/tolk", "/samtycke/", "/samtycke/af/nytt", "/ansvarig")
        ),
        *((new, path) for path in ("/samtycke/fk/markera", "/aterkalla", "/komplettera", "/dokument/referral/1")),
        *((new, path) for path in ("/handelser", "/case-manager")),
        *((done, path) for path in ("", "/mote/blad", "/mote/skyltar", "/mote/hallet", "/kartlaggning", "/avsluta")),
        *((done, path) for path in ("/plan", "/plan/las", "/plan/kopia", "/uppfoljning", "/samtycke/region/byte")),
    ]
    become(page, world, "kim")
    for path in ("/team/norr/arenden/", "/team/norr/arenden/?visa=avslutade", "/team/norr/arenden/installningar"):
        page.goto(f"{prefix}/personal{path}")
        yield path
    for case_id, path in plain:
        page.goto(f"{prefix}/personal/arende/{case_id}{path}")
        yield path
    for path in ("/mote", "/samtycke/af/nytt", "/aterkalla", "/avsluta", "/plan"):
        page.goto(f"{prefix}/personal/arende/{new}{path}")
        press(page)
        yield f"{path} sent blank"
    become(page, world, "pia")
    for path in ("/", f"/arende/{new}"):
        page.goto(f"{prefix}/personal/part{path}")
        yield f"a party's {path}"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_on_any_page_of_a_case_and_none_is_wider_than_a_phone(
    chromium: Browser, address: str, world: World, prefix: str
) -> None:
    page = window(chromium, address, world, None, viewport={"width": 320, "height": 800})
    kinds = [axe.kind_of(page) for _state in axe.looked(page, states(world, page, prefix))]
    assert "error" not in kinds
    assert len(kinds) > 30
    page.context.close()


def test_a_meeting_is_written_by_keyboard_without_script(chromium: Browser, address: str, world: World) -> None:
    case_id = with_a_case(world)
    book(world, case_id)
    page = window(chromium, address, world, "kim", java_script_enabled=False)
    page.goto(f"/personal/arende/{case_id}/kartlaggning")
    page.locator("[name=ka_vill]").focus()
    page.keyboard.type("Arbeta med växter")
    tab_to(page, "Spara och gå till planen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan")
    page.locator("text=Till en aktivitet").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan#pl_akt")  # where the line now stands
    assert page.input_value("[name=pl_akt-0-vad]") == "Arbeta med växter"
    page.context.close()


def test_paper_holds_what_the_person_gets_and_nothing_of_the_page_around_it(
    chromium: Browser, address: str, world: World
) -> None:
    case_id = with_a_case(world)
    plan(world, case_id)
    page = window(chromium, address, world, "kim")
    page.emulate_media(media="print")
    for path, there, gone in (
        ("/mote/blad", "Vilka som kommer", "Ändra mötet"),
        ("/mote/skyltar", "Disa Påhittad", "Skriv ut, klipp isär"),
        ("/plan/kopia", "Prova på en handelsträdgård", "Ge personen en lapp"),
    ):
        page.goto(f"/personal/arende/{case_id}{path}")
        assert page.locator(f"text={there}").first.is_visible()
        assert not page.locator(f"text={gone}").first.is_visible()
        assert not page.locator("header.top").is_visible()
    page.context.close()
