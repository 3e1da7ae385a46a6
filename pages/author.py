"""The author's pages: which forms there are, how one begins, what is left to do with one, and its archive.

Nothing here knows what anybody has answered. Rules are `survey.authoring` and `forms.editing`; what a page posts and
what is said afterwards is `pages.drafts`. Questions, ways through, texts, trying out, versions and files have modules
of their own, registered below.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Connection
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from forms.content import languages_in, rows
from forms.critic import Remark
from forms.library import shipped
from forms.model import Form, Text
from pages.author_bring import bringing
from pages.author_choices import choices as answers
from pages.author_conditions import conditions
from pages.author_conflict import answer_conflicts
from pages.author_questions import questions
from pages.author_steps import steps
from pages.author_texts import texts
from pages.author_try import trying
from pages.author_versions import versions
from pages.author_words import KINDS, KINDS_TO_CHOOSE
from pages.context import house
from pages.drafts import draw, open_draft, remarks, seen, stamp
from pages.gate import member
from pages.language import NAMES, name, spoken
from pages.saying import sayer
from pages.staffform import StaffForm, choices
from staff.policy import needs
from survey import authoring, teams
from survey.authoring import Draft, Shelved
from survey.errors import NotFound

author = Blueprint("author", __name__, url_prefix="/personal/formular")
for part in (bringing, questions, steps, answers, conditions, texts, trying, versions):
    author.register_blueprint(part)
answer_conflicts(author)


class Blank(StaffForm):
    """A form that begins with its name."""

    title = StringField(_l("Vad heter formuläret?"), [DataRequired(_l("Skriv vad formuläret heter"))])
    kind = RadioField(
        _l("Vad ska det användas till?"),
        [InputRequired(_l("Välj vad formuläret ska användas till"))],
        choices=choices(KINDS_TO_CHOOSE.items()),
        description=_l("Det går inte att ändra sedan."),
    )
    language = SelectField(
        _l("Vilket språk skriver du på?"),
        description=_l("Det språket gäller. Översättningar kommer sedan."),
        default="sv",
    )
    home = SelectField(_l("Vems formulär är det?"))
    submission = HiddenField()


class Copy(StaffForm):
    """A form that begins as another one."""

    of = RadioField(_l("Vilket formulär vill du utgå från?"), [InputRequired(_l("Välj ett formulär att utgå från"))])
    title = StringField(_l("Vad ska det nya heta?"), description=_l("Lämna tomt för att behålla namnet."))
    home = SelectField(_l("Vems formulär är det?"))
    submission = HiddenField()


class Sure(StaffForm):
    """A step that is asked about before it is taken."""

    submission = HiddenField()


class SureOfDraft(Sure):
    """The same, about a draft as it was when the page was drawn."""

    seen = HiddenField()


@dataclass(frozen=True)
class Task:
    """One line of a form's task list."""

    label: str
    address: str
    state: str
    done: bool = False
    """Whether it needs nothing more: said in plain words, without a mark."""


@author.get("/")
@needs("author")
def start() -> str:
    """My forms: what is published, what is being written, what is put away."""
    with house().reading() as db:
        shelved = authoring.shelf(db, _homes())
        names = {one.slug: one.name for one in teams.associations(db)}
    return render_template(
        "author/shelf.html",
        forms=[one for one in shelved if not one.archived_on],
        archived=[one for one in shelved if one.archived_on],
        title_of=_title,
        kinds=KINDS,
        names=names,
        several=len({one.association for one in shelved}) > 1,
        said=_said(),
    )


@author.get("/nytt")
@needs("author")
def new() -> str:
    """Four ways to begin."""
    return render_template("author/new.html")


@author.route("/nytt/tomt", methods=["GET", "POST"])
@needs("author")
def new_blank() -> ResponseReturnValue:
    form = _at_home(Blank())
    form.language.choices = choices((code, name(code)) for code in NAMES)
    if form.validate_on_submit():
        with house().writing() as db:
            made = authoring.start_blank(
                db, form.title.data, form.kind.data, form.language.data, form.home.data or None, stamp()
            )
        return redirect(url_for(".form_page", draft_id=made), 303)
    return _begin(form, _("Tomt formulär"), _("Skapa formuläret"))


