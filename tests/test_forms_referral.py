"""The referral and the forms after it: asked, worded, coded and refused as INSTRUMENTS.md 3 and 5 say."""

from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms.ages import age, age_of, outside, with_age
from forms.answers import as_json, from_json, in_words, kept
from forms.build import page_form, read
from forms.check import check
from forms.consent import lines, wording
from forms.library import shipped_form
from forms.model import Answer, Answers, Form, Question
from forms.parties import standard
from forms.placeholders import case_values
from forms.places import every_text
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, measure
from forms.roles import spoken, worded
from forms.routing import asked_page, on_path
from forms.tailoring import TeamSettings, tailored
from tests.tiny import to_mend

TODAY = date(2026, 11, 22)
FOUR = tuple(standard(code) for code in ("af", "fk", "kommun", "region"))
TEAM = TeamSettings(FOUR, ("0127",))
EVERYTHING = replace(
    TEAM,
    parties=(*FOUR, standard("annan_1", "Kriminalvården")),
    personal_number="optional",
    tried_first="required",
    prior_agreement=True,
    case_manager=True,
    observers=True,
)


def made(role: str = "referrer", team: TeamSettings = TEAM) -> Form:
    """The referral as this team and role meet it."""
    return worded(tailored(shipped_form("referral"), team), role)


R, S = made("referrer", EVERYTHING), made("self", EVERYTHING)


def errors(form: Form, question: str, *sent: tuple[str, str], before: Answers | None = None) -> dict[str, str]:
    """What is said of the page with this question when only `sent` is posted from it."""
    page = next(page for page in form.pages if question in {q.id for q in page.questions})
    shown = page_form(form, page, "sv")(formdata=MultiDict(list(sent)))
    return dict(read(shown, before or {}, TODAY).errors)


# --- Asked as it is written -------------------------------------------------------------------------------------------

CODES = {
    "an_roll": "1 2 3",
    "an_hur": "1 2 3 9",
    "an_skydd": "1 0 -77",
    "an_kontakt": "1 2 3 4 5",
    "an_saker": "1 2 3",
    "an_tolk": "1 0",
    "an_tolk_hur": "1 2 3",
    "an_info_form": "1 2 3 4 5 6",
    "an_rem_org": "1 2 3 4 5",
    "an_rem_med": "1 0",
    "an_rem_forankrad": "1 0",
    "an_lage": "1 2 3 4 5 6 7 8 0",
    "an_skede": "1 2 3 4 5",
    "an_cm": "1 0 -77",
    "an_form": "1 2 3 4",
    "an_teknik": "1 0",
    "an_med": "1 2 3 4 annan_1 5 6",
    "an_trygg": "1 0",
    "an_trygg_rel": "1 2 3 4 5 6",
    "an_trygg_ok": "1 0",
    "an_inte": "1 0",
    "an_behov": "1 2 3 4 5 6 7 8 9 10 11 0",
    "an_prata": "1 2 3",
    "an_ring": "1 0",
    **{
        f"an_i{n}": "1 2"
        for n in ("1_syfte", "2_vilka", "3_varfor", "4_hur", "5_frivilligt", "6_beslut", "7_sen", "8_team")
    },
    "an_info_satt": "1 2 3",
    **{f"sc_{party}": "1 2 0" for party in ("af", "fk", "kommun", "region", "annan_1", "cm")},
    "sc_observator": "1 0",
    "sc_uppg": "1 2 3 4 5",
    "sc_hur": "1 2 3 4",
    "sc_tolk": "1 0",
    "sc_forstod": "1 0",
    "sc_kopia": "1 2 4",
    "sc_sus": "1 2 3",
}
ALONE = {"an_lage": ["0"], "an_med": ["6"], "an_behov": ["0"]}
LENGTHS = {
    "an_namn": 100, "an_tilltal": 50, "an_tolk_onskan": 200,
    "an_fraga": 1500, "an_viktigt": 1000, "an_halsa": 500, "an_tider": 300,
}  # fmt: skip
ERRORS = {
    "an_roll": ("Välj vem som fyller i", "Välj vem som fyller i"),
    "an_namn": ("Skriv personens namn", "Skriv ditt namn"),
    "an_kommun": ("Välj kommun", "Välj kommun"),
    "an_kontakt": ("Välj hur personen vill bli kontaktad", "Välj hur du vill bli kontaktad"),
    "an_tolk": ("Välj ja om personen behöver tolk", "Välj ja om du behöver tolk"),
    "an_fraga": ("Skriv vad mötet ska hjälpa till med", "Skriv vad mötet ska hjälpa till med"),
    "an_lage": ("Välj det som stämmer, eller Inget av det här", None),
    "an_form": ("Välj hur ni vill träffas", "Välj hur du vill träffas"),
    "an_med": ("Välj vilka som ska vara med, eller låt teamet föreslå",) * 2,
    "an_behov": ("Välj det som behövs, eller Inget särskilt",) * 2,
    "sc_uppg": ("Välj vad de får prata om",) * 2,
    "sc_namn": ("Skriv ditt namn",) * 2,
}
REQUIRED = (
    "an_roll an_skydd an_alder an_namn an_kommun an_kontakt an_saker an_sprak an_tolk an_fraga an_form an_med an_trygg "
    "an_inte an_behov an_ring sc_hur sc_tolk sc_kopia"
)
OF_REFERRER = (
    "an_rem_namn an_rem_tel an_rem_epost an_rem_org an_rem_med an_skede an_provat an_info_datum an_info_satt "
    "sc_forstod sc_sus"
)


