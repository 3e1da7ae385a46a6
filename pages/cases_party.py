"""Cases as a party's representative sees them: only while a consent covers it, and only what it covers.

Whether it does is asked at every reading by `survey.cases.access`, which tells the audit chain of it either way. What
waits for a party's word is told by number alone.
"""

from collections.abc import Iterator, Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection

from pages import cases_telling as telling
from pages import cases_words as words
from pages.cases_open import Opened, open_for_party, party_names
from pages.cases_paper import in_parts
from pages.context import house
from pages.gate import member
from staff.policy import needs
from survey import teams
from survey.cases import access, cases, consent, leading, tasks
from survey.cases.model import Case, Reader, Task
from survey.errors import NotFound

party = Blueprint("party", __name__, url_prefix="/personal/part")

WAITS: Mapping[str, tuple[object, object]] = {
    "confirm_prior": (
        _l("Den som anmälde säger att ni har pratat om det. Bekräfta, så kan teamet börja."),
        _l("Bekräfta"),
    ),
    "withdrawal_told": (_l("Det ni redan vet får ni inte berätta vidare i teamet."), _l("Vi vet")),
}
"""Kind of task -> what it means for the party, and the word that is waited for."""


@party.get("/")
@needs("party")
def start() -> str:
    """The cases that a consent covers now, by number, and what waits for this party's word."""
    with house().reading() as db:
        places = [_place(db, reader) for reader in _readers()]
    return render_template("cases/party_cases.html", own=places, said=_said(request.args.get("sagt", "")))


@party.get("/arende/<case_id>")
@needs("party")
def case_page(case_id: str) -> str:
    """What the consent covers, document by document."""
    return _case_page(open_for_party(case_id), {})


@party.post("/arende/<case_id>/nummer")
@needs("party")
def reveal(case_id: str) -> str:
    """The same with one number shown: a row of the audit chain says who asked for which."""
    opened, question = open_for_party(case_id), request.form.get("question", "")
    return _case_page(opened, {question: access.reveal(house(), opened.reader, case_id, question, house().now())})


def _case_page(opened: Opened, revealed: Mapping[str, str]) -> str:
    papers = ((kind, opened.view.documents[kind]) for kind in words.DOCUMENTS if kind in opened.view.documents)
    return render_template(
        "cases/party_case.html",
        case=opened.case,
        state=words.STATES[opened.case.state],
        stops=telling.road(opened),
        about=telling.about(opened.view.categories),
        extent=telling.extent(opened),
        consent=telling.own_consent(opened),
        booked=words.when(opened.booked.at, opened.booked.minutes) if opened.booked else "",
        papers=[
            (words.DOCUMENTS[kind], in_parts(one.form, one.answers, opened.say, blank=False))
            for kind, one in papers
            if one.form
        ],
        sensitive=telling.sensitive(opened, revealed) if "referral" in opened.view.documents else [],
    )


@party.post("/arende/<case_id>/klart")
@needs("party")
def task_done(case_id: str) -> ResponseReturnValue:
    """Give the word that is waited for: of a prior agreement, or that a withdrawal is known."""
    with house().writing() as db:
        reader, task = _own_task(db, case_id, request.form.get("task", ""))
        if task.kind == "confirm_prior":
            leading.confirm_prior(db, house(), reader, case_id, house().now())
        else:
            tasks.tick_off(db, house(), task.id, member().account, house().now())
    return redirect(url_for(".start", sagt=task.kind), 303)


def _readers() -> Iterator[Reader]:
    """The member in each of the parties they take part for."""
    for grant in member().grants:
        if grant.role == "party" and grant.team and grant.party:
            yield Reader(member().account, grant.team, grant.party)


def _place(db: Connection, reader: Reader) -> Mapping[str, object]:
    """One team with its cases, as this party sees it."""
    now = house().now()
    return {
        "slug": reader.team,
        "team": teams.find_team(db, reader.team).name,
        "party": party_names(db, reader.team).get(reader.party or "", reader.party),
        "tasks": [
            _told(db, task) for task in tasks.open_for(db, reader.team, reader.party or "") if task.kind in WAITS
        ],
        "rows": [
            {
                "reference": one.reference,
                "address": url_for(".case_page", case_id=one.id),
                "state": words.STATES[one.state],
                "left": _left(db, one, reader),
            }
            for one in access.cases_for(db, reader, now)
        ],
    }


def _told(db: Connection, task: Task) -> Mapping[str, object]:
    """What waits for the party's word, without saying who it is about."""
    names = party_names(db, cases.find(db, task.case).team)
    means, button = WAITS[task.kind]
    return {
        "id": task.id,
        "reference": cases.find(db, task.case).reference,
        "what": telling.what(task.kind, task.codes, names),
        "words": means,
        "button": button,
        "address": url_for(".task_done", case_id=task.case),
    }


def _own_task(db: Connection, case_id: str, task_id: str) -> tuple[Reader, Task]:
    """The task, if it is one that waits for one of the member's parties. Raises `NotFound`."""
    team = cases.find(db, case_id).team
    for reader in _readers():
        for task in tasks.open_for(db, team, reader.party or "") if reader.team == team else ():
            if (task.id, task.case) == (task_id, case_id) and task.kind in WAITS:
                return reader, task
    raise NotFound


def _left(db: Connection, one: Case, reader: Reader) -> str:
    """Until when the consent counts."""
    stands = consent.standings(db, one.id, house().now())[reader.party or ""]
    days = stands.days_left(house().today())
    return words.left(days) if days is not None else ""


def _said(kind: str) -> str:
    said = {"confirm_prior": _("Bekräftat."), "withdrawal_told": _("Noterat.")}
    return str(said.get(kind, ""))
