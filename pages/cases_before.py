"""Before the meeting: calling the person, asking for what is missing, and briefing the interpreter.

A call changes the referral only in what it was about; consents are `pages.cases_consent`, the meeting itself is
`pages.cases_booking`.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Optional

from forms.model import Answers
from pages import cases_telling as telling
from pages import cases_words as words
from pages.beginning import Day
from pages.cases_booking import LONG
from pages.cases_open import Opened, open_for_team
from pages.cases_paper import Sheet, not_saved
from pages.context import house
from pages.gate import member
from pages.staffform import StaffForm, seen_version
from staff.policy import needs
from survey.cases import documents, intake, leading, tasks
from survey.errors import NotAllowed
from survey.redaction import spotted

before = Blueprint("before", __name__)

UNSAFE = "3"
"""«Nej» to whether it is safe to call or text."""
TO_TALK_ABOUT = (
    "an_viktigt",
    "an_fraga",
    "an_med",
    "an_behov",
    "an_behov_annat",
    "an_prata",
    "an_form",
    "an_tider",
    "an_info_datum",
    "an_info_satt",
)
"""What a call may change in the referral, besides the eight things the person should know. Never a consent."""


class MoreWanted(StaffForm):
    """What the referrer is asked to add."""

    words = TextAreaField(
        _l("Vad behöver ni veta?"),
        [InputRequired(_l("Skriv vad ni behöver veta")), LONG],
        description=_l("Skriv också vem du har frågat. Inget skickas: ring eller fråga på plats."),
    )
    due = Day(_l("Senast (frivilligt)"), [Optional()])


@before.route("/arende/<case_id>/samtal", methods=["GET", "POST"])
@needs("coordinator")
def call(case_id: str) -> ResponseReturnValue:
    """Call the person before the meeting; what has become clear is written into the referral."""
    opened = open_for_team(case_id)
    referral = opened.paper("referral")
    sheet = Sheet(opened.form("referral"), only=[*TO_TALK_ABOUT, *(one for one, _words in telling.information(opened))])
    shown = sheet.typed(request.form) if request.method == "POST" else sheet.filled(referral.answers, opened.today)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        said, errors = sheet.answered(shown, referral.answers, opened.today)
        if not errors:
            try:
                _write_call(opened, said, seen_version())
                return redirect(url_for("cases.case_page", case_id=case_id), 303)
            except (documents.Conflict, NotAllowed) as refused:
                errors = [not_saved(refused)]
    page = render_template(
        "cases/call.html",
        errors=errors,
        case=opened.case,
        called=opened.called,
        facts=telling.contact(opened),
        sensitive=telling.sensitive(opened, {}),
        safe=opened.answers.get("an_saker") != UNSAFE,
        missing=telling.missing(opened),
        fields=sheet.drawn(shown, opened.say, errors),
        version=referral.version,
    )
    return page, 422 if errors else 200


@before.route("/arende/<case_id>/komplettera", methods=["GET", "POST"])
@needs("coordinator")
def ask_for_more(case_id: str) -> ResponseReturnValue:
    """Note what is missing and who has been asked for it: it becomes a task."""
    opened, form = open_for_team(case_id), MoreWanted()
    if form.validate_on_submit() and not _points_out(form):
        try:
            with house().writing() as db:
                asked = (form.words.data.strip(), form.due.data)
                leading.ask_for_more(db, house(), opened.reader, case_id, *asked, house().now())
            return redirect(url_for("cases.case_page", case_id=case_id), 303)
        except NotAllowed as refused:
            form.blame("words", str(refused))
    page = render_template(
        "cases/ask.html",
        form=form,
        errors=form.problems,
        heading=_("Begär komplettering"),
        lines=[_("Det blir en uppgift i ärendet. Skriv in svaret under Ring eller komplettera.")],
        button=_("Spara"),
        back=(url_for("cases.case_page", case_id=case_id), opened.case.reference),
    )
    return page, 422 if form.problems else 200


def _points_out(form: MoreWanted) -> bool:
    """Whether the words hold a number or an address, which is said: those are in the referral, and not needed here."""
    found = spotted(form.words.data or "")
    if found:
        form.blame("words", _("Ta bort %(found)s. Nummer och adresser finns i anmälan.", found=", ".join(found)))
    return bool(found)


@before.route("/arende/<case_id>/mote/tolk", methods=["GET", "POST"])
@needs("coordinator")
def brief(case_id: str) -> ResponseReturnValue:
    """What an interpreter should know beforehand, and the task done once they have been told."""
    opened, form = open_for_team(case_id), StaffForm()
    if form.validate_on_submit():
        with house().writing() as db:
            for task in opened.open_tasks("brief_interpreter"):
                tasks.tick_off(db, house(), task.id, member().account, house().now())
        return redirect(url_for("cases.case_page", case_id=case_id), 303)
    return render_template(
        "cases/brief.html",
        form=form,
        case=opened.case,
        team=opened.team,
        facts=_about_interpreting(opened),
        waits=bool(opened.open_tasks("brief_interpreter")),
    )


def _write_call(opened: Opened, said: Answers, seen: int) -> None:
    """A new version of the referral; what the call was for is done."""
    by, now = member().account, house().now()
    with house().writing() as db:
        intake.correct(db, house(), opened.reader, opened.case.id, said, after=seen, now=now)
        tasks.finish(db, opened.case.id, ("call_before", "complement"), by, now)
        lacking = [one for one in telling.informed(said) if said[one] != telling.INFORMED]
        if lacking:
            tasks.add(db, house(), opened.case.id, "call_before", now, codes=lacking)


def _about_interpreting(opened: Opened) -> list[tuple[str, str]]:
    """What an agency asks when an interpreter is booked; nothing that says who it is for."""
    asked = (
        (_("Språk"), "an_tolk_sprak"),
        (_("Dialekt"), "an_tolk_dialekt"),
        (_("På plats eller telefon"), "an_tolk_hur"),
        (_("Önskemål om tolken"), "an_tolk_onskan"),
    )
    facts = [(str(label), opened.said(question)) for label, question in asked]
    if opened.booked:
        facts.append((str(_("När")), words.when(opened.booked.at, opened.booked.minutes)))
    return [(label, said) for label, said in facts if said]
