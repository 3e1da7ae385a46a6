"""Variants of the tiny form with a locked block, and associations that have asked it."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from exports import groups
from forms.assemble import assemble, canonical, dump_form
from forms.locks import fingerprint
from forms.model import Form, Stored
from forms.schema import FormSchema, form_from_json
from survey.periods import Period, PeriodKind
from survey.tables import association, team
from tests.population import store
from tests.tiny import tiny

Content = dict[str, Any]
LOCK = "brod"


def content() -> Content:
    """The tiny form with a locked block, as a file's content to change."""
    return deepcopy(dump_form(tiny("locked_block")))


def made(change: Callable[[Content], object] = lambda _: None, **given: Any) -> Form:
    """The form with these keys, changed; its lock's fingerprint is made to fit, as an owner would."""
    changed = content() | given
    change(changed)
    form = assemble(FormSchema().load(changed))
    locks = tuple(replace(lock, fingerprint=fingerprint(form, lock.id)) for lock in form.locks)
    return form_from_json(canonical(replace(form, locks=locks)))


def unlock(changed: Content) -> None:
    """Take the lock away, and leave every question as it was."""
    del changed["locks"]
    for page in changed["pages"]:
        page.pop("lock", None)


def reword(changed: Content) -> None:
    """Change the wording of a locked question."""
    changed["pages"][0]["questions"][0]["text"]["en"] = "Was it crisp?"


def rename(changed: Content) -> None:
    """Give every question an id of its own, conditions and all."""
    text = json.dumps(changed["pages"])
    for page in content()["pages"]:
        for question in page["questions"]:
            text = text.replace(f'"{question["id"]}"', f'"ny_{question["id"]}"')
    changed["pages"] = json.loads(text)


def unlock_and_rename(changed: Content) -> None:
    """The form as it may go on after the block: questions of one's own."""
    unlock(changed)
    rename(changed)


def settle(db: Connection, slug: str, *, name: str = "", period: PeriodKind = "quarter") -> None:
    """An association with one team."""
    db.execute(insert(association).values(slug=slug, name=name or f"Förbundet {slug}", period=period))
    values = {"slug": f"{slug}-0", "association": slug, "name": f"Team {slug}", "controller": "Kommunen"}
    db.execute(insert(team).values(values))


def answers(n: int, *, crisp: int, seed: int = 0) -> list[dict[str, Stored]]:
    """What `n` people said, of whom `crisp` found the crust crisp; the rest of their answers is drawn."""
    source = Random(seed)
    records: list[dict[str, Stored]] = []
    for number in range(n):
        poor = source.choice("211")
        kinds = source.choice([["1"], ["2"], ["1", "2"]])
        again = "2" if number % 9 == 0 else source.choice("13")
        rest: dict[str, Stored] = {"brod_igen": again, "brod_skivor": source.randint(0, 20)}
        own: dict[str, Stored] = {"eget_kaffe": source.choice("10")}
        records.append({"brod_skorpig": "3" if number < crisp else poor, "brod_sorter": kinds, **rest, **own})
    return records


def closed(
    db: Connection, slug: str, label: str, records: Sequence[Mapping[str, Stored]], *, form: str = "locked_block"
) -> None:
    """A period in which these answers were released, closed as every period is."""
    period = Period.parse(label)
    if records:
        store(db, slug, f"{slug}-0", period, records, form=form)
    groups.close(db, slug, period, period.last_day + timedelta(days=1))
