"""A form from another program being put together: names, pages, and what was left out or cannot be taken.

Other programs ask several things on a page and show one because of another on the same. Our conditions look back at
earlier pages, so a page is divided where that happens. Formats are `forms.doors.surveyjs` and `forms.doors.lss`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from forms.check import reserved
from forms.doors.base import Brought
from forms.doors.expressions import Asked, BadExpression, Content
from forms.faults import BadForm, Fault, Finding
from forms.messages import _
from forms.model import MISSING
from forms.remedies import place_in_words
from forms.schema import understand
from forms.types import TYPES

MOST_QUESTIONS, MOST_CHOICES = 1_000, 10_000
"""Of a form that is read at all; the longest shipped one has a thirtieth."""
_ID_LENGTH, _CODE_LENGTH = 40, 20
_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]+))?")

EVERYWHERE = "*"
"""Stands for every language of the form: names and numbers have no translation."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?|\*")

Texts = dict[str, str]
"""Language -> text."""


class TooMuch(Exception):
    """The form is larger than any that is meant."""


@dataclass
class Building:
    """What has come of a file so far. Places are in words, as the file has them."""

    name: str
    """The file's, for the faults."""
    faults: list[Fault] = field(default_factory=list)
    changed: list[Fault] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    scales: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    """What conditions may ask about: name in the file -> the question."""
    _ids: set[str] = field(default_factory=set)
    _last: dict[str, int] = field(default_factory=dict)
    """Name that many have -> the last number given to tell them apart."""
    _places: dict[str, str] = field(default_factory=dict)
    """Id of a question or page -> its place in the file."""
    _choices: int = 0
    _stem: str = ""
    """What the page was called before it was divided."""

    def fault(self, place: str, what: str, remedy: str) -> None:
        """Note what cannot be taken."""
        self.faults.append(Fault(self.name, 0, place, what, remedy))

    def left(self, place: str, what: str, remedy: str = "") -> None:
        """Note what was left out or written otherwise."""
        self.changed.append(Fault(self.name, 0, place, what, remedy))

    def free_id(self, name: str, place: str = "") -> str:
        """An id like the name that nothing else has; told of where it is another one and has a place."""
        plain = plain_name(name)
        plain = plain if plain[:1].isalpha() or not plain else f"q_{plain}"
        stem = plain[:_ID_LENGTH].strip("_") or "q"
        found = stem
        while found in self._ids or reserved(found):
            self._last[stem] = self._last.get(stem, 1) + 1
            found = f"{stem[: _ID_LENGTH - 6]}_{self._last[stem]}"
        self._ids.add(found)
        if place and found != name:
            self.left(place, f"{renamed(name[:60], found)}.")
        return found

    def codes(self, values: Iterable[str], place: str) -> dict[str, str]:
        """What each choice is called in the file -> a code of its own, told of where they are other ones."""
        codes: dict[str, str] = {}
        taken = set(MISSING)
        last: dict[str, int] = {}
        for value in values:
            stem = code = plain_name(value)[:_CODE_LENGTH].strip("_") or "svar"
            while code in taken:
                last[stem] = last.get(stem, 1) + 1
                code = f"{stem[: _CODE_LENGTH - 6]}_{last[stem]}"
            taken.add(code)
            codes[value] = code
        other = [renamed(value, code) for value, code in codes.items() if value != code]
        if other:
            self.left(place, f"{', '.join(other[:5])}{' …' if len(other) > 5 else ''}.")
        self._choices += len(codes)
        if self._choices > MOST_CHOICES:
            raise TooMuch
        return codes

    def begin_page(self, name: str, place: str, *, part: Texts | None = None, show_if: Content | None = None) -> None:
        """What is asked from now on stands on this page."""
        self._stem = plain_name(name)
        page: dict[str, Any] = {"id": self.free_id(name)}
        page |= {"part": part} if part else {}
        page |= {"show_if": show_if} if show_if else {}
        self._places[page["id"]] = place
        self.pages.append({**page, "questions": []})

    def ask(self, question: dict[str, Any], place: str, conditions: Iterable[Content] = ()) -> None:
        """Put a question last on the page, or on a new page when it depends on one that stands there."""
        parts = list(conditions)
        if parts:
            question["show_if"] = parts[0] if len(parts) == 1 else {"all": parts}
        here = {each["id"] for each in self.pages[-1]["questions"]}
        if parts and here & set(_named(question["show_if"])):
            self.left(place, _("Frågan fick en egen sida. Den beror på ett svar på samma sida."))
            self.pages.append({**self.pages[-1], "id": self.free_id(self._stem), "questions": []})
            self._places[self.pages[-1]["id"]] = place
        if len(self._places) > 2 * MOST_QUESTIONS:
            raise TooMuch
        self._places[question["id"]] = place
        self.pages[-1]["questions"].append(question)

    def brought(self, about: Mapping[str, Any]) -> Brought:
        """The form, with what is said `about` it. Raises `BadForm` with everything that does not fit."""
        self.pages = [page for page in self.pages if page["questions"]]
        self._parts()
        content: dict[str, Any] = {**about, **({"scales": self.scales} if self.scales else {}), "pages": self.pages}
        self._whole_languages(content)
        form, found = understand(content)
        if form is None or self.faults or found:
            told = {fault.place for fault in self.faults}
            more = [fault for fault in (self._located(each, content) for each in found) if fault.place not in told]
            raise BadForm([*self.faults, *(more if not self.faults or told else [])])
        return Brought(form, tuple(self.changed))

    def _whole_languages(self, content: dict[str, Any]) -> None:
        """Leave out a language that is not in every text: a form never mixes languages."""
        texts = list(_texts(content))
        for text in texts:
            everywhere = text.pop(EVERYWHERE, "")
            text |= {language: text.get(language, everywhere) for language in content["languages"] if everywhere}
        first, *others = content["languages"]
        has = {language: sum(language in text for text in texts) for language in others}
        for language, count in has.items():
            if count < len(texts):
                what = _(
                    "Språket %(language)s kom inte med. Det har %(count)s av %(n)s texter.",
                    language=language,
                    count=count,
                    n=len(texts),
                )
                self.left("", what, _("Skriv resten och ta in filen igen, eller översätt här."))
        content["languages"] = [first, *(language for language, count in has.items() if count == len(texts))]
        for text in texts:
            for language in text.keys() - set(content["languages"]):
                del text[language]

    def _parts(self) -> None:
        """Every page stands in a part, each part in one piece, or none does."""
        parts = [page.get("part") for page in self.pages]
        runs = [part for place, part in enumerate(parts) if place == 0 or part != parts[place - 1]]
        if all(parts) and all(runs.count(part) == 1 for part in runs):
            return
        if any(parts):
            self.left("", _("Sidornas rubriker kom inte med: alla sidor måste ha en, och varje del stå samlad."))
        for page in self.pages:
            page.pop("part", None)

    def _located(self, finding: Finding, content: dict[str, Any]) -> Fault:
        """A finding of the form, at the question or page of the file it comes from."""
        match finding.path:
            case ("pages", int(page), "questions", int(number), *rest):
                place = self._places[self.pages[page]["questions"][number]["id"]]
                inner = place_in_words(tuple(rest), self.pages[page]["questions"][number])
            case ("pages", int(page), *rest):
                place, inner = self._places[self.pages[page]["id"]], place_in_words(tuple(rest), self.pages[page])
            case path:
                place, inner = "", place_in_words(path, content)
        return Fault(self.name, 0, ", ".join(filter(None, (place, inner))), finding.what, finding.remedy)


