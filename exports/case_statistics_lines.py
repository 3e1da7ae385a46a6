"""Case statistics line by line, for pages and files alike: every value there is, with its number or without.

Nothing is counted here: shares and key figures follow from numbers that are printed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exports.case_statistics import OF_REFERRERS, OF_YEARS, Figures, Shown
from exports.case_statistics_counting import BETWEEN, REFERRER
from exports.case_statistics_labels import DIMENSIONS, EVENTS, WAITED
from exports.contents import Texts
from exports.figures import share
from survey.cases.leading import SEXES

SITUATION = "situation"
ALL: Texts = {"sv": "Alla", "en": "All"}
BY_EVENT: Mapping[str, tuple[str, ...]] = {
    "received": ("source", *OF_REFERRERS, "municipality", SITUATION, "refused"),
    "met": ("team",),
    "planned": ("team",),
    "followed_up": ("team",),
    "closed": ("team", "outcome"),
}
"""By what each event is shown, besides waiting times and sex."""


@dataclass(frozen=True)
class Line:
    """One value; `n` is None where the number is not printed, `base` where there is none to compare it with."""

    code: str
    text: Texts
    n: int | None
    base: int | None

    @property
    def share(self) -> int | None:
        """In whole per cent."""
        return None if self.n is None or not self.base else share(self.n, self.base)


@dataclass(frozen=True)
class Block:
    """The lines of one event by one dimension."""

    event: str
    dimension: str
    lines: tuple[Line, ...]

    @property
    def title(self) -> Texts:
        return DIMENSIONS[self.dimension]

    @property
    def shown(self) -> bool:
        """Whether any number of it is printed."""
        return any(line.n is not None for line in self.lines)


@dataclass(frozen=True)
class Waiting:
    """How long people waited for something."""

    event: str
    title: Texts
    people: int | None
    median: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Started:
    """How many in a team, or in all, had their first meeting in a year, by sex: what Uppföljning Finsam asks for."""

    team: str
    """"" for the whole association."""
    name: str
    people: int | None
    by_sex: Mapping[str, int | None]
    """By code: women, men, other; those of whom nothing is stated are in none."""


@dataclass(frozen=True)
class KeyFigure:
    """One number a board asks for; `of` and `base` are what a share is made of."""

    text: Texts
    value: int | None
    unit: Texts
    of: int | None = None
    base: int | None = None


def blocks(one: Shown) -> Iterator[Block]:
    """Every event by every dimension, the totals first: their block has one line and the dimension "team" or none."""
    for event, dimensions in BY_EVENT.items():
        figures = one.events[event]
        for dimension in dimensions:
            lines = _situations(one, figures) if dimension == SITUATION else _lines(one, figures, dimension)
            yield Block(event, dimension, tuple(lines))


def total(one: Shown, event: str) -> Line:
    """How many in all."""
    return Line("", EVENTS[event], one.events[event].people, None)


def waiting(one: Shown) -> Iterator[Waiting]:
    """The waiting times of each step."""
    for event, title in WAITED.items():
        figures = one.events[event]
        yield Waiting(event, title, figures.people, figures.median, tuple(_lines(one, figures, "days")))


def started(one: Shown) -> Iterator[Started]:
    """The association, then its teams, for a year."""
    figures = one.events["met"]
    by = figures.by.get(OF_YEARS, {})
    of_teams = figures.by.get("team", {})
    names = {"": one.association_name} | {slug: text["sv"] for slug, text in one.labels.values["team"].items()}
    for slug, name in names.items():
        people = of_teams.get(slug) if slug else figures.people
        yield Started(slug, name, people, {sex: by.get(f"{slug}{BETWEEN}{sex}") for sex in SEXES})


def key_figures(one: Shown) -> Iterator[KeyFigure]:
    """What follows from what is printed."""
    for event in EVENTS:
        yield KeyFigure(EVENTS[event], one.events[event].people, _NUMBER)
    received, met, closed = (one.events[event] for event in ("received", "met", "closed"))
    yield _rest({"sv": "Egna anmälningar", "en": "Self-referrals"}, received, "source", REFERRER)
    yield _rest({"sv": "Nej till någon part", "en": "No to some party"}, received, "refused", "none")
    yield _sum({"sv": "Möte inom 30 dagar", "en": "Met within 30 days"}, met, "days", "14", "30")
    yield _sum({"sv": "Till arbete eller studier", "en": "To work or studies"}, closed, "outcome", "1", "2")
    for event, title in WAITED.items():
        middle: Texts = {"sv": f"{title['sv']}, mittersta värdet", "en": f"{title['en']}, median"}
        yield KeyFigure(middle, one.events[event].median, _DAYS)


def _lines(one: Shown, figures: Figures, dimension: str) -> Iterator[Line]:
    counts = figures.by.get(dimension, {})
    base = figures.by.get("source", {}).get(REFERRER) if dimension in OF_REFERRERS else figures.people
    for code, text in one.labels.values[dimension].items():
        yield Line(code, text, counts.get(code), base)


def _situations(one: Shown, figures: Figures) -> Iterator[Line]:
    for code, text in one.labels.values[SITUATION].items():
        counts = figures.by.get(f"{SITUATION} {code}", {})
        yield Line(code, text, counts.get("True"), figures.people)


def _sum(text: Texts, figures: Figures, dimension: str, *values: str) -> KeyFigure:
    counts = figures.by.get(dimension, {})
    if not figures.people or not all(value in counts for value in values):
        return KeyFigure(text, None, _PER_CENT)
    of = sum(counts[value] for value in values)
    return KeyFigure(text, share(of, figures.people), _PER_CENT, of, figures.people)


def _rest(text: Texts, figures: Figures, dimension: str, value: str) -> KeyFigure:
    """All but those with the value: where it is printed, the rest is known."""
    found = _sum(text, figures, dimension, value)
    if found.of is None or found.base is None:
        return found
    of = found.base - found.of
    return KeyFigure(text, share(of, found.base), _PER_CENT, of, found.base)


_NUMBER: Texts = {"sv": "antal", "en": "number"}
_PER_CENT: Texts = {"sv": "procent", "en": "per cent"}
_DAYS: Texts = {"sv": "dagar", "en": "days"}
