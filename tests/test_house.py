"""The plan of the house: which rooms may know which. Between the rooms `make lint` holds it (import-linter)."""

import ast
from pathlib import Path

HOUSE = Path(__file__).parent.parent
ROOMS = {"commands", "forms", "survey", "staff", "exports", "pages", "api", "demonstration"}
MAY_IMPORT = {
    "settings": set(),
    "app": {*ROOMS, "settings"},
}


def imported(file: Path) -> set[str]:
    """The first names of every module that `file` imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def ours(file: Path) -> set[str]:
    return imported(file) & {*ROOMS, *MAY_IMPORT}


def test_the_front_door_imports_downwards_only() -> None:
    assert {name: ours(HOUSE / f"{name}.py") - allowed for name, allowed in MAY_IMPORT.items()} == {
        name: set() for name in MAY_IMPORT
    }


def test_no_room_knows_the_application_that_is_assembled_from_it() -> None:
    files = [file for room in ROOMS for file in (HOUSE / room).rglob("*.py")]
    assert len(files) > 50
    assert [file for file in files if ours(file) & {"app"}] == []


def test_what_is_asked_knows_no_database() -> None:
    assert [file for file in (HOUSE / "forms").rglob("*.py") if imported(file) & {"sqlalchemy", "survey"}] == []


def test_rules_know_no_request() -> None:
    rules = [file for room in ("survey", "exports") for file in (HOUSE / room).rglob("*.py")]
    assert [file for file in rules if "flask" in imported(file)] == []
