"""What a team decides about its referrals: parties and seats, whom it is for, what is asked, whom to call.

What holds for a whole association is set by command; a team's own stands above it. Rules are `survey.cases.settings`.
"""

from collections.abc import Collection, Sequence
from itertools import count

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from forms.library import shipped_form
from forms.model import Text
from forms.municipalities import MUNICIPALITIES
from forms.parties import OTHER, STANDARD, Party, standard
from forms.tailoring import FEWEST_MONTHS, MOST_MONTHS
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.staffform import StaffForm, WholeNumber, choices
from staff.policy import needs
from survey import teams
from survey.cases.parties import Seats, seats, set_seats, taken
from survey.cases.settings import LONGEST, OLDEST, CaseSettings, set_settings, settings
from survey.errors import BadRequest

case_settings = Blueprint("case_settings", __name__)

ON_OFF = [("1", _l("Ja")), ("0", _l("Nej"))]
MOST_OTHERS = 3
"""Parties beside the usual four that the page has room for."""
MOST_SEATS = 9
USUAL = tuple(one for one in STANDARD if one.code != OTHER)
SWITCHES = ("self_referral", "prior_agreement", "case_manager", "observers")
AGE = [InputRequired(_l("Skriv en ålder")), NumberRange(0, OLDEST, _l("Skriv en ålder mellan 0 och 120"))]
WORDS = Length(max=LONGEST, message=_l("Skriv högst 200 tecken"))


class TeamRules(StaffForm):
    """What changes the team's referrals; parties stand in a `PartyForm` each."""

    municipalities = TextAreaField(
        _l("Kommuner"), description=_l("En på varje rad. Tomt betyder alla kommuner i landet.")
    )
    age_from = WholeNumber(_l("Lägsta ålder"), AGE)
    age_to = WholeNumber(_l("Högsta ålder"), AGE)
    personal_number = RadioField(
        _l("Personnummer"),
        choices=choices([("off", _l("Frågas inte efter")), ("optional", _l("Frivilligt")), ("required", _l("Krävs"))]),
        description=_l("Bestäm ihop med ert dataskyddsombud."),
    )
    tried_first = RadioField(
        _l("Ska ordinarie stöd vara prövat först?"),
        choices=choices([("off", _l("Nej")), ("advice", _l("Som råd")), ("required", _l("Ja, minst en sak"))]),
    )
    self_referral = RadioField(_l("Får man anmäla sig själv?"), choices=choices(ON_OFF))
    prior_agreement = RadioField(
        _l("Ska den som anmäler först prata med sin representant i teamet?"), choices=choices(ON_OFF)
    )
    case_manager = RadioField(_l("Kan ni erbjuda en Case manager?"), choices=choices(ON_OFF))
    observers = RadioField(_l("Kan någon få lyssna på mötet, om personen säger ja?"), choices=choices(ON_OFF))
    consent_months = WholeNumber(
        _l("Hur många månader föreslås ett samtycke gälla?"),
        [InputRequired(_l("Skriv antal månader")), NumberRange(FEWEST_MONTHS, MOST_MONTHS, _l("Skriv 3 till 12"))],
    )
    priority = SelectMultipleField(
        _l("Vilka ska märkas ut i listan?"), description=_l("Anmälningar där personen har valt något av det här.")
    )
    reply_days = WholeNumber(
        _l("Inom hur många arbetsdagar hör ni av er?"),
        [InputRequired(_l("Skriv antal arbetsdagar")), NumberRange(1, 60, _l("Skriv 1 till 60"))],
        description=_l("Det står på sidan när anmälan är skickad."),
    )
    phone = StringField(_l("Telefon för den som vill ha hjälp"), [WORDS], description=_l("Tomt: teamets nummer."))
    contact = StringField(
        _l("Vart man ringer eller skriver för att återkalla"),
        [WORDS],
        description=_l("Det står i texten om samtycke. Tomt: telefonnumret."),
    )


class PartyForm(StaffForm):
    """One party of the team: how many it sends (nothing: it is not in the team), and its name if it is no usual one."""

    code = HiddenField()
    name_sv = StringField(_l("Namn"), [WORDS])
    name_en = StringField(_l("Namn på engelska"), [WORDS])
    seats = StringField(_l("Platser vid mötet"))


@case_settings.route("/team/<team>/arenden/installningar", methods=["GET", "POST"])
@needs("coordinator")
def settings_page(team: str) -> ResponseReturnValue:
    form = TeamRules()
    with house().reading() as db:
        here, now, there = teams.find_team(db, team), settings(db, team), seats(db, team)
        bound = taken(db, team)
    form.priority.choices = choices(_situations())
    rows = _party_forms(there, bound)
    if form.validate_on_submit():
        if _saved(form, rows, team, here.association):
            return redirect(url_for(".settings_page", team=team, sparat=1), 303)
    elif not form.is_submitted():
        _fill(form, now)
    problems = [*form.problems, *(one for row in rows for one in row.problems)]
    page = render_template(
        "cases/settings.html",
        team=here,
        form=form,
        parties=rows,
        usual={one.code: one.title.in_(spoken()) for one in USUAL},
        errors=problems,
        said=_("Sparat. Det gäller nya anmälningar.") if "sparat" in request.args and not problems else "",
    )
    return page, 422 if problems else 200


