"""P24: nobody reads another team's people. Every address that names a case, by every role, on own and foreign cases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from pages import gate
from staff.member import Grant
from survey.cases import rights
from survey.installation import Installation
from survey.tables import audit
from tests.case_scene import hire, plan, with_a_case
from tests.staff_scene import AWAY, HOME, World, staffed

SECRET = "Vem gör vad i min planering?"
"""What only this person has said."""
STRANGERS = ("kaj", "sol", "pia", "rut", "fred", "cem", "far", "eva", "eve", "fia", "fay", "ada", "con")
"""Everybody but Kim, who coordinates the team: coordinators and representatives of other teams, representatives of the
own team whose party has no yes that counts or who are not named, and every other role."""
NAMED = {"kind": "referral", "version": "1", "party": "af", "question": "an_tel"}


@pytest.fixture
def world(seen_installation: Installation) -> World:
    """Teams with people of every role. The person of the case has said yes to the municipality alone, for whom nobody
    here works."""
    world = staffed(seen_installation)
    hire(
        world,
        sol=Grant("coordinator", HOME, "syd"),
        pia=Grant("party", HOME, "norr", "af"),
        rut=Grant("party", HOME, "norr", "region"),
        fred=Grant("party", HOME, "norr", "fk"),
        cem=Grant("party", HOME, "norr", "cm"),
        far=Grant("party", AWAY, "fjarran", "kommun"),
        con=Grant("controller", HOME, "norr"),
    )
    return world


@pytest.fixture
def case_id(world: World) -> str:
    return with_a_case(world, sc_af="0", an_fraga=SECRET)


def addresses(world: World, case_id: str) -> Iterator[tuple[str, str]]:
    """Every address that names a case, with each of its methods."""
    adapter = world.app.url_map.bind("localhost")
    for rule in world.app.url_map.iter_rules():
        if "case_id" in rule.arguments:
            path = adapter.build(rule.endpoint, {"case_id": case_id, **NAMED})
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, path.partition("?")[0]


def answers(world: World, who: str, method: str, path: str) -> tuple[int, str]:
    browser = world.visit(who)
    got = browser.get(path) if method == "GET" else browser.post(path, question="an_tel", parties="af", how="phone")
    return got.status_code, got.text


def rows(world: World) -> int:
    with world.installation.reading() as db:
        return db.scalar(select(func.count()).select_from(audit)) or 0


def test_no_stranger_reaches_a_case_on_any_address(world: World, case_id: str) -> None:
    reached = []
    for who in STRANGERS:
        for method, path in addresses(world, case_id):
            status, page = answers(world, who, method, path)
            if status != 404 or SECRET in page:
                reached.append((who, method, path, status))
    assert reached == []
    assert len(list(addresses(world, case_id))) > 40


def test_no_list_of_anybody_else_shows_the_case(world: World, case_id: str) -> None:
    lists = ("/personal/", "/personal/part/", "/personal/arenden/", "/personal/team/norr/arenden/")
    shown = [(who, path) for who in STRANGERS for path in lists if case_id in world.visit(who).get(path).text]
    assert shown == []


def test_control_the_own_coordinator_reaches_it_on_every_page_there_is_then(world: World, case_id: str) -> None:
    plan(world, case_id, party_kommun="Ali Påhittad")
    missed = []
    for method, path in addresses(world, case_id):
        if method == "GET" and "/part/" not in path:
            status, _page = answers(world, "kim", method, path)
            missed += [path] if status == 404 else []
    assert [path for path in missed if not path.endswith(("/oppna", "/markera"))] == [], "an open case, nothing limited"


def test_a_party_of_the_team_is_refused_by_the_rules_and_that_is_told(world: World, case_id: str) -> None:
    before = rows(world)
    assert world.visit("rut").get(f"/personal/part/arende/{case_id}").status_code == 404
    with world.installation.reading() as db:
        told = db.execute(select(audit.c.action, audit.c.actor).order_by(audit.c.number.desc())).first()
    assert (rows(world), told) == (before + 1, ("read_refused", world.accounts["rut"]))


def test_a_page_that_forgets_its_policy_still_shows_no_strangers_case(
    world: World, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "authorise", lambda *_what: None)
    assert world.visit("sol").get(f"/personal/arende/{case_id}").status_code == 404


def test_control_without_both_checks_another_teams_case_is_open(
    world: World, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "authorise", lambda *_what: None)
    monkeypatch.setattr(rights, "takes_part", lambda *_what: True)
    assert SECRET in world.visit("sol").get(f"/personal/arende/{case_id}").text, "the crawl would not notice"
