"""P11, all roles and all sheets: nothing that leaves tells more than `Resultat`, which is attacked by itself.

So indexes, goals, pages, pictures, the API and every file are functions of figures that have been found safe. The
control: when one figure is made more exact behind the back of `Resultat`, every source is seen to tell it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from app import create_app
from exports import feedback, groups
from exports.contents import Contents, Count, Item, Positive
from exports.export import FILES, SHEETS
from exports.feedback import About
from exports.goals import set_goals
from staff import accounts, sessions, tokens
from staff.member import SCOPES, Grant
from survey.installation import Installation, set_up
from survey.periods import Period, PeriodKind
from survey.tables import shown
from tests.conftest import settings_for
from tests.leaving import LATER, SOURCES, Fact, Open
from tests.population import FORM, Population, experience_book
from tests.scene import SOAK, at
from tests.staff_scene import Browser, live_in

Played = tuple[list[float], PeriodKind]
PLAYED: tuple[Played, ...] = (([8, 4, 1], "quarter"), ([10, 4], "month"), ([4, 4, 4], "quarter"))
READ_ELSEWHERE = {"Läs mig", "Resultat", "Citat", "Kodbok"}
"""Sheets without figures of answers, and the one that is attacked."""


@dataclass
class Tried:
    """An association seen as it is, and with one coarse figure made exact where only `Resultat` was not told."""

    honest: Open
    tampered: Open


def aiming_high(db: Connection, slug: str, period: Period, today: date) -> None:
    """A closing, with a goal for every rated question."""
    set_goals(db, slug, FORM, {entry.id: 60 for entry in experience_book().entries if entry.poled})
    groups.close(db, slug, period, today)


def opened(installation: Installation, population: Population) -> Open:
    """Ways in for everybody who may see anything."""
    app = create_app(installation.settings)
    app.testing = True
    live_in(app, at(installation, LATER.isoformat()))
    with installation.writing() as db:
        who = accounts.add(db, "eva@exempel.se", "Eva", Grant("evaluator", population.slug))
        key = tokens.make(db, installation.secrets, who, "Ett program", SCOPES, 90, sessions.now())
        led = {
            team: accounts.add(db, f"{team}@exempel.se", team, Grant("coordinator", population.slug, team))
            for team in population.teams
        }

    def visit(account: str) -> Browser:
        browser = Browser(app.test_client())
        with installation.writing() as db:
            browser.carry(sessions.begin(db, account, sessions.now()))
        return browser

    stranger = Browser(app.test_client(use_cookies=False))
    return Open(installation, population, visit(who), {team: visit(one) for team, one in led.items()}, stranger, key)


def told_to_participants(seen: Open) -> None:
    """Every period of the association is published for its participants."""
    slug = seen.population.slug
    with seen.installation.writing() as db:
        for contents in groups.stored(db, slug, FORM):
            items = feedback.tellable(contents)[:6]
            if contents.team is None and contents.grade != "withheld" and items:
                about = About(slug, FORM, contents.period)
                feedback.save(db, about, [item.question for item in items], {"sv": "Vi ringer tillbaka."})
                feedback.publish(db, about, seen.installation.today())


def tamper(seen: Open) -> None:
    """Make the first coarse figure of every group exact, with counts that stand nowhere else; count withheld groups."""
    with seen.installation.writing() as db:
        for id_, text in db.execute(select(shown.c.id, shown.c.contents)).all():
            contents = Contents.from_json(text)
            items = list(contents.items)
            where = next((n for n, item in enumerate(items) if item.grade == "coarse"), None)
            if where is not None:
                items[where] = exact(contents, items[where])
            base = 7 if contents.grade == "withheld" else contents.base
            told = replace(contents, items=tuple(items), base=base).to_json()
            db.execute(update(shown).where(shown.c.id == id_).values(contents=told))


def exact(contents: Contents, item: Item) -> Item:
    """The figure as it would stand if it were shown full."""
    counts = tuple(Count(label.code, 901 + n, 43) for n, label in enumerate(contents.entry(item.question).labels))
    return Item(item.question, "full", counts=counts, positive=Positive(977, 1999, 49))


@pytest.fixture(scope="module", params=range(6 if SOAK else 1))
def tried(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[Tried]:
    """An association with groups of every grade, with goals, in two copies."""
    seen, copies = [], []
    for name in ("honest", "tampered"):
        folder = tmp_path_factory.mktemp(name)
        (folder / "instance").mkdir()
        file = shutil.copy(migrated_file, folder / "instance" / "samsvar.db")
        installation = set_up(settings_for(folder, f"sqlite:///{file}"))
        copies.append(installation)
        rates, kind = PLAYED[request.param % len(PLAYED)]
        population = Population("a", rates, kind=kind, seed=request.param)
        with installation.writing() as db:
            population.play(db, aiming_high, years=[2025, 2026] if SOAK else [2026])
        seen.append(opened(installation, population))
    yield Tried(*seen)
    for installation in copies:
        installation.close()


@pytest.fixture(scope="module")
def ready(tried: Tried) -> Tried:
    """Told to participants, and `Resultat` read before the tampering."""
    for one in (tried.honest, tried.tampered):
        told_to_participants(one)
        assert one.known
    tamper(tried.tampered)
    tried.tampered.__dict__["known"] = tried.honest.known
    tried.tampered.__dict__.pop("sheets")
    return tried


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_that_leaves_tells_more_than_has_been_attacked(ready: Tried, source: str) -> None:
    facts = list(SOURCES[source](ready.honest))
    assert facts
    assert ready.honest.unexplained(facts) == []


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"Samband"}))
def test_a_figure_that_is_more_exact_anywhere_is_noticed(ready: Tried, source: str) -> None:
    assert ready.tampered.unexplained(SOURCES[source](ready.tampered)) != []


def test_every_sheet_and_every_kind_of_file_is_read() -> None:
    assert {layout.name for layout in SHEETS} <= set(SOURCES) | READ_ELSEWHERE
    assert set(FILES) <= set(SOURCES) | {"xlsx"}


def test_a_fact_is_explained_only_by_one_that_says_as_much() -> None:
    known = Fact("a", "2026", "q", "5", 12, 30, 40)
    assert Fact(question="q", count=12, share=30).within(known)
    assert not Fact(question="q", count=12, share=31).within(known)
    assert not Fact("a", "2026", "q", "5", 12, 30, 40, word="ungefär hälften").within(known)
