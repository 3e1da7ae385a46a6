"""Taking back a consent: the number and the code from the receipt, who it is about, and it is done.

Two pages, fewer than it took to give one; no account, no reason asked. It holds from the next reading on, and every
party is told (`survey.cases.withdrawal`). A wrong number and a wrong code are answered alike.
"""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.days import readable
from forms.parties import CASE_MANAGER, OBSERVER, standard
from pages.context import house
from pages.headers import forget
from pages.language import links, spoken
from pages.pace import Pace, near
from pages.refer import too_fast
from pages.respond import unavailable
from staff.policy import public
from survey.cases import withdrawal
from survey.cases.parties import parties
from survey.cases.withdrawal import Withdrawable
from survey.errors import Closed, Unavailable
from survey.teams import find_team

pages = Blueprint("withdraw", __name__)
pages.register_error_handler(Unavailable, unavailable)

guesses = Pace(burst=20, per_second=1 / 30)
"""How many wrong codes a neighbourhood of the network may try."""


@pages.get("/aterkalla")
@public
def find() -> ResponseReturnValue:
    """Where the number and the code are typed."""
    return _find()


@pages.post("/aterkalla")
@public
def take_back() -> ResponseReturnValue:
    """First who it is about, then that it is done."""
    reference, code = request.form.get("reference", ""), request.form.get("code", "")
    if not guesses.allows(near(request.remote_addr)):
        return too_fast()
    try:
        found = withdrawal.find(house(), reference, code, house().now())
    except Closed:
        return _find(reference, code, wrong=True)
    guesses.give_back(near(request.remote_addr))  # a right one is no guess: many may share an address and the day
    there = _names(found)
    chosen = list(there) if request.form.get("go") == "everything" else request.form.getlist("party")
    chosen = [party for party in chosen if party in there]
    if not there:
        return _none_left(found)
    if not chosen:
        return _choose(there, reference, code, pressed="chosen" in request.form)
    withdrawn = withdrawal.withdraw(house(), reference, code, chosen, house().now())
    return _done(found, [there[party] for party in withdrawn], [there[p] for p in there if p not in withdrawn])


def _names(found: Withdrawable) -> dict[str, str]:
    """Those who have a yes, or one that waits for something, by what they are called; in the team's order, and last
    those who have left the team: their yes stands until it is taken back."""
    with house().reading() as db:
        called = {party.code: party.title.in_(spoken()) for party in parties(db, found.team)}
    called |= {CASE_MANAGER: _("Case manager"), OBSERVER: _("En observatör på mötet")}
    stood = {one.party for one in found.standings.values() if one.state in ("given", "limited", "unconfirmed")}
    left = {code: standard(code).title.in_(spoken()) for code in sorted(stood - called.keys())}
    return {code: name for code, name in (called | left).items() if code in stood}


def _find(reference: str = "", code: str = "", *, wrong: bool = False) -> Response:
    fault = _("Numret eller koden stämmer inte. Kolla att de är rätt skrivna, eller ring.") if wrong else ""
    page = render_template(
        "withdraw/find.html",
        errors=(("reference", fault),) if wrong else (),
        fault=fault,
        reference=_shown(reference),
        code=_shown(code),
        languages=links(".find"),
    )
    return make_response(page, 422 if wrong else 200)


def _choose(there: Mapping[str, str], reference: str, code: str, *, pressed: bool) -> Response:
    fault = _("Välj vilka som inte längre får berätta om dig")
    page = render_template(
        "withdraw/choose.html",
        title=_("Vilka ska inte längre få berätta om dig?"),
        errors=(("party", fault),) if pressed else (),
        choices=[{"code": code, "label": name} for code, name in there.items()],
        reference=reference,
        code=code,
    )
    return make_response(page, 422 if pressed else 200)


def _done(found: Withdrawable, withdrawn: Sequence[str], left: Sequence[str]) -> ResponseReturnValue:
    day = readable(house().today(), spoken())
    told = _("Det gäller från och med nu, %(day)s. Nummer: %(reference)s.", day=day, reference=found.reference)
    return _ended(found, _("Ditt samtycke är återtaget"), told, withdrawn=withdrawn, left=left)


def _none_left(found: Withdrawable) -> ResponseReturnValue:
    told = _("Ingen har ditt ja att berätta om dig. Du behöver inte göra något.")
    return _ended(found, _("Det finns inget samtycke att ta tillbaka"), told)


def _ended(found: Withdrawable, title: str, told: str, **more: object) -> ResponseReturnValue:
    with house().reading() as db:
        team = find_team(db, found.team)
    page = render_template("withdraw/done.html", title=title, told=told, team=team.name, phone=team.phone, **more)
    return forget(make_response(page))


def _shown(typed: str) -> str:
    return "".join(sign for sign in typed if sign.isprintable())[:40]
