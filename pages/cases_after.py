"""After the plan: the follow-up card about two months later, the case manager, and closing.

The card asks of each activity how it went, and two things of the person. Nobody who could not be reached is ever
written down as done (INSTRUMENTS.md 5.2).
"""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forms.model import Answers
from forms.parties import CASE_MANAGER
from forms.types.repeat import rows_of
from pages import cases_telling as telling
from pages import cases_words as words
from pages.beginning import Day
from pages.cases_open import Opened, document_form, open_for_team
from pages.cases_paper import Sheet, not_saved
from pages.context import house
from pages.gate import member
from pages.staffform import StaffForm, choices, seen_version
from staff import accounts
from staff.member import Grant
from staff.policy import needs
from survey.cases import documents, leading, managing
from survey.cases.leading import Closing
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.records.deviations import FAILS

after = Blueprint("after", __name__)

YES_NO = [("1", _l("Ja")), ("0", _l("Nej"))]
LONG = Length(max=500, message=_l("Skriv högst 500 tecken"))
REACHED, NOT_REACHED = "uf_nadd", "0"
NOBODY = "-"


class End(StaffForm):
    """How the case ended, and that nobody is left without the next one knowing."""

    outcome = RadioField(
        _l("Vad blev det?"), [InputRequired(_l("Välj vad det blev"))], choices=choices(words.OUTCOMES.items())
    )
    takes_over = StringField(
        _l("Vem hjälper personen vidare?"),
        [LONG],
        description=_l("Namn och organisation. Skriv «ingen» om ingen behövs."),
    )
    accepted = RadioField(
        _l("Har den personen tackat ja?"),
        [InputRequired(_l("Välj om den som tar över har tackat ja"))],
        choices=choices([*YES_NO, (NOBODY, _l("Ingen tar över"))]),
    )
    told = RadioField(
        _l("Vet deltagaren om det?"), [InputRequired(_l("Välj om deltagaren vet om det"))], choices=choices(YES_NO)
    )
    sex = RadioField(
        _l("Kön för statistiken (frivilligt)"),
        [Optional()],
        choices=choices(words.SEXES.items()),
        description=_l("Fråga deltagaren. Bara antalet lämnar teamet."),
    )


class ManagerStep(StaffForm):
    """What comes next with the case manager."""

    step = RadioField(_l("Vad har hänt?"), [InputRequired(_l("Välj vad som har hänt"))])
    account = SelectField(_l("Vem är Case manager?"), description=_l("Behövs när personen har tackat ja."))
    extent = TextAreaField(_l("Vad ska Case managern hjälpa till med?"), [LONG])
    day = Day(_l("Från och med, eller sista dagen"), [InputRequired(_l("Välj en dag"))])


@after.route("/arende/<case_id>/uppfoljning", methods=["GET", "POST"])
@needs("coordinator")
def follow_up(case_id: str) -> ResponseReturnValue:
    """The follow-up card: each activity of the plan, then two questions to the person."""
    opened = open_for_team(case_id)
    activities = _activities(opened)
    sheet = Sheet(document_form(opened, "follow_up", len(activities)))
    before = opened.view.documents.get("follow_up")
    say = opened.saying({f"activity_{number}": one for number, one in enumerate(activities, start=1)})
    errors: list[tuple[str, str]] = []
    shown = sheet.filled(before.answers if before else {}, opened.today)
    if request.method == "POST":
        shown = sheet.typed(request.form)
        said, errors = sheet.read(shown, {}, opened.today)
        if not errors:
            try:
                _follow_up(opened, sheet, said, seen_version())
                return redirect(_after_the_card(opened), 303)
            except (documents.Conflict, NotAllowed) as refused:
                errors = [not_saved(refused)]
    page = render_template(
        "cases/follow_up.html",
        errors=errors,
        case=opened.case,
        called=opened.called,
        version=opened.view.versions.get("follow_up", 0),
        fields=sheet.drawn(shown, say, errors),
    )
    return page, 422 if errors else 200


@after.route("/arende/<case_id>/avsluta", methods=["GET", "POST"])
@needs("coordinator")
def close(case_id: str) -> ResponseReturnValue:
    """End the case: what came of it, who takes over, and whether the person knows."""
    opened, form = open_for_team(case_id), End()
    if form.validate_on_submit() and _complete(form):
        try:
            with house().writing() as db:
                leading.close(db, house(), opened.reader, case_id, _closing(form), house().now())
            return redirect(url_for("cases.case_page", case_id=case_id), 303)
        except (BadRequest, NotAllowed) as refused:
            form.blame("outcome", str(refused))
    lines = [
        _("Det går att öppna ärendet igen om något händer."),
        _("Teamet tar inga beslut. Skriv vad det blev, inte vad någon har beslutat."),
    ]
    return _asking(opened, form, _("Avsluta ärendet"), lines, _("Avsluta ärendet"))


