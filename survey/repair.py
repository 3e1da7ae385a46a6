"""After a release's commit, and after a crash anywhere: keys destroyed, files scrubbed, loose ends removed.

A box stays in state `emptied` until its key is gone and the files are scrubbed, so the database itself remembers what
is left to do, and doing it twice does no harm.
"""

import logging
import time

from sqlalchemy import Connection, delete, exists, select

from survey.db import calm, exclusively, writers_turn
from survey.errors import Unavailable
from survey.installation import Installation
from survey.tables import box

_log = logging.getLogger("samsvar.repair")
_TRIES = 5
_PAUSE = 0.3
_BRIEF_MS, _USUAL_MS = 200, 2000


def repair(installation: Installation) -> bool:
    """Finish whatever a release or a crash left unfinished; run at every start and around every release.

    False when scrubbing has to wait (someone is reading); it is tried again next time and blocks nothing.
    """
    _remove_stray_keys(installation)
    with installation.reading() as db:
        emptied = list(db.scalars(select(box.c.id).where(box.c.state == "emptied")))
    for identity in emptied:
        installation.keys.destroy(identity)
    if not emptied:
        return True
    if not _scrub(installation):
        _log.warning("Deleted rows are not scrubbed yet: the database was in use. Tried again at the next release.")
        return False
    with installation.writing() as db:
        db.execute(delete(box).where(box.c.id.in_(emptied)))
    return True


def scrub_waits(db: Connection) -> bool:
    """Whether a scrub remains to be done, for the status page."""
    return bool(db.scalar(select(exists().where(box.c.state == "emptied"))))


def _remove_stray_keys(installation: Installation) -> None:
    """Remove keys of boxes that never came to be: a crash between the key and the commit.

    Nothing is removed where no key is of a box here: then the keys are another database's, and whoever forgot to say
    which (SAMSVAR_DATABASE_URL) would lose every answer that waits there.
    """
    with installation.reading() as db:
        here = set(db.scalars(select(box.c.id)))
        if not (any(map(installation.keys.holds, here)) and installation.keys.strays(here)):
            return
    with installation.writing() as db:
        exclusively(db)  # nobody is between making a key and committing its box now
        for stray in installation.keys.strays(set(db.scalars(select(box.c.id)))):
            installation.keys.destroy_file(stray)


def _scrub(installation: Installation) -> bool:
    """Rewrite the files so that deleted rows are nowhere in them. False when others are in the way."""
    scrub_once = _scrub_sqlite if installation.engine.dialect.name == "sqlite" else _scrub_postgresql
    for _attempt in range(_TRIES):
        try:
            with calm():
                if scrub_once(installation):
                    return True
        except Unavailable:
            pass
        time.sleep(_PAUSE)
    return False


def _scrub_sqlite(installation: Installation) -> bool:
    # Straight to the driver: neither statement may stand in a transaction. Brief, because answers wait meanwhile.
    with writers_turn(installation.engine):
        connection = installation.engine.raw_connection()
        try:
            db = connection.driver_connection
            assert db is not None
            db.execute(f"PRAGMA busy_timeout = {_BRIEF_MS}")
            db.execute("VACUUM")
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            db.execute(f"PRAGMA busy_timeout = {_USUAL_MS}")
            return not busy
        finally:
            connection.close()


def _scrub_postgresql(installation: Installation) -> bool:
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql(f"SET lock_timeout = {_USUAL_MS}")
        # VACUUM FULL writes the tables anew. Never TRUNCATE, which would take other boxes' answers.
        db.exec_driver_sql("VACUUM FULL sealed")
        db.exec_driver_sql("VACUUM FULL ticket")
        db.exec_driver_sql("RESET lock_timeout")
    return True
