"""What is shown is decided once, of whole releases, and never changes."""

import json
import tracemalloc
from collections import Counter
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import Connection, insert, select, update

from exports import groups
from exports.bounds import Bounds
from exports.contents import Contents, Item
from exports.export import Selection, write_xlsx
from exports.goals import set_goals
from exports.ledger import Group, Release
from forms.library import canonical, shipped
from forms.model import Form
from forms.schema import form_from_json
from survey.installation import Installation
from survey.periods import Period
from survey.published import publish
from survey.tables import association, shown, team
from tests.population import FORM, Population, exactly, store

Q1 = Period.parse("2025-Q1")
DAY = date(2026, 1, 2)


def record(**given: str) -> dict[str, str | list[str]]:
    """Somebody's answers; what is not given was not asked."""
    return dict(given)


def played(db: Connection, rates: list[float], *, seed: int = 0) -> Population:
    """An association with these answers a month, two years of them."""
    population = Population("a", rates, seed=seed)
    population.play(db, groups.close)
    return population


def test_groups_are_unions_of_whole_releases(installation: Installation) -> None:
    with installation.writing() as db:
        population = played(db, [4, 8])
        for contents in groups.stored(db, "a", FORM):
            group = Group(contents.team, contents.period)
            inside = [
                one.people for one in population.opened if group.holds(Release("", one.team, one.period, one.people))
            ]
            assert contents.base in (None, sum(inside))
            assert (contents.base is None) == (sum(inside) < 10) == (contents.grade == "withheld")


