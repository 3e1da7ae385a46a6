"""The commands that decide, hold, delete and copy keys, as an operator types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from survey.installation import Installation
from tests.case_rows import Told, add, settled
from tests.scene import at
from tests.staff_scene import live_in

CLOSED = Told("2026-02-02", {"met": "2026-02-20", "closed": "2026-03-10"})


@pytest.fixture
def runner(sqlite_installation: Installation) -> FlaskCliRunner:
    """An association with a closed case and an open one, a year and three weeks later."""
    settled(sqlite_installation, "norr")
    for told in (CLOSED, Told("2026-02-02")):
        add(sqlite_installation, told)
    app = create_app(sqlite_installation.settings)
    live_in(app, at(sqlite_installation, "2027-04-01"))
    return app.test_cli_runner()


def typed(runner: FlaskCliRunner, *words: str) -> dict[str, Any]:
    result = runner.invoke(args=[*words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_a_decision_a_hold_and_a_purge(runner: FlaskCliRunner, tmp_path: Path) -> None:
    assert typed(runner, "purge")["undecided"] == [["exempel", "closed"], ["exempel", "dormant"]]
    typed(runner, "retention", "closed", "--association", "exempel", "--months", "12", "--decision", "Dnr 2026/12")
    typed(runner, "hold", "norr/A-0001", "--reason", "Dnr 2027/3")
    assert typed(runner, "purge", "--dry-run")["held"] == ["norr/A-0001"]
    assert typed(runner, "purge")["purged"] == []
    typed(runner, "hold", "norr/A-0001", "--lift")
    assert typed(runner, "keys", "backup", str(tmp_path))["keys"] == 2
    assert typed(runner, "purge", "--dry-run")["purged"] == ["norr/A-0001"]
    done = typed(runner, "purge")
    assert (done["purged"], done["undecided"], done["scrubbed"]) == (["norr/A-0001"], [["exempel", "dormant"]], True)
    assert typed(runner, "purge")["purged"] == []
    assert typed(runner, "keys", "backup", str(tmp_path))["keys"] == 1
    assert typed(runner, "keys", "restore", str(tmp_path))["keys"] == 0


def test_what_is_said_to_a_person_names_the_decision_and_the_next_step(runner: FlaskCliRunner) -> None:
    runner.invoke(
        args=["retention", "closed", "--association", "exempel", "--months", "12", "--decision", "Dnr 2026/12"]
    )
    said = runner.invoke(args=["purge"]).output
    assert "norr/A-0001: gallrat, Dnr 2026/12" in said
    assert "Kör keys backup" in said


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "norr/A-0009", "--reason", "Dnr 1"],
        ["hold", "norr/A-0001"],
        ["hold", "norr/A-0001", "--lift"],
        ["retention", "closed", "--association", "ingen", "--months", "12", "--decision", "Dnr 1"],
        ["retention", "closed", "--association", "exempel", "--months", "0", "--decision", "Dnr 1"],
        ["keys", "restore", "/nonexistent"],
    ],
)
def test_a_mistake_is_one_clear_line(runner: FlaskCliRunner, words: list[str]) -> None:
    result = runner.invoke(args=words)
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
