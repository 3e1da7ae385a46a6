"""LimeSurvey in: what comes of it, from before and after version 4, what is refused and where, and hostile files."""

import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import process_time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.doors import Brought, lss
from forms.doors.xml import MOST_ELEMENTS, read_xml
from forms.faults import BadForm
from forms.model import Form
from forms.routing import asked

Rows = Sequence[Mapping[str, object]]


def file(**tables: Rows) -> bytes:
    """An .lss file with these tables."""
    written = "".join(
        f"<{name}><rows>{''.join(row_of(row) for row in rows)}</rows></{name}>" for name, rows in tables.items()
    )
    head = "<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>640</DBVersion>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document>{head}{written}</document>'.encode()


def row_of(row: Mapping[str, object]) -> str:
    return f"<row>{''.join(f'<{name}><![CDATA[{value}]]></{name}>' for name, value in row.items())}</row>"


def survey(*questions: Mapping[str, object], **tables: Rows) -> bytes:
    """A survey in the manner of version 4 and later, with its questions in one group."""
    numbered = [{"qid": n, "gid": 1, "parent_qid": 0, "question_order": n, **q} for n, q in enumerate(questions, 1)]
    texts = [{"qid": q["qid"], "question": f"<p>{q['title']}?</p>", "language": "sv"} for q in numbered]
    standard: dict[str, Rows] = {
        "surveys": [{"sid": 77, "language": "sv", "additional_languages": ""}],
        "surveys_languagesettings": [{"surveyls_language": "sv", "surveyls_title": "Bilar"}],
        "groups": [{"gid": 1, "group_order": 1}],
        "group_l10ns": [{"gid": 1, "group_name": "Om bilen", "language": "sv"}],
        "questions": numbered,
        "question_l10ns": [*texts, *tables.pop("question_l10ns", [])],
        "answers": [{"aid": n, "qid": 1, "code": f"A{n}", "sortorder": n} for n in (2, 1)],
        "answer_l10ns": [{"aid": n, "answer": f"Svar {n}", "language": "sv"} for n in (1, 2)],
    }
    return file(**standard | tables)


def bring(content: bytes) -> Brought:
    return lss.bring(content, "bilar.lss")


def refused(content: bytes) -> str:
    with pytest.raises(BadForm) as fault:
        bring(content)
    return str(fault.value)


def asks(form: Form, **answers: str | tuple[str, ...]) -> list[str]:
    return [question.id for question in asked(form, answers)]


CAR = {"type": "L", "title": "bil", "mandatory": "Y"}
COLOURS = {"type": "M", "title": "farg"}
BOXES: dict[str, Rows] = {
    "subquestions": [{"qid": 90 + n, "parent_qid": 2, "title": f"SQ00{n}", "question_order": n} for n in (1, 2)],
    "question_l10ns": [{"qid": 90 + n, "question": f"Färg {n}", "language": "sv"} for n in (1, 2)],
    "question_attributes": [{"qid": 2, "attribute": "exclude_all_others", "value": "SQ002"}],
}


def test_a_survey_of_simple_questions_becomes_a_form() -> None:
    content = survey(
        CAR,
        COLOURS,
        {"type": "Y", "title": "ny"},
        {"type": "N", "title": "antal"},
        {"type": "S", "title": "ord"},
        {"type": "T", "title": "ord2"},
        {"type": "D", "title": "dag"},
        {"type": "X", "title": "tack"},
        {"type": "5", "title": "betyg"},
        **{
            **BOXES,
            "question_attributes": [
                *BOXES["question_attributes"],
                {"qid": 4, "attribute": "max_num_value_n", "value": "9"},
                {"qid": 6, "attribute": "maximum_chars", "value": "80"},
            ],
        },
    )
    brought = bring(content)
    form = brought.form
    assert (form.id, form.kind, form.languages, form.title.in_("sv")) == (
        "limesurvey_77",
        "anonymous",
        ("sv",),
        "Bilar",
    )
    assert [(q.id, q.type) for q in form.questions] == [
        *(("bil", "choice"), ("farg", "choices"), ("ny", "choice"), ("antal", "number"), ("ord", "text")),
        *(("ord2", "long_text"), ("dag", "date"), ("tack", "statement"), ("betyg", "scale")),
    ]
    car, colours, new, number, _, words, *_ = form.questions
    assert (car.required, [(c.code, c.text.in_("sv")) for c in car.choices]) == (
        True,
        [("a1", "Svar 1"), ("a2", "Svar 2")],
    )
    assert [(c.code, c.exclusive) for c in colours.choices] == [("sq001", False), ("sq002", True)]
    assert [c.text.in_("sv") for c in new.choices] == ["Ja", "Nej"]
    assert (number.maximum, words.max_length) == (9, 80)
    assert [part.in_("sv") for part in form.parts] == ["Om bilen"]


