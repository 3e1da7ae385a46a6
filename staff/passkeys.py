"""Passkeys: what is asked of a browser, and what its answer is worth (WebAuthn, user verification required).

Only public halves are kept here; the private one never leaves the person's telephone, computer or key. A passkey
belongs to the name in the installation's address, so an installation known by a number has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

PATIENCE = 120_000
"""Milliseconds the browser waits for the person."""
_REFUSED = (WebAuthnException, ValueError, TypeError, LookupError)
"""What reading an answer that no browser would give can come to."""


@dataclass(frozen=True)
class Site:
    """Whom passkeys belong to: the name of the host, and the address pages come from."""

    host: str
    origin: str


@dataclass(frozen=True)
class Made:
    """What is kept of a new passkey."""

    credential: bytes
    public: bytes
    counter: int


def site(base_url: str) -> Site | None:
    """The site of an installation known as `base_url`; None where that is a number, which browsers refuse."""
    parts = urlsplit(base_url)
    try:
        ip_address(parts.hostname or "0.0.0.0")  # noqa: S104 - an address that is no name
    except ValueError:
        return Site(str(parts.hostname), f"{parts.scheme}://{parts.netloc}")
    return None


def to_make(at: Site, account_id: str, email: str, challenge: bytes, known: Sequence[bytes]) -> str:
    """What the browser is asked for a new passkey, as JSON; `known` are the account's own: none is made twice."""
    options = webauthn.generate_registration_options(
        rp_id=at.host,
        rp_name="Samsvar",
        user_name=email,
        user_id=account_id.encode(),
        challenge=challenge,
        timeout=PATIENCE,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return webauthn.options_to_json(options)


def to_show(at: Site, challenge: bytes, known: Sequence[bytes]) -> str:
    """What the browser is asked when one of the account's passkeys is to be shown, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=at.host,
        challenge=challenge,
        timeout=PATIENCE,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def registered(said: str, challenge: bytes, at: Site) -> Made | None:
    """The passkey the browser has made; None for an answer that is not to this challenge, or of nobody in person."""
    try:
        made = webauthn.verify_registration_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=at.host,
            expected_origin=at.origin,
            require_user_verification=True,
        )
    except _REFUSED:
        return None
    return Made(made.credential_id, made.credential_public_key, made.sign_count)


def credential_of(said: str) -> bytes:
    """Which passkey an answer is of; b"" where that cannot be read."""
    try:
        return base64url_to_bytes(parse_authentication_credential_json(said).id)
    except _REFUSED:
        return b""


def answered(said: str, challenge: bytes, at: Site, public: bytes, counter: int) -> int | None:
    """How often the passkey says it was used; None unless it answers this challenge, for the person who owns it."""
    try:
        shown = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=at.host,
            expected_origin=at.origin,
            credential_public_key=public,
            credential_current_sign_count=counter,
            require_user_verification=True,
        )
    except _REFUSED:
        return None
    return shown.new_sign_count
