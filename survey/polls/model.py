"""What a poll, its questions and its results are, as values; the rows are in `survey.tables`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from survey.model import Stamped

FLOOR = 5
"""How many votes are opened together at the least, first and after reopening. The tables hold it too."""

State = Literal["hidden", "skipped", "open", "closed", "shown"]


@dataclass(frozen=True)
class Poll:
    """A form put to a room, or to those who have a link."""

    id: str
    association: str
    team: str | None
    """None: held for the association as a whole."""
    form: str
    version: int
    number: int
    """Which of the association's polls it is, to call it by."""
    held_on: date
    """The day it was started; by link the first day of voting."""
    last_day: date | None
    """By link the last day of voting; None for a poll in a room."""
    code: str | None
    """Six digits, while a poll in a room is running."""
    state: str
    current: str | None
    """The question the room is at; None in the lobby and by link."""

    @property
    def running(self) -> bool:
        """Whether it has not been ended."""
        return self.state == "running"

    @property
    def by_link(self) -> bool:
        """Whether it is answered question after question by those who have its address, with no room."""
        return self.last_day is not None


@dataclass(frozen=True)
class Asked:
    """How a question of a poll stands. Says how many have voted, never what."""

    question: str
    state: State
    counted: int
    """Votes that have become counts: none, or at least `FLOOR`."""
    sealed: int
    """Votes that nobody can read yet."""
    by_hand: int
    """People in the room who were counted by hand."""

    @property
    def votes(self) -> int:
        """Votes from phones, counted or not. Hand counts are not among them."""
        return self.counted + self.sealed

    @property
    def can_be_shown(self) -> bool:
        """Whether there is a result that may be shown; hand counts never help to reach the floor."""
        return self.counted >= FLOOR


@dataclass(frozen=True)
class Result:
    """What a question came to: exact counts by code, from phones and by hand. At least `FLOOR` votes from phones."""

    poll: Poll
    question: str
    counted: int
    by_hand: int
    votes: Mapping[str, int]
    hands: Mapping[str, int]

    def n(self, code: str) -> int:
        """How many gave this answer, by phone or by hand."""
        return self.votes.get(code, 0) + self.hands.get(code, 0)

    @property
    def people(self) -> int:
        """How many answered at all, by phone or by hand: the base of a question that may have several answers."""
        return self.counted + self.by_hand


@dataclass(frozen=True)
class BallotBox(Stamped):
    """Where the ballots of an open question lie; `mac` says that it was made here, just so."""

    id: str
    poll: str
    question: str
    public: bytes
    size: int
    mac: bytes = b""

    def bound(self) -> tuple[object, ...]:
        """What the mac is made of."""
        return self.id, self.poll, self.question, self.public.hex(), self.size
