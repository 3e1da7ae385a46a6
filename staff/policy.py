"""Who may do what: every view declares it, and one function decides.

Deny by default: a view without a declaration stops the application from starting (`check_policies`), and so does an
address that names an object nobody has said the owner of. Staff requests are held to it by `pages.gate`; views do not
check for themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from flask import Flask
from sqlalchemy import Connection, select

from staff.member import Member, Role, Scope
from survey.errors import NotFound
from survey.tables import (
    account,
    api_token,
    association,
    authored_form,
    case,
    deviation,
    meeting_log,
    poll,
    published_form,
    round_,
    saved_export,
    task,
    team,
)


@dataclass(frozen=True)
class Public:
    """Open to everyone, without a session: the pages of participants and visitors."""


@dataclass(frozen=True)
class Doorstep:
    """A staff page one needs before there is a session: signing in, choosing a passphrase."""


@dataclass(frozen=True)
class Halfway:
    """Whoever has shown the passphrase: the second step of signing in. Also a member of staff, who shows it anew."""


@dataclass(frozen=True)
class SignedIn:
    """Any member of staff, whatever the role; `fresh`: who has shown a second factor lately."""

    fresh: bool = False


@dataclass(frozen=True)
class Needs:
    """A member with this role, or one of the others, where it holds over every object the address names; `fresh`: who
    has shown a second factor lately."""

    role: Role
    others: tuple[Role, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Program:
    """A program whose key has this scope (None: any key), where its holder evaluates all that the address names."""

    scope: Scope | None
    role: ClassVar[Role] = "evaluator"


Policy = Public | Doorstep | Halfway | SignedIn | Needs | Program
View = TypeVar("View", bound=Callable[..., Any])

ATTRIBUTE = "staff_policy"
OPEN_ENDPOINTS = frozenset({"static"})
"""Flask's own view of files that hold nothing about anyone."""


class Undeclared(Exception):
    """A view says nothing about who may use it, or names an object without an owner."""


def public(view: View) -> View:
    """Declare a view open to everyone."""
    return _declare(view, Public())


def doorstep(view: View) -> View:
    """Declare a staff page that is used before signing in."""
    return _declare(view, Doorstep())


def halfway(view: View) -> View:
    """Declare a page of the second step of signing in."""
    return _declare(view, Halfway())


def signed_in(view: View) -> View:
    """Declare a view open to every member of staff."""
    return _declare(view, SignedIn())


def needs(role: Role, *others: Role) -> Callable[[View], View]:
    """Declare a view open to members who hold `role`, or one of `others`, over what the address names."""
    return lambda view: _declare(view, Needs(role, others))


def fresh(view: View) -> View:
    """Declare, above its policy, that a view wants the second factor once more where it was shown a while ago: what
    gives access to others, takes much along, or cannot be undone. Raises `Undeclared` where anybody may use it."""
    policy = getattr(view, ATTRIBUTE, None)
    if not isinstance(policy, SignedIn | Needs):
        raise Undeclared(f"{view.__name__}: only a member of staff can show a second factor once more")
    return _declare(view, replace(policy, fresh=True))


def program(scope: Scope | None) -> Callable[[View], View]:
    """Declare a view open to programs whose key has `scope`, or to any key."""
    return lambda view: _declare(view, Program(scope))


@dataclass(frozen=True)
class Owner:
    """Which association and team an object belongs to, or whose own it is; all None for what belongs to the
    installation."""

    association: str | None = None
    team: str | None = None
    account: str | None = None


def _own_association(db: Connection, slug: str) -> Owner | None:
    found = db.scalar(select(association.c.slug).where(association.c.slug == slug))
    return Owner(found) if found else None


def _own_team(db: Connection, slug: str) -> Owner | None:
    row = db.execute(select(team.c.association, team.c.slug).where(team.c.slug == slug)).one_or_none()
    return Owner(*row) if row else None


def _own_round(db: Connection, round_id: str) -> Owner | None:
    query = select(team.c.association, team.c.slug).join(round_, round_.c.team == team.c.slug)
    row = db.execute(query.where(round_.c.id == round_id)).one_or_none()
    return Owner(*row) if row else None


def _own_poll(db: Connection, poll_id: str) -> Owner | None:
    row = db.execute(select(poll.c.association, poll.c.team).where(poll.c.id == poll_id)).one_or_none()
    return Owner(*row) if row else None


def _own_account(db: Connection, account_id: str) -> Owner | None:
    return Owner() if db.scalar(select(account.c.id).where(account.c.id == account_id)) else None


def _own_key(db: Connection, key_id: str) -> Owner | None:
    holder = db.scalar(select(api_token.c.account).where(api_token.c.id == key_id))
    return Owner(account=holder) if holder else None


