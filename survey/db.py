"""The engine and how it is spoken to: pragmas, JSON, transactions, the orderly queue of writers.

No rule about surveys lives here. SQLite is the default and PostgreSQL comes by URL; both run the same tests.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from survey.errors import Unavailable

PATIENCE = 5.0
"""Seconds a writer waits for its turn before the person gets the calm page."""
BOXES, CASES = 20260701, 20260702
"""What transactions take turns about. Whoever needs both asks for the cases first."""
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
_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def make_engine(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL URL, set up as every connection here must be."""
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    # Parameters hold answers and codes; without hide_parameters they end up in exception texts and logs.
    engine = create_engine(
        address,
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        **_as_postgresql(address) if address.get_backend_name() == "postgresql" else {},
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def writer_of(engine: Engine) -> Engine:
    """The same engine for those who write: on SQLite they are alone, on PostgreSQL each statement sees what others have
    committed by then."""
    writer = engine.execution_options(writing=True)
    return writer.execution_options(isolation_level="READ COMMITTED") if engine.dialect.name == "postgresql" else writer


def _as_postgresql(address: URL) -> dict[str, Any]:
    """By itself PostgreSQL waits for a lock for ever, and so would whoever sends; options given come last and win. By
    itself it also lets a page see half of what is committed meanwhile, which SQLite never does."""
    options = f"-c lock_timeout={int(PATIENCE * 1000)} {address.query.get('options') or ''}".strip()
    return {"connect_args": {"options": options}, "isolation_level": "REPEATABLE READ"}


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    return _resolved(engine.url.database or "") if engine.dialect.name == "sqlite" else None


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision, the newest by default. Safe to repeat."""
    config = _alembic()
    with engine.execution_options(writing=True).begin() as db:
        if revision == "head" and revision_of(db) == newest_revision():
            return
        config.attributes["connection"] = db
        command.upgrade(config, revision)


@cache
def newest_revision() -> str | None:
    """The revision that this code is for."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def revision_of(db: Connection) -> str | None:
    """Which revision the database is at; None before the first."""
    return MigrationContext.configure(db).get_current_revision()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def writers_turn(engine: Engine) -> AbstractContextManager[None]:
    """The orderly queue of writers: on SQLite one at a time, in the order they came, across processes.

    Left to itself SQLite lets writers sleep and retry, which gives some of them a very long wait.
    """
    file = database_file(engine)
    return _turn(file.with_name(file.name + ".lock")) if file else nullcontext()


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


def exclusively(db: Connection, turn: int = BOXES) -> None:
    """Let only one transaction at a time from here on, of those that wait for this turn. On SQLite every writer already
    is alone."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({turn})")


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    # A descriptor of one's own each time: such locks belong to the open file, so threads queue like processes.
    asked = time.monotonic()
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Unavailable from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if time.monotonic() - asked > PATIENCE:
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
    connection.execute("BEGIN IMMEDIATE" if db.get_execution_options().get("writing") else "BEGIN")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
