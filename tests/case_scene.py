"""A person whose case the team has: what they said, sent as the referral's pages send it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from forms.consent import lines, wording
from forms.library import shipped, shipped_form
from forms.model import Answer, Answers
from forms.placeholders import case_values
from forms.roles import role_of, worded
from forms.tailoring import tailored
from staff import accounts
from staff.member import Grant
from survey.cases import consent, intake, settings
from survey.cases.intake import Receipt, Referral
from survey.installation import Installation
from survey.published import publish
from survey.teams import find_association, find_team
from tests.refer_scene import CASEWORKER
from tests.respondent import PageSeen, Reply, Respondent, X, words
from tests.staff_scene import World

PERSON: Answers = {name: answer if isinstance(answer, str) else tuple(answer) for name, answer in CASEWORKER.items()}
"""What the person of most tests says: a yes to the Employment Service and the municipality, a limited one to the
Social Insurance Agency, a no to health care."""


def refer(installation: Installation, team: str, answers: Mapping[str, Answer | None], days_ago: int = 0) -> Receipt:
    """Send a referral to the team, as `PERSON` but for these answers (None takes one away)."""
    now = installation.now() - timedelta(days=days_ago)
    until = (now.date() + timedelta(days=150)).isoformat()
    said = {name: answer for name, answer in {**PERSON, "sc_till": until, **answers}.items() if answer is not None}
    with installation.writing() as db:
        for one in shipped():
            publish(db, one)
        here, rules = find_team(db, team), settings.settings(db, team).form
        form = worded(tailored(shipped_form("referral"), rules), role_of(said))
        blanks = case_values(
            team=here.name,
            association=find_association(db, here.association).name,
            phone=here.phone,
            contact=here.phone,
            parties=rules.parties,
            ages=(rules.age_from, rules.age_to),
            consent_months=rules.consent_months,
            language="sv",
            answers=said,
            today=now.date(),
        )
        shown = {line.party: wording(form, line.party, "sv", blanks) for line in lines(form)}
        given = consent.from_answers(form, said, shown)
        return intake.send(db, installation, Referral(team, form, said, "sv", secrets.token_bytes(16), given), now)


def with_a_case(world: World, team: str = "norr", **answers: Answer | None) -> str:
    """A case of the team, newly come in; gives its id."""
    return refer(world.installation, team, answers).case_id


def at_work(world: World, name: str) -> Respondent:
    """A member of staff in front of pages with one task each, which are read as carefully as a respondent's."""
    client = world.visit(name).client

    def fetch(method: str, url: str, fields: Sequence[tuple[str, str]] = ()) -> Reply:
        sent: dict[str, list[str]] = {}
        for control, value in fields:
            sent.setdefault(control, []).append(value)
        got = client.open(url, method=method, data=sent if method == "POST" else None, follow_redirects=True)
        return Reply(got.status_code, dict(got.headers), got.get_data(as_text=True), got.request.path)

    return Respondent(fetch)


def faults(page: PageSeen) -> list[tuple[str, str]]:
    """What is to be mended: (control linked to, what). On staff pages a line about signing out stands before it."""
    box = next((one for one in page.main.iter() if one.get("role") == "alert"), None)
    return [(a.get("href", "").lstrip("#"), words(a)) for a in box.iter(f"{X}a")] if box is not None else []


def hire(world: World, **people: Grant) -> None:
    """More people in the world, each with one role."""
    with world.installation.writing() as db:
        for name, given in people.items():
            world.accounts[name] = accounts.add(db, f"{name}@exempel.se", name.title(), given)


def book(world: World, case_id: str, **seats: str) -> Respondent:
    """Kim books the meeting for next week; `seats` names those who come, by kind and party."""
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/mote")
    day = world.installation.today() + timedelta(days=7)
    answers = {"day": [day.isoformat()], "at": ["13:30"], "minutes": ["60"], "form": ["1"], "after": ["Robin Påhittad"]}
    for control in kim.page.controls:
        if control.endswith("-comes"):
            answers[control] = []
    for seat, name in (seats or {"party_af": "Disa Påhittad"}).items():
        kind, _dash, party = seat.partition("_")
        prefix = f"{kind}-{party or 'x'}-0-"
        answers |= {f"{prefix}comes": ["y"], f"{prefix}who": [name], f"{prefix}role": ["Handläggare"]}
    kim.press(answers=answers)
    return kim


PLAN: Mapping[str, Sequence[str]] = {
    "pl_mal": ["Arbeta lite, i min egen takt"],
    "pl_akt-0-vad": ["Prova på en handelsträdgård"],
    "pl_akt-0-mal": ["Se om det passar"],
    "pl_akt-0-nar_typ": ["4"],
    "pl_akt-0-vem": ["1"],
    "pl_kontakt_vem": ["Disa Påhittad"],
    "pl_kontakt_nar": ["Nästa vecka"],
    "pl_kontakt_hur": ["1"],
    "pl_cm": ["0"],
}
"""What is written on the plan's page; whether a case manager is offered is asked only where the team has one."""


def plan(world: World, case_id: str, **seats: str) -> Respondent:
    """Kim holds the meeting and writes the plan; it is read back and right."""
    book(world, case_id, **seats)
    kim = at_work(world, "kim")
    kim.open(f"/personal/arende/{case_id}/mote/hallet")
    kim.press(answers={"day": [world.installation.today().isoformat()]})
    kim.open(f"/personal/arende/{case_id}/plan")
    kim.press(answers=PLAN)
    kim.press(answers={"pl_last": ["1"], "pl_kopia": ["1"]})
    return kim
