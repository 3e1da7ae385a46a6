"""Texts wherever they stand, what stands around the questions, and languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.content import AROUND, Content, Place, Used, Words, at, is_text, languages_in, merged, numbered, short
from forms.editing.base import Edit, Refused
from forms.editing.choosing import put
from forms.messages import _


@dataclass(frozen=True)
class ChangeForm(Edit):
    """What stands around the questions: title, start page, protection, end page. None takes a key away."""

    values: Mapping[str, Any]

    @property
    def places(self) -> frozenset[str]:
        return frozenset(f"form:{key}" for key in self.values)

    def _do(self, content: Content, used: Used) -> None:
        for key, value in self.values.items():
            if key not in AROUND:
                raise Refused(_("«%(key)s» kan inte ändras.", key=key))
            put(content, key, _tidy(merged(content.get(key), value)) if value is not None else None)


@dataclass(frozen=True)
class AddTheme(Edit):
    """A theme for the reports, under which questions are gathered."""

    name: Words

    def told(self, before: Content) -> dict[str, Any]:
        return super().told(before) | {"name": short(self.name)}

    def _do(self, content: Content, used: Used) -> None:
        themes = content.setdefault("themes", {})
        themes[numbered("tema", themes)] = merged(None, self.name)


@dataclass(frozen=True)
class ChangeTexts(Edit):
    """Texts by place, in any languages; a blank one takes its language away. What is not there any more is left out."""

    texts: Mapping[Place, Words]

    @property
    def places(self) -> frozenset[str]:
        return frozenset(_part_of(place) for place in self.texts)

    def told(self, before: Content) -> dict[str, Any]:
        return super().told(before) | {"languages": sorted({one for words in self.texts.values() for one in words})}

    def _do(self, content: Content, used: Used) -> None:
        known = {*languages_in(content), *(language for words in self.texts.values() for language in words)}
        for place, words in self.texts.items():
            text = at(content, place)
            if is_text(text, known):
                given = merged(text, words)
                text.clear()
                text.update(given)


@dataclass(frozen=True)
class AddLanguage(Edit):
    """The form is published in one more language from now on."""

    language: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({"form:languages"})

    def _do(self, content: Content, used: Used) -> None:
        if self.language not in content["languages"]:
            content["languages"] = [*content["languages"], self.language]


@dataclass(frozen=True)
class RemoveLanguage(Edit):
    """The form is no longer published in the language; its texts are kept. The first language binds and stays."""

    language: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({"form:languages"})

    def _do(self, content: Content, used: Used) -> None:
        if content["languages"][:1] == [self.language]:
            raise Refused(_("Formulärets första språk kan inte tas bort."))
        content["languages"] = [language for language in content["languages"] if language != self.language]


def _tidy(value: Any) -> Any:
    """Passages without what was left empty in them."""
    if isinstance(value, list):
        return [each for each in map(_tidy, value) if each not in (None, "", [], {})]
    if isinstance(value, dict):
        tidied = {key: _tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in tidied.items() if inner not in (None, "", [], {})}
    return value


def _part_of(place: Place) -> str:
    """The place of a text as `places_changed` names it."""
    first, *rest = place
    if first in ("questions", "pages", "scales", "themes", "locks"):
        return f"{str(first)[:-1]}:{rest[0]}"
    return f"form:{first}"
