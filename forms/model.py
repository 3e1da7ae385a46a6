"""The form as data: frozen dataclasses that every room reads and none changes.

A form has pages, a page has questions, a question has a type (see `forms.types`) and perhaps choices.
Reading a file into these classes is `forms.schema`; what a schema cannot say is `forms.check`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["anonymous", "poll", "case", "record"]
Privacy = Literal["open", "free_text", "identifying"]
Category = Literal["contact", "1", "2", "3", "4", "5", "team"]
Each = Literal["party", "activity"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "has", "answered", "empty"]

NOT_ASKED = "-66"
DONT_KNOW = "-77"
REFUSED = "-88"
SKIPPED = "-99"
STOPPED = "-55"
MISSING = (NOT_ASKED, DONT_KNOW, REFUSED, SKIPPED, STOPPED)
"""The missing codes, each with a meaning of its own: INSTRUMENTS.md section 0."""

POLES = ("positive", "middle", "negative")
"""What a scale or a question says of its codes; shares of positive answers come from it."""

ROLES = ("referrer", "self", "helper", "interviewer")
"""Who a question may be put to in other words than to a participant: INSTRUMENTS.md 3 and 1.5."""

CATEGORIES: Mapping[Category, str] = {
    "contact": "Kontakt och möte",
    "1": "Arbete och studier",
    "2": "Ersättning och pengar",
    "3": "Hälsa och vård",
    "4": "Stöd från socialtjänsten",
    "5": "Familj och boende",
    "team": "Bara samordnaren",
}
"""What an answer in a case is about. Who may read it follows from the person's consent: `contact` under any that
counts, 1 to 5 under one that names it, `team` under none: what a person says about a party is not for that party."""

Plain = str | tuple[str, ...]
"""What one question holds once read: text or a code, or the chosen codes of a question with several choices."""
Row = Mapping[str, Plain]
"""One row of a question that is asked again and again: nested question id -> answer, without the blank ones."""
Answer = Plain | tuple[Row, ...]
"""What a question holds, a repeated one its rows. No rows at all, `()`, is an answer too: there is nothing to tell."""
Answers = Mapping[str, Answer]
"""Question id -> answer. A question that is blank is not in it."""
Stored = str | int | list[str]
"""What one column of a stored response holds: a code or text, a number, or the codes of several choices."""


@dataclass(frozen=True)
class Text:
    """A text in one or more languages; the first language binds."""

    by_language: Mapping[str, str]

    def in_(self, language: str) -> str:
        """The text in `language`, or in the binding language where it is missing."""
        return self.by_language.get(language) or next(iter(self.by_language.values()))

    def has(self, language: str) -> bool:
        """Whether there is a text in `language` itself."""
        return bool(self.by_language.get(language))

    def language_of(self, wanted: str) -> str:
        """The language `in_(wanted)` answers in: a text that falls back is marked with its own `lang`."""
        return wanted if self.has(wanted) else next(iter(self.by_language))


@dataclass(frozen=True)
class Where:
    """For whom, and in which teams, something is there: for these roles and under these settings, none of which names
    all. `forms.tailoring` settles the settings, `forms.roles` the roles."""

    roles: tuple[str, ...] = ()
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Setting -> the values under which it is there."""


EVERYWHERE = Where()


@dataclass(frozen=True)
class Choice:
    """One answer to choose. An exclusive choice clears the others of a `choices` question."""

    code: str
    text: Text
    exclusive: bool = False
    party: str | None = None
    """The party it stands for: it is there when the team has that party, under the team's name for it."""
    where: Where = EVERYWHERE

    @property
    def missing(self) -> bool:
        """Whether the code says why there is no answer (-77, -88) rather than what it is."""
        return self.code in MISSING


@dataclass(frozen=True)
class Scale:
    """Choices shared by several questions, with the codes that count as positive, middle and negative."""

    id: str
    choices: tuple[Choice, ...]
    positive: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    faces: bool = False


@dataclass(frozen=True)
class Compare:
    """`{q, op, value}`: true when the answer to an earlier question compares so."""

    q: str
    op: Operator
    value: str | tuple[str, ...] | None = None


