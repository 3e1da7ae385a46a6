"""The year in figures for the evaluator: one page to write the yearly report from, and the same as a file.

Everything stands in the report (`exports.year_shown`); nothing is counted here.
"""

from io import BytesIO

from flask import Blueprint, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports import year_shown, year_workbook
from exports.wording import STEPS
from exports.year import Block, Figure, Report, Source, settles_on
from exports.year_words import TITLES
from pages import cards
from pages.context import house
from pages.files import LABELS
from pages.telling import goal_words
from staff.policy import needs
from survey.errors import NotFound
from survey.teams import find_association

year_in_figures = Blueprint("year_in_figures", __name__)

WORKBOOK, TABLE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv"


@year_in_figures.get("/<association>/arets-siffror/")
@needs("evaluator")
def years(association: str) -> str:
    """Every year that is over, the newest first, and whether anything may still be added to it."""
    with house().reading() as db:
        home, found = find_association(db, association), year_shown.years(db, association, house().today())
    return render_template("staff/years.html", home=home, found=found, this=house().today().year, settles_on=settles_on)


@year_in_figures.get("/<association>/arets-siffror/<int(max=9999):year>/")
@needs("evaluator")
def figures(association: str, year: int) -> str:
    with house().reading() as db:
        home, report = find_association(db, association), _report(db, association, year)
    return render_template(
        "staff/year.html",
        home=home,
        report=report,
        titles=TITLES,
        rows=rows,
        reasons=reasons,
        words=words,
        address_of=address_of,
        files={kind: LABELS[kind] for kind in year_workbook.ENDINGS},
        goal_words=goal_words,
        cards=cards,
    )


@year_in_figures.get("/<association>/arets-siffror/<int(max=9999):year>/fil/<kind>")
@needs("evaluator")
def file(association: str, year: int, kind: str) -> ResponseReturnValue:
    if kind not in year_workbook.ENDINGS:
        raise NotFound
    with house().reading() as db:
        report = _report(db, association, year)
    out = BytesIO()
    year_workbook.write(report, kind, out)
    out.seek(0)
    name, mimetype = year_workbook.name_of(report, kind), WORKBOOK if kind == "xlsx" else TABLE
    return send_file(out, mimetype, as_attachment=True, download_name=name, max_age=0, etag=False)


def rows(block: Block) -> list[tuple[str, list[Figure]]]:
    """The figures of a block drawn by group: each group's name and its figures."""
    found: dict[str, list[Figure]] = {}
    for one in block.figures:
        found.setdefault(one.group, []).append(one)
    return list(found.items())


def words(one: Figure) -> str:
    """A coarse figure in words."""
    return "" if one.step is None else str(_(STEPS[one.step]))


def reasons(block: Block) -> list[tuple[str, list[Figure]]]:
    """Why figures are not shown, or in words only, and which these are."""
    return [(str(_(why)).format(show=block.show, count=block.count), figures) for why, figures in block.reasons]


def address_of(report: Report, source: Source) -> str:
    """Where the source stands with all that belongs to it."""
    home, year = report.association, f"{report.year}"
    if source.kind == "cases":
        return url_for("evaluate.case_figures.counts", association=home, period=year)
    if source.kind == "answers":
        return url_for("evaluate.figures", association=home, form_id=source.id, period=year)
    if source.kind == "poll":
        return url_for("evaluate.polled.ended_poll", association=home, poll_id=source.id)
    register = "raised_deviations.raised" if source.kind == "deviations" else "association_log.figures"
    return url_for(f"evaluate.{register}", association=home)


def _report(db: Connection, association: str, year: int) -> Report:
    return year_shown.report(db, association, year, house().today())
