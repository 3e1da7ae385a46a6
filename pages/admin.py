"""The administrator's pages: associations, teams, colleagues' names, accounts and their roles. No content.

The same functions serve the commands (`survey.teams`, `staff.accounts`).
"""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired

from forms.model import Text
from forms.parties import CASE_MANAGER, Party
from pages import gate
from pages.context import house, provider
from pages.language import spoken
from pages.staffform import StaffForm, choices
from staff import accounts, sessions
from staff.member import Grant
from staff.policy import fresh, needs
from survey import audit, teams
from survey.audit import Entry
from survey.cases.parties import parties
from survey.errors import BadRequest

admin = Blueprint("admin", __name__, url_prefix="/personal/admin")


class NewAssociation(StaffForm):
    name = StringField(_l("Förbundets namn"), [DataRequired(_l("Skriv förbundets namn"))])
    slug = StringField(
        _l("Kortnamn i adresser"),
        [DataRequired(_l("Skriv ett kortnamn"))],
        description=_l("Små bokstäver a–z, siffror och bindestreck. Det går inte att ändra sedan."),
    )
    period = RadioField(
        _l("När ska svar öppnas?"),
        choices=choices([("quarter", _l("Efter varje kvartal")), ("month", _l("Efter varje månad"))]),
        default="quarter",
        description=_l("Kvartal passar de flesta. Månad kräver många deltagare."),
    )


class NewTeam(StaffForm):
    name = StringField(_l("Teamets namn"), [DataRequired(_l("Skriv teamets namn"))])
    slug = StringField(
        _l("Kortnamn i adresser"),
        [DataRequired(_l("Skriv ett kortnamn"))],
        description=_l("Små bokstäver a–z, siffror och bindestreck. Det går inte att ändra sedan."),
    )
    controller = StringField(
        _l("Ansvarig myndighet"),
        [DataRequired(_l("Skriv vilken myndighet som ansvarar för teamets uppgifter"))],
        description=_l("Den av parterna som är personuppgiftsansvarig, till exempel en kommun."),
    )
    phone = StringField(_l("Telefon (frivilligt)"), description=_l("Visas för deltagare som behöver hjälp att svara."))


class Colleagues(StaffForm):
    names = TextAreaField(
        _l("Namn, ett per rad"),
        description=_l("De som arbetar i teamet men saknar konto. Deras namn tas bort ur kommentarer."),
    )


class NewAccount(StaffForm):
    name = StringField(_l("Namn"), [DataRequired(_l("Skriv personens namn"))])
    email = EmailField(_l("E-postadress"), [DataRequired(_l("Skriv personens e-postadress"))])
    grant = SelectField(_l("Roll"), description=_l("Fler roller kan läggas till sedan."))


class OneMoreRole(StaffForm):
    grant = SelectField(_l("Ny roll"))


@admin.get("/")
@needs("admin")
def start() -> str:
    with house().reading() as db:
        return render_template(
            "staff/admin.html",
            associations=[(one, teams.teams(db, one.slug)) for one in teams.associations(db)],
            accounts=[(one, roles_in_words(db, one), state(one)) for one in accounts.accounts(db)],
            said=_("Kontot är borttaget.") if "closed" in request.args else "",
        )


@admin.route("/forbund", methods=["GET", "POST"])
@needs("admin")
def new_association() -> ResponseReturnValue:
    form = NewAssociation()
    if form.validate_on_submit() and _kept(
        form, "slug", lambda db: teams.add_association(db, form.slug.data, form.name.data, period=form.period.data)
    ):
        return redirect(url_for(".start"), 303)
    return _ask(form, _("Nytt förbund"), _("Lägg till förbundet"))


@admin.route("/forbund/<association>/team", methods=["GET", "POST"])
@needs("admin")
def new_team(association: str) -> ResponseReturnValue:
    form = NewTeam()
    if form.validate_on_submit() and _kept(form, "slug", lambda db: _add_team(db, association, form)):
        return redirect(url_for(".start"), 303)
    with house().reading() as db:
        home = teams.find_association(db, association).name
    return _ask(form, _("Nytt team i %(home)s", home=home), _("Lägg till teamet"))


