"""Secrets of an installation: the secret key, the key-encryption key, and the folder of box keys.

None of them is ever in the database or in a backup of it (PRIVACY.md 2). A box's private key exists only as a file
in the key folder, wrapped by the key-encryption key; destroying that file is what makes a release final.
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
_PREFIX, _SUFFIX = "box-", ".key"


class BrokenKey(Exception):
    """A box's key is missing or cannot be unwrapped: what lies in the box cannot be read."""


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


class KeyFolder:
    """The folder of box keys, one wrapped file per box."""

    def __init__(self, path: Path, key_encryption_key: bytes) -> None:
        self.path = path
        self._wrap = AESGCM(key_encryption_key)

    def new(self, box: str) -> bytes:
        """Make a key for `box`, durable before this returns, and give back its public half.

        The database must commit after this, never before: an answer sealed to a key that a power cut took
        would be lost.
        """
        private = random_private_key()
        nonce = secrets.token_bytes(_NONCE)
        wrapped = nonce + self._wrap.encrypt(nonce, private.private_bytes_raw(), box.encode())
        write_secret(self._file(box), wrapped)
        return private.public_key().public_bytes_raw()

    def holds(self, box: str) -> bool:
        """Whether there is a key for `box`."""
        return os.path.exists(f"{self.path}/{_PREFIX}{box}{_SUFFIX}")  # asked before each answer: a Path is slow

    def private(self, box: str) -> X25519PrivateKey:
        """The private key of `box`. Raises `BrokenKey` when it is gone or was not wrapped here for this box."""
        try:
            wrapped = self._file(box).read_bytes()
            raw = self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], box.encode())
        except (OSError, InvalidTag, ValueError):
            raise BrokenKey(box) from None
        return X25519PrivateKey.from_private_bytes(raw)

    def destroy(self, box: str) -> None:
        """Overwrite and remove the key of `box`; nothing happens when it is gone already."""
        self.destroy_file(self._file(box))

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

    def strays(self, boxes: Container[str]) -> list[Path]:
        """The files here that are keys, or parts of keys, of no box among `boxes`."""
        keys = (path for path in self.path.iterdir() if _PREFIX in path.name)
        return [path for path in keys if path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) not in boxes]

    def _file(self, box: str) -> Path:
        return self.path / f"{_PREFIX}{box}{_SUFFIX}"


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


def _make_durable(folder: Path) -> None:
    """A file's name lives in its folder: without this a power cut can bring back or lose the name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
