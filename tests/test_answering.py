"""Participants answer: every way through the questionnaire, by code and by link, in Swedish and English.

The client knows only CONTRACT.md "Pages". What was stored is read with the box's key.
"""

from itertools import product

import pytest

from forms.model import NOT_ASKED, REFUSED, SKIPPED, STOPPED, Stored
from survey.installation import Installation
from survey.published import publish
from tests.respondent import SKIP, Respondent, anything, says
from tests.tiny import FOLDER, tiny
from tests.visits import House, experience, experience_short, house_on

EVERYONE: dict[str, Stored] = {
    "du_f1_vem": "2",
    "du_f4_info": "4",
    "du_f3_innan": "3",
    "du_m1_kansla": "5",
    "du_m2_prata": "4",
    "du_m3_bemot": "1",
    "du_m4_forsta": "2",
    "du_m5_roller": "-77",
    "du_p2_vad": "2",
    "du_u1_upplagg": "4",
    "du_b3_hjalp": "0",
}
PATHS = list(product(("0", "4", "-88"), ("2", "7"), ("1", "0"), ("1", "0")))
"""Plan or none, somebody will be in touch or not, something was missing or not, something felt wrong or not."""
ANONYMOUS = sorted(path.stem for path in FOLDER.glob("*.yaml") if tiny(path.stem).kind == "anonymous")


@pytest.fixture
def house(sqlite_installation: Installation) -> House:
    return house_on(sqlite_installation)


def begun(house: House, language: str = "", *, link: bool = False) -> Respondent:
    """Someone on the start page of the questionnaire."""
    opened = house.open(experience(), tickets=1, link=link)
    person = house.visitor()
    if link:
        person.open(f"{language}/svara/{opened.round.id}")
    else:
        person.enter(opened.codes[0], f"{language}/svara")
    assert person.page.kind == "start"
    return person


@pytest.mark.parametrize(("plan", "contact", "missed", "strange"), PATHS)
@pytest.mark.parametrize(("language", "link"), [("", False), ("/en", True)], ids=["sv-code", "en-link"])
def test_every_way_through_the_questionnaire_stores_what_was_said_and_why_the_rest_was_not(
    house: House, language: str, link: bool, plan: str, contact: str, missed: str, strange: str
) -> None:
    gates = {"du_p1_nojd": plan, "du_p3_vem": contact, "du_s1_person": missed, "du_s2_konstigt": strange}
    beyond = {
        "du_p6_valja": "3",
        "du_p5_stod": "7",
        "du_p4_nar": "1",
        "du_s1b_vilka": ["2", "6"],
        "du_s2_text": "Hårt.",
    }
    said = {**EVERYONE, **gates, **beyond, "du_f2_info": ["1", "3"], "du_s3_fritt": "Tack."}
    person = begun(house, language, link=link)
    assert person.answer(says(said)).kind == "done"
    no_plan, no_contact = plan == "0", contact == "7"
    expected: dict[str, Stored] = {**EVERYONE, **gates, "du_f2_info": ["1", "3"], "du_s3_fritt": "Tack."}
    expected["du_p6_valja"] = NOT_ASKED if no_plan else "3"
    expected["du_p5_stod"] = NOT_ASKED if no_plan else "7"
    expected["du_p4_nar"] = NOT_ASKED if no_contact else "1"
    expected["du_s1b_vilka"] = ["2", "6"] if missed == "1" else []
    if missed == "0":
        expected["du_s1b_vilka_miss"] = NOT_ASKED
    if strange == "1":
        expected["du_s2_text"] = "Hårt."
    assert house.record() == expected
    assert {page.language for page in person.pages} == {"en" if language else "sv"}


def test_leaving_everything_blank_hides_nothing_but_the_questions_that_need_an_answer_before_them(house: House) -> None:
    person = begun(house)
    assert person.answer(says({})).kind == "done"
    assert [page.kind for page in person.pages[-2:]] == ["check", "done"], "no button sends but one that says so"
    record = house.record()
    assert {v for k, v in record.items() if k.endswith("_miss")} == {SKIPPED, NOT_ASKED}
    assert record["du_p6_valja"] == SKIPPED, "a blank about the plan does not hide the questions about it"
    assert record["du_p4_nar"] == NOT_ASKED
    assert record["du_m1_kansla"] == SKIPPED


