"""Drafts: a referral that is not sent yet, kept for two weeks, which only its code opens.

A draft is found by an HMAC of its code and encrypted with a key made of the code itself, of the server's secret and of
a key in the key folder, so that neither the code nor all that lies in the database's folder opens it (PRIVACY.md 4): a
code that people can type is short, and whoever has that folder tries them all. The slow part, argon2id, is done once,
when somebody begins or comes back; from then on the key travels in the page. Wrong codes that come close to a draft's
slow that draft down.
"""

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Row, delete, insert, select, update

from survey.cases.protection import without
from survey.errors import Closed, TooOften, Unavailable
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.tables import draft
from survey.teams import find_team
from survey.tickets import ALPHABET
from survey.vault import KEY_ID, Damaged, Place, Vault

LIFE = timedelta(days=14)
CODE_LENGTH = 8
FREE_TRIES = 5
"""Wrong codes that come close before a draft is slowed."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_KEY = 32
_SALT = 16
_MEMORY_KIB, _PASSES = 19 * 1024, 2


@dataclass(frozen=True)
class Held:
    """What a page holds of a draft that is open in it: where it is, and what opens it."""

    id: bytes
    key: bytes
    team: str

    def pack(self) -> str:
        """As text, for a page state that is sealed."""
        return f"{self.id.hex()}.{self.key.hex()}.{self.team}"

    @classmethod
    def unpack(cls, text: str) -> Self:
        """What `pack` made. Raises `Closed` for anything else."""
        try:
            known_by, key, team = text.split(".")
            return cls(bytes.fromhex(known_by), bytes.fromhex(key), team)
        except ValueError:
            raise Closed from None


@dataclass(frozen=True)
class Begun:
    """A new draft and its code, which is shown and never stored."""

    code: str
    held: Held


def begin(db: Connection, installation: Installation, team: str, contents: Mapping[str, Any], now: datetime) -> Begun:
    """Keep what has been filled in so far under a new code. `submission` in `contents` is the random number of the
    page, in hex.

    Raises `NotFound` for an unknown team, `Protected` for somebody nothing may be stored about, `Unavailable` without
    the key folder.
    """
    find_team(db, team)
    code = "".join(secrets.choice(ALPHABET) for _letter in range(CODE_LENGTH))
    salt = secrets.token_bytes(_SALT)
    known_by = _hash(installation, code)
    held = Held(known_by, _key(installation, _slow(code, salt)), team)
    page = _page(installation, str(contents.get("submission", "")))
    row = {"hash": known_by, "near": _near(installation, code), "page": page, "team": team, "salt": salt}
    db.execute(insert(draft).values(row | {"expires": now + LIFE, "contents": _lock(held, contents)}))
    return Begun(written(code), held)


def resume(installation: Installation, code: str, now: datetime) -> tuple[Held, dict[str, Any]]:
    """The draft behind a code, however it was typed, and what has been filled in.

    Raises `Closed` for a code that is unknown, has run out or was sent, all alike; `TooOften` while it is slowed;
    `Unavailable` without the key folder.
    """
    plain = _plain(code)
    with installation.writing() as db:
        wait, row = _tried(db, installation, plain, now)
    if wait:
        raise TooOften(wait)
    if row is None or row.expires <= now:
        raise Closed
    slow = _slow(plain, row.salt)
    for key in (_key(installation, slow), _key_before(installation, slow)):
        held = Held(row.hash, key, row.team)
        with suppress(Closed):
            return held, _unlock(held, row.contents)
    raise Closed


def save(db: Connection, held: Held, contents: Mapping[str, Any], now: datetime) -> None:
    """Keep what has been filled in now, and for two more weeks.

    Raises `Closed` when it has been sent or has run out meanwhile, `Protected` as `begin`.
    """
    here = (draft.c.hash == held.id, draft.c.expires > now)
    values = {"contents": _lock(held, contents), "expires": now + LIFE}
    if db.execute(update(draft).where(*here).values(values)).rowcount == 0:
        raise Closed


def load(db: Connection, held: Held, now: datetime) -> dict[str, Any]:
    """What has been filled in. Raises `Closed` as `save`."""
    row = db.execute(select(draft.c.contents).where(draft.c.hash == held.id, draft.c.expires > now)).first()
    if row is None:
        raise Closed
    return _unlock(held, row.contents)


def discard(db: Connection, held: Held) -> None:
    """Throw the draft away. Raises `Closed` when it is gone."""
    if db.execute(delete(draft).where(draft.c.hash == held.id)).rowcount == 0:
        raise Closed


def let_go(db: Connection, installation: Installation, submission: bytes) -> None:
    """Throw away every draft that began on the page with that random number: who goes back past the gate begins another
    one, and who then tells of a protected identity must leave none."""
    db.execute(delete(draft).where(draft.c.page == _page(installation, submission.hex())))


def forget(db: Connection, now: datetime) -> int:
    """Throw away the drafts that have run out; how many there were. For a night, whose clock has been looked at; those
    that one that ran ahead gave more time are kept for two weeks from now."""
    db.execute(update(draft).where(draft.c.expires > now + LIFE).values(expires=now + LIFE))
    return db.execute(delete(draft).where(draft.c.expires <= now)).rowcount


def written(code: str) -> str:
    """A code as it is shown: `K4M7-2PQX`."""
    plain = _plain(code)
    return f"{plain[:4]}-{plain[4:]}"


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign in ALPHABET)


def _hash(installation: Installation, plain: str) -> bytes:
    return hmac.digest(installation.secrets.derive("draft"), plain.encode(), "sha256")


def _near(installation: Installation, plain: str) -> bytes:
    """What drafts are known by whose codes begin alike."""
    return hmac.digest(installation.secrets.derive("draft, half"), plain[: CODE_LENGTH // 2].encode(), "sha256")[:16]


def _page(installation: Installation, submission: str) -> bytes:
    """What drafts are known by that began on the same page."""
    return hmac.digest(installation.secrets.derive("draft, page"), submission.encode(), "sha256")[:16]


def _slow(plain: str, salt: bytes) -> bytes:
    """What is made of a code, slowly."""
    return hash_secret_raw(plain.encode(), salt, _PASSES, _MEMORY_KIB, 1, _KEY, Type.ID)


def _key(installation: Installation, slow: bytes) -> bytes:
    """The key of a draft. Raises `Unavailable` where the key folder cannot be read or written."""
    try:
        kept_apart = installation.draft_key.key()
    except (BrokenKey, OSError):
        raise Unavailable from None
    kdf = HKDF(SHA256(), _KEY, salt=installation.secrets.derive("draft, key"), info=b"samsvar draft 2")
    return kdf.derive(slow + kept_apart)


def _key_before(installation: Installation, slow: bytes) -> bytes:
    """The key of a draft that was begun by a version that kept nothing of it in the key folder: it goes on being saved
    under it, and is gone two weeks after it was saved last."""
    kdf = HKDF(SHA256(), _KEY, salt=installation.secrets.derive("draft, key"), info=b"samsvar draft")
    return kdf.derive(slow)


def _lock(held: Held, contents: Mapping[str, Any]) -> bytes:
    given = {name: contents[name] for name in ("answers", "unread") if isinstance(contents.get(name), Mapping)}
    safe = {**contents, **{name: without(dict(typed)) for name, typed in given.items()}}
    return _vault(held).lock(_place(held), safe)


def _unlock(held: Held, field: bytes) -> dict[str, Any]:
    try:
        return dict(_vault(held).unlock(_place(held), field))
    except Damaged:
        raise Closed from None


def _vault(held: Held) -> Vault:
    return Vault(held.id[:KEY_ID], held.key)


def _place(held: Held) -> Place:
    return Place("draft", "contents", held.id.hex())


def _tried(db: Connection, installation: Installation, plain: str, now: datetime) -> tuple[int, Row[Any] | None]:
    """Seconds to wait, or none and what the code opens; a wrong code counts."""
    wait = _slowed(db, installation, plain, now)
    row = None if wait else db.execute(select(draft).where(draft.c.hash == _hash(installation, plain))).first()
    if row is not None:
        db.execute(update(draft).where(draft.c.hash == row.hash).values(failures=0, until=None))
    elif not wait:
        _come_close(db, installation, plain, now)
    return wait, row


def _slowed(db: Connection, installation: Installation, plain: str, now: datetime) -> int:
    """Seconds until codes like this one may be tried again. Tries at once take turns, or all would count as one."""
    near = select(draft.c.until).where(draft.c.near == _near(installation, plain)).order_by(draft.c.hash)
    close = db.scalars(near.with_for_update()).all()
    waits = (until for until in close if until is not None and now < until <= now + LONGEST_WAIT)
    left = [(until - now).total_seconds() for until in waits]
    return int(max(left)) + 1 if left else 0


def _come_close(db: Connection, installation: Installation, plain: str, now: datetime) -> None:
    """Count a wrong code against every draft whose code begins alike."""
    for row in db.execute(select(draft.c.hash, draft.c.failures).where(draft.c.near == _near(installation, plain))):
        failures = row.failures + 1
        beyond = failures - FREE_TRIES
        until = now + min(FIRST_WAIT * (1 << min(max(beyond, 0), 10)), LONGEST_WAIT) if beyond >= 0 else None
        db.execute(update(draft).where(draft.c.hash == row.hash).values(failures=failures, until=until))
