"""My account: passphrase, second factor, recovery codes, and where one is signed in.

Every change but signing out wants the second factor once more (`staff.policy.fresh`), and ends every other session.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from pages import gate
from pages.context import house, provider
from pages.provider import said as said_of_provider
from pages.second import App, keep_passkey, seed_page, wrong_app, wrong_passkey
from pages.signin import too_weak
from pages.staffform import StaffForm
from staff import accounts, factors, identities, passkeys, sessions
from staff.policy import fresh, signed_in
from survey.errors import NotAllowed, NotFound

account = Blueprint("account", __name__, url_prefix="/personal/konto")


class NewPassphrase(StaffForm):
    """The passphrase one has, and the one one wants; written twice, because one does not see it."""

    current = PasswordField(
        _l("Lösenfrasen du har nu"),
        [DataRequired(_l("Skriv lösenfrasen du har nu"))],
        render_kw={"autocomplete": "current-password"},
    )
    passphrase = PasswordField(
        _l("Ny lösenfras"),
        [DataRequired(_l("Skriv en ny lösenfras"))],
        description=_l("Några ord i rad, minst 15 tecken."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("Den nya lösenfrasen en gång till"),
        [EqualTo("passphrase", _l("Skriv samma lösenfras en gång till"))],
        render_kw={"autocomplete": "new-password"},
    )


class NamedPasskey(StaffForm):
    """What one calls a passkey."""

    name = StringField(
        _l("Vad ska den heta?"),
        [DataRequired(_l("Skriv ett namn på din passkey")), Length(max=factors.LONGEST_NAME)],
        description=_l("Till exempel: Min telefon."),
    )


@account.get("/")
@signed_in
def start() -> str:
    mine, at, there = gate.member().account, sessions.now(), provider()
    with house().reading() as db:
        return render_template(
            "staff/own.html",
            account=accounts.one(db, mine),
            has=factors.factors(db, mine),
            connected=there is not None and identities.connected(db, mine, there.issuer),
            passkeys_here=passkeys.site(house().settings.base_url) is not None,
            sessions=sessions.sessions_of(db, mine, g.reference, at),
            moment=moment,
            said=_said(),
        )


@account.route("/losenfras", methods=["GET", "POST"])
@fresh
@signed_in
def passphrase() -> ResponseReturnValue:
    form = NewPassphrase()
    reference = _rephrased(form) if form.validate_on_submit() else None
    if reference:
        return _changed("losenfras", reference)
    return _ask(
        form,
        _("Byt lösenfras"),
        [_("Du loggas ut på alla andra ställen. Dina nycklar för program slutar gälla.")],
        _("Spara lösenfrasen"),
    )


@account.route("/app", methods=["GET", "POST"])
@fresh
@signed_in
def app() -> ResponseReturnValue:
    form = App()
    mine, at = gate.member().account, sessions.now()
    if form.validate_on_submit():
        seed = factors.seed_for(house().secrets, g.reference)
        with _in_turn() as db:
            added = factors.add_app(db, house().secrets, mine, seed, form.code.data, at)
            reference = _begin_anew(db, "factor_changed", "app") if added else ""
        if reference:
            return _changed("app", reference)
        form.blame("code", wrong_app())
    with house().reading() as db:
        email = accounts.one(db, mine).email
    return seed_page(form, g.reference, email, "staff/app.html"), 422 if form.problems else 200


@account.route("/passkey", methods=["GET", "POST"])
@fresh
@signed_in
def passkey() -> ResponseReturnValue:
    if passkeys.site(house().settings.base_url) is None:
        return redirect(url_for(".start"), 303)
    form = NamedPasskey()
    if form.validate_on_submit():
        with _in_turn() as db:
            kept = keep_passkey(db, gate.member().account, form.name.data)
            reference = _begin_anew(db, "factor_changed", "passkey") if kept else ""
        if reference:
            return _changed("passkey", reference)
        form.blame("name", wrong_passkey())
    page = render_template(
        "staff/passkey.html", form=form, errors=form.problems, passkey_at=url_for("second.challenge")
    )
    return page, 422 if form.problems else 200


@account.post("/passkey/ta-bort")
@fresh
@signed_in
def remove_passkey() -> ResponseReturnValue:
    try:
        with _in_turn() as db:
            factors.remove_passkey(db, gate.member().account, request.form.get("one", ""))
            reference = _begin_anew(db, "factor_changed", "removed")
    except NotFound:
        return redirect(url_for(".start"), 303)
    except NotAllowed:
        return redirect(url_for(".start", sagt="enda"), 303)
    return _changed("borta", reference)


@account.route("/reservkoder", methods=["GET", "POST"])
@fresh
@signed_in
def recovery_codes() -> ResponseReturnValue:
    form = StaffForm()
    if not form.validate_on_submit():
        return _ask(
            form,
            _("Nya reservkoder"),
            [_("De koder du har nu slutar fungera. Du loggas ut på alla andra ställen.")],
            _("Visa nya reservkoder"),
        )
    with _in_turn() as db:
        codes = factors.new_recovery_codes(db, house().secrets, gate.member().account)
        reference = _begin_anew(db, "factor_changed", "recovery")
    page = render_template("staff/recovery.html", codes=codes, onward=url_for(".start"))
    return gate.let_in(current_app.make_response(page), reference)


@account.post("/logga-ut")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End one of the account's sessions, or all of them."""
    mine, everywhere = gate.member().account, "all" in request.form
    with _in_turn() as db:
        if everywhere:
            accounts.end_sessions(db, mine)
        elif sessions.end_one(db, mine, request.form.get("one", "")):
            sessions.tell(db, house(), mine, "signed_out_elsewhere")
    if everywhere:
        return gate.let_out(current_app.make_response(redirect(url_for("signin.sign_in", out=1), 303)), "all")
    return redirect(url_for(".start", sagt="utloggad"), 303)


