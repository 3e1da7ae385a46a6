"""How a room stands, told to every phone and wall that asks every other second, before the framework wakes up.

One look at the database each second and process prepares the answers of all rooms; a request is a dictionary, an ETag
and mostly a 304. Phones are told which question is open; the wall and the facilitator also how many are there and have
voted. On what, nothing here knows (`survey.polls.live`).
"""

import re
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

import orjson
from flask import Flask

from pages.context import House
from pages.headers import ALWAYS
from survey.errors import Unavailable
from survey.polls.live import Room, rooms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

END = "/lage"
_ADDRESS = re.compile(r"/rosta/([0-9]{6})(/vagg)?/lage")
FRESH = 0.7
"""Seconds between two looks. With the two seconds between a wall's questions it is never three behind."""
STALE = 15.0
"""Seconds after which an answer is too old to be given: the database has been away."""
Headers = list[tuple[str, str]]


class Prepared:
    """One answer, ready to be sent."""

    def __init__(self, told: Mapping[str, object]) -> None:
        self.body = orjson.dumps(told)
        self.etag = f'"{sha256(self.body).hexdigest()[:16]}"'
        self.headers: Headers = [
            *ALWAYS.items(),
            ("Cache-Control", "private, no-cache"),
            ("ETag", self.etag),
        ]
        self.whole: Headers = [
            *self.headers,
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(self.body))),
        ]


class Live:
    """WSGI middleware: answers `/rosta/<code>/lage` and `/rosta/<code>/vagg/lage`, and lets everything else through."""

    def __init__(self, app: "WSGIApplication", flask: Flask) -> None:
        self._app = app
        self._flask = flask
        self._answers: dict[str, Prepared] = {}
        self._looked = -STALE
        self._tried = -STALE
        self._looking = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.endswith(END) or not _ADDRESS.fullmatch(path) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        self._look()
        answer = self._answers.get(path)
        if time.monotonic() - self._looked > STALE:
            start_response("503 Service Unavailable", [*_AWAY.headers, ("Retry-After", "5")])
            return ()
        if answer is None:
            start_response("410 Gone", _GONE.whole)
            return _body(_GONE, environ)
        if environ.get("HTTP_IF_NONE_MATCH") == answer.etag:
            start_response("304 Not Modified", answer.headers)
            return ()
        start_response("200 OK", answer.whole)
        return _body(answer, environ)

    def _look(self) -> None:
        """See to it that the answers are fresh. One thread looks; the others meanwhile give what there is."""
        now = time.monotonic()
        if now - self._tried < FRESH or not self._looking.acquire(blocking=now - self._looked > STALE):
            return
        try:
            if time.monotonic() - self._tried >= FRESH:
                self._prepare()
                self._tried = time.monotonic()  # only now: whoever comes meanwhile with nothing in hand must wait
        finally:
            self._looking.release()

    def _prepare(self) -> None:
        house: House = self._flask.extensions["samsvar"]
        began = time.monotonic()
        try:
            with house.installation.reading() as db:
                found = rooms(db)
        except Unavailable:
            return
        self._answers = {path: answer for room in found.values() for path, answer in _answers(room).items()}
        self._looked = began


def _body(answer: Prepared, environ: "WSGIEnvironment") -> Iterable[bytes]:
    """Nothing after HEAD: the server would say in its log, each time, that it threw something away."""
    return () if environ["REQUEST_METHOD"] == "HEAD" else (answer.body,)


def _answers(room: Room) -> dict[str, Prepared]:
    """What a room's phones, and its wall, are told, by address."""
    stands = {"question": room.question, "state": room.state}
    counted = {**stands, "joined": room.joined, "votes": room.votes}
    return {
        f"/rosta/{room.code}{END}": Prepared(stands),
        f"/rosta/{room.code}/vagg{END}": Prepared(counted),
    }


_GONE = Prepared({"state": "ended"})
_AWAY = Prepared({})
