"""The gate every staff request passes: a private line, our own form, a session, and the view's declared policy.
Programs show a key instead of the middle two (`pages.bearer`).

It stands before the whole application, so that a view nobody thought of is not open. Public views go straight
through: no session is looked up and no cookie read for a respondent. Who may do what is `staff.policy`.
"""

import hmac
import time
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from pages import bearer, carrying, factor
from pages.carrying import CARRIED, Carried, waiting
from pages.context import house, provider
from pages.language import links
from staff import sessions
from staff.member import Member, Role
from staff.policy import Doorstep, Halfway, Needs, Policy, Program, Public, SignedIn, authorise, policy_of
from survey import audit
from survey.errors import NotAllowed

SAFE = ("GET", "HEAD", "OPTIONS")
RELAYED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
"""Marks of a proxy: behind one, a request that seems to come from this machine may come from anywhere."""
LOCAL = ("localhost", "127.0.0.1", "::1")
SECURE_COOKIE = "__Host-samsvar"
LOOPBACK_COOKIE = "samsvar"
TABLET = "sittning"
"""The cookie of a tablet that goes from hand to hand (`pages.tablet`)."""


class Door(NamedTuple):
    """A role's start page, as a link in the header."""

    address: str
    label: str
    here: bool


def keep(app: Flask) -> None:
    """Put the gate before `app`. `staff.policy.check_policies` then says whether every view is declared."""
    app.before_request(_admit)
    app.after_request(_never_keep)
    app.context_processor(_header)


def member() -> Member:
    """Who is signed in; only in views with a policy that needs somebody."""
    signed_in: Member = g.member
    return signed_in


def reference() -> str:
    """The session this browser shows, for the doorsteps that go on in it (`pages.provider`, `pages.signin`)."""
    return request.cookies.get(_cookie(), "")


def whole(reference: str) -> bool:
    """Whether somebody is signed in by the session, both steps of it."""
    with house().reading() as db:
        return sessions.member(db, reference, sessions.now()) is not None


def in_turn(db: Connection) -> None:
    """Wait for everybody else who changes a way in, and look once more whether this session is still there: whoever has
    reset or closed the account since the gate was passed, or changed its roles, has ended it, and what is made now
    would outlive that. Leads to the sign-in where it is gone."""
    audit.in_turn(db)
    shown, at = reference(), sessions.now()
    if sessions.member(db, shown, at) is None and sessions.halfway(db, shown, at) is None:
        abort(current_app.make_response(_sign_in_first()))


def on_loopback() -> bool:
    """Whether the request was made on this very machine, straight to the application, which is known by no other name.

    The name counts because some proxies leave no mark and ask for 127.0.0.1 themselves, as nginx does untold.
    """
    try:
        near = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    asked_for, known_as = f"//{request.host}", house().settings.base_url
    local = all(urlsplit(address).hostname in LOCAL for address in (asked_for, known_as))
    return near and local and not any(name in request.headers for name in RELAYED)


def let_in(response: Response, reference: str) -> Response:
    """Give the browser its session; the cookie lasts as long as the window."""
    response.set_cookie(_cookie(), reference, secure=request.is_secure, httponly=True, samesite="Lax", path="/")
    if TABLET in request.cookies and whole(reference):  # a tablet that was handed over is staff's again
        response.delete_cookie(TABLET, secure=request.is_secure, httponly=True, samesite="Lax", path="/")
    return response


