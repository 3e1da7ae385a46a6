"""An association's own look on public pages: a colour that can be read, a logo, and words of its own first and last."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select

from forms.model import Text
from survey.db import exclusively
from survey.errors import NotAllowed
from survey.tables import association_look

LEAST = 7.0
"""Contrast of the colour to every ground it meets: participants read links in it (UX.md A10)."""
LONGEST = 400
"""Characters of an own text."""
_LIGHT = ("#fbfaf6", "#ffffff")
_DARK = ("#10191d", "#18242a")
"""The grounds of design/theme.css."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Look:
    """What is an association's own."""

    colour: str = ""
    """"#rrggbb", or "" for the house's."""
    logo: bytes = b""
    kind: str = ""
    """"png" or "svg"."""
    start: Mapping[str, str] = field(default_factory=dict)
    """Language -> a text on the start page of its rounds."""
    end: Mapping[str, str] = field(default_factory=dict)
    """The same on the end page."""

    @cached_property
    def style(self) -> str:
        """The style sheet: colour in light and dark, logo beside the name. "" where both are the house's."""
        rules = []
        if self.colour:
            rules.append(f":root{{--teal:{self.colour};--deep:{mixed(self.colour, '#000000', 0.3)}}}")
            dark = on_dark(self.colour)
            dark_rule = f":root{{--teal:{dark};--deep:{mixed(dark, '#ffffff', 0.3)}}}"
            rules.append(f"@media (prefers-color-scheme:dark){{{dark_rule}}}")
        if self.logo:
            data = f"data:{_TYPES[self.kind]};base64,{b64encode(self.logo).decode()}"
            rules.append(
                f'.house::before{{content:"";display:inline-block;inline-size:5rem;block-size:2.25rem;padding:.25rem;'
                f"margin-inline-end:.5rem;border-radius:4px;vertical-align:middle;"
                f'background:#fff url("{data}") center/contain no-repeat content-box}}'
            )
        return "\n".join(rules)

    @cached_property
    def edition(self) -> str:
        """What the style sheet is known by: another look has another address."""
        return sha256(self.style.encode()).hexdigest()[:12]

    def said(self, key: str) -> Text | None:
        """The own text `start` or `end`, or None."""
        words: Mapping[str, str] = getattr(self, key)
        return Text(words) if words else None


def look_of(db: Connection, association: str) -> Look:
    """The association's look; the house's where it has none."""
    row = db.execute(select(association_look).where(association_look.c.association == association)).one_or_none()
    if row is None:
        return Look()
    return Look(row.colour, row.logo, row.kind, json.loads(row.start), json.loads(row.end))


def keep(db: Connection, association: str, look: Look) -> None:
    """Give the association this look. Raises `NotAllowed` for a colour that cannot be read and for texts too long."""
    if look.colour:
        refuse_pale(look.colour)
    if any(len(words) > LONGEST for words in (*look.start.values(), *look.end.values())):
        raise NotAllowed(_("Texten får ha högst %(most)s tecken.", most=LONGEST))
    exclusively(db)  # two may save the first look at the same moment
    db.execute(delete(association_look).where(association_look.c.association == association))
    if look != Look():
        values = {"colour": look.colour, "logo": look.logo, "kind": look.kind}
        texts = {key: json.dumps(dict(getattr(look, key)), ensure_ascii=False) for key in ("start", "end")}
        db.execute(insert(association_look).values(association=association, **values, **texts))


def refuse_pale(colour: str) -> None:
    """Raise `NotAllowed` for a colour that is no colour or cannot be read on the pages' grounds."""
    if not _COLOUR.fullmatch(colour):
        raise NotAllowed(_("Skriv färgen som # och sex tecken, till exempel #0b5a63."))
    reached = least(colour, _LIGHT)
    if reached < LEAST:
        told = _("Färgen har kontrasten %(n)s mot sidan. Den behöver minst 7.", n=f"{reached:.1f}".replace(".", ","))
        remedy = _("Prova %(colour)s, som är samma färg men mörkare.", colour=darker(colour))
        raise NotAllowed(f"{told} {remedy}")


def darker(colour: str) -> str:
    """The nearest darker colour that can be read."""
    steps = (mixed(colour, "#000000", part / 50) for part in range(51))
    return next(one for one in steps if least(one, _LIGHT) >= LEAST)


def on_dark(colour: str) -> str:
    """The nearest lighter colour that can be read on the dark grounds."""
    steps = (mixed(colour, "#ffffff", part / 50) for part in range(51))
    return next(one for one in steps if least(one, _DARK) >= LEAST)


def mixed(one: str, other: str, part: float) -> str:
    """`one` with `part` of `other` in it."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def least(colour: str, grounds: tuple[str, ...]) -> float:
    """The least contrast to any of the grounds."""
    return min(contrast(colour, ground) for ground in grounds)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _parts(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
