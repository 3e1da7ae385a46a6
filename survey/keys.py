"""Secrets of an installation: the secret key, the key-encryption key, and the folders of box keys and case keys.

None of them is ever in the database or in a backup of it (PRIVACY.md 2, 4). A box's private key and a case's key exist
only as files in their folder, wrapped by the key-encryption key; destroying the file is what makes a release final, and
what deletes a case in every copy of the database.
"""

import os
import secrets
from collections.abc import Container
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_KEY = 32
_SUFFIX = ".key"


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

    def __init__(self, path: Path, key_encryption_key: bytes) -> None:
        self.path = path
        self._wrap = AESGCM(key_encryption_key)

    def holds(self, identity: str) -> bool:
        """Whether there is a key for it."""
        return os.path.exists(f"{self.path}/{self.prefix}{identity}{_SUFFIX}")  # asked before each answer: Path is slow

    def destroy(self, identity: str) -> None:
        """Overwrite and remove its key; nothing happens when it is gone already."""
        self.destroy_file(self._file(identity))

    def destroy_file(self, path: Path) -> None:
        """Overwrite and remove one of the files that `strays` gave."""
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        _make_durable(self.path)

    def strays(self, known: Container[str]) -> list[Path]:
        """The files here that are keys, or parts of keys, of nothing `known`."""
        keys = (path for path in self.path.glob("*") if self.prefix in path.name and not path.is_dir())
        return [path for path in keys if _named(path, self.prefix) not in known]

    def _write(self, identity: str, key: bytes) -> None:
        """Durable before this returns. The database must commit after it, never before: what is encrypted with a key
        that a power cut took would be lost."""
        nonce = secrets.token_bytes(_NONCE)
        write_secret(self._file(identity), nonce + self._wrap.encrypt(nonce, key, self._bound(identity)))

    def _read(self, identity: str) -> bytes:
        """Raises `BrokenKey` when it is gone or was not wrapped here for just this."""
        try:
            wrapped = self._file(identity).read_bytes()
            return self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], self._bound(identity))
        except (OSError, InvalidTag, ValueError):
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
        """The key of `case`. Raises `BrokenKey`: then nobody can read the case any more."""
        return self._read(case)

    def every(self) -> dict[str, bytes]:
        """Case -> its key. Raises `BrokenKey` for one that cannot be unwrapped."""
        names = (_named(path, self.prefix) for path in sorted(self.path.glob(f"{self.prefix}*{_SUFFIX}")))
        return {name: self._read(name) for name in names}

    def put_back(self, case: str, key: bytes) -> None:
        """Keep a key that was made before."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        self._write(case, key)

    def _bound(self, identity: str) -> bytes:
        return f"case {identity}".encode()


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads, whole or not at all, and durable on return."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    _make_durable(path.parent)


def _named(path: Path, prefix: str) -> str:
    return path.name.removeprefix(prefix).removesuffix(_SUFFIX)


def _make_durable(folder: Path) -> None:
    """A file's name lives in its folder: without this a power cut can bring back or lose the name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
