"""A room that votes: a small poll with a question of each kind, phones, and a facilitator who does what is asked."""

import dataclasses
from collections.abc import Iterable
from functools import cache

from forms.model import Answer, Form
from forms.schema import read_form
from survey.errors import SurveyError
from survey.installation import Installation
from survey.polls import closing, leading, results, voting
from survey.polls.holding import find_poll, questions, start
from survey.polls.model import Asked, Poll, Result
from survey.published import load, publish
from tests.scene import ASSOCIATION, settle

_ROOM = """
form: "room"
version: 1
kind: "poll"
languages: ["sv", "en"]
title: {sv: "Frågor till rummet", en: "Questions for the room"}
scales:
  j3:
    positive: ["3"]
    middle: ["2"]
    negative: ["1"]
    choices:
      - {code: "3", text: {sv: "Ja", en: "Yes"}}
      - {code: "2", text: {sv: "Delvis", en: "Partly"}}
      - {code: "1", text: {sv: "Nej", en: "No"}}
pages:
  - id: "en"
    questions:
      - id: "p_en"
        type: "choice"
        text: {sv: "Ska vi?", en: "Shall we?"}
        privacy: "open"
        choices:
          - {code: "1", text: {sv: "Ja", en: "Yes"}}
          - {code: "2", text: {sv: "Nej", en: "No"}}
          - {code: "3", text: {sv: "Vet ej", en: "Don't know"}}
  - id: "flera"
    questions:
      - id: "p_flera"
        type: "choices"
        text: {sv: "Vilka?", en: "Which?"}
        privacy: "open"
        choices:
          - {code: "1", text: {sv: "Kommunen", en: "The municipality"}}
          - {code: "2", text: {sv: "Regionen", en: "The region"}}
          - {code: "0", text: {sv: "Inget av det här", en: "None of these"}, exclusive: true}
  - id: "skala"
    questions:
      - id: "p_skala"
        type: "scale"
        scale: "j3"
        text: {sv: "Är det bra?", en: "Is it good?"}
        privacy: "open"
  - id: "ord"
    questions:
      - id: "p_ord"
        type: "long_text"
        text: {sv: "Vad fungerar bra?", en: "What works well?"}
        privacy: "free_text"
        max_length: 200
"""
_SHORT = """
form: "short"
version: 1
kind: "poll"
languages: ["sv"]
title: {sv: "En fråga till rummet"}
pages:
  - id: "bra"
    questions:
      - id: "q_bra"
        type: "choice"
        text: {sv: "Är det bra?"}
        privacy: "open"
        choices: [{code: "1", text: {sv: "Ja"}}, {code: "0", text: {sv: "Nej"}}]
"""


@cache
def room_form(version: int = 1) -> Form:
    """A poll with a question of each kind: one of several, several, a scale, own words."""
    return read_form(_ROOM.replace("version: 1", f"version: {version}"), name="room.yaml")


@cache
def short_form() -> Form:
    """A poll of one question, with the id of one of `tests.scene.tiny`."""
    return read_form(_SHORT, name="short.yaml")


@dataclasses.dataclass
class Hall:
    """A poll that is held, and everything the people in it do."""

    house: Installation
    id: str

    @property
    def poll(self) -> Poll:
        with self.house.reading() as db:
            return find_poll(db, self.id)

    @property
    def form(self) -> Form:
        with self.house.reading() as db:
            return load(db, self.poll.form, self.poll.version)

    def phones(self, n: int) -> list[str]:
        """Phones that have scanned the code; they are there once they have joined or voted."""
        return [voting.new_token() for _ in range(n)]

    def join(self, phone: str) -> None:
        with self.house.writing() as db:
            voting.join(db, self.house, self.poll, phone)

    def vote(self, question: str, phone: str, answer: Answer | None) -> None:
        form, poll = self.form, self.poll
        with self.house.writing() as db:
            voting.vote(db, self.house, poll, form, form.by_id[question], phone, answer)

    def votes(self, question: str, phones: Iterable[str], *answers: Answer | None) -> None:
        """Each phone votes, going through the answers again and again."""
        for number, phone in enumerate(phones):
            self.vote(question, phone, answers[number % len(answers)])

    def refused(self, question: str, phone: str, answer: Answer | None = "1") -> type[SurveyError] | None:
        """What a vote is refused with, if it is."""
        try:
            self.vote(question, phone, answer)
        except SurveyError as fault:
            return type(fault)
        return None

    def open(self, question: str) -> None:
        with self.house.writing() as db:
            leading.open_question(db, self.house, self.id, question)

    def close(self, question: str) -> None:
        closing.close_question(self.house, self.id, question)

    def show(self, question: str) -> None:
        with self.house.writing() as db:
            leading.show(db, self.id, question)

    def end(self) -> None:
        closing.end(self.house, self.id)

    def asked(self, question: str) -> Asked:
        with self.house.reading() as db:
            return results.standing_of(db, self.poll, question)

    def result(self, question: str) -> Result | None:
        with self.house.reading() as db:
            return results.results(db, self.poll).get(question)

    def counts(self, question: str) -> dict[str, int]:
        """What the phones' votes came to, nothing where nothing may be known."""
        found = self.result(question)
        return dict(found.votes) if found else {}


def hold(house: Installation, form: Form | None = None, team: str | None = None, *, again: bool = False) -> Hall:
    """A poll in a room of the association; `again` where the association is there already."""
    asked = form or room_form()
    assert questions(asked)
    with house.writing() as db:
        if not again:
            settle(db, "norr", "soder")
        publish(db, asked)
        return Hall(house, start(db, house, ASSOCIATION, team, asked).id)
