"""Whatever is thrown at the public pages: a clear 4xx or the page again, never a 500, never a stored oddity."""

import json
import secrets
import time
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app import LARGEST_POST
from pages import state as states
from survey.installation import Installation
from tests.respondent import PageSeen, Reply
from tests.tiny import tiny
from tests.visits import House, experience, house_on

ODD = {
    "nothing": "",
    "nul": "a\x00b",
    "rtl": "\u202e\u2066gnol\u2069\u061c",
    "formula": "=cmd|' /C calc'!A0",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "jinja": "{{ config }}{% for x in y %}",
    "sql": "'; DROP TABLE sealed; --",
    "blanks": "{team} %(n)s %s {0}",
    "noncharacters": "\ufffe\uffff\U0001fffe",
    "long": "å" * 20_000,
    "combining": "a" + "\u0301" * 5_000,
    "lines": "\r\n" * 5_000,
}


@pytest.fixture
def house(sqlite_installation: Installation) -> House:
    house = house_on(sqlite_installation)
    house.app.testing = False  # faults become pages, as they do for people
    return house


@pytest.fixture
def anyone(house: House) -> FlaskClient:
    return house.app.test_client(use_cookies=False)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_words_are_kept_as_harmless_words_or_refused_in_the_page(house: House, odd: str) -> None:
    form = tiny("several_lines")
    (question,) = form.free_texts
    person = house.visitor()
    person.open(f"/svara/{house.open(form, link=True).round.id}")
    person.press()
    page = person.press(answers={question: [odd]})
    if page.status == 422:
        assert page.errors
        page = person.press(answers={question: [""]})
    assert page.kind == "done"
    kept = str(house.record().get(question, ""))
    assert len(kept) <= 1000
    assert not set(kept) & {"\x00", "\u202e", "\u2066", "\u2069", "\ufffe", "\uffff"}
    if odd in (ODD["formula"], ODD["script"], ODD["jinja"], ODD["sql"], ODD["blanks"]):
        assert kept == odd


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_words_in_place_of_anything_get_the_page_again_or_a_clear_no(house: House, odd: str) -> None:
    person = house.visitor()
    start = person.enter(house.open(experience()).codes[0])
    question = person.press()
    everywhere: list[tuple[str, str, list[tuple[str, str]]]] = [("GET", f"/svara/{quote(odd, errors='replace')}", [])]
    everywhere += [("POST", "/svara", [("code", odd)]), ("POST", "/svara", [("state", odd)])]
    for page in (start, question):
        everywhere += [
            ("POST", "/svara", [*page.hidden, ("go", odd)]),
            ("POST", "/svara", [*page.hidden, ("go", f"lang-{odd}")]),
            ("POST", "/svara", [*page.hidden, ("go", f"edit-{odd}")]),
            ("POST", "/svara", [*page.hidden, ("du_f1_vem", odd)]),
            ("POST", "/svara", [*page.hidden, *[("du_f1_vem", code) for code in ("1", odd, "2")]]),
        ]
    for method, url, fields in everywhere:
        reply = person.fetch(method, url, fields)
        assert reply.status < 500, (method, url, fields)
        if reply.status not in (303, 308):
            assert PageSeen(reply).kind
    assert house.records() == []


def test_other_methods_are_answered_calmly(anyone: FlaskClient) -> None:
    for path in ("/svara", "/svara/xyz", "/lamna", "/borja-om", "/", "/en/svara", "/en"):
        for method in ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"):
            reply = anyone.open(path, method=method)
            assert reply.status_code < 500, (method, path)
            assert reply.status_code != 405 or "GET" in reply.headers["Allow"]


