"""Drafts beside published forms: two authors at once, sending twice, undo, history, publishing, archive."""

from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from forms.branching import END, SetRoutes, ShowIf
from forms.changes import changes
from forms.content import find_question, rows
from forms.editing import (
    AddQuestion,
    ChangeForm,
    ChangePart,
    ChangeQuestion,
    ChangeTexts,
    Edit,
    MoveDown,
    MoveUp,
    RemoveQuestion,
    next_version,
)
from forms.history import in_words
from forms.library import shipped
from staff import accounts
from staff.member import Grant, Member
from staff.policy import OWNERS
from survey import authoring, languages, translations
from survey.authoring import Conflict, Draft, Stamp
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.installation import Installation
from survey.published import newest, publish
from survey.tables import account, association, authored_form, form_draft_step, role
from tests.scene import at_once

CHOICES = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]
_SENT = count(1)


def stamp(by: str = "Ada", submission: str = "") -> Stamp:
    return Stamp(by, datetime(2026, 8, 15, 12, tzinfo=UTC), submission or f"sent-{next(_SENT)}")


def starts(installation: Installation, *edits: Edit) -> Draft:
    """A form of the installation with one question, and then these edits."""
    first = AddQuestion("choice", {"sv": "Var lunchen god?"}, values={"choices": CHOICES})
    with installation.writing() as db:
        form = authoring.start_blank(db, "Hur var lunchen?", "anonymous", "sv", None, stamp())
        draft = authoring.read(db, form)
        for edit in (first, *edits):
            draft = authoring.change(db, form, edit, draft.revision, stamp())
    return draft


def does(installation: Installation, draft: Draft, edit: Edit, by: str = "Ada", submission: str = "") -> Draft:
    """Somebody who sees `draft` makes a change."""
    with installation.writing() as db:
        return authoring.change(db, draft.form, edit, draft.revision, stamp(by, submission))


def undoes(installation: Installation, draft: Draft) -> Draft:
    with installation.writing() as db:
        return authoring.undo(db, draft.form, draft.revision, stamp())


def publishes(installation: Installation, draft: Draft) -> int:
    with installation.writing() as db:
        return authoring.publish(db, draft.form, draft.revision, stamp()).version


def text(draft: Draft, question: str = "fraga_1") -> str:
    found = find_question(draft.content, question)
    assert found is not None
    return str(found["text"]["sv"])


def reword(words: str, question: str = "fraga_1") -> ChangeQuestion:
    return ChangeQuestion(question, {"text": {"sv": words}})


def test_two_authors_who_change_different_questions_lose_nothing(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation, AddQuestion("text", {"sv": "Vad saknades?"}))
    does(sqlite_installation, seen, reword("Var maten god?"), "Ada")
    both = does(sqlite_installation, seen, reword("Vad saknade du?", "fraga_2"), "Bo")
    assert (text(both), text(both, "fraga_2")) == ("Var maten god?", "Vad saknade du?")


def test_two_authors_who_change_the_same_question_are_shown_each_others_words(installation: Installation) -> None:
    seen = starts(installation)
    does(installation, seen, reword("Var maten god?"), "Ada")
    with pytest.raises(Conflict) as clash:
        does(installation, seen, reword("Var kaffet gott?"), "Bo")
    assert text(clash.value.draft) == "Var maten god?"
    assert clash.value.edit == reword("Var kaffet gott?"), "nothing that was typed is lost"
    assert [step.by for step in clash.value.steps] == ["Ada"]
    assert text(does(installation, clash.value.draft, reword("Var kaffet gott?"), "Bo")) == "Var kaffet gott?"


def test_what_one_removes_while_another_rewords_it_is_asked_about(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation)
    does(sqlite_installation, seen, RemoveQuestion("fraga_1"), "Ada")
    with pytest.raises(Conflict):
        does(sqlite_installation, seen, reword("Var kaffet gott?"), "Bo")


def test_moving_and_adding_never_clash(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation, AddQuestion("text", {"sv": "Två"}), AddQuestion("text", {"sv": "Tre"}))
    does(sqlite_installation, seen, MoveUp("fraga_3"))
    does(sqlite_installation, seen, AddQuestion("text", {"sv": "Fyra"}))
    after = does(sqlite_installation, seen, MoveDown("fraga_1"))
    assert [row.id for row in rows(after.content)] == ["fraga_3", "fraga_1", "fraga_2", "fraga_4"]


def test_two_who_send_at_the_same_moment_come_one_after_the_other(installation: Installation) -> None:
    seen = starts(installation)
    edit = AddQuestion("text", {"sv": "Ny"})
    at_once(
        installation,
        lambda db: authoring.change(db, seen.form, edit, seen.revision, stamp("Ada")),
        lambda db: authoring.change(db, seen.form, edit, seen.revision, stamp("Bo")),
    )
    with installation.reading() as db:
        assert [row.id for row in rows(authoring.read(db, seen.form).content)] == ["fraga_1", "fraga_2", "fraga_3"]


