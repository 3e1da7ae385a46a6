"""The builder's pages over HTTP: nothing is lost when two people write, a page sent twice does nothing twice."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from forms.content import find_question, rows
from forms.doors.yaml import text_of
from forms.editing import ChangeTexts
from forms.types import TYPES
from pages.author_words import KINDS, TYPE_HINTS, TYPE_NAMES, offered_types
from survey import authoring, published
from survey.installation import Installation
from tests.author_scene import FORMS, copied, draft, drawn, newest, send, written_by
from tests.staff_scene import HOME, Browser, World


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return written_by(sqlite_installation)


@pytest.fixture
def form(world: World) -> str:
    """A draft of Alf's, copied from the staff poll."""
    return copied(world, newest("staff_poll"), "")


@pytest.fixture
def alf(world: World) -> Browser:
    return world.visit("alf")


@pytest.fixture
def bea(world: World) -> Browser:
    return world.visit("bea")


ROOT = Path(__file__).parent.parent
INVENTED = {
    *("italics", "Vår träff i höst", "Var lokalen bra?", "Vill inte svara"),
    *("Publicera version 1", "Översätt till English"),
}
"""What the course's reader writes, and what has a number or a name in it on the page."""


def at(form: str, *where: str) -> str:
    return "/".join((FORMS, form, *where))


def texts(world: World, form: str) -> list[str]:
    return [row.text["sv"] for row in rows(draft(world, form).content)]


def ids(world: World, form: str) -> list[str]:
    return [row.id for row in rows(draft(world, form).content)]


# --- Two authors at once ---------------------------------------------------------------------------------------------


def test_changes_to_different_questions_are_both_kept(world: World, form: str, alf: Browser, bea: Browser) -> None:
    first, second = ids(world, form)[:2]
    seen_by_alf = drawn(alf, at(form, "fraga", first, "text"))
    assert send(bea, at(form, "fraga", second, "text"), text="Beas fråga").status_code == 303
    assert alf.post(at(form, "fraga", first, "text"), text="Alfs fråga", **seen_by_alf).status_code == 303
    assert texts(world, form)[:2] == ["Alfs fråga", "Beas fråga"]


def test_changes_to_the_same_question_are_shown_side_by_side_and_nothing_typed_is_lost(
    world: World, form: str, alf: Browser, bea: Browser
) -> None:
    here = at(form, "fraga", ids(world, form)[0], "text")
    seen_by_alf = drawn(alf, here)
    send(bea, here, text="Som Bea vill ha det")
    page = alf.post(here, text="Som Alf vill ha det", help="Med hjälp", **seen_by_alf)
    assert page.status_code == 409
    for words in ("Som Bea vill ha det", "Som Alf vill ha det", "Med hjälp", "Bea"):
        assert words in page.text
    assert texts(world, form)[0] == "Som Bea vill ha det"
    assert alf.post(here, **hidden(page.text)).status_code == 303
    assert texts(world, form)[0] == "Som Alf vill ha det"
    with world.installation.reading() as db:
        assert [step.by for step in authoring.history(db, form)][:2] == ["Alf", "Bea"]


