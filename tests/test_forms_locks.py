"""A locked block: nobody changes a letter of it unnoticed, and what stands after it is one's own."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.advice import advise
from forms.assemble import assemble, dump_form
from forms.check import check
from forms.faults import BadForm, Fault
from forms.locks import block, difference, find_lock, fingerprint, held
from forms.model import Form
from forms.routing import on_path
from forms.schema import FormSchema, read_form
from tests.tiny import FOLDER, tiny

SOURCE = (FOLDER / "locked_block.yaml").read_text("utf-8")
FORM = tiny("locked_block")
CONTENT = dump_form(FORM)
PRINT = FORM.locks[0].fingerprint
Path = tuple[str | int, ...]


def changed(*pairs: tuple[str, str]) -> str:
    """The file with these words replaced."""
    source = SOURCE
    for before, after in pairs:
        assert source.count(before) == 1, f"{before!r} stands {source.count(before)} times"
        source = source.replace(before, after)
    return source


def faults(source: str) -> list[Fault]:
    with pytest.raises(BadForm) as refused:
        read_form(source, name="prov.yaml")
    return refused.value.faults


def told(*pairs: tuple[str, str]) -> list[str]:
    return [f"{fault.place}: {fault.what}" for fault in faults(changed(*pairs))]


def test_the_fingerprint_is_what_the_owner_wrote() -> None:
    assert fingerprint(FORM, "brod") == PRINT
    assert find_lock(FORM, "brod") == FORM.locks[0]
    assert find_lock(FORM, None) is None
    assert check(FORM) == []


# --- Any change of a block is another block --------------------------------------------------------------------------


def places(content: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in some content: values, lists and their items, maps and their keys."""
    yield path
    inner = enumerate(content) if isinstance(content, list) else content.items() if isinstance(content, dict) else ()
    for step, value in inner:
        yield from places(value, (*path, step))


