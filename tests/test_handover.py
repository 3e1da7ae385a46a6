"""All of one case for the person or an archive: on paper and as a file, and told in the audit chain each time."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select

from forms.library import shipped_form
from survey.installation import Installation
from survey.tables import audit, document
from tests.case_scene import plan, with_a_case
from tests.staff_scene import World, staffed


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return staffed(sqlite_installation)


@pytest.fixture
def case_id(world: World) -> str:
    """A case that has come as far as a plan."""
    found = with_a_case(world, an_tel="070-174 06 05", an_viktigt="Att få sova om nätterna")
    plan(world, found)
    return found


def packed(world: World, case_id: str) -> dict[str, Any]:
    got = world.visit("kim").get(f"/personal/arende/{case_id}/overlamning/fil")
    assert got.status_code == 200
    assert "filename=samsvar-norr-A-0001.json" in got.headers["Content-Disposition"]
    found: dict[str, Any] = json.loads(got.data)
    return found


def test_the_file_holds_every_version_of_every_document(world: World, case_id: str) -> None:
    told = packed(world, case_id)
    with world.installation.reading() as db:
        stored = db.execute(select(document.c.kind, document.c.version)).all()
    assert sorted((one["kind"], one["version"]) for one in told["documents"]) == sorted(map(tuple, stored))
    assert {"referral", "booking", "plan"} <= {one["kind"] for one in told["documents"]}


def test_an_answer_stands_with_its_question_and_needs_nothing_else(world: World, case_id: str) -> None:
    (referral,) = (one for one in packed(world, case_id)["documents"] if one["kind"] == "referral")
    said = {one["id"]: one for one in referral["in_words"]}
    assert said["an_viktigt"]["answer"] == ["Att få sova om nätterna"]
    assert "viktigast" in said["an_viktigt"]["question"]
    assert set(said) == set(referral["answers"])
    assert referral["answers"]["an_tel"] == "070-174 06 05"
    assert (referral["form"]["id"], referral["form"]["version"]) == ("referral", shipped_form("referral").version)


def test_every_consent_stands_with_the_text_it_hashes_to(world: World, case_id: str) -> None:
    told = packed(world, case_id)
    spoken = [one for one in told["consents"] if one["wording_sha256"]]
    assert {one["party"] for one in spoken} >= {"af", "fk", "kommun", "region"}
    assert {one["kind"] for one in spoken} == {"given", "limited", "refused"}
    for one in spoken:
        assert hashlib.sha256(one["wording"].encode()).hexdigest() == one["wording_sha256"]


def test_the_page_holds_the_same_and_prints(world: World, case_id: str) -> None:
    page = world.visit("kim").get(f"/personal/arende/{case_id}/overlamning").text
    for words in (
        "Att få sova om nätterna",
        "A-0001",
        "Prova på en handelsträdgård",
        "Disa Påhittad",
        "Anmälan kom in",
    ):
        assert words in page
    assert "198507099805" not in page
    assert "850709-9805" not in page
    assert (
        f'href="/personal/arende/{case_id}/overlamning"' in world.visit("kim").get(f"/personal/arende/{case_id}").text
    )


def test_in_english_too(world: World, case_id: str) -> None:
    assert "Everything in the case" in world.visit("kim").get(f"/en/personal/arende/{case_id}/overlamning").text


def test_each_time_is_a_row_of_the_audit_chain(world: World, case_id: str) -> None:
    packed(world, case_id)
    world.visit("kim").get(f"/personal/arende/{case_id}/overlamning")
    with world.installation.reading() as db:
        rows = db.scalars(select(audit.c.actor).where(audit.c.case == case_id, audit.c.action == "packaged"))
        assert list(rows) == [world.accounts["kim"]] * 2


@pytest.mark.parametrize("who", ["kaj", "eva", "ada", "fia", None])
def test_nobody_but_the_teams_coordinator_takes_it(world: World, case_id: str, who: str | None) -> None:
    for path in ("overlamning", "overlamning/fil"):
        got = world.visit(who).get(f"/personal/arende/{case_id}/{path}")
        assert got.status_code in (303, 404)
        assert "sova" not in got.text
