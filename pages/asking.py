"""One question of a poll: how it stands, hands counted in the room, and what the same question came to before."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports.polls import tally
from forms.model import Form, Question
from forms.types import TYPES
from pages.context import house
from pages.language import spoken
from pages.rooms import Bars, drawn, place_of
from pages.saying import sayer
from pages.steps import about, stamp
from staff.policy import needs
from survey import published
from survey.errors import BadRequest, Closed, NotFound
from survey.polls import leading
from survey.polls.holding import find_poll
from survey.polls.model import Asked, Poll
from survey.polls.results import asked_before, hands, results, standings
from survey.polls.texts import Words, texts

question_pages = Blueprint("asking", __name__)

PEOPLE = "personer"
"""The field for how many people raised a hand at all, where one may give several answers."""


@dataclass(frozen=True)
class Earlier:
    """What the same question came to in an earlier poll."""

    poll: Poll
    bars: Bars


@dataclass(frozen=True)
class Asking:
    """A question of a poll as the facilitator sees it."""

    question: Question
    asked: Asked
    place: int
    text: str
    bars: Bars | None
    """None until it is shown, or the poll ended."""
    words: tuple[Words, ...]
    """Approved texts, as soon as they may be seen."""
    earlier: tuple[Earlier, ...]

    @property
    def id(self) -> str:
        return self.question.id

    @property
    def in_words(self) -> bool:
        """Whether it is answered in own words."""
        return not TYPES[self.question.type].chosen

    @property
    def several(self) -> bool:
        """Whether several answers may be given."""
        return TYPES[self.question.type].takes_several

    def likewise(self, code: str) -> list[tuple[int, int, int]]:
        """How often the answer was given in the earlier polls: count, base, share; the newest first."""
        found = []
        for one in self.earlier:
            bar = next(bar for bar in one.bars.bars if bar.code == code)
            found.append((bar.count, one.bars.base, bar.share))
        return found


def asking(db: Connection, poll: Poll, form: Form, question: str) -> Asking:
    """A question of the poll. Raises `NotFound`."""
    asked = next((one for one in standings(db, poll) if one.question == question), None)
    if asked is None:
        raise NotFound(_("Frågan finns inte."))
    text = sayer(spoken(), {})(form.by_id[question].text)
    return Asking(form.by_id[question], asked, place_of(form, question), text, *_told(db, poll, form, asked))


def _told(
    db: Connection, poll: Poll, form: Form, asked: Asked
) -> tuple[Bars | None, tuple[Words, ...], tuple[Earlier, ...]]:
    question, may_be_seen = form.by_id[asked.question], asked.state == "shown" or not poll.running
    if not TYPES[question.type].chosen:
        words = texts(db, poll.id, "approved") if may_be_seen else ()
        return None, tuple(one for one in words if one.question == question.id), ()
    say = sayer(spoken(), {})
    result = results(db, poll).get(question.id) if may_be_seen else None
    before = asked_before(db, poll, question.id)
    return (
        drawn(tally(question, result), say) if result else None,
        (),
        tuple(Earlier(one.poll, drawn(tally(question, one), say)) for one in before),
    )


@question_pages.get("/omrostning/<poll_id>/fraga/<question>")
@needs("facilitator")
def question_page(poll_id: str, question: str) -> str:
    return _page(poll_id, question, None, {})


@question_pages.post("/omrostning/<poll_id>/fraga/<question>")
@needs("facilitator")
def count_hands(poll_id: str, question: str) -> ResponseReturnValue:
    """Keep what was counted in the room, in place of what was there before."""
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        one = asking(db, poll, published.load(db, poll.form, poll.version), question)
    typed = {name: request.form.get(name, "").strip() for name in _fields(one)}
    wrong = {name: _("Skriv antalet med siffror, till exempel 12") for name, text in typed.items() if not _counts(text)}
    if not wrong:
        numbers = {name: int(text or 0) for name, text in typed.items()}
        people = numbers.pop(PEOPLE, None)
        counts = {code: numbers[field_of(code)] for code in _codes(one)}
        try:
            with house().writing() as db:
                leading.count_by_hand(db, poll_id, question, counts, sum(counts.values()) if people is None else people)
            return redirect(
                url_for("facilitate.asking.question_page", poll_id=poll_id, question=question, sparat=1), 303
            )
        except BadRequest as refused:
            wrong = {next(iter(typed)): str(refused)}
        except Closed:
            wrong = {next(iter(typed)): str(_("Omröstningen är avslutad."))}
    return _page(poll_id, question, typed, wrong), 422


def field_of(code: str) -> str:
    """The field of an answer: an id begins with a letter, a code need not."""
    return f"antal{code}"


def _codes(one: Asking) -> list[str]:
    return [choice.code for choice in one.question.choices]


def _fields(one: Asking) -> list[str]:
    if one.in_words:
        raise NotFound
    return [*map(field_of, _codes(one)), *([PEOPLE] if one.several else [])]


def _counts(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 5)


def _page(poll_id: str, question: str, typed: Mapping[str, str] | None, wrong: Mapping[str, str]) -> str:
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        form = published.load(db, poll.form, poll.version)
        one = asking(db, poll, form, question)
        standing, counted = standings(db, poll), hands(db, poll, question)
    if typed is None:
        typed = {field_of(code): str(n) for code, n in counted.items()} | {PEOPLE: str(one.asked.by_hand or "")}
    return render_template(
        "staff/poll_question.html",
        poll=poll,
        title=form.title.in_(spoken()),
        one=one,
        steps=about(form, one.asked) if poll.running and not poll.by_link else [],
        seen=stamp(poll, next((other.state for other in standing if other.question == poll.current), None)),
        say=sayer(spoken(), {}),
        typed=typed,
        wrong=wrong,
        errors=list(wrong.items()),
        field_of=field_of,
        people=PEOPLE,
        said=_("Antalen är sparade.") if "sparat" in request.args else "",
    )
