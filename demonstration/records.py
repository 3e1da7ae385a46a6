"""Invented records of the teams: a year of meetings, two years of deviations, and the study's time table as published.

Everything goes through the same rules as on the pages; what is said is in `records.yaml`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from exports import deviation_counts
from forms.model import Answer
from survey.installation import Installation
from survey.records import deviations, log, printed
from survey.records.hours import Columns, Span
from survey.records.log import TIPS
from survey.records.weeks import newest
from survey.workdays import next_workday, workdays_later

SEED = 20211101
_LED = 2
"""How many of the roads lead to an end: those of earlier half-years."""
_AGAIN = 0.25
"""How often a meeting is with somebody the team has met before."""


def load(installation: Installation, association: str) -> None:
    """Let a year of meetings and some half-years of deviations happen."""
    chance = Random(SEED)
    with installation.writing() as db:
        for row in invented()["printed"]["rows"]:
            columns = Columns(
                **{name: row[name] and Span(*row[name]) for name in ("per_day", "before", "met", "after")},
                meetings=row["meetings"],
                at_least=row.get("at_least", False),
            )
            source = invented()["printed"]["source"]
            printed.add(db, association, source, row["name"], columns, platform=row["platform"], hours=row["hours"])
    for team, habits in invented()["teams"].items():
        _meet(installation, team, habits, chance)
    _tell(installation, chance)


@cache
def invented() -> Mapping[str, Any]:
    """Everything that is made up, from `records.yaml`."""
    made_up: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "records.yaml").read_text("utf-8"))
    return made_up


def _meet(installation: Installation, team: str, habits: Mapping[str, Any], chance: Random) -> None:
    """A team's meetings, the oldest week first."""
    met = 0
    with installation.writing() as db:
        for week in reversed(newest(installation.today(), invented()["weeks"])):
            meetings = sum(chance.random() < habits["weekly"] / 3 for _each in range(3))
            for _each in range(meetings):
                again = met > 3 and chance.random() < _AGAIN
                one = log.note(
                    db, team, week, chance.randint(1, met) if again else None, None, _noted(habits, meetings, chance)
                )
                met = max(met, one.participant)


def _noted(habits: Mapping[str, Any], per_day: int, chance: Random) -> dict[str, Answer]:
    """What somebody notes of one meeting."""
    video, everyone = chance.random() < 0.3, chance.random() < 0.6
    answers: dict[str, Answer] = {log.PER_DAY: f"{per_day}", log.HOW: ("2",) if video else ("1",)}
    if video:
        answers[log.PRODUCT] = chance.choice(habits["products"])
    for question, name in ((log.BEFORE, "before"), (log.MET, "met"), (log.AFTER, "after")):
        if name == "met" or chance.random() > habits["blank"]:
            answers[question] = f"{5 * round(habits[name] * chance.uniform(0.6, 1.5) / 5)}"
    parties = ["af", "fk", "kommun", "region"]
    there = parties if everyone else chance.sample(parties, 3)
    answers[log.WHO] = (*there, *(["remittent"] if chance.random() < 0.7 else []))
    for question, often in zip(TIPS, habits["tips"], strict=True):
        if chance.random() < 0.9:
            answers[question] = "1" if chance.random() < often else "0"
    return answers


def _tell(installation: Installation, chance: Random) -> None:
    """Deviations half-year by half-year, counted when each has ended, the way the nightly run does."""
    today = installation.today()
    begins = date(today.year, 1 if today.month <= 6 else 7, 1)
    starts = [begins]
    for _each in invented()["halves"]:
        starts.insert(0, (starts[0] - timedelta(days=1)).replace(day=1))
        starts[0] = starts[0].replace(month=1 if starts[0].month <= 6 else 7)
    for start, n in zip(starts, [*invented()["halves"], invented()["now"]], strict=True):
        until = min(today, start + timedelta(days=175))
        for number in range(n):
            day = start + (until - start) * number // n
            road = invented()["road"][number % (len(invented()["road"]) if start == begins else _LED)]
            _happen(installation, next_workday(day) if next_workday(day) <= today else day, road, chance)
        night = replace(installation.settings, today=min(today, start + timedelta(days=190)))
        deviation_counts.close_due(replace(installation, settings=night))


def _happen(installation: Installation, day: date, road: Mapping[str, Any], chance: Random) -> None:
    """One report, and what comes of it until today."""
    works = chance.random() < invented()["working"]
    told = chance.choice(invented()["works" if works else "failing"])
    team = chance.choices(list(invented()["teams"]), [5, 4, 1])[0]
    answers = {deviations.KIND: "2" if works else "1", deviations.TYPES: tuple(told["types"])}
    answers |= {deviations.PARTIES: tuple(told["parties"]), deviations.WHAT: told["what"]}
    answers |= {deviations.OFTEN: told["often"]}
    if not works:
        answers |= {deviations.CONSEQUENCE: tuple(told["consequence"]), deviations.LEVEL: told["level"]}
        answers |= {deviations.PROPOSAL: told["proposal"]}
    here = _on(installation, day)
    with here.writing() as db:
        name = deviations.tell(db, here, team, answers, (), "command").id
    for state, said in zip(road["steps"], road["words"], strict=True):
        day = workdays_later(day, chance.randint(3, 25))
        if day > installation.today():
            return
        here = _on(installation, day)
        with here.writing() as db:
            one = deviations.find(db, name)
            if state not in one.may():
                return
            deviations.take_step(db, here, one, state, said, (), "command")


def _on(installation: Installation, day: date) -> Installation:
    return replace(installation, settings=replace(installation.settings, today=day))
