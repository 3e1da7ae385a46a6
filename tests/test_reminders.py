"""At night whoever must act is reminded: of consents that run out, of follow-ups, of an oral yes; never of whom."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from staff.member import Grant
from survey.cases import consent
from survey.installation import Installation
from survey.outbox import send_due
from survey.reminders import Reminded, remind
from survey.tables import case_event, outbox, task
from survey.workdays import follow_up_day
from tests.case_scene import hire, plan, refer, with_a_case
from tests.mail_server import free_port, serving
from tests.staff_scene import HOME, World, staffed
from tests.test_outbox import with_mail

TODAY = date(2026, 8, 15)


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return staffed(sqlite_installation)


def night(world: World, day: date) -> tuple[Reminded, list[str]]:
    """A night's run; what it came to, and the notices that Kim is sent in the morning."""
    now = world.installation.now() + (day - TODAY)
    done = remind(world.installation, now)
    with world.installation.writing() as db:
        query = select(outbox.c.notice).where(outbox.c.account == world.accounts["kim"], outbox.c.sent.is_(None))
        told = sorted(db.scalars(query))
        db.execute(update(outbox).values(sent=now))
    return done, told


def on_the_screen(until: date) -> dict[str, str]:
    """Answers of somebody who says yes on a screen, until a day."""
    return {"sc_hur": "2", "sc_namn": "Alex Påhittad", "sc_till": until.isoformat()}


def test_a_consent_that_runs_out_is_reminded_of_thirty_days_before_and_each_week(world: World) -> None:
    until = TODAY + timedelta(100)
    refer(world.installation, "norr", on_the_screen(until))
    told = [days for days in range(40, -1, -1) if "expiring" in night(world, until - timedelta(days))[1]]
    assert told == [30, 23, 16, 9, 2]


def test_a_consent_that_has_run_out_is_written_down_once(world: World) -> None:
    until = TODAY + timedelta(40)
    receipt = refer(world.installation, "norr", on_the_screen(until))
    assert night(world, until)[0].expired == 0
    first, again = (night(world, until + timedelta(n))[0].expired for n in (1, 2))
    assert (first > 0, again) == (True, 0)
    with world.installation.reading() as db:
        kinds = db.scalars(select(case_event.c.kind).where(case_event.c.case == receipt.case_id)).all()
        assert kinds.count("consent_expired") == first
        assert not any(one.active for one in consent.standings(db, receipt.case_id, _at(world, until, 1)).values())


def test_the_day_of_a_follow_up_is_reminded_of(world: World) -> None:
    case_id = with_a_case(world, **on_the_screen(TODAY + timedelta(300)))
    plan(world, case_id)
    due = follow_up_day(TODAY)
    with world.installation.reading() as db:
        days = db.scalars(select(task.c.due).where(task.c.case == case_id, task.c.kind == "follow_up")).all()
    assert days == [due] == [date(2026, 10, 15)]
    assert "follow_up" not in night(world, due - timedelta(1))[1]
    assert "follow_up" in night(world, due)[1]
    assert "follow_up" not in night(world, due + timedelta(1))[1]


def test_an_oral_yes_is_reminded_of_on_its_last_day(world: World) -> None:
    refer(world.installation, "norr", {"sc_hur": "4", "sc_skriftligt_senast": (TODAY + timedelta(14)).isoformat()})
    assert "confirm_oral" not in night(world, TODAY + timedelta(13))[1]
    assert "confirm_oral" in night(world, TODAY + timedelta(14))[1]


def test_the_same_night_twice_says_nothing_twice(world: World) -> None:
    until = TODAY + timedelta(60)
    refer(world.installation, "norr", on_the_screen(until))
    for _ in range(2):
        remind(world.installation, _at(world, until, -30))
    with world.installation.reading() as db:
        assert db.scalar(select(func.count()).where(outbox.c.notice == "expiring")) == 1


def test_a_reminder_by_mail_names_nobody(world: World) -> None:
    hire(world, pat=Grant("party", HOME, "norr", "af"))
    until, port = TODAY + timedelta(60), free_port()
    refer(world.installation, "norr", {**on_the_screen(until), "an_namn": "Alex Påhittad", "an_tilltal": "Alexa"})
    remind(world.installation, _at(world, until, -30))
    with serving(port) as server:
        done = send_due(with_mail(world.installation, f"smtp://127.0.0.1:{port}"), _at(world, until, 0))
    assert (done.sent, done.waiting) == (len(server.taken), 0)
    assert done.sent >= 2, "that there is a new case, and that a consent ends"
    for _address, text in server.taken:
        assert not any(one in text.decode() for one in ("Alex", "Påhittad", "A-00", "norr", "Norr", "Team"))


def test_without_cases_nobody_is_reminded(world: World) -> None:
    assert night(world, TODAY + timedelta(400)) == (Reminded(0, 0, 0), [])


def _at(world: World, day: date, more: int) -> datetime:
    return world.installation.now() + (day - TODAY) + timedelta(days=more)
