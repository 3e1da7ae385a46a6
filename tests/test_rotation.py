"""P19 of PRIVACY.md: keys rotate without loss, while people answer and are referred, and wherever the power is cut.

The controls rotate in the wrong order, and lose what they should not.
"""

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from settings import BadSetting, Settings
from survey import key_copy
from survey.cases import access, drafts, leading
from survey.errors import BadRequest, NotFound, Unavailable
from survey.installation import Installation, set_up
from survey.keys import BrokenKey, CaseKeys, WrappedKeys
from survey.release import release_due
from survey.repair import repair
from survey.rotation import rotate
from survey.rounds import Opened
from survey.tables import audit, document
from survey.vault import Damaged, Place, Vault
from survey.wrapping import FileWrapping, Unwrappable, Wrapping
from tests.case_office import ANSWERS, NOON, TEAM, Office, office
from tests.crashing import PowerCutError, Steps, counted
from tests.scene import SOAK, at, open_for, replies, reply_all

PEOPLE = 6
WORDS = "Robin skickar intyget"
CUTS = 5
"""At how many steps the power is cut, where not at all of them (SOAK)."""
KILLS = 12 if SOAK else 1


@dataclasses.dataclass
class World:
    """A team with cases, and a round that people have answered."""

    place: Office
    cases: list[str]
    opened: Opened

    @property
    def house(self) -> Installation:
        return self.place.house

    def losses(self) -> list[str]:
        """What cannot be read: everything of each case, and each box's key."""
        lost = []
        for case_id in self.cases:
            try:
                whole = access.package(self.house, self.place.reader("kim"), case_id, NOON)
            except (BrokenKey, NotFound, Damaged):
                lost.append(case_id)
                continue
            said = whole.documents[-1].answers.get("an_namn"), whole.consents[0].private.get("name")
            if said != (ANSWERS["an_namn"], ANSWERS["sc_namn"]) or WORDS not in [one.words for one in whole.tasks]:
                lost.append(f"{case_id}: {said}")
        for box in self.house.keys.names():
            with self.house.reading() as db:
                here = db.scalar(text("SELECT count(*) FROM box WHERE id = :id"), {"id": box})
            try:
                self.house.keys.private(box)
            except BrokenKey:
                lost += [box] if here else []
        return lost

    def opened_by(self, *old: bytes) -> list[str]:
        """Which files of keys any of these key-encryption keys opens."""
        thief = Wrapping(old, self.house.settings.key_dir / "thief")
        found = []
        for folder in (self.house.keys, self.house.case_keys, self.house.draft_key):
            for name in folder.names():
                with suppress(Unwrappable):
                    thief.unwrap(folder._file(name).read_bytes(), folder._bound(name))
                    found.append(name)
        return found

    def read_by(self, keys: dict[str, bytes]) -> list[str]:
        """Which cases' referrals these keys open, as they lie in the database now."""
        with self.house.reading() as db:
            rows = db.execute(select(document).where(document.c.kind == "referral")).all()
        found = []
        for row in rows:
            with suppress(Damaged):
                place = Place("document", "answers", f"{row.case} referral {row.version}")
                Vault(bytes.fromhex(row.case), keys[row.case]).unlock(place, row.answers)
                found.append(row.case)
        return sorted(found)


def inhabited(house: Installation, n: int = 2) -> World:
    place = office(house)
    ids = [place.send().case_id for _case in range(n)]
    for case_id in ids:
        with house.writing() as db:
            leading.ask_for_more(db, house, place.reader("kim"), case_id, WORDS, None, NOON)
    opened = open_for(house, TEAM, people=PEOPLE * 4)
    reply_all(house, opened, PEOPLE)
    return World(place, ids, opened)


@pytest.fixture
def world(installation: Installation) -> World:
    return inhabited(installation)


@pytest.fixture
def sqlite_world(sqlite_installation: Installation) -> World:
    return inhabited(sqlite_installation)


