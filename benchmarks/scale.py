"""What one more of each costs on PostgreSQL: a respondent, a released response, a row of a file. For `docs/scale.md`.

`python -m benchmarks.scale [N]`, where N is how many responses are released (default a million). Measure on a quiet
machine. Prints a line for each figure and writes nothing.
"""

import secrets
import sys
from functools import partial
from tempfile import TemporaryFile

from sqlalchemy import func, select

from benchmarks.answering import postgresql
from benchmarks.measure import processor_seconds, wall_seconds
from benchmarks.reading import release_many
from benchmarks.scene import Scene, scene
from exports import groups
from exports.export import FILES, Selection
from survey.box import send
from survey.tables import shown

SENT = 500
"""How many are sent one by one, for what a respondent costs."""


def main(n: int) -> None:
    """Measure and print."""
    with postgresql() as (ours, _bare), scene(ours) as at:
        _say("bytes of an empty database", _size(at))
        _respondents(at)
        _responses(at, n)
        _files(at, n)
        _stored(at)


def _respondents(at: Scene) -> None:
    before = _size(at)
    seconds = processor_seconds(lambda: _send(at, SENT))
    _say("seconds of our processor for storing a respondent's answers", seconds / SENT)
    _say("bytes for a respondent's answers until the release", (_size(at) - before) / SENT)


def _send(at: Scene, n: int) -> None:
    record = {question.id: "-99" for page in at.form.pages for question in page.questions}
    for _one in range(n):
        number = secrets.token_bytes(16)
        with at.installation.writing() as db:
            send(db, at.installation, at.round, submission=number, code=None, form=at.form, record=record)


def _responses(at: Scene, n: int) -> None:
    before = _size(at)
    _say(f"seconds for storing and closing {n} responses", wall_seconds(lambda: release_many(at, n)))
    _say("bytes for a released response", (_size(at) - before) / n)


def _files(at: Scene, n: int) -> None:
    for kind in ("xlsx", "csv"):
        _say(f"seconds for {kind} of {n} responses", wall_seconds(partial(_write, at, kind)))


def _write(at: Scene, kind: str) -> None:
    with at.installation.reading() as db, TemporaryFile() as out:
        FILES[kind].write(db, Selection("matt", at.form.id, None), out)


def _stored(at: Scene) -> None:
    """What is left to read when all has been released, however much that was."""
    with at.installation.reading() as db:
        seconds = wall_seconds(lambda: [list(groups.each(db, "matt", at.form.id)) for _one in range(20)])
        held = db.scalar(select(func.sum(func.length(shown.c.contents))))
    _say("seconds for reading an association's figures", seconds / 20)
    _say("bytes of an association's figures of a year", float(held or 0))


def _size(at: Scene) -> float:
    with at.installation.reading() as db:
        return float(db.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def _say(what: str, figure: float) -> None:
    print(f"{figure:14.6g}  {what}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
