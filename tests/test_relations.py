"""What goes together: the coefficient is right, and tells with no other figure how few combined their answers.

P11 for the one figure that is made of two answers of the same person. The attacker knows what everybody in each release
answered to either question, and solves integer programs for who gave both.
"""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.stats import rankdata, spearmanr
from sqlalchemy import Connection

from exports import groups
from exports.contents import Contents, Entry, Label
from exports.relations import Counts, Rated, correlation, leaves_room
from survey.installation import Installation
from survey.periods import Period
from tests.population import FORM, Population, experience_book, store
from tests.scene import SOAK

DAY = date(2026, 1, 2)
SCALE = {"5": 5, "4": 4, "3": 3, "2": 2, "1": 1}
FEELING, TALKING, BEING_MET = "du_m1_kansla", "du_m2_prata", "du_m3_bemot"


def people(source: np.random.Generator, n: int, *, alike: float, answers: int = 5) -> list[tuple[int, int]]:
    """Two answers of each of `n` people, the more alike the nearer `alike` is to one; most of them good."""
    mood = source.normal(size=n)[:, None] * alike**0.5 + source.normal(size=(n, 2)) * (1 - alike) ** 0.5
    cut = np.digitize(mood + 0.6, np.linspace(-1.2, 1.2, answers - 1))
    return [(int(a), int(b)) for a, b in cut]


def crossed(answered: list[tuple[int, int]], source: np.random.Generator, releases: int, answers: int = 5) -> Counts:
    """A table for each of some releases, to which people belong by chance."""
    tables = np.zeros((releases, answers, answers), dtype=np.int64)
    for (first, second), place in zip(answered, source.integers(0, releases, len(answered)), strict=True):
        tables[place, first, second] += 1
    return tables


def good(answers: int) -> Counts:
    """The upper answers are the positive ones."""
    return np.array([2 * n >= answers for n in range(answers)], dtype=np.int64)


