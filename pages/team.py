"""The coordinator's pages: the own team's rounds, slips and figures.

A round shows its state and what has been printed, never how many have answered (PRIVACY.md P8). Rules are
`survey.rounds`; that a team is one's own is held by the gate.
"""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, NumberRange, Optional

from exports import groups
from forms.model import Form
from forms.types import TYPES
from pages import cards
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.slips import picture, slips, typed
from pages.staffform import StaffForm, Sure, WholeNumber, choices
from pages.telling import goal_words
from staff.policy import needs
from survey import published, rounds, teams
from survey.authoring import usable
from survey.errors import BadRequest, NotFound
from survey.model import Round

team = Blueprint("team", __name__, url_prefix="/personal")

MOST_AT_ONCE = 300
"""Slips on one page of print; more is better done twice."""
MOST = NumberRange(1, MOST_AT_ONCE, _l("Skriv ett antal mellan 1 och %(n)s", n=MOST_AT_ONCE))
PEOPLE = NumberRange(0, 10_000, _l("Skriv ett antal mellan 0 och 10 000"))


class NewRound(StaffForm):
    """What is opened, and how it reaches the participants."""

    form_id = RadioField(_l("Vilket formulär?"), [InputRequired(_l("Välj ett formulär"))])
    way = RadioField(
        _l("Hur ska deltagarna få det?"),
        [InputRequired(_l("Välj lappar eller öppen länk"))],
        choices=choices(
            [
                ("codes", _l("Lappar med koder. Varje kod kan användas en gång.")),
                ("link", _l("Öppen länk. Vem som helst med länken kan svara, och flera gånger.")),
            ]
        ),
        default="codes",
    )
    participants = WholeNumber(
        _l("Antal deltagare"),
        [Optional(), PEOPLE],
        description=_l("Hur många ni räknar med att fråga. Behövs bara för lappar."),
    )
    tickets = WholeNumber(_l("Antal lappar"), [Optional(), MOST], description=_l("Högst 1,2 gånger antalet deltagare."))
    seen = HiddenField()


class MoreSlips(StaffForm):
    """More codes for a round that is open."""

    tickets = WholeNumber(_l("Fler lappar"), [InputRequired(_l("Skriv hur många lappar")), MOST])
    participants = WholeNumber(
        _l("Fler deltagare"),
        [Optional(), PEOPLE],
        description=_l("Utöver dem som redan är räknade. Lapparna får vara högst 1,2 gånger deltagarna."),
    )
    seen = HiddenField()


@team.get("/team/")
@needs("coordinator")
def start() -> ResponseReturnValue:
    own = member().teams()
    if len(own) == 1:
        return redirect(url_for(".rounds_page", team=own[0]))
    with house().reading() as db:
        return render_template("staff/teams.html", teams=[teams.find_team(db, slug) for slug in own])


@team.get("/team/<team>/")
@needs("coordinator")
def rounds_page(team: str) -> str:
    with house().reading() as db:
        return render_template(
            "staff/rounds.html",
            team=teams.find_team(db, team),
            rounds=[(one, in_words(published.load(db, one.form, one.version))) for one in rounds.rounds_of(db, team)],
            said=_("Omgången är avslutad.") if "closed" in request.args else "",
        )


@team.route("/team/<team>/ny", methods=["GET", "POST"])
@needs("coordinator")
def new_round(team: str) -> ResponseReturnValue:
    form = NewRound()
    with house().reading() as db:
        here = teams.find_team(db, team)
        offered = offered_forms(db, here.association)
        form.form_id.choices = choices((one.id, in_words(one)) for one in offered)
        before = str(len(rounds.rounds_of(db, team)))
    if form.validate_on_submit() and _complete(form):
        opened = _open(form, team)
        if opened:
            return _opened_page(opened)
    elif not form.is_submitted():
        form.seen.data = before
        form.form_id.data = offered[0].id if len(offered) == 1 else None
    page = render_template("staff/new_round.html", form=form, errors=form.problems, team=here, offered=offered)
    return page, 422 if form.problems else 200


@team.get("/omgang/<round_id>")
@needs("coordinator")
def round_page(round_id: str) -> str:
    with house().reading() as db:
        return _round_page(db, rounds.find_round(db, round_id))


@team.post("/omgang/<round_id>/lappar")
@needs("coordinator")
def more_slips(round_id: str) -> ResponseReturnValue:
    form = MoreSlips()
    if form.validate():
        try:
            with house().writing() as db:
                one = _as_seen(db, round_id, form.seen.data)
                codes = rounds.add_tickets(db, house(), one, form.tickets.data, form.participants.data or 0)
                return _slips_page(db, one, codes)
        except BadRequest as refused:
            form.blame("tickets", str(refused))
    with house().reading() as db:
        return _round_page(db, rounds.find_round(db, round_id), form), 422


@team.route("/omgang/<round_id>/makulera", methods=["GET", "POST"])
@needs("coordinator")
def void(round_id: str) -> ResponseReturnValue:
    form = Sure()
    problem = ""
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                one = _as_seen(db, round_id, form.seen.data)
                codes = rounds.void(db, house(), one)
                if codes:
                    return _slips_page(db, one, codes)
            # Nothing was printed since the last release: what went is older, and how much is left of it is nobody's.
            return redirect(url_for(".round_page", round_id=round_id, voided=1), 303)
        except BadRequest as refused:
            problem = str(refused)
    lines = [
        _("Gör det om lapparna har kommit bort. Alla lappar som inte är använda slutar gälla."),
        _("Du får lika många nya som du har skrivit ut den här perioden. Hur många som var använda visas inte."),
    ]
    return _sure_page(round_id, form, _("Makulera alla lappar?"), lines, _("Makulera och visa nya lappar"), problem)


