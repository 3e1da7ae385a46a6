"""Copies of the database for the day it is lost: encrypted to a public key, without any key of ours, tried when made.

A backup holds what the database holds: sealed answers nobody can read without the key folder, cases nobody can read
without their own keys, released answers and figures. It is an age file (age-encryption.org), so that the tool of that
name opens it as well; whoever has the server cannot read its backups, and whoever has the backups needs the private
key, which is kept elsewhere.
"""

import os
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from io import BufferedReader, RawIOBase
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pyrage
from pyrage import x25519
from sqlalchemy import Connection, delete, select, update

from survey import retention
from survey.audit import RESTORED, Entry, record
from survey.audit import newest as newest_row
from survey.box import begin
from survey.cases import consent, documents, ended
from survey.errors import BadRequest, NotFound
from survey.health import note_backup
from survey.installation import Installation
from survey.repair import finish
from survey.rounds import find_round
from survey.tables import ballot, ballot_box, box, case, draft, poll_question, sealed
from survey.transcript import Tally, lines, take_in
from survey.wrapping import write_secret

ENDING = ".samsvar.age"
_NAME = "%Y-%m-%dT%H%M%SZ"
_AT_ONCE = 64 * 1024
Count = Callable[[Installation, datetime], object]


@dataclass(frozen=True)
class Backup:
    """A backup that has been written, read again and found whole."""

    file: Path
    bytes: int


@dataclass(frozen=True)
class Restored:
    """What came back, and what did not: rounds whose sealed answers nobody can open any more, cases that cannot be read
    with the keys that are here, cases that were deleted anew."""

    tally: Tally
    rounds: tuple[str, ...]
    cases: tuple[str, ...]
    purged: tuple[str, ...]


def new_key(file: Path) -> str:
    """Make a key pair: the private half in a new file that only its owner reads, the public half given back.

    Raises `BadRequest` where there is such a file: it may be the only thing that opens older backups.
    """
    if file.exists():
        raise BadRequest(f"{file} finns redan. Den kan behövas för äldre kopior. Välj ett annat namn.")
    pair = x25519.Identity.generate()
    write_secret(file, f"{pair}\n".encode())
    return str(pair.to_public())


def back_up(installation: Installation, folder: Path, to: Sequence[str], now: datetime) -> Backup:
    """Write a backup into `folder` for those whose public keys these are. Answering goes on meanwhile.

    Raises `BadRequest` for no key or one that is none, and where what can be read back is not what was written.
    """
    if not to:
        raise BadRequest("Säg vem som ska kunna öppna kopian: SAMSVAR_BACKUP_TO. Se docs/settings.md.")
    try:
        keys: list[Any] = [x25519.Recipient.from_str(each) for each in to]
    except pyrage.RecipientError:
        raise BadRequest("SAMSVAR_BACKUP_TO ska vara publika nycklar som börjar med age1.") from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = folder / f"{now:{_NAME}}{ENDING}"
    part = whole.with_name(f".{whole.name}.{secrets.token_hex(4)}.part")  # another host may write into the same folder
    with installation.reading() as db, _private(part) as file:
        written = _Digesting(file)
        pyrage.encrypt_io(BufferedReader(_Stream(_packed(lines(db)))), written, keys)
        file.flush()
        os.fsync(file.fileno())
        with part.open("rb") as again:
            if file_digest(again, "sha256").digest() != written.digest:
                raise BadRequest("Kopian blev inte som den skrevs. Disken kan vara trasig.")
    part.rename(whole)
    note_backup(installation, now)
    return Backup(whole, whole.stat().st_size)


def newest(folder: Path, now: datetime) -> Path:
    """The newest backup in a folder, or the file itself. Raises `NotFound`.

    One that is named by a day to come was made while the clock ran ahead, and comes before all others.
    """
    found = [folder] if folder.is_file() else list(folder.glob(f"*{ENDING}"))
    if not found:
        raise NotFound(f"Det finns ingen kopia i {folder}.")
    return max(found, key=lambda one: ((made_at(one) or now) <= now, one.name))


def made_at(file: Path) -> datetime | None:
    """When a backup was made, by its name; None where it has another name."""
    try:
        return datetime.strptime(file.name, f"{_NAME}{ENDING}").replace(tzinfo=UTC)
    except ValueError:
        return None


