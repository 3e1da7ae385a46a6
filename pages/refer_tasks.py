"""The parts of a referral as tasks: which are done, which are begun, and which cannot be begun yet.

Pure, and honest: a part is done when each of its pages was seen and could be sent as it stands, and what was left blank
either had to be or was said to be meant (UX.md 4.3). Where one goes from here is `pages.refer_walk`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from werkzeug.datastructures import MultiDict

from forms.build import PageForm, controls, page_form, proposals, read
from forms.model import Answers, Form, Page, Question, Text
from forms.routing import on_path
from forms.types import TYPES
from pages.state import Filling, PageState
from pages.walk import question_of

Status = Literal["done", "begun", "untouched", "blocked"]
CERTIFICATION = "samtycke_intyg"
"""The page that is asked last of all, with every choice about consent in sight."""


@dataclass(frozen=True)
class Task:
    """A part of the referral, and how far it has come."""

    part: int
    title: Text
    status: Status


def tasks(form: Form, state: PageState, today: date) -> tuple[Task, ...]:
    """Every part of the form, in order."""
    return tuple(Task(part, title, _status(form, state, part, today)) for part, title in enumerate(form.parts))


def complete(form: Form, state: PageState, today: date) -> bool:
    """Whether every part is done, so that all of it can be looked through and sent."""
    return all(task.status == "done" for task in tasks(form, state, today))


def filling(state: PageState) -> Filling:
    """What the state of a referral remembers besides."""
    return state.filling or Filling()


def pages_of(form: Form, state: PageState, part: int) -> list[Page]:
    """The pages of a part as they are asked now, without the certification."""
    return [page for page in _parts(form, state) if page.part == form.parts[part] and page.id != CERTIFICATION]


def certification(form: Form, state: PageState) -> Page:
    """What is asked where the consent is certified."""
    return next((page for page in _parts(form, state) if page.id == CERTIFICATION), Page(CERTIFICATION, ()))


def part_of(form: Form, page: Page) -> int:
    """Which part a page belongs to."""
    return form.parts.index(page.part) if page.part else 0


def blank(form: Form, state: PageState, part: int) -> bool:
    """Whether something in the part may be left blank, and is."""
    return bool(blank_questions(form, state, part))


def blank_questions(form: Form, state: PageState, part: int) -> list[Question]:
    """What was left blank there and may be."""
    asked = [question for page in pages_of(form, state, part) for question in page.questions]
    return [question for question in asked if _optional(question) and question.id not in state.answers]


def unfinished(form: Form, state: PageState, part: int, today: date) -> Page | None:
    """The first page of the part that was not seen, or could not be sent as it stands."""
    here = pages_of(form, state, part)
    return next((p for p in here if p.id not in state.seen or faults(form, state, p, today)), None)


def filled(form: Form, page: Page, state: PageState, today: date, language: str) -> PageForm:
    """The page's controls holding what was answered, typed and not readable, or else proposed; never a consent."""
    proposed = {} if page.id in state.seen else proposals(form, today)
    return page_form(form, page, language)(formdata=_held(form, page, state, {**proposed, **state.answers}))


def faults(form: Form, state: PageState, page: Page, today: date) -> bool:
    """Whether something on the page must be mended before it can be sent."""
    shown = page_form(form, page, form.languages[0])(formdata=_held(form, page, state, state.answers))
    return bool(read(shown, state.answers, today).errors)


def _status(form: Form, state: PageState, part: int, today: date) -> Status:
    here = pages_of(form, state, part)
    if not any(page.id in state.seen or _touched(page, state) for page in here):
        return "untouched"
    if unfinished(form, state, part, today) or (blank(form, state, part) and part not in filling(state).done):
        return "begun"
    return "done"


def _touched(page: Page, state: PageState) -> bool:
    typed = {*state.answers, *map(question_of, state.unread)}
    return any(question.id in typed for question in page.questions)


def _held(form: Form, page: Page, state: PageState, answers: Answers) -> MultiDict[str, str]:
    """What stands in the page's controls: the answers, but what was typed where that could not be read."""
    asked = {question.id for question in page.questions}
    typed = {name: values for name, values in state.unread.items() if question_of(name) in asked}
    instead = {question_of(name) for name in typed}
    held = controls(form, page, {question: answer for question, answer in answers.items() if question not in instead})
    for name in [name for name in held if question_of(name) in instead]:
        held.poplist(name)
    for name, values in typed.items():
        held.setlist(name, list(values))
    return held


def _optional(question: Question) -> bool:
    return TYPES[question.type].asks and not question.required and not question.comment


def _parts(form: Form, state: PageState) -> Iterator[Page]:
    return (page for page in on_path(form, state.answers) if not page.gate)
