"""A tablet that is handed over: staff leaves it signed out, and one participant after another answers on it.

What keeps them apart is a sitting: a random number in a cookie, which every page of theirs is bound to and which
changes when somebody has finished, declined or begun again. A page that an earlier person left in the browser then
opens nothing more, however it is asked for. Other respondents' browsers are never given one (PRIVACY.md 2).
"""

import secrets

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from pages.context import house
from pages.gate import TABLET, let_out
from staff.policy import needs
from survey import rounds

tablet = Blueprint("tablet", __name__, url_prefix="/personal")

_NUMBER = 16
REST = 20
"""Seconds that a page stands which says that all is done; then the next person finds the first one."""


@tablet.post("/omgang/<round_id>/lamna-over")
@needs("coordinator")
def hand_over(round_id: str) -> ResponseReturnValue:
    """Sign this device out and show what participants see; where the round is closed there is nothing to show."""
    with house().reading() as db:
        one = rounds.find_round(db, round_id)
    if not one.open:
        return redirect(url_for("team.round_page", round_id=one.id), 303)
    way = url_for("respond.link", round_id=one.id) if one.open_link else url_for("respond.code")
    return _seat(let_out(current_app.make_response(redirect(way, 303))))


def sitting() -> str:
    """The sitting of this browser, "" for anybody's own."""
    return request.cookies.get(TABLET, "")


def keep_apart(response: Response) -> Response:
    """After every page of a respondent: on a tablet none is kept, and one that ends a visit begins a new sitting."""
    if not sitting():
        return response
    response.headers["Cache-Control"] = "no-store"
    if "Clear-Site-Data" in response.headers:
        _seat(response)
        if response.status_code < 300:
            place = (request.view_args or {}).get("round_id")
            response.headers["Refresh"] = f"{REST}; url={url_for('respond.begin_again', round_id=place)}"
    return response


def _seat(response: Response) -> Response:
    response.set_cookie(
        TABLET, secrets.token_urlsafe(_NUMBER), secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )
    return response
