"""Texts of a form as a page says them: in its language, with the blanks filled in, marked up where they fall back."""

from collections.abc import Mapping

from flask_babel import gettext as _
from markupsafe import Markup

from forms.model import AllOf, AnyOf, Compare, Condition, Form, Not, Text
from forms.placeholders import fill
from forms.types import TYPES, Say
from pages.language import direction


def sayer(language: str, blanks: Mapping[str, str]) -> Say:
    """How this page says a text; `blanks` fills `{team}` and the like.

    A text that exists only in another language keeps its own `lang` and `dir`, or its question mark would land on the
    wrong side of a right-to-left page (LIBRARIES.md, trap 14).
    """

    def say(text: Text) -> str:
        words = fill(text.in_(language), blanks)
        own = text.language_of(language)
        if own == language:
            return words
        return Markup('<span lang="{}" dir="{}">{}</span>').format(own, direction(own), words)

    return say


def told(condition: Condition, form: Form, say: Say) -> str:
    """The condition in words, for those who see every question at once: «Bara om du svarade …»."""
    if isinstance(condition, Compare):
        return _compared(condition, form, say)
    if isinstance(condition, AllOf):
        return " ".join(told(part, form, say) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return f" {_('Eller:')} ".join(told(part, form, say) for part in condition.parts)
    return _reversed(condition, form, say)


def _compared(compare: Compare, form: Form, say: Say) -> str:
    question, answers = say(form.by_id[compare.q].text), _answers(compare, form, say)
    if compare.op == "answered":
        return str(_("Bara om du svarade på «%(question)s»", question=question))
    if compare.op == "empty":
        return str(_("Bara om du inte svarade på «%(question)s»", question=question))
    if compare.op == "ne":
        return str(
            _("Bara om du svarade något annat än %(answers)s på «%(question)s»", answers=answers, question=question)
        )
    limits = {
        "lt": _("lägre än %(answers)s", answers=answers),
        "le": _("högst %(answers)s", answers=answers),
        "gt": _("högre än %(answers)s", answers=answers),
        "ge": _("minst %(answers)s", answers=answers),
    }
    said = limits.get(compare.op, answers)
    return str(_("Bara om du svarade %(answers)s på «%(question)s»", answers=said, question=question))


def _reversed(condition: Not, form: Form, say: Say) -> str:
    part = condition.part
    if isinstance(part, Compare) and part.op in ("eq", "in", "has"):
        question, answers = say(form.by_id[part.q].text), _answers(part, form, say)
        return str(_("Inte om du svarade %(answers)s på «%(question)s»", answers=answers, question=question))
    return str(_("Inte om detta stämmer: %(told)s", told=told(part, form, say)))


def _answers(compare: Compare, form: Form, say: Say) -> str:
    question = form.by_id[compare.q]
    values = compare.value if isinstance(compare.value, tuple) else (compare.value or "",)
    words = [say(text) if isinstance(text, Text) else text for v in values for text in _said(question.id, v, form)]
    return f" {_('eller')} ".join(str(_("«%(answer)s»", answer=word)) for word in words)


def _said(question: str, value: str, form: Form) -> tuple[Text | str, ...]:
    asked = form.by_id[question]
    choice = asked.choice(value)
    return (choice.text,) if choice else TYPES[asked.type].said(asked, value)
