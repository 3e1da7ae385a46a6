"""A form in more languages: written beside the original, sent away and taken back, approved, published on its own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Connection, select

from forms.content import Place
from forms.doors import translation_book, xliff
from forms.editing import ChangeForm, ChangeQuestion, ChangeTexts
from forms.faults import BadForm
from forms.translating import Incoming, Own, Unit, compared, marked, marks_as_text, marks_from, progress, seal
from staff import accounts
from staff.member import Grant
from survey import authoring, translations
from survey.authoring import Draft, Stamp
from survey.errors import NotAllowed
from survey.installation import Installation
from survey.published import load
from survey.tables import form_language
from tests.staff_scene import AWAY, HOME, Browser, World, staffed
from tests.tiny import tiny

FORM = "one_choice"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Ulla writes forms at home, Omar and Olga approve languages there; Ulf and Oda do so elsewhere."""
    world = staffed(sqlite_installation)
    people = {"ulla": ("author", HOME), "omar": ("approver", HOME), "olga": ("approver", HOME)}
    people |= {"ulf": ("author", AWAY), "oda": ("approver", AWAY)}
    with world.installation.writing() as db:
        for name, (role, home) in people.items():
            world.accounts[name] = accounts.add(db, f"{name}@exempel.se", name.title(), Grant(role, home))  # type: ignore[arg-type]
        authoring.start_copy(db, tiny(FORM), "", HOME, stamp("start"))
    return world


def stamp(page: str) -> Stamp:
    return Stamp("Ulla", datetime(2026, 9, 1, tzinfo=UTC), page)


def form_of(db: Connection) -> str:
    """The only form that is being written."""
    (shelved,) = authoring.shelf(db, [HOME])
    return shelved.form


def now(world: World) -> Draft:
    with world.installation.reading() as db:
        return authoring.read(db, form_of(db))


def texts(world: World, language: str) -> tuple[Unit, ...]:
    with world.installation.reading() as db:
        return translations.texts(db, authoring.read(db, form_of(db)), language)


def write(world: World, page: str, texts: dict[Place, dict[str, str]]) -> None:
    with world.installation.writing() as db:
        form = form_of(db)
        authoring.change(db, form, ChangeTexts(texts), authoring.read(db, form).revision, stamp(page))


def translate(world: World, language: str, page: str = "all", say: Callable[[Unit], str] | None = None) -> None:
    """Translate everything into the language."""
    with world.installation.writing() as db:
        translations.begin(db, authoring.read(db, form_of(db)), language)
    said = {
        unit.place: {language: (say or (lambda unit: f"{language} {unit.source}"))(unit)}
        for unit in texts(world, language)
    }
    write(world, page, said)


def approved(world: World, language: str, name: str = "omar") -> None:
    with world.installation.writing() as db:
        draft = authoring.read(db, form_of(db))
        translations.appoint(db, draft, language, world.accounts[name])
        told = seal(translations.texts(db, draft, language))
        translations.approve(db, draft, language, world.accounts[name], told, world.installation.today())


# What must be looked over


@pytest.mark.parametrize("kept", ["", "{}", '{"a":["1","A"]}', '{"a":["0","A"],"b\\"c":["1","x"]}', '{"c":["1","C"]}'])
def test_what_is_put_behind_the_marks_unread_is_what_reading_them_would_give(kept: str) -> None:
    written = [Own(key, (key,), {"en": words}, "…", "1") for key, words in (("a", "A"), ('b"c', 'B "c":'))]
    before = marks_from(kept)
    new = [one for one in written if one.key not in before or before[one.key][1] != one.words["en"]]
    wanted = dict(before) | {one.key: [one.of, one.words["en"]] for one in new}
    after = marked(kept, written, "en")
    assert marks_from(after) == wanted
    assert marked(after, written, "en") == after == marks_as_text(marks_from(after))


def test_a_translation_taken_away_does_not_come_back_with_the_next_draft(world: World) -> None:
    translate(world, "fi")
    write(world, "gone", {("title",): {"fi": ""}})
    with world.installation.writing() as db:
        draft = authoring.read(db, form_of(db))
        authoring.publish(db, draft.form, draft.revision, stamp("publish"))
        authoring.reopen(db, draft.form, stamp("again"))
    kept = {unit.key: unit.target for unit in texts(world, "fi")}
    assert kept.pop("title") == ""
    assert all(kept.values())


