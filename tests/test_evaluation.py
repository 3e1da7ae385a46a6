"""What an evaluator reads: choosing, the overview, goals, years beside each other, and what goes into a report."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from xml.etree import ElementTree

import pytest
from sqlalchemy import insert, select

from exports import goals, groups
from exports.book import code_book
from exports.contents import Contents, Count, Entry, Item, Positive, Slips
from exports.figures import Tally
from exports.grading import Year, graded
from exports.ledger import Release
from exports.released import released
from forms.reading import STAFF_LIX, measure
from pages.reading import marked
from survey.installation import Installation
from survey.periods import Period
from survey.tables import shown
from survey.teams import Association
from tests.scene import tiny
from tests.staff_scene import HOME, World, staffed

AT = f"/personal/utvardering/{HOME}/tiny"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """The third quarter of 2026 is over: 32 have answered in Team norr and 12 in Team syd, one in four negatively."""
    world = staffed(sqlite_installation)
    show(world, *quarter())
    return world


@cache
def quarter() -> tuple[Contents, ...]:
    """The groups of the quarter, graded as at a closing."""
    people = {"norr": 32, "syd": 12}
    year = Year(
        house=Association(HOME, "Samordningsförbundet Exempel", "quarter", 5, 10, 30),
        team_names={slug: f"Team {slug}" for slug in people},
        form="tiny",
        book=code_book("tiny", [tiny()]),
        releases=tuple(Release(slug, slug, "2026-Q3", n) for slug, n in people.items()),
        slips={slug: Slips(n, 0, n, open_link=False) for slug, n in people.items()},
        goals={},
        tallies={slug: _tallies(n) for slug, n in people.items()},
    )
    return tuple(graded(year, Period.parse("2026-Q3"), [], date(2026, 10, 1)))


def _tallies(n: int) -> dict[str, Tally]:
    return {"q_bra": Counter({"1": 3 * n // 4, "0": n // 4}), "q_vem": Counter({"1": n}), "q_antal": Counter({"3": n})}


@pytest.fixture
def whole(world: World) -> Contents:
    """The association's third quarter as it was shown: 33 of 44 positive."""
    return stored(world)


def stored(world: World, team: str | None = None, period: str = "2026-Q3") -> Contents:
    with world.installation.reading() as db:
        return next(one for one in groups.stored(db, HOME, "tiny", period=period) if one.team == team)


def show(world: World, *several: Contents) -> None:
    """Let these have been shown too, as years and versions of a form would have them."""
    with world.installation.writing() as db:
        for one in several:
            db.execute(shown.delete().where(shown.c.id == f"{one.team}.{one.period}"))
            db.execute(
                insert(shown).values(
                    id=f"{one.team}.{one.period}",
                    association=one.association,
                    team=one.team,
                    form=one.form,
                    period=one.period,
                    grade=one.grade,
                    released_on=Period.parse(one.period).next.first_day,
                    contents=one.to_json(),
                )
            )


def positive(contents: Contents, count: int, base: int, share: int) -> Contents:
    """The same group with another figure of its rated question."""
    items = [
        replace(item, positive=Positive(count, base, share)) if item.question == "q_bra" else item
        for item in contents.items
    ]
    return replace(contents, items=tuple(items))


def meaning(contents: Contents, number: int) -> Contents:
    """The same group when its rated question meant what it means as number `number`."""
    book = [replace(entry, meaning=number) if entry.id == "q_bra" else entry for entry in contents.book]
    return replace(contents, book=tuple(book))


def seen(world: World, path: str, name: str = "eva") -> str:
    """What a page says, without what is only for the eye."""
    page = world.visit(name).get(f"{AT}{path}")
    assert page.status_code == 200, path
    return page.text


