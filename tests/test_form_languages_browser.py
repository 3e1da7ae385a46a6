"""Languages and own look in a real browser: nothing for axe to find, nothing wider than a phone, in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from forms.editing import ChangeTexts
from forms.library import shipped
from forms.translating import seal
from staff import accounts
from staff.member import Grant
from survey import authoring, translations
from survey.authoring import Stamp
from survey.installation import Installation
from survey.look import Look, keep
from tests import axe
from tests.scene import SOAK
from tests.staff_scene import HOME, World, staffed
from tests.test_own_look import SVG
from tests.test_staff_browser import window
from tests.visits import served


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Ulla has begun to translate the form about meetings into Arabic, and Omar is to approve it."""
    world = staffed(sqlite_installation)
    with world.installation.writing() as db:
        for name, role in (("ulla", "author"), ("omar", "approver")):
            who = accounts.add(db, f"{name}@exempel.se", name.title(), Grant(role, HOME))  # type: ignore[arg-type]
            world.accounts[name] = who
        experience = next(form for form in shipped() if form.id == "experience_short")
        form = authoring.start_copy(db, experience, "", HOME, _stamp("a"))
        draft = authoring.read(db, form)
        translations.begin(db, draft, "ar")
        for language in ("en", "ar"):
            translations.appoint(db, draft, language, world.accounts["omar"])
        every = translations.texts(db, draft, "ar")
        some = {unit.place: {"ar": f"كيف كان الاجتماع؟ {' '.join(_blanks(unit.source))}"} for unit in every[:9]}
        authoring.change(db, form, ChangeTexts(some), draft.revision, _stamp("b"))
        changed = ChangeTexts({("title",): {"sv": "Hur var mötet för dig nu?"}})
        authoring.change(db, form, changed, draft.revision + 1, _stamp("c"))
        keep(db, HOME, Look("#7a1f5c", SVG, "svg", {"sv": "Vi frågar för att mötena ska bli bättre."}, {"sv": "Tack!"}))
    world.form = form  # type: ignore[attr-defined]
    return world


def _stamp(page: str) -> Stamp:
    return Stamp("Ulla", datetime(2026, 9, 1, tzinfo=UTC), page)


def _blanks(text: str) -> list[str]:
    return [f"{{{part.partition('}')[0]}}}" for part in text.split("{")[1:]]


def states(world: World, page: Page, prefix: str) -> Iterator[str]:
    """Every page of an author who translates and chooses a look, and each state it can be in."""
    here = f"{prefix}/personal/formular/{world.form}/sprak"  # type: ignore[attr-defined]
    for path in (here, f"{here}/en", f"{here}/ar", f"{here}/ar?visa=ses-over", f"{prefix}/personal/utseende/{HOME}"):
        page.goto(path)
        yield path.removeprefix(prefix)
    page.goto(f"{here}/ar?visa=alla")
    page.fill("#t-1", "{fel}")
    page.locator("form.wide .ways button").click()
    yield "errors"
    page.goto(f"{here}/ar")
    with page.expect_download() as got:
        page.get_by_role("link", name="XLIFF 1.2").click()
    content = got.value.path().read_bytes().replace("كيف كان".encode(), "كيف صار".encode())
    page.set_input_files("#file", {"name": "ar.xlf", "mimeType": "application/xml", "buffer": content})
    page.get_by_role("button", name="Titta på filen" if not prefix else "Look at the file").click()
    yield "a file looked at"
    page.goto(f"{here}/ar")
    page.set_input_files("#file", {"name": "ar.xlf", "mimeType": "application/xml", "buffer": b"<html/>"})
    page.get_by_role("button", name="Titta på filen" if not prefix else "Look at the file").click()
    yield "a file refused"
    page.goto(f"{prefix}/personal/utseende/{HOME}")
    page.fill("#colour", "#ffdd00")
    page.locator("form.task .ways button").click()
    yield "a pale colour"


def approvers_states(world: World, page: Page, prefix: str) -> Iterator[str]:
    page.goto(f"{prefix}/personal/oversattningar/")
    yield "waiting"
    for language in ("en", "ar"):
        page.goto(f"{prefix}/personal/oversattningar/{world.form}/{language}")  # type: ignore[attr-defined]
        yield language


def answered(world: World, page: Page, prefix: str) -> Iterator[str]:
    """A participant's pages with the look."""
    page.goto(f"{prefix}/svara")
    page.fill("[name=code]", world.home.codes[0])
    page.locator("main form button").first.click()
    yield "start"
    page.locator("main form .ways button").first.click()
    yield "question"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(chromium: Browser, world: World, prefix: str) -> None:
    with served(world.app) as address:
        for who, walk in (("ulla", states), ("omar", approvers_states), (None, answered)):
            page = window(chromium, address, world, who, viewport={"width": 320, "height": 800})
            assert list(axe.looked(page, walk(world, page, prefix)))
            page.context.close()


def test_everything_works_without_script(chromium: Browser, world: World) -> None:
    with served(world.app) as address:
        page = window(chromium, address, world, "ulla", java_script_enabled=False)
        page.goto(f"/personal/formular/{world.form}/sprak/en")  # type: ignore[attr-defined]
        page.locator("#t-1").fill("How was the meeting for you now?")
        page.keyboard.press("Tab")
        page.locator("form.wide .ways button").press("Enter")
        page.wait_for_load_state()
        with world.installation.reading() as db:
            draft = authoring.read(db, world.form)  # type: ignore[attr-defined]
            every = translations.texts(db, draft, "en")
        assert every[0].target == "How was the meeting for you now?"
        assert {unit.state for unit in every} == {"done"}
        omar = window(chromium, address, world, "omar", java_script_enabled=False)
        omar.goto(f"/personal/oversattningar/{world.form}/en")  # type: ignore[attr-defined]
        omar.locator("main form .ways button").press("Enter")
        omar.wait_for_url("**/oversattningar/?sagt=godkant")
        with world.installation.reading() as db:
            assert translations.tongue(db, draft, "en").ready
            assert seal(every)
