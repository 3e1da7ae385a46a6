"""The guide by which interviewers ask: a question that proved good becomes part of its next version.

Nothing that has been answered changes: versions are merged by question id, and the new question has an id of its own.
"""

from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from forms.assemble import fingerprint
from forms.model import Form, Page, Question, Text
from survey.db import exclusively
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.published import newest, pool_versions, publish
from survey.tables import authored_form, published_form

MOST_LETTERS = 300
"""Letters of an answer to a question that was taken in."""
MOST_QUESTIONS = 60
"""Questions of a guide with those that were taken in: each makes what every answer of the pool takes longer, and no
conversation comes further."""


def guide_of(db: Connection, pool: str) -> Form | None:
    """The newest version of the guide in which interviewers ask for this pool; None where nobody can."""
    forms = db.scalars(select(published_form.c.form).where(published_form.c.pool == pool).distinct())
    guides = (newest(db, form) for form in forms.all())
    return next((form for form in guides if form.script), None)


def promote(db: Connection, form: str, part: str, text: str) -> Form:
    """The next version of the guide, which asks this in that part, in the same words in every language.

    Raises `NotAllowed` while somebody writes on the guide and when it is full, `NotFound` for a part it does not have,
    `BadRequest` for what it asks already and for nothing.
    """
    if not text.strip():
        raise BadRequest(_("Skriv frågan först."))
    draft = select(authored_form.c.draft).where(authored_form.c.form == form)
    db.execute(draft.with_for_update())  # nobody begins to write on it meanwhile, which would leave the question out
    exclusively(db)  # of two who press at the same moment the second finds the question there
    guide = newest(db, form)
    if db.scalar(draft) is not None:
        raise NotAllowed(_("Någon skriver på formuläret just nu. Försök igen när det är publicerat."))
    if len(guide.questions) >= MOST_QUESTIONS:
        raise NotAllowed(_("Samtalsguiden är full. Någon som skriver formulär får ta bort en fråga först."))
    if any(question.text.in_("") == text for question in guide.questions):
        raise BadRequest(_("Frågan finns redan i samtalsguiden."))
    place = _notes(guide, part)
    taken = {question.id for each in pool_versions(db, guide.pool) for question in each.questions}
    asked = _question(guide, place, text, taken)
    pages = tuple(_with(page, asked) if page is place else page for page in guide.pages)
    whole = replace(guide, version=guide.version + 1, pages=pages)
    following = replace(whole, fingerprint=fingerprint(whole))
    publish(db, following)
    return following


def _notes(guide: Form, part: str) -> Page:
    """The page of the part on which notes are taken: its last."""
    pages = [page for page in guide.pages if page.part and page.part in guide.topics and page.part.in_("") == part]
    if not pages:
        raise NotFound
    return pages[-1]


def _question(guide: Form, page: Page, text: str, taken: set[str]) -> Question:
    note = page.questions[-1]
    name = next(f"{note.id}_{n}" for n in range(2, len(taken) + 3) if f"{note.id}_{n}" not in taken)
    return replace(
        note,
        id=name,
        text=Text(dict.fromkeys(guide.languages, text)),
        max_length=MOST_LETTERS,
        by_role={},
    )


def _with(page: Page, question: Question) -> Page:
    """The page with the question before its notes."""
    return replace(page, questions=(*page.questions[:-1], question, page.questions[-1]))
