"""The team's pages about cases, as its people use them: list, case, consents, meeting, plan, follow-up, end."""

import pytest
from sqlalchemy import select

from staff.member import Grant
from survey.cases import access, tasks
from survey.installation import Installation
from survey.tables import audit, case_event, document
from tests.case_scene import PLAN, at_work, book, faults, hire, plan, with_a_case
from tests.staff_scene import HOME, World, staffed

NAME, NUMBER = "Kim Exempelsson", "070-174 06 05"


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """Kim coordinates a team; Pia is its representative of the Employment Service, Fred of the Social Insurance Agency,
    Rut of health care, which the person has said no to."""
    world = staffed(sqlite_installation)
    parties = {"pia": "af", "fred": "fk", "rut": "region", "cem": "cm"}
    hire(world, **{name: Grant("party", HOME, "norr", party) for name, party in parties.items()})
    return world


def actions(world: World, case_id: str) -> list[str]:
    with world.installation.reading() as db:
        return list(db.scalars(select(audit.c.action).where(audit.c.case == case_id).order_by(audit.c.number)))


def happened(world: World, case_id: str) -> list[str]:
    with world.installation.reading() as db:
        return list(db.scalars(select(case_event.c.kind).where(case_event.c.case == case_id).order_by("number")))


def waiting(world: World, case_id: str) -> list[str]:
    with world.installation.reading() as db:
        return [one.kind for one in tasks.open_of(db, case_id)]


def see(world: World, name: str, path: str) -> str:
    got = world.visit(name).get(path)
    assert got.status_code == 200, (path, got.status_code)
    return got.text


def test_the_list_says_what_comes_next_by_number_and_never_by_name(world: World) -> None:
    case_id = with_a_case(world, an_tolk="1", an_tolk_sprak="so", an_inte="1", an_inte_vilka=("3",))
    page = see(world, "kim", "/personal/team/norr/arenden/")
    assert all(words in page for words in ("A-0001", "Tolk behövs", "Vill inte ha med: Kommunen", case_id))
    assert not any(words in page for words in (NAME, "Kim Exempel", NUMBER, "berätta samma sak"))
    assert "A-0001" in see(world, "kim", "/personal/team/norr/arenden/?kommun=0180&ansvarig=-&lage=received")
    assert "A-0001" not in see(world, "kim", "/personal/team/norr/arenden/?kommun=0114")
    assert "A-0001" not in see(world, "kim", "/personal/team/norr/arenden/?visa=avslutade")


def test_a_case_begins_with_what_matters_most_to_the_person(world: World) -> None:
    page = see(world, "kim", f"/personal/arende/{with_a_case(world)}")
    order = (
        "Nästa steg",
        "Att slippa berätta samma sak fyra gånger.",
        "Vill ha med",
        "Jag vet vilka som kommer.",
        NAME,
    )
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "150 dagar kvar" in page


def test_a_number_is_masked_until_somebody_asks_and_that_is_told(world: World) -> None:
    case_id = with_a_case(world)
    kim, path = world.visit("kim"), f"/personal/arende/{case_id}"
    assert NUMBER not in kim.get(path).text
    assert NUMBER in kim.post(f"{path}/nummer", question="an_tel").text
    assert actions(world, case_id)[-1] == "revealed"
    assert kim.post(f"{path}/nummer", question="an_namn").status_code in (200, 404)
    assert NUMBER not in kim.get(f"{path}/dokument/referral/1").text
    assert "Visade ett nummer: Telefon" in kim.get(f"{path}/handelser").text


