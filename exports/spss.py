"""Figures as an SPSS file: a case per group, a variable per figure, with labels and missing values.

An extra: without pyreadstat and polars there is no such file, and everything else works. Variables come from the code
book, so they are the same for every association; what is not shown and what was not asked are two missing values.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import BinaryIO

from exports.contents import NO_ANSWER, Contents, Entry, Grade, Item
from exports.figures import share, step
from exports.sheets import binding, reason
from exports.wording import GRADES, STEPS
from survey.periods import Period

AVAILABLE = bool(find_spec("pyreadstat") and find_spec("polars"))
"""Whether such files can be written here."""
NOT_SHOWN, NOT_ASKED = -98, -66
MISSING_RANGE = (-99, -55)
"""INTEROP.md 5: everything in it is missing to SPSS."""
LONGEST_NAME, LONGEST_LABEL, LONGEST_VALUE, LONGEST_TITLE = 64, 256, 120, 64
"""Bytes in UTF-8."""
_GRADES: tuple[Grade, ...] = ("full", "coarse", "withheld")
_RESERVED = frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"])
_CREATED = slice(92, 109)
"""Where the header says on which day and at what time the file was made."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Variable:
    """One figure of one question: what it is of (a code, or ""), and how SPSS names and shows it."""

    name: str
    label: str
    question: str
    kind: str
    """count, share, positive, base, step, mean or grade."""
    code: str = ""

    @property
    def values(self) -> dict[float, str]:
        """Value labels; the two missing values have theirs everywhere."""
        words: Iterable[str] = ()
        if self.kind == "step":
            words = STEPS
        elif self.kind == "grade":
            words = (GRADES[grade] for grade in _GRADES)
        missing = {float(NOT_SHOWN): "Visas inte", float(NOT_ASKED): "Ingår inte"}
        return missing | {float(n): fit(text, LONGEST_VALUE) for n, text in enumerate(words, start=1)}


def write_sav(groups: Iterable[Contents], out: BinaryIO) -> None:
    """Write the groups, the newest first, whose code book is the whole form's. At least one must be there."""
    cases = iter(groups)
    newest = next(cases)
    variables = list(variables_of(newest.book))
    texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
    numbers = {variable.name: array("d") for variable in variables}
    numbers = {name: array("d") for name in _NUMBERS} | numbers
    day = newest.released_on
    for contents in (newest, *cases):
        day = max(day, contents.released_on)
        _add(contents, variables, texts, numbers)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "figures.sav"
        _write(path, newest, variables, {**texts, **numbers})
        with path.open("r+b") as file:
            file.seek(_CREATED.start)
            file.write(_dated(date.fromisoformat(day)))
            file.seek(0)
            copyfileobj(file, out)


def variables_of(book: Iterable[Entry]) -> Iterator[Variable]:
    """Every figure there can be of every closed question, in the form's order."""
    taken = {name.lower() for name in (*_TEXTS, *_NUMBERS)}
    for entry in book:
        for kind, code, ending, words in _figures(entry) if entry.counted else ():
            name = name_of(f"{entry.id}", ending, taken)
            yield Variable(name, fit(binding(entry.text), LONGEST_LABEL, f" :: {words}"), entry.id, kind, code)


def name_of(question: str, ending: str, taken: set[str]) -> str:
    """A variable name SPSS accepts, not among `taken` (in lower case), which it joins."""
    end = re.sub(r"[^A-Za-z0-9]+", "_", ending).rstrip("_")
    start = re.sub(r"[^A-Za-z0-9_]", "_", question)
    start = start if start[:1].isalpha() else f"q_{start}"
    name, number = f"{start[: LONGEST_NAME - len(end)]}{end}", 1
    while name.lower() in taken or name.lower() in _RESERVED:
        number += 1
        more = f"{end}_{number}"
        name = f"{start[: LONGEST_NAME - len(more)]}{more}"
    taken.add(name.lower())
    return name


def fit(text: str, most: int, end: str = "") -> str:
    """The text and its end in at most so many bytes; the text gives way first, never in the midst of a letter."""
    closing = _cut(end, most)
    return _cut(text, most - len(closing.encode())) + closing


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


_TEXTS = {
    "forbund": "Samordningsförbund",
    "team": "Team; tomt för hela förbundet",
    "formular": "Formulär",
    "period": "Period",
    "skal": "Varför gruppen inte visas med exakta tal",
}
_NUMBERS = {
    "niva": "Nivå",
    "ar": "År",
    "manader": "Periodens längd i månader",
    "grad": "Hur gruppen visas",
    "bas": "Antal svar i gruppen",
}
_GROUP_VALUES: dict[str, dict[float, str]] = {
    "niva": {1.0: "hela förbundet", 2.0: "team"},
    "grad": {float(n): GRADES[grade] for n, grade in enumerate(_GRADES, start=1)},
    "bas": {float(NOT_SHOWN): "Visas inte"},
}


