"""Who may use what: every address of the application, by every role, on one's own and on others' objects."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import insert
from werkzeug.routing import Rule

from exports import making, saved
from exports.case_statistics import close_due
from exports.export import Selection
from exports.saved import Own
from exports.year import Report
from forms.library import shipped
from pages import gate
from staff import sessions, tokens
from staff.policy import NOBODYS, OWNERS, Undeclared, check_policies, needs, public, signed_in
from survey.installation import Installation
from survey.polls.closing import end
from survey.polls.holding import start
from survey.published import publish
from survey.tables import year_shown
from tests.case_rows import Told, add_codes, noon
from tests.poll_scene import short_form
from tests.records_scene import meeting, told
from tests.staff_scene import AWAY, HOME, World, answered, staffed

MAY_USE = {
    "static": "everyone",
    "front": "everyone",
    "results": "everyone",
    "refer": "everyone",
    "respond": "everyone",
    "wall": "everyone",
    "vote": "everyone",
    "withdraw": "everyone",
    "signin.sign_in": "doorstep",
    "signin.signed": "doorstep",
    "signin.welcome": "doorstep",
    "signin.welcomed": "doorstep",
    "signin.sign_in_again": "doorstep",
    "signin.go_on": "doorstep",
    "signin.sign_out": "staff",
    "signin.stay": "staff",
    "second": "staff",
    "account": "staff",
    "start": "staff",
    "team": "coordinator",
    "interview": "interviewer",
    "guide": "coordinator",
    "sheets": "interviewer",
    "sheets.to_print": "coordinator",
    "sheets.sheet": "coordinator",
    "tablet": "coordinator",
    "cases": "coordinator",
    "party": "party",
    "meeting_log": "coordinator",
    "deviations": "coordinator",
    "evaluate": "evaluator",
    "facilitate": "facilitator",
    "files": "evaluator",
    "feedback": "evaluator",
    "keys": "evaluator",
    "pooled": "evaluator",
    "author": "author",
    "translate": "author",
    "approving": "approver",
    "look": "author",
    "look.style": "everyone",
    "admin": "admin",
    "chain": "admin",
    "control": "controller",
    "operation": "everyone",
    "operation.status": "admin",
    "api-docs": "everyone",
    "api": "program",
}
"""Endpoint, or its blueprint -> who may use it. A new view stands here before it passes."""

THE_SAME = {
    "kind": "csv",
    "lock": "brod",
    "question": "q_bra",
    "view": "perioder",
    "language": "en",
    "version": "1",
    "year": "2026",
}
THE_SAME |= {"draft_id": "ingen"}  # authors and those who approve: `test_authoring_pages`, `test_form_languages`
OWN = {"association": HOME, "team": "norr", "form_id": "tiny", "period": "2026-Q3", **THE_SAME}
FOREIGN = {"association": AWAY, "team": "fjarran", "form_id": "tiny", "period": "2026-Q3", **THE_SAME}
UNKNOWN = {"association": "ingen", "team": "ingen", "form_id": "tiny", "period": "2026-Q3", **THE_SAME}
WORKERS = {
    "ada": "admin",
    "kim": "coordinator",
    "kaj": "coordinator",
    "eva": "evaluator",
    "eve": "evaluator",
    "fia": "facilitator",
}


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Both associations have had answers released and cases counted, so that there is something to see."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 32, words="Bra bemötande")
    answered(world, world.away, 20)
    with world.installation.writing() as db:
        for form in shipped():
            publish(db, form)
        add_codes(db, [Told("2026-08-01", team=team, said={}) for team in ("norr", "fjarran")])
        for slug in (HOME, AWAY):
            told_of = Report(slug, slug, int(THE_SAME["year"]), "2027-02-01", ()).to_json()
            db.execute(insert(year_shown).values(association=slug, year=int(THE_SAME["year"]), contents=told_of))
    world.release()
    close_due(world.installation, noon("2026-10-01"))
    return world


def allowed(rule: Rule) -> str:
    return MAY_USE.get(rule.endpoint) or MAY_USE[rule.endpoint.split(".")[0]]


def objects(world: World, which: dict[str, str], opened: str, account: str) -> dict[str, str]:
    return which | {"round_id": opened, "account_id": account, "poll_id": ended_poll(world, which["association"])}


def records(world: World, team: str) -> dict[str, str]:
    """A meeting and a deviation of the team, new each time: some addresses remove them."""
    if team not in ("norr", "fjarran"):
        return {"meeting_id": "ingen", "deviation_id": "ingen"}
    return {
        "meeting_id": meeting(world.installation, team=team).id,
        "deviation_id": told(world.installation, team=team).id,
    }


def ended_poll(world: World, association: str) -> str:
    """A poll that the association has held: both its facilitator and its evaluator see what it came to."""
    if association not in (HOME, AWAY):
        return "ingen"
    with world.installation.writing() as db:
        publish(db, short_form())
        held = start(db, world.installation, association, None, short_form()).id
    end(world.installation, held)
    return held


def evaluators_own(world: World, association: str) -> dict[str, str]:
    """What an evaluator of the association has made, new each time: some addresses remove it."""
    who = {HOME: "eva", AWAY: "eve"}.get(association)
    if who is None:
        return {"saved_id": "ingen", "job_id": "ingen", "key_id": "ingen"}
    own = Own(world.accounts[who], association, "tiny")
    with world.installation.writing() as db:
        for one in saved.choices(db, own):
            saved.remove(db, own, one)
        saved.save(db, own, "Kvartalet", saved.NEWEST, "csv")
        kept = saved.choices(db, own)[0].id
        for key in tokens.held_by(db, own.account, sessions.now()):
            tokens.withdraw(db, key.id)
        tokens.make(db, world.installation.secrets, own.account, "Rapporten", ["figures"], 30, sessions.now())
        key_id = tokens.held_by(db, own.account, sessions.now())[0].id
    folder = world.installation.settings.instance / "files"
    order = making.Order(own.account, Selection(association, "tiny"), "csv")
    job = making.wait(folder, making.ask(folder, order, lambda out: out.write(b"x")), 20)
    return {"saved_id": kept, "job_id": job.id, "key_id": key_id}


def addresses(world: World, named: dict[str, str]) -> Iterator[tuple[Rule, str, str]]:
    """Every staff address with its method, naming these objects."""
    adapter = world.app.url_map.bind("localhost")
    for rule in world.app.url_map.iter_rules():
        if allowed(rule) in ("everyone", "doorstep", "program"):  # programs: `test_api`
            continue
        if "case_id" in rule.arguments:  # `test_policy_cases`
            continue
        mine = evaluators_own(world, named["association"]) if rule.arguments & {"saved_id", "job_id", "key_id"} else {}
        if rule.arguments & {"meeting_id", "deviation_id"}:
            mine |= records(world, named["team"])
        path = adapter.build(rule.endpoint, {name: (named | mine)[name] for name in rule.arguments})
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, path


def status(world: World, worker: str | None, method: str, path: str) -> int:
    browser = world.visit(worker)
    return (browser.get(path) if method == "GET" else browser.post(path)).status_code


def test_every_address_stands_in_the_table_of_who_may_use_it(world: World) -> None:
    ends = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert {end for end in ends if end not in MAY_USE and end.split(".")[0] not in MAY_USE} == set()


def test_a_stranger_is_sent_to_sign_in_from_every_staff_page(world: World) -> None:
    named = objects(world, OWN, world.home.round.id, world.accounts["eva"])
    wrong = []
    for _rule, method, path in addresses(world, named):
        answer = world.visit().get(path) if method == "GET" else world.visit().post(path)
        sent = answer.status_code, (answer.location or "").split("?")[0]
        if sent not in ((303, "/personal/logga-in"), (307, "/personal/logga-in/igen")):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("worker", WORKERS)
def test_nobody_gets_past_their_role_or_to_others_objects(world: World, worker: str) -> None:
    role = WORKERS[worker]
    away = worker in ("kaj", "eve")
    own, foreign = (FOREIGN, OWN) if away else (OWN, FOREIGN)
    mine, theirs = (world.away, world.home) if away else (world.home, world.away)
    tried = [(objects(world, own, mine.round.id, world.accounts["eva"]), True)]
    if role != "admin":  # to whom nothing is foreign
        tried.append((objects(world, foreign, theirs.round.id, world.accounts["eva"]), False))
    tried.append((objects(world, UNKNOWN, "ingen", "ingen"), False))
    wrong = []
    for named, is_own in tried:
        for rule, method, path in addresses(world, named):
            needed = allowed(rule)
            lets_in = needed == "staff" or (needed == role and (is_own or not rule.arguments & OWNERS.keys()))
            got = status(world, worker, method, path)
            if (got in (200, 204, 302, 303, 422)) != lets_in or (not lets_in and got != 404):
                wrong.append((method, path, got))
    assert wrong == []


def test_control_without_the_check_of_objects_others_are_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/personal/omgang/{world.away.round.id}"
    assert world.visit("kim").get(path).status_code == 404
    monkeypatch.setattr(gate, "authorise", lambda *_what: None)
    assert world.visit("kim").get(path).status_code == 200, "the test would not notice a missing check"


def test_an_evaluator_does_not_reach_another_associations_team_through_the_own(world: World) -> None:
    eva = world.visit("eva")
    assert eva.get(f"/personal/utvardering/{HOME}/tiny/2026-Q3/team/norr").status_code == 200
    assert eva.get(f"/personal/utvardering/{HOME}/tiny/2026-Q3/team/fjarran").status_code == 404


def test_a_refused_post_changes_nothing(world: World) -> None:
    path = f"/personal/omgang/{world.away.round.id}"
    kim = world.visit("kim")
    for deed in ("avsluta", "makulera", "lappar"):
        assert kim.post(f"{path}/{deed}", tickets="1").status_code == 404
    page = world.visit("kaj").get(path).text
    assert "Öppen" in page


@pytest.mark.parametrize("address", ["/personal/team/n%00rr/", "/personal/utvardering/%00/tiny/"])
def test_an_address_with_a_nul_is_unknown(installation: Installation, address: str) -> None:
    world = staffed(installation)
    assert [world.visit(name).get(address).status_code for name in ("kim", "eva", "ada")] == [404, 404, 404]


def test_the_application_does_not_start_with_an_undeclared_view() -> None:
    app = Flask("undeclared")
    app.add_url_rule("/", view_func=lambda: "open to whom?")
    with pytest.raises(Undeclared):
        check_policies(app)


def test_the_application_does_not_start_with_an_object_nobody_owns() -> None:
    for declare in (needs("admin"), signed_in):
        app = Flask("loose")
        app.add_url_rule("/<case>", "page", declare(lambda case: case))
        with pytest.raises(Undeclared):
            check_policies(app)


def test_control_the_same_views_declared_start() -> None:
    app = Flask("declared")
    app.add_url_rule("/<team>", "page", needs("admin")(lambda team: team))
    app.add_url_rule("/<whatever>", "open", public(lambda whatever: whatever))
    check_policies(app)
    assert not NOBODYS & OWNERS.keys()
