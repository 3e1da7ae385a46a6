"""P23 of PRIVACY.md: nobody gets in with one factor, nor stays in; codes are taken once; guesses are slowed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

import demonstration
from pages import gate
from staff import accounts, factors, sessions, tokens
from staff.factors import Asked, Shown
from staff.member import CONTENT, Grant
from staff.passphrase import DEMONSTRATION
from staff.policy import Halfway, Needs, SignedIn, Undeclared, authorise, fresh, policy_of, public
from survey import audit as turns
from survey import teams
from survey.errors import BadRequest, NotAllowed
from survey.installation import Installation
from survey.keys import Secrets
from survey.tables import api_token, audit, recovery_code, staff_session, totp
from tests.staff_scene import GOOD, HOME, SEED, Browser, World, staffed

AT = 1_800_000_000
NEAR = Asked(site=None)
SECOND_STEP = {
    "second.code",
    "second.coded",
    "second.first",
    "second.chosen",
    "second.chosen_passkey",
    "second.challenge",
}
ASKED_ANEW = {
    "account.app",
    "account.passkey",
    "account.passphrase",
    "account.recovery_codes",
    "account.remove_passkey",
    "admin.close",
    "admin.give_role",
    "admin.invite",
    "admin.new_account",
    "admin.take_role",
    "handover.file",
    "handover.sheet",
    "keys.made",
    "keys.new",
}
"""What wants the second factor once more: what gives access to others, or takes a whole case along."""


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    world.equip("eva", "ada")
    return world


@pytest.fixture
def anna(installation: Installation) -> str:
    """Anna has a passphrase and an app for codes."""
    with installation.writing() as db:
        anna = accounts.add(db, "anna@exempel.se", "Anna Ek", Grant("author"))
        accounts.choose(db, anna, GOOD)
        factors.keep_seed(db, installation.secrets, anna, SEED)
    return anna


def half(world: World, name: str) -> Browser:
    """The browser of somebody who has shown the passphrase alone."""
    browser = world.visit()
    with world.installation.writing() as db:
        browser.carry(sessions.begin_halfway(db, world.accounts[name], sessions.now()))
    return browser


def shown(steps: int = 0, at: int = AT) -> Shown:
    """What the app shows, so many half minutes later."""
    return Shown(pyotp.TOTP(SEED).generate_otp(at // factors.STEP + steps))


def step_in(installation: Installation, account_id: str, given: Shown, at: int = AT) -> str | None:
    """The second step of signing in, in a session of its own that is halfway."""
    with installation.writing() as db:
        reference = sessions.begin_halfway(db, account_id, at)
    return sessions.step_in(installation, reference, given, NEAR, at)


def open_with_the_passphrase_alone(world: World) -> Iterator[str]:
    """Staff addresses that do not send somebody who is halfway to the second step."""
    adapter = world.app.url_map.bind("localhost")
    for rule in world.app.url_map.iter_rules():
        if not isinstance(policy_of(world.app, rule.endpoint), Needs | SignedIn):
            continue
        for method in (rule.methods or set()) & {"GET", "POST"}:
            path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"))
            eva = half(world, "eva")
            answer = eva.get(path) if method == "GET" else eva.post(path)
            if (answer.status_code, (answer.location or "").split("?")[0]) != (303, "/personal/logga-in/kod"):
                yield f"{method} {path}"


def test_with_the_passphrase_alone_every_staff_page_leads_to_the_second_step(world: World) -> None:
    assert list(open_with_the_passphrase_alone(world)) == []
    ends = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert {end for end in ends if isinstance(policy_of(world.app, end), Halfway)} == SECOND_STEP


def test_control_were_the_first_step_enough_pages_would_be_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "begin_halfway", sessions.begin)
    assert len(list(islice(open_with_the_passphrase_alone(world), 5))) == 5


def test_the_second_step_cannot_be_chosen_anew_by_somebody_who_has_one(world: World) -> None:
    eva = half(world, "eva")
    seed = factors.seed_for(world.installation.secrets, eva.reference)
    for path, fields in (("", {"code": pyotp.TOTP(seed).now()}), ("/passkey", {"passkey": "{}"})):
        sent = eva.post(f"/personal/andra-steget{path}", **fields)
        assert (sent.status_code, sent.location) == (303, "/personal/logga-in/kod")
    with world.installation.writing() as db:
        assert factors.factors(db, world.accounts["eva"]) == factors.Factors(True, (), 0)
        with pytest.raises(NotAllowed):
            factors.be_first(db, world.accounts["eva"])


def test_an_invitation_leads_over_passphrase_and_app_to_recovery_codes_and_in(world: World) -> None:
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["kim"], sessions.now())
    kim = Browser(world.app.test_client())
    sent = kim.client.post("/personal/valkommen", data={"code": code, "passphrase": GOOD, "again": GOOD})
    page = kim.client.get(sent.location).text
    seed = re.sub(" ", "", found(r'<code dir="ltr" class="code">([A-Z2-7 ]+)</code>', page))
    wrong = kim.client.post(sent.location, data={"csrf_token": token(page), "code": "12345"})
    assert (wrong.status_code, "Koden stämmer inte" in wrong.text) == (422, True)
    done = kim.client.post(sent.location, data={"csrf_token": token(page), "code": pyotp.TOTP(seed).now()})
    codes = re.findall(r'class="code">((?:\w{4}-){2}\w{4})<', done.text)
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert kim.client.get("/personal/team/norr/").status_code == 200
    with world.installation.reading() as db:
        kept = b"".join(db.scalars(select(recovery_code.c.hash)))
        locked = db.scalars(select(totp.c.seed).where(totp.c.account == world.accounts["kim"])).one()
    assert not any(one.replace("-", "").encode() in kept for one in codes), "only their hashes are stored"
    assert seed.encode() not in locked


def test_an_old_account_without_a_second_factor_sets_one_up_before_anything_else(world: World) -> None:
    with world.installation.writing() as db:
        factors.forget(db, world.accounts["eva"])
    eva = half(world, "eva")
    assert eva.get("/personal/utvardering/").location.startswith("/personal/logga-in/kod")
    assert eva.get("/personal/logga-in/kod").location == "/personal/andra-steget"
    assert eva.get("/personal/andra-steget").status_code == 200


def test_a_code_is_taken_once_and_no_older_one_after_it(installation: Installation, anna: str) -> None:
    assert step_in(installation, anna, shown(0))
    assert step_in(installation, anna, shown(0)) is None
    assert step_in(installation, anna, shown(-1)) is None
    assert step_in(installation, anna, shown(1)), "the next one is taken, though the clock is half a minute off"
    with installation.writing() as db:
        db.execute(update(totp).values(step=0))
    assert step_in(installation, anna, shown(0)), "control: only the kept step stands against it"


def test_codes_of_another_time_and_what_is_no_code_open_nothing(installation: Installation, anna: str) -> None:
    nonsense = ("", "000", "1234567", "abc def", "٠٠٠٠٠٠", "\x00", "{}", "[]", "A" * 10_000)
    wrong = [shown(steps) for steps in (-20, -2, 2, 20)]
    wrong += [Shown(code=given) for given in nonsense] + [Shown(passkey=given) for given in nonsense if given]
    with installation.writing() as db:
        assert not any(factors.proves(db, installation.secrets, anna, one, NEAR, AT) for one in wrong)
        assert factors.proves(db, installation.secrets, anna, shown(0), NEAR, AT), "control: the right one"


def test_the_sixth_guess_waits_whatever_session_it_comes_in(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("author"))
        factors.keep_seed(db, installation.secrets, bo, SEED)
    for _guess in range(sessions.ATTEMPTS):
        assert step_in(installation, anna, shown(20)) is None
    assert step_in(installation, anna, shown(0)) is None
    assert step_in(installation, bo, shown(0)), "a colleague on the same line does not wait"
    later = AT + sessions.FIRST_WAIT
    assert step_in(installation, anna, shown(0, later), later)


def test_control_were_guesses_not_counted_the_sixth_would_get_in(
    installation: Installation, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_attempt", lambda *_what: True)
    for _guess in range(sessions.ATTEMPTS):
        assert step_in(installation, anna, shown(20)) is None
    assert step_in(installation, anna, shown(0))


def test_the_second_step_has_to_be_taken_within_ten_minutes(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        reference = sessions.begin_halfway(db, anna, AT)
        assert sessions.halfway(db, reference, AT + sessions.HALFWAY - 1)
        assert sessions.halfway(db, reference, AT + sessions.HALFWAY) is None
    late = AT + sessions.HALFWAY
    assert sessions.step_in(installation, reference, shown(0, late), NEAR, late) is None


def test_a_seed_opens_only_where_it_was_locked(installation: Installation, anna: str) -> None:
    """Moved to another account, or read with another secret key, it is of no use: the account has to be reset."""
    with installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("author"))
        factors.keep_seed(db, installation.secrets, bo, "A" * 32)
        stolen = db.scalar(select(totp.c.seed).where(totp.c.account == anna))
        db.execute(update(totp).where(totp.c.account == bo).values(seed=stolen))
    assert step_in(installation, bo, shown(0)) is None
    other = replace(installation, secrets=Secrets(bytes(32)))
    assert step_in(other, anna, shown(0)) is None
    assert step_in(installation, anna, shown(0)), "control: at home it opens"


def test_a_recovery_code_stands_in_once_and_new_ones_replace_the_old(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("author"))
        old = factors.new_recovery_codes(db, installation.secrets, anna)
        assert factors.factors(db, anna).recovery_codes == factors.RECOVERY_CODES
    assert step_in(installation, bo, Shown(old[0])) is None, "another account's"
    assert step_in(installation, anna, Shown(old[0].lower().replace("-", " ")))
    assert step_in(installation, anna, Shown(old[0])) is None
    with installation.writing() as db:
        new = factors.new_recovery_codes(db, installation.secrets, anna)
    assert step_in(installation, anna, Shown(old[1])) is None
    assert step_in(installation, anna, Shown(new[1]))


def test_recovery_codes_alone_are_no_second_factor(installation: Installation, anna: str) -> None:
    with installation.writing() as db:
        factors.new_recovery_codes(db, installation.secrets, anna)
        factors.forget(db, anna)
        assert not factors.factors(db, anna)
        assert factors.factors(db, anna).recovery_codes == 0


def test_a_reset_leaves_nothing_that_opens_but_the_new_address(installation: Installation, anna: str) -> None:
    keys = installation.secrets
    with installation.writing() as db:
        accounts.give(db, anna, Grant("approver"))
        (recovery, *_rest) = factors.new_recovery_codes(db, keys, anna)
        session, lost = sessions.begin(db, anna, AT), accounts.invite(db, keys, anna, AT)
        key = tokens.make(db, keys, anna, "Rapporten", ["figures"], 30, AT)
        code = accounts.reset(db, keys, anna, AT)
        assert sessions.member(db, session, AT) is None
        assert tokens.bearer(db, keys, key, AT) is None
    assert sessions.sign_in(installation, "anna@exempel.se", GOOD, AT, loopback=True) is None
    for given in (shown(0), Shown(recovery)):
        assert step_in(installation, anna, given) is None
    with installation.writing() as db:
        assert accounts.one(db, anna).grants == (Grant("author"), Grant("approver")), "the roles stay"
        assert accounts.accept(db, keys, code, "regnet spelar tyst på taket", AT) == anna
        assert not factors.factors(db, anna), "both are chosen anew"
        assert lost != code


def test_a_reset_an_invited_and_an_unknown_account_are_told_alike(world: World) -> None:
    with world.installation.writing() as db:
        accounts.reset(db, world.installation.secrets, world.accounts["eva"], sessions.now())
    said = set()
    for name in ("eva", "kim", "ingen"):
        sent = {"email": f"{name}@exempel.se", "passphrase": GOOD}
        page = world.visit().client.post("/personal/logga-in", data=sent)
        assert "Set-Cookie" not in page.headers
        said.add((page.status_code, page.text.replace(f"{name}@exempel.se", "")))
    assert len(said) == 1


def test_the_demonstrations_seed_opens_only_a_loopback_address(installation: Installation, anna: str) -> None:
    keys = installation.secrets
    with installation.writing() as db:
        assert factors.code_on_show(db, keys, anna, AT) is None, "nobody's own code is ever shown"
        accounts.open_to_visitors(db, keys, anna)
        code = factors.code_on_show(db, keys, anna, AT) or ""
        reference = sessions.begin_halfway(db, anna, AT)
    assert sessions.step_in(installation, reference, Shown(code), NEAR, AT) is None
    assert sessions.step_in(installation, reference, Shown(code), replace(NEAR, loopback=True), AT)


def test_a_demonstration_from_before_there_was_a_second_step_still_lets_its_visitors_in(
    sqlite_installation: Installation,
) -> None:
    with sqlite_installation.writing() as db:
        teams.add_association(db, "exempel", "Förbundet Exempel", demonstration=True)
        eva = accounts.add(db, "utvarderare@exempel.se", "Eva Värderare", Grant("evaluator", "exempel"))
        accounts.open_to_visitors(db, sqlite_installation.secrets, eva)
        factors.forget(db, eva)
    (sqlite_installation.settings.instance / "slips.txt").write_text("ABCD-EFGH")
    told = demonstration.load(sqlite_installation).facts()
    assert (told["passphrase"], told["seed"]) == (DEMONSTRATION, factors.DEMONSTRATION_SEED)
    with sqlite_installation.reading() as db:
        assert factors.code_on_show(db, sqlite_installation.secrets, eva, AT)


# --- Once more, before what is dangerous ----------------------------------------------------------------------------


def long_ago(world: World) -> None:
    """Let everybody's second factor have been shown a while ago."""
    with world.installation.writing() as db:
        db.execute(update(staff_session).values(proved=sessions.now() - sessions.FRESH))


