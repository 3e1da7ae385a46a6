"""Interviewer mode: a conversation in any order, what is sent of it, and what is not."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from exports import groups, quotes
from exports.own_questions import own_questions
from forms.library import shipped_form
from forms.reading import PARTICIPANT_LIX, STAFF_LIX, measure
from forms.routing import complete
from staff import accounts
from staff.member import Grant
from survey import authoring, guide, rounds, sheets, teams
from survey import box as box_room
from survey.authoring import Stamp
from survey.errors import BadRequest, NotAllowed
from survey.guide import promote
from survey.installation import Installation
from survey.published import newest, publish
from survey.rounds import Opened
from survey.sealing import Opener
from survey.tables import box, quote, sealed
from tests.respondent import PageSeen, Reply, X, words
from tests.scene import Snapshot, answer, open_for, reply, settle
from tests.scene import at_once as at_the_same_moment
from tests.staff_scene import GOOD, HOME, Browser, World, staffed
from tests.test_box import at_once, outcome
from tests.ways import WAYS, Desk

WORKS = "/personal/intervju/"


@dataclass
class Conversation:
    """Somebody who interviews, page by page, as the pages say."""

    browser: Browser
    pages: list[PageSeen] = field(default_factory=list)

    @property
    def page(self) -> PageSeen:
        return self.pages[-1]

    def open(self, url: str) -> PageSeen:
        return self._look(self.browser.get(url), url)

    def press(self, go: str | None = None, **answers: str | Sequence[str]) -> PageSeen:
        """Press the way forward, or the button `go`, with these answers in place of what stands there."""
        forms = [f for f in self.page.main.iter() if f.tag.endswith("}form") and f.get("method") == "post"]
        action = forms[0].get("action", "")
        given: dict[str, list[str]] = {name: list(control.given) for name, control in self.page.controls.items()}
        given |= {name: [value] if isinstance(value, str) else list(value) for name, value in answers.items()}
        fields: dict[str, object] = {}
        for name, value in self.page.hidden:
            fields.setdefault(name, [])
            fields[name].append(value)  # type: ignore[attr-defined]
        button = self.page.buttons[0] if go is None else next(b for b in self.page.buttons if b.value == go)
        pressed = {button.name: [button.value]} if button.name else {}
        reply = self.browser.client.post(
            action, data={**fields, **given, **pressed}, buffered=True, follow_redirects=True
        )
        return self._look(reply, action)

    def press_through(self, world: World, **answers: str) -> str:
        """Press the way forward when the session has ended, and sign in on the way; gives what was carried."""
        with world.installation.writing() as db:
            accounts.end_sessions(db, world.accounts["ines"])
        self.press(**answers)
        assert self.page.kind == "signin", self.page.text
        carried = self.page.reply.body
        assert self.press(email="ines@exempel.se", passphrase="fel lösenfras som är lång").status == 422
        self.press(email="ines@exempel.se", passphrase=GOOD)
        carried += self.page.reply.body
        self.press(second_code=world.code("ines"))
        assert self.page.kind == "resumed"
        self.press()
        return carried

    def _look(self, reply: TestResponse, url: str) -> PageSeen:
        page = PageSeen(Reply(reply.status_code, dict(reply.headers), reply.get_data(as_text=True), url))
        assert not page.problems, (url, page.kind, page.problems)
        assert reply.status_code == 303 or measure(page.blocks).lix <= STAFF_LIX, (url, page.kind)
        self.pages.append(page)
        return page


@dataclass
class Talks:
    """A world in which Ines interviews for team Norr, with a round of the experience there."""

    world: World
    opened: Opened

    def ines(self) -> Conversation:
        return Conversation(self.world.visit("ines"))

    @property
    def here(self) -> str:
        return WORKS + self.opened.round.id

    def begun(self, code: int = 0, mode: str = "2") -> Conversation:
        """A conversation at its topics."""
        talk = self.ines()
        talk.open(self.here)
        talk.press(lage=mode, in_tolk="0", in_annan="0", code=self.opened.codes[code])
        assert talk.page.kind == "interview-script", talk.page.text
        talk.press()
        return talk

    def records(self) -> list[Mapping[str, object]]:
        """What lies sealed in the round's box, opened."""
        keys = self.world.installation.keys
        with self.world.installation.reading() as db:
            query = select(sealed.c.id, sealed.c.box, sealed.c.blob).join_from(sealed, box)
            rows = db.execute(query.where(box.c.round == self.opened.round.id)).all()
        return [dict(Opener(keys.private(row.box), row.box).open(row.id, row.blob).record) for row in rows]


