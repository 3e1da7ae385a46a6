"""A locked block over associations as a file: a workbook of `Läs mig`, `Resultat` and `Kodbok`, or `Resultat` as CSV.

What is put together, and why that tells nothing new, is `exports.pooled`; nothing is counted here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from exports.codebook import codes
from exports.contents import NO_ANSWER
from exports.csv import write_csv
from exports.export import EVERYTHING, FILES
from exports.pooled import FEWEST, UNLOCKED, Block, Pool, Sum
from exports.sheets import MEAN, POSITIVE, binding, reason, theme_name
from exports.tables import Column, Layout, Row, Table
from exports.workbook import write_workbook
from survey.errors import BadRequest, NotFound
from survey.periods import Period

README = Layout("Läs mig", (Column("rubrik", 26), Column("innehåll", 100, "wrapped")), filtered=False)
RESULT = Layout(
    "Resultat",
    (
        Column("block", 14),
        Column("period", 10),
        Column("tema", 22),
        Column("fråga", 16),
        Column("frågetext", 48),
        Column("svar", 10),
        Column("svarstext", 28),
        Column("antal", 8, "number"),
        Column("andel", 8, "number"),
        Column("bas", 8, "number"),
        Column("förbund", 9, "number"),
        Column("not", 60),
    ),
)
CODES = Layout(
    "Kodbok",
    (
        Column("fråga", 16),
        Column("frågetext", 46, "wrapped"),
        Column("tema", 18, "wrapped"),
        Column("typ", 10),
        Column("betydelse", 10, "number"),
        Column("svar", 9),
        Column("svarstext", 32, "wrapped"),
        Column("slag", 14),
    ),
)
_NEVER = (MEAN, NO_ANSWER)
"""Codes that stand in the associations' files but in no sum."""
TOO_FEW = "Färre än två förbund visar frågan med exakta tal."
_RULES = (
    "Bara frågor i det låsta blocket är med. Förbundens egna frågor är det inte.",
    "Talen är summor av tal som redan står i förbundens egna filer. Inget räknas på enskilda svar.",
    "Bara det som ett helt förbund visar med exakta tal är med. Grova tal och dolda tal räknas aldrig in.",
    f"Minst {FEWEST} förbund behövs, för varje period och för varje fråga.",
    "Bara perioder med samma namn läggs ihop: kvartal med kvartal, månader med månader, år med år.",
    "Medelvärden läggs inte ihop: de är avrundade i förbundens filer.",
    "När fler förbund har öppnat sina svar för en period kan filen växa. Det som har visats ändras inte.",
)
_READING = (
    "antal är personer, andel är hela procent av bas, bas är alla som har svarat i de förbund som är med i frågan.",
    "Raden positiva räknar bara dem som har tagit ställning. Kolumnen förbund säger hur många förbund som är med.",
    "Tomma rutor betyder att talet inte visas. Koderna −66, −77, −88, −99 och −55 säger varför svar saknas.",
)


def export_pooled(found: Sequence[Pool], out: Path) -> None:
    """Write the file that the ending of `out` asks for. Raises `BadRequest` for another ending, and as `write`."""
    fitting = [kind for kind in WRITERS if out.name.endswith(FILES[kind].ending)]
    if not fitting:
        endings = ", ".join(FILES[kind].ending for kind in WRITERS)
        raise BadRequest(_("Filen ska sluta på %(endings)s.", endings=endings))
    refuse_too_few(found)
    with out.open("wb") as file:
        write(found, max(fitting, key=lambda kind: len(FILES[kind].ending)), file)


def write(found: Sequence[Pool], kind: str, out: BinaryIO) -> None:
    """Write these periods as a file of this kind (a key of `WRITERS`). Raises `NotFound` where none can be shown."""
    refuse_too_few(found)
    WRITERS[kind](found, out)


def refuse_too_few(found: Sequence[Pool]) -> None:
    """Raise `NotFound` where no period has enough associations."""
    if not any(pool.enough for pool in found):
        raise NotFound(_("Färre än två förbund visar blocket med exakta tal. Då läggs inget ihop."))


