"""Accounts, invitations, passphrases and sessions: who gets in, how long they stay, and what a stranger learns."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Row, delete, event, select, update
from zxcvbn.frequency_lists import FREQUENCY_LISTS

import demonstration
from staff import accounts, passphrase, sessions
from staff.member import Grant
from survey import teams
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.installation import Installation
from survey.tables import account, failed_sign_in, invitation, staff_session
from tests.scene import at_once

GOOD = "fyra gröna koppar på en hylla"
BETTER = "regnet spelar tyst på taket"
AT = 1_800_000_000
MINUTE = 60


@pytest.fixture
def anna(installation: Installation) -> str:
    """Anna evaluates Exempel and has chosen a passphrase."""
    with installation.writing() as db:
        teams.add_association(db, "exempel", "Samordningsförbundet Exempel")
        teams.add_team(db, "norr", "Team Norr", association="exempel", controller="Norrby kommun")
        anna = accounts.add(db, "anna@exempel.se", "Anna Ek", accounts.grant(db, "evaluator", "exempel"))
        accounts.choose(db, anna, GOOD)
    return anna


def enter(installation: Installation, given: str, *, email: str = "anna@exempel.se", at: int = AT) -> str | None:
    """The first step of signing in."""
    return sessions.sign_in(installation, email, given, at, loopback=False)


def guessed(db: Connection, installation: Installation) -> list[Row[Any]]:
    """What is kept of each address that was tried, without the count of all that nobody has."""
    every = select(failed_sign_in.c.hash, failed_sign_in.c.failures, failed_sign_in.c.until)
    all_of_them = sessions._mark(installation.secrets, sessions._UNKNOWN)
    return list(db.execute(every.where(failed_sign_in.c.hash != all_of_them)))


def inside(installation: Installation, anna: str, at: int = AT) -> str:
    """A session of Anna's, who has shown both factors."""
    with installation.writing() as db:
        return sessions.begin(db, anna, at)


def test_anna_signs_in_with_her_passphrase_and_is_anna(installation: Installation, anna: str) -> None:
    reference = enter(installation, GOOD, email=" Anna@Exempel.SE ")
    assert reference
    with installation.reading() as db:
        assert sessions.member(db, reference, AT) is None, "with the passphrase alone one is nobody yet"
    reference = inside(installation, anna)
    with installation.reading() as db:
        found = sessions.member(db, reference, AT)
    assert found
    assert (found.account, found.name, found.grants) == (anna, "Anna Ek", (Grant("evaluator", "exempel"),))


def test_neither_the_passphrase_nor_the_reference_is_stored(installation: Installation, anna: str) -> None:
    reference = enter(installation, GOOD)
    assert reference
    with installation.reading() as db:
        stored = db.scalars(select(account.c.passphrase)).one()
        kept = db.scalars(select(staff_session.c.hash)).one()
    assert stored.startswith("$argon2id$")
    assert GOOD not in stored
    assert reference.encode() not in kept
    assert len(kept) == 32


def test_the_wrong_passphrase_and_the_unknown_address_get_nothing(installation: Installation, anna: str) -> None:
    assert enter(installation, BETTER) is None
    assert enter(installation, GOOD, email="ingen@exempel.se") is None


