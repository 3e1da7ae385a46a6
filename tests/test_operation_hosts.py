"""Several hosts on one database: what runs at night runs on all of them at once and is done once; a replica may lag.

Hosts are processes of their own, with the same database and the same key folder, that begin each step together.
"""

import dataclasses
import multiprocessing
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from pyrage import x25519
from sqlalchemy import delete, event, func, select, text, update

from exports import case_statistics, groups
from staff import accounts
from staff.member import Grant
from survey import backup, db, key_copy, look, outbox, reminders, retention, teams
from survey.audit import verify
from survey.cases import parties, settings
from survey.db import Replica
from survey.errors import BadRequest, Unavailable
from survey.installation import Installation
from survey.polls import closing
from survey.release import release_due
from survey.repair import repair
from survey.tables import case_event, poll_count, purge_protocol, release, role, shown, staff_session, team
from tests.case_rows import Told, add, settled
from tests.conftest import Install
from tests.mail_server import free_port, serving
from tests.poll_scene import hold
from tests.scene import ASSOCIATION, SOAK, at, at_once, open_for, reply_all
from tests.staff_scene import HOME, World, answered, live_in, staffed
from tests.test_outbox import with_mail

HOSTS = 3
NIGHT = datetime(2027, 4, 1, 1, 15, tzinfo=UTC)
Told_ = Mapping[str, Any]


def _night(installation: Installation, folder: Path, key: str) -> Mapping[str, Callable[[], Any]]:
    """What the timers start."""
    return {
        "start": lambda: repair(installation),
        "polls": lambda: closing.close_due(installation),
        "released": lambda: release_due(installation, groups.close).released,
        "statistics": lambda: case_statistics.close_due(installation, NIGHT),
        "purged": lambda: [one.name for one in retention.purge(installation, NIGHT).purged],
        "reminded": lambda: dataclasses.astuple(reminders.remind(installation, NIGHT)),
        "sent": lambda: outbox.send_due(installation, NIGHT).sent,
        "backup": lambda: str(backup.back_up(installation, folder, [key], NIGHT).file),
        "keys": lambda: key_copy.write_copy(installation, folder.with_name("keys")),
    }


def _host(installation: Installation, folder: Path, key: str, together: Any, told: Any) -> None:
    own = dataclasses.replace(Installation.open(installation.settings), settings=installation.settings)
    done: dict[str, Any] = {}
    for name, step in _night(own, folder, key).items():
        together.wait(60)
        try:
            done[name] = step()
        except Exception as fault:
            done[name] = f"{type(fault).__name__}: {fault}"
    own.close()
    told.put(done)


def night_on_all(installation: Installation, folder: Path, key: str) -> list[Told_]:
    """The same night on each host; what each did of it, or why not."""
    installation.close()
    hosts = multiprocessing.get_context("fork")
    together, told = hosts.Barrier(HOSTS), hosts.Queue()
    running = [hosts.Process(target=_host, args=(installation, folder, key, together, told)) for _ in range(HOSTS)]
    for one in running:
        one.start()
    found = [told.get(timeout=120) for _ in running]
    for one in running:
        one.join(30)
    return found


def busy(installation: Installation) -> None:
    """Answers, votes and cases of which something is due on `NIGHT`."""
    settled(installation, "norr", "soder")
    for slug in ("norr", "soder"):
        reply_all(installation, open_for(installation, slug), 6)
    hall = hold(installation, again=True)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(6), "1", "2")
    add(installation, Told("2026-02-02", {"met": "2026-02-20", "closed": "2026-03-10"}))
    add(installation, Told("2026-02-02"))
    with installation.writing() as open_:
        accounts.add(open_, "kim@exempel.se", "Kim", Grant("coordinator", ASSOCIATION, "norr"))
        retention.decide(open_, ASSOCIATION, "closed", 12, "Dnr 2026/12", NIGHT.date())
        (kim,) = (one.id for one in accounts.accounts(open_))
        outbox.put(open_, kim, "task", "norr", NIGHT)


