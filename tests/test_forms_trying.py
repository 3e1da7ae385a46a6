"""Trying a form out: which way answers lead and why, what nobody reaches, where it ends early, how long it takes."""

import pytest

from forms.bank import bank, standard
from forms.branching import END, Rule, SetRoutes, ShowIf
from forms.branching import Test as If
from forms.content import Content, rows
from forms.editing import AddQuestion, Edit, blank
from forms.library import shipped
from forms.model import AllOf, AnyOf, Compare, Condition, Form, Not
from forms.schema import understand
from forms.trying import Ending, condition_in_words, endings, minutes, unreachable, walk
from tests.tiny import tiny

YES_NO = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]


def lunch(*edits: Edit) -> Form:
    """Four questions: a choice, several choices, a number, a text; and then these edits."""
    content: Content = blank("lunch", "anonymous", "sv", "Lunch")
    for edit in (
        AddQuestion("choice", {"sv": "Åt du?"}, values={"choices": YES_NO}),
        AddQuestion("choices", {"sv": "Vad?"}, values={"choices": YES_NO}),
        AddQuestion("number", {"sv": "Hur många?"}, values={"minimum": 0, "maximum": 9}),
        AddQuestion("text", {"sv": "Mer?"}),
        *edits,
    ):
        content = edit.on(content)
    form, findings = understand(content)
    assert form is not None
    assert not findings
    assert len(rows(content)) == 4
    return form


def only_if(question: str, *tests: If, every: bool = True) -> Edit:
    return ShowIf(question, Rule(tests, every))


def test_a_walk_tells_what_is_asked_and_which_condition_decided() -> None:
    form = lunch(SetRoutes("fraga_1", {"2": END}), only_if("fraga_4", If("fraga_3", "gt", "2")))
    yes = walk(form, {"fraga_1": "1", "fraga_3": "3"})
    assert [[q.id for q in stop.asked] for stop in yes] == [["fraga_1"], ["fraga_2"], ["fraga_3"], ["fraga_4"]]
    assert [held for _condition, held in yes[3].why] == [True, True]
    no = walk(form, {"fraga_1": "2", "fraga_3": "3"})
    assert [bool(stop.asked) for stop in no] == [True, False, False, False]
    assert [held for _condition, held in no[3].why] == [False, False], (
        "an answer that is off the path counts for nothing"
    )
    assert no[0].why == ()


@pytest.mark.parametrize(
    ("edit", "lost"),
    [
        (only_if("fraga_4", If("fraga_1", "eq", "1"), If("fraga_1", "eq", "2")), ["fraga_4"]),
        (only_if("fraga_4", If("fraga_1", "eq", "1"), If("fraga_1", "eq", "2"), every=False), []),
        (only_if("fraga_4", If("fraga_2", "has", "1"), If("fraga_2", "has", "2")), []),
        (only_if("fraga_4", If("fraga_3", "gt", "9")), ["fraga_4"]),
        (only_if("fraga_4", If("fraga_3", "ge", "9")), []),
        (only_if("fraga_4", If("fraga_3", "gt", "4"), If("fraga_3", "lt", "5")), ["fraga_4"]),
        (only_if("fraga_4", If("fraga_3", "gt", "4"), If("fraga_3", "lt", "6")), []),
        (only_if("fraga_4", If("fraga_1", "answered"), If("fraga_1", "empty")), ["fraga_4"]),
    ],
)
def test_a_question_is_unreachable_when_no_answers_lead_to_it(edit: Edit, lost: list[str]) -> None:
    assert [question.id for question in unreachable(lunch(edit))] == lost


@pytest.mark.parametrize("test", [If("fraga_1", "answered"), If("fraga_1", "eq", "0114", negated=True)])
def test_a_municipality_can_be_answered_although_the_form_names_none(test: If) -> None:
    content: Content = blank("lunch", "anonymous", "sv", "Lunch")
    asked = (AddQuestion("municipality", {"sv": "Var?"}), AddQuestion("text", {"sv": "Mer?"}))
    for edit in (*asked, only_if("fraga_2", test)):
        content = edit.on(content)
    form, findings = understand(content)
    assert form is not None
    assert not findings
    assert unreachable(form) == ()


