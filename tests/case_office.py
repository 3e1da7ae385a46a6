"""A team that takes referrals: its people, somebody who is referred, and everything that may happen to their case."""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from forms.consent import lines, wording
from forms.library import shipped_form
from forms.model import Form
from forms.placeholders import case_values
from forms.roles import role_of, worded
from forms.tailoring import tailored
from staff import accounts
from staff.member import Grant
from survey.cases import access, cases, consent, intake
from survey.cases.consent import Consent
from survey.cases.intake import Receipt, Referral
from survey.cases.model import Case, Reader, View
from survey.cases.settings import set_settings, settings
from survey.installation import Installation
from survey.published import publish
from tests.scene import ASSOCIATION, settle

NOON = datetime(2026, 8, 14, 12, 0, tzinfo=UTC)
"""When referrals come in here, the day before what `tests.conftest` calls today."""
TEAM, OTHER_TEAM = "norr", "soder"
_PEOPLE: Mapping[str, Grant] = {
    "kim": Grant("coordinator", ASSOCIATION, TEAM),
    "kaj": Grant("coordinator", ASSOCIATION, OTHER_TEAM),
    "af": Grant("party", ASSOCIATION, TEAM, "af"),
    "fk": Grant("party", ASSOCIATION, TEAM, "fk"),
    "region": Grant("party", ASSOCIATION, TEAM, "region"),
    "manager": Grant("party", ASSOCIATION, TEAM, "cm"),
    "other_af": Grant("party", ASSOCIATION, OTHER_TEAM, "af"),
    "eva": Grant("evaluator", ASSOCIATION),
    "ada": Grant("admin"),
}
ANSWERS: Mapping[str, Any] = {
    "an_roll": "1",
    "an_hur": "1",
    "an_skydd": "0",
    "an_namn": "Alva Ek",
    "an_tilltal": "Alva",
    "an_pnr": "198507099805",
    "an_alder": "41",
    "an_kommun": "0180",
    "an_tel": "070-174 06 05",
    "an_kontakt": "1",
    "an_saker": "1",
    "an_sprak": "sv",
    "an_tolk": "0",
    "an_rem_namn": "Robin Berg",
    "an_rem_tel": "08-123 45 67",
    "an_rem_epost": "robin@exempel.se",
    "an_rem_org": "1",
    "an_rem_med": "1",
    "an_fraga": "Vem gör vad i planeringen?",
    "an_viktigt": "Att slippa berätta samma sak igen",
    "an_lage": ("1", "7"),
    "an_skede": "2",
    "an_halsa": "Behöver vila mitt på dagen",
    "an_cm": "1",
    "an_form": "1",
    "an_med": ("1",),
    "an_trygg": "0",
    "an_inte": "0",
    "an_behov": ("1",),
    "an_prata": "3",
    "an_ring": "0",
    "an_i1_syfte": "1",
    "an_i2_vilka": "1",
    "an_i3_varfor": "1",
    "an_i4_hur": "1",
    "an_i5_frivilligt": "1",
    "an_i6_beslut": "1",
    "an_i7_sen": "1",
    "an_i8_team": "1",
    "sc_af": "1",
    "sc_fk": "0",
    "sc_kommun": "1",
    "sc_region": "1",
    "sc_cm": "1",
    "sc_uppg": ("1", "2"),
    "sc_till": "2027-02-10",
    "sc_hur": "2",
    "sc_tolk": "0",
    "sc_forstod": "1",
    "sc_namn": "Alva Ek",
    "sc_kopia": "1",
}
"""Said together with the person: yes to three parties about work and money, no to Försäkringskassan."""


@dataclasses.dataclass
class Office:
    """The team's office, and the person who is referred to it."""

    house: Installation
    people: Mapping[str, str]
    """Name -> account id."""

    def reader(self, name: str) -> Reader:
        """Somebody of the office before a case."""
        grant = _PEOPLE[name]
        return Reader(self.people[name], grant.team or "", grant.party)

    def form(self, answers: Mapping[str, Any], team: str = TEAM) -> Form:
        """The referral as the team asks it of whoever fills it in."""
        with self.house.reading() as db:
            decided = settings(db, team)
        return worded(tailored(shipped_form("referral"), decided.form), role_of(answers))

    def referral(self, team: str = TEAM, submission: bytes | None = None, **said: Any) -> Referral:
        """A referral as it is sent; None for an answer leaves it out."""
        answers = {question: answer for question, answer in {**ANSWERS, **said}.items() if answer is not None}
        form = self.form(answers, team)
        texts = {line.party: wording(form, line.party, "sv", self.blanks(answers, team)) for line in lines(form)}
        number = submission or secrets.token_bytes(16)
        return Referral(team, form, answers, "sv", number, consent.from_answers(form, answers, texts))

    def blanks(self, answers: Mapping[str, Any], team: str = TEAM) -> Mapping[str, str]:
        """What the blanks of the form become."""
        with self.house.reading() as db:
            decided = settings(db, team).form
        return case_values(
            team=team.title(),
            association="Exempel",
            phone="08-123 45 67",
            contact="08-123 45 67",
            parties=decided.parties,
            ages=(decided.age_from, decided.age_to),
            consent_months=decided.consent_months,
            language="sv",
            answers=answers,
            today=NOON.date(),
        )

    def send(self, now: datetime = NOON, **said: Any) -> Receipt:
        """Somebody presses *Skicka*."""
        return self.receive(self.referral(**said), now)

    def receive(self, referral: Referral, now: datetime = NOON) -> Receipt:
        """A very referral comes in, for the first time or again."""
        with self.house.writing() as db:
            return intake.send(db, self.house, referral, now)

    def view(self, name: str, case_id: str, now: datetime = NOON) -> View:
        """The case as somebody sees it."""
        return access.read(self.house, self.reader(name), case_id, now)

    def case(self, case_id: str) -> Case:
        """What can be told of it without opening it."""
        with self.house.reading() as db:
            return cases.find(db, case_id)

    def yes(self, party: str, case_id: str, now: datetime = NOON, **more: Any) -> None:
        """The person says yes to a party, on paper; `more` says it otherwise."""
        shown = wording(self.form(ANSWERS), party, "sv", self.blanks({"sc_till": "2027-02-10"}))
        given = Consent(party, "given", shown, "paper", categories=frozenset({"1"}), until=date(2027, 2, 10))
        with self.house.writing() as db:
            consent.record(db, self.house, case_id, dataclasses.replace(given, **more), self.people["kim"], now)

    def withdraw(self, case_id: str, parties: Sequence[str] | None = None, now: datetime = NOON) -> tuple[str, ...]:
        """The person calls and takes it back."""
        with self.house.writing() as db:
            return consent.withdraw(db, self.house, case_id, parties, self.people["kim"], now, how="phone")


def office(installation: Installation, **decided: Any) -> Office:
    """A team with its people, that asks for the personal number and offers a case manager."""
    with installation.writing() as db:
        settle(db, TEAM, OTHER_TEAM)
        publish(db, shipped_form("referral"))
        people = {name: accounts.add(db, f"{name}@exempel.se", name, grant) for name, grant in _PEOPLE.items()}
        wanted = {"personal_number": "optional", "case_manager": True} | decided
        set_settings(db, installation, ASSOCIATION, None, wanted, "command", NOON)
    return Office(installation, people)
