"""The code book: every question of every published version of the forms pooled together, merged by id.

An id keeps its meaning, so versions merge: texts and answers as the newest version has them, answers that only older
versions had after them. Where an author says that the meaning has changed, the entry says so (`Entry.meaning`). A
question counts as locked only if every version that asks it has it in the very same block, since answers to all of them
are counted together. What the answers came to is `exports.figures`.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from exports.contents import Counted, Entry, Label, Lock, Pole, Texts, Version
from forms.locks import find_lock
from forms.model import DONT_KNOW, NOT_ASKED, REFUSED, SKIPPED, STOPPED, Choice, Form, Question, Text
from forms.types import TYPES
from survey.errors import NotFound

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
    locks: tuple[Lock, ...]
    """The locks of `entries`, by id."""


def code_book(pool: str, forms: Sequence[Form]) -> Book:
    """Merge published versions; the pool's own are in `forms` too, and its newest gives title and order.

    Raises `NotFound` where nothing is published.
    """
    if not forms:
        raise NotFound
    ordered = sorted(forms, key=lambda form: (form.id != pool, form.id, form.version))
    own = [form for form in ordered if form.id == pool] or ordered
    newest_first = sorted(ordered, key=lambda form: (form.id != pool, form.id, -form.version))
    asked = {q.id: q for form in reversed(newest_first) for q in form.questions if TYPES[q.type].asks}
    order = dict.fromkeys(q.id for form in newest_first for q in form.questions if q.id in asked)
    entries = tuple(_entry(asked[id_], ordered) for id_ in order)
    return Book(
        title=own[-1].title.by_language,
        versions=tuple(Version(form.id, form.version, form.fingerprint) for form in ordered),
        themes={id_: text.by_language for form in reversed(newest_first) for id_, text in form.themes.items()},
        entries=entries,
        locks=_locks(ordered, {entry.lock for entry in entries}),
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
        meaning=max(form.by_id[question.id].meaning for form in asking),
        lock=_lock(question.id, asking),
    )


def _lock(question: str, asking: Sequence[Form]) -> str:
    """The lock that every version asking the question has it in, with one and the same fingerprint; else ""."""
    locks = [find_lock(form, form.lock_of[question]) for form in asking]
    prints = {lock and (lock.id, lock.fingerprint) for lock in locks}
    return locks[0].id if len(prints) == 1 and locks[0] else ""


def _locks(forms: Sequence[Form], ids: Container[str]) -> tuple[Lock, ...]:
    found = {lock.id: Lock(lock.id, lock.owner, lock.fingerprint) for form in forms for lock in form.locks}
    return tuple(found[id_] for id_ in sorted(found) if id_ in ids)


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
