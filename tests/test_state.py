"""The page state: real ones come back whole, and nothing else is believed."""

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.state import LIFE, SKEW, Expired, PageState, Unreadable, address, begin, seal, unseal

KEY = secrets.token_bytes(32)
FORM = "a" * 64
NOW = 1_790_000_000
STATE = replace(
    begin("round1", "experience", 1, "K4M7-2PQX", NOW),
    view="question",
    page="motet_1",
    answers={"du_m1_kansla": "5", "du_f2_info": ("1", "3"), "du_s3_fritt": "Rad ett\nRad två – åäö «ع»"},
    unread={"du_f_text": ("å" * 501,)},
    seen=frozenset({"fore_1", "fore_2"}),
    prompted=True,
    sends=True,
)


def test_a_state_comes_back_as_it_went() -> None:
    assert unseal(KEY, seal(KEY, STATE, FORM), FORM, NOW + LIFE) == STATE


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200) | st.lists(st.text(max_size=9)).map(tuple)))
def test_whatever_was_answered_comes_back(answers: dict[str, str | tuple[str, ...]]) -> None:
    state = replace(STATE, answers=answers)
    try:
        sealed = seal(KEY, state, FORM)
    except UnicodeEncodeError:  # half a surrogate pair: `forms` takes those out of every answer
        return
    assert unseal(KEY, sealed, FORM, NOW).answers == answers


def test_it_says_where_it_belongs_and_nothing_else() -> None:
    sealed = seal(KEY, STATE, FORM)
    assert (address(sealed).home, address(sealed).form, address(sealed).version) == ("round1", "experience", 1)
    for secret in ("K4M7", "motet_1", "du_m1_kansla", "Rad ett", STATE.submission.hex()):
        assert secret not in sealed


def test_two_pages_of_one_state_look_unlike() -> None:
    assert seal(KEY, STATE, FORM) != seal(KEY, STATE, FORM)


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: sealed.replace("round1", "round2"),
        lambda sealed: sealed.replace("experience", "experience_short"),
        lambda sealed: sealed.replace(".1.", ".2."),
        lambda sealed: sealed[:-40] + ("A" if sealed[-40] != "A" else "B") + sealed[-39:],
        lambda sealed: sealed[:-20],
        lambda sealed: sealed + "AAAA",
        lambda sealed: sealed.rpartition(".")[0],
        lambda sealed: sealed.replace(".", "..", 1),
        lambda _sealed: "",
        lambda _sealed: "round1.experience.1." + "A" * 64,
        lambda _sealed: "round1.experience." + "9" * 40 + "." + "A" * 64,
    ],
    ids=["round", "form", "version", "one sign", "cut", "longer", "no body", "shape", "empty", "invented", "number"],
)
def test_a_state_that_was_touched_is_not_believed(change: Callable[[str], str]) -> None:
    touched = change(seal(KEY, STATE, FORM))
    with pytest.raises(Unreadable):
        unseal(KEY, touched, FORM, NOW)


def test_a_state_is_bound_to_the_exact_form_and_the_installation() -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, seal(KEY, STATE, FORM), "b" * 64, NOW)
    with pytest.raises(Unreadable):
        unseal(secrets.token_bytes(32), seal(KEY, STATE, FORM), FORM, NOW)


@pytest.mark.parametrize("age", [LIFE + 1, -SKEW - 1])
def test_a_state_dies_after_two_days(age: int) -> None:
    with pytest.raises(Expired):
        unseal(KEY, seal(KEY, STATE, FORM), FORM, NOW + age)


def test_a_clock_that_is_set_back_an_hour_costs_nobody_their_page() -> None:
    assert unseal(KEY, seal(KEY, STATE, FORM), FORM, NOW - SKEW)


def test_a_thousand_characters_weigh_little() -> None:
    words = " ".join(secrets.choice(("mötet", "kändes", "handläggaren", "lyssnade", "inte")) for _ in range(160))[:1000]
    state: PageState = replace(STATE, answers={"du_s3_fritt": words}, unread={})
    assert len(seal(KEY, state, FORM)) < 1500
