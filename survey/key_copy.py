"""The one copy of the case keys, and of which consents have ended: written to a folder elsewhere, in the place of the
copy before it.

A backup of the database holds no keys (PRIVACY.md 4). So that a broken disk does not take every case with it, their
keys are copied; and so that a purged case is gone, each new copy replaces the last, overwritten. Who has the copy needs
the key-encryption key as well, which is not in it. Box keys are in no copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from flask_babel import gettext as _
from sqlalchemy import select

from survey import audit
from survey.cases import consent, ended
from survey.cases.ended import Ended
from survey.db import NIGHT
from survey.errors import BadRequest
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.tables import case
from survey.wrapping import Unwrappable, replace_secret

NAME = "samsvar-case-keys"
_BOUND = b"samsvar case keys copy 2"


@dataclass(frozen=True)
class _Copy:
    """What lies in a copy."""

    keys: Mapping[str, bytes]
    ended: Sequence[Ended]


def write_copy(installation: Installation, folder: Path) -> int:
    """Copy every case key; gives back how many. Raises `BadRequest` where the folder cannot be written, or is the key
    folder itself, and where a key cannot be opened: the copy before may be the last that holds it.
    """
    if folder.resolve().is_relative_to(installation.settings.key_dir):
        raise BadRequest(_("Kopian ska ligga någon annanstans än nycklarna."))
    with installation.writing(NIGHT) as db:
        # Hosts in turn: none writes over another's copy a key that has been destroyed since.
        audit.in_turn(db)
        return _write(installation, folder)


def _write(installation: Installation, folder: Path) -> int:
    try:
        keys = {identity: key.hex() for identity, key in installation.case_keys.every().items()}
    except BrokenKey as broken:
        raise BadRequest(
            _("Nyckeln till ärende %(case)s går inte att öppna. Kopian är kvar som den var.", case=str(broken))
        ) from None
    copied = {"keys": keys, "ended": list(ended.noted(installation))}
    sealed = installation.wrapping.wrap(orjson.dumps(copied), _BOUND)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_secret(folder / NAME, sealed)
    except OSError as fault:
        raise BadRequest(_("%(folder)s går inte att skriva i: %(why)s", folder=folder, why=fault.strerror)) from None
    return len(keys)


def bring_back(installation: Installation, folder: Path, now: datetime) -> int:
    """Put back the keys of cases that are in the database and have none, gives back how many; and end the consents of
    which nothing here knew any more that they had ended.

    Raises `BadRequest` for a copy that is not there, or not of this installation.
    """
    copied = _read(installation, folder)
    with installation.reading() as db:
        lost = [identity for identity in db.scalars(select(case.c.id)) if not installation.case_keys.holds(identity)]
    found = [identity for identity in lost if identity in copied.keys]
    for identity in found:
        installation.case_keys.put_back(identity, copied.keys[identity])
    forgotten = ended.unknown(installation, copied.ended)
    with installation.writing() as db:
        consent.end_again(db, installation, forgotten, now)
    ended.note_all(installation, forgotten)
    return len(found)


def _read(installation: Installation, folder: Path) -> _Copy:
    try:
        plain = installation.wrapping.unwrap((folder / NAME).read_bytes(), _BOUND)
    except (OSError, Unwrappable):
        raise BadRequest(_("Där finns ingen kopia som går att öppna med den här installationens nyckel.")) from None
    copied = orjson.loads(plain)
    keys = {identity: bytes.fromhex(key) for identity, key in copied["keys"].items()}
    return _Copy(keys, [(case_id, party, datetime.fromisoformat(at)) for case_id, party, at in copied["ended"]])
