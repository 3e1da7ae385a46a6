"""The meeting: its booking with the roster, what is printed for the room, and the day it was held.

Only parties with a yes can be put on the roster. What the person is told on paper comes from the roster, so that it
names those who really come and why (INSTRUMENTS.md 3.4).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from pages import cases_telling as telling
from pages import cases_words as words
from pages.beginning import Day
from pages.cases_open import Opened, open_for_team
from pages.cases_paper import not_saved
from pages.context import house
from pages.gate import member
from pages.staffform import StaffForm, WholeNumber, choices, seen_version
from staff.policy import needs
from survey.cases import documents, leading
from survey.cases.leading import Booking, Seat, SeatKind
from survey.errors import BadRequest, NotAllowed, NotFound

booking = Blueprint("booking", __name__)

CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)")
OWN_LINES: tuple[SeatKind, ...] = ("cm", "observator")
"""Seats with a consent line of their own: the case manager, and somebody who only listens."""
LONG = Length(max=300, message=_l("Skriv högst 300 tecken"))


class NewBooking(StaffForm):
    """When and how the meeting is held. Who comes stands in a `SeatForm` each."""

    day = Day(_l("Dag"), [InputRequired(_l("Välj dagen för mötet"))])
    at = StringField(
        _l("Klockslag"),
        [Regexp(CLOCK, message=_l("Skriv klockslaget så här: 13:30"))],
        description=_l("Till exempel 13:30"),
    )
    minutes = WholeNumber(
        _l("Hur många minuter?"),
        [InputRequired(_l("Skriv hur många minuter mötet tar")), NumberRange(10, 300, _l("Skriv 10 till 300 minuter"))],
        description=_l("Räkna med dubbel tid om det behövs tolk."),
    )
    form = RadioField(
        _l("Hur ska ni träffas?"),
        [InputRequired(_l("Välj hur ni ska träffas"))],
        choices=choices(words.MEETING_FORMS.items()),
    )
    place = TextAreaField(
        _l("Plats eller länk"), [LONG], description=_l("Så att personen hittar dit. Det står på bladet till personen.")
    )
    after = StringField(_l("Vem hör av sig efter mötet?"), [LONG], description=_l("Det står på bladet till personen."))
    seen = HiddenField()


class SeatForm(StaffForm):
    """One seat at the table."""

    comes = BooleanField()
    who = StringField(_l("Namn"), [LONG])
    role = StringField(_l("Roll"), [LONG], description=_l("Till exempel arbetsförmedlare"))
    reason = StringField(_l("Varför är hen med?"), [LONG], description=_l("Så att personen förstår."))


class Held(StaffForm):
    """The day the meeting was held."""

    day = Day(_l("Dag"), [InputRequired(_l("Välj dagen"))])
    sex = RadioField(
        _l("Kön för statistiken (frivilligt)"),
        [Optional()],
        choices=choices(words.SEXES.items()),
        description=_l("Fråga deltagaren. Bara antalet lämnar teamet."),
    )


@dataclass(frozen=True)
class Place:
    """Somebody who may sit at the table, and the form that asks whether they do."""

    kind: SeatKind
    party: str | None
    title: str
    form: SeatForm


@booking.route("/arende/<case_id>/mote", methods=["GET", "POST"])
@needs("coordinator")
def book(case_id: str) -> ResponseReturnValue:
    """Book the meeting, or change what was booked."""
    opened, form = open_for_team(case_id), NewBooking()
    places = list(_places(opened))
    if form.validate_on_submit() and _seats_told(form, places):
        try:
            with house().writing() as db:
                leading.book(db, house(), opened.reader, case_id, _booking(form, places), seen_version(), house().now())
            return redirect(url_for(".sheet", case_id=case_id, bokat=1), 303)
        except (BadRequest, NotAllowed) as refused:
            form.blame("day", str(refused))
        except documents.Conflict as refused:
            form.blame("day", not_saved(refused)[1])
    elif not form.is_submitted():
        _suggest(form, opened)
    problems = [*form.problems, *(one for place in places for one in place.form.problems)]
    page = render_template(
        "cases/booking.html",
        form=form,
        errors=problems,
        case=opened.case,
        table=places,
        left_out=_left_out(opened),
        facts=telling.meeting_facts(opened),
    )
    return page, 422 if problems else 200


@booking.get("/arende/<case_id>/mote/blad")
@needs("coordinator")
def sheet(case_id: str) -> str:
    """What the person gets to know before the meeting, on paper."""
    opened = open_for_team(case_id)
    return render_template(
        "cases/sheet.html",
        case=opened.case,
        team=opened.team,
        called=opened.called,
        meeting=_meeting(opened),
        said=_("Mötet är bokat. Läs igenom bladet och ge det till personen.") if "bokat" in request.args else "",
    )


@booking.get("/arende/<case_id>/mote/skyltar")
@needs("coordinator")
def name_signs(case_id: str) -> str:
    """A sign with name and role for everybody at the table."""
    opened = open_for_team(case_id)
    return render_template("cases/signs.html", case=opened.case, meeting=_meeting(opened))


@booking.route("/arende/<case_id>/mote/hallet", methods=["GET", "POST"])
@needs("coordinator")
def held(case_id: str) -> ResponseReturnValue:
    """Say that the meeting has been held, and on which day."""
    opened, form = open_for_team(case_id), Held()
    booked_for = words.wall_day(booked(opened).at)
    if not form.is_submitted():
        form.day.data = min(booked_for, opened.today)
    if form.validate_on_submit():
        if form.day.data > opened.today:
            form.blame("day", _("Välj en dag som har varit"))
        else:
            with house().writing() as db:
                leading.held(
                    db, house(), case_id, form.day.data, member().account, house().now(), form.sex.data or None
                )
            return redirect(url_for("cases.meeting.mapping", case_id=case_id), 303)
    page = render_template(
        "cases/ask.html",
        form=form,
        errors=form.problems,
        heading=_("När var mötet?"),
        lines=[_("Kartläggning och plan skrivs under mötet. Dagen styr när planen ska följas upp.")],
        button=_("Spara och gå till kartläggningen"),
        back=(url_for("cases.case_page", case_id=case_id), opened.case.reference),
    )
    return page, 422 if form.problems else 200


def booked(opened: Opened) -> Booking:
    """The meeting as it is booked. Raises `NotFound`."""
    if opened.booked is None:
        raise NotFound
    return opened.booked


@dataclass(frozen=True)
class Shown:
    """Somebody at the table as paper says it."""

    name: str
    title: str
    role: str
    reason: str


def _meeting(opened: Opened) -> dict[str, object]:
    """The meeting as paper says it. Raises `NotFound` before it is booked."""
    one = booked(opened)
    return {
        "when": words.when(one.at, one.minutes),
        "how": words.MEETING_FORMS[one.form],
        "place": one.place,
        "why": opened.said("an_fraga"),
        "after": one.after,
        "seats": [Shown(seat.name, _title(opened, seat), seat.role, seat.reason) for seat in one.seats],
    }


def _title(opened: Opened, seat: Seat) -> str:
    """Where somebody at the table comes from."""
    if seat.party:
        return opened.parties.get(seat.party, seat.party)
    return str(words.SEATS[seat.kind])


def _places(opened: Opened) -> Iterator[Place]:
    """Everybody who may sit at the table: the parties with a yes by their seats, and those the person brings."""
    for kind, party, number, title in _may_come(opened):
        form = SeatForm(prefix=f"{kind}-{party or 'x'}-{number}-")
        if not form.is_submitted():
            _suggest_seat(form, opened, kind, party, number)
        yield Place(kind, party, title, form)


def _may_come(opened: Opened) -> Iterator[tuple[SeatKind, str | None, int, str]]:
    """Kind of seat, party, number of the seat, and what it is called."""
    for code, seats in opened.seats.items():
        if opened.may_come(code):
            for number in range(seats):
                yield "party", code, number, opened.parties[code]
    if opened.answers.get("an_rem_namn"):
        yield "referrer", None, 0, str(_("Den som anmälde"))
    if opened.answers.get("an_trygg") == "1":
        yield "trusted", None, 0, str(_("Någon som känns trygg"))
    if opened.case.interpreter:
        yield "interpreter", None, 0, str(_("Tolk"))
    for code in OWN_LINES:
        if opened.may_come(code):
            yield code, None, 0, opened.parties[code]


def _suggest_seat(form: SeatForm, opened: Opened, kind: str, party: str | None, number: int) -> None:
    """What was booked before; otherwise what the referral says."""
    before = [one for one in opened.booked.seats if (one.kind, one.party) == (kind, party)] if opened.booked else []
    if opened.booked:
        if number < len(before):
            seat = before[number]
            form.comes.data, form.who.data, form.role.data, form.reason.data = True, seat.name, seat.role, seat.reason
        return
    form.comes.data = number == 0 and _wanted(opened, kind, party)
    if kind == "referrer":
        form.who.data, form.role.data = str(opened.answers.get("an_rem_namn", "")), opened.said("an_rem_org")
    if kind == "trusted":
        form.who.data, form.role.data = str(opened.answers.get("an_trygg_namn", "")), opened.said("an_trygg_rel")


def _wanted(opened: Opened, kind: str, party: str | None) -> bool:
    """Whether the person wants them there: those asked for, and whoever else is here only because they were."""
    if kind == "referrer":
        return opened.answers.get("an_rem_med") == "1"
    return kind in ("trusted", "interpreter") or party in opened.wanted


def _left_out(opened: Opened) -> list[tuple[str, str]]:
    """Parties of the team that cannot come, and why."""
    out = [code for code in opened.seats if not opened.may_come(code)]
    return [(opened.parties[code], _why_not(opened, code)) for code in out]


def _why_not(opened: Opened, code: str) -> str:
    one = opened.view.standings.get(code)
    if code in opened.case.unwanted:
        return str(_("Personen vill inte ha med dem"))
    if one is None:
        return str(_("Inget svar om samtycke"))
    note = telling.note(one)
    return f"{words.STANDINGS[one.state]}. {note}" if note else str(words.STANDINGS[one.state])


def _seats_told(form: NewBooking, places: Sequence[Place]) -> bool:
    """Whoever comes is named or has a role, so that the person knows who it is; and somebody comes."""
    coming = [place.form for place in places if place.form.comes.data]
    if not coming:
        form.blame("day", _("Välj minst en som är med på mötet"))
    for place in places:
        if place.kind == "party" and not place.form.comes.data and (place.form.who.data or "").strip():
            place.form.blame("who", _("Kryssa för att personen är med, eller ta bort namnet"))
    for seat in coming:
        if not (seat.who.data or "").strip() and not (seat.role.data or "").strip():
            seat.blame("who", _("Skriv namn eller roll, så att personen vet vem det är"))
    return bool(coming) and not any(place.form.problems for place in places)


def _booking(form: NewBooking, places: Sequence[Place]) -> Booking:
    hour, minute = map(int, CLOCK.fullmatch(form.at.data.strip()).groups())  # type: ignore[union-attr]  # validated
    at = datetime.combine(form.day.data, time(hour, minute), words.HERE).astimezone(UTC)
    seats = tuple(
        Seat(place.kind, place.party, *(str(field.data or "").strip() for field in _told(place.form)))
        for place in places
        if place.form.comes.data
    )
    return Booking(at, form.minutes.data, form.form.data, form.place.data.strip(), seats, form.after.data.strip())


def _told(seat: SeatForm) -> tuple[Field, ...]:
    return seat.who, seat.role, seat.reason


def _suggest(form: NewBooking, opened: Opened) -> None:
    """What was booked before, or what the referral wishes for."""
    now = opened.booked
    form.seen.data = str(opened.view.versions.get("booking", 0))
    if now:
        form.day.data, form.at.data = words.wall_day(now.at), words.clock(now.at)
        form.minutes.data, form.form.data, form.place.data, form.after.data = (
            now.minutes,
            now.form,
            now.place,
            now.after,
        )
        return
    wish = str(opened.answers.get("an_form", ""))
    form.form.data = wish if wish in words.MEETING_FORMS else None
    form.minutes.data = 120 if opened.case.interpreter else 60
