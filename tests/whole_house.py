"""The whole house at work at once: somebody in every role, and one of everything an address may name.

For tests that walk the URL map: what the walker stands in front of is there, so that pages are drawn and not refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exports import making, saved
from exports.export import Selection
from exports.saved import Own
from pages.files import workshop
from staff import sessions, tokens
from staff.member import Grant
from staff.policy import Needs, Program, SignedIn, policy_of
from survey import authoring, look, translations
from survey.authoring import Stamp
from survey.look import Look
from survey.polls.holding import start
from survey.published import publish
from survey.rounds import open_round
from tests.api_scene import PERIOD, program, released
from tests.case_scene import hire, with_a_case
from tests.poll_scene import room_form
from tests.records_scene import meeting, told
from tests.staff_scene import HOME, Browser, World
from tests.tiny import tiny as form_of

FORM, LANGUAGE = "one_choice", "fi"
COLOUR = "#0b5a63"
WHO = {
    "admin": "ada",
    "coordinator": "kim",
    "evaluator": "eva",
    "facilitator": "fia",
    "author": "alf",
    "approver": "omar",
    "party": "pia",
    "controller": "con",
    "interviewer": "inge",
}
"""Role -> who holds it at home."""


@dataclass
class House:
    """The application with its people, and what its addresses may name."""

    world: World
    named: Mapping[str, str | int]
    key: str
    _browsers: dict[str | None, Browser] = field(default_factory=dict)

    def rules(self) -> list[Rule]:
        """Every address there is."""
        return list(self.world.app.url_map.iter_rules())

    def path(self, rule: Rule, **other: str | int) -> str:
        """The address of a rule, of what is at home or of these."""
        named = {name: {**self.named, **other}[name] for name in rule.arguments}
        return self.world.app.url_map.bind("localhost").build(rule.endpoint, named)

    def may(self, rule: Rule) -> str | None:
        """Somebody who may use the address; None where nobody need be signed in."""
        policy = policy_of(self.world.app, rule.endpoint)
        return WHO[policy.role] if isinstance(policy, Needs) else "ada" if isinstance(policy, SignedIn) else None

    def browser(self, name: str | None) -> Browser:
        """Somebody's browser, the same each time."""
        if name not in self._browsers:
            self._browsers[name] = self.world.visit(name)
        return self._browsers[name]

    def renew(self, name: str) -> None:
        """Let somebody who was signed out sign in again, unless their account has been closed meanwhile."""
        try:
            self._browsers[name] = self.world.visit(name)
        except IntegrityError:
            self._browsers[name] = self.world.visit()

    def ask(self, rule: Rule, method: str = "GET", **how: Any) -> TestResponse:
        """Ask for the address as whoever may."""
        headers = {}
        if isinstance(policy_of(self.world.app, rule.endpoint), Program):
            headers["Authorization"] = f"Bearer {self.key}"
        return self.browser(self.may(rule)).client.open(
            self.path(rule), method=method, headers=headers, buffered=True, **how
        )


@contextmanager
def whole_house(folder: Path, migrated: Path) -> Iterator[House]:
    """Everything at home in Norr, with a quarter released; the other association has its own."""
    with released(folder, migrated) as world:
        hire(
            world,
            alf=Grant("author", HOME),
            omar=Grant("approver", HOME),
            pia=Grant("party", HOME, "norr", "kommun"),
            con=Grant("controller", HOME, "norr"),
            inge=Grant("interviewer", HOME, "norr"),
        )
        yield House(world, _named(world), program(world, "eva").key)


def _named(world: World) -> dict[str, str | int]:
    stamp = Stamp("Alf", datetime.now(UTC), "start")
    eva, inst = world.accounts["eva"], world.installation
    case_id = with_a_case(world)
    with inst.writing() as db:
        publish(db, room_form())
        poll = start(db, inst, HOME, None, room_form())
        draft = authoring.start_copy(db, form_of(FORM), "", HOME, stamp)
        translations.begin(db, authoring.read(db, draft), LANGUAGE)
        translations.appoint(db, authoring.read(db, draft), LANGUAGE, world.accounts["omar"])
        publish(db, form_of("several_lines"))
        link = open_round(db, inst, "norr", form_of("several_lines"), open_link=True).round
        own = Own(eva, HOME, "tiny")
        saved.save(db, own, "Kvartalet", saved.NEWEST, "csv")
        chosen = saved.choices(db, own)[0].id
        tokens.make(db, inst.secrets, eva, "Rapporten", ["figures"], 30, sessions.now())
        key_id = tokens.held_by(db, eva, sessions.now())[0].id
        look.keep(db, HOME, Look(COLOUR, b"", "", {}, {}))
        edition = look.look_of(db, HOME).edition
    with world.app.app_context():
        folder = workshop()
    order = making.Order(eva, Selection(HOME, "tiny"), "csv")
    job = making.wait(folder, making.ask(folder, order, lambda out: out.write(b"a;b\n")), 20)
    return {
        "association": HOME,
        "team": "norr",
        "form_id": "tiny",
        "period": PERIOD,
        "year": PERIOD[:4],
        "kind": "csv",
        "lock": "brod",
        "question": "q_bra",
        "view": "perioder",
        "language": LANGUAGE,
        "version": 1,
        "party": "kommun",
        "draft_id": draft,
        "round_id": link.id,
        "account_id": eva,
        "poll_id": poll.id,
        "code": poll.code or "",
        "way_in": poll.code or "",
        "case_id": case_id,
        "key_id": key_id,
        "saved_id": chosen,
        "job_id": job.id,
        "edition": edition,
        "filename": "samsvar.css",
        "meeting_id": meeting(inst).id,
        "deviation_id": told(inst).id,
    }
