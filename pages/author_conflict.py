"""Two authors at once: the page that shows both, and the page for a change that cannot be made.

A conflict is never settled by who was last. What was to be done and what somebody else has done stand side by side;
all that was typed stays in the page, and one button does it anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, request, url_for
from flask import render_template as render
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from forms import history
from forms.content import Content, find_question, places_changed
from forms.editing import Edit, Refused
from pages.author_words import PRIVACIES, type_name
from pages.drafts import source, words
from pages.gate import member
from survey import authoring
from survey.authoring import Conflict, Draft

_OF_THE_PAGE = frozenset({"seen", "submission", "csrf_token"})
_KEYS: Mapping[str, object] = {
    "text": _l("Text"),
    "help": _l("Hjälptext"),
    "type": _l("Typ"),
    "choices": _l("Svar"),
    "scale": _l("Skala"),
    "required": _l("Måste besvaras"),
    "error": _l("Om svaret saknas"),
    "privacy": _l("Vad svaret innehåller"),
    "theme": _l("Tema"),
    "show_if": _l("När frågan visas"),
    "by_role": _l("Andra ord till andra som svarar"),
    "dont_know": _l("«Vet inte»"),
    "refusal": _l("«Vill inte svara»"),
    "comment": _l("Ord som gömmer rutan"),
    "max_length": _l("Högst så många tecken"),
    "minimum": _l("Minsta tal"),
    "maximum": _l("Största tal"),
    "title": _l("Namn"),
    "start": _l("Första sidan"),
    "end": _l("Sista sidan"),
    "protection": _l("Skydd av svar"),
    "more": _l("Läs mer om skyddet"),
    "with_code": _l("Till den som har en kod"),
    "heading": _l("Rubrik"),
    "part": _l("Del"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that would be otherwise: what it is, how it stands, how it was to be."""

    what: str
    now: str
    mine: str


def answer_conflicts(blueprint: Blueprint) -> None:
    """Let the pages of `blueprint`, and of those within it, answer conflicts and refusals."""
    blueprint.register_error_handler(Conflict, _conflict)
    blueprint.register_error_handler(Refused, _refused)


def _conflict(fault: Conflict) -> ResponseReturnValue:
    page = render(
        "author/conflict.html",
        steps=[(step, history.in_words(step.did)) for step in fault.steps],
        mine=_told(fault),
        differences=list(_differences(fault.draft, fault.edit)) if fault.edit else [],
        again=_again(fault) if fault.edit else [],
        back=_back(fault.draft.form),
        own=all(step.by == member().name for step in fault.steps),
        draft_id=fault.draft.form,
    )
    return make_response(page, 409)


def _refused(fault: Refused) -> ResponseReturnValue:
    draft_id = str((request.view_args or {}).get("draft_id", ""))
    page = render("author/refused.html", what=fault.what, remedy=fault.remedy, back=_back(draft_id))
    return make_response(page, 422)


def _told(fault: Conflict) -> str:
    """What was to be done; about a question that is gone nothing can be said."""
    if fault.edit is None:
        return ""
    try:
        return history.in_words(fault.edit.told(fault.draft.content))
    except Refused as gone:
        return gone.what


def _again(fault: Conflict) -> list[tuple[str, str]]:
    """All that was posted, to be posted once more over what stands now."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OF_THE_PAGE]
    return [*kept, ("seen", str(fault.draft.revision)), ("submission", authoring.new_submission())]


def _back(draft_id: str) -> str:
    return url_for("author.questions.listed", draft_id=draft_id)


def _differences(draft: Draft, edit: Edit) -> Iterator[Difference]:
    try:
        mine = edit.on(draft.content)
    except Refused:
        return
    for place in sorted(places_changed(draft.content, mine)):
        now, then = _at(draft.content, place), _at(mine, place)
        keys = [key for key in {**now, **then} if now.get(key) != then.get(key)]
        for key in keys:
            label = str(_KEYS.get(key, key))
            yield Difference(label, _shown(now.get(key), draft), _shown(then.get(key), draft))


def _at(content: Content, place: str) -> Mapping[str, Any]:
    """What stands at a place as `places_changed` names it."""
    kind, _colon, name = place.partition(":")
    if kind == "question":
        return find_question(content, name) or {}
    if kind == "form":
        return {name: content.get(name)}
    if kind == "page":
        return next((page for page in content["pages"] if page["id"] == name), {})
    found = content.get(f"{kind}s", {}).get(name, {})
    return found if "choices" in found else {name: found}


def _shown(value: Any, draft: Draft) -> str:
    """A value of a form file as one reads it."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return str(_("Ja"))
    if isinstance(value, str):
        return str(PRIVACIES.get(value, type_name(value)))
    if isinstance(value, dict) and source(draft) in value:
        return words(value, draft)
    if isinstance(value, dict):
        return Markup("; ").join(_shown(inner, draft) for key, inner in value.items() if key not in ("code", "id"))
    if isinstance(value, Sequence):
        return Markup("; ").join(_shown(inner, draft) for inner in value)
    return str(value)
