"""What somebody who writes a form hears about it: everything at once, where it is, and what to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from forms.advice import advise
from forms.check import check
from forms.faults import BadForm, Fault
from forms.schema import form_from_json, read_form
from tests.tiny import FOLDER, tiny

GOOD = """\
form: "prov"
version: 1
kind: "anonymous"
languages: ["sv", "en"]
title: {sv: "Prov", en: "Trial"}
themes:
  vader: {sv: "Vädret", en: "The weather"}
scales:
  b:
    positive: ["1"]
    choices:
      - {code: "1", text: {sv: "Bra", en: "Good"}}
      - {code: "2", text: {sv: "Dåligt", en: "Bad"}}
pages:
  - id: "a"
    questions:
      - id: "fritt"
        type: "long_text"
        text: {sv: "Något mer?", en: "Anything more?"}
        privacy: "free_text"
      - id: "tal"
        type: "number"
        text: {sv: "Hur många?", en: "How many?"}
        privacy: "open"
      - id: "flera"
        type: "choices"
        text: {sv: "Vilka?", en: "Which?"}
        choices:
          - {code: "1", text: {sv: "Den", en: "That"}}
          - {code: "2", text: {sv: "Inget", en: "None"}, exclusive: true}
        refusal: true
        privacy: "open"
  - id: "b"
    questions:
      - id: "sol"
        theme: "vader"
        type: "choice"
        text: {sv: "Var det sol?", en: "Was it sunny?"}
        scale: "b"
        privacy: "open"
        show_if: {q: "tal", op: "gt", value: "1"}
