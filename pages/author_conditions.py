"""Who is asked what: the page of ways, where each answer leads on, and when one question is shown.

What a rule and a way are is `forms.branching`. On the page of ways every answer of a question has a list of where it
may lead, by number and text, and what all other answers do is always there. Where the lists would be too many for a
page, those that branch are open and the others say where they lead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape

from forms import branching
from forms.branching import END, Route, Rule, Test
from forms.content import Row, each_question, find_page, find_question, rows
from forms.editing import Refused
from forms.model import AllOf, Form, Question, Text
from forms.types import TYPES
from forms.values import ConditionField
from pages.author_words import OPERATORS, type_name
from pages.drafts import Errors, done, draw, keep, open_draft, some_of, source, tongue, words
from pages.language import direction
from pages.saying import told
from staff.policy import needs
from survey.authoring import Draft
from survey.errors import BadRequest

conditions = Blueprint("conditions", __name__, url_prefix="/<draft_id>")

MOST_OPTIONS = 400
"""Lines of all lists of a page together."""
AT_ONCE = 50
"""Questions on one page of ways."""


@dataclass(frozen=True)
class Way:
    """One answer, and where it leads."""

    field: str
    answer: str
    to: str
    """A page's id, `END`, or "" for the next page."""


@dataclass(frozen=True)
class Fork:
    """A question on the page of ways."""

    question: str
    number: int
    text: str
    ways: tuple[Way, ...]
    later: tuple[tuple[str, str], ...]
    """Where one can go: page id, number and text; the next page first."""
    open: bool
    plain: bool
    """Whether every answer leads on to the next page."""

    def told(self, to: str) -> str:
        """Where a way leads, in words."""
        if to == END:
            return str(_("Slut"))
        return next((label for page, label in self.later if page == to), self.later[0][1])


@conditions.get("/vagar")
@needs("author")
def routes(draft_id: str) -> ResponseReturnValue:
    return _routes_page(open_draft(draft_id))


@conditions.post("/vagar/<question>")
@needs("author")
def lead(draft_id: str, question: str) -> ResponseReturnValue:
    """Where each answer of one question leads."""
    draft = open_draft(draft_id)
    form = draft.written.form
    if form is None or question not in form.by_id:
        raise Refused(str(_("Frågan finns inte längre.")))
    to = {code: request.form.get(f"till-{code}") or None for code in branching.codes_of(form.by_id[question])}
    edit = branching.SetRoutes(question, to, request.form.get("till") or None)
    try:
        after = keep(draft_id, edit)
    except Refused as refused:
        return _routes_page(draft, [(f"vag-{question}", f"{refused.what} {refused.remedy}".strip())], question)
    return done(after, ".routes", anchor=f"vag-{question}", **_window(form, question))


@conditions.get("/fraga/<question>/visas")
@needs("author")
def shown(draft_id: str, question: str) -> ResponseReturnValue:
    """When the question is shown: always, or when earlier answers are so."""
    return _shown_page(open_draft(draft_id), question)


@conditions.post("/fraga/<question>/visas")
@needs("author")
def show(draft_id: str, question: str) -> ResponseReturnValue:
    """Ask about one more answer, take a test away, or say whether all of them must hold."""
    draft = open_draft(draft_id)
    go, rule = request.form.get("go", ""), branching.rule_of(draft.content, question)
    if go == "ny":
        asked = request.form.get("om", "")
        if asked not in {one.id for one in _earlier(draft, question)}:
            return _shown_page(draft, question, [("om", str(_("Välj vilken fråga det beror på")))])
        return redirect(url_for(".test", draft_id=draft_id, question=question, om=asked), 303)
    if go == "alltid":
        return done(keep(draft_id, branching.ShowIf(question, None)), ".shown", question=question)
    if rule is None:
        raise BadRequest
    deed, _dash, place = go.partition("-")
    tests = [one for number, one in enumerate(rule.tests) if (deed, place) != ("bort", str(number))]
    changed = Rule(tuple(tests), request.form.get("alla", "ja") == "ja") if tests else None
    return done(keep(draft_id, branching.ShowIf(question, changed)), ".shown", question=question)


@conditions.get("/fraga/<question>/visas/ny")
@needs("author")
def test(draft_id: str, question: str) -> ResponseReturnValue:
    """Which answers of the earlier question let this one be shown."""
    return _test_page(open_draft(draft_id), question, request.args.get("om", ""))


@conditions.post("/fraga/<question>/visas/ny")
@needs("author")
def add_test(draft_id: str, question: str) -> ResponseReturnValue:
    draft = open_draft(draft_id)
    asked = _asked(draft, question, request.form.get("om", ""))
    made, error = _made(asked)
    if made is None:
        return _test_page(draft, question, asked.id, error)
    rule = branching.rule_of(draft.content, question)
    changed = Rule((*rule.tests, *made), rule.every) if rule else Rule(made, every=len(made) == 1)
    return done(keep(draft_id, branching.ShowIf(question, changed)), ".shown", question=question)


