"""The vault: how one identified field is encrypted, so that whoever has only the database can neither read nor move it.

AES-256-GCM. What is stored is `version | key id | nonce | ciphertext`, bound to table, column, row and key id: in any
other place it does not open (PRIVACY.md 4). Pure: no database, no files; which key there is, is `survey.keys`.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID = 8
"""Bytes."""
_VERSION = b"\x01"
_NONCE = 12


class Damaged(Exception):
    """A field that was not encrypted here with this key, or lies in another place than it was encrypted for."""


@dataclass(frozen=True)
class Place:
    """Where a field lies."""

    table: str
    column: str
    row: str

    def bound(self, key_id: bytes) -> bytes:
        """What the ciphertext is bound to."""
        return key_id + orjson.dumps((self.table, self.column, self.row))


class Vault:
    """What one key locks and opens; `older` ones only open, while their fields are locked anew."""

    def __init__(self, key_id: bytes, key: bytes, *older: bytes) -> None:
        if len(key_id) != KEY_ID:
            raise ValueError(f"a key id has {KEY_ID} bytes, not {len(key_id)}")
        self._key_id = key_id
        self._cipher = AESGCM(key)
        self._ciphers = (self._cipher, *map(AESGCM, older))

    def lock(self, place: Place, value: Any) -> bytes:
        """The value, anything JSON can say, encrypted for that place."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, orjson.dumps(value), place.bound(self._key_id))
        return _VERSION + self._key_id + nonce + sealed

    def unlock(self, place: Place, field: bytes) -> Any:
        """The value in a field of that place. Raises `Damaged`."""
        head = len(_VERSION) + KEY_ID
        if field[:head] != _VERSION + self._key_id:
            raise Damaged
        nonce, sealed = field[head : head + _NONCE], field[head + _NONCE :]
        for cipher in self._ciphers:
            try:
                return orjson.loads(cipher.decrypt(nonce, sealed, place.bound(self._key_id)))
            except (InvalidTag, ValueError):
                continue
        raise Damaged
