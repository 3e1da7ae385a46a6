"""A document of a case on a staff page: read in words, or written with every question of its form on one page.

What somebody may read of it was decided before: `survey.cases.access`. What an answer is, and what is wrong with it,
is said by `forms.build`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from forms.answers import in_words, kept, rows_in_words
from forms.build import PageForm, Reading, controls, page_form, proposals, read, repeated
from forms.model import Answer, Answers, Form, Page, Question
from forms.routing import asked
from forms.types import TYPES, Say
from forms.types.repeat import rows_of
from pages.cases_words import LABELS, day
from pages.drawing import Control, control, only_if
from pages.language import spoken
from survey.errors import Outdated, SurveyError

Fields = list[tuple[str, list[tuple[str, str, Control]]]]
"""Parts of a page: heading, and for each question when it is asked, its macro, and what the macro is given."""


@dataclass(frozen=True)
class Line:
    """One question of a document and what was answered."""

    id: str
    text: str
    said: tuple[str, ...] = ()
    rows: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()


def in_parts(form: Form, answers: Answers, say: Say, *, blank: bool = True) -> list[tuple[str, list[Line]]]:
    """The questions of the document that were asked, part by part; with `blank` also those left so."""
    here = [one for one in asked(form, answers) if TYPES[one.type].asks and (blank or one.id in answers)]
    told = {one.id: line(one, answers, say) for one in here}
    parts = [
        (say(part) if part else "", [told[one.id] for page in pages for one in page.questions if one.id in told])
        for part, pages in groupby(form.pages, key=lambda page: page.part)
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def line(question: Question, answers: Answers, say: Say) -> Line:
    """One question with its answer in words."""
    answer, text = answers.get(question.id), label(question, say)
    if answer is None:
        return Line(question.id, text)
    if question.questions:
        return Line(question.id, text, rows=tuple(map(tuple, rows_in_words(question, answer, spoken()))))
    return Line(question.id, text, _said(question, answer))


def label(question: Question, say: Say) -> str:
    """What a question is called by those who read its answer."""
    return str(LABELS.get(question.id) or say(question.text))


def _said(question: Question, answer: Answer) -> tuple[str, ...]:
    """The answer in words; a day as one says it."""
    if TYPES[question.type].dates and isinstance(answer, str):
        return (day(date.fromisoformat(answer)),)
    return in_words(question, answer, spoken())


def words_of(form: Form, answers: Answers, question: str) -> str:
    """One answer in words, several with commas; "" where there is none."""
    answer = answers.get(question)
    known = form.by_id.get(question)
    return ", ".join(_said(known, answer)) if known and answer is not None else ""


def too_few(form: Form, answers: Answers, say: Say) -> list[str]:
    """What might be added: fewer rows than would be enough is said once, and holds nobody up."""
    return [
        say(one.note)
        for one in form.questions
        if one.note and one.enough is not None and len(rows_of(answers.get(one.id, ()))) < one.enough
    ]


@dataclass(frozen=True)
class Sheet:
    """A document's form laid out on one page: all of it, or the part that `only` names, or all that `but` does not."""

    form: Form
    only: Collection[str] = ()
    but: Collection[str] = ()

    @property
    def page(self) -> Page:
        """All the questions as one page, so that they are sent together."""
        questions = tuple(one for page in self.form.pages for one in page.questions if self._stands_here(one))
        here = {one.id for one in questions}
        rules = tuple(rule for page in self.form.pages for rule in page.rules if rule.at in here)
        return Page("sheet", questions, rules=rules)

    def filled(self, answers: Answers, today: date) -> PageForm:
        """The controls holding these answers, or what is proposed."""
        return self.typed(controls(self.form, self.page, {**proposals(self.form, today), **answers}))

    def typed(self, posted: "MultiDict[str, str]") -> PageForm:
        """The controls holding what was typed."""
        return page_form(self.form, self.page, self.language)(formdata=posted)

    def read(self, shown: PageForm, before: Answers, today: date) -> tuple[dict[str, Answer], list[tuple[str, str]]]:
        """The document after this page: what was answered, without what is no longer asked; and what is to mend."""
        reading = read(shown, before, today)
        answers = kept(self.form, reading.onto(before))
        return answers, self._to_mend(reading, before)

    def answered(
        self, shown: PageForm, before: Answers, today: date
    ) -> tuple[dict[str, Answer], list[tuple[str, str]]]:
        """Only what this page was answered, for a document most of which stands on no page here."""
        reading = read(shown, before, today)
        return reading.answers, self._to_mend(reading, before)

    @property
    def language(self) -> str:
        """The page's language where the form has it, else the form's own first."""
        return spoken() if spoken() in self.form.languages else self.form.languages[0]

    def drawn(self, shown: PageForm, say: Say, errors: Iterable[tuple[str, str]]) -> Fields:
        """The page's controls, part by part."""
        wrong = dict(errors)
        fields = {field.name: control(field, say, wrong) for field in shown.questions}
        parts = groupby(self.form.pages, key=lambda page: page.part)
        drawn = [(say(part) if part else "", list(self._within(pages, fields, say))) for part, pages in parts]
        return [(heading, questions) for heading, questions in drawn if questions]

    def _within(
        self, pages: Iterable[Page], fields: dict[str, tuple[str, Control]], say: Say
    ) -> Iterator[tuple[str, str, Control]]:
        for page in pages:
            for one in page.questions:
                if one.id in fields:
                    yield only_if(self.form, page, one, say), *fields[one.id]

    def _stands_here(self, question: Question) -> bool:
        return question.id not in self.but and (not self.only or question.id in self.only)

    def _to_mend(self, reading: Reading, before: Answers) -> list[tuple[str, str]]:
        """What is wrong with questions that are asked at all, given the answers of the very same page."""
        here = {question.id for question in asked(self.form, reading.onto(before))}
        return [(place, what) for place, what in reading.errors if place.partition("-")[0] in here]


def not_saved(refused: SurveyError) -> tuple[str, str]:
    """What is said above a page that was not saved, with everything typed still on it."""
    if isinstance(refused, Outdated):
        return "innehall", _(
            "Någon annan har sparat under tiden. Öppna sidan i ett nytt fönster och läs det nya först."
        )
    return "innehall", str(refused)


def reshown(posted: "MultiDict[str, str]", go: str) -> "MultiDict[str, str] | None":
    """The page after a press that only adds or removes a row; None for every other press."""
    return repeated(posted, go) if go.startswith(("add-", "remove-")) else None


def changed(form: Form, before: Answers, after: Answers) -> Sequence[Question]:
    """The questions answered otherwise than before, in the order they are asked."""
    return [one for one in form.questions if before.get(one.id) != after.get(one.id)]
