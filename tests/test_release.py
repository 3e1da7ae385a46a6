"""Release: when boxes are opened, waited with, pooled and destroyed, and what is kept of what lay in them."""

import dataclasses
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from survey import release as release_room
from survey import repair as repair_room
from survey.db import database_file
from survey.installation import Installation
from survey.mixing import read
from survey.periods import Period
from survey.published import publish
from survey.release import Outcome, release_due
from survey.repair import repair, scrub_waits
from survey.rounds import add_tickets, close, find_round, open_round
from survey.tables import account, association, box, quote, release, response, role, sealed, sent, team_staff, ticket
from tests.crashing import PowerCutError, counted
from tests.population import Boxes
from tests.scene import (
    ASSOCIATION,
    SOAK,
    Snapshot,
    answer,
    at,
    open_for,
    replies,
    reply,
    reply_all,
    settle,
    tiny,
    tiny_short,
)


@pytest.fixture
def house(installation: Installation) -> Installation:
    """An association with three teams, in the middle of the third quarter of 2026."""
    with installation.writing() as db:
        settle(db, "norr", "soder", "vaster")
    return installation


def no_figures(db: Connection, slug: str, period: Period, today: date) -> None:
    """A closing that computes nothing."""


def night(house: Installation, day: str) -> Outcome:
    return release_due(at(house, day), no_figures)


def rows(house: Installation, query: object) -> list[tuple[object, ...]]:
    with house.reading() as db:
        return [tuple(row) for row in db.execute(query)]  # type: ignore[call-overload]


def count(house: Installation, table: object) -> int:
    return int(str(rows(house, select(func.count()).select_from(table))[0][0]))  # type: ignore[arg-type]


# --- when -----------------------------------------------------------------------------------------------------------


def test_nothing_is_opened_before_the_period_has_ended(house: Installation) -> None:
    opened = open_for(house, "norr")
    reply_all(house, opened, 9)
    assert night(house, "2026-09-30") == Outcome()
    assert count(house, response) == 0
    assert night(house, "2026-10-01").released == [(opened.round.id, 9)]


def test_five_are_opened_and_four_wait(house: Installation) -> None:
    five, four, nobody = open_for(house, "norr"), open_for(house, "soder"), open_for(house, "vaster")
    reply_all(house, five, 5)
    reply_all(house, four, 4)
    outcome = night(house, "2026-10-01")
    assert outcome.released == [(five.round.id, 5)]
    assert set(outcome.waiting) == {four.round.id, nobody.round.id}
    assert rows(house, select(release.c.team, release.c.period, release.c.n)) == [("norr", "2026-Q3", 5)]
    assert (count(house, response), count(house, sealed)) == (5, 4)


def test_an_open_link_needs_ten(house: Installation) -> None:
    link = open_for(house, "norr", link=True)
    for _ in range(9):
        reply(house, link.round, None)
    assert night(house, "2026-10-01").waiting == [link.round.id]
    reply(house, link.round, None)
    assert night(house, "2027-01-01").released == [(link.round.id, 10)]


def test_an_association_that_raises_its_floor_is_heard_at_once(house: Installation) -> None:
    opened = open_for(house, "norr")
    reply_all(house, opened, 6)
    with house.writing() as db:
        db.execute(update(association).values(mix=7))
    assert night(house, "2026-10-01").waiting == [opened.round.id]


def test_a_box_that_becomes_full_later_waits_for_the_end_of_that_period_and_its_label_grows(
    house: Installation,
) -> None:
    opened = open_for(house, "norr")
    reply_all(house, opened, 4)
    night(house, "2026-10-01")
    reply(house, opened.round, opened.codes[10])
    assert night(house, "2026-10-02") == Outcome()
    assert night(house, "2027-01-01").released == [(opened.round.id, 5)]
    assert rows(house, select(release.c.began, release.c.period)) == [("2026-Q3", "2026-Q4")]


def test_a_round_opened_after_the_period_waits_for_its_own(house: Installation) -> None:
    october = at(house, "2026-10-01")
    opened = open_for(october, "norr")
    reply_all(october, opened, 6)
    assert night(house, "2026-10-01") == Outcome()
    assert night(house, "2027-01-01").released == [(opened.round.id, 6)]


