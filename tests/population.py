"""Associations with invented answers, played month by month to the figures: what the tests of what leaves stand on.

Responses are stored as a release stores them, without boxes: those are played here by the same rules, and
`tests/test_release.py` compares. Groups, ledger, figures and files are the real ones.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Connection, insert

from exports.book import Book, code_book
from exports.contents import Entry
from forms.library import shipped
from forms.model import MISSING, NOT_ASKED, REFUSED, SKIPPED, Stored
from survey.periods import Period, PeriodKind
from survey.published import publish
from survey.release import PATIENCE
from survey.tables import association, release, response, team

Closing = Callable[[Connection, str, Period, date], None]
Draw = Callable[[random.Random, float], int]
Opening = tuple[str | None, int]
"""A team, or None for several together, and how many people's answers were opened."""
FORM = "experience"
FEWEST = 5
YEARS = (2025, 2026)
_STEP = {"quarter": 3, "month": 1}


def poisson(source: random.Random, mean: float) -> int:
    """How many came, when `mean` come on average and independently."""
    n, left = 0, source.expovariate(1)
    while left < mean:
        n, left = n + 1, left + source.expovariate(1)
    return n


def exactly(_source: random.Random, mean: float) -> int:
    """As many every time."""
    return round(mean)


@cache
def experience_book() -> Book:
    """The code book of the participants' questionnaire as shipped."""
    return code_book(FORM, [form for form in shipped() if form.pool == FORM])


@dataclass
class Boxes:
    """How many lie in each team's box, and which boxes are opened when a period ends."""

    teams: Sequence[str]

    def __post_init__(self) -> None:
        self._held = dict.fromkeys(self.teams, 0)
        self._waited = dict.fromkeys(self.teams, 0)

    def close(self, arrived: Sequence[int]) -> Iterator[Opening]:
        """Let so many come to each team in a period: what is then opened, what waited too long at last and together."""
        for slug, people in zip(self.teams, arrived, strict=True):
            self._held[slug] += people
            self._waited[slug] += 1
            if self._held[slug] >= FEWEST:
                yield slug, self._empty([slug])
        patient = [slug for slug in self.teams if self._waited[slug] >= PATIENCE]
        if sum(self._held[slug] for slug in patient) >= FEWEST:
            yield None, self._empty(patient)

    def _empty(self, slugs: Sequence[str]) -> int:
        people = sum(self._held[slug] for slug in slugs)
        self._held |= dict.fromkeys(slugs, 0)
        self._waited |= dict.fromkeys(slugs, 0)
        return people


@dataclass
class Opened:
    """A release as only the tests know it: its people, and every answer."""

    team: str | None
    period: str
    records: list[dict[str, str | list[str]]]

    @property
    def people(self) -> int:
        return len(self.records)


