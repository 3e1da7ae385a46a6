"""Release: when a period has ended, boxes that hold enough answers are opened together, mixed and emptied.

One closing per association and period, in one transaction (docs/adr/0003). What follows its commit, and a crash, is
`survey.repair`. Here, and only here, it is decided that sealed answers are read, and k is enforced (PRIVACY.md 2).
"""

import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta

from sqlalchemy import Connection, Select, delete, func, insert, literal, select, update

from survey.box import BOX_COLUMNS, begin
from survey.db import NIGHT, exclusively
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.mixing import read, store
from survey.model import Box, Round
from survey.periods import Period, PeriodKind
from survey.published import pool_versions
from survey.redaction import redactor, staff_names
from survey.repair import repair
from survey.rounds import find_round
from survey.tables import association, box, release, round_, sealed, sent, team, ticket

Closing = Callable[[Connection, str, Period, date], None]
"""What computes and stores an association's figures when a period closes: `exports.groups.close`."""

PATIENCE = 4
"""Periods a box waits by itself before it is opened together with other waiting boxes."""
PAGE_LIVES = timedelta(days=2)
"""How long a page can be sent, so how long the ids of released answers are kept to know it again."""
_log = logging.getLogger("samsvar.release")


@dataclass
class Outcome:
    """What a release run did, in rounds. Says how many only about what was opened."""

    released: list[tuple[str, int]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    pooled: list[str] = field(default_factory=list)
    destroyed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Rounds whose box was left alone: its key is missing, its mac is wrong or too many answers are damaged."""


@dataclass(frozen=True)
class _Due:
    """A current box whose first period has ended."""

    box: Box
    round: Round
    began: Period
    n: int

    @property
    def k(self) -> int:
        """What the box promised, or more where the association has raised it since."""
        return max(self.box.k, self.round.k)


def release_due(installation: Installation, closing: Closing) -> Outcome:
    """Close every period that has ended and not been closed, for every association. Safe to run twice at once.

    A box is opened at its association's newest closing and belongs whole to that period. Periods that nobody closed
    in time are closed before it, without opening anything, so that `closing` sees every year end.
    """
    repair(installation)
    outcome = Outcome()
    with installation.reading() as db:
        associations = list(db.scalars(select(association.c.slug).order_by(association.c.slug)))
    for slug in associations:
        _close_association(installation, slug, closing, outcome)
    _forget_sent(installation)
    repair(installation)
    return outcome


def overdue_since(db: Connection, today: date) -> list[date]:
    """For each association with a period that has ended and is not closed, the last day of the oldest such."""
    slugs = db.scalars(select(association.c.slug).where(association.c.slug.in_(_with_boxes())))
    waiting = [_next_to_close(db, slug, today)[0] for slug in slugs.all()]
    return [period.last_day for period in waiting if period]


def _with_boxes() -> Select[str]:
    return select(team.c.association).join(round_, round_.c.team == team.c.slug).join(box, box.c.round == round_.c.id)


def _close_association(installation: Installation, slug: str, closing: Closing, outcome: Outcome) -> None:
    today = installation.today()
    while True:
        with installation.writing(NIGHT) as db:
            exclusively(db)
            period, newest = _next_to_close(db, slug, today)
            if period is None:
                return
            done = _open_what_is_due(db, installation, slug, period) if newest else Outcome()
            closing(db, slug, period, today)
            db.execute(update(association).where(association.c.slug == slug).values(closed_through=period.label))
        _add(outcome, done)


def _next_to_close(db: Connection, slug: str, today: date) -> tuple[Period | None, bool]:
    """The oldest ended period that is not closed, and whether it is also the newest such."""
    row = db.execute(select(association.c.period, association.c.closed_through).where(association.c.slug == slug)).one()
    kind: PeriodKind = row.period
    newest = Period.last_ended(today, kind)
    if row.closed_through is None:
        return newest, True
    closed = Period.parse(row.closed_through)
    following = Period.of(closed.last_day + timedelta(days=1), kind)
    if not following.ended(today):
        return None, False
    return following, following == newest


def _open_what_is_due(db: Connection, installation: Installation, slug: str, period: Period) -> Outcome:
    outcome = Outcome()
    waiting: dict[str, list[_Due]] = defaultdict(list)
    for due in _due(db, slug, period):
        if not _usable(installation, due):
            outcome.broken.append(due.round.id)
        elif due.n < due.k:
            waiting[due.round.pool].append(due)
        elif n := _open(db, installation, [due], period, due.round.team):
            outcome.released.append((due.round.id, n))
        else:
            outcome.broken.append(due.round.id)
    for together in waiting.values():
        _pool_or_wait(db, installation, together, period, outcome)
    return outcome


def _due(db: Connection, slug: str, period: Period) -> list[_Due]:
    """The association's current boxes that began in `period` or before, held still until the transaction ends, and so
    are their rounds: what is printed meanwhile counts for the next box."""
    rows = db.execute(
        select(*BOX_COLUMNS, box.c.began)
        .join_from(box, round_)
        .join(team)
        .where(team.c.association == slug, box.c.state == "current")
        .order_by(box.c.id)
        .with_for_update(of=(box, round_))
    ).all()
    # Counted only now: whoever was sending when the rows were locked has committed, and nobody sends any more.
    counts = select(sealed.c.box, func.count()).where(sealed.c.box.in_([row.id for row in rows])).group_by(sealed.c.box)
    held = {row[0]: int(row[1]) for row in db.execute(counts)}
    due = []
    for *columns, label in rows:
        one, began = Box(*columns), Period.parse(label)
        if began.last_day <= period.last_day:
            due.append(_Due(one, find_round(db, one.round), began, held.get(one.id, 0)))
    return due


def _usable(installation: Installation, due: _Due) -> bool:
    if not due.box.genuine(installation.secrets.derive("box")):
        _log.error("Box %s is not one of ours: its mac is wrong. It is left alone.", due.box.id)
        return False
    try:
        installation.keys.private(due.box.id)
    except BrokenKey:
        _log.error("The key of box %s is missing or broken. Its answers cannot be read; it is left alone.", due.box.id)
        return False
    return True


def _pool_or_wait(
    db: Connection, installation: Installation, waiting: Sequence[_Due], period: Period, outcome: Outcome
) -> None:
    """Boxes too small for themselves: opened together when they have waited long, destroyed when nothing helps."""
    patient = [due for due in waiting if due.began.reached(period) >= PATIENCE]
    enough = patient and sum(due.n for due in patient) >= max(due.k for due in patient)
    if enough and _open(db, installation, patient, period, None):
        outcome.pooled.extend(due.round.id for due in patient)
        waiting = [due for due in waiting if due not in patient]
    for due in waiting:
        if _hopeless(due, period):
            _empty(db, installation, [due])
            outcome.destroyed.append(due.round.id)
        else:
            outcome.waiting.append(due.round.id)


def _hopeless(due: _Due, period: Period) -> bool:
    """Whether a closed round has waited for company a year beyond its patience."""
    return not due.round.open and due.began.reached(period) >= PATIENCE + 12 // period.months


def _open(
    db: Connection, installation: Installation, together: Sequence[_Due], period: Period, team: str | None
) -> int:
    """Open boxes as one batch and begin new ones; the number of people, or 0 when too few could be read.

    `team` is None for a batch of several teams.
    """
    rounds = [due.round for due in together]
    forms = pool_versions(db, rounds[0].pool)
    redact = redactor(staff_names(db, {one.team for one in rounds}))
    batch = read(db, installation, [due.box for due in together], forms, redact)
    if batch.damaged:
        _log.error("%d answers in %s could not be opened.", batch.damaged, ", ".join(due.box.id for due in together))
    if batch.n < max(due.k for due in together):
        return 0
    identity = secrets.token_hex(10)
    db.execute(
        insert(release).values(
            id=identity,
            association=rounds[0].association,
            team=team,
            form=rounds[0].pool,
            began=min((due.began for due in together), key=lambda began: began.first_day).label,
            period=period.label,
            n=batch.n,
            participants=sum(one.participants for one in rounds),
            issued=sum(one.issued for one in rounds),
            voided=sum(one.voided for one in rounds),
            released_on=installation.today(),
        )
    )
    store(db, identity, batch)
    _empty(db, installation, together)
    return batch.n


def _empty(db: Connection, installation: Installation, together: Sequence[_Due]) -> None:
    """Delete what lay in the boxes and the tickets spent on it, and begin anew where the round is open."""
    boxes, rounds = [due.box.id for due in together], [due.round.id for due in together]
    known = select(sealed.c.id, literal(installation.today())).where(sealed.c.box.in_(boxes))
    db.execute(insert(sent).from_select(["id", "released_on"], known))
    db.execute(delete(sealed).where(sealed.c.box.in_(boxes)))
    db.execute(delete(ticket).where(ticket.c.round.in_(rounds), ticket.c.spent))
    db.execute(update(box).where(box.c.id.in_(boxes)).values(state="emptied"))
    db.execute(update(round_).where(round_.c.id.in_(rounds)).values(participants=0, issued=0, voided=0))
    for due in together:
        if due.round.open:
            begin(db, installation, find_round(db, due.round.id))


def _forget_sent(installation: Installation) -> None:
    """Forget the ids of released answers once no page can be alive that was sent with them."""
    with installation.writing(NIGHT) as db:
        db.execute(delete(sent).where(sent.c.released_on < installation.today() - PAGE_LIVES))


def _add(outcome: Outcome, part: Outcome) -> None:
    for each in fields(Outcome):
        getattr(outcome, each.name).extend(getattr(part, each.name))