@team.route("/omgang/<round_id>/avsluta", methods=["GET", "POST"])
@needs("coordinator")
def close(round_id: str) -> ResponseReturnValue:
    form = Sure()
    if form.validate_on_submit():
        with house().writing() as db:
            one = rounds.find_round(db, round_id)
            rounds.close(db, one)
        return redirect(url_for(".rounds_page", team=one.team, closed=1), 303)
    lines = [
        _("Ingen kan svara mer, och lappar som inte är använda slutar gälla. Det går inte att ångra."),
        _("Svaren ligger kvar i den låsta lådan tills perioden är slut."),
    ]
    return _sure_page(round_id, form, _("Avsluta omgången?"), lines, _("Avsluta omgången"))


@team.get("/team/<team>/siffror/")
@needs("coordinator")
def figures(team: str) -> str:
    with house().reading() as db:
        here = teams.find_team(db, team)
        forms = groups.shown_forms(db, here.association)
        shown = [[one for one in groups.stored(db, here.association, form) if one.team == team] for form in forms]
    return render_template("staff/team_figures.html", team=here, shown=[own for own in shown if own], cards=cards)


@team.get("/team/<team>/siffror/<form_id>/<period>")
@needs("coordinator")
def one_figure(team: str, form_id: str, period: str) -> str:
    with house().reading() as db:
        here = teams.find_team(db, team)
        found = [one for one in groups.stored(db, here.association, form_id, period=period) if one.team == team]
    if not found:
        raise NotFound
    return render_template(
        "staff/figures.html",
        contents=found[0],
        title=cards.text(found[0].title),
        themes=cards.themes(found[0]),
        cards=cards,
        goal_words=goal_words,
        back=(url_for(".figures", team=team), _("Teamets siffror")),
    )


def offered_forms(db: Connection, association: str) -> list[Form]:
    """The anonymous forms that the association's teams may ask: their newest versions."""
    return [one for one in usable(db, association) if one.kind == "anonymous" and not one.script]


def in_words(form: Form) -> str:
    """A form's title and its length, for forms of one title are told apart by it."""
    number = sum(TYPES[question.type].asks for question in form.questions)
    return str(_("%(title)s (%(number)s frågor)", title=form.title.in_(spoken()), number=number))


def _complete(form: NewRound) -> bool:
    """Slips need both numbers, which an open link has no use for."""
    if form.way.data == "codes" and not form.participants.data:
        form.blame("participants", _("Skriv hur många deltagare ni räknar med"))
    if form.way.data == "codes" and not form.tickets.data:
        form.blame("tickets", _("Skriv hur många lappar som ska skrivas ut"))
    return not form.problems


def _open(form: NewRound, team: str) -> rounds.Opened | None:
    """Open the round, unless it was just opened from this very page."""
    link = form.way.data == "link"
    try:
        with house().writing() as db:
            if form.seen.data != str(len(rounds.rounds_of(db, team))):
                raise BadRequest(_("Omgången är redan öppnad. Den finns på teamets sida."))
            return rounds.open_round(
                db,
                house(),
                team,
                published.newest(db, form.form_id.data),
                tickets=0 if link else form.tickets.data,
                participants=0 if link else form.participants.data,
                open_link=link,
            )
    except BadRequest as refused:
        form.blame("tickets", str(refused))
        return None


def _opened_page(opened: rounds.Opened) -> ResponseReturnValue:
    if opened.round.open_link:
        return redirect(url_for(".round_page", round_id=opened.round.id), 303)
    with house().reading() as db:
        return _slips_page(db, opened.round, opened.codes)


def _stamp(one: Round) -> str:
    """What the page was drawn from, so that a page sent twice does not print twice."""
    return f"{one.issued}-{one.voided}-{one.participants}"


def _as_seen(db: Connection, round_id: str, seen: str | None) -> Round:
    """The round, if it is as the page showed it. Raises `BadRequest` when something was printed since, or it closed."""
    one = rounds.find_round(db, round_id)
    if not one.open:
        raise BadRequest(_("Omgången är avslutad."))
    if seen != _stamp(one):
        raise BadRequest(_("Nya lappar har skrivits ut sedan du öppnade sidan. Kolla siffrorna och försök igen."))
    return one


def _round_page(db: Connection, one: Round, form: MoreSlips | None = None) -> str:
    form = form or MoreSlips(formdata=None)
    form.seen.data = _stamp(one)
    address = f"{house().settings.base_url}/svara/{one.id}"
    voided = _("De gamla lapparna gäller inte längre. Skriv ut nya när du behöver.")
    return render_template(
        "staff/round.html",
        round=one,
        team=teams.find_team(db, one.team),
        title=in_words(published.load(db, one.form, one.version)),
        form=form,
        errors=form.problems,
        said=voided if "voided" in request.args else "",
        address=address,
        picture=picture(address, _("QR-kod till länken")) if one.open_link else "",
    )


def _slips_page(db: Connection, one: Round, codes: Sequence[str]) -> str:
    base = house().settings.base_url
    return render_template(
        "staff/slips.html",
        round=one,
        team=teams.find_team(db, one.team),
        asked=published.load(db, one.form, one.version),
        slips=slips(base, codes),
        typed=typed(base),
    )


def _sure_page(
    round_id: str, form: Sure, heading: str, lines: list[str], button: str, problem: str = ""
) -> ResponseReturnValue:
    with house().reading() as db:
        form.seen.data = _stamp(rounds.find_round(db, round_id))
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=[("innehall", problem)] if problem else [],
        heading=heading,
        lines=lines,
        button=button,
        back=(url_for(".round_page", round_id=round_id), _("Tillbaka till omgången")),
    )
    return page, 422 if problem else 200
