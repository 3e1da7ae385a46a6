"""A consent is taken back by whoever gave it: with the number and the code, in fewer steps than it took to give."""

import pytest

from pages import withdraw
from pages.pace import Pace
from survey.cases import access, cases, consent, parties
from survey.errors import NotFound
from survey.installation import Installation
from tests.refer_scene import CASEWORKER, TEAM, Referrer, reader, referrer, taking_referrals
from tests.scene import at
from tests.visits import House


@pytest.fixture
def house(seen_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which nobody has tried any code yet."""
    monkeypatch.setattr(withdraw, "guesses", Pace(withdraw.guesses.burst, withdraw.guesses.per_second))
    return taking_referrals(seen_installation)


@pytest.fixture
def sent(house: House) -> Referrer:
    """Somebody who has just sent a referral, and given three parties a yes."""
    person = referrer(house)
    person.begin()
    person.fill_in(CASEWORKER)
    return person


def the_two(person: Referrer) -> dict[str, list[str]]:
    """The number and the code, as they stand on the page."""
    shown = [each.text or "" for each in person.page.main.iter() if "code-shown" in (each.get("class") or "")]
    return dict(zip(("reference", "code"), ([one.strip()] for one in shown), strict=True))


def the_cases(house: House) -> list[str]:
    with house.installation.reading() as db:
        return [one.id for one in cases.cases_of(db, TEAM)]


def states(house: House) -> dict[str, str]:
    (only,) = the_cases(house)
    with house.installation.reading() as db:
        return {party: one.state for party, one in consent.standings(db, only, house.installation.now()).items()}


def test_one_party_is_taken_back_and_the_others_stay(house: House, sent: Referrer) -> None:
    employment, municipality = reader(house, "af"), reader(house, "kommun")
    (only,) = the_cases(house)
    assert access.read(house.installation, employment, only, house.installation.now())
    two = the_two(sent)
    person = referrer(house)
    person.open("/aterkalla")
    person.press(answers=two)
    assert person.page.controls["party"].values == ("af", "fk", "kommun"), "who has no yes is not there"
    assert not person.page.controls["party"].given
    done = person.press(answers={"party": ["af"]})
    assert done.kind == "done"
    assert "Arbetsförmedlingen" in done.text
    assert done.text.index("Arbetsförmedlingen") < done.text.index("Kommunen")
    assert states(house) == {"af": "withdrawn", "fk": "limited", "kommun": "given", "region": "refused"}
    with pytest.raises(NotFound):
        access.read(house.installation, employment, only, house.installation.now())
    assert access.read(house.installation, municipality, only, house.installation.now())


def test_everything_in_one_press(house: House, sent: Referrer) -> None:
    two = the_two(sent)
    sent.open("/aterkalla")
    sent.press(answers=two)
    sent.press("everything")
    assert sent.page.kind == "done"
    assert set(states(house).values()) == {"withdrawn", "refused"}
    sent.open("/aterkalla")
    assert sent.press(answers=two).h1 == "Det finns inget samtycke att ta tillbaka"


def test_who_has_left_the_team_is_taken_back_as_well(house: House, sent: Referrer) -> None:
    """Their yes stands until then; they read nothing by it, unless they come back."""
    two = the_two(sent)
    with house.installation.writing() as db:
        parties.set_seats(
            db,
            house.installation,
            TEAM,
            [one for one in parties.seats(db, TEAM) if one.party.code == "region"],
            "command",
            house.installation.now(),
        )
    sent.open("/aterkalla")
    assert sent.press(answers=two).controls["party"].values == ("af", "fk", "kommun")
    sent.press("everything")
    assert sent.page.kind == "done"
    assert set(states(house).values()) == {"withdrawn", "refused"}


def test_right_codes_use_up_no_guesses_of_a_shared_address(
    house: House, sent: Referrer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdraw, "guesses", Pace(burst=2, per_second=0))
    two, wrong = the_two(sent), {"reference": ["A-0001"], "code": ["AAAA-AAAA"]}
    person = referrer(house)
    for answers, status in ((two, 200), (two, 200), (two, 200), (wrong, 422), (two, 200), (wrong, 422), (two, 429)):
        person.open("/aterkalla")
        assert person.press(answers=answers).status == status


def test_what_has_run_out_need_not_be_taken_back(house: House, sent: Referrer) -> None:
    later = House(at(house.installation, "2027-02-16"))
    person = referrer(later)
    person.open("/aterkalla")
    assert person.press(answers=the_two(sent)).h1 == "Det finns inget samtycke att ta tillbaka"
    assert set(states(later).values()) == {"expired", "refused"}
    assert states(house)["af"] == "given"


def test_taking_back_takes_no_more_steps_than_giving(house: House, sent: Referrer) -> None:
    giving = [
        page for page in sent.pages if any(name.startswith("sc_") for name in page.controls if page.kind == "question")
    ]
    person = referrer(house)
    person.open("/aterkalla")
    person.press(answers=the_two(sent))
    person.press("everything")
    assert len(person.pages) - 1 <= 2 < len(giving)


def test_a_wrong_number_and_a_wrong_code_are_answered_alike(house: House, sent: Referrer) -> None:
    two = the_two(sent)
    pages = []
    for wrong in (
        {**two, "code": ["AAAA-AAAA"]},
        {**two, "reference": ["A-9999"]},
        {"reference": ["x"], "code": ["y"]},
    ):
        person = referrer(house)
        person.open("/aterkalla")
        pages.append(person.press(answers=wrong))
    assert {page.status for page in pages} == {422}
    assert len({tuple(page.errors) for page in pages}) == 1
    assert states(house)["af"] == "given"


def test_nothing_chosen_is_asked_once_more(house: House, sent: Referrer) -> None:
    two = the_two(sent)
    person = referrer(house)
    person.open("/aterkalla")
    person.press(answers=two)
    page = person.press(answers={"party": []})
    assert (page.status, page.errors) == (422, [("party", "Välj vilka som inte längre får berätta om dig")])
    assert states(house)["af"] == "given"


def test_who_tries_codes_at_speed_has_to_wait(house: House, sent: Referrer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdraw, "guesses", Pace(burst=2, per_second=0))
    two = the_two(sent)
    for _ in range(2):
        sent.open("/aterkalla")
        sent.press(answers={**two, "code": ["AAAA-AAAA"]})
    sent.open("/aterkalla")
    assert sent.press(answers=two).status == 429
    assert states(house)["af"] == "given"
