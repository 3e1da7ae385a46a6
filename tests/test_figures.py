"""Every printed figure is right, says no more than it may, and hides who agreed with whom (P13)."""

from collections import Counter
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.book import code_book
from exports.contents import NO_ANSWER, Entry, Floors, Item, Label
from exports.figures import candidates, count, share, step
from forms.library import shipped
from tests.population import experience_book

FLOORS = Floors(5, 10, 30)
"""As every association has them until it raises them."""
CODES = ("5", "4", "3", "2", "1", "0", "-66", "-88", "-99")
LACKS = tuple(Label(code, {"sv": "saknas"}, missing=True) for code in ("-66", "-88", "-99"))


def scale(*codes: str, positive: str = "54", negative: str = "21") -> Entry:
    """A rated question with these answers."""
    poles = {**dict.fromkeys(positive, "positive"), **dict.fromkeys(negative, "negative"), "3": "middle"}
    labels = tuple(Label(code, {"sv": code}, poles.get(code, "")) for code in codes)  # type: ignore[arg-type]
    return Entry("q", "scale", {"sv": "Hur var det?"}, "", (*labels, *LACKS), "one", False, "f 1", "")


B5 = scale("5", "4", "3", "2", "1", "0")
UNPOLED = Entry("q", "choice", {"sv": "Vem?"}, "", (Label("1", {}), Label("2", {}), *LACKS), "one", False, "f 1", "")


def shown(entry: Entry, tally: dict[str, int], grade: str = "full") -> Item:
    """The most exact figure for these answers."""
    return candidates(entry, Counter(tally), sum(tally.values()), grade, FLOORS)[0]  # type: ignore[arg-type]


def test_shares_come_from_counts_with_halves_up() -> None:
    assert share(127, 133) == 95
    assert share(1, 200) == 1
    assert share(37, 41) == 90
    assert [share(part, 41) for part in (13, 13, 11)] == [32, 32, 27]


def test_a_share_of_several_answers_is_not_the_sum_of_rounded_ones() -> None:
    positive = shown(B5, {"5": 18, "4": 19, "3": 2, "2": 1, "1": 1}).positive
    assert positive is not None
    assert (positive.count, positive.base, positive.share) == (37, 41, 90)


def test_an_answer_without_a_pole_is_counted_but_rates_nothing() -> None:
    item = shown(B5, {"5": 20, "3": 15, "0": 5, "-99": 2})
    assert item.positive is not None
    assert (item.positive.count, item.positive.base) == (20, 35)
    assert {c.code: c.count for c in item.counts}["0"] == 5


def test_every_answer_of_a_full_question_stands_on_the_same_base() -> None:
    item = shown(B5, {"5": 20, "4": 10, "1": 6, "-88": 3, "-66": 1})
    assert sum(c.count for c in item.counts) == 40
    assert [c.share for c in item.counts] == [share(c.count, 40) for c in item.counts]


def test_words_change_at_their_borders() -> None:
    borders = {0: 0, 4: 0, 5: 1, 14: 1, 15: 2, 24: 2, 25: 3, 35: 3, 36: 4, 40: 4}
    assert {positive: step(positive, 40) for positive in borders} == borders


def test_fewer_than_thirty_ratings_are_coarse_and_fewer_than_ten_nothing() -> None:
    assert shown(B5, {"5": 15, "3": 14, "-66": 40}).grade == "coarse"
    few = shown(B5, {"5": 5, "3": 4, "-66": 20, "-99": 2})
    assert few.grade == "withheld"
    assert [(c.code, c.count) for c in few.counts] == [(NO_ANSWER, 22)]


def test_a_question_without_poles_has_counts_or_nothing() -> None:
    assert shown(UNPOLED, {"1": 20, "2": 15}).grade == "full"
    assert shown(UNPOLED, {"1": 10, "2": 9, "-66": 30}).grade == "withheld"
    assert shown(UNPOLED, {"1": 10, "2": 9}, "coarse").reason == "no_poles"


def test_a_coarse_figure_says_nothing_but_its_word() -> None:
    item = shown(B5, {"5": 8, "3": 4, "-99": 1}, "coarse")
    assert (item.counts, item.positive, item.mean) == ((), None, "")
    assert item.step == 3


