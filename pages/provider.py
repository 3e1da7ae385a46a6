"""Signing in through the organisation's identity provider: leaving for it, and coming back.

Its addresses are there only where one is set. What waits meanwhile lies encrypted in a cookie of this browser, so what
another browser began is not finished here. Nothing leaves by a form: our policy lets no form lead elsewhere, so what
was sent is answered with a link. What `staff.oidc` refuses is told calmly on the page where somebody goes on.
"""

import hmac
import logging
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from werkzeug import Response
from wtforms import StringField
from wtforms.validators import DataRequired

from pages import carrying, gate
from pages.carrying import Carried
from pages.context import house, provider
from pages.onward import onward
from pages.staffform import StaffForm
from staff import accounts, factors, identities, journeys, sessions
from staff.identities import Vouched
from staff.journeys import Journey, Refused
from staff.policy import doorstep, fresh, signed_in
from survey import audit
from survey.errors import NotAllowed, NotFound

outside = Blueprint("provider", __name__, url_prefix="/personal")
SECURE_COOKIE = "__Host-samsvar-resa"
LOOPBACK_COOKIE = "samsvar-resa"
_log = logging.getLogger("samsvar.provider")


class Invited(StaffForm):
    """An invitation, taken with the provider in place of a passphrase."""

    code = StringField(
        _l("Inbjudans kod"),
        [DataRequired(_l("Skriv koden i din inbjudan"))],
        description=_l("20 bokstäver och siffror. Den är redan ifylld om du öppnade hela adressen."),
    )


