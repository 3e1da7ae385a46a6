"""Free text on its way out: read by a person who does not work in the team, then published, a whole period at once.

PRIVACY.md 3.10. Who may read is asked of `staff`; taking identifiers out is `survey.redaction`; names of people outside
the team's staff are found by nobody but the reader.
"""

import secrets
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, delete, insert, select, update

from exports.book import Book, code_book
from exports.contents import Quotes, Texts
from forms.model import MISSING, Answer, Form
from forms.routing import asked
from survey.db import exclusively
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.periods import Period
from survey.published import pool_versions
from survey.redaction import redactor, staff_names
from survey.tables import quote, release, response, shown_quotes
from survey.teams import teams

QuoteRow = Row[tuple[bytes, str, str, str, str, str, str]]
"""A row of `quote` with the team and the period of its release."""
FEWEST = 10
"""Approved quotes below which nothing of a period is published, and persons asked below which no answer to a
conditional question is."""
LONGEST = 5000


@dataclass(frozen=True)
class Waiting:
    """A quote to be read: its question, but neither team nor anything else of the person who wrote it."""

    id: bytes
    question: str
    asked: Texts
    period: str
    text: str


@dataclass(frozen=True)
class Progress:
    """How far the reading of a form's quotes has come: waiting to be read, approved, rejected."""

    waiting: int
    approved: int
    rejected: int


def waiting(db: Connection, association: str, form: str, *, own_teams: Collection[str]) -> list[Waiting]:
    """The quotes that someone who works in `own_teams` may read, oldest period first, in the order of random ids."""
    texts = {entry.id: entry.text for entry in code_book(form, pool_versions(db, form)).entries}
    rows = [
        Waiting(row.id, row.question, texts[row.question], row.period, row.text)
        for row in _rows(db, association, form)
        if row.state == "waiting" and not _concerns(row, own_teams)
    ]
    return sorted(rows, key=lambda one: (Period.parse(one.period).last_day, one.id))


def progress(db: Connection, association: str, form: str, *, own_teams: Collection[str] = ()) -> Progress:
    """How many quotes are in each state, of those that have not been published and that someone who works in
    `own_teams` may read: how many in such a team have written something is nobody's to know there."""
    states = [row.state for row in _rows(db, association, form) if not _concerns(row, own_teams)]
    return Progress(states.count("waiting"), states.count("approved"), states.count("rejected"))


def approve(db: Connection, quote_id: bytes, *, own_teams: Collection[str], text: str | None = None) -> None:
    """Let a quote leave, as it is or as the reader has made it (something cut out, or a translation).

    Raises `NotFound` for one that is not waiting, `NotAllowed` for one about a team of the reader's, `BadRequest` for
    an empty or endless text, and for one in letters that neither Swedish nor English is written with.
    """
    row = _readable(db, quote_id, own_teams)
    kept = row.text if text is None else text.replace("\r\n", "\n").strip()
    if not kept or len(kept) > LONGEST:
        raise BadRequest(_("Skriv citatet, eller ta bort det."))
    if _in_other_letters(kept):
        raise BadRequest(_("Skriv en översättning av citatet på svenska eller engelska."))
    db.execute(update(quote).where(quote.c.id == quote_id).values(state="approved", text=kept))


def reject(db: Connection, quote_id: bytes, *, own_teams: Collection[str]) -> None:
    """Keep a quote from leaving; its text is gone at once. Raises `NotFound` and `NotAllowed` like `approve`."""
    _readable(db, quote_id, own_teams)
    db.execute(update(quote).where(quote.c.id == quote_id).values(state="rejected", text=""))


def publish(db: Connection, association: str, form: str, period: Period, today: date) -> Quotes | None:
    """Publish what has been approved up to `period`, once and together; what cannot leave yet waits for the next.

    Returns None where fewer than ten could leave. Raises `NotAllowed` while any quote up to the period is unread, and
    for a period that has been published.
    """
    exclusively(db)  # of two who publish at the same moment the second sees what the first has done
    if published(db, association, form, period.label):
        raise NotAllowed(_("Citaten från %(period)s är redan publicerade.", period=period.label))
    rows = [row for row in _rows(db, association, form) if Period.parse(row.period).last_day <= period.last_day]
    if any(row.state == "waiting" for row in rows):
        raise NotAllowed(_("Alla citat måste vara granskade innan de publiceras."))
    leaving = list(_leaving(db, form, [row for row in rows if row.state == "approved"]))
    if len(leaving) < FEWEST:
        return None
    book = code_book(form, pool_versions(db, form))
    contents = _shuffled(db, association, leaving, book, today)
    db.execute(
        insert(shown_quotes).values(
            association=association, form=form, period=period.label, published_on=today, contents=contents.to_json()
        )
    )
    done = [row.id for row in leaving] + [row.id for row in rows if row.state == "rejected"]
    db.execute(delete(quote).where(quote.c.id.in_(done)))
    return contents


