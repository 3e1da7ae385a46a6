"""What is reminded of at night: consents that run out, and tasks whose day has come.

Whoever they wait for gets a notice (`survey.outbox`), which says that something waits and nothing of whom; the pages
show it anyway. A consent that has run out is written down as such; it stopped counting by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from survey import audit
from survey.cases import consent, notices, tasks
from survey.cases.model import day
from survey.cases.steps import SOON
from survey.db import NIGHT
from survey.installation import Installation
from survey.tables import case

AGAIN = 7
"""After so many days, and again after as many, whoever has not done a thing is reminded of it."""
_NOTICES = {"follow_up": "follow_up", "confirm_oral": "confirm_oral"}
"""Task -> the notice that tells of it; the others share one."""


@dataclass(frozen=True)
class Reminded:
    """What a night came to: consents that ran out, consents that soon do, and tasks of which somebody was told."""

    expired: int
    expiring: int
    due: int


def remind(installation: Installation, now: datetime) -> Reminded:
    """Look at every open case. Safe to repeat on the same day: what still waits to be sent is not said twice."""
    with installation.reading() as db:
        found = db.execute(select(case.c.id, case.c.team).where(case.c.closed_on.is_(None))).all()
    expired = expiring = due = 0
    for row in found:
        with installation.writing(NIGHT) as db:
            audit.in_turn(db)  # of two hosts that remind at once the second sees what the first has put in the outbox
            expired += _write_down_expired(db, installation, row.id, now)
            ending, waiting = list(_ending(db, row.id, now)), list(_due(db, row.id, now))
            if ending:
                notices.tell_coordinators(db, row.team, "expiring", now)
            for party, notice in sorted(set(waiting)):
                if party:
                    notices.tell_parties(db, row.team, (party,), notice, now)
                else:
                    notices.tell_coordinators(db, row.team, notice, now)
        expiring += len(ending)
        due += len(waiting)
    return Reminded(expired, expiring, due)


def _write_down_expired(db: Connection, installation: Installation, case_id: str, now: datetime) -> int:
    over = [
        party
        for party, stands in consent.standings(db, case_id, now).items()
        if stands.state in ("expired", "unconfirmed") and consent.events_of(db, case_id, party)[-1].kind != "expired"
    ]
    for party in over:
        consent.expire(db, installation, case_id, party, now)
    return len(over)


def _ending(db: Connection, case_id: str, now: datetime) -> Iterator[str]:
    """The parties of whose consent the team is reminded today."""
    for party, stands in consent.standings(db, case_id, now).items():
        left = stands.days_left(day(now)) if stands.confirm_by is None else None  # else a task of its own reminds
        if left is not None and left <= SOON and (SOON - left) % AGAIN == 0:
            yield party


def _due(db: Connection, case_id: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Whose tasks are reminded of today: the party, or "" for the team, and with which notice."""
    for one in tasks.open_of(db, case_id):
        late = (day(now) - one.due).days if one.due else -1
        if late >= 0 and late % AGAIN == 0:
            yield one.party or "", _NOTICES.get(one.kind, "task")
