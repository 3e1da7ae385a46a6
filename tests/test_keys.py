"""Keys for programs: how an evaluator makes one, sees it once, and how it stops opening anything."""

import re

import pytest
from sqlalchemy import select

from staff import accounts, sessions, tokens
from staff.member import Grant
from survey import teams
from survey.errors import BadRequest
from survey.installation import Installation
from survey.tables import api_token
from tests.staff_scene import AWAY, HOME, World, staffed

OTHER = "regnet spelar tyst på taket"
AT = 1_800_000_000
DAY = 24 * 60 * 60
KEY = re.compile(r"samsvar_[A-Za-z0-9_-]{43}")
NEW = "/personal/nycklar/ny"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Eva and Eve evaluate an association each."""
    return staffed(sqlite_installation)


def key_of(
    installation: Installation, account: str, *scopes: str, days: int = tokens.STANDARD_DAYS, at: int = AT
) -> str:
    with installation.writing() as db:
        return tokens.make(db, installation.secrets, account, "Rapporten", scopes or ("figures",), days, at)


def bearer(installation: Installation, key: str, at: int = AT) -> tokens.Bearer | None:
    with installation.reading() as db:
        return tokens.bearer(db, installation.secrets, key, at)


@pytest.fixture
def anna(installation: Installation) -> str:
    """Anna evaluates Exempel, and coordinates a team there."""
    with installation.writing() as db:
        for slug in (HOME, AWAY):
            teams.add_association(db, slug, f"Förbundet {slug}")
        teams.add_team(db, "norr", "Team Norr", association=HOME, controller="Kommunen")
        anna = accounts.add(db, "anna@exempel.se", "Anna Ek", Grant("evaluator", HOME))
        accounts.give(db, anna, Grant("coordinator", HOME, "norr"))
    return anna


def test_a_key_reads_for_its_holder_as_evaluator_and_nothing_else(installation: Installation, anna: str) -> None:
    found = bearer(installation, key_of(installation, anna, "quotes", "figures"))
    assert found
    assert found.scopes == ("figures", "quotes")
    assert (found.member.account, found.member.grants) == (anna, (Grant("evaluator", HOME),))


def test_only_an_hmac_of_the_key_is_stored(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna)
    with installation.reading() as db:
        row = db.execute(select(api_token)).one()
    assert KEY.fullmatch(key)
    assert len(row.hash) == 32
    assert not any(key.removeprefix(tokens.PREFIX) in str(value) for value in row)


def test_what_is_no_key_opens_nothing(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna)
    for wrong in ("", key[:-1], key + "a", key.swapcase(), f"{key}\x00", "å" * 50, "\udcff", "x" * 1_000_000):
        assert bearer(installation, wrong) is None


def test_a_key_ends_on_its_day_and_is_then_forgotten(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna, days=30)
    assert bearer(installation, key, AT + 30 * DAY - 1)
    assert bearer(installation, key, AT + 30 * DAY) is None
    with installation.writing() as db:
        assert tokens.held_by(db, anna, AT + 30 * DAY) == ()
        tokens.forget(db, AT + 30 * DAY - 1)
        assert db.scalars(select(api_token.c.id)).all()
        tokens.forget(db, AT + 30 * DAY)
        assert db.scalars(select(api_token.c.id)).all() == []


def test_a_key_lives_a_year_at_the_most(installation: Installation, anna: str) -> None:
    key_of(installation, anna, days=365)
    for days in (0, -1, 366):
        with pytest.raises(BadRequest):
            key_of(installation, anna, days=days)


@pytest.mark.parametrize("scopes", [(), ("everything",), ("figures", "admin")])
def test_a_key_has_scopes_there_are(installation: Installation, anna: str, scopes: tuple[str, ...]) -> None:
    with installation.writing() as db, pytest.raises(BadRequest):
        tokens.make(db, installation.secrets, anna, "Rapporten", scopes, 90, AT)


def test_a_withdrawn_key_opens_nothing_and_the_others_go_on(installation: Installation, anna: str) -> None:
    key, other = key_of(installation, anna), key_of(installation, anna)
    with installation.writing() as db:
        withdrawn = next(one for one in tokens.held_by(db, anna, AT))
        tokens.withdraw(db, withdrawn.id)
    assert sorted(bearer(installation, one) is None for one in (key, other)) == [False, True]


def test_a_key_follows_its_holders_roles_and_dies_with_the_last(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna)
    with installation.writing() as db:
        accounts.give(db, anna, Grant("evaluator", AWAY))
        accounts.take(db, anna, Grant("evaluator", HOME))
    found = bearer(installation, key)
    assert found
    assert found.member.associations() == (AWAY,)
    with installation.writing() as db:
        accounts.take(db, anna, Grant("evaluator", AWAY))
    assert bearer(installation, key) is None
    with installation.writing() as db:
        accounts.give(db, anna, Grant("evaluator", AWAY))
    assert bearer(installation, key) is None, "a role that comes back does not wake old keys"


def test_a_new_passphrase_ends_the_keys_made_with_the_old_one(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna)
    with installation.writing() as db:
        accounts.choose(db, anna, OTHER)
    assert bearer(installation, key) is None


def test_a_closed_account_takes_its_keys_along(installation: Installation, anna: str) -> None:
    key = key_of(installation, anna)
    with installation.writing() as db:
        accounts.close(db, anna)
        assert db.scalars(select(api_token.c.id)).all() == []
    assert bearer(installation, key) is None


def test_eva_makes_a_key_sees_it_once_and_it_works(world: World) -> None:
    eva = world.visit("eva")
    assert "Du har inga nycklar" in eva.get("/personal/nycklar/").text
    page = eva.post(NEW, name="Rapporten", scopes=["figures", "exports"], days="90")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    (key,) = KEY.findall(page.text)
    assert bearer(world.installation, key, sessions.now())
    listed = eva.get("/personal/nycklar/").text
    assert "Rapporten" in listed
    assert "Siffror<br>Filer med siffror och citat" in listed
    assert not KEY.search(listed)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Skriv vad nyckeln"),
        ({"scopes": []}, "Välj vad programmet"),
        ({"scopes": ["everything"]}, "Välj vad programmet"),
    ],
)
def test_a_key_is_not_made_of_less_and_what_was_chosen_stays(world: World, wrong: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"name": "Rapporten", "scopes": ["figures"], "days": "365"}
    page = world.visit("eva").post(NEW, **given | wrong)
    assert page.status_code == 422
    assert said in page.text
    assert re.search(r'value="365" checked', page.text)
    with world.installation.reading() as db:
        assert tokens.held_by(db, world.accounts["eva"], 0) == ()


def test_eva_withdraws_a_key_after_being_asked(world: World) -> None:
    key = key_of(world.installation, world.accounts["eva"], at=sessions.now())
    eva = world.visit("eva")
    (path,) = re.findall(r'href="(/personal/nycklar/[^"]+/ta-bort)"', eva.get("/personal/nycklar/").text)
    assert "Ta bort nyckeln Rapporten?" in eva.get(path).text
    assert bearer(world.installation, key, sessions.now()), "asking removes nothing"
    assert "Nyckeln är borttagen" in eva.client.get(eva.post(path).location).text
    assert bearer(world.installation, key, sessions.now()) is None
    assert eva.post(path).status_code == 404


def test_nobody_withdraws_anothers_key(world: World) -> None:
    key = key_of(world.installation, world.accounts["eve"], at=sessions.now())
    with world.installation.reading() as db:
        (held,) = tokens.held_by(db, world.accounts["eve"], sessions.now())
    for name in ("eva", "kim", "ada"):
        assert world.visit(name).post(f"/personal/nycklar/{held.id}/ta-bort").status_code == 404
    assert bearer(world.installation, key, sessions.now())
