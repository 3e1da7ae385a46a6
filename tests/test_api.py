"""The API: who may read what, that it shows what the pages show and no more, and that nothing brings it down."""

import errno
import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from xlsxwriter.exceptions import FileCreateError

from api import telling
from exports import groups, making
from exports.contents import Contents
from exports.export import FILES, Selection, Written
from pages import cards
from staff import sessions, tokens
from staff.member import SCOPES
from survey.errors import Unavailable
from survey.installation import Installation
from survey.rounds import open_round
from survey.tables import shown
from tests.api_scene import (
    FOREIGN,
    HOME_FORM,
    OWN,
    PERIOD,
    UNKNOWN,
    Program,
    address,
    own_addresses,
    program,
    released,
    rules,
)
from tests.scene import replies, tiny
from tests.staff_scene import AWAY, HOME, World, staffed

NEEDS = {
    "api.forms": "forms",
    "api.form": "forms",
    "api.form_version": "forms",
    "api.associations": None,
    "api.releases": "figures",
    "api.list_groups": "figures",
    "api.figures": "figures",
    "api.team_figures": "figures",
    "api.list_quotes": "quotes",
    "api.export": "exports",
}
"""Endpoint -> the scope a key needs for it. A new view stands here before it passes."""
GROUPS = f"{HOME_FORM}/groups"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[World]:
    with released(tmp_path_factory.mktemp("api"), migrated_file) as world:
        yield world


@pytest.fixture(scope="module")
def eva(world: World) -> Program:
    """A program of Eva's that may read everything she may."""
    return program(world, "eva")


@pytest.fixture(scope="module")
def stored(world: World) -> list[Contents]:
    with world.installation.reading() as db:
        return groups.stored(db, HOME, "tiny")


# Who may read what


def test_every_address_stands_in_the_table_of_what_it_needs(world: World) -> None:
    assert {rule.endpoint for rule in rules(world.app)} == set(NEEDS)


@pytest.mark.parametrize("scopes", [(), *((scope,) for scope in SCOPES)], ids=lambda scopes: "".join(scopes) or "all")
def test_a_key_reads_what_its_scopes_say_of_its_holders_own(world: World, scopes: tuple[str, ...]) -> None:
    reader = program(world, "eva", *scopes)
    wrong: list[tuple[object, ...]] = []
    for rule in rules(world.app):
        for named in (OWN, FOREIGN, UNKNOWN):
            need = NEEDS[rule.endpoint]
            may = need is None or need in (scopes or SCOPES)
            is_own = named is OWN or not {"association", "team"} & rule.arguments
            answer = reader.get(address(world.app, rule, named))
            if answer.status_code != ((200 if is_own else 404) if may else 403):
                wrong.append((rule.rule, named["association"], answer.status_code))
            if not may and (answer.get_json()["scope"], need in answer.get_json()["detail"]) != (need, True):
                wrong.append((rule.rule, "does not say which scope"))
    assert wrong == []


def test_without_a_key_or_with_none_of_ours_nothing_opens(world: World) -> None:
    for reader in (program(world), Program(world.app.test_client(), "samsvar_" + secrets.token_urlsafe(32))):
        for rule in rules(world.app):
            answer = reader.get(address(world.app, rule, OWN))
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Samsvar"')
            assert ("invalid_token" in answer.headers["WWW-Authenticate"]) == bool(reader.key)


@pytest.mark.parametrize("name", ["kim", "kaj", "ada"])
def test_a_key_of_somebody_who_evaluates_nothing_opens_nothing(world: World, name: str) -> None:
    reader = program(world, name)
    assert {reader.get(address(world.app, rule, OWN)).status_code for rule in rules(world.app)} == {401}


def test_each_reads_their_own_association_only(world: World, eva: Program) -> None:
    eve = program(world, "eve")
    assert [one["association"] for one in eva.read("/api/v1/associations")["items"]] == [HOME]
    assert [one["association"] for one in eve.read("/api/v1/associations")["items"]] == [AWAY]
    assert eve.get(f"{GROUPS}/{PERIOD}").status_code == 404
    assert eva.get(f"{GROUPS}/{PERIOD}/teams/fjarran").status_code == 404