def test_a_survey_from_before_version_4_is_read_too() -> None:
    def both(**row: object) -> Rows:
        return [{**row, "language": language} for language in ("sv", "en")]

    content = file(
        surveys=[{"sid": 1, "language": "sv", "additional_languages": "en"}],
        surveys_languagesettings=[{"surveyls_language": code, "surveyls_title": "Bilar"} for code in ("sv", "en")],
        groups=both(gid=1, group_name="G", group_order=0),
        questions=[
            *both(qid=1, gid=1, parent_qid=0, type="!", title="Q1", question="Bil?", question_order=1),
            *both(qid=2, gid=1, parent_qid=0, type="F", title="Q2", question="Hur", question_order=2),
        ],
        subquestions=both(qid=3, parent_qid=2, title="SQ1", question="maten", question_order=1),
        answers=[
            *both(qid=1, code="A1", answer="Ja", sortorder=1),
            *both(qid=1, code="A2", answer="Nej", sortorder=2),
            *both(qid=2, code="A1", answer="Bra", sortorder=1),
            *both(qid=2, code="A2", answer="Dåligt", sortorder=2),
        ],
    )
    form = bring(content).form
    assert form.languages == ("sv", "en")
    assert [(q.id, q.text.in_("en"), len(q.choices)) for q in form.questions] == [
        ("q1", "Bil?", 2),
        ("q2_sq1", "Hur maten", 2),
    ]


CONDITIONS = [
    ('bil.NAOK == "A1"', {"bil": "a1"}, {"bil": "a2"}),
    ('((77X1X1.NAOK == "A1"))', {"bil": "a1"}, {}),
    ('bil != "A1" and !is_empty(bil.NAOK)', {"bil": "a2"}, {"bil": "a1"}),
    ('farg_SQ001.NAOK == "Y"', {"farg": ("sq001",)}, {"farg": ("sq002",)}),
    ('77X1X2SQ001.NAOK != "Y" && is_empty(bil)', {"farg": ("sq002",)}, {"farg": ("sq001",)}),
    ('!(bil eq "A1") or farg_SQ001 == ""', {"bil": "a1"}, {"bil": "a1", "farg": ("sq001",)}),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=[each[0] for each in CONDITIONS])
def test_relevance_asks_what_it_asked(condition: tuple[str, Mapping[str, str], Mapping[str, str]]) -> None:
    text, met, unmet = condition
    form = bring(survey(CAR, COLOURS, {"type": "T", "title": "varfor", "relevance": text}, **BOXES)).form
    assert "varfor" in asks(form, **met)
    assert "varfor" not in asks(form, **unmet)


REFUSED = {
    "|": "filer",
    "R": "rangordnar",
    "*": "räknar inte",
    "G": "kön",
    "O": "kommentarsruta",
    "1": "tabeller",
    "Q": "Flera rutor",
    "Å": "finns inte här",
}


