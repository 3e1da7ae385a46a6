"""Whoever runs Samsvar is told when something is wrong, and never anything about those who answer."""

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from shutil import _ntuple_diskusage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from pages.operation import in_words
from survey import clock, health
from survey.health import KINDS, Kind, Trouble
from survey.installation import Installation
from survey.tables import account, association, box, night, outbox
from tests.scene import at, open_for, reply_all, settle
from tests.staff_scene import World, staffed
from tests.visits import House, house_on

Break = Callable[[Installation, pytest.MonkeyPatch], Installation]


@pytest.fixture
def well(installation: Installation) -> Installation:
    """A round that is answered, yesterday's backup, nothing wrong."""
    with installation.writing() as db:
        settle(db, "norr")
    reply_all(installation, open_for(installation, "norr"), 6)
    settings = dataclasses.replace(installation.settings, today=None)
    running = dataclasses.replace(installation, settings=settings)
    health.note_backup(running, running.now() - timedelta(hours=20))
    clock.begin_night(running)
    with running.writing() as db:  # as if every period until today had been closed
        closed = "2999-Q4"
        db.execute(update(association).values(closed_through=closed))
    return running


def kinds(installation: Installation) -> list[Kind]:
    return [one.kind for one in health.troubles(installation, installation.now())]


def test_a_well_installation_has_nothing_to_tell(well: Installation) -> None:
    assert health.troubles(well, well.now()) == ()


def _no_key(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    for file in well.keys.path.glob("box-*.key"):
        file.unlink()
    return well


def _not_released(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    with well.writing() as db:
        db.execute(update(association).values(closed_through="2026-Q1"))
    return well


def _not_scrubbed(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    with well.writing() as db:
        db.execute(update(box).values(state="emptied"))
    return well


def _no_room(well: Installation, patch: pytest.MonkeyPatch) -> Installation:
    patch.setattr("survey.health.shutil.disk_usage", lambda _path: _ntuple_diskusage(9**10, 9**10, 10**6))
    return well


def _old_backup(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    health.note_backup(well, well.now() - timedelta(days=3))
    return well


def _fixed_day(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    return at(well, str(well.now().date()))


def _late_clock(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    clock.begin_night(at(well, "2999-10-02"), date(2999, 10, 2))
    return well


def _no_night(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    with well.writing() as db:
        db.execute(update(night).values(began_on=well.today() - timedelta(days=3)))
    return well


def _mail_away(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    made = well.now() - timedelta(hours=3)
    with well.writing() as db:
        db.execute(insert(account).values(id="kim", email="kim@exempel.se", name="Kim"))
        notice = {"id": "n1", "account": "kim", "notice": "task", "team": "norr", "made": made, "due": made, "tries": 4}
        db.execute(insert(outbox).values(**notice))
    return well


def _old_tables(well: Installation, _patch: pytest.MonkeyPatch) -> Installation:
    with well.writing() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    return well


@pytest.mark.parametrize(
    ("kind", "harm"),
    [
        ("key", _no_key),
        ("release", _not_released),
        ("scrub", _not_scrubbed),
        ("disk", _no_room),
        ("backup", _old_backup),
        ("clock", _fixed_day),
        ("clock", _late_clock),
        ("night", _no_night),
        ("mail", _mail_away),
    ],
)
def test_each_harm_is_told_of_and_nothing_else(
    well: Installation, monkeypatch: pytest.MonkeyPatch, kind: Kind, harm: Break
) -> None:
    assert kinds(harm(well, monkeypatch)) == [kind]


def test_a_database_of_another_version_is_told_of_and_the_service_is_not_ready(
    sqlite_installation: Installation,
) -> None:
    client = house_on(sqlite_installation).app.test_client()
    assert client.get("/readyz").status_code == 200
    _old_tables(sqlite_installation, pytest.MonkeyPatch())
    assert kinds(sqlite_installation) == ["revision"]
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_told_of(sqlite_installation: Installation, tmp_path: Path) -> None:
    settings = dataclasses.replace(sqlite_installation.settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    away = Installation.open(settings)
    assert kinds(away) == ["database"]
    assert not health.ready(away)


# --- pages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_installation: Installation) -> House:
    return house_on(sqlite_installation)


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.app.test_client()


def test_metrics_name_every_trouble_and_no_team(client: FlaskClient) -> None:
    told = client.get("/metrics").text
    for kind in KINDS:
        assert f'samsvar_trouble{{kind="{kind}"}}' in told
    assert 'samsvar_trouble{kind="backup"} 1.0' in told
    assert "samsvar_free_bytes" in told
    assert "roslagen" not in told


def test_metrics_are_for_this_network_only(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "8.8.8.8"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200


def test_metrics_are_the_same_however_many_have_answered(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settle(db, "norr")
    opened = open_for(sqlite_installation, "norr")
    client = House(sqlite_installation).app.test_client()

    def told() -> list[str]:
        return [line for line in client.get("/metrics").text.splitlines() if "free_bytes" not in line]

    before = told()
    reply_all(sqlite_installation, opened, 7)
    assert told() == before


def test_the_administrator_reads_in_words_what_to_do(sqlite_installation: Installation) -> None:
    world: World = staffed(sqlite_installation)
    page = world.visit("ada").get("/personal/admin/lage")
    assert "Det finns ingen säkerhetskopia." in page.text
    assert "flask --app app backup" in page.text
    assert world.visit("kim").get("/personal/admin/lage").status_code == 404


def test_every_trouble_has_words(client: FlaskClient, house: House) -> None:
    with house.app.test_request_context("/"):
        for kind in KINDS:
            what, remedy = in_words(Trouble(kind))
            assert what.endswith(".")
            assert remedy.endswith(".")
