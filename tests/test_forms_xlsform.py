"""XLSForm in and out: what comes back, what is refused and where, and files made to do harm.

pyxform judges what we write. Its own example files are tried in `test_forms_examples`; those here are written for the
purpose.
"""

import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from pyxform.xls2xform import convert

from forms.doors import Brought, xlsform_in, xlsform_out
from forms.doors.base import STAYS
from forms.doors.expressions import Asked, BadExpression, read, written
from forms.doors.sheets import MOST_UNPACKED
from forms.doors.xlsform_out import WRITTEN_AS
from forms.faults import BadForm
from forms.library import shipped_form
from forms.model import Answer, Form, Question
from forms.routing import asked
from forms.types import TYPES
from tests.test_forms_doors import LEAVING, LEAVING_NAMES
from tests.tiny import tiny

ROOT = Path(__file__).parent.parent
SURVEY = ("type", "name", "label::Svenska (sv)")
CHOICES = ("list_name", "name", "label::Svenska (sv)")
YES_NO = (CHOICES, ("jn", "1", "Ja"), ("jn", "0", "Nej"))


def book(survey: Sequence[Sequence[object]], choices: Sequence[Sequence[object]] = (), **more: object) -> bytes:
    """A workbook with these rows; `more` are other sheets."""
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for name, rows in {"survey": survey, "choices": choices, **more}.items():
        sheet = made.create_sheet(name)
        for row in rows:  # type: ignore[attr-defined]
            sheet.append(list(row))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def bring(content: bytes) -> Brought:
    return xlsform_in.bring(content, "bok.xlsx")


def asks(*rows: Sequence[object], head: Sequence[str] = SURVEY) -> bytes:
    """A workbook with these rows under a heading, and the list `jn`."""
    return book([head, *rows], YES_NO)


def refused(content: bytes) -> str:
    with pytest.raises(BadForm) as fault:
        bring(content)
    return str(fault.value)


# Out


@pytest.mark.parametrize("form", LEAVING, ids=LEAVING_NAMES)
def test_pyxform_accepts_what_we_write_without_a_warning(form: Form) -> None:
    warnings: list[str] = []
    convert(BytesIO(xlsform_out.take(form).content), warnings=warnings, file_type=".xlsx")
    assert warnings == []


def test_every_question_type_can_be_written() -> None:
    assert set(WRITTEN_AS) | set(STAYS) == set(TYPES)


def test_what_the_format_has_no_place_for_is_told_of() -> None:
    left = xlsform_out.take(tiny("locked_block")).left
    assert "Låsta block blir vanliga frågor: låset kommer inte med." in left
    assert "Antal frågor som förlorar vilka svar som är bra: 3." in left
    pooled = next(form for form in LEAVING if form.pool != form.id)
    assert f"Svaren hör inte längre ihop med svaren på {pooled.pool}." in xlsform_out.take(pooled).left
    assert xlsform_out.take(tiny("one_choice")).left == ()


