"""P5 of PRIVACY.md: no time is stored about an anonymous answer.

With the same randomness, two people's answers a month and a half apart leave the very same database.
"""

import dataclasses
import random
import re
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Connection, Date, DateTime, DefaultClause, insert, select, text

from survey import box as box_room
from survey.installation import Installation
from survey.model import Round
from survey.release import release_due
from survey.tables import Moment, metadata
from tests.scene import Snapshot, answer, at, open_for, reply, settle
from tests.ways import WAYS, Send, sending

ROUNDS = ("round", "box", "ticket", "sealed", "sent", "release", "response", "quote")
POLLS = ("poll", "poll_question", "ballot_box", "ballot", "poll_phone", "poll_count", "poll_text")
ANONYMOUS = (*ROUNDS, *POLLS)
DATES = {
    "sent.released_on",
    "release.released_on",
    "shown.released_on",
    "shown_quotes.published_on",
    "feedback.published_on",
    "poll.held_on",
    "poll.last_day",
    "authored_form.archived_on",
    "form_language.approved_on",
    "consent_approval.approved_on",
    "night.began_on",
}
"""The only columns of a date where nobody is named: the day of a release or later, of a whole poll, of a form, or of
the last night's work."""
RECORDED = {"deviation.told_on", "deviation_step.on", "deviation_step.due"}
"""What staff tell of rules and organisations by name of their team: it is counted by the half-year of its day, and an
answer is waited for until a day. No participant writes any of it, and it is no more than a day."""
NAMED = {
    *("case", "case_event", "case_manager", "case_shown", "consent_event", "document", "draft", "hold", "task"),
    *("audit", "outbox", "purge_protocol", "retention"),
}
"""Tables about named people and what staff did, where the day and the time must be told. None knows of an answer."""


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes everything random come out the same again from here on."""
    source = random.Random()
    monkeypatch.setattr(random, "_urandom", source.randbytes)
    return lambda: source.seed(7)


def on_the_clock(house: Installation) -> Installation:
    """The installation by the real clock, which the test sets."""
    return dataclasses.replace(house, settings=dataclasses.replace(house.settings, today=None))


def a_quarter(
    house: Installation, send: Send, moments: Iterator[datetime], pause: Callable[[datetime], None]
) -> dict[str, object]:
    """Six people answer at the given moments, and all is released on the first of October: every row there is."""
    opened = open_for(house, "norr", people=8)
    for number, (code, moment) in enumerate(zip(opened.codes[:6], moments, strict=False)):
        pause(moment)
        send(house, opened.round, code, answer("hej", q_antal=number))
    before = rows(house)
    pause(datetime(2026, 10, 1, 3, tzinfo=UTC))
    release_due(house, lambda *_: None)
    return {"before": before, "after": rows(house)}


def rows(house: Installation) -> dict[str, object]:
    """Every row there is, but that somebody of the staff is signed in or signs out, whoever answers."""
    return {name: found for name, found in Snapshot.of(house).rows.items() if name not in ("staff_session", "audit")}


def dumps(installation: Installation, seeded: Callable[[], None], way: str = "") -> list[dict[str, object]]:
    """The dumps of two quarters that differ only by the clock, answered this way."""
    house = on_the_clock(installation)
    found = []
    with time_machine.travel(datetime(2026, 7, 2, 8, tzinfo=UTC), tick=False) as traveller:
        with house.writing() as db:
            settle(db, "norr")
        send = sending(way, house)
        blank = Snapshot.of(house)
        for start, step in (
            (datetime(2026, 7, 3, 8, 15, tzinfo=UTC), timedelta(hours=1)),
            (datetime(2026, 8, 20, 20, tzinfo=UTC), timedelta(days=6)),
        ):
            blank.restore(house)
            seeded()
            traveller.move_to(start)
            moments = (start + step * number for number in range(6))
            found.append(a_quarter(house, send, moments, traveller.move_to))
    return found


def test_the_same_answers_at_other_times_leave_the_same_database(
    installation: Installation, seeded: Callable[[], None]
) -> None:
    one, two = dumps(installation, seeded)
    assert one == two


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_was_answered_the_time_leaves_nothing(
    sqlite_installation: Installation, seeded: Callable[[], None], way: str
) -> None:
    one, two = dumps(sqlite_installation, seeded, way)
    assert one == two


def timed(house: Installation, submission: bytes, round: Round) -> bytes:
    """A number that begins with when it was made."""
    return struct.pack(">d", time.time()) + submission[:8]


def test_control_a_time_in_a_blobs_id_is_seen(
    installation: Installation, seeded: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_room, "submission_id", timed)
    one, two = dumps(installation, seeded)
    assert one != two


@pytest.mark.parametrize("way", WAYS)
def test_control_whichever_way_was_answered_a_time_in_a_blobs_id_is_seen(
    sqlite_installation: Installation, seeded: Callable[[], None], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(box_room, "submission_id", timed)
    one, two = dumps(sqlite_installation, seeded, way)
    assert one != two


def test_only_the_listed_columns_hold_a_date_and_none_a_time() -> None:
    columns = [column for table in metadata.sorted_tables if table.name not in NAMED for column in table.columns]
    assert {str(c) for c in columns if isinstance(c.type, Date)} == DATES | RECORDED
    assert not [c for c in columns if isinstance(c.type, DateTime | Moment)]
    written = [str(c.server_default.arg) for c in columns if isinstance(c.server_default, DefaultClause)]
    assert not [default for default in written if "(" in default or "current_" in default.lower()]


def test_no_table_with_times_points_at_answers_or_is_pointed_at_by_them() -> None:
    told = NAMED | {column.split(".")[0] for column in RECORDED}
    assert not told & set(ANONYMOUS)
    pointing = {
        (table.name, key.column.table.name)
        for table in metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
    }
    assert not {pair for pair in pointing if len(set(pair) & told) == len(set(pair) & set(ANONYMOUS)) == 1}


# --- values that would be times -------------------------------------------------------------------------------------


NEARBY = 120.0
"""Seconds: wider, and one random value in a hundred thousand would look like now."""
EPOCHS = (
    ("s", ">I", 1),
    ("s", "<I", 1),
    ("ms", ">Q", 1e3),
    ("ms", "<Q", 1e3),
    ("us", ">Q", 1e6),
    ("ns", ">Q", 1e9),
    ("double", ">d", 1),
    ("double", "<d", 1),
)


def times_in(value: object) -> list[str]:
    """What in a value could be a moment of today: a date, an epoch in any unit, an identifier made from a clock."""
    now = time.time()
    found = []
    if isinstance(value, bytes):
        for name, form, unit in EPOCHS:
            whole = value[: struct.calcsize(form)]
            if len(whole) == struct.calcsize(form) and abs(struct.unpack(form, whole)[0] / unit - now) < NEARBY:
                found.append(f"epoch in {name}")
        if len(value) >= 6 and abs(int.from_bytes(value[:6]) / 1e3 - now) < NEARBY:
            found.append("UUIDv7 or ULID")
        return found
    written = str(value)
    found += ["date" for _ in re.findall(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}", written)]
    found += ["epoch" for digits in re.findall(r"\d{10,19}", written) for unit in (1, 1e3, 1e6, 1e9)
              if abs(int(digits) / unit - now) < NEARBY]  # fmt: skip
    found += ["UUIDv1 or v6" for _ in re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[16][0-9a-f]{3}-", written)]
    return found


def suspicious(house: Installation) -> list[tuple[str, str]]:
    """Every value in the tables of anonymous answers that could be a moment of today."""
    found = []
    with house.reading() as db:
        for table in (each for each in metadata.sorted_tables if each.name in ANONYMOUS):
            for row in db.execute(select(table)).mappings():
                found += [(str(c), what) for c, value in row.items() if f"{table.name}.{c}" not in DATES
                          for what in times_in(value)]  # fmt: skip
    return found


def an_evening(house: Installation) -> None:
    with house.writing() as db:
        settle(db, "norr", "soder")
    for opened, people in ((open_for(house, "norr"), 6), (open_for(house, "soder"), 4)):
        for code in opened.codes[:people]:
            reply(house, opened.round, code)
    release_due(at(house, "2026-10-01"), lambda *_: None)


def test_no_stored_value_is_a_moment(installation: Installation) -> None:
    an_evening(installation)
    assert suspicious(installation) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: struct.pack(">I", int(time.time())) + b"x" * 12,
        lambda: int(time.time() * 1e3).to_bytes(6) + b"x" * 10,
        lambda: str(time.time_ns()).encode(),
        lambda: struct.pack("<d", time.time()),
    ],
)
def test_control_a_moment_in_a_value_is_found(sqlite_installation: Installation, make: Callable[[], bytes]) -> None:
    an_evening(sqlite_installation)

    def plant(db: Connection) -> None:
        made = make()
        value: object = made if not made.isdigit() else made.decode()
        if isinstance(value, bytes):
            box = db.scalar(select(metadata.tables["box"].c.id).limit(1))
            db.execute(insert(metadata.tables["sealed"]).values(id=value, box=box, blob=b""))
        else:
            db.execute(text("UPDATE response SET answers = :value"), {"value": f'{{"q_bra":"{value}"}}'})

    with sqlite_installation.writing() as db:
        plant(db)
    assert suspicious(sqlite_installation)
