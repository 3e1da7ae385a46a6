"""The shipped forms: complete, plain, never changed, and read back exactly as they were published."""

from pathlib import Path

import pytest
import yaml

from forms.advice import advise
from forms.assemble import canonical, fingerprint
from forms.library import INSTRUMENTS, shipped
from forms.model import Form, Question
from forms.places import every_text
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, STAFF_LIX, measure
from forms.schema import form_from_json, read_form
from forms.types import TYPES
from tests.tiny import FOLDER, tiny

PUBLISHED = {
    ("deviation", 1): "0796c63d9ee0aca1cab3f67f56b0197d2d4eb5ebd23e5d4e58b5e462e6419905",
    ("meeting_log", 1): "7f31e29ca1186e1ec387d3454b5d6d9cbe5844377b1659a4b5f74388d06e2004",
    ("experience", 1): "68f5966efd1426d35e7efe79f17f6c98311897de08144d07fbf3a5c5415cb449",
    ("experience_short", 1): "98fcfeb327f3b91372e6f0b70112cb09721b8d701ad8669ce1d84c6692ab0be5",
    ("follow_up", 1): "6c845d03aa33cda9e91ba5731bbef9ae61cca48c41d41428c899400defec2a3d",
    ("interview", 1): "943fec3d6bc9213d173689d32423a8239b43480fafd5006aac0e1154cbb6e9b6",
    ("mapping", 1): "97f60799e89911cbb289ad664cf20a706b35f9aedaf286c94e96a262fe90d9f2",
    ("plan", 1): "eced29384b5d638a5f5f98ee250536446a65f774234e6ba8ceb258190060b6ea",
    ("referral", 1): "8f0ac4c506a155e34af78344b6438949e7c72352eb66294c51e36f57778dafb9",
    ("staff_poll", 1): "cdac90ba10d5e949593c4a25210ff4845958f7bbf5e2babf810273bdceea2e6c",
}
"""Fingerprints of shipped versions. A change of a form is a new version, and a line of its own here."""

FORMS = {form.id: form for form in shipped()}
EVERY = [*shipped(), *(tiny(path.stem) for path in sorted(FOLDER.glob("*.yaml")))]
PARTICIPANT = [form for form in shipped() if form.kind == "anonymous" and not form.script]


def named(form: Form) -> str:
    return f"{form.id}-{form.version}"


def test_a_shipped_version_never_changes() -> None:
    assert {(form.id, form.version): form.fingerprint for form in shipped()} == PUBLISHED


@pytest.mark.parametrize("form", EVERY, ids=named)
def test_a_form_is_read_back_from_its_canonical_text_as_it_was(form: Form) -> None:
    again = form_from_json(canonical(form))
    assert again == form
    assert again.fingerprint == fingerprint(form)
    assert {question.text.language_of("xx") for question in again.questions} == {form.languages[0]}, "the first binds"


def test_the_fingerprint_tells_any_two_forms_apart() -> None:
    assert len({form.fingerprint for form in EVERY}) == len(EVERY)


def test_the_fingerprint_hears_every_word_and_no_comment_or_order_of_keys() -> None:
    source = (FOLDER / "a_date.yaml").read_text("utf-8")
    moved = source.replace('version: 1\nkind: "anonymous"', 'kind: "anonymous"\n# anmärkning\nversion: 1')
    assert moved != source
    assert read_form(moved, name="x").fingerprint == read_form(source, name="y").fingerprint
    reworded = source.replace("Vilken dag passar dig?", "Vilken dag passar dig")
    assert read_form(reworded, name="x").fingerprint != read_form(source, name="x").fingerprint


