"""How soon the server answers, and what it holds while it waits."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.answering import bare_server
from benchmarks.clients import Line
from benchmarks.measure import Measured, compare
from benchmarks.scene import scene
from benchmarks.server import family, serving

Serving = AbstractContextManager[tuple[int, int]]


def starting() -> Iterator[Measured]:
    """Time to the first page of an installation that is set up, and the memory of two idle workers."""
    with scene() as at:

        def ours() -> Serving:
            return serving("", at.environ)

        yield compare("start", "ours <= 5", "s", lambda: _start(ours()), lambda: _start(bare_server("")), turns=3)
        yield compare(
            "start_memory", "ours <= 150", "MB", lambda: _hold(ours()), lambda: _hold(bare_server("")), turns=1
        )


def _start(server: Serving) -> float:
    began = time.perf_counter()
    with server as (port, _pid):
        assert Line(port).ask("GET", "/")[0] == 200
        return time.perf_counter() - began


def _hold(server: Serving) -> float:
    """Megabytes of the master and its workers, pages they share counted once."""
    with server as (port, pid):
        for _page in range(8):
            assert Line(port).ask("GET", "/")[0] == 200
        return sum(_proportional(process) for process in family(pid)) / 1024


def _proportional(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
