"""A locked block over associations: sums of what each already shows, and nothing of what is kept back."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import Connection, select

from exports import figures, pooled
from exports.bounds import Bounds
from exports.contents import Contents, Entry, Item
from exports.export import Selection, write_xlsx
from exports.figures import Tally, share
from exports.ledger import Group, Ledger
from exports.pooled import Pool, pools, shared_locks
from exports.pooled_files import export_pooled, name_of, write
from forms.model import Stored
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from survey.published import publish
from survey.tables import shown
from tests.locked import LOCK, answers, closed, made, settle, unlock, unlock_and_rename
from tests.outsider import sheets, table

Records = Sequence[Mapping[str, Stored]]
Said = Mapping[tuple[str, str], int]
"""Question and code -> how many."""
Q3 = "2026-Q3"
SAID: Mapping[str, Records] = {
    "a": answers(40, crisp=22, seed=1),
    "b": answers(36, crisp=15, seed=2),
    "c": answers(20, crisp=9, seed=3),
    "d": answers(7, crisp=3, seed=4),
}
"""Two associations in exact numbers, one coarse, one withheld."""


@pytest.fixture
def db(sqlite_installation: Installation) -> Iterator[Connection]:
    """Four associations have asked the block in one quarter."""
    with sqlite_installation.writing() as db:
        publish(db, made())
        for slug, records in SAID.items():
            settle(db, slug)
            closed(db, slug, Q3, records)
        yield db


def test_a_block_is_put_together_alike_in_every_database(installation: Installation) -> None:
    with installation.writing() as db:
        publish(db, made())
        for slug in "abcd":
            settle(db, slug)
            closed(db, slug, Q3, SAID[slug])
        (pool,) = pools(db, LOCK)
        assert (pool.associations, pool.answers, len(pool.outside)) == (2, 76, 2)
        assert shared_locks(db, ["a", "b"]) == [LOCK]


def workbook(found: Sequence[Pool]) -> bytes:
    out = io.BytesIO()
    write(found, "xlsx", out)
    return out.getvalue()


def told(file: bytes, period: str = Q3) -> Said:
    """What a file says in exact numbers of a period, the sums of positive answers left out."""
    rows = [row for row in table(file, "Resultat") if row["period"] == period and row["antal"]]
    assert rows
    return {(row["fråga"], row["svar"]): int(row["antal"]) for row in rows if row["svar"] != "positiva"}


def own_file(db: Connection, slug: str) -> Said:
    """What an association's own workbook says of itself in exact numbers."""
    out = io.BytesIO()
    write_xlsx(db, Selection(slug, "locked_block"), out)
    rows = [row for row in table(out.getvalue(), "Resultat") if row["grupp"] == f"Förbundet {slug}" and row["antal"]]
    return {(row["fråga"], row["svar"]): int(row["antal"]) for row in rows if row["svar"] != "positiva"}


def counted(*slugs: str) -> Counter[tuple[str, str]]:
    """The answers to the locked choices, counted by hand."""
    tally: Counter[tuple[str, str]] = Counter()
    for record in (record for slug in slugs for record in SAID[slug]):
        for question in ("brod_skorpig", "brod_igen", "brod_sorter"):
            value = record[question]
            tally.update((question, code) for code in (value if isinstance(value, list) else [str(value)]))
    return tally


# --- What is in it ---------------------------------------------------------------------------------------------------


def test_every_number_is_the_sum_of_plain_counts(db: Connection) -> None:
    file = workbook(pools(db, LOCK))
    truth = counted("a", "b")
    numbers = {key: n for key, n in told(file).items() if key[0] != "brod_skivor" and not key[1].startswith("-")}
    assert {key: n for key, n in numbers.items() if n} == dict(truth)
    for row in table(file, "Resultat"):
        if row["svar"] != "positiva":
            assert int(row["andel"]) == share(int(row["antal"]), 76)
        assert (row["bas"], row["förbund"]) == ("76", "2") or row["svar"] == "positiva"


def test_the_share_positive_is_of_those_who_rated(db: Connection) -> None:
    rows = {row["fråga"]: row for row in table(workbook(pools(db, LOCK)), "Resultat") if row["svar"] == "positiva"}
    rated = [r for slug in "ab" for r in SAID[slug] if r["brod_igen"] in ("1", "3")]
    positive = sum(r["brod_igen"] == "1" for r in rated)
    assert (rows["brod_igen"]["antal"], rows["brod_igen"]["bas"]) == (str(positive), str(len(rated)))
    assert (rows["brod_skorpig"]["antal"], rows["brod_skorpig"]["bas"]) == ("37", "76")


