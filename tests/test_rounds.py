"""Rounds and tickets: opening, printing slips, voiding a lost pile, closing. P17 of PRIVACY.md."""

import dataclasses
import re

import pytest
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import DBAPIError

from survey import rounds, tickets
from survey.errors import BadRequest, Closed, NotAllowed, NotFound, SurveyError
from survey.installation import Installation
from survey.model import Round
from survey.published import publish
from survey.release import release_due
from survey.rounds import (
    add_tickets,
    close,
    find_round,
    open_round,
    round_by_code,
    round_by_link,
    rounds_of,
    void,
)
from survey.tables import association, box, round_, ticket
from tests.scene import answer, at, open_for, reply, reply_all, settle, tiny, tiny_short


@pytest.fixture
def house(installation: Installation) -> Installation:
    """An association with two teams, in the middle of the third quarter."""
    with installation.writing() as db:
        settle(db, "norr", "soder")
    return installation


def refused(house: Installation, code: str) -> tuple[type[SurveyError], tuple[object, ...]]:
    """How a code is refused: everything the page could make a difference of."""
    with house.reading() as db, pytest.raises(SurveyError) as caught:
        round_by_code(db, house, code)
    return type(caught.value), caught.value.args


def test_slips_are_easy_to_read_and_each_opens_the_round(house: Installation) -> None:
    opened = open_for(house, "norr", people=20)
    assert len(set(opened.codes)) == 20
    assert all(re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", code) for code in opened.codes)
    with house.reading() as db:
        assert {round_by_code(db, house, code).id for code in opened.codes} == {opened.round.id}


def test_a_code_may_be_typed_carelessly(house: Installation) -> None:
    opened = open_for(house, "norr")
    with house.reading() as db:
        for typed in (opened.codes[0].lower(), opened.codes[0].replace("-", ""), f" {opened.codes[0]}. "):
            assert round_by_code(db, house, typed).id == opened.round.id


def test_the_database_never_holds_a_code_nor_the_order_of_the_slips(house: Installation) -> None:
    opened = open_for(house, "norr")
    with house.reading() as db:
        hashes = list(db.scalars(select(ticket.c.hash)))
    assert hashes != [tickets.ticket_hash(house, code) for code in opened.codes]
    assert sorted(hashes) == sorted(tickets.ticket_hash(house, code) for code in opened.codes)
    assert not any(code.replace("-", "").encode() in row for code in opened.codes for row in hashes)


def test_used_unknown_voided_and_closed_codes_are_refused_alike(house: Installation) -> None:
    used, voided, closed = (open_for(house, "norr") for _ in range(3))
    reply(house, used.round, used.codes[0])
    with house.writing() as db:
        void(db, house, voided.round)
        close(db, closed.round)
    answers = {refused(house, code) for code in (used.codes[0], voided.codes[0], closed.codes[0], "K4M7-2PQX", "", "å")}
    assert answers == {(Closed, ())}


def test_unknown_and_closed_links_are_refused_alike_and_a_round_of_slips_has_no_link(house: Installation) -> None:
    linked, slips = open_for(house, "norr", link=True), open_for(house, "norr")
    with house.writing() as db:
        assert round_by_link(db, linked.round.id).id == linked.round.id
        close(db, linked.round)
        for identity in (linked.round.id, slips.round.id, "nowhere", "no\x00where"):
            with pytest.raises(Closed) as caught:
                round_by_link(db, identity)
            assert caught.value.args == ()


def test_a_box_mixes_as_many_as_the_association_says_and_ten_behind_a_link(house: Installation) -> None:
    with house.writing() as db:
        db.execute(update(association).values(mix=7))
    slips, linked = open_for(house, "norr"), open_for(house, "norr", link=True)
    assert (slips.round.k, linked.round.k) == (7, 10)
    with house.reading() as db:
        kept = dict(db.execute(select(box.c.round, box.c.k)).all())
    assert kept == {slips.round.id: 7, linked.round.id: 10}


def test_only_anonymous_forms_of_known_teams_are_opened(house: Installation) -> None:
    with house.writing() as db:
        with pytest.raises(NotFound):
            open_round(db, house, "ingen", tiny(), tickets=5, participants=5)
        with pytest.raises(BadRequest):
            open_round(db, house, "norr", tiny())
        with pytest.raises(BadRequest):
            open_round(db, house, "norr", tiny(), tickets=5, participants=5, open_link=True)
        poll = dataclasses.replace(tiny(), kind="poll")
        with pytest.raises(NotAllowed):
            open_round(db, house, "norr", poll, tickets=5, participants=5)


def test_rounds_of_a_team_are_listed_open_ones_first(house: Installation) -> None:
    first, second, other = open_for(house, "norr"), open_for(house, "norr"), open_for(house, "soder")
    with house.writing() as db:
        close(db, first.round)
    with house.reading() as db:
        assert [(r.id, r.open) for r in rounds_of(db, "norr")] == [(second.round.id, True), (first.round.id, False)]
        with pytest.raises(NotFound):
            find_round(db, "nowhere")
    assert other.round.team == "soder"


def test_a_round_looks_the_same_whatever_was_answered(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    with house.reading() as db:
        before = find_round(db, opened.round.id)
    reply_all(house, opened, 7)
    with house.reading() as db:
        assert find_round(db, opened.round.id) == before


def test_a_lost_pile_is_replaced_by_as_many_whatever_was_used(house: Installation) -> None:
    nobody, many = open_for(house, "norr", people=10), open_for(house, "norr", people=10)
    reply_all(house, many, 6)
    with house.writing() as db:
        new = [void(db, house, opened.round) for opened in (nobody, many)]
        after = [find_round(db, opened.round.id) for opened in (nobody, many)]
    assert [len(codes) for codes in new] == [10, 10]
    assert [(r.issued, r.voided, r.participants) for r in after] == [(20, 10, 10)] * 2
    assert {refused(house, code) for code in many.codes} == {(Closed, ())}
    with house.reading() as db:
        assert round_by_code(db, house, new[1][0]).id == many.round.id


def test_nothing_more_is_printed_for_a_closed_round(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    with house.writing() as db:
        close(db, opened.round)
        with pytest.raises(Closed):
            void(db, house, opened.round)
        with pytest.raises(Closed):
            add_tickets(db, house, opened.round, 1, participants=1)
        assert db.scalar(select(func.count()).select_from(ticket)) == 0


def test_an_open_link_has_no_slips(house: Installation) -> None:
    linked = open_for(house, "norr", link=True)
    with house.writing() as db:
        with pytest.raises(NotAllowed):
            add_tickets(db, house, linked.round, 5, participants=5)
        with pytest.raises(Closed):
            void(db, house, linked.round)


def test_unspent_slips_stay_valid_after_a_release_and_counting_begins_anew(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    reply_all(house, opened, 6)
    release_due(at(house, "2026-10-01"), lambda *_: None)
    with house.reading() as db:
        later = round_by_code(db, house, opened.codes[9])
    assert (later.id, later.participants, later.issued) == (opened.round.id, 0, 0)
    reply(house, later, opened.codes[9])


def test_an_answer_to_a_pooled_form_is_taken_and_one_of_another_pool_is_not(house: Installation) -> None:
    with house.writing() as db:
        publish(db, tiny_short())
    opened = open_for(house, "norr")
    reply(house, opened.round, opened.codes[0], {"q_bra": "0"}, form=tiny_short())
    stranger = dataclasses.replace(tiny(), pool="other")
    with pytest.raises(NotAllowed):
        reply(house, opened.round, opened.codes[1], answer(), form=stranger)


# --- P17: issuing tickets is capped and visible ---------------------------------------------------------------------


def print_all_one_can(house: Installation, opened: rounds.Opened) -> set[str]:
    """A coordinator who wants to answer for everyone: asks for more, voids, asks again; the codes that still work."""
    codes = set(opened.codes)
    for _ in range(3):
        for n in (12, 4, 2, 1):
            try:
                with house.writing() as db:
                    codes |= set(add_tickets(db, house, opened.round, n))
            except BadRequest:
                continue
        with house.writing() as db:
            codes |= set(void(db, house, opened.round))
    with house.reading() as db:
        return {code for code in codes if _works(db, house, code)}


def _works(db: Connection, house: Installation, code: str) -> bool:
    try:
        round_by_code(db, house, code)
    except Closed:
        return False
    return True


def test_no_more_slips_work_than_six_for_five_named_participants(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    assert len(print_all_one_can(house, opened)) == 12


def test_control_the_same_attack_succeeds_where_voiding_does_not_withdraw(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "withdraw", lambda db, round: None)
    opened = open_for(house, "norr", people=10)
    assert len(print_all_one_can(house, opened)) > 12


def test_the_cap_holds_at_opening_and_says_what_can_be_done(house: Installation) -> None:
    with pytest.raises(BadRequest, match="högst 12"), house.writing() as db:
        open_round(db, house, "norr", tiny(), tickets=13, participants=10)
    with house.reading() as db:
        assert rounds_of(db, "norr") == ()


def test_more_participants_make_room_for_more_slips_and_all_of_it_is_seen(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    with house.writing() as db:
        assert len(add_tickets(db, house, opened.round, 8, participants=5)) == 8
        void(db, house, opened.round)
        seen: Round = find_round(db, opened.round.id)
    assert (seen.participants, seen.issued, seen.voided) == (15, 36, 18)


def test_not_even_a_hand_in_the_database_lifts_the_cap(house: Installation) -> None:
    opened = open_for(house, "norr", people=10)
    with pytest.raises(DBAPIError), house.writing() as db:
        db.execute(update(round_).where(round_.c.id == opened.round.id).values(issued=13))
    with house.writing() as db:  # control: the same hand may do what the cap allows
        db.execute(update(round_).where(round_.c.id == opened.round.id).values(issued=12))
        assert db.scalar(text("SELECT issued FROM round")) == 12
