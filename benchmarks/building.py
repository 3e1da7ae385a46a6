"""The author's pages: 300 questions in 12 languages may cost at most five times the staff poll's seven in two."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from flask.testing import FlaskClient

from app import create_app
from benchmarks.measure import Measured, compare, processor_seconds
from benchmarks.scene import scene
from forms.library import shipped
from forms.model import Choice, Form, Page, Question, Text
from pages.gate import LOOPBACK_COOKIE
from settings import Settings
from staff import accounts, sessions
from survey import authoring
from survey.authoring import Stamp

QUESTIONS = 300
LANGUAGES = ("sv", "en", "fi", "ar", "so", "ti", "fa", "uk", "pl", "es", "tr", "am")
VIEWS = 8
_LARGE, _SMALL = "stort", "litet"

PAGES: Mapping[str, str] = {
    "tasks": "",
    "about": "namn",
    "protection": "skydd",
    "list": "fragor/",
    "bank": "fragor/bank",
    "question": "fraga/{question}/",
    "text": "fraga/{question}/text",
    "choices": "fraga/{question}/svar",
    "rules": "fraga/{question}/regler",
    "shown": "fraga/{question}/visas",
    "preview": "fraga/{question}/visa",
    "routes": "vagar",
    "languages": "sprak",
    "translate": "sprak/en",
    "try": "prova/",
    "walk": "prova/ga",
    "all": "prova/alla",
    "outline": "prova/disposition",
    "check": "kontroll",
    "publish": "publicera",
    "history": "historik",
}
"""Every page of the builder that tells of a whole form or of a question in it."""


def building() -> Iterator[Measured]:
    """Processor time of each page, drawn again and again, for the long form against the poll."""
    with _author() as client:
        for name, path in PAGES.items():
            long, short = (_address(form, path) for form in (_LARGE, _SMALL))
            ours, bare = (lambda at=at: _views(client, at) for at in (long, short))
            yield compare(f"author_{name}", "<= 5", "s CPU per page", ours, bare)


def _address(form: str, path: str) -> str:
    question = "q5" if form == _LARGE else "mp_natverk"
    return f"/personal/formular/{form}/{path.format(question=question)}"


def _views(client: FlaskClient, path: str) -> float:
    return processor_seconds(lambda: [_page(client, path) for _view in range(VIEWS)]) / VIEWS


def _page(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status)
    return bytes(answer.data)


@contextmanager
def _author() -> Iterator[FlaskClient]:
    """Somebody signed in who writes both forms."""
    with scene() as at:
        now = sessions.now()
        poll = max((one for one in shipped() if one.id == "staff_poll"), key=lambda one: one.version)
        with at.installation.writing() as db:
            for title, form in (("Stort", long_form()), ("Litet", poll)):
                stamp = Stamp("Mät Person", datetime.now(UTC), authoring.new_submission())
                authoring.start_copy(db, form, title, "matt", stamp)
            who = accounts.add(db, "mat@exempel.se", "Mät Person", accounts.grant(db, "author", "matt"))
            reference = sessions.begin(db, who, now)
        client = create_app(Settings.load(at.environ)).test_client()
        client.set_cookie(LOOPBACK_COOKIE, reference)
        yield client


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
        themes={},
        start=(),
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
    return Question(f"q{number}", "choice", asked, "open", choices=(*choices, refusal))


def _text(words: str) -> Text:
    return Text({language: words if language == "sv" else f"{words} ({language})" for language in LANGUAGES})
