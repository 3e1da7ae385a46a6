"""The evaluator's pages: what has been released, figures per question, reading quotes, downloads.

Everything shown was decided and stored at release (`exports.groups`); nothing is counted here. That an association is
one's own is held by the gate.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection

from exports import groups, quotes
from exports.contents import Contents, Texts
from exports.export import FILES
from exports.pooled import shared_locks
from exports.released import Released, released
from forms.model import Text
from pages import cards, charts, choosing
from pages.case_figures import case_figures
from pages.choosing import Choice
from pages.comparison import comparison
from pages.context import house
from pages.deviations import raised_deviations
from pages.files import LABELS
from pages.gate import member
from pages.goals import goal_pages
from pages.meeting_log import own_log
from pages.overview import years
from pages.polled import polled
from pages.reading import Reading, marked, publishable, read
from pages.staffform import StaffForm
from pages.telling import goal_words, told
from pages.year import year_in_figures
from staff.policy import needs
from survey.errors import NotFound
from survey.periods import Period
from survey.published import pool_versions
from survey.teams import find_association

evaluate = Blueprint("evaluate", __name__, url_prefix="/personal/utvardering")
evaluate.register_blueprint(comparison)
evaluate.register_blueprint(goal_pages)
evaluate.register_blueprint(polled)
evaluate.register_blueprint(case_figures)
evaluate.register_blueprint(year_in_figures)
evaluate.register_blueprint(own_log)
evaluate.register_blueprint(raised_deviations)


@evaluate.get("/")
@needs("evaluator")
def start() -> ResponseReturnValue:
    with house().reading() as db:
        own = [find_association(db, slug) for slug in member().associations()]
        shown = [(one, _titles(db, one.slug)) for one in own]
        shared = shared_locks(db, member().associations())
    forms = [form for _home, titles in shown for form in titles]
    if len(forms) == 1 and len(own) == 1:
        return redirect(url_for(".overview", association=own[0].slug, form_id=forms[0]))
    return render_template("staff/evaluate.html", shown=shown, shared=shared)


@evaluate.get("/<association>/<form_id>/")
@needs("evaluator")
def overview(association: str, form_id: str) -> str:
    with house().reading() as db:
        shown = _released(db, association, form_id)
        return render_template(
            "staff/overview.html",
            home=find_association(db, association),
            title=_title(db, form_id),
            form_id=form_id,
            years=years(shown, find_association(db, association).name),
            newest=_newest(shown),
            progress=quotes.progress(db, association, form_id, own_teams=member().works_in()),
            address_of=partial(choosing.address_of, association, form_id),
            part_words=choosing.part_words,
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


@evaluate.get("/<association>/<form_id>/<period>/diagram/<question>")
@needs("evaluator")
def chart(association: str, form_id: str, period: str, question: str) -> Response:
    return _chart(association, form_id, period, None, question)


@evaluate.get("/<association>/<form_id>/<period>/team/<team>/diagram/<question>")
@needs("evaluator")
def team_chart(association: str, form_id: str, period: str, team: str, question: str) -> Response:
    return _chart(association, form_id, period, team, question)


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
        reading = read(db, association, form_id, request.form, own_teams=member().works_in())
        if reading.problems:
            return _quotes_page(db, association, form_id, reading), 422
    return redirect(url_for(".quotes_page", association=association, form_id=form_id, said="read"), 303)


@evaluate.route("/<association>/<form_id>/<period>/publicera", methods=["GET", "POST"])
@needs("evaluator")
def publish(association: str, form_id: str, period: str) -> ResponseReturnValue:
    form = StaffForm()
    back = url_for(".quotes_page", association=association, form_id=form_id)
    with house().writing() as db:
        ready = publishable(db, association, form_id, [one.period for one in _released(db, association, form_id)])
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


def _titles(db: Connection, association: str) -> dict[str, str]:
    """Every form of which something has been released -> its title."""
    return {form: _title(db, form) for form in groups.shown_forms(db, association)}


def _title(db: Connection, form_id: str) -> str:
    """The title that the form has today."""
    versions = pool_versions(db, form_id)
    own = [form for form in versions if form.id == form_id] or versions
    return cards.text(own[-1].title.by_language)


def _released(db: Connection, association: str, form_id: str) -> list[Released]:
    """What has been released of the form. Raises `NotFound` where that is nothing."""
    found = released(db, association, form_id)
    if not found:
        raise NotFound
    return found


def _group(db: Connection, association: str, form_id: str, period: str, team: str | None) -> Contents:
    """One group as it was shown. Raises `NotFound` where nothing has been released of it."""
    found = next((one for one in groups.each(db, association, form_id, period=period) if one.team == team), None)
    if found is None:
        raise NotFound
    return found


def _figures_page(association: str, form_id: str, period: str, team: str | None) -> str:
    def read_released(db: Connection) -> tuple[Contents, dict[str, list[Released]], list[Choice]]:
        contents = _group(db, association, form_id, period, team)
        by_form = {form: released(db, association, form) for form in groups.shown_forms(db, association)}
        return contents, by_form, _choices(contents, by_form, _titles(db, association))

    contents, by_form, choices = house().released(read_released)
    return render_template(
        "staff/figures.html",
        contents=contents,
        title=cards.text(contents.title),
        themes=cards.themes(contents),
        cards=cards,
        goal_words=goal_words,
        told=partial(told, contents),
        chart_of=partial(_chart_address, contents),
        choices=choices,
        larger=choosing.larger(by_form[form_id], team, period) if contents.grade == "withheld" else [],
        address_of=partial(choosing.address_of, association, form_id),
        back=(url_for(".overview", association=association, form_id=form_id), _("Alla siffror")),
        downloads=_downloads(association, form_id, period),
    )


def _choices(contents: Contents, by_form: Mapping[str, list[Released]], titles: Mapping[str, str]) -> list[Choice]:
    here = contents.form, contents.team, contents.period
    return choosing.choices(contents.association, contents.association_name, by_form, titles, here)


def _newest(shown: list[Released]) -> list[Released]:
    """What a board asks for first: the newest whole year of the association, and its newest part of a year."""
    found = [choosing.newest(shown, whole_year=True), choosing.newest(shown, whole_year=False)]
    return [one for one in found if one]


def _chart(association: str, form_id: str, period: str, team: str | None, question: str) -> Response:
    contents = house().released(lambda db: _group(db, association, form_id, period, team))
    card = cards.card_of(contents, question)
    if card is None or card.grade == "withheld":
        raise NotFound
    about = [f"{cards.place(contents)}, {cards.whole_period(period)}", cards.plain(contents.title), card.positive]
    notes = [_("Bas: %(base)s.", base=card.base), card.reason]
    name = "-".join(part for part in (association, team, form_id, period, question) if part)
    return charts.picture(
        cards.plain(contents.entry(question).text), _said(about), charts.rows_of(card), _said(notes), name
    )


def _chart_address(contents: Contents, question: str) -> str:
    named: dict[str, Any] = {"association": contents.association, "form_id": contents.form, "period": contents.period}
    if contents.team is None:
        return url_for("evaluate.chart", **named, question=question)
    return url_for("evaluate.team_chart", **named, team=contents.team, question=question)


def _said(lines: list[str]) -> list[str]:
    return [line for line in lines if line]


def _parts(db: Connection, pool: str) -> dict[str, Text]:
    """Question -> the part of the form it stands in: the same comment is asked for in several."""
    pages = [page for form in pool_versions(db, pool) for page in form.pages]
    return {question.id: page.part for page in pages if page.part for question in page.questions}


def _heading_of(parts: Mapping[str, Text], question: str, texts: Texts) -> str:
    part = parts.get(question)
    return Markup("{}: {}").format(cards.text(part.by_language), cards.text(texts)) if part else cards.text(texts)


def _downloads(association: str, form_id: str, period: str) -> list[tuple[str, str]]:
    """The files of one period, as (address, label)."""
    named: dict[str, Any] = {"association": association, "form_id": form_id, "period": period}
    return [(url_for("files.download_period", **named, kind=kind), str(LABELS[kind])) for kind in FILES]


def _quotes_page(
    db: Connection, association: str, form_id: str, reading: Reading | None = None, *, said: str = ""
) -> str:
    shown = _released(db, association, form_id)
    own = member().works_in()
    mine = quotes.waiting(db, association, form_id, own_teams=own)
    return render_template(
        "staff/quotes.html",
        home=find_association(db, association),
        form_id=form_id,
        title=_title(db, form_id),
        reading=reading or Reading.of(mine),
        errors=reading.problems if reading else [],
        progress=quotes.progress(db, association, form_id, own_teams=own),
        works_in_a_team=bool(own),
        publishable=publishable(db, association, form_id, [one.period for one in shown]),
        published=quotes.published(db, association, form_id),
        heading_of=partial(_heading_of, _parts(db, form_id)),
        cards=cards,
        marked=marked,
        said=said,
    )
