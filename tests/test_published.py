"""What may be published beside what is published: one lock is one block, and a question's meaning never goes back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import Connection

from forms.model import Form
from survey.errors import NotAllowed
from survey.installation import Installation
from survey.published import load, publish
from tests.locked import Content, made, rename, reword, unlock, unlock_and_rename


@pytest.fixture
def db(installation: Installation) -> Iterator[Connection]:
    """A database in which the block is published, as version 1."""
    with installation.writing() as db:
        publish(db, made())
        yield db


def refused(db: Connection, form: Form) -> str:
    with pytest.raises(NotAllowed) as words:
        publish(db, form)
    return str(words.value)


def both(*changes: Callable[[Content], object]) -> Callable[[Content], None]:
    def change(changed: Content) -> None:
        for each in changes:
            each(changed)

    return change


def meaning(question: int, n: int) -> Callable[[Content], None]:
    def change(changed: Content) -> None:
        changed["pages"][2]["questions"][question]["meaning"] = n

    return change


def own_title(changed: Content) -> None:
    changed["title"] = {"sv": "Ett kafé till", "en": "One more café"}
    changed["pages"][2]["questions"][0]["text"]["sv"] = "Var kaffet gott?"


def test_a_published_block_is_kept_with_its_lock(db: Connection) -> None:
    kept = load(db, "locked_block", 1)
    assert kept == made()
    assert (kept.locks[0].owner, kept.pages[0].lock) == ("Det påhittade brödrådet", "brod")
    assert kept.by_id["brod_igen"].meaning == 2


def test_the_same_block_is_published_in_any_form_with_local_questions_after(db: Connection) -> None:
    publish(db, made(own_title, version=2))
    publish(db, made(own_title, form="cafe", pool="cafe"))
    assert load(db, "cafe", 1).locks == made().locks


def test_a_lock_is_one_block_wherever_it_is_published(db: Connection) -> None:
    said = refused(db, made(both(reword, rename), form="cafe", pool="cafe"))
    assert "brod är publicerat med ett annat innehåll i locked_block version 1" in said
    assert "Det skiljer sig här: sidan brod_1, frågan ny_brod_skorpig, " in said
    assert "text, en" in refused(db, made(reword, form="cafe", pool="cafe"))


def test_a_block_that_is_not_what_its_fingerprint_says_is_refused(db: Connection) -> None:
    honest = made(reword, form="cafe", pool="cafe")
    forged = replace(honest, locks=made().locks)
    assert refused(db, forged) == "Det låsta blocket brod är inte som ägaren skrev det."


def test_a_locked_question_stays_in_its_block(db: Connection) -> None:
    said = refused(db, made(unlock, version=2))
    assert said.startswith("Frågan brod_skorpig hör till det låsta blocket brod i locked_block version 1.")
    pooled = refused(db, made(unlock, form="cafe", pool="locked_block"))
    assert pooled.startswith("Frågan brod_skorpig hör till det låsta blocket brod")
    publish(db, made(unlock_and_rename, version=2))


def test_a_question_that_was_not_locked_is_not_locked_later(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made(unlock))
        said = refused(db, made(version=2))
        assert said.startswith("Frågan brod_skorpig är låst här men inte i locked_block version 1.")
        publish(db, made(form="cafe", pool="cafe"))


def test_unlocked_questions_with_the_same_ids_elsewhere_are_another_pools_business(db: Connection) -> None:
    publish(db, made(unlock, form="cafe", pool="cafe"))


def test_a_meaning_goes_up_and_never_down(db: Connection) -> None:
    publish(db, made(meaning(0, 2), version=2))
    publish(db, made(meaning(0, 2), version=3))
    said = refused(db, made(version=4))
    assert said.startswith("Frågan eget_kaffe har meaning 1 i version 4 men 2 i version 2.")
    assert "Talet kan bara höjas." in said


def test_a_version_published_late_may_not_mean_more_than_a_later_one(db: Connection) -> None:
    publish(db, made(version=3))
    assert "meaning 1 i version 3 men 2 i version 2" in refused(db, made(meaning(0, 2), version=2))
    publish(db, made(version=2))


def test_a_removed_question_may_come_back_and_means_no_less(db: Connection) -> None:
    publish(db, made(meaning(0, 3), version=2))
    publish(db, made(lambda changed: changed["pages"].pop(), version=3))
    assert "meaning 2 i version 4 men 3 i version 2" in refused(db, made(meaning(0, 2), version=4))


def test_publishing_the_very_same_again_changes_nothing(db: Connection) -> None:
    publish(db, made())
    assert load(db, "locked_block", 1).fingerprint == made().fingerprint


def test_two_who_publish_at_once_cannot_each_have_a_block_of_the_same_name(
    postgresql_installation: Installation,
) -> None:
    """On SQLite one writer waits for the other anyway."""
    refusals: list[str] = []

    def publish_another() -> None:
        with postgresql_installation.writing() as db:
            refusals.append(refused(db, made(reword, form="cafe", pool="cafe")))

    other = Thread(target=publish_another)
    with postgresql_installation.writing() as db:
        publish(db, made())
        other.start()
        other.join(0.3)
        assert refusals == []
    other.join()
    assert "publicerat med ett annat innehåll" in refusals[0]
