"""Forms about named persons: tailored to a team, worded for a role, with rows, rules, consents and days with bounds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from werkzeug.datastructures import MultiDict

from forms import personal_numbers
from forms.answers import as_json, from_json, in_words, kept, rows_in_words, visible
from forms.assemble import canonical
from forms.build import Reading, controls, page_form, proposals, read, repeated, typed
from forms.check import check
from forms.consent import NoWording, lines, wording
from forms.faults import BadForm
from forms.model import Answer, Answers, Form, Row, Text
from forms.municipalities import MUNICIPALITIES
from forms.parties import standard
from forms.placeholders import case_values
from forms.roles import role_of, spoken, worded
from forms.routing import asked, asked_page, on_path
from forms.schema import form_from_json, read_form
from forms.tailoring import TeamSettings, tailored
from tests.tiny import FOLDER, tiny, to_mend

TODAY = date(2026, 11, 22)
PARTIES = (standard("af"), standard("region"), standard("annan_1", "Kriminalvården"))
TEAM = TeamSettings(PARTIES, ("0127", "0126"), personal_number="optional")


def made(role: str = "referrer", team: TeamSettings = TEAM) -> Form:
    """The tiny case as this team and role meet it."""
    return worded(tailored(tiny("a_case"), team), role)


def sent(form: Form, page: str, values: Iterable[tuple[str, str]], before: Answers | None = None) -> Reading:
    """What comes of posting a page of it today."""
    shown = asked_page(form, before or {}, page)
    assert shown is not None, f"{page} is not asked"
    return read(page_form(form, shown, "sv")(formdata=MultiDict(list(values))), before, TODAY)


def ids(form: Form) -> str:
    return " ".join(question.id for question in form.questions)


# --- Tailored to a team -----------------------------------------------------------------------------------------------


def test_a_team_gets_its_own_parties_under_its_own_names() -> None:
    form = made()
    consents = [question for question in form.questions if question.party]
    assert [(q.id, q.party) for q in consents] == [("sc_af", "af"), ("sc_region", "region"), ("sc_annan_1", "annan_1")]
    assert consents[1].text.in_("sv") == "Får hälso- och sjukvården berätta?"
    assert consents[2].text.in_("en") == "May Kriminalvården tell?"
    offered = [(c.code, c.text.in_("sv")) for c in form.by_id["part"].choices]
    assert offered == [("af", "Arbetsförmedlingen"), ("region", "Hälso- och sjukvården"), ("annan_1", "Kriminalvården")]


def test_what_a_party_is_asked_comes_together_before_the_next() -> None:
    pages = [page.id for page in made().pages if page.id.startswith("c_")]
    assert pages == ["c_af", "c_af_inte", "c_region", "c_region_inte", "c_annan_1", "c_annan_1_inte"]


def test_a_team_gets_its_own_municipalities_or_all_there_are() -> None:
    own = [choice.code for choice in made().by_id["kommun"].choices]
    assert own == ["0127", "0126"]
    assert sent(made(), "b", [("kommun", "0180")]).errors == [("kommun", "Välj kommun")]
    everywhere = made(team=replace(TEAM, municipalities=()))
    assert sent(everywhere, "b", [("kommun", "0180")]).answers["kommun"] == "0180"
    assert in_words(everywhere.by_id["kommun"], "0180", "sv") == ("Stockholm",)


def test_there_are_two_hundred_and_ninety_municipalities_in_twenty_one_counties() -> None:
    assert len(MUNICIPALITIES) == len(set(MUNICIPALITIES.values())) == 290
    assert len({code[:2] for code in MUNICIPALITIES}) == 21
    assert all(len(code) == 4 and code.isdecimal() for code in MUNICIPALITIES)


@pytest.mark.parametrize(
    ("setting", "there", "required"), [("off", False, None), ("optional", True, False), ("required", True, True)]
)
def test_a_setting_decides_what_is_asked_and_what_must_be_answered(
    setting: str, there: bool, required: bool | None
) -> None:
    form = made(team=replace(TEAM, personal_number=setting))  # type: ignore[arg-type]
    assert ("nummer" in form.by_id) == there
    if there:
        assert form.by_id["nummer"].required is required


def test_a_condition_about_any_party_holds_for_each_of_them() -> None:
    form = made()
    for party in ("af", "region", "annan_1"):
        assert asked_page(form, {f"sc_{party}": "2"}, "d")
        assert asked_page(form, {f"sc_{party}": "0"}, "d") is None


def test_every_team_and_role_gets_a_form_that_keeps_the_rules_and_reads_back_as_it_was() -> None:
    numbers, parties = ("off", "optional", "required"), ((), PARTIES[:1], PARTIES)
    for number, of, role in product(numbers, parties, ("referrer", "self", "helper")):
        form = made(role, replace(TEAM, personal_number=number, parties=of))
        assert check(form) == []
        assert form_from_json(canonical(form)) == form


def test_the_same_team_meets_the_same_form_and_another_team_another() -> None:
    assert tailored(tiny("a_case"), TEAM) is tailored(tiny("a_case"), replace(TEAM))
    assert made().fingerprint != made(team=replace(TEAM, municipalities=())).fingerprint
    assert made().fingerprint != made("self").fingerprint


# --- Worded for a role ------------------------------------------------------------------------------------------------


def test_each_role_is_asked_its_own_questions_in_its_own_words() -> None:
    referrer, self_ = made(), made("self")
    assert referrer.by_id["namn"].text.in_("sv") == "Personens namn"
    assert (self_.by_id["namn"].text.in_("sv"), self_.by_id["namn"].help) == (
        "Ditt namn",
        spoken(self_.by_id["namn"]).help,
    )
    assert (referrer.parts[0].in_("sv"), self_.parts[0].in_("sv")) == ("Personen", "Du")
    assert "smeknamn" not in referrer.by_id
    assert ids(made("helper")) == ids(self_)
    assert (referrer.by_id["kommun"].required, self_.by_id["kommun"].required) == (True, False)


def test_one_thing_at_a_time_for_those_who_refer_themselves_unless_it_belongs_together() -> None:
    sizes = {page.id: len(page.questions) for page in made("self").pages}
    assert [sizes[page] for page in ("a", "b", "b_2", "b_3", "b_4", "b_5")] == [2, 1, 1, 1, 1, 1]
    assert len(next(page for page in made().pages if page.id == "b").questions) == 5


def test_what_is_read_aloud_is_what_the_person_would_have_been_asked() -> None:
    heard = spoken(made().by_id["namn"])
    assert (heard.text.in_("sv"), heard.text.in_("en")) == ("Ditt namn", "Your name")
    assert heard.help is not None


def test_a_browser_offers_a_name_to_its_owner_only() -> None:
    assert made("self").by_id["namn"].autocomplete == "name"
    assert made().by_id["namn"].autocomplete == "off"


def test_who_fills_in_is_told_by_the_first_question() -> None:
    assert [role_of({"an_roll": code}) for code in ("1", "2", "3")] == ["referrer", "self", "helper"]
    assert role_of({}) == "referrer"


# --- The way through --------------------------------------------------------------------------------------------------


def test_nothing_follows_a_page_that_leads_out() -> None:
    assert [page.id for page in on_path(made(), {"skydd": "1"})] == ["grind", "ut"]
    assert [page.id for page in on_path(made(), {"skydd": "0"})][:3] == ["grind", "a", "b"]


def test_what_is_to_be_forgotten_and_what_is_off_the_path_is_not_kept() -> None:
    answers: dict[str, Answer] = {"skydd": "0", "namn": "Ada", "sc_af": "1", "sc_af_inte": "hälsan", "annat": "x"}
    assert kept(made(), answers) == {"namn": "Ada", "sc_af": "1"}


def test_a_rule_is_asked_of_the_page_and_says_what_to_do_in_the_words_of_the_role() -> None:
    assert sent(made(), "a", []).errors == [("namn", "Skriv ett namn")]
    assert sent(made("self"), "a", []).errors == [("namn", "Skriv ditt namn")]
    assert sent(made(), "a", [("namn", "Ada")]).errors == []


def test_a_rule_about_a_question_that_a_role_is_not_asked_counts_it_as_blank() -> None:
    without = made("self", replace(TEAM, prior_agreement=True))
    assert "smeknamn" not in without.by_id
    assert sent(without, "a", []).errors == [("namn", "Skriv ditt namn")]


def test_all_that_must_be_mended_is_found_before_anything_is_sent() -> None:
    form = made()
    answers: dict[str, Answer] = {"skydd": "0", "kommun": "0127", "dag": "2026-11-21", "sc_af": "1"}
    found = [(page.id, control, message) for page, control, message in to_mend(form, answers, TODAY)]
    assert found == [
        ("a", "namn", "Skriv ett namn"),
        ("b", "dag", "Datumet ska vara i dag eller senare"),
        ("c_region", "sc_region", "Välj ja eller nej"),
        ("c_annan_1", "sc_annan_1", "Välj ja eller nej"),
    ]
    whole = {**answers, "namn": "Ada", "dag": "2026-11-22", "sc_region": "0", "sc_annan_1": "0"}
    assert to_mend(form, whole, TODAY) == []


# --- Rows -------------------------------------------------------------------------------------------------------------

ROW = [("prov", "0"), ("prov-0-vad", "Kurs"), ("prov-0-hur", "1")]


def test_rows_are_read_in_order_and_blank_ones_are_no_rows() -> None:
    form = made()
    posted = [("kommun", "0127"), *ROW, ("prov", "7"), ("prov-7-vad", " "), ("prov", "2"), ("prov-2-vad", "Praktik")]
    assert sent(form, "b", posted).answers["prov"] == ({"vad": "Kurs", "hur": "1"}, {"vad": "Praktik"})


def test_a_mistake_in_a_row_points_at_its_control_and_nothing_typed_is_lost() -> None:
    form = made()
    shown = asked_page(form, {}, "b")
    assert shown
    posted = page_form(form, shown, "sv")(formdata=MultiDict([("kommun", "0127"), ("prov", "3"), ("prov-3-hur", "2")]))
    assert read(posted, {}, TODAY).errors == [("prov-3-vad", "Skriv vad")]
    assert typed(posted)["prov-3-hur"] == ("2",)
    assert typed(posted)["prov"] == ("3",)


def test_a_rule_within_a_row_is_about_that_row_and_worded_for_the_role() -> None:
    rows = [("prov", "0"), ("prov-0-vad", "A"), ("prov-0-hur", "1"), ("prov", "5"), ("prov-5-vad", "B")]
    posted = [("kommun", "0127"), *rows, ("prov-5-hur", "2")]
    assert sent(made(), "b", posted).errors == [("prov-5-hur", "Välj något bra")]
    assert sent(made("self"), "b_5", posted).errors == [("prov-5-hur", "Välj något bra, du")]


def test_nothing_to_tell_is_an_answer_and_stands_against_rows() -> None:
    assert sent(made(), "b", [("kommun", "0127"), ("prov", "0"), ("prov-none", "1")]).answers["prov"] == ()
    both = sent(made(), "b", [("kommun", "0127"), *ROW, ("prov-none", "1")])
    assert both.errors == [("prov", "Ta bort krysset för «Inget», eller töm raderna")]
    assert in_words(made().by_id["prov"], (), "sv") == ("Inget",)


def test_a_row_that_must_be_there_is_asked_for() -> None:
    form = made()
    page = asked_page(form, {}, "b")
    assert page
    prov = replace(form.by_id["prov"], required=True)
    asking = replace(page, questions=(prov,))
    posted = page_form(replace(form, fingerprint="other"), asking, "sv")(formdata=MultiDict([("prov-none", "1")]))
    assert read(posted, {}, TODAY).errors == [("prov", "Fyll i minst en rad")]


def test_few_rows_are_remarked_on_and_hold_nobody_up() -> None:
    reading = sent(made(), "b", [("kommun", "0127"), *ROW])
    assert (reading.notes, reading.errors) == (("Finns det fler?",), [])
    more = [("prov", "1"), ("prov-1-vad", "Mer")]
    assert sent(made(), "b", [("kommun", "0127"), *ROW, *more]).notes == ()


def test_rows_are_added_and_taken_away_by_buttons_and_there_are_never_too_many() -> None:
    posted = MultiDict([*ROW])
    assert repeated(posted, "add-prov").getlist("prov") == ["0", "1"]
    assert repeated(MultiDict([*ROW, ("prov", "4")]), "remove-prov-0").getlist("prov") == ["4"]
    many = [(name, value) for n in range(9) for name, value in (("prov", str(n)), (f"prov-{n}-vad", "x"))]
    rows = sent(made(), "b", [("kommun", "0127"), *many]).answers["prov"]
    assert len(rows) == 3
    assert sent(made(), "b", [("kommun", "0127"), ("prov", "../x"), ("prov-../x-vad", "x")]).answers.get("prov") is None


def test_what_a_page_would_send_is_what_its_answers_say() -> None:
    form = made()
    answers: dict[str, Answer] = {"kommun": "0126", "prov": ({"vad": "Kurs", "hur": "1"}, {"vad": "Mer"})}
    page = asked_page(form, answers, "b")
    assert page
    again = read(page_form(form, page, "sv")(formdata=controls(form, page, answers)), {}, TODAY)
    assert again.answers == answers


def test_rows_are_drawn_with_their_own_names_and_the_way_forward_first() -> None:
    drawing = Environment(loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True)
    drawing.globals["_"] = lambda text, **values: text % values
    module = drawing.get_template("macros/controls.html").module
    form = made()
    page = asked_page(form, {}, "b")
    assert page
    field = page_form(form, page, "sv")(formdata=None, data={"prov": ({"vad": "Kurs"}, {"vad": "Mer"})})["prov"]
    drawn = str(getattr(module, field.macro)(**field.arguments(lambda text: text.in_("sv"))))
    assert 'name="prov-0-vad"' in drawn
    assert 'value="remove-prov-1"' in drawn
    assert drawn.index('type="submit" tabindex="-1"') < drawn.index('name="go"'), "Enter goes forward"
    assert 'name="prov-none"' in drawn


# --- Days and numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-21", "Datumet ska vara i dag eller senare"),
        ("2026-11-22", None),
        ("2027-11-22", None),
        ("2027-11-23", "Välj ett datum före 23 november 2027"),
        ("i dag", "Skriv ett datum, till exempel 2026-03-31"),
    ],
)
def test_a_day_keeps_its_bounds_counted_from_today(day: str, said: str | None) -> None:
    errors = dict(sent(made(), "b", [("kommun", "0127"), ("dag", day)]).errors)
    assert errors == ({"dag": said} if said else {})


def test_a_day_is_proposed_as_far_ahead_as_the_team_wants_and_a_consent_never() -> None:
    assert proposals(made(), TODAY) == {"dag": "2027-05-22"}
    assert proposals(made(team=replace(TEAM, consent_months=3)), date(2026, 11, 30)) == {"dag": "2027-02-28"}
    drawn = page_form(made(), asked_page(made(), {}, "c_af") or made().pages[0], "sv")(formdata=None).questions
    assert [field.typed for field in drawn] == [()]


@pytest.mark.parametrize(
    ("written", "kept_as"),
    [
        ("850709-9805", "198507099805"),
        ("8507099805", "198507099805"),
        ("19850709-9805", "198507099805"),
        ("1985 07 09 98 05", "198507099805"),
        ("850709+9805", "188507099805"),
        ("850769-9802", "198507699802"),
    ],
)
def test_a_personal_number_is_read_as_people_write_it(written: str, kept_as: str) -> None:
    assert sent(made(), "b", [("kommun", "0127"), ("nummer", written)]).answers["nummer"] == kept_as
    assert in_words(made().by_id["nummer"], kept_as, "sv") == (f"••••-{kept_as[-4:]}",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("850709", "Skriv numret"),
        ("850709-980X", "Skriv numret"),
        ("85070998051", "Skriv numret"),
        ("850709-9806", "Kolla siffrorna i personnumret. Någon av dem stämmer inte"),
        ("851309-9807", "Kolla siffrorna i personnumret. Någon av dem stämmer inte"),
        ("20270709-9806", "Kolla siffrorna i personnumret. Dagen har inte varit än"),
    ],
)
def test_what_is_no_personal_number_is_told_with_a_way_out(written: str, said: str) -> None:
    errors = dict(sent(made(), "b", [("kommun", "0127"), ("nummer", written)]).errors)
    assert errors == {"nummer": said}


def test_ten_digits_mean_the_latest_day_that_has_been() -> None:
    for day in (date(2026, 11, 22), date(2026, 11, 21)):
        ten = _with_check(f"261122{1:03}")
        assert personal_numbers.number(ten, day)[:2] == ("20" if day >= date(2026, 11, 22) else "19")


def test_a_leap_day_that_never_was_is_no_day() -> None:
    ten = _with_check("000229123")
    assert personal_numbers.number(ten, TODAY)[:4] == "2000"
    with pytest.raises(personal_numbers.Mistyped):
        personal_numbers.number("19" + ten, TODAY)


def _with_check(nine: str) -> str:
    return next(f"{nine}{last}" for last in range(10) if _luhn(f"{nine}{last}"))


def _luhn(ten: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(ten)]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


# --- Consent ----------------------------------------------------------------------------------------------------------


def blanks(language: str, answers: Answers) -> dict[str, str]:
    return case_values(
        team="Team A", association="Förbundet", phone="08-1", contact="Ada", parties=PARTIES, ages=(16, 66),
        consent_months=6, language=language, answers=answers, today=TODAY,
    )  # fmt: skip


def test_the_wording_of_a_consent_is_what_stood_on_the_page_word_for_word() -> None:
    form = made()
    first = lines(form)[0]
    assert (first.party, first.question, first.limits) == ("af", "sc_af", "sc_af_inte")
    said = wording(form, "af", "sv", blanks("sv", {"sc_till": "2027-03-31"}))
    assert said.text == (
        "Du kan säga nej.\nEtt ja gäller till och med 31 mars 2027.\n"
        "Får Arbetsförmedlingen berätta?\nJa\nJa, men inte allt\nNej"
    )
    assert len(said.sha256) == 64
    others = [
        wording(form, "region", "sv", blanks("sv", {"sc_till": "2027-03-31"})),
        wording(form, "af", "en", blanks("en", {"sc_till": "2027-03-31"})),
        wording(form, "af", "sv", blanks("sv", {"sc_till": "2027-04-01"})),
    ]
    assert len({said.sha256, *(other.sha256 for other in others)}) == 4


def test_a_consent_is_never_asked_for_in_a_language_it_is_not_written_in() -> None:
    form = made()
    assert form.consent
    swedish = replace(form.consent, text=(Text({"sv": "Bara svenska."}),))
    with pytest.raises(NoWording):
        wording(replace(form, consent=swedish), "af", "en", {})
    with pytest.raises(NoWording):
        wording(form, "af", "ar", {})


def test_a_consent_cannot_be_skipped_and_no_answer_is_as_near_as_yes() -> None:
    assert sent(made(), "c_af", []).errors == [("sc_af", "Välj ja eller nej")]
    for code in ("1", "2", "0"):
        assert sent(made(), "c_af", [("sc_af", code)]).answers == {"sc_af": code}


# --- Who may read -----------------------------------------------------------------------------------------------------


def test_only_what_a_category_covers_is_seen_also_within_rows() -> None:
    form = made()
    answers: dict[str, Answer] = {
        "namn": "Ada",
        "part": "af",
        "sc_af": "2",
        "sc_af_inte": "x",
        "prov": ({"vad": "K", "hur": "1"},),
    }
    assert visible(form, answers, {"contact"}) == {"namn": "Ada"}
    assert visible(form, answers, {"contact", "1"}) == {"namn": "Ada", "part": "af", "prov": ({"vad": "K"},)}
    assert "sc_af_inte" not in visible(form, answers, {"contact", "1", "2", "3", "4", "5"})


def test_answers_are_kept_as_json_and_read_again_as_they_were() -> None:
    rows: tuple[Row, ...] = ({"vad": "K", "hur": ("1",)}, {"vad": "L"})
    answers: dict[str, Answer] = {"a": "x", "b": ("1", "2"), "c": rows, "d": ()}
    assert from_json(as_json(answers)) == answers
    form = made()
    assert rows_in_words(form.by_id["prov"], ({"vad": "K", "hur": "2"},), "en") == [
        [("What?", ("K",)), ("How did it go?", ("Badly",))]
    ]


# --- What an author is told -------------------------------------------------------------------------------------------

CASE = (FOLDER / "a_case.yaml").read_text("utf-8")
MISTAKES = [
    (
        'category: "contact"\n      - id: "smek',
        '\n      - id: "smek',
        "namn, category: Frågan säger inte vad svaret handlar om.",
    ),
    ('  - id: "grind"\n    gate: true', "  - gate: true", "sidan nummer 1, id: Nyckeln saknas."),
    ('kind: "case"', 'kind: "record"', "Typen consent kan inte stå i ett sådant formulär."),
    ('agreement: ["off"]', 'agreemnt: ["off"]', "«prior_agreemnt» finns inte. Menade du «prior_agreement»?"),
    ('agreement: ["off"]', 'agreement: ["maybe"]', "Inställningen har inte det värdet."),
    ('        party: "{party}"\n', "", "Samtycket säger inte vilken part det gäller."),
    ('id: "sc_{party}"', 'id: "sc"', "«sc» blir samma id varje gång."),
    ('    each: "party"\n    show_if', "    show_if", "«c_{party}_inte» kan inte vara ett id."),
    ('- at: "namn"', '- at: "kommun"', "Frågan «kommun» står inte på sidan."),
    ('latest: "today+12m"', 'latest: "om ett år"', "«om ett år» är ingen dag."),
    ('- at: "hur"', '- at: "kommun"', "Frågan «kommun» står inte på sidan."),
    ("        enough: 2\n", "", "enough och note hör ihop."),
    ('nej.", en: "You can say no."}', 'nej."}', "Texten saknas på språket en."),
]


@pytest.mark.parametrize(("instead", "of", "told"), MISTAKES)
def test_a_mistake_in_a_case_is_told_with_its_place(instead: str, of: str, told: str) -> None:
    assert CASE.count(instead) >= 1
    with pytest.raises(BadForm) as fault:
        read_form(CASE.replace(instead, of, 1), name="prov.yaml")
    assert told in str(fault.value)


def test_questions_of_the_same_form_are_asked_in_the_order_written() -> None:
    assert [question.id for question in asked(made(), {"skydd": "0"})][:4] == ["skydd", "namn", "nummer", "kommun"]