@pytest.mark.parametrize(("question", "codes"), CODES.items())
def test_the_codes_are_those_of_the_instrument(question: str, codes: str) -> None:
    assert [choice.code for choice in R.by_id[question].choices] == codes.split()
    alone = [choice.code for choice in R.by_id[question].choices if choice.exclusive and not choice.missing]
    assert alone == ALONE.get(question, [])


@pytest.mark.parametrize(("question", "length"), LENGTHS.items())
def test_texts_are_as_long_as_they_may_be(question: str, length: int) -> None:
    assert R.by_id[question].max_length == length
    said = errors(R, question, (question, "x" * (length + 3)))[question]
    assert said == f"Texten får vara högst {length} tecken. Ta bort 3."


@pytest.mark.parametrize(("question", "said"), ERRORS.items())
def test_an_error_names_the_field_and_the_way_out_in_the_words_of_the_role(
    question: str, said: tuple[str, str | None]
) -> None:
    for form, words in zip((R, S), said, strict=True):
        assert errors(form, question).get(question) == words


def test_every_required_question_has_words_of_its_own_in_both_languages_and_no_scolding() -> None:
    """UX.md 5.1: what to do, never what was wrong with whoever did it."""
    standard_words = {"phone", "email", "date", "personal_number"}
    for role, question in product((R, S), R.questions):
        asked = role.by_id.get(question.id)
        if asked and asked.required and asked.type not in standard_words:
            assert asked.error, asked.id
            for language in ("sv", "en"):
                words = asked.error.in_(language)
                assert not words.endswith(".")
                assert not any(bad in words.lower() for bad in ("ogiltig", "felaktig", "vänligen", "tyvärr", "glömt"))


@pytest.mark.parametrize("question", REQUIRED.split())
def test_what_must_be_answered_must_be_by_both(question: str) -> None:
    assert R.by_id[question].required
    assert S.by_id[question].required


def test_the_referrer_is_asked_about_themselves_and_the_person_never_is() -> None:
    for question in OF_REFERRER.split():
        assert question in R.by_id
        assert question not in S.by_id
    assert (R.by_id["an_lage"].required, S.by_id["an_lage"].required) == (True, False)
    assert "an_hur" in made("helper").by_id
    assert "an_hur" not in S.by_id