def at(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


def in_block(path: Path) -> bool:
    """Whether a place of `CONTENT` belongs to the block, worked out by hand from the file."""
    match path:
        case ("pages", int(number), *_):
            return number < 2
        case ("scales", "brod_3", *_) | ("themes", "brod_skorpa", *_) | ("languages", *_):
            return True
        case ("locks", "brod", *_):
            return path[2:3] != ("fingerprint",)
    return False


def mutations(value: Any) -> Iterator[Any]:
    """Everything a value could become by one small change."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value + 2)
    elif isinstance(value, str):
        yield from (f"{value}x", f"{value}.", value[:-1] or "y", value.swapcase(), f" {value}")
    elif isinstance(value, list):
        yield from (value[:i] + value[i + 1 :] for i in range(len(value)))
        yield from ([*value[:i], value[i + 1], value[i], *value[i + 2 :]] for i in range(len(value) - 1))
        yield from ([*value[: i + 1], value[i], *value[i + 1 :]] for i in range(len(value)))
    elif isinstance(value, dict):
        said = [key for key in value if value[key] != [] and key != "fingerprint"]  # an empty list is as good as none
        yield from ({k: v for k, v in value.items() if k != gone} for gone in said)
        if set(value) <= {"sv", "en"}:
            yield value | {"fi": "Suomeksi"}


def mutated(path: Path) -> Iterator[dict[str, Any]]:
    """The form's content with one change at `path`."""
    for other in mutations(at(CONTENT, path)):
        if other != at(CONTENT, path):
            content = deepcopy(CONTENT)
            at(content, path[:-1])[path[-1]] = other
            yield content


def fingerprint_in(content: dict[str, Any]) -> str | None:
    """The block's fingerprint in some content, or None where it is no form with a block any more."""
    if FormSchema().validate(content):
        return None
    form = assemble(FormSchema().load(content))
    return fingerprint(form, "brod") if find_lock(form, "brod") else None


INSIDE = [path for path in places(CONTENT) if in_block(path)]
OUTSIDE = [
    path for path in places(CONTENT) if path and not any(in_block((*path, *p)) for p in places(at(CONTENT, path)))
]


def test_any_single_change_of_the_block_changes_its_fingerprint_and_is_refused() -> None:
    tried = [content for path in INSIDE for content in mutated(path)]
    assert len(tried) > 500
    assert [content for content in tried if fingerprint_in(content) == PRINT] == []
    for content in tried[::31]:
        with pytest.raises(BadForm):
            read_form(json.dumps(content), name="prov.json")


def test_no_change_outside_the_block_touches_its_fingerprint() -> None:
    tried = [content for path in OUTSIDE for content in mutated(path)]
    assert len(tried) > 50
    assert {fingerprint_in(content) for content in tried} - {None} == {PRINT}


def test_every_kind_of_key_a_question_can_have_is_in_the_block_that_is_tried() -> None:
    keys = {path[-1] for path in INSIDE}
    assert {
        "text",
        "help",
        "by_role",
        "error",
        "comment",
        "choices",
        "code",
        "exclusive",
        "dont_know",
        "refusal",
    } <= keys
    assert {"scale", "positive", "middle", "negative", "theme", "type", "privacy", "meaning", "show_if", "part"} <= keys
    assert {"minimum", "maximum", "max_length", "owner", "title", "sv", "en"} <= keys


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_two_changes_do_not_cancel_each_other(data: st.DataObject) -> None:
    """Whatever is drawn, a form is accepted only if the block in it is the owner's, byte for byte."""
    content = deepcopy(CONTENT)
    for _ in range(2):
        path = data.draw(st.sampled_from([path for path in places(content) if path]))
        others = list(mutations(at(content, path)))
        if others:
            at(content, path[:-1])[path[-1]] = data.draw(st.sampled_from(others))
    try:
        form = read_form(json.dumps(content), name="prov.json")
    except BadForm:
        return
    for lock in form.locks:
        assert lock.id == "brod"
        assert block(form, "brod") == block(FORM, "brod")


def test_keys_may_stand_in_any_order_and_comments_anywhere() -> None:
    moved = changed(
        ('  - id: "brod_2"\n    lock: "brod"', '  - lock: "brod"\n    # anmärkning\n    id: "brod_2"'),
        ("version: 1\n", ""),
        ('title: {sv: "Hur', 'version: 3\ntitle: {sv: "Hur'),
    )
    assert read_form(moved, name="x").locks == FORM.locks


# --- What an author is told ------------------------------------------------------------------------------------------

NOT_THE_OWNERS = "låset brod, fingerprint: Det låsta blocket är inte som ägaren skrev det."
LOCAL = """\
  - id: "{id}"
    part: {{sv: "{id}", en: "{id}"}}
    questions:
      - id: "lokal"
        type: "number"
        text: {{sv: "Hur många?", en: "How many?"}}
        privacy: "open"
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Var skorpan frasig?", "Var skorpan  frasig?"),
        ("Was the crust crisp?", "Was the crust crispy?"),
        ('code: "3", text: {sv: "Ingen av dem"', 'code: "4", text: {sv: "Ingen av dem"'),
        ('sv: "Delvis"', 'sv: "Ibland"'),
        ('    middle: ["2"]\n', ""),
        ('q: "brod_skorpig", op: "eq", value: "0"', 'q: "brod_skorpig", op: "eq", value: "1"'),
        ('type: "scale"', 'type: "choice"'),
        ("maximum: 20", "maximum: 30"),
        ("of the bread board", "of the board"),
        ("Det påhittade brödrådet", "Ett annat råd"),
        ("        meaning: 2\n", "        meaning: 3\n"),
        ("Skorpan", "Ytan"),
    ],
)
def test_a_changed_block_is_told_at_its_lock(before: str, after: str) -> None:
    source = changed((before, after))
    (fault,) = faults(source)
    assert f"{fault.place}: {fault.what}" == NOT_THE_OWNERS
    assert "fingerprint:" in source.splitlines()[fault.line - 1]
    assert "Ta tillbaka ägarens" in fault.remedy


def test_questions_in_another_order_are_another_block() -> None:
    first, second = (SOURCE.index(f'      - id: "{name}"') for name in ("brod_igen", "brod_skivor"))
    third = SOURCE.index('      - id: "brod_ord"')
    swapped = SOURCE[:first] + SOURCE[second:third] + SOURCE[first:second] + SOURCE[third:]
    assert [fault.what for fault in faults(swapped)] == ["Det låsta blocket är inte som ägaren skrev det."]


def test_a_local_question_on_a_locked_page_is_refused() -> None:
    at_end = SOURCE.index('  - id: "eget_1"')
    local = "".join(LOCAL.format(id="x").splitlines(keepends=True)[3:])
    assert [f.what for f in faults(SOURCE[:at_end] + local + SOURCE[at_end:])] == [
        "Det låsta blocket är inte som ägaren skrev det."
    ]


def test_a_scale_may_be_shared_with_a_local_question_but_not_changed_for_it() -> None:
    shared = changed(('scale: "egen_2"', 'scale: "brod_3"'))
    assert read_form(shared, name="x").locks == FORM.locks
    changed_scale = shared.replace('en: "Partly"', 'en: "Somewhat"')
    assert [fault.what for fault in faults(changed_scale)] == ["Det låsta blocket är inte som ägaren skrev det."]


def test_a_language_of_ones_own_is_not_the_owners() -> None:
    """Complete Finnish in every text: the form is whole, and the block is another one."""

    def added(value: Any) -> Any:
        if isinstance(value, dict):
            more = {"fi": "Suomeksi"} if set(value) == {"sv", "en"} else {}
            return {key: added(inner) for key, inner in value.items()} | more
        return [added(inner) for inner in value] if isinstance(value, list) else value

    content = added(CONTENT) | {"languages": ["sv", "en", "fi"]}
    assert [fault.what for fault in faults(json.dumps(content))] == ["Det låsta blocket är inte som ägaren skrev det."]
    fewer = json.loads(json.dumps(CONTENT | {"languages": ["en", "sv"]}))
    assert [fault.what for fault in faults(json.dumps(fewer))] == ["Det låsta blocket är inte som ägaren skrev det."]


def test_a_page_of_ones_own_stands_after_the_block() -> None:
    before = changed(("pages:\n", "pages:\n" + LOCAL.format(id="forst")))
    assert [f"{f.place}: {f.what}" for f in faults(before)] == ["sidan forst: Sidan står före en låst sida."]
    within = changed(('  - id: "brod_2"\n', LOCAL.format(id="mitt") + '  - id: "brod_2"\n'))
    assert "sidan mitt: Sidan står före en låst sida." in [f"{f.place}: {f.what}" for f in faults(within)]
    assert read_form(SOURCE + LOCAL.format(id="sist"), name="x").locks == FORM.locks


def test_two_blocks_do_not_mix() -> None:
    two = ("  brod:\n    owner", '  smor:\n    owner: "Smörrådet"\n    title: {sv: "S", en: "S"}\n  brod:\n    owner')
    mixed = LOCAL.format(id="smor_1").replace("    part", '    lock: "smor"\n    part').replace('"lokal"', '"smor_2"')
    between = changed(two, ('  - id: "brod_2"\n', mixed + '  - id: "brod_2"\n'))
    assert "Blocket «brod» har redan slutat." in [fault.what for fault in faults(between)]
    after = mixed.replace("    questions:", '    show_if: {q: "brod_igen", op: "eq", value: "1"}\n    questions:')
    leaning = changed(two, ('  - id: "eget_1"\n', after + '  - id: "eget_1"\n'))
    assert [f"{f.place}: {f.what}" for f in faults(leaning)] == [
        "sidan smor_1, show_if, q: Frågan «brod_igen» står utanför blocket."
    ]


def test_a_theme_of_the_block_holds_its_questions_only() -> None:
    said = told(('theme: "eget"', 'theme: "brod_skorpa"'))
    assert said == ["sidan eget_1, frågan eget_kaffe, theme: Temat «brod_skorpa» hör till ett låst block."]


def test_a_lock_is_there_is_used_and_has_an_owner() -> None:
    assert "sidan brod_2, lock: Låset «bord» finns inte." in told(
        ('"brod_2"\n    lock: "brod"', '"brod_2"\n    lock: "bord"')
    )
    unused = (
        "locks:\n",
        'locks:\n  smor:\n    owner: "Smörrådet"\n    title: {sv: "S", en: "S"}\n    fingerprint: "x"\n',
    )
    assert told(unused) == ["låset smor: Ingen sida har låset."]
    assert "låset brod, owner: Här ska ägarens namn stå." in told(('"Det påhittade brödrådet"', '" "'))
    assert "låset brod, owner: Nyckeln saknas." in told(('    owner: "Det påhittade brödrådet"\n', ""))
    assert told(('{sv: "Brödrådets frågor", en', "{en")) == ["låset brod, title, sv: Texten saknas på språket sv."]


def test_an_owner_is_told_the_fingerprint_to_write() -> None:
    (fault,) = faults(changed((f'    fingerprint: "{PRINT}"\n', "")))
    assert fault.what == "Låset har inget fingeravtryck."
    assert fault.remedy == f'Skriv fingerprint: "{PRINT}".'


def test_a_block_is_compared_when_nothing_else_is_wrong_with_the_form() -> None:
    assert told(("Was the crust crisp?", "Was it {crisp}?")) == [
        "sidan brod_1, frågan brod_skorpig, text, en: «{crisp}» fylls inte i."
    ]


@pytest.mark.parametrize("meaning", ["0", "100", "-1"])
def test_meanings_are_counted_from_one(meaning: str) -> None:
    said = told(('theme: "eget"\n', f'theme: "eget"\n        meaning: {meaning}\n'))
    assert said == ["sidan eget_1, frågan eget_kaffe, meaning: meaning är inte ett tal från 1 till 99."]


def test_meaning_one_is_what_it_is_without_saying_so() -> None:
    said = read_form(changed(('theme: "eget"\n', 'theme: "eget"\n        meaning: 1\n')), name="x")
    assert said.fingerprint == FORM.fingerprint


def test_where_two_blocks_differ_is_said_in_words() -> None:
    def other(*pairs: tuple[str, str]) -> Form:
        return read_form(
            changed(*pairs, (PRINT, _new_print(changed(*pairs, (f'    fingerprint: "{PRINT}"\n', ""))))), name="x"
        )

    worded = other(("Was the crust crisp?", "Was it crisp?"))
    assert difference(block(worded, "brod"), block(FORM, "brod")) == "sidan brod_1, frågan brod_skorpig, text, en"
    owned = other(("Det påhittade brödrådet", "Ett annat råd"))
    assert difference(block(owned, "brod"), block(FORM, "brod")) == "låset brod, owner"


def _new_print(unsealed: str) -> str:
    (fault,) = faults(unsealed)
    return fault.remedy.split('"')[1]


# --- What is locked is left alone ------------------------------------------------------------------------------------


def test_nothing_is_advised_about_what_cannot_be_mended() -> None:
    """The block lacks a refusal where one remembers nothing; told of is only what is the form's own."""
    local = SOURCE.index('- id: "eget_1"')
    own = SOURCE[:local] + re.sub(r" +refusal: .*\n", "", SOURCE[local:])
    advice = advise(read_form(own, name="x"), own, name="x")
    assert [fault.place for fault in advice] == ["start", "sidan eget_1, frågan eget_kaffe"]
    assert [fault.place for fault in advise(FORM)] == ["start"]


def test_a_local_comment_box_never_moves_onto_a_locked_page() -> None:
    part = '    part: {sv: "Kaféet", en: "The café"}'
    joined = changed((part, '    part: {sv: "Brödet", en: "The bread"}'))
    box = '      - id: "eget_ord"\n        type: "long_text"\n        text: {sv: "Mer?", en: "More?"}\n'
    box += '        comment: {sv: "Skriv en kommentar", en: "Write a comment"}\n        privacy: "free_text"\n'
    form = read_form(joined + box, name="x")
    path = on_path(form, {"brod_skorpig": "3", "brod_sorter": ("3",)})
    assert [(page.id, [q.id for q in page.questions]) for page in path[1:]] == [
        ("brod_2", ["brod_skivor", "brod_ord"]),
        ("eget_1", ["eget_ord"]),
    ]


@pytest.mark.parametrize(
    ("path", "locked"),
    [
        (("pages", 0, "questions", 0, "text"), True),
        (("pages", 2, "questions", 0, "text"), False),
        (("pages",), False),
        (("scales", "brod_3", "choices", 0, "text"), True),
        (("scales", "egen_2"), False),
        (("themes", "brod_skorpa"), True),
        (("themes", "eget"), False),
        (("locks", "brod", "title"), True),
        (("title",), False),
        ((), False),
    ],
)
def test_it_is_known_of_every_place_whether_it_belongs_to_a_block(path: Path, locked: bool) -> None:
    assert held(FORM, path) == locked
