"""What participants have said and what came of it: a page for everyone, with what an association has published.

The figures are those that were stored when the period closed (`exports.feedback`); here they get plain words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection

from exports import feedback
from exports.contents import Entry, Item
from exports.feedback import Feedback
from pages import cards
from pages.context import house
from pages.language import SOURCE, links, spoken
from pages.look import address
from staff.policy import public
from survey.errors import NotFound
from survey.look import look_of
from survey.teams import SLUG, find_association

results = Blueprint("results", __name__)

AT_ONCE = 8
"""Periods on one page, so that it stays light on a phone however many years are told of."""
COARSE = ((1, 10), (1, 4), (5, 10), (3, 4), (9, 10))
"""`Item.step` as so many of so many."""


@dataclass(frozen=True)
class Figure:
    """What people answered to one question, as one says it."""

    question: str
    share: str
    """"Ungefär 8 av 10"."""
    answers: str
    """The positive answers, as they were worded."""
    counted: str
    """The exact count, or why there is none."""
    drawn: tuple[int, int]
    """So many of so many persons, for the drawing."""


@dataclass(frozen=True)
class Told:
    """One period as it is told of."""

    id: str
    period: str
    form: str
    people: str
    figures: tuple[Figure, ...]
    changed: tuple[str, ...]
    """The paragraphs of what has been changed."""
    language: str
    """The language these are in; another than the page's where nobody has translated them."""


@results.get("/resultat/<association>")
@public
def page(association: str) -> ResponseReturnValue:
    """The newest periods; older ones a link away."""
    if not SLUG.fullmatch(association):
        raise NotFound
    start = max(0, request.args.get("fran", 0, int))
    with house().reading() as db:
        home, own = find_association(db, association), look_of(db, association)
        published = feedback.published(db, association)
        told = [one for each in published[start : start + AT_ONCE] if (one := telling(db, each))]
    return render_template(
        "front/results.html",
        home=home,
        sheet=address(association, own),
        told=told,
        older=start + AT_ONCE if len(published) > start + AT_ONCE else 0,
        languages=links(".page", association=association, fran=start or None),
    )


def telling(db: Connection, one: Feedback) -> Told | None:
    """One period in the reader's language; None where its figures may not be told."""
    try:
        contents = feedback.told_of(db, one.about)
    except NotFound:
        return None
    found = [feedback.item_of(contents, question) for question in one.questions]
    language = spoken() if spoken() in one.texts else SOURCE
    return Told(
        id=f"{one.about.form}-{one.about.period}",
        period=cards.period_words(one.about.period),
        form=cards.text(contents.title),
        people=cards.people(contents.base or 0),
        figures=tuple(figure(*pair) for pair in found if pair),
        changed=_paragraphs(one.texts.get(language, "")),
        language=language,
    )


def figure(item: Item, entry: Entry) -> Figure:
    """One question's share of positive answers in plain words, coarse ones never more exact than they are."""
    share, drawn = _share(item)
    return Figure(
        question=cards.text(entry.text),
        share=share,
        answers=_either([cards.text(label.text) for label in entry.labels if label.pole == "positive"]),
        counted=_counted(item),
        drawn=drawn,
    )


def _share(item: Item) -> tuple[str, tuple[int, int]]:
    if item.step is not None:
        return _coarse()[item.step], COARSE[item.step]
    assert item.positive is not None
    tenths, exact = feedback.of_ten(item)
    if tenths in (0, 10):
        all_or_none = (_("Alla"), _("Nästan alla")) if tenths else (_("Ingen"), _("Nästan ingen"))
        return all_or_none[not exact], (tenths, 10)
    words = _("%(n)s av 10", n=tenths) if exact else _("Ungefär %(n)s av 10", n=tenths)
    return words, (tenths, 10)


def _coarse() -> tuple[str, ...]:
    """`exports.wording.STEPS` as people say it."""
    return (
        _("Högst 1 av 10"),
        _("Ungefär 1 av 4"),
        _("Ungefär hälften"),
        _("Ungefär 3 av 4"),
        _("Minst 9 av 10"),
    )


def _counted(item: Item) -> str:
    if item.positive is None:
        return str(_("Vi visar inte exakta tal här. Det skyddar dem som svarade."))
    one = item.positive
    return str(_("%(count)s av %(base)s svar, %(share)s procent.", count=one.count, base=one.base, share=one.share))


def _either(answers: Sequence[str]) -> str:
    quoted = Markup(_("«%(answer)s»"))  # noqa: S704  our own text
    return Markup(" {} ").format(_("eller")).join(quoted % {"answer": answer} for answer in answers)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