def usual_privacy(ours: str) -> str:
    """What can be counted is counted, what is written in own words waits for a reader, an address is a person."""
    allowed = TYPES[ours].privacies
    return next(each for each in ("open", "free_text", "identifying") if each in allowed)


def plain_name(name: str) -> str:
    """The name with only a-z, 0-9 and _."""
    if name in MISSING or re.fullmatch(r"[a-z0-9_]+", name):
        return name
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def language_code(said: str) -> str:
    """A form's code for what another program calls a language ("pt-br", "de-informal"), or "" for what is none."""
    found = _TAG.fullmatch(said.strip())
    if not found:
        return ""
    country = found[2] or ""
    return found[1].lower() + (f"-{country.upper()}" if len(country) == 2 else "")


def unmarked(text: str) -> str:
    """A text without the HTML in it: paragraphs and line breaks become lines."""
    if "<" not in text and "&" not in text:
        return text.strip()
    reader = _Words()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    """What a reader would see of HTML."""

    _BREAKS = frozenset({"p", "br", "div", "li", "h1", "h2", "h3", "h4", "tr", "ul", "ol"})
    _UNSEEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the parser's name
        self._unseen += tag in self._UNSEEN
        if tag in self._BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in self._UNSEEN))
        if tag in self._BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.found.append(data.replace("\xa0", " ").replace("\n", " "))


def _texts(content: Any) -> Iterator[Texts]:
    """Every text within content with the keys of a form file, to be changed in place."""
    if isinstance(content, dict) and content and all(map(_says_a_text, content, content.values())):
        yield content
    for part in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _texts(part)


def _says_a_text(language: str, words: Any) -> bool:
    return isinstance(words, str) and _LANGUAGE.fullmatch(language) is not None


def _named(condition: Content) -> Iterator[str]:
    """Every question a condition asks about."""
    if "q" in condition:
        yield condition["q"]
    for part in (*condition.get("all", ()), *condition.get("any", ()), *filter(None, [condition.get("not")])):
        yield from _named(part)


def renamed(old: str, new: str) -> str:
    """What is told of something that cannot be called what it was."""
    return _("«%(old)s» heter nu «%(new)s»", old=old, new=new)


def strange(token: str) -> BadExpression:
    """What a condition has and a form's cannot."""
    return BadExpression(_("Villkoret har «%(token)s», som inte går att ta in.", token=token[:40]), "")
