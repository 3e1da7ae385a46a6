"""Files in the making: each by a thread, in a folder of its own, where any process finds how far it has come.

What lies in a folder is all there is to know of it, so that every worker process reads the same and none has to be
asked. Whether by a fault, a full disk or a worker that dies: where nobody holds the lock and no whole file lies, none
will come.

    files/<id>/order    who asked, and for what
    files/<id>/lock     held by the process that is at work
    files/<id>/part     what has been written so far
    files/<id>/file     the same, once it is whole

Only the account that asked finds it. It lies here for an hour. What is written, and who may ask, is decided elsewhere.
"""

import fcntl
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Thread, Timer
from typing import BinaryIO, Literal

import orjson

from exports.export import Selection
from survey.errors import NotFound, SurveyError, Unavailable, place

KEPT = 3600.0
"""Seconds a file lies here after it is whole."""
AT_ONCE = 3
"""How many files an account may have in the making; it may have `MOST` altogether, and the oldest go first."""
MOST = 10
_LOOK_AGAIN = 0.02
_BENCHES = BoundedSemaphore(2)
"""A process makes two files at a time, so that its pages stay quick; others wait for a place."""
_CHAIRS = BoundedSemaphore(2)
"""In a process two wait for a file at a time: each keeps a thread from those who answer."""
_ID = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger("samsvar.making")

Write = Callable[[BinaryIO], object]
State = Literal["making", "ready", "lost"]


class TooMany(SurveyError):
    """The account has as many files in the making as it may."""


@dataclass(frozen=True)
class Order:
    """Who asks for which file; `kind` is a key of `exports.export.FILES`."""

    account: str
    selection: Selection
    kind: str


@dataclass(frozen=True)
class Job:
    """A file that was asked for, and how far it has come."""

    id: str
    order: Order
    state: State
    file: Path
    """Where it lies once it is ready."""


def ask(folder: Path, order: Order, write: Write) -> Job:
    """Begin to make a file under `folder`, or join the very same order that is still in the making.

    Raises `TooMany`, and `Unavailable` where there is no room for more.
    """
    try:
        with _alone(folder):
            _remove_old(folder)
            mine = [job for job in _jobs(folder) if job.order.account == order.account]
            under_way = [job for job in mine if job.state == "making"]
            for job in under_way:
                if job.order == order:
                    return job
            if len(under_way) >= AT_ONCE:
                raise TooMany
            _make_room(mine)
            return _begin(folder, order, write)
    except OSError:
        raise Unavailable from None


def find(folder: Path, id_: str, account: str) -> Job:
    """The job as it stands. Raises `NotFound` for any but this account's own."""
    job = _read(folder / id_) if _ID.fullmatch(id_) else None
    if job is None or job.order.account != account:
        raise NotFound
    return job


def wait(folder: Path, job: Job, patience: float) -> Job:
    """The job once there is nothing more to wait for, or as it stands after `patience` seconds, or as it stands now
    where others wait already."""
    if not _CHAIRS.acquire(blocking=False):
        return find(folder, job.id, job.order.account)
    try:
        until = time.monotonic() + patience
        while job.state == "making" and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)
            job = find(folder, job.id, job.order.account)
    finally:
        _CHAIRS.release()
    return job


@contextmanager
def bench() -> Iterator[None]:
    """A place to make a file at, for someone who waits for it. Raises `Unavailable` where all are taken: each who
    queued here would keep a page from somebody else."""
    if not _BENCHES.acquire(blocking=False):
        raise Unavailable
    try:
        yield
    finally:
        _BENCHES.release()


def clear(folder: Path) -> None:
    """Remove every file that nobody is making: what an earlier server left."""
    if folder.exists():
        with _alone(folder):
            _remove_old(folder, kept=0)


def _begin(folder: Path, order: Order, write: Write) -> Job:
    at = folder / secrets.token_hex(16)
    at.mkdir(mode=0o700)
    held = _open(at / "lock")
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with os.fdopen(_open(at / "order"), "wb") as file:
            file.write(orjson.dumps(order))
    except OSError:
        os.close(held)
        shutil.rmtree(at, ignore_errors=True)
        raise
    Thread(target=_make, args=(at, held, write), daemon=True).start()
    return Job(at.name, order, "making", at / "file")


def _make(at: Path, held: int, write: Write) -> None:
    """What the thread does. The lock is let go of last: whoever finds it free finds what came of it."""
    try:
        with _BENCHES, os.fdopen(_open(at / "part"), "wb") as out:
            write(out)
        (at / "part").rename(at / "file")
    except Exception as fault:
        _log.error("A file came to nothing: %s", place(fault))
        with suppress(OSError):
            (at / "part").unlink()
    finally:
        os.close(held)
    forget = Timer(KEPT, shutil.rmtree, (at,), {"ignore_errors": True})
    forget.daemon = True
    forget.start()


def _jobs(folder: Path) -> Iterator[Job]:
    """Everybody's, the oldest first."""
    places = [at for at in folder.iterdir() if _ID.fullmatch(at.name)]
    for at in sorted(places, key=_age, reverse=True):
        if job := _read(at):
            yield job


def _read(at: Path) -> Job | None:
    try:
        given = orjson.loads((at / "order").read_bytes())
        order = Order(given["account"], Selection(**given["selection"]), given["kind"])
        return Job(at.name, order, _state(at), at / "file")
    except (OSError, orjson.JSONDecodeError):
        return None  # gone, or just being begun


def _state(at: Path) -> State:
    making = _held(at)  # asked first: between this and a look for the file it may become whole, but never go back
    if (at / "file").exists():
        return "ready"
    return "making" if making else "lost"


def _held(at: Path) -> bool:
    """Whether somebody is at work. A descriptor of one's own: such locks belong to the open file."""
    with suppress(FileNotFoundError), (at / "lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _make_room(mine: list[Job]) -> None:
    done = [job for job in mine if job.state != "making"]
    for job in done[: max(0, len(mine) - MOST + 1)]:
        shutil.rmtree(job.file.parent, ignore_errors=True)


def _remove_old(folder: Path, kept: float = KEPT) -> None:
    for at in folder.iterdir():
        if _ID.fullmatch(at.name) and _age(at) >= kept and not _held(at):
            shutil.rmtree(at, ignore_errors=True)


def _age(at: Path) -> float:
    """Seconds since something came to lie in the folder, last of all the whole file."""
    with suppress(FileNotFoundError):
        return time.time() - at.stat().st_mtime
    return 0.0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time, across processes: what is counted here still holds when it is acted on."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with closing(os.fdopen(_open(folder / "lock"), "rb")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
