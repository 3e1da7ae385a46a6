"""Consent: what has been said yes and no to, in events that never change, and how it stands on a day.

A consent is never a checkbox that is overwritten (PRIVACY.md 4). Whoever wants to know asks `standings`, which looks at
every event there is. An event that takes something back counts whatever the clocks said: a clock that was set back must
not bring a withdrawn consent to life.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, get_args

from flask_babel import gettext as _
from sqlalchemy import Connection, func, insert, select

from forms.consent import Line, Wording, lines
from forms.model import Answers, Form
from forms.parties import CASE_MANAGER, OBSERVER
from forms.routing import asked
from forms.tailoring import MOST_MONTHS
from forms.types.base import several
from survey.cases import cases, ended, notices, rights, tasks, wordings
from survey.cases.ended import Ended
from survey.cases.model import (
    KINDS_OF_INFORMATION,
    ORAL,
    PURPOSE,
    Case,
    Consented,
    ConsentEvent,
    How,
    Say,
    Standing,
    day,
)
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from survey.tables import case, consent_event
from survey.vault import Place
from survey.workdays import months_later

ORAL_DAYS = 14
"""An oral yes counts for so long without being confirmed in writing, unless another day was said."""
_SAID: Mapping[str, Say] = {"1": "given", "2": "limited", "0": "refused"}
_HOW: Mapping[str, How] = {"1": "paper", "2": "screen", "3": "oral_here", "4": "oral_phone"}
_BASES = get_args(Say)
_ENDS: Mapping[str, Standing] = {"withdrawn": "withdrawn", "expired": "expired", "superseded": "superseded"}


@dataclass(frozen=True)
class Told:
    """A consent event with what was said and shown: for the coordinator and for receipts."""

    event: ConsentEvent
    wording: str
    """The text exactly as it was shown; "" where the event has none of its own."""
    private: Mapping[str, str]


@dataclass(frozen=True)
class Consent:
    """What somebody says about one party, and how."""

    party: str
    said: Say
    wording: Wording
    """Exactly what stood on the page, or was read aloud."""
    how: How
    categories: frozenset[str] = frozenset()
    until: date | None = None
    confirm_by: date | None = None
    interpreted: bool = False
    private: Mapping[str, str] = field(default_factory=dict)
    """What may not be talked about (`not_about`), the name typed (`name`), the interpreter's agency and number
    (`interpreter`): encrypted."""


def from_answers(form: Form, answers: Answers, wordings: Mapping[str, Wording]) -> tuple[Consent, ...]:
    """What a referral's answers say about each party it asks about; `wordings` is what was shown of each.

    Raises `BadRequest` where a party's line is not answered, `KeyError` where its text is missing.
    """
    found = asked_lines(form, answers)
    return tuple(_from_line(answers, line.party, line.question, wordings[line.party]) for line in found)


def asked_lines(form: Form, answers: Answers) -> tuple[Line, ...]:
    """The consents that are asked for on the way these answers take."""
    on_path = {question.id for question in asked(form, answers)}
    return tuple(line for line in lines(form) if line.question in on_path)


def record(
    db: Connection, installation: Installation, case_id: str, given: Consent, by: str, now: datetime
) -> ConsentEvent:
    """Note what somebody says about a party from now on, in place of what was said before. Makes the tasks that follow.

    Raises `BadRequest` for a yes that says nothing about what or until when, or counts longer than a year.
    """
    of = cases.in_turn(db, case_id)
    rights.acts(db, by, of)
    refuse_unclear(given, day(now))
    before = standings(db, case_id, now).get(given.party)
    if before and before.state in ("given", "limited"):
        ended.note(installation, case_id, (before.party,), now)
        _add(db, of, _event(before.party, "superseded", by, now))
    said = _add(db, of, _said(db, given, by, now), installation, given.private)
    cases.tell(db, installation, of, by, f"consent_{given.said}", now, given.party)
    tasks.finish(db, case_id, ("renew_consent", "mark_limited", "confirm_oral"), by, now, party=given.party)
    if given.said == "limited":
        tasks.add(db, installation, case_id, "mark_limited", now, codes=(given.party,))
    if given.how in ORAL and given.said != "refused":
        tasks.add(db, installation, case_id, "confirm_oral", now, codes=(given.party,), due=said.confirm_by)
    if given.said == "refused":
        cases.happened(db, case_id, "consent_refused", by, now, code=given.party)
    return said


def refuse_unclear(given: Consent, today: date) -> None:
    """Raise `BadRequest` for a yes that says nothing about what or until when, or counts longer than a year."""
    if given.said == "refused":
        return
    if not given.categories <= set(KINDS_OF_INFORMATION):
        raise BadRequest(_("Välj vad de får prata om."))
    if given.party == OBSERVER:
        return  # somebody who listens is told nothing besides, and for as long as any consent can last
    if given.said == "given" and not given.categories:
        raise BadRequest(_("Välj vad de får prata om."))
    latest = months_later(today, MOST_MONTHS)
    if given.until is None or not today <= given.until <= latest:
        raise BadRequest(_("Välj ett datum före %(day)s.", day=latest.isoformat()))


def mark(
    db: Connection,
    installation: Installation,
    case_id: str,
    party: str,
    categories: Iterable[str],
    by: str,
    now: datetime,
) -> None:
    """Note which information a «Ja, men inte allt» covers. Raises `BadRequest` for none, or where there is no such."""
    of, stands = _standing_of(db, case_id, party, by, now)
    chosen = frozenset(categories)
    if not chosen or not chosen <= set(KINDS_OF_INFORMATION):
        raise BadRequest(_("Välj vad de får prata om."))
    if stands.state != "limited":
        raise BadRequest(_("Det finns inget samtycke att märka."))
    _add(db, of, replace(_event(party, "marked", by, now), categories=chosen))
    cases.tell(db, installation, of, by, "consent_marked", now, party)
    tasks.finish(db, case_id, ("mark_limited",), by, now, party=party)


def confirm(db: Connection, installation: Installation, case_id: str, party: str, by: str, now: datetime) -> None:
    """Note that an oral yes has been confirmed in writing, in time. Raises `BadRequest` where there is none to confirm:
    one that has lapsed is asked for again."""
    of, stands = _standing_of(db, case_id, party, by, now)
    if stands.confirm_by is None or stands.state not in ("given", "limited"):
        raise BadRequest(_("Det finns inget muntligt samtycke att bekräfta. Fråga personen igen."))
    _add(db, of, _event(party, "confirmed", by, now))
    cases.tell(db, installation, of, by, "consent_confirmed", now, party)
    tasks.finish(db, case_id, ("confirm_oral",), by, now, party=party)


def withdraw(
    db: Connection,
    installation: Installation,
    case_id: str,
    parties: Iterable[str] | None,
    by: str,
    now: datetime,
    *,
    how: str = "",
) -> tuple[str, ...]:
    """Take back the consent about these parties, or all. Counts from this very moment; every party of the case is told.

    Gives the parties it was taken back for: those that had one. A party that had none is not told of anything.
    """
    of = cases.in_turn(db, case_id)
    rights.acts(db, by, of, for_a_party=True)
    stood = [one for one in standings(db, case_id, now).values() if one.state in ("given", "limited", "unconfirmed")]
    asked = None if parties is None else set(parties)
    taken = tuple(one.party for one in stood if asked is None or one.party in asked)
    ended.note(installation, case_id, taken, now)
    for party in taken:
        _add(db, of, _event(party, "withdrawn", by, now))
        cases.happened(db, case_id, "consent_withdrawn", by, now, code=party)
        tasks.finish(db, case_id, ("mark_limited", "confirm_oral", "renew_consent"), by, now, party=party)
    if taken:
        cases.tell(db, installation, of, by, "consent_withdrawn", now, " ".join((*taken, how)).strip())
        concerned = [one.party for one in stood if one.party != OBSERVER]
        _tell_everybody(db, installation, of, taken, concerned, now)
    return taken


def end_again(db: Connection, installation: Installation, told: Iterable[Ended], now: datetime) -> None:
    """Take back once more what had ended when a backup was made that did not know of it yet."""
    for case_id, party, at in told:
        stands = standings(db, case_id, now).get(party)
        if stands is not None and stands.since < at:
            withdraw(db, installation, case_id, (party,), "command", now, how="restored")


def supersede(db: Connection, installation: Installation, case_id: str, party: str, by: str, now: datetime) -> None:
    """End a consent because the party is another one now, as when the care provider changes; a new one is to be asked
    for. Raises `BadRequest` where there is none."""
    of, stands = _standing_of(db, case_id, party, by, now)
    if stands.state not in ("given", "limited"):
        raise BadRequest(_("Det finns inget samtycke att ersätta."))
    ended.note(installation, case_id, (party,), now)
    _add(db, of, _event(party, "superseded", by, now))
    cases.tell(db, installation, of, by, "consent_superseded", now, party)
    tasks.add(db, installation, case_id, "renew_consent", now, codes=(party,))


def expire(db: Connection, installation: Installation, case_id: str, party: str, now: datetime) -> None:
    """Write down that a consent has run out, once; `standing` knows it without."""
    of, stands = _standing_of(db, case_id, party, "command", now)
    if stands.state in ("expired", "unconfirmed") and events_of(db, case_id, party)[-1].kind != "expired":
        _add(db, of, _event(party, "expired", "command", now))
        cases.happened(db, case_id, "consent_expired", "command", now, code=party)
        cases.tell(db, installation, of, "command", "consent_expired", now, party)


def events(db: Connection, case_id: str) -> tuple[ConsentEvent, ...]:
    """Every event of the case's consents, in order."""
    rows = db.execute(select(*_EVENT).where(consent_event.c.case == case_id).order_by(consent_event.c.number)).all()
    return tuple(_read(row) for row in rows)