def in_words(draft: Draft, question: str) -> str:
    """When the question is shown, in words; "" for always."""
    page, asked = find_page(draft.content, question), find_question(draft.content, question)
    written = [holder["show_if"] for holder in (page, asked) if holder and "show_if" in holder]
    about = {test["q"] for test in _tests(written)}
    form = some_of(draft, about)
    if not written or form is None:
        return ""
    if about - form.by_id.keys():
        return str(_("Beror på en fråga som inte finns längre."))
    conditions = tuple(ConditionField().deserialize(one) for one in written)
    return _unmarked(told(AllOf(conditions), form, lambda text: _marked(text, draft)), draft)


def _tests(condition: Any) -> list[dict[str, Any]]:
    """Every comparison of a condition as a form file has it."""
    if isinstance(condition, list):
        return [test for part in condition for test in _tests(part)]
    if "q" in condition:
        return [condition]
    return [test for part in condition.values() for test in _tests(part)]


_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around what is in the form's language, until the sentence has been escaped as a whole."""


def _marked(text: Text, draft: Draft) -> str:
    return f"{_OPEN}{text.in_(source(draft))}{_CLOSE}"


def _unmarked(said: str, draft: Draft) -> Markup:
    """The sentence, escaped, with what is in the form's language marked as such where the page is in another."""
    here = tongue(draft)
    opening = f'<span lang="{here}" dir="{direction(here)}">' if here else ""
    closing = "</span>" if here else ""
    return Markup(str(escape(said)).replace(_OPEN, opening).replace(_CLOSE, closing))  # noqa: S704  escaped here


def _routes_page(draft: Draft, errors: Errors = (), question: str = "") -> ResponseReturnValue:
    form = draft.written.form
    found = branching.forks(form) if form else ()
    numbers = {row.id: row for row in rows(draft.content)}
    chosen = question or request.args.get("fraga", "")
    place = next((place for place, (_page, asked) in enumerate(found) if asked.id == chosen), 0)
    first = (place if chosen else _number(request.args.get("fran", ""))) // AT_ONCE * AT_ONCE
    some = [branching.route(form, *fork) for fork in found[first : first + AT_ONCE]] if form else []
    unfolded = _unfolded(form, some, chosen) if form else set()
    forks = [_fork(draft, form, one, numbers, is_open=one.question in unfolded) for one in some] if form else []
    return draw(
        "routes",
        draft,
        errors,
        forks=forks,
        end=END,
        first=first,
        windows=[(start, min(start + AT_ONCE, len(found))) for start in range(0, len(found), AT_ONCE)],
        wrong=dict(errors),
    )


def _fork(draft: Draft, form: Form, route: Route, numbers: Mapping[str, Any], *, is_open: bool) -> Fork:
    asked = form.by_id[route.question]

    def label(page_id: str) -> str:
        row = numbers[form.page_by_id[page_id].questions[0].id]
        return Markup("{}. {}").format(row.number, words(row.text, draft))

    def to(page_id: str) -> str:
        return "" if page_id == route.following else page_id

    ways = [
        Way(f"till-{code}", words(choice.text.by_language, draft), to(route.ways[code]))
        for code in route.ways
        if (choice := asked.choice(code))
    ]
    targets = {way for way in (*route.ways.values(), route.others) if way != END}
    later = form.pages[form.place[route.following] + 1 :] if is_open else [form.page_by_id[way] for way in targets]
    return Fork(
        question=asked.id,
        number=numbers[asked.id].number,
        text=words(numbers[asked.id].text, draft),
        ways=(*ways, Way("till", str(_("Alla andra svar, och inget svar")), to(route.others))),
        later=(("", label(route.following)), *((page.id, label(page.id)) for page in later)),
        open=is_open,
        plain=route.plain,
    )


def _unfolded(form: Form, some: Sequence[Route], chosen: str) -> set[str]:
    """The questions whose lists are open: the one chosen, then those that branch, then others, while there is room."""
    unfolded, room = {chosen}, MOST_OPTIONS
    for one in sorted(some, key=lambda route: (route.question != chosen, route.plain)):
        room -= (len(one.ways) + 1) * (len(form.pages) - form.place[one.page])
        if room >= 0:
            unfolded.add(one.question)
    return unfolded


