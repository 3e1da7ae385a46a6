"""The round as its pages name it. Looked up once a minute, not at every page: names do not change while one answers."""

import time
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Connection

from survey import rounds, teams
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
    team = teams.find_team(db, found.team)
    return Place(found, teams.find_association(db, found.association).name, team.name, team.phone)
