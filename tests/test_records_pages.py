"""The records on pages and in files: a meeting in a minute, the study's table, deviations step by step."""

import csv
import re
from io import StringIO

import pytest

from demonstration import records
from forms.reading import STAFF_LIX, measure
from staff.member import Grant
from survey.installation import Installation
from survey.records import deviations, log, printed
from survey.records.hours import Columns, Span
from tests.case_scene import hire
from tests.outsider import sheets, table
from tests.records_scene import meeting, told
from tests.respondent import PageSeen, Reply
from tests.staff_scene import HOME, Browser, World, staffed

LOG, REGISTER = "/personal/team/norr/moteslogg/", "/personal/team/norr/avvikelser/"
OVER = f"/personal/utvardering/{HOME}/moteslogg/"
NOTED = {
    "week": "2026-W34",
    "participant": "ny",
    "number": "",
    "ml_antal_dag": "2",
    "ml_form": "2",
    "ml_form_text": "Teams",
    "ml_fore": "10",
    "ml_delt": "45",
    "ml_efter": "",
    "ml_med": ["af", "fk", "tolk"],
    "ml_tips_1": "1",
}
TOLD = {
    "av_slag": "1",
    "av_typ": ["1", "2"],
    "av_parter": "fk",
    "av_handelse": "Reglerna krockar.",
    "av_antal": "3",
    "av_foljd": "1",
    "av_niva": "3",
}
STUDY = {"Roslagen": 80, "SUVS": 100, "Sundbyberg": 300, "Östra Södertörn": 65, "VärNa": 70}


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Kim coordinates Norr, Pia takes part in it for the Employment Service, Per does in another team."""
    world = staffed(sqlite_installation)
    hire(world, pia=Grant("party", HOME, "norr", "af"), per=Grant("party", HOME, "syd", "af"))
    world.move_to("2026-08-20")
    return world


def published(world: World) -> None:
    """The study's table, as the demonstration has it."""
    with world.installation.writing() as db:
        for row in records.invented()["printed"]["rows"]:
            spans = {name: row[name] and Span(*row[name]) for name in ("per_day", "before", "met", "after")}
            columns = Columns(**spans, meetings=row["meetings"], at_least=row.get("at_least", False))
            printed.add(db, HOME, "Publicerat 2021", row["name"], columns, platform=row["platform"], hours=row["hours"])


def test_a_meeting_is_noted_corrected_and_deleted_by_anybody_in_the_team(world: World) -> None:
    pia = world.visit("pia")
    refused = pia.post(f"{LOG}ny", **NOTED | {"ml_delt": "600", "number": "x"})
    assert refused.status_code == 422
    assert 'href="#ml_delt"' in refused.text
    assert 'href="#number"' in refused.text
    assert 'value="600"' in refused.text, "nothing typed is lost"
    assert pia.post(f"{LOG}ny", **NOTED).status_code == 303
    page = pia.get(LOG).text
    assert "10 + 45 + –" in page, "blank, not zero"
    assert "minst 0:55" in page
    with world.installation.reading() as db:
        (one,) = log.meetings(db, "norr")
    assert (one.week, one.participant, one.number) == ("2026-W34", 1, 1)
    place = f"/personal/moteslogg/{one.id}"
    kim = world.visit("kim")
    seen = kim.hidden(place, "seen")
    assert kim.post(place, **NOTED | {"ml_efter": "5", "number": "1", "seen": seen}).status_code == 303
    assert pia.post(place, **NOTED | {"number": "1", "seen": seen}).status_code == 422, "somebody else was first"
    assert "10 + 45 + 5" in kim.get(LOG).text
    assert re.search(r'aria-current="page">Mina team<', kim.get(place).text), "one sees where one is"
    history = kim.get(place).text.split("Ändringar</h2>")[1]
    assert "– blev 5" in history
    assert re.search("Kim, 2[01] augusti 2026", history), "late in the evening in UTC it is the next day here"
    back = {"var": "1", "seen": kim.hidden(place, "seen")}
    assert "sagt=tillbaka" in str(pia.post(f"{place}/satt-tillbaka", **back).location)
    assert "10 + 45 + –" in kim.get(LOG).text
    assert "5 blev –" in kim.get(place).text, "what was put back can be put back"
    assert "sagt=hunnen" in str(pia.post(f"{place}/satt-tillbaka", **back).location), "somebody else was first"
    never = {"var": "9", "seen": kim.hidden(place, "seen")}
    assert kim.post(f"{place}/satt-tillbaka", **never).status_code == 404
    assert kim.post(f"{place}/satt-tillbaka", **never | {"var": "9" * 5000}).status_code == 400
    assert "v. 34 2026" not in kim.get(f"{LOG}?fran=2026-W01&till=2026-W02").text.split("Möten</h2>")[1]
    assert "går inte att ångra" in kim.get(f"{place}/ta-bort").text
    assert kim.post(f"{place}/ta-bort", seen="1").status_code == 422, "somebody has changed it since"
    assert kim.post(f"{place}/ta-bort", seen=kim.hidden(f"{place}/ta-bort", "seen")).status_code == 303
    assert kim.get(place).status_code == 404


