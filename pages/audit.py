"""The audit chain on pages: the installation's part for administrators, a team's for those who answer for its data.

Neither ever shows an answer: rows hold codes (`survey.audit`). An administrator reads of accounts, keys and running; a
controller who has read, changed, handed over and deleted what of the team's cases, by number. Nothing is there of those
who answer surveys. Who looks is told in the same chain, once a sitting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import HiddenField, SelectField
from wtforms.validators import Optional, ValidationError

from exports.csv import write_csv
from exports.tables import Cell, Column, Layout, Table
from pages import audit_words as words
from pages import cases_words
from pages.beginning import Day
from pages.cases_open import party_names
from pages.context import house
from pages.gate import member
from pages.staffform import StaffForm, choices
from staff import accounts, sessions
from staff.policy import needs
from survey import audit as audit_chain
from survey import audit_reading, retention, teams
from survey.audit import Entry, Row
from survey.audit_reading import INSTALLATION, READ, SAVED, Part
from survey.cases.model import reference

chain = Blueprint("chain", __name__, url_prefix="/personal/admin/logg")
control = Blueprint("control", __name__, url_prefix="/personal/granskning")

_NOT_PEOPLE = {"team": ("person", "referrer", "command"), "installation": ("command", sessions.STRANGER)}
"""Who does something here without an account."""
_FILE = Layout(
    "Logg",
    tuple(map(Column, ("nr", "tid", "vem", "konto", "händelse", "kod", "ärende", "detalj"))),
)


def _sensible(_form: StaffForm, field: Day) -> None:
    """Raise for a day that cannot be meant, and that no clock could take further."""
    if field.data and not 2000 <= field.data.year < 3000:
        raise ValidationError(_("Skriv dagen så här: 2026-08-15"))


class Choice(StaffForm):
    """Which part of the log."""

    fran = Day(_l("Från och med"), [Optional(), _sensible])
    till = Day(_l("Till och med"), [Optional(), _sensible])
    vad = SelectField(_l("Vad"), validate_choice=False)
    vem = SelectField(_l("Vem"), validate_choice=False)
    arende = HiddenField()

    def part(self, team: str) -> Part:
        """What is chosen of the rows of `team`; what cannot be read chooses nothing."""
        found = Part(team, actor=self.vem.data or "", actions=_kinds(team).get(self.vad.data, ("", ()))[1])
        since, until = (None if field.errors else field.data for field in (self.fran, self.till))
        return replace(
            found,
            case=self.arende.data or "",
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
        )

    @property
    def asked(self) -> dict[str, str]:
        """What an address carries on to the next leaf."""
        return {name: request.args[name] for name in self._fields if request.args.get(name)}


@chain.get("/")
@needs("admin")
def installation() -> ResponseReturnValue:
    return _log_page(INSTALLATION, _("Loggen"), {})


@chain.get("/fil")
@needs("admin")
def installation_file() -> ResponseReturnValue:
    return _file(INSTALLATION, {})


@chain.get("/kontroll")
@needs("admin")
def installation_check() -> str:
    return _check_page(_address(INSTALLATION))


@control.get("/")
@needs("controller")
def start() -> ResponseReturnValue:
    with house().reading() as db:
        mine = [one for home in teams.associations(db) for one in teams.teams(db, home.slug)]
    mine = [one for one in mine if member().controls(one.slug)]
    if len(mine) == 1:
        return redirect(url_for(".log", team=mine[0].slug), 303)
    return render_template("staff/log_teams.html", teams=mine)


@control.get("/<team>/")
@needs("controller")
def log(team: str) -> ResponseReturnValue:
    with house().reading() as db:
        name, known = teams.find_team(db, team).name, _codes(db, team)
    return _log_page(team, _("Loggen för %(team)s", team=name), known)


@control.get("/<team>/fil")
@needs("controller")
def file(team: str) -> ResponseReturnValue:
    with house().reading() as db:
        known = _codes(db, team)
    return _file(team, known)


@control.get("/<team>/kontroll")
@needs("controller")
def check(team: str) -> str:
    return _check_page(_address(team))


@control.get("/<team>/gallrat")
@needs("controller")
def deleted(team: str) -> str:
    """The protocol of cases that were deleted by decision."""
    _told_once(team)
    with house().reading() as db:
        here, names = teams.find_team(db, team), _names(db)
        found = retention.protocol(db, team)
    rows = [
        (reference(one.number), cases_words.day(one.purged_on), one.decision, sum(one.rows.values()), one.actor)
        for one in found
    ]
    return render_template(
        "staff/log_deleted.html",
        team=here,
        rows=[(*facts, cases_words.actor(actor, names)) for *facts, actor in rows],
    )


def _log_page(team: str, heading: str, known: Mapping[str, str]) -> ResponseReturnValue:
    _told_once(team)
    form = Choice(formdata=request.args)
    with house().reading() as db:
        names = _names(db)
        form.vad.choices = choices([("", _("Allt")), *((code, kind) for code, (kind, _all) in _kinds(team).items())])
        form.vem.choices = choices(_people(db, team, form.vem.data or "", names))
        form.validate()
        part = form.part(team)
        found = audit_reading.leaf(db, part, before=_number("fore"), after=_number("efter"))
        stands = audit_reading.standing(db, house().anchor)
        numbers = audit_reading.numbers(db, team, {part.case, *(row.entry.case for row in found.rows)})
    page = render_template(
        "staff/log.html",
        team=team,
        heading=heading,
        form=form,
        errors=form.problems,
        address=partial(_address, team),
        file=_address(team, "file", **form.asked),
        rows=[_told(row, names, known, numbers) for row in found.rows],
        older=_address(team, fore=found.older, **form.asked) if found.older else "",
        newer=_address(team, efter=found.newer, **form.asked) if found.newer else "",
        stands=stands,
        of_case=reference(numbers[part.case]) if part.case in numbers else "",
        moment=cases_words.moment,
    )
    return page, 422 if form.problems else 200


def _address(team: str, which: str = "log", **asked: Any) -> str:
    """Of a team's log or the installation's, of its `file` or its `check`."""
    if team:
        return url_for(f"control.{which}", team=team, **asked)
    return url_for("chain.installation" if which == "log" else f"chain.installation_{which}", **asked)


def _check_page(back: str) -> str:
    installation = house()
    with installation.reading() as db:
        verdict = audit_chain.verify(db, installation.secrets, installation.anchor)
        stands = audit_reading.standing(db, installation.anchor)
    return render_template(
        "staff/log_check.html",
        back=back,
        verdict=verdict,
        wrong=words.fault(verdict.fault, verdict.number) if verdict.fault else "",
        stands=stands,
        moment=cases_words.moment,
    )


def _file(team: str, known: Mapping[str, str]) -> ResponseReturnValue:
    """The chosen part as a file, which is told each time. It has no name on the disk, and goes with the answer."""
    form, today = Choice(formdata=request.args), house().today()
    if not form.validate():
        return redirect(_address(team, **form.asked), 303)  # a file would hold what nobody asked for
    with house().writing() as db:
        _record(db, team, SAVED)
    out = TemporaryFile(dir=house().settings.instance)  # noqa: SIM115  the answer closes it
    with house().reading() as db:
        names = _names(db)
        write_csv(Table(_FILE, _lines(db, form.part(team), names, known)), out)
    out.seek(0)
    name = "-".join(filter(None, ("samsvar-logg", team, today.isoformat())))
    return send_file(out, "text/csv", as_attachment=True, download_name=f"{name}.csv", max_age=0, etag=False)


def _lines(
    db: Connection, part: Part, names: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[tuple[Cell, ...]]:
    for rows in audit_reading.every(db, part):
        numbers = audit_reading.numbers(db, part.team, {row.entry.case for row in rows})
        for row in rows:
            entry = row.entry
            yield (
                row.number,
                f"{row.at.astimezone(cases_words.HERE):%Y-%m-%d %H:%M:%S}",
                cases_words.actor(entry.actor, names),
                entry.actor,
                words.done(entry, names, known),
                entry.action,
                reference(numbers[entry.case]) if entry.case in numbers else "",
                entry.detail,
            )


def _told(row: Row, names: Mapping[str, str], known: Mapping[str, str], numbers: Mapping[str, int]) -> dict[str, Any]:
    """A row as the page shows it."""
    entry = row.entry
    return {
        "number": row.number,
        "when": cases_words.moment(row.at),
        "actor": entry.actor,
        "who": cases_words.actor(entry.actor, names),
        "what": words.done(entry, names, known),
        "case": entry.case,
        "reference": reference(numbers[entry.case]) if entry.case in numbers else "",
    }


def _told_once(team: str) -> None:
    """A row of the chain for this sitting, unless it is there."""
    with house().reading() as db:
        if audit_reading.told(db, _entry(team, READ)):
            return
    with house().writing() as db:
        audit_reading.tell_once(db, house().secrets, _entry(team, READ), house().now())


def _record(db: Connection, team: str, action: str) -> None:
    audit_chain.record(db, house().secrets, _entry(team, action), house().now())


def _entry(team: str, action: str) -> Entry:
    return Entry(member().account, action, team, detail=sessions.sitting(g.reference))


def _kinds(team: str) -> Mapping[str, tuple[object, tuple[str, ...]]]:
    return words.KINDS_OF_TEAM if team else words.KINDS_OF_INSTALLATION


def _people(db: Connection, team: str, chosen: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who can be asked for: those who work in the team, or everybody, those without an account, and whoever is chosen.
    Others, and those whose account is gone, are reached from their rows."""
    found = [
        (one.id, one.name)
        for one in accounts.accounts(db)
        if not team or any(grant.team == team for grant in one.grants) or one.id == chosen
    ]
    found += [(code, cases_words.actor(code, {})) for code in _NOT_PEOPLE["team" if team else "installation"]]
    if chosen and chosen not in dict(found):
        found.append((chosen, cases_words.actor(chosen, names)))
    return [("", _("Alla")), *found]


def _names(db: Connection) -> dict[str, str]:
    return {one.id: one.name for one in accounts.accounts(db)}


def _codes(db: Connection, team: str) -> dict[str, str]:
    """What codes in the rows of a team mean."""
    return {**party_names(db, team), **{code: str(label) for code, label in cases_words.LABELS.items()}}


def _number(name: str) -> int | None:
    """The number of a row that an address names; None for anything else."""
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _midnight(day: date) -> datetime:
    """When the day begins, by the clock on the wall."""
    return datetime.combine(day, time(), cases_words.HERE).astimezone(UTC)