def test_each_option_that_is_heard_is_heard_as_you() -> None:
    for asked in (R.by_id[name] for name in ("an_lage", "an_skede", "an_behov")):
        heard = spoken(asked)
        changed = [a.code for a, b in zip(asked.choices, heard.choices, strict=True) if a.text != b.text]
        assert len(changed) >= len(asked.choices) - 3
    assert spoken(R.by_id["an_lage"]).choices[0].text.in_("sv") == "Jag skickas runt mellan myndigheter"
    assert spoken(R.by_id["an_lage"]).choices[1].text.in_("sv") == "Jag har varit sjuk länge"


def test_whatever_is_asked_about_the_person_can_be_read_aloud_to_them() -> None:
    of_another = {"an_ej_med", "an_trygg_namn", "an_trygg_tel", "an_trygg_ok"}
    heard = {question.id for question in R.questions if "personen" in spoken(question).text.in_("sv").lower().split()}
    heard |= {question.id for question in R.questions if "personens" in spoken(question).text.in_("sv").lower()}
    assert heard <= of_another


def test_who_refers_themselves_is_asked_one_thing_at_a_time() -> None:
    several = {page.id for page in S.pages if sum(q.type != "statement" for q in page.questions) > 1}
    assert several == {"person_na", "mote_inte", "info", "samtycke_intyg"}
    asked = [
        sum(q.type != "statement" for q in page.questions) for page in R.pages if page.id not in ("info", "person_tolk")
    ]
    assert max(asked) <= 5


def test_the_tasks_are_six_before_the_check_and_the_gate_belongs_to_none() -> None:
    parts = [part.in_("sv") for part in R.parts]
    assert parts == ["Personen", "Du som anmäler", "Behovet", "Mötet", "Information", "Samtycke"]
    assert [part.in_("sv") for part in S.parts] == ["Du", "Vad du behöver", "Mötet", "Information", "Samtycke"]
    assert all((page.part is None) == page.gate for page in R.pages)


# --- The gate ---------------------------------------------------------------------------------------------------------


def test_the_gate_is_short_and_leads_out_before_anything_is_stored() -> None:
    form = made()
    gate = [
        page.id
        for page in on_path(form, {"an_roll": "1", "an_hur": "2", "an_skydd": "0", "an_alder": "40"})
        if page.gate
    ]
    assert gate == ["gate_roll", "gate_hur", "gate_skydd", "gate_alder"]
    alone = on_path(form, {"an_roll": "1", "an_hur": "9"})
    assert alone[-1].id == "ej_med"
    assert alone[-1].questions[0].text.in_("sv") == "Fyll i anmälan när personen är med."
    hidden = on_path(form, {"an_roll": "1", "an_hur": "1", "an_skydd": "1"})
    assert hidden[-1].id == "skyddad"
    assert hidden[-1].questions[0].text.in_("sv") == "Skriv inget mer här. Ring {phone}."


def test_whether_somebody_is_protected_is_never_kept_whatever_the_answer() -> None:
    for code in ("1", "0", "-77"):
        assert "an_skydd" not in kept(made(), {"an_roll": "1", "an_skydd": code, "an_namn": "Ada"})


def test_a_team_without_self_referral_asks_nobody_who_they_are() -> None:
    form = made(team=replace(TEAM, self_referral=False))
    assert "an_roll" not in form.by_id
    assert form.pages[0].id == "gate_hur"


def test_who_has_a_caseworker_is_told_so_and_may_go_on() -> None:
    page = made("self").page_by_id["har_handlaggare"]
    assert page.questions[0].text.in_("sv") == "Har du redan en handläggare?"
    assert page.go_on
    assert page.go_on.in_("sv") == "Fortsätt själv"
    assert "har_handlaggare" not in made().page_by_id


# --- Rules across fields ----------------------------------------------------------------------------------------------


def test_there_must_be_one_way_to_reach_the_person() -> None:
    assert errors(R, "an_tel") == {"an_tel": "Skriv minst ett sätt att nå personen"}
    assert errors(S, "an_tel") == {"an_tel": "Skriv minst ett sätt att nå dig"}
    for one in (("an_tel", "070-123 45 67"), ("an_epost", "a@exempel.se"), ("an_via", "Min syster")):
        assert errors(R, "an_tel", one) == {}
    wrong = errors(R, "an_tel", ("an_tel", "hemma"), ("an_epost", "a@exempel.se"))
    assert wrong == {"an_tel": "Skriv ett telefonnummer, till exempel 070-123 45 67"}


