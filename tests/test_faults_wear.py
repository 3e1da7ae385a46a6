"""A server that is worked hard weighs as much afterwards as when it had warmed up: memory and file handles stay flat.

An hour of an ordinary day in some minutes: people who answer, some of whom hang up in the middle, and an evaluator who
reads figures and makes files, all at once and without a pause, against gunicorn as shipped. It is weighed from outside.
Longer than a server that leaks could hide it; what leaks on purpose is found (`SOAK=1`).
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from staff import sessions
from survey import teams
from survey.installation import Installation
from tests.scene import SOAK, tiny
from tests.staff_scene import HOME, World, answered, staffed
from tests.test_faults import Ledger, Server, crowd
from tests.visits import House

SECONDS = 300
SLIPS = 60_000
HANDLES = 6
"""How many more may be open than before: lines that are being answered, files that are being made."""
MEMORY = 1.05
"""How much more there may be than before: what is loaded once is loaded by then, but memory comes in pieces."""
PAGES = ("", "2026-Q3/", "mal", "filer", "hamta/csv", "2026-Q3/hamta/xlsx", "2026-Q3/hamta/zip", "citat")
LEAKING = (
    "from pathlib import Path; exec(Path('gunicorn.conf.py').read_text()); kept = []\n"
    "def post_request(worker, req, environ, resp): kept.append((open('/dev/null'), bytes(50_000)))\n"
)


@dataclass(frozen=True)
class Weight:
    """What master and workers hold together: bytes of memory, each shared one counted once, and open files."""

    memory: int
    handles: int


def weight(server: Server) -> Weight:
    """What the server weighs now."""
    memory = handles = 0
    for process in server.everyone():
        with suppress(FileNotFoundError, ProcessLookupError):  # a worker that has just been replaced
            told = Path(f"/proc/{process}/smaps_rollup").read_text()
            memory += next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:"))
            handles += len(os.listdir(f"/proc/{process}/fd"))
    return Weight(memory, handles)


def wear(weights: Sequence[Weight]) -> list[str]:
    """In what the server is heavier in the last quarter of the time than in the third; before that it warms up."""
    quarter = len(weights) // 4
    before, after = weights[2 * quarter : 3 * quarter], weights[-quarter:]
    handles = [median(each.handles for each in part) for part in (before, after)]
    memory = [median(each.memory for each in part) for part in (before, after)]
    return [
        *([f"{handles[0]:.0f} open files became {handles[1]:.0f}"] if handles[1] > handles[0] + HANDLES else []),
        *([f"{memory[0]:.0f} bytes became {memory[1]:.0f}"] if memory[1] > memory[0] * MEMORY else []),
    ]


@contextmanager
def reading(port: int, world: World) -> Iterator[None]:
    """An evaluator goes from page to page and file to file until the block ends."""
    with world.installation.writing() as db:
        cookie = f"samsvar={sessions.begin(db, world.accounts['eva'], sessions.now())}"
    over = threading.Event()

    def read() -> int:
        read = 0
        while not over.is_set():
            for page in PAGES:
                with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
                    line.request("GET", f"/personal/utvardering/{HOME}/tiny/{page}", headers={"Cookie": cookie})
                    got = line.getresponse()
                    got.read()
                    assert got.status in (200, 303), (page, got.status)
                    read += 1
        return read

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        try:
            yield
        finally:
            over.set()
    assert reader.result() > len(PAGES)


def worked(installation: Installation, seconds: int, **more: str) -> list[Weight]:
    """What the server weighs, twice a second, while it is worked hard; what the clients were told is held against the
    box."""
    world = staffed(installation)
    answered(world, world.home, 32, words="Bra möte")
    world.release("2026-10-01")
    with world.installation.writing() as db:
        teams.add_team(db, "roslagen", "Team Roslagen", association=HOME, controller="Kommunen", phone="08-123 45 67")
    house = House(world.installation)
    ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
    server, weights = Server(world.installation.settings, more), []
    try:
        with crowd(server.port, ledger), reading(server.port, world):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                weights.append(weight(server))
                time.sleep(0.5)
        time.sleep(0.2)  # whoever hung up is still being answered
    finally:
        server.kill()
    assert ledger.faults(house) == []
    assert len(ledger.thanked) > seconds
    return weights


def test_what_grows_is_told_apart_from_what_goes_up_and_down() -> None:
    def course(memory: Callable[[int], int], handles: Callable[[int], int]) -> list[Weight]:
        return [Weight(memory(n), handles(n)) for n in range(400)]

    assert wear(course(lambda n: 10**8 + n % 7 * 10**6, lambda n: 40 + n % 5)) == []
    assert wear(course(lambda n: min(n, 80) * 10**6, lambda n: min(n, 60))) == [], "what is loaded in the beginning"
    assert len(wear(course(lambda n: 10**8 + n * 10**5, lambda _n: 40))) == 1
    assert len(wear(course(lambda _n: 10**8, lambda n: 40 + n // 10))) == 1


if SOAK:

    def test_after_much_work_memory_and_open_files_are_what_they_were(installation: Installation) -> None:
        assert wear(worked(installation, SECONDS)) == []

    def test_control_a_server_that_keeps_something_of_each_request_is_found_out(
        sqlite_installation: Installation, tmp_path: Path
    ) -> None:
        (tmp_path / "leaking.py").write_text(LEAKING)
        weights = worked(sqlite_installation, 40, GUNICORN_CMD_ARGS=f"--config {tmp_path / 'leaking.py'}")
        assert len(wear(weights)) == 2
