"""Taking a consent back by oneself: with the number of the referral and the code that came with it.

Neither an account nor a reason is asked for, and it counts from that moment.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from survey.cases import cases, consent
from survey.cases.intake import withdrawal_hash
from survey.cases.model import Case, Consented
from survey.errors import Closed
from survey.installation import Installation
from survey.tables import case

_REFERENCE = re.compile(r"\s*(?:[A-Za-z]\s*-?\s*)?0*([1-9][0-9]{0,8})\s*")


@dataclass(frozen=True)
class Withdrawable:
    """A case somebody has shown the code of, and how its consents stand; nothing else of it."""

    case_id: str
    team: str
    reference: str
    standings: Mapping[str, Consented]


def find(installation: Installation, reference: str, code: str, now: datetime) -> Withdrawable:
    """The case behind number and code, however typed. Raises `Closed` for what does not fit, whichever it is."""
    with installation.reading() as db:
        of = _found(db, installation, reference, code)
        return Withdrawable(of.id, of.team, of.reference, consent.standings(db, of.id, now))


def withdraw(
    installation: Installation, reference: str, code: str, parties: Collection[str] | None, now: datetime
) -> tuple[str, ...]:
    """Take back what was said about these parties, or about all; those it was taken back for. Raises as `find`."""
    with installation.writing() as db:
        of = _found(db, installation, reference, code)
        return consent.withdraw(db, installation, of.id, parties, "person", now, how="link")


def _found(db: Connection, installation: Installation, reference: str, code: str) -> Case:
    typed = _REFERENCE.fullmatch(reference)
    if typed is None:
        raise Closed
    known_by = withdrawal_hash(installation, int(typed[1]), code)
    case_id = db.scalar(select(case.c.id).where(case.c.withdrawal == known_by))
    if case_id is None:
        raise Closed
    return cases.find(db, case_id)
