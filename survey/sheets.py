"""Sheets of paper: which of them are keyed in twice, and what their record says besides.

A sheet is nowhere but on paper and in the page of whoever keys it in; it is compared before it is sealed, for nobody
can read it afterwards.
"""

import hmac

from sqlalchemy import Connection

from forms.model import Answers, Stored
from survey.installation import Installation
from survey.model import Round
from survey.published import pool_versions
from survey.tickets import ticket_hash

ONE_IN = 5
"""Of so many sheets one is keyed in by two people."""


def twice(installation: Installation, round: Round, code: str | None, answers: Answers) -> bool:
    """Whether a sheet is one of those keyed in twice. It is known by its code, however that is typed, or by what stands
    on it where there is no code: whoever keys in cannot choose, and trying again changes nothing."""
    known_by = ticket_hash(installation, code) if code else repr(sorted(answers.items())).encode()
    drawn = hmac.digest(installation.secrets.derive("sheets keyed twice"), round.id.encode() + known_by, "sha256")
    return drawn[0] % ONE_IN == 0


def answered_on_paper(db: Connection, round: Round) -> dict[str, Stored]:
    """What the record of a sheet says of the way it was answered, where the round's forms ask about that."""
    asked = (question for form in pool_versions(db, round.pool) for question in form.questions)
    return {question.id: question.on_paper for question in asked if question.on_paper}
