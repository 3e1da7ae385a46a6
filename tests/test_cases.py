"""A case from the referral to the end, by the rules: what follows from what was said, and what comes next."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forms.library import shipped_form
from survey.cases import access, cases, consent, documents, drafts, intake, leading, managing, steps, tasks, withdrawal
from survey.cases.leading import Booking, Closing, Seat
from survey.cases.model import Consented, ConsentEvent, Reader, Task
from survey.errors import BadRequest, Closed, NotAllowed, NotFound, Outdated, TooOften
from survey.installation import Installation
from survey.published import publish
from survey.tables import audit, case, draft, outbox
from tests.case_office import ANSWERS, NOON, OTHER_TEAM, TEAM, Office, office
from tests.scene import at_once

DAY = timedelta(days=1)


def kinds(place: Office, case_id: str) -> dict[str, tuple[str, ...]]:
    """What is still to be done, and about which points."""
    with place.house.reading() as db:
        return {one.kind: one.codes for one in tasks.open_of(db, case_id)}


def told(place: Office) -> set[tuple[str, str]]:
    """Who is told of what."""
    names = {account: name for name, account in place.people.items()}
    with place.house.reading() as db:
        return {(names[row.account], row.notice) for row in db.execute(select(outbox)).all()}


# --- coming in ------------------------------------------------------------------------------------------------------


def test_a_referral_becomes_a_case_with_a_number_of_its_team(installation: Installation) -> None:
    place = office(installation)
    first, second = place.send(), place.send()
    elsewhere = place.receive(place.referral(team=OTHER_TEAM))
    assert [one.reference for one in (first, second, elsewhere)] == ["A-0001", "A-0002", "A-0001"]
    of = place.case(first.case_id)
    assert (of.state, of.role, of.organisation, of.municipality) == ("received", "referrer", "1", "0180")
    assert (of.situations, of.reason, of.interpreter, of.unwanted) == (("1", "7"), "2", False, ())
    assert (of.received, of.team, of.form, of.open) == (NOON, TEAM, "referral", True)
    assert kinds(place, first.case_id) == {}
    assert told(place) == {("kim", "new_case"), ("kaj", "new_case")}


UNFINISHED = (
    {"an_namn": None},
    {"an_alder": None, "an_pnr": None},
    {"an_fraga": None},
    {"an_tolk": "1"},
    {"an_kommun": "9999"},
    {"sc_till": None},
    {"sc_till": "2026-01-01"},
    {"sc_forstod": None},
    {"sc_namn": None},
    {"sc_kopia": None},
)


def test_what_the_pages_refuse_is_refused_wherever_it_comes_from(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    for said in UNFINISHED:
        with pytest.raises(BadRequest):
            place.send(**said)
    assert place.send().reference == "A-0001", "nothing of the others is stored"


def test_control_unless_they_are_read_once_more_they_are_stored(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = office(sqlite_installation)
    monkeypatch.setattr(intake, "_refuse_unfinished", lambda _referral, _today: None)
    assert place.send(an_namn=None, sc_namn=None).case_id


def test_the_same_page_sent_again_gives_the_same_receipt(installation: Installation) -> None:
    place = office(installation)
    referral = place.referral()
    first, again = place.receive(referral), place.receive(referral, NOON + DAY)
    assert (first.again, again.again) == (False, True)
    assert (first.case_id, first.reference, first.code) == (again.case_id, again.reference, again.code)
    assert again.received == NOON
    with installation.reading() as db:
        assert len(cases.cases_of(db, TEAM)) == 1
        assert intake.found(db, installation, referral.submission) == again
        assert intake.found(db, installation, secrets.token_bytes(16)) is None


def test_what_is_missing_becomes_a_call_before_the_meeting(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send(an_i2_vilka="2", an_i7_sen="2").case_id
    assert kinds(place, case_id) == {"call_before": ("an_i2_vilka", "an_i7_sen")}
    assert kinds(place, place.send(an_ring="1").case_id) == {"call_before": ()}


def test_a_limited_yes_and_an_oral_one_become_tasks(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send(sc_af="2", sc_af_inte="min sjukdom", sc_hur="4", sc_skriftligt_senast="2026-08-28").case_id
    assert kinds(place, case_id).keys() == {"mark_limited", "confirm_oral"}
    with installation.reading() as db:
        due = {one.codes: one.due for one in tasks.open_of(db, case_id) if one.kind == "confirm_oral"}
    assert due[("kommun",)] == date(2026, 8, 28)


def test_with_nothing_but_no_the_referral_is_sent_and_only_the_coordinator_sees_it(installation: Installation) -> None:
    place = office(installation)
    nobody: dict[str, Any] = dict.fromkeys(("sc_af", "sc_fk", "sc_kommun", "sc_region", "sc_cm"), "0")
    gone: dict[str, Any] = dict.fromkeys(("sc_uppg", "sc_till", "sc_forstod"))
    case_id = place.send(**nobody, **gone).case_id
    assert kinds(place, case_id) == {"no_consent": ()}
    assert place.view("kim", case_id).locked
    with pytest.raises(NotFound):
        place.view("af", case_id)


def test_about_somebody_who_is_not_asked_about_nothing_need_be_said(installation: Installation) -> None:
    place = office(installation, observers=True)
    alone = place.send(an_cm="0", sc_cm=None, sc_observator="0")
    with installation.reading() as db:
        assert set(consent.standings(db, alone.case_id, NOON)) == {"af", "fk", "kommun", "region", "observator"}
    with pytest.raises(BadRequest):
        place.send(sc_cm=None, sc_observator="0")
    listens = place.send(sc_observator="1")
    with installation.reading() as db:
        found = consent.standings(db, listens.case_id, NOON)
    assert found["observator"].active
    assert found["observator"].categories == frozenset()


@pytest.mark.parametrize(
    "said",
    [
        {"sc_forstod": "0"},
        {"sc_uppg": None},
        {"sc_till": "2026-08-13"},
        {"sc_till": "2027-08-15"},
        {"sc_till": None},
        {"sc_hur": None},
        {"sc_region": None},
    ],
    ids=str,
)
def test_a_yes_that_says_too_little_or_too_much_is_not_taken_in(
    sqlite_installation: Installation, said: dict[str, Any]
) -> None:
    place = office(sqlite_installation)
    with pytest.raises(BadRequest):
        place.send(**said)
    with sqlite_installation.reading() as db:
        assert cases.cases_of(db, TEAM) == ()
    assert not sqlite_installation.case_keys.path.exists()


def test_where_the_own_representative_must_agree_the_case_waits_for_them(installation: Installation) -> None:
    place = office(installation, prior_agreement=True)
    case_id = place.send(an_rem_forankrad="0").case_id
    assert place.case(case_id).state == "waiting"
    assert ("af", "task") in told(place)
    with installation.writing() as db, pytest.raises(NotFound):
        leading.confirm_prior(db, installation, place.reader("region"), case_id, NOON)
    with installation.writing() as db:
        assert [one.case for one in tasks.open_for(db, TEAM, "af")] == [case_id]
        leading.confirm_prior(db, installation, place.reader("af"), case_id, NOON)
    assert place.case(case_id).state == "received"
    assert kinds(place, case_id) == {}


def test_the_parties_somebody_does_not_want_are_known_without_opening_the_case(installation: Installation) -> None:
    place = office(installation)
    of = place.case(place.send(an_inte="1", an_inte_vilka=("2", "3"), an_tolk="1", an_tolk_sprak="so").case_id)
    assert (of.unwanted, of.interpreter) == (("fk", "kommun"), True)


def test_somebody_who_has_been_here_before_is_seen_to_have(installation: Installation) -> None:
    place = office(installation)
    first, other = place.send(), place.send(an_pnr="199001019802")
    again = place.send()
    assert place.view("kim", again.case_id).same_person == (first.reference,)
    assert place.view("kim", other.case_id).same_person == ()


def test_a_self_referral_is_told_apart(installation: Installation) -> None:
    place = office(installation)
    of = place.case(place.send(an_roll="2").case_id)
    assert (of.role, of.self_referred, of.organisation) == ("self", True, None)


def test_what_a_call_made_clear_is_a_new_version_and_counted_anew(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    kim = place.reader("kim")
    with installation.writing() as db:
        said = documents.opened(db, installation, case_id, "referral", 1).answers
        more = {**said, "an_kommun": "0181"}
        assert intake.correct(db, installation, kim, case_id, more, after=1, now=NOON) == 2
    assert place.case(case_id).municipality == "0181"
    with pytest.raises(Outdated) as late, installation.writing() as db:
        intake.correct(db, installation, kim, case_id, said, after=1, now=NOON)
    assert late.value.newest == 2
    assert access.read_version(installation, kim, case_id, "referral", 1, NOON).answers["an_kommun"] == "0180"


# --- how a consent stands -------------------------------------------------------------------------------------------


def event(kind: str, number: int = 1, **more: Any) -> ConsentEvent:
    usual: dict[str, Any] = {
        "categories": frozenset({"1"}) if kind == "given" else frozenset(),
        "valid_from": date(2026, 8, 14),
        "valid_until": date(2026, 9, 14),
        "how": "paper",
    }
    return ConsentEvent(number, "af", kind, NOON, "kim", "plan_support", **usual | more)


def stands(*events: ConsentEvent, on: str = "2026-08-20") -> Consented:
    return consent.standing(events, date.fromisoformat(on))["af"]


ORAL: dict[str, Any] = {"how": "oral_phone", "confirm_by": date(2026, 8, 28)}


@pytest.mark.parametrize(
    ("events", "day", "state", "active"),
    [
        ((event("given"),), "2026-08-14", "given", True),
        ((event("given"),), "2026-08-13", "given", False),
        ((event("given"),), "2026-09-14", "given", True),
        ((event("given"),), "2026-09-15", "expired", False),
        ((event("given"), event("expired", 2)), "2026-08-20", "expired", False),
        ((event("limited"),), "2026-08-20", "limited", False),
        ((event("limited"), event("marked", 2, categories=frozenset({"3"}))), "2026-08-20", "limited", True),
        ((event("refused"),), "2026-08-20", "refused", False),
        ((event("given"), event("withdrawn", 2)), "2026-08-20", "withdrawn", False),
        ((event("given"), event("superseded", 2)), "2026-08-20", "superseded", False),
        ((event("given"), event("refused", 2)), "2026-08-20", "refused", False),
        ((event("given"), event("withdrawn", 2), event("given", 3)), "2026-08-20", "given", True),
        ((event("given", **ORAL),), "2026-08-28", "given", True),
        ((event("given", **ORAL),), "2026-08-29", "unconfirmed", False),
        ((event("given", **ORAL), event("confirmed", 2)), "2026-08-29", "given", True),
        ((event("given", **ORAL), event("confirmed", 2)), "2026-09-15", "expired", False),
    ],
)
def test_how_a_consent_stands_follows_from_its_events(
    events: Sequence[ConsentEvent], day: str, state: str, active: bool
) -> None:
    found = stands(*events, on=day)
    assert (found.state, found.active) == (state, active)


def test_days_left_are_counted_to_whichever_end_comes_first() -> None:
    assert stands(event("given")).days_left(date(2026, 8, 20)) == 25
    assert stands(event("given", **ORAL)).days_left(date(2026, 8, 20)) == 8
    assert stands(event("refused")).days_left(date(2026, 8, 20)) is None


def test_two_parties_share_only_when_both_have_a_yes(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    with installation.reading() as db:
        found = consent.standings(db, case_id, NOON)
    assert consent.may_share(found, "af", "kommun")
    assert not consent.may_share(found, "af", "fk")
    assert consent.active_parties(found) == ("af", "kommun", "region"), "the case manager is no party"


def test_an_oral_yes_lapses_unless_it_is_confirmed_in_time(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    place.yes("fk", case_id, how="oral_phone")
    kim = place.people["kim"]
    assert place.view("fk", case_id, NOON + 14 * DAY).documents
    with pytest.raises(NotFound):
        place.view("fk", case_id, NOON + 15 * DAY)
    with installation.writing() as db, pytest.raises(BadRequest):
        consent.confirm(db, installation, case_id, "fk", kim, NOON + 15 * DAY)
    with installation.writing() as db:
        consent.confirm(db, installation, case_id, "fk", kim, NOON + 14 * DAY)
    assert place.view("fk", case_id, NOON + 15 * DAY).documents
    assert "confirm_oral" not in kinds(place, case_id)


def test_a_change_of_care_provider_asks_for_a_new_consent(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    with installation.writing() as db:
        consent.supersede(db, installation, case_id, "region", place.people["kim"], NOON)
    with pytest.raises(NotFound):
        place.view("region", case_id)
    assert kinds(place, case_id) == {"renew_consent": ("region",)}
    place.yes("region", case_id)
    assert place.view("region", case_id).documents
    assert kinds(place, case_id) == {}


def test_a_consent_that_has_run_out_is_written_down_once(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    late = datetime(2027, 2, 11, 12, tzinfo=UTC)
    for _night in range(2):
        with installation.writing() as db:
            consent.expire(db, installation, case_id, "af", late)
    with installation.reading() as db:
        assert [one.kind for one in consent.events_of(db, case_id, "af")] == ["given", "expired"]
        assert [one.kind for one in cases.events(db, case_id)] == ["received", "consent_refused", "consent_expired"]


# --- taking it back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["A-0001", "a1", " 0001 ", "A 0001"])
def test_the_person_takes_it_back_with_number_and_code_however_they_type(
    sqlite_installation: Installation, reference: str
) -> None:
    house = sqlite_installation
    place = office(house)
    receipt = place.send()
    code = receipt.code.lower().replace("-", " ")
    found = withdrawal.find(house, reference, code, NOON)
    assert (found.case_id, found.reference, found.standings["af"].state) == (receipt.case_id, "A-0001", "given")
    assert withdrawal.withdraw(house, reference, code, ["af", "fk"], NOON) == ("af",)
    assert withdrawal.withdraw(house, reference, code, None, NOON) == ("kommun", "region", "cm")
    assert withdrawal.withdraw(house, reference, code, None, NOON) == ()
    assert place.view("kim", receipt.case_id).locked


def test_number_and_code_must_fit_and_a_misfit_is_told_alike(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    first, second = place.send(), place.send()
    wrong = [
        (first.reference, second.code),
        ("A-0099", first.code),
        ("", first.code),
        (first.reference, ""),
        ("x" * 99, ""),
    ]
    for reference, code in wrong:
        with pytest.raises(Closed):
            withdrawal.find(sqlite_installation, reference, code, NOON)


def test_everybody_is_told_of_a_withdrawal_and_ticks_it_off(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    place.withdraw(case_id, ["kommun"])
    assert {("kim", "withdrawn"), ("af", "withdrawn"), ("region", "withdrawn")} <= told(place)
    assert ("fk", "withdrawn") not in told(place), "who never had a yes learns nothing"
    with installation.writing() as db:
        (waiting,) = tasks.open_for(db, TEAM, "af")
        assert (waiting.kind, waiting.codes, waiting.words) == ("withdrawal_told", ("kommun",), "")
        for _again in range(2):
            tasks.tick_off(db, installation, waiting.id, place.people["af"], NOON)
        assert tasks.open_for(db, TEAM, "af") == ()
        done = db.execute(select(audit).where(audit.c.action == "task_done")).all()
        assert [(row.actor, row.case, row.detail) for row in done] == [(place.people["af"], case_id, "withdrawal_told")]


def test_when_nothing_counts_any_more_nothing_new_is_written(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    place.withdraw(case_id)
    with installation.writing() as db, pytest.raises(NotAllowed):
        documents.write(db, installation, place.reader("kim"), case_id, "plan", {}, form=None, after=0, now=NOON)
    with installation.writing() as db, pytest.raises(NotAllowed):
        leading.ask_for_more(db, installation, place.reader("kim"), case_id, "Läkarintyget", None, NOON)
    place.yes("fk", case_id)
    with installation.writing() as db:
        documents.write(db, installation, place.reader("kim"), case_id, "plan", {}, form=None, after=0, now=NOON)


# --- leading --------------------------------------------------------------------------------------------------------

MEETING = datetime(2026, 8, 20, 11, tzinfo=UTC)


def booking(*seats: Seat, at: datetime = MEETING) -> Booking:
    return Booking(at, 60, "1", "Storgatan 1", seats, "Kim")


def seat(kind: Any, party: str | None = None) -> Seat:
    return Seat(kind, party, "Bo Ek", "handläggare", "vet mest")


def test_a_case_goes_its_way_to_the_end_and_its_events_tell_of_it(installation: Installation) -> None:
    place = office(installation)
    case_id, kim, account = place.send().case_id, place.reader("kim"), place.people["kim"]
    states = []

    def now_is(then: datetime) -> datetime:
        states.append(place.case(case_id).state)
        return then

    with installation.writing() as db:
        leading.take(db, installation, case_id, account, account, now_is(NOON))
    with installation.writing() as db:
        leading.book(db, installation, kim, case_id, booking(seat("party", "af")), 0, now_is(NOON))
    with installation.writing() as db:
        leading.held(db, installation, case_id, date(2026, 8, 20), account, now_is(NOON + 6 * DAY))
        plan = {"pl_kontakt_vem": "Bo", "pl_kontakt_nar": "nästa vecka"}
        publish(db, shipped_form("plan"))
        documents.write(
            db, installation, kim, case_id, "plan", plan, form=shipped_form("plan"), after=0, now=NOON + 6 * DAY
        )
        leading.planned(db, installation, kim, case_id, NOON + 6 * DAY)
    with installation.writing() as db:
        assert {(one.kind, one.due) for one in tasks.open_of(db, case_id)} == {
            ("promised_contact", None),
            ("follow_up", date(2026, 10, 20)),
        }
        said = [one.words for one in tasks.tasks(db, case_id, installation) if one.kind == "promised_contact"]
        assert said == ["Bo · nästa vecka"]
        leading.followed_up(db, installation, kim, case_id, reached=False, now=now_is(NOON + 67 * DAY))
    with installation.writing() as db:
        leading.followed_up(db, installation, kim, case_id, reached=True, now=now_is(NOON + 68 * DAY))
    with installation.writing() as db:
        closing = Closing("3", "Bo Ek", accepted=True, told=True, sex="1")
        leading.close(db, installation, kim, case_id, closing, now_is(NOON + 68 * DAY))
    assert states == ["received", "preparing", "booked", "planned", "planned", "followed"]
    of = place.case(case_id)
    assert (of.state, of.outcome, of.sex, of.closed_on, of.responsible) == (
        "closed", "3", "1", date(2026, 10, 21), account,
    )  # fmt: skip
    assert kinds(place, case_id) == {}
    view = place.view("kim", case_id)
    assert leading.closing_of(view) == closing
    assert leading.booking_of(view.documents["booking"]) == booking(seat("party", "af"))
    happened = [(one.kind, one.fell_on.isoformat()) for one in view.events]
    assert happened == [
        ("received", "2026-08-14"),
        ("consent_refused", "2026-08-14"),
        ("taken", "2026-08-14"),
        ("booked", "2026-08-20"),
        ("met", "2026-08-20"),
        ("planned", "2026-08-20"),
        ("not_reached", "2026-10-20"),
        ("followed_up", "2026-10-21"),
        ("closed", "2026-10-21"),
    ]


def test_a_closed_case_opens_again_where_it_was(installation: Installation) -> None:
    place = office(installation)
    case_id, kim, account = place.send().case_id, place.reader("kim"), place.people["kim"]
    with installation.writing() as db:
        leading.take(db, installation, case_id, account, account, NOON)
        leading.close(db, installation, kim, case_id, Closing("5"), NOON)
    assert kinds(place, case_id) == {"tell_person": ()}
    with installation.writing() as db, pytest.raises(NotAllowed):
        leading.held(db, installation, case_id, NOON.date(), account, NOON)
    with installation.writing() as db:
        leading.reopen(db, installation, case_id, account, NOON)
    assert (place.case(case_id).state, place.case(case_id).closed_on) == ("preparing", None)


def test_a_case_closed_while_it_waited_waits_again(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation, prior_agreement=True)
    case_id, kim, account = place.send(an_rem_forankrad="0").case_id, place.reader("kim"), place.people["kim"]
    with place.house.writing() as db:
        leading.take(db, place.house, case_id, account, account, NOON)
        leading.close(db, place.house, kim, case_id, Closing("5", told=True), NOON)
        leading.reopen(db, place.house, case_id, account, NOON)
    assert (place.case(case_id).state, kinds(place, case_id)) == ("waiting", {"confirm_prior": ()})
    with place.house.writing() as db:
        leading.confirm_prior(db, place.house, place.reader("af"), case_id, NOON)
        leading.close(db, place.house, kim, case_id, Closing("5", told=True), NOON)
        leading.reopen(db, place.house, case_id, account, NOON)
    assert place.case(case_id).state == "preparing", "and once they have agreed it does not"


@pytest.mark.parametrize(
    ("seats", "at"),
    [
        ((seat("party", "fk"),), MEETING),
        ((seat("observator"),), MEETING),
        ((seat("party", "kommun"),), MEETING),
        ((), NOON),
    ],
    ids=["a party with a no", "somebody who listens without a yes", "a party the person does not want", "in the past"],
)
def test_nobody_sits_at_the_table_whom_the_person_has_not_said_yes_to(
    sqlite_installation: Installation, seats: tuple[Seat, ...], at: datetime
) -> None:
    house = sqlite_installation
    place = office(house)
    case_id = place.send(an_inte="1", an_inte_vilka=("3",)).case_id
    with house.writing() as db, pytest.raises(BadRequest):
        leading.book(db, house, place.reader("kim"), case_id, booking(*seats, at=at), 0, NOON)
    fine = booking(seat("party", "af"), seat("referrer"), seat("trusted"), seat("cm"), seat("interpreter"))
    with house.writing() as db:
        leading.book(db, house, place.reader("kim"), case_id, fine, 0, NOON)
    assert kinds(place, case_id) == {"brief_interpreter": ()}


def test_a_party_sees_the_booking_and_not_who_the_manager_is(installation: Installation) -> None:
    place = office(installation)
    case_id, kim = place.send().case_id, place.reader("kim")
    with installation.writing() as db:
        leading.book(db, installation, kim, case_id, booking(seat("party", "af")), 0, NOON)
        managing.offer(db, installation, kim, case_id, NOON)
        managing.accept(db, installation, kim, case_id, place.people["manager"], "två timmar", NOON.date(), NOON)
    seen = place.view("af", case_id)
    assert leading.booking_of(seen.documents["booking"])
    assert "manager" not in seen.documents
    assert seen.manager is None


def test_the_case_manager_sees_the_case_while_accepted_and_consented_to(installation: Installation) -> None:
    place = office(installation)
    case_id, kim, account = place.send(sc_cm="0").case_id, place.reader("kim"), place.people["manager"]
    with installation.writing() as db:
        managing.offer(db, installation, kim, case_id, NOON)
        with pytest.raises(NotAllowed):
            managing.accept(db, installation, kim, case_id, account, "", NOON.date(), NOON)
    place.yes("cm", case_id)
    with installation.writing() as db:
        with pytest.raises(BadRequest):
            managing.accept(db, installation, kim, case_id, place.people["af"], "", NOON.date(), NOON)
        managing.accept(db, installation, kim, case_id, account, "två timmar", NOON.date(), NOON)
    seen = place.view("manager", case_id)
    assert seen.documents["manager"].answers == {"extent": "två timmar"}
    assert "an_halsa" not in seen.documents["referral"].answers
    with installation.writing() as db:
        managing.end(db, installation, kim, case_id, NOON.date(), NOON)
    with pytest.raises(NotFound):
        place.view("manager", case_id)


# --- what comes first -----------------------------------------------------------------------------------------------

TODAY = NOON.date()


def a_task(kind: str, due: date | None = None, party: str | None = None) -> Task:
    return Task("t", "c", kind, party, ("af",), "", NOON, due, None, None)


@pytest.mark.parametrize(
    ("state", "open_tasks", "kind", "urgent"),
    [
        ("waiting", [], "await_prior", False),
        ("received", [], "take", True),
        ("preparing", [], "book", True),
        ("booked", [], "hold", False),
        ("planned", [a_task("follow_up", TODAY + DAY)], "await_follow_up", False),
        ("planned", [a_task("follow_up", TODAY)], "follow_up", True),
        ("followed", [], "close", True),
        ("closed", [], "none", False),
        ("received", [a_task("call_before"), a_task("no_consent")], "no_consent", True),
        ("booked", [a_task("confirm_oral", TODAY - DAY), a_task("call_before")], "confirm_oral", True),
        ("received", [a_task("withdrawal_told", party="af")], "take", True),
    ],
)
def test_what_comes_next_follows_from_tasks_and_state(
    sqlite_installation: Installation, state: Any, open_tasks: list[Task], kind: str, urgent: bool
) -> None:
    place = office(sqlite_installation)
    of = place.case(place.send().case_id)
    step = steps.next_step(type(of)(**vars(of) | {"state": state}), open_tasks, {}, TODAY)
    assert (step.kind, step.urgent) == (kind, urgent)


def test_a_consent_about_to_end_is_asked_for_anew_thirty_days_before(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    case_id = place.send(sc_till="2026-09-13").case_id
    with sqlite_installation.writing() as db:
        before, after = (
            steps.inbox(db, sqlite_installation, place.reader("kim"), NOON + days * DAY)[0].step for days in (-1, 0)
        )
    assert (before.kind, after.kind, after.days, after.party) == ("take", "renew_consent", 30, "af")
    assert place.case(case_id).open


def test_the_inbox_begins_with_what_is_most_pressing(installation: Installation) -> None:
    place = office(installation)
    account = place.people["kim"]
    quiet, new, call = place.send(), place.send(), place.send(an_i1_syfte="2")
    with installation.writing() as db:
        leading.take(db, installation, quiet.case_id, account, account, NOON)
        leading.book(db, installation, place.reader("kim"), quiet.case_id, booking(), 0, NOON)
        rows = steps.inbox(db, installation, place.reader("kim"), NOON)
    assert [(row.case.reference, row.step.kind) for row in rows] == [
        (call.reference, "call_before"),
        (new.reference, "take"),
        (quiet.reference, "hold"),
    ]
    assert rows[-1].meeting == date(2026, 8, 20)
    with installation.reading() as db:
        assert not any(row.entry.action == "read" for row in access.history(db, quiet.case_id)), "nothing was opened"


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_waits_for_its_code_for_fourteen_days(installation: Installation) -> None:
    office(installation)
    with installation.writing() as db:
        begun = drafts.begin(db, installation, TEAM, {"answers": {"an_namn": "Alva"}, "page": "namn"}, NOON)
    held, contents = drafts.resume(installation, begun.code, NOON + 13 * DAY)
    assert contents == {"answers": {"an_namn": "Alva"}, "page": "namn"}
    assert drafts.Held.unpack(held.pack()) == held == begun.held
    with installation.writing() as db:
        drafts.save(db, held, {"answers": {"an_namn": "Alva Ek"}}, NOON + 13 * DAY)
    assert drafts.resume(installation, begun.code, NOON + 26 * DAY)[1] == {"answers": {"an_namn": "Alva Ek"}}
    with pytest.raises(Closed):
        drafts.resume(installation, begun.code, NOON + 27 * DAY)
    with installation.writing() as db, pytest.raises(Closed):
        drafts.save(db, held, {}, NOON + 27 * DAY)
    with installation.writing() as db:
        assert drafts.forget(db, NOON + 27 * DAY) == 1


def test_a_draft_is_gone_when_it_is_sent(installation: Installation) -> None:
    place = office(installation)
    with installation.writing() as db:
        begun = drafts.begin(db, installation, TEAM, {"answers": dict(ANSWERS)}, NOON)
    sent = place.referral()
    place.receive(type(sent)(**vars(sent) | {"draft": begun.held}))
    with pytest.raises(Closed):
        drafts.resume(installation, begun.code, NOON)
    with installation.reading() as db:
        assert db.execute(select(draft)).all() == []


def test_wrong_codes_that_come_close_slow_the_draft_down(installation: Installation) -> None:
    office(installation)
    with installation.writing() as db:
        begun = drafts.begin(db, installation, TEAM, {"answers": {}}, NOON)
        other = drafts.begin(db, installation, TEAM, {"answers": {}}, NOON)
    near = begun.code[:5] + ("AAAA" if begun.code[5:] != "AAAA" else "BBBB")
    for _guess in range(drafts.FREE_TRIES):
        with pytest.raises(Closed):
            drafts.resume(installation, near, NOON)
    for code in (near, begun.code):
        with pytest.raises(TooOften) as slowed:
            drafts.resume(installation, code, NOON)
        assert 0 < slowed.value.wait <= 31
    assert drafts.resume(installation, other.code, NOON), "nobody else's"
    assert drafts.resume(installation, begun.code, NOON + timedelta(seconds=31))
    with pytest.raises(Closed):
        drafts.resume(installation, near, NOON + timedelta(seconds=31))


def test_codes_tried_at_the_same_moment_count_one_by_one(installation: Installation) -> None:
    office(installation)
    with installation.writing() as db:
        begun = drafts.begin(db, installation, TEAM, {"answers": {}}, NOON)
    code = drafts._plain(begun.code)
    near = code[:5] + ("AAA" if code[5:] != "AAA" else "BBB")
    tried = at_once(
        installation,
        lambda db: [drafts._tried(db, installation, near, NOON) for _guess in range(drafts.FREE_TRIES)],
        lambda db: drafts._tried(db, installation, near, NOON),
    )
    assert tried == ([(0, None)] * drafts.FREE_TRIES, (31, None))


def test_what_is_no_draft_is_closed(sqlite_installation: Installation) -> None:
    office(sqlite_installation)
    for code in ("", "K4M7-2PQX", "\x00", "A" * 500):
        with pytest.raises(Closed):
            drafts.resume(sqlite_installation, code, NOON)
    for packed in ("", "a.b.c", "zz.zz.norr"):
        with pytest.raises(Closed):
            drafts.Held.unpack(packed)


def test_a_case_whose_key_is_gone_is_nowhere_opened(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    case_id = place.send().case_id
    sqlite_installation.case_keys.destroy(case_id)
    with pytest.raises(NotFound):
        place.view("kim", case_id)
    with sqlite_installation.reading() as db:
        assert db.scalar(select(case.c.id)) == case_id


def test_a_reader_is_somebody_by_their_account_alone(sqlite_installation: Installation) -> None:
    place = office(sqlite_installation)
    case_id = place.send().case_id
    with pytest.raises(NotFound):
        access.read(sqlite_installation, Reader("kim", TEAM), case_id, NOON)
