"""The engine and how it is spoken to: pragmas, JSON, transactions, its pool, the orderly queue of writers.

No rule about surveys lives here. SQLite is the default and PostgreSQL comes by URL; both run the same tests.
"""

import fcntl
import os
import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from survey.errors import NotFound, Unavailable

if TYPE_CHECKING:
    import psycopg
    from alembic.config import Config

PATIENCE = 5.0
"""Seconds a writer waits for its turn before the person gets the calm page."""
NIGHT = 900.0
"""Seconds scheduled work waits: another host may be doing the same."""
BOXES, CASES = 20260701, 20260702
"""What transactions take turns about. Whoever needs both asks for the cases first."""
AWAY = 30.0
"""Seconds a replica that did not answer is left alone."""
_BUSY_MS = 2000
_TRANSIENT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
}
_POSTGRESQL = {
    # By itself PostgreSQL lets a page see half of what is committed meanwhile, which SQLite never does.
    "isolation_level": "REPEATABLE READ",
    # Nobody's page waits minutes for a machine that does not answer, or that has vanished in the midst of one.
    "connect_args": {
        "connect_timeout": int(PATIENCE),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
}
_OF_ROLE = (
    f"lock_timeout={int(PATIENCE * 1000)}",  # by itself PostgreSQL waits for ever, and so would whoever sends
    "tcp_keepalives_idle=30",  # a host that vanished holds its locks for a minute, not for two hours
    "tcp_keepalives_interval=10",
    "tcp_keepalives_count=3",
)
"""What each connection of our role begins with. Kept by PostgreSQL itself: a pooler passes no options on, and hands a
session on with whatever was set in it."""
_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def make_engine(url: str, threads: int = 1) -> Engine:
    """An engine for a SQLite or PostgreSQL URL, set up as every connection here must be, with a connection for each of
    so many threads and two that make files; each may need one more for a moment."""
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    # Parameters hold answers and codes; without hide_parameters they end up in exception texts and logs.
    engine = create_engine(
        address,
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        poolclass=QueuePool,
        pool_size=threads + 2,
        max_overflow=threads,
        pool_timeout=PATIENCE,
        **_POSTGRESQL if address.get_backend_name() == "postgresql" else {},
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "checkout", partial(_refuse_read_only, engine))
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _look_for_pooler)
        event.listen(engine, "checkout", _refuse_dead)
    return engine


def writer_of(engine: Engine) -> Engine:
    """The same engine for those who write: on SQLite they are alone, on PostgreSQL each statement sees what others have
    committed by then."""
    writer = engine.execution_options(writing=True)
    return writer.execution_options(isolation_level="READ COMMITTED") if engine.dialect.name == "postgresql" else writer


def writes(db: Connection) -> bool:
    """Whether the connection is one of those who write."""
    return bool(db.get_execution_options().get("writing"))


class Replica:
    """A copy of the database that follows it and can only be read. It may lag, and it may be away."""

    def __init__(self, url: str, threads: int) -> None:
        self.engine = make_engine(url, threads)
        self._away_until = 0.0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to it. Raises `Unavailable` while it is away, of which it is asked now and then only."""
        if time.monotonic() < self._away_until:
            raise Unavailable
        try:
            with calm(), self.engine.connect() as db:
                yield db
        except (Unavailable, DatabaseError):  # the latter where it has not heard of an upgrade yet
            self._away_until = time.monotonic() + AWAY
            raise Unavailable from None


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    return _resolved(engine.url.database or "") if engine.dialect.name == "sqlite" else None


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision, the newest by default. Safe to repeat, and on several hosts at once.

    Raises `NotFound` for a revision there is none of.
    """
    if revision != "head":
        _refuse_unknown(revision)
    if engine.dialect.name == "postgresql":
        _set_up_role(engine)
    from alembic import command  # noqa: PLC0415

    config = _alembic()
    with writer_of(engine).begin() as db:
        exclusively(db, patience=NIGHT)
        wait_for(db, PATIENCE)  # for tables, which others then wait for as well
        if revision == "head" and revision_of(db) == newest_revision():
            return
        config.attributes["connection"] = db
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database back down to an older revision. What only newer ones can hold is lost.

    Raises `NotFound` for a revision there is none of.
    """
    from alembic import command  # noqa: PLC0415

    _refuse_unknown(revision)
    config = _alembic()
    with writer_of(engine).begin() as db:
        exclusively(db, patience=NIGHT)
        wait_for(db, PATIENCE)
        config.attributes["connection"] = db
        command.downgrade(config, revision)


def newest_revision() -> str:
    """The revision that this code is for."""
    return _revisions()[-1]


def revision_of(db: Connection) -> str | None:
    """Which revision the database is at; None before the first."""
    if not inspect(db).has_table("alembic_version"):
        return None
    revision: str | None = db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return revision


def _refuse_unknown(revision: str) -> None:
    if revision not in _revisions():
        raise NotFound(f"Databasen har ingen version {revision}.")


@cache
def _revisions() -> tuple[str, ...]:
    """Every revision, the oldest first: the file of each begins with it."""
    return tuple(sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def _alembic() -> "Config":
    from alembic.config import Config  # noqa: PLC0415  eleven megabytes that a server has no other use for

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def writers_turn(engine: Engine, patience: float = PATIENCE) -> AbstractContextManager[None]:
    """The orderly queue of writers: on SQLite one at a time, in the order they came, across processes.

    Left to itself SQLite lets writers sleep and retry, which gives some of them a very long wait.
    """
    file = database_file(engine)
    return _turn(file.with_name(file.name + ".lock"), patience) if file else nullcontext()


def wait_for(db: Connection, patience: float) -> None:
    """Let this transaction wait for others for so many seconds. On SQLite the queue of writers has done so already."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")  # LOCAL: a pooler hands the session on