def test_a_page_sent_twice_writes_one_row_and_another_one_with_other_words(world: World) -> None:
    kim = world.visit("kim")
    for page, filled, other in (
        (f"{LOG}ny", NOTED, {"ml_delt": "50"}),
        (f"{REGISTER}ny", TOLD, {"av_handelse": "Reglerna krockar igen."}),
    ):
        number = kim.hidden(page, "submission")
        for said in (filled, filled, filled | other, filled):
            assert kim.post(page, **said, submission=number).status_code == 303
        assert kim.post(page, **filled, submission=kim.hidden(page, "submission")).status_code == 303
        for _person in range(2):
            assert kim.post(page, **filled).status_code == 303, "a page without a number is like no other"
    with world.installation.reading() as db:
        assert [len(log.meetings(db, "norr")), len(deviations.deviations(db, "norr"))] == [5, 5]
        assert len(log.known(db, "norr")) == 5


def test_the_same_meeting_twice_and_a_week_that_is_none_are_refused_calmly(world: World) -> None:
    kim = world.visit("kim")
    assert kim.post(f"{LOG}ny", **NOTED).status_code == 303
    twice = kim.post(f"{LOG}ny", **NOTED | {"participant": "1", "number": "1"})
    assert (twice.status_code, "står redan i loggen" in twice.text) == (422, True)
    for wrong in ({"week": "2026-W99"}, {"ml_form_text": "Kims Zoom"}, {"participant": "77"}, {"ml_med": "nobody"}):
        assert kim.post(f"{LOG}ny", **NOTED | wrong).status_code == 422
    assert kim.get(f"{LOG}?fran=aldrig&till=2026-W99").status_code == 200


def test_the_studys_table_is_the_same_on_the_page_in_the_workbook_and_in_csv(world: World) -> None:
    published(world)
    meeting(world.installation, "2026-W33", before=None)
    kim = world.visit("kim")
    page, book = kim.get(LOG).text, kim.get(f"{LOG}fil/xlsx").data
    assert list(sheets(book)) == ["Läs mig", "Tidsåtgång", "Möten", "Kodbok"]
    rows = {row["team"]: row for row in table(book, "Tidsåtgång")}
    assert {name: int(rows[name]["beräknat minuter, minst"]) for name in STUDY} == STUDY
    assert rows["Sundbyberg"]["beräknat"] == "minst 5:00–6:00"
    assert (rows["Sundbyberg"]["antal möten"], rows["Sundbyberg"]["publicerat"]) == ("minst 2", "Minst 5 h")
    assert {name for name in STUDY if rows[name]["följer"] == "nej"} == {"Östra Södertörn", "VärNa"}
    assert rows["VärNa"]["minuter efter"] == "", "blank is not zero"
    swedish = csv.DictReader(StringIO(kim.get(f"{LOG}fil/csv").data.decode("utf-8-sig")), delimiter=";")
    program = csv.DictReader(StringIO(kim.get(f"{LOG}fil/program").data.decode()))
    for row, plain in zip(swedish, program, strict=True):
        whole = rows[row["team"]]
        assert row | {"beräknat timmar, minst": plain["beräknat timmar, minst"]} == row | {
            "beräknat timmar, minst": row["beräknat timmar, minst"].replace(",", ".")
        }
        text = ("källa", "möten per dag", "minuter efter", "antal möten", "beräknat", "publicerat", "följer", "not")
        assert {name: row[name] for name in text} == {name: whole[name] for name in text}
        assert float(plain["beräknat timmar, minst"]) == float(whole["beräknat timmar, minst"])
        assert row["beräknat"] in page, "the page says the same"
        assert re.search(rf"{row['team']}.*?{row['beräknat']}.*?{row['publicerat'] or '–'}", page, re.DOTALL)
    assert page.count("Följer inte</span>") == 2
    assert "10 minuter för mycket" in page
    assert "5 minuter för mycket" in page
    assert "1,3 timmar" in page
    assert "v. 33 2026" in page


