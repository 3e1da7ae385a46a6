"""A page as a form to show and to read: messages, soft prompts, what stays when something is wrong."""

import pytest
from werkzeug.datastructures import MultiDict

from forms.build import page_form, read
from forms.library import shipped_form
from forms.model import Page, Text
from forms.routing import asked_page
from tests.tiny import send, tiny

EXPERIENCE = shipped_form("experience")


def swedish(text: Text) -> str:
    return text.in_("sv")


def test_a_page_shows_the_answer_so_far() -> None:
    form = tiny("several_choices")
    shown = page_form(form, form.pages[0], "sv")(formdata=None, data={"djur": ("1", "2")})
    given = shown.questions[0].arguments(swedish, heading=True)
    assert given["selected"] == ("1", "2")
    assert (given["name"], given["label"], given["heading"]) == ("djur", "Vilka djur har du?", True)
    assert given["hint"] == "Välj allt som stämmer."


def test_what_was_typed_stays_when_it_is_wrong() -> None:
    form = tiny("a_number")
    shown = page_form(form, form.pages[0], "sv")(formdata=MultiDict({"minuter": "fem <b>"}))
    reading = read(shown)
    assert reading.answers == {}
    assert shown.questions[0].arguments(swedish)["value"] == "fem <b>"


def test_a_blank_choice_is_asked_about_once_in_friendly_words_and_is_no_error() -> None:
    reading = send(tiny("one_choice"), [])
    assert reading.errors == []
    assert reading.prompt == "Du har inte valt något svar. Du kan välja ett svar eller gå vidare ändå."


def test_a_blank_number_is_asked_about_in_words_that_fit() -> None:
    assert send(tiny("a_number"), []).prompt == (
        "Du har inte skrivit något svar. Du kan skriva ett svar eller gå vidare ändå."
    )


@pytest.mark.parametrize("form", ["several_lines", "one_line", "a_statement"])
def test_own_words_and_statements_may_stay_blank_without_a_question(form: str) -> None:
    assert send(tiny(form), []).prompt == ""


def test_refusing_is_an_answer_and_needs_no_prompt() -> None:
    reading = send(tiny("one_choice"), [("farg", "-88")])
    assert (reading.answers, reading.prompt) == ({"farg": "-88"}, "")


def test_a_required_question_says_what_to_do_in_its_own_words_or_in_standard_ones() -> None:
    form = tiny("must_answer")
    assert send(form, []).errors == [("tolk", "Välj ja om du behöver tolk")]
    assert send(form, [], page="b").errors == [("antal", "Skriv ett tal med siffror, till exempel 45")]


def test_a_questions_own_words_are_not_said_about_another_mistake() -> None:
    assert send(tiny("must_answer"), [("tolk", "9")]).errors == [("tolk", "Välj ett av svaren på sidan")]


def test_words_about_a_mistake_come_in_the_language_of_the_page() -> None:
    form = tiny("must_answer")
    assert read(page_form(form, form.pages[0], "en")(formdata=MultiDict())).errors == [
        ("tolk", "Choose yes if you need an interpreter")
    ]


def test_a_page_replaces_its_own_answers_and_no_others() -> None:
    reading = send(tiny("several_on_a_page"), [("koppar", "2")])
    assert reading.onto({"lunch": "1", "koppar": "3", "annat": "x"}) == {"annat": "x", "koppar": "2"}


def test_good_answers_are_read_beside_a_bad_one() -> None:
    reading = send(tiny("several_on_a_page"), [("lunch", "1"), ("koppar", "många"), ("mer", "Nej")])
    assert reading.answers == {"lunch": "1", "mer": "Nej"}
    assert [control for control, _ in reading.errors] == ["koppar"]
    assert [question.id for question in reading.blank] == ["smak"]


def test_what_the_page_does_not_ask_is_not_read() -> None:
    reading = send(tiny("only_if"), [("husdjur", "1"), ("slut", "1"), ("nagot_annat", "1")])
    assert reading.answers == {"husdjur": "1"}


def test_a_role_is_asked_in_its_own_words() -> None:
    form = tiny("other_words_by_role")

    def asked(role: str | None) -> object:
        return page_form(form, form.pages[0], "sv", role)(formdata=None).questions[0].arguments(swedish)["label"]

    assert asked("referrer") == "Behöver personen tolk?"
    assert asked(None) == asked("self") == "Behöver du tolk?"


def test_a_page_is_made_once_and_again_only_when_it_asks_something_else() -> None:
    form = tiny("only_if")
    yes, no = (asked_page(form, {"husdjur": code}, "b") for code in ("1", "0"))
    assert yes is not None
    assert no is not None
    assert page_form(form, yes, "sv") is page_form(form, yes, "sv")
    assert page_form(form, yes, "sv") is not page_form(form, no, "sv")
    assert page_form(form, yes, "sv") is not page_form(form, yes, "en")


def test_all_questions_can_stand_on_one_page() -> None:
    everything = Page("", EXPERIENCE.questions)
    shown = page_form(EXPERIENCE, everything, "sv")(formdata=MultiDict({"du_m1_kansla": "5", "du_f2_info": "0"}))
    assert read(shown).answers == {"du_m1_kansla": "5", "du_f2_info": ("0",)}
    assert [field.name for field in shown.questions] == [question.id for question in EXPERIENCE.questions]


def test_a_page_needs_no_session_and_no_request() -> None:
    form = tiny("one_choice")
    shown = page_form(form, form.pages[0], "sv")(formdata=MultiDict({"farg": "1", "csrf_token": "x"}))
    assert [field.name for field in shown.questions] == ["farg"]
