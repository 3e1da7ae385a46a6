"""A case as a staff page opens it: read through the one door, with the names and texts its pages need.

Every opening is a row of the audit chain, made by `survey.cases.access`; no page reads a document past it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask_babel import gettext as _
from sqlalchemy import Connection

from forms.library import shipped_form
from forms.model import Answers, Form
from forms.parties import CASE_MANAGER, OBSERVER
from forms.tailoring import tailored
from forms.types import Say
from pages import cases_words as words
from pages.cases_paper import changed, words_of
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.refer_ground import Ground, ground
from pages.saying import sayer
from staff.readers import readers
from survey.cases import access, cases, consent, leading, parties
from survey.cases.leading import Booking
from survey.cases.model import Case, Document, Reader, Task, View
from survey.cases.steps import Row, next_step
from survey.errors import NotFound
from survey.teams import Team


@dataclass(frozen=True)
class Opened:
    """A case that was read just now, for whom, and the words for its codes."""

    view: View
    ground: Ground
    seats: Mapping[str, int]
    """The team's parties and how many people each sends."""
    parties: Mapping[str, str]
    """Party code -> what the party is called on a line of its own."""

    @property
    def case(self) -> Case:
        return self.view.case

    @property
    def reader(self) -> Reader:
        return self.view.reader

    @property
    def team(self) -> Team:
        return self.ground.team

    @property
    def today(self) -> date:
        return house().today()

    @property
    def answers(self) -> Answers:
        """What the referral says, as far as it may be read."""
        referral = self.view.documents.get("referral")
        return referral.answers if referral else {}

    @property
    def called(self) -> str:
        """What the person wants to be called, or the first name."""
        name = str(self.answers.get("an_tilltal") or "") or str(self.answers.get("an_namn") or "").partition(" ")[0]
        return name or str(_("personen"))

    def paper(self, kind: str) -> Document:
        """The newest version of a document. Raises `NotFound`."""
        found = self.view.documents.get(kind)
        if found is None:
            raise NotFound
        return found

    def form(self, kind: str) -> Form:
        """The form a document was written in. Raises `NotFound`."""
        form = self.paper(kind).form
        if form is None:
            raise NotFound
        return form

    def said(self, question: str) -> str:
        """One answer of the referral in words; "" where there is none."""
        return words_of(self.form("referral"), self.answers, question)

    @cached_property
    def asked(self) -> Form:
        """The referral as the team asks it today, in the words for whoever filled this one in."""
        return self.ground.form(self.answers)

    @property
    def say(self) -> Say:
        """How a text of the case's forms is said."""
        return self.saying({})

    def saying(self, more: Mapping[str, str]) -> Say:
        """The same with further blanks."""
        return sayer(spoken(), {**self.ground.blanks(self.answers, self.today), **more})

    @cached_property
    def row(self) -> Row:
        """The case with its next step, as the list has it."""
        left = tuple(one for one in self.view.tasks if one.done is None)
        step = next_step(self.case, left, self.view.standings, self.today)
        return Row(self.case, step, self.view.standings, left, words.wall_day(self.booked.at) if self.booked else None)

    @cached_property
    def booked(self) -> Booking | None:
        """The meeting as it is booked now."""
        return leading.booking_of(self.view.documents.get("booking"))

    def may_come(self, party: str) -> bool:
        """Whether the party can sit at the table: the person has said yes to it, and wants it there."""
        one = self.view.standings.get(party)
        return one is not None and one.active and party not in self.case.unwanted

    @property
    def wanted(self) -> tuple[str, ...]:
        """Parties the person wants at the meeting."""
        chosen = self.answers.get("an_med", ())
        choices = self.form("referral").by_id["an_med"].choices
        return tuple(one.party for one in choices if one.code in chosen and one.party)

    def open_tasks(self, kind: str) -> list[Task]:
        """What is still to be done of that kind."""
        return [one for one in self.view.tasks if one.kind == kind and one.done is None]


def open_for_team(case_id: str) -> Opened:
    """The case as the team's coordinator sees it. Raises `NotFound`."""
    with house().reading() as db:
        team = cases.find(db, case_id).team
    return _opened(case_id, Reader(member().account, team))


def open_for_party(case_id: str) -> Opened:
    """The case as a representative of a party or its case manager sees it: only under a consent. Raises `NotFound`."""
    with house().reading() as db:
        team = cases.find(db, case_id).team
        stands = consent.standings(db, case_id, house().now())
    own = [one for one in readers(member()) if one.team == team]
    covered = [one for one in own if one.party in stands and stands[one.party].active]
    if not own:
        raise NotFound
    return _opened(case_id, (covered or own)[0])


def document_form(opened: Opened, kind: str, activities: int = 0) -> Form:
    """The form a document is written in from now on, as the team asks it."""
    return tailored(shipped_form(kind), opened.ground.settings.form, activities)


def changes(opened: Opened, written: Document, but: Collection[str] = ()) -> list[str]:
    """What a version says otherwise than the one before: the questions, without `but`."""
    if written.version < 2 or written.form is None:
        return []
    before = access.read_version(
        house(), opened.reader, opened.case.id, written.kind, written.version - 1, house().now()
    )
    other = changed(written.form, before.answers, written.answers)
    return [opened.say(one.text) for one in other if one.id not in but]


def party_names(db: Connection, team: str) -> dict[str, str]:
    """Party code -> what it is called on a line of its own, the case manager and observers among them."""
    named = {one.code: one.title.in_(spoken()) for one in parties.parties(db, team)}
    return {**named, CASE_MANAGER: str(_("Case manager")), OBSERVER: str(_("Den som vill lyssna på mötet"))}


def _opened(case_id: str, reader: Reader) -> Opened:
    view = access.read(house(), reader, case_id, house().now())
    with house().reading() as db:
        seats = {one.party.code: one.seats for one in parties.seats(db, reader.team)}
        return Opened(view, ground(db, reader.team), seats, party_names(db, reader.team))