@pytest.mark.parametrize("path", sorted(INSTRUMENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_is_called_what_its_form_is_called_and_quotes_every_text(path: Path) -> None:
    assert path.stem in {named(form) for form in shipped()}
    bare = [node.value for node in _scalars(yaml.compose(path.read_text("utf-8"))) if not node.style]
    assert all(value.isdecimal() or value in ("true", "false") for value in bare)


@pytest.mark.parametrize("form", PARTICIPANT, ids=named)
def test_participants_read_short_sentences_of_short_words(form: Form) -> None:
    ease = measure(text.in_("sv") for _, text in every_text(form))
    assert ease.words > 200
    assert ease.lix <= PARTICIPANT_LIX
    assert ease.longest <= PARTICIPANT_SENTENCE


def test_staff_read_no_harder_than_staff_should() -> None:
    assert measure(text.in_("sv") for _, text in every_text(FORMS["staff_poll"])).lix <= STAFF_LIX


@pytest.mark.parametrize("form", shipped(), ids=named)
def test_there_is_nothing_to_advise_about_a_shipped_form(form: Form) -> None:
    assert [str(fault) for fault in advise(form)] == []


@pytest.mark.parametrize("form", PARTICIPANT, ids=named)
def test_participants_may_decline_every_question_and_need_answer_none(form: Form) -> None:
    for question in form.questions:
        assert not question.required
        if TYPES[question.type].chosen:
            assert question.choices[-1].code == "-88"


def test_the_experience_asks_its_twenty_two_questions_in_order_and_offers_four_comments() -> None:
    form = FORMS["experience"]
    asked = " ".join(question.id for question in form.questions if not question.comment)
    assert asked == (
        "du_f1_vem du_f2_info du_f4_info du_f3_innan du_m1_kansla du_m2_prata du_m3_bemot du_m4_forsta du_m5_roller "
        "du_p1_nojd du_p6_valja du_p5_stod du_p2_vad du_p3_vem du_p4_nar du_u1_upplagg du_s1_person du_s1b_vilka "
        "du_s2_konstigt du_s2_text du_s3_fritt du_b3_hjalp"
    )
    offered = " ".join(question.id for question in form.questions if question.comment)
    assert offered == "du_f_text du_m_text du_p_text du_u_text"
    assert [part.in_("sv") for part in form.parts] == ["Före mötet", "På mötet", "Planen", "Upplägget", "Till sist"]


def test_the_questions_lie_under_their_themes() -> None:
    by_theme: dict[str | None, str] = {}
    for question in FORMS["experience"].questions:
        if TYPES[question.type].chosen:
            by_theme[question.theme] = f"{by_theme.get(question.theme, '')} {question.id}".strip()
    assert by_theme == {
        "bemotande": "du_m1_kansla du_m2_prata du_m3_bemot du_m4_forsta",
        "sammansattning": "du_m5_roller du_s1_person du_s1b_vilka",
        "struktur": "du_f1_vem du_f2_info du_f4_info du_f3_innan du_p1_nojd du_p6_valja du_p5_stod du_p2_vad "
        "du_p3_vem du_p4_nar du_u1_upplagg",
        None: "du_s2_konstigt du_b3_hjalp",
    }


@pytest.mark.parametrize(
    ("question", "codes", "positive"),
    [
        ("du_m1_kansla", "5 4 3 2 1 -88", "5 4"),
        ("du_f4_info", "5 4 3 2 1 0 -88", "5 4"),
        ("du_p1_nojd", "5 4 3 2 1 0 -88", "5 4"),
        ("du_m5_roller", "3 2 1 -77 -88", "3"),
        ("du_p5_stod", "3 2 1 7 -88", "3"),
        ("du_p3_vem", "3 2 1 7 -88", "3"),
        ("du_f1_vem", "1 2 3 4 0 -77 -88", ""),
        ("du_f2_info", "1 2 3 4 0 -77 -88", ""),
        ("du_s1b_vilka", "1 2 3 4 5 6 7 -88", ""),
        ("du_s1_person", "1 0 -88", "0"),
        ("du_s2_konstigt", "1 0 -88", "0"),
        ("du_b3_hjalp", "0 1 2 3 -88", ""),
    ],
)
def test_codes_and_poles_are_those_of_the_instrument(question: str, codes: str, positive: str) -> None:
    asked = FORMS["experience"].by_id[question]
    assert [choice.code for choice in asked.choices] == codes.split()
    assert list(asked.positive) == positive.split()


def test_the_short_form_asks_five_of_the_same_questions_so_that_answers_can_be_pooled() -> None:
    short, whole = FORMS["experience_short"], FORMS["experience"]
    assert short.pool == whole.pool == whole.id
    assert len(short.questions) == 5
    assert len(short.parts) == 3
    for question in short.questions:
        assert _meaning(question) == _meaning(whole.by_id[question.id])


def test_the_server_owner_is_named_where_protection_is_told_in_full() -> None:
    for form in PARTICIPANT:
        more = [text.in_("sv") for passage in form.more for text in passage.paragraphs]
        assert "Den som sköter servern skulle kunna läsa svaren innan de har blandats." in more


def _meaning(question: Question) -> tuple[object, ...]:
    return (question.type, question.text, question.choices, question.positive, question.negative, question.theme)


def _scalars(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    """The values in a file, keys left out."""
    if isinstance(node, yaml.ScalarNode):
        return [node]
    if isinstance(node, yaml.MappingNode):
        return [scalar for _, value in node.value for scalar in _scalars(value)]
    return [scalar for value in node.value for scalar in _scalars(value)] if node else []