def test_a_form_about_named_persons_is_refused_once_with_its_place() -> None:
    content = xlsform_out.take(replace(tiny("one_choice"), kind="record")).content
    book = load_workbook(BytesIO(content))
    for cell in book["settings"][2]:
        cell.value = "case" if cell.value == "record" else cell.value
    changed = BytesIO()
    book.save(changed)
    said = refused(changed.getvalue())
    assert said.count("Formulär för ärenden säger mer än ett kalkylblad kan") == 1
    assert said.count("rad 2") == 1


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    form = tiny("one_line")
    page = form.pages[0]
    asked_now = replace(page.questions[0], text=replace(page.questions[0].text, by_language={"sv": "=1+1", "en": "@x"}))
    content = xlsform_out.take(replace(form, pages=(replace(page, questions=(asked_now,)),))).content
    cells = [cell for row in load_workbook(BytesIO(content))["survey"] for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


# Out and in again


def kept(question: Question) -> Question:
    """What of a question XLSForm has a place for; conditions are compared by what they do."""
    return replace(
        question,
        **{"scale": None, "theme": None, "by_role": {}, "comment": None, "meaning": 1, "faces": False},  # type: ignore[arg-type]
        **{"positive": (), "middle": (), "negative": (), "show_if": None},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("form", LEAVING, ids=LEAVING_NAMES)
def test_a_form_comes_back_with_all_that_the_format_has_a_place_for(form: Form) -> None:
    brought = bring(xlsform_out.take(form).content)
    back = brought.form
    assert (back.id, back.version, back.kind, back.languages) == (form.id, form.version, form.kind, form.languages)
    assert back.title == form.title
    assert [(page.id, page.part) for page in back.pages] == [(page.id, page.part) for page in form.pages]
    assert [kept(question) for question in back.questions] == [kept(question) for question in form.questions]
    assert brought.changed == ()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_conditions_that_come_back_ask_the_same_questions(seed: int) -> None:
    chance = Random(seed)
    for form in (tiny("every_condition"), tiny("only_if"), shipped_form("experience")):
        answers = {q.id: answer for q in form.questions if (answer := some_answer(q, chance)) is not None}
        assert [q.id for q in asked(bring_once(form), answers)] == [q.id for q in asked(form, answers)]


BACK: dict[str, Form] = {}


def bring_once(form: Form) -> Form:
    """The form after going out and in; made once."""
    if form.id not in BACK:
        BACK[form.id] = bring(xlsform_out.take(form).content).form
    return BACK[form.id]


def some_answer(question: Question, chance: Random) -> Answer | None:
    """An answer to the question, or none."""
    days = ["2026-09-30", "2026-10-01"]
    codes = [choice.code for choice in question.choices] or (days if TYPES[question.type].dates else ["6", "7", "10"])
    code = chance.choice([None, *codes])
    return (code,) if code and TYPES[question.type].takes_several else code


def test_a_condition_says_the_same_after_going_out_and_in_twice() -> None:
    form = tiny("every_condition")
    once = bring_once(form)
    twice = bring(xlsform_out.take(once).content).form
    assert [written(page.show_if, once) for page in once.pages if page.show_if] == [
        written(page.show_if, twice) for page in twice.pages if page.show_if
    ]


# In


def test_a_form_from_elsewhere_becomes_pages_questions_and_bounds() -> None:
    head = ("type", "name", "label", "hint", "required", "relevant", "constraint", "appearance")
    rows = [
        head,
        ("select_one jn", "bil", "Har du bil?", "", "yes"),
        ("begin_group", "om", "", "", "", "${bil} = '1'", "", "field-list"),
        ("integer", "ar", "Hur gammal är den?", "", "", "", ". >= 0 and . < 100"),
        ("text", "ord", "Vad tycker du?", "Kort.", "", "", "string-length(.) <= 80", "multiline"),
        ("end_group",),
        ("note", "tack", "Nu är det slut."),
    ]
    choices = [("list_name", "name", "label"), ("jn", 1, "Ja"), ("jn", 0, "Nej")]
    brought = bring(book(rows, choices, settings=[("form_title", "form_id", "version"), ("Bilar", "bilar", 3)]))
    form = brought.form
    assert (form.id, form.version, form.kind, form.languages) == ("bilar", 3, "anonymous", ("sv",))
    assert [[q.type for q in page.questions] for page in form.pages] == [
        ["choice"],
        ["number", "long_text"],
        ["statement"],
    ]
    number, text = form.pages[1].questions
    assert (number.minimum, number.maximum, text.max_length, text.privacy) == (0, 99, 80, "free_text")
    assert form.pages[0].questions[0].required
    assert [str(each) for each in brought.changed] == [
        "bok.xlsx: Formuläret blev anonymt. Det är det strängaste. Ändra kind i filen om svaren ska vara något annat."
    ]


def test_swedish_sheets_and_headings_are_understood() -> None:
    frågor = [("Typ", "Namn", "Fråga::Svenska (sv)", "Villkor"), ("select_one jn", "bil", "Har du bil?")]
    svar = [("Lista", "Kod", "Etikett"), ("jn", "Ja", "Ja"), ("jn", "Nej", "Nej")]
    frågor.append(("text", "farg", "Vilken färg?", "${bil} = 'Ja'"))
    made = Workbook()
    made.active.title = "Frågor"  # type: ignore[union-attr]
    for name, rows in (("Frågor", frågor), ("Svarsval", svar)):
        sheet = made[name] if name in made.sheetnames else made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = BytesIO()
    made.save(out)
    brought = bring(out.getvalue())
    assert [question.id for question in asked(brought.form, {"bil": "ja"})] == ["bil", "farg"]
    assert [question.id for question in asked(brought.form, {"bil": "nej"})] == ["bil"]
    assert "rad 2, bladet Svarsval, kolumnen B (name): «Ja» heter nu «ja»." in "\n".join(map(str, brought.changed))


def test_a_choice_that_stands_alone_does_so_here_too() -> None:
    head = (*SURVEY, "constraint")
    alone = "not(selected(., '0') and count-selected(.) > 1)"
    (question,) = bring(asks(("select_multiple jn", "a", "Vad?", alone), head=head)).form.questions
    assert [choice.exclusive for choice in question.choices] == [False, True]


@pytest.mark.parametrize("type_", ["start", "end", "today", "deviceid", "username", "audit", "start-geopoint"])
def test_what_notes_who_where_and_when_is_refused_as_a_hazard(type_: str) -> None:
    told = refused(asks((type_, "x", ""), ("text", "a", "Vad?")))
    assert told.startswith("bok.xlsx, rad 2, bladet survey, kolumnen A (type):")
    assert "möjliga att spåra" in told


REFUSED = {
    "decimal": "heltal",
    "calculate": "räknar inte",
    "geopoint": "var någon är",
    "image": "filer",
    "rank jn": "rangordnar",
    "begin_repeat": "upprepas",
    "select_one_from_file x.csv": "arbetsboken",
    "select_one jn or_other": "or_other",
    "select_one nej": "Listan «nej»",
    "acknowledge": "en ruta",
    "påhittad": "finns inte",
}


@pytest.mark.parametrize("type_", REFUSED)
def test_a_type_that_no_question_can_hold_is_refused_with_its_place_and_a_reason(type_: str) -> None:
    told = refused(asks(("text", "a", "Vad?"), (type_, "b", "Mer?")))
    assert re.match(r"bok.xlsx, rad 3, bladet survey, kolumnen A \(type\): ", told)
    assert REFUSED[type_] in told


COLUMNS = {
    ("relevant", "today() > 3"): "«today»",
    ("relevant", "${b} = '1'"): "«b» finns inte före",
    ("relevant", "${a} = '1' or"): "slutar mitt i",
    ("relevant", "${a} = '-88'"): "-88",
    ("relevant", "(" * 200 + "${a} = '1'" + ")" * 200): "parenteser",
    ("constraint", "regex(., '[a-z]+')"): "Kravet",
    ("required", "${a} = '1'"): "bero på",
    ("default", "5"): "i förväg",
    ("calculation", "1 + 1"): "räknar inte",
    ("choice_filter", "x = 1"): "filtreras",
    ("media::image", "a.png"): "bilder",
    ("bind::odk:x", "1"): "förbi",
    ("samsvar_type", "date"): "passar inte",
    ("samsvar_privacy", "öppen"): "öppen",
    ("label::Påhittiska", "Vad?"): "inget språk",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_what_a_column_says_and_a_question_cannot_hold_is_refused_with_its_place(column: tuple[str, str]) -> None:
    heading, cell = column
    head = (*SURVEY, heading)
    told = refused(asks(("select_one jn", "a", "Vad?"), ("text", "x", "Mer?", cell), head=head))
    assert re.search(r"bok.xlsx, rad [13], bladet survey, kolumnen D", told)
    assert COLUMNS[column] in told


def test_everything_wrong_is_told_at_once() -> None:
    told = refused(asks(("start", "s", ""), ("text", "a", "Vad?"), ("text", "a", "Igen?"), ("geopoint", "g", "Var?")))
    assert [line.split(",")[1] for line in told.splitlines()] == [" rad 2", " rad 4", " rad 5"]


def test_a_missing_translation_is_told_of_where_it_is_missing() -> None:
    head = ("type", "name", "label::Svenska (sv)", "label::English (en)")
    told = refused(book([head, ("text", "a", "Vad?", "What?"), ("text", "b", "Mer?", "")]))
    assert "rad 3, bladet survey" in told
    assert "saknas på språket en" in told


def test_two_columns_for_the_same_thing_are_refused() -> None:
    told = refused(asks(("text", "a", "Vad?", "Varför?"), head=(*SURVEY, "label")))
    assert "rad 1, bladet survey, kolumnen D (label::sv): En annan kolumn säger samma sak." in told


@pytest.mark.parametrize(("about_bounds", "left"), [("Skriv ett tal", 0), ("Högst 9", 1)])
def test_words_about_bounds_are_told_of_unless_the_same_are_said_of_a_blank(about_bounds: str, left: int) -> None:
    head = (*SURVEY, "required", "required_message", "constraint", "constraint_message")
    brought = bring(asks(("integer", "a", "Hur många?", "yes", "Skriv ett tal", ". <= 9", about_bounds), head=head))
    error = brought.form.questions[0].error
    assert error is not None
    assert error.by_language == {"sv": "Skriv ett tal"}
    assert sum("Programmet säger själv" in str(each) for each in brought.changed) == left


def test_looks_are_left_out_and_told_of() -> None:
    brought = bring(asks(("text", "a", "Vad?", "signature", "x"), head=(*SURVEY, "appearance", "egen")))
    told = "\n".join(map(str, brought.changed))
    assert "kolumnen D (appearance): Utseendet «signature» kom inte med." in told
    assert "kolumnen E (egen): Kolumnen används inte" in told


# Files made to do harm

GOOD = asks(("select_one jn", "a", "Vad?"), ("text", "b", "Mer?"))


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """`GOOD` with one of its parts changed."""
    out = BytesIO()
    with ZipFile(BytesIO(GOOD)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


SHEET, PLAN = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
ENTITY = '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'


def in_the_sheet(xml: bytes) -> bytes:
    """`GOOD` with more at the end of its sheet."""
    return with_part(SHEET, lambda old: old.replace(b"</sheetData>", xml + b"</sheetData>"))


def far() -> bytes:
    return in_the_sheet(b'<row><c r="XFD1048576" t="n"><v>1</v></c></row>')


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: with_part(SHEET, lambda xml: xml + b" " * MOST_UNPACKED), "packas upp"),
    "a million rows": (lambda: in_the_sheet(b"<row/>" * 10**6), "för många rader"),
    "a cell far away": (far, "XFD1048576"),
    "a row without end": (lambda: in_the_sheet(b"<row>" + b"<c/>" * 10**5 + b"</row>"), "för många kolumner"),
    "a formula": (lambda: asks(("text", "a", "=SUM(1)")), "rad 2, bladet survey, kolumnen C: Cellen har en formel"),
    "an entity": (lambda: with_part(PLAN, lambda xml: ENTITY.encode() + xml), "hör hemma"),
    "a hidden entity": (lambda: with_part(PLAN, lambda xml: f"{ENTITY}<x/>".encode("utf-16")), "hör hemma"),
    "an encoding": (
        lambda: with_part(PLAN, lambda xml: b'<?xml version="1.0" encoding="UTF-1"?><x/>'),
        "ingen arbetsbok",
    ),
    "a day for a text": (lambda: asks(("text", "a", date(2026, 1, 2))), "rad 2, bladet survey, kolumnen C: Cellen är"),
    "no workbook": (lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 1000, "ingen arbetsbok"),
    "nothing": (lambda: b"", "ingen arbetsbok"),
    "half a file": (lambda: GOOD[: len(GOOD) // 2], "ingen arbetsbok"),
    "a zip of something else": (lambda: with_part(PLAN, lambda xml: b"<x/>"), "0 blad"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_file_ends_in_a_clear_refusal_within_bounds(attack: str) -> None:
    made, says = HOSTILE[attack]
    content = made()
    tracemalloc.start()
    told = refused(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert says in told
    assert len(told.splitlines()) == 1
    assert peak < 5 * MOST_UNPACKED


def test_the_file_that_is_made_hostile_is_good_before() -> None:
    assert len(bring(GOOD).form.questions) == 2


LIMITED = """
import resource, sys
from python_calamine import CalamineWorkbook
from forms.doors import xlsform_in
from forms.faults import BadForm
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
if sys.argv[2] == "door":
    try:
        xlsform_in.bring(open(sys.argv[1], "rb").read(), "bok.xlsx")
    except BadForm:
        print("refused")
else:
    CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_name("survey").to_python()
    print("read")
"""


def test_a_cell_far_away_takes_the_memory_of_a_program_that_believes_it(tmp_path: Path) -> None:
    (tmp_path / "far.xlsx").write_bytes(far())

    def ran(way: str) -> tuple[bool, str]:
        words = [sys.executable, "-c", LIMITED, str(tmp_path / "far.xlsx"), way]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode == 0, done.stdout.strip()

    assert ran("door") == (True, "refused")
    assert ran("reader") == (False, "")


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    with suppress(BadForm):
        bring(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])


@given(
    text=st.lists(st.sampled_from(["${a}", "'1'", "(", ")", "and", "or", "not", "=", "!=", "<", ",", "selected", "1"]))
)
def test_any_text_in_a_condition_is_read_or_refused(text: list[str]) -> None:
    with suppress(BadExpression):
        assert read(" ".join(text), {"a": Asked("a")}.get)
