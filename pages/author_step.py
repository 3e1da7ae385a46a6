"""What the steps of a question have in common: which there are, the page around each, and where one goes from there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.content import find_question, rows
from forms.editing import Refused
from forms.types import TYPES
from pages.drafts import Errors, done, draw, in_source, open_draft, words
from survey.authoring import Draft

STEPS = {
    "typ": ("author.steps.kind", _l("Typ")),
    "text": ("author.steps.wording", _l("Text")),
    "svar": ("author.choices.listed", _l("Svar")),
    "regler": ("author.steps.rules", _l("Krav och visning")),
    "visa": ("author.steps.preview", _l("Förhandsvisning")),
}
"""Every step in order: its name in an address -> its page, and what it is called. Only who chooses has answers."""
OVERVIEW = "author.steps.overview"


@dataclass(frozen=True)
class Way:
    """A step of a question, as a link."""

    label: str
    address: str
    here: bool


def opened(draft_id: str, question: str) -> tuple[Draft, dict[str, Any]]:
    """The draft, and the question in it. Raises `Refused` where it is gone: somebody may have taken it away."""
    draft = open_draft(draft_id)
    found = find_question(draft.content, question)
    if found is None:
        raise Refused(str(_("Frågan finns inte längre.")), str(_("Någon kan ha tagit bort den. Se historiken.")))
    return draft, found


def step_page(
    template: str,
    draft: Draft,
    question: str,
    content: Mapping[str, Any],
    here: str,
    errors: Errors = (),
    **more: Any,
) -> ResponseReturnValue:
    """The page of one step, with the ways to the others."""
    row = next(row for row in rows(draft.content) if row.id == question)
    return draw(
        f"step_{template}",
        draft,
        errors,
        question=question,
        row=row,
        text=words(content.get("text"), draft),
        ways=ways_of(question, content, draft, here),
        new=bool(on_the_way()),
        **more,
    )


def onward(after: Draft, question: str, here: str) -> ResponseReturnValue:
    """Where the button that was pressed leads."""
    go = request.form.get("go", "")
    if go == "list":
        return done(after, "author.questions.listed", anchor=f"rad-{question}")
    if go == "next":
        return done(after, "author.questions.new", efter=question)
    if not on_the_way():
        return done(after, OVERVIEW, question=question)
    names = _names(find_question(after.content, question) or {})
    following = names[min(names.index(here) + 1, len(names) - 1)]
    return done(after, STEPS[following][0], question=question, **on_the_way())


def writes_answers(type_name: str) -> bool:
    """Whether an author writes the answers of such a question: municipalities, parties and consents are what they
    are."""
    return type_name in TYPES and TYPES[type_name].chosen and type_name not in ("municipality", "party", "consent")


def on_the_way() -> dict[str, Any]:
    """Whether one is on the way through the steps of a new question."""
    return {"ny": 1} if "ny" in request.args or "ny" in request.form else {}


def same_question(before: Draft, after: Draft, question: str) -> str:
    """The question's id afterwards: a published one of another type or scale is another question in its place."""
    place = next((row.number for row in rows(before.content) if row.id == question), 1)
    return rows(after.content)[place - 1].id


def said(draft: Draft, key: str) -> dict[str, str] | None:
    """A text that was typed; None takes it away in every language."""
    text = request.form.get(key, "").strip()
    return in_source(text, draft) if text else None


def ways_of(question: str, content: Mapping[str, Any], draft: Draft, here: str) -> list[Way]:
    """Every step of the question, as links."""
    where = {"draft_id": draft.form, "question": question, **on_the_way()}
    every = [(name, *STEPS[name]) for name in _names(content)]
    return [Way(str(label), url_for(endpoint, **where), name == here) for name, endpoint, label in every]


def _names(content: Mapping[str, Any]) -> list[str]:
    return [name for name in STEPS if name != "svar" or writes_answers(content.get("type", ""))]
