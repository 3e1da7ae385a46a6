"""Meetings and deviations of a year in figures: from the teams' own records."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from exports import deviation_counts, meeting_log
from exports.contents import Texts
from exports.deviation_counts import types
from exports.meeting_log import Noted, Spent, tenths
from exports.wording import N_
from exports.year import Block, Figure, Part, Source
from exports.year_cases import PARTICIPANTS, if_missing
from survey.periods import Period
from survey.records.weeks import Weeks
from survey.teams import find_association

NO_PEOPLE = N_("Deltagarna visas när de är minst {count}, i team som är stora nog.")

NOT_NOTED = N_("Tiden är inte skriven för något möte.")

_NOTHING: Texts = {}

_HOURS: Texts = {"sv": "timmar", "en": "hours"}

_TIMES: tuple[Texts, ...] = (
    {"sv": "Tid före mötet", "en": "Time before the meeting"},
    {"sv": "Tid med deltagaren", "en": "Time with the participant"},
    {"sv": "Tid efter mötet", "en": "Time after the meeting"},
)

_NO_MEETINGS: Texts = {
    "sv": "Inga möten är skrivna i mötesloggen för året.",
    "en": "No meetings of the year stand in the meeting log.",
}

_NO_DEVIATIONS: Texts = {
    "sv": "Inga avvikelser är räknade för året.",
    "en": "No deviations have been counted for the year.",
}


def meetings(db: Connection, association: str, year: int) -> Part:
    """What meetings took of the teams' time, and how they were held."""
    spent = meeting_log.figures(db, association, Weeks.of(Period.parse(f"{year}")))
    if not spent.meetings:
        return Part("meetings", (), _NO_MEETINGS)
    return Part("meetings", tuple(_of_meetings(spent, find_association(db, association).count)))


def deviations(db: Connection, association: str, year: int) -> Part:
    """What was raised of rules and organisations, in the year and its halves."""
    found = sorted(deviation_counts.shown(db, association, year), key=lambda one: one.period)
    return Part("deviations", tuple(map(_of_deviations, found)), {} if found else _NO_DEVIATIONS)


def _of_meetings(spent: Spent, exact: int) -> Iterator[Block]:
    weeks: Texts = {
        "sv": f"Teamens mötesloggar, vecka {spent.weeks.first} till {spent.weeks.last}.",
        "en": f"The teams' meeting logs, week {spent.weeks.first} to {spent.weeks.last}.",
    }

    def block(title: Texts, figures: Iterable[Figure], note: Texts = _NOTHING) -> Block:
        return Block(title, tuple(figures), Source("meetings", "", weeks), exact, exact, note=note)

    note: Texts = {
        "sv": "Basen är möten, men för tid per deltagare är den deltagare. En tid som inte är skriven räknas inte, och "
        "då står det minst.",
        "en": "The base is meetings, but for time per participant it is participants. A time that is not noted is not "
        "counted, and then it says at least.",
    }
    yield block({"sv": "Möten och deras tid", "en": "Meetings and their time"}, _time(spent), note)
    held = meeting_log.platforms().items()
    ways = (Figure(dict(text.by_language), n=spent.platforms.get(code, 0), base=spent.meetings) for code, text in held)
    yield block({"sv": "Så hölls mötena", "en": "How meetings were held"}, ways)
    tips = [Figure(dict(tip.text.by_language), n=tip.yes, base=tip.base) for tip in spent.tips if tip.base]
    if tips:
        yield block({"sv": "Så ofta följdes råden", "en": "How often the advice was kept to"}, tips)


def _time(spent: Spent) -> Iterator[Figure]:
    yield Figure({"sv": "Möten", "en": "Meetings"}, n=spent.meetings)
    yield Figure({"sv": "Alla parter var med", "en": "Every party was there"}, n=spent.everyone, base=spent.meetings)
    for name, noted in zip(_TIMES, (spent.before, spent.with_, spent.after), strict=True):
        yield _hours(name, noted)
    yield _at_least({"sv": "All tid", "en": "All time"}, spent.minutes.minutes, None, least=spent.minutes.at_least)
    why_not = "" if spent.withheld is None else NO_PEOPLE
    yield Figure(PARTICIPANTS, n=spent.participants, why=why_not)
    each: Texts = {"sv": "Tid per deltagare", "en": "Time per participant"}
    if spent.per_participant is None:
        yield Figure(each, why=why_not)
    else:
        yield _at_least(each, spent.per_participant, spent.participants, least=spent.minutes.at_least)


def _hours(name: Texts, noted: Noted) -> Figure:
    if not noted.noted:
        return Figure(name, why=NOT_NOTED)
    return _at_least(name, noted.minutes, noted.noted, least=bool(noted.blank))


def _at_least(name: Texts, minutes: int, base: int | None, *, least: bool) -> Figure:
    text = {"sv": f"{name['sv']}, minst", "en": f"{name['en']}, at least"} if least else name
    return Figure(text, value=float(tenths(minutes)), base=base, unit=_HOURS)


def _of_deviations(one: deviation_counts.Shown) -> Block:
    words = {language: deviation_counts.period_words(one.period, language) for language in ("sv", "en")}
    source: Texts = {
        "sv": f"Avvikelser som teamen har lyft, räknade {one.made_on}. Ett tal visas från {one.floor} rapporter.",
        "en": f"Deviations the teams have raised, counted {one.made_on}. A number is shown from {one.floor} reports.",
    }
    failing: Texts = {"sv": "Det som inte fungerar", "en": "What does not work"}
    working: Texts = {"sv": "Det som fungerar bra", "en": "What works well"}
    figures = [Figure(failing, n=one.failing, why=if_missing(one.failing))]
    for code, text in types().items():
        n = one.types.get(code)
        base = one.failing if n is not None else None
        named = {
            language: f"{failing[language]}: {words}"
            for language, words in text.by_language.items()
            if language in failing
        }
        figures.append(Figure(named, n=n, base=base, why=if_missing(n)))
    figures.append(Figure(working, n=one.working, why=if_missing(one.working)))
    return Block(
        {"sv": f"Avvikelser, {words['sv']}", "en": f"Deviations, {words['en']}"},
        tuple(figures),
        Source("deviations", "", source),
        one.floor,
        one.floor,
    )
