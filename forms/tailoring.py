"""A form for one team: its parties, municipalities, ages and switches put into a definition (INSTRUMENTS.md 3.4b).

Pure: a definition and a team's settings give an ordinary form with a fingerprint of its own, the same every time. The
words of a person never come near it: an activity of a plan stands in it as a blank.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from forms.assemble import fingerprint
from forms.conditions import Settled, rewritten, without_missing
from forms.model import AnyOf, Choice, Compare, Condition, Form, Page, Question, Rule, Text, Where, Wording
from forms.municipalities import MUNICIPALITIES
from forms.parties import OTHER, Party
from forms.types import TYPES

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "personal_number": ("off", "optional", "required"),
    "tried_first": ("off", "advice", "required"),
    "self_referral": ("on", "off"),
    "prior_agreement": ("on", "off"),
    "case_manager": ("on", "off"),
    "observers": ("on", "off"),
}
"""What `setting` may ask about in a form file, with the values there are."""
FEWEST_MONTHS, MOST_MONTHS = 3, 12
"""How long a consent may be proposed for, and how long it can ever be."""


@dataclass(frozen=True)
class TeamSettings:
    """What a team decides that changes what is asked. Names and numbers to call are blanks, not settings."""

    parties: tuple[Party, ...]
    municipalities: tuple[str, ...] = ()
    """Codes; none means all there are."""
    age_from: int = 16
    age_to: int = 66
    personal_number: Literal["off", "optional", "required"] = "off"
    tried_first: Literal["off", "advice", "required"] = "off"
    self_referral: bool = True
    prior_agreement: bool = False
    case_manager: bool = False
    observers: bool = False
    consent_months: int = 6

    def values(self) -> dict[str, str]:
        """The settings as `setting` names them."""
        given = {name: getattr(self, name) for name in SETTINGS}
        return {name: value if isinstance(value, str) else ("on" if value else "off") for name, value in given.items()}


def tailored(form: Form, settings: TeamSettings, activities: int = 0) -> Form:
    """The form as this team asks it; `activities` is how many the plan has that is followed up. Made once and kept."""
    return _tailored(_Job(form.fingerprint, repr(settings), activities, form, settings))


def settled(where: Where, values: Mapping[str, str]) -> bool:
    """Whether something is there under these settings, whatever the role."""
    return all(values[name] in wanted for name, wanted in where.settings.items())


@dataclass(frozen=True)
class _Job:
    """What tells one tailored form from another, and what it is made from."""

    fingerprint: str
    about: str
    activities: int
    form: Form = field(compare=False)
    settings: TeamSettings = field(compare=False)


@dataclass(frozen=True)
class _One:
    """The party or activity a page is asked about: what stands for it in ids, in conditions and in texts."""

    token: str = ""
    code: str = ""
    name: Text = field(default_factory=lambda: Text({}))

    def id(self, name: str) -> str:
        return name.replace(self.token, self.code) if self.token else name

    def text(self, text: Text) -> Text:
        if not self.token:
            return text
        return Text({lang: words.replace(self.token, self.name.in_(lang)) for lang, words in text.by_language.items()})


@lru_cache(maxsize=256)
def _tailored(job: _Job) -> Form:
    values = job.settings.values()
    there: dict[str, Question] = {}
    pages: list[Page] = []
    for page, one in _in_order(job):
        made = _page(page, one, job, values, there) if settled(page.where, values) else None
        if made:
            pages.append(made)
            there |= {question.id: question for question in made.questions}
    whole = replace(job.form, pages=tuple(pages))
    return replace(whole, fingerprint=fingerprint(whole))


def _in_order(job: _Job) -> Iterator[tuple[Page, _One]]:
    """Every page to be made. Pages in a row that are asked about each party come together for one before the next."""
    for _, run in groupby(job.form.pages, key=lambda page: page.each or page.id):
        pages = list(run)
        yield from ((page, one) for one in _each(pages[0], job) for page in pages)


def _each(page: Page, job: _Job) -> Iterator[_One]:
    if page.each == "party":
        yield from (_One("{party}", party.code, party.name) for party in job.settings.parties)
    elif page.each == "activity":
        for number in range(1, job.activities + 1):
            yield _One("{activity}", str(number), Text(dict.fromkeys(job.form.languages, f"{{activity_{number}}}")))
    else:
        yield _One()


def _page(page: Page, one: _One, job: _Job, values: Mapping[str, str], there: Mapping[str, Question]) -> Page | None:
    """The page for one party or activity, or None when there is nothing left to ask on it."""

    def condition(asked: Condition | None, known: Mapping[str, Question] = there) -> Settled | None:
        return rewritten(asked, lambda compare: _compare(compare, one, job, known)) if asked else None

    shown = condition(page.show_if)
    questions = tuple(_questions(page, one, job, values, condition)) if shown is not False else ()
    if not questions:
        return None
    here = {**there, **{question.id: question for question in questions}}
    return replace(
        page,
        id=one.id(page.id),
        part=one.text(page.part) if page.part else None,
        show_if=_open(shown),
        where=Where(page.where.roles),
        each=None,
        questions=questions,
        rules=tuple(_rules(page, one, lambda asked: condition(asked, here), here)),
    )


def _questions(
    page: Page,
    one: _One,
    job: _Job,
    values: Mapping[str, str],
    condition: Callable[[Condition | None], Settled | None],
) -> Iterator[Question]:
    for question in page.questions:
        shown = condition(question.show_if)
        if shown is not False and settled(question.where, values):
            made = _question(question, one, job, values)
            if made.choices or not question.choices:
                yield replace(made, show_if=_open(shown))


def _question(question: Question, one: _One, job: _Job, values: Mapping[str, str]) -> Question:
    needed = question.required_where
    required = question.required or (needed is not None and not needed.roles and settled(needed, values))
    return replace(
        question,
        id=one.id(question.id),
        text=one.text(question.text),
        help=one.text(question.help) if question.help else None,
        error=one.text(question.error) if question.error else None,
        by_role={role: _wording(wording, one) for role, wording in question.by_role.items()},
        where=Where(question.where.roles),
        required=required,
        required_where=Where(needed.roles) if needed and needed.roles and settled(needed, values) else None,
        party=one.id(question.party) if question.party else None,
        proposal=_months(question.proposal, job.settings),
        derived_from=question.derived_from if values["personal_number"] != "off" else None,
        choices=tuple(_choices(question, job.settings, values)),
        questions=tuple(
            _question(nested, one, job, values) for nested in question.questions if settled(nested.where, values)
        ),
    )


def _wording(wording: Wording, one: _One) -> Wording:
    def said(text: Text | None) -> Text | None:
        return one.text(text) if text else None

    return replace(wording, text=said(wording.text), help=said(wording.help), error=said(wording.error))


def _choices(question: Question, settings: TeamSettings, values: Mapping[str, str]) -> Iterator[Choice]:
    """The choices there are for this team; a choice of a party under the team's name for it, and those of other
    parties once for each of them."""
    if not question.choices:
        yield from _municipalities(question, settings)
    for choice in question.choices:
        if not settled(choice.where, values):
            continue
        plain = replace(choice, where=Where(choice.where.roles))
        if choice.party is None:
            yield plain
        for party in settings.parties:
            if choice.party == party.kind:
                code = party.code if choice.party == OTHER else choice.code
                yield replace(plain, code=code, text=party.title, party=party.code)


def _municipalities(question: Question, settings: TeamSettings) -> Iterator[Choice]:
    """The team's own, for a question about one of all there are."""
    if TYPES[question.type].lists_municipalities:
        for code in settings.municipalities:
            yield Choice(code, Text(dict.fromkeys(question.text.by_language, MUNICIPALITIES[code])))


