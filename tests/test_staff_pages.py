"""What coordinators, evaluators and administrators do on their pages, and what they never get to see."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle

import pytest
from sqlalchemy import Connection, func, select, update

from exports import quotes
from pages import slips
from staff import accounts, sessions
from staff.member import Grant, Role
from survey import rounds, teams
from survey.installation import Installation
from survey.model import Round
from survey.tables import round_, sealed, shown_quotes, ticket
from tests.case_scene import hire
from tests.scene import answer, open_for, reply
from tests.staff_scene import HOME, Browser, World, answered, staffed
from tests.ways import WAYS, Desk

YEAR = 2026
CODE = re.compile(r"\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b")


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    return staffed(sqlite_installation)


@pytest.fixture
def released(world: World) -> World:
    return opened_in(world)


def opened_in(world: World) -> World:
    """The third quarter is over: 32 in Team norr have answered, each with words, and 12 in Team syd."""
    answered(world, world.home, 32, words="Alla lyssnade")
    answered(world, open_for(world.installation, "syd"), 12)
    answered(world, open_for(world.installation, "fjarran", people=10), 6)
    world.release()
    return world


def codes_on(page: str) -> list[str]:
    return CODE.findall(re.sub(r"<svg.*?</svg>", "", page, flags=re.S))


# --- Coordinator ---------------------------------------------------------------------------------------------------


def test_a_coordinator_opens_a_round_and_gets_each_slip_once(world: World) -> None:
    kim = world.visit("kim")
    seen = kim.hidden("/personal/team/norr/ny", "seen")
    fields = {"form_id": "tiny", "way": "codes", "participants": "10", "tickets": "12", "seen": seen}
    page = kim.post("/personal/team/norr/ny", **fields)
    assert page.status_code == 200
    printed = codes_on(page.text)
    assert len(printed) == len(set(printed)) == 12
    assert page.text.count('class="qr"') == 12
    assert 'lang="en"' in page.text
    with world.installation.reading() as db:
        opened = rounds.round_by_code(db, world.installation, printed[0])
    assert (opened.team, opened.issued, opened.participants) == ("norr", 12, 10)
    again = kim.get(f"/personal/omgang/{opened.id}").text
    assert not set(printed) & set(codes_on(again))


def test_sending_the_same_page_twice_opens_one_round(world: World) -> None:
    kim = world.visit("kim")
    seen = kim.hidden("/personal/team/norr/ny", "seen")
    fields = {"form_id": "tiny", "way": "codes", "participants": "10", "tickets": "10", "seen": seen}
    assert [kim.post("/personal/team/norr/ny", **fields).status_code for _press in range(2)] == [200, 422]
    with world.installation.reading() as db:
        assert len(rounds.rounds_of(db, "norr")) == 2


def test_a_qr_picture_holds_the_address_with_the_code_after_the_hash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(slips, "picture", lambda address, title: drawn.append(address))
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}"
    page = kim.post(f"{path}/lappar", tickets="2", seen=kim.hidden(path, "seen"))
    base = world.installation.settings.base_url
    assert drawn == [f"{base}/svara#{code}" for code in codes_on(page.text)]
    assert len(drawn) == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"way": "codes", "participants": "10", "tickets": "10"}, "Välj ett formulär"),
        ({"form_id": "tiny", "way": "codes", "tickets": "10"}, "Skriv hur många deltagare"),
        ({"form_id": "tiny", "way": "codes", "participants": "10"}, "Skriv hur många lappar"),
        ({"form_id": "tiny", "way": "codes", "participants": "tio", "tickets": "10"}, "Skriv antalet med siffror"),
        ({"form_id": "tiny", "way": "codes", "participants": "10", "tickets": "13"}, "1,2"),
        ({"form_id": "tiny", "way": "codes", "participants": "10", "tickets": "0"}, "mellan 1 och 300"),
        ({"form_id": "tiny", "way": "codes", "participants": "9" * 30, "tickets": "9"}, "mellan 0 och 10 000"),
        ({"form_id": "staff_poll", "way": "link"}, ""),
    ],
)
def test_a_round_that_cannot_be_opened_says_why_and_opens_nothing(
    world: World, fields: dict[str, str], message: str
) -> None:
    kim = world.visit("kim")
    page = kim.post("/personal/team/norr/ny", seen=kim.hidden("/personal/team/norr/ny", "seen"), **fields)
    assert page.status_code == 422
    assert "<title>Fel:" in page.text
    assert message in page.text
    with world.installation.reading() as db:
        assert len(rounds.rounds_of(db, "norr")) == 1


def test_an_open_link_is_shown_with_its_picture_and_no_slips(world: World) -> None:
    kim = world.visit("kim")
    seen = kim.hidden("/personal/team/norr/ny", "seen")
    opened = kim.post("/personal/team/norr/ny", form_id="tiny", way="link", seen=seen)
    page = kim.get(opened.location).text
    assert f"{world.installation.settings.base_url}/svara/{opened.location.rsplit('/', 1)[1]}" in page
    assert "QR-kod till länken" in page
    assert "minst 10 har svarat" in page
    assert "Skriv ut fler lappar" not in page


def test_more_slips_are_capped_and_not_printed_twice(world: World) -> None:
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}"
    seen = kim.hidden(path, "seen")
    assert kim.post(f"{path}/lappar", tickets="9", seen=seen).status_code == 422
    first = kim.post(f"{path}/lappar", tickets="8", seen=seen)
    assert len(codes_on(first.text)) == 8
    assert kim.post(f"{path}/lappar", tickets="8", participants="10", seen=seen).status_code == 422
    assert (
        len(codes_on(kim.post(f"{path}/lappar", tickets="8", participants="10", seen=kim.hidden(path, "seen")).text))
        == 8
    )


def test_a_lost_pile_is_voided_and_as_many_slips_come_back_however_many_were_used(world: World) -> None:
    answered(world, world.home, 7)
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}/makulera"
    page = kim.post(path, seen=kim.hidden(path, "seen"))
    assert len(codes_on(page.text)) == 40
    assert world.home.codes[20] not in page.text
    with world.installation.reading() as db:
        unspent = db.scalar(select(func.count()).where(ticket.c.round == world.home.round.id, ~ticket.c.spent))
    assert unspent == 40


def test_slips_lost_after_a_release_are_voided_and_the_page_says_how_to_go_on(world: World) -> None:
    with world.installation.writing() as db:
        db.execute(update(round_).where(round_.c.id == world.home.round.id).values(issued=0, voided=0, participants=0))
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}/makulera"
    fields = {"csrf_token": kim.token(), "seen": kim.hidden(path, "seen")}
    page = kim.client.post(path, data=fields, follow_redirects=True).text
    assert "De gamla lapparna gäller inte längre." in page
    assert "Skriv ut fler lappar" in page
    with world.installation.reading() as db:
        assert db.scalar(select(func.count()).where(ticket.c.round == world.home.round.id, ~ticket.c.spent)) == 0


def test_closing_asks_first_and_then_nobody_can_answer(world: World) -> None:
    kim = world.visit("kim")
    path = f"/personal/omgang/{world.home.round.id}/avsluta"
    assert "Avsluta omgången?" in kim.get(path).text
    done = kim.client.post(path, data={"csrf_token": kim.token()}, follow_redirects=True)
    assert "Omgången är avslutad." in done.text
    page = kim.get(f"/personal/omgang/{world.home.round.id}").text
    assert "Skriv ut fler lappar" not in page
    assert kim.post(f"/personal/omgang/{world.home.round.id}/lappar", tickets="1").status_code == 422


def test_a_coordinator_sees_the_own_teams_figures_and_no_other_groups(released: World) -> None:
    kim = released.visit("kim")
    listed = kim.get("/personal/team/norr/siffror/").text
    assert "kvartal 3 2026" in listed
    page = kim.get("/personal/team/norr/siffror/tiny/2026-Q3").text
    assert "Visas mindre exakt, så att ingen mindre grupp kan räknas fram." in page
    assert "Positiva svar: ungefär tre fjärdedelar" in page
    assert "Bas: 32 svar." in page
    assert "Team syd" not in listed + page
    assert kim.get("/personal/team/syd/siffror/").status_code == 404


def test_a_team_without_figures_is_told_what_will_be_here(world: World) -> None:
    kim = world.visit("kim")
    assert "Här kommer teamets siffror att stå" in kim.get("/personal/team/norr/siffror/").text
    assert kim.get("/personal/team/norr/siffror/tiny/2026-Q3").status_code == 404


# --- Evaluator -----------------------------------------------------------------------------------------------------


def test_an_evaluator_without_figures_is_told_what_will_be_here(world: World) -> None:
    assert "Här kommer siffrorna att stå" in world.visit("eva").get("/personal/utvardering/").text


def test_full_coarse_and_withheld_groups_are_told_apart_in_words(released: World) -> None:
    eva = released.visit("eva")
    listed = eva.client.get("/personal/utvardering/", follow_redirects=True).text
    assert "Exakta tal" in listed
    assert "Grova tal" in listed
    coarse = eva.get(f"/personal/utvardering/{HOME}/tiny/2026-Q3/team/syd").text
    assert "Visas grovt: exakta tal kräver 30 svar." in coarse
    assert "Positiva svar: ungefär tre fjärdedelar" in coarse
    assert "Frågan visas bara med exakta tal" in coarse
    assert not re.search(r"<td[^>]*>\d", coarse)
    away = released.visit("eve").client.get("/personal/utvardering/", follow_redirects=True).text
    assert "för få svar i Förbundet Annat, Team fjarran. De ingår i större grupper." in away
    assert "/team/fjarran" not in away


def test_every_figure_stands_in_a_table_with_its_base(released: World) -> None:
    page = released.visit("eva").get(f"/personal/utvardering/{HOME}/tiny/2026-Q3/").text
    cards = re.findall(r"<figure.*?</figure>", page, re.S)
    assert [card for card in cards if not re.search("<table|Visas inte[.]|Visas grovt[.]</p>", card)] == []
    assert "Bas: 44 svar." in page
    assert "33 av 44 svar är positiva, 75 procent" in page
    assert re.search(r'<th scope="row">Ja.*?<td class="n">33</td><td class="n">75&nbsp;%</td>', page, re.S)


@pytest.mark.parametrize("kind", ["xlsx", "csv", "program"])
@pytest.mark.parametrize("period", ["", "2026-Q3/"])
def test_a_download_is_the_file_and_is_named_after_it(released: World, kind: str, period: str) -> None:
    file = released.visit("eva").get(f"/personal/utvardering/{HOME}/tiny/{period}hamta/{kind}")
    ending = {"xlsx": "xlsx", "csv": "csv", "program": "program.csv"}[kind]
    name = f"samsvar-{HOME}-tiny-{period.rstrip('/') or 'allt'}.{ending}"
    assert file.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert file.headers["Cache-Control"] == "no-store"
    if kind == "xlsx":
        assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(file.data)).namelist()
    else:
        rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig")), delimiter=";" if kind == "csv" else ","))
        assert rows[0][0] == "grupp"
        assert len(rows) > 10


@pytest.mark.parametrize("path", ["2026-Q3/hamta/exe", "2031-Q1/hamta/xlsx", "vinter/hamta/csv", "vinter/"])
def test_what_was_never_released_is_not_found(released: World, path: str) -> None:
    assert released.visit("eva").get(f"/personal/utvardering/{HOME}/tiny/{path}").status_code == 404


def reading(world: World, name: str = "eva") -> tuple[str, list[str]]:
    page = world.visit(name).get(f"/personal/utvardering/{HOME}/tiny/citat").text
    return page, re.findall(r'name="text-(\w+)"', page)


def test_the_reader_is_told_that_names_are_not_found_by_machine(released: World) -> None:
    page, waiting = reading(released)
    assert "Namn hittas inte av datorn" in page
    assert len(waiting) == 10
    assert "norr" not in page.split("<main")[1]


def test_quotes_are_approved_edited_and_removed_by_a_person(released: World) -> None:
    eva = released.visit("eva")
    path = f"/personal/utvardering/{HOME}/tiny/citat"
    page, (kept, cut, gone, *rest) = reading(released)
    texts = dict(re.findall(r'name="text-(\w+)".*?>\s*([^<]*)</textarea>', page, re.S))
    fields = {f"text-{one}": text for one, text in texts.items()}
    fields |= {f"val-{kept}": "approve", f"val-{cut}": "approve", f"text-{cut}": "Kortare.", f"val-{gone}": "reject"}
    assert eva.post(path, **fields).status_code == 303
    page, left = reading(released)
    assert not {kept, cut, gone} & set(left)
    assert set(rest) <= set(left)
    with released.installation.reading() as db:
        assert quotes.progress(db, HOME, "tiny") == quotes.Progress(29, 2, 1)


def test_an_edit_without_a_choice_is_asked_about_and_not_lost(released: World) -> None:
    _page, (first, *_rest) = reading(released)
    answered_page = released.visit("eva").post(
        f"/personal/utvardering/{HOME}/tiny/citat", **{f"text-{first}": "Ändrad text", f"val-{first}": ""}
    )
    assert answered_page.status_code == 422
    assert "Välj Godkänn för att spara" in answered_page.text
    assert "Ändrad text" in answered_page.text


def read_all(world: World) -> None:
    eva = world.visit("eva")
    while True:
        page, waiting = reading(world)
        if not waiting:
            return
        texts = dict(re.findall(r'name="text-(\w+)".*?>\s*([^<]*)</textarea>', page, re.S))
        fields = {f"text-{one}": text.strip() for one, text in texts.items()}
        eva.post(f"/personal/utvardering/{HOME}/tiny/citat", **fields, **{f"val-{one}": "approve" for one in texts})


def test_a_periods_quotes_are_published_together_once_all_are_read(released: World) -> None:
    eva = released.visit("eva")
    path = f"/personal/utvardering/{HOME}/tiny/2026-Q3/publicera"
    assert eva.post(path).location.endswith("/citat"), "nothing is read yet"
    read_all(released)
    assert "Det går inte att ångra" in eva.get(path).text
    assert eva.post(path).location.endswith("?said=published")
    assert "Alla lyssnade 7" in eva.get(f"/personal/utvardering/{HOME}/tiny/citat").text
    assert eva.post(path).location.endswith("/citat"), "a second press publishes nothing more"
    with released.installation.reading() as db:
        assert len(db.execute(select(shown_quotes)).all()) == 1


@pytest.mark.parametrize("role", ["coordinator", "facilitator"])
def test_whoever_works_in_a_team_neither_reads_nor_counts_its_quotes(released: World, role: Role) -> None:
    with released.installation.writing() as db:
        accounts.give(db, released.accounts["kim"], Grant("evaluator", HOME))
        if role == "facilitator":
            accounts.give(db, released.accounts["kim"], Grant(role, HOME, "norr"))
            accounts.take(db, released.accounts["kim"], Grant("coordinator", HOME, "norr"))
    page, waiting = reading(released, "kim")
    assert waiting == []
    assert "Alla lyssnade" not in page
    assert "Citat därifrån granskas av någon annan" in page
    overview = released.visit("kim").get(f"/personal/utvardering/{HOME}/tiny/").text
    assert "Inga citat väntar på att granskas." in overview
    assert "32 citat väntar" in released.visit("eva").get(f"/personal/utvardering/{HOME}/tiny/").text  # control
    assert not {"32", "29"} & set(re.findall(r"<dd>(\d+)</dd>", page))
    _page, (first, *_rest) = reading(released)
    released.visit("kim").post(
        f"/personal/utvardering/{HOME}/tiny/citat", **{f"text-{first}": "x", f"val-{first}": "approve"}
    )
    with released.installation.reading() as db:
        assert quotes.progress(db, HOME, "tiny").approved == 0


def test_an_evaluator_cannot_decide_about_another_associations_quotes(released: World) -> None:
    _page, (first, *_rest) = reading(released)
    path = "/personal/utvardering/annat/tiny/citat"
    released.visit("eve").post(path, **{f"text-{first}": "x", f"val-{first}": "reject"})
    with released.installation.reading() as db:
        assert quotes.progress(db, HOME, "tiny") == quotes.Progress(32, 0, 0)


# --- Administrator -------------------------------------------------------------------------------------------------


def test_an_administrator_builds_an_association_from_nothing(world: World) -> None:
    ada = world.visit("ada")
    assert ada.post("/personal/admin/forbund", name="Förbundet Nytt", slug="nytt", period="month").status_code == 303
    made = ada.post("/personal/admin/forbund/nytt/team", name="Team Ett", slug="ett", controller="Nyby kommun")
    assert made.status_code == 303
    assert ada.post("/personal/admin/team/ett", names="Lisa Sjö\nBo Ek\n").status_code == 303
    invited = ada.post("/personal/admin/konto", name="Lo Ny", email="lo@nytt.se", grant="coordinator:ett")
    assert re.search(r"/personal/valkommen#(\w{4}-){4}\w{4}", invited.text)
    with world.installation.reading() as db:
        assert teams.find_association(db, "nytt").period == "month"
        assert teams.colleagues(db, "ett") == ("Bo Ek", "Lisa Sjö")
        lo = next(one for one in accounts.accounts(db) if one.name == "Lo Ny")
    assert (lo.grants, lo.ready) == ((Grant("coordinator", "nytt", "ett"),), False)
    page = ada.get("/personal/admin/").text
    assert "Väntar på lösenfras" in page
    assert "Samordnare: Team Ett" in page


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        ("forbund", {"name": "Nytt", "slug": "Stora Bokstäver", "period": "quarter"}, "Kortnamnet ska vara"),
        ("forbund", {"name": "Nytt", "slug": HOME, "period": "quarter"}, "upptaget"),
        (f"forbund/{HOME}/team", {"name": "Nytt", "slug": "norr", "controller": "Nyby"}, "upptaget"),
        (f"forbund/{HOME}/team", {"name": "Nytt", "slug": "nytt"}, "Skriv vilken myndighet"),
        ("konto", {"name": "Lo", "email": "lo", "grant": "admin"}, "Skriv en e-postadress"),
        ("konto", {"name": "Lo", "email": "lo@nytt.se", "grant": "coordinator:ingen"}, ""),
    ],
)
def test_what_cannot_be_added_says_why_and_keeps_what_was_written(
    world: World, path: str, fields: dict[str, str], message: str
) -> None:
    page = world.visit("ada").post(f"/personal/admin/{path}", **fields)
    assert page.status_code == 422
    assert message in page.text
    assert fields["name"] in page.text


def test_roles_are_given_and_taken_and_the_person_is_signed_out(world: World) -> None:
    ada, eva = world.visit("ada"), world.visit("eva")
    path = f"/personal/admin/konto/{world.accounts['eva']}"
    assert eva.get("/personal/").status_code == 302
    ada.post(f"{path}/roll", grant="coordinator:norr")
    assert eva.get("/personal/").status_code == 303
    assert "Samordnare: Team norr" in ada.get(path).text
    ada.post(f"{path}/ta-bort-roll", grant="coordinator:norr")
    assert "Ta bort<span" in ada.get(path).text
    assert ada.get(path).text.count("Ta bort<span") == 1


def test_an_account_is_removed_after_asking_but_never_the_last_administrator(world: World) -> None:
    ada = world.visit("ada")
    eva, own = (f"/personal/admin/konto/{world.accounts[name]}/avsluta" for name in ("eva", "ada"))
    assert "Ta bort kontot för Eva?" in ada.get(eva).text
    assert ada.post(eva).status_code == 303
    refused = ada.post(own)
    assert refused.status_code == 422
    assert "minst en administratör" in refused.text


def test_the_administrator_sees_no_content(released: World) -> None:
    ada = released.visit("ada")
    pages = [ada.get("/personal/admin/").text, ada.get(f"/personal/admin/konto/{released.accounts['eva']}").text]
    for word in ("Alla lyssnade", "Var mötet bra?", "procent", "kvartal"):
        assert all(word not in page for page in pages)


# --- P8 ------------------------------------------------------------------------------------------------------------


@dataclass
class Waiting(World):
    """A world in which people are helped to answer."""

    desk: Desk


@pytest.fixture
def waiting(seen_installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """As `released`, after the year, whose figures can be looked at. The clock of
    signing in stands still: an account's own page tells the minute it was last used."""
    moment = sessions.now()
    monkeypatch.setattr(sessions, "now", lambda: moment)
    world = staffed(seen_installation)
    desk = Desk.at(seen_installation, "norr")
    opened_in(world)
    hire(world, ivar=Grant("interviewer", HOME, "norr"))
    world.release("2027-01-02")
    return Waiting(**vars(world), desk=desk)


