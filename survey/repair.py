"""After the commit of a release or a count, and after a crash: keys destroyed, files scrubbed, loose ends removed.

A box, a ballot box or a poll stays in state `emptied` until its key is gone and the files are scrubbed, so the database
itself remembers what is left to do, and doing it twice does no harm.
"""

import logging
import time
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, delete, select, union_all, update

from survey.db import calm, exclusively, writers_turn
from survey.errors import Unavailable
from survey.installation import Installation
from survey.tables import ballot_box, box, poll

_log = logging.getLogger("samsvar.repair")
_TRIES = 5
_PAUSE = 0.3
_BRIEF_MS, _USUAL_MS = 200, 2000


@dataclass(frozen=True)
class _Emptied:
    """What has been emptied and is still to be scrubbed, by id."""

    boxes: list[str]
    ballot_boxes: list[str]
    polls: list[str]

    @classmethod
    def now(cls, db: Connection) -> Self:
        return cls(*(list(db.scalars(select(table.c.id).where(table.c.state == "emptied"))) for table in _EMPTIED))

    @property
    def whole(self) -> bool:
        """Whether the files are written anew: not for ballots alone, while a room waits for the next question."""
        return bool(self.boxes or self.polls)

    def __bool__(self) -> bool:
        return bool(self.boxes or self.ballot_boxes or self.polls)


def repair(installation: Installation) -> bool:
    """Finish whatever a release, a count or a crash left unfinished; run at every start and around every release.

    False when scrubbing has to wait (someone is reading); it is tried again next time and blocks nothing.
    """
    _remove_stray_keys(installation)
    return finish(installation)


def finish(installation: Installation, *, patient: bool = True) -> bool:
    """Destroy the keys of what has been emptied, scrub the files, and only then forget it.

    Somebody who waits for a page is not `patient`: what cannot be scrubbed at once is left for the next time.
    """
    with installation.reading() as db:
        emptied = _Emptied.now(db)
    for identity in (*emptied.boxes, *emptied.ballot_boxes):
        installation.keys.destroy(identity)
    if not emptied:
        return True
    if not _scrub(installation, emptied, _TRIES if patient else 1):
        _log.warning("Deleted rows are not scrubbed yet: the database was in use. Tried again at the next release.")
        return False
    with installation.writing() as db:
        db.execute(delete(box).where(box.c.id.in_(emptied.boxes)))
        db.execute(delete(ballot_box).where(ballot_box.c.id.in_(emptied.ballot_boxes)))
        db.execute(update(poll).where(poll.c.id.in_(emptied.polls)).values(state="ended"))
    return True


def scrub_waits(db: Connection) -> bool:
    """Whether a scrub remains to be done, for the status page."""
    return bool(_Emptied.now(db))


def _remove_stray_keys(installation: Installation) -> None:
    """Remove keys of boxes that never came to be: a crash between the key and the commit.

    Nothing is removed where no key is of a box here: then the keys are another database's, and whoever forgot to say
    which (SAMSVAR_DATABASE_URL) would lose every answer that waits there.
    """
    with installation.reading() as db:
        here = _with_keys(db)
        if not (any(map(installation.keys.holds, here)) and installation.keys.strays(here)):
            return
    with installation.writing() as db:
        exclusively(db)  # nobody is between making a key and committing its box now
        for stray in installation.keys.strays(_with_keys(db)):
            installation.keys.destroy_file(stray)


def _with_keys(db: Connection) -> set[str]:
    return set(db.scalars(union_all(select(box.c.id), select(ballot_box.c.id))))


def _scrub(installation: Installation, emptied: _Emptied, tries: int) -> bool:
    """Rewrite the files so that deleted rows are nowhere in them. False when others are in the way."""
    scrub_once = _scrub_sqlite if installation.engine.dialect.name == "sqlite" else _scrub_postgresql
    for attempt in range(tries):
        if attempt:
            time.sleep(_PAUSE)
        try:
            with calm():
                if scrub_once(installation, emptied):
                    return True
        except Unavailable:
            pass
    return False


def _scrub_sqlite(installation: Installation, emptied: _Emptied) -> bool:
    # Straight to the driver: neither statement may stand in a transaction. Brief, because answers wait meanwhile.
    with writers_turn(installation.engine):
        connection = installation.engine.raw_connection()
        try:
            db = connection.driver_connection
            assert db is not None
            db.execute(f"PRAGMA busy_timeout = {_BRIEF_MS}")
            if emptied.whole:
                db.execute("VACUUM")  # without it secure_delete has overwritten what was deleted, but for stray copies
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            db.execute(f"PRAGMA busy_timeout = {_USUAL_MS}")
            return not busy
        finally:
            connection.close()


def _scrub_postgresql(installation: Installation, emptied: _Emptied) -> bool:
    tables = ["sealed", "ticket"] if emptied.boxes else []
    tables += ["ballot"] if emptied.ballot_boxes or emptied.polls else []
    tables += ["poll_phone", "poll_text"] if emptied.polls else []
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql(f"SET lock_timeout = {_USUAL_MS}")
        for table in tables:
            # Writes the table anew. Never TRUNCATE, which would take other boxes' answers.
            db.exec_driver_sql(f"VACUUM FULL {table}")
        db.exec_driver_sql("RESET lock_timeout")
    return True


_EMPTIED = (box, ballot_box, poll)
