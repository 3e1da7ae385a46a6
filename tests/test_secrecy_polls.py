"""Polls and P1, P2, P3 and P5 of PRIVACY.md: no copy of the system's files tells who voted what.

Most is shown with two worlds that differ only in who voted what: whatever an attacker has must be the very same in
both. The ciphertexts of open questions alone differ, and their key is in no copy. Each test has its control.
"""

import dataclasses
import itertools
import random
import re
import secrets
import shutil
import string
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from forms.model import Form
from forms.schema import read_form
from survey.installation import Installation, set_up
from survey.keys import KeyFolder
from survey.polls import boxes, leading, texts, voting
from survey.repair import repair, scrub_waits
from survey.sealing import Damaged, Opener
from survey.tables import ballot, ballot_box, poll, poll_phone, poll_question, poll_text
from tests.attacker import Order, by_offset, files_under, find, postgresql_orders, sigmas, sqlite_orders, tau, windows
from tests.conftest import new_pg_database, settings_for
from tests.crashing import PowerCutError
from tests.poll_scene import Hall, hold
from tests.scene import SOAK, Snapshot
from tests.test_secrecy_box import Copy, copied, found
from tests.test_secrecy_order import plain_url
from tests.test_secrecy_time import suspicious

__all__ = ["copied"]  # a fixture
Seed = Callable[[], None]
World = Callable[[], Installation]


@pytest.fixture
def seed(monkeypatch: pytest.MonkeyPatch) -> Seed:
    """Makes everything random come out the same again from here on."""
    source = random.Random()
    monkeypatch.setattr(random, "_urandom", source.randbytes)
    return lambda: source.seed(7)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path, seed: Seed) -> Iterator[World]:
    """Makes an empty installation, the same to the last byte each time, and everything random the same from then on."""
    made: list[Installation] = []

    def make() -> Installation:
        folder = tmp_path / f"world{len(made)}"
        if request.param == "sqlite":
            (folder / "instance").mkdir(parents=True)
            template = request.getfixturevalue("migrated_file")
            url = f"sqlite:///{shutil.copy(template, folder / 'instance' / 'samsvar.db')}"
        else:
            url = new_pg_database(request.getfixturevalue("pg_server"))
        seed()
        made.append(set_up(settings_for(folder, url)))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


Rows = dict[str, list[dict[str, object]]]


def rows(house: Installation) -> Rows:
    """Every row of every table; of a ballot's ciphertext only how long it is."""
    found = {name: list(each) for name, each in Snapshot.of(house).rows.items()}
    return found | {"ballot": [row | {"blob": _length(row["blob"])} for row in found["ballot"]]}


def _length(blob: object) -> int | None:
    return len(blob) if isinstance(blob, bytes) else None


def files(house: Installation) -> list[bytes]:
    """The pages of the database and of its write-ahead log on SQLite, without what SQLite itself draws by lot."""
    if house.engine.dialect.name != "sqlite":
        return []
    whole = {Path(name).suffix: content for name, content in files_under(house.settings.instance).items()}
    log = whole.get(".db-wal", b"")
    return [whole[".db"], *(log[at + 24 : at + 24 + 4096] for at in range(32, len(log), 24 + 4096))]


def an_hour(house: Installation, votes: Sequence[str], late: Sequence[str]) -> dict[str, Rows | list[bytes]]:
    """Six people vote on two questions, are counted, and others vote when it is opened again: what there is to copy."""
    hall, seen = hold(house), dict[str, Rows | list[bytes]]()
    for question in ("p_en", "p_flera"):
        phones = hall.phones(len(votes) + len(late))
        hall.open(question)
        for number, vote in enumerate(votes):
            hall.vote(question, phones[number], vote if question == "p_en" else (vote,))
            seen[f"{question} vote {number}"] = rows(house)
        hall.close(question)
        seen[f"{question} closed"] = rows(house)
        hall.open(question)
        for number, vote in enumerate(late, start=len(votes)):
            hall.vote(question, phones[number], vote if question == "p_en" else (vote,))
        hall.close(question)
        seen[f"{question} closed again"] = rows(house)
    hall.end()
    return seen | {"ended": rows(house), "files": files(house)}


ONE, OTHER = ("1", "2", "1", "2", "1", "1"), ("2", "1", "1", "1", "1", "2")
"""The same votes by other people."""


@pytest.mark.parametrize(
    ("late", "later"),
    [(("1", "2", "2", "2"), ("2", "2", "2", "2")), (("1", "2", "2", "2", "2"), ("2", "2", "1", "2", "2"))],
    ids=["four late votes, whatever they are", "five late votes, by others"],
)
def test_who_voted_what_leaves_the_same_database_and_the_same_files(
    world: World, late: Sequence[str], later: Sequence[str]
) -> None:
    one, other = an_hour(world(), ONE, late), an_hour(world(), OTHER, later)
    for step in one:
        assert one[step] == other[step], step


