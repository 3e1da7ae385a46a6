"""A form that is being written, read and judged page by page.

What is known of a page, a leaf, follows from its own content and from the form's kind, languages and scales. It is
found out once for each content and remembered by it, in this process and for so many leaves; nothing else is kept, so
there is nothing that could grow stale. A change of one question then costs what that question costs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import orjson

from forms import advice, check
from forms.assemble import assemble, assemble_page
from forms.changes import Before, Change, around, gone, of_page
from forms.content import Content, Place, Words, languages_in, only_in, texts_within
from forms.faults import Finding, Path
from forms.locks import held, seals
from forms.model import Form, Page, Scale, Text
from forms.places import every_text
from forms.reading import Ease, measure
from forms.schema import PageSchema, accepted, same_place

REMEMBERED = 2_000
"""Leaves that are kept at a time: some long forms, about twenty kilobytes a leaf."""
Told = tuple[str, Finding]
"""What is wrong or could be better, and the rule that says so; "schema" and "locks" are no rules of a page."""

_NOTHING = Text({})
_PAGE = PageSchema()


@dataclass(frozen=True, eq=False)
class Shape:
    """What a leaf depends on besides itself."""

    kind: Any
    languages: tuple[str, ...]
    known: tuple[str, ...]
    """The form's languages, and those its title is being translated into."""
    scales: Mapping[str, Scale]

    def form(self, *pages: Page) -> Form:
        """A form of these pages and nothing around them."""
        return Form("", 1, self.kind, self.languages, _NOTHING, pages, "")


@dataclass(frozen=True, eq=False)
class Leaf:
    """One page, and all that is known of it by itself. Paths begin within the page."""

    content: Content
    shape: Shape

    @cached_property
    def page(self) -> Page | None:
        """As far as it can be understood as a page."""
        taken = self._accepted[0]
        return None if taken is None else assemble_page(taken, self.shape.scales, self.shape.languages)

    @property
    def wrong(self) -> list[Finding]:
        """What the schema does not accept."""
        return self._accepted[1]

    @cached_property
    def ease(self) -> Ease:
        """How easy its Swedish is to read."""
        return measure(text.in_("sv") for path, text in every_text(self._form) if path[0] == "pages")

    @cached_property
    def texts(self) -> tuple[tuple[Place, Words], ...]:
        """Every text with its place in the form, in every language."""
        return tuple(texts_within(self.content, ("pages", self.content["id"]), frozenset(self.shape.known)))

    @cached_property
    def spoken(self) -> Mapping[str, None]:
        """Every language that anything stands in."""
        return dict.fromkeys(chain.from_iterable(words for _place, words in self.texts))

    def faults(self, language: str) -> tuple[Told, ...]:
        """What `forms.check` says of it by itself, in the language of who reads it."""
        return self._said(check.OF_A_PAGE, language)

    def advice(self, language: str) -> tuple[Told, ...]:
        """What `forms.advice` says of it by itself, in the language of who reads it."""
        return self._said(advice.OF_A_PAGE, language)

    @cached_property
    def _accepted(self) -> tuple[dict[str, Any] | None, list[Finding]]:
        return accepted(only_in(self.content, self.shape.languages), _PAGE)

    @cached_property
    def _form(self) -> Form:
        return self.shape.form(self.page) if self.page else self.shape.form()

    def changes(self, before: Before, language: str) -> tuple[Change, ...]:
        """What is other in its questions than in a published version, in the language of who reads it."""
        assert self.page is not None
        if (before.form.fingerprint, language) not in self._compared:
            self._compared[before.form.fingerprint, language] = of_page(self.page, before)
        return self._compared[before.form.fingerprint, language]

    def _said(self, rules: frozenset[Any], language: str) -> tuple[Told, ...]:
        if (rules, language) not in self._known:
            self._known[rules, language] = tuple(self._told(rules))
        return self._known[rules, language]

    @cached_property
    def _known(self) -> dict[tuple[frozenset[Any], str], tuple[Told, ...]]:
        return {}

    @cached_property
    def _compared(self) -> dict[tuple[str, str], tuple[Change, ...]]:
        return {}

    def _told(self, rules: frozenset[Any]) -> Iterator[Told]:
        for rule in rules:
            for one in rule(self._form):
                if one.path[:1] == ("pages",):
                    yield rule.__name__, replace(one, path=one.path[2:])


