"""Signing in and out, and choosing a passphrase with an invitation. What comes next is `pages.second`."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo

from pages import carrying, factor, gate, provider
from pages.context import demonstration, house
from pages.onward import leads_into, onward
from pages.staffform import StaffForm
from staff import accounts, passphrase, sessions
from staff.policy import doorstep, signed_in
from survey import audit
from survey.errors import NotFound

signin = Blueprint("signin", __name__, url_prefix="/personal")


class SignIn(StaffForm):
    """What one signs in with."""

    email = EmailField(
        _l("E-postadress"), [DataRequired(_l("Skriv din e-postadress"))], render_kw={"autocomplete": "username"}
    )
    passphrase = PasswordField(
        _l("Lösenfras"), [DataRequired(_l("Skriv din lösenfras"))], render_kw={"autocomplete": "current-password"}
    )


class Welcome(StaffForm):
    """An invitation, and the passphrase one chooses; written twice, because one does not see it."""

    code = StringField(
        _l("Inbjudans kod"),
        [DataRequired(_l("Skriv koden i din inbjudan"))],
        description=_l("20 bokstäver och siffror. Den är redan ifylld om du öppnade hela adressen."),
    )
    passphrase = PasswordField(
        _l("Lösenfras"), [DataRequired(_l("Skriv en lösenfras"))], render_kw={"autocomplete": "new-password"}
    )
    again = PasswordField(
        _l("Lösenfrasen en gång till"),
        [EqualTo("passphrase", _l("Skriv samma lösenfras en gång till"))],
        render_kw={"autocomplete": "new-password"},
    )


@signin.get("/logga-in")
@doorstep
def sign_in() -> ResponseReturnValue:
    return _sign_in_page(SignIn(formdata=None))


@signin.post("/logga-in")
@doorstep
def signed() -> ResponseReturnValue:
    form = SignIn()
    if not form.validate():
        return _sign_in_page(form), 422
    reference = sessions.sign_in(
        house(), form.email.data, form.passphrase.data, sessions.now(), loopback=gate.on_loopback()
    )
    if reference is None:
        form.blame("email", _("Det gick inte att logga in. Kolla e-postadressen och lösenfrasen."))
        return _sign_in_page(form), 422
    answer = _carrying_on(reference) or redirect(url_for("second.code", next=request.args.get("next")), 303)
    return gate.let_in(current_app.make_response(answer), reference)


@signin.post("/logga-in/igen")
@doorstep
def sign_in_again() -> ResponseReturnValue:
    """Where the gate sends a page whose session has ended: it goes along through the sign-in. Nothing else does, for
    the form could be another site's."""
    if not leads_into(carrying.CARRIED):
        return redirect(url_for(".sign_in"), 303)
    return page_for_carried(onward(), _("Du har loggats ut. Logga in igen, så fortsätter du där du var."))


@signin.post("/logga-in/fortsatt")
@doorstep
def go_on() -> ResponseReturnValue:
    """From the sign-in page that waited with what is carried, while somebody signed in at the provider in a tab beside
    it. It needs no token: it stores nothing, opens only what was packed here, and leads to a form that has one."""
    if not carrying.waiting():
        return redirect(url_for(".sign_in"), 303)
    shown = gate.reference()
    if gate.whole(shown):
        return carrying.put_down(shown) or redirect(url_for("start.start_page"), 303)
    return _carrying_on(shown) or (_sign_in_page(SignIn(formdata=None), _("Du är inte inloggad än.")), 422)


@signin.post("/logga-ut")
@signed_in
def sign_out() -> ResponseReturnValue:
    return gate.let_out(current_app.make_response(redirect(url_for(".sign_in", out=1), 303)))


@signin.get("/kvar")
@signed_in
def stay() -> ResponseReturnValue:
    """Asked for by a page that lay still (`static/away.js`); the gate has written down that somebody is there."""
    return "", 204


@signin.get("/valkommen")
@doorstep
def welcome() -> ResponseReturnValue:
    return render_template("staff/welcome.html", form=Welcome(formdata=None), shortest=passphrase.SHORTEST)


@signin.post("/valkommen")
@doorstep
def welcomed() -> ResponseReturnValue:
    form = Welcome()
    reference = _accepted(form) if form.validate() else None
    if reference:
        return gate.let_in(current_app.make_response(redirect(url_for("second.first"), 303)), reference)
    page = render_template("staff/welcome.html", form=form, errors=form.problems, shortest=passphrase.SHORTEST)
    return page, 422


def page_for_carried(path: str, said: str) -> str:
    """The sign-in page with what was just posted in it, to be sent to `path` afterwards."""
    carrying.take_up(path)
    return _sign_in_page(SignIn(formdata=None), said)


def _carrying_on(reference: str) -> str | None:
    """The second step, where a page is carried along; without one that step has an address of its own."""
    if not carrying.waiting():
        return None
    with house().reading() as db:
        there = sessions.halfway(db, reference, sessions.now())
    if there is None:
        return None
    g.reference = reference
    form = factor.SecondStep(formdata=None)
    return factor.second_page(form, there.account, loopback=gate.on_loopback(), action=url_for("second.coded"))


def _accepted(form: Welcome) -> str | None:
    """The session in which the second factor is chosen next, or None: the form then holds why."""
    at = sessions.now()
    try:
        with house().writing() as db:
            audit.in_turn(db)
            account = accounts.accept(db, house().secrets, form.code.data, form.passphrase.data, at)
            sessions.tell(db, house(), account, "invitation_used")
            return sessions.begin_halfway(db, account, at)
    except NotFound:
        form.blame(
            "code",
            _("Koden går inte att använda. Logga in om du redan har valt en lösenfras. Be annars om en ny kod."),
        )
    except accounts.TooWeak as weak:
        form.blame("passphrase", too_weak(weak.why))
    return None


def too_weak(why: passphrase.Weakness) -> str:
    """What is wrong with a passphrase, and what to do."""
    said = {
        "short": _("Lösenfrasen är för kort. Skriv minst %(n)s tecken.", n=passphrase.SHORTEST),
        "long": _("Lösenfrasen får vara högst %(n)s tecken.", n=passphrase.LONGEST),
        "common": _("Lösenfrasen är lätt att gissa. Välj ord som inte hör ihop."),
        "own": _("Lösenfrasen liknar ditt namn eller din adress. Välj andra ord."),
    }
    return str(said[why])


def _sign_in_page(form: SignIn, said: str = "") -> str:
    return render_template(
        "staff/signin.html",
        form=form,
        errors=form.problems,
        said=said or _said(),
        shown=_shown(),
        open_phrase=passphrase.DEMONSTRATION,
    )


def _said() -> str:
    told = {
        "out": _("Du är utloggad."),
        "away": _("Du var borta länge och har loggats ut. Logga in igen."),
    }
    if request.method == "POST":
        return ""
    came_back = provider.said(request.args.get("via", ""))
    return came_back or next((words for why, words in told.items() if why in request.args), "")


def _shown() -> tuple[accounts.Account, ...]:
    """The demonstration's accounts, named only to somebody on this machine."""
    if not (demonstration() and gate.on_loopback()):
        return ()
    with house().reading() as db:
        return accounts.demonstration(db)
