"""The same question over time: a group's stored figures in a row, broken where the question changed its meaning.

A question keeps its id over the versions of its form. When its author says that it means something else
(`Entry.meaning`), figures before and after are no series, and the period of the change holds answers of both kinds.
Nothing is computed here: each point is what the group was shown as.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _

from exports.contents import Contents
from pages import cards
from pages.cards import Card, Row
from survey.periods import Period

View = Literal["ar", "perioder"]
"""Whole years, or the quarters and months they are made of; as addresses say it."""
_Told = tuple[Card | None, str, int]
"""A group's card of the question, why there is none or a less exact one, and what the question meant (0: not known)."""


@dataclass(frozen=True)
class Point:
    """One group in one period."""

    period: str
    card: Card | None
    """None where nothing is shown of the group, or the question was not asked."""
    reason: str
    """Why nothing, or less than the exact figure, is shown; "" for an exact one."""
    broken: bool
    """Whether the series breaks before this point."""
    mixed: bool
    """Whether the question changed its meaning in this period, so that answers of both kinds are in it."""


@dataclass(frozen=True)
class Series:
    """A group through the periods of which anything has been released, oldest first."""

    team: str | None
    name: str
    points: tuple[Point, ...]

    @property
    def changes(self) -> list[str]:
        """The periods in which the question changed its meaning."""
        return [point.period for point in self.points if point.mixed]

    @property
    def runs(self) -> list[list[Point]]:
        """The points between breaks: within a run they can be compared."""
        found: list[list[Point]] = [[]]
        for point in self.points:
            if point.broken:
                found.append([])
            found[-1].append(point)
        return found

    @property
    def aims(self) -> bool:
        """Whether any point is told against a goal."""
        return any(point.card and point.card.stands for point in self.points)

    @property
    def reasons(self) -> list[tuple[str, list[str]]]:
        """Why points are withheld or coarse, each reason once, with its periods in words."""
        told: dict[str, list[str]] = {}
        for point in self.points:
            if point.reason:
                told.setdefault(point.reason, []).append(cards.whole_period(point.period))
        return list(told.items())

    @property
    def answers(self) -> list[tuple[str, list[Row | None]]]:
        """For a question without positive answers: every answer, with its row of each exact point."""
        told = [{row.code: row for row in point.card.rows} if point.card else {} for point in self.points]
        labels = {row.code: row.label for rows in told for row in rows.values() if not row.apart}
        return [(label, [rows.get(code) for rows in told]) for code, label in labels.items()]


def series(shown: Iterable[Contents], question: str, view: View) -> list[Series]:
    """The question in every group that has been released, the association first; `shown` has the newest group first."""
    names: dict[str | None, str] = {}
    told: dict[str | None, dict[str, _Told]] = {}
    for contents in shown:
        if (len(contents.period) == len("2026")) == (view == "ar"):
            names.setdefault(contents.team, cards.place(contents))
            told.setdefault(contents.team, {})[contents.period] = _told(contents, question)
    periods = sorted({label for own in told.values() for label in own}, key=lambda label: Period.parse(label).last_day)
    in_order = sorted(names, key=lambda team: (team is not None, names[team], team or ""))
    return [Series(team, names[team], tuple(_points(periods, told[team]))) for team in in_order]


def changed(point: Point) -> str:
    """What a break before this point means."""
    if point.mixed:
        return str(_("Här får frågan en ny betydelse. Nästa rad blandar svar på den gamla och den nya frågan."))
    return str(_("Härifrån gäller bara den nya betydelsen. Jämför inte med raderna ovanför."))


def _told(contents: Contents, question: str) -> _Told:
    meaning = next((entry.meaning for entry in contents.book if entry.id == question), 0)
    if contents.grade == "withheld":
        return None, cards.why(contents), meaning
    card = cards.card_of(contents, question)
    return (card, card.reason, meaning) if card else (None, _("Frågan ställdes inte då."), meaning)


def _points(periods: Sequence[str], told: Mapping[str, _Told]) -> Iterator[Point]:
    before, was_mixed = 0, False
    for period in periods:
        card, reason, meaning = told.get(period) or (None, _("Inget har öppnats för gruppen."), 0)
        mixed = bool(before and meaning and meaning != before)
        yield Point(period, card, reason, mixed or bool(was_mixed and meaning), mixed)
        if meaning:
            before, was_mixed = meaning, mixed
