"""The author's pages: 300 questions in 12 languages may cost at most five times the staff poll's seven in two.

Each page is measured as it is met: again and again, after somebody has changed the form in another process, and as the
first page of a new process. Each save is measured after the form has been looked at. Every figure has a process of its
own.
"""

import gc
import os
import re
import secrets
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from benchmarks.measure import Measured, compare, processor_seconds
from benchmarks.scene import scene
from forms.library import shipped
from forms.model import Choice, Form, Page, Passage, Question, Text
from pages.gate import LOOPBACK_COOKIE
from settings import Settings
from staff import accounts, sessions
from survey import authoring
from survey.authoring import Stamp

QUESTIONS = 300
LANGUAGES = ("sv", "en", "fi", "ar", "so", "ti", "fa", "uk", "pl", "es", "tr", "am")
VIEWS = 8
TURNS = 3
_LARGE, _SMALL = "stort", "litet"
_HIDDEN = re.compile(r'name="(csrf_token|seen)" value="([^"]+)"')

PAGES: Mapping[str, str] = {
    "tasks": "",
    "about": "namn",
    "protection": "skydd",
    "themes": "teman",
    "list": "fragor/",
    "type": "fragor/ny",
    "new": "fragor/ny?typ=choice",
    "bank": "fragor/bank",
    "question": "fraga/{question}/",
    "kind": "fraga/{question}/typ",
    "text": "fraga/{question}/text",
    "choices": "fraga/{question}/svar",
    "rules": "fraga/{question}/regler",
    "shown": "fraga/{question}/visas",
    "test": "fraga/{question}/visas/ny?om={first}",
    "part": "fraga/{question}/del",
    "preview": "fraga/{question}/visa",
    "remove": "fraga/{question}/ta-bort",
    "routes": "vagar",
    "languages": "sprak",
    "translate": "sprak/en",
    "missing": "sprak/en?visa=saknas",
    "try": "prova/",
    "walk": "prova/ga",
    "all": "prova/alla",
    "outline": "prova/disposition",
    "check": "kontroll",
    "publish": "publicera",
    "history": "historik",
    "compare": "jamfor",
    "version": "version/1",
    "discard": "kasta",
}
"""Every page of the builder that tells of a whole form or of a question in it."""

SAVES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "text": ("fraga/{question}/text", {"text": "Hur gick det i går?"}),
    "choices": ("fraga/{question}/svar", {"kod-0": "1", "svar-0": "Bra", "nya": "Mindre bra\nDåligt"}),
    "rules": ("fraga/{question}/regler", {"required": "y", "privacy": "open"}),
    "show": ("fraga/{question}/visas/ny", {"om": "{first}", "svar": "{code}", "op": "in"}),
    "part": ("fraga/{question}/del", {"del": "En ny del"}),
    "remove": ("fraga/{question}/ta-bort", {}),
    "add": ("fragor/ny", {"typ": "choice", "text": "Var det bra?", "efter": "{question}"}),
    "down": ("fragor/flytta", {"ner": "{question}"}),
    "place": ("fragor/plats", {"fraga": "2", "plats": "5"}),
    "about": ("namn", {"title": "Ett annat namn"}),
    "protect": ("skydd", {"with_code": "Skriv koden."}),
    "translate": ("sprak/en", {"t:questions/{question}/text": "How did it go yesterday?"}),
    "undo": ("angra", {}),
}
"""What is saved: address and what is typed."""


def building() -> Iterator[Measured]:
    """Processor time of each page and each save for the long form against the poll."""
    with _author() as author:
        for name, path in PAGES.items():
            yield _compared(f"author_{name}", partial(_again, author, path))
            yield _compared(f"author_{name}_changed", partial(_changed, author, path))
            yield _compared(f"author_{name}_new", partial(_new, author, path))
        for name, (path, typed) in SAVES.items():
            yield _compared(f"save_{name}", partial(_saved, author, path, typed))


Author = Callable[[], FlaskClient]
"""Somebody signed in who writes both forms, in this very process."""


def _compared(name: str, seconds: Callable[[str], float]) -> Measured:
    return compare(name, "<= 5", "s CPU", lambda: seconds(_LARGE), lambda: seconds(_SMALL), TURNS)


def _again(author: Author, path: str, form: str) -> float:
    """A page that is drawn again and again."""

    def work() -> float:
        client = author()
        _get(client, form, path)
        return processor_seconds(lambda: [_get(client, form, path) for _view in range(VIEWS)]) / VIEWS

    return _apart(work)


def _changed(author: Author, path: str, form: str) -> float:
    """A page that has been shown, after another process has changed a question."""

    (shown, show), (changed, change) = os.pipe(), os.pipe()

    def work() -> float:
        client = author()
        _get(client, form, path)
        os.write(show, b".")
        os.read(changed, 1)
        return processor_seconds(lambda: _get(client, form, path))

    def meanwhile() -> None:
        os.read(shown, 1)
        _reworded(author, form)
        os.write(change, b".")

    try:
        return _apart(work, meanwhile)
    finally:
        for end in (shown, show, changed, change):
            os.close(end)


