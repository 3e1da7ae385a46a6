"""Deviations: where rules, organisations or treatment fail, and what works well; told without anybody in them.

What is asked is the form `deviation`. A report is raised, answered, and then solved or not: one step after the other,
each of which may be taken back. An answer is waited for in working days.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, insert, select, update

from forms.answers import as_json, from_json
from forms.library import shipped_form
from forms.model import Answers, Form
from forms.tailoring import TeamSettings, tailored
from survey import audit
from survey.audit import Entry
from survey.cases.parties import parties
from survey.errors import BadRequest, NotAllowed, NotFound, Outdated
from survey.installation import Installation
from survey.records.naming import names_around, pointing
from survey.tables import deviation, deviation_step, team
from survey.workdays import workdays_later, workdays_until

FORM = "deviation"
KIND, TYPES, PARTIES, WHAT, OFTEN = "av_slag", "av_typ", "av_parter", "av_handelse", "av_antal"
CONSEQUENCE, OTHER_CONSEQUENCE, PROPOSAL, LEVEL = "av_foljd", "av_foljd_text", "av_forslag", "av_niva"
FAILS, WORKS = "1", "2"
OWN_WORDS = (WHAT, OTHER_CONSEQUENCE, PROPOSAL)
DAYS = 20
"""Working days an answer is waited for, unless somebody says otherwise."""
MOST_DAYS = 250
LONGEST = 1000

State = Literal["new", "raised", "answered", "solved", "unsolvable"]
STATES: tuple[State, ...] = get_args(State)
NEXT: Mapping[State, tuple[State, ...]] = {
    "new": ("raised",),
    "raised": ("answered",),
    "answered": ("solved", "unsolvable"),
    "solved": (),
    "unsolvable": (),
}
"""State -> what may follow: none is skipped."""
OPEN: frozenset[State] = frozenset({"new", "raised", "answered"})


@dataclass(frozen=True)
class Step:
    """A step that was taken, in the words of whoever took it."""

    state: State
    on: date
    due: date | None
    """By when an answer is wanted to what is raised."""
    words: str


@dataclass(frozen=True)
class Clock:
    """How long an answer has been, or was, waited for, in working days."""

    waited: int
    left: int
    """Until it is due; below zero afterwards."""
    answered: bool


@dataclass(frozen=True)
class Deviation:
    """One report."""

    id: str
    team: str
    number: int
    told_on: date
    version: int
    """Of the form."""
    revision: int
    answers: Answers
    steps: tuple[Step, ...]

    @property
    def reference(self) -> str:
        """What people call it by."""
        return f"AV-{self.number}"

    @property
    def state(self) -> State:
        return self.steps[-1].state if self.steps else "new"

    @property
    def works(self) -> bool:
        """Whether it tells of what works well."""
        return self.answers.get(KIND) == WORKS

    def may(self) -> tuple[State, ...]:
        """The steps that can come next. What works well is raised, so that others hear of it, and that is all."""
        return () if self.works and self.steps else NEXT[self.state]

    def clock(self, today: date) -> Clock | None:
        """How long the answer takes; None before it is raised, and for what works well."""
        if self.works or not self.steps or self.steps[0].due is None:
            return None
        raised, due = self.steps[0].on, self.steps[0].due
        until = self.steps[1].on if len(self.steps) > 1 else today
        left = workdays_until(until, due) if until <= due else -workdays_until(due, until)
        return Clock(workdays_until(raised, until), left, len(self.steps) > 1)


def form_for(db: Connection, team_slug: str) -> Form:
    """The form as the team fills it in, with its own parties."""
    return tailored(shipped_form(FORM), TeamSettings(parties(db, team_slug)))


def deviations(db: Connection, team_slug: str) -> tuple[Deviation, ...]:
    """The team's register, the newest first."""
    return _read(db, deviation.c.team == team_slug)


def raised(db: Connection, association: str) -> tuple[Deviation, ...]:
    """What any team of the association has raised: what is new stays in its team, and is not even counted."""
    own = select(team.c.slug).where(team.c.association == association)
    return tuple(one for one in _read(db, deviation.c.team.in_(own)) if one.state != "new")


def find(db: Connection, deviation_id: str) -> Deviation:
    """Raises `NotFound`."""
    found = _read(db, deviation.c.id == deviation_id)
    if not found:
        raise NotFound
    return found[0]


def tell(
    db: Connection,
    installation: Installation,
    team_slug: str,
    answers: Answers,
    seen: Collection[str],
    actor: str,
    identity: str | None = None,
) -> Deviation:
    """A new report; `seen` is what the writer has looked at and says points nobody out. What has been told under the
    same `identity` already is not told once more. Raises `Pointing`."""
    audit.in_turn(db)
    if written := _read(db, deviation.c.id == identity):
        return written[0]
    refuse_pointing(db, team_slug, answers, seen)
    newest = db.scalar(select(func.max(deviation.c.number)).where(deviation.c.team == team_slug)) or 0
    values: dict[str, Any] = {"id": identity or secrets.token_hex(8), "team": team_slug, "number": newest + 1}
    values |= {"told_on": installation.today(), "version": shipped_form(FORM).version, "answers": as_json(answers)}
    db.execute(insert(deviation).values(values))
    found = find(db, values["id"])
    _told(db, installation, found, actor, "deviation_told")
    return found


