"""Somebody without sense or scruples at the pages: wild requests that come from what the pages themselves offer.

The grammar is the pages': links are followed, forms are filled in as a person would, then bent (values, names, states
of earlier pages, ids of others, methods, encodings, sizes), sent twice, or sent by somebody else. Every request follows
from the seed and the number of those before it.
"""

import json
import random
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, quote_from_bytes, unquote, urlencode, urljoin

from werkzeug.exceptions import NotFound
from werkzeug.routing import BuildError, Rule
from werkzeug.test import TestResponse

from tests.api_scene import FOREIGN
from tests.staff_scene import Browser
from tests.whole_house import WHO, House

MARK = "zq<b>\"'`"
"""Stands unescaped on no page."""
WILD: tuple[str, ...] = (
    *("", " ", "0", "-1", "1", "1.5", "1e309", "NaN", "99999999999999999999", "٣", "²", "½", "0x10", "１２", "1 000"),
    *("2026-02-30", "2026-13-01", "0000-00-00", "9999-12-31", "0001-01-01", "2026-Q5", "2026-Q3/norr", "25:61"),
    *("on", "true", "null", "[]", "{}", '"x"', "[1,2]", '{"a": {"b": [null]}}', "[" * 3000, '{"a":' * 3000),
    *("../../etc/passwd", "..%2f..", "//exempel.se", "javascript:alert(1)", "data:text/html,x", "http://127.0.0.2:9/"),
    *(MARK, f"<script>{MARK}</script>", f"\"'><svg onload={MARK}>", "{{ config }}{% for x in y %}", "%(n)s %s {0}"),
    *("'; DROP TABLE account; --", "' OR 1=1 --", "=cmd|' /C calc'!A0", "${7*7}", "\x00", "a\x00b", "\x7f\x1b[31m"),
    *("\r\nSet-Cookie: zq=1", "\u202e\u2066x\u2069", "\ufffe\uffff", "a" + "\u0301" * 500, "🙂" * 50, "ﷺ" * 200, "İıß"),
    *("å" * 3000, "x" * 70_000, "1" * 5000, "\n" * 3000, ",".join("ab" * 500), "a.b.c.d", "K4M7-2PQX", "123456"),
)
TAME = ("hej", "Kim Exempelsson", "3", "2026-09-01", "13:30", "070-174 06 05", "kim@exempel.se")
RAW = (b"%", b"%zz", b"%ff%fe", b"%ED%A0%80", b"\xff\xfe", b"%00", b"&&&==", b"a=1&" * 50, b"%c0%af", b"\r\n\r\n")
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 200,
    "application/json",
    "text/plain",
    "",
    "a/b; c",
)
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "ZQ")
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Accept-Language": "en;q=zq, *;q=9"},
    {"Accept": "image/png;q=x"},
    {"Accept-Encoding": "gzip;q=2, br, *"},
    {"If-None-Match": '"zq", W/"'},
    {"If-Modified-Since": "zq"},
    {"Range": "bytes=9-1,-0"},
    {"Content-Length": "0"},
    {"Authorization": "Bearer " + "å" * 40},
    {"Authorization": "Basic %%%"},
    {"Cookie": 'samsvar="; zq=\\"'},
    {"Sec-Fetch-Site": "cross-site"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-For": "zq"},
    {"Host": 'a b"<zq>:99999'},
    {"Referer": f"http://exempel.se/{quote(MARK)}"},
)
TOLD = ("Traceback (most recent call last)", "sqlalchemy.", "werkzeug.", "jinja2.", "psycopg.", 'File "/')
"""What a page says when it tells of its inside."""
REMEMBERED = 150


@dataclass(frozen=True)
class Ask:
    """One request, as it is sent."""

    who: str | None
    method: str
    url: str
    body: bytes = b""
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.url[:200]!r} {self.kind} {self.body[:300]!r} {dict(self.headers)}"


