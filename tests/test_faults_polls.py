"""Killed with -9 while a room votes: every vote that was told to be saved is counted, once, as it was last saved."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

import pytest
from sqlalchemy import delete, select

from survey.installation import Installation
from survey.polls import voting
from survey.tables import ballot
from tests.poll_scene import hold
from tests.scene import SOAK
from tests.test_faults import PATIENCE, ask, await_more, serving

PEOPLE = 6
KILLS = 20 if SOAK else 1
"""How often all of it is killed; a worker twice as often."""


@dataclass
class Ledger:
    """What each phone was last told to be saved. Kept by the phones; the house has no part in it."""

    told: dict[str, str] = field(default_factory=dict)
    broken: int = 0

    def vote(self, port: int, code: str, phone: str, answer: str) -> None:
        """One vote, sent again until it is told to be saved."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                page = ask(port, "POST", f"/rosta/{code}", [("state", f"{phone}.ask.p_en"), ("p_en", answer)])
            except TimeoutError:
                raise
            except (OSError, HTTPException):
                self.broken += 1
            else:
                if page.kind == "saved":
                    self.told[phone] = answer
                    return
                assert page.status == 503, (page.status, page.kind)
            time.sleep(0.03)
        raise TimeoutError("nobody answered")

    def counts(self) -> dict[str, int]:
        return dict(Counter(self.told.values()))


@contextmanager
def voters(port: int, code: str, ledger: Ledger) -> Iterator[None]:
    """`PEOPLE` at a time vote, some of them twice, one after the other until the block ends; everybody may finish."""
    over = threading.Event()

    def come() -> None:
        while not over.is_set():
            phone = voting.new_token()
            for answer in random.choice((("1",), ("2",), ("1", "2"), ("2", "3"))):
                ledger.vote(port, code, phone, answer)

    with ThreadPoolExecutor(PEOPLE) as pool:
        coming = [pool.submit(come) for _one in range(PEOPLE)]
        try:
            yield
        finally:
            over.set()
    for each in coming:
        each.result()


def test_killed_while_a_room_votes_it_counts_every_vote_it_said_was_saved(installation: Installation) -> None:
    hall, ledger = hold(installation), Ledger()
    hall.open("p_en")
    with serving(installation) as server, voters(server.port, hall.poll.code or "", ledger):
        for _kill in range(KILLS):
            for _worker in range(2):
                await_more(ledger.told)
                server.kill_worker()
            await_more(ledger.told)
            server.kill()
            server.start()
        await_more(ledger.told)
    assert ledger.broken > 3, "the kills hit nobody"
    hall.close("p_en")
    assert hall.counts("p_en") == ledger.counts()


@pytest.mark.parametrize("fault", ["lost", "twice", "changed"])
def test_control_the_ledger_notices_a_vote_lost_counted_twice_or_changed(
    sqlite_installation: Installation, fault: str
) -> None:
    hall, ledger = hold(sqlite_installation), Ledger()
    hall.open("p_en")
    for phone in hall.phones(6):
        hall.vote("p_en", phone, "1")
        ledger.told[phone] = "1"
    if fault == "lost":
        with sqlite_installation.writing() as db:
            db.execute(delete(ballot).where(ballot.c.hash == select(ballot.c.hash).limit(1).scalar_subquery()))
    elif fault == "twice":
        hall.vote("p_en", voting.new_token(), "1")
    else:
        hall.vote("p_en", next(iter(ledger.told)), "2")
    hall.close("p_en")
    assert hall.counts("p_en") != ledger.counts()
