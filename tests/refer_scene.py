"""Someone who refers: what they answer, and how they go through the pages, knowing only what the pages say."""

from collections.abc import Mapping, Sequence

from forms.library import shipped_form
from staff import accounts
from staff.member import Grant
from survey import published
from survey.cases import wordings
from survey.cases.model import Reader
from survey.installation import Installation
from tests.respondent import Chooser, Control, PageSeen, Respondent
from tests.visits import House, house_on

TEAM = "roslagen"
Answers = Mapping[str, str | Sequence[str]]

CASEWORKER: Answers = {
    "an_roll": "1",
    "an_hur": "2",
    "an_skydd": "0",
    "an_alder": "34",
    "an_namn": "Kim Exempelsson",
    "an_tilltal": "Kim",
    "an_kommun": "0180",
    "an_tel": "070-174 06 05",
    "an_kontakt": "1",
    "an_saker": "1",
    "an_sprak": "sv",
    "an_tolk": "0",
    "an_rem_namn": "Robin Påhittad",
    "an_rem_tel": "08-123 45 67",
    "an_rem_epost": "robin@exempel.se",
    "an_rem_org": "1",
    "an_rem_med": "1",
    "an_fraga": "Vem gör vad i min planering?",
    "an_viktigt": "Att slippa berätta samma sak fyra gånger.",
    "an_lage": ["1", "7"],
    "an_skede": "2",
    "an_form": "1",
    "an_med": ["6"],
    "an_trygg": "0",
    "an_inte": "0",
    "an_behov": ["1"],
    "an_prata": "3",
    "an_ring": "1",
    "an_i1_syfte": "1",
    "an_i2_vilka": "2",
    "an_i3_varfor": "2",
    "an_i4_hur": "1",
    "an_i5_frivilligt": "1",
    "an_i6_beslut": "1",
    "an_i7_sen": "2",
    "an_i8_team": "1",
    "an_info_datum": "2026-08-15",
    "an_info_satt": ["1"],
    "sc_af": "1",
    "sc_fk": "2",
    "sc_fk_inte": "Min gamla anställning",
    "sc_kommun": "1",
    "sc_region": "0",
    "sc_uppg": ["1", "3"],
    "sc_till": "2027-02-15",
    "sc_hur": "2",
    "sc_tolk": "0",
    "sc_forstod": "1",
    "sc_namn": "Kim Exempelsson",
    "sc_kopia": "1",
    "sc_sus": "3",
}
"""A caseworker on the phone with the person; one party is refused, one is limited."""
ALONE: Answers = {**CASEWORKER, "an_roll": "2"}
"""The same person without anybody's help."""


def chooses(answers: Answers) -> Chooser:
    """Answer what is named; leave what stands there already."""

    def choose(control: Control) -> Sequence[str]:
        value = answers.get(control.name)
        return control.given if value is None else (value,) if isinstance(value, str) else tuple(value)

    return choose


class Referrer(Respondent):
    """Somebody in front of the pages of a referral."""

    def begin(self, team: str = TEAM, prefix: str = "") -> PageSeen:
        """To the first question."""
        self.open(f"{prefix}/anmal/{team}")
        return self.press()

    def fill_in(self, answers: Answers, until: str = "done", most: int = 150) -> PageSeen:
        """Forward, answering as `answers` say, until a page of that kind, or one that refuses."""
        for _ in range(most):
            if self.page.kind == until:
                return self.page
            assert not self.page.errors, (self.page.h1, self.page.errors)
            assert self.page.status == 200, (self.page.kind, self.page.text)
            choose = chooses(answers)
            self.press(answers={control.name: choose(control) for control in self.page.controls.values()})
        raise AssertionError(f"no {until} after {most} pages: {self.page.kind} {self.page.h1}")

    def until_asked(self, question: str, answers: Answers) -> PageSeen:
        """Forward until the page that asks `question`."""
        for _ in range(150):
            if self.page.kind == "question" and question in self.page.controls:
                return self.page
            assert not self.page.errors, (self.page.h1, self.page.errors)
            choose = chooses(answers)
            self.press(answers={control.name: choose(control) for control in self.page.controls.values()})
        raise AssertionError(f"{question} is never asked: {self.page.kind} {self.page.h1}")

    @property
    def code(self) -> str:
        """The code that the page shows."""
        return next(word for word in self.page.text.split() if len(word) == 9 and word[4] == "-" and word.isupper())


def referrer(house: House) -> Referrer:
    """Somebody with a browser of their own."""
    return Referrer(house.visitor().fetch)


def taking_referrals(installation: Installation) -> House:
    """A house with one team, and the form of a referral."""
    house = house_on(installation)
    with installation.writing() as db:
        published.publish(db, shipped_form("referral"))
    return house


def reader(house: House, party: str | None = None) -> Reader:
    """Somebody with an account: the team's coordinator, or somebody of a party."""
    role = Grant("party", "exempel", TEAM, party) if party else Grant("coordinator", "exempel", TEAM)
    with house.installation.writing() as db:
        return Reader(accounts.add(db, f"{party}@exempel.se", "Någon", role), TEAM, party)


def approve_english(house: House) -> None:
    """Somebody answers for the English texts of consent."""
    with house.installation.writing() as db:
        wordings.approve(db, shipped_form("referral"), "en", "En påhittad granskare", house.installation.today())
