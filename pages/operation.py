"""How the installation is: for those who watch it by program, and for the administrator in words.

Nothing here counts people, visits or answers: what a respondent does leaves no number anywhere (PRIVACY.md 2).
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from pages.context import house
from staff.policy import needs, public
from survey import health
from survey.errors import NotFound
from survey.health import KINDS, Kind, Trouble

operation = Blueprint("operation", __name__)

GIGABYTE = 1_000_000_000


@operation.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Whether this process answers; nothing else is looked at."""
    return _plain("ok")


@operation.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Whether it can do its work: the database is there, at the revision of this code."""
    return _plain("ok") if health.ready(house()) else (_plain("not ready"), 503)


@operation.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """What is wrong, free room and the last backup, for a program on this network."""
    if not _near():
        raise NotFound
    installation = house()
    found = {one.kind for one in health.troubles(installation, installation.now())}
    registry = CollectorRegistry()
    wrong = Gauge("samsvar_trouble", "1 where somebody must mend something", ["kind"], registry=registry)
    for kind in KINDS:
        wrong.labels(kind).set(kind in found)
    Gauge("samsvar_free_bytes", "Free room at the instance", registry=registry).set(health.free_room(installation))
    last = health.last_backup(installation)
    Gauge("samsvar_backup_seconds", "When the last backup was taken; 0: never", registry=registry).set(
        last.timestamp() if last else 0
    )
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


@operation.get("/personal/admin/lage")
@needs("admin")
def status() -> str:
    """What is wrong, in words, with what to do about it."""
    installation = house()
    found = health.troubles(installation, installation.now())
    last = health.last_backup(installation)
    return render_template(
        "staff/status.html",
        troubles=[in_words(one) for one in found],
        last_backup=last.date().isoformat() if last else "",
        free=health.free_room(installation) // GIGABYTE,
        today=installation.today(),
    )


def _plain(words: str) -> Response:
    return Response(f"{words}\n", content_type="text/plain; charset=utf-8")


def _near() -> bool:
    """Whether whoever asks is on this machine or its own network."""
    try:
        return ip_address(request.remote_addr or "").is_private
    except ValueError:
        return False


def in_words(trouble: Trouble) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    what, remedy = _TROUBLES[trouble.kind](trouble)
    return str(what), str(remedy)


def _database(_one: Trouble) -> tuple[str, str]:
    return _("Databasen svarar inte."), _("Se efter att den är igång och att disken inte är full.")


def _revision(_one: Trouble) -> tuple[str, str]:
    return (
        _("Databasen är inte av samma version som programmet."),
        _("Kör flask --app app setup och starta om tjänsten."),
    )


def _release(one: Trouble) -> tuple[str, str]:
    since = one.since.isoformat() if one.since else ""
    return (
        _("Svaren från perioden som slutade %(day)s är inte öppnade.", day=since),
        _("Se efter att den nattliga körningen av flask --app app release är igång, eller kör den nu."),
    )


def _scrub(_one: Trouble) -> tuple[str, str]:
    return (
        _("Raderade uppgifter är inte utplånade ur filerna än."),
        _("Det görs om vid nästa öppning. Står det kvar i morgon: kör flask --app app release när ingen annan läser."),
    )


def _key(one: Trouble) -> tuple[str, str]:
    return (
        ngettext(
            "Nyckeln till %(num)s låda med svar saknas.",
            "Nycklarna till %(num)s lådor med svar saknas.",
            one.number or 0,
        ),
        _("Lägg tillbaka nyckelmappen. Utan den kan ingen svara där, och det som ligger i lådan går inte att läsa."),
    )


def _disk(one: Trouble) -> tuple[str, str]:
    return (
        _("Disken har bara %(n)s MB ledigt.", n=(one.number or 0) // 1_000_000),
        _("Gör plats. När disken är full kan ingen svara."),
    )


def _backup(one: Trouble) -> tuple[str, str]:
    if one.since is None:
        return _("Det finns ingen säkerhetskopia."), _("Kör flask --app app backup varje natt.")
    return (
        _("Den senaste säkerhetskopian är från %(day)s.", day=one.since.isoformat()),
        _("Se efter att den nattliga kopieringen är igång och att det finns plats där den skriver."),
    )


def _clock(one: Trouble) -> tuple[str, str]:
    since = one.since.isoformat() if one.since else ""
    return (
        _("Klockan går fel: det finns uppgifter från %(day)s, eller så är dagen inställd för hand.", day=since),
        _(
            "Ställ serverns klocka, och ta bort SAMSVAR_TODAY om den är angiven. Går klockan rätt nu: kör "
            "flask --app app release --it-is med dagens datum."
        ),
    )


def _night(one: Trouble) -> tuple[str, str]:
    what = (
        _("Nattens arbete gjordes senast %(day)s.", day=one.since.isoformat())
        if one.since
        else _("Nattens arbete har inte gjorts än.")
    )
    return what, _(
        "Se efter att serverns klocka går rätt, och att de nattliga körningarna är igång. Efter mer än fyra dagar "
        "öppnas och gallras inget förrän du har kört flask --app app release --it-is med dagens datum."
    )


def _mail(one: Trouble) -> tuple[str, str]:
    return (
        ngettext(
            "%(num)s notis har inte gått att skicka.", "%(num)s notiser har inte gått att skicka.", one.number or 0
        ),
        _("Se efter att mejlservern svarar och att SAMSVAR_MAIL_URL stämmer. Ingen notis går förlorad."),
    )


_TROUBLES: Mapping[Kind, Callable[[Trouble], tuple[str, str]]] = {
    "database": _database,
    "revision": _revision,
    "clock": _clock,
    "night": _night,
    "release": _release,
    "scrub": _scrub,
    "key": _key,
    "disk": _disk,
    "backup": _backup,
    "mail": _mail,
}
