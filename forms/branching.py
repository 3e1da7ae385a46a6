"""Who is asked what: conditions of questions as rules an author can read, and routes from an answer to a later page.

A form has conditions and no jumps. A route is a condition on every page between: «not when that answer was given». So
routes can be read out of any form, whoever wrote its conditions, and set without touching conditions of another kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forms.content import Content, Used, find_page, find_question
from forms.editing import OfQuestion, Refused, both, conjuncts
from forms.messages import _
from forms.model import Answer, AnyOf, Compare, Condition, Form, Not, Operator, Page, Question
from forms.routing import holds
from forms.schema import understand
from forms.types import TYPES
from forms.values import ConditionField

END = "-"
"""In a route: nothing more is asked. No page is called so."""


@dataclass(frozen=True)
class Test:
    """One comparison of a rule: the answer to `question` is so, or is not."""

    question: str
    op: Operator
    value: str | tuple[str, ...] | None = None
    negated: bool = False


@dataclass(frozen=True)
class Rule:
    """When a question is asked: when every test is true, or any of them."""

    tests: tuple[Test, ...]
    every: bool = True


@dataclass(frozen=True)
class Route:
    """Where each answer to a question leads: to a later page, or to the end."""

    question: str
    page: str
    ways: Mapping[str, str]
    """Code -> id of the next page that may be asked, or `END`."""
    others: str
    """Where every other answer leads, and none at all."""
    following: str
    """The page after this one."""

    @property
    def plain(self) -> bool:
        """Whether every answer leads on to the next page."""
        return all(way == self.following for way in (*self.ways.values(), self.others))


@dataclass(frozen=True)
class ShowIf(OfQuestion):
    """When the question is asked; None: always, but for routes that go past it."""

    rule: Rule | None = None

    def _do(self, content: Content, used: Used) -> None:
        question, page = find_question(content, self.question), find_page(content, self.question)
        if question is None or page is None:
            raise Refused(_("Frågan finns inte längre."))
        if len(page["questions"]) == 1:
            _condition(page, [part for part in conjuncts(page.get("show_if")) if _past(part)])
        _condition(question, [_written(self.rule)] if self.rule and self.rule.tests else [])


@dataclass(frozen=True)
class SetRoutes(OfQuestion):
    """The page each answer leads to: a page id, `END`, or None for the next page."""

    to: Mapping[str, str | None] = field(default_factory=dict)
    others: str | None = None

    @property
    def spreads(self) -> bool:
        return True

    def _do(self, content: Content, used: Used) -> None:
        form, _findings = understand(content)
        route = _route_of(form, self.question) if form else None
        if form is None or route is None:
            raise Refused(_("Frågan finns inte längre."))
        asked, here = form.by_id[self.question], form.place[route.page]
        numbers = {**form.place, END: len(form.pages)}
        targets = {code: self._number(numbers, here, self.to.get(code)) for code in route.ways}
        default = self._number(numbers, here, self.others)
        if targets == {code: numbers[way] for code, way in route.ways.items()} and default == numbers[route.others]:
            return
        furthest = max(numbers[way] for way in (*route.ways.values(), route.others))
        for number in range(here + 1, len(form.pages)):
            page = content["pages"][number]
            kept = [
                part
                for part in conjuncts(page.get("show_if"))
                if not _past(part, self.question) and not (number < furthest and _is_about(part, self.question))
            ]
            _condition(page, kept)
            past = [code for code, target in targets.items() if target > number]
            if not _goes_by(form, number, page, asked, past, others=default > number):
                _condition(page, kept + _way_past(asked, past, list(targets), others=default > number))
        self._check(content)

    def _number(self, numbers: Mapping[str, int], here: int, to: str | None) -> int:
        number = here + 1 if to is None else numbers.get(to, 0)
        if number <= here:
            raise Refused(_("Vägen går bakåt."), _("Välj en fråga som kommer senare."))
        return number

    def _check(self, content: Content) -> None:
        form, _findings = understand(content)
        route = _route_of(form, self.question) if form else None
        if route is None:
            return
        wanted = {code: self.to.get(code) or route.following for code in route.ways}
        if dict(route.ways) != wanted or route.others != (self.others or route.following):
            raise Refused(
                _("En annan fråga på vägen visas redan bara för några."),
                _("Ändra först när den frågan visas."),
            )


def codes_of(question: Question) -> tuple[str, ...]:
    """The codes that a condition can ask about."""
    return tuple(choice.code for choice in question.choices if not choice.missing)


def rule_of(content: Content, question: str) -> Rule | None:
    """When the question is asked, but for routes; None: always, or as `composite` says in a way no rule can."""
    condition = _own(content, question)
    return _read(condition) if condition else None


def composite(content: Content, question: str) -> bool:
    """Whether the question has a condition that is more than a rule, written in a file."""
    condition = _own(content, question)
    return bool(condition) and _read(condition) is None


def routes(form: Form) -> tuple[Route, ...]:
    """Where each answer leads, for every question that `forks`."""
    return tuple(route(form, *fork) for fork in forks(form))


def forks(form: Form) -> tuple[tuple[int, Question], ...]:
    """The questions that are answered by choosing and have something after their page, each with the number of that
    page, counted from 0."""
    return tuple(
        (number, question)
        for number, page in enumerate(form.pages[:-1])
        for question in page.questions
        if TYPES[question.type].chosen and codes_of(question)
    )


def truth(condition: Condition, form: Form, known: Mapping[str, Answer | None]) -> bool | None:
    """Whether the condition is true given the answers that are `known` (None: there is none); None: it depends."""
    if isinstance(condition, Compare):
        if condition.q not in known or condition.q not in form.by_id or "{" in str(condition.value):
            return None  # a value in braces is what each team puts in
        answer = known[condition.q]
        return holds(condition, form, {} if answer is None else {condition.q: answer})
    if isinstance(condition, Not):
        inner = truth(condition.part, form, known)
        return None if inner is None else not inner
    parts = [truth(part, form, known) for part in condition.parts]
    deciding = isinstance(condition, AnyOf)
    if deciding in parts:
        return deciding
    return None if None in parts else not deciding


def may_be_asked(page: Page, form: Form, known: Mapping[str, Answer | None]) -> bool | None:
    """Whether anything on the page is asked, given what is known; None: it depends."""
    around = truth(page.show_if, form, known) if page.show_if else True
    asked = [truth(question.show_if, form, known) if question.show_if else True for question in page.questions]
    if around is False or all(each is False for each in asked):
        return False
    return True if around and True in asked else None


def as_answer(question: Question, code: str) -> Answer:
    """The answer that is this choice alone."""
    return (code,) if TYPES[question.type].takes_several else code


def route(form: Form, here: int, question: Question) -> Route:
    """Where each answer to one of the `forks` leads."""

    def way(answer: Answer | None) -> str:
        known = {question.id: answer}
        later = (page.id for page in form.pages[here + 1 :] if may_be_asked(page, form, known) is not False)
        return next(later, END)

    return Route(
        question=question.id,
        page=form.pages[here].id,
        ways={code: way(as_answer(question, code)) for code in codes_of(question)},
        others=way(None),
        following=form.pages[here + 1].id,
    )


def _route_of(form: Form, question: str) -> Route | None:
    return next((route(form, *fork) for fork in forks(form) if fork[1].id == question), None)


def _goes_by(
    form: Form, number: int, page: Mapping[str, Any], question: Question, past: Sequence[str], *, others: bool
) -> bool:
    """Whether these answers go past the page as it stands, so that nothing need be written."""
    around = page.get("show_if")
    as_it_stands = replace(form.pages[number], show_if=ConditionField().deserialize(around) if around else None)
    answers: list[Answer | None] = [as_answer(question, code) for code in past]
    answers += [None] if others else []
    return all(may_be_asked(as_it_stands, form, {question.id: answer}) is False for answer in answers)


def _way_past(question: Question, past: Sequence[str], every: Sequence[str], *, others: bool) -> list[dict[str, Any]]:
    """The condition of a page that these codes go past, and with `others` everything else that is not among `every`."""
    if not others:
        return [{"not": _is_one(question, past)}]
    staying = [code for code in every if code not in past]
    if not staying:
        raise Refused(_("Alla svar går förbi samma fråga."), _("Då frågas den aldrig. Låt något svar gå dit."))
    return [_is_one(question, staying)]


def _is_one(question: Question, codes: Sequence[str]) -> dict[str, Any]:
    if TYPES[question.type].takes_several:
        tests = [{"q": question.id, "op": "has", "value": code} for code in codes]
        return {"any": tests} if len(tests) > 1 else tests[0]
    if len(codes) == 1:
        return {"q": question.id, "op": "eq", "value": codes[0]}
    return {"q": question.id, "op": "in", "value": list(codes)}


def _past(part: Mapping[str, Any], question: str | None = None) -> bool:
    """Whether a condition is of the kind that a route leaves behind: not this answer of that question."""
    inner = part.get("not")
    return isinstance(inner, dict) and _is_about(inner, question)


def _is_about(part: Mapping[str, Any], question: str | None) -> bool:
    """Whether a condition asks nothing but whether the answer to one question is one of a few."""
    tests = part.get("any", [part])
    about = {test.get("q") for test in tests}
    return (
        len(about) == 1
        and None not in about
        and (question is None or about == {question})
        and all(test.get("op") in ("eq", "in", "has") for test in tests)
    )


def _condition(holder: dict[str, Any], parts: list[dict[str, Any]]) -> None:
    condition: dict[str, Any] = {}
    for part in parts:
        condition = both(condition, part)
    if condition:
        holder["show_if"] = condition
    else:
        holder.pop("show_if", None)


def _own(content: Content, question: str) -> dict[str, Any]:
    """The question's condition: its own, with its page's where it stands alone there, but for routes."""
    found, page = find_question(content, question), find_page(content, question)
    if found is None or page is None:
        return {}
    around = [part for part in conjuncts(page.get("show_if")) if not _past(part)] if len(page["questions"]) == 1 else []
    own = {"all": around} if len(around) > 1 else around[0] if around else None
    return both(own, found.get("show_if"))


def _read(condition: Mapping[str, Any]) -> Rule | None:
    every = "any" not in condition
    tests = [_test(part) for part in condition.get("any", conjuncts(condition))]
    kept = tuple(test for test in tests if test)
    return Rule(kept, every) if len(kept) == len(tests) else None


def _test(part: Mapping[str, Any]) -> Test | None:
    negated = "not" in part
    inner = part["not"] if negated else part
    if "q" not in inner:
        return None
    value = inner.get("value")
    if value is not None:
        value = tuple(map(str, value)) if isinstance(value, list) else str(value)
    return Test(inner["q"], inner["op"], value, negated)


def _written(rule: Rule) -> dict[str, Any]:
    parts = [_compared(test) for test in rule.tests]
    return {"all" if rule.every else "any": parts} if len(parts) > 1 else parts[0]


def _compared(test: Test) -> dict[str, Any]:
    value = list(test.value) if isinstance(test.value, tuple) else test.value
    compare = {"q": test.question, "op": test.op} | ({} if value is None else {"value": value})
    return {"not": compare} if test.negated else compare
