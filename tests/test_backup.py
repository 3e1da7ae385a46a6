"""A backup is whole, opened by one key only, holds no key of ours and no readable answer, and comes back anywhere."""

import dataclasses
import shutil
import threading
import zlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519
from sqlalchemy import func, insert, select

from exports import case_statistics, groups
from survey import backup, key_copy, transcript
from survey.audit import verify
from survey.backup import Restored
from survey.cases import drafts, ended
from survey.cases.model import View
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.installation import Installation
from survey.release import release_due
from survey.rounds import Opened
from survey.tables import box, draft, response, sealed, staff_session, team, ticket
from tests.case_office import NOON, TEAM, office
from tests.conftest import new_pg_database
from tests.scene import answer, at, open_for, reply, settle

NOW = datetime(2026, 8, 15, 3, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARK = "kanelbulle-i-motvind"
PEOPLE = 6
Away = Callable[[str], Installation]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere.key"


@pytest.fixture
def away(installation: Installation, tmp_path: Path, request: pytest.FixtureRequest) -> Away:
    """The same secrets and keys over another, empty database of either kind."""

    def _away(kind: str) -> Installation:
        (tmp_path / "new").mkdir(exist_ok=True)
        file = f"sqlite:///{tmp_path / 'new' / 'samsvar.db'}"
        url = file if kind == "sqlite" else new_pg_database(request.getfixturevalue("pg_server"))
        settings = dataclasses.replace(installation.settings, database_url=url)
        opened = Installation.open(settings)
        request.addfinalizer(opened.close)
        return opened

    return _away


@pytest.fixture
def opened(installation: Installation) -> Opened:
    """A round that six people have answered, some in words that would be known again."""
    with installation.writing() as db:
        settle(db, "norr")
    opened = open_for(installation, "norr", people=PEOPLE + 2)
    for number in range(PEOPLE):
        reply(installation, opened.round, opened.codes[number], answer(MARK))
    return opened


def taken(installation: Installation, folder: Path, key: Path) -> Path:
    return backup.back_up(installation, folder, [backup.new_key(key)], NOW).file


def plain(file: Path, key: Path) -> bytes:
    """Everything in a backup, as whoever has the private key reads it."""
    pair = x25519.Identity.from_str(key.read_text().strip())
    return zlib.decompress(pyrage.decrypt(file.read_bytes(), [pair]))


def back(there: Installation, file: Path, key: Path) -> Restored:
    return backup.restore(there, file, key, NOW, case_statistics.close_due)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_row_comes_back_on_either_database(
    installation: Installation, opened: Opened, away: Away, tmp_path: Path, key: Path, kind: str
) -> None:
    release_due(at(installation, "2026-10-02"), groups.close)
    with installation.writing() as db:
        db.execute(insert(team).values(slug="ö-test", association="exempel", name="Ö\"'\\\n\u2028", controller="–"))
    file = taken(installation, tmp_path / "copies", key)
    with installation.reading() as db:
        before = transcript.tally(db)
    there = away(kind)
    came = back(there, file, key)
    assert came.tally == before
    assert (came.rounds, came.cases) == ((), ())
    with there.reading() as db:
        assert db.scalar(select(func.count()).select_from(response)) == PEOPLE
        assert verify(db, there.secrets, there.anchor)
        after = transcript.tally(db).rows
    changed = {table for table in after if after[table] != before.rows[table]}
    assert changed == {"audit"}, "that it was restored is told in the chain, and nothing else differs"


def test_answers_that_wait_can_be_opened_after_a_restore(
    installation: Installation, opened: Opened, away: Away, tmp_path: Path, key: Path
) -> None:
    file = taken(installation, tmp_path / "copies", key)
    there = away("sqlite")
    assert not back(there, file, key).rounds
    ((_round, n),) = release_due(at(there, "2026-10-02"), groups.close).released
    assert n == PEOPLE


def test_what_nobody_can_read_any_more_is_let_go_and_answering_goes_on(
    installation: Installation, opened: Opened, away: Away, tmp_path: Path, key: Path
) -> None:
    file = taken(installation, tmp_path / "copies", key)
    release_due(at(installation, "2026-10-02"), groups.close)  # the key of the box is gone after this
    there = away("sqlite")
    assert back(there, file, key).rounds == (opened.round.id,)
    with there.reading() as db:
        assert db.scalar(select(func.count()).select_from(sealed)) == 0
        (current,) = db.execute(select(box.c.id).where(box.c.state == "current")).all()
    assert there.keys.holds(current.id)
    reply(there, opened.round, opened.codes[PEOPLE])


def test_a_backup_holds_no_key_and_no_readable_answer(
    installation: Installation, opened: Opened, tmp_path: Path, key: Path
) -> None:
    file = taken(installation, tmp_path / "copies", key)
    content = plain(file, key)
    settings = installation.settings
    secret = [settings.kek_file, settings.instance / "secret.key", *installation.keys.path.glob("box-*.key")]
    assert len(secret) > 2
    for one in secret:
        raw = one.read_bytes()
        assert all(form not in content for form in (raw, raw.hex().encode(), b64encode(raw)))
    assert MARK.encode() not in content
    assert b"Samordningsf" in content  # control: what lies there unsealed would have been found
    assert b"Samordningsf" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert key.stat().st_mode & 0o077 == 0


def test_nobody_stays_signed_in_through_a_backup(
    installation: Installation, opened: Opened, tmp_path: Path, key: Path
) -> None:
    assert staff_session.name.encode() not in plain(taken(installation, tmp_path / "copies", key), key)


def test_a_backup_tells_nothing_of_the_order_in_which_people_answered(
    installation: Installation, opened: Opened, tmp_path: Path, key: Path
) -> None:
    with installation.reading() as db:
        told = [line for line in transcript.lines(db) if b'"b":' in line]
        by_id = sorted(db.scalars(select(sealed.c.id)))
    ids = [b64encode(one) for one in by_id]
    places = [next(place for place, line in enumerate(told) if one in line) for one in ids]
    assert places == sorted(places)


def test_a_damaged_a_foreign_and_a_half_backup_change_nothing(
    installation: Installation, opened: Opened, away: Away, tmp_path: Path, key: Path
) -> None:
    file = taken(installation, tmp_path / "copies", key)
    there, whole = away("sqlite"), file.read_bytes()
    other = tmp_path / "other.key"
    backup.new_key(other)
    with pytest.raises(BadRequest, match="öppna"):
        back(there, file, other)
    for broken in (whole[:-40], whole[: len(whole) // 2], whole[:300] + bytes([whole[300] ^ 1]) + whole[301:]):
        file.write_bytes(broken)
        with pytest.raises(BadRequest):
            back(there, file, key)
    file.write_bytes(whole)
    back(there, file, key)  # control: the same file whole is taken


def test_lines_that_are_missing_or_added_are_noticed_and_nothing_is_kept(
    installation: Installation, opened: Opened, away: Away
) -> None:
    with installation.reading() as db:
        told = list(transcript.lines(db))
    there = away("sqlite")
    for bad in (told[:-1], [*told[:-2], told[-1]], [*told[:-1], told[-2], told[-1]], []):
        with pytest.raises(BadRequest):
            transcript.take_in(there.writer, bad)
    transcript.take_in(there.writer, told)


def test_a_database_with_anything_in_it_is_never_written_over(
    installation: Installation, opened: Opened, tmp_path: Path, key: Path
) -> None:
    file = taken(installation, tmp_path / "copies", key)
    with pytest.raises(NotAllowed, match="inte tom"):
        back(installation, file, key)
    with installation.reading() as db:
        assert db.scalar(select(func.count()).select_from(ticket)) == PEOPLE + 2


def test_a_backup_taken_while_people_answer_has_everyone_who_was_told_before_it_began(
    installation: Installation, away: Away, tmp_path: Path, key: Path
) -> None:
    with installation.writing() as db:
        settle(db, "norr")
    opened = open_for(installation, "norr", people=40)
    told, begun, enough = 0, threading.Event(), threading.Event()

    def answering() -> None:
        nonlocal told
        for number in range(40):
            reply(installation, opened.round, opened.codes[number])
            told += 1
            if told == 10:
                begun.set()
            if enough.is_set():
                return

    people = threading.Thread(target=answering)
    people.start()
    begun.wait()
    before = told
    file = taken(installation, tmp_path / "copies", key)
    enough.set()
    people.join()
    there = away("sqlite")
    back(there, file, key)
    with there.reading() as db:
        sealed_there = db.scalar(select(func.count()).select_from(sealed)) or 0
        spent = db.scalar(select(func.count()).select_from(ticket).where(ticket.c.spent)) or 0
    assert before <= sealed_there == spent, "whole transactions only"


def test_a_database_moves_to_the_other_kind_and_is_compared_row_by_row(
    installation: Installation, opened: Opened, away: Away
) -> None:
    there = away("postgresql" if installation.engine.dialect.name == "sqlite" else "sqlite")
    url = there.settings.database_url
    moved = transcript.move(installation.engine, url)
    with there.reading() as db:
        assert transcript.tally(db) == moved
        assert db.scalar(select(func.count()).select_from(sealed)) == PEOPLE
    with pytest.raises(NotAllowed, match="inte tom"):
        transcript.move(installation.engine, url)
    release_due(at(there, "2026-10-02"), groups.close)  # and is one to go on with


def test_without_a_key_to_write_for_there_is_no_backup(installation: Installation, tmp_path: Path) -> None:
    for wrong in ((), ("age1nothing",)):
        with pytest.raises(BadRequest, match="SAMSVAR_BACKUP_TO"):
            backup.back_up(installation, tmp_path / "copies", wrong, NOW)
    assert not list(tmp_path.glob("copies/*"))


def test_a_private_key_is_never_written_over(tmp_path: Path, key: Path) -> None:
    backup.new_key(key)
    with pytest.raises(BadRequest, match="finns redan"):
        backup.new_key(key)


def taken_back_after_the_backup(
    installation: Installation, away: Away, tmp_path: Path, key: Path, *, fire: bool = False
) -> Callable[[str], View]:
    """How somebody sees a case in what came back: one consent was taken back after the backup was made, others before
    it, and given anew."""
    place = office(installation)
    case_id = place.send().case_id
    place.withdraw(case_id, ["kommun"], NOON + HOUR)
    place.yes("kommun", case_id, NOON + 2 * HOUR)
    place.yes("region", case_id, NOON + 2 * HOUR)
    file = taken(installation, tmp_path / "copies", key)
    place.withdraw(case_id, ["af"], NOON + 3 * HOUR)
    if fire:
        key_copy.write_copy(installation, tmp_path / "key copy")
        shutil.rmtree(installation.case_keys.path)
        (installation.keys.path / ended.NAME).unlink()
    there = away("sqlite")
    back(there, file, key)
    if fire:
        assert key_copy.bring_back(there, tmp_path / "key copy", NOW) == 1
    place.house = there
    return lambda name: place.view(name, case_id, NOW)


def test_no_saved_referral_comes_back_for_one_may_have_been_let_go(
    installation: Installation, away: Away, tmp_path: Path, key: Path
) -> None:
    office(installation)
    with installation.writing() as db:
        drafts.begin(db, installation, TEAM, {"answers": {}}, NOW)
    there = away("sqlite")
    back(there, taken(installation, tmp_path / "copies", key), key)
    with there.reading() as db:
        assert db.scalar(select(func.count()).select_from(draft)) == 0


@pytest.mark.parametrize("fire", [False, True], ids=["the keys are left", "the keys come from their copy"])
def test_a_consent_taken_back_after_the_backup_stays_taken_back(
    installation: Installation, away: Away, tmp_path: Path, key: Path, *, fire: bool
) -> None:
    seen_by = taken_back_after_the_backup(installation, away, tmp_path, key, fire=fire)
    with pytest.raises(NotFound):
        seen_by("af")
    assert {party: one.state for party, one in seen_by("kim").standings.items() if one.active} == {
        "kommun": "given",
        "region": "given",
        "cm": "given",
    }
    assert "an_namn" in seen_by("region").documents["referral"].answers


def test_control_unless_that_is_noted_elsewhere_the_restore_opens_it_again(
    installation: Installation, away: Away, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended, "note", lambda *_told: None)
    seen_by = taken_back_after_the_backup(installation, away, tmp_path, key)
    assert "an_namn" in seen_by("af").documents["referral"].answers


def test_a_case_whose_key_is_another_by_now_is_named(
    installation: Installation, away: Away, tmp_path: Path, key: Path
) -> None:
    place = office(installation)
    older, newer = place.send().case_id, place.send().case_id
    file = taken(installation, tmp_path / "copies", key)
    installation.case_keys.destroy(newer)
    installation.case_keys.put_back(older, bytes(32))
    assert set(back(away("sqlite"), file, key).cases) == {older, newer}
