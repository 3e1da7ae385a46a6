"""The commands an operator types, and that the pages about them are true."""

import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from openpyxl import load_workbook

import commands as said_commands
from app import create_app
from settings import BadSetting, Settings
from survey.installation import Installation
from survey.published import publish
from tests.locked import answers, closed, made, settle
from tests.respondent import Respondent, by_client

Run = Callable[..., dict[str, Any]]

DOCS = Path(__file__).parent.parent / "docs"


def commands() -> set[str]:
    """Every command as it is typed."""
    app = Flask("samsvar")
    said_commands.register(app)
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
        ({"SAMSVAR_BASE_URL": "https://[svar.exempel.se"}, "SAMSVAR_BASE_URL"),
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


@pytest.fixture
def run(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Types a command with `--json` on an installation that is set up; gives what it says."""
    settings = sqlite_installation.settings
    for name in ("instance", "database_url", "key_dir", "kek_file", "today"):
        monkeypatch.setenv(f"SAMSVAR_{name.upper()}", str(getattr(settings, name)))
    runner = create_app(Settings.load()).test_cli_runner()

    def _run(*words: str) -> dict[str, Any]:
        result = runner.invoke(args=[*words, "--json"])
        assert result.exit_code == 0, result.output
        said: dict[str, Any] = json.loads(result.output)
        return said

    _run("setup")
    return _run


def test_an_operator_comes_from_an_empty_folder_to_a_workbook(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("association", "add", "vik", "Förbundet Vik")
    run("team", "add", "vik-norr", "Team Norr", "--association", "vik", "--controller", "Viks kommun")
    assert run("team", "staff", "vik-norr", "Maja Lind", "Olle Sund")["names"] == 2
    invited = run("staff", "add", "eva@exempel.se", "--name", "Eva", "--role", "evaluator", "--association", "vik")
    assert "/personal/valkommen#" in invited["address"]

    form = ("--form", "experience")
    opened = run("round", "open", "--team", "vik-norr", *form, "--tickets", "12", "--participants", "10")
    assert len(opened["codes"]) == 12
    assert opened["address"].endswith("/svara")
    more = run("round", "tickets", opened["round"], "2", "--participants", "5")["codes"]
    for code in (*opened["codes"][:10], *more):
        answer(code)

    assert run("release") == {"released": [], "waiting": [], "pooled": [], "destroyed": [], "broken": []}
    monkeypatch.setenv("SAMSVAR_TODAY", "2026-10-01")
    later = create_app(Settings.load()).test_cli_runner()
    assert json.loads(later.invoke(args=["release", "--it-is", "2026-10-01", "--json"]).output)["released"] == [
        {"round": opened["round"], "n": 12}
    ]
    file = Settings.load().instance / "vik.xlsx"
    written = run("export", "--association", "vik", *form, "--period", "2026-Q3", "--out", str(file))
    assert written == {"file": str(file), "full": 0, "coarse": 2, "withheld": 0}
    assert load_workbook(file).sheetnames == [
        "Läs mig",
        "Översikt",
        "Resultat",
        "Diagram",
        "Samband",
        "Citat",
        "Kodbok",
    ]


def answer(code: str) -> None:
    """Somebody answers with a code, on one page."""
    person = Respondent(by_client(create_app(Settings.load()).test_client(use_cookies=False)))
    person.enter(code)
    person.press("all")
    assert person.press(answers={"du_m1_kansla": ["4"]}).kind == "done"


def test_a_form_is_taken_out_changed_and_brought_in_beside_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "kopia.yaml"
    assert run("form", "export", "experience", "1", "--to", str(file))["left"] == []
    file.write_text(file.read_text("utf-8").replace("version: 1", "version: 2", 1), "utf-8")
    brought = run("form", "import", str(file))
    assert brought == {
        "form": "experience",
        "version": 2,
        "file": str(tmp_path / "experience-2.yaml"),
        "changed": [],
    }
    assert run("form", "check", brought["file"])["version"] == 2
    refused(["form", "import", str(file)], "finns redan")
    refused(["form", "export", "experience", "--to", str(tmp_path / "x.docx")], "går inte att skriva")
    refused(["form", "export", "experience", "--to", str(tmp_path / "ingen" / "x.yaml")], "går inte att skriva")


def test_lost_slips_are_replaced_and_a_closed_round_gives_none(run: Run) -> None:
    run("association", "add", "vik", "Förbundet Vik")
    run("team", "add", "vik-norr", "Team Norr", "--association", "vik", "--controller", "Viks kommun")
    round_ = ("--team", "vik-norr", "--form", "experience", "--tickets", "6", "--participants", "5")
    opened = run("round", "open", *round_)
    replaced = run("round", "void", opened["round"])["codes"]
    assert len(replaced) == 6
    assert not set(replaced) & set(opened["codes"])
    run("round", "close", opened["round"])
    refused(["round", "tickets", opened["round"], "1"], "stängd")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["team", "add", "a", "A", "--association", "nej", "--controller", "K"], "finns inte"),
        (["staff", "add", "ingen", "--name", "I", "--role", "admin"], "e-postadress"),
        (["round", "open", "--team", "nej", "--form", "experience", "--open-link"], "finns inte"),
        (["form", "show", "nej"], "inte publicerat"),
        (["export", "--association", "nej", "--form", "experience", "--out", "x.xlsx"], "inget"),
        (["export", "--pooled", "nej", "--out", "x.xlsx"], "inte publicerat"),
        (["export", "--pooled", "nej", "--association", "vik", "--out", "x.xlsx"], "eller bara --pooled"),
        (["export", "--association", "vik", "--out", "x.xlsx"], "Ange --association och ett av --form"),
    ],
)
def test_a_mistake_gives_one_clear_line(run: Run, words: list[str], says: str) -> None:
    refused(words, says)


def refused(words: list[str], says: str) -> None:
    result = create_app(Settings.load()).test_cli_runner().invoke(args=words)
    assert result.exit_code != 0
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_form_file_is_checked_shown_and_published_once(run: Run, tmp_path: Path) -> None:
    file = Path(__file__).parent / "forms" / "several_choices.yaml"
    checked = run("form", "check", str(file))
    published = run("form", "publish", str(file))
    assert published["form"] == checked["form"]
    assert published["form"] in [one["form"] for one in run("form", "list")["forms"]]
    assert run("form", "show", published["form"])["form"] == published["form"]
    changed = tmp_path / file.name
    changed.write_text(file.read_text("utf-8").replace('title: {sv: "', 'title: {sv: "Ändrat: ', 1), "utf-8")
    refused(["form", "publish", str(changed)], "redan publicerad")


def test_a_locked_block_comes_from_all_associations_in_one_file(
    run: Run, sqlite_installation: Installation, tmp_path: Path
) -> None:
    checked = run("form", "check", str(Path(__file__).parent / "forms" / "locked_block.yaml"))
    assert checked["locks"] == {lock.id: lock.fingerprint for lock in made().locks}
    with sqlite_installation.writing() as db:
        publish(db, made())
        settle(db, "a")
        closed(db, "a", "2026-Q2", answers(40, crisp=20))
    file = tmp_path / "brod.xlsx"
    refused(["export", "--pooled", "brod", "--out", str(file)], "Färre än två förbund")
    assert not file.exists()
    with sqlite_installation.writing() as db:
        settle(db, "b")
        closed(db, "b", "2026-Q2", answers(36, crisp=15))
    written = run("export", "--pooled", "brod", "--period", "2026-Q2", "--out", str(file))
    assert written == {"file": str(file), "periods": [{"period": "2026-Q2", "associations": 2, "answers": 76}]}
    assert load_workbook(file).sheetnames == ["Läs mig", "Resultat", "Kodbok"]
    refused(["export", "--pooled", "brod", "--out", str(tmp_path / "ingen" / "b.xlsx")], "går inte att skriva")
    refused(["export", "--pooled", "brod", "--out", str(tmp_path / "b.sav")], "ska sluta på")
