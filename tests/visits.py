"""A house to visit: an application on an installation of its own, rounds to answer, and what was sealed there.

What lies in the boxes is opened here with the keys, which only a test does: the house itself opens a box when it is
full and the period has ended (`survey.release`).
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app
from forms.library import shipped
from forms.model import Form, Stored
from pages.language import TRANSLATIONS
from survey import published, rounds, teams
from survey.installation import Installation
from survey.rounds import Opened
from survey.sealing import Opener
from survey.tables import box, sealed
from tests.respondent import Respondent, by_client

PHONE = "08-123 45 67"


@dataclass(frozen=True)
class House:
    """An installation with one team, and the pages over it."""

    installation: Installation
    translations: Path = TRANSLATIONS

    @cached_property
    def app(self) -> Flask:
        app = create_app(self.installation.settings, self.translations)
        app.testing = True
        return app

    def visitor(self) -> Respondent:
        """Someone at the pages, with a browser of their own."""
        return Respondent(by_client(self.app.test_client(use_cookies=False)))

    def open(self, form: Form, *, tickets: int = 3, link: bool = False) -> Opened:
        """A round of `form`, with slips or with an open link."""
        with self.installation.writing() as db:
            published.publish(db, form)
            if link:
                return rounds.open_round(db, self.installation, "roslagen", form, open_link=True)
            return rounds.open_round(db, self.installation, "roslagen", form, tickets=tickets, participants=tickets)

    def records(self) -> list[Mapping[str, Stored]]:
        """What lies sealed in every box, opened."""
        with self.installation.reading() as db:
            rows = db.execute(select(sealed.c.id, sealed.c.box, sealed.c.blob).join_from(sealed, box)).all()
        return [Opener(self.installation.keys.private(row.box), row.box).open(row.id, row.blob).record for row in rows]

    def record(self) -> Mapping[str, Stored]:
        """What lies sealed, when it is one."""
        (only,) = self.records()
        return only


def house_on(installation: Installation, translations: Path = TRANSLATIONS) -> House:
    """A house over an empty installation: one association with one team."""
    with installation.writing() as db:
        teams.add_association(db, "exempel", "Samordningsförbundet Exempel")
        teams.add_team(db, "roslagen", "Team Roslagen", association="exempel", controller="Kommunen", phone=PHONE)
    return House(installation, translations)


def experience() -> Form:
    """The participant questionnaire, as shipped."""
    return next(form for form in shipped() if form.id == "experience")


def experience_short() -> Form:
    """Its five questions."""
    return next(form for form in shipped() if form.id == "experience_short")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve `app` on this machine for a while; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
