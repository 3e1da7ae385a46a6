"""Who comes in, who does not and who leaves stands in the audit chain, nothing that was typed. No flood fills it."""

import re
from collections import Counter

import pyotp
import pytest
from sqlalchemy import select

from commands.nightly import _note
from staff import accounts, passphrase, sessions
from staff.factors import Asked, Shown
from survey import audit as chain
from survey.installation import Installation
from survey.release import Outcome
from survey.tables import audit, failed_sign_in
from tests.attacker import find
from tests.staff_scene import GOOD, Browser, World, staffed
from tests.test_staff_signin import enter, step_in

WRONG, NOWHERE = "sju röda bilar i en backe", "sven.okand"
"""What somebody types who is wrong, and whose address nobody has."""
DAY = 24 * 60 * 60
AT = 1_800_000_000


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    world.equip("eva")
    return world


def told(house: Installation) -> list[tuple[str, str, str]]:
    with house.reading() as db:
        rows = db.execute(select(audit.c.actor, audit.c.action, audit.c.detail).order_by(audit.c.number))
        return [tuple(row) for row in rows]


def test_a_day_at_the_door_stands_in_the_log_and_nothing_that_was_typed(world: World) -> None:
    eva, mine = world.visit(), world.accounts["eva"]
    enter(eva, "eva", WRONG)
    enter(eva, NOWHERE, WRONG)
    entered = enter(eva)
    assert step_in(eva, entered, "000000").status_code == 422
    assert step_in(eva, entered, world.code("eva")).status_code == 303
    cookie = eva.client.get_cookie("samsvar")
    assert cookie
    eva.reference = cookie.value
    eva.post("/personal/konto/reservkoder")
    cookie = eva.client.get_cookie("samsvar")
    assert cookie
    eva.reference = cookie.value
    eva.post("/personal/konto/logga-ut", one="a session that is over")
    eva.post("/personal/logga-ut")
    rows = told(world.installation)
    assert [(who, what) for who, what, _detail in rows] == [
        (mine, "sign_in_failed"),
        (sessions.STRANGER, "unknown_tried"),
        (mine, "second_step_failed"),
        (mine, "signed_in"),
        (mine, "factor_changed"),
        (mine, "signed_out"),
    ]
    sittings = [detail.split()[0] for _who, what, detail in rows if what in ("factor_changed", "signed_out")]
    assert sittings == [sessions.sitting(cookie.value)] * 2
    page = world.visit("ada").get("/personal/admin/logg/").text
    for words in (
        "Fel lösenfras",
        "minst 1 gång samma dag",
        "Loggade in: kod",
        "Ändrade sitt andra steg: nya reservkoder",
    ):
        assert words in page
    files = {str(path): path.read_bytes() for path in world.installation.settings.instance.iterdir() if path.is_file()}
    planted = (WRONG, NOWHERE, cookie.value)
    assert find((*planted, "eva@exempel.se"), files) == {"eva@exempel.se"}, "the last is the control: it is there"
    with world.installation.reading() as db:
        assert chain.verify(db, world.installation.secrets, world.installation.anchor)


def test_an_invitation_and_the_first_factor_stand_there_too(world: World) -> None:
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["kim"], sessions.now())
    kim = world.visit().client
    kim.post("/personal/valkommen", data={"code": code, "passphrase": GOOD, "again": GOOD})
    page = kim.get("/personal/andra-steget").text
    (seed,), (token,) = (
        re.findall(r"(?:[A-Z2-7]{4} )+[A-Z2-7]{4}", page),
        set(re.findall(r'"csrf_token" value="(\w+)', page)),
    )
    code = pyotp.TOTP(seed.replace(" ", "")).now()
    assert kim.post("/personal/andra-steget", data={"csrf_token": token, "code": code}).status_code == 200
    assert [(who, what, detail.split()[-1:]) for who, what, detail in told(world.installation)] == [
        (world.accounts["kim"], "invitation_used", []),
        (world.accounts["kim"], "factor_changed", ["app"]),
        (world.accounts["kim"], "signed_in", ["app"]),
    ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases that are wrong without taking the time."""
    monkeypatch.setattr(passphrase, "matches", lambda _stored, _given: False)


@pytest.mark.usefixtures("quick")
def test_a_flood_of_guesses_makes_no_more_rows_than_guesses_that_are_let_through(world: World) -> None:
    def tries(email: str, at: int) -> None:
        sessions.sign_in(world.installation, email, WRONG, at, loopback=False)

    for minute in range(0, DAY // 60, 5):
        tries("eva@exempel.se", AT + minute * 60)
    for _again in range(50):
        tries("eva@exempel.se", AT + DAY)
    for n in range(150):
        tries(f"ingen{n}@exempel.se", AT + n)
    rows = Counter(what for _who, what, _detail in told(world.installation))
    assert sessions.ATTEMPTS < rows["sign_in_failed"] <= DAY // sessions.LONGEST_WAIT + sessions.ATTEMPTS + 4
    assert [detail for _who, what, detail in told(world.installation) if what == "unknown_tried"] == ["1", "10", "100"]
    tries("nya@exempel.se", AT + 3 * DAY)
    assert told(world.installation)[-1] == (sessions.STRANGER, "unknown_tried", "1"), "another day is counted anew"
    with world.installation.reading() as db:
        assert len(db.execute(select(failed_sign_in)).all()) <= 3


@pytest.mark.usefixtures("quick")
def test_control_a_row_for_every_unknown_address_would_be_a_flood(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_WORTH_TELLING", range(1_000_000))
    for n in range(30):
        sessions.sign_in(world.installation, f"ingen{n}@exempel.se", WRONG, AT + n, loopback=False)
    assert len(told(world.installation)) == 30


def test_guesses_at_the_second_step_are_told_while_they_are_let_through(world: World) -> None:
    with world.installation.writing() as db:
        halfway = sessions.begin_halfway(db, world.accounts["eva"], AT)
    for _guess in range(4 * sessions.ATTEMPTS):
        assert sessions.step_in(world.installation, halfway, Shown("000000"), Asked(None), AT) is None
    rows = told(world.installation)
    assert rows == [(world.accounts["eva"], "second_step_failed", "code")] * sessions.ATTEMPTS


def test_nobody_locks_the_second_step_of_somebody_by_typing_its_name_as_an_address(world: World) -> None:
    for _guess in range(2 * sessions.ATTEMPTS):
        enter(world.visit(), f"second factor {world.accounts['eva']}", WRONG)
    eva = world.visit()
    assert step_in(eva, enter(eva), world.code("eva")).status_code == 303


def test_the_nightly_release_stands_there_with_rounds_and_never_how_many_answered(world: World) -> None:
    with world.app.app_context():
        _note(Outcome(waiting=["a", "b"]))
        assert told(world.installation) == []
        _note(Outcome(released=[("a", 17), ("b", 5)], destroyed=["c"], waiting=["d"]))
    assert told(world.installation) == [("command", "released", "2 1")]
    page: Browser = world.visit("ada")
    assert "Öppnade svar: 2 omgångar, 1 förstörd oläst" in page.get("/personal/admin/logg/?vad=drift").text
