"""The meeting log: what each meeting with a participant took. A participant is a running number without meaning.

What is asked is the form `meeting_log`; the week and the running number stand beside it. Only the week is kept, never
the day, and nothing says when or by whom a meeting was noted. What a correction replaces is kept beside it, to be put
back; who corrected when is told in the audit chain.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, delete, func, insert, select, update

from forms.answers import as_json, from_json
from forms.library import shipped_form
from forms.model import Answers, Form
from forms.tailoring import TeamSettings, tailored
from forms.types.base import several
from survey import audit
from survey.audit import Entry
from survey.cases.parties import parties
from survey.errors import BadRequest, NotFound, Outdated
from survey.installation import Installation
from survey.records.naming import names_around
from survey.records.weeks import Weeks
from survey.redaction import spotted
from survey.tables import audit as told
from survey.tables import meeting_log, meeting_log_earlier, team

FORM = "meeting_log"
BEFORE, MET, AFTER = "ml_fore", "ml_delt", "ml_efter"
PER_DAY, HOW, PRODUCT, WHO = "ml_antal_dag", "ml_form", "ml_form_text", "ml_med"
TIPS = tuple(f"ml_tips_{number}" for number in range(1, 8))
"""Whether each of the seven tips of the study was kept to."""
MOST_MEETINGS = 99


@dataclass(frozen=True)
class Meeting:
    """One meeting with a participant."""

    id: str
    team: str
    week: str
    participant: int
    number: int
    """Which meeting with the participant it was."""
    version: int
    """Of the form."""
    revision: int
    everyone: bool
    """Whether every party was there that the team had then."""
    answers: Answers

    def minutes(self, question: str) -> int | None:
        """The minutes noted, None where nothing is: not zero."""
        noted = self.answers.get(question)
        return None if noted is None else int(str(noted))


@dataclass(frozen=True)
class Known:
    """A participant the log knows: the running number, the newest meeting's number and week."""

    participant: int
    meetings: int
    week: str


class Named(BadRequest):
    """The name of a video service may point somebody out; others than the team read it."""


class Taken(BadRequest):
    """A meeting of that number with the participant stands in the log already."""


def form_for(db: Connection, team_slug: str) -> Form:
    """The form as the team fills it in, with its own parties."""
    return tailored(shipped_form(FORM), TeamSettings(parties(db, team_slug)))


def meetings(db: Connection, team_slug: str, weeks: Weeks | None = None) -> tuple[Meeting, ...]:
    """The team's meetings, the newest week first."""
    return _read(db, meeting_log.c.team == team_slug, weeks)


def meetings_of(db: Connection, association: str, weeks: Weeks) -> tuple[Meeting, ...]:
    """The meetings of all teams of an association."""
    own = select(team.c.slug).where(team.c.association == association)
    return _read(db, meeting_log.c.team.in_(own), weeks)


def find(db: Connection, meeting_id: str) -> Meeting:
    """Raises `NotFound`."""
    found = _read(db, meeting_log.c.id == meeting_id, None)
    if not found:
        raise NotFound
    return found[0]


def known(db: Connection, team_slug: str) -> list[Known]:
    """The participants of the team's log, the newest first."""
    columns = (meeting_log.c.participant, func.max(meeting_log.c.number), func.max(meeting_log.c.week))
    query = select(*columns).where(meeting_log.c.team == team_slug).group_by(meeting_log.c.participant)
    return [Known(*row) for row in db.execute(query.order_by(meeting_log.c.participant.desc()))]


def note(
    db: Connection,
    team_slug: str,
    week: str,
    participant: int | None,
    number: int | None,
    answers: Answers,
    identity: str | None = None,
) -> Meeting:
    """Write a meeting down. No participant: a new one; no number: the participant's next meeting. What has been
    written down under the same `identity` already is not written once more.

    Raises `BadRequest` for a participant the log does not know, and for a meeting that stands there already, `Named`.
    """
    audit.in_turn(db)
    if written := _read(db, meeting_log.c.id == identity, None):
        return written[0]
    there = {one.participant: one for one in known(db, team_slug)}
    if participant is not None and participant not in there:
        raise BadRequest(_("Välj ett löpnummer i listan."))
    who = participant or max(there, default=0) + 1
    which = number or (there[who].meetings + 1 if who in there else 1)
    _refuse_twice(db, team_slug, who, which)
    name, values = identity or secrets.token_hex(8), _said(db, team_slug, answers)
    values |= {"team": team_slug, "week": week, "participant": who, "number": which}
    db.execute(insert(meeting_log).values(id=name, version=shipped_form(FORM).version, **values))
    return find(db, name)


def correct(
    db: Connection,
    installation: Installation,
    before: Meeting,
    week: str,
    number: int,
    answers: Answers,
    actor: str,
    now: datetime,
) -> None:
    """Replace what was written by somebody who has seen `before`. Raises `Outdated`, and `BadRequest` as `note`."""
    audit.in_turn(db)
    values = {"week": week, "number": number, "version": shipped_form(FORM).version}
    _replace(db, installation, before, values | _said(db, before.team, answers), Entry(actor, "meeting_corrected"), now)


