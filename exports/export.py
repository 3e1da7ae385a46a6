"""The files an evaluator takes away: a workbook, or its `Resultat` as CSV. From what was stored, never from answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import Connection

from exports.contents import Contents
from exports.csv import write_csv
from exports.groups import stored
from exports.preface import preface
from exports.quotes import published
from exports.sheets import binding, code_book, overview, quotes, result
from exports.workbook import write_workbook
from survey.errors import BadRequest, NotFound
from survey.periods import Period

Writer = Callable[[Connection, str, str, str | None, BinaryIO], "Written"]


@dataclass(frozen=True)
class Written:
    """How many groups the file shows full, coarse and not at all."""

    full: int
    coarse: int
    withheld: int


def export(db: Connection, association: str, form: str, period: str | None, out: Path) -> Written:
    """Write the file that the ending of `out` asks for, of one period or of everything shown so far.

    Raises `BadRequest` for another ending or a label that is no period, `NotFound` where nothing has been shown.
    """
    write = WRITERS.get(out.suffix)
    if write is None:
        raise BadRequest(_("Filen ska sluta på %(endings)s.", endings=", ".join(WRITERS)))
    groups = _groups(db, association, form, period)
    with out.open("wb") as file:
        write(db, association, form, period, file)
    return _counted(groups)


def export_workbook(db: Connection, association: str, form: str, period: str | None, out: BinaryIO) -> Written:
    """Write the workbook of CONTRACT.md to `out`. Raises `BadRequest` and `NotFound` like `export`."""
    groups = _groups(db, association, form, period)
    told = published(db, association, form, period)
    periods = dict.fromkeys(contents.period for contents in groups if len(contents.period) != len("2026"))
    newest = groups[0]
    day = max([c.released_on for c in groups] + [q.published_on for q in told.values()])
    tables = (
        preface(groups, date.fromisoformat(day), told),
        overview(groups),
        result(groups),
        quotes(told, [Period.parse(label).words("sv") for label in periods if label not in told]),
        code_book(newest.book, newest.themes),
    )
    write_workbook(tables, binding(newest.title), date.fromisoformat(day), out)
    return _counted(groups)


def export_csv(
    db: Connection, association: str, form: str, period: str | None, out: BinaryIO, *, machine: bool = False
) -> Written:
    """Write `Resultat` to `out`, for Swedish Excel or for programs. Raises like `export`."""
    groups = _groups(db, association, form, period)
    write_csv(result(groups), out, machine=machine)
    return _counted(groups)


WRITERS: dict[str, Writer] = {".xlsx": export_workbook, ".csv": export_csv}
"""Ending -> who writes such a file; .sav will be one more."""


def _groups(db: Connection, association: str, form: str, period: str | None) -> Sequence[Contents]:
    try:
        label = Period.parse(period).label if period else None
    except ValueError as fault:
        raise BadRequest(str(fault)) from None
    groups = stored(db, association, form, period=label)
    if not groups:
        raise NotFound(_("Det finns inget öppnat för %(form)s.", form=form))
    return groups


def _counted(groups: Iterable[Contents]) -> Written:
    grades = [contents.grade for contents in groups]
    return Written(grades.count("full"), grades.count("coarse"), grades.count("withheld"))
