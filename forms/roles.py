"""A form for one role: its words, its questions, its pages (INSTRUMENTS.md 3). One definition, worded for who asks.

Who refers somebody fills in pages of a few fields; who refers themselves, or gets help, is asked one thing at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from forms.assemble import fingerprint
from forms.conditions import Settled, rewritten, without_missing
from forms.model import Answers, Condition, Form, Page, Question, Rule, Where, Wording
from forms.types import TYPES

ROLE_OF = {"1": "referrer", "2": "self", "3": "helper"}
"""What `an_roll` is answered with -> the role."""
_SAID_TO = {"helper": "self"}
"""Whom a role is spoken to as: a helper reads the person's own questions, so that the answers stay the person's own."""
_ONE_AT_A_TIME = frozenset({"self", "helper"})


def worded(form: Form, role: str) -> Form:
    """The form as `role` meets it; made once and kept. Tailor it to the team first (`forms.tailoring`)."""
    return _worded(_Job(form.fingerprint, role, form))


def role_of(answers: Answers) -> str:
    """Who fills in, by the answers so far; where it is not asked, somebody refers a person."""
    return ROLE_OF.get(str(answers.get("an_roll", "")), "referrer")


def spoken(question: Question) -> Question:
    """The question in the words that are read aloud to the person."""
    return _said(question, question.by_role.get("self", Wording()))


@dataclass(frozen=True)
class _Job:
    fingerprint: str
    role: str
    form: Form = field(compare=False)


@lru_cache(maxsize=256)
def _worded(job: _Job) -> Form:
    there: set[str] = set()
    pages: list[Page] = []
    for page in job.form.pages:
        made = _page(page, job.role, there) if _meets(page.where, job.role) else None
        if made:
            pages += _split(made) if job.role in _ONE_AT_A_TIME and not made.together else [made]
            there |= {question.id for question in made.questions}
    whole = replace(job.form, pages=tuple(pages))
    return replace(whole, fingerprint=fingerprint(whole))


def _meets(where: Where, role: str) -> bool:
    return not where.roles or role in where.roles or _SAID_TO.get(role) in where.roles


def _page(page: Page, role: str, there: set[str]) -> Page | None:
    shown = _left(page.show_if, there)
    questions = tuple(_questions(page, role, there)) if shown is not False else ()
    if not questions:
        return None
    speech = _SAID_TO.get(role, role)
    here = there | {question.id for question in questions}
    return replace(
        page,
        part=page.by_role.get(speech, page.part),
        show_if=None if isinstance(shown, bool) else shown,
        where=Where(),
        questions=questions,
        rules=tuple(_rules(page, speech, here)),
    )


def _questions(page: Page, role: str, there: set[str]) -> Iterator[Question]:
    for question in page.questions:
        shown = _left(question.show_if, there)
        if shown is not False and _meets(question.where, role):
            yield replace(_question(question, role), show_if=None if isinstance(shown, bool) else shown)


def _question(question: Question, role: str) -> Question:
    needed, speech = question.required_where, _SAID_TO.get(role, role)
    there = replace(
        question,
        choices=tuple(replace(c, where=Where()) for c in question.choices if _meets(c.where, role)),
        where=Where(),
        required=question.required or (needed is not None and _meets(needed, role)),
        required_where=None,
        rules=tuple(replace(rule, error=rule.by_role.get(speech, rule.error)) for rule in question.rules),
        autocomplete="off" if _of_another(question, role) else question.autocomplete,
        questions=tuple(_question(nested, role) for nested in question.questions if _meets(nested.where, role)),
    )
    return _said(there, question.by_role.get(speech, Wording()))


def _of_another(question: Question, role: str) -> bool:
    """Whether a browser could fill in the wrong person: what is asked of everybody is about the one referred."""
    return role == "referrer" and not question.where.roles and "autocomplete" in TYPES[question.type].keys


def _said(question: Question, wording: Wording) -> Question:
    """The question in other words. What role it was in is still there, to be read aloud in the person's."""
    return replace(
        question,
        text=wording.text or question.text,
        help=wording.help or question.help,
        error=wording.error or question.error,
        choices=tuple(replace(c, text=wording.choices.get(c.code, c.text)) for c in question.choices),
    )


def _rules(page: Page, speech: str, here: set[str]) -> Iterator[Rule]:
    for rule in page.rules:
        refused = _left(rule.refuse, here)
        meaningless = refused is False or any(question not in here for question in rule.apart or ())
        if rule.at in here and not meaningless:
            refuse = None if isinstance(refused, bool) else refused
            yield replace(rule, error=rule.by_role.get(speech, rule.error), refuse=refuse)


def _left(condition: Condition | None, there: set[str]) -> Settled | None:
    return rewritten(condition, lambda compare: without_missing(compare, there)) if condition else None


def _split(page: Page) -> list[Page]:
    """A page for each question, with what is said before it."""
    pages: list[Page] = []
    waiting: tuple[Question, ...] = ()
    for question in page.questions:
        waiting = (*waiting, question)
        if TYPES[question.type].asks:
            pages.append(_part_of(page, waiting, len(pages)))
            waiting = ()
    return [*pages, _part_of(page, waiting, len(pages))] if waiting else pages


def _part_of(page: Page, questions: tuple[Question, ...], place: int) -> Page:
    ids: Mapping[str, Question] = {question.id: question for question in questions}
    name = page.id if place == 0 else f"{page.id}_{place + 1}"
    return replace(page, id=name, questions=questions, rules=tuple(rule for rule in page.rules if rule.at in ids))
