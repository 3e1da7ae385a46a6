"""Sheets of paper: printed by the coordinator, keyed in by somebody outside the team, some of them by two people.

Nothing of a sheet is stored before it is sent. One that is keyed in twice lies in the page, encrypted, while the first
person signs out and the second signs in (`pages.carrying`); the two are compared, and only then it is sealed. Which
sheets those are is `survey.sheets`.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from forms.answers import in_words
from forms.build import page_form, read
from forms.model import Answer, Form, Page, Question
from forms.routing import asked, complete
from forms.types import TYPES, Say
from pages import state as states
from pages.context import house
from pages.drawing import control, filled, only_if
from pages.gate import let_out, member
from pages.headers import forget
from pages.interview import round_of_slip
from pages.language import direction, languages, name, spoken, switch
from pages.places import Place, place_of
from pages.posted import unsealed
from pages.saying import sayer
from pages.signin import page_for_carried
from pages.state import Expired, Keyed, PageState, Unreadable
from pages.walk import Posted, taken_in
from staff.policy import needs
from survey import box, published, rounds, sheets, teams
from survey.errors import AlreadySent, Closed, NotAllowed, NotFound

paper = Blueprint("sheets", __name__, url_prefix="/personal")


@paper.get("/omgang/<round_id>/papper/")
@needs("coordinator")
def to_print(round_id: str) -> str:
    """What can be printed for a round: each form it takes, in each of its languages."""
    with house().reading() as db:
        one = rounds.find_round(db, round_id)
        forms = [form for form in box.accepted(db, one) if not form.script]
        team = teams.find_team(db, one.team)
    written = {form.id: [(code, name(code), direction(code)) for code in form.languages] for form in forms}
    return render_template("sheets/choose.html", round=one, team=team, forms=forms, written=written, language=spoken())


@paper.get("/omgang/<round_id>/papper/<form_id>/<language>")
@needs("coordinator")
def sheet(round_id: str, form_id: str, language: str) -> ResponseReturnValue:
    """A blank sheet. Raises `NotFound` for a form the round does not take."""
    with house().reading() as db:
        one = rounds.find_round(db, round_id)
        form = next((f for f in box.accepted(db, one) if f.id == form_id and not f.script), None)
        place = place_of(db, round_id)
    if form is None:
        raise NotFound
    back = url_for(".to_print", round_id=round_id)
    if language not in form.languages:
        return redirect(back, 303)
    if language in languages():
        switch(language)
    say = sayer(language, place.blanks(language))
    parts = [
        (say(part) if part else "", [_printed(form, page, one, say) for page in pages for one in page.questions])
        for part, pages in groupby(form.pages, key=lambda page: page.part)
    ]
    return render_template(
        "sheets/sheet.html",
        form=form,
        say=say,
        parts=parts,
        lang=language,
        dir=direction(language),
        back=back,
        round=one,
    )


@paper.get("/blad/<round_id>")
@needs("interviewer")
def begin(round_id: str) -> ResponseReturnValue:
    """A new sheet."""
    with house().reading() as db:
        place = _open(db, round_id)
        form = published.load(db, place.round.form, place.round.version)
    return _draw(form, place, states.begin(round_id, form.id, form.version, None, int(time.time())))


@paper.post("/blad/<round_id>")
@needs("interviewer")
def go_on(round_id: str) -> ResponseReturnValue:
    """The next step of keying a sheet in."""
    with house().reading() as db:
        place = _open(db, round_id)
        form, state = unsealed(db, "sheet page")
        if state.home != round_id:
            raise Unreadable
        if box.is_sent(db, box.submission_id(house(), state.submission, place.round)):
            return _sent_already(round_id)
        if state.view == "start":
            return _started(db, form, place, state)
    if state.view == "again":
        return _handed_over(form, place, state)
    taken = _taken_in(form, state)
    wrong = _to_mend(form, state, taken)
    return _draw(form, place, state, typed=taken, wrong=wrong) if wrong else _keyed(form, place, taken)


def _keyed(form: Form, place: Place, state: PageState) -> ResponseReturnValue:
    """On from a sheet that is keyed in: to somebody else, to what the two do not agree on, or into the box."""
    if state.keyed is None and sheets.twice(house(), place.round, state.code, state.answers):
        first = Keyed(member().account, state.answers)
        return _draw(form, place, replace(state, view="again", answers={}, unread={}, keyed=first))
    if state.view == "all" and state.keyed and _differing(form, state):
        return _draw(form, place, replace(state, view="compare"))
    record = complete(form, state.answers, {page.id for page in form.pages})
    try:
        with house().writing() as db:
            record |= sheets.answered_on_paper(db, place.round)
            box.send(db, house(), place.round, submission=state.submission, code=state.code, form=form, record=record)
    except AlreadySent:
        return _sent_already(state.home)
    told = _("Ingen kan läsa eller ändra det nu."), _("Förstör bladet.")
    return forget(_ended("done", _("Bladet är inmatat"), told, state.home))


def _handed_over(form: Form, place: Place, state: PageState) -> ResponseReturnValue:
    """From the first person to the second: the page goes along while one signs out and the other in. Whoever signs in
    as the first once more is signed out once more."""
    if state.keyed and member().account != state.keyed.by:
        return _draw(form, place, replace(state, view="all"))
    response = let_out(make_response(""))
    for gone in ("member", "reference"):
        g.pop(gone)
    told = _("Du är utloggad. Någon annan loggar in och matar in samma blad.")
    response.set_data(page_for_carried(url_for(".go_on", round_id=state.home), told))
    return response


def _started(db: Connection, form: Form, place: Place, state: PageState) -> ResponseReturnValue:
    """The sheet's form and code; unknown, used and void codes are told alike."""
    code = "" if place.round.open_link else request.form.get("code", "").strip()
    one = place.round if place.round.open_link else round_of_slip(db, code)
    if one is None:
        fault = _("Koden går inte att använda. Kolla att den är rätt skriven.")
        return _draw(form, place, replace(state, code=code), wrong={"code": fault})
    takes = [each for each in box.accepted(db, one) if not each.script]
    chosen = next((each for each in takes if each.id == request.form.get("form", form.id)), takes[0])
    begun = replace(state, home=one.id, form=chosen.id, version=chosen.version, code=code or None, view="all")
    return _draw(chosen, place_of(db, one.id), begun)


