"""Two hosts behind nginx, with pgbouncer before PostgreSQL, killed with -9 in turns while people answer (SOAK=1).

What each client was told stands in the ledger of `tests.test_faults`, and is compared with what lies in the box. Then
both hosts run the night at once, through the pooler.
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from exports import groups
from settings import Settings
from survey.db import make_engine
from survey.installation import Installation
from survey.release import Outcome, release_due
from tests.behind import nginx, pgbouncer
from tests.conftest import Install
from tests.scene import SOAK, at, tiny
from tests.test_faults import ROUNDS, SLIPS, Ledger, Mortal, Server, await_more, crowd, mortal
from tests.visits import house_on

__all__ = ["mortal"]


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    """Folders that other users reach, which pytest's own are not."""
    made = [Path(tempfile.mkdtemp(prefix="samsvar-behind-")) for _ in range(2)]
    yield made
    for one in made:
        shutil.rmtree(one)


def two_hosts(installation: Installation, url: str, other: Path) -> tuple[Settings, Settings]:
    """The same settings, the same secret and the same key folder; an instance folder each."""
    settings = dataclasses.replace(installation.settings, database_url=url)
    other.mkdir(mode=0o700)
    shutil.copy(settings.instance / "secret.key", other)
    return settings, dataclasses.replace(settings, instance=other)


def night(settings: Settings) -> Outcome:
    installation = Installation.open(settings)
    try:
        return release_due(at(installation, "2026-10-02"), groups.close)
    finally:
        installation.close()


if SOAK:  # needs nginx and pgbouncer

    def test_one_of_two_hosts_killed_under_load_loses_no_thanked_answer_and_stores_none_twice(
        install: Install, mortal: Mortal, folders: list[Path], tmp_path: Path
    ) -> None:
        house = house_on(install(mortal.url))
        ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
        with ExitStack() as stack:
            url = stack.enter_context(pgbouncer(folders[0], mortal.url))
            both = two_hosts(house.installation, url, tmp_path / "other")
            hosts = [Server(settings) for settings in both]
            for host in hosts:
                stack.callback(host.kill)
            no_tls = {"return 308 https://$host$request_uri;": "proxy_pass http://samsvar;"}  # the crowd has none
            port, _secure = stack.enter_context(nginx(folders[1], [host.port for host in hosts], no_tls))
            with crowd(port, ledger):
                for turn in range(ROUNDS):
                    await_more(ledger.told)
                    hosts[turn % 2].kill()
                    await_more(ledger.told)  # the other one goes on alone
                    hosts[turn % 2].start()
                    if turn % 10 == 9:
                        mortal.strike()
            assert ledger.broken > 3, "the kills hit nobody"
            assert ledger.faults(house) == []
            stored = len(house.records())
            assert stored >= len(ledger.thanked) > 100
            with ThreadPoolExecutor(2) as pool:
                done = list(pool.map(night, both))
            released = [n for one in done for _round, n in one.released]
            assert released == [stored], "once, by whichever came first"
            house.installation.close()

    def test_a_pooler_is_known_and_nothing_is_prepared_or_set_behind_it(
        install: Install, mortal: Mortal, folders: list[Path]
    ) -> None:
        install(mortal.url).close()
        with pgbouncer(folders[0], mortal.url) as url:
            for address, prepares in ((url, False), (mortal.url, True)):
                engine = make_engine(address)
                with engine.connect() as db:
                    assert (db.connection.driver_connection.prepare_threshold is not None) == prepares  # type: ignore[union-attr]
                    assert db.exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
                engine.dispose()
