"""P22 of PRIVACY.md: data dies on schedule, unless held. Someone with every file, every backup of the database and all
keys that are left finds nothing of a case whose time is over; a line in a protocol says that it was deleted."""

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pyrage import x25519
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from exports import case_statistics
from survey import audit, backup, key_copy, repair, retention
from survey.cases import drafts
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from survey.keys import BrokenKey, CaseKeys
from survey.retention import decide, due, lift_hold, protocol, purge, set_hold
from survey.tables import audit as audit_rows
from survey.tables import case, case_event, consent_event, document, hold, purge_protocol, task
from survey.vault import Damaged, Place, Vault
from tests.attacker import find
from tests.case_rows import Told, add, noon, settled
from tests.conftest import Install, new_pg_database
from tests.crashing import PowerCutError
from tests.scene import at
from tests.test_secrecy_box import Copy, copied
from tests.test_secrecy_order import plain_url, postgresql_files

__all__ = ["copied"]  # a fixture

SECRET = "Kryddpeppar och kardemumma"
MARK = "kommunkod-zq17"
CLOSED = Told("2026-02-02", {"met": "2026-02-20", "closed": "2026-03-10"}, municipality=MARK, words=SECRET)
OPEN = Told("2026-02-02", {"met": "2026-02-20"}, words="Bara en vanlig anmälan")
AFTER = "2027-04-01"
"""A year and three weeks after the case was closed."""


@dataclasses.dataclass
class Thief:
    """Someone who copies whatever lies about: the database at one moment, and keys at any."""

    ciphertexts: list[tuple[Place, bytes]]
    keys: dict[str, bytes] = dataclasses.field(default_factory=dict)

    @classmethod
    def with_a_backup_of(cls, house: Installation) -> "Thief":
        """The database as it is now: every encrypted field, and where it lies."""
        with house.reading() as db:
            rows = db.execute(select(document)).all()
        return cls(
            [(Place("document", "answers", f"{row.case} {row.kind} {row.version}"), row.answers) for row in rows]
        )

    def look_for_keys(self, house: Installation, copy: Path | None = None) -> "Thief":
        """In the key folder, and in the copy of the keys; what unlocks them is known, too."""
        found = CaseKeys(house.case_keys.path, house.wrapping).every()
        if copy:
            found |= key_copy._read(house, copy).keys
        return dataclasses.replace(self, keys=found)

    def reads(self) -> list[str]:
        """What comes of trying every key on everything."""
        return [f"{one}" for place, field in self.ciphertexts for one in self._opened(place, field)]

    def _opened(self, place: Place, field: bytes) -> Iterator[object]:
        for identity, key in self.keys.items():
            try:
                yield Vault(bytes.fromhex(identity), key).unlock(place, field)
            except Damaged:
                continue


def ready(house: Installation, *told: Told) -> list[str]:
    """Cases that have come and gone, with their figures made, and a decision that closed ones are kept for a year."""
    settled(house, "norr")
    ids = [add(house, one) for one in told]
    case_statistics.close_due(at(house, "2027-01-02"), noon("2027-01-02"))
    with house.writing() as db:
        decide(db, "exempel", "closed", 12, "Dnr 2026/12", noon("2026-07-01").date())
    return ids


def purge_on(house: Installation, day: str) -> retention.Outcome:
    return purge(at(house, day), noon(day))


def names(found: tuple[retention.Due, ...]) -> list[str]:
    return [one.name for one in found]


def left_of(house: Installation, case_id: str) -> dict[str, int]:
    """Rows that still name the case, by table; the protocol and the audit chain keep its random name."""
    tables = (case_event, consent_event, document, task, hold)
    with house.reading() as db:
        rows = {table.name: len(db.execute(select(table).where(table.c.case == case_id)).all()) for table in tables}
        rows["case"] = len(db.execute(select(case.c.id).where(case.c.id == case_id)).all())
    return {name: n for name, n in rows.items() if n}


def test_a_closed_case_is_deleted_when_its_time_is_over_and_no_sooner(installation: Installation) -> None:
    house = installation
    closed, open_ = ready(house, CLOSED, OPEN)
    assert names(purge_on(house, "2027-03-09").purged) == []
    assert left_of(house, closed)
    outcome = purge_on(house, "2027-03-10")
    assert names(outcome.purged) == ["norr/A-0001"]
    assert outcome.scrubbed
    assert left_of(house, closed) == {}
    assert left_of(house, open_), "a case that is not closed stays"
    assert not house.case_keys.holds(closed)
    with pytest.raises(BrokenKey):
        house.case_keys.key(closed)
    assert names(purge_on(house, AFTER).purged) == [], "once is enough"


