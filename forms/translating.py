"""Translating a form: its texts side by side, what is missing and what must be looked over, and texts coming back.

What was written in another language is kept with a digest of the text it was written for. When that text becomes
another one, the translation «behöver ses över» until somebody writes it anew or says that it still holds.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from flask_babel import gettext as _

from forms.content import Content, Place, Words, each_question, texts_of
from forms.types.writing import clean

State = Literal["missing", "review", "done"]
Own = tuple[Place, Words]
"""A text of the form and its place."""
_BLANK = re.compile(r"\{[^{}]*\}")
LONGEST = 5_000
"""Characters of one translated text."""


@dataclass(frozen=True)
class Mark:
    """What stands in a language at a place, and the digest of the text it was written for."""

    of: str
    words: str


Marks = Mapping[str, Mark]
"""Key of a place -> its mark."""


@dataclass(frozen=True)
class Unit:
    """One text to translate."""

    key: str
    place: Place
    source: str
    target: str
    state: State
    asked: str | None = None
    """The question it belongs to."""


@dataclass(frozen=True)
class Progress:
    """How far a translation has come, in texts."""

    done: int
    review: int
    missing: int

    @property
    def whole(self) -> int:
        """All texts there are."""
        return self.done + self.review + self.missing

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing must be looked over."""
        return self.review == self.missing == 0 and self.done > 0


@dataclass(frozen=True)
class Incoming:
    """What a file says in one language."""

    texts: Mapping[str, str]
    """Key of a place -> the translation."""
    sources: Mapping[str, str]
    """Key of a place -> the text it was translated from, where the file tells."""


@dataclass(frozen=True)
class Refusal:
    """A text that cannot be taken, and why."""

    key: str
    words: str
    why: str


@dataclass(frozen=True)
class Comparison:
    """What a file would change."""

    changes: tuple[tuple[Unit, str], ...]
    """What is there now, and what would stand there."""
    same: int
    refused: tuple[Refusal, ...]


def key_of(place: Place) -> str:
    """A place as one word, for files and pages: ids and codes stay when things are moved."""
    return "/".join(map(str, place))


def digest(text: str) -> str:
    """What a text is known by."""
    return sha256(text.encode()).hexdigest()[:16]


def units(content: Content, language: str, marks: Marks, own: Sequence[Own] | None = None) -> tuple[Unit, ...]:
    """Every text of the form in its own order, with its translation. What is locked is left out.

    `own`: what `own_texts` says of the content, where it is known already.
    """
    first = content["languages"][0]
    found = []
    for place, words in own or own_texts(content):
        if words.get(first):
            key, asked = key_of(place), str(place[1]) if place[0] == "questions" else None
            state = _state(words, first, language, marks.get(key))
            found.append(Unit(key, place, words[first], words.get(language, ""), state, asked))
    return tuple(found)


def own_texts(content: Content) -> Iterator[Own]:
    """Every text but those of locked blocks: languages of these are their owner's."""
    locked = {name for page, one in each_question(content) if page.get("lock") for name in (page["id"], one["id"])}
    for place, words in texts_of(content):
        if place[0] != "locks" and not (place[0] in ("questions", "pages") and place[1] in locked):
            yield place, words


def _state(words: Words, first: str, language: str, mark: Mark | None) -> State:
    if not words.get(language):
        return "missing"
    return "review" if mark and mark.words == words[language] and mark.of != digest(words[first]) else "done"


def progress(every: Iterable[Unit]) -> Progress:
    """How far a translation has come."""
    states = [unit.state for unit in every]
    return Progress(states.count("done"), states.count("review"), states.count("missing"))


def marked(marks: Marks, content: Content, language: str) -> Marks:
    """The marks after a change: what is newly written in the language was written for the text that stands now."""
    first = content["languages"][0]
    found = dict(marks)
    for place, words in own_texts(content):
        key, target = key_of(place), words.get(language, "")
        known = found.get(key)
        if target and (known is None or known.words != target):
            found[key] = Mark(digest(words.get(first, "")), target)
        elif not target and known is not None:
            del found[key]
    return found


def confirmed(marks: Marks, every: Iterable[Unit], keys: Iterable[str]) -> Marks:
    """The marks when somebody says that these translations still hold."""
    wanted = set(keys)
    return {**marks, **{u.key: Mark(digest(u.source), u.target) for u in every if u.key in wanted and u.target}}


