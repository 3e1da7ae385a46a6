"""What is counted of cases: the events of a quarter -> how many by attribute and value. Names and knows nobody.

A case counts once at each event, in the quarter the event fell; one that was written down only after that quarter had
been closed counts in the quarter it was written down in. Each attribute is counted at one event only, so that taking
one event from another tells nothing about an attribute. What may be printed is `exports.case_statistics`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from forms.parties import CASE_MANAGER, OBSERVER
from survey.cases.cases import unpacked
from survey.cases.leading import SEXES
from survey.cases.model import day
from survey.periods import Period
from survey.tables import case, case_event, consent_event, team

EVENTS = ("received", "met", "planned", "followed_up", "closed")
WAITED_FOR = ("met", "planned", "followed_up")
"""Events for which the days since the referral are counted."""
UNKNOWN = "unknown"
REFERRER = "referrer"
"""The source whose organisation and reason are counted."""
REFUSED = ("none", "some", "all")
BETWEEN = "|"
"""Between team and sex in a value."""
WAITS: tuple[tuple[str, int | None], ...] = (("14", 14), ("30", 30), ("60", 60), ("90", 90), ("more", None))
"""Classes of waiting: their value, and the most days in them."""

Key = tuple[str, str, str]
"""Event, dimension, value."""


@dataclass(frozen=True)
class Closing:
    """A quarter whose figures were made, and when."""

    period: Period
    at: datetime


@dataclass(frozen=True)
class _Event:
    """The first event of its kind in a case."""

    at: datetime
    fell_on: date


def count(
    db: Connection, association: str, situations: Sequence[str], earlier: Sequence[Closing], now: Closing
) -> Counter[Key]:
    """How many cases of the association have each value, of those whose event counts in the closing `now`."""
    refusals = _refusals(db, association)
    counts: Counter[Key] = Counter()
    for row, events in _cases(db, association):
        known = dict(_attributes(row, events, refusals.get(row.id, ())))
        known["received"] += [(f"situation {code}", f"{code in unpacked(row.situations)}") for code in situations]
        for kind, event in events.items():
            if _closing_of(event, [*earlier, now]) == now:
                counts.update((kind, dimension, value) for dimension, value in known[kind])
    return counts


def first_period(db: Connection, association: str) -> Period | None:
    """The quarter of the association's first event, or None before there is one."""
    query = _of(association, select(case_event.c.fell_on).join_from(case_event, case))
    first = db.scalar(query.order_by(case_event.c.fell_on).limit(1))
    return Period.of(first, "quarter") if first else None


def wait_class(days: int) -> str:
    """The class of waiting that so many days are in."""
    return next(value for value, most in WAITS if most is None or days <= most)


def _closing_of(event: _Event, closings: Iterable[Closing]) -> Closing | None:
    """The first one that had the event before it, and no earlier than its quarter."""
    return next((one for one in closings if event.fell_on <= one.period.last_day and event.at <= one.at), None)


def _attributes(
    row: Row[Any], events: Mapping[str, _Event], said: Sequence[str]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every event with the dimensions it is counted by and the case's value of each."""
    received = {"source": row.role, "municipality": row.municipality, "refused": _refused(said)}
    if row.role == REFERRER:
        received |= {"organisation": row.organisation, "reason": row.reason}
    of_event = {
        "received": received,
        "met": {"team": row.team, "sex": f"{row.team}{BETWEEN}{row.sex if row.sex in SEXES else UNKNOWN}"},
        "planned": {"team": row.team},
        "followed_up": {"team": row.team},
        "closed": {"team": row.team, "outcome": row.outcome},
    }
    for kind in EVENTS:
        values = dict(of_event[kind])
        if kind in WAITED_FOR and kind in events:
            values["days"] = f"{max(0, (events[kind].fell_on - day(row.received)).days)}"
        yield kind, [(dimension, value or UNKNOWN) for dimension, value in values.items()]


def _refused(said: Sequence[str]) -> str:
    """Whether none, some or all of the parties were refused at first."""
    no = sum(one == "refused" for one in said)
    return "none" if not no else "all" if no == len(said) else "some"


def _cases(db: Connection, association: str) -> Iterator[tuple[Row[Any], Mapping[str, _Event]]]:
    """Every case with the first event of each kind, as they were written down."""
    columns = (case.c[name] for name in ("id", "team", "role", "received", *_CODES))
    of_event = (case_event.c[name] for name in ("kind", "at", "fell_on"))
    query = select(*columns, *of_event).join_from(case_event, case)
    query = _of(association, query).where(case_event.c.kind.in_(EVENTS))
    rows = db.execute(query.order_by(case.c.id, case_event.c.number)).all()
    for _id, of_case in groupby(rows, lambda row: row.id):
        events: dict[str, _Event] = {}
        for row in of_case:
            events.setdefault(row.kind, _Event(row.at, row.fell_on))
        yield row, events


def _refusals(db: Connection, association: str) -> Mapping[str, list[str]]:
    """Case -> what was said first of each party of the team."""
    query = select(case.c.id, consent_event.c.party, consent_event.c.kind).join_from(consent_event, case)
    said: dict[str, dict[str, str]] = {}
    for row in db.execute(_of(association, query).order_by(case.c.id, consent_event.c.number)).all():
        if row.party not in (CASE_MANAGER, OBSERVER):
            said.setdefault(row.id, {}).setdefault(row.party, row.kind)
    return {identity: list(parties.values()) for identity, parties in said.items()}


_CODES = ("organisation", "sex", "municipality", "situations", "reason", "outcome")


def _of(association: str, query: Any) -> Any:
    return query.join(team, team.c.slug == case.c.team).where(team.c.association == association)
