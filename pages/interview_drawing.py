"""Where an interviewer stands in a conversation -> the page that is sent. How one moves is `pages.interview_walk`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _

from forms.answers import in_words, rows_in_words
from forms.build import read
from forms.model import Form, Question
from forms.routing import asked
from forms.types import TYPES, Say
from pages.context import house
from pages.drawing import Control, control, only_if
from pages.interview_notes import GONE, KEPT
from pages.interview_notes import control as control_of
from pages.interview_walk import depends, own_questions, part_of, part_page, shown, topics
from pages.language import spoken
from pages.places import Place
from pages.refer_tasks import filled
from pages.saying import sayer
from pages.state import PageState, seal
from pages.walk import Turn

Errors = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sight:
    """What a view is drawn from."""

    form: Form
    place: Place
    turn: Turn
    say: Say
    marked: tuple[str, ...]

    @property
    def state(self) -> PageState:
        return self.turn.state


def draw(form: Form, place: Place, turn: Turn, marked: tuple[str, ...] = (), errors: Errors = ()) -> Response:
    """The page for where `turn` left off, with what is to be mended on it."""
    sight = Sight(form, place, turn, sayer(spoken(), place.blanks(spoken())), marked)
    given = _VIEWS[turn.state.view](sight)
    wrong = (*given.pop("errors", ()), *errors)
    page = render_template(
        f"interview/{turn.state.view}.html",
        **given,
        errors=wrong,
        aside=sight.say(form.script.aside) if form.script else "",
        state=seal(house().secrets.derive("interview page"), turn.state, form.fingerprint),
        action=url_for("interview.go_on", round_id=place.round.id),
        house=place.association,
        team=place.team,
    )
    return make_response(page, 422 if wrong else 200)


def _start(sight: Sight) -> dict[str, Any]:
    fields, errors = _fields(sight)
    coded = not sight.place.round.open_link
    return {"fields": fields, "errors": errors, "coded": coded, "code": sight.state.code or ""}


def _script(sight: Sight) -> dict[str, Any]:
    script = sight.form.script
    return {"lines": [sight.say(text) for text in script.before] if script else []}


def _tasks(sight: Sight) -> dict[str, Any]:
    words = {"done": _("Klar"), "begun": _("Pågår"), "untouched": _("Inte börjat")}
    found = topics(sight.form, sight.state)
    return {"rows": [(one.number, sight.say(one.title), one.status, words[one.status]) for one in found]}


def _part(sight: Sight) -> dict[str, Any]:
    form, part = sight.form, part_of(sight.form, sight.state)
    fields, errors = _fields(sight)
    own = own_questions(form)
    first = next(page for page in form.pages if page.part == form.parts[part])
    asks_own = own is not None and own not in part_page(form, sight.state, part).questions
    return {
        "fields": fields,
        "errors": errors,
        "title": sight.say(form.parts[part]),
        "opening": sight.say(first.opening) if first.opening else "",
        "probes": [sight.say(text) for text in first.probes],
        "asks_own": asks_own,
    }


def _check(sight: Sight) -> dict[str, Any]:
    fields, errors = _fields(sight)
    script = sight.form.script
    return {
        "fields": fields,
        "errors": errors,
        "lines": [sight.say(text) for text in script.after] if script else [],
        "marked": [(control_of(word), word) for word in sight.marked],
        "ways": [{"code": GONE, "label": _("Ta bort")}, {"code": KEPT, "label": _("Behåll")}],
        "sent": list(_said(sight)),
    }


def _nothing(_sight: Sight) -> dict[str, Any]:
    return {}


def _fields(sight: Sight) -> tuple[list[tuple[str, str, Control]], Errors]:
    """The view's controls, each with when it is asked if that hangs on another of them; and what is to be mended."""
    form, state, today = sight.form, sight.state, house().today()
    page = shown(form, state)
    held = filled(form, page, state, today, spoken())
    errors = tuple(read(held, state.answers, today).errors) if sight.turn.mend else ()
    here = {question.id for question in page.questions}
    made = []
    for field in held.questions:
        macro, given = control(field, sight.say, dict(errors))
        own = next(one for one in form.pages if field.question in one.questions)
        when = only_if(form, own, field.question, sight.say) if depends(own, field.question) & here else ""
        made.append((when, macro, _as_read_out(field.question, given)))
    return made, errors


def _as_read_out(question: Question, given: Control) -> Control:
    """A control for one who reads it to another: no faces, and what is not read out apart."""
    choices = given.get("choices")
    if not isinstance(choices, list):
        return given
    closed = (question.unasked, question.on_paper)
    rows = [{**row, "face": 0} for row in choices if row["code"] not in closed]
    return {**given, "choices": rows, "apart": _("Läs inte upp")}


def _said(sight: Sight) -> Iterator[tuple[str, str, list[str]]]:
    """Everything that was answered: question id, what was asked, what was said."""
    answers = sight.state.answers
    for question in asked(sight.form, answers):
        if question.id not in answers or not TYPES[question.type].asks:
            continue
        if TYPES[question.type].repeats:
            rows = rows_in_words(question, answers[question.id], spoken())
            said = [" · ".join(words for _name, told in row for words in told) for row in rows]
        else:
            said = list(in_words(question, answers[question.id], spoken()))
        yield question.id, sight.say(question.text), said


_VIEWS: Mapping[str, Callable[[Sight], dict[str, Any]]] = {
    "start": _start,
    "script": _script,
    "tasks": _tasks,
    "part": _part,
    "check": _check,
    "pause": _nothing,
    "remove": _nothing,
}
