"""Who writes forms in English reads no Swedish but the form's own: whatever is refused, criticised or compared, and
whoever asked for it in Swedish just before."""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest

from forms.content import rows
from survey.installation import Installation
from tests.author_scene import FORMS, copied, draft, newest, send, written_by
from tests.staff_scene import Browser, World

ROOT = Path(__file__).parent.parent
SWEDISH = re.compile(
    r"[åäöÅÄÖ]|\b(och|inte|som|eller|finns|ska|kan|av|utan|filen|raden|sidan|svaret|texten|skriv|ta bort|korta)\b",
    re.IGNORECASE,
)
OTHERS = re.compile("“[^”]*”|Samordningsförbundet Exempel|Förbundet Annat")
"""What somebody else has said or is called."""
CATALOGUED = {"_", "_l", "ngettext"}
NO_MESSAGES = {
    "forms/model.py": "Words of a form file for what an answer is about; pages say them through the catalogue.",
    "forms/municipalities.py": "Names of places.",
    "forms/doors/translation_book.py": "Headings and states of the workbook, which are read back.",
}
"""Where Swedish stands that is no message, and what it is."""
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}

WRONG: dict[str, bytes] = {
    "fel.yaml": b'form: "Fel!"\nversion: "1"\nkind: "anonymt"\nlanguages: [sv]\ntitel: {sv: "x"}\npages:\n  - id: "a"\n'
    b'    questions:\n      - {id: "q", type: "choise", text: "y", privacy: "open"}\n      - {id: "w", type: "choice",'
    b' text: {sv: "y"}, privacy: "open", show_if: {q: "z", op: "eq", value: "1"}}\n',
    "fel2.yaml": b'form: "fel"\nversion: 1\nkind: "anonymous"\nlanguages: ["sv", "en"]\ntitle: {sv: "x"}\npages:\n'
    b'  - id: "a"\n    questions:\n      - {id: "q", type: "choice", text: {sv: "y {who}"}, privacy: "open",'
    b' theme: "t"}\n      - {id: "q", type: "email", text: {sv: "y"}, privacy: "identifying"}\n',
    "rad.yaml": b"form: [\n",
    "bild.png": b"\x89PNG",
    "tom.xlsx": b"PK\x03\x04",
    "fel.lss": b"<document><LimeSurveyDocType>Label</LimeSurveyDocType></document>",
    "fel2.lss": b"<!DOCTYPE x []><document/>",
    "fel3.lss": b"<document",
    "fel.json": json.dumps(
        {
            "triggers": [1],
            "pages": [
                {
                    "name": "p",
                    "elements": [{"type": "file", "name": "a"}, {"type": "rating", "name": "b", "rateStep": 3}],
                },
                {
                    "name": "s",
                    "elements": [{"type": "text", "name": "a", "visibleIf": "{no} = 1", "readOnly": True}, 3],
                },
            ],
        }
    ).encode(),
    "fel2.json": b"[",
}
"""Files that no door lets in."""
TAKEN = {
    "ok.json": json.dumps(
        {
            "elements": [
                {"type": "text", "name": "A b", "width": 3},
                {"type": "boolean", "name": "state", "title": "Well?"},
            ]
        }
    ).encode()
}
"""Files that come in with something left out or written otherwise."""


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return written_by(sqlite_installation)


