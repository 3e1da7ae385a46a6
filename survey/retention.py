"""What is deleted when, and the protocol of it: cases whose time is over, drafts that nobody sent.

A public record is deleted only by decision (DOMAIN.md): for each class an association says how long and by which
decision. Without one nothing of that class is deleted, and neither is a case under a hold. A case waits until its
quarter's figures are made. Deleting takes every row of the case and its key, so that no backup of the database can be
read either; it is complete when the copy of the keys has been replaced (`survey.key_copy`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, insert, select

from survey import audit
from survey.audit import Entry
from survey.cases import cases, drafts
from survey.cases.model import day, reference
from survey.db import NIGHT
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from survey.periods import Period
from survey.repair import scrub
from survey.tables import (
    case,
    case_cell,
    case_event,
    case_manager,
    case_shown,
    consent_event,
    deviation,
    deviation_shown,
    deviation_step,
    document,
    draft,
    hold,
    meeting_log,
    meeting_log_earlier,
    purge_protocol,
    retention,
    task,
    team,
)
from survey.teams import find_association
from survey.workdays import months_later

Class = Literal["closed", "dormant", "records"]
"""A case that is closed, counted from that day; one that was never closed, counted from the last that happened; the
teams' own records (`survey.records.ageing`)."""
CLASSES: tuple[Class, ...] = get_args(Class)
LONGEST = 120
"""Months."""
_OF_CASE = (task, document, consent_event, case_event, case_manager)
"""Every table with rows of a case, besides the case itself."""
_RECORDS = (meeting_log, meeting_log_earlier, deviation, deviation_step, deviation_shown)
SCRUBBED = tuple(table.name for table in (case, *_OF_CASE, hold, draft, case_cell, *_RECORDS))
"""The tables whose deleted rows are to be nowhere in the files either."""
_SCRUBBED_AGAIN = timedelta(days=7)
"""For so long after a deletion the files are scrubbed again each night: once somebody may have been reading."""


@dataclass(frozen=True)
class Rule:
    """How long a class of cases is kept in an association, and who said so."""

    months: int
    decision: str
    decided_on: date


@dataclass(frozen=True)
class Due:
    """A case whose time is over."""

    id: str
    team: str
    number: int
    class_: Class
    decision: str
    held: bool
    """Something forbids that it is deleted."""

    @property
    def name(self) -> str:
        """What people call it by, with its team."""
        return f"{self.team}/{reference(self.number)}"


@dataclass(frozen=True)
class Purged:
    """An entry of the protocol."""

    team: str
    number: int
    class_: Class
    decision: str
    rows: Mapping[str, int]
    """Table -> how many rows were deleted."""
    actor: str
    purged_on: date


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    purged: tuple[Due, ...]
    held: tuple[Due, ...]
    undecided: tuple[tuple[str, Class], ...]
    """Association and class of cases that nobody has decided on."""
    drafts: int
    scrubbed: bool


def decide(db: Connection, association: str, class_: Class, months: int, decision: str, today: date) -> None:
    """Say how long a class is kept from now on. Raises `BadRequest`, `NotFound`."""
    find_association(db, association)
    if not decision.strip():
        raise BadRequest(_("Skriv vilket beslut det är, till exempel ett diarienummer."))
    if not 1 <= months <= LONGEST:
        raise BadRequest(_("Skriv ett antal månader mellan 1 och %(most)s.", most=LONGEST))
    audit.in_turn(db)  # of two who decide at the same moment the later decision holds
    same = (retention.c.association == association, retention.c["class"] == class_)
    db.execute(delete(retention).where(*same))
    row = {"class": class_, "months": months, "decision": decision.strip(), "decided_on": today}
    db.execute(insert(retention).values(association=association, **row))


def rules(db: Connection, association: str) -> Mapping[Class, Rule]:
    """What the association has decided."""
    rows = db.execute(select(retention).where(retention.c.association == association)).mappings()
    return {row["class"]: Rule(row["months"], row["decision"], row["decided_on"]) for row in rows}


def find_case(db: Connection, name: str) -> str:
    """The id of the case that is called `team/A-0142`. Raises `NotFound`."""
    slug, _slash, wanted = name.partition("/")
    numbers = db.execute(select(case.c.id, case.c.number).where(case.c.team == slug))
    found = next((row.id for row in numbers if reference(row.number) == wanted.upper()), None)
    if found is None:
        raise NotFound
    return str(found)


def set_hold(db: Connection, installation: Installation, case_id: str, reason: str, actor: str, now: datetime) -> None:
    """Keep a case from being deleted. Raises `BadRequest` without a reason, or where it is held already,
    `NotFound` where it has been deleted."""
    if not reason.strip():
        raise BadRequest(_("Skriv varför ärendet inte får gallras, till exempel ett diarienummer."))
    audit.in_turn(db)  # before the row: a deletion under way has its turn, and waits for the row
    cases.find(db, case_id)
    if db.execute(select(hold.c.case).where(hold.c.case == case_id)).first():
        raise BadRequest(_("Ärendet är redan undantaget från gallring."))
    db.execute(insert(hold).values(case=case_id, reason=reason.strip(), actor=actor, since=day(now)))
    _tell(db, installation, case_id, actor, "held", now)


def lift_hold(db: Connection, installation: Installation, case_id: str, actor: str, now: datetime) -> None:
    """Let a case be deleted in its time again. Raises `NotFound` where it is not held."""
    if not db.execute(delete(hold).where(hold.c.case == case_id)).rowcount:
        raise NotFound
    _tell(db, installation, case_id, actor, "let_go", now)