@pytest.fixture
def talks(sqlite_installation: Installation) -> Talks:
    return talking(staffed(sqlite_installation))


def wrong(page: PageSeen) -> list[str]:
    """What the summary of errors says is to be mended."""
    summary = next((e for e in page.main.iter() if e.get("id") == "fel"), None)
    return [words(link) for link in summary.iter(f"{X}a")] if summary is not None else []


def talking(world: World) -> Talks:
    """Ines among the others, and a round of the experience for Norr."""
    with world.installation.writing() as db:
        for form in ("experience", "experience_short", "interview"):
            publish(db, shipped_form(form))
        world.accounts["ines"] = accounts.add(db, "ines@exempel.se", "Ines", Grant("interviewer", HOME, "norr"))
        opened = rounds.open_round(
            db, world.installation, "norr", shipped_form("experience"), tickets=30, participants=30
        )
    return Talks(world, opened)


def test_a_conversation_in_any_order_is_sealed_like_any_other_answer(talks: Talks) -> None:
    talk = talks.begun()
    assert re.findall(r"Inte börjat|Pågår|Klar", talk.page.text) == ["Inte börjat"] * 6
    talk.press("task-3")
    assert "Vad kom ni fram till?" in talk.page.text
    assert "Läs inte upp" in talk.page.text
    talk.press("end", du_p1_nojd="4", in_p_not="Vi ska höras")
    talk.press("back")
    assert "Pågår" in talk.page.text
    talk.press("task-2")
    talk.press(du_m1_kansla="5", in_m_not="Anna Svensson lyssnade. Ring 070-123 45 67.")
    assert "Klar" in talk.page.text
    talk.press("task-3")
    assert talk.page.controls["du_p1_nojd"].given == ("4",)
    talk.press("own")
    assert talk.page.controls["in_egen-0-tema"].given == ("p",)
    talk.press(**{"in_egen-0-fraga": "Vem bestämde?", "in_egen-0-svar": "Jag gjorde det."})
    talk.press("pause")
    assert not talk.page.controls
    talk.press()
    talk.press("end")
    asked = [name for name in talk.page.controls if name.startswith("ord-")]
    assert len(asked) >= 2, talk.page.text
    assert "Planen · Vem bestämde?" in talk.page.text, "all that is sent is shown"
    assert "[(" not in talk.page.text
    refused = talk.press(in_avbrott="1", in_langd="15")
    assert (refused.status, len(wrong(refused))) == (422, len(asked))
    sent = talk.press(**dict.fromkeys(asked, "gone"))
    assert (sent.kind, sent.reply.headers["Clear-Site-Data"]) == ("done", '"cache"')
    (record,) = talks.records()
    assert record["du_m1_kansla"] == "5"
    assert (record["lage"], record["in_avbrott"], record["in_langd"]) == ("2", "1", "15")
    assert record["in_m_not"] == "[borttaget] [borttaget] lyssnade. Ring [borttaget]."
    assert record["in_egen"] == ["Planen\nVem bestämde?\nJag gjorde det."]
    assert (record["du_p6_valja"], record["du_f1_vem"]) == ("-55", "-55")
    assert "Ines" not in str(record)
    again = talk.browser.client.post(talks.here, data=dict(talk.pages[-2].hidden), buffered=True)
    assert "redan skickat" in again.text


def test_what_is_read_aloud_is_as_plain_as_what_participants_read() -> None:
    form = shipped_form("interview")
    assert form.script
    spoken = [*form.script.before, *form.script.after]
    for page in form.pages:
        spoken += [*([page.opening] if page.opening else []), *page.probes]
    assert len(spoken) > 20
    assert measure(text.in_("sv") for text in spoken).lix <= PARTICIPANT_LIX
    assert measure([form.script.aside.in_("sv")]).lix <= STAFF_LIX


