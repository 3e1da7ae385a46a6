"""What an association and its teams decide about referrals: whom they are for, what is asked, whom to call.

The association's settings hold for all its teams, a team's own stand above them. What changes the form itself is
`forms.tailoring.TeamSettings`; parties are `survey.cases.parties`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select

from forms.municipalities import MUNICIPALITIES
from forms.tailoring import FEWEST_MONTHS, MOST_MONTHS, SETTINGS, TeamSettings
from survey import audit
from survey.audit import Entry
from survey.cases.parties import parties
from survey.errors import BadRequest
from survey.installation import Installation
from survey.tables import case_settings
from survey.teams import find_association, find_team

OLDEST = 120
LONGEST = 200


@dataclass(frozen=True)
class CaseSettings:
    """What a team's referrals go by."""

    form: TeamSettings
    """What changes the form."""
    phone: str = ""
    """Number for help with the referral, and for those who must not write; "" is the team's own."""
    contact: str = ""
    """Where a consent is taken back by word of mouth or letter; "" is the phone."""
    reply_days: int = 5
    """Working days within which somebody of the team calls."""
    priority: tuple[str, ...] = ()
    """Codes of situations that stand out in the inbox."""


_FORM = tuple(field.name for field in fields(TeamSettings) if field.name != "parties")
_OWN = tuple(field.name for field in fields(CaseSettings) if field.name != "form")
NAMES = (*_FORM, *_OWN)
"""What can be set; each is described in `docs/settings.md`."""


def settings(db: Connection, team: str) -> CaseSettings:
    """The team's settings as they hold. Raises `NotFound` for an unknown team."""
    home = find_team(db, team).association
    given = _stored(db, _id(home, None)) | _stored(db, _id(home, team))
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    whole = given | lists
    form = TeamSettings(parties(db, team), **{name: whole[name] for name in _FORM if name in whole})
    return CaseSettings(form, **{name: whole[name] for name in _OWN if name in whole})


def own_settings(db: Connection, association: str, team: str | None = None) -> dict[str, Any]:
    """What has been set for the association, or for the team itself: name -> value."""
    return _stored(db, _id(association, team))


def set_settings(
    db: Connection,
    installation: Installation,
    association: str,
    team: str | None,
    given: Mapping[str, Any],
    by: str,
    now: datetime,
) -> None:
    """Set what is given for an association or one of its teams; None takes a setting away, so that the one above
    holds. What has been asked already stays as it was asked.

    Raises `NotFound` for an unknown association or team, `BadRequest` for an unknown name or a value that cannot be.
    """
    audit.in_turn(db)  # what is set is written as a whole: of two at once one would undo what the other has set
    find_association(db, association)
    if team is not None and find_team(db, team).association != association:
        raise BadRequest(_("Teamet %(team)s hör inte till förbundet %(home)s.", team=team, home=association))
    for name, value in given.items():
        if name not in NAMES:
            raise BadRequest(_("Inställningen %(name)s finns inte.", name=name))
        if value is not None and not _CHECKS[name](value):
            raise BadRequest(_("Inställningen %(name)s kan inte vara %(value)s.", name=name, value=str(value)))
    whole = {**_stored(db, _id(association, team)), **given}
    kept = {name: value for name, value in whole.items() if value is not None}
    _refuse_ages(db, association, team, kept)
    db.execute(delete(case_settings).where(case_settings.c.id == _id(association, team)))
    row = {"id": _id(association, team), "association": association, "team": team}
    db.execute(insert(case_settings).values(row | {"settings": orjson.dumps(kept).decode()}))
    audit.record(db, installation.secrets, Entry(by, "settings", team or "", detail=" ".join(sorted(given))), now)


def _id(association: str, team: str | None) -> str:
    return f"team:{team}" if team else f"association:{association}"


def _stored(db: Connection, known_by: str) -> dict[str, Any]:
    stored = db.scalar(select(case_settings.c.settings).where(case_settings.c.id == known_by))
    return dict(orjson.loads(stored)) if stored else {}


def _refuse_ages(db: Connection, association: str, team: str | None, kept: Mapping[str, Any]) -> None:
    usual = TeamSettings(())
    whole = {**_stored(db, _id(association, None)), **kept} if team else kept
    if whole.get("age_from", usual.age_from) > whole.get("age_to", usual.age_to):
        raise BadRequest(_("Lägsta åldern ska inte vara högre än högsta."))


def _number(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _choice(name: str) -> Callable[[Any], bool]:
    allowed = SETTINGS[name]
    return lambda value: isinstance(value, bool) if "on" in allowed else value in allowed


def _words(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and "\x00" not in value


def _codes(known: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(isinstance(one, str) and known(one) for one in value)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    **{name: _choice(name) for name in SETTINGS},
    "municipalities": _codes(lambda code: code in MUNICIPALITIES),
    "age_from": _number(0, OLDEST),
    "age_to": _number(0, OLDEST),
    "consent_months": _number(FEWEST_MONTHS, MOST_MONTHS),
    "phone": _words,
    "contact": _words,
    "reply_days": _number(1, 60),
    "priority": _codes(lambda code: code.isdecimal() and len(code) <= 3),
}
