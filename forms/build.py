"""A page and the answers so far -> a form to show; a form sent back -> answers.

The classes are FlaskForms, made once per page, language and role and kept. Rooms above draw them with the macros each
field names, and know no type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError
from wtforms.i18n import DummyTranslations
from wtforms.meta import DefaultMeta

from forms.messages import row_wanted, rows_or_none, soft_prompt
from forms.model import Answer, Answers, Form, Page, Question, Row
from forms.rules import broken
from forms.types import TYPES, AnswerField, Say
from forms.types.base import several
from forms.types.repeat import RepeatType, rows_of

NONE = "none"
"""What stands after the name of a repeated question's control that is ticked instead of writing rows."""
_ROW_KEYS = 3
"""Digits of the longest key of a row: a page that names more has not come from here."""

_NO_TRANSLATIONS = DummyTranslations()


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The questions of one page. `PageForm(formdata=None, data=answers)` shows, `PageForm(formdata=sent)` reads."""

    class Meta(DefaultMeta):  # type: ignore[misc]
        """No session and no request: respondents carry their sealed page state instead of a CSRF token."""

        csrf = False

        def get_translations(self, _form: object) -> DummyTranslations:
            """None: every message comes from `forms.messages`."""
            return _NO_TRANSLATIONS

    made: "_Made"
    today: date | None = None
    """The day the answers are given, where a bound or a personal number depends on it."""

    @property
    def questions(self) -> list[AnswerField]:
        """The fields in the order they are asked; typed, which iterating over the form is not."""
        return list(self)


@dataclass(frozen=True)
class Reading:
    """What a page sent back: the answers that could be read, what cannot be an answer, and what was left blank."""

    answers: dict[str, Answer]
    errors: list[tuple[str, str]]
    """(id of the control to mend, what to do), in the order of the page."""
    blank: tuple[Question, ...]
    """Left blank although it is worth asking once more; no errors."""
    asked: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What might be added; no errors either."""

    def onto(self, answers: Answers) -> dict[str, Answer]:
        """`answers` with this page's in place of its old ones: a question left blank is no longer answered."""
        return {**{q: a for q, a in answers.items() if q not in self.asked}, **self.answers}

    @property
    def prompt(self) -> str:
        """The soft prompt about what was left blank, or ""."""
        return soft_prompt(TYPES[self.blank[0].type].chosen) if self.blank else ""


def page_form(form: Form, page: Page, language: str, role: str | None = None) -> type[PageForm]:
    """The class of `page`, which may hold any of the form's questions; made once and kept.

    `language` is one of the form's; `role` chooses another wording where a question has one.
    """
    ids = tuple(q.id for q in page.questions)
    return _made(_Made(form.fingerprint, page.id, ids, language, role, form, page))


def read(shown: PageForm, before: Answers | None = None, today: date | None = None) -> Reading:
    """The answers in a form made with `formdata`. Raises nothing: what cannot be an answer is in `errors`.

    `before` are the answers of earlier pages, for the page's rules; `today` is needed where days have bounds and where
    personal numbers are read.
    """
    shown.today = today
    shown.validate()
    fields = shown.questions
    answers = {f.name: f.data for f in fields if not f.errors and f.data is not None}
    wrong = {control: message for f in fields for control, message in _errors(f)}
    made = shown.made
    own = {f.short_name: f for f in fields}
    here = {name: answers[f.name] for name, f in own.items() if f.name in answers}
    for at, message in broken(made.form, made.page, {**(before or {}), **here}, made.language):
        if at in own:
            wrong.setdefault(own[at].id, message)
    return Reading(
        answers=answers,
        errors=[(control, wrong[control]) for f in fields for control in (f.id, *_within(f)) if control in wrong],
        blank=tuple(f.question for f in fields if not f.errors and f.data is None and f.asked_as.prompts),
        asked=tuple(f.name for f in fields),
        notes=tuple(f.question.note.in_(made.language) for f in fields if f.question.note and _few(f)),
    )


def typed(shown: PageForm) -> dict[str, tuple[str, ...]]:
    """What stands in every control, by its name: all a page needs to show the same again."""
    found: dict[str, tuple[str, ...]] = {}
    for each in shown.questions:
        found |= each.in_controls()
    return found


def controls(form: Form, page: Page, answers: Answers) -> MultiDict[str, str]:
    """What the page would send if these were its answers."""
    sent: MultiDict[str, str] = MultiDict()
    empty = page_form(form, page, form.languages[0])(formdata=None, data=dict(answers))
    for name, values in typed(empty).items():
        sent.setlist(name, list(values))
    return sent


def repeated(sent: MultiDict[str, str], go: str) -> MultiDict[str, str]:
    """What was sent, after a button that adds or takes away a row: `add-<question>`, `remove-<question>-<row>`."""
    changed = MultiDict(sent)
    verb, _, rest = go.partition("-")
    if verb == "add":
        keys = [int(key) for key in sent.getlist(rest) if _is_key(key)]
        changed.add(rest, str(max(keys, default=-1) + 1))
    elif verb == "remove":
        name, _, key = rest.rpartition("-")
        changed.setlist(name, [each for each in sent.getlist(name) if each != key])
    return changed


def proposals(form: Form, today: date) -> dict[str, Answer]:
    """What stands in controls before there is an answer: question id -> a code or a day. Never a consent."""
    proposed = ((q.id, TYPES[q.type].proposed(q, today)) for q in form.questions)
    return {question: answer for question, answer in proposed if answer is not None}


