"""Files to take away: chosen, made in the background, fetched when they are whole; choices saved to be repeated.

What is in a file is `exports.export`; how it is made while a page waits is `exports.making`. Only the account that
asked for a file can fetch it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired

from exports import making, saved
from exports.export import FILES, Selection, name_of
from exports.making import Job, Order, TooMany
from exports.released import released
from exports.saved import Own, Saved
from pages import cards
from pages.context import house
from pages.gate import member
from pages.staffform import StaffForm, choices
from staff.policy import needs
from survey import published
from survey.errors import BadRequest, NotFound
from survey.teams import find_association

files = Blueprint("files", __name__, url_prefix="/personal/utvardering/<association>/<form_id>")

PATIENCE = 2.0
"""Seconds a page waits for a file before it shows how far it has come."""
LABELS = {
    "xlsx": _l("Arbetsbok för Excel (xlsx)"),
    "csv": _l("Tabell för svenskt Excel (csv)"),
    "program": _l("Tabell för andra program (csv)"),
    "sav": _l("Fil för SPSS (sav)"),
    "zip": _l("Alla filer i ett paket (zip)"),
}
"""What each kind of `exports.export.FILES` is called."""


class Choice(StaffForm):
    period = SelectField(_l("Period"))
    kind = RadioField(_l("Vilken fil?"), default="xlsx", description=_l("Arbetsboken passar de flesta."))
    name = StringField(
        _l("Namn, om du vill spara valet"),
        description=_l("Till exempel Kvartalet till styrelsen. Då hämtar du samma sak nästa gång med ett klick."),
    )


class Name(StaffForm):
    name = StringField(_l("Nytt namn"), [DataRequired(_l("Skriv ett namn på valet"))])


@files.get("/filer")
@needs("evaluator")
def choose(association: str, form_id: str) -> ResponseReturnValue:
    """Which period and which kind of file; saved choices first."""
    labels = _labels(association, form_id)
    return _choose_page(association, form_id, labels, _choice(labels))


@files.post("/filer")
@needs("evaluator")
def chosen(association: str, form_id: str) -> ResponseReturnValue:
    """Take the file, or save the choice."""
    labels = _labels(association, form_id)
    form = _choice(labels)
    if not form.validate():
        return _choose_page(association, form_id, labels, form), 422
    if request.form.get("go") != "save":
        return _take(Selection(association, form_id, saved.label_of(form.period.data, labels)), form.kind.data)
    try:
        with house().writing() as db:
            saved.save(db, _own(association, form_id), form.name.data or "", form.period.data, form.kind.data)
    except BadRequest as refused:
        form.blame("name", str(refused))
        return _choose_page(association, form_id, labels, form), 422
    return _back(association, form_id, "saved")


@files.get("/hamta/<kind>")
@needs("evaluator")
def download(association: str, form_id: str, kind: str) -> ResponseReturnValue:
    """Everything released so far, with one click."""
    return _take(Selection(association, form_id), kind)


@files.get("/<period>/hamta/<kind>")
@needs("evaluator")
def download_period(association: str, form_id: str, period: str, kind: str) -> ResponseReturnValue:
    """One period, with one click."""
    return _take(Selection(association, form_id, period), kind)


@files.get("/filer/<job_id>")
@needs("evaluator")
def progress(association: str, form_id: str, job_id: str) -> ResponseReturnValue:
    """How far a file has come."""
    job = _job(association, form_id, job_id)
    page = render_template(
        "staff/making.html",
        job=job,
        label=LABELS[job.order.kind],
        period=_words(job.order.selection.period or saved.ALL),
        here={"association": association, "form_id": form_id, "job_id": job_id},
        again=_address(job.order),
    )
    return page, 503 if job.state == "lost" else 200


@files.get("/filer/<job_id>/fil")
@needs("evaluator")
def fetch(association: str, form_id: str, job_id: str) -> ResponseReturnValue:
    """The file itself."""
    return _hand_over(_job(association, form_id, job_id))


@files.get("/val/<saved_id>")
@needs("evaluator")
def repeat(association: str, form_id: str, saved_id: str) -> ResponseReturnValue:
    """The file of a saved choice as it comes out today."""
    one = _saved(association, form_id, saved_id)
    return _take(Selection(association, form_id, saved.label_of(one.period, _labels(association, form_id))), one.kind)


@files.route("/val/<saved_id>/namn", methods=["GET", "POST"])
@needs("evaluator")
def rename(association: str, form_id: str, saved_id: str) -> ResponseReturnValue:
    one = _saved(association, form_id, saved_id)
    form = Name(name=one.name)
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                saved.rename(db, _own(association, form_id), one, form.name.data)
        except BadRequest as refused:
            form.blame("name", str(refused))
        else:
            return _back(association, form_id, "renamed")
    heading = _("Byt namn på %(name)s", name=one.name)
    return _ask(association, form_id, form, heading, _("Spara namnet"))


@files.route("/val/<saved_id>/ta-bort", methods=["GET", "POST"])
@needs("evaluator")
def remove(association: str, form_id: str, saved_id: str) -> ResponseReturnValue:
    one = _saved(association, form_id, saved_id)
    form = StaffForm()
    if form.validate_on_submit():
        with house().writing() as db:
            saved.remove(db, _own(association, form_id), one)
        return _back(association, form_id, "removed")
    heading = _("Ta bort %(name)s?", name=one.name)
    return _ask(association, form_id, form, heading, _("Ta bort valet"), _("Filer du redan har hämtat påverkas inte."))


@files.errorhandler(TooMany)
def _too_many(_fault: TooMany) -> ResponseReturnValue:
    return render_template("staff/making.html", job=None, here=request.view_args), 429


def workshop() -> Path:
    """The folder where files are made."""
    return house().settings.instance / "files"


def _take(selection: Selection, kind: str) -> ResponseReturnValue:
    """The file where it is soon made, else the page that waits for it."""
    if kind not in FILES:
        raise NotFound
    labels = _labels(selection.association, selection.form)
    if selection.period not in (None, *labels):
        raise NotFound
    order = Order(member().account, selection, kind)
    job = making.wait(workshop(), making.ask(workshop(), order, _writer(selection, kind)), PATIENCE)
    if job.state == "ready":
        return _hand_over(job)
    return redirect(url_for(".progress", association=selection.association, form_id=selection.form, job_id=job.id), 303)


def _address(order: Order) -> str:
    """Where the same file is asked for with one click."""
    one = order.selection
    if one.period is None:
        return url_for(".download", association=one.association, form_id=one.form, kind=order.kind)
    return url_for(
        ".download_period", association=one.association, form_id=one.form, period=one.period, kind=order.kind
    )


def _writer(selection: Selection, kind: str) -> Callable[[BinaryIO], object]:
    """Writes the file outside of any request, with a connection of its own."""
    context, installation, write = current_app.app_context(), house(), FILES[kind].write

    def _write(out: BinaryIO) -> None:
        def _anew(db: Connection) -> None:
            out.seek(0)
            out.truncate()
            write(db, selection, out)

        with context:
            installation.released(_anew)

    return _write


def _hand_over(job: Job) -> ResponseReturnValue:
    """The file, read from the disk as it is sent."""
    if job.state != "ready":
        raise NotFound
    name, kind = name_of(job.order.selection, job.order.kind), FILES[job.order.kind]
    try:
        return send_file(job.file, kind.mimetype, as_attachment=True, download_name=name, conditional=False, etag=False)
    except FileNotFoundError:
        raise NotFound from None  # its hour ended just now


def _job(association: str, form_id: str, job_id: str) -> Job:
    job = making.find(workshop(), job_id, member().account)
    if (job.order.selection.association, job.order.selection.form) != (association, form_id):
        raise NotFound
    return job


def _saved(association: str, form_id: str, saved_id: str) -> Saved:
    with house().reading() as db:
        return saved.find(db, _own(association, form_id), saved_id)


def _own(association: str, form_id: str) -> Own:
    return Own(member().account, association, form_id)


def _labels(association: str, form_id: str) -> list[str]:
    """The periods of which something has been released, the newest first. Raises `NotFound` where that is none."""
    with house().reading() as db:
        labels = list(dict.fromkeys(one.period for one in released(db, association, form_id)))
    if not labels:
        raise NotFound
    return labels


def _choice(labels: Sequence[str]) -> Choice:
    form = Choice()
    follows = [one for one in (saved.NEWEST, saved.YEAR) if _now(one, labels)]
    form.period.choices = choices((one, _words(one, labels)) for one in (*follows, saved.ALL, *labels))
    form.kind.choices = choices((kind, LABELS[kind]) for kind in FILES)
    return form


def _words(period: str, labels: Sequence[str] = ()) -> str:
    """A chosen period in words, with what it stands for now."""
    now = _now(period, labels)
    if period == saved.ALL:
        return str(_("Allt som har öppnats"))
    if period == saved.NEWEST:
        return str(_("Nyaste: %(period)s", period=cards.period_words(now)))
    if period == saved.YEAR:
        return str(_("Nyaste året: %(period)s", period=now))
    return cards.period_words(period)


def _now(period: str, labels: Sequence[str]) -> str:
    """The label a choice stands for now, or "" where it stands for none or for all."""
    try:
        return saved.label_of(period, labels) or ""
    except NotFound:
        return ""


def _choose_page(association: str, form_id: str, labels: Sequence[str], form: Choice) -> str:
    said = {
        "saved": _("Valet är sparat."),
        "renamed": _("Valet har ett nytt namn."),
        "removed": _("Valet är borttaget."),
    }
    with house().reading() as db:
        mine = saved.choices(db, _own(association, form_id))
        return render_template(
            "staff/files.html",
            home=find_association(db, association),
            form_id=form_id,
            title=cards.text(published.newest(db, form_id).title.by_language),
            saved=[(one, _words(one.period, labels), LABELS[one.kind]) for one in mine],
            form=form,
            errors=form.problems,
            said=said.get(request.args.get("said", ""), ""),
        )


def _back(association: str, form_id: str, said: str) -> ResponseReturnValue:
    return redirect(url_for(".choose", association=association, form_id=form_id, said=said), 303)


def _ask(
    association: str, form_id: str, form: StaffForm, heading: str, button: str, *lines: str
) -> ResponseReturnValue:
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=form.problems,
        heading=heading,
        lines=lines,
        button=button,
        back=(url_for(".choose", association=association, form_id=form_id), _("Filer")),
    )
    return page, 422 if form.problems else 200
