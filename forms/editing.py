"""Changing a form that is being written: one small class for each thing an author can do.

An edit is a plain value: content in, new content out, and what was given is never changed. Ids and codes are chosen
here, stay what they are when something is moved or reworded, and are never given to anything else once they have been
published. What belongs to a locked block can only be used or taken away whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from forms.assemble import STANDARD_WORDS, dump_form
from forms.content import (
    Content,
    Place,
    Used,
    Words,
    at,
    each_question,
    find_page,
    find_question,
    fresh,
    is_text,
    languages_in,
    merged,
    new_code,
    new_page_id,
    new_question_id,
    numbered,
    short,
)
from forms.locks import block
from forms.messages import _
from forms.model import DONT_KNOW, POLES, REFUSED, Form
from forms.types import TYPES

_REASONS = {"dont_know": DONT_KNOW, "refusal": REFUSED}
_OWN_KEYS = frozenset().union(*(type_.keys for type_ in TYPES.values()))
_NOT_BY_HAND = frozenset({"id", "type"})
_AROUND = frozenset({"title", "start", "protection", "with_code", "more", "end"})
"""What stands around the questions."""


class Refused(Exception):
    """An edit cannot be made; `what` says why and `remedy` what to do instead."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Edit(ABC):
    """One thing an author does."""

    def on(self, content: Content, used: Used | None = None) -> Content:
        """The content with this done to it. Raises `Refused`."""
        after = fresh(content)
        self._do(after, used or Used())
        self._spare_blocks(content, after)
        return after

    @property
    def places(self) -> frozenset[str]:
        """What somebody else must not have changed meanwhile, as `forms.content.places_changed` names it."""
        return frozenset()

    @property
    def spreads(self) -> bool:
        """Whether the edit also changes places that follow only from the content."""
        return False

    def told(self, before: Content) -> dict[str, Any]:
        """What is done, for the history: `forms.history` says it."""
        told: dict[str, Any] = {"did": type(self).__name__}
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, str | int):
                told[part.name] = value
        if "question" in told:
            told["question"] = short((find_question(before, told["question"]) or {}).get("text", {}))
        return told

    @abstractmethod
    def _do(self, content: Content, used: Used) -> None: ...

    def _spare_blocks(self, before: Content, after: Content) -> None:
        if _blocks(before) != _blocks(after):
            raise Refused(
                _("Frågorna hör till ett låst block och kan inte ändras."),
                _("Använd blocket som det är, eller ta bort hela blocket."),
            )


@dataclass(frozen=True)
class OfQuestion(Edit):
    """An edit of one question."""

    question: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"question:{self.question}"})


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
        _change(content, question, {"text": self.text, **_usual(content, self.type), **self.values}, used)
        _insert(content, question, self.after, used)


