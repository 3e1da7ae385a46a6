"""The way through a form: which pages and questions are asked, given the answers; what is stored in the end.

Pure functions of a form and answers. Conditions look back only, so one pass forward decides everything: an answer
that is off the path counts for nothing, though the page keeps it until sending in case its owner comes back to it.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from forms.model import (
    NOT_ASKED,
    SKIPPED,
    STOPPED,
    AllOf,
    Answer,
    Answers,
    AnyOf,
    Compare,
    Condition,
    Form,
    Page,
    Question,
    Stored,
)
from forms.types import TYPES


def on_path(form: Form, answers: Answers) -> list[Page]:
    """The pages asked, in order, each with only the questions asked.

    A comment box whose page has nothing else left to ask stands on the page before, so that the last page of a part
    has it whichever page that turns out to be. Nothing follows a page that ends the way.
    """
    return list(_walked(form, answers))


def _walked(form: Form, answers: Answers) -> Iterator[Page]:
    """The path page by page: whoever looks for one page early on it goes no further."""
    last: Page | None = None
    live: dict[str, Answer] = {}
    for page in form.pages:
        asked = page.questions
        if page.conditional:
            here = _asked(form, page, live)
            known = [question for question in here if question.derived_from in live]
            live |= {question.id: answers[question.id] for question in known if question.id in answers}
            asked = tuple(question for question in here if question not in known) if known else here
        whole = len(asked) == len(page.questions)
        if asked and last and not whole and _may_move(page, asked, last):
            last = replace(last, questions=last.questions + asked)
        elif asked or whole:
            if last:
                yield last
            last = page if whole else replace(page, questions=asked)
        for question in asked:
            if question.id in answers:
                live[question.id] = answers[question.id]
        if asked and page.ends:
            break
    if last:
        yield last


def next_page(form: Form, path: Sequence[Page], page_id: str) -> Page | None:
    """The page after `page_id` on the path, or None after the last. `page_id` itself may be off the path by now."""
    here = form.place[page_id]
    return next((page for page in path if form.place[page.id] > here), None)


def previous_page(form: Form, path: Sequence[Page], page_id: str) -> Page | None:
    """The page before `page_id` on the path, or None before the first."""
    here = form.place[page_id]
    return next((page for page in reversed(path) if form.place[page.id] < here), None)


def asked_page(form: Form, answers: Answers, page_id: str) -> Page | None:
    """The page as it is asked now, or None when it is off the path."""
    return next((page for page in _walked(form, answers) if page.id == page_id), None)


def asked(form: Form, answers: Answers) -> list[Question]:
    """The questions asked, in order."""
    return [question for page in on_path(form, answers) for question in page.questions]


def complete(form: Form, answers: Answers, seen: Set[str]) -> dict[str, Stored]:
    """What is stored: every column of every question, with a missing code where there is no answer. Answers off the
    path are dropped here.

    `seen` holds the ids of the pages that were shown and left by going on: a question left blank there was skipped
    (-99), one on the path that was not reached was stopped before (-55), one off the path was not asked (-66).
    Free texts are in it under their question's id (`Form.free_texts`), and are absent when blank.
    """
    page_of = {question.id: page.id for page in on_path(form, answers) for question in page.questions}
    record: dict[str, Stored] = {}
    for question in form.questions:
        type_, page = TYPES[question.type], page_of.get(question.id)
        if page is None:
            record |= type_.lack(question, NOT_ASKED)
        elif question.id in answers:
            record |= type_.keep(question, answers[question.id])
        else:
            record |= type_.lack(question, SKIPPED if page in seen else STOPPED)
    return record


def holds(condition: Condition, form: Form, live: Answers) -> bool:
    """Whether the condition is true of `live`, the answers on the path before the page it stands on."""
    if isinstance(condition, Compare):
        return _compare(condition, form, live)
    if isinstance(condition, AllOf):
        return all(holds(part, form, live) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(holds(part, form, live) for part in condition.parts)
    return not holds(condition.part, form, live)


def _compare(compare: Compare, form: Form, live: Answers) -> bool:
    """One comparison. Without an answer, or with one that is a missing code, only `empty` is true."""
    type_ = TYPES[form.by_id[compare.q].type]
    answer = live.get(compare.q)
    if answer is None or type_.missing(answer):
        return compare.op == "empty"
    if compare.op in ("answered", "empty"):
        return compare.op == "answered"
    return type_.holds(compare.op, answer, compare.value)


def _may_move(page: Page, asked: tuple[Question, ...], before: Page) -> bool:
    """Whether only comment boxes are left of the page; a page with a condition of its own keeps them.

    Nothing moves onto a locked page from outside its block.
    """
    together = (page.part, page.lock) == (before.part, before.lock)
    return together and page.show_if is None and all(question.comment for question in asked)


def _asked(form: Form, page: Page, live: Answers) -> tuple[Question, ...]:
    if page.show_if and not holds(page.show_if, form, live):
        return ()
    return tuple(q for q in page.questions if q.show_if is None or holds(q.show_if, form, live))