@dataclass(frozen=True)
class AllOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Compare | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Wording:
    """Other words for a role; what is left out is said as to everybody."""

    text: Text | None = None
    help: Text | None = None
    error: Text | None = None
    choices: Mapping[str, Text] = field(default_factory=dict)
    """Code -> text."""


@dataclass(frozen=True)
class Question:
    """One thing asked, with all that its type may need; what a type does not use stays empty."""

    id: str
    type: str
    text: Text
    privacy: Privacy
    help: Text | None = None
    by_role: Mapping[str, Wording] = field(default_factory=dict)
    """Other words for a role (referrer, self, helper, interviewer)."""
    theme: str | None = None
    meaning: int = 1
    """Counts up when the question comes to mean something else; answers before and after are then no series."""
    scale: Scale | None = None
    choices: tuple[Choice, ...] = ()
    """Every choice in order, the scale's and the refusal's among them."""
    positive: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    faces: bool = False
    required: bool = False
    error: Text | None = None
    """What to say when the answer is missing (required) or cannot be (exclusive with others)."""
    show_if: Condition | None = None
    comment: Text | None = None
    """A question that waits behind this label ("Skriv en kommentar") until someone opens it."""
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    category: Category | None = None
    """What the answer is about; every question of a case has one."""
    forget: bool = False
    """Whether the answer only leads the way and is never kept."""
    where: Where = EVERYWHERE
    required_where: Where | None = None
    """Where it is required, if not everywhere; settled into `required`."""
    party: str | None = None
    """The party that a consent is about."""
    autocomplete: str | None = None
    """What a browser may fill in of what it knows about whoever types; `forms.roles` takes it away from others."""
    proposal: str | None = None
    """What stands in the control of a question not yet answered: a code, or a day as in `earliest`."""
    earliest: str | None = None
    latest: str | None = None
    """The bounds of a day, counted from the day of asking: `today`, `today+14d`, `today+6m`."""
    derived_from: str | None = None
    """The question whose answer tells this one's as well: it is then not asked, and page and rules know it all the same
    (an age from a personal number: `forms.ages`)."""
    questions: tuple["Question", ...] = ()
    """What each row of a repeated question asks."""
    rules: tuple["Rule", ...] = ()
    """What the answers of a row must be to each other."""
    none: Text | None = None
    """What one ticks instead of writing rows: «Inget är prövat»."""
    enough: int | None = None
    """Rows below which `note` is said once, without holding anybody up."""
    note: Text | None = None
    unasked: str | None = None
    """The choice that holds for whoever was never asked: «Själv», of those who answered without an interviewer."""
    on_paper: str | None = None
    """The choice that holds for whoever answered on paper."""

    def wording(self, role: str | None = None) -> Text:
        """The text as put to `role`, or the ordinary text."""
        own = self.by_role.get(role) if role else None
        return (own and own.text) or self.text

    def choice(self, code: str) -> Choice | None:
        return next((c for c in self.choices if c.code == code), None)


@dataclass(frozen=True)
class Rule:
    """What answers must be to each other. Asked when the page with the question `at` is read."""

    at: str
    """The question whose control is to be mended."""
    error: Text
    refuse: Condition | None = None
    """Answers of which this is true are refused; it may ask about the page's own questions."""
    apart: tuple[str, str] | None = None
    """Two questions that may have no choice in common."""
    by_role: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Questions shown together; one in most forms."""

    id: str
    questions: tuple[Question, ...]
    part: Text | None = None
    show_if: Condition | None = None
    lock: str | None = None
    """The locked block the page belongs to."""
    where: Where = EVERYWHERE
    by_role: Mapping[str, Text] = field(default_factory=dict)
    """Other words for `part`, by role."""
    gate: bool = False
    """Asked before anything is stored; no part of the form's parts."""
    ends: bool = False
    """Nothing follows: what has been answered leads out."""
    together: bool = False
    """Asked on one page also of those who are asked one thing at a time."""
    each: Each | None = None
    """Asked once for every party of the team, or for every activity of a plan; `{party}` or `{activity}` stands in its
    ids, texts and conditions until then (`forms.tailoring`)."""
    rules: tuple[Rule, ...] = ()
    go_on: Text | None = None
    """What the way forward is called, where it is not simply *Fortsätt*."""
    opening: Text | None = None
    """What an interviewer says first about the part that begins here."""
    probes: tuple[Text, ...] = ()
    """What an interviewer may ask besides, word for word, in any order."""

    @cached_property
    def conditional(self) -> bool:
        """Whether what is asked here depends on earlier answers."""
        own = self.show_if is not None or any(question.show_if for question in self.questions)
        return own or any(question.derived_from for question in self.questions)


