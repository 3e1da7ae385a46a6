"""Where questions stand: their order, pages and parts."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from forms.content import Content, Used, Words, each_question, merged, new_page_id
from forms.editing.base import Edit, OfQuestion, Refused, page_of, question_of
from forms.editing.conditions import both
from forms.messages import _


@dataclass(frozen=True)
class MoveQuestion(Edit):
    """To another place in the whole list, counted from 1. A page of its own comes along with its condition."""

    question: str
    to: int

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, self.to - 1, used)


@dataclass(frozen=True)
class MoveUp(Edit):
    """One place up; the first stays."""

    question: str

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, max(_number(content, self.question) - 1, 0), used)


@dataclass(frozen=True)
class MoveDown(Edit):
    """One place down; the last stays."""

    question: str

    def _do(self, content: Content, used: Used) -> None:
        _move(content, self.question, _number(content, self.question) + 1, used)


@dataclass(frozen=True)
class JoinPage(OfQuestion):
    """The question, with all on its page, on the same page as the question before."""

    def _do(self, content: Content, used: Used) -> None:
        page = page_of(content, self.question)
        number = content["pages"].index(page)
        if number == 0:
            raise Refused(_("Det finns ingen sida före den här."))
        condition = page.get("show_if")
        for question in page["questions"] if condition else ():
            question["show_if"] = both(condition, question.get("show_if"))
        content["pages"][number - 1]["questions"] += page["questions"]
        del content["pages"][number]


@dataclass(frozen=True)
class SplitPage(OfQuestion):
    """The question, with those after it on its page, on a page of their own with the same part and condition."""

    def _do(self, content: Content, used: Used) -> None:
        page = page_of(content, self.question)
        number = page["questions"].index(question_of(content, self.question))
        if number == 0:
            return
        rest = deepcopy(page) | {"id": new_page_id(content, used), "questions": page["questions"][number:]}
        del page["questions"][number:]
        content["pages"].insert(content["pages"].index(page) + 1, rest)


@dataclass(frozen=True)
class ChangePart(OfQuestion):
    """What the part is called that begins with the question's page, up to where the part ends now; None: no part of
    its own, but the one before. A form's first part is every page's."""

    part: Words | None = None

    @property
    def places(self) -> frozenset[str]:
        return frozenset()

    @property
    def spreads(self) -> bool:
        return True

    def _do(self, content: Content, used: Used) -> None:
        pages, here = content["pages"], page_of(content, self.question)
        start, old = pages.index(here), deepcopy(here.get("part"))
        if self.part is None:
            others = [page["part"] for page in reversed(pages[:start]) if page.get("part") != old]
            others += [page["part"] for page in pages[start:] if page.get("part") not in (None, old)]
            part = deepcopy(others[0]) if others else None
        else:
            begins = start == 0 or pages[start - 1].get("part") != old
            part = merged(old if begins else None, self.part)
        everywhere = not any(page.get("part") for page in pages)
        for page in pages if everywhere else _run(pages, start):
            page.pop("part", None)
            if part:
                page["part"] = deepcopy(part)


def insert(content: Content, question: dict[str, Any], after: str | None, used: Used) -> None:
    """A page of its own, after the page of the question `after` or last, in the part that page is in."""
    page: dict[str, Any] = {"id": new_page_id(content, used), "questions": [question]}
    pages = content["pages"]
    place = pages.index(page_of(content, after)) + 1 if after else len(pages)
    locked = max((number + 1 for number, each in enumerate(pages) if each.get("lock")), default=0)
    pages.insert(max(place, locked), page)
    _give_part(pages, page)


def part_everywhere(pages: list[dict[str, Any]]) -> None:
    """Where some pages have come with a part, those without one belong to the part before, or else to the next."""
    for order in (pages, pages[::-1]):
        part = None
        for page in order:
            part = page.get("part") or part
            if part and "part" not in page and "lock" not in page:
                page["part"] = deepcopy(part)


def _move(content: Content, question: str, place: int, used: Used) -> None:
    """The question to a place in the whole list, counted from 0. On its own page it goes by others' pages; one that
    leaves a page of several gets a page of its own with the same condition."""
    moved, shell, pages = question_of(content, question), page_of(content, question), content["pages"]
    number = _number(content, question)
    shell["questions"].remove(moved)
    if shell["questions"]:
        page = {"id": new_page_id(content, used)} | {key: shell[key] for key in ("part", "show_if") if key in shell}
        page |= {"questions": [moved]}
    else:
        pages.remove(shell)
        page = shell | {"questions": [moved]}
    flat = [each for each, question_of in each_question(content)]
    place = min(max(place, 0), len(flat))
    before, behind = flat[place - 1] if place else None, flat[place] if place < len(flat) else None
    if shell["questions"] and any(each is shell for each in (before, behind)):
        shell["questions"].insert(sum(each is shell for each in flat[:place]), moved)
    elif before is None:
        pages.insert(0, page)
        _give_part(pages, page)
    else:
        within_and_up = before is behind and place < number
        pages.insert(_index(pages, before) + (not within_and_up), page)
        _give_part(pages, page)


def _number(content: Content, question: str) -> int:
    question_of(content, question)
    return next(n for n, (_page, one) in enumerate(each_question(content)) if one["id"] == question)


def _index(pages: list[dict[str, Any]], page: dict[str, Any]) -> int:
    """Where the very page stands; another may be equal while it is being changed."""
    return next(number for number, each in enumerate(pages) if each is page)


def _give_part(pages: list[dict[str, Any]], page: dict[str, Any]) -> None:
    """The part of a page that has come between others: a part stands in one piece."""
    number = pages.index(page)
    before = pages[number - 1].get("part") if number else None
    behind = pages[number + 1].get("part") if number + 1 < len(pages) else None
    fitting = [part for part in (before, behind) if part]
    if not fitting:
        return
    if before == behind or page.get("part") not in fitting:
        page["part"] = deepcopy(fitting[0])


def _run(pages: list[dict[str, Any]], start: int) -> list[dict[str, Any]]:
    """The pages from `start` to where its part ends."""
    part = pages[start].get("part")
    end = next((n for n in range(start, len(pages)) if pages[n].get("part") != part), len(pages))
    return pages[start:end]