def translated(content: Content, language: str, marks: Marks, *, current: bool) -> dict[Place, dict[str, str]]:
    """The texts in the language that belong into this content: for `forms.editing.ChangeTexts`.

    `current`: only those written for the very text that stands there.
    """
    first = content["languages"][0]
    found: dict[Place, dict[str, str]] = {}
    for place, words in own_texts(content):
        mark = marks.get(key_of(place))
        if mark and not words.get(language) and (not current or mark.of == digest(words.get(first, ""))):
            found[place] = {language: mark.words}
    return found


def seal(every: Sequence[Unit]) -> str:
    """What an approval is for: every text with its translation. Another letter, and it is no longer approved."""
    told = [[unit.key, unit.source, unit.target] for unit in every]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def problem(unit: Unit, words: str) -> str:
    """What is wrong with a translation, or ""."""
    if len(words) > LONGEST:
        return str(_("Texten får ha högst %(most)s tecken.", most=LONGEST))
    wanted, found = sorted(_BLANK.findall(unit.source)), sorted(_BLANK.findall(words))
    if wanted != found:
        blanks = ", ".join(sorted(set(wanted))) or _("inga klamrar")
        return str(_("Texten ska ha samma klamrar som originalet: %(blanks)s.", blanks=blanks))
    return ""


def compared(every: Sequence[Unit], incoming: Incoming) -> Comparison:
    """What the file would change in the form as it stands now, and what cannot be taken."""
    by_key = {unit.key: unit for unit in every}
    changes: list[tuple[Unit, str]] = []
    refused: list[Refusal] = []
    same = 0
    for key, given in incoming.texts.items():
        words, unit = clean(given), by_key.get(key)
        if not words:
            continue
        if unit is None:
            refused.append(Refusal(key, words, str(_("Texten finns inte längre i formuläret."))))
        elif key in incoming.sources and clean(incoming.sources[key]) != clean(unit.source):
            refused.append(Refusal(key, words, str(_("Originalet har ändrats sedan filen gjordes."))))
        elif why := problem(unit, words):
            refused.append(Refusal(key, words, why))
        elif words == unit.target:
            same += 1
        else:
            changes.append((unit, words))
    return Comparison(tuple(changes), same, tuple(refused))


def marks_from(text: str) -> Marks:
    """The marks that `marks_as_text` wrote."""
    return {key: Mark(of, words) for key, (of, words) in json.loads(text or "{}").items()}


def marks_as_text(marks: Marks) -> str:
    """The marks as one line of JSON."""
    told: dict[str, Any] = {key: [mark.of, mark.words] for key, mark in sorted(marks.items())}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def in_order(content: Content) -> Mapping[str, int]:
    """Question id -> its number in the form, from 1."""
    return {one["id"]: number for number, (_page, one) in enumerate(each_question(content), start=1)}


def where(unit: Unit, numbers: Mapping[str, int]) -> str:
    """What kind of text it is, in words, for the one who translates."""
    told = list(_where(unit.place, numbers))
    return ", ".join(told)


def _where(place: Place, numbers: Mapping[str, int]) -> Iterator[str]:
    kinds = {
        "title": _("Formulärets namn"),
        "start": _("Startsidan"),
        "protection": _("Startsidan, skyddet"),
        "more": _("Läs mer om skyddet"),
        "with_code": _("Startsidan, raden om koden"),
        "end": _("Slutsidan"),
        "script": _("Det som läses upp"),
        "themes": _("Tema"),
        "scales": _("Skala %(name)s", name=place[1] if len(place) > 1 else ""),
        "pages": _("Rubrik för en del"),
        "text": _("frågan"),
        "help": _("hjälptext"),
        "error": _("felmeddelande"),
        "comment": _("rubrik på kommentarsrutan"),
        "refusal": _("svar"),
        "dont_know": _("svar"),
        "choices": _("svar"),
        "by_role": _("annan ordalydelse"),
        "heading": _("rubrik"),
        "bullets": _("punkt"),
    }
    if place[0] == "questions":
        yield str(_("Fråga %(n)s", n=numbers.get(str(place[1]), "")))
        yield str(kinds.get(str(place[2]), place[2]))
    else:
        yield str(kinds.get(str(place[0]), place[0]))
        inner = next((kinds[str(step)] for step in place[1:] if step in ("heading", "bullets", "choices")), None)
        if inner:
            yield str(inner)