def words(page: str) -> str:
    """The text between the tags, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def options(page: str) -> dict[str, tuple[str, bool]]:
    """What can be chosen: words -> where it leads ("" for nothing), and whether it is chosen."""
    nav = page[page.index('class="choices-nav') : page.index("</nav>", page.index('class="choices-nav'))]
    found = re.findall(r"<li>(?:<a [^>]*href=\"([^\"]*)\"([^>]*)>|<span[^>]*>)(.*?)</(?:a|span)></li>", nav, re.S)
    return {words(label).strip(): (href, "aria-current" in more) for href, more, label in found}


# --- Choosing ------------------------------------------------------------------------------------------------------


def test_choosing_keeps_the_other_choices_and_says_what_is_chosen(world: World, whole: Contents) -> None:
    last_year = replace(whole, period="2025"), replace(whole, period="2025-Q3"), replace(whole, period="2025-Q4")
    show(world, *last_year, replace(stored(world, "norr"), period="2025-Q3"))
    there = options(seen(world, "/2026-Q3/team/norr"))
    assert there["Samordningsförbundet Exempel"] == (f"{AT}/2026-Q3/", False)
    assert there["Team norr"] == (f"{AT}/2026-Q3/team/norr", True)
    assert there["2025"] == (f"{AT}/2025-Q3/team/norr", False), "the same group and quarter, a year before"
    there = options(seen(world, "/2025-Q3/"))
    assert [label for label, (_to, here) in there.items() if here] == [
        "Samordningsförbundet Exempel",
        "2025",
        "kvartal 3",
    ]
    assert there["hela 2025"] == (f"{AT}/2025/", False)
    assert there["kvartal 4"] == (f"{AT}/2025-Q4/", False)
    assert there["Team syd (inget öppnat)"] == ("", False)


def test_the_same_order_everywhere_and_only_what_was_released_is_offered(world: World, whole: Contents) -> None:
    show(world, replace(whole, period="2025"), replace(whole, period="2025-Q4"))
    with world.installation.reading() as db:
        listed = [(one.team, one.period, one.grade) for one in released(db, HOME, "tiny")]
        assert listed == [(one.team, one.period, one.grade) for one in groups.stored(db, HOME, "tiny")]
        assert len(listed) == 5
        assert released(db, "annat", "tiny") == []


def test_a_withheld_group_says_why_in_words_and_leads_to_where_its_answers_are(world: World) -> None:
    syd = replace(stored(world, "syd"), grade="withheld", reason="few", base=None, items=())
    show(world, replace(syd, period="2026-Q2"), replace(stored(world), period="2026-Q2"))
    assert options(seen(world, "/2026-Q2/"))["Team syd (visas inte)"][0] == f"{AT}/2026-Q2/team/syd"
    page = seen(world, "/2026-Q2/team/syd")
    assert "Färre än 10 svar. De ingår i större grupper." in page
    assert "Här visas inga siffror" in page
    assert "<figure" not in page
    assert f'<a class="ds-link" href="{AT}/2026-Q2/">Samordningsförbundet Exempel, kvartal 2 2026</a>' in page


# --- Overview ------------------------------------------------------------------------------------------------------


def themed(contents: Contents) -> Contents:
    """The group with a theme of two rated questions, 75 and 50 per cent, the second closed to one decimal half."""
    other = replace(contents.entry("q_bra"), id="q_lyssna", text={"sv": "Lyssnade de?"}, theme="mote")
    book = [replace(entry, theme="mote") if entry.id == "q_bra" else entry for entry in contents.book]
    rated = next(item for item in contents.items if item.question == "q_bra")
    item = replace(rated, question="q_lyssna", positive=Positive(22, 43, 51))
    return replace(contents, themes={"mote": {"sv": "Mötet"}}, book=(*book, other), items=(*contents.items, item))


def test_a_theme_is_told_in_a_line_per_question_and_an_index(world: World, whole: Contents) -> None:
    show(world, replace(themed(whole), period="2025"))
    page = words(seen(world, "/2025/"))
    overview = page[page.index(" Översikt ") : page.index("Övriga frågor")]
    assert "Index 63 medel av 2 frågors andel positiva" in overview
    assert "Frågor med exakta tal: 2, med grova: 0, visas inte: 0." in overview
    assert re.search(r"Var mötet bra\? 75 % 33 av 44 .*Lyssnade de\? 51 % 22 av 43", overview)


def test_no_index_is_told_where_a_question_is_coarse_and_the_page_says_when_it_is(
    world: World, whole: Contents
) -> None:
    one = themed(whole)
    coarse = [Item(i.question, "coarse", "guarded", step=2) if i.question == "q_lyssna" else i for i in one.items]
    show(world, replace(one, period="2025", items=tuple(coarse)))
    page = words(seen(world, "/2025/"))
    assert "Index visas när alla bedömda frågor i temat visas med exakta tal." in page
    assert "Index 6" not in page
    assert "Lyssnade de? ungefär hälften" in page


def test_the_overview_leads_to_each_card(world: World) -> None:
    page = seen(world, "/2026-Q3/")
    targets = re.findall(r'href="#(q_\w+)"', page)
    assert targets == ["q_bra", "q_vem", "q_antal"]
    assert all(page.count(f' id="{target}"') == 1 for target in targets)


def test_a_coarse_group_of_many_is_not_said_to_be_too_small(world: World, whole: Contents) -> None:
    items = [Item(i.question, "coarse", "under_count", step=3) if i.question == "q_bra" else i for i in whole.items]
    show(world, replace(whole, period="2025", grade="coarse", reason="derivable", items=tuple(items)))
    page = seen(world, "/2025/")
    assert "exakta tal kräver 30 svar" not in page
    assert "Visas mindre exakt, så att ingen mindre grupp kan räknas fram." in page


# --- Goals ---------------------------------------------------------------------------------------------------------


def test_goals_are_set_and_count_from_the_next_release_on(world: World) -> None:
    eva = world.visit("eva")
    page = eva.get(f"{AT}/mal").text
    assert "Målen gäller från nästa gång svar öppnas. Siffror som redan visas ändras inte." in page
    assert re.findall(r'<input[^>]*inputmode="numeric"[^>]*name="(\w+)"', page) == ["q_bra"], "only what is rated"
    before = stored(world).to_json()
    assert eva.post(f"{AT}/mal", q_bra=" 80 ").location == f"{AT}/mal?saved=1"
    assert "Målen är sparade." in eva.get(f"{AT}/mal?saved=1").text
    assert 'value="80"' in eva.get(f"{AT}/mal").text
    assert stored(world).to_json() == before
    assert "Mål 80" not in seen(world, "/2026-Q3/")
    eva.post(f"{AT}/mal", q_bra="")
    with world.installation.reading() as db:
        assert goals.goals(db, HOME, "tiny") == {}


@pytest.mark.parametrize("typed", ["0", "101", "åttio", "7,5", "-5", "1e1", "²", "9" * 40])
def test_a_goal_that_is_no_share_is_asked_about_and_not_lost(world: World, typed: str) -> None:
    page = world.visit("eva").post(f"{AT}/mal", q_bra=typed)
    assert page.status_code == 422
    assert "<title>Fel:" in page.text
    assert '<a class="ds-link" href="#q_bra">Skriv målet som ett helt tal från 1 till 100' in page.text
    assert f'value="{typed}"' in page.text
    with world.installation.reading() as db:
        assert goals.goals(db, HOME, "tiny") == {}


@pytest.mark.parametrize(("level", "told"), [(75, "nått"), (76, "nära"), (80, "inte nått")])
def test_a_goal_is_near_reached_or_below_by_word_and_by_sign(
    world: World, whole: Contents, level: int, told: str
) -> None:
    show(world, replace(whole, period="2025", goals={"q_bra": level}))
    page = seen(world, "/2025/")
    card = page[page.index('<figure class="chart" id="q_bra"') :]
    assert f"Mål {level} %: {told}</p>" in card
    sign = re.search(r'<svg class="sign".*?</svg>', card, re.S)
    assert sign
    drawn = sign[0].count("tick"), sign[0].count('class="on"')
    assert drawn == {"nått": (1, 1), "nära": (0, 1), "inte nått": (0, 0)}[told]


def test_coarse_figures_are_not_held_against_a_goal(world: World) -> None:
    show(world, replace(stored(world, "syd"), period="2025-Q4", goals={"q_bra": 80}))
    page = seen(world, "/2025-Q4/team/syd")
    assert "Mål 80 %. Jämförs bara med exakta tal." in page
    assert 'class="sign"' not in page


# --- Years beside each other ---------------------------------------------------------------------------------------


@pytest.fixture
def years(world: World, whole: Contents) -> World:
    """Four years: exact, exact, coarse, exact; the question means something else from 2025 on."""
    coarse = [Item(i.question, "coarse", "under_count", step=2) if i.question == "q_bra" else i for i in whole.items]
    show(
        world,
        replace(positive(whole, 20, 40, 50), period="2023"),
        replace(positive(whole, 24, 40, 60), period="2024"),
        meaning(replace(whole, period="2025", grade="coarse", reason="derivable", items=tuple(coarse)), 2),
        meaning(replace(positive(whole, 36, 40, 90), period="2026"), 2),
        replace(stored(world, "syd"), period="2024", grade="withheld", reason="few", base=None, items=()),
    )
    return world


def test_a_question_is_shown_year_by_year_in_the_association_and_each_team(years: World) -> None:
    page = seen(years, "/jamfor/q_bra/ar")
    home, syd = re.findall(r"<figure.*?</figure>", page, re.S)
    told = words(home)
    assert re.search(r"hela 2023 50 % 20 av 40 .*hela 2024 60 % 24 av 40", told)
    assert re.search(r"hela 2025 ungefär hälften 44 svar i gruppen, grovt .*hela 2026 90 % 36 av 40", told)
    assert "Team syd" in syd
    assert "hela 2024 – Visas inte. Färre än 10 svar. De ingår i större grupper." in words(syd)
    assert "hela 2023 – Visas inte. Inget har öppnats för gruppen." in words(syd)
    assert 'class="stick"' in home
    assert 'class="five"' in home, "coarse points are drawn differently"


def test_a_changed_meaning_breaks_the_series_before_and_after_the_year_that_mixes(years: World) -> None:
    page = seen(years, "/jamfor/q_bra/ar")
    home = re.findall(r"<figure.*?</figure>", page, re.S)[0]
    assert "Ny betydelse från och med 2025. Jämför inte siffror före och efter." in home
    parts = [words(part) for part in re.findall(r"<tbody>(.*?)</tbody>", home, re.S)]
    assert [re.findall(r"hela (\d{4})", part) for part in parts] == [["2023", "2024"], ["2025"], ["2026"]]
    assert "Här får frågan en ny betydelse." in parts[1]
    assert "Härifrån gäller bara den nya betydelsen." in parts[2]


def test_control_without_a_new_meaning_the_series_is_whole(world: World, whole: Contents) -> None:
    show(world, replace(whole, period="2024"), replace(whole, period="2025"))
    page = seen(world, "/jamfor/q_bra/ar")
    assert page.count("<tbody>") == 1
    assert "betydelse" not in page


def test_a_question_without_positive_answers_is_compared_answer_by_answer(world: World, whole: Contents) -> None:
    counted = (Count("1", 30, 68), Count("2", 4, 9))
    items = [replace(i, counts=counted) if i.question == "q_vem" else i for i in whole.items]
    show(world, replace(whole, period="2024", items=tuple(items)), replace(whole, period="2025"))
    page = words(seen(world, "/jamfor/q_vem/ar"))
    assert "Kommunen 68 % 30" in page
    assert "Regionen 9 % 4" in page


def test_periods_are_compared_as_well_as_years(world: World, whole: Contents) -> None:
    show(world, replace(whole, period="2025"), replace(whole, period="2026-Q2"))
    page = seen(world, "/jamfor/q_bra/perioder")
    told = words(re.findall(r"<figure.*?</figure>", page, re.S)[0])
    assert re.findall(r"kvartal \d 2026|hela 2025", told) == ["kvartal 2 2026", "kvartal 3 2026"]
    assert options(page)["Delar av år"][1]


def test_years_that_are_not_over_are_told_of_in_words(world: World) -> None:
    assert "Här kommer åren att stå." in seen(world, "/jamfor/q_bra/ar")
    listed = seen(world, "/jamfor/")
    assert re.findall(r"/jamfor/(\w+)/ar", listed) == ["q_bra", "q_vem", "q_antal"], "no question in own words"


@pytest.mark.parametrize("path", ["/jamfor/q_bra/manad", "/jamfor/q_finns_inte/ar", "/jamfor/q_ord/ar"])
def test_what_cannot_be_compared_is_not_found(world: World, path: str) -> None:
    assert world.visit("eva").get(f"{AT}{path}").status_code == 404


# --- Taken along ---------------------------------------------------------------------------------------------------


def picture(world: World, path: str) -> ElementTree.Element:
    """The file as another program reads it."""
    file = world.visit("eva").get(f"{AT}{path}")
    assert file.status_code == 200, path
    assert file.mimetype == "image/svg+xml"
    assert file.headers["Content-Disposition"].startswith("attachment; filename=samsvar-")
    return ElementTree.fromstring(file.text)


def bars(drawn: ElementTree.Element, kind: str) -> list[float]:
    found = [box for box in drawn.iter(f"{SVG}rect") if kind in (box.get("class") or "").split()]
    return [float(box.get("width") or 0) for box in found]


def test_a_picture_of_exact_figures_stands_alone(world: World) -> None:
    drawn = picture(world, "/2026-Q3/diagram/q_bra")
    assert drawn.tag == f"{SVG}svg"
    assert drawn.findtext(f"{SVG}title") == "Var mötet bra?"
    told = drawn.findtext(f"{SVG}desc") or ""
    assert "Samordningsförbundet Exempel, kvartal 3 2026" in told
    assert "Ja: 33 (75 %)" in told
    assert "Bas: 44 svar." in told
    assert bars(drawn, "bar") == [225, 75], "75 and 25 of a hundred, three units each"
    style = drawn.findtext(f"{SVG}style") or ""
    assert {"positive", "middle", "hatch", "title"} <= set(re.findall(r"\.(\w+)", style))
    assert not re.findall(r"href|url\(|@import|<script", ElementTree.tostring(drawn, "unicode"))


def test_a_picture_of_coarse_figures_has_steps_and_no_number_but_the_base(world: World) -> None:
    drawn = picture(world, "/2026-Q3/team/syd/diagram/q_bra")
    assert (len(bars(drawn, "step")), len(bars(drawn, "on")), bars(drawn, "bar")) == (5, 4, [])
    said = " ".join(text.text or "" for text in drawn.iter(f"{SVG}text"))
    assert "ungefär tre fjärdedelar" in said
    assert re.findall(r"\d+", said.replace("kvartal 3 2026", "")) == ["12", "30"], "the base, and the floor"


def test_a_picture_over_time_shows_breaks_and_what_is_withheld(years: World) -> None:
    drawn = picture(years, "/jamfor/q_bra/ar/diagram")
    assert [line.get("class") for line in drawn.iter(f"{SVG}path")].count("break") == 2
    assert bars(drawn, "bar") == [150, 180, 270]
    assert len(bars(drawn, "on")) == 3
    told = picture(years, "/jamfor/q_bra/ar/diagram/syd").findtext(f"{SVG}desc") or ""
    assert "hela 2024: –" in told


def test_a_name_cannot_become_markup_in_a_picture(world: World, whole: Contents) -> None:
    cruel = "</text><script>alert(1)</script> & <b>"
    book: tuple[Entry, ...] = tuple(replace(entry, text={"sv": cruel}) for entry in whole.book)
    show(world, replace(whole, period="2025", association_name=cruel, book=book))
    drawn = picture(world, "/2025/diagram/q_bra")
    assert drawn.findtext(f"{SVG}title") == cruel
    assert not list(drawn.iter(f"{SVG}script"))


@pytest.mark.parametrize(
    "path", ["/2026-Q3/team/syd/diagram/q_vem", "/2026-Q3/diagram/q_ord", "/jamfor/q_vem/ar/diagram"]
)
def test_there_is_no_picture_of_nothing(world: World, path: str) -> None:
    assert world.visit("eva").get(f"{AT}{path}").status_code == 404


def texts(page: str) -> Mapping[str, str]:
    """Question -> the text to copy."""
    return {
        id_: words(text).strip() for id_, text in re.findall(r'<p class="told" id="(\w+)-text">(.*?)</p>', page, re.S)
    }


def test_the_text_for_a_report_is_true_alone_for_exact_and_for_coarse_figures(world: World) -> None:
    assert texts(seen(world, "/2026-Q3/"))["q_bra"] == (
        "Frågan «Var mötet bra?». Av 44 svar var 33 positiva (75 %). "
        "Samordningsförbundet Exempel, kvartal 3 2026. Formuläret «Hur var mötet?», 44 svar i gruppen."
    )
    coarse = texts(seen(world, "/2026-Q3/team/syd"))
    assert coarse == {
        "q_bra": "Frågan «Var mötet bra?». Ungefär tre fjärdedelar av svaren på frågan var positiva. "
        "Team syd, kvartal 3 2026. Formuläret «Hur var mötet?», 12 svar i gruppen. "
        "Visas grovt: exakta tal kräver 30 svar."
    }, "nothing to say of what is withheld"


def test_the_text_for_a_report_names_the_goal_and_every_answer(world: World, whole: Contents) -> None:
    counted = (Count("1", 30, 68), Count("2", 14, 32), Count("-99", 0, 0))
    items = [Item(i.question, "full", counts=counted) if i.question == "q_vem" else i for i in whole.items]
    show(world, replace(whole, period="2025", items=tuple(items), goals={"q_bra": 70}))
    told = texts(seen(world, "/2025/"))
    assert "(75 %). Mål 70 %: nått. Samordningsförbundet Exempel, hela 2025." in told["q_bra"]
    assert "Kommunen: 30 (68 %), Regionen: 14 (32 %). Flera svar fick väljas." in told["q_vem"]


def test_the_script_only_adds_a_button_and_the_text_is_there_without_it(world: World) -> None:
    page = seen(world, "/2026-Q3/")
    assert re.search(r'<script src="/static/copy\.js\?v=\w{8}" defer></script>', page)
    assert 'data-copy="q_bra-text"' in page
    assert "Texten är kopierad." in page


def test_a_coordinator_is_offered_nothing_that_is_the_evaluators(world: World) -> None:
    page = world.visit("kim").get("/personal/team/norr/siffror/tiny/2026-Q3").text
    assert "Översikt" in page
    assert "/personal/utvardering" not in page
    assert "Kopiera text" not in page


def test_a_form_that_is_only_in_swedish_says_so_on_an_english_page(world: World) -> None:
    page = world.visit("eva").get(f"/en{AT}/2026-Q3/").text
    swedish = '<span lang="sv" dir="ltr">{}</span>'
    for said in ("Hur var mötet?", "Var mötet bra?", "Ja"):
        assert swedish.format(said) in page
    assert "<title>Hur var mötet?: Samordningsförbundet Exempel, quarter 3 2026" in page
    assert texts(page)["q_bra"].startswith("The question “Var mötet bra?”. Of 44 answers 33 were positive (75 %).")
    assert '<span lang="sv"' not in seen(world, "/2026-Q3/")
    drawn = ElementTree.fromstring(world.visit("eva").get(f"/en{AT}/2026-Q3/diagram/q_bra").text)
    assert "Ja: 33 (75 %)" in (drawn.findtext(f"{SVG}desc") or "")


def test_what_the_machine_took_out_of_a_quote_is_marked_and_nothing_else_is_markup() -> None:
    assert marked("Ring [borttaget] <b>!") == "Ring <mark>[borttaget]</mark> &lt;b&gt;!"


# --- Words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/2026-Q3/", "/2026-Q3/team/syd", "/mal", "/jamfor/", "/jamfor/q_bra/perioder"])
def test_what_evaluators_read_is_plain(world: World, path: str) -> None:
    page = seen(world, path)
    main = re.sub(r"<svg.*?</svg>", "", page[page.index("<main") : page.index("</main>")], flags=re.S)
    blocks = re.findall(r"<(h1|h2|h3|p|li|dd|summary)\b[^>]*>(.*?)</\1>", main, re.S)
    assert measure([words(text) for _tag, text in blocks]).lix <= STAFF_LIX


def figures_of(contents: Contents) -> set[str]:
    """Every number that stands in what was stored of a group."""
    return set(re.findall(r"\d+", contents.to_json()))


@pytest.mark.parametrize("path", ["", "team/norr", "team/syd"])
def test_no_page_says_a_number_that_was_not_stored(world: World, path: str) -> None:
    team = path.removeprefix("team/") or None
    main = seen(world, f"/2026-Q3/{path}").split("<main")[1].split('<section class="no-print"')[0]
    said = set(re.findall(r"\d+", words(re.sub(r"<details.*?</details>|<svg.*?</svg>", "", main, flags=re.S))))
    themes = {"0", "1", "2", "3"}  # how many questions are shown how
    assert said - themes <= figures_of(stored(world, team))
    with world.installation.reading() as db:
        assert db.scalar(select(shown.c.grade).where(shown.c.team == "syd")) == "coarse"