def test_a_new_key_wraps_all_and_cases_are_encrypted_anew_and_nothing_is_lost(world: World) -> None:
    house, old = world.house, world.house.wrapping.keys
    before = house.case_keys.every()
    with house.writing() as db:
        saved = drafts.begin(db, house, TEAM, {"answers": {"an_namn": "Alva"}}, NOON)
    assert world.read_by(before) == sorted(world.cases), "control: whoever has the old keys reads"
    plain = rotate(house, NOON)
    assert (plain.keys, plain.cases, plain.broken, plain.forgotten) == (4, 0, (), True)
    assert house.case_keys.every() == before, "wrapped anew, and the same"
    assert world.opened_by(*old) == []
    whole = rotate(house, NOON, fields=True)
    assert (whole.keys, whole.cases, whole.broken) == (4, 2, ())
    assert world.read_by(before) == []
    assert len(house.wrapping.keys) == 1
    assert world.losses() == []
    assert drafts.resume(house, saved.code, NOON)[0] == saved.held, "its key is wrapped anew, and the same"
    with house.reading() as db:
        told = db.execute(select(audit.c.actor, audit.c.detail).where(audit.c.action == "keys_rotated")).all()
    assert told == [("command", "keys 4 0"), ("command", "fields 4 2")]
    ((_round, n),) = release_due(at(house, "2026-10-02"), lambda *_: None).released
    assert n == PEOPLE


def test_a_consent_is_encrypted_anew_and_changed_no_other_way(world: World) -> None:
    short = "X'00'" if world.house.engine.dialect.name == "sqlite" else r"'\x00'::bytea"
    for change in ("party = 'fk'", "categories = '[]'", f"private = {short}", "private = NULL"):
        with pytest.raises(DatabaseError), world.house.writing() as db:
            db.execute(text(f"UPDATE consent_event SET {change}"))


# --- the power is cut -----------------------------------------------------------------------------------------------


@contextmanager
def cut(house: Installation, monkeypatch: pytest.MonkeyPatch, stop_at: int | None) -> Iterator[Steps]:
    """Every statement and commit, and everything done to a file of a key, is a step; the world stops at one of them."""
    with counted(house, stop_at) as (unlucky, steps), monkeypatch.context() as files:
        fsync, rename = os.fsync, Path.rename

        def synced(descriptor: int) -> None:
            steps.take()
            fsync(descriptor)

        def renamed(path: Path, target: Path) -> Path:
            steps.take()
            return rename(path, target)

        files.setattr(os, "fsync", synced)
        files.setattr(Path, "rename", renamed)
        try:
            yield steps
            rotate(unlucky, NOON, fields=True)
        except PowerCutError:
            assert steps.taken == stop_at


def steps_of(house: Installation, monkeypatch: pytest.MonkeyPatch) -> int:
    with cut(house, monkeypatch, None) as steps:
        pass
    return steps.taken


def test_wherever_the_power_is_cut_all_can_be_read_and_the_next_run_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = world.house
    last = steps_of(house, monkeypatch)
    assert last > 40
    for step in range(last) if SOAK else sorted(random.sample(range(last), CUTS)):
        old, before = house.wrapping.keys, house.case_keys.every()
        with cut(house, monkeypatch, step):
            pass
        assert world.losses() == [], step
        rotate(house, NOON, fields=True)
        assert world.losses() == [], step
        assert (world.opened_by(*old), world.read_by(before)) == ([], []), step
        assert repair(house)
        assert not [path for path in house.keys.path.rglob("*.part") if "kek" not in path.name], step


