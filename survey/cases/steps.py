"""What comes next in a case, and the inbox in that order. Codes and days are enough for it: no case is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from survey import audit
from survey.audit import Entry
from survey.cases import cases, consent, rights, tasks
from survey.cases.model import Case, Consented, Reader, Task, day
from survey.errors import NotFound
from survey.installation import Installation

SOON = 30
"""Days before a consent ends when it is time to ask for a new one."""
_BY_TASK = (
    "no_consent",
    "mark_limited",
    "call_before",
    "brief_interpreter",
    "promised_contact",
    "follow_up",
    "renew_consent",
    "confirm_oral",
    "complement",
    "withdrawn",
    "handover",
    "tell_person",
)
"""Tasks of the team that come first when they are due, the most pressing first."""
_BY_STATE: Mapping[str, str] = {
    "waiting": "await_prior",
    "received": "take",
    "preparing": "book",
    "booked": "hold",
    "planned": "await_follow_up",
    "followed": "close",
    "closed": "none",
}


@dataclass(frozen=True)
class Step:
    """What comes next, by when."""

    kind: str
    """A kind of task, or `await_prior`, `renew_consent`, `take`, `book`, `hold`, `await_follow_up`, `close`, `none`."""
    due: date | None
    days: int | None
    """Days left; negative for too late."""
    urgent: bool
    """Whether somebody of the team can do it now."""
    party: str | None = None
    """Whose consent it is about, where it is about one."""

    @property
    def order(self) -> tuple[bool, int, int]:
        """The most pressing first: what can be done now, by its day, then by what it is."""
        kinds = (*_BY_TASK, *_BY_STATE.values())
        return not self.urgent, self.days if self.days is not None else SOON, kinds.index(self.kind)


@dataclass(frozen=True)
class Row:
    """A case in the inbox."""

    case: Case
    step: Step
    standings: Mapping[str, Consented]
    tasks: tuple[Task, ...]
    """The open ones."""
    meeting: date | None
    """The day of the newest booking."""


def next_step(of: Case, open_tasks: Sequence[Task], standings: Mapping[str, Consented], today: date) -> Step:
    """What comes next in a case. Pure."""
    own = [one for one in open_tasks if one.party is None and one.kind in _BY_TASK]
    due = [_from_task(one, today) for one in own if one.due is None or one.due <= today]
    expiring = _expiring(of, standings, today)
    pressing = sorted([*due, *expiring], key=lambda step: step.order)
    if pressing:
        return pressing[0]
    later = min((one.due for one in own if one.due), default=None)
    kind = _BY_STATE[of.state]
    return Step(kind, later, (later - today).days if later else None, kind in ("take", "book", "close"))


def inbox(db: Connection, installation: Installation, reader: Reader, now: datetime) -> tuple[Row, ...]:
    """Every case of the reader's team, the next step first. One row of the audit chain says that it was looked at.

    Raises `NotFound` for anybody but the team's coordinators.
    """
    audit.in_turn(db)
    if reader.party is not None or not rights.holds(db, reader):
        raise NotFound
    waiting: dict[str, list[Task]] = {}
    for one in tasks.open_in(db, reader.team):
        waiting.setdefault(one.case, []).append(one)
    standings = consent.standings_in(db, reader.team, now)
    meetings = cases.days_of(db, reader.team, "booked")
    rows = []
    for of in cases.cases_of(db, reader.team):
        left, stands = tuple(waiting.get(of.id, ())), standings.get(of.id, {})
        rows.append(Row(of, next_step(of, left, stands, day(now)), stands, left, meetings.get(of.id)))
    audit.record(db, installation.secrets, Entry(reader.account, "listed", reader.team), now)
    return tuple(sorted(rows, key=lambda row: (row.step.order, -row.case.number)))


def _from_task(one: Task, today: date) -> Step:
    days = (one.due - today).days if one.due else None
    about = one.codes[0] if one.kind in ("mark_limited", "confirm_oral", "renew_consent") and one.codes else None
    return Step(one.kind, one.due, days, True, about)


def _expiring(of: Case, standings: Mapping[str, Consented], today: date) -> list[Step]:
    if not of.open:
        return []
    left = [(one.days_left(today), one) for one in standings.values() if one.active and one.confirm_by is None]
    return [
        Step("renew_consent", one.until, days, True, one.party)
        for days, one in left
        if days is not None and days <= SOON
    ]
