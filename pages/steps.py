"""What a facilitator can do next: the one step that leads on, and the others that are possible."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from forms.model import Form
from forms.types import TYPES
from pages.rooms import place_of
from survey.installation import Installation
from survey.polls import closing, leading
from survey.polls.model import Asked, Poll, State


@dataclass(frozen=True)
class Kind:
    """A step by what a question is after it, and who takes it."""

    leads_to: State
    take: Callable[[Installation, str, str], None]


@dataclass(frozen=True)
class Step:
    """A button."""

    go: str
    question: str
    label: str


def _open(house: Installation, poll: str, question: str) -> None:
    with house.writing() as db:
        leading.open_question(db, house, poll, question)


def _show(house: Installation, poll: str, question: str) -> None:
    with house.writing() as db:
        leading.show(db, poll, question)


def _hide(house: Installation, poll: str, question: str) -> None:
    with house.writing() as db:
        leading.hide(db, poll, question)


def _skip(house: Installation, poll: str, question: str) -> None:
    with house.writing() as db:
        leading.skip(db, poll, question)


STEPS: Mapping[str, Kind] = {
    "open": Kind("open", _open),
    "close": Kind("closed", closing.close_question),
    "show": Kind("shown", _show),
    "hide": Kind("closed", _hide),
    "skip": Kind("skipped", _skip),
}
"""Every step, by the name it has in forms."""


def stamp(poll: Poll, state: str | None) -> str:
    """Where the room was when a page was drawn, so that a step from an old page is not taken somewhere else."""
    return f"{poll.current or ''}.{state or ''}"


def steps(poll: Poll, form: Form, asked: Sequence[Asked], unread: int) -> list[Step]:
    """What can be done where the room is, first the way forward; none in a poll by link.

    `unread` is how many texts about the current question wait to be looked through: that comes before showing them.
    """
    if poll.by_link:
        return []
    here = next((one for one in asked if one.question == poll.current), None)
    about_here = about(form, here) if here else []
    if here and here.state == "open":
        return about_here
    onwards = _onwards(poll, form, tuple(asked))
    if here and here.state == "closed" and here.can_be_shown and not unread:
        return [*about_here, *onwards]
    return [*onwards, *about_here]


def about(form: Form, asked: Asked) -> list[Step]:
    """What can be done with a question, whether the room is at it or not."""
    question = asked.question
    if asked.state == "open":
        return [Step("close", question, _("Stäng frågan"))]
    if asked.state in ("hidden", "skipped"):
        opening, skipping = Step("open", question, _("Öppna frågan")), Step("skip", question, _("Hoppa över frågan"))
        return [opening, skipping] if asked.state == "hidden" else [opening]
    in_words = not TYPES[form.by_id[question].type].chosen
    show = Step("show", question, _("Visa texterna") if in_words else _("Visa resultatet"))
    again = Step("open", question, _("Öppna igen"))
    if asked.state == "closed":
        return [show, again] if asked.can_be_shown else [again]
    return [again, Step("hide", question, _("Ta bort från väggen"))]


def _onwards(poll: Poll, form: Form, asked: tuple[Asked, ...]) -> list[Step]:
    after = leading.next_hidden(poll, asked)
    if after is None:
        return []
    n = place_of(form, after)
    return [
        Step("open", after, _("Öppna fråga %(n)s", n=n)),
        Step("skip", after, _("Hoppa över fråga %(n)s", n=n)),
    ]
