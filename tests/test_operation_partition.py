"""No row of one association hangs on another's, no transaction writes in two, and no page reads what others have to
find its own: `docs/scale.md` stands on that.

Which association a row belongs to is read from its keys, by way of the tables they point at. How rows are found is what
the database says of each query of each page.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Index, Table, UniqueConstraint, event, insert, select

from exports import groups
from survey.db import PATIENCE
from survey.installation import Installation
from survey.polls import closing
from survey.polls.holding import start
from survey.published import publish
from survey.release import release_due
from survey.tables import metadata, team
from tests.poll_scene import room_form
from tests.scene import SOAK, at
from tests.staff_scene import AWAY, HOME, answered, staffed
from tests.whole_house import House, whole_house

PAGE = (Path(__file__).parent.parent / "docs" / "scale.md").read_text("utf-8")
Rows = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]


def listed(heading: str) -> set[str]:
    """The names in the first column of a table of the page."""
    (part,) = re.findall(rf"^### {heading}\n(.*?)(?=^#|\Z)", PAGE, re.S | re.M)
    return set(re.findall(r"^\| `([a-z_.]+)`", part, re.M))


def way(table: Table) -> list[str] | None:
    """The columns that lead from a table to an association; None where none does."""
    if "association" in table.c:
        return ["association"]
    for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
        if key.column.table is not table and (onwards := way(key.column.table)):
            return [key.parent.name, *onwards]
    return None


def test_every_table_leads_to_an_association_or_is_named_as_shared() -> None:
    alone = {table.name for table in metadata.sorted_tables if way(table) is None}
    assert alone - {"association"} == listed("Shared by all")


def test_every_unique_key_that_could_meet_another_associations_row_is_named() -> None:
    """One of a random id, or of what leads to the association, can not."""
    named = set()
    for table in metadata.sorted_tables:
        leads = way(table)
        unique: list[Index | UniqueConstraint] = [one for one in table.indexes if one.unique]
        unique += [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        for key in unique:
            if leads and leads[0] not in key.columns:
                named |= {f"{table.name}.{column.name}" for column in key.columns}
    assert named == listed("Unique beyond an association")


def rows(db: Connection) -> Rows:
    """Everything there is, by key."""
    found: dict[str, dict[tuple[Any, ...], Mapping[str, Any]]] = {}
    for table in metadata.sorted_tables:
        keys = [column.name for column in table.primary_key.columns] or list(table.c.keys())
        every = db.execute(select(table)).mappings()
        found[table.name] = {tuple(row[key] for key in keys): dict(row) for row in every}
    return found


def owner(world: Rows, table: Table, row: Mapping[str, Any]) -> str | None:
    """The association a row belongs to; None for what is shared."""
    leads = way(table)
    if leads is None or leads == ["association"]:
        named: str | None = row["slug"] if table.name == "association" else row.get("association")
        return named
    key = next(one for one in table.foreign_keys if one.parent.name == leads[0])
    parent = key.column.table
    found = next((one for one in world[parent.name].values() if one[key.column.name] == row[leads[0]]), None)
    return owner(world, parent, found) if found else None


def written(before: Rows, after: Rows) -> set[str]:
    """The associations of which something was added, changed or removed. An emptied box is nobody's any more: those of
    all are forgotten together once the files are scrubbed."""
    found = set()
    for table in metadata.sorted_tables:
        one, other = before[table.name], after[table.name]
        for key in one.keys() | other.keys():
            if one.get(key) != other.get(key) and one.get(key, {}).get("state") != "emptied":
                found.add(owner(after if key in other else before, table, other.get(key) or one[key]))
    return {slug for slug in found if slug}


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """What each transaction from here on writes in."""
    kept: list[set[str]] = []
    writing = Installation.writing

    @contextmanager
    def watched(self: Installation, patience: float = PATIENCE) -> Iterator[Connection]:
        with writing(self, patience) as db:
            before = rows(db)
            yield db
            kept.append(written(before, rows(db)))

    monkeypatch.setattr(Installation, "writing", watched)
    return kept


def test_no_transaction_writes_in_two_associations(
    sqlite_installation: Installation, request: pytest.FixtureRequest
) -> None:
    world = staffed(sqlite_installation)
    transactions: list[set[str]] = request.getfixturevalue("transactions")
    for opened in (world.home, world.away):
        answered(world, opened, 12)
    with world.installation.writing() as db:
        publish(db, room_form())
    for slug in (HOME, AWAY):
        with world.installation.writing() as db:
            start(db, world.installation, slug, None, room_form())
    later = at(world.installation, "2027-01-02")
    release_due(later, groups.close)
    closing.close_due(later)
    assert max(map(len, transactions)) == 1, transactions
    assert {slug for found in transactions for slug in found} == {HOME, AWAY}
    with world.installation.writing() as db:  # control
        for slug in (HOME, AWAY):
            db.execute(insert(team).values(slug=f"{slug}-ny", association=slug, name="Ny", controller="Kommunen"))
    assert transactions[-1] == {HOME, AWAY}


def queries(house: House) -> Mapping[str, Any]:
    """Every query of every page, with what it was asked with."""
    found: dict[str, Any] = {}

    def hear(_db: object, _cursor: object, query: str, given: Any, _context: object, many: bool) -> None:
        if query.startswith(("SELECT", "WITH")) and not many:
            found.setdefault(query, given)

    engine = house.world.installation.engine
    event.listen(engine, "before_cursor_execute", hear)
    for rule in house.rules():
        if "GET" in (rule.methods or ()):
            house.ask(rule)
    event.remove(engine, "before_cursor_execute", hear)
    return found


def read_through(db: Connection, query: str, given: Any) -> set[str]:
    """The tables that a query reads from end to end. The newest row, or the last few, are found by the key."""
    steps = [str(row[-1]) for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given)]
    in_order = " LIMIT " in query and not any(step.startswith("USE TEMP B-TREE") for step in steps)
    scanned = {re.sub(r"_\d+$", "", step.split()[1]) for step in steps if step.startswith("SCAN ")}
    return set() if in_order else scanned & metadata.tables.keys()


if SOAK:

    def test_no_page_reads_a_table_from_end_to_end_but_those_named(tmp_path: Path, migrated_file: Path) -> None:
        with whole_house(tmp_path, migrated_file) as house:
            asked = queries(house)
            with house.world.installation.reading() as db:
                found = set().union(*(read_through(db, query, given) for query, given in asked.items()))
                assert read_through(db, "SELECT answers FROM response", ()) == {"response"}  # control
        assert len(asked) > 100
        assert found == listed("Read from end to end")
