"""Own words on their way to the wall: nothing is projected, or kept, that the facilitator has not approved."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, select, update

from survey.errors import BadRequest
from survey.polls.leading import held
from survey.tables import poll_text

Verdict = Literal["waiting", "approved", "hidden"]


@dataclass(frozen=True)
class Words:
    """One text with identifiers taken out; `times` counts those that were merged into it, itself too."""

    id: bytes
    question: str
    text: str
    state: Verdict
    times: int


def texts(db: Connection, poll_id: str, *states: Verdict) -> tuple[Words, ...]:
    """The poll's texts in these states, in the order of their random ids."""
    columns = (poll_text.c.id, poll_text.c.question, poll_text.c.text, poll_text.c.state, poll_text.c.times)
    here = (poll_text.c.poll == poll_id, poll_text.c.state.in_(states))
    return tuple(Words(*row) for row in db.execute(select(*columns).where(*here).order_by(poll_text.c.id)))


def judge(db: Connection, poll_id: str, chosen: Collection[bytes], verdict: Verdict) -> None:
    """Approve texts, hide them, or let them wait again. Raises `Closed` for a poll that has ended."""
    held(db, poll_id)
    db.execute(update(poll_text).where(poll_text.c.poll == poll_id, poll_text.c.id.in_(chosen)).values(state=verdict))


def merge(db: Connection, poll_id: str, kept: bytes, others: Collection[bytes]) -> None:
    """Let one text stand for others that say the same. The others are gone; how many they were is kept.

    Raises `BadRequest` for texts that are not answers to one and the same question.
    """
    held(db, poll_id)
    gone = set(others) - {kept}
    here = (poll_text.c.poll == poll_id, poll_text.c.id.in_({kept, *gone}))
    found = db.execute(select(poll_text.c.question, poll_text.c.times).where(*here)).all()
    if len(found) != len(gone) + 1 or len({row.question for row in found}) != 1:
        raise BadRequest(_("Välj texter som svarar på samma fråga."))
    db.execute(delete(poll_text).where(poll_text.c.poll == poll_id, poll_text.c.id.in_(gone)))
    together = sum(row.times for row in found)
    db.execute(update(poll_text).where(poll_text.c.poll == poll_id, poll_text.c.id == kept).values(times=together))


def waiting(db: Connection, poll_id: str) -> int:
    """How many texts nobody has looked at yet; ending the poll removes them."""
    here = (poll_text.c.poll == poll_id, poll_text.c.state == "waiting")
    return db.scalar(select(func.count()).where(*here)) or 0
