"""Near, reached, below, and the index of a theme: from exact counts, and only where these are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.contents import Contents, Entry, Floors, Item, Label, Positive, Slips
from exports.figures import share
from exports.sheets import reason
from exports.standing import NO_INDEX, Index, Standing, index, index_reason, standing

LABELS = (Label("1", {"sv": "Ja"}, "positive"), Label("0", {"sv": "Nej"}, "negative"))


def entry(question: str, *, labels: Sequence[Label] = LABELS, until: str = "") -> Entry:
    """A question of the theme."""
    return Entry(question, "choice", {"sv": question}, "tema", tuple(labels), "one", False, "f 1", until)


def full(question: str, count: int, base: int) -> Item:
    """The question's figure, as far as it is looked at here."""
    return Item(question, "full", positive=Positive(count, base, share(count, base)))


def group(items: Sequence[Item], book: Sequence[Entry] = (), goals: Mapping[str, int] | None = None) -> Contents:
    """A full quarter with these figures."""
    return Contents(
        association="a",
        association_name="Förbundet",
        team=None,
        team_name="",
        form="f",
        title={"sv": "Frågor"},
        period="2026-Q1",
        grade="full",
        reason="",
        base=200,
        released_on="2026-04-01",
        floors=Floors(5, 10, 30),
        slips=Slips(0, 0, 0, open_link=False),
        versions=(),
        themes={"tema": {"sv": "Tema"}},
        book=tuple(book or (entry(item.question) for item in items)),
        items=tuple(items),
        goals=goals or {},
    )


@pytest.mark.parametrize(
    ("count", "base", "stands"),
    [
        (32, 40, "reached"),
        (40, 40, "reached"),
        (31, 40, "near"),  # 77.5
        (159, 199, "near"),  # 79.9, which is printed as 80
        (151, 200, "near"),  # 75.5
        (150, 200, "below"),  # 75 is five points under, which is not less than five
        (30, 40, "below"),
    ],
)
def test_a_goal_of_eighty(count: int, base: int, stands: Standing) -> None:
    assert standing(group([full("q", count, base)], goals={"q": 80}), "q") == stands


def test_without_a_goal_or_an_exact_figure_nothing_is_said() -> None:
    coarse = Item("grov", "coarse", "under_count", step=3)
    contents = group([full("q", 40, 40), coarse], goals={"grov": 50, "dold": 50})
    assert [standing(contents, question) for question in ("q", "grov", "dold", "okänd")] == [None] * 4


@given(st.integers(30, 400), st.data(), st.integers(1, 100))
def test_a_standing_is_what_fractions_say(base: int, data: st.DataObject, goal: int) -> None:
    count = data.draw(st.integers(0, base))
    exact = Fraction(100 * count, base)
    expected = "reached" if exact >= goal else "near" if goal - exact < 5 else "below"
    assert standing(group([full("q", count, base)], goals={"q": goal}), "q") == expected


def test_each_question_weighs_the_same_whatever_its_base() -> None:
    assert index(group([full("a", 30, 30), full("b", 0, 300)]), "tema") == Index(50, 2)


def test_an_index_is_rounded_once_from_counts() -> None:
    shares = [full("a", 21, 40), full("b", 21, 40)]  # 52.5 each: rounded first, or down, they would give another figure
    assert index(group(shares), "tema") == Index(53, 2)
    thirds = [full(name, 61, 183) for name in "ab"] + [full("c", 62, 180)]  # 33.33, 33.33 and 34.44: 33.7
    assert index(group(thirds), "tema") == Index(34, 3)


@given(st.lists(st.tuples(st.integers(30, 300), st.floats(0, 1)), min_size=2, max_size=8))
def test_an_index_is_the_mean_of_the_shares(drawn: list[tuple[int, float]]) -> None:
    items = [full(f"q{n}", round(part * base), base) for n, (base, part) in enumerate(drawn)]
    told = index(group(items), "tema")
    shares = [Fraction(i.positive.count, i.positive.base) for i in items if i.positive]
    assert told is not None
    assert told.items == len(items)
    assert -Fraction(1, 2) < told.value - 100 * sum(shares) / len(shares) <= Fraction(1, 2)


def test_one_question_shown_less_exactly_withholds_the_index_and_it_says_so() -> None:
    book = [entry("a"), entry("b"), entry("c")]
    for item in (Item("c", "coarse", "guarded", step=4), Item("c", "withheld", "guarded")):
        contents = group([full("a", 20, 40), full("b", 20, 40), item], book)
        assert index(contents, "tema") is None
        assert index_reason(contents, "tema") == NO_INDEX


def test_a_theme_of_one_rated_question_has_no_index_and_needs_no_reason() -> None:
    contents = group([full("a", 20, 40)], [entry("a"), entry("b", labels=[Label("1", {"sv": "Ja"})])])
    assert (index(contents, "tema"), index_reason(contents, "tema")) == (None, "")
    assert index(contents, "okänt") is None


def test_a_question_that_is_no_longer_asked_does_not_hold_the_index_back() -> None:
    book = [entry("a"), entry("b"), entry("gammal", until="f 1")]
    contents = group([full("a", 20, 40), full("b", 30, 40), Item("gammal", "withheld", "guarded")], book)
    assert index(contents, "tema") == Index(63, 2)
    assert index_reason(contents, "tema") == ""


def test_a_coarse_group_of_many_is_not_said_to_lack_answers() -> None:
    coarse = [Item("a", "coarse", "under_count", step=3), Item("b", "withheld", "no_poles")]
    many = replace(group(coarse), grade="coarse", reason="derivable")
    told = [reason(many, item) for item in (None, *coarse)]
    assert not any("30 svar" in words for words in told)
    assert [words.split()[0] for words in told] == ["Visas", "Visas", "Frågan"]
