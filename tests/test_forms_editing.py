"""An author changes a form: what each edit does, what it leaves alone, and what it refuses."""

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import branching, editing
from forms.bank import bank, standard
from forms.branching import END, Rule, SetRoutes, ShowIf, composite, routes, rule_of
from forms.branching import Test as If
from forms.content import (
    Content,
    Used,
    as_published,
    at,
    find_page,
    find_question,
    rows,
    texts_of,
    used_by,
)
from forms.editing import (
    AddLanguage,
    AddQuestion,
    AddTheme,
    ChangeChoices,
    ChangeForm,
    ChangePart,
    ChangeQuestion,
    ChangeScale,
    ChangeTexts,
    ChangeType,
    Edit,
    JoinPage,
    MoveDown,
    MoveQuestion,
    MoveUp,
    NewMeaning,
    OfQuestion,
    Refused,
    RemoveBlock,
    RemoveLanguage,
    RemoveQuestion,
    RemoveScale,
    RepeatQuestion,
    SplitPage,
    UseBlock,
    UseQuestion,
    UseScale,
    blank,
    copied,
    dependents,
    next_version,
)
from forms.history import in_words
from forms.library import shipped, shipped_form
from forms.model import Form
from forms.schema import understand
from forms.types import TYPES
from tests.authored import an_edit, attempt, new_content
from tests.scene import SOAK
from tests.tiny import tiny

YES_NO = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]


def wrote(*edits: Edit, onto: Content | None = None, used: Used | None = None) -> Content:
    """The content after these edits."""
    content = onto or blank("lunch", "anonymous", "sv", "Hur var lunchen?")
    for edit in edits:
        content = edit.on(content, used)
    return content


def three() -> Content:
    """Three questions, each on its page; the first is chosen."""
    return wrote(
        AddQuestion("choice", {"sv": "Åt du?"}, values={"choices": YES_NO}),
        AddQuestion("long_text", {"sv": "Vad åt du?"}),
        AddQuestion("number", {"sv": "Hur många?"}),
    )


def order(content: Content) -> list[str]:
    return [row.id for row in rows(content)]


def together(content: Content) -> list[list[str]]:
    return [[question["id"] for question in page["questions"]] for page in content["pages"]]


def whole(content: Content) -> Form:
    form, findings = understand(as_published(content))
    assert form is not None
    assert not findings, findings
    return form


def test_a_question_gets_a_name_and_its_choices_get_codes_by_themselves() -> None:
    form = whole(three())
    assert [question.id for question in form.questions] == ["fraga_1", "fraga_2", "fraga_3"]
    assert [choice.code for choice in form.by_id["fraga_1"].choices] == ["1", "2", "-88"]
    assert [question.privacy for question in form.questions] == ["open", "free_text", "open"]


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (MoveUp("fraga_3"), ["fraga_1", "fraga_3", "fraga_2"]),
        (MoveUp("fraga_1"), ["fraga_1", "fraga_2", "fraga_3"]),
        (MoveDown("fraga_1"), ["fraga_2", "fraga_1", "fraga_3"]),
        (MoveDown("fraga_3"), ["fraga_1", "fraga_2", "fraga_3"]),
        (MoveQuestion("fraga_1", 3), ["fraga_2", "fraga_3", "fraga_1"]),
        (MoveQuestion("fraga_3", 1), ["fraga_3", "fraga_1", "fraga_2"]),
        (MoveQuestion("fraga_2", 99), ["fraga_1", "fraga_3", "fraga_2"]),
        (AddQuestion("date", {"sv": "När?"}, "fraga_1"), ["fraga_1", "fraga_4", "fraga_2", "fraga_3"]),
        (RepeatQuestion("fraga_1"), ["fraga_1", "fraga_4", "fraga_2", "fraga_3"]),
        (RemoveQuestion("fraga_2"), ["fraga_1", "fraga_3"]),
    ],
)
def test_questions_are_moved_added_repeated_and_removed(edit: Edit, after: list[str]) -> None:
    before = three()
    kept = deepcopy(before)
    content = edit.on(before)
    assert order(content) == after
    assert [row.number for row in rows(content)] == list(range(1, len(after) + 1))
    assert before == kept, "what was given is never changed"


