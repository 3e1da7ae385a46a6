"""The second factor: one-time codes of an app (TOTP), passkeys, and recovery codes for the day both are gone.

What each account has, and whether what somebody shows is right. A seed lies encrypted and bound to its account; the
half minute of the last code taken is kept, so that no code is taken twice (PRIVACY.md 5). Guesses are slowed by
`staff.sessions`; what a passkey says is understood by `staff.passkeys`. Nothing here knows requests.
"""

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

import pyotp
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from staff import passkeys
from staff.passkeys import Site
from survey.errors import NotAllowed, NotFound
from survey.keys import Secrets
from survey.tables import account, passkey, recovery_code, totp
from survey.vault import KEY_ID, Damaged, Place, Vault

STEP = 30
"""Seconds a code is shown by the app."""
WINDOW = 1
"""Steps a telephone's clock may be wrong, either way."""
SEED_BYTES = 20
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LETTERS_OF_A_CODE = 12
"""60 bits: nobody guesses one, so its HMAC needs no slow hash."""
LONGEST_NAME = 60
DEMONSTRATION_SEED = "RUNTBORDETSITTERVIFEMMEDENNYCKEL"
"""The seed of every account of the demonstration. It is public: its codes open nothing but a loopback address."""


@dataclass(frozen=True)
class Shown:
    """What somebody shows as a second factor: a typed code, or what the browser says for a passkey."""

    code: str = ""
    passkey: str = ""

    @property
    def kind(self) -> str:
        """Which of them, as the audit chain says it."""
        return "passkey" if self.passkey else "code"


@dataclass(frozen=True)
class Asked:
    """Where it is shown: at which site, after which challenge, on this very machine or not."""

    site: Site | None
    challenge: bytes | None = None
    loopback: bool = False


