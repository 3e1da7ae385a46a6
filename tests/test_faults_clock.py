"""A clock that jumps ten years ahead or back: nothing is opened or deleted that nobody has confirmed, and what the
wrong clock dated is as it should be once it is right.

The control of each test is a house that believes any clock, or that clears away by day what the night would.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from app import create_app
from exports import groups
from staff import accounts, sessions, tokens
from staff.member import Grant
from survey import audit, backup, clock, health, outbox, retention, rounds, transcript
from survey.cases import drafts
from survey.db import database_file
from survey.errors import Closed, NotAllowed, NotFound
from survey.installation import Installation
from survey.periods import Period
from survey.release import Outcome, release_due
from survey.tables import account, api_token, invitation, release
from survey.tables import audit as audit_
from survey.tables import case as case_
from survey.tables import outbox as outbox_
from tests.case_rows import Told, add, settled
from tests.scene import ASSOCIATION, at, open_for, reply_all, settle
from tests.staff_scene import live_in

TODAY, TEN_YEARS_ON, QUARTER_OVER = "2026-08-15", "2036-08-15", "2026-10-01"
DECADE = 3653 * tokens.DAY
NIGHTLY = ("release", "remind", "purge")


def typed(installation: Installation, day: str, *words: str) -> tuple[int, str]:
    """Exit status and words of a command that is run on that day."""
    app = create_app(installation.settings)
    live_in(app, at(installation, day))
    runner: FlaskCliRunner = app.test_cli_runner()
    done = runner.invoke(args=words)
    return done.exit_code, done.output


def nights(installation: Installation, day: str) -> None:
    """All of a night's work, which is done."""
    assert [typed(installation, day, one)[0] for one in NIGHTLY] == [0, 0, 0]


def count(installation: Installation, table: object) -> int:
    with installation.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def everything(house: Installation) -> tuple[str, list[str]]:
    """Every row, and which keys there are."""
    with house.reading() as db:
        return transcript.tally(db).digest, sorted(path.name for path in house.keys.path.rglob("*.key"))


# --- what a night does ------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(installation: Installation) -> Installation:
    """Seven answers wait, a closed case has a year left to be kept, and last night's work is done."""
    settled(installation, "norr")
    reply_all(installation, open_for(installation, "norr"), 7)
    add(installation, Told("2026-02-02", {"met": "2026-02-20", "closed": "2026-07-10"}))
    with installation.writing() as db:
        retention.decide(db, ASSOCIATION, "closed", 12, "Dnr 2026/12", date(2026, 8, 1))
    nights(installation, TODAY)
    return installation


def test_a_clock_that_jumps_ahead_opens_and_deletes_nothing_until_somebody_says_the_day(answered: Installation) -> None:
    before = everything(answered)
    for one in NIGHTLY:
        status, said = typed(answered, TEN_YEARS_ON, one)
        assert status != 0
        assert TEN_YEARS_ON in said
        assert TODAY in said
        assert "--it-is" in said
    assert everything(answered) == before
    nights(answered, "2026-08-16")  # the clock is right again: all goes on by itself
    assert (count(answered, release), count(answered, case_)) == (0, 1)


def test_a_machine_that_was_off_for_months_goes_on_when_somebody_says_the_day(answered: Installation) -> None:
    status, said = typed(answered, QUARTER_OVER, "release", "--it-is", "2026-09-30")
    assert (status != 0, QUARTER_OVER in said, count(answered, release)) == (True, True, 0)
    assert typed(answered, QUARTER_OVER, "release", "--it-is", QUARTER_OVER)[0] == 0
    assert count(answered, release) == 1
    nights(answered, QUARTER_OVER)
    with answered.reading() as db:
        newest = db.execute(select(audit_).where(audit_.c.action == "clock_confirmed")).one()
        assert newest.detail == f"{TODAY} {QUARTER_OVER}"
        assert audit.verify(db, answered.secrets, answered.anchor)


def test_control_a_night_that_believes_any_clock_opens_and_deletes_everything(
    answered: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "FAR", timedelta(days=9999))
    nights(answered, TEN_YEARS_ON)
    assert (count(answered, release), count(answered, case_)) == (1, 0)


@pytest.mark.parametrize(("days", "doubted"), [(0, False), (4, False), (5, True), (-1, True)])
def test_a_long_weekend_asks_nobody_anything(sqlite_installation: Installation, days: int, doubted: bool) -> None:
    clock.begin_night(sqlite_installation)
    then = at(sqlite_installation, str(date.fromisoformat(TODAY) + timedelta(days=days)))
    with then.reading() as db:
        assert bool(clock.doubt(db, then.today())) == doubted


