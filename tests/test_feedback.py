"""What participants are told of their answers: only what is shown, exactly as it is shown, and only once published."""

import gzip
import html
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, delete, insert, update
from werkzeug.test import TestResponse

from exports import feedback, groups
from exports.book import code_book
from exports.contents import Contents, Floors, Item, Label, Positive, Slips
from exports.feedback import LONGEST, About, Wrong
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, STAFF_LIX, measure
from pages import results
from survey.errors import NotAllowed, NotFound
from survey.installation import Installation
from survey.tables import feedback as feedbacks
from survey.tables import shown
from survey.teams import name_colleagues
from tests.respondent import Respondent, anything, by_client
from tests.scene import at_once, open_for
from tests.staff_scene import AWAY, HOME, Browser, World, answered, staffed
from tests.visits import experience

HERE = f"/personal/utvardering/{HOME}/tiny/aterkoppling"
PUBLIC = f"/resultat/{HOME}"
ABOUT, HIDDEN = About(HOME, "tiny", "2026-Q3"), About(AWAY, "tiny", "2026-Q3")
WORDS = {"sv": "Vi skickar nu ett brev.\nI brevet står vilka som kommer.", "en": "We now send a letter."}
TODAY = date(2026, 10, 5)


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """A quarter is released: 32 at home, 24 of them positive; so few away that nothing is shown."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 32)
    answered(world, world.away, 6)
    world.release()
    return world


@pytest.fixture
def founded(sqlite_installation: Installation) -> World:
    """Nobody has answered anything."""
    return staffed(sqlite_installation)


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def said(page: str) -> str:
    """What the page says, as one reads it."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", main_of(page))))


def blocks(page: str) -> list[str]:
    """What the page says, block by block."""
    undrawn = re.sub(r"<svg.*?</svg>", "", main_of(page), flags=re.S)
    found = re.findall(r"<(h1|h2|h3|p|li|dt|dd|legend|label)\b[^>]*>(.*?)</\1>", undrawn, re.S)
    return [html.unescape(re.sub(r"<[^>]+>", " ", text)) for _, text in found]


def write(eva: Browser, **fields: object) -> str:
    """Write and save; the address of the page that shows how it will look."""
    kept = eva.post(f"{HERE}/2026-Q3", **({"questions": "q_bra", **WORDS} | fields))
    assert kept.status_code == 303, said(kept.text)
    return str(kept.location)


def press_publish(eva: Browser, **fields: str) -> TestResponse:
    """Publish what stands on the page that shows how it will look."""
    return eva.post(f"{HERE}/2026-Q3/publicera", seen=eva.hidden(f"{HERE}/2026-Q3/granska", "seen"), **fields)


def publish(world: World, about: About = ABOUT, texts: Mapping[str, str] = WORDS) -> None:
    with world.installation.writing() as db:
        feedback.save(db, about, ["q_bra"], texts)
        feedback.publish(db, about, TODAY)


def show(world: World, period: str) -> None:
    """The same group of the association as a whole in another period, as if it had been released."""
    with world.installation.writing() as db:
        contents = replace(groups.stored(db, HOME, "tiny")[0], period=period)
        _store(db, contents)


def _store(db: Connection, contents: Contents) -> None:
    key = {"association": contents.association, "form": contents.form, "period": contents.period}
    stored = {"grade": contents.grade, "released_on": TODAY, "contents": contents.to_json()}
    db.execute(insert(shown).values(id=f"{contents.form}.{contents.period}", **key, **stored))


# --- Written and published -----------------------------------------------------------------------------------------


