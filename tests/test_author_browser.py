"""The builder in a real browser, as somebody meets it for the first time: by keyboard alone and without script.

What it costs in pages and keys is counted and held, so that a form does not slowly become more work to make.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from forms.doors.yaml import text_of
from forms.model import Form, Text
from survey import authoring, published, rounds
from survey.installation import Installation
from tests import axe
from tests.author_scene import FORMS, Hands, copied, newest, send, written_by
from tests.respondent import Respondent, by_client, says
from tests.scene import SOAK
from tests.staff_scene import HOME, World
from tests.visits import served

SCALED = ("svar", "skala", "skala?egen=1", "regler", "visas", "visas/ny?om=du_f1_vem")
"""The steps of a question on a scale."""
YAML = text_of(newest("staff_poll")).encode()
ENGLISH = {
    "Hur var mötet hos oss?": "How was the meeting with us?",
    "Var rummet lätt att hitta?": "Was the room easy to find?",
    "Ja": "Yes",
    "Nej": "No",
}
"""What was new in the copy, in the form's other language."""


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return written_by(sqlite_installation)


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.app) as there:
        yield there


def window(chromium: Browser, address: str, world: World, *, script: bool = False, width: int = 1000) -> Page:
    """A window where Alf is signed in, without script unless it is said."""
    context = chromium.new_context(
        base_url=address, java_script_enabled=script, viewport={"width": width, "height": 900}
    )
    session = {"name": "samsvar", "value": world.visit("alf").reference, "domain": "127.0.0.1", "path": "/"}
    context.add_cookies([session])  # type: ignore[list-item]
    return context.new_page()


def words(text: Text) -> str:
    return text.in_("sv")


def told(form: Form) -> list[tuple[object, ...]]:
    """What a form asks in Swedish, whatever it is called within."""
    return [
        (
            one.type,
            words(one.text),
            [(words(c.text), c.code in one.positive, c.code in one.negative) for c in one.choices],
            one.max_length,
            one.privacy,
        )
        for one in form.questions
    ]


def test_the_staff_poll_is_written_from_blank_by_keyboard_and_without_script(
    chromium: Browser, address: str, world: World
) -> None:
    page = window(chromium, address, world)
    hands = Hands(page)
    page.goto("/personal/")
    assert hands.here == "author-forms", "an author with no other role lands among the forms"
    hands.go("Nytt formulär").go("Tomt formulär")
    hands.to("Vad heter formuläret?").type("Frågor till medarbetare")
    hands.choose("Anonym enkät", "Omröstning").go()
    assert hands.here == "author-tasks"
    hands.go("Frågor (0)").go("Lägg till fråga")
    for question in newest("staff_poll").questions:
        hands.choose("Ett val", "Ett val" if question.choices else "Längre text").go()
        hands.to("Frågan").type(words(question.text)).go()
        if question.choices:
            hands.to("Svar, ett per rad").type("\n".join(words(one.text) for one in question.choices))
            hands.go("Lägg till svaren")
            assert hands.here == "author-choices"
            hands.pick("I rapporter: Ja", "Bra svar").pick("I rapporter: Nej", "Dåligt svar")
        else:
            hands.to("Högst så många tecken").type(str(question.max_length))
        hands.go("Spara och lägg till nästa fråga")
        assert hands.here == "author-type"
    hands.go("Frågor").to("Frågor till medarbetare").go().go("Kontroll")
    assert page.get_by_role("heading", name="Inget måste rättas").count() == 1
    hands.go("Gå till Publicera").go("Publicera version 1")
    assert page.locator("[role=status]").inner_text() == "Formuläret är publicerat."
    with world.installation.reading() as db:
        made = published.newest(db, "fragor_till_medarbetare")
    assert told(made) == told(newest("staff_poll"))
    assert hands.cost["pages"] <= 34, hands.cost
    assert hands.cost["keys"] <= 450, hands.cost
    page.context.close()


