"""A page that was sent when it could not be taken: it travels through the sign-in, encrypted, and goes on from there.

After the session has ended only where losing it would cost more than a click: a conversation or a sheet of paper, of
which nothing is stored before it is sent. It goes from page to page; for whoever signs in at the identity provider it
waits on the sign-in page, for it may be too long for a cookie, and the provider is visited in a tab beside it. Whoever
is asked for a second factor that the identity provider has to see leaves our pages altogether: what they were about to
send waits in a cookie meanwhile, if it fits in one. Nothing of either is stored here.
"""

import json
import secrets
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Response, g, render_template, request

from pages.context import house
from pages.state import LIFE, NONCE, SKEW

FIELD = "resumed"
"""The hidden input it lies in."""
SECURE_COOKIE, LOOPBACK_COOKIE = "__Host-samsvar-burit", "samsvar-burit"
AWAY = 10 * 60
"""Seconds it may wait."""
LARGEST = 3500
"""Signs that surely go into a cookie with its name."""
CARRIED = frozenset({"interview", "sheets"})
"""The blueprints whose pages are carried."""
_TOKEN = "csrf_token"  # noqa: S105  the name of a control


@dataclass(frozen=True)
class Carried:
    """A page as it was sent: to which address, with what."""

    path: str
    fields: Sequence[tuple[str, str]]


def pack(page: Carried, now: int, bound: str = "") -> str:
    """The page as text that only this installation reads, and where it is `bound` to a session only in that."""
    nonce = secrets.token_bytes(NONCE)
    told = zlib.compress(json.dumps([now, page.path, list(page.fields)]).encode())
    return urlsafe_b64encode(nonce + AESGCM(_key()).encrypt(nonce, told, (FIELD + bound).encode())).decode()


def unpack(text: str, now: int, bound: str = "") -> Carried | None:
    """The page in `text`, or None when it was not packed here, for this, or is too old."""
    try:
        raw = urlsafe_b64decode(text.encode())
        packed = AESGCM(_key()).decrypt(raw[:NONCE], raw[NONCE:], (FIELD + bound).encode())
    except (InvalidTag, ValueError):
        return None
    at, path, fields = json.loads(zlib.decompress(packed))
    return Carried(path, [(name, value) for name, value in fields]) if -SKEW <= now - at <= LIFE else None


def take_up(path: str) -> None:
    """Take along what was just posted, to be sent to `path` after the sign-in."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != _TOKEN]
    g.resumed = pack(Carried(path, fields), int(time.time()))


def waiting() -> str:
    """What this page of the sign-in must carry on; "" where there is nothing."""
    return str(g.get("resumed") or request.form.get(FIELD, ""))


def put_down(reference: str) -> str | None:
    """The page that sends it on, in the session that has just begun; None where nothing was carried."""
    page = unpack(waiting(), int(time.time())) if waiting() else None
    if page is None:
        return None
    g.reference = reference
    return render_template("staff/resumed.html", path=page.path, posted=page.fields)


def leave_behind(answer: Response, packed: str) -> None:
    """Let a page wait in the browser while somebody is at the identity provider."""
    answer.set_cookie(
        _cookie(), packed, max_age=AWAY, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )


def left_behind(bound: str) -> Carried | None:
    """The page that waits for this session, if any."""
    return unpack(request.cookies.get(_cookie(), ""), int(time.time()), bound)


def forget(answer: Response) -> None:
    """Let nothing wait any more."""
    answer.delete_cookie(_cookie(), secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def _cookie() -> str:
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE


def _key() -> bytes:
    return house().secrets.derive("carried page")
