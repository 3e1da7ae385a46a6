"""Reading a case: the one door. Consents are asked as they stand now, questions are filtered by what they are about,
and each reading is a row of the audit chain in the same transaction, also one that was refused.

Nobody waits between the look at the consent and the look at the documents: readers and those who withdraw take turns
(`survey.audit.in_turn`), so a withdrawal that is committed is known to every reading after it (PRIVACY.md P20).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from forms.answers import visible
from forms.model import CATEGORIES, Answers, Form
from forms.parties import CASE_MANAGER
from forms.types import TYPES
from survey import audit
from survey.audit import Row
from survey.cases import cases, consent, documents, managing, rights, tasks
from survey.cases.consent import Told
from survey.cases.model import CONTACT, Case, Consented, Document, Event, Manager, Reader, Task, View
from survey.errors import NotFound
from survey.installation import Installation
from survey.tables import case

TEAM = "team"
"""What no consent opens: what a person says about a party is not the party's to read."""
_EVERYTHING = frozenset(CATEGORIES)
_UNASKED: Mapping[str, str] = {"booking": CONTACT, "closing": CONTACT, "manager": TEAM}
"""What the documents are about that no form asks."""


@dataclass(frozen=True)
class Package:
    """Everything there is about a case, to be handed over."""

    case: Case
    documents: tuple[Document, ...]
    """Every version of each kind."""
    consents: tuple[Told, ...]
    events: tuple[Event, ...]
    tasks: tuple[Task, ...]
    manager: Manager | None


def read(installation: Installation, reader: Reader, case_id: str, now: datetime) -> View:
    """The case as the reader may see it now. Raises `NotFound` for what they may not, once that has been told in the
    audit chain: the transaction is this function's own, so that no fault of a page takes the row back."""
    with installation.writing() as db:
        view = reading(db, installation, reader, case_id, now)
    if view is None:
        raise NotFound
    return view


def reading(db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime) -> View | None:
    """The same within a transaction that must be committed; None where the reader may not, which is told, too."""
    look = _look(db, installation, reader, case_id, now, "read")
    if look is None:
        return None
    found = {kind: look.open(db, installation, kind, version) for kind, version in look.versions.items()}
    shown = {kind: document for kind, document in found.items() if look.whole or document.answers}
    told = " ".join(f"{document.kind} {document.version}" for document in shown.values())
    look.tell(db, installation, "read", now, told)
    return View(
        case=look.case,
        reader=reader,
        standings=look.standings if look.whole else look.own,
        documents=shown,
        versions=look.versions,
        tasks=_tasks(db, installation, look),
        events=_events(db, look),
        manager=look.manager if look.whole or reader.party == CASE_MANAGER else None,
        categories=look.categories,
        locked=not consent.active_parties(look.standings),
        same_person=_same_person(db, look.case) if look.whole else (),
    )


def read_version(
    installation: Installation, reader: Reader, case_id: str, kind: str, version: int, now: datetime
) -> Document:
    """One version of a document, however old. Raises `NotFound` as `read`."""
    with installation.writing() as db:
        look = _look(db, installation, reader, case_id, now, "read")
        found = None
        if look is not None and 1 <= version <= look.versions.get(kind, 0):
            found = look.open(db, installation, kind, version)
            look.tell(db, installation, "read", now, f"{kind} {version}")
    if found is None:
        raise NotFound
    return found


def reveal(installation: Installation, reader: Reader, case_id: str, question: str, now: datetime) -> str:
    """A phone number, an address or a personal number of the referral in full: the click that is told in the chain.

    Raises `NotFound` as `read`, and for a question the reader may not see or that was not answered.
    """
    answer = None
    with installation.writing() as db:
        look = _look(db, installation, reader, case_id, now, "revealed")
        if look is not None and "referral" in look.versions:
            whole = documents.opened(db, installation, case_id, "referral", look.versions["referral"])
            if question in look.seen(whole).answers:
                answer = whole.answers[question]
                look.tell(db, installation, "revealed", now, question)
    if not isinstance(answer, str):
        raise NotFound
    return answer


def package(installation: Installation, reader: Reader, case_id: str, now: datetime) -> Package:
    """Everything about the case, for the person or an archive. Raises `NotFound` for anyone but the coordinator."""
    with installation.writing() as db:
        look = _look(db, installation, reader, case_id, now, "packaged")
        found = None
        if look is not None and look.whole:
            found = Package(
                look.case,
                tuple(
                    documents.opened(db, installation, case_id, kind, version)
                    for kind, newest in sorted(look.versions.items())
                    for version in range(1, newest + 1)
                ),
                consent.receipt(db, installation, case_id),
                cases.events(db, case_id),
                tasks.tasks(db, case_id, installation),
                look.manager,
            )
            look.tell(db, installation, "packaged", now, "")
    if found is None:
        raise NotFound
    return found


