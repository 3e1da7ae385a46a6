"""What respondents' pages send and keep: headers, weight, cookies, logs, and the calm page when nothing can be stored.

P6, P7, P8 and P9 of PRIVACY.md as seen over HTTP. Each has a control where the promise is broken on purpose.
"""

import gzip
import logging
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from pages import copies
from survey import rounds
from survey.db import database_file
from survey.errors import Unavailable
from survey.installation import Installation
from survey.model import Round
from tests.respondent import PageSeen, Reply, Respondent, Transport, anything, says
from tests.test_secrecy_box import Copy, copied
from tests.tiny import tiny
from tests.visits import House, experience, house_on

__all__ = ["copied"]  # a fixture
VISITOR = {
    "User-Agent": "Kanelbulle/7.31",
    "Accept-Language": "tlh-Piqd",
    "Referer": "https://exempel.test/varifran-jag-kom",
    "X-Forwarded-For": "203.0.113.77",
    "Cookie": "smakprov=havrekaka",
}
WORDS = ("Kanelbulle", "tlh-Piqd", "varifran-jag-kom", "203.0.113.77", "198.51.100.23", "havrekaka")


@pytest.fixture
def house(sqlite_installation: Installation) -> House:
    return house_on(sqlite_installation)


@pytest.fixture
def either(installation: Installation) -> House:
    """A house on each kind of database in turn."""
    return house_on(installation)


@pytest.fixture
def client(house: House) -> FlaskClient:
    return unremembered(house)


def unremembered(house: House) -> FlaskClient:
    """A browser that keeps no cookie."""
    return house.app.test_client(use_cookies=False)


def distinctive(client: FlaskClient, seen: list[str]) -> Transport:
    """Fetch as a visitor one would know again anywhere; `seen` gets every address asked for."""

    def fetch(method: str, url: str, fields: object = ()) -> Reply:
        seen.append(url)
        reply = client.open(
            url,
            method=method,
            headers={**VISITOR, "Content-Type": "application/x-www-form-urlencoded"},
            data=urlencode(list(fields)),  # type: ignore[call-overload]
            environ_base={"REMOTE_ADDR": "198.51.100.23"},
        )
        return Reply(reply.status_code, dict(reply.headers), reply.text, url)

    return fetch


def visit(person: Respondent, code: str) -> None:
    """Everything a visitor may do, to the end."""
    person.enter("fel kod")
    person.enter(code)
    for go in ("all", "back", None, "lang-en", "lang-sv", None, "skip", "all", "check", "back"):
        if go is None or go in person.page.ways:
            person.press(go)
    person.answer(anything)
    assert person.page.kind == "done"


def test_no_cookie_and_nothing_about_the_visitor_is_kept(copied: tuple[Installation, Copy]) -> None:
    installation, copy = copied
    house = house_on(installation)
    person = Respondent(distinctive(unremembered(house), []))
    visit(person, house.open(experience()).codes[0])
    assert not [page for page in person.pages if "Set-Cookie" in page.reply.headers]
    files = b"".join(copy().values())
    assert not [word for word in WORDS if word.encode() in files]
    assert b"roslagen" in files  # control: what is stored would have been found


def test_the_code_stands_in_no_address_no_header_and_no_page_but_the_one_it_was_typed_on(
    either: House,
) -> None:
    addresses: list[str] = []
    person = Respondent(distinctive(unremembered(either), addresses))
    code = either.open(experience()).codes[0]
    visit(person, code)
    for page in person.pages:
        assert code not in page.reply.body
        assert code not in str(page.reply.headers)
    assert not [url for url in addresses if code in url or "?" in url]
    assert code in person.enter("X" + code).reply.body  # control: a page that says it is noticed


