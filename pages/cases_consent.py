"""Consent on the team's pages: how it stands per party, and what the team writes down for the person.

What counts is `survey.cases.consent`. A new answer is written down beside the very words that were read to the person,
and taking one back is one page with one press, as giving is.
"""

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from forms import consent as asked
from forms.tailoring import MOST_MONTHS
from pages import cases_telling as telling
from pages import cases_words as words
from pages.beginning import Day
from pages.cases_open import Opened, open_for_team
from pages.context import house
from pages.gate import member
from pages.language import direction, spoken
from pages.staffform import StaffForm, choices
from staff.policy import needs
from survey.cases import consent
from survey.cases.consent import ORAL_DAYS, Consent
from survey.cases.model import ORAL
from survey.errors import BadRequest, NotFound
from survey.workdays import months_later

consents = Blueprint("consents", __name__)

COULD_BE_TAKEN_BACK = ("given", "limited", "unconfirmed")
ANSWERS = (("given", _l("Ja")), ("limited", _l("Ja, men inte allt")), ("refused", _l("Nej")))


class NewAnswer(StaffForm):
    """What the person answered about one party, written down by the team. Nothing is chosen beforehand."""

    answer = RadioField(
        _l("Vad svarar personen?"), [InputRequired(_l("Välj vad personen svarar"))], choices=choices(ANSWERS)
    )
    not_about = StringField(_l("Vad får de inte prata om?"), description=_l("Behövs bara för «Ja, men inte allt»."))
    categories = SelectMultipleField(
        _l("Vad får de prata om?"), choices=choices(words.CATEGORIES.items()), description=_l("Behövs om svaret är ja.")
    )
    until = Day(_l("Gäller till och med"), [Optional()])
    how = RadioField(
        _l("Hur lämnar personen sitt svar?"),
        [InputRequired(_l("Välj hur personen lämnar sitt svar"))],
        choices=choices(pair for pair in words.HOW_GIVEN.items() if pair[0] != "screen"),
    )
    confirm_by = Day(
        _l("Papperet ska ha kommit senast"),
        [Optional()],
        description=_l("Ett muntligt ja gäller till den dagen. Sedan slutar det gälla om det inte har bekräftats."),
    )
    interpreter = StringField(
        _l("Tolk"), description=_l("Om texten tolkades: tolkförmedlingen och tolkens nummer. Skriv inte namnet.")
    )
    understood = RadioField(
        _l("Personen kunde berätta med egna ord vad svaret betyder"),
        [InputRequired(_l("Välj om personen kunde berätta med egna ord"))],
        choices=choices([("1", _l("Ja")), ("0", _l("Nej"))]),
    )
    shown_until = HiddenField()


class Limits(StaffForm):
    """What a «Ja, men inte allt» covers."""

    categories = SelectMultipleField(
        _l("Vad får de prata om?"),
        [InputRequired(_l("Välj vad de får prata om"))],
        choices=choices(words.CATEGORIES.items()),
    )


class Withdrawal(StaffForm):
    """Which consents are taken back, and how the person said so. Why is not asked."""

    parties = SelectMultipleField(
        _l("Vilka samtycken tar personen tillbaka?"), [InputRequired(_l("Välj minst ett samtycke"))]
    )
    how = RadioField(
        _l("Hur sa personen det?"),
        [InputRequired(_l("Välj hur personen sa det"))],
        choices=choices(words.HOW_WITHDRAWN.items()),
    )


@consents.get("/arende/<case_id>/samtycke/")
@needs("coordinator")
def consents_page(case_id: str) -> str:
    opened = open_for_team(case_id)
    with house().reading() as db:
        told = consent.receipt(db, house(), case_id)
    return render_template(
        "cases/consents.html",
        case=opened.case,
        rows=telling.consents_told(opened),
        limits={one.event.party: one.private.get("not_about", "") for one in told if one.event.kind == "limited"},
        texts={one.event.party: (one.wording, str(one.event.language)) for one in told if one.wording},
        direction=direction,
        withdrawable=any(one.state in COULD_BE_TAKEN_BACK for one in opened.view.standings.values()),
        said=_said(request.args.get("sagt", "")),
        events=[
            (words.moment(at), opened.parties.get(code, code), words.CONSENT_EVENTS[kind])
            for code, kind, at in ((one.event.party, one.event.kind, one.event.at) for one in told)
        ],
    )