def restore(installation: Installation, file: Path, key: Path, now: datetime, count: Count) -> Restored:
    """Fill an empty database from a backup, and let go of what nobody can read any more (PRIVACY.md 4), and of cases
    whose time is over: they may have been deleted since. `count` makes the figures of cases that are to be made by now.

    The secrets and keys must be back first, for codes, seals and cases are worth nothing without them.
    Raises `NotAllowed` where anything is in the database already, `BadRequest` for a file or a key that does not fit.
    """
    with TemporaryFile(dir=installation.settings.instance) as plain:  # has no name: nothing is left after a crash
        _open(file, key, plain)
        plain.seek(0)
        tally = take_in(installation.writer, _lines(plain))
    rounds = _give_up_sealed(installation)
    with installation.writing() as db:
        left = installation.anchor.set_aside(now, newest_row(db))
        told = Entry("command", RESTORED, detail=" ".join((f"{now:%Y-%m-%d}", *left)))
        record(db, installation.secrets, told, now)
        consent.end_again(db, installation, ended.noted(installation), now)  # nobody reads under these (PRIVACY.md P20)
        db.execute(delete(draft))  # one may have been let go for protected identity: better that all begin anew
    count(installation, now)  # what is not counted is not deleted
    gone = retention.purge(installation, now).purged
    with installation.reading() as db:
        ids = db.scalars(select(case.c.id)).all()
        cases = tuple(one for one in ids if not documents.readable(db, installation, one))
    finish(installation)
    return Restored(tally, rounds, cases, tuple(one.name for one in gone))


def _give_up_sealed(installation: Installation) -> tuple[str, ...]:
    """Delete sealed answers and ballots whose key is gone, and begin anew where answering goes on; the rounds' ids.

    Which rounds, not how many answers: that nobody learns before a release.
    """
    with installation.writing() as db:
        lost = [
            (one.id, one.round)
            for one in db.execute(select(box.c.id, box.c.round).where(box.c.state == "current"))
            if not installation.keys.holds(one.id)
        ]
        for identity, round_id in lost:
            db.execute(delete(sealed).where(sealed.c.box == identity))
            db.execute(update(box).where(box.c.id == identity).values(state="emptied"))
            if (here := find_round(db, round_id)).open:
                begin(db, installation, here)
        for one in db.execute(select(ballot_box).where(ballot_box.c.state != "emptied")).all():
            if not installation.keys.holds(one.id):
                _give_up_ballots(db, one.id, one.poll, one.question)
    return tuple(round_id for _box, round_id in lost)


def _give_up_ballots(db: Connection, box_id: str, poll: str, question: str) -> None:
    """The question is then closed with what had been counted, and can be opened again."""
    uncounted = (ballot.c.poll == poll, ballot.c.question == question, ballot.c.blob.is_not(None))
    here = (poll_question.c.poll == poll, poll_question.c.question == question, poll_question.c.state == "open")
    db.execute(delete(ballot).where(*uncounted))
    db.execute(update(ballot_box).where(ballot_box.c.id == box_id).values(state="emptied"))
    db.execute(update(poll_question).where(*here).values(state="closed"))


def _open(file: Path, key: Path, plain: IO[bytes]) -> None:
    try:
        pair = x25519.Identity.from_str(key.read_text("ascii").strip())
        with file.open("rb") as sealed_file:
            pyrage.decrypt_io(sealed_file, plain, [pair])
    except (OSError, ValueError, pyrage.IdentityError):
        raise BadRequest(f"{key} är ingen privat nyckel som går att läsa.") from None
    except pyrage.DecryptError:
        raise BadRequest(f"{file.name} går inte att öppna med den nyckeln, eller är skadad.") from None


def _packed(told: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj()
    for line in told:
        yield packer.compress(line)
    yield packer.flush()


def _lines(packed: IO[bytes]) -> Iterator[bytes]:
    """The lines in a packed file, one at a time. Raises `BadRequest` where it is damaged."""
    opener, rest = zlib.decompressobj(), b""
    try:
        while chunk := packed.read(_AT_ONCE):
            *whole, rest = (rest + opener.decompress(chunk)).split(b"\n")
            yield from (line + b"\n" for line in whole)
        rest += opener.flush()
    except zlib.error:
        raise BadRequest("Kopian är skadad. Ta en annan.") from None
    if rest or not opener.eof:
        raise BadRequest("Kopian är inte hel. Ta en annan.")


class _Stream(RawIOBase):
    """What comes piece by piece, read as a file is: nothing of it is kept."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not self._left:
            try:
                self._left = next(self._pieces)
            except StopIteration:
                return 0
        taken = min(len(room), len(self._left))
        room[:taken], self._left = self._left[:taken], self._left[taken:]
        return taken


class _Digesting:
    """A file that remembers SHA-256 of what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, sha256()

    def write(self, some: bytes) -> int:
        self._digest.update(some)
        return self._file.write(some)

    def flush(self) -> None:
        self._file.flush()

    @property
    def digest(self) -> bytes:
        return self._digest.digest()


@contextmanager
def _private(file: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner reads, gone again if it does not become whole."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            yield opened
    except BaseException:
        file.unlink(missing_ok=True)
        raise
