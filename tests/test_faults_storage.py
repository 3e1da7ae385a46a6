"""A disk that becomes read-only, a clock that jumps back, and in the soak a database that is gone for a minute, or
slow: people are asked to try again, and nothing they were thanked for is lost or doubled.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from exports import groups
from survey.db import database_file
from survey.installation import Installation
from survey.release import release_due
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
    folder = (database_file(installation.engine) or installation.settings.instance).parent
    bind = ["mount", "--bind", str(folder), str(folder)]
    if os.geteuid() or subprocess.run(bind, capture_output=True, check=False).returncode:
        with no_room_to_grow(server, installation):
            yield
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        with pytest.raises(OSError, match="Read-only"):
            (folder / "anything").touch()
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_becomes_read_only_gives_the_calm_page_and_the_same_page_is_taken_afterwards(
    sqlite_installation: Installation,
) -> None:
    stay_calm(house_on(sqlite_installation), read_only)


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
