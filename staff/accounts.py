"""Accounts: who may sign in, with which roles, and the one-time invitation to choose a passphrase.

What else somebody shows when signing in is `staff.factors`.

Associations, teams and colleagues without accounts are `survey.teams`; signing in is `staff.sessions`.
"""

import hmac
import secrets
from collections.abc import Set
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, delete, insert, select, update

from staff import factors, identities
from staff.identities import Vouched
from staff.member import CONTENT, ROLES, Grant, Role
from staff.passphrase import DEMONSTRATION, Weakness, hashed, weakness
from survey import audit
from survey.cases.parties import may_take_part
from survey.db import exclusively
from survey.errors import BadRequest, NotFound
from survey.keys import Secrets
from survey.tables import (
    account,
    api_token,
    association,
    case,
    case_manager,
    identity,
    invitation,
    outbox,
    role,
    saved_export,
    staff_session,
    team,
    team_staff,
)

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 20
"""Letters of an invitation: 100 bits, which nobody guesses, and few enough to type from a paper."""
INVITED_FOR = 7 * 24 * 60 * 60


class TooWeak(Exception):
    """The passphrase may not be chosen; `why` says what is wrong with it."""

    def __init__(self, why: Weakness) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Account:
    """An account as the administrator sees it: `ready` once there is a passphrase (`phrase`) or an identity
    (`vouched`), `protected` by a second factor of ours."""

    id: str
    email: str
    name: str
    ready: bool
    phrase: bool
    vouched: bool
    protected: bool
    grants: tuple[Grant, ...]


def address(email: str) -> str:
    """The e-mail address as it is stored and compared."""
    return email.strip().casefold()


def grant(
    db: Connection,
    name: str,
    association_slug: str | None = None,
    team_slug: str | None = None,
    party: str | None = None,
) -> Grant:
    """A role and where it holds, checked against what there is. A team brings its association with it.

    Raises `BadRequest` for a role, association, team or party that does not exist or does not fit.
    """
    if name not in ROLES:
        raise BadRequest(_("Rollen %(role)s finns inte. Välj bland %(roles)s.", role=name, roles=", ".join(ROLES)))
    if name == "party":
        return _taking_part(db, association_slug, team_slug, party)
    if party:
        raise BadRequest(_("Bara rollen party har en part."))
    if name == "admin":
        return Grant("admin")
    if name in ("coordinator", "controller", "interviewer"):
        return _in_a_team(db, _role(name), association_slug, team_slug)
    if name == "facilitator":
        return _facilitator(db, association_slug, team_slug)
    if name in ("author", "approver"):
        return _over_forms(db, _role(name), association_slug, team_slug)
    if not association_slug or not _exists(db, association_slug):
        raise BadRequest(_("Välj förbundet som personen ska utvärdera."))
    return Grant("evaluator", association_slug)


def add(db: Connection, email: str, name: str, given: Grant) -> str:
    """An account with one role, or one more role for an account that is there already. Returns the account's id.

    Raises `BadRequest` for an address that cannot be one, or a blank name.
    """
    if not name.strip():
        raise BadRequest(_("Skriv personens namn."))
    audit.in_turn(db)  # of two who add the same person at once the second finds the account, and its roles
    known = db.scalar(select(account.c.id).where(account.c.email == _checked(email)))
    if known is None:
        known = str(uuid4())
        db.execute(insert(account).values(id=known, email=_checked(email), name=name.strip()))
    give(db, known, given)
    return known


def give(db: Connection, account_id: str, given: Grant) -> None:
    """One more role; nothing happens when the account holds it. Ends the account's sessions (PRIVACY.md 5).

    Raises `BadRequest` where an administrator would see content.
    """
    held = grants(db, account_id)
    if _too_much({given.role, *(one.role for one in held)}):
        raise BadRequest(_("En administratör ser inget innehåll. Ge rollen till ett annat konto."))
    if given not in held:
        _refuse_own_team(db, account_id, given)
        db.execute(
            insert(role).values(
                id=str(uuid4()),
                account=account_id,
                role=given.role,
                association=given.association,
                team=given.team,
                party=given.party,
            )
        )
        end_sessions(db, account_id)


