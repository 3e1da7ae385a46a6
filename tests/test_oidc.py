"""Signing in through the organisation's identity provider: a real one, on a loopback port, that may be made to lie."""

import html
import json
import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import flask
import oidc_provider_mock
import pytest
import requests
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select, update
from werkzeug import Response
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app import create_app
from pages import carrying
from pages.gate import TABLET
from settings import BadSetting, Settings
from staff import accounts, identities, journeys, oidc, sessions, tokens
from staff.identities import Vouched
from staff.member import Grant
from staff.policy import Doorstep, SignedIn, policy_of
from survey import sheets
from survey.installation import Installation
from survey.tables import account, audit, identity, staff_session
from tests.respondent import PageSeen
from tests.staff_scene import GOOD, HOME, Browser, World, live_in, staffed
from tests.test_interview import SHEETS, Conversation, sheet_for, talking

CLIENT = "samsvar"
BOTH = "https://refeds.org/profile/mfa"
Forge = Callable[[dict[str, Any]], str]


@dataclass
class Provider:
    """The provider: what was asked of it, and what it says instead of the truth."""

    issuer: str = ""
    storage: Any = None
    forge: Forge | None = None
    away: bool = False
    describes: Response | None = None
    asked_for: list[str] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def knows(self, subject: str, **claims: str | bool) -> None:
        """Somebody signs in there, and this is said of them."""
        assert requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=5).status_code == 204

    def new_key(self) -> None:
        """From now on it signs with another key."""
        self.storage.jwk = type(self.storage.jwk).generate_key(is_private=True)

    @property
    def key(self) -> RSAKey:
        """What it signs with."""
        return RSAKey.import_key(self.storage.jwk.as_dict(is_private=True))

    def hear(self, app: flask.Flask) -> None:
        """Stand between the provider and whoever asks it."""

        @app.before_request
        def noticed() -> ResponseReturnValue | None:
            self.asked_for.append(flask.request.path)
            if self.describes and flask.request.path.startswith("/.well-known/"):
                return self.describes
            self.storage = flask.g.oidc_provider_mock_storage
            if flask.request.path == "/oauth2/authorize":
                self.asked.append(flask.request.args.to_dict())
            if flask.request.path == "/oauth2/token":
                challenge = urlsafe_b64encode(sha256(flask.request.form["code_verifier"].encode()).digest())
                assert challenge.decode().rstrip("=") == self.asked[-1]["code_challenge"]
            return ("away", 503) if self.away else None

        @app.after_request
        def said(answer: flask.Response) -> flask.Response:
            if flask.request.path == "/oauth2/token" and answer.status_code == 200:
                given = answer.get_json()
                if self.forge:
                    given["id_token"] = self.forge(read(given["id_token"]))
                    answer.set_data(json.dumps(given))
                self.tokens.append(given["id_token"])
            return answer


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    there = Provider()
    app = oidc_provider_mock.app()
    there.hear(app)
    server = make_server("localhost", 0, app, threaded=True)
    there.issuer = f"http://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    requests.get(there.issuer, timeout=5)
    yield there
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def provider(served: Provider) -> Iterator[Provider]:
    yield served
    served.forge, served.away, served.describes = None, False, None
    served.asked.clear()
    served.asked_for.clear()
    served.tokens.clear()


@pytest.fixture
def world(sqlite_installation: Installation, provider: Provider, tmp_path: Path) -> World:
    return connected_to(provider, staffed(sqlite_installation), tmp_path, BOTH)


def connected_to(provider: Provider, world: World, folder: Path, *acr: str) -> World:
    """The same people, in an installation that knows the provider; Eva is known there as e-1."""
    secret = folder / "oidc.secret"
    secret.write_text("hemlig\n")
    settings = replace(
        world.installation.settings,
        oidc_issuer=provider.issuer,
        oidc_client=CLIENT,
        oidc_secret_file=secret,
        oidc_name="Kommunens inloggning",
        oidc_acr=acr,
    )
    world.installation = replace(world.installation, settings=settings)
    world.app = create_app(settings)
    world.app.testing = True
    live_in(world.app, world.installation)
    with world.installation.writing() as db:
        known = db.scalar(select(identity.c.account))
        if not known:
            identities.connect(db, world.accounts["eva"], vouched(provider, "e-1"))
    return world


