"""Staff pages in a real browser: nothing for axe to find, nothing wider than a phone, no mouse and no script needed."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from staff import accounts, sessions
from staff.member import Grant
from survey.installation import Installation
from survey.tables import staff_session
from tests import axe
from tests.scene import SOAK, open_for
from tests.staff_scene import GOOD, HOME, World, answered, staffed
from tests.visits import served

EVALUATION = f"/personal/utvardering/{HOME}/tiny"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """A quarter has been released at home; Kim has a round with slips and one with an open link."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 32, words="Alla lyssnade")
    answered(world, open_for(world.installation, "syd"), 12)
    answered(world, open_for(world.installation, "fjarran", people=10), 6)
    with world.installation.writing() as db:
        accounts.give(db, world.accounts["kaj"], Grant("evaluator", HOME))
    world.equip("kim", "eva")
    world.release()
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the application is served, on this machine."""
    with served(world.app) as there:
        yield there


def window(chromium: Browser, address: str, world: World, name: str | None, **seen: Any) -> Page:
    """A window, signed in as somebody or nobody."""
    context = chromium.new_context(base_url=address, **seen)
    page = context.new_page()
    if name:
        become(page, world, name)
    return page


def become(page: Page, world: World, name: str) -> None:
    """Go on in the same window as somebody else."""
    session = {"name": "samsvar", "value": world.visit(name).reference, "domain": "127.0.0.1", "path": "/"}
    page.context.add_cookies([session])  # type: ignore[list-item]


def press(page: Page, *fields: tuple[str, str]) -> None:
    """Write in these fields, if any, and send the page's task."""
    for control, text in fields:
        page.fill(f"[name={control}]", text)
    page.locator("main form .ways button").first.click()
    page.wait_for_load_state()  # a press returns when the next page begins to come


def staff_states(world: World, page: Page, prefix: str) -> Iterator[str]:
    """Every page and state of the signed-in roles, one after the other in the same window; gives each its name."""
    link = open_for(world.installation, "norr", link=True).round.id
    slips = f"{prefix}/personal/omgang/{world.home.round.id}"
    plain = {
        "kim": ["/team/norr/", "/team/norr/ny", f"/omgang/{link}", "/team/norr/siffror/"]
        + [f"/omgang/{world.home.round.id}{part}" for part in ("", "/makulera", "/avsluta")]
        + ["/team/norr/siffror/tiny/2026-Q3", "/team/finns-inte/"],
        "eva": [f"/utvardering/{HOME}/tiny/{part}" for part in ("", "2026-Q3/", "2026-Q3/team/syd", "citat")],
        "eve": ["/utvardering/annat/tiny/", "/utvardering/annat/tiny/2026-Q3/"],
        "kaj": ["/", "/team/fjarran/siffror/"],
        "ada": ["/admin/", "/admin/forbund", f"/admin/forbund/{HOME}/team", "/admin/team/norr", "/admin/konto"]
        + ["/admin/lage", "/admin/logg/", "/admin/logg/?fran=nej", "/admin/logg/kontroll"]
        + [f"/admin/konto/{world.accounts['eva']}{part}" for part in ("", "/avsluta")],
    }
    sent = {
        "kim": [f"{prefix}/personal/team/norr/ny", slips, f"{slips}/makulera"],
        "ada": [f"{prefix}/personal/admin/forbund", f"{prefix}/personal/admin/konto"],
    }
    for name, paths in plain.items():
        become(page, world, name)
        for path in paths:
            page.goto(f"{prefix}/personal{path}")
            yield f"{name} {path}"
        for path in sent.get(name, ()):
            page.goto(path)
            press(page)
            yield f"{name} {path} sent"
    become(page, world, "eva")
    page.goto(f"{prefix}{EVALUATION}/citat")
    page.locator("details summary").first.click()
    page.locator("textarea").first.fill("")
    press(page)
    yield "eva changes a quote without choosing"
    page.goto(f"{prefix}/personal/nycklar/")
    yield "eva has no keys"
    page.goto(f"{prefix}/personal/nycklar/ny")
    yield "eva is asked what a key is for"
    press(page)
    yield "eva is asked again"
    page.check("[value=figures]")
    press(page, ("name", "Rapporten till styrelsen"))
    yield "eva has a key"
    page.locator("main a.ds-button").first.click()
    yield "eva sees her keys"
    page.locator("td a").first.click()
    yield "eva is asked whether to remove the key"


