"""Killed while a referral is sent: none half stored, none lost after it was said to be sent, none doubled by a resend.

First the power is cut at steps of sending, then a server is killed with -9 while referrals come in, and started again.
The controls are intakes that forget something, and one that does not know a page again.
"""

import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey import audit as chain
from survey.cases import access, cases, consent, documents, drafts, intake
from survey.errors import NotFound
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.repair import repair
from survey.tables import case, case_event, consent_event, document, draft, outbox
from tests.case_office import ANSWERS, NOON, TEAM, Office, office
from tests.crashing import PowerCutError, counted
from tests.scene import SOAK

KILLS = 20 if SOAK else 1
CUTS = 6
"""At how many steps the power is cut besides the first and the last, where not at all of them (SOAK)."""
SENT_BETWEEN = 3
"""How many are said to be sent before the next kill, at the least."""


def half_stored(house: Installation) -> list[str]:
    """Cases of which something is missing, keys of no case, and drafts left of what was sent."""
    wrong = []
    with house.reading() as db:
        ids = set(db.scalars(select(case.c.id)))
        for case_id in ids:
            try:
                answers = documents.opened(db, house, case_id, "referral", 1).answers
                consents = len(consent.receipt(db, house, case_id))
                known = {event.kind for event in cases.events(db, case_id)}
            except (BrokenKey, LookupError, NotFound):
                wrong.append(case_id)
                continue
            if answers.get("an_namn") != ANSWERS["an_namn"] or consents != 5 or "received" not in known:
                wrong.append(case_id)
        for table in (document, consent_event, case_event):
            wrong += [f"{table.name} of {one}" for one in set(db.scalars(select(table.c.case))) - ids]
        if not chain.verify(db, house.secrets, house.anchor):
            wrong.append("the audit chain")
    return [*wrong, *(path.name for path in house.case_keys.strays(ids))]


def count(house: Installation) -> int:
    with house.reading() as db:
        return db.scalar(select(func.count()).select_from(case)) or 0


# --- the power is cut at every step ---------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Office:
    house: Installation = request.getfixturevalue(f"{request.param}_installation")
    made = office(house)
    made.send()  # so that a key is of a case here, and a stray one is known to be stray
    return made


def steps_of(place: Office) -> int:
    with counted(place.house) as (house, steps):
        Office(house, place.people).send()
    return steps.taken


def test_wherever_the_power_is_cut_all_of_it_is_stored_or_nothing(place: Office) -> None:
    house = place.house
    last = steps_of(place)
    at = range(0, last + 1) if SOAK else sorted({0, 1, last, *random.sample(range(2, last), CUTS)})
    for step in at:
        before = count(house)
        with house.writing() as db:
            begun = drafts.begin(db, house, TEAM, {"answers": {"an_namn": "Alva"}}, NOON)
        referral = place.referral()
        sent = type(referral)(**vars(referral) | {"draft": begun.held})
        with counted(house, step) as (unlucky, steps):
            try:
                Office(unlucky, place.people).receive(sent)
            except PowerCutError:
                assert steps.taken == step
        assert repair(house)
        assert half_stored(house) == [], step
        with house.reading() as db:
            known = intake.found(db, house, sent.submission)
            kept = db.scalar(select(func.count()).select_from(draft).where(draft.c.hash == begun.held.id))
        assert (known is None) == (count(house) == before) == (kept == 1), step
        receipt = place.receive(sent)
        assert (receipt.again, receipt.code) == (known is not None, known.code if known else receipt.code)
        assert count(house) == before + 1, step
    assert half_stored(house) == []


@pytest.mark.parametrize("fault", ["no consents", "no document", "no event", "a key too many", "a key too few"])
def test_control_what_is_half_stored_is_found(
    sqlite_installation: Installation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_installation
    place = office(house)
    forgets = {"no consents": (consent, "record"), "no document": (documents, "store"), "no event": (cases, "happened")}
    if fault in forgets:
        monkeypatch.setattr(*forgets[fault], lambda *_given, **_named: None)
    case_id = place.send().case_id
    if fault == "a key too many":
        house.case_keys.new(secrets.token_hex(8))
    if fault == "a key too few":
        house.case_keys.destroy(case_id)
    assert half_stored(house)


def test_control_an_intake_that_knows_a_page_by_something_else_doubles_it(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = office(sqlite_installation)
    referral = place.referral()
    for number in (b"the first time..", b"the second time."):
        monkeypatch.setattr(intake, "_submission", lambda _house, _number, known_by=number: known_by)
        place.receive(referral)
    assert count(sqlite_installation) == 2


def test_notices_are_kept_with_the_case_or_not_at_all(place: Office) -> None:
    with place.house.reading() as db:
        before = len(db.execute(select(outbox)).all())
    with counted(place.house, steps_of(place) - 3) as (unlucky, _steps), pytest.raises(PowerCutError):
        Office(unlucky, place.people).send()
    with place.house.reading() as db:
        assert len(db.execute(select(outbox)).all()) == before


# --- a server is killed ---------------------------------------------------------------------------------------------


@dataclass
class Front:
    """The pages people have in front of them: what they have sent, and what they were told."""

    numbers: list[str] = field(default_factory=lambda: [secrets.token_hex(16) for _page in range(400)])
    told: dict[str, str] = field(default_factory=dict)
    resent: int = 0

    @property
    def next(self) -> str:
        """The first page that has not been told to be sent: pressed again after a kill."""
        return self.numbers[len(self.told)]


@contextmanager
def server(environ: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.referring_process"],
        cwd=Path(__file__).parent.parent,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def killed_while_sending(front: Front, environ: Mapping[str, str]) -> None:
    """Referrals go in one after the other until the server is killed in the middle of one."""
    with server(environ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for sent in range(1000):
            running.stdin.write(f"{front.next}\n")
            running.stdin.flush()
            if sent >= SENT_BETWEEN and random.random() < 0.3:
                time.sleep(random.random() * 0.12)
                front.resent += 1
                return
            number, *receipt = running.stdout.readline().split()
            assert number == front.next
            front.told[number] = " ".join(receipt)


def test_killed_again_and_again_every_referral_said_to_be_sent_is_there_once(installation: Installation) -> None:
    house = installation
    place = office(house)
    place.send()
    names = ("instance", "database_url", "key_dir", "kek_file")
    told = {f"SAMSVAR_{name.upper()}": str(getattr(house.settings, name)) for name in names}
    environ = {**os.environ, **told, "SAMSVAR_TODAY": "2026-08-15"}
    front = Front()
    for _kill in range(KILLS):
        killed_while_sending(front, environ)
    with server(environ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in [*front.numbers[: len(front.told)], front.next]:  # everybody presses once more
            running.stdin.write(f"{number}\n")
            running.stdin.flush()
            again, *receipt = running.stdout.readline().split()
            assert again == number
            assert front.told.setdefault(number, " ".join(receipt)) == " ".join(receipt)
    assert front.resent == KILLS
    assert half_stored(house) == []
    assert count(house) == len(front.told) + 1
    for told_of in front.told.values():
        reference, _code, case_id = told_of.split()
        assert access.read(house, place.reader("kim"), case_id, NOON).case.reference == reference