if SOAK:  # another long walk by keyboard

    def test_experience_is_copied_gets_a_question_with_a_condition_is_translated_published_and_answered(
        chromium: Browser, address: str, world: World
    ) -> None:
        page = window(chromium, address, world)
        hands = Hands(page)
        page.goto("/personal/")
        hands.go("Nytt formulär").go("Utgå från ett formulär")
        hands.choose("frågor)", "Hur var mötet för dig? (")
        hands.to("Vad ska det nya heta?").type("Hur var mötet hos oss?").go()
        hands.go("Frågor (").go("Lägg till fråga")
        hands.choose("Ett val", "Ett val").go()
        hands.to("Frågan").type("Var rummet lätt att hitta?").go()
        hands.to("Svar, ett per rad").type("Ja\nNej").go("Spara och gå vidare")
        hands.go("Bestäm när frågan visas")
        hands.pick("Det beror på svaret på", "6. Hur kändes mötet?").go("Fortsätt")
        hands.to("Ganska dåligt").press("Space").to("Mycket dåligt").press("Space").go("Spara villkoret")
        assert "«Ganska dåligt» eller «Mycket dåligt»" in page.locator(".tests").inner_text()
        hands.go("Fråga 27").go("Frågor").go("Hur var mötet hos oss?").go("Språk").go("Översätt till English").go(
            "Saknas"
        )
        for source, target in ENGLISH.items():
            hands.to(source).type(target)
        hands.go("Spara")
        hands.go("Språk").go("Hur var mötet hos oss?").go("Kontroll")
        assert page.get_by_role("heading", name="Inget måste rättas").count() == 1
        hands.go("Gå till Publicera").go("Publicera version 1")
        assert hands.cost["pages"] <= 26, hands.cost
        assert hands.cost["keys"] <= 500, hands.cost
        page.context.close()
        assert "Was the room easy to find?" in asked_of(world, "1")
        assert "Was the room easy to find?" not in asked_of(world, "5")


def asked_of(world: World, felt: str) -> list[str]:
    """What somebody is asked in English, who felt so about the meeting, until it is sent."""
    with world.installation.writing() as db:
        form = published.newest(db, "hur_var_motet_hos_oss")
        opened = rounds.open_round(db, world.installation, "norr", form, open_link=True)
    person = Respondent(by_client(world.app.test_client(use_cookies=False)))
    person.open(f"/en/svara/{opened.round.id}")
    assert person.answer(says({"du_m1_kansla": felt})).kind == "done"
    return [page.h1 for page in person.pages if page.kind == "question"]


def test_a_question_can_be_dragged_to_the_place_of_another(chromium: Browser, address: str, world: World) -> None:
    form = copied(world, newest("staff_poll"), "")
    page = window(chromium, address, world, script=True)
    page.goto(f"{FORMS}/{form}/fragor/")
    with page.expect_navigation():
        page.drag_and_drop("#rad-mp_r2_trygg .n", "#rad-mp_natverk .n")
    assert page.locator("[role=status]").inner_text() == "Frågan är nu nummer 2."
    assert page.locator(".listed > li").nth(1).get_attribute("id") == "rad-mp_r2_trygg"
    page.context.close()


