"""The team's cases: the inbox by next step, and the page of one case.

The inbox shows numbers, never names. A case's page reads it through `pages.cases_open`, which is a row of the audit
chain; what is done with it stands in modules of their own, one per part of the work.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import RadioField
from wtforms.validators import InputRequired

from forms.municipalities import MUNICIPALITIES
from pages import cases_telling as telling
from pages import cases_words as words
from pages.cases_after import after
from pages.cases_before import before
from pages.cases_booking import booking
from pages.cases_consent import consents
from pages.cases_meeting import meeting
from pages.cases_open import Opened, changes, open_for_team, party_names
from pages.cases_paper import in_parts
from pages.cases_settings import case_settings
from pages.context import house
from pages.gate import member
from pages.handover import handover
from pages.staffform import StaffForm, choices
from staff import accounts
from staff.policy import needs
from survey import teams
from survey.cases import access, leading, settings, steps, tasks
from survey.cases.cases import find
from survey.cases.model import Reader
from survey.cases.steps import Row
from survey.errors import NotFound

cases = Blueprint("cases", __name__, url_prefix="/personal")
for part in (consents, before, booking, meeting, after, handover, case_settings):
    cases.register_blueprint(part)

TABS: Mapping[str, object] = {
    "gora": _l("Att göra"),
    "pagar": _l("Pågår"),
    "uppfoljning": _l("Uppföljning"),
    "avslutade": _l("Avslutade"),
}
EMPTY: Mapping[str, object] = {
    "gora": _l("Inget att göra just nu. Nya anmälningar hamnar här."),
    "pagar": _l("Inget ärende väntar på sin dag. Här står de som är bokade eller väntar på någon annan."),
    "uppfoljning": _l("Inget ärende har en plan än. Här står de som ska följas upp."),
    "avslutade": _l("Inget ärende är avslutat än."),
}


@dataclass(frozen=True)
class Chosen:
    """What the inbox shows: one tab, and what is left of it after the filters ("" leaves nothing out)."""

    tab: str
    state: str
    municipality: str
    responsible: str

    def takes(self, row: Row) -> bool:
        """Whether the filters let the case through."""
        wanted = (self.state, self.municipality, self.responsible)
        has = (row.case.state, row.case.municipality, row.case.responsible or "-")
        return all(one in ("", other) for one, other in zip(wanted, has, strict=True))


class Responsible(StaffForm):
    """Who answers for the case."""

    account = RadioField(_l("Vem ska ha ansvar för ärendet?"), [InputRequired(_l("Välj vem som ska ha ansvar"))])


@cases.get("/arenden/")
@needs("coordinator")
def start() -> ResponseReturnValue:
    own = member().teams()
    if len(own) == 1:
        return redirect(url_for(".inbox", team=own[0]))
    with house().reading() as db:
        return render_template("cases/teams.html", teams=[teams.find_team(db, slug) for slug in own])


@cases.get("/team/<team>/arenden/")
@needs("coordinator")
def inbox(team: str) -> str:
    chosen = Chosen(_tab_asked_for(), *(request.args.get(name, "") for name in ("lage", "kommun", "ansvarig")))
    with house().writing() as db:
        rows = steps.inbox(db, house(), Reader(member().account, team, None), house().now())
        people = coordinators(db, team)
        names = party_names(db, team)
        here, priority = teams.find_team(db, team), settings.settings(db, team).priority
    kept = [row for row in rows if chosen.takes(row)]
    return render_template(
        "cases/inbox.html",
        team=here,
        chosen=chosen,
        tabs=[(code, label, sum(_tab(row) == code for row in kept)) for code, label in TABS.items()],
        heading=TABS[chosen.tab],
        empty=EMPTY[chosen.tab],
        rows=[_listed(row, names, people, priority) for row in kept if _tab(row) == chosen.tab],
        states=_offered((code, str(label)) for code, label in words.STATES.items()),
        municipalities=_offered(_municipalities(rows)),
        people=_offered([("-", str(_("Ingen"))), *people.items()]),
        referral_address=f"{house().settings.base_url}/anmal/{team}",
    )


@cases.get("/arende/<case_id>")
@needs("coordinator")
def case_page(case_id: str) -> str:
    return _case_page(open_for_team(case_id), {})


@cases.post("/arende/<case_id>/nummer")
@needs("coordinator")
def reveal(case_id: str) -> str:
    """The case's page with one sensitive answer shown: a row of the audit chain says who asked for which."""
    opened, question = open_for_team(case_id), request.form.get("question", "")
    shown = access.reveal(house(), opened.reader, case_id, question, house().now())
    return _case_page(opened, {question: shown})


@cases.post("/arende/<case_id>/klart")
@needs("coordinator")
def task_done(case_id: str) -> ResponseReturnValue:
    """Tick off a task; one that is ticked off already stays so. That the own representative agrees lets the case go on,
    whoever notes it."""
    with house().writing() as db:
        ticked = [one for one in tasks.open_of(db, case_id) if one.id == request.form.get("task")]
        for one in ticked:
            if one.kind == "confirm_prior":
                coordinator = Reader(member().account, find(db, case_id).team)
                leading.confirm_prior(db, house(), coordinator, case_id, house().now())
            else:
                tasks.tick_off(db, house(), one.id, member().account, house().now())
    return redirect(url_for(".case_page", case_id=case_id, _anchor="uppgifter"), 303)