def test_no_file_says_which_meetings_belong_to_the_same_person(world: World) -> None:
    first = meeting(world.installation, "2026-W32")
    meeting(world.installation, "2026-W33", first.participant)
    heading, *rows = sheets(world.visit("kim").get(f"{LOG}fil/xlsx").data)["Möten"]
    assert len(rows) == 2
    assert not any("löp" in name or name == "delt" or "arende" in name for name in heading)
    assert "Möten" not in sheets(world.visit("eva").get(f"{OVER}fil/xlsx").data)


def test_an_evaluator_types_a_printed_row_in_and_takes_it_away(world: World) -> None:
    eva = world.visit("eva")
    row = {"source": "Rapporten 2025", "name": "Övre", "met_least": "45", "meetings": "2", "at_least": "0"}
    wrong = eva.post(OVER, **row | {"met_most": "30", "hours": "länge"})
    assert (wrong.status_code, 'href="#met_most"' in wrong.text) == (422, True)
    assert eva.post(OVER, **row | {"hours": "länge"}).status_code == 422
    sent = row | {"hours": "1,5", "submission": eva.hidden(OVER, "submission")}
    assert [eva.post(OVER, **sent).status_code for _press in range(2)] == [303, 303]
    assert eva.get(OVER).text.count('name="rad"') == 1, "pressed twice, typed in once"
    page = eva.get(OVER).text
    assert ("minst 1:30" in page, "Tid före saknas." in page) == (True, True)
    name = re.search(r'name="rad" value="([^"]+)"', page)
    assert name
    assert eva.post(f"{OVER}ta-bort", rad=name[1]).status_code == 303
    assert "Övre" not in eva.get(OVER).text
    assert eva.post(f"{OVER}ta-bort", rad=name[1]).status_code == 303, "it is gone already"


def test_a_deviation_is_told_with_every_name_looked_at_and_taken_step_by_step(world: World) -> None:
    pia, kim = world.visit("pia"), world.visit("kim")
    named = TOLD | {"av_handelse": "Kim sa nej till Karlsson.", "av_forslag": "Ring 070-123 45 67."}
    asked = pia.post(f"{REGISTER}ny", **named)
    assert asked.status_code == 422
    for word in ("Kim", "Karlsson", "070-123 45 67"):
        assert 'name="pekar" id="pekar' in asked.text
        assert f'value="{word}"' in asked.text
    assert pia.post(f"{REGISTER}ny", **named | {"pekar": ["Kim", "Karlsson"]}).status_code == 422, "one is left"
    assert "AV-1" not in pia.get(REGISTER).text
    assert pia.post(f"{REGISTER}ny", **TOLD).status_code == 303
    with world.installation.reading() as db:
        (one,) = deviations.deviations(db, "norr")
    place = f"/personal/avvikelse/{one.id}"
    assert pia.get(place).status_code == 200
    assert pia.get(f"{place}/steg").status_code == 404, "its coordinator takes it further"
    assert "Lyft den" in kim.get(f"{place}/steg").text
    assert "Den är löst" not in kim.get(f"{place}/steg").text

    def step(state: str, **more: str) -> int:
        return kim.post(f"{place}/steg", state=state, seen=kim.hidden(f"{place}/steg", "seen"), **more).status_code

    assert step("answered") == 422, "no step is skipped"
    assert step("raised", days="0") == 422
    assert step("raised", days="5", words="Karlsson frågas.") == 422
    assert step("raised", days="5", words="Styrgruppen frågas.") == 303
    assert "svar senast 27 augusti 2026" in kim.get(place).text
    assert pia.post(f"{place}/andra", **TOLD, seen="2").status_code == 422, "what is raised stays as it is"
    assert (step("answered"), step("unsolvable")) == (303, 303)
    assert kim.get(f"{place}/steg").status_code == 303, "nothing comes after the end"
    assert kim.post(f"{place}/tillbaka", seen=kim.hidden(place, "seen")).status_code == 303
    assert step("solved", words="Reglerna är ändrade.") == 303
    listed = kim.get(f"{REGISTER}lista").text
    assert ("Reglerna krockar." in listed, "Svar efter 0 arbetsdagar" in listed) == (True, True)
    assert kim.post(f"{place}/ta-bort", seen="1").status_code == 422, "somebody has changed it since"
    assert kim.post(f"{place}/ta-bort", seen=kim.hidden(f"{place}/ta-bort", "seen")).status_code == 303
    assert kim.get(place).status_code == 404


