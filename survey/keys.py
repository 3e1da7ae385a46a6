"""Secrets of an installation: the secret key, and the folders of box keys and case keys; the key of drafts among them.

None of them is ever in the database or in a backup of it (PRIVACY.md 2, 4). A box's private key and a case's key exist
only as files in their folder, wrapped by the key-encryption key (`survey.wrapping`); destroying the file is what makes
a release final, and what deletes a case in every copy of the database.
"""

import os
import secrets
from collections.abc import Container
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from survey.wrapping import Unwrappable, Wrapping, make_durable, part_of, replace_secret, write_secret

_KEY = 32
_SUFFIX = ".key"
_THE_ONE = ""
"""What a key is named in a folder that holds one of its kind."""


class BrokenKey(Exception):
    """A key is missing or cannot be unwrapped: what was encrypted with it cannot be read."""


class Secrets:
    """The secret key of the installation, and the separate keys derived from it by purpose."""

    def __init__(self, secret_key: bytes) -> None:
        self._secret_key = secret_key
        self._derived: dict[str, bytes] = {}

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key for one purpose, the same each time."""
        if purpose not in self._derived:
            kdf = HKDF(SHA256(), 32, salt=None, info=b"samsvar " + purpose.encode())
            self._derived[purpose] = kdf.derive(self._secret_key)
        return self._derived[purpose]


def random_private_key() -> X25519PrivateKey:
    """A new private key, drawn from the same source as everything else that is random here."""
    return X25519PrivateKey.from_private_bytes(secrets.token_bytes(32))


class WrappedKeys:
    """A folder with one wrapped key in a file for each of something; the name of the file says of what."""

    prefix: str
    """What the name of each file begins with."""

    def __init__(self, path: Path, wrapping: Wrapping) -> None:
        self.path = path
        self.wrapping = wrapping

    def holds(self, identity: str) -> bool:
        """Whether there is a key for it."""
        return os.path.exists(f"{self.path}/{self.prefix}{identity}{_SUFFIX}")  # asked before each answer: Path is slow

    def destroy(self, identity: str) -> None:
        """Overwrite and remove its key, and what a crash has left half; nothing happens when it is gone already."""
        self.destroy_file(self._file(identity))
        self.destroy_file(part_of(self._file(identity)))

    def destroy_file(self, path: Path) -> None:
        """Overwrite and remove one of the files that `strays` gave."""
        if not path.exists():
            return
        with self.wrapping.turn():  # else a rotation could write it once more
            try:
                with path.open("r+b") as file:
                    file.write(secrets.token_bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
            except FileNotFoundError:
                return
            make_durable(self.path)

    def strays(self, known: Container[str]) -> list[Path]:
        """The files here that are keys, or parts of keys, of nothing `known`."""
        keys = (path for path in self.path.glob("*") if self.prefix in path.name and not path.is_dir())
        return [path for path in keys if _named(path, self.prefix) not in known]

    def names(self) -> tuple[str, ...]:
        """Of what there is a key."""
        return tuple(_named(path, self.prefix) for path in sorted(self.path.glob(f"{self.prefix}*{_SUFFIX}")))

    def wrap_anew(self, identity: str, *, fresh: bool = False) -> bool:
        """Wrap its key by the newest key-encryption key, durable before this returns; where it is to be `fresh`, with a
        new key before it. Whether there was anything to do: nothing for one that is gone or wrapped so already.

        Raises `BrokenKey` for one that no key-encryption key opens.
        """
        with self.wrapping.turn():
            try:
                wrapped = self._file(identity).read_bytes()
            except FileNotFoundError:
                return False
            if self.wrapping.is_newest(wrapped, self._bound(identity)):
                return False
            key = self._opened(identity, wrapped)
            self._put(identity, (secrets.token_bytes(_KEY) if fresh else b"") + key)
        return True

    def _write(self, identity: str, key: bytes) -> None:
        """Durable before this returns. The database must commit after it, never before: what is encrypted with a key
        that a power cut took would be lost."""
        with self.wrapping.turn():
            write_secret(self._file(identity), self.wrapping.wrap(key, self._bound(identity)))

    def _put(self, identity: str, key: bytes) -> None:
        """In the place of what is there, which is overwritten. In a turn."""
        replace_secret(self._file(identity), self.wrapping.wrap(key, self._bound(identity)))

    def _read(self, identity: str) -> bytes:
        """Raises `BrokenKey` when it is gone or was not wrapped here for just this."""
        try:
            try:
                return self._opened(identity, self._file(identity).read_bytes())
            except BrokenKey:
                with self.wrapping.turn():  # a rotation may have ended between the look at the file and at the keys
                    return self._opened(identity, self._file(identity).read_bytes())
        except OSError:
            raise BrokenKey(identity) from None

    def _opened(self, identity: str, wrapped: bytes) -> bytes:
        try:
            return self.wrapping.unwrap(wrapped, self._bound(identity))
        except Unwrappable:
            raise BrokenKey(identity) from None

    def _bound(self, identity: str) -> bytes:
        return identity.encode()

    def _file(self, identity: str) -> Path:
        return self.path / f"{self.prefix}{identity}{_SUFFIX}"


class KeyFolder(WrappedKeys):
    """The folder of box keys."""

    prefix = "box-"

    def new(self, box: str) -> bytes:
        """Make a key for `box`, durable before this returns, and give back its public half."""
        private = random_private_key()
        self._write(box, private.private_bytes_raw())
        return private.public_key().public_bytes_raw()

    def private(self, box: str) -> X25519PrivateKey:
        """The private key of `box`. Raises `BrokenKey` when it is gone or was not wrapped here for this box."""
        return X25519PrivateKey.from_private_bytes(self._read(box))


class CaseKeys(WrappedKeys):
    """The folder of case keys, made with the first case."""

    prefix = "case-"

    def new(self, case: str) -> bytes:
        """Make a key for `case`, durable before this returns."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        key = secrets.token_bytes(_KEY)
        self._write(case, key)
        return key

    def key(self, case: str) -> bytes:
        """The key the case is encrypted with from now on. Raises `BrokenKey`: then nobody can read it any more."""
        return self.keys(case)[0]

    def keys(self, case: str) -> tuple[bytes, ...]:
        """The same, and the one before it while the case is encrypted anew. Raises `BrokenKey`."""
        kept = self._read(case)
        return tuple(kept[at : at + _KEY] for at in range(0, len(kept), _KEY))

    def forget_older(self, case: str) -> None:
        """Keep only the newest key of the case; nothing happens when it is gone."""
        with self.wrapping.turn():
            try:
                kept = self._opened(case, self._file(case).read_bytes())
            except FileNotFoundError:
                return
            if len(kept) > _KEY:
                self._put(case, kept[:_KEY])

    def every(self) -> dict[str, bytes]:
        """Case -> what is kept of its keys, the newest first. Raises `BrokenKey` for one that cannot be unwrapped, not
        for one that has been destroyed meanwhile."""
        found = {}
        for name in self.names():
            try:
                found[name] = self._read(name)
            except BrokenKey:
                if self.holds(name):
                    raise
        return found

    def put_back(self, case: str, kept: bytes) -> None:
        """Keep what `every` gave."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        self._write(case, kept)

    def _bound(self, identity: str) -> bytes:
        return f"case {identity}".encode()


class DraftKey(WrappedKeys):
    """One key for every saved referral, made with the first: what the database's folder alone does not hold of the key
    that each is encrypted with (`survey.cases.drafts`)."""

    prefix = "drafts"

    def key(self) -> bytes:
        """The key. Raises `BrokenKey` where it cannot be unwrapped, `OSError` where none can be made."""
        if not self.holds(_THE_ONE):
            self._make()
        return self._read(_THE_ONE)

    def _make(self) -> None:
        with self.wrapping.turn():  # or two that begin at once would each lock with a key of their own
            if not self.holds(_THE_ONE):
                write_secret(self._file(_THE_ONE), self.wrapping.wrap(secrets.token_bytes(_KEY), self._bound(_THE_ONE)))

    def _bound(self, _identity: str) -> bytes:
        return b"drafts"


def _named(path: Path, prefix: str) -> str:
    return path.name.removeprefix(prefix).removesuffix(_SUFFIX)