def take(db: Connection, account_id: str, taken: Grant) -> None:
    """One role less. Ends the account's sessions, and its keys when it evaluates nothing any more.

    Raises `BadRequest` for the last administrator's own role.
    """
    if taken.role == "admin" and _only_administrator(db, account_id):
        raise BadRequest(_("Det måste finnas minst en administratör."))
    same = (role.c.account == account_id, role.c.role == taken.role)
    places = ((role.c.association, taken.association), (role.c.team, taken.team), (role.c.party, taken.party))
    db.execute(delete(role).where(*same, *(column.is_not_distinct_from(given) for column, given in places)))
    end_sessions(db, account_id)
    if not any(left.role == "evaluator" for left in grants(db, account_id)):
        end_keys(db, account_id)


def close(db: Connection, account_id: str) -> None:
    """Remove the account with all that is its own. Raises `BadRequest` for the last administrator."""
    if _only_administrator(db, account_id):
        raise BadRequest(_("Det måste finnas minst en administratör."))
    # Held first: a session that somebody is beginning just now is then there to be deleted.
    db.execute(select(account.c.id).where(account.c.id == account_id).with_for_update())
    for table in (role, invitation, staff_session, saved_export, api_token, outbox):
        db.execute(delete(table).where(table.c.account == account_id))
    factors.forget(db, account_id)
    identities.forget(db, account_id)
    db.execute(update(case).where(case.c.responsible == account_id).values(responsible=None))
    db.execute(update(case_manager).where(case_manager.c.account == account_id).values(account=None))
    db.execute(delete(account).where(account.c.id == account_id))


def invite(db: Connection, keys: Secrets, account_id: str, at: int) -> str:
    """A code for choosing a passphrase, once, within a week. Earlier codes of the account stop working."""
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    db.execute(delete(invitation).where(invitation.c.account == account_id))
    db.execute(insert(invitation).values(hash=_hash(keys, code), account=account_id, expires=at + INVITED_FOR))
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def welcome_address(base_url: str, code: str) -> str:
    """The one-time address. The code stands after `#`, which browsers send to nobody and no log holds."""
    return f"{base_url}/personal/valkommen#{code}"


def accept(db: Connection, keys: Secrets, code: str, passphrase: str, at: int) -> str:
    """Choose a passphrase with an invitation, which is then used up; the account's sessions and second factors end.

    Returns the account's id. Raises `NotFound` for an unknown, used or old code alike, `TooWeak` for the passphrase.
    """
    account_id = invited(db, keys, code, at)
    _refuse_weak(db, account_id, passphrase)
    _use_up(db, account_id)
    choose(db, account_id, passphrase)
    identities.forget(db, account_id)
    return account_id


def accept_with(db: Connection, keys: Secrets, code: str, vouched: Vouched, at: int) -> str:
    """As `accept`, with the identity provider in place of a passphrase.

    Raises `NotFound` for the code, `NotAllowed` where the identity is another account's.
    """
    account_id = invited(db, keys, code, at)
    _use_up(db, account_id)
    shut(db, account_id)
    identities.connect(db, account_id, vouched)
    return account_id


def invited(db: Connection, keys: Secrets, code: str, at: int) -> str:
    """The account an invitation is for. Raises `NotFound` for an unknown, used or old code alike."""
    mark = _hash(keys, "".join(letter for letter in code.upper() if letter in LETTERS))
    known = db.scalar(select(invitation.c.account).where(invitation.c.hash == mark, invitation.c.expires > at))
    if known is None:
        raise NotFound
    return str(known)


def forget(db: Connection, at: int) -> None:
    """Clear away the invitations that have run out, and shorten those that a clock that ran ahead made longer."""
    latest = at + INVITED_FOR
    db.execute(update(invitation).where(invitation.c.expires > latest).values(expires=latest))
    db.execute(delete(invitation).where(invitation.c.expires <= at))


