"""A long workbook: `Resultat` from stored groups, against a bare loop of xlsxwriter's calls writing the same cells."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import chain, islice
from typing import BinaryIO

import xlsxwriter
from sqlalchemy import Connection, delete, insert

from benchmarks.measure import Measured, compare, wall_seconds
from benchmarks.reading import release_many
from benchmarks.scene import scene
from exports import groups
from exports.contents import Contents
from exports.sheets import RESULT, result
from exports.tables import Row
from exports.workbook import INERT, writing
from survey import teams
from survey.tables import shown

ROWS = 100_000
ANSWERS = 1_000
_SELECTED = ("matt", "experience")


def rows() -> Iterator[Measured]:
    """Time and memory of a hundred thousand rows of fourteen columns, on their way from the database to a file."""
    with _long_file() as db:
        cells = list(_rows(db))
        yield compare(
            "rows",
            "<= 1.15",
            "s",
            lambda: wall_seconds(lambda: _write(_rows(db), BytesIO())),
            lambda: wall_seconds(lambda: _write_barely(cells, BytesIO())),
            turns=3,
        )
        ours, bare = _peak(lambda: _write(_rows(db), BytesIO())), _peak(lambda: _write_barely(cells, BytesIO()))
        yield Measured("rows_memory", ours, bare, ours / bare, "<= 3", "MB")


@contextmanager
def _long_file() -> Iterator[Connection]:
    """As many stored groups of one association as make a hundred thousand rows."""
    with scene() as at:
        release_many(at, ANSWERS)
        with at.installation.writing() as db:
            one = next(c for c in groups.each(db, *_SELECTED) if c.team is not None)
            db.execute(delete(shown))
            for number in range(-(-ROWS // sum(1 for _row in result(one)))):
                team = f"lag-{number}"
                teams.add_team(db, team, team, association=one.association, controller="Mätkommunen")
                _store(db, replace(one, team=team, team_name=team))
        with at.installation.reading() as db:
            yield db


def _store(db: Connection, contents: Contents) -> None:
    db.execute(
        insert(shown).values(
            id=contents.team,
            association=contents.association,
            team=contents.team,
            form=contents.form,
            period=contents.period,
            grade=contents.grade,
            released_on=date.fromisoformat(contents.released_on),
            contents=contents.to_json(),
        )
    )


def _rows(db: Connection) -> Iterator[Row]:
    return islice(chain.from_iterable(map(result, groups.each(db, *_SELECTED))), ROWS)


def _write(rows: Iterator[Row], out: BinaryIO) -> None:
    with writing(out) as book:
        book.begin(RESULT).add(rows)


def _write_barely(rows: list[Row], out: BinaryIO) -> None:
    with xlsxwriter.Workbook(out, INERT) as book:
        sheet = book.add_worksheet("Resultat")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell is not None:
                    sheet.write_number(row, column, cell)


def _peak(work: Callable[[], None]) -> float:
    """The most that Python held at a time while it did `work`, in MB."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
