"""Figures of a locked block over several associations: sums of what each of them already shows in exact numbers.

**Why nothing new is told.** Every number here is a sum of numbers that stand in the associations' own files. Nothing is
read but what is stored in `shown`, and of that only questions shown full in groups shown full, of whole associations.
So whoever has the files can compute all of this, and whoever has only this knows less than they do: the ledger and the
bounds (PRIVACY.md 3.3, P11) need not be asked again. What is coarse or withheld adds to no number, neither count nor
base; it could not, since it is stored without counts. Were it let in, the sum less the other associations' files would
be exactly what their rules keep back: `tests/test_pooled.py` computes it from a variant that lets it in. Which groups
and questions are left out, and why, stands in those files as well.

Questions of one's own never enter: `Entry.lock` says which are locked, in every version whose answers may be among
those that were counted. How it is written is `exports.pooled_files`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, func, select

from exports.book import Book, code_book
from exports.contents import Contents, Count, Entry, Item, Positive
from exports.figures import share
from exports.wording import N_
from forms.locks import find_lock
from forms.model import Lock
from survey.errors import BadRequest, NotFound
from survey.periods import Period
from survey.published import published
from survey.tables import shown

_AT_A_TIME = 10
"""Stored groups held while they are read: each is some tens of kilobytes."""
FEWEST = 2
"""Associations in a sum; of one alone there is its own file."""
UNLOCKED = N_("Blocket var inte låst, likadant, i alla versioner av formuläret.")
"""Why a group is left out although it is shown in exact numbers."""


@dataclass(frozen=True)
class Block:
    """A published lock, and the code book of its questions."""

    lock: Lock
    book: Book

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The questions that figures are made of, in the block's order."""
        return tuple(entry for entry in self.book.entries if entry.lock == self.lock.id and entry.counted)

    def read(self, stored: str) -> Contents | None:
        """What a stored group says of the block and nothing else of it; None where its form never asked the block.

        The answers' texts are the block's own, so that the book keeps only what says which questions were locked.
        """
        given = orjson.loads(stored)
        ours = {entry.id for entry in self.entries}
        book = [entry | {"labels": []} for entry in given["book"] if entry["id"] in ours]
        items = [item for item in given["items"] if item["question"] in ours]
        told = given | {"book": book, "items": items, "relations": []}
        return Contents.from_json(orjson.dumps(told).decode()) if book else None

    def locked_in(self, contents: Contents) -> bool:
        """Whether the group's answers were given to this very block."""
        return any((lock.id, lock.fingerprint) == (self.lock.id, self.lock.fingerprint) for lock in contents.locks)


@dataclass(frozen=True)
class Sum:
    """One question over the associations that show it in exact numbers; without counts where these are too few."""

    entry: Entry
    inside: tuple[Contents, ...]
    outside: tuple[tuple[Contents, Item], ...]
    """Groups in exact numbers whose figure of this question is not."""
    base: int
    """People in the groups that are in it."""
    counts: tuple[Count, ...]
    positive: Positive | None


@dataclass(frozen=True)
class Pool:
    """The groups of a period that have asked a block: those whose exact numbers are put together, and the others."""

    block: Block
    period: str
    inside: tuple[Contents, ...]
    outside: tuple[Contents, ...]

    @property
    def enough(self) -> bool:
        """Whether there is anything to put together."""
        return _associations(self.inside) >= FEWEST

    @property
    def answers(self) -> int:
        """How many people have answered in the groups that are in it."""
        return sum(contents.base or 0 for contents in self.inside)

    @property
    def associations(self) -> int:
        """How many associations are in it."""
        return _associations(self.inside)

    def name(self, contents: Contents) -> str:
        """Which association a group is, and which form where it has asked the block in several."""
        groups = [*self.inside, *self.outside]
        alone = [one.association for one in groups].count(contents.association) == 1
        return contents.association_name if alone else f"{contents.association_name} ({contents.form})"

    def sums(self) -> Iterator[Sum]:
        """Every question of the block, in its order."""
        for entry in self.block.entries:
            yield _summed(entry, [(contents, _item(contents, entry)) for contents in self.inside])