def test_an_evaluator_writes_looks_publishes_and_everyone_can_read_it(world: World) -> None:
    eva, anyone = world.visit("eva"), world.visit()
    assert "Inget är skrivet." in eva.get(f"{HERE}/").text
    offered = said(eva.get(f"{HERE}/2026-Q3").text)
    assert "Var mötet bra? Ungefär 8 av 10." in offered
    look = eva.get(write(eva)).text
    assert "Ungefär 8 av 10 svarade «Ja»." in said(look)
    assert "We now send a letter." in look
    assert "Här finns inget att läsa än." in anyone.get(PUBLIC).text, "a draft is nobody else's"
    done = eva.get(press_publish(eva).location).text
    assert "Återkopplingen är publicerad." in done
    assert "Publicerad 2026-10-01." in done
    page = said(anyone.get(PUBLIC).text)
    assert "Kvartal 3 2026 Hur var mötet? · 32 svar" in page
    assert "Var mötet bra? Ungefär 8 av 10 svarade «Ja». 24 av 32 svar, 75 procent." in page
    assert "Det har vi ändrat Vi skickar nu ett brev. I brevet står vilka som kommer." in page


def test_what_everyone_reads_is_what_was_stored_when_the_period_closed(world: World) -> None:
    publish(world)
    with world.installation.reading() as db:
        (stored,) = groups.stored(db, HOME, "tiny", period="2026-Q3")[:1]
    (item,) = [item for item in stored.items if item.question == "q_bra"]
    assert item.positive
    one, page = item.positive, said(world.visit().get(PUBLIC).text)
    assert f"{one.count} av {one.base} svar, {one.share} procent." in page
    numbers = set(re.findall(r"\d+", page)) - {"3", "2026"}
    assert numbers == {str(n) for n in (stored.base, one.count, one.base, one.share, 8, 10)}


def test_what_is_published_is_changed_only_after_it_is_withdrawn(world: World) -> None:
    publish(world)
    eva, anyone = world.visit("eva"), world.visit()
    assert eva.get(f"{HERE}/2026-Q3").location.endswith("/granska")
    assert eva.post(f"{HERE}/2026-Q3", questions="q_bra", sv="Smyg").location.endswith("/granska")
    with pytest.raises(NotAllowed), world.installation.writing() as db:
        feedback.save(db, ABOUT, ["q_bra"], {"sv": "Smyg"})
    assert "Dra tillbaka återkopplingen om kvartal 3 2026?" in eva.get(f"{HERE}/2026-Q3/dra-tillbaka").text
    assert "Vi skickar nu ett brev." in anyone.get(PUBLIC).text, "asking withdraws nothing"
    page = eva.get(eva.post(f"{HERE}/2026-Q3/dra-tillbaka").location).text
    assert "Bara ni ser den nu." in page
    assert "Vi skickar nu ett brev." not in anyone.get(PUBLIC).text
    assert "Vi skickar nu ett brev." in eva.get(f"{HERE}/2026-Q3").text
    write(eva, sv="Nu är det annorlunda.")
    press_publish(eva)
    assert "Nu är det annorlunda." in anyone.get(PUBLIC).text


def test_there_is_nothing_to_publish_or_withdraw_before_something_is_written(world: World) -> None:
    eva = world.visit("eva")
    for path in ("publicera", "dra-tillbaka"):
        assert eva.post(f"{HERE}/2026-Q3/{path}").location == f"{HERE}/2026-Q3"
    assert eva.get(f"{HERE}/2026-Q3/granska").location == f"{HERE}/2026-Q3"
    with pytest.raises(NotFound), world.installation.writing() as db:
        feedback.publish(db, ABOUT, TODAY)


@pytest.mark.parametrize(
    ("fields", "control", "message"),
    [
        ({"questions": []}, "questions", "Välj minst 1 och högst 6 frågor"),
        ({"sv": " \r\n "}, "sv", "Skriv på svenska vad ni har ändrat"),
        ({"sv": "å" * (LONGEST + 7)}, "sv", "Ta bort 7"),
        ({"en": "y" * (LONGEST + 1)}, "en", "Ta bort 1"),
    ],
)
def test_a_draft_that_cannot_be_kept_says_why_at_the_field_and_keeps_what_was_written(
    world: World, fields: dict[str, object], control: str, message: str
) -> None:
    page = world.visit("eva").post(f"{HERE}/2026-Q3", **({"questions": "q_bra", **WORDS} | fields))
    assert page.status_code == 422
    assert re.search(rf'href="#{control}">[^<]*{message}', page.text)
    assert "We now send a letter." in page.text or control == "en"
    with world.installation.reading() as db:
        assert feedback.find(db, ABOUT) is None