def test_a_page_of_several_stays_together_when_others_go_by_and_lets_go_who_leaves() -> None:
    content = wrote(JoinPage("fraga_2"), onto=three())
    assert together(content) == [["fraga_1", "fraga_2"], ["fraga_3"]]
    assert together(MoveUp("fraga_3").on(content)) == [["fraga_3"], ["fraga_1", "fraga_2"]]
    assert together(MoveUp("fraga_2").on(content)) == [["fraga_2", "fraga_1"], ["fraga_3"]]
    assert together(MoveDown("fraga_2").on(content)) == [["fraga_1"], ["fraga_3"], ["fraga_2"]]
    assert together(SplitPage("fraga_2").on(content)) == [["fraga_1"], ["fraga_2"], ["fraga_3"]]


def test_joining_pages_keeps_who_is_asked() -> None:
    content = wrote(SetRoutes("fraga_1", {"2": END}), onto=three())
    joined = JoinPage("fraga_3").on(content)
    assert together(joined) == [["fraga_1"], ["fraga_2", "fraga_3"]]
    page, question = find_page(joined, "fraga_3"), find_question(joined, "fraga_3")
    assert page is not None
    assert question is not None
    assert question["show_if"] == {"not": {"q": "fraga_1", "op": "eq", "value": "2"}}


def test_a_moved_question_joins_the_part_it_lands_in_and_a_part_stays_in_one_piece() -> None:
    content = wrote(ChangePart("fraga_1", {"sv": "Före"}), ChangePart("fraga_3", {"sv": "Efter"}), onto=three())
    assert [page["part"]["sv"] for page in content["pages"]] == ["Före", "Före", "Efter"]
    moved = MoveQuestion("fraga_1", 3).on(content)
    assert [page["part"]["sv"] for page in moved["pages"]] == ["Före", "Efter", "Efter"]
    assert [page.get("part") for page in ChangePart("fraga_3", None).on(content)["pages"]] == [{"sv": "Före"}] * 3
    assert not [page for page in wrote(ChangePart("fraga_1"), onto=three())["pages"] if "part" in page]


def test_a_retired_code_is_never_given_to_another_choice() -> None:
    content = three()
    used = used_by([whole(content)])
    fewer = ChangeChoices("fraga_1", [{"code": "1", "text": {"sv": "Ja"}}]).on(content, used)
    more = ChangeChoices("fraga_1", [{"code": "1"}, {"text": {"sv": "Kanske"}}]).on(fewer, used)
    question = find_question(more, "fraga_1")
    assert question is not None
    assert [(choice["code"], choice["text"]["sv"]) for choice in question["choices"]] == [("1", "Ja"), ("3", "Kanske")]


def test_a_removed_question_leaves_its_name_to_nobody() -> None:
    content = three()
    used = used_by([whole(content)])
    content = wrote(RemoveQuestion("fraga_3"), AddQuestion("text", {"sv": "Annat"}), onto=content, used=used)
    assert order(content) == ["fraga_1", "fraga_2", "fraga_4"]


def test_a_published_question_of_another_type_or_scale_is_another_question() -> None:
    content = wrote(
        ShowIf("fraga_3", Rule((If("fraga_1", "eq", "1"),))),
        onto=three(),
    )
    used = used_by([whole(content)])
    other = ChangeType("fraga_1", "choices").on(content, used)
    assert order(other) == ["fraga_4", "fraga_2", "fraga_3"]
    assert rule_of(other, "fraga_3") == Rule((If("fraga_4", "eq", "1"),)), "conditions follow their question"
    scaled = UseScale("fraga_1", standard(), "j3").on(content, used)
    assert order(scaled)[0] == "fraga_4"
    assert order(ChangeType("fraga_1", "choices").on(content)) == order(content), "an unpublished one keeps its name"


def test_another_type_takes_only_what_it_can_hold() -> None:
    content = ChangeType("fraga_1", "long_text").on(three())
    assert find_question(content, "fraga_1") == {
        "id": "fraga_1", "type": "long_text", "text": {"sv": "Åt du?"}, "privacy": "free_text",
    }  # fmt: skip


