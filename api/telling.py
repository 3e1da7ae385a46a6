"""A stored group -> what `api.schemas` names of it. Reads stored contents only and computes no figure.

The words are those of the pages, in the language the program asks for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from exports.contents import NO_ANSWER, Contents, Entry, Item, Texts
from exports.standing import index, index_reason, standing
from exports.wording import GRADES, STEPS
from pages import cards

Told = dict[str, Any]
NO_ANSWER_TEXTS: Texts = {"sv": "Inget svar", "en": "No answer"}


def graded(contents: Contents, item: Item | None = None) -> Told:
    """The grade of a group or of one of its questions, and why it is not a finer one."""
    shown = item or contents
    return {
        "grade": shown.grade,
        "grade_words": _(GRADES[shown.grade]),
        "reason": shown.reason,
        "reason_words": cards.why(contents, item),
    }


def release(contents: Contents, quotes_published_on: str | None) -> Told:
    """The association's group of a period, as a release."""
    return {
        **graded(contents),
        "period": contents.period,
        "period_words": cards.period_words(contents.period),
        "released_on": contents.released_on,
        "quotes_published_on": quotes_published_on,
    }


def group(contents: Contents) -> Told:
    """A group without its figures."""
    return {
        **graded(contents),
        "association": contents.association,
        "team": contents.team,
        "name": cards.place(contents),
        "form": contents.form,
        "period": contents.period,
        "period_words": cards.period_words(contents.period),
        "base": contents.base,
        "released_on": contents.released_on,
    }


def figures(contents: Contents) -> Told:
    """A group with its figures."""
    return {
        **group(contents),
        "title": contents.title,
        "floors": contents.floors,
        "versions": contents.versions,
        "locks": [{"lock": lock.id, "owner": lock.owner, "fingerprint": lock.fingerprint} for lock in contents.locks],
        "themes": [_theme(contents, theme, name) for theme, name in contents.themes.items()],
        "questions": [_question(contents, item) for item in contents.items],
        "relations": [{"questions": one.questions, "rho": one.rho / 10} for one in contents.relations],
    }


def _theme(contents: Contents, theme: str, name: Texts) -> Told:
    why_not = index_reason(contents, theme)
    return {
        "theme": theme,
        "name": name,
        "index": index(contents, theme),
        "index_reason_words": _(why_not) if why_not else "",
    }


def _question(contents: Contents, item: Item) -> Told:
    entry = contents.entry(item.question)
    return {
        **graded(contents, item),
        "question": entry.id,
        "text": entry.text,
        "theme": entry.theme,
        "counted": entry.counted,
        "meaning": entry.meaning,
        "lock": entry.lock,
        "answers": list(_answers(entry, item)),
        "positive": item.positive,
        "step": item.step,
        "step_words": _(STEPS[item.step]) if item.step is not None else None,
        "mean": float(item.mean) if item.mean else None,
        "goal": contents.goals.get(entry.id),
        "standing": standing(contents, entry.id),
    }


def _answers(entry: Entry, item: Item) -> Iterator[Mapping[str, Any]]:
    labels = {label.code: label for label in entry.labels}
    for one in item.counts:
        label = labels.get(one.code)
        yield {
            "code": one.code,
            "text": NO_ANSWER_TEXTS if one.code == NO_ANSWER or label is None else label.text,
            "pole": label.pole if label else "",
            "missing": label is None or label.missing,
            "count": one.count,
            "share": one.share,
        }
