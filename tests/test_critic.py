"""The critic: each rule has a form that it speaks of and one, a little better, that it does not; and it says where."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from forms import advice, check, critic
from forms.bank import standard
from forms.branching import END, Rule, SetRoutes, ShowIf
from forms.branching import Test as If
from forms.content import Content, as_published, find_question
from forms.critic import Context, Part, Remark, criticise, faults
from forms.editing import (
    AddLanguage,
    AddQuestion,
    ChangeForm,
    ChangePart,
    ChangeQuestion,
    ChangeScale,
    Edit,
    JoinPage,
    RemoveQuestion,
    UseScale,
    blank,
    copied,
    next_version,
)
from forms.leaves import examine
from forms.library import shipped
from forms.model import Form
from forms.schema import understand
from pages.language import switch
from survey.installation import set_up
from tests.conftest import settings_for
from tests.tiny import tiny

YES_NO = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]
HARD = "Myndighetsgemensamma samordningsförbund tillhandahåller arbetsrehabiliterande stödinsatser."


def form_of(kind: str) -> Content:
    """A form about which there is nothing to say: two questions, the second asked after a yes to the first."""
    around = standard() if kind == "anonymous" else None
    content = blank("lunch", kind, "sv", "Hur var lunchen?", around)
    declined: dict[str, Any] = {"refusal": True} if kind != "poll" else {}
    for edit in (
        AddQuestion("choice", {"sv": "Åt du lunch?"}, values={"choices": YES_NO, **declined}),
        AddQuestion("scale", {"sv": "Hur var maten?"}, values=declined),
        UseScale("fraga_2", standard(), "b5"),
        ShowIf("fraga_2", Rule((If("fraga_1", "eq", "1"),))),
    ):
        content = edit.on(content)
    return content


@dataclass(frozen=True)
class Case:
    """A rule, edits that bring it about, and edits that just do not."""

    rule: str
    bad: tuple[Edit, ...]
    good: tuple[Edit, ...]
    part: Part = "questions"
    question: str | None = None
    kind: str = "anonymous"
    fault: bool = True
    raw: Callable[[Content], None] | None = None
    """What no edit does, but a file can."""
    context: Context = field(default_factory=Context)
    better: Context = field(default_factory=Context)
    """What has been decided where nothing is told."""

    def __str__(self) -> str:
        return f"{self.rule}-{self.kind}-{self.question or self.part}"


def same_codes(content: Content) -> None:
    question = find_question(content, "fraga_1")
    assert question is not None
    question["choices"][1]["code"] = "1"


def long(words: int) -> dict[str, str]:
    return {"sv": "Var " + "god " * (words - 2) + "mat?"}


def choices(count: int) -> list[dict[str, Any]]:
    return [{"text": {"sv": f"Svar {n}"}} for n in range(count)]


def asks(words: str, question: str = "fraga_1") -> Edit:
    return ChangeQuestion(question, {"text": {"sv": words}})


def starting(minutes: str) -> Edit:
    return ChangeForm({"start": [{"bullets": [{"sv": minutes}]}]})


def many(count: int) -> tuple[Edit, ...]:
    return tuple(
        AddQuestion("choice", long(10), values={"choices": choices(5), "refusal": True}) for _n in range(count)
    )


FAULTS = (
    Case(
        "schema",
        (AddQuestion("long_text", {"sv": ""}),),
        (AddQuestion("long_text", {"sv": "Vad?"}),),
        question="fraga_3",
    ),
    Case(
        "schema",
        (ChangeQuestion("fraga_1", {"choices": [*YES_NO, {"text": {"sv": " "}}]}),),
        (ChangeQuestion("fraga_1", {"choices": [*YES_NO, {"text": {"sv": "Kanske"}}]}),),
        question="fraga_1",
    ),
    Case("schema", (ChangeForm({"title": {"sv": ""}}),), (ChangeForm({"title": {"sv": "Ny"}}),), "name"),
    Case("whole", (RemoveQuestion("fraga_1"), RemoveQuestion("fraga_2")), (RemoveQuestion("fraga_2"),)),
    Case("untranslated", (AddLanguage("fi"),), (), "languages"),
    Case("choices", (), (), question="fraga_1", raw=same_codes),
    Case(
        "conditions",
        (ShowIf("fraga_1", Rule((If("fraga_2", "eq", "5"),))), ShowIf("fraga_2")),
        (ShowIf("fraga_2", Rule((If("fraga_1", "eq", "2"),))),),
        "routes",
        "fraga_1",
    ),
    Case("conditions", (RemoveQuestion("fraga_1"),), (RemoveQuestion("fraga_2"),), "routes", "fraga_2"),
    Case(
        "conditions",
        (ChangeQuestion("fraga_1", {"choices": [{"code": "2"}, {"text": {"sv": "Kanske"}}]}),),
        (ChangeQuestion("fraga_1", {"choices": [{"code": "1"}, {"text": {"sv": "Kanske"}}]}),),
        "routes",
        "fraga_2",
    ),
    Case(
        "types",
        (ChangeQuestion("fraga_1", {"choices": [{"code": "1"}]}),),
        (ChangeQuestion("fraga_1", {"choices": [{"code": "1"}, {"code": "2"}]}),),
        question="fraga_1",
    ),
    Case("types", (AddQuestion("scale", {"sv": "Hur?"}),), (), question="fraga_3"),
    Case(
        "types",
        (AddQuestion("number", {"sv": "Hur många?"}, values={"minimum": 9, "maximum": 8}),),
        (AddQuestion("number", {"sv": "Hur många?"}, values={"minimum": 8, "maximum": 8}),),
        question="fraga_3",
    ),
    Case(
        "types",
        (AddQuestion("text", {"sv": "Vad?"}, values={"max_length": 5001}),),
        (AddQuestion("text", {"sv": "Vad?"}, values={"max_length": 5000}),),
        question="fraga_3",
    ),
    Case(
        "types",
        (ChangeScale("b5", {"choices": [{"code": "5"}, {"code": "4"}, {"code": "1"}], "middle": None}),),
        (
            ChangeScale("b5", {"choices": [{"code": "5"}, {"code": "4"}, {"code": "1"}], "middle": None}),
            ChangeQuestion("fraga_2", {"faces": False}),
        ),
        question="fraga_2",
    ),
    Case(
        "anonymity",
        (AddQuestion("phone", {"sv": "Nummer?"}),),
        (AddQuestion("number", {"sv": "Antal?"}),),
        question="fraga_3",
    ),
    Case(
        "telling",
        (AddQuestion("email", {"sv": "Adress?"}),),
        (AddQuestion("text", {"sv": "Vad?"}),),
        question="fraga_3",
        kind="poll",
    ),
    Case(
        "types",
        (AddQuestion("statement", {"sv": "Läs."}, values={"required": True}),),
        (AddQuestion("statement", {"sv": "Läs."}),),
        question="fraga_3",
    ),
    Case("wording", (asks("Hur var {maten}?"),), (asks("Hur var {team}?"),), question="fraga_1"),
    Case(
        "kinds",
        (AddQuestion("personal_number", {"sv": "Nummer?"}),),
        (AddQuestion("number", {"sv": "Antal?"}),),
        question="fraga_3",
    ),
    Case("unkept", (), (), "protection", kind="poll", context=Context(retained=()), better=Context()),
)  # fmt: skip

ADVICE = (
    Case("long_sentences", (asks(long(16)["sv"]),), (asks(long(15)["sv"]),), question="fraga_1"),
    Case("long_sentences", (asks(long(21)["sv"]),), (asks(long(20)["sv"]),), question="fraga_1", kind="poll"),
    Case("hard_words", (AddQuestion("statement", {"sv": f"{HARD} " * 9}),), (AddQuestion("statement", {"sv": HARD}),)),
    Case("two_in_one", (asks("Var den god och/eller varm?"),), (asks("Var den god och varm?"),), question="fraga_1"),
    Case("two_in_one", (asks("Var den god? Varm?"),), (asks("Tänk på maten. Var den god?"),), question="fraga_1"),
    Case("negations", (asks("Var maten inte god?"),), (asks("Var maten internationell?"),), question="fraga_1"),
    Case(
        "many_choices",
        (ChangeQuestion("fraga_1", {"choices": choices(8)}), ShowIf("fraga_2")),
        (ChangeQuestion("fraga_1", {"choices": choices(7)}), ShowIf("fraga_2")),
        question="fraga_1",
    ),
    Case("outdated", (), (), "languages", context=Context(outdated={"sv": 1}), better=Context(outdated={"en": 1})),
    Case(
        "wordless",
        (ChangeScale("b5", {"choices": [{"code": code, "text": {"sv": code}} for code in "54321"]}),),
        (ChangeScale("b5", {"choices": [{"code": code, "text": {"sv": f"{code} bra"}} for code in "54321"]}),),
    ),
    Case("compulsory", (ChangeQuestion("fraga_1", {"required": True}),), (), question="fraga_1"),
    Case("compulsory", (ChangeQuestion("fraga_1", {"required": True}),), (), question="fraga_1", kind="poll"),
    Case("unrefusable", (ChangeQuestion("fraga_1", {"refusal": None}),), (), question="fraga_1"),
    Case("days", (AddQuestion("date", {"sv": "När?"}),), (AddQuestion("number", {"sv": "År?"}),), question="fraga_3"),
    Case("names", (asks("Vad heter du?"),), (asks("Vad heter det du åt?"),), question="fraga_1"),
    Case("names", (asks("Vad har du för personnummer?"),), (asks("Vad har du för bordsnummer?"),), question="fraga_1"),
    Case("told_time", (starting("Du bestämmer själv."),), (starting("Det tar 5 minuter."),), "protection"),
    Case("poles", (ChangeScale("b5", {"positive": None}),), (), question="fraga_2"),
    Case(
        "never_asked",
        (ShowIf("fraga_2", Rule((If("fraga_1", "eq", "1"), If("fraga_1", "eq", "2")))),),
        (ShowIf("fraga_2", Rule((If("fraga_1", "eq", "1"), If("fraga_1", "eq", "2")), every=False)),),
        "routes",
        "fraga_2",
    ),
    Case("too_long", (starting("Det tar 1 minut."), *many(6)), (starting("Ta 6 minuter."), *many(6)), "protection"),
)  # fmt: skip
CASES = (*FAULTS, *ADVICE)


def told(content: Content, context: Context | None = None) -> tuple[Remark, ...]:
    return criticise(content, context)


def with_edits(case: Case, edits: tuple[Edit, ...]) -> Content:
    content = form_of(case.kind)
    for edit in edits:
        content = edit.on(content)
    return content


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_rule_speaks_of_its_form_says_where_and_what_to_do(case: Case) -> None:
    content = with_edits(case, case.bad)
    if case.raw:
        case.raw(content)
    said = [one for one in told(content, case.context) if one.rule == case.rule]
    assert said, told(content)
    assert {one.fault for one in said} == {case in FAULTS}
    assert case.part in {one.part for one in said}
    assert case.question is None or case.question in {one.question for one in said}
    assert all(one.what and one.remedy for one in said)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_rule_is_silent_about_a_form_that_is_a_little_better(case: Case) -> None:
    remarks = told(with_edits(case, case.good), case.better)
    assert case.rule not in {one.rule for one in remarks if case.question in (None, one.question)}, remarks


@pytest.mark.parametrize("kind", ["anonymous", "poll"])
def test_a_plain_form_is_passed_without_a_word(kind: str) -> None:
    assert told(form_of(kind)) == ()


def test_every_rule_of_advice_and_of_the_critic_is_tried() -> None:
    rules = {rule.__name__ for rule in (*advice.RULES, *critic.OWN_ADVICE, *critic.OWN_FAULTS, critic.outdated)}
    assert rules - {"unapproved"} <= {case.rule for case in CASES}
    assert {case.rule for case in FAULTS} - {"schema", "telling", "unkept"} <= {rule.__name__ for rule in check.RULES}


@pytest.mark.parametrize("form", shipped(), ids=lambda form: f"{form.id}-{form.version}")
def test_a_form_read_page_by_page_is_what_it_is_as_a_whole(form: Form) -> None:
    """Whole and sound, with a language too few and too many, with a page twice, and with nothing asked."""
    whole = next_version(form)
    spoilt: tuple[Content, ...] = (
        {"languages": ["sv"]},
        {"languages": ["sv", "de"]},
        {"pages": whole["pages"] * 2},
        {"pages": []},
    )
    for change in ({}, *spoilt, {"kind": "poll"}, {"kind": "anonymous"}, {"scales": {}}, {"title": {}}):
        content = whole | change
        understood, findings = understand(as_published(content))
        examined = examine(content)
        assert examined.form == (replace(understood, fingerprint="") if understood else None)
        assert Counter(found for _rule, found in examined.faults("sv")) == Counter(findings)
        if examined.form is not None:
            advised = Counter((rule.__name__, one) for rule in advice.RULES for one in rule(examined.form))
            assert Counter(examined.advice("sv")) == advised


@pytest.mark.parametrize("form", shipped(), ids=lambda form: f"{form.id}-{form.version}")
def test_there_is_no_false_alarm_about_a_shipped_form(form: Form) -> None:
    assert told(next_version(form), Context(approved=form.languages)) == ()


@pytest.mark.parametrize(
    "form", [one for one in shipped() if one.kind in ("anonymous", "poll")], ids=lambda one: one.id
)
def test_a_copy_of_a_shipped_form_is_passed_too(form: Form) -> None:
    assert told(copied(form, "kopia")) == ()


def test_consent_is_not_asked_for_in_words_that_nobody_has_approved() -> None:
    asking = next(form for form in shipped() if form.consent and len(form.languages) > 1)
    said = faults(told(next_version(asking)))
    assert [(one.rule, one.part) for one in said] == [("unapproved", "languages")]
    assert not faults(told(next_version(asking), Context(approved=asking.languages[1:])))


def test_hard_texts_are_quoted() -> None:
    content = AddQuestion("statement", {"sv": f"Hej. {HARD} " * 9}).on(form_of("anonymous"))
    (said,) = [one for one in told(content) if one.rule == "hard_words"]
    assert said.quotes[0] + "." == HARD
    (long_one,) = [one for one in told(asks(long(19)["sv"]).on(form_of("anonymous"))) if one.rule == "long_sentences"]
    assert long_one.quotes == (long(19)["sv"].rstrip("?"),)


def test_a_comment_and_a_part_out_of_place_are_faults() -> None:
    alone = AddQuestion("long_text", {"sv": "Mer?"}, values={"comment": {"sv": "Skriv mer"}}).on(form_of("anonymous"))
    beside = JoinPage("fraga_3").on(alone)
    assert not faults(told(beside))
    content = ChangePart("fraga_1", {"sv": "Maten"}).on(form_of("anonymous"))
    assert not faults(told(content))
    content["pages"][1].pop("part")
    assert {one.rule for one in faults(told(content))} == {"parts"}


def test_what_cannot_be_mended_is_not_told_of() -> None:
    source = tiny("locked_block")
    content = copied(source, "kopia")
    assert not [one for one in told(content) if source.lock_of.get(one.question or "")]
    content["pages"][0]["questions"][0]["text"]["sv"] = "Ändrad?"
    assert {one.rule for one in faults(told(content))} == {"locks"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("kritik")
    (folder / "instance").mkdir()
    file = shutil.copy(migrated_file, folder / "instance" / "samsvar.db")
    installation = set_up(settings_for(folder, f"sqlite:///{file}"))
    yield create_app(installation.settings)
    installation.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_is_said_in_english_too(case: Case, app: Flask) -> None:
    content = with_edits(case, case.bad)
    if case.raw:
        case.raw(content)
    with app.test_request_context("/"):
        swedish = told(content, case.context)
        switch("en")
        english = told(content, case.context)
    assert len(english) == len(swedish)
    assert not {(one.what, one.remedy) for one in english} & {(one.what, one.remedy) for one in swedish}


def test_routes_to_the_end_and_the_bank_are_passed() -> None:
    content = SetRoutes("fraga_1", {"2": END}).on(ShowIf("fraga_2").on(form_of("anonymous")))
    assert told(content) == ()
    assert told(next_version(standard())) == ()
