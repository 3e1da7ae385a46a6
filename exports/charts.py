"""Bars and lines as Excel draws them, legible in grey and on paper. What is drawn is `exports.diagram`.

A chart reads the table on its own sheet. Exact figures are filled, coarse ones hatched and labelled with their words:
nothing depends on colour.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from exports.tables import Column, Layout, Row

LAYOUT = Layout(
    "Diagram",
    (
        Column("diagram", 9, "number"),
        Column("rad", 40),
        Column("exakt", 8, "number"),
        Column("grovt", 8, "number"),
        Column("i ord", 23),
        Column("bas", 7, "number"),
    ),
)
_LABEL, _EXACT, _COARSE = 1, 2, 3
"""The columns that charts read."""
_BESIDE = len(LAYOUT.columns) + 1
"""The column where charts begin."""
_ROW = 20
"""The height of a row, and below it that of a chart and of each of its bars, in pixels."""
_FRAME, _BAR, _LINES = 115, 34, 300
_WIDTH = 680
_PAGE, _SCALE = 58, 85
"""Rows on an upright A4, printed at this many per cent: first the table, then the charts, fit its width."""
_INK, _TEAL, _GRID = "#1c2930", "#0b5a63", "#c3cbcf"
_FONT = {"size": 9, "color": _INK}
_EXACTLY = {"name": "exakta tal", "fill": {"color": _TEAL}}
_COARSELY = {
    "name": "grovt: ett steg av fem",
    "pattern": {"pattern": "wide_upward_diagonal", "fg_color": _TEAL, "bg_color": "#ffffff"},
}
_STROKES = (
    ("circle", "solid", _INK, "above"),
    ("square", "dash", _TEAL, "below"),
    ("triangle", "round_dot", _INK, "right"),
    ("diamond", "solid", _TEAL, "left"),
)


_REFERENCE = re.compile(r"!(?=[$A-Z])")


@dataclass(frozen=True)
class Point:
    """A row of the table and a bar, or a point on a line: an exact figure, a coarse one, or none, in per cent."""

    label: str
    exact: int | None
    coarse: int | None
    words: str
    base: int | None
    brief: str = ""
    """What stands at the end of a coarse bar: the words, short enough for one line in a low chart."""


@dataclass(frozen=True)
class Chart:
    """A drawing of one or more runs of points; bars have one run, lines have one each, over the same labels."""

    title: str
    kind: Literal["bars", "lines"]
    runs: tuple[tuple[str, tuple[Point, ...]], ...]
    """Name and points."""

    def rows(self, number: int) -> Iterable[Row]:
        """The rows of the table that it reads, under its number."""
        for _name, points in self.runs:
            for one in points:
                yield number, one.label, one.exact, one.coarse, one.words, one.base

    @property
    def height(self) -> int:
        """In pixels, never more than a page."""
        wanted = _FRAME + _BAR * len(self.runs[0][1]) if self.kind == "bars" else _LINES
        return min(wanted, (_PAGE - 2) * _ROW)


def place(book: Any, sheet: Any, charts: Sequence[Chart]) -> None:
    """Put the charts beside the table that `Chart.rows` have filled in order, none of them across two pages."""
    first, at, last = 1, 1, sum(len(points) for chart in charts for _name, points in chart.runs)
    for number, chart in enumerate(charts, start=1):
        needed = ceil(chart.height / _ROW)
        if at % _PAGE + needed > _PAGE:
            at += _PAGE - at % _PAGE + 1  # a row of air, or its border is drawn on the page before
        drawn = _draw(book, chart, number, first)
        options = {"object_position": 3, "description": _described(chart)}
        sheet.insert_chart(at, _BESIDE, drawn, options)
        first += sum(len(points) for _name, points in chart.runs)
        at += needed + 1
    sheet.set_column(_BESIDE - 1, _BESIDE - 1, 2)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.set_portrait()
    sheet.set_print_scale(_SCALE)
    sheet.set_v_pagebreaks([_BESIDE - 1])
    sheet.set_h_pagebreaks(range(_PAGE, max(at, last), _PAGE))


def _draw(book: Any, chart: Chart, number: int, first: int) -> Any:
    drawn = book.add_chart({"type": "bar" if chart.kind == "bars" else "line"})
    row = first
    for place, (name, points) in enumerate(chart.runs):
        if chart.kind == "bars":
            _add_bars(drawn, points, row)
        else:
            _add_line(drawn, name, points, row, place)
        row += len(points)
    share = {"min": 0, "max": 100, "major_unit": 25, "num_format": '0" %"', "num_font": _FONT}
    share |= {"major_gridlines": {"visible": True, "line": {"color": _GRID, "width": 0.75}}}
    names = {"num_font": _FONT, "line": {"color": _INK}, "major_tick_mark": "none"}
    if chart.kind == "bars":  # which lie: xlsxwriter calls the axis of shares x here, and the first bar would come last
        drawn.set_x_axis(share)
        drawn.set_y_axis(names | {"reverse": True, "crossing": "max"})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(share)
    drawn.set_title(
        {"name": _plain(f"{number}. {chart.title}"), "name_font": {"size": 10, "bold": True, "color": _INK}}
    )
    drawn.set_legend({"position": "bottom", "font": _FONT})
    drawn.set_chartarea({"border": {"color": _GRID}})
    drawn.set_size({"width": _WIDTH, "height": chart.height})
    if chart.kind == "bars":
        above, below = 34 / chart.height, 66 / chart.height
        # The right is left free for the words of a bar that is long.
        beside = min(0.45, 0.06 + 0.01 * max(len(one.label) for _name, points in chart.runs for one in points))
        area = {"x": beside, "y": above, "width": 0.83 - beside, "height": 1 - above - below}
        drawn.set_plotarea({"layout": area})
    return drawn


def _add_bars(drawn: Any, points: Sequence[Point], row: int) -> None:
    """Exact and coarse bars lie in each other's place: a row has one of them or none."""
    common = {"border": {"color": _TEAL}, "gap": 45, "overlap": 100}
    exact, coarse = [one.exact for one in points], [one.coarse for one in points]
    if any(value is not None for value in exact) or not any(value is not None for value in coarse):
        labels = {"value": True, "num_format": '0" %"', "font": _FONT}
        drawn.add_series({**_EXACTLY, **common, **_read(points, exact, row, _EXACT), "data_labels": labels})
    if any(value is not None for value in coarse):
        words = [{"value": one.brief} if one.coarse is not None else {"delete": True} for one in points]
        labels = {"value": True, "custom": words, "font": _FONT}
        drawn.add_series({**_COARSELY, **common, **_read(points, coarse, row, _COARSE), "data_labels": labels})


