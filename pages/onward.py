"""Where somebody who has just signed in goes on."""

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException


def onward() -> str:
    """The page somebody was on the way to, if it is one of ours; otherwise the start page of their roles."""
    wanted = request.args.get("next", "")
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not wanted.startswith("/personal/"):
        return url_for("start.start_page")
    try:
        adapter.match(wanted.partition("?")[0], method="GET")
    except HTTPException:
        return url_for("start.start_page")
    return request.script_root + wanted