def test_at_most_six_questions_are_told_of(founded: World) -> None:
    with founded.installation.writing() as db:
        contents = released_experience(db, "2026-Q3")
        many = [item.question for item in feedback.tellable(contents)]
        about = About(HOME, "experience", "2026-Q3")
        with pytest.raises(Wrong):
            feedback.save(db, about, many[:7], WORDS)
        assert feedback.save(db, about, many[5::-1], WORDS).questions == tuple(many[:6]), "in the order of the form"


def test_names_and_numbers_in_the_text_are_shown_and_published_only_after_a_second_look(world: World) -> None:
    with world.installation.writing() as db:
        name_colleagues(db, "syd", ["Maja Lind"])
    eva = world.visit("eva")
    write(eva, sv="Ring Majas nummer 070-123 45 67.", en="Ask Kim about 19800101-1234.")
    look = said(eva.get(f"{HERE}/2026-Q3/granska").text)
    for worrying in ("Majas", "070-123 45 67", "Kim", "19800101-1234"):
        assert worrying in look.partition("Det här kan peka ut någon:")[2]
    refused = press_publish(eva)
    assert (refused.status_code, 'href="#sure"' in refused.text, 'id="sure"' in refused.text) == (422, True, True)
    assert "Majas" not in world.visit().get(PUBLIC).text
    assert press_publish(eva, sure="y").status_code == 303
    assert "Majas" in world.visit().get(PUBLIC).text


def test_only_what_was_looked_at_is_published(world: World) -> None:
    eva, other = world.visit("eva"), world.visit("eva")
    looked_at = eva.hidden(write(eva), "seen")
    write(other, sv="Ring 070-123 45 67.")
    for seen in (looked_at, "", "x" * 64):
        refused = eva.post(f"{HERE}/2026-Q3/publicera", seen=seen, sure="y")
        assert (refused.status_code, "Någon har ändrat texten" in said(refused.text)) == (422, True)
        assert 'href="#publicera"' in refused.text, "the summary leads to where it is mended"
    assert "Här finns inget att läsa än." in world.visit().get(PUBLIC).text
    assert press_publish(eva, sure="y").status_code == 303  # control: read again, it is published


def test_what_is_published_cannot_be_changed_by_a_draft_saved_at_the_same_moment(
    postgresql_installation: Installation,
) -> None:
    world = staffed(postgresql_installation)
    answered(world, world.home, 32)
    world.release()
    with world.installation.writing() as db:
        feedback.save(db, ABOUT, ["q_bra"], WORDS)
    one, other = at_once(
        world.installation,
        lambda db: feedback.publish(db, ABOUT, TODAY),
        lambda db: feedback.save(db, ABOUT, ["q_bra"], {"sv": "Ring 070-123 45 67."}),
    )
    assert (one, type(other)) == (None, NotAllowed)
    with world.installation.reading() as db:
        (public,) = feedback.published(db, HOME)
    assert public.texts == WORDS


def test_plain_words_are_not_worried_about(world: World) -> None:
    eva = world.visit("eva")
    assert "Det här kan peka ut någon" not in eva.get(write(eva)).text


# --- Nothing that is not shown -------------------------------------------------------------------------------------


def test_a_group_that_is_withheld_is_never_told_of(world: World) -> None:
    eve = world.visit("eve")
    there = f"/personal/utvardering/{AWAY}/tiny/aterkoppling"
    assert "Här kommer perioder att stå när minst 10 har svarat" in eve.get(f"{there}/").text
    for path in ("2026-Q3", "2026-Q3/granska", "2026-Q3/dra-tillbaka"):
        assert eve.get(f"{there}/{path}").status_code == 404
    assert eve.post(f"{there}/2026-Q3", questions="q_bra", **WORDS).status_code == 404
    assert eve.post(f"{there}/2026-Q3/publicera").status_code == 404
    with world.installation.writing() as db:
        for attempt in (
            lambda: feedback.save(db, HIDDEN, ["q_bra"], WORDS),
            lambda: feedback.publish(db, HIDDEN, TODAY),
        ):
            with pytest.raises(NotFound):
                attempt()


