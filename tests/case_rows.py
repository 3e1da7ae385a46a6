"""Cases put straight into the tables, in any number and on any day: for what happens to cases long after they came.

What comes in by the pages is tried where the pages are.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from forms.library import shipped
from survey.cases.cases import packed
from survey.installation import Installation
from survey.published import publish
from survey.tables import case, case_event, case_number, consent_event, consent_wording, document, task
from survey.vault import Place, Vault
from tests.scene import settle

WORDING = bytes(32)
Rows = dict[str, Any]


def noon(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(12), UTC)


@dataclass(frozen=True)
class Told:
    """One invented case: when what happened, by which codes, and what it says that must never be found."""

    received: str
    events: Mapping[str, str] = field(default_factory=dict)
    """Kind -> day."""
    team: str = "norr"
    role: str = "referrer"
    organisation: str | None = "1"
    sex: str | None = None
    municipality: str | None = "0180"
    situations: Sequence[str] = ()
    reason: str | None = "2"
    outcome: str | None = "1"
    said: Mapping[str, str] = field(default_factory=lambda: {"af": "given", "fk": "refused"})
    words: str = "ingenting"
    written: Mapping[str, str] = field(default_factory=dict)
    """Kind -> the day it was written down, where that is later."""


def settled(installation: Installation, *teams: str) -> None:
    """An association with teams, every shipped form, and a wording to refer to."""
    with installation.writing() as db:
        settle(db, *teams)
        for form in shipped():
            publish(db, form)
        db.execute(insert(consent_wording).values(hash=WORDING, version="sc-1.0", language="sv", text="Får de prata?"))


def add(installation: Installation, told: Told) -> str:
    """Store a case with all it says, and a key of its own; gives back its id."""
    with installation.writing() as db:
        (identity,) = add_codes(db, [told])
        vault = Vault(bytes.fromhex(identity), installation.case_keys.new(identity))
        locked = vault.lock(Place("document", "answers", f"{identity} referral 1"), {"an_fraga": told.words})
        row: Rows = {"kind": "referral", "version": 1, "language": "sv", "at": noon(told.received), "actor": "referrer"}
        db.execute(insert(document).values(case=identity, answers=locked, **row))
        row = {"kind": "call_before", "codes": packed(()), "made": noon(told.received)}
        locked = vault.lock(Place("task", "words", identity), told.words)
        db.execute(insert(task).values(id=secrets.token_hex(8), case=identity, words=locked, **row))
    return identity


def add_codes(db: Connection, many: Iterable[Told]) -> list[str]:
    """Store what statistics look at of many cases, and nothing that anybody said; gives back their ids."""
    by_id = {secrets.token_hex(8): told for told in many}
    numbers = {team: _newest(db, team) for team in {told.team for told in by_id.values()}}
    cases = []
    for identity, told in by_id.items():
        numbers[told.team] += 1
        cases.append(_case(identity, numbers[told.team], told))
    db.execute(insert(case), cases)
    for team, newest in numbers.items():
        db.execute(update(case_number).where(case_number.c.team == team).values(newest=newest))
    db.execute(insert(case_event), [row for identity, told in by_id.items() for row in _events(identity, told)])
    if said := [row for identity, told in by_id.items() for row in _said(identity, told)]:
        db.execute(insert(consent_event), said)
    return list(by_id)


def _newest(db: Connection, team: str) -> int:
    newest = db.scalar(select(func.max(case.c.number)).where(case.c.team == team))
    if newest is None:
        db.execute(insert(case_number).values(team=team, newest=1))
    return newest or 0


def _case(identity: str, number: int, told: Told) -> Rows:
    closed = told.events.get("closed")
    return {
        "id": identity,
        "team": told.team,
        "number": number,
        "state": "closed" if closed else "received",
        "form": "referral",
        "version": 1,
        "submission": secrets.token_bytes(16),
        "withdrawal": secrets.token_bytes(16),
        "person": secrets.token_bytes(32),
        "received": noon(told.received),
        "role": told.role,
        "organisation": told.organisation if told.role == "referrer" else None,
        "sex": told.sex,
        "municipality": told.municipality,
        "situations": packed(told.situations),
        "reason": told.reason,
        "outside_age": False,
        "interpreter": False,
        "unwanted": packed(()),
        "outcome": told.outcome if closed else None,
        "closed_on": date.fromisoformat(closed) if closed else None,
    }


def _events(identity: str, told: Told) -> Iterator[Rows]:
    for number, (kind, day) in enumerate({"received": told.received, **told.events}.items(), start=1):
        at = noon(told.written.get(kind, day))
        row = {"case": identity, "number": number, "kind": kind, "at": at, "fell_on": date.fromisoformat(day)}
        yield row | {"actor": "referrer"}


def _said(identity: str, told: Told) -> Iterator[Rows]:
    for number, (party, kind) in enumerate(told.said.items(), start=1):
        until = date.fromisoformat(told.received) if kind != "refused" else None
        row = {"case": identity, "number": number, "party": party, "kind": kind, "at": noon(told.received)}
        row |= {"actor": "referrer", "purpose": "plan_support", "categories": packed(("1",)), "wording": WORDING}
        yield row | {"valid_until": until}
