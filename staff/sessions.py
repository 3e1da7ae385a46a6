"""Signing in and staying in: proving who one is, failed attempts, sessions, and the token that proves a form is ours.

A session is a random reference in the browser's cookie; only its hash is stored (PRIVACY.md 5). Nothing here knows
cookies or requests. What a session may do is `staff.policy`.
"""

import hmac
import secrets
import time
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from staff import passphrase as passphrases
from staff.accounts import address, grants
from staff.member import Member
from staff.tokens import forget
from survey.installation import Installation
from survey.keys import Secrets
from survey.tables import account, failed_sign_in, staff_session

IDLE = 30 * 60
LONGEST = 10 * 60 * 60
PRECISION = 60
"""A session's last use is written at most once a minute, not at every page."""
ATTEMPTS = 5
"""Wrong guesses in a row before the address has to wait."""
FIRST_WAIT = 60
LONGEST_WAIT = 15 * 60
FORGOTTEN = 24 * 60 * 60
"""A failed sign-in counts this long."""


def now() -> int:
    """Seconds since 1970 by the machine's clock; a fixed demonstration day does not stop sessions from ending."""
    return int(time.time())


def sign_in(inst: Installation, email: str, passphrase: str, at: int, *, loopback: bool) -> str | None:
    """A new session's reference, or None: unknown, wrong and waiting are told alike, in the same time."""
    known = proved(inst, email, passphrase, at, loopback=loopback)
    if known is None:
        return None
    with inst.writing() as db:
        return begin(db, known, at)


def proved(inst: Installation, email: str, passphrase: str, at: int, *, loopback: bool) -> str | None:
    """The account whose passphrase this is, or None, told apart no better than by `sign_in`.

    The attempt is counted before the passphrase is looked at, so that guesses sent at once are counted too; hashing
    is done between the transactions, so that nobody who answers a survey waits for it. The demonstration's passphrase
    is public and opens only for `loopback`.
    """
    mark = _mark(inst.secrets, email)
    with inst.writing() as db:
        may_try = _attempt(db, mark, at)
        known = db.execute(select(account).where(account.c.email == address(email))).one_or_none()
    right = passphrases.matches(known.passphrase if known else None, passphrase)
    public = passphrase == passphrases.DEMONSTRATION
    if known is None or not (may_try and right and (loopback or not public)):
        return None
    with inst.writing() as db:
        db.execute(delete(failed_sign_in).where(failed_sign_in.c.hash == mark))
    return str(known.id)


def begin(db: Connection, account_id: str, at: int) -> str:
    """A new session for the account; sessions and keys that have run out are cleared away."""
    db.execute(delete(staff_session).where(_over(at)))
    forget(db, at)
    reference = secrets.token_urlsafe(32)
    db.execute(insert(staff_session).values(hash=_hash(reference), account=account_id, began=at, seen=at))
    return reference


def member(db: Connection, reference: str, at: int) -> Member | None:
    """Who the session belongs to, or None when it is unknown or over."""
    row = db.execute(
        select(account.c.id, account.c.name)
        .join(staff_session, staff_session.c.account == account.c.id)
        .where(staff_session.c.hash == _hash(reference), ~_over(at))
    ).one_or_none()
    return Member(row.id, row.name, grants(db, row.id)) if row else None


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


def _attempt(db: Connection, mark: bytes, at: int) -> bool:
    """Count an attempt; False while the address has to wait."""
    db.execute(delete(failed_sign_in).where(failed_sign_in.c.until < at - FORGOTTEN))
    _remember(db, mark, at)
    this = failed_sign_in.c.hash == mark
    row = db.execute(select(failed_sign_in).where(this).with_for_update()).one()
    if row.until > at:
        return False
    failures = row.failures + 1
    db.execute(update(failed_sign_in).where(this).values(failures=failures, until=at + _wait(failures)))
    return True


def _remember(db: Connection, mark: bytes, at: int) -> None:
    """A row to count in, whoever makes it first."""
    try:
        with db.begin_nested():
            db.execute(insert(failed_sign_in).values(hash=mark, failures=0, until=at))
    except IntegrityError:
        return


def _wait(failures: int) -> int:
    beyond = failures - ATTEMPTS
    return 0 if beyond < 0 else min(FIRST_WAIT << min(beyond, 10), LONGEST_WAIT)


def _over(at: int) -> ColumnElement[bool]:
    return or_(staff_session.c.seen <= at - IDLE, staff_session.c.began <= at - LONGEST)


def _hash(reference: str) -> bytes:
    return sha256(reference.encode()).digest()


def _mark(keys: Secrets, email: str) -> bytes:
    """Keyed, and made for unknown addresses too: the table does not tell which addresses have an account."""
    return hmac.new(keys.derive("failed sign-in"), address(email).encode(), sha256).digest()