def moment(seconds: int) -> str:
    """A day and a time of day by the machine's clock."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _rephrased(form: NewPassphrase) -> str | None:
    """The session that goes on with the new passphrase, or None: the form then holds why."""
    mine, at = gate.member().account, sessions.now()
    with house().reading() as db:
        email = accounts.one(db, mine).email
    if sessions.proved(house(), email, form.current.data, at, loopback=gate.on_loopback()) is None:
        form.blame("current", _("Lösenfrasen stämmer inte. Efter flera försök får du vänta en stund."))
        return None
    try:
        with _in_turn() as db:
            accounts.choose(db, mine, form.passphrase.data)
            return _begin_anew(db, "passphrase_changed")
    except accounts.TooWeak as weak:
        form.blame("passphrase", too_weak(weak.why))
        return None


@contextmanager
def _in_turn() -> Iterator[Connection]:
    """A transaction that changes a way in and tells of it in the audit chain (`sessions.tell`)."""
    with house().writing() as db:
        gate.in_turn(db)
        yield db


def _begin_anew(db: Connection, action: str, *codes: str) -> str:
    """The one session that is left after a change."""
    mine = gate.member().account
    reference = sessions.begin_anew(db, mine, sessions.now())
    sessions.tell(db, house(), mine, action, sessions.sitting(reference), *codes)
    return reference


def _changed(what: str, reference: str) -> ResponseReturnValue:
    return gate.let_in(current_app.make_response(redirect(url_for(".start", sagt=what), 303)), reference)


def _said() -> str:
    told = {
        "losenfras": _("Lösenfrasen är bytt."),
        "app": _("Appen är klar. Nästa gång loggar du in med dess kod."),
        "passkey": _("Din passkey är sparad."),
        "borta": _("Din passkey är borttagen."),
        "enda": _("Det är ditt enda andra steg. Lägg till ett annat först."),
        "franviad": _("Anslutningen är borttagen."),
        "sista": _("Det är din enda väg in. Därför kan du inte ta bort den."),
        "utloggad": _("Du är utloggad där."),
    }
    return str(told.get(request.args.get("sagt", ""), "")) or said_of_provider(request.args.get("via", ""))


def _ask(form: StaffForm, heading: str, lines: list[str], button: str) -> ResponseReturnValue:
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=form.problems,
        heading=heading,
        lines=lines,
        button=button,
        back=(url_for(".start"), _("Mitt konto")),
    )
    return page, 422 if form.problems else 200
