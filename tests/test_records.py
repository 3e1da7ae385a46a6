"""The team's own records: nobody is named unnoticed, no step is skipped, no small number follows from what is shown."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from exports import deviation_counts, meeting_log, year_shown
from exports.case_statistics_cells import Cells, Part
from exports.deviation_counts import Shown, shown, types
from exports.ledger import small_unions
from forms.parties import standard
from forms.types.base import several
from survey import retention, teams
from survey.cases.parties import Seats, set_seats
from survey.errors import BadRequest, NotAllowed, NotFound, Outdated
from survey.installation import Installation
from survey.records import ageing, deviations, log, printed
from survey.records.deviations import Deviation, Pointing, State, Step
from survey.records.hours import Columns, Span
from survey.records.log import Meeting
from survey.records.naming import pointing, without
from survey.records.weeks import Weeks
from survey.redaction import readable, spotted
from survey.tables import audit, deviation_shown, deviation_step, meeting_log_earlier
from survey.workdays import workday, workdays_later, workdays_until
from tests.case_rows import noon
from tests.records_scene import meeting, raised, told
from tests.scene import ASSOCIATION, at, settle

YEAR = Weeks("2026-W01", "2026-W53")


def settled(installation: Installation) -> Installation:
    with installation.writing() as db:
        settle(db, "norr", "syd")
        teams.name_colleagues(db, "syd", ["Majken Strömholm"])
    return installation


@pytest.fixture
def house(sqlite_installation: Installation) -> Installation:
    return settled(sqlite_installation)


@pytest.fixture
def either(installation: Installation) -> Installation:
    """On either database."""
    return settled(installation)


def spent(house: Installation) -> meeting_log.Spent:
    with house.reading() as db:
        return meeting_log.of_team(db, "norr", YEAR)


def test_a_blank_time_is_counted_as_blank_and_a_zero_as_zero(house: Installation) -> None:
    meeting(house, after=None)
    meeting(house, before=0, after=30)
    one = spent(house)
    assert (one.before.noted, one.before.blank, one.before.span) == (2, 0, Span(0, 10))
    assert (one.after.noted, one.after.blank, one.after.span) == (1, 1, Span(30, 30))
    assert (one.minutes.minutes, one.minutes.at_least) == (160, True)
    assert (one.participants, one.per_participant) == (2, 80)


def test_a_participant_gets_a_number_at_the_first_meeting_and_keeps_it(house: Installation) -> None:
    first = meeting(house, "2026-W30")
    other = meeting(house, "2026-W31")
    again = meeting(house, "2026-W32", first.participant)
    assert [(one.participant, one.number) for one in (first, other, again)] == [(1, 1), (2, 1), (1, 2)]
    one = spent(house)
    assert (one.meetings, one.participants, one.per_participant, one.begun_before) == (3, 2, 120, 0)
    with house.reading() as db:
        later = meeting_log.of_team(db, "norr", Weeks("2026-W32", "2026-W33"))
    assert later.begun_before == 1, "their first meeting was earlier: they have taken more time than this"


def test_the_same_meeting_is_not_noted_twice_nor_with_somebody_unknown(house: Installation) -> None:
    first = meeting(house)
    for number, participant in ((1, first.participant), (None, 7), (100, first.participant)):
        with pytest.raises(BadRequest):
            meeting(house, participant=participant, number=number)


def corrected(house: Installation, one: Meeting, who: str = "kim", **said: str) -> Meeting:
    """The meeting with other answers."""
    with house.writing() as db:
        log.correct(db, house, one, one.week, one.number, {**one.answers, **said}, who, noon("2026-08-03"))
        return log.find(db, one.id)


def test_what_somebody_else_has_corrected_is_not_overwritten_and_a_deleted_row_is_told_of(either: Installation) -> None:
    house = either
    seen = meeting(house, after=None)
    corrected(house, seen, ml_efter="20")
    with pytest.raises(Outdated):
        corrected(house, seen)
    with pytest.raises(Outdated), house.writing() as db:
        log.put_back(db, house, seen, 1, "kim", noon("2026-08-03"))
    assert spent(house).minutes.minutes == 90
    with house.writing() as db:
        log.remove(db, house, log.find(db, seen.id), "kim", noon("2026-08-03"))
    with house.reading() as db:
        assert [tuple(row) for row in db.execute(select(audit.c.action, audit.c.detail).order_by(audit.c.number))] == [
            ("meeting_corrected", "2026-W30"),
            ("meeting_removed", "2026-W30"),
        ]
        assert log.earlier(db, seen.id) == ()
    assert spent(house).meetings == 0


def test_a_correction_can_be_put_back_and_who_made_it_when_is_told(house: Installation) -> None:
    first = meeting(house, after=None)
    second = corrected(house, first, ml_efter="20")
    assert corrected(house, second) == second, "what says the same is no correction"
    third = corrected(house, second, "pia", ml_efter="25")
    with house.writing() as db:
        log.put_back(db, house, third, first.revision, "kim", noon("2026-08-04"))
        again, history = log.find(db, first.id), log.earlier(db, first.id)
        with pytest.raises(NotFound):
            log.put_back(db, house, again, again.revision, "kim", noon("2026-08-04"))
    assert (again.answers, again.revision) == (first.answers, 4), "blank again, and no zero"
    assert [(one.answers.get("ml_efter"), one.actor, one.at) for one in history] == [
        ("25", "kim", noon("2026-08-04")),
        ("20", "pia", noon("2026-08-03")),
        (None, "kim", noon("2026-08-03")),
    ]
    other = meeting(house, participant=first.participant, number=2)
    with house.writing() as db:
        log.correct(db, house, other, other.week, 3, other.answers, "kim", noon("2026-08-05"))
    taken = meeting(house, participant=first.participant, number=2)
    with pytest.raises(BadRequest), house.writing() as db:
        log.put_back(db, house, log.find(db, other.id), other.revision, "kim", noon("2026-08-05"))
    with house.reading() as db:
        assert {one.id for one in log.meetings(db, "norr")} == {again.id, other.id, taken.id}


def test_whether_everyone_was_there_stays_true_when_a_party_joins_later(house: Installation) -> None:
    meeting(house, who=("af", "fk", "kommun", "region", "tolk"))
    meeting(house, who=("af", "fk"))
    with house.writing() as db:
        now = [Seats(standard("af")), Seats(standard("annan_1", "Skolan"))]
        set_seats(db, house, "norr", now, "kim", noon("2026-08-03"))
    assert spent(house).everyone == 1


def test_tips_are_told_of_the_meetings_where_they_were_answered(house: Installation) -> None:
    for said in ({1: "1", 2: "0"}, {1: "1"}, {1: "0"}):
        meeting(house, tips=said)
    tips = {one.question: (one.yes, one.base) for one in spent(house).tips}
    assert (tips["ml_tips_1"], tips["ml_tips_2"], tips["ml_tips_3"]) == ((2, 3), (0, 1), (0, 0))


@pytest.mark.parametrize(
    ("norr", "syd", "told_of"), [(20, 9, False), (20, 10, True), (31, 0, True), (25, 6, False), (35, 4, False)]
)
def test_an_association_hears_of_participants_only_where_no_team_can_take_its_own_away(
    house: Installation, norr: int, syd: int, told_of: bool
) -> None:
    for team, n in (("norr", norr), ("syd", syd)):
        for _each in range(n):
            meeting(house, team=team)
    with house.reading() as db:
        one = meeting_log.figures(db, ASSOCIATION, YEAR)
    assert (one.meetings, one.minutes.minutes) == (norr + syd, 80 * (norr + syd)), "work is no person"
    assert (one.participants is not None, one.per_participant is not None, one.withheld is None) == (told_of,) * 3


def test_printed_rows_are_kept_as_they_are_printed(house: Installation) -> None:
    row = Columns(Span(2, 2), Span(10, 10), Span(60, 60), None, 1)
    with house.writing() as db:
        printed.add(db, ASSOCIATION, "MIA Vidare 2021", "VärNa", row, platform="Fysiskt + Skype", hours="1,25 h")
        with pytest.raises(BadRequest):
            printed.add(db, ASSOCIATION, "MIA Vidare 2021", "VärNa", row, hours="ganska länge")
    with house.reading() as db:
        (kept,) = printed.rows(db, ASSOCIATION)
    assert (kept.columns, kept.follows, kept.off_by) == (row, False, 5)


PLANTED = (
    ("Majken var där.", "Majken"),
    ("Strömholms handläggare sa nej.", "Strömholms"),
    ("Personen, 19121212-1212, fick vänta.", "19121212-1212"),
    ("Ring 070-123 45 67.", "070-123 45 67"),
    ("Skriv till kim@exempel.se nu.", "kim@exempel.se"),
    ("Bor på Storgatan 5 b.", "Storgatan 5 b"),
    ("Fatima fick vänta i tre månader.", "Fatima"),
    ("Det var hos Tryggve.", "Tryggve"),
    ("Karlsson lovade att ringa.", "Karlsson"),
)
HARMLESS = (
    "Personen arbetar åtta timmar i veckan. Försäkringskassan kräver fler, så praktiken blev av sent.",
    "SGI föll bort. Arbetsförmedlingen och kommunen i Uppsala sa olika.\nEnligt 110 kap. 14 § tog det 12 500 kronor.",
)


@pytest.mark.parametrize(("text", "who"), PLANTED)
def test_nobody_is_named_unnoticed(house: Installation, text: str, who: str) -> None:
    with pytest.raises(Pointing) as refused:
        told(house, what=text)
    assert who in refused.value.words
    with pytest.raises(Pointing):
        told(house, what=f"{text} Dessutom Kurt.", seen=refused.value.words)
    assert told(house, what=text, seen=refused.value.words).number == 1, "who has looked at it decides"


@pytest.mark.parametrize(
    "text", ["Majken Strömholm lovade det. Sedan ringde Majken.", "Det var Maj\u00adken och 070\u200b-123 45 67."]
)
def test_what_is_taken_out_is_out_wherever_it_stands_and_however_it_was_pasted(text: str) -> None:
    found = pointing([text], ["Majken Strömholm"])
    assert pointing([without(text, found)], ["Majken Strömholm"]) == ()
    assert "ajken" not in readable(without(text, found))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_points_nobody_out_is_asked_nothing(house: Installation, text: str) -> None:
    assert told(house, what=text).state == "new"


def test_control_the_names_of_colleagues_alone_would_let_others_through() -> None:
    missed = [text for text, _who in PLANTED if not spotted(text, ["Majken Strömholm"])]
    assert len(missed) == 4


EARLY: tuple[State, ...] = ("answered", "solved", "unsolvable", "new")
IN_TURN: tuple[State, ...] = ("raised", "answered", "solved")


def step(house: Installation, one: Deviation, state: State, day: str = "2026-08-10", words: str = "") -> Deviation:
    here = at(house, day)
    with here.writing() as db:
        now = deviations.find(db, one.id)
        deviations.take_step(db, here, now, state, words, (), "kim")
        return deviations.find(db, one.id)


def test_steps_come_one_after_the_other_and_the_last_can_be_taken_back(either: Installation) -> None:
    house = either
    one = told(house)
    for early in EARLY:
        with pytest.raises(NotAllowed):
            step(house, one, early)
    for state in IN_TURN:
        one = step(house, one, state)
    with pytest.raises(NotAllowed):
        step(house, one, "unsolvable")
    with house.writing() as db:
        deviations.take_back(db, house, one, "kim")
    assert step(house, one, "unsolvable").state == "unsolvable"
    with house.reading() as db:
        actions = list(db.scalars(select(audit.c.action).order_by(audit.c.number)))
    assert Counter(actions) == {"deviation_told": 1, "deviation_step": 4, "deviation_step_back": 1}


def test_the_table_itself_refuses_a_step_out_of_turn(either: Installation) -> None:
    house = either
    one = told(house)
    row = {"deviation": one.id, "on": one.told_on, "words": "", "due": None}
    for number, state in ((1, "answered"), (2, "solved"), (1, "solved"), (4, "solved")):
        with pytest.raises(IntegrityError), house.writing() as db:
            db.execute(insert(deviation_step).values(row | {"number": number, "state": state}))


def test_what_works_well_is_raised_and_that_is_all(house: Installation) -> None:
    one = step(house, told(house, works=True), "raised")
    assert (one.may(), one.clock(one.told_on)) == ((), None)


def test_what_is_raised_is_not_rewritten_and_words_of_a_step_name_nobody_either(house: Installation) -> None:
    one = raised(house, "2026-08-03")
    with pytest.raises(NotAllowed), house.writing() as db:
        deviations.correct(db, house, one, one.answers, (), "kim")
    with pytest.raises(Pointing):
        step(house, one, "answered", words="Majken svarade.")


def test_two_who_act_at_once_do_not_overwrite_each_other(house: Installation) -> None:
    seen = told(house)
    step(house, seen, "raised")
    with pytest.raises(Outdated), house.writing() as db:
        deviations.take_step(db, house, seen, "raised", "", (), "kaj")


def test_the_clock_counts_working_days_over_midsummer_and_christmas(house: Installation) -> None:
    one = raised(house, "2026-06-12", on="2026-06-18")
    due = one.steps[0].due
    assert due == workdays_later(one.steps[0].on, 20)
    clock = one.clock(at(house, "2026-06-22").today())
    assert clock
    assert (clock.waited, clock.left) == (1, 19), "Friday was Midsummer's eve"
    late = one.clock(workdays_later(due, 3))
    assert late
    assert (late.waited, late.left) == (23, -3)
    answered = step(house, one, "answered", "2026-06-24").clock(at(house, "2027-01-01").today())
    assert answered
    assert (answered.waited, answered.answered) == (3, True), "an answered clock stands still"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 40))
@settings(max_examples=30)
def test_counting_working_days_is_the_other_way_round_of_adding_them(day: date, number: int) -> None:
    assert workdays_until(day, workdays_later(day, number)) == number
    assert workdays_until(day, day) == 0
    assert workday(workdays_later(day, number)) or number == 0


def close(house: Installation, day: str) -> None:
    deviation_counts.close_due(at(house, day))


def counts(house: Installation) -> dict[str, Shown]:
    with house.reading() as db:
        return {one.period: one for one in shown(db, ASSOCIATION)}


def many(house: Installation, day: str, n: int, *types: str, works: bool = False) -> None:
    """Many reports, told and raised on one day."""
    for _each in range(n):
        raised(house, day, *types, works=works)


def test_counts_are_made_once_when_a_half_year_has_ended_and_stay(house: Installation) -> None:
    many(house, "2026-02-03", 12, "1")
    many(house, "2026-02-03", 11, "1", "2")
    many(house, "2026-02-03", 4, works=True)
    close(house, "2026-06-30")
    assert counts(house) == {}, "the half-year is not over"
    close(house, "2026-07-01")
    first = counts(house)["2026-H1"]
    assert (first.failing, first.types, first.working) == (23, {"2": 11}, None), "nearly all are about rules: not said"
    many(house, "2026-02-03", 40, "3")
    close(house, "2026-07-02")
    assert counts(house)["2026-H1"] == first
    with house.reading() as db:
        assert db.scalar(select(deviation_shown.c.cells))
    close(house, "2027-01-01")
    with house.reading() as db:
        assert set(db.scalars(select(deviation_shown.c.cells))) == {""}
    assert counts(house)["2026"].failing == 23


def left_over(house: Installation, half: str) -> dict[str, int]:
    """What is left of the counts of a half-year when what the evaluator's list has of it is taken away."""
    with house.reading() as db:
        listed = [one for one in deviations.raised(db, ASSOCIATION) if deviation_counts.raised_in(one) == half]
    one, of_types = counts(house)[half], Counter(code for each in listed for code in several(each.answers["av_typ"]))
    numbers = {"failing": (one.failing, len(listed)), **{code: (n, of_types[code]) for code, n in one.types.items()}}
    return {name: n - there for name, (n, there) in numbers.items() if n is not None and n != there}


