"""What every question type is: one small class with one method for each place where an answer turns up.

A type knows how its question is written in a file, asked, read, compared, kept and said again. Nothing outside
`forms.types` asks what type a question is; it asks the type.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import eq, ge, gt, le, lt, ne
from typing import Any, ClassVar, get_args

from wtforms import Field, ValidationError

from forms.messages import answer_wanted
from forms.model import MISSING, Answer, Choice, Kind, Operator, Privacy, Question, Stored, Text

Say = Callable[[Text], str]
"""How a page says a text: in its language, with the blanks filled in, marked up where it falls back."""

PRESENCE: frozenset[Operator] = frozenset({"answered", "empty"})
CONTENTS: frozenset[Operator] = PRESENCE | {"has"}
EQUALITY: frozenset[Operator] = PRESENCE | {"eq", "ne", "in"}
ORDER: frozenset[Operator] = EQUALITY | {"lt", "le", "gt", "ge"}

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}

_ORDERED = ORDER - EQUALITY


class BadAnswer(Exception):
    """What was sent cannot be an answer; the text says what to do, in the language of the page."""

    def __init__(self, message: str, *, authored: bool = False) -> None:
        super().__init__(message)
        self.authored = authored
        """Whether the question's own `error` text, if it has one, is said instead."""


class QuestionType(ABC):
    """One kind of question. Instances hold no state; `forms.types.TYPES` has one of each."""

    name: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    """Keys of a form file that this type takes beyond those every question has."""
    privacies: ClassVar[frozenset[Privacy]] = frozenset({"open", "identifying"})
    """What `privacy` may say of it."""
    kinds: ClassVar[frozenset[Kind]] = frozenset(get_args(Kind))
    """The kinds of form it can stand in."""
    usual: ClassVar[tuple[Choice, ...]] = ()
    """The choices of a question that writes none."""
    operators: ClassVar[frozenset[Operator]] = PRESENCE
    """How a condition may ask about it."""
    prompts: ClassVar[bool] = True
    """Whether a blank answer is asked about once more."""
    asks: ClassVar[bool] = True
    """Whether there is anything to answer."""
    chosen: ClassVar[bool] = False
    """Whether one chooses an answer rather than writes it."""
    takes_several: ClassVar[bool] = False
    """Whether several answers can be chosen at once, some of which exclude the others."""
    dates: ClassVar[bool] = False
    """Whether an answer is a day, which can tell a meeting and so a person."""
    measures: ClassVar[bool] = False
    """Whether stored answers are numbers, which have a mean."""
    lists_municipalities: ClassVar[bool] = False
    """Whether its choices are those municipalities that a team works in."""
    covered: ClassVar[bool] = False
    """Whether an answer about a named person is shown covered, until somebody asks for it and that is written down."""
    repeats: ClassVar[bool] = False
    """Whether it asks questions of its own, row after row."""

    @abstractmethod
    def macro(self, question: Question) -> str:
        """The macro of `templates/macros/controls.html` that draws the control."""

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        """What the macro is given besides name, label, hint, error and value."""
        return {}

    @abstractmethod
    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        """The answer in what was sent, or None for a blank. Raises `BadAnswer`, worded for a page in `language`."""

    def settle(self, question: Question, answer: Answer, today: date, language: str) -> Answer:
        """The answer as it stands when given on that day. Raises `BadAnswer` where that day cannot have it."""
        return answer

    def proposed(self, question: Question, today: date) -> Answer | None:
        """What stands in the control before there is an answer."""
        return question.proposal

    def wanted(self, question: Question) -> str:
        """What to say when an answer is required and there is none."""
        return answer_wanted()

    def said(self, question: Question, answer: Answer) -> tuple[Text | str, ...]:
        """The answer in words, for the page where all answers are looked through."""
        return several(answer)

    def cover(self, answer: Answer) -> str:
        """What is shown of a covered answer."""
        return "•••"

    def missing(self, answer: Answer) -> bool:
        """Whether the answer says why there is none ("Vill inte svara"): conditions then count it as unanswered."""
        return False

    def comparable(self, answer: str) -> int | str:
        """What a condition compares: typed, so that 10 is more than 9."""
        return answer

    def holds(self, op: Operator, answer: Answer, value: str | tuple[str, ...] | None) -> bool:
        """Whether a given answer compares so; `op` is one of `operators` but not a `PRESENCE`."""
        own = self.comparable(str(answer))
        if isinstance(value, tuple):
            return any(own == self.comparable(each) for each in value)
        other = self.comparable(str(value))
        if op in _ORDERED and type(own) is not type(other):
            return False
        return _COMPARE[op](own, other)

    def could_be(self, question: Question, value: str) -> bool:
        """Whether `value`, written in a condition, can be an answer (or one of the answers) at all."""
        try:
            answer = self.read((value,), question, "sv")
        except BadAnswer:
            return False
        return answer is not None and not self.missing(answer)

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:
        """The stored columns of an answer. Free text is kept beside the response, as a quote."""
        return {question.id: answer if isinstance(answer, str) else list(several(answer))}

    def lack(self, question: Question, code: str) -> dict[str, Stored]:
        """The stored columns when there is no answer; `code` says why (INSTRUMENTS.md 0)."""
        return {question.id: code}

    def columns(self, question: Question) -> tuple[str, ...]:
        """Every column `keep` or `lack` may write, in order."""
        return (question.id,)

    @abstractmethod
    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        """Answers as kept, among them the one that takes the most room."""

    def max_bytes(self, question: Question) -> int:
        """The room the question can take in a stored record: UTF-8 bytes of its JSON members with their commas."""
        kept = [*self.heaviest(question), *(self.lack(question, code) for code in MISSING)]
        return max(len(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()) for columns in kept) - 1

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        """What is wrong with how the question is written: key, what, remedy."""
        yield from ()


