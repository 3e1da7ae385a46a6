"""What one group was shown as, once and for all: the contents of a row in `shown`.

Everything a page or a file ever prints about the group stands here, down to names, question texts and floors, so that
a later form version, a new name or a raised floor changes nothing that has been shown (PRIVACY.md 3.1, P12).
How the figures are made is `exports.figures`; who may see them is decided by the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Grade = Literal["full", "coarse", "withheld"]
Pole = Literal["positive", "middle", "negative", ""]
Counted = Literal["one", "several", "mean", ""]
Texts = Mapping[str, str]
"""Language -> text; the first language binds."""

Reason = Literal["", "few", "derivable", "under_count", "no_poles", "guarded"]
"""Why less is shown than the exact counts; `exports.wording` says it in words.

Everything that was decided from answers (few of them, all alike, a bound) has one and the same reason, "guarded": which
of them it was would itself be a figure.
"""


NO_ANSWER = "saknas"
"""The code under which all missing codes are counted together where fewer than ten gave an answer."""


@dataclass(frozen=True)
class Label:
    """One answer in the code book; `missing` marks the codes that say why there is no answer."""

    code: str
    text: Texts
    pole: Pole = ""
    missing: bool = False


@dataclass(frozen=True)
class Entry:
    """One question in the code book, merged over the versions that have asked it."""

    id: str
    type: str
    text: Texts
    theme: str
    """Theme id, or "" for none."""
    labels: tuple[Label, ...]
    """Every answer with its code in order, the missing codes last."""
    counted: Counted
    """How figures are made of it: persons by their one answer, persons by each of several, a mean, or not at all."""
    free_text: bool
    since: str
    """The first form and version that asked it, as "experience 1"."""
    until: str
    """The last one if newer versions no longer ask it, else ""."""
    meaning: int = 1
    """Counts up when the author says that the question means something else; the years before are no series then."""
    lock: str = ""
    """The id of the locked block it stands in, or "" for a question of the association's own."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes that say why there is no answer."""
        return tuple(label.code for label in self.labels if label.missing)

    @property
    def poled(self) -> bool:
        """Whether some answers are declared positive, so that a share positive can be said."""
        return self.counted == "one" and bool(self.positive)

    @property
    def positive(self) -> frozenset[str]:
        """The codes of the positive answers."""
        return frozenset(label.code for label in self.labels if label.pole == "positive")

    @property
    def rated(self) -> frozenset[str]:
        """The codes a share positive is a share of: those with a pole, or every answer where only positive ones have.

        "Jag fick ingen information" is an answer, but no rating (INSTRUMENTS.md 0).
        """
        others = any(label.pole in ("middle", "negative") for label in self.labels)
        return frozenset(label.code for label in self.labels if not label.missing and (label.pole or not others))


@dataclass(frozen=True)
class Count:
    """One answer's figure in a full item: how many, and their share of the base in whole per cent."""

    code: str
    count: int
    share: int


@dataclass(frozen=True)
class Positive:
    """The positive answers among `Entry.rated` ones, at full only; `base` is the number of these."""

    count: int
    base: int
    share: int


@dataclass(frozen=True)
class Item:
    """What may be printed about one closed question in one group.

    full: `counts` (every label; they add up to `Contents.base` unless several may be chosen) and `positive` if poled;
    coarse: `step` only; withheld: neither, or `counts` with the single code `NO_ANSWER` in a full group.
    """

    question: str
    grade: Grade
    reason: Reason = ""
    counts: tuple[Count, ...] = ()
    positive: Positive | None = None
    step: int | None = None
    """0-4: högst 10 %, ungefär en fjärdedel, ungefär hälften, ungefär tre fjärdedelar, minst 90 %."""
    mean: str = ""
    """A number question's mean to one decimal, with a point; full only."""


@dataclass(frozen=True)
class Version:
    """A published form version whose answers may be in the group."""

    form: str
    version: int
    fingerprint: str