def test_what_wants_the_second_factor_once_more_is_exactly_what_is_listed(world: World) -> None:
    policies = {rule.endpoint: policy_of(world.app, rule.endpoint) for rule in world.app.url_map.iter_rules()}
    anew = {end for end, policy in policies.items() if isinstance(policy, Needs | SignedIn) and policy.fresh}
    assert {end.removeprefix("cases.") for end in anew} == ASKED_ANEW
    with pytest.raises(Undeclared):
        fresh(public(lambda: ""))


def test_a_dangerous_page_is_opened_after_the_code_and_the_others_without(world: World) -> None:
    eva = world.visit("eva")
    assert eva.get("/personal/nycklar/ny").status_code == 200, "it was shown just now"
    long_ago(world)
    assert eva.get("/personal/nycklar/").status_code == 200
    asked = eva.get("/personal/nycklar/ny")
    assert asked.location == "/personal/bekrafta?next=/personal/nycklar/ny"
    assert eva.post(asked.location, second_code="000000").status_code == 422
    assert eva.get("/personal/nycklar/ny").status_code == 303
    assert eva.post(asked.location, second_code=world.code("eva")).location == "/personal/nycklar/ny"
    assert eva.get("/personal/nycklar/ny").status_code == 200


def test_what_was_about_to_be_sent_goes_on_with_the_code_and_does_nothing_without(world: World) -> None:
    path = f"/personal/admin/konto/{world.accounts['fay']}/roll"
    ada = world.visit("ada")
    long_ago(world)

    def roles() -> tuple[Grant, ...]:
        with world.installation.reading() as db:
            return accounts.grants(db, world.accounts["fay"])

    page = ada.post(path, grant=f"evaluator:{HOME}", passphrase="hemligt")
    assert (page.status_code, "Bekräfta att det är du" in page.text) == (422, True)
    assert f'name="grant" value="evaluator:{HOME}"' in page.text
    assert f'action="{path}"' in page.text
    assert f'action="/en{path}"' in ada.post(f"/en{path}").text, "in the language one reads"
    assert "hemligt" not in page.text
    carried = {"grant": f"evaluator:{HOME}"}
    assert ada.post(path, **carried, second_code="000000").status_code == 422
    assert len(roles()) == 1
    assert ada.post(path, **carried, second_code=world.code("ada")).status_code == 303
    assert Grant("evaluator", HOME) in roles()


