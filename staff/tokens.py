"""Keys for programs: what an evaluator hands to a program so that it may read, for a while, what they may read.

A key is a long random text, shown once; only its HMAC is stored. What it opens is asked anew at each request: the
scopes it was made with, in the associations its holder evaluates at that moment. Nothing here knows requests.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select, update

from staff.accounts import grants
from staff.member import SCOPES, Member, Scope
from survey.errors import BadRequest
from survey.keys import Secrets
from survey.tables import account, api_token

PREFIX = "samsvar_"
"""What every key begins with, so that programs that look for secrets in the wrong places know one."""
RANDOM_BYTES = 32
STANDARD_DAYS, MOST_DAYS = 90, 365
LONGEST_NAME = 60
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Key:
    """A key as its holder sees it afterwards; `expires` in seconds since 1970."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    expires: int


@dataclass(frozen=True)
class Bearer:
    """Who a program reads for, with what they hold as evaluator and nothing else, and what it may read."""

    member: Member
    scopes: tuple[Scope, ...]


def make(db: Connection, keys: Secrets, account_id: str, name: str, scopes: Collection[str], days: int, at: int) -> str:
    """A new key of the account, which is not to be had again.

    Raises `BadRequest` for a blank or endless name, no or an unknown scope, and less than a day or more than a year.
    """
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise BadRequest(_("Skriv ett namn på högst %(n)s tecken.", n=LONGEST_NAME))
    if not scopes or not set(scopes) <= set(SCOPES):
        raise BadRequest(_("Välj vad programmet får läsa."))
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(_("En nyckel gäller i högst ett år."))
    key = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    db.execute(
        insert(api_token).values(
            id=str(uuid4()),
            hash=_hash(keys, key),
            account=account_id,
            name=name.strip(),
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            expires=at + days * DAY,
        )
    )
    return key


def bearer(db: Connection, keys: Secrets, key: str, at: int) -> Bearer | None:
    """Whose key it is; None for one that is unknown, has run out, or whose holder evaluates nothing any more.

    Looked up by its HMAC: how long the look takes tells of that alone, which nobody can aim at without the secret.
    """
    row = db.execute(
        select(account.c.id, account.c.name, api_token.c.scopes)
        .join(api_token, api_token.c.account == account.c.id)
        .where(api_token.c.hash == _hash(keys, key), api_token.c.expires > at)
    ).one_or_none()
    held = tuple(grant for grant in grants(db, row.id) if grant.role == "evaluator") if row else ()
    return Bearer(Member(row.id, row.name, held), _scopes(row.scopes)) if row and held else None


def held_by(db: Connection, account_id: str, at: int) -> tuple[Key, ...]:
    """The account's keys that still work, the one that ends first before the others."""
    query = select(api_token).where(api_token.c.account == account_id, api_token.c.expires > at)
    rows = db.execute(query.order_by(api_token.c.expires, api_token.c.name, api_token.c.id))
    return tuple(Key(row.id, row.name, _scopes(row.scopes), row.expires) for row in rows)


def withdraw(db: Connection, key_id: str) -> None:
    """Let the key open nothing from now on."""
    db.execute(delete(api_token).where(api_token.c.id == key_id))


def forget(db: Connection, at: int) -> None:
    """Clear away the keys that have run out, and shorten those that a clock that ran ahead made longer than a year. For
    a night, whose clock has been looked at: nobody gets a key again."""
    latest = at + MOST_DAYS * DAY
    db.execute(update(api_token).where(api_token.c.expires > latest).values(expires=latest))
    db.execute(delete(api_token).where(api_token.c.expires <= at))


def _scopes(stored: str) -> tuple[Scope, ...]:
    return tuple(scope for scope in SCOPES if scope in stored.split())


def _hash(keys: Secrets, key: str) -> bytes:
    return hmac.new(keys.derive("key for programs"), key.encode("utf-8", "surrogatepass"), sha256).digest()
