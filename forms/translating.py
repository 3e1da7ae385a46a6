"""Translating a form: its texts side by side, what is missing and what must be looked over, and texts coming back.

What was written in another language is kept with a digest of the text it was written for. When that text becomes
another one, the translation «behöver ses över» until somebody writes it anew or says that it still holds.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

import orjson
from flask_babel import gettext as _

from forms.content import Content, Place, Words, each_question, languages_in, texts_within
from forms.leaves import REMEMBERED, Leaf, leaves
from forms.types.writing import clean

State = Literal["missing", "review", "done"]
_BLANK = re.compile(r"\{[^{}]*\}")
LONGEST = 5_000
"""Characters of one translated text."""


Mark = Sequence[str]
"""What stands in a language at a place: the digest of the text it was written for, and the words. A pair as it is
stored: a long form has thirty thousand."""
Marks = Mapping[str, Mark]
"""Key of a place -> its mark."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The marks of a language as they are stored: read once for the same text, and known by that."""

    marks: Marks


@dataclass(frozen=True, slots=True)
class Own:
    """A text of the form that is not a locked block's: languages of these are their owner's."""

    key: str
    place: Place
    words: Words
    source: str
    """What it says in the form's first language, or ""."""
    of: str
    """The digest of that."""

    def state(self, language: str, mark: Mark | None) -> State:
        """How its translation stands."""
        target = self.words.get(language)
        if not target:
            return "missing"
        return "review" if mark and mark[1] == target and mark[0] != self.of else "done"


Group = Leaf | tuple[Own, ...]
"""Texts that stand together: a page, or what stands under one key of the form."""


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


def units(every: Iterable[Own], language: str, marks: Marks) -> tuple[Unit, ...]:
    """These texts with their translations; what says nothing in the form's first language is nothing to translate."""
    return tuple(
        Unit(
            one.key,
            one.place,
            one.source,
            one.words.get(language, ""),
            one.state(language, marks.get(one.key)),
            str(one.place[1]) if one.place[0] == "questions" else None,
        )
        for one in every
        if one.source
    )


def own_texts(content: Content, every: tuple[Leaf, ...] | None = None) -> Iterator[Own]:
    """Every text that may be translated here, in the order of the form."""
    for group in grouped(content, every):
        yield from _of_leaf(group) if isinstance(group, Leaf) else group


def grouped(content: Content, every: tuple[Leaf, ...] | None = None) -> Iterator[Group]:
    """The same, by key of the form and by page; the title is always there. `every`: its leaves, where they are known
    already."""
    first, known = content["languages"][0], frozenset(languages_in(content))
    for key, value in content.items():
        if key == "pages":
            yield from leaves(content) if every is None else every
        elif key != "locks":
            yield tuple(_own(place, words, first) for place, words in texts_within(value, (key,), known))


@lru_cache(maxsize=REMEMBERED)
def _of_leaf(leaf: Leaf) -> tuple[Own, ...]:
    if leaf.content.get("lock"):
        return ()
    return tuple(_own(place, words, leaf.shape.languages[0]) for place, words in leaf.texts)


def _own(place: Place, words: Words, first: str) -> Own:
    source = words.get(first, "")
    return Own(key_of(place), place, words, source, digest(source))


def progress(every: Iterable[Unit]) -> Progress:
    """How far a translation has come."""
    return _counted(unit.state for unit in every)


def progress_in(groups: Iterable[Group], language: str, kept: Kept) -> Progress:
    """How far a form in these groups has come in a language: of a page it is known while its texts and what is kept of
    the language are the same."""
    counts = [_counts_of(g, language, kept) if isinstance(g, Leaf) else _counts(g, language, kept) for g in groups]
    done, review, missing = (sum(column) for column in zip(*counts, strict=True))
    return Progress(done, review, missing)


@lru_cache(maxsize=8 * REMEMBERED)
def _counts_of(leaf: Leaf, language: str, kept: Kept) -> tuple[int, int, int]:
    return _counts(_of_leaf(leaf), language, kept)


def _counts(own: Iterable[Own], language: str, kept: Kept) -> tuple[int, int, int]:
    found = _counted(one.state(language, kept.marks.get(one.key)) for one in own if one.source)
    return found.done, found.review, found.missing


def _counted(states: Iterable[State]) -> Progress:
    counts = Counter(states)
    return Progress(counts["done"], counts["review"], counts["missing"])


def marked(kept: str, written: Iterable[Own], language: str) -> str:
    """The marks as they are stored, after these texts were written in the language: for the text that stands now. A
    long form has thousands, so what is new to them is put behind them unread."""
    marks = {one.key: [one.of, one.words[language]] for one in written}
    new = {key: mark for key, mark in marks.items() if marks_as_text({key: mark})[1:-1] not in kept}
    if kept in ("", "{}"):
        return marks_as_text(new)
    if not any(f"{orjson.dumps(key).decode()}:" in kept for key in new):
        return f"{kept[:-1]},{marks_as_text(new)[1:]}" if new else kept
    found = dict(marks_from(kept))
    for key, mark in new.items():
        if key not in found or found[key][1] != mark[1]:
            found[key] = mark
    return marks_as_text(found)


def without_blanks(marks: Marks, every: Iterable[Own], language: str) -> Marks:
    """The marks but for texts that stand there and say nothing in the language: somebody has taken it away."""
    blank = {one.key for one in every if not one.words.get(language)}
    return {key: mark for key, mark in marks.items() if key not in blank}


def confirmed(marks: Marks, held: Iterable[Unit]) -> Marks:
    """The marks when somebody says that these translations still hold."""
    return {**marks, **{unit.key: [digest(unit.source), unit.target] for unit in held if unit.target}}


def translated(content: Content, language: str, marks: Marks, *, current: bool) -> dict[Place, dict[str, str]]:
    """The texts in the language that belong into this content: for `forms.editing.ChangeTexts`.

    `current`: only those written for the very text that stands there.
    """
    found: dict[Place, dict[str, str]] = {}
    for one in own_texts(content):
        mark = marks.get(one.key)
        if mark and not one.words.get(language) and (not current or mark[0] == one.of):
            found[one.place] = {language: mark[1]}
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
    return kept_in(text).marks


@lru_cache(maxsize=32)
def kept_in(text: str) -> Kept:
    """The same, known by what they say."""
    return Kept(orjson.loads(text or "{}"))


def marks_as_text(marks: Marks) -> str:
    """The marks as one line of JSON."""
    return orjson.dumps(marks).decode()


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
