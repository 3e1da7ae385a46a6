"""The pages that explain: what this is, how answers are protected, how well it can be used, which languages, help.

They ask for nothing and remember nothing. The first page has a field for the code, which `pages.respond` receives.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pages.context import house
from pages.language import links, name, spoken
from staff.policy import public
from survey.errors import Unavailable
from survey.teams import Team, associations, teams

pages = Blueprint("front", __name__)


@pages.get("/")
@public
def welcome() -> ResponseReturnValue:
    """What this is, for each kind of visitor."""
    return render_template("front/welcome.html", languages=links(".welcome"))


@pages.get("/integritet")
@public
def protection() -> ResponseReturnValue:
    """How answers are protected, and what cannot be promised (PRIVACY.md 2)."""
    return render_template("front/protection.html", languages=links(".protection"))


@pages.get("/tillganglighet")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement that the law on digital public services asks for (UX.md A28)."""
    return render_template("front/accessibility.html", languages=links(".accessibility"), homes=_homes())


@pages.get("/hjalp")
@public
def assistance() -> ResponseReturnValue:
    """What to do when something is in the way, and whom to call."""
    return render_template("front/assistance.html", languages=links(".assistance"), homes=_homes())


@pages.get("/sprak")
@public
def language() -> ResponseReturnValue:
    """Every language, each by its own name."""
    return render_template("front/language.html", languages=links(".welcome"), here=name(spoken()))


def _homes() -> list[tuple[str, list[Team]]]:
    """Associations by name, with those of their teams that can be called; none while the database cannot be read."""
    try:
        with house().reading() as db:
            homes = [(home.name, [team for team in teams(db, home.slug) if team.phone]) for home in associations(db)]
    except Unavailable:
        return []
    return [home for home in homes if home[1]]