@contextmanager
def served(house: House, *options: str) -> Iterator[tuple[int, Path]]:
    """gunicorn over the house, with an access log and debug lines asked for; its port and the file of all it says."""
    settings, log = house.installation.settings, house.installation.settings.instance.parent / "server.log"
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        **os.environ,
        "PORT": str(port),
        "SAMSVAR_INSTANCE": str(settings.instance),
        "SAMSVAR_DATABASE_URL": settings.database_url,
        "SAMSVAR_KEY_DIR": str(settings.key_dir),
        "SAMSVAR_KEK_FILE": str(settings.kek_file),
        "SAMSVAR_TODAY": str(settings.today),
    }
    with log.open("wb") as said:
        command = [sys.executable, "-m", "gunicorn", "--workers", "1", *options]
        server = subprocess.Popen(command, env=environ, stdout=said, stderr=said, cwd=Path(__file__).parent.parent)
    try:
        _wait_for(port, server)
        yield port, log
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert server.poll() is None, "gunicorn did not start"
        with closing(socket.socket()) as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("gunicorn never listened")


def over(port: int) -> Transport:
    """Fetch over a real connection."""

    def fetch(method: str, url: str, fields: object = ()) -> Reply:
        with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as line:
            headers = {**VISITOR, "Content-Type": "application/x-www-form-urlencoded"}
            line.request(method, url, urlencode(list(fields)), headers)  # type: ignore[call-overload]
            reply = line.getresponse()
            return Reply(reply.status, dict(reply.getheaders()), reply.read().decode(), url)

    return fetch


def test_a_server_with_every_log_switched_on_says_nothing_of_its_visitors(either: House) -> None:
    code = either.open(experience()).codes[0]
    with served(either, "--access-logfile", "-", "--log-level", "debug", "--capture-output") as (port, log):
        visit(Respondent(over(port)), code)
        with closing(socket.create_connection(("127.0.0.1", port))) as line:
            line.sendall(f"code={code}\r\n\r\n".encode())  # a body taken for a request
            line.recv(1000)
    said = log.read_text()
    assert "could not be read" in said  # control: the log works
    for word in (*WORDS, code, code.replace("-", ""), "127.0.0.1 ", "/svara", "POST", "GET "):
        assert word not in said, word


def test_everyone_sees_the_same_pages_however_many_have_answered(either: House) -> None:
    opened, client = either.open(experience(), tickets=20), unremembered(either)
    link = either.open(tiny("one_choice"), link=True).round.id
    addresses = ("/", "/svara", f"/svara/{link}", f"/svara/{opened.round.id}", "/integritet", "/hjalp", "/sprak")
    seen = []
    for number in range(8):
        if number in (0, 1, 4, 7):
            seen.append([_without_state(client.get(address).data) for address in addresses])
        person = either.visitor()
        person.enter(opened.codes[number])
        person.press("all")
        person.press()
        assert person.page.kind == "done"
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert _without_state(b'value="a.b.1.xx" 4') != _without_state(b'value="a.b.1.xx" 7')  # control: a count shows


def _without_state(page: bytes) -> bytes:
    return re.sub(rb'name="state" value="[^"]*"', b"", page)


def test_one_code_used_by_twenty_at_once_is_one_answer_and_the_rest_are_told_alike(house: House) -> None:
    opened = house.open(tiny("one_choice"), tickets=2)
    people = [house.visitor() for _ in range(20)]
    for person in people:
        person.enter(opened.codes[0])
        person.press()
    with ThreadPoolExecutor(8) as crowd:
        pages = list(crowd.map(lambda person: person.press(answers=dict_of(person)), people))
    assert sorted(page.kind for page in pages) == ["closed"] * 19 + ["done"]
    assert len(house.records()) == 1
    assert len({page.text for page in pages if page.kind == "closed"}) == 1


def dict_of(person: Respondent) -> dict[str, list[str]]:
    return {control.name: list(anything(control)) for control in person.page.controls.values()}


def test_used_unknown_void_and_closed_codes_are_told_alike(house: House) -> None:
    used, closed = house.open(tiny("one_choice")), house.open(tiny("one_choice"))
    person = house.visitor()
    person.enter(used.codes[0])
    person.answer(anything)
    _close(house, closed.round)
    answers = []
    for code in (used.codes[0], "ABCD-EFGH", closed.codes[0]):
        page = house.visitor().enter(code)
        answers.append((page.status, page.kind, page.reply.body.replace(code, "")))
    assert len(set(answers)) == 1
    assert answers[0][:2] == (422, "code")
    links = [house.visitor().open(f"/svara/{round_}") for round_ in ("finnsinte", closed.round.id)]
    assert {(page.status, page.kind, page.text) for page in links} == {(410, "closed", links[0].text)}


