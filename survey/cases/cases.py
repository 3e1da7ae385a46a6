"""Finding cases, and telling what happened to them; codes and days only."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from survey import audit
from survey.audit import Entry
from survey.cases.model import Case, Event, State, day
from survey.errors import NotFound
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.tables import case, case_event
from survey.vault import Vault


def find(db: Connection, case_id: str) -> Case:
    """Raises `NotFound`."""
    row = db.execute(select(*_CASE).where(case.c.id == case_id)).first()
    if row is None:
        raise NotFound
    return _case(row)


def cases_of(db: Connection, team: str) -> tuple[Case, ...]:
    """Every case of a team, the newest first."""
    rows = db.execute(select(*_CASE).where(case.c.team == team).order_by(case.c.number.desc())).all()
    return tuple(map(_case, rows))


def vault_of(installation: Installation, case_id: str) -> Vault:
    """What opens the case's fields. Raises `NotFound` when its key is gone, and with it everything it said."""
    try:
        return Vault(bytes.fromhex(case_id), *installation.case_keys.keys(case_id))
    except BrokenKey:
        raise NotFound from None


def happened(
    db: Connection, case_id: str, kind: str, actor: str, now: datetime, *, fell_on: date | None = None, code: str = ""
) -> None:
    """Add an event; waiting times and quarters come out of these."""
    newest = db.scalar(select(func.max(case_event.c.number)).where(case_event.c.case == case_id)) or 0
    row = {"case": case_id, "number": newest + 1, "kind": kind, "at": now, "actor": actor, "code": code}
    db.execute(insert(case_event).values(row | {"fell_on": fell_on or day(now)}))


def events(db: Connection, case_id: str) -> tuple[Event, ...]:
    """What has happened, in order."""
    rows = db.execute(select(case_event).where(case_event.c.case == case_id).order_by(case_event.c.number)).all()
    return tuple(Event(row.number, row.kind, row.at, row.fell_on, row.code, row.actor) for row in rows)


def days_of(db: Connection, team: str, kind: str) -> dict[str, date]:
    """The day of the newest event of a kind, by the id of each case of the team that has one."""
    query = select(case_event.c.case, case_event.c.fell_on).join(case, case.c.id == case_event.c.case)
    rows = db.execute(query.where(case.c.team == team, case_event.c.kind == kind).order_by(case_event.c.number))
    return {row.case: row.fell_on for row in rows}


def set_state(db: Connection, case_id: str, state: State) -> None:
    """Note how far the case has come. Closing and reopening are `leading`'s."""
    db.execute(update(case).where(case.c.id == case_id).values(state=state))


def tell(
    db: Connection, installation: Installation, of: Case, actor: str, action: str, now: datetime, detail: str = ""
) -> None:
    """A row of the audit chain about the case."""
    audit.record(db, installation.secrets, Entry(actor, action, of.team, of.id, detail), now)


def in_turn(db: Connection, case_id: str) -> Case:
    """The case, for a change: nobody reads or changes any case until this is committed. Raises `NotFound`."""
    audit.in_turn(db)
    return find(db, case_id)


def packed(codes: Sequence[str]) -> str:
    """Codes as a column keeps them."""
    return orjson.dumps(list(codes)).decode()


def unpacked(stored: str) -> tuple[str, ...]:
    """Codes as `packed` has kept them."""
    return tuple(orjson.loads(stored))


_CASE = (
    case.c.id,
    case.c.team,
    case.c.number,
    case.c.state,
    case.c.form,
    case.c.version,
    case.c.received,
    case.c.role,
    case.c.organisation,
    case.c.sex,
    case.c.municipality,
    case.c.situations,
    case.c.reason,
    case.c.outside_age,
    case.c.interpreter,
    case.c.unwanted,
    case.c.responsible,
    case.c.outcome,
    case.c.closed_on,
)


def _case(row: Any) -> Case:
    return Case(**{**row._mapping, "situations": unpacked(row.situations), "unwanted": unpacked(row.unwanted)})