def test_a_withheld_group_keeps_no_number_and_no_figure(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        played(db, [8, 1])
        withheld = [c for c in groups.stored(db, "a", FORM) if c.grade == "withheld"]
        assert withheld
        for contents in withheld:
            assert (contents.base, contents.items) == (None, ())


def test_years_are_shown_at_the_end_of_their_last_period(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        population = Population("a", [10], draw=exactly)
        seen = []

        def close(db: Connection, slug: str, period: Period, today: date) -> None:
            groups.close(db, slug, period, today)
            seen.append((period.label, [c.period for c in groups.stored(db, slug, FORM, year=period.year)]))

        population.play(db, close, years=[2026])
        assert [("2026" in labels) for _, labels in seen] == [False, False, False, True]


def test_without_a_release_nothing_is_stored(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        population = Population("a", [1])
        population.settle(db)
        groups.close(db, "a", Q1, DAY)
        assert groups.stored(db, "a", FORM) == []
        assert groups.shown_forms(db, "a") == []


RARE = "du_f4_info"
SPARSE = (("2026-Q1", 16, 17, 27), ("2026-Q2", 0, 1, 19), ("2026-Q3", 0, 1, 19), ("2026-Q4", 0, 0, 20))
"""In each quarter how many rate a question positively, how many negatively, and how many skip it."""


def sparsely_answered(db: Connection) -> dict[tuple[str | None, str], Item]:
    """The figures of a question that two people answer after the first quarter."""
    Population("a", [1]).settle(db)
    for label, *numbers in SPARSE:
        codes = [code for code, n in zip(("5", "1", "-88"), numbers, strict=True) for _ in range(n)]
        store(db, "a", "a-0", Period.parse(label), [record(**{RARE: code}) for code in codes])
        groups.close(db, "a", Period.parse(label), DAY)
    shown_ = groups.stored(db, "a", FORM)
    return {(c.team, c.period): item for c in shown_ for item in c.items if item.question == RARE}


def test_what_the_few_who_were_asked_answered_is_not_had_by_subtraction(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        items = sparsely_answered(db)
    for team_slug in (None, "a-0"):
        assert (items[team_slug, "2026-Q1"].grade, items[team_slug, "2026"].grade) == ("full", "coarse")


def test_control_by_persons_alone_two_answers_would_be_had(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bounds, "_tells_of_few", lambda *_given: False)
    with sqlite_installation.writing() as db:
        items = sparsely_answered(db)
    year, quarter = (Counter({one.code: one.count for one in items[None, of].counts}) for of in ("2026", "2026-Q1"))
    assert year - quarter == Counter({"1": 2, "-88": 58})


def test_answers_pooled_over_teams_count_for_the_association_only(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        population = Population("a", [1, 1])
        population.settle(db)
        store(db, "a", None, Q1, [record(du_m1_kansla="5")] * 8 + [record(du_m1_kansla="3")] * 6)
        groups.close(db, "a", Q1, DAY)
        (only,) = groups.stored(db, "a", FORM)
        assert (only.team, only.base) == (None, 14)


def test_groups_come_newest_first_the_year_before_its_parts_and_the_whole_before_its_teams(
    sqlite_installation: Installation,
) -> None:
    with sqlite_installation.writing() as db:
        played(db, [10, 10])
        shown_ = [(c.period, c.team_name) for c in groups.each(db, "a", FORM)]
        assert shown_ == [(c.period, c.team_name) for c in groups.stored(db, "a", FORM)]
    labels = [f"{year}{part}" for year in (2026, 2025) for part in ("", "-Q4", "-Q3", "-Q2", "-Q1")]
    assert shown_ == [(label, team_name) for label in labels for team_name in ("", "Team a-0", "Team a-1")]


def test_reading_one_group_more_takes_no_memory_but_for_its_name(sqlite_installation: Installation) -> None:
    def held(db: Connection, form: str) -> int:
        tracemalloc.start()
        assert sum(1 for _ in groups.each(db, "a", form)) > 9
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    with sqlite_installation.writing() as db:
        population = Population("a", [10], draw=exactly)
        population.play(db, groups.close, years=[2026])
        row = dict(db.execute(select(shown).where(shown.c.period == "2026", shown.c.team.is_(None))).mappings().one())
        for form, years in (("some", range(1000, 1020)), ("many", range(1000, 1120))):
            copies = [row | {"id": f"{form}{year}", "form": form, "period": str(year)} for year in years]
            db.execute(insert(shown), copies)
        more = held(db, "many") - held(db, "some")
        assert more < 100 * len(str(row["contents"])) / 4


def test_contents_survive_being_stored(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        played(db, [10])
        for text in db.scalars(select(shown.c.contents)):
            assert Contents.from_json(text).to_json() == text


def test_a_closed_period_never_changes(sqlite_installation: Installation) -> None:
    """P12: later rounds, a new form version, new names, goals and raised floors change nothing that has been shown."""
    with sqlite_installation.writing() as db:
        population = played(db, [6, 6], seed=3)
        before = _file(db, "2025-Q4")
        publish(db, _renamed(next(form for form in shipped() if form.id == FORM)))
        db.execute(update(association).values(name="Nya förbundet", show=15, count=60))
        db.execute(update(team).values(name="Nytt namn"))
        set_goals(db, "a", FORM, {"du_m1_kansla": 60})
        later = Period.parse("2027-Q1")
        store(db, "a", population.team(0), later, [record(du_m1_kansla="5")] * 70)
        groups.close(db, "a", later, DAY)
        assert _file(db, "2025-Q4") == before
        assert _file(db, "2027-Q1") != before


def test_recomputing_figures_would_have_changed_the_closed_period(sqlite_installation: Installation) -> None:
    """The control: a file made from today's names and floors is another file."""
    with sqlite_installation.writing() as db:
        played(db, [6, 6], seed=3)
        before = _file(db, "2025-Q4")
        db.execute(update(association).values(name="Nya förbundet", show=15, count=60))
        db.execute(shown.delete().where(shown.c.period == "2025-Q4"))
        db.execute(shown.delete().where(shown.c.period == "2025"))
        groups.close(db, "a", Period.parse("2025-Q4"), DAY)
        assert _file(db, "2025-Q4") != before


def test_the_same_question_shows_alike_in_every_database(installation: Installation) -> None:
    with installation.writing() as db:
        played(db, [10, 4], seed=1)
        shares = Counter(item.grade for c in groups.stored(db, "a", FORM) for item in c.items)
    assert shares["full"] > 100


def _file(db: Connection, period: str) -> bytes:
    out = BytesIO()
    write_xlsx(db, Selection("a", FORM, period), out)
    return out.getvalue()


def _renamed(form: Form) -> Form:
    """A second version that words a question anew."""
    content = json.loads(canonical(form))
    content["version"] = 2
    content["pages"][0]["questions"][0]["text"]["sv"] = "Vem sa att du skulle komma?"
    return form_from_json(json.dumps(content))
