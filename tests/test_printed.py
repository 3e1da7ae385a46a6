"""Every printed figure is right: rows of `Resultat` and cards of the pages against a plain count of the same people.

The count here knows the rules and the questions, and none of the code that makes figures.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from random import Random

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import create_app
from exports.book import Book
from exports.contents import Contents, Entry, Label, Slips
from exports.figures import count
from exports.grading import Year, graded
from exports.ledger import Group, Release
from exports.sheets import result
from forms.model import MISSING
from pages import cards
from settings import Settings
from survey.periods import Period
from survey.teams import Association
from tests.conftest import settings_for
from tests.outsider import WORDS
from tests.population import experience_book
from tests.scene import SOAK

Record = dict[str, str | int | list[str]]
HOUSE = Association("a", "Förbundet", "quarter", 5, 10, 30)
DAY = date(2026, 10, 1)
QUARTERS = [Period.parse(f"2026-Q{number}") for number in (1, 2, 3, 4)]
LACKS = tuple(Label(code, {"sv": "saknas"}, missing=True) for code in MISSING)
HOW_OFTEN = Entry("hur_ofta", "number", {"sv": "Hur många gånger?"}, "", LACKS, "mean", False, "f 1", "")
THREE = Entry(
    "tre",
    "scale",
    {"sv": "Tre positiva svar"},
    "",
    (*(Label(code, {"sv": code}, "positive") for code in "543"), Label("2", {"sv": "2"}, "negative"), *LACKS),
    "one",
    False,
    "f 1",
    "",
)


def book() -> Book:
    """The shipped questions, a number, and one with three positive answers."""
    shipped = experience_book()
    return Book(**vars(shipped) | {"entries": (*shipped.entries, HOW_OFTEN, THREE)})


def answered(source: Random, people: int, sharp: float) -> list[Record]:
    """What so many people answer; the sharper, the more alike."""
    return [{k: v for entry in book().entries for k, v in _answer(source, entry, sharp)} for _ in range(people)]


def _answer(source: Random, entry: Entry, sharp: float) -> Iterator[tuple[str, str | int | list[str]]]:
    codes = [label.code for label in entry.labels if not label.missing]
    lacks = source.random() < 0.08
    if entry.counted == "several":
        chosen = [] if lacks else source.sample(codes, source.randint(1, 3))
        yield entry.id, chosen
        if not chosen:
            yield f"{entry.id}_miss", source.choice(MISSING)
    elif entry.counted == "mean":
        yield entry.id, source.choice(MISSING) if lacks else source.randint(0, 12)
    elif entry.counted:
        yield entry.id, source.choice(MISSING) if lacks else codes[int(len(codes) * source.random() ** sharp)]


def shown(opened: Sequence[tuple[str, Period, list[Record]]]) -> Iterator[tuple[Contents, list[Record]]]:
    """Every group of a year as it is shown, with the people in it."""
    before: list[Contents] = []
    for period in QUARTERS:
        so_far = [one for one in opened if one[1].last_day <= period.last_day]
        releases = tuple(Release(f"{team}{p}", team, p.label, len(records)) for team, p, records in so_far)
        tallies = {
            release.id: count((orjson.dumps(record).decode() for record in records), book().entries)
            for release, (_, _, records) in zip(releases, so_far, strict=True)
        }
        slips = {release.id: Slips(0, 0, 0, open_link=False) for release in releases}
        names = {team: team.title() for team, _, _ in opened}
        year = Year(HOUSE, names, "f", book(), releases, slips, {}, tallies)
        for contents in graded(year, period, tuple(before), DAY):
            group = Group(contents.team, contents.period)
            inside = [r for release, one in zip(releases, so_far, strict=True) if group.holds(release) for r in one[2]]
            before.append(contents)
            yield contents, inside


def per_cent(part: int, whole: int) -> int:
    """Halves upwards."""
    return int(Fraction(100 * part, whole) + Fraction(1, 2))


def word(part: int, whole: int) -> str:
    """The coarse word: true at ten and ninety per cent, else the nearest, halves upwards."""
    exact = Fraction(100 * part, whole)
    if exact <= 10 or exact >= 90:
        return WORDS[0 if exact <= 10 else 4]
    return WORDS[1 + (exact >= Fraction(75, 2)) + (exact >= Fraction(125, 2))]


class Plain:
    """A plain count of what the people of a group answered to one question."""

    def __init__(self, entry: Entry, people: Sequence[Record]) -> None:
        answers = [record.get(entry.id) or record.get(f"{entry.id}_miss", "0") for record in people]
        self.people = len(people)
        self.answers = [set(map(str, a)) if isinstance(a, list) else {str(a)} for a in answers]
        self.lacking = self.gave(*MISSING)
        self.rated, self.positive = self.gave(*entry.rated), self.gave(*entry.positive)
        self.numbers = [int(str(a)) for a in answers if str(a) not in MISSING] if entry.counted == "mean" else []

    def gave(self, *codes: str) -> int:
        """How many gave one of these answers."""
        return sum(bool(given & set(codes)) for given in self.answers)

    @property
    def mean(self) -> str:
        """To one decimal, halves upwards."""
        tenths = int(Fraction(10 * sum(self.numbers), len(self.numbers)) + Fraction(1, 2))
        return f"{tenths // 10},{tenths % 10}"


def check_rows(contents: Contents, people: Sequence[Record]) -> None:
    """Every row of `Resultat`."""
    for *_, question, _text, code, _label, number, share, base, grade, note in result(contents):
        plain = Plain(contents.entry(str(question)), people)
        if code == "positiva" and grade == "full":
            assert (number, base, share) == (plain.positive, plain.rated, per_cent(plain.positive, plain.rated))
            assert plain.rated >= 30
        elif code == "positiva":
            assert (number, share, base, note) == (None, None, plain.people, word(plain.positive, plain.rated))
            assert plain.rated >= 10
        elif code == "medel":
            assert (number, base, note) == (None, plain.people, f"Medelvärde {plain.mean}")
        elif code is None:
            assert (number, share, base) == (None, None, plain.people)
        else:
            counted = plain.lacking if code == "saknas" else plain.gave(str(code))
            assert (number, base, share) == (counted, plain.people, per_cent(counted, plain.people))
            assert contents.grade == "full"


def check_rules(contents: Contents, people: Sequence[Record]) -> None:
    """No group under ten, no counts under thirty, nothing that nearly all answered alike."""
    assert contents.grade == "withheld" or len(people) >= 10
    for item in contents.items:
        entry, plain = contents.entry(item.question), Plain(contents.entry(item.question), people)
        if item.grade == "full":
            assert len(people) >= 30
            assert (plain.rated if entry.poled else plain.people - plain.lacking) >= 30
            given = [label.code for label in entry.labels if not label.missing]
            whole = plain.rated if entry.poled else plain.people - plain.lacking
            assert all(10 * plain.gave(code) <= 9 * whole for code in given if not entry.poled or code in entry.rated)
            assert not entry.poled or 0 < plain.positive < plain.rated
        assert item.grade == "full" or item.positive is None
        assert contents.grade == "full" or not item.counts


def check_cards(contents: Contents, people: Sequence[Record]) -> None:
    """Every card of the pages."""
    for card in (card for theme in cards.themes(contents) for card in theme.cards):
        entry, plain = contents.entry(card.id), Plain(contents.entry(card.id), people)
        codes = [label.code for label in entry.labels] if card.grade == "full" else ["saknas"] * len(card.rows)
        for row, code in zip(card.rows, codes, strict=True):
            counted = plain.lacking if code == "saknas" else plain.gave(code)
            assert (row.count, row.share) == (counted, per_cent(counted, plain.people))
        if card.positive:
            told = [int(number) for number in re.findall(r"\d+", card.positive)]
            assert told == [plain.positive, plain.rated, per_cent(plain.positive, plain.rated)]
        assert not card.words or card.words == word(plain.positive, plain.rated)
        assert not card.mean or card.mean == plain.mean


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Only for its language."""
    settings: Settings = settings_for(tmp_path_factory.mktemp("app"), "sqlite://")
    return create_app(settings)


