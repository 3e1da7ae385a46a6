"""The tour through the house is true: every place it names is there."""

import ast
import re
from pathlib import Path

HOUSE = Path(__file__).parent.parent
NAMED = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.py)(?::(\w+))?`")


def names(file: Path) -> set[str]:
    """What a module defines or assigns at its top."""
    found: set[str] = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_every_place_on_the_tour_exists() -> None:
    places = NAMED.findall((HOUSE / "docs" / "tour.md").read_text("utf-8"))
    assert len(places) > 40
    missing = [(file, name) for file, name in places if name and name not in names(HOUSE / file)]
    assert missing == []


def test_every_page_the_readme_names_exists() -> None:
    linked = re.findall(r"\]\(((?:docs|instance)/[^)#]+)\)", (HOUSE / "README.md").read_text("utf-8"))
    assert linked
    assert [page for page in linked if not (HOUSE / page).exists()] == []
