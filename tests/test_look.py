"""The look: colours that can be read, a light page, drawings that say what they are, and pages that fit a phone.

What needs eyes is in docs/look.md; what can be measured is here. The respondent's and the staff's own pages are walked
by their own tests with the same `axe`.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route

from app import create_app
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, STAFF_LIX, measure
from survey.installation import Installation
from survey.teams import add_association, add_team
from tests import axe
from tests.scene import SOAK

ROOT = Path(__file__).parent.parent
PUBLIC_CSS = (ROOT / "static/samsvar.css").read_text("utf-8")
STAFF_CSS = (ROOT / "static/staff.css").read_text("utf-8")
OWN_CSS = sorted((ROOT / "design").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FRONT = ["/", "/integritet", "/tillganglighet", "/hjalp", "/sprak"]
READ_BY_PARTICIPANTS = ["/", "/integritet", "/hjalp", "/sprak"]
ADDRESS = "http://samsvar.test"

Colours = dict[str, str]
BODY, TEXT, PART = 7.0, 4.5, 3.0
"""The least contrast of running text for participants, of other text, and of the parts of controls (UX.md A10)."""
PAIRS = [
    ("ink", "paper", BODY),
    ("ink", "card", BODY),
    ("ink", "mist", BODY),
    ("teal", "paper", BODY),
    ("teal", "card", BODY),
    ("teal", "mist", TEXT),
    ("on-teal", "teal", BODY),
    ("on-teal", "deep", BODY),
    ("muted", "paper", TEXT),
    ("muted", "card", TEXT),
    ("muted", "mist", TEXT),
    ("error", "paper", TEXT),
    ("error", "card", TEXT),
    ("error", "error-ground", TEXT),
    ("ink", "error-ground", BODY),
    ("line", "paper", PART),
    ("line", "card", PART),
    ("sun", "focus", PART),
]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours written `#rrggbb` or `#rgb`."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(d * 2 for d in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _tokens(css: str) -> tuple[Colours, Colours]:
    """The colours of the light and the dark theme in a style sheet."""
    blocks = re.findall(r"--paper:[^}]*", css)
    light, dark = (dict(re.findall(r"--([a-z-]+): ?(#[0-9a-f]+)", block)) for block in blocks[:2])
    return light, light | dark


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_every_control_seen(scheme: str) -> None:
    colours = _tokens(PUBLIC_CSS)[scheme == "dark"]
    measured = [(a, b, contrast(colours[a], colours[b]), least) for a, b, least in PAIRS]
    assert [pair for pair in measured if pair[2] < pair[3]] == []


@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_of_the_two_focus_rings_is_seen_on_every_ground(scheme: str, ground: str) -> None:
    colours = _tokens(PUBLIC_CSS)[scheme == "dark"]
    assert max(contrast(colours[ring], colours[ground]) for ring in ("focus", "sun")) >= BODY


def test_the_published_colours_are_those_of_the_source() -> None:
    assert _tokens((ROOT / "design/theme.css").read_text("utf-8")) == _tokens(PUBLIC_CSS)


def test_the_style_sheets_are_light_and_carry_their_licence() -> None:
    public = len(gzip.compress(PUBLIC_CSS.encode()))
    assert public <= 12 * 1024
    assert public + len(gzip.compress(STAFF_CSS.encode())) <= 14 * 1024
    for css in (PUBLIC_CSS, STAFF_CSS):
        assert re.match(r"/\*! .*Designsystemet CSS 1\.22\.\d+, MIT: licences/designsystemet-css\.txt", css)
    assert "Digdir" in (ROOT / "static/licences/designsystemet-css.txt").read_text("utf-8")


@pytest.mark.parametrize("file", OWN_CSS, ids=lambda file: str(file.name))
def test_nothing_is_placed_by_left_and_right(file: Path) -> None:
    assert _physical(file.read_text("utf-8")) == []


def test_what_comes_of_the_design_system_places_nothing_by_left_and_right_either() -> None:
    assert _physical(PUBLIC_CSS) == []
    assert _physical(STAFF_CSS) == []
    assert _physical("a{margin-left:1em}b{text-align:right}") == ["margin-left", "text-align:right"]


def _physical(css: str) -> list[str]:
    return re.findall(
        r"(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:",
        css,
    )


@pytest.mark.parametrize("css", [PUBLIC_CSS, STAFF_CSS], ids=["public", "staff"])
def test_nothing_moves_for_longer_than_a_tenth_of_a_second(css: str) -> None:
    moves = re.findall(r"(?:transition|animation)[a-z-]*:([^;}]*)", css)
    lengths = [length for move in moves for length in re.findall(r"([\d.]+)(m?s)\b", move)]
    assert all(float(n) <= (100 if unit == "ms" else 0.1) for n, unit in lengths)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_templates_hold_no_inline_style_and_no_inline_script(file: Path) -> None:
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=\"|<script(?! src=)", file.read_text("utf-8")) == []


@pytest.fixture
def app(sqlite_installation: Installation) -> Flask:
    """The application with one association and a team that can be called."""
    with sqlite_installation.writing() as db:
        add_association(db, "exempel", "Samordningsförbundet Exempel")
        add_team(db, "berg", "Team Berg", association="exempel", controller="Exempel kommun", phone="08-123 45 67")
    return create_app(sqlite_installation.settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


Draw = Callable[..., str]


@pytest.fixture
def draw(app: Flask) -> Iterator[Draw]:
    """Calls a macro as `file.macro` and gives its text."""
    with app.test_request_context("/"):
        yield lambda name, *given, **named: str(
            get_template_attribute(f"macros/{name.split('.')[0]}.html", name.split(".")[1])(*given, **named)
        )


ROWS = [
    {"label": "Bra", "count": 20, "share": 50, "step": 5, "apart": False},
    {"label": "Dåligt", "count": 16, "share": 40, "step": 1, "apart": False},
    {"label": "Hoppade över", "count": 4, "share": 10, "step": 0, "apart": True},
]
DRAWINGS: list[tuple[str, dict[str, Any]]] = [
    ("pictures.mark", {"title": "Samsvar"}),
    ("pictures.path_of_answer", {"others": 4}),
    ("pictures.table_filling", {"others": 4}),
    ("pictures.table", {"taken": 3}),
    ("controls.drawn_face", {"line": "M8 11h4"}),
    ("chart.full", {"id": "q", "title": "Hur var mötet?", "rows": ROWS, "base": "40 svar"}),
    ("chart.coarse", {"id": "q", "title": "Hur var mötet?", "step": 2, "words": "ungefär hälften", "base": "12 svar"}),
]


@pytest.mark.parametrize(("name", "given"), DRAWINGS, ids=[name for name, _ in DRAWINGS])
def test_every_drawing_is_named_or_hidden(draw: Draw, name: str, given: dict[str, Any]) -> None:
    drawings = re.findall(r"<svg.*?</svg>", draw(name, **given), re.S)
    assert drawings
    for drawing in drawings:
        named = 'role="img"' in drawing and "<title" in drawing
        assert named != ('aria-hidden="true"' in drawing)


def test_drawings_weigh_little(draw: Draw) -> None:
    assert len(draw("pictures.mark")) < 1024
    assert len(draw("pictures.path_of_answer", 4)) < 4096
    assert len(draw("controls.choice_rows", "q", "Bra?", [{"code": "5", "label": "Ja", "face": 5}])) < 700


def test_a_chart_says_in_words_and_table_all_that_it_draws(draw: Draw) -> None:
    page = draw("chart.full", "q", "Hur var mötet?", ROWS, "40 svar", positive="20 av 36 svar är positiva, 56 %")
    assert "Bra: 20, Dåligt: 16." in page
    assert re.findall(r'<th scope="row">(\w[\w ]*)', page) == ["Bra", "Dåligt", "Hoppade över"]
    assert re.findall(r'<td class="n">([^<]*)</td>', page) == ["20", "50&nbsp;%", "16", "40&nbsp;%", "4", "10&nbsp;%"]
    widths = [float(width) for width in re.findall(r'<rect x="[^"]*" width="([\d.]+)%"', page)]
    assert widths == pytest.approx([55.56, 44.44])


def test_a_question_is_heard_once_and_nothing_is_chosen_beforehand(draw: Draw) -> None:
    choices = [{"code": "1", "label": "Ja", "face": 5}, {"code": "-88", "label": "Vill inte svara", "apart": True}]
    page = draw("controls.choice_rows", "q_bra", "Var mötet bra?", choices, hint="Välj ett svar.", heading=True)
    assert page.count("Var mötet bra?") == 1
    assert "<h1>Var mötet bra?</h1></legend>" in page
    assert "checked" not in page
    assert 'aria-describedby="q_bra-hint ' in page
    assert 'id="q_bra-hint"' in page
    assert page.index("eller") < page.index("Vill inte svara")


def test_an_error_stands_at_the_field_and_leads_there_from_the_summary(draw: Draw) -> None:
    message = "Skriv antal minuter med siffror, till exempel 45"
    field = draw("controls.number", "q_min", "Hur länge?", value="länge", error=message)
    summary = draw("controls.error_summary", [("q_min", message)])
    assert 'value="länge"' in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="q_min-error ' in field
    assert message in field
    assert f'href="#q_min">{message}</a>' in summary
    assert "Det är en sak att rätta" in summary


def test_what_was_typed_is_never_taken_for_markup(draw: Draw) -> None:
    typed = "</textarea><script>alert(1)</script>"
    assert "<script" not in draw("controls.long_text", "q", "Säg", value=typed, max_length=500)
    assert "<script" not in draw("controls.text_input", "q", "Säg", value=f'">{typed}')


@pytest.mark.parametrize("address", FRONT)
def test_a_page_that_explains_has_one_heading_one_way_to_help_and_no_cookie(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    page = answer.text
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert page.count("<h1") == 1
    assert re.search(r'<html lang="sv" dir="ltr">', page)
    assert re.search(r'<main [^>]*data-page="\w+"', page)
    assert _footer(page) == ["/hjalp", "/lamna", "/tillganglighet", "/integritet"]
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(set(re.findall(r' id="([^"]*)"', page))) == page.count(' id="')


def _footer(page: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', page[page.index("<footer") :])


@pytest.mark.parametrize("address", FRONT)
def test_a_first_page_costs_three_requests_and_thirty_kilobytes_at_most(client: FlaskClient, address: str) -> None:
    page = _fetch(client, address)
    text = gzip.decompress(page).decode()
    asked_for = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"', text)
    fetched = [address for address in asked_for if not address.startswith("data:")]
    assert len(fetched) <= 2
    assert all(address.startswith("/static/") for address in fetched)
    assert len(page) + sum(len(_fetch(client, each)) for each in fetched) <= 30 * 1024


def _fetch(client: FlaskClient, address: str) -> bytes:
    """What goes over the wire."""
    with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        return bytes(answer.data)


def _words(page: str) -> list[str]:
    """What a page says, block by block."""
    main = page[page.index("<main") : page.index("</main>")]
    undrawn = re.sub(r"<svg.*?</svg>", "", main, flags=re.S)
    blocks = re.findall(r"<(h1|h2|p|li|dt|dd|summary|label)\b[^>]*>(.*?)</\1>", undrawn, re.S)
    return [re.sub(r"<[^>]+>", " ", text) for _, text in blocks]


@pytest.mark.parametrize("address", READ_BY_PARTICIPANTS)
def test_what_participants_read_is_plain(client: FlaskClient, address: str) -> None:
    ease = measure(_words(client.get(address).text))
    assert ease.words > 20
    assert ease.lix <= PARTICIPANT_LIX
    assert ease.longest <= PARTICIPANT_SENTENCE


def test_the_accessibility_statement_can_be_read(client: FlaskClient) -> None:
    page = client.get("/tillganglighet").text
    assert measure(_words(page)).lix <= STAFF_LIX
    assert "08-123 45 67" in page
    assert "https://www.digg.se/tdosanmalan" in page


def test_help_names_the_team_to_call(client: FlaskClient) -> None:
    page = client.get("/hjalp").text
    assert "Team Berg" in page
    assert 'href="tel:081234567"' in page


def _open(browser: Browser, client: FlaskClient, address: str, width: int = 390, **seen: Any) -> Page:
    """The page as a browser draws it, answered by the application without a server in between."""

    def _answer(route: Route) -> None:
        with client.get(route.request.url.removeprefix(ADDRESS)) as got:
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    page = browser.new_context(viewport={"width": width, "height": 800}, **seen).new_page()
    page.route("**/*", _answer)
    page.goto(ADDRESS + address)
    return page


LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "narrow": {"width": 320},
}
SEEN = [("light", "ltr"), ("dark", "rtl"), ("forced", "ltr"), ("narrow", "rtl")]


@pytest.mark.parametrize(("look", "direction"), product(LOOKS, ("ltr", "rtl")) if SOAK else SEEN)
@pytest.mark.parametrize("address", FRONT)
def test_axe_finds_nothing_on_a_page_that_explains(
    chromium: Browser, client: FlaskClient, address: str, look: str, direction: str
) -> None:
    page = _open(chromium, client, address, **LOOKS[look])
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    assert not axe.faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()


def test_axe_finds_a_fault_that_is_there(chromium: Browser, client: FlaskClient) -> None:
    page = _open(chromium, client, "/")
    page.evaluate("document.querySelector('label').remove()")
    assert "label" in axe.faults(page)
    page.context.close()


def test_a_walk_finds_what_is_wrong_with_one_of_its_pages(chromium: Browser, client: FlaskClient) -> None:
    page = _open(chromium, client, "/", width=320)

    def states(spoil: str) -> Iterator[str]:
        yield "as it is"
        page.evaluate(spoil)
        yield "spoilt"

    assert list(axe.looked(page, states("0"))) == ["as it is", "spoilt"]
    for fault, spoil in {
        "too wide": "document.querySelector('main').style.width = '400px'",
        "headings beside one": "document.querySelector('h1').replaceWith(document.querySelector('h1').textContent)",
        "ids used twice": "document.querySelectorAll('main p').forEach(one => one.id = 'same')",
    }.items():
        page.reload()
        with pytest.raises(AssertionError, match=fault):
            list(axe.looked(page, states(spoil)))
    page.context.close()


def test_focus_is_an_ink_outline_in_a_ring_of_sun(chromium: Browser, client: FlaskClient) -> None:
    page = _open(chromium, client, "/")
    page.focus("[name=code]")
    outline, ring = page.evaluate("(s => [s.outline, s.boxShadow])(getComputedStyle(document.activeElement))")
    assert outline == "rgb(28, 41, 48) solid 3px"
    assert ring == "rgb(240, 178, 62) 0px 0px 0px 6px"
    page.context.close()


def test_what_is_pressed_is_large_enough_for_a_thumb(chromium: Browser, client: FlaskClient) -> None:
    page = _open(chromium, client, "/", width=320)
    pressed = page.locator("button, input, footer a, header a").all()
    heights = [box["height"] for each in pressed if (box := each.bounding_box())]
    assert len(heights) >= 7
    assert min(heights) >= 44
    page.context.close()
