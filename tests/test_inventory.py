"""P27 of PRIVACY.md: only what is listed in `docs/data-inventory.md` is stored, in the database, in files, in logs."""

import ast
import logging
import sqlite3
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from exports import groups, making
from exports.export import Selection, write_xlsx
from exports.making import Order
from survey.db import database_file
from survey.installation import Installation
from survey.release import release_due
from tests.case_office import office
from tests.scene import at, open_for, reply_all, settle

ROOT = Path(__file__).parent.parent
ROOMS = ("app.py", "commands", "demonstration", "forms", "survey", "exports", "staff", "pages", "api")


def rows(section: str) -> Iterator[list[str]]:
    """The rows of the table under a heading of the page."""
    page = (ROOT / "docs" / "data-inventory.md").read_text("utf-8")
    part = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    for line in part.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def listed(section: str) -> list[str]:
    return [row[0] for row in rows(section)]


def stored_columns(installation: Installation) -> set[str]:
    with installation.reading() as db:
        look = inspect(db)
        return {f"{table}.{column['name']}" for table in look.get_table_names() for column in look.get_columns(table)}


def test_every_column_there_is_is_listed_and_no_other(installation: Installation) -> None:
    assert len(listed("Tables")) == len(set(listed("Tables")))
    assert set(listed("Tables")) == stored_columns(installation)


def test_control_a_column_added_by_hand_is_seen(installation: Installation) -> None:
    with installation.writing() as db:
        db.execute(text("CREATE TABLE visitor (address TEXT)"))
    try:
        assert stored_columns(installation) - set(listed("Tables")) == {"visitor.address"}
    finally:
        with installation.writing() as db:
            db.execute(text("DROP TABLE visitor"))


@pytest.mark.parametrize("section", ["Tables", "Files", "Log streams"])
def test_every_line_says_what_for_of_which_class_and_how_long(section: str) -> None:
    assert all(len(row) == (3 if section == "Log streams" else 4) and all(row) for row in rows(section))


def left_behind(installation: Installation) -> set[str]:
    """Files in the installation's folders that the page does not list, by the end of their path."""
    folders = {installation.settings.instance, installation.keys.path.parent}
    paths = {str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*") if path.is_file()}
    return {path for path in paths if not any(fnmatch(path, pattern) for pattern in listed("Files"))}


def a_day(installation: Installation) -> None:
    with installation.writing() as db:
        settle(db, "norr")
    reply_all(installation, open_for(installation, "norr"), 6)
    release_due(at(installation, "2026-10-01"), groups.close)
    files, order = installation.settings.instance / "files", Order("eva", Selection("exempel", "tiny"), "csv")
    whole = making.wait(files, making.ask(files, order, lambda out: out.write(b"whole")), 20)
    cut_off = making.wait(files, making.ask(files, order, lambda out: out.seek(-1)), 20)
    assert (whole.state, cut_off.state) == ("ready", "lost")


def test_a_days_work_leaves_only_listed_files(installation: Installation) -> None:
    a_day(installation)
    assert left_behind(installation) == set()


def test_a_referral_leaves_only_listed_files(installation: Installation) -> None:
    office(installation).send()
    assert left_behind(installation) == set()
    assert {path.name.split("-")[0] for path in installation.keys.path.rglob("*") if path.is_file()} == {
        "case",
        "audit.anchor",
        "rotation",
    }


def test_control_a_file_beside_the_database_is_seen(sqlite_installation: Installation) -> None:
    a_day(sqlite_installation)
    file = database_file(sqlite_installation.engine)
    assert file
    sqlite3.connect(file.with_name("copy.db")).executescript("CREATE TABLE x (y)").close()
    assert left_behind(sqlite_installation) == {"copy.db"}


SERVER = {"gunicorn.error"}
"""What the server in front of the application says for itself, by `gunicorn.conf.py:QuietLog`."""


def loggers(source: str) -> set[str]:
    """The names of the loggers that code asks for; "?" where the name is made up as it goes, or the framework's."""
    return {name for node in ast.walk(ast.parse(source)) for name in _asked_for(node)}


def _asked_for(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr == "logger":
        yield "?"
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "getLogger":
        named = node.args[0] if node.args else None
        yield str(named.value) if isinstance(named, ast.Constant) else "?"


def sources() -> dict[str, str]:
    paths = [
        path for room in ROOMS for path in ([ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py"))
    ]
    return {str(path): path.read_text("utf-8") for path in paths}


def test_every_logger_there_is_is_listed_and_no_other() -> None:
    found = [name for source in sources().values() if "ogger" in source for name in loggers(source)]
    assert {*found, *SERVER} == set(listed("Log streams"))


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('logging.getLogger("samsvar.visitors")', "samsvar.visitors"),
        ("getLogger(__name__)", "?"),
        ("logging.getLogger()", "?"),
        ("current_app.logger.info(request.remote_addr)", "?"),
    ],
)
def test_control_a_new_logger_is_seen(planted: str, found: str) -> None:
    assert loggers(planted) - set(listed("Log streams")) == {found}


@pytest.fixture
def said() -> Iterator[set[str]]:
    """Which loggers say anything, whatever the level."""
    found: set[str] = set()
    root, before = logging.getLogger(), logging.getLogger().level
    listening = logging.Handler()
    listening.emit = lambda record: found.add(record.name)  # type: ignore[method-assign]
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield found
    root.setLevel(before)
    root.removeHandler(listening)


def test_a_days_work_says_only_what_is_listed(sqlite_installation: Installation, said: set[str]) -> None:
    a_day(sqlite_installation)
    assert said <= set(listed("Log streams"))
    assert "samsvar.making" in said, "one file was cut off, and that is said"


def test_a_referral_says_nothing(sqlite_installation: Installation, said: set[str]) -> None:
    office(sqlite_installation).send()
    assert said == set()


def test_control_a_line_of_another_stream_is_heard(said: set[str]) -> None:
    logging.getLogger("visitors").debug("192.0.2.7")
    assert said - set(listed("Log streams")) == {"visitors"}


def test_nothing_is_left_in_the_machines_temporary_folder(
    sqlite_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    a_day(sqlite_installation)
    with sqlite_installation.reading() as db:
        write_xlsx(db, Selection("exempel", "tiny"), BytesIO())
    assert list(temporary.iterdir()) == []


def test_control_what_is_left_there_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with tempfile.NamedTemporaryFile(delete=False):
        assert list(tmp_path.iterdir()) != []
