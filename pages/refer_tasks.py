"""The parts of a referral as tasks: which are done, which are begun, and which cannot be begun yet.

Pure, and honest: a part is done when each of its pages was seen and could be sent as it stands, and what was left blank
either had to be or was said to be meant (UX.md 4.3). Where one goes from here is `pages.refer_walk`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from werkzeug.datastructures import MultiDict

from forms.build import PageForm, controls, page_form, proposals, read
from forms.model import Form, Page, Question, Text
from forms.routing import on_path
from forms.types import TYPES
from pages.state import Filling, PageState
from pages.walk import question_of

Status = Literal["done", "begun", "untouched", "blocked"]
SIGNATURE = "sc_namn"
"""The question whose page is the certification: it is answered last of all, with every choice in sight."""


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
    return [page for page in _parts(form, state) if page.part == form.parts[part] and not _certifies(page)]


def certification(form: Form, state: PageState) -> Page:
    """What is asked where the consent is certified; nothing where it is not signed on the screen."""
    return next((page for page in _parts(form, state) if _certifies(page)), Page("", ()))


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
    """The page's controls holding what was answered, typed and not readable, or else proposed."""
    answers = {**_proposed(form, page, state, today), **state.answers}
    typed = MultiDict[str, str]()
    raw = {name: values for name, values in state.unread.items() if question_of(name) in {q.id for q in page.questions}}
    instead = {question_of(name) for name in raw}
    for name, values in (*controls(form, page, answers).items(), *raw.items()):
        if name in raw or question_of(name) not in instead:
            typed.setlist(name, list(values))
    return page_form(form, page, language)(formdata=typed)


def faults(form: Form, state: PageState, page: Page, today: date) -> bool:
    """Whether something on the page must be mended before it can be sent."""
    answered = page_form(form, page, form.languages[0])
    typed = MultiDict[str, str]((name, value) for name, values in _held(form, page, state) for value in values)
    return bool(read(answered(formdata=typed), state.answers, today).errors)


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


def _held(form: Form, page: Page, state: PageState) -> Iterator[tuple[str, list[str]]]:
    asked, unread = {question.id for question in page.questions}, {question_of(name) for name in state.unread}
    for name, values in controls(form, page, state.answers).items():
        if question_of(name) not in unread:
            yield name, values
    for name, typed in state.unread.items():
        if question_of(name) in asked:
            yield name, list(typed)


def _proposed(form: Form, page: Page, state: PageState, today: date) -> Mapping[str, object]:
    """What a page that nobody has seen yet suggests; never a consent."""
    return {} if page.id in state.seen else proposals(form, today)


def _optional(question: Question) -> bool:
    return TYPES[question.type].asks and not question.required and not question.comment


def _parts(form: Form, state: PageState) -> Iterator[Page]:
    return (page for page in on_path(form, state.answers) if not page.gate)


def _certifies(page: Page) -> bool:
    return any(question.id == SIGNATURE for question in page.questions)