def test_where_one_answer_is_chosen_none_stands_alone() -> None:
    alone = [*YES_NO, {"text": {"sv": "Inget"}, "exclusive": True}]
    content = wrote(AddQuestion("choices", {"sv": "Vad?"}, values={"choices": alone}))
    assert whole(content).by_id["fraga_1"].choices[2].exclusive
    (chosen,) = whole(ChangeType("fraga_1", "choice").on(content)).questions
    assert not any(choice.exclusive for choice in chosen.choices if not choice.missing)


def test_a_scale_is_shared_and_its_codes_do_not_meet_those_of_the_question() -> None:
    content = wrote(UseScale("fraga_1", standard(), "b5"), onto=three())
    form = whole(content)
    assert [choice.code for choice in form.by_id["fraga_1"].choices] == ["5", "4", "3", "2", "1", "6", "7", "-88"]
    assert UseScale("fraga_1", standard(), "b5").on(content) == content, "the same scale stands once"
    with pytest.raises(Refused):
        RemoveScale("b5").on(content)
    without = UseScale("fraga_1", None, "j3")
    with pytest.raises(Refused):
        without.on(content)
    made = wrote(ChangeScale(None, {"choices": YES_NO, "positive": ["1"]}), onto=content)
    assert made["scales"]["skala_1"]["positive"] == ["1"]
    shorter = ChangeScale("skala_1", {"choices": [{"code": "2"}]}).on(made)
    assert "positive" not in shorter["scales"]["skala_1"], "a code that went is nobody's pole"
    assert "skala_1" not in RemoveScale("skala_1").on(shorter)["scales"]


def test_texts_keep_the_languages_that_are_not_spoken_of() -> None:
    content = copied(tiny("all_around"), "kopia")
    question = order(content)[0]
    content = ChangeQuestion(question, {"text": {"sv": "Helt ny text?"}}).on(content)
    found = find_question(content, question)
    assert found is not None
    assert found["text"]["sv"] == "Helt ny text?"
    assert "en" in found["text"]
    content = ChangeQuestion(question, {"text": {"en": " "}, "help": None}).on(content)
    found = find_question(content, question)
    assert found is not None
    assert set(found["text"]) == {"sv"}


def test_every_text_has_a_place_at_which_it_can_be_changed() -> None:
    content = copied(next(form for form in shipped() if form.id == "experience"), "kopia")
    places = [place for place, _words in texts_of(content)]
    assert len(places) == len(set(places)) > 100
    marked = ChangeTexts({place: {"fi": f"fi {n}"} for n, place in enumerate(places)}).on(content)
    assert [words["fi"] for _place, words in texts_of(marked)] == [f"fi {n}" for n in range(len(places))]
    assert as_published(marked) == as_published(content), "what is being translated is not published"
    assert all(at(content, place) == words for place, words in texts_of(content))
    moved = MoveQuestion(order(content)[0], 9).on(marked)
    assert {place for place, _words in texts_of(moved)} == set(places), "a place outlives a move"
    assert ChangeTexts({("questions", "borta", "text"): {"fi": "x"}}).on(content) == content


def test_languages_are_added_and_removed_but_not_the_first() -> None:
    content = AddLanguage("fi").on(three())
    assert content["languages"] == ["sv", "fi"]
    assert RemoveLanguage("fi").on(content)["languages"] == ["sv"]
    with pytest.raises(Refused):
        RemoveLanguage("sv").on(content)


def test_what_stands_around_the_questions_is_changed_and_nothing_else() -> None:
    content = ChangeForm({"start": [{"bullets": [{"sv": "Det tar 1 minut."}, {"sv": ""}]}], "title": {"sv": "Ny"}}).on(
        three()
    )
    assert content["start"] == [{"bullets": [{"sv": "Det tar 1 minut."}]}]
    assert content["title"] == {"sv": "Ny"}
    assert "start" not in ChangeForm({"start": None}).on(content)
    with pytest.raises(Refused):
        ChangeForm({"kind": "poll"}).on(content)


@pytest.mark.parametrize("values", [{"id": "annat"}, {"type": "text"}, {"max_length": 3}])
def test_a_key_that_is_not_the_questions_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(Refused):
        ChangeQuestion("fraga_1", values).on(three())


def test_who_edits_what_is_no_longer_there_is_told() -> None:
    for edit in (MoveUp("borta"), ChangeQuestion("borta", {}), RemoveQuestion("borta"), ShowIf("borta")):
        with pytest.raises(Refused):
            edit.on(three())


