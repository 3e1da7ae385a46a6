"""The round as its pages name it. Looked up once a minute, not at every page: names do not change while one answers."""

import time
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Connection

from exports import feedback
from forms.placeholders import values
from pages.language import root
from survey import rounds, teams
from survey.look import look_of
from survey.model import Round

MEMORY = 60.0
"""Seconds. Whether the round still takes answers is never remembered: `box.send` asks the database."""


@dataclass(frozen=True)
class Place:
    """A round with the names around it."""

    round: Round
    association: str
    team: str
    phone: str
    show: int
    """How many must have answered before figures are shown."""
    tells: bool
    """Whether the association tells everyone what participants have said and what came of it."""
    look: str = ""
    """Edition of the association's own style sheet, or ""."""
    greeting: tuple[tuple[str, str], ...] = ()
    """The association's own words on the start page: pairs (language, text)."""
    farewell: tuple[tuple[str, str], ...] = ()
    """The same on the end page."""

    @property
    def sheet(self) -> str:
        """Where the association's own style sheet is; "" where it has none."""
        return f"{root()}/utseende/{self.round.association}-{self.look}.css" if self.look else ""

    def blanks(self, language: str) -> dict[str, str]:
        """What `{team}` and the like become in the form's texts."""
        return values(
            team=self.team,
            association=self.association,
            phone=self.phone,
            k=self.round.k,
            show=self.show,
            language=language,
        )


def place_of(db: Connection, round_id: str) -> Place:
    """The round and its names. Raises `NotFound`."""
    remembered: dict[str, tuple[float, Place]] = current_app.extensions.setdefault("samsvar.places", {})
    until, known = remembered.get(round_id, (0.0, None))
    now = time.monotonic()
    if known is None or until < now:
        known = _look_up(db, round_id)
        remembered[round_id] = now + MEMORY, known
    return known


def _look_up(db: Connection, round_id: str) -> Place:
    found = rounds.find_round(db, round_id)
    team, home = teams.find_team(db, found.team), teams.find_association(db, found.association)
    own = look_of(db, found.association)
    return Place(
        round=found,
        association=home.name,
        team=team.name,
        phone=team.phone,
        show=home.show,
        tells=feedback.tells(db, found.association),
        look=own.edition if own.style else "",
        greeting=tuple(own.start.items()),
        farewell=tuple(own.end.items()),
    )
