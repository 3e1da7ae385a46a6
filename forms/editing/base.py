"""What an edit is, what it is made on, and why it may be refused."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any

from forms.content import Content, Used, find_page, find_question, fresh, short
from forms.messages import _


class Refused(Exception):
    """An edit cannot be made; `what` says why and `remedy` what to do instead."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Edit(ABC):
    """One thing an author does."""

    def on(self, content: Content, used: Used | None = None) -> Content:
        """The content with this done to it. Raises `Refused`."""
        after = fresh(content)
        self._do(after, used or Used())
        self._spare_blocks(content, after)
        return after

    @property
    def places(self) -> frozenset[str]:
        """What somebody else must not have changed meanwhile, as `forms.content.places_changed` names it."""
        return frozenset()

    @property
    def spreads(self) -> bool:
        """Whether the edit also changes places that follow only from the content."""
        return False

    def told(self, before: Content) -> dict[str, Any]:
        """What is done, for the history: `forms.history` says it."""
        told: dict[str, Any] = {"did": type(self).__name__}
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, str | int):
                told[part.name] = value
        if "question" in told:
            told["question"] = short((find_question(before, told["question"]) or {}).get("text", {}))
        return told

    @abstractmethod
    def _do(self, content: Content, used: Used) -> None: ...

    def _spare_blocks(self, before: Content, after: Content) -> None:
        if blocks(before) != blocks(after):
            raise Refused(
                _("Frågorna hör till ett låst block och kan inte ändras."),
                _("Använd blocket som det är, eller ta bort hela blocket."),
            )


@dataclass(frozen=True)
class OfQuestion(Edit):
    """An edit of one question."""

    question: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"question:{self.question}"})


def question_of(content: Content, question: str) -> dict[str, Any]:
    """The question of that id. Raises `Refused`: somebody may have taken it away."""
    found = find_question(content, question)
    if found is None:
        raise Refused(_("Frågan finns inte längre."), _("Någon kan ha tagit bort den. Se historiken."))
    return found


def page_of(content: Content, question: str) -> dict[str, Any]:
    """The page it stands on. Raises `Refused` as well."""
    question_of(content, question)
    found = find_page(content, question)
    assert found is not None
    return found


def blocks(content: Content) -> dict[str, Any]:
    """Every locked block as it stands, with all that its fingerprint covers, and what stands before it."""
    locks = content.get("locks", {})
    return {lock: _block(content, lock) for lock in locks}


def _block(content: Content, lock: str) -> Any:
    pages = [page for page in content["pages"] if page.get("lock") == lock]
    asked = [question for page in pages for question in page["questions"]]
    last = max((number for number, page in enumerate(content["pages"]) if page.get("lock") == lock), default=-1)
    named = {
        names: {question[key]: content.get(names, {}).get(question[key]) for question in asked if question.get(key)}
        for key, names in (("scale", "scales"), ("theme", "themes"))
    }
    guests = sum(not page.get("lock") for page in content["pages"][: last + 1])
    return content["locks"][lock], content["languages"], pages, named, guests
