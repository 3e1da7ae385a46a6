"""Tasks of a case: what is to be done, by when, and by whom if not by the team."""

import secrets
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from survey.cases import cases
from survey.cases.model import Task
from survey.errors import NotFound
from survey.installation import Installation
from survey.tables import case, task
from survey.vault import Place

KINDS = (
    "confirm_prior",
    "call_before",
    "complement",
    "no_consent",
    "mark_limited",
    "confirm_oral",
    "renew_consent",
    "withdrawn",
    "withdrawal_told",
    "brief_interpreter",
    "promised_contact",
    "follow_up",
    "handover",
    "tell_person",
)
"""What there can be to do."""


def add(
    db: Connection,
    installation: Installation,
    case_id: str,
    kind: str,
    now: datetime,
    *,
    due: date | None = None,
    party: str | None = None,
    codes: Iterable[str] = (),
    words: str = "",
) -> str:
    """A new task; its words, which may name somebody, are encrypted. Raises `KeyError` for an unknown kind."""
    if kind not in KINDS:
        raise KeyError(kind)
    row: dict[str, Any] = {
        "id": secrets.token_hex(8),
        "case": case_id,
        "kind": kind,
        "party": party,
        "codes": cases.packed(list(codes)),
        "made": now,
        "due": due,
    }
    if words:
        row["words"] = cases.vault_of(installation, case_id).lock(place(row["id"]), words)
    db.execute(insert(task).values(row))
    return str(row["id"])


def done(db: Connection, task_id: str, by: str, now: datetime) -> None:
    """Note that a task is done, with the deed that did it; one that is done stays as it was."""
    db.execute(update(task).where(task.c.id == task_id, task.c.done.is_(None)).values(done=now, actor=by))


def tick_off(db: Connection, installation: Installation, task_id: str, by: str, now: datetime) -> None:
    """Somebody says that a task is done; a row of the audit chain says who. Raises `NotFound`."""
    found = find(db, task_id)
    of = cases.in_turn(db, found.case)
    if find(db, task_id).done is None:
        done(db, task_id, by, now)
        cases.tell(db, installation, of, by, "task_done", now, found.kind)


def finish(
    db: Connection, case_id: str, kinds: Collection[str], by: str, now: datetime, *, party: str | None = None
) -> None:
    """Tick off the open tasks of these kinds, those about one party where one is named: what they asked for is done."""
    for one in open_of(db, case_id):
        if one.kind in kinds and (party is None or party in one.codes):
            done(db, one.id, by, now)


def find(db: Connection, task_id: str) -> Task:
    """Raises `NotFound`."""
    row = db.execute(_TASKS.where(task.c.id == task_id)).first()
    if row is None:
        raise NotFound
    return _task(row)


def tasks(db: Connection, case_id: str, installation: Installation | None = None) -> tuple[Task, ...]:
    """Every task of the case, the oldest first; with their words where an installation is given to open them."""
    rows = db.execute(_TASKS.where(task.c.case == case_id).order_by(task.c.made, task.c.id)).all()
    if installation is None or not rows:
        return tuple(map(_task, rows))
    vault = cases.vault_of(installation, case_id)
    return tuple(_task(row, vault.unlock(place(row.id), row.words) if row.words else "") for row in rows)


def open_of(db: Connection, case_id: str) -> tuple[Task, ...]:
    """What is still to be done in the case."""
    return tuple(one for one in tasks(db, case_id) if one.done is None)


def open_in(db: Connection, team: str) -> tuple[Task, ...]:
    """What is still to be done in any case of the team, by the team or by a party."""
    query = _TASKS.join(case, case.c.id == task.c.case).where(case.c.team == team, task.c.done.is_(None))
    return tuple(map(_task, db.execute(query.order_by(task.c.made, task.c.id)).all()))


def open_for(db: Connection, team: str, party: str) -> tuple[Task, ...]:
    """What a party of the team is still to do: confirm a prior agreement, see that a consent was withdrawn."""
    return tuple(one for one in open_in(db, team) if one.party == party)


def _task(row: Any, words: str = "") -> Task:
    return Task(
        id=row.id,
        case=row.case,
        kind=row.kind,
        party=row.party,
        codes=cases.unpacked(row.codes),
        words=words,
        made=row.made,
        due=row.due,
        done=row.done,
        actor=row.actor,
    )


def place(task_id: str) -> Place:
    """Where a task's words lie."""
    return Place("task", "words", task_id)


_TASKS: Select[Any] = select(task)