@dataclass(frozen=True)
class ChangeQuestion(OfQuestion):
    """Other values for keys of the question. A text keeps the languages that are not given; None takes a key away."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def _do(self, content: Content, used: Used) -> None:
        _change(content, _question(content, self.question), self.values, used)


@dataclass(frozen=True)
class ChangeType(OfQuestion):
    """Another type. What it does not take falls away. A published question of another type is another question: it
    gets a new id, and the answers to the old one keep their column."""

    type: str = ""

    def _do(self, content: Content, used: Used) -> None:
        question = _question(content, self.question)
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
            _rename(content, question, new_question_id(content, used))


@dataclass(frozen=True)
class MoveQuestion(Edit):
    """To another place in the whole list, counted from 1. A page of its own comes along with its condition."""

    question: str
    to: int

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, self.to - 1, used)


@dataclass(frozen=True)
class MoveUp(Edit):
    """One place up; the first stays."""

    question: str

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, max(_number(content, self.question) - 1, 0), used)


@dataclass(frozen=True)
class MoveDown(Edit):
    """One place down; the last stays."""

    question: str

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, _number(content, self.question) + 1, used)


@dataclass(frozen=True)
class RemoveQuestion(OfQuestion):
    """Away with it; published answers keep their column. Conditions about it stay, for the critic to point at."""

    def _do(self, content: Content, used: Used) -> None:
        page = _page(content, self.question)
        page["questions"].remove(_question(content, self.question))
        if not page["questions"]:
            content["pages"].remove(page)


@dataclass(frozen=True)
class RepeatQuestion(OfQuestion):
    """The same question once more, after itself, under a new id."""

    @property
    def places(self) -> frozenset[str]:
        return frozenset()

    def _do(self, content: Content, used: Used) -> None:
        again = deepcopy(_question(content, self.question))
        again["id"] = new_question_id(content, used)
        again.pop("meaning", None)
        _insert(content, again, self.question, used)


@dataclass(frozen=True)
class JoinPage(OfQuestion):
    """The question, with all on its page, on the same page as the question before."""

    def _do(self, content: Content, used: Used) -> None:
        page = _page(content, self.question)
        number = content["pages"].index(page)
        if number == 0:
            raise Refused(_("Det finns ingen sida före den här."))
        condition = page.get("show_if")
        for question in page["questions"] if condition else ():
            question["show_if"] = both(condition, question.get("show_if"))
        content["pages"][number - 1]["questions"] += page["questions"]
        del content["pages"][number]


@dataclass(frozen=True)
class SplitPage(OfQuestion):
    """The question, with those after it on its page, on a page of their own with the same part and condition."""

    def _do(self, content: Content, used: Used) -> None:
        page = _page(content, self.question)
        number = page["questions"].index(_question(content, self.question))
        if number == 0:
            return
        rest = deepcopy(page) | {"id": new_page_id(content, used), "questions": page["questions"][number:]}
        del page["questions"][number:]
        content["pages"].insert(content["pages"].index(page) + 1, rest)


@dataclass(frozen=True)
class ChangePart(OfQuestion):
    """What the part is called that begins with the question's page, up to where the part ends now; None: no part of
    its own, but the one before. A form's first part is every page's."""

    part: Words | None = None

    @property
    def places(self) -> frozenset[str]:
        return frozenset()

    @property
    def spreads(self) -> bool:
        return True

    def _do(self, content: Content, used: Used) -> None:
        pages, here = content["pages"], _page(content, self.question)
        start, old = pages.index(here), deepcopy(here.get("part"))
        if self.part is None:
            others = [page["part"] for page in reversed(pages[:start]) if page.get("part") != old]
            others += [page["part"] for page in pages[start:] if page.get("part") not in (None, old)]
            part = deepcopy(others[0]) if others else None
        else:
            begins = start == 0 or pages[start - 1].get("part") != old
            part = merged(old if begins else None, self.part)
        everywhere = not any(page.get("part") for page in pages)
        for page in pages if everywhere else _run(pages, start):
            page.pop("part", None)
            if part:
                page["part"] = deepcopy(part)


@dataclass(frozen=True)
class ChangeChoices(OfQuestion):
    """The question's own choices in order. One without a code is new; one that is left out is retired."""

    choices: Sequence[Mapping[str, Any]] = ()

    def _do(self, content: Content, used: Used) -> None:
        _change(content, _question(content, self.question), {"choices": self.choices}, used)


@dataclass(frozen=True)
class ChangeScale(Edit):
    """A scale that questions share, or a new one where `scale` is None."""

    scale: str | None
    values: Mapping[str, Any]
    """Keys of a scale in a form file; choices may be without codes."""

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"scale:{self.scale}"} if self.scale else ())

    def _do(self, content: Content, used: Used) -> None:
        scales = content.setdefault("scales", {})
        name = self.scale or numbered("skala", scales.keys() | used.scales.keys())
        scale = scales.setdefault(name, {})
        taken = {code for q in _using(content, name) for code in _codes(q) | used.codes.get(q["id"], frozenset())}
        _change_choosing(scale, self.values, taken | used.scales.get(name, frozenset()), frozenset())


@dataclass(frozen=True)
class RemoveScale(Edit):
    """A scale that no question uses."""

    scale: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"scale:{self.scale}"})

    def _do(self, content: Content, used: Used) -> None:
        if _using(content, self.scale):
            raise Refused(_("Frågor använder skalan."), _("Ge dem en annan skala först."))
        content.get("scales", {}).pop(self.scale, None)


