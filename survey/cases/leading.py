"""Leading a case: taking it, booking the meeting, holding it, the plan, the follow-up, the end; each deed an event.

Who may do these things is asked by each function, whatever the page's policy has asked before. Waiting times and
statistics come out of the events (`survey.tables.case_event`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, get_args

from flask_babel import gettext as _
from sqlalchemy import Connection, update

from forms.answers import in_words
from forms.model import Answers, Row
from forms.parties import CASE_MANAGER, OBSERVER
from forms.types.repeat import rows_of
from survey.cases import cases, consent, documents, notices, rights, tasks
from survey.cases.model import Case, Document, Reader, Task, View, day
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.installation import Installation
from survey.tables import case
from survey.workdays import follow_up_day

OUTCOMES = ("1", "2", "3", "4", "5")
"""Work, studies, ordinary support, another measure, broken off (INSTRUMENTS.md 5.2)."""
SEXES = ("1", "2", "3")
"""Woman, man, other."""
_FORMS = ("1", "2", "3")
"""Here, by video, by phone."""
SeatKind = Literal["party", "referrer", "trusted", "interpreter", "cm", "observator"]
_OWN_LINE = {"cm": CASE_MANAGER, "observator": OBSERVER}


@dataclass(frozen=True)
class Seat:
    """Somebody at the table besides the person: who, in what role, and why."""

    kind: SeatKind
    party: str | None
    name: str
    role: str
    reason: str


@dataclass(frozen=True)
class Booking:
    """A meeting as it is booked."""

    at: datetime
    minutes: int
    form: str
    """1 here, 2 by video, 3 by phone."""
    place: str
    seats: tuple[Seat, ...]
    after: str = ""
    """Who calls after the meeting, as the person is told beforehand."""


@dataclass(frozen=True)
class Closing:
    """How a case ended, and that nobody is left without the next one knowing."""

    outcome: str
    takes_over: str = ""
    accepted: bool | None = None
    """Whether they have said yes; None where nobody takes over."""
    told: bool = False
    """Whether the person knows."""
    sex: str | None = None
    """For the number of women and men; asked at the team, never derived."""


def take(db: Connection, installation: Installation, case_id: str, account: str, by: str, now: datetime) -> None:
    """Say whose case it is. The first time it also begins. Raises `BadRequest` for somebody else than a coordinator."""
    of = _open(db, case_id)
    rights.acts(db, by, of)
    if not rights.takes_part(db, Reader(account, of.team), of):
        raise BadRequest(_("Välj någon som samordnar teamet."))
    db.execute(update(case).where(case.c.id == case_id).values(responsible=account))
    if of.state == "received":
        cases.set_state(db, case_id, "preparing")
    cases.happened(db, case_id, "taken", by, now)
    cases.tell(db, installation, of, by, "taken", now)


def wait_for_prior(db: Connection, installation: Installation, of: Case, party: str | None, now: datetime) -> None:
    """Let the case wait until the representative of the referring organisation agrees; a coordinator may note it."""
    cases.set_state(db, of.id, "waiting")
    tasks.add(db, installation, of.id, "confirm_prior", now, party=party)
    notices.tell_parties(db, of.team, [party] if party else [], "task", now)


def confirm_prior(db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime) -> None:
    """The representative of the referring organisation agrees that the team takes it up; a coordinator may note it.

    A representative sees nothing of the case for it. Raises `NotFound` for anybody else, `NotAllowed` where nothing
    waits.
    """
    of = _open(db, case_id)
    waiting = [one for one in tasks.open_of(db, case_id) if one.kind == "confirm_prior"]
    theirs = reader.party is None or any(one.party == reader.party for one in waiting)
    if not (theirs and rights.takes_part(db, reader, of)):
        raise NotFound
    if of.state != "waiting":
        raise NotAllowed(_("Ärendet väntar inte på någon representant."))
    cases.set_state(db, case_id, "received")
    tasks.finish(db, case_id, ("confirm_prior",), reader.account, now)
    cases.happened(db, case_id, "cleared", reader.account, now)
    cases.tell(db, installation, of, reader.account, "cleared", now)
    notices.tell_coordinators(db, of.team, "new_case", now)


def ask_for_more(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    words: str,
    due: date | None,
    now: datetime,
) -> None:
    """Note what the referrer is asked to add, in own words.

    Raises `NotAllowed` in a case that no consent covers any more, as for everything that is written about the person.
    """
    of = _led(db, reader, case_id)
    documents.refuse_locked(db, of, now)
    tasks.add(db, installation, case_id, "complement", now, due=due, words=words)
    cases.happened(db, case_id, "complement_asked", reader.account, now)
    cases.tell(db, installation, of, reader.account, "complement_asked", now)


def book(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    booking: Booking,
    after: int,
    now: datetime,
) -> int:
    """Book the meeting, or book it anew; only with those the person has said yes to. Gives the version.

    Raises `BadRequest` for a time that has been or a seat that a consent does not cover, and as `documents.write`.
    """
    of = _led(db, reader, case_id)
    if of.state == "waiting":
        raise NotAllowed(_("Ärendet väntar på er representant."))
    if booking.at <= now:
        raise BadRequest(_("Välj en tid som inte har varit."))
    if booking.form not in _FORMS or not 1 <= booking.minutes <= 600:
        raise BadRequest(_("Välj hur ni träffas och hur länge."))
    _refuse_seats(db, of, booking, now)
    said = _as_answers(booking)
    version = documents.write(db, installation, reader, case_id, "booking", said, form=None, after=after, now=now)
    if of.state in ("received", "preparing"):
        cases.set_state(db, case_id, "booked")
    cases.happened(db, case_id, "booked", reader.account, now, fell_on=day(booking.at))
    interprets = of.interpreter or any(seat.kind == "interpreter" for seat in booking.seats)
    tasks.finish(db, case_id, ("brief_interpreter",), reader.account, now)
    if interprets:
        tasks.add(db, installation, case_id, "brief_interpreter", now, due=day(booking.at))
    return version


def booking_of(document: Document | None) -> Booking | None:
    """The booking in a document of that kind; None for one the reader may not see."""
    if document is None or "at" not in document.answers:
        return None
    said = document.answers
    seats = tuple(map(_seat, rows_of(said.get("seats", ()))))
    at = datetime.fromisoformat(str(said["at"]))
    return Booking(at, int(str(said["minutes"])), str(said["form"]), str(said["place"]), seats, str(said["after"]))


def held(
    db: Connection, installation: Installation, case_id: str, on: date, by: str, now: datetime, sex: str | None = None
) -> None:
    """Note that the person and the team have met, and the sex where that was asked: first meetings are counted by it.

    Raises `BadRequest` for a day to come.
    """
    of = _open(db, case_id)
    rights.acts(db, by, of)
    if on > day(now):
        raise BadRequest(_("Välj en dag som har varit."))
    if sex in SEXES:
        db.execute(update(case).where(case.c.id == case_id).values(sex=sex))
    cases.happened(db, case_id, "met", by, now, fell_on=on)
    tasks.finish(db, case_id, ("call_before", "brief_interpreter"), by, now)
    cases.tell(db, installation, of, by, "met", now, on.isoformat())


def planned(db: Connection, installation: Installation, reader: Reader, case_id: str, now: datetime) -> None:
    """The plan is written and read back: who calls and the follow-up become tasks.

    Raises `NotAllowed` where no plan has been written.
    """
    of = _led(db, reader, case_id)
    newest = documents.versions(db, case_id).get("plan")
    if newest is None:
        raise NotAllowed(_("Skriv planen först."))
    plan = documents.opened(db, installation, case_id, "plan", newest)
    cases.set_state(db, case_id, "planned")
    if newest == 1 or not any(event.kind == "planned" for event in cases.events(db, case_id)):
        cases.happened(db, case_id, "planned", reader.account, now)
    tasks.finish(db, case_id, ("promised_contact", "follow_up"), reader.account, now)
    promise = " · ".join(_promised(plan))
    if promise:
        tasks.add(db, installation, case_id, "promised_contact", now, words=promise)
    tasks.add(db, installation, case_id, "follow_up", now, due=_follow_up_on(db, case_id, plan.answers, now))
    cases.tell(db, installation, of, reader.account, "planned", now, str(newest))


def followed_up(
    db: Connection, installation: Installation, reader: Reader, case_id: str, *, reached: bool, now: datetime
) -> None:
    """The follow-up card is written: what came of it is the document; somebody nobody reached is not done.

    After a second try without an answer the case is still not followed up, and says so (INSTRUMENTS.md 5.2).
    """
    of = _led(db, reader, case_id)
    if reached:
        cases.set_state(db, case_id, "followed")
        tasks.finish(db, case_id, ("follow_up",), reader.account, now)
    cases.happened(db, case_id, "followed_up" if reached else "not_reached", reader.account, now)
    cases.tell(db, installation, of, reader.account, "followed_up" if reached else "not_reached", now)


def close(
    db: Connection, installation: Installation, reader: Reader, case_id: str, closing: Closing, now: datetime
) -> None:
    """End the case. What is left to do becomes tasks no more, except telling the person and those who take over.

    Raises `BadRequest` for an outcome there is not, `NotAllowed` for a case that is closed.
    """
    of = _led(db, reader, case_id)
    if closing.outcome not in OUTCOMES or closing.sex not in (None, *SEXES):
        raise BadRequest(_("Välj vad det blev."))
    said: Answers = {
        "outcome": closing.outcome,
        "takes_over": closing.takes_over,
        "accepted": "" if closing.accepted is None else str(int(closing.accepted)),
        "told": str(int(closing.told)),
    }
    documents.store(db, installation, of, "closing", said, form=None, language="sv", actor=reader.account, now=now)
    values = {"state": "closed", "outcome": closing.outcome, "closed_on": day(now)}
    sex = {"sex": closing.sex} if closing.sex else {}
    db.execute(update(case).where(case.c.id == case_id).values(**values, **sex))
    for one in tasks.open_of(db, case_id):
        if one.kind != "withdrawal_told":
            tasks.done(db, one.id, reader.account, now)
    if closing.takes_over and not closing.accepted:
        tasks.add(db, installation, case_id, "handover", now)
    if not closing.told:
        tasks.add(db, installation, case_id, "tell_person", now)
    cases.happened(db, case_id, "closed", reader.account, now, code=closing.outcome)
    cases.tell(db, installation, of, reader.account, "closed", now, closing.outcome)


def reopen(db: Connection, installation: Installation, case_id: str, by: str, now: datetime) -> None:
    """Go on with a closed case, as far as it had come; one that waited for the own representative waits again.

    Raises `NotAllowed` for one that is open.
    """
    of = cases.in_turn(db, case_id)
    rights.acts(db, by, of)
    if of.open:
        raise NotAllowed(_("Ärendet är redan öppet."))
    state = _reached(db, case_id)
    db.execute(update(case).where(case.c.id == case_id).values(state=state, outcome=None, closed_on=None))
    if state == "waiting":
        wait_for_prior(db, installation, of, _prior(db, case_id)[-1].party, now)
    cases.happened(db, case_id, "reopened", by, now)
    cases.tell(db, installation, of, by, "reopened", now)


def closing_of(view: View) -> Closing | None:
    """How the case ended, as far as the reader may see it."""
    document = view.documents.get("closing")
    if document is None or "outcome" not in document.answers:
        return None
    said = {name: str(value) for name, value in document.answers.items()}
    accepted = None if said["accepted"] == "" else said["accepted"] == "1"
    return Closing(said["outcome"], said["takes_over"], accepted, said["told"] == "1", view.case.sex)


def _open(db: Connection, case_id: str) -> Case:
    of = cases.in_turn(db, case_id)
    if not of.open:
        raise NotAllowed(_("Ärendet är avslutat."))
    return of


def _led(db: Connection, reader: Reader, case_id: str) -> Case:
    of = cases.in_turn(db, case_id)
    rights.coordinator(db, reader, of)
    if not of.open:
        raise NotAllowed(_("Ärendet är avslutat."))
    return of


def _refuse_seats(db: Connection, of: Case, booking: Booking, now: datetime) -> None:
    stands = consent.standings(db, of.id, now)
    for seat in booking.seats:
        line = seat.party if seat.kind == "party" else _OWN_LINE.get(seat.kind)
        if line is None:
            continue
        if line not in stands or not stands[line].active:
            raise BadRequest(_("Det finns inget samtycke för %(who)s. Fråga personen först.", who=seat.role or line))
        if line in of.unwanted:
            raise BadRequest(_("Personen vill inte ha med %(who)s på mötet.", who=seat.role or line))


def _as_answers(booking: Booking) -> Answers:
    return {
        "at": booking.at.astimezone(UTC).isoformat(),
        "minutes": str(booking.minutes),
        "form": booking.form,
        "place": booking.place,
        "after": booking.after,
        "seats": tuple(_as_row(seat) for seat in booking.seats),
    }


def _as_row(seat: Seat) -> Row:
    return {name: value for name, value in vars(seat).items() if value is not None}


def _seat(row: Row) -> Seat:
    said = {name: str(value) for name, value in row.items()}
    kind = next(kind for kind in get_args(SeatKind) if kind == said["kind"])
    return Seat(kind, said.get("party"), said["name"], said["role"], said["reason"])


def _promised(plan: Document) -> Iterator[str]:
    """Who calls, about when and how, in the plan's own words."""
    for question in ("pl_kontakt_vem", "pl_kontakt_nar", "pl_kontakt_hur"):
        if plan.form and question in plan.answers:
            yield ", ".join(in_words(plan.form.by_id[question], plan.answers[question], plan.language))


def _follow_up_on(db: Connection, case_id: str, plan: Answers, now: datetime) -> date:
    """The day the plan says, or two months after the meeting."""
    chosen = plan.get("pl_uppf")
    if isinstance(chosen, str):
        return date.fromisoformat(chosen)
    met = [event.fell_on for event in cases.events(db, case_id) if event.kind == "met"]
    return follow_up_day(met[-1] if met else day(now))


def _prior(db: Connection, case_id: str) -> tuple[Task, ...]:
    """What has been asked of the own representative, done or not."""
    return tuple(one for one in tasks.tasks(db, case_id) if one.kind == "confirm_prior")


def _reached(db: Connection, case_id: str) -> str:
    """How far a case has come, by its events."""
    kinds = {event.kind for event in cases.events(db, case_id)}
    if _prior(db, case_id) and "cleared" not in kinds:
        return "waiting"
    steps = (("followed_up", "followed"), ("planned", "planned"), ("booked", "booked"), ("taken", "preparing"))
    return next((state for kind, state in steps if kind in kinds), "received")
