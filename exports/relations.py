"""Relations: how the answers to two rated questions go together, over an association's year. Nothing about causes.

The only figures that are made of two answers of the same person, so they say as little as is of use: one decimal, of
fifty people or more, of questions that are shown with exact counts, and no base (PRIVACY.md 3.9). And only where they
leave room: if no other pairing of the same answers would be shown alike, how few people combined their answers could be
computed from the two tables and the coefficient. `docs/statistics.md` has the argument.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from exports.contents import Contents, Entry, Pole, Relation
from exports.figures import batches

FEWEST = 50
"""People who rated both questions, below which nothing is said; an association's own floor may be higher."""

Counts = NDArray[np.int64]
_LEVEL: dict[Pole, int] = {"negative": 0, "": 0, "middle": 1, "positive": 2}


@dataclass(frozen=True)
class Rated:
    """A question's ratings, from the most negative to the most positive, as rows or columns of a crossed table."""

    question: str
    codes: tuple[str, ...]
    positive: Counts
    """A one for each positive answer, else a zero."""
    start: int
    """The place of the first in a table of all questions."""

    @classmethod
    def of(cls, entry: Entry, start: int) -> "Rated":
        """By pole, and within a pole as the scale has them."""
        labels = [label for label in entry.labels if label.code in entry.rated]
        if labels[0].pole == "positive":
            labels = labels[::-1]
        codes = tuple(label.code for label in sorted(labels, key=lambda label: _LEVEL[label.pole]))
        return cls(entry.id, codes, np.array([code in entry.positive for code in codes], dtype=np.int64), start)

    @property
    def where(self) -> slice:
        """Its stretch of the table of all questions."""
        return slice(self.start, self.start + len(self.codes))


def relations(contents: Contents, releases: Iterable[Iterable[str]]) -> Iterator[Relation]:
    """The relations of a group, given the responses of each of its releases as stored; none unless it is an
    association's full year. One pass, whatever the number of responses.
    """
    if contents.team is not None or len(contents.period) != len("2026") or contents.grade != "full":
        return
    rated = tuple(_rated(contents.entry(item.question) for item in contents.items if item.positive))
    tables = np.array([_crossed(responses, rated) for responses in releases])
    fewest = max(FEWEST, contents.floors.count)
    for rows, columns in combinations(rated, 2):
        apart = tables[:, rows.where, columns.where]
        pairs = apart.sum(axis=0)
        rho = correlation(pairs)
        if pairs.sum() >= fewest and rho is not None and leaves_room(apart, rows.positive, columns.positive):
            yield Relation((rows.question, columns.question), rho)


def correlation(pairs: Counts) -> int | None:
    """Spearman's coefficient in tenths, halves away from zero, of a table of how many gave each pair of answers.

    None where all gave the same answer to one of them. In whole numbers, so that every machine rounds alike.
    """
    one = _Ranked.of(pairs)
    return one.tenths if one.spread else None


def leaves_room(apart: Counts, positive_rows: Counts, positive_columns: Counts) -> bool:
    """Whether everything that `_targets` lists might be another number, and all would have been shown alike.

    Looked for are two people of one release who exchange their answers to one question: that changes no count of
    either question in any release. Another such exchange may make up for it. `apart` has a table for each release.
    """
    pairs = apart.sum(axis=0)
    one, width = _Ranked.of(pairs), pairs.shape[1]
    first, second = _exchanges(apart)
    (row, column), (other_row, other_column) = np.divmod(first, width), np.divmod(second, width)
    left = _marks(pairs.size, first, second)
    entered = _marks(pairs.size, row * width + other_column, other_row * width + column)
    changed = ((entered - left) @ _targets(pairs, positive_rows, positive_columns).T != 0).astype(np.int64)
    effect = -(one.rows[row] - one.rows[other_row]) * (one.columns[column] - one.columns[other_column])
    alone = changed[one.alike(effect)].any(axis=0)
    made_up_for = one.alike(effect[:, None] + effect) & (left @ left.T == 0)
    together = (changed & (made_up_for @ (1 - changed) > 0)).any(axis=0)
    return bool((alone | together).all())


