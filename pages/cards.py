"""One group's figures as a page shows them: cards per question under their themes, in the reader's language.

Every number and every withheld sign comes from what was stored at release (`exports.contents`); here is only order,
wording and what the chart macros need.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from exports import wording
from exports.contents import NO_ANSWER, Contents, Entry, Grade, Item, Label, Texts
from exports.standing import Index, Standing, index, index_reason, standing
from exports.wording import STEPS
from pages.language import SOURCE, direction, spoken
from survey.periods import Period


@dataclass(frozen=True)
class Row:
    """One answer of a full figure, as `templates/macros/chart.html` takes it."""

    code: str
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
    share: int | None = None
    """The share of positive answers in whole per cent, at full only."""
    of: str = ""
    """What it is a share of: "31 av 40"."""
    step: int = 0
    words: str = ""
    mean: str = ""
    poled: bool = False
    goal: int = 0
    stands: Standing | None = None


@dataclass(frozen=True)
class Theme:
    """Cards under one heading; the heading of questions without a theme is "Övriga frågor"."""

    name: str
    cards: tuple[Card, ...]
    index: Index | None
    no_index: str
    """Why there is none, or ""."""

    @property
    def aims(self) -> bool:
        """Whether any of its questions has a goal."""
        return any(card.goal for card in self.cards)

    def shown(self, grade: Grade) -> int:
        """How many of its questions are shown so."""
        return sum(card.grade == grade for card in self.cards)


def themes(contents: Contents) -> tuple[Theme, ...]:
    """Every card of the group, theme by theme in the order of the form."""
    names = dict.fromkeys(contents.entry(item.question).theme for item in contents.items)
    in_order = [name for name in names if name] + [name for name in names if not name]
    return tuple(_theme(contents, name) for name in in_order)


def card_of(contents: Contents, question: str) -> Card | None:
    """The card of one question, or None where the group has none."""
    item = next((item for item in contents.items if item.question == question), None)
    return _card(contents, item, contents.entry(question)) if item else None


def theme_name(themes: Mapping[str, Texts], theme: str) -> str:
    """A theme as headings name it."""
    return text(themes[theme]) if theme else _("Övriga frågor")


def by_theme(themes: Mapping[str, Texts], asked: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Questions under the names of their themes, those without one last."""
    listed = list(asked)
    names = sorted(dict.fromkeys(entry.theme for entry in listed), key=lambda name: not name)
    return [(theme_name(themes, name), [one for one in listed if one.theme == name]) for name in names]


def place(contents: Contents) -> str:
    """Whose figures: the team's name, or the association's."""
    return contents.team_name or contents.association_name


def period_words(label: str) -> str:
    """A period as people say it, in the reader's language."""
    return Period.parse(label).words("en" if spoken() == "en" else "sv")


def whole_period(label: str) -> str:
    """The same, with a year told apart from a part of it: "hela 2025"."""
    return str(_("hela %(year)s", year=label)) if Period.parse(label).months == 12 else period_words(label)


def why(contents: Contents, item: Item | None = None) -> str:
    """Why the group, or one of its questions, shows less than exact numbers, or ""."""
    words, floors = wording.why(contents, item), contents.floors
    return str(_(words)).format(show=floors.show, count=floors.count) if words else ""


def in_figures(decimal: str) -> str:
    """A decimal number as the reader's language writes it."""
    return decimal if spoken() == "en" else decimal.replace(".", ",")


def text(texts: Texts) -> str:
    """A form's text in the reader's language; in another it says which, for whoever reads aloud (UX.md 5.3)."""
    own = _language_of(texts)
    if own == spoken():
        return texts[own]
    return Markup('<span lang="{}" dir="{}">{}</span>').format(own, direction(own), texts[own])


def plain(texts: Texts) -> str:
    """The same where there can be no markup: in a picture, a title, a text to copy."""
    return texts[_language_of(texts)]


def _language_of(texts: Texts) -> str:
    return next((language for language in (spoken(), SOURCE) if language in texts), next(iter(texts)))


def people(n: int) -> str:
    """A number of answers, in words."""
    return str(ngettext("%(num)s svar", "%(num)s svar", n))


def _theme(contents: Contents, name: str) -> Theme:
    no_index = index_reason(contents, name) if name else ""
    return Theme(
        name=theme_name(contents.themes, name),
        cards=_cards(contents, name),
        index=index(contents, name) if name else None,
        no_index=str(_(no_index)) if no_index else "",
    )


def _cards(contents: Contents, theme: str) -> tuple[Card, ...]:
    pairs = ((item, contents.entry(item.question)) for item in contents.items)
    return tuple(_card(contents, item, entry) for item, entry in pairs if entry.theme == theme)


def _card(contents: Contents, item: Item, entry: Entry) -> Card:
    return Card(
        id=item.question,
        title=text(entry.text),
        grade=item.grade,
        base=people(contents.base or 0),
        reason=why(contents, item),
        rows=tuple(_rows(item, entry)),
        several=entry.counted == "several",
        positive=_positive(item),
        share=item.positive.share if item.positive else None,
        of=_("%(count)s av %(base)s", count=item.positive.count, base=item.positive.base) if item.positive else "",
        step=item.step or 0,
        words=_(STEPS[item.step]) if item.step is not None else "",
        mean=in_figures(item.mean),
        poled=entry.poled,
        goal=contents.goals.get(item.question, 0),
        stands=standing(contents, item.question),
    )


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
        Row(one.code, _label(labels, one.code), one.count, one.share, steps.get(one.code, 0), one.code not in steps)
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