def _open(db: Connection, round_id: str) -> Place:
    one = rounds.find_round(db, round_id)
    if teams.works_there(db, one.team, member().name):
        raise NotAllowed(_("Den som arbetar i teamet matar inte in teamets blad."))
    if not one.open:
        raise Closed
    return place_of(db, round_id)


def _shown(form: Form, state: PageState) -> Page:
    """All of the form, or what two people have keyed in differently."""
    return Page("", _differing(form, state) if state.view == "compare" else form.questions)


def _taken_in(form: Form, state: PageState) -> PageState:
    reading = read(page_form(form, _shown(form, state), spoken())(formdata=request.form))
    wrong = {question: tuple(request.form.getlist(question)) for question, _said in reading.errors}
    return taken_in(state, Posted("", reading, {question: typed for question, typed in wrong.items() if any(typed)}))


def _to_mend(form: Form, state: PageState, taken: PageState) -> dict[str, str]:
    """Question -> what is wrong: it cannot be read, or two have read it differently and nobody says how it is."""
    here = {question.id for question in asked(form, taken.answers)}
    shown = filled(form, _shown(form, state), taken)
    wrong = {at: what for at, what in read(shown).errors if at in here}
    unsettled = _differing(form, state) if state.view == "compare" else ()
    for question in unsettled:
        if question.id not in taken.answers and all(one is not None for one in _given(question, state)):
            wrong.setdefault(question.id, _("Fyll i det som står på bladet"))
    return wrong


