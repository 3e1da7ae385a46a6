"""Statistics of an association's cases: made once when a quarter has ended, stored, and never made again.

What is counted is `exports.case_statistics_counting`. Which counts are printed is decided here by the ledger over
cells (`exports.case_statistics_cells`), event by event: first how many in all, then by each attribute, larger numbers
first, so that the small ones give way. Printed are the association's quarters and years; by sex, where it is asked, the
association's and the teams' years. Until the year's figures are made the cells of its quarters are kept, as numbers.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import orjson
from sqlalchemy import Connection, delete, insert, select

from exports.case_statistics_cells import Cell, Cells, Part
from exports.case_statistics_counting import (
    BETWEEN,
    EVENTS,
    REFERRER,
    UNKNOWN,
    Closing,
    count,
    first_period,
    wait_class,
)
from exports.case_statistics_labels import Labels, labels
from exports.ledger import spends_the_year, year_until
from forms.municipalities import MUNICIPALITIES
from survey.db import NIGHT, exclusively
from survey.installation import Installation
from survey.periods import Period
from survey.tables import case_cell, case_shown
from survey.teams import Association, associations, find_association

OF_YEARS = "sex"
"""The dimension that is printed of teams, and of whole years only; the others of the association."""
OF_REFERRERS = ("organisation", "reason")
"""Dimensions of those only whom a caseworker referred: nobody else is asked, so they are a table within that value."""
_TENTHS = 9
"""A value that more than so many tenths have is not printed: it would be known of nearly everyone."""


@dataclass(frozen=True)
class Figures:
    """What is printed of one event in one period; None where a number is not."""

    people: int | None
    median: int | None = None
    """Days since the referral, of enough people, and where the class of waiting it falls in is printed."""
    by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Dimension -> value -> how many; values that are not printed are not here."""


