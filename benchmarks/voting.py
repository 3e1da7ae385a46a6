"""What a room of a thousand phones costs: waiting for the next question, and voting on one."""

import asyncio
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import orjson

from benchmarks.answering import bare_server
from benchmarks.bare import CHOICES, QUESTIONS
from benchmarks.measure import Measured, compare
from benchmarks.phones import ask, spread
from benchmarks.scene import Scene, scene
from benchmarks.server import processor_seconds, serving
from survey.polls import closing, holding, leading, results
from survey.polls.holding import find_poll
from survey.published import newest

PHONES = 1000
WAIT = 8.0
"""Seconds between a phone's questions once the room has been still for a while (static/vote.js)."""
EAGER = 2.0
"""Seconds between its questions just after something has happened, and always between the wall's."""
IDLE = 10.0
VOTING = 60.0
"""Seconds in which all vote."""
_STATE = re.compile(rb'name="state" value="([^"]+)"')
_BARE_POST = "&".join(f"{question}={CHOICES[0]}" for question in QUESTIONS).encode()


@dataclass(frozen=True)
class Room:
    """A poll of the scene whose first question is open."""

    at: Scene
    id: str
    code: str
    question: str

    def votes(self) -> dict[str, int]:
        """What the question comes to once it is closed."""
        closing.close_question(self.at.installation, self.id, self.question)
        with self.at.installation.reading() as db:
            return dict(results.results(db, find_poll(db, self.id))[self.question].votes)


@dataclass
class Evening:
    """What happened while all voted."""

    took: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)
    """When each vote was told to be saved."""
    lag: float = 0.0

    @property
    def p99(self) -> float:
        return sorted(self.took)[int(len(self.took) * 0.99)]

    def seen(self, votes: int, before: int, now: float) -> None:
        """The wall shows so many votes; the first of those it did not show before has waited the longest."""
        if votes > before and len(self.acknowledged) > before:
            self.lag = max(self.lag, now - sorted(self.acknowledged)[before])


def poll_idle() -> Measured:
    """Cores used by a thousand phones that wait for the next question, against a bare view asked as often."""
    with room() as held, serving("", held.at.environ) as (port, pid), bare_server("") as (bare, bare_pid):
        path = f"/rosta/{held.code}/lage"
        etag = asyncio.run(ask(port, "GET", path)).etag
        return compare(
            "poll_idle",
            "ours <= 0.2",
            "cores",
            lambda: asyncio.run(_idle(port, pid, path, etag, 304)),
            lambda: asyncio.run(_idle(bare, bare_pid, "/", b"", 200)),
            turns=3,
        )


def poll_vote(name: str = "poll_vote", url: str = "", bare_url: str = "") -> Iterator[Measured]:
    """A thousand phones vote while all and the wall go on asking; the slowest vote in a hundred, and the wall."""
    with room(url) as held, serving("", held.at.environ) as (port, _pid):
        evening = asyncio.run(_evening(held, port))
        counted = held.votes()
    assert sum(counted.values()) == PHONES == len(evening.took), (counted, len(evening.took))
    with bare_server(bare_url) as (bare, _bare_pid):
        theirs = asyncio.run(_bare_evening(bare))
    yield Measured(name, evening.p99, theirs.p99, evening.p99 / theirs.p99, "ours <= 0.25", "s")
    yield Measured(f"{name}_wall", evening.lag, EAGER, evening.lag / EAGER, "ours <= 3", "s")


@contextmanager
def room(url: str = "") -> Iterator[Room]:
    """A poll in a room whose first question is open."""
    with scene(url) as at:
        with at.installation.writing() as db:
            form = newest(db, "staff_poll")
            begun = holding.start(db, at.installation, "matt", None, form)
            first = form.questions[0].id
            leading.open_question(db, at.installation, begun.id, first)
        yield Room(at, begun.id, begun.code or "", first)


async def _idle(port: int, pid: int, path: str, etag: bytes, status: int) -> float:
    async def look() -> None:
        assert (await ask(port, "GET", path, etag=etag)).status == status

    before, began = processor_seconds(pid), time.perf_counter()
    await spread([look] * round(PHONES * IDLE / WAIT), IDLE)
    return (processor_seconds(pid) - before) / (time.perf_counter() - began)


async def _evening(held: Room, port: int) -> Evening:
    """Every phone asks as `static/vote.js` does, ever more seldom, and votes at a moment of its own."""
    evening, over, chance = Evening(), asyncio.Event(), Random(1)
    address, stands = f"/rosta/{held.code}", f"/rosta/{held.code}/lage"

    async def vote() -> None:
        page = await ask(port, "GET", address)
        state = _STATE.search(page.body)
        assert state, page
        saved = await ask(port, "POST", address, b"state=%s&%s=1" % (state[1], held.question.encode()))
        assert saved.status == 200, saved
        evening.took.append(saved.seconds)
        evening.acknowledged.append(time.perf_counter())

    async def phone(votes_at: float) -> None:
        etag, wait, began = b"", EAGER, time.perf_counter()
        await asyncio.sleep(chance.uniform(0, EAGER))
        while not over.is_set():
            now = time.perf_counter() - began
            if now >= votes_at:
                await vote()
                etag, wait, votes_at = b"", EAGER, math.inf
            told = await ask(port, "GET", stands, etag=etag)
            wait = min(wait * 1.1, WAIT) if told.status == 304 else EAGER
            etag = told.etag
            await asyncio.sleep(min(wait * chance.uniform(0.8, 1.2), max(votes_at - now, 0.0)))

    async def wall() -> None:
        shown = 0
        while shown < PHONES:
            told = orjson.loads((await ask(port, "GET", f"/rosta/{held.code}/vagg/lage")).body)
            evening.seen(told["votes"], shown, time.perf_counter())
            shown = told["votes"]
            await asyncio.sleep(EAGER)
        over.set()

    everybody = [phone(VOTING * number / PHONES) for number in range(PHONES)]
    await asyncio.gather(wall(), *everybody)
    return evening


async def _bare_evening(port: int) -> Evening:
    """The same pace on the bare application: a page, then one durable row; nobody asks how it stands."""
    evening = Evening()

    async def send() -> None:
        await ask(port, "GET", "/")
        sent = await ask(port, "POST", "/", _BARE_POST)
        assert sent.status == 200, sent
        evening.took.append(sent.seconds)

    await spread([send] * (PHONES // 4), VOTING / 4)
    return evening
