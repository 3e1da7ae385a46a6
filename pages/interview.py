"""Interviewer mode: a conversation is written down in an interviewer's hands (INSTRUMENTS.md 1.5, UX.md 4.2).

As for a respondent nothing is stored before *Skicka*, and what is sent lies in the round's own box, sealed beside the
answers of those who answered by themselves; who interviewed goes with none of it. Where one stands travels in the page,
how one moves is `pages.interview_walk`, what one sees `pages.interview_drawing`, and what in the notes may point
somebody out `pages.interview_notes`.
"""

import time
from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from forms.build import page_form, read, repeated, typed
from forms.model import Form
from forms.routing import complete
from pages import interview_notes as notes
from pages import interview_walk
from pages import state as states
from pages.context import house
from pages.gate import member
from pages.headers import forget
from pages.interview_drawing import draw
from pages.language import spoken
from pages.places import Place, place_of
from pages.posted import unsealed
from pages.state import Expired, PageState, Unreadable
from pages.walk import Posted, Step, Turn, question_of, taken_in
from staff.policy import needs
from survey import box, published, rounds, teams
from survey.errors import AlreadySent, Closed, NotAllowed
from survey.model import Round

interview = Blueprint("interview", __name__, url_prefix="/personal/intervju")


@interview.get("/")
@needs("interviewer")
def start() -> str:
    """The rounds in which one may interview."""
    with house().reading() as db:
        found = [
            (teams.find_team(db, team), one, published.load(db, one.form, one.version).title, bool(_guide(db, one)))
            for team in member().interviews()
            if not teams.works_there(db, team, member().name)
            for one in rounds.rounds_of(db, team)
            if one.open
        ]
    return render_template("interview/rounds.html", rounds=found, language=spoken())


@interview.get("/<round_id>")
@needs("interviewer")
def begin(round_id: str) -> ResponseReturnValue:
    """A new conversation. Nothing is stored by it, nor by its end but what is sent."""
    with house().reading() as db:
        form, place = _open(db, round_id)
    return draw(form, place, Turn(states.begin(round_id, form.id, form.version, None, int(time.time()))))


@interview.post("/<round_id>")
@needs("interviewer")
def go_on(round_id: str) -> ResponseReturnValue:
    """The next step of a conversation."""
    go = request.form.get("go", "")
    with house().reading() as db:
        _open(db, round_id)
        form, state = unsealed(db, "interview page")
        if state.home != round_id:
            raise Unreadable
        place = place_of(db, round_id)
        taken = _turn(form, state, go)
        # Before anything is shown: what was sent is opened again by nobody.
        if box.is_sent(db, box.submission_id(house(), state.submission, place.round)):
            return _sent_already(round_id)
        if taken.outcome == "stop":
            return _stopped(round_id)
        if state.view == "start" and taken.state.view == "script":
            form, place, taken, fault = _with_code(db, form, place, taken)
            if fault:
                return draw(form, place, taken, errors=(("code", fault),))
        marked = notes.marked(db, place.round.team, form, taken.state)
    if taken.outcome == "send":
        return _sending(form, place, taken, marked)
    return draw(form, place, taken, marked)


def _turn(form: Form, state: PageState, go: str) -> Turn:
    posted = _posted(form, state, go)
    return interview_walk.turn(Step(form, taken_in(state, posted), posted.reading), go)


def _posted(form: Form, state: PageState, go: str) -> Posted:
    """What the page held. After a row more or less it is what stands in the controls that counts, readable or not."""
    changes_rows = go.startswith(("add-", "remove-"))
    sent = repeated(request.form, go) if changes_rows else request.form
    shown = page_form(form, interview_walk.shown(form, state), spoken())(formdata=sent)
    reading = read(shown, state.answers, house().today())
    wrong = {question_of(control) for control, _ in reading.errors}
    if changes_rows:
        wrong.add(go.split("-")[1])
    raw = {name: values for name, values in typed(shown).items() if question_of(name) in wrong}
    there = {question_of(name) for name, values in raw.items() if any(values)}
    return Posted(go, reading, {name: values for name, values in raw.items() if question_of(name) in there})


def round_of_slip(db: Connection, code: str) -> Round | None:
    """The round of a team one interviews for that the slip's code opens; None for any other code."""
    try:
        found = rounds.round_by_code(db, house(), code)
    except Closed:
        return None
    ours = found.team in member().interviews() and not teams.works_there(db, found.team, member().name)
    return found if ours else None


