"""Published forms: versions that never change again, read back as they were published.

Writing and checking forms is `forms`; here a checked form becomes something a round can be opened with.
"""

from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, func, insert, select

from forms.library import canonical
from forms.model import Form
from forms.schema import form_from_json
from forms.types import TYPES
from survey.errors import NotAllowed, NotFound
from survey.tables import published_form


def publish(db: Connection, form: Form) -> None:
    """Keep this version of the form for ever. Publishing the very same content again changes nothing.

    Raises `NotAllowed` for other content under the same id and version, and for an anonymous form that asks who
    somebody is: anonymity cannot be switched off (PRIVACY.md P10).
    """
    standing = db.scalar(select(published_form.c.fingerprint).where(_is(form.id, form.version)))
    if standing == form.fingerprint:
        return
    if standing is not None:
        raise NotAllowed(
            f"{form.id} version {form.version} är redan publicerad. Ge formuläret ett nytt versionsnummer."
        )
    _refuse_who(form)
    db.execute(
        insert(published_form).values(
            form=form.id,
            version=form.version,
            kind=form.kind,
            pool=form.pool,
            fingerprint=form.fingerprint,
            definition=canonical(form),
        )
    )


def load(db: Connection, form: str, version: int) -> Form:
    """One published version. Raises `NotFound`. Remembered per connection: what is published never changes."""
    remembered: dict[tuple[str, int], Form] = db.info.setdefault("published", {})
    if (form, version) not in remembered:
        row = db.execute(select(published_form.c.definition).where(_is(form, version))).first()
        if row is None:
            raise NotFound(_("%(form)s version %(n)s är inte publicerad.", form=form, n=version))
        remembered[form, version] = _read(row.definition)
    return remembered[form, version]


def newest(db: Connection, form: str) -> Form:
    """The highest published version. Raises `NotFound`."""
    version = db.scalar(select(func.max(published_form.c.version)).where(published_form.c.form == form))
    if version is None:
        raise NotFound(_("Formuläret %(form)s är inte publicerat.", form=form))
    return load(db, form, version)


def pool_versions(db: Connection, pool: str) -> list[Form]:
    """Every published version of every form whose answers are pooled under `pool`, the pool's own first."""
    rows = db.execute(
        select(published_form.c.form, published_form.c.version)
        .where(published_form.c.pool == pool)
        .order_by(published_form.c.form != pool, published_form.c.form, published_form.c.version)
    )
    return [load(db, row.form, row.version) for row in rows.all()]


def published(db: Connection) -> list[Form]:
    """Every published version, by id and version."""
    order = (published_form.c.form, published_form.c.version)
    return [load(db, row.form, row.version) for row in db.execute(select(*order).order_by(*order)).all()]


def _is(form: str, version: int) -> ColumnElement[bool]:
    return (published_form.c.form == form) & (published_form.c.version == version)


@lru_cache(maxsize=256)
def _read(definition: str) -> Form:
    return form_from_json(definition)


def _refuse_who(form: Form) -> None:
    if form.kind != "anonymous":
        return
    for question in form.questions:
        if question.privacy == "identifying" or question.privacy not in TYPES[question.type].privacies:
            raise NotAllowed(
                _(
                    "Frågan %(question)s kan tala om vem någon är. Ett anonymt formulär får inte fråga det.",
                    question=question.id,
                )
            )
