"""A year in figures as files: a workbook with a sheet per part, and the same rows in one table. In Swedish.

What stands in them is `exports.year`; a settled year gives the same bytes each time.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from itertools import compress
from typing import BinaryIO

from flask_babel import gettext as _

from exports.csv import write_csv
from exports.sheets import binding
from exports.tables import Column, Layout, Row, Table
from exports.wording import STANDINGS, STEPS
from exports.workbook import writing
from exports.year import Block, Figure, Part, PartId, Report
from exports.year_words import ABOUT, TITLES, UNTIL
from survey.errors import BadRequest

README = Layout("Läs mig", (Column("rubrik", 26, "wrapped"), Column("innehåll", 100, "wrapped")), filtered=False)
COLUMNS = (
    Column("rubrik", 26, "wrapped"),
    Column("grupp", 22, "wrapped"),
    Column("siffra", 38, "wrapped"),
    Column("positivt är", 26, "wrapped"),
    Column("antal", 8, "number"),
    Column("andel", 8, "number"),
    Column("bas", 8, "number"),
    Column("värde", 8, "number"),
    Column("enhet", 10),
    Column("i ord", 23),
    Column("mål", 6, "number"),
    Column("läge", 11),
    Column("not", 38, "wrapped"),
    Column("källa", 36, "wrapped"),
)
_TIMED: tuple[PartId, ...] = ("cases", "meetings", "answers")
_SAID: tuple[PartId, ...] = ("answers",)
_GROUPED: tuple[PartId, ...] = ("participants",)
OF_SOME: Mapping[str, Collection[PartId]] = {
    "grupp": _GROUPED,
    "positivt är": _SAID,
    "värde": _TIMED,
    "enhet": _TIMED,
    "i ord": _SAID,
    "mål": _SAID,
    "läge": _SAID,
}
"""Columns that stand on the sheets of these parts only: on others they would be empty, and print small."""
TABLE = Layout("Siffror", (Column("del", 24), *COLUMNS))
ENDINGS = {"xlsx": "xlsx", "csv": "csv", "program": "program.csv"}
"""Every kind of file, and how its name ends."""


def name_of(report: Report, kind: str) -> str:
    """What the file is called; until the year is settled that stands in the name."""
    early = "" if report.settled_on else "-inte-klar"
    return f"samsvar-{report.association}-aret-{report.year}{early}.{ENDINGS[kind]}"


def kind_of(name: str) -> str:
    """The kind of file that a name asks for by its ending. Raises `BadRequest` for another ending."""
    fitting = [kind for kind, ending in ENDINGS.items() if name.endswith(f".{ending}")]
    if not fitting:
        raise BadRequest(_("Filen ska sluta på %(endings)s.", endings=", ".join(f".{one}" for one in ENDINGS.values())))
    return max(fitting, key=lambda kind: len(ENDINGS[kind]))


def write(report: Report, kind: str, out: BinaryIO) -> None:
    """Write a file of one of the kinds in `ENDINGS`."""
    if kind == "xlsx":
        _write_workbook(report, out)
    else:
        rows = ((binding(TITLES[part.id]), *row) for part in report.parts for row in _rows(part))
        write_csv(Table(TABLE, rows), out, machine=kind == "program")


def _write_workbook(report: Report, out: BinaryIO) -> None:
    with writing(out) as book:
        about = book.begin(README)
        for part in report.parts:
            used = [part.id in OF_SOME.get(column.name, (part.id,)) for column in COLUMNS]
            sheet = book.begin(Layout(binding(TITLES[part.id]), tuple(compress(COLUMNS, used))))
            sheet.add(tuple(compress(row, used)) for row in _rows(part))
        about.add(_about(report))
        day = date.fromisoformat(report.settled_on) if report.settled_on else date(report.year, 12, 31)
        book.about(f"Året i siffror {report.year}, {report.association_name}", day)


def _rows(part: Part) -> Iterator[Row]:
    for block in part.blocks:
        for one in block.figures:
            yield _row(block, one)
    if part.lack:
        yield (*[None] * (len(COLUMNS) - 2), binding(part.lack), None)


def _row(block: Block, one: Figure) -> Row:
    words = STEPS[one.step] if one.step is not None else None
    stands = STANDINGS[one.stands] if one.stands else None
    unit = binding(one.unit) if one.value is not None else None
    told = (one.n, one.share, one.base, one.value, unit, words, one.goal, stands)
    note = reason(block, one) or (binding(block.note) if block.note else None)
    means = binding(one.means) if one.means else None
    return binding(block.title), one.group, binding(one.text), means, *told, note, binding(block.source.text)


def reason(block: Block, one: Figure) -> str:
    """Why the figure is not shown, or not exactly, in Swedish; "" if it is."""
    return one.why.format(show=block.show, count=block.count)


def _about(report: Report) -> Iterator[Row]:
    yield "Samordningsförbund", report.association_name
    yield "År", f"{report.year}"
    if report.settled_on:
        yield "Sparat", date.fromisoformat(report.settled_on)
    else:
        yield "Inte klart", UNTIL.format(day=report.settles_on.isoformat())
    yield from ABOUT
    for part in report.parts:
        if part.lack:
            yield "Saknas", f"{binding(TITLES[part.id])}: {binding(part.lack)}"
    for part in report.parts:
        for block in part.blocks:
            yield from _less_shown(part.id, block)


def _less_shown(part: PartId, block: Block) -> Iterator[Row]:
    for _reason, figures in block.reasons:
        heading = "Visas grovt" if figures[0].shown else "Visas inte"
        names = "; ".join(" ".join(filter(None, (one.group, binding(one.text)))) for one in figures)
        where = f"{binding(TITLES[part])}, {binding(block.title)}"
        yield heading, f"{where}: {names}. {reason(block, figures[0])}"