@dataclass(frozen=True)
class Shown:
    """One quarter or year of an association as it is shown for good, down to names and floors."""

    association: str
    association_name: str
    period: str
    closed_on: str
    floor: int
    """How many people the least number printed is of."""
    exact: int
    """How many people a median needs."""
    events: Mapping[str, Figures]
    labels: Labels

    @property
    def of_year(self) -> bool:
        """Whether it is a year rather than a quarter."""
        return len(self.period) == len("2026")

    def to_json(self) -> str:
        """What `case_shown.contents` holds; the same contents, the same text."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, stored: str) -> "Shown":
        """Read what `to_json` wrote."""
        given = orjson.loads(stored)
        events = {event: Figures(**figures) for event, figures in given["events"].items()}
        return cls(**given | {"events": events, "labels": Labels(**given["labels"])})


@dataclass(frozen=True)
class _Year:
    """An event's cells in one year so far, and what is printed of them.

    `tables` by dimension, with quarters as rows, all of the same people; `inner` ones of those with a caseworker;
    `sexes` with teams as rows; `days` of waiting by quarter, one by one.
    """

    tables: Mapping[str, Cells]
    inner: Mapping[str, Cells]
    sexes: Cells
    days: Mapping[str, Counter[int]]


def close_due(installation: Installation, now: datetime) -> list[tuple[str, str]]:
    """Make the figures of every quarter that has ended; gives back association and period of each that was made."""
    with installation.reading() as db:
        slugs = [one.slug for one in associations(db)]
    made = []
    for slug in slugs:
        with installation.writing(NIGHT) as db:
            exclusively(db)
            made += [(slug, period.label) for period in _close(db, find_association(db, slug), installation, now)]
    return made


def shown(db: Connection, association: str, *, year: int | None = None) -> list[Shown]:
    """Everything that has been shown of an association, the newest first, a year before its quarters."""
    rows = db.scalars(select(case_shown.c.contents).where(case_shown.c.association == association))
    found = (one for one in map(Shown.from_json, rows) if year is None or one.period.startswith(f"{year}"))
    return sorted(found, key=lambda one: (Period.parse(one.period).last_day, one.of_year), reverse=True)


def _close(db: Connection, house: Association, installation: Installation, now: datetime) -> Iterator[Period]:
    closings = _closings(db, house.slug)
    period = closings[-1].period.next if closings else first_period(db, house.slug)
    while period is not None and period.ended(installation.today()):
        closing = Closing(period, now)
        _make(db, house, closings, closing, installation.today().isoformat())
        closings.append(closing)
        yield period
        period = period.next


def _closings(db: Connection, association: str) -> list[Closing]:
    rows = db.execute(select(case_shown.c.period, case_shown.c.closed).where(case_shown.c.association == association))
    found = [Closing(Period.parse(row.period), row.closed) for row in rows if len(row.period) != len("2026")]
    return sorted(found, key=lambda one: one.period.index)


def _make(db: Connection, house: Association, earlier: Sequence[Closing], now: Closing, today: str) -> None:
    period, texts = now.period, labels(db, house.slug)
    for (event, dimension, value), n in sorted(count(db, house.slug, texts.situations, earlier, now).items()):
        cell = {"event": event, "dimension": dimension, "value": value, "n": n}
        db.execute(insert(case_cell).values(association=house.slug, period=period.label, **cell))
    before = [one for one in shown(db, house.slug, year=period.year) if not one.of_year]
    years = {event: _year(db, house, event, period.year, before) for event in EVENTS}
    for year in years.values():
        _print(year, period)
    for row in [None, period.label] if period.ends_year else [period.label]:
        figures = {event: _figures(year, row, house.count) for event, year in years.items()}
        label = row or f"{period.year}"
        contents = Shown(house.slug, house.name, label, today, house.show, house.count, figures, texts)
        row_of = {"association": house.slug, "period": label, "closed": now.at}
        db.execute(insert(case_shown).values(row_of | {"contents": _named(contents).to_json()}))
    if period.ends_year:
        year_long = case_cell.c.period.startswith(f"{period.year}")
        db.execute(delete(case_cell).where(case_cell.c.association == house.slug, year_long))


def _year(db: Connection, house: Association, event: str, year: int, before: Iterable[Shown]) -> _Year:
    query = select(case_cell).where(case_cell.c.association == house.slug, case_cell.c.event == event)
    rows = db.execute(query.where(case_cell.c.period.startswith(f"{year}"))).all()
    counts: dict[str, Counter[tuple[str, str]]] = {}
    sexes: Counter[tuple[str, str]] = Counter()
    days: dict[str, Counter[int]] = {}
    for row in rows:
        value = wait_class(int(row.value)) if row.dimension == "days" else row.value
        if row.dimension == OF_YEARS:
            team, _between, sex = value.partition(BETWEEN)
            sexes[team, sex] += row.n
        else:
            counts.setdefault(row.dimension, Counter())[row.period, value] += row.n
        if row.dimension == "days":
            days.setdefault(row.period, Counter())[int(row.value)] += row.n
    printed = list(before)
    tables = {
        dimension: Cells(_listed(cells), house.show, _printed(printed, event, dimension))
        for dimension, cells in counts.items()
    }
    inner = {dimension: tables.pop(dimension) for dimension in OF_REFERRERS if dimension in tables}
    return _Year(tables, inner, Cells(_listed(sexes), house.show), days)


def _listed(cells: Counter[tuple[str, str]]) -> Iterator[Cell]:
    return (Cell(row, value, n) for (row, value), n in sorted(cells.items()))


def _printed(before: Iterable[Shown], event: str, dimension: str) -> Iterator[Part]:
    for one in before:
        figures = one.events[event]
        people = figures.by.get("source", {}).get(REFERRER) if dimension in OF_REFERRERS else figures.people
        if people is not None:
            yield Part(one.period)
        yield from (Part(one.period, value) for value in figures.by.get(dimension, ()))


def _print(year: _Year, period: Period) -> None:
    """Decide what is printed of the quarter, and of the year that ends with it: in all, then by each dimension."""
    rows = [None, period.label] if period.ends_year else [period.label]
    for row in rows:
        _print_in_all(year.tables.values(), Part(row), period)
    for dimension, table in year.tables.items():
        within = {REFERRER: year.inner.values()} if dimension == "source" else {}
        for row in rows:
            if Part(row) in table.printed:
                _print_values(table, row, period, within, nearly_all=dimension == "team")
    for table in year.inner.values():
        for row in rows:
            if Part(row) in table.printed:
                _print_values(table, row, period)
    if period.ends_year:
        _print_sexes(year, period)


def _print_in_all(tables: Collection[Cells], part: Part, period: Period) -> bool:
    """Print how many there are in a row in every table of the same people, or in none."""
    if not tables or not all(_may(table, part, period) for table in tables):
        return False
    for table in tables:
        table.printed.add(part)
    return True


def _print_sexes(year: _Year, period: Period) -> None:
    """Of the association and the teams whose year is printed: two tables with a total in common."""
    teams = year.tables.get("team")
    if teams is None or Part() not in teams.printed or not year.sexes.cells:
        return
    rows = [None, *sorted({cell.row for cell in year.sexes.cells if Part(None, cell.row) in teams.printed})]
    year.sexes.printed |= {Part(row) for row in rows}
    for row in rows:
        _print_values(year.sexes, row, period)


def _print_values(
    table: Cells,
    row: str | None,
    period: Period,
    within: Mapping[str, Collection[Cells]] = MappingProxyType({}),
    *,
    nearly_all: bool = False,
) -> None:
    """A row's values, the largest first; `within` are tables of those with a value, whose total it is."""
    people = table.people(Part(row))
    parts = [Part(row, value) for value in sorted({cell.value for cell in table.cells})]
    for part in sorted(parts, key=table.people, reverse=True):
        many = 10 * table.people(part) > _TENTHS * people and not nearly_all
        inner = within.get(part.value or "", ())
        if not many and _may(table, part, period) and (not inner or _print_in_all(inner, Part(row), period)):
            table.printed.add(part)