def test_the_confirming_code_is_no_other_persons_and_guesses_at_it_are_slowed(world: World) -> None:
    world.equip("kim")
    eva = world.visit("eva")
    long_ago(world)
    others = world.code("ada")
    with world.installation.writing() as db:
        factors.keep_seed(db, world.installation.secrets, world.accounts["eva"], "A" * 32)
    for _guess in range(sessions.ATTEMPTS):
        assert eva.post("/personal/bekrafta", second_code=others).status_code == 422
    assert eva.post("/personal/bekrafta", second_code=pyotp.TOTP("A" * 32).now()).status_code == 422, "it waits"


# --- My account -----------------------------------------------------------------------------------------------------


def token(page: str) -> str:
    return found(r'name="csrf_token" value="(\w+)"', page)


def found(pattern: str, page: str) -> str:
    hit = re.search(pattern, page)
    assert hit, page
    return hit[1]


def renewed(browser: Browser, answer: TestResponse) -> Browser:
    """The same browser with the session a change has given it."""
    cookie = browser.client.get_cookie("samsvar")
    assert cookie
    assert cookie.value != browser.reference, answer.text
    browser.reference = cookie.value
    return browser


@pytest.mark.parametrize("change", ["passphrase", "app", "recovery codes"])
def test_a_change_ends_every_other_session_and_gives_this_one_a_new_reference(world: World, change: str) -> None:
    eva, elsewhere = world.visit("eva"), world.visit("eva")
    better = "regnet spelar tyst på taket"
    deeds: dict[str, Callable[[], TestResponse]] = {
        "passphrase": lambda: eva.post("/personal/konto/losenfras", current=GOOD, passphrase=better, again=better),
        "app": lambda: eva.post(
            "/personal/konto/app", code=pyotp.TOTP(factors.seed_for(world.installation.secrets, eva.reference)).now()
        ),
        "recovery codes": lambda: eva.post("/personal/konto/reservkoder"),
    }
    answer = deeds[change]()
    assert answer.status_code in (200, 303)
    assert elsewhere.get("/personal/konto/").location.startswith("/personal/logga-in")
    assert renewed(eva, answer).get("/personal/konto/").status_code == 200


