"""What every answer of the server carries besides its page: strict headers, and compression of the public pages.

PRIVACY.md 5 names the headers. Staff pages are not compressed: they hold tokens beside what others wrote, and the
length of such a page would tell about the token.
"""

import gzip
from contextlib import closing
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.wrappers import Response as AnyResponse

NEUTRAL = "https://www.smhi.se/"
"""Where *Lämna sidan* leads: the weather, which says nothing about the one who looks."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
COMPRESSED = ("text/html", "text/css", "text/javascript", "image/svg+xml")
SMALLEST = 200
"""Shorter than this grows when compressed."""
LEVEL = 4
"""Of 9: from here on a page shrinks by a few bytes more and takes twice the time."""


def guard(app: Flask) -> None:
    """Put the headers on everything `app` answers, errors and static files too, and compress what is public."""
    app.after_request(_strict)
    app.after_request(_compress)


def forget(response: AnyResponse) -> AnyResponse:
    """Ask the browser to throw away every page of ours it kept: after sending and on leaving."""
    response.headers["Clear-Site-Data"] = '"cache"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _strict(response: Response) -> Response:
    response.headers.extend(ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _compress(response: Response) -> Response:
    if request.path.startswith("/personal") or response.mimetype not in COMPRESSED:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code in (206, 304) or not request.accept_encodings["gzip"]:
        return response
    pack = _pack_file if response.direct_passthrough else _pack
    plain = _whole(response)
    if len(plain) >= SMALLEST:
        response.set_data(pack(plain))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)
    return response


def _whole(response: Response) -> bytes:
    """All that would be sent; a file is closed once it is read."""
    if response.direct_passthrough:
        response.direct_passthrough = False
        with closing(response.response):  # type: ignore[type-var]
            return b"".join(response.iter_encoded())
    return response.get_data()


def _pack(plain: bytes) -> bytes:
    return gzip.compress(plain, LEVEL, mtime=0)


_pack_file = lru_cache(maxsize=64)(_pack)
