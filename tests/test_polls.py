"""A room votes: what each step of a poll does, for whom, and what it refuses. On both databases."""

import itertools
import threading
from contextlib import suppress
from datetime import date

import pytest
from sqlalchemy import func, select

from forms.library import shipped
from forms.schema import read_form
from survey.errors import AlreadyCounted, BadRequest, Closed, NotAllowed, NotFound
from survey.installation import Installation
from survey.polls import closing, leading, live, results, texts, voting
from survey.polls.holding import poll_by_way_in, polls_of, questions, start, start_by_link
from survey.polls.model import FLOOR
from survey.published import publish
from survey.repair import repair
from survey.tables import ballot, ballot_box, poll_count, poll_phone
from tests.crashing import PowerCutError, counted
from tests.poll_scene import Hall, hold, room_form
from tests.scene import ASSOCIATION, Snapshot, at, settle, tiny


def keys(house: Installation) -> int:
    return len(list(house.keys.path.glob("box-*")))


# --- starting and finding -------------------------------------------------------------------------------------------


def test_a_poll_begins_in_the_lobby_with_a_code_of_six_digits_and_every_question_hidden(
    installation: Installation,
) -> None:
    hall = hold(installation)
    assert hall.poll.code
    assert len(hall.poll.code) == 6
    assert hall.poll.code.isdecimal()
    assert hall.poll.current is None
    with installation.reading() as db:
        assert poll_by_way_in(db, f"{hall.poll.code[:3]} {hall.poll.code[3:]}", installation.today()) == hall.poll
        standing = results.standings(db, hall.poll)
    assert [(one.question, one.state, one.votes) for one in standing] == [
        (name, "hidden", 0) for name in ("p_en", "p_flera", "p_skala", "p_ord")
    ]
    assert keys(installation) == 0


@pytest.mark.parametrize("way_in", ["000000", "12345", "", "1234567", "ett två", "\x00", "' OR 1=1 --", "١٢٣٤٥٦"])
def test_a_code_that_leads_nowhere_is_closed_like_any_other(installation: Installation, way_in: str) -> None:
    hold(installation)
    with installation.reading() as db, pytest.raises(Closed):
        poll_by_way_in(db, way_in, installation.today())


def test_the_staff_poll_is_voted_on_in_the_order_it_is_written() -> None:
    (form,) = [form for form in shipped() if form.id == "staff_poll"]
    assert [question.id for question in questions(form)] == [
        "mp_struktur", "mp_natverk", "mp_r1_kanner", "mp_r2_trygg", "mp_r3_plan", "mp_r4_bra", "mp_r5_svart"
    ]  # fmt: skip


def test_only_a_poll_without_conditions_is_voted_on() -> None:
    with pytest.raises(NotAllowed):
        questions(tiny())
    numbers = """
form: "x"
version: 1
kind: "poll"
languages: ["sv"]
title: {sv: "X"}
pages: [{id: "p", questions: [{id: "q", type: "number", text: {sv: "Hur många?"}, privacy: "open"}]}]
"""
    with pytest.raises(NotAllowed):
        questions(read_form(numbers, name="x.yaml"))


def test_a_poll_is_held_only_where_there_is_somebody(installation: Installation) -> None:
    with installation.writing() as db:
        settle(db, "norr")
        publish(db, room_form())
    for where in (("ingen", None), (ASSOCIATION, "ingen")):
        with pytest.raises(NotFound), installation.writing() as db:
            start(db, installation, where[0], where[1], room_form())


def test_polls_are_numbered_and_listed_the_newest_first(installation: Installation) -> None:
    first, second = hold(installation), hold(installation, again=True)
    with installation.reading() as db:
        assert [poll.number for poll in polls_of(db, ASSOCIATION)] == [2, 1]
    assert first.poll.code != second.poll.code


# --- voting ---------------------------------------------------------------------------------------------------------


def test_thirty_votes_with_changes_of_mind_are_counted_as_they_were_last(installation: Installation) -> None:
    hall = hold(installation)
    phones = hall.phones(30)
    for phone in phones[:25]:
        hall.join(phone)
    hall.open("p_en")
    hall.votes("p_en", phones, "2")
    hall.votes("p_en", phones[:12], "1")
    hall.votes("p_en", phones[12:14], "1", "3")
    assert hall.asked("p_en").votes == 30
    assert hall.counts("p_en") == {}
    hall.close("p_en")
    assert hall.counts("p_en") == {"1": 13, "2": 16, "3": 1}
    with installation.reading() as db:
        assert results.joined(db, hall.poll) == 30
    assert keys(installation) == 0