@dataclass(frozen=True)
class Earlier:
    """A meeting as it was noted until somebody corrected it."""

    revision: int
    week: str
    number: int
    version: int
    everyone: bool
    answers: Answers
    actor: str
    """The account of whoever replaced it."""
    at: datetime


def earlier(db: Connection, meeting_id: str) -> tuple[Earlier, ...]:
    """What a meeting's corrections have replaced, the newest first; by whom and when is read in the audit chain."""
    columns = [column for column in meeting_log_earlier.c if column.name not in ("meeting", "told")]
    query = select(*columns, told.c.actor, told.c.at).join(told, told.c.number == meeting_log_earlier.c.told)
    query = query.where(meeting_log_earlier.c.meeting == meeting_id).order_by(meeting_log_earlier.c.revision.desc())
    rows = db.execute(query).mappings().all()
    return tuple(Earlier(**{**row, "answers": from_json(row["answers"])}) for row in rows)


def put_back(
    db: Connection, installation: Installation, before: Meeting, revision: int, actor: str, now: datetime
) -> None:
    """Let the meeting be as it was before a correction; what stands there now is kept in its turn. Raises `NotFound`,
    `Outdated`, and `Taken` where its number has become another meeting's."""
    audit.in_turn(db)
    was = next((one for one in earlier(db, before.id) if one.revision == revision), None)
    if was is None:
        raise NotFound
    values = {"week": was.week, "number": was.number, "version": was.version, "everyone": was.everyone}
    values["answers"] = as_json(was.answers)
    _replace(db, installation, before, values, Entry(actor, "meeting_put_back"), now)


def remove(db: Connection, installation: Installation, one: Meeting, actor: str, now: datetime) -> None:
    """Delete a meeting that should not stand there, and all it has been; that it was done is told in the audit chain.
    Raises `Outdated`."""
    audit.record(db, installation.secrets, Entry(actor, "meeting_removed", one.team, detail=one.week), now)
    db.execute(delete(meeting_log_earlier).where(meeting_log_earlier.c.meeting == one.id))
    same = (meeting_log.c.id == one.id, meeting_log.c.revision == one.revision)
    if not db.execute(delete(meeting_log).where(*same)).rowcount:
        raise Outdated(find(db, one.id).revision)


def _replace(
    db: Connection, installation: Installation, before: Meeting, values: dict[str, Any], deed: Entry, now: datetime
) -> None:
    """Write the next revision of a meeting, and keep the one it replaces; one that says the same is none."""
    number = values["number"]
    if number != before.number:
        _refuse_twice(db, before.team, before.participant, number)
    kept = {"week": before.week, "number": before.number, "version": before.version, "everyone": before.everyone}
    kept["answers"] = as_json(before.answers)
    same = (meeting_log.c.id == before.id, meeting_log.c.revision == before.revision)
    revision = before.revision + (values != kept)
    if not db.execute(update(meeting_log).where(*same).values(revision=revision, **values)).rowcount:
        raise Outdated(find(db, before.id).revision)
    if values != kept:
        entry = replace(deed, team=before.team, detail=before.week)
        audit.record(db, installation.secrets, entry, now)
        row = {"meeting": before.id, "revision": before.revision, "told": audit.newest(db).number}
        db.execute(insert(meeting_log_earlier).values(**row, **kept))


def _said(db: Connection, team_slug: str, answers: Answers) -> dict[str, Any]:
    if spotted(str(answers.get(PRODUCT, "")), names_around(db, team_slug)):
        raise Named(_("Skriv bara vad videotjänsten heter"))
    there = set(several(answers.get(WHO, ())))
    everyone = {party.code for party in parties(db, team_slug)} <= there
    return {"everyone": everyone, "answers": as_json(answers)}


def _refuse_twice(db: Connection, team_slug: str, participant: int, number: int) -> None:
    if not 1 <= number <= MOST_MEETINGS:
        raise BadRequest(_("Skriv vilket möte i ordningen det är, 1 till %(most)s.", most=MOST_MEETINGS))
    same = (meeting_log.c.team == team_slug, meeting_log.c.participant == participant, meeting_log.c.number == number)
    if db.execute(select(meeting_log.c.id).where(*same)).first():
        raise Taken(
            _(
                "Möte %(number)s med deltagare %(participant)s står redan i loggen.",
                number=number,
                participant=participant,
            )
        )


def _read(db: Connection, where: Any, weeks: Weeks | None) -> tuple[Meeting, ...]:
    query = select(meeting_log).where(where)
    if weeks:
        query = query.where(meeting_log.c.week.between(weeks.first, weeks.last))
    rows: Sequence[Any] = db.execute(query.order_by(meeting_log.c.week.desc(), meeting_log.c.id)).all()
    return tuple(
        Meeting(
            row.id,
            row.team,
            row.week,
            row.participant,
            row.number,
            row.version,
            row.revision,
            row.everyone,
            from_json(row.answers),
        )
        for row in rows
    )