def test_whoever_changes_their_mind_leaves_nothing_behind(talks: Talks) -> None:
    talk = talks.begun()
    talk.press("task-5")
    talk.press("remove", du_s3_fritt="Jag vill inte att det här står.")
    assert talk.press("delete").kind == "declined"
    assert talks.records() == []
    assert talks.begun().page.kind == "interview-topics", "the code is not spent"
    no = talks.ines()
    no.open(talks.here)
    no.press(lage="3", code=talks.opened.codes[1])
    assert no.press("decline").kind == "declined"


def test_a_button_that_nobody_has_is_answered_calmly(talks: Talks) -> None:
    talk = talks.begun()
    there = dict(talk.page.hidden)
    for go in ("task-99", "task-" + "9" * 5000, "task-²", "edit-", "remove-in_egen-²", "add-"):
        assert talk.browser.client.post(talks.here, data={**there, "go": go}).status_code == 200, go


def test_codes_that_do_not_open_are_told_alike(talks: Talks) -> None:
    talk = talks.begun()
    talk.press("end")
    talk.press()
    told = []
    for code in (talks.opened.codes[0], "ABCD-EFGH", talks.world.home.codes[0]):
        other = talks.ines()
        other.open(talks.here)
        told.append(other.press(lage="2", code=code))
    assert {page.status for page in told} == {422}
    assert [wrong(page) for page in told] == [["Koden går inte att använda. Kolla att den är rätt skriven."]] * 3
    blank = talks.ines()
    blank.open(talks.here)
    assert wrong(blank.press(code=talks.opened.codes[2])) == ["Välj hur ni pratar med varandra"]


def test_a_conversation_whose_slip_was_used_meanwhile_is_kept_and_sent_with_another(talks: Talks) -> None:
    talk, other = talks.begun(), talks.begun()
    talk.press("task-5")
    talk.press("end", du_s3_fritt="Det var bra att prata.")
    other.press("end")
    assert other.press().kind == "done"
    kept = talk.press()
    assert (kept.kind, wrong(kept)) == (
        "interview-start",
        ["Koden går inte att använda. Kolla att den är rätt skriven."],
    )
    talk.press(code=talks.opened.codes[1])
    talk.press()
    talk.press("end")
    assert talk.press().kind == "done"
    assert {record.get("du_s3_fritt") for record in talks.records()} == {None, "Det var bra att prata."}


def test_nobody_of_the_team_interviews_however_the_role_came(talks: Talks) -> None:
    world = talks.world
    with world.installation.writing() as db:
        with pytest.raises(BadRequest):
            accounts.give(db, world.accounts["kim"], Grant("interviewer", HOME, "norr"))
        with pytest.raises(BadRequest):
            accounts.give(db, world.accounts["ines"], Grant("coordinator", HOME, "norr"))
        accounts.give(db, world.accounts["kim"], Grant("interviewer", HOME, "syd"))
    assert world.visit("kim").get(talks.here).status_code == 404
    assert world.visit("eva").get(talks.here).status_code == 404
    assert world.visit("ines").get(talks.here).status_code == 200
    with world.installation.writing() as db:
        teams.name_colleagues(db, "norr", ["Ines"])
    assert world.visit("ines").get(talks.here).status_code == 403


def test_a_conversation_looks_like_any_answer_from_outside(talks: Talks) -> None:
    talk = talks.begun()
    talk.press("task-1")
    talk.press(in_f_not="x" * 600)
    talk.press("end")
    talk.press()
    with talks.world.installation.reading() as db:
        sizes = db.execute(select(func.length(sealed.c.blob), sealed.c.box)).all()
    assert len(sizes) == 1
    with talks.world.installation.reading() as db:
        (size,) = db.scalars(select(box.c.size).where(box.c.round == talks.opened.round.id))
    assert sizes[0][0] == size + 48


def test_a_page_sent_after_the_session_ended_goes_on_after_signing_in(talks: Talks) -> None:
    talk = talks.begun()
    talk.press("task-5")
    talks.world.equip("ines")
    answer = talk.press_through(talks.world, du_s3_fritt="Jag vill ha fler pauser.")
    assert "Jag vill ha fler pauser" not in answer, "the page is carried encrypted"
    assert talk.page.kind == "interview-topics"
    talk.press("task-5")
    assert talk.page.controls["du_s3_fritt"].given == ("Jag vill ha fler pauser.",)


