"""The answers of a question: written a line each, moved by buttons, or a scale that it shares with others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import bank, editing
from forms.assemble import STANDARD_WORDS
from forms.model import POLES as MODEL_POLES
from forms.types import TYPES
from pages.author_step import on_the_way, onward, opened, same_question, step_page
from pages.author_words import POLES, REASONS
from pages.drafts import Errors, done, in_source, keep, open_draft, source, words
from staff.policy import needs
from survey.authoring import Draft

choices = Blueprint("choices", __name__, url_prefix="/<draft_id>/fraga/<question>")

MOST_ROWS = 200
"""Choices of one question that the page takes."""
_NO_REASONS = dict.fromkeys(REASONS, (False, ""))


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


@choices.get("/svar")
@needs("author")
def listed(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    return _choices_page(draft, question, content, _stored_choices(draft, content))


@choices.post("/svar")
@needs("author")
def rechoose(draft_id: str, question: str) -> ResponseReturnValue:
    """Keep the choices: reworded, moved, taken away, added a line each."""
    draft, content = opened(draft_id, question)
    typed, go = _typed_choices(), request.form.get("go", "")
    blank = [(f"svar-{place}", str(_("Skriv svaret, eller ta bort det"))) for place in _blank(typed, go)]
    if blank:
        return _choices_page(draft, question, content, typed, blank)
    after = keep(draft_id, editing.ChangeQuestion(question, _choices_of(draft, content, typed, go)))
    deed, _dash, place = go.partition("-")
    if deed in ("upp", "ner", "bort"):
        stands = max(_place(place), 0) + {"upp": -1, "ner": 1}.get(deed, 0)
        anchor = f"{deed}-{stands}" if deed != "bort" else "svaren"
        return done(after, ".listed", question=question, anchor=anchor, flyttat=stands, **on_the_way())
    if go == "fler":
        return done(after, ".listed", question=question, anchor="nya", **on_the_way())
    return onward(after, question, "svar")


@choices.post("/valj-skala")
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
    return done(after, ".listed", question=same_question(draft, after, question), **on_the_way())


@choices.get("/skala")
@needs("author")
def scale(draft_id: str, question: str) -> ResponseReturnValue:
    """The steps of the question's scale, or of a new one."""
    draft, content = opened(draft_id, question)
    own = "egen" in request.args or "scale" not in content
    stored = {} if own else draft.content["scales"].get(content["scale"], {})
    return _scale_page(draft, question, content, _stored_choices(draft, stored), own=own)


@choices.post("/skala")
@needs("author")
def rescale(draft_id: str, question: str) -> ResponseReturnValue:
    draft, content = opened(draft_id, question)
    own, typed = "egen" in request.form or "scale" not in content, _typed_choices()
    if own and not typed.more.strip():
        return _scale_page(draft, question, content, typed, own=own, errors=[("nya", str(_("Skriv skalans steg")))])
    written = _choices_of(draft, {}, Typed([one for one in typed.lines if one.text], typed.more, _NO_REASONS), "")
    values = {key: value for key, value in written.items() if key in ("choices", *MODEL_POLES)}
    values["faces"] = "faces" in request.form
    if not own:
        return done(keep(draft_id, editing.ChangeScale(content["scale"], values)), ".listed", question=question)

    def used(after: Draft) -> editing.Edit:
        return editing.UseScale(question, None, list(after.content["scales"])[-1])

    after = keep(draft_id, editing.ChangeScale(None, values), used)
    return done(after, ".scale", question=same_question(draft, after, question), **on_the_way())


def _stored_choices(draft: Draft, content: Mapping[str, Any]) -> Typed:
    here = source(draft)
    pole_of = {code: pole for pole in POLES if pole for code in content.get(pole, ())}
    lines = [
        Line(one["code"], one["text"].get(here, ""), bool(one.get("exclusive")), pole_of.get(one["code"], ""))
        for one in content.get("choices", ())
    ]
    return Typed(lines, reasons={key: _reason(draft, content, key, code) for key, code in REASONS.items()})


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
    reasons = {key: (key in request.form, request.form.get(f"{key}-text", "").strip()) for key in REASONS}
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
    for key in REASONS:
        offered, text = typed.reasons[key]
        values[key] = (in_source(text, draft) if text else True) if offered else None
    return values


def _place(number: str) -> int:
    """The place a button names; -1 for what is none."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1


def _ordered(lines: list[Line], go: str) -> list[Line]:
    deed, _dash, number = go.partition("-")
    place = _place(number)
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
    return step_page(
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
    return step_page(
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
