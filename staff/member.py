"""Who is signed in, and what they hold: plain values that know no table and no request."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal[
    "admin", "coordinator", "evaluator", "facilitator", "author", "approver", "party", "controller", "interviewer"
]
ROLES: tuple[Role, ...] = get_args(Role)
CONTENT: frozenset[Role] = frozenset({"coordinator", "evaluator", "facilitator", "party", "controller", "interviewer"})
"""Roles that see what people have said, or who has looked: an administrator holds none of them."""
Scope = Literal["forms", "figures", "quotes", "exports"]
"""What a program may be let read: `staff.tokens`."""
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, order=True)
class Grant:
    """One role, and where it holds: admin everywhere, coordinator in a team, evaluator in an association,
    facilitator in an association or in one of its teams, author and approver in an association or everywhere,
    party in a team for one of its parties, controller in a team, interviewer of a team one does not work in."""

    role: Role
    association: str | None = None
    team: str | None = None
    party: str | None = None


@dataclass(frozen=True)
class Member:
    """A signed-in member of staff with every grant."""

    account: str
    name: str
    grants: tuple[Grant, ...]

    def has(self, role: Role) -> bool:
        """Whether the member holds `role` anywhere."""
        return any(grant.role == role for grant in self.grants)

    def teams(self) -> tuple[str, ...]:
        """Slugs of the teams the member coordinates."""
        return tuple(sorted({grant.team for grant in self.grants if grant.role == "coordinator" and grant.team}))

    def parties(self, team: str) -> tuple[str, ...]:
        """Codes of the parties the member takes part for in the team, `cm` for its case manager."""
        found = {grant.party for grant in self.grants if grant.role == "party" and grant.team == team and grant.party}
        return tuple(sorted(found))

    def controls(self, team: str) -> bool:
        """Whether the member reads the audit log and the deletions of the team."""
        return any(grant.role == "controller" and grant.team == team for grant in self.grants)

    def interviews(self) -> tuple[str, ...]:
        """Slugs of the teams whose participants the member interviews: never one where they hold another role too."""
        own = {grant.team for grant in self.grants if grant.role != "interviewer"}
        return tuple(sorted({g.team for g in self.grants if g.role == "interviewer" and g.team and g.team not in own}))

    def works_in(self) -> tuple[str, ...]:
        """Slugs of the teams the member has any role in: whose quotes somebody else reads."""
        return tuple(sorted({grant.team for grant in self.grants if grant.team}))

    def associations(self) -> tuple[str, ...]:
        """Slugs of the associations the member evaluates."""
        found = {grant.association for grant in self.grants if grant.role == "evaluator" and grant.association}
        return tuple(sorted(found))

    def oversees(self, role: Role, association: str | None) -> bool:
        """Whether the member holds `role`, author or approver, over the forms of the association; None: over those of
        the installation."""
        return any(grant.role == role and grant.association in (None, association) for grant in self.grants)

    def facilitates(self, association: str | None, team: str | None) -> bool:
        """Whether the member holds polls in exactly this team, or with no team in the association as a whole."""
        return association is not None and Grant("facilitator", association, team) in self.grants