@pytest.mark.parametrize("installation", ["sqlite", "postgresql"] if SOAK else ["postgresql"], indirect=True)
def test_a_night_on_three_hosts_at_once_does_everything_once(installation: Installation, tmp_path: Path) -> None:
    busy(installation)
    key = backup.new_key(tmp_path / "elsewhere.key")
    port = free_port()
    with serving(port) as server:
        found = night_on_all(with_mail(at(installation, "2027-04-01"), f"smtp://127.0.0.1:{port}"), tmp_path / "b", key)
    faults = [one for done in found for one in done.values() if isinstance(one, str) and "Error" in one]
    assert faults == [], faults
    every = {name: [done[name] for done in found] for name in found[0]}
    assert sorted(n for done in every["released"] for _round, n in done) == [6, 6]
    assert len({one for done in every["polls"] for one in done}) == 1
    statistics = [tuple(one) for done in every["statistics"] for one in done]
    assert len(statistics) == len(set(statistics)) > 3
    assert sorted(one for done in every["purged"] for one in done) == ["norr/A-0001"]
    assert sum(done[0] for done in every["reminded"]) == 1
    addresses = [text for _address, text in server.taken]
    assert sum(every["sent"]) == len(addresses) == len(set(addresses)) > 0
    with installation.reading() as open_:
        assert verify(open_, installation.secrets, installation.anchor)
        assert open_.scalar(select(func.count()).select_from(release)) == 2
        assert open_.scalar(select(func.count()).select_from(purge_protocol)) == 1
        assert open_.scalar(select(func.sum(poll_count.c.n))) == 6
        kinds = open_.scalars(select(case_event.c.kind)).all()
    assert kinds.count("consent_expired") == 1
    assert list(installation.keys.path.glob("box-*.key")), "rounds that go on have a key each"
    assert every["keys"] == HOSTS * [1]
    (copy,) = set(every["backup"])
    pair = x25519.Identity.from_str((tmp_path / "elsewhere.key").read_text().strip())
    assert pyrage.decrypt(Path(copy).read_bytes(), [pair])
    assert [file.name for file in (tmp_path / "b").iterdir()] == [Path(copy).name]


def test_two_hosts_that_are_set_up_at_once_migrate_once(pg_url: str, install: Install) -> None:
    def migrated(told: Any) -> None:
        engine = db.make_engine(pg_url)
        try:
            db.migrate(engine)
            told.put("")
        except Exception as fault:
            told.put(str(fault))
        engine.dispose()

    whole = db.make_engine(pg_url)
    db.downgrade(whole, "0001")
    whole.dispose()
    hosts = multiprocessing.get_context("fork")
    told = hosts.Queue()
    running = [hosts.Process(target=migrated, args=(told,)) for _ in range(2)]
    for one in running:
        one.start()
    assert [told.get(timeout=60) for _ in running] == ["", ""]
    for one in running:
        one.join(30)
    assert install(pg_url)


def test_what_two_set_at_the_same_moment_is_what_the_one_or_the_other_has_set(
    postgresql_installation: Installation,
) -> None:
    house = postgresql_installation
    settled(house, "norr")
    seats = [(parties.named("af"), parties.named("fk")), (parties.named("fk"), parties.named("region"))]

    def both(one: Callable[..., object], other: Callable[..., object]) -> object:
        return at_once(house, one, other)[1]

    assert (
        both(
            lambda db: parties.set_seats(db, house, "norr", [parties.Seats(one) for one in seats[0]], "kim", NIGHT),
            lambda db: parties.set_seats(db, house, "norr", [parties.Seats(one) for one in seats[1]], "ada", NIGHT),
        )
        is None
    )
    assert (
        both(
            lambda db: settings.set_settings(db, house, ASSOCIATION, "norr", {"phone": "1"}, "kim", NIGHT),
            lambda db: settings.set_settings(db, house, ASSOCIATION, "norr", {"reply_days": 3}, "ada", NIGHT),
        )
        is None
    )
    assert both(*2 * [lambda db: look.keep(db, ASSOCIATION, look.Look(start={"sv": "Hej"}))]) is None
    assert (
        both(
            lambda db: teams.name_colleagues(db, "norr", ["Kim", "Lo"]),
            lambda db: teams.name_colleagues(db, "norr", ["Kim", "Bo"]),
        )
        is None
    )
    assert both(*2 * [lambda db: retention.decide(db, ASSOCIATION, "closed", 12, "Dnr 1", NIGHT.date())]) is None
    assert isinstance(both(*2 * [lambda db: teams.add_association(db, "nytt", "Förbundet Nytt")]), BadRequest)
    new = {"association": ASSOCIATION, "controller": "Kommunen"}
    assert isinstance(both(*2 * [lambda db: teams.add_team(db, "ost", "Team Öst", **new)]), BadRequest)
    with house.reading() as open_:
        assert [one.party for one in parties.seats(open_, "norr")] == list(seats[1])
        assert settings.own_settings(open_, ASSOCIATION, "norr") == {"phone": "1", "reply_days": 3}
        assert teams.colleagues(open_, "norr") == ("Bo", "Kim")


