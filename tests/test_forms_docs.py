"""What is written about forms is so: every type, key, operator and blank is documented, and the examples work."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from forms.advice import advise
from forms.model import CATEGORIES, MISSING, Operator
from forms.placeholders import CASE_PLACEHOLDERS, PLACEHOLDERS
from forms.schema import FormSchema, LockSchema, PageSchema, QuestionSchema, RuleSchema, read_form
from forms.tailoring import SETTINGS
from forms.types import TYPES
from forms.values import WordingSchema
from tests.tiny import tiny

ROOT = Path(__file__).parent.parent
TYPES_PAGE = (ROOT / "docs" / "question-types.md").read_text("utf-8")
FILES_PAGE = (ROOT / "docs" / "form-files.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", TYPES_PAGE, re.MULTILINE | re.DOTALL))


def quoted(section: str, label: str) -> set[str]:
    """What stands in backquotes after `- label:`."""
    line = re.search(rf"^- {label}: (.*)$", section, re.MULTILINE)
    assert line, f"no «{label}» in {section[:40]!r}"
    return set(re.findall(r"`([^`]+)`", line[1]))


def table(heading: str) -> set[str]:
    """The first column of the tables under a heading."""
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", FILES_PAGE, re.MULTILINE | re.DOTALL)
    assert part, heading
    rows = re.findall(r"^\| (`.*?) \|", part[1], re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_type_has_a_section_and_every_section_a_type() -> None:
    assert set(SECTIONS) == set(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_what_is_written_of_a_type_is_so(name: str) -> None:
    type_, section = TYPES[name], SECTIONS[name]
    assert quoted(section, "keys") == type_.keys
    assert quoted(section, "privacy") == type_.privacies
    assert quoted(section, "conditions") == type_.operators
    forms = ("one_choice", "several_choices", "scale_with_faces", "one_line", "several_lines", "a_number", "a_date")
    more = ("reach_me", "a_statement", "yes_or_no", "a_case")
    asked = next(q for f in (*forms, *more) for q in tiny(f).questions if q.type == name)
    assert quoted(section, "columns") == {c.replace(asked.id, "<id>") for c in type_.columns(asked)}


def test_every_key_of_a_form_file_is_documented_and_no_other() -> None:
    assert table("The form") == set(FormSchema._declared_fields)
    assert table("Pages") == set(PageSchema._declared_fields)
    assert table("Locked blocks") == set(LockSchema._declared_fields)
    own = set().union(*(type_.keys for type_ in TYPES.values()))
    common = set(QuestionSchema._declared_fields) - own
    choosing = TYPES["scale"].keys
    assert table("Questions") == common | choosing
    assert table("Rules") | {"at", "error", "by_role"} == set(RuleSchema._declared_fields)
    assert {"text", "help", "error", "choices"} == set(WordingSchema._declared_fields)


def test_every_category_and_setting_of_a_case_is_documented() -> None:
    assert table("Cases") == set(CATEGORIES)
    told = re.search(r"\*\*Settings\*\*(.*?)\n\n", FILES_PAGE, re.DOTALL)
    assert told
    values = {value for wanted in SETTINGS.values() for value in wanted}
    assert set(re.findall(r"`(\w+)`", told[1])) == {"setting", *SETTINGS, *values}


def test_every_operator_blank_and_missing_code_is_documented() -> None:
    assert table("Conditions") == set(get_args(Operator))
    assert {name.strip("{}") for name in table("Blanks")} == set(PLACEHOLDERS)
    in_cases = {name.strip("{}") for name in table("Blanks of cases") if name.startswith("{")}
    assert in_cases == set(CASE_PLACEHOLDERS)
    assert set(re.findall(r"^\| (-\d\d) \|", FILES_PAGE, re.MULTILINE)) == set(MISSING)


def test_the_example_is_a_form_that_can_be_published() -> None:
    example = re.search(r"```yaml\n(.*?)```", FILES_PAGE, re.DOTALL)
    assert example
    form = read_form(example[1], name="docs/form-files.md")
    assert advise(form) == []


def test_nothing_outside_the_types_asks_what_type_a_question_is() -> None:
    rooms = ("forms", "survey", "exports", "staff", "pages")
    sources = [path for room in rooms for path in (ROOT / room).rglob("*.py") if path.parent.name != "types"]
    assert len(sources) > 20
    asking = [f"{path.name}:{line}" for path in sources for line in _asks_for_type(path.read_text("utf-8"))]
    assert asking == []


def test_the_search_for_type_questions_finds_one() -> None:
    assert _asks_for_type('if question.type == "choice":\n    pass') == [1]
    assert _asks_for_type("match question.type:\n    case _: pass") == [1]
    assert _asks_for_type("TYPES[question.type].read(x)") == []


def _asks_for_type(source: str) -> list[int]:
    """Lines that compare or match something's `.type`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        sides += [node.subject] if isinstance(node, ast.Match) else []
        found += [side.lineno for side in sides if isinstance(side, ast.Attribute) and side.attr == "type"]
    return found
