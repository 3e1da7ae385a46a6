"""One conversation's way: how one talks, the script, then topic by topic in any order, to the end and out.

Pure: where they stood and what they posted -> where they stand now (`pages.walk` has what every walk shares). Nothing
is stored on the way; what may be sent is decided by `pages.interview`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from forms.model import Form, Page, Question, Text
from forms.places import each_compare
from forms.routing import asked, on_path
from forms.types import TYPES
from pages.state import PageState
from pages.walk import Step, Turn, question_of

Status = Literal["done", "begun", "untouched"]


@dataclass(frozen=True)
class Topic:
    """A part of the conversation, and how far it has come."""

    number: int
    title: Text
    status: Status


def turn(step: Step, go: str) -> Turn:
    """Make the move asked for. A language, a row more or less, or a button nobody knows, stays where it is."""
    verb, _dash, what = go.partition("-")
    if verb == "task" and what in map(str, range(len(step.form.parts))):
        return Turn(_in_part(step.form, step.state, int(what)))
    if verb == "edit":
        return _edit(step, what)
    move = _MOVES.get(go)
    return move(step) if move else Turn(step.state)


def shown(form: Form, state: PageState) -> Page:
    """What is asked in the view, as one page: how one talks, a topic whole, or what is told afterwards."""
    if state.view == "part":
        return part_page(form, state, part_of(form, state))
    if state.view in ("start", "check"):
        return part_page(form, state, 0 if state.view == "start" else len(form.parts) - 1)
    return Page("", ())


def part_page(form: Form, state: PageState, part: int) -> Page:
    """All of a part: what is asked, and what would be if something else on the same page were answered otherwise."""
    pages = _pages(form, part)
    here = {question.id for page in pages for question in page.questions}
    now = {question.id for question in asked(form, state.answers)}
    questions = tuple(q for page in pages for q in page.questions if q.id in now or depends(page, q) & here)
    return Page(f"part-{part}", questions, part=form.parts[part])


def depends(page: Page, question: Question) -> set[str]:
    """The questions whose answers decide whether this one is asked."""
    conditions = [condition for condition in (page.show_if, question.show_if) if condition]
    return {compare.q for condition in conditions for _place, compare in each_compare(condition, ())}


def part_of(form: Form, state: PageState) -> int:
    """The part one stands in."""
    part = form.page_by_id[state.page].part if state.page else None
    return form.parts.index(part) if part else 0


def topics(form: Form, state: PageState) -> tuple[Topic, ...]:
    """The parts between how one talks and what is told afterwards."""
    numbers = range(1, len(form.parts) - 1)
    return tuple(Topic(number, form.parts[number], _status(form, state, number)) for number in numbers)


def own_questions(form: Form) -> Question | None:
    """Where an interviewer notes what they asked besides."""
    return next((question for question in form.questions if TYPES[question.type].repeats), None)


def _pages(form: Form, part: int) -> list[Page]:
    return [page for page in form.pages if page.part == form.parts[part]]


def _status(form: Form, state: PageState, part: int) -> Status:
    pages = _pages(form, part)
    touched = {*state.answers, *map(question_of, state.unread)}
    if all(page.id in state.seen for page in pages):
        unreadable = set(map(question_of, state.unread))
        return "begun" if any(q.id in unreadable for page in pages for q in page.questions) else "done"
    return "begun" if any(question.id in touched for page in pages for question in page.questions) else "untouched"


def _in_part(form: Form, state: PageState, part: int) -> PageState:
    return replace(state, view="part", page=_pages(form, part)[0].id)


def _listing(state: PageState) -> PageState:
    return replace(state, view="tasks", page="")


def _forward(step: Step) -> Turn:
    return _FORWARD[step.state.view](step)


def _begin(step: Step) -> Turn:
    return step.mend() if step.reading.errors else step.change(view="script", seen=_left(step, 0))


def _first_topic(step: Step) -> Turn:
    return Turn(_listing(step.state))


def _done(step: Step) -> Turn:
    """A part is left; what cannot be read is mended first."""
    if step.reading.errors:
        return step.mend()
    return Turn(_listing(replace(step.state, seen=_left(step, part_of(step.form, step.state)))))


def _left(step: Step, part: int) -> frozenset[str]:
    return step.state.seen | {page.id for page in _pages(step.form, part)}


def _next_topic(step: Step) -> Turn:
    """On to what is not done yet; when all of it is, to the end."""
    left = next((topic for topic in topics(step.form, step.state) if topic.status != "done"), None)
    spoken = left is not None and step.form.parts[left.number] in step.form.topics
    return Turn(_in_part(step.form, step.state, left.number)) if left and spoken else _end(step)


def _send(step: Step) -> Turn:
    """Out, unless something cannot be read: then that is shown again."""
    form, state = step.form, replace(step.state, seen=_left(step, len(step.form.parts) - 1))
    for page in on_path(form, state.answers):
        if page.part and any(question.id in set(map(question_of, state.unread)) for question in page.questions):
            return Turn(_in_part(form, state, form.parts.index(page.part)), mend=True)
    return Turn(state, outcome="send")


def _resume(step: Step) -> Turn:
    return step.change(view="part" if step.state.page else "tasks")


def _back(step: Step) -> Turn:
    if step.state.view in ("script", "start"):
        return step.change(view="start")
    return Turn(_listing(step.state))


def _end(step: Step) -> Turn:
    return step.change(view="check", page="")


def _stop(step: Step) -> Turn:
    return Turn(step.state, outcome="stop")


def _edit(step: Step, question: str) -> Turn:
    page = next((page for page in step.form.pages if question in {q.id for q in page.questions}), None)
    if page is None or page.part is None:
        return Turn(step.state)
    return Turn(_in_part(step.form, step.state, step.form.parts.index(page.part)))


def _own(step: Step) -> Turn:
    """To the own questions, with an empty row about the topic one comes from."""
    own, form, state = own_questions(step.form), step.form, step.state
    if own is None:
        return Turn(state)
    came_from = part_of(form, state)
    rows = _held_rows(state, own)
    state = replace(state, answers={q: a for q, a in state.answers.items() if q != own.id})
    last = max((int(key) for key in rows[own.id]), default=-1) + 1
    if last < (own.maximum or 0):
        rows = {**rows, own.id: (*rows[own.id], str(last)), f"{own.id}-{last}-{_TOPIC}": _code(own, form, came_from)}
    unread = {name: typed for name, typed in state.unread.items() if question_of(name) != own.id} | rows
    part = next(page.part for page in form.pages if own in page.questions)
    return Turn(_in_part(form, replace(state, unread=unread), form.parts.index(part) if part else 0))


def _held_rows(state: PageState, own: Question) -> dict[str, tuple[str, ...]]:
    """The rows as a page would send them: those typed and not read, or those answered."""
    typed = {name: values for name, values in state.unread.items() if question_of(name) == own.id}
    if typed:
        return {own.id: (), **typed}
    answered = [row for row in state.answers.get(own.id, ()) if not isinstance(row, str)]
    keys = {own.id: tuple(str(number) for number in range(len(answered)))}
    return {**keys, **dict(_controls(own, answered))}


def _controls(own: Question, rows: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, row in enumerate(rows):
        for name, value in row.items():
            yield f"{own.id}-{number}-{name}", (str(value),)


def _code(own: Question, form: Form, part: int) -> tuple[str, ...]:
    """The choice that is called as the part is."""
    choices = next((nested.choices for nested in own.questions if nested.id == _TOPIC), ())
    return tuple(choice.code for choice in choices if choice.text == form.parts[part])


_TOPIC = "tema"
"""The nested question that says which part an own question belongs to."""
_MOVES: Mapping[str, Callable[[Step], Turn]] = {
    "": _forward,
    "back": _back,
    "pause": lambda step: step.change(view="pause"),
    "end": _end,
    "own": _own,
    "remove": lambda step: step.change(view="remove", page=""),
    "delete": _stop,
    "decline": _stop,
}
_FORWARD: Mapping[str, Callable[[Step], Turn]] = {
    "start": _begin,
    "script": _first_topic,
    "tasks": _next_topic,
    "part": _done,
    "check": _send,
    "pause": _resume,
    "remove": lambda step: Turn(_listing(step.state)),
}