def test_nobody_is_both_wanted_and_not() -> None:
    before: Answers = {"an_med": ("1", "3"), "an_inte": "1"}
    said = errors(R, "an_inte_vilka", ("an_inte_vilka", "3"), before=before)
    assert said == {"an_inte_vilka": "Du har valt Kommunen både som med och inte med. Ändra ett av valen"}
    assert errors(R, "an_inte_vilka", ("an_inte_vilka", "2"), before=before) == {}
    assert errors(R, "an_inte_vilka", before=before) == {"an_inte_vilka": "Välj eller skriv vem som inte ska vara med"}
    assert errors(R, "an_inte_vilka", ("an_inte_text", "Min chef"), before=before) == {}


def test_a_change_on_an_earlier_page_that_makes_two_answers_disagree_is_found_before_sending() -> None:
    answers: dict[str, Answer] = {"an_roll": "1", "an_med": ("3",), "an_inte": "1", "an_inte_vilka": ("3",)}
    assert ("mote_inte", "an_inte_vilka") in {(page.id, control) for page, control, _ in to_mend(R, answers, TODAY)}


def test_a_consent_that_was_not_understood_is_not_given() -> None:
    before = {"sc_af": "1"}
    assert list(errors(R, "sc_forstod", ("sc_forstod", "0"), before=before)) == ["sc_forstod"]
    assert errors(R, "sc_forstod", ("sc_forstod", "1"), before=before) == {}


def test_what_is_tried_is_asked_for_only_where_the_team_wants_it() -> None:
    assert list(errors(R, "an_provat", ("an_provat-none", "1"))) == ["an_provat"]
    free = made(team=replace(TEAM, tried_first="off"))
    assert errors(free, "an_provat", ("an_provat-none", "1")) == {}
    row = [("an_provat", "0"), ("an_provat-0-vad", "Praktik"), ("an_provat-0-vem", "af"), ("an_provat-0-nar", "2024")]
    assert errors(R, "an_provat", *row, ("an_provat-0-hur", "-77")) == {}
    assert "an_provat_rad" in R.by_id
    assert "an_provat_rad" not in free.by_id


# --- Consent ----------------------------------------------------------------------------------------------------------

TEXT = """Det här säger du ja eller nej till
De som jobbar med ditt stöd har tystnadsplikt.
De får bara berätta om dig för varandra om du säger ja.
Lagen har några undantag, till exempel om ett barn far illa.
Ett ja gäller bara för att planera ditt stöd tillsammans.
Ett ja gäller till och med 22 maj 2027.
Du kan säga ja till någon och nej till någon annan.
Du kan ändra dig när du vill. Ring eller skriv till Ada, 08-1. Du behöver inte säga varför.
Det som redan är sagt går inte att ta tillbaka. Men de får inte berätta något nytt.
Om du säger nej kan du ändå få stöd av varje myndighet för sig.
Teamet tar inga beslut om dina pengar eller din vård.
Får Försäkringskassan och teamet berätta för varandra om dig?
Ett ja gäller för att planera ditt stöd, till och med 22 maj 2027. Du kan säga nej och ändå gå vidare.
Ja
Ja, men inte allt
Nej"""


def blanks(language: str, answers: Answers) -> dict[str, str]:
    return case_values(
        team="Teamet", association="Förbundet", phone="08-1", contact="Ada, 08-1", parties=FOUR, ages=(16, 66),
        consent_months=6, language=language, answers=answers, today=TODAY,
    )  # fmt: skip


def test_the_consent_says_every_word_that_was_decided_and_hashes_to_them() -> None:
    said = wording(R, "fk", "sv", blanks("sv", {}))
    assert said.text == TEXT
    assert said.version == "sc-1.1"
    assert said.sha256 == wording(S, "fk", "sv", blanks("sv", {})).sha256, "who fills in changes nothing of it"
    assert "May the Social Insurance Agency (Försäkringskassan)" in wording(R, "fk", "en", blanks("en", {})).text


