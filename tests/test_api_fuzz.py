"""schemathesis asks the API whatever its description allows, and what it does not, and finds nothing to complain of.

Its engine is driven as its command line drives it, with every check and phase: examples, boundaries, random requests.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.openapi import from_url

from api import telling
from exports.contents import Contents
from exports.export import FILES
from pages.limits import Limits
from pages.pace import Pace
from staff import sessions, tokens
from tests.api_scene import OWN, PERIOD, UNKNOWN, Program, program, released
from tests.scene import SOAK
from tests.staff_scene import World
from tests.visits import served

EXAMPLES = 300 if SOAK else 8
"""Random requests to each address, right and wrong ones each."""
MOSTLY = 0.9
"""How often a random request names something there is; else it would only ever be told that there is nothing."""


CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "ignored_auth",
}
"""Those that must have been asked, whatever else a newer schemathesis has."""
told = telling.figures


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[World]:
    with released(tmp_path_factory.mktemp("api"), migrated_file) as world:
        world.app.extensions["samsvar.limits"] = Limits(programs=Pace(burst=10**9))
        yield world


@pytest.fixture(scope="module")
def eva(world: World) -> Program:
    return program(world, "eva")


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[str]:
    """Where the application is served, on this machine. In-process schemathesis 4.32 cannot check that keys are asked
    for: it hands werkzeug a setting of another library."""
    with served(world.app) as address:
        yield address


@dataclass
class Found:
    """What schemathesis did, and what it complains of."""

    faults: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)


def config(key: str, examples: int) -> SchemathesisConfig:
    """Every check; the same requests each time."""
    known: dict[str, list[Any]] = {
        **{f"path.{name}": [OWN[name], UNKNOWN[name]] for name in ("association", "team", "form_id")},
        "path.period": [PERIOD, "2026", "2019-Q1"],
        "path.kind": list(FILES),
        "path.version": [1, 2],
        "query.period": [PERIOD, "2026"],
        "query.after": [PERIOD, f"{PERIOD}/norr", ""],
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "auth": {"openapi": {"key": {"bearer": key}}},
            "generation": {"deterministic": True, "max-examples": examples, "no-shrink": True},
            "dictionaries": {name.replace(".", "-"): {"values": values} for name, values in known.items()},
            "parameters": {name: {"dictionary": name.replace(".", "-"), "probability": MOSTLY} for name in known},
        }
    )


def examine(site: str, key: str, examples: int = EXAMPLES, only: str = "") -> Found:
    """Let schemathesis loose on the application served there, with this key."""
    found = Found()
    described = from_url(f"{site}/api/openapi.json", config=config(key, examples))
    for event in from_schema(described.include(path_regex=only) if only else described).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.faults.append(repr(event))
        if isinstance(event, events.ScenarioFinished):
            for answer in event.recorder.interactions.values():
                found.answers[answer.response.status_code if answer.response else 0] += 1
            for check in (check for checks in event.recorder.checks.values() for check in checks):
                found.checks[check.name] += 1
                if check.status != Status.SUCCESS:
                    found.faults.append(f"{event.label}: {check.name}: {check.failure_info}")
    return found


def test_schemathesis_finds_nothing(site: str, eva: Program) -> None:
    found = examine(site, eva.key)
    assert found.faults == []
    assert {200, 401, 404, 405, 422} <= set(found.answers)
    assert min(found.answers[200], found.answers[422]) > 30, "it came past the door"
    assert set(found.checks) >= CHECKS


def not_named(contents: Contents) -> telling.Told:
    return {name: value for name, value in told(contents).items() if name != "grade"}


def broken(contents: Contents) -> telling.Told:
    raise ZeroDivisionError(contents)


@pytest.mark.parametrize(
    ("variant", "check"),
    [(not_named, "response_schema_conformance"), (broken, "not_a_server_error")],
    ids=["a name is missing", "our fault"],
)
def test_control_a_wrong_answer_is_found(
    world: World,
    site: str,
    eva: Program,
    monkeypatch: pytest.MonkeyPatch,
    variant: Callable[[Contents], telling.Told],
    check: str,
) -> None:
    monkeypatch.setattr(world.app, "testing", False)
    monkeypatch.setattr(telling, "figures", variant)
    found = examine(site, eva.key, 4, only="groups/{period}$")
    assert any(check in fault for fault in found.faults)


def test_control_a_door_that_lets_everybody_in_is_found(
    world: World, site: str, eva: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.installation.reading() as db:
        anybody = tokens.bearer(db, world.installation.secrets, eva.key, sessions.now())
    monkeypatch.setattr(tokens, "bearer", lambda *_given: anybody)
    found = examine(site, eva.key, 4, only="/associations$")
    assert any("ignored_auth" in fault for fault in found.faults)
