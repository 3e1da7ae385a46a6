"""Every example of docs/api.md works as it is written, and what it shows has the names that programs meet."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.api_scene import HOME_FORM, Program, program, released
from tests.staff_scene import World

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of the page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


HERE = {"experience": "tiny", "bjorkdalen": "norr"}
"""What the demonstration has -> what stands for it in the test."""
COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl ")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[World]:
    with released(tmp_path_factory.mktemp("api"), migrated_file) as world:
        yield world


@pytest.fixture(scope="module")
def eva(world: World) -> Program:
    return program(world, "eva")


def typed(line: str, eva: Program) -> TestResponse:
    """What a curl command gets."""
    for written, meant in {"$KEY": eva.key, "$SAMSVAR": "http://localhost", **HERE}.items():
        line = line.replace(written, meant)
    words = shlex.split(line)
    headers, address = {}, ""
    given = iter(words[1:])
    for word in given:
        if word == "-H":
            name, _colon, value = next(given).partition(": ")
            headers[name] = value
        elif word == "-o":
            next(given)
        else:
            assert word.startswith("http://"), f"{word} is not understood here"
            address = word
    parts = urlsplit(address)
    return eva.client.get(parts.path, query_string=parts.query, headers=headers, buffered=True)


@pytest.mark.parametrize("line", COMMANDS)
def test_an_example_works_as_it_is_written(eva: Program, line: str) -> None:
    answer = typed(line, eva)
    assert answer.status_code == 200, answer.text
    assert answer.data


def test_every_address_described_is_there_with_its_scope(world: World) -> None:
    told = world.app.test_client().get("/api/openapi.json").get_json()["paths"]
    scopes = {re.sub(r"{\w+}", "{}", path): one["get"]["security"] for path, one in told.items()}
    rows = re.findall(r"^\| (`/.*?) \|.*\| (`\w+`|any) \|$", PAGE, re.MULTILINE)
    described = {
        re.sub(r"{\w+}", "{}", f"/api/v1{path}"): [{"key": [] if scope == "any" else [scope.strip("`")]}]
        for paths, scope in rows
        for path in re.findall(r"`([^`]+)`", paths)
    }
    assert described == scopes


def shape(value: Any) -> Any:
    """The names in a value, at every depth; a list by its first item, languages by none."""
    if isinstance(value, dict):
        languages = set(value) <= {"sv", "en"}
        return {} if languages else {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_the_figures_shown_have_every_name_there_is_in_order(eva: Program) -> None:
    (example,) = (json.loads(block) for block in blocks("json") if '"questions"' in block)
    whole = eva.read(f"{HOME_FORM}/groups/2026-Q3")
    told = whole | {"questions": [one for one in whole["questions"] if one["positive"]]}
    assert [*example] == [*told]
    assert [*example["questions"][0]] == [*told["questions"][0]]
    assert shape(example["questions"]) == shape(told["questions"])
    described = eva.client.get("/api/openapi.json").get_json()["components"]["schemas"]
    assert {*example["themes"][0]} == {*described["ThemeTold"]["properties"]}


def test_the_problem_shown_is_what_is_told(world: World) -> None:
    (example,) = (json.loads(block) for block in blocks("json") if '"scope"' in block)
    assert program(world, "eva", "forms").get(f"{HOME_FORM}/quotes").get_json() == example