def test_each_party_has_its_line_and_nothing_is_answered_beforehand() -> None:
    asked = [line.party for line in lines(R)]
    assert asked == ["af", "fk", "kommun", "region", "annan_1", "cm", "observator"]
    for line in lines(R):
        question = R.by_id[line.question]
        assert (question.required, question.proposal, question.category) == (True, None, "team")
        assert {choice.code for choice in question.choices} >= {"1", "0"}
        assert not any(choice.exclusive for choice in question.choices)


def test_all_may_be_refused_and_then_there_is_nothing_more_to_ask_about_it() -> None:
    no: dict[str, Answer] = {f"sc_{party.code}": "0" for party in FOUR}
    left = [page.id for page in on_path(made(), {"an_skydd": "0", **no}) if page.id.startswith("samtycke")]
    assert left == [*(f"samtycke_{party.code}" for party in FOUR), "samtycke_hur", "samtycke_intyg"]
    one = [page.id for page in on_path(made(), {"an_skydd": "0", **no, "sc_fk": "2"}) if page.id.startswith("samtycke")]
    assert {"samtycke_fk_inte", "samtycke_vad", "samtycke_forstod"} <= set(one)


def test_a_party_that_is_not_wanted_is_named_on_its_page_and_nothing_is_chosen() -> None:
    page = asked_page(R, {"an_skydd": "0", "an_inte": "1", "an_inte_vilka": ("3",)}, "samtycke_kommun")
    assert page
    assert [question.id for question in page.questions] == ["sc_kommun_obs", "sc_kommun"]
    assert page.questions[0].text.in_("sv") == "Personen vill inte att kommunen är med på mötet."
    other = asked_page(R, {"an_skydd": "0", "an_inte": "1", "an_inte_vilka": ("3",)}, "samtycke_fk")
    assert other
    assert [question.id for question in other.questions] == ["sc_fk"]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-22", {}),
        ("2027-11-22", {}),
        ("2027-11-23", {"sc_till": "Välj ett datum före 23 november 2027"}),
        ("2026-11-21", {"sc_till": "Datumet ska vara i dag eller senare"}),
    ],
)
def test_a_consent_never_lasts_longer_than_a_year(day: str, said: dict[str, str]) -> None:
    assert errors(R, "sc_till", ("sc_uppg", "1"), ("sc_till", day)) == said


def test_what_a_person_says_of_a_party_is_for_no_party_to_read() -> None:
    for question in R.questions:
        if question.id.startswith(("sc_", "an_inte")) and question.type != "statement":
            assert question.category == "team", question.id
    assert all(question.category for question in R.questions if question.type != "statement")


# --- Age --------------------------------------------------------------------------------------------------------------

LEAP = date(2008, 2, 29)


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        (date(2010, 6, 1), date(2026, 5, 31), 15),
        (date(2010, 6, 1), date(2026, 6, 1), 16),
        (date(2010, 6, 1), date(2026, 6, 2), 16),
        (LEAP, date(2024, 2, 28), 15),
        (LEAP, date(2024, 2, 29), 16),
        (LEAP, date(2026, 2, 27), 17),
        (LEAP, date(2026, 2, 28), 18),
        (LEAP, date(2026, 3, 1), 18),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_a_year_is_added_on_the_birthday_and_a_leap_day_counts_on_the_last_of_february(
    birth: date, day: date, years: int
) -> None:
    assert age(birth, day) == years


TARGETS = [(16, 64), (16, 65), (16, 66), (18, 64), (18, 55)]
APPLICATIONS = [date(2026, 11, 22), date(2024, 2, 29), date(2027, 2, 28), date(2028, 3, 1)]


def number_for(birth: date) -> str:
    """A personal number for that day, with a right last digit."""
    for serial in range(1, 999):
        nine = f"{birth:%y%m%d}{serial:03}"
        for last in range(10):
            doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(f"{nine}{last}")]
            if sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0:
                return f"{birth:%Y%m%d}{serial:03}{last}"
    raise AssertionError


