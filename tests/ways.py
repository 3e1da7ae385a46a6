"""The ways of answering: on one's own phone, in a conversation, on a tablet that is handed over, and on paper.

Each is the post of a last page, as the walk up to it leaves it: what comes before stores nothing (`test_interview`
walks it whole), so hundreds may answer without walking. Tests of secrecy take a way as their parameter, and attack what
each leaves behind with the very same functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from forms.model import Answers, Form, Stored
from pages import state as states
from pages.gate import TABLET
from pages.state import Keyed, PageState
from staff import accounts, sessions
from staff.member import Grant, Role
from survey.errors import Closed
from survey.installation import Installation
from survey.model import Round
from survey.published import publish
from tests.scene import ASSOCIATION, reply, tiny, tiny_talk
from tests.staff_scene import Browser, live_in

BROWSER = {"User-Agent": "Kanelbulle/7.31", "Accept-Language": "tlh-Piqd"}
"""What one would know a browser by anywhere."""
VISITOR = {**BROWSER, "Referer": "https://exempel.test/varifran-jag-kom", "X-Forwarded-For": "203.0.113.77"}
"""And a visitor. Staff come from the page before, and by a line of their own."""
TRACES = ("Kanelbulle", "tlh-Piqd", "varifran-jag-kom", "203.0.113.77")

Way = Callable[["Desk", Round, str, Answers], TestResponse]
"""Posts the last page."""
Send = Callable[[Installation, Round, str, Mapping[str, Stored]], None]
"""One person's answers are sent, to the installation of the day."""


@dataclass
class Desk:
    """Where others are helped to answer: an application, somebody who interviews and keys in, and a tablet."""

    app: Flask
    people: Mapping[str, str]
    """Account ids of Ines and Ture, who interview, and of Klara, who coordinates."""

    @classmethod
    def at(cls, installation: Installation, *teams: str) -> "Desk":
        """For teams that are there already; rounds that are opened after this take conversations."""
        roles: Mapping[str, Role] = {"ines": "interviewer", "ture": "interviewer", "klara": "coordinator"}
        people = {}
        with installation.writing() as db:
            publish(db, tiny_talk())
            for name, role in roles.items():
                first, *more = (Grant(role, ASSOCIATION, team) for team in teams)
                people[name] = accounts.add(db, f"{name}@samtal.exempel.se", name.title(), first)
                for grant in more:
                    accounts.give(db, people[name], grant)
        app = create_app(installation.settings)
        app.testing = True
        live_in(app, installation)
        return cls(app, people)

    def by(self, way: str) -> Send:
        """How answers are sent this way."""
        return partial(self.answered, way)

    def answered(
        self, way: str, installation: Installation, round: Round, code: str, record: Mapping[str, Stored]
    ) -> None:
        """One person's answers are sent this way. Raises `Closed` where the page says so, or asks for another code."""
        live_in(self.app, installation)
        said = {q: a if isinstance(a, str) else f"{a}" if isinstance(a, int) else tuple(a) for q, a in record.items()}
        told = {question: given for question, given in said.items() if given != "-99"}
        page = WAYS[way](self, round, code, told)
        assert page.status_code in (200, 410, 422), page.text
        if any(f'data-page="{kind}"' in page.text for kind in ("closed", "interview-start")):
            raise Closed
        assert 'data-page="done"' in page.text, page.text

    def staff(self, name: str) -> Browser:
        """Somebody who has just signed in."""
        browser = Browser(self.app.test_client())
        with self._installation.writing() as db:
            browser.carry(sessions.begin(db, self.people[name], sessions.now()))
        return browser

    def sealed(self, purpose: str, state: PageState, form: Form) -> str:
        """The state as it stands in a page."""
        return states.seal(self._installation.secrets.derive(purpose), state, form.fingerprint)

    @property
    def _installation(self) -> Installation:
        lived: Installation = self.app.extensions["samsvar"].installation
        return lived


def _begun(round: Round, form: Form, code: str, said: Answers) -> PageState:
    return replace(states.begin(round.id, form.id, form.version, code, sessions.now()), answers=said)


def _on_a_phone(desk: Desk, round: Round, code: str, said: Answers) -> TestResponse:
    return _by_themselves(desk, desk.app.test_client(use_cookies=False), round, code, said)


def _on_the_tablet(desk: Desk, round: Round, code: str, said: Answers) -> TestResponse:
    """The coordinator hands it over, signed out; what keeps this person's pages apart is in its cookie."""
    tablet = desk.staff("klara")
    assert tablet.post(f"/personal/omgang/{round.id}/lamna-over").status_code == 303
    cookie = tablet.client.get_cookie(TABLET)
    return _by_themselves(desk, tablet.client, round, code, said, cookie.value if cookie else "")


def _by_themselves(
    desk: Desk, client: FlaskClient, round: Round, code: str, said: Answers, sitting: str = ""
) -> TestResponse:
    state = replace(_begun(round, tiny(), code, said), view="check", checking=True, sitting=sitting)
    sent = {"state": desk.sealed("page state", state, tiny()), "go": "send"}
    return client.post("/svara", data=sent, headers=VISITOR, buffered=True)


def _in_a_conversation(desk: Desk, round: Round, code: str, said: Answers) -> TestResponse:
    """The end of it: what was said is in the page, how it went is asked there."""
    state = replace(_begun(round, tiny_talk(), code, {**said, "lage": "2"}), view="check")
    talk = desk.staff("ines")
    sent = {"csrf_token": talk.token(), "state": desk.sealed("interview page", state, tiny_talk()), "avbrott": "0"}
    return talk.client.post(f"/personal/intervju/{round.id}", data=sent, headers=BROWSER, buffered=True)


def _on_paper(desk: Desk, round: Round, code: str, said: Answers) -> TestResponse:
    """Keyed in by Ines, and now by Ture, who has found the same."""
    state = replace(_begun(round, tiny(), code, {}), view="all", keyed=Keyed(desk.people["ines"], said))
    keying = desk.staff("ture")
    typed = {question: given if isinstance(given, str) else list(given) for question, given in said.items()}
    sent = {"csrf_token": keying.token(), "state": desk.sealed("sheet page", state, tiny()), **typed}
    return keying.client.post(f"/personal/blad/{round.id}", data=sent, headers=BROWSER, buffered=True)


WAYS: Mapping[str, Way] = {
    "phone": _on_a_phone,
    "conversation": _in_a_conversation,
    "tablet": _on_the_tablet,
    "paper": _on_paper,
}


def by_rule(installation: Installation, round: Round, code: str | None, record: Mapping[str, Stored]) -> None:
    """The rule below all pages."""
    reply(installation, round, code, record)


def sending(way: str, installation: Installation, team: str = "norr") -> Send:
    """How answers are sent this way in a team; "" by the rule below all pages. Ask before rounds are opened."""
    return Desk.at(installation, team).by(way) if way else by_rule
