"""What a whole room may know of its poll, for all rooms in one look: `pages.live` prepares answers of it.

A phone asks every other second; this is asked once a second by each process, however many phones there are.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from survey.polls.model import State
from survey.tables import ballot, poll, poll_phone, poll_question


@dataclass(frozen=True)
class Room:
    """A poll in a room just now: where it is, how many are there, how many have voted. Never on what."""

    poll: str
    code: str
    question: str | None
    """None in the lobby."""
    state: State | None
    joined: int
    votes: int


def rooms(db: Connection) -> dict[str, Room]:
    """Every poll that is running in a room, by its code."""
    return {row.code: Room(*row) for row in db.execute(_ROOMS)}


_JOINED = select(func.count()).where(poll_phone.c.poll == poll.c.id).correlate(poll).scalar_subquery()
_VOTES = (
    select(func.count())
    .where(ballot.c.poll == poll.c.id, ballot.c.question == poll.c.current)
    .correlate(poll)
    .scalar_subquery()
)
_ROOMS = (
    select(poll.c.id, poll.c.code, poll.c.current, poll_question.c.state, _JOINED, _VOTES)
    .select_from(poll)
    .outerjoin(poll_question, and_(poll_question.c.poll == poll.c.id, poll_question.c.question == poll.c.current))
    .where(poll.c.code.is_not(None))
)