def test_unknown_and_known_addresses_take_the_same_time(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told of the one in the audit chain and counted of the other is little beside the hash, which is as slow
    here as where it is used."""
    inst = sqlite_installation
    monkeypatch.setattr(passphrase, "_hasher", PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1))
    monkeypatch.setattr(passphrase, "_nobody", passphrase.hashed("nobody"))
    with inst.writing() as db:
        someone = accounts.add(db, "anna@exempel.se", "Anna Ek", Grant("admin"))
        accounts.choose(db, someone, GOOD)

    def spent(email: str) -> float:
        began = time.perf_counter()
        enter(inst, BETTER, email=email)
        return time.perf_counter() - began

    pairs = [(spent("anna@exempel.se"), spent(f"ingen{n}@exempel.se")) for n in range(4)]
    known, unknown = (median(times) for times in zip(*pairs, strict=True))
    assert 0.4 < known / unknown < 2.5, "the time tells who has an account"
    began = time.perf_counter()
    passphrase.weakness(BETTER)
    assert time.perf_counter() - began < known / 3, "control: without the hash it would have been over at once"


def test_the_sixth_guess_waits_even_when_it_is_right(installation: Installation, anna: str) -> None:
    for _guess in range(sessions.ATTEMPTS):
        assert enter(installation, BETTER) is None
    assert enter(installation, GOOD) is None
    assert enter(installation, GOOD, at=AT + sessions.FIRST_WAIT - 1) is None
    assert enter(installation, GOOD, at=AT + sessions.FIRST_WAIT) is not None


def test_four_wrong_guesses_cost_nothing_and_signing_in_forgets_them(installation: Installation, anna: str) -> None:
    for _round in range(3):
        for _guess in range(sessions.ATTEMPTS - 1):
            assert enter(installation, BETTER) is None
        assert enter(installation, GOOD) is not None


def test_unknown_addresses_wait_too_so_that_waiting_tells_nothing(installation: Installation, anna: str) -> None:
    for email in ("anna@exempel.se", "ingen@exempel.se"):
        for _guess in range(sessions.ATTEMPTS):
            enter(installation, BETTER, email=email)
    with installation.reading() as db:
        waiting = [row[1:] for row in guessed(db, installation)]
    assert len(waiting) == 2
    assert len(set(waiting)) == 1


def test_guesses_sent_at_once_are_all_counted(installation: Installation, anna: str) -> None:
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda n: enter(installation, f"{BETTER} {n}"), range(8)))
    assert enter(installation, GOOD) is None, "eight guesses at once slipped past the count"


def test_two_who_sign_in_at_once_are_not_in_each_others_way(installation: Installation, anna: str) -> None:
    """Who comes in takes away the count that the other is about to look at."""
    mark = sessions._mark(installation.secrets, "anna@exempel.se")
    enter(installation, BETTER)

    def come_in(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SELECT") and "failed_sign_in" in statement:
            with installation.writer.begin() as db:
                db.execute(delete(failed_sign_in).where(failed_sign_in.c.hash == mark))

    event.listen(installation.engine, "before_cursor_execute", come_in)
    with installation.writing() as db:
        assert sessions._attempt(db, mark, AT)
    event.remove(installation.engine, "before_cursor_execute", come_in)


def test_who_has_the_old_passphrase_does_not_come_in_while_the_account_is_reset(
    installation: Installation, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no second factor from then on: whoever came in halfway would choose one."""
    look = passphrase.matches

    def reset_meanwhile(stored: str | None, given: str) -> bool:
        right = look(stored, given)
        with installation.writing() as db:
            accounts.reset(db, installation.secrets, anna, AT)
        return right

    monkeypatch.setattr(passphrase, "matches", reset_meanwhile)
    assert enter(installation, GOOD) is None
    with installation.reading() as db:
        assert db.execute(select(staff_session)).all() == []


def test_failed_attempts_are_forgotten_after_a_day(installation: Installation, anna: str) -> None:
    enter(installation, BETTER)
    enter(installation, BETTER, email="ingen@exempel.se", at=AT + sessions.FORGOTTEN + 1)
    with installation.reading() as db:
        assert len(guessed(db, installation)) == 1


def test_a_session_ends_after_half_an_hour_without_use(installation: Installation, anna: str) -> None:
    reference = inside(installation, anna)
    with installation.writing() as db:
        assert sessions.member(db, reference, AT + 29 * MINUTE)
        sessions.touch(db, reference, AT + 29 * MINUTE)
        assert sessions.member(db, reference, AT + 58 * MINUTE)
        assert sessions.member(db, reference, AT + 59 * MINUTE) is None


def test_a_session_ends_after_ten_hours_however_busy(installation: Installation, anna: str) -> None:
    reference = inside(installation, anna)
    with installation.writing() as db:
        for quarter in range(0, 600, 15):
            assert sessions.member(db, reference, AT + quarter * MINUTE)
            sessions.touch(db, reference, AT + quarter * MINUTE)
        assert sessions.member(db, reference, AT + 600 * MINUTE) is None


def test_every_sign_in_is_a_new_session_and_clears_those_that_are_over(installation: Installation, anna: str) -> None:
    first = inside(installation, anna)
    second = inside(installation, anna, AT + 60 * MINUTE)
    assert first != second
    with installation.reading() as db:
        assert len(db.execute(select(staff_session)).all()) == 1


@pytest.mark.parametrize("change", ["passphrase", "one role more", "one role less"])
def test_a_change_of_passphrase_or_role_signs_out_everywhere(
    installation: Installation, anna: str, change: str
) -> None:
    reference = inside(installation, anna)
    with installation.writing() as db:
        if change == "passphrase":
            accounts.choose(db, anna, BETTER)
        elif change == "one role more":
            accounts.give(db, anna, accounts.grant(db, "coordinator", team_slug="norr"))
        else:
            accounts.take(db, anna, Grant("evaluator", "exempel"))
        assert sessions.member(db, reference, AT) is None


def test_an_invitation_opens_once_within_a_week(installation: Installation, anna: str) -> None:
    keys = installation.secrets
    with installation.writing() as db:
        code = accounts.invite(db, keys, anna, AT)
        with pytest.raises(NotFound):
            accounts.accept(db, keys, code, BETTER, AT + accounts.INVITED_FOR)
        accounts.accept(db, keys, code.lower().replace("-", " "), BETTER, AT + accounts.INVITED_FOR - 1)
        with pytest.raises(NotFound):
            accounts.accept(db, keys, code, GOOD, AT)
    assert enter(installation, BETTER)


def test_of_two_who_add_the_same_person_at_once_the_second_finds_the_account(
    installation: Installation, anna: str
) -> None:
    bo = ("bo@exempel.se", "Bo Ek")
    one, other = at_once(installation, *2 * [lambda db: accounts.add(db, *bo, Grant("evaluator", "exempel"))])
    assert one == other
    kim = ("kim@exempel.se", "Kim Ek")
    _made, refused = at_once(
        installation,
        lambda db: accounts.add(db, *kim, Grant("admin")),
        lambda db: accounts.add(db, *kim, Grant("evaluator", "exempel")),
    )
    assert isinstance(refused, BadRequest), "an administrator sees no content"


def test_an_account_is_closed_though_somebody_is_just_coming_in(installation: Installation, anna: str) -> None:
    _reference, closed = at_once(
        installation,
        lambda db: sessions.begin_halfway(db, anna, AT),
        lambda db: accounts.close(db, anna),
    )
    assert closed is None
    with installation.reading() as db:
        assert db.execute(select(staff_session)).all() == []


def both_accept(installation: Installation, anna: str) -> tuple[object, object]:
    """Two people send the same invitation at the same moment: what each came to."""
    keys = installation.secrets
    with installation.writing() as db:
        code = accounts.invite(db, keys, anna, AT)
    return at_once(
        installation,
        lambda db: accounts.accept(db, keys, code, BETTER, AT),
        lambda db: accounts.accept(db, keys, code, GOOD, AT),
    )


def test_of_two_who_use_an_invitation_at_once_one_has_the_account(installation: Installation, anna: str) -> None:
    first, second = both_accept(installation, anna)
    assert first == anna
    assert isinstance(second, NotFound)
    assert enter(installation, BETTER)
    assert enter(installation, GOOD) is None


def test_control_who_only_looks_whether_it_is_there_lets_both_in(
    postgresql_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = postgresql_installation
    with house.writing() as db:
        teams.add_association(db, "exempel", "Samordningsförbundet Exempel")
        anna = accounts.add(db, "anna@exempel.se", "Anna Ek", accounts.grant(db, "evaluator", "exempel"))
    monkeypatch.setattr(accounts, "_use_up", lambda _db, _account: None)
    assert both_accept(house, anna) == (anna, anna)


def test_a_new_invitation_replaces_the_one_that_was_lost(installation: Installation, anna: str) -> None:
    keys = installation.secrets
    with installation.writing() as db:
        lost = accounts.invite(db, keys, anna, AT)
        accounts.invite(db, keys, anna, AT)
        with pytest.raises(NotFound):
            accounts.accept(db, keys, lost, BETTER, AT)


def test_invitations_that_nobody_used_are_cleared_away(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        accounts.invite(db, installation.secrets, anna, AT)
        other = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("admin"))
        accounts.invite(db, installation.secrets, other, AT + accounts.INVITED_FOR)
        accounts.forget(db, AT + accounts.INVITED_FOR)
        assert db.scalars(select(invitation.c.account)).all() == [other]


def test_the_code_of_an_invitation_is_nowhere_in_the_database(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        code = accounts.invite(db, installation.secrets, anna, AT)
        kept = db.scalars(select(invitation.c.hash)).one()
    assert code.replace("-", "").encode() not in kept
    assert accounts.welcome_address("https://samsvar.se", code) == f"https://samsvar.se/personal/valkommen#{code}"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("kort och bra", "short"),
        ("x" * 201, "long"),
        ("aaaaaaaaaaaaaaaaaaaa", "common"),
        ("123456789012345678", "common"),
        ("abcdefghijklmnopqrst", "common"),
        ("qwertyuiopåasdfgh", "common"),
        ("Lösenord Lösenord 1!", "common"),
        ("Sommar2026 Samsvar!", "common"),
        ("välkommen till teamet", "common"),
        ("iloveyou123456789", "common"),
        ("Sunshine & Princess!", "common"),
        ("Michael Jennifer 1987", "common"),
        ("hunter2 hunter2 hunter2", "common"),
        (passphrase.DEMONSTRATION, "common"),
        ("anna.ek@exempel.se 2026", "own"),
        (GOOD, None),
        (BETTER, None),
        ("sju röda bilar i en backe", None),
        ("correct horse battery staple", None),
    ],
)
def test_obvious_passphrases_are_refused(given: str, why: str | None) -> None:
    assert passphrase.weakness(given, "Anna Ek", "anna.ek@exempel.se") == why


def leaked_ones() -> list[str]:
    """Leaked passwords that are long enough, and the commonest of all put together two by two until they are."""
    words = FREQUENCY_LISTS["passwords"]
    first = words[:60]
    pairs = [f"{one} {other}" for one, other in zip(first, reversed(first), strict=True)]
    long = [f"{pair} {pair}" if len(pair) < passphrase.SHORTEST else pair for pair in pairs]
    return [word for word in words if len(word) >= passphrase.SHORTEST] + long


def test_passwords_that_have_leaked_and_what_is_put_together_of_them_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaked = leaked_ones()
    assert len(leaked) > 80
    assert [one for one in leaked if passphrase.weakness(one) is None] == []
    began = time.perf_counter()
    for hostile in ("4@8({[<369&#!1/|0$5+7%2" * 9, "michael1" * 25, "dragonmonkey" * 16):
        passphrase._leaked(passphrase._letters(hostile)[: passphrase.LONGEST])
    assert time.perf_counter() - began < 1
    monkeypatch.setattr(passphrase, "_leaked", lambda _letters: False)
    assert len([one for one in leaked if passphrase.weakness(one) is None]) > 40, "control: the rules alone let them by"


def test_a_weak_passphrase_leaves_the_invitation_usable(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        code = accounts.invite(db, installation.secrets, anna, AT)
        with pytest.raises(accounts.TooWeak):
            accounts.accept(db, installation.secrets, code, "kort", AT)
        accounts.accept(db, installation.secrets, code, BETTER, AT)


def test_the_demonstrations_passphrase_opens_only_a_loopback_address(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        db.execute(update(account).values(passphrase=passphrase.hashed(passphrase.DEMONSTRATION)))
    assert enter(installation, passphrase.DEMONSTRATION) is None
    assert sessions.sign_in(installation, "anna@exempel.se", passphrase.DEMONSTRATION, AT, loopback=True)


def test_the_demonstration_is_not_loaded_beside_real_accounts(installation: Installation) -> None:
    """Its sign-in page names every administrator there is."""
    with installation.writing() as db:
        accounts.add(db, "riktig@exempel.test", "Riktig Person", Grant("admin"))
    with pytest.raises(NotAllowed):
        demonstration.load(installation)
    with installation.reading() as db:
        assert teams.associations(db) == ()


def test_the_demonstration_names_its_accounts_and_an_ordinary_installation_none(
    installation: Installation, anna: str
) -> None:
    with installation.writing() as db:
        assert accounts.demonstration(db) == ()
        teams.add_association(db, "lek", "Förbundet Lek", demonstration=True)
        accounts.add(db, "lek@exempel.se", "Lek Ledare", accounts.grant(db, "evaluator", "lek"))
        assert [shown.name for shown in accounts.demonstration(db)] == ["Lek Ledare"]


def test_the_last_administrator_cannot_be_removed(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        ada = accounts.add(db, "ada@exempel.se", "Ada Al", Grant("admin"))
        with pytest.raises(BadRequest):
            accounts.take(db, ada, Grant("admin"))
        with pytest.raises(BadRequest):
            accounts.close(db, ada)
        other = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("admin"))
        accounts.close(db, ada)
        assert {left.id for left in accounts.accounts(db)} == {anna, other}


def test_roles_hold_where_they_can_hold(installation: Installation, anna: str) -> None:
    with installation.reading() as db:
        assert accounts.grant(db, "coordinator", team_slug="norr") == Grant("coordinator", "exempel", "norr")
        assert accounts.grant(db, "admin", "exempel", "norr") == Grant("admin")
        for wrong in (("chef", None, None), ("coordinator", None, "söder"), ("evaluator", "annat", None)):
            with pytest.raises(BadRequest):
                accounts.grant(db, *wrong)


def test_the_same_role_twice_is_one_role(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        again = accounts.add(db, "ANNA@exempel.se", "Anna Ek", Grant("evaluator", "exempel"))
        assert again == anna
        assert accounts.grants(db, anna) == (Grant("evaluator", "exempel"),)


def test_a_team_keeps_its_colleagues_names_in_order(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        teams.name_colleagues(db, "norr", ["Örjan  Berg", " ", "Eva Ny", "Eva Ny"])
        assert teams.colleagues(db, "norr") == ("Eva Ny", "Örjan Berg")
        with pytest.raises(NotFound):
            teams.name_colleagues(db, "söder", ["Eva Ny"])


@pytest.mark.parametrize("slug", ["", "Norr", "öst", "a b", "-norr", "norr/..", "x" * 41])
def test_a_short_name_fits_in_an_address(installation: Installation, anna: str, slug: str) -> None:
    with installation.writing() as db, pytest.raises(BadRequest):
        teams.add_team(db, slug, "Nytt team", association="exempel", controller="Kommunen")
