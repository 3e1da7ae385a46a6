"""Signing in and staying in: proving who one is, failed attempts, sessions, and the token that proves a form is ours.

A session is a random reference in the browser's cookie; only its hash is stored (PRIVACY.md 5). With the passphrase
alone one is halfway: such a session opens the second step and nothing else, and a whole one gets a reference of its
own. Who comes in, who does not and who leaves is told in the audit chain: of a wrong passphrase that it was wrong, of
an address without an account nothing but how many there were, and never more rows than there are guesses to be had.
Nothing here knows cookies or requests. What a session may do is `staff.policy`.
"""

import hmac
import secrets
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Executable, Row, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from staff import passphrase as passphrases
from staff.accounts import address, end_sessions, grants
from staff.factors import Asked, Shown, proves
from staff.member import Member
from survey import audit
from survey.audit import Entry
from survey.installation import Installation
from survey.keys import Secrets
from survey.tables import account, failed_sign_in, staff_session

IDLE = 30 * 60
LONGEST = 10 * 60 * 60
HALFWAY = 10 * 60
"""So long the second step may take."""
FRESH = 10 * 60
"""So long a second factor counts for what asks for it anew (`staff.policy.fresh`)."""
CHALLENGE_BYTES = 32
PRECISION = 60
"""A session's last use is written at most once a minute, not at every page."""
ATTEMPTS = 5
"""Wrong guesses in a row before the address has to wait."""
FIRST_WAIT = 60
LONGEST_WAIT = 15 * 60
FORGOTTEN = 24 * 60 * 60
"""A failed sign-in counts this long."""
STRANGER = "stranger"
"""Whoever tries addresses that have no account, as the audit chain calls them."""
_NO_ADDRESS = "\x00"
"""What no typed address begins with, and what is counted beside addresses does."""
_UNKNOWN = f"{_NO_ADDRESS}unknown"
_WORTH_TELLING = {10**n for n in range(10)}
SKEW = 5 * 60
"""So far ahead a session's last use may seem to lie: hosts' clocks differ. Beyond that the clock ran ahead."""


def now() -> int:
    """Seconds since 1970 by the machine's clock; a fixed demonstration day does not stop sessions from ending."""
    return int(time.time())


@dataclass(frozen=True)
class Halfway:
    """Somebody who has shown the passphrase and no second factor yet."""

    account: str
    email: str


@dataclass(frozen=True)
class Session:
    """A session as its owner sees it, to tell it from the others and end it: `mark` names it. Moments in seconds."""

    mark: str
    began: int
    seen: int
    this: bool


def sign_in(inst: Installation, email: str, passphrase: str, at: int, *, loopback: bool) -> str | None:
    """The reference of a new session that is halfway, or None: unknown, wrong and waiting are told alike, in the same
    time."""
    known = _proved(inst, email, passphrase, at, loopback=loopback)
    if known is None:
        return None
    with inst.writing() as db:
        # Held, so that nobody resets the account meanwhile: whoever has its old passphrase would choose its factor.
        still = account.c.id == known.id, account.c.passphrase == known.passphrase
        stands = db.scalar(select(account.c.id).where(*still).with_for_update(key_share=True)) is not None
        return begin_halfway(db, known.id, at) if stands else None


def step_in(inst: Installation, reference: str, shown: Shown, asked: Asked, at: int) -> str | None:
    """The reference of a whole session in place of one that is halfway, or None for no or a wrong second factor."""
    with inst.writing() as db:
        audit.in_turn(db)
        there = halfway(db, reference, at)
        if there is None or not _proves(db, inst, reference, there.account, shown, asked, at):
            return None
        end(db, reference)
        whole = begin(db, there.account, at)
        tell(db, inst, there.account, "signed_in", sitting(whole), shown.kind)
        return whole


def confirm(inst: Installation, reference: str, shown: Shown, asked: Asked, at: int) -> bool:
    """Show the second factor anew in a whole session; False for a wrong one."""
    with inst.writing() as db:
        audit.in_turn(db)
        there = member(db, reference, at)
        if there is None or not _proves(db, inst, reference, there.account, shown, asked, at):
            return False
        db.execute(update(staff_session).where(staff_session.c.hash == _hash(reference)).values(proved=at))
        tell(db, inst, there.account, "confirmed", sitting(reference), shown.kind)
        return True


def vouched_anew(db: Connection, reference: str, at: int) -> None:
    """The identity provider has just seen both factors of the session's owner (`staff.oidc`)."""
    db.execute(update(staff_session).where(staff_session.c.hash == _hash(reference)).values(proved=at))


def proved(inst: Installation, email: str, passphrase: str, at: int, *, loopback: bool) -> str | None:
    """The account whose passphrase this is, or None, told apart no better than by `sign_in`. The demonstration's
    passphrase is public and opens only for `loopback`."""
    known = _proved(inst, email, passphrase, at, loopback=loopback)
    return str(known.id) if known else None


