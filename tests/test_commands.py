"""The commands an operator types, and that the pages about them are true."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

import cli
from settings import BadSetting, Settings

DOCS = Path(__file__).parent.parent / "docs"


def commands() -> set[str]:
    """Every command as it is typed."""
    app = Flask("samsvar")
    cli.register(app)
    own = {name: found for name, found in app.cli.commands.items() if name not in ("run", "shell", "routes")}
    return {
        f"{name} {inner}" if isinstance(found, click.Group) else name
        for name, found in own.items()
        for inner in (found.commands if isinstance(found, click.Group) else [""])
    }


def test_every_command_is_described() -> None:
    rows = re.findall(r"^\| `([a-z]+(?: [a-z]+)?)", (DOCS / "commands.md").read_text(), re.MULTILINE)
    assert set(rows) == commands()


def test_every_setting_is_described() -> None:
    rows = re.findall(r"^\| `SAMSVAR_([A-Z_]+)`", (DOCS / "settings.md").read_text(), re.MULTILINE)
    assert {row.lower() for row in rows} == {field.name for field in fields(Settings)}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"SAMSVAR_PROXIES": "några"}, "SAMSVAR_PROXIES"),
        ({"SAMSVAR_TODAY": "30/9"}, "SAMSVAR_TODAY"),
        ({"SAMSVAR_BASE_URL": "svar.exempel.se"}, "SAMSVAR_BASE_URL"),
        ({"SAMSVAR_COLOUR": "teal"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        Settings.load({"SAMSVAR_INSTANCE": str(tmp_path), **environ})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('base_url = "https://fil.exempel.se"\nproxies = 1\n')
    read = Settings.load({"SAMSVAR_INSTANCE": str(tmp_path), "SAMSVAR_BASE_URL": "https://miljo.exempel.se/"})
    assert (read.base_url, read.proxies) == ("https://miljo.exempel.se", 1)
