"""The arithmetic of time: the study's own table, blanks that are no zeros, and rounding that happens once."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.periods import Period
from survey.records.hours import Columns, Printed, Span, clock, rounded, shared, tenths
from survey.records.printed import PrintedRow
from survey.records.weeks import Weeks, day_in, newest, week_of

STUDY = {
    "Roslagen": (
        PrintedRow("1", "", "", Columns(Span(3, 3), Span(10, 10), Span(60, 60), Span(10, 10), 1), "", "1,3 h")
    ),
    "SUVS": (PrintedRow("2", "", "", Columns(Span(2, 4), Span(20, 20), Span(20, 20), Span(60, 60), 1), "", "1,7 h")),
    "Sundbyberg": PrintedRow(
        "3", "", "", Columns(Span(1, 3), Span(60, 60), Span(60, 60), Span(30, 60), 2, at_least=True), "", "Minst 5 h"
    ),
    "Östra Södertörn": PrintedRow(
        "4", "", "", Columns(Span(3, 3), Span(10, 10), Span(45, 45), Span(10, 10), 1), "", "1,25 h"
    ),
    "VärNa": PrintedRow("5", "", "", Columns(Span(2, 2), Span(10, 10), Span(60, 60), None, 1), "", "1,25 h"),
}
"""The table of August 2021 as it is printed (INSTRUMENTS.md 4.1)."""
minutes = st.integers(0, 480)
spans = st.tuples(minutes, minutes).map(lambda ends: Span(min(ends), max(ends)))
columns = st.builds(
    Columns, st.none() | spans, st.none() | spans, spans, st.none() | spans, st.integers(1, 12), st.booleans()
)


def test_the_studys_table_comes_out_of_its_own_columns() -> None:
    computed = {name: tuple(row.columns.computed) for name, row in STUDY.items()}
    assert computed == {
        "Roslagen": (80, 80),
        "SUVS": (100, 100),
        "Sundbyberg": (300, 360),
        "Östra Södertörn": (65, 65),
        "VärNa": (70, 70),
    }


def test_the_two_rows_that_do_not_follow_are_known_and_by_how_much() -> None:
    assert {name: row.off_by for name, row in STUDY.items() if not row.follows} == {"Östra Södertörn": 10, "VärNa": 5}


def test_a_blank_time_after_the_meeting_is_missing_and_no_zero() -> None:
    blank = STUDY["VärNa"].columns
    zero = Columns(blank.per_day, blank.before, blank.met, Span(0, 0), 1)
    assert (blank.gaps, blank.open_end, blank.after) == (("after",), True, None)
    assert (zero.gaps, zero.open_end, zero.computed) == ((), False, blank.computed)


@given(columns)
def test_what_is_computed_is_the_sum_of_what_is_there_for_every_meeting(one: Columns) -> None:
    there = [span for span in (one.before, one.met, one.after) if span is not None]
    least = sum(span.least for _ in range(one.meetings) for span in there)
    assert one.computed.least == least
    assert one.computed.least <= one.computed.most
    assert one.open_end == (one.at_least or None in (one.before, one.after))
    filled = Columns(one.per_day, one.before or Span(0, 0), one.met, one.after or Span(0, 0), one.meetings)
    assert filled.computed == one.computed
    assert not filled.gaps


@given(columns, st.integers(0, 2), st.booleans())
def test_what_somebody_rounds_from_the_columns_follows_and_what_is_off_by_more_does_not(
    one: Columns, decimals: int, at_least: bool
) -> None:
    right = Printed(rounded(one.computed.least, decimals), at_least)
    assert right.follows(one.computed)
    step = Decimal(1).scaleb(-decimals)
    assert not Printed(right.hours - step, at_least).follows(one.computed)
    assert not Printed(rounded(one.computed.most, decimals) + step, at_least).follows(one.computed)


@given(st.integers(0, 100_000))
def test_minutes_are_said_as_a_clock_and_in_tenths_of_an_hour_without_losing_any(number: int) -> None:
    hours, left = clock(number).split(":")
    assert 60 * int(hours) + int(left) == number
    assert len(left) == 2
    assert abs(tenths(number) * 60 - number) <= 3
    assert tenths(number).as_tuple().exponent == -1


def test_halves_are_rounded_up_and_not_to_the_even() -> None:
    assert [str(tenths(number)) for number in (3, 9, 15, 75)] == ["0.1", "0.2", "0.3", "1.3"]
    assert [shared(number, 2) for number in (1, 3, 5)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1,3 h", Printed(Decimal("1.3"))),
        ("Minst 5 h", Printed(Decimal(5), at_least=True)),
        ("1.25", Printed(Decimal("1.25"))),
        ("ungefär 2", None),
        ("", None),
        ("-1", None),
    ],
)
def test_printed_hours_are_read_as_they_stand(typed: str, read: Printed | None) -> None:
    assert Printed.parse(typed) == read


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_has_one_week_and_every_week_one_month_quarter_and_year(day: date) -> None:
    week = week_of(day)
    assert day_in(week) <= day <= day_in(week, 7)
    thursday = day_in(week, 4)
    for label in (f"{thursday.year}", f"{thursday:%Y-%m}", Period.of(thursday, "quarter").label):
        period = Period.parse(label)
        assert week in Weeks.of(period)
        assert week not in Weeks.of(period.next)
        assert week not in Weeks.of(period.previous)
        assert newest(thursday, 1) == [week]