def test_local_questions_and_own_words_never_enter(db: Connection) -> None:
    file = workbook(pools(db, LOCK))
    assert {row["fråga"] for row in table(file, "Resultat")} == {
        "brod_skorpig",
        "brod_sorter",
        "brod_igen",
        "brod_skivor",
    }
    assert "eget_kaffe" not in str(sheets(file))
    assert "Kaféet" not in str(sheets(file))


def test_the_file_says_whose_block_it_is_who_is_in_and_who_is_not_and_why(db: Connection) -> None:
    file = workbook(pools(db, LOCK))
    assert list(sheets(file)) == ["Läs mig", "Resultat", "Kodbok"]
    about = [(row["rubrik"], row["innehåll"]) for row in table(file, "Läs mig")]
    assert ("Block", "Brödrådets frågor (brod)") in about
    assert ("Ägare", "Det påhittade brödrådet") in about
    assert ("Fingeravtryck", made().locks[0].fingerprint) in about
    assert [words for heading, words in about if heading == "Kvartal 3 2026"] == [
        "2 förbund, 76 svar.",
        "Ingår: Förbundet a.",
        "Ingår: Förbundet b.",
        "Ingår inte: Förbundet c. Visas grovt: exakta tal kräver 30 svar.",
        "Ingår inte: Förbundet d. Färre än 10 svar. De ingår i större grupper.",
    ]
    assert {row["fråga"] for row in table(file, "Kodbok")} == {row["fråga"] for row in table(file, "Resultat")}
    coded = {(row["fråga"], row["svar"]) for row in table(file, "Kodbok")}
    assert {(row["fråga"], row["svar"]) for row in table(file, "Resultat")} <= coded


def test_an_associations_own_workbook_says_what_is_locked_with_the_same_fingerprint(db: Connection) -> None:
    out = io.BytesIO()
    write_xlsx(db, Selection("a", "locked_block"), out)
    mark = made().locks[0].fingerprint
    assert [row["innehåll"] for row in table(out.getvalue(), "Läs mig") if mark in row["innehåll"]] == [
        f"brod: 5 frågor av Det påhittade brödrådet som ingen får ändra, fingeravtryck {mark}"
    ]
    marked = {row["fråga"] for row in table(out.getvalue(), "Kodbok") if mark in row.values()}
    assert marked == {"brod_skorpig", "brod_sorter", "brod_igen", "brod_skivor", "brod_ord"}


def test_the_same_figures_come_as_the_same_bytes_and_as_csv(db: Connection, tmp_path: Path) -> None:
    found = pools(db, LOCK, period=Q3)
    assert workbook(found) == workbook(pools(db, LOCK, period=Q3))
    for ending, mark, delimiter in ((".csv", b"\xef\xbb\xbf", ";"), (".program.csv", b"block", ",")):
        out = tmp_path / f"brod{ending}"
        export_pooled(found, out)
        assert out.read_bytes().startswith(mark)
        rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig")), delimiter=delimiter))
        assert len(rows) == len(table(workbook(found), "Resultat"))
    with pytest.raises(BadRequest, match="ska sluta på"):
        export_pooled(found, tmp_path / "brod.doc")
    assert name_of(LOCK, None, "program") == "samsvar-gemensamt-brod-allt.program.csv"


def test_a_question_one_association_shows_coarsely_is_summed_over_the_others(
    sqlite_installation: Installation,
) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made())
        for slug, crisp in (("a", 20), ("b", 39), ("c", 25)):
            settle(db, slug)
            closed(db, slug, Q3, answers(40, crisp=crisp, seed=crisp))
        rows = [row for row in table(workbook(pools(db, LOCK)), "Resultat") if row["fråga"] == "brod_skorpig"]
        assert {(row["bas"], row["förbund"]) for row in rows} == {("80", "2")}
        assert {row["not"][:19] for row in rows} == {"Utan Förbundet b: F"}
        alone = [
            row
            for row in table(workbook(pools(db, LOCK, associations=["a", "b"])), "Resultat")
            if row["fråga"] == "brod_skorpig"
        ]
        assert len(alone) == 1
        assert (alone[0]["antal"], alone[0]["bas"], alone[0]["svar"]) == ("", "", "")
        assert alone[0]["not"].startswith("Färre än två förbund visar frågan med exakta tal. Utan Förbundet b:")


