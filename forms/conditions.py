"""Conditions rewritten: for what is known of a team or a role, some comparisons are settled before anybody is asked."""

from collections.abc import Callable, Collection

from forms.model import AllOf, AnyOf, Compare, Condition, Not

Settled = Condition | bool
"""What is left of a condition, or how it has turned out."""


def rewritten(condition: Condition, rewrite: Callable[[Compare], Settled]) -> Settled:
    """The condition with each comparison as `rewrite` makes it; what is settled is worked out as far as it goes."""
    if isinstance(condition, Compare):
        return rewrite(condition)
    if isinstance(condition, Not):
        inner = rewritten(condition.part, rewrite)
        return not inner if isinstance(inner, bool) else Not(inner)
    parts = [rewritten(part, rewrite) for part in condition.parts]
    deciding = isinstance(condition, AnyOf)
    if deciding in parts:
        return deciding
    left = tuple(part for part in parts if not isinstance(part, bool))
    if not left:
        return not deciding
    if len(left) == 1:
        return left[0]
    return AnyOf(left) if deciding else AllOf(left)


def without_missing(compare: Compare, there: Collection[str]) -> Settled:
    """The comparison, settled where its question is not there to be answered."""
    return compare if compare.q in there else compare.op == "empty"
