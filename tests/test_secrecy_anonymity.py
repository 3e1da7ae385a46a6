"""P10 of PRIVACY.md: anonymity cannot be switched off, neither by publishing anew nor by a hand in the database."""

import dataclasses

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from forms.model import Form, Page
from survey.errors import NotAllowed, NotFound
from survey.installation import Installation
from survey.published import load, newest, pool_versions, publish, published
from survey.tables import metadata
from tests.scene import open_for, settle, tiny, tiny_short

HANDS = [
    "UPDATE published_form SET kind = 'case' WHERE form = 'tiny'",
    "UPDATE published_form SET definition = '{}' WHERE form = 'tiny'",
    "UPDATE published_form SET fingerprint = 'x', pool = 'y' WHERE form = 'tiny'",
    "DELETE FROM published_form WHERE form = 'tiny'",
    "UPDATE box SET k = 6",
    "UPDATE box SET k = 1",
    "UPDATE box SET public = '12345678901234567890123456789012'",
    "UPDATE association SET mix = 4",
    'UPDATE association SET "show" = 9',
    'UPDATE association SET "count" = 29',
]
SQLITE_HANDS = [
    "INSERT OR REPLACE INTO published_form VALUES ('tiny', 1, 'case', 'tiny', 'x', '{}')",
    "UPDATE OR REPLACE published_form SET kind = 'case'",
    "INSERT INTO published_form VALUES ('tiny', 1, 'case', 'tiny', 'x', '{}') ON CONFLICT DO UPDATE SET kind = 'case'",
]
POSTGRESQL_HANDS = ["TRUNCATE published_form CASCADE"]


@pytest.fixture
def house(installation: Installation) -> Installation:
    """A team with an open round."""
    with installation.writing() as db:
        settle(db, "norr")
    open_for(installation, "norr")
    return installation


def hands(house: Installation) -> list[str]:
    return HANDS + (SQLITE_HANDS if house.engine.dialect.name == "sqlite" else POSTGRESQL_HANDS)


def succeeds(house: Installation, statement: str, *, unguarded: bool = False) -> bool:
    """Whether a hand in the database gets its way."""
    try:
        with house.writing() as db:
            if unguarded:
                _take_guards_away(db)
            db.execute(text(statement))
            db.rollback()
    except DBAPIError:
        return False
    return True


def _take_guards_away(db: Connection) -> None:
    if db.dialect.name == "sqlite":
        for (name,) in db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            db.execute(text(f"DROP TRIGGER {name}"))
        db.execute(text("PRAGMA ignore_check_constraints = ON"))
        return
    for table in metadata.tables:  # emptying a form's table reaches every table that points at it
        db.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
    db.execute(text("ALTER TABLE box DROP CONSTRAINT ck_box_floor"))
    db.execute(text("ALTER TABLE association DROP CONSTRAINT ck_association_floors"))


def test_no_hand_in_the_database_changes_a_published_form_a_box_or_a_floor(house: Installation) -> None:
    assert [statement for statement in hands(house) if succeeds(house, statement)] == []


def test_control_without_the_guards_every_one_of_them_succeeds(house: Installation) -> None:
    refused = [each for each in hands(house) if not succeeds(house, each, unguarded=True)]
    # A round refers to its form, so deleting one is refused even so.
    assert refused == ["DELETE FROM published_form WHERE form = 'tiny'"]


def test_a_published_version_is_published_once_and_for_all(house: Installation) -> None:
    changed = dataclasses.replace(tiny(), kind="case", fingerprint="another")
    with house.writing() as db:
        publish(db, tiny())
        with pytest.raises(NotAllowed, match="version 1"):
            publish(db, changed)
        assert load(db, "tiny", 1) == tiny()


def _asking_who(privacy: str, type_: str) -> Form:
    page = tiny().pages[0]
    who = dataclasses.replace(page.questions[0], id="vem", type=type_, privacy=privacy)  # type: ignore[arg-type]
    return dataclasses.replace(tiny(2), pages=(*tiny().pages, Page("vem", (who,))), fingerprint="another")


@pytest.mark.parametrize(
    ("privacy", "type_"), [("identifying", "text"), ("identifying", "choice"), ("open", "email"), ("open", "phone")]
)
def test_an_anonymous_form_that_asks_who_somebody_is_is_refused(house: Installation, privacy: str, type_: str) -> None:
    with house.writing() as db, pytest.raises(NotAllowed, match="vem"):
        publish(db, _asking_who(privacy, type_))


def test_a_poll_that_asks_who_somebody_is_is_refused_as_well(house: Installation) -> None:
    with house.writing() as db, pytest.raises(NotAllowed, match="vem"):
        publish(db, dataclasses.replace(_asking_who("identifying", "text"), kind="poll"))


def test_control_a_case_form_may_ask_who_somebody_is(house: Installation) -> None:
    with house.writing() as db:
        publish(db, dataclasses.replace(_asking_who("identifying", "text"), kind="case"))


def test_what_is_published_is_read_back_equal_and_found_by_its_pool(house: Installation) -> None:
    with house.writing() as db:
        publish(db, tiny_short())
        publish(db, tiny(2))
        assert newest(db, "tiny") == tiny(2)
        assert [(form.id, form.version) for form in pool_versions(db, "tiny")] == [
            ("tiny", 1), ("tiny", 2), ("tiny_short", 1)
        ]  # fmt: skip
        assert published(db) == pool_versions(db, "tiny")
        with pytest.raises(NotFound):
            newest(db, "none")
        with pytest.raises(NotFound):
            load(db, "tiny", 9)


@pytest.mark.parametrize("at_the_commit", [False, True])
def test_a_form_whose_publishing_was_taken_back_is_not_remembered(house: Installation, at_the_commit: bool) -> None:
    def fail(_db: object) -> None:
        raise RuntimeError

    def publish_and_fail() -> None:
        with house.writing() as db:
            publish(db, tiny(3))
            load(db, "tiny", 3)
            if not at_the_commit:
                fail(db)

    event.listen(house.engine, "commit", fail)
    with pytest.raises(RuntimeError):
        publish_and_fail()
    event.remove(house.engine, "commit", fail)
    with house.reading() as db, pytest.raises(NotFound):
        load(db, "tiny", 3)