@settings(max_examples=300 if SOAK else 8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["norr", "syd"]), st.sampled_from(QUARTERS), st.integers(5, 45)),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
    st.sampled_from([1.0, 2.0, 6.0]),
)
@example([("norr", QUARTERS[n], 33 + n) for n in range(4)] + [("syd", QUARTERS[1], 14)], Random(1), 1.0)
def test_every_printed_figure_is_a_plain_count(
    app: Flask, opened: list[tuple[str, Period, int]], source: Random, sharp: float
) -> None:
    once = {(team, period): people for team, period, people in opened}
    year = [(team, period, answered(source, people, sharp)) for (team, period), people in once.items()]
    with app.test_request_context("/"):
        for contents, people in shown(year):
            check_rules(contents, people)
            check_rows(contents, people)
            check_cards(contents, people)


@pytest.mark.parametrize(
    ("codes", "told"),
    [({"5": 64, "4": 63, "2": 6}, (127, 133, 95)), ({"5": 13, "4": 13, "3": 11, "2": 4}, (37, 41, 90))],
)
def test_a_share_is_printed_from_counts(app: Flask, codes: dict[str, int], told: tuple[int, int, int]) -> None:
    people: list[Record] = [{"tre": code} for code, n in codes.items() for _ in range(n)]
    with app.test_request_context("/"):
        contents = next(one for one, _ in shown([("norr", QUARTERS[0], people)]) if one.team is None)
        row = next(row for row in result(contents) if row[5] == "tre" and row[7] == "positiva")
        card = next(card for theme in cards.themes(contents) for card in theme.cards if card.id == "tre")
    assert (row[9], row[11], row[10]) == told
    assert tuple(int(number) for number in re.findall(r"\d+", card.positive)) == told
