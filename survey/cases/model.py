"""What a case, its documents, consents, tasks and events are, as values; the rows are in `survey.tables`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from forms.model import Answers, Form

Content = Mapping[str, Any]
"""Answers by question, as JSON has them: text, a list of codes, a list of rows."""

State = Literal["waiting", "received", "preparing", "booked", "planned", "followed", "closed"]
"""Waiting for the own representative's yes; received; somebody has taken it; a meeting is booked; there is a plan; the
plan has been followed up; closed."""
Kind = Literal["referral", "booking", "mapping", "plan", "follow_up", "closing", "manager"]
"""What a document is."""

Say = Literal["given", "limited", "refused"]
"""What somebody says: yes; yes, but not all; no."""
Standing = Literal["given", "limited", "refused", "withdrawn", "expired", "unconfirmed", "superseded"]
"""How a party's consent stands: as said, or taken back, or over, or never confirmed in writing, or replaced."""
How = Literal["paper", "screen", "oral_here", "oral_phone"]
ORAL: tuple[How, ...] = ("oral_here", "oral_phone")

CONTACT = "contact"
"""What any party with a consent that counts may read."""
KINDS_OF_INFORMATION = ("1", "2", "3", "4", "5")
"""Work, money, health, social services, family: read only where the consent names it."""
PURPOSE = "plan_support"
"""What every consent here is for: planning the person's support together (INSTRUMENTS.md 3.5)."""


def day(moment: datetime) -> date:
    """The day it is here at that moment."""
    return moment.astimezone().date()


@dataclass(frozen=True)
class Case:
    """A referral and what follows, as far as codes and days tell of it. Names nobody."""

    id: str
    team: str
    number: int
    state: State
    form: str
    version: int
    received: datetime
    role: str
    """Who filled it in: `referrer`, `self`, `helper`."""
    organisation: str | None
    sex: str | None
    municipality: str | None
    situations: tuple[str, ...]
    reason: str | None
    outside_age: bool
    interpreter: bool
    unwanted: tuple[str, ...]
    """Parties the person does not want at the meeting."""
    responsible: str | None
    """Account id."""
    outcome: str | None
    closed_on: date | None

    @property
    def reference(self) -> str:
        """What people call it by."""
        return reference(self.number)

    @property
    def open(self) -> bool:
        return self.state != "closed"

    @property
    def self_referred(self) -> bool:
        return self.role != "referrer"


def reference(number: int) -> str:
    """`A-0142`, one series in each team."""
    return f"A-{number:04d}"


@dataclass(frozen=True)
class Reader:
    """Who asks to read: the team's coordinator (no party), somebody of a party, or the case manager (`cm`)."""

    account: str
    team: str
    party: str | None = None


@dataclass(frozen=True)
class ConsentEvent:
    """One event of a party's consent. Never changed; `survey.cases.consent.standing` says what follows from all."""

    number: int
    party: str
    kind: str
    at: datetime
    actor: str
    purpose: str
    categories: frozenset[str]
    valid_from: date | None = None
    valid_until: date | None = None
    how: How | None = None
    confirm_by: date | None = None
    language: str | None = None
    interpreted: bool | None = None
    wording: bytes | None = None
    """SHA-256 of the text exactly as it was shown."""


@dataclass(frozen=True)
class Consented:
    """How a party's consent stands on a day."""

    party: str
    state: Standing
    categories: frozenset[str]
    """What it covers beside contact; empty for a limited one that nobody has marked yet."""
    since: datetime
    valid_from: date | None
    until: date | None
    confirm_by: date | None
    """The day by which an oral yes must be confirmed in writing."""
    how: How | None
    active: bool
    """Whether it covers a reading on that day."""

    def days_left(self, today: date) -> int | None:
        """Days until it ends by itself, today not counted; None where it does not."""
        ends = [end for end in (self.until, self.confirm_by) if end]
        return (min(ends) - today).days if self.active and ends else None


@dataclass(frozen=True)
class Event:
    """Something that happened in a case, by code."""

    number: int
    kind: str
    at: datetime
    fell_on: date
    code: str
    actor: str


@dataclass(frozen=True)
class Task:
    """Something to be done."""

    id: str
    case: str
    kind: str
    party: str | None
    """Whose it is; None: the team's."""
    codes: tuple[str, ...]
    words: str
    """What was promised in own words; "" where nobody may read it here."""
    made: datetime
    due: date | None
    done: datetime | None
    actor: str | None


@dataclass(frozen=True)
class Document:
    """One version of something written about the person, as far as its reader may see it."""

    kind: Kind
    version: int
    form: Form | None
    """The form as it was asked; None for what no form asks: booking, closing, case manager."""
    language: str
    at: datetime
    actor: str
    answers: Answers
    hidden: frozenset[str] = frozenset()
    """Questions whose answers stand here masked, until somebody asks for one and that is told in the audit chain."""


@dataclass(frozen=True)
class Manager:
    """The case manager, as far as days tell of it; the extent in words is the document `manager`."""

    state: Literal["offered", "accepted", "declined", "ended"]
    account: str | None
    began_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class View:
    """A case as one reader may see it now."""

    case: Case
    reader: Reader
    standings: Mapping[str, Consented]
    documents: Mapping[str, Document]
    """The newest version of each kind there is."""
    versions: Mapping[str, int]
    """How many versions of each kind there are."""
    tasks: tuple[Task, ...]
    events: tuple[Event, ...]
    manager: Manager | None
    categories: frozenset[str]
    """What of the documents is shown."""
    locked: bool
    """Whether no consent counts any more: then only the coordinator reads, and nothing new is written."""
    same_person: tuple[str, ...] = ()
    """References of the team's other cases under the same personal number."""
