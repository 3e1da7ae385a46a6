"""P25 of PRIVACY.md: the audit log cannot be rewritten quietly by whoever has the database, triggers or not.

The attacker here may do anything to the tables and to the anchor's file; only the secret key is out of reach. Controls
show that the same attacks succeed on a chain whose macs anybody can make, and on an anchor without a seal.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from survey import audit as chain
from survey.audit import Anchor, Entry, Verdict
from survey.installation import Installation
from survey.keys import Secrets
from survey.tables import audit

WHEN = datetime(2026, 8, 14, 12, tzinfo=UTC)
ROWS = 6


def written(house: Installation, rows: int = ROWS) -> Installation:
    """Somebody reads a few cases, one after the other."""
    for number in range(rows):
        with house.writing() as db:
            entry = Entry("kim", "read", "norr", f"case{number}", "referral 1")
            chain.record(db, house.secrets, entry, WHEN + timedelta(minutes=number))
    return house


def verdict(house: Installation, anchor: Anchor | None = None) -> Verdict:
    with house.reading() as db:
        return chain.verify(db, house.secrets, anchor or house.anchor)


def without_triggers(db: Connection) -> None:
    """What whoever owns the database does first."""
    if db.dialect.name == "postgresql":
        db.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        for name in ("update", "delete", "replace"):
            db.execute(text(f"DROP TRIGGER audit_{name}"))


def attack(house: Installation, deed: Callable[[Connection], object]) -> None:
    with house.writing() as db:
        without_triggers(db)
        deed(db)


def edit(db: Connection) -> None:
    db.execute(update(audit).where(audit.c.number == 3).values(actor="somebody else"))


def remove(db: Connection) -> None:
    db.execute(delete(audit).where(audit.c.number == 3))


def remove_and_renumber(db: Connection) -> None:
    remove(db)
    for number in range(4, ROWS + 1):
        db.execute(update(audit).where(audit.c.number == number).values(number=number - 1))


def swap(db: Connection) -> None:
    db.execute(update(audit).where(audit.c.number == 3).values(number=-1))
    db.execute(update(audit).where(audit.c.number == 4).values(number=3))
    db.execute(update(audit).where(audit.c.number == -1).values(number=4))


def cut(db: Connection) -> None:
    db.execute(delete(audit).where(audit.c.number > 3))


def empty(db: Connection) -> None:
    db.execute(delete(audit))


def forge(db: Connection) -> None:
    last = db.execute(select(audit).where(audit.c.number == ROWS)).mappings().one()
    db.execute(insert(audit).values({**last, "number": ROWS + 1, "actor": "somebody else"}))


ATTACKS = {
    "edit": (edit, "changed", 3),
    "remove": (remove, "missing", 3),
    "remove and renumber": (remove_and_renumber, "changed", 3),
    "swap": (swap, "changed", 3),
    "cut": (cut, "cut", 4),
    "empty": (empty, "cut", 1),
    "forge": (forge, "changed", ROWS + 1),
}


def test_a_chain_nobody_has_touched_is_whole(installation: Installation) -> None:
    assert verdict(installation) == Verdict(0)
    assert verdict(written(installation)) == Verdict(ROWS)


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_done_to_the_chain_is_seen(installation: Installation, name: str) -> None:
    deed, fault, number = ATTACKS[name]
    attack(written(installation), deed)
    found = verdict(installation)
    assert not found
    assert (found.fault, found.number) == (fault, number)


@pytest.mark.parametrize("deed", [cut, empty])
def test_a_cut_end_is_not_healed_by_going_on(installation: Installation, deed: Callable[[Connection], None]) -> None:
    house = written(installation)
    attack(house, deed)
    written(house, 2)
    assert verdict(house).fault == "cut"
    written(house, 9)
    assert verdict(house).fault == "anchor", "another row stands where the anchor lies"


def test_an_anchor_that_lags_behind_by_a_crash_catches_up(installation: Installation) -> None:
    house = written(installation, 2)
    lagging = house.anchor.path.read_bytes()
    written(house, 2)
    house.anchor.path.write_bytes(lagging)
    assert verdict(house) == Verdict(4)
    written(house, 1)
    assert verdict(house) == Verdict(5)
    noted = house.anchor.read()
    assert noted is not None
    assert noted.number == 5


def test_an_anchor_that_is_gone_or_is_nonsense_is_seen(sqlite_installation: Installation) -> None:
    house = written(sqlite_installation)
    house.anchor.path.write_text("nonsense")
    assert verdict(house).fault == "anchor"
    house.anchor.path.unlink()
    assert verdict(house).fault == "anchor"


@pytest.mark.parametrize("deed", [edit, remove, empty])
def test_by_mistake_not_even_sql_changes_a_row(installation: Installation, deed: Callable[[Connection], None]) -> None:
    house = written(installation)
    with pytest.raises(DatabaseError), house.writing() as db:
        deed(db)
    replaces = "TRUNCATE audit" if house.engine.dialect.name == "postgresql" else _REPLACE
    with pytest.raises(DatabaseError), house.writing() as db:
        db.execute(text(replaces))
    assert verdict(house) == Verdict(ROWS)


_REPLACE = (
    'INSERT OR REPLACE INTO audit (number, at, actor, action, team, "case", detail, mac) '
    "VALUES (3, 0, 'x', 'x', '', '', '', x'00')"
)


def test_control_a_chain_whose_macs_anybody_can_make_is_rewritten_unseen(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Secrets, "derive", lambda _self, _purpose: b"everybody knows it")
    house = written(installation)

    def rewrite(db: Connection) -> None:
        edit(db)
        before = bytes(32)
        for row in db.execute(select(audit).order_by(audit.c.number)).all():
            (read,) = chain.as_rows([row])
            before = chain._mac(house.secrets, before, read)
            db.execute(update(audit).where(audit.c.number == row.number).values(mac=before))
        house.anchor.begin(chain.Head(ROWS, before))

    attack(house, rewrite)
    assert verdict(house)


# --- whoever has the anchor's file as well ----------------------------------------------------------------------------


def note_the_cut(house: Installation) -> None:
    """The row the chain is cut at stands in the database, mac and all: it is noted in place of the one cut off."""
    with house.reading() as db:
        head = chain.newest(db)
    told = f"{head.number:020d} {head.mac.hex()}"
    seal = house.anchor.path.read_text().split()[2] if house.anchor.path.exists() else "0" * 64
    house.anchor.path.write_text(f"{told} {seal}\n")


def take_away(house: Installation) -> None:
    house.anchor.path.unlink()


def call_it_a_restore(house: Installation) -> None:
    house.anchor.path.rename(house.anchor.path.with_name("audit.anchor.2026-08-15T031500"))
    note_the_cut(house)


@pytest.mark.parametrize("deed", [cut, empty])
@pytest.mark.parametrize("cover", [note_the_cut, take_away, call_it_a_restore])
def test_a_cut_end_is_seen_also_where_the_anchor_is_changed(
    sqlite_installation: Installation, deed: Callable[[Connection], None], cover: Callable[[Installation], None]
) -> None:
    house = written(sqlite_installation)
    attack(house, deed)
    cover(house)
    assert verdict(house).fault == "anchor"
    written(house, 9)
    assert verdict(house).fault == "anchor", "going on heals nothing"


def test_control_an_anchor_without_a_seal_is_moved_unseen(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Anchor, "_seal", lambda _self, _told: "0" * 64)
    sqlite_installation.anchor.begin()
    house = written(sqlite_installation)
    attack(house, cut)
    note_the_cut(house)
    assert verdict(house) == Verdict(3)


def test_what_remains_is_that_an_old_anchor_somebody_has_kept_fits_an_old_chain(
    sqlite_installation: Installation,
) -> None:
    """That is why `audit verify` says how the newest row begins: noted elsewhere, it is missing afterwards."""
    house = written(sqlite_installation, 3)
    kept, head = house.anchor.path.read_bytes(), verdict(house).head
    written(house, 3)
    later = verdict(house).head
    attack(house, cut)
    house.anchor.path.write_bytes(kept)
    assert verdict(house) == Verdict(3)
    assert verdict(house).head == head != later


def test_an_anchor_set_aside_is_one_the_chain_tells_of(sqlite_installation: Installation) -> None:
    house = written(sqlite_installation)
    with house.reading() as db:
        third = chain.head_at(db, 3)
    assert third is not None
    attack(house, cut)  # what a restore of an older backup does
    with house.writing() as db:
        left = house.anchor.set_aside(WHEN, third)
        chain.record(db, house.secrets, Entry("command", chain.RESTORED, detail=" ".join(("2026-08-14", *left))), WHEN)
    assert verdict(house) == Verdict(4)
    (aside,) = house.anchor.path.parent.glob("audit.anchor.*")
    told = aside.read_bytes()
    aside.write_bytes(told.replace(b"6", b"7"))
    assert verdict(house).fault == "aside", "changed"
    aside.write_bytes(told)
    house.anchor.path.with_name("audit.anchor.2026-08-13").write_bytes(house.anchor._line(chain.Head(9, bytes(32))))
    assert verdict(house).fault == "aside", "of a restore nobody made"


def test_a_restore_on_a_new_machine_whose_secret_was_put_back_is_told_as_well(
    sqlite_installation: Installation,
) -> None:
    """Set up there with a secret of its own, which the old one then takes the place of."""
    house = sqlite_installation
    Anchor(house.anchor.path, Secrets(bytes(32))).begin()
    assert verdict(house).fault == "anchor"
    with house.writing() as db:
        left = house.anchor.set_aside(WHEN, chain.newest(db))
        chain.record(db, house.secrets, Entry("command", chain.RESTORED, detail=" ".join(left)), WHEN)
    assert verdict(house) == Verdict(1)


def test_the_chain_is_made_under_a_secret_that_is_not_in_the_database(sqlite_installation: Installation) -> None:
    house = written(sqlite_installation)
    with house.reading() as db:
        first = db.execute(select(audit).order_by(audit.c.number)).first()
    assert first is not None
    (read,) = chain.as_rows([first])
    assert first.mac == chain._mac(house.secrets, bytes(32), read)
    assert first.mac != chain._mac(Secrets(bytes(32)), bytes(32), read)
    assert len(first.mac) == hmac.new(b"", b"", "sha256").digest_size


def test_a_deed_that_comes_to_nothing_leaves_no_row(installation: Installation) -> None:
    house = written(installation, 2)

    def fail() -> None:
        with house.writing() as db:
            chain.record(db, house.secrets, Entry("kim", "read"), WHEN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert verdict(house) == Verdict(2)
    assert verdict(written(house, 1)) == Verdict(3)


def test_an_anchor_that_cannot_be_written_stops_nobody(
    sqlite_installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    house = written(sqlite_installation, 1)
    house.anchor.path.unlink()
    house.anchor.path.mkdir()
    written(house, 1)
    with house.reading() as db:
        assert len(db.execute(select(audit.c.number)).all()) == 2
    assert "anchor" in caplog.text
