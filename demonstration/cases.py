"""Invented cases: some of one team told at length, and many that are only there to be counted.

They come in, are talked about, planned and followed up the way real ones are, day by day, through the same rules as on
the pages; what the persons say is in `cases.yaml`.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy import select

from forms.consent import lines, wording
from forms.library import shipped_form
from forms.model import Answer, Answers
from forms.placeholders import case_values
from forms.roles import role_of, worded
from forms.tailoring import TeamSettings, tailored
from survey.cases import consent, documents, intake, leading, settings, wordings
from survey.cases.intake import Referral
from survey.cases.leading import Booking, Closing, Seat
from survey.cases.model import Reader
from survey.installation import Installation
from survey.tables import role
from survey.teams import find_association, find_team
from survey.workdays import follow_up_day, next_workday

SEED = 20210818
_DAYS_OF_MANY = 430
"""Days in which those come who are only counted."""
_MONTHS_OF_CONSENT = timedelta(days=180)
_ORAL = timedelta(days=14)


@dataclass(frozen=True)
class _Story:
    """One invented person's case, and who leads it."""

    told: Mapping[str, Any]
    case_id: str
    reader: Reader
    rules: TeamSettings


def load(installation: Installation) -> None:
    """Let every case happen, day by day until today."""
    with installation.writing() as db:
        wordings.approve(db, shipped_form("referral"), "en", "En påhittad granskare", installation.today())
    for told in _many(installation.today()):
        _happen(installation, told)
    for told in invented()["cases"]:
        _happen(installation, told)


@cache
def invented() -> Mapping[str, Any]:
    """Everything that is made up, from `cases.yaml`."""
    made_up: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text("utf-8"))
    return made_up


def _many(today: date) -> Iterator[Mapping[str, Any]]:
    """Cases enough to be counted, of last year and some months more, all of them closed."""
    many, chance = invented()["many"], Random(SEED)
    first = (date(today.year - 1, 1, 2) - today).days
    days = min(_DAYS_OF_MANY, -60 - first)
    for team, n in many["teams"].items():
        for number in range(n):
            came = first + days * number // n
            met = min(came + 10 + int(chance.expovariate(1 / 22)), -40)
            drawn = {name: chance.choices(list(codes), codes.values())[0] for name, codes in many["drawn"].items()}
            said = {"an_namn": f"{number + 1} {team.title()} Exempel"} | many["answers"]
            yield {
                **{name: many[name] for name in ("consents", "plan")},
                **{"team": team, "came": came, "met": met, "closed": min(met + chance.randint(60, 200), -2)},
                **{name: drawn.pop(name) for name in ("sex", "outcome")},
                "answers": {**said, **drawn, "an_lage": [drawn["an_lage"]]},
            }


def _happen(installation: Installation, told: Mapping[str, Any]) -> None:
    story = _come(installation, told)
    came = _on(installation, told["came"])
    if "taken" in told:
        with came.writing() as db:
            who = story.reader.account
            leading.take(db, installation, story.case_id, who, who, came.now())
    if "booked" in told or ("met" in told and "about" in told):
        _book(installation, story, told.get("booked", told.get("met")))
    if "met" in told:
        _meet(installation, story)
    if "closed" in told:
        _end(installation, story)


def _come(installation: Installation, told: Mapping[str, Any]) -> _Story:
    """The referral is sent."""
    came, team = _on(installation, told["came"]), told.get("team", invented()["team"])
    said = _answers(told, came.today())
    with came.writing() as db:
        here, rules = find_team(db, team), settings.settings(db, team).form
        form = worded(tailored(shipped_form("referral"), rules), role_of(said))
        blanks = case_values(
            team=here.name,
            association=find_association(db, here.association).name,
            phone=here.phone,
            contact=here.phone,
            parties=rules.parties,
            ages=(rules.age_from, rules.age_to),
            consent_months=rules.consent_months,
            language="sv",
            answers=said,
            today=came.today(),
        )
        shown = {line.party: wording(form, line.party, "sv", blanks) for line in lines(form)}
        given = consent.from_answers(form, said, shown)
        referral = Referral(team, form, said, "sv", secrets.token_bytes(16), given)
        case_id = intake.send(db, installation, referral, came.now()).case_id
        leads = db.scalars(select(role.c.account).where(role.c.team == team, role.c.role == "coordinator")).first()
    return _Story(told, case_id, Reader(leads or "", team), rules)


