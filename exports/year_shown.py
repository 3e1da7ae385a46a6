"""Reports of years: gathered anew until the year is settled, stored then, and read as they were stored ever after."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, insert, select

from exports import year_parts
from exports.year import Report, settles_on
from survey.db import NIGHT, exclusively
from survey.errors import NotFound
from survey.installation import Installation
from survey.tables import year_shown
from survey.teams import associations, find_association


def report(db: Connection, association: str, year: int, today: date) -> Report:
    """The year's report. Raises `NotFound` for a year that is not over, or of which there is nothing."""
    stored = db.scalar(
        select(year_shown.c.contents).where(year_shown.c.association == association, year_shown.c.year == year)
    )
    if stored is not None:
        return Report.from_json(stored)
    if year not in years(db, association, today):
        raise NotFound
    return _gathered(db, association, year, settled_on="")


def years(db: Connection, association: str, today: date) -> Mapping[int, bool]:
    """The years that are over and have anything to tell, the newest first, and whether each is settled."""
    stored = set(db.scalars(select(year_shown.c.year).where(year_shown.c.association == association)))
    found = {year for year in year_parts.years(db, association) if year < today.year}
    return {year: year in stored for year in sorted(found | stored, reverse=True)}


def close_due(installation: Installation) -> list[tuple[str, int]]:
    """Store the report of every year that is to be settled by now; gives back association and year of each."""
    today = installation.today()
    with installation.reading() as db:
        slugs = [one.slug for one in associations(db)]
    made = []
    for slug in slugs:
        with installation.writing(NIGHT) as db:
            exclusively(db)
            due = [
                year for year, settled in years(db, slug, today).items() if not settled and settles_on(year) <= today
            ]
            for year in due:
                contents = _gathered(db, slug, year, settled_on=today.isoformat()).to_json()
                db.execute(insert(year_shown).values(association=slug, year=year, contents=contents))
            made += [(slug, year) for year in due]
    return made


def _gathered(db: Connection, association: str, year: int, *, settled_on: str) -> Report:
    parts = tuple(make(db, association, year) for make in year_parts.PARTS)
    return Report(association, find_association(db, association).name, year, settled_on, parts)