def _months(proposal: str | None, settings: TeamSettings) -> str | None:
    return proposal.replace("{consent_months}", str(settings.consent_months)) if proposal else None


def _rules(
    page: Page,
    one: _One,
    condition: Callable[[Condition | None], Settled | None],
    here: Mapping[str, Question],
) -> Iterator[Rule]:
    for rule in page.rules:
        refused = condition(rule.refuse)
        meaningless = refused is False or any(q not in here for q in rule.apart or ())
        if one.id(rule.at) in here and not meaningless:
            by_role = {role: one.text(text) for role, text in rule.by_role.items()}
            at, error = one.id(rule.at), one.text(rule.error)
            yield replace(rule, at=at, error=error, refuse=_open(refused), by_role=by_role)


def _compare(compare: Compare, one: _One, job: _Job, there: Mapping[str, Question]) -> Settled:
    """The comparison with everything about the team put in. Outside a page for each party, `{party}` is any of them."""
    q = one.id(compare.q)
    if "{party}" in q:
        each = [Compare(q.replace("{party}", p.code), compare.op, compare.value) for p in job.settings.parties]
        return rewritten(AnyOf(tuple(each)), lambda part: without_missing(part, there))
    left = without_missing(replace(compare, q=q), there)
    if isinstance(left, bool) or not isinstance(compare.value, str):
        return left
    if compare.value == one.token:
        codes = [choice.code for choice in there[q].choices if choice.party == one.code]
        return Compare(q, compare.op, codes[0]) if codes else False
    ages = {"{age_from}": job.settings.age_from, "{age_to}": job.settings.age_to}
    return Compare(q, compare.op, str(ages.get(compare.value, compare.value)))


def _open(condition: Settled | None) -> Condition | None:
    """What is left to ask: nothing of a condition that is settled."""
    return None if isinstance(condition, bool) else condition