def _own_choice(db: Connection, saved_id: str) -> Owner | None:
    holder = db.scalar(select(saved_export.c.account).where(saved_export.c.id == saved_id))
    return Owner(account=holder) if holder else None


def _own_draft(db: Connection, form: str) -> Owner | None:
    row = db.execute(select(authored_form.c.association).where(authored_form.c.form == form)).one_or_none()
    if row:
        return Owner(row.association)
    known = db.scalar(select(published_form.c.form).where(published_form.c.form == form).limit(1))
    return Owner() if known else None


def _own_case(db: Connection, case_id: str) -> Owner | None:
    query = select(team.c.association, team.c.slug).join(case, case.c.team == team.c.slug)
    row = db.execute(query.where(case.c.id == case_id)).one_or_none()
    return Owner(*row) if row else None


def _own_task(db: Connection, task_id: str) -> Owner | None:
    of = db.scalar(select(task.c.case).where(task.c.id == task_id))
    return _own_case(db, of) if of else None


def _own_meeting(db: Connection, meeting_id: str) -> Owner | None:
    of = db.scalar(select(meeting_log.c.team).where(meeting_log.c.id == meeting_id))
    return _own_team(db, of) if of else None


def _own_deviation(db: Connection, deviation_id: str) -> Owner | None:
    of = db.scalar(select(deviation.c.team).where(deviation.c.id == deviation_id))
    return _own_team(db, of) if of else None


OWNERS: Mapping[str, Callable[[Connection, str], Owner | None]] = {
    "association": _own_association,
    "team": _own_team,
    "round_id": _own_round,
    "poll_id": _own_poll,
    "account_id": _own_account,
    "key_id": _own_key,
    "saved_id": _own_choice,
    "draft_id": _own_draft,
    "case_id": _own_case,
    "task_id": _own_task,
    "meeting_id": _own_meeting,
    "deviation_id": _own_deviation,
}
"""What an address may name -> whose it is."""
NOBODYS = frozenset({"form_id", "version", "period", "kind", "language", "question", "view", "lock", "party", "year"})
"""What an address may name that is the same for everyone."""
IN_NO_TABLE = frozenset({"job_id"})
"""What the view itself looks for among the account's own, because it lies in no table: `exports.making.find`."""


def check_policies(app: Flask) -> None:
    """Raise `Undeclared` for a view that does not declare its policy, or names an object nobody checks."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        policy = policy_of(app, rule.endpoint)
        owned = OWNERS.keys() if isinstance(policy, Needs | Program) else frozenset()
        loose = set() if isinstance(policy, Public) else rule.arguments - owned - NOBODYS - IN_NO_TABLE
        if loose:
            raise Undeclared(f"{rule.rule}: nobody owns {', '.join(sorted(loose))}; see staff/policy.py")


def policy_of(app: Flask, endpoint: str) -> Policy:
    """What the view of `endpoint` has declared. Raises `Undeclared`."""
    if endpoint in OPEN_ENDPOINTS:
        return Public()
    declared: Policy | None = getattr(app.view_functions[endpoint], ATTRIBUTE, None)
    if declared is None:
        raise Undeclared(f"{endpoint}: the view does not declare who may use it; see staff/policy.py")
    return declared


def authorise(db: Connection, member: Member, policy: Policy, named: Mapping[str, Any]) -> None:
    """Let `member` through to what the address names, or raise `NotFound`: unknown and others' are told alike."""
    if not isinstance(policy, Needs | Program):
        return
    if any("\x00" in str(value) for value in named.values()):
        raise NotFound  # PostgreSQL refuses to look for such a name
    owners = [OWNERS[name](db, str(value)) for name, value in named.items() if name in OWNERS]
    roles = (policy.role, *(policy.others if isinstance(policy, Needs) else ()))
    if not any(member.has(role) and all(owner and _holds(member, role, owner) for owner in owners) for role in roles):
        raise NotFound
    if len({owner.association for owner in owners if owner and owner.association}) > 1:
        raise NotFound


def _holds(member: Member, role: Role, owner: Owner) -> bool:
    if owner.account is not None:
        return owner.account == member.account
    if role == "admin":
        return member.has("admin")
    if role == "coordinator":
        return owner.team is not None and owner.team in member.teams()
    if role == "party":
        # Whether a consent covers the case is asked, and told in the audit chain, by `survey.cases.access`.
        return owner.team is not None and bool(member.parties(owner.team))
    if role == "controller":
        return owner.team is not None and member.controls(owner.team)
    if role == "interviewer":
        return owner.team is not None and owner.team in member.interviews()
    if role == "facilitator":
        return any(member.facilitates(owner.association, team) for team in (None, owner.team))
    if role in ("author", "approver"):
        return member.oversees(role, owner.association)
    return owner.association is not None and owner.association in member.associations()


def _declare(view: View, policy: Policy) -> View:
    setattr(view, ATTRIBUTE, policy)
    return view