def let_out(response: Response, *codes: str) -> Response:
    """End this browser's session and throw away the pages it kept; `codes` say in the audit chain what else ended."""
    with house().writing() as db:
        audit.in_turn(db)
        sessions.end(db, g.reference)
        sessions.tell(db, house(), g.member.account, "signed_out", sessions.sitting(g.reference), *codes)
    response.delete_cookie(_cookie(), secure=request.is_secure, httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    policy = policy_of(current_app, request.endpoint)
    if isinstance(policy, Public):
        return None
    if isinstance(policy, Program):
        _admit_program(policy)
        return None
    if not _private_line():
        return _refuse("line")
    if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return _refuse("foreign")
    return None if isinstance(policy, Doorstep) else _recognise(policy)


def _admit_program(policy: Program) -> None:
    if not _private_line():
        raise NotAllowed(_("Nycklar tas bara emot över https."))
    bearer.recognise(policy)


def _private_line() -> bool:
    return request.is_secure or on_loopback()


def _recognise(policy: Policy) -> ResponseReturnValue | None:
    shown, at = reference(), sessions.now()
    with house().reading() as db:
        found, there = sessions.member(db, shown, at), sessions.halfway(db, shown, at)
        if found is None and there is None:
            return _sign_in_first()
        stale = sessions.stale(db, shown, at)
        sure = not _asks_anew(policy) or sessions.fresh(db, shown, at)
        g.reference = shown
        if there:
            g.halfway = there
        if request.method not in SAFE and not _own_form(shown):
            return _refuse("foreign")
        if found is None:
            return None if isinstance(policy, Halfway) else _second_step_first()
        g.member = found
        authorise(db, found, policy, request.view_args or {})
    if stale:
        with house().writing() as db:
            sessions.touch(db, shown, at)
    return None if sure else _confirm()


def _asks_anew(policy: Policy) -> bool:
    return isinstance(policy, Needs | SignedIn) and policy.fresh


def _confirm() -> ResponseReturnValue | None:
    """Ask for the second factor once more: before a page is opened, or on the way to what was about to be sent."""
    if request.method in SAFE:
        return redirect(url_for("second.confirm", next=_here()), 303)
    asking = "second_code" in request.form
    form = factor.SecondStep() if asking else factor.SecondStep(formdata=None)
    if asking and factor.confirmed(form, g.reference, loopback=on_loopback()):
        return None
    onward = request.script_root + _here()
    packed = _packed(onward)
    page = factor.second_page(form, g.member.account, loopback=on_loopback(), action=onward, waits=bool(packed))
    answer = current_app.make_response((page, 422))
    if packed:
        carrying.leave_behind(answer, packed)
    return answer


def _packed(onward: str) -> str:
    """What was about to be sent, for whoever must leave for the provider; "" for others, and for what is too long."""
    if factor.seen_here(g.member.account):
        return ""
    page = Carried(onward, factor.carried())
    packed = carrying.pack(page, int(time.time()), sessions.form_token(house().secrets, g.reference))
    return packed if len(packed) <= carrying.LARGEST else ""


def _here() -> str:
    return request.full_path.rstrip("?")


def _second_step_first() -> ResponseReturnValue:
    back = _here() if request.method == "GET" else None
    return redirect(url_for("second.code", next=back), 303)


def _own_form(reference: str) -> bool:
    expected = sessions.form_token(house().secrets, reference)
    return hmac.compare_digest(request.form.get("csrf_token", "").encode(), expected.encode())


def _sign_in_first() -> ResponseReturnValue:
    if request.method == "POST" and request.blueprint in CARRIED:
        return redirect(url_for("signin.sign_in_again", next=_here()), 307)
    back = _here() if request.method == "GET" else None
    return redirect(url_for("signin.sign_in", next=back, away=1 if request.cookies.get(_cookie()) else None), 303)


def _refuse(why: str) -> ResponseReturnValue:
    return render_template("staff/refused.html", why=why), 403


def _never_keep(response: Response) -> Response:
    if request.path.startswith("/personal"):
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("Expires", None)  # a file comes with a year, which an old proxy would believe
    return response


def _header() -> dict[str, Any]:
    if not request.path.startswith("/personal"):
        return {}
    here: dict[str, Any] = {"other_languages": _other_languages(), "resumed": waiting(), "provider": _provider()}
    if "reference" not in g:
        return here
    token = sessions.form_token(house().secrets, g.reference)
    if "member" not in g:
        return here | {"csrf_token": token}
    return here | {
        "who": g.member.name,
        "csrf_token": token,
        "places": doors(g.member),
        "keys": g.member.has("evaluator"),
        "stays": sessions.IDLE - sessions.PRECISION,
    }


def _provider() -> str:
    """What people call the identity provider; "" where there is none."""
    there = provider()
    return there.name if there else ""


_PART_OF = {"sheets": "interview", "meeting_log": "team", "deviations": "team"}
"""Pages of a place that have a blueprint and addresses of their own."""


def doors(of: Member) -> list[Door]:
    """The start pages of the member's roles, in the order of a working day."""
    here = (request.blueprint or "").split(".")[0]
    here = _PART_OF.get(here, here)
    known: tuple[tuple[Role, str, str], ...] = (
        ("coordinator", "team", _("Mina team")),
        ("coordinator", "cases", _("Ärenden")),
        ("party", "party", _("Ärenden med samtycke")),
        ("interviewer", "interview", _("Intervjuer och blad")),
        ("evaluator", "evaluate", _("Utvärdering")),
        ("facilitator", "facilitate", _("Omröstningar")),
        ("author", "author", _("Mina formulär")),
        ("approver", "approving", _("Översättningar")),
        ("controller", "control", _("Granskning")),
        ("admin", "admin", _("Administration")),
    )
    open_to = [(place, url_for(f"{place}.start"), label) for role, place, label in known if of.has(role)]
    if here not in [place for place, _start, _label in open_to]:  # pages of a place may have a room of their own
        path = request.script_root + request.path
        here = next((place for place, start, _label in open_to if path.startswith(start)), "")
    return [Door(start, label, place == here) for place, start, label in open_to]


def _other_languages() -> list[tuple[str, str, str, str]]:
    """This page in the interface's other languages; none for a page that came of a form: it cannot be asked for."""
    if request.endpoint is None or request.method != "GET":
        return []
    return links(request.endpoint, **(request.view_args or {}))


def _cookie() -> str:
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE
