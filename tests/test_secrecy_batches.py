"""P4 of PRIVACY.md: answers become readable only in batches of at least k, whatever happens and in whatever order.

Hypothesis plays a year of an association: people send, rounds open, close and are voided, nights pass with and without
a release, and power cuts stop releases at any statement. After each step the whole database is looked at.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from survey import release as release_room
from survey.errors import BadRequest, Closed
from survey.installation import Installation
from survey.release import release_due
from survey.repair import repair
from survey.rounds import Opened, add_tickets, close, void
from survey.tables import box, release, response, sealed
from tests.crashing import PowerCutError, counted
from tests.scene import SOAK, Snapshot, answer, at, open_for, settle
from tests.ways import WAYS, Desk, Send, by_rule

TEAMS = ("norr", "soder", "vaster")
EXAMPLES = 200 if SOAK else 12
STEPS = 40 if SOAK else 20
DAYS = st.sampled_from([1, 92, 92, 400])


class Year(RuleBasedStateMachine):
    """One association, played at random."""

    house: Installation
    blank: Snapshot
    sends: Sequence[Send]
    """How people answer: by the rule below all pages, and whichever ways through them."""

    @initialize()
    def begin(self) -> None:
        self.blank.restore(self.house)
        self.day = date(2026, 8, 15)
        self.rounds: list[tuple[Opened, list[str]]] = []
        self.sent = 0
        self.destroyed = 0
        self.seen: dict[bytes, bytes] = {}
        for team in TEAMS[:2]:
            self.open(team, link=False)

    @property
    def now(self) -> Installation:
        return at(self.house, self.day.isoformat())

    @rule(team=st.sampled_from(TEAMS), link=st.booleans())
    def open(self, team: str, link: bool) -> None:
        opened = open_for(self.now, team, people=10, link=link)
        self.rounds.append((opened, list(opened.codes)))

    @precondition(lambda self: self.rounds)
    @rule(which=st.integers(0, 99), people=st.integers(1, 6), way=st.integers(0, 99))
    def send(self, which: int, people: int, way: int) -> None:
        opened, codes = self.rounds[which % len(self.rounds)]
        for _ in range(people):
            code = codes.pop() if codes else None
            try:
                if code:
                    self.sends[way % len(self.sends)](self.now, opened.round, code, answer(q_antal=self.sent))
                else:
                    by_rule(self.now, opened.round, None, answer(q_antal=self.sent))
            except Closed:
                return
            self.sent += 1

    @precondition(lambda self: self.rounds)
    @rule(which=st.integers(0, 99))
    def close(self, which: int) -> None:
        with self.house.writing() as db:
            close(db, self.rounds[which % len(self.rounds)][0].round)

    @precondition(lambda self: self.rounds)
    @rule(which=st.integers(0, 99))
    def lose_the_pile(self, which: int) -> None:
        opened, codes = self.rounds[which % len(self.rounds)]
        try:
            with self.house.writing() as db:
                codes[:] = void(db, self.now, opened.round)
                codes.extend(add_tickets(db, self.now, opened.round, 6, participants=5))
        except (Closed, BadRequest):
            pass

    @rule(days=DAYS)
    def night(self, days: int) -> None:
        self.day += timedelta(days=days)
        before = self._waiting()
        outcome = release_due(self.now, lambda *_: None)
        self.destroyed += sum(before[identity] for identity in outcome.destroyed)

    @rule(days=DAYS, stop=st.integers(0, 80))
    def night_with_a_power_cut(self, days: int, stop: int) -> None:
        self.day += timedelta(days=days)
        before, read = self._waiting(), self._readable()
        try:
            with counted(self.now, stop) as (doomed, _):
                release_due(doomed, lambda *_: None)
        except PowerCutError:
            repair(self.now)
        gone = sum(before.values()) - sum(self._waiting().values())
        self.destroyed += gone - (self._readable() - read)

    @invariant()
    def only_batches_of_at_least_k_are_readable(self) -> None:
        with self.house.reading() as db:
            for identity, team, n in db.execute(select(release.c.id, release.c.team, release.c.n)):
                of = select(func.count()).select_from(response).where(response.c.release == identity)
                assert db.scalar(of) == n >= 5, (team, n)
            assert db.scalar(select(func.count()).select_from(sealed).join(box).where(box.c.state != "current")) == 0

    @invariant()
    def nothing_sealed_is_sealed_anew_and_nothing_is_lost(self) -> None:
        with self.house.reading() as db:
            now = {row.id: row.blob for row in db.execute(select(sealed.c.id, sealed.c.blob))}
        assert all(self.seen.get(identity, blob) == blob for identity, blob in now.items())
        self.seen |= now
        assert len(now) + self._readable() + self.destroyed == self.sent

    @invariant()
    def every_current_box_has_its_key_and_no_other_key_is_left(self) -> None:
        with self.house.reading() as db:
            boxes = set(db.scalars(select(box.c.id)))
        assert {path.name for path in self.house.keys.path.glob("box-*")} == {f"box-{each}.key" for each in boxes}

    def _waiting(self) -> Counter[str]:
        with self.house.reading() as db:
            rows = db.execute(select(box.c.round, func.count()).join_from(sealed, box).group_by(box.c.round))
            return Counter({row[0]: row[1] for row in rows})

    def _readable(self) -> int:
        with self.house.reading() as db:
            return db.scalar(select(func.count()).select_from(response)) or 0


def play(house: Installation, examples: int, *ways: str) -> None:
    with house.writing() as db:
        settle(db, *TEAMS)
    sends = (by_rule, *map(Desk.at(house, *TEAMS).by, ways)) if ways else (by_rule,)
    machine = type("YearHere", (Year,), {"house": house, "blank": Snapshot.of(house), "sends": sends})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            phases=[Phase.generate],  # shrinking would play years for minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_only_batches_of_at_least_k_become_readable(installation: Installation) -> None:
    ways = WAYS if installation.engine.dialect.name == "sqlite" else ()
    play(installation, EXAMPLES, *ways)


def test_control_a_release_that_does_not_count_is_caught(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_room._Due, "k", 1)
    with pytest.raises(AssertionError):
        play(sqlite_installation, 30)


def test_control_a_release_that_forgets_what_it_read_is_caught(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_room, "store", lambda db, identity, batch: None)
    with pytest.raises(AssertionError):
        play(sqlite_installation, 30)
