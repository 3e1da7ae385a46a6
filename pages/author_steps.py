"""One question, step by step: type, text, choices, requirement and showing, preview; and what can be done with it.

Each step is a page of its own that saves what is on it. A new question goes from step to step; one that is being
changed comes back to its own page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms import bank, editing
from forms.assemble import STANDARD_WORDS
from forms.content import find_page, find_question, rows
from forms.editing import Refused
from forms.model import DONT_KNOW, REFUSED
from forms.model import POLES as MODEL_POLES
from forms.types import TYPES
from pages.author_conditions import in_words as condition_words
from pages.author_preview import one_question
from pages.author_words import POLES, PRIVACIES, TYPE_HINTS, TYPE_NAMES, offered_types, type_name
from pages.drafts import Errors, done, draw, in_source, keep, open_draft, source, words
from staff.policy import needs
from survey.authoring import Draft

steps = Blueprint("steps", __name__, url_prefix="/<draft_id>/fraga/<question>")

MOST_ROWS = 200
"""Choices of one question that the page takes."""
_ROLES = {
    "referrer": _l("Till den som anmäler"),
    "self": _l("Till den som anmäler sig själv"),
    "helper": _l("Till den som hjälper någon"),
    "interviewer": _l("Till den som intervjuar"),
}
_REASONS = (("dont_know", DONT_KNOW), ("refusal", REFUSED))
_NO_REASONS = {key: (False, "") for key, _code in _REASONS}
_TO_DO: Mapping[str, Callable[[str], editing.Edit]] = {
    "kopiera": editing.RepeatQuestion,
    "samma-sida": editing.JoinPage,
    "egen-sida": editing.SplitPage,
    "ny-betydelse": editing.NewMeaning,
}


@dataclass(frozen=True)
class Way:
    """A step of a question, as a link."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True)
class Line:
    """A choice as the page writes it."""

    code: str
    text: str
    alone: bool
    pole: str


@dataclass(frozen=True)
class Typed:
    """The choices as they were typed, and the new ones, a line each."""

    lines: list[Line]
    more: str = ""
    reasons: Mapping[str, tuple[bool, str]] = field(default_factory=dict)
    """dont_know and refusal: whether it is offered, and in which words."""


@steps.get("/")
@needs("author")
def overview(draft_id: str, question: str) -> ResponseReturnValue:
    """The question with all that is decided about it, and what can be done with it."""
    draft = open_draft(draft_id)
    content = _question(draft, question)
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
        ways=_ways(question, content, draft, ""),
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
    draft = open_draft(draft_id)
    if request.method == "POST":
        return done(keep(draft_id, editing.RemoveQuestion(question)), "author.questions.listed")
    content = _question(draft, question)
    by_id = {row.id: row for row in rows(draft.content)}
    leaning = [by_id[one] for one in editing.dependents(draft.content, question) if one in by_id]
    return draw("remove", draft, question=question, text=words(content.get("text"), draft), leaning=leaning)