def _open(db: Connection, round_id: str) -> tuple[Form, Place]:
    """What is asked in the round by an interviewer. Raises `Closed`, and `NotAllowed` for someone of the team."""
    one = rounds.find_round(db, round_id)
    if teams.works_there(db, one.team, member().name):
        raise NotAllowed(_("Den som arbetar i teamet intervjuar inte teamets deltagare."))
    if not one.open:
        raise Closed
    guide = _guide(db, one)
    if guide is None:
        raise NotAllowed(_("Omgången tar emot intervjuer först när den nya perioden har börjat."))
    return guide, place_of(db, round_id)


def _guide(db: Connection, one: Round) -> Form | None:
    """The form by which an interviewer asks, of those that the round takes."""
    return next((form for form in box.accepted(db, one) if form.script), None)


def _with_code(db: Connection, form: Form, place: Place, taken: Turn) -> tuple[Form, Place, Turn, str]:
    """Form, round and turn with the slip's code, and what is wrong with that; unknown, used and void are told alike.

    The code says which round it is: a team may have several, and nobody should have to know which slip is of which.
    """
    if place.round.open_link:
        return form, place, taken, ""
    code = request.form.get("code", "").strip()
    found = round_of_slip(db, code)
    guide = _guide(db, found) if found else None
    if found is None or guide is None:
        return form, place, Turn(replace(taken.state, code=code, view="start")), _no_code()
    state = replace(taken.state, home=found.id, form=guide.id, version=guide.version, code=code)
    return guide, place_of(db, found.id), Turn(state), ""


def _no_code() -> str:
    return str(_("Koden går inte att använda. Kolla att den är rätt skriven."))


def _sending(form: Form, place: Place, taken: Turn, marked: tuple[str, ...]) -> ResponseReturnValue:
    decided = notes.decided(marked, request.form)
    undecided = [(notes.control(word), _("Välj Ta bort eller Behåll för %(word)s", word=word)) for word in marked]
    left = tuple(error for error, word in zip(undecided, marked, strict=True) if word not in decided)
    if left:
        return draw(form, place, taken, marked, errors=left)
    state = notes.without(taken.state, [word for word, gone in decided.items() if gone])
    record = complete(form, state.answers, state.seen)
    try:
        with house().writing() as db:
            box.send(db, house(), place.round, submission=state.submission, code=state.code, form=form, record=record)
    except AlreadySent:
        return _sent_already(state.home)
    except Closed:
        if place.round.open_link:
            raise
        # Somebody has used the slip meanwhile: the conversation is kept, and can be sent with another.
        return draw(form, place, Turn(replace(taken.state, view="start")), errors=(("code", _no_code()),))
    told = (
        _("Ingen kan läsa eller ändra det nu, inte heller du."),
        _("Det blandas med andra svar när perioden är slut."),
    )
    return forget(_ended("done", _("Samtalet är skickat"), told, state.home))


def _sent_already(round_id: str) -> ResponseReturnValue:
    return forget(_ended("sent", _("Samtalet är redan skickat"), (_("Det går inte att öppna igen."),), round_id))


def _stopped(round_id: str) -> ResponseReturnValue:
    told = (_("Inget är sparat, inte heller att ni har talats vid."),)
    return forget(_ended("declined", _("Allt är borttaget"), told, round_id))


def _ended(kind: str, title: str, told: tuple[str, ...], round_id: str) -> Response:
    again = url_for(".begin", round_id=round_id)
    return make_response(render_template("interview/ended.html", page=kind, title=title, told=told, again=again))


@interview.errorhandler(Unreadable)
@interview.errorhandler(Expired)
def _unreadable(_fault: Exception) -> ResponseReturnValue:
    told = _("En sida gäller i två dygn och bara så som den visades."), _("Inget är skickat.")
    round_id = str((request.view_args or {}).get("round_id", ""))
    return _ended("error", _("Sidan går inte att använda"), told, round_id), 422


@interview.errorhandler(Closed)
def _closed(_fault: Closed) -> ResponseReturnValue:
    told = (_("Omgången är avslutad, eller koden är använd."), _("Inget är skickat."))
    page = render_template("interview/ended.html", page="closed", title=_("Det går inte att svara här"), told=told)
    return page, 410
