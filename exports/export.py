"""The files an evaluator takes away: a workbook, or its `Resultat` as CSV. From what was stored, never from answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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

EVERYTHING = "allt"
"""What a file of all periods is called after."""


@dataclass(frozen=True)
class Selection:
    """What a file is asked for: a form of an association, in one period as labelled, or (None) in all shown so far."""

    association: str
    form: str
    period: str | None = None


@dataclass(frozen=True)
class Written:
    """How many groups the file shows full, coarse and not at all."""

    full: int
    coarse: int
    withheld: int


@dataclass(frozen=True)
class FileKind:
    """A kind of file: how its name ends, its media type, and who writes it.

    `write` raises `BadRequest` for a label that is no period and `NotFound` where nothing has been shown, both before
    it writes anything.
    """

    ending: str
    mimetype: str
    write: Callable[[Connection, Selection, BinaryIO], Written]


def export(db: Connection, selection: Selection, out: Path) -> Written:
    """Write the file that the ending of `out` asks for. Raises `BadRequest` for another ending, and as `FileKind`."""
    fitting = [kind for kind in FILES.values() if out.name.endswith(kind.ending)]
    if not fitting:
        endings = ", ".join(kind.ending for kind in FILES.values())
        raise BadRequest(_("Filen ska sluta på %(endings)s.", endings=endings))
    kind = max(fitting, key=lambda kind: len(kind.ending))
    _groups(db, selection)
    with out.open("wb") as file:
        return kind.write(db, selection, file)


def name_of(selection: Selection, kind: str) -> str:
    """The name of a file of this kind (a key of `FILES`), after what is in it."""
    about = (selection.association, selection.form, selection.period or EVERYTHING)
    return f"samsvar-{'-'.join(about)}{FILES[kind].ending}"


def write_xlsx(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """The workbook of CONTRACT.md."""
    groups = _groups(db, selection)
    told = published(db, selection.association, selection.form, selection.period)
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


def write_swedish_csv(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """`Resultat` for Swedish Excel."""
    return _write_csv(db, selection, out, machine=False)


def write_program_csv(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """`Resultat` for programs."""
    return _write_csv(db, selection, out, machine=True)


FILES: Mapping[str, FileKind] = {
    "xlsx": FileKind(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "csv": FileKind(".csv", "text/csv", write_swedish_csv),
    "program": FileKind(".program.csv", "text/csv", write_program_csv),
}
"""Every kind of file there is, by the name it has in addresses."""


def _write_csv(db: Connection, selection: Selection, out: BinaryIO, *, machine: bool) -> Written:
    groups = _groups(db, selection)
    write_csv(result(groups), out, machine=machine)
    return _counted(groups)


def _groups(db: Connection, selection: Selection) -> Sequence[Contents]:
    try:
        label = Period.parse(selection.period).label if selection.period else None
    except ValueError as fault:
        raise BadRequest(str(fault)) from None
    groups = stored(db, selection.association, selection.form, period=label)
    if not groups:
        raise NotFound(_("Det finns inget öppnat för %(form)s.", form=selection.form))
    return groups


def _counted(groups: Iterable[Contents]) -> Written:
    grades = [contents.grade for contents in groups]
    return Written(grades.count("full"), grades.count("coarse"), grades.count("withheld"))