def test_whoever_looks_at_a_form_is_in_the_way_of_nobody_who_saves_it(installation: Installation) -> None:
    seen = starts(installation)
    with installation.reading() as page:
        assert authoring.read(page, seen.form) == seen
        does(installation, seen, reword("Var maten god?"), "Ada")
        assert authoring.read(page, seen.form).revision == seen.revision, "a page sees one state of the form"


def test_what_is_translated_while_somebody_says_that_another_text_holds_is_kept(installation: Installation) -> None:
    seen = starts(installation)
    at_once(installation, *2 * [lambda db: translations.begin(db, seen, "fi")])
    written = ChangeTexts({("title",): {"fi": "Lounas"}})
    at_once(
        installation,
        lambda db: authoring.change(db, seen.form, written, seen.revision, stamp("Ada")),
        lambda db: translations.confirm(db, seen, "fi", []),
    )
    with installation.reading() as db:
        assert "title" in languages.marks_of(db, seen.form, "fi")


def test_a_page_sent_twice_adds_one_question(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation)
    for _press in range(3):
        does(sqlite_installation, seen, AddQuestion("text", {"sv": "Ny"}), submission="samma sida")
    with sqlite_installation.reading() as db:
        assert len(rows(authoring.read(db, seen.form).content)) == 2


