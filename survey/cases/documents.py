"""Documents of a case: what is written about the person, version upon version, encrypted with the case's key.

Writing is here; reading is `survey.cases.access`, which alone opens what lies here for anybody.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, func, insert, select

from forms.answers import as_json, from_json
from forms.library import canonical
from forms.model import Answers, Form
from forms.schema import form_from_json
from survey.cases import cases, consent, rights
from survey.cases.model import Case, Document, Kind, Reader
from survey.errors import NotAllowed, NotFound, Outdated
from survey.installation import Installation
from survey.tables import asked_form, document
from survey.vault import Damaged, Place

Conflict = Outdated
"""What `write` raises for a writer who has not seen the newest version."""


def write(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    kind: Kind,
    answers: Answers,
    *,
    form: Form | None,
    after: int,
    now: datetime,
    language: str = "sv",
) -> int:
    """Append a version and give its number; `after` is the newest one the writer has seen, 0 for none.

    Raises `NotFound` for anybody but the team's coordinator, `Outdated` where somebody else has written meanwhile,
    `NotAllowed` in a case that is closed, or that no consent covers any more.
    """
    of = cases.in_turn(db, case_id)
    rights.coordinator(db, reader, of)
    refuse_locked(db, of, now)
    newest = versions(db, case_id).get(kind, 0)
    if newest != after:
        raise Outdated(newest)
    store(db, installation, of, kind, answers, form=form, language=language, actor=reader.account, now=now)
    cases.tell(db, installation, of, reader.account, "written", now, f"{kind} {newest + 1}")
    return newest + 1


def store(
    db: Connection,
    installation: Installation,
    of: Case,
    kind: Kind,
    answers: Answers,
    *,
    form: Form | None,
    language: str,
    actor: str,
    now: datetime,
) -> None:
    """Append a version, whoever writes it."""
    version = versions(db, of.id).get(kind, 0) + 1
    locked = cases.vault_of(installation, of.id).lock(place(of.id, kind, version), as_json(answers))
    row = {"case": of.id, "kind": kind, "version": version, "language": language, "at": now, "actor": actor}
    asked = _keep_form(db, form) if form else None
    db.execute(insert(document).values(row | {"asked": asked, "answers": locked}))


def refuse_locked(db: Connection, of: Case, now: datetime) -> None:
    """Raise `NotAllowed` where nothing new may be written about the person."""
    if not of.open:
        raise NotAllowed(_("Ärendet är avslutat."))
    if not consent.active_parties(consent.standings(db, of.id, now)):
        raise NotAllowed(_("Inget samtycke gäller. Fråga personen om ett nytt samtycke först."))


def versions(db: Connection, case_id: str) -> dict[str, int]:
    """How many versions of each kind there are."""
    newest = select(document.c.kind, func.max(document.c.version).label("newest")).where(document.c.case == case_id)
    return {row.kind: row.newest for row in db.execute(newest.group_by(document.c.kind))}


def opened(db: Connection, installation: Installation, case_id: str, kind: str, version: int) -> Document:
    """A version with everything it says. For `survey.cases.access` and those who may see all of it.

    Raises `NotFound`, also where the key is gone; `survey.vault.Damaged` for what was not written here, just so.
    """
    here = (document.c.case == case_id, document.c.kind == kind, document.c.version == version)
    row = db.execute(select(document).where(*here)).first()
    if row is None:
        raise NotFound
    said = cases.vault_of(installation, case_id).unlock(place(case_id, row.kind, row.version), row.answers)
    form = asked(db, row.asked) if row.asked else None
    return Document(row.kind, row.version, form, row.language, row.at, row.actor, from_json(said))


def readable(db: Connection, installation: Installation, case_id: str) -> bool:
    """Whether the case's key is here, and is the one its documents are encrypted with."""
    row = db.execute(select(document).where(document.c.case == case_id).limit(1)).first()
    try:
        vault = cases.vault_of(installation, case_id)
        if row is not None:
            vault.unlock(place(case_id, row.kind, row.version), row.answers)
    except (NotFound, Damaged):
        return False
    return True


def asked(db: Connection, fingerprint: str) -> Form:
    """A form as it was asked of somebody. Raises `NotFound`."""
    definition = db.scalar(select(asked_form.c.definition).where(asked_form.c.fingerprint == fingerprint))
    if definition is None:
        raise NotFound
    return _read(definition)


def _keep_form(db: Connection, form: Form) -> str:
    if db.scalar(select(asked_form.c.form).where(asked_form.c.fingerprint == form.fingerprint)) is None:
        row: Mapping[str, Any] = {"fingerprint": form.fingerprint, "form": form.id, "version": form.version}
        db.execute(insert(asked_form).values(**row, definition=canonical(form)))
    return form.fingerprint


@lru_cache(maxsize=64)
def _read(definition: str) -> Form:
    return form_from_json(definition)


def place(case_id: str, kind: str, version: int) -> Place:
    """Where a version's answers lie."""
    return Place("document", "answers", f"{case_id} {kind} {version}")
