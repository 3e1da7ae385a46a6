"""What one more of each costs on PostgreSQL, and what a whole country comes to. For `docs/scale.md`.

`python -m benchmarks.scale [N [ASSOCIATIONS]]`: N is how many responses are released (default a million), ASSOCIATIONS
how many others have a year's figures stored besides (default 29,000: a hundred times the municipalities there are).
Prints a line for each figure and writes nothing. On a busy machine the bytes and the seconds of our processor hold.
"""

import secrets
import sys
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile

from sqlalchemy import func, select, text

from benchmarks.answering import postgresql
from benchmarks.measure import processor_seconds, wall_seconds
from benchmarks.reading import release_many
from benchmarks.scene import Scene, scene
from exports import groups
from exports.export import FILES, Selection
from survey.box import send
from survey.periods import Period
from survey.polls import holding, leading, voting
from survey.published import newest
from survey.release import release_due
from survey.tables import shown

ONE_BY_ONE = 500
"""How many are sent and voted one by one, for what each costs."""
MUNICIPALITIES = 290
TEAMS = 3
LOOKS = 20


def main(n: int, associations: int) -> None:
    """Measure and print."""
    with postgresql() as (ours, _bare), scene(ours) as at:
        _say("bytes of an empty database", _size(at))
        _respondents(at)
        _voters(at)
        _responses(at, n)
        _files(at, n)
        _look(at, "with one association")
        _nights(at)
        _nation(at, associations)
        _look(at, f"with {associations} more")


def _respondents(at: Scene) -> None:
    before = _size(at)
    record = {question.id: "-99" for page in at.form.pages for question in page.questions}

    def answer() -> None:
        with at.installation.writing() as db:
            number = secrets.token_bytes(16)
            send(db, at.installation, at.round, submission=number, code=None, form=at.form, record=record)

    _say("seconds of our processor for storing a respondent's answers", _each(answer))
    _say("bytes for a respondent's answers until the release", (_size(at) - before) / ONE_BY_ONE)


def _voters(at: Scene) -> None:
    with at.installation.writing() as db:
        form = newest(db, "staff_poll")
        poll, first = holding.start(db, at.installation, "matt", None, form), form.questions[0]
        leading.open_question(db, at.installation, poll.id, first.id)
    chosen = first.choices[0].code
    before = _size(at)

    def vote() -> None:
        with at.installation.writing() as db:
            voting.vote(db, at.installation, poll, form, first, voting.new_token(), chosen)

    _say("seconds of our processor for storing a vote", _each(vote))
    _say("bytes for a vote until the question is closed", (_size(at) - before) / ONE_BY_ONE)


def _responses(at: Scene, n: int) -> None:
    before, spent = _size(at), list[float]()
    took = wall_seconds(lambda: spent.append(processor_seconds(lambda: release_many(at, n))))
    _say(f"seconds for storing and closing {n} responses", took)
    _say("of these seconds of our processor", spent[0])
    _say("bytes for a released response", (_size(at) - before) / n)


def _files(at: Scene, n: int) -> None:
    for kind in ("xlsx", "csv"):
        _say(f"seconds of our processor for {kind} of {n} responses", processor_seconds(partial(_write, at, kind)))


def _write(at: Scene, kind: str) -> None:
    with at.installation.reading() as db, TemporaryFile() as out:
        FILES[kind].write(db, Selection("matt", at.form.id, None), out)


def _nights(at: Scene) -> None:
    """A night in which nothing is due, association by association, of as many as there are municipalities."""
    _found(at, MUNICIPALITIES, "n")
    release_due(at.installation, groups.close)
    seconds = wall_seconds(lambda: release_due(at.installation, groups.close))
    _say(f"seconds for a night of {MUNICIPALITIES} associations with nothing due", seconds)


def _nation(at: Scene, associations: int) -> None:
    """A year's stored figures of many associations, each group as long as the longest there is here."""
    before = _size(at)
    _found(at, associations, "l")
    seconds = wall_seconds(lambda: _copy(at))
    n = _count(at)
    _say(f"seconds for copying figures to {n} groups", seconds)
    _say("bytes for a stored group, its table's and its keys'", (_size(at) - before) / n)


def _found(at: Scene, associations: int, mark: str) -> None:
    """So many associations, each with its teams, whose periods are all closed."""
    given = {"n": associations, "teams": TEAMS, "mark": mark, "closed": _closed(at).label}
    with at.installation.writing() as db:
        db.execute(
            text(
                "INSERT INTO association (slug, name, closed_through) "
                "SELECT :mark || a, 'Förbund ' || a, :closed FROM generate_series(1, :n) a"
            ),
            given,
        )
        db.execute(
            text(
                "INSERT INTO team (slug, association, name, controller) "
                "SELECT :mark || a || '-' || t, :mark || a, 'Team ' || t, 'Kommunen' "
                "FROM generate_series(1, :n) a, generate_series(1, :teams) t"
            ),
            given,
        )


def _closed(at: Scene) -> Period:
    return Period.last_ended(at.installation.today(), "quarter")


def _copy(at: Scene) -> None:
    """Every team and association, quarter and year, shows what the longest group here does."""
    with at.installation.writing() as db:
        db.execute(
            text(
                "INSERT INTO shown (id, association, team, form, period, grade, released_on, contents) "
                "SELECT encode(sha256((who.association || coalesce(who.team, '') || p.period)::bytea), 'hex'), "
                "who.association, who.team, long.form, p.period, long.grade, long.released_on, long.contents "
                "FROM (SELECT association, slug AS team FROM team WHERE slug LIKE 'l%' "
                "UNION ALL SELECT slug, NULL FROM association WHERE slug LIKE 'l%') who, "
                "(VALUES ('2025-Q1'), ('2025-Q2'), ('2025-Q3'), ('2025-Q4'), ('2025')) p(period), "
                "(SELECT * FROM shown WHERE association = 'matt' ORDER BY length(contents) DESC LIMIT 1) long"
            )
        )


def _count(at: Scene) -> int:
    with at.installation.reading() as db:
        return db.scalar(select(func.count()).select_from(shown).where(shown.c.association != "matt")) or 0


def _look(at: Scene, when: str) -> None:
    """What an evaluator's page reads, and how the database finds it."""
    with at.installation.writing() as db:
        db.exec_driver_sql("ANALYZE shown")
    with at.installation.reading() as db:
        seconds = wall_seconds(lambda: [list(groups.each(db, "matt", at.form.id)) for _one in range(LOOKS)])
        held = db.scalar(select(func.sum(func.length(shown.c.contents))).where(shown.c.association == "matt"))
        found = db.execute(
            text("EXPLAIN SELECT contents FROM shown WHERE association = 'matt' AND form = 'experience'")
        ).scalars()
        plan = next(line.strip() for line in found)
    _say(f"seconds for reading an association's figures {when}", seconds / LOOKS)
    _say("letters of these figures", float(held or 0))
    print(f"{'':14}  found by: {plan}", flush=True)


def _each(work: Callable[[], None]) -> float:
    def work_on() -> None:
        for _one in range(ONE_BY_ONE):
            work()

    return processor_seconds(work_on) / ONE_BY_ONE


def _size(at: Scene) -> float:
    with at.installation.reading() as db:
        return float(db.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def _say(what: str, figure: float) -> None:
    print(f"{figure:14.6g}  {what}", flush=True)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *(1_000_000, MUNICIPALITIES * 100)[len(given) :])
