"""A conversation, a tablet and a sheet of paper in a real browser: by keyboard, at 320 pixels, and what axe finds."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page

from survey.installation import Installation
from tests import axe
from tests.staff_scene import staffed
from tests.test_interview import WORKS, Talks, sheet_for, talking
from tests.test_staff_browser import window
from tests.visits import served

NARROW = {"width": 320, "height": 640}


@pytest.fixture
def talks(sqlite_installation: Installation) -> Talks:
    return talking(staffed(sqlite_installation))


@pytest.fixture
def address(talks: Talks) -> Iterator[str]:
    """Where the application is served, on this machine."""
    with served(talks.world.app) as there:
        yield there


def looked_at(page: Page, kind: str) -> None:
    """The page is the one expected, fits a small phone, and axe finds nothing on it."""
    page.wait_for_selector(f'main[data-page="{kind}"]')
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], kind
    assert axe.faults(page) == {}, kind


def press(page: Page, go: str = "") -> None:
    """The way forward by Enter's own button, or the button `go`, by keyboard."""
    chosen = f'main form button[name="go"][value="{go}"]' if go else "main form .ways button"
    page.locator(chosen).first.press("Enter")
    page.wait_for_load_state()


def test_a_conversation_a_tablet_and_a_sheet_in_a_browser(chromium: Browser, address: str, talks: Talks) -> None:
    page = window(chromium, address, talks.world, "ines", viewport=NARROW)
    page.goto(WORKS)
    looked_at(page, "interviews")
    page.get_by_role("link", name="Nytt samtal").first.click()
    looked_at(page, "interview-start")
    page.keyboard.press("2")
    assert not page.locator('input[name="lage"]:checked').count(), "number keys are off"
    _number_keys(page, talks.opened.codes[0])
    assert page.locator(".aloud").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 20
    page.fill("[name=in_p_not]", "Vi bestämde att Karin Berg ringer.")
    press(page, "own")
    page.fill('[name="in_egen-0-fraga"]', "Vem ringer du annars?")
    looked_at(page, "interview-topic")
    press(page, "pause")
    looked_at(page, "interview-pause")
    press(page)
    press(page, "end")
    looked_at(page, "interview-check")
    assert page.get_by_role("group", name="Karin Berg").or_(page.get_by_role("group", name="Karin")).count() >= 1
    press(page)
    assert page.locator("#fel").count() == 1, "what may point somebody out is decided about first"
    press(page, "remove")
    looked_at(page, "interview-remove")
    press(page)
    looked_at(page, "declined")
    assert talks.records() == []
    _a_sheet(page, talks)
    _a_tablet(window(chromium, address, talks.world, "kim", viewport=NARROW), talks)
    (first, second) = sorted(talks.records(), key=lambda record: str(record.get("lage", "")))
    assert ("lage" in first, second["lage"]) == (False, "4")


def _number_keys(page: Page, code: str) -> None:
    """Answering by the digits beside the choices, from the first page to the first topic."""
    page.get_by_label("Svara med siffertangenter").press("Space")
    assert page.locator("kbd").all_inner_texts() == [*"23", *"10", *"012"]
    page.keyboard.press("2")
    assert page.locator('input[name="lage"][value="2"]:checked:focus').count() == 1
    page.locator("[name=code]").press("2")
    page.keyboard.press("3")
    assert page.input_value("[name=code]") == "23", "typed, and no answer"
    assert page.locator('input[name="lage"][value="2"]:checked').count() == 1
    looked_at(page, "interview-start")
    page.fill("[name=code]", code)
    press(page)
    looked_at(page, "interview-script")
    press(page)
    looked_at(page, "interview-topics")
    press(page, "task-3")
    looked_at(page, "interview-topic")
    page.keyboard.press("4")
    page.keyboard.press("Tab")
    page.keyboard.press("2")
    chosen = page.locator("fieldset input:checked").evaluate_all("all => all.map(one => one.value)")
    assert (chosen, page.locator("[name=du_p1_nojd]:checked").input_value()) == (["4", "2"], "4")
    page.keyboard.press("Control+3")
    assert not page.evaluate("localStorage.length + sessionStorage.length")
    page.get_by_label("Svara med siffertangenter").press("Space")
    page.keyboard.press("3")
    assert page.locator("kbd").count() == 0
    assert page.locator("fieldset input:checked").count() == 2, "off again"
    with page.context.new_page() as english:
        english.goto(f"/en{urlsplit(page.url).path}")
        assert not english.get_by_label("Answer with number keys").is_checked(), "each begins with them off"
        english.get_by_label("Answer with number keys").press("Space")
        english.keyboard.press("3")
        assert english.get_by_label("In person with an interviewer").is_checked()


def _a_sheet(page: Page, talks: Talks) -> None:
    page.goto(f"/personal/blad/{talks.opened.round.id}")
    looked_at(page, "sheet-start")
    page.check('input[name="form"][value="experience"]')
    page.fill("[name=code]", talks.opened.codes[sheet_for(talks, twice=False, among=range(2, 30))])
    press(page)
    looked_at(page, "sheet-all")
    page.check('input[name="du_m1_kansla"][value="4"]')
    press(page)
    looked_at(page, "done")


def _a_tablet(page: Page, talks: Talks) -> None:
    page.goto(f"/personal/omgang/{talks.opened.round.id}/papper/experience/sv")
    looked_at(page, "sheet")
    page.goto(f"/personal/omgang/{talks.opened.round.id}")
    page.get_by_role("button", name="Lämna över surfplattan").click()
    page.wait_for_url("**/svara")
    page.fill("[name=code]", talks.opened.codes[1])
    press(page)
    press(page, "all")
    page.fill("[name=du_s3_fritt]", "Bara mellan oss.")
    press(page)
    page.wait_for_selector('main[data-page="done"]')
    assert not page.evaluate("localStorage.length + sessionStorage.length")
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()  # what was answered was never kept
    page.wait_for_url("chrome-error://chromewebdata/")
    page.goto("/svara")
    assert page.input_value("[name=code]") == ""