def test_an_association_may_close_each_month(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settle(db, "norr", period="month")
    opened = open_for(sqlite_installation, "norr")
    reply_all(sqlite_installation, opened, 5)
    assert night(sqlite_installation, "2026-09-01").released == [(opened.round.id, 5)]
    assert rows(sqlite_installation, select(release.c.period)) == [("2026-08",)]


def test_closing_by_hand_stops_answering_but_opens_nothing_early(house: Installation) -> None:
    opened = open_for(house, "norr")
    reply_all(house, opened, 6)
    with house.writing() as db:
        close(db, opened.round)
    assert night(house, "2026-09-30") == Outcome()
    assert night(house, "2026-10-01").released == [(opened.round.id, 6)]
    assert count(house, box) == 0
    assert list(house.keys.path.glob("box-*")) == []


def test_each_period_is_closed_once_and_missed_ones_are_closed_in_order(house: Installation) -> None:
    closed: list[tuple[str, str]] = []

    def note(db: Connection, slug: str, period: Period, today: date) -> None:
        closed.append((period.label, str(db.scalar(select(func.count()).select_from(release)))))

    opened = open_for(house, "norr")
    reply_all(house, opened, 6)
    for day in ("2026-10-01", "2026-10-02", "2027-07-15", "2027-07-16"):
        release_due(at(house, day), note)
    assert closed == [("2026-Q3", "1"), ("2026-Q4", "1"), ("2027-Q1", "1"), ("2027-Q2", "1")]


def test_a_release_late_by_two_periods_belongs_to_the_last_ended_one(house: Installation) -> None:
    first = open_for(house, "norr")
    night(house, "2026-10-01")
    reply_all(house, first, 6)
    assert night(house, "2027-04-20").released == [(first.round.id, 6)]
    assert rows(house, select(release.c.began, release.c.period)) == [("2026-Q3", "2027-Q1")]
    assert rows(house, select(box.c.began)) == [("2027-Q2",)]


# --- pooling and destruction ----------------------------------------------------------------------------------------


def test_small_boxes_are_opened_together_after_four_periods(house: Installation) -> None:
    three, two = open_for(house, "norr"), open_for(house, "soder")
    reply_all(house, three, 3)
    reply_all(house, two, 2)
    for day in ("2026-10-01", "2027-01-01", "2027-04-01"):
        assert night(house, day).pooled == []
    outcome = night(house, "2027-07-01")
    assert (sorted(outcome.pooled), outcome.released) == (sorted([three.round.id, two.round.id]), [])
    assert rows(house, select(release.c.team, release.c.began, release.c.period, release.c.n)) == [
        (None, "2026-Q3", "2027-Q2", 5)
    ]
    assert (count(house, response), count(house, sealed)) == (5, 0)


def test_small_boxes_that_are_too_few_together_go_on_waiting(house: Installation) -> None:
    two, one = open_for(house, "norr"), open_for(house, "soder", link=True)
    reply_all(house, two, 4)
    for _ in range(5):
        reply(house, one.round, None)
    for day in ("2026-10-01", "2027-01-01", "2027-04-01", "2027-07-01"):
        outcome = night(house, day)
    assert set(outcome.waiting) == {two.round.id, one.round.id}
    reply(house, one.round, None)
    assert set(night(house, "2027-10-01").pooled) == {two.round.id, one.round.id}


def test_boxes_of_other_forms_are_no_company(house: Installation) -> None:
    other = dataclasses.replace(tiny(), id="other", pool="other", fingerprint="other")
    here = open_for(house, "norr")
    reply_all(house, here, 3)
    with house.writing() as db:
        publish(db, other)
        there = open_round(db, house, "soder", other, tickets=3, participants=3)
    for code in there.codes:
        reply(house, there.round, code, form=other)
    for day in ("2026-10-01", "2027-01-01", "2027-04-01", "2027-07-01"):
        outcome = night(house, day)
    assert set(outcome.waiting) == {here.round.id, there.round.id}


def test_boxes_are_opened_as_the_tests_of_figures_suppose(house: Installation) -> None:
    """What is measured of secrecy and usefulness stands on `tests.population.Boxes`."""
    teams, source = ["norr", "soder", "vaster"], random.Random(7)
    slips = [open_for(at(house, "2024-01-01"), team, people=40) for team in teams]
    left = [iter(opened.codes) for opened in slips]
    boxes, supposed = Boxes(teams), list[tuple[str | None, str, int]]()
    for quarter in [Period.parse(f"{year}-Q{number}") for year in (2024, 2025) for number in (1, 2, 3, 4)]:
        arrived = [source.randint(0, 6), source.randint(0, 2), source.randint(0, 1)]
        for opened, codes, n in zip(slips, left, arrived, strict=True):
            replies(at(house, f"{quarter.last_day}"), opened.round, islice(codes, n))
        supposed += [(team, quarter.label, people) for team, people in boxes.close(arrived)]
        night(house, f"{quarter.next.first_day}")
    found = rows(house, select(release.c.team, release.c.period, release.c.n))
    assert Counter(found) == Counter(supposed)
    assert {team for team, _, _ in supposed} >= {None, "norr"}


def test_what_still_waits_a_year_after_that_is_destroyed_unread_when_the_round_is_closed(house: Installation) -> None:
    closed, open_ = open_for(house, "norr"), open_for(house, "soder")
    reply_all(house, closed, 2)
    reply_all(house, open_, 2)
    with house.writing() as db:
        close(db, closed.round)
    days = [f"{year}-{month}-01" for year in (2026, 2027, 2028) for month in ("01", "04", "07", "10")]
    outcomes = [night(house, day) for day in days[3:11]]
    assert [o.destroyed for o in outcomes] == [[]] * 7 + [[closed.round.id]]
    assert set(outcomes[-1].waiting) == {open_.round.id}
    assert (count(house, response), count(house, sealed), count(house, box)) == (0, 2, 1)
    assert rows(house, select(box.c.round)) == [(open_.round.id,)]
    assert {path.name for path in house.keys.path.glob("box-*")} == {f"box-{rows(house, select(box.c.id))[0][0]}.key"}


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_closed_answers_and_own_words_are_kept_apart_and_nothing_else_is_kept(house: Installation) -> None:
    opened = open_for(house, "norr")
    for number in range(5):
        reply(house, opened.round, opened.codes[number], answer(f"ord {'abcde'[number]}", q_antal=number))
    night(house, "2026-10-01")
    kept = [orjson.loads(str(text)) for (text,) in rows(house, select(response.c.answers))]
    assert sorted(each["q_antal"] for each in kept) == [0, 1, 2, 3, 4]
    assert all(each == {"q_bra": "1", "q_vem": ["1"], "q_antal": each["q_antal"]} for each in kept)
    words = rows(house, select(quote.c.question, quote.c.text, quote.c.state))
    assert sorted(words) == [("q_ord", f"ord {letter}", "waiting") for letter in "abcde"]
    assert (count(house, sealed), count(house, ticket), count(house, sent)) == (0, 15, 5)


def test_no_response_tells_which_form_or_version_was_answered(house: Installation) -> None:
    with house.writing() as db:
        publish(db, tiny_short())
    opened = open_for(house, "norr")
    reply_all(house, opened, 4)
    reply(house, opened.round, opened.codes[4], {"q_bra": "0"}, form=tiny_short())
    with house.writing() as db:
        publish(db, tiny(2))
    night(house, "2026-10-01")
    kept = [orjson.loads(str(text)) for (text,) in rows(house, select(response.c.answers))]
    short = next(each for each in kept if each["q_bra"] == "0")
    assert short == {"q_bra": "0", "q_vem": [], "q_vem_miss": "-66", "q_antal": "-66"}


def test_only_columns_of_the_form_are_kept_whatever_was_sealed(house: Installation) -> None:
    opened = open_for(house, "norr")
    for code in opened.codes[:5]:
        reply(house, opened.round, code, answer(q_stranger="x", q_ord="-88"))
    night(house, "2026-10-01")
    assert "q_stranger" not in str(rows(house, select(response.c.answers)))
    assert count(house, quote) == 0


def test_own_words_lose_numbers_and_the_names_of_the_teams_staff(house: Installation) -> None:
    with house.writing() as db:
        db.execute(insert(team_staff).values(team="norr", name="Karin Ek"))
        db.execute(insert(account).values(id="a", email="olle@example.org", name="Olle Berg"))
        db.execute(insert(role).values(id="r", account="a", role="coordinator", association=ASSOCIATION, team="norr"))
    opened = open_for(house, "norr")
    for code in opened.codes[:5]:
        reply(house, opened.round, code, answer("Karins och Olle Bergs nummer är 070-123 45 67"))
    night(house, "2026-10-01")
    assert set(rows(house, select(quote.c.text))) == {("[borttaget] och [borttaget] nummer är [borttaget]",)}


def test_slips_printed_go_with_the_release_they_were_printed_for(house: Installation) -> None:
    opened = open_for(house, "norr", people=20)
    reply_all(house, opened, 5)
    night(house, "2026-10-01")
    printed = select(release.c.participants, release.c.issued, release.c.voided)
    assert rows(house, printed) == [(20, 20, 0)]
    with house.reading() as db:
        assert find_round(db, opened.round.id).participants == 0


# --- what must not stop it ------------------------------------------------------------------------------------------


def _lose_key(house: Installation, identity: str) -> None:
    house.keys.destroy(identity)


def _spoil_key(house: Installation, identity: str) -> None:
    house.keys._file(identity).write_bytes(b"spoiled")


def _forge_k(house: Installation, identity: str) -> None:
    with house.writing() as db:
        row = db.execute(select(box).where(box.c.id == identity)).one()
        db.execute(update(box).where(box.c.id == identity).values(state="emptied"))
        db.execute(insert(box).values({**row._mapping, "id": "forged", "k": 6}))
        db.execute(update(sealed).where(sealed.c.box == identity).values(box="forged"))
        db.execute(delete(box).where(box.c.id == identity))
    house.keys._file(identity).rename(house.keys._file("forged"))


def _spoil_answers(house: Installation, identity: str) -> None:
    with house.writing() as db:
        db.execute(update(sealed).where(sealed.c.box == identity).values(blob=b"spoiled"))


@pytest.mark.parametrize("harm", [_lose_key, _spoil_key, _forge_k, _spoil_answers])
def test_a_box_that_cannot_be_opened_is_reported_and_stops_nobody_else(
    house: Installation, harm: Callable[[Installation, str], None]
) -> None:
    broken, whole = open_for(house, "norr"), open_for(house, "soder")
    reply_all(house, broken, 6)
    reply_all(house, whole, 6)
    ((identity,),) = rows(house, select(box.c.id).where(box.c.round == broken.round.id))
    harm(house, str(identity))
    outcome = night(house, "2026-10-01")
    assert (outcome.broken, outcome.released) == ([broken.round.id], [(whole.round.id, 6)])
    assert count(house, sealed) == 6


def test_one_spoiled_answer_costs_only_itself_but_never_opens_four(house: Installation) -> None:
    six, five = open_for(house, "norr"), open_for(house, "soder")
    reply_all(house, six, 6)
    reply_all(house, five, 5)
    with house.writing() as db:
        for opened in (six, five):
            mine = select(sealed.c.id).join(box).where(box.c.round == opened.round.id).limit(1)
            db.execute(update(sealed).where(sealed.c.id == db.scalar(mine)).values(blob=b"spoiled"))
    outcome = night(house, "2026-10-01")
    assert (outcome.released, outcome.broken) == ([(six.round.id, 5)], [five.round.id])
    assert count(house, response) == 5


def test_slips_that_are_printed_while_the_box_is_opened_count_for_the_next_box_or_for_this_one(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_for(house, "norr", people=20)
    reply_all(house, opened, 6)
    printed: list[Future[object]] = []

    def print_more() -> None:
        with house.writing() as db:
            add_tickets(db, house, opened.round, 12, 10)

    def looked(*given: Any) -> Any:
        if not printed:
            printed.append(beside.submit(print_more))
            wait(printed, 0.3)
        return read(*given)

    monkeypatch.setattr(release_room, "read", looked)
    with ThreadPoolExecutor(1) as beside:
        night(house, "2026-10-01")
    printed[0].result()
    with house.reading() as db:
        told = db.execute(select(release.c.participants, release.c.issued)).one()
        left = find_round(db, opened.round.id)
    assert (told.participants + left.participants, told.issued + left.issued) == (
        opened.round.participants + 10,
        opened.round.issued + 12,
    )


def test_two_releases_at_once_open_everything_once(house: Installation) -> None:
    for team in ("norr", "soder", "vaster"):
        reply_all(house, open_for(house, team), 6)
    outcomes: list[Outcome] = []
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        outcomes.append(night(house, "2026-10-01"))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(outcome.released) for outcome in outcomes) == [0, 3]
    assert (count(house, response), count(house, release), count(house, sealed)) == (18, 3, 0)


def test_a_closing_that_fails_changes_nothing_and_can_be_done_again(house: Installation) -> None:
    opened = open_for(house, "norr")
    reply_all(house, opened, 6)

    def fail(*_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        release_due(at(house, "2026-10-01"), fail)
    assert (count(house, response), count(house, sealed)) == (0, 6)
    assert night(house, "2026-10-01").released == [(opened.round.id, 6)]
    assert len(list(house.keys.path.glob("box-*"))) == 1


def test_a_reader_delays_scrubbing_and_nothing_else(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_installation
    monkeypatch.setattr(repair_room, "_TRIES", 1)
    with house.writing() as db:
        settle(db, "norr")
    opened = open_for(house, "norr")
    reply_all(house, opened, 6)
    file = database_file(house.engine)
    assert file
    with house.reading() as db:
        blob = db.scalars(select(sealed.c.blob)).first() or b""
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sealed").fetchone()
    assert night(house, "2026-10-01").released == [(opened.round.id, 6)]
    with house.reading() as db:
        assert scrub_waits(db)
    assert _lies_in(file, blob)
    reply(house, opened.round, opened.codes[10])
    reader.close()
    assert repair(house)
    with house.reading() as db:
        assert not scrub_waits(db)
    assert not _lies_in(file, blob)


def _lies_in(file: Path, blob: bytes) -> bool:
    """Whether any part of a blob that fits on one page is in the database's files."""
    files = [path.read_bytes() for path in file.parent.glob(file.name + "*")]
    return any(blob[place : place + 64] in content for place in range(0, len(blob), 64) for content in files)


# --- crashes --------------------------------------------------------------------------------------------------------


def _world(house: Installation) -> None:
    """A box that is ripe, one that waits, and two that are pooled, all due on the first of July 2027."""
    small, two, three = (open_for(house, team) for team in ("norr", "soder", "vaster"))
    late = at(house, "2027-04-10")
    reply_all(house, two, 2)
    reply_all(house, three, 3)
    for day in ("2026-10-01", "2027-01-01", "2027-04-01"):
        night(house, day)
    reply_all(late, open_for(late, "norr"), 6)
    reply_all(late, open_for(late, "soder"), 4)
    with house.writing() as db:
        close(db, small.round)


def _tally(house: Installation) -> dict[str, Any]:
    """What anybody could tell of the outcome, without what is random."""
    with house.reading() as db:
        current = set(db.scalars(select(box.c.id)))
        return {
            "releases": sorted(
                map(str, db.execute(select(release.c.team, release.c.began, release.c.period, release.c.n)))
            ),
            "responses": db.scalar(select(func.count()).select_from(response)),
            "sealed": db.scalar(select(func.count()).select_from(sealed)),
            "sent": db.scalar(select(func.count()).select_from(sent)),
            "boxes": len(current),
            "keys are the boxes'": {path.name for path in house.keys.path.glob("box-*")}
            == {f"box-{identity}.key" for identity in current},
            "closed through": db.scalar(select(association.c.closed_through)),
        }


def test_a_crash_at_any_step_is_mended_at_the_next_start(installation: Installation) -> None:
    house = installation
    with house.writing() as db:
        settle(db, "norr", "soder", "vaster")
    _world(house)
    before = Snapshot.of(house)
    with counted(house) as (watched, steps):
        night(watched, "2027-07-01")
    after = _tally(house)
    assert [str(each).split(",")[0] for each in after["releases"]] == ["('norr'", "(None"]
    assert after["keys are the boxes'"]
    stride = 1 if SOAK else 6
    for stop in range(steps.taken % stride, steps.taken, stride):
        before.restore(house)
        with pytest.raises(PowerCutError), counted(house, stop) as (doomed, _):
            night(doomed, "2027-07-01")
        repair(house)
        tally = _tally(house)
        assert tally["keys are the boxes'"], stop
        assert tally["responses"] in (0, after["responses"]), stop
        night(house, "2027-07-01")
        assert _tally(house) == after, stop
