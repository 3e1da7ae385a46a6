"""`docs/security.md` and `docs/threat-model.md` say what is so: every test and file they name is there, every
requirement and every key stands in them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECURITY, THREATS = (ROOT / "docs" / name for name in ("security.md", "threat-model.md"))
ROOMS = ("survey", "staff", "pages", "api", "exports", "commands", "demonstration")

LEVELS = {
    **{"1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123"},
    **{"2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23"},
    **{"3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333"},
    **{"4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222"},
    **{"5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222"},
    **{"6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223"},
    **{"6.7": "33", "6.8": "2222"},
    **{"7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22"},
    **{"8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23"},
    **{"9.1": "111", "9.2": "1222"},
    **{"10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22"},
    **{"10.7": "222"},
    **{"11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33"},
    **{"12.1": "12233", "12.2": "11", "12.3": "22223"},
    **{"13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233"},
    **{"14.1": "22", "14.2": "12223333", "14.3": "122"},
    **{"15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333"},
    **{"16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223"},
    **{"17.1": "23", "17.2": "22223333", "17.3": "22"},
}
"""Section of ASVS 5.0.0 -> the level of each of its requirements, in order."""
ALL, WITHOUT = 345, "17"
"""How many there are; the chapter that does not apply."""


def required() -> set[str]:
    """Every requirement of levels 1 and 2 of the chapters that apply."""
    return {
        f"{section}.{number}"
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, start=1)
        if level in "12" and section.split(".")[0] != WITHOUT
    }


def rows(page: str) -> Iterator[tuple[list[str], str]]:
    """The requirements of each row, and what shows them."""
    for ids, shown in re.findall(r"^\| ([\d.]+(?:-[\d.]+)?) \| [^|]+ \| (.+) \|$", page, re.MULTILINE):
        first, _dash, last = ids.partition("-")
        section, number = first.rpartition(".")[::2]
        yield [f"{section}.{n}" for n in range(int(number), int((last or first).rpartition(".")[2]) + 1)], shown


@cache
def held_by(name: str) -> frozenset[str]:
    """The tests a file holds; none where there is no such file."""
    file = ROOT / "tests" / name
    if not file.exists():
        return frozenset()
    return frozenset(
        node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    )


def missing(page: str) -> list[str]:
    """Tests, files, names in files and pages that are named and are not there."""
    named = re.findall(r"`(?:tests/)?(test_\w+\.py)::(\w+)`", page)
    gone = [f"{file}::{test}" for file, test in named if test not in held_by(file)]
    for path, name in re.findall(r"`((?:[\w-]+/)*[\w@-]+\.(?:py|conf|service|md|js))(?::(\w+))?`", page):
        found = next((at for at in (ROOT / path, ROOT / "tests" / path) if at.exists()), None)
        if found is None or name not in found.read_text("utf-8"):
            gone.append(f"{path}:{name}")
    gone += [link for link in re.findall(r"\]\(([\w/.-]+\.md)\)", page) if not (ROOT / "docs" / link).exists()]
    return gone


@pytest.mark.parametrize("told", [SECURITY, THREATS], ids=lambda told: told.name)
def test_whatever_is_named_is_there(told: Path) -> None:
    text = told.read_text("utf-8")
    assert len(re.findall(r"test_\w+\.py::\w+", text)) > 60
    assert missing(text) == []


def test_control_what_is_not_there_is_found() -> None:
    tests = "`test_policy.py::test_nothing_at_all` `test_none.py::test_x`"
    assert len(missing(f"{tests} `staff/policy.py:zq` `staff/none.py` [x](none.md)")) == 5


def test_the_list_of_requirements_is_whole() -> None:
    assert sum(map(len, LEVELS.values())) == ALL
    assert len([level for levels in LEVELS.values() for level in levels if level == "1"]) == 70


def test_every_requirement_has_one_row_and_every_row_a_reason_or_a_test() -> None:
    told = list(rows(SECURITY.read_text("utf-8")))
    ids = [one for of, _shown in told for one in of]
    assert len(ids) == len(set(ids))
    assert set(ids) == required()
    assert [of for of, shown in told if len(shown) < 8] == []


def test_what_is_not_met_is_said_so_and_nowhere_hidden() -> None:
    shown = {of[0]: shown for of, shown in rows(SECURITY.read_text("utf-8"))}
    assert {first for first, text in shown.items() if "**not met**" in text} == NOT_MET


NOT_MET: set[str] = set()
"""What is left to know. Whoever mends one takes it out here and there."""


def derived() -> set[str]:
    """The purposes that keys are derived for, in the code."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    return {name for file in files for name in re.findall(r'\.derive\("([^"]+)"\)', file.read_text("utf-8"))}


def test_every_key_derived_in_the_code_stands_in_the_table() -> None:
    table = SECURITY.read_text("utf-8").split("| Purpose | Protects |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == derived()