@dataclass(frozen=True)
class ChangeForm(Edit):
    """What stands around the questions: title, start page, protection, end page. None takes a key away."""

    values: Mapping[str, Any]

    @property
    def places(self) -> frozenset[str]:
        return frozenset(f"form:{key}" for key in self.values)

    def _do(self, content: Content, used: Used) -> None:
        for key, value in self.values.items():
            if key not in _AROUND:
                raise Refused(_("«%(key)s» kan inte ändras.", key=key))
            _put(content, key, _tidy(merged(content.get(key), value)) if value is not None else None)


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
class NewMeaning(OfQuestion):
    """The question asks for something else from now on: the answers before and after become series of their own."""

    def _do(self, content: Content, used: Used) -> None:
        question = _question(content, self.question)
        question["meaning"] = question.get("meaning", 1) + 1


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


@dataclass(frozen=True)
class UseQuestion(Edit):
    """A question of another form or of the bank, with its scale and theme, without its condition."""

    source: Form
    question: str
    after: str | None = None

    def told(self, before: Content) -> dict[str, Any]:
        text = self.source.by_id[self.question].text
        return super().told(before) | {"question": short(text.by_language)}

    def _do(self, content: Content, used: Used) -> None:
        given = _in_languages(dump_form(self.source), languages_in(content))
        question = _question(given, self.question)
        for key in ("show_if", "meaning"):
            question.pop(key, None)
        here = {one["id"] for _page, one in each_question(content)}
        if question["id"] in here | used.columns:
            question["id"] = new_question_id(content, used)
        if "scale" in question:
            question["scale"] = _take_over(content, given, "scales", question["scale"], used)
        if "theme" in question:
            question["theme"] = _take_over(content, given, "themes", question["theme"], used)
        _insert(content, question, self.after, used)


@dataclass(frozen=True)
class UseScale(OfQuestion):
    """A scale of another form or of the bank, for a question; `source` None: one of the form's own."""

    source: Form | None = None
    scale: str = ""

    def _do(self, content: Content, used: Used) -> None:
        question, name = _question(content, self.question), self.scale
        if self.source:
            given = _in_languages(dump_form(self.source), languages_in(content))
            name = _take_over(content, given, "scales", name, used)
        if name not in content.get("scales", {}):
            raise Refused(_("Skalan finns inte."))
        _change(content, question, {"scale": name}, used)


@dataclass(frozen=True)
class UseBlock(Edit):
    """A locked block of another form or of the bank, as its owner wrote it, before the form's own pages."""

    source: Form
    lock: str

    def _spare_blocks(self, before: Content, after: Content) -> None:
        old, new = _blocks(before), _blocks(after)
        if any(new.get(lock) != old[lock] for lock in old):
            raise Refused(_("Blocket går inte ihop med ett som redan finns i formuläret."))

    def _do(self, content: Content, used: Used) -> None:
        given, whole = block(self.source, self.lock), dump_form(self.source)
        if list(content["languages"]) != given["languages"]:
            raise Refused(
                _(
                    "Blocket finns på andra språk än formuläret: %(languages)s.",
                    languages=", ".join(given["languages"]),
                ),
                _("Ge formuläret samma språk i samma ordning, eller fråga blockets ägare om fler."),
            )
        here = {one["id"] for _page, one in each_question(content)} | {page["id"] for page in content["pages"]}
        names = {page["id"] for page in given["pages"]}
        names |= {question["id"] for page in given["pages"] for question in page["questions"]}
        if names & here:
            raise Refused(_("Formuläret har redan blockets frågor, eller frågor med samma namn."))
        for key in ("scales", "themes"):
            for name, value in given[key].items():
                if content.setdefault(key, {}).setdefault(name, value) != value:
                    raise Refused(_("Formuläret har en egen skala eller ett eget tema med samma namn som blockets."))
        content.setdefault("locks", {})[self.lock] = whole["locks"][self.lock]
        last = max((number + 1 for number, page in enumerate(content["pages"]) if page.get("lock")), default=0)
        content["pages"][last:last] = given["pages"]
        _part_everywhere(content["pages"])


