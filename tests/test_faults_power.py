"""The power goes while people answer: of every file only what had been synced is left, and nothing they were thanked
for is missing from that (SOAK=1; needs a C compiler).

`power.c` is preloaded into the server and keeps each file of the database as it was at its last fsync. A cut is a kill
-9, after which these copies take the files' places. Lost writes cannot be worse. The control loses what was synced
last.
"""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from survey.db import database_file
from survey.installation import Installation
from tests.scene import SOAK, tiny
from tests.test_faults import ROUNDS, SLIPS, Ledger, Server, await_more, crowd
from tests.visits import house_on

_SOURCE = Path(__file__).with_name("power.c")


class Mains:
    """A server whose power can be cut."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler is installed")
        self._durable, preload = folder / "durable", folder / "power.so"
        self._durable.mkdir()
        subprocess.run([compiler, "-shared", "-fPIC", "-o", str(preload), str(_SOURCE), "-ldl"], check=True)
        self._file = database_file(installation.engine) or Path()
        installation.close()
        self._files = [self._file, self._file.with_name(f"{self._file.name}-wal")]
        shutil.copy(self._file, self._durable)
        watched = {"LD_PRELOAD": str(preload), "POWER_FROM": str(self._file), "POWER_TO": str(self._durable)}
        self.server = Server(installation.settings, watched)

    def cut(self, older: Path | None = None) -> None:
        """Everything stops; what had been synced is what there is, or what had been in an `older` moment."""
        self.server.kill()
        self._file.with_name(f"{self._file.name}-shm").unlink(missing_ok=True)
        for file in self._files:
            file.unlink(missing_ok=True)
            if (kept := (older or self._durable) / file.name).exists():
                shutil.copy(kept, file)

    def remember(self, folder: Path) -> Path:
        """The synced files as they are at this moment."""
        return Path(shutil.copytree(self._durable, folder))


if SOAK:

    def test_whenever_the_power_goes_nothing_is_lost_that_somebody_was_thanked_for(
        sqlite_installation: Installation, tmp_path: Path
    ) -> None:
        house = house_on(sqlite_installation)
        ledger = Ledger(house.open(tiny(), tickets=SLIPS).codes)
        mains = Mains(sqlite_installation, tmp_path)
        with crowd(mains.server.port, ledger):
            for _cut in range(ROUNDS):
                for _more in range(random.randint(1, 3)):
                    await_more(ledger.told)
                mains.cut()
                mains.server.start()
            await_more(ledger.told)
        mains.cut()
        assert ledger.broken > 3, "the cuts hit nobody"
        assert ledger.faults(house) == []

    def test_control_a_disk_that_forgets_what_was_synced_last_is_found_out(
        sqlite_installation: Installation, tmp_path: Path
    ) -> None:
        house = house_on(sqlite_installation)
        ledger = Ledger(house.open(tiny(), tickets=200).codes)
        mains = Mains(sqlite_installation, tmp_path)
        for number in range(20):
            ledger.answer(mains.server.port, number)
            if number == 9:
                older = mains.remember(tmp_path / "older")
        mains.cut(older)
        assert any(fault.startswith("lost: ") for fault in ledger.faults(house))
