"""An evaluator's keys for programs: make one, see it once, see which there are, withdraw one.

What a key opens is `staff.tokens`; what programs read with it is the room `api`.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length

from pages import gate
from pages.context import house
from pages.staffform import StaffForm, choices
from staff import sessions, tokens
from staff.member import Scope
from staff.policy import fresh, needs
from survey import audit
from survey.errors import BadRequest, NotFound

keys = Blueprint("keys", __name__, url_prefix="/personal/nycklar")


class NewKey(StaffForm):
    """What a key is for. Whoever passes an open screen should not leave with one: the page is `fresh`."""

    name = StringField(
        _l("Vad ska nyckeln användas till?"),
        [DataRequired(_l("Skriv vad nyckeln ska användas till")), Length(max=tokens.LONGEST_NAME)],
        description=_l("Till exempel: Rapporten till styrelsen."),
    )
    scopes = SelectMultipleField(
        _l("Vad får programmet läsa?"),
        [DataRequired(_l("Välj vad programmet får läsa"))],
        validate_choice=False,
    )
    days = RadioField(
        _l("Hur länge ska nyckeln gälla?"),
        choices=choices([("30", _l("30 dagar")), (str(tokens.STANDARD_DAYS), _l("90 dagar")), ("365", _l("Ett år"))]),
        default=str(tokens.STANDARD_DAYS),
        description=_l("Sedan slutar den gälla av sig själv."),
    )


@keys.get("/")
@needs("evaluator")
def start() -> str:
    with house().reading() as db:
        held = tokens.held_by(db, gate.member().account, sessions.now())
    said = _("Nyckeln är borttagen.") if "removed" in request.args else ""
    return render_template("staff/keys.html", held=held, in_words=in_words, last_day=last_day, said=said)


@keys.get("/ny")
@fresh
@needs("evaluator")
def new() -> str:
    return _ask(_form())


@keys.post("/ny")
@fresh
@needs("evaluator")
def made() -> ResponseReturnValue:
    form = _form()
    key = _made(form) if form.validate() else None
    if key is None:
        return _ask(form), 422
    return render_template(
        "staff/key.html",
        key=key,
        name=form.name.data,
        scopes=in_words(form.scopes.data),
        last_day=last_day(sessions.now() + int(form.days.data) * tokens.DAY),
        base=house().settings.base_url,
    )


@keys.route("/<key_id>/ta-bort", methods=["GET", "POST"])
@needs("evaluator")
def remove(key_id: str) -> ResponseReturnValue:
    form = StaffForm()
    if form.validate_on_submit():
        with house().writing() as db:
            audit.in_turn(db)
            tokens.withdraw(db, key_id)
            sessions.tell(db, house(), gate.member().account, "key_removed")
        return redirect(url_for(".start", removed=1), 303)
    return render_template(
        "staff/ask.html",
        form=form,
        heading=_("Ta bort nyckeln %(name)s?", name=_name(key_id)),
        lines=[_("Program som använder nyckeln kan inte läsa något mer. Det går inte att ångra.")],
        button=_("Ta bort nyckeln"),
        back=(url_for(".start"), _("Nycklar för program")),
    )


def in_words(scopes: Collection[str]) -> list[str]:
    """What a program may read."""
    return [words for scope, words in _words().items() if scope in scopes]


def last_day(expires: int) -> str:
    """The day something ends, from seconds since 1970."""
    return datetime.fromtimestamp(expires, UTC).date().isoformat()


def _words() -> dict[Scope, str]:
    return {
        "forms": _("Formulärens frågor"),
        "figures": _("Siffror"),
        "quotes": _("Publicerade citat"),
        "exports": _("Filer med siffror och citat"),
    }


def _form() -> NewKey:
    form = NewKey()
    form.scopes.choices = choices(_words().items())
    return form


def _made(form: NewKey) -> str | None:
    """The new key, or None where a rule says no: the form then holds why."""
    try:
        with house().writing() as db:
            gate.in_turn(db)
            mine, scopes = gate.member().account, form.scopes.data
            key = tokens.make(db, house().secrets, mine, form.name.data, scopes, int(form.days.data), sessions.now())
            sessions.tell(db, house(), mine, "key_made", *scopes)
            return key
    except BadRequest as refused:
        form.blame("scopes", str(refused))
        return None


def _name(key_id: str) -> str:
    """The key's name. Raises `NotFound` for one that has run out."""
    with house().reading() as db:
        held = tokens.held_by(db, gate.member().account, sessions.now())
    for key in held:
        if key.id == key_id:
            return key.name
    raise NotFound


def _ask(form: NewKey) -> str:
    return render_template(
        "staff/ask.html",
        form=form,
        errors=form.problems,
        heading=_("Ny nyckel för ett program"),
        lines=[_("Programmet läser det du själv ser som utvärderare. Det kan inte ändra något.")],
        button=_("Gör nyckeln och visa den"),
        back=(url_for(".start"), _("Nycklar för program")),
    )
