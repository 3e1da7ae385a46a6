"""Whether an installation is well: what the administrator is told in words, and what a program may watch.

Looks at itself only, and at nothing about persons: dates, free room, how long something has waited.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import Connection, func, select

from survey import clock
from survey.db import newest_revision, revision_of
from survey.errors import Unavailable
from survey.installation import Installation
from survey.release import overdue_since
from survey.repair import scrub_waits
from survey.tables import association, box, outbox

Kind = Literal["database", "revision", "clock", "night", "release", "scrub", "key", "disk", "backup", "mail"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LATE = timedelta(days=2)
"""After the end of a period, since the last night's work or backup, before anyone is told: one night may fail."""
LITTLE_ROOM = 1024**3
"""Bytes. Scrubbing a SQLite file needs as much room again as it takes."""
STUCK = timedelta(hours=1)
"""For so long a notice may wait for the mail server before anyone is told."""
_LAST_BACKUP = "backup.last"


@dataclass(frozen=True)
class Trouble:
    """Something that somebody must mend, and since when or about what, where that helps."""

    kind: Kind
    since: date | None = None
    number: int | None = None
    """Bytes free for `disk`; how many for `key` and `mail`."""


def troubles(installation: Installation, now: datetime) -> tuple[Trouble, ...]:
    """Everything that is wrong now, the worst first. A database that is away hides the rest."""
    try:
        with installation.reading() as db:
            if not _current(db):
                return (Trouble("revision"),)
            found = [*_in_database(db, installation, now)]
    except Unavailable:
        return (Trouble("database"),)
    return tuple(sorted([*found, *_around(installation)], key=lambda one: KINDS.index(one.kind)))


def ready(installation: Installation) -> bool:
    """Whether the database can be read and is at the revision this code is for."""
    try:
        with installation.reading() as db:
            return _current(db)
    except Unavailable:
        return False


def note_backup(installation: Installation, now: datetime) -> None:
    """Remember that there is a backup of this moment."""
    _noted(installation).write_text(f"{now:%Y-%m-%dT%H:%M:%SZ}\n", "ascii")


def last_backup(installation: Installation) -> datetime | None:
    """When the last backup was taken; None where there is none that is known of."""
    try:
        return datetime.strptime(_noted(installation).read_text("ascii").strip(), "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=UTC
        )
    except (OSError, ValueError):
        return None


def free_room(installation: Installation) -> int:
    """Bytes free where the instance folder lies."""
    return shutil.disk_usage(installation.settings.instance).free


def _current(db: Connection) -> bool:
    return revision_of(db) == newest_revision()


def _in_database(db: Connection, installation: Installation, now: datetime) -> Iterator[Trouble]:
    today = installation.today()
    late = [since for since in overdue_since(db, today) if since + LATE < today]
    if late:
        yield Trouble("release", min(late))
    if scrub_waits(db):
        yield Trouble("scrub")
    current = db.scalars(select(box.c.id).where(box.c.state == "current"))
    if missing := sum(not installation.keys.holds(one) for one in current):
        yield Trouble("key", number=missing)
    stuck = (outbox.c.sent.is_(None), outbox.c.tries > 0, outbox.c.made < now - STUCK)
    count, oldest = db.execute(select(func.count(), func.min(outbox.c.made)).where(*stuck)).one()
    if count:
        yield Trouble("mail", oldest.date(), count)
    doubt = clock.doubt(db, today)
    if doubt and doubt.kind == "behind":
        yield Trouble("clock", doubt.known)
    if not _demonstration(db):
        yield from _beside_demonstration(db, installation, now)


def _beside_demonstration(db: Connection, installation: Installation, now: datetime) -> Iterator[Trouble]:
    """What does not matter where every answer is invented."""
    night = clock.last_night(db)
    if night is None or night + LATE < installation.today():
        yield Trouble("night", night)
    last = last_backup(installation)
    if last is None or not now - LATE <= last <= now + LATE:  # one of years to come was dated by a clock that was wrong
        yield Trouble("backup", last.date() if last else None)
    if installation.settings.today:
        yield Trouble("clock", installation.settings.today)


def _around(installation: Installation) -> Iterator[Trouble]:
    free = free_room(installation)
    if free < LITTLE_ROOM:
        yield Trouble("disk", number=free)


def _demonstration(db: Connection) -> bool:
    kinds = set(db.scalars(select(association.c.demonstration)))
    return kinds == {True}


def _noted(installation: Installation) -> Path:
    return installation.settings.instance / _LAST_BACKUP
