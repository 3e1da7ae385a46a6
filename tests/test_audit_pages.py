"""The audit chain on pages: what a controller and an administrator read there, and what neither does."""

import ast
import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from pages import audit_words
from staff.member import Grant
from survey import audit as chain
from survey import audit_reading
from survey.audit import Entry, Row
from survey.audit_reading import INSTALLATION, LEAF, Leaf, Part
from survey.installation import Installation
from survey.tables import audit
from tests.case_scene import hire, with_a_case
from tests.staff_scene import AWAY, HOME, Browser, World, staffed
from tests.test_audit import cut, without_triggers

ROOT = Path(__file__).parent.parent
SECRET = "Vem gör vad i min planering?"
"""What only this person has said."""
REFUSED = "Fick inte läsa: som Hälso- och sjukvården, samtycket var: Nej"
WHEN = datetime(2026, 8, 14, 12, tzinfo=UTC)
LOG, OWN = "/personal/granskning/norr/", "/personal/admin/logg/"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    hire(
        world,
        con=Grant("controller", HOME, "norr"),
        cora=Grant("controller", AWAY, "fjarran"),
        pia=Grant("party", HOME, "norr", "region"),
    )
    return world


def rows(page: str) -> list[tuple[str, str]]:
    """Who and what of each row of a log's page, the newest first."""
    found = re.findall(r'data-label="Vem"><a[^>]*>([^<]*)</a></td><td data-label="Vad">([^<]*)<', page)
    return [(who, what) for who, what in found]


def lines(browser: Browser, path: str) -> list[dict[str, str]]:
    """The rows of a log's file."""
    answer = browser.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=samsvar-logg")
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_a_controller_reads_who_has_read_and_changed_what_and_no_answer(world: World) -> None:
    case_id = with_a_case(world, an_fraga=SECRET)
    assert SECRET in world.visit("kim").get(f"/personal/arende/{case_id}").text, "control: there is something to leak"
    assert world.visit("pia").get(f"/personal/part/arende/{case_id}").status_code == 404
    con = world.visit("con")
    assert con.get("/personal/", follow_redirects=True).request.path == LOG, "who has one team comes straight there"
    page = con.get(LOG).text
    told = rows(page)
    assert told[:3] == [("Con", "Läste loggen"), ("Pia", REFUSED), ("Kim", "Läste: Anmälan")]
    assert ("Den som anmälde", "Antecknade ett ja: Arbetsförmedlingen") in told
    assert "A-0001" in page
    for path in (LOG, f"{LOG}fil", f"{LOG}kontroll", f"{LOG}gallrat"):
        assert SECRET not in con.get(path).text
    only = con.get(f"{LOG}?arende={case_id}").text
    assert "Bara ärende A-0001." in only
    assert ("Con", "Läste loggen") not in rows(only)


def test_whoever_reads_the_log_stands_in_it_once_a_sitting_and_each_file_every_time(world: World) -> None:
    con = world.visit("con")
    for _again in range(3):
        con.get(LOG)
    world.visit("con").get(LOG)  # signed in anew
    assert [what for _who, what in rows(con.get(LOG).text)] == ["Läste loggen"] * 2
    for _again in range(2):
        con.get(f"{LOG}fil")
    assert [what for _who, what in rows(con.get(LOG).text)] == ["Hämtade loggen som fil"] * 2 + ["Läste loggen"] * 2


def test_an_administrator_reads_of_accounts_and_nothing_of_cases(world: World) -> None:
    case_id = with_a_case(world)
    world.visit("kim").get(f"/personal/arende/{case_id}")
    ada, fay = world.visit("ada"), world.accounts["fay"]
    ada.post(f"/personal/admin/konto/{fay}/roll", grant=f"evaluator:{AWAY}")
    assert OWN in ada.get("/personal/admin/").text
    assert rows(ada.get(OWN).text) == [("Ada", "Läste loggen"), ("Ada", f"Gav en roll: Fay, Utvärderare: {AWAY}")]
    assert [one["kod"] for one in lines(ada, f"{OWN}fil")] == ["log_saved", "log_read", "role_given"]
    assert "Ingen rad stämmer" in ada.get(f"{OWN}?vad=drift").text
    assert rows(ada.get(f"{OWN}?vad=roll").text) == [("Ada", f"Gav en roll: Fay, Utvärderare: {AWAY}")]
    assert rows(ada.get(f"{OWN}?arende={case_id}").text) == [], "no address leads an administrator to a case"


