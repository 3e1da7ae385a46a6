"""Languages of the pages: which there are, which one this request speaks, and the texts of the interface.

A language stands first in the address (`/en/svara`); no prefix is Swedish. Nothing is guessed and nothing is
remembered (UX.md 5.3). The texts of a form live in the form.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask.globals import request_ctx
from flask_babel import Babel, Domain, refresh
from markupsafe import Markup

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOURCE = "sv"
"""The language the interface is written in."""
TRANSLATIONS = Path(__file__).parent.parent / "translations"
NAMES = {"sv": "Svenska", "en": "English", "ar": "العربية", "fi": "Suomi", "so": "Soomaali", "ti": "ትግርኛ"}
"""Each language by its own name, for the links."""


class LanguagePrefix:
    """WSGI middleware: moves `/en` from the path to the script name, so that every address built keeps it."""

    def __init__(self, app: "WSGIApplication", languages: Iterable[str]) -> None:
        self.app = app
        self.languages = frozenset(languages)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        first, slash, rest = environ["PATH_INFO"].lstrip("/").partition("/")
        if first in self.languages:
            environ["samsvar.language"] = first
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = slash + rest or "/"
        return self.app(environ, start_response)


class Catalogues(Domain):  # type: ignore[misc]
    """The interface's translations, read from the `.po` files themselves: there is nothing to compile or forget."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        found = sorted(folder.glob("*/LC_MESSAGES/*.po"))
        self.by_language = {path.parents[1].name: _read(path, path.stat().st_mtime_ns) for path in found}
        self.source = NullTranslations()
        self._said: dict[tuple[str, str], Markup] = {}

    def get_translations(self) -> NullTranslations:
        """Those of this request's language."""
        return self.by_language.get(spoken(), self.source)

    def in_templates(self, text: str, **blanks: object) -> Markup:
        """`_()` as templates call it, a dozen times a page: each text is looked up once per language."""
        wanted = spoken(), text
        said = self._said.get(wanted)
        if said is None:
            said = self._said[wanted] = Markup(self.get_translations().ugettext(text))  # noqa: S704  our own text
        return said % blanks if blanks else said


def speak(app: Flask, translations: Path = TRANSLATIONS) -> None:
    """Give `app` its languages: the prefix in addresses, the catalogues, and what templates need to know."""
    catalogues = Catalogues(translations)
    there = (SOURCE, *catalogues.by_language)
    Babel(app, default_locale=SOURCE, locale_selector=spoken).domain_instance = catalogues
    app.jinja_env.globals.update(_=catalogues.in_templates, gettext=catalogues.in_templates)
    app.extensions["samsvar.languages"] = there
    app.wsgi_app = LanguagePrefix(app.wsgi_app, there)  # type: ignore[method-assign]


def spoken() -> str:
    """The language of this request; Swedish outside of one."""
    if not has_request_context():
        return SOURCE
    language: str = g.get("language", "")
    if not language:
        language = g.language = request.environ.get("samsvar.language", SOURCE)
    return language


def switch(language: str) -> None:
    """Answer this request in `language`, and point the addresses of its page there."""
    here = root()
    request.environ["samsvar.language"] = g.language = language
    request.root_path = request.environ["SCRIPT_NAME"] = here if language == SOURCE else f"{here}/{language}"
    adapter = request_ctx.url_adapter
    if adapter:
        adapter.script_name = f"{request.root_path}/"
    refresh()


def languages() -> tuple[str, ...]:
    """The languages the interface has, Swedish first."""
    found: tuple[str, ...] = current_app.extensions["samsvar.languages"]
    return found


def links(endpoint: str, **values: Any) -> list[tuple[str, str, str, str]]:
    """The same page in the other languages: code, own name, direction, address."""
    return _in_others(url_for(endpoint, **values).removeprefix(request.script_root))


def links_here() -> list[tuple[str, str, str, str]]:
    """This very address in the other languages, also one that leads nowhere. None for a page that came of a form: it
    cannot be asked for again."""
    if request.method != "GET":
        return []
    return _in_others("/" + quote(request.path.lstrip("/")))


def _in_others(here: str) -> list[tuple[str, str, str, str]]:
    return [
        (code, name(code), direction(code), root() + (f"/{code}" if code != SOURCE else "") + here)
        for code in languages()
        if code != spoken()
    ]


def root() -> str:
    """Where the application stands, without the language."""
    before = request.environ.get("samsvar.language")
    return request.script_root.removesuffix(f"/{before}") if before else request.script_root


@cache
def direction(language: str) -> str:
    """`ltr` or `rtl`."""
    return Locale.parse(language, sep="-").text_direction


@cache
def name(language: str) -> str:
    """The language's name in itself, capitalised as in a list."""
    return NAMES.get(language) or str(Locale.parse(language, sep="-").get_display_name() or language).capitalize()


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Translations:
    """A catalogue as it is since it was last changed; it is read once, however many applications a process makes."""
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=path.parents[1].name))
    compiled.seek(0)
    return Translations(compiled)
