"""P26 of PRIVACY.md: strict headers on whatever the server answers, and nothing of anybody else's on any page.

What strict means is written here once more, from PRIVACY.md 5, and not taken from the code.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from exports import making
from pages import refer
from pages.live import STALE, Live
from pages.pace import Pace
from staff.policy import Needs, Program, policy_of
from survey.errors import BadRequest, Closed, Unavailable
from tests.scene import SOAK
from tests.visits import served
from tests.whole_house import WHO, House, whole_house

OURS = {"'none'", "'self'", "data:"}
NEEDED = {
    "default-src": {"'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "form-action": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
}
"""Directive -> the only thing it may say."""
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE")
SIGNED_IN = ("GET", "OPTIONS", "POST", "PUT")
"""Those that staff pages are asked with in the sample: HEAD draws the whole page once more."""
STATUSES = {200, 204, 303, 308, 304, 400, 401, 403, 404, 405, 406, 410, 413, 422, 429, 500, 503}
"""What the walk has to come across."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[House]:
    with whole_house(tmp_path_factory.mktemp("house"), migrated_file) as house:
        yield house


def faults(headers: Headers, path: str) -> list[str]:
    """What is not strict about an answer."""
    found = [f"{name}: {headers.get(name)}" for name, said in EXACT.items() if headers.getlist(name) != [said]]
    policy = policy_in(headers)
    found += [f"{name} {policy.get(name)}" for name, said in NEEDED.items() if policy.get(name) != said]
    found += [f"{name} allows {more}" for name, said in policy.items() if (more := said - OURS)]
    found += ["data: beyond pictures" for name, said in policy.items() if "data:" in said and name != "img-src"]
    lasts = re.fullmatch(r"max-age=(\d+); includeSubDomains", headers.get("Strict-Transport-Security", ""))
    if not lasts or int(lasts[1]) < YEAR:
        found.append("HTTPS is not kept to")
    if "Cache-Control" not in headers:
        found.append("whoever may keep it decides for themselves")
    if path.startswith(("/personal", "/en/personal")) and headers.get("Cache-Control") != "no-store":
        found.append("a staff page is kept")
    if not path.startswith(("/personal", "/en/personal")) and "Set-Cookie" in headers:
        found.append("whoever answers gets a cookie")
    found += [name for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin") if name in headers]
    if headers.get("Content-Type", "").startswith("text/") and "charset=utf-8" not in headers["Content-Type"].lower():
        found.append("text without its encoding")
    return found


def policy_in(headers: Headers) -> dict[str, set[str]]:
    """The content security policy: directive -> what it allows. Nothing where there are several."""
    said = headers.getlist("Content-Security-Policy")
    parts = [part.split() for part in said[0].split(";")] if len(said) == 1 else []
    return {name: set(allowed) for name, *allowed in parts}


class Walk:
    """Answers looked at on the way: how many of each status, and what was wrong."""

    def __init__(self) -> None:
        self.seen: Counter[int] = Counter()
        self.wrong: list[tuple[str, int, str]] = []

    def look(self, what: str, path: str, answer: TestResponse) -> None:
        self.seen[answer.status_code] += 1
        self.wrong += [(what, answer.status_code, fault) for fault in faults(answer.headers, path)]


def walk(house: House, walked: Walk) -> None:
    """Every address by whoever may use it with every method, in both languages, and by nobody."""
    for rule in house.rules():
        path = house.path(rule)
        for method in METHODS if SOAK or house.may(rule) is None else SIGNED_IN:
            walked.look(f"{method} {rule}", path, house.ask(rule, method))
        for elsewhere in (f"/en{path}", f"{path}/nej", path.rstrip("/") if path != "/" else "//"):
            walked.look(elsewhere, elsewhere, house.world.visit().client.get(elsewhere, buffered=True))


def errors(house: House, walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can go wrong, one by one."""
    nobody = house.world.app.test_client(use_cookies=False)
    kim = house.world.visit("kim")
    link, refers = f"/svara/{house.named['round_id']}", "/anmal/norr"
    monkeypatch.setattr(house.world.app, "testing", False)

    def tried(what: str, path: str, answer: TestResponse) -> None:
        walked.look(what, path, answer)

    tried("too much", link, nobody.post(link, data={"x": "x" * 999_999}))
    tried("half a form", link, nobody.post(link, data=b"--x", content_type="multipart/form-data; boundary=x"))
    tried("too many fields", link, nobody.post(link, data={str(n): "" for n in range(2000)}))
    tried("a strange host", "/", nobody.get("/", headers={"Host": "a b<c>"}))
    tried("a foreign form", "/personal/", kim.client.post("/personal/logga-ut"))
    tried("plain http", "/personal/", nobody.get("/personal/", headers={"X-Forwarded-For": "192.0.2.1"}))
    tried("no key", "/api/v1/forms", nobody.get("/api/v1/forms"))
    key = {"Authorization": f"Bearer {house.key}"}
    tried("a misspelt parameter", "/api/v1/forms", nobody.get("/api/v1/forms?nej=1", headers=key))
    tried("pictures please", "/api/v1/forms", nobody.get("/api/v1/forms", headers={**key, "Accept": "image/png"}))
    style = nobody.get("/static/samsvar.css", buffered=True).headers["ETag"]
    tried(
        "the same again", "/static/", nobody.get("/static/samsvar.css", buffered=True, headers={"If-None-Match": style})
    )
    tried("a part", "/static/", nobody.get("/static/samsvar.css", buffered=True, headers={"Range": "bytes=0-9"}))
    tried("packed", "/", nobody.get("/", headers={"Accept-Encoding": "gzip"}))
    state = re.search(r'name="state" value="([^"]*)"', nobody.get(refers).text)
    assert state
    with monkeypatch.context() as bent:
        bent.setattr(refer, "pace", Pace(burst=0, per_second=0))
        tried("too fast", refers, nobody.post(refers, data={"state": state[1]}))
    with monkeypatch.context() as bent:
        bent.setattr(making, "AT_ONCE", 0)
        csv = f"/personal/utvardering/exempel/tiny/{house.named['period']}/hamta/csv"
        tried("too many files", csv, house.world.visit("eva").get(csv))
    for fault in (Closed(), BadRequest(), Unavailable(), ZeroDivisionError(), OSError(28, "full")):
        with monkeypatch.context() as bent:
            bent.setattr("survey.rounds.round_by_code", _raising(fault))
            tried(repr(fault), "/svara", nobody.post("/svara", data={"code": "K4M7-2PQX"}))
    live = f"/rosta/{house.named['code']}/lage"
    tried("how the room stands", live, nobody.get(live))
    etag = nobody.get(live).headers["ETag"]
    tried("as before", live, nobody.get(live, headers={"If-None-Match": etag}))
    tried("a room that is none", live, nobody.get("/rosta/000000/lage"))
    with monkeypatch.context() as bent:
        bent.setattr("pages.live.STALE", -STALE)
        bent.setattr(Live, "_look", lambda _self: None)
        tried("nobody knows", live, nobody.get(live))


def _raising(fault: Exception) -> Callable[..., None]:
    def fails(*_given: object) -> None:
        raise fault

    return fails


def test_every_answer_of_every_address_is_strict(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = Walk()
    walk(house, walked)
    errors(house, walked, monkeypatch)
    assert walked.wrong == []
    assert set(walked.seen) >= STATUSES, STATUSES - set(walked.seen)
    assert walked.seen[200] > 200, "it stood before pages, not before closed doors"


def test_control_one_answer_that_goes_past_the_house_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = house.world.app.wsgi_app

    def past(environ: Mapping[str, object], start: object) -> object:
        if environ["PATH_INFO"] != "/hjalp":
            return inside(environ, start)  # type: ignore[arg-type]
        start("200 OK", [("Content-Type", "text/html")])  # type: ignore[operator]
        return [b"<script>alert(1)</script>"]

    monkeypatch.setattr(house.world.app, "wsgi_app", past)
    walked = Walk()
    walked.look("past", "/hjalp", house.world.app.test_client().get("/hjalp"))
    assert len(walked.wrong) >= len(EXACT) + len(NEEDED)


@pytest.mark.parametrize(
    ("name", "weak"),
    [
        ("Content-Security-Policy", "default-src 'self' 'unsafe-inline'"),
        ("Content-Security-Policy", "default-src 'none'; img-src https://bilder.exempel.se"),
        ("Strict-Transport-Security", "max-age=60"),
        ("Referrer-Policy", "origin"),
    ],
)
def test_control_weak_headers_are_found(house: House, monkeypatch: pytest.MonkeyPatch, name: str, weak: str) -> None:
    strict = house.world.app.test_client().get("/").headers
    assert faults(strict, "/") == []
    strict[name] = weak
    assert faults(strict, "/") != []


def pages(house: House) -> Iterator[tuple[str, str]]:
    """Who goes where: in a soak to every page, otherwise to one of each blueprint and role."""
    been = set()
    for rule in house.rules():
        policy, kind = policy_of(house.world.app, rule.endpoint), rule.endpoint.partition(".")[0]
        if "GET" not in (rule.methods or ()) or isinstance(policy, Program) or (kind in been and not SOAK):
            continue
        answer = house.ask(rule)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            been.add(kind)
            yield WHO[policy.role] if isinstance(policy, Needs) else "ada", house.path(rule)


def asked_for(site: str, house: House, chromium: Browser, tour: list[tuple[str, str]]) -> tuple[set[str], list[str]]:
    """Every origin a browser asks on the way, and what it complains of."""
    origins, complaints = set(), []
    for who in sorted({who for who, _path in tour}):
        context = chromium.new_context()
        context.add_cookies([{"name": "samsvar", "value": house.world.visit(who).reference, "url": site}])
        page = context.new_page()
        page.on("request", lambda request: origins.add("/".join(request.url.split("/")[:3])))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        for _who, path in (one for one in tour if one[0] == who):
            page.goto(f"{site}{path}", wait_until="load")
        context.close()
    return {origin for origin in origins if not origin.startswith("data:")}, complaints


def test_a_browser_asks_nobody_else_for_anything(house: House, chromium: Browser) -> None:
    tour = list(pages(house))
    assert len(tour) > 15
    with served(house.world.app) as site:
        assert asked_for(site, house, chromium, tour) == ({site}, [])


def test_control_a_picture_from_elsewhere_is_seen(house: House, chromium: Browser) -> None:
    stranger = Flask("stranger")
    stranger.add_url_rule("/", view_func=lambda: "<img src=http://127.0.0.2:9/bild.png>")
    with served(stranger) as site:
        origins, _said = asked_for(site, house, chromium, [("ada", "/")])
    assert origins == {site, "http://127.0.0.2:9"}
