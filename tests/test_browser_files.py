"""Files and what participants are told, in a real browser: axe, a narrow screen, right to left, keyboard, no script."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection

from app import create_app
from exports import feedback
from exports.export import FILES, FileKind, Selection, Written
from exports.feedback import About
from pages import files
from survey.installation import Installation
from tests import axe
from tests.pseudo import translations
from tests.staff_scene import HOME, World, answered, live_in, staffed
from tests.test_staff_browser import become, press, tab_to
from tests.visits import served

HERE = f"/personal/utvardering/{HOME}/tiny"
PUBLIC = f"/resultat/{HOME}"
TELL = f"{HERE}/aterkoppling"


@pytest.fixture
def world(sqlite_installation: Installation, tmp_path: Path) -> World:
    """A quarter has been released; the interface speaks a language from right to left too."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 32)
    world.release()
    world.app = create_app(world.installation.settings, translations(tmp_path / "translations"))
    live_in(world.app, world.installation)
    return world


@pytest.fixture
def window(chromium: Browser, world: World) -> Iterator[Callable[..., Page]]:
    """Opens a window on the served application, signed in as the evaluator."""
    with served(world.app) as address:

        def _open(**seen: Any) -> Page:
            seen = {"viewport": {"width": 320, "height": 700}} | seen
            page = chromium.new_context(base_url=address, **seen).new_page()
            page.set_default_timeout(20_000)
            become(page, world, "eva")
            return page

        yield _open
        for context in chromium.contexts:
            context.close()


@pytest.fixture
def finish(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Tables are begun and not finished until this is called; pages do not wait for them."""
    go_on = Event()

    def _write(_db: Connection, _selection: Selection, out: BinaryIO) -> Written:
        go_on.wait(60)
        out.write(b"whole")
        return Written(1, 0, 0)

    monkeypatch.setattr(files, "PATIENCE", 0.0)
    monkeypatch.setitem(FILES, "csv", FileKind(".csv", "text/csv", _write))
    yield go_on.set
    go_on.set()


def states(page: Page, world: World, prefix: str) -> Iterator[str]:
    """Every page and state, one after the other."""
    page.goto(f"{prefix}{PUBLIC}")
    yield "nothing to read"
    page.goto(f"{prefix}{TELL}/")
    yield "nothing written"
    page.goto(f"{prefix}{TELL}/2026-Q3")
    yield "writing"
    press(page)
    yield "writing refused"
    page.get_by_role("checkbox").first.press(" ")
    press(page, ("sv", "Ring 070-123 45 67."), ("en", ""))
    yield "looking, with something to worry about"
    press(page)
    yield "looking refused"
    page.locator("[name=sure]").press(" ")
    press(page)
    yield "published"
    page.goto(f"{prefix}{PUBLIC}")
    yield "to read"
    page.goto(f"{prefix}{TELL}/2026-Q3/dra-tillbaka")
    yield "withdrawing"
    press(page)
    yield "withdrawn"
    page.goto(f"{prefix}{HERE}/filer")
    yield "choosing"
    page.locator("[value=save]").click()
    page.wait_for_load_state()
    yield "saving refused"
    page.fill("[name=name]", f"Val{prefix}")
    page.locator("[value=save]").click()
    page.wait_for_load_state()
    yield "saved"
    at = page.locator(".cards a").evaluate_all("links => links.map(a => a.href)")
    for address in at[1:]:
        page.goto(address)
        yield address
    page.goto(f"{prefix}{HERE}/hamta/csv")
    yield "making"


@pytest.mark.parametrize("prefix", ["", "/ar"])
def test_axe_finds_nothing_and_no_page_is_wider_than_a_phone(
    window: Callable[..., Page], world: World, finish: Callable[[], None], prefix: str
) -> None:
    page = window()
    kinds = {axe.kind_of(page) for _state in axe.looked(page, states(page, world, prefix))}
    assert kinds == {"results", "feedback", "feedback-write", "feedback-look", "files", "making", "ask"}


def test_by_keyboard_alone_a_slow_file_is_asked_for_waited_for_and_fetched(
    window: Callable[..., Page], finish: Callable[[], None]
) -> None:
    page = window()
    page.goto(f"{HERE}/filer")
    tab_to(page, "Period")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Arbetsbok")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Hämta filen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/filer/*")
    assert page.locator("progress").get_attribute("aria-label") == "Filen görs"
    finish()
    expect(page.locator("h1")).to_have_text("Filen är klar", timeout=20_000)
    tab_to(page, "Hämta filen")
    with page.expect_download() as fetched:
        page.keyboard.press("Enter")
    assert fetched.value.suggested_filename == "samsvar-exempel-tiny-allt.csv"


def test_without_script_a_slow_file_comes_too(window: Callable[..., Page], finish: Callable[[], None]) -> None:
    page = window(java_script_enabled=False)
    page.goto(f"{HERE}/filer")
    page.check("[value=csv]")
    press(page)
    assert page.locator("h1").inner_text() == "Filen görs"
    finish()
    while page.locator("progress").count():
        page.get_by_role("link", name="Se om filen är klar").click()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Hämta filen").click()
    assert Path(fetched.value.path()).read_bytes() == b"whole"


def test_without_script_participants_are_told(window: Callable[..., Page]) -> None:
    page = window(java_script_enabled=False)
    page.goto(f"{TELL}/2026-Q3")
    page.get_by_role("checkbox").first.press(" ")
    press(page, ("sv", "Vi skickar ett brev före mötet."))
    press(page)
    assert page.locator(".said").inner_text() == "Återkopplingen är publicerad."
    page.goto(PUBLIC)
    assert "Ungefär 8 av 10 svarade «Ja»." in re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert "Vi skickar ett brev före mötet." in page.locator("main").inner_text()


def test_what_participants_are_told_is_printed_without_the_rest_of_the_page(
    window: Callable[..., Page], world: World
) -> None:
    with world.installation.writing() as db:
        feedback.save(db, About(HOME, "tiny", "2026-Q3"), ["q_bra"], {"sv": "Vi skickar ett brev."})
        feedback.publish(db, About(HOME, "tiny", "2026-Q3"), world.installation.today())
    page = window()
    page.goto(PUBLIC)
    page.emulate_media(media="print")
    assert page.get_by_text("Vi skickar ett brev.").is_visible()
    assert page.locator(".persons").first.is_visible()
    assert not page.get_by_role("link", name="Lämna sidan").is_visible()
    assert page.locator(".cards > li").first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"
