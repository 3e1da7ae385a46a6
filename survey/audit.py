"""The audit chain: who read or changed what of whose case, in rows that only follow each other.

Each row's mac is made of the row and of the mac before it, under a secret outside the database; the newest is noted in
a file outside it as well, the anchor, sealed under that secret: whoever has the database and the file, but not the
secret, can note no other row there. So a row that is changed, taken away, moved or cut off at the end is seen
(PRIVACY.md P25). The tables' triggers refuse the honest mistakes, the chain tells of the dishonest ones.
Rows hold codes and random names, never what somebody answered. Respondents leave none.
"""

import fcntl
import hmac
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, insert, select

from survey.db import CASES, exclusively
from survey.keys import Secrets
from survey.tables import audit
from survey.wrapping import write_secret

GROWTH = "audit growth"
"""Where a connection remembers how far it has taken the chain, until the transaction is committed."""
_log = logging.getLogger("samsvar.audit")

RESTORED = "restored"
"""The row that says that the database was restored from a backup, and from how far a chain."""
Fault = Literal["changed", "missing", "cut", "anchor", "aside"]
"""A row is not as it was written; rows are missing within; rows are missing at the end; the anchor is missing, or is
not of this chain; one was set aside for a restore that the chain does not tell of."""


@dataclass(frozen=True)
class Entry:
    """What is to be told of one deed."""

    actor: str
    """Account id, or `person`, `referrer`, `command`."""
    action: str
    team: str = ""
    case: str = ""
    detail: str = ""
    """Codes: which documents, which party, why it was refused."""


@dataclass(frozen=True)
class Row:
    """An entry in its place."""

    number: int
    at: datetime
    entry: Entry


@dataclass(frozen=True)
class Head:
    """The newest row of the chain."""

    number: int
    mac: bytes


@dataclass(frozen=True)
class Growth:
    """From where to where one transaction has taken the chain."""

    before: Head
    head: Head


@dataclass(frozen=True)
class Verdict:
    """What looking at the whole chain came to; `number` is the first row that is wrong or missing."""

    rows: int
    fault: Fault | None = None
    number: int | None = None
    head: str = field(default="", compare=False)
    """How the newest row of a whole chain begins: written down elsewhere, it is known again."""

    def __bool__(self) -> bool:
        return self.fault is None


_BEGINNING = Head(0, bytes(32))


def in_turn(db: Connection) -> None:
    """Wait for everybody who is reading or changing a case. What is read after this is what there is until the commit,
    so no withdrawal comes between looking at a consent and acting on it."""
    exclusively(db, CASES)


def record(db: Connection, keys: Secrets, entry: Entry, now: datetime) -> None:
    """Add a row to the chain, in the transaction of what it tells of."""
    in_turn(db)
    last = newest(db)
    row = Row(last.number + 1, now, entry)
    mac = _mac(keys, last.mac, row)
    db.execute(insert(audit).values(number=row.number, at=row.at, mac=mac, **_columns(entry)))
    grown: Growth = db.info.get(GROWTH, Growth(last, last))
    db.info[GROWTH] = Growth(grown.before, Head(row.number, mac))


def head_at(db: Connection, number: int) -> Head | None:
    """The row with that number, as an anchor notes it."""
    if number == 0:
        return _BEGINNING
    mac = db.scalar(select(audit.c.mac).where(audit.c.number == number))
    return None if mac is None else Head(number, mac)


def rows_of(db: Connection, case: str) -> tuple[Row, ...]:
    """Every row about a case, the newest first."""
    return as_rows(db.execute(select(audit).where(audit.c.case == case).order_by(audit.c.number.desc())).all())


@dataclass(frozen=True)
class Aside:
    """An anchor that was set aside: what it notes, None where that was under another secret, and all it says."""

    head: Head | None
    content: bytes

    @property
    def name(self) -> str:
        """What the row of the restore calls it by: how far that chain had come, and what cannot be made to fit."""
        return f"{self.head.number if self.head else '-'}:{sha256(self.content).hexdigest()[:_SHORT]}"