def test_each_kind_of_question_is_counted_in_its_own_way(installation: Installation) -> None:
    hall = hold(installation)
    phones = hall.phones(6)
    for question, answers in {"p_flera": (("1", "2"), ("1",), ("0",)), "p_skala": ("3", "2")}.items():
        hall.open(question)
        hall.votes(question, phones, *answers)
        hall.close(question)
    assert hall.counts("p_flera") == {"1": 4, "2": 2, "0": 2}
    assert hall.counts("p_skala") == {"3": 3, "2": 3}
    result = hall.result("p_flera")
    assert result
    assert (result.counted, result.people) == (6, 6)
    with installation.reading() as db:
        assert texts.texts(db, hall.id, "waiting") == (), "only own words are texts"


def test_a_vote_needs_an_answer_but_own_words_may_be_left_blank(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    assert hall.refused("p_en", voting.new_token(), None) is BadRequest
    hall.close("p_en")
    hall.open("p_ord")
    hall.votes("p_ord", hall.phones(6), None, "Fikat")
    hall.close("p_ord")
    with installation.reading() as db:
        assert [words.text for words in texts.texts(db, hall.id, "waiting")] == ["Fikat"] * 3


@pytest.mark.parametrize("question", ["p_en", "p_skala"])
def test_a_question_that_is_not_open_takes_no_votes(installation: Installation, question: str) -> None:
    hall = hold(installation)
    hall.open("p_en")
    if question == "p_en":
        hall.close("p_en")
    assert hall.refused(question, voting.new_token()) is Closed


def test_one_question_is_open_at_a_time(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.open("p_en")
    with pytest.raises(NotAllowed):
        hall.open("p_skala")
    assert keys(installation) == 1


# --- five -----------------------------------------------------------------------------------------------------------


def test_four_votes_stay_sealed_and_the_fifth_counts_them_all(installation: Installation) -> None:
    hall = hold(installation)
    phones = hall.phones(5)
    hall.open("p_en")
    hall.votes("p_en", phones[:4], "1")
    hall.close("p_en")
    with installation.reading() as db:
        assert db.execute(select(poll_count)).all() == []
    with pytest.raises(NotAllowed):
        hall.show("p_en")
    assert keys(installation) == 1
    hall.open("p_en")
    hall.vote("p_en", phones[0], "2")
    hall.vote("p_en", phones[4], "1")
    hall.close("p_en")
    hall.show("p_en")
    assert hall.counts("p_en") == {"1": 4, "2": 1}
    assert hall.asked("p_en").state == "shown"


def test_after_reopening_counted_phones_are_told_so_and_new_votes_count_only_five_together(
    installation: Installation,
) -> None:
    hall = hold(installation)
    phones, late = hall.phones(6), hall.phones(5)
    hall.open("p_en")
    hall.votes("p_en", phones, "1")
    hall.close("p_en")
    hall.show("p_en")
    hall.open("p_en")
    assert {hall.refused("p_en", phone, "2") for phone in phones} == {AlreadyCounted}
    hall.votes("p_en", late[:4], "2")
    hall.close("p_en")
    assert hall.counts("p_en") == {"1": 6}
    assert hall.asked("p_en").sealed == 4
    hall.show("p_en")
    hall.open("p_en")
    hall.vote("p_en", late[4], "2")
    hall.close("p_en")
    assert hall.counts("p_en") == {"1": 6, "2": 5}
    assert hall.asked("p_en").votes == 11


def test_a_phone_is_told_what_became_of_its_vote(installation: Installation) -> None:
    hall = hold(installation)
    phones = hall.phones(5)
    told = []
    hall.open("p_en")
    for step in ("wait", "vote", "close"):
        if step == "vote":
            hall.votes("p_en", phones, "1")
        elif step == "close":
            hall.close("p_en")
        with installation.reading() as db:
            told.append(voting.vote_of(db, installation, hall.poll, "p_en", phones[0]))
    assert told == ["none", "sealed", "counted"]


def test_hand_counts_are_kept_apart_and_never_help_to_reach_five(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(4), "1")
    hall.close("p_en")
    with installation.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"1": 20, "2": 5}, 25)
    with pytest.raises(NotAllowed):
        hall.show("p_en")
    assert hall.result("p_en") is None
    hall.open("p_en")
    hall.vote("p_en", voting.new_token(), "2")
    hall.close("p_en")
    with installation.writing() as db:
        leading.count_by_hand(db, hall.id, "p_en", {"1": 3, "2": 1}, 4)
    result = hall.result("p_en")
    assert result
    assert (dict(result.votes), dict(result.hands)) == ({"1": 4, "2": 1}, {"1": 3, "2": 1})
    assert (result.n("1"), result.people) == (7, 9)


