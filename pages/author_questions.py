"""The list of a form's questions: in order, moved by buttons, added by their type first, taken from the bank.

A row moves one place with *Upp* and *Ner*, which are buttons of one form, and to any place by number. Afterwards the
focus stands on the same button of the moved row. What one question is, step by step, is `pages.author_steps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import bank, editing
from forms.content import Row
from forms.content import rows as rows_of
from forms.model import Form
from pages.author_step import STEPS, writes_answers
from pages.author_words import TYPE_HINTS, TYPE_NAMES, offered_types, pointing_out, type_name
from pages.context import house
from pages.drafts import STEP, Errors, done, draw, in_source, keep, open_draft, source, words
from pages.language import spoken
from pages.saying import sayer
from staff.policy import needs
from survey import authoring, published
from survey.authoring import Draft
from survey.errors import NotFound

questions = Blueprint("questions", __name__, url_prefix="/<draft_id>/fragor")

AT_ONCE = 50
"""Questions on one page of the list; a longer form has several."""


@dataclass(frozen=True)
class Part:
    """Questions that stand together under a heading."""

    name: str
    rows: tuple[Row, ...]


@questions.get("/")
@needs("author")
def listed(draft_id: str) -> ResponseReturnValue:
    return _list_page(open_draft(draft_id))


@questions.post("/flytta")
@needs("author")
def move(draft_id: str) -> ResponseReturnValue:
    """One place up or down, by the button of its row."""
    up, down = request.form.get("upp", ""), request.form.get("ner", "")
    after = keep(draft_id, editing.MoveUp(up) if up else editing.MoveDown(down))
    return _stands(after, up or down, "upp" if up else "ner")


@questions.post("/plats")
@needs("author")
def move_to(draft_id: str) -> ResponseReturnValue:
    """To any place, by number."""
    draft = open_draft(draft_id)
    rows = rows_of(draft.content)
    errors = [
        (field, str(_("Skriv ett nummer mellan 1 och %(n)s", n=len(rows))))
        for field in ("fraga", "plats")
        if _number(field, len(rows)) is None
    ]
    which, place = _number("fraga", len(rows)), _number("plats", len(rows))
    if which is None or place is None:
        return _list_page(draft, errors)
    question = rows[which - 1].id
    return _stands(keep(draft_id, editing.MoveQuestion(question, place)), question, "upp")


@questions.get("/ny")
@needs("author")
def new(draft_id: str) -> ResponseReturnValue:
    """Which type the new question has; then what it says."""
    draft = open_draft(draft_id)
    type_, after = request.args.get("typ", ""), request.args.get("efter", "")
    offered = offered_types(draft.content.get("kind", ""))
    if type_ in offered:
        return _text_page(draft, type_, after)
    errors = [("typ", str(_("Välj vilken sorts svar du vill ha")))] if "typ" in request.args else []
    rows = [{"code": one, "label": TYPE_NAMES[one], "hint": TYPE_HINTS[one]} for one in offered]
    closed = [type_name(one) for one in pointing_out(draft.content.get("kind", ""))]
    return draw("new_question", draft, errors, types=rows, after=after, closed=closed)


@questions.post("/ny")
@needs("author")
def add(draft_id: str) -> ResponseReturnValue:
    """The new question, with its text; its other steps follow."""
    draft = open_draft(draft_id)
    type_, after = request.form.get("typ", ""), request.form.get("efter", "")
    text = request.form.get("text", "").strip()
    if type_ not in offered_types(draft.content.get("kind", "")):
        return redirect(url_for(".new", draft_id=draft_id, efter=after or None), 303)
    if not text:
        return _text_page(draft, type_, after, [("text", str(_("Skriv vad du vill fråga")))])
    hint = request.form.get("help", "").strip()
    values = {"help": in_source(hint, draft)} if hint else {}
    kept = keep(draft_id, editing.AddQuestion(type_, in_source(text, draft), after or None, values))
    return _next_step(draft, kept, type_, text)


@questions.get("/bank")
@needs("author")
def from_bank(draft_id: str) -> ResponseReturnValue:
    """Ready questions and locked blocks, to be used as they are or as a beginning."""
    return _bank_page(open_draft(draft_id))


@questions.post("/bank")
@needs("author")
def use(draft_id: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    chosen = request.form.get("val", "")
    form, _colon, item = chosen.partition(":")
    source = next((one for one in _sources(draft) if one.id == form), None)
    after = request.form.get("efter", "") or None
    if source and item in source.by_id:
        return done(keep(draft_id, editing.UseQuestion(source, item, after)), ".listed")
    if source and any(lock.id == item for lock in source.locks):
        return done(keep(draft_id, editing.UseBlock(source, item)), ".listed")
    return _bank_page(draft, [("val", str(_("Välj en fråga eller ett block")))])


def _list_page(draft: Draft, errors: Errors = ()) -> ResponseReturnValue:
    rows = rows_of(draft.content)
    first = _first(len(rows))
    shown = rows[first - 1 : first - 1 + AT_ONCE]
    moved = next((row for row in rows if row.id == request.args.get("flyttad")), None)
    said = {"said": _("Frågan är nu nummer %(n)s.", n=moved.number)} if moved else {}
    return draw(
        "questions",
        draft,
        errors,
        parts=[Part(words(part or {}, draft), tuple(some)) for part, some in groupby(shown, key=lambda row: row.part)],
        count=len(rows),
        first=first,
        pages=_pages(len(rows)),
        moved=moved.id if moved else "",
        **said,
        type_name=type_name,
        typed={name: request.form.get(name, "") for name in ("fraga", "plats")},
    )


def _stands(after: Draft, question: str, button: str) -> ResponseReturnValue:
    """The list where the question now stands, with the focus on the button that moved it."""
    rows = rows_of(after.content)
    row = next((row for row in rows if row.id == question), None)
    if row is None:
        raise NotFound
    if row.number == 1:
        button = "ner"
    elif row.number == len(rows):
        button = "upp"
    first = (row.number - 1) // AT_ONCE * AT_ONCE + 1
    where: dict[str, Any] = {"flyttad": question, STEP: after.revision} | ({"fran": first} if first > 1 else {})
    address = url_for(".listed", draft_id=after.form, **where, _anchor=f"{button}-{question}")
    return redirect(address, 303)


def _text_page(draft: Draft, type_: str, after: str, errors: Errors = ()) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "") for name in ("text", "help")}
    return draw("new_text", draft, errors, type=type_, type_name=type_name(type_), after=after, typed=typed)


def _next_step(before: Draft, after: Draft, type_: str, text: str) -> ResponseReturnValue:
    """On to the new question; a page that was sent twice finds the one it made."""
    same = [row.id for row in rows_of(after.content) if row.text.get(source(after)) == text]
    stood = {row.id for row in rows_of(before.content)}
    made = next((one for one in same if one not in stood), same[-1] if same else "")
    step = STEPS["svar" if writes_answers(type_) else "regler"][0]
    return done(after, step, question=made, ny=1) if made else done(after, ".listed")


def _bank_page(draft: Draft, errors: Errors = ()) -> ResponseReturnValue:
    say = sayer(spoken(), {})
    shelf = _bank(draft)
    groups = [
        (
            say(source.title),
            [(f"{source.id}:{one.id}", say(one.text), type_name(one.type)) for one in some],
        )
        for source, some in (
            (source, list(some)) for source, some in groupby(shelf.questions, key=lambda one: one.form)
        )
    ]
    return draw("bank", draft, errors, groups=groups, blocks=shelf.blocks, say=say, after=request.args.get("efter", ""))


def _sources(draft: Draft) -> Sequence[Form]:
    shelf = _bank(draft)
    return [*(one.form for one in shelf.questions), *(one.form for one in shelf.blocks)]


def _bank(draft: Draft) -> bank.Bank:
    """What came with Samsvar, what the association asks in its other forms, and the locked blocks published here."""
    with house().reading() as db:
        own = [form for form in authoring.usable(db, draft.association) if form.id != draft.form]
        return bank.bank(published.published(db), own)


def _pages(count: int) -> list[tuple[int, int]]:
    """First and last number of each page of a list that long."""
    return [(first, min(first + AT_ONCE - 1, count)) for first in range(1, count + 1, AT_ONCE)]


def _first(count: int) -> int:
    """The number of the first question on the page asked for."""
    asked = request.args.get("fran", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return (min(max(number, 1), max(count, 1)) - 1) // AT_ONCE * AT_ONCE + 1


def _number(field: str, most: int) -> int | None:
    text = request.form.get(field, "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number if 1 <= number <= most else None
