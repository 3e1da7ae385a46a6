"""What is said on the terminal when a command is typed wrong: one line, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import create_app
from exports import groups
from settings import BadSetting, Settings
from survey.installation import Installation
from survey.release import release_due
from tests.scene import ASSOCIATION, at, open_for, reply_all, settle

ROOT = Path(__file__).parent.parent


def test_a_number_in_other_signs_than_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SAMSVAR_PROXIES"):
        Settings.load({"SAMSVAR_INSTANCE": str(tmp_path), "SAMSVAR_PROXIES": "²"})


def ran(arguments: list[str], **environ: str) -> tuple[int, list[str]]:
    """What a command leaves behind on a terminal: its exit status and the lines it wrote about what went wrong."""
    flask = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    done = subprocess.run(flask, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.splitlines()


def test_a_setting_that_cannot_be_used_is_one_line_on_the_terminal(tmp_path: Path) -> None:
    status, lines = ran(["release"], SAMSVAR_INSTANCE=str(tmp_path), SAMSVAR_TODAY="30/9")
    assert (status, len(lines)) == (1, 1)
    assert "SAMSVAR_TODAY" in lines[0]


def test_a_file_that_cannot_be_written_is_one_line_on_the_terminal(sqlite_installation: Installation) -> None:
    house = sqlite_installation
    with house.writing() as db:
        settle(db, "norr")
    reply_all(house, open_for(house, "norr"), 6)
    release_due(at(house, "2026-10-01"), groups.close)
    nowhere = str(house.settings.instance / "ingenstans" / "tabell.xlsx")
    runner = create_app(house.settings).test_cli_runner()
    done = runner.invoke(args=["export", "--association", ASSOCIATION, "--form", "tiny", "--out", nowhere])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert nowhere in done.stderr
