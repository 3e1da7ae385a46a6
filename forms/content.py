"""A form being written, as plain content with the keys of a form file: finding things in it, and choosing names.

Content may be half written; `forms.schema.understand` says what is wrong with it. Nothing here changes what it is
given. Texts may be in languages that are not in `languages`: somebody is translating them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from forms.model import MISSING, Form, Question, Scale
from forms.types import TYPES
from forms.types.writing import clean

Content = dict[str, Any]
Words = Mapping[str, str]
"""Language -> text."""
Place = tuple[str | int, ...]
"""The way to a text: keys, and the id or code of what stands in a list, which stay when things are moved."""

AROUND = ("title", "start", "protection", "with_code", "more", "end")
"""What stands around the questions."""
_NUMBERED = re.compile(r"(.*)_(\d{1,6})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


class Used:
    """What published versions of a form, and of those it is pooled with, have taken: never used for anything else.
    Found out when it is asked for: most edits name nothing new."""

    def __init__(self, published: Callable[[], Iterable[Form]] = tuple) -> None:
        self._published = published

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Question id -> its type."""
        return {question.id: question.type for form in self._forms for question in form.questions}

    @cached_property
    def columns(self) -> frozenset[str]:
        asked = [question for form in self._forms for question in form.questions]
        return frozenset(name for one in asked for name in (one.id, *TYPES[one.type].columns(one)))

    @cached_property
    def pages(self) -> frozenset[str]:
        return frozenset(page.id for form in self._forms for page in form.pages)

    @cached_property
    def codes(self) -> Mapping[str, frozenset[str]]:
        """Question id -> every code that has stood in it."""
        return _codes(question for form in self._forms for question in form.questions)

    @cached_property
    def scales(self) -> Mapping[str, frozenset[str]]:
        """Scale id -> every code that has stood in it."""
        return _codes(scale for form in self._forms for scale in form.scales)

    @cached_property
    def _forms(self) -> tuple[Form, ...]:
        return tuple(self._published())


def used_by(forms: Iterable[Form]) -> Used:
    """What these versions have taken, together."""
    these = tuple(forms)
    return Used(lambda: these)


def _codes(holders: Iterable[Question | Scale]) -> Mapping[str, frozenset[str]]:
    codes: dict[str, set[str]] = {}
    for holder in holders:
        codes.setdefault(holder.id, set()).update(choice.code for choice in holder.choices)
    return {name: frozenset(taken) for name, taken in codes.items()}


@dataclass(frozen=True)
class Row:
    """A question in the author's list."""

    number: int
    """Which it is in the whole form, from 1."""
    id: str
    type: str
    text: Words
    page: str
    first: bool
    """Whether it is the first on its page."""
    alone: bool
    """Whether it has a page of its own."""
    part: Words | None
    lock: str | None
    conditional: bool
    """Whether it is asked of some only."""


def rows(content: Content) -> tuple[Row, ...]:
    """The questions in order, as a list to read."""
    found: list[Row] = []
    for page in content.get("pages", ()):
        for place, question in enumerate(page["questions"]):
            found.append(
                Row(
                    number=len(found) + 1,
                    id=question["id"],
                    type=question["type"],
                    text=question.get("text", {}),
                    page=page["id"],
                    first=place == 0,
                    alone=len(page["questions"]) == 1,
                    part=page.get("part"),
                    lock=page.get("lock"),
                    conditional="show_if" in page or "show_if" in question,
                )
            )
    return tuple(found)


def find_question(content: Content, question: str) -> dict[str, Any] | None:
    """The question of that id, or None."""
    return next((one for _page, one in each_question(content) if one["id"] == question), None)


def find_page(content: Content, question: str) -> dict[str, Any] | None:
    """The page the question stands on, or None."""
    return next((page for page, one in each_question(content) if one["id"] == question), None)


def each_question(content: Content) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every question with its page, in order."""
    for page in content.get("pages", ()):
        for question in page["questions"]:
            yield page, question


def short(words: Words, language: str = "", most: int = 60) -> str:
    """The beginning of a text, in the language or else the first there is."""
    text = words.get(language) or next(iter(words.values()), "")
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def new_question_id(content: Content, used: Used) -> str:
    """An id that no question has now, and no published one has had."""
    here = {each["id"] for _page, each in each_question(content)}
    return numbered("fraga", here | used.columns)


def new_page_id(content: Content, used: Used) -> str:
    """The same for a page."""
    return numbered("sida", {page["id"] for page in content.get("pages", ())} | used.pages)


def numbered(word: str, taken: Iterable[str]) -> str:
    """`word_7`, one after the highest of that kind among what is `taken`."""
    found = (_NUMBERED.fullmatch(name) for name in taken)
    return f"{word}_{1 + max((int(one[2]) for one in found if one and one[1] == word), default=0)}"


def new_code(taken: Iterable[str]) -> str:
    """A code after every number among what is `taken`; missing codes do not count."""
    return str(1 + max((int(code) for code in taken if code not in MISSING and code.isdecimal()), default=0))


def fresh(content: Content) -> Content:
    """The same again, to be changed."""
    return dict(orjson.loads(orjson.dumps(content)))


def texts_of(content: Content) -> list[tuple[Place, Words]]:
    """Every text with its place, in the order of the form, whatever the key it stands under."""
    return list(texts_within(content, (), frozenset(languages_in(content))))


def languages_in(content: Content) -> tuple[str, ...]:
    """The form's languages, and after them those its title is being translated into."""
    own = [language for language in content.get("languages", ()) if isinstance(language, str)]
    return (*own, *(language for language in content.get("title", {}) if language not in own))


