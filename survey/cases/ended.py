"""Which consents have ended, in a file outside the database: a backup that is older must not bring them to life.

Beside the keys, since a database is restored only with these (`survey.backup`), and in their copy (`survey.key_copy`).
A line is a random id, a party's code and a moment. One too many, from a transaction that came to nothing, ends a
consent after a restore; never one too few.
"""

import logging
import os
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from survey.installation import Installation

NAME = "consents.ended"
Ended = tuple[str, str, datetime]
"""A case's id, a party's code, and the moment."""
_log = logging.getLogger("samsvar.consents")


def note(installation: Installation, case_id: str, parties: Collection[str], at: datetime) -> None:
    """Write down that these consents end now, durable on return. A file that cannot be written is logged: nobody is
    kept from taking back a consent by a full disk."""
    note_all(installation, [(case_id, party, at) for party in parties])


def unknown(installation: Installation, told: Iterable[Ended]) -> tuple[Ended, ...]:
    """What a copy knows and the file has lost."""
    known = set(noted(installation))
    return tuple(one for one in told if one not in known)


def noted(installation: Installation) -> Iterator[Ended]:
    """Case, party and moment of every consent that has ended; what a crash has left half of a line is passed over."""
    try:
        lines = _file(installation).read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            case_id, party, at = line.split(" ")
            moment = datetime.fromisoformat(at)
        except ValueError:
            continue
        if moment.tzinfo is not None:
            yield case_id, party, moment


def note_all(installation: Installation, told: Iterable[Ended]) -> None:
    """Write down what has ended, as `note`."""
    lines = "".join(f"{case_id} {party} {at.isoformat()}\n" for case_id, party, at in told).encode()
    try:
        descriptor = os.open(_file(installation), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as fault:
        _log.error("That a consent has ended cannot be noted beside the keys: %s", fault.strerror)


def _file(installation: Installation) -> Path:
    return installation.settings.key_dir / NAME
