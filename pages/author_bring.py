"""Files in and out: a form from another program, and a form as a file.

A file that is handed in is read and told of before anything is kept: what comes of it, what was left out or written
otherwise, or everything that cannot be taken, with its place. What was read travels in the page until it is certain.
"""

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import doors
from forms.doors import DOORS, Brought
from forms.faults import BadForm, Fault
from forms.library import canonical
from forms.model import Form
from forms.schema import form_from_json
from pages.author_words import KINDS, type_name
from pages.context import house
from pages.drafts import stamp
from pages.gate import member
from pages.language import name, spoken
from pages.saying import sayer
from pages.uploads import room_for_files, uploaded
from staff.policy import needs
from survey import authoring, published, teams
from survey.errors import BadRequest, NotFound

bringing = Blueprint("bringing", __name__)
room_for_files(bringing)

MOST_TOLD = 100
"""Faults of one file that are listed; whoever has mended those sees the rest."""


@bringing.get("/nytt/fil")
@needs("author")
def choose() -> str:
    return _choose_page()


@bringing.post("/nytt/fil")
@needs("author")
def look() -> ResponseReturnValue:
    """What would come of the file, or why nothing can."""
    filename, content = uploaded()
    if not filename:
        return _choose_page(str(_("Välj en fil"))), 422
    try:
        brought = doors.read(content, filename)
    except BadForm as refused:
        return _refused_page(filename, refused.faults), 422
    return _look_page(filename, brought)


@bringing.post("/nytt/fil/skapa")
@needs("author")
def create() -> ResponseReturnValue:
    """Keep what was looked at."""
    try:
        form = form_from_json(request.form.get("form", ""))
    except (BadForm, ValueError):
        raise BadRequest from None
    home = request.form.get("home", "") or None
    if not member().oversees("author", home):
        raise BadRequest
    with house().writing() as db:
        made = authoring.start_brought(db, form, home, stamp())
    return redirect(url_for("author.form_page", draft_id=made), 303)


@bringing.get("/<draft_id>/fil")
@needs("author")
def take(draft_id: str) -> str:
    """In which format, and what each has no room for."""
    return render_template(
        "author/take.html", draft_id=draft_id, name=_form(draft_id).title.in_(spoken()), doors=_out()
    )


@bringing.get("/<draft_id>/fil/<kind>")
@needs("author")
def fetch(draft_id: str, kind: str) -> ResponseReturnValue:
    """The form as a file; a page that says why where a format cannot hold it."""
    form = _form(draft_id)
    if f".{kind}" not in {door.ending for door in _out()}:
        raise NotFound
    try:
        taken = doors.take(form, f"{form.id}.{kind}")
    except BadForm as refused:
        return _refused_page(f"{form.id}.{kind}", refused.faults, draft_id), 422
    return send_file(
        BytesIO(taken.content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{form.id}-{form.version}.{kind}",
    )


def _form(draft_id: str) -> Form:
    """The draft as far as it is a form, else the newest published version. Raises `NotFound`, and `BadRequest` for a
    draft that is not yet a form."""
    with house().reading() as db:
        try:
            draft = authoring.read(db, draft_id)
        except NotFound:
            return published.newest(db, draft_id)
    if draft.written.form is None:
        raise BadRequest(_("Utkastet är inte färdigt nog att bli en fil. Gå till Kontroll och rätta det som står där."))
    return draft.written.form


def _out() -> list[doors.Door]:
    return [door for door in DOORS.values() if door.take]


def _choose_page(fault: str = "") -> str:
    known = [door for door in DOORS.values() if door.bring]
    return render_template("author/bring.html", doors=known, errors=[("file", fault)] if fault else [])


def _look_page(filename: str, brought: Brought) -> str:
    form, say = brought.form, sayer(spoken(), {})
    return render_template(
        "author/bring_look.html",
        filename=filename,
        form=form,
        say=say,
        kinds=KINDS,
        type_name=type_name,
        tongues=[name(code) for code in form.languages],
        changed=brought.changed,
        canonical=canonical(form),
        homes=_homes(),
        submission=authoring.new_submission(),
    )


def _refused_page(filename: str, faults: list[Fault], draft_id: str = "") -> str:
    return render_template(
        "author/bring_refused.html",
        filename=filename,
        faults=faults[:MOST_TOLD],
        more=max(0, len(faults) - MOST_TOLD),
        draft_id=draft_id,
    )


def _homes() -> list[tuple[str, str]]:
    """Whose form it may become: (slug, name)."""
    with house().reading() as db:
        homes = [(one.slug, one.name) for one in teams.associations(db)]
    everyone = [("", str(_("Alla förbund")))] if member().oversees("author", None) else []
    return [*everyone, *((slug, called) for slug, called in homes if member().oversees("author", slug))]
