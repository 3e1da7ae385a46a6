"""SurveyJS in: what comes of it, what is refused and where, and files made to do harm."""

import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.doors import Brought, surveyjs
from forms.faults import BadForm
from forms.model import Form
from forms.routing import asked

YES_NO = ["Ja", "Nej"]


def bring(*elements: object, **survey: object) -> Brought:
    """What comes of a survey with these elements on its only page."""
    whole = {"locale": "sv", "pages": [{"name": "sida", "elements": list(elements)}], **survey}
    return surveyjs.bring(json.dumps(whole).encode(), "bilar.json")


def refused(content: bytes) -> str:
    with pytest.raises(BadForm) as fault:
        surveyjs.bring(content, "bilar.json")
    return str(fault.value)


def asks(form: Form, **answers: str | tuple[str, ...]) -> list[str]:
    """What is asked of somebody who answers so."""
    return [question.id for question in asked(form, answers)]


CAR = {"type": "radiogroup", "name": "bil", "title": "Har du bil?", "choices": YES_NO, "isRequired": True}
COLOURS = {
    "type": "checkbox",
    "name": "färg",
    "choices": [{"value": 1, "text": "Röd"}, {"value": 2, "text": "Blå"}],
    **{"showNoneItem": True, "showRefuseItem": True},
}


def test_every_simple_type_becomes_a_question_of_ours() -> None:
    brought = bring(
        CAR,
        COLOURS,
        {"type": "dropdown", "name": "land", "choices": YES_NO},
        {"type": "boolean", "name": "ny"},
        {"type": "rating", "name": "betyg", "rateMax": 3, "minRateDescription": "dålig"},
        {"type": "text", "name": "namn_pa_bilen", "maxLength": 30},
        {"type": "comment", "name": "ord"},
        {"type": "text", "inputType": "number", "name": "antal", "min": 0, "max": 9},
        {"type": "text", "inputType": "date", "name": "dag"},
        {"type": "html", "name": "tack", "html": "<p>Tack!<br>Hej &amp; hå</p><script>alert(1)</script>"},
    )
    form = brought.form
    assert (form.id, form.version, form.kind, form.languages) == ("bilar", 1, "anonymous", ("sv",))
    car, colour, _, new, grade, name, words, number, day, thanks = form.questions
    assert (car.type, car.required, [c.code for c in car.choices]) == ("choice", True, ["ja", "nej"])
    assert [(c.code, c.exclusive) for c in colour.choices] == [
        ("1", False),
        ("2", False),
        ("none", True),
        ("-88", True),
    ]
    assert [c.text.in_("sv") for c in new.choices] == ["Ja", "Nej"]
    assert [c.text.in_("sv") for c in grade.choices] == ["1 dålig", "2", "3"]
    assert (name.type, name.max_length, words.type, words.privacy) == ("text", 30, "long_text", "free_text")
    assert (number.minimum, number.maximum, day.type) == (0, 9, "date")
    assert thanks.text.in_("sv") == "Tack!\nHej & hå"
    assert "frågan färg: «färg» heter nu «farg»." in "\n".join(map(str, brought.changed))


def test_a_table_becomes_a_question_a_row_on_one_scale() -> None:
    table = {
        "type": "matrix",
        "name": "m",
        "title": "Hur var",
        "columns": ["Bra", "Dålig"],
        "rows": ["maten", "vädret"],
    }
    form = bring(table, {"type": "comment", "name": "v", "visibleIf": "{m.maten} = 'Dålig'"}).form
    assert [(q.id, q.type, q.text.in_("sv")) for q in form.questions[:2]] == [
        ("m_maten", "scale", "Hur var maten"),
        ("m_vadret", "scale", "Hur var vädret"),
    ]
    assert len(form.scales) == 1
    assert asks(form, m_maten="dalig") == ["m_maten", "m_vadret", "v"]
    assert asks(form, m_maten="bra") == ["m_maten", "m_vadret"]


