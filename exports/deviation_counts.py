"""How many deviations were raised, by type and half-year: counted once, when it has ended, stored, never remade.

A report is counted in the half-year it was raised in, whenever it was told. What is counted is what the list beside
the counts shows one by one: from the one and the other nothing follows of what a team has not raised.

Which counts are printed is decided by the ledger over cells (`exports.case_statistics_cells`): a report is about
somebody, and whoever has two printed numbers has their difference. The year is printed first, then its half-years, the
larger numbers before the smaller. Until the year is made all counts of its first half are kept, to be added to.
What works well is counted too, apart from what does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import orjson
from sqlalchemy import Connection, insert, select, update

from exports.case_statistics_cells import Cell, Cells, Part
from forms.library import shipped_form
from forms.model import Text
from forms.types.base import several
from survey.db import exclusively
from survey.installation import Installation
from survey.records import deviations
from survey.records.deviations import FORM, Deviation
from survey.tables import deviation_shown
from survey.teams import Association, associations, find_association

HALVES = ("H1", "H2")
_FAILING, _WORKING = "failing", "working"
_TENTHS = 9
"""A type that more than so many tenths are of is not printed: it would be known of nearly all."""
Counts = Mapping[str, int]
"""How many reports were raised of each sort, and of each type of what does not work, over every cell: see `_cells`."""


@cache
def types() -> Mapping[str, Text]:
    """What a deviation can be about: code -> words."""
    return {one.code: one.text for one in shipped_form(FORM).by_id[deviations.TYPES].choices}


@dataclass(frozen=True)
class Shown:
    """A half-year or year of an association as it is shown for good."""

    association: str
    association_name: str
    period: str
    """"2026-H1", "2026-H2" or "2026"."""
    made_on: str
    floor: int
    """The least number printed."""
    failing: int | None = None
    """Reports of what does not work, None where that is not shown."""
    types: Mapping[str, int] = field(default_factory=dict)
    """Of these, how many are about each type; one may be about several. What is not here is not shown."""
    working: int | None = None
    """Reports of what works well."""

    @property
    def of_year(self) -> bool:
        return len(self.period) == len("2026")


def half_of(day: date) -> str:
    """The half-year a day is in."""
    return f"{day.year}-{HALVES[day.month > 6]}"


def raised_in(one: Deviation) -> str:
    """The half-year a report was raised in."""
    return half_of(one.steps[0].on)


def half_ended(half: str, today: date) -> bool:
    """Whether the half-year is over."""
    year, number = half.split("-")
    return date(int(year), 6, 30) < today if number == HALVES[0] else date(int(year), 12, 31) < today


def period_words(period: str, language: str) -> str:
    """As people say it: "första halvåret 2026"."""
    year, _dash, half = period.partition("-")
    said = {"sv": ("första halvåret", "andra halvåret"), "en": ("first half of", "second half of")}
    return f"{said[language][HALVES.index(half)]} {year}" if half else year


def shown(db: Connection, association: str, year: int | None = None) -> list[Shown]:
    """What has been shown of the association, or of one of its years, the newest first and a year before its halves."""
    query = select(deviation_shown.c.contents).where(deviation_shown.c.association == association)
    found = [Shown(**orjson.loads(stored)) for stored in db.scalars(query)]
    found = [one for one in found if year is None or one.period.startswith(f"{year}")]
    return sorted(found, key=lambda one: (one.period[:4], one.of_year, one.period), reverse=True)


def close_due(installation: Installation) -> list[tuple[str, str]]:
    """Count every half-year that has ended; gives back association and half-year of each that was counted."""
    with installation.reading() as db:
        slugs = [one.slug for one in associations(db)]
    made = []
    for slug in slugs:
        with installation.writing() as db:
            exclusively(db)
            made += [(slug, half) for half in _close(db, find_association(db, slug), installation.today())]
    return made


def _close(db: Connection, house: Association, today: date) -> Iterable[str]:
    """Every half-year since the first report that is over and not yet counted, the oldest first. What was counted may
    be deleted since: the years that have begun are made all the same."""
    reports = deviations.raised(db, house.slug)
    done = {one.period for one in shown(db, house.slug) if not one.of_year}
    half = min(done | {raised_in(one) for one in reports}, default=half_of(today))
    while half_ended(half, today):
        if half not in done:
            _count(db, house, half, [one for one in reports if raised_in(one) == half], today)
            yield half
        half = _next(half)


def _next(half: str) -> str:
    year, number = half.split("-")
    return f"{year}-{HALVES[1]}" if number == HALVES[0] else f"{int(year) + 1}-{HALVES[0]}"


def _count(db: Connection, house: Association, half: str, reports: Iterable[Deviation], today: date) -> None:
    year, number = half.split("-")
    counts: dict[str, Counts] = {half: _cells(reports)}
    if number == HALVES[1]:
        counts |= _kept(db, house.slug, f"{year}-{HALVES[0]}")
    before = {one.period: one for one in shown(db, house.slug, int(year))}
    tables = _tables(counts, house.show, before.values())
    rows = [None, half] if number == HALVES[1] else [half]
    for row in rows:
        _print(tables, row)
    for row in rows:
        period = row or year
        contents = _shown(tables, row, Shown(house.slug, house.name, period, today.isoformat(), house.show))
        cells = orjson.dumps(counts[half]).decode() if number == HALVES[0] else ""
        values = {"period": period, "contents": orjson.dumps(contents).decode(), "cells": cells}
        db.execute(insert(deviation_shown).values(association=house.slug, **values))
    if number == HALVES[1]:
        mine = (deviation_shown.c.association == house.slug, deviation_shown.c.period == f"{year}-{HALVES[0]}")
        db.execute(update(deviation_shown).where(*mine).values(cells=""))


def _cells(reports: Iterable[Deviation]) -> dict[str, int]:
    """How many there are of each sort and of each type."""
    counts = Counter[str]()
    for one in reports:
        counts[_WORKING if one.works else _FAILING] += 1
        counts.update([] if one.works else several(one.answers[deviations.TYPES]))
    return dict(sorted(counts.items()))


def _kept(db: Connection, association: str, half: str) -> dict[str, Counts]:
    mine = (deviation_shown.c.association == association, deviation_shown.c.period == half)
    cells = db.scalar(select(deviation_shown.c.cells).where(*mine))
    return {half: orjson.loads(cells)} if cells else {}


def _tables(counts: Mapping[str, Counts], floor: int, before: Iterable[Shown]) -> dict[str, Cells]:
    """A table per type, those it is and those it is not about, all of the same reports; one of what works well."""
    printed = list(before)
    tables = {}
    for code in types():
        cells = [
            Cell(half, value, n)
            for half, found in sorted(counts.items())
            for value, n in (("1", found.get(code, 0)), ("0", found.get(_FAILING, 0) - found.get(code, 0)))
            if n
        ]
        parts = [Part(one.period) for one in printed if one.failing is not None]
        parts += [Part(one.period, "1") for one in printed if code in one.types]
        tables[code] = Cells(cells, floor, parts)
    cells = [Cell(half, _WORKING, found[_WORKING]) for half, found in sorted(counts.items()) if _WORKING in found]
    tables[_WORKING] = Cells(cells, floor, [Part(one.period) for one in printed if one.working is not None])
    return tables


def _print(tables: Mapping[str, Cells], row: str | None) -> None:
    """Decide what is printed of a half-year, or (None) of the year: all, then each type, the largest first."""
    whole, by_type = Part(row), {code: tables[code] for code in types()}
    if tables[_WORKING].may_print(whole):
        tables[_WORKING].printed.add(whole)
    if not all(table.may_print(whole) for table in by_type.values()):
        return
    for table in by_type.values():
        table.printed.add(whole)
    one = Part(row, "1")
    for table in sorted(by_type.values(), key=lambda each: each.people(one), reverse=True):
        nearly_all = 10 * table.people(one) > _TENTHS * table.people(whole)
        if not nearly_all and table.may_print(one):
            table.printed.add(one)


def _shown(tables: Mapping[str, Cells], row: str | None, blank: Shown) -> Shown:
    """With what is printed of the row."""
    whole, one = Part(row), Part(row, "1")
    failing, working = next(tables[code] for code in types()), tables[_WORKING]
    return replace(
        blank,
        failing=failing.people(whole) if whole in failing.printed else None,
        types={code: tables[code].people(one) for code in types() if one in tables[code].printed},
        working=working.people(whole) if whole in working.printed else None,
    )
