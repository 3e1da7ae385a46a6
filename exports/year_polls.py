"""The polls of a year in figures: exact counts of those that have ended."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from exports.contents import Texts
from exports.polls import reported, tally
from exports.wording import N_
from exports.year import Block, Figure, Part, Source
from forms.model import Form, Question
from forms.types import TYPES
from survey.polls.holding import polls_of, questions
from survey.polls.model import FLOOR, Asked, Poll
from survey.polls.results import results, standings
from survey.published import load
from survey.teams import find_team

FEW_VOTES = N_("Färre än {show} röstade med telefon.")

NEVER_OPENED = N_("Frågan öppnades inte.")

_NO_POLLS: Texts = {
    "sv": "Ingen omröstning från året är avslutad.",
    "en": "No poll of the year has ended.",
}


def polls(db: Connection, association: str, year: int) -> Part:
    """Every ended poll of the year, the oldest first: what can be chosen from; own words stay where they are."""
    held = [one for one in reversed(polls_of(db, association)) if not one.running and day_of(one).year == year]
    return Part("polls", tuple(block for one in held for block in _of_poll(db, one)), {} if held else _NO_POLLS)


def day_of(poll: Poll) -> date:
    """The day by which a poll belongs to a year."""
    return poll.last_day or poll.held_on


def _of_poll(db: Connection, poll: Poll) -> Iterator[Block]:
    form = load(db, poll.form, poll.version)
    stands, found = {one.question: one for one in standings(db, poll)}, results(db, poll)
    for question in questions(form):
        if TYPES[question.type].chosen:
            result = found.get(question.id)
            lines = tally(question, result).lines if result else ()
            figures = tuple(
                Figure(dict(line.choice.text.by_language), n=line.n, base=result.people if result else None)
                for line in lines
            )
            yield _asked(db, poll, form, question, figures or (_no_result(stands[question.id]),))


def _no_result(asked: Asked) -> Figure:
    never = asked.state in ("hidden", "skipped")
    return Figure({"sv": "Inget resultat", "en": "No result"}, why=NEVER_OPENED if never else FEW_VOTES)


def _asked(db: Connection, poll: Poll, form: Form, question: Question, figures: tuple[Figure, ...]) -> Block:
    where = f", {find_team(db, poll.team).name}" if poll.team else ""
    title = form.title.by_language
    made_up = reported(db, poll)
    text: Texts = {
        "sv": f"{title['sv']}, omröstning {poll.number} den {day_of(poll).isoformat()}{where}."
        + (" Publicerat 2021: Ja och basen. Resten är påhittat." if made_up else ""),
        "en": f"{title.get('en', title['sv'])}, poll {poll.number} on {day_of(poll).isoformat()}{where}."
        + (" Published in 2021: Yes and the base. The rest is made up." if made_up else ""),
    }
    return Block(dict(question.text.by_language), figures, Source("poll", poll.id, text), FLOOR, FLOOR)
