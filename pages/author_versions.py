"""Versions of a form: the check, publishing with a verdict per change, history, comparing, going back.

A published version never changes; a draft lives beside it. What a change means for figures is `forms.changes`.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection

from forms.changes import Change, changes
from forms.content import rows
from forms.critic import Remark
from forms.history import in_words
from forms.model import Text
from pages.author_step import OVERVIEW, STEPS
from pages.author_words import type_name
from pages.context import house
from pages.drafts import done, draw, open_draft, remarks, seen, source, stamp
from pages.gate import member
from pages.language import spoken
from pages.saying import sayer
from staff import sessions
from staff.policy import needs
from survey import audit, authoring, published
from survey.authoring import Draft
from survey.errors import BadRequest, NotAllowed, NotFound

versions = Blueprint("versions", __name__, url_prefix="/<draft_id>")

AT_ONCE = 50
"""Steps or remarks on one page."""
VERDICTS = {
    "same": _l("Betyder samma sak"),
    "addition": _l("Tillägg"),
    "breaks": _l("Bryter jämförelsen"),
}
"""What a change means for figures, in two words."""
MOST_CHANGES = 200
"""Changes that are listed one by one."""
_STEPS = {
    **dict.fromkeys(("text", "help", "by_role"), "text"),
    "type": "typ",
    **dict.fromkeys(("choices", "dont_know", "refusal", "scale"), "svar"),
    **dict.fromkeys(
        ("required", "error", "privacy", "theme", "category", "max_length", "minimum", "maximum", "comment"), "regler"
    ),
}
"""A key of a question -> the step where it is written."""
_AROUND = {
    "title": _l("Namn"),
    "start": _l("Första sidan"),
    "end": _l("Sista sidan"),
    **dict.fromkeys(("protection", "more", "with_code"), _l("Skydd av svar")),
    "themes": _l("Tema"),
    "scales": _l("Skala"),
}
"""What stands around the questions, as the pages call it."""
_PAGES = {
    "name": "author.texts.about",
    "questions": "author.questions.listed",
    "routes": "author.conditions.routes",
    "protection": "author.texts.protection",
    "languages": "translate.start",
}
"""A part of the form -> the page where it is written."""


@versions.get("/kontroll")
@needs("author")
def check(draft_id: str) -> ResponseReturnValue:
    """Everything the critic has found: what must be mended, and what would be better otherwise."""
    draft = open_draft(draft_id)
    told = remarks(draft)
    numbers = {row.id: row.number for row in rows(draft.content)}
    return draw(
        "check",
        draft,
        faults=[one for one in told if one.fault],
        advice=[one for one in told if not one.fault],
        most=AT_ONCE,
        place_of=lambda one: _place(one, numbers),
        address=lambda one: _mend(draft, one),
    )


@versions.get("/publicera")
@needs("author")
def publish(draft_id: str) -> ResponseReturnValue:
    """What publishing changes, change by change, before it is done."""
    return _publish_page(open_draft(draft_id))


@versions.post("/publicera")
@needs("author")
def publish_it(draft_id: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    try:
        with house().writing() as db:
            audit.in_turn(db)
            made = authoring.publish(db, draft_id, seen(), stamp())
            sessions.tell(db, house(), member().account, "form_published", made.id, str(made.version))
    except NotAllowed as refused:
        return _publish_page(draft, str(refused))
    return redirect(url_for("author.form_page", draft_id=draft_id, sagt="publicerat"), 303)


@versions.get("/historik")
@needs("author")
def history(draft_id: str) -> ResponseReturnValue:
    """Who has changed what, what can be undone, and the published versions."""
    with house().reading() as db:
        steps = authoring.history(db, draft_id)
        numbers = authoring.versions(db, draft_id)
        undoable = authoring.undoable(db, draft_id)
        draft = _open(db, draft_id)
        title = draft.content["title"] if draft else published.newest(db, draft_id).title.by_language
    first = _number(request.args.get("fran", ""))
    return render_template(
        "author/history.html",
        draft_id=draft_id,
        draft=draft,
        name=sayer(spoken(), {})(Text(title)),
        steps=[(step, in_words(step.did)) for step in steps[first : first + AT_ONCE]],
        windows=[(start, min(start + AT_ONCE, len(steps))) for start in range(0, len(steps), AT_ONCE)],
        first=first,
        numbers=numbers,
        next=in_words(undoable[0].did) if undoable else "",
        left=len(undoable),
        submission=authoring.new_submission(),
        said=_("Det är ångrat.") if "angrat" in request.args else "",
    )


@versions.post("/angra")
@needs("author")
def undo(draft_id: str) -> ResponseReturnValue:
    """Take back the newest step."""
    with house().writing() as db, suppress(BadRequest):  # by a second press
        authoring.undo(db, draft_id, seen(), stamp())
    return redirect(url_for(".history", draft_id=draft_id, angrat=1), 303)


@versions.get("/version/<version>")
@needs("author")
def one_version(draft_id: str, version: str) -> ResponseReturnValue:
    """A published version as a list of its questions, and what came with it."""
    with house().reading() as db:
        form = published.load(db, draft_id, _number(version))
        numbers = authoring.versions(db, draft_id)
        draft = _open(db, draft_id)
        before = next((number for number in numbers if number < form.version), None)
        changed = changes(form, published.load(db, draft_id, before)) if before else ()
    return render_template(
        "author/version.html",
        draft_id=draft_id,
        draft=draft,
        form=form,
        say=sayer(spoken(), {}),
        type_name=type_name,
        verdicts=VERDICTS,
        before=before,
        changed=changed[:MOST_CHANGES],
        more=max(0, len(changed) - MOST_CHANGES),
        submission=authoring.new_submission(),
    )


@versions.post("/version/<version>")
@needs("author")
def restore(draft_id: str, version: str) -> ResponseReturnValue:
    """Let the draft be what that version was; it can be undone."""
    with house().writing() as db:
        after = authoring.restore(db, draft_id, _number(version), seen(), stamp())
    return done(after, "author.form_page")


@versions.get("/jamfor")
@needs("author")
def compare(draft_id: str) -> ResponseReturnValue:
    """Two versions, or the draft and one, change by change."""
    with house().reading() as db:
        numbers = authoring.versions(db, draft_id)
        draft = _open(db, draft_id)
        later = draft.written.form if draft and request.args.get("till", "utkast") == "utkast" else None
        earlier = _number(request.args.get("fran", "")) or (numbers[0] if numbers else 0)
        if later is None:
            later = published.load(db, draft_id, _number(request.args.get("till", "")) or earlier)
        before = published.load(db, draft_id, earlier)
    of_draft = draft is not None and later is draft.written.form
    changed = draft.written.examined.changes(before, spoken()) if draft and of_draft else changes(later, before)
    return render_template(
        "author/compare.html",
        draft_id=draft_id,
        draft=draft,
        name=sayer(spoken(), {})(later.title),
        numbers=numbers,
        earlier=earlier,
        later="utkast" if of_draft else later.version,
        changed=changed[:MOST_CHANGES],
        more=max(0, len(changed) - MOST_CHANGES),
        verdicts=VERDICTS,
    )


def _publish_page(draft: Draft, refused: str = "") -> ResponseReturnValue:
    told = remarks(draft)
    changed = _changes(draft)
    counts = Counter(one.verdict for one in changed)
    return draw(
        "publish",
        draft,
        [("innehall", refused)] if refused else [],
        faults=sum(1 for one in told if one.fault),
        advice=sum(1 for one in told if not one.fault),
        asked=len(rows(draft.content)),
        changed=changed[:MOST_CHANGES],
        more=max(0, len(changed) - MOST_CHANGES),
        counts=counts,
        verdicts=VERDICTS,
        next=(draft.published or 0) + 1,
    )


def _changes(draft: Draft) -> tuple[Change, ...]:
    """What publishing would change; nothing for a form that has never been published."""
    if draft.published is None or draft.written.form is None:
        return ()
    with house().reading() as db:
        before = published.load(db, draft.form, draft.published)
    return draft.written.examined.changes(before, spoken())


def _place(remark: Remark, numbers: Mapping[str, int]) -> str:
    """Where it is the matter, in words; "" for the form as a whole."""
    if remark.question and remark.question in numbers:
        return str(_("Fråga %(n)s", n=numbers[remark.question]))
    return str(_AROUND.get(str(remark.path[0]), "")) if remark.path else ""


def _mend(draft: Draft, remark: Remark) -> str:
    """The page where a remark is mended."""
    here: dict[str, Any] = {"draft_id": draft.form}
    if remark.rule == "untranslated" and remark.path[-1] != source(draft):
        return url_for("translate.edit", language=remark.path[-1], visa="saknas", **here)
    if remark.question and remark.part == "questions" and "show_if" not in remark.path:
        key = str(remark.path[4]) if len(remark.path) > 4 else ""
        address = STEPS[_STEPS[key]][0] if key in _STEPS else OVERVIEW
        return url_for(address, question=remark.question, **here)
    if remark.question and "show_if" in remark.path:
        return url_for("author.conditions.shown", question=remark.question, **here)
    return url_for(_PAGES.get(remark.part, "author.form_page"), **here)


def _open(db: Connection, draft_id: str) -> Draft | None:
    try:
        return authoring.read(db, draft_id)
    except NotFound:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
