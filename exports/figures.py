"""Counts -> the figures that may be printed: the one place that does so, for pages and files alike.

What is said here is about one question in one group, by the group's grade: PRIVACY.md 3.2 and 3.4-3.6. Which groups
there are is `exports.groups`; whether a figure would give away a smaller group beside others is `exports.bounds`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from typing import Any

import orjson

from exports.contents import NO_ANSWER, Count, Entry, Floors, Grade, Item, Positive, Reason
from forms.model import MISSING, NOT_ASKED

Tally = Counter[str]
"""How many persons have each stored value of one question; for several choices, how many chose each."""

_BATCH = 100
"""Records held at a time: with more, Python's own tidying up of memory costs more than the counting."""


def count(responses: Iterable[str], book: Sequence[Entry]) -> dict[str, Tally]:
    """Tally every closed question over responses as stored (JSON texts), in one pass.

    A question that a response does not hold was not asked: its version did not have it.
    """
    several = [entry.id for entry in book if entry.counted == "several"]
    single = [entry.id for entry in book if entry.counted in ("one", "mean")]
    tallies: dict[str, Counter[Any]] = {question: Counter() for question in (*single, *several)}
    for records in batches(responses):
        for question in single:
            tallies[question].update(map(dict.get, records, repeat(question), repeat(NOT_ASKED)))
        for question in several:
            tallies[question].update(chain.from_iterable(map(dict.get, records, repeat(question), repeat(()))))
            tallies[question].update(_reasons(records, question))
    return {question: Counter({str(code): n for code, n in tally.items()}) for question, tally in tallies.items()}


def batches(responses: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    """Responses as stored, read some at a time."""
    left = iter(responses)
    while records := [orjson.loads(text) for text in islice(left, _BATCH)]:
        yield records


def _reasons(records: list[dict[str, Any]], question: str) -> Iterator[str]:
    """Why nothing is chosen, for those who chose nothing."""
    return (r.get(f"{question}_miss", NOT_ASKED) for r in records if not r.get(question))


def candidates(entry: Entry, tally: Tally, people: int, grade: Grade, floors: Floors) -> tuple[Item, ...]:
    """What may be said of one question in a group of `people` shown as `grade`, the most exact first.

    The last one says nothing; a bound may ask for any of the later ones.
    """
    nothing = Item(entry.id, "withheld", "guarded")
    base = answered(entry, tally, people)
    if grade == "coarse" and not entry.poled:
        return (replace(nothing, reason="no_poles"),)
    if base < floors.show:
        return (*_only_missing(nothing, tally, people, grade), nothing)
    coarse = _coarse(entry, tally, base, grade)
    if grade == "coarse" or base < floors.count or _one_sided(entry, tally, base, people):
        return (*coarse, nothing)
    return (_full(entry, tally, base, people), *coarse, nothing)


def answered(entry: Entry, tally: Tally, people: int) -> int:
    """How many gave an answer that figures are made of: a rating where answers are positive or not, else any."""
    if entry.poled:
        return sum(tally[code] for code in entry.rated)
    return people - lacking(tally)


def lacking(tally: Tally) -> int:
    """How many gave no answer, whatever the reason."""
    return sum(tally[code] for code in MISSING)


def positives(entry: Entry, tally: Tally) -> int:
    """How many gave a positive answer."""
    return sum(tally[code] for code in entry.positive)


def step(count: int, base: int) -> int:
    """Which of the five words a share gets (0-4). At 10 and 90 per cent the word must be true, else halves go up."""
    if 10 * count <= base:
        return 0
    if 10 * count >= 9 * base:
        return 4
    return 1 + (8 * count >= 3 * base) + (8 * count >= 5 * base)


def share(count: int, base: int) -> int:
    """Whole per cent, halves up: 127 of 133 is 95, 1 of 200 is 1."""
    return (200 * count + base) // (2 * base)


def _only_missing(nothing: Item, tally: Tally, people: int, grade: Grade) -> tuple[Item, ...]:
    """In a full group, how many gave no answer to a question that few answered, unless nearly all did not."""
    missing = lacking(tally)
    if grade != "full" or 10 * missing > 9 * people:
        return ()
    return (replace(nothing, counts=(Count(NO_ANSWER, missing, share(missing, people)),)),)


def _coarse(entry: Entry, tally: Tally, base: int, grade: Grade) -> tuple[Item, ...]:
    if not entry.poled:
        return ()
    reason: Reason = "under_count" if grade == "coarse" else "guarded"
    return (Item(entry.id, "coarse", reason, step=step(positives(entry, tally), base)),)


def _full(entry: Entry, tally: Tally, base: int, people: int) -> Item:
    positive = positives(entry, tally)
    return Item(
        entry.id,
        "full",
        counts=tuple(Count(label.code, tally[label.code], share(tally[label.code], people)) for label in entry.labels),
        positive=Positive(positive, base, share(positive, base)) if entry.poled else None,
        mean=_mean(tally, base) if entry.counted == "mean" else "",
    )


def _one_sided(entry: Entry, tally: Tally, base: int, people: int) -> bool:
    """Whether one answer holds more than 90 %, or the positive ones hold everyone or nobody: then each is known."""
    if entry.poled and positives(entry, tally) in (0, base):
        return True
    given = people - lacking(tally)
    wholes = dict.fromkeys(MISSING, people) | (dict.fromkeys(entry.rated, base) if entry.poled else {})
    return any(10 * n > 9 * wholes.get(code, given) for code, n in tally.items())


def _mean(tally: Tally, base: int) -> str:
    """To one decimal, halves away from zero."""
    total = sum(int(value) * n for value, n in tally.items() if value not in MISSING)
    tenths = (20 * abs(total) + base) // (2 * base)
    return f"{'-' if total < 0 and tenths else ''}{tenths // 10}.{tenths % 10}"