def born(years: int, day: date, off: int) -> date:
    """Who turns `years` on `day`, or `off` days after it; 28 February stands for a 29th that was not."""
    there = day.toordinal() + off
    of = date.fromordinal(there)
    last = date(of.year - years, 3, 1).toordinal() - 1
    return of.replace(year=of.year - years) if (of.month, of.day) != (2, 29) else date.fromordinal(last)


@pytest.mark.parametrize(("target", "day"), list(product(TARGETS, APPLICATIONS)))
def test_the_target_age_holds_on_before_and_after_a_birthday_with_and_without_a_number(
    target: tuple[int, int], day: date
) -> None:
    """Acceptance 4. The lower border is the birthday itself, the upper the day before the next one."""
    first, last = target
    cases = [
        (first, 0, False),
        (first, 1, True),
        (first, -1, False),
        (last + 1, 0, True),
        (last + 1, 1, False),
        (last + 1, -1, True),
    ]
    for years, off, is_outside in cases:
        birth = born(years, day, off)
        if years and (birth.month, birth.day) == (2, 28) and off:
            continue
        team = replace(TEAM, age_from=first, age_to=last, personal_number="optional")
        number = number_for(birth)
        assert outside(team, age(birth, day)) == is_outside, (birth, day)
        _information(team, {"an_skydd": "0", "an_pnr": number}, day, is_outside, "utanfor_alder")
        told = {"an_skydd": "0", "an_alder": str(age(birth, day))}
        _information(replace(team, personal_number="off"), told, day, is_outside, "gate_utanfor")
        _information(team, told, day, is_outside, "utanfor_alder")


def _information(team: TeamSettings, answers: Answers, day: date, there: bool, page: str) -> None:
    """Outside the target there is a page of information, which one may pass; never an error."""
    for role in ("referrer", "self"):
        form = made(role, team)
        known = with_age(form, answers, day)
        path = [step.id for step in on_path(form, known)]
        assert (page in path) == there
        assert path[-1] == "samtycke_intyg", "one may go on"
        if there:
            assert form.page_by_id[page].go_on


def test_an_age_is_not_asked_of_whoever_gave_a_number_and_is_asked_of_whoever_did_not() -> None:
    form = made(team=EVERYTHING)
    with_number = with_age(form, {"an_skydd": "0", "an_pnr": "198507099805"}, TODAY)
    assert with_number["an_alder"] == "41"
    assert asked_page(form, with_number, "person_alder") is None
    assert kept(form, with_number)["an_alder"] == "41"
    assert asked_page(form, {"an_skydd": "0"}, "person_alder")
    assert asked_page(made(), {"an_skydd": "0"}, "gate_alder")
    assert age_of({}, TODAY) is None


def test_outside_the_age_is_said_as_information_in_the_words_of_the_role() -> None:
    team = replace(TEAM, age_from=18, age_to=55)
    said = [made(role, team).page_by_id["gate_utanfor"].questions[0].text.in_("sv") for role in ("referrer", "self")]
    assert said == [
        "Teamet är för personer som är {age_from}–{age_to} år. Ring om ni är osäkra.",
        "Teamet är för dig som är {age_from}–{age_to} år. Ring om du är osäker.",
    ]


# --- Readable, in both languages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["referrer", "self", "helper"])
def test_every_text_is_as_easy_as_participants_need(role: str) -> None:
    """UX.md A18: running text at most 25 and 15 words a sentence; the consent at most 30 and 18."""
    form = made(role, EVERYTHING)
    texts = [text.in_("sv") for path, text in every_text(form) if path[0] != "consent"]
    ease = measure(texts)
    assert ease.lix <= PARTICIPANT_LIX
    assert ease.longest <= PARTICIPANT_SENTENCE
    assert form.consent
    asked = measure(text.in_("sv") for text in form.consent.text)
    assert (asked.lix <= 30, asked.longest <= 18) == (True, True)