def _situations() -> list[tuple[str, str]]:
    """What may be chosen as «Vad stämmer just nu?» in a referral."""
    asked = shipped_form("referral").by_id["an_lage"].choices
    return [(one.code, one.text.in_(spoken())) for one in asked if not one.exclusive]


def _party_forms(there: Sequence[Seats], bound: Collection[str]) -> list[PartyForm]:
    """A form for each usual party, each other one there is, and a blank one under a code that never was another's."""
    known = {one.party.code: one for one in there}
    others = [code for code in known if code.startswith(OTHER)]
    free = next(code for n in count(1) if (code := f"{OTHER}_{n}") not in {*known, *bound})
    codes = [*(one.code for one in USUAL), *others, *([free] if len(others) < MOST_OTHERS else [])]
    forms = [PartyForm(prefix=f"part-{code}-") for code in codes]
    for form, code in zip(forms, codes, strict=True):
        form.code.data = code
        if not form.is_submitted() and code in known:
            form.seats.data = str(known[code].seats)
            form.name_sv.data, form.name_en.data = (known[code].party.name.in_(one) for one in ("sv", "en"))
    return forms


def _fill(form: TeamRules, now: CaseSettings) -> None:
    """The settings as they hold."""
    rules = now.form
    for name in ("age_from", "age_to", "personal_number", "tried_first", "consent_months"):
        form[name].data = getattr(rules, name)
    for name in SWITCHES:
        form[name].data = "1" if getattr(rules, name) else "0"
    form.municipalities.data = "\n".join(MUNICIPALITIES[code] for code in rules.municipalities)
    form.priority.data = list(now.priority)
    form.reply_days.data, form.phone.data, form.contact.data = now.reply_days, now.phone, now.contact


def _saved(form: TeamRules, rows: Sequence[PartyForm], team: str, association: str) -> bool:
    """Save everything, or nothing and say what to mend."""
    codes, given = _municipalities(form), _seats(rows)
    if form.problems or any(row.problems for row in rows):
        return False
    values = {name: form[name].data for name in ("age_from", "age_to", "personal_number", "tried_first")}
    values |= {name: form[name].data == "1" for name in SWITCHES}
    values |= {name: form[name].data for name in ("consent_months", "reply_days", "priority")}
    values |= {"phone": (form.phone.data or "").strip(), "contact": (form.contact.data or "").strip()}
    try:
        with house().writing() as db:
            _save(db, team, association, values | {"municipalities": codes}, given)
    except BadRequest as refused:
        form.blame("age_from", str(refused))
        return False
    return True


def _save(db: Connection, team: str, association: str, values: dict[str, object], given: Sequence[Seats]) -> None:
    set_seats(db, house(), team, given, member().account, house().now())
    set_settings(db, house(), association, team, values, member().account, house().now())


def _municipalities(form: TeamRules) -> list[str]:
    """Codes of the municipalities written; what is none is said."""
    codes = {name.casefold(): code for code, name in MUNICIPALITIES.items()}
    written = [line.strip() for line in (form.municipalities.data or "").splitlines() if line.strip()]
    unknown = [one for one in written if one.casefold() not in codes]
    if unknown:
        form.blame("municipalities", _("%(name)s är ingen kommun. Skriv till exempel Uppsala", name=unknown[0]))
    return [codes[one.casefold()] for one in written if one.casefold() in codes]


def _seats(rows: Sequence[PartyForm]) -> list[Seats]:
    """The parties that are in the team, in order; what cannot be read is said at its field."""
    found = []
    for row in rows:
        number = (row.seats.data or "").strip()
        if not number:
            continue
        if not (number.isascii() and number.isdigit() and len(number) < 3 and int(number) <= MOST_SEATS):
            row.blame("seats", _("Skriv antalet platser med siffror, högst 9"))
        elif row.code.data.startswith(OTHER) and not (row.name_sv.data or "").strip():
            row.blame("name_sv", _("Skriv vad parten heter"))
        else:
            found.append(Seats(_party(row), int(number)))
    if not found and not any(row.problems for row in rows):
        rows[0].blame("seats", _("Skriv platser för minst en part"))
    return found


def _party(row: PartyForm) -> Party:
    code = row.code.data
    if not code.startswith(OTHER):
        return standard(code)
    swedish = row.name_sv.data.strip()
    return Party(code, Text({"sv": swedish, "en": (row.name_en.data or "").strip() or swedish}))
