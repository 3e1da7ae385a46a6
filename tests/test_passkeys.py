"""Passkeys: what a browser is asked, and that only the person's own answer to this very question is worth anything."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import Browser, expect

from staff import accounts, factors, passkeys, sessions
from staff.factors import Asked, Shown
from staff.member import Grant
from staff.passkeys import Site
from survey.errors import NotAllowed, NotFound
from survey.installation import Installation
from tests import axe
from tests.staff_scene import GOOD, live_in, staffed
from tests.visits import served

AT = 1_800_000_000
HERE = Site("samsvar.se", "https://samsvar.se")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def letters(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """A security key made of software, as honest as it is told to be."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    counter: int = 0
    flags: int = PRESENT | VERIFIED
    origin: str = HERE.origin
    host: str = HERE.host

    def make(self, challenge: bytes) -> str:
        """What the browser says of a new passkey."""
        numbers = self.private.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        attested = bytes(16) + len(self.credential).to_bytes(2) + self.credential + key
        told = self._told(ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        said = {"clientDataJSON": self._client("webauthn.create", challenge), "attestationObject": letters(made)}
        return self._whole(said)

    def show(self, challenge: bytes) -> str:
        """What the browser says of the passkey when it is asked for."""
        self.counter += 1
        told, client = self._told(0), self._client("webauthn.get", challenge)
        hashed = sha256(json.dumps(self._asked("webauthn.get", challenge)).encode()).digest()
        signature = self.private.sign(told + hashed, ec.ECDSA(SHA256()))
        return self._whole(
            {"clientDataJSON": client, "authenticatorData": letters(told), "signature": letters(signature)}
        )

    def _told(self, more: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([self.flags | more]) + self.counter.to_bytes(4)

    def _asked(self, kind: str, challenge: bytes) -> dict[str, Any]:
        return {"type": kind, "challenge": letters(challenge), "origin": self.origin, "crossOrigin": False}

    def _client(self, kind: str, challenge: bytes) -> str:
        return letters(json.dumps(self._asked(kind, challenge)).encode())

    def _whole(self, response: dict[str, str]) -> str:
        name = letters(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


@pytest.fixture
def anna(sqlite_installation: Installation) -> str:
    with sqlite_installation.writing() as db:
        return accounts.add(db, "anna@exempel.se", "Anna Ek", Grant("author"))


@pytest.fixture
def key(sqlite_installation: Installation, anna: str) -> Authenticator:
    """Anna's passkey."""
    made, challenge = Authenticator(), secrets.token_bytes(32)
    with sqlite_installation.writing() as db:
        factors.add_passkey(db, anna, "Telefonen", made.make(challenge), Asked(HERE, challenge))
    return made


def shown(inst: Installation, account_id: str, key: Authenticator, challenge: bytes | None = None) -> bool:
    """Whether the key opens the second step, answering the question asked or another one."""
    with inst.writing() as db:
        reference = sessions.begin_halfway(db, account_id, AT)
        asked = sessions.challenge(db, reference)
    return bool(sessions.step_in(inst, reference, Shown(passkey=key.show(challenge or asked)), Asked(HERE), AT))


def test_a_passkey_opens_the_second_step_for_its_owner_alone(
    sqlite_installation: Installation, anna: str, key: Authenticator
) -> None:
    with sqlite_installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("author"))
    assert shown(sqlite_installation, anna, key)
    assert not shown(sqlite_installation, bo, key)
    assert not shown(sqlite_installation, anna, Authenticator())
    assert not shown(sqlite_installation, anna, replace(key, private=Authenticator().private))


@pytest.mark.parametrize(
    "wrong",
    [
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"origin": "https://samsvar.se.elak.se"},
        {"host": "elak.se"},
        {"counter": 0},
    ],
    ids=["nobody verified", "nobody there", "another page", "another site", "a copy from before"],
)
def test_an_answer_that_is_not_quite_right_opens_nothing(
    sqlite_installation: Installation, anna: str, key: Authenticator, wrong: dict[str, Any]
) -> None:
    key.counter = 10
    assert shown(sqlite_installation, anna, key), "control: the same without the fault"
    assert not shown(sqlite_installation, anna, replace(key, **wrong))


def test_a_question_is_answered_once_and_only_by_its_own_answer(
    sqlite_installation: Installation, anna: str, key: Authenticator
) -> None:
    inst = sqlite_installation
    assert not shown(inst, anna, key, secrets.token_bytes(32))
    with inst.writing() as db:
        reference = sessions.begin(db, anna, AT)
        answer = Shown(passkey=key.show(sessions.challenge(db, reference)))
    assert sessions.confirm(inst, reference, answer, Asked(HERE), AT)
    assert not sessions.confirm(inst, reference, answer, Asked(HERE), AT)


@pytest.mark.parametrize("wrong", [{"flags": PRESENT}, {"origin": "https://elak.se"}, {"host": "elak.se"}])
def test_no_passkey_is_kept_that_was_made_elsewhere_or_by_nobody_in_person(
    sqlite_installation: Installation, anna: str, wrong: dict[str, Any]
) -> None:
    challenge = secrets.token_bytes(32)
    with sqlite_installation.writing() as db:
        for said in (replace(Authenticator(), **wrong).make(challenge), "{}", "", "[]", '{"id": 1}'):
            with pytest.raises(NotAllowed):
                factors.add_passkey(db, anna, "Telefonen", said, Asked(HERE, challenge))
        assert not factors.factors(db, anna)


def test_the_last_factor_and_others_passkeys_cannot_be_removed(
    sqlite_installation: Installation, anna: str, key: Authenticator
) -> None:
    with sqlite_installation.writing() as db:
        bo = accounts.add(db, "bo@exempel.se", "Bo Al", Grant("author"))
        (only,) = factors.factors(db, anna).passkeys
        with pytest.raises(NotAllowed):
            factors.remove_passkey(db, anna, only.id)
        with pytest.raises(NotFound):
            factors.remove_passkey(db, bo, only.id)
        factors.keep_seed(db, sqlite_installation.secrets, anna, "A" * 32)
        factors.remove_passkey(db, anna, only.id)
        assert factors.factors(db, anna) == factors.Factors(True, (), 0)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "https://192.0.2.7", "http://[::1]:8000"])