def correct(
    db: Connection, installation: Installation, before: Deviation, answers: Answers, seen: Collection[str], actor: str
) -> None:
    """Replace what was written by somebody who has seen `before`. Raises `Pointing`, `Outdated`, `NotAllowed`."""
    if before.steps:
        raise NotAllowed(_("Avvikelsen är lyft. Ta tillbaka steget om något behöver ändras."))
    refuse_pointing(db, before.team, answers, seen)
    _grow(db, before, answers=as_json(answers))
    _told(db, installation, before, actor, "deviation_changed")


def remove(db: Connection, installation: Installation, one: Deviation, actor: str) -> None:
    """Delete a report that should not be there, with its steps. Raises `Outdated`."""
    _grow(db, one)
    _told(db, installation, one, actor, "deviation_removed")
    db.execute(delete(deviation_step).where(deviation_step.c.deviation == one.id))
    db.execute(delete(deviation).where(deviation.c.id == one.id))


def take_step(
    db: Connection,
    installation: Installation,
    one: Deviation,
    state: State,
    words: str,
    seen: Collection[str],
    actor: str,
    days: int = DAYS,
) -> None:
    """The next step, by somebody who has seen `one`; `days` is how many working days an answer may take.

    Raises `NotAllowed` for a step that is not the next, `BadRequest` for days or words that cannot be, `Pointing` for
    words that may point somebody out, `Outdated`.
    """
    if state not in one.may():
        raise NotAllowed(_("Det steget kan inte komma nu. Stegen tas i tur och ordning."))
    if len(words) > LONGEST:
        raise BadRequest(_("Skriv högst %(n)s tecken", n=LONGEST))
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(_("Skriv ett antal arbetsdagar mellan 1 och %(n)s", n=MOST_DAYS))
    _refuse(db, one.team, [words], seen)
    _grow(db, one)
    today = installation.today()
    due = workdays_later(today, days) if state == "raised" else None
    row = {"number": len(one.steps) + 1, "state": state, "on": today, "due": due, "words": words.strip()}
    db.execute(insert(deviation_step).values(deviation=one.id, **row))
    _told(db, installation, one, actor, "deviation_step", state)


def take_back(db: Connection, installation: Installation, one: Deviation, actor: str) -> None:
    """Undo the newest step. Raises `NotFound` where none was taken, `Outdated`."""
    if not one.steps:
        raise NotFound
    _grow(db, one)
    same = (deviation_step.c.deviation == one.id, deviation_step.c.number == len(one.steps))
    db.execute(delete(deviation_step).where(*same))
    _told(db, installation, one, actor, "deviation_step_back", one.state)


class Pointing(BadRequest):
    """Words that may point somebody out, which nobody has looked at yet."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(_("Det här kan peka ut någon: %(words)s.", words=", ".join(words)))
        self.words = tuple(words)


def refuse_pointing(db: Connection, team_slug: str, answers: Answers, seen: Collection[str]) -> None:
    """Raise `Pointing` for what may point somebody out in own words, but for what was looked at."""
    _refuse(db, team_slug, [str(answers[one]) for one in OWN_WORDS if one in answers], seen)


def _refuse(db: Connection, team_slug: str, texts: Sequence[str], seen: Collection[str]) -> None:
    found = pointing(texts, names_around(db, team_slug), parties(db, team_slug))
    if not set(found) <= set(seen):
        raise Pointing(found)


def _grow(db: Connection, one: Deviation, **values: str) -> None:
    """Write the next revision of a report, if it is still as it was seen."""
    audit.in_turn(db)
    same = (deviation.c.id == one.id, deviation.c.revision == one.revision)
    if not db.execute(update(deviation).where(*same).values(revision=one.revision + 1, **values)).rowcount:
        raise Outdated(find(db, one.id).revision)


def _told(
    db: Connection, installation: Installation, one: Deviation, actor: str, action: str, detail: str = ""
) -> None:
    entry = Entry(actor, action, one.team, detail=f"{one.reference} {detail}".strip())
    audit.record(db, installation.secrets, entry, installation.now())


def _read(db: Connection, where: Any) -> tuple[Deviation, ...]:
    rows = db.execute(select(deviation).where(where).order_by(deviation.c.told_on.desc(), deviation.c.number.desc()))
    taken: dict[str, list[Step]] = {}
    steps = select(deviation_step).join(deviation).where(where).order_by(deviation_step.c.number)
    for row in db.execute(steps):
        taken.setdefault(row.deviation, []).append(Step(row.state, row.on, row.due, row.words))
    return tuple(
        Deviation(
            row.id,
            row.team,
            row.number,
            row.told_on,
            row.version,
            row.revision,
            from_json(row.answers),
            tuple(taken.get(row.id, ())),
        )
        for row in rows
    )
