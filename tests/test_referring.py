"""Referrals as somebody fills them in who knows only what the pages say: no script, no cookie, one page after another.

By phone and interrupted, alone and in English, with a party refused, with mistakes; taken back; and those about whom
nothing may be stored.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, measure
from pages import refer, refer_drawing, refer_sent, refer_walk
from pages.pace import Pace
from pages.refer_drawing import TRAP
from pages.walk import Step, Turn
from survey import teams
from survey.cases import access, cases, consent, drafts, parties, settings
from survey.cases.model import View
from survey.installation import Installation
from survey.tables import consent_wording, draft, metadata
from tests.refer_scene import (
    ALONE,
    CASEWORKER,
    TEAM,
    Answers,
    Referrer,
    approve_english,
    chooses,
    reader,
    referrer,
    taking_referrals,
)
from tests.respondent import PageSeen, X, by_client, words
from tests.scene import SOAK, at
from tests.visits import PHONE, House


@pytest.fixture
def house(sqlite_installation: Installation) -> House:
    return taking_referrals(sqlite_installation)


@pytest.fixture
def person(house: House) -> Referrer:
    return referrer(house)


def the_case(house: House) -> View:
    """The one case there is, as its coordinator sees it."""
    with house.installation.reading() as db:
        (only,) = cases.cases_of(db, TEAM)
    return access.read(house.installation, reader(house), only.id, house.installation.now())


def rows(house: House) -> dict[str, int]:
    """How many rows each table has."""
    with house.installation.reading() as db:
        return {name: len(db.execute(select(table)).all()) for name, table in metadata.tables.items()}


def everything(house: House) -> Mapping[str, object]:
    """Every row of every table, and every file but the database's own: name -> what is in it."""
    found: dict[str, object] = {}
    with house.installation.reading() as db:
        for name, table in metadata.tables.items():
            found[name] = sorted(map(str, db.execute(select(table)).all()))
    settings = house.installation.settings
    for folder in {settings.instance, settings.key_dir, settings.kek_file.parent}:
        for file in folder.rglob("*"):
            if file.is_file() and "samsvar.db" not in file.name:
                found[str(file)] = file.read_bytes()
    return found


def test_by_phone_interrupted_resumed_and_corrected_on_the_check_page(house: House, person: Referrer) -> None:
    person.begin()
    person.until_asked("an_fraga", CASEWORKER)
    person.press("save", {"an_fraga": ["Vem gör vad"]})
    code = person.code

    later = referrer(house)
    later.open("/anmal/fortsatt")
    later.press(answers={"code": [code.lower().replace("-", " ")]})
    assert later.page.kind == "tasks"
    assert later.page.h1 == "Anmälan för Kim"
    later.until_asked("an_fraga", CASEWORKER)
    assert later.page.controls["an_fraga"].given == ("Vem gör vad",)
    later.fill_in(CASEWORKER, until="check")
    assert "Kim Exempelsson" in later.page.text
    assert "Information: 5 av 8. 3 saker saknas." in later.page.text
    assert "edit-an_tilltal" in later.page.ways
    assert "edit-sc_namn" not in later.page.ways, "that is asked last of all"
    later.press("edit-an_tilltal")
    later.press(answers={"an_tilltal": ["Kimmie"]})
    assert later.page.kind == "check"
    later.fill_in(CASEWORKER)

    made = the_case(house)
    assert made.case.reference in later.page.text
    answers = made.documents["referral"].answers
    assert (answers["an_tilltal"], answers["an_fraga"]) == ("Kimmie", CASEWORKER["an_fraga"])
    assert "an_skydd" not in answers
    assert {party: one.state for party, one in made.standings.items()} == {
        "af": "given",
        "fk": "limited",
        "kommun": "given",
        "region": "refused",
    }


