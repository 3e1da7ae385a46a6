"""Periods: what a label means and how people say it."""

from datetime import date

import pytest

from survey.periods import Period, PeriodKind, span_words


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_label_names_its_days_and_reads_back(label: str, first: date, last: date) -> None:
    period = Period.parse(label)
    assert (period.label, period.first_day, period.last_day) == (label, first, last)
    assert not period.ended(last)
    assert period.ended(date.fromordinal(last.toordinal() + 1))


@pytest.mark.parametrize("label", ["", "2026-Q5", "2026-13", "2026-00", "26-Q1", "2026-Q1 ", "٢٠٢٦"])
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="är ingen period"):
        Period.parse(label)


@pytest.mark.parametrize("kind", ["quarter", "month"])
def test_every_day_lies_in_its_own_period_and_the_next_follows(kind: PeriodKind) -> None:
    for ordinal in range(date(2023, 12, 1).toordinal(), date(2025, 2, 1).toordinal()):
        day = date.fromordinal(ordinal)
        period = Period.of(day, kind)
        assert period.first_day <= day <= period.last_day
        assert period.next.first_day == date.fromordinal(period.last_day.toordinal() + 1)
        assert period.next.previous == period
        assert Period.last_ended(day, kind).ended(day)


def test_only_the_last_period_of_a_year_ends_it() -> None:
    assert [Period.parse(f"2026-Q{n}").ends_year for n in (1, 2, 3, 4)] == [False, False, False, True]
    assert Period.parse("2026-12").ends_year


@pytest.mark.parametrize(
    ("began", "last", "periods"),
    [
        ("2026-Q3", "2026-Q3", 1),
        ("2026-Q1", "2026-Q4", 4),
        ("2026-Q4", "2027-Q1", 2),
        ("2026-09", "2026-11", 3),
        ("2026-02", "2026-Q2", 2),
        ("2026-Q1", "2026-04", 4),
    ],
)
def test_waiting_is_counted_in_periods_also_across_a_change_of_kind(began: str, last: str, periods: int) -> None:
    assert Period.parse(began).reached(Period.parse(last)) == periods


@pytest.mark.parametrize(
    ("first", "last", "swedish", "english"),
    [
        ("2026-Q3", "2026-Q3", "kvartal 3 2026", "quarter 3 2026"),
        ("2026-Q1", "2026-Q2", "kvartal 1–2 2026", "quarter 1–2 2026"),
        ("2025-Q4", "2026-Q1", "kvartal 4 2025 – kvartal 1 2026", "quarter 4 2025 – quarter 1 2026"),
        ("2026-09", "2026-09", "september 2026", "September 2026"),
        ("2026-01", "2026-03", "januari–mars 2026", "January–March 2026"),
        ("2026", "2026", "2026", "2026"),
        ("2026-09", "2026-Q4", "september 2026 – kvartal 4 2026", "September 2026 – quarter 4 2026"),
    ],
)
def test_people_say_periods_in_words(first: str, last: str, swedish: str, english: str) -> None:
    span = Period.parse(first), Period.parse(last)
    assert (span_words(*span, "sv"), span_words(*span, "en")) == (swedish, english)