@pytest.mark.parametrize("about", [ABOUT, HIDDEN])
def test_a_row_that_somebody_wrote_into_the_database_tells_only_what_is_shown(world: World, about: About) -> None:
    """The control is in the test: the same row about a group that is shown does tell."""
    forged = {"questions": '["q_bra", "q_antal", "q_okand"]', "texts": '{"sv": "Inget."}', "published_on": TODAY}
    key = {"association": about.association, "form": about.form, "period": about.period}
    with world.installation.writing() as db:
        db.execute(insert(feedbacks).values(key | forged))
    page = said(world.visit().get(f"/resultat/{about.association}").text)
    assert ("Ungefär 8 av 10" in page, "Inget." in page) == (about is ABOUT, about is ABOUT)
    assert "Hur många gånger?" not in page


def test_a_question_of_no_shown_figure_and_a_period_of_no_release_are_refused(world: World) -> None:
    eva = world.visit("eva")
    for foreign in ("q_antal", "q_vem", "q_ord", "q_okand"):
        assert eva.post(f"{HERE}/2026-Q3", questions=["q_bra", foreign], **WORDS).status_code == 422
        with pytest.raises(Wrong), world.installation.writing() as db:
            feedback.save(db, ABOUT, ["q_bra", foreign], WORDS)
    for period in ("2026-Q2", "2026", "x", "..", "%00"):
        assert eva.get(f"{HERE}/{period}").status_code == 404
    assert world.visit("eve").get(f"{HERE}/2026-Q3").status_code == 404


def test_only_the_association_as_a_whole_is_told_of(world: World) -> None:
    with world.installation.writing() as db:
        assert [one.team for one in groups.stored(db, HOME, "tiny")] == [None, "norr"]
        db.execute(delete(shown).where(shown.c.association == HOME, shown.c.team.is_(None)))
        with pytest.raises(NotFound):
            feedback.told_of(db, ABOUT)


