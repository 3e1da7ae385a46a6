"""The facilitator's pages: choosing a poll, leading a room through it, ending it, and which there have been.

Until a question is shown even these pages tell only how many have voted: whoever leads may be a colleague of those who
vote, and the screen may be the one that is projected. One question is `pages.asking`, own words are `pages.moderating`.
Rules are `survey.polls`; that a poll is one's own is held by the gate.
"""

from contextlib import suppress

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from pages.asking import asking, question_pages
from pages.beginning import NewPoll, NewPollByLink, offer, own_polls, started, suggest
from pages.context import house
from pages.language import spoken
from pages.moderating import moderating, unread
from pages.polled import ended_page, file_of
from pages.rooms import live_address, place_name, way_in
from pages.saying import sayer
from pages.staffform import StaffForm
from pages.steps import STEPS, stamp, steps
from staff.policy import needs
from survey import published
from survey.errors import BadRequest, Closed, NotAllowed, NotFound
from survey.polls import closing
from survey.polls.holding import find_poll
from survey.polls.model import FLOOR, Poll
from survey.polls.results import joined, standings
from survey.polls.texts import waiting

facilitate = Blueprint("facilitate", __name__, url_prefix="/personal")
facilitate.register_blueprint(question_pages)
facilitate.register_blueprint(moderating)

PAPERS = 4
"""Papers to vote on that stand on one A4 page."""
HERE = "nu"
"""Where a step leads on the page: with the keyboard the next step is then one Tab away."""


class Sure(StaffForm):
    """A step that cannot be taken back."""


@facilitate.route("/omrostningar/", methods=["GET", "POST"])
@needs("facilitator")
def start() -> ResponseReturnValue:
    """Start a poll in a room; those that are running, and those that have been."""
    form = NewPoll()
    with house().reading() as db:
        held = own_polls(db)
        offer(db, form)
    if form.validate_on_submit():
        return redirect(url_for(".lead", poll_id=started(form, held)), 303)
    if not form.is_submitted():
        suggest(form, held)
    page = render_template("staff/polls.html", form=form, errors=form.problems, held=held)
    return page, 422 if form.problems else 200


@facilitate.route("/omrostningar/lank", methods=["GET", "POST"])
@needs("facilitator")
def start_link() -> ResponseReturnValue:
    """Start a poll that is answered by link between two days."""
    form = NewPollByLink()
    with house().reading() as db:
        held = own_polls(db)
        offer(db, form)
    if form.validate_on_submit():
        try:
            return redirect(url_for(".lead", poll_id=started(form, held)), 303)
        except BadRequest as refused:
            form.blame("first_day", str(refused))
    if not form.is_submitted():
        suggest(form, held)
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


@facilitate.get("/omrostning/<poll_id>/papper")
@needs("facilitator")
def papers(poll_id: str) -> str:
    """Papers with boxes to cross, for a room without a network; what they come to is typed in as hands."""
    say = sayer(spoken(), {})
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        form = published.load(db, poll.form, poll.version)
        told = [asking(db, poll, form, one.question) for one in standings(db, poll)]
    return render_template(
        "staff/poll_paper.html",
        poll=poll,
        title=say(form.title),
        slips=PAPERS,
        asked=[(one, [say(choice.text) for choice in one.question.choices]) for one in told if not one.in_words],
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
