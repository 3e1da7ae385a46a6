"""Where somebody stands in a form -> the page that is sent to them.

Decides nothing: which view it is was decided by `pages.walk`, and how a control looks by the macros it names.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, g, make_response, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from forms.build import PageForm, page_form, read
from forms.model import AllOf, Answers, Form, Page, Question, Text
from forms.routing import asked
from forms.types import TYPES, AnswerField, Say
from forms.types.base import several
from pages.context import house
from pages.copies import STATE, copied
from pages.language import direction, languages, name, spoken
from pages.places import Place
from pages.saying import sayer, told
from pages.state import PageState, View, seal
from pages.walk import Turn, offers_early, shown

KEEP = "private, no-cache"
"""Back works and nothing is served without asking; the pages that show every answer are `no-store` (PRIVACY.md 2)."""
FORGET = "no-store"
Control = dict[str, object]
"""The arguments of one control's macro."""


@dataclass(frozen=True)
class Sight:
    """What a view is drawn from."""

    form: Form
    place: Place
    turn: Turn
    say: Say


def draw(form: Form, place: Place, turn: Turn, short: Form | None = None) -> Response:
    """The page for where `turn` left off; with errors, or the soft prompt, where it says so."""
    sight = Sight(form, place, turn, sayer(spoken(), place.blanks(spoken())))
    sealed = seal(house().secrets.derive("page state"), turn.state, form.fingerprint)
    untouched = _untouched(sight, short)
    if untouched:
        page, wrong = copied(untouched, sealed, lambda: _page(sight, STATE, short)[0]), False
    else:
        page, wrong = _page(sight, sealed, short)
    response = make_response(page, 422 if wrong else 200)
    response.headers["Cache-Control"] = _VIEWS[turn.state.view][1]
    return response


def _page(sight: Sight, sealed: str, short: Form | None) -> tuple[str, bool]:
    """The page with that state in it, and whether it shows errors."""
    state = sight.turn.state
    more = _VIEWS[state.view][0](sight)
    page = render_template(
        f"respond/{state.view}.html",
        **{"errors": (), "back": True, "short": short and _asking(short), **more},
        state=sealed,
        action=entrance(state),
        again=beginning(state),
        tongues=tongues(sight.form),
        house=sight.place.association,
        sheet=sight.place.sheet,
        say=sight.say,
        form=sight.form,
    )
    return page, bool(more.get("errors"))


def _untouched(sight: Sight, short: Form | None) -> Hashable:
    """What a page is known by that holds nothing of a person but their state; None for every other page."""
    form, state, turn = sight.form, sight.turn.state, sight.turn
    if state.view not in ("start", "question", "all") or turn.mend or turn.prompt:
        return None
    asked = [question.id for question in shown(form, state).questions]
    if any(question in state.answers or question in state.unread for question in asked):
        return None
    offered = short.fingerprint if short else ""
    return (
        form.fingerprint,
        sight.place,
        g.get("turned"),
        state.view,
        *asked,
        bool(state.code),
        state.sends,
        state.checking,
        offered,
    )


def entrance(state: PageState) -> str:
    """Where the pages of this visit are posted."""
    return url_for("respond.go_on") if state.code else url_for("respond.go_on_by_link", round_id=state.home)


def beginning(state: PageState) -> str:
    """Where *Börja om* leads: the way in, with nothing of this visit left in the browser."""
    return url_for("respond.begin_again", round_id=None if state.code else state.home)


def tongues(form: Form) -> list[tuple[str, str, str]]:
    """The other languages both form and interface have: code, own name, direction."""
    there = [code for code in form.languages if code in languages() and code != spoken()]
    return [(code, name(code), direction(code)) for code in there]


def filled(form: Form, page: Page, state: PageState) -> PageForm:
    """The page's controls holding what was answered, or typed and not readable."""
    typed = MultiDict[str, str]()
    for question, answer in {**state.answers, **state.unread}.items():
        typed.setlist(question, list(several(answer)))
    return page_form(form, page, spoken())(formdata=typed)


def _start(sight: Sight) -> Mapping[str, Any]:
    place = sight.place
    chosen = sight.form.id != place.round.form
    with_code = sight.form.with_code is not None and not place.round.open_link
    return {
        "greeting": own_words(place.greeting, sight.say),
        "turned": g.get("turned"),
        "k": place.round.k,
        "phone": place.phone,
        "with_code": with_code,
        "back": chosen,
    }


