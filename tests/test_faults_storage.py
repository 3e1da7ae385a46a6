"""A disk that becomes read-only, a clock that jumps back, and in the soak a database that is gone for a minute, or
slow: people are asked to try again, and nothing they were thanked for is lost or doubled.
"""

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress

import pytest
from sqlalchemy import select, update

from exports import groups
from survey.db import database_file
from survey.errors import Unavailable
from survey.installation import Installation
from survey.release import release_due
from survey.tables import association
from tests.conftest import Install
from tests.scene import SOAK, at, open_for, reply, settle, tiny
from tests.test_faults import (
    ROUNDS,
    SLIPS,
    Ledger,
    Mortal,
    Server,
    await_more,
    crowd,
    mortal,
    no_room_to_grow,
    serving,
    stay_calm,
)
from tests.visits import house_on

__all__ = ["mortal"]


@contextmanager
def read_only(server: Server, installation: Installation) -> Iterator[None]:
    """The disk with the database can only be read, as after a fault of it: mounted so, where one may mount."""
    with (
        mounted_read_only(installation) as mounted,
        nullcontext() if mounted else no_room_to_grow(server, installation),
    ):
        yield


@contextmanager
def mounted_read_only(installation: Installation) -> Iterator[bool]:
    """The folder of the database can only be read; False where one may not mount."""
    folder = (database_file(installation.engine) or installation.settings.instance).parent
    bind = ["mount", "--bind", str(folder), str(folder)]
    if os.geteuid() or subprocess.run(bind, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        with pytest.raises(OSError, match="Read-only"):
            (folder / "anything").touch()
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_becomes_read_only_gives_the_calm_page_and_the_same_page_is_taken_afterwards(
    sqlite_installation: Installation,
) -> None:
    stay_calm(house_on(sqlite_installation), read_only)


def note(house: Installation) -> None:
    with house.writing() as db:
        db.execute(update(association).values(name="Skriven"))


def test_connections_made_while_the_disk_could_only_be_read_keep_nobody_from_writing_afterwards(
    sqlite_installation: Installation,
) -> None:
    """Where one may not mount, nothing is asked but that all can write."""
    house = sqlite_installation
    note(house)
    with closing(sqlite3.connect(database_file(house.engine) or "")) as other:
        other.execute("SELECT * FROM association").fetchall()  # the journal stays, as while others are served
        house.engine.dispose()
        with mounted_read_only(house) as mounted, ExitStack() as readers:
            for _reader in range(3):
                readers.enter_context(house.reading()).execute(select(association))
            if mounted:
                with pytest.raises(Unavailable):
                    note(house)
        note(house)


def test_control_connections_that_are_kept_as_they_were_opened_keep_everybody_from_writing(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted_read_only(sqlite_installation) as mounted:
        pass
    if mounted:
        monkeypatch.setattr("survey.db.os.access", lambda *_: False)
        with pytest.raises(Unavailable):
            test_connections_made_while_the_disk_could_only_be_read_keep_nobody_from_writing_afterwards(
                sqlite_installation
            )


def test_a_clock_that_jumps_back_opens_nothing_early_and_nothing_twice(sqlite_installation: Installation) -> None:
    """Nights and answers on days that jump back by up to a year, then on from where they were."""
    house = sqlite_installation
    with house.writing() as db:
        settle(db, "norr")
    opened = open_for(house, "norr", people=200)
    days = [
        "2026-08-15",
        "2026-02-01",
        "2026-10-02",
        "2026-06-30",
        "2025-12-31",
        "2026-11-20",
        "2027-01-02",
        "2026-10-01",
    ]
    answered = released = 0
    for day in days:
        then = at(house, day)
        for code in opened.codes[answered : answered + 7]:
            reply(then, opened.round, code)
        answered += 7
        found = release_due(then, groups.close).released
        assert len(found) == (day in ("2026-10-02", "2027-01-02")), (day, found)
        released += sum(n for _round, n in found)
    assert released == 7 * 7, "all but those of the last day, whose quarter has not ended by its own clock"
    ((_round, n),) = release_due(at(house, "2027-04-02"), groups.close).released
    assert released + n == answered


def stop(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)


def go_on(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def survive(installation: Installation, storm: Callable[[Server, Ledger], None]) -> Ledger:
    """Whole visits during a storm; what the clients were told is held against the box."""
    house = house_on(installation)
    ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
    with serving(installation) as server, crowd(server.port, ledger):
        await_more(ledger.told)
        storm(server, ledger)
        await_more(ledger.told)
    installation.close()
    assert ledger.faults(house) == []
    return ledger


if SOAK:

    def test_a_database_that_is_gone_for_a_minute_is_met_again_without_hands(
        install: Install, mortal: Mortal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.test_faults.PATIENCE", 120.0)

        def gone(_server: Server, _ledger: Ledger) -> None:
            mortal.leave()
            time.sleep(60)
            mortal.come_back()

        assert survive(install(mortal.url), gone).calmed > 50

    def test_a_slow_database_delays_people_and_loses_and_doubles_nothing(install: Install, mortal: Mortal) -> None:
        def slow(_server: Server, ledger: Ledger) -> None:
            for _time in range(ROUNDS):
                stop(processes := mortal.everyone())
                time.sleep(random.uniform(0.2, 6.0))
                go_on(processes)
                await_more(ledger.told)

        survive(install(mortal.url), slow)
