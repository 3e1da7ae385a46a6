"""What a round and its box are, as values; the rows are in `survey.tables`, the rules in `rounds`, `box`, `release`."""

import hmac
from abc import ABC, abstractmethod
from dataclasses import dataclass

import orjson

from survey.periods import PeriodKind

LINK_FLOOR = 10
"""An open link ensures nothing about who answers, so its boxes need at least this many (PRIVACY.md 2)."""


def k_of(mix: int, open_link: bool) -> int:
    """How many answers a box must hold before it may be opened, in an association that mixes `mix`."""
    return max(mix, LINK_FLOOR) if open_link else mix


@dataclass(frozen=True)
class Round:
    """A form opened to a team's participants. Says nothing about how many have answered."""

    id: str
    team: str
    association: str
    form: str
    version: int
    pool: str
    """The form whose figures the answers belong to: `experience` for `experience_short` too."""
    open_link: bool
    state: str
    participants: int
    issued: int
    voided: int
    """Named participants, codes printed and codes voided since the current box began."""
    mix: int
    period: PeriodKind
    """Whether the association closes each quarter or each month."""

    @property
    def open(self) -> bool:
        return self.state == "open"

    @property
    def k(self) -> int:
        """How many answers are opened together at the least."""
        return k_of(self.mix, self.open_link)


class Stamped(ABC):
    """Something in the database with a mac under a secret that is not: it was made here, just so."""

    mac: bytes

    @abstractmethod
    def bound(self) -> tuple[object, ...]:
        """What the mac is made of: everything that nobody may change."""

    def stamp(self, key: bytes) -> bytes:
        """The mac that `key` gives exactly this."""
        return hmac.digest(key, orjson.dumps(self.bound()), "sha256")

    def genuine(self, key: bytes) -> bool:
        """Whether the mac was made with `key`, and nothing about this has been changed since."""
        return hmac.compare_digest(self.mac, self.stamp(key))


@dataclass(frozen=True)
class Box(Stamped):
    """What sealing and opening need to know of a box; `mac` says that it was made here, just so."""

    id: str
    round: str
    team: str
    form: str
    public: bytes
    size: int
    k: int
    mac: bytes = b""

    def bound(self) -> tuple[object, ...]:
        """What the mac is made of."""
        return self.id, self.round, self.team, self.form, self.public.hex(), self.size, self.k