@steps.get("/typ")
@needs("author")
def kind(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    content = _question(draft, question)
    offered = offered_types(draft.content.get("kind", ""))
    types = [{"code": one, "label": TYPE_NAMES[one], "hint": TYPE_HINTS[one]} for one in offered]
    return _step_page("type", draft, question, content, "typ", types=types, chosen=content["type"])


@steps.post("/typ")
@needs("author")
def change_kind(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    after = keep(draft_id, editing.ChangeType(question, request.form.get("typ", "")))
    now = _same(draft, after, question)
    kept = find_question(after.content, now) or {}
    return done(after, ".choices" if TYPES[kept["type"]].chosen else ".overview", question=now)


@steps.get("/text")
@needs("author")
def wording(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    return _text_page(draft, question, _question(draft, question))


@steps.post("/text")
@needs("author")
def reword(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    content = _question(draft, question)
    if not request.form.get("text", "").strip():
        return _text_page(draft, question, content, [("text", str(_("Skriv vad du vill fråga")))])
    values: dict[str, Any] = {key: _said(draft, key) for key in ("text", "help")}
    if "ord-self" in request.form:
        values["by_role"] = {
            role: {source(draft): text} for role in _ROLES if (text := request.form.get(f"ord-{role}", "").strip())
        } or None
    return _on(keep(draft_id, editing.ChangeQuestion(question, values)), question, "text")


@steps.get("/svar")
@needs("author")
def choices(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    content = _question(draft, question)
    return _choices_page(draft, question, content, _stored_choices(draft, content))


@steps.post("/svar")
@needs("author")
def rechoose(draft_id: str, question: str) -> ResponseReturnValue:
    """Keep the choices: reworded, moved, taken away, added a line each."""
    draft = open_draft(draft_id)
    content = _question(draft, question)
    typed, go = _typed_choices(), request.form.get("go", "")
    blank = [(f"svar-{place}", str(_("Skriv svaret, eller ta bort det"))) for place in _blank(typed, go)]
    if blank:
        return _choices_page(draft, question, content, typed, blank)
    after = keep(draft_id, editing.ChangeQuestion(question, _choices_of(draft, content, typed, go)))
    deed, _dash, place = go.partition("-")
    if deed in ("upp", "ner", "bort"):
        stands = int(place or 0) + {"upp": -1, "ner": 1}.get(deed, 0)
        anchor = f"{deed}-{stands}" if deed != "bort" else "svaren"
        return done(after, ".choices", question=question, anchor=anchor, flyttat=stands, **_new())
    if go == "fler":
        return done(after, ".choices", question=question, anchor="nya", **_new())
    return _on(after, question, "svar")


@steps.post("/valj-skala")
@needs("author")
def use_scale(draft_id: str, question: str) -> ResponseReturnValue:
    """A scale of the form's own or of the bank, or none."""
    draft = open_draft(draft_id)
    scale = request.form.get("skala", "")
    form, _colon, named = scale.rpartition(":")
    ready = next((one.form for one in bank.bank().scales if (one.form.id, one.id) == (form, named)), None)
    none = editing.ChangeQuestion(question, {"scale": None})
    edit = editing.UseScale(question, ready, named) if scale else none
    after = keep(draft_id, edit)
    return done(after, ".choices", question=_same(draft, after, question), **_new())


@steps.get("/skala")
@needs("author")
def scale(draft_id: str, question: str) -> ResponseReturnValue:
    """The steps of the question's scale, or of a new one."""
    draft = open_draft(draft_id)
    content = _question(draft, question)
    own = "egen" in request.args or "scale" not in content
    stored = {} if own else draft.content["scales"].get(content["scale"], {})
    return _scale_page(draft, question, content, _stored_choices(draft, stored), own=own)


@steps.post("/skala")
@needs("author")
def rescale(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    content = _question(draft, question)
    own, typed = "egen" in request.form, _typed_choices()
    if own and not typed.more.strip():
        return _scale_page(draft, question, content, typed, own=own, errors=[("nya", str(_("Skriv skalans steg")))])
    written = _choices_of(draft, {}, Typed([one for one in typed.lines if one.text], typed.more, _NO_REASONS), "")
    values = {key: value for key, value in written.items() if key in ("choices", *MODEL_POLES)}
    values["faces"] = "faces" in request.form
    if not own:
        return done(keep(draft_id, editing.ChangeScale(content["scale"], values)), ".choices", question=question)

    def used(after: Draft) -> editing.Edit:
        return editing.UseScale(question, None, list(after.content["scales"])[-1])

    after = keep(draft_id, editing.ChangeScale(None, values), used)
    return done(after, ".scale", question=_same(draft, after, question), **_new())


@steps.get("/regler")
@needs("author")
def rules(draft_id: str, question: str) -> ResponseReturnValue:
    """Whether it must be answered, what may be written, how it is reported, when it is shown."""
    draft = open_draft(draft_id)
    return _rules_page(draft, question, _question(draft, question))


@steps.post("/regler")
@needs("author")
def rule(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    content = _question(draft, question)
    values, errors = _ruled(draft, content)
    if errors:
        return _rules_page(draft, question, content, errors)
    return _on(keep(draft_id, editing.ChangeQuestion(question, values)), question, "regler")


@steps.get("/del")
@needs("author")
def part(draft_id: str, question: str) -> ResponseReturnValue:
    """Which part of the form begins here."""
    draft = open_draft(draft_id)
    content = _question(draft, question)
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
    draft = open_draft(draft_id)
    content = _question(draft, question)
    return _step_page("preview", draft, question, content, "visa", preview=one_question(draft, question))


def _question(draft: Draft, question: str) -> dict[str, Any]:
    """The question's content, or the way to the list: somebody may have taken it away."""
    found = find_question(draft.content, question)
    if found is None:
        raise Refused(str(_("Frågan finns inte längre.")), str(_("Någon kan ha tagit bort den. Se historiken.")))
    return found


def _same(before: Draft, after: Draft, question: str) -> str:
    """The question's id afterwards: a published one of another type or scale is another question in its place."""
    place = next((row.number for row in rows(before.content) if row.id == question), 1)
    return rows(after.content)[place - 1].id


def _ways(question: str, content: Mapping[str, Any], draft: Draft, here: str) -> list[Way]:
    ways = [("typ", "kind", _("Typ")), ("text", "wording", _("Text"))]
    if TYPES[content["type"]].chosen:
        ways.append(("svar", "choices", _("Svar")))
    ways += [("regler", "rules", _("Krav och visning")), ("visa", "preview", _("Förhandsvisning"))]
    where = {"draft_id": draft.form, "question": question, **_new()}
    return [Way(label, url_for(f".{view}", **where), name == here) for name, view, label in ways]


def _new() -> dict[str, Any]:
    """Whether one is on the way through the steps of a new question."""
    return {"ny": 1} if "ny" in request.args or "ny" in request.form else {}


def _on(after: Draft, question: str, here: str) -> ResponseReturnValue:
    """Where the button that was pressed leads."""
    go = request.form.get("go", "")
    if go == "list":
        return done(after, "author.questions.listed", anchor=f"rad-{question}")
    if go == "next":
        return done(after, "author.questions.new", efter=question)
    if not _new():
        return done(after, ".overview", question=question)
    order = {"text": ".choices", "svar": ".rules", "regler": ".preview"}
    return done(after, order[here], question=question, **_new())


def _step_page(
    template: str,
    draft: Draft,
    question: str,
    content: Mapping[str, Any],
    here: str,
    errors: Errors = (),
    **more: Any,
) -> ResponseReturnValue:
    row = next(row for row in rows(draft.content) if row.id == question)
    return draw(
        f"step_{template}",
        draft,
        errors,
        question=question,
        row=row,
        text=words(content.get("text"), draft),
        ways=_ways(question, content, draft, here),
        new=bool(_new()),
        **more,
    )


def _told(draft: Draft, content: Mapping[str, Any]) -> list[tuple[str, str, Sequence[str]]]:
    """What is decided about the question: (step, what, how it is)."""
    type_ = TYPES[content["type"]]
    lines: list[tuple[str, str, Sequence[str]]] = [
        ("kind", _("Typ"), [type_name(type_.name)]),
        ("wording", _("Text"), [words(content.get(key), draft) for key in ("text", "help") if content.get(key)]),
    ]
    if type_.chosen:
        scale = draft.content.get("scales", {}).get(content.get("scale", ""), {})
        listed = [words(one["text"], draft) for one in (*scale.get("choices", ()), *content.get("choices", ()))]
        listed += [words(content[key], draft) for key, _code in _REASONS if isinstance(content.get(key), dict)]
        lines.append(("choices", _("Svar"), listed or [_("Inga svar än")]))
    must = _("Måste besvaras") if content.get("required") else _("Får hoppas över")
    theme = draft.content.get("themes", {}).get(content.get("theme", ""))
    ruled = [must] if type_.asks else []
    ruled += [PRIVACIES[content["privacy"]]] if type_.asks and "privacy" in content else []
    ruled += [_("Tema: %(name)s", name=words(theme, draft))] if theme else []
    lines.append(("rules", _("Krav och visning"), ruled or ["–"]))
    return [(step, str(what), list(map(_as_is, how))) for step, what, how in lines]


def _as_is(text: object) -> str:
    return text if isinstance(text, str) else str(text)


def _said(draft: Draft, key: str) -> dict[str, str] | None:
    """A text that was typed; None takes it away in every language."""
    text = request.form.get(key, "").strip()
    return in_source(text, draft) if text else None


def _text_page(draft: Draft, question: str, content: Mapping[str, Any], errors: Errors = ()) -> ResponseReturnValue:
    here = source(draft)
    typed = {key: request.form.get(key, content.get(key, {}).get(here, "")) for key in ("text", "help")}
    asked = content.get("by_role", {})
    roles = [
        (f"ord-{role}", label, request.form.get(f"ord-{role}", asked.get(role, {}).get(here, "")))
        for role, label in _ROLES.items()
    ]
    put = roles if draft.content.get("kind") in ("case", "anonymous") else []
    return _step_page("text", draft, question, content, "text", errors, typed=typed, roles=put, worded=bool(asked))


def _stored_choices(draft: Draft, content: Mapping[str, Any]) -> Typed:
    here = source(draft)
    pole_of = {code: pole for pole in POLES if pole for code in content.get(pole, ())}
    lines = [
        Line(one["code"], one["text"].get(here, ""), bool(one.get("exclusive")), pole_of.get(one["code"], ""))
        for one in content.get("choices", ())
    ]
    return Typed(lines, reasons={key: _reason(draft, content, key, code) for key, code in _REASONS})


def _reason(draft: Draft, content: Mapping[str, Any], key: str, code: str) -> tuple[bool, str]:
    given = content.get(key)
    usual = STANDARD_WORDS[code].get(source(draft), "")
    return bool(given), given.get(source(draft), "") if isinstance(given, dict) else usual


def _typed_choices() -> Typed:
    lines = []
    for place in range(MOST_ROWS):
        if f"kod-{place}" not in request.form:
            break
        lines.append(
            Line(
                request.form[f"kod-{place}"],
                request.form.get(f"svar-{place}", "").strip(),
                f"ensam-{place}" in request.form,
                request.form.get(f"pol-{place}", ""),
            )
        )
    reasons = {key: (key in request.form, request.form.get(f"{key}-text", "").strip()) for key, _code in _REASONS}
    return Typed(lines, request.form.get("nya", ""), reasons)


def _blank(typed: Typed, go: str) -> list[int]:
    return [place for place, line in enumerate(typed.lines) if not line.text and go != f"bort-{place}"]


def _choices_of(draft: Draft, content: Mapping[str, Any], typed: Typed, go: str) -> dict[str, Any]:
    """What was typed, as keys of a form file, with what the button says done to the order."""
    lines = _ordered(typed.lines, go)
    here = source(draft)
    told = [{"code": line.code, "text": {here: line.text}, "exclusive": line.alone} for line in lines]
    told += [{"text": {here: text.strip()}} for text in typed.more.splitlines() if text.strip()]
    values: dict[str, Any] = {"choices": told}
    for pole in POLES:
        if pole and "scale" not in content:
            values[pole] = [line.code for line in lines if line.pole == pole]
    for key, _code in _REASONS:
        offered, text = typed.reasons[key]
        values[key] = (in_source(text, draft) if text else True) if offered else None
    return values


def _ordered(lines: list[Line], go: str) -> list[Line]:
    deed, _dash, number = go.partition("-")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
    if not 0 <= place < len(lines):
        return lines
    rest = [*lines[:place], *lines[place + 1 :]]
    if deed == "bort":
        return rest
    to = place + {"upp": -1, "ner": 1}.get(deed, 0)
    return [*rest[: max(to, 0)], lines[place], *rest[max(to, 0) :]]


def _choices_page(
    draft: Draft, question: str, content: Mapping[str, Any], typed: Typed, errors: Errors = ()
) -> ResponseReturnValue:
    scale = draft.content.get("scales", {}).get(content.get("scale", ""), {})
    return _step_page(
        "choices",
        draft,
        question,
        content,
        "svar",
        errors,
        typed=typed,
        wrong=dict(errors),
        several=TYPES[content["type"]].takes_several,
        scaled=[words(one["text"], draft) for one in scale.get("choices", ())],
        scale=content.get("scale", ""),
        scales=_scales(draft),
        is_scale=content["type"] == "scale",
        poles=POLES,
        moved=request.args.get("flyttat", ""),
        locked=False,
    )


def _scale_page(
    draft: Draft, question: str, content: Mapping[str, Any], typed: Typed, *, own: bool, errors: Errors = ()
) -> ResponseReturnValue:
    named = content.get("scale", "")
    stored = draft.content.get("scales", {}).get(named, {}) if not own else {}
    return _step_page(
        "scale",
        draft,
        question,
        content,
        "svar",
        errors,
        typed=typed,
        wrong=dict(errors),
        own=own,
        faces="faces" in request.form if request.method == "POST" else bool(stored.get("faces")),
        users=0
        if own
        else sum(1 for page in draft.content["pages"] for q in page["questions"] if q.get("scale") == named),
        poles=POLES,
    )


def _scales(draft: Draft) -> list[tuple[str, str]]:
    """The scales there are to choose: the form's own first, then the bank's."""
    own = [
        (name, " · ".join(one["text"].get(source(draft), "") for one in scale.get("choices", ())))
        for name, scale in draft.content.get("scales", {}).items()
    ]
    known = {told for _name, told in own}
    ready = [
        (f"{one.form.id}:{one.id}", " · ".join(choice.text.in_(source(draft)) for choice in one.choices))
        for one in bank.bank().scales
    ]
    return [*own, *((name, told) for name, told in ready if told not in known)]


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

    return _step_page(
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
            if not text.lstrip("-").isdecimal() and text:
                errors.append((key, str(_("Skriv ett tal med siffror, till exempel 500"))))
            else:
                values[key] = int(text) if text else None
    if type_.asks:
        values["required"] = "required" in request.form
        values["error"] = _said(draft, "error")
        values["theme"] = request.form.get("theme") or None
    if request.form.get("privacy") in type_.privacies:
        values["privacy"] = request.form["privacy"]
    if "comment" in type_.keys:
        values["comment"] = _said(draft, "comment")
    if "faces" in type_.keys and draft.content.get("scales", {}).get(content.get("scale", ""), {}).get("faces"):
        values["faces"] = None if "faces" in request.form else False
    return values, errors
