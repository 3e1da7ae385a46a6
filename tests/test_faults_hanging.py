"""A worker that hangs is replaced, and nobody loses what they were thanked for: stopped where it stands, also while it
holds the lock that all writers wait for, or with a thread in it that never comes back.

`make test` looks at what tells a hanging thread from a slow sender; `SOAK=1` lets real servers hang under load.
"""

import os
import random
import runpy
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from survey.db import database_file
from survey.installation import Installation
from tests.scene import SOAK, tiny
from tests.test_faults import SLIPS, Ledger, Server, await_more, crowd
from tests.visits import house_on

ROOT = Path(__file__).parent.parent
LONGEST, TIMEOUT = 120, 15
"""What `gunicorn.conf.py` says, in seconds."""
KILLED = 5
"""Seconds from when a worker counts as hanging until it is gone, at the most."""


# --- what hangs, and what is only slow --------------------------------------------------------------------------------


@pytest.fixture
def conf(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    """What `gunicorn.conf.py` makes."""
    monkeypatch.chdir(ROOT)
    return runpy.run_path("gunicorn.conf.py")


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def in_midst(conf: Mapping[str, Any], work: Callable[[Any], None], body: bytes = b"") -> tuple[bool, bool]:
    """Whether the application counts as stuck when `work` is nearly done with a request, and afterwards."""
    found = []

    def app(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        work(environ["wsgi.input"])
        found.append(watched.stuck)
        return []

    watched = conf["Watched"](app)
    watched({"wsgi.input": BytesIO(body)}, None)
    return found[0], watched.stuck


def test_a_request_that_takes_too_long_makes_its_worker_count_as_hanging(conf: Mapping[str, Any], clock: Clock) -> None:
    def work(seconds: float) -> Callable[[Any], None]:
        return lambda _body: setattr(clock, "now", clock.now + seconds)

    assert (conf["LONGEST"], conf["timeout"]) == (LONGEST, TIMEOUT)
    assert in_midst(conf, work(LONGEST + 1)) == (True, False)
    assert in_midst(conf, work(LONGEST - 1)) == (False, False)


def test_somebody_who_sends_slowly_does_not(conf: Mapping[str, Any], clock: Clock) -> None:
    """Or anybody could have workers replaced as they like."""

    def read(body: Any) -> None:
        while body.read(1):
            clock.now += LONGEST - 1

    assert in_midst(conf, read, b"slow") == (False, False)


# --- under load -------------------------------------------------------------------------------------------------------


def hang(server: Server, ledger: Ledger, stop: Callable[[Server], int]) -> tuple[float, int]:
    """Seconds until the worker that `stop` stops is replaced, and how many were told something meanwhile."""
    await_more(ledger.told)
    began, told = time.monotonic(), len(ledger.told)
    victim = stop(server)
    while victim in server.everyone() or len(server.everyone()) < 3:
        assert time.monotonic() - began < TIMEOUT + KILLED, "it is not replaced"
        time.sleep(0.05)
    return time.monotonic() - began, len(ledger.told) - told


def any_worker(server: Server) -> int:
    """One of the workers stops where it stands."""
    victim = random.choice(server.everyone()[1:])
    os.kill(victim, signal.SIGSTOP)
    return victim


def whoever_writes(installation: Installation) -> Callable[[Server], int]:
    """The worker stops that holds the lock on SQLite's file, which all who send wait for."""
    lock = f"{database_file(installation.engine)}.lock"

    def holds(process: int) -> bool:
        inode = f":{os.stat(lock).st_ino}"
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines() if "->" not in line]
        return any(row[1] == "FLOCK" and row[4] == str(process) and row[5].endswith(inode) for row in rows)

    def stop(server: Server) -> int:
        while True:
            for process in server.everyone()[1:]:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGSTOP)
                    time.sleep(0.002)
                    if holds(process):
                        return process
                    os.kill(process, signal.SIGCONT)
                    time.sleep(0.002)

    return stop


def survive(
    installation: Installation, stop: Callable[[Server], int], times: int, **more: str
) -> list[tuple[float, int]]:
    """Whole visits while one worker after the other hangs; what the clients were told is held against the box."""
    house = house_on(installation)
    ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
    server = Server(installation.settings, more)
    try:
        with crowd(server.port, ledger):
            hung = [hang(server, ledger, stop) for _time in range(times)]
            await_more(ledger.told)
        time.sleep(0.2)  # whoever hung up is still being answered
    finally:
        server.kill()
    assert ledger.faults(house) == []
    return hung


if SOAK:

    def test_a_worker_that_is_stopped_is_replaced_and_the_other_goes_on(postgresql_installation: Installation) -> None:
        hung = survive(postgresql_installation, any_worker, 3)
        assert min(told for _seconds, told in hung) > 50, "the other one answers"

    def test_a_worker_that_is_stopped_with_the_lock_in_its_hand_holds_people_up_until_it_is_replaced(
        sqlite_installation: Installation,
    ) -> None:
        hung = survive(sqlite_installation, whoever_writes(sqlite_installation), 3)
        assert max(told for _seconds, told in hung) < 50, "it did hold the lock"

    @pytest.mark.parametrize("watches", [True, False])
    def test_a_thread_that_never_comes_back_with_the_lock_in_its_hand_has_its_worker_replaced(
        sqlite_installation: Installation, tmp_path: Path, watches: bool
    ) -> None:
        how = f"LONGEST = 2; timeout = 3; wsgi_app = \"tests.hanging:serve('{tmp_path / 'once'}')\""
        how += "" if watches else "; worker_class = 'gthread'"  # control
        (tmp_path / "how.py").write_text(f"from pathlib import Path; exec(Path('gunicorn.conf.py').read_text()); {how}")

        def once(server: Server) -> int:
            (tmp_path / "once").touch()
            while not (held := (tmp_path / "once").read_text()):
                time.sleep(0.01)
            return int(held)

        more = {"GUNICORN_CMD_ARGS": f"--config={tmp_path / 'how.py'}"}
        if watches:
            survive(sqlite_installation, once, 1, **more)
        else:
            with pytest.raises(AssertionError, match="it is not replaced"):
                survive(sqlite_installation, once, 1, **more)
