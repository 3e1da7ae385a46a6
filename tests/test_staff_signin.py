"""Signing in by the pages: the way in, the way out, and what a stranger, another site or a plain line gets."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import create_app
from pages import gate
from staff import accounts, passphrase, sessions
from staff.member import Grant
from survey.installation import Installation
from survey.tables import association, staff_session
from tests.staff_scene import GOOD, Browser, World, staffed


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    world = staffed(sqlite_installation)
    world.equip("eva", "kim", "ada")
    return world


def enter(browser: Browser, name: str = "eva", given: str = GOOD, address: str = "/personal/logga-in") -> TestResponse:
    """The first step of signing in."""
    return browser.client.post(address, data={"email": f"{name}@exempel.se", "passphrase": given})


def step_in(browser: Browser, entered: TestResponse, code: str) -> TestResponse:
    """The second step."""
    page = browser.client.get(entered.location).text
    token = re.search(r'name="csrf_token" value="(\w+)"', page)
    assert token, page
    return browser.client.post(entered.location, data={"csrf_token": token[1], "second_code": code})


def test_eva_signs_in_lands_on_her_start_page_and_signs_out(world: World) -> None:
    eva = world.visit()
    entered = enter(eva)
    assert (entered.status_code, entered.location) == (303, "/personal/logga-in/kod")
    inside = step_in(eva, entered, world.code("eva"))
    assert (inside.status_code, inside.location) == (303, "/personal/")
    page = eva.client.get("/personal/", follow_redirects=True)
    assert page.request.path == "/personal/utvardering/"
    assert "Utvärdering" in page.text
    token = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert token
    left = eva.client.post("/personal/logga-ut", data={"csrf_token": token[1]})
    assert left.location == "/personal/logga-in?out=1"
    assert eva.get("/personal/utvardering/").status_code == 303
    with world.installation.reading() as db:
        assert db.execute(select(staff_session)).all() == []


def test_the_cookie_is_for_http_alone_and_for_the_window(world: World) -> None:
    cookie = enter(world.visit()).headers["Set-Cookie"]
    assert re.fullmatch(r"samsvar=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", cookie)
    secure = world.visit().client.post(
        "/personal/logga-in", data={"email": "eva@exempel.se", "passphrase": GOOD}, base_url="https://samsvar.se"
    )
    assert re.fullmatch(
        r"__Host-samsvar=[\w-]{43}; Secure; HttpOnly; Path=/; SameSite=Lax", secure.headers["Set-Cookie"]
    )


def test_a_session_given_before_signing_in_is_not_used(world: World) -> None:
    eva = world.visit()
    eva.client.set_cookie("samsvar", "planted")
    enter(eva)
    cookie = eva.client.get_cookie("samsvar")
    assert cookie
    assert cookie.value != "planted"


def test_wrong_unknown_and_waiting_read_the_same(world: World) -> None:
    said = [enter(world.visit(), "eva", "fel fel fel fel fel").text, enter(world.visit(), "ingen", GOOD).text]
    for _guess in range(sessions.ATTEMPTS):
        waiting = enter(world.visit(), "eva", "fel fel fel fel fel")
    said.append(waiting.text)
    assert waiting.status_code == 422
    same = {re.sub(r'value="\w+@exempel.se"', "", page) for page in said}
    assert len(same) == 1
    assert "Det gick inte att logga in" in said[0]
    assert GOOD not in said[1]


def test_a_blank_form_says_what_to_write_and_links_to_it(world: World) -> None:
    page = world.visit().client.post("/personal/logga-in", data={})
    assert page.status_code == 422
    assert "<title>Fel:" in page.text
    assert '<a class="ds-link" href="#email">Skriv din e-postadress</a>' in page.text


def test_signing_in_goes_on_to_the_page_one_wanted_but_never_elsewhere(world: World) -> None:
    wanted = world.visit().get("/personal/utvardering/")
    assert wanted.location == "/personal/logga-in?next=/personal/utvardering/"
    eva = world.visit()
    assert step_in(eva, enter(eva, address=wanted.location), world.code("eva")).location == "/personal/utvardering/"
    whole = world.visit("eva")  # the same decides for those who come to the second step and have been there already
    for elsewhere in ("https://elak.se/", "//elak.se", "/personal/../svara", "/personal/finns-inte", "/svara"):
        assert whole.get(f"/personal/logga-in/kod?next={elsewhere}").location == "/personal/"


def test_somebody_with_two_roles_chooses_between_their_start_pages(world: World) -> None:
    with world.installation.writing() as db:
        accounts.give(db, world.accounts["kim"], Grant("evaluator", "exempel"))
    page = world.visit("kim").get("/personal/").text
    assert "Välj vad du ska göra" in page
    assert "/personal/team/" in page
    assert "/personal/utvardering/" in page
    assert "/personal/admin/" not in page


def test_somebody_without_a_role_is_told_so(world: World) -> None:
    with world.installation.writing() as db:
        accounts.take(db, world.accounts["kim"], Grant("coordinator", "exempel", "norr"))
    assert "Du har ingen roll än" in world.visit("kim").get("/personal/").text


def test_an_invitation_is_chosen_with_and_then_signed_in_with(world: World) -> None:
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["eva"], sessions.now())
    eva = world.visit().client
    chosen = {"passphrase": "regnet spelar tyst på taket", "again": "regnet spelar tyst på taket"}
    wrong = eva.post("/personal/valkommen", data={"code": "AAAA-BBBB", **chosen})
    short = eva.post("/personal/valkommen", data={"code": code, "passphrase": "kort", "again": "kort"})
    other = eva.post("/personal/valkommen", data={"code": code, **chosen, "again": "något helt annat"})
    assert [page.status_code for page in (wrong, short, other)] == [422, 422, 422]
    assert "Koden går inte att använda" in wrong.text
    assert "minst 15 tecken" in short.text
    assert "Skriv samma lösenfras en gång till" in other.text
    done = eva.post("/personal/valkommen", data={"code": code, **chosen})
    assert done.location == "/personal/andra-steget"
    late = world.visit().client.post("/personal/valkommen", data={"code": code, **chosen})
    assert (late.status_code, "Logga in om du redan har valt" in late.text) == (422, True)
    assert enter(world.visit(), "eva", chosen["passphrase"]).status_code == 303


def test_the_idle_are_signed_out_and_told_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    eva = world.visit("eva")
    began = sessions.now()
    for minutes in (20, 40, 60):
        monkeypatch.setattr(sessions, "now", lambda at=began + minutes * 60: at)
        assert eva.get("/personal/utvardering/").status_code == 200
    monkeypatch.setattr(sessions, "now", lambda: began + 95 * 60)
    gone = eva.get("/personal/utvardering/")
    assert gone.status_code == 303
    assert "Du var borta länge" in eva.get(gone.location).text


def test_a_form_without_the_sessions_token_is_refused(world: World) -> None:
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}/avsluta"
    for token in ({}, {"csrf_token": "0" * 64}, {"csrf_token": "å"}, {"csrf_token": world.visit("kaj").token()}):
        assert kim.client.post(path, data=token).status_code == 403
    assert kim.post(path).status_code == 303, "control: with the token it goes through"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused_even_with_the_token(world: World, site: str) -> None:
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}/avsluta"
    sent = kim.client.post(path, data={"csrf_token": kim.token()}, headers={"Sec-Fetch-Site": site})
    assert sent.status_code == 403
    stolen = world.visit().client.post(
        "/personal/logga-in",
        data={"email": "eva@exempel.se", "passphrase": GOOD},
        headers={"Sec-Fetch-Site": site},
    )
    assert stolen.status_code == 403


def test_nobody_is_made_to_carry_anothers_form_through_the_sign_in(world: World) -> None:
    """By a browser so old that it does not say where a form comes from."""
    path = f"/personal/omgang/{world.home.round.id}/avsluta"
    page = world.visit().client.post(f"/personal/logga-in/igen?next={path}", data={"said": "nothing of mine"})
    assert 'name="resumed"' not in page.text
    conversation = f"/personal/intervju/{world.home.round.id}"
    carried = world.visit().client.post(f"/personal/logga-in/igen?next={conversation}", data={"said": "mine"})
    assert 'name="resumed"' in carried.text, "control: what is carried is what costs more than a click"


def test_behind_tls_without_a_referrer_forms_work(world: World) -> None:
    """Flask-WTF's own check answers 400 here (LIBRARIES.md, trap 16)."""
    kim = world.visit()
    kim.reference = world.visit("kim").reference
    kim.client.set_cookie("__Host-samsvar", kim.reference, domain="samsvar.se", secure=True)
    sent = kim.client.post(
        f"/personal/omgang/{world.home.round.id}/avsluta",
        data={"csrf_token": kim.token()},
        base_url="https://samsvar.se",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("base", "remote", "headers"),
    [
        ("http://samsvar.se", "192.0.2.7", {}),
        ("http://samsvar.se", "127.0.0.1", {}),
        ("http://127.0.0.1", "192.0.2.7", {}),
        ("http://127.0.0.1", "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
    ],
)
def test_staff_pages_refuse_a_plain_line_that_leaves_the_machine(
    world: World, base: str, remote: str, headers: dict[str, str]
) -> None:
    plain = world.visit().client.get(
        "/personal/logga-in", base_url=base, headers=headers, environ_overrides={"REMOTE_ADDR": remote}
    )
    assert plain.status_code == 403
    assert "https" in plain.text
    assert "Set-Cookie" not in plain.headers
    if "X-Forwarded-For" not in headers:
        public = world.visit().client.get("/svara", base_url=base, environ_overrides={"REMOTE_ADDR": remote})
        assert public.status_code == 200


def test_a_proxy_that_leaves_no_mark_does_not_make_a_known_address_local(world: World) -> None:
    """As nginx does untold: it asks for 127.0.0.1 from this machine, whoever asked it."""
    for known_as, status in (("http://127.0.0.1:8000", 200), ("https://samsvar.se", 403)):
        app = create_app(replace(world.installation.settings, base_url=known_as))
        asked = app.test_client().get("/personal/logga-in", base_url="http://127.0.0.1:8000")
        assert asked.status_code == status
        assert app.test_client().get("/svara", base_url="http://127.0.0.1:8000").status_code == 200


def test_staff_pages_are_kept_by_nobody(world: World) -> None:
    for name, path in ((None, "/personal/logga-in"), ("eva", "/personal/utvardering/"), ("kim", "/personal/team/x/")):
        assert world.visit(name).get(path).headers["Cache-Control"] == "no-store"


def test_the_demonstrations_accounts_are_named_on_loopback_only(world: World) -> None:
    def page(**where: str) -> str:
        return world.visit().client.get("/personal/logga-in", **where).text

    assert passphrase.DEMONSTRATION not in page()
    with world.installation.writing() as db:
        db.execute(update(association).values(demonstration=True))
        accounts.open_to_visitors(db, world.installation.secrets, world.accounts["eva"])
    world.app.extensions.pop("samsvar.demonstration", None)
    assert passphrase.DEMONSTRATION in page()
    assert "eva@exempel.se" in page()
    assert passphrase.DEMONSTRATION not in page(base_url="https://samsvar.se")
    eva = world.visit()
    entered = enter(eva, "eva", passphrase.DEMONSTRATION)
    shown = re.search(r'name="second_code"[^>]* value="(\d{6})"', eva.client.get(entered.location).text)
    assert shown
    assert step_in(eva, entered, shown[1]).location == "/personal/"
    far = world.visit().client.post(
        "/personal/logga-in",
        data={"email": "eva@exempel.se", "passphrase": passphrase.DEMONSTRATION},
        base_url="https://samsvar.se",
    )
    assert far.status_code == 422


def test_respondents_get_no_cookie_and_their_pages_look_up_no_session(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    eva = world.visit("eva")
    monkeypatch.setattr(gate, "_recognise", lambda _policy: pytest.fail("a public page looked for a session"))
    for path in ("/", "/svara", "/integritet"):
        page = eva.get(path)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert "Eva" not in page.text