def test_control_votes_numbered_as_they_lie_are_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    count, codes = itertools.count(), boxes._codes
    monkeypatch.setattr(boxes, "_codes", lambda *given: [f"{next(count)} {code}" for code in codes(*given)])
    one = an_hour(world(), ONE, ())
    count = itertools.count()
    other = an_hour(world(), OTHER, ())
    assert one["p_en vote 5"] == other["p_en vote 5"]
    assert one["p_en closed"] != other["p_en closed"]
    assert one["ended"] != other["ended"]
    assert one["files"] != other["files"] or not one["files"]


# --- while a question is open: nothing but ciphertext, in no copy its key --------------------------------------------


def words() -> str:
    return "zqx" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def private_keys(house: Installation) -> list[bytes]:
    with house.reading() as db:
        identities = list(db.scalars(select(ballot_box.c.id)))
    return [house.keys.private(identity).private_bytes_raw() for identity in identities]


def test_after_each_vote_no_copy_holds_a_word_a_token_or_a_key(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    hall = hold(house)
    people = 4 if SOAK else 2
    phones, said = hall.phones(people), [words() for _ in range(people)]
    hall.open("p_ord")
    keys = private_keys(house)
    for phone, word in zip(phones, said, strict=True):
        hall.vote("p_ord", phone, word)
        hall.vote("p_ord", phone, f"{word} igen")
        taken = copy()
        assert find([*said, *phones], taken) == set()
        assert found(keys, taken) == 0
    hall.close("p_ord")
    assert find([*said, *phones], copy()) == set(), "so few are not opened"


def test_control_words_in_a_copy_are_found(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    hall = hold(house)
    said = [words() for _ in range(5)]
    hall.open("p_ord")
    hall.votes("p_ord", hall.phones(5), *said)
    hall.close("p_ord")
    assert find(said, copy()) == set(said), "counted together they wait for the facilitator"


def test_all_ballots_of_a_question_have_one_length_whatever_was_voted(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_ord")
    hall.votes("p_ord", hall.phones(4), None, "ja", "😀" * 200, "x" * 200)
    with installation.reading() as db:
        assert len({len(blob) for blob in db.scalars(select(ballot.c.blob))}) == 1


def test_what_one_phone_took_part_in_is_not_tied_together(installation: Installation) -> None:
    hall = hold(installation)
    phones = hall.phones(5)
    for question, vote in (("p_en", "1"), ("p_skala", "2")):
        hall.open(question)
        hall.votes(question, phones, vote)
        hall.close(question)
    with installation.reading() as db:
        known = [*db.scalars(select(ballot.c.hash)), *db.scalars(select(poll_phone.c.hash))]
    assert len(known) == len(set(known)) == 15
    assert not windows(known[:5]) & windows(known[5:])


# --- after it is closed: the key is gone, and with it what was copied before ---------------------------------------


@dataclasses.dataclass(frozen=True)
class Loot:
    """The ballots of an open question, carried away before it was closed."""

    box: str
    ballots: list[tuple[bytes, bytes]]

    @classmethod
    def of(cls, house: Installation) -> "Loot":
        with house.reading() as db:
            box = db.scalars(select(ballot_box.c.id)).one()
            return cls(box, [(row.hash, row.blob) for row in db.execute(select(ballot.c.hash, ballot.c.blob))])

    def read(self, house: Installation, folder: Path) -> int:
        """How many can be opened with a copy of the key folder, and the key-encryption key at hand."""
        if not (folder / f"box-{self.box}.key").exists():
            return 0
        opener = Opener(KeyFolder(folder, house.wrapping).private(self.box), self.box)
        opened = 0
        for identity, blob in self.ballots:
            try:
                opener.open(identity, blob)
            except Damaged:
                continue
            opened += 1
        return opened


def voted(house: Installation, n: int = 6) -> tuple[Hall, Loot]:
    hall = hold(house)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(n), "1", "2")
    return hall, Loot.of(house)


def test_nothing_opens_ballots_that_were_counted_or_destroyed(installation: Installation, tmp_path: Path) -> None:
    hall, loot = voted(installation)
    stolen = shutil.copytree(installation.keys.path, tmp_path / "stolen")
    hall.close("p_en")
    assert loot.read(installation, installation.keys.path) == 0
    assert loot.read(installation, stolen) == 6, "control: with a copy of the key folder they open"


def test_too_few_ballots_are_destroyed_unread_at_the_end(installation: Installation) -> None:
    hall, loot = voted(installation, 4)
    hall.close("p_en")
    assert loot.read(installation, installation.keys.path) == 4, "control: until then they can be counted with others"
    hall.end()
    assert loot.read(installation, installation.keys.path) == 0
    assert list(installation.keys.path.glob("box-*")) == []


class _PowerCutBeforeDestroying(KeyFolder):
    def destroy(self, box: str) -> None:
        raise PowerCutError


@pytest.mark.parametrize("step", ["close", "end"])
def test_a_key_that_outlived_its_question_by_a_crash_is_destroyed_at_the_next_start(
    installation: Installation, step: str
) -> None:
    hall, loot = voted(installation)
    unlucky = _PowerCutBeforeDestroying(installation.keys.path, installation.wrapping)
    dark = Hall(dataclasses.replace(installation, keys=unlucky), hall.id)
    with pytest.raises(PowerCutError):
        dark.close("p_en") if step == "close" else dark.end()
    assert loot.read(installation, installation.keys.path) == 6, "control: until then the key opens them"
    with installation.reading() as db:
        assert scrub_waits(db)
    assert repair(installation)
    assert loot.read(installation, installation.keys.path) == 0
    with installation.reading() as db:
        assert not scrub_waits(db)
        assert db.execute(select(ballot_box)).all() == []


def test_the_keys_of_questions_that_are_open_survive_a_restart(installation: Installation) -> None:
    hall, _loot = voted(installation)
    assert repair(installation)
    hall.close("p_en")
    assert hall.counts("p_en") == {"1": 3, "2": 3}


def test_a_box_whose_key_was_swapped_in_the_database_takes_no_votes(installation: Installation) -> None:
    hall, _loot = voted(installation)
    with installation.writing() as db:
        db.execute(update(ballot_box).values(public=secrets.token_bytes(32)))
    assert hall.refused("p_en", voting.new_token()) is not None
    hall.close("p_en")
    assert hall.result("p_en") is None, "and is not opened either"


# --- at the end: counts, and nothing else ---------------------------------------------------------------------------


def test_after_the_end_the_files_hold_counts_and_approved_texts_and_nothing_else(
    copied: tuple[Installation, Copy],
) -> None:
    house, copy = copied
    hall = hold(house)
    phones, said = hall.phones(6), [words() for _ in range(6)]
    for question, votes in (("p_en", ["1", "2"]), ("p_ord", said)):
        hall.open(question)
        hall.votes(question, phones, *votes)
        hall.close(question)
    with house.writing() as db:
        kept, hidden, *_waiting = texts.texts(db, hall.id, "waiting")
        texts.judge(db, hall.id, [kept.id], "approved")
        texts.judge(db, hall.id, [hidden.id], "hidden")
        known = [*db.scalars(select(ballot.c.hash)), *db.scalars(select(poll_phone.c.hash))]
    before = copy()
    hall.end()
    with house.reading() as db:
        for table in (ballot, ballot_box, poll_phone):
            assert db.execute(select(table)).all() == [], table.name
        assert [row.text for row in db.execute(select(poll_text))] == [kept.text]
    # PostgreSQL's write-ahead log goes on holding what it held: hashes of phones, and texts no one approved.
    left = {name: content for name, content in copy().items() if "pg_wal" not in name}
    assert find(said, left) == {kept.text}
    assert not any(mark in content for mark in known for content in left.values())
    assert any(known[0] in content for content in before.values()), "control: before the end it was there"


@pytest.mark.parametrize(
    "change",
    [
        insert(poll_question).values(poll="x", question="q", counted=4),
        insert(poll_question).values(poll="x", question="q", state="shown", counted=0, by_hand=30),
    ],
)
def test_not_even_a_hand_in_the_database_keeps_or_shows_four_votes(installation: Installation, change: object) -> None:
    hold(installation)
    with installation.writing() as db:
        db.execute(
            text(
                "INSERT INTO poll (id, association, form, version, number, held_on) "
                "VALUES ('x', 'exempel', 'room', 1, 99, '2026-08-15')"
            )
        )
    with pytest.raises(IntegrityError, match="poll_question"), installation.writing() as db:
        db.execute(change)  # type: ignore[call-overload]


# --- the order of texts ---------------------------------------------------------------------------------------------

QUESTIONS, PEOPLE, POLLS = 40, 6, (10 if SOAK else 1)
MARK = r"(zqx[a-z]{12})"


@cache
def many() -> Form:
    """A poll with forty questions in own words."""
    asked = "".join(
        f'  - {{id: "s{n}", questions: [{{id: "q{n}", type: "text", text: {{sv: "Ord?"}}, privacy: "free_text"}}]}}\n'
        for n in range(QUESTIONS)
    )
    head = 'form: "many"\nversion: 1\nkind: "poll"\nlanguages: ["sv"]\ntitle: {sv: "Många"}\npages:\n'
    return read_form(head + asked, name="many.yaml")


def spoken(house: Installation) -> list[list[str]]:
    """Many questions in own words, each closed: the words by question, in the order they were sent."""
    order: list[list[str]] = []
    for number in range(POLLS):
        hall = hold(house, many(), again=number > 0)
        for question in many().questions:
            said = [words() for _ in range(PEOPLE)]
            hall.open(question.id)
            hall.votes(question.id, hall.phones(PEOPLE), *said)
            hall.close(question.id)
            order.append(said)
    return order


def beyond_chance(orders: dict[str, Order], truth: list[list[str]]) -> dict[str, float]:
    """The orders that follow the votes beyond chance, and how far."""
    taus: dict[str, list[float]] = defaultdict(list)
    for name, order in orders.items():
        place = {mark: number for number, mark in enumerate(order)}
        for said in truth:
            value = tau(sorted((mark for mark in said if mark in place), key=place.__getitem__), said)
            if value is not None:
                taus[name].append(value)
    far = {name: sigmas(values, PEOPLE) for name, values in taus.items()}
    return {name: distance for name, distance in far.items() if distance > 5}


def all_orders(house: Installation, copy: Copy) -> dict[str, Order]:
    """Every order an attacker has, by SQL and by place in each file."""
    raw = re.compile(MARK.encode())
    if house.engine.dialect.name == "sqlite":
        by_sql = sqlite_orders(house.settings.instance, re.compile(MARK))
    else:
        by_sql = postgresql_orders(plain_url(house), re.compile(MARK))
    lying = {f"place in {Path(name).name}": by_offset(raw, {name: content}) for name, content in copy().items()}
    return by_sql | {name: order for name, order in lying.items() if order}


def hurry(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares thousands of waits for the disk: what is written, and in which order, stays the same."""
    monkeypatch.setattr("os.fsync", lambda _: None)
    if house.engine.dialect.name == "sqlite":
        event.listen(house.engine, "connect", lambda db, _: db.execute("PRAGMA synchronous = OFF"))
        house.engine.dispose()


def test_texts_lie_in_no_order_that_tells_who_sent_them(
    copied: tuple[Installation, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, copy = copied
    hurry(house, monkeypatch)
    truth = spoken(house)
    orders = all_orders(house, copy)
    assert len(orders["poll_text as it lies"]) == QUESTIONS * PEOPLE * POLLS
    assert beyond_chance(orders, truth) == {}


def test_control_texts_kept_in_the_order_they_came_are_told_at_once(
    copied: tuple[Installation, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[str] = []

    def in_order_of_sending(said: Sequence[str]) -> list[tuple[bytes, str]]:
        first = secrets.token_bytes(12)
        return [(first + place.to_bytes(4), word) for place, word in enumerate(sorted(said, key=came.index))]

    house, copy = copied
    hurry(house, monkeypatch)
    monkeypatch.setattr(boxes, "mixed", in_order_of_sending)
    hall = hold(house, many())
    for question in many().questions[:20]:
        said = [words() for _ in range(PEOPLE)]
        came += said
        hall.open(question.id)
        hall.votes(question.id, hall.phones(PEOPLE), *said)
        hall.close(question.id)
    truth = [came[start : start + PEOPLE] for start in range(0, len(came), PEOPLE)]
    assert "poll_text as it lies" in beyond_chance(all_orders(house, copy), truth)


# --- no time --------------------------------------------------------------------------------------------------------


def test_the_same_votes_at_other_times_of_the_day_leave_the_same_database(world: World) -> None:
    left = []
    for start in (datetime(2026, 8, 15, 8, 15, tzinfo=UTC), datetime(2026, 8, 15, 20, tzinfo=UTC)):
        with time_machine.travel(start, tick=False):
            house = world()
            left.append(an_hour(house, ONE, ("1", "2")))
    assert left[0] == left[1]


def test_no_stored_value_of_a_poll_is_a_moment(installation: Installation) -> None:
    hall, _loot = voted(installation)
    assert suspicious(installation) == []
    hall.end()
    assert suspicious(installation) == []


def test_hand_counts_leave_votes_as_they_are(installation: Installation) -> None:
    """Or the difference between two hand counts could be hidden among votes, and the reverse."""
    hall, _loot = voted(installation)
    hall.close("p_en")
    before = hall.counts("p_en")
    with installation.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"1": 9}, 9)
        assert db.scalar(select(poll.c.number)) == 1
    assert hall.counts("p_en") == before
