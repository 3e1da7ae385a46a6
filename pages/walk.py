"""One person's way through one form: where they stood and what they posted -> where they stand now.

Pure: knows no request and no database. Which pages are asked is `forms.routing`, how a page is read is `forms.build`,
what a state must remember is `pages.state`, and the pages themselves are drawn by `pages.respond`. A referral goes
from part to part instead of from first to last, which is `pages.refer_walk`; a step is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from forms.build import Reading
from forms.model import Form, Page
from forms.routing import asked, asked_page, next_page, on_path, previous_page
from pages.state import PageState

Outcome = Literal["show", "send", "begin", "stop"]
"""What comes of a move: a page; the answers leave; a referral begins to be kept; or nothing may be kept at all."""


@dataclass(frozen=True)
class Posted:
    """What a page sent back: the button, what could be read of its controls, and what was typed where it could not."""

    go: str
    reading: Reading
    unread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """What comes of a post: the new state, and what to do with it."""

    state: PageState
    outcome: Outcome = "show"
    mend: bool = False
    """Show the view again with its errors."""
    prompt: bool = False
    """Show the page again and ask once for what was left blank."""


def turn(form: Form, state: PageState, posted: Posted) -> Turn:
    """Take in what was posted and make the move asked for. A language, or a button nobody knows, stays where it is."""
    state = taken_in(state, posted)
    if posted.go.startswith("edit-"):
        return Turn(edited(form, state, posted.go.removeprefix("edit-")))
    move = _MOVES.get(posted.go)
    return move(Step(form, state, posted.reading)) if move else Turn(state)


def taken_in(state: PageState, posted: Posted) -> PageState:
    """The state with what was posted in place of what the same questions held before."""
    kept = {name: typed for name, typed in state.unread.items() if question_of(name) not in posted.reading.asked}
    return replace(state, answers=posted.reading.onto(state.answers), unread={**kept, **posted.unread})


def question_of(control: str) -> str:
    """The question that a control belongs to: those of a row in it are called by its id and more."""
    return control.partition("-")[0]


def shown(form: Form, state: PageState) -> Page:
    """The questions that stand in the view, as one page: those of a page, every one there is, or none."""
    if state.view == "all":
        return Page("", form.questions)
    here = asked_page(form, state.answers, state.page) if state.view == "question" else None
    return here or Page("", ())


def offers_early(form: Form, state: PageState) -> bool:
    """Whether *Skicka det jag har svarat* stands on this question page: from the second part on (UX.md 4.1)."""
    return not (state.sends or state.checking) and form.page_by_id[state.page].part != form.pages[0].part


@dataclass(frozen=True)
class Step:
    """A move about to be made: the state with what was posted taken in, and how that could be read."""

    form: Form
    state: PageState
    reading: Reading

    def to(self, page_id: str) -> Turn:
        return Turn(at(self.form, self.state, page_id))

    def change(self, **to: Any) -> Turn:
        return Turn(replace(self.state, **to))

    def mend(self) -> Turn:
        return Turn(self.state, mend=True)

    def left(self) -> frozenset[str]:
        """The pages seen, this one too."""
        return self.state.seen | {self.state.page} if self.state.view == "question" else self.state.seen


def _forward(step: Step) -> Turn:
    if step.state.view == "start":
        return step.to(on_path(step.form, step.state.answers)[0].id)
    if step.state.view != "question":
        return _send(step)
    if step.reading.errors:
        return step.mend()
    if step.reading.blank and not step.state.prompted:
        return replace(step.change(prompted=True), prompt=True)
    return _onward(step)


def _skip(step: Step) -> Turn:
    """On without an answer. That button never sends, not even from the last page."""
    if step.state.view != "question":
        return Turn(step.state)
    return step.mend() if step.reading.errors else _onward(replace(step, state=replace(step.state, sends=False)))


def _onward(step: Step) -> Turn:
    form, state = step.form, replace(step.state, seen=step.left())
    path = on_path(form, state.answers)
    if state.checking:
        unseen = [page for page in path if page.id not in state.seen]
        return Turn(_on(unseen[0], path, state) if unseen else replace(state, view="check"))
    following = next_page(form, path, state.page)
    if following:
        return Turn(_on(following, path, state))
    return _finish(form, state) if state.sends else Turn(replace(state, view="check", checking=True))


def _back(step: Step) -> Turn:
    state = step.state
    if state.view == "question" and state.checking:
        return step.change(view="check")
    if state.view == "question":
        before = previous_page(step.form, on_path(step.form, state.answers), state.page)
        return step.to(before.id) if before else step.change(view="start")
    if not state.page:
        return step.change(view="start")
    return Turn(at(step.form, replace(state, checking=False), state.page))


def _all(step: Step) -> Turn:
    return step.change(view="all", prompted=False)


def _check(step: Step) -> Turn:
    return step.mend() if step.reading.errors else step.change(view="check", checking=True, seen=step.left())


def _early(step: Step) -> Turn:
    if any(question in step.state.unread for question in step.reading.asked):
        return step.mend()
    return step.change(view="early", seen=step.left() if step.reading.answers else step.state.seen)


def _send(step: Step) -> Turn:
    if step.state.view in ("start", "question"):
        return _forward(step)
    if step.state.view != "all":
        return _finish(step.form, step.state)
    here = {question.id for question in asked(step.form, step.state.answers)}
    if any(question in here for question, _ in step.reading.errors):
        return step.mend()
    seen = step.state.seen | {page.id for page in on_path(step.form, step.state.answers)}
    return _finish(step.form, replace(step.state, seen=seen))


def edited(form: Form, state: PageState, question: str) -> PageState:
    """Standing on the page of a question, to come back to the check page; where one was if it is not asked."""
    page = next((p for p in on_path(form, state.answers) if question in {q.id for q in p.questions}), None)
    return at(form, replace(state, checking=True), page.id) if page else state


def _finish(form: Form, state: PageState) -> Turn:
    """Send, unless something typed on an earlier page still cannot be read: then that page is shown again."""
    for page in on_path(form, state.answers):
        if any(question.id in state.unread for question in page.questions):
            return Turn(at(form, state, page.id), mend=True)
    return Turn(state, outcome="send")


def at(form: Form, state: PageState, page_id: str) -> PageState:
    """Standing on a question page, or on the one after it should an answer have taken it off the path."""
    path = on_path(form, state.answers)
    page = next((page for page in path if form.place[page.id] >= form.place[page_id]), None)
    return _on(page, path, state) if page else replace(state, view="check", checking=True)


def _on(page: Page, path: list[Page], state: PageState) -> PageState:
    last = page is path[-1] and not state.checking
    return replace(state, view="question", page=page.id, prompted=False, sends=last)


_MOVES: Mapping[str, Callable[[Step], Turn]] = {
    "": _forward,
    "skip": _skip,
    "back": _back,
    "all": _all,
    "check": _check,
    "early": _early,
    "send": _send,
}
