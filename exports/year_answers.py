"""What participants said in a year: from the association's figures as they were made when the answers were opened."""

from collections.abc import Iterator

from sqlalchemy import Connection

from exports import groups
from exports.contents import Contents, Entry, Item, Texts
from exports.figures import step
from exports.sheets import themes_of
from exports.standing import NO_INDEX, index, index_reason, standing
from exports.wording import why
from exports.year import Block, Figure, Part, Source

_NO_ANSWERS: Texts = {
    "sv": "Inga svar från deltagare har öppnats för året.",
    "en": "No answers from participants have been opened for the year.",
}

_MEAN: Texts = {"sv": "i medel", "en": "on average"}


def answers(db: Connection, association: str, year: int) -> Part:
    """What participants of the whole association said, form by form."""
    shown = (groups.stored(db, association, form, period=f"{year}") for form in groups.shown_forms(db, association))
    whole = [contents for found in shown for contents in found if contents.team is None]
    return Part("answers", tuple(block for one in whole for block in _of_answers(one)), {} if whole else _NO_ANSWERS)


def _of_answers(contents: Contents) -> Iterator[Block]:
    yield _of_group(contents, {"sv": "Svar", "en": "Answers"}, tuple(_people(contents)))
    entries = {entry.id: entry for entry in contents.book}
    pairs = [(entries[item.question], item) for item in contents.items]
    for theme in themes_of(entry for entry, _item in pairs):
        figures = [_said(contents, entry, item) for entry, item in pairs if entry.theme == theme and _told(entry)]
        figures += _index(contents, theme)
        name = contents.themes[theme] if theme else {"sv": "Övriga frågor", "en": "Other questions"}
        if figures:
            yield _of_group(contents, name, tuple(figures))


def _told(entry: Entry) -> bool:
    """Whether the question comes to one figure; those with answers of no order stand in the form's own figures."""
    return entry.poled or entry.counted == "mean"


def _people(contents: Contents) -> Iterator[Figure]:
    """How many answered, of how many; the response rate in five steps, as elsewhere (PRIVACY.md 3.7)."""
    yield Figure(
        {"sv": "Har svarat", "en": "Have answered"},
        n=contents.base,
        why=why(contents) if contents.base is None else "",
    )
    asked = contents.slips.participants
    if contents.base is not None and asked:
        rate: Texts = {"sv": "Svarsandel, av deltagare som fick frågan", "en": "Response rate, of participants asked"}
        yield Figure(rate, step=step(min(contents.base, asked), asked), base=asked)


def _said(contents: Contents, entry: Entry, item: Item) -> Figure:
    goal = contents.goals.get(entry.id)
    reason = why(contents, item) if item.grade != "full" else ""
    if item.positive:
        told = item.positive
        return Figure(
            entry.text,
            n=told.count,
            base=told.base,
            goal=goal,
            stands=standing(contents, entry.id),
            means=_positive(entry),
            why=reason,
        )
    if item.mean:
        return Figure(entry.text, base=contents.base, value=float(item.mean), unit=_MEAN, why=reason)
    base = contents.base if item.step is not None else None
    return Figure(entry.text, base=base, step=item.step, goal=goal, means=_positive(entry), why=reason)


def _positive(entry: Entry) -> Texts:
    """The positive answers, as in «Bra, Mycket bra»."""
    labels = [label.text for label in entry.labels if label.pole == "positive"]
    return {language: ", ".join(text[language] for text in labels) for language in (labels[0] if labels else {})}


def _index(contents: Contents, theme: str) -> Iterator[Figure]:
    if not theme or contents.grade != "full":
        return
    if found := index(contents, theme):
        text: Texts = {
            "sv": f"Index, medel av {found.items} frågors andel positiva",
            "en": f"Index, mean of {found.items} questions' shares of positive answers",
        }
        yield Figure(text, base=contents.base, value=found.value, unit={"sv": "av 100", "en": "of 100"})
    elif index_reason(contents, theme):
        yield Figure({"sv": "Index", "en": "Index"}, why=NO_INDEX)


def _of_group(contents: Contents, name: Texts, figures: tuple[Figure, ...]) -> Block:
    title = {language: f"{text}: {name.get(language, name['sv'])}" for language, text in contents.title.items()}
    source = Source(
        "answers",
        contents.form,
        {
            "sv": f"Svar på formuläret {contents.form}, öppnade {contents.released_on}.",
            "en": f"Answers to the form {contents.form}, opened {contents.released_on}.",
        },
    )
    return Block(title, figures, source, contents.floors.show, contents.floors.count)
