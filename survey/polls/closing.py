"""Closing a question, and ending a poll. These commit: only after the commit may keys be destroyed.

A crash in between is repaired at the next start, as after a release (`survey.repair`).
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select, update

from forms.model import Question
from survey.errors import Closed
from survey.installation import Installation
from survey.polls import boxes
from survey.polls.holding import find_poll, questions
from survey.polls.leading import held
from survey.polls.model import Poll
from survey.polls.results import standings
from survey.published import load
from survey.redaction import Redact, redactor, staff_names
from survey.repair import finish
from survey.tables import poll as poll_
from survey.tables import poll_phone, poll_text
from survey.teams import teams

LEFT = timedelta(days=7)
"""How long texts can be looked through after a poll nobody has ended."""


def close_question(installation: Installation, poll_id: str, question: str) -> None:
    """Take no more votes on a question. At least `model.FLOOR` ballots become counts; fewer stay sealed and wait.

    Nothing happens to a question that is not open. Raises `Closed` for a poll that has ended.
    """
    with installation.writing() as db:
        _close(db, installation, held(db, poll_id), {question})
    finish(installation, patient=False)


def close_all(installation: Installation, poll_id: str) -> None:
    """Take no more votes on any question: how a poll by link is closed, so that its texts can be looked through."""
    with installation.writing() as db:
        poll = held(db, poll_id)
        _close(db, installation, poll, {one.question for one in standings(db, poll)})
    finish(installation, patient=False)


def close_due(installation: Installation) -> list[str]:
    """What the night does: closes polls whose day or last day has passed, and ends those left so for a week.

    Gives the polls that were closed or ended. Safe to repeat.
    """
    last = func.coalesce(poll_.c.last_day, poll_.c.held_on)
    with installation.reading() as db:
        rows = db.execute(select(poll_.c.id, last).where(poll_.c.state == "running").order_by(poll_.c.id)).all()
        passed = {one: day for one, day in rows if day < installation.today()}
        still_open = [one for one in passed if _is_open(db, one)]
    done = {one for one in still_open if _done(close_all, installation, one)}
    left = [one for one, day in passed.items() if day + LEFT <= installation.today()]
    return sorted(done | {one for one in left if _done(end, installation, one)})


def _done(deed: Callable[[Installation, str], None], installation: Installation, poll_id: str) -> bool:
    """Whether it was done here; somebody may have ended the poll meanwhile, or another host be about its night too."""
    try:
        deed(installation, poll_id)
    except Closed:
        return False
    return True


def end(installation: Installation, poll_id: str) -> None:
    """End the poll: its code leads nowhere, and of votes only counts and approved texts remain.

    Ballots that were too few are destroyed unread, texts that nobody approved with them.
    """
    with installation.writing() as db:
        poll = held(db, poll_id)
        _close(db, installation, poll, {one.question for one in standings(db, poll)})
        boxes.throw_away(db, poll.id)
        db.execute(delete(poll_phone).where(poll_phone.c.poll == poll.id))
        db.execute(delete(poll_text).where(poll_text.c.poll == poll.id, poll_text.c.state != "approved"))
        db.execute(update(poll_).where(poll_.c.id == poll.id).values(state="emptied", code=None, current=None))
    finish(installation, patient=False)


def _close(db: Connection, installation: Installation, poll: Poll, which: set[str]) -> None:
    redact = _redactor(db, poll)
    for question in _open_among(db, poll, which):
        boxes.close(db, installation, poll.id, question, redact)


def _open_among(db: Connection, poll: Poll, which: set[str]) -> list[Question]:
    is_open = {one.question for one in standings(db, poll) if one.state == "open"} & which
    return [question for question in questions(load(db, poll.form, poll.version)) if question.id in is_open]


def _is_open(db: Connection, poll_id: str) -> bool:
    return any(one.state == "open" for one in standings(db, find_poll(db, poll_id)))


def _redactor(db: Connection, poll: Poll) -> Redact:
    """Takes identifiers and the names of those who work in the team, or in any of the association's, out of texts."""
    own = [poll.team] if poll.team else [team.slug for team in teams(db, poll.association)]
    return redactor(staff_names(db, own))
