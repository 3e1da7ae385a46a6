"""The files of the meeting log (CONTRACT.md): a workbook, or its `Tidsåtgång` as CSV. In Swedish, values only.

`Möten` has a row per meeting and no person: not even the running number, by which rows would belong together. It stands
in the team's own workbook only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from sqlalchemy import Connection

from exports import meeting_log
from exports.csv import write_csv
from exports.meeting_log import clock, tenths
from exports.tables import Cell, Column, Layout, Row, Table
from exports.time_table import Line, of_log, of_printed
from exports.workbook import write_workbook
from forms.answers import in_words
from forms.library import shipped_form
from forms.model import Form
from forms.types import TYPES
from survey.records import log, printed
from survey.records.hours import Span
from survey.records.weeks import Weeks
from survey.teams import find_association, find_team

_SV = "sv"
README = Layout("Läs mig", (Column("rubrik", 26, "wrapped"), Column("innehåll", 100, "wrapped")), filtered=False)
TIME = Layout(
    "Tidsåtgång",
    (
        Column("källa", 18),
        Column("team", 26, "wrapped"),
        Column("möten per dag", 12),
        Column("minuter före", 12),
        Column("minuter med", 12),
        Column("minuter efter", 12),
        Column("antal möten", 12),
        Column("deltagare", 10, "number"),
        Column("beräknat minuter, minst", 12, "number"),
        Column("beräknat minuter, mest", 12, "number"),
        Column("beräknat", 18),
        Column("beräknat timmar, minst", 12, "tenths"),
        Column("beräknat timmar, mest", 12, "tenths"),
        Column("publicerat", 12),
        Column("följer", 8),
        Column("plattform", 24, "wrapped"),
        Column("not", 50, "wrapped"),
    ),
)
CODES = Layout(
    "Kodbok",
    (
        Column("fråga", 16),
        Column("frågetext", 46, "wrapped"),
        Column("typ", 10),
        Column("svar", 10),
        Column("svarstext", 40, "wrapped"),
    ),
)
KINDS = ("xlsx", "csv", "program")


@dataclass(frozen=True)
class Selection:
    """Whose log, and which weeks: a team's own, or (None) the association's as others may see it."""

    association: str
    team: str | None
    weeks: Weeks


def name_of(selection: Selection, kind: str) -> str:
    """What the file is called."""
    whose = selection.team or selection.association
    ending = {"program": "program.csv"}.get(kind, kind)
    return f"samsvar-{whose}-moteslogg-{selection.weeks.first}-{selection.weeks.last}.{ending}"


def lines(db: Connection, selection: Selection) -> list[Line]:
    """The time table: what is printed, then the log."""
    found = [of_printed(row) for row in printed.rows(db, selection.association)]
    if selection.team:
        own = meeting_log.of_team(db, selection.team, selection.weeks)
        return [*found, of_log(find_team(db, selection.team).name, own)]
    whole = meeting_log.figures(db, selection.association, selection.weeks)
    return [*found, of_log(find_association(db, selection.association).name, whole)]


def write(db: Connection, selection: Selection, kind: str, day: date, out: BinaryIO) -> None:
    """Write a file of that kind, dated `day`."""
    time = Table(TIME, map(_row, lines(db, selection)))
    if kind != "xlsx":
        write_csv(time, out, machine=kind == "program")
        return
    tables = [Table(README, _about(db, selection)), time]
    if selection.team:
        form = log.form_for(db, selection.team)
        tables.append(Table(_meetings_layout(form), _meetings(db, selection, form)))
    tables.append(Table(CODES, code_book(shipped_form(log.FORM))))
    write_workbook(tables, f"Möteslogg, {_whose(db, selection)}", day, out)


def hours(minutes: Span | None, *, at_least: bool) -> str:
    """Minutes as they are printed: "1:20", "minst 5:00–6:00"."""
    if minutes is None:
        return ""
    said = clock(minutes.least) if minutes.one else f"{clock(minutes.least)}–{clock(minutes.most)}"
    return f"minst {said}" if at_least else said


def code_book(form: Form) -> Iterator[Row]:
    """A row per question and answer of a form."""
    for question in form.questions:
        for choice in question.choices or (None,):
            told = (choice.code, choice.text.in_(_SV)) if choice else ("", "")
            yield question.id, question.text.in_(_SV), question.type, *told


def _row(line: Line) -> Row:
    computed = line.computed
    return (
        line.source.in_(_SV),
        line.name,
        *(_span(one) for one in (line.per_day, line.before, line.met, line.after)),
        f"{'minst ' if line.meetings_at_least else ''}{line.meetings}",
        line.participants,
        computed and computed.least,
        computed and computed.most,
        hours(computed, at_least=line.at_least),
        computed and float(tenths(computed.least)),
        computed and float(tenths(computed.most)),
        line.printed,
        {True: "ja", False: "nej", None: ""}[line.follows],
        line.platform.in_(_SV),
        " ".join(note.in_(_SV) for note in line.notes),
    )


def _span(span: Span | None) -> Cell:
    if span is None:
        return None
    return f"{span.least}" if span.one else f"{span.least}–{span.most}"


def _meetings_layout(form: Form) -> Layout:
    own = tuple(Column(one.id, 14, "number" if TYPES[one.type].measures else "wrapped") for one in form.questions)
    return Layout("Möten", (Column("ml_vecka", 10), Column("ml_nr", 8, "number"), *own, Column("alla parter", 10)))


def _meetings(db: Connection, selection: Selection, form: Form) -> Iterator[Row]:
    for one in log.meetings(db, selection.team or "", selection.weeks):
        yield one.week, one.number, *_answers(one, form), "ja" if one.everyone else "nej"


def _answers(one: log.Meeting, form: Form) -> Iterator[Cell]:
    for question in form.questions:
        answer = one.answers.get(question.id)
        if answer is None:
            yield None
        elif TYPES[question.type].measures:
            yield int(str(answer))
        else:
            yield ", ".join(in_words(question, answer, _SV))


def _whose(db: Connection, selection: Selection) -> str:
    return find_team(db, selection.team).name if selection.team else find_association(db, selection.association).name


def _about(db: Connection, selection: Selection) -> Sequence[Row]:
    form, weeks = shipped_form(log.FORM), selection.weeks
    rows: list[Row] = [
        ("Formulär", f"{form.title.in_(_SV)}, version {form.version}, {form.fingerprint[:12]}"),
        ("Gäller", _whose(db, selection)),
        ("Veckor", f"{weeks.first} till {weeks.last}"),
        ("Så räknar vi", "Timmar per deltagare är alla minuter delade med antalet deltagare i loggen."),
        ("Så räknar vi", "Publicerade rader räknas ur sina egna kolumner: (före + med + efter) gånger antal möten."),
        ("Så räknar vi", "En tid som saknas är tom och aldrig noll. Då står det «minst» före det som är beräknat."),
        (
            "Så räknar vi",
            "Minuter räknas hela. De avrundas en gång, till minuter per deltagare och till tiondels timmar.",
        ),
    ]
    if not selection.team:
        rows.append(
            ("Visas inte", "Hur många deltagarna är visas bara när de är tillräckligt många. Mötena är alla med.")
        )
    return rows
