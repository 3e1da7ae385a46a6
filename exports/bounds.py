"""Whether the figures shown of one question, taken together, fix something about a single small release.

The ledger keeps exact totals of fewer than thirty out of reach. Coarse words, and the fact that no count is below zero,
narrow things further; this asks whether they leave room. Proof by witness: other answers that would have been shown
exactly alike. If there are such for every count of every release under ten people, nobody can compute one of them.
A box opens at five, so a union under ten people is one release. PRIVACY.md P11; `docs/statistics.md` has the argument.

Where many are not asked a question, or skip it, fewer answer than take part. So exact figures of it are asked what the
ledger asks of groups: whether they tell the answers of a union of releases in which fewer than ten answered.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from exports.contents import Entry, Item
from exports.figures import Tally, answered, lacking, positives, step
from exports.ledger import Group, Release, Rows, small_unions
from forms.model import MISSING

SMALL = 10
"""A release of fewer people is protected, whatever floors an association has chosen."""

Node = tuple[str, ...]
Move = tuple[str, str]
"""One person's answer changed from the second code to the first."""
Target = tuple[str, frozenset[str]]
"""A count that nobody may compute: a release, and the codes counted together."""
Step = tuple[Node, "Group | str", int]
"""A node, the group or release (its id) whose arc is walked, and whether that gets one more or one less."""
_OTHER = "*"
"""The answers that are not looked at: another choice of several, or a number."""


class Bounds:
    """One question's figures over the releases of one year, as they are decided one group after the other.

    Releases lie in a network: from the association to its team, to the team's period, to the association's period and
    back, where every group is an arc. Answers changed along a ring leave all totals beside it as they were; on an arc
    with a coarse word one more or less may do no harm. So a count is open if its release lies on a ring that every
    figure allows.
    """

    def __init__(self, entry: Entry, show: int, releases: Sequence[Release], tallies: Mapping[str, Tally]) -> None:
        self._views = tuple(View(entry, show, codes, releases, tallies) for codes in _looked_at(entry))
        of_each = [(release, answered(entry, tallies[release.id], release.people)) for release in releases]
        self._answered = [(release, n) for release, n in of_each if n]
        self._sparse = any(3 * n < release.people for release, n in of_each)
        """Else a union of thirty people, which is the least that the ledger lets through, holds ten who answered."""
        self._full: list[Group] = []

    def add(self, group: Group, item: Item) -> None:
        """Take a figure into account that has been shown."""
        if item.grade == "full":
            self._full.append(group)
        for view in self._views:
            view.add(group, item)

    def leaves_room(self, group: Group, item: Item) -> bool:
        """Whether `item`, shown of `group` beside all the others, still leaves every protected count open."""
        if item.grade == "full" and self._sparse and self._tells_of_few(group):
            return False
        return all(view.leaves_room(group, item) for view in self._views)

    def _tells_of_few(self, group: Group) -> bool:
        """Whether the exact answers of some union in which too few answered would be known that were not before."""
        before = {union.tobytes() for union in self._few(self._full)}
        return any(union.tobytes() not in before for union in self._few([*self._full, group]))

    def _few(self, full: Sequence[Group]) -> Iterator[Rows]:
        rows = np.array([[group.holds(release) for release, _n in self._answered] for group in full], dtype=np.int64)
        return small_unions(rows.reshape(len(full), len(self._answered)), [n for _release, n in self._answered], SMALL)


