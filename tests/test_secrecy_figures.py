"""P11: from everything ever shown nobody computes a figure for fewer than ten people or an exact number for fewer than
thirty. The attacker has every file, knows every release, and may subtract, combine and bound.

`make test` plays a sample of associations, `SOAK=1` all three hundred.
"""

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
from exports.contents import Entry, Floors
from exports.export import Selection, write_xlsx
from exports.grading import due
from exports.ledger import Group, Ledger, Release
from survey.installation import Installation
from survey.periods import PeriodKind
from tests.outsider import MISSING, Batch, Outsider, Poles, Programme
from tests.population import FORM, Draw, Opened, Population, exactly, experience_book, poisson
from tests.scene import SOAK

ASSOCIATIONS = 300 if SOAK else 12
PROGRAMMES = 10_000 if SOAK else 6
"""How many bounds are computed per question (or choice of several) and year."""
YEARS = (2025, 2026)
QUESTION = "du_m1_kansla"
SIZES = ([4, 4, 4], [8, 4, 1], [10, 10, 10], [10, 8, 6, 4, 2, 1, 0.6], [6, 2, 1, 0.6], [2, 2, 2, 2, 2], [10, 1])
KINDS: tuple[PeriodKind, ...] = ("quarter", "quarter", "month")
GROUPS = ("association-year", "team-year", "association-part", "team-part")
"""The kinds of groups; a part is a quarter or a month."""


def made(number: int) -> Population:
    """One of the three hundred: sizes, calendar and tempers differ."""
    rates = SIZES[number % len(SIZES)]
    return Population(f"f{number}", rates, kind=KINDS[number // len(SIZES) % len(KINDS)], seed=number)


def attackers(db: Connection, population: Population) -> Iterator[Outsider]:
    """What somebody makes of the association's workbook, year by year."""
    out = BytesIO()
    write_xlsx(db, Selection(population.slug, FORM, None), out)
    batches = [_batch(one) for one in population.opened]
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


def _batch(opened: Opened) -> Batch:
    """What the outsider is told of a release."""
    return Batch(f"Team {opened.team}" if opened.team else "", opened.period, opened.people)


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
        if _batch(one) == batch:
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


def test_by_size_alone_every_association_of_unlike_teams_is_broken(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db, by_size_alone():
        for number in range(3):
            population = Population(f"g{number}", [8, 4, 1], seed=number, lean=0.6)
            population.play(db, groups.close)
            assert any(attacker.in_span(QUESTION) for attacker in attackers(db, population))


def test_without_bounds_words_and_zeros_give_someone_away(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db, without_bounds():
        population = Population("h", [4, 4, 4], seed=1)
        population.play(db, groups.close)
        found = [pinned(attacker, population, counted()[2:6], 1000) for attacker in attackers(db, population)]
    assert any(found)


@pytest.mark.parametrize(
    ("rates", "kinds", "draw", "least"),
    [
        ([4, 4, 4], ["quarter"], poisson, {"association-year": 0.9, "team-year": 0.9, "association-part": 0.6}),
        ([4, 4, 4], ["month"], poisson, {"association-year": 0.9, "team-year": 0.9}),
        ([8, 4, 1], ["quarter", "month"], poisson, {"team-year": 0.3, "team-year shown": 0.9}),
        ([10, 10, 10], ["quarter"], exactly, dict.fromkeys(GROUPS, 1)),
        ([10, 10, 10], ["month"], exactly, {"association-year": 1, "team-year": 1, "association-part": 1}),
        ([10, 10, 10], ["quarter"], poisson, {"association-year": 1, "team-year": 0.9, "association-part": 0.95}),
    ],
)
def test_what_is_left_is_worth_reading(
    rates: list[float], kinds: list[PeriodKind], draw: Draw, least: dict[str, float]
) -> None:
    """How many groups are full: docs/statistics.md. Grades come from membership, so nobody needs to answer anything."""
    numbers = range(1 if draw is exactly else 300 if SOAK else 60)
    populations = (
        Population(f"f{number}", rates, kind=kind, seed=number, draw=draw) for kind in kinds for number in numbers
    )
    found = Counter(one for population in populations for one in grades(population))
    for wanted, share in least.items():
        name, _, shown = wanted.partition(" ")
        good = found[name, "full"] + (found[name, "coarse"] if shown else 0)
        assert good / sum(n for (other, _), n in found.items() if other == name) >= share, (wanted, found)


def grades(population: Population) -> Iterator[tuple[str, str]]:
    """The kind of every group of an association, and what the ledger lets it be shown as."""
    releases: list[Release] = []
    full: list[Group] = []
    for period, opened in population.openings():
        releases = [release for release in releases if release.period.startswith(f"{period.year}")]
        releases += [Release(f"{slug} {period}", slug, period.label, people) for slug, people in opened]
        ledger = Ledger(releases, Floors(5, 10, 30), [group for group in full if group.period >= f"{period.year}"])
        for group in due(releases, period):
            part = "year" if group.of_year else "part"
            yield f"{'team' if group.team else 'association'}-{part}", ledger.grade(group)[0]
        full = ledger.full
