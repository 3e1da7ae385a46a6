"""Sealing: how one record becomes a blob that only the box's private key opens.

X25519 with a key of its own for every blob, HKDF-SHA256, AES-256-GCM; padded so that all blobs of a box have one size.
Pure: no database, no files. docs/adr/0001 says why each part is there.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forms.model import Form, Question, Stored
from forms.types import TYPES

Record = Mapping[str, Stored]
"""Everything one person answered, as stored: the columns of closed questions and, by question id, own words."""

_KEY = 32
_STEP = 256
"""Sizes are whole steps, so that a wording that grows by a letter does not give a form a size of its own."""
_NONCE = bytes(12)
"""May stand still: every blob has a key of its own."""


class Damaged(Exception):
    """A blob that was not sealed for this box under this id, or was changed afterwards."""


class TooLarge(Exception):
    """A record that does not fit in the box."""


@dataclass(frozen=True)
class Submission:
    """What lies sealed: which form was answered, and the record."""

    form: str
    version: int
    record: Record


def room(forms: Iterable[Form]) -> int:
    """The one size of what is sealed in a box that takes these forms: the largest record any of them allows."""
    return max(room_for(form, form.questions) for form in forms)


def room_for(form: Form, questions: Iterable[Question]) -> int:
    """The one size of what is sealed where only these questions of the form are answered."""
    frame = len(orjson.dumps((form.id, form.version, {})))
    return -(-(frame + sum(TYPES[question.type].max_bytes(question) for question in questions)) // _STEP) * _STEP


def seal(submission: Submission, *, public: bytes, box: str, identity: bytes, size: int) -> bytes:
    """The blob of a submission: the throwaway public key, then the ciphertext. Raises `TooLarge`.

    Bound to the box and to the blob's own id, so that it cannot be moved to another box, nor copied within one to
    make a single person look like five.
    """
    # Blanks after JSON mean nothing, so padding needs no length of its own.
    plain = orjson.dumps((submission.form, submission.version, submission.record)).ljust(size)
    if len(plain) > size:
        raise TooLarge
    throwaway = X25519PrivateKey.from_private_bytes(secrets.token_bytes(_KEY))
    shown = throwaway.public_key().public_bytes_raw()
    shared = throwaway.exchange(X25519PublicKey.from_public_bytes(public))
    return shown + _cipher(shared, shown, public).encrypt(_NONCE, plain, _bound_to(box, identity))


class Opener:
    """Opens the blobs of one box with its private key."""

    def __init__(self, private: X25519PrivateKey, box: str) -> None:
        self._private = private
        self._public = private.public_key().public_bytes_raw()
        self._box = box

    def open(self, identity: bytes, blob: bytes) -> Submission:
        """The submission sealed in `blob`. Raises `Damaged`."""
        shown = blob[:_KEY]
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(shown))
            cipher = _cipher(shared, shown, self._public)
            plain = cipher.decrypt(_NONCE, blob[_KEY:], _bound_to(self._box, identity))
        except (InvalidTag, ValueError):
            raise Damaged from None
        return Submission(*orjson.loads(plain))


def _cipher(shared: bytes, shown: bytes, public: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _KEY, salt=shown + public, info=b"samsvar box").derive(shared))


def _bound_to(box: str, identity: bytes) -> bytes:
    return identity + box.encode()