def _answers(told: Mapping[str, Any], came: date) -> dict[str, Answer]:
    """What is filled in: what all say, what this one says, and the eight things the person knows by then."""
    said = {**invented()["everyone"], **told["answers"]}
    knows = said.pop("told")
    points = [question.id for question in shipped_form("referral").questions if question.id.startswith(intake.POINTS)]
    said |= {one: "1" if place < knows else "2" for place, one in enumerate(points)}
    said |= {f"sc_{party}": answer for party, answer in told["consents"].items()}
    said |= {f"sc_{party}_inte": words for party, words in told.get("limits", {}).items()}
    said |= {"sc_till": (came + _MONTHS_OF_CONSENT).isoformat(), "an_info_datum": came.isoformat()}
    if said.get("sc_hur") in ("3", "4"):
        said["sc_skriftligt_senast"] = (came + _ORAL).isoformat()
    return {name: tuple(one) if isinstance(one, list) else one for name, one in said.items() if one is not None}


def _book(installation: Installation, story: _Story, in_days: int) -> None:
    """The meeting is booked a week or so before it is held."""
    held_on = next_workday(_on(installation, in_days).today())
    made = _on(installation, min(in_days - 10, -1))
    at = datetime.combine(held_on, time(12, 0), UTC)
    with made.writing() as db:
        standing = consent.standings(db, story.case_id, made.now())
        coming = consent.active_parties(standing)
        seats = tuple(Seat("party", one, _NAMES[one], _ROLES[one], _REASONS[one]) for one in coming)
        booking = Booking(at, 60, "1", "Teamets rum, Storgatan 1, Björkdalen", seats, "Disa Påhittad")
        leading.book(db, installation, story.reader, story.case_id, booking, 0, made.now())


def _meet(installation: Installation, story: _Story) -> None:
    """The meeting is held: mapping, plan, read back."""
    met = _on(installation, story.told["met"])
    met = replace(met, settings=replace(met.settings, today=next_workday(met.today())))
    with met.writing() as db:
        sex = story.told.get("sex")
        leading.held(db, installation, story.case_id, met.today(), story.reader.account, met.now(), sex)
        for kind in ("mapping", "plan"):
            if kind in story.told:
                form = tailored(shipped_form(kind), story.rules)
                said = _rows(story.told[kind], met.today())
                documents.write(
                    db, installation, story.reader, story.case_id, kind, said, form=form, after=0, now=met.now()
                )
        leading.planned(db, installation, story.reader, story.case_id, met.now())


def _end(installation: Installation, story: _Story) -> None:
    """The plan has been followed up, and somebody has taken over."""
    day = _on(installation, story.told["closed"])
    with day.writing() as db:
        leading.followed_up(db, installation, story.reader, story.case_id, reached=True, now=day.now())
        outcome = story.told.get("outcome", "3")
        closing = Closing(outcome, "Disa Påhittad, Arbetsförmedlingen", accepted=True, told=True)
        leading.close(db, installation, story.reader, story.case_id, closing, day.now())


def _rows(told: Mapping[str, Any], met: date) -> Answers:
    """Answers as documents keep them; the plan is followed up two months after the meeting."""
    said = {name: tuple(one) if isinstance(one, list) else one for name, one in told.items()}
    return {**said, "pl_uppf": follow_up_day(met).isoformat()} if "pl_mal" in said else said


def _on(installation: Installation, days: int) -> Installation:
    """The same installation so many days from today."""
    day = installation.today() + timedelta(days=days)
    return replace(installation, settings=replace(installation.settings, today=day))


_NAMES = {"af": "Disa Påhittad", "fk": "Gun Påhittad", "kommun": "Ali Påhittad", "region": "Eli Påhittad"}
_ROLES = {"af": "Arbetsförmedlare", "fk": "Handläggare", "kommun": "Socialsekreterare", "region": "Rehabkoordinator"}
_REASONS = {
    "af": "Kan berätta om arbetsträning och stöd på en arbetsplats.",
    "fk": "Kan svara på frågor om ersättning.",
    "kommun": "Kan berätta vad kommunen kan hjälpa till med.",
    "region": "Kan säga vad som är lagom för hälsan.",
}
