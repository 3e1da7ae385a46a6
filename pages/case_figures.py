"""Case statistics for the evaluator: key figures, counts, waiting times, the sheet for Uppföljning Finsam, the file.

Only what was decided and stored when a quarter ended (`exports.case_statistics`); no case is within reach from here.
"""

from io import BytesIO

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from exports import case_statistics, case_workbook
from exports.case_statistics import Shown
from exports.case_statistics_labels import EVENTS, SEX
from exports.case_statistics_lines import blocks, key_figures, started, total, waiting
from pages import cards
from pages.context import house
from staff.policy import needs
from survey.errors import NotFound
from survey.teams import find_association

case_figures = Blueprint("case_figures", __name__)

FILE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@case_figures.get("/<association>/arenden/")
@needs("evaluator")
def periods(association: str) -> str:
    """Every year and quarter that has been counted, the newest first."""
    with house().reading() as db:
        home = find_association(db, association)
        found = case_statistics.shown(db, association)
    return render_template("staff/case_periods.html", home=home, found=found, cards=cards, total=total)


@case_figures.get("/<association>/arenden/<period>/")
@needs("evaluator")
def counts(association: str, period: str) -> str:
    with house().reading() as db:
        home, one = find_association(db, association), _one(db, association, period)
    return render_template(
        "staff/case_figures.html",
        home=home,
        one=one,
        events=EVENTS,
        blocks=list(blocks(one)),
        key_figures=list(key_figures(one)),
        waiting=list(waiting(one)),
        total=total,
        cards=cards,
    )


@case_figures.get("/<association>/arenden/<period>/uppfoljning-finsam")
@needs("evaluator")
def finsam(association: str, period: str) -> ResponseReturnValue:
    """How many had their first meeting in the year, by team and sex: to be keyed by hand elsewhere."""
    with house().reading() as db:
        home, one = find_association(db, association), _one(db, association, period)
    if not one.of_year:
        return redirect(url_for(".periods", association=association), 303)
    return render_template(
        "staff/case_finsam.html", home=home, one=one, rows=list(started(one)), sexes=SEX, cards=cards
    )


@case_figures.get("/<association>/arenden/fil")
@needs("evaluator")
def file(association: str) -> ResponseReturnValue:
    return _file(association, None)


@case_figures.get("/<association>/arenden/<period>/fil")
@needs("evaluator")
def file_of_period(association: str, period: str) -> ResponseReturnValue:
    return _file(association, period)


def _one(db: Connection, association: str, period: str) -> Shown:
    found = next((one for one in case_statistics.shown(db, association) if one.period == period), None)
    if found is None:
        raise NotFound
    return found


def _file(association: str, period: str | None) -> ResponseReturnValue:
    out = BytesIO()
    with house().reading() as db:
        case_workbook.write(db, association, period, out)
    out.seek(0)
    name = case_workbook.name_of(association, period)
    return send_file(out, FILE, as_attachment=True, download_name=name, max_age=0, etag=False)