@pytest.mark.parametrize(
    ("question", "counts", "people"),
    [
        ("p_en", {"1": 3}, 4),
        ("p_en", {"1": -1, "2": 2}, 1),
        ("p_en", {"7": 1}, 1),
        ("p_flera", {"1": 3, "2": 5}, 4),
        ("p_en", {"1": 10_001}, 10_001),
    ],
)
def test_hand_counts_that_cannot_be_are_refused(
    sqlite_installation: Installation, question: str, counts: dict[str, int], people: int
) -> None:
    hall = hold(sqlite_installation)
    with pytest.raises(BadRequest), sqlite_installation.writing() as db:
        leading.count_by_hand(db, hall.id, question, counts, people)


def test_hands_are_not_raised_for_own_words(sqlite_installation: Installation) -> None:
    hall = hold(sqlite_installation)
    with pytest.raises(NotAllowed), sqlite_installation.writing() as db:
        leading.count_by_hand(db, hall.id, "p_ord", {}, 3)


# --- showing, skipping, ending --------------------------------------------------------------------------------------


def test_a_result_is_shown_only_when_closed_and_can_be_taken_down(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(5), "1")
    with pytest.raises(NotAllowed):
        hall.show("p_en")
    hall.close("p_en")
    hall.show("p_en")
    with installation.writing() as db:
        leading.hide(db, hall.id, "p_en")
    assert hall.asked("p_en").state == "closed"


