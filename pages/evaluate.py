"""The evaluator's pages: what has been released, figures per question, reading quotes, downloads.

Everything shown was decided and stored at release (`exports.groups`); nothing is counted here. That an association is
one's own is held by the gate.
"""

from collections.abc import Mapping
from functools import partial
from io import BytesIO

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports import groups, quotes
from exports.contents import Contents, Texts
from exports.export import FILES, Selection, name_of
from forms.model import Text
from pages import cards
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.overview import years
from pages.reading import Reading, publishable, read
from pages.staffform import StaffForm
from staff.policy import needs
from survey.errors import NotFound
from survey.periods import Period
from survey.published import pool_versions
from survey.teams import find_association

evaluate = Blueprint("evaluate", __name__, url_prefix="/personal/utvardering")


@evaluate.get("/")
@needs("evaluator")
def start() -> ResponseReturnValue:
    with house().reading() as db:
        own = [find_association(db, slug) for slug in member().associations()]
        shown = [(one, _forms_shown(db, one.slug)) for one in own]
    doors = [(one, newest) for one, forms in shown for newest in forms]
    if len(doors) == 1 and len(own) == 1:
        return redirect(url_for(".overview", association=own[0].slug, form_id=doors[0][1].form))
    return render_template("staff/evaluate.html", shown=shown, title_of=title_of)


@evaluate.get("/<association>/<form_id>/")
@needs("evaluator")
def overview(association: str, form_id: str) -> str:
    with house().reading() as db:
        stored = _stored(db, association, form_id)
        return render_template(
            "staff/overview.html",
            home=find_association(db, association),
            title=title_of(stored[0]),
            form_id=form_id,
            years=years(stored),
            progress=quotes.progress(db, association, form_id),
            address_of=address_of,
            cards=cards,
        )


@evaluate.get("/<association>/<form_id>/<period>/")
@needs("evaluator")
def figures(association: str, form_id: str, period: str) -> str:
    return _figures_page(association, form_id, period, None)


@evaluate.get("/<association>/<form_id>/<period>/team/<team>")
@needs("evaluator")
def team_figures(association: str, form_id: str, period: str, team: str) -> str:
    return _figures_page(association, form_id, period, team)


@evaluate.get("/<association>/<form_id>/citat")
@needs("evaluator")
def quotes_page(association: str, form_id: str) -> str:
    said = {
        "read": _("Dina val är sparade."),
        "published": _("Citaten är publicerade."),
        "few": _("Färre än tio citat kunde visas. De väntar till nästa period."),
    }
    with house().reading() as db:
        return _quotes_page(db, association, form_id, said=said.get(request.args.get("said", ""), ""))


@evaluate.post("/<association>/<form_id>/citat")
@needs("evaluator")
def read_quotes(association: str, form_id: str) -> ResponseReturnValue:
    with house().writing() as db:
        reading = read(db, association, form_id, request.form, own_teams=member().teams())
        if reading.problems:
            return _quotes_page(db, association, form_id, reading), 422
    return redirect(url_for(".quotes_page", association=association, form_id=form_id, said="read"), 303)


@evaluate.route("/<association>/<form_id>/<period>/publicera", methods=["GET", "POST"])
@needs("evaluator")
def publish(association: str, form_id: str, period: str) -> ResponseReturnValue:
    form = StaffForm()
    back = url_for(".quotes_page", association=association, form_id=form_id)
    with house().writing() as db:
        ready = publishable(db, association, form_id, [one.period for one in _stored(db, association, form_id)])
        if ready != period:
            return redirect(back, 303)
        if form.validate_on_submit():
            done = quotes.publish(db, association, form_id, Period.parse(period), house().today())
            return redirect(f"{back}?said={'published' if done else 'few'}", 303)
    return render_template(
        "staff/ask.html",
        form=form,
        heading=_("Publicera citaten till och med %(period)s?", period=cards.period_words(period)),
        lines=[
            _("De godkända citaten publiceras tillsammans, blandade och utan koppling till team eller svar."),
            _("De kommer med i arbetsboken. Det går inte att ångra."),
        ],
        button=_("Publicera citaten"),
        back=(back, _("Tillbaka till citaten")),
    )


