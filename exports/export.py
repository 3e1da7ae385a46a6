"""The files an evaluator takes away: a workbook, or its `Resultat` as CSV. From what was stored, never from answers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from exports import charts, codebook, preface, sheets
from exports.bundle import Part, write_bundle
from exports.codebook import CodeBook
from exports.contents import Contents
from exports.csv import write_csv
from exports.diagram import Diagram
from exports.groups import each
from exports.preface import Preface
from exports.quotes import published
from exports.sheets import RESULT, awaited, no_relations, overview, quotes, relations, result
from exports.spss import AVAILABLE, write_sav
from exports.tables import Table
from exports.workbook import writing
from survey.errors import BadRequest, NotFound
from survey.periods import Period
from survey.tables import shown

EVERYTHING = "allt"
"""What a file of all periods is called after."""
CODE_BOOK, README = "kodbok.csv", "LÄS MIG.txt"
"""What stands in a zip beside the files of their own."""
_FOR = {
    "xlsx": "arbetsbok för Excel, med diagram",
    "csv": "bladet Resultat för svenskt Excel (semikolon)",
    "program.csv": "bladet Resultat för andra program (komma)",
    "sav": "samma siffror för SPSS, ett fall per grupp",
}
SHEETS = (
    preface.LAYOUT,
    sheets.OVERVIEW,
    sheets.RESULT,
    charts.LAYOUT,
    sheets.RELATIONS,
    sheets.QUOTES,
    codebook.LAYOUT,
)
"""The sheets of a workbook, in order."""


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
    _find(db, selection)
    with out.open("wb") as file:
        return kind.write(db, selection, file)


def name_of(selection: Selection, kind: str) -> str:
    """The name of a file of this kind (a key of `FILES`), after what is in it."""
    about = (selection.association, selection.form, selection.period or EVERYTHING)
    return f"samsvar-{'-'.join(about)}{FILES[kind].ending}"


def write_xlsx(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """The workbook of CONTRACT.md. Every group goes by once and leaves its rows on the sheets."""
    written = _find(db, selection)
    told = published(db, selection.association, selection.form, selection.period)
    said, codes, diagram = Preface(), CodeBook(), Diagram()
    with writing(out) as book:
        about, of_questions, of_answers, drawn, together, in_words, coded = map(book.begin, SHEETS)
        for contents in _groups(db, selection):
            of_questions.add(overview(contents))
            of_answers.add(result(contents))
            together.add(relations(contents))
            said.add(contents)
            codes.add(contents)
            diagram.add(contents)
        book.draw(drawn, diagram.charts())
        if not drawn.rows:
            drawn.add([(None, diagram.nothing(), *[None] * 4)])
        if not together.rows:
            together.add([no_relations()])
        for quoted in told.values():
            in_words.add(quotes(quoted))
        in_words.add(awaited(period) for period in said.unread(told))
        coded.add(codes.rows())
        day = max([said.day, *(quoted.published_on for quoted in told.values())])
        about.add(said.rows(codes, told, day, cuts=book.cuts))
        book.about(said.title, date.fromisoformat(day))
    return written


def write_swedish_csv(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """`Resultat` for Swedish Excel."""
    return _write_csv(db, selection, out, machine=False)


def write_program_csv(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """`Resultat` for programs."""
    return _write_csv(db, selection, out, machine=True)


def write_spss(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """The figures as an SPSS file, a case per group."""
    written = _find(db, selection)
    write_sav(_groups(db, selection), out)
    return written


def write_zip(db: Connection, selection: Selection, out: BinaryIO) -> Written:
    """Every other file, the code book as CSV, and a text that says what they are."""
    written = _find(db, selection)
    said, codes = Preface(), CodeBook()
    for contents in _groups(db, selection):
        said.add(contents)
        codes.add(contents)
    parts: list[Part] = [
        (name_of(selection, name), partial(kind.write, db, selection))
        for name, kind in FILES.items()
        if kind.write is not write_zip
    ]
    named = [name for name, _write in parts]
    parts.append((CODE_BOOK, partial(write_csv, Table(codebook.LAYOUT, codes.rows()))))
    parts.append((README, partial(_write_readme, said, named)))
    write_bundle(parts, date.fromisoformat(said.day), out)
    return written


FILES: Mapping[str, FileKind] = {
    "xlsx": FileKind(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "csv": FileKind(".csv", "text/csv", write_swedish_csv),
    "program": FileKind(".program.csv", "text/csv", write_program_csv),
    **({"sav": FileKind(".sav", "application/x-spss-sav", write_spss)} if AVAILABLE else {}),
    "zip": FileKind(".zip", "application/zip", write_zip),
}
"""Every kind of file there is, by the name it has in addresses."""


def _write_csv(db: Connection, selection: Selection, out: BinaryIO, *, machine: bool) -> Written:
    written = _find(db, selection)
    rows = chain.from_iterable(map(result, _groups(db, selection)))
    write_csv(Table(RESULT, rows), out, machine=machine)
    return written


def _write_readme(said: Preface, named: Iterable[str], out: BinaryIO) -> None:
    """What is in the zip, for whoever opens it: plain text that Notepad shows as it is."""
    told = [
        said.title,
        "",
        *(f"{name}: {_FOR[name.partition('.')[2]]}" for name in named),
        f"{CODE_BOOK}: alla frågor och koder, för svenskt Excel",
        "",
        f"Arbetsbokens blad {preface.LAYOUT.name} säger vilka regler som gäller och vad som inte visas.",
        "Tomma rutor betyder att talet inte visas. Det kan vara noll, få eller många.",
    ]
    out.write(b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in told).encode())


def _find(db: Connection, selection: Selection) -> Written:
    """What it comes to. Raises `BadRequest` for a label that is no period, `NotFound` where that is nothing."""
    wanted = (shown.c.association == selection.association) & (shown.c.form == selection.form)
    if selection.period is not None:
        wanted &= shown.c.period == _label(selection.period)
    grades = Counter(db.scalars(select(shown.c.grade).where(wanted)))
    if not grades:
        raise NotFound(_("Det finns inget öppnat för %(form)s.", form=selection.form))
    return Written(grades["full"], grades["coarse"], grades["withheld"])


def _groups(db: Connection, selection: Selection) -> Iterator[Contents]:
    period = _label(selection.period) if selection.period else None
    return each(db, selection.association, selection.form, period=period)


def _label(period: str) -> str:
    try:
        return Period.parse(period).label
    except ValueError as fault:
        raise BadRequest(str(fault)) from None
