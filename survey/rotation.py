"""Rotating keys, while the service goes on: a new key-encryption key for every key, and a new key for every case.

A killed run is gone on with by the next, from what lies in the key folder: a key that the old key-encryption key wraps
is still to be wrapped anew; a case with two keys is still to be encrypted anew. The old key of anything is forgotten
only when nothing needs it any more, so nothing is lost wherever it stops (PRIVACY.md P19). A box's answers are sealed
to its own key until they are released; that key is wrapped anew and no more, and so is that of drafts, which live for
two weeks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, select, update

from survey import audit, key_copy
from survey.audit import Entry
from survey.cases import cases, consent, documents, tasks
from survey.errors import NotFound
from survey.installation import Installation
from survey.keys import BrokenKey, WrappedKeys
from survey.repair import scrub
from survey.tables import consent_event, document, task
from survey.vault import Damaged, Place, Vault
from survey.wrapping import Task

_FIELDS: Sequence[tuple[Column[Any], Callable[[Any], Place]]] = (
    (document.c.answers, lambda row: documents.place(row.case, row.kind, row.version)),
    (consent_event.c.private, lambda row: consent.place(row.case, row.number)),
    (task.c.words, lambda row: tasks.place(row.id)),
)
"""Every column that a case's key encrypts, and where a row of it lies."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation did."""

    keys: int
    """Wrapped anew."""
    cases: int
    """Encrypted anew."""
    broken: tuple[str, ...]
    """Files of keys that could not be opened before either, and cases with a field that could not."""
    forgotten: bool
    """Whether the old key-encryption key is gone; else whoever gave it takes it away."""


def rotate(installation: Installation, now: datetime, *, fields: bool = False, copy: Path | None = None) -> Rotated:
    """Wrap every key by a new key-encryption key; where `fields` are asked for, encrypt every case with a new key, too.

    `copy` is the folder with the copy of the case keys, which is replaced before the old keys are forgotten. A rotation
    of another kind that was interrupted is ended first. Raises `BadSetting` where the new key has not been given,
    `BadRequest` where the copy cannot be written.
    """
    wanted: Task = "fields" if fields else "keys"
    done = installation.wrapping.begin(wanted)
    found = _run(installation, now, done, copy)
    return found if done == wanted or not fields else rotate(installation, now, fields=fields, copy=copy)


def _run(installation: Installation, now: datetime, what: Task, copy: Path | None) -> Rotated:
    case_keys = installation.case_keys
    boxes, broken = _wrap_anew(installation.keys, fresh=False)
    wrapped, broken_too = _wrap_anew(case_keys, fresh=what == "fields")
    drafts, broken_three = _wrap_anew(installation.draft_key, fresh=False)
    if copy:
        key_copy.write_copy(installation, copy)  # before anything is encrypted with a key that is only here
    under_way = [identity for identity in case_keys.names() if _keys_of(installation, identity) > 1]
    damaged = [identity for identity in under_way if not _encrypt_anew(installation, identity)]
    if under_way:
        scrub(installation, [str(column.table.name) for column, _place in _FIELDS])
        if copy:
            key_copy.write_copy(installation, copy)
    keys, encrypted = boxes + wrapped + drafts, len(under_way) - len(damaged)
    with installation.writing() as db:
        told = f"{what} {keys} {encrypted}"
        audit.record(db, installation.secrets, Entry("command", "keys_rotated", detail=told), now)
    return Rotated(keys, encrypted, (*broken, *broken_too, *broken_three, *damaged), installation.wrapping.end())


def _wrap_anew(folder: WrappedKeys, *, fresh: bool) -> tuple[int, list[str]]:
    """How many keys were wrapped anew, and the names of those that could not be opened."""
    wrapped, broken = 0, []
    for identity in folder.names():
        try:
            wrapped += folder.wrap_anew(identity, fresh=fresh)
        except BrokenKey:
            broken.append(f"{folder.prefix}{identity}")
    return wrapped, broken


def _keys_of(installation: Installation, identity: str) -> int:
    try:
        return len(installation.case_keys.keys(identity))
    except BrokenKey:
        return 0


def _encrypt_anew(installation: Installation, identity: str) -> bool:
    """Encrypt every field of a case with the newest of its keys, then forget the older. Nobody reads or changes a case
    meanwhile. False, and both keys stay, where a field opens with neither."""
    try:
        with installation.writing() as db:
            cases.in_turn(db, identity)
            vault = cases.vault_of(installation, identity)
            for column, place_of in _FIELDS:
                _lock_anew(db, vault, identity, column, place_of)
    except NotFound:
        return True  # deleted meanwhile, and its key with it
    except Damaged:
        return False
    installation.case_keys.forget_older(identity)
    return True


def _lock_anew(
    db: Connection, vault: Vault, identity: str, column: Column[Any], place_of: Callable[[Any], Place]
) -> None:
    table = column.table
    assert isinstance(table, Table)
    for row in db.execute(select(table).where(table.c.case == identity, column.is_not(None))).all():
        place = place_of(row)
        here = and_(*(key == getattr(row, key.name) for key in table.primary_key))
        field = vault.lock(place, vault.unlock(place, getattr(row, column.name)))
        db.execute(update(table).where(here).values({column: field}))