CONDITIONS = [
    ("{bil} = 'Ja'", {"bil": "ja"}, {"bil": "nej"}),
    ("{bil} == 'Ja' && {färg} notempty", {"bil": "ja", "farg": ("1",)}, {"bil": "ja"}),
    ("{bil} <> 'Ja'", {}, {"bil": "ja"}),
    ("{bil} anyof ['Ja', 'Nej'] and {bil} <> 'Nej'", {"bil": "ja"}, {"bil": "nej"}),
    ("{färg} contains 2", {"farg": ("1", "2")}, {"farg": ("1",)}),
    ("{färg} anyof [1, 2]", {"farg": ("1",)}, {"farg": ("none",)}),
    ("{färg} allof [1, 2]", {"farg": ("1", "2")}, {"farg": ("1",)}),
    ("{färg} noneof [1]", {"farg": ("2",)}, {"farg": ("1", "2")}),
    ("{bil} empty or !({färg} notcontains 1)", {"bil": "nej", "farg": ("1",)}, {"bil": "nej", "farg": ("2",)}),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=[each[0] for each in CONDITIONS])
def test_a_condition_asks_what_it_asked(condition: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    text, met, unmet = condition
    form = bring(CAR, COLOURS, {"type": "comment", "name": "varfor", "visibleIf": text}).form
    assert "varfor" in asks(form, **met)
    assert "varfor" not in asks(form, **unmet)


def test_a_panel_passes_its_condition_on_and_a_page_is_divided_where_answers_decide() -> None:
    panel = {"type": "panel", "visibleIf": "{bil} = 'Ja'", "elements": [{"type": "comment", "name": "a"}]}
    brought = bring(CAR, panel, {"type": "comment", "name": "b"})
    assert [[q.id for q in page.questions] for page in brought.form.pages] == [["bil"], ["a", "b"]]
    assert asks(brought.form, bil="nej") == ["bil", "b"]
    assert "Frågan fick en egen sida" in "\n".join(map(str, brought.changed))


def test_languages_come_along_where_every_text_has_them() -> None:
    both = {"type": "boolean", "name": "q", "title": {"default": "Bra?", "en": "Good?"}}
    choices = [{"value": n, "text": {"sv": f"S{n}", "en": f"E{n}"}} for n in (1, 2)]
    titled = {"title": {"sv": "Bilar", "en": "Cars"}}
    form = bring(both, {**CAR, "title": {"sv": "Bil?", "en": "Car?"}, "choices": choices}, **titled).form
    assert form.languages == ("sv", "en")
    half = bring(both, CAR, **titled)
    assert half.form.languages == ("sv",)
    assert "Språket en kom inte med. Det har " in "\n".join(map(str, half.changed))


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a file": ({"type": "file"}, "underskrifter"),
    "a signature": ({"type": "signaturepad"}, "underskrifter"),
    "a repeat": ({"type": "paneldynamic"}, "upprepas"),
    "a ranking": ({"type": "ranking"}, "rangordnar"),
    "a sum": ({"type": "expression"}, "räknar inte"),
    "an invention": ({"type": "påhitt"}, "finns inte här"),
    "an address": ({"type": "text", "inputType": "email"}, "pekar ut en person"),
    "a number to call": ({"type": "text", "inputType": "tel"}, "pekar ut en person"),
    "a time": ({"type": "text", "inputType": "time"}, "Det finns ingen fråga om «time»"),
    "another": ({"type": "radiogroup", "choices": YES_NO, "showOtherItem": True}, "Annat"),
    "a lock": ({"type": "comment", "enableIf": "{bil} = 'Ja'"}, "låsta"),
    "an answer beforehand": ({"type": "comment", "defaultValue": "x"}, "i förväg"),
    "choices from elsewhere": ({"type": "dropdown", "choicesByUrl": {"url": "https://x"}}, "stå i frågan"),
    "a pattern": ({"type": "comment", "validators": [{"type": "regex"}]}, "Kravet «regex»"),
    "a function": ({"type": "comment", "visibleIf": "age({bil}) > 3"}, "«age»"),
    "an unknown question": ({"type": "comment", "visibleIf": "{nej} = 1"}, "«nej» finns inte före"),
    "no title but a list": ({"type": "comment", "title": ["a"]}, "ingen text"),
    "choices that are none": ({"type": "radiogroup", "choices": "Ja"}, "ingen lista"),
    "a blank nobody fills in": ({"type": "comment", "title": "Hej {bil}"}, "«{bil}» fylls inte i"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_question_can_hold_is_refused_with_its_place_and_a_reason(what: str) -> None:
    element, says = REFUSED[what]
    with pytest.raises(BadForm) as fault:
        bring(CAR, {"name": "q", **element})
    (told, *_) = str(fault.value).splitlines()
    assert told.startswith("bilar.json, sidan sida, frågan q")
    assert says in told


@pytest.mark.parametrize("key", ["triggers", "calculatedValues", "navigateToUrl"])
def test_a_survey_that_does_things_by_itself_is_refused(key: str) -> None:
    with pytest.raises(BadForm, match=key):
        bring(CAR, **{key: [{"type": "complete"}]})


def test_looks_are_left_out_and_told_of_once() -> None:
    told = "\n".join(
        map(str, bring({**CAR, "colCount": 2}, {**CAR, "name": "b", "colCount": 3}, cookieName="x").changed)
    )
    assert told.count("colCount") == 1
    assert "cookieName" in told


# Files made to do harm

DEEP = '{"type": "panel", "elements": [' * 200 + "]}" * 200
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "endless lists": (lambda: b'{"pages":' + b"[" * 10**5, "JSON"),
    "panels in panels": (lambda: f'{{"pages": [{{"elements": [{DEEP}]}}]}}'.encode(), "för stort"),
    "elements without end": (lambda: b'{"elements":[' + b"{}," * 100_000 + b"{}]}", "för stort"),
    "choices without end": (
        lambda: b'{"elements":[{"type":"radiogroup","name":"q","choices":[' + b"1," * 100_000 + b"1]}]}",
        "för stort",
    ),
    "too large a file": (lambda: b" " * (surveyjs.LARGEST + 1), "för stor"),
    "a number without end": (lambda: b'{"elements":[{"name":' + b"9" * 10**5 + b"}]}", "JSON"),
    "no number": (lambda: b'{"elements": NaN}', "JSON"),
    "a key twice": (lambda: b'{"elements": [], "elements": []}', "två gånger"),
    "letters that are none": (lambda: b"\xff\xfe\x00", "JSON"),
    "no form": (lambda: b'{"a": 1}', "inget formulär"),
    "no object": (lambda: b"[1]", "inget formulär"),
    "nothing": (lambda: b"", "JSON"),
    "pages that are none": (lambda: b'{"pages": {"a": 1}}', "ingen lista"),
    "elements that are none": (lambda: b'{"elements": [1, null, "x"]}', "inget objekt"),
    "a long condition": (
        lambda: json.dumps({"elements": [{"name": "q", "visibleIf": "(" * 10**5}]}).encode(),
        "Villkoret",
    ),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_file_ends_in_a_clear_refusal_within_bounds(attack: str) -> None:
    made, says = HOSTILE[attack]
    content = made()
    tracemalloc.start()
    begun = process_time()
    told = refused(content)
    took, peak = process_time() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert says in told, told[:300]
    assert peak < 100_000_000
    assert took < 10


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.sampled_from(["matrix", "panel", "rating"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "name", "elements", "choices", "title", "rows", "columns", "visibleIf", "rateMax"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_is_read_or_refused_and_nothing_else(content: object) -> None:
    with suppress(BadForm):
        surveyjs.bring(json.dumps({"elements": content}).encode(), "x.json")


@given(
    text=st.lists(st.sampled_from(["{bil}", "'Ja'", "(", ")", "[", "]", "and", "!", "=", "anyof", "empty", "1", ","]))
)
@settings(max_examples=60, deadline=None)
def test_any_text_in_a_condition_is_read_or_refused(text: list[str]) -> None:
    with suppress(BadForm):
        bring(CAR, {"type": "comment", "name": "q", "visibleIf": " ".join(text)})