def test_who_would_go_on_seeing_the_database_as_it_was_cannot_wait_for_a_turn(
    postgresql_installation: Installation,
) -> None:
    with pytest.raises(ValueError, match="writer"), postgresql_installation.engine.begin() as open_:
        db.exclusively(open_)
    with postgresql_installation.writer.begin() as open_:
        db.exclusively(open_)


# --- a database that was away ----------------------------------------------------------------------------------------


def cut(installation: Installation) -> None:
    """Every connection but this one is ended by the server, as when it is started anew."""
    with installation.reading():
        pass  # at least one lies idle now
    engine = db.make_engine(installation.settings.database_url)
    with engine.connect() as other:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
        assert other.exec_driver_sql(f"{query} AND pid != pg_backend_pid()").all()
    engine.dispose()


def test_connections_that_the_server_has_left_are_not_used_again(postgresql_installation: Installation) -> None:
    for _ in range(3):
        cut(postgresql_installation)
        with postgresql_installation.reading() as open_:
            assert open_.execute(select(team)).all() == []


def test_control_without_a_look_somebody_meets_a_dead_connection(postgresql_installation: Installation) -> None:
    event.remove(postgresql_installation.engine, "checkout", db._refuse_dead)
    cut(postgresql_installation)
    with pytest.raises(Unavailable), postgresql_installation.reading() as open_:
        open_.execute(select(team)).all()
    with postgresql_installation.reading() as open_:  # and only one does
        assert open_.execute(select(team)).all() == []


def test_every_session_of_the_role_waits_for_locks_as_long_as_a_person(postgresql_installation: Installation) -> None:
    with postgresql_installation.reading() as open_:
        assert open_.exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
        assert open_.exec_driver_sql("SHOW tcp_keepalives_idle").scalar() is not None
    with postgresql_installation.writing(60) as open_:
        assert open_.exec_driver_sql("SHOW lock_timeout").scalar() == "1min"
    with postgresql_installation.writing() as open_:  # the session is as it was
        assert open_.exec_driver_sql("SHOW lock_timeout").scalar() == "5s"


# --- a replica -------------------------------------------------------------------------------------------------------


QUARTER = f"/personal/utvardering/{HOME}/tiny/2026-Q3"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Figures of the third quarter are made."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 32)
    world.release()
    return world


@pytest.fixture
def replica(world: World, tmp_path: Path) -> Replica:
    """A copy in which the team is called otherwise, so that it can be known from where a page is read."""
    file = db.database_file(world.installation.engine)
    world.installation.close()  # then all of it lies in the file
    shutil.copy(file or "", tmp_path / "replica.db")
    copy = Replica(f"sqlite:///{tmp_path / 'replica.db'}", 1)
    with copy.engine.begin() as other:
        named = func.replace(shown.c.contents, "Team norr", "Team kopia")
        other.execute(update(shown).values(contents=named))
    return copy


def read(world: World, replica: Replica) -> str:
    """The page of the team's figures, where there is this replica."""
    live_in(world.app, dataclasses.replace(world.installation, replica=replica))
    page = world.visit("eva").get(f"{QUARTER}/team/norr")
    assert page.status_code == 200
    return page.text


def test_figures_are_read_from_the_replica(world: World, replica: Replica) -> None:
    assert "Team kopia" in read(world, replica)


def test_what_a_replica_has_not_heard_of_is_read_from_the_database(world: World, replica: Replica) -> None:
    with replica.engine.begin() as there:
        there.execute(delete(shown))
    assert "Team kopia" not in read(world, replica)
    with replica.engine.begin() as there:
        there.execute(text("DROP TABLE shown"))  # nor of an upgrade
    assert "Team kopia" not in read(world, replica)


def test_while_the_replica_is_away_the_database_is_read_and_it_is_asked_now_and_then_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Replica("postgresql://nobody@127.0.0.1:1/nothing", 1)
    assert "Team kopia" not in read(world, away)
    monkeypatch.setattr(away.engine, "connect", lambda: pytest.fail("it was asked again at once"))
    assert "Team kopia" not in read(world, away)


def test_nobody_is_let_in_or_named_by_what_the_replica_says(world: World, replica: Replica) -> None:
    browser = world.visit("eva")
    with replica.engine.begin() as there:
        there.execute(delete(role))
        there.execute(delete(staff_session))
    assert "Team kopia" in read(world, replica), "who may read is asked of the database"
    with world.installation.writing() as here:
        here.execute(delete(role).where(role.c.account == world.accounts["eva"]))
    assert browser.get(f"{QUARTER}/team/norr").status_code == 404, "at once, whatever a replica that lags still knows"
