"""A whole afternoon in a real browser: a facilitator, a wall and thirty phones; and the voter's page in every state.

`make test` lets five of the phones be browsers, those something happens to; the others are people without script.
`make soak` gives all thirty a browser.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from forms.library import shipped
from pages import live
from pages.context import STATIC
from survey.errors import Unavailable
from survey.installation import Installation
from survey.polls.holding import polls_of
from survey.published import publish
from tests import axe
from tests.outsider import table
from tests.poll_scene import Hall, hold
from tests.respondent import Respondent, by_client
from tests.scene import SOAK
from tests.staff_scene import GOOD, HOME, World, staffed
from tests.test_browser_respond import _small, _tab_to, forward, go
from tests.test_pages_vote import Site
from tests.visits import served

STRUCTURE = ["1"] * 12 + ["2"] * 10 + ["3"] * 8
NETWORK = ["1"] * 25 + ["2"] * 2 + ["3"] * 3
"""What thirty people answer in the end; how those who did not say yes divide is invented (INSTRUMENTS.md 2)."""
REFLECTIONS = ("mp_r1_kanner", "mp_r2_trygg", "mp_r3_plan", "mp_r4_bra", "mp_r5_svart")
PATIENCE = 30_000


@dataclass
class Room:
    """Everybody at the meeting."""

    address: str
    code: str
    phones: list[Page] = field(default_factory=list)
    others: list[Respondent] = field(default_factory=list)

    def scan(self, phone: Page) -> None:
        phone.goto(f"{self.address}/rosta/{self.code}")

    def all_vote(self, question: str, answers: list[str]) -> None:
        """Everybody whose page is not at the question fetches it, and votes."""
        for phone, answer in zip(self.phones, answers, strict=False):
            vote(phone, question, answer)
        self.others_vote(question, answers[len(self.phones) :])

    def others_vote(self, question: str, answers: list[str]) -> None:
        for person, answer in zip(self.others, answers, strict=False):
            person.press()
            if person.page.kind == "question":
                person.press(answers={question: [answer]})
            assert person.page.kind == "saved"


def at_question(phone: Page, question: str) -> None:
    """Fetch what the room is at, unless it is here already."""
    if not phone.locator(f'[name="{question}"]').count():
        phone.get_by_role("button", name="Hämta nästa fråga").click()
        phone.wait_for_selector(f'[name="{question}"]')


def vote(phone: Page, question: str, answer: str) -> None:
    at_question(phone, question)
    if phone.locator(f'textarea[name="{question}"]').count():
        phone.fill(f'[name="{question}"]', answer)
    else:
        phone.locator(f'label:has([name="{question}"][value="{answer}"])').click()
    forward(phone)
    expect(phone.locator("main")).to_have_attribute("data-page", "saved")


def told(phone: Page, words: str) -> None:
    expect(phone.locator("#live-room [role=status]")).to_have_text(words, timeout=PATIENCE)


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    with sqlite_installation.writing() as db:
        (form,) = (one for one in shipped() if one.id == "staff_poll")
        publish(db, form)
    world.equip("fia")
    return world


def hurried(route: Route) -> None:
    """The scripts as they are, but that they ask a few times a second: nobody in a test has time for a lull."""
    file = STATIC / route.request.url.rpartition("/")[2].partition("?")[0]
    text = file.read_text("utf-8")
    text, lulls = re.subn(r"\b(SOON|LATER|wait) = [0-9]{4}\b", r"\1 = 500", text)
    assert lulls, file
    route.fulfill(body=text, content_type="text/javascript; charset=utf-8")


def press(page: Page, label: str) -> None:
    """Press a button or a link that looks like one."""
    page.get_by_role("button", name=label).or_(page.get_by_role("link", name=label)).first.click()
    page.wait_for_load_state()


def started(fia: Page, world: World) -> str:
    """From the sign-in to an open question: what is clicked is counted."""
    fia.goto("/personal/logga-in")
    fia.fill("[name=email]", "fia@exempel.se")
    fia.fill("[name=passphrase]", GOOD)
    press(fia, "Logga in")
    fia.fill("[name=second_code]", world.code("fia"))
    clicks = ("Logga in", "Starta omröstningen")
    for label in clicks:
        press(fia, label)
    assert 1 + len(clicks) + 1 <= 4, "with the question that is opened when all are there"
    with world.installation.reading() as db:
        return polls_of(db, HOME)[0].code or ""


if SOAK:  # a minute; its parts are tried below and in test_polls

    def test_a_room_of_thirty_goes_through_both_questions_and_the_reflections(world: World, chromium: Browser) -> None:
        with served(world.app) as address:
            contexts = [chromium.new_context(base_url=address) for _ in range(3)]
            plain = chromium.new_context(base_url=address, java_script_enabled=False)
            meeting, crowd, pocket = contexts
            for context in (*contexts, plain):
                context.set_default_timeout(PATIENCE)
                context.route(re.compile(r"/static/(vote|wall)\.js"), hurried)
            try:
                _an_afternoon(world, address, meeting, crowd, pocket, plain)
            finally:
                for context in (*contexts, plain):
                    context.close()


def _an_afternoon(
    world: World,
    address: str,
    meeting: BrowserContext,
    crowd: BrowserContext,
    pocket: BrowserContext,
    plain: BrowserContext,
) -> None:
    fia, wall = meeting.new_page(), meeting.new_page()
    room = Room(address, started(fia, world))
    wall.goto(f"{address}/rosta/{room.code}/vagg")
    expect(wall.locator(".code")).to_have_text(f"{room.code[:3]} {room.code[3:]}")

    fickle, again, late = (crowd.new_page() for _ in range(3))
    sleeper, bare = pocket.new_page(), plain.new_page()
    room.phones = [fickle, again, sleeper, bare, late]
    room.phones += [crowd.new_page() for _ in range(25)] if SOAK else []
    for phone in room.phones:
        if phone is not late:
            room.scan(phone)
            expect(phone.locator("h1")).to_have_text("Du är med")
    for _person in range(30 - len(room.phones)):
        person = Respondent(by_client(world.app.test_client(use_cookies=False)))
        person.open(f"/rosta/{room.code}")
        person.press()
        room.others.append(person)
    forward(bare)
    expect(wall.locator("[data-number=joined]")).to_have_text("29", timeout=PATIENCE)

    # The first question: one sleeps, one comes late, one changes their mind, one reloads.
    pocket.set_offline(True)
    press(fia, "Öppna fråga 1")
    told(fickle, "Nästa fråga är öppen.")
    assert fickle.locator("h1").inner_text() == "Du är med", "the page is not changed under anyone's fingers"
    room.scan(late)
    vote(fickle, "mp_struktur", "3")
    press(fickle, "Ändra mitt svar")
    vote(again, "mp_struktur", "2")
    room.scan(again)
    told(again, "Du har redan svarat. Svara igen om du vill ändra.")
    pocket.set_offline(False)
    sleeper.bring_to_front()
    told(sleeper, "Nästa fråga är öppen.")
    room.all_vote("mp_struktur", STRUCTURE)
    expect(wall.locator("[data-number=votes]")).to_have_text("30", timeout=PATIENCE)
    assert "%" not in wall.locator("#vagg").inner_text(), "no result before it is shown"
    press(fia, "Stäng frågan")
    told(fickle, "Frågan är stängd.")
    expect(wall.locator("#vagg")).to_have_attribute("data-state", "closed", timeout=PATIENCE)
    assert "%" not in wall.locator("#vagg").inner_text()
    assert "40" not in fia.locator("main").inner_text()
    press(fia, "Visa resultatet")
    told(fickle, "Resultatet visas på skärmen.")
    expect(wall.locator(".bars")).to_contain_text("12 av 30", timeout=PATIENCE)
    expect(wall.locator(".bars")).to_contain_text("40")

    # The second question.
    press(fia, "Öppna fråga 2")
    told(late, "Nästa fråga är öppen.")
    room.all_vote("mp_natverk", NETWORK)
    press(fia, "Stäng frågan")
    press(fia, "Visa resultatet")
    expect(wall.locator(".bars")).to_contain_text("25 av 30", timeout=PATIENCE)

    # The reflections: most write something, and of the first question one text is approved.
    for number, question in enumerate(REFLECTIONS, start=3):
        press(fia, f"Öppna fråga {number}")
        if number == 3:
            vote(late, question, "Tanke 100")
        room.others_vote(question, [f"Tanke {place}" for place in range(len(room.others))][: 12 if number == 3 else 6])
        for place, phone in enumerate(room.phones[5:]):
            vote(phone, question, f"Tanke {place}")
        press(fia, "Stäng frågan")
        if number == 3:
            press(fia, "Läs igenom")
            fia.locator('label:has-text("Tanke 7")').first.click()
            press(fia, "Godkänn valda")
            for box in fia.locator("section form").first.locator("input[type=checkbox]").all():
                box.press(" ")
            press(fia, "Dölj valda")
            fia.locator("nav.bar a.back").click()
            press(fia, "Visa texterna")
            expect(wall.locator(".words")).to_contain_text("Tanke 7", timeout=PATIENCE)
            assert wall.locator(".words li").count() == 1, "nothing is projected that nobody has approved"

    # The end.
    press(fia, "Avsluta omröstningen")
    press(fia, "Avsluta omröstningen")
    told(fickle, "Omröstningen är slut.")
    expect(wall.locator("#vagg")).to_have_attribute("data-state", "over", timeout=PATIENCE)
    with fia.expect_download() as file:
        press(fia, "Hämta arbetsboken")
    rows = table(file.value.path().read_bytes(), "Resultat")
    came = {(row["fråga"], row["svar"]): (row["antal"], row["bas"]) for row in rows}
    assert came["mp_struktur", "Ja"] == ("12", "30")
    assert came["mp_natverk", "Ja"] == ("25", "30")
    assert len(table(file.value.path().read_bytes(), "Reflektioner")) == 1


# --- the voter's page in every state --------------------------------------------------------------------------------


@pytest.fixture
def hall(sqlite_installation: Installation) -> Hall:
    return hold(sqlite_installation)


@pytest.fixture
def narrow(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def _away(*_given: object, **_named: object) -> None:
    raise Unavailable


def every_state(page: Page, start: str, hall: Hall, broken: pytest.MonkeyPatch) -> Iterator[str]:
    """Leads a phone through every page and state a voter can meet, and names each."""
    code = hall.poll.code or ""
    page.goto(f"{start}/rosta")
    yield "code"
    page.fill("#code", "12")
    forward(page)
    yield "code-refused"
    page.fill("#code", code)
    forward(page)
    yield "lobby"
    hall.open("p_en")
    forward(page)
    page.locator("details").first.evaluate("d => d.open = true")
    yield "question"
    forward(page)
    yield "question-unanswered"
    page.locator("[value='1']").first.press(" ")
    with broken.context() as away:
        away.setattr("survey.polls.voting.join", _away)
        forward(page)
        yield "unavailable"
    forward(page)
    yield "saved"
    go(page, "change")
    hall.votes("p_en", hall.phones(4), "2")
    hall.close("p_en")
    page.locator("[value='1']").first.press(" ")
    forward(page)
    yield "late"
    forward(page)
    yield "closed"
    hall.show("p_en")
    forward(page)
    yield "shown"
    hall.open("p_en")
    forward(page)
    yield "counted"
    hall.close("p_en")
    hall.open("p_ord")
    forward(page)
    page.fill("#p_ord", "å" * 201)
    forward(page)
    yield "too-long"
    page.fill("#p_ord", "Långaordutanmellanslag" * 9)
    forward(page)
    yield "saved-words"
    hall.end()
    forward(page)
    yield "over"


@pytest.mark.parametrize("language", ["sv", "en"] if SOAK else ["sv"])
def test_every_state_of_the_voters_page_is_accessible_and_fits_a_narrow_phone(
    narrow: BrowserContext, hall: Hall, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, page, seen = Site(hall), narrow.new_page(), list[str]()
    site.app.testing = False
    with served(site.app) as address:
        states = every_state(page, address + {"sv": "", "en": "/en"}[language], hall, monkeypatch)
        for state in axe.looked(page, states):
            seen.append(state)
            assert page.locator("html").get_attribute("lang") == language, state
            assert not _small(page), (state, _small(page))
    assert len(seen) == 14
    assert narrow.cookies() == []


def test_a_vote_by_keyboard_alone(narrow: BrowserContext, hall: Hall) -> None:
    site, page = Site(hall), narrow.new_page()
    hall.open("p_en")
    with served(site.app) as address:
        page.goto(f"{address}/rosta/{site.code}")
        _tab_to(page, "document.activeElement.matches('main input[type=radio]')")
        page.keyboard.press("ArrowDown")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("main").get_attribute("data-page") == "saved"
        assert "Nej" in page.locator("main").inner_text()


def test_from_the_picture_to_a_saved_vote_in_two_taps_and_well_under_twenty_seconds(
    narrow: BrowserContext, hall: Hall
) -> None:
    site, page = Site(hall), narrow.new_page()
    hall.open("p_en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with served(site.app) as address:
        began = time.monotonic()
        page.goto(f"{address}/rosta/{site.code}")
        page.locator("label.row").first.click()
        page.locator("main form button").first.click()
        expect(page.locator("main")).to_have_attribute("data-page", "saved")
        assert time.monotonic() - began < 20
        assert all(url.startswith(address) or url.startswith("data:") for url in asked)


def test_a_phone_keeps_its_vote_through_a_reload_but_a_new_tab_is_a_new_phone(
    narrow: BrowserContext, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FRESH", 0.0)
    site, page = Site(hall), narrow.new_page()
    hall.open("p_en")
    with served(site.app) as address:
        for answer in ("1", "2"):
            page.goto(f"{address}/rosta/{site.code}")
            page.locator(f"[value='{answer}']").first.press(" ")
            page.wait_for_function("sessionStorage.length == 1")
            with page.expect_response(re.compile("/rosta/")):
                forward(page)
            expect(page.locator("main")).to_have_attribute("data-page", "saved")
        assert hall.asked("p_en").votes == 1
        other = narrow.new_page()
        other.goto(f"{address}/rosta/{site.code}")
        vote(other, "p_en", "1")
        assert hall.asked("p_en").votes == 2
        assert narrow.cookies() == []
        assert page.evaluate("localStorage.length") == 0
