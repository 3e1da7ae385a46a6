"""The API as a whole: how a view is declared and described, and how the application gets it.

flask-smorest reads parameters, writes what a schema names, and describes both in `/api/openapi.json`. Faults are told
by `api.problems`, who may ask is held by the gate.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import Flask, Response, request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotAcceptable

from api import problems
from api.schemas import PERIOD, Asked, Told
from exports.export import FILES
from pages.language import spoken
from staff.member import Scope
from staff.policy import program, public

View = TypeVar("View", bound=Callable[..., Any])
KEY = "key"
"""The name of the bearer scheme in the description."""
REFUSALS = (401, 403, 404, 406, 422, 429, 500, 503)
"""What any view may answer besides what it is asked for."""
JSON = "application/json"
PLACES: Mapping[str, Mapping[str, Any]] = {
    "association": {"description": "The association's short name.", "example": "exempel"},
    "team": {"description": "The team's short name.", "example": "norr"},
    "form_id": {"description": "The form's id.", "example": "experience"},
    "period": {"description": "As 2026-Q3, 2026-09 or 2026.", "schema": {"type": "string", "pattern": PERIOD}},
    "kind": {"description": "Kind of file.", "schema": {"type": "string", "enum": list(FILES)}},
}
"""What the parts of an address are."""


class StrictParser(FlaskParser):
    """Parameters that mean nothing are refused: a misspelt one would silently give another answer."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE}  # noqa: RUF012  as webargs has it


class Views(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of views that programs read."""

    ARGUMENTS_PARSER = StrictParser()

    def reads(
        self, address: str, scope: Scope | None, gives: type[Told], asks: type[Asked] = Asked
    ) -> Callable[[View], View]:
        """Declare a view: where it is, which scope a key needs for it, what it gives and what it takes."""

        def _declare(view: View) -> View:
            @wraps(view)
            def _told(**named: Any) -> Any:
                acceptable(JSON)
                return view(**named)

            self._describe(address, scope, asks, self.response(200, gives)(program(scope)(_told)))
            return view

        return _declare

    def downloads(
        self, address: str, scope: Scope, media_types: Iterable[str], asks: type[Asked]
    ) -> Callable[[View], View]:
        """Declare a view that gives a file of one of these types, and says itself whether that is `acceptable`."""

        def _declare(view: View) -> View:
            told = program(scope)(view)
            for media_type in sorted(set(media_types)):
                told = self.response(200, {}, content_type=media_type)(told)
            self._describe(address, scope, asks, told)
            return view

        return _declare

    def _describe(self, address: str, scope: Scope | None, asks: type[Asked], view: Callable[..., Any]) -> None:
        for status in REFUSALS:
            view = self.alt_response(status, HTTPStatus(status).name)(view)
        view = self.arguments(asks, location="query", as_kwargs=True)(view)
        view = self.doc(security=[{KEY: [scope] if scope else []}])(view)
        places = [{"name": name, "in": "path", **about} for name, about in PLACES.items() if f"<{name}>" in address]
        self.route(address, parameters=places)(view)


class Service(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest without its own way of telling faults, which drops `Allow` among others."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None of its own: see `api.problems`."""

    def _register_responses(self) -> None:
        for status in map(HTTPStatus, REFUSALS):
            problem = {"description": status.phrase, "content": {problems.MEDIA_TYPE: {"schema": problems.Problem}}}
            self.spec.components.response(status.name, problem, lazy=True)

    @public
    def _openapi_json(self) -> Response:
        return super()._openapi_json()  # type: ignore[no-any-return]


def register(app: Flask, views: Views) -> None:
    """Give `app` the API, described at `/api/openapi.json`. Nothing that would draw the description is served."""
    app.before_request(problems.listen)
    app.after_request(_vary)
    app.config["OPENAPI_URL_PREFIX"] = problems.ADDRESSES
    app.json.ensure_ascii = app.json.sort_keys = False  # type: ignore[attr-defined]
    about = {"description": "What an evaluator sees on the pages, for programs to read. See docs/api.md."}
    service = Service(app, spec_kwargs={"title": "Samsvar", "version": "1", "openapi_version": "3.1.0", "info": about})
    service.spec.components.security_scheme(KEY, {"type": "http", "scheme": "bearer"})
    service.register_blueprint(views)
    del app.cli.commands["openapi"]  # the description is had by asking for it


def acceptable(media_type: str) -> None:
    """Raise `NotAcceptable` where the program says that it cannot read this."""
    if request.accept_mimetypes and not request.accept_mimetypes[media_type]:
        raise NotAcceptable


def _vary(response: Response) -> Response:
    if request.blueprint == "api":
        response.vary.update(("Accept-Language", "Authorization"))
        if response.mimetype == JSON:  # files are in Swedish, whoever asks
            response.content_language.add(spoken())
    return response
