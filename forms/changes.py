"""What publishing changes: one version of a form against the one before, change by change, with what follows from it.

Answers to the same question id are counted together, whatever the version. So each change gets a verdict: the answers
still mean the same, there is something more beside them, or answers before and after cannot be compared.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from forms.assemble import dump_question
from forms.content import short
from forms.messages import _
from forms.model import POLES, AllOf, Choice, Condition, Form, Page, Question, Text
from forms.types import TYPES

Verdict = Literal["same", "addition", "breaks"]

_TEXTS = frozenset({"text", "help", "by_role", "error", "comment", "choices", "dont_know", "refusal"})
_LOOKS = frozenset({"faces", "required"})
_LIMITS = frozenset({"max_length", "minimum", "maximum"})
_TOLD_APART = frozenset({"id", "type", "meaning", "show_if", "scale", "theme", "privacy", *POLES})
_AROUND = ("title", "start", "protection", "with_code", "more", "script", "end")


@dataclass(frozen=True)
class Change:
    """One change, and what it means for the answers."""

    verdict: Verdict
    what: str
    consequence: str
    question: str | None = None
    """Id of the question that is changed; None for what stands around the questions."""


class Before:
    """A version that others are compared with, and of whom each of its questions is asked."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.page_of = {question.id: page for page in form.pages for question in page.questions}


def changes(form: Form, before: Form) -> tuple[Change, ...]:
    """What is other in `form` than in `before`, in the order of the form; nothing for the very same content."""
    old = Before(before)
    return (*around(form, before), *(one for page in form.pages for one in of_page(page, old)), *gone(form, before))


def of_page(page: Page, before: Before) -> tuple[Change, ...]:
    """What is other in the questions of a page."""
    return tuple(change for question in page.questions for change in _of_question(question, page, before))


def gone(form: Form, before: Form) -> Iterator[Change]:
    """The questions that are not there any more."""
    return (_gone(question) for question in before.questions if question.id not in form.by_id)


def around(form: Form, before: Form) -> Iterator[Change]:
    """What is other in a form as a whole."""
    same = _("Svaren räknas ihop med de äldre.")
    if form.kind != before.kind:
        yield Change("breaks", _("Formuläret är av ett annat slag."), _("Svaren sparas på ett annat sätt än förut."))
    if form.pool != before.pool:
        yield Change("breaks", _("Svaren hör till ett annat formulär."), _("Nya svar räknas inte ihop med de äldre."))
    for language in form.languages:
        if language not in before.languages:
            what = _("Språket %(language)s är nytt.", language=language)
            yield Change("addition", what, _("Fler kan svara. Svaren på alla språk räknas ihop."))
    for language in before.languages:
        if language not in form.languages:
            what = _("Språket %(language)s är borttaget.", language=language)
            yield Change("same", what, _("Ingen kan svara på det språket. Äldre svar finns kvar."))
    if any(getattr(form, key) != getattr(before, key) for key in _AROUND):
        yield Change("same", _("Texterna runt frågorna är ändrade."), same)
    kept = [question.id for question in before.questions if question.id in form.by_id]
    reordered = kept != [question.id for question in form.questions if question.id in before.by_id]
    if reordered:
        yield Change("same", _("Frågorna kommer i en annan ordning."), same)
    elif _gathered(form, kept) != _gathered(before, kept):
        yield Change("same", _("Frågorna är delade på sidor och delar på ett annat sätt."), same)


def _asked_of(question: Question, page: Page) -> frozenset[Condition]:
    """The conditions that all must hold for the question to be asked."""
    found: set[Condition] = set()
    for condition in (page.show_if, question.show_if):
        found |= set(condition.parts) if isinstance(condition, AllOf) else {condition} if condition else set()
    return frozenset(found)


def _of_question(question: Question, page: Page, before: Before) -> Iterator[Change]:
    old = before.form.by_id.get(question.id)
    if old is None:
        if TYPES[question.type].asks:
            follows = _("Den får en egen kolumn. Äldre svar är tomma där.")
            yield Change("addition", _("Ny fråga: «%(question)s».", question=_said(question)), follows, question.id)
        else:
            what = _("Ny text att läsa: «%(question)s».", question=_said(question))
            yield Change("same", what, _("Svaren räknas ihop med de äldre."), question.id)
        return
    others = _asked_of(question, page) != _asked_of(old, before.page_of[old.id])
    if question == old and not others:
        return
    told = (*_meaning(question, old), *_chosen(question, old), *_written(question, old, others=others))
    for verdict, what, follows in told:
        about = _("«%(question)s»: %(what)s", question=_said(question), what=what)
        yield Change(verdict, about, follows, question.id)


