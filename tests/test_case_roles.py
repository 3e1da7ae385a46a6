"""Who somebody is before a case: roles of parties, case managers and controllers, given, taken and asked for."""

import pytest

from staff import accounts
from staff.member import Grant, Member
from staff.policy import Needs, authorise
from staff.readers import reader, readers
from survey.cases import cases, leading, managing
from survey.cases.model import Reader
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from tests.case_office import NOON, OTHER_TEAM, TEAM, Office, office
from tests.scene import ASSOCIATION


def member(place: Office, name: str) -> Member:
    with place.house.reading() as db:
        return Member(place.people[name], name, accounts.grants(db, place.people[name]))


def test_before_a_case_everybody_is_the_strongest_of_what_they_are_in_its_team(
    sqlite_installation: Installation,
) -> None:
    place = office(sqlite_installation)
    case_id = place.send().case_id
    with sqlite_installation.writing() as db:
        accounts.give(db, place.people["kim"], Grant("party", ASSOCIATION, TEAM, "af"))
    with sqlite_installation.reading() as db:
        assert reader(db, member(place, "kim"), case_id) == Reader(place.people["kim"], TEAM)
        assert reader(db, member(place, "fk"), case_id) == Reader(place.people["fk"], TEAM, "fk")
        for stranger in ("kaj", "other_af", "eva", "ada"):
            with pytest.raises(NotFound):
                reader(db, member(place, stranger), case_id)
        with pytest.raises(NotFound):
            reader(db, member(place, "kim"), "no such case")
    assert readers(member(place, "kim")) == (Reader(place.people["kim"], TEAM, "af"),)


@pytest.mark.parametrize("role", ["coordinator", "party", "controller"])
def test_the_gate_lets_a_role_through_to_its_own_teams_cases_alone(
    sqlite_installation: Installation, role: str
) -> None:
    house = sqlite_installation
    place = office(house)
    case_id = place.send().case_id
    here = Grant("party", ASSOCIATION, TEAM, "af") if role == "party" else Grant(role, ASSOCIATION, TEAM)  # type: ignore[arg-type]
    there = Grant(here.role, ASSOCIATION, OTHER_TEAM, here.party)
    policy = Needs(here.role)
    with house.reading() as db:
        authorise(db, Member("a", "a", (here,)), policy, {"case_id": case_id})
        for held in ((there,), (Grant("evaluator", ASSOCIATION),), (Grant("admin"),), ()):
            with pytest.raises(NotFound):
                authorise(db, Member("a", "a", held), policy, {"case_id": case_id})
        with pytest.raises(NotFound):
            authorise(db, Member("a", "a", (here,)), policy, {"case_id": "no such case"})


def test_roles_for_parties_are_given_and_taken_one_by_one(installation: Installation) -> None:
    place = office(installation)
    with installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo", accounts.grant(db, "party", None, TEAM, "af"))
        accounts.give(db, bo, accounts.grant(db, "party", None, TEAM, "region"))
        accounts.give(db, bo, accounts.grant(db, "controller", None, TEAM))
        held = accounts.grants(db, bo)
    assert Member(bo, "Bo", held).parties(TEAM) == ("af", "region")
    assert Member(bo, "Bo", held).controls(TEAM)
    assert not Member(bo, "Bo", held).controls(OTHER_TEAM)
    with installation.writing() as db:
        accounts.take(db, bo, Grant("party", ASSOCIATION, TEAM, "af"))
        assert Member(bo, "Bo", accounts.grants(db, bo)).parties(TEAM) == ("region",)
    assert place.house is installation


@pytest.mark.parametrize(
    ("role", "team", "party"),
    [
        ("party", TEAM, None),
        ("party", TEAM, "xx"),
        ("party", None, "af"),
        ("coordinator", TEAM, "af"),
        ("controller", None, None),
    ],
)
def test_a_part_that_cannot_be_taken_is_not_given(
    sqlite_installation: Installation, role: str, team: str | None, party: str | None
) -> None:
    office(sqlite_installation)
    with sqlite_installation.reading() as db, pytest.raises(BadRequest):
        accounts.grant(db, role, None, team, party)


def test_whoever_loses_a_role_reads_nothing_from_then_on(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    assert place.view("af", case_id).documents
    with installation.writing() as db:
        accounts.take(db, place.people["af"], Grant("party", ASSOCIATION, TEAM, "af"))
    with pytest.raises(NotFound):
        place.view("af", case_id)


def test_an_account_is_closed_although_cases_were_its_own(installation: Installation) -> None:
    place = office(installation)
    case_id, kim = place.send().case_id, place.people["kim"]
    with installation.writing() as db:
        leading.take(db, installation, case_id, kim, kim, NOON)
        managing.offer(db, installation, place.reader("kim"), case_id, NOON)
        managing.accept(db, installation, place.reader("kim"), case_id, place.people["manager"], "", NOON.date(), NOON)
    with installation.writing() as db:
        accounts.close(db, kim)
        accounts.close(db, place.people["manager"])
    with installation.reading() as db:
        assert cases.find(db, case_id).responsible is None
        left = managing.find(db, case_id)
        assert left is not None
        assert (left.state, left.account) == ("accepted", None)
        assert {event.actor for event in cases.events(db, case_id)} == {"referrer", kim}, "what was done stays told"
