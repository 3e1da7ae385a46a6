"""The participant's pages: a code or a link, a start page, questions, and what comes after them.

Nothing is stored, counted or remembered before *Skicka*, and no cookie is ever set (PRIVACY.md 2, UX.md 4.1). Where
somebody stands travels in the page (`pages.state`), how they move is `pages.walk`, what they see `pages.drawing`.
"""

import time
from dataclasses import replace

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from forms.build import page_form, read
from forms.model import Form
from forms.routing import complete
from pages import state as states
from pages.context import house
from pages.copies import copied
from pages.drawing import FORGET, KEEP, beginning, draw, own_words
from pages.headers import NEUTRAL, forget
from pages.language import direction, languages, links, links_here, spoken, switch
from pages.places import Place, place_of
from pages.posted import unsealed
from pages.saying import sayer
from pages.state import Expired, PageState, Unreadable
from pages.tablet import keep_apart, sitting
from pages.walk import Posted, Turn, shown, turn
from staff.policy import public
from survey import box, published, rounds
from survey.errors import AlreadySent, Closed, Unavailable
from survey.model import Round

pages = Blueprint("respond", __name__)
pages.after_request(keep_apart)


@pages.get("/svara")
@public
def code() -> ResponseReturnValue:
    """Where a code is typed; a scanned one stands in the fragment, which no server sees."""
    return _code_page()


@pages.post("/svara")
@public
def go_on() -> ResponseReturnValue:
    """A code, or the next step of a visit that began with one."""
    return _walk() if "state" in request.form else _enter(request.form.get("code", ""))


@pages.get("/svara/<round_id>")
@public
def link(round_id: str) -> ResponseReturnValue:
    """The start page of a round that anyone with the link may answer."""
    with house().reading() as db:
        return _begin(db, rounds.round_by_link(db, round_id), None)


@pages.post("/svara/<round_id>")
@public
def go_on_by_link(round_id: str) -> ResponseReturnValue:
    """The next step of a visit that began with an open link."""
    return _walk(round_id) if "state" in request.form else redirect(url_for(".link", round_id=round_id), 303)


@pages.get("/borja-om")
@pages.get("/borja-om/<round_id>")
@public
def begin_again(round_id: str | None = None) -> ResponseReturnValue:
    """The way in again, for the next person at a shared phone: the browser is asked to forget the pages it has."""
    return forget(redirect(url_for(".link", round_id=round_id) if round_id else url_for(".code"), 303))


@pages.get("/lamna")
@public
def leave() -> ResponseReturnValue:
    """Away from here, to a page that says nothing about the one who looks (UX.md 5.6)."""
    return forget(redirect(NEUTRAL, 303))


def _enter(code: str) -> Response:
    try:
        with house().reading() as db:
            found = rounds.round_by_code(db, house(), code)
            return _begin(db, found, code)
    except Closed:
        return _code_page(code, _("Koden går inte att använda. Kolla att den är rätt skriven."))


def _begin(db: Connection, found: Round, code: str | None) -> Response:
    form, place = published.load(db, found.form, found.version), place_of(db, found.id)
    begun = replace(states.begin(found.id, form.id, form.version, code, int(time.time())), sitting=sitting())
    _choose_language(form, "")
    return draw(form, place, Turn(begun), _short(db, place, form))


def _walk(round_id: str | None = None) -> ResponseReturnValue:
    go = request.form.get("go", "")
    with house().reading() as db:
        form, state = unsealed(db, "page state")
        _refuse_another(state, round_id)
        place = place_of(db, state.home)
        if go == "short" or (go == "back" and state.view == "start"):
            form, state = _other_form(db, place, form, state)
        _choose_language(form, go)
        taken = turn(form, state, _posted(form, state, go))
        # Before anything is shown: a page that was sent shows no answers. Sending asks in its own transaction.
        if taken.outcome != "send" and box.is_sent(db, box.submission_id(house(), state.submission, place.round)):
            return _sent_already(state)
    if go == "decline":
        return _declined(state)
    return _send(place, form, taken.state) if taken.outcome == "send" else _show(place, form, taken)


def _show(place: Place, form: Form, taken: Turn) -> Response:
    if taken.state.view != "start":
        return draw(form, place, taken)
    with house().reading() as db:
        return draw(form, place, taken, _short(db, place, form))


def _refuse_another(state: PageState, round_id: str | None) -> None:
    """Raise `Unreadable` for any but a state of this very round, way in and sitting."""
    if round_id != (None if state.code else state.home) or state.sitting != sitting():
        raise Unreadable


def _posted(form: Form, state: PageState, go: str) -> Posted:
    reading = read(page_form(form, shown(form, state), spoken())(formdata=request.form))
    wrong = {question: tuple(request.form.getlist(question)) for question, _ in reading.errors}
    return Posted(go, reading, {question: typed for question, typed in wrong.items() if any(typed)})


