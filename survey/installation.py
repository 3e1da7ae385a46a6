"""One installation: its settings, its database, its secrets, opened once and passed to whoever needs them.

Who may commit: pages and commands, by leaving `writing()`. Rules only add to the connection they are given.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, select

from settings import BadSetting, Settings
from survey.audit import GROWTH, Anchor, Head, head_at
from survey.db import PATIENCE, Replica, calm, database_file, make_engine, migrate, wait_for, writer_of, writers_turn
from survey.errors import NotFound, Unavailable
from survey.keys import CaseKeys, DraftKey, KeyFolder, Secrets
from survey.tables import association
from survey.wrapping import Wrapping, wrapping_of, write_secret

_SECRET_BYTES = 32
_T = TypeVar("_T")


@dataclass(frozen=True)
class Installation:
    """What everything that happens here happens in."""

    settings: Settings
    engine: Engine
    writer: Engine
    replica: Replica | None
    secrets: Secrets
    wrapping: Wrapping
    keys: KeyFolder
    case_keys: CaseKeys
    draft_key: DraftKey
    anchor: Anchor

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open an installation that `set_up` has made. Raises `BadSetting` where keys are missing."""
        engine = make_engine(settings.database_url, settings.threads)
        wrapping, keys = wrapping_of(settings), Secrets(_secret_key(settings))
        return cls(
            settings=settings,
            engine=engine,
            writer=writer_of(engine),
            replica=Replica(settings.replica_url, settings.threads) if settings.replica_url else None,
            secrets=keys,
            wrapping=wrapping,
            keys=KeyFolder(settings.key_dir, wrapping),
            case_keys=CaseKeys(settings.key_dir / "cases", wrapping),
            draft_key=DraftKey(settings.key_dir, wrapping),
            anchor=Anchor(settings.key_dir / "audit.anchor", keys),
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout and changes nothing.

        Raises `Unavailable` when the storage is locked, full or away.
        """
        with calm(), self.engine.connect() as db:
            yield db

    def released(self, read: Callable[[Connection], _T]) -> _T:
        """What `read` finds of what has been released: in the replica, or in the database itself where there is no
        replica, where it is away, or where it has not heard of what is asked for yet.

        For what is stored once and never changed or taken back: of that a replica that lags tells less, never other
        things, than the database would.
        """
        if self.replica:
            with suppress(Unavailable, NotFound), self.replica.reading() as db:
                return read(db)
        with self.reading() as db:
            return read(db)

    @contextmanager
    def writing(self, patience: float = PATIENCE) -> Iterator[Connection]:
        """A transaction, committed when the block ends well. Raises `Unavailable` like `reading`, and where others
        write for longer than `patience`, in seconds."""
        with calm(), writers_turn(self.engine, patience):
            with self.writer.connect() as db:
                remembered = db.info
                try:
                    with db.begin():
                        if patience != PATIENCE:
                            wait_for(db, patience)
                        yield db
                except BaseException:
                    remembered.clear()  # forms published in what came to nothing, be it at the commit
                    raise
                grown = remembered.pop(GROWTH, None)
            if grown is not None:
                self.anchor.advance(grown, self._audit_row)

    def _audit_row(self, number: int) -> Head | None:
        with self.engine.connect() as db:
            return head_at(db, number)

    def today(self) -> date:
        """Today, or the fixed day of a demonstration or a test."""
        return self.settings.date()

    def now(self) -> datetime:
        """This moment in UTC, on the fixed day where there is one."""
        at = datetime.now().astimezone()  # the machine's zone, as for `today`
        return datetime.combine(self.today(), at.timetz()).astimezone(UTC)

    def refuse_keys_beside_the_data(self) -> None:
        """Raise `BadSetting` when a copy of the database's folder would take the keys along.

        Allowed only for the demonstration, whose answers are invented (PRIVACY.md 2).
        """
        file = database_file(self.engine)
        secret = (self.keys.path, *self.wrapping.files)
        if file is None or not any(_inside(path, file.parent) for path in secret):
            return
        with self.reading() as db:
            kinds = set(db.scalars(select(association.c.demonstration)))
        if kinds != {True}:
            raise BadSetting(
                "Nycklarna ligger i databasens mapp, så en kopia av mappen tar med dem. Flytta dem och ange "
                "SAMSVAR_KEY_DIR och SAMSVAR_KEK_FILE, se docs/settings.md."
            )

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        if self.replica:
            self.replica.engine.dispose()


def set_up(settings: Settings) -> Installation:
    """Make what is missing of folders, secrets and tables, and open the installation. Safe to repeat."""
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    _narrow(settings.instance)
    in_file = not (settings.kek or settings.kek_command)
    for folder in (settings.key_dir, *([settings.kek_file.parent] if in_file else [])):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.key_dir.chmod(0o700)
    begun = any(path != settings.kek_file for path in settings.key_dir.iterdir())
    if in_file and not settings.kek_file.exists():
        write_secret(settings.kek_file, secrets.token_bytes(_SECRET_BYTES))
    if not settings.secret_key and not _secret_file(settings).exists():
        write_secret(_secret_file(settings), secrets.token_bytes(_SECRET_BYTES))
    installation = Installation.open(settings)
    if not begun:
        installation.anchor.begin()
    installation.wrapping.settle()
    if file := database_file(installation.engine):
        file.touch(mode=0o600)
        file.chmod(0o600)
    with writers_turn(installation.engine):
        migrate(installation.engine)
    return installation


def _narrow(folder: Path) -> None:
    """Close our folder to others. One that holds something else besides is not ours, and `survey.exposure` tells."""
    found, names = folder.stat(), {path.name for path in folder.iterdir()}
    ours = names & {"secret.key", "samsvar.db"} or names <= {"README.md", "settings.toml"}
    if ours and found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)


def _secret_file(settings: Settings) -> Path:
    return settings.instance / "secret.key"


def _secret_key(settings: Settings) -> bytes:
    if settings.secret_key and len(settings.secret_key) < _SECRET_BYTES:
        raise BadSetting(f"SAMSVAR_SECRET_KEY ska ha minst {_SECRET_BYTES} tecken.")
    return settings.secret_key.encode() or _read(_secret_file(settings))


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError:
        raise BadSetting(f"{path} saknas eller går inte att läsa. Kör `flask --app app setup`.") from None
    if len(content) != _SECRET_BYTES:
        raise BadSetting(f"{path} ska vara {_SECRET_BYTES} byte, men är {len(content)}.")
    return content


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder)
