"""After the commit of a release, a count or a deletion, and after a crash: keys destroyed, files scrubbed, loose ends
removed.

A box, a ballot box or a poll stays in state `emptied` until its key is gone and the files are scrubbed, so the database
itself remembers what is left to do, and doing it twice does no harm.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from sqlalchemy import Connection, delete, select, union_all, update

from survey.db import BOXES, CASES, calm, exclusively, wait_for, writers_turn
from survey.errors import Unavailable
from survey.installation import Installation
from survey.keys import WrappedKeys
from survey.tables import ballot_box, box, case, poll

if TYPE_CHECKING:
    import psycopg
    from psycopg.errors import Diagnostic

_log = logging.getLogger("samsvar.repair")
_TRIES = 5
_PAUSE = 0.3
_BRIEF_MS, _USUAL_MS = 200, 2000
_BRIEF = 2.0
"""Seconds everybody may have to wait for a table that is to be written anew."""
_NUMBER = re.compile(r"\d+")


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

    @property
    def tables(self) -> list[str]:
        """The tables whose rows were deleted."""
        tables = ["sealed", "ticket"] if self.boxes else []
        tables += ["ballot"] if self.ballot_boxes or self.polls else []
        return tables + (["poll_phone", "poll_text"] if self.polls else [])

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
    if not scrub(installation, emptied.tables, whole=emptied.whole, patient=patient):
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


def scrub(installation: Installation, tables: Sequence[str], *, whole: bool = True, patient: bool = True) -> bool:
    """Rewrite the files so that rows deleted from the tables are nowhere in them. False when others are in the way.

    On SQLite the file is one for all tables; it is written anew where it is to be `whole`.
    """
    for attempt in range(_TRIES if patient else 1):
        if attempt:
            time.sleep(_PAUSE)
        try:
            with calm():
                if _scrub_once(installation, tables, whole):
                    return True
        except Unavailable:
            pass
    return False


def _remove_stray_keys(installation: Installation) -> None:
    """Remove keys of boxes and cases that never came to be, or are gone: a crash between the key and the commit."""
    _remove_strays(installation, installation.case_keys, _cases, CASES)
    _remove_strays(installation, installation.keys, _with_keys, BOXES)


def _remove_strays(
    installation: Installation, keys: WrappedKeys, known: Callable[[Connection], set[str]], turn: int
) -> None:
    """Nothing is removed where no key is of anything here: then the keys are another database's, and whoever forgot to
    say which (SAMSVAR_DATABASE_URL) would lose everything that waits there.
    """
    with installation.reading() as db:
        here = known(db)
        if not (any(map(keys.holds, here)) and keys.strays(here)):
            return
    with installation.writing() as db:
        exclusively(db, turn)  # nobody is between making a key and committing what it is for now
        for stray in keys.strays(known(db)):
            keys.destroy_file(stray)


def _cases(db: Connection) -> set[str]:
    return set(db.scalars(select(case.c.id)))


def _with_keys(db: Connection) -> set[str]:
    return set(db.scalars(union_all(select(box.c.id), select(ballot_box.c.id))))


def _scrub_once(installation: Installation, tables: Sequence[str], whole: bool) -> bool:
    if installation.engine.dialect.name == "sqlite":
        return _scrub_sqlite(installation, whole)
    return _scrub_postgresql(installation, tables)


def _scrub_sqlite(installation: Installation, whole: bool) -> bool:
    # Straight to the driver: neither statement may stand in a transaction. Brief, because answers wait meanwhile.
    with writers_turn(installation.engine):
        connection = installation.engine.raw_connection()
        try:
            db = connection.driver_connection
            assert db is not None
            db.execute(f"PRAGMA busy_timeout = {_BRIEF_MS}")
            if whole:
                db.execute("VACUUM")  # without it secure_delete has overwritten what was deleted, but for stray copies
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            db.execute(f"PRAGMA busy_timeout = {_USUAL_MS}")
            return not busy
        finally:
            connection.close()


def _scrub_postgresql(installation: Installation, tables: Sequence[str]) -> bool:
    with installation.writer.begin() as db:
        wait_for(db, _BRIEF)  # everybody waits behind whoever asks for a whole table: try first how long that takes
        db.exec_driver_sql(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN ACCESS EXCLUSIVE MODE")
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        clean = [_rewrite(db, table) for table in tables]
    return all(clean)


def _quoted(table: str) -> str:
    return f'"{table}"'


def _rewrite(db: Connection, table: str) -> bool:
    """Write the table anew, never by TRUNCATE, which would take other boxes' answers. Whether all deleted rows are out.

    Rows that somebody's older look at the database could still ask for are carried over, even where that look never
    comes to this table; only what VACUUM tells about its work says so.
    """
    connection = cast("psycopg.Connection[Any]", db.connection.driver_connection)
    told: list[str] = []

    def hear(notice: "Diagnostic") -> None:
        told.append(notice.message_detail or "")

    connection.add_notice_handler(hear)
    try:
        db.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {_quoted(table)}")
    finally:
        connection.remove_notice_handler(hear)
    # "3 dead row versions cannot be removed yet.": the first number, whatever language the server speaks.
    left = [int(number[0]) for detail in told if (number := _NUMBER.search(detail))]
    return bool(left) and not any(left)


_EMPTIED = (box, ballot_box, poll)
