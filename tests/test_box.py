"""The sealed box: sealing, sending once, and what happens when many send at the same moment. P9 of PRIVACY.md."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, true, update

from forms.library import shipped
from forms.model import Form, Stored
from forms.types import TYPES
from survey import box as box_room
from survey import tickets
from survey.box import accepted, is_sent, submission_id
from survey.errors import AlreadySent, BadRequest, Closed, SurveyError, Unavailable
from survey.installation import Installation
from survey.keys import random_private_key
from survey.published import publish
from survey.release import release_due
from survey.rounds import Opened, close
from survey.sealing import Damaged, Opener, Submission, TooLarge, room, seal
from survey.tables import box, sealed, ticket
from tests.scene import answer, at, open_for, reply, reply_all, settle, tiny, tiny_long, tiny_short

PRIVATE = random_private_key()
PUBLIC = PRIVATE.public_key().public_bytes_raw()


@pytest.fixture
def house(installation: Installation) -> Installation:
    """An association with two teams, in the middle of the third quarter."""
    with installation.writing() as db:
        settle(db, "norr", "soder")
    return installation


def sealed_in(house: Installation) -> int:
    with house.reading() as db:
        return db.scalar(select(func.count()).select_from(sealed)) or 0


def sealed_record(record: dict[str, Stored], *, box: str = "a", identity: bytes = b"1" * 16, size: int = 1024) -> bytes:
    return seal(Submission("tiny", 1, record), public=PUBLIC, box=box, identity=identity, size=size)


# --- sealing --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200), st.integers(0, 99))
def test_what_is_sealed_comes_out_as_it_went_in_and_weighs_the_same(words: str, number: int) -> None:
    record: dict[str, Stored] = {"q_ord": words, "q_antal": number, "q_vem": ["1"]}
    blob = sealed_record(record)
    assert len(blob) == 32 + 1024 + 16
    assert Opener(PRIVATE, "a").open(b"1" * 16, blob) == Submission("tiny", 1, record)


def test_the_same_answer_is_never_sealed_to_the_same_bytes() -> None:
    blobs = [sealed_record({"q_bra": "1"}) for _ in range(50)]
    assert len({blob[place : place + 8] for blob in blobs for place in range(0, len(blob), 8)}) == 50 * 134


def test_a_blob_cannot_be_moved_copied_or_changed() -> None:
    blob = sealed_record({"q_bra": "1"})
    changed = [blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :] for place in (0, 31, 32, 600, len(blob) - 1)]
    attempts = [("b", b"1" * 16, blob), ("a", b"2" * 16, blob), ("a", b"1" * 16, blob[:-1]), ("a", b"1" * 16, b"")]
    for name, identity, tried in attempts + [("a", b"1" * 16, each) for each in changed]:
        with pytest.raises(Damaged):
            Opener(PRIVATE, name).open(identity, tried)
    with pytest.raises(Damaged):
        Opener(random_private_key(), "a").open(b"1" * 16, blob)


@pytest.mark.parametrize("form", [form for form in shipped() if form.kind == "anonymous"], ids=lambda form: form.id)
def test_the_heaviest_answers_of_every_shipped_form_fit(form: Form) -> None:
    record: dict[str, Stored] = {}
    for question in form.questions:
        heaviest = max(TYPES[question.type].heaviest(question), key=lambda kept: len(str(kept).encode()), default={})
        record |= heaviest
    size = room([form])
    blob = seal(Submission(form.id, form.version, record), public=PUBLIC, box="a", identity=b"1" * 16, size=size)
    assert Opener(PRIVATE, "a").open(b"1" * 16, blob).record == record
    with pytest.raises(TooLarge):
        sealed_record({"q_ord": "å" * size}, size=size)


# --- sending --------------------------------------------------------------------------------------------------------


def test_a_sent_page_is_known_again_and_stored_once(house: Installation) -> None:
    opened = open_for(house, "norr")
    number = reply(house, opened.round, opened.codes[0])
    with house.reading() as db:
        assert is_sent(db, submission_id(house, number, opened.round))
        assert not is_sent(db, submission_id(house, secrets.token_bytes(16), opened.round))
    with pytest.raises(AlreadySent):
        reply(house, opened.round, opened.codes[0], submission=number)
    with pytest.raises(AlreadySent):
        reply(house, opened.round, opened.codes[1], submission=number)
    assert sealed_in(house) == 1


def test_the_second_code_of_a_refused_resend_is_not_spent(house: Installation) -> None:
    opened = open_for(house, "norr")
    number = reply(house, opened.round, opened.codes[0])
    with pytest.raises(AlreadySent):
        reply(house, opened.round, opened.codes[1], submission=number)
    reply(house, opened.round, opened.codes[1])


def test_a_page_sent_before_a_release_is_known_for_two_days_after_it(house: Installation) -> None:
    opened, link = open_for(house, "norr"), open_for(house, "norr", link=True)
    reply_all(house, opened, 6)
    numbers = [reply(house, link.round, None) for _ in range(10)]
    release_due(at(house, "2026-10-01"), lambda *_: None)
    with pytest.raises(AlreadySent):
        reply(house, link.round, None, submission=numbers[0])
    release_due(at(house, "2026-10-03"), lambda *_: None)
    with house.reading() as db:
        assert is_sent(db, submission_id(house, numbers[0], link.round))
    release_due(at(house, "2026-10-04"), lambda *_: None)
    with house.reading() as db:
        assert not is_sent(db, submission_id(house, numbers[0], link.round))


def test_answers_that_cannot_be_in_the_form_are_not_cut_but_refused(house: Installation) -> None:
    opened = open_for(house, "norr")
    with pytest.raises(BadRequest):
        reply(house, opened.round, opened.codes[0], answer("å" * 5000))
    reply(house, opened.round, opened.codes[0])


def test_a_box_whose_key_or_k_was_exchanged_takes_no_answer(house: Installation) -> None:
    opened = open_for(house, "norr")
    theirs = random_private_key().public_key().public_bytes_raw()
    changes: list[dict[str, object]] = [{"public": theirs}, {"k": 6}, {"size": 2048}]
    for change in changes:
        with pytest.raises(Unavailable):
            _exchange(house, opened, change)
    assert sealed_in(house) == 0


def test_control_without_the_mac_the_exchanged_key_reads_the_answer(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_room, "_refuse_untrusted", lambda installation, current: None)
    opened, theirs = open_for(house, "norr"), random_private_key()
    _exchange(house, opened, {"public": theirs.public_key().public_bytes_raw()})
    with house.reading() as db:
        identity, box_id, blob = db.execute(select(sealed.c.id, sealed.c.box, sealed.c.blob)).one()
    assert Opener(theirs, box_id).open(identity, blob).record == answer()


def _exchange(house: Installation, opened: Opened, change: dict[str, object]) -> None:
    """A hand in the database puts another box in the place of the round's: one with a key it can read with."""
    with house.writing() as db:
        row = db.execute(select(box).where(box.c.round == opened.round.id, box.c.state == "current")).one()
        db.execute(update(box).where(box.c.id == row.id).values(state="emptied"))
        forged = {**row._mapping, "id": row.id[:-1] + "x", **change}
        db.execute(box.insert().values(forged))
        house.keys.new(forged["id"])
    try:
        reply(house, opened.round, opened.codes[0])
    finally:
        with house.writing() as db:
            if not db.scalar(select(func.count()).select_from(sealed)):
                db.execute(box.delete().where(box.c.id == forged["id"]))
                db.execute(update(box).where(box.c.id == row.id).values(state="current"))