def _add_line(drawn: Any, name: str, points: Sequence[Point], row: int, place: int) -> None:
    marker, dash, colour, beside = _STROKES[place % len(_STROKES)]
    drawn.add_series(
        {
            "name": _plain(name),
            "line": {"color": colour, "width": 2, "dash_type": dash},
            "marker": {"type": marker, "size": 8, "fill": {"color": colour}, "border": {"color": colour}},
            "data_labels": {"value": True, "position": beside, "num_format": '0" %"', "font": _FONT},
            **_read(points, [one.exact for one in points], row, _EXACT),
        }
    )


def _read(points: Sequence[Point], values: Sequence[int | None], row: int, column: int) -> dict[str, Any]:
    """Which cells the series reads, and what stands in them, for programs that draw without reading cells."""
    last = row + len(points) - 1
    return {
        "categories": [LAYOUT.name, row, _LABEL, last, _LABEL],
        "categories_data": [one.label for one in points],
        "values": [LAYOUT.name, row, column, last, column],
        "values_data": list(values),
    }


def _described(chart: Chart) -> str:
    """The chart in words, for those who do not see it."""
    told = (f"{name + ', ' if name else ''}{one.label}: {one.words}" for name, points in chart.runs for one in points)
    return f"{chart.title}. {'. '.join(told)}."


def _plain(text: str) -> str:
    """A name xlsxwriter cannot take for a reference to a cell: it looks for "Blad1!A1", also in the midst of a text."""
    return _REFERENCE.sub("! ", text)