@pytest.mark.parametrize("who", ["con", "cora", "ada", "kim", "eva", "fia", "pia", None])
def test_only_those_who_answer_for_it_read_a_log(world: World, who: str | None) -> None:
    browser = world.visit(who)
    there = {
        path
        for folder in (OWN, LOG, "/personal/granskning/fjarran/", "/personal/granskning/syd/")
        for path in (folder, f"{folder}fil", f"{folder}kontroll")
        if browser.get(path).status_code == 200
    }
    own = {"con": LOG, "cora": "/personal/granskning/fjarran/", "ada": OWN}.get(who or "")
    assert there == ({own, f"{own}fil", f"{own}kontroll"} if own else set())


def test_a_controller_of_several_teams_chooses_one(world: World) -> None:
    hire(world, cleo=Grant("controller", HOME, "norr"))
    hire(world, cleo=Grant("controller", HOME, "syd"))
    page = world.visit("cleo").get("/personal/granskning/").text
    assert LOG in page
    assert "/personal/granskning/syd/" in page
    assert "fjarran" not in page


def test_a_log_says_whether_its_end_is_there_and_the_check_whether_all_of_it_is(world: World) -> None:
    with_a_case(world)
    con = world.visit("con")
    assert "Loggens slut stämmer med ankaret" in con.get(LOG).text
    assert re.search(r"Loggen är hel: \d+ rader", con.get(f"{LOG}kontroll").text)
    with world.installation.writing() as db:
        without_triggers(db)
        cut(db)
    assert "stämmer inte med ankaret" in con.get(LOG).text
    assert "Loggen är avklippt. Rad " in con.get(f"{LOG}kontroll").text


def test_keys_for_programs_and_forms_that_are_published_stand_in_the_log(world: World) -> None:
    eva = world.visit("eva")
    eva.post("/personal/nycklar/ny", name="Kalkyl", scopes="figures", days="30")
    (path,) = re.findall(r'href="(/personal/nycklar/[^"]+/ta-bort)"', eva.get("/personal/nycklar/").text)
    eva.post(path)
    told = [(what, who) for who, what in rows(world.visit("ada").get("/personal/admin/logg/").text)]
    assert told[1:3] == [
        ("Tog bort en nyckel för program", "Eva"),
        ("Gjorde en nyckel för program", "Eva"),
    ], "the newest first, after the look at the log"


@pytest.fixture
def written(installation: Installation) -> Installation:
    """A chain of two teams and the installation: some hundred rows, one in ten a consent, written in two minutes, of
    which the clock took one twice."""
    with installation.writing() as db:
        for number in range(360):
            action = "consent_given" if number % 10 == 0 else "read"
            entry = Entry(f"a{number % 7}", action, ("norr", "syd", INSTALLATION)[number % 3], f"c{number % 5}")
            chain.record(db, installation.secrets, entry, WHEN + timedelta(seconds=number % 240))
    return installation


def numbers(found: Leaf | Sequence[Row]) -> list[int]:
    return [row.number for row in (found.rows if isinstance(found, Leaf) else found)]


def expected(written: Installation, **wanted: str) -> list[int]:
    """The numbers of the rows that are so, the newest first, found without any of the code under test."""
    with written.reading() as db:
        every = db.execute(select(audit)).all()
    found = [row for row in every if all(getattr(row, name) == value for name, value in wanted.items())]
    return [row.number for row in sorted(found, key=lambda row: (row.at, row.number), reverse=True)]


