"""The whole database as lines, and back: what a backup holds, and what a move to another database carries.

The lines are the same whatever the database: tables in an order in which each comes after those it points at, rows by
their keys, so that neither the order nor the form tells when anything was written. The tables are those the database
has, not those this code knows: what an older version left can be read and brought up to date afterwards.
Nobody's session is carried along.
"""

import hashlib
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Engine, MetaData, String, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from survey.db import make_engine, migrate, revision_of, writer_of
from survey.errors import BadRequest, NotAllowed, NotFound

FORMAT = 1
LEFT_OUT = frozenset({"alembic_version", "staff_session"})
_AT_ONCE = 500
_BROKEN = "Kopian är inte hel. Ta en annan."


@dataclass(frozen=True)
class Tally:
    """How many rows each table has, and SHA-256 in hex of the lines."""

    rows: Mapping[str, int]
    digest: str


def lines(db: Connection) -> Iterator[bytes]:
    """The database as this connection sees it; the last line has the `Tally`."""
    digest, counted = hashlib.sha256(), dict[str, int]()
    for line in _told(db, counted):
        digest.update(line)
        yield line
    yield orjson.dumps({"rows": counted, "sha256": digest.hexdigest()}) + b"\n"


def tally(db: Connection) -> Tally:
    """What `lines` would end with."""
    return _tally(deque(lines(db), maxlen=1).pop())


def take_in(engine: Engine, told: Iterable[bytes]) -> Tally:
    """Write lines into an empty database: all or, when they are not whole, none; then bring it up to date.

    Raises `NotAllowed` where anything is in the database already, `BadRequest` for lines that cannot be taken.
    """
    source = iter(told)
    head = _read(next(source, b""))
    if head.get("samsvar") != FORMAT:
        raise BadRequest(_BROKEN)
    with engine.connect() as db:
        if revision_of(db) not in (None, head["revision"]) or _holds_anything(db):
            raise NotAllowed("Databasen är inte tom. Ange en tom databas.")
    try:
        migrate(engine, str(head["revision"]))
    except NotFound:
        raise BadRequest("Kopian är gjord med en nyare version av Samsvar. Installera den först.") from None
    try:
        with writer_of(engine).begin() as db:
            written = _write(db, orjson.dumps(head) + b"\n", source)
    except (IntegrityError, DataError, KeyError, ValueError, TypeError):
        raise BadRequest(_BROKEN) from None
    migrate(engine)
    return written


def move(engine: Engine, url: str) -> Tally:
    """Copy the database into another, empty one and compare them row by row. Raises as `take_in` does."""
    there = make_engine(url)
    try:
        with engine.connect() as db:
            take_in(there, lines(db))
            before = tally(db)
        with there.connect() as db:
            if tally(db) != before:
                raise BadRequest("Databaserna blev inte lika. Stoppa tjänsten medan du flyttar, och försök igen.")
    finally:
        there.dispose()
    return before


def _told(db: Connection, counted: dict[str, int]) -> Iterator[bytes]:
    yield orjson.dumps({"samsvar": FORMAT, "revision": revision_of(db)}) + b"\n"
    for table in _tables(db):
        name = str(table.name)  # reflected names are more than text, which JSON refuses
        yield orjson.dumps({"table": name, "columns": [str(column.name) for column in table.columns]}) + b"\n"
        rows = db.execution_options(yield_per=_AT_ONCE).execute(select(table).order_by(*_order(db, table)))
        counted[name] = 0
        for row in rows:
            counted[name] += 1
            yield orjson.dumps([_plain(value) for value in row]) + b"\n"


def _write(db: Connection, head: bytes, source: Iterator[bytes]) -> Tally:
    digest, written, last = hashlib.sha256(head), dict[str, int](), b""
    tables = {table.name: table for table in _tables(db)}

    def rows() -> Iterator[tuple[str, Mapping[str, Any]]]:
        nonlocal last
        table, columns = "", list[str]()
        for line in source:
            if last:
                digest.update(last)
            last = line
            content = _read(line)
            if isinstance(content, list):
                yield table, dict(zip(columns, map(_value, content), strict=True))
            elif "table" in content:
                table, columns = content["table"], content["columns"]
                written[table] = 0

    for name, some in groupby(rows(), key=itemgetter(0)):
        while batch := [row for _name, row in islice(some, _AT_ONCE)]:
            if name not in tables:
                raise BadRequest(_BROKEN)
            db.execute(insert(tables[name]), batch)
            written[name] += len(batch)
    found = Tally(written, digest.hexdigest())
    if _tally(last) != found:
        raise BadRequest(_BROKEN)
    return found


def _tables(db: Connection) -> Sequence[Table]:
    metadata = MetaData()
    metadata.reflect(db)
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def _order(db: Connection, table: Table) -> Iterator[ColumnElement[Any]]:
    """By key, byte by byte: PostgreSQL would sort letters as its host does."""
    for column in table.primary_key.columns:
        yield _bytewise(column) if db.dialect.name == "postgresql" else column


def _bytewise(column: Column[Any]) -> ColumnElement[Any]:
    return column.collate("C") if isinstance(column.type, String) else column


def _holds_anything(db: Connection) -> bool:
    return any(db.execute(select(table).limit(1)).first() for table in _tables(db))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"b": b64encode(value).decode()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _value(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
    return b64decode(content["b"]) if "b" in content else date.fromisoformat(content["d"])


def _read(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadRequest(_BROKEN) from None


def _tally(line: bytes) -> Tally:
    content = _read(line)
    if not isinstance(content, dict) or content.keys() != {"rows", "sha256"}:
        raise BadRequest(_BROKEN)
    return Tally(content["rows"], content["sha256"])
