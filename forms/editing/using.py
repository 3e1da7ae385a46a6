"""What is taken over from other forms and the bank: questions, scales, locked blocks."""

from dataclasses import dataclass
from typing import Any

from forms.assemble import dump_form
from forms.content import Content, Used, each_question, languages_in, new_question_id, numbered, short
from forms.editing.asking import change
from forms.editing.base import Edit, OfQuestion, Refused, blocks, question_of
from forms.editing.beginning import in_languages
from forms.editing.placing import insert, part_everywhere
from forms.locks import block
from forms.messages import _
from forms.model import Form


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
        given = in_languages(dump_form(self.source), languages_in(content))
        question = question_of(given, self.question)
        for key in ("show_if", "meaning"):
            question.pop(key, None)
        here = {one["id"] for _page, one in each_question(content)}
        if question["id"] in here | used.columns:
            question["id"] = new_question_id(content, used)
        if "scale" in question:
            question["scale"] = _take_over(content, given, "scales", question["scale"], used)
        if "theme" in question:
            question["theme"] = _take_over(content, given, "themes", question["theme"], used)
        insert(content, question, self.after, used)


@dataclass(frozen=True)
class UseScale(OfQuestion):
    """A scale of another form or of the bank, for a question; `source` None: one of the form's own."""

    source: Form | None = None
    scale: str = ""

    def _do(self, content: Content, used: Used) -> None:
        question, name = question_of(content, self.question), self.scale
        if self.source:
            given = in_languages(dump_form(self.source), languages_in(content))
            name = _take_over(content, given, "scales", name, used)
        if name not in content.get("scales", {}):
            raise Refused(_("Skalan finns inte."))
        change(content, question, {"scale": name}, used)


@dataclass(frozen=True)
class UseBlock(Edit):
    """A locked block of another form or of the bank, as its owner wrote it, before the form's own pages."""

    source: Form
    lock: str

    def _spare_blocks(self, before: Content, after: Content) -> None:
        old, new = blocks(before), blocks(after)
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
        part_everywhere(content["pages"])


@dataclass(frozen=True)
class RemoveBlock(Edit):
    """A locked block, whole."""

    lock: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"lock:{self.lock}"})

    def _spare_blocks(self, before: Content, after: Content) -> None:
        kept = {lock: block for lock, block in blocks(before).items() if lock != self.lock}
        if kept != blocks(after):
            raise Refused(_("Ett annat låst block behöver det här."))

    def _do(self, content: Content, used: Used) -> None:
        content["pages"] = [page for page in content["pages"] if page.get("lock") != self.lock]
        content.get("locks", {}).pop(self.lock, None)
        for key, names in (("scale", "scales"), ("theme", "themes")):
            left = {question.get(key) for _page, question in each_question(content)}
            content[names] = {name: value for name, value in content.get(names, {}).items() if name in left}


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
