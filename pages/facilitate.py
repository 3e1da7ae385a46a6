"""The facilitator's pages: choosing a poll, leading a room through it, ending it, and which there have been.

Until a question is shown even these pages tell only how many have voted: whoever leads may be a colleague of those who
vote, and the screen may be the one that is projected. One question is `pages.asking`, own words are `pages.moderating`.
Rules are `survey.polls`; that a poll is one's own is held by the gate.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Connection
from wtforms import DateField, HiddenField, RadioField
from wtforms.validators import InputRequired

from forms.model import Form
from pages.asking import asking, question_pages
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.moderating import moderating, unread
from pages.polled import ended_page, file_of
from pages.rooms import live_address, place_name, way_in
from pages.saying import sayer
from pages.staffform import StaffForm, choices
from pages.steps import STEPS, stamp, steps
from staff.member import Grant
from staff.policy import needs
from survey import published
from survey.errors import BadRequest, Closed, NotAllowed, NotFound
from survey.polls import closing
from survey.polls.holding import find_poll, polls_of, questions, start_by_link
from survey.polls.holding import start as begin
from survey.polls.model import FLOOR, Poll
from survey.polls.results import joined, standings
from survey.polls.texts import waiting

facilitate = Blueprint("facilitate", __name__, url_prefix="/personal")
facilitate.register_blueprint(question_pages)
facilitate.register_blueprint(moderating)

HERE = "nu"
"""Where a step leads on the page: with the keyboard the next step is then one Tab away."""


@dataclass(frozen=True)
class Held:
    """A poll as a list shows it."""

    poll: Poll
    title: str
    place: str


class NewPoll(StaffForm):
    """What is asked, and where. Both are chosen beforehand, so that a room need not wait: the first of each."""

    form_id = RadioField(_l("Vilka frågor?"), [InputRequired(_l("Välj frågor"))])
    place = RadioField(_l("Var?"), [InputRequired(_l("Välj var omröstningen hålls"))])
    seen = HiddenField()


class Day(DateField):  # type: ignore[misc]
    """A day as a browser sends it."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the day; what is none is said in words one can act on."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Skriv dagen så här: 2026-08-15")) from None


class NewPollByLink(NewPoll):
    """The same for those who could not come."""

    first_day = Day(_l("Första dagen"), [InputRequired(_l("Välj första dagen"))])
    last_day = Day(_l("Sista dagen"), [InputRequired(_l("Välj sista dagen"))])


class Sure(StaffForm):
    """A step that cannot be taken back."""


@facilitate.route("/omrostningar/", methods=["GET", "POST"])
@needs("facilitator")
def start() -> ResponseReturnValue:
    """Start a poll in a room; those that are running, and those that have been."""
    form = NewPoll()
    with house().reading() as db:
        held = _own_polls(db)
        _offer(db, form)
    if form.validate_on_submit():
        return redirect(url_for(".lead", poll_id=_started(form, held)), 303)
    if not form.is_submitted():
        _suggest(form, held)
    page = render_template("staff/polls.html", form=form, errors=form.problems, held=held)
    return page, 422 if form.problems else 200


@facilitate.route("/omrostningar/lank", methods=["GET", "POST"])
@needs("facilitator")
def start_link() -> ResponseReturnValue:
    """Start a poll that is answered by link between two days."""
    form = NewPollByLink()
    with house().reading() as db:
        held = _own_polls(db)
        _offer(db, form)
    if form.validate_on_submit():
        try:
            return redirect(url_for(".lead", poll_id=_started(form, held)), 303)
        except BadRequest as refused:
            form.blame("first_day", str(refused))
    if not form.is_submitted():
        _suggest(form, held)
        form.first_day.data = house().today()
    page = render_template("staff/poll_link.html", form=form, errors=form.problems)
    return page, 422 if form.problems else 200


@facilitate.get("/omrostning/<poll_id>")
@needs("facilitator")
def lead(poll_id: str) -> str:
    """Where the room is, and the one step that comes next; after the end what the poll came to."""
    with house().reading() as db:
        running = find_poll(db, poll_id).running
    if running:
        return _lead_page(poll_id)
    back = url_for(".start"), _("Omröstningar")
    return ended_page(poll_id, back, url_for(".workbook", poll_id=poll_id))


@facilitate.post("/omrostning/<poll_id>/steg")
@needs("facilitator")
def step(poll_id: str) -> ResponseReturnValue:
    """Open, close, show, hide or skip a question. A step already taken is taken again without harm."""
    go, question = request.form.get("go", ""), request.form.get("question", "")
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        before = {one.question: one.state for one in standings(db, poll)}
    if not poll.running:
        return redirect(url_for(".lead", poll_id=poll_id), 303)
    if go not in STEPS or question not in before:
        raise NotFound
    stale = request.form.get("seen") != stamp(poll, before.get(poll.current or ""))
    if stale and before[question] != STEPS[go].leads_to:
        return _stays(poll_id, _("Omröstningen har gått vidare sedan du öppnade sidan. Här ser du var den är nu."))
    try:
        with suppress(Closed):  # ended just now on another screen: the page says so
            STEPS[go].take(house(), poll_id, question)
    except NotAllowed as refused:
        return _stays(poll_id, str(refused))
    return redirect(url_for(".lead", poll_id=poll_id, _anchor=HERE), 303)


@facilitate.post("/omrostning/<poll_id>/stang")
@needs("facilitator")
def close(poll_id: str) -> ResponseReturnValue:
    """Close a poll by link before its last day, so that its texts can be looked through."""
    with suppress(Closed):  # ended just now on another screen: the page says so
        closing.close_all(house(), poll_id)
    return redirect(url_for(".lead", poll_id=poll_id), 303)