def test_whoever_refuses_is_told_apart_from_whoever_is_silent_and_whoever_stops(house: House) -> None:
    person = begun(house)
    person.press()
    for _ in range(4):
        person.press(answers={name: ["-88"] for name in person.page.controls})
    person.press()  # «Hur kändes mötet?» is left blank: asked once more,
    person.press("skip")  # and skipped
    assert person.press("early").kind == "early"
    assert person.page.buttons[0].label == "Ja, skicka"
    assert person.press().kind == "done"
    record = house.record()
    assert record["du_f3_innan"] == REFUSED
    assert (record["du_f2_info"], record["du_f2_info_miss"]) == ([], REFUSED)
    assert record["du_m1_kansla"] == SKIPPED
    assert record["du_m2_prata"] == STOPPED, "the page one stops on was not skipped"
    assert record["du_p6_valja"] == STOPPED
    assert record["du_p4_nar"] == NOT_ASKED


def test_stopping_early_can_be_regretted(house: House) -> None:
    person = begun(house)
    person.press()
    assert "early" not in person.page.ways, "not in the first part"
    while "early" not in person.page.ways:
        person.press(answers=answers_of(person))
    asked = person.page.h1
    person.press("early")
    assert person.press("back").h1 == asked
    assert house.records() == []


def test_a_blank_is_asked_about_once_and_is_no_error(house: House) -> None:
    person = begun(house)
    person.press()
    page = person.press()
    assert page.status == 200
    assert not page.title.startswith("Fel:")
    assert "Du har inte valt något svar." in page.text
    assert SKIP in page.ways
    assert person.press().h1 != page.h1, "the second time the blank is taken for an answer"


def test_a_contradiction_is_told_first_and_nothing_is_lost(house: House) -> None:
    person = begun(house)
    person.press()
    person.press(answers={"du_f1_vem": ["1"]})
    page = person.press(answers={"du_f2_info": ["1", "0"]})
    assert page.status == 422
    assert page.title.startswith("Fel: ")
    assert page.errors == [("du_f2_info", "Välj det du visste, eller välj Inget av det här")]
    assert "du_f2_info" in page.ids
    assert page.controls["du_f2_info"].given == ("1", "0")


def test_too_long_a_comment_is_kept_while_one_goes_back_and_changes_language(house: House) -> None:
    person = begun(house)
    person.press()
    while "du_f_text" not in person.page.controls:
        person.press(answers=answers_of(person))
    long = "å" * 501
    page = person.press(answers={"du_f3_innan": ["3"], "du_f_text": [long]})
    assert page.errors == [("du_f_text", "Kommentaren får vara högst 500 tecken. Ta bort 1.")]
    assert person.press("lang-en").controls["du_f_text"].given == (long,)
    person.press("back")
    assert person.press().controls["du_f_text"].given == (long,)
    assert person.press("early" if "early" in person.page.ways else None).errors, "it cannot be sent like this"
    assert person.press(answers={"du_f3_innan": ["3"], "du_f_text": [long[1:]]}).status == 200


def test_changing_language_keeps_the_page_and_what_is_not_yet_sent(house: House) -> None:
    person = begun(house)
    person.press()
    assert person.page.h1 == "Vem berättade för dig om mötet?"
    page = person.press("lang-en", {"du_f1_vem": ["3"]})
    assert (page.language, page.h1) == ("en", "Who told you about the meeting?")
    assert page.controls["du_f1_vem"].given == ("3",)
    assert person.press().h1 == "What did you know before the meeting started?"
    page = person.press("lang-sv")
    assert (page.language, page.h1) == ("sv", "Vad visste du innan mötet började?")
    assert person.press("back").controls["du_f1_vem"].given == ("3",)
    person.answer(lambda control: control.given)
    assert house.record()["du_f1_vem"] == "3"
    assert not any("sv" in str(value) or "en" in str(value) for value in house.record().values())


def test_an_answer_that_is_changed_takes_with_it_what_is_no_longer_asked(house: House) -> None:
    said: dict[str, str | list[str]] = {"du_s1_person": "1", "du_s1b_vilka": ["2"], "du_b3_hjalp": "0"}
    person = begun(house)
    person.answer_until("check", says(said))
    assert "Min läkare" in person.page.text
    person.press("edit-du_s1_person")
    assert person.page.controls["du_s1_person"].given == ("1",)
    page = person.press(answers={"du_s1_person": ["0"]})
    assert page.kind == "check"
    assert "Min läkare" not in page.text
    assert person.press().kind == "done"
    assert (house.record()["du_s1b_vilka"], house.record()["du_s1b_vilka_miss"]) == ([], NOT_ASKED)