def due(db: Connection, today: date) -> Iterator[Due]:
    """The cases whose time is over by a decision, and whose events are counted; also those that are held."""
    return _due(db, today)


def undecided(db: Connection) -> tuple[tuple[str, Class], ...]:
    """The associations and classes that have cases and no decision."""
    rows = db.execute(select(team.c.association, case.c.closed_on).join_from(case, team)).all()
    there = {(row.association, _class(row.closed_on)) for row in rows}
    return tuple(sorted((slug, class_) for slug, class_ in there if class_ not in rules(db, slug)))


def purge(installation: Installation, now: datetime, actor: str = "command") -> Outcome:
    """Delete what is due, case by case, each with its line in the protocol. Safe to repeat, also after a crash."""
    with installation.writing(NIGHT) as db:
        forgotten = drafts.forget(db, now)
    with installation.reading() as db:
        found, missing = list(due(db, day(now))), undecided(db)
    purged = [one for one in found if _delete(installation, one, actor, now)]
    _destroy_keys(installation)
    return Outcome(
        tuple(purged), tuple(one for one in found if one.held), missing, forgotten, _scrub(installation, day(now))
    )


def protocol(db: Connection, team_slug: str) -> tuple[Purged, ...]:
    """What was deleted of a team, the newest first."""
    query = select(purge_protocol).where(purge_protocol.c.team == team_slug)
    rows = db.execute(query.order_by(purge_protocol.c.purged_on.desc(), purge_protocol.c.number.desc())).mappings()
    return tuple(
        Purged(
            row["team"],
            row["number"],
            row["class"],
            row["decision"],
            orjson.loads(row["counts"]),
            row["actor"],
            row["purged_on"],
        )
        for row in rows
    )


def _due(db: Connection, today: date, *only: ColumnElement[bool]) -> Iterator[Due]:
    newest = (
        select(case_event.c.case, func.max(case_event.c.fell_on).label("on"), func.max(case_event.c.at).label("at"))
        .group_by(case_event.c.case)
        .subquery()
    )
    held = exists().where(hold.c.case == case.c.id).label("held")
    of_case = (case.c.id, case.c.team, case.c.number, case.c.closed_on, team.c.association)
    query = select(*of_case, newest.c.on, newest.c.at, held).join_from(case, team)
    query = query.join(newest, newest.c.case == case.c.id).where(*only).order_by(case.c.team, case.c.number)
    for row in db.execute(query).all():
        class_ = _class(row.closed_on)
        rule = rules(db, row.association).get(class_)
        over = rule and months_later(row.closed_on or row.on, rule.months) <= today
        if rule and over and _counted(db, row.association, row.on, row.at):
            yield Due(row.id, row.team, row.number, class_, rule.decision, row.held)


def _class(closed_on: date | None) -> Class:
    return "dormant" if closed_on is None else "closed"


def _counted(db: Connection, association: str, fell_on: date, at: datetime) -> bool:
    """Whether the figures of the quarter are made in which the newest event counts."""
    query = select(case_shown.c.period, case_shown.c.closed).where(case_shown.c.association == association)
    return any(Period.parse(row.period).last_day >= fell_on and row.closed >= at for row in db.execute(query))


def _delete(installation: Installation, one: Due, actor: str, now: datetime) -> bool:
    """Whether the case was deleted; not where somebody has put a hold on it or written in it meanwhile."""
    with installation.writing(NIGHT) as db:
        audit.in_turn(db)
        if one.held or one not in _due(db, day(now), case.c.id == one.id):
            return False
        rows = {str(table.name): _rows(db, table, one.id) for table in _OF_CASE}
        entry = {"case": one.id, "team": one.team, "number": one.number, "class": one.class_, "decision": one.decision}
        counts = orjson.dumps({"case": 1} | {name: n for name, n in rows.items() if n}).decode()
        # First the protocol: without it the triggers let no consent go.
        db.execute(insert(purge_protocol).values(entry | {"counts": counts, "actor": actor, "purged_on": day(now)}))
        for table in _OF_CASE:
            db.execute(delete(table).where(table.c.case == one.id))
        _tell(db, installation, one.id, actor, "purged", now)
        db.execute(delete(case).where(case.c.id == one.id))
    return True


def _rows(db: Connection, table: Table, case_id: str) -> int:
    return db.scalar(select(func.count()).select_from(table).where(table.c.case == case_id)) or 0


def _destroy_keys(installation: Installation) -> None:
    """Of every case in the protocol: a crash may have left one."""
    with installation.reading() as db:
        gone = list(db.scalars(select(purge_protocol.c.case)))
    for identity in gone:
        if installation.case_keys.holds(identity):
            installation.case_keys.destroy(identity)


def _scrub(installation: Installation, today: date) -> bool:
    with installation.reading() as db:
        lately = purge_protocol.c.purged_on >= today - _SCRUBBED_AGAIN
        if not db.execute(select(purge_protocol.c.case).where(lately).limit(1)).first():
            return True
    return scrub(installation, SCRUBBED)


def _tell(db: Connection, installation: Installation, case_id: str, actor: str, action: str, now: datetime) -> None:
    slug = db.scalars(select(case.c.team).where(case.c.id == case_id)).one()
    audit.record(db, installation.secrets, Entry(actor, action, slug, case_id), now)