@facilitate.route("/omrostning/<poll_id>/avsluta", methods=["GET", "POST"])
@needs("facilitator")
def end(poll_id: str) -> ResponseReturnValue:
    """End the poll, once it is certain."""
    form = Sure()
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        lines = _last_words(db, poll)
    if not poll.running:
        return redirect(url_for(".lead", poll_id=poll_id), 303)
    if form.validate_on_submit():
        with suppress(Closed):  # by a second press
            closing.end(house(), poll_id)
        return redirect(url_for(".lead", poll_id=poll_id), 303)
    return render_template(
        "staff/ask.html",
        form=form,
        errors=[],
        heading=_("Avsluta omröstningen?"),
        lines=lines,
        button=_("Avsluta omröstningen"),
        back=(url_for(".lead", poll_id=poll_id), _("Tillbaka till omröstningen")),
    )


@facilitate.get("/omrostning/<poll_id>/fil")
@needs("facilitator")
def workbook(poll_id: str) -> ResponseReturnValue:
    return file_of(poll_id)


def _lead_page(poll_id: str, problem: str = "") -> str:
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        form = published.load(db, poll.form, poll.version)
        stands = standings(db, poll)
        told = [asking(db, poll, form, one.question) for one in stands]
        here = next((one for one in told if one.id == poll.current), None)
        unread_here = unread(db, poll, here.id) if here else 0
        return render_template(
            "staff/poll.html",
            poll=poll,
            title=form.title.in_(spoken()),
            place=place_name(db, poll.association, poll.team),
            way_in=way_in(poll, house().settings.base_url),
            live=live_address(poll.code) if poll.code else "",
            joined=joined(db, poll),
            told=told,
            here=here,
            steps=steps(poll, form, stands, unread_here),
            unread=waiting(db, poll.id),
            unread_here=unread_here,
            seen=stamp(poll, here.asked.state if here else None),
            floor=FLOOR,
            errors=[("innehall", problem)] if problem else [],
        )


def _stays(poll_id: str, problem: str) -> ResponseReturnValue:
    """Where the room is, with what was wrong about the step."""
    return _lead_page(poll_id, problem), 409


def _own_polls(db: Connection) -> list[Held]:
    """Every poll the member may lead, the newest first."""
    homes = sorted({grant.association for grant in _grants() if grant.association})
    own = [
        poll
        for home in homes
        for poll in polls_of(db, home)
        if any(member().facilitates(home, team) for team in (None, poll.team))
    ]
    return [
        Held(
            poll,
            published.load(db, poll.form, poll.version).title.in_(spoken()),
            place_name(db, poll.association, poll.team),
        )
        for poll in sorted(own, key=lambda poll: (poll.held_on, poll.number), reverse=True)
    ]


def _grants() -> Sequence[Grant]:
    return [grant for grant in member().grants if grant.role == "facilitator"]


def _offer(db: Connection, form: NewPoll) -> None:
    """Fill in what there is to choose from."""
    say = sayer(spoken(), {})
    form.form_id.choices = choices((one.id, say(one.title)) for one in _offered(db))
    form.place.choices = choices(
        (_place_id(grant), place_name(db, grant.association, grant.team)) for grant in _grants() if grant.association
    )


def _suggest(form: NewPoll, held: Sequence[Held]) -> None:
    form.seen.data = _seen(held)
    form.form_id.data = next((one.value for one in form.form_id.choices), None)
    form.place.data = next((one.value for one in form.place.choices), None)


def _offered(db: Connection) -> list[Form]:
    """The newest version of every form that a room can vote on."""
    newest = {one.id: one for one in published.published(db) if one.kind == "poll"}
    return [one for one in newest.values() if _can_be_held(one)]


def _can_be_held(form: Form) -> bool:
    try:
        return bool(questions(form))
    except NotAllowed:
        return False


def _seen(held: Sequence[Held]) -> str:
    """What the page was drawn from: sent twice, it starts one poll."""
    return str(len(held))


def _started(form: NewPoll, held: Sequence[Held]) -> str:
    """Start the poll and give its id, or the one that was just started from this very page."""
    grant = next(one for one in _grants() if _place_id(one) == form.place.data)
    newest = held[0].poll if held else None
    same = newest and (newest.association, newest.team, newest.form) == (
        grant.association,
        grant.team,
        form.form_id.data,
    )
    if newest and same and newest.running and form.seen.data != _seen(held):
        return newest.id
    with house().writing() as db:
        asked = published.newest(db, form.form_id.data)
        where = (db, house(), grant.association or "", grant.team, asked)
        if isinstance(form, NewPollByLink):
            return start_by_link(*where, form.first_day.data, form.last_day.data).id
        return begin(*where).id


def _place_id(grant: Grant) -> str:
    return f"{grant.association}/{grant.team or ''}"


def _last_words(db: Connection, poll: Poll) -> list[str]:
    """What ending the poll does, as it stands."""
    said = [_("Koden slutar gälla, och ingen kan svara mer. Det går inte att ångra.")]
    few = sum(1 for one in standings(db, poll) if one.sealed and one.sealed < FLOOR)
    if few:
        said.append(
            ngettext(
                "%(num)s fråga har färre än fem nya svar. De kastas utan att någon har läst dem.",
                "%(num)s frågor har färre än fem nya svar. De kastas utan att någon har läst dem.",
                few,
            )
        )
    if left := waiting(db, poll.id):
        said.append(
            ngettext(
                "%(num)s text är inte granskad. Den tas bort.", "%(num)s texter är inte granskade. De tas bort.", left
            )
        )
    said.append(_("Kvar blir antalen, de texter du har godkänt och en arbetsbok att hämta."))
    return [str(line) for line in said]
