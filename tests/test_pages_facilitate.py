"""A facilitator leads a room: one step at a time, never told what anybody has voted before the room is."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from pages.facilitate import PAPERS
from survey.installation import Installation
from survey.polls import texts
from survey.polls.holding import polls_of, start
from survey.published import publish
from survey.tables import ballot
from tests.outsider import table
from tests.poll_scene import Hall, room_form, short_form
from tests.staff_scene import HOME, Browser, World, staffed

START = "/personal/omrostningar/"


@dataclass
class Led:
    """A poll with its facilitator at the page."""

    hall: Hall
    fia: Browser

    @property
    def path(self) -> str:
        return f"/personal/omrostning/{self.hall.id}"

    def page(self, part: str = "") -> str:
        return self.fia.get(self.path + part).text

    def press(self, label: str) -> TestResponse:
        """Press the button with these words on the page as it is now."""
        return press(self.fia, self.page(), label)

    def buttons(self) -> list[str]:
        """What can be pressed, the way forward first."""
        now = self.page().partition('class="ways"')[2].partition("</div>")[0]
        return re.findall(r'<(?:button|a) class="ds-button"[^>]*>([^<]*)<', now)


def press(browser: Browser, page: str, label: str) -> TestResponse:
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if f">{label}</button>" in one)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    action = re.search(r'action="([^"]*)"', form)
    assert action
    hidden.pop("csrf_token")
    return browser.post(action[1], **hidden)


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    with sqlite_installation.writing() as db:
        publish(db, room_form())
    return world


@pytest.fixture
def led(world: World) -> Led:
    with world.installation.writing() as db:
        poll = start(db, world.installation, HOME, None, room_form())
    return Led(Hall(world.installation, poll.id), world.visit("fia"))


# --- starting --------------------------------------------------------------------------------------------------------


def test_the_role_begins_at_its_polls_and_three_presses_lead_to_an_open_question(world: World) -> None:
    fia = world.visit("fia")
    assert fia.get("/personal/").location == START
    page = fia.get(START).text
    asked, places = checked(page, "form_id"), checked(page, "place")
    begun = fia.post(START, form_id=asked, place=places, seen=fia.hidden(START, "seen"))
    assert begun.status_code == 303
    opened = press(fia, fia.get(begun.location).text, "Öppna fråga 1")
    assert opened.status_code == 303
    assert "Stäng frågan" in fia.get(opened.location).text


def checked(page: str, name: str) -> str:
    """What is chosen beforehand."""
    inputs = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    only = next((one for one in inputs if "checked" in one or 'type="hidden"' in one), "")
    found = re.search(r'value="([^"]*)"', only)
    assert found, f"nothing is chosen for {name}"
    return found[1]


def test_a_page_sent_twice_starts_one_poll(world: World) -> None:
    fia = world.visit("fia")
    given = {"form_id": "room", "place": f"{HOME}/", "seen": fia.hidden(START, "seen")}
    first, second = fia.post(START, **given), fia.post(START, **given)
    assert first.location == second.location
    with world.installation.reading() as db:
        assert len(polls_of(db, HOME)) == 1


def test_only_what_a_room_can_vote_on_is_offered(world: World) -> None:
    with world.installation.writing() as db:
        publish(db, short_form())
    page = world.visit("fia").get(START).text
    assert set(re.findall(r'name="form_id"[^>]*value="(\w+)"', page)) == {"room", "short"}, "and not tiny"


def test_without_a_question_nobody_can_start_but_is_told_how(world: World) -> None:
    fia = world.visit("fia")
    assert fia.post(START, form_id="tiny", place=f"{HOME}/", seen="0").status_code == 422
    assert fia.post(START, form_id="room", place="annat/", seen="0").status_code == 422
    with world.installation.reading() as db:
        assert polls_of(db, HOME) == polls_of(db, "annat") == ()


def test_the_lobby_shows_the_way_in_and_how_many_have_come(led: Led) -> None:
    led.hall.join(led.hall.phones(1)[0])
    page, code = led.page(), led.hall.poll.code or ""
    assert f"{code[:3]} {code[3:]}" in page
    assert f"/rosta/{code}/vagg" in page
    assert "<title>QR-kod till omröstningen</title>" in page
    assert '<b data-number="joined">1</b> är med' in page
    assert "kan rösta igen" in page
    assert led.buttons()[0] == "Öppna fråga 1"


# --- leading ---------------------------------------------------------------------------------------------------------


def test_papers_to_vote_on_have_every_choice_and_no_way_in(led: Led) -> None:
    assert f'href="{led.path}/papper"' in led.page()
    page = led.page("/papper")
    chosen = [question for question in room_form().questions if question.choices]
    for question in chosen:
        assert page.count(question.text.in_("sv")) == PAPERS
        assert all(choice.text.in_("sv") in page for choice in question.choices)
    assert "rosta/" not in page


def test_one_step_leads_on_from_each_state(led: Led) -> None:
    steps = []
    phones = led.hall.phones(6)
    for label in ("Öppna fråga 1", "Stäng frågan", "Visa resultatet", "Öppna fråga 2"):
        assert led.buttons()[0] == label
        assert led.press(label).status_code == 303
        steps.append(led.hall.asked("p_en").state)
        if label == "Öppna fråga 1":
            led.hall.votes("p_en", phones, "1", "2")
            assert led.page().count('data-number="votes">6<') == 2, "above and in the list of all questions"
    assert steps == ["open", "closed", "shown", "shown"]
    assert "3 av 6" not in led.page(), "the room has gone on"
    assert "50&nbsp;%" in led.page("/fraga/p_en")


def test_what_was_voted_is_not_on_any_page_before_it_is_shown(led: Led) -> None:
    led.press("Öppna fråga 1")
    led.hall.votes("p_en", led.hall.phones(9), "1", "1", "2")
    led.press("Stäng frågan")
    for page in (led.page(), led.page("/fraga/p_en"), led.page("/avsluta"), led.page("/texter")):
        assert not re.search(r"6|67", shown(page)), "six of nine said yes"
    assert led.fia.get(f"{led.path}/fil").status_code == 404
    led.press("Visa resultatet")
    assert "67&nbsp;%" in led.page(), "the control: here it would be found"


def shown(page: str) -> str:
    """What a page says, without names, addresses and drawings."""
    main = re.sub(r"<svg.*?</svg>", "", page[page.index("<main") : page.index("</main>")], flags=re.S)
    return re.sub(r"<[^>]+>|20\d\d-\d\d-\d\d|\b\d{3} \d{3}\b|127\.0\.0\.1:?\d*|/rosta", " ", main)


def test_fewer_than_five_cannot_be_shown_and_hands_do_not_help(led: Led) -> None:
    led.press("Öppna fråga 1")
    led.hall.votes("p_en", led.hall.phones(4), "1")
    led.press("Stäng frågan")
    assert "Visa resultatet" not in led.buttons()
    assert led.fia.post(f"{led.path}/fraga/p_en", antal1="20", antal2="3").status_code == 303
    assert "Visa resultatet" not in led.buttons()
    asked = led.fia.post(f"{led.path}/steg", go="show", question="p_en", seen="p_en.closed")
    assert asked.status_code == 409
    assert "minst 5 har röstat" in asked.text
    assert led.hall.asked("p_en").state == "closed"


def test_hands_are_added_and_marked(led: Led) -> None:
    led.press("Öppna fråga 1")
    led.hall.votes("p_en", led.hall.phones(5), "1")
    led.press("Stäng frågan")
    led.fia.post(f"{led.path}/fraga/p_en", antal1="1", antal2="2", antal3="2")
    led.press("Visa resultatet")
    page = led.page()
    assert "60&nbsp;%" in page
    assert "5 av svaren räknades för hand i rummet." in page
    assert 'value="2"' in led.page("/fraga/p_en"), "what was counted can be looked at again"


@pytest.mark.parametrize(
    ("question", "given", "why"),
    [
        ("p_en", {"antal1": "många"}, "Skriv antalet med siffror"),
        ("p_en", {"antal1": "-1"}, "Skriv antalet med siffror"),
        ("p_flera", {"antal1": "3", "personer": "2"}, "Antalen stämmer inte"),
    ],
)
def test_hands_that_cannot_be_are_refused_and_nothing_typed_is_lost(
    led: Led, question: str, given: dict[str, str], why: str
) -> None:
    page = led.fia.post(f"{led.path}/fraga/{question}", **given)
    assert page.status_code == 422
    assert why in page.text
    assert f'value="{given["antal1"]}"' in page.text
    assert led.hall.asked(question).by_hand == 0


def test_a_step_from_an_old_page_is_not_taken_somewhere_else(led: Led) -> None:
    old = led.page()
    led.press("Öppna fråga 1")
    led.hall.votes("p_en", led.hall.phones(5), "1")
    late = press(led.fia, old, "Hoppa över fråga 1")
    assert late.status_code == 409
    assert "gått vidare" in late.text
    assert press(led.fia, old, "Öppna fråga 1").status_code == 303, "the same step again does no harm"
    assert led.hall.asked("p_en").votes == 5


def test_a_question_is_opened_again_and_skipped_ones_can_be_opened_later(led: Led) -> None:
    led.press("Hoppa över fråga 1")
    assert led.buttons()[0] == "Öppna fråga 2"
    led.press("Öppna fråga 2")
    led.hall.votes("p_flera", led.hall.phones(5), ("1", "2"))
    led.press("Stäng frågan")
    led.press("Öppna igen")
    led.hall.votes("p_flera", led.hall.phones(2), ("1",))
    led.press("Stäng frågan")
    assert "2 nya svar väntar tills de är minst 5" in led.page()
    led.press("Visa resultatet")
    page = led.page()
    assert "100&nbsp;%" in page
    assert "mer än 100 % tillsammans" in page
    led.press("Ta bort från väggen")
    assert led.hall.asked("p_flera").state == "closed"
    assert press(led.fia, led.page("/fraga/p_en"), "Öppna frågan").status_code == 303
    assert led.hall.poll.current == "p_en"


# --- own words -------------------------------------------------------------------------------------------------------

WORDS = "p_ord"


def written(led: Led, *words: str) -> None:
    """Everybody writes; with fewer than five some leave it blank."""
    led.hall.open(WORDS)
    led.hall.votes(WORDS, led.hall.phones(max(5, len(words))), *words, *[None] * (5 - len(words)))
    led.hall.close(WORDS)


def ids(page: str, part: str = "") -> list[str]:
    return re.findall(r'name="text" value="(\w+)"', page.partition(part)[2] if part else page)


def on_wall(led: Led) -> str:
    return led.fia.client.get(f"/rosta/{led.hall.poll.code}/vagg").text


def test_nothing_is_projected_before_somebody_has_approved_it(led: Led) -> None:
    written(led, "Bra kaffe", "Gott kaffe", "Ring Maja", "Korta möten", "Lugnt")
    assert led.buttons()[0] == "Läs igenom 5 texter"
    led.press("Visa texterna")
    assert "kaffe" not in on_wall(led) + led.page()
    page = led.page("/texter")
    by_words = dict(zip(re.findall(r'<span dir="auto">([^<]*)</span>', page), ids(page), strict=True))
    judge(led, "hide", by_words["Ring Maja"])
    judge(led, "merge", by_words["Gott kaffe"], by_words["Bra kaffe"])
    judge(led, "approve", by_words["Gott kaffe"])
    assert re.findall(r'<li dir="auto">([^<]*)<b dir="ltr">× 2', on_wall(led)) == ["Gott kaffe "]
    assert "Maja" not in on_wall(led) + led.page()
    judge(led, "hide", by_words["Gott kaffe"])
    assert "Gott kaffe" not in on_wall(led)


def judge(led: Led, go: str, *chosen: str) -> None:
    done = led.fia.post(f"{led.path}/texter", go=go, question=WORDS, text=list(chosen))
    assert done.status_code == 303


def test_hostile_words_are_words(led: Led) -> None:
    hostile = "<script>alert(1)</script>\u202e=cmd"
    written(led, hostile)
    judge(led, "approve", *ids(led.page("/texter")))
    led.press("Visa texterna")
    for page in (on_wall(led), led.page(), led.page("/texter")):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(("go", "n", "why"), [("approve", 0, "minst en text"), ("merge", 1, "minst två texter")])
def test_a_press_without_a_choice_says_what_to_do(led: Led, go: str, n: int, why: str) -> None:
    written(led, "Lugnt")
    page = led.fia.post(f"{led.path}/texter", go=go, question=WORDS, text=ids(led.page("/texter"))[:n])
    assert page.status_code == 422
    assert why in page.text
    assert f'href="#{WORDS}"' in page.text


def test_texts_of_another_poll_are_out_of_reach(led: Led, world: World) -> None:
    written(led, "Lugnt")
    with world.installation.writing() as db:
        publish(db, short_form())
        other = start(db, world.installation, HOME, None, short_form())
    text = ids(led.page("/texter"))
    led.fia.post(f"/personal/omrostning/{other.id}/texter", go="approve", text=text)
    assert led.fia.post(f"/personal/omrostning/{other.id}/texter", go="merge", text=text * 2).status_code in (303, 422)
    with world.installation.reading() as db:
        assert [one.state for one in texts.texts(db, led.hall.id, "waiting", "approved")] == ["waiting"]


# --- the end ---------------------------------------------------------------------------------------------------------


def test_ending_says_what_goes_and_asks_first(led: Led) -> None:
    led.hall.open("p_en")
    led.hall.votes("p_en", led.hall.phones(3), "1")
    led.hall.close("p_en")
    written(led, "Lugnt", "Bra")
    page = led.page("/avsluta")
    assert "1 fråga har färre än fem nya svar" in page
    assert "2 texter är inte granskade. De tas bort." in page
    before = led.hall.poll.running
    assert led.fia.post(f"{led.path}/avsluta").status_code == 303
    assert (before, led.hall.poll.running) == (True, False)
    with led.hall.house.reading() as db:
        assert db.execute(select(ballot)).all() == []
    over = led.page()
    assert "Färre än 5 röstade" in over
    assert "Inga texter godkändes." in over
    assert "Frågan öppnades inte." in over
    assert "Lugnt" not in over
    for part in ("/texter", "/avsluta"):
        assert led.fia.get(led.path + part).status_code == 303
    assert led.fia.post(f"{led.path}/steg", go="open", question="p_en", seen="").status_code == 303


def test_the_same_question_is_put_beside_what_it_came_to_before(led: Led, world: World) -> None:
    vote_and_end(led.hall, yes=2, no=3)
    with world.installation.writing() as db:
        again = Hall(world.installation, start(db, world.installation, HOME, None, room_form()).id)
    page = led.fia.get(f"/personal/omrostning/{again.id}/fraga/p_en").text
    assert "Samma fråga förr" in page
    assert "40&nbsp;%" in page
    vote_and_end(again, yes=6, no=0)
    page = led.fia.get(f"/personal/omrostning/{again.id}").text
    assert "6 av 6 (100&nbsp;%)" in page
    assert "2 av 5 (40&nbsp;%)" in page
    listed = led.fia.get(START).text
    assert listed.index(again.id) < listed.index(led.hall.id), "the newest stands first"


def vote_and_end(hall: Hall, *, yes: int, no: int) -> None:
    hall.open("p_en")
    hall.votes("p_en", hall.phones(yes), "1")
    hall.votes("p_en", hall.phones(no), "2")
    hall.end()


def test_how_unsure_a_share_is_stands_there_only_on_request(led: Led) -> None:
    vote_and_end(led.hall, yes=12, no=18)
    assert "25–58" not in led.page()
    assert "Ja 25–58 %" in led.page("?osakerhet=1")


def test_evaluators_see_what_ended_polls_came_to_and_no_others(led: Led, world: World) -> None:
    eva = world.visit("eva")
    listed = f"/personal/utvardering/{HOME}/omrostningar/"
    address = f"{listed}{led.hall.id}"
    assert led.hall.id not in eva.get(listed).text
    assert [eva.get(address + part).status_code for part in ("", "/fil")] == [404, 404]
    vote_and_end(led.hall, yes=5, no=1)
    assert led.hall.id in eva.get(listed).text
    assert "83&nbsp;%" in eva.get(address).text
    assert eva.get(f"{address}/fil").data == led.fia.get(f"{led.path}/fil").data
    assert world.visit("eve").get(address).status_code == 404


# --- by link ---------------------------------------------------------------------------------------------------------


def test_those_who_cannot_come_answer_by_link_until_it_is_closed(world: World) -> None:
    fia = world.visit("fia")
    page = f"{START}lank"
    given = {"form_id": "room", "place": f"{HOME}/", "seen": fia.hidden(page, "seen")}
    refused = fia.post(page, **given, first_day="2026-08-20", last_day="i morgon")
    assert refused.status_code == 422
    assert "Skriv dagen så här" in refused.text
    assert fia.post(page, **given, first_day="2026-08-20", last_day="2026-08-16").status_code == 422
    begun = fia.post(page, **given, first_day="2026-08-15", last_day="2026-08-20")
    led = Led(Hall(world.installation, begun.location.rsplit("/", 1)[1]), fia)
    assert f"/rosta/{led.hall.id}" in led.page()
    led.hall.votes("p_en", led.hall.phones(5), "1")
    led.hall.votes("p_ord", led.hall.phones(5), "Lugnt", None)
    assert press(fia, led.page(), "Stäng för svar nu").status_code == 303
    assert "Läs igenom 3 texter" in led.page()
    judge_all = fia.post(f"{led.path}/texter", go="approve", question=WORDS, text=ids(led.page("/texter")))
    assert judge_all.status_code == 303
    fia.post(f"{led.path}/avsluta")
    assert "100&nbsp;%" in led.page()
    assert {row["text"] for row in table(fia.get(f"{led.path}/fil").data, "Reflektioner")} == {"Lugnt"}


def test_a_poll_by_link_has_no_wall(world: World) -> None:
    assert world.app.test_client().get("/rosta/0123456789abcdef/vagg").status_code == 410
