"""How gunicorn serves Samsvar: `gunicorn` in this folder reads this file.

No line of any log says who asked for what, or when.
"""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from pages.headers import ALWAYS
from settings import BadSetting, Settings

PATIENCE = 20
"""Seconds without a byte from somebody, or room for one, after which their line is closed: nobody keeps a thread."""

LONGEST = 120
"""Seconds a request may be worked at, besides waiting for its sender. A thread that takes longer never comes back, and
may hold what everybody waits for: its worker counts as hanging then."""


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
        if kind is not BlockingIOError:  # patience is at an end: nobody's fault, and a visitor
            super().error("The server failed: %s", kind.__name__ if kind else "")


class Refusal:
    """A line through which gunicorn's own refusals leave as strict as every answer, and without what was sent."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def sendall(self, refusal: bytes) -> None:
        """Its status, and no more of it."""
        headers = {**ALWAYS, "Cache-Control": "no-store", "Content-Length": "0", "Connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._line.sendall(refusal.partition(b"\r\n")[0] + f"\r\n{head}\r\n".encode())


class Heard:
    """What somebody sends; while they do, nobody works at it."""

    def __init__(self, body: Any, heard: Callable[[], None]) -> None:
        self._body, self._heard = body, heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def read(self, *size: int) -> bytes:
        """As of a file."""
        try:
            return bytes(self._body.read(*size))
        finally:
            self._heard()


class Watched:
    """The application, and since when each thread is in it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._since: dict[int, float] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self._note()
        environ["wsgi.input"] = Heard(environ["wsgi.input"], self._note)
        try:
            return self._app(environ, start)
        finally:
            del self._since[threading.get_ident()]

    @property
    def stuck(self) -> bool:
        """Whether a thread has been in it for too long."""
        return any(time.monotonic() - since > LONGEST for since in list(self._since.values()))

    def _note(self) -> None:
        self._since[threading.get_ident()] = time.monotonic()


class StrictWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, none of which can be kept by somebody slow or stay away for ever."""

    wsgi: Any

    def load_wsgi(self) -> None:
        """Watch what is served."""
        super().load_wsgi()
        self.wsgi = Watched(self.wsgi)

    def notify(self) -> None:
        """Tell the master that this worker lives, which it does not while a thread is stuck: it is replaced then."""
        if not self.wsgi.stuck:
            super().notify()

    def handle(self, conn: Any) -> Any:
        """A request, or none in time. nginx waits for the slow in our place; this is for where there is none."""
        if not conn.initialized:  # the first of a line that may bring many
            for side in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, side, struct.pack("ll", PATIENCE, 0))
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """What could not be read is refused without being repeated."""
        super().handle_error(req, Refusal(client), addr, exc)


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
worker_class = StrictWorker
timeout = 15
"""Seconds without a sign of life before a worker is replaced. It may hold the lock that all who send wait for."""
preload_app = True
logger_class = QuietLog
accesslog = None
loglevel = "warning"
control_socket_disable = True