def _choose_language(form: Form, go: str) -> None:
    """The language of the address, of the button pressed, or else the form's first that the pages speak.

    Whoever asked for another one is told so, in that one. A form in none of the pages' languages keeps its own.
    """
    wanted = go.removeprefix("lang-") if go.startswith("lang-") else spoken()
    offered = [language for language in form.languages if language in languages()]
    language = wanted if wanted in offered else next(iter(offered), spoken())
    if language != spoken():
        asked = spoken(), direction(spoken()), str(_("Frågorna finns inte på det här språket."))
        g.turned = None if wanted == language else asked
        switch(language)


def _other_form(db: Connection, place: Place, form: Form, state: PageState) -> tuple[Form, PageState]:
    """The short form in place of the round's own, or back again; on the start page nothing has been answered."""
    if form.id == place.round.form:
        other = _short(db, place, form) or form
    else:
        other = published.load(db, place.round.form, place.round.version)
    begun = PageState(state.home, other.id, other.version, state.submission, state.began, state.code)
    return other, replace(begun, sitting=state.sitting)


def _short(db: Connection, place: Place, form: Form) -> Form | None:
    """A form with fewer questions that the round takes as well, offered on its own form's start page."""
    if form.id != place.round.form:
        return None
    others = (other for other in box.accepted(db, place.round)[1:] if not other.script)
    return next((other for other in others if len(other.questions) < len(form.questions)), None)


def _send(place: Place, form: Form, state: PageState) -> ResponseReturnValue:
    record = complete(form, state.answers, state.seen)
    try:
        with house().writing() as db:
            box.send(db, house(), place.round, submission=state.submission, code=state.code, form=form, record=record)
    except AlreadySent:
        return _sent_already(state)
    again = beginning(state)
    return forget(make_response(copied((form.fingerprint, place, again), "", lambda: _thanks(place, form, again))))


def _thanks(place: Place, form: Form, again: str) -> str:
    say = sayer(spoken(), place.blanks(spoken()))
    title = say(form.end[0].heading) if form.end and form.end[0].heading else _("Tack för dina svar")
    told = url_for("results.page", association=place.round.association) if place.tells else ""
    return render_template(
        "respond/ended.html",
        page="done",
        title=title,
        end=form.end,
        say=say,
        house=place.association,
        sheet=place.sheet,
        farewell=own_words(place.farewell, say),
        again=again,
        told=told,
    )


def _code_page(typed: str = "", fault: str = "") -> Response:
    page = render_template(
        "respond/code.html",
        errors=((("code", fault),) if fault else ()),
        code=typed,
        action=url_for(".go_on"),
        languages=links(".code"),
    )
    response = make_response(page, 422 if fault else 200)
    response.headers["Cache-Control"] = KEEP
    return response


def _declined(state: PageState) -> ResponseReturnValue:
    text = _("Det är helt okej. Vi sparar inga svar.")
    return forget(_ended("declined", _("Du svarar inte"), text, again=beginning(state)))


def _sent_already(state: PageState) -> ResponseReturnValue:
    text = _("Du behöver inte göra något mer. Du kan stänga sidan nu.")
    return forget(_ended("sent", _("Dina svar är redan skickade"), text, again=beginning(state)))


def _ended(kind: str, title: str, *paragraphs: str, **more: object) -> Response:
    page = render_template(
        "respond/ended.html", page=kind, title=title, paragraphs=paragraphs, languages=links_here(), **more
    )
    return make_response(page)


@pages.errorhandler(Closed)
def _closed(_fault: Closed) -> ResponseReturnValue:
    """The same for a code or link that is unknown, used, void or closed: the difference would tell who has answered."""
    texts = _("Koden eller länken går inte att använda."), _("Fråga den som gav dig den om du behöver hjälp.")
    return _ended("closed", _("Det går inte att svara här"), *texts, way=(_("Skriv en kod"), url_for(".code"))), 410


@pages.errorhandler(Unreadable)
def _unreadable(_fault: Unreadable) -> ResponseReturnValue:
    texts = _("Sidan är gammal eller har ändrats."), _("Inget är skickat.")
    return _ended("error", _("Sidan går inte att använda"), *texts, way=_way_in()), 422


@pages.errorhandler(Expired)
def _expired(_fault: Expired) -> ResponseReturnValue:
    texts = _("Sidan gällde i två dygn. Inget är skickat."), _("Du kan börja om.")
    return _ended("error", _("Du var borta länge"), *texts, way=_way_in()), 410


@pages.errorhandler(Unavailable)
def unavailable(_fault: Unavailable) -> ResponseReturnValue:
    """Everything that was posted waits on the page, to be posted again; it is on no disk of ours."""
    posted = list(request.form.items(multi=True))
    response = make_response(render_template("respond/unavailable.html", posted=posted, languages=links_here()), 503)
    response.headers.update({"Cache-Control": FORGET, "Retry-After": "30"})
    return response


def _way_in() -> tuple[str, str]:
    round_id = (request.view_args or {}).get("round_id")
    return _("Börja om"), url_for(".link", round_id=round_id) if round_id else url_for(".code")
