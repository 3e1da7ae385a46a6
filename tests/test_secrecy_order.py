"""P1 of PRIVACY.md: a complete copy of the system's files never links a ticket to an answer.

Four hundred boxes of six people answer. The attacker copies everything but the key folder: after each submission,
between a release's commit and its scrubbing, and after it. Each control is a store built badly on purpose, attacked by
the very same functions. Whoever is helped to answer (`tests.ways`) is attacked in the same way, in fewer boxes.
"""

import base64
import os
import re
import secrets
import shutil
import sqlite3
import string
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from json import dumps
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, insert, select, text

from survey import release as release_room
from survey.box import send
from survey.installation import Installation
from survey.mixing import Batch
from survey.model import Round
from survey.release import release_due
from survey.repair import repair
from survey.rounds import open_round
from survey.tables import quote, release, response, sealed, ticket
from tests.attacker import (
    Order,
    by_offset,
    files_under,
    find,
    postgresql_orders,
    sigmas,
    sqlite_orders,
    tau,
    versions_of_rows,
    windows,
)
from tests.conftest import Install, new_pg_database
from tests.scene import SOAK, answer, at, settle, tiny
from tests.ways import TRACES, WAYS, sending

BOXES, PEOPLE = 400, 6
HELPED = BOXES if SOAK else 10
"""Boxes that are answered through pages: an order that is kept lies nine standard errors off in as few."""
COPIED_EACH_TIME = 50 if SOAK else 1
"""Boxes during which everything is copied after each submission."""
CHANCE = 5.0
MARKS = {"responses": r'"q_antal":\s*(\d{9})', "quotes": r"(zqx[a-z]{12})"}
"""What tells one person's answers from another's: a number among the closed answers, a word among the own."""


@dataclass(frozen=True)
class Person:
    """Somebody whose answers can be told from everybody else's."""

    number: str
    word: str

    @classmethod
    def anybody(cls) -> "Person":
        return cls(
            str(secrets.randbelow(900_000_000) + 100_000_000),
            "zqx" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12)),
        )

    def mark(self, kind: str) -> str:
        return self.number if kind == "responses" else self.word


Crowd = list[list[Person]]
"""The boxes, and in each the people in the order they sent their answers."""


def crowd(boxes: int) -> Crowd:
    return [[Person.anybody() for _ in range(PEOPLE)] for _ in range(boxes)]


def submissions(house: Installation, boxes: Crowd, way: str = "") -> Iterator[int]:
    """Everybody sends, this way; gives the number of the box after each submission."""
    with house.writing() as db:
        settle(db, "norr")
    sent = sending(way, house)
    with house.writing() as db:
        rounds = [open_round(db, house, "norr", tiny(), tickets=PEOPLE, participants=PEOPLE) for _ in boxes]
    for number, (opened, people) in enumerate(zip(rounds, boxes, strict=True)):
        for person, code in zip(people, opened.codes, strict=True):
            sent(house, opened.round, code, answer(person.word, q_antal=int(person.number)))
            yield number


def taus(orders: dict[str, Order], boxes: Crowd, kind: str) -> dict[str, list[float]]:
    """For each order, how well it follows the submissions in each box."""
    found: dict[str, list[float]] = defaultdict(list)
    for name, order in orders.items():
        place = {mark: number for number, mark in enumerate(order)}
        for people in boxes:
            truth = [person.mark(kind) for person in people]
            value = tau(sorted((mark for mark in truth if mark in place), key=place.__getitem__), truth)
            if value is not None:
                found[name].append(value)
    return found


def broken(orders: dict[str, Order], boxes: Crowd, kind: str) -> dict[str, float]:
    """The orders that follow the submissions beyond chance, and how far beyond."""
    far = {name: sigmas(values, PEOPLE) for name, values in taus(orders, boxes, kind).items()}
    return {name: distance for name, distance in far.items() if distance > CHANCE}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[Installation], None]:
    """Spares thousands of waits for the disk: what is written, and in which order, stays the same."""

    def hurry(house: Installation) -> None:
        monkeypatch.setattr(os, "fsync", lambda _: None)
        if house.engine.dialect.name == "sqlite":
            event.listen(house.engine, "connect", lambda db, _: db.execute("PRAGMA synchronous = OFF"))
            house.engine.dispose()

    return hurry


# --- SQLite ---------------------------------------------------------------------------------------------------------


def all_sqlite_orders(folder: Path, kind: str) -> dict[str, Order]:
    """Every order in one copy of the folder: by SQL, and where things lie in each file."""
    raw = re.compile(MARKS[kind].encode())
    files = files_under(folder).items()
    lying = {f"place in *{Path(name).suffix}": by_offset(raw, {name: content}) for name, content in files}
    return sqlite_orders(folder, re.compile(MARKS[kind])) | lying


