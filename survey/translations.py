"""Languages of a form: how far each has come, who approves it, and letting it be published on its own.

A translation is part of the draft, and every change of it a step like any other (`survey.authoring`). A language is
published when it is complete, nothing in it must be looked over, and the one who was named for it has approved it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, select, update

from forms.assemble import dump_form
from forms.content import Used, as_published
from forms.editing import AddLanguage, ChangeTexts, RemoveLanguage
from forms.model import Form
from forms.schema import understand
from forms.translating import Marks, Progress, Unit, confirmed, progress, seal, translated
from survey import authoring, languages
from survey.authoring import Draft, Stamp, Written
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.languages import Standing
from survey.published import load
from survey.published import publish as keep_version
from survey.tables import account, form_language, role


@dataclass(frozen=True)
class Tongue:
    """One language a form is in, or is being translated into."""

    language: str
    progress: Progress
    approver: str | None
    """Account of who was named to approve it."""
    approver_name: str
    approved_on: date | None
    """When it was approved as it stands; None: not approved, or changed since."""
    published: bool
    """Whether the newest published version has it."""
    next: bool
    """Whether the next published version will have it."""

    @property
    def ready(self) -> bool:
        """Whether it can be published."""
        return self.progress.complete and self.approved_on is not None


def tongues(db: Connection, draft: Draft) -> tuple[Tongue, ...]:
    """Every language but the form's first, in the order they came."""
    known = {row.language: row for row in db.execute(select(form_language).where(form_language.c.form == draft.form))}
    first, *others = _languages(draft.written)
    every = [*others, *sorted(known.keys() - {first, *others})]
    return tuple(_tongue(db, draft, language, known.get(language)) for language in every)


def tongue(db: Connection, draft: Draft, language: str) -> Tongue:
    """One of them. Raises `NotFound`."""
    return _tongue(db, draft, language, _row(db, draft, language))


def texts(db: Connection, draft: Draft, language: str) -> tuple[Unit, ...]:
    """Every text with its translation, in the order of the form."""
    return _standing(db, draft, language).units


def texts_at(db: Connection, draft: Draft, language: str, keys: Collection[str]) -> tuple[Unit, ...]:
    """Those of them that have these keys. Raises `NotFound` for a language the form is not translated into."""
    _row(db, draft, language)
    return _standing(db, draft, language).units_at(keys)


def _hold(db: Connection, draft: Draft) -> None:
    """Keep the form until the commit: what is kept of its languages is read, changed and written as a whole. Raises
    `NotFound` where the draft is gone."""
    authoring.read(db, draft.form)


def _row(db: Connection, draft: Draft, language: str) -> Row[Any] | None:
    """What is kept of a language, if anything. Raises `NotFound`."""
    row = languages.row_of(db, draft.form, language)
    first = draft.content["languages"][0]
    if language == first or (row is None and language not in _languages(draft.written)):
        raise NotFound
    return row


def _standing(db: Connection, draft: Draft, language: str) -> Standing:
    row = languages.row_of(db, draft.form, language)
    return languages.standing(draft.written, language, row.marks if row else "{}")


def _tongue(db: Connection, draft: Draft, language: str, row: Row[Any] | None) -> Tongue:
    standing = languages.standing(draft.written, language, row.marks if row else "{}")
    approver = row.approver if row else None
    stands = row is not None and row.approved is not None and standing.is_sealed(row.approved)
    return Tongue(
        language=language,
        progress=standing.progress,
        approver=approver,
        approver_name=db.scalar(select(account.c.name).where(account.c.id == approver)) or "" if approver else "",
        approved_on=row.approved_on if row and stands else None,
        published=bool(draft.published) and language in load(db, draft.form, draft.published or 0).languages,
        next=language in draft.content["languages"],
    )


@lru_cache(maxsize=8)
def _languages(written: Written) -> list[str]:
    return languages.languages_of_texts(written)


def begin(db: Connection, draft: Draft, language: str) -> None:
    """Translate the form into one more language."""
    _hold(db, draft)
    if languages.row_of(db, draft.form, language) is None:
        languages.keep(db, draft.form, language, {})


def confirm(db: Connection, draft: Draft, language: str, keys: Collection[str]) -> None:
    """These translations still hold although the text they were written for has become another one."""
    _hold(db, draft)
    marks = languages.marks_of(db, draft.form, language)
    languages.keep(db, draft.form, language, confirmed(marks, texts_at(db, draft, language, keys)))


