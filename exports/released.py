"""What has been released of a form, without opening it: which groups, of when, and how exactly. Enough to choose by.

What a group is shown as is `exports.groups`.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from exports.contents import Grade
from survey.periods import Period
from survey.tables import shown, team


@dataclass(frozen=True)
class Released:
    """A group that has been released, shown or withheld."""

    team: str | None
    """None for the whole association."""
    team_name: str
    """As the team is called today; "" for the whole association."""
    period: str
    grade: Grade


def released(db: Connection, association: str, form: str) -> list[Released]:
    """Every group of the form, in the order of `exports.groups.stored`."""
    query = (
        select(shown.c.team, team.c.name, shown.c.period, shown.c.grade)
        .join_from(shown, team, shown.c.team == team.c.slug, isouter=True)
        .where(shown.c.association == association, shown.c.form == form)
    )
    found = [Released(row.team, row.name or "", row.period, row.grade) for row in db.execute(query)]
    found.sort(key=lambda one: (one.team is not None, one.team_name, one.team or ""))
    return sorted(found, key=lambda one: _when(one.period), reverse=True)


def _when(label: str) -> tuple[int, bool]:
    """Newest last, a year after its parts."""
    period = Period.parse(label)
    return period.last_day.toordinal(), period.months == 12
