"""What the meeting log comes to, over any span of weeks: for a team all of it, for an association without small groups.

Meetings and minutes are the team's work and counted exactly. Participants are people: how many there were, and what one
of them took, is told of an association only where there are enough of them, and where no team that takes its own away
is left with too few.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import Connection

from exports.case_statistics_cells import Cell, Cells, Part
from forms.library import shipped_form
from forms.model import Text
from forms.types.base import several
from survey.records import log
from survey.records.hours import Span, clock, shared, tenths
from survey.records.log import AFTER, BEFORE, FORM, HOW, MET, PER_DAY, PRODUCT, TIPS, Meeting
from survey.records.weeks import Weeks
from survey.teams import find_association

__all__ = ["clock", "tenths"]

_YES = "1"


@dataclass(frozen=True)
class Total:
    """Minutes in all; `at_least` where some time is blank."""

    minutes: int
    at_least: bool


@dataclass(frozen=True)
class Noted:
    """One of the three times over all meetings: blank ones are counted apart and never as zero."""

    minutes: int
    noted: int
    blank: int
    span: Span | None
    """The least and the most that was noted."""


@dataclass(frozen=True)
class Tip:
    """How often one of the seven tips was kept to, of the meetings where that was answered."""

    question: str
    text: Text
    yes: int
    base: int


@dataclass(frozen=True)
class Spent:
    """What meetings took in a span of weeks. Without meetings everything else is empty."""

    weeks: Weeks
    meetings: int
    per_day: Span | None
    minutes: Total
    before: Noted
    with_: Noted
    after: Noted
    participants: int | None
    """None where it is withheld."""
    per_participant: int | None
    """Minutes each, rounded; None where it is withheld or there is nobody."""
    withheld: str | None
    """Why participants are not told of, in words."""
    begun_before: int
    """Of the meetings, how many were with somebody whose first meeting is not among them: then each took more."""
    everyone: int
    """Meetings at which every party was there."""
    platforms: Mapping[str, int]
    """How they met, by code -> meetings; one can be held in two ways."""
    products: tuple[str, ...]
    tips: tuple[Tip, ...]


def figures(db: Connection, association: str, weeks: Weeks) -> Spent:
    """What the meetings of all the association's teams took."""
    house = find_association(db, association)
    meetings = log.meetings_of(db, association, weeks)
    whole = spent(meetings, weeks)
    return whole if _enough(meetings, house.count, house.show) else _without_people(whole, house.count)


def of_team(db: Connection, team: str, weeks: Weeks) -> Spent:
    """What the team's own meetings took, for the team itself."""
    return spent(log.meetings(db, team, weeks), weeks)


def spent(meetings: Sequence[Meeting], weeks: Weeks) -> Spent:
    """What these meetings took."""
    before, met, after = (_noted(meetings, one) for one in (BEFORE, MET, AFTER))
    total = before.minutes + met.minutes + after.minutes
    people = Counter((one.team, one.participant) for one in meetings)
    first = {(one.team, one.participant) for one in meetings if one.number == 1}
    perday = [int(str(one.answers[PER_DAY])) for one in meetings if PER_DAY in one.answers]
    return Spent(
        weeks=weeks,
        meetings=len(meetings),
        per_day=_span(perday),
        minutes=Total(total, bool(before.blank or met.blank or after.blank)),
        before=before,
        with_=met,
        after=after,
        participants=len(people),
        per_participant=shared(total, len(people)) if people else None,
        withheld=None,
        begun_before=sum(n for who, n in people.items() if who not in first),
        everyone=sum(one.everyone for one in meetings),
        platforms=Counter(code for one in meetings for code in several(one.answers.get(HOW, ()))),
        products=tuple(sorted({str(one.answers[PRODUCT]) for one in meetings if PRODUCT in one.answers})),
        tips=tuple(_tips(meetings)),
    )


def platforms() -> Mapping[str, Text]:
    """How a meeting can be held: code -> words."""
    return {one.code: one.text for one in shipped_form(FORM).by_id[HOW].choices}


def over_time(meetings: Sequence[Meeting], spans: Iterable[Weeks]) -> Iterator[tuple[Weeks, tuple[Tip, ...]]]:
    """How the tips were kept to, span by span; without those that have no meeting."""
    for span in spans:
        here = [one for one in meetings if one.week in span]
        if here:
            yield span, tuple(_tips(here))


def _noted(meetings: Collection[Meeting], question: str) -> Noted:
    there = [minutes for one in meetings if (minutes := one.minutes(question)) is not None]
    return Noted(sum(there), len(there), len(meetings) - len(there), _span(there))


def _span(numbers: Collection[int]) -> Span | None:
    return Span(min(numbers), max(numbers)) if numbers else None


def _tips(meetings: Collection[Meeting]) -> Iterator[Tip]:
    asked = shipped_form(FORM).by_id
    for question in TIPS:
        said = [one.answers[question] for one in meetings if question in one.answers]
        yield Tip(question, asked[question].text, said.count(_YES), len(said))


def _enough(meetings: Iterable[Meeting], exact: int, floor: int) -> bool:
    """Whether there are enough people to tell of them exactly, also for a team that knows how many its own are."""
    people = Counter(team for team, _who in {(one.team, one.participant) for one in meetings})
    cells = [Cell("", team, n) for team, n in sorted(people.items())]
    safe = (Cells(cells, floor, [Part(value=team)]).may_print(Part()) for team in people)
    return people.total() >= exact and all(safe)


def _without_people(whole: Spent, exact: int) -> Spent:
    reason = _("Hur många deltagarna var visas bara när de är minst %(n)s, i team som är stora nog.", n=exact)
    return replace(whole, participants=None, per_participant=None, begun_before=0, withheld=str(reason))
