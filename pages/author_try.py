"""Trying a draft out: walking a path as a respondent, and seeing the whole form in each language and wording.

Nothing that is tried is kept: the answers so far travel in the page. Which pages are asked and why is `forms.trying`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from forms import trying as paths
from forms.build import read
from forms.content import rows
from forms.model import Answer, Form, Page, Question, Text
from forms.routing import next_page, on_path, previous_page
from forms.types import TYPES, Say
from pages.author_preview import Around, fields_of, framed, typed_in
from pages.author_words import ROLES, type_name
from pages.context import house
from pages.drafts import draw, open_draft, remarks, source, words
from pages.language import direction, languages, name, spoken
from staff.policy import needs
from survey.authoring import Draft, Written
from survey.errors import BadRequest

trying = Blueprint("trying", __name__, url_prefix="/<draft_id>/prova")

AT_ONCE = 25
"""Questions of the page with all of them; a longer form has several."""
WALK = "w"
"""What the names of the walk's own fields begin with: an id of a question begins with a letter and has no dash."""


START, END = "", "-"
"""Where one is before the first page and after the last; no page is called so."""


@dataclass(frozen=True)
class Sight:
    """In which language and whose words the form is looked at."""

    language: str
    role: str

    @property
    def named(self) -> dict[str, Any]:
        """The same for an address."""
        return {"sprak": self.language, "ord": self.role} if self.role else {"sprak": self.language}


@dataclass(frozen=True)
class Step:
    """A page of the form that one has come past."""

    passed: bool
    """Whether nothing of it was asked."""
    questions: tuple[tuple[int, str, str], ...]
    """Number, text and what was answered."""
    why: tuple[tuple[str, bool], ...]
    """The conditions that decided, and whether each was true."""


@dataclass(frozen=True)
class Facts:
    """What follows from a form by itself."""

    estimate: paths.Estimate
    unreachable: tuple[Question, ...]
    endings: tuple[paths.Ending, ...]


@trying.get("/")
@needs("author")
def overview(draft_id: str) -> ResponseReturnValue:
    """How long it takes, what nobody is asked, where it ends, and the ways to look at it."""
    draft = open_draft(draft_id)
    form = draft.written.form if can_be_walked(draft) else None
    facts = _facts(draft.written) if form else None
    numbers = {row.id: row.number for row in rows(draft.content)}
    return draw(
        "try",
        draft,
        form=form,
        begun=bool(numbers),
        sight=_sight(draft),
        tongues=_tongues(draft),
        roles=_roles(draft),
        numbers=numbers,
        facts=facts,
        endings=[(form.by_id[one.question], form.by_id[one.question].choice(one.code)) for one in facts.endings]
        if form and facts
        else [],
    )


@trying.get("/ga")
@needs("author")
def begin(draft_id: str) -> ResponseReturnValue:
    """The first page of all, without any answers."""
    draft = open_draft(draft_id)
    return _walk_page(draft, _form(draft), START, {})


@trying.post("/ga")
@needs("author")
def walk(draft_id: str) -> ResponseReturnValue:
    """The next page, or the one before."""
    draft = open_draft(draft_id)
    form, answers, here = _form(draft), _answers(), request.form.get(f"{WALK}-sida", "")
    page = next((page for page in on_path(form, answers) if page.id == here), None)
    if page is None:
        first = next(iter(on_path(form, answers)), None)
        return _walk_page(draft, form, first.id if first and here == START else START, answers)
    sight = _sight(draft)
    reading = read(fields_of(form, page, sight.language, sight.role or None, request.form), answers, house().today())
    now, back = reading.onto(answers), request.form.get("go") == "back"
    if reading.errors and not back:
        return _walk_page(draft, form, page.id, now, dict(reading.errors), request.form)
    path = on_path(form, now)
    to = previous_page(form, path, page.id) if back else next_page(form, path, page.id)
    return _walk_page(draft, form, to.id if to else START if back else END, now)


@trying.get("/alla")
@needs("author")
def all_questions(draft_id: str) -> ResponseReturnValue:
    """Every question, as on paper."""
    draft = open_draft(draft_id)
    form, sight = _form(draft), _sight(draft)
    first = _number(request.args.get("fran", ""))
    some = form.questions[first : first + AT_ONCE]
    whole, last = not first, first + AT_ONCE >= len(form.questions)
    around = Around(whole, form.start + form.protection if whole else (), form.end if last else ())
    return draw(
        "try_all",
        draft,
        sight=sight,
        tongues=_tongues(draft),
        roles=_roles(draft),
        frame=framed(form, Page("", some), sight.language, sight.role or None, around=around),
        first=first,
        windows=[
            (start, min(start + AT_ONCE, len(form.questions))) for start in range(0, len(form.questions), AT_ONCE)
        ],
    )


