"""Own words before they are projected: the facilitator approves, hides and merges (`survey.polls.texts`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from pages.context import house
from pages.language import spoken
from pages.rooms import place_of
from pages.saying import sayer
from staff.policy import needs
from survey import published
from survey.errors import BadRequest, Closed, NotFound
from survey.polls.holding import find_poll, questions
from survey.polls.model import Poll
from survey.polls.texts import Verdict, Words, judge, merge, texts

moderating = Blueprint("moderating", __name__)

VERDICTS: dict[str, Verdict] = {"approve": "approved", "hide": "hidden", "wait": "waiting"}
"""What a button says of the texts that are ticked; `merge` is the fourth."""
STATES: tuple[Verdict, ...] = ("waiting", "approved", "hidden")


@dataclass(frozen=True)
class Said:
    """What has been written about one question, by what has become of it."""

    id: str
    place: int
    text: str
    waiting: tuple[Words, ...]
    approved: tuple[Words, ...]
    hidden: tuple[Words, ...]


@moderating.get("/omrostning/<poll_id>/texter")
@needs("facilitator")
def look_through(poll_id: str) -> ResponseReturnValue:
    with house().reading() as db:
        running = find_poll(db, poll_id).running
    return _page(poll_id) if running else _to_poll(poll_id)


@moderating.post("/omrostning/<poll_id>/texter")
@needs("facilitator")
def judged(poll_id: str) -> ResponseReturnValue:
    """Approve, hide or merge what is ticked. Merged, the uppermost stands for all of them."""
    go, question = request.form.get("go", "approve"), request.form.get("question", "")
    chosen = [found for text in request.form.getlist("text") if (found := _id(text))]
    if not chosen:
        return _page(poll_id, question, _("Välj minst en text.")), 422
    if go == "merge" and len(chosen) < 2:
        return _page(poll_id, question, _("Välj minst två texter att slå ihop.")), 422
    try:
        with house().writing() as db:
            _act(db, poll_id, go, chosen)
    except Closed:
        return _to_poll(poll_id)
    except BadRequest as refused:
        return _page(poll_id, question, str(refused)), 422
    return redirect(url_for("facilitate.moderating.look_through", poll_id=poll_id, _anchor=question or None), 303)


def unread(db: Connection, poll: Poll, question: str) -> int:
    """How many texts about the question nobody has looked at."""
    return sum(one.question == question for one in texts(db, poll.id, "waiting"))


def _act(db: Connection, poll_id: str, go: str, chosen: Sequence[bytes]) -> None:
    if go == "merge":
        merge(db, poll_id, chosen[0], chosen[1:])
    elif go in VERDICTS:
        judge(db, poll_id, chosen, VERDICTS[go])
    else:
        raise NotFound


def _id(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _to_poll(poll_id: str) -> ResponseReturnValue:
    return redirect(url_for("facilitate.lead", poll_id=poll_id), 303)


def _page(poll_id: str, question: str = "", problem: str = "") -> str:
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        form = published.load(db, poll.form, poll.version)
        there = texts(db, poll.id, "waiting", "approved", "hidden")
    say = sayer(spoken(), {})
    said = [
        Said(one.id, place_of(form, one.id), say(one.text), *(_in(there, one.id, v) for v in STATES))
        for one in questions(form)
        if any(text.question == one.id for text in there)
    ]
    said.sort(key=lambda one: one.id != poll.current)
    return render_template(
        "staff/poll_texts.html",
        poll=poll,
        title=form.title.in_(spoken()),
        said_of=said,
        errors=[(question if any(one.id == question for one in said) else "innehall", problem)] if problem else [],
    )


def _in(there: Sequence[Words], question: str, verdict: Verdict) -> tuple[Words, ...]:
    return tuple(one for one in there if (one.question, one.state) == (question, verdict))