def test_answers_do_not_go_into_a_box_nobody_could_open(house: Installation) -> None:
    opened = open_for(house, "norr")
    for name in house.keys.path.glob("box-*"):
        name.unlink()
    with pytest.raises(Unavailable):
        reply(house, opened.round, opened.codes[0])
    assert sealed_in(house) == 0


def test_a_short_form_that_fits_is_offered_beside_the_rounds_own_version(house: Installation) -> None:
    opened = open_for(house, "norr")
    with house.writing() as db:
        publish(db, tiny_short())
        publish(db, tiny(2))
        assert [(f.id, f.version) for f in accepted(db, opened.round)] == [("tiny", 1), ("tiny_short", 1)]
        publish(db, tiny_long())
        assert room([tiny_long()]) > room([tiny()])
        assert [form.id for form in accepted(db, opened.round)] == ["tiny", "tiny_short"]
    with pytest.raises(BadRequest):
        reply(house, opened.round, opened.codes[0], answer("å" * 2000), form=tiny_long())


# --- P9: one ticket, one answer -------------------------------------------------------------------------------------


def at_once(n: int, one: Callable[[int], str]) -> Counter[str]:
    """`n` people do the same thing at the same moment; what each got."""
    gate = threading.Barrier(n)

    def wait_and_go(number: int) -> str:
        gate.wait()
        return one(number)

    with ThreadPoolExecutor(n) as pool:
        return Counter(pool.map(wait_and_go, range(n)))


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except SurveyError as refused:
        return type(refused).__name__
    return "stored"


