"""Languages of a form: how far each has come, texts side by side, files for translators, publishing on its own.

Rules are `survey.translations` and `forms.translating`; what a page posts and what is said afterwards is
`pages.drafts`. Approving is `pages.approving`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.doors import translation_book, xliff
from forms.editing import ChangeTexts
from forms.faults import BadForm
from forms.translating import Comparison, Incoming, Unit, compared, digest, in_order, problem, progress, where
from forms.types.writing import clean
from pages.author_conflict import answer_conflicts
from pages.context import house
from pages.drafts import done, draw, keep, open_draft, seen, source, stamp
from pages.gate import member
from pages.language import direction, languages, name
from pages.uploads import room_for_files, uploaded
from staff import sessions
from staff.policy import needs
from survey import audit, translations
from survey.authoring import Draft
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.translations import Tongue

translate = Blueprint("translate", __name__, url_prefix="/personal")
room_for_files(translate)
answer_conflicts(translate)

OFFERED = (
    "sv",
    "en",
    "fi",
    "ar",
    "so",
    "ti",
    "fa",
    "fa-AF",
    "uk",
    "pl",
    "bs",
    "ku",
    "es",
    "tr",
    "am",
    "se",
    "smj",
    "sma",
    "yi",
)
"""What a form can be translated into, as the list has them."""
ON_A_PAGE = 40
SHOWN = {"alla": None, "saknas": "missing", "ses-over": "review"}
"""Which texts a page shows -> in which state."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {
    "xliff-1-2": (".xlf", "application/xliff+xml", xliff.write_1_2),
    "xliff-2-0": (".xlf", "application/xliff+xml", xliff.write_2_0),
    "xlsx": (".xlsx", _XLSX, translation_book.write),
}


@dataclass(frozen=True)
class Pair:
    """One text beside its translation, as a page shows it."""

    unit: Unit
    number: int
    """Its place on the page."""
    where: str
    typed: str
    error: str = ""

    @property
    def shown(self) -> str:
        """What the translation that the page showed is known by: only what was changed is kept."""
        return digest(self.unit.target)


@translate.get("/formular/<draft_id>/sprak")
@needs("author")
def start(draft_id: str) -> ResponseReturnValue:
    """Every language and how it stands."""
    return _list_page(open_draft(draft_id))


@translate.post("/formular/<draft_id>/sprak")
@needs("author")
def add(draft_id: str) -> ResponseReturnValue:
    """Begin to translate into one more language."""
    draft, language = open_draft(draft_id), request.form.get("language", "")
    if language not in _left(draft, _tongues(draft)):
        return _list_page(draft, (("language", str(_("Välj ett språk"))),))
    with house().writing() as db:
        translations.begin(db, draft, language)
    return redirect(url_for(".edit", draft_id=draft_id, language=language), 303)


@translate.get("/formular/<draft_id>/sprak/<language>")
@needs("author")
def edit(draft_id: str, language: str) -> ResponseReturnValue:
    """Original and translation side by side, some at a time."""
    draft = open_draft(draft_id)
    return _edit_page(draft, _tongue(draft, language), pairs_of(draft, _shown(texts(draft, language))))


@translate.post("/formular/<draft_id>/sprak/<language>")
@needs("author")
def save(draft_id: str, language: str) -> ResponseReturnValue:
    """Keep what was written, and what was said to hold."""
    draft = open_draft(draft_id)
    posted = {key[2:] for key in request.form if key[:2] == "t:"} | {*request.form.getlist("holds")}
    with house().reading() as db:
        by_key = {unit.key: unit for unit in translations.texts_at(db, draft, language, posted)}
    typed = {key[2:]: clean(words) for key, words in request.form.items() if key[:2] == "t:" and key[2:] in by_key}
    before = request.form.to_dict()
    changed = {key: words for key, words in typed.items() if before.get(f"w:{key}") != digest(words)}
    faults = {key: fault for key, words in changed.items() if words and (fault := problem(by_key[key], words))}
    if faults:
        here = _tongue(draft, language)
        return _edit_page(draft, here, pairs_of(draft, [by_key[key] for key in typed], typed, faults))
    held = [key for key in request.form.getlist("holds") if key in by_key and key not in changed]
    if held:
        with house().writing() as db:
            translations.confirm(db, draft, language, held)
    written = {by_key[key].place: {language: words} for key, words in changed.items()}
    if not written:
        address = url_for(".edit", draft_id=draft_id, language=language, **_view("haller" if held else "inget"))
        return redirect(address, 303)
    return done(keep(draft_id, ChangeTexts(written)), ".edit", language=language, **_view())


