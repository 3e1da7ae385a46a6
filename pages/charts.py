"""One question's figures as a picture of its own: an SVG file for a report or a slide, readable in greyscale.

The file carries its words and its style with it, for it is seen outside our pages. Everything it says comes from the
cards (`pages.cards`) and the series (`pages.series`). Here is where things stand; `templates/staff/chart.svg` draws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from flask import Response, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from pages.cards import Card, Row, whole_period
from pages.series import Series, changed

WIDTH = 720
_EDGE = 20
_LABEL, _BAR, _SAID = _EDGE, 280, 590
"""Where labels, bars and figures begin."""
_FULL = 300
"""The length of a bar of 100 per cent."""
_LINE = 19
_THICK = 18
_IN_LABEL, _IN_TITLE, _IN_NOTE, _IN_SAID = 32, 62, 92, 15
"""How many letters a line holds."""
STEPS = ((0.0, 10.0), (10.0, 37.5), (37.5, 62.5), (62.5, 90.0), (90.0, 100.0))
"""From where to where each of the five coarse steps goes, in per cent."""

Tone = Literal["positive", "middle", "negative", "apart"]


@dataclass(frozen=True)
class Bar:
    """An exact share, or (`share` None) a line without a bar: what is withheld, or a sentence between bars."""

    label: str
    said: str
    share: int | None = None
    tone: Tone = "positive"


@dataclass(frozen=True)
class Steps:
    """A coarse share: five steps, filled up to the one in which it lies (0-4)."""

    label: str
    said: str
    step: int


@dataclass(frozen=True)
class Break:
    """A line across the picture, and what it means: rows above and below are no series."""

    said: str


Line = Bar | Steps | Break


@dataclass(frozen=True)
class Words:
    """A line of text; `kind` is its class in the drawing."""

    x: float
    y: float
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle, and lines over it; without a height only these. Stripes tell coarse from exact without colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    lines: str = ""


def rows_of(card: Card) -> list[Line]:
    """What a card shows, row by row; missing codes that nobody has are left out."""
    if card.grade == "coarse":
        return [Steps(_("Positiva svar"), card.words, card.step)]
    ordered = any(row.step for row in card.rows)
    return [
        Bar(_plain(row.label), f"{row.count} ({row.share} %)", None if row.apart else row.share, _tone(row, ordered))
        for row in card.rows
        if row.count or not row.apart
    ]


def points_of(one: Series) -> list[Line]:
    """The positive answers to a question over time, one group's."""
    rows: list[Line] = []
    for point in one.points:
        label, card = whole_period(point.period), point.card
        if point.broken:
            rows.append(Break(changed(point)))
        if card and card.grade == "full":
            rows.append(Bar(label, f"{card.share} % ({card.of})", card.share))
        elif card and card.grade == "coarse":
            rows.append(Steps(label, card.words, card.step))
        else:
            rows.append(Bar(label, "–"))
    return rows


def picture(title: str, about: Sequence[str], rows: Sequence[Line], notes: Sequence[str], name: str) -> Response:
    """The file, to be saved: a browser that opened it here would refuse its style, as it does every inline one."""
    words, boxes, height = _placed(title, about, rows, notes)
    drawn = render_template(
        "staff/chart.svg",
        title=title,
        said=[*about, *(row.said if isinstance(row, Break) else f"{row.label}: {row.said}" for row in rows), *notes],
        words=words,
        boxes=boxes,
        width=WIDTH,
        height=height,
    )
    file = Response(drawn, mimetype="image/svg+xml")
    file.headers.set("Content-Disposition", "attachment", filename=f"samsvar-{name}.svg")
    return file


def _plain(label: str) -> str:
    """The words of a label that says which language it is in."""
    return label.striptags() if isinstance(label, Markup) else label


def _tone(row: Row, ordered: bool) -> Tone:
    if not row.step:
        return "apart" if ordered else "positive"
    return "middle" if row.step == 3 else "positive" if row.step > 3 else "negative"


def _placed(
    title: str, about: Sequence[str], rows: Sequence[Line], notes: Sequence[str]
) -> tuple[list[Words], list[Box], float]:
    words: list[Words] = []
    boxes: list[Box] = []
    y = 2.0 * _LINE

    def write(text: str, letters: int, x: float, at: float, kind: str) -> float:
        for line in wrap(text, letters) or [""]:
            words.append(Words(x, at, line, kind))
            at += _LINE
        return at

    y = write(title, _IN_TITLE, _EDGE, y, "title")
    for line in about:
        y = write(line, _IN_NOTE, _EDGE, y, "note")
    y += _LINE
    for row in rows:
        if isinstance(row, Break):
            across = WIDTH - 2 * _EDGE
            boxes.append(Box(_EDGE, y - 14, across, 0, "break", f"M{_EDGE} {y - 14:g}h{across}"))
            y = write(row.said, _IN_NOTE, _EDGE, y + 6, "note") + _LINE / 2
            continue
        below = write(row.label, _IN_LABEL, _LABEL, y, "label")
        told = write(row.said, _IN_SAID, _SAID, y, "said")
        boxes.extend(_drawn(row, y - 14))
        y = max(below, told) + _LINE / 2
    y += _LINE / 2
    for note in notes:
        y = write(note, _IN_NOTE, _EDGE, y, "note")
    return words, boxes, y


def _drawn(row: Bar | Steps, y: float) -> Iterator[Box]:
    unit = _FULL / 100
    if isinstance(row, Steps):
        for number, (start, end) in enumerate(STEPS):
            x, width = _BAR + start * unit + 1, (end - start) * unit - 2
            on = number <= row.step
            yield Box(x, y, width, _THICK, "step on" if on else "step", _hatch(x, y, width) if on else "")
    elif row.share is not None:
        yield Box(_BAR, y, _FULL, _THICK, "track")
        yield Box(_BAR, y, row.share * unit, _THICK, f"bar {row.tone}")


def _hatch(x: float, y: float, width: float) -> str:
    lines = range(4, int(width), 6)
    return "".join(f"M{x + at:g} {y + _THICK:g}v-{_THICK}" for at in lines)
