"""The commands about referrals, and that the page about their settings is true."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from app import create_app
from settings import Settings
from survey.cases import wordings
from survey.cases.settings import NAMES, settings
from survey.installation import Installation
from survey.published import newest
from tests.case_office import TEAM, office

Type = Callable[..., Result]
DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def typed(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a command on an installation with a team that takes referrals."""
    office(sqlite_installation)
    for name in ("instance", "database_url", "key_dir", "kek_file", "today"):
        monkeypatch.setenv(f"SAMSVAR_{name.upper()}", str(getattr(sqlite_installation.settings, name)))
    runner = create_app(Settings.load()).test_cli_runner()
    return lambda *words: runner.invoke(args=[*words])


def test_every_setting_about_referrals_is_described() -> None:
    part = (DOCS / "settings.md").read_text("utf-8").split("## What an association and its teams decide")[1]
    rows = re.findall(r"^\| (`[^|]*`) \|", part, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} == set(NAMES)


def test_a_team_gets_its_parties_and_somebody_takes_part_for_one(
    typed: Type, sqlite_installation: Installation
) -> None:
    said = typed("case", "parties", TEAM, "af:2", "kommun", "annan_1=Rehabcentrum", "--json")
    assert json.loads(said.output) == {"team": TEAM, "parties": ["af", "kommun", "annan_1"]}
    with sqlite_installation.reading() as db:
        decided = settings(db, TEAM).form
    assert [party.name.in_("sv") for party in decided.parties] == ["Arbetsförmedlingen", "kommunen", "Rehabcentrum"]
    role = ("--role", "party", "--team", TEAM, "--party")
    assert typed("staff", "add", "bo@exempel.se", "--name", "Bo", *role, "annan_1").exit_code == 0
    refused = typed("staff", "add", "bo@exempel.se", "--name", "Bo", *role, "fk")
    assert refused.exit_code
    assert "Välj en part som teamet har" in refused.output


@pytest.mark.parametrize(
    ("parties", "says"),
    [
        (("af", "af"), "en gång"),
        (("xx",), "xx är ingen part"),
        (("annan",), "annan är ingen part"),
        (("af:x",), "ett tal"),
    ],
)
def test_parties_that_cannot_be_are_named(typed: Type, parties: tuple[str, ...], says: str) -> None:
    refused = typed("case", "parties", TEAM, *parties)
    assert refused.exit_code
    assert says in refused.output


def test_a_teams_own_setting_stands_above_the_associations_until_it_is_taken_away(
    typed: Type, sqlite_installation: Installation
) -> None:
    def holds() -> tuple[int, str, tuple[str, ...]]:
        with sqlite_installation.reading() as db:
            found = settings(db, TEAM)
        return found.form.age_to, found.phone, found.priority

    home, team = ("--association", "exempel"), ("--team", TEAM)
    assert typed("case", "settings", *home, "age_to=64", "phone=0123456", 'priority=["5"]').exit_code == 0
    assert holds() == (64, "0123456", ("5",))
    assert typed("case", "settings", *home, *team, "age_to=55").exit_code == 0
    assert holds() == (55, "0123456", ("5",))
    shown = typed("case", "settings", *home, *team, "--json")
    assert json.loads(shown.output) == {"age_to": 55}
    assert typed("case", "settings", *home, *team, "age_to=").exit_code == 0
    assert holds() == (64, "0123456", ("5",))


@pytest.mark.parametrize(
    "given",
    ["colour=teal", "age_to=200", "age_from=70", "consent_months=13", "personal_number=maybe", "self_referral=1",
     'municipalities=["9999"]', "reply_days=0", "priority=5", "phone=" + "1" * 201],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(typed: Type, given: str) -> None:
    refused = typed("case", "settings", "--association", "exempel", given)
    assert refused.exit_code
    assert refused.output.startswith("Error: ")
    assert refused.output.count("\n") == 1


def test_a_language_is_offered_once_somebody_answers_for_its_texts(
    typed: Type, sqlite_installation: Installation
) -> None:
    def offered() -> tuple[str, ...]:
        with sqlite_installation.reading() as db:
            return wordings.approved(db, newest(db, "referral"))

    assert offered() == ("sv",)
    assert typed("case", "approve", "--language", "en", "--by", "Ann Granskare").exit_code == 0
    assert offered() == ("sv", "en")
    assert "inte på so" in typed("case", "approve", "--language", "so", "--by", "Ann").output


def test_the_audit_chain_is_looked_at_and_a_fault_is_said(typed: Type, sqlite_installation: Installation) -> None:
    assert json.loads(typed("audit", "verify", "--json").output)["rows"] == 1
    with sqlite_installation.writing() as db:
        db.execute(text("DROP TRIGGER audit_update"))
        db.execute(text("UPDATE audit SET actor = 'somebody else'"))
    found = typed("audit", "verify")
    assert found.exit_code
    assert "Rad 1 är inte som den skrevs" in found.output