def test_alone_and_in_english_one_question_a_page(house: House, person: Referrer) -> None:
    approve_english(house)
    person.begin(prefix="/en")
    person.fill_in(ALONE)
    assert person.page.language == "en"
    assert person.page.h1 == "The referral has been sent"
    asked = [len(page.controls) for page in person.pages if page.kind == "question"]
    assert sum(number > 1 for number in asked) <= 3, "one thing at a time"
    made = the_case(house)
    assert made.case.role == "self"
    with house.installation.reading() as db:
        assert {event.language for event in consent.events(db, made.case.id)} == {"en"}


@pytest.mark.parametrize("answers", [CASEWORKER, ALONE], ids=["caseworker", "alone"])
def test_every_error_leads_to_its_field_and_says_the_way_out(person: Referrer, answers: Answers) -> None:
    person.begin()
    refused = 0
    for _ in range(150):
        page = person.page
        if page.kind == "done":
            break
        if page.kind in ("question", "certify") and page.controls:
            tried = person.press(answers=dict.fromkeys(page.controls, ()))
            if tried.status == 422:
                refused += 1
                says_the_way_out(tried)
            person.pages.append(page)  # all of it is in the page: it can be gone on from again
        person.press(answers={name: chooses(answers)(control) for name, control in page.controls.items()})
    assert person.page.kind == "done", person.page.errors
    assert refused > 15


def says_the_way_out(page: PageSeen) -> None:
    """Each line leads to a control of the page, and says what to do instead of what was wrong."""
    assert page.errors, page.h1
    assert page.title.startswith("Fel: ")
    for control, message in page.errors:
        assert control in page.ids, (page.h1, control)
        assert re.match(r"(Välj|Skriv|Du har|Gå igenom|Datum)", message), message
        assert not re.search(r"ogiltig|felaktig|obligatorisk|tyvärr|vänligen|glömt", message, re.IGNORECASE), message


def test_nothing_typed_is_lost_by_a_mistake_a_language_or_the_list(house: House, person: Referrer) -> None:
    approve_english(house)
    person.begin(prefix="/en")
    person.until_asked("an_epost", CASEWORKER)
    typed = {"an_tel": ["12"], "an_epost": ["kim(at)exempel"], "an_via": ["Min syster"]}
    for go in (None, "lang-sv", "list", "task-0"):
        person.press(go, typed if go in (None, "lang-sv") else None)
    shown = {name: person.page.controls[name].given for name in typed}
    assert shown == {name: tuple(values) for name, values in typed.items()}
    assert person.page.language == "sv"


def test_the_list_says_honestly_how_far_each_part_has_come(person: Referrer) -> None:
    person.begin()
    person.fill_in(CASEWORKER, until="tasks")
    assert statuses(person.page) == ["Inte börjat"] * 6 + ["Kan inte börja än"]
    assert "check" not in person.page.ways
    person.press("task-2")
    person.press("list", {"an_fraga": ["Något"]})
    assert statuses(person.page)[2] == "Pågår"
    person.fill_in(CASEWORKER, until="part")
    person.press("list")
    assert "Klar" not in statuses(person.page)[:1], "who says no to being done is not done"
    person.fill_in(CASEWORKER, until="check")
    person.press("list")
    assert statuses(person.page) == ["Klar"] * 6 + ["Inte börjat"]
    person.press("task-3", {})
    person.until_asked("an_inte", {**CASEWORKER, "an_inte": "1"})
    person.press("list", {"an_inte": ["1"]})
    assert statuses(person.page)[3] == "Pågår", "a new question is not answered yet"
    assert statuses(person.page)[6] == "Kan inte börja än"


def statuses(page: PageSeen) -> list[str]:
    known = ("Klar", "Pågår", "Inte börjat", "Kan inte börja än")
    listed = [words(item) for item in page.main.iter(f"{X}li") if "task-row" in (item[0].get("class") or "")]
    return [next(status for status in known if row.endswith(status)) for row in listed]