@dataclass(frozen=True)
class Lock:
    """A block of questions whose owner lets nobody change a letter, so that its figures can be put together."""

    id: str
    owner: str
    fingerprint: str
    """SHA-256 in hex of the block: texts, order, codes and scales."""


@dataclass(frozen=True)
class Relation:
    """How the answers to two poled questions go together in an association's year, where fifty or more rated both.

    How many did is not kept: with the two questions' own numbers it would tell who left both blank.
    """

    questions: tuple[str, str]
    """In the book's order."""
    rho: int
    """Spearman's rank correlation in tenths, -10 to 10; positive when the positive answers go together."""


@dataclass(frozen=True)
class Floors:
    """The rules of the day: how many open a box, are shown coarse, are shown full."""

    mix: int
    show: int
    count: int


@dataclass(frozen=True)
class Slips:
    """Codes handed out for the group's rounds up to the closing, and whether an open link was among them."""

    issued: int
    voided: int
    participants: int
    open_link: bool


@dataclass(frozen=True)
class Contents:
    """One group as shown: an association or a team, in a quarter, a month or a year."""

    association: str
    association_name: str
    team: str | None
    team_name: str
    """"" for the whole association."""
    form: str
    title: Texts
    period: str
    """"2026-Q3", "2026-09" or "2026"."""
    grade: Grade
    reason: Reason
    base: int | None
    """How many people; never given for a withheld group."""
    released_on: str
    """ISO date of the closing that computed this."""
    floors: Floors
    slips: Slips
    versions: tuple[Version, ...]
    themes: Mapping[str, Texts]
    book: tuple[Entry, ...]
    """Every question of every version at that day, those in free text too."""
    items: tuple[Item, ...]
    """One per closed question in the book's order; empty for a withheld group."""
    goals: Mapping[str, int] = field(default_factory=dict)
    """Question -> the share of positive answers aimed at on that day, in per cent."""
    relations: tuple[Relation, ...] = ()
    locks: tuple[Lock, ...] = ()

    def entry(self, question: str) -> Entry:
        """The code book's entry; raises `KeyError` for an id that is not in it."""
        for entry in self.book:
            if entry.id == question:
                return entry
        raise KeyError(question)

    def to_json(self) -> str:
        """The text stored in `shown.contents`; same contents, same text."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, stored: str) -> "Contents":
        """Read what `to_json` wrote."""
        given = orjson.loads(stored)
        return cls(
            **given
            | {
                "floors": Floors(**given["floors"]),
                "slips": Slips(**given["slips"]),
                "versions": tuple(Version(**v) for v in given["versions"]),
                "book": tuple(_entry(e) for e in given["book"]),
                "items": tuple(_item(i) for i in given["items"]),
                "relations": tuple(_relation(r) for r in given.get("relations", ())),
                "locks": tuple(Lock(**lock) for lock in given.get("locks", ())),
            }
        )


@dataclass(frozen=True)
class Quotes:
    """A period's published quotes: question id -> texts, shuffled per question; edition 2 of the workbook."""

    by_question: Mapping[str, tuple[str, ...]]
    book: tuple[Entry, ...]
    themes: Mapping[str, Texts]
    published_on: str

    def to_json(self) -> str:
        """The text stored in `shown_quotes.contents`."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, stored: str) -> "Quotes":
        """Read what `to_json` wrote."""
        given = orjson.loads(stored)
        return cls(
            by_question={q: tuple(texts) for q, texts in given["by_question"].items()},
            book=tuple(_entry(e) for e in given["book"]),
            themes=given["themes"],
            published_on=given["published_on"],
        )


def _entry(given: dict[str, Any]) -> Entry:
    return Entry(**given | {"labels": tuple(Label(**label) for label in given["labels"])})


def _relation(given: dict[str, Any]) -> Relation:
    first, second = given["questions"]
    return Relation((first, second), given["rho"])


def _item(given: dict[str, Any]) -> Item:
    positive = given["positive"]
    return Item(
        **given
        | {
            "counts": tuple(Count(**c) for c in given["counts"]),
            "positive": Positive(**positive) if positive else None,
        }
    )
