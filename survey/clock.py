"""Whether the machine's clock can be believed, before a night's work opens or deletes anything because a day has come.

Each night is noted by its day. A clock that stands far beyond the last one (a time server's fault, a day typed wrong)
or before something that is written already is doubtful; then nothing is done until somebody has said which day it
really is (docs/adr/0022). A machine that was off for months goes on the same way.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select

from survey import audit
from survey.audit import Entry
from survey.cases.model import day
from survey.db import NIGHT
from survey.errors import NotAllowed
from survey.installation import Installation
from survey.tables import audit as audit_
from survey.tables import night

FAR = timedelta(days=4)
"""For so long no night need have come by before the clock is doubted: a long weekend without power."""


@dataclass(frozen=True)
class Doubt:
    """Why the clock may be wrong: it is far ahead of, or behind, `known`, a day that it has shown before."""

    kind: Literal["ahead", "behind"]
    known: date


def begin_night(installation: Installation, said: date | None = None) -> None:
    """Note that a night's work begins today; `said` is the day it is by somebody's own calendar.

    Raises `NotAllowed` where the clock is doubtful and nobody has said the day, or shows another day than was said.
    """
    today = installation.today()
    with installation.writing(NIGHT) as db:
        audit.in_turn(db)
        found = doubt(db, today)
        if found and said is None:
            raise NotAllowed(_WORDS[found.kind].format(today=today, known=found.known))
        _refuse_other(today, said)
        if found:
            told = Entry("command", "clock_confirmed", detail=f"{found.known} {today}")
            audit.record(db, installation.secrets, told, installation.now())
        db.execute(delete(night))
        db.execute(insert(night).values(began_on=today))


def refuse_far(today: date, known: date | None, said: date | None) -> None:
    """As `begin_night`, for restoring a copy of the day `known`, after which what is due is deleted again."""
    if said is None and (known is None or not timedelta(0) <= today - known <= FAR):
        raise NotAllowed(_RESTORING.format(today=today, known=known or "en okänd dag"))
    _refuse_other(today, said)


def _refuse_other(today: date, said: date | None) -> None:
    """Raise `NotAllowed` where the clock shows another day than somebody says it is."""
    if said not in (None, today):
        raise NotAllowed(f"Klockan visar {today}, inte {said}. Ställ serverns klocka först.")


def doubt(db: Connection, today: date) -> Doubt | None:
    """Why a clock that shows this day may be wrong; None where nothing speaks against it."""
    last, written = last_night(db), _last_written(db)
    known = max((each for each in (last, written) if each), default=today)
    if today < known:
        return Doubt("behind", known)
    # What was written by day says nothing for a clock that is ahead: it was that clock that dated it.
    return Doubt("ahead", last) if last and today - last > FAR else None


def believed(db: Connection, today: date) -> date:
    """Today, or the day of the last night where the clock stands far ahead of it."""
    found = doubt(db, today)
    return found.known if found and found.kind == "ahead" else today


def last_night(db: Connection) -> date | None:
    """The day the last night's work began; None before the first."""
    last: date | None = db.scalar(select(func.max(night.c.began_on)))
    return last


def _last_written(db: Connection) -> date | None:
    """The day of the newest row of the audit chain: the newest by its number, so that rows dated by a clock that was
    wrong are forgotten once it is right again."""
    at = db.scalar(select(audit_.c.at).order_by(audit_.c.number.desc()).limit(1))
    return day(at) if at else None


_REMEDY = "Ställ serverns klocka om den går fel. Stämmer den, kör {command} med --it-is och dagens datum."
_RESTORING = "Klockan visar {today}, men kopian är från {known}. " + _REMEDY.format(command="igen")
_NOTHING = "Inget har öppnats eller gallrats. " + _REMEDY.format(command="release")
_WORDS = {
    "ahead": "Klockan visar {today}, men nattens arbete gjordes senast {known}. " + _NOTHING,
    "behind": "Klockan visar {today}, men det finns uppgifter från {known}. " + _NOTHING,
}