def standings_in(db: Connection, team: str, now: datetime) -> dict[str, dict[str, Consented]]:
    """The same for every case of a team at one look, by the case's id."""
    query = select(*_EVENT, consent_event.c.case).join(case, case.c.id == consent_event.c.case)
    found: dict[str, list[ConsentEvent]] = {}
    for row in db.execute(query.where(case.c.team == team).order_by(consent_event.c.case, consent_event.c.number)):
        found.setdefault(row.case, []).append(_read(row))
    return {case_id: standing(said, day(now)) for case_id, said in found.items()}


def events_of(db: Connection, case_id: str, party: str) -> tuple[ConsentEvent, ...]:
    """The events about one party."""
    return tuple(event for event in events(db, case_id) if event.party == party)


def private(db: Connection, installation: Installation, case_id: str) -> dict[int, dict[str, str]]:
    """What was said in own words at each event, by its number: for the coordinator and the receipt."""
    vault = cases.vault_of(installation, case_id)
    query = select(consent_event.c.number, consent_event.c.private).where(
        consent_event.c.case == case_id, consent_event.c.private.is_not(None)
    )
    return {number: vault.unlock(place(case_id, number), field) for number, field in db.execute(query).all()}


def receipt(db: Connection, installation: Installation, case_id: str) -> tuple[Told, ...]:
    """Every event of the case's consents, with its words."""
    said = private(db, installation, case_id)
    return tuple(
        Told(event, wordings.shown(db, event.wording).text if event.wording else "", said.get(event.number, {}))
        for event in events(db, case_id)
    )


