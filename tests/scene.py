"""The small world tests play in: an association with teams, a tiny form, answers to it, and time that moves."""

import dataclasses
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from functools import cache
from typing import Self

from sqlalchemy import Connection, delete, insert, select

from forms.model import Form, Stored
from forms.schema import read_form
from survey.box import send
from survey.installation import Installation
from survey.model import Round
from survey.published import publish
from survey.rounds import Opened, open_round
from survey.tables import association, audit, metadata, published_form, team

ASSOCIATION = "exempel"
SOAK = os.environ.get("SOAK") == "1"
"""Whether to take the time it takes: `make soak` runs whole what `make test` samples."""

_TINY = """
form: "tiny"
version: 1
kind: "anonymous"
languages: ["sv"]
title: {sv: "Hur var mötet?"}
pages:
  - id: "bra"
    questions:
      - id: "q_bra"
        type: "choice"
        text: {sv: "Var mötet bra?"}
        privacy: "open"
        choices: [{code: "1", text: {sv: "Ja"}}, {code: "0", text: {sv: "Nej"}}]
        positive: ["1"]
        negative: ["0"]
  - id: "vem"
    questions:
      - id: "q_vem"
        type: "choices"
        text: {sv: "Vilka var med?"}
        privacy: "open"
        choices: [{code: "1", text: {sv: "Kommunen"}}, {code: "2", text: {sv: "Regionen"}}]
  - id: "antal"
    questions:
      - id: "q_antal"
        type: "number"
        text: {sv: "Hur många gånger?"}
        privacy: "open"
        minimum: 0
        maximum: 999999999
  - id: "ord"
    questions:
      - id: "q_ord"
        type: "long_text"
        text: {sv: "Vad vill du säga?"}
        privacy: "free_text"
        max_length: 200
"""
_SHORT = """
form: "tiny_short"
version: 1
kind: "anonymous"
pool: "tiny"
languages: ["sv"]
title: {sv: "En fråga"}
pages:
  - id: "bra"
    questions:
      - id: "q_bra"
        type: "choice"
        text: {sv: "Var mötet bra?"}
        privacy: "open"
        choices: [{code: "1", text: {sv: "Ja"}}, {code: "0", text: {sv: "Nej"}}]
        positive: ["1"]
        negative: ["0"]
"""

_TALK = """
form: "tiny_talk"
version: 1
kind: "anonymous"
pool: "tiny"
languages: ["sv"]
title: {sv: "Hur var mötet? Intervju"}
script: {before: [{sv: "Hej."}], after: [{sv: "Tack."}], aside: {sv: "Läs frågan som den står."}}
pages:
  - id: "samtalet"
    part: {sv: "Om samtalet"}
    questions:
      - id: "lage"
        type: "choice"
        text: {sv: "Hur svarade personen?"}
        choices:
          - {code: "1", text: {sv: "Själv"}}
          - {code: "2", text: {sv: "På telefon"}}
          - {code: "4", text: {sv: "På papper"}}
        unasked: "1"
        on_paper: "4"
        privacy: "open"
  - id: "motet"
    part: {sv: "Mötet"}
    questions:
QUESTIONS
  - id: "efterat"
    part: {sv: "Efter samtalet"}
    questions:
      - {id: "avbrott", type: "yes_no", text: {sv: "Blev ni avbrutna?"}, privacy: "open"}
"""
_QUESTION = re.compile(r"(?m)^      - id: .*(?:\n        .*)*")


@cache
def tiny(version: int = 1) -> Form:
    """A form with one question of each storing kind."""
    return read_form(_TINY.replace("version: 1", f"version: {version}"), name="tiny.yaml")


@cache
def tiny_short() -> Form:
    """One question of `tiny`, pooled with it."""
    return read_form(_SHORT, name="tiny_short.yaml")


@cache
def tiny_long() -> Form:
    """Pooled with `tiny`, and with room for ten times as many words."""
    longer = _TINY.replace('form: "tiny"', 'form: "tiny_long"\npool: "tiny"').replace(
        "max_length: 200", "max_length: 2000"
    )
    return read_form(longer, name="tiny_long.yaml")