def test_a_clock_behind_what_is_written_is_doubted_until_something_is_written_by_a_right_one(
    sqlite_installation: Installation,
) -> None:
    """Somebody wrote while it ran ahead; those rows stay for ever, and the next by a right clock ends the doubt."""
    house = sqlite_installation
    ahead = at(house, TEN_YEARS_ON)
    with ahead.writing() as db:
        audit.record(db, house.secrets, audit.Entry("kim", "read"), ahead.now())
    with pytest.raises(NotAllowed, match=TEN_YEARS_ON):
        clock.begin_night(house)
    assert [one.kind for one in health.troubles(house, house.now()) if one.since == date(2036, 8, 15)] == ["clock"]
    clock.begin_night(house, date.fromisoformat(TODAY))
    clock.begin_night(at(house, "2026-08-16"))
    with house.reading() as db:
        assert clock.last_night(db) == date(2026, 8, 16)


def test_the_administrator_is_told_after_two_days_without_a_night(sqlite_installation: Installation) -> None:
    def told(day: str) -> list[date | None]:
        then = at(sqlite_installation, day)
        return [one.since for one in health.troubles(then, then.now()) if one.kind == "night"]

    assert told(TODAY) == [None]
    clock.begin_night(sqlite_installation)
    assert told("2026-08-17") == []
    assert told("2026-08-18") == [date(2026, 8, 15)]


@pytest.fixture
def house(sqlite_installation: Installation) -> Installation:
    """A team, and Kim, who evaluates its association."""
    with sqlite_installation.writing() as db:
        settle(db, "norr")
        accounts.add(db, "kim@exempel.se", "Kim", Grant("evaluator", ASSOCIATION))
    return sqlite_installation


# --- boxes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("believes", [False, True])
def test_a_box_begun_while_the_clock_ran_ahead_is_opened_when_its_quarter_is_over(
    house: Installation, monkeypatch: pytest.MonkeyPatch, believes: bool
) -> None:
    clock.begin_night(house)
    if believes:  # control
        monkeypatch.setattr("survey.box.believed", lambda _db, today: today)
    reply_all(house, open_for(at(house, TEN_YEARS_ON), "norr"), 7)
    released = release_due(at(house, QUARTER_OVER), groups.close).released
    assert [n for _round, n in released] == ([] if believes else [7])


@pytest.mark.parametrize("believes", [False, True])
def test_few_answers_to_a_round_begun_by_a_clock_set_back_are_not_given_up(
    house: Installation, monkeypatch: pytest.MonkeyPatch, believes: bool
) -> None:
    release_due(house, groups.close)
    if believes:  # control
        monkeypatch.setattr("survey.box._period", lambda _db, round, today: Period.of(today, round.period))
    opened = open_for(at(house, "2020-02-01"), "norr")
    reply_all(house, opened, 3)
    with house.writing() as db:
        rounds.close(db, opened.round)
    done = release_due(at(house, QUARTER_OVER), groups.close)
    lost, waits = Outcome(destroyed=[opened.round.id]), Outcome(waiting=[opened.round.id])
    assert done == (lost if believes else waits)


# --- what people have -------------------------------------------------------------------------------------------------


def begin_draft(house: Installation) -> str:
    with house.writing() as db:
        return drafts.begin(db, house, "norr", {"answers": {"an_namn": "Alva"}}, house.now()).code


def resumed(house: Installation, code: str) -> bool:
    try:
        drafts.resume(house, code, house.now())
    except Closed:
        return False
    return True


def kim(house: Installation) -> str:
    with house.reading() as db:
        return str(db.scalars(select(account.c.id)).one())


@pytest.mark.parametrize("clears_by_day", [False, True])
def test_a_draft_outlives_a_clock_that_ran_ahead_and_one_from_then_ends_in_time(
    house: Installation, monkeypatch: pytest.MonkeyPatch, clears_by_day: bool
) -> None:
    mine, ahead = begin_draft(house), at(house, TEN_YEARS_ON)
    with ahead.writing() as db:
        theirs = drafts.begin(db, house, "norr", {"answers": {"an_namn": "Bo"}}, ahead.now()).code
        if clears_by_day:  # control
            drafts.forget(db, ahead.now())
    assert not resumed(ahead, mine)
    assert resumed(house, mine) == (not clears_by_day)
    assert resumed(house, theirs)
    nights(house, TODAY)
    later = at(house, "2026-08-30")
    assert (resumed(later, mine), resumed(later, theirs)) == (False, False)


