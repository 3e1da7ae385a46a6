"""P11: from everything ever shown nobody computes a figure for fewer than ten people or an exact number for fewer than
thirty. The attacker has every file, knows every release, and may subtract, combine and bound.

`make test` plays a sample of associations, `SOAK=1` all three hundred.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import cycle, islice
from random import Random
from unittest import mock

import pytest
from sqlalchemy import Connection

from exports import groups
from exports.bounds import Bounds
from exports.contents import Entry
from exports.export import Selection, write_xlsx
from exports.ledger import Group, Ledger
from survey.installation import Installation
from survey.periods import PeriodKind
from tests.outsider import MISSING, Batch, Outsider, Poles, Programme
from tests.population import FORM, Population, experience_book

SOAK = bool(os.environ.get("SOAK"))
ASSOCIATIONS = 300 if SOAK else 20
PROGRAMMES = 10_000 if SOAK else 6
"""How many bounds are computed per question (or choice of several) and year."""
YEARS = (2025, 2026)
QUESTION = "du_m1_kansla"
SIZES = ([4, 4, 4], [8, 4, 1], [10, 10, 10], [10, 8, 6, 4, 2, 1, 0.6], [6, 2, 1, 0.6], [2, 2, 2, 2, 2], [10, 1])
KINDS: tuple[PeriodKind, ...] = ("quarter", "quarter", "month")


def made(number: int) -> Population:
    """One of the three hundred: sizes, calendar and tempers differ."""
    rates = SIZES[number % len(SIZES)]
    return Population(f"f{number}", rates, kind=KINDS[number // len(SIZES) % len(KINDS)], seed=number)


def attackers(db: Connection, population: Population) -> Iterator[Outsider]:
    """What somebody makes of the association's workbook, year by year."""
    out = BytesIO()
    write_xlsx(db, Selection(population.slug, FORM, None), out)
    batches = [Batch(f"Team {one.team}", one.period, one.people) for one in population.opened]
    for year in YEARS:
        yield Outsider.reading(out.getvalue(), f"Förbundet {population.slug}", str(year), batches)


@contextmanager
def by_size_alone() -> Iterator[None]:
    """The bad variant: thirty people are enough, whatever can be subtracted, and nothing is asked of bounds."""

    def grade(self: Ledger, group: Group) -> tuple[str, str]:
        people = group.people(self.releases)
        return ("full", "") if people >= 30 else ("coarse", "under_count") if people >= 10 else ("withheld", "few")

    with mock.patch.object(Ledger, "grade", grade), without_bounds():
        yield


@contextmanager
def without_bounds() -> Iterator[None]:
    """The bad variant: only exact totals are audited, never what words and zeros leave possible."""
    with mock.patch.object(Bounds, "leaves_room", return_value=True):
        yield


def broken_by_arithmetic(attacker: Outsider) -> list[object]:
    """The differences and unions under thirty that follow from exact counts, question by question alike."""
    found: list[object] = []
    for question in {tuple(attacker.exact(entry.id)): entry.id for entry in counted()}.values():
        found += attacker.differences(question)
        found += attacker.in_span(question)
    return found


def pinned(
    attacker: Outsider, population: Population, entries: Sequence[Entry], programmes: int = PROGRAMMES
) -> list[tuple[str, str, str, int]]:
    """What the bounds fix about releases under ten: an answer somebody gave, or how many were positive or not.

    The attacker does not know the truth; it only says which programmes are worth solving. Some of them, unless soaking.
    """
    found = []
    for entry, (labels, poles) in [(one, view) for one in entries for view in views(one)]:
        programme = Programme(attacker, entry.id, labels, poles)
        wanted = [
            (position, codes)
            for position, batch in enumerate(attacker.batches)
            if batch.people < 10
            for codes in targets(labels, poles, answers(population, batch, entry))
        ]
        for position, codes in Random(population.seed).sample(wanted, min(len(wanted), programmes)):
            least, most = programme.bounds(position, codes)
            if least == most:
                found.append((entry.id, attacker.batches[position].period, "+".join(sorted(codes)), least))
    return found


def counted() -> list[Entry]:
    """The questions that figures are made of."""
    return [entry for entry in experience_book().entries if entry.counted]


def views(entry: Entry) -> Iterator[tuple[list[str], Poles]]:
    """The answers that exclude each other, of one question or of one choice among several."""
    given = [label.code for label in entry.labels if not label.missing]
    none = Poles()
    if entry.counted == "several":
        yield from (([code, "*", *MISSING], none) for code in given)
    else:
        yield [*given, *MISSING], Poles(entry.positive, entry.rated) if entry.poled else none


def targets(labels: Sequence[str], poles: Poles, truth: Counter[str]) -> Iterator[frozenset[str]]:
    """What is to stay unknown of a small release."""
    yield from (frozenset({code}) for code in labels if truth[code] and code != "*")
    if poles.positive:
        yield poles.positive
        yield poles.rated - poles.positive


def answers(population: Population, batch: Batch, entry: Entry) -> Counter[str]:
    """What the people of a release did answer."""
    tally: Counter[str] = Counter()
    for one in population.opened:
        if (f"Team {one.team}", one.period, one.people) == (batch.team, batch.period, batch.people):
            for record in one.records:
                value = record[entry.id]
                tally.update(value if isinstance(value, list) else [value])
                tally.update([str(record[f"{entry.id}_miss"])] if value == [] else [])
    return tally


@pytest.mark.parametrize("number", range(ASSOCIATIONS))
def test_nobody_computes_a_small_group_from_the_files(sqlite_installation: Installation, number: int) -> None:
    population = made(number)
    sample = list(islice(cycle(counted()), number * 3, number * 3 + 3))
    with sqlite_installation.writing() as db:
        population.play(db, groups.close, years=YEARS if SOAK or population.kind == "quarter" else YEARS[1:])
        for attacker in attackers(db, population):
            assert broken_by_arithmetic(attacker) == []
            assert pinned(attacker, population, sample) == []


def test_by_size_alone_nearly_every_association_is_broken(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db, by_size_alone():
        broken = 0
        for number in range(6):
            population = Population(f"g{number}", [4, 4, 4] if number % 2 else [8, 4, 1], seed=number, lean=0.6)
            population.play(db, groups.close)
            broken += any(attacker.in_span(QUESTION) for attacker in attackers(db, population))
    assert broken >= 5


def test_without_bounds_words_and_zeros_give_someone_away(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db, without_bounds():
        population = Population("h", [4, 4, 4], seed=5)
        population.play(db, groups.close)
        found = [pinned(attacker, population, counted()[2:6], 1000) for attacker in attackers(db, population)]
    assert any(found)