def _meaning(question: Question, old: Question) -> Iterator[tuple[Verdict, str, str]]:
    """What makes it another question under the same id."""
    if TYPES[question.type] is not TYPES[old.type]:
        yield "breaks", _("en annan sorts svar"), _("Äldre och nya svar kan inte jämföras.")
    if question.meaning != old.meaning:
        yield "breaks", _("en ny betydelse"), _("Svaren före och efter visas som två serier.")
    if question.privacy != old.privacy:
        yield "breaks", _("ett annat skydd"), _("Svaren sparas på ett annat sätt än förut.")
    if question.theme != old.theme:
        yield "breaks", _("ett annat tema"), _("Temats sammanlagda tal räknas på andra frågor än förut.")


def _chosen(question: Question, old: Question) -> Iterator[tuple[Verdict, str, str]]:
    """What has become of the choices."""
    now, then = _by_code(question), _by_code(old)
    for code in (code for code in now if code not in then):
        follows = _("De som svarade förut kunde inte välja det.")
        yield "addition", _("nytt svar «%(choice)s»", choice=_choice(now[code])), follows
    for code in (code for code in then if code not in now):
        follows = _("Det går inte att välja längre. Äldre svar behåller sin kolumn, och koden används aldrig igen.")
        yield "breaks", _("svaret «%(choice)s» är borttaget", choice=_choice(then[code])), follows
    common = now.keys() & then.keys()
    if any(now[code].text != then[code].text for code in common):
        yield "same", _("andra ord i svaren"), _unless()
    if [code for code in now if code in common] != [code for code in then if code in common]:
        yield "same", _("svaren i en annan ordning"), _("Svaren räknas ihop med de äldre.")
    if any(now[code].exclusive != then[code].exclusive for code in common):
        yield "breaks", _("andra svar går att välja tillsammans"), _("Äldre och nya svar kan inte jämföras.")
    if any(set(getattr(question, pole)) & common != set(getattr(old, pole)) & common for pole in POLES):
        yield "breaks", _("andra svar är positiva"), _("Andelen positiva räknas på ett annat sätt än förut.")


def _written(question: Question, earlier: Question, *, others: bool) -> Iterator[tuple[Verdict, str, str]]:
    """What else stands with the question, whatever keys its type has; `others`: whether others are asked."""
    new, old = dump_question(question), dump_question(earlier)
    if others:
        yield "breaks", _("frågas av andra än förut"), _("Andelarna räknas på en annan grupp än förut.")
    other = {key for key in new.keys() | old.keys() if new.get(key) != old.get(key)} - _TOLD_APART
    if other & (_TEXTS - {"choices", "dont_know", "refusal"}):
        yield "same", _("andra ord i frågan"), _unless()
    if other & _LOOKS:
        yield "same", _("visas eller krävs på ett annat sätt"), _("Svaren räknas ihop med de äldre.")
    if other & _LIMITS:
        yield "addition", _("andra gränser för svaret"), _("Äldre svar kan ligga utanför gränserna.")
    if other - _TEXTS - _LOOKS - _LIMITS:
        yield "breaks", _("andra inställningar"), _("Äldre och nya svar kan inte jämföras.")


def _gone(question: Question) -> Change:
    what = _("«%(question)s» är borttagen.", question=_said(question))
    if not TYPES[question.type].asks:
        return Change("same", what, _("Svaren räknas ihop med de äldre."), question.id)
    follows = _("Äldre svar behåller sin kolumn. Nya svar är tomma där, och namnet används aldrig igen.")
    return Change("breaks", what, follows, question.id)


def _unless() -> str:
    return _("Svaren räknas ihop med de äldre. Betyder frågan något annat nu: säg det på frågans sida.")


def _said(question: Question) -> str:
    return short(question.text.by_language)


def _choice(choice: Choice) -> str:
    return short(choice.text.by_language)


def _by_code(question: Question) -> dict[str, Choice]:
    return {choice.code: choice for choice in question.choices}


def _gathered(form: Form, among: Collection[str]) -> list[tuple[Text | None, list[str]]]:
    """Which of these questions stand together, and in which part."""
    pages = [(page.part, [question.id for question in page.questions if question.id in among]) for page in form.pages]
    return [(part, questions) for part, questions in pages if questions]
