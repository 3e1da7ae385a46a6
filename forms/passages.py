"""Texts of the start and end pages, as one types them in one language: a line per paragraph, a line per bullet.

What is typed is laid beside what stood there, line by line, so that a line nobody touched keeps its translations, and
one that was reworded keeps them too, to be looked through again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

Words = Mapping[str, str]
"""A text as a form file has it: language -> text."""
Passage = Mapping[str, Any]
"""A passage as a form file has it: heading, paragraphs, bullets."""


@dataclass(frozen=True)
class Typed:
    """A passage as one types it: the lists with an item a line."""

    heading: str = ""
    paragraphs: str = ""
    bullets: str = ""


def typed(passage: Passage, language: str) -> Typed:
    """The passage in one language, to be typed in."""
    return Typed(
        heading=passage.get("heading", {}).get(language, ""),
        paragraphs=_lines(passage.get("paragraphs", ()), language),
        bullets=_lines(passage.get("bullets", ()), language),
    )


def retyped(
    before: Sequence[Passage], now: Sequence[Typed], language: str, languages: Sequence[str]
) -> list[dict[str, Any]]:
    """The passages after someone has typed `now` over `before`, place by place; those left empty are gone.

    What has no translation says so with a blank for each of `languages`, or it would get that of its place.
    """
    pairs = zip_longest(before, now[: len(before) + 1])
    found = [_passage(old or {}, new, language, languages) for old, new in pairs if new]
    return [passage for passage in found if passage]


def relined(before: Sequence[Words], text: str, language: str, languages: Sequence[str]) -> list[dict[str, str]]:
    """The texts after someone has typed these lines over them; blank lines are none."""
    new = [line.strip() for line in text.splitlines() if line.strip()]
    old = [words.get(language, "") for words in before]
    found: list[dict[str, str]] = []
    for _how, start, stop, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        stood = before[start:stop]
        for place, line in enumerate(new[first:last]):
            own = stood[place] if place < len(stood) else {}
            found.append({**dict.fromkeys(languages, ""), **own, language: line})
    return found


def _passage(before: Passage, now: Typed, language: str, languages: Sequence[str]) -> dict[str, Any]:
    heading = now.heading.strip()
    own = before.get("heading", {})
    made = {
        "heading": {**dict.fromkeys(languages, ""), **own, language: heading} if heading else {},
        "paragraphs": relined(before.get("paragraphs", ()), now.paragraphs, language, languages),
        "bullets": relined(before.get("bullets", ()), now.bullets, language, languages),
    }
    return {key: value for key, value in made.items() if value}


def _lines(texts: Sequence[Words], language: str) -> str:
    return "\n".join(words.get(language, "") for words in texts)