def _proved(inst: Installation, email: str, passphrase: str, at: int, *, loopback: bool) -> Row[Any] | None:
    """The row of the account, as it was when the passphrase was looked at.

    The attempt is counted before the passphrase is looked at, so that guesses sent at once are counted too; hashing
    is done between the transactions, so that nobody who answers a survey waits for it.
    """
    mark = _mark(inst.secrets, email)
    with inst.writing() as db:
        may_try = _attempt(db, mark, at)
        known = db.execute(select(account).where(account.c.email == address(email))).one_or_none()
    right = passphrases.matches(known.passphrase if known else None, passphrase)
    public = passphrase == passphrases.DEMONSTRATION
    if known is None or not (may_try and right and (loopback or not public)):
        if may_try:
            _failed(inst, known.id if known else None, at)
        return None
    with inst.writing() as db:
        db.execute(delete(failed_sign_in).where(failed_sign_in.c.hash == mark))
    return known


def begin(db: Connection, account_id: str, at: int) -> str:
    """A new session for somebody who has shown passphrase and second factor."""
    return _begin(db, account_id, at, at)


def begin_halfway(db: Connection, account_id: str, at: int) -> str:
    """A new session for somebody who has shown the passphrase alone."""
    return _begin(db, account_id, at, None)


def begin_anew(db: Connection, account_id: str, at: int) -> str:
    """The one session of somebody who has just changed passphrase or factor: every other one ends."""
    end_sessions(db, account_id)
    return begin(db, account_id, at)


def member(db: Connection, reference: str, at: int) -> Member | None:
    """Who the session belongs to, or None when it is unknown, over, or only halfway."""
    row = db.execute(
        select(account.c.id, account.c.name)
        .join(staff_session, staff_session.c.account == account.c.id)
        .where(staff_session.c.hash == _hash(reference), staff_session.c.proved.is_not(None), ~_over(at))
    ).one_or_none()
    return Member(row.id, row.name, grants(db, row.id)) if row else None


def halfway(db: Connection, reference: str, at: int) -> Halfway | None:
    """Who the session is halfway for, or None when it is unknown, over, or whole."""
    row = db.execute(
        select(account.c.id, account.c.email)
        .join(staff_session, staff_session.c.account == account.c.id)
        .where(staff_session.c.hash == _hash(reference), staff_session.c.proved.is_(None), ~_over(at))
    ).one_or_none()
    return Halfway(row.id, row.email) if row else None


def fresh(db: Connection, reference: str, at: int) -> bool:
    """Whether the session has shown a second factor lately."""
    shown = db.scalar(select(staff_session.c.proved).where(staff_session.c.hash == _hash(reference)))
    return shown is not None and at - shown < FRESH


def sessions_of(db: Connection, account_id: str, reference: str, at: int) -> tuple[Session, ...]:
    """The account's sessions, the one used last before the others; `reference` is the one that asks."""
    mine = select(staff_session).where(staff_session.c.account == account_id, ~_over(at))
    rows = db.execute(mine.order_by(staff_session.c.seen.desc(), staff_session.c.began.desc(), staff_session.c.hash))
    return tuple(Session(row.hash.hex(), row.began, row.seen, row.hash == _hash(reference)) for row in rows)


def end_one(db: Connection, account_id: str, mark: str) -> bool:
    """End the one of the account's sessions that `mark` names; False when it is over already."""
    for row in db.execute(select(staff_session.c.hash).where(staff_session.c.account == account_id)).all():
        if hmac.compare_digest(row.hash.hex().encode(), mark.encode()):
            return db.execute(delete(staff_session).where(staff_session.c.hash == row.hash)).rowcount == 1
    return False


def challenge(db: Connection, reference: str) -> bytes:
    """A new question for a passkey, kept with the session until it is answered."""
    asked = secrets.token_bytes(CHALLENGE_BYTES)
    db.execute(update(staff_session).where(staff_session.c.hash == _hash(reference)).values(challenge=asked))
    return asked


def take_challenge(db: Connection, reference: str) -> bytes | None:
    """The question that waits for an answer, which it then does no more."""
    this = staff_session.c.hash == _hash(reference)
    asked = db.scalar(select(staff_session.c.challenge).where(this).with_for_update())
    db.execute(update(staff_session).where(this).values(challenge=None))
    return asked


def stale(db: Connection, reference: str, at: int) -> bool:
    """Whether the session's last use ought to be written down again."""
    seen = db.scalar(select(staff_session.c.seen).where(staff_session.c.hash == _hash(reference)))
    return seen is not None and at - seen >= PRECISION


def touch(db: Connection, reference: str, at: int) -> None:
    """Write down that the session was used."""
    db.execute(update(staff_session).where(staff_session.c.hash == _hash(reference)).values(seen=at))


def end(db: Connection, reference: str) -> None:
    """Sign out."""
    db.execute(delete(staff_session).where(staff_session.c.hash == _hash(reference)))