def test_control_without_the_check_of_objects_others_are_open(
    world: World, eva: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = f"/api/v1/associations/{AWAY}/forms/tiny/groups"
    assert eva.get(foreign).status_code == 404
    monkeypatch.setattr("pages.bearer.authorise", lambda *_what: None)
    assert eva.get(foreign).status_code == 200, "the test would not notice a missing check"


def test_a_key_that_has_run_out_or_been_withdrawn_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = program(world, "eve")
    away = f"/api/v1/associations/{AWAY}/forms/tiny/groups"
    later = sessions.now() + 91 * tokens.DAY
    with monkeypatch.context() as patch:
        patch.setattr(sessions, "now", lambda: later)
        assert reader.get(away).status_code == 401
    assert reader.get(away).status_code == 200
    with world.installation.writing() as db:
        for key in tokens.held_by(db, world.accounts["eve"], sessions.now()):
            tokens.withdraw(db, key.id)
    assert reader.get(away).status_code == 401


def test_a_session_opens_no_api_and_a_key_opens_no_page(world: World) -> None:
    assert world.visit("eva").get(GROUPS).status_code == 401
    page = program(world, "eva").get(f"/personal/utvardering/{HOME}/tiny/")
    assert (page.status_code, page.location.split("?")[0]) == (303, "/personal/logga-in")


def test_over_a_plain_line_no_key_is_looked_at(world: World) -> None:
    reader = program(world, "eva")
    answer = reader.get(GROUPS, base_url="http://svar.exempel.se")
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert reader.get(GROUPS, base_url="https://svar.exempel.se").status_code == 200


# It shows what the pages show


def numbers(answer: Any) -> list[float]:
    """Every number anywhere in an answer, those inside texts left out."""
    if isinstance(answer, dict):
        return [number for value in answer.values() for number in numbers(value)]
    if isinstance(answer, list):
        return [number for value in answer for number in numbers(value)]
    return [answer] if isinstance(answer, int | float) and not isinstance(answer, bool) else []


def test_figures_are_those_that_were_stored_and_those_on_the_page(
    world: World, eva: Program, stored: list[Contents]
) -> None:
    assert {one.grade for one in stored} == {"full", "coarse", "withheld"}
    for one in stored:
        team = f"/teams/{one.team}" if one.team else ""
        told = eva.read(f"{GROUPS}/{one.period}{team}")
        with world.app.test_request_context("/"):
            page = [card for theme in cards.themes(one) for card in theme.cards]
        assert told["base"] == one.base
        assert [(q["question"], q["grade"], q["reason_words"]) for q in told["questions"]] == [
            (card.id, card.grade, card.reason) for card in page
        ]
        for question, item, card in zip(told["questions"], one.items, page, strict=True):
            assert [(a["count"], a["share"]) for a in question["answers"]] == [(c.count, c.share) for c in item.counts]
            assert [(a["count"], a["share"]) for a in question["answers"]] == [(r.count, r.share) for r in card.rows]
            assert question["positive"] == (json.loads(json.dumps(item.positive.__dict__)) if item.positive else None)
            assert (question["step"], question["step_words"] or "") == (item.step, card.words)
            assert question["mean"] == (float(item.mean) if item.mean else None)


def test_a_coarse_group_has_no_number_but_its_base_steps_and_rules(eva: Program, stored: list[Contents]) -> None:
    (coarse,) = (one for one in stored if one.grade == "coarse")
    told = eva.read(f"{GROUPS}/{coarse.period}/teams/{coarse.team}")
    steps = [question.pop("step") for question in told["questions"]]
    assert set(steps) <= {0, 1, 2, 3, 4, None}
    assert [question.pop("meaning") for question in told["questions"]] == [1] * len(steps)
    assert sorted(numbers(told)) == sorted([coarse.base, *coarse.floors.__dict__.values(), 1])  # and the form's version


def test_a_withheld_group_has_no_number_but_the_rules(eva: Program, stored: list[Contents]) -> None:
    (hidden,) = (one for one in stored if one.grade == "withheld")
    told = eva.read(f"{GROUPS}/{hidden.period}/teams/{hidden.team}")
    assert (told["base"], told["questions"], told["reason"]) == (None, [], "few")
    assert sorted(numbers(told)) == sorted([*hidden.floors.__dict__.values(), 1])
    (listed,) = (one for one in eva.read(GROUPS)["items"] if one["team"] == hidden.team)
    assert numbers(listed) == []


def test_control_a_base_that_slips_out_is_seen(eva: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = telling.figures
    monkeypatch.setattr(telling, "figures", lambda one: whole(one) | {"base": 6})
    assert 6 in numbers(eva.read(f"{GROUPS}/{PERIOD}/teams/syd"))


def test_what_no_schema_names_does_not_leave(eva: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = telling.group
    monkeypatch.setattr(telling, "group", lambda one: whole(one) | {"issued": 40, "people": 6})
    assert "people" not in eva.get(GROUPS).text


def test_nothing_tells_how_many_have_answered_since(world: World, eva: Program) -> None:
    """P8 of PRIVACY.md: byte for byte the same with 0, 1, 4 and 7 answers waiting."""
    files = [f"{HOME_FORM}/exports/{kind}" for kind in FILES]
    paths = [*own_addresses(world.app), *files]

    def seen() -> list[bytes]:
        return [eva.get(path).data for path in paths]

    with world.installation.writing() as db:
        opened = open_round(db, world.installation, "norr", tiny(), tickets=7, participants=7)
    before = seen()
    for first, last in ((0, 1), (1, 4), (4, 7)):
        replies(world.installation, opened.round, opened.codes[first:last])
        assert seen() == before


def test_control_a_change_in_what_is_stored_is_seen(world: World, eva: Program) -> None:
    before = eva.get(f"{GROUPS}/{PERIOD}").data
    with world.installation.writing() as db:
        where = (shown.c.association == HOME) & shown.c.team.is_(None)
        kept = db.execute(shown.select().where(where)).one().contents
        db.execute(update(shown).where(where).values(contents=kept.replace('"base":38', '"base":39')))
    try:
        assert eva.get(f"{GROUPS}/{PERIOD}").data != before
    finally:
        with world.installation.writing() as db:
            db.execute(update(shown).where(where).values(contents=kept))


def test_programs_that_ask_for_many_files_at_once_are_told_to_come_back(eva: Program) -> None:
    with making.bench(), making.bench():
        busy = eva.get(f"{HOME_FORM}/exports/zip")
        assert (busy.status_code, busy.mimetype) == (503, "application/problem+json")
        assert eva.get(GROUPS).status_code == 200, "what is no file is read as ever"
    assert eva.get(f"{HOME_FORM}/exports/csv").status_code == 200


def test_a_full_disk_is_told_calmly(world: World, eva: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    def write(*_given: object) -> Written:
        raise full

    def zipped(*_given: object) -> Written:
        try:
            raise full
        except OSError as fault:
            raise FileCreateError(fault)  # noqa: B904  as xlsxwriter does

    for broken in (write, zipped):
        monkeypatch.setitem(FILES, "xlsx", replace(FILES["xlsx"], write=broken))
        answer = eva.get(f"{HOME_FORM}/exports/xlsx")
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("period", [None, PERIOD])
def test_a_file_is_the_one_on_the_page(world: World, eva: Program, kind: str, period: str | None) -> None:
    answer = eva.get(f"{HOME_FORM}/exports/{kind}", query_string={"period": period} if period else {})
    page = world.visit("eva").get(f"/personal/utvardering/{HOME}/tiny/{period + '/' if period else ''}hamta/{kind}")
    assert page.status_code == 200
    assert answer.data == page.data
    assert answer.headers["Content-Disposition"] == page.headers["Content-Disposition"]
    for one in (answer, page):
        assert one.headers["Cache-Control"] == "no-store"
        assert one.expires is None or one.expires <= datetime.now(UTC), "nor is it kept by an old proxy"
    assert (answer.mimetype, answer.content_length) == (FILES[kind].mimetype, len(page.data))
    written = BytesIO()
    with world.installation.reading() as db:
        FILES[kind].write(db, Selection(HOME, "tiny", period), written)
    assert answer.data == written.getvalue()


def test_releases_are_the_periods_with_their_grades(eva: Program) -> None:
    (only,) = eva.read(f"{HOME_FORM}/releases")["items"]
    assert only == {
        "period": PERIOD,
        "period_words": "kvartal 3 2026",
        "grade": "full",
        "grade_words": "full",
        "reason": "",
        "reason_words": "",
        "released_on": "2026-10-01",
        "quotes_published_on": "2026-10-01",
    }


def test_quotes_are_those_published_and_tell_no_team(eva: Program) -> None:
    items = eva.read(f"{HOME_FORM}/quotes?limit=100")["items"]
    assert len(items) == 38
    assert {one["quote"] for one in items} == {f"Alla lyssnade {n}" for n in range(32)} | {
        f"Det gick fort {n}" for n in range(6)
    }
    assert {*items[0]} == {"period", "published_on", "question", "text", "theme", "quote"}


def test_quotes_that_are_still_being_read_do_not_leave(world: World) -> None:
    eve = program(world, "eve")
    assert eve.read(f"/api/v1/associations/{AWAY}/forms/tiny/quotes")["items"] == []


def test_a_form_is_told_whole_as_its_file(eva: Program) -> None:
    (listed,) = eva.read("/api/v1/forms")["items"]
    assert listed == eva.read("/api/v1/forms/tiny")
    whole = eva.read("/api/v1/forms/tiny/versions/1")
    assert whole["fingerprint"] == tiny().fingerprint == listed["versions"][0]["fingerprint"]
    assert whole["definition"]["pages"][0]["questions"][0]["id"] == "q_bra"


# Long lists


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
@pytest.mark.parametrize("what", ["groups", "quotes"])
def test_a_list_read_in_parts_is_the_whole_list(eva: Program, what: str, limit: int) -> None:
    whole = eva.read(f"{HOME_FORM}/{what}?limit=100")
    assert whole["next"] is None
    read: list[Any] = []
    after: str | None = ""
    while after is not None:
        part = eva.read(f"{HOME_FORM}/{what}?limit={limit}&after={after}")
        assert len(part["items"]) <= limit
        read, after = read + part["items"], part["next"]
    assert read == whole["items"]
    assert len(read) == (3 if what == "groups" else 38)


def test_a_list_goes_on_only_from_a_place_in_it(eva: Program) -> None:
    assert eva.get(f"{GROUPS}?after=2019-Q1").status_code == 404


def test_a_list_of_one_period_holds_no_other(eva: Program) -> None:
    assert {one["period"] for one in eva.read(f"{GROUPS}?period={PERIOD}")["items"]} == {PERIOD}
    assert eva.get(f"{GROUPS}?period=2025").status_code == 404
    assert eva.get(f"{HOME_FORM}/quotes?period=2025").status_code == 404
    assert eva.get(f"{HOME_FORM}/exports/csv?period=2025").status_code == 404


# What does not work is told


@pytest.mark.parametrize(
    ("asked", "parameter", "said"),
    [
        ("limit=0", "limit", "Skriv ett heltal från 1 till 100."),
        ("limit=101", "limit", "Skriv ett heltal från 1 till 100."),
        ("limit=1_0", "limit", "Skriv ett heltal från 1 till 100."),
        ("limit=٣", "limit", "Skriv ett heltal från 1 till 100."),
        ("period=vinter", "period", "Skriv en period som 2026-Q3, 2026-09 eller 2026."),
        ("perid=2026-Q3", "perid", "Parametern finns inte."),
    ],
)
def test_a_parameter_that_is_wrong_is_named(eva: Program, asked: str, parameter: str, said: str) -> None:
    answer = eva.get(f"{GROUPS}?{asked}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["errors"] == {parameter: [said]}


@pytest.mark.parametrize("path", ["/api/v1/associations", GROUPS, "/api/v1/forms/tiny/versions/1", "/api/openapi.json"])
def test_nothing_can_be_sent_and_what_can_is_said(world: World, eva: Program, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = eva.client.open(path, method=method, headers={"Authorization": f"Bearer {eva.key}"})
        assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
        assert {"GET", "HEAD"} <= {one.strip() for one in answer.headers["Allow"].split(",")}


def test_a_reader_who_cannot_read_json_is_told_so(eva: Program) -> None:
    for accept, status in (("text/html", 406), ("application/*", 200), ("text/html, */*;q=0.1", 200), ("", 200)):
        assert eva.get(GROUPS, headers={"Accept": accept}).status_code == status
    file = f"{HOME_FORM}/exports/csv"
    assert eva.get(file, headers={"Accept": "text/csv"}).status_code == 200
    assert eva.get(file, headers={"Accept": "application/json"}).status_code == 406


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("", "sv", "Finns inte"),
        ("en", "en", "Not found"),
        ("de, en-GB;q=0.5", "en", "Not found"),
        ("de", "sv", "Finns inte"),
        (";;;=q,\x7f", "sv", "Finns inte"),
    ],
)
def test_a_problem_is_told_in_the_language_asked_for(world: World, asked: str, language: str, title: str) -> None:
    answer = program(world).get("/api/v1/ingenstans", headers={"Accept-Language": asked})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.headers["Content-Language"] == language
    assert answer.get_json() | {"detail": ""} == {"type": "about:blank", "title": title, "status": 404, "detail": ""}


def test_words_beside_figures_follow_the_language(eva: Program) -> None:
    path = f"{GROUPS}/{PERIOD}/teams/syd"
    assert eva.read(path)["grade_words"] == "visas inte"
    assert eva.get(path, headers={"Accept-Language": "en"}).get_json()["grade_words"] == "not shown"
    assert eva.read(f"/en{path}")["grade_words"] == "not shown"


@pytest.mark.parametrize("fault", [RuntimeError("hemligt"), Unavailable()])
def test_a_fault_of_ours_is_told_without_what_was_sent(
    world: World,
    eva: Program,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    def fail(*_given: object, **_more: object) -> None:
        raise fault

    monkeypatch.setattr(groups, "each", fail)
    monkeypatch.setattr(world.app, "testing", False)
    with caplog.at_level(logging.DEBUG):
        answer = eva.get(GROUPS)
    assert (answer.status_code, answer.mimetype) == (
        503 if isinstance(fault, Unavailable) else 500,
        "application/problem+json",
    )
    assert "hemligt" not in answer.text + caplog.text
    assert eva.key not in answer.text + caplog.text


def test_every_answer_is_kept_by_nobody_sets_no_cookie_and_is_for_no_other_site(world: World, eva: Program) -> None:
    for path in (*own_addresses(world.app), "/api/v1/ingenstans", f"{HOME_FORM}/exports/csv"):
        for reader in (eva, program(world)):
            answer = reader.get(path, headers={"Origin": "https://annan.exempel.se"})
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers
            assert not any(name.lower().startswith("access-control") for name in answer.headers.keys())  # noqa: SIM118


def test_the_description_is_open_and_nothing_draws_it(world: World) -> None:
    anyone = program(world)
    told = anyone.read("/api/openapi.json")
    assert told["openapi"].startswith("3.1")
    assert len(told["paths"]) == len(NEEDS)
    assert all(list(path) in (["get"], ["get", "parameters"]) for path in told["paths"].values())
    assert all(path["get"]["security"] for path in told["paths"].values())
    for path in ("/api", "/api/", "/api/docs", "/api/swagger-ui", "/api/redoc"):
        assert anyone.get(path).status_code == 404


# Hostile readers

HOSTILE = {
    "nul": "Bearer samsvar_\x00",
    "megabyte": "Bearer " + "x" * 1_000_000,
    "not ascii": "Bearer samsvar_åäö",
    "latin-1": "Bearer \xff\xfe",
    "basic": "Basic ZXZhOmtvcHBhcg==",
    "broken basic": "Basic %%%",
    "digest": 'Digest username="eva", realm="x", nonce="", uri="/", response=""',
    "no scheme": "samsvar_abc",
    "only a scheme": "Bearer",
    "blank": "Bearer    ",
    "blanks": "   ",
    "parameters": 'Bearer realm="x", a=b',
    "sql": "Bearer ' OR '1'='1",
    "formula": "Bearer =1+1",
}


@pytest.mark.parametrize("given", HOSTILE.values(), ids=HOSTILE)
def test_whatever_stands_for_a_key_is_refused_calmly(
    world: World, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.app.testing, was = False, world.app.testing
    try:
        with caplog.at_level(logging.DEBUG):
            answer = program(world).get(GROUPS, headers={"Authorization": given})
    finally:
        world.app.testing = was
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert caplog.text == ""


@pytest.mark.parametrize("odd", ["\x00", "%00", "..", "a" * 5000, "å\u202e", "'; --", "{{7*7}}", "%ff%fe", "-1"])
@pytest.mark.parametrize("name", ["association", "team", "form_id", "period", "kind"])
def test_odd_names_in_addresses_are_unknown(world: World, eva: Program, name: str, odd: str) -> None:
    for rule in rules(world.app):
        if name in rule.arguments:
            answer = eva.get(address(world.app, rule, OWN | {name: odd}))
            assert answer.status_code in (308, 404), rule.rule


def test_an_address_with_a_nul_is_unknown_to_either_database(installation: Installation) -> None:
    world = staffed(installation)
    reader = program(world, "eva")
    for rule in rules(world.app):
        for name in rule.arguments - {"version"}:
            assert reader.get(address(world.app, rule, OWN | {name: "n\x00rr"})).status_code == 404


@pytest.mark.parametrize("version", ["0", "-1", "99999", "100000", "1" * 40, "1.0", "٣", "%00"])
def test_odd_versions_are_unknown(eva: Program, version: str) -> None:
    assert eva.get(f"/api/v1/forms/tiny/versions/{version}").status_code == 404


def test_the_scheme_may_be_written_in_any_case(eva: Program) -> None:
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert eva.client.get(GROUPS, headers={"Authorization": f"{scheme} {eva.key}"}).status_code == 200


def test_a_key_in_the_address_is_no_key(world: World, eva: Program) -> None:
    assert program(world).get(f"{GROUPS}?access_token={eva.key}").status_code == 401
