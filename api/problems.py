"""What a program is told when something does not work: a problem document (RFC 9457), in Swedish or English.

Like the pages for people, it says nothing of what was sent. Which fault has which status is `pages.mistakes`.
"""

from typing import Any

import orjson
from flask import Response, current_app, g, request
from flask_babel import gettext as _
from marshmallow import fields

from api.schemas import Told
from pages.bearer import Refused
from pages.language import SOURCE, languages, spoken
from survey.errors import SurveyError

ADDRESSES = "/api"
"""Under which everything is for programs."""
MEDIA_TYPE = "application/problem+json"


class Problem(Told):
    """What did not work, and why."""

    type = fields.String(metadata={"description": "Always about:blank: the status says which kind."})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    scope = fields.String(metadata={"optional": True, "description": "What the key lacks, with 403."})
    errors = fields.Dict(
        fields.String(),
        fields.List(fields.String()),
        metadata={"optional": True, "description": "Parameter and what is wrong with it, with 422."},
    )


def listen() -> None:
    """Speak the language a program asks for, where its address names none."""
    if f"{request.path}/".startswith(f"{ADDRESSES}/") and "samsvar.language" not in request.environ:
        g.language = request.accept_languages.best_match(languages(), default=SOURCE)


def say(status: int, fault: Exception) -> Response:
    """The problem document for a fault."""
    title, detail = _texts().get(status) or _texts()[500 if status >= 500 else 400]
    problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if isinstance(fault, SurveyError) and fault.args:
        problem["detail"] = str(fault.args[0])
    elif isinstance(fault, Refused):
        problem["detail"] = fault.description
        problem |= {"scope": fault.scope} if fault.scope else {}
    elif status == 422:
        problem["errors"] = _errors(fault)
    response = current_app.response_class(orjson.dumps(problem), status, mimetype=MEDIA_TYPE)
    response.content_language.add(spoken())
    response.vary.update(("Accept-Language", "Authorization"))
    return response


def _errors(fault: Exception) -> dict[str, list[str]]:
    """What webargs found: place -> parameter -> what is wrong. A text to be translated stands there without a list."""
    found: dict[str, dict[str, Any]] = getattr(fault, "data", {}).get("messages", {})
    named = [pair for place in found.values() for pair in place.items()]
    return {name: [str(one) for one in (told if isinstance(told, list) else [told])] for name, told in named}


def _texts() -> dict[int, tuple[str, str]]:
    """What is said for each status; the nearest for those not named."""
    return {
        400: (_("Begäran går inte att läsa"), _("Se docs/api.md för hur den ska se ut.")),
        401: (_("Nyckel saknas"), _("Skicka en nyckel i huvudet Authorization: Bearer.")),
        403: (_("Nyckeln räcker inte"), _("Gör en nyckel som får läsa det här.")),
        404: (_("Finns inte"), _("Det finns inget här, eller så får nyckeln inte se det.")),
        405: (_("Går bara att läsa"), _("Använd GET.")),
        406: (_("Går inte att få i det formatet"), _("Ändra huvudet Accept, eller ta bort det.")),
        422: (_("En parameter är fel"), _("Se errors för vilken, och vad som är fel.")),
        429: (_("Det går för fort"), _("Vänta så många sekunder som huvudet Retry-After säger.")),
        500: (_("Något gick fel hos oss"), _("Försök igen om en stund.")),
        503: (_("Tjänsten fungerar inte just nu"), _("Försök igen om en stund.")),
    }
