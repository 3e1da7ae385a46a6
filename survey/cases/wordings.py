"""Texts of consent: word for word as they were shown, and which translations somebody has approved.

A consent holds the SHA-256 of its text; the text itself is kept here once and never changes, so that anyone can hash it
again (PRIVACY.md P20). A language whose texts nobody has approved is not offered: consent never falls back to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import Connection, insert, select

from forms.consent import Wording
from forms.model import Form, Text
from survey.db import exclusively
from survey.errors import BadRequest, NotFound
from survey.tables import consent_approval, consent_wording


@dataclass(frozen=True)
class Shown:
    """A text of consent exactly as it stood on a page, and the version it had before its blanks were filled."""

    version: str
    language: str
    text: str

    @property
    def hash(self) -> bytes:
        """Its SHA-256."""
        return sha256(self.text.encode()).digest()


def keep(db: Connection, shown: Wording) -> bytes:
    """Keep the text, once, and give its SHA-256."""
    known_by = bytes.fromhex(shown.sha256)
    if db.scalar(select(consent_wording.c.hash).where(consent_wording.c.hash == known_by)) is None:
        row = {"hash": known_by, "version": shown.version, "language": shown.language, "text": shown.text}
        db.execute(insert(consent_wording).values(row))
    return known_by


def shown(db: Connection, known_by: bytes) -> Shown:
    """The text with that SHA-256. Raises `NotFound`."""
    row = db.execute(select(consent_wording).where(consent_wording.c.hash == known_by)).first()
    if row is None:
        raise NotFound
    return Shown(row.version, row.language, row.text)


def approve(db: Connection, form: Form, language: str, approver: str, on: date) -> None:
    """Note that somebody answers for the form's texts of consent in that language, word for word as they are now.

    Raises `BadRequest` for a language that lacks some of them, or a blank name.
    """
    if not approver.strip():
        raise BadRequest(_("Skriv vem som har godkänt."))
    known_by = _known_by(form, language)
    if known_by is None:
        raise BadRequest(_("Samtyckets texter finns inte på %(language)s.", language=language))
    exclusively(db)
    if not _approved(db, known_by):
        row = {"hash": known_by, "form": form.id, "language": language, "approver": approver.strip()}
        db.execute(insert(consent_approval).values(row | {"approved_on": on}))


def approved(db: Connection, form: Form) -> tuple[str, ...]:
    """The form's languages in which consent may be asked for: the binding one, and those approved just as they are."""
    binding, *others = form.languages
    found = [language for language in others if (known_by := _known_by(form, language)) and _approved(db, known_by)]
    return (binding, *found)


def _approved(db: Connection, known_by: bytes) -> bool:
    return db.scalar(select(consent_approval.c.hash).where(consent_approval.c.hash == known_by)) is not None


def _known_by(form: Form, language: str) -> bytes | None:
    """What a form's texts of consent in one language are known by; None where one is missing."""
    found = list(_texts(form))
    if not found or not all(text.has(language) for text in found):
        return None
    said = [text.in_(language) for text in found]
    return sha256("\n".join((form.id, language, *said)).encode()).digest()


def _texts(form: Form) -> Iterator[Text]:
    """Everything a consent of the form may say: to whichever role, about whichever party."""
    yield from form.consent.text if form.consent else ()
    for question in form.questions:
        if question.party:
            yield question.text
            yield from (choice.text for choice in question.choices)
            for wording in question.by_role.values():
                yield from filter(None, (wording.text, *wording.choices.values()))
