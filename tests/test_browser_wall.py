"""A facilitator and a wall in a real browser: few presses, the keyboard alone, ten metres away, asleep and cut off."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pages import live
from survey.installation import Installation
from survey.polls import leading, texts
from survey.polls.holding import start
from survey.published import publish
from tests import axe
from tests.poll_scene import Hall, room_form
from tests.scene import SOAK
from tests.staff_scene import GOOD, HOME, World, staffed
from tests.test_browser_zoom import LOST
from tests.test_staff_browser import become, press, tab_to
from tests.visits import served

PROJECTOR: Any = {"width": 1920, "height": 1080}
TWICE: Any = {"width": 960, "height": 540}
"""The same at 200 per cent."""
PHONE: Any = {"width": 320, "height": 640}
SEEN: tuple[dict[str, Any], ...] = ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"})
FAR_AWAY = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } };
  const bad = [];
  for (const e of document.querySelectorAll('main *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest('svg') || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), a = light(style.color), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (parseFloat(style.fontSize) < 32 || ratio < 7) bad.push([e.textContent.trim(), style.fontSize, ratio]);
  }
  return bad;
}"""
"""Every text that is smaller than 32 px or fainter than 7 to 1."""
OUTSIDE = """() => [...document.querySelectorAll('h1, .options li, .bars li')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth;
}).map(e => e.textContent)"""
"""What of the question and its answers does not fit the window."""


@pytest.fixture
def world(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(live, "FRESH", 0.1)
    world = staffed(sqlite_installation)
    with world.installation.writing() as db:
        publish(db, room_form())
    world.equip("fia")
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the application is served, on this machine."""
    with served(world.app) as there:
        yield there


@pytest.fixture
def window(chromium: Browser, address: str, world: World) -> Iterator[Callable[..., Page]]:
    """Opens windows, signed in as Fia or not."""
    opened = []

    def _window(*, fia: bool = False, **seen: object) -> Page:
        context = chromium.new_context(base_url=address, **seen)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        if fia:
            become(page, world, "fia")
        return page

    yield _window
    for context in opened:
        context.close()


@pytest.fixture
def hall(world: World) -> Hall:
    with world.installation.writing() as db:
        return Hall(world.installation, start(db, world.installation, HOME, None, room_form()).id)


def wall_of(hall: Hall) -> str:
    return f"/rosta/{hall.poll.code}/vagg"


def lead_of(hall: Hall) -> str:
    return f"/personal/omrostning/{hall.id}"


def every_state(hall: Hall) -> Iterator[str]:
    """Leads the room through every state there is, and names each."""
    phones = hall.phones(8)
    for phone in phones:
        hall.join(phone)
    yield "lobby"
    hall.open("p_en")
    hall.votes("p_en", phones[:4], "1", "2", "3")
    yield "open"
    hall.close("p_en")
    yield "closed with too few"
    hall.open("p_en")
    hall.votes("p_en", phones[4:], "1")
    hall.close("p_en")
    with hall.house.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"3": 2}, 2)
    yield "closed"
    hall.show("p_en")
    yield "shown"
    hall.open("p_ord")
    yield "own words open"
    hall.votes("p_ord", phones, "Ring dagen innan. " * 8, "Ha en agenda.\nOch kaffe.", None, "=1+1")
    hall.close("p_ord")
    yield "own words wait"
    with hall.house.writing() as db:
        written = [one.id for one in texts.texts(db, hall.id, "waiting")]
        texts.merge(db, hall.id, written[0], written[1:2])
        texts.judge(db, hall.id, written[:4], "approved")
        texts.judge(db, hall.id, written[4:5], "hidden")
    hall.show("p_ord")
    yield "own words shown"


def lead_states(page: Page, hall: Hall, prefix: str) -> Iterator[str]:
    """The facilitator's pages, one after the other."""
    lead = prefix + lead_of(hall)
    for part in ("omrostningar/", "omrostningar/lank"):
        page.goto(f"{prefix}/personal/{part}")
        yield part
    press(page)
    yield "link sent blank"
    for state in every_state(hall):
        page.goto(lead)
        yield state
    for part in ("/fraga/p_en", "/fraga/p_flera", "/texter", "/avsluta"):
        page.goto(lead + part)
        yield part
    hall.end()
    page.goto(f"{lead}?osakerhet=1")
    yield "ended"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_on_the_facilitators_pages_and_none_is_wider_than_a_phone(
    window: Callable[..., Page], hall: Hall, prefix: str
) -> None:
    page = window(fia=True, viewport={"width": 320, "height": 800})
    assert "error" not in [axe.kind_of(page) for _state in axe.looked(page, lead_states(page, hall, prefix))]


def test_the_wall_can_be_read_from_ten_metres_in_every_state(window: Callable[..., Page], hall: Hall) -> None:
    page, found = window(viewport=PROJECTOR), []

    def look(state: str) -> None:
        for seen in SEEN:
            page.emulate_media(**seen)
            faults = axe.faults(page)
            faint = [] if "forced_colors" in seen else page.evaluate(FAR_AWAY)
            moving = page.evaluate("document.getAnimations().length")
            if faults or faint or moving or page.locator("h1").count() != 1:
                found.append((state, seen, faults, faint, moving))
        page.emulate_media(forced_colors="none")

    for state in every_state(hall):
        page.goto(wall_of(hall))
        look(state)
    hall.end()
    expect(page.locator("h1")).to_have_text("Omröstningen är slut")
    look("over")
    assert found == []


def test_faint_and_small_words_would_be_found(window: Callable[..., Page], hall: Hall) -> None:
    """The control."""
    page = window(viewport=PROJECTOR)
    page.goto(wall_of(hall))
    page.evaluate("document.querySelector('h1').style.color = '#7c8a91'")
    page.evaluate("document.querySelector('.count').style.fontSize = '20px'")
    assert {text for text, _size, _ratio in page.evaluate(FAR_AWAY)} == {"Frågor till rummet", "0 är med", "0"}


def test_the_question_and_its_answers_stay_when_the_wall_is_enlarged(window: Callable[..., Page], hall: Hall) -> None:
    page = window()
    for state in every_state(hall):
        page.goto(wall_of(hall))
        for viewport in (PROJECTOR, TWICE, PHONE):
            page.set_viewport_size(viewport)
            assert page.evaluate(LOST) == [], state
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
            expect(page.locator(".code")).to_be_in_viewport()
            if viewport is not PHONE and not state.startswith("own words"):
                assert page.evaluate(OUTSIDE) == [], state


def test_the_wall_follows_the_room_by_itself(window: Callable[..., Page], hall: Hall) -> None:
    page = window(viewport=PROJECTOR)
    page.goto(wall_of(hall))
    page.evaluate("window.stayed = true")
    for phone in (phones := hall.phones(6)):
        hall.join(phone)
    expect(page.get_by_role("status").first).to_have_text("6 är med")
    hall.open("p_en")
    expect(page.locator("h1")).to_have_text("Ska vi?")
    hall.votes("p_en", phones, "1", "2")
    expect(page.get_by_role("status").first).to_have_text("6 har svarat")
    hall.close("p_en")
    expect(page.locator(".which")).to_contain_text("Stängd")
    assert "%" not in page.locator("main").inner_text()
    hall.show("p_en")
    expect(page.locator(".bars li").first).to_contain_text("3 av 6")
    assert page.evaluate("window.stayed"), "the page was never loaded anew"
    hall.end()
    expect(page.locator("h1")).to_have_text("Omröstningen är slut")


def test_the_wall_outlives_a_lost_connection_a_sleep_and_a_sign_out(
    window: Callable[..., Page], hall: Hall, world: World
) -> None:
    page = window(fia=True, viewport=PROJECTOR)
    hall.open("p_en")
    page.goto(wall_of(hall))
    page.context.set_offline(True)
    expect(page.locator(".lost")).to_contain_text("Ingen kontakt just nu")
    expect(page.locator("h1")).to_have_text("Ska vi?")
    hall.votes("p_en", hall.phones(5), "1")
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.get_by_role("status").first).to_have_text("5 har svarat")
    expect(page.locator(".lost")).to_be_empty()
    page.reload()
    expect(page.get_by_role("status").first).to_have_text("5 har svarat")


