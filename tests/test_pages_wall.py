"""The wall tells how many, and on what only once the facilitator shows it."""

import re

import pytest
from flask.testing import FlaskClient

from app import create_app
from survey.installation import Installation
from survey.polls import leading
from tests.poll_scene import Hall, hold
from tests.staff_scene import live_in


@pytest.fixture
def hall(sqlite_installation: Installation) -> Hall:
    return hold(sqlite_installation)


@pytest.fixture
def client(hall: Hall) -> FlaskClient:
    """A projector: no session, no cookie."""
    app = create_app(hall.house.settings)
    app.testing = True
    live_in(app, hall.house)
    return app.test_client(use_cookies=False)


def wall(client: FlaskClient, hall: Hall, language: str = "") -> str:
    answer = client.get(f"{language}/rosta/{hall.poll.code}/vagg")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    return answer.text


def test_the_lobby_shows_where_to_go_and_how_many_have_come(client: FlaskClient, hall: Hall) -> None:
    for phone in hall.phones(12):
        hall.join(phone)
    page, code = wall(client, hall), hall.poll.code or ""
    assert 'data-state="lobby"' in page
    assert re.search(rf'<b class="code" dir="ltr">{code[:3]} {code[3:]}</b>', page)
    assert "127.0.0.1:8000/rosta</b>" in page
    assert '<b data-number="joined">12</b> är med' in page
    assert "QR-kod till omröstningen" in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_the_way_in_and_the_question_stay_while_everything_else_goes_on(client: FlaskClient, hall: Hall) -> None:
    phones = hall.phones(7)
    code = hall.poll.code or ""
    for go in (hall.open, lambda q: hall.votes(q, phones, "1", "1", "2"), hall.close, hall.show):
        go("p_en")
        page = wall(client, hall)
        assert f"{code[:3]} {code[3:]}" in page
        assert "<h1>Ska vi?</h1>" in page
        assert page.count("Vet ej") == 1


def test_counts_of_votes_while_open_and_the_result_only_when_shown(client: FlaskClient, hall: Hall) -> None:
    hall.open("p_en")
    hall.votes("p_en", hall.phones(7), "1", "1", "2")
    seen = [wall(client, hall)]
    hall.close("p_en")
    seen.append(wall(client, hall))
    for page in seen:
        assert '<b data-number="votes">7</b> har svarat' in page
        assert "%" not in words(page)
        assert "<rect" not in page.partition("</header>")[2]
    hall.show("p_en")
    page = wall(client, hall)
    assert re.findall(r"<b>(\d+)&nbsp;%</b> <span>(.*?)</span>", page) == [
        ("71", "5 av 7"),
        ("29", "2 av 7"),
        ("0", "0 av 7"),
    ]
    assert re.findall(r'fill="url\(#svar-(\d)\)"', page) == ["1", "2", "3"], "told apart without colour"
    with hall.house.writing() as db:
        leading.hide(db, hall.id, "p_en")
    assert "71&nbsp;%" not in wall(client, hall)


def words(page: str) -> str:
    """What stands under the way in, without the drawing."""
    return re.sub(r"<svg.*?</svg>", "", page.partition("</header>")[2], flags=re.S)


def test_both_pages_before_showing_are_the_same_however_people_voted(client: FlaskClient, hall: Hall) -> None:
    """Byte for byte: a question that is voted on again by others in another way gives the very same wall."""
    pages = []
    for answers in (("1",), ("2", "3")):
        hall.open("p_en")
        hall.votes("p_en", hall.phones(6), *answers)
        hall.close("p_en")
        page = wall(client, hall)
        pages.append(re.sub(r'(data-number="votes">)\d+', r"\1", page))
    assert pages[0] == pages[1]


def test_several_answers_and_a_scale_are_shown_of_all_who_answered(client: FlaskClient, hall: Hall) -> None:
    for question, answers in (("p_flera", [("1", "2"), ("1",)]), ("p_skala", ["3", "1"])):
        hall.open(question)
        hall.votes(question, hall.phones(6), *answers)
        hall.close(question)
        hall.show(question)
        shown = re.findall(r'class="label">(.*?)</span>.*?<span>(.*?)</span>', wall(client, hall))
        expected = {
            "p_flera": [("Kommunen", "6 av 6"), ("Regionen", "3 av 6"), ("Inget av det här", "0 av 6")],
            "p_skala": [("Ja", "3 av 6"), ("Delvis", "0 av 6"), ("Nej", "3 av 6")],
        }
        assert shown == expected[question]


def test_hands_are_marked_on_the_wall(client: FlaskClient, hall: Hall) -> None:
    hall.open("p_en")
    hall.votes("p_en", hall.phones(5), "1")
    hall.close("p_en")
    with hall.house.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"2": 3}, 3)
    hall.show("p_en")
    page = wall(client, hall)
    assert "5 av 8" in page
    assert "3 av svaren räknades för hand i rummet." in page


def test_english_walls_say_the_same(client: FlaskClient, hall: Hall) -> None:
    hall.open("p_en")
    page = wall(client, hall, "/en")
    assert "<h1>Shall we?</h1>" in page
    assert '<b data-number="votes">0</b> answered' in page
    assert f'data-live="/rosta/{hall.poll.code}/vagg/lage"' in page


@pytest.mark.parametrize("code", ["000000", "abc", "%00", "0123456789abcdef"])
def test_a_wrong_code_and_an_ended_poll_are_told_alike(client: FlaskClient, hall: Hall, code: str) -> None:
    ended = hall.poll.code
    hall.end()
    wrong, over = client.get(f"/rosta/{code}/vagg"), client.get(f"/rosta/{ended}/vagg")
    assert wrong.status_code == over.status_code == 410
    assert wrong.data == over.data
    assert "Omröstningen är slut" in over.text
