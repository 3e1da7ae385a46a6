"""Notices reach a real mail server; one that is away or refuses delays them and loses none; none holds any content."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from staff import accounts
from staff.member import Grant
from survey import outbox
from survey.installation import Installation
from survey.outbox import NOTICES, put, send_due
from survey.tables import outbox as waiting
from tests.mail_server import free_port, serving
from tests.scene import settle

NOON = datetime(2026, 8, 15, 12, tzinfo=UTC)
WHO = {"kim@exempel.se": "Kim Samordnare", "pat@exempel.se": "Pat Part"}


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def house(installation: Installation, port: int) -> Installation:
    """An association with a team, two people and a mail server that may or may not be there."""
    with installation.writing() as db:
        settle(db, "norr")
        for email, name in WHO.items():
            accounts.add(db, email, name, Grant("coordinator", "exempel", "norr"))
    return with_mail(installation, f"smtp://127.0.0.1:{port}")


def with_mail(installation: Installation, url: str) -> Installation:
    settings = dataclasses.replace(installation.settings, mail_url=url, mail_from="samsvar@exempel.se")
    return dataclasses.replace(installation, settings=settings)


def tell(house: Installation, email: str, *kinds: str, at: datetime = NOON) -> None:
    with house.writing() as db:
        (account_id,) = (one.id for one in accounts.accounts(db) if one.email == email)
        for kind in kinds:
            put(db, account_id, kind, "norr", at)


def tries(house: Installation) -> list[int]:
    with house.reading() as db:
        return list(db.scalars(select(waiting.c.tries)))


def test_a_notice_says_that_something_waits_and_nothing_else(house: Installation, port: int) -> None:
    tell(house, "kim@exempel.se", *NOTICES)
    with serving(port) as server:
        assert send_due(house, NOON) == outbox.Sent(len(NOTICES), 0)
    bodies = set()
    for address, text in server.taken:
        mail = message_from_bytes(text, policy=policy.default)
        bodies.add(mail.get_content().replace("\r\n", "\n"))
        assert (address, mail["To"], mail["Subject"]) == ("kim@exempel.se", "kim@exempel.se", outbox.SUBJECT)
        assert not any(word in f"{mail}" for word in ("Kim", "Samordnare", "norr", "Norr", "A-0"))
    assert bodies == {f"{said} Logga in.\n\n{house.settings.base_url}/personal/logga-in\n" for said in NOTICES.values()}


def test_each_person_gets_their_own(house: Installation, port: int) -> None:
    for email in WHO:
        tell(house, email, "new_case")
    with serving(port) as server:
        send_due(house, NOON)
        assert send_due(house, NOON + timedelta(hours=1)) == outbox.Sent(0, 0), "nobody is told twice"
    assert sorted(address for address, _ in server.taken) == sorted(WHO)


def test_a_server_that_is_away_delays_every_notice_and_loses_none(house: Installation, port: int) -> None:
    for email in WHO:
        tell(house, email, "new_case", "follow_up")
    now = NOON
    for _ in range(30):
        assert send_due(house, now) == outbox.Sent(0, 4)
        now += outbox.LONGEST_PAUSE
    assert set(tries(house)) == {30}
    with serving(port) as server:
        assert send_due(house, now) == outbox.Sent(4, 0)
    assert len(server.taken) == 4


def test_the_pauses_grow_up_to_six_hours(house: Installation) -> None:
    tell(house, "kim@exempel.se", "new_case")
    assert send_due(house, NOON).waiting == 1
    send_due(house, NOON + timedelta(seconds=59))
    assert tries(house) == [1], "too early to try again"
    send_due(house, NOON + timedelta(seconds=60))
    assert tries(house) == [2]
    assert [outbox.pause(n).total_seconds() / 60 for n in (1, 2, 3, 9, 10, 1000)] == [1, 2, 4, 256, 360, 360]


def test_one_address_that_is_refused_keeps_nobody_else_waiting(house: Installation, port: int) -> None:
    for email in WHO:
        tell(house, email, "new_case")
    with serving(port) as server:
        server.refused.add("kim@exempel.se")
        assert send_due(house, NOON) == outbox.Sent(1, 1)
        server.refused.clear()
        assert send_due(house, NOON + timedelta(hours=6)) == outbox.Sent(1, 0)
    assert [address for address, _ in server.taken] == ["pat@exempel.se", "kim@exempel.se"]


def test_what_waits_already_is_not_said_twice(house: Installation, port: int) -> None:
    for _ in range(5):
        tell(house, "kim@exempel.se", "new_case")
    with serving(port) as server:
        send_due(house, NOON)
    assert len(server.taken) == 1


def test_two_who_send_at_once_send_each_notice_once(house: Installation, port: int) -> None:
    for email in WHO:
        tell(house, email, *NOTICES)
    with serving(port) as server:
        threads = [threading.Thread(target=send_due, args=(house, NOON)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.taken) == len(set(server.taken)) == 2 * len(NOTICES)


def test_a_sender_that_dies_leaves_its_notices_to_the_next(
    house: Installation, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(house, "kim@exempel.se", "new_case")

    class PowerCutError(BaseException):
        pass

    def dying(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_server", dying)
        with pytest.raises(PowerCutError):
            send_due(house, NOON)
    with serving(port) as server:
        assert send_due(house, NOON + timedelta(minutes=1)).sent == 0, "perhaps it is still at it"
        assert send_due(house, NOON + outbox.LEASE).sent == 1
    assert len(server.taken) == 1


def test_without_a_mail_server_notices_wait(house: Installation) -> None:
    tell(house, "kim@exempel.se", "new_case")
    assert send_due(with_mail(house, ""), NOON) == outbox.Sent(0, 1)
    assert tries(house) == [0]


def test_that_a_notice_was_sent_is_forgotten_after_a_month(house: Installation, port: int) -> None:
    tell(house, "kim@exempel.se", "new_case")
    with serving(port):
        send_due(house, NOON)
    send_due(house, NOON + timedelta(days=29))
    assert len(tries(house)) == 1
    send_due(house, NOON + timedelta(days=31))
    assert tries(house) == []


def test_an_unknown_notice_is_a_mistake_of_ours(house: Installation) -> None:
    with pytest.raises(KeyError):
        tell(house, "kim@exempel.se", "anna_andersson_har_svarat")
