"""Everything in a form with its place in the form file, for the rules that look at all of it."""

from collections.abc import Iterator, Sequence

from forms.faults import Path
from forms.model import (
    DONT_KNOW,
    AllOf,
    AnyOf,
    Choice,
    Compare,
    Condition,
    Form,
    Not,
    Page,
    Passage,
    Question,
    Rule,
    Text,
    Wording,
)

Placed = Iterator[tuple[Path, Text]]


def every_text(form: Form) -> Placed:
    """All texts in the order of the file, a scale's once. Faulty texts, already told of, are left out."""
    for path, text in _all(form):
        if text is not None and text.by_language:
            yield path, text


def opening_and_closing(form: Form) -> Placed:
    """What stands around the questions: title, start page, protection, end page."""
    yield ("title",), form.title
    for key in ("start", "protection", "more", "end"):
        for place, passage in enumerate(getattr(form, key)):
            yield from ((path, text) for path, text in _passage((key, place), passage) if text is not None)
    if form.with_code:
        yield ("with_code",), form.with_code
    if form.consent:
        yield from ((("consent", "text", place), text) for place, text in enumerate(form.consent.text))
    if form.script:
        yield from ((("script", "before", place), text) for place, text in enumerate(form.script.before))
        yield from ((("script", "after", place), text) for place, text in enumerate(form.script.after))
        yield ("script", "aside"), form.script.aside


def each_page(form: Form) -> list[tuple[Path, Page]]:
    """Every page with its place."""
    return [(("pages", place), page) for place, page in enumerate(form.pages)]


def each_question(form: Form) -> list[tuple[Path, Question]]:
    """Every question with its place."""
    return [((*at, "questions", i), asked) for at, page in each_page(form) for i, asked in enumerate(page.questions)]


def each_condition(form: Form) -> Iterator[tuple[Path, Condition, int]]:
    """Every condition with its place and the number of the page it stands on, counted from 0."""
    for number, (at, page) in enumerate(each_page(form)):
        if page.show_if:
            yield (*at, "show_if"), page.show_if, number
        for place, question in enumerate(page.questions):
            if question.show_if:
                yield (*at, "questions", place, "show_if"), question.show_if, number


def each_compare(condition: Condition, at: Path) -> Iterator[tuple[Path, Compare]]:
    """Every comparison within a condition that stands at `at`."""
    if isinstance(condition, Compare):
        yield at, condition
    elif isinstance(condition, Not):
        yield from each_compare(condition.part, (*at, "not"))
    elif isinstance(condition, AllOf | AnyOf):
        key = "all" if isinstance(condition, AllOf) else "any"
        for place, part in enumerate(condition.parts):
            yield from each_compare(part, (*at, key, place))


def own_choices(question: Question) -> Sequence[Choice]:
    """The choices written with the question itself: not its scale's, not "don't know" or "refuses"."""
    shared = len(question.scale.choices) if question.scale else 0
    return [choice for choice in question.choices[shared:] if not choice.missing]


def _all(form: Form) -> Iterator[tuple[Path, Text | None]]:
    yield from opening_and_closing(form)
    yield from ((("themes", theme), text) for theme, text in form.themes.items())
    for scale in form.scales:
        yield from _choices(("scales", scale.id), scale.choices)
    yield from ((("locks", lock.id, "title"), lock.title) for lock in form.locks)
    for at, page in each_page(form):
        yield (*at, "part"), page.part
        yield (*at, "go_on"), page.go_on
        yield (*at, "opening"), page.opening
        yield from (((*at, "probes", place), text) for place, text in enumerate(page.probes))
        yield from (((*at, "by_role", role), text) for role, text in page.by_role.items())
        yield from _rules(at, page.rules)
    for at, question in each_question(form):
        yield from _question(at, question)


def _question(at: Path, question: Question) -> Iterator[tuple[Path, Text | None]]:
    for key in ("text", "help", "error", "comment", "none", "note"):
        yield (*at, key), getattr(question, key)
    for role, wording in question.by_role.items():
        yield from _wording((*at, "by_role", role), wording)
    yield from _choices(at, own_choices(question))
    for choice in question.choices:
        if choice.missing:
            yield (*at, "dont_know" if choice.code == DONT_KNOW else "refusal"), choice.text
    for place, nested in enumerate(question.questions):
        yield from _question((*at, "questions", place), nested)
    yield from _rules(at, question.rules)


def _rules(at: Path, rules: Sequence[Rule]) -> Iterator[tuple[Path, Text | None]]:
    for place, rule in enumerate(rules):
        yield (*at, "rules", place, "error"), rule.error
        yield from (((*at, "rules", place, "by_role", role), text) for role, text in rule.by_role.items())


def _wording(at: Path, wording: Wording) -> Iterator[tuple[Path, Text | None]]:
    """Only the words, written without a key, stand at the role itself."""
    plain = not (wording.help or wording.error or wording.choices)
    yield at if plain else (*at, "text"), wording.text
    yield from (((*at, key), getattr(wording, key)) for key in ("help", "error"))
    yield from (((*at, "choices", code), text) for code, text in wording.choices.items())


def _choices(at: Path, choices: Sequence[Choice]) -> Iterator[tuple[Path, Text | None]]:
    yield from (((*at, "choices", place, "text"), choice.text) for place, choice in enumerate(choices))


def _passage(at: Path, passage: Passage) -> Iterator[tuple[Path, Text | None]]:
    yield (*at, "heading"), passage.heading
    yield from (((*at, "paragraphs", place), text) for place, text in enumerate(passage.paragraphs))
    yield from (((*at, "bullets", place), text) for place, text in enumerate(passage.bullets))
