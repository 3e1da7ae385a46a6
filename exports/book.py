"""The code book: every question of every published version of the forms pooled together, merged by id.

An id keeps its meaning for ever, so versions merge: texts and answers as the newest version has them, answers that only
older versions had after them. What the answers came to is `exports.figures`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from exports.contents import Counted, Entry, Label, Pole, Texts, Version
from forms.model import DONT_KNOW, NOT_ASKED, REFUSED, SKIPPED, STOPPED, Choice, Form, Question, Text
from forms.types import TYPES

MISSING_TEXTS: dict[str, Texts] = {
    NOT_ASKED: {"sv": "Inte aktuell", "en": "Not asked"},
    SKIPPED: {"sv": "Hoppade över", "en": "Skipped"},
    STOPPED: {"sv": "Avslutade tidigare", "en": "Stopped before"},
}
"""The missing codes that no question offers as a choice: INSTRUMENTS.md 0."""
OFFERED = (DONT_KNOW, REFUSED)


@dataclass(frozen=True)
class Book:
    """What is asked under one pool id, as far as figures and files need it."""

    title: Texts
    versions: tuple[Version, ...]
    themes: dict[str, Texts]
    entries: tuple[Entry, ...]


def code_book(pool: str, forms: Sequence[Form]) -> Book:
    """Merge published versions; the pool's own are in `forms` too, and its newest gives title and order."""
    ordered = sorted(forms, key=lambda form: (form.id != pool, form.id, form.version))
    own = [form for form in ordered if form.id == pool] or ordered
    newest_first = sorted(ordered, key=lambda form: (form.id != pool, form.id, -form.version))
    asked = {q.id: q for form in reversed(newest_first) for q in form.questions if TYPES[q.type].asks}
    order = dict.fromkeys(q.id for form in newest_first for q in form.questions if q.id in asked)
    return Book(
        title=own[-1].title.by_language,
        versions=tuple(Version(form.id, form.version, form.fingerprint) for form in ordered),
        themes={id_: text.by_language for form in reversed(newest_first) for id_, text in form.themes.items()},
        entries=tuple(_entry(asked[id_], ordered) for id_ in order),
    )


def _entry(question: Question, ordered: Sequence[Form]) -> Entry:
    asking = [form for form in ordered if question.id in form.by_id]
    newest = {form.id: form for form in ordered}
    gone = not any(question.id in form.by_id for form in newest.values())
    return Entry(
        id=question.id,
        type=question.type,
        text=question.text.by_language,
        theme=question.theme or "",
        labels=_labels(question, [form.by_id[question.id] for form in asking]),
        counted=_counted(question),
        free_text=question.privacy == "free_text",
        since=f"{asking[0].id} {asking[0].version}",
        until=f"{asking[-1].id} {asking[-1].version}" if gone else "",
    )


def _counted(question: Question) -> Counted:
    type_ = TYPES[question.type]
    if type_.takes_several:
        return "several"
    if type_.chosen:
        return "one"
    return "mean" if type_.measures else ""


def _labels(question: Question, askings: Iterable[Question]) -> tuple[Label, ...]:
    """The answers in order, then what only older versions offered, then why there may be no answer."""
    if not _counted(question):
        return ()
    choices: dict[str, Choice] = {}
    for choice in chain(question.choices, *(older.choices for older in askings)):
        choices.setdefault(choice.code, choice)
    given = [Label(c.code, c.text.by_language, _pole(question, c.code)) for c in choices.values() if not c.missing]
    refused = [_lack(code, choices[code].text) for code in OFFERED if code in choices]
    return (*given, *refused, *(Label(code, text, missing=True) for code, text in MISSING_TEXTS.items()))


def _lack(code: str, text: Text) -> Label:
    return Label(code, text.by_language, missing=True)


def _pole(question: Question, code: str) -> Pole:
    if code in question.positive:
        return "positive"
    if code in question.middle:
        return "middle"
    return "negative" if code in question.negative else ""
