"""The code book over several versions: what is locked in all of them, and what each question means now."""

import pytest

from exports.book import Book, code_book
from forms.model import Form
from survey.errors import NotFound
from tests.locked import LOCK, made, reword, unlock
from tests.population import experience_book


def book(*forms: Form) -> Book:
    return code_book("locked_block", forms)


def locked(of: Book) -> set[str]:
    return {entry.id for entry in of.entries if entry.lock == LOCK}


def test_the_book_says_what_is_locked_by_whom_and_with_which_fingerprint() -> None:
    shown = book(made())
    assert locked(shown) == {"brod_skorpig", "brod_sorter", "brod_igen", "brod_skivor", "brod_ord"}
    (lock,) = shown.locks
    assert (lock.id, lock.owner, lock.fingerprint) == (LOCK, "Det påhittade brödrådet", made().locks[0].fingerprint)


def test_there_is_no_book_of_what_nobody_has_published() -> None:
    with pytest.raises(NotFound):
        book()


def test_a_book_without_locks_has_none() -> None:
    assert experience_book().locks == ()
    assert {entry.lock for entry in experience_book().entries} == {""}
    assert {entry.meaning for entry in experience_book().entries} == {1}


def test_the_same_block_in_every_version_is_locked() -> None:
    assert locked(book(made(), made(version=2))) == locked(book(made()))


def test_a_block_that_some_version_has_unlocked_is_not_locked_at_all() -> None:
    """Publishing refuses this; were it there all the same, answers to both wordings would be counted together."""
    for forms in ((made(), made(unlock, version=2)), (made(unlock), made(version=2))):
        shown = book(*forms)
        assert (locked(shown), shown.locks) == (set(), ())
    pooled = book(made(), made(unlock, form="kort", pool="locked_block"))
    assert (locked(pooled), pooled.locks) == (set(), ())


def test_a_block_with_two_fingerprints_is_not_locked_at_all() -> None:
    assert locked(book(made(), made(reword, version=2))) == set()


def test_a_question_means_what_its_latest_version_says() -> None:
    later = made(lambda changed: changed["pages"][2]["questions"][0].update(meaning=3), version=2)
    assert {e.id: e.meaning for e in book(made(), later).entries if e.meaning > 1} == {"brod_igen": 2, "eget_kaffe": 3}