@dataclass
class Population:
    """One association: how many answer a month in each team, and how they tend to answer."""

    slug: str
    rates: Sequence[float]
    kind: PeriodKind = "quarter"
    seed: int = 0
    draw: Draw = poisson
    lean: float | None = None
    """How positive people are: None draws a temper for each question, 1 makes everybody agree."""
    opened: list[Opened] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.slug}{self.seed}")
        self._tempers = {entry.id: self._temper(entry) for entry in experience_book().entries if entry.counted}

    @property
    def teams(self) -> list[str]:
        """The short names of the teams."""
        return [self.team(number) for number in range(len(self.rates))]

    def settle(self, db: Connection) -> None:
        """Its rows, and the forms published."""
        for form in shipped():
            if form.pool == FORM:
                publish(db, form)
        db.execute(insert(association).values(slug=self.slug, name=f"Förbundet {self.slug}", period=self.kind))
        for slug in self.teams:
            values = {"slug": slug, "association": self.slug, "name": f"Team {slug}", "controller": "Kommunen"}
            db.execute(insert(team).values(values))

    def team(self, number: int) -> str:
        """The short name of a team."""
        return f"{self.slug}-{number}"

    def play(self, db: Connection, closing: Closing, *, years: Sequence[int] = YEARS) -> None:
        """Every period of the years: people answer, boxes are opened, the period closes."""
        self.settle(db)
        for period, opened in self.openings(years):
            for slug, people in opened:
                self.release(db, period, slug, people)
            closing(db, self.slug, period, period.last_day + timedelta(days=1))

    def openings(self, years: Sequence[int] = YEARS) -> Iterator[tuple[Period, list[Opening]]]:
        """Period by period what is opened; the same every time."""
        source, boxes = random.Random(f"{self.slug}{self.seed} comes"), Boxes(self.teams)
        for year in years:
            for month in range(1, 13, _STEP[self.kind]):
                period = Period.of(date(year, month, 1), self.kind)
                yield period, list(boxes.close([self.draw(source, rate * period.months) for rate in self.rates]))

    def release(self, db: Connection, period: Period, slug: str | None, people: int) -> None:
        """So many people's answers are opened together."""
        records = [self._record() for _ in range(people)]
        store(db, self.slug, slug, period, records)
        self.opened.append(Opened(slug, period.label, records))

    def _record(self) -> dict[str, str | list[str]]:
        record: dict[str, str | list[str]] = {}
        for entry in experience_book().entries:
            if entry.counted:
                record |= self._answer(entry, self._tempers[entry.id])
        return record

    def _temper(self, entry: Entry) -> list[float]:
        """A weight for each answer; some questions are answered nearly alike by all."""
        sharp = self._random.choice((0.5, 1, 2, 4)) if self.lean is None else 0
        given = [label for label in entry.labels if not label.missing]
        if self.lean is not None:
            return [self.lean if label.pole == "positive" else 1 - self.lean for label in given]
        return [self._random.random() ** sharp * 0.5 ** (place * sharp) for place, _ in enumerate(given)]

    def _answer(self, entry: Entry, temper: Sequence[float]) -> dict[str, str | list[str]]:
        given = [label.code for label in entry.labels if not label.missing]
        lacks = 0.0 if self.lean is not None else self._random.random()
        if lacks > 0.94:
            offered = {label.code for label in entry.labels if label.missing}
            code = self._random.choice([one for one in (NOT_ASKED, REFUSED, SKIPPED) if one in offered])
            return {entry.id: [], f"{entry.id}_miss": code} if entry.counted == "several" else {entry.id: code}
        if entry.counted == "several":
            chosen = [code for code, weight in zip(given, temper, strict=True) if self._random.random() < weight]
            return {entry.id: chosen or given[-1:]}
        return {entry.id: self._random.choices(given, temper)[0]}


def store(
    db: Connection,
    slug: str,
    team_slug: str | None,
    period: Period,
    records: Sequence[Mapping[str, Stored]],
    *,
    form: str = FORM,
) -> str:
    """A release of these records, as `survey.release` stores it; gives back its id."""
    id_ = f"{slug}-{team_slug}-{period.label}-{random.Random(repr(records)).getrandbits(32):08x}"
    db.execute(
        insert(release).values(
            id=id_,
            association=slug,
            team=team_slug,
            form=form,
            began=period.label,
            period=period.label,
            n=len(records),
            participants=len(records) + 3,
            issued=len(records) + 4,
            voided=0,
            released_on=period.last_day + timedelta(days=1),
        )
    )
    db.execute(
        insert(response),
        [
            {"id": f"{id_}{number}".encode(), "release": id_, "answers": json.dumps(record)}
            for number, record in enumerate(records)
        ],
    )
    return id_


def missing(record: dict[str, str | list[str]], question: str) -> str | None:
    """The missing code of a record's answer, or None where there is an answer."""
    value = record[question]
    if isinstance(value, list):
        return None if value else str(record[f"{question}_miss"])
    return value if value in MISSING else None
