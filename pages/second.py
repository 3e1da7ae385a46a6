"""The second step of signing in, choosing the first second factor, and showing one once more.

Whoever has one is asked for it; whoever has none sets one up before anything else. Codes work without script; a
passkey is offered by `static/passkey.js` where the installation has a name.
"""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import StringField
from wtforms.validators import DataRequired

from pages import carrying, factor, gate
from pages.context import house
from pages.factor import SecondStep
from pages.onward import onward
from pages.slips import picture
from pages.staffform import StaffForm
from staff import accounts, factors, passkeys, sessions
from staff.policy import halfway, signed_in
from survey.errors import NotAllowed

second = Blueprint("second", __name__, url_prefix="/personal")


class App(StaffForm):
    """The first code an app shows: it proves that the app holds the seed."""

    code = StringField(
        _l("Koden som appen visar"), [DataRequired(_l("Skriv koden som appen visar"))], description=_l("Sex siffror.")
    )


@second.get("/logga-in/kod")
@halfway
def code() -> ResponseReturnValue:
    return _elsewhere() or factor.second_page(SecondStep(formdata=None), g.halfway.account, loopback=gate.on_loopback())


@second.post("/logga-in/kod")
@halfway
def coded() -> ResponseReturnValue:
    if elsewhere := _elsewhere():
        return elsewhere
    form = SecondStep()
    near = gate.on_loopback()
    if shown := form.shown:
        reference = sessions.step_in(house(), g.reference, shown, factor.asked(loopback=near), sessions.now())
        if reference:
            answer = carrying.put_down(reference) or redirect(onward(), 303)
            return gate.let_in(current_app.make_response(answer), reference)
        factor.refused(form)
    return factor.second_page(form, g.halfway.account, loopback=near), 422


@second.get("/andra-steget")
@halfway
def first() -> ResponseReturnValue:
    return _settled() or _first_page(App(formdata=None))


@second.post("/andra-steget")
@halfway
def chosen() -> ResponseReturnValue:
    form = App()
    if settled := _settled():
        return settled
    if form.validate():
        seed = factors.seed_for(house().secrets, g.reference)
        begun = _begin("app", lambda db, at: factors.add_app(db, house().secrets, whose(), seed, form.code.data, at))
        if begun:
            return begun
        form.blame("code", wrong_app())
    return _first_page(form), 422


@second.post("/andra-steget/passkey")
@halfway
def chosen_passkey() -> ResponseReturnValue:
    if settled := _settled():
        return settled
    begun = _begin("passkey", lambda db, _at: keep_passkey(db, whose(), _("Min passkey")))
    if begun:
        return begun
    form = App(formdata=None)
    form.blame("code", wrong_passkey())
    return _first_page(form), 422


@second.post("/passkey")
@halfway
def challenge() -> ResponseReturnValue:
    """What the browser is to ask a passkey, as JSON: one there is, or (`make`) a new one."""
    here = passkeys.site(house().settings.base_url)
    if here is None:
        return "", 204
    with house().writing() as db:
        known = factors.credentials(db, whose())
        email = accounts.one(db, whose()).email
        asked = sessions.challenge(db, g.reference)
    to_make = "make" in request.form
    told = passkeys.to_make(here, whose(), email, asked, known) if to_make else passkeys.to_show(here, asked, known)
    return current_app.response_class(told, mimetype="application/json")


@second.get("/bekrafta")
@signed_in
def confirm() -> ResponseReturnValue:
    return factor.second_page(SecondStep(formdata=None), gate.member().account, loopback=gate.on_loopback())


@second.post("/bekrafta")
@signed_in
def confirmed() -> ResponseReturnValue:
    form = SecondStep()
    if factor.confirmed(form, g.reference, loopback=gate.on_loopback()):
        return redirect(onward(), 303)
    return factor.second_page(form, gate.member().account, loopback=gate.on_loopback()), 422


def whose() -> str:
    """The account of whoever is halfway, or signed in."""
    account: str = g.member.account if "member" in g else g.halfway.account
    return account


def seed_page(form: App, reference: str, email: str, template: str, **more: object) -> str:
    """A page on which an app is given the seed on offer, as a picture and as letters."""
    seed = factors.seed_for(house().secrets, reference)
    return render_template(
        template,
        form=form,
        errors=form.problems,
        picture=picture(factors.app_address(seed, email), _("QR-kod för din app")),
        seed=" ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
        **more,
    )


def keep_passkey(db: Connection, account_id: str, name: str) -> bool:
    """Keep the passkey the browser has just made; False for one that cannot be kept."""
    here = factor.asked(loopback=False)
    waited_for = replace(here, challenge=sessions.take_challenge(db, g.reference))
    try:
        factors.add_passkey(db, account_id, name, request.form.get("passkey", ""), waited_for)
    except NotAllowed:
        return False
    return True


def wrong_app() -> str:
    """What to do when an app shows another code."""
    return str(_("Koden stämmer inte. Kolla att telefonens klocka går rätt och skriv nästa kod."))


def wrong_passkey() -> str:
    """What to do when the browser has made no passkey."""
    return str(_("Det blev ingen passkey. Försök igen, eller använd en app."))


def _elsewhere() -> ResponseReturnValue | None:
    """Where the second step is not the next one."""
    if "halfway" not in g:
        return redirect(onward(), 303)
    with house().reading() as db:
        has = factors.factors(db, g.halfway.account)
    return None if has else redirect(url_for(".first", next=request.args.get("next")), 303)


def _settled() -> ResponseReturnValue | None:
    """Where choosing a first factor is not the next step: there is one, which has to be shown."""
    if "halfway" not in g:
        return redirect(url_for("account.start"), 303)
    with house().reading() as db:
        has = factors.factors(db, g.halfway.account)
    return redirect(url_for(".code", next=request.args.get("next")), 303) if has else None


def _begin(kind: str, add: Callable[[Connection, int], bool]) -> ResponseReturnValue | None:
    """Add the first factor, of that kind, begin a whole session and show recovery codes; None where nothing could be
    added."""
    at = sessions.now()
    with house().writing() as db:
        gate.in_turn(db)
        factors.be_first(db, whose())
        if not add(db, at):
            return None
        codes = factors.new_recovery_codes(db, house().secrets, whose())
        reference = sessions.begin_anew(db, whose(), at)
        sessions.tell(db, house(), whose(), "factor_changed", kind)
        sessions.tell(db, house(), whose(), "signed_in", sessions.sitting(reference), kind)
    page = render_template("staff/recovery.html", codes=codes, onward=onward())
    return gate.let_in(current_app.make_response(page), reference)


def _first_page(form: App) -> str:
    here = passkeys.site(house().settings.base_url)
    at = url_for(".challenge") if here else ""
    return seed_page(form, g.reference, g.halfway.email, "staff/first.html", passkey_at=at)
