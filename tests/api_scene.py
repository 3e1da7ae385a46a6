"""A program at the door: two associations whose figures have been released, and keys to read them with."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exports import quotes
from staff import sessions, tokens
from staff.member import SCOPES
from survey.installation import set_up
from survey.periods import Period
from tests.conftest import settings_for
from tests.scene import open_for
from tests.staff_scene import AWAY, HOME, World, answered, staffed

PERIOD = "2026-Q3"
OWN = {"association": HOME, "team": "norr", "form_id": "tiny", "period": PERIOD, "kind": "program", "version": 1}
FOREIGN = OWN | {"association": AWAY, "team": "fjarran"}
UNKNOWN = OWN | {"association": "ingen", "team": "ingen"}
HOME_FORM = f"/api/v1/associations/{HOME}/forms/tiny"


@dataclass
class Program:
    """A program with a key, or with whatever else it takes for one."""

    client: FlaskClient
    key: str = ""

    def get(self, path: str, **how: Any) -> TestResponse:
        """Read an address."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.client.get(path, headers=headers | how.pop("headers", {}), buffered=True, **how)

    def read(self, path: str) -> Any:
        """What stands at an address that there is."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.get_json()


def program(world: World, name: str | None = None, *scopes: str) -> Program:
    """A program with a key of somebody's (of every scope, unless some are named), or without one."""
    client = world.app.test_client(use_cookies=False)
    if name is None:
        return Program(client)
    with world.installation.writing() as db:
        account, keys, at = world.accounts[name], world.installation.secrets, sessions.now()
        return Program(client, tokens.make(db, keys, account, "Ett program", scopes or SCOPES, 90, at))


@contextmanager
def released(folder: Path, migrated: Path) -> Iterator[World]:
    """A quarter has been released in both associations. At home the whole is shown in full, Norr coarse, and Syd, where
    six answered, not at all; quotes have been published there."""
    (folder / "instance").mkdir()
    file = shutil.copy(migrated, folder / "instance" / "samsvar.db")
    installation = set_up(settings_for(folder, f"sqlite:///{file}"))
    world = staffed(installation)
    answered(world, world.home, 32, words="Alla lyssnade")
    answered(world, open_for(installation, "syd"), 6, words="Det gick fort")
    answered(world, world.away, 20)
    world.release()
    with world.installation.writing() as db:
        for quote in quotes.waiting(db, HOME, "tiny", own_teams=()):
            quotes.approve(db, quote.id, own_teams=())
        quotes.publish(db, HOME, "tiny", Period.parse(PERIOD), world.installation.today())
    yield world
    installation.close()


def rules(app: Flask) -> list[Rule]:
    """Every address that needs a key."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]


def address(app: Flask, rule: Rule, named: dict[str, Any]) -> str:
    """The address of a rule with these objects in it."""
    return app.url_map.bind("localhost").build(rule.endpoint, {name: named[name] for name in rule.arguments})


def own_addresses(app: Flask) -> list[str]:
    """Every address of what is at home, files left out."""
    paths = [address(app, rule, OWN) for rule in rules(app) if rule.endpoint != "api.export"]
    return [*paths, f"{HOME_FORM}/groups/{PERIOD}/teams/syd"]