# --- Which associations, which periods -------------------------------------------------------------------------------


def test_one_association_alone_is_not_put_together_with_itself(db: Connection) -> None:
    for slugs in (["a"], ["a", "c"], ["c", "d"], []):
        with pytest.raises(NotFound, match="Färre än två förbund"):
            write(pools(db, LOCK, associations=slugs), "xlsx", io.BytesIO())


def test_only_the_associations_asked_for_are_in_or_named(db: Connection) -> None:
    settle(db, "e")
    closed(db, "e", Q3, answers(50, crisp=20, seed=9))
    text = str(sheets(workbook(pools(db, LOCK, associations=["a", "b"]))))
    assert "Ingår: Förbundet a." in text
    assert all(f"Förbundet {slug}" not in text for slug in "cde")


def test_a_block_or_period_that_is_not_there_is_told_so(db: Connection) -> None:
    with pytest.raises(NotFound, match="inte publicerat"):
        pools(db, "smor")
    with pytest.raises(BadRequest):
        pools(db, LOCK, period="hösten")
    assert pools(db, LOCK, period="2031") == []


def test_periods_of_the_same_name_are_put_together_and_no_others(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made())
        for slug, kind, label in (("a", "quarter", "2026-Q4"), ("b", "month", "2026-12"), ("c", "quarter", "2026-Q4")):
            settle(db, slug, period=kind)  # type: ignore[arg-type]
            closed(db, slug, label, answers(40, crisp=20, seed=ord(slug)))
        found = pools(db, LOCK)
        assert [(pool.period, pool.associations, pool.enough) for pool in found] == [
            ("2026", 3, True),
            ("2026-Q4", 2, True),
            ("2026-12", 1, False),
        ]
        about = [row["innehåll"] for row in table(workbook(found), "Läs mig")]
        assert "Färre än två förbund visas med exakta tal. Inget läggs ihop." in about
        assert {row["period"] for row in table(workbook(found), "Resultat")} == {"2026", "2026-Q4"}


def test_the_same_block_in_several_forms_is_put_together(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made())
        publish(db, made(form="cafe", pool="cafe"))
        for slug, form in (("a", "locked_block"), ("b", "cafe")):
            settle(db, slug)
            closed(db, slug, Q3, answers(40, crisp=20, seed=ord(slug)), form=form)
        closed(db, "a", "2026-Q4", answers(40, crisp=22, seed=7), form="cafe")
        closed(db, "b", "2026-Q4", answers(36, crisp=14, seed=8), form="cafe")
        found = {pool.period: pool for pool in pools(db, LOCK)}
        assert (found[Q3].associations, found[Q3].answers) == (2, 80)
        year = found["2026"]
        assert (year.associations, len(year.inside), year.answers) == (2, 3, 156)
        names = [row["innehåll"] for row in table(workbook([year]), "Läs mig") if row["rubrik"] == "2026"]
        assert names[0] == "2 förbund, 156 svar."
        assert names[1:] == [
            f"Ingår: {name}." for name in ("Förbundet a (cafe)", "Förbundet a (locked_block)", "Förbundet b")
        ]


def test_the_same_questions_unlocked_are_another_thing(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made())
        publish(db, made(unlock, form="fri", pool="fri"))
        for slug, form in (("a", "locked_block"), ("b", "fri")):
            settle(db, slug)
            closed(db, slug, Q3, answers(40, crisp=20), form=form)
        (pool,) = pools(db, LOCK)
        assert [one.association for one in (*pool.inside, *pool.outside)] == ["a"]