@dataclass(frozen=True)
class RemoveBlock(Edit):
    """A locked block, whole."""

    lock: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"lock:{self.lock}"})

    def _spare_blocks(self, before: Content, after: Content) -> None:
        kept = {lock: block for lock, block in _blocks(before).items() if lock != self.lock}
        if kept != _blocks(after):
            raise Refused(_("Ett annat låst block behöver det här."))

    def _do(self, content: Content, used: Used) -> None:
        content["pages"] = [page for page in content["pages"] if page.get("lock") != self.lock]
        content.get("locks", {}).pop(self.lock, None)
        for key, names in (("scale", "scales"), ("theme", "themes")):
            left = {question.get(key) for _page, question in each_question(content)}
            content[names] = {name: value for name, value in content.get(names, {}).items() if name in left}


def blank(form: str, kind: str, language: str, title: str, around: Form | None = None) -> Content:
    """A form with a name and nothing to ask yet; its start and end pages those of `around`, if any."""
    texts = {key: value for key, value in dump_form(around).items() if key in _AROUND} if around else {}
    own = _in_languages({"languages": around.languages if around else (), **texts}, [language])
    head = {"form": form, "version": 1, "kind": kind, "languages": [language]}
    return head | own | {"title": {language: title}, "pages": []}


def copied(source: Form, form: str, title: str = "") -> Content:
    """All of another form under a new id, version 1; answers go to the new form alone."""
    content = dump_form(source) | {"form": form, "version": 1, "pool": form}
    if title:
        content["title"] = {source.languages[0]: title}
    for page, question in each_question(content):
        if "lock" not in page:
            question.pop("meaning", None)
    return content


def next_version(published: Form) -> Content:
    """The draft that begins as the published version."""
    return dump_form(published) | {"version": published.version + 1}


def dependents(content: Content, question: str) -> tuple[str, ...]:
    """Ids of the questions that are only asked because of an answer to this one."""
    return tuple(
        one["id"]
        for page, one in each_question(content)
        if question in {*_asked_about(page.get("show_if")), *_asked_about(one.get("show_if"))}
    )