def fifty_posts_of_one_code(house: Installation) -> Counter[str]:
    opened = open_for(house, "norr")
    return at_once(50, lambda _: outcome(lambda: reply(house, opened.round, opened.codes[0])))


def test_fifty_posts_of_one_code_store_one_answer(house: Installation) -> None:
    assert fifty_posts_of_one_code(house) == {"stored": 1, "Closed": 49}
    assert sealed_in(house) == 1


def test_control_a_ticket_that_is_only_looked_up_stores_fifty(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_look(db: Connection, installation: Installation, round: str, code: str) -> bool:
        found = select(ticket.c.hash).where(ticket.c.hash == tickets.ticket_hash(installation, code))
        return db.execute(found).first() is not None

    monkeypatch.setattr(box_room, "spend", only_look)
    assert fifty_posts_of_one_code(house) == {"stored": 50}


def test_fifty_posts_of_one_page_store_one_answer_and_tell_the_others_so(house: Installation) -> None:
    opened, number = open_for(house, "norr"), secrets.token_bytes(16)
    got = at_once(50, lambda _: outcome(lambda: reply(house, opened.round, opened.codes[0], submission=number)))
    assert got == {"stored": 1, "AlreadySent": 49}


def test_fifty_posts_of_one_page_by_an_open_link_store_one_answer(house: Installation) -> None:
    opened, number = open_for(house, "norr", link=True), secrets.token_bytes(16)
    got = at_once(50, lambda _: outcome(lambda: reply(house, opened.round, None, submission=number)))
    assert got == {"stored": 1, "AlreadySent": 49}


def test_used_unknown_foreign_and_closed_tickets_are_answered_alike(house: Installation) -> None:
    here, there = open_for(house, "norr"), open_for(house, "soder")
    reply(house, here.round, here.codes[0])
    with house.writing() as db:
        close(db, there.round)
    refusals = set()
    for opened, code in ((here, here.codes[0]), (here, "K4M7-2PQX"), (here, there.codes[0]), (here, None),
                         (there, there.codes[0])):  # fmt: skip
        with pytest.raises(SurveyError) as caught:
            reply(house, opened.round, code)
        refusals.add((type(caught.value), caught.value.args))
    assert refusals == {(Closed, ())}


def test_two_hundred_people_at_once_lose_nothing(house: Installation) -> None:
    opened = open_for(house, "norr", people=200)
    got = at_once(200, lambda n: outcome(lambda: reply(house, opened.round, opened.codes[n])))
    assert got == {"stored": 200}
    assert sealed_in(house) == 200


def test_whoever_sends_during_a_release_is_in_the_old_box_or_the_new_and_never_lost(house: Installation) -> None:
    opened = open_for(house, "norr", people=60)
    reply_all(house, opened, 6)

    def send_or_release(number: int) -> str:
        if number == 0:
            return str(sum(n for _, n in release_due(at(house, "2026-10-01"), lambda *_: None).released))
        return outcome(lambda: reply(house, opened.round, opened.codes[5 + number]))

    got = at_once(50, send_or_release)
    assert got.pop("stored") == 49
    (released,) = map(int, got)
    assert released + sealed_in(house) == 55
    with house.reading() as db:
        boxes = select(func.count()).select_from(sealed).join(box, sealed.c.box == box.c.id)
        assert db.scalar(boxes.where(box.c.state == "current")) == sealed_in(house)
        assert db.scalar(select(func.count()).select_from(ticket).where(ticket.c.spent == true())) == sealed_in(house)