def test_somebody_takes_the_case_and_the_list_says_who(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/ansvarig")
    kim.press(answers={"account": [world.accounts["kim"]]})
    assert "Förbereds" in kim.page.text
    assert "Kim" in see(world, "kim", "/personal/team/norr/arenden/")
    assert "taken" in happened(world, case_id)


def test_a_call_makes_what_the_person_knows_part_of_the_referral_and_keeps_the_rest(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/samtal")
    known = {name: ["1"] for name in kim.page.controls if name.startswith("an_i") and name[4].isdigit()}
    kim.press(answers={**known, "an_viktigt": ["Att få ha med hunden"]})
    assert "Att få ha med hunden" in kim.page.text
    assert "få veta före mötet" not in kim.page.text
    assert "call_before" not in waiting(world, case_id)
    shown = world.visit("kim").post(f"/personal/arende/{case_id}/nummer", question="an_tel").text
    assert NUMBER in shown, "what the call was not about is as it was"


@pytest.mark.parametrize("page", ["samtal", "kartlaggning"])
def test_a_page_drawn_from_no_version_there_is_is_refused_calmly(world: World, page: str) -> None:
    case_id = with_a_case(world)
    refused = world.visit("kim").post(f"/personal/arende/{case_id}/{page}", seen="x")
    assert refused.status_code in (400, 422)


def test_what_is_missing_is_asked_for_and_becomes_a_task(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/komplettera")
    assert faults(kim.press())[0][1] == "Skriv vad ni behöver veta"
    refused = kim.press(answers={"words": ["Läkarintyget för 19850709-9805, ring 070-174 06 05"]})
    assert "19850709-9805, 070-174 06 05" in faults(refused)[0][1]
    kim.press(answers={"words": ["Läkarintyget, frågade Robin"]})
    assert "Läkarintyget, frågade Robin" in kim.page.text


def test_only_those_with_a_yes_can_be_booked_and_the_sheet_says_who_comes_and_why(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    page = kim.open(f"/personal/arende/{case_id}/mote")
    assert "party-af-0-comes" in page.controls
    assert not any(name.startswith(("party-region", "party-fk")) for name in page.controls), (
        "a no, and one to be marked"
    )
    assert "Kan inte vara med" in page.text
    seats = {
        "party-af-0-who": ["Disa Påhittad"],
        "party-af-0-role": ["Arbetsförmedlare"],
        "party-af-0-reason": ["Kan berätta om arbetsträning"],
    }
    kim.press(answers=seats)
    assert [place for place, _what in faults(kim.page)][:2] == ["day", "at"]
    assert kim.page.controls["party-af-0-who"].given == ("Disa Påhittad",), "nothing typed is lost"
    day = world.installation.today().replace(year=2027)
    when = {"day": [day.isoformat()], "at": ["9.30"], "minutes": ["45"], "form": ["1"]}
    kim.press(answers=when)
    assert faults(kim.page) == [("party-af-0-who", "Kryssa för att personen är med, eller ta bort namnet")]
    kim.press(answers={"party-af-0-comes": ["y"]})
    assert kim.page.kind == "sheet"
    told = ("Disa Påhittad", "Kan berätta om arbetsträning", "09:30", "frivilligt")
    assert [words for words in told if words not in kim.page.text] == []
    assert "Disa Påhittad" in see(world, "kim", f"/personal/arende/{case_id}/mote/skyltar")
    assert "booked" in happened(world, case_id)


def test_an_interpreter_is_briefed_once_the_meeting_is_booked(world: World) -> None:
    case_id = with_a_case(world, an_tolk="1", an_tolk_sprak="so")
    book(world, case_id)
    assert "brief_interpreter" in waiting(world, case_id)
    kim = at_work(world, "kim")
    page = kim.open(f"/personal/arende/{case_id}/mote/tolk")
    assert "Somaliska" in page.text
    assert NAME not in page.text
    kim.press()
    assert "brief_interpreter" not in waiting(world, case_id)


def test_a_line_of_the_mapping_is_carried_into_the_plan_and_nothing_typed_is_lost(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/kartlaggning")
    kim.press(answers={"ka_vill": ["Arbeta med växter\nSlippa oroa mig"]})
    assert kim.page.kind == "plan"
    kim.press("activity-ka_vill.0", {"pl_kontakt_vem": ["Disa"], "pl_akt-0-mal": ["Se om det går"]})
    kim.press("goal-ka_vill.1")
    kim.press("add-pl_akt")
    kim.press("activity-ka_vill.1")
    controls = kim.page.controls
    assert controls["pl_akt-0-vad"].given == ("Arbeta med växter",)
    assert controls["pl_akt-0-mal"].given == ("Se om det går",)
    assert controls["pl_akt-1-vad"].given == ("Slippa oroa mig",)
    assert controls["pl_mal"].given[0].strip() == "Slippa oroa mig"
    assert controls["pl_kontakt_vem"].given == ("Disa",)
    with world.installation.reading() as db:
        kinds = list(db.scalars(select(document.c.kind).where(document.c.case == case_id)))
    assert "plan" not in kinds, "nothing is saved by carrying"


def test_the_plan_is_read_back_kept_as_a_version_and_its_promises_become_tasks(world: World) -> None:
    case_id = with_a_case(world)
    kim = plan(world, case_id)
    assert kim.page.kind == "copy"
    assert "Prova på en handelsträdgård" in kim.page.text
    assert {"promised_contact", "follow_up"} <= set(waiting(world, case_id))
    case = see(world, "kim", f"/personal/arende/{case_id}")
    assert "Disa Påhittad · Nästa vecka · Samtal" in case
    assert {"met", "planned"} <= set(happened(world, case_id))
    kim.open(f"/personal/arende/{case_id}/plan")
    kim.press(answers={"pl_mal": ["Arbeta lite mer"]})
    assert "Ändrat sedan förra versionen: Vad vill du ska bli bättre?" in kim.page.text
    assert kim.page.controls["pl_last"].given == (), "what was read back before has not been read back now"
    old = see(world, "kim", f"/personal/arende/{case_id}/dokument/plan/1")
    assert "Arbeta lite, i min egen takt" in old
    assert "Arbeta lite mer" not in old
    new = see(world, "kim", f"/personal/arende/{case_id}/dokument/plan/3")
    assert "Ändrat sedan förra versionen" in new


def test_a_plan_that_is_not_right_is_changed_first(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/plan")
    kim.press(answers=PLAN)
    kim.press(answers={"pl_last": ["0"], "pl_kopia": ["1"]})
    assert kim.page.kind == "plan"
    assert "planned" not in happened(world, case_id)


def test_two_who_write_at_once_do_not_overwrite_each_other(world: World) -> None:
    case_id = with_a_case(world)
    one, other = at_work(world, "kim"), at_work(world, "kim")
    for kim in (one, other):
        kim.open(f"/personal/arende/{case_id}/kartlaggning")
    one.press(answers={"ka_nu": ["Bor hos en vän"]})
    other.press(answers={"ka_nu": ["Bor i andra hand"]})
    assert other.page.status == 422
    assert "Någon annan har sparat" in faults(other.page)[0][1]
    assert other.page.controls["ka_nu"].given[0].strip() == "Bor i andra hand"


def test_a_limited_yes_shows_a_party_nothing_until_it_is_marked(world: World) -> None:
    case_id = with_a_case(world)
    assert "A-0001" not in see(world, "fred", "/personal/part/")
    assert world.visit("fred").get(f"/personal/part/arende/{case_id}").status_code == 404
    kim = at_work(world, "kim")
    page = kim.open(f"/personal/arende/{case_id}/samtycke/fk/markera")
    assert "Min gamla anställning" in page.text
    kim.press(answers={"categories": ["2"]})
    assert "A-0001" in see(world, "fred", "/personal/part/")
    seen = see(world, "fred", f"/personal/part/arende/{case_id}")
    assert "Ersättning och pengar" in seen
    assert "Min gamla anställning" not in seen, "what is said about a party is not the party's to read"


def test_a_party_reads_only_what_its_yes_covers_and_each_reading_is_told(world: World) -> None:
    case_id = with_a_case(world)
    page = see(world, "pia", f"/personal/part/arende/{case_id}")
    assert NAME in page
    assert NUMBER not in page
    assert actions(world, case_id)[-1] == "read"
    assert NUMBER in world.visit("pia").post(f"/personal/part/arende/{case_id}/nummer", question="an_tel").text
    assert actions(world, case_id)[-1] == "revealed"
    assert world.visit("rut").get(f"/personal/part/arende/{case_id}").status_code == 404
    assert actions(world, case_id)[-1] == "read_refused"


def test_a_withdrawal_by_phone_bites_at_once_and_every_party_is_told(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/aterkalla")
    kim.press(answers={"parties": ["af"], "how": ["phone"]})
    assert "Samtycket är återkallat" in kim.page.text or "återkallat" in kim.page.text
    assert world.visit("pia").get(f"/personal/part/arende/{case_id}").status_code == 404
    assert actions(world, case_id)[-1] == "read_refused"
    page = see(world, "pia", "/personal/part/")
    assert "A-0001: Samtycket är återkallat: Arbetsförmedlingen" in page
    task = world.visit("pia").hidden("/personal/part/", "task")
    assert world.visit("rut").post(f"/personal/part/arende/{case_id}/klart", task=task).status_code == 404
    assert world.visit("pia").post(f"/personal/part/arende/{case_id}/klart", task=task).status_code == 303
    assert "A-0001" not in see(world, "pia", "/personal/part/")


def test_a_new_yes_is_written_down_beside_the_words_that_were_read(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    page = kim.open(f"/personal/arende/{case_id}/samtycke/region/nytt")
    assert page.controls["answer"].given == (), "nothing is chosen beforehand"
    yes = {"answer": ["given"], "categories": ["3"], "how": ["oral_phone"], "understood": ["1"]}
    kim.press(answers={"answer": ["given"], "how": ["paper"], "understood": ["0"]})
    assert {place for place, _what in faults(kim.page)} == {"categories", "understood"}
    kim.press(answers={**yes, "until": ["2026-12-24"]})
    assert "texten är ny" in faults(kim.page)[0][1]
    assert "24 december 2026" in kim.page.text
    kim.press(answers={**yes, "until": ["2026-12-24"]})
    assert kim.page.status == 200
    assert "Ett ja gäller till och med 24 december 2026." in kim.page.text
    assert "A-0001" in see(world, "rut", "/personal/part/")
    assert "confirm_oral" in waiting(world, case_id)
    world.visit("kim").post(f"/personal/arende/{case_id}/samtycke/region/bekrafta")
    assert "confirm_oral" not in waiting(world, case_id)


def test_a_new_care_provider_ends_the_old_yes(world: World) -> None:
    case_id = with_a_case(world, sc_region="1")
    kim = at_work(world, "kim")
    assert "A-0001" in see(world, "rut", "/personal/part/")
    kim.open(f"/personal/arende/{case_id}/samtycke/region/byte")
    kim.press()
    assert "A-0001" not in see(world, "rut", "/personal/part/")
    assert "renew_consent" in waiting(world, case_id)


def test_the_follow_up_goes_through_the_plan_and_nobody_unreached_is_followed_up(world: World) -> None:
    case_id = with_a_case(world)
    plan(world, case_id)
    kim = at_work(world, "kim")
    page = kim.open(f"/personal/arende/{case_id}/uppfoljning")
    assert "Prova på en handelsträdgård" in page.text
    kim.press(answers={"uf_nadd": ["0"]})
    assert happened(world, case_id)[-1] == "not_reached"
    assert "Har en plan" in kim.page.text
    kim.open(f"/personal/arende/{case_id}/uppfoljning")
    kim.press(answers={"uf_nadd": ["1"]})
    assert kim.page.status == 422, "each activity is asked about"
    said = {"uf_nadd": ["1"], "uf_status_1": ["1"], "uf_kontakt": ["3"], "uf_nytta": ["3"], "uf_nytt": ["0"]}
    kim.press(answers=said)
    assert happened(world, case_id)[-1] == "followed_up"
    assert "Uppföljd" in kim.page.text
    kim.open(f"/personal/arende/{case_id}/uppfoljning")
    kim.press("avvikelse", answers={**said, "uf_kontakt": ["2"]})
    assert kim.page.kind == "deviation-told", kim.page.text
    assert kim.page.reply.url == "/personal/team/norr/avvikelser/ny"
    given = {name: one.given for name, one in kim.page.controls.items() if any(one.given)}
    assert given == {"av_slag": ("1",)}, "and nothing of the case"
    assert "A-0001" not in kim.page.reply.body


def test_a_case_ends_with_somebody_who_takes_over_and_can_be_opened_again(world: World) -> None:
    case_id = with_a_case(world)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/avsluta")
    kim.press(answers={"outcome": ["3"], "accepted": ["1"], "told": ["1"]})
    assert faults(kim.page) == [("takes_over", "Skriv vem som tar över, eller välj att ingen tar över")]
    kim.press(answers={"takes_over": ["Disa, Arbetsförmedlingen"], "sex": ["1"]})
    assert "Avslutad" in kim.page.text
    assert "Disa, Arbetsförmedlingen" in kim.page.text
    kim.open(f"/personal/arende/{case_id}/kartlaggning")
    kim.press(answers={"ka_nu": ["Något nytt"]})
    assert kim.page.status == 422
    assert "avslutat" in faults(kim.page)[0][1]
    kim.open(f"/personal/arende/{case_id}/oppna")
    kim.press()
    assert happened(world, case_id)[-1] == "reopened"


def test_a_referral_waits_for_the_own_representative_who_sees_only_the_number(world: World) -> None:
    settings = at_work(world, "kim")
    settings.open("/personal/team/norr/arenden/installningar")
    settings.press(answers={"prior_agreement": ["1"], "case_manager": ["1"]})
    assert "Sparat" in settings.page.text
    case_id = with_a_case(world, an_rem_forankrad="1", sc_cm="0")
    page = see(world, "pia", "/personal/part/")
    assert "A-0001" in page
    assert NAME not in page
    task = world.visit("pia").hidden("/personal/part/", "task")
    world.visit("pia").post(f"/personal/part/arende/{case_id}/klart", task=task)
    assert "cleared" in happened(world, case_id)


def test_where_the_referrers_organisation_is_none_of_the_team_the_coordinator_notes_it(world: World) -> None:
    settings = at_work(world, "kim")
    settings.open("/personal/team/norr/arenden/installningar")
    settings.press(answers={"prior_agreement": ["1"]})
    case_id = with_a_case(world, an_rem_forankrad="1", an_rem_org="5", an_rem_org_annan="Facket")
    with world.installation.reading() as db:
        (waits,) = [one for one in tasks.open_of(db, case_id) if one.kind == "confirm_prior"]
    assert waits.party is None
    world.visit("kim").post(f"/personal/arende/{case_id}/klart", task=waits.id)
    assert happened(world, case_id)[-1] == "cleared", "ticked off only, it would wait for ever"


def test_a_case_manager_sees_the_case_only_when_named_and_under_the_own_yes(world: World) -> None:
    settings = at_work(world, "kim")
    settings.open("/personal/team/norr/arenden/installningar")
    settings.press(answers={"case_manager": ["1"]})
    case_id = with_a_case(world, sc_cm="1", an_cm="1")
    path = f"/personal/part/arende/{case_id}"
    assert world.visit("cem").get(path).status_code == 404, "a yes alone is not enough"
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/case-manager")
    kim.press(answers={"step": ["offer"]})
    kim.press(answers={"step": ["accept"], "account": [world.accounts["cem"]], "extent": ["Ett samtal i veckan"]})
    assert kim.page.status == 200
    assert "Ett samtal i veckan" in see(world, "cem", path)
    kim.press(answers={"step": ["end"]})
    assert world.visit("cem").get(path).status_code == 404


def test_settings_say_at_the_field_what_cannot_be(world: World) -> None:
    kim = at_work(world, "kim")
    page = kim.open("/personal/team/norr/arenden/installningar")
    assert page.controls["age_to"].given == ("66",)
    kim.press(answers={"municipalities": ["Uppsala\nAtlantis"], "part-af-seats": ["två"]})
    assert {place for place, _what in faults(kim.page)} == {"municipalities", "part-af-seats"}
    kim.press(answers={"municipalities": ["Uppsala"], "part-af-seats": ["2"], "age_from": ["70"]})
    assert "Lägsta åldern" in faults(kim.page)[0][1]
    new = {"part-annan_1-name_sv": ["fackförbundet"], "part-annan_1-seats": ["1"]}
    kim.press(answers={"age_from": ["18"], **new})
    assert "Sparat" in kim.page.text
    assert kim.page.controls["municipalities"].given[0].strip() == "Uppsala"
    assert kim.page.controls["part-af-seats"].given == ("2",)


def test_what_was_read_can_be_seen_in_the_log_of_the_case(world: World) -> None:
    case_id = with_a_case(world)
    see(world, "pia", f"/personal/part/arende/{case_id}")
    page = see(world, "kim", f"/personal/arende/{case_id}/handelser")
    assert all(words in page for words in ("Anmälan kom in", "Pia", "Läste: Arbetsförmedlingen, Anmälan", "Kim"))
    with world.installation.reading() as db:
        assert len(access.history(db, case_id)) >= 3
