"""A referral and a withdrawal in a real browser: axe, a narrow phone, keyboard alone, paper.

And how many steps each takes, counted.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pages import refer
from pages.pace import Pace
from survey.installation import set_up
from tests import axe
from tests.conftest import settings_for
from tests.refer_scene import ALONE, CASEWORKER, TEAM, Answers, Referrer, approve_english, referrer, taking_referrals
from tests.scene import SOAK
from tests.visits import House, served

LANGUAGES = {"sv": "", "en": "/en"} if SOAK else {"sv": ""}
FORWARD = "main form .ways button >> nth=0"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("referring")
    installation = set_up(settings_for(folder, f"sqlite:///{folder / 'samsvar.db'}"))
    house = taking_referrals(installation)
    approve_english(house)
    yield house
    installation.close()


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    house.app.testing = False
    with served(house.app) as address:
        yield address


@pytest.fixture
def narrow(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(10_000)
    yield context
    context.close()


def press(page: Page, go: str = "") -> None:
    page.locator(f'main form button[name="go"][value="{go}"]' if go else FORWARD).first.click()
    page.wait_for_load_state()


def fill_in(page: Page, answers: Answers) -> None:
    """Answer what the page asks and `answers` know."""
    for name in page.evaluate("[...new Set([...document.querySelectorAll('main [name]')].map(e => e.name))]"):
        value = answers.get(name)
        for each in [value] if isinstance(value, str) else value or ():
            answer(page, name, each)


def answer(page: Page, name: str, value: str) -> None:
    control = page.locator(f'main [name="{name}"]').first
    if control.get_attribute("type") in ("radio", "checkbox"):
        page.locator(f'main [name="{name}"][value="{value}"]').press(" ")
    elif control.evaluate("e => e.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)


def asks(page: Page, question: str) -> bool:
    return page.locator(f'main [name="{question}"]').count() > 0


def go_on(page: Page, answers: Answers, until: str) -> None:
    """Forward, answering, until a page of that kind or one that asks that question."""
    for _ in range(150):
        if until in (page.locator("main").get_attribute("data-page"),) or asks(page, until):
            return
        fill_in(page, answers)
        press(page)
    raise AssertionError(f"{until} never comes: {page.url} {page.locator('h1').inner_text()}")


def carry(page: Page, person: Referrer) -> None:
    """Go on in the browser where somebody without one has come: all of it is in the page."""
    script = """state => {
      document.querySelector('[name=state]').value = state;
      Object.assign(document.querySelector('main .ways button'), {name: 'go', value: 'stay'});
    }"""
    page.goto(f"{page.url.split('/anmal')[0]}/anmal/{TEAM}")
    page.evaluate(script, dict(person.page.hidden)["state"])
    press(page)


def come_to(house: House, question: str, answers: Answers) -> Referrer:
    """Somebody without a browser who has come to the page that asks this."""
    person = referrer(house)
    person.begin()
    person.until_asked(question, answers)
    return person


def every_state(page: Page, start: str, house: House, broken: pytest.MonkeyPatch) -> Iterator[str]:
    """Leads a browser through every page and state a referrer can meet, and names each."""
    page.goto(f"{start}/anmal")
    yield "teams"
    page.goto(f"{start}/anmal/{TEAM}")
    yield "start"
    press(page)
    press(page)
    yield "gate-refused"
    go_on(page, {**ALONE, "an_skydd": "1"}, "an_skydd")
    press(page, "back")
    yield "already-a-caseworker"
    press(page)
    go_on(page, {**ALONE, "an_skydd": "1"}, "stop")
    yield "stop"
    page.goto(f"{start}/anmal/{TEAM}")
    press(page)
    go_on(page, CASEWORKER, "an_alder")
    answer(page, "an_alder", "80")
    press(page)
    yield "outside-the-ages"
    go_on(page, CASEWORKER, "tasks")
    yield "tasks"
    press(page)
    press(page)
    yield "question-refused"
    go_on(page, CASEWORKER, "an_tel")
    answer(page, "an_tel", "12")
    answer(page, "an_via", "å" * 300)
    press(page)
    yield "question-with-long-text-refused"
    press(page, "aloud")
    yield "aloud"
    press(page, "aloud")
    answer(page, "an_via", "Min syster")
    go_on(page, CASEWORKER, "part")
    yield "part"
    press(page)
    carry(page, come_to(house, "an_provat-0-vad", CASEWORKER))
    answer(page, "an_provat-0-vad", "Praktik på ett lager")
    press(page, "add-an_provat")
    yield "rows"
    person = come_to(house, "sc_af", CASEWORKER)
    carry(page, person)
    yield "consent"
    press(page)
    yield "consent-refused"
    press(page, "list")
    yield "tasks-begun"
    press(page, "save")
    yield "save"
    code = page.locator("#koden").inner_text()
    page.goto(f"{start}/anmal/fortsatt")
    yield "resume"
    page.fill("#code", "AAAA-AAAA")
    press(page)
    yield "resume-refused"
    page.goto("about:blank")
    page.goto(f"{start}/anmal/fortsatt#{code}")
    assert page.input_value("#code") == code
    yield "tasks-resumed"
    person.fill_in(CASEWORKER, until="check")
    carry(page, person)
    yield "check"
    press(page)
    press(page)
    yield "certify-refused"
    fill_in(page, CASEWORKER)
    certified = page.locator('[name="state"]').input_value()
    press(page)
    yield "done"
    two = [one.inner_text() for one in page.locator(".code-shown").all()]
    press(page)
    yield "receipt"
    press(page, "sent")
    press(page, "copy")
    yield "copy"
    press(page, "sent")
    press(page, "forget")
    yield "forgotten"
    page.goto(f"{start}/anmal/{TEAM}")
    page.evaluate("state => { document.querySelector('[name=state]').value = state }", certified)
    press(page)
    yield "sent-already"
    page.goto(f"{start}/anmal/{TEAM}")
    page.evaluate("document.querySelector('[name=state]').value = 'x'")
    press(page)
    yield "unreadable"
    with broken.context() as slow:
        slow.setattr(refer, "pace", Pace(burst=0, per_second=0))
        page.goto(f"{start}/anmal/{TEAM}")
        press(page)
        yield "too-fast"
    page.goto(f"{start}/aterkalla")
    yield "withdraw"
    page.fill("#reference", two[0])
    page.fill("#code", "AAAA-AAAA")
    press(page)
    yield "withdraw-refused"
    page.fill("#code", two[1])
    press(page)
    yield "withdraw-choose"
    press(page)
    yield "withdraw-nothing-chosen"
    answer(page, "party", "af")
    press(page)
    yield "withdrawn"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_state_is_accessible_and_fits_a_narrow_phone(
    narrow: BrowserContext, site: str, house: House, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, seen = narrow.new_page(), []
    for state in axe.looked(page, every_state(page, site + LANGUAGES[language], house, monkeypatch)):
        seen.append(state)
        assert page.locator("html").get_attribute("lang") == language, state
        assert not small(page), (state, small(page))
        if state.endswith("refused"):
            assert page.title().startswith(("Fel: ", "Error: ")), (state, page.title())
            assert page.evaluate("document.activeElement.id") == "fel", state
    assert len(seen) == 33


def small(page: Page) -> list[str]:
    """Rows, buttons and fields of the task that are smaller than a thumb."""
    script = """() => [...document.querySelectorAll('main :is(label.row, form button, input[type=text], select)')]
      .filter(e => !e.closest('.trap, .ds-sr-only') && !e.matches('.ds-sr-only'))
      .map(e => [e, e.getBoundingClientRect()]).filter(([e, box]) => box.height && (box.height < 44 || box.width < 44))
      .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
    found: list[str] = page.evaluate(script)
    return found