def _close(house: House, round_: Round) -> None:
    with house.installation.writing() as db:
        rounds.close(db, round_)


def test_a_round_closed_while_somebody_answers_is_told_kindly_and_stores_nothing(house: House) -> None:
    opened = house.open(tiny("one_choice"))
    person = house.visitor()
    person.enter(opened.codes[0])
    person.press()
    _close(house, opened.round)
    assert person.press(answers=dict_of(person)).kind == "closed"
    assert house.records() == []


def test_a_code_is_read_however_it_is_typed(house: House) -> None:
    code = house.open(experience()).codes[0]
    for typed in (code, code.lower(), code.replace("-", ""), f"  {code[:2]} {code[2:]} "):
        assert house.visitor().enter(typed).kind == "start"


def test_a_locked_database_gives_the_calm_page_with_every_answer_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.db.PATIENCE", 0.2)
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    person.press("all")
    said = {"du_m1_kansla": ["5"], "du_f2_info": ["1", "3"], "du_s3_fritt": ["Rad ett\r\nRad två & <tre>"]}
    file = database_file(house.installation.engine)
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = person.press(answers=said)
        assert (page.status, page.kind) == (503, "error")
        assert page.reply.headers["Retry-After"]
        assert "Dina svar finns kvar på sidan" in page.text
        other.execute("ROLLBACK")
    assert house.records() == []
    assert person.press().kind == "done", "pressing once more sends what waited on the page"
    record = house.record()
    assert (record["du_m1_kansla"], record["du_f2_info"]) == ("5", ["1", "3"])
    assert record["du_s3_fritt"] == "Rad ett\nRad två & <tre>"


def test_a_full_disk_gives_the_calm_page_too(house: House) -> None:
    opened = house.open(experience(), tickets=40)
    person = house.visitor()
    person.enter(opened.codes[0])
    person.press("all")
    with house.installation.reading() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
    app_house: Installation = house.app.extensions["samsvar"].installation
    with app_house.engine.connect() as db:  # the connection the next request gets from the pool
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        page = None
    for code in opened.codes[1:]:
        page = person.press(answers={"du_s3_fritt": ["x"]})
        if page.status == 503:
            break
        person.enter(code)
        person.press("all")
    assert page is not None
    assert (page.status, page.kind) == (503, "error")
    with app_house.engine.connect() as db:
        db.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert person.press().kind == "done"


def test_reading_that_fails_keeps_the_answers_on_the_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    person.press()

    def away(*_given: object) -> bool:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr("survey.box.is_sent", away)
        page = person.press(answers={"du_f1_vem": ["3"]})
        assert (page.status, dict(page.hidden)["du_f1_vem"]) == (503, "3")
    assert person.press().h1 == "Vad visste du innan mötet började?"


def test_pages_may_be_gone_back_to_but_those_with_every_answer_are_not_kept(house: House) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    person.press()
    assert person.page.reply.headers["Cache-Control"] == "private, no-cache"
    assert person.press("all").reply.headers["Cache-Control"] == "no-store"
    person.press("back")
    assert person.answer_until("check", says({"du_b3_hjalp": "0"})).reply.headers["Cache-Control"] == "no-store"
    done = person.press().reply.headers
    assert (done["Cache-Control"], done["Clear-Site-Data"]) == ("no-store", '"cache"')


def test_leaving_leads_away_and_beginning_again_leads_in_and_both_forget(client: FlaskClient) -> None:
    away, again, linked = client.get("/lamna"), client.get("/en/borja-om"), client.get("/borja-om/abc")
    assert (away.status_code, away.headers["Location"]) == (303, "https://www.smhi.se/")
    assert (again.status_code, again.headers["Location"]) == (303, "/en/svara")
    assert linked.headers["Location"] == "/svara/abc"
    for reply in (away, again, linked):
        assert reply.headers["Clear-Site-Data"] == '"cache"'


