"""An association's own look: the page where it is chosen, and the style sheet that its public pages carry.

The style sheet holds the logo as well, so that a first page still costs three requests.
"""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from forms.types.writing import clean
from pages.context import STATIC_LIFE, house
from pages.gate import member
from pages.language import languages, name, root
from pages.staffform import StaffForm
from pages.uploads import room_for_files, uploaded
from staff.policy import needs, public
from survey import look as looks
from survey import teams
from survey.errors import NotAllowed, NotFound
from survey.logos import cleaned
from survey.look import Look, keep, look_of

look = Blueprint("look", __name__)
room_for_files(look)


class OwnLook(StaffForm):
    """Colour and words; the logo is a file and stands for itself."""

    colour = StringField(
        _l("Färg på knappar och länkar"),
        description=_l("Skriv # och sex tecken, till exempel #0b5a63. Lämna tomt för Samsvars egen färg."),
    )
    no_logo = BooleanField(_l("Ta bort logotypen"))


@look.get("/utseende/<association>-<edition>.css")
@public
def style(association: str, edition: str) -> ResponseReturnValue:
    """The style sheet; an address for each edition, so that a browser may keep it."""
    if not teams.SLUG.fullmatch(association):
        raise NotFound
    with house().reading() as db:
        own = look_of(db, association)
    if not own.style or own.edition != edition:
        raise NotFound
    answer = Response(own.style, mimetype="text/css")
    answer.headers["Cache-Control"] = f"public, max-age={STATIC_LIFE}, immutable"
    return answer


@look.get("/personal/utseende/")
@needs("author")
def start() -> ResponseReturnValue:
    """The associations whose look one may choose."""
    with house().reading() as db:
        homes = [one for one in teams.associations(db) if member().oversees("author", one.slug)]
    if len(homes) == 1:
        return redirect(url_for(".edit", association=homes[0].slug))
    return render_template("staff/looks.html", homes=homes)


@look.route("/personal/utseende/<association>", methods=["GET", "POST"])
@needs("author")
def edit(association: str) -> ResponseReturnValue:
    """Colour, logo and own words, with how they look."""
    with house().reading() as db:
        home, own = teams.find_association(db, association), look_of(db, association)
    form = OwnLook(data={"colour": own.colour})
    errors: list[tuple[str, str]] = []
    if form.is_submitted():
        own, errors = _chosen(form, own)
        if not errors:
            with house().writing() as db:
                keep(db, association, own)
            return redirect(url_for(".edit", association=association, sagt="sparat"), 303)
    page = render_template(
        "staff/look.html",
        form=form,
        home=home,
        own=own,
        errors=errors,
        said=_("Utseendet är sparat. Det syns på nya sidor inom en minut.") if request.args.get("sagt") else "",
        tongues=[(code, name(code)) for code in languages()],
        sheet=address(association, own) if not errors else "",
        house_name=home.name,
    )
    return page, 422 if errors else 200


def _chosen(form: OwnLook, before: Look) -> tuple[Look, list[tuple[str, str]]]:
    """What was sent, and what is wrong with it; nothing typed is lost."""
    errors: list[tuple[str, str]] = []
    colour = (form.colour.data or "").strip().lower()
    logo, kind = (b"", "") if form.no_logo.data else (before.logo, before.kind)
    file_name, content = uploaded("logo")
    try:
        if file_name:
            kind, logo = cleaned(content)
    except NotAllowed as fault:
        errors.append(("logo", str(fault)))
    words = {key: _words(key) for key in ("start", "end")}
    try:
        if colour:
            looks.refuse_pale(colour)
    except NotAllowed as fault:
        errors.insert(0, ("colour", str(fault)))
    for key, said in words.items():
        for code, text in said.items():
            if len(text) > looks.LONGEST:
                errors.append((f"{key}-{code}", str(_("Texten får ha högst %(most)s tecken.", most=looks.LONGEST))))
    return Look(colour, logo, kind, words["start"], words["end"]), errors


def _words(key: str) -> dict[str, str]:
    typed = {code: clean(request.form.get(f"{key}-{code}", "")) for code in languages()}
    return {code: words for code, words in typed.items() if words}


def address(association: str, own: Look) -> str:
    """Where the style sheet of this look is; "" where it has none. The same in every language."""
    return f"{root()}/utseende/{association}-{own.edition}.css" if own.style else ""
