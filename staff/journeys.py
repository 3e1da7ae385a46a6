"""Journeys to the organisation's identity provider: what waits in the browser meanwhile, encrypted.

How the provider is spoken to is `staff.oidc`, whose libraries are loaded only where there is one.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey.keys import Secrets

JOURNEY = 10 * 60
"""Seconds somebody may be away at the provider."""
SKEW = 60
"""Seconds the provider's clock may differ, or another host's."""
_NONCE = 12


class Refused(Exception):
    """The provider, or what came back from it, is not to be trusted or not there; the text says which check, and holds
    no token, code or name."""


@dataclass(frozen=True)
class Journey:
    """What waits in the browser while somebody is at the provider. Moments in seconds."""

    purpose: str
    """What for: `in`; `handed`, the same where somebody else may be signed in there: on a tablet that goes from
    hand to hand, and beside a page that is carried; `welcome`, `connect`, `again`; or
    `resume`, which is `again` with a page that waits."""
    onward: str
    """Where to go on, as a path of ours."""
    root: str
    """What stands before our paths: prefix and language."""
    began: int
    bound: str = ""
    """The session or the invitation it is for."""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def anew(self) -> bool:
        """Whether somebody has to sign in there once more: that the browser is in already is not enough."""
        return self.purpose in ("handed", "again", "resume")


def pack(keys: Secrets, journey: Journey) -> str:
    """The journey as text that only this installation reads."""
    nonce = secrets.token_bytes(_NONCE)
    return (nonce + AESGCM(_key(keys)).encrypt(nonce, json.dumps(asdict(journey)).encode(), b"")).hex()


def unpack(keys: Secrets, text: str, at: int) -> Journey | None:
    """The journey in `text`, or None when it was not packed here or has taken too long."""
    try:
        raw = bytes.fromhex(text)
        told = AESGCM(_key(keys)).decrypt(raw[:_NONCE], raw[_NONCE:], b"")
    except (InvalidTag, ValueError):
        return None
    journey = Journey(**json.loads(told))
    return journey if -SKEW <= at - journey.began <= JOURNEY else None


def _key(keys: Secrets) -> bytes:
    return keys.derive("journey to the identity provider")
