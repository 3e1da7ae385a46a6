"""P2 and P3 of PRIVACY.md: before release an answer exists only encrypted; after it the key is gone."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from forms.model import Stored
from survey.installation import Installation, set_up
from survey.keys import BrokenKey, KeyFolder
from survey.published import publish
from survey.release import release_due
from survey.repair import repair
from survey.rounds import Opened
from survey.sealing import Damaged, Opener
from survey.tables import box, sealed
from survey.wrapping import write_secret
from tests.attacker import disguises, files_under
from tests.conftest import Install, new_pg_database
from tests.crashing import PowerCutError
from tests.scene import answer, at, open_for, reply, reply_all, settle, tiny_short
from tests.test_secrecy_order import plain_url, postgresql_files
from tests.ways import WAYS, Desk

Copy = Callable[[], dict[str, bytes]]


@pytest.fixture(params=["sqlite", "postgresql"])
def copied(request: pytest.FixtureRequest, install: Install) -> tuple[Installation, Copy]:
    """An installation, and a function that copies all its files but the key folder."""
    if request.param == "sqlite":
        house = install(request.getfixturevalue("sqlite_url"))
        return house, lambda: files_under(house.settings.instance)
    house = install(new_pg_database(request.getfixturevalue("pg_server")))

    def copy() -> dict[str, bytes]:
        tables, log = postgresql_files(plain_url(house))
        return tables | log | files_under(house.settings.instance)

    return house, copy


def keys_of(house: Installation) -> list[bytes]:
    """Every secret that opens a box: the private keys, the same as wrapped, and what they are wrapped with."""
    with house.reading() as db:
        boxes = list(db.scalars(select(box.c.id)))
    private = [house.keys.private(identity).private_bytes_raw() for identity in boxes]
    wrapped = [path.read_bytes() for path in house.keys.path.glob("box-*")]
    return [*private, *wrapped, house.settings.kek_file.read_bytes()]


def found(keys: list[bytes], files: dict[str, bytes]) -> int:
    """How many of the keys lie somewhere in the files, raw, in hex or in base64."""
    forms = [{key, *disguises(key.hex()), *disguises(key.decode("latin-1"))} for key in keys]
    return sum(any(form in content for form in each for content in files.values()) for each in forms)


# --- P2 -------------------------------------------------------------------------------------------------------------


def test_no_copy_of_the_system_holds_a_key(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    with house.writing() as db:
        settle(db, "norr", "soder")
    opened, other = open_for(house, "norr"), open_for(house, "soder")
    keys = keys_of(house)
    copies = [copy()]
    reply_all(house, opened, 6)
    copies.append(copy())
    release_due(at(house, "2026-10-01"), lambda *_: None)
    copies.append(copy())
    assert len(keys) == 5
    assert [found(keys, files) for files in copies] == [0] * len(copies)
    assert not any("box-" in name or "kek" in name for files in copies for name in files)
    assert other.round.open


def test_control_a_key_kept_in_the_database_is_found(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    with house.writing() as db:
        settle(db, "norr")
    open_for(house, "norr")
    keys = keys_of(house)
    with house.writing() as db:
        db.execute(text("CREATE TABLE leak (secret TEXT)"))
        db.execute(text("INSERT INTO leak VALUES (:key)"), {"key": keys[0].hex()})
    assert found(keys, copy()) == 1


def lengths(house: Installation) -> set[int]:
    with house.reading() as db:
        return {len(blob) for blob in db.scalars(select(sealed.c.blob))}


def test_all_blobs_have_one_length_whatever_and_however_much_was_answered(installation: Installation) -> None:
    house = installation
    with house.writing() as db:
        settle(db, "norr")
        publish(db, tiny_short())
    opened = open_for(house, "norr")
    blank: dict[str, Stored] = {"q_bra": "-99", "q_vem": [], "q_vem_miss": "-99", "q_antal": "-99", "q_ord": "-99"}
    for code, record in zip(opened.codes, (blank, answer(), answer("ja"), answer("😀" * 200)), strict=False):
        reply(house, opened.round, code, record)
    reply(house, opened.round, opened.codes[5], {"q_bra": "1"}, form=tiny_short())
    assert len(lengths(house)) == 1


def test_all_blobs_have_one_length_and_no_copy_a_key_whichever_way_was_answered(
    sqlite_installation: Installation,
) -> None:
    house = sqlite_installation
    with house.writing() as db:
        settle(db, "norr")
    desk = Desk.at(house, "norr")
    opened = open_for(house, "norr")
    for number, way in enumerate((*WAYS, *WAYS)):
        said = answer("😀" * 200 if number < len(WAYS) else "")
        desk.answered(way, house, opened.round, opened.codes[number], said)
    with house.reading() as db:
        assert db.scalar(select(func.count()).select_from(sealed)) == 2 * len(WAYS)
    assert len(lengths(house)) == 1
    assert found(keys_of(house), files_under(house.settings.instance)) == 0


def test_control_without_padding_the_length_tells(installation: Installation) -> None:
    house = installation
    with house.writing() as db:
        settle(db, "norr")
    opened = open_for(house, "norr")
    for code, words in zip(opened.codes, ("", "ett längre svar"), strict=False):
        reply(house, opened.round, code, answer(words))
    with house.reading() as db:
        plain = [_opened(house, db, row) for row in db.execute(select(sealed.c.id, sealed.c.box, sealed.c.blob)).all()]
    assert len({len(str(record)) for record in plain}) == 2


def _opened(house: Installation, db: Connection, row: tuple[bytes, str, bytes]) -> object:
    identity, box_id, blob = row
    return Opener(house.keys.private(box_id), box_id).open(identity, blob).record


# --- P3 -------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Loot:
    """What somebody carried away before the release: the sealed answers, all of them."""

    blobs: list[tuple[bytes, str, bytes]]

    def read(self, house: Installation, folder: Path) -> int:
        """How many can be opened with any key in a copy of the key folder, with the key-encryption key at hand."""
        keys = KeyFolder(folder, house.wrapping)
        opened = 0
        for identity, box_id, blob in self.blobs:
            try:
                Opener(keys.private(box_id), box_id).open(identity, blob)
            except (BrokenKey, Damaged):
                continue
            opened += 1
        return opened


def world(house: Installation) -> tuple[Opened, Loot]:
    with house.writing() as db:
        settle(db, "norr")
    opened = open_for(house, "norr")
    reply_all(house, opened, 6)
    with house.reading() as db:
        rows = db.execute(select(sealed.c.id, sealed.c.box, sealed.c.blob)).all()
    return opened, Loot([(row.id, row.box, row.blob) for row in rows])


def test_after_a_release_nothing_opens_the_old_answers(installation: Installation) -> None:
    house = installation
    _, loot = world(house)
    (old,) = house.keys.path.glob("box-*")
    release_due(at(house, "2026-10-01"), lambda *_: None)
    assert not old.exists()
    assert len(list(house.keys.path.glob("box-*"))) == 1
    assert loot.read(house, house.keys.path) == 0


def test_control_with_a_copy_of_the_key_folder_the_old_answers_open(installation: Installation, tmp_path: Path) -> None:
    house = installation
    _, loot = world(house)
    stolen = shutil.copytree(house.keys.path, tmp_path / "stolen")
    release_due(at(house, "2026-10-01"), lambda *_: None)
    assert loot.read(house, stolen) == 6


class _PowerCutBeforeDestroying(KeyFolder):
    def destroy(self, box: str) -> None:
        raise PowerCutError


def test_a_key_that_outlived_its_release_by_a_crash_is_destroyed_at_the_next_start(installation: Installation) -> None:
    house = installation
    _, loot = world(house)
    unlucky = _PowerCutBeforeDestroying(house.keys.path, house.wrapping)
    with pytest.raises(PowerCutError):
        release_due(at(dataclasses.replace(house, keys=unlucky), "2026-10-01"), lambda *_: None)
    assert loot.read(house, house.keys.path) == 6, "control: until the next start the key still opens the answers"
    assert repair(house)
    assert loot.read(house, house.keys.path) == 0
    assert len(list(house.keys.path.glob("box-*"))) == 1


def test_keys_of_another_database_are_left_alone(sqlite_installation: Installation, tmp_path: Path) -> None:
    """As when somebody forgets to say which database it is and the folder's own, empty one is opened."""
    house = sqlite_installation
    world(house)
    kept = {path.name for path in house.keys.path.glob("box-*")}
    elsewhere = set_up(dataclasses.replace(house.settings, database_url=f"sqlite:///{tmp_path / 'forgotten.db'}"))
    assert repair(elsewhere)
    elsewhere.close()
    assert {path.name for path in house.keys.path.glob("box-*")} == kept
    write_secret(house.keys.path / "box-never-came-to-be.key", bytes(60))
    assert repair(house)
    assert {path.name for path in house.keys.path.glob("box-*")} == kept, (
        "control: in its own database a stray key goes"
    )
