"""What each question type accepts, says, keeps, and how much room it takes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from markupsafe import escape

from forms.build import page_form
from forms.model import MISSING, Answer, Question, Text
from forms.municipalities import MUNICIPALITIES
from forms.types import TYPES, BadAnswer
from forms.types.base import several
from tests.tiny import send, tiny

FORMS = [
    "one_choice",
    "several_choices",
    "scale_with_faces",
    "one_line",
    "several_lines",
    "a_number",
    "a_date",
    "reach_me",
    "a_statement",
    "yes_or_no",
    "a_case",
]


def question(form: str, name: str) -> Question:
    return tiny(form).by_id[name]


def answer(form: str, name: str, *sent: str) -> Answer | None:
    """What is read of one question; an error fails the test."""
    reading = send(tiny(form), [(name, value) for value in sent])
    assert dict(reading.errors).get(name) is None
    return reading.answers.get(name)


def complaint(form: str, name: str, *sent: str) -> str:
    return dict(send(tiny(form), [(name, value) for value in sent]).errors)[name]


def test_the_tiny_forms_ask_with_every_type() -> None:
    assert {q.type for name in FORMS for q in tiny(name).questions} == set(TYPES)


def test_a_choice_is_kept_as_its_code() -> None:
    assert answer("one_choice", "farg", "2") == "2"
    assert TYPES["choice"].keep(question("one_choice", "farg"), "2") == {"farg": "2"}


@pytest.mark.parametrize("sent", [["3"], ["1", "2"], [""], ["-66"], ["1\x00"]])
def test_a_choice_that_is_not_on_the_page_is_refused(sent: list[str]) -> None:
    assert complaint("one_choice", "farg", *sent) == "Välj ett av svaren på sidan"


def test_several_choices_are_kept_in_the_order_of_the_form() -> None:
    chosen = answer("several_choices", "djur", "2", "1")
    assert chosen == ("1", "2")
    assert TYPES["choices"].keep(question("several_choices", "djur"), chosen) == {"djur": ["1", "2"]}


def test_an_exclusive_choice_is_an_answer_of_its_own() -> None:
    assert answer("several_choices", "djur", "0") == ("0",)
    assert TYPES["choices"].keep(question("several_choices", "djur"), ("0",)) == {"djur": ["0"]}


@pytest.mark.parametrize("others", [["0", "1"], ["-88", "2"], ["0", "-88"]])
def test_an_exclusive_choice_with_others_is_met_with_the_questions_own_words(others: list[str]) -> None:
    assert complaint("several_choices", "djur", *others) == "Välj de djur du har, eller välj Inget djur"


def test_an_exclusive_choice_with_others_is_explained_even_without_words_of_its_own() -> None:
    asked = replace(question("several_choices", "djur"), error=None)
    with pytest.raises(BadAnswer, match="Välj bara «No animal», eller välj något av de andra svaren"):
        TYPES["choices"].read(["0", "1"], asked, "en")


def test_refusing_several_choices_leaves_an_empty_list_and_the_reason_beside_it() -> None:
    refused = TYPES["choices"].keep(question("several_choices", "djur"), ("-88",))
    assert refused == {"djur": [], "djur_miss": "-88"}


def test_only_the_steps_of_the_scale_have_faces_best_first() -> None:
    asked = question("scale_with_faces", "vader")
    rows = TYPES["scale"].control(asked, lambda text: text.in_("sv"))["choices"]
    assert isinstance(rows, list)
    assert [(row["code"], row["face"]) for row in rows] == [
        *[(str(step), step) for step in (5, 4, 3, 2, 1)],
        ("0", 0),
        ("-88", 0),
    ]
    assert [row["code"] for row in rows if row["apart"]] == ["-88"]


def test_a_scale_can_be_asked_in_words_only() -> None:
    rows = TYPES["scale"].control(question("scale_without_faces", "vader"), lambda text: text.in_("sv"))["choices"]
    assert isinstance(rows, list)
    assert {row["face"] for row in rows} == {0}


def test_own_words_lose_what_nobody_can_see_and_keep_what_was_written() -> None:
    typed = "  Hej\x00\x07 då\r\nA\u030angstro\u0308m \u202eolleh \U0001f600\ufffe  "
    assert answer("several_lines", "saga", typed) == "Hej då\nÅngström olleh \U0001f600"


def test_arabic_and_persian_keep_their_joiners_and_marks() -> None:
    assert answer("several_lines", "saga", "می\u200cخواهم\u200f!") == "می\u200cخواهم\u200f!"


def test_one_line_stays_one_line() -> None:
    assert answer("one_line", "ord", "ett\nord\toch   ett") == "ett ord och ett"


@pytest.mark.parametrize("blank", [[], [""], ["  \r\n\x00 "]])
def test_nothing_but_space_is_a_blank(blank: list[str]) -> None:
    assert answer("several_lines", "saga", *blank) is None
    assert answer("a_number", "minuter", *blank) is None
    assert answer("a_date", "dag", *blank) is None


def test_a_text_too_long_says_by_how_much() -> None:
    assert complaint("several_lines", "saga", "x" * 123) == "Texten får vara högst 100 tecken. Ta bort 23."
    assert answer("several_lines", "saga", "å" * 100) == "å" * 100


def test_a_comment_too_long_is_called_a_comment() -> None:
    reading = send(tiny("parts_and_comment"), [("om_cykeln", "x" * 51)], page="b1")
    assert reading.errors == [("om_cykeln", "Kommentaren får vara högst 50 tecken. Ta bort 1.")]


@pytest.mark.parametrize(
    ("typed", "number"), [("45", "45"), (" 1 5 ", "15"), ("007", "7"), ("0", "0"), ("+3", "3"), ("٤٥", "45")]
)
def test_a_number_is_read_in_any_digits(typed: str, number: str) -> None:
    assert answer("a_number", "minuter", typed) == number


@pytest.mark.parametrize("typed", ["1,5", "1.5", "fem", "1e3", "0x10", "=1+1", "9" * 400, "½", "²"])
def test_what_is_no_whole_number_is_explained(typed: str) -> None:
    assert complaint("a_number", "minuter", typed) == "Skriv ett tal med siffror, till exempel 45"


@pytest.mark.parametrize("typed", ["-1", "481", "−5"])
def test_a_number_outside_its_bounds_is_told_them(typed: str) -> None:
    assert complaint("a_number", "minuter", typed) == "Skriv ett tal från 0 till 480"


def test_zero_is_kept_as_zero_and_a_blank_as_skipped() -> None:
    asked = question("a_number", "minuter")
    assert TYPES["number"].keep(asked, "0") == {"minuter": 0}
    assert TYPES["number"].lack(asked, "-99") == {"minuter": "-99"}


@pytest.mark.parametrize("typed", ["2026-03-31", "20260331", "2026-3-31", "٢٠٢٦-٠٣-٣١"])
def test_a_day_is_kept_in_one_way(typed: str) -> None:
    assert answer("a_date", "dag", typed) == "2026-03-31"


@pytest.mark.parametrize("typed", ["2026-02-30", "31/3 2026", "i morgon", "0000-01-01", "2026-13-01"])
def test_what_is_no_day_is_explained(typed: str) -> None:
    assert complaint("a_date", "dag", typed) == "Skriv ett datum, till exempel 2026-03-31"


def test_an_address_and_a_number_to_reach_a_person() -> None:
    assert answer("reach_me", "epost", " namn@Exempel.se ") == "namn@exempel.se"
    assert answer("reach_me", "telefon", "070-123 45 67") == "070-123 45 67"
    assert answer("reach_me", "telefon", "+47 22 12 34 56") == "+47 22 12 34 56"


@pytest.mark.parametrize("typed", ["namn", "namn@", "a@b@c.se", "x" * 300 + "@a.se", "a@localhost"])
def test_what_is_no_address_is_explained(typed: str) -> None:
    assert complaint("reach_me", "epost", typed) == "Skriv en e-postadress, till exempel namn@exempel.se"


@pytest.mark.parametrize("typed", ["12", "ring mig", "070-123 45 67 89 10 11 12", "0701234567 anknytning 12"])
def test_what_is_no_telephone_number_is_explained(typed: str) -> None:
    assert complaint("reach_me", "telefon", typed) == "Skriv ett telefonnummer, till exempel 070-123 45 67"


def test_a_statement_asks_and_keeps_nothing() -> None:
    reading = send(tiny("a_statement"), [("sagt_1", "jag svarar ändå")])
    assert (reading.answers, reading.blank, reading.errors) == ({}, (), [])
    assert TYPES["statement"].columns(question("a_statement", "sagt_1")) == ()


@pytest.mark.parametrize("name", FORMS)
def test_every_column_that_is_kept_is_announced(name: str) -> None:
    for asked in tiny(name).questions:
        type_ = TYPES[asked.type]
        kept = [*type_.heaviest(asked), *(type_.lack(asked, code) for code in MISSING)]
        assert set().union(*kept) <= set(type_.columns(asked))


@given(st.text(max_size=120))
def test_no_text_takes_more_room_than_promised(typed: str) -> None:
    asked = question("several_lines", "saga")
    kept = send(tiny("several_lines"), [("saga", typed)]).answers
    record = TYPES[asked.type].keep(asked, kept["saga"]) if kept else {}
    stored = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(stored) - 1 <= TYPES[asked.type].max_bytes(asked)


def test_no_municipality_takes_more_room_than_promised() -> None:
    asked = Question("bor", "municipality", Text({"sv": "Var bor du?"}), "open")
    for code in MUNICIPALITIES:
        stored = json.dumps(TYPES["municipality"].keep(asked, code), separators=(",", ":")).encode()
        assert len(stored) - 1 <= TYPES["municipality"].max_bytes(asked)


def test_the_longest_text_takes_exactly_the_promised_room() -> None:
    asked = question("one_line", "ord")
    stored = json.dumps({"ord": "\U0001f600" * 20}, ensure_ascii=False, separators=(",", ":")).encode()
    assert TYPES["text"].max_bytes(asked) == len(stored) - 1


@settings(deadline=None)
@given(st.text(max_size=300))
def test_nothing_typed_into_any_control_breaks_it_or_hides_in_what_is_kept(typed: str) -> None:
    for name in FORMS:
        form = tiny(name)
        reading = send(form, [(q.id, typed) for q in form.pages[0].questions])
        for answered in reading.answers.values():
            assert all(ord(letter) >= 32 or letter == "\n" for letter in "".join(several(answered)))


@pytest.mark.parametrize("name", [*FORMS, "parts_and_comment"])
def test_every_control_can_be_drawn_by_the_macro_its_type_names(name: str) -> None:
    drawing = Environment(loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True)
    drawing.globals["_"] = lambda text, **values: text % values
    controls = drawing.get_template("macros/controls.html").module
    for page in tiny(name).pages:
        for field in page_form(tiny(name), page, "sv")(formdata=None).questions:
            drawn = str(getattr(controls, field.macro)(**field.arguments(lambda text: text.in_("sv"), error="Fel här")))
            assert escape(field.wording.in_("sv")) in drawn
            assert (f'name="{field.name}"' in drawn) == field.asked_as.asks
            assert ("Fel här" in drawn) == field.asked_as.asks


def test_an_answer_is_said_again_in_words() -> None:
    def said(form: str, name: str, given: Answer) -> list[str]:
        asked = question(form, name)
        words = TYPES[asked.type].said(asked, given)
        return [word.in_("sv") if isinstance(word, Text) else word for word in words]

    assert said("one_choice", "farg", "-88") == ["Vill inte svara"]
    assert said("several_choices", "djur", ("1", "2")) == ["Hund", "Katt"]
    assert said("several_lines", "saga", "Hej\nigen") == ["Hej\nigen"]
    assert said("a_number", "minuter", "0") == ["0"]


@pytest.mark.parametrize(
    ("form", "name", "said"),
    [
        ("one_choice", "farg", "Välj ett svar"),
        ("several_lines", "saga", "Skriv ett svar"),
        ("a_number", "minuter", "Skriv ett tal med siffror, till exempel 45"),
        ("a_date", "dag", "Skriv ett datum, till exempel 2026-03-31"),
        ("reach_me", "epost", "Skriv en e-postadress, till exempel namn@exempel.se"),
        ("reach_me", "telefon", "Skriv ett telefonnummer, till exempel 070-123 45 67"),
    ],
)
def test_a_required_answer_that_is_missing_is_asked_for_in_words_that_fit(form: str, name: str, said: str) -> None:
    asked = question(form, name)
    assert TYPES[asked.type].wanted(asked) == said


def test_codes_that_are_words_have_no_order() -> None:
    assert TYPES["choice"].holds("eq", "bra", "bra")
    assert not TYPES["choice"].holds("gt", "bra", "1")
    assert TYPES["choice"].holds("gt", "10", "9")
    assert not TYPES["choice"].holds("eq", "01", "1")
