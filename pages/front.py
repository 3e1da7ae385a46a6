"""The pages that explain: what this is, how answers are protected, how well it can be used, which languages, help.

They ask for nothing and remember nothing. The first page has a field for the code, which `pages.respond` receives.
"""

from typing import NamedTuple

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from pages.context import house
from pages.language import SOURCE, direction, name, spoken
from staff.policy import public
from survey.errors import Unavailable
from survey.teams import Team, associations, teams

pages = Blueprint("front", __name__)


class Tongue(NamedTuple):
    """A language to change to: its code, its own name, its direction, and this page's address in it."""

    code: str
    native: str
    direction: str
    href: str


@pages.get("/")
@public
def welcome() -> ResponseReturnValue:
    """What this is, for each kind of visitor."""
    return render_template("front/welcome.html", languages=tongues())


@pages.get("/integritet")
@public
def protection() -> ResponseReturnValue:
    """How answers are protected, and what cannot be promised (PRIVACY.md 2)."""
    return render_template("front/protection.html", languages=tongues())


@pages.get("/tillganglighet")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement that the law on digital public services asks for (UX.md A28)."""
    return render_template("front/accessibility.html", languages=tongues(), homes=_homes())


@pages.get("/hjalp")
@public
def assistance() -> ResponseReturnValue:
    """What to do when something is in the way, and whom to call."""
    return render_template("front/assistance.html", languages=tongues(), homes=_homes())


@pages.get("/sprak")
@public
def language() -> ResponseReturnValue:
    """Every language, each by its own name."""
    return render_template("front/language.html", languages=tongues("/"), here=name(spoken()))


def tongues(path: str | None = None) -> list[Tongue]:
    """The other languages, with the addresses of this page (or of `path`) in them."""
    before = request.environ.get("samsvar.language")
    root = request.script_root.removesuffix(f"/{before}") if before else request.script_root
    path = path or request.path
    others = (code for code in current_app.extensions["samsvar.languages"] if code != spoken())
    return [
        Tongue(code, name(code), direction(code), f"{root}{path}" if code == SOURCE else f"{root}/{code}{path}")
        for code in others
    ]


def _homes() -> list[tuple[str, list[Team]]]:
    """Associations by name, with those of their teams that can be called; none while the database cannot be read."""
    try:
        with house().reading() as db:
            callable_ = [team for team in teams(db) if team.phone]
            homes = [(home.name, [team for team in callable_ if team.association == home.slug]) for home in associations(db)]
    except Unavailable:
        return []
    return [home for home in homes if home[1]]