class RepeatField(AnswerField):
    """Rows of controls under one question. The page sends the rows' keys under the question's own name, in order, and
    each control as `<question>-<key>-<nested question>`; a row with nothing in it is no row."""

    def __init__(self, question: Question, language: str, role: str | None, row: type[PageForm], **given: Any) -> None:
        super().__init__(question, TYPES[question.type], language, role, **given)
        self.row = row
        self.rows: list[tuple[str, PageForm]] = []
        self.none = False
        self.wrong: dict[str, str] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take in the rows sent, or those answered before; there is always one to begin with."""
        super().process(formdata, data, extra_filters)
        if formdata is not None:
            self.none = f"{self.name}-{NONE}" in formdata
            keys = list(dict.fromkeys(key for key in formdata.getlist(self.name) if _is_key(key)))[: self.most]
            self.rows = [(key, self._shown(key, formdata=formdata)) for key in keys]
        elif isinstance(data, tuple | list):
            self.none = not data
            self.rows = [(str(place), self._shown(str(place), data=dict(row))) for place, row in enumerate(data)]
        if not self.rows:
            self.rows = [(str(place), self._shown(str(place))) for place in range(max(1, self.question.minimum or 0))]

    @property
    def most(self) -> int:
        """The most rows there can be."""
        return self.asked_as.most(self.question) if isinstance(self.asked_as, RepeatType) else 1

    def pre_validate(self, form: object) -> None:
        """Read the rows into `data`; every control of theirs that cannot be read is in `wrong`."""
        read_rows, self.wrong = [], {}
        for key, shown in self.rows:
            reading = read(shown, today=getattr(form, "today", None))
            if _touched(shown):
                self.wrong |= dict(reading.errors)
                read_rows.append(_row(f"{self.name}-{key}-", reading.answers))
        self.data = tuple(read_rows) or (() if self.none else None)
        if self.none and read_rows and self.question.none:
            raise ValidationError(rows_or_none(self.question.none.in_(self.language)))
        if self.wrong:
            raise ValidationError(next(iter(self.wrong.values())))
        if self.question.required and not self.data:
            raise ValidationError(self.question.error.in_(self.language) if self.question.error else row_wanted())

    def arguments(self, say: Say, *, error: str = "", heading: bool = False) -> dict[str, object]:
        """What `macro` is called with: the rows with their own controls and errors."""
        own = "" if self.wrong else error
        rows = [{"key": key, "fields": [self._control(f, say) for f in shown.questions]} for key, shown in self.rows]
        given = {"rows": rows, "ticked": self.none, "full": len(rows) >= self.most}
        return {**super().arguments(say, error=own, heading=heading), **given}

    def in_controls(self) -> dict[str, tuple[str, ...]]:
        """The keys of the rows, the tick, and every control of every row."""
        found = {self.name: tuple(key for key, _ in self.rows)}
        if self.none:
            found[f"{self.name}-{NONE}"] = ("1",)
        for _, shown in self.rows:
            found |= typed(shown)
        return found

    def _shown(self, key: str, **given: Any) -> PageForm:
        return self.row(**{"formdata": None, **given}, prefix=f"{self.name}-{key}-")

    def _control(self, shown: AnswerField, say: Say) -> tuple[str, dict[str, object]]:
        return shown.macro, shown.arguments(say, error=self.wrong.get(shown.name, ""))


def _is_key(key: str) -> bool:
    return key.isdecimal() and key.isascii() and len(key) <= _ROW_KEYS


def _touched(shown: PageForm) -> bool:
    """Whether anything at all is written or chosen in a row."""
    return any(value.strip() for f in shown.questions for value in f.typed)


def _row(prefix: str, answers: Mapping[str, Answer]) -> Row:
    """The answers of a row by the nested questions' own ids."""
    return {
        name.removeprefix(prefix): answer if isinstance(answer, str) else several(answer)
        for name, answer in answers.items()
    }


def _errors(shown: AnswerField) -> Iterator[tuple[str, str]]:
    """(control, what to do) for each control of the question that is to be mended."""
    inner = shown.wrong if isinstance(shown, RepeatField) else {}
    yield from inner.items()
    if shown.errors and not inner:
        yield shown.id, str(shown.errors[0])


def _within(shown: AnswerField) -> Iterator[str]:
    """The controls inside the question's own, in the order of the page."""
    for _, row in shown.rows if isinstance(shown, RepeatField) else ():
        yield from (each.id for each in row.questions)


def _few(shown: AnswerField) -> bool:
    """Whether there are fewer rows than would be enough."""
    return shown.question.enough is not None and len(rows_of(shown.data or ())) < shown.question.enough


@dataclass(frozen=True)
class _Made:
    """What tells one class from another; the questions themselves follow from the fingerprint and their ids."""

    fingerprint: str
    page_id: str
    ids: tuple[str, ...]
    language: str
    role: str | None
    form: Form = field(compare=False)
    page: Page = field(compare=False)


@lru_cache(maxsize=2048)
def _made(made: _Made) -> type[PageForm]:
    fields = {q.id: _field(q, made) for q in made.page.questions}
    return type("PageForm", (PageForm,), {"made": made, **fields})


def _field(question: Question, made: _Made) -> AnswerField:
    type_ = TYPES[question.type]
    if not type_.repeats:
        return AnswerField(question, type_, made.language, made.role)
    within = Page(f"{made.page_id}-{question.id}", question.questions, rules=question.rules)
    row = page_form(replace(made.form, pages=(within,)), within, made.language, made.role)
    return RepeatField(question, made.language, made.role, row)