def test_an_installation_known_by_a_number_has_no_passkeys(base: str) -> None:
    assert passkeys.site(base) is None
    assert passkeys.site("https://svar.exempel.se") == Site("svar.exempel.se", "https://svar.exempel.se")


def test_with_a_passkey_one_comes_from_the_invitation_in_out_and_in_again(
    chromium: Browser, sqlite_installation: Installation
) -> None:
    world = staffed(sqlite_installation)
    with served(world.app) as there:
        base = there.replace("127.0.0.1", "localhost")
        named = replace(world.installation, settings=replace(world.installation.settings, base_url=base))
        live_in(world.app, named)
        with named.writing() as db:
            code = accounts.invite(db, named.secrets, world.accounts["kim"], sessions.now())
        page = chromium.new_context(base_url=base, viewport={"width": 320, "height": 800}).new_page()
        line = page.context.new_cdp_session(page)
        line.send("WebAuthn.enable")
        held = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
        line.send("WebAuthn.addVirtualAuthenticator", {"options": held})
        page.goto(accounts.welcome_address("", code))
        page.fill("[name=passphrase]", GOOD)
        page.fill("[name=again]", GOOD)
        page.locator("main form .ways button").first.click()
        page.get_by_role("button", name="Använd en passkey i stället").click()
        expect(page.locator(".recovery li")).to_have_count(factors.RECOVERY_CODES)
        page.get_by_role("link", name="Jag har sparat koderna").click()
        page.get_by_role("button", name="Logga ut").click()
        page.fill("[name=email]", "kim@exempel.se")
        page.fill("[name=passphrase]", GOOD)
        page.locator("main form .ways button").first.click()
        expect(page.get_by_role("button", name="Använd din passkey")).to_be_visible()
        assert axe.faults(page) == {}
        page.get_by_role("button", name="Använd din passkey").click()
        page.wait_for_url("**/team/norr/")
        page.goto("/personal/konto/")
        expect(page.get_by_role("button", name="Ta bort Min passkey")).to_be_visible()
        page.context.close()