def test_a_translation_is_looked_over_when_its_original_changes_and_only_then(world: World) -> None:
    translate(world, "fi")
    assert progress(texts(world, "fi")).complete
    (asked, *_) = now(world).content["pages"][0]["questions"]
    with world.installation.writing() as db:
        form = form_of(db)
        edit = ChangeQuestion(asked["id"], {"text": {"sv": "En helt annan fråga?"}})
        authoring.change(db, form, edit, authoring.read(db, form).revision, stamp("other"))
    assert [(unit.place[-1], unit.asked) for unit in texts(world, "fi") if unit.state == "review"] == [
        ("text", asked["id"])
    ]
    write(world, "again", {("questions", asked["id"], "text"): {"fi": "Aivan toinen kysymys?"}})
    assert progress(texts(world, "fi")).complete


def test_somebody_may_say_that_a_translation_still_holds(world: World) -> None:
    translate(world, "fi")
    write(world, "typo", {("title",): {"sv": "Färger!"}})
    (stale,) = [unit for unit in texts(world, "fi") if unit.state == "review"]
    with world.installation.writing() as db:
        translations.confirm(db, authoring.read(db, form_of(db)), "fi", [stale.key])
    assert progress(texts(world, "fi")).complete


def test_an_original_that_becomes_what_it_was_needs_nothing(world: World) -> None:
    translate(world, "fi")
    title = now(world).content["title"]["sv"]
    write(world, "there", {("title",): {"sv": "Annat"}})
    write(world, "back", {("title",): {"sv": title}})
    assert progress(texts(world, "fi")).complete


def test_what_is_not_ready_outlives_publishing(world: World) -> None:
    with world.installation.writing() as db:
        translations.begin(db, authoring.read(db, form_of(db)), "fi")
    write(world, "some", {("title",): {"fi": "Värit"}})
    publish(world)
    with world.installation.writing() as db:
        form = form_of(db)
        assert load(db, form, 1).languages == ("sv", "en")
        authoring.reopen(db, form, stamp("reopened"))
    assert {unit.key: unit.target for unit in texts(world, "fi")}["title"] == "Värit"


def publish(world: World) -> None:
    with world.installation.writing() as db:
        form = form_of(db)
        authoring.publish(db, form, authoring.read(db, form).revision, stamp("publish"))


# Approval, and publishing on its own


def test_only_the_one_who_was_named_approves_and_only_what_is_complete(world: World) -> None:
    with world.installation.writing() as db:
        draft = authoring.read(db, form_of(db))
        translations.begin(db, draft, "fi")
        translations.appoint(db, draft, "fi", world.accounts["omar"])
        for name in ("olga", "omar"):  # Olga was not named, and nothing is there to approve
            with pytest.raises(NotAllowed):
                translations.approve(db, draft, "fi", world.accounts[name], seal(()), world.installation.today())


def test_an_approval_falls_with_the_next_letter(world: World) -> None:
    translate(world, "fi")
    approved(world, "fi")
    assert tongue(world, "fi").ready
    write(world, "letter", {("title",): {"fi": "Toinen"}})
    assert not tongue(world, "fi").ready


def tongue(world: World, language: str) -> translations.Tongue:
    with world.installation.reading() as db:
        return translations.tongue(db, authoring.read(db, form_of(db)), language)


def go_live(world: World, language: str, page: str = "live") -> object:
    with world.installation.writing() as db:
        form = form_of(db)
        seen = authoring.read(db, form).revision
        return translations.publish(db, form, language, seen, stamp(page))


def test_a_language_is_published_on_its_own_and_takes_no_other_change_along(world: World) -> None:
    publish(world)
    with world.installation.writing() as db:
        authoring.reopen(db, form_of(db), stamp("reopened"))
    translate(world, "fi")
    approved(world, "fi")
    with world.installation.writing() as db:
        form = form_of(db)
        more = ChangeForm({"end": [{"paragraphs": [{"sv": "Tack!", "en": "Thanks!", "fi": "Kiitos!"}]}]})
        authoring.change(db, form, more, authoring.read(db, form).revision, stamp("more"))
    approved(world, "fi")
    go_live(world, "fi")
    with world.installation.reading() as db:
        form = form_of(db)
        before, after = load(db, form, 1), load(db, form, 2)
        draft = authoring.read(db, form)
    assert (before.languages, after.languages) == (("sv", "en"), ("sv", "en", "fi"))
    assert after.end == before.end == ()
    assert after.questions[0].text.in_("fi").startswith("fi ")
    assert (draft.published, draft.content["version"], draft.content["languages"]) == (2, 3, ["sv", "en", "fi"])
    assert draft.content["end"]


def test_a_language_translated_from_other_words_than_the_published_waits_for_the_draft(world: World) -> None:
    publish(world)
    with world.installation.writing() as db:
        authoring.reopen(db, form_of(db), stamp("reopened"))
    write(world, "new", {("title",): {"sv": "Nya färger", "en": "New colours"}})
    translate(world, "fi")
    approved(world, "fi")
    with pytest.raises(NotAllowed, match="utkast"):
        go_live(world, "fi")