def several(answer: Answer) -> tuple[str, ...]:
    """The one text or the several codes of an answer; the rows of a repeated question are none."""
    return (answer,) if isinstance(answer, str) else tuple(each for each in answer if isinstance(each, str))


class AnswerField(Field):  # type: ignore[misc]  # WTForms has no types
    """One question on a page as WTForms sees it; what it asks and accepts is its type's business."""

    def __init__(self, question: Question, type_: QuestionType, language: str, role: str | None, **given: Any) -> None:
        self.question = question
        self.asked_as = type_
        self.language = language
        self.wording = question.wording(role)
        super().__init__(label=self.wording.in_(language), **given)

    @property
    def macro(self) -> str:
        """The macro of `templates/macros/controls.html` that draws this."""
        return self.asked_as.macro(self.question)

    @property
    def typed(self) -> tuple[str, ...]:
        """What stands in the control: what was just sent, else the answer so far."""
        if self.raw_data is not None:
            return tuple(self.raw_data)
        if self.data is None:
            return ()
        return several(self.data)

    def in_controls(self) -> dict[str, tuple[str, ...]]:
        """The name of each control of the question -> what stands in it."""
        return {self.name: self.typed}

    def arguments(self, say: Say, *, error: str = "", heading: bool = False) -> dict[str, object]:
        """What `macro` is called with; `heading` where the question is the page's h1."""
        question, typed = self.question, self.typed
        return {
            "name": self.name,
            "label": say(self.wording),
            "hint": say(question.help) if question.help else "",
            "error": error,
            "heading": heading,
            "value": typed[0] if typed else "",
            "selected": typed,
            **self.asked_as.control(question, say),
        }

    def process_formdata(self, valuelist: list[str]) -> None:
        """Leave `data` to `pre_validate`: what was typed stays in `raw_data` until it can be read."""

    def pre_validate(self, form: object) -> None:
        """Read what was sent into `data`; a blank that must not be blank is an error as well."""
        try:
            self.data = self.asked_as.read(self.raw_data or (), self.question, self.language)
            today: date | None = getattr(form, "today", None)
            if self.data is not None and today:
                self.data = self.asked_as.settle(self.question, self.data, today, self.language)
            if self.data is None and self.question.required:
                raise BadAnswer(self.asked_as.wanted(self.question), authored=True)
        except BadAnswer as fault:
            own = self.question.error if fault.authored else None
            raise ValidationError(own.in_(self.language) if own else str(fault)) from None