def approvers(db: Connection, draft: Draft) -> list[tuple[str, str]]:
    """Accounts that may be named to approve a language of this form, with their names."""
    held = (role.c.role == "approver") & ((role.c.association == draft.association) | role.c.association.is_(None))
    query = select(account.c.id, account.c.name).join(role, role.c.account == account.c.id).where(held).distinct()
    return sorted(db.execute(query).all(), key=lambda one: one[1])


def appoint(db: Connection, draft: Draft, language: str, approver: str) -> None:
    """Name who approves the language; an approval by somebody else falls. Raises `BadRequest`."""
    if approver not in dict(approvers(db, draft)):
        raise BadRequest
    _hold(db, draft)
    tongue(db, draft, language)
    languages.keep(db, draft.form, language, languages.marks_of(db, draft.form, language))
    row = languages.row_of(db, draft.form, language)
    if row is None or row.approver != approver:
        values = {"approver": approver, "approved": None, "approved_on": None}
        db.execute(update(form_language).where(languages.is_(draft.form, language)).values(**values))


def waiting(db: Connection, approver: str) -> list[tuple[Draft, Tongue]]:
    """What somebody was named to approve, with how it stands."""
    rows = db.execute(
        select(form_language.c.form, form_language.c.language).where(form_language.c.approver == approver)
    )
    found = []
    for form, language in sorted(rows.all()):
        try:
            draft = authoring.read(db, form)
        except NotFound:
            continue  # nothing is being written, so there is nothing to approve
        found.append((draft, tongue(db, draft, language)))
    return found


def approve(db: Connection, draft: Draft, language: str, approver: str, seen: str, on: date) -> None:
    """Approve the language letter by letter as `seen` (`forms.translating.seal`).

    Raises `NotAllowed` where somebody else was named, where it is not complete, and where it is not what was seen.
    """
    _hold(db, draft)
    row = languages.row_of(db, draft.form, language)
    if row is None or row.approver != approver:
        raise NotAllowed(_("Det är någon annan som godkänner språket."))
    every = texts(db, draft, language)
    if not progress(every).complete:
        raise NotAllowed(_("Översättningen är inte klar än."))
    if seal(every) != seen:
        raise NotAllowed(_("Översättningen har ändrats sedan du öppnade sidan. Läs den igen."))
    values = {"approved": seen, "approved_on": on}
    db.execute(update(form_language).where(languages.is_(draft.form, language)).values(**values))


def publish(db: Connection, form: str, language: str, seen: int, stamp: Stamp) -> Form | None:
    """Let the form be in one more language: a new version of what is published, with this language and nothing else
    changed. A form that has never been published gets the language when it is; then None.

    Raises `NotAllowed` for a language that is not complete and approved, and where the texts it was translated from are
    not the published ones: then it comes with the draft.
    """
    draft = authoring.read(db, form)
    if authoring.stamped(db, stamp):
        return None
    if not tongue(db, draft, language).ready:
        raise NotAllowed(_("Språket är inte klart och godkänt än."))
    marks = languages.marks_of(db, form, language)
    after = authoring.change(db, form, AddLanguage(language), seen, stamp)
    if draft.published is None:
        return None
    ready = _with_language(load(db, form, draft.published), language, marks)
    if ready is None:
        raise NotAllowed(_("Utkastet har ändrade texter. Språket kommer med när du publicerar utkastet."))
    keep_version(db, ready)
    authoring.renumber(db, after, ready.version + 1)
    return ready


def withdraw(db: Connection, form: str, language: str, seen: int, stamp: Stamp) -> None:
    """Leave the language out of the next version; its texts are kept."""
    authoring.change(db, form, RemoveLanguage(language), seen, stamp)


def _with_language(published: Form, language: str, marks: Marks) -> Form | None:
    """The next version of the published form with one more language; None where its texts are others."""
    content = dump_form(published) | {"version": published.version + 1}
    if published.pool == published.id:
        content.pop("pool", None)
    ready = ChangeTexts(translated(content, language, marks, current=True)).on(content, Used())
    ready = AddLanguage(language).on(ready, Used())
    form, findings = understand(as_published(ready))
    return None if findings else form
