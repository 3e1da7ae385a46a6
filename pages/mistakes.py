"""Whatever goes wrong becomes a page people can read: one place for domain errors, wrong addresses and our own faults.
What programs read instead, under their own addresses, is said by whoever `answer` is given.

Pages and log lines say nothing of what was sent (PRIVACY.md 2, P7): a fault is logged by its kind and its place.
"""

import errno
import logging
from collections.abc import Callable, Mapping

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from pages.language import links_here
from survey.errors import BadRequest, Closed, NotAllowed, NotFound, SurveyError, Unavailable, place

_log = logging.getLogger("samsvar")
Say = Callable[[int, Exception], Response]
"""Status and fault -> what is answered."""


def answer(app: Flask, elsewhere: Mapping[str, Say]) -> None:
    """Give `app` its pages for what goes wrong; `elsewhere` are the paths under which it is said in another way."""
    app.extensions["samsvar.elsewhere"] = elsewhere
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)
    for kind, status in ((NotFound, 404), (Closed, 410), (NotAllowed, 403), (BadRequest, 400), (Unavailable, 503)):
        app.register_error_handler(kind, _domain(status))


def _http(fault: HTTPException) -> ResponseReturnValue:
    if fault.code is None or fault.code < 400:
        return fault
    response = _said(fault.code, fault)
    for name, value in fault.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _domain(status: int) -> Callable[[SurveyError], ResponseReturnValue]:
    return lambda fault: _said(status, fault)


def _fault(fault: Exception) -> ResponseReturnValue:
    _log.error("A page failed: %s", place(fault))
    if _no_room(fault):
        return _said(503, fault)
    if current_app.testing:
        raise fault
    return _said(500, fault)


def _no_room(fault: Exception) -> bool:
    """Whether a disk is full, which may pass; xlsxwriter says so with a fault of its own."""
    told = (fault, fault.__context__)
    return any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in told)


def _said(status: int, fault: Exception) -> Response:
    elsewhere: Mapping[str, Say] = current_app.extensions["samsvar.elsewhere"]
    for path, say in elsewhere.items():
        if f"{request.path}/".startswith(f"{path}/"):
            return say(status, fault)
    words = fault.args if isinstance(fault, SurveyError) else ()
    return make_response(_page(status, *map(str, words)), status)


def _page(status: int, *said: str) -> str:
    title, text = _texts().get(status) or _texts()[500 if status > 500 else 400]
    way = _("Till första sidan"), f"{request.script_root}/"
    return render_template(
        "respond/ended.html", page="error", title=title, paragraphs=(*said, text), way=way, languages=links_here()
    )


def _texts() -> dict[int, tuple[str, str]]:
    """What is said for each status; the nearest for those not named."""
    return {
        400: (_("Det gick inte att läsa sidan"), _("Gå tillbaka och försök igen.")),
        403: (_("Du får inte göra det här"), _("Fråga den som sköter Samsvar hos er om du behöver det.")),
        404: (_("Sidan finns inte"), _("Kolla att adressen är rätt skriven.")),
        405: (_("Sidan går inte att öppna på det sättet"), _("Börja från första sidan.")),
        410: (_("Sidan finns inte längre"), _("Det går inte att svara här.")),
        413: (_("Det är för mycket text"), _("Gå tillbaka och skriv kortare. Inget är sparat.")),
        429: (_("Vänta en liten stund"), _("Det är många som försöker just nu. Försök igen om en stund.")),
        500: (_("Något gick fel hos oss"), _("Försök igen om en stund.")),
        503: (_("Tjänsten fungerar inte just nu"), _("Försök igen om en stund.")),
    }
