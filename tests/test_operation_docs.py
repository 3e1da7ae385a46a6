"""What `docs/operation.md` tells people to type exists: commands, settings, units and what the units start."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from settings import Settings

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