@trying.get("/disposition")
@needs("author")
def outline(draft_id: str) -> ResponseReturnValue:
    """What a screen reader says, in order, without looks."""
    draft = open_draft(draft_id)
    form, sight = _form(draft), _sight(draft)
    first = _number(request.args.get("fran", ""))
    return draw(
        "try_outline",
        draft,
        sight=sight,
        tongues=_tongues(draft),
        roles=_roles(draft),
        questions=form.questions[first : first + AT_ONCE],
        in_sight=_sayer(sight.language),
        part_of={question.id: page.part for page in form.pages for question in page.questions},
        conditional={
            question.id for page in form.pages for question in page.questions if page.show_if or question.show_if
        },
        role=sight.role or None,
        types=TYPES,
        type_name=type_name,
        first=first,
        windows=[
            (start, min(start + AT_ONCE, len(form.questions))) for start in range(0, len(form.questions), AT_ONCE)
        ],
    )


def _walk_page(
    draft: Draft,
    form: Form,
    at: str,
    answers: Mapping[str, Answer],
    errors: Mapping[str, str] | None = None,
    sent: MultiDict[str, str] | None = None,
) -> ResponseReturnValue:
    sight = _sight(draft)
    here = next((page for page in on_path(form, answers) if page.id == at), None)
    around = Around(at == START, form.start + form.protection if at == START else (), form.end if at == END else ())
    typed = sent or typed_in(form, here, answers) if here else None
    place = 0 if at == START else form.place.get(at, len(form.pages))
    return draw(
        "try_walk",
        draft,
        tuple((errors or {}).items()),
        sight=sight,
        at=at,
        ended=at == END,
        begun=at != START,
        walked=[
            _step(draft, form, stop, answers) for stop in paths.walk(form, answers) if form.place[stop.page.id] < place
        ],
        frame=framed(
            form, here or Page("", ()), sight.language, sight.role or None, typed, errors=errors, around=around
        ),
        answers=json.dumps(answers, ensure_ascii=False),
        walk=WALK,
        tongues=_tongues(draft),
        roles=_roles(draft),
    )


def can_be_walked(draft: Draft) -> bool:
    """Whether the draft is so much of a form that its conditions can be asked: texts may still be missing."""
    wrong = [remark.path for remark in remarks(draft) if remark.fault]
    return draft.written.form is not None and not any({"show_if", "id", "type"} & set(path) for path in wrong)


@lru_cache(maxsize=16)
def _facts(written: Written) -> Facts | None:
    """Found out once for each content: a long form has many ways through it."""
    form = written.form
    return Facts(paths.minutes(form), paths.unreachable(form), paths.endings(form)) if form else None


def _step(draft: Draft, form: Form, stop: paths.Stop, answers: Mapping[str, Answer]) -> Step:
    numbers = {row.id: row.number for row in rows(draft.content)}
    asked = {question.id for question in stop.asked}
    return Step(
        passed=not stop.asked,
        questions=tuple(
            (numbers[one.id], words(one.text.by_language, draft), _in_words(draft, form, one.id, answers))
            for one in stop.page.questions
            if not asked or one.id in asked
        ),
        why=tuple((paths.condition_in_words(form, each, source(draft)), true) for each, true in stop.why),
    )


def _in_words(draft: Draft, form: Form, question: str, answers: Mapping[str, Answer]) -> str:
    """What was answered, or that nothing was."""
    if question not in answers:
        return str(_("inget svar"))
    said = TYPES[form.by_id[question].type].said(form.by_id[question], answers[question])
    return Markup(", ").join(one if isinstance(one, str) else words(one.by_language, draft) for one in said)


def _answers() -> dict[str, Answer]:
    """The answers so far, as the page carried them. Raises `BadRequest`."""
    try:
        carried: dict[str, Any] = json.loads(request.form.get(f"{WALK}-svar", "{}"))
        return {str(question): _answer(answer) for question, answer in carried.items()}
    except (ValueError, AttributeError, RecursionError):
        raise BadRequest from None


def _answer(value: Any) -> Any:
    """An answer as it was before it was written into the page."""
    if isinstance(value, list):
        return tuple(_answer(each) for each in value)
    if isinstance(value, dict):
        return {str(key): _answer(each) for key, each in value.items()}
    return str(value)


def _form(draft: Draft) -> Form:
    """The draft as far as it is a form. Where it is none, the way to what can be done about it."""
    form = draft.written.form
    if form is None or not form.questions or not can_be_walked(draft):
        abort(redirect(url_for(".overview", draft_id=draft.form), 303))
    return form


def _sight(draft: Draft) -> Sight:
    asked = request.values.get("sprak", "")
    language = asked if asked in draft.content.get("languages", ()) else source(draft)
    role = request.values.get("ord", "")
    return Sight(language, role if role in dict(_roles(draft)) else "")


def _tongues(draft: Draft) -> list[tuple[str, str, bool]]:
    """The form's languages: code, own name, and whether the interface speaks it too."""
    return [(code, name(code), code in languages()) for code in draft.content.get("languages", ())]


def _roles(draft: Draft) -> list[tuple[str, str]]:
    """Whose words there are in this form."""
    form = draft.written.form
    there = {role for question in form.questions for role in question.by_role} if form else set()
    return [(role, str(label)) for role, label in ROLES.items() if not role or role in there]


def _sayer(language: str) -> Say:
    """How a text is said in a language other than the page's, marked as such."""

    def say(text: Text) -> str:
        own = text.language_of(language)
        if own == spoken():
            return text.in_(language)
        return Markup('<span lang="{}" dir="{}">{}</span>').format(own, direction(own), text.in_(language))

    return say


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number // AT_ONCE * AT_ONCE
