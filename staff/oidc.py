"""Signing in through the organisation's identity provider: OpenID Connect, authorization code with PKCE.

The provider's token is worth what its signature says, and is read for who it is, when and how they signed in: never for
an address or a name. Whom a subject stands for is `staff.identities`; nothing here knows requests or cookies.
"""

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import PreparedRequest, RequestException, Response
from urllib3.exceptions import HTTPError

from settings import Settings
from staff.identities import Vouched
from staff.journeys import SKEW, Journey, Refused

PATIENCE = 5
"""Seconds the provider may be silent, and seconds its answer may take to read."""
SILENCE = 10
"""Seconds in which a provider that gave no answer is not asked again: whoever waits for it keeps a thread waiting."""
LARGEST = 256 * 1024
"""Bytes of an answer."""
REMEMBERED = 60 * 60
"""Seconds the provider's description and keys are taken for true; an unknown key asks anew at once."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures with a private key. Not `none`, and none of HS: a public key must never do as a shared secret."""
KEY_TYPES = ("RSA", "EC", "OKP")
LONGEST_SUBJECT = 255


class Provider:
    """The identity provider of an installation; what it says of itself is remembered for a while."""

    def __init__(self, settings: Settings) -> None:
        self.issuer, self.client, self.name = settings.oidc_issuer, settings.oidc_client, settings.oidc_name
        self.acr = settings.oidc_acr
        self._secret_file = settings.oidc_secret_file
        self._back = f"{settings.base_url}/personal/logga-in/tillbaka"
        self._remembering = Lock()
        self._silent_since = -math.inf
        self._told: tuple[float, Mapping[str, str]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, journey: Journey) -> str:
        """Where the browser is sent. Raises `Refused` where the provider does not say who it is."""
        more: dict[str, object] = {"nonce": journey.nonce}
        if self.acr:
            more["acr_values"] = " ".join(self.acr)
        if journey.anew:
            more |= {"prompt": "login", "max_age": 0}
        with self._line() as line:
            at = self._metadata()["authorization_endpoint"]
            address, _state = line.create_authorization_url(at, journey.state, journey.verifier, **more)
        return str(address)

    def vouched(self, journey: Journey, said: Mapping[str, str], at: int) -> Vouched:
        """Whom it vouches for, by what the browser brought back. Raises `Refused`."""
        if not secrets.compare_digest(said.get("state", "").encode(), journey.state.encode()):
            raise Refused("state")
        if said.get("iss", self.issuer) != self.issuer:
            raise Refused("issuer of the answer")
        if not said.get("code"):
            raise Refused("no code")
        return self._read(self._token(said["code"], journey.verifier), journey, at)

    def _token(self, code: str, verifier: str) -> str:
        at = self._metadata()["token_endpoint"]
        try:
            with self._line() as line:
                given = line.fetch_token(at, grant_type="authorization_code", code=code, code_verifier=verifier)
        except (OAuthError, RequestException, ValueError):
            raise Refused("no token for the code") from None
        token = given.get("id_token") if isinstance(given, dict) else None
        if not isinstance(token, str):
            raise Refused("no id token")
        return token

    def _read(self, token: str, journey: Journey, at: int) -> Vouched:
        claims = self._claims(token)
        wanted = jwt.JWTClaimsRegistry(
            now=at,
            leeway=SKEW,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": journey.nonce},
        )
        try:
            wanted.validate(claims)
        except JoseError as fault:
            raise Refused(f"claims: {type(fault).__name__}") from None
        if not self._for_us(claims) or not isinstance(claims["nonce"], str) or len(claims["sub"]) > LONGEST_SUBJECT:
            raise Refused("claims: whom it is for")
        signed_in = claims.get("auth_time")
        return Vouched(
            self.issuer,
            claims["sub"],
            both=isinstance(claims.get("acr"), str) and claims["acr"] in self.acr,
            at=signed_in if type(signed_in) is int and signed_in <= at + SKEW else None,
        )

    def _for_us(self, claims: Mapping[str, Any]) -> bool:
        """A token for several must say that it was made out to us."""
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        return bool(claims.get("azp", None if several else self.client) == self.client)

    def _claims(self, token: str) -> dict[str, Any]:
        """What the token says, once its signature is right; by newer keys if it is none of those we know."""
        for anew in (False, True):
            try:
                return jwt.decode(token, self._key_set(anew=anew), algorithms=ALGORITHMS).claims
            except (InvalidKeyIdError, BadSignatureError):
                continue
            except (JoseError, ValueError, TypeError, LookupError) as fault:
                raise Refused(f"token: {type(fault).__name__}") from None
        raise Refused("token: signature")

    def _key_set(self, *, anew: bool) -> KeySet:
        with self._remembering:
            if self._keys is None or anew or time.monotonic() - self._keys[0] > REMEMBERED:
                told = self._fetch(self._described()["jwks_uri"])
                self._keys = time.monotonic(), _public(told.get("keys"))
            return self._keys[1]

    def _metadata(self) -> Mapping[str, str]:
        with self._remembering:
            return self._described()

    def _described(self) -> Mapping[str, str]:
        if self._told is None or time.monotonic() - self._told[0] > REMEMBERED:
            told = self._fetch(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if told.get("issuer") != self.issuer:
                raise Refused("issuer of the description")
            ends = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            if not all(isinstance(end, str) and self._may_name(end) for end in ends.values()):
                raise Refused("addresses of the description")
            self._told = time.monotonic(), {name: str(end) for name, end in ends.items()}
        return self._told[1]

    def _may_name(self, end: str) -> bool:
        """A provider elsewhere names nothing on this very machine over http: what listens there trusts who is near."""
        return private(end) and urlsplit(end).scheme in ("https", urlsplit(self.issuer).scheme)

    def _fetch(self, address: str) -> dict[str, Any]:
        if time.monotonic() - self._silent_since < SILENCE:
            raise Refused("no answer a moment ago")
        try:
            with self._line() as line:
                answer = line.get(address, withhold_token=True, headers={"Accept": "application/json"})
                told = answer.json() if answer.status_code == 200 else None
        except (RequestException, ValueError):
            self._silent_since = time.monotonic()
            raise Refused("no answer") from None
        if not isinstance(told, dict):
            raise Refused("no answer to use")
        return told

    def _line(self) -> "_Line":
        try:
            secret = Path(self._secret_file or "").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Refused("the client's secret cannot be read") from None
        return _Line(
            self.client, secret, scope="openid", redirect_uri=self._back, code_challenge_method="S256", leeway=SKEW
        )


class _Line(OAuth2Session):  # type: ignore[misc]
    """A line to the provider: private, followed nowhere else, read within bounds of time and size."""

    def send(self, request: PreparedRequest, **how: Any) -> Response:
        if not private(request.url or ""):
            raise RequestException("not a private line")
        request.headers["Accept-Encoding"] = "identity"
        ends = time.monotonic() + PATIENCE
        answer: Response = super().send(
            request, **how | {"timeout": PATIENCE, "allow_redirects": False, "stream": True}
        )
        with answer:
            answer._content = _body(answer, ends)  # what `requests` itself does with what it has read
        return answer


def _body(answer: Response, ends: float) -> bytes:
    """What has come, piece by piece as it comes: whoever sends a byte now and then is not waited for."""
    body = b""
    try:
        while piece := answer.raw.read1(16 * 1024, decode_content=False):
            body += piece
            if len(body) > LARGEST or time.monotonic() > ends:
                raise RequestException("too much or too slow")
    except HTTPError as fault:
        raise RequestException("broken off") from fault
    return body


def private(address: str) -> bool:
    """Whether nobody on the way can read or change what goes there: https, or this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        near = host == "localhost" or (not host[-1:].isalpha() and ip_address(host).is_loopback)
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and near))


def _public(given: object) -> KeySet:
    """The keys that signatures are checked with; kinds we do not know are left out."""
    listed: Sequence[Any] = given if isinstance(given, list) else ()
    usable = [
        one for one in listed if isinstance(one, dict) and one.get("kty") in KEY_TYPES and one.get("use") != "enc"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, LookupError):
        raise Refused("keys") from None