def app_code(page: Page) -> str:
    """What an app shows that was given the letters on the page."""
    return pyotp.TOTP(page.locator("code.code").inner_text().replace(" ", "")).now()


def doorstep_states(page: Page, prefix: str, code: str) -> Iterator[str]:
    """Every page and state before signing in."""
    for path in ("/personal/logga-in", "/personal/valkommen"):
        page.goto(prefix + path)
        yield path
        press(page)
        yield f"{path} sent blank"
    press(page, ("code", code), ("passphrase", GOOD), ("again", GOOD))
    yield "a second factor is chosen"
    press(page)
    yield "a second factor is chosen, blank"
    press(page, ("code", app_code(page)))
    yield "recovery codes"
    page.locator("main a.ds-button").click()
    for part in ("", "losenfras", "app", "reservkoder"):
        page.goto(f"{prefix}/personal/konto/{part}")
        yield f"my account {part}"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_on_any_staff_page_and_none_is_wider_than_a_phone(
    chromium: Browser, address: str, world: World, prefix: str
) -> None:
    page = window(chromium, address, world, None, viewport={"width": 320, "height": 800})
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["eve"], sessions.now())
    states = chain(doorstep_states(page, prefix, code), staff_states(world, page, prefix))
    kinds = [axe.kind_of(page) for _state in axe.looked(page, states)]
    assert len(kinds) > 30
    assert kinds.count("error") == 1, "only the page that does not exist is an error page"
    page.context.close()


