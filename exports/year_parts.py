"""The parts of a year in figures, in their order, and the years that have any."""

from sqlalchemy import Connection, select

from exports import case_statistics, deviation_counts, groups
from exports.released import released
from exports.year_answers import answers
from exports.year_cases import cases, participants
from exports.year_polls import day_of, polls
from exports.year_records import deviations, meetings
from survey.polls.holding import polls_of
from survey.tables import meeting_log, team

PARTS = (participants, cases, meetings, answers, deviations, polls)
"""In the order of the report."""


def years(db: Connection, association: str) -> set[int]:
    """The years that any part has something of."""
    of_cases = {int(one.period) for one in case_statistics.shown(db, association) if one.of_year}
    of_polls = {day_of(one).year for one in polls_of(db, association) if not one.running}
    shown = (one for form in groups.shown_forms(db, association) for one in released(db, association, form))
    of_deviations = {int(one.period[:4]) for one in deviation_counts.shown(db, association)}
    weeks = select(meeting_log.c.week).join_from(meeting_log, team).where(team.c.association == association)
    of_meetings = {int(week[:4]) for week in db.scalars(weeks.distinct())}
    of_answers = {int(one.period) for one in shown if len(one.period) == len("2026")}
    return of_cases | of_polls | of_answers | of_deviations | of_meetings