def reset(db: Connection, keys: Secrets, account_id: str, at: int) -> str:
    """Let nothing open the account any more but the code that is returned: whoever has its passphrase, its telephone or
    an open session is out."""
    shut(db, account_id)
    return invite(db, keys, account_id, at)


def shut(db: Connection, account_id: str) -> None:
    """Take everything from the account that opens it."""
    db.execute(update(account).where(account.c.id == account_id).values(passphrase=None))
    factors.forget(db, account_id)
    identities.forget(db, account_id)
    end_sessions(db, account_id)
    end_keys(db, account_id)


def choose(db: Connection, account_id: str, passphrase: str) -> None:
    """Give the account a passphrase; its sessions end, and its keys: who knew the old one may have made some.

    Raises `TooWeak`.
    """
    _refuse_weak(db, account_id, passphrase)
    db.execute(update(account).where(account.c.id == account_id).values(passphrase=hashed(passphrase)))
    end_sessions(db, account_id)
    end_keys(db, account_id)


def open_to_visitors(db: Connection, keys: Secrets, account_id: str) -> None:
    """Give the account the demonstration's public passphrase and seed, which nobody can choose and which open only
    locally."""
    db.execute(update(account).where(account.c.id == account_id).values(passphrase=hashed(DEMONSTRATION)))
    factors.keep_seed(db, keys, account_id, factors.DEMONSTRATION_SEED)


def end_sessions(db: Connection, account_id: str) -> None:
    """Sign the account out everywhere."""
    db.execute(delete(staff_session).where(staff_session.c.account == account_id))


def end_keys(db: Connection, account_id: str) -> None:
    """Let none of the account's keys for programs open anything from now on."""
    db.execute(delete(api_token).where(api_token.c.account == account_id))


def grants(db: Connection, account_id: str) -> tuple[Grant, ...]:
    """Every role of the account."""
    rows = db.execute(select(role).where(role.c.account == account_id))
    return _in_order([_held(row) for row in rows])


def accounts(db: Connection) -> tuple[Account, ...]:
    """Every account, by name."""
    held: dict[str, list[Grant]] = {}
    for row in db.execute(select(role)):
        held.setdefault(row.account, []).append(_held(row))
    protected, vouched = factors.protected(db), set(db.scalars(select(identity.c.account)))
    rows = db.execute(select(account).order_by(account.c.name, account.c.email))
    return tuple(_told(row, held.get(row.id, []), row.id in vouched, row.id in protected) for row in rows)


def one(db: Connection, account_id: str) -> Account:
    """One account. Raises `NotFound`."""
    row = db.execute(select(account).where(account.c.id == account_id)).one_or_none()
    if row is None:
        raise NotFound
    held = [_held(each) for each in db.execute(select(role).where(role.c.account == account_id))]
    vouched = db.scalar(select(identity.c.account).where(identity.c.account == account_id)) is not None
    return _told(row, held, vouched, bool(factors.factors(db, account_id)))


def _told(row: Row[Any], held: list[Grant], vouched: bool, protected: bool) -> Account:
    return Account(
        row.id,
        row.email,
        row.name,
        ready=row.passphrase is not None or vouched,
        phrase=row.passphrase is not None,
        vouched=vouched,
        protected=protected,
        grants=_in_order(held),
    )


def demonstration(db: Connection) -> tuple[Account, ...]:
    """The accounts a demonstration names on its sign-in page; none where no association is a demonstration."""
    shown = set(db.scalars(select(association.c.slug).where(association.c.demonstration)))
    if not shown:
        return ()
    return tuple(
        found
        for found in accounts(db)
        if any(given.role == "admin" or given.association in shown for given in found.grants)
    )


def _refuse_weak(db: Connection, account_id: str, passphrase: str) -> None:
    """Raise `TooWeak` for a passphrase that this account may not choose."""
    row = db.execute(select(account).where(account.c.id == account_id)).one()
    why = weakness(passphrase, row.name, row.email)
    if why:
        raise TooWeak(why)


