"""The page state: everything a respondent's page must remember, sealed so that only this installation reads it.

It travels in one hidden field and is stored nowhere. It is encrypted and authenticated, bound to its round and to the
exact form, and dies after 48 hours (PRIVACY.md 2). What the pages do with it is `pages.walk`.
"""

import json
import re
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms.model import Answer, Answers

LIFE = 48 * 3600
"""How long a page can be used, in seconds."""
NONCE = 12
_CLEAR = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.([0-9]{1,6})\.([A-Za-z0-9_-]{32,})")

View = Literal["start", "question", "all", "check", "early"]


class Unreadable(Exception):
    """The state is damaged, forged, or belongs to another round or form."""


class Expired(Exception):
    """The state is real but older than `LIFE`."""


@dataclass(frozen=True)
class PageState:
    """Where one person is in one form, with what they have answered so far."""

    round: str
    form: str
    version: int
    submission: bytes
    """The random number that makes *Skicka* count once."""
    began: int
    code: str | None = None
    view: View = "start"
    page: str = ""
    """The question page shown, or the one to go back to from the other views."""
    answers: Answers = field(default_factory=dict)
    unread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What was typed but cannot be an answer (too long, contradictory), kept until it is mended."""
    seen: frozenset[str] = frozenset()
    """Pages that were shown and left by going on."""
    prompted: bool = False
    """Whether this page has asked once for the answer that was left blank."""
    sends: bool = False
    """Whether the way forward on this page said *Skicka mina svar*: nothing is sent by any other button."""
    checking: bool = False
    """Whether the person is reading through the answers and comes back there after a change."""


@dataclass(frozen=True)
class Clear:
    """The part of a state anyone may read: which round and form it says it belongs to."""

    round: str
    form: str
    version: int


def begin(round_id: str, form: str, version: int, code: str | None, now: int) -> PageState:
    """A new state with a new submission number."""
    return PageState(round_id, form, version, secrets.token_bytes(16), now, code)


def seal(key: bytes, state: PageState, fingerprint: str) -> str:
    """The state as text for a hidden field; `fingerprint` is the form's."""
    nonce = secrets.token_bytes(NONCE)
    clear = f"{state.round}.{state.form}.{state.version}"
    sealed = AESGCM(key).encrypt(nonce, zlib.compress(_pack(state)), _binding(clear, fingerprint))
    return f"{clear}.{urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"


def address(text: str) -> Clear:
    """What the state says it belongs to. Raises `Unreadable`; nothing is proved until `unseal`."""
    found = _CLEAR.fullmatch(text)
    if not found:
        raise Unreadable
    return Clear(found[1], found[2], int(found[3]))


def unseal(key: bytes, text: str, fingerprint: str, now: int) -> PageState:
    """The state in `text`. Raises `Unreadable` unless it was sealed here for that form, `Expired` when too old."""
    found = _CLEAR.fullmatch(text)
    if not found:
        raise Unreadable
    clear, _, body = text.rpartition(".")
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        packed = AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], _binding(clear, fingerprint))
    except (InvalidTag, ValueError):
        raise Unreadable from None
    state = _unpack(Clear(found[1], found[2], int(found[3])), packed)
    if not 0 <= now - state.began <= LIFE:
        raise Expired
    return state


def _binding(clear: str, fingerprint: str) -> bytes:
    return f"v1\n{clear}\n{fingerprint}".encode()


def _pack(state: PageState) -> bytes:
    parts = (
        state.submission.hex(),
        state.began,
        state.code,
        state.view,
        state.page,
        dict(state.answers),
        dict(state.unread),
        sorted(state.seen),
        state.prompted,
        state.sends,
        state.checking,
    )
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def _unpack(clear: Clear, packed: bytes) -> PageState:
    number, began, code, view, page, answers, unread, seen, prompted, send, checking = json.loads(
        zlib.decompress(packed)
    )
    return PageState(
        round=clear.round,
        form=clear.form,
        version=clear.version,
        submission=bytes.fromhex(number),
        began=began,
        code=code,
        view=view,
        page=page,
        answers={question: _answer(value) for question, value in answers.items()},
        unread={question: tuple(values) for question, values in unread.items()},
        seen=frozenset(seen),
        prompted=prompted,
        sends=send,
        checking=checking,
    )


def _answer(value: str | list[str]) -> Answer:
    return value if isinstance(value, str) else tuple(value)
