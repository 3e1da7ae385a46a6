"""How the questions of a poll stand, what they came to, and the same statement asked before.

How many have voted is for everybody; what was voted is for nobody before there are `FLOOR` votes, and nothing here
reads a ballot: counts are all there is to read.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from survey.errors import NotFound
from survey.polls.holding import find_poll, questions
from survey.polls.model import Asked, Poll, Result, State
from survey.published import load
from survey.tables import ballot, poll_count, poll_phone, poll_question
from survey.tables import poll as poll_


def standings(db: Connection, poll: Poll) -> tuple[Asked, ...]:
    """Every question of the poll, in the order of the form."""
    sealed = (
        select(func.count())
        .where(ballot.c.poll == poll.id, ballot.c.question == poll_question.c.question, ballot.c.blob.is_not(None))
        .correlate(poll_question)
        .scalar_subquery()
    )
    columns = (
        poll_question.c.question,
        poll_question.c.state,
        poll_question.c.counted,
        sealed,
        poll_question.c.by_hand,
    )
    found = {row.question: Asked(*row) for row in db.execute(select(*columns).where(poll_question.c.poll == poll.id))}
    return tuple(found[question.id] for question in questions(load(db, poll.form, poll.version)))


def standing_of(db: Connection, poll: Poll, question: str) -> Asked:
    """One question of the poll. Raises `NotFound`."""
    for one in standings(db, poll):
        if one.question == question:
            return one
    raise NotFound


def state_of(db: Connection, poll: Poll, question: str) -> State:
    """Where a question of the poll is, without counting anything: every phone asks it of every page."""
    here = (poll_question.c.poll == poll.id, poll_question.c.question == question)
    state: State = db.scalars(select(poll_question.c.state).where(*here)).one()
    return state


def joined(db: Connection, poll: Poll) -> int:
    """How many phones are there."""
    return db.scalar(select(func.count()).where(poll_phone.c.poll == poll.id)) or 0


def results(db: Connection, poll: Poll) -> dict[str, Result]:
    """What may be known of what the questions came to: those with at least `FLOOR` votes, by id.

    Whether the room may see it yet is the question's state; own words are `survey.polls.texts`.
    """
    votes: dict[tuple[str, bool], dict[str, int]] = defaultdict(dict)
    for row in db.execute(select(poll_count).where(poll_count.c.poll == poll.id).order_by(poll_count.c.code)):
        votes[row.question, row.by_hand][row.code] = row.n
    return {
        one.question: Result(
            poll, one.question, one.counted, one.by_hand, votes[one.question, False], votes[one.question, True]
        )
        for one in standings(db, poll)
        if one.can_be_shown
    }


def hands(db: Connection, poll: Poll, question: str) -> dict[str, int]:
    """How many hands were counted for each answer so far, to be looked at again by whoever counted them."""
    here = (poll_count.c.poll == poll.id, poll_count.c.question == question, poll_count.c.by_hand)
    return {row.code: row.n for row in db.execute(select(poll_count.c.code, poll_count.c.n).where(*here))}


def asked_before(db: Connection, poll: Poll, question: str) -> list[Result]:
    """The same question in earlier, ended polls of the same association or team, the newest first.

    The same means the same id in the same form: an id never gets another meaning.
    """
    earlier = (
        select(poll_.c.id)
        .where(
            poll_.c.association == poll.association,
            poll_.c.team.is_not_distinct_from(poll.team),
            poll_.c.form == poll.form,
            poll_.c.number < poll.number,
            poll_.c.state != "running",
        )
        .order_by(poll_.c.number.desc())
    )
    return list(_of(question, (results(db, find_poll(db, one)) for one in db.scalars(earlier).all())))


def _of(question: str, found: Iterable[dict[str, Result]]) -> Iterable[Result]:
    return (each[question] for each in found if question in each)
