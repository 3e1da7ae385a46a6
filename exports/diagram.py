"""`Diagram`: what is drawn of an association. How is `exports.charts`.

Three things: every theme in the newest year (or, before the first year is over, the newest period); the indexes over
time; each question over time. Years are compared with years, or else the latest periods with each other.
"""

from collections.abc import Iterable, Iterator, Mapping

from exports.charts import Chart, Point
from exports.contents import Contents, Entry, Item
from exports.sheets import binding, theme_name, themes_of
from exports.standing import index
from exports.wording import STEPS
from survey.periods import Period

OTHERS = "Övriga frågor"
LATEST = 5
"""How many years or periods are drawn beside each other at most."""
_DRAWN = (10, 25, 50, 75, 90)
"""How far each coarse step reaches: the figure in its word."""
_BRIEF = ("högst 10 %", "ca ¼", "ca ½", "ca ¾", "minst 90 %")
_NOTHING = (
    "Inget diagram visas. Diagrammen gäller hela förbundet, och förbundet visas när minst {show} har svarat under en "
    "period eller ett år."
)


class Diagram:
    """What is to be drawn of the groups of a file, gathered while they go by, the newest first."""

    def __init__(self) -> None:
        self._newest: dict[bool, Contents] = {}
        """The newest year (True) and the newest period (False) that are shown."""
        self._over_time: dict[bool, dict[str, _Moment]] = {True: {}, False: {}}
        self._show = 0

    def add(self, contents: Contents) -> None:
        """Take in one group; only those of the whole association are drawn."""
        self._show = self._show or contents.floors.show
        if contents.team is not None or contents.grade == "withheld":
            return
        year = len(contents.period) == len("2026")
        self._newest.setdefault(year, contents)
        if len(self._over_time[year]) <= LATEST:  # one more than is drawn: has a question changed since?
            self._over_time[year][contents.period] = _Moment(contents)

    def charts(self) -> list[Chart]:
        """All of them, in order; none where nothing of the association is shown."""
        if not self._newest:
            return []
        newest = self._newest.get(True) or self._newest[False]
        years = len(self._over_time[True]) > 1
        moments = dict(reversed(self._over_time[years].items()))
        return [*_by_theme(newest), *_indexes(moments, newest), *_by_question(moments, newest)]

    def nothing(self) -> str:
        """Why there is no chart."""
        return _NOTHING.format(show=self._show)


class _Moment:
    """What is kept of a year or a period, small enough to keep many."""

    def __init__(self, contents: Contents) -> None:
        entries = {entry.id: entry for entry in contents.book}
        self.words = Period.parse(contents.period).words("sv")
        self.points = {i.question: _point(contents, i, self.words) for i in contents.items if entries[i.question].poled}
        self.meanings = {entry.id: entry.meaning for entry in contents.book}
        found = {theme: index(contents, theme) for theme in contents.themes}
        self.indexes = {theme: one.value for theme, one in found.items() if one}


def _by_theme(contents: Contents) -> Iterator[Chart]:
    """How positive the answers to each question of a theme are, in one group."""
    entries = {entry.id: entry for entry in contents.book}
    poled = [(entries[item.question], item) for item in contents.items if entries[item.question].poled]
    period = Period.parse(contents.period).words("sv")
    for theme in themes_of(entry for entry, _item in poled):
        points = [_asked(contents, entry, item) for entry, item in poled if entry.theme == theme]
        name = theme_name(contents.themes, theme) or OTHERS
        yield Chart(f"{name}: positiva svar, {contents.association_name}, {period}", "bars", (("", tuple(points)),))


def _indexes(moments: Mapping[str, _Moment], newest: Contents) -> Iterator[Chart]:
    """The themes' indexes over time, where at least one theme has two."""
    latest = list(moments.values())[-LATEST:]
    lines = [(theme, tuple(_indexed(moment, theme, newest) for moment in latest)) for theme in newest.themes]
    runs = tuple((binding(newest.themes[theme]), points) for theme, points in lines if _exact(points))
    if any(_exact(points) > 1 for _name, points in runs):
        yield Chart("Index för varje tema över tid", "lines", runs)


def _exact(points: Iterable[Point]) -> int:
    return sum(point.exact is not None for point in points)


def _by_question(moments: Mapping[str, _Moment], newest: Contents) -> Iterator[Chart]:
    """Each question over time, where there is more than one point."""
    for entry in newest.book:
        points = tuple(_same(moments.values(), entry))[-LATEST:]
        if len(points) > 1:
            yield Chart(binding(entry.text), "bars", (("", points),))


def _same(moments: Iterable[_Moment], entry: Entry) -> Iterator[Point]:
    """A question's points, the oldest first; those from before it meant what it means now are empty, and say so."""
    before = None
    for moment in moments:
        if entry.id not in moment.points:
            continue
        meaning = moment.meanings[entry.id]
        if meaning != entry.meaning:
            yield Point(f"{moment.words} – annan betydelse", None, None, "frågan betydde något annat", None)
        elif before not in (None, meaning):
            yield Point(f"{moment.words} – ändrad betydelse", None, None, "svar av båda slag", None)
        else:
            yield moment.points[entry.id]
        before = meaning


def _indexed(moment: _Moment, theme: str, newest: Contents) -> Point:
    value = moment.indexes.get(theme)
    if any(moment.meanings.get(e.id, e.meaning) != e.meaning for e in newest.book if e.theme == theme and e.poled):
        return Point(moment.words, None, None, "en fråga betydde något annat", None)
    return Point(moment.words, value, None, "visas inte" if value is None else f"{value} %", None)


def _point(contents: Contents, item: Item, label: str, goal: str = "") -> Point:
    """`goal` is what is said of it after the base."""
    if item.positive:
        one = item.positive
        return Point(f"{label} ({one.base} svar{goal})", one.share, None, f"{one.share} %", one.base)
    if item.step is not None:
        told = f"{label} ({contents.base} svar{goal})"
        return Point(told, None, _DRAWN[item.step], STEPS[item.step], contents.base, _BRIEF[item.step])
    return Point(f"{label} (visas inte)", None, None, "visas inte", None)


def _asked(contents: Contents, entry: Entry, item: Item) -> Point:
    goal = contents.goals.get(entry.id)
    return _point(contents, item, binding(entry.text), f", mål {goal} %" if goal else "")