class Anchor:
    """The file that says how far the chain had come; it never runs ahead of the database, and lags behind only by what
    was committed in the moment of a crash. It is made with the installation: one that is missing has been taken away.
    """

    def __init__(self, path: Path, keys: Secrets) -> None:
        self.path = path
        self._keys = keys

    def begin(self, head: Head = _BEGINNING) -> None:
        """Note where the chain begins, or goes on from after a restore, in a new file."""
        write_secret(self.path, self._line(head))

    def advance(self, grown: Growth, row_at: Callable[[int], Head | None]) -> None:
        """Note a newer row of the same chain; an older one changes nothing.

        A chain that does not hold what is noted has been rewritten or cut off: then the anchor stays, as evidence. One
        that cannot be written is logged: the deed is done. `row_at` finds a row of the database.
        """
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as fault:
            _log.error("The anchor of the audit chain cannot be written: %s", fault.strerror)
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            noted = self._noted(os.pread(descriptor, _LINE, 0))
            if noted is not None and noted.number >= grown.head.number:
                return
            if noted is None or noted not in (grown.before, row_at(noted.number)):
                _log.error("The audit chain is not the one the anchor knows. Run `flask audit verify`.")
                return
            # One line over another, of the same length: no crash leaves half of each.
            os.pwrite(descriptor, self._line(grown.head), 0)
        except OSError as fault:
            _log.error("The anchor of the audit chain cannot be written: %s", fault.strerror)
        finally:
            os.close(descriptor)

    def set_aside(self, now: datetime, head: Head) -> tuple[str, ...]:
        """Keep what is noted under the day's name, and go on from `head`: the database has been restored from a backup.
        Gives what a row of the chain must name, so that `verify` knows why it does not hold what is set aside."""
        if self.path.exists():
            self.path.rename(self.path.with_name(f"{self.path.name}.{now:%Y-%m-%dT%H%M%S}"))
        self.begin(head)
        return tuple(one.name for one in self.aside())

    def read(self) -> Head | None:
        """What is noted; None where there is nothing, or nothing that was noted here."""
        try:
            return self._noted(self.path.read_bytes())
        except OSError:
            return None

    def aside(self) -> tuple[Aside, ...]:
        """What was noted when the database was restored, each time."""
        contents = [path.read_bytes() for path in sorted(self.path.parent.glob(f"{self.path.name}.*"))]
        return tuple(Aside(self._noted(content), content) for content in contents)

    def _line(self, head: Head) -> bytes:
        told = f"{head.number:020d} {head.mac.hex()}"
        return f"{told} {self._seal(told)}\n".encode()

    def _noted(self, line: bytes) -> Head | None:
        try:
            told, _blank, seal = line.decode("ascii").strip().rpartition(" ")
            number, mac = told.split()
            head = Head(int(number), bytes.fromhex(mac))
        except ValueError:
            return None
        return head if hmac.compare_digest(seal, self._seal(told)) else None

    def _seal(self, told: str) -> str:
        return hmac.digest(self._keys.derive("audit anchor"), told.encode(), "sha256").hex()


def newest(db: Connection) -> Head:
    """The head of the chain as it is in the database."""
    last = db.execute(select(audit.c.number, audit.c.mac).order_by(audit.c.number.desc()).limit(1)).first()
    return Head(*last) if last else _BEGINNING


def verify(db: Connection, keys: Secrets, anchor: Anchor) -> Verdict:
    """Look at the whole chain, at the anchor, and at those set aside when the database was restored; at every row."""
    noted, aside = anchor.read(), anchor.aside()  # before the rows: those that come meanwhile lie beyond them
    before, seen, held, named = _BEGINNING.mac, 0, {_BEGINNING}, set[str]()
    wanted = {head.number for head in (noted, *(one.head for one in aside)) if head}
    for found in db.execute(select(audit).order_by(audit.c.number)).yield_per(1000):
        if found.number != seen + 1:
            return Verdict(seen, "missing", seen + 1)
        (row,) = as_rows([found])
        if not hmac.compare_digest(found.mac, _mac(keys, before, row)):
            return Verdict(seen, "changed", row.number)
        before, seen = found.mac, row.number
        if seen in wanted:
            held.add(Head(seen, before))
        if row.entry.action == RESTORED:
            named |= set(row.entry.detail.split())
    if noted is None:
        return Verdict(seen, "anchor")
    if noted.number > seen:
        return Verdict(seen, "cut", seen + 1)
    if noted not in held:
        return Verdict(seen, "anchor", noted.number)
    known = all(one.head in held or one.name in named for one in aside)
    return Verdict(seen, head=before.hex()[:_SHORT]) if known else Verdict(seen, "aside")


_LINE = 20 + 1 + 64 + 1 + 64 + 1
_SHORT = 16
"""Signs of a mac that are enough to know it again."""


def _mac(keys: Secrets, before: bytes, row: Row) -> bytes:
    it = row.entry
    told = orjson.dumps((row.number, row.at.isoformat(), it.actor, it.action, it.team, it.case, it.detail))
    return hmac.digest(keys.derive("audit"), before + told, "sha256")


def as_rows(found: Iterable[Any]) -> tuple[Row, ...]:
    """Rows of the table as what they tell of."""
    return tuple(Row(one.number, one.at, Entry(one.actor, one.action, one.team, one.case, one.detail)) for one in found)


def _columns(entry: Entry) -> dict[str, str]:
    return {
        "actor": entry.actor,
        "action": entry.action,
        "team": entry.team,
        "case": entry.case,
        "detail": entry.detail,
    }
