"""The way through a form: what is asked after which answers, and what is stored in the end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.library import shipped_form
from forms.model import Answer, Answers, Form
from forms.routing import asked, asked_page, complete, next_page, on_path, previous_page
from tests.tiny import tiny

EXPERIENCE = shipped_form("experience")


def questions(form: Form, answers: Answers) -> list[str]:
    return [question.id for question in asked(form, answers)]


def pages(form: Form, answers: Answers) -> list[list[str]]:
    return [[question.id for question in page.questions] for page in on_path(form, answers)]


def shown(answers: Answers) -> set[str]:
    """The pages of `every_condition` that are asked, by the condition they are named after."""
    return set(questions(tiny("every_condition"), answers)) - {"tal", "steg", "flera", "dag"}


@pytest.mark.parametrize(
    ("answers", "true"),
    [
        ({}, {"tomt", "inte"}),
        ({"tal": "7"}, {"lika", "mindre", "hogst", "nagon", "tomt", "inte"}),
        ({"tal": "10"}, {"olika", "mer", "minst", "tomt", "inte"}),
        ({"tal": "9"}, {"olika", "mer", "mindre", "tomt", "inte"}),
        ({"steg": "3"}, {"bland", "nagon", "tomt"}),
        ({"steg": "1"}, {"tomt", "inte"}),
        ({"steg": "-88"}, {"tomt", "inte"}),
        ({"flera": ("1", "2")}, {"har", "tomt", "inte"}),
        ({"flera": ("1",)}, {"tomt", "inte"}),
        ({"flera": ("-88",)}, {"tomt", "inte"}),
        ({"dag": "2026-09-30"}, {"svarat", "fore", "inte"}),
        ({"dag": "2026-10-01"}, {"svarat", "inte"}),
        ({"tal": "7", "steg": "3"}, {"lika", "mindre", "hogst", "bland", "bada", "nagon", "tomt"}),
    ],
)
def test_conditions_compare_typed_and_are_false_of_what_is_not_answered(
    answers: dict[str, Answer], true: set[str]
) -> None:
    assert shown(answers) == true


def test_a_blank_hides_nothing_that_only_a_certain_answer_hides() -> None:
    assert "du_p6_valja" in questions(EXPERIENCE, {})
    assert "du_p6_valja" in questions(EXPERIENCE, {"du_p1_nojd": "-88"})
    assert "du_p6_valja" not in questions(EXPERIENCE, {"du_p1_nojd": "0"})


def test_a_page_with_nothing_left_to_ask_is_passed_by() -> None:
    form = tiny("only_if")
    assert pages(form, {"husdjur": "-88"}) == [["husdjur"], ["slut"]]
    assert pages(form, {"husdjur": "0"}) == [["husdjur"], ["varfor"], ["slut"]]
    assert pages(form, {"husdjur": "1", "vilket": "1"}) == [["husdjur"], ["vilket"], ["skall"], ["slut"]]


def test_an_answer_that_is_off_the_path_counts_for_nothing_but_is_kept_until_sending() -> None:
    changed: dict[str, Answer] = {"husdjur": "0", "vilket": "1", "skall": "1", "slut": "1"}
    form = tiny("only_if")
    assert questions(form, changed) == ["husdjur", "varfor", "slut"]
    assert questions(form, changed | {"husdjur": "1"}) == ["husdjur", "vilket", "skall", "slut"]
    assert complete(form, changed, {"a", "b", "d"}) == {
        "husdjur": "0",
        "vilket": "-66",
        "skall": "-66",
        "slut": "1",
    }


def test_one_can_go_on_and_back_from_a_page_that_has_left_the_path() -> None:
    form = tiny("only_if")
    after = next_page(form, on_path(form, {"husdjur": "0"}), "c")
    before = previous_page(form, on_path(form, {"husdjur": "-88"}), "c")
    assert (after.id if after else None, before.id if before else None) == ("d", "a")
    assert asked_page(form, {"husdjur": "0"}, "c") is None


def test_the_way_ends_at_both_ends() -> None:
    form = tiny("only_if")
    assert previous_page(form, on_path(form, {}), "a") is None
    assert next_page(form, on_path(form, {}), "d") is None


def test_a_comment_box_stands_on_the_last_page_of_its_part_whichever_that_is() -> None:
    form = tiny("parts_and_comment")
    assert pages(form, {}) == [["bil", "om_bilen"], ["cykel", "om_cykeln"]]
    assert pages(form, {"bil": "0"}) == [["bil", "om_bilen"], ["cykel", "om_cykeln"]]
    assert pages(form, {"bil": "1"}) == [["bil"], ["farg", "om_bilen"], ["cykel", "om_cykeln"]]


def test_the_questionnaire_offers_a_comment_last_in_each_of_its_first_four_parts() -> None:
    for knows_who in ("3", "1"):
        path = on_path(EXPERIENCE, {"du_p3_vem": knows_who})
        last = {str(page.part and page.part.in_("sv")): page for page in path}
        boxes = {part: [q.id for q in page.questions if q.comment] for part, page in last.items()}
        assert boxes == {
            "Före mötet": ["du_f_text"],
            "På mötet": ["du_m_text"],
            "Planen": ["du_p_text"],
            "Upplägget": ["du_u_text"],
            "Till sist": [],
        }
        assert sum(bool(q.comment) for page in path for q in page.questions) == 4


def test_what_is_stored_tells_skipped_from_stopped_from_not_asked() -> None:
    answers: dict[str, Answer] = {"du_f1_vem": "1", "du_p1_nojd": "0", "du_f2_info": ("1", "3"), "du_f4_info": "-88"}
    stored = complete(EXPERIENCE, answers, {"fore_1", "fore_2", "fore_3", "fore_4", "planen_1"})
    assert stored["du_f1_vem"] == "1"
    assert stored["du_f2_info"] == ["1", "3"]
    assert "du_f2_info_miss" not in stored
    assert stored["du_f4_info"] == "-88"
    assert stored["du_f3_innan"] == "-99"
    assert stored["du_m1_kansla"] == "-55"
    assert stored["du_p6_valja"] == stored["du_p5_stod"] == "-66"
    assert (stored["du_s1b_vilka"], stored["du_s1b_vilka_miss"]) == ([], "-66")


def test_what_is_stored_says_nothing_about_texts_left_unwritten() -> None:
    blank = complete(EXPERIENCE, {}, {page.id for page in EXPERIENCE.pages})
    assert not EXPERIENCE.free_texts & set(blank)
    written = complete(EXPERIENCE, {"du_s3_fritt": "-99"}, set())
    assert written["du_s3_fritt"] == "-99"
    assert EXPERIENCE.free_texts & set(written) == {"du_s3_fritt"}


def test_the_order_in_which_answers_were_given_leaves_no_trace() -> None:
    first: dict[str, Answer] = {"du_f1_vem": "1", "du_m1_kansla": "5"}
    assert list(complete(EXPERIENCE, first, set())) == list(complete(EXPERIENCE, dict(reversed(first.items())), set()))


@settings(deadline=None)
@given(st.data())
def test_whoever_walks_page_by_page_ends_with_one_value_for_every_closed_question(data: st.DataObject) -> None:
    answers: dict[str, Answer] = {}
    seen: set[str] = set()
    page = on_path(EXPERIENCE, answers)[0]
    while page:
        for question in page.questions:
            codes = [choice.code for choice in question.choices]
            code = data.draw(st.sampled_from(["", *codes]))
            if code:
                answers[question.id] = code if question.type != "choices" else (code,)
        seen.add(page.id)
        following = next_page(EXPERIENCE, on_path(EXPERIENCE, answers), page.id)
        if following is None:
            break
        page = following
    stored = complete(EXPERIENCE, answers, seen)
    on = set(questions(EXPERIENCE, answers))
    for question in EXPERIENCE.questions:
        if question.id in EXPERIENCE.free_texts:
            continue
        value = stored.get(f"{question.id}_miss", stored[question.id])
        assert (value == "-66") == (question.id not in on)
        assert value != "-55", "every page on the path was seen"
        if question.id in on and question.id not in answers:
            assert value == "-99"
