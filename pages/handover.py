"""The whole of one case, to print or to take along: for the person, or for an archive.

Taking it is the coordinator's, and a row of the audit chain each time (`survey.cases.access.package`).
"""

from collections.abc import Callable, Mapping
from io import BytesIO

from flask import Blueprint, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exports.handover import in_order, name_of, to_json
from pages import cases_words as words
from pages.cases_open import party_names
from pages.cases_paper import Line, in_parts
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.refer_ground import ground
from pages.saying import sayer
from staff.policy import fresh, needs
from survey.cases import access, cases, leading
from survey.cases.access import Package
from survey.cases.model import Document, Reader
from survey.teams import find_association, find_team

handover = Blueprint("handover", __name__)
Plain = list[tuple[str, tuple[str, ...]]]
"""What a line says, and its words."""


@handover.get("/arende/<case_id>/overlamning")
@fresh
@needs("coordinator")
def sheet(case_id: str) -> str:
    """Everything in words, to be printed."""
    package = _package(case_id)
    with house().reading() as db:
        names, team = party_names(db, package.case.team), find_team(db, package.case.team)
    return render_template(
        "cases/handover.html",
        case=package.case,
        team=team,
        package=package,
        papers=[(_heading(one), _parts(one, package)) for one in in_order(package)],
        names=names,
        words=words,
        file=url_for(".file", case_id=case_id),
    )


@handover.get("/arende/<case_id>/overlamning/fil")
@fresh
@needs("coordinator")
def file(case_id: str) -> ResponseReturnValue:
    """The same for programs, and for an archive."""
    package = _package(case_id)
    with house().reading() as db:
        team = find_team(db, package.case.team)
        out = BytesIO(to_json(package, team, find_association(db, team.association)))
    return send_file(out, "application/json", as_attachment=True, download_name=name_of(package), max_age=0, etag=False)


def _package(case_id: str) -> Package:
    with house().reading() as db:
        team = cases.find(db, case_id).team
    return access.package(house(), Reader(member().account, team), case_id, house().now())


def _heading(one: Document) -> str:
    day = words.day(words.wall_day(one.at))
    return str(_("%(document)s, version %(n)s, %(day)s", document=words.DOCUMENTS[one.kind], n=one.version, day=day))


def _parts(one: Document, package: Package) -> list[tuple[str, list[Line]]]:
    """The document in words: what was asked and answered, or what no form asks."""
    if one.form is None:
        said = _PLAIN[one.kind](one)
        return [("", [Line(label, label, lines) for label, lines in said if any(lines)])]
    with house().reading() as db:
        here = ground(db, package.case.team)
    return in_parts(one.form, one.answers, sayer(spoken(), here.blanks(one.answers, house().today())), blank=False)


def _booking(one: Document) -> Plain:
    booking = leading.booking_of(one)
    assert booking is not None
    seats = tuple(" · ".join(part for part in (seat.name, seat.role) if part) for seat in booking.seats)
    return [
        (_("När"), (words.when(booking.at, booking.minutes),)),
        (_("Hur"), (str(words.MEETING_FORMS[booking.form]),)),
        (_("Var"), (booking.place,)),
        (_("Vilka"), seats),
        (_("Vem hör av sig efter mötet"), (booking.after,)),
    ]


def _closing(one: Document) -> Plain:
    said = {name: str(value) for name, value in one.answers.items()}
    return [(_("Hur det blev"), (str(words.OUTCOMES[said["outcome"]]),)), (_("Vem tar över"), (said["takes_over"],))]


def _manager(one: Document) -> Plain:
    return [(_("Vad Case managern hjälper till med"), (str(one.answers.get("extent", "")),))]


_PLAIN: Mapping[str, Callable[[Document], Plain]] = {"booking": _booking, "closing": _closing, "manager": _manager}
"""The documents that no form asks."""