@after.route("/arende/<case_id>/oppna", methods=["GET", "POST"])
@needs("coordinator")
def reopen(case_id: str) -> ResponseReturnValue:
    opened, form = open_for_team(case_id), StaffForm()
    if opened.case.open:
        raise NotFound
    if form.validate_on_submit():
        with house().writing() as db:
            leading.reopen(db, house(), case_id, member().account, house().now())
        return redirect(url_for("cases.case_page", case_id=case_id), 303)
    return _asking(opened, form, _("Öppna ärendet igen?"), [], _("Öppna ärendet"))


@after.route("/arende/<case_id>/case-manager", methods=["GET", "POST"])
@needs("coordinator")
def manager(case_id: str) -> ResponseReturnValue:
    """Offer a case manager, note the answer, and who it is from when to when."""
    opened, form = open_for_team(case_id), ManagerStep()
    form.step.choices = choices(_manager_steps(opened).items())
    form.account.choices = choices([("", "–"), *_managers(opened.team.slug).items()])
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                _manager_step(db, opened, form)
            return redirect(url_for(".manager", case_id=case_id), 303)
        except (BadRequest, NotAllowed) as refused:
            form.blame("step", str(refused))
    if not form.is_submitted():
        form.day.data = opened.today
    return _asking(opened, form, _("Case manager"), _manager_told(opened), _("Spara"))


def _after_the_card(opened: Opened) -> str:
    """Back to the case, or to a deviation that begins empty: what stood in the way, and nothing of whom."""
    if request.form.get("go") == "avvikelse":
        return url_for("deviations.new", team=opened.case.team, slag=FAILS)
    return url_for("cases.case_page", case_id=opened.case.id)


def _follow_up(opened: Opened, sheet: Sheet, said: Answers, seen: int) -> None:
    """Keep the card; whoever was not reached is noted as that, and never as followed up."""
    now = house().now()
    with house().writing() as db:
        documents.write(
            db, house(), opened.reader, opened.case.id, "follow_up", said, form=sheet.form, after=seen, now=now
        )
        reached = said.get(REACHED) != NOT_REACHED
        leading.followed_up(db, house(), opened.reader, opened.case.id, reached=reached, now=now)


def _manager_steps(opened: Opened) -> dict[str, object]:
    """What can come next, given how far it has come."""
    state = opened.view.manager.state if opened.view.manager else ""
    if state == "accepted":
        return {"end": _l("Det är slut")}
    offer = {"offer": _l("Personen har fått erbjudandet")} if state != "offered" else {}
    return {
        **offer,
        "accept": _l("Personen har tackat ja"),
        **({"decline": _l("Personen har tackat nej")} if not offer else {}),
    }


def _manager_step(db: Connection, opened: Opened, form: ManagerStep) -> None:
    at = (db, house(), opened.reader, opened.case.id)
    now = house().now()
    if form.step.data == "offer":
        managing.offer(*at, now)
    elif form.step.data == "decline":
        managing.decline(*at, now)
    elif form.step.data == "accept":
        managing.accept(*at, form.account.data, (form.extent.data or "").strip(), form.day.data, now)
    else:
        managing.end(*at, form.day.data, now)


def _managers(team: str) -> dict[str, str]:
    """Account id -> name of those who can be case manager in the team."""
    with house().reading() as db:
        found = [(one.id, one.name) for one in accounts.accounts(db) if _is_manager(one.grants, team)]
    return dict(found)


def _is_manager(grants: Sequence[Grant], team: str) -> bool:
    return any((grant.role, grant.team, grant.party) == ("party", team, CASE_MANAGER) for grant in grants)


def _manager_told(opened: Opened) -> list[str]:
    """How far it has come, and what it takes."""
    one = opened.view.manager
    lines = [_("En Case manager ser ärendet bara med personens eget ja, och bara den som är vald här.")]
    if one:
        lines.append(str(words.MANAGERS[one.state]))
    if one and one.account:
        lines.append(_("Case manager: %(name)s", name=_managers(opened.team.slug).get(one.account, "–")))
    if extent := telling.extent(opened):
        lines.append(extent)
    if one and one.began_on:
        lines.append(_("Från och med %(day)s", day=words.day(one.began_on)))
    return lines


def _activities(opened: Opened) -> tuple[str, ...]:
    """What the plan says is to be done, in its own words."""
    return tuple(str(row.get("vad", "")) for row in rows_of(opened.paper("plan").answers.get("pl_akt", ())))


def _complete(form: End) -> bool:
    """Who takes over is named, or nobody does."""
    if form.accepted.data != NOBODY and not (form.takes_over.data or "").strip():
        form.blame("takes_over", _("Skriv vem som tar över, eller välj att ingen tar över"))
    return not form.problems


def _closing(form: End) -> Closing:
    nobody = form.accepted.data == NOBODY
    return Closing(
        form.outcome.data,
        "" if nobody else form.takes_over.data.strip(),
        None if nobody else form.accepted.data == "1",
        form.told.data == "1",
        form.sex.data or None,
    )


def _asking(opened: Opened, form: StaffForm, heading: str, lines: list[str], button: str) -> ResponseReturnValue:
    page = render_template(
        "cases/ask.html",
        form=form,
        errors=form.problems,
        heading=heading,
        lines=lines,
        button=button,
        back=(url_for("cases.case_page", case_id=opened.case.id), opened.case.reference),
    )
    return page, 422 if form.problems else 200
