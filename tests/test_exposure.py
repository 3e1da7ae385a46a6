"""Nothing is served while others on the machine could read or exchange keys or database; words say what is wrong."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from settings import BadSetting, Settings
from survey.exposure import refuse_exposure
from survey.installation import Installation, set_up
from tests.case_office import office


def opened(mode: int, *names: str) -> Callable[[Path], None]:
    return lambda home: home.joinpath(*names).chmod(mode)


def linked(*names: str) -> Callable[[Path], None]:
    """The file lies elsewhere, and a link to it here."""

    def _link(home: Path) -> None:
        here, there = home.joinpath(*names), home / "elsewhere"
        here.rename(there)
        here.symlink_to(there)

    return _link


DEEDS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "keys are read by others": (opened(0o755, "secret", "keys"), "chmod 700 .*keys"),
    "keys are read by a group": (opened(0o710, "secret", "keys"), "chmod 700 .*keys"),
    "case keys are read": (opened(0o755, "secret", "keys", "cases"), "chmod 700 .*cases"),
    "the ended consents are written": (opened(0o602, "secret", "keys", "audit.anchor"), "chmod 600 .*anchor"),
    "the key of keys is read": (opened(0o640, "secret", "kek.key"), "chmod 600 .*kek.key"),
    "the key of keys is exchanged": (opened(0o777, "secret"), "byta ut filer"),
    "the secret is read": (opened(0o644, "instance", "secret.key"), "chmod 600 .*secret.key"),
    "the folder is read": (opened(0o750, "instance"), "chmod 700 .*instance"),
    "the database is read": (opened(0o644, "instance", "samsvar.db"), "chmod 600 .*samsvar.db"),
    "the log is written": (opened(0o622, "instance", "samsvar.db-wal"), "chmod 600 .*-wal"),
    "the settings are written": (opened(0o664, "instance", "settings.toml"), "chmod go-w .*settings"),
    "the database is elsewhere": (linked("instance", "samsvar.db"), "samsvar.db är en länk till .*elsewhere"),
    "case keys are elsewhere": (linked("secret", "keys", "cases"), "cases är en länk"),
    "the secret is elsewhere": (linked("instance", "secret.key"), "secret.key är en länk"),
}


@pytest.fixture
def house(sqlite_installation: Installation) -> Installation:
    """In use: with a case, its key and a write-ahead log."""
    office(sqlite_installation).send()
    (sqlite_installation.settings.instance / "settings.toml").write_text("")
    (sqlite_installation.settings.instance / "settings.toml").chmod(0o644)
    return sqlite_installation


def test_what_set_up_has_made_is_served(house: Installation) -> None:
    refuse_exposure(house)


def test_what_others_could_read_or_exchange_is_not_served(house: Installation, tmp_path: Path) -> None:
    for deed, said in DEEDS.values():
        modes = {path: path.stat().st_mode for path in tmp_path.rglob("*")}
        deed(tmp_path)
        with pytest.raises(BadSetting, match=said):
            refuse_exposure(house)
        for path in [path for path in tmp_path.rglob("*") if path.is_symlink()]:
            path.unlink()
            (tmp_path / "elsewhere").rename(path)
        for path, mode in modes.items():
            path.chmod(mode & 0o777)
        refuse_exposure(house)


def test_what_another_account_owns_is_not_served(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (house.settings.instance, *house.settings.instance.iterdir()):
        os.chown(path, 4711, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 4712)
    with pytest.raises(BadSetting, match="chown 4712"):
        refuse_exposure(house)


@pytest.mark.parametrize("mask", [0o002, 0o022, 0o077])
def test_whatever_the_mask_a_new_house_can_be_served(tmp_path: Path, mask: int) -> None:
    """As after `git clone` and `make run`, by whichever account: the folder is there, with a page of its own."""
    before = os.umask(mask)
    try:
        (tmp_path / "instance").mkdir()
        (tmp_path / "instance" / "README.md").write_text("Kept out of the repository.")
        house = set_up(Settings.load({"SAMSVAR_INSTANCE": str(tmp_path / "instance")}))
        office(house).send()
    finally:
        os.umask(before)
    refuse_exposure(house)
    house.close()


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letters").mkdir()
    house = set_up(Settings.load({"SAMSVAR_INSTANCE": str(tmp_path)}))
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    with pytest.raises(BadSetting, match="chmod 700"):
        refuse_exposure(house)
    house.close()