@translate.get("/formular/<draft_id>/sprak/<language>/fil/<kind>")
@needs("author")
def fetch(draft_id: str, language: str, kind: str) -> ResponseReturnValue:
    """The translation as a file for a translator."""
    draft = open_draft(draft_id)
    _tongue(draft, language)
    if kind not in FILES:
        raise NotFound
    ending, mimetype, write = FILES[kind]
    every, numbers = texts(draft, language), in_order(draft.content)
    content = write(draft.form, source(draft), language, every, [where(unit, numbers) for unit in every])
    file_name = f"{draft.form}-{language}{ending}"
    return send_file(BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=file_name)


@translate.post("/formular/<draft_id>/sprak/<language>/fil")
@needs("author")
def look(draft_id: str, language: str) -> ResponseReturnValue:
    """What a file would change, and what in it cannot be taken."""
    draft = open_draft(draft_id)
    here = _tongue(draft, language)
    file_name, content = uploaded()
    if not file_name:
        return _edit_page(
            draft, here, pairs_of(draft, _shown(texts(draft, language))), (("file", str(_("Välj en fil"))),)
        )
    read = translation_book.read if file_name.lower().endswith(".xlsx") else xliff.read
    try:
        incoming = read(content, file_name, draft.form, language)
    except BadForm as refused:
        return draw("language_refused", draft, here=told(here), file_name=file_name, faults=refused.faults, status=422)
    return _look_page(draft, here, file_name, compared(texts(draft, language), incoming))


@translate.post("/formular/<draft_id>/sprak/<language>/fil/ta-in")
@needs("author")
def take_in(draft_id: str, language: str) -> ResponseReturnValue:
    """Keep what was looked at: checked anew, since the form may have become another one."""
    draft = open_draft(draft_id)
    _tongue(draft, language)
    comparison = compared(texts(draft, language), _posted())
    written = {unit.place: {language: words} for unit, words in comparison.changes}
    after = keep(draft_id, ChangeTexts(written)) if written else draft
    return done(after, ".edit", language=language)


@translate.post("/formular/<draft_id>/sprak/<language>/godkannare")
@needs("author")
def appoint(draft_id: str, language: str) -> ResponseReturnValue:
    """Name who approves the language."""
    draft = open_draft(draft_id)
    with house().writing() as db:
        translations.appoint(db, draft, language, request.form.get("approver", ""))
    return redirect(url_for(".start", draft_id=draft_id, sagt="utsedd"), 303)


@translate.post("/formular/<draft_id>/sprak/<language>/publicera")
@needs("author")
def publish(draft_id: str, language: str) -> ResponseReturnValue:
    """Let new rounds be answered in the language."""
    if language not in languages():
        raise BadRequest
    try:
        with house().writing() as db:
            audit.in_turn(db)
            made = translations.publish(db, draft_id, language, seen(), stamp())
            if made:
                sessions.tell(db, house(), member().account, "form_published", made.id, str(made.version), language)
    except NotAllowed as fault:
        return _list_page(open_draft(draft_id), (("", str(fault)),))
    return redirect(url_for(".start", draft_id=draft_id, sagt="publicerat" if made else "nasta"), 303)


@translate.post("/formular/<draft_id>/sprak/<language>/ta-bort")
@needs("author")
def withdraw(draft_id: str, language: str) -> ResponseReturnValue:
    """Leave the language out of the next version."""
    with house().writing() as db:
        translations.withdraw(db, draft_id, language, seen(), stamp())
    return redirect(url_for(".start", draft_id=draft_id, sagt="borta"), 303)


# Pages


def _list_page(draft: Draft, errors: Sequence[tuple[str, str]] = ()) -> ResponseReturnValue:
    every = _tongues(draft)
    with house().reading() as db:
        approvers = translations.approvers(db, draft)
    return draw(
        "languages",
        draft,
        errors,
        tongues=[told(one) for one in every],
        first=original(draft),
        left=[(code, name(code)) for code in _left(draft, every)],
        approvers=approvers,
        locked=bool(draft.content.get("locks")),
        after=_after(),
    )