def test_what_depends_on_a_question_that_is_never_asked_is_never_asked() -> None:
    never = only_if("fraga_3", If("fraga_1", "eq", "1"), If("fraga_1", "eq", "2"))
    form = lunch(never, only_if("fraga_4", If("fraga_3", "eq", "3")))
    assert [question.id for question in unreachable(form)] == ["fraga_3", "fraga_4"]
    blank_is_enough = lunch(never, only_if("fraga_4", If("fraga_3", "empty")))
    assert [question.id for question in unreachable(blank_is_enough)] == ["fraga_3"]


def test_an_answer_that_ends_the_form_early_is_told() -> None:
    assert endings(lunch(SetRoutes("fraga_1", {"2": END}))) == (Ending("fraga_1", "2"),)
    assert endings(lunch()) == ()


def test_time_grows_with_what_is_asked_and_shipped_forms_take_what_they_say() -> None:
    assert minutes(lunch()).least >= 1
    some = minutes(lunch(SetRoutes("fraga_1", {"2": END})))
    assert some.least <= some.most
    told = {"experience": 5, "experience_short": 2}
    for form in shipped():
        if form.id in told:
            assert minutes(form).least <= told[form.id] <= minutes(form).most + 1


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Compare("fraga_1", "eq", "1"), "svaret på fråga 1 är «Ja»"),
        (Compare("fraga_1", "in", ("1", "2")), "svaret på fråga 1 är «Ja» eller «Nej»"),
        (Compare("fraga_1", "ne", "1"), "svaret på fråga 1 är ett annat än «Ja»"),
        (Compare("fraga_2", "has", "2"), "svaren på fråga 2 har med «Nej»"),
        (Compare("fraga_3", "lt", "3"), "svaret på fråga 3 är mindre än 3"),
        (Compare("fraga_3", "le", "3"), "svaret på fråga 3 är högst 3"),
        (Compare("fraga_3", "gt", "3"), "svaret på fråga 3 är mer än 3"),
        (Compare("fraga_3", "ge", "3"), "svaret på fråga 3 är minst 3"),
        (Compare("fraga_4", "answered"), "fråga 4 är besvarad"),
        (Compare("fraga_4", "empty"), "fråga 4 är inte besvarad"),
        (Compare("borta", "eq", "1"), "svaret på en fråga som inte finns"),
        (Not(Compare("fraga_4", "empty")), "inte (fråga 4 är inte besvarad)"),
        (
            AllOf((Compare("fraga_4", "empty"), Compare("fraga_1", "eq", "1"))),
            "fråga 4 är inte besvarad och svaret på fråga 1 är «Ja»",
        ),
        (
            AnyOf((Compare("fraga_4", "empty"), Compare("fraga_1", "eq", "1"))),
            "fråga 4 är inte besvarad eller svaret på fråga 1 är «Ja»",
        ),
    ],
)
def test_a_condition_is_said_in_words(condition: Condition, words: str) -> None:
    assert condition_in_words(lunch(), condition, "sv") == words


def test_the_bank_has_scales_with_words_and_questions_that_can_be_declined() -> None:
    shelf = bank()
    assert {one.id for one in shelf.scales} >= {"b5", "j3", "jn"}
    assert all(one.text.has("sv") and one.text.has("en") for one in shelf.questions)
    assert {one.form.id for one in shelf.questions} >= {"bank", "experience", "staff_poll"}
    assert not shelf.blocks, "no locked block is shipped"
    assert standard().start


def test_the_locked_blocks_of_published_forms_are_in_the_bank() -> None:
    published = tiny("locked_block")
    (block,) = bank([published]).blocks
    assert (block.form, block.id, block.owner) == (published, published.locks[0].id, published.locks[0].owner)


def test_an_association_finds_its_own_questions_in_the_bank_and_no_shipped_one_twice() -> None:
    own = lunch()
    shelf = bank(own=[own, *shipped()])
    assert {one.id for one in shelf.questions if one.form == own} == {"fraga_1", "fraga_2", "fraga_3", "fraga_4"}
    assert len([one for one in shelf.questions if one.form != own]) == len(bank().questions)
