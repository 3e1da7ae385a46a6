"""The coordinator's view of what interviewers have asked besides: one click takes a question into the guide."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports.own_questions import OwnQuestion, own_questions
from forms.model import Form
from pages.context import house
from pages.gate import member
from staff import sessions
from staff.policy import needs
from survey import audit, teams
from survey.errors import NotFound
from survey.guide import guide_of, promote

guide = Blueprint("guide", __name__, url_prefix="/personal")

POOL = "experience"
"""What participants are asked, by themselves or in a conversation."""


@guide.get("/team/<team>/samtalsguide/")
@needs("coordinator")
def questions(team: str) -> str:
    """The guide's topics, and what may be taken in."""
    with house().reading() as db:
        here = teams.find_team(db, team)
        standing = _guide(db)
        found = own_questions(db, here.association, standing)
    return render_template(
        "interview/guide.html",
        team=here,
        version=standing.version,
        found=found,
        said=_("Frågan är med i samtalsguiden. Äldre svar står kvar.") if "taken" in request.args else "",
    )


@guide.post("/team/<team>/samtalsguide/")
@needs("coordinator")
def take_in(team: str) -> ResponseReturnValue:
    """One more question in the next version; nothing for one that nobody has approved, or that is in it."""
    wanted = OwnQuestion(request.form.get("part", ""), request.form.get("question", ""))
    with house().writing() as db:
        audit.in_turn(db)
        here = teams.find_team(db, team)
        standing = _guide(db)
        if wanted not in own_questions(db, here.association, standing):
            return redirect(url_for(".questions", team=team), 303)
        made = promote(db, standing.id, wanted.part, wanted.text)
        sessions.tell(db, house(), member().account, "form_published", made.id, str(made.version))
    return redirect(url_for(".questions", team=team, taken=1), 303)


def _guide(db: Connection) -> Form:
    standing = guide_of(db, POOL)
    if standing is None:
        raise NotFound
    return standing