@evaluate.get("/<association>/<form_id>/hamta/<kind>")
@needs("evaluator")
def download(association: str, form_id: str, kind: str) -> Response:
    return _file(association, form_id, None, kind)


@evaluate.get("/<association>/<form_id>/<period>/hamta/<kind>")
@needs("evaluator")
def download_period(association: str, form_id: str, period: str, kind: str) -> Response:
    return _file(association, form_id, period, kind)


def title_of(contents: Contents) -> str:
    """The form's title in the reader's language."""
    return cards.text(contents.title)


def address_of(contents: Contents) -> str:
    """The page of one group's figures."""
    home, form, period = contents.association, contents.form, contents.period
    if contents.team is None:
        return url_for("evaluate.figures", association=home, form_id=form, period=period)
    return url_for("evaluate.team_figures", association=home, form_id=form, period=period, team=contents.team)


def _file(association: str, form_id: str, period: str | None, kind: str) -> Response:
    """What the command `export` writes, named after what is in it."""
    if kind not in FILES:
        raise NotFound
    selection = Selection(association, form_id, period)
    out = BytesIO()
    with house().reading() as db:
        _stored(db, association, form_id, period)
        FILES[kind].write(db, selection, out)
    out.seek(0)
    name = name_of(selection, kind)
    return send_file(out, FILES[kind].mimetype, as_attachment=True, download_name=name, max_age=0, etag=False)


def _forms_shown(db: Connection, association: str) -> list[Contents]:
    """The newest group of each form that has any."""
    return [groups.stored(db, association, form)[0] for form in groups.shown_forms(db, association)]


def _stored(db: Connection, association: str, form_id: str, period: str | None = None) -> list[Contents]:
    """What has been shown of the form. Raises `NotFound` where that is nothing."""
    stored = groups.stored(db, association, form_id, period=period)
    if not stored:
        raise NotFound
    return stored


def _figures_page(association: str, form_id: str, period: str, team: str | None) -> str:
    with house().reading() as db:
        found = [one for one in _stored(db, association, form_id, period) if one.team == team]
    if not found:
        raise NotFound
    back = url_for(".overview", association=association, form_id=form_id)
    return render_template(
        "staff/figures.html",
        contents=found[0],
        title=title_of(found[0]),
        themes=cards.themes(found[0]),
        cards=cards,
        back=(back, _("Alla siffror")),
        downloads=_downloads(association, form_id, period),
    )


def _parts(db: Connection, pool: str) -> dict[str, Text]:
    """Question -> the part of the form it stands in: the same comment is asked for in several."""
    pages = [page for form in pool_versions(db, pool) for page in form.pages]
    return {question.id: page.part for page in pages if page.part for question in page.questions}


def _heading_of(parts: Mapping[str, Text], question: str, texts: Texts) -> str:
    part = parts.get(question)
    return f"{part.in_(spoken())}: {cards.text(texts)}" if part else cards.text(texts)


def _downloads(association: str, form_id: str, period: str) -> list[tuple[str, str]]:
    """The files of one period, as (address, label)."""
    labels = {
        "xlsx": _("Periodens arbetsbok för Excel (xlsx)"),
        "csv": _("Periodens tabell för svenskt Excel (csv)"),
        "program": _("Periodens tabell för andra program (csv)"),
    }
    return [
        (url_for(".download_period", association=association, form_id=form_id, period=period, kind=kind), label)
        for kind, label in labels.items()
    ]


def _quotes_page(
    db: Connection, association: str, form_id: str, reading: Reading | None = None, *, said: str = ""
) -> str:
    stored = _stored(db, association, form_id)
    progress = quotes.progress(db, association, form_id)
    mine = quotes.waiting(db, association, form_id, own_teams=member().teams())
    return render_template(
        "staff/quotes.html",
        home=find_association(db, association),
        form_id=form_id,
        title=title_of(stored[0]),
        reading=reading or Reading.of(mine),
        errors=reading.problems if reading else [],
        progress=progress,
        others=progress.waiting - len(mine),
        publishable=publishable(db, association, form_id, [one.period for one in stored]),
        published=quotes.published(db, association, form_id),
        heading_of=partial(_heading_of, _parts(db, form_id)),
        cards=cards,
        said=said,
    )