def test_a_change_that_opens_a_question_leads_to_it_and_back_to_the_check(house: House) -> None:
    person = begun(house)
    person.answer_until("check", says({"du_s1_person": "0", "du_b3_hjalp": "0"}))
    person.press("edit-du_s1_person")
    assert list(person.press(answers={"du_s1_person": ["1"]}).controls) == ["du_s1b_vilka"]
    assert person.press(answers={"du_s1b_vilka": ["4"]}).kind == "check"
    person.press()
    assert house.record()["du_s1b_vilka"] == ["4"]


def test_all_questions_on_one_page_are_pruned_by_the_server(house: House) -> None:
    person = begun(house)
    page = person.press("all")
    assert page.kind == "all"
    assert set(page.controls) == {q.id for q in experience().questions}
    assert "Bara om du svarade «Ja» på «Var det någon eller något du saknade på mötet?»" in page.text
    assert person.press(answers={"du_s1_person": ["0"], "du_s1b_vilka": ["2"], "du_m1_kansla": ["5"]}).kind == "done"
    record = house.record()
    assert (record["du_s1b_vilka"], record["du_s1b_vilka_miss"]) == ([], NOT_ASKED)
    assert record["du_m1_kansla"] == "5"
    assert record["du_m2_prata"] == SKIPPED


def test_a_mistake_on_the_page_with_all_questions_keeps_every_answer(house: House) -> None:
    person = begun(house)
    person.press("all")
    page = person.press(
        answers={"du_f2_info": ["1", "-88"], "du_m1_kansla": ["5"], "du_s3_fritt": ["Rad ett\r\nRad två"]}
    )
    assert page.status == 422
    assert [control for control, _ in page.errors] == ["du_f2_info"]
    assert page.controls["du_m1_kansla"].given == ("5",)
    assert page.controls["du_s3_fritt"].given == ("Rad ett\nRad två",)


def test_one_may_go_between_one_question_and_all_without_losing_any(house: House) -> None:
    person = begun(house)
    person.press()
    person.press("all", {"du_f1_vem": ["4"]})
    assert person.page.controls["du_f1_vem"].given == ("4",)
    page = person.press("back", {"du_f1_vem": ["4"], "du_b3_hjalp": ["2"]})
    assert (page.kind, page.controls["du_f1_vem"].given) == ("question", ("4",))
    person.answer(says({"du_f1_vem": "4", "du_b3_hjalp": "2"}))
    assert house.record()["du_b3_hjalp"] == "2"


def test_the_short_form_may_be_chosen_instead_and_is_counted_with_the_long_one(house: House) -> None:
    with house.installation.writing() as db:
        publish(db, experience_short())
    person = begun(house)
    page = person.press("short")
    assert "ungefär 2 minuter" in page.text
    assert "ungefär 5 minuter" in person.press("back").text
    person.press("short")
    assert person.answer(anything).kind == "done"
    assert set(house.record()) == {"du_m1_kansla", "du_m3_bemot", "du_m4_forsta", "du_p2_vad", "du_s3_fritt"}


def test_declining_is_fine_and_leaves_the_code_unused(house: House) -> None:
    person = begun(house)
    page = person.press("decline")
    assert page.kind == "declined"
    assert "Det är helt okej. Vi sparar inga svar." in page.text
    assert page.reply.headers["Clear-Site-Data"] == '"cache"'
    assert house.records() == []


def test_sending_twice_stores_one_answer_and_says_so(house: House) -> None:
    person = begun(house)
    person.answer_until("check", says({"du_b3_hjalp": "0"}))
    checked = person.page
    assert person.press().kind == "done"
    person.pages.append(checked)
    page = person.press()
    assert (page.kind, page.h1) == ("sent", "Dina svar är redan skickade")
    person.pages.append(checked)
    assert person.press("edit-du_m1_kansla").kind == "sent", "a page that was sent shows no answers"
    assert len(house.records()) == 1


@pytest.mark.parametrize("name", ANONYMOUS)
@pytest.mark.parametrize("language", ["", "/en"], ids=["sv", "en"])
def test_the_generic_respondent_answers_every_tiny_form(house: House, name: str, language: str) -> None:
    opened = house.open(tiny(name), link=True)
    person = house.visitor()
    person.open(f"{language}/svara/{opened.round.id}")
    assert person.answer(anything).kind == "done", person.page.text
    assert set(house.record()) <= {c for q in tiny(name).questions for c in (q.id, f"{q.id}_miss")}


def answers_of(person: Respondent) -> dict[str, list[str]]:
    """The first choice of whatever is chosen on the page; nothing written."""
    return {c.name: list(c.values[:1]) for c in person.page.controls.values() if c.values}