@pytest.mark.parametrize("role", ["1", "2", "3"], ids=["caseworker", "alone", "helper"])
def test_nothing_is_chosen_beforehand_and_no_is_as_near_as_yes(person: Referrer, role: str) -> None:
    person.begin()
    person.fill_in({**CASEWORKER, "an_roll": role})
    consents = 0
    seen: set[str] = set()
    for page in person.pages:
        new = set(page.controls) - seen if page.kind == "question" else set()
        seen |= new
        for name in new:
            control = page.controls[name]
            if control.kind in ("radio", "checkbox") and name != "an_sprak":
                assert not control.given, f"{name} is chosen beforehand"
            if re.fullmatch(r"sc_(af|fk|kommun|region)", name):
                consents += 1
                assert control.values == ("1", "2", "0")
                assert len({tuple(sorted(row)) for row in rows_of(page, name)}) == 1, "every row looks alike"
        assert "alla" not in " ".join(b.label.lower() for b in page.buttons if b.value.startswith("sc_"))
    assert consents == 4
    refused = [page for page in person.pages if page.kind == "question" and "sc_region" in page.controls]
    assert refused[0].status == 200
    assert not person.page.errors


def rows_of(page: PageSeen, name: str) -> list[list[tuple[str, str]]]:
    """How each choice of a question is written, but for what tells one from another."""
    own = ("id", "value", "for")
    labels = [
        label for label in page.main.iter(f"{X}label") if any(i.get("name") == name for i in label.iter(f"{X}input"))
    ]
    return [[(k, v) for e in label.iter() for k, v in e.items() if k not in own] for label in labels]


def test_sent_twice_is_one_referral_and_an_older_page_shows_nothing_of_it(house: House, person: Referrer) -> None:
    person.begin()
    person.fill_in(CASEWORKER, until="certify")
    certify = person.page
    older = next(page for page in person.pages if "an_namn" in page.controls)
    first = person.fill_in(CASEWORKER)
    reference = re.search(r"A-\d{4}", first.text)
    assert reference
    assert the_case(house).case.reference == reference[0]
    for page in (certify, older):
        person.pages.append(page)
        again = person.press()
        assert again.kind == "sent"
        assert reference[0] in again.text
        assert "Kim" not in again.text
    assert rows(house)["case"] == 1
    assert rows(house)["draft"] == 0


def test_receipt_copy_and_file_say_what_was_said(house: House, person: Referrer) -> None:
    person.begin()
    sent = person.fill_in(CASEWORKER)
    made = the_case(house)
    receipt = person.press()
    assert made.case.reference in receipt.text
    for said in ("Försäkringskassan", "Ja, men inte allt", "Min gamla anställning", "Nej", "15 februari 2027"):
        assert said in receipt.text, said
    assert "Vem gör vad" not in receipt.text
    person.pages.append(sent)
    copy = person.press("copy")
    for said in (str(CASEWORKER["an_fraga"]), "De som jobbar med ditt stöd har tystnadsplikt."):
        assert said in copy.text, said
    assert str(person.press("sent").h1) == "Anmälan är skickad"
    told = json.loads(fetched(person, "file"))
    record = told["consent_record"]
    assert record["pii_principal_id"] == made.case.reference
    assert "Kim" not in json.dumps(told, ensure_ascii=False)
    with house.installation.reading() as db:
        kept = {event.party: event.wording for event in consent.events(db, made.case.id)}
    for part in record["pii_processing"]:
        notice = part["privacy_notice"]
        assert sha256(notice["text"].encode()).hexdigest() == notice["sha256"]
        assert bytes.fromhex(notice["sha256"]) == kept[part["recipient"]]
    assert {event["event_state"] for event in record["events"]} == {"consent given", "consent refused"}


def fetched(person: Referrer, go: str) -> str:
    """What a button of the page fetches that is no page."""
    page = person.page
    fields = [*page.hidden, ("go", go)]
    return person.fetch("POST", page.form.get("action", ""), fields).body


