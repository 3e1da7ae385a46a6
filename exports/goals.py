"""Goals: the share of positive answers an association aims at, question by question.

A group is stored with the goals of the day its period closes (`exports.groups.close`): a goal set today stands beside
figures from the next closing on, and changes nothing that has been shown (PRIVACY.md 3.1). Whether it is reached is
`exports.standing`.
"""

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, insert, select

from exports.book import code_book
from survey.db import exclusively
from survey.errors import BadRequest
from survey.published import pool_versions
from survey.tables import goal


def goals(db: Connection, association: str, form: str) -> dict[str, int]:
    """Question -> the share of positive answers aimed at, in per cent."""
    query = select(goal.c.question, goal.c.level).where(goal.c.association == association, goal.c.form == form)
    return {row.question: row.level for row in db.execute(query.order_by(goal.c.question))}


def set_goals(db: Connection, association: str, form: str, levels: Mapping[str, int]) -> None:
    """Let these be the goals, and no others.

    Raises `BadRequest` for a question without positive answers and for what is no share between 1 and 100 per cent.
    """
    exclusively(db)  # two evaluators may save the first goals at the same moment
    book = code_book(form, pool_versions(db, form))
    poled = {entry.id for entry in book.entries if entry.poled}
    for question, level in levels.items():
        if question not in poled:
            raise BadRequest(
                _("Frågan %(question)s har inga positiva svar och kan inte få ett mål.", question=question)
            )
        if not 1 <= level <= 100:
            raise BadRequest(_("Skriv målet som ett helt tal från 1 till 100."))
    db.execute(delete(goal).where(goal.c.association == association, goal.c.form == form))
    for question, level in levels.items():
        db.execute(insert(goal).values(association=association, form=form, question=question, level=level))