@pytest.mark.parametrize("lacking", ["texts", "approval"])
def test_a_language_that_is_not_ready_is_not_published(world: World, lacking: str) -> None:
    translate(world, "fi", say=lambda unit: "" if lacking == "texts" and unit.key == "title" else "fi")
    if lacking == "approval":
        assert tongue(world, "fi").progress.complete
    with pytest.raises(NotAllowed):
        go_live(world, "fi")


def test_a_page_sent_twice_publishes_once(world: World) -> None:
    publish(world)
    with world.installation.writing() as db:
        authoring.reopen(db, form_of(db), stamp("reopened"))
    translate(world, "fi")
    approved(world, "fi")
    assert go_live(world, "fi") is not None
    assert go_live(world, "fi") is None
    assert now(world).published == 2


# Files


def notes(every: tuple[Unit, ...]) -> list[str]:
    return ["<b>& var" for _unit in every]


WRITERS = {
    "xliff 1.2": (xliff.write_1_2, xliff.read),
    "xliff 2.0": (xliff.write_2_0, xliff.read),
    "xlsx": (translation_book.write, translation_book.read),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_translation_comes_back_from_a_file_as_it_left(world: World, kind: str) -> None:
    translate(world, "fi", say=lambda unit: f'<{unit.source}> & "={unit.place}"\nrad två')
    out, back = WRITERS[kind]
    every = texts(world, "fi")
    incoming = back(out(FORM, "sv", "fi", every, notes(every)), "fil", FORM, "fi")
    assert incoming.texts == {unit.key: unit.target for unit in every}
    comparison = compared(every, incoming)
    assert (comparison.changes, comparison.same, comparison.refused) == ((), len(every), ())


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_of_another_form_or_language_is_refused(world: World, kind: str) -> None:
    out, back = WRITERS[kind]
    every = texts(world, "en")
    content = out(FORM, "sv", "en", every, notes(every))
    with pytest.raises(BadForm):
        back(content, "fil", FORM, "fi")
    with pytest.raises(BadForm):
        back(content, "fil", "annat", "en")
    with pytest.raises(BadForm):
        back(content[: len(content) // 2], "fil", FORM, "en")


def test_a_workbook_says_texts_and_no_formulas(world: World) -> None:
    translate(world, "fi", say=lambda _unit: "=1+1")
    every = texts(world, "fi")
    sheet = load_workbook(BytesIO(translation_book.write(FORM, "sv", "fi", every, notes(every)))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet for cell in row if cell.value} == {"s"}


def test_a_workbook_with_a_formula_is_refused_where_it_stands() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = translation_book.sheet_name(FORM, "fi")
    sheet.append(["Plats", "Var", "Original", "Översättning"])
    sheet.append(["title", "", "Hej", '=HYPERLINK("https://x")'])
    out = BytesIO()
    book.save(out)
    with pytest.raises(BadForm, match=r"rad 2, .*kolumnen D: Cellen har en formel"):
        translation_book.read(out.getvalue(), "x.xlsx", FORM, "fi")


def test_a_segmented_file_is_put_together() -> None:
    content = """<xliff version="2.0" srcLang="sv" trgLang="fi" xmlns="urn:oasis:names:tc:xliff:document:2.0">
<file id="f">
<unit id="u1" name="title"><segment><source>En. </source><target>Yksi. </target></segment>
<segment><source>Två.</source><target>Kaksi <ph id="1"/>.</target></segment></unit></file></xliff>"""
    incoming = xliff.read(content.encode(), "x.xlf", FORM, "fi")
    assert (incoming.texts["title"], incoming.sources["title"]) == ("Yksi. Kaksi .", "En. Två.")


def test_what_a_file_cannot_change_is_told_with_a_reason() -> None:
    title = Unit("title", ("title",), "Hej {team}", "", "missing")
    help_ = Unit("help", ("help",), "Nytt", "", "missing")
    incoming = Incoming(
        {"title": "Hei {tiimi}", "help": "Uusi", "borta": "Poissa"}, {"help": "Gammalt", "title": "Hej {team}"}
    )
    told = {one.key: one.why for one in compared((title, help_), incoming).refused}
    assert told.keys() == {"title", "help", "borta"}
    assert "{team}" in told["title"]
    assert compared((title,), Incoming({"title": "Hei {team}\u202e\x00"}, {})).changes == ((title, "Hei {team}"),)


# On the page


def edit_page(world: World, browser: Browser, language: str = "en") -> str:
    return f"/personal/formular/{now(world).form}/sprak/{language}"


def fields(browser: Browser, path: str) -> dict[str, str]:
    """Everything the first form of the page would post."""
    page = browser.get(path).text
    page = page[page.index("task wide") :].partition("</form>")[0]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    return {key: unescape(value) for key, value in found.items()}


def test_an_author_translates_beside_the_original_and_nothing_typed_is_lost(world: World) -> None:
    browser = world.visit("ulla")
    path = edit_page(world, browser)
    sent = fields(browser, path)
    sent["t:title"] = "Colours {team}"
    refused = browser.post(path, **sent)
    assert refused.status_code == 422
    assert "Colours {team}" in refused.text
    sent["t:title"] = "Colours"
    assert browser.post(path, **sent).status_code == 303
    assert browser.post(path, **sent).status_code == 303  # sent twice
    assert {unit.key: unit.target for unit in texts(world, "en")}["title"] == "Colours"
    steps = [step for step in history(world) if step.did.get("did") == "ChangeTexts"]
    assert len(steps) == 1


def history(world: World) -> tuple[authoring.Step, ...]:
    with world.installation.reading() as db:
        return authoring.history(db, form_of(db))


def test_two_who_write_the_same_text_are_both_asked(world: World) -> None:
    one, other = world.visit("ulla"), world.visit("ulla")
    path = edit_page(world, one)
    first, second = fields(one, path), fields(other, path)
    assert one.post(path, **first | {"t:title": "Colours"}).status_code == 303
    clash = other.post(path, **second | {"t:title": "Paints"})
    assert clash.status_code == 409
    assert "Paints" in clash.text
    assert {unit.key: unit.target for unit in texts(world, "en")}["title"] == "Colours"


def test_a_file_is_looked_at_before_anything_is_kept(world: World) -> None:
    browser = world.visit("ulla")
    path = edit_page(world, browser)
    content = browser.get(f"{path}/fil/xliff-1-2").data.replace(b">One choice<", b">One colour<")
    before = texts(world, "en")
    looked = browser.post(f"{path}/fil", file=(BytesIO(content), "från.xlf"))
    assert looked.status_code == 200
    assert texts(world, "en") == before
    hostile = browser.post(f"{path}/fil", file=(BytesIO(b"<!DOCTYPE x []><xliff/>"), "x.xlf"))
    assert hostile.status_code == 422
    assert "DOCTYPE" in hostile.text


def test_who_was_named_reads_and_approves_and_nobody_else_can(world: World) -> None:
    ulla, form = world.visit("ulla"), now(world).form
    named = ulla.post(f"/personal/formular/{form}/sprak/en/godkannare", approver=world.accounts["omar"])
    assert named.status_code == 303
    path = f"/personal/oversattningar/{form}/en"
    omar = world.visit("omar")
    assert form in omar.get("/personal/oversattningar/").text
    for other in ("olga", "oda", "ulla", "ulf", "ada"):
        assert world.visit(other).get(path).status_code == 404
        assert world.visit(other).post(path, seal=seal(texts(world, "en"))).status_code == 404
    assert omar.post(path, seal="något annat").status_code == 422
    assert omar.post(path, seal=omar.hidden(path, "seal")).status_code == 303
    with world.installation.reading() as db:
        assert db.scalar(select(form_language.c.approved).where(form_language.c.language == "en"))


def test_an_author_elsewhere_sees_nothing_of_it(world: World) -> None:
    path = edit_page(world, world.visit("ulla"))
    assert world.visit("ulf").get(path).status_code == 404
    assert world.visit("ulf").post(path, **{"t:title": "x"}).status_code == 404
    assert world.visit("ulla").post(f"{path}/godkannare", approver=world.accounts["oda"]).status_code == 400


def test_a_language_the_pages_do_not_speak_is_not_published(world: World) -> None:
    translate(world, "ar")
    approved(world, "ar")
    browser, draft = world.visit("ulla"), now(world)
    page = browser.get(f"/personal/formular/{draft.form}/sprak").text
    assert "Sidornas egna ord" in page
    sent = {"seen": str(draft.revision), "submission": "x"}
    assert browser.post(f"/personal/formular/{draft.form}/sprak/ar/publicera", **sent).status_code == 400
    assert 'lang="ar" dir="rtl"' in browser.get(f"/personal/formular/{draft.form}/sprak/ar").text


# On public pages


def test_whoever_asks_for_a_language_the_form_lacks_is_told_in_that_language(world: World) -> None:
    client, code = world.app.test_client(), {"code": world.home.codes[0]}
    told = '<p class="panel" lang="en" dir="ltr">The questions do not exist in this language.</p>'
    assert told not in client.post("/svara", data=code).text
    page = client.post("/en/svara", data=code).text
    assert told in page
    assert '<html lang="sv"' in page
    assert told not in client.post("/svara", data=code).text
