"""Goal levels: the share of positive answers aimed at, question by question. They count from the next release on."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from exports import goals
from exports.book import Book, code_book
from exports.contents import Entry
from pages import cards
from pages.context import house
from staff.policy import needs
from survey.errors import NotFound
from survey.published import pool_versions
from survey.teams import find_association

goal_pages = Blueprint("goals", __name__)


@goal_pages.get("/<association>/<form_id>/mal")
@needs("evaluator")
def levels(association: str, form_id: str) -> str:
    with house().reading() as db:
        now = goals.goals(db, association, form_id)
        return _page(db, association, form_id, {question: str(level) for question, level in now.items()}, {})


@goal_pages.post("/<association>/<form_id>/mal")
@needs("evaluator")
def set_levels(association: str, form_id: str) -> ResponseReturnValue:
    with house().writing() as db:
        typed = {entry.id: request.form.get(entry.id, "").strip() for entry in _asked(_book(db, form_id))}
        problems = {question: said for question, level in typed.items() if (said := _problem(level))}
        if problems:
            return _page(db, association, form_id, typed, problems), 422
        goals.set_goals(db, association, form_id, {question: int(level) for question, level in typed.items() if level})
    return redirect(url_for(".levels", association=association, form_id=form_id, saved=1), 303)


def _problem(level: str) -> str:
    """What is wrong with a typed level, or "". Blank is no goal."""
    if not level or (level.isascii() and level.isdigit() and len(level) <= 3 and 1 <= int(level) <= 100):
        return ""
    return str(_("Skriv målet som ett helt tal från 1 till 100, eller lämna rutan tom."))


def _page(db: Connection, association: str, form_id: str, typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    book = _book(db, form_id)
    return render_template(
        "staff/goals.html",
        home=find_association(db, association),
        form_id=form_id,
        title=cards.text(book.title),
        themes=cards.by_theme(book.themes, _asked(book)),
        typed=typed,
        problems=problems,
        errors=list(problems.items()),
        cards=cards,
        said=_("Målen är sparade.") if "saved" in request.args else "",
    )


def _book(db: Connection, form_id: str) -> Book:
    """The form as it is today. Raises `NotFound` for one that nobody has published."""
    versions = pool_versions(db, form_id)
    if not versions:
        raise NotFound
    return code_book(form_id, versions)


def _asked(book: Book) -> list[Entry]:
    """The questions that can have a goal: those with positive answers that are still asked."""
    return [entry for entry in book.entries if entry.poled and not entry.until]
