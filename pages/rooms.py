"""A poll as both its wall and its facilitator see it: the way in, and what a question came to as bars."""

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection

from exports.polls import Tally, interval
from forms.model import Form
from forms.types import Say
from pages.live import END
from pages.slips import SCHEME, picture
from survey.polls.holding import questions
from survey.polls.model import Poll
from survey.teams import find_association, find_team

PATTERNS = 5
"""How many the drawings tell apart; a sixth answer begins again, and its words and numbers stand beside it."""


@dataclass(frozen=True)
class WayIn:
    """How a phone gets into a poll: by typing or by looking at a picture."""

    address: str
    """Where the picture leads."""
    typed: str
    """What one types, without the scheme, which every browser adds."""
    code: str
    """Six digits in two groups; "" for a poll by link."""
    picture: Markup


@dataclass(frozen=True)
class Bar:
    """One answer, drawn: on the wall, or as a row of `templates/macros/chart.html`, where the answers have no order."""

    code: str
    label: str
    count: int
    share: int
    likely: tuple[int, int]
    """Between which per cents the share probably lies: shown on request only."""
    pattern: int
    step: int = 0
    apart: bool = False


@dataclass(frozen=True)
class Bars:
    """What a question came to, drawn."""

    base: int
    by_hand: int
    bars: tuple[Bar, ...]


def way_in(poll: Poll, base_url: str) -> WayIn:
    """The way into a running poll."""
    at = f"{base_url}/rosta"
    address = f"{at}/{poll.code or poll.id}"
    typed = SCHEME.sub("", at if poll.code else address)
    return WayIn(address, typed, spaced(poll.code or ""), picture(address, _("QR-kod till omröstningen")))


def spaced(code: str) -> str:
    """A code as it is read aloud: 482 193."""
    return f"{code[:3]} {code[3:]}".strip()


def place_name(db: Connection, association: str | None, team: str | None) -> str:
    """Where a poll is held, in words."""
    return find_team(db, team).name if team else find_association(db, association or "").name


def live_address(code: str) -> str:
    """Where a room's numbers are asked for: the same in every language."""
    language = request.environ.get("samsvar.language")
    root = request.script_root.removesuffix(f"/{language}") if language else request.script_root
    return f"{root}/rosta/{code}/vagg{END}"


def drawn(tally: Tally, say: Say) -> Bars:
    """A tally as bars, in the page's language."""
    bars = (
        Bar(
            line.choice.code,
            say(line.choice.text),
            line.n,
            line.share,
            interval(line.n, tally.base),
            1 + place % PATTERNS,
        )
        for place, line in enumerate(tally.lines)
    )
    return Bars(tally.base, tally.by_hand, tuple(bars))


def place_of(form: Form, question: str) -> int:
    """Which question of a poll it is, counted from 1."""
    return [one.id for one in questions(form)].index(question) + 1
