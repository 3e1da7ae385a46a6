"""Slips: the papers with codes that a coordinator prints once and hands out, nobody knowing which went to whom.

A code is on its slip and nowhere else; the page that shows it is not kept, and the database has only its hash.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import segno
from markupsafe import Markup

SCHEME = re.compile(r"^https?://")


@dataclass(frozen=True)
class Slip:
    """One code, as people type it and as a phone reads it."""

    code: str
    picture: Markup


def slips(base_url: str, codes: Iterable[str]) -> list[Slip]:
    """The slips for `codes`. The code stands after `#`, which a browser sends to nobody (PRIVACY.md 2)."""
    return [Slip(code, picture(f"{base_url}/svara#{code}", code)) for code in codes]


def picture(address: str, title: str) -> Markup:
    """An address as a QR picture with its title, without inline style, dark on light whatever the page."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None, light="#fff", dark="#000", title=title
    )
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704  made of the address alone, which is ours


def typed(base_url: str) -> str:
    """The address as one types it: without the scheme, which every browser adds."""
    return SCHEME.sub("", base_url) + "/svara"