def test_guesses_at_a_drafts_code_while_the_clock_ran_ahead_slow_nobody_for_ten_years(house: Installation) -> None:
    code, ahead = begin_draft(house), at(house, TEN_YEARS_ON)
    for _guess in range(drafts.FREE_TRIES):
        assert not resumed(ahead, code[:4] + "AAAA")
    assert resumed(house, code)


def test_keys_and_invitations_outlive_a_clock_that_ran_ahead_and_those_from_then_end_in_time(
    house: Installation,
) -> None:
    now, who, keys = sessions.now(), kim(house), house.secrets
    with house.writing() as db:
        key = tokens.make(db, keys, who, "Rapporten", ["figures"], 30, now)
        code = accounts.invite(db, keys, who, now)
    with house.writing() as db:  # ten years on somebody signs in, another is invited, another key is made
        other = accounts.add(db, "eva@exempel.se", "Eva", Grant("evaluator", ASSOCIATION))
        sessions.begin(db, other, now + DECADE)
        accounts.invite(db, keys, other, now + DECADE)
        tokens.make(db, keys, other, "Ny", ["figures"], 30, now + DECADE)
        assert tokens.bearer(db, keys, key, now + DECADE) is None
    with house.writing() as db:
        assert tokens.bearer(db, keys, key, now)
        assert accounts.invited(db, keys, code, now) == who
        with pytest.raises(NotFound):
            accounts.invited(db, keys, code, now + accounts.INVITED_FOR)
    assert (count(house, api_token), count(house, invitation)) == (2, 2)
    nights(house, TODAY)
    with house.reading() as db:
        assert max(db.scalars(select(api_token.c.expires))) <= sessions.now() + tokens.MOST_DAYS * tokens.DAY
        assert max(db.scalars(select(invitation.c.expires))) <= sessions.now() + accounts.INVITED_FOR


def test_a_session_from_a_clock_that_ran_ahead_is_over_and_a_wrong_passphrase_from_then_keeps_nobody_out(
    house: Installation,
) -> None:
    now = sessions.now()
    with house.writing() as db:
        accounts.choose(db, kim(house), "en mening som ingen gissar")
        reference = sessions.begin(db, kim(house), now + DECADE)
        assert sessions.member(db, reference, now + DECADE)
        assert sessions.member(db, reference, now) is None
    for _guess in range(sessions.ATTEMPTS + 1):
        assert not sessions.sign_in(house, "kim@exempel.se", "fel", now + DECADE, loopback=True)
    assert sessions.sign_in(house, "kim@exempel.se", "en mening som ingen gissar", now, loopback=True)


def test_a_notice_put_there_while_the_clock_ran_ahead_is_sent(house: Installation) -> None:
    ahead = at(house, TEN_YEARS_ON)
    with house.writing() as db:
        outbox.put(db, kim(house), "task", "norr", ahead.now())
    assert [one.kind for one in outbox._claim(house, house.now())] == ["task"]
    assert outbox._claim(house, house.now()) == [], "it is on its way"
    assert count(house, outbox_) == 1


# --- copies -----------------------------------------------------------------------------------------------------------


def test_a_copy_named_by_a_day_to_come_is_not_the_newest_and_does_not_hide_that_there_is_no_newer(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    house = sqlite_installation
    names = ["2026-08-13T031500Z", "2026-08-14T031500Z", "2036-08-15T031500Z"]
    for name in names:
        (tmp_path / f"{name}{backup.ENDING}").touch()
    assert backup.newest(tmp_path, house.now()).name.startswith("2026-08-14")
    (tmp_path / f"{names[0]}{backup.ENDING}").unlink()
    (tmp_path / f"{names[1]}{backup.ENDING}").unlink()
    assert backup.newest(tmp_path, house.now()).name.startswith("2036")
    health.note_backup(house, at(house, TEN_YEARS_ON).now())
    assert "backup" in [one.kind for one in health.troubles(house, house.now())]


def test_an_old_copy_is_restored_only_when_somebody_says_the_day(
    house: Installation, tmp_path: Path, migrated_file: Path
) -> None:
    key = tmp_path / "key"
    made = backup.back_up(house, tmp_path / "copies", [backup.new_key(key)], house.now()).file
    house.close()
    shutil.copy(migrated_file, database_file(house.engine) or "")
    words = ("restore", str(made), "--key", str(key))
    status, said = typed(house, TEN_YEARS_ON, *words)
    assert (status != 0, "--it-is" in said, count(house, account)) == (True, True, 0)
    assert typed(house, TEN_YEARS_ON, *words, "--it-is", TODAY)[0] != 0
    assert count(house, account) == 0
    assert typed(house, "2026-12-01", *words, "--it-is", "2026-12-01")[0] == 0
    assert count(house, account) == 1
    nights(house, "2026-12-02")
