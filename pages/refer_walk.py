"""One referral's way: through the gate, then from part to part in any order, to the check, the certification and out.

Pure: where they stood and what they posted -> where they stand now (`pages.walk` has what every walk shares). What is
done is `pages.refer_tasks`; what is kept, and what is never kept, is decided by `pages.refer`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from forms.model import Form, Page
from forms.routing import asked_page, next_page, on_path, previous_page
from pages.refer_tasks import (
    CERTIFICATION,
    blank,
    certification,
    complete,
    filling,
    pages_of,
    part_of,
    tasks,
    unfinished,
)
from pages.state import PageState
from pages.walk import Step, Turn, at, edited
from pages.walk import shown as shown_of_walk

WHO, ALREADY = "gate_roll", "har_handlaggare"
"""The page that asks who fills in, and the one that asks whoever does so alone if they have a caseworker."""


def shown(form: Form, state: PageState) -> Page:
    """The questions that stand in the view."""
    return certification(form, state) if state.view == "certify" else shown_of_walk(form, state)


def turn(step: Step, go: str, today: date) -> Turn:
    """Make the move asked for. A language, a row more or less, or a button nobody knows, stays where it is."""
    verb, _, what = go.partition("-")
    if verb == "edit":
        return _edit(step, what)
    if verb == "task":
        return _open(step, what, today)
    move = _MOVES.get(go)
    return move(step, today) if move else Turn(step.state)


def may_be_joined(state: PageState) -> bool:
    """Whether one stands where somebody can be fetched to fill it in together."""
    return state.view == "question" and state.page == ALREADY


def together(state: PageState) -> PageState:
    """Who was about to refer themselves fills it in with their caseworker after all: as if they had said so at once."""
    return replace(state, page=WHO, answers={**state.answers, "an_roll": "1"})


def on_firm_ground(form: Form, state: PageState) -> PageState:
    """The state where its page is still asked; else, when the team has changed its mind meanwhile, the list of parts,
    or the start where nothing is kept yet."""
    if state.view != "question" or asked_page(form, state.answers, state.page):
        return state
    return _listing(state) if filling(state).draft else replace(state, view="start", page="")


def in_gate(form: Form, state: PageState) -> bool:
    """Whether one stands before anything is stored."""
    return state.view == "start" or (state.view == "question" and form.page_by_id[state.page].gate)


def without_forgotten(form: Form, state: PageState) -> PageState:
    """The state without what must not even be remembered: whether somebody lives under protection (PRIVACY.md 4)."""
    kept = {q: answer for q, answer in state.answers.items() if q not in form.by_id or not form.by_id[q].forget}
    return replace(state, answers=kept)


def _forward(step: Step, today: date) -> Turn:
    return _FORWARD[step.state.view](step, today)


def _begin(step: Step, _today: date) -> Turn:
    return step.to(on_path(step.form, step.state.answers)[0].id)


def _question(step: Step, today: date) -> Turn:
    if step.reading.errors:
        return step.mend()
    if step.form.page_by_id[step.state.page].gate:
        return _through_the_gate(step)
    return _within_the_part(step, today)


def _through_the_gate(step: Step) -> Turn:
    """On through the gate; the answers there decide whether there is anything behind it."""
    form, state = step.form, step.state
    following = next_page(form, on_path(form, state.answers), state.page)
    if following and following.ends:
        return Turn(replace(state, page=following.id), outcome="stop")
    kept = without_forgotten(form, state)
    if following and following.gate:
        return Turn(_standing(form, kept, following))
    return Turn(_listing(kept), outcome="begin")


def _within_the_part(step: Step, today: date) -> Turn:
    form, state = step.form, replace(step.state, seen=step.left())
    part = filling(state).part
    here = pages_of(form, state, part)
    if state.checking:
        unseen = next((page for page in here if page.id not in state.seen), None)
        return Turn(_standing(form, state, unseen) if unseen else _looking_through(form, state, today))
    following = next_page(form, here, state.page)
    if following:
        return Turn(_standing(form, state, following))
    if blank(form, state, part) and part not in filling(state).done and not unfinished(form, state, part, today):
        return Turn(replace(state, view="part"))
    return Turn(_listing(state))


def _part_is_done(step: Step, _today: date) -> Turn:
    state = step.state
    return Turn(_listing(_with(state, done=filling(state).done | {filling(state).part})))


def _go_on(step: Step, today: date) -> Turn:
    """From the list of parts: to the first that is not done, or to the look through."""
    for task in tasks(step.form, step.state, today):
        if task.status != "done":
            return _open(step, str(task.part), today)
    return Turn(_looking_through(step.form, step.state, today))


def _certify(step: Step, today: date) -> Turn:
    ready = complete(step.form, step.state, today)
    return step.change(view="certify") if ready else Turn(_listing(step.state))


def _send(step: Step, today: date) -> Turn:
    if step.reading.errors:
        return step.mend()
    if not complete(step.form, step.state, today):
        return Turn(_listing(step.state))
    return Turn(replace(step.state, seen=step.state.seen | {shown(step.form, step.state).id}), outcome="send")


def _list(step: Step, _today: date) -> Turn:
    return Turn(_listing(step.state))


def _save(step: Step, _today: date) -> Turn:
    return step.change(view="save")


def _check(step: Step, today: date) -> Turn:
    return Turn(_looking_through(step.form, step.state, today))


def _aloud(step: Step, _today: date) -> Turn:
    return Turn(_with(step.state, aloud=not filling(step.state).aloud))


def _back(step: Step, _today: date) -> Turn:
    form, state = step.form, step.state
    if state.view == "question":
        return Turn(_back_from_question(form, state))
    if state.view == "part":
        return Turn(_standing(form, state, pages_of(form, state, filling(state).part)[-1]))
    if state.view == "certify":
        signed = {question.id for question in certification(form, state).questions}
        unsigned = {question: answer for question, answer in state.answers.items() if question not in signed}
        return step.change(view="check", answers=unsigned)
    return Turn(_listing(state))


def _back_from_question(form: Form, state: PageState) -> PageState:
    if state.checking:
        return replace(state, view="check")
    page = form.page_by_id[state.page]
    if page.gate:
        before = previous_page(form, on_path(form, state.answers), state.page)
        return _standing(form, state, before) if before else replace(state, view="start", page="")
    before = previous_page(form, pages_of(form, state, filling(state).part), state.page)
    return _standing(form, state, before) if before else _listing(state)


def _edit(step: Step, question: str) -> Turn:
    state = edited(step.form, step.state, question)
    page = step.form.page_by_id.get(state.page)
    if page is None or page.gate or page.id == CERTIFICATION or state.view != "question":
        return Turn(step.state)
    return Turn(_with(state, part=part_of(step.form, page)))


def _open(step: Step, number: str, today: date) -> Turn:
    """Into a part, at the first page that is not finished, or from its beginning."""
    form, state = step.form, step.state
    if number not in map(str, range(len(form.parts))):
        return Turn(state)
    part = int(number)
    state = _with(replace(state, checking=False), part=part)
    here = pages_of(form, state, part)
    page = unfinished(form, state, part, today) or (here[0] if here else None)
    return Turn(_standing(form, state, page) if page else state)


def _standing(form: Form, state: PageState, page: Page) -> PageState:
    return replace(at(form, state, page.id), checking=state.checking)


def _listing(state: PageState) -> PageState:
    return replace(state, view="tasks", checking=False)


def _looking_through(form: Form, state: PageState, today: date) -> PageState:
    """All of it on one page, or the list where something is still missing."""
    return replace(state, view="check", checking=True) if complete(form, state, today) else _listing(state)


def _with(state: PageState, **to: Any) -> PageState:
    return replace(state, filling=replace(filling(state), **to))


_Move = Callable[[Step, date], Turn]
_FORWARD: Mapping[str, _Move] = {
    "start": _begin,
    "question": _question,
    "part": _part_is_done,
    "tasks": _go_on,
    "save": _list,
    "check": _certify,
    "certify": _send,
}
_MOVES: Mapping[str, _Move] = {
    "": _forward,
    "back": _back,
    "list": _list,
    "save": _save,
    "check": _check,
    "aloud": _aloud,
}