def test_whoever_still_has_the_page_learns_nothing_of_what_is_said_later(house: House, person: Referrer) -> None:
    """The referrer's screen, an hour later: the person has taken back a yes meanwhile."""
    person.begin()
    person.fill_in(CASEWORKER)
    before = fetched(person, "file")
    with house.installation.writing() as db:
        (only,) = cases.cases_of(db, TEAM)
        later = house.installation.now() + timedelta(hours=1)
        consent.withdraw(db, house.installation, only.id, ["kommun"], "person", later)
        assert len(consent.events(db, only.id)) == 5, "control: there is something to learn"
    assert fetched(person, "file") == before
    assert "withdrawn" not in before


def test_outside_the_ages_is_told_and_gone_on_from(house: House, person: Referrer) -> None:
    young = {**CASEWORKER, "an_alder": "15"}
    person.begin()
    person.fill_in(young)
    told = [page for page in person.pages if "16–66" in page.text]
    assert told
    assert told[0].status == 200
    assert not told[0].errors
    assert told[0].buttons[0].label == "Fortsätt ändå"
    assert the_case(house).case.outside_age
    other = referrer(house)
    other.begin()
    other.fill_in(CASEWORKER, until="tasks")
    assert not [page for page in other.pages if "16–66" in page.text]


def test_without_the_person_there_is_nothing_to_fill_in(house: House, person: Referrer) -> None:
    before = rows(house)
    person.begin()
    person.fill_in({**CASEWORKER, "an_hur": "9"}, until="stop")
    assert "när personen är med" in person.page.text
    assert rows(house) == before