def test_axe_would_find_a_table_that_cannot_be_scrolled_by_keyboard(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "eva", viewport={"width": 320, "height": 800})
    page.goto(f"{EVALUATION}/")
    page.evaluate(
        "for (const box of document.querySelectorAll('.table-box')) { box.removeAttribute('tabindex'); "
        "box.firstElementChild.style.minWidth = '60rem'; "
        "box.querySelectorAll('a').forEach(a => a.replaceWith(a.textContent)) }"
    )
    assert "scrollable-region-focusable" in axe.faults(page)
    page.context.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has focus says `words`."""
    for _press in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        label = focused.evaluate("e => e.labels?.[0]?.textContent ?? e.textContent")
        if words in label:
            return
    pytest.fail(f"Tab never reached «{words}» on {page.url}")


def test_a_coordinator_opens_a_round_by_keyboard_alone(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, None)
    page.goto("/personal/logga-in")
    tab_to(page, "E-postadress")
    page.keyboard.type("kim@exempel.se")
    tab_to(page, "Lösenfras")
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/logga-in/kod")
    tab_to(page, "Kod")
    page.keyboard.type(world.code("kim"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/team/norr/")
    tab_to(page, "Öppna en omgång")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ny")
    tab_to(page, "Antal deltagare")
    page.keyboard.type("5")
    tab_to(page, "Antal lappar")
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    page.wait_for_selector(".slip")
    assert page.locator(".slip").count() == 6
    page.context.close()


def test_an_evaluator_reads_and_publishes_quotes_without_script(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, None, java_script_enabled=False)
    page.goto("/personal/logga-in")
    press(page, ("email", "eva@exempel.se"), ("passphrase", GOOD))
    press(page, ("second_code", world.code("eva")))
    page.get_by_role("link", name="Granska och läs citat").click()
    while page.locator("blockquote").count():
        for choice in page.get_by_label("Godkänn").all():
            choice.press(" ")
        press(page)
    page.get_by_role("link", name="Publicera citaten").click()
    press(page)
    assert page.locator("[role=status]").inner_text() == "Citaten är publicerade."
    page.context.close()


def test_an_evaluator_makes_and_removes_a_key_by_keyboard_alone_without_script(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "eva", java_script_enabled=False)
    page.goto(f"{EVALUATION}/")
    tab_to(page, "Nycklar för program")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nycklar/")
    tab_to(page, "Ny nyckel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ny")
    tab_to(page, "Vad ska nyckeln")
    page.keyboard.type("Rapporten")
    tab_to(page, "Siffror")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-page=key]")
    assert page.locator("code.code").inner_text().startswith("samsvar_")
    tab_to(page, "Klart")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nycklar/")
    tab_to(page, "Får läsa")  # the table itself, which can be scrolled
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ta-bort")
    tab_to(page, "Ta bort nyckeln")
    page.keyboard.press("Enter")
    page.wait_for_url("**?removed=1")
    assert page.locator("[role=status]").inner_text() == "Nyckeln är borttagen."
    page.context.close()


def test_the_focus_stands_in_the_error_summary_and_its_link_leads_to_the_field(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "kim")
    page.goto(f"/personal/omgang/{world.home.round.id}")
    press(page)
    assert page.title().startswith("Fel: ")
    assert page.locator(":focus").get_attribute("id") == "fel"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#tickets")
    page.context.close()


def test_slips_are_printed_whole_and_without_the_rest_of_the_page(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "kim")
    page.goto(f"/personal/omgang/{world.home.round.id}")
    press(page, ("tickets", "8"), ("participants", "8"))
    page.emulate_media(media="print")
    assert not page.get_by_role("heading", name="Lappar att skriva ut").is_visible()
    assert not page.get_by_role("button", name="Logga ut").is_visible()
    assert page.locator(".slip").count() == 8
    assert page.locator(".slip").first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"
    page.context.close()


def test_the_code_of_an_invitation_is_filled_in_from_its_address_and_never_sent_in_one(
    chromium: Browser, address: str, world: World
) -> None:
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["eve"], sessions.now())
    page = window(chromium, address, world, None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(accounts.welcome_address("", code))
    assert page.locator("[name=code]").input_value() == code
    press(page, ("passphrase", GOOD), ("again", GOOD))
    assert page.url.endswith("/personal/andra-steget")
    assert code[:9] not in "".join(url.partition("#")[0] for url in asked)
    page.context.close()


def idle(world: World, minutes: int) -> None:
    """Let everybody's last use lie so far back."""
    with world.installation.writing() as db:
        db.execute(update(staff_session).values(seen=sessions.now() - 60 * minutes))


def test_whoever_does_nothing_is_warned_in_time_and_stays_with_one_press(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world, "kim")
    page.clock.install()
    page.goto("/personal/team/norr/ny")
    page.fill("[name=participants]", "12")
    for _again in range(2):
        page.clock.fast_forward("25:00")
        assert page.locator(".away button").count() == 0
        page.clock.fast_forward("02:00")
        page.locator(".away button").wait_for()
        idle(world, 27)
        page.focus("[name=tickets]")
        page.locator(".away button").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Du är kvar.").wait_for()
        assert page.locator(":focus").get_attribute("name") == "tickets"
        with world.installation.reading() as db:
            assert sessions.now() - min(db.scalars(select(staff_session.c.seen))) < 60
    assert page.input_value("[name=participants]") == "12"
    assert not axe.faults(page)
    page.context.close()


def test_whoever_is_signed_out_is_told_so_and_keeps_the_page(chromium: Browser, address: str, world: World) -> None:
    page = window(chromium, address, world, "kim")
    page.clock.install()
    page.goto("/personal/team/norr/ny")
    page.fill("[name=participants]", "12")
    page.clock.fast_forward("30:00")
    page.get_by_text("Du är utloggad.").wait_for()
    assert page.input_value("[name=participants]") == "12"
    page.context.close()
