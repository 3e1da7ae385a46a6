"""Questions asked again and again: a row for each thing tried, each activity of a plan. Never rows within rows."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from forms.messages import _, row_wanted
from forms.model import Answer, Plain, Question, Row, Stored, Text
from forms.types.base import QuestionType, Say

MOST_ROWS = 20


class RepeatType(QuestionType):
    """Rows of nested questions. How a page sends them is `forms.build.RepeatField`; an answer is a tuple of rows."""

    name = "repeat"
    keys = frozenset({"questions", "rules", "minimum", "maximum", "none", "enough", "note"})
    privacies = frozenset({"free_text", "identifying"})
    kinds = frozenset({"case", "record", "anonymous"})
    prompts = False
    repeats = True

    def macro(self, question: Question) -> str:
        return "repeat"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        return {"nothing": say(question.none) if question.none else ""}

    def most(self, question: Question) -> int:
        """The most rows there can be."""
        return MOST_ROWS if question.maximum is None else question.maximum

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        """Nothing: rows are more than values under one name."""
        return None

    def wanted(self, question: Question) -> str:
        return row_wanted()

    def said(self, question: Question, answer: Answer) -> tuple[Text | str, ...]:
        rows = rows_of(answer)
        if not rows:
            return (question.none,) if question.none else ()
        return tuple(f"{place}." for place in range(1, len(rows) + 1))

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:
        """Rows in own words as one text each, a line for every nested question, so that each can become a quote; rows
        about a named person as they are."""
        if question.privacy == "free_text":
            return {question.id: [_lines(question, row) for row in rows_of(answer)]}
        return {question.id: json.dumps([dict(row) for row in rows_of(answer)], ensure_ascii=False)}

    def lack(self, question: Question, code: str) -> dict[str, Stored]:
        return {}

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: ["\n".join(_longest(nested) for nested in question.questions)] * self.most(question)}]

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        least, most = question.minimum or 0, self.most(question)
        if not 0 <= least <= most <= MOST_ROWS:
            remedy = _("Skriv ett minimum som är högst maximum, och ett maximum på högst %(most)s.", most=MOST_ROWS)
            yield "minimum", _("Raderna är från %(least)s till %(most)s.", least=least, most=most), remedy
        if not question.questions:
            yield "questions", _("Raderna har inga frågor."), _("Skriv questions: och minst en fråga.")
        if (question.enough is None) != (question.note is None):
            yield "note", _("enough och note hör ihop."), _("Skriv båda, eller ta bort båda.")


def rows_of(answer: Answer) -> tuple[Row, ...]:
    """The rows of a repeated question's answer."""
    return () if isinstance(answer, str) else tuple(row for row in answer if not isinstance(row, str))


def _lines(question: Question, row: Row) -> str:
    return "\n".join(_line(nested, row[nested.id]) for nested in question.questions if nested.id in row)


def _line(nested: Question, answer: Plain) -> str:
    """What was chosen in the words of the form's own language, or what was written, on one line."""
    choice = nested.choice(answer) if isinstance(answer, str) else None
    return " ".join((choice.text.in_("") if choice else str(answer)).split())


def _longest(nested: Question) -> str:
    """As many letters as the nested question takes at the most, each as wide as a letter can be."""
    choices = max((len(choice.text.in_("")) for choice in nested.choices), default=0)
    return "\U0010fffd" * max(choices, nested.max_length or 0)
