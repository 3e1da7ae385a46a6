"""The page state: everything a respondent's page must remember, sealed so that only this installation reads it.

It travels in one hidden field. It is encrypted and authenticated, bound to its round or team and to the exact form,
and dies after 48 hours (PRIVACY.md 2). It is stored nowhere, but for a referral, whose draft is what `plain` makes of
it, encrypted (PRIVACY.md 4). What the pages do with it is `pages.walk`.
"""

import json
import re
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms.model import Answer, Answers, Row

LIFE = 48 * 3600
"""How long a page can be used, in seconds."""
SKEW = 3600
"""So many seconds a page may seem to come from the future: a clock was set back, or is another host's."""
DRAFT_LIFE = 14 * 24 * 3600
"""How long a page of a referral can be used, in seconds: as long as the draft that was saved with it."""
NONCE = 12
_CLEAR = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.([0-9]{1,6})\.([A-Za-z0-9_-]{32,})")

View = Literal[
    "start",
    "question",
    "all",
    "check",
    "early",
    "tasks",
    "part",
    "save",
    "certify",
    "sent",
    "script",
    "pause",
    "remove",
    "again",
    "compare",
]


class Unreadable(Exception):
    """The state is damaged, forged, or belongs to another round, team or form."""


class Expired(Exception):
    """The state is real but older than `LIFE`."""


@dataclass(frozen=True)
class Filling:
    """What the pages of a referral remember besides: how it is kept, which part one is in, which ones are done."""

    draft: str = ""
    """Which draft keeps it, and what opens that; "" while nothing may be stored. `PageState.code` finds it again."""
    part: int = 0
    """The part one is in, counted from 0."""
    done: frozenset[int] = frozenset()
    """Parts that were said to be done although something optional is blank."""
    aloud: bool = False
    """Whether the page says the words to be read to the person."""
    shown: str = ""
    """What the texts of consent are known by that stood on the page where they are certified."""


@dataclass(frozen=True)
class Keyed:
    """A sheet of paper as the first of two people has keyed it in; nowhere but in the page."""

    by: str
    """The account, for the second person is another one."""
    answers: Answers


@dataclass(frozen=True)
class PageState:
    """Where one person is in one form, with what they have answered so far."""

    home: str
    """The round it answers, or the team it refers to."""
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
    filling: Filling | None = None
    keyed: Keyed | None = None
    sitting: str = ""
    """On a tablet that goes from hand to hand: what keeps one person's pages from the next."""


@dataclass(frozen=True)
class Clear:
    """The part of a state anyone may read: which round or team and form it says it belongs to."""

    home: str
    form: str
    version: int


def begin(home: str, form: str, version: int, code: str | None, now: int) -> PageState:
    """A new state with a new submission number."""
    return PageState(home, form, version, secrets.token_bytes(16), now, code)


def seal(key: bytes, state: PageState, fingerprint: str) -> str:
    """The state as text for a hidden field; `fingerprint` is the form's."""
    nonce = secrets.token_bytes(NONCE)
    clear = f"{state.home}.{state.form}.{state.version}"
    sealed = AESGCM(key).encrypt(nonce, _pack(state), _binding(clear, fingerprint))
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
    state = from_plain(address(text), json.loads(zlib.decompress(packed)))
    if not -SKEW <= now - state.began <= (DRAFT_LIFE if state.filling else LIFE):
        raise Expired
    return state


def plain(state: PageState) -> dict[str, Any]:
    """All of the state but what it says openly of where it belongs, as JSON can hold it."""
    return {
        "submission": state.submission.hex(),
        "began": state.began,
        "code": state.code,
        "view": state.view,
        "page": state.page,
        "answers": dict(state.answers),
        "unread": dict(state.unread),
        "seen": sorted(state.seen),
        "prompted": state.prompted,
        "sends": state.sends,
        "checking": state.checking,
        "filling": state.filling and {**vars(state.filling), "done": sorted(state.filling.done)},
        **({"sitting": state.sitting} if state.sitting else {}),
        **({"keyed": [state.keyed.by, dict(state.keyed.answers)]} if state.keyed else {}),
    }


def from_plain(clear: Clear, parts: Mapping[str, Any]) -> PageState:
    """The state that `plain` told so."""
    filling, keyed = parts["filling"], parts.get("keyed")
    return PageState(
        home=clear.home,
        form=clear.form,
        version=clear.version,
        submission=bytes.fromhex(parts["submission"]),
        began=parts["began"],
        code=parts["code"],
        view=parts["view"],
        page=parts["page"],
        answers={question: _answer(value) for question, value in parts["answers"].items()},
        unread={question: tuple(values) for question, values in parts["unread"].items()},
        seen=frozenset(parts["seen"]),
        prompted=parts["prompted"],
        sends=parts["sends"],
        checking=parts["checking"],
        filling=filling and Filling(**{**filling, "done": frozenset(filling["done"])}),
        sitting=parts.get("sitting", ""),
        keyed=keyed and Keyed(keyed[0], {question: _answer(value) for question, value in keyed[1].items()}),
    )


def _binding(clear: str, fingerprint: str) -> bytes:
    return f"v1\n{clear}\n{fingerprint}".encode()


def _pack(state: PageState) -> bytes:
    return zlib.compress(json.dumps(plain(state), ensure_ascii=False, separators=(",", ":")).encode())


def _answer(value: str | list[Any]) -> Answer:
    if isinstance(value, str):
        return value
    rows = ({name: _answer(part) for name, part in row.items()} for row in value if isinstance(row, dict))
    return tuple(cast("Iterator[Row]", rows)) or tuple(value)