def test_the_list_taken_from_the_counts_tells_nothing_of_what_is_new(house: Installation) -> None:
    many(house, "2026-02-03", 11, "1")
    many(house, "2026-02-03", 10, "2")
    late = told(house, "2026-02-03", "2")
    close(house, "2026-07-01")
    first = counts(house)["2026-H1"]
    assert (first.types, left_over(house, "2026-H1")) == ({"1": 11, "2": 10}, {})
    step(house, late, "raised", "2026-08-10")
    many(house, "2026-08-11", 10, "2")
    many(house, "2026-08-11", 12, "3")
    close(house, "2027-01-01")
    assert counts(house)["2026-H1"] == first, "stored is stored"
    second = counts(house)["2026-H2"]
    assert (second.types, left_over(house, "2026-H2")) == ({"2": 11, "3": 12}, {}), "it is of the half it was raised in"


def test_control_counting_what_is_new_tells_its_type(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    many(house, "2026-02-03", 11, "1")
    many(house, "2026-02-03", 10, "2")
    told(house, "2026-02-03", "2")

    def everything(db: Connection, _association: str) -> tuple[Deviation, ...]:
        there = deviations.deviations(db, "norr")
        return tuple(replace(one, steps=one.steps or (Step("raised", one.told_on, None, ""),)) for one in there)

    with monkeypatch.context() as bad:
        bad.setattr(deviations, "raised", everything)
        close(house, "2026-07-01")
    assert left_over(house, "2026-H1") == {"failing": 1, "2": 1}


def test_the_year_is_made_though_all_of_its_first_half_is_deleted(house: Installation) -> None:
    one = raised(house, "2026-02-03", "1")
    close(house, "2026-07-01")
    with house.writing() as db:
        deviations.remove(db, house, one, "kim")
    close(house, "2027-01-01")
    assert set(counts(house)) == {"2026-H1", "2026-H2", "2026"}


CELLS = st.lists(st.integers(0, 24), min_size=8, max_size=8)


@given(CELLS)
@settings(max_examples=40, deadline=None)
def test_no_small_number_follows_from_halves_years_types_and_all_their_differences(numbers: list[int]) -> None:
    printed_parts, cells = played(numbers)
    assert attack(printed_parts, cells) == []


def test_control_by_size_alone_a_small_half_year_follows_from_the_year() -> None:
    numbers = [12, 12, 12, 12, 2, 1, 1, 0]
    _, cells = played(numbers)
    parts = {
        code: [part for part in (Part(), Part("2026-H1"), Part("2026-H2")) if table.people(part) >= 10]
        for code, table in cells.items()
        if code in types()
    }
    assert attack(parts, cells)


def played(numbers: list[int]) -> tuple[dict[str, list[Part]], dict[str, Cells]]:
    """Two halves with reports of no, one or both of two types; what is printed of them, and the true cells."""
    halves = {"2026-H1": numbers[:4], "2026-H2": numbers[4:]}
    kinds = list(product((False, True), repeat=2))
    found: dict[str, Counter[str]] = {}
    for half, of in halves.items():
        found[half] = Counter({"failing": sum(of)})
        for (one, two), n in zip(kinds, of, strict=True):
            found[half].update({"1": n * one, "2": n * two, "3": n * (not one and not two)})
    first = deviation_counts._tables({"2026-H1": found["2026-H1"]}, 10, [])
    deviation_counts._print(first, "2026-H1")
    blank = Shown("a", "A", "2026-H1", "", 10)
    before = deviation_counts._shown(first, "2026-H1", blank)
    both = deviation_counts._tables(found, 10, [before])
    for row in (None, "2026-H2"):
        deviation_counts._print(both, row)
    return {code: sorted(table.printed, key=str) for code, table in both.items()}, both


def attack(parts: dict[str, list[Part]], tables: dict[str, Cells]) -> list[tuple[str, int]]:
    """The unions of cells under ten reports that sums and differences of what is printed give, table by table."""
    found = []
    for code, printed_here in parts.items():
        cells = [cell for cell in tables[code].cells if cell.n]
        if printed_here and cells:
            rows = np.array([[part.holds(cell) for cell in cells] for part in printed_here], dtype=np.int64)
            sizes = [cell.n for cell in cells]
            found += [(code, int(union @ np.array(sizes))) for union in small_unions(rows, sizes, 10)]
    return found


def test_records_are_deleted_by_decision_when_nothing_more_comes_of_them(house: Installation) -> None:
    over, waiting = told(house, "2025-12-03"), told(house, "2026-02-04")
    for state in IN_TURN:
        over = step(house, over, state, "2026-03-02")
    corrected(house, meeting(house, "2026-W08"), ml_efter="25")
    later = meeting(house, "2027-W03")

    def purged(day: str) -> list[tuple[str, int, int]]:
        close(house, day)
        year_shown.close_due(at(house, day))
        gone = ageing.purge(at(house, day), noon(day))
        return [(one.team, len(one.meetings), len(one.deviations)) for one in gone]

    assert purged("2027-01-10") == [], "nobody has decided"
    with house.writing() as db:
        retention.decide(db, ASSOCIATION, "records", 1, "Dnr 2026/7", noon("2026-01-01").date())
    assert purged("2026-06-29") == [], "neither the half-year of the deviation nor the year of the meeting is counted"
    assert purged("2026-07-01") == [("norr", 0, 1)]
    assert purged("2027-01-31") == [], "the year in figures may still change"
    assert purged("2027-02-01") == [("norr", 1, 0)]
    assert purged("2027-02-02") == []
    with house.reading() as db:
        assert [one.id for one in deviations.deviations(db, "norr")] == [waiting.id]
        assert [one.id for one in log.meetings(db, "norr")] == [later.id]
        assert db.scalar(select(func.count()).select_from(meeting_log_earlier)) == 0
        details = list(db.scalars(select(audit.c.detail).where(audit.c.action == "records_purged")))
    assert details == ["Dnr 2026/7: meeting_log 0, deviation 1", "Dnr 2026/7: meeting_log 1, deviation 0"]
