"""Leading a poll through its questions: opening, skipping, showing, and counting hands. Commits nothing.

A step that has been taken already is taken again without harm: people press twice. Closing is `survey.polls.closing`.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select, update

from forms.model import Question
from forms.types import TYPES
from survey.errors import BadRequest, Closed, NotAllowed, NotFound
from survey.installation import Installation
from survey.polls import boxes
from survey.polls.holding import find_poll, questions
from survey.polls.model import FLOOR, Asked, Poll
from survey.polls.results import standing_of, standings
from survey.published import load
from survey.tables import poll as poll_
from survey.tables import poll_count, poll_question

MOST_HANDS = 10_000


def held(db: Connection, identity: str) -> Poll:
    """The poll, locked so that what two facilitators press happens one after the other. Raises `Closed` when ended."""
    db.execute(select(poll_.c.id).where(poll_.c.id == identity).with_for_update(key_share=True))
    found = find_poll(db, identity)
    if not found.running:
        raise Closed
    return found


def open_question(db: Connection, installation: Installation, poll_id: str, question: str) -> None:
    """Let the room vote on a question, for the first time or again. Phones already counted are told so.

    Raises `NotAllowed` while another question is open, and for a poll by link.
    """
    poll, asked = _at(db, poll_id, question)
    if poll.by_link:
        raise NotAllowed(_("En omröstning med länk öppnas och stängs hel."))
    if any(one.state == "open" and one.question != question for one in standings(db, poll)):
        raise NotAllowed(_("Stäng den fråga som är öppen först."))
    if standing_of(db, poll, question).state != "open":
        boxes.begin(db, installation, poll.id, load(db, poll.form, poll.version), asked)
    _go_to(db, poll, question)


def skip(db: Connection, poll_id: str, question: str) -> None:
    """Pass over a question that has not been opened; it can be opened later all the same."""
    poll, _asked = _at(db, poll_id, question)
    if standing_of(db, poll, question).state not in ("hidden", "skipped"):
        raise NotAllowed(_("Frågan har redan varit öppen."))
    _set_state(db, poll, question, "skipped")


def show(db: Connection, poll_id: str, question: str) -> None:
    """Let the wall show what a closed question came to. Raises `NotAllowed` while it is open or has too few votes."""
    poll, _asked = _at(db, poll_id, question)
    now = standing_of(db, poll, question)
    if now.state not in ("closed", "shown"):
        raise NotAllowed(_("Stäng frågan först."))
    if not now.can_be_shown:
        raise NotAllowed(_("Resultatet visas när minst %(floor)s har röstat.", floor=FLOOR))
    _set_state(db, poll, question, "shown")
    _go_to(db, poll, question)


def hide(db: Connection, poll_id: str, question: str) -> None:
    """Take a result off the wall again."""
    poll, _asked = _at(db, poll_id, question)
    if standing_of(db, poll, question).state == "shown":
        _set_state(db, poll, question, "closed")


def count_by_hand(db: Connection, poll_id: str, question: str, counts: Mapping[str, int], people: int) -> None:
    """What was counted in the room or on paper, in place of what was there before. Flagged wherever it is shown.

    `people` is how many raised a hand at all. Raises `BadRequest` for numbers that cannot be.
    """
    poll, asked = _at(db, poll_id, question)
    _check_hands(asked, counts, people)
    here = {"poll": poll.id, "question": question, "by_hand": True}
    db.execute(delete(poll_count).where(*(poll_count.c[name] == value for name, value in here.items())))
    rows = [{**here, "code": code, "n": n} for code, n in sorted(counts.items()) if n]
    if rows:
        db.execute(insert(poll_count), rows)
    db.execute(update(poll_question).where(*_is(poll, question)).values(by_hand=people))


def next_hidden(poll: Poll, asked: tuple[Asked, ...]) -> str | None:
    """The question to open next: the first hidden one after where the room is, or else the first hidden one."""
    names = [one.question for one in asked]
    here = names.index(poll.current) + 1 if poll.current else 0
    return next((one.question for one in (*asked[here:], *asked[:here]) if one.state == "hidden"), None)


def _check_hands(asked: Question, counts: Mapping[str, int], people: int) -> None:
    if not TYPES[asked.type].chosen:
        raise NotAllowed(_("Egna ord kan inte räknas för hand."))
    if any(asked.choice(code) is None for code in counts):
        raise BadRequest(_("Svaret finns inte."))
    several = TYPES[asked.type].takes_several
    fits = all(0 <= n <= people for n in counts.values()) if several else sum(counts.values()) == people
    if not fits or min(counts.values(), default=0) < 0 or not 0 <= people <= MOST_HANDS:
        raise BadRequest(_("Antalen stämmer inte. Räkna en gång till."))


def _at(db: Connection, poll_id: str, question: str) -> tuple[Poll, Question]:
    poll = held(db, poll_id)
    for asked in questions(load(db, poll.form, poll.version)):
        if asked.id == question:
            return poll, asked
    raise NotFound(_("Frågan finns inte."))


def _go_to(db: Connection, poll: Poll, question: str) -> None:
    db.execute(update(poll_).where(poll_.c.id == poll.id).values(current=question))


def _set_state(db: Connection, poll: Poll, question: str, state: str) -> None:
    db.execute(update(poll_question).where(*_is(poll, question)).values(state=state))


def _is(poll: Poll, question: str) -> tuple[Any, ...]:
    return poll_question.c.poll == poll.id, poll_question.c.question == question
