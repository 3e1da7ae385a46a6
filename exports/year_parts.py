"""The parts of a year in figures, each from figures that are stored and shown elsewhere; a part says why it is empty.

Every number here is one that its source prints, or follows from those that it prints.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from exports import case_statistics, groups
from exports.case_statistics import Shown
from exports.case_statistics_labels import EVENTS, SEX
from exports.case_statistics_lines import (
    ALL,
    KeyFigure,
    Line,
    Started,
    blocks,
    key_figures,
    started,
    total,
    waiting,
)
from exports.contents import Contents, Entry, Item, Texts
from exports.figures import step
from exports.polls import reported, tally
from exports.released import released
from exports.sheets import themes_of
from exports.standing import NO_INDEX, index, index_reason, standing
from exports.wording import N_, why
from exports.year import Block, Figure, Part, Source
from forms.model import Form, Question
from forms.types import TYPES
from survey.polls.holding import polls_of, questions
from survey.polls.model import FLOOR, Asked, Poll
from survey.polls.results import results, standings
from survey.published import load
from survey.teams import find_team

SMALL = N_("Talet är för litet, eller så går ett mindre tal att räkna fram, eller så har nästan alla samma värde.")
NO_MEDIAN = N_("Mittersta värdet visas när det gäller minst {count} personer.")
FEW_VOTES = N_("Färre än {show} röstade med telefon.")
NEVER_OPENED = N_("Frågan öppnades inte.")
_PARTICIPANTS: Texts = {"sv": "Deltagare", "en": "Participants"}
_DAYS: Texts = {"sv": "dagar", "en": "days"}
_NO_CASES: Texts = {
    "sv": "Inga ärenden är räknade för året. De räknas när årets sista kvartal är slut.",
    "en": "No cases have been counted for the year. They are counted when its last quarter has ended.",
}
_NO_ANSWERS: Texts = {
    "sv": "Inga svar från deltagare har öppnats för året.",
    "en": "No answers from participants have been opened for the year.",
}
_NO_POLLS: Texts = {
    "sv": "Ingen omröstning från året är avslutad.",
    "en": "No poll of the year has ended.",
}


def participants(db: Connection, association: str, year: int) -> Part:
    """By team and sex, as Uppföljning Finsam asks for them."""
    one = _counted(db, association, year)
    if one is None:
        return Part("participants", (), _NO_CASES)
    figures = tuple(figure for row in started(one) for figure in _by_sex(row))
    note: Texts = {
        "sv": "Deltagare räknas det år de hade sitt första möte. De utan angivet kön står bara under Deltagare.",
        "en": "Participants are counted in the year of their first meeting. Those whose sex is not stated are in "
        "the first number only.",
    }
    title: Texts = {"sv": "Deltagare efter kön", "en": "Participants by sex"}
    return Part("participants", (_block(one, title, figures, shape_groups=True, note=note),))


def cases(db: Connection, association: str, year: int) -> Part:
    """Referrals and what came of them, and how long people waited."""
    one = _counted(db, association, year)
    return Part("cases", tuple(_of_cases(one)) if one else (), {} if one else _NO_CASES)


def answers(db: Connection, association: str, year: int) -> Part:
    """What participants of the whole association said, form by form."""
    shown = (groups.stored(db, association, form, period=f"{year}") for form in groups.shown_forms(db, association))
    whole = [contents for found in shown for contents in found if contents.team is None]
    return Part("answers", tuple(block for one in whole for block in _of_answers(one)), {} if whole else _NO_ANSWERS)


def polls(db: Connection, association: str, year: int) -> Part:
    """Every ended poll of the year, the oldest first: what can be chosen from; own words stay where they are."""
    held = [one for one in reversed(polls_of(db, association)) if not one.running and _day(one).year == year]
    return Part("polls", tuple(block for one in held for block in _of_poll(db, one)), {} if held else _NO_POLLS)


def years(db: Connection, association: str) -> set[int]:
    """The years that any part has something of."""
    of_cases = {int(one.period) for one in case_statistics.shown(db, association) if one.of_year}
    of_polls = {_day(one).year for one in polls_of(db, association) if not one.running}
    shown = (one for form in groups.shown_forms(db, association) for one in released(db, association, form))
    return of_cases | of_polls | {int(one.period) for one in shown if len(one.period) == len("2026")}


def _counted(db: Connection, association: str, year: int) -> Shown | None:
    return next((one for one in case_statistics.shown(db, association, year=year) if one.of_year), None)


def _by_sex(row: Started) -> Iterator[Figure]:
    yield Figure(_PARTICIPANTS, row.name, row.people, why=_if_missing(row.people))
    for sex, n in row.by_sex.items():
        yield Figure(SEX[sex], row.name, n, row.people if n is not None else None, why=_if_missing(n))


def _of_cases(one: Shown) -> Iterator[Block]:
    totals = tuple(_figure(total(one, event)) for event in EVENTS)
    yield _block(one, {"sv": "Ärenden under året", "en": "Cases in the year"}, totals)
    shares = tuple(_share(figure) for figure in key_figures(one) if figure.unit["en"] == "per cent")
    yield _block(one, {"sv": "Nyckeltal", "en": "Key figures"}, shares)
    for each in waiting(one):
        middle: Texts = {"sv": "Mittersta värdet", "en": "Median"}
        median = Figure(
            middle,
            base=each.people if each.median is not None else None,
            value=each.median,
            unit=_DAYS,
            why="" if each.median is not None else NO_MEDIAN,
        )
        everyone = Figure(ALL, n=each.people, why=_if_missing(each.people))
        yield _block(one, each.title, (everyone, *map(_figure, each.lines), median))
    for found in blocks(one):
        if found.dimension in _DIMENSIONS:
            yield _block(one, found.title, tuple(map(_figure, found.lines)))


_DIMENSIONS = ("source", "organisation", "outcome")
"""What a board asks for besides; the rest stands with the cases."""


def _block(
    one: Shown, title: Texts, figures: tuple[Figure, ...], *, shape_groups: bool = False, note: Texts | None = None
) -> Block:
    source = Source(
        "cases",
        "",
        {
            "sv": f"Ärenden, räknade {one.closed_on}. Ett tal visas från {one.floor} personer.",
            "en": f"Cases, counted {one.closed_on}. A number is shown from {one.floor} people.",
        },
    )
    return Block(title, figures, source, one.floor, one.exact, "groups" if shape_groups else "lines", note or {})


def _figure(line: Line) -> Figure:
    return Figure(line.text, n=line.n, base=line.base if line.n is not None else None, why=_if_missing(line.n))


def _share(figure: KeyFigure) -> Figure:
    return Figure(figure.text, n=figure.of, base=figure.base, why=_if_missing(figure.of))


def _if_missing(n: int | None) -> str:
    return SMALL if n is None else ""


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
            entry.text, n=told.count, base=told.base, goal=goal, stands=standing(contents, entry.id), why=reason
        )
    if item.mean:
        return Figure(entry.text, base=contents.base, value=float(item.mean), unit=_MEAN, why=reason)
    base = contents.base if item.step is not None else None
    return Figure(entry.text, base=base, step=item.step, goal=goal, why=reason)


def _index(contents: Contents, theme: str) -> Iterator[Figure]:
    if not theme or contents.grade != "full":
        return
    if found := index(contents, theme):
        text: Texts = {
            "sv": f"Index, medel av {found.items} frågors andel positiva",
            "en": f"Index, mean of {found.items} questions' shares of positive answers",
        }
        yield Figure(text, base=contents.base, value=found.value, unit={"sv": "index", "en": "index"})
    elif index_reason(contents, theme):
        yield Figure({"sv": "Index", "en": "Index"}, why=NO_INDEX)


_MEAN: Texts = {"sv": "i medel", "en": "on average"}


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


def _day(poll: Poll) -> date:
    return poll.last_day or poll.held_on


def _of_poll(db: Connection, poll: Poll) -> Iterator[Block]:
    form = load(db, poll.form, poll.version)
    stands, found = {one.question: one for one in standings(db, poll)}, results(db, poll)
    for question in questions(form):
        if TYPES[question.type].chosen:
            result = found.get(question.id)
            lines = tally(question, result).lines if result else ()
            figures = tuple(
                Figure(dict(line.choice.text.by_language), n=line.n, base=result.people if result else None)
                for line in lines
            )
            yield _asked(db, poll, form, question, figures or (_no_result(stands[question.id]),))


def _no_result(asked: Asked) -> Figure:
    never = asked.state in ("hidden", "skipped")
    return Figure({"sv": "Inget resultat", "en": "No result"}, why=NEVER_OPENED if never else FEW_VOTES)


def _asked(db: Connection, poll: Poll, form: Form, question: Question, figures: tuple[Figure, ...]) -> Block:
    team = f", {find_team(db, poll.team).name}" if poll.team else ""
    title = form.title.by_language
    made_up = reported(db, poll)
    text: Texts = {
        "sv": f"{title['sv']}, omröstning {poll.number} den {_day(poll).isoformat()}{team}."
        + (" Publicerat 2021: Ja och basen. Resten är påhittat." if made_up else ""),
        "en": f"{title.get('en', title['sv'])}, poll {poll.number} on {_day(poll).isoformat()}{team}."
        + (" Published in 2021: Yes and the base. The rest is made up." if made_up else ""),
    }
    return Block(dict(question.text.by_language), figures, Source("poll", poll.id, text), FLOOR, FLOOR)


PARTS = (participants, cases, answers, polls)
"""In the order of the report."""
