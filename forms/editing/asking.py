"""Questions: a new one, another type or text or choices, once more, away, and what one means."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from forms.assemble import STANDARD_WORDS
from forms.content import Content, Used, Words, merged, new_code, new_question_id, short
from forms.editing.base import Edit, OfQuestion, Refused, page_of, question_of
from forms.editing.choosing import change_choosing, codes, put, scale_codes
from forms.editing.conditions import rename
from forms.editing.placing import insert
from forms.messages import _
from forms.model import DONT_KNOW, POLES, REFUSED
from forms.types import TYPES

_REASONS = {"dont_know": DONT_KNOW, "refusal": REFUSED}
_OWN_KEYS = frozenset().union(*(type_.keys for type_ in TYPES.values()))
_NOT_BY_HAND = frozenset({"id", "type"})


@dataclass(frozen=True)
class AddQuestion(Edit):
    """A new question on a page of its own, after the question `after`; without it, last."""

    type: str
    text: Words
    after: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    """Other keys of a form file; choices may be without codes."""

    def told(self, before: Content) -> dict[str, Any]:
        return super().told(before) | {"question": short(self.text)}

    def _do(self, content: Content, used: Used) -> None:
        question = {"id": new_question_id(content, used), "type": self.type, "text": {}}
        question["privacy"] = _usual_privacy(self.type)
        change(content, question, {"text": self.text, **_usual(content, self.type), **self.values}, used)
        insert(content, question, self.after, used)


@dataclass(frozen=True)
class ChangeQuestion(OfQuestion):
    """Other values for keys of the question. A text keeps the languages that are not given; None takes a key away."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def _do(self, content: Content, used: Used) -> None:
        change(content, question_of(content, self.question), self.values, used)


@dataclass(frozen=True)
class ChangeType(OfQuestion):
    """Another type. What it does not take falls away. A published question of another type is another question: it
    gets a new id, and the answers to the old one keep their column."""

    type: str = ""

    def _do(self, content: Content, used: Used) -> None:
        question = question_of(content, self.question)
        before, after = _type(question["type"]), _type(self.type)
        if after is before:
            return
        question["type"] = self.type
        lost = _OWN_KEYS - after.keys
        lost |= {"choices"} if after.usual else set()
        lost |= set() if after.asks else {"required"}
        for key in lost:
            question.pop(key, None)
        for choice in question.get("choices", ()) if not after.takes_several else ():
            choice.pop("exclusive", None)
        if question.get("privacy") not in after.privacies:
            question["privacy"] = _usual_privacy(self.type)
        published = used.types.get(self.question)
        if published and _type(published) is not after:
            rename(content, question, new_question_id(content, used))


@dataclass(frozen=True)
class ChangeChoices(OfQuestion):
    """The question's own choices in order. One without a code is new; one that is left out is retired."""

    choices: Sequence[Mapping[str, Any]] = ()

    def _do(self, content: Content, used: Used) -> None:
        change(content, question_of(content, self.question), {"choices": self.choices}, used)


@dataclass(frozen=True)
class RemoveQuestion(OfQuestion):
    """Away with it; published answers keep their column. Conditions about it stay, for the critic to point at."""

    def _do(self, content: Content, used: Used) -> None:
        page = page_of(content, self.question)
        page["questions"].remove(question_of(content, self.question))
        if not page["questions"]:
            content["pages"].remove(page)


@dataclass(frozen=True)
class RepeatQuestion(OfQuestion):
    """The same question once more, after itself, under a new id."""

    @property
    def places(self) -> frozenset[str]:
        return frozenset()

    def _do(self, content: Content, used: Used) -> None:
        again = deepcopy(question_of(content, self.question))
        again["id"] = new_question_id(content, used)
        again.pop("meaning", None)
        insert(content, again, self.question, used)


@dataclass(frozen=True)
class NewMeaning(OfQuestion):
    """The question asks for something else from now on: the answers before and after become series of their own."""

    def _do(self, content: Content, used: Used) -> None:
        question = question_of(content, self.question)
        question["meaning"] = question.get("meaning", 1) + 1


def change(content: Content, question: dict[str, Any], values: Mapping[str, Any], used: Used) -> None:
    allowed = _type(question["type"]).keys
    for key, value in values.items():
        if key in _NOT_BY_HAND or (key in _OWN_KEYS and key not in allowed and value is not None):
            raise Refused(_("«%(key)s» hör inte till den här sortens fråga.", key=key))
    if "scale" in values and values["scale"] != question.get("scale"):
        _change_steps(content, question, values["scale"], used)
    shared = scale_codes(content, question)
    taken = used.codes.get(question["id"], frozenset()) | used.scales.get(question.get("scale", ""), frozenset())
    for key in values.keys() & _REASONS:
        put(question, key, _reason(content, question.get(key), key, values[key]))
    own = {key: value for key, value in values.items() if key not in _REASONS and key != "scale"}
    change_choosing(question, own, taken | shared, shared)


def _type(name: str) -> Any:
    if name not in TYPES:
        raise Refused(_("Det finns ingen sådan sorts fråga."))
    return TYPES[name]


def _usual_privacy(type_name: str) -> str:
    """The mildest a type allows."""
    allowed = _type(type_name).privacies
    return next(privacy for privacy in ("open", "free_text", "identifying") if privacy in allowed)


def _usual(content: Content, type_name: str) -> dict[str, Any]:
    """What a new question has until somebody says otherwise: in an anonymous form it can be declined."""
    declines = "refusal" in _type(type_name).keys and content.get("kind") == "anonymous"
    return {"refusal": True} if declines else {}


def _change_steps(content: Content, question: dict[str, Any], scale: str | None, used: Used) -> None:
    """Another scale. The same codes mean something else in it, so a published question becomes another question."""
    put(question, "scale", scale)
    for pole in POLES:
        question.pop(pole, None)
    if question["id"] in used.types:
        rename(content, question, new_question_id(content, used))
    shared = scale_codes(content, question)
    taken = set(shared | codes(question))
    for choice in question.get("choices", ()):
        if choice["code"] in shared:
            choice["code"] = new_code(taken)
            taken.add(choice["code"])


def _reason(content: Content, old: Any, key: str, value: Any) -> Any:
    """The words of «Vet inte» and «Vill inte svara», written out: no language gets them silently."""
    if value is not True:
        return merged(old, value) if value else None
    return old or {language: STANDARD_WORDS[_REASONS[key]].get(language, "") for language in content["languages"]}