@pytest.mark.parametrize("n", range(10, 61))
def test_a_unanimous_or_nearly_unanimous_group_looks_like_one_that_is_not(n: int) -> None:
    """P13, exhaustive: whatever is shown of one, is shown of a group in which at least one person answered otherwise,
    and of every group in which more than nine of ten answered alike nothing but a word is shown."""
    grade = "full" if n >= 30 else "coarse"
    for alike in range(n + 1):
        item = shown(B5, {"5": alike, "1": n - alike}, grade)
        if 10 * max(alike, n - alike) > 9 * n:
            assert (item.grade, item.counts, item.positive) == ("coarse", (), None)
    for unanimous in ({"5": n}, {"1": n}, {"5": n // 2, "4": n - n // 2}):
        other = {"5": n - 1, "1": 1} if "5" in unanimous else {"1": n - 1, "5": 1}
        assert shown(B5, unanimous, grade) == shown(B5, other, grade)


@pytest.mark.parametrize("n", range(10, 61))
def test_plain_percentages_would_have_revealed_it(n: int) -> None:
    """The control: with counts for everyone the unanimous group stands out."""
    plain = [Counter({"5": alike, "1": n - alike}) for alike in (n, n - 1)]
    assert share(plain[0]["5"], n) == 100
    assert plain[0] != plain[1]
    assert share(plain[1]["5"], n) < 100


def test_a_mean_has_one_decimal_and_is_for_full_groups_only() -> None:
    entry = Entry("q", "number", {"sv": "Hur många?"}, "", LACKS, "mean", False, "f 1", "")
    tally = {"1": 20, "2": 15, "4": 5, "-99": 3}
    assert shown(entry, tally).mean == "1.8"
    assert shown(entry, {"1": 5, "3": 7}, "coarse").grade == "withheld"


@given(st.dictionaries(st.sampled_from(CODES), st.integers(1, 40), min_size=1))
def test_a_printed_figure_equals_a_plain_count(tally: dict[str, int]) -> None:
    people = sum(tally.values())
    if people < 30:
        return
    for item in candidates(B5, Counter(tally), people, "full", FLOORS):
        for printed in item.counts:
            codes = CODES[-3:] if printed.code == NO_ANSWER else (printed.code,)
            assert printed.count == sum(tally.get(code, 0) for code in codes)
        rated = sum(tally.get(code, 0) for code in "54321")
        positive = tally.get("5", 0) + tally.get("4", 0)
        if item.positive:
            assert (item.positive.count, item.positive.base) == (positive, rated)
            assert abs(item.positive.share - 100 * positive / rated) <= 0.5
        if item.step is not None:
            assert item.step == step(positive, rated)


def test_counting_agrees_with_looking_at_each_answer() -> None:
    book = experience_book().entries
    source = Random(4)
    records = []
    for _ in range(300):
        record: dict[str, object] = {}
        for entry in book:
            codes = [label.code for label in entry.labels if not label.missing]
            if entry.counted == "several":
                record[entry.id] = source.sample(codes, source.randint(0, len(codes)))
                record |= {} if record[entry.id] else {f"{entry.id}_miss": "-99"}
            elif entry.counted:
                record[entry.id] = source.choice([*codes, "-66", "-99"])
        records.append(record)
    tallies = count((orjson.dumps(record).decode() for record in records), book)
    for entry in book:
        if entry.counted == "one":
            assert tallies[entry.id] == Counter(record[entry.id] for record in records)
        elif entry.counted == "several":
            chosen: Counter[str] = Counter()
            for record in records:
                chosen.update(record[entry.id] or [record[f"{entry.id}_miss"]])  # type: ignore[call-overload]
            assert tallies[entry.id] == chosen


def test_a_question_that_an_older_version_did_not_have_was_not_asked() -> None:
    book = experience_book().entries
    assert count(["{}"] * 3, book)["du_m1_kansla"] == {"-66": 3}
    assert count(["{}"] * 3, book)["du_f2_info"] == {"-66": 3}


def test_the_code_book_merges_the_short_form_into_the_long_one() -> None:
    forms = [form for form in shipped() if form.pool == "experience"]
    book = code_book("experience", forms)
    assert len(book.entries) == len({entry.id for entry in book.entries})
    assert all(any(entry.id in form.by_id for form in forms) for entry in book.entries)
    assert {version.form for version in book.versions} == {"experience", "experience_short", "interview"}
