"""What `docs/operation.md` tells people to type exists: commands, settings, units and what the units start.

In the soak it is typed as well, from top to bottom, but for what changes the machine itself.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from settings import Settings
from tests.conftest import new_pg_database
from tests.scene import SOAK

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operation.md").read_text("utf-8")
UNITS = ROOT / "deploy" / "systemd"
TYPED = re.findall(r"^```sh\n(.*?)^```", PAGE, re.S | re.M)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> FlaskCliRunner:
    folder = tmp_path_factory.mktemp("docs")
    return create_app(Settings.load({"SAMSVAR_INSTANCE": str(folder)})).test_cli_runner()


def commands(text: str, program: str) -> set[tuple[str, ...]]:
    """The words after `program` that name a command, of which some have two."""
    lines = re.findall(rf"^{program} ([a-z]+)(?: ([a-z]+))?", text, re.M)
    return {tuple(word for word in line if word) for line in lines}


def exists(runner: FlaskCliRunner, words: tuple[str, ...]) -> bool:
    told = runner.invoke(args=[words[0], "--help"])
    return told.exit_code == 0 and (
        len(words) == 1
        or "Commands:" not in told.output
        or re.search(rf"^  {words[1]}\b", told.output, re.M) is not None
    )


def test_every_command_on_the_page_exists(runner: FlaskCliRunner) -> None:
    found = {
        words for block in TYPED for program in ("samsvar", "flask --app app") for words in commands(block, program)
    }
    assert len(found) > 5
    assert not [words for words in found if not exists(runner, words)]
    assert not exists(runner, ("nothing",))  # control


def test_every_command_a_unit_starts_exists(runner: FlaskCliRunner) -> None:
    timers = {file.name: file.read_text("utf-8") for file in UNITS.glob("*.timer")}
    started = {
        words for text in timers.values() for words in re.findall(r"^Unit=samsvar@([a-z]+)\.service$", text, re.M)
    }
    assert {"release", "purge", "notify"} <= started
    assert not [one for one in started if not exists(runner, (one,))]
    for file in UNITS.glob("*.service"):
        for words in re.findall(r"^ExecStart=\S+flask --app app ([a-z]+)", file.read_text("utf-8"), re.M):
            assert exists(runner, (words,))


def test_every_unit_and_file_named_on_the_page_is_there() -> None:
    for name in re.findall(r"samsvar[@a-z-]*\.(?:service|timer)", PAGE):
        assert (UNITS / name).exists(), name
    for path in re.findall(r"/opt/samsvar/(deploy/[\w./-]+[\w])", PAGE):
        assert (ROOT / path).exists(), path


def test_every_setting_on_the_page_is_one(tmp_path: Path) -> None:
    named = set(re.findall(r"SAMSVAR_[A-Z_]+", PAGE))
    assert "SAMSVAR_KEY_DIR" in named
    documented = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert not [one for one in named if f"`{one}`" not in documented]


def test_nginx_keeps_no_line_about_a_visitor() -> None:
    site = (ROOT / "deploy" / "nginx" / "samsvar.conf").read_text("utf-8")
    servers = site.split("\nserver {")[1:]
    assert len(servers) == 3
    for server in servers:
        assert "access_log off;" in server
        assert re.search(r"error_log \S+ crit;", server)


ELSEWHERE = re.compile(r"^(apt-get|adduser|chown|make|git|systemctl|certbot|nginx|curl|cp|ln)\b")
"""What is not typed here: programs that change the machine, or ask for what only a real one has."""


def typed(folder: Path, block: str) -> str:
    """A block of the page as it can be typed here: below a folder, and as whoever runs the test."""
    lines = [line for line in block.splitlines() if not ELSEWHERE.match(line)]
    text = re.sub(r"(?<![\w/])/(var|etc|usr/local|media)/", rf"{folder}/\1/", "\n".join(lines))
    text = text.replace("install -d -o samsvar -g samsvar", "install -d").replace("runuser -u samsvar -- ", "")
    text = text.replace("/opt/samsvar", str(ROOT)).replace(".venv/bin/flask", f"{sys.executable} -m flask")
    return text.replace("flask --app app backup", f"cd {ROOT} && {sys.executable} -m flask --app app backup", 1)


def run(folder: Path, text: str) -> str:
    """What it printed. Fails with it where any line of it fails."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SAMSVAR_")}
    environ |= {"PATH": f"{folder}/usr/local/sbin:{environ['PATH']}", "SAMSVAR_INSTANCE": str(folder / "nowhere")}
    done = subprocess.run(["sh", "-ec", text], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


if SOAK:  # each line starts Python anew

    def test_the_page_typed_from_top_to_bottom(tmp_path: Path, pg_server: str) -> None:
        for folder in ("usr/local/sbin", "media/safe", "var/lib", "var/backups", "etc"):
            (tmp_path / folder).mkdir(parents=True)
        settings, key = tmp_path / "etc" / "samsvar" / "environment", ""
        there = new_pg_database(pg_server)
        revision = ""
        for block in TYPED:
            text = typed(tmp_path, block).replace("--back-to 0006", f"--back-to {revision}")
            text = text.replace("postgresql://samsvar:PASSPHRASE@db.exempel.se/samsvar", f"'{there}'")
            if "restore" in text:  # on another machine, which has no database yet
                for one in (tmp_path / "var" / "lib" / "samsvar").glob("samsvar.db*"):
                    one.unlink()
            told = run(tmp_path, text)
            if found := re.search(r"^age1\w+$", told, re.M):
                key = found[0]
                with settings.open("a") as file:
                    file.write(f"SAMSVAR_BACKUP_TO={key}\n")
                run(tmp_path, f"samsvar backup {tmp_path}/var/backups/samsvar")
                run(tmp_path, f"samsvar keys backup {tmp_path}/var/backups/samsvar-keys")
            if found := re.search(r"version (\d{4})\.$", told, re.M):
                revision = found[1]
        assert key
        assert revision
        assert "0 rader" not in run(tmp_path, "samsvar association add lunda Samordningsförbundet")
        assert list((tmp_path / "var" / "backups" / "samsvar").glob("*.age"))