def form_token(keys: Secrets, reference: str) -> str:
    """What every form of the session carries, so that another site's form is not taken for ours."""
    return hmac.new(keys.derive("staff form token"), reference.encode(), sha256).hexdigest()


def sitting(reference: str) -> str:
    """What a session is called in the audit chain: rows of one sitting are known by it, and it opens nothing."""
    return sha256(b"sitting" + _hash(reference)).hexdigest()[:16]


def tell(db: Connection, inst: Installation, account_id: str, action: str, *codes: str) -> None:
    """A row of the audit chain about what somebody does that concerns no team's case.

    Whoever changes something before it waits for `survey.audit.in_turn` first: an administrator who takes the account
    away tells of it before the deed."""
    audit.record(db, inst.secrets, Entry(account_id, action, detail=" ".join(codes)), inst.now())


def _begin(db: Connection, account_id: str, at: int, proved_at: int | None) -> str:
    """Sessions that have run out are cleared away."""
    db.execute(delete(staff_session).where(_over(at)))
    reference = secrets.token_urlsafe(32)
    row = {"hash": _hash(reference), "account": account_id, "began": at, "seen": at, "proved": proved_at}
    db.execute(insert(staff_session).values(**row))
    return reference


def _failed(inst: Installation, known: str | None, at: int) -> None:
    """Tell of a wrong passphrase of an account; of an address that has none count only, and tell of the first, the
    tenth, the hundredth within a day, so that whoever tries addresses at random fills no log."""
    with inst.writing() as db:
        audit.in_turn(db)
        if known is not None:
            tell(db, inst, known, "sign_in_failed")
        elif (tried := _one_more(db, _mark(inst.secrets, _UNKNOWN), at)) in _WORTH_TELLING:
            tell(db, inst, STRANGER, "unknown_tried", str(tried))


def _one_more(db: Connection, mark: bytes, at: int) -> int:
    """How often something has been counted since the first time, which `_attempt` forgets a day later."""
    n: int = _counted(db, mark, at).failures + 1
    db.execute(update(failed_sign_in).where(failed_sign_in.c.hash == mark).values(failures=n))
    return n


def _proves(
    db: Connection, inst: Installation, reference: str, account_id: str, shown: Shown, asked: Asked, at: int
) -> bool:
    """Whether it is a second factor of the account; guesses are counted and slowed like those of a passphrase."""
    mark = _mark(inst.secrets, f"{_NO_ADDRESS}second factor {account_id}")
    waited_for = replace(asked, challenge=take_challenge(db, reference))
    if not _attempt(db, mark, at):
        return False
    if not proves(db, inst.secrets, account_id, shown, waited_for, at):
        tell(db, inst, account_id, "second_step_failed", shown.kind)
        return False
    db.execute(delete(failed_sign_in).where(failed_sign_in.c.hash == mark))
    return True


def _attempt(db: Connection, mark: bytes, at: int) -> bool:
    """Count an attempt; False while the address has to wait."""
    until = failed_sign_in.c.until
    db.execute(delete(failed_sign_in).where(or_(until < at - FORGOTTEN, until > at + LONGEST_WAIT)))
    row = _counted(db, mark, at)
    if row.until > at:
        return False
    values = {"failures": row.failures + 1, "until": at + _wait(row.failures + 1)}
    db.execute(update(failed_sign_in).where(failed_sign_in.c.hash == mark).values(values))
    return True


def _counted(db: Connection, mark: bytes, at: int) -> Row[Any]:
    """The row to count in, whoever makes it first, held until the commit. One statement: whoever signs in beside takes
    it away, and must not do so between a look whether it is there and a look at it."""
    return db.execute(_COUNTED[db.dialect.name], {"hash": mark, "failures": 0, "until": at}).one()


def _wait(failures: int) -> int:
    beyond = failures - ATTEMPTS
    return 0 if beyond < 0 else min(FIRST_WAIT << min(beyond, 10), LONGEST_WAIT)


def _over(at: int) -> ColumnElement[bool]:
    slow = and_(staff_session.c.proved.is_(None), staff_session.c.began <= at - HALFWAY)
    ahead = staff_session.c.seen > at + SKEW  # it would never end
    return or_(staff_session.c.seen <= at - IDLE, staff_session.c.began <= at - LONGEST, slow, ahead)


def _hash(reference: str) -> bytes:
    return sha256(reference.encode()).digest()


def _mark(keys: Secrets, email: str) -> bytes:
    """Keyed, and made for unknown addresses too: the table does not tell which addresses have an account."""
    return hmac.new(keys.derive("failed sign-in"), address(email).encode(), sha256).digest()


def _counting(insert_: sqlite.Insert | postgresql.Insert) -> Executable:
    kept = {"failures": failed_sign_in.c.failures}
    return insert_.on_conflict_do_update(index_elements=["hash"], set_=kept).returning(*failed_sign_in.c)


_COUNTED = {
    "sqlite": _counting(sqlite.insert(failed_sign_in)),
    "postgresql": _counting(postgresql.insert(failed_sign_in)),
}
