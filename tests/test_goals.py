"""Goals: set for questions with positive answers, stored with a group when its period closes, not after."""

from datetime import date

import pytest
from sqlalchemy import Connection

from exports import groups
from exports.contents import Contents
from exports.goals import goals, set_goals
from survey.errors import BadRequest
from survey.installation import Installation
from survey.periods import Period
from tests.population import FORM, Population
from tests.scene import at_once

QUESTION = "du_m1_kansla"
WITHOUT_POLES = "du_f1_vem"
DAY = date(2026, 1, 2)


def settled(db: Connection) -> Population:
    """An association that nobody has answered yet."""
    population = Population("a", [10])
    population.settle(db)
    return population


def closed(db: Connection, population: Population, label: str) -> Contents:
    """A quarter in which thirty answer; the association's figures of it."""
    period = Period.parse(label)
    population.release(db, period, population.team(0), 30)
    groups.close(db, "a", period, DAY)
    return groups.stored(db, "a", FORM, period=label)[0]


def test_goals_are_kept_and_replaced_together(installation: Installation) -> None:
    with installation.writing() as db:
        settled(db)
        set_goals(db, "a", FORM, {QUESTION: 80, "du_m2_prata": 1})
        assert goals(db, "a", FORM) == {QUESTION: 80, "du_m2_prata": 1}
        set_goals(db, "a", FORM, {QUESTION: 100})
        assert goals(db, "a", FORM) == {QUESTION: 100}
        set_goals(db, "a", FORM, {})
        assert goals(db, "a", FORM) == {}


def test_of_two_who_save_goals_at_the_same_moment_both_come_through(installation: Installation) -> None:
    with installation.writing() as db:
        settled(db)
    done = at_once(
        installation,
        lambda db: set_goals(db, "a", FORM, {QUESTION: 70}),
        lambda db: set_goals(db, "a", FORM, {QUESTION: 80}),
    )
    assert done == (None, None)
    with installation.reading() as db:
        assert goals(db, "a", FORM) == {QUESTION: 80}


@pytest.mark.parametrize("levels", [{QUESTION: 0}, {QUESTION: 101}, {WITHOUT_POLES: 50}, {"no_such": 50}])
def test_a_goal_that_cannot_be_is_refused_and_the_others_stay(
    sqlite_installation: Installation, levels: dict[str, int]
) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        set_goals(db, "a", FORM, {QUESTION: 80})
        with pytest.raises(BadRequest):
            set_goals(db, "a", FORM, levels)
        assert goals(db, "a", FORM) == {QUESTION: 80}


def test_a_group_is_stored_with_the_goals_of_the_day_it_closed(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        population = settled(db)
        set_goals(db, "a", FORM, {QUESTION: 80})
        assert closed(db, population, "2025-Q1").goals == {QUESTION: 80}
        set_goals(db, "a", FORM, {QUESTION: 60})
        assert closed(db, population, "2025-Q2").goals == {QUESTION: 60}
        assert groups.stored(db, "a", FORM, period="2025-Q1")[0].goals == {QUESTION: 80}