# --- paper ----------------------------------------------------------------------------------------------------------

SHEETS = "/personal/blad/"


LETTERS = str.maketrans("0123456789", "ABCDEFGHJK")


def sheet_for(talks: Talks, *, twice: bool, among: range) -> int:
    """Which of the codes belongs to a sheet that is, or is not, keyed in twice."""
    known = talks.opened.codes
    return next(n for n in among if sheets.twice(talks.world.installation, talks.opened.round, known[n], {}) is twice)


def test_a_sheet_is_keyed_in_and_counts_as_answered_on_paper(talks: Talks) -> None:
    code = talks.opened.codes[sheet_for(talks, twice=False, among=range(30))]
    keying = talks.ines()
    keying.open(SHEETS + talks.opened.round.id)
    assert wrong(keying.press(form="experience", code="ABCD-EFGH"))
    keying.press(form="experience", code=code)
    assert keying.press(du_m1_kansla="4", du_s3_fritt="Bra fika.", du_f2_info=["1", "2"]).kind == "done"
    (record,) = talks.records()
    assert (record["lage"], record["du_m1_kansla"], record["du_f2_info"]) == ("4", "4", ["1", "2"])
    assert record["du_u1_upplagg"] == "-99", "left blank on paper"


@pytest.fixture
def many_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many sheets are keyed in twice that there is always one among thirty."""
    monkeypatch.setattr(sheets, "ONE_IN", 2)


@pytest.mark.usefixtures("many_twice")
def test_some_sheets_are_keyed_in_by_two_and_compared_before_they_are_sealed(talks: Talks) -> None:
    world = talks.world
    with world.installation.writing() as db:
        world.accounts["ture"] = accounts.add(db, "ture@exempel.se", "Ture", Grant("interviewer", HOME, "norr"))
    world.equip("ines", "ture")
    code = talks.opened.codes[sheet_for(talks, twice=True, among=range(30))]
    keying = talks.ines()
    keying.open(SHEETS + talks.opened.round.id)
    keying.press(form="experience", code=code)
    assert keying.press(du_m1_kansla="4", du_m2_prata="3").kind == "sheet-again"
    for name, after in (("ines", "signin"), ("ture", "sheet-all")):
        if keying.page.kind != "signin":
            keying.press()
        keying.press(email=f"{name}@exempel.se", passphrase=GOOD)
        keying.press(second_code=world.code(name))
        assert keying.press().kind == after, keying.page.text
    assert keying.page.controls["du_m1_kansla"].given == ()
    assert keying.press(du_m1_kansla="4", du_m2_prata="2").kind == "sheet-compare"
    assert list(keying.page.controls) == ["du_m2_prata"]
    assert "Först: Mittemellan" in keying.page.text
    assert "Sedan: Ganska dåligt" in keying.page.text
    refused = keying.press()
    assert (refused.kind, wrong(refused)) == ("sheet-compare", ["Fyll i det som står på bladet"])
    assert "Sedan: Ganska dåligt" in refused.text, "nothing is lost"
    assert talks.records() == []
    assert keying.press(du_m2_prata="2").kind == "done"
    (record,) = talks.records()
    assert (record["du_m1_kansla"], record["du_m2_prata"]) == ("4", "2")


@pytest.mark.usefixtures("many_twice")
def test_whoever_keys_in_does_not_choose_which_sheets_are_keyed_in_twice(talks: Talks) -> None:
    def first(round_id: str, code: str) -> str:
        keying = talks.ines()
        keying.open(SHEETS + round_id)
        keying.press(**{"form": "experience", **({"code": code} if code else {})})
        return keying.press(du_m1_kansla="4").kind

    code = talks.opened.codes[sheet_for(talks, twice=True, among=range(30))]
    spelled = (
        code,
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        f"{code}.",
        *(code[:n] + " " + code[n:] for n in range(1, 8)),
    )
    assert {first(talks.opened.round.id, one) for one in spelled} == {"sheet-again"}
    with talks.world.installation.writing() as db:
        link = rounds.open_round(db, talks.world.installation, "norr", shipped_form("experience"), open_link=True).round
    again = "sheet-again" if sheets.twice(talks.world.installation, link, None, {"du_m1_kansla": "4"}) else "done"
    assert {first(link.id, "") for _try in range(6)} == {again}, "a page of one's own is no new chance"


def test_one_sheet_in_five_is_drawn_by_its_code_or_by_what_stands_on_it(talks: Talks) -> None:
    house, here = talks.world.installation, talks.opened.round
    drawn = [sheets.twice(house, here, f"{n:08}".translate(LETTERS), {}) for n in range(1000)]
    drawn += [sheets.twice(house, here, None, {"du_s3_fritt": f"{n}"}) for n in range(1000)]
    assert 300 < sum(drawn) < 520


def test_a_blank_sheet_is_printed_in_each_language_by_the_coordinator(talks: Talks) -> None:
    kim = talks.world.visit("kim")
    here = f"/personal/omgang/{talks.opened.round.id}/papper/"
    links = set(re.findall(r'href="([^"]*/papper/[^"]+)"', kim.get(here).text))
    assert links == {
        here + way for way in ("experience/sv", "experience/en", "experience_short/sv", "experience_short/en")
    }
    english = kim.get(here + "experience/en").text
    assert '<article class="paper-form" lang="en" dir="ltr">' in english
    assert "Who told you about the meeting?" in english
    for form in ("experience", "experience_short"):
        printed = Conversation(kim).open(f"{here}{form}/sv")
        assert measure(printed.blocks).lix <= PARTICIPANT_LIX
    assert (kim.get(here + "interview/sv").status_code, kim.get(here + "experience/ar").status_code) == (404, 303)
    assert talks.world.visit("ines").get(here).status_code == 404


# --- a tablet -------------------------------------------------------------------------------------------------------


def test_a_tablet_goes_from_hand_to_hand_and_nothing_of_one_person_meets_the_next(talks: Talks) -> None:
    kim = talks.world.visit("kim")
    handed = kim.post(f"/personal/omgang/{talks.opened.round.id}/lamna-over")
    assert (handed.status_code, handed.location) == (303, "/svara")
    assert kim.get("/personal/team/").status_code == 303, "signed out"
    tablet = Conversation(Browser(kim.client))
    tablet.open("/svara")
    left = [_abandoned(tablet, talks.opened.codes[0])]
    tablet.open("/borja-om")
    tablet.open("/svara")
    tablet.press(code=talks.opened.codes[1])
    tablet.press("all")
    done = tablet.press(du_s3_fritt="Hej")
    assert done.kind == "done"
    assert done.reply.headers["Refresh"] == "20; url=/borja-om"
    left.append(dict(tablet.pages[-2].hidden))
    for page in left:
        back = kim.client.post("/svara", data=page, buffered=True)
        assert back.status_code == 422, "an earlier person's page opens nothing"
        assert SAID not in back.text
    assert all(page.reply.headers["Cache-Control"] == "no-store" for page in tablet.pages)
    (record,) = talks.records()
    assert record["du_s3_fritt"] == "Hej"


def test_control_without_a_sitting_the_next_person_reads_on(talks: Talks) -> None:
    phone = Conversation(talks.world.visit())
    phone.open("/svara")
    left = _abandoned(phone, talks.opened.codes[0])
    phone.open("/borja-om")
    assert SAID in phone.browser.client.post("/svara", data=left, buffered=True).text


def _abandoned(visit: Conversation, code: str) -> dict[str, str]:
    """Somebody begins, answers, and goes away; what their last page would send."""
    visit.press(code=code)
    visit.press()
    visit.press(du_f1_vem="4")
    return {**dict(visit.page.hidden), "go": "all"}


SAID = 'name="du_f1_vem" id="du_f1_vem-4" value="4" checked'
"""What shows the next person what the one before has answered."""


# --- what comes of it -----------------------------------------------------------------------------------------------


def test_modes_are_pooled_and_shown_and_a_good_own_question_becomes_the_next_version(talks: Talks) -> None:
    world, opened = talks.world, talks.opened
    talk = talks.begun()
    talk.press("task-4")
    talk.press("own", du_u1_upplagg="2")
    talk.press(**{"in_egen-0-fraga": "Hur långt hade du att åka?", "in_egen-0-svar": "En timme."})
    talk.press("end")
    asked = [name for name in talk.page.controls if name.startswith("ord-")]
    talk.press(**dict.fromkeys(asked, "kept"))
    experience, interview = shipped_form("experience"), shipped_form("interview")
    for number, code in enumerate(opened.codes[1:]):
        spoken = number < 9
        form = interview if spoken else experience
        said = {"du_u1_upplagg": "4" if number % 3 else "2", **({"lage": "3"} if spoken else {})}
        reply(world.installation, opened.round, code, complete(form, said, set()), form=form)
    world.release()
    with world.installation.reading() as db:
        (shown,) = [g for g in groups.stored(db, HOME, "experience", period="2026-Q3") if g.team is None]
        waiting = db.execute(select(quote.c.id, quote.c.question, quote.c.text)).all()
    counts = {count.code: count.count for item in shown.items if item.question == "lage" for count in item.counts}
    assert (shown.base, counts["1"], counts["2"], counts["3"], counts["4"]) == (30, 20, 1, 9, 0)
    (rating,) = [item for item in shown.items if item.question == "du_u1_upplagg"]
    assert sum(count.count for count in rating.counts) == 30, "closed answers are one pool"
    assert [(row.question, row.text) for row in waiting] == [
        ("in_egen", "Upplägget\nHur långt hade du att åka?\nEn timme.")
    ]
    kim = world.visit("kim")
    here = "/personal/team/norr/samtalsguide/"
    assert "Hur långt" not in kim.get(here).text, "nobody has approved it"
    with world.installation.writing() as db:
        quotes.approve(db, waiting[0].id, own_teams=(), text="Upplägget\nEn timme.")
        assert own_questions(db, HOME, interview) == (), "an answer is not taken for the question that was cut out"
        db.execute(update(quote).values(state="waiting", text=waiting[0].text))
    with world.installation.writing() as db:
        quotes.approve(db, waiting[0].id, own_teams=())
    page = kim.get(here).text
    assert "Hur långt hade du att åka?" in page
    assert "En timme" not in page
    assert kim.post(here, part="Upplägget", question="Vem är du?").location == here
    kim.post(here, part="Upplägget", question="Hur långt hade du att åka?")
    with world.installation.reading() as db:
        second = newest(db, "interview")
        assert [g.to_json() for g in groups.stored(db, HOME, "experience", period="2026-Q3") if not g.team] == [
            shown.to_json()
        ], "what has been shown stands"
    assert (second.version, [q.id for q in second.questions if q.id not in interview.by_id]) == (2, ["in_u_not_2"])
    assert {q.id for q in interview.questions} <= {q.id for q in second.questions}
    assert "Hur långt" not in kim.get(here).text
    assert "Publicerade ett formulär: interview 2" in world.visit("ada").get("/personal/admin/logg/").text
    with world.installation.writing() as db:
        later = rounds.open_round(db, world.installation, "norr", experience, tickets=5, participants=5)
    assert dict(talks.ines().open(talks.here).hidden)["state"].split(".")[1:3] == ["interview", "1"], "no room yet"
    assert dict(talks.ines().open(WORKS + later.round.id).hidden)["state"].split(".")[1:3] == ["interview", "2"]


def test_the_guide_takes_in_no_blank_question_and_no_more_than_a_conversation_can_hold(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_installation.writing() as db:
        publish(db, shipped_form("interview"))
        with pytest.raises(BadRequest):
            promote(db, "interview", "Upplägget", " ")
        monkeypatch.setattr(guide, "MOST_QUESTIONS", len(shipped_form("interview").questions) + 1)
        assert promote(db, "interview", "Upplägget", "Hur långt hade du att åka?").version == 2
        with pytest.raises(NotAllowed, match="full"):
            promote(db, "interview", "Upplägget", "Vem följde med dig?")


def test_of_a_question_taken_in_and_a_draft_begun_at_once_one_waits_for_the_other(installation: Installation) -> None:
    """Else the draft would be published without the question."""
    with installation.writing() as db:
        publish(db, shipped_form("interview"))
        authoring.reopen(db, "interview", Stamp("Ada", datetime.now(UTC), "1"))
        authoring.discard(db, "interview", 1, Stamp("Ada", datetime.now(UTC), "2"))
    _draft, refused = at_the_same_moment(
        installation,
        lambda db: authoring.reopen(db, "interview", Stamp("Ada", datetime.now(UTC), "3")),
        lambda db: promote(db, "interview", "Upplägget", "Hur långt hade du att åka?"),
    )
    assert isinstance(refused, NotAllowed)


# --- P1-P9: three more ways in; attacks on what is stored take them as a parameter (`tests.ways`) ---------------------


def _spoken(talks: Talks) -> Conversation:
    talk = talks.begun(sheet_for(talks, twice=False, among=range(30)))
    talk.press("task-1")
    talk.press(du_f1_vem="1", in_f_not="Det gick bra.")
    talk.press("end")
    return talk


def _on_paper(talks: Talks) -> Conversation:
    keying = talks.ines()
    keying.open(SHEETS + talks.opened.round.id)
    keying.press(form="experience", code=talks.opened.codes[sheet_for(talks, twice=False, among=range(30))])
    return keying


def _on_the_tablet(talks: Talks) -> Conversation:
    kim = talks.world.visit("kim")
    kim.post(f"/personal/omgang/{talks.opened.round.id}/lamna-over")
    tablet = Conversation(Browser(kim.client))
    tablet.open("/svara")
    tablet.press(code=talks.opened.codes[sheet_for(talks, twice=False, among=range(30))])
    tablet.press("all")
    return tablet


def rows(talks: Talks) -> Mapping[str, list[dict[str, object]]]:
    """Every row there is, but that staff is signed in or signs out."""
    there = dict(Snapshot.of(talks.world.installation).rows)
    there["audit"] = [row for row in there["audit"] if row["action"] != "signed_out"]
    return {table: found for table, found in there.items() if table != "staff_session"}


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {table for table in before if before[table] != after[table]}


@pytest.mark.parametrize("way", [_spoken, _on_paper, _on_the_tablet], ids=["spoken", "paper", "tablet"])
def test_nothing_is_stored_before_sending_and_then_a_blob_and_a_spent_code(
    talks: Talks, way: Callable[[Talks], Conversation]
) -> None:
    before, seen = rows(talks), talks.world.visit("ines").get(WORKS).text
    visit = way(talks)
    assert changed(before, rows(talks)) == set()
    assert visit.press(du_s3_fritt="Mina egna ord").kind == "done"
    code = talks.opened.codes[sheet_for(talks, twice=False, among=range(30))]
    told = [f"{page.reply.url} {page.reply.headers} {page.reply.body}" for page in visit.pages]
    assert not [page for page in told if code in page], "the code stands where it was typed, and nowhere after"
    after = rows(talks)
    assert changed(before, after) == {"sealed", "ticket"}
    assert "Mina egna ord" not in str(after)
    assert talks.world.accounts["ines"] not in str(after["sealed"])
    again = talks.world.visit("ines").get(WORKS).text
    assert _without_token(again) == _without_token(seen), "nobody sees that somebody answered"


def test_control_a_way_in_that_writes_is_noticed(talks: Talks) -> None:
    before = rows(talks)
    with talks.world.installation.writing() as db:
        teams.name_colleagues(db, "norr", ["Någon"])
    assert changed(before, rows(talks)) == {"team_staff"}


def one_code_every_way(house: Installation) -> Counter[str]:
    """A slip whose code is used in all ways at the same moment, five times each; what each came to."""
    with house.writing() as db:
        settle(db, "norr")
    desk = Desk.at(house, "norr")
    opened = open_for(house, "norr")

    def send(number: int) -> str:
        way = [*WAYS][number % len(WAYS)]
        return outcome(lambda: desk.answered(way, house, opened.round, opened.codes[0], answer()))

    return at_once(5 * len(WAYS), send)


def test_one_code_is_one_answer_in_whichever_ways_it_is_used_at_once(sqlite_installation: Installation) -> None:
    assert one_code_every_way(sqlite_installation) == {"stored": 1, "Closed": 19}


def test_control_a_code_that_is_only_looked_up_is_an_answer_in_every_way(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_room, "spend", lambda *_given: True)
    assert one_code_every_way(sqlite_installation) == {"stored": 20}


def _without_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)