@author.route("/nytt/kopia", methods=["GET", "POST"])
@needs("author")
def new_copy() -> ResponseReturnValue:
    """A form that comes with Samsvar, or one of one's own, as the beginning of a new one."""
    form = _at_home(Copy())
    with house().reading() as db:
        sources = _sources(db)
    form.of.choices = choices((key, _described(one)) for key, one in sources.items())
    if form.validate_on_submit():
        with house().writing() as db:
            made = authoring.start_copy(
                db, sources[form.of.data], form.title.data or "", form.home.data or None, stamp()
            )
        return redirect(url_for(".form_page", draft_id=made), 303)
    return _begin(form, _("Utgå från ett formulär"), _("Skapa kopian"))


@author.get("/<draft_id>/")
@needs("author")
def form_page(draft_id: str) -> ResponseReturnValue:
    """What is left to do with a form; or, where nothing is being written, what is published."""
    with house().reading() as db:
        shelved = _shelved(db, draft_id)
        try:
            draft = authoring.read(db, draft_id)
        except NotFound:
            return render_template(
                "author/published.html",
                form=shelved,
                name=_title(shelved),
                kinds=KINDS,
                submission=authoring.new_submission(),
                said=_said(),
            )
    return draw("tasks", draft, shelved=shelved, tasks=_tasks(draft), kinds=KINDS)


@author.post("/<draft_id>/andra")
@needs("author")
def reopen(draft_id: str) -> ResponseReturnValue:
    """Begin to write the next version."""
    with house().writing() as db:
        authoring.reopen(db, draft_id, stamp())
    return redirect(url_for(".form_page", draft_id=draft_id), 303)


@author.route("/<draft_id>/arkiv", methods=["GET", "POST"])
@needs("author")
def archive(draft_id: str) -> ResponseReturnValue:
    """Put a form away, or take it out again. Nothing is ever deleted that somebody may have answered."""
    form = Sure()
    with house().reading() as db:
        shelved = _shelved(db, draft_id)
    away = shelved.archived_on is not None
    if form.validate_on_submit():
        with house().writing() as db:
            if request.form.get("away") == "ja":
                authoring.archive(db, draft_id, house().today(), stamp())
            else:
                authoring.unarchive(db, draft_id, stamp())
        return redirect(url_for(".start", sagt="framme" if away else "undan"), 303)
    return render_template(
        "author/archive.html", form=shelved, name=_title(shelved), away=away, submission=authoring.new_submission()
    )


@author.route("/<draft_id>/kasta", methods=["GET", "POST"])
@needs("author")
def discard(draft_id: str) -> ResponseReturnValue:
    """Throw away what is being written; what is published stays."""
    form = SureOfDraft()
    if form.validate_on_submit():
        with house().writing() as db, suppress(NotFound):  # by a second press
            authoring.discard(db, draft_id, seen(), stamp())
        return redirect(url_for(".start", sagt="kastat"), 303)
    with house().reading() as db:
        shelved = _shelved(db, draft_id)
    form.seen.data = open_draft(draft_id).revision
    form.submission.data = authoring.new_submission()
    lines = [
        _("Alla ändringar i utkastet försvinner. Det går inte att ångra."),
        _("Det publicerade formuläret finns kvar och fungerar som vanligt.")
        if shelved.published
        else _("Formuläret har aldrig publicerats. Det försvinner helt."),
    ]
    if shelved.published and len(languages_in(open_draft(draft_id).content)) > 1:
        lines.append(_("Översättningar som inte är publicerade sparas till nästa utkast."))
    return render_template(
        "staff/ask.html",
        form=form,
        errors=[],
        heading=_("Kasta utkastet «%(name)s»?", name=_title(shelved)),
        lines=lines,
        button=_("Kasta utkastet"),
        back=(url_for(".form_page", draft_id=draft_id), _title(shelved)),
    )