def test_receipt_and_copy_on_paper_say_all_and_nothing_to_press(chromium: Browser, site: str, house: House) -> None:
    page = chromium.new_page(viewport={"width": 720, "height": 1000})
    page.goto(f"{site}/anmal")
    person = referrer(house)
    person.begin()
    person.fill_in(CASEWORKER)
    carry(page, person)
    press(page)
    for kind in ("receipt", "copy"):
        page.emulate_media(media="print")
        assert page.locator(".code-shown").first.is_visible(), kind
        assert page.get_by_text("Försäkringskassan").first.is_visible(), kind
        assert [b for b in page.locator("main button, footer a").all() if b.is_visible()] == [], kind
        assert page.pdf(format="A4")[:5] == b"%PDF-"
        page.emulate_media(media="screen")
        press(page, "sent")
        press(page, "copy")
    page.close()


class Counting:
    """A browser page that counts what a person has to do: each press and each answer is a step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    def press(self, go: str = "") -> None:
        self.steps += 1
        press(self.page, go)

    def fill_in(self, answers: Answers) -> None:
        for name in self.page.evaluate("[...new Set([...document.querySelectorAll('main [name]')].map(e => e.name))]"):
            if name in answers and name != "state":
                self.steps += 1
        fill_in(self.page, answers)


@pytest.mark.parametrize("everything", [True, False], ids=["everything", "one party"])
def test_taking_back_takes_no_more_steps_than_giving(
    chromium: Browser, site: str, house: House, *, everything: bool
) -> None:
    page = chromium.new_page()
    page.goto(f"{site}/anmal")
    yes = {**ALONE, **{f"sc_{party}": "1" if everything else "0" for party in ("fk", "kommun", "region")}}
    carry(page, come_to(house, "sc_af", yes))
    giving = Counting(page)
    while page.locator("main").get_attribute("data-page") != "done":
        giving.fill_in(yes)
        giving.press()
    two = [one.inner_text() for one in page.locator(".code-shown").all()]
    page.goto(f"{site}/aterkalla")
    taking = Counting(page)
    taking.fill_in(dict(zip(("reference", "code"), two, strict=True)))
    taking.press()
    if everything:
        taking.press("everything")
    else:
        taking.fill_in({"party": ["af"]})
        taking.press()
    assert page.locator("main").get_attribute("data-page") == "done"
    assert taking.steps <= 5
    assert taking.steps < giving.steps, (taking.steps, giving.steps)
    page.close()


def test_by_keyboard_alone(chromium: Browser, site: str) -> None:
    """Through the gate, a name and a list to choose from, to the consent by way of the list of parts, and out."""
    page = chromium.new_page()
    page.goto(f"{site}/anmal/{TEAM}")
    enter_on(page, ".ways button")
    for name, value in (("an_roll", "2"), ("", ""), ("an_skydd", "0"), ("an_alder", "34"), ("", "")):
        by_keys(page, name, value)
    for name, value in (("an_namn", "Kim Exempelsson"), ("an_tilltal", "Kim"), ("an_kommun", "Stockholm")):
        by_keys(page, name, value)
    enter_on(page, '[value="list"]')
    assert page.locator(".task-row").first.inner_text().split("\n")[-1] == "Pågår"
    enter_on(page, '[value="task-4"]')
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    assert page.locator("details").evaluate("d => !d.open")
    by_keys(page, "sc_af", "0")
    assert asks(page, "sc_fk"), "no goes on as well"
    enter_on(page, '[value="back"]')
    assert page.locator('[name="sc_af"][value="0"]').is_checked()
    enter_on(page, '[value="save"]')
    assert page.locator("#koden").is_visible()
    page.close()


def by_keys(page: Page, name: str, value: str) -> None:
    """Answer one question by keys, and go on with Enter; without a question, with the way forward."""
    if not name:
        enter_on(page, ".ways button")
        return
    tab_to(page, f'[name="{name}"]')
    kind = page.evaluate("document.activeElement.type")
    if kind == "radio":
        page.keyboard.press("Space")
        while page.evaluate("document.activeElement.value") != value:
            page.keyboard.press("ArrowDown")
    else:
        page.keyboard.type(value)
    if kind == "select-one":
        enter_on(page, ".ways button")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")


def enter_on(page: Page, selector: str) -> None:
    """Tab to a button and press Enter."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches('main ' + selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab on {page.locator('h1').inner_text()}")