"""


def faults(source: str) -> list[Fault]:
    with pytest.raises(BadForm) as refused:
        read_form(source, name="prov.yaml")
    return refused.value.faults


def changed(before: str, after: str) -> str:
    assert GOOD.count(before) == 1, f"{before!r} stands {GOOD.count(before)} times"
    return GOOD.replace(before, after)


def test_the_form_the_faults_are_planted_in_is_good() -> None:
    form = read_form(GOOD, name="prov.yaml")
    assert check(form) == []


ONE_FAULT = [
    # (what stood there, what stands there now, what is on the line told, end of the place, what is wrong)
    ('form: "prov"', 'form: "Prov"', "form:", "form", "«Prov» kan inte vara ett id."),
    ("version: 1", 'version: "1"', "version:", "version", "Här ska det stå ett heltal."),
    ("version: 1", "version: 0", "version:", "version", "Versionen är inte ett tal från 1."),
    ("version: 1", "version: 1\nversion: 2", "version: 2", "version", "«version» står två gånger."),
    ("version: 1", "version: &v 1", "version:", "", "Tecknet & eller * står utan citattecken."),
    ("version: 1", "version: !!python/name:os.system 1", "version:", "version", "används inte här."),
    ('kind: "anonymous"', 'kind: "anonym"', "kind:", "kind", "«anonym» finns inte."),
    ('kind: "anonymous"', 'kind: "poll"\npool: "annat"', "pool:", "pool", "Bara anonyma formulär kan höra ihop."),
    ('["sv", "en"]', '["sv", "fi", "en"]', "title:", "title, fi", "Texten saknas på språket fi."),
    ('["sv", "en"]', '["sv", "English", "en"]', "languages:", "nummer 2", "«English» är inget språk"),
    ('["sv", "en"]', "[]", "languages:", "languages", "Formuläret har inget språk."),
    ("title:", "titel:", "titel:", "titel", "Nyckeln finns inte här."),
    ("title:", "titel:", "form:", "title", "Nyckeln saknas."),
    ('{sv: "Prov", en: "Trial"}', '"Prov"', "title:", "title", "Här ska det stå en text per språk."),
    ('"Prov", en: "Trial"', '"Prov"', "title:", "title, en", "Texten saknas på språket en."),
    ('"Prov", en: "Trial"', '"Prov", en: "T", fi: "K"', "title:", "title, fi", "Formuläret har inte språket «fi»."),
    ('"Prov", en: "Trial"', '"Prov", en: no', "title:", "title, en", "Texten saknas eller har inga citattecken."),
    ('sv: "Prov"', 'sv: "Hej {temat}"', "title:", "title, sv", "«{temat}» fylls inte i."),
    ('sv: "Prov"', 'sv: "Pr\\u202eov"', "title:", "title, sv", "Texten har ett osynligt tecken."),
    ("  vader:", "  Väder:", "Väder:", "temat Väder", "«Väder» kan inte vara ett id."),
    ('positive: ["1"]', 'positive: ["9"]', '["9"]', "skalan b, positive", "Det finns inget svar med koden «9»."),
    ('positive: ["1"]', 'positive: ["1"]\n    middle: ["1"]', "middle:", "middle", "Koden «1» står två gånger."),
    ('code: "2", text: {sv: "Då', 'code: 2, text: {sv: "Då', "Då", "skalan b, svaret 2, code", "ska det stå en text."),
    ('code: "2", text: {sv: "Då', 'code: "1", text: {sv: "Då', '"sol"', "choices", "Koden «1» används två gånger."),
    ('code: "2", text: {sv: "Då', 'code: "-88", text: {sv: "Då', "Då", "code", "Koden -88 betyder redan något annat."),
    ('code: "2", text: {sv: "Då', 'code: "Två", text: {sv: "Då', "Då", "code", "«Två» kan inte vara en kod."),
    ('- id: "b"', '- id: "a"', '- id: "a"', "sidan a, id", "En annan sida heter också «a»."),
    ('- id: "b"', '- id: "b"\n    part: {sv: "B", en: "B"}', '- id: "a"', "sidan a, part", "Sidan saknar part"),
    ('- id: "sol"', '- id: "tal"', '- id: "tal"', "frågan tal, id", "En annan fråga heter också «tal»."),
    ('- id: "sol"', '- id: "flera_miss"', "flera_miss", "id", "«flera_miss» används redan av frågan flera."),
    ('- id: "sol"', '- id: "data"', '"data"', "id", "«data» används redan av sidan själv."),
    ('- id: "sol"', '- id: "validate_tal"', "validate_tal", "id", "«validate_tal» används redan av sidan själv."),
    ('theme: "vader"', 'theme: "vaeder"', "theme:", "sidan b, frågan sol, theme", "Temat «vaeder» finns inte."),
    ('type: "choice"', 'type: "chioce"', "chioce", "sidan b, frågan sol, type", "«chioce» finns inte."),
    ('scale: "b"', 'scale: "c"', "scale:", "sidan b, frågan sol, scale", "Skalan «c» finns inte."),
    ('scale: "b"', 'scale: "b"\n        max_length: 5', "max_l", "max_length", "Typen choice har inte «max_length»."),
    ('scale: "b"', 'scale: "b"\n        required: "ja"', "required:", "required", "ska det stå true eller false."),
    ('scale: "b"', 'scale: "b"\n        by_role: {boss: {sv: "A", en: "B"}}', "boss", "by_role, boss", "«boss» finns"),
    ("refusal: true", "refusal: maybe", "refusal:", "refusal", "Här ska det stå en text per språk."),
    ("exclusive: true", "exklusive: true", "exklusive", "svaret 2, exklusive", "Nyckeln finns inte här."),
    ('type: "choices"', 'type: "choice"', "exclusive", "svaret 2, exclusive", "Här väljer man redan bara ett svar."),
    ('privacy: "free_text"', 'privacy: "open"', "privacy:", "privacy", "Typen long_text kan inte ha privacy «open»."),
    ('privacy: "free_text"', 'privacy: "identifying"', "identifying", "privacy", "Frågan pekar ut en person."),
    ('        privacy: "free_text"\n', "", '"fritt"', "frågan fritt, privacy", "Nyckeln saknas."),
    ('"free_text"', '"free_text"\n        max_length: 9000', "max_length", "max_length", "max_length är 9000."),
    (
        'type: "number"',
        'type: "number"\n        minimum: 9\n        maximum: 1',
        "minimum",
        "minimum",
        "från 9 till 1.",
    ),
    (
        'type: "choice"',
        'type: "scale"\n        faces: true',
        "faces",
        "faces",
        "Ansikten finns bara för skalor med fem",
    ),
    ('type: "choices"', 'type: "scale"', '"flera"', "frågan flera, scale", "Frågan har ingen skala."),
    ('q: "tal", op: "gt"', 'q: "tal", op: "has"', "show_if", "op", "Typen number kan inte jämföras med «has»."),
    ('q: "tal", op: "gt"', 'q: "talet", op: "gt"', "show_if", "show_if, q", "Frågan «talet» finns inte."),
    ('q: "tal", op: "gt"', 'q: "sol", op: "eq"', "show_if", "q", "Frågan «sol» står inte på en tidigare sida."),
    ('q: "tal", op: "gt", value: "1"', 'q: "fritt", op: "answered"', "show_if", "q", "Villkoret frågar om egna ord."),
    ('op: "gt", value: "1"', 'op: "gt"', "show_if", "show_if, value", "Villkoret har inget värde."),
    (
        'op: "gt", value: "1"',
        'op: "empty", value: "1"',
        "show_if",
        "value",
        "Villkoret har ett värde som inte används.",
    ),
    ('op: "gt", value: "1"', 'op: "in", value: "1"', "show_if", "value", "in jämför med en lista"),
    ('op: "gt", value: "1"', 'op: "gt", value: "en"', "show_if", "value", "«en» kan inte vara ett svar på frågan."),
    (
        'q: "tal", op: "gt", value: "1"',
        'q: "flera", op: "has", value: "-88"',
        "show_if",
        "value",
        "«-88» kan inte vara",
    ),
    ('value: "1"}', 'value: "1", and: "2"}', "show_if", "show_if, and", "Nyckeln finns inte här."),
    ('{q: "tal", op: "gt", value: "1"}', "{all: []}", "show_if", "show_if, all", "Under «all» ska det stå en lista"),
    ('{q: "tal", op: "gt", value: "1"}', '{not: {q: "x"}}', "show_if", "show_if, not, op", "Nyckeln saknas."),
    ('{q: "tal", op: "gt", value: "1"}', '{any: ["x"]}', "show_if", "any, nummer 1", "Här ska det stå ett villkor."),
    ('{q: "tal", op: "gt", value: "1"}', '{not: {q: "x"}, q: "tal"}', "show_if", "show_if", "Bredvid «not» kan inget"),
    ('op: "gt", value: "1"', 'op: "gt", value: 1.5', "show_if", "show_if, value", "Här ska det stå en kod."),
    ('{q: "tal", op: "gt", value: "1"}', '"ja"', "show_if", "show_if", "Här ska det stå ett villkor."),
]


@pytest.mark.parametrize(("before", "after", "line", "place", "what"), ONE_FAULT)
def test_a_fault_is_told_with_its_line_its_place_and_what_to_do(
    before: str, after: str, line: str, place: str, what: str
) -> None:
    source = changed(before, after)
    told = faults(source)
    found = [fault for fault in told if what in fault.what and fault.place.endswith(place)]
    assert found, [str(fault) for fault in told]
    assert found[0].file == "prov.yaml"
    assert line in source.splitlines()[found[0].line - 1]
    assert found[0].remedy


def planted(name: str, before: str, after: str) -> list[str]:
    """What is told of a tiny form with something planted in it."""
    source = (FOLDER / f"{name}.yaml").read_text("utf-8")
    assert source.count(before) == 1
    return [fault.what for fault in faults(source.replace(before, after))]


def test_a_form_must_ask_something() -> None:
    nothing = GOOD[: GOOD.index("pages:")]
    assert [fault.what for fault in faults(nothing + "pages: []\n")] == ["Formuläret har inga sidor."]
    empty = nothing + 'pages:\n  - id: "a"\n    questions: []\n'
    assert [fault.what for fault in faults(empty)] == ["Formuläret frågar inget.", "Sidan har inga frågor."]
    source = (FOLDER / "a_statement.yaml").read_text("utf-8")
    said = source[: source.index('  - id: "b"')]
    assert [fault.what for fault in faults(said)] == ["Formuläret frågar inget."]


def test_what_is_said_and_not_asked_cannot_be_a_condition() -> None:
    condition = '- id: "regn"\n        show_if: {q: "sagt_1", op: "answered"}'
    assert planted("a_statement", '- id: "regn"', condition) == ["«sagt_1» är ingen fråga."]


def test_a_part_that_has_ended_does_not_begin_again() -> None:
    source = (FOLDER / "parts_and_comment.yaml").read_text("utf-8")
    first = source[source.index('  - id: "a1"') : source.index('  - id: "a2"')]
    again = source + first.replace('"a1"', '"c1"').replace('"bil"', '"igen"')
    assert [fault.what for fault in faults(again)] == ["Delen har redan slutat på en tidigare sida."]


def test_a_comment_box_stands_with_a_question_and_always() -> None:
    source = (FOLDER / "parts_and_comment.yaml").read_text("utf-8")
    box = source[source.index('      - id: "om_cykeln"') :]
    alone = source + '  - id: "b2"\n    part: {sv: "Sedan", en: "Then"}\n    questions:\n' + box.replace("cykeln", "b")
    assert [fault.what for fault in faults(alone)] == ["Sidan har bara en kommentarsruta."]
    hidden = source + '        show_if: {q: "bil", op: "eq", value: "1"}\n'
    assert [fault.what for fault in faults(hidden)] == ["En kommentarsruta kan inte ha show_if."]


def test_a_word_nearly_right_is_recognised() -> None:
    assert any("Menade du «title»?" in fault.remedy for fault in faults(changed("title:", "titel:")))
    assert "Menade du «choice»?" in faults(changed('type: "choice"', 'type: "chioce"'))[0].remedy
    assert "Menade du «team»?" in faults(changed('sv: "Prov"', 'sv: "Hej {tema}"'))[0].remedy
    assert "Menade" not in faults(changed('sv: "Prov"', 'sv: "Hej {xyz}"'))[0].remedy


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    source = GOOD
    for before, after in [
        ('form: "prov"', 'form: "Prov"'),
        ('kind: "anonymous"', 'kind: "anonym"'),
        ('"Prov", en: "Trial"', '"Prov"'),
        ('code: "2", text: {sv: "Då', 'code: 2, text: {sv: "Då'),
        ('type: "number"', 'type: "nummer"'),
        ('theme: "vader"', 'theme: "regn"'),
        ('op: "gt"', 'op: "större"'),
    ]:
        source = source.replace(before, after)
    told = faults(source)
    lines = [GOOD.splitlines()[fault.line - 1].split()[0] for fault in told]
    assert lines == ["form:", "kind:", "title:", "-", "type:", "theme:", "show_if:"]


def test_one_mistake_is_not_told_again_by_what_follows_from_it() -> None:
    told = faults(changed("    choices:\n      - {code", "    choises:\n      - {code"))
    assert {fault.place for fault in told} == {"skalan b, choices", "skalan b, choises", "skalan b, positive"}
    assert len(faults(changed('scale: "b"', 'scale: "c"'))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# bara en kommentar",
        "hej",
        "- en\n- lista",
        "form: [",
        "form: 'a'\n  b: c",
        "\t\tform: 1",
        "a: &x [1]\nb: *x",
        "<<: {form: 1}",
        "? [1]\n: 2",
        "form: \x00",
        "{" * 5000,
        "[" * 100 + "]" * 100,
        "pages: [[1, 2], 3, {id: 4, questions: {a: 1}}]",
        "scales: {b: [1]}\nthemes: [1]\nlanguages: {sv: 1}",
        "pages: [{id: 'a', questions: [1, {id: 'b'}]}]",
        "x" * 1_000_001,
        "form: !!binary aGVq",
        "form: 2026-03-31\nversion: 1.5\nkind: ~",
    ],
)
def test_what_is_no_form_at_all_is_told_calmly(source: str) -> None:
    assert all(fault.what and fault.remedy and fault.line >= 1 for fault in faults(source))


def test_anchors_cannot_make_a_small_file_endless() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    assert [fault.line for fault in faults(bomb)] == [1]


def test_a_form_already_read_can_be_checked_without_its_file() -> None:
    form = tiny("one_choice")
    assert check(form) == []
    told = check(replace(form, languages=("sv", "en", "fi")))
    assert {fault.line for fault in told} == {0}
    assert "title, fi" in {fault.place for fault in told}


def test_a_published_text_that_is_no_form_is_refused() -> None:
    with pytest.raises(BadForm):
        form_from_json('{"form": "x"}')


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_tiny_form_is_called_what_its_file_is_called(path: Path) -> None:
    assert tiny(path.stem).id == path.stem


HARD = "Myndighetsgemensamma samordningsförbund tillhandahåller arbetsrehabiliterande stödinsatser. " * 3
MANY = "".join(f'          - {{code: "{n}", text: {{sv: "Nummer {n}", en: "Number {n}"}}}}\n' for n in range(3, 10))
ADVICE = [
    ("one_choice", "choices:", "required: true\n        choices:", "Frågan måste besvaras."),
    ("one_choice", "        refusal: true\n", "", "Det går inte att välja Vill inte svara."),
    ("one_choice", "Vilken färg tycker du om?", "Vad heter du?", "Frågan verkar fråga vem man är."),
    ("one_choice", "Vilken färg tycker du om?", "Tycker du om blå och/eller grön färg?", "Frågan har «och/eller»."),
    ("one_choice", "Vilken färg tycker du om?", "Om " * 16 + "?", "En mening har 16 ord."),
    ("all_around", "Du har träffat {team} i {association}.", HARD, "Texterna har läsbarhetstalet LIX"),
    ("one_choice", "        dont_know: true\n", MANY, "Frågan har 9 svar."),
    ("one_choice", "pages:", "pages:", "Startsidan säger inte hur lång tid det tar."),
    ("a_date", "pages:", "pages:", "Ett datum kan peka ut ett möte."),
    ("scale_with_faces", '    positive: ["5", "4"]\n', "", "Skalan säger inte vilka svar som är bra."),
]


@pytest.mark.parametrize(("name", "before", "after", "what"), ADVICE)
def test_advice_is_given_but_keeps_nothing_back(name: str, before: str, after: str, what: str) -> None:
    source = (FOLDER / f"{name}.yaml").read_text("utf-8").replace(before, after)
    form = read_form(source, name=f"{name}.yaml")
    told = advise(form, source, name=f"{name}.yaml")
    assert any(fault.what.startswith(what) for fault in told), [str(fault) for fault in told]
    assert all(fault.line for fault in told)


def test_a_form_in_plain_words_with_a_way_out_gets_no_advice() -> None:
    assert advise(tiny("all_around")) == []