def _use_up(db: Connection, account_id: str) -> None:
    """Whoever had a way in before the invitation has it no more. Of two who send it at once the second waits here, and
    finds it gone: raises `NotFound`."""
    if not db.execute(delete(invitation).where(invitation.c.account == account_id)).rowcount:
        raise NotFound
    factors.forget(db, account_id)


def _too_much(roles: Set[Role]) -> bool:
    return "admin" in roles and not CONTENT.isdisjoint(roles)


def _refuse_own_team(db: Connection, account_id: str, given: Grant) -> None:
    """Nobody interviews for a team they work in, with a role or as a colleague known by name. Raises `BadRequest`."""
    there = [one for one in (*grants(db, account_id), given) if one.team and one.team == given.team]
    asks = any(one.role == "interviewer" for one in there)
    name = db.scalar(select(account.c.name).where(account.c.id == account_id)) or ""
    names = {known.casefold() for known in db.scalars(select(team_staff.c.name).where(team_staff.c.team == given.team))}
    if asks and (any(one.role != "interviewer" for one in there) or name.casefold() in names):
        raise BadRequest(_("Den som arbetar i teamet intervjuar inte teamets deltagare. Ge rollen till någon annan."))


def _in_a_team(db: Connection, name: Role, association_slug: str | None, team_slug: str | None) -> Grant:
    home = _home(db, association_slug, team_slug)
    if home is None:
        raise BadRequest(_("Välj teamet som personen ska samordna.") if name == "coordinator" else _("Välj ett team."))
    return Grant(name, home, team_slug)


def _taking_part(db: Connection, association_slug: str | None, team_slug: str | None, party: str | None) -> Grant:
    where = _in_a_team(db, "party", association_slug, team_slug)
    if not (where.team and party and may_take_part(db, where.team, party)):
        raise BadRequest(_("Välj en part som teamet har, eller cm för Case manager."))
    return Grant("party", where.association, where.team, party)


def _facilitator(db: Connection, association_slug: str | None, team_slug: str | None) -> Grant:
    home = _home(db, association_slug, team_slug)
    if home:
        return Grant("facilitator", home, team_slug)
    if team_slug or not association_slug or not _exists(db, association_slug):
        raise BadRequest(_("Välj förbundet eller teamet där personen ska hålla omröstningar."))
    return Grant("facilitator", association_slug)


def _over_forms(db: Connection, name: Role, association_slug: str | None, team_slug: str | None) -> Grant:
    if team_slug or (association_slug and not _exists(db, association_slug)):
        raise BadRequest(_("Välj förbundet vars formulär det gäller, eller alla."))
    return Grant(name, association_slug or None)


def _home(db: Connection, association_slug: str | None, team_slug: str | None) -> str | None:
    """The team's association; None for an unknown team. Raises `BadRequest` where another one is named."""
    home = db.scalar(select(team.c.association).where(team.c.slug == team_slug))
    if home and association_slug and association_slug != home:
        raise BadRequest(_("Teamet %(team)s hör inte till förbundet %(home)s.", team=team_slug, home=association_slug))
    return home


def _exists(db: Connection, slug: str) -> bool:
    return db.scalar(select(association.c.slug).where(association.c.slug == slug)) is not None


def _only_administrator(db: Connection, account_id: str) -> bool:
    exclusively(db)  # or two administrators could each remove the other at the same moment
    return set(db.scalars(select(role.c.account).where(role.c.role == "admin"))) == {account_id}


def _checked(email: str) -> str:
    try:
        validate_email(address(email), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadRequest(_("Skriv en e-postadress, till exempel namn@exempel.se.")) from None
    return address(email)


def _in_order(given: list[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(given, key=_order))


def _order(one: Grant) -> tuple[int, str, str, str]:
    return ROLES.index(one.role), one.association or "", one.team or "", one.party or ""


def _held(row: Any) -> Grant:
    return Grant(_role(row.role), row.association, row.team, row.party)


def _role(stored: str) -> Role:
    return next(name for name in ROLES if name == stored)


def _hash(keys: Secrets, code: str) -> bytes:
    return hmac.new(keys.derive("invitation"), code.encode(), sha256).digest()
