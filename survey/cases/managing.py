"""The case manager: offered to the person, accepted or declined, and access for as long as it lasts.

Nobody sees a case as its manager without the person's own yes (`sc_cm`), and without being the one named here.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, insert, select, update

from forms.parties import CASE_MANAGER
from survey.cases import cases, consent, documents, rights
from survey.cases.model import Manager, Reader
from survey.errors import BadRequest, NotAllowed
from survey.installation import Installation
from survey.tables import case_manager, role


def find(db: Connection, case_id: str) -> Manager | None:
    """The case's manager, or how far that has come."""
    row = db.execute(select(case_manager).where(case_manager.c.case == case_id)).first()
    return Manager(row.state, row.account, row.began_on, row.ended_on) if row else None


def offer(db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime) -> None:
    """Note that a case manager has been offered."""
    _step(db, installation, reader, case_id, now, "offered", None, {"state": "offered"})


def decline(db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime) -> None:
    """Note that the person does not want one."""
    _step(db, installation, reader, case_id, now, "declined", ("offered",), {"state": "declined", "account": None})


def accept(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    account: str,
    extent: str,
    began_on: date,
    now: datetime,
) -> None:
    """Note that the person wants one, who it is, from when, and how much, which is encrypted.

    Raises `BadRequest` for an account that is no case manager of the team, `NotAllowed` without the person's yes to it.
    """
    of = cases.in_turn(db, case_id)
    named = (role.c.account == account, role.c.team == of.team, role.c.party == CASE_MANAGER)
    if db.execute(select(role.c.id).where(*named)).first() is None:
        raise BadRequest(_("Välj någon som är Case manager i teamet."))
    stands = consent.standings(db, case_id, now).get(CASE_MANAGER)
    if stands is None or not stands.active:
        raise NotAllowed(_("Personen måste säga ja till Case manager i samtycket först."))
    values = {"state": "accepted", "account": account, "began_on": began_on, "ended_on": None}
    _step(db, installation, reader, case_id, now, "accepted", None, values, fell_on=began_on)
    said = {"extent": extent} if extent else {}
    documents.store(db, installation, of, "manager", said, form=None, language="sv", actor=reader.account, now=now)


def end(
    db: Connection, installation: Installation, reader: Reader, case_id: str, ended_on: date, now: datetime
) -> None:
    """Note that it is over; the manager sees nothing from this moment."""
    values = {"state": "ended", "ended_on": ended_on}
    _step(db, installation, reader, case_id, now, "ended", ("accepted",), values, fell_on=ended_on)


def _step(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    now: datetime,
    step: str,
    only_after: tuple[str, ...] | None,
    values: dict[str, Any],
    fell_on: date | None = None,
) -> None:
    of = cases.in_turn(db, case_id)
    rights.coordinator(db, reader, of)
    if step != "ended":
        documents.refuse_locked(db, of, now)
    before = find(db, case_id)
    if only_after is not None and (before is None or before.state not in only_after):
        raise NotAllowed(_("Case manager är inte erbjuden än, eller redan avslutad."))
    if before is None:
        db.execute(insert(case_manager).values(case=case_id, **values))
    else:
        db.execute(update(case_manager).where(case_manager.c.case == case_id).values(**values))
    cases.happened(db, case_id, f"manager_{step}", reader.account, now, fell_on=fell_on)
    cases.tell(db, installation, of, reader.account, f"manager_{step}", now)