def published(db: Connection, association: str, form: str, period: str | None = None) -> dict[str, Quotes]:
    """Period -> quotes published, of one period or all, oldest first."""
    query = select(shown_quotes.c.period, shown_quotes.c.contents).where(
        shown_quotes.c.association == association, shown_quotes.c.form == form
    )
    if period is not None:
        query = query.where(shown_quotes.c.period == period)
    rows = sorted(db.execute(query).all(), key=lambda row: Period.parse(row.period).last_day)
    return {row.period: Quotes.from_json(row.contents) for row in rows}


def _rows(db: Connection, association: str, form: str) -> Sequence[QuoteRow]:
    query = (
        select(quote, release.c.team, release.c.period)
        .join_from(quote, release, quote.c.release == release.c.id)
        .where(release.c.association == association, release.c.form == form)
        .order_by(quote.c.id)
    )
    return db.execute(query).all()


def _in_other_letters(text: str) -> bool:
    """Whether most letters are of another script. A language in Latin letters is known to the reader only."""
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters) > len(letters)


def _concerns(row: QuoteRow, own_teams: Collection[str]) -> bool:
    """Whether the quote may be about a team the reader works in; a pooled one may be about any."""
    return row.team in own_teams or (row.team is None and bool(own_teams))


def _readable(db: Connection, quote_id: bytes, own_teams: Collection[str]) -> QuoteRow:
    """The quote, which nobody else decides about until the transaction ends: what one rejects no other approves."""
    query = select(quote, release.c.team, release.c.period).join_from(quote, release, quote.c.release == release.c.id)
    held = query.where(quote.c.id == quote_id, quote.c.state == "waiting").with_for_update(of=quote)
    row = db.execute(held).one_or_none()
    if row is None:
        raise NotFound
    if _concerns(row, own_teams):
        raise NotAllowed(_("Den som arbetar i teamet granskar inte teamets citat."))
    return row


def _leaving(db: Connection, form: str, approved: Sequence[QuoteRow]) -> Iterator[QuoteRow]:
    """The approved quotes of questions that enough persons were asked, in the releases these quotes come from."""
    versions = pool_versions(db, form)
    by_question: dict[str, list[QuoteRow]] = defaultdict(list)
    for row in approved:
        by_question[row.question].append(row)
    for question, rows in by_question.items():
        if _persons_asked(db, versions, question, {row.release for row in rows}) >= FEWEST:
            yield from rows


def _persons_asked(db: Connection, versions: Sequence[Form], question: str, releases: Collection[str]) -> int:
    """How many were asked, judged by their closed answers: a response holds nothing about free text itself."""
    newest = next(form for form in reversed(versions) if question in form.by_id)
    stored = db.scalars(select(response.c.answers).where(response.c.release.in_(releases)))
    return sum(any(q.id == question for q in asked(newest, _given(newest, orjson.loads(text)))) for text in stored)


def _given(form: Form, record: Mapping[str, str | int | list[str]]) -> dict[str, Answer]:
    """The answers in a stored response; missing codes are none."""
    given = {question.id: record[question.id] for question in form.questions if question.id in record}
    return {
        id_: tuple(value) if isinstance(value, list) else str(value)
        for id_, value in given.items()
        if value != [] and value not in MISSING
    }


def _shuffled(
    db: Connection,
    association: str,
    leaving: Sequence[QuoteRow],
    book: Book,
    today: date,
) -> Quotes:
    """The texts per question in the form's order, redacted again, mixed by the system's random source."""
    redact = redactor(staff_names(db, [team.slug for team in teams(db, association)]))
    by_question: dict[str, list[str]] = defaultdict(list)
    for row in leaving:
        by_question[row.question].append(redact(row.text))
    for texts in by_question.values():
        secrets.SystemRandom().shuffle(texts)
    entries = tuple(entry for entry in book.entries if entry.id in by_question)
    return Quotes(
        by_question={entry.id: tuple(by_question[entry.id]) for entry in entries},
        book=entries,
        themes=book.themes,
        published_on=today.isoformat(),
    )