def test_the_steering_group_reads_what_is_raised_and_no_more_on_page_and_in_the_file(world: World) -> None:
    house, kim, eva = world.installation, world.visit("kim"), world.visit("eva")
    told(house, "2026-08-10", what="Det här är nytt.")
    raised = told(house, "2026-08-11", what="Det här är lyft.")
    good = told(house, "2026-08-11", what="Det här går bra.", works=True)
    for one in (raised, good):
        path = f"/personal/avvikelse/{one.id}/steg"
        assert kim.post(path, state="raised", seen=kim.hidden(path, "seen"), words="=1+1").status_code == 303
    place = f"/personal/utvardering/{HOME}/avvikelser/"
    page, book = eva.get(place).text, sheets(eva.get(f"{place}fil").data)
    assert list(book) == ["Läs mig", "Avvikelser", "Antal", "Kodbok"]
    listed = f"{book['Avvikelser']}"
    for words, there in (("Det här är nytt.", False), ("Det här är lyft.", True), ("Det här går bra.", True)):
        assert ((words in page), (words in listed)) == (there, there)
    assert "=1+1" in listed, "a text, no formula"
    assert "Det här är nytt." in kim.get(REGISTER).text
    assert eva.get(REGISTER).status_code == 404


def test_nobody_else_reaches_a_teams_records(world: World) -> None:
    one, other = meeting(world.installation), told(world.installation)
    for who in ("per", "kaj", "eva", "fia", "ada"):
        refused_everywhere(world.visit(who), one.id, other.id)
    assert world.visit("pia").get(f"/personal/moteslogg/{one.id}").status_code == 200, "control"


def refused_everywhere(browser: Browser, meeting_id: str, deviation_id: str) -> None:
    for path in (LOG, f"{LOG}ny", f"{LOG}fil/xlsx", REGISTER, f"{REGISTER}ny", f"{REGISTER}lista", f"{REGISTER}fil"):
        assert browser.get(path).status_code == 404
    for path in (f"/personal/moteslogg/{meeting_id}", f"/personal/avvikelse/{deviation_id}"):
        assert [browser.get(f"{path}{more}").status_code for more in ("", "/ta-bort")] == [404, 404]
    for path in (
        *(f"/personal/moteslogg/{meeting_id}/{deed}" for deed in ("ta-bort", "satt-tillbaka")),
        f"/personal/avvikelse/{deviation_id}/ta-bort",
    ):
        assert browser.post(path).status_code == 404


def test_what_staff_read_of_the_records_is_plain(world: World) -> None:
    one, other = meeting(world.installation), told(world.installation)
    theirs = {
        "kim": (
            *(LOG, f"{LOG}ny", f"/personal/moteslogg/{one.id}", REGISTER, f"{REGISTER}ny", f"{REGISTER}lista"),
            *(f"/personal/avvikelse/{other.id}{more}" for more in ("", "/steg", "/ta-bort")),
        ),
        "eva": (OVER, f"/personal/utvardering/{HOME}/avvikelser/", f"/personal/utvardering/{HOME}/arets-siffror/"),
    }
    for who, paths in theirs.items():
        browser = world.visit(who)
        for path in paths:
            reply = browser.get(path)
            page = PageSeen(Reply(reply.status_code, {}, reply.text, path))
            assert measure(page.blocks).lix <= STAFF_LIX, path