@pytest.mark.parametrize("path", ["/svara", "/svara/xyz"])
def test_a_megabyte_is_refused_before_it_is_read(anyone: FlaskClient, path: str) -> None:
    reply = anyone.post(path, data={"state": "x" * 1_000_000})
    assert reply.status_code == 413
    assert 'data-page="error"' in reply.text
    assert "skriv kortare" in reply.text
    assert anyone.post(path, data={"x": "å" * (LARGEST_POST // 7)}).status_code < 500


def test_wrong_kinds_of_bodies_are_answered_calmly(anyone: FlaskClient) -> None:
    for sent in (
        {"data": b"\xff\xfe\x00", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"code=%ED%A0%80&state=\xed\xa0\x80", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"code=%ff%fe%00", "content_type": "application/x-www-form-urlencoded; charset=utf-16"},
        {"data": json.dumps({"state": {"a": 1}}), "content_type": "application/json"},
        {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"", "content_type": "multipart/form-data"},
        {"data": b"a=1&" * 2000, "content_type": "application/x-www-form-urlencoded"},
    ):
        for path in ("/svara", "/svara/xyz"):
            assert anyone.post(path, **sent).status_code < 500


def test_a_file_in_place_of_an_answer_is_no_answer(house: House, anyone: FlaskClient) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    page = person.press()
    fields = {**dict(page.hidden), "du_f1_vem": (BytesIO(b"x" * 9000), "a.png")}
    reply = anyone.post("/svara", data=fields, content_type="multipart/form-data")
    assert PageSeen(Reply(reply.status_code, dict(reply.headers), reply.text, "/svara")).kind == "question"


def test_a_state_of_another_round_or_way_in_is_refused(house: House) -> None:
    with_code, by_link = house.visitor(), house.visitor()
    with_code.enter(house.open(experience()).codes[0])
    first, second = house.open(experience(), link=True).round.id, house.open(experience(), link=True).round.id
    by_link.open(f"/svara/{first}")
    for person, elsewhere in ((with_code, f"/svara/{first}"), (by_link, f"/svara/{second}"), (by_link, "/svara")):
        page = PageSeen(person.fetch("POST", elsewhere, person.page.hidden))
        assert (page.status, page.kind) == (422, "error")
        assert any(href.endswith(elsewhere) for _, href in page.links), "there is a way on"


def test_a_state_of_an_older_version_still_answers_that_version_only(house: House) -> None:
    first = tiny("one_choice")
    opened = house.open(first, link=True)
    house.open(replace(first, version=2, fingerprint="f" * 64), link=True)
    person = house.visitor()
    page = person.open(f"/svara/{opened.round.id}")
    ((name, sealed),) = page.hidden
    forged = sealed.replace(".one_choice.1.", ".one_choice.2.")
    assert PageSeen(person.fetch("POST", f"/svara/{opened.round.id}", [(name, forged)])).status == 422
    assert PageSeen(person.fetch("POST", f"/svara/{opened.round.id}", [(name, sealed)])).kind == "question"


def test_a_page_left_for_two_days_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.visitor()
    person.enter(house.open(experience()).codes[0])
    later = time.time() + states.LIFE + 2
    monkeypatch.setattr("pages.respond.time.time", lambda: later)
    page = person.press()
    assert (page.status, page.kind) == (410, "error")
    assert "Inget är skickat" in page.text


def test_a_guessed_state_is_never_believed(house: House) -> None:
    opened = house.open(experience(), link=True)
    key = secrets.token_bytes(32)
    forged = states.seal(key, states.begin(opened.round.id, "experience", 1, None, 0), experience().fingerprint)
    reply = house.visitor().fetch("POST", f"/svara/{opened.round.id}", [("state", forged), ("go", "send")])
    assert reply.status == 422
    assert house.records() == []


def test_faults_of_ours_are_pages_that_say_nothing(
    house: House, anyone: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_given: object) -> None:
        raise ValueError("K4M7-2PQX svarade hemligt")

    monkeypatch.setattr("survey.rounds.round_by_code", fails)
    reply = anyone.post("/svara", data={"code": "K4M7-2PQX"})
    assert reply.status_code == 500
    assert 'data-page="error"' in reply.text
    for said in (reply.text, caplog.text, str(reply.headers)):
        assert "K4M7" not in said
        assert "hemligt" not in said
    assert "ValueError" in caplog.text, "yet whoever mends it learns what and where"
