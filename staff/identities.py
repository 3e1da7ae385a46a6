"""Whom the identity provider's people are here: one issuer and subject for one account, whatever their address."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from survey.errors import NotAllowed
from survey.tables import account, identity


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for. `both`: with two factors; `at`: when they signed in there, where it says."""

    issuer: str
    subject: str
    both: bool
    at: int | None


def found(db: Connection, vouched: Vouched) -> str | None:
    """The account of whoever is vouched for; None for somebody nobody has connected."""
    theirs = identity.c.issuer == vouched.issuer, identity.c.subject == vouched.subject
    return db.scalar(select(identity.c.account).where(*theirs))


def connected(db: Connection, account_id: str, issuer: str) -> bool:
    """Whether the account can be entered through this provider."""
    mine = identity.c.account == account_id, identity.c.issuer == issuer
    return db.scalar(select(identity.c.account).where(*mine)) is not None


def connect(db: Connection, account_id: str, vouched: Vouched) -> None:
    """Let them enter the account from now on, in place of an earlier one. Raises `NotAllowed` for somebody who is
    another account's."""
    db.execute(delete(identity).where(identity.c.account == account_id))
    try:
        with db.begin_nested():
            db.execute(insert(identity).values(account=account_id, issuer=vouched.issuer, subject=vouched.subject))
    except IntegrityError:
        raise NotAllowed from None


def disconnect(db: Connection, account_id: str) -> None:
    """Raises `NotAllowed` where nothing else opens the account."""
    if db.scalar(select(account.c.passphrase).where(account.c.id == account_id).with_for_update()) is None:
        raise NotAllowed
    forget(db, account_id)


def forget(db: Connection, account_id: str) -> None:
    """Let the provider open the account no more."""
    db.execute(delete(identity).where(identity.c.account == account_id))