def _window(form: Form, question: str) -> dict[str, Any]:
    """What the address must say for the question to be open again."""
    return {"fraga": question} if len(form.questions) > AT_ONCE else {}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _earlier(draft: Draft, question: str) -> list[Row]:
    """The questions on earlier pages that a condition can ask about."""
    listed = rows(draft.content)
    here = next((row for row in listed if row.id == question), None)
    before = [row for row in listed if here and row.number < here.number and row.page != here.page]
    own_words = "free_text" if draft.content.get("kind") == "anonymous" else None
    privacy = {one["id"]: one.get("privacy") for _page, one in each_question(draft.content)}
    return [row for row in before if TYPES[row.type].asks and (not own_words or privacy[row.id] != own_words)]


def _asked(draft: Draft, question: str, asked: str) -> Question:
    form = some_of(draft, [asked]) if asked in {row.id for row in _earlier(draft, question)} else None
    if form is None:
        raise Refused(str(_("Frågan finns inte längre, eller står inte före.")))
    return form.by_id[asked]


def _shown_page(draft: Draft, question: str, errors: Errors = ()) -> ResponseReturnValue:
    rule = branching.rule_of(draft.content, question)
    numbers = {row.id: row for row in rows(draft.content)}
    if question not in numbers:
        raise Refused(str(_("Frågan finns inte längre.")))
    return draw(
        "shown",
        draft,
        errors,
        question=question,
        row=numbers[question],
        tests=[_in_words(draft, one, numbers) for one in rule.tests] if rule else [],
        every=rule.every if rule else True,
        composite=branching.composite(draft.content, question),
        condition=in_words(draft, question),
        earlier=[(one.id, f"{one.number}. {one.text.get(source(draft), '')}") for one in _earlier(draft, question)],
    )


def _in_words(draft: Draft, test: Test, numbers: Mapping[str, Any]) -> str:
    """One test as a line: question, how it compares, with what."""
    form = some_of(draft, [test.question])
    if form is None or test.question not in form.by_id:
        return str(_("Beror på en fråga som inte finns längre."))
    asked = form.by_id[test.question]
    values = test.value if isinstance(test.value, tuple) else (test.value,) if test.value is not None else ()
    answers = [words(choice.text.by_language, draft) if (choice := asked.choice(v)) else v for v in values]
    listed = Markup(" {} ").format(_("eller")).join(Markup("«{}»").format(one) for one in answers)
    text = Markup("{}. {}").format(numbers[asked.id].number, words(asked.text.by_language, draft))
    if test.op in ("answered", "empty"):
        said = _("har ett svar") if (test.op == "answered") != test.negated else _("har inget svar")
        return Markup("{}: {}").format(text, said)
    how = OPERATORS.get(test.op, _("är")) if test.op not in ("in", "has") else _("är")
    if test.negated:
        how = _("är inte")
    return Markup("{}: {} {}").format(text, how, listed)


def _test_page(draft: Draft, question: str, asked_id: str, error: str = "") -> ResponseReturnValue:
    asked = _asked(draft, question, asked_id)
    type_ = TYPES[asked.type]
    numbers = {row.id: row for row in rows(draft.content)}
    field = "svar" if type_.chosen else "varde" if "lt" in type_.operators else "har"
    return draw(
        "test",
        draft,
        [(field, error)] if error else [],
        question=question,
        row=numbers[question],
        asked=asked,
        asked_number=numbers[asked.id].number,
        asked_text=words(asked.text.by_language, draft),
        type_name=type_name(asked.type),
        kind=field,
        date=type_.dates,
        answers=[
            {"code": one.code, "label": words(one.text.by_language, draft)} for one in asked.choices if not one.missing
        ],
        operators=[{"code": code, "label": label} for code, label in OPERATORS.items()],
        typed=request.form,
    )


def _made(asked: Question) -> tuple[tuple[Test, ...] | None, str]:
    """The tests that were posted, of which one is enough, or what is wrong."""
    type_ = TYPES[asked.type]
    if not type_.chosen and "lt" not in type_.operators:
        return (Test(asked.id, "empty" if request.form.get("har") == "nej" else "answered"),), ""
    if not type_.chosen:
        op, value = request.form.get("hur", ""), request.form.get("varde", "").strip()
        if op not in type_.operators or not type_.could_be(asked, value):
            return None, str(_("Välj hur svaret ska vara, och skriv ett svar som går att ge"))
        return (Test(asked.id, op, value),), ""
    there = {one.code for one in asked.choices if not one.missing}
    codes = tuple(code for code in request.form.getlist("svar") if code in there)
    if not codes:
        return None, str(_("Välj minst ett svar"))
    if type_.takes_several:
        return tuple(Test(asked.id, "has", code) for code in codes), ""
    return (Test(asked.id, "in", codes) if len(codes) > 1 else Test(asked.id, "eq", codes[0]),), ""
