"""Comparing: one question over the years, or over the periods of the years, in the association and in each team."""

from functools import partial
from typing import Any, cast, get_args

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports import groups
from exports.contents import Contents
from pages import cards, charts
from pages.context import house
from pages.series import Series, View, changed, series
from pages.telling import goal_words
from staff.policy import needs
from survey.errors import NotFound
from survey.teams import find_association

comparison = Blueprint("comparison", __name__)


@comparison.get("/<association>/<form_id>/jamfor/")
@needs("evaluator")
def questions(association: str, form_id: str) -> str:
    with house().reading() as db:
        newest = _newest(db, association, form_id)
        return render_template(
            "staff/questions.html",
            home=find_association(db, association),
            newest=newest,
            themes=cards.by_theme(newest.themes, (entry for entry in newest.book if entry.counted)),
            cards=cards,
        )


@comparison.get("/<association>/<form_id>/jamfor/<question>/<view>")
@needs("evaluator")
def one_question(association: str, form_id: str, question: str, view: str) -> str:
    with house().reading() as db:
        newest, found = _series(db, association, form_id, question, view)
        home = find_association(db, association)
    return render_template(
        "staff/comparison.html",
        home=home,
        newest=newest,
        entry=newest.entry(question),
        series=found,
        view=view,
        cards=cards,
        changed=changed,
        goal_words=goal_words,
        chart_of=partial(_chart_address, association, form_id, question, view),
    )


@comparison.get("/<association>/<form_id>/jamfor/<question>/<view>/diagram")
@needs("evaluator")
def chart(association: str, form_id: str, question: str, view: str) -> Response:
    return _chart(association, form_id, question, view, None)


@comparison.get("/<association>/<form_id>/jamfor/<question>/<view>/diagram/<team>")
@needs("evaluator")
def team_chart(association: str, form_id: str, question: str, view: str, team: str) -> Response:
    return _chart(association, form_id, question, view, team)


def _chart_address(association: str, form: str, question: str, view: str, team: str | None) -> str:
    named: dict[str, Any] = {"association": association, "form_id": form, "question": question, "view": view}
    if team is None:
        return url_for("evaluate.comparison.chart", **named)
    return url_for("evaluate.comparison.team_chart", **named, team=team)


def _chart(association: str, form_id: str, question: str, view: str, team: str | None) -> Response:
    with house().reading() as db:
        newest, found = _series(db, association, form_id, question, view)
    one = next((one for one in found if one.team == team), None)
    if one is None or not newest.entry(question).poled:
        raise NotFound
    about = [one.name, cards.plain(newest.title), _("Andel positiva svar.")]
    notes = [_("Randiga steg är grova tal. – betyder att inget visas.")]
    name = "-".join([association, *([team] if team else []), question, view])
    return charts.picture(cards.plain(newest.entry(question).text), about, charts.points_of(one), notes, name)


def _series(db: Connection, association: str, form_id: str, question: str, view: str) -> tuple[Contents, list[Series]]:
    """The newest group, and the question in every group. Raises `NotFound` for what nobody is shown."""
    if view not in get_args(View):
        raise NotFound
    newest = _newest(db, association, form_id)
    if question not in {entry.id for entry in newest.book if entry.counted}:
        raise NotFound
    return newest, series(groups.each(db, association, form_id), question, cast(View, view))


def _newest(db: Connection, association: str, form_id: str) -> Contents:
    """The group whose code book is the newest. Raises `NotFound` where nothing has been released."""
    newest = next(groups.each(db, association, form_id), None)
    if newest is None:
        raise NotFound
    return newest