@cases.route("/arende/<case_id>/ansvarig", methods=["GET", "POST"])
@needs("coordinator")
def responsible(case_id: str) -> ResponseReturnValue:
    form = Responsible()
    opened = open_for_team(case_id)
    with house().reading() as db:
        people = coordinators(db, opened.team.slug)
    form.account.choices = choices(people.items())
    if form.validate_on_submit():
        with house().writing() as db:
            leading.take(db, house(), case_id, form.account.data, member().account, house().now())
        return redirect(url_for(".case_page", case_id=case_id), 303)
    if not form.is_submitted():
        form.account.data = opened.case.responsible or member().account
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=form.problems,
        heading=_("Ansvarig"),
        lines=[],
        button=_("Spara"),
        back=(url_for(".case_page", case_id=case_id), opened.case.reference),
    )
    return page, 422 if form.problems else 200


@cases.get("/arende/<case_id>/dokument/<kind>/<int(max=99999):version>")
@needs("coordinator")
def paper(case_id: str, kind: str, version: int) -> str:
    """One version of a document, in words."""
    opened = open_for_team(case_id)
    if kind not in words.DOCUMENTS or kind not in opened.view.documents:
        raise NotFound
    found = access.read_version(house(), opened.reader, case_id, kind, version, house().now())
    newest = opened.view.documents[kind].version
    return render_template(
        "cases/paper.html",
        heading=f"{words.DOCUMENTS[kind]} – {opened.case.reference}",
        lines=[_("Version %(n)s, %(day)s", n=found.version, day=words.day(words.wall_day(found.at)))],
        changes=changes(opened, found),
        parts=in_parts(found.form, found.answers, opened.say) if found.form else [],
        versions=[
            (
                _("Version %(n)s", n=one),
                url_for(".paper", case_id=case_id, kind=kind, version=one),
                one == version,
            )
            for one in range(newest, 0, -1)
        ],
        back=(url_for(".case_page", case_id=case_id), opened.case.reference),
    )


@cases.get("/arende/<case_id>/handelser")
@needs("coordinator")
def history_page(case_id: str) -> str:
    opened = open_for_team(case_id)
    with house().reading() as db:
        log = access.history(db, case_id)
        names = {one.id: one.name for one in accounts.accounts(db)}
    known = {**opened.parties, **{code: str(label) for code, label in words.LABELS.items()}}
    return render_template(
        "cases/history.html",
        case=opened.case,
        events=[(words.moment(one.at), words.EVENTS[one.kind]) for one in opened.view.events],
        log=[
            (words.moment(one.at), words.actor(one.entry.actor, names), words.action(one.entry, known)) for one in log
        ],
    )


def coordinators(db: Connection, team: str) -> dict[str, str]:
    """Account id -> name of those who coordinate the team, by name."""
    found = [
        (one.id, one.name)
        for one in accounts.accounts(db)
        if any(grant.role == "coordinator" and grant.team == team for grant in one.grants)
    ]
    return dict(sorted(found, key=lambda pair: pair[1]))


def _case_page(opened: Opened, revealed: Mapping[str, str]) -> str:
    case, row = opened.case, opened.row
    return render_template(
        "cases/case.html",
        case=case,
        team=opened.team,
        errors=[],
        state=words.STATES[case.state],
        stops=telling.road(opened),
        step=telling.step_told(row, opened.parties, opened.today, opened.ground.settings.priority),
        warned=telling.warned(opened),
        ending=telling.ending(opened),
        ways=telling.ways(opened, row.step),
        called=opened.called,
        matters=opened.said("an_viktigt"),
        question=opened.said("an_fraga"),
        meeting=telling.meeting_facts(opened),
        missing=telling.missing(opened),
        consents=telling.consents_told(opened),
        contact=telling.contact(opened),
        sensitive=telling.sensitive(opened, revealed),
        tasks=[telling.task_told(one, opened) for one in opened.view.tasks if not one.done],
        papers=telling.papers(opened),
        acts=telling.acts(opened),
    )


def _tab_asked_for() -> str:
    asked = request.args.get("visa", "gora")
    return asked if asked in TABS else "gora"


def _tab(row: Row) -> str:
    """Which tab a case stands under: closed, or what there is to do today, or what it waits for."""
    if not row.case.open:
        return "avslutade"
    if row.step.urgent:
        return "gora"
    return "uppfoljning" if row.case.state in ("planned", "followed") else "pagar"


def _listed(
    row: Row, names: Mapping[str, str], people: Mapping[str, str], priority: Collection[str]
) -> Mapping[str, object]:
    case, told = row.case, telling.step_told(row, names, house().today(), priority)
    return {
        "id": case.id,
        "reference": case.reference,
        "step": told.what,
        "due": told.due,
        "hints": told.hints,
        "state": words.STATES[case.state],
        "received": _("kom %(when)s", when=words.ago(words.wall_day(case.received), house().today())),
        "responsible": people.get(case.responsible or "", ""),
    }


def _municipalities(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Those that there are cases from."""
    there = {row.case.municipality for row in rows if row.case.municipality}
    return sorted(((code, MUNICIPALITIES.get(code, code)) for code in there), key=lambda pair: pair[1])


def _offered(pairs: Iterable[tuple[str, str]]) -> list[Mapping[str, str]]:
    """What a filter offers: everything first."""
    return [{"code": "", "label": _("Alla")}, *({"code": code, "label": label} for code, label in pairs)]