def test_control_a_rule_that_forgot_the_grade_would_tell_of_a_withheld_group(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above refuse succeeds here, with a group that says nothing of being withheld."""
    with world.installation.writing() as db:
        (hidden,) = [one for one in groups.stored(db, AWAY, "tiny") if one.team is None]
        forgetful = replace(hidden, grade="full", base=6, items=(item(4, 6),))
        monkeypatch.setattr(feedback, "told_of", lambda _db, _about: forgetful)
        feedback.save(db, HIDDEN, ["q_bra"], WORDS)
        feedback.publish(db, HIDDEN, TODAY)
    assert "4 av 6 svar" in said(world.visit().get(f"/resultat/{AWAY}").text)


# --- Everyone's page -----------------------------------------------------------------------------------------------


def test_where_nothing_is_published_the_page_says_what_will_be_here(founded: World) -> None:
    page = founded.visit().get(PUBLIC)
    assert (page.status_code, "Här finns inget att läsa än." in page.text) == (200, True)


@pytest.mark.parametrize("slug", ["ingen", "EXEMPEL", "exempel/", "%00", "..", "a%20b", "x" * 3000])
def test_an_unknown_association_gets_the_calm_page(founded: World, slug: str) -> None:
    page = founded.visit().get(f"/resultat/{slug}")
    assert (page.status_code, "Sidan finns inte" in page.text) == (404, True)


def test_the_page_sets_no_cookie_and_knows_no_reader(world: World) -> None:
    publish(world)
    eva, anyone = world.visit("eva").get(PUBLIC), world.visit().get(PUBLIC)
    assert "Set-Cookie" not in anyone.headers
    assert eva.text == anyone.text


def test_in_english_a_text_that_is_only_in_swedish_says_so_and_is_marked(world: World) -> None:
    publish(world, texts={"sv": WORDS["sv"]})
    page = world.visit().get(f"/en{PUBLIC}").text
    assert "The text is only in Swedish." in page
    assert '<p lang="sv" dir="ltr">Vi skickar nu ett brev.</p>' in page
    assert '<span lang="sv" dir="ltr">Var mötet bra?</span>' in page
    assert "Quarter 3 2026" in page
    assert "The text is only in Swedish" not in world.visit().get(PUBLIC).text


def test_in_english_the_english_text_stands(world: World) -> None:
    publish(world)
    page = said(world.visit().get(f"/en{PUBLIC}").text)
    assert "What we have changed We now send a letter." in page
    assert "Vi skickar" not in page


def test_what_an_evaluator_writes_is_never_taken_for_markup(world: World) -> None:
    publish(world, texts={"sv": "<script>alert(1)</script>\n<b>fet</b>"})
    page = world.visit().get(PUBLIC).text
    assert "<script>alert" not in page
    assert "&lt;b&gt;fet" in page


def test_the_newest_stands_first_and_older_ones_are_a_link_away(world: World) -> None:
    periods = ["2026-Q3", "2026-Q2", "2026-Q1", "2025", "2025-Q4", "2025-Q3", "2025-Q2", "2025-Q1", "2024", "2024-Q4"]
    for period in periods:
        if period != "2026-Q3":
            show(world, period)
        publish(world, About(HOME, "tiny", period))
    page = world.visit().get(PUBLIC).text
    assert re.findall(r'<h2 id="tiny-([^"]*)"', page) == periods[: results.AT_ONCE]
    older = re.search(r'href="([^"]*)"[^>]*>Visa äldre', page)
    assert older
    page = world.visit().get(older[1]).text
    assert re.findall(r'<h2 id="tiny-([^"]*)"', page) == periods[results.AT_ONCE :]
    assert "Visa äldre" not in page
    assert 'href="/en/resultat/exempel?fran=8"' in page
    for odd in ("-5", "x", "99", "1e9"):
        assert world.visit().get(f"{PUBLIC}?fran={odd}").status_code == 200


def test_whoever_has_sent_answers_is_led_there_once_there_is_something_to_read(world: World) -> None:
    def thanked() -> str:
        person = Respondent(by_client(world.app.test_client(use_cookies=False)))
        person.enter(open_for(world.installation, "norr", people=5).codes[0])
        person.answer(anything)
        assert person.page.kind == "done"
        return person.page.reply.body

    assert "/resultat/" not in thanked()
    publish(world)
    page = thanked()
    assert f'<a class="ds-link" href="{PUBLIC}">Läs vad andra har sagt och vad som har ändrats</a>' in page


def released_experience(db: Connection, period: str) -> Contents:
    """A shown quarter of the shipped questionnaire, every question of it full or coarse in turn."""
    book = code_book("experience", [experience()])
    poled = [entry.id for entry in book.entries if entry.poled]
    items = tuple(
        Item(id_, "full", positive=Positive(29 + n, 41, 71)) if n % 3 else Item(id_, "coarse", step=n % 5)
        for n, id_ in enumerate(poled)
    )
    contents = Contents(
        association=HOME,
        association_name="Samordningsförbundet Exempel",
        team=None,
        team_name="",
        form="experience",
        title=book.title,
        period=period,
        grade="full",
        reason="",
        base=41,
        released_on=TODAY.isoformat(),
        floors=Floors(5, 10, 30),
        slips=Slips(50, 0, 50, open_link=False),
        versions=book.versions,
        themes=book.themes,
        book=book.entries,
        items=items,
    )
    _store(db, contents)
    return contents


def told_in_full(world: World, periods: int, texts: Mapping[str, str]) -> None:
    with world.installation.writing() as db:
        for quarter in range(periods):
            period = f"{2020 + quarter // 4}-Q{quarter % 4 + 1}"
            may = feedback.tellable(released_experience(db, period))
            about = About(HOME, "experience", period)
            feedback.save(db, about, [item.question for item in may[:6]], texts)
            feedback.publish(db, about, TODAY)


def test_the_page_is_light_however_much_is_told(founded: World) -> None:
    rng = random.Random(2026)
    endless = (
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyzåäö   \n") for _ in range(LONGEST)).strip("\n ").ljust(9, "x")
    )
    told_in_full(founded, 12, {"sv": endless, "en": endless})
    client = founded.app.test_client()
    weights = []
    for address in (PUBLIC, f"/en{PUBLIC}", f"{PUBLIC}?fran=8"):
        page = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        fetched = re.findall(
            r'<(?:link|script)[^>]*(?:href|src)="(/static/[^"]*)"', gzip.decompress(page.data).decode()
        )
        assert len(fetched) == 1
        css = client.get(fetched[0], headers={"Accept-Encoding": "gzip"}, buffered=True)
        weights.append(len(page.data) + len(css.data))
    assert max(weights) <= 30 * 1024


def test_what_everyone_reads_is_plain(founded: World) -> None:
    told_in_full(founded, 3, WORDS)
    for address in (PUBLIC, f"/resultat/{AWAY}"):
        ease = measure(blocks(founded.visit().get(address).text))
        assert ease.words > 20
        assert ease.lix <= PARTICIPANT_LIX, address
        assert ease.longest <= PARTICIPANT_SENTENCE, address


def test_what_evaluators_read_is_plain_enough(world: World) -> None:
    eva = world.visit("eva")
    write(eva, sv="Ring 070-123 45 67.")
    files = f"/personal/utvardering/{HOME}/tiny/filer"
    for path in (f"{HERE}/", f"{HERE}/2026-Q3", f"{HERE}/2026-Q3/granska", files):
        ease = measure(blocks(eva.get(path).text))
        assert ease.lix <= STAFF_LIX, path


# --- Words for figures ---------------------------------------------------------------------------------------------


def item(count: int, base: int) -> Item:
    return Item("q_bra", "full", positive=Positive(count, base, round(100 * count / base)))


@pytest.mark.parametrize(
    ("count", "base", "words"),
    [
        (27, 30, "9 av 10"),
        (28, 30, "Ungefär 9 av 10"),
        (144, 192, "Ungefär 8 av 10"),
        (17, 34, "5 av 10"),
        (39, 60, "Ungefär 7 av 10"),  # 6.5, upwards
        (3, 60, "Ungefär 1 av 10"),  # 0.5, upwards
        (2, 60, "Nästan ingen"),
        (0, 60, "Ingen"),
        (57, 60, "Nästan alla"),
        (60, 60, "Alla"),
    ],
)
def test_a_share_is_said_as_people_say_it(founded: World, count: int, base: int, words: str) -> None:
    with founded.app.test_request_context():
        share, (drawn, of) = results._share(item(count, base))
        assert share == words
        assert of == 10
        assert abs(drawn * base - 10 * count) * 2 <= base


@pytest.mark.parametrize(
    ("step", "words"),
    list(enumerate(["Högst 1 av 10", "Ungefär 1 av 4", "Ungefär hälften", "Ungefär 3 av 4", "Minst 9 av 10"])),
)
def test_a_coarse_figure_is_said_no_more_exactly_than_it_is(founded: World, step: int, words: str) -> None:
    entry = code_book("experience", [experience()]).entries[3]
    labels = (
        Label("5", {"sv": "Mycket bra"}, "positive"),
        Label("4", {"sv": "<Bra>"}, "positive"),
        Label("1", {"sv": "Nej"}),
    )
    with founded.app.test_request_context():
        figure = results.figure(Item("q", "coarse", step=step), replace(entry, labels=labels))
    assert figure.share == words
    assert figure.answers == "«Mycket bra» eller «&lt;Bra&gt;»"
    assert not re.search(r"\d", figure.counted)


def test_on_either_database_what_is_told_is_kept_in_order(installation: Installation) -> None:
    staffed(installation)
    with installation.writing() as db:
        for period in ("2025", "2025-Q4", "2026-Q1"):
            contents = released_experience(db, period)
            feedback.save(db, About(HOME, "experience", period), [contents.items[0].question], WORDS)
            feedback.publish(db, About(HOME, "experience", period), TODAY)
        db.execute(update(feedbacks).where(feedbacks.c.period == "2026-Q1").values(published_on=None))
        assert [one.about.period for one in feedback.published(db, HOME)] == ["2025", "2025-Q4"]
        assert set(feedback.written(db, HOME, "experience")) == {"2025", "2025-Q4", "2026-Q1"}
        assert (feedback.tells(db, HOME), feedback.tells(db, AWAY)) == (True, False)
