"""The demonstration: an invented association with two years of released answers and a round that waits for yours.

Everything goes the way real answers go: codes are issued, answers sealed, boxes opened when their quarter has ended.
What people say is drawn in `demonstration.people` from a fixed seed. No real installation uses anything here.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy import select

from demonstration import cases, records, room
from demonstration.people import answered
from exports import case_statistics, feedback, groups, quotes, year_shown
from exports import year as year_in_figures
from staff import accounts, factors, passphrase
from survey import box, rounds, teams
from survey.errors import NotAllowed
from survey.installation import Installation
from survey.model import Round
from survey.periods import Period
from survey.published import newest
from survey.release import Outcome, release_due
from survey.tables import association as associations

SEED = 20210817
FORM, SHORT = "experience", "experience_short"
QUARTERS = 8


@dataclass(frozen=True)
class Shown:
    """Where a visitor begins: the address to answer at, codes that are not used, and who can sign in."""

    base_url: str
    codes: Sequence[str]
    emails: Sequence[str]

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "passphrase": passphrase.DEMONSTRATION, "seed": factors.DEMONSTRATION_SEED}

    def lines(self) -> list[str]:
        return [
            "",
            f"  Samsvar        {self.base_url}",
            f"  Svara          {self.base_url}/svara   koder: {'  '.join(self.codes[:4])}",
            f"  Logga in       {self.base_url}/personal/logga-in",
            *(f"                 {email}" for email in self.emails),
            f"  Lösenfras      {passphrase.DEMONSTRATION}",
            f"  Engångskod     sidan fyller i den   för en app: {factors.DEMONSTRATION_SEED}",
            "",
        ]


def load(installation: Installation) -> Shown:
    """Load the demonstration, or only say where it begins when it stands there already.

    Raises `NotAllowed` when the database holds any other association, or accounts already: the two are never mixed,
    and the sign-in page names every account. Also when an earlier loading was interrupted.
    """
    home = invented()["association"]["slug"]
    with installation.reading() as db:
        present = set(db.scalars(select(associations.c.slug)))
        people = {one.email for one in accounts.accounts(db)} - {one["email"] for one in invented()["accounts"]}
    if present - {home} or (people and not present):
        raise NotAllowed("Här finns redan riktiga uppgifter. Ladda demonstrationen i en egen instans.")
    slips = installation.settings.instance / "slips.txt"
    if present:
        _let_visitors_in(installation)
    else:
        _build(installation, slips)
    if not slips.exists():
        raise NotAllowed("Demonstrationen blev inte färdig. Ta bort innehållet i instansens mapp och börja om.")
    codes = slips.read_text("utf-8").split()
    return Shown(installation.settings.base_url, codes, [one["email"] for one in invented()["accounts"]])


def next_release(installation: Installation) -> Outcome:
    """Run the nightly release as of the first night after the first period that is not yet closed."""
    with installation.reading() as db:
        closed = db.scalar(
            select(associations.c.closed_through).where(associations.c.slug == invented()["association"]["slug"])
        )
    if closed is None:
        raise NotAllowed("Ladda demonstrationen först: make run.")
    return release_due(on(installation, Period.parse(closed).next.next.first_day), groups.close)


@cache
def invented() -> Mapping[str, Any]:
    """Everything that is made up, from `invented.yaml`."""
    made_up: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "invented.yaml").read_text("utf-8"))
    return made_up


def on(installation: Installation, day: date) -> Installation:
    """The same installation on another day."""
    return replace(installation, settings=replace(installation.settings, today=day))


def _build(installation: Installation, slips: Path) -> None:
    chance = Random(SEED)
    this = Period.of(installation.today(), "quarter")
    first = Period(this.months, this.index - QUARTERS)
    _found(on(installation, first.first_day))
    room.hold(on(installation, invented()["poll"]["held_on"]), invented()["association"]["slug"], invented()["poll"])
    asked = _open(on(installation, first.first_day))
    for quarter in range(QUARTERS):
        period = Period(first.months, first.index + quarter)
        _answer(on(installation, period.first_day + timedelta(days=20)), asked, quarter, chance)
        release_due(on(installation, period.next.first_day), groups.close)
        if quarter < invented()["publishes_quotes_of"]:
            _publish_quotes(on(installation, period.next.first_day + timedelta(days=14)), period)
        for told in (one for one in invented()["told"] if one["quarter"] == quarter):
            _tell(on(installation, period.next.first_day + timedelta(days=30)), period, told)
    cases.load(installation)
    records.load(installation, invented()["association"]["slug"])
    _vote_again(installation)
    _count(installation)
    _wait(installation, next(iter(asked.values())), slips, chance)


def _found(installation: Installation) -> None:
    home = invented()["association"]
    with installation.writing() as db:
        teams.add_association(db, home["slug"], home["name"], demonstration=True)
        for one in invented()["teams"]:
            teams.add_team(
                db,
                one["slug"],
                one["name"],
                association=home["slug"],
                controller=one["controller"],
                phone=one["phone"],
            )
            teams.name_colleagues(db, one["slug"], one["colleagues"])
        for one in invented()["accounts"]:
            grant = accounts.grant(db, one["role"], one.get("association"), one.get("team"), one.get("party"))
            account = accounts.add(db, one["email"], one["name"], grant)
            if "also" in one:
                accounts.give(db, account, accounts.grant(db, one["role"], one.get("association"), one["also"], None))
            accounts.open_to_visitors(db, installation.secrets, account)


def _let_visitors_in(installation: Installation) -> None:
    """Give the accounts of a demonstration that is older than the second factor what opens it."""
    with installation.writing() as db:
        for one in accounts.demonstration(db):
            if one.ready and not one.protected:
                accounts.open_to_visitors(db, installation.secrets, one.id)


def _open(installation: Installation) -> dict[str, Round]:
    """A round per team, open for as long as the demonstration stands."""
    with installation.writing() as db:
        form = newest(db, FORM)
        return {
            one["slug"]: rounds.open_round(db, installation, one["slug"], form, tickets=1, participants=1).round
            for one in invented()["teams"]
        }


def _answer(installation: Installation, asked: Mapping[str, Round], quarter: int, chance: Random) -> None:
    for one in invented()["teams"]:
        _send(installation, asked[one["slug"]], one["answers"][quarter], one["warmth"], quarter / QUARTERS, chance)


def _send(installation: Installation, asked: Round, n: int, warmth: float, progress: float, chance: Random) -> None:
    """`n` people answer, each with a code of their own; one in five of those who got one does not."""
    with installation.writing() as db:
        forms = newest(db, FORM), newest(db, SHORT)
        invited = n + n // 4
        for code in rounds.add_tickets(db, installation, asked, invited, participants=invited)[:n]:
            form = forms[chance.random() < invented()["short"]]
            record = answered(form, invented(), chance, warmth=warmth, progress=progress)
            box.send(db, installation, asked, submission=secrets.token_bytes(16), code=code, form=form, record=record)


def _publish_quotes(installation: Installation, period: Period) -> None:
    """Someone who works in none of the teams has read them all. One that says too much is taken out."""
    home = invented()["association"]["slug"]
    with installation.writing() as db:
        for one in quotes.waiting(db, home, FORM, own_teams=()):
            if "Hälsa " in one.text:
                quotes.reject(db, one.id, own_teams=())
            else:
                quotes.approve(db, one.id, own_teams=())
        quotes.publish(db, home, FORM, period, installation.today())


def _tell(installation: Installation, period: Period, told: Mapping[str, Any]) -> None:
    """The evaluator tells participants what came of their answers, of the questions whose figures are shown."""
    about = feedback.About(invented()["association"]["slug"], FORM, period.label)
    with installation.writing() as db:
        may = {item.question for item in feedback.tellable(feedback.told_of(db, about))}
        questions = [question for question in told["questions"] if question in may]
        feedback.save(db, about, questions, {language: told[language] for language in ("sv", "en")})
        feedback.publish(db, about, installation.today())


def _vote_again(installation: Installation) -> None:
    again = invented()["poll_again"]
    held_on = date(installation.today().year - 1, again["month"], 12)
    told = {**invented()["poll"], "votes": again["votes"]}
    room.hold(on(installation, held_on), invented()["association"]["slug"], told)


def _count(installation: Installation) -> None:
    """Count the cases, quarter by quarter, and settle the years, the way the nightly run does."""
    this = Period.of(installation.today(), "quarter")
    for back in reversed(range(QUARTERS)):
        night = on(installation, Period(this.months, this.index - back).first_day)
        case_statistics.close_due(night, night.now())
    for year in range(invented()["poll"]["held_on"].year, installation.today().year):
        night = on(installation, year_in_figures.settles_on(year))
        if night.today() <= installation.today():
            year_shown.close_due(night)


def _wait(installation: Installation, asked: Round, slips: Path, chance: Random) -> None:
    """The round a visitor answers in: some sealed answers wait there, and the slips lie in a file."""
    _send(installation, asked, invented()["waiting"], 0.1, 1.0, chance)
    with installation.writing() as db:
        n = invented()["slips"]
        codes = rounds.add_tickets(db, installation, asked, n, participants=n)
    slips.write_text("\n".join(codes) + "\n", "utf-8")
    slips.chmod(0o600)
