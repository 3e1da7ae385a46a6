"""The phone's side of a poll: joining, voting, changing one's mind, and being told what became of a vote.

A phone is known by a random token that its page holds. The database holds an HMAC of it, another one for the lobby and
for each question, so that not even what one phone took part in is tied together.
"""

import hmac
import secrets
from typing import Literal

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, Executable, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from forms.model import Answer, Form, Question
from forms.types import TYPES
from survey.errors import AlreadyCounted, BadRequest, Closed
from survey.installation import Installation
from survey.polls.boxes import COLUMNS, trusted
from survey.polls.model import BallotBox, Poll
from survey.sealing import Submission, TooLarge, seal
from survey.tables import ballot, ballot_box, poll_phone

Vote = Literal["none", "sealed", "counted"]
"""What became of a phone's vote on a question: there is none; it can be changed; it is counted and cannot."""

_HASH = 16


def new_token() -> str:
    """A phone's token: what its page holds, and nothing else does."""
    return secrets.token_hex(_HASH)


def join(db: Connection, installation: Installation, poll: Poll, token: str) -> None:
    """Count the phone among those that are there, once."""
    values = {"hash": _hash(installation, poll.id, "", token), "poll": poll.id}
    db.execute(_JOIN[db.dialect.name], values)


def vote(
    db: Connection,
    installation: Installation,
    poll: Poll,
    form: Form,
    question: Question,
    token: str,
    answer: Answer | None,
) -> None:
    """Put a phone's vote in the question's box, in place of the one that lies there. No answer in own words abstains.

    Raises `Closed` when the question takes no votes, `AlreadyCounted` for a vote that is counted, `BadRequest` for no
    choice or too long a text, `Unavailable` when the box is not to be trusted.
    """
    if answer is None and question.privacy != "free_text":
        raise BadRequest(TYPES[question.type].wanted(question))
    row = db.execute(_BOX, {"poll": poll.id, "question": question.id}).first()
    if row is None:
        raise Closed
    box = trusted(installation, BallotBox(*row))
    identity = _hash(installation, poll.id, question.id, token)
    record = {} if answer is None else TYPES[question.type].keep(question, answer)
    try:
        blob = seal(
            Submission(form.id, form.version, record), public=box.public, box=box.id, identity=identity, size=box.size
        )
    except TooLarge:
        raise BadRequest(_("Svaret är för långt.")) from None
    join(db, installation, poll, token)
    values = {"hash": identity, "poll": poll.id, "question": question.id, "blob": blob}
    if db.execute(_PUT[db.dialect.name], values).first() is None:
        raise AlreadyCounted


def vote_of(db: Connection, installation: Installation, poll: Poll, question: str, token: str) -> Vote:
    """What became of the phone's vote on the question."""
    identity = _hash(installation, poll.id, question, token)
    row = db.execute(select(ballot.c.blob.is_not(None)).where(ballot.c.hash == identity)).first()
    if row is None:
        return "none"
    return "sealed" if row[0] else "counted"


def _hash(installation: Installation, poll: str, question: str, token: str) -> bytes:
    key = installation.secrets.derive("ballot")
    return hmac.digest(key, orjson.dumps((poll, question, token)), "sha256")[:_HASH]


_BOX = (
    select(*COLUMNS)
    .where(
        ballot_box.c.poll == bindparam("poll"),
        ballot_box.c.question == bindparam("question"),
        ballot_box.c.state == "open",
    )
    # Closing asks for the whole row and so waits for us, or we for it and then find the box no longer open.
    .with_for_update(read=True, key_share=True)
)


def _joining(insert: sqlite.Insert | postgresql.Insert) -> Executable:
    return insert.on_conflict_do_nothing()


def _putting(insert: sqlite.Insert | postgresql.Insert) -> Executable:
    """Puts a ballot in, or in the place of the phone's former one; gives nothing back where that one is counted."""
    changed = {"blob": insert.excluded.blob}
    put = insert.on_conflict_do_update(index_elements=["hash"], set_=changed, where=ballot.c.blob.is_not(None))
    return put.returning(ballot.c.hash)


_JOIN = {
    "sqlite": _joining(sqlite.insert(poll_phone)),
    "postgresql": _joining(postgresql.insert(poll_phone)),
}
_PUT = {"sqlite": _putting(sqlite.insert(ballot)), "postgresql": _putting(postgresql.insert(ballot))}