def signed_in(world: World, *names: str) -> Mapping[str, Browser]:
    """People who stay signed in: their accounts list where they are, so that signing in again would be seen there."""
    return {name: world.visit(name) for name in names}


def everything(world: World, people: Mapping[str, Browser]) -> Iterator[tuple[str, str, bytes]]:
    """Every page and file that these people can ask for, as bytes; but the log, which tells that they have read it:
    that no answer adds a row to it is seen in the rows (`test_interview`)."""
    named = {
        "association": HOME,
        "team": "norr",
        "form_id": "tiny",
        "period": "2026-Q3",
        "round_id": world.home.round.id,
        "account_id": world.accounts["eva"],
        "question": "q_bra",
        "view": "perioder",
        "version": "1",
        "language": "sv",
        "year": YEAR,
    }
    adapter = world.app.url_map.bind("localhost")
    for name, browser in people.items():
        for rule in world.app.url_map.iter_rules():
            if not rule.rule.startswith("/personal") or "GET" not in (rule.methods or ()):
                continue
            if rule.endpoint.startswith(("chain.", "control.")):
                continue
            for kind in ("xlsx", "csv") if "kind" in rule.arguments else ("",):
                path = adapter.build(rule.endpoint, {k: named.get(k, kind) for k in rule.arguments})
                page = browser.get(path)
                told = page.data.replace(browser.token().encode(), b"")
                told = re.sub(rb'name="(state|submission)" value="[^"]*"', b"", told)
                yield name, path, b"%d " % page.status_code + told