@contextmanager
def calm() -> Iterator[None]:
    """Turn faults of the storage that may pass (locked, full, away) into `Unavailable`; let others through."""
    try:
        yield
    except PoolTimeout:
        raise Unavailable from None
    except (OperationalError, InterfaceError, sqlite3.OperationalError) as fault:
        if not _may_pass(fault):
            raise
        raise Unavailable from None


def exclusively(db: Connection, turn: int = BOXES, patience: float | None = None) -> None:
    """Let only one transaction at a time from here on, of those that wait for this turn, with another patience than a
    person's where one is given. On SQLite every writer already is alone.

    Raises `ValueError` for a connection that is not a writer's: on PostgreSQL it would go on seeing the database as it
    was before it waited, and do once more what it has waited for.
    """
    if patience is not None:
        wait_for(db, patience)
    if db.dialect.name == "postgresql":
        if db.get_execution_options().get("isolation_level") != "READ COMMITTED":
            raise ValueError("Only a writer of `writer_of` can wait for its turn.")
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({turn})")


@contextmanager
def _turn(lock: Path, patience: float) -> Iterator[None]:
    # A descriptor of one's own each time: such locks belong to the open file, so threads queue like processes.
    asked = time.monotonic()
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Unavailable from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if time.monotonic() - asked > patience:
            raise Unavailable
        yield
    finally:
        os.close(descriptor)


@cache
def _resolved(path: str) -> Path:
    return Path(path).resolve()


def _may_pass(fault: OperationalError | InterfaceError | sqlite3.OperationalError) -> bool:
    cause = fault if isinstance(fault, sqlite3.Error) else fault.orig
    if not isinstance(cause, sqlite3.Error):
        return True
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _TRANSIENT


def _set_up_role(engine: Engine) -> None:
    with writer_of(engine).begin() as db:
        exclusively(db, patience=NIGHT)
        known = db.exec_driver_sql(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase "
            "JOIN pg_roles r ON r.oid = setrole WHERE d.datname = current_database() AND r.rolname = current_user"
        ).scalar()
        missing = [one for one in _OF_ROLE if one not in (known or ())]
        name = db.exec_driver_sql("SELECT quote_ident(current_database())").scalar()
        for one in missing:
            db.exec_driver_sql(f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {one}")
    if missing:
        engine.dispose()  # connections made before know nothing of it


def _look_for_pooler(connection: "psycopg.Connection[Any]", _record: object) -> None:
    """Prepare nothing where a pooler stands in between: the next statement may meet another session. One is known by
    the number it gives for the session, which is not the session's own."""
    (own,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
    connection.rollback()
    if own != connection.info.backend_pid:
        connection.prepare_threshold = None


def _refuse_dead(connection: "psycopg.Connection[Any]", _record: object, _proxy: object) -> None:
    """Throw away connections that a server has left while they lay idle, so that a database that was away is met anew.

    Costs no round trip: on a line where nothing was asked there is something to hear only when the server goes.
    """
    line = select.poll()
    line.register(connection.pgconn.socket, select.POLLIN)
    if line.poll(0):
        raise InvalidatePoolError


def _refuse_read_only(
    engine: Engine, _connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Throw away what was opened while the disk could only be read, once it can be written to again.

    SQLite opens such a file for reading without a word, and a connection stays as it was opened. All go at once: those
    of a process share what they know of the journal, and one that stays keeps the others from writing.
    """
    writable = os.access(database_file(engine) or "", os.W_OK)
    if record.info.setdefault("writable", writable) < writable:
        engine.dispose()
        raise InvalidatePoolError


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late for a consistent read
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",  # a temporary file would hold answers outside the reach of scrubbing
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(db: Connection) -> None:
    # Straight to the driver: through SQLAlchemy the word costs as much as the look it begins.
    connection = db.connection.driver_connection
    assert connection is not None
    connection.execute("BEGIN IMMEDIATE" if writes(db) else "BEGIN")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