def pinned(tables: Counts) -> Iterator[tuple[int, int, int]]:
    """The pairs of answers somebody gave, of which an attacker computes how many did: a bound from either side."""
    releases, rows, columns = tables.shape
    pairs = tables.sum(axis=0)
    known = [np.eye(tables.size).reshape(*tables.shape, -1).sum(axis=axis).reshape(-1, tables.size) for axis in (1, 2)]
    exact = [tables.sum(axis=axis).reshape(-1) for axis in (1, 2)]
    first, second = ([row for row, _ in np.ndindex(rows, columns)], [column for _, column in np.ndindex(rows, columns)])
    ranks = [_mean_ranks(pairs.sum(axis=1))[first], _mean_ranks(pairs.sum(axis=0))[second]]
    weights = pairs.reshape(-1)
    means = [np.average(rank, weights=weights) for rank in ranks]
    spread = np.prod([np.average((rank - mean) ** 2, weights=weights) for rank, mean in zip(ranks, means, strict=True)])
    each = (ranks[0] - means[0]) * (ranks[1] - means[1]) / (spread**0.5 * pairs.sum())
    rho = correlation(pairs)
    assert rho is not None
    told = LinearConstraint(np.tile(each, releases), rho / 10 - 0.05 - 1e-9, rho / 10 + 0.05 + 1e-9)
    equal = LinearConstraint(np.concatenate(known), np.concatenate(exact), np.concatenate(exact))
    for place in np.flatnonzero(weights):
        wanted = np.tile(np.eye(rows * columns)[place], releases)
        bounds = [
            milp(sign * wanted, constraints=[equal, told], integrality=1, bounds=Bounds(0, np.inf)) for sign in (1, -1)
        ]
        if round(bounds[0].fun) == round(-bounds[1].fun):
            yield int(place // columns), int(place % columns), round(bounds[0].fun)


def _mean_ranks(totals: Counts) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(np.cumsum(totals) - totals / 2 + 0.5, dtype=np.float64)


def answered_year(db: Connection, *, n: int = 80, alike: float = 0.7) -> list[dict[str, str | list[str]]]:
    """An association with one team, a year of quarters with `n` people each, two questions that go together."""
    source = np.random.default_rng(3)
    population = Population("a", [10], seed=2)
    population.settle(db)
    everyone = []
    for label in ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"):
        records: list[dict[str, str | list[str]]] = []
        for feeling, talking in people(source, n, alike=alike):
            other = str(source.integers(1, 6))
            records.append({FEELING: str(feeling + 1), TALKING: str(talking + 1), BEING_MET: other})
        for record, question, code in zip(records, (FEELING, TALKING, TALKING), ("-99", "-88", "-66"), strict=False):
            record[question] = code
        period = Period.parse(label)
        store(db, "a", population.team(0), period, records)
        groups.close(db, "a", period, DAY)
        everyone += records
    return everyone


def year_of(db: Connection, team: str | None = None) -> Contents:
    """The year's figures of the association, or of a team."""
    return next(c for c in groups.stored(db, "a", FORM, period="2025") if c.team == team)


def by_scipy(records: list[dict[str, str | list[str]]], first: str, second: str) -> Decimal:
    """Spearman's coefficient of those who rated both."""
    pairs = [(SCALE.get(str(r[first])), SCALE.get(str(r[second]))) for r in records]
    rated = [pair for pair in pairs if None not in pair]
    return Decimal(spearmanr([a for a, _ in rated], [b for _, b in rated]).statistic)


def test_relations_of_a_year_are_spearmans_to_one_decimal(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        records = answered_year(db)
        told = {relation.questions: relation.rho for relation in year_of(db).relations}
    assert set(told) == {(FEELING, TALKING), (FEELING, BEING_MET), (TALKING, BEING_MET)}
    for (first, second), rho in told.items():
        exact = 10 * by_scipy(records, first, second)
        assert rho == exact.quantize(Decimal(1), ROUND_HALF_UP)
    assert told[FEELING, TALKING] >= 5
    assert abs(told[FEELING, BEING_MET]) <= 1


def test_only_an_association_has_them_and_only_of_a_year(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        answered_year(db)
        assert [c.period for c in groups.stored(db, "a", FORM) if c.relations] == ["2025"]
        assert year_of(db, "a-0").relations == ()


def test_fewer_than_fifty_ratings_relate_nothing(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        answered_year(db, n=13)  # 52 people, of whom 40 rated both of the two
        assert year_of(db).grade == "full"
        assert [r.questions for r in year_of(db).relations if set(r.questions) == {FEELING, TALKING}] == []


def test_a_question_shown_less_exactly_is_in_no_relation(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        population = Population("a", [25], seed=1)
        population.play(db, groups.close, years=[2025])
        contents = year_of(db)
    full = {item.question for item in contents.items if item.grade == "full"}
    assert {question for relation in contents.relations for question in relation.questions} <= full
    poled = {entry.id for entry in contents.book if entry.poled}
    assert poled - full, "control: some are shown less exactly"


def test_ratings_are_ordered_by_pole_and_then_as_the_scale_has_them() -> None:
    entries = {entry.id: entry for entry in experience_book().entries}
    assert Rated.of(entries[FEELING], 1).codes == ("1", "2", "3", "4", "5")
    assert Rated.of(entries["du_f4_info"], 1).codes == ("1", "2", "3", "4", "5")  # "0" rates nothing
    assert Rated.of(entries["du_s1_person"], 1).codes == ("1", "0")  # yes, someone was missing: negative
    yes = Entry(
        "q",
        "choice",
        {},
        "",
        (Label("1", {}, "positive"), Label("2", {}), Label("-99", {}, "", True)),
        "one",
        False,
        "f 1",
        "",
    )
    assert Rated.of(yes, 1).codes == ("2", "1")
    assert Rated.of(yes, 1).positive.tolist() == [0, 1]


def test_ties_share_their_ranks_and_constant_answers_have_no_coefficient() -> None:
    assert correlation(np.array([[30, 0], [0, 30]])) == 10
    assert correlation(np.array([[0, 30], [30, 0]])) == -10
    assert correlation(np.array([[15, 15], [15, 15]])) == 0
    assert correlation(np.array([[0, 0], [20, 40]])) is None
    assert correlation(np.array([[60]])) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60))
def test_the_coefficient_agrees_with_scipy(answered: list[tuple[int, int]]) -> None:
    pairs = np.zeros((5, 5), dtype=np.int64)
    np.add.at(pairs, tuple(np.array(answered).T), 1)
    rho = correlation(pairs)
    if rho is None:
        assert min(len({a for a, _ in answered}), len({b for _, b in answered})) == 1
    else:
        exact = 10 * spearmanr([a for a, _ in answered], [b for _, b in answered]).statistic
        assert abs(rho - exact) <= 0.5 + 1e-9


def test_halves_are_rounded_away_from_zero() -> None:
    """A coefficient of exactly 0.05, 0.15 and so on, in a table of two answers each."""
    for tenths, both in ((1, 21), (2, 23), (3, 25)):
        pairs = np.array([[both, 40 - both], [40 - both, both]])
        assert (2 * both - 40) / 40 == pytest.approx(tenths / 10 - 0.05)
        assert correlation(pairs) == tenths
        assert correlation(pairs[::-1]) == -tenths


def test_a_million_answers_are_ranked_without_rounding() -> None:
    half = 10**6
    assert correlation(np.array([[half, 0], [0, half]])) == 10
    assert correlation(np.array([[half, half], [half, half]])) == 0


@pytest.mark.parametrize("answers", [5, 3])
def test_nobody_computes_how_few_combined_their_answers(answers: int) -> None:
    shown = 0
    for seed in range(30 if SOAK else 4):
        source = np.random.default_rng(seed)
        tables = crossed(people(source, 120, alike=0.6, answers=answers), source, 4, answers)
        if leaves_room(tables, good(answers), good(answers)):
            shown += 1
            assert list(pinned(tables)) == []
    assert shown >= 2


def test_all_coefficients_of_a_year_together_leave_room() -> None:
    """Room is asked for pair by pair. Here people of a release exchange answers to any question as long as every
    coefficient and every count is shown alike, and each number of people who gave a pair of answers comes to change."""
    source, questions = np.random.default_rng(6), 12 if SOAK else 6
    mood = source.normal(size=(120, 1)) * 0.8 + source.normal(size=(120, questions)) * 0.6
    answers = np.digitize(mood + 0.6, np.linspace(-1.2, 1.2, 4))
    releases = np.sort(source.integers(0, 6, len(answers)))
    ranks = np.array([rankdata(column) for column in answers.T]).T
    ranks = (ranks - ranks.mean(axis=0)) / (ranks.std(axis=0) * len(ranks) ** 0.5)
    told = np.round(10 * (together := ranks.T @ ranks))
    first = {pair: counted(answers, pair) for pair in combinations(range(questions), 2)}
    still = {pair: table > 0 for pair, table in first.items()}
    for _ in range(200_000 if SOAK else 15_000):
        one, question = int(source.integers(len(answers))), int(source.integers(questions))
        other = int(source.choice(np.flatnonzero(releases == releases[one])))
        effect = -(ranks[one, question] - ranks[other, question]) * (ranks[one] - ranks[other])
        effect[question] = 0
        changed = together[question] + effect
        if answers[one, question] == answers[other, question] or (np.round(10 * changed) != told[question]).any():
            continue
        together[question] = together[:, question] = changed
        for table in (answers, ranks):
            table[[one, other], question] = table[[other, one], question]
        for pair in still:
            if question in pair and still[pair].any():
                still[pair] &= counted(answers, pair) == first[pair]
    assert not any(table.any() for table in still.values())


def counted(answers: Counts, pair: tuple[int, int]) -> Counts:
    """How many gave each pair of answers."""
    table = np.zeros((5, 5), dtype=np.int64)
    np.add.at(table, tuple(answers[:, pair].T), 1)
    return table


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([[4, 1], [1, 44]], "two answers each: one decimal tells the four"),
        ([[5, 0, 0], [0, 15, 0], [0, 0, 40]], "all alike: whoever gave the worst answer gave it twice"),
        ([[0, 0, 6], [0, 20, 0], [34, 0, 0]], "all opposite"),
    ],
)
def test_a_coefficient_that_would_tell_them_is_not_shown(pairs: list[list[int]], why: str) -> None:
    tables = np.array([pairs])
    answers = len(pairs)
    assert list(pinned(tables)), why
    assert not leaves_room(tables, good(answers), good(answers))


def test_without_asking_for_room_such_coefficients_leave(sqlite_installation: Installation) -> None:
    """The control: the same year is told when nothing asks for room, and then its attacker succeeds."""

    def told(db: Connection) -> list[int]:
        population = Population("a", [25])
        population.settle(db)
        same: list[dict[str, str | list[str]]] = [
            {FEELING: code, TALKING: code} for code in ("5",) * 40 + ("3",) * 15 + ("1",) * 5
        ]
        store(db, "a", population.team(0), Period.parse("2025-Q4"), same)
        groups.close(db, "a", Period.parse("2025-Q4"), DAY)
        rhos = [relation.rho for relation in year_of(db).relations]
        db.rollback()
        return rhos

    with sqlite_installation.writing() as db:
        assert told(db) == []
    with sqlite_installation.writing() as db, mock.patch("exports.relations.leaves_room", return_value=True):
        assert told(db) == [10]
