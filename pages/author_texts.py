"""Texts around the questions: name and purpose, how answers are protected, the themes of reports.

One writes in the form's own language, a line per paragraph or bullet. How that is laid beside what stood there, so that
translations stay with their lines, is `forms.passages`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms import editing, passages
from forms.content import each_question, languages_in, rows
from forms.passages import Typed
from forms.placeholders import blanks_of
from forms.types import TYPES
from pages.author_words import PRIVACIES, type_name
from pages.context import house
from pages.drafts import Errors, done, draw, in_source, keep, open_draft, source
from staff.policy import needs
from survey.authoring import Draft

texts = Blueprint("texts", __name__, url_prefix="/<draft_id>")

AROUND = ("start", "end")
"""What the page about name and purpose writes besides the title."""
SHIELD = ("protection", "more")


@texts.get("/namn")
@needs("author")
def about(draft_id: str) -> ResponseReturnValue:
    return _about_page(open_draft(draft_id))


@texts.post("/namn")
@needs("author")
def tell(draft_id: str) -> ResponseReturnValue:
    """Keep the name, the first page and the last page."""
    draft = open_draft(draft_id)
    title = request.form.get("title", "").strip()
    if not title:
        return _about_page(draft, [("title", str(_("Skriv vad formuläret heter")))])
    values = {"title": in_source(title, draft), **_typed_passages(draft, AROUND)}
    return done(keep(draft_id, editing.ChangeForm(values)), "author.form_page")


@texts.get("/skydd")
@needs("author")
def protection(draft_id: str) -> ResponseReturnValue:
    return _protection_page(open_draft(draft_id))


@texts.post("/skydd")
@needs("author")
def protect(draft_id: str) -> ResponseReturnValue:
    """Keep what respondents are told about how their answers are protected."""
    draft = open_draft(draft_id)
    values = _typed_passages(draft, SHIELD)
    with_code = request.form.get("with_code", "").strip()
    values["with_code"] = in_source(with_code, draft) if with_code else None
    return done(keep(draft_id, editing.ChangeForm(values)), "author.form_page")


@texts.get("/teman")
@needs("author")
def themes(draft_id: str) -> ResponseReturnValue:
    return _themes_page(open_draft(draft_id))


@texts.post("/teman")
@needs("author")
def name_themes(draft_id: str) -> ResponseReturnValue:
    """Keep the names of the themes."""
    draft = open_draft(draft_id)
    typed = {theme: request.form.get(f"tema-{theme}", "").strip() for theme in draft.content.get("themes", {})}
    errors = [(f"tema-{theme}", str(_("Skriv vad temat heter"))) for theme, named in typed.items() if not named]
    if errors:
        return _themes_page(draft, errors)
    edit = editing.ChangeTexts({("themes", theme): in_source(named, draft) for theme, named in typed.items()})
    return done(keep(draft_id, edit), ".themes")


@texts.post("/teman/nytt")
@needs("author")
def add_theme(draft_id: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    named = request.form.get("nytt", "").strip()
    if not named:
        return _themes_page(draft, [("nytt", str(_("Skriv vad temat heter")))])
    return done(keep(draft_id, editing.AddTheme(in_source(named, draft))), ".themes")


def _about_page(draft: Draft, errors: Errors = ()) -> ResponseReturnValue:
    stored = draft.content.get("title", {}).get(source(draft), "")
    return draw(
        "about",
        draft,
        errors,
        typed_title=request.form.get("title", stored),
        passages={key: _shown(draft, key) for key in AROUND},
        blanks=blanks_of(draft.content["kind"]),
    )


def _protection_page(draft: Draft) -> ResponseReturnValue:
    kind = draft.content.get("kind", "")
    privacy = {one["id"]: one.get("privacy", "") for _page, one in each_question(draft.content)}
    asked = [(row, privacy[row.id]) for row in rows(draft.content)]
    by_privacy = [
        (PRIVACIES[privacy], [row for row, own in asked if own == privacy and TYPES[row.type].asks])
        for privacy in PRIVACIES
    ]
    return draw(
        "protection",
        draft,
        kind=kind,
        by_privacy=[(told, rows) for told, rows in by_privacy if rows],
        type_name=type_name,
        with_code=draft.content.get("with_code", {}).get(source(draft), ""),
        passages={key: _shown(draft, key) for key in SHIELD},
        today=house().today(),
    )


def _themes_page(draft: Draft, errors: Errors = ()) -> ResponseReturnValue:
    known = draft.content.get("themes", {})
    typed = {theme: request.form.get(f"tema-{theme}", text.get(source(draft), "")) for theme, text in known.items()}
    return draw("themes", draft, errors, typed=typed, new=request.form.get("nytt", ""), wrong=dict(errors))


def _shown(draft: Draft, key: str) -> list[Typed]:
    """The passages as they are typed, and an empty one to add."""
    posted = _posted(key)
    if posted:
        return [*posted, *([Typed()] if any(vars(posted[-1]).values()) else [])]
    stored: Sequence[Mapping[str, Any]] = draft.content.get(key, ())
    return [*(passages.typed(one, source(draft)) for one in stored), Typed()]


def _typed_passages(draft: Draft, keys: Sequence[str]) -> dict[str, Any]:
    """What was typed over the passages of `keys`, for those the page had."""
    return {
        key: passages.retyped(draft.content.get(key, ()), posted, source(draft), languages_in(draft.content))
        for key in keys
        if (posted := _posted(key))
    }


def _posted(key: str) -> list[Typed]:
    found: list[Typed] = []
    while f"{key}-{len(found)}-paragraphs" in request.form:
        at = f"{key}-{len(found)}"
        found.append(Typed(*(request.form.get(f"{at}-{name}", "") for name in ("heading", "paragraphs", "bullets"))))
    return found