def _tasks(draft: Draft) -> list[Task]:
    here: dict[str, Any] = {"draft_id": draft.form}
    told = remarks(draft)
    asked = len(rows(draft.content))
    wrong = [one for one in told if one.fault]
    return [
        Task(_("Namn och syfte"), url_for("author.texts.about", **here), *_state(told, "name")),
        Task(
            _("Frågor (%(n)s)", n=asked),
            url_for("author.questions.listed", **here),
            *(_state(told, "questions") if asked else (_("Inte börjat"), False)),
        ),
        Task(_("Vägar"), url_for("author.conditions.routes", **here), *_state(told, "routes")),
        Task(_("Skydd av svar"), url_for("author.texts.protection", **here), *_state(told, "protection")),
        Task(_("Språk"), url_for("translate.start", **here), *_languages(draft, told)),
        Task(_("Provkör"), url_for("author.trying.overview", **here), _("När du vill"), True),
        Task(_("Kontroll"), url_for("author.versions.check", **here), _to_mend(len(wrong)), not wrong),
        Task(
            _("Publicera"),
            url_for("author.versions.publish", **here),
            _("Kan inte börja än") if wrong or not asked else _("Redo att publiceras"),
        ),
    ]


def _state(told: tuple[Remark, ...], part: str) -> tuple[str, bool]:
    wrong = sum(1 for one in told if one.fault and one.part == part)
    return (_to_mend(wrong), False) if wrong else (_("Klar"), True)


def _to_mend(number: int) -> str:
    if not number:
        return str(_("Inget att rätta"))
    return str(ngettext("%(num)s sak att rätta", "%(num)s saker att rätta", number))


def _languages(draft: Draft, told: tuple[Remark, ...]) -> tuple[str, bool]:
    wrong = sum(1 for one in told if one.fault and one.part == "languages")
    spoken_here = [name(code) for code in draft.content.get("languages", ())]
    return (_to_mend(wrong), False) if wrong else (", ".join(spoken_here), True)


def _homes() -> tuple[str, ...] | None:
    """The associations whose forms the member writes; None: everybody's."""
    homes = [grant.association for grant in member().grants if grant.role == "author"]
    return None if None in homes else tuple(sorted(home for home in homes if home))


def _at_home(form: Blank | Copy) -> Blank | Copy:
    """Let the author choose whose form it becomes, where there is a choice."""
    with house().reading() as db:
        names = {one.slug: one.name for one in teams.associations(db)}
    homes = _homes()
    everyone: list[tuple[str, object]] = [("", _("Alla förbund"))] if homes is None else []
    form.home.choices = choices([*everyone, *((slug, names[slug]) for slug in (names if homes is None else homes))])
    if not form.is_submitted():
        form.submission.data = authoring.new_submission()
    return form


def _begin(form: StaffForm, heading: str, button: str) -> ResponseReturnValue:
    if not form.submission.data:
        form.submission.data = authoring.new_submission()
    page = render_template("author/begin.html", form=form, errors=form.problems, heading=heading, button=button)
    return page, 422 if form.problems else 200


def _sources(db: Connection) -> Mapping[str, Form]:
    """What a form can be copied from: the newest version of each that the author may use, and those that come with
    Samsvar, by a name of their own in the list."""
    newest = {one.id: one for one in shipped()}
    for home in _homes() or [one.slug for one in teams.associations(db)]:
        newest |= {one.id: one for one in authoring.usable(db, home)}
    return newest


def _described(one: Form) -> str:
    say = sayer(spoken(), {})
    return str(
        _("%(title)s (%(kind)s, %(n)s frågor)", title=say(one.title), kind=KINDS[one.kind], n=len(one.questions))
    )


def _shelved(db: Connection, draft_id: str) -> Shelved:
    """The form as my forms tells of it. Raises `NotFound`."""
    return authoring.shelved(db, draft_id)


def _title(one: Shelved) -> str:
    return sayer(spoken(), {})(Text(one.title))


def _said() -> str:
    sentences = {
        "framme": _("Formuläret är framme igen."),
        "undan": _("Formuläret är arkiverat. Det finns kvar längst ner på sidan."),
        "kastat": _("Utkastet är borta."),
        "publicerat": _("Formuläret är publicerat."),
    }
    return str(sentences.get(request.args.get("sagt", ""), ""))
