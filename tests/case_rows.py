"""Cases put straight into the tables, in any number and on any day: for what happens to cases long after they came.

What comes in by the pages is tried where the pages are.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy import func, insert, select

from forms.library import shipped
from survey.cases.cases import packed
from survey.installation import Installation
from survey.published import publish
from survey.tables import case, case_event, case_number, consent_event, consent_wording, document, task
from survey.vault import Place, Vault
from tests.scene import settle

WORDING = bytes(32)


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
    """Store the case, with a key of its own; gives back its id."""
    identity = secrets.token_hex(8)
    vault = Vault(bytes.fromhex(identity), installation.case_keys.new(identity))
    closed = told.events.get("closed")
    with installation.writing() as db:
        number = (db.scalar(select(func.max(case.c.number)).where(case.c.team == told.team)) or 0) + 1
        if number == 1:
            db.execute(insert(case_number).values(team=told.team, newest=1))
        db.execute(
            insert(case).values(
                id=identity,
                team=told.team,
                number=number,
                state="closed" if closed else "received",
                form="referral",
                version=1,
                submission=secrets.token_bytes(16),
                withdrawal=secrets.token_bytes(16),
                person=secrets.token_bytes(32),
                received=noon(told.received),
                role=told.role,
                organisation=told.organisation if told.role == "referrer" else None,
                sex=told.sex,
                municipality=told.municipality,
                situations=packed(told.situations),
                reason=told.reason,
                outside_age=False,
                interpreter=False,
                unwanted=packed(()),
                outcome=told.outcome if closed else None,
                closed_on=date.fromisoformat(closed) if closed else None,
            )
        )
        for place, (kind, day) in enumerate({"received": told.received, **told.events}.items(), start=1):
            row = {"kind": kind, "at": noon(told.written.get(kind, day)), "fell_on": date.fromisoformat(day)}
            db.execute(insert(case_event).values(case=identity, number=place, actor="referrer", **row))
        for place, (party, kind) in enumerate(told.said.items(), start=1):
            until = date.fromisoformat(told.received) if kind != "refused" else None
            row = {"party": party, "kind": kind, "at": noon(told.received), "actor": "referrer", "valid_until": until}
            row |= {"purpose": "plan_support", "categories": packed(("1",)), "wording": WORDING}
            locked = vault.lock(Place("consent_event", "private", f"{identity} {place}"), {"name": told.words})
            db.execute(insert(consent_event).values(case=identity, number=place, private=locked, **row))
        locked = vault.lock(Place("document", "answers", f"{identity} referral 1"), {"an_fraga": told.words})
        row = {"kind": "referral", "version": 1, "language": "sv", "at": noon(told.received), "actor": "referrer"}
        db.execute(insert(document).values(case=identity, answers=locked, **row))
        db.execute(
            insert(task).values(
                id=secrets.token_hex(8),
                case=identity,
                kind="call_before",
                codes=packed(()),
                made=noon(told.received),
                words=vault.lock(Place("task", "words", identity), told.words),
            )
        )
    return identity