@dataclass(frozen=True)
class Caught:
    """What the attacker has found: marks and traces that lie readable before the release, and orders after it."""

    readable: set[str]
    orders: dict[str, float]


def _attacked(house: Installation, boxes: Crowd, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caught:
    """Everybody answers and all is released, with an attacker who copies whatever there is on a SQLite installation."""
    data = house.settings.instance
    readable, orders = set[str](), dict[str, float]()
    copied = COPIED_EACH_TIME if SOAK or not way else 1
    for number in submissions(house, boxes, way):
        if number < copied:
            readable |= find([*_everything(boxes[number]), *TRACES], files_under(data))

    copies: list[Path] = []

    def copy_and_repair(installation: Installation) -> bool:
        copies.append(shutil.copytree(data, tmp_path / f"copy{len(copies)}"))
        return repair(installation)

    with monkeypatch.context() as patched:
        patched.setattr(release_room, "repair", copy_and_repair)
        assert len(release_due(at(house, "2026-10-01"), lambda *_: None).released) == len(boxes)
    copies.append(shutil.copytree(data, tmp_path / "last"))
    readable |= find(_everything(boxes[0]), files_under(copies[0]))
    for copy in copies[1:]:
        for kind in MARKS:
            told = all_sqlite_orders(copy, kind)
            assert len(told["dump"]) == len(boxes) * PEOPLE
            orders |= broken(told, boxes, kind)
    return Caught(readable, orders)


Attack = Callable[[Crowd, str], Caught]


@pytest.fixture
def attacked(
    sqlite_installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hurried: Callable[[Installation], None],
) -> Attack:
    """What the attacker gets of a crowd that answers in a way."""
    hurried(sqlite_installation)
    return lambda boxes, way: _attacked(sqlite_installation, boxes, way, tmp_path, monkeypatch)


@pytest.mark.parametrize("way", ["", *WAYS], ids=["rule", *WAYS])
def test_copies_of_a_sqlite_installation_never_tell_who_sent_what(attacked: Attack, way: str) -> None:
    assert attacked(crowd(HELPED if way else BOXES), way) == Caught(set(), {})


@pytest.mark.parametrize("way", WAYS)
def test_control_pages_that_keep_what_they_send_in_a_plain_table_tell_it_at_once(
    attacked: Attack, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def send_and_keep(db: Connection, installation: Installation, round: Round, **sent: Any) -> None:
        db.execute(text("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY AUTOINCREMENT, answers TEXT)"))
        db.execute(text("INSERT INTO kept (answers) VALUES (:told)"), {"told": dumps(sent["record"])})
        send(db, installation, round, **sent)

    monkeypatch.setattr("survey.box.send", send_and_keep)
    boxes = crowd(5)
    caught = attacked(boxes, way)
    assert caught.readable >= set(_everything(boxes[0]))
    assert {"kept as it lies", "kept by rowid"} <= set(caught.orders)


def _everything(people: list[Person]) -> list[str]:
    return [person.mark(kind) for person in people for kind in MARKS]


Store = Callable[[sqlite3.Connection, str], None]


def _numbered_and_timed(db: sqlite3.Connection, answers: str) -> None:
    db.execute(
        "CREATE TABLE IF NOT EXISTS answer "
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT DEFAULT CURRENT_TIMESTAMP, answers)"
    )
    db.execute("INSERT INTO answer (answers) VALUES (?)", [answers])


def _random_key(db: sqlite3.Connection, answers: str) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS answer (id TEXT PRIMARY KEY, answers)")
    db.execute("INSERT INTO answer VALUES (?, ?)", [str(uuid.uuid4()), answers])


def _random_key_without_rowid(db: sqlite3.Connection, answers: str) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS answer (id TEXT PRIMARY KEY, answers) WITHOUT ROWID")
    db.execute("INSERT INTO answer VALUES (?, ?)", [str(uuid.uuid4()), answers])


@pytest.mark.parametrize(
    ("store", "by"),
    [
        (_numbered_and_timed, "answer as it lies"),
        (_random_key, "answer by rowid"),
        (_random_key_without_rowid, "place in *.db-wal"),
    ],
)
def test_control_the_same_copies_of_a_plain_table_tell_it_at_once(store: Store, by: str, tmp_path: Path) -> None:
    boxes = crowd(40)
    db = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    for person in chain.from_iterable(boxes):
        store(db, f'{{"q_antal":{person.number},"q_ord":"{person.word}"}}')
    copy = shutil.copytree(tmp_path, tmp_path / "copy")
    db.close()
    for kind in MARKS:
        assert broken(all_sqlite_orders(copy, kind), boxes, kind).get(by, 0) > CHANCE
    assert find(_everything(boxes[0]), files_under(copy)) == set(_everything(boxes[0]))


@pytest.mark.parametrize("how", ["utf-16", "base64", "hex", "url", "json", "zlib"])
def test_control_the_attacker_sees_through_each_disguise(how: str) -> None:
    text = "åqz-hemligt ord"
    disguised = {
        "utf-16": f"x{text}y".encode("utf-16"),
        "base64": base64.b64encode(f"x{text}y".encode()),
        "hex": f"x{text}y".encode().hex().encode(),
        "url": b"x%C3%A5qz-hemligt%20ord",
        "json": b'"x\\xe5qz-hemligt ord"',
        "zlib": b"junk" + zlib.compress(f"x{text}y".encode()),
    }[how]
    assert find([text], {"file": b"..." + disguised}) == {text}


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own_postgresql(install: Install, pg_server: str) -> Installation:
    """An installation on a PostgreSQL database nobody has used."""
    return install(new_pg_database(pg_server))


def plain_url(house: Installation) -> str:
    return house.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def postgresql_files(url: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of the database's tables, and the write-ahead log."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CHECKPOINT")
        row = db.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    data = Path(row[0])
    return files_under(data / "base" / str(row[1])), files_under(data / "pg_wal")


def all_postgresql_orders(url: str, kind: str) -> dict[str, Order]:
    """Every order in the database: by SQL, and where things lie in tables' files and the log."""
    raw = re.compile(MARKS[kind].encode())
    tables, log = postgresql_files(url)
    lying = {f"place in {Path(name).name}": by_offset(raw, {name: content}) for name, content in tables.items()}
    lying = {name: order for name, order in lying.items() if order}
    return postgresql_orders(url, re.compile(MARKS[kind])) | lying | {"place in the log": by_offset(raw, log)}


def test_copies_of_a_postgresql_installation_never_tell_who_sent_what(
    own_postgresql: Installation, hurried: Callable[[Installation], None]
) -> None:
    house, boxes = own_postgresql, crowd(BOXES if SOAK else 120)
    hurried(house)
    url = plain_url(house)
    for copied, number in enumerate(submissions(house, boxes)):
        if number < COPIED_EACH_TIME and copied % PEOPLE in (0, PEOPLE - 1):
            tables, log = postgresql_files(url)
            assert not find(_everything(boxes[number]), tables | log)
    assert len(release_due(at(house, "2026-10-01"), lambda *_: None).released) == len(boxes)
    for kind in MARKS:
        orders = all_postgresql_orders(url, kind)
        assert len(orders["response as it lies" if kind == "responses" else "quote as it lies"]) == len(boxes) * PEOPLE
        assert len(orders["place in the log"]) > 0.95 * len(boxes) * PEOPLE  # some marks lie across two pages of it
        assert broken(orders, boxes, kind) == {}
    with house.reading() as db:
        for identity in db.scalars(select(release.c.id).limit(20)):
            assert versions_of_rows(url, "response", identity) == versions_of_rows(url, "quote", identity) == 1


def test_control_the_same_attack_on_a_plain_postgresql_table_tells_it_at_once(own_postgresql: Installation) -> None:
    boxes, url = crowd(40), plain_url(own_postgresql)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE TABLE answer (id uuid PRIMARY KEY, release text, answers text)")
        for person in chain.from_iterable(boxes):
            answers = f'{{"q_antal":{person.number},"q_ord":"{person.word}"}}'
            db.execute("INSERT INTO answer VALUES (%s, 'r', %s)", [uuid.uuid4(), answers])
    for kind in MARKS:
        told = broken(all_postgresql_orders(url, kind), boxes, kind)
        assert {"answer as it lies", "answer by ctid", "answer by xmin::text::bigint", "answer dumped"} <= set(told)
        assert "place in the log" in told
    assert versions_of_rows(url, "answer", "r") == 40 * PEOPLE


# --- what rows share ------------------------------------------------------------------------------------------------


def shared(house: Installation) -> set[bytes]:
    """Stretches of eight bytes that the rows about who answered share with the rows about what was answered."""
    for _ in submissions(house, crowd(2)):
        pass
    before = _values(house, ticket, sealed)
    release_due(at(house, "2026-10-01"), lambda *_: None)
    return windows(before) & windows(_values(house, response, quote))


def _values(house: Installation, *tables: object) -> list[bytes]:
    with house.reading() as db:
        rows = chain.from_iterable(db.execute(select(table)) for table in tables)  # type: ignore[call-overload]
        return [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]


def test_nothing_about_who_answered_is_repeated_in_what_was_answered(installation: Installation) -> None:
    assert shared(installation) == set()


def test_control_a_response_that_keeps_the_blobs_id_is_found(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_ids(db: Connection, identity: str, batch: Batch) -> None:
        rows = zip(batch.identities, batch.responses, strict=True)
        db.execute(insert(response), [{"id": id_, "release": identity, "answers": text.decode()} for id_, text in rows])

    monkeypatch.setattr(release_room, "store", keep_ids)
    assert shared(installation) != set()