def test_nothing_is_missing_in_english_and_nothing_is_left_in_swedish() -> None:
    names = {"Video", "Information", "Case manager", "Plan", "Dari", "Kriminalvården", "Botkyrka"}
    names |= {choice.text.in_("sv") for choice in R.by_id["an_sprak"].choices}
    after = (tailored(shipped_form(name), EVERYTHING, activities=2) for name in ("mapping", "plan", "follow_up"))
    for form in (R, S, *after):
        alike = {text.in_("sv") for _, text in every_text(form) if text.in_("sv") == text.in_("en")}
        assert alike <= names


# --- Mapping, plan, follow-up -----------------------------------------------------------------------------------------


def test_the_mapping_has_nine_open_areas_and_asks_for_none() -> None:
    form = tailored(shipped_form("mapping"), TEAM)
    assert len(form.questions) == 9
    assert not any(question.required for question in form.questions)
    assert {question.type for question in form.questions} == {"long_text"}


def test_the_plan_asks_what_the_instrument_asks() -> None:
    form = tailored(shipped_form("plan"), EVERYTHING)
    assert " ".join(question.id for question in form.questions) == (
        "pl_mal pl_val pl_akt pl_kontakt_vem pl_kontakt_nar pl_kontakt_hur pl_cm pl_uppf pl_last pl_kopia"
    )
    required = {question.id for question in form.questions if question.required}
    assert required == {question.id for question in form.questions} - {"pl_val"}
    activity = form.by_id["pl_akt"]
    assert (activity.minimum, activity.maximum) == (1, 8)
    who = next(nested for nested in activity.questions if nested.id == "vem")
    assert [choice.code for choice in who.choices] == ["1", "2", "3", "4", "5", "6", "annan_1", "7"]
    assert [choice.party for choice in who.choices][2:4] == ["af", "fk"]
    without = tailored(shipped_form("plan"), TEAM)
    assert "pl_cm" not in without.by_id


def test_an_activity_says_when_or_that_it_is_not_clear_yet() -> None:
    form = tailored(shipped_form("plan"), TEAM)
    row = {"vad": "Ring", "mal": "Ett jobb", "vem": "1"}

    def said(**more: str) -> dict[str, str]:
        posted = MultiDict([("pl_akt", "0"), *((f"pl_akt-0-{name}", value) for name, value in (row | more).items())])
        return dict(read(page_form(form, form.page_by_id["aktiviteter"], "sv")(formdata=posted), {}, TODAY).errors)

    assert said(nar_typ="2") == {"pl_akt-0-nar": "Skriv när, eller välj Oklart än"}
    assert said(nar_typ="2", nar="vecka 12") == {}
    assert said(nar_typ="4") == {}


def test_fewer_than_two_suggestions_are_remarked_on() -> None:
    form = tailored(shipped_form("plan"), TEAM)
    page = form.page_by_id["val"]
    one = MultiDict([("pl_val", "0"), ("pl_val-0-vad", "Praktik"), ("pl_val-0-valt", "2")])
    reading = read(page_form(form, page, "sv")(formdata=one), {}, TODAY)
    assert (reading.notes, reading.errors) == (("Finns det fler val?",), [])
    assert read(page_form(form, page, "sv")(formdata=MultiDict()), {}, TODAY).errors == []


def test_each_activity_is_followed_up_without_its_words_ever_standing_in_the_form() -> None:
    form = tailored(shipped_form("follow_up"), TEAM, activities=2)
    assert [q.id for q in form.questions if q.id.startswith("uf_status")] == ["uf_status_1", "uf_status_2"]
    assert form.by_id["uf_status_2"].text.in_("sv") == "Hur går det med det här: {activity_2}"
    stuck = [page.id for page in on_path(form, {"uf_nadd": "1", "uf_status_1": "3", "uf_status_2": "1"})]
    assert "hinder_1" in stuck
    assert "hinder_2" not in stuck
    unreached = [page.id for page in on_path(form, {"uf_nadd": "0"})]
    assert unreached == ["nadd", "utfall"]
    assert [choice.code for choice in form.by_id["uf_utfall"].choices] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("name", ["referral", "mapping", "plan", "follow_up"])
