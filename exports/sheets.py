"""What was shown -> the rows of a workbook, in Swedish, with the columns of CONTRACT.md.

Reads stored contents only, one group at a time, and computes no figure. Columns are fixed here, never by what is in the
groups. Two sheets have rooms of their own: `Läs mig` is `exports.preface`, `Diagram` is `exports.diagram`.
"""

from collections.abc import Iterable, Iterator, Mapping

from exports.contents import NO_ANSWER, Contents, Entry, Item, Quotes
from exports.relations import FEWEST
from exports.standing import index, index_reason, standing
from exports.tables import Cell, Column, Layout, Row
from exports.wording import GRADES, STANDINGS, STEPS, why

POSITIVE = "positiva"
MEAN = "medel"
UNDER_REVIEW = "Granskas"
_CLEAR = (
    (7, "Svaren följs tydligt åt"),
    (4, "Svaren följs åt"),
    (2, "Svaren följs svagt åt"),
    (0, "Svaren följs inte åt"),
)
"""From how many tenths, either way, a rank correlation is said to be so clear."""
_LEAST = 2
_NO_CAUSE = "Det säger inte varför."
_NO_RELATIONS = (
    f"Inget samband visas. De räknas en gång om året, för hela förbundet, mellan frågor som visas med exakta tal "
    f"och som minst {FEWEST} har svarat på båda två, om ingen mindre grupp kan räknas fram ur dem."
)

OVERVIEW = Layout(
    "Översikt",
    (
        Column("grupp", 30),
        Column("period", 10),
        Column("tema", 21),
        Column("fråga", 16),
        Column("frågetext", 44, "wrapped"),
        Column("bas", 8, "number"),
        Column("andel positiva", 10, "number"),
        Column("mål", 7, "number"),
        Column("läge", 11),
        Column("grad", 9),
        Column("not", 36, "wrapped"),
    ),
)
RESULT = Layout(
    "Resultat",
    (
        Column("grupp", 34),
        Column("period", 10),
        Column("formulär", 14),
        Column("version", 8),
        Column("tema", 22),
        Column("fråga", 16),
        Column("frågetext", 48),
        Column("svar", 10),
        Column("svarstext", 36),
        Column("antal", 8, "number"),
        Column("andel", 8, "number"),
        Column("bas", 8, "number"),
        Column("grad", 8),
        Column("not", 40),
    ),
)
RELATIONS = Layout(
    "Samband",
    (
        Column("grupp", 30),
        Column("period", 10),
        Column("fråga 1", 16),
        Column("frågetext 1", 36, "wrapped"),
        Column("fråga 2", 16),
        Column("frågetext 2", 36, "wrapped"),
        Column("samband", 10, "tenths"),
        Column("bas", 10),
        Column("i ord", 50, "wrapped"),
    ),
)
QUOTES = Layout(
    "Citat",
    (Column("tema", 24, "wrapped"), Column("fråga", 48, "wrapped"), Column("citat", 90, "wrapped")),
    filtered=False,
)


def overview(contents: Contents) -> Iterator[Row]:
    """`Översikt`: a row per question, theme by theme, and each theme's index below its questions."""
    group = (group_name(contents), contents.period)
    if contents.grade == "withheld":
        yield (*group, *[None] * 7, GRADES["withheld"], reason(contents))
    entries = {entry.id: entry for entry in contents.book}
    pairs = [(entries[item.question], item) for item in contents.items]
    for theme in themes_of(entry for entry, _item in pairs):
        for entry, item in pairs:
            if entry.theme == theme:
                yield (*group, *_overviewed(contents, entry, item))
        yield from ((*group, *row) for row in _indexed(contents, theme))


def result(contents: Contents) -> Iterator[Row]:
    """`Resultat`: tidy, one fact a row."""
    versions = ", ".join(f"{v.version}" for v in contents.versions if v.form == contents.form)
    group = (group_name(contents), contents.period, contents.form, versions)
    entries = {entry.id: entry for entry in contents.book}
    for item in contents.items:
        entry = entries[item.question]
        asked = (*group, theme_name(contents.themes, entry.theme), entry.id, binding(entry.text))
        for facts in _facts(contents, entry, item):
            yield (*asked, *facts)


def relations(contents: Contents) -> Iterator[Row]:
    """`Samband`: pairs of questions, those that go together most clearly first."""
    texts = {entry.id: binding(entry.text) for entry in contents.book}
    group = (group_name(contents), contents.period)
    base = f"minst {max(FEWEST, contents.floors.count)}"
    for one in sorted(contents.relations, key=lambda one: -abs(one.rho)):
        first, second = one.questions
        yield (*group, first, texts[first], second, texts[second], one.rho / 10, base, in_words(one.rho))


def in_words(rho: int) -> str:
    """What a rank correlation (in tenths) says, and what it does not."""
    clear = next(words for least, words in _CLEAR if abs(rho) >= least)
    if abs(rho) < _LEAST:
        return f"{clear}."
    other = "mer" if rho > 0 else "mindre"
    return f"{clear}: den som är mer positiv i den ena är ofta {other} positiv i den andra. {_NO_CAUSE}"


def no_relations() -> Row:
    """`Samband` where there is nothing to show."""
    return (*[None] * (len(RELATIONS.columns) - 1), _NO_RELATIONS)


def quotes(published: Quotes) -> Iterator[Row]:
    """`Citat`: what has been published of a period, mixed per question."""
    for entry in published.book:
        for text in published.by_question[entry.id]:
            yield theme_name(published.themes, entry.theme), binding(entry.text), text


def awaited(period: str) -> Row:
    """`Citat` of a period, in words, whose quotes are still being read."""
    return None, None, f"{UNDER_REVIEW}: {period}"


def group_name(contents: Contents) -> str:
    """The team's name, or the association's."""
    return contents.team_name or contents.association_name


def reason(contents: Contents, item: Item | None = None) -> str:
    """Why the group, or one of its questions, is shown less exactly than by counts; "" if it is not."""
    floors = contents.floors
    return why(contents, item).format(show=floors.show, count=floors.count)


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


def theme_name(themes: Mapping[str, Mapping[str, str]], theme: str) -> str:
    """The theme's name, or "" for questions that have none."""
    return binding(themes[theme]) if theme else ""


def themes_of(entries: Iterable[Entry]) -> list[str]:
    """The themes in the order of the form; last "", for questions without one, where there are such."""
    found = dict.fromkeys(entry.theme for entry in entries)
    return sorted(found, key=lambda theme: not theme)


def _overviewed(contents: Contents, entry: Entry, item: Item) -> Row:
    base = item.positive.base if item.positive else contents.base
    share = item.positive.share if item.positive else None
    stands = standing(contents, entry.id)
    asked = (theme_name(contents.themes, entry.theme), entry.id, binding(entry.text))
    aimed = (contents.goals.get(entry.id), stands and STANDINGS[stands])
    return (*asked, base, share, *aimed, GRADES[item.grade], said(contents, item))


def _indexed(contents: Contents, theme: str) -> Iterator[Row]:
    """The theme in one figure, or why it has none although the group is shown with exact numbers."""
    named = (theme_name(contents.themes, theme), None)
    if not theme or contents.grade != "full":
        return
    if one := index(contents, theme):
        text = f"Index för temat: medel av andelen positiva i {one.items} frågor"
        yield (*named, text, contents.base, one.value, None, None, GRADES["full"], None)
    elif lacking := index_reason(contents, theme):
        yield (*named, "Index för temat", *[None] * 4, GRADES["withheld"], lacking)


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
