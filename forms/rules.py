"""What answers must be to each other: the rules of a page, asked when it is read (INSTRUMENTS.md 6.4)."""

from collections.abc import Iterator

from forms.model import Answers, Form, Page, Rule
from forms.placeholders import fill
from forms.routing import holds
from forms.types import TYPES
from forms.types.base import several


def broken(form: Form, page: Page, answers: Answers, language: str) -> Iterator[tuple[str, str]]:
    """(question to mend, what to do) for each rule of the page that these answers break. The role's words are already
    in the rules (`forms.roles`)."""
    for rule in page.rules:
        common = _in_common(rule, form, answers, language)
        if common or (rule.refuse and holds(rule.refuse, form, answers)):
            yield rule.at, fill(rule.error.in_(language), {"choice": common})


def _in_common(rule: Rule, form: Form, answers: Answers, language: str) -> str:
    """The first choice that both questions of an `apart` have, in words; "" for none."""
    if rule.apart is None:
        return ""
    one, other = rule.apart
    codes = set(several(answers.get(one, ()))) & set(several(answers.get(other, ())))
    question = form.by_id[one]
    shared = [c for c in question.choices if c.code in codes and not TYPES[question.type].missing((c.code,))]
    return shared[0].text.in_(language) if shared else ""
