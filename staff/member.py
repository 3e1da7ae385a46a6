"""Who is signed in, and what they hold: plain values that know no table and no request."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["admin", "coordinator", "evaluator"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, order=True)
class Grant:
    """One role, and where it holds: admin everywhere, coordinator in a team, evaluator in an association."""

    role: Role
    association: str | None = None
    team: str | None = None


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

    def associations(self) -> tuple[str, ...]:
        """Slugs of the associations the member evaluates."""
        found = {grant.association for grant in self.grants if grant.role == "evaluator" and grant.association}
        return tuple(sorted(found))
