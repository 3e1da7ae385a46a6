"""Invented people and what they answer: drawn from weights, moved by a mood, the team's warmth and the passing time."""

from collections.abc import Mapping
from random import Random
from typing import Any

from forms.model import REFUSED, Answer, Form, Question, Stored
from forms.routing import complete, on_path

MOOD = 0.35
"""How much people differ: the standard deviation of the mood that moves all answers of one person."""


def answered(
    form: Form, invented: Mapping[str, Any], chance: Random, *, warmth: float, progress: float
) -> dict[str, Stored]:
    """What one person sends: the finished record of one way through `form`. For the rest see `answers_of`."""
    return complete(form, *answers_of(form, invented, chance, warmth=warmth, progress=progress))


def answers_of(
    form: Form, invented: Mapping[str, Any], chance: Random, *, warmth: float, progress: float
) -> tuple[dict[str, Answer], set[str]]:
    """One person's answers, and the pages they saw.

    `warmth` moves a team's answers up or down, `progress` (0 to 1) how far its work on the improving questions is.
    """
    mood = chance.gauss(warmth, MOOD)
    answers: dict[str, Answer] = {}
    seen: set[str] = set()
    while (page := next((p for p in on_path(form, answers) if p.id not in seen), None)) is not None:
        seen.add(page.id)
        for question in page.questions:
            lift = mood + (0.6 * progress if question.id in invented["improves"] else 0.0)
            answer = _answer(question, invented, chance, lift)
            if answer:
                answers[question.id] = answer
        if len(seen) > 4 and chance.random() < invented["stops"] / len(form.pages):
            break
    return answers, seen


def _answer(question: Question, invented: Mapping[str, Any], chance: Random, lift: float) -> Answer | None:
    if question.id in invented["texts"]:
        wish = invented["texts"][question.id]
        return str(chance.choice(wish["says"])) if chance.random() < wish["often"] else None
    if chance.random() < invented["skips"]:
        return None
    if chance.random() < invented["refuses"]:
        return (REFUSED,) if question.id in invented["several"] else REFUSED
    if question.id in invented["several"]:
        return _ticked(invented["several"][question.id], chance, lift)
    return _chosen(invented["weights"][question.id], question, chance, lift)


def _ticked(often: Mapping[str, float], chance: Random, lift: float) -> Answer | None:
    return tuple(code for code, share in often.items() if chance.random() < share + 0.15 * lift) or None


def _chosen(weights: Mapping[str, float], question: Question, chance: Random, lift: float) -> Answer:
    moved = {
        code: weight * 2.0 ** (2 * lift * ((code in question.positive) - (code in question.negative)))
        for code, weight in weights.items()
    }
    return chance.choices(list(moved), list(moved.values()))[0]