@dataclass(frozen=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: str
    name: str


@dataclass(frozen=True)
class Factors:
    """What an account can show besides its passphrase."""

    app: bool
    passkeys: tuple[Passkey, ...]
    recovery_codes: int

    def __bool__(self) -> bool:
        """Recovery codes alone are none: they only stand in for what there is."""
        return self.app or bool(self.passkeys)


def factors(db: Connection, account_id: str) -> Factors:
    """What the account has."""
    keys = db.execute(select(passkey).where(passkey.c.account == account_id).order_by(passkey.c.name, passkey.c.id))
    codes = select(func.count()).select_from(recovery_code).where(recovery_code.c.account == account_id)
    return Factors(
        app=db.scalar(select(totp.c.account).where(totp.c.account == account_id)) is not None,
        passkeys=tuple(Passkey(row.id, row.name) for row in keys),
        recovery_codes=db.scalar(codes) or 0,
    )


def protected(db: Connection) -> Collection[str]:
    """The accounts that have a second factor."""
    return set(db.scalars(select(totp.c.account).union(select(passkey.c.account))))


def seed_for(keys: Secrets, reference: str) -> str:
    """The seed a session offers an app, the same on each of its pages; stored only once the app has shown a code."""
    return b32encode(hmac.digest(keys.derive("seed on offer"), reference.encode(), "sha256")[:SEED_BYTES]).decode()


def app_address(seed: str, email: str) -> str:
    """What the app reads from the QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name="Samsvar")


def be_first(db: Connection, account_id: str) -> None:
    """Hold the account until the commit. Raises `NotAllowed` where it has a second factor: that must be shown."""
    db.execute(select(account.c.id).where(account.c.id == account_id).with_for_update())
    if factors(db, account_id):
        raise NotAllowed


def add_app(db: Connection, keys: Secrets, account_id: str, seed: str, code: str, at: int) -> bool:
    """Let the app with this seed show the account's codes from now on, in place of an earlier one.

    False, and nothing is changed, unless `code` is what the app shows now; that code is then used.
    """
    step = _step_of(seed, code, at)
    if step is None:
        return False
    keep_seed(db, keys, account_id, seed, step)
    return True


def keep_seed(db: Connection, keys: Secrets, account_id: str, seed: str, step: int = 0) -> None:
    """Store the seed, whose code of half minute `step` is the last one taken."""
    db.execute(delete(totp).where(totp.c.account == account_id))
    locked = _vault(keys).lock(_place(account_id), seed)
    db.execute(insert(totp).values(account=account_id, seed=locked, step=step))


def add_passkey(db: Connection, account_id: str, name: str, said: str, asked: Asked) -> None:
    """Let this passkey stand for the account from now on. Raises `NotAllowed` for what is no answer to the challenge,
    and for a passkey that is known already."""
    if asked.site is None or asked.challenge is None:
        raise NotAllowed
    made = passkeys.registered(said, asked.challenge, asked.site)
    if made is None:
        raise NotAllowed
    row = {"id": str(uuid4()), "account": account_id, "name": name.strip()[:LONGEST_NAME] or "Passkey"}
    try:
        with db.begin_nested():
            db.execute(
                insert(passkey).values(**row, credential=made.credential, public=made.public, counter=made.counter)
            )
    except IntegrityError:
        raise NotAllowed from None


def credentials(db: Connection, account_id: str) -> list[bytes]:
    """The names of the account's passkeys, as browsers know them."""
    return list(db.scalars(select(passkey.c.credential).where(passkey.c.account == account_id)))


def remove_passkey(db: Connection, account_id: str, passkey_id: str) -> None:
    """Raises `NotFound` for one that is not the account's, `NotAllowed` for the only factor there is."""
    has = factors(db, account_id)
    if passkey_id not in {one.id for one in has.passkeys}:
        raise NotFound
    if not has.app and len(has.passkeys) == 1:
        raise NotAllowed
    db.execute(delete(passkey).where(passkey.c.id == passkey_id))


def new_recovery_codes(db: Connection, keys: Secrets, account_id: str) -> tuple[str, ...]:
    """Codes that each stand in for a second factor once, shown this once; earlier ones stop working."""
    codes = tuple(_random_code() for _n in range(RECOVERY_CODES))
    db.execute(delete(recovery_code).where(recovery_code.c.account == account_id))
    db.execute(
        insert(recovery_code), [{"hash": _mark(keys, account_id, code), "account": account_id} for code in codes]
    )
    return codes


def forget(db: Connection, account_id: str) -> None:
    """Take every second factor from the account."""
    for table in (totp, passkey, recovery_code):
        db.execute(delete(table).where(table.c.account == account_id))


def proves(db: Connection, keys: Secrets, account_id: str, shown: Shown, asked: Asked, at: int) -> bool:
    """Whether this is a second factor of the account; what can be used once is then used."""
    if shown.passkey:
        return _passkey_proves(db, account_id, shown.passkey, asked)
    if re.fullmatch(r"[\s-]*(\d[\s-]*){6}", shown.code):
        return _app_proves(db, keys, account_id, shown.code, asked, at)
    used = recovery_code.c.hash == _mark(keys, account_id, shown.code)
    return db.execute(delete(recovery_code).where(used, recovery_code.c.account == account_id)).rowcount == 1


def code_on_show(db: Connection, keys: Secrets, account_id: str, at: int) -> str | None:
    """The next code of an account of the demonstration, "" while all have been taken; None for every other account."""
    row = db.execute(select(totp).where(totp.c.account == account_id)).one_or_none()
    if row is None or _seed(keys, account_id, row.seed) != DEMONSTRATION_SEED:
        return None
    step = max(at // STEP, row.step + 1)
    return pyotp.TOTP(DEMONSTRATION_SEED).generate_otp(step) if step <= at // STEP + WINDOW else ""


def _app_proves(db: Connection, keys: Secrets, account_id: str, code: str, asked: Asked, at: int) -> bool:
    row = db.execute(select(totp).where(totp.c.account == account_id)).one_or_none()
    seed = _seed(keys, account_id, row.seed) if row else None
    if seed is None or (seed == DEMONSTRATION_SEED and not asked.loopback):
        return False
    step = _step_of(seed, code, at)
    if step is None:
        return False
    unused = (totp.c.account == account_id, totp.c.step < step)
    return db.execute(update(totp).where(*unused).values(step=step)).rowcount == 1


def _passkey_proves(db: Connection, account_id: str, said: str, asked: Asked) -> bool:
    if asked.site is None or asked.challenge is None:
        return False
    mine = passkey.c.account == account_id, passkey.c.credential == passkeys.credential_of(said)
    row = db.execute(select(passkey).where(*mine).with_for_update()).one_or_none()
    if row is None:
        return False
    counter = passkeys.answered(said, asked.challenge, asked.site, row.public, row.counter)
    if counter is None:
        return False
    db.execute(update(passkey).where(passkey.c.id == row.id).values(counter=counter))
    return True


def _step_of(seed: str, code: str, at: int) -> int | None:
    """The half minute whose code this is, the newest first; None for a wrong one."""
    typed = "".join(re.findall(r"[0-9]", code))
    app, now = pyotp.TOTP(seed), at // STEP
    steps = range(now + WINDOW, now - WINDOW - 1, -1)
    return next((step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)), None)


def _seed(keys: Secrets, account_id: str, locked: bytes) -> str | None:
    """None where the secret key is another one than the seed was locked with: an administrator resets the account."""
    try:
        return str(_vault(keys).unlock(_place(account_id), locked))
    except Damaged:
        return None


def _vault(keys: Secrets) -> Vault:
    key = keys.derive("seeds of one-time codes")
    return Vault(sha256(key).digest()[:KEY_ID], key)


def _place(account_id: str) -> Place:
    return Place("totp", "seed", account_id)


def _random_code() -> str:
    code = "".join(secrets.choice(LETTERS) for _letter in range(LETTERS_OF_A_CODE))
    return "-".join(code[start : start + 4] for start in range(0, LETTERS_OF_A_CODE, 4))


def _mark(keys: Secrets, account_id: str, code: str) -> bytes:
    letters = "".join(letter for letter in code.upper() if letter in LETTERS)
    return hmac.digest(keys.derive("recovery code"), f"{account_id} {letters}".encode(), "sha256")