def test_without_the_revision_the_second_author_would_overwrite_the_first_unseen(
    world: World, form: str, alf: Browser, bea: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a page that says it has seen everything, Bea's words are gone and nobody is told."""
    here = at(form, "fraga", ids(world, form)[0], "text")
    seen_by_alf = drawn(alf, here)
    send(bea, here, text="Som Bea vill ha det")
    monkeypatch.setattr("pages.drafts.seen", lambda: 10_000)
    assert alf.post(here, text="Som Alf vill ha det", **seen_by_alf).status_code == 303
    assert texts(world, form)[0] == "Som Alf vill ha det"


def test_a_question_somebody_took_away_is_told_of(world: World, form: str, alf: Browser, bea: Browser) -> None:
    question = ids(world, form)[0]
    seen_by_alf = drawn(alf, at(form, "fraga", question, "text"))
    send(bea, at(form, "fraga", question, "ta-bort"))
    page = alf.post(at(form, "fraga", question, "text"), text="Kvar?", **seen_by_alf)
    assert page.status_code in (409, 422)
    assert 'data-page="author-' in page.text


def test_publishing_waits_when_somebody_has_changed_anything_since(
    world: World, form: str, alf: Browser, bea: Browser
) -> None:
    seen_by_alf = drawn(alf, at(form, "publicera"))
    send(bea, at(form, "fraga", ids(world, form)[0], "text"), text="Ändrad i sista stund")
    assert alf.post(at(form, "publicera"), **seen_by_alf).status_code == 409
    assert send(alf, at(form, "publicera")).status_code == 303
    with world.installation.reading() as db:
        assert published.newest(db, form).questions[0].text.in_("sv") == "Ändrad i sista stund"


# --- Back, reload, sent twice ----------------------------------------------------------------------------------------


def test_a_question_sent_twice_is_added_once(world: World, form: str, alf: Browser) -> None:
    here = at(form, "fragor", "ny")
    page = drawn(alf, f"{here}?typ=choice")
    before = len(texts(world, form))
    answers = [alf.post(here, typ="choice", text="Samma fråga", efter="", help="", **page) for _again in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location.partition("?")[0] == answers[1].location.partition("?")[0]
    assert len(texts(world, form)) == before + 1
    assert alf.get(answers[1].location).status_code == 200


def test_a_page_sent_again_with_other_words_loses_none_of_them(world: World, form: str, alf: Browser) -> None:
    """As after Back, where a browser shows the page as it was."""
    path = at(form, "fraga", ids(world, form)[0], "text")
    page = drawn(alf, path)
    assert alf.post(path, text="Så här?", **page).status_code == 303
    again = alf.post(path, text="Eller så?", **page)
    assert again.status_code == 409
    assert "Du har redan ändrat samma sak" in again.text
    assert "Eller så?" in again.text
    assert texts(world, form)[0] == "Så här?"
    page, before = drawn(alf, at(form, "fragor", "ny") + "?typ=text"), len(ids(world, form))
    for words in ("En till?", "Och en till?", "Och en till?"):
        assert alf.post(at(form, "fragor", "ny"), typ="text", text=words, **page).status_code == 303
    assert texts(world, form)[before:] == ["En till?", "Och en till?"]


def test_a_form_started_twice_from_one_page_is_one_form(world: World, alf: Browser) -> None:
    number = {"submission": alf.hidden(f"{FORMS}/nytt/tomt", "submission")}
    sent = {"title": "Två gånger", "kind": "poll", "language": "sv", "home": HOME}
    first, second = (alf.post(f"{FORMS}/nytt/tomt", **sent, **number).location for _again in range(2))
    assert first == second
    with world.installation.reading() as db:
        assert sum(one.title.get("sv") == "Två gånger" for one in authoring.shelf(db, None)) == 1


def test_undo_takes_back_ten_steps_and_a_second_press_of_the_same_page_takes_none(
    world: World, form: str, alf: Browser
) -> None:
    here = at(form, "fraga", ids(world, form)[0], "text")
    for number in range(12):
        send(alf, here, text=f"Ordval {number}")
    page = drawn(alf, at(form, "historik"))
    for _press in range(2):
        assert alf.post(at(form, "angra"), **page).status_code == 303
    assert texts(world, form)[0] == "Ordval 10"
    for _step in range(9):
        send(alf, at(form, "historik"), at(form, "angra"))
    assert texts(world, form)[0] == "Ordval 1"
    assert "inget att ångra" in alf.get(at(form, "historik")).text


def test_back_to_a_page_of_a_draft_that_was_published_leads_to_the_form(world: World, form: str, alf: Browser) -> None:
    page = drawn(alf, at(form, "fragor", ""))
    send(alf, at(form, "publicera"))
    again = alf.post(at(form, "fragor", "flytta"), upp=ids_of_published(world, form)[1], **page)
    assert (again.status_code, again.location) in ((303, at(form, "")), (404, None))
    assert alf.get(at(form, "fragor", "")).location == at(form, "")
    assert 'data-page="author-published"' in alf.get(at(form, "")).text


# --- The list --------------------------------------------------------------------------------------------------------


def test_a_moved_row_says_its_new_number_and_keeps_the_focus_on_its_button(
    world: World, form: str, alf: Browser
) -> None:
    third = ids(world, form)[2]
    moved = send(alf, at(form, "fragor", ""), at(form, "fragor", "flytta"), upp=third)
    address, _hash, anchor = moved.location.partition("#")
    assert anchor == f"upp-{third}"
    page = alf.get(address).text
    assert "Frågan är nu nummer 2." in page
    assert alf.get(re.sub(r"steg=\d+", f"steg={'9' * 3000}", address)).status_code == 200
    assert re.search(rf'id="upp-{third}" aria-describedby="sagt"', page)
    assert ids(world, form)[1] == third


def test_at_the_top_the_focus_goes_to_the_other_button(world: World, form: str, alf: Browser) -> None:
    second = ids(world, form)[1]
    moved = send(alf, at(form, "fragor", ""), at(form, "fragor", "flytta"), upp=second)
    assert moved.location.endswith(f"#ner-{second}")


def test_a_question_is_moved_to_a_place_by_number(world: World, form: str, alf: Browser) -> None:
    last = ids(world, form)[-1]
    send(alf, at(form, "fragor", ""), at(form, "fragor", "plats"), fraga="7", plats="2")
    assert ids(world, form)[1] == last
    wrong = send(alf, at(form, "fragor", ""), at(form, "fragor", "plats"), fraga="99", plats="två")
    assert wrong.status_code == 422
    assert 'value="99"' in wrong.text


def test_a_long_list_has_several_pages_and_every_question_is_on_one(world: World, alf: Browser) -> None:
    form = long_form(world, 120)
    addresses = re.findall(
        rf'href="({re.escape(at(form, "fragor", ""))}\?fran=\d+)"', alf.get(at(form, "fragor", "")).text
    )
    listed = [found for path in addresses for found in re.findall(r'id="rad-(\w+)"', alf.get(path).text)]
    assert listed == ids(world, form)
    moved = send(alf, at(form, "fragor", ""), at(form, "fragor", "plats"), fraga="1", plats="77")
    assert f'id="rad-{ids(world, form)[76]}"' in alf.get(moved.location.partition("#")[0]).text


# --- Questions -------------------------------------------------------------------------------------------------------


def test_every_type_has_a_name_and_what_points_at_a_person_is_not_offered_where_nobody_may_be_known() -> None:
    assert set(TYPE_NAMES) == set(TYPES)
    assert set(TYPES) - set(TYPE_HINTS) == {"yes_no", "consent", "repeat"}, "what comes with a form, or is a choice"
    assert {name for kind in KINDS for name in offered_types(kind)} == set(TYPE_HINTS)
    assert {"email", "phone"} & set(offered_types("anonymous")) == set()
    assert {"email", "phone"} <= set(offered_types("case"))


def test_in_a_form_with_names_the_author_says_what_an_answer_is_about(world: World, alf: Browser) -> None:
    form = copied(world, newest("referral"), "Anmälan till oss")
    new = at(form, "fragor", "ny")
    page = drawn(alf, f"{new}?typ=municipality")
    alf.post(new, typ="municipality", text="Var bor du?", efter="", help="", **page)
    made = ids(world, form)[-1]
    rules = alf.get(at(form, "fraga", made, "regler")).text
    assert 'name="category"' in rules
    assert at(form, "fraga", made, "svar") not in rules, "a municipality is chosen from a list of its own"
    assert f"{made}/regler" in alf.get(at(form, "kontroll")).text, "it must be said before the form is published"
    send(alf, at(form, "fraga", made, "regler"), category="5", privacy="open")
    changed = find_question(draft(world, form).content, made)
    assert changed
    assert changed["category"] == "5"
    assert f"{made}/regler" not in alf.get(at(form, "kontroll")).text


def test_choices_are_written_a_line_each_reworded_moved_and_taken_away_with_their_codes_kept(
    world: World, form: str, alf: Browser
) -> None:
    here = at(form, "fraga", ids(world, form)[0], "svar")
    stored = {"kod-0": "1", "svar-0": "Ja, gärna", "kod-1": "2", "svar-1": "Nej", "kod-2": "3", "svar-2": "Vet ej"}
    poles = {"pol-0": "positive", "pol-1": "negative", "pol-2": "middle"}
    moved = send(alf, here, **stored, **poles, nya="Kanske\n\nAldrig", go="upp-2")
    assert moved.location.partition("#")[2] == "upp-1"
    question = draft(world, form).content["pages"][0]["questions"][0]
    said = [(one["code"], one["text"]["sv"]) for one in question["choices"]]
    assert said == [("1", "Ja, gärna"), ("3", "Vet ej"), ("2", "Nej"), ("4", "Kanske"), ("5", "Aldrig")]
    assert (question["positive"], question["middle"], question["negative"]) == (["1"], ["3"], ["2"])
    assert question["choices"][1]["text"]["en"] == "Don't know"
    blank = send(alf, here, **stored | {"svar-1": " "})
    assert blank.status_code == 422
    assert 'value="Ja, gärna"' in blank.text
    assert send(alf, here, **stored, go="upp-x").status_code == 303, "a button of nowhere moves nothing"


def test_steps_for_a_scale_that_somebody_has_taken_away_are_asked_for_as_a_new_one(
    world: World, form: str, alf: Browser
) -> None:
    asked = alf.post(at(form, "fraga", ids(world, form)[0], "skala"))
    assert asked.status_code == 422
    assert "Skriv skalans steg" in asked.text


def test_a_question_is_shown_only_to_those_who_gave_an_answer_and_can_be_tried(
    world: World, form: str, alf: Browser
) -> None:
    first, second = ids(world, form)[:2]
    chosen = send(alf, at(form, "fraga", second, "visas"), go="ny", om=first)
    send(alf, chosen.location, at(form, "fraga", second, "visas", "ny"), om=first, svar="2")
    assert "Visas ibland" in alf.get(at(form, "fragor", "")).text
    page = alf.get(at(form, "prova", "ga")).text
    steps = [walked(alf, form, page)]
    steps.append(walked(alf, form, steps[0], **{first: "1"}))
    assert "Gick förbi" in steps[1]
    assert "Gick förbi" not in walked(alf, form, steps[0], **{first: "2"})
    assert f'name="{second}"' in walked(alf, form, steps[0], **{first: "2"})


def test_a_way_past_questions_is_set_on_the_page_of_ways(world: World, form: str, alf: Browser) -> None:
    first = ids(world, form)[0]
    target = draft(world, form).content["pages"][3]["id"]
    send(alf, at(form, "vagar"), at(form, "vagar", first), **{"till-1": "", "till-2": target, "till-3": "", "till": ""})
    page = alf.get(at(form, "vagar")).text
    assert re.search(rf'name="till-2".*?<option value="{target}" selected>', page, re.DOTALL)


HOSTILE = '<span onclick="x">\'"&<script>alert(1)</script>{{ 7*7 }}'


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_what_an_author_writes_is_never_taken_for_markup(world: World, form: str, alf: Browser, prefix: str) -> None:
    first, second = ids(world, form)[:2]
    send(alf, at(form, "fraga", first, "text"), text=HOSTILE, help=HOSTILE)
    send(alf, at(form, "fraga", first, "svar"), **{"kod-0": "1", "svar-0": HOSTILE, "kod-1": "2", "svar-1": "Nej"})
    send(
        alf,
        f"{at(form, 'fraga', second, 'visas', 'ny')}?om={first}",
        at(form, "fraga", second, "visas", "ny"),
        om=first,
        svar="1",
    )
    send(alf, at(form, "namn"), title=HOSTILE, **{"start-0-paragraphs": HOSTILE, "end-0-bullets": HOSTILE})
    pages = [
        "",
        "namn",
        "skydd",
        "fragor/",
        "vagar",
        "prova/",
        "prova/ga",
        "prova/alla",
        "prova/disposition",
        "historik",
    ]
    pages += [
        f"fraga/{one}/{step}" for one in (first, second) for step in ("", "typ", "svar", "regler", "visas", "visa")
    ]
    shown = 0
    for page in [*pages, f"fraga/{second}/visas/ny?om={first}", "kontroll", "publicera", "fil", "arkiv", "kasta"]:
        told = alf.get(f"{prefix}{at(form, page)}").text
        assert "<script>alert" not in told, page
        assert "<span onclick" not in told, page
        shown += "&lt;script&gt;" in told
    assert shown > 15, "control: it stands on the pages"
    walked_to = walked(alf, form, walked(alf, form, alf.get(at(form, "prova", "ga")).text), **{first: "1"})
    assert "<script>alert" not in walked_to


# --- Texts around ----------------------------------------------------------------------------------------------------


def test_lines_of_the_start_page_keep_their_translations_when_others_come_between(world: World, alf: Browser) -> None:
    form = copied(world, newest("experience"), "Hur var mötet hos oss?")
    before = draft(world, form).content["start"][0]["paragraphs"]
    lines = [before[0]["sv"], "En ny rad.", "Omskriven rad.", before[2]["sv"]]
    fields = {"start-0-heading": "", "start-0-paragraphs": "\n".join(lines), "start-0-bullets": ""}
    send(alf, at(form, "namn"), title="Hur var mötet hos oss?", **fields)
    now = draft(world, form).content["start"][0]
    assert [one["sv"] for one in now["paragraphs"]] == lines
    assert now["paragraphs"][0] == before[0]
    assert now["paragraphs"][3] == before[2]
    assert "en" not in now["paragraphs"][2]
    assert "bullets" not in now


# --- Versions --------------------------------------------------------------------------------------------------------


def test_a_form_is_published_changed_compared_restored_and_archived(world: World, form: str, alf: Browser) -> None:
    assert send(alf, at(form, "publicera")).status_code == 303
    number = {"submission": alf.hidden(at(form, ""), "submission")}
    assert alf.post(at(form, "andra"), **number).status_code == 303
    assert "fungerar som vanligt medan du ändrar" in alf.get(at(form, "")).text
    assert "Inget har ändrats" in alf.get(at(form, "publicera")).text
    send(alf, at(form, "fragor", "ny") + "?typ=long_text", at(form, "fragor", "ny"), typ="long_text", text="En till?")
    new = ids(world, form)[-1]
    translate(world, form, new, "One more?")
    verdicts = re.findall(r'<li class="(\w+)">', alf.get(at(form, "publicera")).text)
    assert verdicts == ["addition"]
    assert "Tillägg" in alf.get(at(form, "jamfor")).text
    assert send(alf, at(form, "version", "1")).status_code == 303
    assert new not in ids(world, form)
    number = {"submission": alf.hidden(at(form, "arkiv"), "submission")}
    alf.post(at(form, "arkiv"), away="ja", **number)
    assert "Arkiverade" in alf.get(f"{FORMS}/").text


def test_a_published_question_that_is_taken_away_or_changes_type_is_told_to_break_the_comparison(
    world: World, form: str, alf: Browser
) -> None:
    send(alf, at(form, "publicera"))
    alf.post(at(form, "andra"), submission=alf.hidden(at(form, ""), "submission"))
    first, second = ids(world, form)[:2]
    changed = send(alf, at(form, "fraga", first, "typ"), typ="long_text")
    assert alf.get(changed.location).status_code == 200
    assert first not in ids(world, form), "another type is another question: the old answers keep their column"
    page = alf.get(at(form, "publicera")).text
    assert "breaks" in re.findall(r'<li class="(\w+)">', page)
    assert second in ids(world, form)


def test_faults_keep_the_form_from_being_published_and_each_leads_to_where_it_is_mended(
    world: World, form: str, alf: Browser
) -> None:
    send(alf, at(form, "fragor", "ny") + "?typ=choice", at(form, "fragor", "ny"), typ="choice", text="Utan svar?")
    page = alf.get(at(form, "kontroll")).text
    assert "måste rättas" in page
    ways = re.findall(r'<a class="ds-link" href="([^"]+)">Gå dit', page)
    assert ways
    assert [alf.get(way).status_code for way in ways] == [200] * len(ways)
    assert send(alf, at(form, "kontroll").replace("kontroll", "historik"), at(form, "publicera")).status_code == 422


# --- Files -----------------------------------------------------------------------------------------------------------


def upload(browser: Browser, name: str, content: bytes) -> str:
    fields = {"csrf_token": browser.token(), "file": (BytesIO(content), name)}
    page = browser.client.post(f"{FORMS}/nytt/fil", data=fields, buffered=True)
    return page.text


def test_a_file_is_looked_at_before_anything_is_kept_and_comes_back_as_it_went(world: World, alf: Browser) -> None:
    form = newest("experience")
    page = upload(alf, "hur-var-motet.yaml", text_of(form).encode())
    assert "Inget är sparat än." in page
    with world.installation.reading() as db:
        count = len(authoring.shelf(db, None))
    made = alf.post(f"{FORMS}/nytt/fil/skapa", **hidden(page))
    assert alf.post(f"{FORMS}/nytt/fil/skapa", **hidden(page)).location == made.location
    with world.installation.reading() as db:
        assert len(authoring.shelf(db, None)) == count + 1
    back = alf.get(f"{made.location}fil/yaml").data.decode()
    assert re.sub(r'form: "\w+"', "", back) == re.sub(r'form: "\w+"', "", text_of(form))


def test_a_file_that_cannot_be_taken_in_is_refused_with_every_place_and_nothing_is_kept(
    world: World, alf: Browser
) -> None:
    page = upload(alf, "fel.yaml", b'form: "fel"\nversion: 1\nkind: "hemlig"\n')
    assert 'data-page="author-refused"' in page
    assert "Rad 3" in page
    assert "Filen går inte" in upload(alf, "bild.png", b"\x89PNG")
    assert "Välj en fil" in alf.client.post(f"{FORMS}/nytt/fil", data={"csrf_token": alf.token()}).text
    with world.installation.reading() as db:
        assert {one.form for one in authoring.shelf(db, [HOME])} == set()


def test_a_large_file_is_taken_in_only_from_somebody_who_is_signed_in(world: World, alf: Browser) -> None:
    large = b"# " + b"x" * 400_000 + b"\n" + text_of(newest("staff_poll")).encode()
    assert "Det här blir det av filen" in upload(alf, "stor.yaml", large)
    stranger = world.visit().client.post(f"{FORMS}/nytt/fil", data={"file": (BytesIO(large), "stor.yaml")})
    assert (stranger.status_code, "logga-in" in stranger.location) == (303, True)


# --- Who ------------------------------------------------------------------------------------------------------------


def test_an_author_elsewhere_neither_sees_nor_reaches_the_forms(world: World, form: str) -> None:
    for name in ("eva", "kim", "fia"):
        assert world.visit(name).get(at(form, "")).status_code == 404
        assert world.visit(name).get(f"{FORMS}/").status_code == 404


def test_a_form_of_another_association_cannot_be_made_by_writing_its_name_in_the_page(
    world: World, alf: Browser
) -> None:
    page = upload(alf, "f.yaml", text_of(newest("staff_poll")).encode())
    for home in ("annat", ""):
        assert alf.post(f"{FORMS}/nytt/fil/skapa", **hidden(page) | {"home": home}).status_code == 400
    number = alf.hidden(f"{FORMS}/nytt/tomt", "submission")
    sent = {"title": "Smyg", "kind": "poll", "language": "sv", "home": "annat", "submission": number}
    assert alf.post(f"{FORMS}/nytt/tomt", **sent).status_code == 422


# --- The course -----------------------------------------------------------------------------------------------------


def test_the_course_names_what_stands_on_the_pages() -> None:
    with (ROOT / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        said = {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file, locale="en")}
    titles = {form.title.in_("sv") for form in (newest("staff_poll"), newest("experience"))}
    course = (ROOT / "docs/authors.md").read_text("utf-8")
    named = set(re.findall(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])", course))
    assert {name for name in named if not {name, f"{name}."} & (said | titles)} == INVENTED
    assert len(named) > 40
    pictures = re.findall(r"\((pictures/[\w-]+\.png)\)", course)
    assert len(pictures) == 6
    assert all((ROOT / "docs" / picture).exists() for picture in pictures)


# --- What the tests above stand on -----------------------------------------------------------------------------------


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's last form, as a browser sends them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    unescaped = {"&#34;": '"', "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
    told = {}
    for name, value in found:
        for mark, letter in unescaped.items():
            value = value.replace(mark, letter)
        told[name] = value
    return {name: value for name, value in told.items() if name != "csrf_token"}


def walked(browser: Browser, form: str, page: str, **answers: str) -> str:
    """The page after this one of a walk."""
    return browser.post(at(form, "prova", "ga"), **hidden(page), **answers).text


def ids_of_published(world: World, form: str) -> list[str]:
    with world.installation.reading() as db:
        return [question.id for question in published.newest(db, form).questions]


def long_form(world: World, count: int) -> str:
    """A draft of so many questions."""
    poll = newest("staff_poll")
    page = poll.pages[0]
    pages = tuple(replace(page, id=f"s{n}", questions=(replace(page.questions[0], id=f"q{n}"),)) for n in range(count))
    return copied(world, replace(poll, pages=pages), "Lång")


def translate(world: World, form: str, question: str, text: str) -> None:
    """Say the question in English too."""
    now = draft(world, form)
    stamp = authoring.Stamp("Alf", datetime.now(UTC), authoring.new_submission())
    with world.installation.writing() as db:
        authoring.change(db, form, ChangeTexts({("questions", question, "text"): {"en": text}}), now.revision, stamp)