def reset_at_the_gate(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An administrator resets the account just when its next request has passed the gate."""

    def then_reset(*given: Any) -> None:
        authorise(*given)
        with world.installation.writing() as db:
            accounts.reset(db, world.installation.secrets, world.accounts[name], sessions.now())

    monkeypatch.setattr(gate, "authorise", then_reset)


def makes_a_way_in(world: World, change: str) -> TestResponse:
    """Ada and Eva are in; what one of them was about to do is done."""
    eva, ada = world.visit("eva"), world.visit("ada")
    code = pyotp.TOTP(factors.seed_for(world.installation.secrets, eva.reference)).now()
    deeds: dict[str, Callable[[], TestResponse]] = {
        "app": lambda: eva.post("/personal/konto/app", code=code),
        "recovery codes": lambda: eva.post("/personal/konto/reservkoder"),
        "key": lambda: eva.post("/personal/nycklar/ny", name="Kalkyl", scopes="figures", days="30"),
        "role": lambda: ada.post(f"/personal/admin/konto/{world.accounts['fay']}/roll", grant="author"),
        "account": lambda: ada.post("/personal/admin/konto", name="Bo", email="bo@exempel.se", grant="admin"),
    }
    return deeds[change]()


def ways_in(world: World, name: str) -> list[Any]:
    """What opens the account."""
    mine = world.accounts[name]
    with world.installation.reading() as db:
        tables = (api_token, totp, recovery_code, staff_session)
        return [row for t in tables for row in db.execute(select(t).where(t.c.account == mine))]


@pytest.mark.parametrize("change", ["app", "recovery codes", "key", "role", "account"])
def test_what_was_on_its_way_while_the_account_was_reset_makes_no_way_in(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    whose = "ada" if change in ("role", "account") else "eva"
    reset_at_the_gate(world, monkeypatch, whose)
    assert makes_a_way_in(world, change).location.startswith("/personal/logga-in")
    assert ways_in(world, whose) == []
    with world.installation.reading() as db:
        everybody = accounts.accounts(db)
    assert not any(one.name == "Bo" or (one.name == "Fay" and len(one.grants) > 1) for one in everybody)


def test_control_a_change_that_only_asks_the_gate_outlives_the_reset(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "in_turn", turns.in_turn)
    reset_at_the_gate(world, monkeypatch, "eva")
    assert makes_a_way_in(world, "app").location.startswith("/personal/konto/")
    assert ways_in(world, "eva")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"current": "fel fel fel fel fel"}, "Lösenfrasen stämmer inte"),
        ({"passphrase": "kort", "again": "kort"}, "för kort"),
        ({"again": "något annat alls"}, "Skriv samma lösenfras"),
    ],
)
def test_a_passphrase_is_not_changed_for_less(world: World, given: dict[str, str], said: str) -> None:
    better = "regnet spelar tyst på taket"
    page = world.visit("eva").post(
        "/personal/konto/losenfras", **{"current": GOOD, "passphrase": better, "again": better} | given
    )
    assert (page.status_code, said in page.text, better in page.text) == (422, True, False)


def test_eva_sees_where_she_is_signed_in_and_ends_one_or_all(world: World) -> None:
    eva, elsewhere, kaj = world.visit("eva"), world.visit("eva"), world.visit("kaj")
    page = eva.get("/personal/konto/").text
    assert page.count("Inloggad 2") == 2
    (other,) = re.findall(r'name="one" value="([0-9a-f]{64})"', page)
    assert kaj.post("/personal/konto/logga-ut", one=other).status_code == 303
    assert elsewhere.get("/personal/konto/").status_code == 200, "nobody ends another's session"
    assert eva.post("/personal/konto/logga-ut", one=other).status_code == 303
    assert elsewhere.get("/personal/konto/").status_code == 303
    assert eva.post("/personal/konto/logga-ut", all="1").location == "/personal/logga-in?out=1"
    with world.installation.reading() as db:
        mine = select(staff_session.c.hash).where(staff_session.c.account == world.accounts["eva"])
        assert db.scalars(mine).all() == []


def test_the_session_list_knows_nothing_of_the_device(world: World) -> None:
    assert set(staff_session.c.keys()) == {"hash", "account", "began", "seen", "proved", "challenge"}


# --- Roles ----------------------------------------------------------------------------------------------------------


def test_an_administrator_holds_no_role_that_sees_content_and_the_reverse(world: World) -> None:
    with world.installation.writing() as db:
        for name in sorted(CONTENT):
            home, team = (HOME, None) if name in ("evaluator", "facilitator") else (None, "norr")
            content = accounts.grant(db, name, home, team, "fk" if name == "party" else None)
            with pytest.raises(BadRequest):
                accounts.give(db, world.accounts["ada"], content)
            new = accounts.add(db, f"{name}@nytt.se", "Ny Person", content)
            with pytest.raises(BadRequest):
                accounts.give(db, new, Grant("admin"))
        accounts.give(db, world.accounts["ada"], Grant("author"))  # forms are no content


def test_the_page_says_why_an_administrator_gets_no_such_role(world: World) -> None:
    page = world.visit("ada").post(f"/personal/admin/konto/{world.accounts['ada']}/roll", grant=f"evaluator:{HOME}")
    assert (page.status_code, "En administratör ser inget innehåll" in page.text) == (422, True)


def test_who_gives_takes_and_resets_ways_in_is_told_in_the_audit_chain(world: World) -> None:
    fay, path = world.accounts["fay"], f"/personal/admin/konto/{world.accounts['fay']}"
    ada = world.visit("ada")
    assert ada.post(f"{path}/roll", grant=f"evaluator:{HOME}").status_code == 303
    assert ada.post(f"{path}/roll", grant="admin").status_code == 422, "what is refused leaves no row"
    assert ada.post(f"{path}/ta-bort-roll", grant=f"evaluator:{HOME}").status_code == 303
    assert ada.post(f"{path}/inbjudan").status_code == 200
    assert ada.post(f"/personal/admin/konto/{world.accounts['eva']}/inbjudan").status_code == 200
    assert ada.post(f"{path}/avsluta").status_code == 303
    with world.installation.reading() as db:
        told = db.execute(select(audit.c.actor, audit.c.action, audit.c.detail).order_by(audit.c.number)).all()
    role = f"{fay} evaluator:{HOME}"
    assert [tuple(row) for row in told] == [
        (world.accounts["ada"], "role_given", role),
        (world.accounts["ada"], "role_taken", role),
        (world.accounts["ada"], "invited", fay),
        (world.accounts["ada"], "account_reset", world.accounts["eva"]),
        (world.accounts["ada"], "account_closed", fay),
    ]


def test_an_account_that_is_closed_takes_its_factors_along(world: World) -> None:
    with world.installation.writing() as db:
        factors.new_recovery_codes(db, world.installation.secrets, world.accounts["eva"])
        accounts.close(db, world.accounts["eva"])
        assert db.scalars(select(totp.c.account)).all() == [world.accounts["ada"]]
        assert db.scalars(select(recovery_code.c.account)).all() == []
