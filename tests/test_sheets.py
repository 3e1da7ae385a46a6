"""The sheets for a board and for careful readers say goals, indexes, relations, locks and meanings in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from exports.codebook import CodeBook
from exports.contents import Contents, Lock, Relation
from exports.preface import Preface
from exports.sheets import OVERVIEW, RELATIONS, in_words, no_relations, overview, relations
from exports.tables import Cell, Layout, Row
from tests.population import Population
from tests.stored import play

Named = dict[str, Cell]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> list[Contents]:
    """A year of an association with two teams."""
    return play(tmp_path_factory, migrated_file, Population("a", [12, 4], seed=2), [2026])


@pytest.fixture(scope="module")
def full(shown: list[Contents]) -> Contents:
    """The association's year."""
    return next(c for c in shown if c.team is None and c.grade == "full")


@pytest.fixture(scope="module")
def coarse(shown: list[Contents]) -> Contents:
    return next(c for c in shown if c.grade == "coarse")


def by_heading(layout: Layout, row: Row) -> Named:
    return dict(zip((column.name for column in layout.columns), row, strict=True))


def board(contents: Contents) -> list[Named]:
    return [by_heading(OVERVIEW, row) for row in overview(contents)]


def aimed(contents: Contents, above: int) -> Contents:
    """With a goal so many per cent above each printed share."""
    goals = {i.question: i.positive.share + above for i in contents.items if i.positive}
    return replace(contents, goals=goals)


@pytest.mark.parametrize(("above", "sign"), [(-2, "● nått"), (3, "◐ nära"), (7, "○ inte nått")])
def test_a_share_stands_to_its_goal_in_a_sign_and_words(full: Contents, above: int, sign: str) -> None:
    rows = [row for row in board(aimed(full, above)) if row["mål"] is not None]
    assert rows
    assert {row["läge"] for row in rows} == {sign}
    assert all(row["mål"] == int(str(row["andel positiva"])) + above for row in rows)


def test_a_coarse_figure_has_its_goal_but_no_standing(coarse: Contents) -> None:
    rows = board(replace(coarse, goals={i.question: 80 for i in coarse.items}))
    assert {row["mål"] for row in rows if row["fråga"]} == {80}
    assert {row["läge"] for row in rows} == {None}


def test_themes_stand_together_and_end_with_their_index(full: Contents) -> None:
    rows = board(full)
    themes = [row["tema"] for row in rows]
    assert themes == sorted(themes, key=themes.index)  # each theme in one piece
    assert themes[-1] == ""  # questions without a theme come last
    indexes = [(n, row) for n, row in enumerate(rows) if str(row["frågetext"]).startswith("Index för temat")]
    assert len(indexes) == len(full.themes)
    assert all(n + 1 == len(rows) or themes[n + 1] != row["tema"] for n, row in indexes)
    assert all((row["andel positiva"] is None) == bool(row["not"]) for _n, row in indexes)
    assert {row["fråga"] for row in rows if row["fråga"]} == {item.question for item in full.items}


def test_a_withheld_group_is_one_row_that_says_why(full: Contents) -> None:
    [row] = board(replace(full, grade="withheld", reason="few", base=None, items=()))
    assert (row["bas"], row["grad"]) == (None, "visas inte")
    assert "Färre än 10 svar" in str(row["not"])


def test_relations_are_told_strongest_first_and_claim_no_cause(full: Contents) -> None:
    a, b, c = [item.question for item in full.items if item.positive][:3]
    related = replace(full, relations=(Relation((a, b), 3), Relation((a, c), -7), Relation((b, c), 0)))
    rows = [by_heading(RELATIONS, row) for row in relations(related)]
    assert [row["samband"] for row in rows] == [-0.7, 0.3, 0.0]
    assert {row["bas"] for row in rows} == {"minst 50"}
    assert all(row["frågetext 1"] and row["frågetext 2"] for row in rows)
    assert "mindre positiv i den andra. Det säger inte varför." in str(rows[0]["i ord"])
    assert "mer positiv i den andra. Det säger inte varför." in str(rows[1]["i ord"])
    assert rows[2]["i ord"] == "Svaren följs inte åt."
    assert "minst 50" in str(by_heading(RELATIONS, no_relations())["i ord"])


def test_every_strength_has_its_words() -> None:
    starts = {rho: in_words(rho).partition(":")[0] for rho in range(-10, 11)}
    assert starts[10] == starts[7] == starts[-7] == "Svaren följs tydligt åt"
    assert starts[6] == starts[4] == "Svaren följs åt"
    assert starts[3] == starts[-2] == "Svaren följs svagt åt"
    assert starts[1] == starts[0] == starts[-1] == "Svaren följs inte åt."
    assert not any(word in in_words(rho).lower() for rho in starts for word in ("beror", "därför", "leder", "orsak"))


def told(contents: list[Contents]) -> tuple[list[str], list[Row]]:
    """`Läs mig` as lines, and `Kodbok`."""
    said, codes = Preface(), CodeBook()
    for one in contents:
        said.add(one)
        codes.add(one)
    return [f"{heading}: {text}" for heading, text in said.rows(codes, (), "2027-01-01", cuts=2)], list(codes.rows())


def test_locked_questions_are_told_with_owner_and_fingerprint(full: Contents) -> None:
    question = full.book[0].id
    book = tuple(replace(entry, lock="nationell" if entry.id == question else "") for entry in full.book)
    locks = (Lock("nationell", "Myndigheten", "ab" * 32),)
    lines, rows = told([replace(full, book=book, locks=locks)])
    assert any(
        line.startswith("Låsta frågor: nationell: 1 fråga av Myndigheten") and "ab" * 32 in line for line in lines
    )
    assert {row[-2:] for row in rows if row[0] == question} == {("Myndigheten", "ab" * 32)}
    assert {row[-2:] for row in rows if row[0] != question} == {(None, None)}


def test_a_changed_meaning_is_told_with_since_when(shown: list[Contents]) -> None:
    question = shown[0].book[0].id
    changed = [
        replace(c, book=tuple(replace(e, meaning=2) if e.id == question else e for e in c.book))
        if c.period in ("2026", "2026-Q4", "2026-Q3")
        else c
        for c in shown
    ]
    lines, rows = told(changed)
    [line] = [line for line in lines if line.startswith("Ändrad betydelse")]
    assert f"{question} betyder något annat från och med kvartal 3 2026" in line
    assert {row[-3] for row in rows if row[0] == question} == {"2, sedan kvartal 3 2026"}
    assert not [line for line in told(shown)[0] if line.startswith("Ändrad betydelse")]


def test_cuts_are_told(full: Contents) -> None:
    assert "Avkortat: 2 texter är längre än en cell i Excel rymmer. Sådana slutar med «(avkortat)»." in told([full])[0]