class View:
    """A question seen as answers that exclude each other: all of them, or one choice of several against the rest."""

    def __init__(
        self,
        entry: Entry,
        show: int,
        codes: tuple[str, ...],
        releases: Sequence[Release],
        tallies: Mapping[str, Tally],
    ) -> None:
        self._entry = entry
        self._show = show
        self._items: dict[Group, Item] = {}
        self._releases = {r.id: r for r in releases}
        self._counts = {r.id: _seen(tallies[r.id], codes, r.people) for r in releases}
        self._groups = {group: self._sum(group) for release in releases for group in _above(release)}
        frequent = sum(self._counts.values(), Counter[str]()).most_common()
        self._codes = tuple(code for code, _ in frequent)  # a common answer is the likeliest to find a ring with
        self._targets = tuple(self._protected())
        self._rings: dict[Target, tuple[Move, Mapping[Group, int]]] = {}
        self._maps: dict[Move, Mapping[Node, list[Step]]] = {}

    def add(self, group: Group, item: Item) -> None:
        """See `Bounds.add`."""
        self._items[group] = item
        self._maps.clear()

    def leaves_room(self, group: Group, item: Item) -> bool:
        """See `Bounds.leaves_room`."""
        return all(self._open(target, (group, item)) for target in self._targets)

    def _open(self, target: Target, tried: tuple[Group, Item]) -> bool:
        """Whether other answers with another count of `target` would be shown alike; remembers such a ring."""
        if target in self._rings:
            move, turns = self._rings[target]
            if all(self._tries(tried, group, move, turn) for group, turn in turns.items()):
                return True
        release, codes = target
        for move in ((a, b) for a in codes for b in self._codes if b not in codes):
            for way in (1, -1):
                ring = self._ring(release, move, way, tried)
                if ring is not None:
                    self._rings[target] = (move, ring)
                    return True
        return False

    def _ring(self, start: str, move: Move, way: int, tried: tuple[Group, Item]) -> Mapping[Group, int] | None:
        """The groups on a shortest ring through release `start` with their direction, or None if there is none."""
        if not self._can(start, move, way):
            return None
        tail, head = _ends(self._releases[start])
        begin, goal = (head, tail) if way == 1 else (tail, head)
        arcs = self._arcs(move)
        reached: dict[Node, Step] = {begin: (begin, start, 0)}
        waiting = deque([begin])
        while waiting and goal not in reached:
            node = waiting.popleft()
            for next_, along, turn in arcs.get(node, ()):
                if along != start and next_ not in reached and self._tries(tried, along, move, turn):
                    reached[next_] = (node, along, turn)
                    waiting.append(next_)
        return _walked(reached, begin, goal) if goal in reached else None

    def _arcs(self, move: Move) -> Mapping[Node, list[Step]]:
        """Where one changed answer may lead from each node; along an arc it is one more, against it one less."""
        if move not in self._maps:
            arcs: dict[Node, list[Step]] = {}
            for id_, release in self._releases.items():
                _link(arcs, *_ends(release), id_, (way for way in (1, -1) if self._can(id_, move, way)))
            for group in self._groups:
                _link(arcs, *_span(group), group, self._free(group, move))
            self._maps[move] = arcs
        return self._maps[move]

    def _free(self, group: Group, move: Move) -> Iterator[int]:
        item = self._items.get(group)
        return (way for way in (1, -1) if self._allows(group, item, move, way))

    def _can(self, release: str, move: Move, way: int) -> bool:
        """Whether someone in the release gave the answer that would be changed."""
        return self._counts[release][move[1] if way == 1 else move[0]] > 0

    def _tries(self, tried: tuple[Group, Item], along: Group | str, move: Move, way: int) -> bool:
        """Whether the item being tried, where it is this group's, allows the change; the maps know of the others."""
        group, item = tried
        return along != group or self._allows(group, item, move, way)

    def _allows(self, group: Group, item: Item | None, move: Move, way: int) -> bool:
        """Whether the group would be shown alike with one answer changed."""
        if item is None or (item.grade == "withheld" and not item.counts):
            return True
        if item.grade == "full":
            return False
        changed = self._groups[group].copy()
        changed[move[0]] += way
        changed[move[1]] -= way
        if item.grade == "withheld":
            return lacking(changed) == lacking(self._groups[group])
        base = answered(self._entry, changed, changed.total())
        return base >= self._show and step(positives(self._entry, changed), base) == item.step

    def _protected(self) -> Iterator[Target]:
        """Every answer given in a small release; the positive ones, and the others, even where there is none."""
        for release in self._releases.values():
            if release.people >= SMALL:
                continue
            for code, count in self._counts[release.id].items():
                if count and code != _OTHER:
                    yield release.id, frozenset({code})
            if self._entry.poled:
                yield release.id, self._entry.positive
                yield release.id, self._entry.rated - self._entry.positive

    def _sum(self, group: Group) -> Tally:
        total: Tally = Counter()
        for id_, release in self._releases.items():
            if group.holds(release):
                total.update(self._counts[id_])
        return total


def _looked_at(entry: Entry) -> Iterator[tuple[str, ...]]:
    """The codes of each view of a question, besides the missing ones."""
    given = tuple(label.code for label in entry.labels if not label.missing)
    if entry.counted == "several":
        yield from ((code,) for code in given)
    else:
        yield given


def _seen(tally: Tally, codes: tuple[str, ...], people: int) -> Tally:
    """Everyone's answer, those not in `codes` as `_OTHER`."""
    counts = Counter({code: tally[code] for code in (*codes, *MISSING) if tally[code]})
    rest = people - counts.total()
    return counts + Counter({_OTHER: rest})


def _above(release: Release) -> Iterator[Group]:
    """Every group that could be shown and holds the release."""
    year = release.period[:4]
    yield Group(None, year)
    yield Group(None, release.period)
    if release.team is not None:
        yield Group(release.team, year)
        yield Group(release.team, release.period)


def _ends(release: Release) -> tuple[Node, Node]:
    """A release's arc: from its team to the team's period; pooled ones straight to the association's period."""
    if release.team is None:
        return ("all",), ("period", release.period)
    return ("team", release.team), ("cell", release.team, release.period)


def _span(group: Group) -> tuple[Node, Node]:
    """A group's arc: what flows through it are the answers of exactly its releases."""
    if group.team is None:
        return (("end",), ("all",)) if group.of_year else (("period", group.period), ("end",))
    if group.of_year:
        return ("all",), ("team", group.team)
    return ("cell", group.team, group.period), ("period", group.period)


def _link(arcs: dict[Node, list[Step]], tail: Node, head: Node, along: Group | str, ways: Iterable[int]) -> None:
    for way in ways:
        node, next_ = (tail, head) if way == 1 else (head, tail)
        arcs.setdefault(node, []).append((next_, along, way))


def _walked(reached: Mapping[Node, Step], begin: Node, goal: Node) -> Mapping[Group, int]:
    """The groups passed from `begin` to `goal`, and whether each got one more or one less."""
    turns: dict[Group, int] = {}
    node = goal
    while node != begin:
        node, along, turn = reached[node]
        if isinstance(along, Group):
            turns[along] = turn
    return turns