def standings(db: Connection, case_id: str, now: datetime) -> dict[str, Consented]:
    """How the consent about each party stands, for every party something has been said about."""
    return standing(events(db, case_id), day(now))


def standing(events: Sequence[ConsentEvent], today: date) -> dict[str, Consented]:
    """How consents stand on a day, given every event in order. Pure."""
    found: dict[str, Consented] = {}
    for event in events:
        before = found.get(event.party)
        if event.kind in _BASES:
            found[event.party] = _begun(event)
        elif before is not None:
            found[event.party] = _changed(before, event)
    return {party: _on(one, today) for party, one in found.items()}


def may_share(standings: Mapping[str, Consented], one: str, other: str) -> bool:
    """Whether two parties may tell each other something: only when both have a yes."""
    return all(party in standings and standings[party].active for party in (one, other))


def active_parties(standings: Mapping[str, Consented]) -> tuple[str, ...]:
    """Organisations whose consent counts; the case manager and observers are none."""
    return tuple(party for party, one in standings.items() if one.active and party not in (CASE_MANAGER, OBSERVER))


def _from_line(answers: Answers, party: str, question: str, wording: Wording) -> Consent:
    said = _SAID.get(str(answers.get(question)))
    how = _HOW.get(str(answers.get("sc_hur")))
    if said is None or how is None:
        raise BadRequest(_("Svara på samtycket för varje part."))
    given = {
        "not_about": answers.get(f"{question}_inte"),
        "interpreter": answers.get("sc_tolk_vem"),
        "name": answers.get("sc_namn"),
    }
    consent = Consent(
        party,
        said,
        wording,
        how,
        interpreted=answers.get("sc_tolk") == "1",
        private={name: value for name, value in given.items() if isinstance(value, str)},
    )
    if said == "refused":
        return consent
    return replace(
        consent,
        categories=frozenset(several(answers.get("sc_uppg", ()))) if said == "given" else frozenset(),
        until=_date(answers.get("sc_till")),
        confirm_by=_date(answers.get("sc_skriftligt_senast")) if how in ORAL else None,
    )


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        raise BadRequest(_("Datumet går inte att läsa.")) from None