def _targets(pairs: Counts, positive_rows: Counts, positive_columns: Counts) -> Counts:
    """What nobody may compute, as sets of places in the table: how many gave a pair of answers that somebody gave, and
    how many of those who gave one answer rated the other question positively, be it none.
    """
    rows, columns = np.eye(pairs.shape[0], dtype=np.int64), np.eye(pairs.shape[1], dtype=np.int64)
    given = np.eye(pairs.size, dtype=np.int64)[pairs.reshape(-1) > 0]
    of_row = np.kron(rows, positive_columns)[pairs.any(axis=1)]
    of_column = np.kron(positive_rows, columns)[pairs.any(axis=0)]
    return np.concatenate([given, of_row, of_column])


def _exchanges(apart: Counts) -> tuple[Counts, Counts]:
    """The two pairs of answers of every exchange that changes something, as places in the table read row by row."""
    had = (apart > 0).reshape(len(apart), -1).astype(np.int64)
    row, column = np.divmod(np.arange(had.shape[1]), apart.shape[2])
    differ = (row[:, None] != row) & (column[:, None] != column)
    first, second = np.nonzero(np.triu(differ & (had.T @ had > 0)))
    return first, second


def _marks(size: int, *places: Counts) -> Counts:
    """A row per exchange with a one at each of its places."""
    marks = np.zeros((len(places[0]), size), dtype=np.int64)
    for place in places:
        marks[np.arange(len(place)), place] = 1
    return marks


@dataclass(frozen=True)
class _Ranked:
    """A table of pairs with the rank of each answer, doubled and counted from the middle, which keeps them whole."""

    rows: Counts
    columns: Counts
    together: int
    """The sum over people of the product of their two ranks."""
    spread: int
    """What `together` could be at most, squared; 0 where all gave one answer."""

    @classmethod
    def of(cls, pairs: Counts) -> "_Ranked":
        rows, columns = _ranks(pairs.sum(axis=1)), _ranks(pairs.sum(axis=0))
        whole = pairs.astype(object)
        together = int(rows @ whole @ columns)
        return cls(rows, columns, together, int(rows**2 @ whole.sum(axis=1)) * int(columns**2 @ whole.sum(axis=0)))

    @property
    def tenths(self) -> int:
        """The coefficient: the largest number of tenths whose lower border it reaches."""
        size = (isqrt(400 * self.together**2 // self.spread) + 1) // 2
        return size if self.together >= 0 else -size

    def alike(self, effect: Counts) -> NDArray[np.bool_]:
        """Which changes of `together` leave the coefficient as shown."""
        size, sign = abs(self.tenths), -1 if self.tenths < 0 else 1
        least = self._border(size) if size else 1 - self._border(1)
        changed = sign * effect
        at = sign * self.together
        return np.asarray((changed >= least - at) & (changed < self._border(size + 1) - at))

    def _border(self, tenths: int) -> int:
        """The least `together` that is shown as so many tenths."""
        squared = -(-self.spread * (2 * tenths - 1) ** 2 // 400)
        return isqrt(squared - 1) + 1


def _ranks(totals: Counts) -> Counts:
    """The mean rank of everyone who gave each answer."""
    before = np.cumsum(totals) - totals
    return np.asarray(2 * before + totals - totals.sum(), dtype=np.int64)


def _rated(entries: Iterable[Entry]) -> Iterator[Rated]:
    """The questions, side by side; the first place of a table is for those who rated nothing."""
    start = 1
    for entry in entries:
        yield Rated.of(entry, start)
        start += len(entry.rated)


def _crossed(responses: Iterable[str], rated: Sequence[Rated]) -> Counts:
    """How many gave each pair of ratings, of all questions at once."""
    places = {one.question: {code: one.start + n for n, code in enumerate(one.codes)} for one in rated}
    width = 1 + sum(map(len, places.values()))
    crossed = np.zeros((width, width), dtype=np.int64)
    for records in batches(responses):
        given = np.zeros((len(records), width))
        for question, place in places.items():
            given[np.arange(len(records)), [place.get(record.get(question, ""), 0) for record in records]] = 1
        crossed += (given.T @ given).astype(np.int64)
    return crossed
