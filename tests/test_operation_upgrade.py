"""A database of the first release comes up to today's and back again, with everything in it, on both databases.

`upgrade/first-release.tar.xz` is an installation as the first released version made it, database, secrets and keys: two
teams, answers that are released and answers that wait, quotes that are published, staff. Everything in it is invented.
"""

import secrets
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert

from exports import groups
from forms.library import shipped
from survey import db, transcript
from survey.audit import Entry, record
from survey.db import downgrade, make_engine, migrate, newest_revision, revision_of
from survey.errors import NotFound
from survey.installation import Installation, set_up
from survey.published import publish
from survey.release import release_due
from survey.rounds import round_by_code
from survey.tables import consent_wording
from tests.case_rows import WORDING, Told, add
from tests.conftest import settings_for
from tests.poll_scene import hold
from tests.scene import SOAK, at, reply

FIRST = Path(__file__).parent / "upgrade" / "first-release.tar.xz"
UNSPENT = "WCLH-RYHT"
"""A slip of the first release that nobody has used yet."""
_FIRST = "0001"
Content = Mapping[str, list[Mapping[str, Any]]]


def content(db: Connection) -> Content:
    """Table -> its rows, column by column."""
    tables: dict[str, list[Mapping[str, Any]]] = {}
    table, columns = "", list[str]()
    for told in map(orjson.loads, transcript.lines(db)):
        if isinstance(told, list):
            tables[table].append(dict(zip(columns, told, strict=True)))
        elif "table" in told:
            table, columns = told["table"], told["columns"]
            tables[table] = []
    return tables


def kept(before: Content, now: Content) -> Content:
    """What there is now of the tables and columns there were before."""
    columns = {table: rows[0].keys() if rows else () for table, rows in before.items()}
    return {table: [{name: row[name] for name in columns[table]} for row in now[table]] for table in before}


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Engine]:
    """The database of the first release, as it lay on its disk."""
    with tarfile.open(FIRST) as packed:
        packed.extractall(tmp_path, filter="data")
    for folder in ("instance", "secret", "secret/keys"):
        (tmp_path / folder).chmod(0o700)
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'samsvar.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def before(first: Engine) -> Content:
    with first.connect() as db:
        assert revision_of(db) == _FIRST
        found = content(db)
    assert len(found["sealed"]) == 11
    assert len(found["response"]) == 32
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, first: Engine) -> str:
    """Where the same database lies, on each kind in turn, still at the first revision."""
    if request.param == "sqlite":
        return str(first.url)
    server = request.getfixturevalue("pg_server")
    with psycopg.connect(server.format("postgres"), autocommit=True) as admin:
        name = f"first_{secrets.token_hex(6)}"
        admin.execute(f"CREATE DATABASE {name}".encode())
    there = make_engine(server.format(name))
    with first.connect() as db:
        transcript.take_in(there, transcript.lines(db))
    downgrade(there, _FIRST)
    there.dispose()
    return str(server.format(name))


@pytest.fixture
def upgraded(url: str, before: Content, tmp_path: Path) -> Iterator[Installation]:
    """The installation after `flask setup` of today's version."""
    installation = set_up(settings_for(tmp_path, url))
    yield installation
    installation.close()


def test_the_first_releases_database_comes_up_and_goes_back_with_every_row(
    upgraded: Installation, before: Content
) -> None:
    with upgraded.reading() as db:
        assert revision_of(db) == newest_revision() != _FIRST
        assert kept(before, content(db)) == before
    downgrade(upgraded.engine, _FIRST)
    with upgraded.reading() as db:
        assert content(db) == before
    migrate(upgraded.engine)
    with upgraded.reading() as db:
        assert kept(before, content(db)) == before


@pytest.mark.parametrize("url", ["sqlite", "postgresql"] if SOAK else ["sqlite"], indirect=True)
def test_answering_and_releasing_go_on_after_the_upgrade_and_none_of_it_is_lost_on_the_way_back(
    upgraded: Installation, before: Content
) -> None:
    with upgraded.reading() as db:
        round_ = round_by_code(db, upgraded, UNSPENT)
    reply(upgraded, round_, UNSPENT)
    assert [n for _round, n in release_due(at(upgraded, "2026-10-02"), groups.close).released] == [9]
    hall = hold(upgraded, again=True)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(5), "1")
    with upgraded.writing() as db:
        for form in shipped():
            publish(db, form)
        db.execute(insert(consent_wording).values(hash=WORDING, version="sc-1.0", language="sv", text="Får de prata?"))
        record(db, upgraded.secrets, Entry("command", "asked"), upgraded.now())
    add(upgraded, Told("2026-08-02"))
    with upgraded.reading() as db:
        assert sorted({one.period for one in groups.each(db, "exempel", "tiny")}) == ["2026-Q2", "2026-Q3"]
        used = content(db)
    downgrade(upgraded.engine, _FIRST)
    with upgraded.reading() as db:
        back = content(db)
    assert back.keys() == before.keys()
    assert back == kept(back, used)
    assert len(back["response"]) == 32 + 9


def test_a_revision_there_is_none_of_changes_nothing(first: Engine, before: Content) -> None:
    for wrong in ("base", "9999", ""):
        with pytest.raises(NotFound):
            downgrade(first, wrong)
    with first.connect() as db:
        assert content(db) == before


def test_the_files_of_the_revisions_are_named_in_the_order_they_follow_each_other() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(db.__file__).parent.parent / "migrations"))
    newest_first = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(db._revisions()) == newest_first[::-1]
    assert newest_revision() == newest_first[0]