def test_p8_nobody_sees_how_many_have_answered_before_the_release(waiting: Waiting) -> None:
    people, ways = signed_in(waiting, "kim", "eva", "ada", "ivar"), cycle(WAYS)
    before = list(everything(waiting, people))
    assert sum(page.startswith(b"200") for _name, _path, page in before) > 20
    assert sum(page.startswith(b"200") for _name, path, page in before if f"/{YEAR}/" in path) == 3, "page and files"
    counted = 0
    for pending in (1, 4, 7):
        for code in waiting.home.codes[32 + counted : 32 + pending]:
            waiting.desk.answered(next(ways), waiting.installation, waiting.home.round, code, answer("nytt svar"))
        counted = pending
        with waiting.installation.reading() as db:
            assert db.scalar(select(func.count()).select_from(sealed)) == pending
        assert list(everything(waiting, people)) == before, f"{pending} waiting answers can be seen"


def test_p8_control_a_round_that_counts_its_used_codes_is_noticed(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = rounds.find_round

    def telling(db: Connection, round_id: str) -> Round:
        found = honest(db, round_id)
        used = db.scalar(select(func.count()).where(ticket.c.round == round_id, ticket.c.spent))
        return replace(found, issued=found.issued + (used or 0))

    monkeypatch.setattr(rounds, "find_round", telling)
    people = signed_in(waiting, "kim")
    before = set(everything(waiting, people))
    reply(waiting.installation, waiting.home.round, waiting.home.codes[32], answer("Nytt svar"))
    told = {path for _name, path, _page in set(everything(waiting, people)) - before}
    assert f"/personal/omgang/{waiting.home.round.id}" in told
