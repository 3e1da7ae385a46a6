"""Mixing: what lay sealed in boxes becomes responses and quotes that nothing ties to a person or to each other.

`survey.release` decides which boxes are opened; this reads them all, shuffles, and stores. Closed answers and own
words part here for good: they share neither key, order nor row (PRIVACY.md 2).
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeVar

import orjson
from sqlalchemy import Connection, insert, select

from forms.model import MISSING, NOT_ASKED, Form, Stored
from forms.types import TYPES
from survey.installation import Installation
from survey.model import Box
from survey.redaction import Redact
from survey.sealing import Damaged, Opener, Record
from survey.tables import quote, response, sealed

_AT_A_TIME = 500
_ID = 16
T = TypeVar("T")


@dataclass
class Batch:
    """What was read out of one or more boxes, still in the boxes' order: never stored before `store` has mixed it."""

    identities: list[bytes] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)
    quotes: list[tuple[str, str]] = field(default_factory=list)
    damaged: int = 0

    @property
    def n(self) -> int:
        """How many people's answers there are."""
        return len(self.responses)


def read(
    db: Connection, installation: Installation, boxes: Iterable[Box], forms: Sequence[Form], redact: Redact
) -> Batch:
    """Open every sealed answer of the boxes. Raises `BrokenKey`; counts answers that cannot be opened as damaged."""
    batch = Batch()
    whole = Whole(forms)
    free_texts = {(form.id, form.version): form.free_texts for form in forms}
    for box in boxes:
        opener = Opener(installation.keys.private(box.id), box.id)
        with db.execute(_SEALED.where(sealed.c.box == box.id).execution_options(yield_per=_AT_A_TIME)) as rows:
            for identity, blob in rows:
                batch.identities.append(identity)
                try:
                    submission = opener.open(identity, blob)
                    words = free_texts[submission.form, submission.version]
                except (Damaged, KeyError):
                    batch.damaged += 1
                    continue
                batch.responses.append(orjson.dumps(whole.closed(submission.record)))
                batch.quotes.extend((q, redact(text)) for q, text in own_words(submission.record, words))
    return batch


def store(db: Connection, release: str, batch: Batch) -> None:
    """Give each response and each quote a random id and store them in the order of the ids.

    That order is the shuffle: ids drawn from the system's random source put what they name in any order with the same
    chance, and rows, files and logs then hold no other order than theirs.
    """
    answers = mixed([text.decode() for text in batch.responses])
    db.execute(insert(response), [{"id": id_, "release": release, "answers": text} for id_, text in answers])
    if batch.quotes:
        quotes = [
            {"id": id_, "release": release, "question": question, "text": text}
            for id_, (question, text) in mixed(batch.quotes)
        ]
        db.execute(insert(quote), quotes)


class Whole:
    """Gives every response the columns of every published version of the pool's forms.

    Otherwise the columns that are there would tell which form, and which version, a person answered. A question about
    the way of answering says what is so of those it was never put to (`Question.unasked`).
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        self._single: dict[str, Stored] = {}
        self._several: dict[tuple[str, ...], Mapping[str, Stored]] = {}
        for form in forms:
            for question in form.questions:
                type_ = TYPES[question.type]
                if not type_.asks or question.id in form.free_texts:
                    continue
                columns, lack = type_.columns(question), type_.lack(question, NOT_ASKED)
                lack |= {question.id: question.unasked} if question.unasked else {}
                if len(columns) == 1:
                    self._single |= lack
                else:
                    self._several[columns] = lack

    def closed(self, record: Record) -> dict[str, Stored]:
        """The closed answers of a record, "not asked" where it has none, and nothing else."""
        answers = {column: record.get(column, lack) for column, lack in self._single.items()}
        for columns, lack in self._several.items():
            answers |= {column: record[column] for column in columns if column in record} or lack
        return answers


def own_words(record: Record, questions: Iterable[str]) -> Iterable[tuple[str, str]]:
    """What a record says in own words, with the question it answers; nothing of those left blank."""
    for question in questions:
        said = record.get(question)
        for text in said if isinstance(said, list) else (said,):
            if isinstance(text, str) and text.strip() and text not in MISSING:
                yield question, text


def mixed(things: Sequence[T]) -> list[tuple[bytes, T]]:
    """The things, each with a new random id, in the order of the ids: that is what mixes them."""
    drawn = secrets.token_bytes(_ID * len(things))
    ids = [drawn[start : start + _ID] for start in range(0, len(drawn), _ID)]
    return sorted(zip(ids, things, strict=True), key=itemgetter(0))


_SEALED = select(sealed.c.id, sealed.c.blob).order_by(sealed.c.id)
