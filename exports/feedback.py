"""What an association tells its participants: figures of one period that it has chosen, and what it has changed since.

Only about the association as a whole, only questions whose share of positive answers is shown, and nothing is counted:
each figure is the one that was stored when the period closed. A draft is nobody's but the evaluators'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from exports.contents import Contents, Entry, Item
from survey.db import exclusively
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.periods import Period
from survey.redaction import spotted, staff_names
from survey.tables import feedback, shown
from survey.teams import teams

FEWEST, MOST = 1, 6
"""How many questions are told of at a time."""
LONGEST = 1500
"""Characters of what has been changed, in one language."""


class Wrong(BadRequest):
    """A draft that cannot be kept; `where` is "questions", or the language of the text."""

    def __init__(self, where: str, words: str) -> None:
        super().__init__(words)
        self.where = where


@dataclass(frozen=True)
class About:
    """Which period of a form's figures the association tells of."""

    association: str
    form: str
    period: str


@dataclass(frozen=True)
class Feedback:
    """What is told, or written down to be told."""

    about: About
    questions: tuple[str, ...]
    """In the order of the form."""
    texts: Mapping[str, str]
    """Language -> what has been changed; Swedish, and English where somebody has written it."""
    published_on: date | None

    @property
    def mark(self) -> str:
        """Tells whether what somebody has looked at is what stands there now."""
        return sha256(orjson.dumps([self.questions, self.texts])).hexdigest()


def told_of(db: Connection, about: About) -> Contents:
    """The group that may be told of. Raises `NotFound` where the association as a whole shows nothing."""
    query = select(shown.c.contents).where(
        shown.c.association == about.association,
        shown.c.team.is_(None),
        shown.c.form == about.form,
        shown.c.period == about.period,
    )
    stored = db.scalar(query)
    contents = Contents.from_json(stored) if stored else None
    if contents is None or contents.grade == "withheld":
        raise NotFound
    return contents


def tellable(contents: Contents) -> list[Item]:
    """The questions whose share of positive answers is shown, exactly or coarsely, in the order of the form."""
    return [item for item in contents.items if item.positive is not None or item.step is not None]


def find(db: Connection, about: About) -> Feedback | None:
    """What has been written about the period, published or not."""
    row = db.execute(select(feedback).where(_is(about))).one_or_none()
    return _feedback(row) if row else None


def held(db: Connection, about: About) -> Feedback | None:
    """What `find` gives, and nobody else changes until the transaction ends."""
    exclusively(db)
    return find(db, about)


def written(db: Connection, association: str, form: str) -> dict[str, Feedback]:
    """Period -> what has been written about it, published or not."""
    rows = db.execute(select(feedback).where(feedback.c.association == association, feedback.c.form == form))
    return {row.period: _feedback(row) for row in rows}


def published(db: Connection, association: str) -> list[Feedback]:
    """What everyone may read, of every form, the newest period first, a year before its parts."""
    rows = db.execute(select(feedback).where(_public(association)).order_by(feedback.c.form))
    return sorted(map(_feedback, rows), key=lambda one: _age(one.about.period), reverse=True)


def tells(db: Connection, association: str) -> bool:
    """Whether the association has anything for everyone to read."""
    return db.execute(select(feedback.c.form).where(_public(association)).limit(1)).first() is not None


def save(db: Connection, about: About, questions: Sequence[str], texts: Mapping[str, str]) -> Feedback:
    """Write a draft down, in place of an earlier one.

    Raises `NotFound` as `told_of`, `NotAllowed` for what is published, `Wrong` for questions that are not shown or
    too many or too few, and for a text that is missing or too long.
    """
    standing = held(db, about)  # two evaluators may write the first draft at the same moment
    if standing and standing.published_on:
        raise NotAllowed(_("Återkopplingen är publicerad. Dra tillbaka den först, så går den att ändra."))
    may = [item.question for item in tellable(told_of(db, about))]
    chosen = tuple(question for question in may if question in questions)
    if set(questions) - set(may) or not FEWEST <= len(chosen) <= MOST:
        raise Wrong("questions", _("Välj minst %(fewest)s och högst %(most)s frågor", fewest=FEWEST, most=MOST))
    said = {language: text.replace("\r\n", "\n").strip() for language, text in texts.items() if text.strip()}
    _check(said)
    values = {"questions": orjson.dumps(chosen).decode(), "texts": orjson.dumps(said).decode()}
    if standing:
        db.execute(update(feedback).where(_is(about)).values(values))
    else:
        key = {"association": about.association, "form": about.form, "period": about.period}
        db.execute(insert(feedback).values(key | values))
    return Feedback(about, chosen, said, None)


def publish(db: Connection, about: About, today: date) -> None:
    """Let everyone read what has been written. Raises `NotFound` where nothing is, or where nothing may be told."""
    told_of(db, about)
    if held(db, about) is None:
        raise NotFound
    db.execute(update(feedback).where(_is(about), feedback.c.published_on.is_(None)).values(published_on=today))


def withdraw(db: Connection, about: About) -> None:
    """Make a draft again of what everyone could read."""
    db.execute(update(feedback).where(_is(about)).values(published_on=None))


def worrying(db: Connection, one: Feedback) -> tuple[str, ...]:
    """What in the texts may point somebody out: numbers, addresses, and names of the teams' staff.

    Other names are not found by machine.
    """
    names = staff_names(db, [team.slug for team in teams(db, one.about.association)])
    found = [part for text in one.texts.values() for part in spotted(text, names)]
    return tuple(dict.fromkeys(found))


def of_ten(item: Item) -> tuple[int, bool]:
    """A full figure as people say it: so many of ten, half upwards, and whether that is exact."""
    assert item.positive is not None
    exact = Fraction(10 * item.positive.count, item.positive.base)
    tenths = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return tenths, exact == tenths


def item_of(contents: Contents, question: str) -> tuple[Item, Entry] | None:
    """The question's figure and its entry in the code book of that day; None where it may not be told."""
    for item in tellable(contents):
        if item.question == question:
            return item, contents.entry(question)
    return None


def _check(said: Mapping[str, str]) -> None:
    if "sv" not in said:
        raise Wrong("sv", _("Skriv på svenska vad ni har ändrat"))
    for language, text in said.items():
        if len(text) > LONGEST:
            more = len(text) - LONGEST
            raise Wrong(language, _("Texten får vara högst %(most)s tecken. Ta bort %(more)s", most=LONGEST, more=more))


def _is(about: About) -> ColumnElement[bool]:
    table = feedback.c
    return and_(table.association == about.association, table.form == about.form, table.period == about.period)


def _public(association: str) -> ColumnElement[bool]:
    return and_(feedback.c.association == association, feedback.c.published_on.is_not(None))


def _age(label: str) -> tuple[int, int]:
    period = Period.parse(label)
    return period.last_day.toordinal(), period.months


def _feedback(row: Row[tuple[object, ...]]) -> Feedback:
    return Feedback(
        about=About(row.association, row.form, row.period),
        questions=tuple(orjson.loads(row.questions)),
        texts=orjson.loads(row.texts),
        published_on=row.published_on,
    )
