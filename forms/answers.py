"""The answers of a case as they are kept, shown to somebody, and said in words."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from forms.model import Answer, Answers, Form, Question, Row, Text
from forms.routing import asked
from forms.types import TYPES
from forms.types.base import several
from forms.types.repeat import rows_of


def kept(form: Form, answers: Answers) -> dict[str, Answer]:
    """What a document keeps: the answers on the path, and what follows from them, without those to be forgotten."""
    on_path = {question.id for question in asked(form, answers)}
    on_path |= {question.id for question in form.questions if question.derived_from in on_path & answers.keys()}
    forgotten = {question.id for question in form.questions if question.forget}
    return {question: answer for question, answer in answers.items() if question in on_path - forgotten}


def as_json(answers: Answers) -> str:
    """The answers as one line: texts, lists of codes, lists of rows."""
    return json.dumps({q: _dump(answer) for q, answer in answers.items()}, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> dict[str, Answer]:
    """The answers in what `as_json` wrote."""
    return {question: _load(value) for question, value in json.loads(text).items()}


def visible(form: Form, answers: Answers, categories: Collection[str]) -> dict[str, Answer]:
    """What somebody may read who may read these categories; of a row, the questions in them."""
    shown: dict[str, Answer] = {}
    for question in form.questions:
        if question.id in answers and question.category in categories:
            shown[question.id] = _seen(question, answers[question.id], categories)
    return shown


def in_words(question: Question, answer: Answer, language: str) -> tuple[str, ...]:
    """The answer as it is said in `language`; a personal number only by its last digits."""
    said = TYPES[question.type].said(question, answer)
    return tuple(words.in_(language) if isinstance(words, Text) else words for words in said)


def rows_in_words(question: Question, answer: Answer, language: str) -> list[list[tuple[str, tuple[str, ...]]]]:
    """Row by row, what each nested question is called and what was answered, without the blank ones."""
    return [
        [
            (nested.text.in_(language), in_words(nested, row[nested.id], language))
            for nested in question.questions
            if nested.id in row
        ]
        for row in rows_of(answer)
    ]


def _seen(question: Question, answer: Answer, categories: Collection[str]) -> Answer:
    if not TYPES[question.type].repeats:
        return answer
    may = {nested.id for nested in question.questions if nested.category in categories}
    return tuple({name: value for name, value in row.items() if name in may} for row in rows_of(answer))


def _dump(answer: Answer) -> Any:
    if isinstance(answer, str):
        return answer
    rows = rows_of(answer)
    return [_dump_row(row) for row in rows] if rows else list(several(answer))


def _dump_row(row: Row) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else list(value) for name, value in row.items()}


def _load(value: Any) -> Answer:
    if isinstance(value, str):
        return value
    if all(isinstance(each, str) for each in value):
        return tuple(value)
    return tuple(_load_row(row) for row in value)


def _load_row(row: Mapping[str, Any]) -> Row:
    return {name: value if isinstance(value, str) else tuple(value) for name, value in row.items()}
