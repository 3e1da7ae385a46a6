"""One group's figures as a page shows them: cards per question under their themes, in the reader's language.

Every number and every withheld sign comes from what was stored at release (`exports.contents`); here is only order,
wording and what the chart macros need.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from exports.contents import NO_ANSWER, Contents, Entry, Item, Label, Texts
from exports.wording import REASONS, STEPS
from pages.language import spoken
from survey.periods import Period


@dataclass(frozen=True)
class Row:
    """One answer of a full figure, as `templates/macros/chart.html` takes it."""

    label: str
    count: int
    share: int
    step: int
    apart: bool


@dataclass(frozen=True)
class Card:
    """One question in one group."""

    id: str
    title: str
    grade: str
    base: str
    reason: str = ""
    rows: tuple[Row, ...] = ()
    several: bool = False
    positive: str = ""
    step: int = 0
    words: str = ""
    mean: str = ""


@dataclass(frozen=True)
class Theme:
    """Cards under one heading; the heading of questions without a theme is "Övriga frågor"."""

    name: str
    cards: tuple[Card, ...]


def themes(contents: Contents) -> tuple[Theme, ...]:
    """Every card of the group, theme by theme in the order of the form."""
    names = dict.fromkeys(contents.entry(item.question).theme for item in contents.items)
    in_order = [name for name in names if name] + [name for name in names if not name]
    return tuple(Theme(_theme_name(contents, name), _cards(contents, name)) for name in in_order)


def place(contents: Contents) -> str:
    """Whose figures: the team's name, or the association's."""
    return contents.team_name or contents.association_name


def period_words(label: str) -> str:
    """A period as people say it, in the reader's language."""
    return Period.parse(label).words("en" if spoken() == "en" else "sv")


def why(contents: Contents) -> str:
    """Why the group as a whole shows less than exact numbers, or ""."""
    return _reason(contents, contents.reason)


def text(texts: Texts) -> str:
    """A text in the reader's language, or in the form's binding one."""
    return texts.get(spoken()) or next(iter(texts.values()), "")


def people(n: int) -> str:
    """A number of answers, in words."""
    return str(ngettext("%(num)s svar", "%(num)s svar", n))


def _theme_name(contents: Contents, name: str) -> str:
    return text(contents.themes[name]) if name else _("Övriga frågor")


def _cards(contents: Contents, theme: str) -> tuple[Card, ...]:
    pairs = ((item, contents.entry(item.question)) for item in contents.items)
    return tuple(_card(contents, item, entry) for item, entry in pairs if entry.theme == theme)


def _card(contents: Contents, item: Item, entry: Entry) -> Card:
    return Card(
        id=item.question,
        title=text(entry.text),
        grade=item.grade,
        base=people(contents.base or 0),
        reason=_reason(contents, item.reason),
        rows=tuple(_rows(item, entry)),
        several=entry.counted == "several",
        positive=_positive(item),
        step=item.step or 0,
        words=_(STEPS[item.step]) if item.step is not None else "",
        mean=item.mean if spoken() == "en" else item.mean.replace(".", ","),
    )


def _reason(contents: Contents, reason: str) -> str:
    floors = contents.floors
    words = next((words for known, words in REASONS.items() if known == reason), "")
    return str(_(words)).format(show=floors.show, count=floors.count) if words else ""


def _positive(item: Item) -> str:
    if item.positive is None:
        return ""
    counted = item.positive
    said = _(
        "%(count)s av %(base)s svar är positiva, %(share)s procent",
        count=counted.count,
        base=counted.base,
        share=counted.share,
    )
    return str(said)


def _rows(item: Item, entry: Entry) -> list[Row]:
    labels = {label.code: label for label in entry.labels}
    steps = _steps(entry.labels)
    return [
        Row(_label(labels, one.code), one.count, one.share, steps.get(one.code, 0), one.code not in steps)
        for one in item.counts
    ]


def _label(labels: dict[str, Label], code: str) -> str:
    return _("Inget svar") if code == NO_ANSWER else text(labels[code].text)


def _steps(labels: Sequence[Label]) -> dict[str, int]:
    """Each answer's pattern: 5 for the most positive to 1 for the most negative, 0 where answers have no order."""
    given = [label for label in labels if not label.missing]
    poles = [label.pole for label in given]
    if "positive" not in poles:
        return {label.code: 0 for label in given}
    if "negative" in poles and poles.index("negative") < poles.index("positive"):
        given = given[::-1]
    positive = [label.code for label in given if label.pole == "positive"]
    negative = [label.code for label in given if label.pole == "negative"]
    steps = {label.code: 3 if label.pole == "middle" else 0 for label in given}
    steps |= {code: 5 if code == positive[0] else 4 for code in positive}
    return steps | {code: 1 if code == negative[-1] else 2 for code in negative}
