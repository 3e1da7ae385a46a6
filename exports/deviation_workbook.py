"""The file of deviations (CONTRACT.md): for the steering group, in Swedish. Texts as they were told, counts as shown.

`Avvikelser` has what was raised, a row each and nobody in it; `Antal` what was decided and stored when each half-year
had ended.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO

from sqlalchemy import Connection

from exports import deviation_counts
from exports.deviation_counts import Shown, period_words, types
from exports.log_workbook import CODES, README, code_book
from exports.tables import Column, Layout, Row, Table
from exports.workbook import write_workbook
from forms.answers import in_words
from forms.library import shipped_form
from forms.model import Form
from survey.records import deviations
from survey.records.deviations import Deviation, State
from survey.teams import find_association, find_team

_SV = "sv"
STATES: dict[State, str] = {
    "new": "Ny",
    "raised": "Lyft",
    "answered": "Svar finns",
    "solved": "Löst",
    "unsolvable": "Går inte att lösa här",
}
LIST = Layout(
    "Avvikelser",
    (
        Column("nummer", 10),
        Column("team", 22, "wrapped"),
        Column("slag", 18, "wrapped"),
        Column("typ", 18, "wrapped"),
        Column("parter", 24, "wrapped"),
        Column("vad hände", 60, "wrapped"),
        Column("följd", 24, "wrapped"),
        Column("hur ofta", 14, "wrapped"),
        Column("förslag", 40, "wrapped"),
        Column("vem kan lösa det", 24, "wrapped"),
        Column("läge", 16),
        Column("lyft", 12),
        Column("svar senast", 12),
        Column("väntat, arbetsdagar", 10, "number"),
        Column("senaste ord", 40, "wrapped"),
    ),
)
COUNTS = Layout(
    "Antal",
    (
        Column("period", 22),
        Column("slag", 26),
        Column("typ", 18),
        Column("antal", 8, "number"),
        Column("not", 60, "wrapped"),
    ),
)


def name_of(whose: str) -> str:
    """What the file is called, of a team or an association."""
    return f"samsvar-{whose}-avvikelser.xlsx"


def write(db: Connection, association: str, team: str | None, day: date, out: BinaryIO) -> None:
    """Write what a team has told of, or (None) what all teams of the association have raised, as of `day`."""
    told = deviations.deviations(db, team) if team else deviations.raised(db, association)
    listed = Table(LIST, _rows(db, told, day))
    counts = [] if team else [Table(COUNTS, _counts(deviation_counts.shown(db, association)))]
    whose = find_team(db, team).name if team else find_association(db, association).name
    tables = [Table(README, _about(whose, day, team=bool(team))), listed, *counts]
    write_workbook([*tables, Table(CODES, code_book(shipped_form(deviations.FORM)))], f"Avvikelser, {whose}", day, out)


def withheld(one: Shown) -> str:
    """Why a number is not there."""
    return f"Visas inte: färre än {one.floor}, eller så kan ett mindre tal räknas fram."


def _rows(db: Connection, told: Sequence[Deviation], today: date) -> Iterator[Row]:
    names, forms = dict[str, str](), dict[str, Form]()
    for one in told:
        if one.team not in names:
            names[one.team], forms[one.team] = find_team(db, one.team).name, deviations.form_for(db, one.team)
        clock = one.clock(today)
        yield (
            one.reference,
            names[one.team],
            *(_said(one, forms[one.team], question) for question in (deviations.KIND, deviations.TYPES)),
            _said(one, forms[one.team], deviations.PARTIES),
            _said(one, forms[one.team], deviations.WHAT),
            _consequence(one, forms[one.team]),
            *(_said(one, forms[one.team], question) for question in (deviations.OFTEN, deviations.PROPOSAL)),
            _said(one, forms[one.team], deviations.LEVEL),
            STATES[one.state],
            one.steps[0].on if one.steps else None,
            one.steps[0].due if clock and one.steps else None,
            clock.waited if clock else None,
            one.steps[-1].words if one.steps else "",
        )


def _said(one: Deviation, form: Form, question: str) -> str:
    answer = one.answers.get(question)
    return "" if answer is None else ", ".join(in_words(form.by_id[question], answer, _SV))


def _consequence(one: Deviation, form: Form) -> str:
    said = (_said(one, form, question) for question in (deviations.CONSEQUENCE, deviations.OTHER_CONSEQUENCE))
    return ": ".join(filter(None, said))


def _counts(shown: Sequence[Shown]) -> Iterator[Row]:
    for one in shown:
        period, note = period_words(one.period, _SV), withheld(one)
        yield period, "Fungerar inte", "Alla", one.failing, "" if one.failing is not None else note
        for code, text in types().items():
            n = one.types.get(code)
            yield period, "Fungerar inte", text.in_(_SV), n, "" if n is not None else note
        yield period, "Fungerar bra", "Alla", one.working, "" if one.working is not None else note


def _about(whose: str, day: date, *, team: bool) -> Iterator[Row]:
    form = shipped_form(deviations.FORM)
    yield "Formulär", f"{form.title.in_(_SV)}, version {form.version}, {form.fingerprint[:12]}"
    yield "Gäller", whose
    yield "Hämtat", day
    yield "Så gör vi", "En avvikelse handlar om regler, organisation eller bemötande. Ingen person står i den."
    yield "Så gör vi", "Väntetiden räknas i arbetsdagar, från dagen då den lyftes till dagen då svaret kom."
    if not team:
        yield "Så gör vi", "Listan har det som teamen har lyft. Det som är nytt finns bara hos teamet."
        yield "Så räknar vi", "En avvikelse räknas i det halvår då den lyftes. Det som är nytt räknas inte."
        yield "Så räknar vi", "Antalen räknas en gång, när ett halvår är slut, och ändras aldrig sedan."
        yield "Visas inte", "Små tal, och tal som små tal kan räknas fram ur. Då är rutan tom, med skälet bredvid."
