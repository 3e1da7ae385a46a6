"""REDCap's data dictionary: 18 columns, and branching logic that asks what our conditions ask."""

import csv
import re
from io import StringIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.doors import redcap
from forms.doors.base import STAYS
from forms.doors.redcap import COLUMNS, WRITTEN_AS, logic
from forms.faults import BadForm
from forms.library import shipped
from forms.model import Answers, Compare, Form
from forms.places import each_condition
from forms.routing import holds
from forms.types import TYPES
from tests.test_forms_doors import LEAVING
from tests.test_forms_xlsform import some_answer
from tests.tiny import tiny

BRANCHING = "Branching Logic (Show field only if...)"
CHOICES = "Choices, Calculations, OR Slider Labels"


def rows(form: Form) -> dict[str, dict[str, str]]:
    """Field name -> its row, as a program reads the file."""
    read = csv.DictReader(StringIO(redcap.take(form).content.decode()))
    assert tuple(read.fieldnames or ()) == COLUMNS
    return {row["Variable / Field Name"]: row for row in read}


@pytest.mark.parametrize("form", [form for form in LEAVING if form in shipped()], ids=lambda form: form.id)
def test_a_shipped_form_becomes_a_row_a_question_after_the_record_id(form: Form) -> None:
    assert list(rows(form)) == ["record_id", *form.by_id]
    assert {row["Form Name"] for row in rows(form).values()} == {form.id}


def test_every_question_type_can_be_written() -> None:
    assert set(WRITTEN_AS) | set(STAYS) == set(TYPES)


def test_a_question_is_written_with_choices_bounds_and_what_it_must_keep() -> None:
    found = rows(tiny("locked_block"))
    assert (
        found["brod_skorpig"][CHOICES] == "3, Ja | 2, Delvis | 1, Nej | 0, Det hade ingen skorpa | -88, Vill inte svara"
    )
    assert found["brod_skorpig"]["Section Header"] == "Brödet"
    assert found["brod_sorter"]["Section Header"] == ""
    assert found["brod_sorter"]["Field Annotation"] == "@NONEOFTHEABOVE='3,-77'"
    assert [found["brod_skivor"][f"Text Validation {end}"] for end in ("Min", "Max")] == ["0", "20"]
    assert found["brod_ord"]["Field Annotation"] == "@CHARLIMIT=200"
    assert found["brod_igen"][BRANCHING] == (
        "[brod_skorpig] <> '0' and ([brod_sorter(1)] = '1' or [brod_sorter(2)] = '1')"
    )


def test_what_points_at_a_person_is_marked() -> None:
    form = tiny("reach_me")
    assert {row["Identifier?"] for name, row in rows(form).items() if form.by_id.get(name)} == {"y"}


CASES = [(form, condition) for form in LEAVING for _, condition, _ in each_condition(form)]


@given(seed=st.integers(0, 10**6))
def test_branching_asks_what_the_condition_asks(seed: int) -> None:
    chance = Random(seed)
    for form, condition in CASES:
        if isinstance(condition, Compare) and (condition.q, condition.op) == ("dag", "lt"):
            continue
        answers = {q.id: answer for q in form.questions if (answer := some_answer(q, chance)) is not None}
        asked = logic(condition, form)
        assert shows(asked, answers) == holds(condition, form, answers), asked
        assert shows(logic(condition, form, true=False), answers) != shows(asked, answers)


ATOM = re.compile(r"\[(\w+)(?:\(([\w-]+)\))?\] (=|<>|<=|>=|<|>) ('[^']*'|-?\d+)")


def shows(asked: str, answers: Answers) -> bool:
    """Whether REDCap would show a field: a checkbox is 1 or 0, a blank is less than any number."""

    def told(found: re.Match[str]) -> str:
        answer = answers.get(found[1], "")
        if found[2]:
            answer = str(int(found[2] in answer))
        if found[4].startswith("'"):
            return str((answer == found[4][1:-1]) == (found[3] == "="))
        number, other = float(str(answer) or "-inf"), float(found[4])
        return str({"<": number < other, "<=": number <= other, ">": number > other, ">=": number >= other}[found[3]])

    plain = ATOM.sub(told, asked)
    assert re.fullmatch(r"(True|False|and|or|[() ])+", plain), asked
    return bool(eval(plain))


def test_an_order_of_days_is_refused() -> None:
    with pytest.raises(BadForm, match="före eller efter"):
        redcap.take(tiny("every_condition"))


def test_what_the_format_has_no_place_for_is_told_of() -> None:
    assert "Bara språket sv kommer med." in redcap.take(tiny("three_languages")).left