def find_block(db: Connection, lock: str) -> Block:
    """The published block. Raises `NotFound`."""
    for form in published(db):
        found = find_lock(form, lock)
        if found:
            return Block(found, code_book(form.pool, [form]))
    raise NotFound(_("Det låsta blocket %(lock)s är inte publicerat.", lock=lock))


def shared_locks(db: Connection, associations: Collection[str]) -> list[str]:
    """The locks in forms of which at least two of these associations have something stored, shown or withheld."""
    return [lock for lock, pools in _pools(db).items() if _sharing(db, pools, associations) >= FEWEST]


def pools(
    db: Connection, lock: str, *, associations: Collection[str] | None = None, period: str | None = None
) -> list[Pool]:
    """What has been shown of a block by these associations (None: by all), period by period, the newest first.

    Raises `NotFound` for a lock that is not published, and `BadRequest` for a label that is no period.
    """
    block = find_block(db, lock)
    where = _of_whole_associations(_pools(db)[lock], associations)
    if period is not None:
        where &= shown.c.period == _label(period)
    query = select(shown.c.contents).where(where).execution_options(yield_per=_AT_A_TIME)
    found = [one for text in db.scalars(query) if (one := block.read(text))]
    found.sort(key=lambda one: (_age(one.period), one.association_name, one.form))
    return [_pool(block, label, tuple(some)) for label, some in groupby(found, key=lambda one: one.period)]


def _pool(block: Block, period: str, found: tuple[Contents, ...]) -> Pool:
    fit = [one.grade == "full" and block.locked_in(one) for one in found]
    inside = tuple(one for one, fits in zip(found, fit, strict=True) if fits)
    return Pool(block, period, inside, tuple(one for one, fits in zip(found, fit, strict=True) if not fits))


def _summed(entry: Entry, items: Sequence[tuple[Contents, Item]]) -> Sum:
    told = [(contents, item) for contents, item in items if _may_enter(contents, item, entry)]
    inside = tuple(contents for contents, _ in told)
    outside = tuple((contents, item) for contents, item in items if not _may_enter(contents, item, entry))
    if _associations(inside) < FEWEST:
        return Sum(entry, (), outside, 0, (), None)
    base = sum(contents.base or 0 for contents in inside)
    tally = sum((Counter({count.code: count.count for count in item.counts}) for _, item in told), Counter[str]())
    counts = tuple(Count(label.code, tally[label.code], share(tally[label.code], base)) for label in entry.labels)
    return Sum(entry, inside, outside, base, counts, _positive([item.positive for _, item in told if item.positive]))


def _may_enter(contents: Contents, item: Item, entry: Entry) -> bool:
    """Whether the group shows the question in exact numbers, and has it in the block in every version."""
    return item.grade == "full" and contents.entry(entry.id).lock == entry.lock


def _positive(told: Sequence[Positive]) -> Positive | None:
    if not told:
        return None
    count, base = sum(one.count for one in told), sum(one.base for one in told)
    return Positive(count, base, share(count, base))


def _item(contents: Contents, entry: Entry) -> Item:
    return next(item for item in contents.items if item.question == entry.id)


def _associations(groups: Sequence[Contents]) -> int:
    return len({contents.association for contents in groups})


def _pools(db: Connection) -> dict[str, set[str]]:
    """Every published lock -> the ids that its answers are released under."""
    found: dict[str, set[str]] = {}
    for form in published(db):
        for lock in form.locks:
            found.setdefault(lock.id, set()).add(form.pool)
    return found


def _sharing(db: Connection, pools: Collection[str], associations: Collection[str]) -> int:
    where = _of_whole_associations(pools, associations)
    return db.scalar(select(func.count(shown.c.association.distinct())).where(where)) or 0


def _of_whole_associations(pools: Collection[str], associations: Collection[str] | None) -> ColumnElement[bool]:
    where = shown.c.team.is_(None) & shown.c.form.in_(pools)
    return where if associations is None else where & shown.c.association.in_(associations)


def _age(label: str) -> tuple[int, int]:
    """The newest period first, a year before its parts."""
    period = Period.parse(label)
    return -period.last_day.toordinal(), -period.months


def _label(period: str) -> str:
    try:
        return Period.parse(period).label
    except ValueError as fault:
        raise BadRequest(str(fault)) from None