def test_leaf_by_leaf_every_row_is_met_once_there_and_back(written: Installation) -> None:
    part = Part("norr")
    there: list[int] = []
    back: list[int] = []
    with written.reading() as db:
        leaf = audit_reading.leaf(db, part)
        assert (len(leaf.rows), leaf.newer) == (LEAF, None)
        while True:
            there += numbers(leaf)
            if leaf.older is None:
                break
            leaf = audit_reading.leaf(db, part, before=leaf.older)
        while True:
            back = numbers(leaf) + back
            if leaf.newer is None:
                break
            leaf = audit_reading.leaf(db, part, after=leaf.newer)
    assert there == expected(written, team="norr")
    assert list(dict.fromkeys(back)) == there


def test_time_doer_deed_and_case_choose(written: Installation) -> None:
    def found(**chosen: Any) -> list[int]:
        with written.reading() as db:
            return [number for rows in audit_reading.every(db, Part("norr", **chosen)) for number in numbers(rows)]

    assert found(actor="a3") == expected(written, team="norr", actor="a3")
    assert found(case="c2") == expected(written, team="norr", case="c2")
    assert found(actions=("consent_given",)) == expected(written, team="norr", action="consent_given")
    assert found(actions=("consent_given", "read", "purged")) == expected(written, team="norr")
    minute = found(since=WHEN, until=WHEN + timedelta(seconds=60))
    assert minute
    assert set(minute) < set(expected(written, team="norr"))
    assert found(since=WHEN + timedelta(seconds=60)) + minute == expected(written, team="norr")


def test_however_long_the_chain_is_a_leaf_is_found_by_its_index(sqlite_installation: Installation) -> None:
    """What SQLite says of its plan: no row is looked at that is not shown, and nothing is sorted."""
    below = Row(7, WHEN, Entry("a", "b"))
    for part in (Part("norr"), Part("norr", actor="a"), Part("norr", actions=("read",)), Part("norr", since=WHEN)):
        query = audit_reading._query(part, below, LEAF, older=True).compile(
            sqlite_installation.engine, compile_kwargs={"literal_binds": True}
        )
        with sqlite_installation.reading() as db:
            (plan,) = [row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
        assert re.match(r"SEARCH audit USING (COVERING )?INDEX ix_audit_team_.*at<", plan), plan


def test_odd_addresses_are_answered_calmly(installation: Installation) -> None:
    world = staffed(installation)
    hire(world, con=Grant("controller", HOME, "norr"))
    con = world.visit("con")
    odd = ("%00", "%F0%9F%98%80", "9" * 40, "-1", "0", "'; DROP TABLE audit; --", "9999-12-31", "0001-01-01", "nej")
    asked = [f"{name}={value}" for name in ("fran", "till", "vad", "vem", "arende", "fore", "efter") for value in odd]
    got = {con.get(f"{LOG}{which}?{one}").status_code for one in asked for which in ("", "fil")}
    assert got == {200, 303, 422}
    refused = con.get(f"{LOG}fil?fran=nej&vad=last")
    assert (refused.status_code, refused.location) == (303, f"{LOG}?fran=nej&vad=last"), "no file of what nobody asked"


DEEDS = {"Entry": slice(1, 5), "_told": slice(1, 5), "tell": slice(3, 4), "_begin_anew": slice(1, 2)}
"""What records a deed, and where the deed's name is given to it."""


def test_every_deed_that_is_recorded_is_said_in_words() -> None:
    """Deeds whose name is put together as the code goes are those of consents and refusals, tested above."""
    recorded = set()
    for room in ("survey", "staff", "pages", "commands"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                called = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2]
                if isinstance(node, ast.Call) and called in DEEDS:
                    given = (arg.value for arg in node.args[DEEDS[called]] if isinstance(arg, ast.Constant))
                    recorded |= {value for value in given if value != "command"}
    known = audit_words.OF_TEAM.keys() | audit_words.OF_INSTALLATION.keys()
    assert len(recorded) > 15
    assert recorded - known == set()
    for kinds in (audit_words.KINDS_OF_TEAM, audit_words.KINDS_OF_INSTALLATION):
        assert {action for _label, actions in kinds.values() for action in actions} <= known
