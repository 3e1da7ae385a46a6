"""The ledger is exact: a group is refused when, and only when, a union of releases under thirty could be computed."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations
from random import Random

import numpy as np
import pytest

from exports.contents import Floors
from exports.ledger import Group, Ledger, Release, echelon, small_unions

FLOORS = Floors(5, 10, 30)
QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")


def reduced(row: Sequence[Fraction], basis: Sequence[tuple[int, Sequence[Fraction]]]) -> list[Fraction]:
    """What is left of a row when the basis has been taken out of it."""
    left = list(row)
    for pivot, other in basis:
        left = [a - left[pivot] * b for a, b in zip(left, other, strict=True)]
    return left


def spans(rows: Sequence[Sequence[int]], wanted: Sequence[int]) -> bool:
    """Whether `wanted` is a combination of the rows, by elimination in fractions."""
    basis: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        left = reduced([Fraction(n) for n in row], basis)
        lead = next((i for i, n in enumerate(left) if n), None)
        if lead is not None:
            basis.append((lead, [n / left[lead] for n in left]))
    return not any(reduced([Fraction(n) for n in wanted], basis))


def brute_force(rows: Sequence[Sequence[int]], sizes: Sequence[int], floor: int) -> set[tuple[int, ...]]:
    """Every union under the floor that the rows span, tried one by one."""
    everyone = range(len(sizes))
    unions = chain.from_iterable(combinations(everyone, k) for k in range(1, len(sizes) + 1))
    light = [union for union in unions if sum(sizes[i] for i in union) < floor]
    return {union for union in light if spans(rows, [int(i in union) for i in everyone])}


def a_year(source: Random) -> list[Release]:
    """Some teams and quarters, several rounds in some, some teams silent, sometimes a pooled release."""
    teams = [f"t{i}" for i in range(source.randint(1, 3))]
    releases = [
        Release(f"{team}{quarter}{n}", team, quarter, source.randint(5, 34))
        for team in teams
        for quarter in QUARTERS
        for n in range(source.choice((0, 1, 1, 1, 2)))
    ]
    if source.random() < 0.3:
        releases.append(Release("pooled", None, source.choice(QUARTERS), source.randint(5, 12)))
    return source.sample(releases, min(len(releases), 10))


def possible(releases: Sequence[Release]) -> list[Group]:
    """Every group there could be."""
    teams = {r.team for r in releases if r.team}
    return [Group(team, period) for team in (None, *sorted(teams)) for period in ("2026", *QUARTERS)]


@pytest.mark.parametrize("seed", range(60))
def test_the_unions_found_are_exactly_those_that_can_be_computed(seed: int) -> None:
    source = Random(seed)
    releases = a_year(source)
    groups = source.sample(possible(releases), source.randint(1, 6))
    rows = [[int(group.holds(r)) for r in releases] for group in groups]
    sizes = [r.people for r in releases]
    found = {tuple(map(int, np.flatnonzero(union))) for union in small_unions(np.array(rows), sizes, 30)}
    assert found == brute_force(rows, sizes, 30)


@pytest.mark.parametrize("seed", range(30))
def test_a_group_is_full_when_and_only_when_nothing_small_can_be_computed(seed: int) -> None:
    source = Random(seed)
    releases = a_year(source)
    ledger = Ledger(releases, FLOORS)
    for group in source.sample(possible(releases), 8):
        people = group.people(releases)
        if people < 30 or group.period == "2026-Q3":  # the third quarter may also wait for the year
            continue
        before = [[int(g.holds(r)) for r in releases] for g in (*ledger.full, group)]
        safe = not brute_force(before, [r.people for r in releases], 30)
        assert ledger.grade(group)[0] == ("full" if safe else "coarse")


def test_fewer_than_ten_are_withheld_and_fewer_than_thirty_coarse() -> None:
    releases = [Release("a", "t", "2026-Q1", 9), Release("b", "u", "2026-Q1", 20)]
    ledger = Ledger(releases, FLOORS)
    assert ledger.grade(Group("t", "2026-Q1")) == ("withheld", "few")
    assert ledger.grade(Group("u", "2026-Q1")) == ("coarse", "under_count")
    assert ledger.full == []


def test_a_team_is_not_counted_when_the_rest_would_be_small() -> None:
    releases = [Release("a", "t", "2026-Q1", 40), Release("b", "u", "2026-Q1", 12)]
    ledger = Ledger(releases, FLOORS, [Group(None, "2026-Q1")])
    assert ledger.grade(Group("t", "2026-Q1")) == ("coarse", "derivable")


def test_the_third_quarter_gives_way_to_the_year_when_the_fourth_may_be_small() -> None:
    people = dict(zip(QUARTERS, (33, 41, 38), strict=False))
    releases = [Release(q, "t", q, n) for q, n in people.items()]
    ledger = Ledger(releases, FLOORS)
    grades = [ledger.grade(Group("t", quarter))[0] for quarter in QUARTERS[:3]]
    assert grades == ["full", "full", "coarse"]
    whole = Ledger([*releases, Release("4", "t", QUARTERS[3], 12)], FLOORS, ledger.full)
    assert whole.grade(Group("t", "2026"))[0] == "full"


def test_steady_teams_give_nothing_up() -> None:
    releases = [Release(q, "t", q, 30) for q in QUARTERS]
    ledger = Ledger(releases, FLOORS)
    assert [ledger.grade(Group("t", quarter))[0] for quarter in QUARTERS[:3]] == ["full"] * 3


def test_a_raised_floor_does_not_undo_what_has_been_shown() -> None:
    releases = [Release("1", "t", "2026-Q1", 32), Release("2", "t", "2026-Q2", 60)]
    ledger = Ledger(releases, Floors(5, 10, 50), [Group("t", "2026-Q1")])
    assert ledger.grade(Group("t", "2026-Q2"))[0] == "full"


def test_rows_that_do_not_nest_are_refused_rather_than_rounded() -> None:
    with pytest.raises(ArithmeticError):
        echelon(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