def _differing(form: Form, state: PageState) -> tuple[Question, ...]:
    """The questions that two people have keyed in differently; capitals and blanks do not count."""
    pairs = ((question, _given(question, state)) for question in form.questions)
    return tuple(question for question, (first, second) in pairs if _plain(first) != _plain(second))


def _plain(answer: Answer | None) -> object:
    return " ".join(answer.casefold().split()) if isinstance(answer, str) else sorted(map(str, answer or ()))


def _draw(
    form: Form,
    place: Place,
    state: PageState,
    *,
    typed: PageState | None = None,
    wrong: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The page of a state; sent back, with what was typed in it and what is wrong, control by control."""
    say, errors = sayer(spoken(), place.blanks(spoken())), tuple(wrong.items())
    shown = _shown(form, state) if state.view in ("all", "compare") else Page("", ())
    blank = replace(state, answers={}) if state.view == "compare" else state
    held = filled(form, shown, typed or blank)
    page_of = {question.id: page for page in form.pages for question in page.questions}
    fields = [
        (only_if(form, page_of[f.name], f.question, say), _both(f.question, state), *control(f, say, wrong))
        for f in held.questions
    ]
    with house().reading() as db:
        takes = [each for each in box.accepted(db, place.round) if not each.script]
    page = render_template(
        f"sheets/{state.view}.html",
        errors=errors,
        fields=fields,
        forms=[{"code": each.id, "label": f"{each.title.in_(spoken())} ({_how_long(each)})"} for each in takes],
        chosen=form.id,
        code=state.code or "",
        coded=not place.round.open_link,
        title=say(form.title),
        team=place.team,
        state=states.seal(house().secrets.derive("sheet page"), state, form.fingerprint),
        action=url_for(".go_on", round_id=state.home),
    )
    return make_response(page, 422 if errors else 200)


def _how_long(form: Form) -> str:
    return str(ngettext("%(num)s fråga", "%(num)s frågor", len(form.questions)))


def _both(question: Question, state: PageState) -> list[str]:
    """What the two have keyed in, in words, to be held against the sheet."""
    if state.view != "compare":
        return []
    given = _given(question, state)
    return [", ".join(in_words(question, one, spoken())) if one is not None else _("Inget svar") for one in given]


def _given(question: Question, state: PageState) -> tuple[Answer | None, Answer | None]:
    """What the first and the second have keyed in; None where they found nothing."""
    first = state.keyed.answers if state.keyed else {}
    return first.get(question.id), state.answers.get(question.id)


def _printed(form: Form, page: Page, question: Question, say: Say) -> dict[str, object]:
    """A question as it stands on paper."""
    return {
        "text": say(question.text),
        "help": say(question.help) if question.help else "",
        "when": only_if(form, page, question, say),
        "choices": [(say(choice.text), choice.missing) for choice in question.choices],
        "several": TYPES[question.type].takes_several,
        "written": TYPES[question.type].asks and not question.choices,
        "long": question.privacy == "free_text",
    }


def _sent_already(round_id: str) -> ResponseReturnValue:
    return forget(_ended("sent", _("Bladet är redan inmatat"), (_("Det går inte att öppna igen."),), round_id))


def _ended(kind: str, title: str, told: tuple[str, ...], round_id: str) -> Response:
    again = url_for(".begin", round_id=round_id)
    return make_response(render_template("sheets/ended.html", page=kind, title=title, told=told, again=again))


@paper.errorhandler(Unreadable)
@paper.errorhandler(Expired)
def _unreadable(_fault: Exception) -> ResponseReturnValue:
    told = _("En sida gäller i två dygn och bara så som den visades."), _("Inget är skickat.")
    return _ended(
        "error", _("Sidan går inte att använda"), told, str((request.view_args or {}).get("round_id", ""))
    ), 422


@paper.errorhandler(Closed)
def _closed(_fault: Closed) -> ResponseReturnValue:
    told = (_("Omgången är avslutad, eller koden är använd."), _("Inget är skickat."))
    page = render_template("sheets/ended.html", page="closed", title=_("Det går inte att svara här"), told=told)
    return page, 410