@consents.route("/arende/<case_id>/samtycke/<party>/nytt", methods=["GET", "POST"])
@needs("coordinator")
def new_answer(case_id: str, party: str) -> ResponseReturnValue:
    """Write down what the person answers about one party, beside the words that are read to them."""
    opened, form = open_for_team(case_id), NewAnswer()
    opened.ground.speak("")
    if not form.is_submitted():
        form.until.data = months_later(opened.today, opened.ground.settings.form.consent_months)
        form.confirm_by.data = opened.today + timedelta(ORAL_DAYS)
    shown = _wording(opened, party, form.until.data)
    if form.validate_on_submit() and _complete(form, opened.today):
        try:
            with house().writing() as db:
                consent.record(db, house(), case_id, _consent(form, shown), member().account, house().now())
            return redirect(url_for(".consents_page", case_id=case_id, sagt="nytt"), 303)
        except BadRequest as refused:
            form.blame("answer", str(refused))
    form.shown_until.data = form.until.data.isoformat() if form.until.data else ""
    page = render_template(
        "cases/new_consent.html",
        form=form,
        errors=form.problems,
        case=opened.case,
        party=opened.parties[party],
        lines=shown.text.split("\n"),
    )
    return page, 422 if form.problems else 200


@consents.route("/arende/<case_id>/samtycke/<party>/markera", methods=["GET", "POST"])
@needs("coordinator")
def mark(case_id: str, party: str) -> ResponseReturnValue:
    """Mark what a «Ja, men inte allt» covers; until then the party sees nothing."""
    opened, form = open_for_team(case_id), Limits()
    standing = opened.view.standings.get(party)
    if standing is None or standing.state != "limited":
        raise NotFound
    if form.validate_on_submit():
        with house().writing() as db:
            consent.mark(db, house(), case_id, party, form.categories.data, member().account, house().now())
        return redirect(url_for(".consents_page", case_id=case_id, sagt="markerat"), 303)
    if not form.is_submitted():
        form.categories.data = sorted(standing.categories)
    heading = _("Vad gäller samtycket för %(party)s?", party=opened.parties[party])
    lines = [_("Personen har sagt att de inte får prata om: «%(limit)s»", limit=_limit(case_id, party))]
    return _asking(opened, form, heading, lines, _("Spara"))


@consents.post("/arende/<case_id>/samtycke/<party>/bekrafta")
@needs("coordinator")
def confirm(case_id: str, party: str) -> ResponseReturnValue:
    """The paper of an oral yes has come."""
    with house().writing() as db:
        consent.confirm(db, house(), case_id, party, member().account, house().now())
    return redirect(url_for(".consents_page", case_id=case_id, sagt="bekraftat"), 303)


@consents.route("/arende/<case_id>/samtycke/<party>/byte", methods=["GET", "POST"])
@needs("coordinator")
def change_of_provider(case_id: str, party: str) -> ResponseReturnValue:
    """Another care provider needs another yes: the old one ends now."""
    opened, form = open_for_team(case_id), StaffForm()
    if form.validate_on_submit():
        with house().writing() as db:
            consent.supersede(db, house(), case_id, party, member().account, house().now())
        return redirect(url_for(".consents_page", case_id=case_id, sagt="byte"), 303)
    lines = [
        _("Det gamla samtycket slutar gälla nu. Den nya vårdgivaren får inte veta något förrän personen har sagt ja."),
        _("Du får en uppgift att fråga om ett nytt samtycke."),
    ]
    return _asking(opened, form, _("Har personen bytt vårdgivare?"), lines, _("Ja, avsluta samtycket"))