@cache
def tiny_talk() -> Form:
    """The questions of `tiny`, asked by somebody else in a conversation of one topic."""
    return read_form(_TALK.replace("QUESTIONS", "\n".join(_QUESTION.findall(_TINY))), name="tiny_talk.yaml")


def settle(db: Connection, *teams: str, period: str = "quarter") -> None:
    """An association with these teams, and the tiny form published."""
    db.execute(insert(association).values(slug=ASSOCIATION, name="Samordningsförbundet Exempel", period=period))
    for slug in teams:
        db.execute(insert(team).values(slug=slug, association=ASSOCIATION, name=slug.title(), controller="Kommunen"))
    publish(db, tiny())


def at(installation: Installation, day: str) -> Installation:
    """The same installation on another day."""
    settings = dataclasses.replace(installation.settings, today=date.fromisoformat(day))
    return dataclasses.replace(installation, settings=settings)


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Every row and every key of an installation, to come back to."""

    rows: Mapping[str, list[dict[str, object]]]
    keys: Mapping[str, bytes]

    @classmethod
    def of(cls, installation: Installation) -> Self:
        """What there is now."""
        with installation.reading() as db:
            rows = {
                table.name: [dict(row) for row in db.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
                if table is not published_form
            }
        return cls(rows, {path.name: path.read_bytes() for path in installation.keys.path.iterdir()})

    def restore(self, installation: Installation) -> None:
        """Put everything back; published forms, which never change, and the log, which only grows, stay."""
        kept = [table for table in metadata.sorted_tables if table.name in self.rows and table is not audit]
        with installation.writing() as db:
            for table in reversed(kept):
                db.execute(delete(table))
            for table in kept:
                if self.rows[table.name]:
                    db.execute(insert(table), self.rows[table.name])
        for path in installation.keys.path.iterdir():
            path.unlink()
        for name, content in self.keys.items():
            (installation.keys.path / name).write_bytes(content)


def at_once(
    installation: Installation, one: Callable[[Connection], object], other: Callable[[Connection], object]
) -> tuple[object, object]:
    """Two transactions at the same moment: `other` is under way before `one` is committed. What each came to, or why
    it did not."""

    def _other() -> object:
        try:
            with installation.writing() as db:
                return other(db)
        except Exception as fault:
            return fault

    with ThreadPoolExecutor(1) as pool:
        with installation.writing() as db:
            done = one(db)
            running = pool.submit(_other)
            wait([running], 0.3)
        return done, running.result()


def open_for(installation: Installation, team: str, *, people: int = 20, link: bool = False) -> Opened:
    """A round of the tiny form for a team, with a slip for each of `people`, or with an open link."""
    with installation.writing() as db:
        if link:
            return open_round(db, installation, team, tiny(), open_link=True)
        return open_round(db, installation, team, tiny(), tickets=people, participants=people)


def answer(words: str = "", **given: Stored) -> Mapping[str, Stored]:
    """A complete record of the tiny form."""
    whole: dict[str, Stored] = {"q_bra": "1", "q_vem": ["1"], "q_antal": 3, "q_ord": words or "-99"}
    return whole | given


def reply(
    installation: Installation,
    round: Round,
    code: str | None,
    record: Mapping[str, Stored] | None = None,
    *,
    submission: bytes | None = None,
    form: Form | None = None,
) -> bytes:
    """One person presses *Skicka*; gives back the submission's number."""
    number = submission or secrets.token_bytes(16)
    with installation.writing() as db:
        send(
            db,
            installation,
            round,
            submission=number,
            code=code,
            form=form or tiny(),
            record=answer() if record is None else record,
        )
    return number


def reply_all(installation: Installation, opened: Opened, n: int) -> None:
    """The first `n` people with a slip answer."""
    replies(installation, opened.round, opened.codes[:n])


def replies(installation: Installation, round: Round, codes: Iterable[str | None]) -> None:
    """Each of these codes is answered once."""
    for code in codes:
        reply(installation, round, code)