@outside.get("/logga-in/via")
@doorstep
def leave() -> ResponseReturnValue:
    """Nobody is sent off by a link on another site: whoever is signed in there would be in here unasked; and whoever
    has handed a tablet over, or a sheet to key in once more, is signed in there still."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return redirect(url_for("signin.sign_in", next=request.args.get("next")), 303)
    return _leave(_journey("handed" if gate.TABLET in request.cookies or "burit" in request.args else "in"))


@outside.post("/valkommen/via")
@doorstep
def welcome() -> ResponseReturnValue:
    form = Invited()
    if form.validate():
        try:
            with house().reading() as db:
                accounts.invited(db, house().secrets, form.code.data, sessions.now())
        except NotFound:
            form.blame("code", _("Koden går inte att använda. Be administratören om en ny."))
        else:
            return _link(_journey("welcome", form.code.data))
    return render_template("staff/welcome_provider.html", form=form, errors=form.problems, name=_name()), 422


@outside.get("/bekrafta/via")
@signed_in
def again() -> ResponseReturnValue:
    return _leave(_journey("resume" if "burit" in request.args else "again", _this_session()))


@outside.post("/konto/via")
@fresh
@signed_in
def connect() -> ResponseReturnValue:
    return _link(_journey("connect", _this_session()))


@outside.post("/konto/via/ta-bort")
@fresh
@signed_in
def disconnect() -> ResponseReturnValue:
    mine, at = gate.member().account, sessions.now()
    try:
        with house().writing() as db:
            gate.in_turn(db)
            _told(db, "identity_taken", mine)
            identities.disconnect(db, mine)
            reference = sessions.begin_anew(db, mine, at)
    except NotAllowed:
        return redirect(url_for("account.start", sagt="sista"), 303)
    return gate.let_in(current_app.make_response(redirect(url_for("account.start", sagt="franviad"), 303)), reference)


@outside.get("/logga-in/tillbaka")
@doorstep
def back() -> ResponseReturnValue:
    """Where the provider sends the browser. The journey ends here, however it went."""
    journey = journeys.unpack(house().secrets, request.cookies.get(_cookie(), ""), sessions.now())
    answer = current_app.make_response(_arrived(journey))
    answer.delete_cookie(_cookie(), secure=request.is_secure, httponly=True, samesite="Lax", path="/")
    return answer


def _arrived(journey: Journey | None) -> ResponseReturnValue:
    there = provider()
    if journey is None or there is None:
        return redirect(url_for("signin.sign_in", via="fel"), 303)
    try:
        vouched = there.vouched(journey, request.args, sessions.now())
    except Refused as why:
        _log.warning("identity provider: %s", why)
        return _failed(journey, "fel")
    if journey.anew and (vouched.at is None or vouched.at < journey.began - journeys.SKEW):
        return _failed(journey, "fel")
    return _ARRIVE[journey.purpose](journey, vouched)


def _in(journey: Journey, vouched: Vouched) -> ResponseReturnValue:
    at = sessions.now()
    with house().writing() as db:
        audit.in_turn(db)
        account = identities.found(db, vouched)
        if account is None:
            return _failed(journey, "okand")
        if _too_little(db, account, vouched):
            return _failed(journey, "svag")
        reference = _session(db, account, vouched, at)
    return _go_on(journey, vouched, reference)


def _welcomed(journey: Journey, vouched: Vouched) -> ResponseReturnValue:
    at = sessions.now()
    try:
        with house().writing() as db:
            account = accounts.invited(db, house().secrets, journey.bound, at)
            _told(db, "identity_given", account)
            accounts.accept_with(db, house().secrets, journey.bound, vouched, at)
            reference = _session(db, account, vouched, at)
    except (NotFound, NotAllowed):
        return _failed(journey, "upptagen")
    return _go_on(journey, vouched, reference)


def _connected(journey: Journey, vouched: Vouched) -> ResponseReturnValue:
    at = sessions.now()
    mine = _who(journey)
    if mine is None:
        return _failed(journey, "fel")
    try:
        with house().writing() as db:
            gate.in_turn(db)
            _told(db, "identity_given", mine)
            identities.connect(db, mine, vouched)
            reference = sessions.begin_anew(db, mine, at)
    except NotAllowed:
        return _failed(journey, "upptagen")
    return gate.let_in(current_app.make_response(redirect(journey.onward, 303)), reference)


def _confirmed(journey: Journey, vouched: Vouched) -> ResponseReturnValue:
    """The provider has asked for both factors anew."""
    mine = _who(journey)
    with house().writing() as db:
        audit.in_turn(db)
        if mine is None or not vouched.both or identities.found(db, vouched) != mine:
            return _failed(journey, "fel")
        sessions.vouched_anew(db, gate.reference(), sessions.now())
        sessions.tell(db, house(), mine, "confirmed", sessions.sitting(gate.reference()), "provider")
    page = carrying.left_behind(journey.bound) if journey.purpose == "resume" else None
    return _resumed(page) if page else redirect(journey.onward, 303)


_ARRIVE = {
    "in": _in,
    "handed": _in,
    "welcome": _welcomed,
    "connect": _connected,
    "again": _confirmed,
    "resume": _confirmed,
}


def _resumed(page: Carried) -> ResponseReturnValue:
    """What was about to be sent goes on from here."""
    g.reference = gate.reference()
    answer = current_app.make_response(
        render_template("staff/resumed.html", path=page.path, posted=page.fields, confirmed=True)
    )
    carrying.forget(answer)
    return answer


def _too_little(db: Connection, account: str, vouched: Vouched) -> bool:
    """Where both factors are shown there, an account may have none here: with one of them alone somebody else could
    choose the other as their own."""
    there = provider()
    return there is not None and bool(there.acr) and not vouched.both and not factors.factors(db, account)


def _session(db: Connection, account: str, vouched: Vouched, at: int) -> str:
    """Whole for two factors; otherwise the provider stands for the passphrase alone."""
    if not vouched.both:
        return sessions.begin_halfway(db, account, at)
    whole = sessions.begin(db, account, at)
    sessions.tell(db, house(), account, "signed_in", sessions.sitting(whole), "provider")
    return whole


def _go_on(journey: Journey, vouched: Vouched, reference: str) -> ResponseReturnValue:
    step = "/personal/logga-in/kod?" + urlencode({"next": _below(journey)})
    where = journey.onward if vouched.both else journey.root + step
    return gate.let_in(current_app.make_response(redirect(where, 303)), reference)


def _who(journey: Journey) -> str | None:
    """Whose session the journey began in, if this browser is still in it."""
    with house().reading() as db:
        member = sessions.member(db, gate.reference(), sessions.now())
    same = hmac.compare_digest(sessions.form_token(house().secrets, gate.reference()), journey.bound)
    return member.account if member and same else None


def _failed(journey: Journey, why: str) -> ResponseReturnValue:
    page = "konto/" if journey.purpose in ("connect", "again", "resume") else "logga-in"
    asked = urlencode({"via": why} | ({"next": _below(journey)} if journey.purpose in ("in", "handed") else {}))
    return redirect(f"{journey.root}/personal/{page}?{asked}", 303)


def _below(journey: Journey) -> str:
    """Where to go on, as our pages are told it."""
    return journey.onward.removeprefix(journey.root)


def _journey(purpose: str, bound: str = "") -> Journey:
    where = url_for("account.start", via="klar") if purpose == "connect" else onward()
    return Journey(purpose, where, request.script_root, sessions.now(), bound)


def _leave(journey: Journey) -> ResponseReturnValue:
    address = _address(journey)
    return _carry(redirect(address, 303), journey) if address else _failed(journey, "borta")


def _link(journey: Journey) -> ResponseReturnValue:
    address = _address(journey)
    if address is None:
        return _failed(journey, "borta")
    page = render_template("staff/to_provider.html", address=address, name=_name())
    return _carry(current_app.make_response(page), journey)


def _address(journey: Journey) -> str | None:
    there = provider()
    try:
        return there.address(journey) if there else None
    except Refused as why:
        _log.warning("identity provider: %s", why)
        return None


def _carry(answer: Response, journey: Journey) -> Response:
    answer.set_cookie(
        _cookie(),
        journeys.pack(house().secrets, journey),
        max_age=journeys.JOURNEY,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


def _told(db: Connection, action: str, account: str) -> None:
    sessions.tell(db, house(), account, action, account)


def _this_session() -> str:
    return sessions.form_token(house().secrets, g.reference)


def _name() -> str:
    there = provider()
    return there.name if there else ""


def _cookie() -> str:
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE


def said(why: str) -> str:
    """What a page says of a journey that came to nothing, or to something."""
    told = {
        "fel": _("Det gick inte att logga in hos %(name)s. Försök igen.", name=_name()),
        "borta": _("%(name)s svarar inte just nu. Försök igen om en stund.", name=_name()),
        "svag": _("Du behöver visa två steg hos %(name)s. Logga in där med båda och försök igen.", name=_name()),
        "okand": _(
            "Du är inloggad hos %(name)s, men inget konto här är anslutet till dig. Be administratören om en inbjudan.",
            name=_name(),
        ),
        "upptagen": _("Det gick inte att ansluta. Inbjudan är använd, eller så hör du redan till ett annat konto."),
        "klar": _("Nu är kontot anslutet till %(name)s.", name=_name()),
    }
    return str(told.get(why, "")) if _name() else ""
