"""The workbook of case statistics (CONTRACT.md): counts that may be shown, in Swedish, the same bytes each time.

What is in it was decided and stored when each quarter ended; nothing is counted here.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO

from sqlalchemy import Connection

from exports.case_statistics import OF_YEARS, Shown, shown
from exports.case_statistics_labels import DIMENSIONS, EVENTS, SEX
from exports.case_statistics_lines import Line, blocks, key_figures, started, total, waiting
from exports.tables import Column, Layout, Row
from exports.workbook import writing
from survey.errors import NotFound
from survey.periods import Period

README = Layout("Läs mig", (Column("rubrik", 26, "wrapped"), Column("innehåll", 100, "wrapped")), filtered=False)
COUNTS = Layout(
    "Antal",
    (
        Column("period", 10),
        Column("händelse", 20),
        Column("uppdelning", 28),
        Column("kod", 16),
        Column("värde", 48, "wrapped"),
        Column("antal", 8, "number"),
        Column("andel", 8, "number"),
        Column("bas", 8, "number"),
    ),
)
TIMES = Layout(
    "Tider",
    (
        Column("period", 10),
        Column("steg", 30),
        Column("väntetid", 20),
        Column("antal", 8, "number"),
        Column("andel", 8, "number"),
        Column("bas", 8, "number"),
        Column("mittersta värdet i dagar", 14, "number"),
    ),
)
KEY_FIGURES = Layout(
    "Nyckeltal",
    (
        Column("period", 10),
        Column("nyckeltal", 44, "wrapped"),
        Column("värde", 8, "number"),
        Column("enhet", 10),
        Column("antal", 8, "number"),
        Column("bas", 8, "number"),
    ),
)
_SV = "sv"


def name_of(association: str, period: str | None) -> str:
    """What the file is called."""
    return f"samsvar-{association}-arenden{f'-{period}' if period else ''}.xlsx"


def write(db: Connection, association: str, period: str | None, out: BinaryIO) -> int:
    """Write what has been shown of the association, or of one of its quarters or years; gives back how many of these.

    Raises `NotFound` where there is nothing.
    """
    found = [one for one in shown(db, association) if period in (None, one.period)]
    if not found:
        raise NotFound
    with writing(out) as book:
        about, counts, times, figures = map(book.begin, (README, COUNTS, TIMES, KEY_FIGURES))
        for one in found:
            counts.add(_counts(one))
            times.add(_times(one))
            figures.add(_figures(one))
        about.add(_about(found))
        day = max(one.closed_on for one in found)
        book.about(f"Ärenden, {found[0].association_name}", date.fromisoformat(day))
    return len(found)


def _counts(one: Shown) -> Iterator[Row]:
    for event, text in EVENTS.items():
        yield one.period, text[_SV], "", "", "Alla", total(one, event).n, None, None
        for block in blocks(one):
            if block.event == event:
                for line in block.lines:
                    yield one.period, text[_SV], block.title[_SV], line.code, *_numbers(line)
        if event == "met" and one.of_year:
            yield from _by_sex(one, text[_SV])


def _by_sex(one: Shown, event: str) -> Iterator[Row]:
    for row in started(one):
        for sex, n in row.by_sex.items():
            text = {_SV: f"{row.name}: {SEX[sex][_SV]}"}
            line = Line(f"{row.team}|{sex}", text, n, row.people)
            yield one.period, event, DIMENSIONS[OF_YEARS][_SV], line.code, *_numbers(line)


def _numbers(line: Line) -> Row:
    return line.text[_SV], line.n, line.share, line.base if line.n is not None else None


def _times(one: Shown) -> Iterator[Row]:
    for step in waiting(one):
        yield one.period, step.title[_SV], "Alla", step.people, None, None, step.median
        for line in step.lines:
            yield one.period, step.title[_SV], *_numbers(line), None


def _figures(one: Shown) -> Iterator[Row]:
    for figure in key_figures(one):
        yield one.period, figure.text[_SV], figure.value, figure.unit[_SV], figure.of, figure.base


def _about(found: Sequence[Shown]) -> Iterator[Row]:
    newest = found[0]
    yield "Samordningsförbund", newest.association_name
    yield "Perioder", ", ".join(Period.parse(one.period).words(_SV) for one in found)
    yield "Räknat", date.fromisoformat(max(one.closed_on for one in found))
    for text in (
        "Ett ärende räknas en gång vid varje händelse: anmälan, första mötet, planen, uppföljningen och avslutet.",
        "Det räknas i det kvartal då händelsen var. Är kvartalet redan räknat när händelsen skrivs in räknas den i "
        "kvartalet då.",
        "Siffrorna räknas när kvartalet är slut och ändras aldrig sedan.",
    ):
        yield "Så räknar vi", text
    for text in (
        f"Ett tal visas när det gäller minst {newest.floor} personer, och mittersta värdet när det gäller minst "
        f"{newest.exact}.",
        "Det visas inte om ett mindre antal då kan räknas fram genom att dra ifrån, också från andra perioder.",
        "Har nästan alla samma värde visas det inte.",
        "Kön räknas per år, vid första mötet, för förbundet och för team. Allt annat räknas för förbundet.",
        "Inga namn, nummer, födelsedatum eller egna ord finns med.",
    ):
        yield "Regler", text
    for text in (
        "antal är ärenden. andel är hela procent av bas. Tomma rutor betyder att talet inte visas. Det kan vara noll, "
        "få eller många.",
        "Läget vid anmälan: flera kan stämma för samma person, så talen går inte att lägga ihop.",
        "Hur många som väntar går att räkna ut genom att dra möten från anmälningar. Vilka det är går inte att se.",
    ):
        yield "Så läser du", text
