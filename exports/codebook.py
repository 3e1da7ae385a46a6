"""`Kodbok`: every question of every version that a file's groups were asked, with every code that stands in the file.

Versions are merged by question id, which keeps its meaning for ever; where the author says that a question means
something else, the code book says since when. The book of one group is `exports.book`.
"""

from collections import Counter
from collections.abc import Iterator

from exports.contents import NO_ANSWER, Contents, Entry, Label
from exports.sheets import MEAN, POSITIVE, binding, theme_name
from exports.tables import Cell, Column, Layout, Row
from survey.periods import Period

LAYOUT = Layout(
    "Kodbok",
    (
        Column("fråga", 16),
        Column("frågetext", 46, "wrapped"),
        Column("tema", 21),
        Column("typ", 10),
        Column("svar", 9),
        Column("svarstext", 34, "wrapped"),
        Column("slag", 14),
        Column("sedan", 16),
        Column("till", 16),
        Column("betydelse", 12, "wrapped"),
        Column("låst av", 20, "wrapped"),
        Column("fingeravtryck", 24, "wrapped"),
    ),
)
_POLES = {"positive": "positivt", "middle": "mellan", "negative": "negativt", "": ""}
_COUNTED = "sammanräknat"


class CodeBook:
    """The code book of a file, given its groups, the newest first.

    The newest group's book knows all that older ones know: versions are merged by id, and none is ever withdrawn.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], str] = {}

    def add(self, contents: Contents) -> None:
        """Take in one group."""
        if not self._since:
            self._newest = contents
        for entry in contents.book:
            self._since[entry.id, entry.meaning] = contents.period

    def changed(self) -> Iterator[tuple[Entry, str]]:
        """The questions that meant something else in older groups, and in words since when they mean what they do."""
        meanings = Counter(question for question, _meaning in self._since)
        for entry in self._newest.book:
            if meanings[entry.id] > 1:
                yield entry, Period.parse(self._since[entry.id, entry.meaning]).words("sv")

    def rows(self) -> Iterator[Row]:
        """A row per question and code."""
        since = {entry.id: f", sedan {period}" for entry, period in self.changed()}
        locks = {lock.id: lock for lock in self._newest.locks}
        for entry in self._newest.book:
            asked = (entry.id, binding(entry.text), theme_name(self._newest.themes, entry.theme), entry.type)
            meant = f"{entry.meaning}{since.get(entry.id, '')}"
            lock = (locks[entry.lock].owner, locks[entry.lock].fingerprint) if entry.lock else (None, None)
            for code in [*codes(entry)] or [(None, None, None)]:
                yield (*asked, *code, entry.since, entry.until, meant, *lock)


def codes(entry: Entry) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Every code of a question that `Resultat` may hold, its text, and what sort it is."""
    for label in entry.labels:
        yield label.code, binding(label.text), _sort(label)
    if entry.poled:
        yield POSITIVE, "Positiva svar", _COUNTED
    if entry.counted == "mean":
        yield MEAN, "Medelvärde", _COUNTED
    if entry.labels:
        yield NO_ANSWER, "Inget svar", _COUNTED


def _sort(label: Label) -> str:
    return "saknas" if label.missing else _POLES[label.pole]
