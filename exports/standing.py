"""Where a group stands: against its goals, and by theme. From stored full figures only, so nothing new is told.

Compared and averaged from counts, never from rounded shares (PRIVACY.md 3.7): a printed 80 % may be 79.6, which is near
the goal of 80 and not there.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from exports.contents import Contents, Entry, Positive
from exports.wording import N_

Standing = Literal["reached", "near", "below"]
NEAR = 5
"""Percentage points under a goal from which a group is no longer near it."""
FEWEST = 2
"""Questions a theme needs: the mean of one would be that one."""
NO_INDEX = N_("Index visas när alla bedömda frågor i temat visas med exakta tal.")


@dataclass(frozen=True)
class Index:
    """A theme in one figure."""

    value: int
    """The mean of the questions' shares of positive answers, each weighing the same, in whole per cent, halves up."""
    items: int
    """How many questions it is the mean of."""


def standing(contents: Contents, question: str) -> Standing | None:
    """How the question's positive share stands to its goal; None without a goal, or where it is not shown exactly."""
    positive, goal = _positives(contents).get(question), contents.goals.get(question)
    if positive is None or goal is None:
        return None
    over = 100 * positive.count - goal * positive.base
    if over >= 0:
        return "reached"
    return "near" if over > -NEAR * positive.base else "below"


def index(contents: Contents, theme: str) -> Index | None:
    """The theme's index, or None where it has none or may not be shown: `index_reason` tells which."""
    asked, told = _asked(contents, theme), _positives(contents)
    if len(asked) < FEWEST or any(entry.id not in told for entry in asked):
        return None
    shares = [Fraction(told[entry.id].count, told[entry.id].base) for entry in asked]
    return Index(int(100 * sum(shares) / len(shares) + Fraction(1, 2)), len(shares))


def index_reason(contents: Contents, theme: str) -> str:
    """Why the theme's index is not shown; "" where it is, and where a theme has too few rated questions for one."""
    has_one = len(_asked(contents, theme)) < FEWEST or index(contents, theme) is not None
    return "" if has_one else NO_INDEX


def _asked(contents: Contents, theme: str) -> list[Entry]:
    """The rated questions of the theme; one that newer versions no longer ask would withhold its index for ever."""
    return [entry for entry in contents.book if entry.poled and entry.theme == theme and not entry.until]


def _positives(contents: Contents) -> dict[str, Positive]:
    return {item.question: item.positive for item in contents.items if item.positive}