@dataclass(frozen=True)
class Passage:
    """A heading and what stands under it on the start or end page; a list is shown with dots."""

    heading: Text | None = None
    paragraphs: tuple[Text, ...] = ()
    bullets: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Lock:
    """A block of pages that nobody but its owner may change, see `forms.locks`."""

    id: str
    owner: str
    title: Text
    fingerprint: str
    """SHA-256 in hex that the owner has written; `forms.locks.fingerprint` says what the block really has."""


@dataclass(frozen=True)
class Consent:
    """The text that a person says yes or no to, apart from the questions themselves. It never falls back to another
    language; changed words are a new version (`forms.consent`)."""

    version: str
    text: tuple[Text, ...]


@dataclass(frozen=True)
class Script:
    """What an interviewer reads aloud around the questions. A form that has one is filled in by an interviewer only."""

    before: tuple[Text, ...]
    after: tuple[Text, ...]
    aside: Text
    """For the interviewer, never read aloud."""


@dataclass(frozen=True)
class Form:
    """What is asked: one version of one form. A published version never changes."""

    id: str
    version: int
    kind: Kind
    languages: tuple[str, ...]
    title: Text
    pages: tuple[Page, ...]
    pool: str
    """The form whose box, release and figures the answers belong to: the own id, or another form's
    (`experience_short` is pooled with `experience`)."""
    scales: tuple[Scale, ...] = ()
    themes: Mapping[str, Text] = field(default_factory=dict)
    locks: tuple[Lock, ...] = ()
    start: tuple[Passage, ...] = ()
    protection: tuple[Passage, ...] = ()
    """«Så skyddar vi dig» on the start page."""
    with_code: Text | None = None
    """The line about the code, shown only to those who have one."""
    more: tuple[Passage, ...] = ()
    """Under *Läs mer om skyddet*."""
    end: tuple[Passage, ...] = ()
    consent: Consent | None = None
    script: Script | None = None
    fingerprint: str = ""
    """SHA-256 in hex of the canonical form, see `forms.library.fingerprint`."""

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return tuple(q for page in self.pages for q in page.questions)

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        return {q.id: q for q in self.questions}

    @cached_property
    def page_by_id(self) -> Mapping[str, Page]:
        return {p.id: p for p in self.pages}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Page id -> which page it is, counted from 0."""
        return {page.id: place for place, page in enumerate(self.pages)}

    @cached_property
    def lock_of(self) -> Mapping[str, str | None]:
        """Question id -> the id of the locked block it stands in, or None."""
        return {question.id: page.lock for page in self.pages for question in page.questions}

    @cached_property
    def free_texts(self) -> frozenset[str]:
        """Ids of the questions answered in own words: their answers become quotes, never part of a response."""
        return frozenset(q.id for q in self.questions if q.privacy == "free_text")

    @cached_property
    def parts(self) -> tuple[Text, ...]:
        """The parts in order, each once: "Del 2 av 5"."""
        seen: list[Text] = []
        for page in self.pages:
            if page.part and page.part not in seen:
                seen.append(page.part)
        return tuple(seen)

    @cached_property
    def topics(self) -> tuple[Text, ...]:
        """The parts that an interviewer opens and asks the person about; the others are about the conversation."""
        return tuple(page.part for page in self.pages if page.part and page.opening)
