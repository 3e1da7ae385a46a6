"""Settings: what an installation can be told, read once at start and never changed.

Defaults <- `settings.toml` in the instance folder <- `SAMSVAR_*` in the environment. Each is described in
`docs/settings.md`; a test compares.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from click import ClickException


class BadSetting(ClickException):
    """A setting that cannot be used; the text names it and says how to mend it. A command says just that and ends."""


@dataclass(frozen=True)
class Settings:
    """What an installation is told: folders, addresses, and the few switches there are."""

    instance: Path
    database_url: str
    replica_url: str
    workers: int
    threads: int
    secret_key: str
    key_dir: Path
    kek_file: Path
    kek: str = field(repr=False)
    kek_command: str
    base_url: str
    proxies: int
    mail_url: str
    mail_from: str
    backup_to: tuple[str, ...]
    oidc_issuer: str
    oidc_client: str
    oidc_secret_file: Path | None
    oidc_name: str
    oidc_acr: tuple[str, ...]
    today: date | None

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; `environ` defaults to the process's environment.

        Raises `BadSetting` for an unknown name or a value that cannot be read.
        """
        environ = os.environ if environ is None else environ
        instance = Path(environ.get("SAMSVAR_INSTANCE") or Path(__file__).parent / "instance").resolve()
        given = {**_from_file(instance / "settings.toml"), **_from_environ(environ)}
        unknown = sorted(set(given) - {f.name for f in fields(cls)})
        if unknown:
            raise BadSetting(f"Inställningen {unknown[0]} finns inte. Se docs/settings.md.")
        _refuse_two_keys(given, environ)
        _refuse_half_a_provider(given)
        port = environ.get("PORT") or "8000"
        return cls(
            instance=instance,
            database_url=given.get("database_url") or f"sqlite:///{instance / 'samsvar.db'}",
            replica_url=given.get("replica_url", ""),
            workers=_at_least_one("workers", given.get("workers") or "2"),
            threads=_at_least_one("threads", given.get("threads") or "4"),
            secret_key=given.get("secret_key", ""),
            key_dir=_path(given.get("key_dir"), instance / "keys"),
            kek_file=_path(given.get("kek_file"), instance / "kek.key"),
            kek=given.get("kek", ""),
            kek_command=given.get("kek_command", ""),
            base_url=_address(given.get("base_url") or f"http://127.0.0.1:{port}"),
            proxies=_whole_number("proxies", given.get("proxies") or "0"),
            mail_url=_mail_server(given.get("mail_url", ""), given.get("mail_from", "")),
            mail_from=given.get("mail_from", ""),
            backup_to=tuple(given.get("backup_to", "").split()),
            oidc_issuer=given.get("oidc_issuer", ""),
            oidc_client=given.get("oidc_client", ""),
            oidc_secret_file=Path(given["oidc_secret_file"]).resolve() if given.get("oidc_secret_file") else None,
            oidc_name=given.get("oidc_name", ""),
            oidc_acr=tuple(given.get("oidc_acr", "").split()),
            today=_date("today", given["today"]) if given.get("today") else None,
        )

    def date(self) -> date:
        """Today, or the fixed day of a demonstration or a test."""
        return self.today or date.today()


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return {name: str(value) for name, value in tomllib.loads(path.read_text("utf-8")).items()}
    except tomllib.TOMLDecodeError as fault:
        raise BadSetting(f"{path.name} går inte att läsa: {fault}") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    prefix = "SAMSVAR_"
    names = {name.removeprefix(prefix).lower(): value for name, value in environ.items() if name.startswith(prefix)}
    names.pop("instance", None)
    return names


def _refuse_two_keys(given: Mapping[str, str], environ: Mapping[str, str]) -> None:
    if given.get("kek") and not environ.get("SAMSVAR_KEK"):
        raise BadSetting("SAMSVAR_KEK läses bara ur miljön: i settings.toml låg nyckeln bredvid det den låser.")
    said = [name for name in ("kek_file", "kek", "kek_command") if given.get(name)]
    if len(said) > 1:
        raise BadSetting(f"Ange bara en av SAMSVAR_{said[0].upper()} och SAMSVAR_{said[1].upper()}.")


def _refuse_half_a_provider(given: Mapping[str, str]) -> None:
    names = ("oidc_issuer", "oidc_client", "oidc_secret_file", "oidc_name")
    missing = [name for name in names if not given.get(name)]
    if missing and (len(missing) < len(names) or given.get("oidc_acr")):
        raise BadSetting(
            f"SAMSVAR_{missing[0].upper()} saknas: inloggning hos andra kräver alla fyra. Se docs/settings.md."
        )
    issuer = _parts(given.get("oidc_issuer") or "https://unset")
    near = issuer.scheme == "http" and issuer.hostname in ("localhost", "127.0.0.1", "::1")
    if not (near or (issuer.scheme == "https" and issuer.hostname)):
        raise BadSetting("SAMSVAR_OIDC_ISSUER ska börja med https://.")


def _path(given: str | None, default: Path) -> Path:
    return Path(given).resolve() if given else default


def _parts(given: str) -> SplitResult:
    """The parts of an address; none for what cannot be one."""
    try:
        return urlsplit(given)
    except ValueError:
        return urlsplit("")


def _address(given: str) -> str:
    if _parts(given).scheme not in ("http", "https"):
        raise BadSetting(f"SAMSVAR_BASE_URL ska börja med http:// eller https://, inte {given!r}.")
    return given.rstrip("/")


def _mail_server(given: str, sender: str) -> str:
    if given and (_parts(given).scheme not in ("smtp", "smtps") or not _parts(given).hostname):
        raise BadSetting("SAMSVAR_MAIL_URL ska se ut som smtps://namn:lösen@server:465 eller smtp://server:25.")
    if given and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", sender):
        raise BadSetting("SAMSVAR_MAIL_FROM ska vara en adress, till exempel samsvar@exempel.se.")
    return given


def _whole_number(name: str, given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise BadSetting(f"SAMSVAR_{name.upper()} ska vara ett heltal, inte {given!r}.")
    return int(given)


def _at_least_one(name: str, given: str) -> int:
    if not (number := _whole_number(name, given)):
        raise BadSetting(f"SAMSVAR_{name.upper()} ska vara minst 1.")
    return number


def _date(name: str, given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadSetting(f"SAMSVAR_{name.upper()} ska vara ett datum som 2026-09-30, inte {given!r}.") from None
