"""Trying a form out: a path walked with the reason for every turn, what nobody can reach, how long it takes.

Nothing is stored and nobody is asked; everything follows from the form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil

from forms.branching import END, as_answer, codes_of, may_be_asked, routes, truth
from forms.messages import _
from forms.model import AllOf, Answer, Answers, Compare, Condition, Form, Not, Page, Question, Text
from forms.places import each_compare
from forms.reading import words_in
from forms.routing import on_path
from forms.types import TYPES

_MOST_STATES = 20_000
"""How many ways through a form are looked at before a question is taken for reachable."""
_WORDS_A_MINUTE = 130
"""How fast somebody reads for whom reading is work."""
_CHOOSING, _WRITING = 5, 20
"""Seconds to answer by choosing, and by writing."""


@dataclass(frozen=True)
class Stop:
    """A page in the order of the form: asked or passed by, and why."""

    page: Page
    asked: tuple[Question, ...]
    """What is asked of it; nothing where it is passed by."""
    why: tuple[tuple[Condition, bool], ...]
    """The conditions that decided, and whether each was true."""


@dataclass(frozen=True)
class Estimate:
    """How long a form takes, in whole minutes: for those asked least, and for those asked everything."""

    least: int
    most: int


@dataclass(frozen=True)
class Ending:
    """An answer after which nothing more is asked, although there is more to ask."""

    question: str
    code: str


def walk(form: Form, answers: Answers) -> tuple[Stop, ...]:
    """Every page of a form without faults, with these answers: which are asked, which passed by, and which condition
    decided."""
    asked = {question.id for page in on_path(form, answers) for question in page.questions}
    live: dict[str, Answer | None] = {question: answers.get(question) for question in asked}
    known = {question.id: live.get(question.id) for question in form.questions}
    stops = []
    for page in form.pages:
        conditions = [page.show_if, *(question.show_if for question in page.questions)]
        why = tuple((each, bool(truth(each, form, known))) for each in conditions if each)
        stops.append(Stop(page, tuple(question for question in page.questions if question.id in asked), why))
    return tuple(stops)


def unreachable(form: Form) -> tuple[Question, ...]:
    """The questions of a form without faults that no answers lead to."""
    found = []
    for page in form.pages:
        for question in page.questions if page.conditional else ():
            wanted = [each for each in (page.show_if, question.show_if) if each]
            if wanted and not _possible(form, wanted):
                found.append(question)
    return tuple(found)


def endings(form: Form) -> tuple[Ending, ...]:
    """The answers that lead straight to the end, past questions that others are asked: meant so, or a mistake."""
    return tuple(
        Ending(route.question, code)
        for route in routes(form)
        for code, way in route.ways.items()
        if way == END and route.others != END
    )


def minutes(form: Form) -> Estimate:
    """How long answering takes somebody who reads slowly, in whole minutes, one at the least."""
    timed = [(page, question, _seconds(form, question)) for page in form.pages for question in page.questions]
    most = sum(seconds for _page, _question, seconds in timed)
    least = sum(seconds for page, question, seconds in timed if not (page.show_if or question.show_if))
    opening = [text for passage in form.start for text in (*passage.paragraphs, *passage.bullets)]
    reading = _reading([text.in_(form.languages[0]) for text in opening]) if form.languages else 0.0
    return Estimate(*(max(1, ceil((reading + seconds) / 60)) for seconds in (least, most)))


def condition_in_words(form: Form, condition: Condition, language: str) -> str:
    """A condition as a sentence part: «Svaret på fråga 3 är Ja»."""
    if isinstance(condition, Compare):
        return _compare_in_words(form, condition, language)
    if isinstance(condition, Not):
        return _("inte (%(condition)s)", condition=condition_in_words(form, condition.part, language))
    parts = [condition_in_words(form, part, language) for part in condition.parts]
    joint = _(" och ") if isinstance(condition, AllOf) else _(" eller ")
    return joint.join(parts)


def _compare_in_words(form: Form, compare: Compare, language: str) -> str:
    question = form.by_id.get(compare.q)
    if question is None:
        return _("svaret på en fråga som inte finns")
    number = form.questions.index(question) + 1
    values = compare.value if isinstance(compare.value, tuple) else (compare.value or "",)
    said = _(" eller ").join(_value_in_words(question, value, language) for value in values)
    match compare.op:
        case "eq" | "in":
            return _("svaret på fråga %(n)s är %(value)s", n=number, value=said)
        case "ne":
            return _("svaret på fråga %(n)s är ett annat än %(value)s", n=number, value=said)
        case "has":
            return _("svaren på fråga %(n)s har med %(value)s", n=number, value=said)
        case "lt":
            return _("svaret på fråga %(n)s är mindre än %(value)s", n=number, value=said)
        case "le":
            return _("svaret på fråga %(n)s är högst %(value)s", n=number, value=said)
        case "gt":
            return _("svaret på fråga %(n)s är mer än %(value)s", n=number, value=said)
        case "ge":
            return _("svaret på fråga %(n)s är minst %(value)s", n=number, value=said)
        case "answered":
            return _("fråga %(n)s är besvarad", n=number)
        case "empty":
            return _("fråga %(n)s är inte besvarad", n=number)


def _value_in_words(question: Question, value: str, language: str) -> str:
    choice = question.choice(value)
    return f"«{choice.text.in_(language)}»" if choice else value


def _possible(form: Form, wanted: Sequence[Condition]) -> bool:
    """Whether some answers make every condition true; also when there are too many ways to look at all of them."""
    about = _asked_about(form, wanted)
    left = _MOST_STATES

    def search(number: int, known: Mapping[str, Answer | None]) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            return True
        if any(truth(each, form, known) is False for each in wanted):
            return False
        if number == len(about):
            return True
        question = about[number]
        page = next(page for page in form.pages if question in page.questions)
        asked = may_be_asked(_alone(page, question), form, known)
        answers = [None] if asked is False else _answers(form, question)
        return any(search(number + 1, {**known, question.id: answer}) for answer in answers)

    return search(0, {})


def _alone(page: Page, question: Question) -> Page:
    return Page(page.id, (question,), show_if=page.show_if)


def _asked_about(form: Form, conditions: Sequence[Condition]) -> list[Question]:
    """The questions that the conditions depend on, and those on which it depends whether these are asked; in order."""
    found: set[str] = set()
    waiting = list(conditions)
    while waiting:
        for _path, compare in each_compare(waiting.pop(), ()):
            question = form.by_id[compare.q]
            if question.id not in found:
                found.add(question.id)
                page = next(page for page in form.pages if question in page.questions)
                waiting += [each for each in (page.show_if, question.show_if) if each]
    return [question for question in form.questions if question.id in found]


def _answers(form: Form, question: Question) -> list[Answer | None]:
    """Answers enough to make any comparison of the form true or false, where one can be."""
    codes = codes_of(question)
    if TYPES[question.type].takes_several:
        together = tuple(c.code for c in question.choices if not c.exclusive and not c.missing)
        return [None, *(as_answer(question, code) for code in codes), *([together] if len(together) > 1 else [])]
    return [None, *(codes or _around(form, question))]


def _around(form: Form, question: Question) -> Iterator[Answer]:
    """What conditions compare the question with, and what is next to that; something else last."""
    seen = dict.fromkeys(
        near
        for page in form.pages
        for condition in (page.show_if, *(each.show_if for each in page.questions))
        if condition
        for _path, compare in each_compare(condition, ())
        if compare.q == question.id
        for value in (compare.value if isinstance(compare.value, tuple) else (compare.value,))
        if value is not None
        for near in _near(value)
    )
    type_ = TYPES[question.type]
    yield from (value for value in seen if type_.could_be(question, value))
    others = (kept.get(question.id) for kept in type_.heaviest(question))
    yield from islice((str(other) for other in others if isinstance(other, str | int) and str(other) not in seen), 1)


def _near(value: str) -> tuple[str, ...]:
    if value.lstrip("-").isdecimal():
        return value, str(int(value) - 1), str(int(value) + 1)
    return (value,)


def _seconds(form: Form, question: Question) -> float:
    """To read the question and to answer it; a comment that waits behind its label takes no time."""
    if question.comment:
        return 0.0
    language = form.languages[0]
    texts: list[Text] = [question.text, *([question.help] if question.help else [])]
    texts += [choice.text for choice in question.choices]
    type_ = TYPES[question.type]
    answering = (_CHOOSING if type_.chosen else _WRITING) if type_.asks else 0
    return _reading([text.in_(language) for text in texts if text.by_language]) + answering


def _reading(texts: Sequence[str]) -> float:
    return 60 * sum(map(words_in, texts)) / _WORDS_A_MINUTE
