"""How gunicorn serves Samsvar: `gunicorn` in this folder reads this file.

No line of any log says who asked for what, or when.
"""

import os
import sys
from typing import Any

from gunicorn.glogging import Logger

from settings import BadSetting, Settings


class QuietLog(Logger):  # type: ignore[misc]
    """gunicorn's log without its visitors: no access log, no addresses, nothing of what a request said.

    When somebody answered is as telling as what: a respondent leaves no line at all (PRIVACY.md 2).
    """

    def access(self, resp: object, req: object, environ: object, request_time: object) -> None:
        """Nothing, even where an access log is asked for on the command line."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: gunicorn's own lines of this level name each request."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """As gunicorn says it, but for requests that could not be read: those lines hold address and request."""
        if "request" in msg.lower():
            super().warning("A request could not be read.")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, *_said: object, **_more: object) -> None:
        """What kind of fault, without what was asked for: messages of exceptions and gunicorn's own line quote it."""
        kind = sys.exc_info()[0]
        super().error("The server failed: %s", kind.__name__ if kind else "")


def _settings() -> Settings:
    try:
        return Settings.load()
    except BadSetting as fault:
        sys.exit(fault.message)


_told = _settings()
wsgi_app = "app:serve()"
bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
workers = _told.workers
threads = _told.threads
worker_class = "gthread"
preload_app = True
logger_class = QuietLog
accesslog = None
loglevel = "warning"
control_socket_disable = True
