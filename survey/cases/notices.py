"""Whom to tell that something waits for them: accounts, never what it is about (`survey.outbox`)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from survey import outbox
from survey.tables import role


def tell_coordinators(db: Connection, team: str, notice: str, now: datetime) -> None:
    """Put a notice in the outbox for everyone who coordinates the team."""
    _tell(db, team, notice, now, role.c.role == "coordinator")


def tell_parties(db: Connection, team: str, parties: Collection[str], notice: str, now: datetime) -> None:
    """Put a notice in the outbox for everyone who takes part in the team for one of the parties."""
    _tell(db, team, notice, now, role.c.role == "party", role.c.party.in_(parties))


def _tell(db: Connection, team: str, notice: str, now: datetime, *who: object) -> None:
    query = select(role.c.account).distinct().where(role.c.team == team, *who)  # type: ignore[arg-type]
    for account in db.scalars(query.order_by(role.c.account)).all():
        outbox.put(db, account, notice, team, now)