def test_a_question_of_the_bank_brings_its_scale_in_the_languages_of_the_form() -> None:
    ready = next(one for one in bank().questions if one.id == "bank_helhet")
    content = wrote(UseQuestion(ready.form, ready.id, "fraga_1"), onto=three())
    assert order(content) == ["fraga_1", "bank_helhet", "fraga_2", "fraga_3"]
    form = whole(content)
    assert form.by_id["bank_helhet"].text.by_language == {"sv": "Hur var det för dig som helhet?"}
    twice = UseQuestion(ready.form, ready.id).on(content)
    assert order(twice)[-1] == "fraga_4"
    assert list(twice["scales"]) == ["b5"]


def test_a_locked_block_is_used_whole_and_cannot_be_changed() -> None:
    source = tiny("locked_block")
    lock = source.locks[0].id
    title = {"sv": "Eget", "en": "Own"}
    own_form = blank("egen", "anonymous", "sv", "Eget") | {"languages": ["sv", "en"], "title": title}
    answers = [{"text": {"sv": "Ja", "en": "Yes"}}, {"text": {"sv": "Nej", "en": "No"}}]
    asked = AddQuestion("choice", {"sv": "Egen?", "en": "Own?"}, values={"choices": answers})
    mine = wrote(asked, onto=own_form)
    used = UseBlock(source, lock).on(mine)
    assert whole(used).locks == source.locks
    locked = next(row for row in rows(used) if row.lock)
    own = next(row for row in rows(used) if not row.lock)
    for edit in (
        ChangeQuestion(locked.id, {"text": {"sv": "Annat"}}),
        RemoveQuestion(locked.id),
        MoveQuestion(own.id, 1),
        AddLanguage("fi"),
        ChangeTexts({("questions", locked.id, "text"): {"sv": "Annat"}}),
        JoinPage(own.id),
    ):
        with pytest.raises(Refused):
            edit.on(used)
    assert order(RemoveBlock(lock).on(used)) == order(mine)
    with pytest.raises(Refused):
        UseBlock(source, lock).on(used)
    with pytest.raises(Refused, match="språk"):
        UseBlock(source, lock).on(three())
    assert copied(source, "kopia")["locks"], "a copied form has its block"


def test_a_theme_and_a_new_meaning() -> None:
    content = wrote(AddTheme({"sv": "Maten"}), ChangeQuestion("fraga_1", {"theme": "tema_1"}), onto=three())
    content = NewMeaning("fraga_1").on(content)
    question = whole(content).by_id["fraga_1"]
    assert (question.theme, question.meaning) == ("tema_1", 2)


def test_a_copy_answers_into_a_box_of_its_own_and_the_next_version_into_the_same() -> None:
    short = next(form for form in shipped() if form.id == "experience_short")
    copy, follows = whole(copied(short, "kopia")), next_version(short)
    assert (copy.pool, copy.version) == ("kopia", 1)
    assert (follows["pool"], follows["version"]) == ("experience", short.version + 1)
    assert copied(short, "kopia", "Vår enkät")["title"] == {"sv": "Vår enkät"}, "a new name is not translated yet"


def test_a_route_leads_past_questions_and_is_read_back() -> None:
    content = wrote(SetRoutes("fraga_1", {"1": None, "2": END}), onto=three())
    (route, *_rest) = routes(whole(content))
    assert dict(route.ways) == {"1": "sida_2", "2": END}
    assert route.others == "sida_2"
    assert not route.plain
    again = SetRoutes("fraga_1", {}).on(content)
    assert again == three(), "a route that is taken away leaves nothing behind"


def test_a_default_route_goes_past_for_all_others_and_who_left_it_blank() -> None:
    content = wrote(SetRoutes("fraga_1", {"1": "sida_2"}, "sida_3"), onto=three())
    (route, *_rest) = routes(whole(content))
    assert (dict(route.ways), route.others) == ({"1": "sida_2", "2": "sida_2"}, "sida_3")
    with pytest.raises(Refused):
        SetRoutes("fraga_1", {"1": END, "2": END}, END).on(three())
    with pytest.raises(Refused):
        SetRoutes("fraga_1", {"1": "sida_1"}).on(three())


