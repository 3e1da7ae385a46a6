"""What can be started, and where: the forms of the facilitator's start page, and the polls that there are.

What is seen of a poll that has been started is `pages.facilitate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import DateField, HiddenField, RadioField
from wtforms.validators import InputRequired

from forms.model import Form
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.rooms import place_name
from pages.saying import sayer
from pages.staffform import StaffForm, choices
from staff.member import Grant
from survey import published
from survey.authoring import usable
from survey.errors import NotAllowed
from survey.polls.holding import polls_of, questions, start, start_by_link
from survey.polls.model import Poll


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


def own_polls(db: Connection) -> list[Held]:
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


def offer(db: Connection, form: NewPoll) -> None:
    """Fill in what there is to choose from."""
    say = sayer(spoken(), {})
    form.form_id.choices = choices((one.id, say(one.title)) for one in _offered(db))
    form.place.choices = choices(
        (_place_id(grant), place_name(db, grant.association, grant.team)) for grant in _grants() if grant.association
    )


def suggest(form: NewPoll, held: Sequence[Held]) -> None:
    """Choose the first of everything, and remember what the page was drawn from."""
    form.seen.data = _seen(held)
    form.form_id.data = next((one.value for one in form.form_id.choices), None)
    form.place.data = next((one.value for one in form.place.choices), None)


def started(form: NewPoll, held: Sequence[Held]) -> str:
    """Start the poll and give its id, or the one that was just started from this very page."""
    grant = next(one for one in _grants() if _place_id(one) == form.place.data)
    wanted = (grant.association, grant.team, form.form_id.data, isinstance(form, NewPollByLink), True)
    polls = [one.poll for one in held]
    same = [one for one in polls if (one.association, one.team, one.form, one.by_link, one.running) == wanted]
    if same and form.seen.data != _seen(held):
        return max(same, key=lambda one: one.number).id
    with house().writing() as db:
        asked = published.newest(db, form.form_id.data)
        if asked.id not in {one.id for one in usable(db, grant.association or "")}:
            raise NotAllowed(_("Formuläret hör till ett annat förbund."))
        where = (db, house(), grant.association or "", grant.team, asked)
        if isinstance(form, NewPollByLink):
            return start_by_link(*where, form.first_day.data, form.last_day.data).id
        return start(*where).id


def _grants() -> Sequence[Grant]:
    return [grant for grant in member().grants if grant.role == "facilitator"]


def _offered(db: Connection) -> list[Form]:
    """The newest version of every form that a room can vote on, where the member holds polls."""
    homes = {grant.association for grant in _grants() if grant.association}
    found = {one.id: one for home in sorted(homes) for one in usable(db, home) if one.kind == "poll"}
    return [one for one in found.values() if _can_be_held(one)]


def _can_be_held(form: Form) -> bool:
    try:
        return bool(questions(form))
    except NotAllowed:
        return False


def _seen(held: Sequence[Held]) -> str:
    """What the page was drawn from: sent twice, it starts one poll."""
    return str(len(held))


def _place_id(grant: Grant) -> str:
    return f"{grant.association}/{grant.team or ''}"