@pytest.mark.parametrize("type_", REFUSED)
def test_a_type_that_no_question_can_hold_is_refused_with_its_place_and_a_reason(type_: str) -> None:
    told = refused(survey({"type": "T", "title": "a"}, {"type": type_, "title": "b"}))
    assert told.startswith("bilar.lss, gruppen Om bilen, frågan b: Typen")
    assert REFUSED[type_] in told


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"other": "Y"}, "Annat"),
        ({"preg": "/a/"}, "Kravet"),
        ({"relevance": "count(that.bil.NAOK) > 2"}, "Villkoret"),
        ({"relevance": 'nej.NAOK == "1"'}, "«nej» finns inte före"),
    ],
)
def test_what_changes_a_question_is_refused_with_its_place(more: Mapping[str, str], says: str) -> None:
    told = refused(survey(CAR, {"type": "T", "title": "b", **more}))
    assert told.startswith("bilar.lss, gruppen Om bilen, frågan b: ")
    assert says in told


@pytest.mark.parametrize("attribute", ["hidden", "em_validation_q", "array_filter", "min_answers"])
def test_an_attribute_that_changes_a_question_is_refused(attribute: str) -> None:
    attributes = [{"qid": 1, "attribute": attribute, "value": "1"}]
    assert "frågan bil: " in refused(survey(CAR, question_attributes=attributes))


def test_what_limesurvey_noted_about_people_is_told_of_and_never_done() -> None:
    noted = [{"sid": 77, "language": "sv", "ipaddr": "Y", "datestamp": "Y"}]
    assert "LimeSurvey antecknade IP-adresser, tider. Det görs inte här." in str(
        bring(survey(CAR, surveys=noted)).changed
    )


# Files made to do harm

HEAD = b"<document><LimeSurveyDocType>Survey</LimeSurveyDocType>"
LAUGHS = b'<!DOCTYPE d [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "laughs": (lambda: LAUGHS + b"]><document>&j;</document>", "DOCTYPE"),
    "a file of ours": (lambda: b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "DOCTYPE"),
    "a hidden one": (lambda: '<!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>'.encode("utf-16"), "DOCTYPE"),
    "elements without end": (lambda: HEAD + b"<a/>" * (MOST_ELEMENTS + 1), "för många delar"),
    "attributes without end": (
        lambda: HEAD + b"<a " + b" ".join(b'b%d=""' % n for n in range(MOST_ELEMENTS + 1)) + b"/>",
        "för många delar",
    ),
    "a well": (lambda: HEAD + b"<a>" * 10**5, "för många delar"),
    "a large file": (lambda: HEAD + b" " * 10_000_000, "för stor"),
    "half a file": (lambda: survey(CAR)[:-40], "nära rad 2"),
    "another encoding": (lambda: b'<?xml version="1.0" encoding="UTF-1"?><d/>', "går inte att läsa"),
    "no xml": (lambda: b"PK\x03\x04", "går inte att läsa"),
    "nothing": (lambda: b"", "går inte att läsa"),
    "something else": (lambda: b"<html/>", "inget formulär"),
    "two thousand questions": (
        lambda: survey(*({"type": "T", "title": f"q{n}"} for n in range(2_001))),
        "för stort",
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
    assert says in told
    assert len(told.splitlines()) == 1
    assert peak < 150_000_000
    assert took < 15


def test_entities_would_unfold_for_a_reader_that_believes_them() -> None:
    document = LAUGHS + b"]><document>&d;</document>"
    assert ElementTree.fromstring(document).text == "ha" * 1000
    with pytest.raises(BadForm):
        read_xml(document, "x")


GOOD = survey(CAR, COLOURS, **BOXES)


def test_the_file_that_is_damaged_below_is_good_before() -> None:
    assert len(bring(GOOD).form.questions) == 2


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    with suppress(BadForm):
        bring(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])


@settings(max_examples=60, deadline=None)
@given(
    text=st.lists(st.sampled_from(["bil", "farg_SQ001.NAOK", '"A1"', "(", ")", "and", "!", "==", "is_empty", "77X1X1"]))
)
def test_any_relevance_is_read_or_refused(text: list[str]) -> None:
    with suppress(BadForm):
        bring(survey(CAR, COLOURS, {"type": "T", "title": "q", "relevance": " ".join(text)}, **BOXES))
