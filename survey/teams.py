"""Associations, their teams, and the colleagues whose names are taken out of free text.

Rounds are `survey.rounds`; accounts and roles are `staff.accounts`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select

from survey.db import exclusively
from survey.errors import BadRequest, NotFound
from survey.tables import association, team, team_staff

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 40


@dataclass(frozen=True)
class Association:
    """A samordningsförbund, with the floors it has chosen."""

    slug: str
    name: str
    period: str
    mix: int
    show: int
    count: int


@dataclass(frozen=True)
class Team:
    """A team, and the member authority that answers for its data (DOMAIN.md)."""

    slug: str
    association: str
    name: str
    controller: str
    phone: str


def add_association(
    db: Connection, slug: str, name: str, *, period: str = "quarter", demonstration: bool = False
) -> None:
    """A new association. Raises `BadRequest` for a short name that cannot be used or is taken."""
    _check(slug, name)
    exclusively(db)  # of two who press at the same moment the second finds it there
    if db.scalar(select(association.c.slug).where(association.c.slug == slug)):
        raise BadRequest(_("Kortnamnet %(slug)s är upptaget.", slug=slug))
    db.execute(insert(association).values(slug=slug, name=name.strip(), period=period, demonstration=demonstration))


def add_team(db: Connection, slug: str, name: str, *, association: str, controller: str, phone: str = "") -> None:
    """A new team. Raises `BadRequest` for what cannot be used, `NotFound` for an unknown association."""
    find_association(db, association)
    _check(slug, name)
    if not controller.strip():
        raise BadRequest(_("Skriv vilken myndighet som ansvarar för teamets uppgifter."))
    exclusively(db)
    if db.scalar(select(team.c.slug).where(team.c.slug == slug)):
        raise BadRequest(_("Kortnamnet %(slug)s är upptaget.", slug=slug))
    db.execute(
        insert(team).values(
            slug=slug, association=association, name=name.strip(), controller=controller.strip(), phone=phone.strip()
        )
    )


def name_colleagues(db: Connection, slug: str, names: Iterable[str]) -> None:
    """Replace the names that are taken out of the team's free text besides those with accounts."""
    find_team(db, slug)
    exclusively(db)  # else what two save at the same moment would not be the one's or the other's
    db.execute(delete(team_staff).where(team_staff.c.team == slug))
    for name in sorted({" ".join(name.split()) for name in names} - {""}):
        db.execute(insert(team_staff).values(team=slug, name=name))


def colleagues(db: Connection, slug: str) -> tuple[str, ...]:
    """The colleagues named, in order."""
    return tuple(db.scalars(select(team_staff.c.name).where(team_staff.c.team == slug).order_by(team_staff.c.name)))


def works_there(db: Connection, slug: str, name: str) -> bool:
    """Whether somebody of this name is one of the team's colleagues without an account: those may be named later."""
    return name.casefold() in {one.casefold() for one in colleagues(db, slug)}


def associations(db: Connection) -> tuple[Association, ...]:
    """Every association, by name."""
    rows = db.execute(select(*_ASSOCIATION).order_by(association.c.name))
    return tuple(Association(*row) for row in rows)


def find_association(db: Connection, slug: str) -> Association:
    """Raises `NotFound`."""
    row = db.execute(select(*_ASSOCIATION).where(association.c.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return Association(*row)


def teams(db: Connection, of: str | None = None) -> tuple[Team, ...]:
    """The teams of one association, or all of them, by name."""
    query = select(*_TEAM).order_by(team.c.name)
    return tuple(Team(*row) for row in db.execute(query if of is None else query.where(team.c.association == of)))


def find_team(db: Connection, slug: str) -> Team:
    """Raises `NotFound`."""
    row = db.execute(select(*_TEAM).where(team.c.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return Team(*row)


_ASSOCIATION = (
    association.c.slug,
    association.c.name,
    association.c.period,
    association.c.mix,
    association.c.show,
    association.c.count,
)
_TEAM = (team.c.slug, team.c.association, team.c.name, team.c.controller, team.c.phone)


def _check(slug: str, name: str) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise BadRequest(_("Kortnamnet ska vara små bokstäver a–z, siffror och bindestreck, till exempel roslagen."))
    if not name.strip():
        raise BadRequest(_("Skriv namnet."))
