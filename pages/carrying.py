"""A page that was sent after the session had ended: it travels through the sign-in, encrypted, and goes on from there.

Only where losing it would cost more than a click: a conversation or a sheet of paper, of which nothing is stored
before it is sent. Nothing of it is stored here either; the browser carries it from page to page.
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
from flask import g, render_template, request

from pages.context import house
from pages.state import LIFE, NONCE, SKEW

FIELD = "resumed"
"""The hidden input it lies in."""
CARRIED = frozenset({"interview", "sheets"})
"""The blueprints whose pages are carried."""
_TOKEN = "csrf_token"  # noqa: S105  the name of a control


@dataclass(frozen=True)
class Carried:
    """A page as it was sent: to which address, with what."""

    path: str
    fields: Sequence[tuple[str, str]]


def pack(page: Carried, now: int) -> str:
    """The page as text that only this installation reads."""
    nonce = secrets.token_bytes(NONCE)
    told = zlib.compress(json.dumps([now, page.path, list(page.fields)]).encode())
    return urlsafe_b64encode(nonce + AESGCM(_key()).encrypt(nonce, told, FIELD.encode())).decode()


def unpack(text: str, now: int) -> Carried | None:
    """The page in `text`, or None when it was not packed here or is too old."""
    try:
        raw = urlsafe_b64decode(text.encode())
        packed = AESGCM(_key()).decrypt(raw[:NONCE], raw[NONCE:], FIELD.encode())
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


def _key() -> bytes:
    return house().secrets.derive("carried page")
