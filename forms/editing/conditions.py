"""Conditions as they stand in a content."""

from collections.abc import Mapping
from typing import Any

from forms.content import Content, each_question


def both(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> dict[str, Any]:
    """The condition that both hold; None holds always. {} where neither asks for anything."""
    parts = [part for each in (one, other) if each for part in each.get("all", [each])]
    return {"all": parts} if len(parts) > 1 else dict(parts[0]) if parts else {}


def conjuncts(condition: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The conditions that all must hold; none where there is no condition."""
    return list(condition.get("all", [condition])) if condition else []


def dependents(content: Content, question: str) -> tuple[str, ...]:
    """Ids of the questions that are only asked because of an answer to this one."""
    return tuple(
        one["id"]
        for page, one in each_question(content)
        if question in {*_asked_about(page.get("show_if")), *_asked_about(one.get("show_if"))}
    )


def rename(content: Content, question: dict[str, Any], new: str) -> None:
    """Another id for the question, also where conditions ask about it."""
    old, question["id"] = question["id"], new
    for page, one in each_question(content):
        for holder in (page, one):
            for compare in _compares(holder.get("show_if")):
                if compare["q"] == old:
                    compare["q"] = new


def _compares(condition: Any) -> list[dict[str, Any]]:
    """Every `{q, op, value}` within a condition."""
    if isinstance(condition, list):
        return [compare for part in condition for compare in _compares(part)]
    if not isinstance(condition, dict):
        return []
    if "q" in condition:
        return [condition]
    return [compare for part in condition.values() for compare in _compares(part)]


def _asked_about(condition: Any) -> list[str]:
    return [compare["q"] for compare in _compares(condition)]
