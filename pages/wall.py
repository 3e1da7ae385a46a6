"""The wall: what the projector shows. The six digits are all it takes, so that it outlives a sign-out and a sleep.

It is told how many are there and have voted while a question is open, and on what only once the facilitator shows it
(`survey.polls.leading.show`); own words only when somebody has approved them. The page is whole as it comes; with
script (static/wall.js) it follows the room by the answers of `pages.live`, without it comes again by itself.
"""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from exports.polls import tally
from forms.model import Form, Question
from forms.types import TYPES
from pages.context import house
from pages.drawing import KEEP
from pages.language import spoken
from pages.rooms import Bars, WayIn, drawn, live_address, place_of, way_in
from pages.saying import sayer
from staff.policy import public
from survey.errors import Closed
from survey.polls.holding import poll_by_way_in, questions
from survey.polls.model import Asked, Poll
from survey.polls.results import joined, results, standing_of
from survey.polls.texts import Words, texts
from survey.published import load

wall = Blueprint("wall", __name__)


@dataclass(frozen=True)
class Sight:
    """What the wall shows just now."""

    poll: Poll
    way_in: WayIn
    form: Form
    joined: int
    question: Question | None
    """None in the lobby."""
    asked: Asked | None
    bars: Bars | None
    """Only once the question is shown."""
    words: tuple[Words, ...]
    """Approved, and only once the question is shown."""

    @property
    def state(self) -> str:
        return self.asked.state if self.asked else "lobby"

    @property
    def place(self) -> int:
        return place_of(self.form, self.question.id) if self.question else 0

    @property
    def last(self) -> int:
        return len(questions(self.form))

    @property
    def in_words(self) -> bool:
        """Whether the question is answered in own words."""
        return self.question is not None and not TYPES[self.question.type].chosen


@wall.get("/rosta/<code>/vagg")
@public
def wall_page(code: str) -> ResponseReturnValue:
    with house().reading() as db:
        poll = poll_by_way_in(db, code, house().today())
        if not poll.code:
            raise Closed  # a poll by link has no room
        sight = _sight(db, poll)
    page = render_template("vote/wall.html", sight=sight, say=sayer(spoken(), {}), live=live_address(poll.code))
    response = make_response(page)
    response.headers["Cache-Control"] = KEEP
    return response


@wall.errorhandler(Closed)
def _over(_fault: Closed) -> ResponseReturnValue:
    """The same for a code that is wrong and for a poll that is over; the script shows it and asks no more."""
    return render_template("vote/wall.html", sight=None, live=""), 410


def _sight(db: Connection, poll: Poll) -> Sight:
    form = load(db, poll.form, poll.version)
    there, entrance = joined(db, poll), way_in(poll, house().settings.base_url)
    if poll.current is None:
        return Sight(poll, entrance, form, there, None, None, None, ())
    question, asked = form.by_id[poll.current], standing_of(db, poll, poll.current)
    bars, words = _told(db, poll, question) if asked.state == "shown" else (None, ())
    return Sight(poll, entrance, form, there, question, asked, bars, words)


def _told(db: Connection, poll: Poll, question: Question) -> tuple[Bars | None, tuple[Words, ...]]:
    """What a question that is shown came to."""
    if not TYPES[question.type].chosen:
        return None, tuple(one for one in texts(db, poll.id, "approved") if one.question == question.id)
    return drawn(tally(question, results(db, poll)[question.id]), sayer(spoken(), {})), ()
