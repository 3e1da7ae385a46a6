"""An installation: its secrets and folders, its tables, and how the database is spoken to."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from settings import BadSetting
from survey import db as survey_db
from survey.errors import Unavailable
from survey.installation import Installation, set_up
from survey.tables import association, metadata
from tests.conftest import settings_for
from tests.scene import settle


def test_set_up_makes_secrets_only_the_owner_reads_and_keeps_them(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'instance' / 'samsvar.db'}")
    first = set_up(settings)
    secret_files = [settings.kek_file, settings.instance / "secret.key", settings.instance / "samsvar.db"]
    assert {oct(path.stat().st_mode & 0o777) for path in secret_files} == {"0o600"}
    assert settings.key_dir.stat().st_mode & 0o777 == 0o700
    again = set_up(settings)
    assert again.secrets.derive("box") == first.secrets.derive("box")
    assert again.secrets.derive("box") != again.secrets.derive("ticket")
    first.close()
    again.close()


def test_an_installation_without_its_secrets_is_not_opened(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "sqlite://")
    with pytest.raises(BadSetting, match="setup"):
        Installation.open(settings)


@pytest.mark.parametrize("broken", ["kek_file", "secret_key"])
def test_a_secret_of_the_wrong_length_is_refused(tmp_path: Path, broken: str) -> None:
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'instance' / 'samsvar.db'}")
    set_up(settings).close()
    path = settings.kek_file if broken == "kek_file" else settings.instance / "secret.key"
    path.write_bytes(b"short")
    with pytest.raises(BadSetting, match="32"):
        Installation.open(settings)


def test_keys_beside_the_data_are_refused_outside_the_demonstration(tmp_path: Path) -> None:
    beside = {"SAMSVAR_INSTANCE": str(tmp_path)}
    from_default = set_up(type(settings_for(tmp_path, "")).load(beside))
    with pytest.raises(BadSetting, match="SAMSVAR_KEY_DIR"):
        from_default.refuse_keys_beside_the_data()
    with from_default.writing() as db:
        db.execute(insert(association).values(slug="exempel", name="Exempel", demonstration=True))
    from_default.refuse_keys_beside_the_data()
    with from_default.writing() as db:
        db.execute(insert(association).values(slug="riktig", name="Riktig", demonstration=False))
    with pytest.raises(BadSetting, match="SAMSVAR_KEY_DIR"):
        from_default.refuse_keys_beside_the_data()
    from_default.close()


def test_keys_apart_from_the_data_are_accepted(installation: Installation) -> None:
    installation.refuse_keys_beside_the_data()


def test_the_migrated_database_is_what_the_tables_say(installation: Installation) -> None:
    with installation.reading() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []
        checks = {
            (name, check["name"]) for name in metadata.tables for check in inspect(db).get_check_constraints(name)
        }
    declared = {
        (table.name, each.name)
        for table in metadata.tables.values()
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }
    assert checks == declared


def test_migrations_go_down_and_up_again(installation: Installation) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(survey_db.__file__).parent.parent / "migrations"))
    with installation.writing() as db:
        config.attributes["connection"] = db
        command.downgrade(config, "base")
        assert set(inspect(db).get_table_names()) == {"alembic_version"}
        command.upgrade(config, "head")
    with installation.writing() as db:
        settle(db, "norr")


def test_every_sqlite_connection_is_set_up_alike(sqlite_installation: Installation) -> None:
    wanted = {"secure_delete": 1, "foreign_keys": 1, "synchronous": 2, "journal_mode": "wal"}
    with sqlite_installation.reading() as one, sqlite_installation.reading() as two:
        for db in (one, two):
            assert {name: db.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted


def test_swedish_letters_are_kept_as_they_are(installation: Installation) -> None:
    with installation.writing() as db:
        db.execute(insert(association).values(slug="oster", name="Östra Åkers ängar"))
        assert db.scalar(select(association.c.slug).where(association.c.name.like("Ö%Å%ä%"))) == "oster"


def test_a_block_that_fails_changes_nothing(installation: Installation) -> None:
    def fail() -> None:
        with installation.writing() as db:
            settle(db, "norr")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with installation.reading() as db:
        assert db.scalars(select(association.c.slug)).all() == []


def test_writers_take_turns_in_the_order_they_came(sqlite_installation: Installation) -> None:
    served: list[int] = []
    holding, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with sqlite_installation.writing():
            holding.set()
            enough.wait()

    def write(number: int) -> None:
        with sqlite_installation.writing():
            served.append(number)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    holding.wait()
    for number in range(8):
        threads.append(threading.Thread(target=write, args=(number,)))
        threads[-1].start()
        time.sleep(0.02)
    enough.set()
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_a_locked_database_is_unavailable_not_an_error(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = survey_db.database_file(sqlite_installation.engine)
    assert file
    with sqlite_installation.writing() as db:
        db.exec_driver_sql("PRAGMA busy_timeout = 50")
    stranger = sqlite3.connect(file, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable), sqlite_installation.writing():
        pytest.fail("nobody should have got here")
    stranger.execute("ROLLBACK")
    stranger.close()
    with sqlite_installation.writing() as db:
        settle(db, "norr")


def test_a_full_disk_is_unavailable_and_leaves_nothing_half_done(sqlite_installation: Installation) -> None:
    many = [{"slug": f"a{number}", "name": "x" * 2000} for number in range(500)]
    with sqlite_installation.writing() as db:
        db.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(Unavailable), sqlite_installation.writing() as db:
        db.execute(insert(association), many)
    with sqlite_installation.reading() as db:
        assert db.scalars(select(association.c.slug)).all() == []


def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    engine = survey_db.make_engine(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(Unavailable), survey_db.calm(), engine.connect():
        pytest.fail("nobody should have got here")


def test_a_fault_of_ours_is_not_called_unavailable(sqlite_installation: Installation) -> None:
    with pytest.raises(OperationalError), sqlite_installation.reading() as db:
        db.execute(text("SELECT * FROM no_such_table"))


def test_no_exception_tells_what_was_in_a_statement(installation: Installation) -> None:
    with pytest.raises(IntegrityError) as caught, installation.writing() as db:
        db.execute(insert(association).values(slug="hemligt-svar", name="x", mix=1))
    assert "hemligt-svar" not in str(caught.value).replace(str(caught.value.orig), "")
