"""The parties of a team: which organisations belong to it, what they are called, and how many people they send."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select, union

from forms.model import Text
from forms.parties import CASE_MANAGER, OTHER, STANDARD, Party, standard
from survey import audit
from survey.audit import Entry
from survey.errors import BadRequest
from survey.installation import Installation
from survey.tables import case, consent_event, role, team_party
from survey.teams import find_team

_CODE = re.compile(rf"{OTHER}_[1-9][0-9]?")
_USUAL = tuple(party.code for party in STANDARD if party.code != OTHER)


@dataclass(frozen=True)
class Seats:
    """A party with its place in the team."""

    party: Party
    seats: int = 1


def seats(db: Connection, team: str) -> tuple[Seats, ...]:
    """The team's parties in their order; the usual four where nobody has said anything else."""
    query = select(team_party).where(team_party.c.team == team).order_by(team_party.c.place)
    rows = db.execute(query).all()
    if not rows:
        return tuple(Seats(standard(code)) for code in _USUAL)
    return tuple(Seats(Party(row.party, Text(orjson.loads(row.names))), row.seats) for row in rows)


def parties(db: Connection, team: str) -> tuple[Party, ...]:
    """The parties alone."""
    return tuple(one.party for one in seats(db, team))


def set_seats(
    db: Connection, installation: Installation, team: str, given: Sequence[Seats], by: str, now: datetime
) -> None:
    """Say which parties the team has from now on; what has been asked of earlier persons stays as it was. A row of the
    audit chain says which there are: who takes part for one that is gone reads nothing more.

    Raises `NotFound` for an unknown team, `BadRequest` for none, too many, the same twice, a code that is none, and a
    code that stands for another organisation already.
    """
    audit.in_turn(db)  # else what two say at the same moment would not be the one's or the other's
    find_team(db, team)
    codes = [one.party.code for one in given]
    if not codes or len(set(codes)) != len(codes):
        raise BadRequest(_("Ange varje part en gång, och minst en."))
    for code in codes:
        named(code)
    _refuse_others_codes(db, team, given)
    db.execute(delete(team_party).where(team_party.c.team == team))
    for place, one in enumerate(given):
        names = orjson.dumps(dict(one.party.name.by_language)).decode()
        db.execute(
            insert(team_party).values(team=team, party=one.party.code, place=place, names=names, seats=one.seats)
        )
    audit.record(db, installation.secrets, Entry(by, "parties", team, detail=" ".join(codes)), now)


def named(code: str, name: str = "") -> Party:
    """A party by its code, under its usual name or another. Raises `BadRequest` for a code that is none."""
    if code not in _USUAL and not _CODE.fullmatch(code):
        raise BadRequest(_("%(code)s är ingen part. Välj bland %(codes)s.", code=code, codes=_codes()))
    return standard(code, name)


def may_take_part(db: Connection, team: str, code: str) -> bool:
    """Whether somebody can have a role for that party in the team: one of its own, or its case manager."""
    return code == CASE_MANAGER or any(party.code == code for party in parties(db, team))


def taken(db: Connection, team: str) -> frozenset[str]:
    """Codes that stand for one organisation for good: somebody was asked about it, or has a role for it."""
    asked = select(consent_event.c.party).join(case, case.c.id == consent_event.c.case).where(case.c.team == team)
    held = select(role.c.party).where(role.c.team == team, role.c.party.is_not(None))
    return frozenset(db.scalars(union(asked, held)))


def _refuse_others_codes(db: Connection, team: str, given: Sequence[Seats]) -> None:
    """A yes to one organisation is not another's to read under, and a role for one is not a role for the next."""
    bound, now = taken(db, team), {party.code: party for party in parties(db, team)}
    for party in (one.party for one in given):
        if party.code.startswith(OTHER) and party.code in bound and not _same_name(party, now.get(party.code)):
            raise BadRequest(
                _("%(code)s är redan en annan part. Ta bort den, och lägg till den nya med en ny kod.", code=party.code)
            )


def _same_name(one: Party, other: Party | None) -> bool:
    return other is not None and all(one.name.in_(code) == other.name.in_(code) for code in ("sv", "en"))


def _codes() -> str:
    return ", ".join((*_USUAL, f"{OTHER}_1"))
