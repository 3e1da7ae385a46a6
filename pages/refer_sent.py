"""*Skicka* on a referral, and what one takes home: the number, the receipt, the copy, and the consent as a file.

All of it comes out of the page that was sent and the case made of it; for two hours, so that it can be printed, and
then no longer, since a screen may be shared.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from babel.dates import format_date
from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.ages import age_of, outside
from forms.answers import in_words, kept
from forms.days import readable
from forms.model import Form
from pages.context import house
from pages.headers import forget
from pages.language import spoken
from pages.refer_consent import as_file
from pages.refer_drawing import (
    Sight,
    choices_of,
    consent_text,
    known_by,
    page_drawn,
    person,
    sealed,
    terms_of,
    told_parts,
    wordings,
)
from pages.refer_ground import Ground
from pages.refer_tasks import filling
from pages.saying import sayer
from pages.slips import SCHEME
from pages.state import PageState
from pages.walk import Turn
from survey.cases import consent, intake
from survey.cases.drafts import Held
from survey.cases.intake import Receipt, Referral
from survey.errors import BadRequest
from survey.workdays import workdays_later

CONSENT = "sc_"
"""How the questions about consent begin; receipt and copy tell of them apart."""
KEPT = 2 * 3600
"""How long receipt and copy can be shown after sending, in seconds."""


def sending(
    here: Ground, form: Form, state: PageState, mend: Callable[[Ground, Form, Turn], Response]
) -> ResponseReturnValue:
    """Make the case, all of it or nothing, and show its number. What cannot be sent is shown again by `mend`."""
    today, now = house().today(), house().now()
    answers = kept(form, state.answers)
    texts = wordings(here, form, answers)
    if known_by(texts) != filling(state).shown:  # the team has changed a word of them meanwhile
        return mend(here, form, Turn(replace(state, view="certify")))
    referral = Referral(
        team=here.team.slug,
        form=form,
        answers=answers,
        language=spoken(),
        submission=state.submission,
        consents=consent.from_answers(form, answers, texts),
        outside_age=outside(here.settings.form, age_of(answers, today)),
        draft=Held.unpack(filling(state).draft),
    )
    try:
        with house().writing() as db:
            receipt = intake.send(db, house(), referral, now)
    except BadRequest:
        return mend(here, form, Turn(replace(state, view="tasks")))
    done = replace(state, view="sent", code=None, began=int(time.time()), filling=replace(filling(state), draft=""))
    return _sent(_sight(here, form, done), receipt)


def after(here: Ground, state: PageState, receipt: Receipt, go: str) -> ResponseReturnValue:
    """What is fetched from the page that said it was sent."""
    if int(time.time()) - state.began > KEPT:
        return already(here, receipt)
    sight = _sight(here, here.form(state.answers), state)
    return _WAYS.get(go, _sent)(sight, receipt)


def already(here: Ground, receipt: Receipt) -> ResponseReturnValue:
    """The same page sent again, or an older one: nothing happens twice, and nothing of it is shown."""
    texts = (
        _("Numret är %(reference)s.", reference=receipt.reference),
        _("Du behöver inte göra något mer. Du kan stänga sidan nu."),
    )
    again = url_for("refer.begin_again", team=here.team.slug)
    return forget(page_drawn("sent", _("Anmälan är redan skickad"), *texts, again=again))


def _sent(sight: Sight, receipt: Receipt) -> ResponseReturnValue:
    return _page("refer/sent.html", sight, receipt)


def _receipt(sight: Sight, receipt: Receipt) -> ResponseReturnValue:
    day = readable(receipt.received.astimezone().date(), spoken())
    told = _("%(team)s tog emot anmälan den %(day)s.", team=sight.here.team.name, day=day)
    more = {"kind": "receipt", "title": _("Kvitto på anmälan"), "told": told}
    return _page("refer/receipt.html", sight, receipt, **more, **_terms(sight))


def _copy(sight: Sight, receipt: Receipt) -> ResponseReturnValue:
    called = person(sight.state.answers)
    title = _("Din kopia") if sight.role == "self" else _("Kopia till %(name)s", name=called)
    told = _("Det här har %(team)s fått veta.", team=sight.here.team.name)
    more = {
        "kind": "copy",
        "title": title,
        "told": told,
        "wording": consent_text(sight),
        "parts": told_parts(sight, but="sc_"),
    }
    return _page("refer/receipt.html", sight, receipt, **more, **_terms(sight))


def _file(sight: Sight, receipt: Receipt) -> ResponseReturnValue:
    with house().reading() as db:
        written = as_file(db, receipt.case_id, sight.here, _withdrawal())
    response = make_response(written)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="samtycke-{receipt.reference}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _forget(sight: Sight, _receipt: Receipt) -> ResponseReturnValue:
    texts = (_("Det du har skrivit är borta från den här sidan."), _("Du kan stänga sidan nu."))
    again = url_for("refer.begin_again", team=sight.here.team.slug)
    return forget(page_drawn("left", _("Klart"), *texts, again=again))


_WAYS: Mapping[str, Callable[[Sight, Receipt], ResponseReturnValue]] = {
    "": _receipt,
    "sent": _sent,
    "copy": _copy,
    "file": _file,
    "forget": _forget,
}


def _sight(here: Ground, form: Form, state: PageState) -> Sight:
    return Sight(here, form, Turn(state), sayer(spoken(), here.blanks(state.answers, house().today())))


def _page(template: str, sight: Sight, receipt: Receipt, **more: Any) -> Response:
    address = _withdrawal()
    page = render_template(
        template,
        receipt=receipt,
        ways=_what_happens(sight, receipt),
        name=person(sight.state.answers),
        by_other=sight.role != "self",
        state=sealed(sight.here, sight.state),
        action=url_for("refer.go_on", team=sight.here.team.slug),
        again=url_for("refer.begin_again", team=sight.here.team.slug),
        house=sight.here.association.name,
        back=address,
        typed=SCHEME.sub("", address),
        phone=sight.here.phone,
        **more,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _withdrawal() -> str:
    return f"{house().settings.base_url}/aterkalla"


def _terms(sight: Sight) -> dict[str, object]:
    answers = sight.state.answers
    choices, terms = choices_of(sight.form, answers, sight.say), terms_of(sight.form, answers, sight.say)
    return {"choices": choices, "terms": terms}


def _what_happens(sight: Sight, receipt: Receipt) -> tuple[str, str, str]:
    """Who calls, how, and roughly when (INSTRUMENTS.md, tip 7)."""
    asked, answers, team = sight.form.by_id["an_kontakt"], sight.state.answers, sight.here.team.name
    until = workdays_later(receipt.received.astimezone().date(), sight.here.settings.reply_days)
    day = format_date(until, "d MMMM", locale=spoken())
    how = ", ".join(in_words(asked, answers[asked.id], spoken())) if asked.id in answers else ""
    if sight.role == "self":
        return (
            _("%(team)s hör av sig till dig senast %(day)s. Så: %(how)s.", team=team, day=day, how=how),
            _("Ni kommer överens om en tid för mötet."),
            _("Före mötet får du veta vilka som kommer och varför."),
        )
    name = person(answers)
    return (
        _("%(team)s hör av sig till %(name)s senast %(day)s. Så: %(how)s.", team=team, name=name, day=day, how=how),
        _("De kommer överens om en tid för mötet."),
        _("Före mötet får %(name)s veta vilka som kommer och varför.", name=name),
    )
