"""Holding polls: starting one, finding it, and which there have been. Leading one is `survey.polls.leading`."""

import secrets
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Select, exists, func, insert, select

from forms.model import Form, Question
from forms.types import TYPES
from survey.db import exclusively
from survey.errors import BadRequest, Closed, NotAllowed, NotFound
from survey.installation import Installation
from survey.polls.boxes import begin
from survey.polls.model import Poll
from survey.tables import poll, poll_question
from survey.teams import find_association, find_team


def questions(form: Form) -> tuple[Question, ...]:
    """What is voted on, in order. Raises `NotAllowed` for a form that cannot be a poll, in words that say why.

    Choices, scales and own words can; conditions cannot, since nobody may know what a phone has answered before.
    """
    asked = tuple(question for question in form.questions if TYPES[question.type].asks)
    if form.kind != "poll" or not asked:
        raise NotAllowed(_("%(form)s är inte frågor för omröstning.", form=form.id))
    if any(page.conditional for page in form.pages):
        raise NotAllowed(_("I en omröstning kan ingen fråga bero på ett tidigare svar."))
    for question in asked:
        if not (TYPES[question.type].chosen or question.privacy == "free_text"):
            raise NotAllowed(_("Frågan %(question)s går inte att rösta om.", question=question.id))
    return asked


def start(db: Connection, installation: Installation, association: str, team: str | None, form: Form) -> Poll:
    """Start a poll in a room: in the lobby, with a code of six digits, every question hidden.

    Raises `NotAllowed` for a form that is no poll, `NotFound` for an unknown association or team.
    """
    return _begun(db, association, team, form, {"code": _free_code(db), "held_on": installation.today()})


def start_by_link(
    db: Connection,
    installation: Installation,
    association: str,
    team: str | None,
    form: Form,
    first_day: date,
    last_day: date,
) -> Poll:
    """Start a poll for those who could not come: every question open from the first day to the last.

    Raises as `start`, and `BadRequest` for days in the wrong order or in the past.
    """
    if not installation.today() <= first_day <= last_day:
        raise BadRequest(_("Första dagen ska vara i dag eller senare, och sista dagen ska komma efter den."))
    begun = _begun(db, association, team, form, {"held_on": first_day, "last_day": last_day})
    for question in questions(form):
        begin(db, installation, begun.id, form, question)
    return begun


def find_poll(db: Connection, identity: str) -> Poll:
    """A poll by its id, running or ended. Raises `NotFound`."""
    row = db.execute(_POLLS.where(poll.c.id == identity)).first()
    if row is None:
        raise NotFound(_("Omröstningen finns inte."))
    return Poll(*row)


def poll_by_way_in(db: Connection, way_in: str, today: date) -> Poll:
    """The running poll behind six digits, or behind the address of one by link on its days. Raises `Closed`."""
    plain = "".join(way_in.split())
    if not plain.isascii() or not plain.isalnum():
        raise Closed  # PostgreSQL refuses to look for a NUL
    by_code = poll.c.code == plain
    by_link = (poll.c.id == plain) & (poll.c.held_on <= today) & (poll.c.last_day >= today)
    row = db.execute(_POLLS.where(poll.c.state == "running", by_code | by_link)).first()
    if row is None:
        raise Closed
    return Poll(*row)


def polls_of(db: Connection, association: str) -> tuple[Poll, ...]:
    """Every poll of an association, the newest first."""
    rows = db.execute(_POLLS.where(poll.c.association == association).order_by(poll.c.number.desc()))
    return tuple(Poll(*row) for row in rows)


def _begun(db: Connection, association: str, team: str | None, form: Form, given: dict[str, Any]) -> Poll:
    asked = questions(form)
    find_association(db, association)
    if team and find_team(db, team).association != association:
        raise NotFound(_("Teamet %(team)s finns inte.", team=team))
    exclusively(db)  # or two polls that start at the same moment could get the same number
    newest = db.scalar(select(func.max(poll.c.number)).where(poll.c.association == association)) or 0
    begun = {
        "id": secrets.token_hex(8),
        "association": association,
        "team": team,
        "form": form.id,
        "version": form.version,
        "number": newest + 1,
        **given,
    }
    db.execute(insert(poll).values(begun))
    db.execute(insert(poll_question), [{"poll": begun["id"], "question": question.id} for question in asked])
    return find_poll(db, begun["id"])


def _free_code(db: Connection) -> str:
    exclusively(db)
    while True:
        code = str(secrets.randbelow(900_000) + 100_000)
        if not db.scalar(select(exists().where(poll.c.code == code))):
            return code


_POLLS: Select[Any] = select(
    poll.c.id,
    poll.c.association,
    poll.c.team,
    poll.c.form,
    poll.c.version,
    poll.c.number,
    poll.c.held_on,
    poll.c.last_day,
    poll.c.code,
    poll.c.state,
    poll.c.current,
)