def _figures(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    """Kind, code, the end of the variable's name and of its label, for each figure of a question."""
    for code, words in [(one.code, binding(one.text)) for one in entry.labels] + [(NO_ANSWER, "Inget svar, totalt")]:
        yield "count", code, f"_n_{code.replace('-', 'm')}", f"{words}: antal"
        yield "share", code, f"_p_{code.replace('-', 'm')}", f"{words}: procent"
    if entry.poled:
        yield "positive", "", "_pos", "andel positiva, procent"
        yield "base", "", "_pos_bas", "antal som andelen positiva räknas på"
        yield "step", "", "_steg", "andel positiva i fem steg"
    if entry.counted == "mean":
        yield "mean", "", "_medel", "medelvärde"
    yield "grade", "", "_grad", "hur frågan visas"


def _add(
    contents: Contents, variables: Iterable[Variable], texts: dict[str, list[str]], numbers: dict[str, "array[float]"]
) -> None:
    period = Period.parse(contents.period)
    told = (contents.association_name, contents.team_name, contents.form, contents.period, reason(contents))
    for name, text in zip(_TEXTS, told, strict=True):
        texts[name].append(text)
    base = NOT_SHOWN if contents.base is None else contents.base
    facts = (1 + (contents.team is not None), period.year, period.months, 1 + _GRADES.index(contents.grade), base)
    for name, number in zip(_NUMBERS, facts, strict=True):
        numbers[name].append(number)
    entries = {entry.id: entry for entry in contents.book}
    items = {item.question: item for item in contents.items}
    for variable in variables:
        entry, item = entries.get(variable.question), items.get(variable.question)
        numbers[variable.name].append(_value(contents, variable, entry, item))


def _value(contents: Contents, variable: Variable, entry: Entry | None, item: Item | None) -> float:
    """The figure, or which of the two missing values stands for it."""
    codes = {label.code for label in entry.labels} | {NO_ANSWER, ""} if entry else set()
    if entry is None or variable.code not in codes:
        return NOT_ASKED
    if item is None:
        return 1 + _GRADES.index("withheld") if variable.kind == "grade" else NOT_SHOWN
    found = _told(contents, variable, entry, item)
    return NOT_SHOWN if found is None else found


def _told(contents: Contents, variable: Variable, entry: Entry, item: Item) -> float | None:
    positive = item.positive
    match variable.kind:
        case "grade":
            return 1 + _GRADES.index(item.grade)
        case "positive":
            return None if positive is None else positive.share
        case "base":
            return None if positive is None else positive.base
        case "step":
            found = step(positive.count, positive.base) if positive else item.step
            return None if found is None else 1 + found
        case "mean":
            return float(item.mean) if item.mean else None
    return _counted(contents, variable, entry, item)


def _counted(contents: Contents, variable: Variable, entry: Entry, item: Item) -> float | None:
    """A count or a share; those without an answer are also told together."""
    counts = {one.code: one for one in item.counts}
    if variable.code in counts:
        one = counts[variable.code]
        return one.count if variable.kind == "count" else one.share
    if variable.code != NO_ANSWER or item.grade != "full" or contents.base is None:
        return None
    lacking = sum(counts[code].count for code in entry.missing)
    return lacking if variable.kind == "count" else share(lacking, contents.base)


def _write(path: Path, newest: Contents, variables: list[Variable], columns: dict[str, object]) -> None:
    # Loaded when such a file is asked for: they take as much memory as everything else here together.
    polars, pyreadstat = import_module("polars"), import_module("pyreadstat")
    labels = {**_TEXTS, **_NUMBERS} | {variable.name: variable.label for variable in variables}
    missing = [{"lo": MISSING_RANGE[0], "hi": MISSING_RANGE[1]}]
    figures = {variable.name: missing for variable in variables} | {"bas": missing}
    ordered = {variable.name for variable in variables if variable.kind in ("grade", "step")} | {"grad"}
    means = {variable.name for variable in variables if variable.kind == "mean"}
    pyreadstat.write_sav(
        polars.DataFrame(columns),
        path,
        file_label=fit(binding(newest.title), LONGEST_TITLE),
        column_labels=labels,
        variable_value_labels=_GROUP_VALUES | {variable.name: variable.values for variable in variables},
        missing_ranges=figures,
        variable_measure={
            name: "nominal" if name in _TEXTS or name == "niva" else "ordinal" if name in ordered else "scale"
            for name in columns
        },
        variable_format={name: "F8.1" if name in means else "F8.0" for name in columns if name not in _TEXTS},
    )


def _dated(day: date) -> bytes:
    """The header's day and time: the day of the figures, at midnight, so that the same figures give the same bytes."""
    return f"{day.day:02} {_MONTHS[day.month - 1]} {day.year % 100:02}00:00:00".encode()