def test_a_start_sent_twice_starts_one_form_and_names_do_not_meet(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        first, again = (
            authoring.start_blank(db, "Åsikter 2026!", "poll", "sv", None, stamp(submission="s")) for _press in range(2)
        )
        other = authoring.start_blank(db, "Åsikter 2026?", "poll", "sv", None, stamp())
        number = authoring.start_blank(db, "2026", "poll", "sv", None, stamp())
    assert (first, again, other, number) == ("asikter_2026", "asikter_2026", "asikter_2026_2", "formular_2026")
    with pytest.raises(BadRequest), sqlite_installation.writing() as db:
        authoring.start_blank(db, "  ", "poll", "sv", None, stamp())


def test_the_last_ten_steps_can_be_undone_and_no_more(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation)
    seen = [text(draft)]
    for number in range(12):
        draft = does(sqlite_installation, draft, reword(f"Nummer {number}?"))
        seen.append(text(draft))
    with sqlite_installation.reading() as db:
        assert len(authoring.undoable(db, draft.form)) == 10
    for words in reversed(seen[2:-1]):
        draft = undoes(sqlite_installation, draft)
        assert text(draft) == words
    with pytest.raises(BadRequest):
        undoes(sqlite_installation, draft)


def test_an_undone_step_stays_undone_when_something_else_is_done(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation)
    draft = does(sqlite_installation, draft, reword("Ett?"))
    draft = undoes(sqlite_installation, does(sqlite_installation, draft, reword("Två?")))
    draft = does(sqlite_installation, draft, reword("Tre?"))
    draft = undoes(sqlite_installation, draft)
    assert text(draft) == "Ett?"
    assert text(undoes(sqlite_installation, draft)) == "Var lunchen god?"


def test_nobody_undoes_what_they_have_not_seen(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation)
    does(sqlite_installation, seen, AddQuestion("text", {"sv": "Ny"}), "Bo")
    with pytest.raises(Conflict):
        undoes(sqlite_installation, seen)
    with pytest.raises(Conflict):
        publishes(sqlite_installation, seen)


def test_the_history_says_who_did_what(sqlite_installation: Installation) -> None:
    draft = does(sqlite_installation, starts(sqlite_installation), reword("Ny?"), "Bo")
    undoes(sqlite_installation, draft)
    with sqlite_installation.reading() as db:
        told = [(step.by, in_words(step.did)) for step in authoring.history(db, draft.form)]
    assert told == [
        ("Ada", "Ångrade: Ändrade frågan «Var lunchen god?»"),
        ("Bo", "Ändrade frågan «Var lunchen god?»"),
        ("Ada", "La till frågan «Var lunchen god?»"),
        ("Ada", "Började formuläret"),
    ]


def test_a_published_version_never_changes_and_the_next_draft_begins_as_it(installation: Installation) -> None:
    draft = starts(installation)
    assert publishes(installation, draft) == 1
    with pytest.raises(NotFound), installation.reading() as db:
        authoring.read(db, draft.form)
    with installation.writing() as db:
        first = newest(db, draft.form)
        draft = authoring.reopen(db, draft.form, stamp())
        assert authoring.reopen(db, draft.form, stamp()) == draft, "a draft that is open is the draft"
    assert draft.content == next_version(first)
    with pytest.raises(BadRequest):
        publishes(installation, draft)
    draft = does(installation, draft, AddQuestion("text", {"sv": "Vad mer?"}))
    assert publishes(installation, draft) == 2
    with installation.reading() as db:
        second = newest(db, draft.form)
        assert authoring.versions(db, draft.form) == (2, 1)
    assert [change.verdict for change in changes(second, first)] == ["addition"]


def test_a_form_with_a_fault_is_not_published(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation, AddQuestion("phone", {"sv": "Vad är ditt nummer?"}))
    with pytest.raises(NotAllowed):
        publishes(sqlite_installation, draft)
    draft = does(sqlite_installation, draft, RemoveQuestion("fraga_2"))
    assert publishes(sqlite_installation, draft) == 1


def test_publishing_sent_twice_publishes_once(installation: Installation) -> None:
    draft = starts(installation)
    with installation.writing() as db:
        again = [
            authoring.publish(db, draft.form, draft.revision, stamp(submission="p")).version for _press in range(2)
        ]
        assert again == [1, 1]
        assert authoring.versions(db, draft.form) == (1,)


def test_an_earlier_version_is_restored_as_a_step_that_can_be_undone(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation)
    publishes(sqlite_installation, draft)
    with sqlite_installation.writing() as db:
        draft = authoring.reopen(db, draft.form, stamp())
    draft = does(sqlite_installation, draft, reword("Ny?"))
    with sqlite_installation.writing() as db:
        back = authoring.restore(db, draft.form, 1, draft.revision, stamp())
    assert (text(back), back.content["version"]) == ("Var lunchen god?", 2)
    assert text(undoes(sqlite_installation, back)) == "Ny?"


def test_a_draft_is_thrown_away_and_what_was_published_stays(installation: Installation) -> None:
    never, once = starts(installation), starts(installation)
    publishes(installation, once)
    with installation.writing() as db:
        authoring.reopen(db, once.form, stamp())
        for draft in (never, once):
            authoring.discard(db, draft.form, authoring.read(db, draft.form).revision, stamp())
        assert [one.form for one in authoring.shelf(db, None)] == [once.form]
        assert db.scalars(select(form_draft_step.c.form).distinct()).all() == [once.form]


def test_an_archived_form_starts_nothing_and_can_be_taken_back(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation)
    publishes(sqlite_installation, draft)
    with sqlite_installation.writing() as db:
        db.execute(insert(association).values(slug="exempel", name="Exempel"))
        assert [form.id for form in authoring.usable(db, "exempel")] == [draft.form]
        authoring.archive(db, draft.form, date(2026, 8, 15), stamp())
        assert not authoring.usable(db, "exempel")
        authoring.unarchive(db, draft.form, stamp())
        assert authoring.usable(db, "exempel")


def test_an_associations_forms_are_its_own(installation: Installation) -> None:
    with installation.writing() as db:
        for slug in ("exempel", "annat"):
            db.execute(insert(association).values(slug=slug, name=slug))
        for form in shipped():
            publish(db, form)
        own = authoring.start_copy(db, newest(db, "experience"), "Vår enkät", "exempel", stamp())
        assert [one.form for one in authoring.shelf(db, ["exempel"])] == [own]
        assert not authoring.shelf(db, ["annat"])
        assert {one.form for one in authoring.shelf(db, None)} == {own, *(form.id for form in shipped())}
        draft = authoring.read(db, own)
        draft = authoring.change(db, own, ChangeForm({"title": {"en": "Ours"}}), draft.revision, stamp())
        authoring.publish(db, own, draft.revision, stamp())
        assert own in [form.id for form in authoring.usable(db, "exempel")]
        assert own not in [form.id for form in authoring.usable(db, "annat")]


def test_only_an_author_of_all_writes_the_forms_of_the_installation(sqlite_installation: Installation) -> None:
    own, everywhere = Grant("author", "exempel"), Grant("author")
    with sqlite_installation.writing() as db:
        db.execute(insert(association).values(slug="exempel", name="Exempel"))
        publish(db, shipped()[0])
        ours = authoring.start_copy(db, shipped()[0], "Vår", "exempel", stamp())
        for form, authors in ((shipped()[0].id, [everywhere]), (ours, [own, everywhere])):
            owner = OWNERS["draft_id"](db, form)
            assert owner is not None
            assert [grant for grant in (own, everywhere) if _oversees(grant, owner.association)] == authors
        assert OWNERS["draft_id"](db, "finns_inte") is None


def _oversees(grant: Grant, home: str | None) -> bool:
    return Member("a", "Ada", (grant,)).oversees("author", home)


@pytest.mark.parametrize("name", ["author", "approver"])
def test_authors_and_approvers_hold_for_an_association_or_for_all_but_for_no_team(
    sqlite_installation: Installation, name: str
) -> None:
    with sqlite_installation.writing() as db:
        db.execute(insert(association).values(slug="exempel", name="Exempel"))
        assert accounts.grant(db, name) == Grant(name)  # type: ignore[arg-type]
        assert accounts.grant(db, name, "exempel") == Grant(name, "exempel")  # type: ignore[arg-type]
        for home, team in (("finns-inte", None), (None, "norr"), ("exempel", "norr")):
            with pytest.raises(BadRequest):
                accounts.grant(db, name, home, team)


@pytest.mark.parametrize(
    "held",
    [
        {"role": "author", "team": "norr"},
        {"role": "party", "association": "exempel"},
        {"role": "controller"},
        {"role": "interviewer"},
        {"role": "evaluator", "association": "exempel", "party": "af"},
    ],
    ids=lambda held: held["role"],
)
def test_the_table_holds_no_role_where_it_cannot_hold(installation: Installation, held: dict[str, str]) -> None:
    with installation.writing() as db:
        db.execute(insert(association).values(slug="exempel", name="Exempel"))
        db.execute(insert(account).values(id="a", email="a@exempel.se", name="Ada"))
    with pytest.raises(IntegrityError), installation.writing() as db:
        db.execute(insert(role).values(id="r", account="a", **held))


def test_two_who_name_the_same_part_are_shown_each_others_words(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation)
    does(sqlite_installation, seen, ChangePart("fraga_1", {"sv": "Maten"}), "Ada")
    with pytest.raises(Conflict):
        does(sqlite_installation, seen, ChangePart("fraga_1", {"sv": "Kaffet"}), "Bo")


def test_two_who_set_routes_past_the_same_question_are_shown_each_others(sqlite_installation: Installation) -> None:
    more = AddQuestion("choice", {"sv": "Var kaffet gott?"}, values={"choices": CHOICES})
    seen = starts(sqlite_installation, more, AddQuestion("text", {"sv": "Mer?"}))
    does(sqlite_installation, seen, SetRoutes("fraga_1", {"2": END}), "Ada")
    with pytest.raises(Conflict):
        does(sqlite_installation, seen, SetRoutes("fraga_2", {"1": END}), "Bo")


def test_nobody_throws_away_what_they_have_not_seen(installation: Installation) -> None:
    seen = starts(installation)
    does(installation, seen, reword("Ny?"), "Bo")
    with pytest.raises(Conflict), installation.writing() as db:
        authoring.discard(db, seen.form, seen.revision, stamp())


def test_a_start_sent_twice_at_the_same_moment_starts_one_form(installation: Installation) -> None:
    def start(db: Connection) -> str:
        return authoring.start_blank(db, "Lunch", "poll", "sv", None, stamp(submission="s"))

    assert at_once(installation, start, start) == ("lunch", "lunch")


def test_two_who_reopen_at_the_same_moment_get_one_draft(installation: Installation) -> None:
    with installation.writing() as db:
        publish(db, shipped()[0])
    form = shipped()[0].id
    one, other = at_once(
        installation,
        lambda db: authoring.reopen(db, form, stamp()).revision,
        lambda db: authoring.reopen(db, form, stamp()).revision,
    )
    assert one == other == 1


def test_archiving_sent_twice_is_one_step(sqlite_installation: Installation) -> None:
    draft = starts(sqlite_installation)
    publishes(sqlite_installation, draft)
    with sqlite_installation.writing() as db:
        for _press in range(2):
            authoring.archive(db, draft.form, date(2026, 8, 15), stamp(submission="a"))
        assert [step.did["did"] for step in authoring.history(db, draft.form)].count("Archived") == 1


def test_a_condition_set_by_another_meanwhile_is_asked_about(sqlite_installation: Installation) -> None:
    seen = starts(sqlite_installation, AddQuestion("text", {"sv": "Vad saknades?"}))
    does(sqlite_installation, seen, reword("Vad saknade du?", "fraga_2"), "Ada")
    with pytest.raises(Conflict):
        does(sqlite_installation, seen, ShowIf("fraga_2"), "Bo")


def test_control_a_draft_written_past_the_rules_loses_what_another_wrote(sqlite_installation: Installation) -> None:
    """What the steps are for: without looking at them the last one to send would win."""
    seen = starts(sqlite_installation)
    does(sqlite_installation, seen, reword("Var maten god?"), "Ada")
    with sqlite_installation.writing() as db:
        db.execute(update(form_draft_step).values(places="[]"))
    assert text(does(sqlite_installation, seen, reword("Var kaffet gott?"), "Bo")) == "Var kaffet gott?"
    with sqlite_installation.reading() as db:
        assert db.scalar(select(authored_form.c.revision)) == 4