def as_published(content: Content) -> Content:
    """The content with texts in the form's own languages only: what would be published today."""
    return dict(only_in(content, content.get("languages", ())))


def only_in(value: Any, own: Sequence[str], known: Iterable[str] = ()) -> Any:
    """A part of a content with texts in these languages only. `known` are those of the content, where there are more
    of them."""
    return _only(value, own, frozenset((*own, *known)))


def _only(value: Any, own: Sequence[str], known: frozenset[str]) -> Any:
    if is_text(value, known):
        return {language: value[language] for language in own if language in value}
    if isinstance(value, dict):
        return {key: _only(inner, own, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_only(inner, own, known) for inner in value]
    return value


def is_text(value: Any, known: Iterable[str]) -> bool:
    """Whether it says something in languages, one of which is `known`."""
    return (
        isinstance(value, dict)
        and any(language in value for language in known)
        and all(isinstance(text, str) and _LANGUAGE.fullmatch(language) for language, text in value.items())
    )


def texts_within(value: Any, place: Place, known: frozenset[str]) -> Iterator[tuple[Place, Words]]:
    """The same of a part of a content, which stands at `place` in a form with the languages `known`."""
    if is_text(value, known):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_within(inner, (*place, key), known)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts_within(inner, _within(place, number, inner), known)


def _within(place: Place, number: int, item: Any) -> Place:
    """The place of an item of a list: by id or code where it has one. A question's does not tell its page."""
    name = item.get("id") or item.get("code") if isinstance(item, dict) else None
    if place[:1] == ("pages",) and place[2:] == ("questions",):
        place = ("questions",)
    return (*place, number if name is None else name)


def at(content: Content, place: Place) -> Any:
    """What stands at a place, or None."""
    if place[:1] == ("questions",) and len(place) > 1:
        return _at(find_question(content, str(place[1])), place[2:])
    return _at(content, place)


def _at(value: Any, place: Place) -> Any:
    for step in place:
        if isinstance(value, list):
            value = next((one for number, one in enumerate(value) if _named(number, one) == step), None)
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _named(number: int, item: Any) -> str | int:
    name = item.get("id") or item.get("code") if isinstance(item, dict) else None
    return number if name is None else str(name)


def merged(old: Any, new: Any) -> Any:
    """`new`, cleaned, with those languages of `old` that it says nothing of; a blank text takes its language away.

    Lists are compared place by place, so that a paragraph keeps its translations while it is reworded.
    """
    if isinstance(new, Mapping):
        if _says(new):
            kept = old if isinstance(old, dict) and _says(old) else {}
            texts = {language: clean(text) for language, text in (kept | dict(new)).items()}
            return {language: text for language, text in texts.items() if text}
        before = old if isinstance(old, dict) else {}
        return {key: merged(before.get(key), inner) for key, inner in new.items()}
    if isinstance(new, list | tuple):
        items = old if isinstance(old, list) else []
        return [merged(items[n] if n < len(items) else None, inner) for n, inner in enumerate(new)]
    return deepcopy(new)


def _says(value: Mapping[str, Any]) -> bool:
    return all(isinstance(text, str) and _LANGUAGE.fullmatch(key) for key, text in value.items()) and "op" not in value


def places_changed(before: Content, after: Content) -> frozenset[str]:
    """Where two contents differ: "question:smak", "page:sida_2", "scale:b5", "form:title"."""
    one, other = _parts(before), _parts(after)
    return frozenset(place for place in one.keys() | other.keys() if one.get(place) != other.get(place))


def _parts(content: Content) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for key, value in content.items():
        if key == "pages":
            continue
        if key in ("scales", "themes", "locks"):
            parts |= {f"{key[:-1]}:{name}": inner for name, inner in value.items()}
        else:
            parts[f"form:{key}"] = value
    for page in content.get("pages", ()):
        parts[f"page:{page['id']}"] = {key: value for key, value in page.items() if key != "questions"}
    parts |= {f"question:{question['id']}": question for _page, question in each_question(content)}
    return parts
