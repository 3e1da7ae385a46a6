"""Forms that leave as files and come back: YAML loses nothing, and every door says what it cannot take."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.assemble import fingerprint
from forms.check import check
from forms.doors import DOORS, bring, take
from forms.doors.base import STAYS
from forms.faults import BadForm
from forms.library import shipped, shipped_form
from forms.model import Form, Text
from tests.tiny import FOLDER, tiny

EVERY = [*shipped(), *(tiny(file.stem) for file in sorted(FOLDER.glob("*.yaml")))]
NAMES = [f"{form.id}-{form.version}" for form in EVERY]
STAYING = [form for form in EVERY if form.kind == "case" or any(question.type in STAYS for question in form.questions)]
"""What other formats are not given: a case, and what no other program can ask, like the rows of an interview."""
LEAVING = [form for form in EVERY if form not in STAYING]
LEAVING_NAMES = [f"{form.id}-{form.version}" for form in LEAVING]


def there_and_back(form: Form, ending: str, tmp_path: Path) -> Form:
    """The form after leaving as a file and coming in again."""
    file = tmp_path / f"ut{ending}"
    file.write_bytes(take(form, file.name).content)
    return bring(file).form


@pytest.mark.parametrize("form", EVERY, ids=NAMES)
def test_a_form_comes_back_from_yaml_as_it_left(form: Form, tmp_path: Path) -> None:
    back = there_and_back(form, ".yaml", tmp_path)
    assert back == form
    assert back.fingerprint == form.fingerprint


WORDS = st.text(min_size=1, max_size=60).filter(str.strip)


@settings(deadline=None)
@given(words=WORDS, more=WORDS)
def test_every_text_that_may_stand_in_a_form_comes_back_from_yaml(words: str, more: str) -> None:
    form = tiny("several_choices")
    page = form.pages[0]
    asked = replace(page.questions[0], text=Text({"sv": words, "en": more}), help=Text({"sv": more, "en": words}))
    changed = replace(form, pages=(replace(page, questions=(asked, *page.questions[1:])), *form.pages[1:]))
    if check(changed):
        return
    changed = replace(changed, fingerprint=fingerprint(changed))
    content = take(changed, "x.yaml").content
    assert DOORS[".yaml"].bring is not None
    assert DOORS[".yaml"].bring(content, "x.yaml").form == changed


def test_a_written_form_looks_as_one_writes_it_by_hand() -> None:
    lines = take(tiny("one_choice"), "x.yaml").content.decode().splitlines()
    assert lines[0] == 'form: "one_choice"'
    assert "version: 1" in lines
    assert '          - {code: "1", text: {sv: "Blå", en: "Blue"}}' in lines


def test_a_copy_under_a_new_name_does_not_answer_into_the_old_box() -> None:
    assert b"pool:" not in take(tiny("one_choice"), "x.yaml").content
    pooled = next(form for form in shipped() if form.pool != form.id)
    assert f'pool: "{pooled.pool}"'.encode() in take(pooled, "x.yaml").content


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv"])
def test_a_form_about_named_persons_leaves_only_as_what_keeps_all_of_it(name: str) -> None:
    for form in (form for form in EVERY if form.kind == "case"):
        with pytest.raises(BadForm, match=r"Formulär för ärenden stannar här\. Välj \.yaml"):
            take(form, name)


def test_a_question_that_only_makes_sense_here_is_refused_by_name_and_reason() -> None:
    form = replace(tiny("yes_or_no"), kind="record")
    page = form.pages[0]
    asked = replace(page.questions[0], type="party", choices=())
    changed = replace(form, pages=(replace(page, questions=(asked,)), *form.pages[1:]))
    with pytest.raises(BadForm, match="frågan regnar: Vilka parter det finns vet bara teamet"):
        take(changed, "x.xlsx")


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("x.xlsx", "Antal frågor som förlorar vilket svar som gäller för den som inte fick frågan: 1."),
        ("x.csv", "Svar som föreslås, följer av andra eller gäller utan att frågan har ställts kommer inte med."),
    ],
)
def test_an_interview_stays_for_its_rows_and_without_them_leaves_and_tells_what_it_loses(name: str, also: str) -> None:
    interview = shipped_form("interview")
    with pytest.raises(BadForm) as fault:
        take(interview, name)
    assert str(fault.value) == (
        "interview, frågan in_egen: Frågor i rader kommer inte med. Ta bort frågan, eller välj .yaml."
    )
    rowless = [page for page in interview.pages if not any(question.type == "repeat" for question in page.questions)]
    told = "Manuset för intervjuer kommer inte med: den som fyller i läser frågorna själv."
    assert {told, also} <= set(take(replace(interview, pages=tuple(rowless)), name).left)


@pytest.mark.parametrize("name", ["x.docx", "x", "x.pdf"])
def test_a_format_without_a_door_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(BadForm, match=r"Formatet går inte att läsa\. Välj .*\.yaml"):
        bring(tmp_path / name)
    with pytest.raises(BadForm, match=r"Formatet går inte att skriva\. Välj .*\.yaml"):
        take(tiny("one_choice"), name)


def test_an_endless_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x.yaml").open("wb") as file:
        file.truncate(10_000_000_000)
    with pytest.raises(BadForm, match="för stor"):
        bring(tmp_path / "x.yaml")
