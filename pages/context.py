"""What every page needs from the application: the installation it runs in, its language, and the static files."""

from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, request
from sqlalchemy import select

from pages.language import direction, spoken
from settings import Settings
from survey.errors import Unavailable
from survey.installation import Installation
from survey.tables import association

if TYPE_CHECKING:
    from staff.oidc import Provider

STATIC = Path(__file__).parent.parent / "static"
STATIC_LIFE = 365 * 24 * 3600
"""Static addresses carry what they hold (`?v=`), so a browser may keep them for a year."""


class Assets:
    """In templates `asset["samsvar.css"]`: the address of a file under `static/`, the same in every language."""

    def __getitem__(self, filename: str) -> str:
        language = request.environ.get("samsvar.language")
        root = request.script_root.removesuffix(f"/{language}") if language else request.script_root
        return f"{root}/static/{filename}?v={_version(filename)}"


class House:
    """The installation of an application, opened when first needed: `flask setup` runs before there is one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.provider = _provider(settings)
        self._opening = Lock()

    @cached_property
    def installation(self) -> Installation:
        with self._opening:
            return self.__dict__.get("installation") or Installation.open(self.settings)


def _provider(settings: Settings) -> "Provider | None":
    if not settings.oidc_issuer:
        return None
    from staff.oidc import Provider  # noqa: PLC0415  eight megabytes, for those who have one

    return Provider(settings)


def furnish(app: Flask, settings: Settings) -> None:
    """Give `app` its installation, and its templates what `base.html` reads."""
    app.extensions["samsvar"] = House(settings)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_LIFE
    app.jinja_env.globals["asset"] = Assets()
    app.context_processor(_page)


def house() -> Installation:
    """The installation this request is answered by."""
    found: House = current_app.extensions["samsvar"]
    return found.installation


def provider() -> "Provider | None":
    """The identity provider people of this installation may sign in through."""
    found: House = current_app.extensions["samsvar"]
    return found.provider


def _page() -> dict[str, Any]:
    language = spoken()
    return {"language": language, "direction": direction(language), "demonstration": demonstration()}


def demonstration() -> bool:
    """Whether everything here is invented. Asked once: a demonstration never becomes anything else, nor the reverse."""
    known = current_app.extensions.get("samsvar.demonstration")
    if known is None:
        try:
            with house().reading() as db:
                found = db.execute(select(association.c.slug).where(association.c.demonstration)).first()
        except Unavailable:
            return False
        known = current_app.extensions["samsvar.demonstration"] = found is not None
    return bool(known)


@cache
def _version(filename: str) -> str:
    return sha256((STATIC / filename).read_bytes()).hexdigest()[:8]
