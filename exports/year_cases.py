"""Participants and cases of a year in figures: from case statistics as they were made."""

from collections.abc import Iterator

from sqlalchemy import Connection

from exports import case_statistics
from exports.case_statistics import Shown
from exports.case_statistics_labels import EVENTS, SEX
from exports.case_statistics_lines import (
    ALL,
    KeyFigure,
    Line,
    Started,
    blocks,
    key_figures,
    started,
    total,
    waiting,
)
from exports.contents import Texts
from exports.wording import N_
from exports.year import Block, Figure, Part, Source

SMALL = N_("Talet är för litet, eller så går ett mindre tal att räkna fram, eller så har nästan alla samma värde.")

NO_MEDIAN = N_("Mittersta värdet visas när det gäller minst {count} personer.")

PARTICIPANTS: Texts = {"sv": "Deltagare", "en": "Participants"}

_DAYS: Texts = {"sv": "dagar", "en": "days"}

_NO_CASES: Texts = {
    "sv": "Inga ärenden är räknade för året. De räknas när årets sista kvartal är slut.",
    "en": "No cases have been counted for the year. They are counted when its last quarter has ended.",
}

_DIMENSIONS = ("source", "organisation", "outcome")
"""What a board asks for besides; the rest stands with the cases."""


def participants(db: Connection, association: str, year: int) -> Part:
    """By team and sex, as Uppföljning Finsam asks for them."""
    one = _counted(db, association, year)
    if one is None:
        return Part("participants", (), _NO_CASES)
    figures = tuple(figure for row in started(one) for figure in _by_sex(row))
    note: Texts = {
        "sv": "Deltagare räknas det år de hade sitt första möte. De utan angivet kön står bara under Deltagare.",
        "en": "Participants are counted in the year of their first meeting. Those whose sex is not stated are in "
        "the first number only.",
    }
    title: Texts = {"sv": "Deltagare efter kön", "en": "Participants by sex"}
    return Part("participants", (_block(one, title, figures, shape_groups=True, note=note),))


def cases(db: Connection, association: str, year: int) -> Part:
    """Referrals and what came of them, and how long people waited."""
    one = _counted(db, association, year)
    return Part("cases", tuple(_of_cases(one)) if one else (), {} if one else _NO_CASES)


def _counted(db: Connection, association: str, year: int) -> Shown | None:
    return next((one for one in case_statistics.shown(db, association, year=year) if one.of_year), None)


def _by_sex(row: Started) -> Iterator[Figure]:
    yield Figure(PARTICIPANTS, row.name, row.people, why=if_missing(row.people))
    for sex, n in row.by_sex.items():
        yield Figure(SEX[sex], row.name, n, row.people if n is not None else None, why=if_missing(n))


def _of_cases(one: Shown) -> Iterator[Block]:
    totals = tuple(_figure(total(one, event)) for event in EVENTS)
    yield _block(one, {"sv": "Ärenden under året", "en": "Cases in the year"}, totals)
    shares = tuple(_share(figure) for figure in key_figures(one) if figure.unit["en"] == "per cent")
    yield _block(one, {"sv": "Nyckeltal", "en": "Key figures"}, shares)
    for each in waiting(one):
        middle: Texts = {"sv": "Mittersta värdet", "en": "Median"}
        median = Figure(
            middle,
            base=each.people if each.median is not None else None,
            value=each.median,
            unit=_DAYS,
            why="" if each.median is not None else NO_MEDIAN,
        )
        everyone = Figure(ALL, n=each.people, why=if_missing(each.people))
        yield _block(one, each.title, (everyone, *map(_figure, each.lines), median))
    for found in blocks(one):
        if found.dimension in _DIMENSIONS:
            yield _block(one, found.title, tuple(map(_figure, found.lines)))


def _block(
    one: Shown, title: Texts, figures: tuple[Figure, ...], *, shape_groups: bool = False, note: Texts | None = None
) -> Block:
    source = Source(
        "cases",
        "",
        {
            "sv": f"Ärenden, räknade {one.closed_on}. Ett tal visas från {one.floor} personer.",
            "en": f"Cases, counted {one.closed_on}. A number is shown from {one.floor} people.",
        },
    )
    return Block(title, figures, source, one.floor, one.exact, "groups" if shape_groups else "lines", note or {})


def _figure(line: Line) -> Figure:
    return Figure(line.text, n=line.n, base=line.base if line.n is not None else None, why=if_missing(line.n))


def _share(figure: KeyFigure) -> Figure:
    return Figure(figure.text, n=figure.of, base=figure.base, why=if_missing(figure.of))


def if_missing(n: int | None) -> str:
    return SMALL if n is None else ""