def vouched(provider: Provider, subject: str) -> Vouched:
    return Vouched(provider.issuer, subject, both=False, at=None)


def read(token: str) -> dict[str, Any]:
    """What a token says, whoever signed it."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def there(address: str, subject: str) -> str:
    """Sign in at the provider, which sends the browser back: the path it then asks us for."""
    sent = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
    back = urlsplit(sent.headers["Location"])
    assert back.path == "/personal/logga-in/tillbaka"
    return f"{back.path}?{back.query}"


def enter(browser: Browser, subject: str = "e-1", wanted: str = "/personal/utvardering/") -> TestResponse:
    """Sign in through the provider."""
    left = browser.client.get(f"/personal/logga-in/via?next={wanted}")
    assert left.status_code == 303, left.text
    return browser.client.get(there(left.location, subject))


def link(page: TestResponse) -> str:
    """Where the page's link leads out."""
    found = re.search(r'href="(http://localhost:[^"]+)"', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


def inside(browser: Browser) -> bool:
    """Whether the browser has a whole session."""
    return browser.client.get("/personal/konto/").status_code == 200


def take_session(browser: Browser) -> None:
    """Send forms with the session's token from now on."""
    cookie = browser.client.get_cookie("samsvar")
    assert cookie
    browser.reference = cookie.value


def test_whoever_shows_both_factors_there_goes_on_to_where_they_were_headed(world: World, provider: Provider) -> None:
    provider.knows("e-1", acr=BOTH)
    eva = world.visit()
    page = eva.client.get("/personal/logga-in?next=/personal/utvardering/").text
    assert "/personal/logga-in/via?next=/personal/utvardering/" in page
    assert "Logga in med Kommunens inloggning" in page
    arrived = enter(eva)
    assert (arrived.status_code, arrived.location) == (303, "/personal/utvardering/")
    assert inside(eva)
    asked = provider.asked[0]
    assert (asked["code_challenge_method"], asked["scope"], asked["acr_values"]) == ("S256", "openid", BOTH)
    english = world.visit()
    left = english.client.get("/en/personal/logga-in/via?next=/personal/konto/")
    assert english.client.get(there(left.location, "e-1")).location == "/en/personal/konto/"
    elsewhere = world.visit()
    assert enter(elsewhere, wanted="https://elak.se/").location == "/personal/"


def test_the_second_step_is_asked_unless_the_provider_says_two(
    world: World, provider: Provider, tmp_path: Path
) -> None:
    provider.knows("e-1", acr="ett")
    thief = world.visit()
    weak = enter(thief)
    assert weak.location.startswith("/personal/logga-in?via=svag&"), "could choose a second step of their own"
    assert "två steg hos Kommunens inloggning" in thief.client.get(weak.location).text
    assert thief.client.get("/personal/andra-steget").status_code == 303
    world.equip("eva")
    eva = world.visit()
    arrived = enter(eva)
    assert arrived.location == "/personal/logga-in/kod?next=%2Fpersonal%2Futvardering%2F"
    assert not inside(eva)
    take_session(eva)
    assert eva.post(arrived.location, second_code=world.code("eva")).location == "/personal/utvardering/"
    assert inside(eva)
    provider.knows("e-1", acr=BOTH)
    cautious = connected_to(provider, world, tmp_path).visit()
    assert enter(cautious).location.startswith("/personal/logga-in/kod?"), "nothing is said of two: always asked"
    assert not inside(cautious)


def test_a_stranger_is_told_calmly_and_an_equal_address_opens_nothing(world: World, provider: Provider) -> None:
    provider.knows("kim@exempel.se", acr=BOTH, email="kim@exempel.se", email_verified=True)
    kim = world.visit()
    arrived = enter(kim, "kim@exempel.se")
    page = kim.client.get(arrived.location)
    assert (page.status_code, "inget konto här är anslutet" in page.text) == (200, True)
    assert not inside(kim)
    with world.installation.reading() as db:
        assert db.scalars(select(identity.c.subject)).all() == ["e-1"]
        assert db.execute(select(staff_session)).all() == []


def test_a_new_key_is_taken_up_and_one_nobody_published_is_not(
    world: World, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.knows("e-1", acr=BOTH)
    assert enter(world.visit()).location == "/personal/utvardering/"
    provider.new_key()
    assert enter(world.visit()).location == "/personal/utvardering/"
    other = RSAKey.generate_key(2048)
    provider.forge = lambda claims: jwt.encode({"alg": "RS256"}, claims, other)
    stranger = world.visit()
    refused = enter(stranger)
    assert refused.location.startswith("/personal/logga-in?via=fel")
    assert "Försök igen" in stranger.client.get(refused.location).text
    assert caplog.messages[-1:] == ["identity provider: token: signature"]
    assert not any(token in caplog.text for token in provider.tokens)


def test_a_forged_token_is_refused_and_the_untouched_one_taken(world: World, provider: Provider) -> None:
    provider.knows("e-1", acr=BOTH)
    key, now = provider.key, int(time.time())

    def signed(**changed: object) -> Forge:
        def forge(claims: dict[str, Any]) -> str:
            told = {name: value for name, value in (claims | changed).items() if value is not None}
            return jwt.encode({"alg": "RS256"}, told, key)

        return forge

    def unsigned(claims: dict[str, Any]) -> str:
        parts = (urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in ({"alg": "none"}, claims))
        return ".".join((*parts, ""))

    def by_the_public_key(claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key.as_pem(private=False)), algorithms=["HS256"])

    def another_subject(claims: dict[str, Any]) -> str:
        head, _body, mac = jwt.encode({"alg": "RS256"}, claims, key).split(".")
        body = urlsafe_b64encode(json.dumps(claims | {"sub": "e-1", "more": 1}).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{mac}"

    lies: dict[str, Forge] = {
        "no signature": unsigned,
        "the public key as a secret": by_the_public_key,
        "changed after signing": another_subject,
        "issuer": signed(iss="https://annan.se"),
        "audience": signed(aud="annan"),
        "one of several": signed(aud=[CLIENT, "annan"]),
        "made out to another": signed(azp="annan"),
        "nonce": signed(nonce="annan"),
        "no nonce": signed(nonce=None),
        "expired": signed(exp=now - 3600),
        "no end": signed(exp=None),
        "not yet made": signed(iat=now + 3600),
        "nobody": signed(sub=""),
        "no token": lambda _claims: "x.y.z",
    }
    taken = []
    for name, lie in lies.items():
        provider.forge = lie
        browser = world.visit()
        if enter(browser).location != "/personal/logga-in?via=fel&next=%2Fpersonal%2Futvardering%2F" or inside(browser):
            taken.append(name)
    assert taken == []
    for truth in (signed(), signed(aud=[CLIENT, "annan"], azp=CLIENT), None):  # control: the same, without a lie
        provider.forge = truth
        assert enter(world.visit()).location == "/personal/utvardering/"


def test_what_another_browser_began_is_not_finished_here_and_a_code_opens_once(
    world: World, provider: Provider
) -> None:
    provider.knows("e-1", acr=BOTH)
    attacker, victim = world.visit(), world.visit()
    back = there(attacker.client.get("/personal/logga-in/via").location, "e-1")
    assert victim.client.get(back).location == "/personal/logga-in?via=fel", "began nothing"
    victim.client.get("/personal/logga-in/via")
    assert victim.client.get(back).location.startswith("/personal/logga-in?via=fel&"), "began something else"
    assert not inside(victim)
    lured = world.visit().client.get("/personal/logga-in/via", headers={"Sec-Fetch-Site": "cross-site"})
    assert lured.location == "/personal/logga-in", "a link on another site does not set out"
    journey = attacker.client.get_cookie("samsvar-resa")
    assert journey
    assert attacker.client.get(back).location == "/personal/"
    assert attacker.client.get_cookie("samsvar-resa") is None
    again = world.visit()
    again.client.set_cookie("samsvar-resa", journey.value)
    assert again.client.get(back).location.startswith("/personal/logga-in?via=fel"), "the code was used"
    keys, now = world.installation.secrets, sessions.now()
    assert journeys.unpack(keys, journey.value, now)
    assert journeys.unpack(keys, journey.value, now - 30), "begun on a host whose clock is ahead"
    assert journeys.unpack(keys, journey.value, now - journeys.SKEW - 60) is None
    assert journeys.unpack(keys, journey.value, now + journeys.JOURNEY + 60) is None
    assert journeys.unpack(keys, journey.value[:-2] + "00", now) is None


def test_the_journeys_cookie_is_for_http_alone_and_short(world: World, provider: Provider) -> None:
    plain = world.visit().client.get("/personal/logga-in/via").headers["Set-Cookie"]
    assert re.fullmatch(r"samsvar-resa=\w+; Expires=[^;]+; Max-Age=600; HttpOnly; Path=/; SameSite=Lax", plain)
    secure = world.visit().client.get("/personal/logga-in/via", base_url="https://samsvar.se").headers["Set-Cookie"]
    assert secure.startswith("__Host-samsvar-resa=")
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in secure


def test_a_provider_that_is_away_lies_or_is_elsewhere_is_told_calmly(
    world: World, provider: Provider, tmp_path: Path
) -> None:
    settings = world.installation.settings
    eva = world.visit()
    back = there(eva.client.get("/personal/logga-in/via").location, "e-1")
    provider.away = True
    assert eva.client.get(back).location.startswith("/personal/logga-in?via=fel"), "away once it had sent her back"
    live_in(world.app, world.installation)  # nothing remembered
    away = eva.client.get("/personal/logga-in/via?next=/personal/konto/")
    assert away.location == "/personal/logga-in?via=borta&next=%2Fpersonal%2Fkonto%2F"
    assert "svarar inte just nu" in eva.client.get(away.location).text
    provider.away = False
    for wrong in (f"{provider.issuer}/", "http://samsvar.invalid", f"{provider.issuer}/users"):
        with pytest.raises(journeys.Refused):
            oidc.Provider(replace(settings, oidc_issuer=wrong))._metadata()
    assert oidc.Provider(settings)._metadata()["token_endpoint"], "control"
    described = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=5).json()
    harmless = flask.Response(json.dumps(described | {"more": "x" * 200_000}))
    lies = (
        flask.redirect(f"{provider.issuer}/jwks"),
        flask.Response(json.dumps(described | {"more": "x" * oidc.LARGEST})),
        flask.Response(json.dumps(described | {"token_endpoint": "http://samsvar.invalid/"})),
        flask.Response(json.dumps([described])),
        flask.Response("<html>"),
    )
    for provider.describes in lies:
        with pytest.raises(journeys.Refused):
            oidc.Provider(settings)._metadata()
    assert provider.asked_for.count("/jwks") == 0, "no redirect is followed"
    provider.describes = harmless
    assert oidc.Provider(settings)._metadata()["token_endpoint"], "control"
    with pytest.raises(journeys.Refused):
        oidc.Provider(replace(settings, oidc_secret_file=tmp_path / "none"))._metadata()
    assert all(oidc.private(at) for at in ("https://x.se", "http://127.0.0.1:1", "http://[::1]/", "http://localhost/"))
    assert not any(oidc.private(at) for at in ("http://x.se", "http://localhost.elak.se/", "ftp://x.se", ""))
    elsewhere = oidc.Provider(replace(settings, oidc_issuer="https://login.exempel.se"))
    assert not elsewhere._may_name("http://localhost:9/"), "what listens on this machine is not asked for others"
    assert elsewhere._may_name("https://login.exempel.se/token"), "control"


def test_a_provider_that_sends_a_byte_now_and_then_is_not_waited_for(
    world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "PATIENCE", 0.5)
    settings, ended = world.installation.settings, []

    def drip() -> Iterator[bytes]:
        for _byte in range(200):
            yield b" "
            time.sleep(0.05)
        ended.append(True)

    provider.describes = flask.Response(drip())
    with pytest.raises(journeys.Refused, match="no answer"):
        oidc.Provider(settings)._metadata()
    assert ended == []
    provider.describes = None
    assert oidc.Provider(settings)._metadata()["token_endpoint"], "control"


def test_an_invitation_is_taken_with_the_provider_and_a_reset_takes_it_away(world: World, provider: Provider) -> None:
    provider.knows("k-1", acr=BOTH)
    with world.installation.writing() as db:
        code = accounts.invite(db, world.installation.secrets, world.accounts["kim"], sessions.now())
    kim = world.visit()
    assert 'formaction="/personal/valkommen/via"' in kim.client.get("/personal/valkommen").text
    wrong = kim.client.post("/personal/valkommen/via", data={"code": "FEL"})
    assert (wrong.status_code, "Koden går inte att använda" in wrong.text) == (422, True)
    left = kim.client.post("/personal/valkommen/via", data={"code": code})
    assert kim.client.get(there(link(left), "k-1")).location == "/personal/"
    assert inside(kim)
    assert "Du har ingen lösenfras" in kim.client.get("/personal/konto/").text
    assert "Klart: båda stegen hos Kommunens inloggning" in world.visit("ada").get("/personal/admin/").text
    take_session(kim)
    assert kim.post("/personal/konto/via/ta-bort").location == "/personal/konto/?sagt=sista"
    again = world.visit()
    left = again.client.post("/personal/valkommen/via", data={"code": code})
    assert left.status_code == 422, "used up"
    assert enter(world.visit(), "k-1").location == "/personal/utvardering/"
    with world.installation.writing() as db:
        accounts.reset(db, world.installation.secrets, world.accounts["kim"], sessions.now())
        accounts.close(db, world.accounts["eva"])
    assert not inside(kim)
    for subject in ("k-1", "e-1"):
        assert enter(world.visit(), subject).location.startswith("/personal/logga-in?via=okand")
    with world.installation.reading() as db:
        assert db.execute(select(identity)).all() == []
        assert "identity_given" in set(db.scalars(select(audit.c.action)))


def test_an_account_is_connected_and_disconnected_by_whoever_is_in_it(world: World, provider: Provider) -> None:
    world.equip("kim")
    kim, eva = world.visit("kim"), world.visit("eva")
    left = kim.post("/personal/konto/via")
    back = there(link(left), "k-2")
    journey = kim.client.get_cookie("samsvar-resa")
    assert journey
    eva.client.set_cookie("samsvar-resa", journey.value)
    assert eva.client.get(back).location == "/personal/konto/?via=fel", "another session than began it"
    kim.client.set_cookie("samsvar-resa", journey.value)
    back = there(link(kim.post("/personal/konto/via")), "k-2")
    done = kim.client.get(back)
    assert done.location == "/personal/konto/?via=klar"
    assert "Du kan logga in med Kommunens inloggning" in kim.client.get(done.location).text
    take_session(kim)
    taken = kim.client.get(there(link(kim.post("/personal/konto/via")), "e-1"))
    assert taken.location == "/personal/konto/?via=upptagen", "Eva's own"
    with world.installation.reading() as db:
        assert {row.subject: row.account for row in db.execute(select(identity))} == {
            "e-1": world.accounts["eva"],
            "k-2": world.accounts["kim"],
        }
    assert kim.post("/personal/konto/via/ta-bort").location == "/personal/konto/?sagt=franviad"
    assert enter(world.visit(), "k-2").location.startswith("/personal/logga-in?via=okand")


def test_on_a_tablet_that_was_handed_over_the_provider_asks_who_it_is(world: World, provider: Provider) -> None:
    """Whoever handed it over has signed out here, and is still signed in there."""
    provider.knows("e-1", acr=BOTH)
    key, hours_ago = provider.key, int(time.time()) - 3600
    provider.forge = lambda claims: jwt.encode({"alg": "RS256"}, claims | {"auth_time": hours_ago}, key)
    own, tablet = world.visit(), world.visit()
    tablet.client.set_cookie(TABLET, "a sitting")
    assert enter(tablet).location == "/personal/logga-in?via=fel&next=%2Fpersonal%2Futvardering%2F"
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    assert not inside(tablet)
    assert enter(own).location == "/personal/utvardering/", "control: in a browser of one's own once is enough"
    provider.forge = None
    assert enter(tablet).location == "/personal/utvardering/"
    assert tablet.client.get_cookie(TABLET) is None, "it is staff's again"


def test_a_tablet_is_staffs_again_once_both_steps_are_shown(world: World, provider: Provider) -> None:
    provider.knows("e-1", acr="ett")
    world.equip("eva")
    tablet = world.visit()
    tablet.client.set_cookie(TABLET, "a sitting")
    arrived = enter(tablet)
    assert arrived.location.startswith("/personal/logga-in/kod?")
    assert tablet.client.post("/personal/logga-in", data={"email": "eva@exempel.se", "passphrase": GOOD}).location
    assert tablet.client.get_cookie(TABLET), "whoever only began keeps nobody from their answers"
    take_session(tablet)
    assert tablet.post(arrived.location, second_code=world.code("eva")).location == "/personal/utvardering/"
    assert tablet.client.get_cookie(TABLET) is None


def test_once_more_goes_through_the_provider_for_whoever_has_no_factor_here(world: World, provider: Provider) -> None:
    provider.knows("e-1", acr=BOTH)
    eva = world.visit()
    enter(eva)

    def ask() -> TestResponse:
        with world.installation.writing() as db:
            db.execute(update(staff_session).values(proved=sessions.now() - sessions.FRESH))
        page = eva.client.get(eva.client.get("/personal/nycklar/ny").location).text
        found = re.search(r'href="(/personal/bekrafta/via[^"]+)"', page)
        assert found, page
        return eva.client.get(there(eva.client.get(found[1]).location, "e-1"))

    key, now = provider.key, int(time.time())

    def says(**changed: object) -> None:
        def forge(claims: dict[str, Any]) -> str:
            told = {name: value for name, value in (claims | changed).items() if value is not None}
            return jwt.encode({"alg": "RS256"}, told, key)

        provider.forge = forge

    says(auth_time=None)
    assert ask().location == "/personal/konto/?via=fel", "it does not say when they signed in"
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    says(auth_time=now - 3600)
    assert ask().location == "/personal/konto/?via=fel", "long ago"
    says(acr="ett")
    assert ask().location == "/personal/konto/?via=fel", "one factor"
    assert eva.client.get("/personal/nycklar/ny").status_code == 303
    provider.forge = None
    assert ask().location == "/personal/nycklar/ny"
    assert eva.client.get("/personal/nycklar/ny").status_code == 200


def test_what_was_typed_waits_while_the_provider_is_asked_once_more(world: World, provider: Provider) -> None:
    provider.knows("e-1", acr=BOTH)
    eva = world.visit()
    enter(eva)
    take_session(eva)

    def stale() -> None:
        with world.installation.writing() as db:
            db.execute(update(staff_session).values(proved=sessions.now() - sessions.FRESH))

    def keys() -> list[str]:
        with world.installation.reading() as db:
            return [key.name for key in tokens.held_by(db, world.accounts["eva"], sessions.now())]

    stale()
    asked = eva.post("/personal/nycklar/ny", name="Rapport & fler", scopes="figures", days="30")
    assert (asked.status_code, keys()) == (422, [])
    waits = eva.client.get_cookie("samsvar-burit")
    assert waits
    assert "Rapport" not in waits.value
    assert "Det du har skrivit finns kvar" in asked.text
    left = eva.client.get("/personal/bekrafta/via?burit=1")
    assert "prompt" not in provider.asked[-1], "control: signing in asked for nothing of the kind"
    page = eva.client.get(there(left.location, "e-1"))
    assert provider.asked[-1]["prompt"] == "login"
    assert "Du har bekräftat" in page.text
    assert eva.client.get_cookie("samsvar-burit") is None
    sent = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
    assert sent == {"name": "Rapport & fler", "scopes": "figures", "days": "30", "csrf_token": eva.token()}
    assert eva.client.post("/personal/nycklar/ny", data=sent).status_code == 200
    assert keys() == ["Rapport & fler"]

    stale()
    eva.client.set_cookie("samsvar-burit", waits.value)
    enter(eva)  # another session: what waited for the one before is nobody's
    stale()
    left = eva.client.get("/personal/bekrafta/via?burit=1")
    assert eva.client.get(there(left.location, "e-1")).location == "/personal/"

    take_session(eva)
    stale()
    long = eva.post("/personal/nycklar/ny", name=secrets.token_hex(3000), scopes="figures", days="30")
    assert 'target="_blank"' in long.text
    assert 'name="name" value="' in long.text, "too long for the browser to carry: it waits on the page"


def known_as(world: World, provider: Provider, **subjects: str) -> None:
    """They have no passphrase, and are known at the provider, where both factors are shown."""
    with world.installation.writing() as db:
        for name, subject in subjects.items():
            identities.connect(db, world.accounts[name], vouched(provider, subject))
            provider.knows(subject, acr=BOTH)


def beside(talk: Conversation, subject: str) -> TestResponse:
    """Sign in at the provider in a tab beside the page, as its link says."""
    found = re.search(r'target="_blank" rel="noopener" href="([^"]+)"', talk.page.reply.body)
    assert found, talk.page.text
    left = talk.browser.client.get(html.unescape(found[1]))
    arrived = talk.browser.client.get(there(left.location, subject))
    take_session(talk.browser)
    return arrived


def go_on(talk: Conversation) -> PageSeen:
    """*Fortsätt* on the sign-in page that waited."""
    action = "/personal/logga-in/fortsatt"
    found = re.search(rf'action="{action}".*?name="resumed" value="([^"]+)"', talk.page.reply.body, re.DOTALL)
    assert found, talk.page.text
    reply = talk.browser.client.post(action, data={"resumed": found[1]}, buffered=True)
    return talk._look(reply, action)


def test_a_conversation_whose_session_ended_goes_on_after_signing_in_at_the_provider(
    world: World, provider: Provider
) -> None:
    talks = talking(world)
    known_as(world, provider, ines="i-1")
    talk = talks.begun()
    talk.press("task-5")

    def away() -> None:
        with world.installation.writing() as db:
            accounts.end_sessions(db, world.accounts["ines"])

    away()
    said = "Jag vill ha fler pauser. " * 40
    assert talk.press(du_s3_fritt=said).kind == "signin"
    assert said not in talk.page.reply.body, "it waits encrypted"
    early = go_on(talk)
    assert (early.status, early.kind, "Du är inte inloggad än" in early.text) == (422, "signin", True)
    assert beside(talk, "i-1").location == "/personal/"
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0"), "who is it now?"
    assert go_on(talk).kind == "resumed"
    assert talk.press().kind == "interview-topics"
    talk.press("task-5")
    assert talk.page.controls["du_s3_fritt"].given == (said.strip(),)
    assert talks.records() == []

    provider.knows("i-1", acr="ett")  # now half a sign-in: the second step may be shown in either tab
    world.equip("ines")
    away()
    talk.press(du_s3_fritt="Fler pauser.")
    assert beside(talk, "i-1").location.startswith("/personal/logga-in/kod")
    assert go_on(talk).kind == "second"
    assert talk.press(second_code=world.code("ines")).kind == "resumed"
    talk.press()
    talk.press("task-5")
    assert talk.page.controls["du_s3_fritt"].given == ("Fler pauser.",)


def test_the_second_person_of_a_sheet_comes_in_by_the_provider(
    world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "ONE_IN", 2)
    talks = talking(world)
    with world.installation.writing() as db:
        world.accounts["ture"] = accounts.add(db, "ture@exempel.se", "Ture", Grant("interviewer", HOME, "norr"))
    known_as(world, provider, ines="i-2", ture="t-2")
    keying = talks.ines()
    keying.open(SHEETS + talks.opened.round.id)
    keying.press(form="experience", code=talks.opened.codes[sheet_for(talks, twice=True, among=range(30))])
    assert keying.press(du_m1_kansla="4").kind == "sheet-again"
    keying.press()
    for subject, after in (("i-2", "signin"), ("t-2", "sheet-all")):
        beside(keying, subject)
        assert provider.asked[-1]["prompt"] == "login", "the first is signed in there still"
        assert go_on(keying).kind == "resumed"
        assert keying.press().kind == after, keying.page.text
    assert (keying.page.controls["du_m1_kansla"].given, talks.records()) == ((), [])
    assert keying.press(du_m1_kansla="4").kind == "done"
    (record,) = talks.records()
    assert record["du_m1_kansla"] == "4"


def test_what_waits_beside_the_provider_is_ours_and_comes_from_our_page(world: World) -> None:
    eva = world.visit("eva")
    page = carrying.Carried("/personal/nycklar/ny", [("name", "Rapport")])
    with world.app.test_request_context():
        ours = carrying.pack(page, int(time.time()))
        old = carrying.pack(page, int(time.time()) - 3 * 24 * 3600)
        another = carrying.pack(page, int(time.time()), "another session")

    def go(packed: str, site: str = "same-origin") -> TestResponse:
        sent = {"resumed": packed} if packed else {}
        return eva.client.post("/personal/logga-in/fortsatt", data=sent, headers={"Sec-Fetch-Site": site})

    assert go("").location == "/personal/logga-in"
    assert {go(packed).location for packed in (old, another, ours[:-8] + "AAAAAAA=", "x")} == {"/personal/"}
    assert go(ours, "cross-site").status_code == 403
    assert 'value="Rapport"' in go(ours).text, "control"
    plain = world.visit().client
    assert ["fortsatt" in page for page in (plain.get("/personal/logga-in").text, go_again(plain))] == [False, True]


def go_again(client: FlaskClient) -> str:
    """The sign-in page that carries a conversation, in English."""
    page = client.post("/en/personal/logga-in/igen?next=/personal/intervju/x", data={"state": "x"}).text
    assert "Sign in with Kommunens inloggning (new tab)" in page
    return page


def test_without_a_provider_nothing_of_it_is_seen_and_half_of_one_stops_the_start(
    world: World, sqlite_installation: Installation, tmp_path: Path
) -> None:
    ours = [rule for rule in world.app.url_map.iter_rules() if rule.endpoint.startswith("provider.")]
    kinds = {rule.endpoint: policy_of(world.app, rule.endpoint) for rule in ours}
    assert kinds == {
        "provider.leave": Doorstep(),
        "provider.welcome": Doorstep(),
        "provider.back": Doorstep(),
        "provider.again": SignedIn(),
        "provider.connect": SignedIn(fresh=True),
        "provider.disconnect": SignedIn(fresh=True),
    }
    plain = create_app(sqlite_installation.settings)
    live_in(plain, sqlite_installation)
    for rule in ours:
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        assert plain.test_client().open(rule.rule, method=method).status_code == 404
        if not isinstance(kinds[rule.endpoint], Doorstep):
            sent = world.visit().client.open(rule.rule, method=method)
            assert (sent.location or "").startswith("/personal/logga-in"), "a stranger signs in first"
    shown = [app.test_client().get("/personal/logga-in").text for app in (plain, world.app)]
    assert ["/personal/logga-in/via" in page for page in shown] == [False, True]
    told = {"SAMSVAR_INSTANCE": str(tmp_path), "SAMSVAR_OIDC_ISSUER": "https://login.exempel.se"}
    with pytest.raises(BadSetting, match="SAMSVAR_OIDC_CLIENT"):
        Settings.load(told)
    more = {f"SAMSVAR_OIDC_{name}": "x" for name in ("CLIENT", "SECRET_FILE", "NAME")}
    assert Settings.load(told | more).oidc_issuer
    for wrong in ("http://login.exempel.se", "https://", "https://[login.exempel.se"):
        with pytest.raises(BadSetting, match="https"):
            Settings.load(told | more | {"SAMSVAR_OIDC_ISSUER": wrong})
    with world.installation.reading() as db:
        assert db.scalar(select(account.c.passphrase).where(account.c.id == world.accounts["eva"])) is None
