"""Respondents' pages in a real browser: axe, narrow screens, keyboard, no script, a scanned code, going back.

In Swedish, English and a made-up language written from right to left.
"""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from forms.model import Form
from survey.errors import Unavailable
from survey.installation import set_up
from tests import axe
from tests.conftest import settings_for
from tests.pseudo import translated, translations
from tests.scene import SOAK
from tests.visits import House, experience, house_on

LANGUAGES = {"sv": "", "en": "/en", "ar": "/ar"}


@pytest.fixture(scope="module")
def form() -> Form:
    return translated(experience())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("browser")
    installation = set_up(settings_for(folder, f"sqlite:///{folder / 'samsvar.db'}"))
    yield house_on(installation, translations(folder / "translations"))
    installation.close()


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    house.app.testing = False
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def narrow(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(10_000)
    yield context
    context.close()


def forward(page: Page) -> None:
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def go(page: Page, way: str) -> None:
    page.locator(f'main form button[name="go"][value="{way}"]').first.click()
    page.wait_for_load_state()


def choose(page: Page, *codes: str) -> None:
    for code in codes:
        page.locator(f'main input[value="{code}"]').first.press(" ")


def every_state(page: Page, start: str, house: House, form: Form, broken: pytest.MonkeyPatch) -> Iterator[str]:
    """Leads a browser through every page and state a respondent can meet, and names each."""
    page.goto(f"{start}/svara")
    yield "code"
    page.fill("#code", "ABCD-EFGH")
    forward(page)
    yield "code-refused"
    page.fill("#code", house.open(form).codes[0])
    forward(page)
    yield "start-with-code"
    link = f"{start}/svara/{house.open(form, link=True).round.id}"
    page.goto(link)
    page.locator("details").first.evaluate("d => d.open = true")
    yield "start-by-link"
    go(page, "decline")
    yield "declined"
    page.goto(link)
    forward(page)
    yield "question"
    forward(page)
    yield "question-asked-again"
    go(page, "skip")
    choose(page, "1", "0")
    forward(page)
    yield "question-contradiction"
    page.locator('main input[value="0"]').press(" ")
    forward(page)
    yield "scale"
    choose(page, "4")
    forward(page)
    page.locator("summary").first.click()
    page.fill("#du_f_text", "Jag visste inte så mycket.\n" * 3)
    yield "scale-with-comment"
    page.fill("#du_f_text", "å" * 501)
    forward(page)
    yield "comment-too-long"
    page.fill("#du_f_text", "Kort.")
    go(page, "skip") if page.locator('button[value="skip"]').count() else choose(page, "3")
    forward(page)
    yield "second-part"
    go(page, "early")
    yield "early"
    go(page, "back")
    go(page, "all")
    yield "all"
    choose(page, "1")
    page.locator('[name="du_f2_info"][value="0"]').press(" ")
    forward(page)
    yield "all-contradiction"
    page.locator('[name="du_f2_info"][value="0"]').press(" ")
    go(page, "back")
    while not page.locator('button[value="check"]').count():
        if page.locator("#du_s3_fritt").count():
            page.fill("#du_s3_fritt", "Tack för ett bra möte. " * 20)
            yield "own-words"
        skip = page.locator('button[value="skip"]')
        go(page, "skip") if skip.count() else forward(page)
    yield "last"
    go(page, "check")
    yield "check"
    with broken.context() as away:
        away.setattr("survey.box.send", _away)
        forward(page)
        yield "unavailable"
    forward(page)
    yield "done"
    page.reload()
    yield "sent"
    page.goto(f"{start}/svara/finns-inte")
    yield "closed"
    page.goto(link)
    page.evaluate("document.querySelector('[name=state]').value = 'x'")
    forward(page)
    yield "unreadable"
    page.goto(f"{start}/finns-inte")
    yield "no-such-page"


def _away(*_given: object, **_named: object) -> None:
    raise Unavailable


@pytest.mark.parametrize("language", LANGUAGES if SOAK else ["sv"])
def test_every_page_and_state_is_accessible_and_fits_a_narrow_phone(
    narrow: BrowserContext, site: str, house: House, form: Form, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, seen = narrow.new_page(), []
    for state in axe.looked(page, every_state(page, site + LANGUAGES[language], house, form, monkeypatch)):
        seen.append(state)
        assert page.locator("html").get_attribute("lang") == language, state
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr"), state
        assert not _small(page), (state, _small(page))
        if language == "ar":
            assert not _left_in_swedish(page), (state, _left_in_swedish(page))
    assert len(seen) == 24


def _small(page: Page) -> list[str]:
    """Rows and buttons of the task that are smaller than a thumb."""
    script = """() => [...document.querySelectorAll('main label.row, main form button, main input[type=text]')]
      .map(e => [e, e.getBoundingClientRect()]).filter(([e, box]) => box.height && (box.height < 44 || box.width < 44))
      .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
    found: list[str] = page.evaluate(script)
    return found


def _left_in_swedish(page: Page) -> list[str]:
    """Words in Latin letters that are not marked with a language of their own."""
    script = """() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), left = [];
      while (walk.nextNode()) {
        const text = walk.currentNode;
        const marked = text.parentElement.closest(
          '[lang]:not(html), script, style, textarea, dd[dir=auto], .brand, .house');
        if (!marked && /[a-zåäö]{3}/i.test(text.data.replace(/Team Roslagen/g, ''))) left.push(text.data.trim());
      }
      return left;
    }"""
    found: list[str] = page.evaluate(script)
    return found


def test_axe_finds_a_fault_that_is_there(narrow: BrowserContext, site: str) -> None:
    page = narrow.new_page()
    page.goto(f"{site}/svara")
    page.evaluate("document.querySelector('label').remove()")
    assert axe.faults(page)


def test_the_whole_questionnaire_by_keyboard(narrow: BrowserContext, site: str, house: House, form: Form) -> None:
    opened = house.open(form, link=True)
    page = narrow.new_page()
    page.goto(f"{site}/svara/{opened.round.id}")
    _tab_to(page, "document.activeElement.matches('main form button')")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(40):
        kind = page.locator("main").get_attribute("data-page")
        if kind != "question":
            break
        if page.locator("main input[type=radio], main input[type=checkbox]").count():
            _tab_to(page, "document.activeElement.matches('main input[type=radio], main input[type=checkbox]')")
            page.keyboard.press("Space")
        else:
            _tab_to(page, "document.activeElement.matches('main textarea')")
            page.keyboard.type("Bra.")
            _tab_to(page, "document.activeElement.matches('main form button')")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert page.locator("main").get_attribute("data-page") == "done"


def _tab_to(page: Page, there: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    raise AssertionError(f"{there} is not reached by Tab on {page.url}")


def test_everything_works_without_script(chromium: Browser, site: str, house: House, form: Form) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{site}/svara")
    page.fill("#code", house.open(form).codes[0].lower())
    forward(page)
    forward(page)
    for _ in range(40):
        if page.locator("main").get_attribute("data-page") != "question":
            break
        if page.locator("main input:not([type=hidden])").count():
            page.locator("main input:not([type=hidden])").first.press(" ")
        forward(page)
    assert page.locator("main").get_attribute("data-page") == "done"
    context.close()


def test_a_scanned_code_moves_into_the_field_and_out_of_the_address(
    narrow: BrowserContext, site: str, house: House, form: Form
) -> None:
    code = house.open(form).codes[0]
    page = narrow.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/svara#{code}")
    assert page.locator("#code").input_value() == code
    assert page.url == f"{site}/svara"
    forward(page)
    assert page.locator("main").get_attribute("data-page") == "start"
    assert not [url for url in asked if code in url or not url.startswith((site, "data:"))]
    assert narrow.cookies() == []


def test_the_browsers_own_back_leads_to_the_page_before_and_on_again(
    narrow: BrowserContext, site: str, house: House, form: Form
) -> None:
    page = narrow.new_page()
    page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    forward(page)
    first = page.locator("h1").inner_text()
    choose(page, "2")
    forward(page)
    page.go_back()
    assert page.locator("h1").inner_text() == first
    choose(page, "3")
    forward(page)
    go(page, "back")
    assert page.locator('input[value="3"]').is_checked()


def test_a_mistake_and_a_blank_get_the_focus_and_lead_to_the_answer(
    narrow: BrowserContext, site: str, house: House, form: Form
) -> None:
    page = narrow.new_page()
    page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    forward(page)
    forward(page)
    expect(page.locator("main [role=status]").first).to_be_focused()
    assert not page.title().startswith("Fel")
    go(page, "skip")
    choose(page, "1", "0")
    forward(page)
    assert page.title().startswith("Fel: ")
    expect(page.locator("main [role=alert]").first).to_be_focused()
    page.locator("[role=alert] a").first.click()
    assert page.evaluate("document.activeElement.name") == "du_f2_info"


def test_what_is_left_to_write_is_counted(narrow: BrowserContext, site: str, house: House, form: Form) -> None:
    page = narrow.new_page()
    page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    go(page, "all")
    count = page.locator('[data-count="du_s3_fritt"]')
    page.fill("#du_s3_fritt", "å" * 960)
    expect(count).to_have_text("40 tecken kvar")
    page.fill("#du_s3_fritt", "å" * 900)
    expect(count).to_have_text("")
