"""Approving a translation: whoever was named for a language reads it beside the original and says that it is right."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.translating import seal
from pages.context import house
from pages.drafts import draw, source
from pages.gate import member
from pages.translate import original, pairs_of, texts, told
from staff.policy import needs
from survey import authoring, translations
from survey.authoring import Draft
from survey.errors import NotAllowed, NotFound
from survey.translations import Tongue

approving = Blueprint("approving", __name__, url_prefix="/personal/oversattningar")


@approving.get("/")
@needs("approver")
def start() -> str:
    """What one was named to approve."""
    with house().reading() as db:
        mine = translations.waiting(db, member().account)
    listed = [(draft, told(tongue), draft.content["title"].get(source(draft), draft.form)) for draft, tongue in mine]
    said = _("Översättningen är godkänd.") if request.args.get("sagt") == "godkant" else ""
    return render_template("author/languages_waiting.html", mine=listed, said=said)


@approving.get("/<draft_id>/<language>")
@needs("approver")
def read_through(draft_id: str, language: str) -> ResponseReturnValue:
    """Every text beside its translation, to be read and approved."""
    return _page(*_named_for(draft_id, language))


@approving.post("/<draft_id>/<language>")
@needs("approver")
def approve(draft_id: str, language: str) -> ResponseReturnValue:
    """It is right, letter by letter, as the page showed it."""
    draft, here = _named_for(draft_id, language)
    try:
        with house().writing() as db:
            shown = request.form.get("seal", "")
            translations.approve(db, draft, language, member().account, shown, house().today())
    except NotAllowed as fault:
        return _page(draft, here, str(fault))
    return redirect(url_for(".start", sagt="godkant"), 303)


def _named_for(draft_id: str, language: str) -> tuple[Draft, Tongue]:
    """The draft and the language, for the one who was named. Raises `NotFound` for anybody else."""
    with house().reading() as db:
        draft = authoring.read(db, draft_id)
        here = translations.tongue(db, draft, language)
    if here.approver != member().account:
        raise NotFound
    return draft, here


def _page(draft: Draft, here: Tongue, fault: str = "") -> ResponseReturnValue:
    every = texts(draft, here.language)
    return draw(
        "language_read",
        draft,
        (("", fault),) if fault else (),
        here=told(here),
        pairs=pairs_of(draft, every),
        seal=seal(every),
        original=original(draft),
    )
