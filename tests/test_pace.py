"""Limits hold whoever floods, and shut out nobody who shares an address with them."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from pages import limits
from pages.limits import Limits
from pages.pace import Pace, near
from survey.installation import Installation
from tests.api_scene import program
from tests.author_scene import written_by
from tests.staff_scene import World, staffed

OFFICE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "198.51.100.7"}
WRONG = {"email": "kim@exempel.se", "passphrase": "fel lösenfras, ännu en gång"}


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return staffed(sqlite_installation)


def slow(app: Flask, **few: Pace) -> None:
    """Let the application be out of patience soon, and never have it again."""
    app.extensions["samsvar.limits"] = Limits(**few)


def tries(world: World, path: str, address: dict[str, str], n: int, **fields: str) -> list[int]:
    door = world.app.test_client()
    local = {"base_url": "https://localhost"}
    return [door.post(path, data=fields, environ_base=address, **local).status_code for _ in range(n)]


@pytest.mark.parametrize(
    ("path", "fields"), [("/personal/logga-in", WRONG), ("/personal/valkommen", {"code": "A" * 20})]
)
def test_whoever_tries_at_the_door_again_and_again_has_to_wait(world: World, path: str, fields: dict[str, str]) -> None:
    slow(world.app, door=Pace(burst=3, per_second=0))
    assert tries(world, path, OFFICE, 5, **fields) == [422] * 3 + [429] * 2
    assert tries(world, path, ELSEWHERE, 1, **fields) == [422], "others are not kept waiting"


def test_control_without_the_limit_they_could_go_on(world: World) -> None:
    slow(world.app, door=Pace(burst=10**6))
    assert tries(world, "/personal/valkommen", OFFICE, 40, code="A" * 20) == [422] * 40


def test_colleagues_at_the_same_address_who_are_in_work_on(world: World) -> None:
    slow(world.app, door=Pace(burst=1, per_second=0))
    assert tries(world, "/personal/logga-in", OFFICE, 3, **WRONG)[-1] == 429
    kim = world.visit("kim")
    assert kim.client.get("/personal/team/", environ_base=OFFICE, base_url="http://localhost").status_code != 429
    assert kim.get("/personal/team/").status_code in (200, 302, 303)
    assert kim.post("/personal/team/norr/ny").status_code != 429


def test_respondents_at_the_same_address_are_never_counted(world: World) -> None:
    slow(world.app, door=Pace(burst=0, per_second=0))
    anyone = world.app.test_client(use_cookies=False)
    codes = [anyone.post("/svara", data={"code": "fel"}, environ_base=OFFICE).status_code for _ in range(50)]
    assert set(codes) == {422}


def test_an_office_that_comes_at_eight_in_the_morning_gets_in() -> None:
    door = Limits().door
    assert all(door.allows(near("192.0.2.7")) for _ in range(50)), "fifty people, each with a slip of the finger less"


def test_programs_of_one_account_do_not_slow_down_anothers(world: World) -> None:
    slow(world.app, programs=Pace(burst=2, per_second=0))
    eva, eve = program(world, "eva"), program(world, "eve")
    told = [eva.get("/api/v1/associations") for _ in range(3)]
    assert [answer.status_code for answer in told] == [200, 200, 429]
    assert told[-1].mimetype == "application/problem+json"
    assert told[-1].headers["Retry-After"] == str(limits.WAIT)
    assert eve.get("/api/v1/associations").status_code == 200
    assert program(world).get("/api/v1/associations").status_code == 401, "without a key nothing is counted"


def test_files_are_read_a_few_at_a_time(sqlite_installation: Installation) -> None:
    world = written_by(sqlite_installation)
    slow(world.app, files=Pace(burst=2, per_second=0))
    alf, bea = world.visit("alf"), world.visit("bea")

    def hand_in(browser: object) -> int:
        send: Callable[..., object] = browser.post  # type: ignore[attr-defined]
        return send("/personal/formular/nytt/fil", file=(BytesIO(b"form: x"), "x.yaml")).status_code  # type: ignore

    assert [hand_in(alf) for _ in range(3)][-1] == 429
    assert hand_in(bea) != 429


def test_who_waits_may_go_on_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("pages.pace.time.monotonic", lambda: now[0])
    door = Limits().door
    while door.allows("office"):
        pass
    now[0] += limits.WAIT
    assert [door.allows("office") for _ in range(15)] == [True] * 15


def test_no_address_is_kept_as_it_is() -> None:
    assert "192.0.2.7" not in near("192.0.2.7")
    assert near("2001:db8:1:2::1") == near("2001:db8:1:2:ffff::9") != near("2001:db8:1:3::1")
    assert near(None) == near("unix:") == ""