def own_words(words: tuple[tuple[str, str], ...], say: Say) -> str:
    """The association's own words in the page's language, marked where they are in another; "" where there are none."""
    return say(Text(dict(words))) if words else ""


def _question(sight: Sight) -> Mapping[str, Any]:
    form, say, turn, state = sight.form, sight.say, sight.turn, sight.turn.state
    page = shown(form, state)
    controls = filled(form, page, state)
    reading = read(controls) if turn.mend or turn.prompt else None
    errors = dict(reading.errors) if reading and turn.mend else {}
    alone = sum(1 for q in page.questions if not q.comment) == 1
    fields = [control(f, say, errors, heading=alone and not f.question.comment) for f in controls.questions]
    return {
        "errors": tuple(errors.items()),
        "prompt": reading.prompt if reading and turn.prompt else "",
        "part": part_of(form, page, say),
        "heading": "" if alone else say(page.part or form.title),
        "title": say(page.questions[0].text if alone else page.part or form.title),
        "fields": fields,
        "counts": any("max_length" in given for macro, given in fields),
        "sends": state.sends,
        "early": offers_early(form, state),
    }


def _all(sight: Sight) -> Mapping[str, Any]:
    form, say, state = sight.form, sight.say, sight.turn.state
    controls = filled(form, shown(form, state), state)
    here = {question.id for question in asked(form, state.answers)} if sight.turn.mend else set()
    errors = {question: message for question, message in read(controls).errors if question in here}
    drawn = {f.name: control(f, say, errors) for f in controls.questions}
    parts = [
        (say(part) if part else "", [(only_if(form, p, q, say), *drawn[q.id]) for p in pages for q in p.questions])
        for part, pages in groupby(form.pages, key=lambda p: p.part)
    ]
    return {"errors": tuple(errors.items()), "title": say(form.title), "parts": parts, "counts": True}


def _check(sight: Sight) -> Mapping[str, Any]:
    say, answers = sight.say, sight.turn.state.answers
    here = [q for q in asked(sight.form, answers) if TYPES[q.type].asks and (q.id in answers or not q.comment)]
    return {"back": False, "said": [(q.id, say(q.text), list(_said(q, answers, say))) for q in here]}


def _early(_sight: Sight) -> Mapping[str, Any]:
    return {"back": False}


_VIEWS: Mapping[View, tuple[Callable[[Sight], Mapping[str, Any]], str]] = {
    "start": (_start, KEEP),
    "question": (_question, KEEP),
    "all": (_all, FORGET),
    "check": (_check, FORGET),
    "early": (_early, KEEP),
}


def control(shown: AnswerField, say: Say, errors: Mapping[str, str], *, heading: bool = False) -> tuple[str, Control]:
    """The macro that draws a question, and what it is given."""
    given = shown.arguments(say, error=errors.get(shown.name, ""), heading=heading)
    if not given["hint"] and "choices" in given and not given.get("multiple"):
        given["hint"] = _("Välj ett svar.")
    return shown.macro, given


def only_if(form: Form, page: Page, question: Question, say: Say) -> str:
    """When a question is asked, in words; "" for one that always is."""
    conditions = [c for c in (page.show_if, question.show_if) if c]
    return told(AllOf(tuple(conditions)), form, say) if conditions else ""


def _asking(form: Form) -> int:
    """How many questions a form asks of everyone, for the offer to answer fewer."""
    return sum(1 for page in form.pages for q in page.questions if TYPES[q.type].asks and not q.comment)


def part_of(form: Form, page: Page, say: Say) -> tuple[str, int, int] | None:
    """«Del 2 av 5 · På mötet», and the two numbers; nothing in a form without parts."""
    if page.part is None:
        return None
    place, parts = form.parts.index(page.part) + 1, len(form.parts)
    return _("Del %(n)s av %(all)s · %(part)s", n=place, all=parts, part=say(page.part)), place, parts


def _said(question: Question, answers: Answers, say: Say) -> Iterator[str]:
    answer = answers.get(question.id)
    for words in TYPES[question.type].said(question, answer) if answer is not None else ():
        yield say(words) if isinstance(words, Text) else words