def history(db: Connection, case_id: str) -> tuple[Row, ...]:
    """Who has read or changed what of the case, the newest first."""
    return audit.rows_of(db, case_id)


def cases_for(db: Connection, reader: Reader, now: datetime) -> tuple[Case, ...]:
    """The team's cases the reader may open now, the newest first; numbers and days only."""
    if not rights.holds(db, reader):
        return ()
    standings = consent.standings_in(db, reader.team, now)
    return tuple(
        of
        for of in cases.cases_of(db, reader.team)
        if _covered_by(reader, standings.get(of.id, {}), managing.find(db, of.id)) is not None
    )


@dataclass(frozen=True)
class _Look:
    """A reader before a case that they may see something of."""

    reader: Reader
    case: Case
    standings: Mapping[str, Consented]
    manager: Manager | None
    categories: frozenset[str]
    versions: Mapping[str, int]

    @property
    def whole(self) -> bool:
        """Whether nothing is kept from the reader."""
        return self.reader.party is None

    @property
    def own(self) -> dict[str, Consented]:
        """The consent the reader reads under."""
        return {party: one for party, one in self.standings.items() if party == self.reader.party}

    def open(self, db: Connection, installation: Installation, kind: str, version: int) -> Document:
        return self.covered(self.seen(documents.opened(db, installation, self.case.id, kind, version)))

    def seen(self, document: Document) -> Document:
        """The document with what the reader may read of it, nothing masked."""
        if document.form is not None:
            return replace(document, answers=visible(document.form, document.answers, self.categories))
        own = document.kind == "manager" and self.reader.party == CASE_MANAGER
        return document if own or _UNASKED[document.kind] in self.categories else replace(document, answers={})

    def covered(self, document: Document) -> Document:
        """The same with what one asks for by a click masked."""
        covered = _covered(document.form, document.answers)
        return replace(document, answers={**document.answers, **covered}, hidden=frozenset(covered))

    def tell(self, db: Connection, installation: Installation, action: str, now: datetime, detail: str) -> None:
        whose = self.reader.party or ""
        cases.tell(db, installation, self.case, self.reader.account, action, now, f"{whose} {detail}".strip())


def _look(
    db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime, action: str
) -> _Look | None:
    """The case, if the reader may see any of it; None, and a row that says so, if not. Raises `NotFound` where there is
    no such case."""
    of = cases.in_turn(db, case_id)
    standings = consent.standings(db, case_id, now)
    manager = managing.find(db, case_id)
    categories = _covered_by(reader, standings, manager) if rights.takes_part(db, reader, of) else None
    if categories is None:
        stands = standings.get(reader.party or "")
        why = f"{reader.team} {reader.party or 'coordinator'} {stands.state if stands else '-'}"
        cases.tell(db, installation, of, reader.account, f"{action}_refused", now, why)
        return None
    return _Look(reader, of, standings, manager, categories, documents.versions(db, case_id))


def _covered_by(reader: Reader, standings: Mapping[str, Consented], manager: Manager | None) -> frozenset[str] | None:
    """What of a case's documents somebody of its team may see; None for nothing at all."""
    if reader.party is None:
        return _EVERYTHING
    stands = standings.get(reader.party)
    if stands is None or not stands.active:
        return None
    if reader.party == CASE_MANAGER and not (
        manager and manager.state == "accepted" and manager.account == reader.account
    ):
        return None
    return (stands.categories | {CONTACT}) - {TEAM}


def _tasks(db: Connection, installation: Installation, look: _Look) -> tuple[Task, ...]:
    if look.whole:
        return tasks.tasks(db, look.case.id, installation)
    return tuple(one for one in tasks.tasks(db, look.case.id) if one.party == look.reader.party)


def _events(db: Connection, look: _Look) -> tuple[Event, ...]:
    """What has happened; a party is not told how others' consents went."""
    found = cases.events(db, look.case.id)
    return found if look.whole else tuple(one for one in found if not one.kind.startswith(("consent_", "manager_")))


def _same_person(db: Connection, of: Case) -> tuple[str, ...]:
    person = db.scalar(select(case.c.person).where(case.c.id == of.id))
    if person is None:
        return ()
    others = [one for one in cases.cases_of(db, of.team) if one.id != of.id]
    same = set(db.scalars(select(case.c.id).where(case.c.team == of.team, case.c.person == person)))
    return tuple(one.reference for one in others if one.id in same)


def _covered(form: Form | None, answers: Answers) -> dict[str, str]:
    """The answers that are shown covered, as they are shown."""
    asked = form.by_id if form else {}
    types = {question: TYPES[asked[question].type] for question in answers if question in asked}
    return {question: type_.cover(answers[question]) for question, type_ in types.items() if type_.covered}
