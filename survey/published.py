"""Published forms: versions that never change again, read back as they were published.

Writing and checking forms is `forms`; here a checked form becomes something a round can be opened with.
"""

from collections.abc import Sequence
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, func, insert, select

from forms.library import canonical
from forms.locks import block, difference, find_lock, fingerprint
from forms.model import Form
from forms.schema import form_from_json
from forms.types import TYPES
from survey.db import exclusively
from survey.errors import NotAllowed, NotFound
from survey.tables import published_form


def publish(db: Connection, form: Form) -> None:
    """Keep this version of the form for ever. Publishing the very same content again changes nothing.

    Raises `NotAllowed` for other content under the same id and version; for an anonymous form that asks who somebody
    is: anonymity cannot be switched off (PRIVACY.md P10); for a locked block that is another one than was published
    under its id; for a question that is locked in one version of a pool and not in another; and for a `meaning` that
    goes down from one version of a form to the next.
    """
    standing = db.scalar(select(published_form.c.fingerprint).where(_is(form.id, form.version)))
    if standing == form.fingerprint:
        return
    if standing is not None:
        raise NotAllowed(
            _(
                "%(id)s version %(version)s är redan publicerad. Ge formuläret ett nytt versionsnummer.",
                id=form.id,
                version=form.version,
            )
        )
    _refuse_who(form)
    exclusively(db)  # else two forms with the same lock could each be published unseen by the other
    _refuse_other_blocks(form, published(db))
    for other in pool_versions(db, form.pool):
        _refuse_half_locked(form, other)
        _refuse_lost_meaning(form, other)
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
    if form.kind not in ("anonymous", "poll"):
        return
    for question in form.questions:
        if question.privacy == "identifying" or question.privacy not in TYPES[question.type].privacies:
            raise NotAllowed(
                _(
                    "Frågan %(question)s kan tala om vem någon är. Ett anonymt formulär får inte fråga det.",
                    question=question.id,
                )
            )


def _refuse_other_blocks(form: Form, standing: Sequence[Form]) -> None:
    """A lock is one and the same block wherever it is published, and the one its fingerprint says."""
    for lock in form.locks:
        if fingerprint(form, lock.id) != lock.fingerprint:
            raise NotAllowed(_("Det låsta blocket %(lock)s är inte som ägaren skrev det.", lock=lock.id))
        for other in standing:
            theirs = find_lock(other, lock.id)
            if theirs and theirs.fingerprint != lock.fingerprint:
                raise NotAllowed(
                    _(
                        "Det låsta blocket %(lock)s är publicerat med ett annat innehåll i %(form)s version %(n)s. "
                        "Det skiljer sig här: %(place)s. Använd blocket som det är, eller ge låset ett annat id.",
                        lock=lock.id,
                        form=other.id,
                        n=other.version,
                        place=difference(block(form, lock.id), block(other, lock.id)),
                    )
                )


def _refuse_half_locked(form: Form, other: Form) -> None:
    """Figures are merged by question id within a pool: locked and unlocked answers would be counted together."""
    for question, lock in form.lock_of.items():
        theirs = other.lock_of.get(question, lock)
        if theirs != lock:
            told = {"question": question, "form": other.id, "n": other.version}
            if theirs:
                raise NotAllowed(
                    _(
                        "Frågan %(question)s hör till det låsta blocket %(lock)s i %(form)s version %(n)s. "
                        "Låt den stå kvar i blocket, eller ge den ett annat id.",
                        lock=theirs,
                        **told,
                    )
                )
            raise NotAllowed(
                _(
                    "Frågan %(question)s är låst här men inte i %(form)s version %(n)s. "
                    "Publicera blocket i ett formulär med ett annat id.",
                    **told,
                )
            )


def _refuse_lost_meaning(form: Form, other: Form) -> None:
    """A later version says at least as much as an earlier one; forms of a pool are not earlier or later."""
    if form.id != other.id:
        return
    earlier, later = sorted((form, other), key=lambda one: one.version)
    for question in later.questions:
        before = earlier.by_id.get(question.id)
        if before and question.meaning < before.meaning:
            raise NotAllowed(
                _(
                    "Frågan %(question)s har meaning %(meaning)s i version %(n)s men %(before)s i version %(earlier)s. "
                    "Talet kan bara höjas.",
                    question=question.id,
                    meaning=question.meaning,
                    n=later.version,
                    before=before.meaning,
                    earlier=earlier.version,
                )
            )
