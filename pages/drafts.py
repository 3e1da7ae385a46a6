"""A draft at hand: found for a page, changed by what a page posts, and told of afterwards.

Every page that changes a draft carries the revision it was drawn from and a number of its own. The rules
(`survey.authoring`) then know what somebody else did meanwhile, and a page sent twice changes nothing twice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms import history
from forms.content import as_published, each_question
from forms.critic import Remark
from forms.editing import Edit
from forms.model import Form
from forms.schema import understand
from pages.context import house
from pages.gate import member
from pages.language import direction, spoken
from pages.staffform import sent_as, whole_number
from survey import authoring
from survey.authoring import Draft, Stamp, Written
from survey.errors import BadRequest, NotFound

Errors = Sequence[tuple[str, str]]
"""Pairs (control id, what is wrong), for the error summary."""
STEP = "steg"
"""In an address: the step whose words stand above the page."""


def open_draft(draft_id: str) -> Draft:
    """The draft, or the way to the form's own page where none is open: it may have been published just now."""
    try:
        with house().reading() as db:
            return authoring.read(db, draft_id)
    except NotFound:
        abort(redirect(url_for("author.form_page", draft_id=draft_id), 303))


def draw(template: str, draft: Draft, errors: Errors = (), status: int = 0, **more: Any) -> ResponseReturnValue:
    """A page about the draft, with what was just done to it above."""
    page = render_template(
        f"author/{template}.html",
        draft=draft,
        name=words(draft.content.get("title", {}), draft),
        words=lambda text: words(text, draft),
        source=source(draft),
        tongue=tongue(draft),
        submission=authoring.new_submission(),
        errors=errors,
        **{"said": _said(draft), **more},
    )
    return page, status or (422 if errors else 200)


def keep(draft_id: str, edit: Edit, *more: Callable[[Draft], Edit]) -> Draft:
    """Make the change, and any that follow from it, and give the draft after them. Raises `Conflict`, and
    `forms.editing.Refused` with what to do."""
    with house().writing() as db:
        after, stamped = authoring.change(db, draft_id, edit, seen(), stamp()), stamp()
        for place, next_ in enumerate(more):
            own = replace(stamped, submission=f"{stamped.submission}-{place}")
            after = authoring.change(db, draft_id, next_(after), after.revision, own)
        return after


def done(after: Draft, endpoint: str, anchor: str = "", **values: Any) -> ResponseReturnValue:
    """On to a page that says what was done."""
    where = {"draft_id": after.form, STEP: after.revision, **values}
    return redirect(url_for(endpoint, **where, _anchor=anchor or None), 303)


def stamp() -> Stamp:
    """Who sends this page, when, and which page it is."""
    return Stamp(member().name, datetime.now(UTC), submission())


def submission() -> str:
    """What the page that was sent is known by (`sent_as`). Raises `BadRequest` where there is no number."""
    known_by = sent_as()
    if known_by is None:
        raise BadRequest
    return known_by


def seen() -> int:
    """The revision the page was drawn from. Raises `BadRequest` where there is none."""
    return whole_number("seen")


def some_of(draft: Draft, questions: Iterable[str]) -> Form | None:
    """A form of these questions only, without conditions: all that a page about one question needs of a long form."""
    return _some(draft.written, frozenset(questions))


@lru_cache(maxsize=128)
def _some(written: Written, questions: frozenset[str]) -> Form | None:
    content = {key: value for key, value in written.content.items() if key not in ("pages", "scales", "locks")}
    asked = [(page, one) for page, one in each_question(written.content) if one["id"] in questions]
    pages = [
        {"id": f"sida_{place}", "questions": [{key: value for key, value in one.items() if key != "show_if"}]}
        for place, (_page, one) in enumerate(asked)
    ]
    named = {one["scale"] for _page, one in asked if "scale" in one}
    scales = {name: scale for name, scale in written.content.get("scales", {}).items() if name in named}
    return understand(as_published({**content, "scales": scales, "pages": pages}))[0]


def remarks(draft: Draft) -> tuple[Remark, ...]:
    """What the critic says of the draft, in the language of the page."""
    with house().reading() as db:
        return authoring.remarks(db, draft)


def source(draft: Draft) -> str:
    """The language the form is written in."""
    languages: list[str] = draft.content.get("languages") or ["sv"]
    return languages[0]


def tongue(draft: Draft) -> str:
    """The `lang` of what is written in the form's own language, or "" where the page is in it."""
    return "" if source(draft) == spoken() else source(draft)


def words(text: Mapping[str, str] | None, draft: Draft) -> str:
    """A text of the form in the language it is written in, marked where the page is in another one."""
    here = source(draft)
    written = (text or {}).get(here, "")
    if not written or here == spoken():
        return written
    return Markup('<span lang="{}" dir="{}">{}</span>').format(here, direction(here), written)


def in_source(text: str, draft: Draft) -> dict[str, str]:
    """What was typed, as a text of the form."""
    return {source(draft): text}


def _said(draft: Draft) -> str:
    """What was done by the step that the address names."""
    number = request.args.get(STEP, "")
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        return ""
    with house().reading() as db:
        step = authoring.step(db, draft.form, int(number))
    return history.in_words(step.did) if step else ""
