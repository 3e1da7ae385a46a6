"""What happens once: opening a batch and counting it."""

import secrets
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from random import Random

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, insert, select

from benchmarks.measure import Measured, compare, wall_seconds
from benchmarks.scene import Scene, add_release, scene
from demonstration import invented
from demonstration.people import answered
from exports.book import code_book
from exports.figures import count
from forms import library
from forms.model import Form, Stored
from survey.mixing import Whole, read, store
from survey.model import Box
from survey.periods import Period
from survey.sealing import Submission, seal
from survey.tables import box, sealed

RESPONSES, SEALED = 1_000_000, 100_000
VARIETY = 500
"""Different people; each of them answers many times over."""
_BATCH = 500
_metadata = MetaData()
_bare = Table("bare", _metadata, Column("id", LargeBinary, primary_key=True), Column("answers", Text))


def people(form: Form) -> list[dict[str, Stored]]:
    """Different records of the form."""
    chance = Random(1)
    return [answered(form, invented(), chance, warmth=0.0, progress=0.5) for _one in range(VARIETY)]


def responses(form: Form) -> list[str]:
    """As many stored responses, as texts."""
    whole = Whole([form])
    return [orjson.dumps(whole.closed(record)).decode() for record in people(form)]


def counting() -> Measured:
    """The counts of every question over a million responses, against a plain loop."""
    form = next(one for one in library.shipped() if one.id == "experience")
    book = code_book(form.id, [form]).entries
    texts = list(islice(cycle(responses(form)), RESPONSES))
    questions = [entry.id for entry in book if not entry.free_text]
    return compare(
        "count",
        "<= 1.3",
        "s",
        lambda: wall_seconds(lambda: count(texts, book)),
        lambda: wall_seconds(lambda: _count_barely(texts, questions)),
        turns=3,
    )


def _count_barely(texts: Sequence[str], questions: Sequence[str]) -> None:
    counts = {question: Counter[str]() for question in questions}
    for text in texts:
        answers = orjson.loads(text)
        for question in questions:
            answer = answers[question]
            if isinstance(answer, list):
                counts[question].update(answer)
            else:
                counts[question][answer] += 1


def opening() -> Measured:
    """Opening and storing sealed answers, against bare decryption and bulk insert of the same blobs."""
    with scene() as at:
        one = _fill(at)
        bare = _Bare(at, one)
        return compare(
            "release",
            "<= 1.5",
            "s",
            lambda: wall_seconds(lambda: _open(at, one)),
            lambda: wall_seconds(bare.open),
            turns=3,
        )


def _fill(at: Scene) -> Box:
    with at.installation.writing() as db:
        row = db.execute(select(box).where(box.c.round == at.round.id)).one()
        one = Box(row.id, row.round, at.round.team, at.round.form, row.public, row.size, row.k, row.mac)
        records = cycle(people(at.form))
        for _start in range(0, SEALED, _BATCH):
            db.execute(insert(sealed), [_blob(one, at.form, record) for record in islice(records, _BATCH)])
    return one


def _blob(one: Box, form: Form, record: dict[str, Stored]) -> dict[str, object]:
    identity = secrets.token_bytes(16)
    blob = seal(
        Submission(form.id, form.version, record), public=one.public, box=one.id, identity=identity, size=one.size
    )
    return {"id": identity, "box": one.id, "blob": blob}


def _open(at: Scene, one: Box) -> None:
    """What `survey.release` does between taking the box and emptying it, thrown away again."""
    with at.installation.writing() as db:
        batch = read(db, at.installation, [one], [at.form], lambda text: text)
        identity = add_release(db, at.form, Period.parse("2026-Q1"), batch.n)
        store(db, identity, batch)
        assert batch.n == SEALED
        db.rollback()


class _Bare:
    """The same blobs opened with nothing around it, and each stored as one row."""

    def __init__(self, at: Scene, one: Box) -> None:
        self.private = at.installation.keys.private(one.id)
        self.public = self.private.public_key().public_bytes_raw()
        self.box = one
        _metadata.create_all(at.installation.engine)
        self.writer = at.installation.writer

    def open(self) -> None:
        with self.writer.begin() as db:
            rows = db.execute(select(sealed.c.id, sealed.c.blob).execution_options(yield_per=_BATCH))
            plain = [self._plain(row.id, row.blob) for row in rows]
            db.execute(_bare.insert(), [{"id": secrets.token_bytes(16), "answers": text} for text in plain])
            db.rollback()

    def _plain(self, identity: bytes, blob: bytes) -> str:
        shared = self.private.exchange(X25519PublicKey.from_public_bytes(blob[:32]))
        key = HKDF(SHA256(), 32, salt=blob[:32] + self.public, info=b"samsvar box").derive(shared)
        opened = AESGCM(key).decrypt(bytes(12), blob[32:], identity + self.box.id.encode())
        return opened.rstrip(b" ").decode()
