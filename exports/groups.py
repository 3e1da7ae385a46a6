"""Groups: the populations that may be shown, decided and stored once, when a period closes.

Unions of whole releases and nothing else: association and team, in the period and, at the year's end, in the year
(PRIVACY.md 3.1). How each is shown is `exports.grading`. Afterwards everything is read from what was stored here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import orjson
from sqlalchemy import Connection, Row, insert, select

from exports.book import code_book
from exports.contents import Contents, Slips
from exports.figures import count
from exports.goals import goals
from exports.grading import Year, graded
from exports.ledger import Release
from exports.relations import relations
from survey.periods import Period
from survey.published import pool_versions
from survey.tables import published_form, release, response, round_, shown, team
from survey.teams import Association, find_association, teams

_AT_A_TIME = 10
"""Groups held while their order is found: each is some tens of kilobytes."""


def close(db: Connection, association: str, period: Period, today: date) -> None:
    """Compute and store every group that is complete with `period`: `survey.release` calls it once a period, inside its
    transaction.

    What was stored before is read, never changed: it stands in the ledger as it was shown.
    """
    house = find_association(db, association)
    for form in _forms(db, association, period):
        year = _read_year(db, house, form, period)
        before = stored(db, association, form, year=period.year)
        for contents in graded(year, period, before, today):
            related = relations(contents, (_responses(db, one.id) for one in year.releases))
            db.execute(insert(shown).values(_row(replace(contents, relations=tuple(related)), today)))


def stored(
    db: Connection, association: str, form: str, *, year: int | None = None, period: str | None = None
) -> list[Contents]:
    """What has been shown of a form: all of it, or one year's, or one period's.

    The newest period first, a year before its parts, the association before its teams.
    """
    return list(each(db, association, form, year=year, period=period))


def each(
    db: Connection, association: str, form: str, *, year: int | None = None, period: str | None = None
) -> Iterator[Contents]:
    """What `stored` gives, one group at a time: files are as long as they are, and memory is not."""
    query = select(shown.c.id, shown.c.period, shown.c.team, shown.c.contents).where(
        shown.c.association == association, shown.c.form == form
    )
    if year is not None:
        query = query.where(shown.c.period.startswith(f"{year}"))
    if period is not None:
        query = query.where(shown.c.period == period)
    with db.execute(query.execution_options(yield_per=_AT_A_TIME)) as rows:
        places = [(*_place(row.period, row.team, row.contents), row.id) for row in rows]
    for *_order, id_ in sorted(places):
        yield Contents.from_json(db.scalars(select(shown.c.contents).where(shown.c.id == id_)).one())


def _place(period: str, team_slug: str | None, contents: str) -> tuple[int, bool, bool, str]:
    """Where a group stands among the others. Teams lie by the names they had, which never change in a file."""
    days_left = date.max.toordinal() - Period.parse(period).last_day.toordinal()
    name = "" if team_slug is None else orjson.loads(contents)["team_name"]
    return days_left, len(period) != len("2026"), team_slug is not None, name


def shown_forms(db: Connection, association: str) -> list[str]:
    """The forms of which an association has groups, shown or withheld."""
    query = select(shown.c.form).where(shown.c.association == association).distinct().order_by(shown.c.form)
    return list(db.scalars(query))


def _forms(db: Connection, association: str, period: Period) -> list[str]:
    """The pools that have something to close: a release in the period, or in the year that ends with it."""
    part = f"{period.year}" if period.ends_year else period.label
    query = select(release.c.form).where(release.c.association == association, release.c.period.startswith(part))
    return list(db.scalars(query.distinct().order_by(release.c.form)))


def _read_year(db: Connection, house: Association, form: str, period: Period) -> Year:
    query = select(release).where(
        release.c.association == house.slug, release.c.form == form, release.c.period.startswith(f"{period.year}")
    )
    rows = db.execute(query.order_by(release.c.id)).all()
    book = code_book(form, pool_versions(db, form))
    linked = _with_open_link(db, house.slug, form)
    return Year(
        house=house,
        team_names={team.slug: team.name for team in teams(db, house.slug)},
        form=form,
        book=book,
        releases=tuple(Release(row.id, row.team, row.period, row.n) for row in rows),
        slips={row.id: _slips(row, linked) for row in rows},
        goals=goals(db, house.slug, form),
        tallies={row.id: count(_responses(db, row.id), book.entries) for row in rows},
    )


def _with_open_link(db: Connection, association: str, form: str) -> set[str | None]:
    """The teams that have had an open link to the form, and None if any has: a pooled release may hold its answers."""
    query = (
        select(round_.c.team)
        .join_from(round_, team)
        .join(published_form, (published_form.c.form == round_.c.form) & (published_form.c.version == round_.c.version))
        .where(round_.c.open_link, team.c.association == association, published_form.c.pool == form)
    )
    linked: set[str | None] = set(db.scalars(query))
    return linked | {None} if linked else linked


def _slips(row: Row[tuple[object, ...]], linked: set[str | None]) -> Slips:
    return Slips(row.issued, row.voided, row.participants, open_link=row.team in linked)


def _responses(db: Connection, release_id: str) -> Iterator[str]:
    query = select(response.c.answers).where(response.c.release == release_id)
    with db.execute(query.execution_options(yield_per=1000)) as rows:
        yield from rows.scalars()


def _row(contents: Contents, today: date) -> dict[str, object]:
    """A row of `shown`. Its id says what it is: a random one would be one more thing that could carry a time."""
    return {
        "id": ".".join((contents.association, contents.team or "", contents.form, contents.period)),
        "association": contents.association,
        "team": contents.team,
        "form": contents.form,
        "period": contents.period,
        "grade": contents.grade,
        "released_on": today,
        "contents": contents.to_json(),
    }
