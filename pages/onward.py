"""Where somebody who has just signed in goes on."""

from collections.abc import Collection

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException


def onward() -> str:
    """The page somebody was on the way to, if it is one of ours; otherwise the start page of their roles."""
    return request.script_root + request.args["next"] if _view() else url_for("start.start_page")


def leads_into(blueprints: Collection[str]) -> bool:
    """Whether the page somebody was on the way to is one of theirs."""
    return _view().partition(".")[0] in blueprints


def _view() -> str:
    """The view that shows the page somebody was on the way to; "" where it is none of ours."""
    wanted = request.args.get("next", "")
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not wanted.startswith("/personal/"):
        return ""
    try:
        view, _named = adapter.match(wanted.partition("?")[0], method="GET")
    except HTTPException:
        return ""
    return str(view)