def test_routes_of_several_choices_ask_whether_a_choice_is_among_them() -> None:
    content = wrote(ChangeType("fraga_1", "choices"), SetRoutes("fraga_1", {"1": "sida_3"}), onto=three())
    assert dict(routes(whole(content))[0].ways) == {"1": "sida_3", "2": "sida_2"}
    assert SetRoutes("fraga_1", {"1": "sida_3"}).on(content) == content


def test_a_rule_is_read_as_it_was_written_whatever_routes_there_are() -> None:
    rule = Rule((If("fraga_1", "eq", "1"), If("fraga_2", "answered", None, negated=True)), every=False)
    content = wrote(SetRoutes("fraga_1", {"2": END}), ShowIf("fraga_3", rule), onto=three())
    assert rule_of(content, "fraga_3") == rule
    assert not composite(content, "fraga_3")
    assert dependents(content, "fraga_1") == ("fraga_2", "fraga_3")
    assert rule_of(ShowIf("fraga_3").on(content), "fraga_3") is None
    deep = {"any": [{"all": [{"q": "fraga_1", "op": "eq", "value": "1"}, {"q": "fraga_2", "op": "answered"}]}]}
    content = ChangeQuestion("fraga_3", {"show_if": deep}).on(three())
    assert composite(content, "fraga_3")


def test_a_rule_on_the_page_of_a_file_is_the_questions_own() -> None:
    form = shipped_form("experience")
    content = next_version(form)
    conditional = [row.id for row in rows(content) if row.conditional and row.alone]
    assert conditional
    for question in conditional:
        rule = rule_of(content, question)
        if rule:
            assert routes(whole(ShowIf(question, rule).on(content))) == routes(form)


EDITS: tuple[Edit, ...] = (
    AddQuestion("text", {"sv": "Fråga"}),
    AddTheme({"sv": "Tema"}),
    AddLanguage("fi"),
    ChangeChoices("fraga_1"),
    ChangeForm({}),
    ChangePart("fraga_1"),
    ChangeQuestion("fraga_1"),
    ChangeScale(None, {}),
    ChangeTexts({("title",): {"sv": "x"}}),
    ChangeType("fraga_1", "text"),
    JoinPage("fraga_1"),
    MoveDown("fraga_1"),
    MoveQuestion("fraga_1", 2),
    MoveUp("fraga_1"),
    NewMeaning("fraga_1"),
    RemoveBlock("x"),
    RemoveLanguage("fi"),
    RemoveQuestion("fraga_1"),
    RemoveScale("x"),
    RepeatQuestion("fraga_1"),
    SetRoutes("fraga_1"),
    ShowIf("fraga_1"),
    SplitPage("fraga_1"),
    UseBlock(standard(), "x"),
    UseQuestion(standard(), "bank_helhet"),
    UseScale("fraga_1", standard(), "b5"),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
def test_the_history_has_words_for_every_edit(edit: Edit) -> None:
    assert in_words(edit.told(three()))


def test_no_edit_is_without_words() -> None:
    known = {
        kind
        for module in (editing, branching)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Edit) and kind not in (Edit, OfQuestion)
    }
    assert {type(edit) for edit in EDITS} == known


@settings(max_examples=1000 if SOAK else 12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_done_names_stay_unique_and_nothing_that_was_published_is_given_away(data: st.DataObject) -> None:
    content = new_content("anonymous")
    for _step in range(4):
        content = attempt(content, data.draw(an_edit(content)))
    form, _findings = understand(content)
    used = used_by([form] if form else [])
    for _step in range(8):
        before, kept = content, deepcopy(content)
        content = attempt(content, data.draw(an_edit(content)), used)
        assert before == kept
    ids = order(content)
    assert len(ids) == len(set(ids))
    pages = [page["id"] for page in content["pages"]]
    assert len(pages) == len(set(pages))
    for row in rows(content):
        if row.id in used.types:
            assert TYPES[used.types[row.id]] is TYPES[row.type]
        codes = [c["code"] for c in (find_question(content, row.id) or {}).get("choices", ())]
        assert len(codes) == len(set(codes))
        own = form.by_id.get(row.id) if form else None
        assert own is None or all(own.choice(code) or code not in used.codes[row.id] for code in codes)