@admin.route("/team/<team>", methods=["GET", "POST"])
@needs("admin")
def colleagues(team: str) -> ResponseReturnValue:
    with house().reading() as db:
        name, known = teams.find_team(db, team).name, teams.colleagues(db, team)
    form = Colleagues(names="\n".join(known))
    if form.validate_on_submit() and _kept(
        form, "names", lambda db: teams.name_colleagues(db, team, (form.names.data or "").splitlines())
    ):
        return redirect(url_for(".start"), 303)
    return _ask(form, _("Kollegor i %(team)s", team=name), _("Spara namnen"))


@admin.route("/konto", methods=["GET", "POST"])
@fresh
@needs("admin")
def new_account() -> ResponseReturnValue:
    form = NewAccount()
    with house().reading() as db:
        form.grant.choices = choices(grant_choices(db))
    made: list[str] = []
    if form.validate_on_submit() and _kept(form, "email", lambda db: made.append(_add_account(db, form))):
        return _invited_unless_ready(made[0])
    return _ask(form, _("Nytt konto"), _("Skapa kontot och visa inbjudan"))


@admin.get("/konto/<account_id>")
@needs("admin")
def account(account_id: str) -> str:
    return _account_page(account_id, OneMoreRole(formdata=None))


@admin.post("/konto/<account_id>/roll")
@fresh
@needs("admin")
def give_role(account_id: str) -> ResponseReturnValue:
    form = OneMoreRole()
    with house().reading() as db:
        form.grant.choices = choices(grant_choices(db))
    if form.validate() and _kept(form, "grant", lambda db: _give(db, account_id, form.grant.data)):
        return redirect(url_for(".account", account_id=account_id), 303)
    return _account_page(account_id, form), 422


@admin.post("/konto/<account_id>/ta-bort-roll")
@fresh
@needs("admin")
def take_role(account_id: str) -> ResponseReturnValue:
    form = OneMoreRole()
    if _kept(form, "grant", lambda db: _take(db, account_id, form.grant.data or "")):
        return redirect(url_for(".account", account_id=account_id), 303)
    return _account_page(account_id, form), 422


@admin.post("/konto/<account_id>/inbjudan")
@fresh
@needs("admin")
def invite(account_id: str) -> ResponseReturnValue:
    return _invited(account_id)


@admin.route("/konto/<account_id>/avsluta", methods=["GET", "POST"])
@fresh
@needs("admin")
def close(account_id: str) -> ResponseReturnValue:
    form = StaffForm()
    with house().reading() as db:
        name = accounts.one(db, account_id).name
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                _told(db, "account_closed", account_id)
                accounts.close(db, account_id)
        except BadRequest as refused:
            return _close_page(form, account_id, name, str(refused)), 422
        return redirect(url_for(".start", closed=1), 303)
    return _close_page(form, account_id, name)


def grant_choices(db: Connection) -> list[tuple[str, str]]:
    """Every role there is to give, with where it holds."""
    found = [("admin", _("Administratör"))]
    found += [("author", _("Formulär: alla förbund")), ("approver", _("Godkänner översättningar: alla förbund"))]
    for one in teams.associations(db):
        found.append((f"evaluator:{one.slug}", _("Utvärderare: %(place)s", place=one.name)))
        found.append((f"facilitator:{one.slug}", _("Omröstningar: %(place)s", place=one.name)))
        found.append((f"author:{one.slug}", _("Formulär: %(place)s", place=one.name)))
        found.append((f"approver:{one.slug}", _("Godkänner översättningar: %(place)s", place=one.name)))
        for team in teams.teams(db, one.slug):
            found.append((f"coordinator:{team.slug}", _("Samordnare: %(place)s", place=team.name)))
            found.append((f"facilitator:{one.slug}:{team.slug}", _("Omröstningar: %(place)s", place=team.name)))
            found.append((f"interviewer:{team.slug}", _("Intervjuer: %(place)s", place=team.name)))
            found.append((f"controller:{team.slug}", _("Granskar loggen: %(place)s", place=team.name)))
            found += [
                (
                    f"party:{team.slug}:{party.code}",
                    _("%(party)s i %(place)s", party=party_name(party), place=team.name),
                )
                for party in (*parties(db, team.slug), Party(CASE_MANAGER, Text({"sv": "Case manager"})))
            ]
    return found


def party_name(party: Party) -> str:
    """What a party is called on a line of its own, in the language of the page."""
    return party.title.in_(spoken())


def read_grant(db: Connection, code: str) -> Grant:
    """The role a choice stands for. Raises `BadRequest`."""
    name, _colon, place = code.partition(":")
    if name in ("coordinator", "controller", "interviewer"):
        return accounts.grant(db, name, team_slug=place)
    association, _colon, team = place.partition(":")
    if name == "party":
        return accounts.grant(db, name, team_slug=association, party=team or None)
    return accounts.grant(db, name, association or None, team or None)


