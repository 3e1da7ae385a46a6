"""As whom a member of staff reads a case: the strongest of what they are in its team."""

from sqlalchemy import Connection

from staff.member import Member
from survey.cases import cases
from survey.cases.model import Reader
from survey.errors import NotFound


def reader(db: Connection, member: Member, case_id: str) -> Reader:
    """The member before that case: as coordinator, or for the first of their parties. Raises `NotFound`."""
    team = cases.find(db, case_id).team
    if team in member.teams():
        return Reader(member.account, team)
    for party in member.parties(team):
        return Reader(member.account, team, party)
    raise NotFound


def readers(member: Member) -> tuple[Reader, ...]:
    """Everything the member takes part for, in any team."""
    found = {(grant.team, grant.party) for grant in member.grants if grant.role == "party" and grant.team}
    return tuple(Reader(member.account, team, party) for team, party in sorted(found, key=str) if team)