def name_of(lock: str, period: str | None, kind: str) -> str:
    """The name of a file of this kind, after what is in it."""
    return f"samsvar-gemensamt-{lock}-{period or EVERYTHING}{FILES[kind].ending}"


def _write_xlsx(found: Sequence[Pool], out: BinaryIO) -> None:
    block = found[0].block
    tables = (Table(README, _readme(found)), Table(RESULT, _results(found)), Table(CODES, _codes(block)))
    write_workbook(tables, binding(block.lock.title.by_language), _day(found), out)


def _write_csv(found: Sequence[Pool], out: BinaryIO, *, machine: bool) -> None:
    write_csv(Table(RESULT, _results(found)), out, machine=machine)


WRITERS: Mapping[str, Callable[[Sequence[Pool], BinaryIO], None]] = {
    "xlsx": _write_xlsx,
    "csv": partial(_write_csv, machine=False),
    "program": partial(_write_csv, machine=True),
}
"""The kinds of file a pooled export comes as; the same names and endings as `exports.export.FILES`."""


def _day(found: Sequence[Pool]) -> date:
    """When the newest of the figures in the file was opened."""
    return date.fromisoformat(max(one.released_on for pool in found if pool.enough for one in pool.inside))


def _readme(found: Sequence[Pool]) -> Iterator[Row]:
    lock = found[0].block.lock
    yield "Block", f"{binding(lock.title.by_language)} ({lock.id})"
    yield "Ägare", lock.owner
    yield "Fingeravtryck", lock.fingerprint
    yield "Öppnat", _day(found)
    yield from (("Regler", rule) for rule in _RULES)
    yield from (("Så läser du", words) for words in _READING)
    for pool in found:
        heading = Period.parse(pool.period).words("sv").capitalize()
        yield from ((heading, words) for words in _about(pool))


def _about(pool: Pool) -> Iterator[str]:
    """Who is in it and who is not: a line each, since there may be many."""
    if pool.enough:
        yield f"{pool.associations} förbund, {pool.answers} svar."
        yield from (f"Ingår: {pool.name(contents)}." for contents in pool.inside)
    else:
        yield "Färre än två förbund visas med exakta tal. Inget läggs ihop."
    for contents in pool.outside:
        yield f"Ingår inte: {pool.name(contents)}. {reason(contents) or UNLOCKED}"


def _results(found: Sequence[Pool]) -> Iterator[Row]:
    """Tidy, one fact a row, only of periods with enough associations."""
    for pool in found:
        for one in pool.sums() if pool.enough else ():
            themes = pool.block.book.themes
            asked = (theme_name(themes, one.entry.theme), one.entry.id, binding(one.entry.text))
            for facts in _facts(one, pool):
                yield (pool.block.lock.id, pool.period, *asked, *facts)


def _facts(one: Sum, pool: Pool) -> Iterator[Row]:
    """From `svar` to `not`: a row per answer, or one that says why there is none."""
    without = [f"Utan {pool.name(contents)}: {reason(contents, item) or UNLOCKED}" for contents, item in one.outside]
    note = " ".join(without) or None
    associations = len({contents.association for contents in one.inside})
    if not one.inside:
        yield (*[None] * 6, " ".join([TOO_FEW, *without]))
    for label, count in zip(one.entry.labels if one.inside else (), one.counts, strict=True):
        yield label.code, binding(label.text), count.count, count.share, one.base, associations, note
    if one.positive:
        counted = (one.positive.count, one.positive.share, one.positive.base)
        yield POSITIVE, "Positiva svar", *counted, associations, note


def _codes(block: Block) -> Iterator[Row]:
    for entry in block.entries:
        asked = (entry.id, binding(entry.text), theme_name(block.book.themes, entry.theme), entry.type, entry.meaning)
        yield from ((*asked, *code) for code in codes(entry) if code[0] not in _NEVER)
