"""Staff at work: two associations, people with roles in them, and a browser that is signed in as one of them."""

import re
from dataclasses import dataclass

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from app import create_app
from exports import groups
from pages.context import House
from staff import accounts, factors, sessions
from staff.member import Grant
from survey.installation import Installation
from survey.published import publish
from survey.release import release_due
from survey.rounds import Opened
from survey.tables import association, team, totp
from tests.scene import answer, at, open_for, reply, tiny

HOME, AWAY = "exempel", "annat"
GOOD = "fyra gröna koppar på en hylla"
SEED = "FYRAGRONAKOPPARPAENHYLLAFYRAGRON"
"""What the telephone of everybody here makes its codes of."""
ACCOUNTS = {
    "ada": Grant("admin"),
    "kim": Grant("coordinator", HOME, "norr"),
    "kaj": Grant("coordinator", AWAY, "fjarran"),
    "eva": Grant("evaluator", HOME),
    "eve": Grant("evaluator", AWAY),
    "fia": Grant("facilitator", HOME),
    "fay": Grant("facilitator", AWAY),
}
"""Who works where: Kim, Eva and Fia at home, Kaj, Eve and Fay in the other association, Ada for everybody."""


@dataclass
class World:
    """The application with its people, and a round in each association."""

    app: Flask
    installation: Installation
    accounts: dict[str, str]
    home: Opened
    away: Opened

    def visit(self, name: str | None = None) -> "Browser":
        """A browser, signed in as somebody or nobody: the session of somebody who has shown passphrase and second
        factor just now. Signing in by hand is tested in `test_staff_signin`; `equip` lets somebody do it."""
        browser = Browser(self.app.test_client())
        if name:
            with self.installation.writing() as db:
                browser.carry(sessions.begin(db, self.accounts[name], sessions.now()))
        return browser

    def equip(self, *names: str) -> None:
        """Let them sign in by hand, with the passphrase `GOOD` and the codes of `code`."""
        with self.installation.writing() as db:
            for name in names:
                accounts.choose(db, self.accounts[name], GOOD)
                factors.keep_seed(db, self.installation.secrets, self.accounts[name], SEED)

    def code(self, name: str) -> str:
        """The next code of somebody's telephone that has not been used."""
        with self.installation.reading() as db:
            last = db.scalar(select(totp.c.step).where(totp.c.account == self.accounts[name])) or 0
        return pyotp.TOTP(SEED).generate_otp(max(sessions.now() // factors.STEP, last + 1))

    def move_to(self, day: str) -> None:
        """Let the application's day be `day`."""
        self.installation = at(self.installation, day)
        live_in(self.app, self.installation)

    def release(self, day: str = "2026-10-01") -> None:
        """Run the nightly release as of `day`."""
        self.move_to(day)
        release_due(self.installation, groups.close)


@dataclass
class Browser:
    """A signed-in person's browser: forms carry the token of the page they stand on."""

    client: FlaskClient
    reference: str = ""

    def carry(self, reference: str) -> None:
        """Use this session's cookie."""
        self.reference = reference
        self.client.set_cookie("samsvar", reference)

    def get(self, path: str, **how: object) -> TestResponse:
        return self.client.get(path, buffered=True, **how)

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form of the page at hand."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields}, buffered=True)

    def token(self) -> str:
        if not self.reference:
            return ""
        house: House = self.client.application.extensions["samsvar"]
        return sessions.form_token(house.installation.secrets, self.reference)

    def hidden(self, path: str, name: str) -> str:
        """The value of a hidden input on the page at `path`."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.get(path).text)
        assert found, f"{path} has no hidden {name}"
        return found[1]


def live_in(app: Flask, installation: Installation) -> None:
    """Let the application use this very installation, which its fixture closes."""
    lived = House(installation.settings)
    lived.__dict__["installation"] = installation
    app.extensions["samsvar"] = lived


def staffed(installation: Installation) -> World:
    """Two associations with a team and an open round each, and one account per role."""
    with installation.writing() as db:
        for slug, name in ((HOME, "Samordningsförbundet Exempel"), (AWAY, "Förbundet Annat")):
            db.execute(insert(association).values(slug=slug, name=name))
        for slug, where in (("norr", HOME), ("syd", HOME), ("fjarran", AWAY)):
            db.execute(insert(team).values(slug=slug, association=where, name=f"Team {slug}", controller="Kommunen"))
        publish(db, tiny())
        who = {name: accounts.add(db, f"{name}@exempel.se", name.title(), given) for name, given in ACCOUNTS.items()}
    app = create_app(installation.settings)
    app.testing = True
    live_in(app, installation)
    return World(app, installation, who, open_for(installation, "norr", people=40), open_for(installation, "fjarran"))


def answered(world: World, opened: Opened, n: int, *, words: str = "") -> None:
    """The first `n` people with a slip answer, one in four negatively, each with words of their own if any."""
    for number, code in enumerate(opened.codes[:n]):
        said = f"{words} {number}" if words else ""
        reply(world.installation, opened.round, code, answer(said, q_bra="0" if number % 4 == 0 else "1"))