@dataclass(frozen=True, eq=False)
class Examined:
    """A form as it would be published now, and what is wrong with it."""

    form: Form | None
    """As far as it can be understood; without a fingerprint."""
    leaves: tuple[Leaf, ...]
    wrong: tuple[Finding, ...]
    """What the schema does not accept."""

    def faults(self, language: str) -> tuple[Told, ...]:
        """What is wrong with it, in the language of who reads it: what `forms.schema.understand` says of it as it would
        be published, and which rule says it."""
        if language not in self._faults:
            self._faults[language] = tuple(self._found(language))
        return self._faults[language]

    def ease(self) -> Ease:
        """How easy all its own Swedish is to read."""
        assert self.form is not None
        head = replace(self.form, pages=())
        around = measure(text.in_("sv") for path, text in every_text(head) if not held(self.form, path))
        return sum((leaf.ease for leaf in self.leaves if "lock" not in leaf.content), around)

    def advice(self, language: str) -> Iterator[Told]:
        """What would be better otherwise."""
        assert self.form is not None
        head = replace(self.form, pages=())
        for rule in advice.RULES:
            about = head if rule in advice.OF_A_PAGE else self.form
            said = advice.hard_words(about, self.ease()) if rule is advice.hard_words else rule(about)
            yield from ((rule.__name__, one) for one in said)
        for number, leaf in enumerate(self.leaves):
            yield from _shifted(leaf.advice(language), number)

    def changes(self, before: Form, language: str) -> tuple[Change, ...]:
        """As `forms.changes.changes`, in the language of who reads it."""
        assert self.form is not None
        old = Before(before)
        within = (one for leaf in self.leaves for one in leaf.changes(old, language))
        return (*around(self.form, before), *within, *gone(self.form, before))

    @cached_property
    def _faults(self) -> dict[str, tuple[Told, ...]]:
        return {}

    def _found(self, language: str) -> list[Told]:
        schema: list[Told] = [("schema", one) for one in self.wrong]
        if self.form is None:
            return schema
        head = replace(self.form, pages=())
        found: list[Told] = []
        for rule in check.RULES:
            found += [(rule.__name__, one) for one in rule(head if rule in check.OF_A_PAGE else self.form)]
        for number, leaf in enumerate(self.leaves):
            found += _shifted(leaf.faults(language), number)
        known = [one.path for one in self.wrong]
        found = [one for one in found if not any(same_place(one[1].path, path) for path in known)]
        return [*schema, *found] or [("locks", one) for one in seals(self.form)]


def leaves(content: Content) -> tuple[Leaf, ...]:
    """The pages of a content, each remembered by what it says."""
    shape = {
        "kind": content.get("kind"),
        "languages": content.get("languages", ()),
        "known": languages_in(content),
        "scales": only_in(content.get("scales", {}), content.get("languages", ())),
    }
    shape_text = orjson.dumps(shape)
    return tuple(_leaf(orjson.dumps(page), shape_text) for page in content.get("pages", ()))


def examine(content: Content, every: tuple[Leaf, ...] | None = None) -> Examined:
    """What a content, which may be half written, is as a form. `every`: its leaves, where they are known already."""
    every = leaves(content) if every is None else every
    around = only_in({key: value for key, value in content.items() if key != "pages"}, content.get("languages", ()))
    taken, wrong = accepted({**around, "pages": []})
    wrong += [replace(one, path=("pages", n, *one.path)) for n, leaf in enumerate(every) for one in leaf.wrong]
    pages = [leaf.page for leaf in every]
    if taken is None or None in pages:
        return Examined(None, every, tuple(wrong))
    form = replace(assemble(taken), pages=tuple(page for page in pages if page))
    return Examined(form, every, tuple(wrong))


@lru_cache(maxsize=REMEMBERED)
def _leaf(page: bytes, shape: bytes) -> Leaf:
    return Leaf(orjson.loads(page), _shape(shape))


@lru_cache(maxsize=32)
def _shape(shape: bytes) -> Shape:
    given = orjson.loads(shape)
    taken, _wrong = accepted({"form": "", "scales": given["scales"], "pages": []})
    scales = {scale.id: scale for scale in assemble({"scales": (taken or {}).get("scales", {})}).scales}
    return Shape(given["kind"], tuple(given["languages"]), tuple(given["known"]), scales)


def _shifted(told: tuple[Told, ...], number: int) -> Iterator[Told]:
    before: Path = ("pages", number)
    return ((rule, replace(one, path=(*before, *one.path))) for rule, one in told)
