"""The audit chain as somebody reads it: a part of it by time, deed and doer, the newest first, leaf by leaf.

A row belongs to a team, or to the installation: its accounts, keys and running. Nobody reads both in one list, because
nobody may (`staff.policy`). A leaf is found from the row it begins beside, never by counting, so that the first and the
last of a long chain cost the same. Whether the chain is whole is `survey.audit.verify`; here only its end is looked at.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from survey import audit as chain
from survey.audit import RESTORED, Anchor, Entry, Row, as_rows
from survey.keys import Secrets
from survey.tables import audit, case, purge_protocol

INSTALLATION = ""
"""What rows name in place of a team where they are about none."""
LEAF = 100
"""Rows of a leaf."""
READ, SAVED = "log_read", "log_saved"
"""The rows that say that somebody has looked at this log: once a sitting; and each file of it."""
_AT_ONCE = 1000


@dataclass(frozen=True)
class Part:
    """Which rows are asked for; what is empty or None does not choose."""

    team: str
    """A team's slug, or `INSTALLATION`."""
    actor: str = ""
    actions: tuple[str, ...] = ()
    case: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""


@dataclass(frozen=True)
class Leaf:
    """Some rows of a part, and the numbers of rows beside which the neighbouring leaves begin."""

    rows: tuple[Row, ...]
    older: int | None = None
    newer: int | None = None


@dataclass(frozen=True)
class Standing:
    """How the end of the chain stands to the anchor outside the database."""

    fits: bool
    """Whether the row the anchor notes is there as it was noted."""
    began: datetime | None
    """When the first row was written; None for a chain without rows."""
    restored: datetime | None
    """When the database was last restored from a backup, from when on the anchor has followed it anew."""
    noted: Row | None
    """The row that the anchor notes."""


def leaf(db: Connection, part: Part, *, before: int | None = None, after: int | None = None) -> Leaf:
    """The rows of a part that are next older than row `before`, or next newer than row `after`; else the newest."""
    if above := _row(db, after):
        found = _rows(db, part, above, LEAF + 1, older=False)
        if len(found) > LEAF:
            rows = tuple(reversed(found[:LEAF]))
            return Leaf(rows, rows[-1].number, rows[0].number)
        before = None  # so few are newer that they stand on the newest leaf
    below = _row(db, before)
    found = _rows(db, part, below, LEAF + 1, older=True)
    rows = found[:LEAF]
    newer = rows[0].number if rows and below else None
    return Leaf(rows, rows[-1].number if len(found) > LEAF else None, newer)


def every(db: Connection, part: Part) -> Iterator[tuple[Row, ...]]:
    """All of a part, the newest first, some rows at a time."""
    beside: Row | None = None
    while rows := _rows(db, part, beside, _AT_ONCE, older=True):
        yield rows
        beside = rows[-1]


def tell_once(db: Connection, keys: Secrets, entry: Entry, now: datetime) -> None:
    """Record that somebody reads, unless the chain says just that already: `entry.detail` names the sitting."""
    chain.in_turn(db)
    if not told(db, entry):
        chain.record(db, keys, entry, now)


def told(db: Connection, entry: Entry) -> bool:
    """Whether the chain says just that already."""
    same = (audit.c.team == entry.team, audit.c.actor == entry.actor, audit.c.action == entry.action)
    return db.scalar(select(audit.c.number).where(*same, audit.c.detail == entry.detail).limit(1)) is not None


def standing(db: Connection, anchor: Anchor) -> Standing:
    """Look at the anchor and at the row it notes; the rows before it are not looked at."""
    noted = anchor.read()
    there = _row(db, noted.number) if noted else None
    first = _row(db, 1)
    returned = _rows(db, Part(INSTALLATION, actions=(RESTORED,)), None, 1, older=True)
    return Standing(
        fits=noted is not None and chain.head_at(db, noted.number) == noted,
        began=first.at if first else None,
        restored=returned[0].at if returned else None,
        noted=there,
    )


def numbers(db: Connection, team: str, cases: Collection[str]) -> dict[str, int]:
    """Case id -> its number in the team, also of those that have been deleted."""
    wanted = set(cases) - {""}
    found: dict[str, int] = {}
    for table, identity in ((purge_protocol, purge_protocol.c.case), (case, case.c.id)):
        query = select(identity, table.c.number).where(table.c.team == team, identity.in_(wanted))
        found |= {row[0]: row[1] for row in db.execute(query)}
    return found


def _rows(db: Connection, part: Part, beside: Row | None, most: int, *, older: bool) -> tuple[Row, ...]:
    """The rows next to `beside` in one direction, nearest first. Each action is asked for by itself and what is found
    put together: an index leads to the first row of each, whichever is rare."""
    asked = [replace(part, actions=(action,)) for action in part.actions] or [part]
    found: list[Row] = []
    for one in asked:
        found += as_rows(db.execute(_query(one, beside, most, older=older)))
    return tuple(sorted(found, key=_place, reverse=older)[:most])


def _query(part: Part, beside: Row | None, most: int, *, older: bool) -> Select[Any]:
    order = (audit.c.at.desc(), audit.c.number.desc()) if older else (audit.c.at, audit.c.number)
    return select(audit).where(*_chosen(part), *_from(beside, older=older)).order_by(*order).limit(most)


def _place(row: Row) -> tuple[datetime, int]:
    """Rows stand in order of time; those of one moment, or of a clock that went backwards, by their number."""
    return row.at, row.number


def _chosen(part: Part) -> Iterator[ColumnElement[bool]]:
    yield audit.c.team == part.team
    if part.actor:
        yield audit.c.actor == part.actor
    for action in part.actions:
        yield audit.c.action == action
    if part.case:
        yield audit.c.case == part.case
    if part.since:
        yield audit.c.at >= part.since
    if part.until:
        yield audit.c.at < part.until


def _from(beside: Row | None, *, older: bool) -> Iterator[ColumnElement[bool]]:
    if beside is None:
        return
    at, number = audit.c.at, audit.c.number
    # The bound on time alone is what an index can begin at.
    if older:
        yield at <= beside.at
        yield or_(at < beside.at, and_(at == beside.at, number < beside.number))
    else:
        yield at >= beside.at
        yield or_(at > beside.at, and_(at == beside.at, number > beside.number))


def _row(db: Connection, number: int | None) -> Row | None:
    return next(iter(as_rows(db.execute(select(audit).where(audit.c.number == number)))), None)