def test_a_skipped_question_is_passed_over_and_can_be_opened_later(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.close("p_en")

    def following() -> str | None:
        with installation.reading() as db:
            return leading.next_hidden(hall.poll, results.standings(db, hall.poll))

    assert following() == "p_flera"
    with installation.writing() as db:
        leading.skip(db, hall.id, "p_flera")
    assert following() == "p_skala"
    with pytest.raises(NotAllowed), installation.writing() as db:
        leading.skip(db, hall.id, "p_en")
    hall.open("p_flera")
    assert hall.asked("p_flera").state == "open"


def test_at_the_end_the_code_leads_nowhere_and_nothing_but_counts_and_approved_texts_remain(
    installation: Installation,
) -> None:
    hall = hold(installation)
    phones = hall.phones(7)
    code = hall.poll.code or ""
    hall.open("p_ord")
    hall.votes("p_ord", phones, "Fika", "Bra chef", "Ring 070-123 45 67", None)
    hall.close("p_ord")
    with installation.writing() as db:
        waiting = texts.texts(db, hall.id, "waiting")
        assert sorted(words.text for words in waiting) == ["Bra chef"] * 2 + ["Fika"] * 2 + ["Ring [borttaget]"] * 2
        texts.judge(db, hall.id, [words.id for words in waiting if words.text == "Fika"], "approved")
        texts.judge(db, hall.id, [words.id for words in waiting if words.text == "Bra chef"][:1], "hidden")
    hall.open("p_skala")
    hall.votes("p_skala", phones[:4], "1")
    hall.close("p_skala")
    hall.open("p_en")
    hall.votes("p_en", phones, "1", "2")
    hall.end()
    assert hall.poll.state == "ended"
    assert hall.counts("p_en") == {"1": 4, "2": 3}
    assert hall.result("p_skala") is None
    with installation.reading() as db:
        for table in (ballot, ballot_box, poll_phone):
            assert db.scalar(select(func.count()).select_from(table)) == 0
        assert [words.text for words in texts.texts(db, hall.id, "waiting", "approved", "hidden")] == ["Fika"] * 2
        with pytest.raises(Closed):
            poll_by_way_in(db, code, installation.today())
    assert keys(installation) == 0
    assert hall.refused("p_en", phones[0]) is Closed
    with pytest.raises(Closed):
        hall.open("p_en")
    with pytest.raises(Closed):
        hall.end()


# --- own words ------------------------------------------------------------------------------------------------------


def reflected(installation: Installation) -> Hall:
    """Six texts wait."""
    hall = hold(installation)
    for question, words in (("p_ord", ("Samma", "samma sak", "Annat")),):
        hall.open(question)
        hall.votes(question, hall.phones(6), *words)
        hall.close(question)
    return hall


def test_texts_that_say_the_same_are_merged_and_how_many_they_were_is_kept(installation: Installation) -> None:
    hall = reflected(installation)
    with installation.writing() as db:
        same = [words.id for words in texts.texts(db, hall.id, "waiting") if "amma" in words.text]
        texts.merge(db, hall.id, same[0], same[1:])
        texts.judge(db, hall.id, same[:1], "approved")
        assert [words.times for words in texts.texts(db, hall.id, "approved")] == [4]
        assert texts.waiting(db, hall.id) == 2


def test_texts_of_another_poll_are_out_of_reach(installation: Installation) -> None:
    hall, other = reflected(installation), hold(installation, again=True)
    with installation.reading() as db:
        theirs = [words.id for words in texts.texts(db, hall.id, "waiting")]
    with installation.writing() as db:
        texts.judge(db, other.id, theirs, "approved")
        assert texts.texts(db, hall.id, "approved") == ()
    with pytest.raises(BadRequest), installation.writing() as db:
        texts.merge(db, other.id, theirs[0], theirs[1:])


# --- by link, again later -------------------------------------------------------------------------------------------


def linked(installation: Installation) -> Hall:
    with installation.writing() as db:
        settle(db, "norr")
        publish(db, room_form())
        begun = start_by_link(db, installation, ASSOCIATION, None, room_form(), date(2026, 8, 20), date(2026, 8, 31))
    return Hall(installation, begun.id)


def test_a_poll_by_link_is_answered_between_its_days_and_closed_when_they_have_passed(
    installation: Installation,
) -> None:
    hall = linked(installation)
    for day, found in (("2026-08-19", False), ("2026-08-20", True), ("2026-08-31", True), ("2026-09-01", False)):
        with installation.reading() as db:
            try:
                assert poll_by_way_in(db, hall.id, date.fromisoformat(day)).id == hall.id
                assert found, day
            except Closed:
                assert not found, day
    hall.votes("p_en", hall.phones(5), "1")
    hall.votes("p_skala", hall.phones(3), "1")
    with pytest.raises(NotAllowed):
        hall.open("p_en")
    assert closing.close_due(at(installation, "2026-08-31")) == []
    assert closing.close_due(at(installation, "2026-09-01")) == [hall.id]
    assert closing.close_due(at(installation, "2026-09-01")) == []
    assert hall.counts("p_en") == {"1": 5}
    assert hall.asked("p_skala").sealed == 3
    assert hall.poll.state == "running", "its texts can still be looked through"
    assert closing.close_due(at(installation, "2026-09-07")) == [hall.id]
    assert not hall.poll.running
    assert keys(installation) == 0


def test_a_room_that_nobody_closed_is_closed_the_next_night_and_ended_after_a_week(
    installation: Installation,
) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(5), "1")
    nights = {day: closing.close_due(at(installation, f"2026-08-{day}")) for day in (15, 16, 17, 22)}
    assert nights == {15: [], 16: [hall.id], 17: [], 22: [hall.id]}
    assert hall.counts("p_en") == {"1": 5}
    assert keys(installation) == 0


@pytest.mark.parametrize(("first", "last"), [("2026-08-14", "2026-08-20"), ("2026-08-20", "2026-08-19")])
def test_days_in_the_wrong_order_are_refused(sqlite_installation: Installation, first: str, last: str) -> None:
    with sqlite_installation.writing() as db:
        settle(db, "norr")
        publish(db, room_form())
        days = date.fromisoformat(first), date.fromisoformat(last)
        with pytest.raises(BadRequest):
            start_by_link(db, sqlite_installation, ASSOCIATION, None, room_form(), *days)


