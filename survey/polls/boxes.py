"""Ballot boxes: where the votes on an open question lie sealed, and what came of opening one.

As with a round's box the key is only in the key folder, and a mac under a secret outside the database says that the box
is ours (PRIVACY.md 2). It is decided here, and only here, that ballots are read: at least `FLOOR` of them, or none.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from forms.model import Form, Question
from survey.db import exclusively
from survey.errors import Unavailable
from survey.installation import Installation
from survey.keys import BrokenKey
from survey.mixing import mixed, own_words
from survey.polls.model import FLOOR, BallotBox
from survey.redaction import Redact
from survey.sealing import Damaged, Opener, Record, room_for
from survey.tables import ballot, ballot_box, poll_count, poll_question, poll_text

_log = logging.getLogger("samsvar.polls")
PURPOSE = "ballot box"
"""What the key of the boxes' macs is derived for."""
COLUMNS = (
    ballot_box.c.id,
    ballot_box.c.poll,
    ballot_box.c.question,
    ballot_box.c.public,
    ballot_box.c.size,
    ballot_box.c.mac,
)


def begin(db: Connection, installation: Installation, poll: str, form: Form, question: Question) -> None:
    """Open the question for votes: its waiting box again, or a new one with a key of its own."""
    here = (ballot_box.c.poll == poll, ballot_box.c.question == question.id)
    again = update(ballot_box).where(*here, ballot_box.c.state == "waiting").values(state="open")
    if db.execute(again).rowcount == 0:
        exclusively(db)  # `survey.repair` removes keys without a box, and must not see this one between the two
        identity = secrets.token_hex(10)
        made = BallotBox(identity, poll, question.id, installation.keys.new(identity), room_for(form, [question]))
        mac = made.stamp(installation.secrets.derive(PURPOSE))
        values = {"id": made.id, "poll": poll, "question": question.id, "public": made.public, "size": made.size}
        db.execute(insert(ballot_box).values(**values, mac=mac))
    db.execute(update(poll_question).where(*_is(poll, question.id)).values(state="open"))


def trusted(installation: Installation, box: BallotBox) -> BallotBox:
    """The box, if it is ours and its key is here. Raises `Unavailable`: a vote nobody could read would be lost."""
    if not box.genuine(installation.secrets.derive(PURPOSE)):
        _log.error("Ballot box %s is not one of ours: its mac is wrong. It takes no votes.", box.id)
        raise Unavailable
    if not installation.keys.holds(box.id):
        _log.error("The key of ballot box %s is missing. It takes no votes.", box.id)
        raise Unavailable
    return box


def close(db: Connection, installation: Installation, poll: str, question: Question, redact: Redact) -> None:
    """Take no more votes on the question, and count those there are if they are enough."""
    row = db.execute(_OPEN, {"poll": poll, "question": question.id}).first()
    if row is not None:
        # Read only now: whoever was voting when the row was locked has committed, and nobody votes any more.
        counted = _count(db, installation, BallotBox(*row), question, redact)
        box_is = ballot_box.c.id == row.id
        db.execute(update(ballot_box).where(box_is).values(state="emptied" if counted else "waiting"))
    db.execute(update(poll_question).where(*_is(poll, question.id)).values(state="closed"))


def throw_away(db: Connection, poll: str) -> None:
    """Destroy every ballot of the poll that was not counted, unread; `survey.repair` then destroys the keys."""
    db.execute(update(ballot_box).where(ballot_box.c.poll == poll).values(state="emptied"))
    db.execute(delete(ballot).where(ballot.c.poll == poll))


def _count(db: Connection, installation: Installation, box: BallotBox, question: Question, redact: Redact) -> bool:
    here = (ballot.c.poll == box.poll, ballot.c.question == box.question)
    sealed = db.execute(select(ballot.c.hash, ballot.c.blob).where(*here, ballot.c.blob.is_not(None))).all()
    if len(sealed) < FLOOR:
        return False
    records = _read(installation, box, sealed)
    if len(records) < FLOOR:
        return False
    if question.privacy == "free_text":
        _keep_texts(db, box, [redact(words) for record in records for _q, words in own_words(record, (question.id,))])
    else:
        _add_counts(db, box, Counter(code for record in records for code in _codes(record)))
    more = poll_question.c.counted + len(records)
    db.execute(update(poll_question).where(*_is(box.poll, box.question)).values(counted=more))
    db.execute(update(ballot).where(*here).values(blob=None))
    return True


def _read(installation: Installation, box: BallotBox, sealed: Sequence[Any]) -> list[Record]:
    """What the ballots say; nothing where the box is not ours or its key is gone."""
    try:
        opener = Opener(installation.keys.private(trusted(installation, box).id), box.id)
    except (BrokenKey, Unavailable):
        _log.error("Ballot box %s cannot be opened. Its votes are left sealed.", box.id)
        return []
    records = []
    for identity, blob in sealed:
        try:
            records.append(opener.open(identity, blob).record)
        except Damaged:
            _log.error("A ballot in box %s is damaged and not counted.", box.id)
    return records


def _codes(record: Record) -> list[str]:
    """The codes of one vote: one, or those of a question that may have several answers."""
    return [code for value in record.values() for code in (value if isinstance(value, list) else [str(value)])]


def _add_counts(db: Connection, box: BallotBox, counts: Counter[str]) -> None:
    here = (poll_count.c.poll == box.poll, poll_count.c.question == box.question, poll_count.c.by_hand.is_(False))
    before = {row.code: row.n for row in db.execute(select(poll_count.c.code, poll_count.c.n).where(*here))}
    db.execute(delete(poll_count).where(*here))
    named = {"poll": box.poll, "question": box.question, "by_hand": False}
    after = Counter(before) + counts
    if after:
        db.execute(insert(poll_count), [{**named, "code": code, "n": n} for code, n in sorted(after.items())])


def _keep_texts(db: Connection, box: BallotBox, words: Sequence[str]) -> None:
    """Under new random ids and in their order, as quotes are: no other order is left anywhere."""
    named = {"poll": box.poll, "question": box.question}
    if words:
        db.execute(insert(poll_text), [{**named, "id": id_, "text": text} for id_, text in mixed(words)])


def _is(poll: str, question: str) -> tuple[Any, ...]:
    return poll_question.c.poll == poll, poll_question.c.question == question


_OPEN = (
    select(*COLUMNS)
    .where(
        ballot_box.c.poll == bindparam("poll"),
        ballot_box.c.question == bindparam("question"),
        ballot_box.c.state == "open",
    )
    # Waits for everybody who is voting just now (`voting.vote`), who hold the row until they have committed.
    .with_for_update()
)