def _may(table: Cells, part: Part, period: Period) -> bool:
    return table.may_print(part) and not _spends_the_year(table, part, period)


def _spends_the_year(table: Cells, part: Part, period: Period) -> bool:
    """Whether the year could then no longer be printed, should its last quarter turn out small."""
    if part.row != period.label or not period.next.ends_year:
        return False
    parts = [Part(label, part.value) for label in year_until(period)]
    return spends_the_year(
        [table.people(one) for one in parts], [one in table.printed for one in parts[:-1]], table.floor
    )


def _figures(year: _Year, row: str | None, exact: int) -> Figures:
    if not any(Part(row) in table.printed for table in year.tables.values()):
        return Figures(None)
    people = next(iter(year.tables.values())).people(Part(row))
    by = {dimension: _values(table, row) for dimension, table in (*year.tables.items(), *year.inner.items())}
    if row is None:
        teams = [cell.row for cell in year.sexes.cells]
        by[OF_YEARS] = {
            f"{team or ''}{BETWEEN}{value}": n
            for team in [None, *sorted(set(teams))]
            for value, n in _values(year.sexes, team).items()
        }
    median = _median(year.days, row, exact)
    if median is not None and wait_class(median) not in by.get("days", {}):
        median = None  # it would say of that class what the ledger keeps: that people are in it
    return Figures(people, median, {name: found for name, found in by.items() if found})


def _values(table: Cells, row: str | None) -> dict[str, int]:
    printed = sorted(part.value for part in table.printed if part.row == row and part.value is not None)
    return {value: table.people(Part(row, value)) for value in printed}


def _median(days: Mapping[str, Counter[int]], row: str | None, exact: int) -> int | None:
    """To whole days, halves up."""
    counted = sum((found for label, found in days.items() if row in (None, label)), Counter[int]())
    waited = sorted(counted.elements())
    if len(waited) < exact:
        return None
    middle = len(waited) // 2
    return waited[middle] if len(waited) % 2 else (waited[middle - 1] + waited[middle] + 1) // 2


def _named(contents: Shown) -> Shown:
    """With the names of the municipalities that are printed."""
    codes = contents.events["received"].by.get("municipality", {})
    names = {code: MUNICIPALITIES.get(code, code) if code != UNKNOWN else "Uppgift saknas" for code in codes}
    known = {code: {"sv": name, "en": name} for code, name in sorted(names.items(), key=lambda one: one[1])}
    return replace(contents, labels=Labels({**contents.labels.values, "municipality": known}))
