"""When the team's own records are deleted: meetings, and deviations that nothing more comes of, by decision like cases.

Without a decision nothing is. What is not counted is not deleted: a deviation waits until the half-year it was raised
in is over, a meeting until its year in figures is stored. What was deleted is told in the audit chain by number; and
then the files are scrubbed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from survey import audit, retention
from survey.audit import Entry
from survey.cases.model import day
from survey.installation import Installation
from survey.records import deviations, log
from survey.records.deviations import OPEN, Deviation
from survey.records.weeks import day_in
from survey.repair import scrub
from survey.tables import deviation, deviation_step, meeting_log, meeting_log_earlier, year_shown
from survey.teams import associations, teams
from survey.workdays import months_later


@dataclass(frozen=True)
class Aged:
    """What a team has whose time is over, by id, and the decision that says so."""

    team: str
    decision: str
    meetings: tuple[str, ...]
    deviations: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.meetings or self.deviations)


def due(db: Connection, today: date) -> Iterator[Aged]:
    """Team by team what is to be deleted."""
    for home in associations(db):
        rule = retention.rules(db, home.slug).get("records")
        if rule is None:
            continue
        over = months_later(today, -rule.months)
        counted = set(db.scalars(select(year_shown.c.year).where(year_shown.c.association == home.slug)))
        for one in teams(db, home.slug):
            noted = (each for each in log.meetings(db, one.slug) if int(each.week[:4]) in counted)
            meetings = tuple(each.id for each in noted if day_in(each.week, 7) <= over)
            told = tuple(each.id for each in deviations.deviations(db, one.slug) if _aged(each, over, today))
            aged = Aged(one.slug, rule.decision, meetings, told)
            if aged:
                yield aged


def purge(installation: Installation, now: datetime, actor: str = "command") -> tuple[Aged, ...]:
    """Delete what is due. Safe to repeat."""
    with installation.writing() as db:
        audit.in_turn(db)
        found = tuple(due(db, day(now)))
        for one in found:
            db.execute(delete(meeting_log_earlier).where(meeting_log_earlier.c.meeting.in_(one.meetings)))
            db.execute(delete(meeting_log).where(meeting_log.c.id.in_(one.meetings)))
            db.execute(delete(deviation_step).where(deviation_step.c.deviation.in_(one.deviations)))
            db.execute(delete(deviation).where(deviation.c.id.in_(one.deviations)))
            detail = f"{one.decision}: meeting_log {len(one.meetings)}, deviation {len(one.deviations)}"
            audit.record(db, installation.secrets, Entry(actor, "records_purged", one.team, detail=detail), now)
    if found:
        scrub(installation, retention.SCRUBBED)
    return found


def _aged(one: Deviation, over: date, today: date) -> bool:
    """Whether nothing more comes of the report, and it has been counted."""
    if one.state == "new":
        return False
    raised, newest = one.steps[0].on, one.steps[-1].on
    counted = (raised.year, raised.month > 6) < (today.year, today.month > 6)
    return counted and (one.works or one.state not in OPEN) and newest <= over
