"""Rows of time tables that others have printed, typed in as they stand there, to be compared with what they come to."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, insert, select

from survey.db import exclusively
from survey.errors import BadRequest, NotFound
from survey.records.hours import Columns, Printed, Span
from survey.tables import printed_time

LONGEST = 80
MOST_ROWS = 50


@dataclass(frozen=True)
class PrintedRow:
    """One team's row in somebody's table."""

    id: str
    source: str
    """What it is printed in, and when: «MIA Vidare 2021»."""
    name: str
    columns: Columns
    platform: str
    hours: str
    """The result as it is printed: «1,3 h», «Minst 5 h»; "" for none."""

    @property
    def printed(self) -> Printed | None:
        return Printed.parse(self.hours)

    @property
    def follows(self) -> bool | None:
        """Whether the printed result follows from the columns; None without one."""
        return self.printed.follows(self.columns.computed) if self.printed else None

    @property
    def off_by(self) -> int:
        """How many minutes the printed result is above the columns', below zero where it is under; 0 where it follows
        or nothing is printed."""
        if self.printed is None or self.follows:
            return 0
        computed = self.columns.computed
        under = self.printed.minutes < computed.least
        return self.printed.minutes - (computed.least if under or self.printed.at_least else computed.most)


def rows(db: Connection, association: str) -> tuple[PrintedRow, ...]:
    """The rows typed in for the association, source by source, in the order they are printed."""
    query = select(printed_time).where(printed_time.c.association == association)
    found = db.execute(query.order_by(printed_time.c.source, printed_time.c.place)).all()
    return tuple(
        PrintedRow(row.id, row.source, row.name, _columns(row.columns), row.platform, row.hours) for row in found
    )


def add(
    db: Connection,
    association: str,
    source: str,
    name: str,
    columns: Columns,
    *,
    platform: str = "",
    hours: str = "",
    identity: str | None = None,
) -> None:
    """Type a row in. What has been typed in under the same `identity` already is not typed in once more.

    Raises `BadRequest` for what no table could say.
    """
    exclusively(db)
    if db.scalar(select(printed_time.c.id).where(printed_time.c.id == identity)):
        return
    if not source.strip() or not name.strip():
        raise BadRequest(_("Skriv var raden är publicerad, och vilket team det är."))
    if hours.strip() and Printed.parse(hours) is None:
        raise BadRequest(_("Skriv timmarna som de står, till exempel 1,3 eller minst 5."))
    if len(rows(db, association)) >= MOST_ROWS:
        raise BadRequest(_("Det finns redan %(n)s rader. Ta bort någon först.", n=MOST_ROWS))
    mine = printed_time.c.association == association
    place = db.scalar(select(func.max(printed_time.c.place)).where(mine)) or 0
    values = {"source": source.strip(), "name": name.strip(), "platform": platform.strip(), "hours": hours.strip()}
    values |= {"id": identity or secrets.token_hex(8), "columns": _stored(columns)}
    db.execute(insert(printed_time).values(association=association, place=place + 1, **values))


def remove(db: Connection, association: str, row_id: str) -> None:
    """Take a row away. Raises `NotFound`."""
    same = (printed_time.c.association == association, printed_time.c.id == row_id)
    if not db.execute(delete(printed_time).where(*same)).rowcount:
        raise NotFound


def _stored(columns: Columns) -> str:
    spans = {name: getattr(columns, name) for name in ("per_day", "before", "met", "after")}
    listed = {name: span and list(span) for name, span in spans.items()}
    return orjson.dumps(listed | {"meetings": columns.meetings, "at_least": columns.at_least}).decode()


def _columns(stored: str) -> Columns:
    given = orjson.loads(stored)
    spans = {name: _span(given[name]) for name in ("per_day", "before", "after")}
    return Columns(met=Span(*given["met"]), meetings=given["meetings"], at_least=given["at_least"], **spans)


def _span(given: Sequence[int] | None) -> Span | None:
    return None if given is None else Span(*given)