def test_every_shipped_case_form_can_be_asked_by_any_team(name: str) -> None:
    for team, role in product((TEAM, EVERYTHING, replace(TEAM, parties=FOUR[:2])), ("referrer", "self", "helper")):
        assert check(worded(tailored(shipped_form(name), team, activities=3), role)) == []


def test_answers_are_said_in_the_words_they_were_chosen_in() -> None:
    assert in_words(R.by_id["an_med"], ("1", "annan_1", "6"), "sv") == (
        "Arbetsförmedlingen", "Kriminalvården", "Vet inte, teamet får föreslå",
    )  # fmt: skip
    assert in_words(R.by_id["an_kommun"], "0127", "sv") == ("Botkyrka",)


# --- Any way through --------------------------------------------------------------------------------------------------

TYPED = {
    "phone": "070-123 45 67",
    "email": "a@exempel.se",
    "number": "40",
    "date": TODAY.isoformat(),
    "personal_number": "850709-9805",
    "municipality": "0127",
}
"""What is written where nothing is chosen; own words are letters and signs of all kinds."""


def posted(question: Question, chance: Random, prefix: str = "") -> list[tuple[str, str]]:
    """What somebody might send of a question, blank now and then where it may be."""
    name = f"{prefix}{question.id}"
    if not question.required and chance.random() < 0.3:
        return []
    if question.questions:
        return _rows(question, chance)
    if question.type in TYPED:
        return [(name, TYPED[question.type])]
    codes = [choice.code for choice in question.choices if not choice.exclusive] or [""]
    if question.type == "choices":
        return [(name, code) for code in chance.sample(codes, chance.randint(1, len(codes)))]
    return [(name, chance.choice(codes) if question.choices else "Å <b>& «ord»")]


def _rows(question: Question, chance: Random) -> list[tuple[str, str]]:
    keys = [str(key) for key in range(chance.randint(1, 3))]
    rows = [
        sent
        for key in keys
        for nested in question.questions
        for sent in posted(nested, chance, f"{question.id}-{key}-")
    ]
    return [*((question.id, key) for key in keys), *rows]


@settings(max_examples=12, deadline=None)
@given(
    chance=st.randoms(use_true_random=False),
    role=st.sampled_from(["referrer", "self", "helper"]),
    number=st.sampled_from(["off", "optional", "required"]),
    tried=st.sampled_from(["off", "advice", "required"]),
    switches=st.tuples(*[st.booleans()] * 4),
    parties=st.integers(2, 5),
)
def test_whatever_is_answered_there_is_a_way_to_the_end_and_then_nothing_to_mend(
    chance: Random, role: str, number: Any, tried: Any, switches: tuple[bool, ...], parties: int
) -> None:
    self_referral, prior, manager, observers = switches
    team = replace(
        EVERYTHING, parties=EVERYTHING.parties[:parties], personal_number=number, tried_first=tried,
        self_referral=self_referral, prior_agreement=prior, case_manager=manager, observers=observers,
    )  # fmt: skip
    form = made(role, team)
    answers: dict[str, Answer] = {}
    done: set[str] = set()
    while left := [page for page in on_path(form, answers) if page.id not in done]:
        page = left[0]
        for _again in range(60):
            sent = [pair for question in page.questions for pair in posted(question, chance)]
            reading = read(page_form(form, page, "sv")(formdata=MultiDict(sent)), answers, TODAY)
            if not reading.errors:
                break
        assert reading.errors == [], page.id
        done.add(page.id)
        answers = with_age(form, reading.onto(answers), TODAY)
        if page.ends:
            return
    assert to_mend(form, answers, TODAY) == []
    stored = kept(form, answers)
    assert "an_skydd" not in stored
    assert from_json(as_json(stored)) == stored
    assert kept(form, stored) == stored
    for question in form.questions:
        if question.id in stored:
            assert all(in_words(question, stored[question.id], language) is not None for language in ("sv", "en"))