@dataclass
class Form:
    """A form of a page: where it goes, what stands in it, and what could be chosen."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.address, self.forms, self.links = address, list[Form](), list[str]()
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "a" and given.get("href", "").startswith(("/", "?", ".")):
            self.links.append(urljoin(self.address, given["href"]).partition("#")[0])
        if tag == "form":
            action = urljoin(self.address, given.get("action", "") or self.address)
            self.forms.append(Form(action, given.get("method", "get").upper()))
        if not self.forms:
            return
        form = self.forms[-1]
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            form.choices.append((self._select, value))
        elif tag == "button" and name:
            form.buttons.append((name, value))
        elif (tag == "input" or tag == "textarea") and name:
            kind = given.get("type", "text")
            if kind in ("radio", "checkbox"):
                form.choices.append((name, value))
            elif kind == "file":
                form.files.append(name)
            else:
                form.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


@dataclass
class Vandal:
    """Asks for whatever comes to mind, and remembers what was answered."""

    house: House
    seed: int
    seen: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """What must not be: the request, and what was wrong with its answer."""
    _forms: dict[str | None, deque[Form]] = field(default_factory=dict)
    _links: dict[str | None, deque[str]] = field(default_factory=dict)
    _sent: deque[Ask] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.people = [None, None, None, *WHO.values()]
        self.rules = self.house.rules()
        for who in set(self.people):
            self._forms[who], self._links[who] = deque(maxlen=REMEMBERED), deque(maxlen=REMEMBERED)

    def go(self, times: int) -> None:
        """Ask that many times."""
        for _ in range(times):
            self.send(self._next())

    def send(self, ask: Ask) -> None:
        """Ask, look at the answer, and remember what it offers."""
        browser = self._browser(ask.who)
        headers = {**ask.headers, **({"Content-Type": ask.kind} if ask.kind else {})}
        if "Authorization" not in headers and ask.url.startswith("/api/") and self.chance.random() < 0.9:
            headers["Authorization"] = f"Bearer {self.house.key}"
        path, _mark, query = ask.url.partition("?")
        answer = browser.client.open(
            unquote(path, errors="replace"),
            query_string=query,
            method=ask.method,
            data=ask.body,
            headers=headers,
            buffered=True,
            base_url="http://localhost",
        )
        self.seen[answer.status_code] += 1
        self.faults += [f"{fault} <- {ask}" for fault in wrong(answer)]
        self._learn(ask, answer)

    def _browser(self, who: str | None) -> Browser:
        return self.house.browser(who)

    def _learn(self, ask: Ask, answer: TestResponse) -> None:
        if (answer.location or "").startswith("/personal/logga-in") and ask.who:
            self.house.renew(ask.who)
        if ask.method == "POST" and len(ask.body) < 20_000:
            self._sent.append(ask)
        if answer.mimetype == "text/html" and len(answer.data) < 200_000:
            page = Page(ask.url.partition("?")[0], answer.data.decode("utf-8", "replace"))
            self._forms[ask.who].extend(page.forms)
            self._links[ask.who].extend(page.links)

    def _next(self) -> Ask:
        who, chance = self.chance.choice(self.people), self.chance.random()
        if chance < 0.4 and self._forms[who]:
            return self._filled(who, self.chance.choice(self._forms[who]))
        if chance < 0.6 and self._links[who]:
            return Ask(who, "GET", self._bent_url(self.chance.choice(self._links[who])), headers=self._headers())
        if chance < 0.7 and self._sent:
            return self._again(self.chance.choice(self._sent))
        rule = self.chance.choice(self.rules)
        may = self.house.may(rule)
        return self._plain(may if may and self.chance.random() < 0.8 else who, rule)

    def _plain(self, who: str | None, rule: Rule) -> Ask:
        """An address of the map, of what there is, of others' or of nothing."""
        named = {name: self._object(name) for name in rule.arguments}
        try:
            url = self.house.path(rule, **named)
        except (BuildError, NotFound, ValueError):
            url = quote(str(rule), safe="/")
        method = self.chance.choice(METHODS) if self.chance.random() < 0.3 else "GET"
        if "POST" in (rule.methods or ()) and self.chance.random() < 0.4:
            return self._body(Ask(who, "POST", url), self._nonsense(who))
        prefix = "/en" if self.chance.random() < 0.1 else ""
        return Ask(who, method, self._bent_url(prefix + url), headers=self._headers())

    def _object(self, name: str) -> str | int:
        chance = self.chance.random()
        if chance < 0.7:
            return self.house.named[name]
        if chance < 0.85:
            return str(FOREIGN.get(name, "ingen")) if name != "version" else self.chance.choice((0, 2, 99, 10**9))
        wild = self.chance.choice(WILD)[:300]
        return wild if name != "version" else 10**30

    def _filled(self, who: str | None, form: Form) -> Ask:
        """A form, filled in more or less as it wants to be."""
        fields = [(name, value if self._keeps(name) else self._word(value)) for name, value in form.fields]
        names = dict.fromkeys(name for name, _value in form.choices)
        for name in names:
            there = [value for of, value in form.choices if of == name]
            fields += [(name, value) for value in self.chance.sample(there, self.chance.randint(0, min(2, len(there))))]
        if form.buttons and self.chance.random() < 0.95:
            fields.append(self.chance.choice(form.buttons))
        if self.chance.random() < 0.5:
            fields = self._bent(fields)
        url = self._bent_url(form.action)
        if form.method == "GET":
            return Ask(who, "GET", f"{url.partition('?')[0]}?{urlencode(fields, errors='replace')}")
        return self._body(Ask(who, "POST", url), fields, form.files)

    def _keeps(self, name: str) -> bool:
        return name in ("csrf_token", "state", "submission", "seen") and self.chance.random() < 0.97

    def _word(self, value: str) -> str:
        chance = self.chance.random()
        return value if chance < 0.4 else self.chance.choice(TAME if chance < 0.6 else WILD)

    def _bent(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Some of it left out, twice, under another name or with another value."""
        bent: list[tuple[str, str]] = []
        for name, value in fields:
            match self.chance.randrange(12):
                case 0:
                    continue
                case 1:
                    bent += [(name, value), (name, self.chance.choice(WILD))]
                case 2 if not self._keeps(name):
                    bent.append((name, self.chance.choice(WILD)))
                case 3 if not self._keeps(name):
                    bent.append((self._renamed(name), value))
                case 4 if len(value) > 8 and not self._keeps(name):
                    at = self.chance.randrange(len(value))
                    bent.append((name, value[:at] + self.chance.choice("A.é%") + value[at + 1 :]))
                case 5 if value[-1:].isdecimal() and not self._keeps(name):
                    bent.append((name, value.rstrip("0123456789") + "9" * 5000))
                case _:
                    bent.append((name, value))
        return bent

    def _renamed(self, name: str) -> str:
        """Another number or ending in a name of many parts, or another name."""
        parts = re.split(r"([-_])", name)
        parts[self.chance.randrange(len(parts))] = self.chance.choice(("0", "99", "-1", "²", "x", "", MARK, "9" * 30))
        return "".join(parts)

    def _nonsense(self, who: str | None) -> list[tuple[str, str]]:
        """Fields that some form has, with anything in them."""
        names = [name for form in self._forms[who] for name, _value in (*form.fields, *form.buttons, *form.choices)]
        picked = [self.chance.choice(names or ["code"]) for _ in range(self.chance.randint(0, 6))]
        token = [("csrf_token", self._browser(who).token())] if who else []
        return [*token, *((name, self.chance.choice(WILD)) for name in picked if name != "csrf_token")]

    def _body(self, ask: Ask, fields: list[tuple[str, str]], files: list[str] | None = None) -> Ask:
        """As a form is sent; now and then as something else."""
        chance = self.chance.random()
        if files or chance < 0.05:
            body, kind = self._parts(fields, files or ["file"])
        elif chance < 0.08:
            body, kind = self.chance.choice(RAW) * self.chance.randint(1, 9), self.chance.choice(TYPES)
        elif chance < 0.1:
            body, kind = json.dumps(dict(fields)).encode(), self.chance.choice(TYPES)
        else:
            body, kind = urlencode(fields, errors="replace").encode(), TYPES[0]
            if chance > 0.97:
                body += b"&" + self.chance.choice(RAW)
        return Ask(ask.who, ask.method, ask.url, body, kind, self._headers())

    def _parts(self, fields: list[tuple[str, str]], files: list[str]) -> tuple[bytes, str]:
        line = b"--zq\r\nContent-Disposition: form-data; name="
        out = [line + json.dumps(name).encode() + b"\r\n\r\n" + value.encode() + b"\r\n" for name, value in fields]
        for name in files:
            title, content = self._file()
            out.append(line + f'"{name}"; filename={json.dumps(title)}\r\n\r\n'.encode() + content + b"\r\n")
        end = b"--zq--\r\n" if self.chance.random() < 0.95 else b""
        return b"".join((*out, end)), "multipart/form-data; boundary=zq"

    def _file(self) -> tuple[str, bytes]:
        ending = self.chance.choice((".yaml", ".xlsx", ".json", ".lss", ".xlf", ".csv", ".png", ".svg", "", ".exe"))
        content = self.chance.choice(
            (
                b"",
                b"\x00" * 99,
                b"PK\x03\x04" + b"\xff" * 60,
                b"\x89PNG\r\n\x1a\n" + bytes(40),
                b"[" * 9000,
                b'{"pages": [{"elements": [{"type": "radiogroup", "name": "' + MARK.encode() + b'"}]}]}',
                b"a: &a [*a]\n",
                b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
                b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
                b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>',
                b"<a>" * 300,
                b"form: x\nversion: ''\npages: 3\n",
                self.chance.choice(WILD).encode(),
            )
        )
        return self.chance.choice(("x", "../x", MARK, "å\x00")) + ending, content

    def _again(self, sent: Ask) -> Ask:
        """Something sent earlier: once more, by another, elsewhere, or with another's state."""
        other = self.chance.choice(self._sent)
        match self.chance.randrange(4):
            case 0:
                return sent
            case 1:
                return Ask(self.chance.choice(self.people), sent.method, sent.url, sent.body, sent.kind)
            case 2:
                return Ask(sent.who, sent.method, other.url, sent.body, sent.kind)
            case _:
                at = self.chance.randrange(len(sent.body) + 1)
                return Ask(sent.who, sent.method, sent.url, sent.body[:at] + other.body[at:], sent.kind)

    def _bent_url(self, url: str) -> str:
        if self.chance.random() < 0.8:
            return url
        path, _mark, query = url.partition("?")
        names = re.findall(r"(?:^|&)([^=&]+)", query) or ["said", "sagt", "next", "period", "visa", "fran", "q", "away"]
        word = quote(self.chance.choice(WILD)[:2000], errors="replace")
        if self.chance.random() < 0.5:
            return f"{path}?{self.chance.choice(names)}={word}"
        return f"{path}?{query}&{quote_from_bytes(self.chance.choice(RAW), safe='%&=')}={word}"

    def _headers(self) -> Mapping[str, str]:
        return self.chance.choice(HEADERS) if self.chance.random() < 0.15 else {}


def wrong(answer: TestResponse) -> Iterator[str]:
    """What an answer may never be."""
    if answer.status_code >= 500:
        yield str(answer.status_code)
    if "Content-Security-Policy" not in answer.headers:
        yield "no strict headers"
    # Where an address leads to may hold it, encoded: the same address with its slashes in order.
    if any("zq=1" in value for name, value in answer.headers if name != "Location"):
        yield "reflected in a header"
    if any(sign in f"{name}{value}" for name, value in answer.headers for sign in "\r\n"):
        yield "a header is broken"
    if (answer.mimetype or "").startswith(("text/html", "image/svg", "text/css")):
        page = answer.data.decode("utf-8", "replace")
        if MARK in page or MARK[:5] in page:
            yield "reflected"
        if told := [word for word in TOLD if word in unescape(page)]:
            yield f"tells {told}"


def memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