def author_states(world: World, page: Page, prefix: str) -> Iterator[str]:
    """Every page and state of the builder, one after the other in the same window; gives each its name."""
    empty = started(world)
    long = copied(world, newest("experience"), "")
    first, second = "du_f1_vem", "du_m1_kansla"
    forms = f"{prefix}{FORMS}"
    plain = {
        "": ("/", "/nytt", "/nytt/tomt", "/nytt/kopia", "/nytt/fil"),
        empty: ("/", "/namn", "/skydd", "/teman", "/fragor/", "/vagar", "/prova/", "/kontroll", "/publicera"),
        long: (
            *("/", "/namn", "/skydd", "/teman", "/fragor/", "/fragor/ny", "/fragor/ny?typ=choice", "/fragor/bank"),
            *(f"/fraga/{first}/{step}" for step in ("", "typ", "text", "svar", "regler", "visa", "del", "ta-bort")),
            *(f"/fraga/{second}/{step}" for step in SCALED),
            *("/vagar", "/prova/", "/prova/ga", "/prova/ga?sprak=en", "/prova/alla", "/prova/disposition"),
            *("/kontroll", "/publicera", "/historik", "/fil", "/kasta", "/arkiv", "/fraga/finns_inte/text", "/sprak"),
        ),
    }
    for form, paths in plain.items():
        for path in paths:
            page.goto(f"{forms}/{form}{path}" if form else f"{forms}{path}")
            yield f"{form} {path}"
    for path in ("/nytt/tomt", "/nytt/kopia", "/nytt/fil", f"/{long}/fragor/ny?typ=text", f"/{long}/fragor/bank"):
        page.goto(forms + path)
        page.locator("main form .ways button").first.click()
        yield f"{path} sent blank"
    page.goto(f"{forms}/{long}/fragor/ny?typ=")
    yield "no type was chosen"
    page.goto(f"{forms}/{long}/fraga/{first}/svar")
    page.fill("[name=svar-1]", "")
    page.locator("main form .ways button").first.click()
    yield "a choice without words"
    page.goto(f"{forms}/{long}/fraga/{second}/visas/ny?om=du_f1_vem")
    page.locator("main form .ways button").first.click()
    yield "a condition without answers"
    page.locator("[name=svar]").first.press(" ")
    page.locator("main form .ways button").first.click()
    yield "a question with a condition"
    page.goto(f"{forms}/{long}/prova/ga")
    for _page in range(3):
        page.locator("main form .ways button").first.click()
        yield "on the way through"
    page.goto(f"{forms}/{long}/fragor/")
    page.locator(f"#ner-{first}").click()
    yield "a question has been moved"
    page.goto(f"{forms}/{long}/fraga/{second}/text")
    send(world.visit("bea"), f"{FORMS}/{long}/fraga/{second}/text", text="Bea skriver samtidigt")
    page.fill("[name=text]", "Alf skriver samtidigt")
    page.locator("main form .ways button").first.click()
    yield "a conflict"
    page.goto(f"{forms}/nytt/fil")
    page.set_input_files("[name=file]", files={"name": "f.yaml", "mimeType": "text/plain", "buffer": YAML})
    page.locator("main form .ways button").first.click()
    yield "a file is looked at"
    page.goto(f"{forms}/nytt/fil")
    page.set_input_files("[name=file]", files={"name": "f.yaml", "mimeType": "text/plain", "buffer": b"form: nej"})
    page.locator("main form .ways button").first.click()
    yield "a file is refused"
    page.goto(f"{forms}/{long}/publicera")
    page.locator("main form .ways button").first.click()
    yield "published"
    page.locator("main form button").first.click()
    yield "reopened"
    for path in (f"/fraga/{first}/", "/publicera", "/jamfor", "/version/1", "/historik"):
        page.goto(f"{forms}/{long}{path}")
        yield f"the next version {path}"
    page.goto(f"{forms}/{long}/fraga/{first}/ta-bort")
    page.locator("main form .ways button").first.click()
    page.goto(f"{forms}/{long}/publicera")
    yield "publishing breaks the comparison"
    page.goto(f"{forms}/{long}/arkiv")
    page.locator("main form .ways button").first.click()
    yield "archived"


@pytest.mark.parametrize("prefix", ["", "/en"] if SOAK else [""])
def test_axe_finds_nothing_on_any_page_of_the_builder_and_none_is_wider_than_a_phone(
    chromium: Browser, address: str, world: World, prefix: str
) -> None:
    page = window(chromium, address, world, script=True, width=320)
    kinds = [axe.kind_of(page) for _state in axe.looked(page, author_states(world, page, prefix))]
    assert "error" not in kinds
    assert len(kinds) > 60
    page.context.close()


def started(world: World) -> str:
    """A blank form of Alf's."""
    stamp = authoring.Stamp("Alf", datetime.now(UTC), authoring.new_submission())
    with world.installation.writing() as db:
        return authoring.start_blank(db, "Ett tomt formulär", "anonymous", "sv", HOME, stamp)
