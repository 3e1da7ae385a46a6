"""The workbook of an ended poll (CONTRACT.md): counts and approved texts, in Swedish, the same bytes each time.

`Resultat` says answers in words, for it has no other column for them; `Kodbok` has their codes.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sqlalchemy import Connection

from exports import charts
from exports.charts import Chart, Point
from exports.polls import Tally, reported, tally
from exports.tables import Column, Layout, Row
from exports.workbook import writing
from forms.model import Form, Question
from forms.types import TYPES
from survey.polls.holding import questions
from survey.polls.model import FLOOR, Asked, Poll
from survey.polls.results import results, standings
from survey.polls.texts import Words, texts
from survey.published import load
from survey.teams import find_association, find_team

README = Layout("Läs mig", (Column("rubrik", 26, "wrapped"), Column("innehåll", 100, "wrapped")), filtered=False)
RESULT = Layout(
    "Resultat",
    (
        Column("fråga", 16),
        Column("frågetext", 60, "wrapped"),
        Column("svar", 28, "wrapped"),
        Column("antal", 8, "number"),
        Column("andel", 8, "number"),
        Column("bas", 8, "number"),
    ),
)
REFLECTIONS = Layout(
    "Reflektioner",
    (
        Column("fråga", 16),
        Column("frågetext", 46, "wrapped"),
        Column("text", 80, "wrapped"),
        Column("antal", 8, "number"),
    ),
)
CODES = Layout(
    "Kodbok",
    (
        Column("fråga", 16),
        Column("frågetext", 60, "wrapped"),
        Column("typ", 12),
        Column("svar", 28, "wrapped"),
        Column("kod", 8),
    ),
)
LANGUAGE = "sv"
_NOTHING_DRAWN = "Inget diagram visas: ingen fråga med svar att välja fick minst fem röster."


def name_of(poll: Poll) -> str:
    """What the file is called."""
    return f"samsvar-{poll.association}-{poll.form}-{poll.held_on.isoformat()}-{poll.number}.xlsx"


def write(db: Connection, poll: Poll, out: BinaryIO) -> None:
    """Write the workbook of a poll that has ended."""
    form = load(db, poll.form, poll.version)
    stands, found = standings(db, poll), results(db, poll)
    tallies = [tally(q, found[q.id]) for q in questions(form) if TYPES[q.type].chosen and q.id in found]
    kept = texts(db, poll.id, "approved")
    with writing(out) as book:
        about, counts, drawings, words, codes = map(book.begin, (README, RESULT, charts.LAYOUT, REFLECTIONS, CODES))
        counts.add(row for one in tallies for row in _counted(one))
        if tallies:
            book.draw(drawings, [_drawn(one) for one in tallies])
        else:
            drawings.add([(None, _NOTHING_DRAWN, None, None, None, None)])
        words.add(_reflections(form, kept))
        codes.add(_codes(form))
        about.add(_about(db, poll, form))
        about.add(_left_out(form, stands))
        about.add(_by_hand(tallies))
        about.add(_published(db, poll))
        about.add(_reading(book.cuts))
        book.about(form.title.in_(LANGUAGE), poll.last_day or poll.held_on)


def _counted(one: Tally) -> Iterator[Row]:
    for line in one.lines:
        asked = (one.question.id, _text(one.question))
        yield (*asked, line.choice.text.in_(LANGUAGE), line.n, line.share, one.base)


def _drawn(one: Tally) -> Chart:
    points = tuple(
        Point(
            f"{line.choice.text.in_(LANGUAGE)} ({line.n} av {one.base})", line.share, None, f"{line.share} %", one.base
        )
        for line in one.lines
    )
    counted = f" ({one.by_hand} av {one.base} räknade för hand)" if one.by_hand else ""
    return Chart(f"{_text(one.question)}{counted}", "bars", (("", points),))


def _reflections(form: Form, kept: Sequence[Words]) -> Iterator[Row]:
    """Question by question; within one in the order of random ids, which is no order."""
    for question in questions(form):
        for one in kept:
            if one.question == question.id:
                yield question.id, _text(question), one.text, one.times


def _codes(form: Form) -> Iterator[Row]:
    for question in questions(form):
        for text, code in [(one.text.in_(LANGUAGE), one.code) for one in question.choices] or [("egna ord", "")]:
            yield question.id, _text(question), question.type, text, code


def _about(db: Connection, poll: Poll, form: Form) -> Iterator[Row]:
    yield "Formulär", f"{form.title.in_(LANGUAGE)} ({form.id})"
    yield "Version", f"{form.version}, fingeravtryck {form.fingerprint}"
    yield "Samordningsförbund", find_association(db, poll.association).name
    if poll.team:
        yield "Team", find_team(db, poll.team).name
    yield "Omröstning", f"nummer {poll.number}, {'med länk' if poll.by_link else 'i ett rum'}"
    yield "Dag" if poll.last_day is None else "Första dagen", poll.held_on
    if poll.last_day:
        yield "Sista dagen", poll.last_day
    yield "Regler", f"En fråga har resultat när minst {FLOOR} har röstat med telefon. Antalen är exakta."
    yield "Regler", "Ingen röst är sparad, bara antal. Texter står här om den som höll i omröstningen har godkänt dem."
    yield (
        "Regler",
        "Omröstningen är öppen: ingen kontrollerar vem som röstar, och någon kan ha röstat mer än en gång.",
    )


def _left_out(form: Form, stands: Sequence[Asked]) -> Iterator[Row]:
    for one in stands:
        if not one.can_be_shown:
            never = one.state in ("hidden", "skipped")
            why = "öppnades inte" if never else f"färre än {FLOOR} röstade med telefon"
            yield "Inget resultat", f"{one.question}: {why}. {_text(form.by_id[one.question])}"


def _by_hand(tallies: Sequence[Tally]) -> Iterator[Row]:
    for one in tallies:
        if one.by_hand:
            yield "Svar i rummet", f"{one.question.id}: {one.by_hand} av {one.base} räknades för hand."


def _published(db: Connection, poll: Poll) -> Iterator[Row]:
    if reported(db, poll):
        yield "Publicerat 2021", "Hur många som svarade Ja på mp_struktur och mp_natverk, och basen."
        yield "Påhittat", "Dagen, hur resten delar sig mellan Nej och Vet ej, och alla reflektioner."


def _reading(cuts: int) -> Iterator[Row]:
    if cuts:
        yield "Avkortat", f"{cuts} texter är längre än en cell i Excel rymmer. De slutar med «(avkortat)»."
    for text in (
        "antal är hur många som gav svaret, andel är hela procent av bas, bas är alla som svarade på frågan.",
        "Vet ej är ett svar och ingår i basen.",
        "Där man fick välja flera svar blir andelarna mer än 100 % tillsammans.",
        "I Reflektioner är antal hur många liknande texter som slogs ihop till en.",
        "De som var där är inget urval. Siffrorna säger vad de tyckte, inte vad alla tycker.",
    ):
        yield "Så läser du", text


def _text(question: Question) -> str:
    return question.text.in_(LANGUAGE)