def _said(db: Connection, given: Consent, by: str, now: datetime) -> ConsentEvent:
    yes = given.said != "refused"
    until = given.until or months_later(day(now), MOST_MONTHS)
    confirm_by = (given.confirm_by or day(now) + timedelta(ORAL_DAYS)) if yes and given.how in ORAL else None
    return replace(
        _event(given.party, given.said, by, now),
        categories=given.categories if given.said == "given" and given.party != OBSERVER else frozenset(),
        valid_from=day(now) if yes else None,
        valid_until=until if yes else None,
        how=given.how,
        confirm_by=confirm_by,
        language=given.wording.language,
        interpreted=given.interpreted,
        wording=wordings.keep(db, given.wording),
    )


def _event(party: str, kind: str, by: str, now: datetime) -> ConsentEvent:
    return ConsentEvent(0, party, kind, now, by, PURPOSE, frozenset())


def _add(
    db: Connection,
    of: Case,
    event: ConsentEvent,
    installation: Installation | None = None,
    private: Mapping[str, str] | None = None,
) -> ConsentEvent:
    newest = db.scalar(select(func.max(consent_event.c.number)).where(consent_event.c.case == of.id)) or 0
    numbered = replace(event, number=newest + 1)
    row: dict[str, Any] = vars(numbered) | {"case": of.id, "categories": cases.packed(sorted(event.categories))}
    if installation and private:
        row["private"] = cases.vault_of(installation, of.id).lock(place(of.id, numbered.number), dict(private))
    db.execute(insert(consent_event).values(row))
    return numbered


def place(case_id: str, number: int) -> Place:
    """Where what was said in own words at an event lies."""
    return Place("consent_event", "private", f"{case_id} {number}")


def _read(row: Any) -> ConsentEvent:
    said = {column.name: getattr(row, column.name) for column in _EVENT}
    return ConsentEvent(**said | {"categories": frozenset(cases.unpacked(row.categories))})


def _standing_of(db: Connection, case_id: str, party: str, by: str, now: datetime) -> tuple[Case, Consented]:
    of = cases.in_turn(db, case_id)
    rights.acts(db, by, of)
    stands = standings(db, case_id, now).get(party)
    if stands is None:
        raise NotFound
    return of, stands


def _begun(event: ConsentEvent) -> Consented:
    return Consented(
        party=event.party,
        state=_STATE[event.kind],
        categories=event.categories,
        since=event.at,
        valid_from=event.valid_from,
        until=event.valid_until,
        confirm_by=event.confirm_by,
        how=event.how,
        active=False,
    )


def _changed(before: Consented, event: ConsentEvent) -> Consented:
    if event.kind == "marked":
        return replace(before, categories=event.categories)
    if event.kind == "confirmed":
        return replace(before, confirm_by=None)
    return replace(before, state=_ENDS[event.kind], since=event.at)


def _on(one: Consented, today: date) -> Consented:
    if one.state not in ("given", "limited"):
        return one
    if one.until is None or one.until < today:
        return replace(one, state="expired")
    if one.confirm_by is not None and one.confirm_by < today:
        return replace(one, state="unconfirmed")
    begun = one.valid_from is not None and one.valid_from <= today
    return replace(one, active=begun and (bool(one.categories) or one.party == OBSERVER))


def _tell_everybody(
    db: Connection, installation: Installation, of: Case, taken: Sequence[str], concerned: Sequence[str], now: datetime
) -> None:
    """A withdrawal is told to the team and to every party that had a yes, also those that keep theirs."""
    tasks.add(db, installation, of.id, "withdrawn", now, codes=taken)
    for party in concerned:
        tasks.add(db, installation, of.id, "withdrawal_told", now, codes=taken, party=party)
    notices.tell_coordinators(db, of.team, "withdrawn", now)
    notices.tell_parties(db, of.team, concerned, "withdrawn", now)


_STATE: Mapping[str, Standing] = {"given": "given", "limited": "limited", "refused": "refused"}
_EVENT = tuple(
    consent_event.c[name]
    for name in (
        "number",
        "party",
        "kind",
        "at",
        "actor",
        "purpose",
        "categories",
        "valid_from",
        "valid_until",
        "how",
        "confirm_by",
        "language",
        "interpreted",
        "wording",
    )
)
