"""The door for programs: a key in `Authorization: Bearer ...`, and nothing else. No cookie is read and none is set.

The answers follow RFC 6750; what is said of them is `api.problems`. Who may do what is `staff.policy`.
"""

from collections.abc import Mapping
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from pages.context import house
from staff import sessions, tokens
from staff.member import Scope
from staff.policy import Program, authorise

REALM = "Samsvar"


class Refused(HTTPException):
    """A program is not let in; `challenge` is why, as its header says it, and `scope` what its key lacks."""

    def __init__(self, code: int, why: str, challenge: Mapping[str, str], scope: Scope | None = None) -> None:
        super().__init__(why)
        self.code, self.challenge, self.scope = code, challenge, scope

    def get_headers(self, *args: Any, **more: Any) -> list[tuple[str, str]]:
        """With the challenge that says how to be let in."""
        challenge = ", ".join(f'{name}="{value}"' for name, value in {"realm": REALM, **self.challenge}.items())
        return [*super().get_headers(*args, **more), ("WWW-Authenticate", f"Bearer {challenge}")]


def recognise(policy: Program) -> None:
    """Let a program through to what the address names, as whoever its key was made for.

    Raises `Refused` without a key that has the scope, and `NotFound` like `staff.policy.authorise`.
    """
    scheme, _space, key = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(401, _("Skicka en nyckel i huvudet Authorization: Bearer."), {})
    with house().reading() as db:
        bearer = tokens.bearer(db, house().secrets, key.strip(), sessions.now())
        if bearer is None:
            raise Refused(401, _("Nyckeln gäller inte. Gör en ny i Samsvar."), {"error": "invalid_token"})
        if policy.scope is not None and policy.scope not in bearer.scopes:
            raise _beyond(policy.scope)
        authorise(db, bearer.member, policy, request.view_args or {})
    g.member = bearer.member


def _beyond(scope: Scope) -> Refused:
    why = _("Nyckeln saknar rätten %(scope)s. Gör en nyckel som har den.", scope=scope)
    return Refused(403, why, {"error": "insufficient_scope", "scope": scope}, scope)
