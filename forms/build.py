"""A page and the answers so far -> a form to show; a form sent back -> answers.

The classes are FlaskForms, made once per page, language and role and kept. Rooms above draw them with the macros each
field names, and know no type.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from flask_wtf import FlaskForm
from wtforms.i18n import DummyTranslations
from wtforms.meta import DefaultMeta

from forms.messages import soft_prompt
from forms.model import Answer, Answers, Form, Page, Question
from forms.types import TYPES, AnswerField

_NO_TRANSLATIONS = DummyTranslations()


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The questions of one page. `PageForm(formdata=None, data=answers)` shows, `PageForm(formdata=sent)` reads."""

    class Meta(DefaultMeta):  # type: ignore[misc]
        """No session and no request: respondents carry their sealed page state instead of a CSRF token."""

        csrf = False

        def get_translations(self, _form: object) -> DummyTranslations:
            """None: every message comes from `forms.messages`."""
            return _NO_TRANSLATIONS

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
    return _made(_Made(form.fingerprint, tuple(q.id for q in page.questions), language, role, page.questions))


def read(shown: PageForm) -> Reading:
    """The answers in a form made with `formdata`. Raises nothing: what cannot be an answer is in `errors`."""
    shown.validate()
    fields = shown.questions
    return Reading(
        answers={f.name: f.data for f in fields if not f.errors and f.data is not None},
        errors=[(f.id, str(f.errors[0])) for f in fields if f.errors],
        blank=tuple(f.question for f in fields if not f.errors and f.data is None and f.asked_as.prompts),
        asked=tuple(f.name for f in fields),
    )


@dataclass(frozen=True)
class _Made:
    """What tells one class from another; the questions themselves follow from the fingerprint and their ids."""

    fingerprint: str
    ids: tuple[str, ...]
    language: str
    role: str | None
    questions: tuple[Question, ...] = field(compare=False)


@lru_cache(maxsize=2048)
def _made(made: _Made) -> type[PageForm]:
    fields = {q.id: AnswerField(q, TYPES[q.type], made.language, made.role) for q in made.questions}
    return type("PageForm", (PageForm,), fields)