def test_the_protocol_says_what_was_deleted_by_which_decision_and_nothing_of_whom(installation: Installation) -> None:
    closed, _ = ready(installation, CLOSED, OPEN)
    purge_on(installation, AFTER)
    with installation.reading() as db:
        (entry,) = protocol(db, "norr")
        rows = {"case": 1, "task": 1, "document": 1, "consent_event": 2, "case_event": 3}
        assert entry == retention.Purged("norr", 1, "closed", "Dnr 2026/12", rows, "command", noon(AFTER).date())
        told = db.execute(select(audit_rows.c.action, audit_rows.c.team).where(audit_rows.c.case == closed)).all()
        assert told == [("purged", "norr")]
        assert audit.verify(db, installation.secrets, installation.anchor)


def test_nothing_of_it_is_left_in_the_files(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    closed, _ = ready(house, CLOSED, OPEN)
    with house.reading() as db:
        person = db.scalars(select(case.c.person).where(case.c.id == closed)).one()
    assert person
    wanted = [MARK, person.decode("latin-1")]
    assert MARK in find(wanted, copy()), "control: before, its plain codes are there"
    assert not find([SECRET], copy()), "what it says never was"
    assert purge_on(house, AFTER).scrubbed
    files = tables_of(copy)
    assert not find([SECRET, *wanted], files)
    assert not any(person in content for content in files.values())


def test_control_rows_that_are_only_deleted_stay_in_the_files(
    copied: tuple[Installation, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, copy = copied
    ready(house, CLOSED, OPEN)
    monkeypatch.setattr(retention, "scrub", lambda *_: True)
    purge_on(house, AFTER)
    assert MARK in find([MARK], copy())


def test_whoever_has_looked_since_before_the_deletion_puts_the_scrubbing_off(
    copied: tuple[Installation, Copy], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, copy = copied
    monkeypatch.setattr(repair, "_TRIES", 1)
    ready(house, CLOSED, OPEN)
    with house.reading() as looking:
        looking.execute(select(purge_protocol.c.case)).all()
        assert not purge_on(house, AFTER).scrubbed
        assert MARK in find([MARK], tables_of(copy)), "control: what could still be asked for lies there"
    assert purge_on(house, AFTER).scrubbed
    assert not find([MARK], tables_of(copy))


@pytest.fixture
def sampled(install: Install, pg_server: str) -> tuple[Installation, Callable[[], dict[str, bytes]]]:
    """Cases that were there when PostgreSQL gathered its statistics, of all that it may; and its files."""
    house = install(new_pg_database(pg_server))
    ready(house, CLOSED, OPEN)
    return house, lambda: postgresql_files(plain_url(house))[0]


def test_the_planners_statistics_keep_no_sample_of_what_is_deleted(
    sampled: tuple[Installation, Callable[[], dict[str, bytes]]],
) -> None:
    house, files = sampled
    analyze(house)
    purge_on(house, AFTER)
    assert not find([MARK], files())


def test_control_statistics_of_the_codes_keep_them_when_the_case_is_gone(
    sampled: tuple[Installation, Callable[[], dict[str, bytes]]],
) -> None:
    house, files = sampled
    analyze(house, 'ALTER TABLE "case" ALTER COLUMN municipality SET STATISTICS DEFAULT')
    purge_on(house, AFTER)
    assert MARK in find([MARK], files())


def test_no_table_that_is_scrubbed_is_sampled(postgresql_installation: Installation) -> None:
    emptied = repair._Emptied(["box"], ["ballot box"], ["poll"]).tables
    scrubbed = {*emptied, *retention.SCRUBBED}
    with postgresql_installation.reading() as db:
        query = text(
            "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
            "WHERE attnum > 0 AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0"
        )
        sampled = {row.relname for row in db.execute(query)}
    assert "team" in sampled, "control"
    assert sampled & scrubbed == set()


def analyze(house: Installation, *before: str) -> None:
    with psycopg.connect(plain_url(house), autocommit=True) as db:
        for statement in (*before, "ANALYZE"):
            db.execute(statement.encode())


def tables_of(copy: Copy) -> dict[str, bytes]:
    """A copy of all files but the write-ahead log, which PostgreSQL writes over in its own time."""
    return {name: content for name, content in copy().items() if "pg_wal" not in name}


def test_no_backup_of_the_database_can_be_read_any_more(installation: Installation, tmp_path: Path) -> None:
    house, copy = installation, tmp_path / "elsewhere"
    ready(house, CLOSED, OPEN)
    key_copy.write_copy(house, copy)
    thief = Thief.with_a_backup_of(house)
    purge_on(house, AFTER)
    after = thief.look_for_keys(house, copy).reads()
    assert any(SECRET in one for one in after), "control: the old copy of the keys still opens the old backup"
    assert key_copy.write_copy(house, copy) == 1
    after = thief.look_for_keys(house, copy).reads()
    assert len(after) == 1
    assert not any(SECRET in one for one in after)


def test_control_a_case_whose_rows_are_deleted_but_not_its_key_can_be_read_in_a_backup(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(installation, CLOSED, OPEN)
    thief = Thief.with_a_backup_of(installation)
    monkeypatch.setattr(CaseKeys, "destroy", lambda *_: None)
    purge_on(installation, AFTER)
    assert any(SECRET in one for one in thief.look_for_keys(installation).reads())


def test_a_hold_keeps_a_case_until_it_is_lifted(installation: Installation) -> None:
    house = installation
    closed, _ = ready(house, CLOSED, OPEN)
    with house.writing() as db:
        set_hold(db, house, closed, "Utlämnande, dnr 2027/3", "ada", noon("2027-01-01"))
    outcome = purge_on(house, AFTER)
    assert (names(outcome.purged), names(outcome.held)) == ([], ["norr/A-0001"])
    assert left_of(house, closed)
    with house.writing() as db:
        lift_hold(db, house, closed, "ada", noon(AFTER))
    assert names(purge_on(house, AFTER).purged) == ["norr/A-0001"]
    with house.reading() as db:
        told = db.scalars(select(audit_rows.c.action).where(audit_rows.c.case == closed).order_by(audit_rows.c.number))
        assert list(told) == ["held", "let_go", "purged"]


def test_a_hold_that_comes_while_the_case_is_being_deleted_comes_too_late_and_stops_nothing(
    postgresql_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = postgresql_installation
    (closed,) = ready(house, CLOSED)

    def hold_it() -> object:
        try:
            with house.writing() as db:
                set_hold(db, house, closed, "Dnr 1", "ada", noon(AFTER))
        except Exception as fault:
            return fault
        return None

    with ThreadPoolExecutor(1) as beside:
        began: list[Future[object]] = []

        def counted(*given: object) -> int:
            if not began:
                began.append(beside.submit(hold_it))
                wait(began, 0.3)
            return rows_of(*given)

        rows_of: Callable[..., int] = retention._rows
        monkeypatch.setattr(retention, "_rows", counted)
        assert names(purge_on(house, AFTER).purged) == ["norr/A-0001"]
    assert isinstance(began[0].result(), NotFound)


def test_a_hold_needs_a_reason_and_is_set_once(sqlite_installation: Installation) -> None:
    house = sqlite_installation
    (closed,) = ready(house, CLOSED)
    with house.writing() as db:
        with pytest.raises(BadRequest):
            set_hold(db, house, closed, " ", "ada", noon(AFTER))
        with pytest.raises(NotFound):
            lift_hold(db, house, closed, "ada", noon(AFTER))
        set_hold(db, house, closed, "Dnr 1", "ada", noon(AFTER))
        with pytest.raises(BadRequest):
            set_hold(db, house, closed, "Dnr 1", "ada", noon(AFTER))
        assert retention.find_case(db, "norr/a-0001") == closed
        for unknown in ("norr/A-0002", "syd/A-0001", "A-0001", ""):
            with pytest.raises(NotFound):
                retention.find_case(db, unknown)


def test_without_a_decision_nothing_is_deleted(installation: Installation) -> None:
    """Closed cases have one; for those that were never closed nobody has decided."""
    house = installation
    _, open_ = ready(house, CLOSED, OPEN)
    outcome = purge_on(house, "2036-01-01")
    assert outcome.undecided == (("exempel", "dormant"),)
    assert left_of(house, open_)
    with house.writing() as db:
        decide(db, "exempel", "dormant", 24, "Dnr 2036/1", noon("2036-01-01").date())
    assert names(purge_on(house, "2036-01-01").purged) == ["norr/A-0002"]


@pytest.mark.parametrize(("months", "decision"), [(0, "Dnr 1"), (121, "Dnr 1"), (12, " ")])
def test_a_decision_has_a_reference_and_a_time(sqlite_installation: Installation, months: int, decision: str) -> None:
    settled(sqlite_installation, "norr")
    with sqlite_installation.writing() as db, pytest.raises(BadRequest):
        decide(db, "exempel", "closed", months, decision, noon(AFTER).date())


def test_a_case_waits_until_it_is_counted(installation: Installation) -> None:
    house = installation
    settled(house, "norr")
    add(house, CLOSED)
    with house.writing() as db:
        decide(db, "exempel", "closed", 1, "Dnr 2026/12", noon("2026-01-01").date())
    assert names(purge_on(house, "2026-07-01").purged) == []
    case_statistics.close_due(at(house, "2026-07-01"), noon("2026-07-01"))
    assert names(purge_on(house, "2026-07-01").purged) == ["norr/A-0001"]


def test_looking_at_what_is_due_deletes_nothing(sqlite_installation: Installation) -> None:
    closed, _ = ready(sqlite_installation, CLOSED, OPEN)
    with sqlite_installation.reading() as db:
        assert names(tuple(due(db, noon(AFTER).date()))) == ["norr/A-0001"]
    assert left_of(sqlite_installation, closed)


def test_what_a_power_cut_leaves_is_deleted_the_next_night(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = installation
    closed, _ = ready(house, CLOSED, OPEN)
    thief = Thief.with_a_backup_of(house)

    def power_cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as crash:
        crash.setattr(CaseKeys, "destroy", power_cut)
        with pytest.raises(PowerCutError):
            purge_on(house, AFTER)
    assert left_of(house, closed) == {}
    assert house.case_keys.holds(closed), "control: the crash came between the rows and the key"
    assert purge_on(house, AFTER).purged == ()
    assert not any(SECRET in one for one in thief.look_for_keys(house).reads())


def test_a_crash_in_the_middle_of_the_rows_leaves_the_whole_case(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = installation
    closed, _ = ready(house, CLOSED, OPEN)
    before = left_of(house, closed)

    def power_cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as crash:
        crash.setattr(retention, "_tell", power_cut)
        with pytest.raises(PowerCutError):
            purge_on(house, AFTER)
    assert left_of(house, closed) == before
    assert names(purge_on(house, AFTER).purged) == ["norr/A-0001"]


def test_consents_go_with_their_case_and_in_no_other_way(installation: Installation) -> None:
    house = installation
    closed, open_ = ready(house, CLOSED, OPEN)
    purge_on(house, AFTER)
    for statement in (
        delete(consent_event).where(consent_event.c.case == open_),
        update(consent_event).where(consent_event.c.case == open_).values(kind="given"),
        delete(purge_protocol).where(purge_protocol.c.case == closed),
        update(purge_protocol).where(purge_protocol.c.case == closed).values(decision="annat"),
    ):
        with house.writing() as db, pytest.raises(DBAPIError):
            db.execute(statement)
    with house.reading() as db:
        assert db.execute(select(consent_event).where(consent_event.c.case == open_)).all()
        assert db.scalar(text("SELECT count(*) FROM purge_protocol")) == 1


def restored_after_a_purge(house: Installation, folder: Path) -> Installation:
    """A database filled from a backup that is older than the purge of a case."""
    backup.new_key(folder / "private")
    public = str(x25519.Identity.from_str((folder / "private").read_text().strip()).to_public())
    file = backup.back_up(house, folder / "copies", [public], noon("2027-01-02")).file
    assert names(purge_on(house, AFTER).purged) == ["norr/A-0001"]
    settings = dataclasses.replace(house.settings, database_url=f"sqlite:///{folder / 'restored.db'}")
    there = at(Installation.open(settings), AFTER)
    backup.restore(there, file, folder / "private", noon(AFTER), case_statistics.close_due)
    return there


def test_a_case_that_was_deleted_after_the_backup_is_deleted_from_what_comes_back(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    closed, open_ = ready(sqlite_installation, CLOSED, OPEN)
    there = restored_after_a_purge(sqlite_installation, tmp_path)
    assert left_of(there, closed) == {}
    assert left_of(there, open_)
    assert not find([MARK], {"restored": (tmp_path / "restored.db").read_bytes()})
    there.close()


def test_control_a_restore_that_deletes_nothing_brings_the_open_columns_back(
    sqlite_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(sqlite_installation, CLOSED, OPEN)
    nothing = retention.Outcome((), (), (), 0, scrubbed=True)
    monkeypatch.setattr(retention, "purge", lambda *_: nothing)
    there = restored_after_a_purge(sqlite_installation, tmp_path)
    there.close()
    assert find([MARK], {"restored": (tmp_path / "restored.db").read_bytes()})


# --- the copy of the keys -------------------------------------------------------------------------------------------


def test_keys_that_were_lost_come_back_from_the_copy(installation: Installation, tmp_path: Path) -> None:
    house, copy = installation, tmp_path / "elsewhere"
    closed, open_ = ready(house, CLOSED, OPEN)
    assert key_copy.write_copy(house, copy) == 2
    kept = {one: house.case_keys.key(one) for one in (closed, open_)}
    for path in house.case_keys.path.iterdir():
        path.unlink()
    assert key_copy.bring_back(house, copy, noon(AFTER)) == 2
    assert {one: house.case_keys.key(one) for one in kept} == kept


def test_a_purged_case_never_gets_its_key_back(sqlite_installation: Installation, tmp_path: Path) -> None:
    house, copy = sqlite_installation, tmp_path / "elsewhere"
    closed, _ = ready(house, CLOSED, OPEN)
    key_copy.write_copy(house, copy)
    purge_on(house, AFTER)
    assert key_copy.bring_back(house, copy, noon(AFTER)) == 0
    assert not house.case_keys.holds(closed)


def test_the_copy_tells_nothing_without_the_key_that_wraps_it(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    house, copy = sqlite_installation, tmp_path / "elsewhere"
    closed, _ = ready(house, CLOSED, OPEN)
    key_copy.write_copy(house, copy)
    lying = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert set(lying) == {key_copy.NAME}
    assert not find([closed, house.case_keys.key(closed).hex(), house.case_keys.key(closed).decode("latin-1")], lying)
    assert (copy / key_copy.NAME).stat().st_mode & 0o077 == 0
    house.settings.kek_file.write_bytes(bytes(32))
    with pytest.raises(BadRequest):
        key_copy.bring_back(house, copy, noon(AFTER))


def test_an_earlier_copy_is_overwritten_and_not_only_replaced(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    house, copy = sqlite_installation, tmp_path / "elsewhere"
    ready(house, CLOSED, OPEN)
    key_copy.write_copy(house, copy)
    (tmp_path / "the same bytes on the disk").hardlink_to(copy / key_copy.NAME)
    first = (copy / key_copy.NAME).read_bytes()
    key_copy.write_copy(house, copy)
    assert (tmp_path / "the same bytes on the disk").read_bytes() != first
    assert key_copy.bring_back(house, copy, noon(AFTER)) == 0, "and the new one can be read"


def test_a_copy_begun_before_a_case_was_deleted_does_not_take_the_place_of_one_without_its_key(
    sqlite_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host deletes and copies just when this one has looked which keys there are, and once more when it has
    read them."""
    house, copy = sqlite_installation, tmp_path / "elsewhere"
    closed, _ = ready(house, CLOSED, OPEN)
    began: list[Future[int]] = []

    def delete_and_copy() -> int:
        house.case_keys.destroy(closed)
        return key_copy.write_copy(house, copy)

    def looked(keys: CaseKeys) -> dict[str, bytes]:
        found = every(keys)
        if not began:
            began.append(beside.submit(delete_and_copy))
            wait(began, 0.3)
            monkeypatch.setattr(CaseKeys, "names", lambda _keys: tuple(found))
            assert closed not in every(keys), "a key that was destroyed after the look at the folder is passed over"
        return found

    every = CaseKeys.every
    monkeypatch.setattr(CaseKeys, "every", looked)
    with ThreadPoolExecutor(1) as beside:
        key_copy.write_copy(house, copy)
    assert began[0].result() == 1
    assert closed not in key_copy._read(house, copy).keys


def test_the_copy_does_not_lie_with_the_keys(sqlite_installation: Installation) -> None:
    with pytest.raises(BadRequest):
        key_copy.write_copy(sqlite_installation, sqlite_installation.settings.key_dir / "kopia")


def test_drafts_are_forgotten_after_fourteen_days(sqlite_installation: Installation) -> None:
    settled(sqlite_installation, "norr")
    with sqlite_installation.writing() as db:
        drafts.begin(db, sqlite_installation, "norr", {"answers": {}}, noon("2026-08-01"))
    assert purge_on(sqlite_installation, "2026-08-14").drafts == 0
    assert purge(sqlite_installation, noon("2026-08-15") + timedelta(minutes=1)).drafts == 1
