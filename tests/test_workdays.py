"""Acceptance of the follow-up's day: two months later, the month's last day if there is none, then a working day."""

from datetime import date, timedelta

import pytest

from survey.workdays import follow_up_day, holiday, months_later, next_workday, workday


def day(text: str) -> date:
    return date.fromisoformat(text)


# Days off as the law and the offices have them, typed from a printed calendar, not from the package.
OFF = {
    2026: "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-19 06-20 10-31 12-24 12-25 12-26 12-31",
    2027: "01-01 01-06 03-26 03-28 03-29 05-01 05-06 05-16 06-06 06-25 06-26 11-06 12-24 12-25 12-26 12-31",
    2028: "01-01 01-06 04-14 04-16 04-17 05-01 05-25 06-04 06-06 06-23 06-24 11-04 12-24 12-25 12-26 12-31",
}


@pytest.mark.parametrize("year", sorted(OFF))
def test_the_days_off_are_those_of_the_calendar(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    found = [one.strftime("%m-%d") for one in days if one.year == year and holiday(one)]
    assert found == OFF[year].split()


@pytest.mark.parametrize(
    ("met", "followed"),
    [
        ("2026-09-14", "2026-11-16"),  # 14 November is a Saturday
        ("2026-08-15", "2026-10-15"),
        ("2026-12-31", "2027-03-01"),  # no 31 February: the 28th, a Sunday, so the Monday
        ("2027-12-31", "2028-02-29"),  # a leap year has one day more
        ("2026-08-31", "2026-11-02"),  # 31 October is All Saints' Day, a Saturday
        ("2026-04-19", "2026-06-22"),  # Midsummer's Eve, then the weekend
        ("2026-10-24", "2026-12-28"),  # Christmas Eve to the Monday after
        ("2026-11-01", "2027-01-04"),  # New Year's Day, a Friday
        ("2026-02-03", "2026-04-07"),  # Good Friday to Easter Monday
        ("2026-03-14", "2026-05-15"),  # Ascension Day is a Thursday; the day after is worked
    ],
)
def test_a_plan_is_followed_up_two_months_later_on_a_working_day(met: str, followed: str) -> None:
    assert follow_up_day(day(met)) == day(followed)


def test_every_follow_up_of_four_years_is_worked_and_never_early() -> None:
    for n in range(4 * 365 + 1):
        met = date(2026, 1, 1) + timedelta(days=n)
        followed, same_day = follow_up_day(met), months_later(met, 2)
        assert workday(followed)
        assert timedelta(0) <= followed - same_day < timedelta(days=6)
        assert not any(workday(same_day + timedelta(days=k)) for k in range((followed - same_day).days))


def test_a_month_without_the_day_gives_its_last() -> None:
    assert months_later(day("2026-12-30"), 2) == day("2027-02-28")
    assert months_later(day("2024-02-29"), 12) == day("2025-02-28")
    assert months_later(day("2026-03-31"), -1) == day("2026-02-28")


def test_a_working_day_stays_where_it_is() -> None:
    assert next_workday(day("2026-11-23")) == day("2026-11-23")
