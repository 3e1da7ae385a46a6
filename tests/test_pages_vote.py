"""The voter's pages, as somebody without script uses them; how a room stands; and what hostile phones get."""

import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import create_environ, run_wsgi_app

from app import create_app
from pages import live as live_room
from pages.headers import ALWAYS
from pages.pace import BURST, Pace
from survey.errors import Unavailable
from survey.installation import Installation
from survey.polls import texts
from survey.polls.live import rooms
from tests.attacker import files_under
from tests.poll_scene import Hall, hold
from tests.respondent import PageSeen, Respondent, by_client
from tests.scene import at
from tests.staff_scene import live_in
from tests.test_hostile import ODD
from tests.test_polls import linked


class Site:
    """The application over a poll, and phones that scan its code."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.app: Flask = create_app(hall.house.settings)
        self.app.testing = True
        live_in(self.app, hall.house)
        self.code = hall.poll.code or hall.id

    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def phone(self, language: str = "") -> Respondent:
        """Somebody who has scanned the code, without script."""
        visitor = Respondent(by_client(self.client()))
        visitor.open(f"{language}/rosta/{self.code}")
        return visitor

    def stands(self, path: str = "", **headers: str) -> tuple[int, dict[str, object] | None, str]:
        """What a phone's script is told: status, what, and the mark to ask with the next time."""
        got = self.client().get(f"/rosta/{self.code}{path}/lage", headers=headers)
        return got.status_code, json.loads(got.data) if got.data else None, got.headers.get("ETag", "")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is looked at for each question, so that nobody waits."""
    monkeypatch.setattr(live_room, "FRESH", 0.0)


@pytest.fixture
def site(sqlite_installation: Installation) -> Site:
    return Site(hold(sqlite_installation))


def main(page: PageSeen) -> str:
    return page.text


# --- without script -------------------------------------------------------------------------------------------------


def test_a_phone_without_script_votes_changes_its_mind_and_goes_on_with_the_room(site: Site) -> None:
    hall, phone = site.hall, site.phone()
    assert (phone.page.kind, phone.page.h1) == ("wait", "Du är med")
    hall.open("p_en")
    assert phone.press().kind == "question"
    assert phone.page.h1 == "Ska vi?"
    phone.press(answers={"p_en": ["1"]})
    assert (phone.page.kind, "Ja" in phone.page.text) == ("saved", True)
    phone.press("change")
    assert phone.page.controls["p_en"].given == ()
    phone.press(answers={"p_en": ["2"]})
    assert phone.press().kind == "saved", "the room has not gone on"
    hall.votes("p_en", hall.phones(4), "1")
    hall.close("p_en")
    assert "stängd" in phone.press().text
    hall.show("p_en")
    assert "skärmen" in phone.press().text
    hall.open("p_en")
    assert phone.press().kind == "counted"
    hall.close("p_en")
    hall.open("p_flera")
    phone.press()
    phone.press(answers={"p_flera": ["1", "2"]})
    assert "Kommunen" in phone.page.text
    hall.end()
    assert (phone.press().status, phone.page.kind) == (410, "closed")
    assert hall.counts("p_en") == {"1": 4, "2": 1}


def test_a_scanned_code_and_two_taps_are_a_vote(site: Site) -> None:
    site.hall.open("p_en")
    phone = site.phone()
    phone.press(answers={"p_en": ["3"]})
    assert [page.kind for page in phone.pages] == ["question", "saved"]


def test_the_digits_are_typed_with_or_without_a_space(site: Site) -> None:
    for typed in (site.code, f"{site.code[:3]} {site.code[3:]}", f" {site.code} "):
        got = site.client().post("/rosta", data={"code": typed})
        assert (got.status_code, got.location) == (303, f"/rosta/{site.code}")


@pytest.mark.parametrize("typed", ["", "123456", "hej", *ODD.values()])
def test_a_wrong_code_gets_the_page_again_and_says_what_to_do(site: Site, typed: str) -> None:
    visitor = Respondent(by_client(site.client()))
    page = visitor.enter(typed, "/rosta")
    assert (page.status, page.kind) == (422, "code")
    assert page.errors[0][0] == "code"


def test_a_poll_that_is_over_looks_like_a_code_that_never_was(site: Site) -> None:
    site.hall.end()
    over, never = (site.client().get(f"/rosta/{code}") for code in (site.code, "100001"))
    assert over.status_code == never.status_code == 410
    assert over.text.replace(site.code, "100001") == never.text


def test_no_answer_gets_the_question_again(site: Site) -> None:
    site.hall.open("p_en")
    phone = site.phone()
    page = phone.press()
    assert (page.status, page.kind, page.errors) == (422, "question", [("p_en", "Välj ett svar")])
    phone.press(answers={"p_en": ["1"]})
    assert phone.page.kind == "saved"


def test_a_vote_that_comes_too_late_is_refused_with_words(site: Site) -> None:
    site.hall.open("p_en")
    one, other = site.phone(), site.phone()
    other.press(answers={"p_en": ["1"]})
    other.press("change")
    site.hall.close("p_en")
    assert (one.press(answers={"p_en": ["1"]}).status, one.page.kind) == (409, "late")
    assert "Ditt svar kom inte med" in one.page.text
    assert "Ditt förra svar gäller" in other.press(answers={"p_en": ["2"]}).text


def test_the_same_page_sent_twice_is_one_vote(site: Site) -> None:
    site.hall.open("p_en")
    state = site.phone().page.hidden[0][1]
    for _ in range(3):
        assert site.client().post(f"/rosta/{site.code}", data={"state": state, "p_en": "1"}).status_code == 200
    assert site.hall.asked("p_en").votes == 1


def test_looking_stores_nothing_and_two_who_look_are_two(site: Site) -> None:
    site.hall.open("p_en")
    tokens = {site.phone().page.hidden[0][1].split(".")[0] for _ in range(3)}
    assert len(tokens) == 3
    assert site.stands("/vagg")[1] == {"question": "p_en", "state": "open", "joined": 0, "votes": 0}


def test_a_phone_speaks_english_and_keeps_what_was_chosen_when_it_changes(site: Site) -> None:
    site.hall.open("p_en")
    phone = site.phone()
    phone.press("lang-en", {"p_en": ["2"]})
    assert (phone.page.language, phone.page.h1) == ("en", "Shall we?")
    assert phone.page.controls["p_en"].given == ("2",)
    phone.press()
    assert (phone.page.kind, "No" in phone.page.text) == ("saved", True)
    assert phone.press("lang-sv").language == "sv"
    assert site.phone("/en").page.h1 == "Shall we?"


def test_by_link_one_goes_from_question_to_question_and_back(sqlite_installation: Installation) -> None:
    site = Site(linked(sqlite_installation))
    live_in(site.app, at(sqlite_installation, "2026-08-25"))
    phone = site.phone()
    phone.press(answers={"p_en": ["1"]})
    assert phone.page.h1 == "Vilka?"
    assert phone.press("back").h1 == "Ska vi?"
    phone.press(answers={"p_en": ["2"]})
    phone.press("next")
    phone.press(answers={"p_skala": ["3"]})
    phone.press(answers={"p_ord": ["Fikat"]})
    assert phone.page.kind == "done"
    assert phone.press("back").h1 == "Vad fungerar bra?"
    assert [site.hall.asked(name).votes for name in ("p_en", "p_flera", "p_skala", "p_ord")] == [1, 0, 1, 1]


# --- how the room stands --------------------------------------------------------------------------------------------


def test_a_phone_is_told_where_the_room_is_and_nothing_it_knows_already(site: Site) -> None:
    status, told, mark = site.stands()
    assert (status, told) == (200, {"question": None, "state": None})
    assert site.stands(**{"If-None-Match": mark}) == (304, None, mark)
    site.hall.open("p_en")
    site.hall.votes("p_en", site.hall.phones(5), "1")
    status, told, mark = site.stands(**{"If-None-Match": mark})
    assert (status, told) == (200, {"question": "p_en", "state": "open"})
    site.hall.votes("p_en", site.hall.phones(3), "2")
    assert site.stands(**{"If-None-Match": mark})[0] == 304, "what others do is not told to phones"
    site.hall.close("p_en")
    site.hall.show("p_en")
    assert site.stands()[1] == {"question": "p_en", "state": "shown"}
    site.hall.end()
    assert site.stands()[:2] == (410, {"state": "ended"})


def test_the_wall_is_told_how_many_and_never_what(site: Site) -> None:
    told = []
    for votes in (("1", "1", "1", "1", "1"), ("2", "2", "2", "2", "3")):
        hall = hold(site.hall.house, again=True)
        hall.open("p_en")
        hall.votes("p_en", hall.phones(5), *votes)
        hall.close("p_en")
        site.code = hall.poll.code or ""
        told.append(site.stands("/vagg"))
    assert told[0] == told[1]
    assert told[0][1] == {"question": "p_en", "state": "closed", "joined": 5, "votes": 5}


def test_how_a_room_stands_has_the_headers_of_every_page_and_no_cookie(site: Site) -> None:
    got = site.client().get(f"/rosta/{site.code}/lage")
    assert {name: got.headers[name] for name in ALWAYS} == ALWAYS
    assert got.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in got.headers
    assert site.client().post(f"/rosta/{site.code}/lage").status_code in (404, 405)
    for code in (site.code, "000000"):
        asked = create_environ(f"/rosta/{code}/lage", method="HEAD")
        assert list(run_wsgi_app(site.app.wsgi_app, asked)[0]) == [], "no body for the server to warn of"
    assert site.client().get("/rosta/1234567/lage").status_code == 404


def test_many_questions_are_one_look_at_the_database(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    def looking(db: Connection) -> object:
        looks.append(db)
        return rooms(db)

    monkeypatch.setattr(live_room, "rooms", looking)
    monkeypatch.setattr(live_room, "FRESH", 60.0)
    assert {site.stands()[0] for _ in range(50)} == {200}
    assert len(looks) == 1


def test_those_who_ask_first_of_all_wait_for_the_first_look(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = threading.Barrier(8)

    def slow(db: Connection) -> object:
        time.sleep(0.2)
        return rooms(db)

    def ask(_one: int) -> int:
        ready.wait()
        return site.stands()[0]

    monkeypatch.setattr(live_room, "rooms", slow)
    monkeypatch.setattr(live_room, "FRESH", 60.0)
    with ThreadPoolExecutor(8) as phones:
        assert set(phones.map(ask, range(8))) == {200}


def test_while_the_database_is_away_phones_are_told_the_last_and_then_to_wait(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_db: object) -> object:
        raise Unavailable

    before = site.stands()
    monkeypatch.setattr(live_room, "rooms", away)
    assert site.stands() == before
    monkeypatch.setattr(live_room, "STALE", -1.0)
    assert site.stands()[0] == 503


# --- nothing of a phone is kept -------------------------------------------------------------------------------------


def test_no_address_agent_language_token_or_word_of_a_phone_is_kept(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    marks = {"User-Agent": "zqx-agent", "Accept-Language": "qx-ZZ", "Referer": "https://zqx-from.example/"}
    client = site.client()
    site.hall.open("p_ord")
    page = client.get(f"/rosta/{site.code}", headers=marks, environ_overrides={"REMOTE_ADDR": "203.0.113.77"})
    state = re.search(r'name="state" value="([^"]*)"', page.text)
    assert state
    said = {"state": state[1], "p_ord": "zqx-ord"}
    kept = client.post(
        f"/rosta/{site.code}", data=said, headers=marks, environ_overrides={"REMOTE_ADDR": "203.0.113.77"}
    )
    assert "Ditt svar är sparat" in kept.text
    token = state[1].split(".")[0]
    looked_for = ["zqx", "qx-ZZ", "203.0.113.77", token, bytes.fromhex(token).decode("latin-1")]
    files = files_under(site.hall.house.settings.instance)
    assert not [mark for mark in looked_for for content in files.values() if mark.encode("latin-1") in content]
    assert not [mark for mark in looked_for if mark in caplog.text]


# --- hostile --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_words_are_kept_as_harmless_words_or_refused_in_the_page(site: Site, odd: str) -> None:
    site.hall.open("p_ord")
    phone = site.phone()
    page = phone.press(answers={"p_ord": [odd]})
    if page.status == 422:
        assert page.errors
        phone.press(answers={"p_ord": [odd[:50].replace("\x00", "")]})
    assert phone.page.kind == "saved"
    site.hall.votes("p_ord", site.hall.phones(4), "Bra")
    site.hall.close("p_ord")
    with site.hall.house.reading() as db:
        kept = [words.text for words in texts.texts(db, site.hall.id, "waiting")]
        assert texts.texts(db, site.hall.id, "approved") == (), "nothing is projected that nobody has approved"
    assert all(len(words) <= 200 for words in kept)
    assert not set("".join(kept)) & {"\x00", "\u202e", "\u2066", "\u2069", "\ufffe", "\uffff"}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_words_in_place_of_anything_get_a_page_or_a_clear_no(site: Site, odd: str) -> None:
    site.app.testing = False
    site.hall.open("p_en")
    client, token = site.client(), "0123456789abcdef" * 2
    for fields in (
        {"state": odd},
        {"state": f"{token}.ask.{odd}"},
        {"state": f"{token}.ask.p_skala", "p_skala": "3"},
        {"state": f"{token}.ask.p_nej", "p_nej": "3"},
        {"state": f"{token}.ask.p_en", "p_en": odd},
        {"state": f"{token}.ask.p_en", "p_en": ["1", "2"]},
        {"state": f"{token}.rest.p_en", "go": odd},
        {"state": f"{token}.ask.p_en", "go": f"lang-{odd}"},
    ):
        got = client.post(f"/rosta/{site.code}", data=fields)
        assert got.status_code < 500, fields
        assert "<script>alert" not in got.text
    assert site.hall.asked("p_en").votes == 0


def test_a_phone_that_floods_waits_and_the_others_at_its_address_do_not(site: Site) -> None:
    site.hall.open("p_en")
    flood, other = site.phone(), site.phone()
    state = flood.page.hidden[0][1]
    statuses = []
    for _ in range(3 * BURST):
        got = site.client().post(f"/rosta/{site.code}", data={"state": state, "p_en": "1"})
        statuses.append(got.status_code)
    assert statuses[:BURST] == [200] * BURST
    assert statuses[-1] == 429
    assert "Vänta en liten stund" in got.text
    assert f'value="{state}"' in got.text, "what was sent waits on the page"
    assert other.press(answers={"p_en": ["2"]}).kind == "saved"
    assert site.hall.asked("p_en").votes == 2


def test_the_pace_of_a_phone_recovers_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("pages.pace.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("pages.pace.REMEMBERED", 10)
    pace = Pace()
    assert [pace.allows("a") for _ in range(BURST + 1)] == [True] * BURST + [False]
    clock[0] += 2
    assert [pace.allows("a") for _ in range(3)] == [True, True, False]
    assert all(pace.allows(f"{number}") for number in range(100))
    assert len(pace._left) == 10


def test_a_room_tries_many_wrong_codes_and_the_right_one_still_works(site: Site) -> None:
    client = site.client()
    for number in range(200):
        assert client.post("/rosta", data={"code": str(100_000 + number)}).status_code in (422, 303)
    assert client.post("/rosta", data={"code": site.code}).status_code == 303


def test_what_was_sent_waits_on_the_page_while_the_database_is_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.hall.open("p_ord")
    phone = site.phone()

    def full(*_what: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr("survey.polls.voting.join", full)
        page = phone.press(answers={"p_ord": ["Mina ord"]})
        assert (page.status, dict(page.hidden)["p_ord"]) == (503, "Mina ord")
    assert phone.press().kind == "saved"
