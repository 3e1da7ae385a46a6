"""Grading: what each group of a closing period is shown as. Pure: releases, tallies and what was shown before go in.

Larger groups first, so that a small one gives way: the group's grade from the ledger, then each question's finest
figure that the bounds allow. Reading and storing is `exports.groups`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add

from exports.book import Book
from exports.bounds import Bounds
from exports.contents import Contents, Entry, Floors, Grade, Item, Reason, Slips
from exports.figures import Tally, candidates
from exports.ledger import Group, Ledger, Release
from survey.periods import Period
from survey.teams import Association


@dataclass(frozen=True)
class Year:
    """The releases of one association, one pool of forms and one year, up to the period that closes."""

    house: Association
    team_names: Mapping[str, str]
    form: str
    book: Book
    releases: tuple[Release, ...]
    slips: Mapping[str, Slips]
    """Release id -> the codes handed out for it."""
    goals: Mapping[str, int]
    """Question -> the share of positive answers aimed at, in per cent."""
    tallies: Mapping[str, Mapping[str, Tally]]
    """Release id -> question -> how many persons have each answer."""

    @property
    def floors(self) -> Floors:
        """The association's floors on the day."""
        return Floors(self.house.mix, self.house.show, self.house.count)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The questions that figures are made of."""
        return tuple(entry for entry in self.book.entries if entry.counted)


def due(releases: Sequence[Release], period: Period) -> list[Group]:
    """The groups that end with the period and hold a release, larger ones first."""
    labels = [f"{period.year}", period.label] if period.ends_year else [period.label]
    slugs = (None, *sorted({r.team for r in releases if r.team is not None}))
    groups = [Group(slug, label) for label in labels for slug in slugs]
    return [group for group in groups if group.people(releases)]


def graded(year: Year, period: Period, before: Sequence[Contents], today: date) -> Iterator[Contents]:
    """The contents of the groups due at the end of `period`, larger first, given those shown earlier in the year."""
    earlier = [(Group(c.team, c.period), c) for c in before]
    ledger = Ledger(year.releases, year.floors, [group for group, c in earlier if c.grade == "full"])
    bounds = {entry.id: _bounds(year, entry) for entry in year.entries}
    for group, contents in earlier:
        for item in contents.items:
            bounds[item.question].add(group, item)
    for group in due(year.releases, period):
        grade, reason = ledger.grade(group)
        asked = year.entries if grade != "withheld" else ()
        items = tuple(_finest(year, group, grade, entry, bounds[entry.id]) for entry in asked)
        yield _contents(year, group, grade, reason, items, today)


def _bounds(year: Year, entry: Entry) -> Bounds:
    tallies = {release_id: tallies[entry.id] for release_id, tallies in year.tallies.items()}
    return Bounds(entry, year.floors.show, year.releases, tallies)


def _finest(year: Year, group: Group, grade: Grade, entry: Entry, bounds: Bounds) -> Item:
    """The most exact figure that leaves room for every small release; it joins the bounds."""
    tally: Tally = reduce(add, (year.tallies[r.id][entry.id] for r in year.releases if group.holds(r)), Counter())
    *some, nothing = candidates(entry, tally, group.people(year.releases), grade, year.floors)
    item = next((item for item in some if bounds.leaves_room(group, item)), nothing)
    bounds.add(group, item)
    return item


def _contents(year: Year, group: Group, grade: Grade, reason: Reason, items: tuple[Item, ...], today: date) -> Contents:
    return Contents(
        association=year.house.slug,
        association_name=year.house.name,
        team=group.team,
        team_name=year.team_names[group.team] if group.team else "",
        form=year.form,
        title=year.book.title,
        period=group.period,
        grade=grade,
        reason=reason,
        base=None if grade == "withheld" else group.people(year.releases),
        released_on=today.isoformat(),
        floors=year.floors,
        slips=_slips(year, group),
        versions=year.book.versions,
        themes=year.book.themes,
        book=year.book.entries,
        items=items,
        goals=year.goals,
        locks=year.book.locks,
    )


def _slips(year: Year, group: Group) -> Slips:
    held = [year.slips[release.id] for release in year.releases if group.holds(release)]
    return Slips(
        issued=sum(s.issued for s in held),
        voided=sum(s.voided for s in held),
        participants=sum(s.participants for s in held),
        open_link=any(s.open_link for s in held),
    )