def _edit_page(
    draft: Draft, here: Tongue, pairs: list[Pair], errors: Sequence[tuple[str, str]] = ()
) -> ResponseReturnValue:
    every = texts(draft, here.language)
    shown, first = _chosen(every), _first()
    wrong = [(f"t-{pair.number}", pair.error) for pair in pairs if pair.error]
    return draw(
        "language",
        draft,
        [*errors, *wrong],
        here=told(here),
        pairs=pairs,
        original=original(draft),
        view=request.args.get("visa", "alla"),
        counts=progress(every),
        first=first,
        following=first + ON_A_PAGE if first + ON_A_PAGE <= len(shown) else 0,
        before=max(1, first - ON_A_PAGE) if first > 1 else 0,
        number=len(shown),
        after=_after(),
    )


def _look_page(draft: Draft, here: Tongue, file_name: str, comparison: Comparison) -> ResponseReturnValue:
    numbers = in_order(draft.content)
    return draw(
        "language_look",
        draft,
        here=told(here),
        file_name=file_name,
        original=original(draft),
        changes=[(where(unit, numbers), unit, words) for unit, words in comparison.changes],
        same=comparison.same,
        refused=comparison.refused,
        posted=json.dumps([[u.key, u.source, words] for u, words in comparison.changes], ensure_ascii=False),
    )


def told(here: Tongue) -> Mapping[str, Any]:
    """A language as templates tell of it."""
    return {
        "code": here.language,
        "name": name(here.language),
        "direction": direction(here.language),
        "progress": here.progress,
        "approver": here.approver,
        "approver_name": here.approver_name,
        "approved_on": here.approved_on,
        "published": here.published,
        "next": here.next,
        "ready": here.ready,
        "spoken": here.language in languages(),
    }


def original(draft: Draft) -> Mapping[str, str]:
    first = source(draft)
    return {"code": first, "name": name(first), "direction": direction(first)}


def pairs_of(
    draft: Draft,
    every: Sequence[Unit],
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> list[Pair]:
    numbers, written, wrong = in_order(draft.content), typed or {}, faults or {}
    return [
        Pair(unit, place, where(unit, numbers), written.get(unit.key, unit.target), wrong.get(unit.key, ""))
        for place, unit in enumerate(every, start=1)
    ]


def _after() -> str:
    """What was just done, where it is no step of the draft."""
    words = {
        "haller": _("Det är sparat att översättningarna stämmer."),
        "inget": _("Inget var ändrat."),
        "utsedd": _("Den som ska godkänna är utsedd."),
        "publicerat": _("Språket är publicerat. Nya omgångar kan besvaras på det."),
        "nasta": _("Språket kommer med när formuläret publiceras."),
        "borta": _("Språket är borta från nästa version. Texterna finns kvar."),
    }
    return str(words.get(request.args.get("sagt", ""), ""))


# What is asked for


def _tongues(draft: Draft) -> tuple[Tongue, ...]:
    with house().reading() as db:
        return translations.tongues(db, draft)


def _tongue(draft: Draft, language: str) -> Tongue:
    with house().reading() as db:
        return translations.tongue(db, draft, language)


def texts(draft: Draft, language: str) -> tuple[Unit, ...]:
    with house().reading() as db:
        return translations.texts(db, draft, language)


def _left(draft: Draft, every: Sequence[Tongue]) -> list[str]:
    """Languages that can be begun. With a locked block these are its owner's matter."""
    if draft.content.get("locks"):
        return []
    taken = {source(draft), *(one.language for one in every)}
    return [code for code in OFFERED if code not in taken]


def _chosen(every: Sequence[Unit]) -> list[Unit]:
    wanted = SHOWN.get(request.args.get("visa", "alla"))
    return [unit for unit in every if wanted is None or unit.state == wanted]


def _shown(every: Sequence[Unit]) -> list[Unit]:
    """The texts of this page."""
    first = _first()
    return _chosen(every)[first - 1 : first - 1 + ON_A_PAGE]


def _first() -> int:
    """Which text the page begins with, from 1."""
    number = request.args.get("fran", "1")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def _view(said: str = "") -> dict[str, Any]:
    """What the page shows, for its address."""
    shown = {key: value for key, value in request.args.items() if key in ("visa", "fran")}
    return shown | ({"sagt": said} if said else {})


def _posted() -> Incoming:
    """What was looked at. Raises `BadRequest` for anything else."""
    try:
        rows = json.loads(request.form.get("texts", ""))
        told = [(str(key), str(original), str(words)) for key, original, words in rows]
    except (ValueError, TypeError, RecursionError):
        raise BadRequest from None
    return Incoming({key: words for key, _original, words in told}, {key: original for key, original, _words in told})