def test_without_script_the_wall_comes_again_by_itself(window: Callable[..., Page], hall: Hall) -> None:
    page = window(viewport=PROJECTOR, java_script_enabled=False)
    page.goto(wall_of(hall))
    hall.open("p_en")
    expect(page.locator("h1")).to_have_text("Ska vi?", timeout=15_000)


def test_approved_words_come_to_the_wall_while_it_stands(window: Callable[..., Page], hall: Hall) -> None:
    hall.open("p_ord")
    hall.votes("p_ord", hall.phones(5), "Lugnt")
    hall.close("p_ord")
    hall.show("p_ord")
    page = window(viewport=PROJECTOR)
    page.goto(wall_of(hall))
    expect(page.locator("main")).to_contain_text("Inga texter är godkända än.")
    with hall.house.writing() as db:
        texts.judge(db, hall.id, [texts.texts(db, hall.id, "waiting")[0].id], "approved")
    expect(page.locator(".words li")).to_have_text("Lugnt", timeout=20_000)


def test_four_presses_lead_from_signing_in_to_an_open_question(window: Callable[..., Page], world: World) -> None:
    page = window()
    page.goto("/personal/logga-in")
    page.fill("[name=email]", "fia@exempel.se")
    page.fill("[name=passphrase]", GOOD)
    page.locator("main").get_by_role("button", name="Logga in").click()
    page.fill("[name=second_code]", world.code("fia"))
    presses = ["Logga in", "Starta omröstningen", "Öppna fråga 1"]
    for words in presses:
        page.locator("main").get_by_role("button", name=words).click()
    expect(page.locator(".ds-tag").first).to_have_text("Öppen")
    assert 1 + len(presses) <= 4


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_room_is_led_by_keyboard_alone(window: Callable[..., Page], hall: Hall, script: bool) -> None:
    page = window(fia=True, java_script_enabled=script)
    page.goto(lead_of(hall))
    tab_to(page, "Öppna fråga 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**#nu")
    hall.votes("p_en", hall.phones(5), "1", "2")
    for words in ("Stäng frågan", "Visa resultatet", "Öppna fråga 2"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text(words)  # one Tab away
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert hall.poll.current == "p_flera"
    page.goto(f"{lead_of(hall)}/avsluta")
    tab_to(page, "Avsluta omröstningen")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_have_attribute("data-page", "poll-ended")


def test_the_facilitators_numbers_stay_fresh_and_another_screen_is_told_of(
    window: Callable[..., Page], hall: Hall
) -> None:
    hall.open("p_en")
    page = window(fia=True)
    page.goto(lead_of(hall))
    page.focus("text=Stäng frågan")
    hall.votes("p_en", hall.phones(3), "1")
    expect(page.locator("[data-live] [role=status]").first).to_have_text("3 har svarat · 3 är med")
    hall.close("p_en")
    expect(page.locator(".moved")).to_contain_text("gått vidare på en annan skärm")
    expect(page.locator(":focus")).to_have_text("Stäng frågan")  # nothing moves under the fingers
    page.get_by_role("link", name="Visa var den är").click()
    expect(page.locator(".ds-tag").first).to_have_text("Stängd")