class Unmarked(HTMLParser):
    """What a page says in its own language: all but what says which other one it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._around: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            foreign = tag in ("title", "script", "style", "bdi") or (tag != "html" and "lang" in dict(attrs))
            self._around.append(foreign or (bool(self._around) and self._around[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._around.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._around[-1]:
            self.said.append(" ".join(data.split()))


def swedish(page: str) -> list[str]:
    """What is said in Swedish without saying so."""
    reader = Unmarked()
    reader.feed(page)
    return [said for said in reader.said if SWEDISH.search(OTHERS.sub("", said))]


def in_both(browser: Browser, path: str) -> str:
    """The English page, after the Swedish one has been asked for. The Swedish one is known for what it is."""
    assert swedish(browser.get(path).text), path
    return browser.get(f"/en{path}").text


def upload(browser: Browser, prefix: str, path: str, name: str, content: bytes) -> str:
    return str(browser.post(f"{prefix}{path}", file=(BytesIO(content), name)).text)


def test_an_author_who_reads_english_is_told_in_english_what_is_wrong_with_a_file(world: World) -> None:
    alf = world.visit("alf")
    for name, content in (WRONG | TAKEN).items():
        assert swedish(upload(alf, "", f"{FORMS}/nytt/fil", name, content)), name
        page = upload(alf, "/en", f"{FORMS}/nytt/fil", name, content)
        assert f'data-page="author-{"bring-look" if name in TAKEN else "refused"}"' in page, name
        assert swedish(page) == [], name
    case = copied(world, newest("referral"), "")
    assert swedish(in_both(alf, f"{FORMS}/{case}/fil/xlsx")) == []
    path = f"{FORMS}/{copied(world, newest('staff_poll'), '')}/sprak/en/fil"
    for name, content in {"x.xlf": b"<!DOCTYPE x []><xliff/>", "x.xlsx": b"PK"}.items():
        assert swedish(upload(alf, "", path, name, content))
        assert swedish(upload(alf, "/en", path, name, content)) == []


def test_an_author_who_reads_english_is_criticised_in_english_whoever_asked_before(world: World) -> None:
    alf, form = world.visit("alf"), copied(world, newest("experience"), "")
    here = f"{FORMS}/{form}"
    first = rows(draft(world, form).content)[0].id
    assert send(alf, f"{here}/publicera").status_code == 303
    alf.post(f"{here}/andra", submission="1")
    for where, fields in {
        f"/fraga/{first}/text": {"text": "Vad heter du, {who}, och är det inte så att du inte kan läsa det här?"},
        "/fragor/ny": {"typ": "choice", "text": "Utan svar?"},
        "/sprak": {"language": "fi"},
        "/sprak/fi": {"t:title": "Kokous"},
    }.items():
        assert send(alf, f"{here}/namn", f"{here}{where}", **fields).status_code == 303, where
    pages: tuple[str, ...] = (
        "/",
        "/kontroll",
        "/publicera",
        "/historik",
        "/jamfor",
        "/version/1",
        "/vagar",
        "/prova/",
        "/prova/ga",
    )
    pages += ("/namn", "/skydd", "/teman", "/fragor/", "/fragor/ny", "/fragor/bank", "/sprak", "/sprak/fi", "/fil")
    pages += ("/prova/alla", "/prova/disposition", "/teman/nytt", "/kasta", "/arkiv")
    pages += tuple(
        f"/fraga/{first}{step}"
        for step in (
            "/",
            "/text",
            "/svar",
            "/regler",
            "/visas",
            "/del",
            "/typ",
            "/skala",
            "/visa",
            "/visas/ny?om=du_f1_vem",
        )
    )
    found = {path: swedish(in_both(alf, f"{here}{path}")) for path in pages}
    assert {path: said for path, said in found.items() if said} == {}


def test_no_room_of_forms_says_anything_that_the_catalogue_does_not_know() -> None:
    for path in sorted((ROOT / "forms").rglob("*.py")):
        if str(path.relative_to(ROOT)) not in NO_MESSAGES:
            assert list(uncatalogued(path.read_text(encoding="utf-8"))) == [], path
    # control: it is seen where it does
    refused = 'refuse(name, "Filen är för stor.", _("Välj en annan fil."))'
    assert list(uncatalogued(refused)) == ["Filen är för stor."]
    assert list(uncatalogued('what = f"Typen {type_} finns inte."')) == ["Typen _ finns inte."]


def uncatalogued(source: str) -> Iterator[str]:
    """Sentences in Swedish that are not looked up; docstrings, patterns and texts of forms are none."""

    def within(node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Call(func=ast.Attribute(attr="compile")):
                return
            case ast.Call(func=ast.Name(id=name)) if name in CATALOGUED:
                return
            case ast.Dict(keys=keys) if any(isinstance(key, ast.Constant) and key.value == "sv" for key in keys):
                return
            case ast.JoinedStr(values=parts):
                words = "".join(str(part.value) if isinstance(part, ast.Constant) else "_" for part in parts)
            case ast.Constant(value=str(words)):
                pass
            case _:
                words = ""
                for inner in ast.iter_child_nodes(node):
                    yield from within(inner)
        if " " in words.strip() and SWEDISH.search(words):
            yield words

    return within(ast.parse(source))
