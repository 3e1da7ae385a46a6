"""Who somebody is in a team, asked of the accounts' roles: the gate has asked it before, and it is asked again here.

A route that forgets to declare its policy, or hands on a foreign case's id, still reaches nobody's case (P24).
"""

from sqlalchemy import Connection, select

from survey.cases.model import Case, Reader
from survey.cases.parties import may_take_part
from survey.errors import NotFound
from survey.tables import role

NO_ACCOUNTS = ("person", "referrer", "command")
"""Who else does something with a case, as events and the audit chain name them."""


def coordinator(db: Connection, reader: Reader, of: Case) -> None:
    """Raise `NotFound` unless the reader coordinates the team of the case."""
    if reader.party is not None or not takes_part(db, reader, of):
        raise NotFound


def acts(db: Connection, by: str, of: Case, *, for_a_party: bool = False) -> None:
    """Raise `NotFound` unless whoever acts coordinates the team of the case, or takes part in it for one of its
    parties where that is enough; the person, the referrer and commands act by themselves."""
    if by in NO_ACCOUNTS:
        return
    held = ("coordinator", "party") if for_a_party else ("coordinator",)
    here = (role.c.account == by, role.c.team == of.team, role.c.role.in_(held))
    if not any(_in_team(db, of.team, party) for party in db.scalars(select(role.c.party).where(*here))):
        raise NotFound


def takes_part(db: Connection, reader: Reader, of: Case) -> bool:
    """Whether the reader is in the case's team what they say they are."""
    return reader.team == of.team and holds(db, reader)


def holds(db: Connection, reader: Reader) -> bool:
    """Whether the reader is in the team what they say they are. Who takes part for a party that has left the team does
    not, whatever yes still stands: the person said it to somebody at this table."""
    held = "coordinator" if reader.party is None else "party"
    here = (role.c.account == reader.account, role.c.team == reader.team, role.c.role == held)
    of_party = role.c.party.is_not_distinct_from(reader.party)
    there = db.execute(select(role.c.id).where(*here, of_party)).first() is not None
    return there and _in_team(db, reader.team, reader.party)


def _in_team(db: Connection, team: str, party: str | None) -> bool:
    """Whether the party belongs to the team now; coordinators are the team."""
    return party is None or may_take_part(db, team, party)
