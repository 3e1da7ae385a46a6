"""P18 of PRIVACY.md, where it begins: one field encrypted for one place, with one key, opens nowhere else."""

import secrets

import pytest

from survey.vault import Damaged, Place, Vault

HERE = Place("document", "answers", "a 1")
KEY_ID = bytes(8)


def test_what_is_locked_for_a_place_opens_there() -> None:
    vault = Vault(KEY_ID, secrets.token_bytes(32))
    said = {"an_namn": "Åsa", "rows": [{"vad": "prova"}], "codes": ["1", "2"]}
    assert vault.unlock(HERE, vault.lock(HERE, said)) == said


@pytest.mark.parametrize(
    "there",
    [Place("task", "answers", "a 1"), Place("document", "words", "a 1"), Place("document", "answers", "b 1")],
    ids=["another table", "another column", "another row"],
)
def test_it_opens_in_no_other_place(there: Place) -> None:
    vault = Vault(KEY_ID, secrets.token_bytes(32))
    field = vault.lock(HERE, "Alva")
    with pytest.raises(Damaged):
        vault.unlock(there, field)


def test_it_opens_with_no_other_key_nor_under_another_keys_name() -> None:
    key = secrets.token_bytes(32)
    field = Vault(KEY_ID, key).lock(HERE, "Alva")
    for other in (Vault(KEY_ID, secrets.token_bytes(32)), Vault(b"another!", key)):
        with pytest.raises(Damaged):
            other.unlock(HERE, field)


def test_not_a_byte_of_it_may_change() -> None:
    vault = Vault(KEY_ID, secrets.token_bytes(32))
    field = vault.lock(HERE, "Alva")
    for at in range(len(field)):
        with pytest.raises(Damaged):
            vault.unlock(HERE, field[:at] + bytes([field[at] ^ 1]) + field[at + 1 :])
    for short in (b"", field[:5], field[:-1]):
        with pytest.raises(Damaged):
            vault.unlock(HERE, short)


def test_the_same_said_twice_looks_different() -> None:
    vault = Vault(KEY_ID, secrets.token_bytes(32))
    assert vault.lock(HERE, "Alva") != vault.lock(HERE, "Alva")


def test_a_key_has_a_name_of_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        Vault(b"short", bytes(32))