def _reworded(author: Author, form: str) -> None:
    """Somebody changes a question in a process of their own."""
    _apart(lambda: _post(author(), form, "fraga/{question}/text", {"text": f"Nytt {secrets.token_hex(4)}?"}))


def _new(author: Author, path: str, form: str) -> float:
    """The first page that a process draws."""
    return _apart(lambda: processor_seconds(lambda: _get(author(), form, path)))


def _saved(author: Author, path: str, typed: Mapping[str, str], form: str) -> float:
    """A page that is sent after it has been shown, and taken back again."""

    def work() -> float:
        client = author()
        seconds = _post(client, form, path, typed)
        _post(client, form, "angra", {})
        return seconds

    _reworded(author, form)
    return _apart(work)


def _apart(work: Callable[[], float], meanwhile: Callable[[], None] = lambda: None) -> float:
    """What `work` says, done in a process of its own that begins as a server's do: the application is there, and
    nothing has been asked of it. Raises where it failed."""
    out, back = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(back, repr(work()).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(back)
    meanwhile()
    with os.fdopen(out) as told:
        found = told.read()
    os.waitpid(child, 0)
    return float(found)


def _filled(form: str, text: str) -> str:
    large = form == _LARGE
    first, question, code = ("q4", "q5", "2") if large else ("mp_struktur", "mp_natverk", "1")
    return text.format(question=question, first=first, code=code)


def _get(client: FlaskClient, form: str, path: str) -> str:
    answer = client.get(f"/personal/formular/{form}/{_filled(form, path)}")
    assert answer.status_code == 200, (path, answer.status)
    return str(answer.text)


def _post(client: FlaskClient, form: str, path: str, typed: Mapping[str, str]) -> float:
    """Seconds to send it. Sent from a page as it stands now."""
    page = _get(client, form, "namn")
    hidden = dict(_HIDDEN.findall(page))
    sent = {_filled(form, key): _filled(form, value) for key, value in typed.items()}
    sent |= {"csrf_token": hidden["csrf_token"], "seen": hidden["seen"], "submission": secrets.token_hex(16)}
    address = f"/personal/formular/{form}/{_filled(form, path)}"

    def send() -> None:
        answer = client.post(address, data=sent)
        assert answer.status_code == 303, (path, answer.status, answer.text)

    return processor_seconds(send)


@contextmanager
def _author() -> Iterator[Author]:
    """Both forms, published once and being written again."""
    with scene() as at:
        now = sessions.now()
        poll = max((one for one in shipped() if one.id == "staff_poll"), key=lambda one: one.version)
        poll = replace(poll, title=Text({"sv": "Litet", "en": "Small"}))
        with at.installation.writing() as db:
            for form in (long_form(), poll):
                made = authoring.start_copy(db, form, "", "matt", _stamp())
                authoring.publish(db, made, authoring.read(db, made).revision, _stamp())
                authoring.reopen(db, made, _stamp())
            who = accounts.add(db, "mat@exempel.se", "Mät Person", accounts.grant(db, "author", "matt"))
            reference = sessions.begin(db, who, now)
        app: Flask = create_app(Settings.load(at.environ))

        def author() -> FlaskClient:
            client = app.test_client()
            client.set_cookie(LOOPBACK_COOKIE, reference)
            return client

        gc.collect()
        gc.freeze()  # as in a server: what was loaded before the fork is not looked through by each process
        yield author


def _stamp() -> Stamp:
    return Stamp("Mät Person", datetime.now(UTC), authoring.new_submission())


def long_form() -> Form:
    """An anonymous form of so many questions in so many languages, five answers to each, in parts of ten."""
    pages = [Page(f"s{n}", (_question(n),), part=_text(f"Del {n // 10 + 1}")) for n in range(QUESTIONS)]
    poll = next(one for one in shipped() if one.id == "experience")
    return replace(
        poll,
        id=_LARGE,
        pool=_LARGE,
        languages=LANGUAGES,
        title=_text("Stort"),
        pages=tuple(pages),
        scales=(),
        themes={"tema_1": _text("Mötet")},
        start=(Passage(_text("Det tar nittio minuter"), ()),),
        protection=(),
        with_code=None,
        more=(),
        end=(),
        fingerprint="",
    )


def _question(number: int) -> Question:
    choices = tuple(Choice(str(n), _text(f"Svar nummer {n} av fem")) for n in range(1, 6))
    refusal = Choice("-88", _text("Vill inte svara"), exclusive=True)
    asked = _text(f"Hur gick det med sak nummer {number}?")
    return Question(f"q{number}", "choice", asked, "open", choices=(*choices, refusal), theme="tema_1")


def _text(words: str) -> Text:
    return Text({language: words if language == "sv" else f"{words} ({language})" for language in LANGUAGES})
