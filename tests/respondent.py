"""A respondent that knows only CONTRACT.md "Pages": no cookies, no script, no names of ours but the documented ones.

It reads each page as a careful person with tools would: valid HTML, one `h1`, unique ids, every control named. Whatever
it cannot find by the contract it cannot use, so a page that needs more fails here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import Client

X = "{http://www.w3.org/1999/xhtml}"
_TAGS = ("h1", "h2", "h3", "p", "li", "dt", "dd", "th", "td", "summary", "label", "legend")
BLOCKS = frozenset(f"{X}{tag}" for tag in _TAGS)
"""In which a sentence ends with its element."""
SKIP = "skip"
ASKING = ("question", "all")


@dataclass(frozen=True)
class Control:
    """One question on a page: its id, how it is answered, and what could be chosen."""

    name: str
    kind: str
    """`radio`, `checkbox`, `select`, `textarea`, or what the keyboard is for: `text`, `numeric`, `date`, `tel`, ..."""
    values: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """What stands in it already: a chosen code, or typed text."""


@dataclass(frozen=True)
class Button:
    label: str
    name: str
    value: str


@dataclass(frozen=True)
class Reply:
    """What came back over the wire."""

    status: int
    headers: Mapping[str, str]
    body: str
    url: str


class Transport(Protocol):
    """How pages are fetched: the test client, or a real connection."""

    def __call__(self, method: str, url: str, fields: Sequence[tuple[str, str]] = ()) -> Reply: ...


@dataclass
class PageSeen:
    """A page as the contract describes it."""

    reply: Reply
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=True)
        self.tree: Element = parser.parse(self.reply.body)
        self.problems = [f"HTML: {code} {where}" for where, code, _ in parser.errors] + self._faults()

    @property
    def status(self) -> int:
        return self.reply.status

    @cached_property
    def main(self) -> Element:
        found = self.tree.findall(f".//{X}main")
        assert len(found) == 1, f"{len(found)} main elements on {self.reply.url}"
        return found[0]

    @property
    def kind(self) -> str:
        return self.main.get("data-page", "")

    @property
    def language(self) -> str:
        return self.tree.get("lang", "")

    @property
    def title(self) -> str:
        return words(next(self.tree.iter(f"{X}title")))

    @property
    def h1(self) -> str:
        return words(next(self.tree.iter(f"{X}h1")))

    @property
    def text(self) -> str:
        """Everything a person reads in `main`."""
        return words(self.main)

    @property
    def blocks(self) -> list[str]:
        """The same block by block, as sentences end with their block."""
        return [words(element) for element in self.main.iter() if element.tag in BLOCKS and not _holds_blocks(element)]

    @cached_property
    def form(self) -> Element:
        found = [f for f in self.main.iter(f"{X}form") if f.get("method") == "post"]
        assert len(found) == 1, f"{len(found)} task forms on the {self.kind} page"
        return found[0]

    @cached_property
    def hidden(self) -> list[tuple[str, str]]:
        return [(i.get("name", ""), i.get("value", "")) for i in self._inputs() if i.get("type") == "hidden"]

    @cached_property
    def controls(self) -> dict[str, Control]:
        """The questions of the page by id, in order."""
        found: dict[str, Control] = {}
        for element in self.form.iter():
            control = _control(element)
            if control:
                earlier = found.get(control.name)
                found[control.name] = _joined(earlier, control) if earlier else control
        return found

    @cached_property
    def buttons(self) -> list[Button]:
        """The submit buttons in document order; the first is the way forward."""
        made = [b for b in self.form.iter(f"{X}button") if b.get("type", "submit") == "submit"]
        return [Button(words(b), b.get("name", ""), b.get("value", "")) for b in made]

    @property
    def ways(self) -> list[str]:
        return [b.value for b in self.buttons if b.name == "go"]

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(words(a), a.get("href", "")) for a in self.tree.iter(f"{X}a")]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The error summary: (control linked to, message). First in `main`, or it is no summary."""
        first = next(iter(self.main), None)
        if first is None or first.get("role") != "alert":
            return []
        return [(a.get("href", "").lstrip("#"), words(a)) for a in first.iter(f"{X}a")]

    @property
    def ids(self) -> list[str]:
        return [e.get("id", "") for e in self.tree.iter() if e.get("id")]

    def _inputs(self) -> Iterable[Element]:
        return self.form.iter(f"{X}input")

    def _faults(self) -> list[str]:
        headings = list(self.tree.iter(f"{X}h1"))
        doubled = sorted({i for i in self.ids if self.ids.count(i) > 1})
        labelled = {label.get("for") for label in self.tree.iter(f"{X}label")}
        inside = {id(e) for label in self.tree.iter(f"{X}label") for e in label.iter()}
        unnamed = [
            e.get("name", "")
            for tag in ("input", "textarea", "select")
            for e in self.tree.iter(f"{X}{tag}")
            if e.get("type") != "hidden" and e.get("id") not in labelled and id(e) not in inside
        ]
        return [
            *([f"{len(headings)} h1"] if len(headings) != 1 else []),
            *([f"ids twice: {doubled}"] if doubled else []),
            *([f"controls without a label: {unnamed}"] if unnamed else []),
            *(["no lang on html"] if not self.language else []),
        ]


