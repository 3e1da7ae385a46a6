"""Questions that interviewers have asked besides, once somebody outside the team has approved them: no answers.

What was asked and what was said lie together as one quote, a line for each (`forms.types.repeat`); only the line of
the question is told here, of all the association's teams together, in alphabetical order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from exports.quotes import published
from forms.model import Form
from forms.types import TYPES
from survey.tables import quote, release


@dataclass(frozen=True, order=True)
class OwnQuestion:
    """What was asked, in which part of the conversation (as the part is called in the guide's own language)."""

    part: str
    text: str


def own_questions(db: Connection, association: str, guide: Form) -> tuple[OwnQuestion, ...]:
    """What may be taken into the guide: approved, and not in it already."""
    there = {question.text.in_("") for question in guide.questions}
    parts = {part.in_("") for part in guide.topics}
    found = {_read(text) for text in _texts(db, association, guide)}
    return tuple(sorted(one for one in found if one and one.part in parts and one.text not in there))


def _texts(db: Connection, association: str, guide: Form) -> Iterator[str]:
    asks = [question.id for question in guide.questions if TYPES[question.type].repeats]
    waiting = (
        select(quote.c.text)
        .join_from(quote, release, quote.c.release == release.c.id)
        .where(release.c.association == association, quote.c.question.in_(asks), quote.c.state == "approved")
    )
    yield from db.scalars(waiting)
    for quotes in published(db, association, guide.pool).values():
        for question in asks:
            yield from quotes.by_question.get(question, ())


def _read(text: str) -> OwnQuestion | None:
    """The question in a quote; None where whoever approved it has written it otherwise: what is left of a quote whose
    question was cut out would pass off the answer as the question."""
    part, asked, said = (line.strip() for line in (*text.split("\n", 2), "", "")[:3])
    return OwnQuestion(part, asked) if asked and said else None
