"""What was shown -> the tables of a workbook, in Swedish, with the columns of CONTRACT.md.

Reads stored contents only and computes no figure. Diagrams and relations between questions will be tables of their own
beside these.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from exports.contents import NO_ANSWER, Contents, Entry, Item, Label, Quotes
from exports.tables import Cell, Column, Table
from exports.wording import GRADES, REASONS, STEPS

POSITIVE = "positiva"
MEAN = "medel"
UNDER_REVIEW = "Granskas"
_POLES = {"positive": "positivt", "middle": "mellan", "negative": "negativt", "": ""}

RESULT_COLUMNS = (
    Column("grupp", 34),
    Column("period", 10),
    Column("formulär", 14),
    Column("version", 8),
    Column("tema", 22),
    Column("fråga", 16),
    Column("frågetext", 48),
    Column("svar", 10),
    Column("svarstext", 28),
    Column("antal", 8),
    Column("andel", 8),
    Column("bas", 8),
    Column("grad", 8),
    Column("not", 40),
)


def result(groups: Sequence[Contents]) -> Table:
    """`Resultat`: tidy, one fact a row."""
    return Table("Resultat", RESULT_COLUMNS, chain.from_iterable(map(_result_rows, groups)))


def overview(groups: Sequence[Contents]) -> Table:
    """`Översikt`: one row per group and question, for a board."""
    columns = (
        Column("grupp", 34),
        Column("period", 10),
        Column("tema", 22),
        Column("fråga", 16),
        Column("frågetext", 48),
        Column("bas", 8),
        Column("andel positiva", 14),
        Column("grad", 10),
        Column("not", 40),
    )
    return Table("Översikt", columns, chain.from_iterable(map(_overview_rows, groups)))


def quotes(published: Mapping[str, Quotes], awaited: Sequence[str]) -> Table:
    """`Citat`: what has been published, mixed per question, and the periods whose quotes are still being read."""
    columns = (Column("tema", 24), Column("fråga", 48), Column("citat", 90))
    waiting = ((None, None, f"{UNDER_REVIEW}: {period}") for period in awaited)
    told = chain.from_iterable(map(_quote_rows, published.values()))
    return Table("Citat", columns, chain(told, waiting), prose=True)


def code_book(entries: Sequence[Entry], themes: Mapping[str, Mapping[str, str]]) -> Table:
    """`Kodbok`: every question of every version, a row per answer."""
    columns = (
        Column("fråga", 16),
        Column("frågetext", 48),
        Column("tema", 22),
        Column("typ", 10),
        Column("svar", 8),
        Column("svarstext", 32),
        Column("slag", 10),
        Column("sedan", 18),
        Column("till", 18),
    )
    return Table("Kodbok", columns, chain.from_iterable(_book_rows(entry, themes) for entry in entries))


def group_name(contents: Contents) -> str:
    """The team's name, or the association's."""
    return contents.team_name or contents.association_name


def reason(contents: Contents, item: Item | None = None) -> str:
    """Why the group, or one of its questions, is shown less exactly than by counts; "" if it is not."""
    floors = contents.floors
    return REASONS[item.reason if item else contents.reason].format(show=floors.show, count=floors.count)


def said(contents: Contents, item: Item) -> str:
    """What stands in `not`: a coarse word, a mean, or why nothing is shown."""
    if item.grade == "withheld":
        return f"Visas inte. {reason(contents, item)}"
    if item.step is not None:
        return STEPS[item.step]
    return f"Medelvärde {item.mean.replace('.', ',')}" if item.mean else ""


def binding(text: Mapping[str, str]) -> str:
    """The Swedish text, or the binding language's where there is none."""
    return text.get("sv") or next(iter(text.values()))


def _result_rows(contents: Contents) -> Iterator[tuple[Cell, ...]]:
    versions = ", ".join(f"{v.version}" for v in contents.versions if v.form == contents.form)
    group = (group_name(contents), contents.period, contents.form, versions)
    entries = {entry.id: entry for entry in contents.book}
    for item in contents.items:
        entry = entries[item.question]
        asked = (*group, _theme(contents.themes, entry), entry.id, binding(entry.text))
        for facts in _facts(contents, entry, item):
            yield (*asked, *facts)


def _facts(contents: Contents, entry: Entry, item: Item) -> Iterator[tuple[Cell, ...]]:
    """From `svar` to `not`. A full question has a row per answer; a coarse or withheld one has a row that says so."""
    texts = {label.code: binding(label.text) for label in entry.labels} | {NO_ANSWER: "Inget svar"}
    for count in item.counts:
        yield count.code, texts[count.code], count.count, count.share, contents.base, GRADES["full"], None
    note = said(contents, item)
    if item.positive:
        positive = item.positive
        yield POSITIVE, "Positiva svar", positive.count, positive.share, positive.base, GRADES["full"], None
    elif item.mean:
        yield MEAN, "Medelvärde", None, None, contents.base, GRADES["full"], note
    elif item.grade == "coarse":
        yield POSITIVE, "Positiva svar", None, None, contents.base, GRADES["coarse"], note
    elif item.grade == "withheld":
        yield None, None, None, None, contents.base, None, note


def _overview_rows(contents: Contents) -> Iterator[tuple[Cell, ...]]:
    group = (group_name(contents), contents.period)
    if contents.grade == "withheld":
        yield (*group, None, None, None, None, None, GRADES["withheld"], reason(contents))
    entries = {entry.id: entry for entry in contents.book}
    for item in contents.items:
        entry = entries[item.question]
        base = item.positive.base if item.positive else contents.base
        share = item.positive.share if item.positive else None
        asked = (_theme(contents.themes, entry), entry.id, binding(entry.text))
        yield (*group, *asked, base, share, GRADES[item.grade], said(contents, item))


def _quote_rows(published: Quotes) -> Iterator[tuple[Cell, ...]]:
    for entry in published.book:
        for text in published.by_question[entry.id]:
            yield _theme(published.themes, entry), binding(entry.text), text


def _book_rows(entry: Entry, themes: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Cell, ...]]:
    asked = (entry.id, binding(entry.text), _theme(themes, entry), entry.type)
    rows: list[tuple[Cell, ...]] = [(label.code, binding(label.text), _kind(label)) for label in entry.labels]
    for row in rows or [(None, None, None)]:
        yield (*asked, *row, entry.since, entry.until)


def _kind(label: Label) -> str:
    return "saknas" if label.missing else _POLES[label.pole]


def _theme(themes: Mapping[str, Mapping[str, str]], entry: Entry) -> str:
    return binding(themes[entry.theme]) if entry.theme else ""