def test_control_forgetting_the_old_key_first_loses_everything(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_world.house
    monkeypatch.setattr(FileWrapping, "_add", lambda self: self._file.write_bytes(os.urandom(32)))
    rotate(house, NOON)
    assert set(sqlite_world.losses()) >= set(sqlite_world.cases)


def test_control_a_case_that_keeps_only_the_new_key_is_lost_where_the_power_is_cut(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_world.house
    put = CaseKeys._put
    with monkeypatch.context() as careless:
        careless.setattr(CaseKeys, "_put", lambda self, name, key: put(self, name, key[:32]))
        rotate(house, NOON, fields=True)
    assert set(sqlite_world.losses()) == set(sqlite_world.cases)


@pytest.mark.parametrize("asked", [True, False])
def test_an_interrupted_rotation_is_ended_as_it_was_begun(sqlite_world: World, *, asked: bool) -> None:
    house = sqlite_world.house
    before = house.case_keys.every()
    house.wrapping.begin("keys" if asked else "fields")
    done = rotate(house, NOON, fields=asked)
    assert done.cases == 2, "either what was begun, or what is asked for now and then done from the start"
    assert sqlite_world.read_by(before) == []
    assert sqlite_world.losses() == []


def test_a_key_that_is_destroyed_stays_so_whatever_a_rotation_has_left(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_world.house
    (box,) = house.keys.names()
    for step in range(12):  # among them the moment a new file is whole, and not yet in its place
        with cut(house, monkeypatch, step):
            pass
    (house.keys.path / f".box-{box}.key.part").write_bytes(b"half a key")
    house.keys.destroy(box)
    assert not house.keys.wrap_anew(box)
    assert [path.name for path in house.keys.path.iterdir() if box in path.name] == []


PROCESS = """
from settings import Settings
from survey.installation import Installation
from survey.rotation import rotate
house = Installation.open(Settings.load())
print("ready", flush=True)
while True:
    rotate(house, house.now(), fields=True)
    print("done", flush=True)
"""


def test_killed_again_and_again_nothing_is_lost(sqlite_world: World) -> None:
    house = sqlite_world.house
    names = ("instance", "database_url", "key_dir", "kek_file")
    told = {f"SAMSVAR_{name.upper()}": str(getattr(house.settings, name)) for name in names}
    for _kill in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", PROCESS], env=os.environ | told, stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
            time.sleep(random.random() * 0.3)
            running.send_signal(signal.SIGKILL)
        assert sqlite_world.losses() == []
    rotate(house, NOON, fields=True)
    assert sqlite_world.losses() == []
    assert len(house.wrapping.keys) == 1


def test_meanwhile_people_are_referred_read_and_answer(world: World) -> None:
    house, ended, faults = world.house, threading.Event(), list[BaseException]()
    sent, codes = list[str](), iter(world.opened.codes[PEOPLE:])
    reader = world.place.reader("kim")

    def send() -> None:
        sent.append(world.place.send().case_id)

    def read() -> None:
        access.package(house, reader, random.choice(world.cases), NOON)

    def answer() -> None:
        replies(house, world.opened.round, [code] if (code := next(codes, None)) else [])

    def again_and_again(deed: Callable[[], object]) -> None:
        while not ended.is_set():
            try:
                deed()
            except BaseException as fault:
                faults.append(fault)

    people = [threading.Thread(target=again_and_again, args=(deed,)) for deed in (send, read, answer)]
    for one in people:
        one.start()
    rotations = [rotate(house, NOON, fields=fields) for fields in (True, False)]
    ended.set()
    for one in people:
        one.join()
    assert faults == []
    assert sent
    assert world.losses() == []
    assert all(not one.broken for one in rotations)
    for case_id in sent:
        assert access.read(house, reader, case_id, NOON).documents["referral"].answers["an_namn"]


# --- the copy of the keys -------------------------------------------------------------------------------------------


def test_the_copy_of_the_keys_is_replaced_before_the_old_ones_are_forgotten(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, copy = sqlite_world.house, tmp_path / "elsewhere"
    key_copy.write_copy(house, copy)
    old = (copy / key_copy.NAME).read_bytes()
    for step in (*random.sample(range(steps_of(house, monkeypatch)), 4), None):
        with monkeypatch.context() as files, suppress(PowerCutError):
            with counted(house, step) as (unlucky, _steps):
                rotate(unlucky, NOON, fields=True, copy=copy)
            del files
    rotate(house, NOON, fields=True, copy=copy)
    for path in house.case_keys.path.iterdir():
        path.unlink()
    assert key_copy.bring_back(house, copy, NOON) == 2
    assert sqlite_world.losses() == []
    (copy / key_copy.NAME).write_bytes(old)
    with pytest.raises(BadRequest):
        key_copy.bring_back(house, copy, NOON)


# --- a key from elsewhere -------------------------------------------------------------------------------------------


def elsewhere(world: World, *, kek: str = "", kek_command: str = "") -> World:
    """The same house, started anew with another setting of the key-encryption key."""
    settings = dataclasses.replace(world.house.settings, kek=kek, kek_command=kek_command)
    house = Installation.open(settings)
    return World(Office(house, world.place.people), world.cases, world.opened)


def test_a_key_from_the_environment_is_put_before_the_old_and_rotated_to(sqlite_world: World) -> None:
    first, second = sqlite_world.house.wrapping.keys[0].hex(), os.urandom(32).hex()
    running = elsewhere(sqlite_world, kek=first)
    running.house.wrapping.settle()
    assert running.losses() == []
    with pytest.raises(BadSetting, match="före den gamla"):
        rotate(running.house, NOON)
    restarted = elsewhere(sqlite_world, kek=f"{second},{first}")
    made = restarted.place.send().case_id
    assert access.read(running.house, running.place.reader("kim"), made, NOON), "until then all write with the old key"
    outcome = rotate(restarted.house, NOON)
    assert (outcome.broken, outcome.forgotten) == ((), False)
    with pytest.raises(Unavailable):
        running.place.send()  # what nobody could read who is started from now on is not written
    after = elsewhere(sqlite_world, kek=second)
    assert after.losses() == []
    assert after.place.send().case_id
    for one in (running, restarted, after):
        one.house.close()


def test_a_key_from_a_command_is_asked_for_once(sqlite_world: World, tmp_path: Path) -> None:
    said = tmp_path / "vault.txt"
    said.write_text(sqlite_world.house.wrapping.keys[0].hex())
    asked = elsewhere(sqlite_world, kek_command=f"cat '{said}'")
    said.unlink()
    assert asked.losses() == []
    asked.house.close()
    for wrong in (f"cat '{said}'", "false", "no-such-command", "echo 00ff", "echo nonsense", "'"):
        with pytest.raises(BadSetting, match="SAMSVAR_KEK_COMMAND"):
            elsewhere(sqlite_world, kek_command=wrong)


def test_a_house_without_a_key_file_makes_none(tmp_path: Path) -> None:
    given = {"SAMSVAR_INSTANCE": str(tmp_path / "data"), "SAMSVAR_KEY_DIR": str(tmp_path / "keys")}
    house = set_up(Settings.load(given | {"SAMSVAR_KEK": os.urandom(32).hex()}))
    assert [path.name for path in tmp_path.rglob("kek*")] == []
    house.refuse_keys_beside_the_data()
    house.close()


def test_the_key_is_given_in_one_way_and_never_lies_beside_the_data(tmp_path: Path) -> None:
    where = {"SAMSVAR_INSTANCE": str(tmp_path)}
    two = {"SAMSVAR_KEK": "00" * 32, "SAMSVAR_KEK_COMMAND": "cat key"}
    with pytest.raises(BadSetting, match="Ange bara en av"):
        Settings.load(where | two)
    (tmp_path / "settings.toml").write_text(f'kek = "{"00" * 32}"')
    with pytest.raises(BadSetting, match="bara ur miljön"):
        Settings.load(where)
    (tmp_path / "settings.toml").unlink()
    assert "0000" not in repr(Settings.load(where | {"SAMSVAR_KEK": "00" * 32}))


def test_a_folder_of_keys_holds_any_kind_of_them(sqlite_world: World) -> None:
    """A rotation reaches every folder there is: one that is added must be turned as well."""
    kinds = {type(value) for value in vars(sqlite_world.house).values() if isinstance(value, WrappedKeys)}
    assert {kind.__name__ for kind in kinds} == {"KeyFolder", "CaseKeys", "DraftKey"}
