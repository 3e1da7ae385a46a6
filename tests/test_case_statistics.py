"""Case statistics: a case counts once at each event, a quarter is counted once and for all, and nobody computes a small
number from the files.

`make test` plays a sample of associations, `SOAK=1` many.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from random import Random
from unittest import mock

import pytest
from sqlalchemy import delete, func, select, update

from exports import case_workbook
from exports.case_statistics import Shown, close_due, shown
from exports.case_statistics_cells import Cells, Part
from exports.case_statistics_counting import wait_class
from exports.case_statistics_labels import _WAITS, EVENTS, WAITED
from exports.case_statistics_lines import key_figures, started
from survey.installation import Installation
from survey.periods import Period
from survey.retention import decide, purge
from survey.tables import association, case, case_cell, case_event, case_shown
from tests.case_outsider import Files, Table
from tests.case_rows import Told, add_codes, noon, settled
from tests.outsider import sheets
from tests.scene import SOAK, at

ASSOCIATIONS = 64 if SOAK else 3
BOUNDS = 10_000 if SOAK else 2
"""How many small cells of a table are bounded by linear programs."""
FLOOR = 10
SIZES = ([8, 4, 1], [4, 4, 4], [2, 2, 2, 2, 2], [10, 10, 10], [6, 2, 1, 1], [3, 3], [20, 7], [12])
"""Cases a month in each team."""


# --- counting -------------------------------------------------------------------------------------------------------


def play(house: Installation, told: Sequence[Told], *days: str) -> list[Shown]:
    """These cases, and nights on which the statistics are made."""
    teams = sorted({one.team for one in told} | {"norr"})
    settled(house, *teams)
    with house.writing() as db:
        add_codes(db, told)
    for day in days:
        close_due(at(house, day), noon(day))
    with house.reading() as db:
        return shown(db, "exempel")


def numbers(found: Sequence[Shown], event: str) -> dict[str, int | None]:
    return {one.period: one.events[event].people for one in found if one.events[event].people is not None}


def test_a_case_counts_once_at_each_event_in_the_quarter_it_fell(installation: Installation) -> None:
    told = [Told("2026-03-20", {"met": "2026-04-02", "planned": "2026-04-02", "closed": "2026-07-01"})] * 12
    found = play(installation, told, "2026-10-01")
    assert numbers(found, "received") == {"2026-Q1": 12}
    assert numbers(found, "met") == numbers(found, "planned") == {"2026-Q2": 12}
    assert numbers(found, "closed") == {"2026-Q3": 12}
    assert numbers(found, "followed_up") == {}


def test_an_event_that_comes_twice_counts_the_first_time(sqlite_installation: Installation) -> None:
    house = sqlite_installation
    settled(house, "norr")
    with house.writing() as db:
        for identity in add_codes(db, [Told("2026-01-10", {"closed": "2026-02-01"})] * 12):
            again = {"kind": "closed", "at": noon("2026-05-01"), "fell_on": date(2026, 5, 1), "actor": "kim"}
            db.execute(case_event.insert().values(case=identity, number=9, **again))
    close_due(at(house, "2026-07-01"), noon("2026-07-01"))
    with house.reading() as db:
        assert numbers(shown(db, "exempel"), "closed") == {"2026-Q1": 12}


def test_what_is_written_down_after_its_quarter_was_counted_counts_in_the_next(
    sqlite_installation: Installation,
) -> None:
    told = [Told("2026-01-10", {"met": "2026-02-10"}, written={"met": "2026-04-20"})] * 12
    found = play(sqlite_installation, told, "2026-04-01", "2026-07-01")
    assert numbers(found, "met") == {"2026-Q2": 12}


def test_waiting_is_counted_from_the_referral(sqlite_installation: Installation) -> None:
    day = date(2026, 1, 2)
    told = [
        Told(f"{day}", {"met": f"{day + timedelta(n)}", "planned": f"{day + timedelta(n + 20)}"})
        for n in [10] * 20 + [25] * 12
    ]
    (one,) = play(sqlite_installation, told, "2026-04-01")
    assert one.events["met"].by["days"] == {"14": 20, "30": 12}
    assert one.events["met"].median == 10
    assert one.events["planned"].by["days"] == {"30": 20, "60": 12}
    assert one.events["planned"].median == 30


@pytest.mark.parametrize(
    ("days", "in_class"), [(0, "14"), (14, "14"), (15, "30"), (60, "60"), (90, "90"), (91, "more")]
)
def test_the_classes_of_waiting_meet_without_a_gap(days: int, in_class: str) -> None:
    assert wait_class(days) == in_class


def test_a_median_needs_thirty(sqlite_installation: Installation) -> None:
    (one,) = play(sqlite_installation, [Told("2026-01-10", {"met": "2026-01-20"})] * 29, "2026-04-01")
    assert (one.events["met"].people, one.events["met"].median) == (29, None)


@pytest.mark.parametrize("days", [[5] * 16 + [20] * 5 + [40] * 16, [5] * 40], ids=["five people", "nearly everyone"])
def test_a_median_is_printed_only_where_the_class_it_falls_in_is(
    sqlite_installation: Installation, days: list[int]
) -> None:
    begun = date(2026, 1, 2)
    told = [Told(f"{begun}", {"met": f"{begun + timedelta(n)}"}) for n in days]
    (one,) = play(sqlite_installation, told, "2026-04-01")
    middle = sorted(days)[len(days) // 2]
    assert one.events["met"].people == len(days)
    assert wait_class(middle) not in one.events["met"].by.get("days", {}), "the ledger keeps the class"
    assert one.events["met"].median is None


def test_consents_count_by_what_was_said_first(sqlite_installation: Installation) -> None:
    told = [Told("2026-01-10", said={"af": "given", "fk": "given"})] * 14
    told += [Told("2026-01-10", said={"af": "given", "fk": "refused", "observator": "refused"})] * 12
    told += [Told("2026-01-10", said={"af": "refused", "fk": "refused"})] * 11
    (one,) = play(sqlite_installation, told, "2026-04-01")
    assert one.events["received"].by["refused"] == {"none": 14, "some": 12, "all": 11}
    figures = {figure.text["en"]: (figure.value, figure.of, figure.base) for figure in key_figures(one)}
    assert figures["No to some party"] == (62, 23, 37)


def test_sex_is_told_of_teams_and_all_by_year_at_the_first_meeting(sqlite_installation: Installation) -> None:
    told = [
        replace(Told("2026-01-10", {"met": "2026-02-10"}), team=team, sex=sex)
        for team, sex, n in (("norr", "1", 21), ("norr", "2", 15), ("syd", "1", 13), ("syd", "2", 12))
        for _ in range(n)
    ]
    found = play(sqlite_installation, told, "2027-01-01")
    year, quarter = found[0], found[-1]
    assert [(one.team, one.people, dict(one.by_sex)) for one in started(year)] == [
        ("", 61, {"1": 34, "2": 27, "3": None}),
        ("norr", 36, {"1": 21, "2": 15, "3": None}),
        ("syd", 25, {"1": 13, "2": 12, "3": None}),
    ]
    assert "sex" not in quarter.events["met"].by


def test_nearly_everybody_alike_is_not_told(sqlite_installation: Installation) -> None:
    (one,) = play(sqlite_installation, [Told("2026-01-10", situations=("2",))] * 40, "2026-04-01")
    assert one.events["received"].people == 40
    assert one.events["received"].by == {}


# --- once and for all -----------------------------------------------------------------------------------------------


def stored(house: Installation) -> dict[str, str]:
    with house.reading() as db:
        return {row.period: row.contents for row in db.execute(select(case_shown)).all()}


def test_a_quarter_is_counted_once_and_never_again(installation: Installation) -> None:
    house = installation
    play(house, [Told("2026-01-10", {"met": "2026-02-01"})] * 20, "2026-04-01")
    before = stored(house)
    with house.writing() as db:
        db.execute(update(case).values(municipality="1480", reason="5"))
        db.execute(update(association).values(show=15, name="Ett nytt namn"))
        db.execute(delete(case_event).where(case_event.c.kind == "met"))
        add_codes(db, [Told("2026-02-10", written={"received": "2026-05-05"})] * 30)
    assert close_due(at(house, "2026-04-02"), noon("2026-04-02")) == []
    assert close_due(at(house, "2026-07-01"), noon("2026-07-01")) == [("exempel", "2026-Q2")]
    assert {period: contents for period, contents in stored(house).items() if period in before} == before
    with house.reading() as db:
        assert numbers(shown(db, "exempel"), "received") == {"2026-Q1": 20, "2026-Q2": 30}


def test_a_years_cells_go_when_it_is_counted(installation: Installation) -> None:
    def cells() -> int:
        with house.reading() as db:
            return db.scalar(select(func.count()).select_from(case_cell)) or 0

    house = installation
    play(house, [Told("2026-01-10", {"met": "2026-04-10"})] * 20, "2026-10-01")
    assert cells() > 0
    close_due(at(house, "2027-01-01"), noon("2027-01-01"))
    assert cells() == 0


def test_cases_that_are_deleted_meanwhile_are_still_in_the_year(sqlite_installation: Installation) -> None:
    house = sqlite_installation
    play(house, [Told("2026-01-10", {"closed": "2026-02-10"})] * 20, "2026-10-01")
    with house.writing() as db:
        decide(db, "exempel", "closed", 1, "Dnr 1", date(2026, 10, 1))
    assert len(purge(house, noon("2026-10-01")).purged) == 20
    close_due(at(house, "2027-01-01"), noon("2027-01-01"))
    with house.reading() as db:
        assert numbers(shown(db, "exempel"), "closed") == {"2026-Q1": 20, "2026": 20}


def test_before_the_first_case_there_is_nothing_to_count(sqlite_installation: Installation) -> None:
    settled(sqlite_installation, "norr")
    assert close_due(at(sqlite_installation, "2027-01-01"), noon("2027-01-01")) == []


def test_two_nights_at_once_count_once(installation: Installation) -> None:
    play(installation, [Told("2026-01-10")] * 20)
    house = at(installation, "2026-04-01")
    assert close_due(house, noon("2026-04-01")) == [("exempel", "2026-Q1")]
    assert close_due(house, noon("2026-04-01")) == []


# --- small numbers --------------------------------------------------------------------------------------------------


def made(number: int) -> list[Told]:
    """Two years of an association: sizes differ, and so does how people are."""
    source = Random(number)
    told = []
    for place, rate in enumerate(SIZES[number % len(SIZES)]):
        for month in range(24):
            for _ in range(max(0, round(source.gauss(rate, rate**0.5)))):
                told.append(_one(source, f"t{place}", date(2025 + month // 12, month % 12 + 1, source.randint(1, 28))))
    return told


def _one(source: Random, team: str, day: date) -> Told:
    met = day + timedelta(int(source.expovariate(1 / 30)))
    events = {"met": f"{met}", "planned": f"{met}"}
    if source.random() < 0.8:
        events["followed_up"] = f"{met + timedelta(source.randint(50, 80))}"
    if source.random() < 0.6:
        events["closed"] = f"{met + timedelta(source.randint(60, 200))}"
    return Told(
        f"{day}",
        {kind: day for kind, day in events.items() if day < "2027"},
        team=team,
        role=source.choices(("referrer", "self", "helper"), (8, 3, 1))[0],
        organisation=source.choices("12345", (8, 4, 5, 3, 1))[0],
        sex=source.choices(("1", "2", "3", None), (10, 8, 1, 1))[0],
        municipality=source.choices(("0180", "0188", "0120", "0114"), (9, 4, 2, 1))[0],
        situations=tuple(code for code in "12345678" if source.random() < int(code) / 12),
        reason=source.choices("12345", (3, 3, 3, 2, 1))[0],
        outcome=source.choices("12345", (4, 2, 6, 2, 1))[0],
        said={party: source.choices(("given", "refused"), (9, 1))[0] for party in ("af", "fk", "kommun")},
    )


def attackers(house: Installation, told: Sequence[Told], year: str) -> Iterator[Table]:
    """Everything the workbook says of a year, one attribute at a time, beside how it is."""
    out = BytesIO()
    with house.reading() as db:
        case_workbook.write(db, "exempel", None, out)
    files = Files(out.getvalue())
    for event, dimension, value_of in (
        ("received", "Vem som anmälde", lambda one: one.role),
        ("received", "Kommun", lambda one: one.municipality),
        ("received", "Samtycken vid anmälan", _refused),
        ("closed", "Team", lambda one: one.team),
        ("closed", "Hur det blev", lambda one: one.outcome),
        ("met", "Team", lambda one: one.team),
    ):
        truth = Counter((_quarter(one, event), value_of(one)) for one in told if _in(one, event, year))
        yield Table(f"{event} {dimension}", files.by(year, EVENTS[event]["sv"], dimension), truth)
    referred = [one for one in told if _in(one, "received", year) and one.role == "referrer"]
    for dimension, value_of in (
        ("Handläggarens organisation", lambda one: one.organisation),
        ("Varför just då, enligt handläggaren", lambda one: one.reason),
    ):
        truth = Counter((_quarter(one, "received"), value_of(one)) for one in referred)
        within = ("Vem som anmälde", "referrer")
        yield Table(dimension, files.by(year, EVENTS["received"]["sv"], dimension, within), truth)
    received = [one for one in told if _in(one, "received", year)]
    situations = files.by(year, EVENTS["received"]["sv"], "Läget vid anmälan")
    for code in "12345678":
        truth = Counter((_quarter(one, "received"), code if code in one.situations else "") for one in received)
        yield Table(f"situation {code}", {one for one in situations if one.value in (None, code)}, truth)
    for event, step in WAITED.items():
        truth = Counter((_quarter(one, event), _waited(one, event)) for one in told if _in(one, event, year))
        yield Table(f"waiting for {event}", files.waited(year, EVENTS[event]["sv"], step["sv"]), truth)
    truth = Counter((one.team, one.sex or "unknown") for one in told if _in(one, "met", year))
    yield Table("sex", files.sexes(year, EVENTS["met"]["sv"]), truth)


def _day(one: Told, event: str) -> str:
    return one.received if event == "received" else one.events.get(event, "")


def _in(one: Told, event: str, year: str) -> bool:
    return _day(one, event).startswith(year)


def _quarter(one: Told, event: str) -> str:
    return Period.of(date.fromisoformat(_day(one, event)), "quarter").label


def _waited(one: Told, event: str) -> str:
    days = (date.fromisoformat(_day(one, event)) - date.fromisoformat(one.received)).days
    return _WAITS[wait_class(days)]["sv"]


def _refused(one: Told) -> str:
    no = list(one.said.values()).count("refused")
    return "none" if not no else "all" if no == len(one.said) else "some"


def small(one: Table, source: Random) -> list[tuple[str, str]]:
    cells = [cell for cell in one.cells if one.truth[cell] < FLOOR]
    return source.sample(cells, min(BOUNDS, len(cells)))


@pytest.mark.parametrize("number", range(ASSOCIATIONS))
def test_nobody_computes_a_small_number_from_the_files(sqlite_installation: Installation, number: int) -> None:
    told = made(number)
    play(sqlite_installation, told, "2025-04-01", "2025-12-01", "2026-02-01", "2026-08-01", "2027-01-01")
    for year in ("2025", "2026"):
        for attacker in attackers(sqlite_installation, told, year):
            assert attacker.wrong() == [], attacker.name
            assert min([one.n for one in attacker.printed], default=FLOOR) >= FLOOR
            assert attacker.differences(FLOOR) == [], attacker.name
            assert attacker.in_span(FLOOR) == [], attacker.name
            for cell in small(attacker, Random(number)):
                least, most = attacker.bounds([cell])
                assert least < most, (attacker.name, cell)


def test_what_goes_without_saying_is_no_second_table(sqlite_installation: Installation) -> None:
    """Only those with a caseworker have an organisation and must give a reason, and nobody has «none of these» beside
    anything else: tables in which that shows could be taken from each other."""
    told = [Told("2026-01-10", role="self", reason=None)] * 15 + [Told("2026-01-10", role="helper", reason=None)] * 4
    told += [Told("2026-01-10", organisation=one, reason=one, situations=("0",)) for one in "123" for _ in range(14)]
    (one,) = play(sqlite_installation, told, "2026-04-01")
    by = one.events["received"].by
    assert "helper" not in by["source"]
    assert not {"unknown", "self"} & {*by.get("organisation", {}), *by.get("reason", {})}
    assert "0" not in one.labels.situations
    assert not any(n in (4, 23) for values in by.values() for n in values.values())
    known = {"referrer": 42, "self": 15}
    assert len(known.keys() & by["source"].keys()) == 1, "both, and the four would be the rest"
    if "referrer" not in by["source"]:
        assert not {"organisation", "reason"} & by.keys()


@contextmanager
def by_size_alone() -> Iterator[None]:
    """The bad variant: ten are enough, whatever can be subtracted."""

    def may_print(self: Cells, part: Part) -> bool:
        return self.people(part) >= self.floor

    with mock.patch.object(Cells, "may_print", may_print):
        yield


def test_control_by_size_alone_every_association_is_broken(sqlite_installation: Installation) -> None:
    told = made(0)
    with by_size_alone():
        play(sqlite_installation, told, "2027-01-01")
    found = [one for year in ("2025", "2026") for one in attackers(sqlite_installation, told, year)]
    assert sum(bool(one.differences(FLOOR)) for one in found) >= 5
    assert sum(bool(one.in_span(FLOOR)) for one in found) >= 5
    pinned = [one.bounds([cell]) for one in found for cell in small(one, Random(1))]
    assert sum(least == most for least, most in pinned) >= 5


def test_what_is_left_is_worth_reading(sqlite_installation: Installation) -> None:
    """Three teams of ten: every total, and most values of most attributes."""
    told = made(3)
    found = play(sqlite_installation, told, "2027-01-01")
    assert len(found) == 10
    assert all(one.events[event].people for one in found for event in ("received", "met", "planned"))
    years = [one for one in found if one.of_year]
    wanted = {"source", "organisation", "municipality", "reason", "refused"}
    assert all(wanted <= set(one.events["received"].by) for one in years)
    rows = [row for one in years for row in started(one) if row.team != "norr"]
    assert len(rows) == 8
    assert all(row.people and row.by_sex["1"] and row.by_sex["2"] for row in rows)


def test_nothing_in_the_file_names_anyone(sqlite_installation: Installation) -> None:
    told = made(1)
    play(sqlite_installation, told, "2027-01-01")
    out = BytesIO()
    with sqlite_installation.reading() as db:
        case_workbook.write(db, "exempel", None, out)
        ids = list(db.scalars(select(case.c.id)))
    days = {day for one in told for day in (one.received, *one.events.values())}
    cells = {cell for rows in sheets(out.getvalue()).values() for row in rows for cell in row}
    assert not cells & days
    assert not any(one in cell for cell in cells for one in ("A-0", *ids))
    assert "Anmälningar" in cells, "control: texts are found"