def test_the_same_statement_asked_again_is_found_where_it_was_asked_before(installation: Installation) -> None:
    for number, ended in enumerate((True, True, False)):
        hall = hold(installation, again=number > 0)
        hall.open("p_en")
        hall.votes("p_en", hall.phones(5 + number), "1")
        hall.close("p_en")
        if ended:
            hall.end()
    elsewhere = hold(installation, again=True, team="norr")
    with installation.reading() as db:
        assert [result.counted for result in results.asked_before(db, hall.poll, "p_en")] == [6, 5]
        assert results.asked_before(db, elsewhere.poll, "p_en") == []
        assert results.asked_before(db, hall.poll, "p_skala") == []


# --- what the room may know -----------------------------------------------------------------------------------------


def test_the_room_knows_where_it_is_and_how_many_have_voted_never_on_what(installation: Installation) -> None:
    hall, other = hold(installation), hold(installation, again=True)
    phones = hall.phones(6)
    hall.join(phones[0])
    hall.open("p_en")
    hall.votes("p_en", phones, "1")
    with installation.reading() as db:
        found = live.rooms(db)
    assert found[hall.poll.code or ""] == live.Room(hall.id, hall.poll.code or "", "p_en", "open", 6, 6)
    assert found[other.poll.code or ""] == live.Room(other.id, other.poll.code or "", None, None, 0, 0)
    hall.close("p_en")
    with installation.reading() as db:
        assert live.rooms(db)[hall.poll.code or ""].votes == 6
    hall.end()
    with installation.reading() as db:
        assert hall.id not in {room.poll for room in live.rooms(db).values()}


# --- at the same moment ---------------------------------------------------------------------------------------------


def test_while_a_question_is_closed_each_vote_is_counted_or_refused(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(FLOOR), "1")
    accepted: list[str] = []
    refused: list[str] = []
    ready = threading.Barrier(5)

    def vote() -> None:
        phones = hall.phones(30)
        ready.wait()
        for phone in phones:
            (refused if hall.refused("p_en", phone, "2") else accepted).append(phone)

    threads = [threading.Thread(target=vote) for _ in range(4)]
    for thread in threads:
        thread.start()
    ready.wait()
    while len(accepted) < 10:
        pass
    hall.close("p_en")
    for thread in threads:
        thread.join()
    assert len(accepted) + len(refused) == 120
    assert refused
    assert hall.counts("p_en") == {"1": FLOOR, "2": len(accepted)}


def test_one_phone_that_votes_many_times_at_once_has_one_vote(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    (phone,) = hall.phones(1)
    threads = [threading.Thread(target=hall.vote, args=("p_en", phone, "1")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hall.asked("p_en").votes == 1


def test_two_facilitators_who_close_at_once_count_once(installation: Installation) -> None:
    hall = hold(installation)
    hall.open("p_en")
    hall.votes("p_en", hall.phones(8), "1")
    threads = [threading.Thread(target=hall.close, args=("p_en",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hall.counts("p_en") == {"1": 8}


# --- power cuts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "close", "end"])
def test_a_power_cut_at_any_step_is_mended_at_the_next_start(installation: Installation, step: str) -> None:
    """Before the commit nothing has happened; after it the next start destroys the key. No vote is lost either way."""
    hall = hold(installation)
    if step != "open":
        hall.open("p_en")
        hall.votes("p_en", hall.phones(6), "1", "2")
    before = Snapshot.of(installation)
    for stop_at in itertools.count():
        with counted(installation, stop_at) as (dark, steps):
            shadow = Hall(dark, hall.id)
            with suppress(PowerCutError):
                shadow.open("p_en") if step == "open" else shadow.close("p_en") if step == "close" else shadow.end()
        assert repair(installation)
        _finish(hall, step)
        assert hall.counts("p_en") == {"1": 3, "2": 3}, stop_at
        assert keys(installation) == 0, stop_at
        if steps.taken < stop_at:
            return
        before.restore(installation)


def _finish(hall: Hall, step: str) -> None:
    """Whoever leads the poll goes on as if nothing had happened."""
    if not hall.poll.running:
        return
    if step == "open":
        hall.open("p_en")
        assert repair(hall.house), "and a key whose question was never opened goes once there is another"
        hall.votes("p_en", hall.phones(6), "1", "2")
    hall.close("p_en")
    hall.end()
