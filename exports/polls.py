"""What a poll came to, as figures: exact counts, each with everybody who answered as its base (PRIVACY.md 3.8).

"Vet ej" is an answer and in the base (INSTRUMENTS.md 2). There is no result of fewer than five votes to begin with
(`survey.polls`), so nothing is graded here. The file a poll leaves in is `exports.poll_workbook`.
"""

from dataclasses import dataclass
from math import sqrt

from sqlalchemy import Connection, select

from exports.figures import share
from forms.model import Choice, Question
from survey.polls.model import Poll, Result
from survey.tables import association

REPORT = 2021
"""The year of the report that the demonstration's oldest poll is taken from."""
SURE = 1.96
"""Standard errors either way that hold in 95 samples of 100."""


@dataclass(frozen=True)
class Line:
    """One answer: how many gave it, from phones and by hand together, and their share of the base in per cent."""

    choice: Choice
    n: int
    share: int


@dataclass(frozen=True)
class Tally:
    """A question that is chosen from, as it may be printed."""

    question: Question
    base: int
    """Everybody who answered, by phone or by hand."""
    by_hand: int
    """How many of them were counted by hand."""
    lines: tuple[Line, ...]


def tally(question: Question, result: Result) -> Tally:
    """Every answer of the question in order, those nobody gave too."""
    lines = (Line(one, result.n(one.code), share(result.n(one.code), result.people)) for one in question.choices)
    return Tally(question, result.people, result.by_hand, tuple(lines))


def interval(n: int, base: int) -> tuple[int, int]:
    """Between which whole per cents a share probably lies, if those who answered were drawn by lot (Wilson, 95 %)."""
    part, weight = n / base, SURE**2 / base
    middle, spread = part + weight / 2, SURE * sqrt(part * (1 - part) / base + weight / base / 4)
    return round(100 * (middle - spread) / (1 + weight)), round(100 * (middle + spread) / (1 + weight))


def reported(db: Connection, poll: Poll) -> bool:
    """Whether it is the demonstration's poll of 2021, of which «Ja» and the base were published and no more."""
    invented = db.scalar(select(association.c.demonstration).where(association.c.slug == poll.association))
    return bool(invented) and poll.held_on.year == REPORT
