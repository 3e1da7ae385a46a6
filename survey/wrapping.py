"""The key-encryption keys: what wraps the key of every box and every case, and how one takes the place of another.

There is one, or while keys are rotated two: the newest wraps, each of them unwraps. Where it lies in a file, the file
is asked each time, so that whoever answers right now follows a rotation at once; one that is given by the environment
or a command is known from the start of the process.
"""

import fcntl
import os
import secrets
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from settings import BadSetting, Settings

KEY = 32
"""Bytes."""
LOCK = "rotation"
"""The file in the key folder that whoever writes or destroys a key there holds; it says which rotation is under way."""
Task = Literal["keys", "fields"]
"""What a rotation does: every key wrapped anew; and besides, every case encrypted anew with a key of its own."""
_NONCE = 12
_LINE = 40
_PATIENCE = 60
"""Seconds a command may take."""


class Unwrappable(Exception):
    """None of the keys opens it, or it is bound to something else."""


class Wrapping:
    """The key-encryption keys, and the turn of those who write or destroy what they wrap."""

    def __init__(self, keys: Sequence[bytes], lock: Path) -> None:
        self._known = tuple(keys)
        self._lock = lock

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The newest first."""
        return self._known

    @property
    def files(self) -> tuple[Path, ...]:
        """Where they lie, if in files."""
        return ()

    def wrap(self, plain: bytes, bound: bytes) -> bytes:
        """`plain` under the key that is in use. In one's `turn`, or a rotation could forget that key meanwhile.

        Raises `OSError` where that cannot be known, or this process was not given it.
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._in_use()).encrypt(nonce, plain, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """What `wrap` was given, with any of the keys. Raises `Unwrappable`."""
        for key in self.keys:
            try:
                return _opened(key, wrapped, bound)
            except (InvalidTag, ValueError):
                continue
        raise Unwrappable

    def is_newest(self, wrapped: bytes, bound: bytes) -> bool:
        """Whether the newest key opens it."""
        try:
            _opened(self.keys[0], wrapped, bound)
        except (InvalidTag, ValueError):
            return False
        return True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else writes or destroys a wrapped key meanwhile, in any process or on any host that shares the folder.

        Never ask for a turn of the database within it: those who have that one wait for this.
        """
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def settle(self) -> None:
        """Note which key is in use, in a key folder that does not say so yet."""
        with self.turn():
            if not self._noted():
                self._note(_fingerprint(self.keys[0]))

    def begin(self, wanted: Task) -> Task:
        """Begin a rotation, or go on with one that was interrupted; gives what that one does.

        Raises `BadSetting` where the new key must be given from outside, and has not been.
        """
        with self.turn():
            task = self.under_way or wanted
            if len(self.keys) == 1:
                self._add()
            self._note(f"{_fingerprint(self.keys[0])} {task}")
            return task

    def end(self) -> bool:
        """Forget every key but the newest: nothing is wrapped by them any more. Whether that could be done here."""
        with self.turn():
            forgotten = self._forget()
            self._note(_fingerprint(self.keys[0]))
            return forgotten

    @property
    def under_way(self) -> Task | None:
        """The rotation that has been begun and not ended."""
        said = self._noted()[1:]
        return "fields" if said == ["fields"] else "keys" if said == ["keys"] else None

    def _add(self) -> None:
        raise BadSetting(
            "Ge den nya nyckeln före den gamla i SAMSVAR_KEK eller från SAMSVAR_KEK_COMMAND, med komma emellan. "
            "Starta om tjänsten, och kör keys rotate igen. Se docs/operation.md."
        )

    def _forget(self) -> bool:
        return len(self.keys) == 1

    def _in_use(self) -> bytes:
        """The newest key once a rotation has been begun, the one before until then; a process that was started with
        another writes nothing that those started later could not read."""
        noted = self._noted()
        for key in self.keys:
            if not noted or noted[0] == _fingerprint(key):
                return key
        raise OSError("The key-encryption key in use is another one by now.")

    def _noted(self) -> list[str]:
        try:
            return self._lock.read_text("ascii").split()
        except FileNotFoundError:
            return []

    def _note(self, line: str) -> None:
        # In place, for this is the file that is locked; one short line of one block.
        descriptor = self._open()
        try:
            os.pwrite(descriptor, f"{line:<{_LINE}}\n".encode(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        return os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


class FileWrapping(Wrapping):
    """The keys in a file of their own, one after the other: 32 bytes, or 64 while they are rotated."""

    def __init__(self, file: Path, lock: Path) -> None:
        self._file = file
        super().__init__(_in_file(file), lock)

    @property
    def files(self) -> tuple[Path, ...]:
        """The one file."""
        return (self._file,)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """As they are in the file now; as they were, where it cannot be read for the moment."""
        try:
            self._known = _in_file(self._file)
        except BadSetting:
            return self._known
        return self._known

    def _in_use(self) -> bytes:
        try:
            return _in_file(self._file)[0]
        except BadSetting as fault:
            raise OSError(fault.message) from None

    def _add(self) -> None:
        replace_secret(self._file, secrets.token_bytes(KEY) + self.keys[0])

    def _forget(self) -> bool:
        if len(self.keys) > 1:
            replace_secret(self._file, self.keys[0])
        return True


def wrapping_of(settings: Settings) -> Wrapping:
    """The key-encryption keys as the settings give them. Raises `BadSetting` where there is none."""
    lock = settings.key_dir / LOCK
    if settings.kek:
        return Wrapping(_in_words(settings.kek, "SAMSVAR_KEK"), lock)
    if settings.kek_command:
        return Wrapping(_in_words(_said_by(settings.kek_command), "SAMSVAR_KEK_COMMAND"), lock)
    return FileWrapping(settings.kek_file, lock)


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads, whole or not at all, and durable on return."""
    part = part_of(path)
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    make_durable(path.parent)


def part_of(path: Path) -> Path:
    """What the file is called until it is whole."""
    return path.with_name(f".{path.name}.part")


def replace_secret(path: Path, content: bytes) -> None:
    """The same in the place of a file there may be: that one is overwritten once the new one is whole and durable."""
    with path.open("r+b") if path.exists() else nullcontext() as old:
        write_secret(path, content)
        if old is not None:
            old.write(secrets.token_bytes(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())


def make_durable(folder: Path) -> None:
    """A file's name lives in its folder: without this a power cut can bring back or lose the name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fingerprint(key: bytes) -> str:
    """What a key is known by in the key folder; it tells nothing about a key that is random."""
    return sha256(b"samsvar key-encryption key" + key).hexdigest()[:16]


def _opened(key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound)


def _in_file(path: Path) -> tuple[bytes, ...]:
    try:
        content = path.read_bytes()
    except OSError:
        raise BadSetting(f"{path} saknas eller går inte att läsa. Kör `flask --app app setup`.") from None
    if not content or len(content) % KEY:
        raise BadSetting(f"{path} ska vara {KEY} byte, men är {len(content)}.")
    return tuple(content[at : at + KEY] for at in range(0, len(content), KEY))


def _in_words(text: str, name: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(word) for word in text.replace(",", " ").split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY for key in keys):
        raise BadSetting(f"{name} ska ge {2 * KEY} hexadecimala tecken för varje nyckel, den nyaste först.")
    return keys


def _said_by(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, timeout=_PATIENCE, check=True)  # noqa: S603
        return done.stdout.decode("ascii")
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        # Never what it said: that may be the key.
        raise BadSetting("SAMSVAR_KEK_COMMAND gick inte att köra, eller svarade inte med en nyckel.") from None