def test_a_group_whose_answers_were_not_all_locked_is_left_out_with_words(db: Connection) -> None:
    """Publishing prevents it; what was stored under a block that was not the same everywhere says so itself."""
    text = db.scalars(select(shown.c.contents).where(shown.c.association == "b", shown.c.team.is_(None))).one()
    stored = Contents.from_json(text)
    loose = replace(stored, locks=(), book=tuple(replace(entry, lock="") for entry in stored.book))
    other = replace(stored, locks=(replace(stored.locks[0], fingerprint="0" * 64),))
    half = replace(stored, book=tuple(replace(e, lock="" if e.id == "brod_igen" else e.lock) for e in stored.book))
    for changed in (loose, other):
        db.execute(shown.update().where(shown.c.contents == text).values(contents=changed.to_json()))
        (pool,) = pools(db, LOCK)
        assert [one.association for one in pool.inside] == ["a"]
        db.execute(shown.update().where(shown.c.association == "b", shown.c.team.is_(None)).values(contents=text))
    db.execute(shown.update().where(shown.c.contents == text).values(contents=half.to_json()))
    rows = [row for row in table(workbook(pools(db, LOCK)), "Resultat") if row["fråga"] == "brod_igen"]
    assert [row["not"] for row in rows] == [
        f"Färre än två förbund visar frågan med exakta tal. Utan Förbundet b: {pooled.UNLOCKED}"
    ]


def test_groups_from_before_the_block_are_not_spoken_of(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        publish(db, made(unlock_and_rename))
        for slug in "ab":
            settle(db, slug)
            closed(db, slug, "2026-Q1", [])
            closed(db, slug, "2026-Q2", answers(40, crisp=20))
        publish(db, made(version=2))
        for slug in "ab":
            closed(db, slug, Q3, answers(40, crisp=20))
        assert [pool.period for pool in pools(db, LOCK)] == [Q3]


def test_who_shares_a_block_is_known_without_reading_figures(db: Connection) -> None:
    assert shared_locks(db, ["a", "b"]) == [LOCK]
    assert shared_locks(db, ["a"]) == []
    assert shared_locks(db, []) == []


# --- Nothing new is told ---------------------------------------------------------------------------------------------


def less(whole: Said, *parts: Said) -> Counter[tuple[str, str]]:
    """The subtraction attack: what is left of a sum when what the others' own files say is taken away."""
    left = Counter(whole)
    for part in parts:
        left.subtract({key: n for key, n in part.items() if key in whole})
    return Counter({key: n for key, n in left.items() if n})


def test_the_sum_less_the_files_of_the_others_leaves_nothing(db: Connection) -> None:
    """With every file of every association and every pooled file, C and D stay as their own files show them."""
    files = {slug: own_file(db, slug) for slug in "abcd"}
    assert (files["c"], files["d"]) == ({}, {})
    every = told(workbook(pools(db, LOCK)))
    assert less(every, files["a"], files["b"]) == {}
    for slugs in ("abc", "abd", "ab"):
        assert less(told(workbook(pools(db, LOCK, associations=list(slugs)))), files["a"], files["b"]) == {}


def test_control_were_coarse_groups_let_in_subtraction_would_tell_them_exactly(
    sqlite_installation: Installation,
) -> None:
    """The bad variant sums what was counted, whatever the grade: then C's and D's answers are the difference."""
    files: dict[str, Said] = {}
    with sqlite_installation.writing() as db:
        publish(db, made())
        for slug, records in SAID.items():
            settle(db, slug)
            closed(db, slug, Q3, records)
            files[slug] = own_file(db, slug)
        db.execute(shown.delete().where(shown.c.association.in_(["c", "d"])))
        with exact_whatever_the_size():
            closed(db, "c", Q3, [])
            closed(db, "d", Q3, [])
        bad = told(workbook(pools(db, LOCK)))
    left = less(bad, files["a"], files["b"])
    assert {key: n for key, n in left.items() if key[0] == "brod_igen"} == {
        key: n for key, n in counted("c", "d").items() if key[0] == "brod_igen"
    }


@contextmanager
def exact_whatever_the_size() -> Iterator[None]:
    """Every group is stored with its counts, as if no rule kept anything back."""

    def grade(self: Ledger, group: Group) -> tuple[str, str]:
        return "full", ""

    def counts(entry: Entry, tally: Tally, people: int, *_: object) -> tuple[Item, ...]:
        item = figures._full(entry, tally, figures.answered(entry, tally, people), people)
        return item, item

    with (
        mock.patch.object(Ledger, "grade", grade),
        mock.patch.object(Bounds, "leaves_room", return_value=True),
        mock.patch("exports.grading.candidates", counts),
    ):
        yield