@consents.route("/arende/<case_id>/aterkalla", methods=["GET", "POST"])
@needs("coordinator")
def withdraw(case_id: str) -> ResponseReturnValue:
    """Take consents back for a person who has called, written or come. It bites at once, and every party is told."""
    opened, form = open_for_team(case_id), Withdrawal()
    stand = [code for code, one in opened.view.standings.items() if one.state in COULD_BE_TAKEN_BACK]
    form.parties.choices = choices((code, opened.parties.get(code, code)) for code in stand)
    if form.validate_on_submit():
        with house().writing() as db:
            by, how = member().account, form.how.data
            consent.withdraw(db, house(), case_id, form.parties.data, by, house().now(), how=how)
        return redirect(url_for(".consents_page", case_id=case_id, sagt="aterkallat"), 303)
    lines = [
        _("Det slutar gälla genast, och alla parter får veta det. Personen behöver inte säga varför."),
        _("Säg så här: «Det som redan är sagt går inte att ta tillbaka. Men de får inte berätta något nytt.»"),
    ]
    if not stand:
        lines = [_("Det finns inget samtycke att ta tillbaka.")]
    return _asking(opened, form, _("Återkalla samtycke"), lines, _("Återkalla"), nothing=not stand)


def _asking(
    opened: Opened, form: StaffForm, heading: str, lines: list[str], button: str, *, nothing: bool = False
) -> ResponseReturnValue:
    page = render_template(
        "cases/ask.html",
        form=form,
        errors=form.problems,
        heading=heading,
        lines=lines,
        button="" if nothing else button,
        back=(
            url_for("cases.consents.consents_page", case_id=opened.case.id),
            _("Samtycke i %(case)s", case=opened.case.reference),
        ),
    )
    return page, 422 if form.problems else 200


def _wording(opened: Opened, party: str, until: date | None) -> asked.Wording:
    """The exact words for this party, with the day a yes would end on."""
    if party not in {line.party for line in asked.lines(opened.asked)}:
        raise NotFound
    chosen = {"sc_till": until.isoformat()} if until else {}
    return asked.wording(
        opened.asked, party, spoken(), opened.ground.blanks({**opened.answers, **chosen}, opened.today)
    )


def _limit(case_id: str, party: str) -> str:
    """What the person does not want this party to hear about, in their own words."""
    with house().reading() as db:
        told = consent.receipt(db, house(), case_id)
    limits = [one.private for one in told if (one.event.party, one.event.kind) == (party, "limited")]
    return limits[-1].get("not_about", "") if limits else ""


def _complete(form: NewAnswer, today: date) -> bool:
    """What a yes needs besides, and that the words shown say the day that was chosen."""
    if form.answer.data == "refused":
        return True
    if form.answer.data == "limited" and not (form.not_about.data or "").strip():
        form.blame("not_about", _("Skriv vad de inte får prata om"))
    if form.answer.data == "given" and not form.categories.data:
        form.blame("categories", _("Välj vad de får prata om"))
    if not form.until.data or not today < form.until.data <= months_later(today, MOST_MONTHS):
        form.blame(
            "until", _("Välj en dag efter i dag och senast %(day)s", day=words.day(months_later(today, MOST_MONTHS)))
        )
    elif form.shown_until.data != form.until.data.isoformat():
        form.blame("until", _("Dagen är ändrad, så texten är ny. Läs upp texten igen och spara sedan."))
    if form.how.data in ORAL and not form.confirm_by.data:
        form.blame("confirm_by", _("Välj när papperet ska ha kommit"))
    if form.understood.data == "0":
        form.blame("understood", _("Förklara igen. Ett ja gäller bara om personen kan berätta vad det betyder."))
    return not form.problems


def _consent(form: NewAnswer, shown: asked.Wording) -> Consent:
    yes, oral = form.answer.data != "refused", form.how.data in ORAL
    private = {"not_about": form.not_about.data or "", "interpreter": form.interpreter.data or ""}
    return Consent(
        shown.party,
        form.answer.data,
        shown,
        form.how.data,
        categories=frozenset(form.categories.data or ()) if form.answer.data == "given" else frozenset(),
        until=form.until.data if yes else None,
        confirm_by=form.confirm_by.data if yes and oral else None,
        interpreted=bool((form.interpreter.data or "").strip()),
        private={key: value.strip() for key, value in private.items() if value.strip()},
    )


def _said(what: str) -> str:
    said = {
        "nytt": _("Svaret är antecknat."),
        "markerat": _("Sparat. Parten ser bara det du har markerat."),
        "bekraftat": _("Samtycket är bekräftat."),
        "byte": _("Samtycket gäller inte längre. Fråga om ett nytt."),
        "aterkallat": _("Samtycket är återkallat. Alla parter har fått en uppgift om det."),
    }
    return str(said.get(what, ""))