def test_protected_identity_leaves_no_trace(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    house = taking_referrals(installation)
    before = everything(house)
    person = referrer(house)
    person.begin()
    stop = person.fill_in({**CASEWORKER, "an_skydd": "1"}, until="stop")
    assert PHONE in stop.text
    assert not list(stop.main.iter(f"{X}input")), "nothing travels on"
    assert stop.reply.headers["Clear-Site-Data"] == '"cache"'
    assert everything(house) == before
    assert not caplog.records


def test_who_goes_back_to_the_gate_and_tells_of_it_there_leaves_nothing_either(house: House, person: Referrer) -> None:
    """The browser's Back: the gate's page is from before the draft, and knows nothing of it."""
    house.installation.draft_key.key()  # somebody has saved a referral before: it is one for all
    before = everything(house)
    kept = protected_after_all(person)
    assert "Inget har sparats." in person.page.text
    assert everything(house) == before
    person.pages.append(kept)
    assert person.press().kind == "closed", "nor does the page that was open beside it go on"
    assert everything(house) == before


def test_control_a_draft_that_is_not_let_go_stays(
    house: House, person: Referrer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "let_go", lambda _db, _installation, _submission: None)
    protected_after_all(person)
    assert rows(house)["draft"] == 1


def protected_after_all(person: Referrer) -> PageSeen:
    """Fill in a while, go back to the gate and say yes there; the last page before that."""
    person.begin()
    person.until_asked("an_kontakt", CASEWORKER)
    kept = person.page
    person.pages.append(next(page for page in person.pages if "an_skydd" in page.controls))
    assert person.press(answers={"an_skydd": ["1"]}).kind == "stop"
    return kept


def test_a_gate_that_let_them_through_would_leave_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the same walk past a gate that begins to keep what is filled in is seen in what is stored."""
    monkeypatch.setattr(refer_walk, "_through_the_gate", _let_through)
    before = everything(house)
    person = referrer(house)
    person.begin()
    person.fill_in({**CASEWORKER, "an_skydd": "1"}, until="tasks")
    assert everything(house) != before


def _let_through(step: Step) -> Turn:
    return Turn(refer_walk.without_forgotten(step.form, replace(step.state, view="tasks")), outcome="begin")


def test_a_program_that_fills_in_everything_is_stopped(house: House, person: Referrer) -> None:
    person.open(f"/anmal/{TEAM}")
    page = person.press(answers={TRAP: ["https://kop.exempel"]})
    assert (page.status, page.kind) == (422, "error")
    assert rows(house)["draft"] == 0


def test_who_begins_too_many_waits_and_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refer, "starts", Pace(burst=2, per_second=0))
    for _ in range(2):
        referrer_at_the_list(house)
    third = referrer(house)
    third.begin()
    page = third.page
    while third.page.status == 200:
        page = third.page
        third.press(answers={name: chooses(CASEWORKER)(control) for name, control in third.page.controls.items()})
    assert third.page.status == 429
    assert dict(page.hidden)["state"] == dict(third.page.hidden)["state"]
    assert rows(house)["draft"] == 2


def referrer_at_the_list(house: House) -> Referrer:
    person = referrer(house)
    person.begin()
    person.fill_in(CASEWORKER, until="tasks")
    return person


def test_codes_cannot_be_guessed_at_speed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refer, "guesses", Pace(burst=3, per_second=0))
    code = referrer_at_the_list(house).code
    guesser = referrer(house)
    for _ in range(3):
        guesser.open("/anmal/fortsatt")
        assert guesser.press(answers={"code": ["AAAA-AAAA"]}).status == 422
    guesser.open("/anmal/fortsatt")
    assert guesser.press(answers={"code": [code]}).status == 429


def test_a_saved_referral_can_be_opened_by_nothing_but_its_code(house: House) -> None:
    person = referrer_at_the_list(house)
    person.press("task-0")
    person.press("save", {"an_namn": ["Markör Utanför"]})
    with house.installation.reading() as db:
        (kept,) = db.execute(select(draft)).all()
    assert b"Mark" not in bytes(kept.contents)
    assert "Utanf" not in str(kept)


def test_no_language_is_offered_whose_consent_nobody_has_approved(house: House) -> None:
    person = referrer(house)
    page = person.open(f"/en/anmal/{TEAM}")
    assert page.language == "sv"
    assert "lang-en" not in page.ways
    assert "The referral is not in this language yet." in page.text
    approve_english(house)
    page = person.open(f"/en/anmal/{TEAM}")
    assert page.language == "en"
    assert "lang-sv" in page.ways


@pytest.mark.parametrize("answers", [CASEWORKER, ALONE], ids=["caseworker", "alone"])
def test_what_is_read_is_plain(person: Referrer, answers: Answers) -> None:
    person.begin()
    person.fill_in(answers, until="check")
    asked = [page for page in person.pages if page.kind != "check"]
    consent_pages = [page for page in asked if any(name.startswith("sc_") for name in page.controls)]
    others = [page for page in asked if page not in consent_pages]
    ease = measure(read_aloud(others))
    assert ease.words > 300
    assert ease.lix <= PARTICIPANT_LIX
    assert ease.longest <= PARTICIPANT_SENTENCE
    ease = measure(read_aloud(consent_pages))
    assert ease.lix <= 30
    assert ease.longest <= 18


def read_aloud(pages: list[PageSeen]) -> list[str]:
    """What the pages say, block by block, each once."""
    blocks = {f"{X}{tag}" for tag in ("h1", "h2", "p", "li", "label", "legend", "dt", "dd", "button", "summary")}
    texts = (words(element) for page in pages for element in page.main.iter() if element.tag in blocks)
    return list(dict.fromkeys(texts))


def test_the_spoken_words_are_the_persons_own(person: Referrer) -> None:
    person.begin()
    person.until_asked("an_kontakt", CASEWORKER)
    assert "Hur vill personen bli kontaktad?" in person.page.text
    page = person.press("aloud", {"an_kontakt": ["1"]})
    assert "Hur vill du bli kontaktad?" in page.text
    assert page.controls["an_kontakt"].given == ("1",)
    person.press(answers={"an_kontakt": ["1"], "an_saker": ["1"]})
    assert person.page.controls.keys() == {"an_sprak", "an_tolk"}
    assert "Behöver du tolk?" in person.page.text
    person.press("aloud")
    assert "Behövs tolk?" in person.page.text


def test_a_caseworker_can_be_fetched_after_all(house: House, person: Referrer) -> None:
    person.begin()
    person.press(answers={"an_roll": ["2"]})
    assert person.page.h1 == "Har du redan en handläggare?"
    person.press("together")
    assert person.page.h1 == "Hur fyller ni i?"
    person.fill_in(CASEWORKER)
    assert the_case(house).case.role == "referrer"


def test_a_helper_is_told_whom_they_help(house: House, person: Referrer) -> None:
    person.begin()
    person.until_asked("an_kontakt", {**CASEWORKER, "an_roll": "3"})
    assert "Du hjälper Kim." in person.page.text
    assert person.page.h1 == "Hur vill du bli kontaktad?"
    person.fill_in({**CASEWORKER, "an_roll": "3"})
    assert the_case(house).case.role == "helper"


def test_rows_come_and_go_and_are_kept(house: House, person: Referrer) -> None:
    person.begin()
    person.until_asked("an_provat-0-vad", CASEWORKER)
    person.press("add-an_provat", {"an_provat-0-vad": ["Praktik"], "an_provat-0-nar": ["i fjol"]})
    person.press("add-an_provat", {"an_provat-1-vad": ["Kurs"], "an_provat-1-nar": ["2024"]})
    person.press("remove-an_provat-0")
    assert person.page.controls["an_provat-1-vad"].given == ("Kurs",)
    person.fill_in(CASEWORKER)
    answers = the_case(house).documents["referral"].answers
    assert answers["an_provat"] == ({"vad": "Kurs", "nar": "2024"},)


def test_with_a_personal_number_the_age_follows(house: House, person: Referrer) -> None:
    with house.installation.writing() as db:
        now = house.installation.now()
        given = {"personal_number": "required"}
        settings.set_settings(db, house.installation, "exempel", None, given, "command", now)
    person.begin()
    young = {**CASEWORKER, "an_pnr": "20120101-2380"}
    person.fill_in(young, until="tasks")
    assert not any("an_alder" in page.controls for page in person.pages)
    person.fill_in(young)
    assert [page.h1 for page in person.pages if "16–66" in page.text and page.kind == "question"]
    made = the_case(house)
    assert made.case.outside_age
    assert "20120101" not in "".join(page.text for page in person.pages), "only its last digits are ever shown"


def test_a_party_that_left_the_team_meanwhile_is_asked_about_no_more(house: House, person: Referrer) -> None:
    person.begin()
    person.until_asked("sc_region", CASEWORKER)
    with house.installation.writing() as db:
        parties.set_seats(
            db,
            house.installation,
            TEAM,
            [one for one in parties.seats(db, TEAM) if one.party.code != "region"],
            "command",
            house.installation.now(),
        )
    assert person.press(answers={"sc_region": ["1"]}).kind in ("tasks", "question")
    person.fill_in(CASEWORKER)
    assert the_case(house).standings.keys() == {"af", "fk", "kommun"}


def test_what_is_certified_is_what_stood_on_the_page(house: House, person: Referrer) -> None:
    """The team says otherwise where one takes a yes back, in the moment before *Skicka*: the page is shown again."""
    said_before(house, person, "08-000 00 01")
    again = person.press(answers=SIGNED)
    assert (again.kind, again.errors) == ("certify", [])
    assert rows(house)["case"] == 0
    assert "08-000 00 01" in again.text
    person.fill_in(CASEWORKER)
    assert any("08-000 00 01" in one for one in wordings_kept(house))


def test_control_without_a_look_at_that_something_else_is_kept_than_was_shown(
    house: House, person: Referrer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (refer_drawing, refer_sent):
        monkeypatch.setattr(module, "known_by", lambda _texts: "")
    said_before(house, person, "08-000 00 01")
    assert "08-000 00 01" not in person.page.text
    assert person.press(answers=SIGNED).kind == "done"
    assert any("08-000 00 01" in one for one in wordings_kept(house))


SIGNED: Mapping[str, list[str]] = {"sc_namn": ["Kim"], "sc_kopia": ["1"], "sc_sus": ["3"]}


def said_before(house: House, person: Referrer, contact: str) -> None:
    """Up to the certification; then the team changes whom one calls."""
    person.begin()
    person.fill_in(CASEWORKER, until="certify")
    with house.installation.writing() as db:
        now = house.installation.now()
        settings.set_settings(db, house.installation, "exempel", TEAM, {"contact": contact}, "command", now)


def wordings_kept(house: House) -> list[str]:
    with house.installation.reading() as db:
        return list(db.scalars(select(consent_wording.c.text)))


def test_the_referral_of_another_team_or_day_is_not_believed(house: House, person: Referrer) -> None:
    with house.installation.writing() as db:
        teams.add_team(db, "annat", "Team Annat", association="exempel", controller="Kommunen", phone=PHONE)
    person.begin()
    person.fill_in(CASEWORKER, until="tasks")
    state = dict(person.page.hidden)["state"]
    for forged in (state.replace("roslagen", "annat"), state[:-8] + "AAAAAAAA", "x"):
        for team in (TEAM, "annat"):
            assert PageSeen(person.fetch("POST", f"/anmal/{team}", [("state", forged)])).status == 422
    assert PageSeen(person.fetch("POST", "/anmal/annat", [("state", state)])).status == 422
    assert PageSeen(person.fetch("POST", f"/anmal/{TEAM}", [("state", state)])).status == 200


def test_a_saved_referral_lives_for_two_weeks_and_no_longer(house: House) -> None:
    code = referrer_at_the_list(house).code
    for day, kind in (("2026-08-28", "tasks"), ("2026-09-12", "resume")):
        later = referrer(House(at(house.installation, day)))
        later.open("/anmal/fortsatt")
        assert later.press(answers={"code": [code]}).kind == kind


def test_no_cookie_and_no_address_of_anybody_is_kept(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody gets a cookie (`by_client` looks); the draft and the case hold nothing of where they came from."""
    client = house.app.test_client(use_cookies=False)
    client.environ_base |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Kanelbulle/7.31"}
    person = Referrer(by_client(client))
    person.begin()
    person.fill_in(CASEWORKER)
    kept = str(everything(house)) + caplog.text
    assert "203.0.113.77" not in kept
    assert "Kanelbulle" not in kept


VIEWS = ("start", "tasks", "part", "check", "certify")
BUTTONS: tuple[str, ...] = (
    *("", "back", "list", "save", "check", "certify", "send", "sent", "copy", "file", "forget", "aloud", "skip", "all"),
    *(
        "task-0",
        "task-99",
        "task-" + "9" * 5000,
        "task-²",
        "edit-an_namn",
        "edit-an_skydd",
        "edit-",
        "add-an_provat",
        "add-",
    ),
    *("remove-an_provat-0", "remove-", "remove-an_provat-x", "lang-en", "lang-xx", "together", "\x00"),
)


def test_any_button_on_any_page_is_answered_calmly(
    house: House, person: Referrer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses what is not on the page gets a page, never a fault; nothing is sent but from the last page."""
    monkeypatch.setattr(refer, "pace", Pace(burst=10_000))
    monkeypatch.setattr(refer, "starts", Pace(burst=10_000))
    person.begin()
    person.fill_in(CASEWORKER, until="certify")
    questions = [page for page in person.pages if page.kind == "question"]
    some = questions if SOAK else questions[::20]
    for page in (*some, *{page.kind: page for page in person.pages if page.kind in VIEWS}.values()):
        for go in BUTTONS:
            reply = person.fetch("POST", page.form.get("action", ""), [*page.hidden, ("go", go)])
            assert reply.status in (200, 422), (page.kind, page.h1, go)
    assert rows(house)["case"] == 0
