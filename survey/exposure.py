"""What others on the machine could read or exchange of what lies on the disk: looked at before the service starts.

Keys are worth nothing where another account reads them, nor is a database that another account writes. What may be
narrowed without asking is narrowed by `survey.installation.set_up`; the rest is said, and nothing is served until it is
mended.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from settings import BadSetting
from survey.db import database_file
from survey.installation import Installation

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST = 5
"""So many faults are said at once."""


def refuse_exposure(installation: Installation) -> None:
    """Raise `BadSetting` that says what others could read or exchange, and how to mend it."""
    found = [fault for _place, fault in zip(range(_MOST), _faults(installation), strict=False)]
    if found:
        raise BadSetting("\n".join(found))


def _faults(installation: Installation) -> Iterator[str]:
    settings, file = installation.settings, database_file(installation.engine)
    for folder in (settings.instance, settings.key_dir):
        yield from _open_to_others(folder, _OTHERS, "700")
        for inside in sorted(folder.rglob("*") if folder == settings.key_dir else folder.iterdir()):
            yield from _leads_away(inside, folder)
    for path in installation.wrapping.files:
        yield from _open_to_others(path, _OTHERS, "600")
        yield from _exchangeable(path.parent)
    for inside in sorted(settings.key_dir.rglob("*")):
        yield from _open_to_others(inside, _OTHERS, "700" if inside.is_dir() else "600")
    if settings.oidc_secret_file:
        yield from _open_to_others(settings.oidc_secret_file, _OTHERS, "600")
    yield from _open_to_others(settings.instance / "secret.key", _OTHERS, "600")
    yield from _open_to_others(settings.instance / "settings.toml", _OTHERS_WRITE, "go-w")
    if file is not None:
        yield from _leads_away(Path(installation.engine.url.database or ""), file.parent)
        yield from _exchangeable(file.parent)
        for path in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
            yield from _open_to_others(path, _OTHERS, "600")


def _open_to_others(path: Path, forbidden: int, mended: str) -> Iterator[str]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if found.st_mode & forbidden:
        yield f"{path} kan läsas eller ändras av andra på maskinen. Kör: chmod {mended} {path}"
    if os.geteuid() and found.st_uid not in (os.geteuid(), 0):
        yield f"{path} ägs av ett annat konto än tjänstens. Kör som root: chown {os.geteuid()} {path}"


def _exchangeable(folder: Path) -> Iterator[str]:
    """A folder in which any account can put another file in the place of this one."""
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield f"I {folder} kan andra på maskinen byta ut filer. Kör: chmod o-w {folder}"


def _leads_away(path: Path, folder: Path) -> Iterator[str]:
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        yield f"{path} är en länk till {path.resolve()}. Lägg filen här, eller ange dess rätta plats i inställningarna."
