"""Choices of files that an evaluator has saved, to take the same again: which period, and which kind of file.

A choice names a period or follows what has been released: the newest period, the newest year, everything.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from survey.errors import BadRequest, NotFound
from survey.periods import Period
from survey.tables import saved_export

NEWEST, YEAR, ALL = "newest", "year", "all"
LONGEST = 80
MOST = 20
"""Saved choices of one account about one form."""


@dataclass(frozen=True)
class Own:
    """Whose choices, and about which form."""

    account: str
    association: str
    form: str


@dataclass(frozen=True)
class Saved:
    """One choice; `period` is a label or one of the words above, `kind` a key of `exports.export.FILES`."""

    id: str
    name: str
    period: str
    kind: str


def label_of(period: str, labels: Sequence[str]) -> str | None:
    """The label that a chosen period stands for now, among what has been released, the newest first; None for
    everything. Raises `NotFound` where there is none."""
    if period == ALL:
        return None
    for label in labels:
        if period in (label, YEAR if Period.parse(label).months == 12 else NEWEST):
            return label
    raise NotFound


def choices(db: Connection, own: Own) -> list[Saved]:
    """The account's choices about the form, by name."""
    rows = db.execute(select(saved_export.c.id, saved_export.c.name, saved_export.c.choices).where(_owned(own)))
    return sorted((_saved(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def find(db: Connection, own: Own, id_: str) -> Saved:
    """One of the account's choices. Raises `NotFound`, also for another's."""
    for one in choices(db, own):
        if one.id == id_:
            return one
    raise NotFound


def save(db: Connection, own: Own, name: str, period: str, kind: str) -> None:
    """Keep a choice. Raises `BadRequest` for a name that cannot be used, or where there are many already."""
    if len(choices(db, own)) >= MOST:
        raise BadRequest(_("Du har redan %(n)s sparade val. Ta bort något först.", n=MOST))
    row = {"id": secrets.token_hex(16), "account": own.account, "association": own.association, "form": own.form}
    chosen = orjson.dumps({"period": period, "kind": kind}).decode()
    db.execute(insert(saved_export).values(row | {"name": _checked(db, own, name), "choices": chosen}))


def rename(db: Connection, own: Own, one: Saved, name: str) -> None:
    """Raises `BadRequest` like `save`."""
    db.execute(update(saved_export).where(_is(own, one)).values(name=_checked(db, own, name, but=one.id)))


def remove(db: Connection, own: Own, one: Saved) -> None:
    """Forget a choice; files it gave stay what they are."""
    db.execute(delete(saved_export).where(_is(own, one)))


def _owned(own: Own) -> ColumnElement[bool]:
    table = saved_export.c
    return and_(table.account == own.account, table.association == own.association, table.form == own.form)


def _is(own: Own, one: Saved) -> ColumnElement[bool]:
    return and_(_owned(own), saved_export.c.id == one.id)


def _saved(id_: str, name: str, stored: str) -> Saved:
    chosen = orjson.loads(stored)
    return Saved(id_, name, chosen["period"], chosen["kind"])


def _checked(db: Connection, own: Own, name: str, but: str = "") -> str:
    given = " ".join(name.split())
    if not given:
        raise BadRequest(_("Skriv ett namn på valet, till exempel Kvartalet till styrelsen"))
    if len(given) > LONGEST:
        raise BadRequest(_("Namnet får vara högst %(n)s tecken", n=LONGEST))
    if any(one.name.casefold() == given.casefold() and one.id != but for one in choices(db, own)):
        raise BadRequest(_("Du har redan ett val som heter så. Skriv ett annat namn"))
    return given
