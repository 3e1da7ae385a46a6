"""Changing a live form: what each change means, and that no answer is lost whatever an author does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports import groups
from exports.book import code_book
from exports.export import Selection, write_xlsx
from forms.branching import Rule, SetRoutes, ShowIf
from forms.branching import Test as If
from forms.changes import Change, changes
from forms.content import Content, find_question, rows, used_by
from forms.editing import (
    AddLanguage,
    AddQuestion,
    ChangeChoices,
    ChangeForm,
    ChangeQuestion,
    ChangeScale,
    ChangeType,
    Edit,
    JoinPage,
    MoveUp,
    NewMeaning,
    RemoveLanguage,
    RemoveQuestion,
    next_version,
)
from forms.model import MISSING, Form, Stored
from forms.routing import complete
from forms.types import TYPES
from survey import authoring
from survey.authoring import Stamp
from survey.installation import Installation
from survey.published import newest, publish
from survey.release import release_due
from survey.rounds import open_round
from tests.authored import an_edit, attempt, authored, finished
from tests.outsider import table
from tests.scene import ASSOCIATION, SOAK, at, reply, settle
from tests.tiny import tiny

YES_NO = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]
_SENT = count(1)


def lunch() -> Form:
    """A published form: a choice, a scale asked after a yes, a number and own words."""
    content: Content = {
        **{"form": "lunch", "version": 1, "kind": "anonymous", "languages": ["sv"]},
        **{"title": {"sv": "Lunch"}, "pages": []},
    }
    for edit in (
        AddQuestion("choice", {"sv": "Åt du?"}, values={"choices": YES_NO, "positive": ["1"]}),
        AddQuestion("number", {"sv": "Hur många?"}, values={"maximum": 9}),
        AddQuestion("long_text", {"sv": "Vad?"}),
        AddQuestion("statement", {"sv": "Läs det här."}),
    ):
        content = edit.on(content)
    return finished(content)


def after(*edits: Edit) -> tuple[Change, ...]:
    """What publishing these edits of the published form would change."""
    before = lunch()
    content = next_version(before)
    for edit in edits:
        content = edit.on(content, used_by([before]))
    return changes(finished(content, used_by([before])), before)


def kept(code: str) -> dict[str, object]:
    return {"code": code}


VERDICTS: tuple[tuple[Edit, str, str], ...] = (
    (AddQuestion("text", {"sv": "Mer?"}), "addition", "Ny fråga"),
    (AddQuestion("statement", {"sv": "Läs."}), "same", "Ny text"),
    (RemoveQuestion("fraga_2"), "breaks", "borttagen"),
    (RemoveQuestion("fraga_4"), "same", "borttagen"),
    (ChangeQuestion("fraga_1", {"text": {"sv": "Åt du mat?"}}), "same", "andra ord i frågan"),
    (ChangeQuestion("fraga_1", {"help": {"sv": "Tänk efter."}}), "same", "andra ord i frågan"),
    (NewMeaning("fraga_1"), "breaks", "en ny betydelse"),
    (ChangeChoices("fraga_1", [kept("1"), kept("2"), {"text": {"sv": "Lite"}}]), "addition", "nytt svar «Lite»"),
    (ChangeChoices("fraga_1", [kept("1"), {"text": {"sv": "Lite"}}]), "breaks", "svaret «Nej» är borttaget"),
    (ChangeChoices("fraga_1", [kept("2"), kept("1")]), "same", "i en annan ordning"),
    (ChangeChoices("fraga_1", [kept("1"), {"code": "2", "text": {"sv": "Nej tack"}}]), "same", "andra ord i svaren"),
    (ChangeQuestion("fraga_1", {"positive": ["2"]}), "breaks", "andra svar är positiva"),
    (ChangeQuestion("fraga_1", {"dont_know": True}), "addition", "nytt svar «Vet inte»"),
    (ChangeQuestion("fraga_1", {"required": True}), "same", "krävs"),
    (ChangeQuestion("fraga_2", {"maximum": 99}), "addition", "andra gränser"),
    (ChangeQuestion("fraga_3", {"max_length": 99}), "addition", "andra gränser"),
    (ShowIf("fraga_2", Rule((If("fraga_1", "eq", "1"),))), "breaks", "frågas av andra"),
    (SetRoutes("fraga_1", {"2": "sida_3"}), "breaks", "frågas av andra"),
    (MoveUp("fraga_2"), "same", "annan ordning"),
    (JoinPage("fraga_2"), "same", "delade på sidor"),
    (ChangeForm({"title": {"sv": "Mat"}}), "same", "Texterna runt"),
    (AddLanguage("en"), "addition", "Språket en är nytt"),
    (ChangeType("fraga_1", "choices"), "breaks", "borttagen"),
)


@pytest.mark.parametrize(("edit", "verdict", "words"), VERDICTS, ids=lambda each: type(each).__name__)
def test_each_change_has_a_verdict_and_says_what_follows(edit: Edit, verdict: str, words: str) -> None:
    told = [change for change in after(edit) if words in change.what]
    assert [change.verdict for change in told] == [verdict], after(edit)
    assert all(change.consequence.endswith(".") and change.consequence.count(".") <= 2 for change in told)


def test_nothing_is_said_of_the_very_same_form() -> None:
    assert after() == ()
    assert changes(tiny("all_around"), tiny("all_around")) == ()


def test_a_question_that_is_published_in_one_language_less_is_the_same() -> None:
    before = tiny("all_around")
    fewer = finished(RemoveLanguage("en").on(next_version(before)))
    assert {change.verdict for change in changes(fewer, before)} == {"same"}
    assert "Språket en är borttaget." in {change.what for change in changes(fewer, before)}


def test_a_scale_that_loses_a_step_breaks_what_it_is_used_for() -> None:
    before = tiny("scale_with_faces")
    (scale,) = before.scales
    fewer = [kept(choice.code) for choice in scale.choices if choice.code != "3"]
    content = ChangeScale(scale.id, {"choices": fewer, "middle": None}).on(next_version(before))
    content = ChangeQuestion(rows(content)[0].id, {"faces": False}).on(content)
    assert "breaks" in {change.verdict for change in changes(finished(content), before)}


def stamp() -> Stamp:
    return Stamp("Ada", datetime(2026, 8, 15, tzinfo=UTC), f"live-{next(_SENT)}")


def test_answers_before_and_after_a_change_stand_in_one_workbook(sqlite_installation: Installation) -> None:
    """A retired choice keeps its code and its word, a removed question its past, and a new one begins empty."""
    first = lunch()
    with sqlite_installation.writing() as db:
        settle(db, "norr")
        publish(db, first)
        opened = open_round(db, sqlite_installation, "norr", first, open_link=True)
    for n in range(40):
        record = {"fraga_1": "2" if n % 2 else "1", "fraga_2": 3}
        reply(sqlite_installation, opened.round, None, record, form=first)
    with sqlite_installation.writing() as db:
        draft = authoring.reopen(db, "lunch", stamp())
        for edit in (
            ChangeChoices("fraga_1", [kept("1"), {"text": {"sv": "Lite"}}]),
            RemoveQuestion("fraga_2"),
            AddQuestion("choice", {"sv": "Var det gott?"}, values={"choices": YES_NO, "positive": ["1"]}),
        ):
            draft = authoring.change(db, "lunch", edit, draft.revision, stamp())
        authoring.publish(db, "lunch", draft.revision, stamp())
        second = newest(db, "lunch")
    assert opened.round.version == 1, "who began with the first version goes on with it"
    release_due(at(sqlite_installation, "2026-10-01"), groups.close)
    later = at(sqlite_installation, "2026-10-02")
    with later.writing() as db:
        again = open_round(db, later, "norr", second, open_link=True)
    for n in range(40):
        new = {"fraga_1": "3" if n % 2 else "1", "fraga_5": "1" if n % 4 else "2"}
        reply(later, again.round, None, new, form=second)
    release_due(at(sqlite_installation, "2027-01-01"), groups.close)
    out = BytesIO()
    with sqlite_installation.reading() as db:
        assert write_xlsx(db, Selection(ASSOCIATION, "lunch", None), out).full > 0
    said = {(row["period"], row["fråga"], row["svar"]): row["antal"] for row in table(out.getvalue(), "Resultat")}
    assert said["2026-Q3", "fraga_1", "2"] == said["2026-Q4", "fraga_1", "3"] == "20"
    assert said["2026-Q4", "fraga_5", "1"] == "30"
    known = {(row["fråga"], row["svar"]) for row in table(out.getvalue(), "Kodbok")}
    assert {("fraga_1", "1"), ("fraga_1", "2"), ("fraga_1", "3"), ("fraga_5", "1")} <= known
    assert "fraga_2" in {question for question, _code in known}


def an_answer(form: Form, source: Random) -> Mapping[str, Stored]:
    """A complete record of somebody who answers at random."""
    given = {}
    for question in form.questions:
        codes = [choice.code for choice in question.choices]
        if codes and source.random() < 0.8:
            code = source.choice(codes)
            given[question.id] = (code,) if TYPES[question.type].takes_several else code
    return complete(form, given, {page.id for page in form.pages})


@settings(
    max_examples=1500 if SOAK else 5,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(authored(most=6), st.data(), st.randoms(use_true_random=False))
def test_no_sequence_of_edits_loses_an_answer(first: Form, data: st.DataObject, source: Random) -> None:
    """Every version's answers have a column and a code in every later code book, and mean there what they meant."""
    versions, answered = [first], [an_answer(first, source)]
    for _version in range(2):
        used = used_by(versions)
        content = next_version(versions[-1])
        for _step in range(data.draw(st.integers(1, 5))):
            content = attempt(content, data.draw(an_edit(content)), used)
        versions.append(finished(content, used))
        answered.append(an_answer(versions[-1], source))
    entries = {entry.id: entry for entry in code_book(first.id, versions).entries}
    for form, record in zip(versions, answered, strict=True):
        for question in (each for each in form.questions if TYPES[each.type].asks):
            entry = entries[question.id]
            assert {choice.code for choice in question.choices} <= {label.code for label in entry.labels}
            assert TYPES[entry.type] is TYPES[question.type], "a column is of one kind for ever"
            said = record.get(question.id)
            codes = said if isinstance(said, list) else [said] if question.choices and said not in MISSING else []
            assert {str(code) for code in codes} <= {label.code for label in entry.labels}


def test_control_a_name_given_away_would_mix_two_questions() -> None:
    """What the retired names are for: without them a removed question's answers become another's."""
    before = lunch()
    content = next_version(before)
    for question in ("fraga_2", "fraga_3", "fraga_4"):
        content = RemoveQuestion(question).on(content)
    careless = AddQuestion("choice", {"sv": "Annat?"}, values={"choices": YES_NO}).on(content)
    careful = AddQuestion("choice", {"sv": "Annat?"}, values={"choices": YES_NO}).on(content, used_by([before]))
    assert [find_question(one, "fraga_2") is None for one in (careless, careful)] == [False, True]
    assert "breaks" in {one.verdict for one in changes(finished(careless), before) if one.question == "fraga_2"}
