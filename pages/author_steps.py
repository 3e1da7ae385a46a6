"""One question, step by step: type, text, choices, requirement and showing, preview; and what can be done with it.

Each step is a page of its own that saves what is on it. A new question goes from step to step; one that is being
changed comes back to its own page.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from forms import editing
from forms.content import find_page, find_question, rows
from forms.types import TYPES
from pages.author_conditions import in_words as condition_words
from pages.author_preview import one_question
from pages.author_step import STEPS, onward, opened, said, same_question, step_page, ways_of, writes_answers
from pages.author_words import CATEGORIES, PRIVACIES, REASONS, TYPE_HINTS, TYPE_NAMES, offered_types, type_name
from pages.drafts import Errors, done, draw, in_source, keep, open_draft, source, words
from staff.policy import needs
from survey.authoring import Draft

steps = Blueprint("steps", __name__, url_prefix="/<draft_id>/fraga/<question>")

_ROLES = {
    "referrer": _l("Till den som anmäler"),
    "self": _l("Till den som anmäler sig själv"),
    "helper": _l("Till den som hjälper någon"),
    "interviewer": _l("Till den som intervjuar"),
}
_TO_DO: Mapping[str, Callable[[str], editing.Edit]] = {
    "kopiera": editing.RepeatQuestion,
    "samma-sida": editing.JoinPage,
    "egen-sida": editing.SplitPage,
    "ny-betydelse": editing.NewMeaning,
}


@steps.get("/")
@needs("author")
def overview(draft_id: str, question: str) -> ResponseReturnValue:
    """The question with all that is decided about it, and what can be done with it."""
    draft, content = opened(draft_id, question)
    row = next(row for row in rows(draft.content) if row.id == question)
    page = find_page(draft.content, question) or {}
    return draw(
        "question",
        draft,
        question=question,
        row=row,
        told=_told(draft, content),
        part=words(page.get("part"), draft),
        shared=not row.alone,
        condition=condition_words(draft, question),
        preview=one_question(draft, question),
        ways=ways_of(question, content, draft, ""),
        published=bool(draft.published),
    )


@steps.post("/")
@needs("author")
def act(draft_id: str, question: str) -> ResponseReturnValue:
    """Copy, join with the page before, give a page of its own, or say that it means something else."""
    deed = _TO_DO.get(request.form.get("go", ""))
    if deed is None:
        return redirect(url_for(".overview", draft_id=draft_id, question=question), 303)
    return done(keep(draft_id, deed(question)), "author.questions.listed", anchor=f"rad-{question}")


@steps.route("/ta-bort", methods=["GET", "POST"])
@needs("author")
def remove(draft_id: str, question: str) -> ResponseReturnValue:
    """Take the question away, once it is certain; it can be undone."""
    if request.method == "POST":
        return done(keep(draft_id, editing.RemoveQuestion(question)), "author.questions.listed")
    draft, content = opened(draft_id, question)
    by_id = {row.id: row for row in rows(draft.content)}
    leaning = [by_id[one] for one in editing.dependents(draft.content, question) if one in by_id]
    return draw("remove", draft, question=question, text=words(content.get("text"), draft), leaning=leaning)


@steps.get("/typ")
@needs("author")
def kind(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    offered = offered_types(draft.content.get("kind", ""))
    types = [{"code": one, "label": TYPE_NAMES[one], "hint": TYPE_HINTS[one]} for one in offered]
    return step_page("type", draft, question, content, "typ", types=types, chosen=content["type"])


@steps.post("/typ")
@needs("author")
def change_kind(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    after = keep(draft_id, editing.ChangeType(question, request.form.get("typ", "")))
    now = same_question(draft, after, question)
    kept = find_question(after.content, now) or {}
    return done(after, STEPS["svar"][0] if writes_answers(kept["type"]) else ".overview", question=now)


@steps.get("/text")
@needs("author")
def wording(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    return _text_page(draft, question, content)


@steps.post("/text")
@needs("author")
def reword(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    if not request.form.get("text", "").strip():
        return _text_page(draft, question, content, [("text", str(_("Skriv vad du vill fråga")))])
    values: dict[str, Any] = {key: said(draft, key) for key in ("text", "help")}
    if "ord-self" in request.form:
        values["by_role"] = {
            role: {source(draft): text} for role in _ROLES if (text := request.form.get(f"ord-{role}", "").strip())
        } or None
    return onward(keep(draft_id, editing.ChangeQuestion(question, values)), question, "text")


@steps.get("/regler")
@needs("author")
def rules(draft_id: str, question: str) -> ResponseReturnValue:
    """Whether it must be answered, what may be written, how it is reported, when it is shown."""
    draft, content = opened(draft_id, question)
    return _rules_page(draft, question, content)


@steps.post("/regler")
@needs("author")
def rule(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    values, errors = _ruled(draft, content)
    if errors:
        return _rules_page(draft, question, content, errors)
    return onward(keep(draft_id, editing.ChangeQuestion(question, values)), question, "regler")


@steps.get("/del")
@needs("author")
def part(draft_id: str, question: str) -> ResponseReturnValue:
    """Which part of the form begins here."""
    draft, content = opened(draft_id, question)
    page = find_page(draft.content, question) or {}
    return draw(
        "part",
        draft,
        question=question,
        text=words(content.get("text"), draft),
        typed=page.get("part", {}).get(source(draft), ""),
    )


@steps.post("/del")
@needs("author")
def begin_part(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    named = request.form.get("del", "").strip()
    after = keep(draft_id, editing.ChangePart(question, in_source(named, draft) if named else None))
    return done(after, "author.questions.listed", anchor=f"rad-{question}")


@steps.get("/visa")
@needs("author")
def preview(draft_id: str, question: str) -> ResponseReturnValue:
    """The question as respondents see it."""
    draft, content = opened(draft_id, question)
    return step_page("preview", draft, question, content, "visa", preview=one_question(draft, question))


def _told(draft: Draft, content: Mapping[str, Any]) -> list[tuple[str, object, Sequence[str]]]:
    """What is decided about the question: (page of the step, what, how it is)."""
    type_ = TYPES[content["type"]]
    lines: list[tuple[str, Sequence[str]]] = [
        ("typ", [type_name(type_.name)]),
        ("text", [words(content.get(key), draft) for key in ("text", "help") if content.get(key)]),
    ]
    if writes_answers(type_.name):
        scale = draft.content.get("scales", {}).get(content.get("scale", ""), {})
        listed = [words(one["text"], draft) for one in (*scale.get("choices", ()), *content.get("choices", ()))]
        listed += [words(content[key], draft) for key in REASONS if isinstance(content.get(key), dict)]
        lines.append(("svar", listed or [_("Inga svar än")]))
    must = _("Måste besvaras") if content.get("required") else _("Får hoppas över")
    theme = draft.content.get("themes", {}).get(content.get("theme", ""))
    ruled = [must] if type_.asks else []
    ruled += [str(CATEGORIES[content["category"]])] if content.get("category") in CATEGORIES else []
    ruled += [PRIVACIES[content["privacy"]]] if type_.asks and "privacy" in content else []
    ruled += [Markup("{}: {}").format(_("Tema"), words(theme, draft))] if theme else []
    lines.append(("regler", ruled or ["–"]))
    return [(*STEPS[step], list(map(_as_is, how))) for step, how in lines]


def _as_is(text: object) -> str:
    return text if isinstance(text, str) else str(text)


def _text_page(draft: Draft, question: str, content: Mapping[str, Any], errors: Errors = ()) -> ResponseReturnValue:
    here = source(draft)
    typed = {key: request.form.get(key, content.get(key, {}).get(here, "")) for key in ("text", "help")}
    asked = content.get("by_role", {})
    roles = [
        (f"ord-{role}", label, request.form.get(f"ord-{role}", asked.get(role, {}).get(here, "")))
        for role, label in _ROLES.items()
    ]
    put = roles if draft.content.get("kind") in ("case", "anonymous") else []
    return step_page("text", draft, question, content, "text", errors, typed=typed, roles=put, worded=bool(asked))


def _rules_page(draft: Draft, question: str, content: Mapping[str, Any], errors: Errors = ()) -> ResponseReturnValue:
    type_, here = TYPES[content["type"]], source(draft)
    closed = draft.content.get("kind") in ("anonymous", "poll")
    privacies = [one for one in PRIVACIES if one in type_.privacies and not (closed and one == "identifying")]
    posted = request.form if request.method == "POST" else None

    scales = draft.content.get("scales", {})

    def typed(key: str) -> str:
        stored = content.get(key, "")
        shown = stored.get(here, "") if isinstance(stored, dict) else str(stored)
        return posted.get(key, "") if posted is not None else shown

    return step_page(
        "rules",
        draft,
        question,
        content,
        "regler",
        errors,
        faces=content.get("faces", True),
        wrong=dict(errors),
        typed=typed,
        must="required" in posted if posted is not None else bool(content.get("required")),
        asks=type_.asks,
        chosen=type_.chosen,
        several=type_.takes_several,
        keys=type_.keys,
        has_faces="faces" in type_.keys and bool(scales.get(content.get("scale", ""), {}).get("faces")),
        anonymous=draft.content.get("kind") == "anonymous",
        privacies=[{"code": one, "label": PRIVACIES[one]} for one in privacies],
        categories=[("", _("Välj")), *CATEGORIES.items()] if type_.asks and draft.content.get("kind") == "case" else (),
        themes=[
            ("", str(_("Inget tema"))),
            *((t, text.get(here, t)) for t, text in draft.content.get("themes", {}).items()),
        ],
        condition=condition_words(draft, question),
    )


def _ruled(draft: Draft, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the page about requirement and showing says, and what is wrong with it."""
    type_ = TYPES[content["type"]]
    values: dict[str, Any] = {}
    errors: list[tuple[str, str]] = []
    for key in ("max_length", "minimum", "maximum"):
        if key in type_.keys and key in request.form:
            text = request.form[key].strip()
            if text and not (len(text) < 10 and text.removeprefix("-").isdecimal()):
                errors.append((key, str(_("Skriv ett tal med siffror, till exempel 500"))))
            else:
                values[key] = int(text) if text else None
    if type_.asks:
        values["required"] = "required" in request.form
        values["error"] = said(draft, "error")
        values["theme"] = request.form.get("theme") or None
    if request.form.get("category") in CATEGORIES:
        values["category"] = request.form["category"]
    if request.form.get("privacy") in type_.privacies:
        values["privacy"] = request.form["privacy"]
    if "comment" in type_.keys:
        values["comment"] = said(draft, "comment")
    if "faces" in type_.keys and draft.content.get("scales", {}).get(content.get("scale", ""), {}).get("faces"):
        values["faces"] = None if "faces" in request.form else False
    return values, errors