def both(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> dict[str, Any]:
    """The condition that both hold; None holds always. {} where neither asks for anything."""
    parts = [part for each in (one, other) if each for part in each.get("all", [each])]
    return {"all": parts} if len(parts) > 1 else dict(parts[0]) if parts else {}


def conjuncts(condition: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The conditions that all must hold; none where there is no condition."""
    return list(condition.get("all", [condition])) if condition else []


def _question(content: Content, question: str) -> dict[str, Any]:
    found = find_question(content, question)
    if found is None:
        raise Refused(_("Frågan finns inte längre."), _("Någon kan ha tagit bort den. Se historiken."))
    return found


def _page(content: Content, question: str) -> dict[str, Any]:
    _question(content, question)
    found = find_page(content, question)
    assert found is not None
    return found


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


def _change(content: Content, question: dict[str, Any], values: Mapping[str, Any], used: Used) -> None:
    allowed = _type(question["type"]).keys
    for key, value in values.items():
        if key in _NOT_BY_HAND or (key in _OWN_KEYS and key not in allowed and value is not None):
            raise Refused(_("«%(key)s» hör inte till den här sortens fråga.", key=key))
    if "scale" in values and values["scale"] != question.get("scale"):
        _change_steps(content, question, values["scale"], used)
    shared = _scale_codes(content, question)
    taken = used.codes.get(question["id"], frozenset()) | used.scales.get(question.get("scale", ""), frozenset())
    for key in values.keys() & _REASONS:
        _put(question, key, _reason(content, question.get(key), key, values[key]))
    own = {key: value for key, value in values.items() if key not in _REASONS and key != "scale"}
    _change_choosing(question, own, taken | shared, shared)


def _change_steps(content: Content, question: dict[str, Any], scale: str | None, used: Used) -> None:
    """Another scale. The same codes mean something else in it, so a published question becomes another question."""
    _put(question, "scale", scale)
    for pole in POLES:
        question.pop(pole, None)
    if question["id"] in used.types:
        _rename(content, question, new_question_id(content, used))
    shared = _scale_codes(content, question)
    taken = set(shared | _codes(question))
    for choice in question.get("choices", ()):
        if choice["code"] in shared:
            choice["code"] = new_code(taken)
            taken.add(choice["code"])


def _reason(content: Content, old: Any, key: str, value: Any) -> Any:
    """The words of «Vet inte» and «Vill inte svara», written out: no language gets them silently."""
    if value is not True:
        return merged(old, value) if value else None
    return old or {language: STANDARD_WORDS[_REASONS[key]].get(language, "") for language in content["languages"]}


def _change_choosing(of: dict[str, Any], values: Mapping[str, Any], taken: Set[str], shared: Set[str]) -> None:
    """New values for a question or a scale; new choices get codes that are not `taken`, and poles lose the codes that
    went. `shared` codes are the scale's of a question."""
    for key, value in values.items():
        if key == "choices" and value is not None:
            _put(of, key, _coded(of.get("choices", []), value, taken))
            left = _codes(of) | shared
            for pole in POLES:
                if pole in of and pole not in values:
                    _put(of, pole, [code for code in of[pole] if code in left])
        else:
            _put(of, key, None if value is None else merged(of.get(key), value))


def _coded(
    old: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], taken: Set[str]
) -> list[dict[str, Any]]:
    """The choices as given, each with its own code; a new one gets one that never was."""
    known = {choice["code"]: choice for choice in old}
    used = {*taken, *known, *(str(row["code"]) for row in rows if row.get("code"))}
    coded: list[dict[str, Any]] = []
    for row in rows:
        code = row.get("code") or new_code(used)
        used.add(code)
        before = known.get(code, {})
        others = {key: merged(before.get(key), value) for key, value in row.items() if value}
        coded.append(others | {"code": code, "text": merged(before.get("text"), row.get("text", {}))})
    return coded


def _put(of: dict[str, Any], key: str, value: Any) -> None:
    """Nothing, no and an empty list stand in a form file by not being there; a number and «no faces» stand."""
    if value in (None, "", [], {}) or (value is False and key != "faces"):
        of.pop(key, None)
    else:
        of[key] = value


def _tidy(value: Any) -> Any:
    """Passages without what was left empty in them."""
    if isinstance(value, list):
        return [each for each in map(_tidy, value) if each not in (None, "", [], {})]
    if isinstance(value, dict):
        tidied = {key: _tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in tidied.items() if inner not in (None, "", [], {})}
    return value


def _insert(content: Content, question: dict[str, Any], after: str | None, used: Used) -> None:
    """A page of its own, after the page of the question `after` or last, in the part that page is in."""
    page: dict[str, Any] = {"id": new_page_id(content, used), "questions": [question]}
    pages = content["pages"]
    place = pages.index(_page(content, after)) + 1 if after else len(pages)
    locked = max((number + 1 for number, each in enumerate(pages) if each.get("lock")), default=0)
    pages.insert(max(place, locked), page)
    _give_part(pages, page)


def _move(content: Content, question: str, place: int, used: Used) -> None:
    """The question to a place in the whole list, counted from 0. On its own page it goes by others' pages; one that
    leaves a page of several gets a page of its own with the same condition."""
    moved, shell, pages = _question(content, question), _page(content, question), content["pages"]
    number = _number(content, question)
    shell["questions"].remove(moved)
    if shell["questions"]:
        page = {"id": new_page_id(content, used)} | {key: shell[key] for key in ("part", "show_if") if key in shell}
        page |= {"questions": [moved]}
    else:
        pages.remove(shell)
        page = shell | {"questions": [moved]}
    flat = [each for each, _question in each_question(content)]
    place = min(max(place, 0), len(flat))
    before, behind = flat[place - 1] if place else None, flat[place] if place < len(flat) else None
    if shell["questions"] and any(each is shell for each in (before, behind)):
        shell["questions"].insert(sum(each is shell for each in flat[:place]), moved)
    elif before is None:
        pages.insert(0, page)
        _give_part(pages, page)
    else:
        within_and_up = before is behind and place < number
        pages.insert(_index(pages, before) + (not within_and_up), page)
        _give_part(pages, page)


def _index(pages: list[dict[str, Any]], page: dict[str, Any]) -> int:
    """Where the very page stands; another may be equal while it is being changed."""
    return next(number for number, each in enumerate(pages) if each is page)


def _give_part(pages: list[dict[str, Any]], page: dict[str, Any]) -> None:
    """The part of a page that has come between others: a part stands in one piece."""
    number = pages.index(page)
    before = pages[number - 1].get("part") if number else None
    behind = pages[number + 1].get("part") if number + 1 < len(pages) else None
    fitting = [part for part in (before, behind) if part]
    if not fitting:
        return
    if before == behind or page.get("part") not in fitting:
        page["part"] = deepcopy(fitting[0])


def _part_everywhere(pages: list[dict[str, Any]]) -> None:
    """Where some pages have come with a part, those without one belong to the part before, or else to the next."""
    for order in (pages, pages[::-1]):
        part = None
        for page in order:
            part = page.get("part") or part
            if part and "part" not in page and "lock" not in page:
                page["part"] = deepcopy(part)


def _run(pages: list[dict[str, Any]], start: int) -> list[dict[str, Any]]:
    """The pages from `start` to where its part ends."""
    part = pages[start].get("part")
    end = next((n for n in range(start, len(pages)) if pages[n].get("part") != part), len(pages))
    return pages[start:end]


def _rename(content: Content, question: dict[str, Any], new: str) -> None:
    old, question["id"] = question["id"], new
    for page, one in each_question(content):
        for holder in (page, one):
            for compare in _compares(holder.get("show_if")):
                if compare["q"] == old:
                    compare["q"] = new


def _compares(condition: Any) -> list[dict[str, Any]]:
    """Every `{q, op, value}` within a condition."""
    if isinstance(condition, list):
        return [compare for part in condition for compare in _compares(part)]
    if not isinstance(condition, dict):
        return []
    if "q" in condition:
        return [condition]
    return [compare for part in condition.values() for compare in _compares(part)]


def _asked_about(condition: Any) -> list[str]:
    return [compare["q"] for compare in _compares(condition)]


def _number(content: Content, question: str) -> int:
    _question(content, question)
    return next(n for n, (_page, one) in enumerate(each_question(content)) if one["id"] == question)


def _using(content: Content, scale: str) -> list[dict[str, Any]]:
    return [question for _page, question in each_question(content) if question.get("scale") == scale]


def _codes(question: Mapping[str, Any]) -> set[str]:
    return {choice["code"] for choice in question.get("choices", ())}


def _scale_codes(content: Content, question: Mapping[str, Any]) -> frozenset[str]:
    scale = content.get("scales", {}).get(question.get("scale", ""), {})
    return frozenset(choice["code"] for choice in scale.get("choices", ()))


def _in_languages(content: Content, languages: Sequence[str]) -> Content:
    """What another form says, in these languages only."""
    known = frozenset(content["languages"])

    def only(value: Any) -> Any:
        if is_text(value, known):
            return {language: value[language] for language in languages if language in value}
        if isinstance(value, dict):
            return {key: only(inner) for key, inner in value.items()}
        return [only(inner) for inner in value] if isinstance(value, list) else value

    return dict(only({key: value for key, value in content.items() if key != "languages"}))


def _take_over(content: Content, given: Content, names: str, name: str, used: Used) -> str:
    """A scale or theme of another form in this one: the very same under its name, or else under a new one."""
    value, own = given[names][name], content.setdefault(names, {})
    if own.get(name) == value:
        return name
    taken = own.keys() | (used.scales.keys() if names == "scales" else set())
    if name in taken:
        name = numbered({"scales": "skala", "themes": "tema"}[names], taken)
    own[name] = value
    return name


def _blocks(content: Content) -> dict[str, Any]:
    """Every locked block as it stands, with all that its fingerprint covers, and what stands before it."""
    locks = content.get("locks", {})
    return {lock: _block(content, lock) for lock in locks}


def _block(content: Content, lock: str) -> Any:
    pages = [page for page in content["pages"] if page.get("lock") == lock]
    asked = [question for page in pages for question in page["questions"]]
    last = max((number for number, page in enumerate(content["pages"]) if page.get("lock") == lock), default=-1)
    named = {
        names: {question[key]: content.get(names, {}).get(question[key]) for question in asked if question.get(key)}
        for key, names in (("scale", "scales"), ("theme", "themes"))
    }
    guests = sum(not page.get("lock") for page in content["pages"][: last + 1])
    return content["locks"][lock], content["languages"], pages, named, guests


def _part_of(place: Place) -> str:
    """The place of a text as `places_changed` names it."""
    first, *rest = place
    if first in ("questions", "pages", "scales", "themes", "locks"):
        return f"{str(first)[:-1]}:{rest[0]}"
    return f"form:{first}"
