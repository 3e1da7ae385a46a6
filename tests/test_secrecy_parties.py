"""A yes to one organisation is never another's: not when parties of a team come, go and are renamed."""

import pytest
from sqlalchemy import select

from forms.parties import standard
from staff import accounts
from staff.member import Grant
from survey.cases import access, parties, rights
from survey.cases.model import Reader
from survey.cases.parties import Seats
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from survey.tables import audit
from tests.case_office import NOON, TEAM, Office, office
from tests.scene import ASSOCIATION

PRISONS, POLICE = (Seats(standard("annan_1", name)) for name in ("Kriminalvården", "Polisen"))
USUAL = [Seats(standard(code)) for code in ("af", "fk", "kommun", "region")]


def settle_on(place: Office, *others: Seats) -> None:
    """The team's parties are the usual four and these."""
    with place.house.writing() as db:
        parties.set_seats(db, place.house, TEAM, [*USUAL, *others], "command", place.house.now())


def asked_about_the_prisons(installation: Installation) -> tuple[Office, str]:
    place = office(installation)
    settle_on(place, PRISONS)
    return place, place.send(sc_annan_1="1").case_id


def police_officer(place: Office) -> Reader:
    with place.house.writing() as db:
        account = accounts.add(db, "polis@exempel.se", "Bo", Grant("party", ASSOCIATION, TEAM, "annan_1"))
    return Reader(account, TEAM, "annan_1")


@pytest.mark.parametrize("way", ["renamed", "replaced"])
def test_a_yes_to_one_organisation_does_not_become_anothers(installation: Installation, way: str) -> None:
    place, _case_id = asked_about_the_prisons(installation)
    settle_on(place, *([PRISONS] if way == "renamed" else []))
    with pytest.raises(BadRequest, match="annan_1"):
        settle_on(place, POLICE)
    settle_on(place, Seats(standard("annan_2", "Polisen")))


def test_a_role_for_one_organisation_does_not_become_a_role_for_another(installation: Installation) -> None:
    place = office(installation)
    settle_on(place, POLICE)
    police_officer(place)
    with pytest.raises(BadRequest, match="annan_1"):
        settle_on(place, PRISONS)


def test_seats_change_and_a_name_nobody_was_asked_about_is_mended(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    settle_on(place, POLICE)
    settle_on(place, PRISONS)
    place.send(sc_annan_1="1")
    settle_on(place, Seats(PRISONS.party, 2))
    settle_on(place)


def test_control_were_codes_given_away_the_next_one_would_read(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, case_id = asked_about_the_prisons(sqlite_installation)
    monkeypatch.setattr(parties, "taken", lambda _db, _team: frozenset())
    settle_on(place, POLICE)
    seen = access.read(place.house, police_officer(place), case_id, NOON)
    assert "an_namn" in seen.documents["referral"].answers


def left_and_back(place: Office, case_id: str) -> list[bool]:
    """Whether somebody of the Employment Service reads under the same yes: before they leave the team, while they are
    out of it, and when they are back."""
    reads = []
    for given in (USUAL, USUAL[1:], USUAL):
        with place.house.writing() as db:
            parties.set_seats(db, place.house, TEAM, given, place.people["kim"], NOON)
            listed = bool(access.cases_for(db, place.reader("af"), NOON))
        try:
            place.view("af", case_id)
            reads.append(True)
        except NotFound:
            reads.append(False)
        assert listed == reads[-1]
    return reads


def test_a_party_that_is_not_in_the_team_reads_nothing_whatever_yes_stands(installation: Installation) -> None:
    place = office(installation)
    assert left_and_back(place, place.send().case_id) == [True, False, True]
    with installation.reading() as db:
        rows = db.execute(select(audit.c.actor, audit.c.detail).where(audit.c.action == "parties")).all()
    assert rows[1] == (place.people["kim"], "fk kommun region"), "and who changed the team is told"


def test_control_were_only_the_role_asked_for_they_would_go_on_reading(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = office(sqlite_installation)
    monkeypatch.setattr(rights, "may_take_part", lambda _db, _team, _party: True)
    assert left_and_back(place, place.send().case_id) == [True, True, True]
