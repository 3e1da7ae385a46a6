"""What `make lint` looks at besides style: dependencies and secrets. Each check is shown what it must find."""

import json
import secrets
import socket
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from flask import Flask, request

from checks import dependencies, leaks
from checks.dependencies import differing, loose, outlived, permitted, pins, unlicensed, unsealed, weaknesses
from tests.visits import served

ROOT = Path(__file__).parent.parent
HASH = "--hash=sha256:" + "a" * 64
PINNED = f"flask==3.1.3 \\\n    {HASH} \\\n    {HASH}\n    # via -r requirements.in\n"


def test_a_compiled_file_is_pinned_and_hashed() -> None:
    assert pins(PINNED) == {"flask": "3.1.3"}
    assert loose("x", PINNED) == []
    assert pins(f"Psycopg[binary]==3.3.9 ; python_version > '3' \\\n    {HASH}\n") == {"psycopg": "3.3.9"}


@pytest.mark.parametrize(
    "line",
    [
        "flask>=3.1",
        "flask==3.1.3",
        f"flask>=3.1 {HASH}",
        "flask==3.1.3 --hash=md5:abc",
        "git+https://git.exempel.se/flask.git",
        "-e .",
        "--extra-index-url https://paket.exempel.se/simple",
    ],
)
def test_control_a_line_that_could_become_another_file_is_found(line: str) -> None:
    assert len(loose("requirements.txt", f"{PINNED}{line}\n")) == 1


def test_what_is_installed_otherwise_than_pinned_is_found() -> None:
    assert differing({"flask": "3.1.3", "polars": "1.0"}, {"flask": "3.1.3"}) == []
    assert len(differing({"flask": "3.1.3"}, {"flask": "3.0.0"})) == 1


def test_licences_are_kept_to() -> None:
    assert all(map(permitted, ("MIT", "Apache-2.0 OR GPL-3.0-only", "MPL-2.0 AND (Apache-2.0 OR MIT)")))
    assert unlicensed({"a": "GPL-3.0-only", "b": "MIT AND AGPL-3.0-only", "c": "", "d": "MIT"}) == [
        "a: licence GPL-3.0-only",
        "b: licence MIT AND AGPL-3.0-only",
        "c: licence unknown",
    ]


def test_a_package_of_the_look_without_a_hash_is_found() -> None:
    lock = {"packages": {"": {"name": "look"}, "a": {"integrity": "sha512-x"}, "b": {"version": "1"}}}
    assert unsealed(json.dumps(lock)) == ["b: no hash in package-lock.json"]


def test_a_python_that_is_not_mended_any_more_is_found() -> None:
    assert outlived((3, 11), date(2026, 11, 22)) == []
    assert len(outlived((3, 11), date(2028, 1, 1))) == len(outlived((3, 9), date(2026, 11, 22))) == 1


def test_known_weaknesses_are_told_and_silence_is_not_taken_for_none() -> None:
    weak = {"id": "PYSEC-2026-1", "fix_versions": ["3.1.4"]}
    told = {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": [weak]}]}
    assert weaknesses(json.dumps(told)) == ["flask 3.1.3: PYSEC-2026-1, mended in 3.1.4"]
    assert weaknesses(json.dumps({"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}]})) == []
    skipped = {"dependencies": [{"name": "flask", "skip_reason": "not found"}]}
    assert [weaknesses(said) for said in ("", "Traceback", "{}", json.dumps(skipped))] == [None] * 4


def test_who_is_offline_is_told_what_was_not_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but nobody listens
        monkeypatch.setattr(dependencies, "ADVISORIES", f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/query")
        assert dependencies.main() == 0, "and all else is as it should be"
    assert capsys.readouterr().out.startswith("Not checked: known weaknesses of dependencies")


@pytest.mark.parametrize("weak", ["2.0.0", "3.1.3"])
def test_control_a_dependency_with_a_known_weakness_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weak: str
) -> None:
    """The auditing tool itself, and a service that knows of one weakness in one version."""
    service = Flask("service")
    fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.4"}]}
    about = {"id": "OSV-2026-1", "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"}, "ranges": [fixed]}]}

    @service.post("/v1/query")
    def query() -> dict[str, object]:
        return {"vulns": [about]} if request.get_json(force=True)["version"] == weak else {}

    (tmp_path / "requirements.txt").write_text(PINNED)
    with served(service) as site:
        monkeypatch.setattr(dependencies, "ADVISORIES", f"{site}/v1/query")
        found = dependencies.ask([tmp_path / "requirements.txt"])
    assert found == (["flask 3.1.3: OSV-2026-1, mended in 3.1.4"] if weak == "3.1.3" else [])


def planted() -> dict[str, str]:
    """A secret of each kind, made here: none may stand in a file."""
    return {
        "private key": "-----BEGIN " + "EC PRIVATE KEY-----",
        "age key": "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" + "QPZRY9X8GF2TVDW0S3JN54KHCE",
        "key for programs": "samsvar_" + secrets.token_urlsafe(32),
        "cloud key": "AKIA" + "ABCDEFGHIJKLMNOP",
        "code host's token": "ghp_" + secrets.token_hex(18),
        "package index token": "pypi-" + secrets.token_hex(30),
        "chat token": "xoxb-" + "1234567890-abc",
        "signed token": ".".join(("eyJ" + "hbGciOiJIUzI1", "eyJ" + "zdWIiOiIxMjM0", secrets.token_hex(8))),
        "passphrase in an address": "postgresql://samsvar:" + "Tr4ktor7" + "@db/samsvar",
        "random word of a secret": 'SECRET_KEY = "' + secrets.token_urlsafe(32) + '"',
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_control_every_planted_secret_is_found_where_it_stands_and_not_repeated(repository: Path) -> None:
    for number, (kind, secret) in enumerate(planted().items()):
        (repository / f"{number}.py").write_text(f"first = 1\n{secret}\n")
        assert f"{number}.py:2: {kind}" in leaks.look_through(repository)
    assert set(planted()) == set(leaks.SHAPES)
    said = "\n".join(leaks.look_through(repository))
    assert not [secret for secret in planted().values() if secret in said]


@pytest.mark.parametrize("name", ["kek.key", "sub/secret.key", ".env", "samsvar.db", "server.pem", "id_ed25519"])
def test_control_a_file_of_secrets_is_found(repository: Path, name: str) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_bytes(b"\0\1\2")
    assert leaks.look_through(repository) == [f"{name}: a file of secrets"]


def test_what_git_is_told_to_leave_out_is_not_looked_at(repository: Path) -> None:
    (repository / ".gitignore").write_text("instance/\n")
    (repository / "instance").mkdir()
    (repository / "instance" / "kek.key").write_bytes(b"\1")
    assert leaks.look_through(repository) == []


@pytest.mark.parametrize(
    "harmless",
    [
        'passphrase = "the-passphrase-one-chooses"',
        "smtps://name:PASSPHRASE@server:465",
        'token = secrets.token_urlsafe(32)  # "samsvar_" and 43 signs',
        "https://svar.exempel.se/svara",
    ],
)
def test_words_about_secrets_are_no_secrets(harmless: str) -> None:
    assert list(leaks.leaks("x", harmless)) == []


def test_nothing_secret_lies_among_the_code() -> None:
    assert leaks.look_through(ROOT) == []


def test_lint_runs_both() -> None:
    lint = (ROOT / "Makefile").read_text("utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert "-m checks.dependencies" in lint
    assert "-m checks.leaks" in lint
    assert sys.version_info[:2] in dependencies.MENDED_UNTIL