Chooser = Callable[[Control], Sequence[str]]


class Respondent:
    """Someone answering. `fetch` brings the pages; every page is looked at, and kept in `pages` in order."""

    def __init__(self, fetch: Transport) -> None:
        self.fetch = fetch
        self.pages: list[PageSeen] = []

    @property
    def page(self) -> PageSeen:
        return self.pages[-1]

    def open(self, url: str) -> PageSeen:
        return self._look(self.fetch("GET", url))

    def enter(self, code: str, url: str = "/svara") -> PageSeen:
        """Type the code that came on a slip: the one text field of the page, whatever it is called."""
        page = self.open(url)
        (name,) = [c.name for c in page.controls.values()]
        return self.press(answers={name: [code]})

    def press(self, go: str | None = None, answers: Mapping[str, Sequence[str]] | None = None) -> PageSeen:
        """Press the way forward, or the button `go`, with `answers` in place of what the controls hold."""
        page = self.page
        given = {name: control.given for name, control in page.controls.items()}
        given.update({name: tuple(values) for name, values in (answers or {}).items()})
        fields = [*page.hidden, *((name, value) for name, values in given.items() for value in values)]
        button = page.buttons[0] if go is None else next(b for b in page.buttons if b.name == "go" and b.value == go)
        if button.name:
            fields.append((button.name, button.value))
        return self._look(self.fetch("POST", urljoin(page.reply.url, page.form.get("action", "")), fields))

    def answer(self, choose: Chooser, most: int = 100) -> PageSeen:
        """Go forward, answering each question as `choose` says, until no more is asked."""
        for _ in range(most):
            if self.page.kind not in (*ASKING, "start", "check"):
                return self.page
            chosen = {c.name: choose(c) for c in self.page.controls.values()}
            prompted = SKIP in self.page.ways
            self.press(SKIP if prompted and not any(chosen.values()) else None, chosen)
        raise AssertionError(f"no end after {most} pages: {self.page.kind} {self.page.h1}")

    def answer_until(self, kind: str, choose: Chooser, most: int = 100) -> PageSeen:
        """Answer until a page of this kind can be asked for, and go there."""
        for _ in range(most):
            if self.page.kind == kind:
                return self.page
            chosen = {c.name: choose(c) for c in self.page.controls.values()}
            if kind in self.page.ways:
                self.press(kind, chosen)
            else:
                self.press(SKIP if SKIP in self.page.ways else None, chosen)
        raise AssertionError(f"no {kind} page after {most} pages")

    def _look(self, reply: Reply) -> PageSeen:
        page = PageSeen(reply)
        self.pages.append(page)
        assert not page.problems, f"{reply.url} ({page.kind}): {page.problems}"
        return page


def by_client(client: Client) -> Transport:
    """Fetch through Werkzeug's test client; a cookie would be a fault, so none is kept."""

    def fetch(method: str, url: str, fields: Sequence[tuple[str, str]] = ()) -> Reply:
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, []).append(value)
        reply = client.open(url, method=method, data=sent if method == "POST" else None)
        assert "Set-Cookie" not in reply.headers, "a respondent got a cookie"
        return Reply(reply.status_code, dict(reply.headers), reply.get_data(as_text=True), url)

    return fetch


def says(answers: Mapping[str, str | Sequence[str]]) -> Chooser:
    """Answer what is named; leave the rest blank."""

    def choose(control: Control) -> Sequence[str]:
        value = answers.get(control.name, ())
        return (value,) if isinstance(value, str) else tuple(value)

    return choose


def anything(control: Control) -> Sequence[str]:
    """Answer whatever is asked, with the first choice or with what the keyboard suggests."""
    typed = {"numeric": "7", "date": "2026-05-04", "email": "namn@exempel.se", "tel": "070-123 45 67"}
    return control.values[:1] or (typed.get(control.kind, "Det gick bra."),)


def _holds_blocks(element: Element) -> bool:
    return any(inner.tag in BLOCKS for inner in element.iter() if inner is not element)


def words(element: Element) -> str:
    """The text inside, as read aloud."""
    return " ".join("".join(element.itertext()).split())


def _control(element: Element) -> Control | None:
    name, kind = element.get("name", ""), element.get("type", "text")
    if element.tag == f"{X}textarea":
        return Control(name, "textarea", (), ("".join(element.itertext()),))
    if element.tag == f"{X}select":
        options = list(element.iter(f"{X}option"))
        chosen = tuple(o.get("value", "") for o in options if o.get("selected") is not None)
        return Control(name, "select", tuple(o.get("value", "") for o in options), chosen)
    if element.tag != f"{X}input" or kind in ("hidden", "submit"):
        return None
    value = element.get("value", "")
    if kind in ("radio", "checkbox"):
        return Control(name, kind, (value,), (value,) if element.get("checked") is not None else ())
    return Control(name, element.get("inputmode") or kind, (), (value,))


def _joined(first: Control, more: Control) -> Control:
    return Control(first.name, first.kind, first.values + more.values, first.given + more.given)
