"""The question bank: ready scales, questions and locked blocks, each with the form it is taken from.

The shipped bank is a form that nobody answers, `bank.yaml`; beside it stand the questions of the shipped forms. What is
taken becomes the author's own, but for locked blocks, which are used as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forms.library import read_file, shipped
from forms.model import Choice, Form, Text
from forms.types import TYPES

_FILE = Path(__file__).parent / "bank.yaml"
_KINDS = ("anonymous", "poll")
"""The kinds of form whose questions are for anybody's form: those of a case belong together."""


@dataclass(frozen=True)
class ReadyScale:
    """A scale with its steps."""

    form: Form
    id: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class ReadyQuestion:
    """A question that is proved."""

    form: Form
    id: str
    type: str
    text: Text


@dataclass(frozen=True)
class ReadyBlock:
    """A locked block: anybody may use it, nobody but its owner may change it."""

    form: Form
    id: str
    owner: str
    title: Text
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    """What there is to take, the shipped bank first."""

    scales: tuple[ReadyScale, ...]
    questions: tuple[ReadyQuestion, ...]
    blocks: tuple[ReadyBlock, ...]


def bank(others: Sequence[Form] = (), own: Sequence[Form] = ()) -> Bank:
    """What came with Samsvar, the scales and questions of an association's `own` forms, and the locked blocks of
    `others`, forms that somebody has published here."""
    came = (standard(), *(form for form in _newest(shipped()) if form.kind in _KINDS and not form.script))
    known = {form.id for form in (*came, *shipped())}
    forms = (*came, *(form for form in _newest(own) if form.kind in _KINDS and form.id not in known))
    return Bank(
        scales=_scales(forms),
        questions=tuple(
            ReadyQuestion(form, question.id, question.type, question.text)
            for form in forms
            for question in form.questions
            if form.lock_of[question.id] is None and TYPES[question.type].asks and question.comment is None
        ),
        blocks=_blocks((*forms, *others)),
    )


@cache
def standard() -> Form:
    """The shipped bank itself. Its start and end pages are those of a new anonymous form."""
    return read_file(_FILE)


def _scales(forms: Sequence[Form]) -> tuple[ReadyScale, ...]:
    """Each set of steps once, from the first form that has it."""
    found: list[ReadyScale] = []
    for form in forms:
        for scale in form.scales:
            if all(one.choices != scale.choices for one in found):
                found.append(ReadyScale(form, scale.id, scale.choices))
    return tuple(found)


def _blocks(forms: Sequence[Form]) -> tuple[ReadyBlock, ...]:
    found = {
        (lock.id, lock.fingerprint): ReadyBlock(form, lock.id, lock.owner, lock.title, form.languages)
        for form in reversed(forms)
        for lock in form.locks
    }
    return tuple(sorted(found.values(), key=lambda block: block.id))


def _newest(forms: Sequence[Form]) -> list[Form]:
    return list({form.id: form for form in sorted(forms, key=lambda form: form.version)}.values())