def packed(client: FlaskClient, method: str, url: str, fields: object = ()) -> tuple[int, str]:
    """Bytes over the wire and the page, as a browser gets them."""
    reply = client.open(
        url,
        method=method,
        headers={"Accept-Encoding": "gzip, br", "Content-Type": "application/x-www-form-urlencoded"},
        data=urlencode(list(fields)),  # type: ignore[call-overload]
    )
    assert reply.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reply.headers["Vary"]
    return len(reply.data), gzip.decompress(reply.data).decode()


def test_the_first_page_is_light_and_asks_for_little(house: House, client: FlaskClient) -> None:
    link = house.open(experience(), link=True).round.id
    for url in ("/svara", f"/svara/{link}", f"/en/svara/{link}", "/"):
        weight, page = packed(client, "GET", url)
        more = re.findall(r'(?:src|href)="((?:/en)?/static/[^"]+)"', page)
        assert len(more) <= 2, more
        assert weight + sum(packed(client, "GET", asset)[0] for asset in more) <= 30_000
        assert not re.findall(r'(?:src|href)="https?:', page)
        assert 'rel="icon" href="data:' in page


def test_a_question_page_with_a_thousand_typed_characters_is_light(house: House, client: FlaskClient) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    while "du_s3_fritt" not in person.page.controls:
        person.press("skip" if "skip" in person.page.ways else None)
    typed = secrets.token_urlsafe(750)[:1000]  # nothing that packs well
    fields = [*person.page.hidden, ("du_s3_fritt", typed), ("go", "lang-en")]
    weight, page = packed(client, "POST", "/svara", fields)
    assert typed in page
    assert weight <= 14_000


def test_the_bodies_of_staff_pages_are_not_packed(client: FlaskClient) -> None:
    reply = client.get("/personal/logga-in", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers


def test_a_request_behind_a_prefix_keeps_it(house: House) -> None:
    client = house.app.test_client(use_cookies=False)
    page = client.get("/en/svara", base_url="http://localhost/samsvar").text
    assert 'action="/samsvar/en/svara"' in page
    assert 'href="/samsvar/static/' in page


def test_a_page_of_questions_says_its_language_and_direction(house: House) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0], "/en/svara")
    assert (person.page.language, person.page.tree.get("dir")) == ("en", "ltr")
    assert "lang-sv" in person.page.ways
    plain = PageSeen(person.fetch("GET", "/sprak"))
    assert plain.language == "sv"


@pytest.mark.parametrize(("way_in", "go", "root"), [("/en/svara", "lang-sv", ""), ("/svara", "lang-en", "/en")])
def test_every_link_of_a_page_follows_when_its_language_is_changed(
    house: House, client: FlaskClient, way_in: str, go: str, root: str
) -> None:
    code = house.open(experience()).codes[0]
    state = re.search(r'name="state" value="([^"]+)"', client.post(way_in, data={"code": code}).text)
    assert state
    page = client.post(way_in, data={"state": state[1], "go": go}).text
    links = re.findall(r' (?:href|action)="(/[^"]*)"', page)
    ours = [link.removeprefix(root) for link in links if not link.startswith("/static/")]
    assert {"/", "/svara", "/hjalp", "/lamna", "/integritet"} <= set(ours)
    assert not [link for link in ours if link.startswith("/en")]


def test_a_copy_thrown_away_while_it_is_asked_for_is_drawn_again(house: House) -> None:
    """Another thread may empty the copies between any two steps of this one."""

    class Emptied(dict[object, str]):
        def __contains__(self, _key: object) -> bool:
            return True

    house.app.extensions["samsvar.copies"] = Emptied()
    with house.app.test_request_context("/svara"):
        assert copies.copied("a page", "state", lambda: f"<p>{copies.STATE}</p>") == "<p>state</p>"


def test_the_control_server_that_logs_would_be_caught(caplog: pytest.LogCaptureFixture) -> None:
    """The control of the log tests: a view that writes its visitor to the log is seen by them."""
    bad = Flask("bad")

    @bad.get("/svara")
    def view() -> str:
        bad.logger.warning("%s %s", request.remote_addr, request.user_agent)
        return ""

    with caplog.at_level(logging.DEBUG):
        bad.test_client().get("/svara", headers=VISITOR, environ_base={"REMOTE_ADDR": "198.51.100.23"})
    assert [word for word in WORDS if word in caplog.text] == ["Kanelbulle", "198.51.100.23"]