def roles_in_words(db: Connection, of: accounts.Account) -> list[tuple[str, str]]:
    """The account's roles as (choice, words)."""
    words = dict(grant_choices(db))
    return [(code, words[code]) for code in map(_code, of.grants)]


def state(of: accounts.Account) -> str:
    """How far an account has come, in words."""
    there = provider()
    if not of.ready:
        return str(_("Väntar på lösenfras"))
    if of.protected:
        return str(_("Klart"))
    if of.vouched and not of.phrase and there and there.acr:
        return str(_("Klart: båda stegen hos %(name)s", name=there.name))
    return str(_("Saknar andra steget"))


def _code(given: Grant) -> str:
    """The role as one of `grant_choices`."""
    inside = given.role in ("coordinator", "controller", "interviewer", "party")
    place = (given.team, given.party) if inside else (given.association, given.team)
    return ":".join(filter(None, (given.role, *place)))


def _add_team(db: Connection, association: str, form: NewTeam) -> None:
    teams.add_team(
        db,
        form.slug.data,
        form.name.data,
        association=association,
        controller=form.controller.data,
        phone=form.phone.data or "",
    )


def _add_account(db: Connection, form: NewAccount) -> str:
    gate.in_turn(db)
    made = accounts.add(db, form.email.data, form.name.data, read_grant(db, form.grant.data))
    _told(db, "role_given", made, form.grant.data)
    return made


def _give(db: Connection, account_id: str, code: str) -> None:
    _told(db, "role_given", account_id, code)
    accounts.give(db, account_id, read_grant(db, code))


def _take(db: Connection, account_id: str, code: str) -> None:
    _told(db, "role_taken", account_id, code)
    accounts.take(db, account_id, read_grant(db, code))


def _told(db: Connection, action: str, account_id: str, role: str = "") -> None:
    """A row of the audit chain: who gave whom a way in, or took it. Before the deed, so that the turns of two
    administrators come in one order."""
    gate.in_turn(db)
    entry = Entry(gate.member().account, action, detail=f"{account_id} {role}".strip())
    audit.record(db, house().secrets, entry, house().now())


def _kept(form: StaffForm, field: str, deed: Callable[[Connection], object]) -> bool:
    """Do it and commit, or say at `field` what a rule found wrong."""
    try:
        with house().writing() as db:
            deed(db)
    except BadRequest as refused:
        form.blame(field, str(refused))
        return False
    return True


def _ask(form: StaffForm, heading: str, button: str) -> ResponseReturnValue:
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=form.problems,
        heading=heading,
        button=button,
        back=(url_for(".start"), _("Administration")),
    )
    return page, 422 if form.problems else 200


def _invited_unless_ready(account_id: str) -> ResponseReturnValue:
    """Somebody with a way in who gets one more role needs no invitation."""
    with house().reading() as db:
        ready = accounts.one(db, account_id).ready
    return redirect(url_for(".account", account_id=account_id), 303) if ready else _invited(account_id)


def _invited(account_id: str) -> str:
    with house().writing() as db:
        if accounts.one(db, account_id).ready:
            _told(db, "account_reset", account_id)
        else:
            _told(db, "invited", account_id)
        code = accounts.reset(db, house().secrets, account_id, sessions.now())
        invited = accounts.one(db, account_id)
    base = house().settings.base_url
    return render_template(
        "staff/invited.html", account=invited, address=accounts.welcome_address(base, code), code=code, base=base
    )


def _account_page(account_id: str, form: OneMoreRole) -> str:
    with house().reading() as db:
        shown = accounts.one(db, account_id)
        form.grant.choices = choices(grant_choices(db))
        held = roles_in_words(db, shown)
    return render_template(
        "staff/account.html", account=shown, held=held, state=state(shown), form=form, errors=form.problems
    )


def _close_page(form: StaffForm, account_id: str, name: str, problem: str = "") -> str:
    return render_template(
        "staff/ask.html",
        form=form,
        errors=[("innehall", problem)] if problem else [],
        heading=_("Ta bort kontot för %(name)s?", name=name),
        lines=[_("Personen loggas ut och kan inte logga in mer. Det går inte att ångra.")],
        button=_("Ta bort kontot"),
        back=(url_for(".account", account_id=account_id), _("Tillbaka till kontot")),
    )
