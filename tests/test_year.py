"""The year in figures: page, workbook and table agree with each other and with their sources, nobody computes more from
them than from the sources, and a settled year is the same for ever.

`make test` plays a few years, `SOAK=1` many.
"""

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, update

import demonstration
from demonstration import room
from exports import case_workbook, deviation_counts, meeting_log, poll_workbook, year_shown
from exports.export import FILES, Selection
from exports.year_workbook import ENDINGS
from forms.library import shipped
from survey.installation import Installation
from survey.periods import Period
from survey.polls.holding import polls_of
from survey.published import publish
from survey.records import deviations
from survey.records.weeks import Weeks
from survey.tables import association, case_shown, shown, team
from tests.case_outsider import Printed, Table
from tests.case_rows import Told
from tests.outsider import sheets, table
from tests.records_scene import meeting
from tests.scene import SOAK, at
from tests.staff_scene import World, staffed
from tests.test_case_statistics import attackers, by_size_alone, made
from tests.test_workbook import harmful, soffice
from tests.year_reading import (
    ANSWERS,
    POLLS,
    Row,
    as_on_the_page,
    numbers,
    of_answers,
    of_cases,
    of_csv,
    of_page,
    of_workbook,
)
from tests.year_scene import SETTLED, YEAR, file, happened

PLACE = "/personal/utvardering/exempel/arets-siffror/"
YEARS = 24 if SOAK else 2
PARTS = ["Deltagare", "Ärenden och väntetider", "Möten och tid", "Deltagarnas svar", "Avvikelser", "Omröstningar"]
LACKING = (
    "Inga ärenden är räknade för året.",
    "Inga möten är skrivna i mötesloggen för året.",
    "Inga svar från deltagare har öppnats för året.",
    "Inga avvikelser är räknade för året.",
    "Publicerat 2021",
)
EXPORT = ("export", "--association", "exempel")
FLOOR = 10
Book = dict[str, list[Row]]


@dataclass
class Lived:
    """A year that is over, who was in it, and what leaves of it."""

    world: World
    told: Sequence[Told]
    page: str
    book: Book
    table: list[Row]

    @property
    def house(self) -> Installation:
        return self.world.installation

    @cached_property
    def cases(self) -> bytes:
        """The workbook of cases."""
        return self.source(case_workbook.write, "exempel", None)

    def source(self, write: object, *about: object) -> bytes:
        """A file of one of the sources."""
        out = BytesIO()
        with self.house.reading() as db:
            write(db, *about, out)  # type: ignore[operator]
        return out.getvalue()


def lived(installation: Installation, number: int, records: int = 0) -> Lived:
    """A year by chance: how many there are of everything, from too few to show to plenty."""
    source = Random(number)
    told = [one for one in made(number) if one.received.startswith(f"{YEAR}")]
    answers, votes, by_chance = source.choice((36, 8, 18)), source.randint(5, 14), source.randint(5, 40)
    world = happened(installation, told, answers, votes, records or by_chance)
    world.move_to("2027-01-15")
    return read(world, told)


def read(world: World, told: Sequence[Told]) -> Lived:
    """The page and both files, as they are now."""
    eva, there = world.visit("eva"), f"{PLACE}{YEAR}/"
    page, book, rows = (eva.get(f"{there}{path}") for path in ("", "fil/xlsx", "fil/csv"))
    return Lived(world, told, page.text, of_workbook(book.data), of_csv(rows.data))


# --- one and the same everywhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(YEARS))
def test_page_and_files_agree_with_their_sources_and_tell_nothing_more(
    sqlite_installation: Installation, number: int
) -> None:
    year = lived(sqlite_installation, number)
    the_page_says_what_the_workbook_says(year)
    the_table_has_the_rows_of_all_sheets(year)
    every_row_says_where_it_is_from_and_every_gap_why(year)
    cases_are_those_of_their_own_workbook(year)
    answers_are_those_of_the_forms_own_workbook(year)
    polls_are_those_of_their_own_workbook(year)
    meetings_and_deviations_are_those_of_their_own_records(year)
    nobody_computes_a_small_number(year)


def the_page_says_what_the_workbook_says(year: Lived) -> None:
    """Every figure, in the same order; but a table of which nothing is shown is a sentence on the page."""
    lines = [as_on_the_page(part, row) for part, rows in year.book.items() for row in rows if row["siffra"]]
    told = {(one.part, one.heading) for one in lines if one.said != "– Visas inte."}
    assert list(of_page(year.page)) == [one for one in lines if (one.part, one.heading) in told]
    assert all(one.heading in year.page for one in lines)


def the_table_has_the_rows_of_all_sheets(year: Lived) -> None:
    assert year.table == [{"del": part, **row} for part, rows in year.book.items() for row in rows]


def every_row_says_where_it_is_from_and_every_gap_why(year: Lived) -> None:
    for row in year.table:
        assert row["källa"]
        assert row["not"] or row["antal"] or row["värde"] or row["i ord"]


def cases_are_those_of_their_own_workbook(year: Lived) -> None:
    assert told_of_cases(year.book) == of_cases(year.cases, f"{YEAR}")


def told_of_cases(book: Book) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Heading and line -> numbers."""
    rows = [*book["Deltagare"], *book["Ärenden och väntetider"]]
    found = {(row["rubrik"], " ".join(filter(None, (row["grupp"], row["siffra"])))): _numbers(row) for row in rows}
    everyone = found.pop(("Deltagare efter kön", "Samordningsförbundet Exempel Deltagare"))
    assert everyone == found["Ärenden under året", "Första möten"]
    return found


def _numbers(row: Row) -> tuple[str, str, str]:
    return ("", "", row["värde"]) if row["siffra"] == "Mittersta värdet" else numbers(row)


def answers_are_those_of_the_forms_own_workbook(year: Lived) -> None:
    book = year.source(FILES["xlsx"].write, Selection("exempel", "tiny"))
    asked = {row["siffra"]: (row["antal"] or row["i ord"], row["bas"], row["andel"]) for row in year.book[ANSWERS]}
    wanted = of_answers(book, "Samordningsförbundet Exempel", f"{YEAR}")
    assert {question: told for question, told in asked.items() if question == "Var mötet bra?"} == wanted


def polls_are_those_of_their_own_workbook(year: Lived) -> None:
    with year.house.reading() as db:
        (held,) = polls_of(db, "exempel")
    told = [(row["rubrik"], row["siffra"], *numbers(row)) for row in year.book[POLLS] if row["antal"]]
    result = table(year.source(poll_workbook.write, held), "Resultat")
    assert told == [(row["frågetext"], row["svar"], *numbers(row)) for row in result]
    assert told


def meetings_and_deviations_are_those_of_their_own_records(year: Lived) -> None:
    book = year.book
    with year.house.reading() as db:
        spent = meeting_log.figures(db, "exempel", Weeks.of(Period.parse(f"{YEAR}")))
        counted = sorted(deviation_counts.shown(db, "exempel", YEAR), key=lambda one: one.period)
    told = {row["siffra"].removesuffix(", minst"): row for row in book["Möten och tid"]}
    assert told["Möten"]["antal"] == f"{spent.meetings}"
    assert told["Alla parter var med"]["antal"] == f"{spent.everyone}"
    for name, noted in (("före mötet", spent.before), ("med deltagaren", spent.with_), ("efter mötet", spent.after)):
        row = told[f"Tid {name}"]
        assert (row["värde"], row["bas"]) == (_hours(noted.minutes), f"{noted.noted}")
    assert told["All tid"]["värde"] == _hours(spent.minutes.minutes)
    assert told["Deltagare"]["antal"] == f"{spent.participants or ''}"
    assert told["Tid per deltagare"]["värde"] == (_hours(spent.per_participant) if spent.per_participant else "")
    assert told["På plats"]["antal"] == f"{spent.platforms.get('1', 0)}"
    printed = [(row["rubrik"], row["antal"]) for row in book["Avvikelser"]]
    assert printed == [
        (f"Avvikelser, {deviation_counts.period_words(one.period, 'sv')}", "" if n is None else f"{n}")
        for one in counted
        for n in (one.failing, *(one.types.get(code) for code in deviation_counts.types()), one.working)
    ]
    assert len(counted) == 3


def _hours(minutes: int) -> str:
    return f"{float(meeting_log.tenths(minutes)):g}"


# --- nothing more than elsewhere --------------------------------------------------------------------------------------


def nobody_computes_a_small_number(year: Lived) -> None:
    """Whoever has the year in figures, and the workbook of cases with every quarter, is where they were before."""
    for one in [*of_people(year), *of_reports(year)]:
        assert one.wrong() == [], one.name
        assert one.differences(FLOOR) == [], one.name
        assert one.in_span(FLOOR) == [], one.name


def of_people(year: Lived) -> Iterator[Table]:
    """What is known of cases from both, one attribute at a time."""
    for one in attackers(year.house, year.told, f"{YEAR}"):
        yield replace(one, printed={*one.printed, *_in_the_year(year, one.name)})


def _in_the_year(year: Lived, name: str) -> Iterator[Printed]:
    """What the year says of an attribute; rows are quarters, or for sex teams."""
    told = told_of_cases(year.book)
    codes = {(row["uppdelning"], row["värde"]): row["kod"] for row in table(year.cases, "Antal")}
    heading = name.partition(" ")[2] if name.startswith(("received", "closed")) else name
    for (block, line), (n, _base, _share) in told.items():
        if n and block == heading and (block, line) in codes:
            yield Printed(None, codes[block, line], int(n))
        elif n and name == "sex" and block == "Deltagare efter kön":
            group, what = line.rsplit(" ", 1)
            slug = None if group == "Samordningsförbundet Exempel" else group.removeprefix("Team ")
            sex = {"Kvinnor": "1", "Män": "2", "Annat": "3", "Deltagare": None}[what]
            yield Printed(slug, sex, int(n))


def of_reports(year: Lived) -> Iterator[Table]:
    """What the year says of deviations, one type at a time; rows are half-years."""
    with year.house.reading() as db:
        reports = [one for one in deviations.raised(db, "exempel") if not one.works]
    for code, text in deviation_counts.types().items():
        printed = set()
        for row in year.book["Avvikelser"]:
            period = row["rubrik"].removeprefix("Avvikelser, ")
            half = {"första": f"{YEAR}-H1", "andra": f"{YEAR}-H2"}.get(period.split()[0])
            if row["antal"] and row["siffra"] == "Det som inte fungerar":
                printed.add(Printed(half, None, int(row["antal"])))
            elif row["antal"] and row["siffra"].endswith(f": {text.in_('sv')}"):
                printed.add(Printed(half, "1", int(row["antal"])))
        about = ((deviation_counts.raised_in(one), "01"[code in one.answers["av_typ"]]) for one in reports)
        yield Table(f"deviations {code}", printed, Counter(about))


def test_control_by_size_alone_the_year_gives_small_numbers_away(sqlite_installation: Installation) -> None:
    with by_size_alone():
        found = lived(sqlite_installation, 0, records=13)
    assert sum(bool(one.differences(FLOOR)) for one in of_people(found)) >= 3
    assert any(one.differences(FLOOR) for one in of_reports(found))


# --- kept -------------------------------------------------------------------------------------------------------------


def test_a_settled_year_is_the_same_for_ever(sqlite_installation: Installation) -> None:
    """P12. The control: until then a meeting that is written down late is in it."""
    world = happened(sqlite_installation, records=10)
    house = world.installation
    assert year_shown.close_due(at(house, "2027-01-31")) == []
    early = file(house, "xlsx", "2027-01-31")
    meeting(house, "2026-W52", team="norr")
    late = file(house, "xlsx", "2027-01-31")
    assert early != late, "control"
    assert year_shown.close_due(at(house, SETTLED)) == [("exempel", YEAR)]
    kept = {kind: file(house, kind, SETTLED) for kind in ENDINGS}
    assert year_shown.close_due(at(house, "2027-02-02")) == []
    meeting(house, "2026-W52", team="norr")
    with house.writing() as db:
        db.execute(update(association).values(name="Ett annat namn", show=40, count=90))
        db.execute(update(team).values(name="Ett annat team"))
        for source in (case_shown, shown):
            db.execute(delete(source))
    assert {kind: file(house, kind, "2029-05-05") for kind in ENDINGS} == kept
    world.move_to("2029-05-05")
    assert "Sparat den 2027-02-01" in world.visit("eva").get(f"{PLACE}{YEAR}/").text


def test_the_command_writes_what_the_page_gives_in_values_that_libreoffice_opens(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    """P16, with a team whose name is a formula; and in English the page has the same figures."""
    evil = '=HYPERLINK("http://127.0.0.1/","Team")'
    world = happened(sqlite_installation, records=10, norr=evil)
    world.move_to("2027-01-15")
    eva = world.visit("eva")
    for kind, ending in ENDINGS.items():
        args = [*EXPORT, "--year", f"{YEAR}", "--out", str(tmp_path / f"aret.{ending}"), "--json"]
        told = world.app.test_cli_runner().invoke(args=args)
        assert (told.exit_code, json.loads(told.output)["settled"]) == (0, False)
        assert (tmp_path / f"aret.{ending}").read_bytes() == eva.get(f"{PLACE}{YEAR}/fil/{kind}").data
        assert kind == "xlsx" or f"'{evil[:11]}" in (tmp_path / f"aret.{ending}").read_text("utf-8-sig")
    workbook = (tmp_path / "aret.xlsx").read_bytes()
    assert harmful(workbook) == []
    assert list(sheets(workbook)) == ["Läs mig", *PARTS]
    assert evil in {row["grupp"] for row in table(workbook, "Deltagare")}, "control: there it is, as a text"
    same_figures(eva.get(f"{PLACE}{YEAR}/").text, eva.get(f"/en{PLACE}{YEAR}/").text)
    if shutil.which("soffice"):
        soffice(tmp_path, "aret.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
        for name in PARTS:
            with (tmp_path / f"aret-{name}.csv").open(encoding="utf-8", newline="") as converted:
                rows = [[cell for cell in row if cell] for row in csv.reader(converted)]
            assert rows == [[cell for cell in row if cell] for row in sheets(workbook)[name]]


def same_figures(swedish: str, english: str) -> None:
    assert "The year in figures 2026" in english
    assert "From referral to meeting" in english
    said = [(one.said.replace(",", "."), two.said) for one, two in zip(of_page(swedish), of_page(english), strict=True)]
    assert [re.findall(r"[\d.]+", one) for one, _two in said] == [re.findall(r"[\d.]+", two) for _one, two in said]


def test_what_there_is_not_is_not_written(sqlite_installation: Installation, tmp_path: Path) -> None:
    world = staffed(sqlite_installation)
    for args in (["--year", "2025"], ["--year", "2026", "--cases"], ["--year", "2026", "--period", "2026-Q1"]):
        words = [*EXPORT, *args, "--out", str(tmp_path / "aret.xlsx")]
        assert world.app.test_cli_runner().invoke(args=words).exit_code == 1
    assert not list(tmp_path.glob("aret.*"))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_only_years_that_are_over_have_figures_and_the_others_say_when(sqlite_installation: Installation) -> None:
    world = staffed(sqlite_installation)
    eva = world.visit("eva")
    world.move_to("2026-11-20")
    assert PLACE in eva.get("/personal/utvardering/").text
    assert "2026 kommer när året är slut." in eva.get(PLACE).text
    assert eva.get(f"{PLACE}2026/").status_code == eva.get(f"{PLACE}2026/fil/xlsx").status_code == 404
    with world.installation.writing() as db:
        publish(db, next(form for form in shipped() if form.id == "staff_poll"))
        db.execute(update(association).values(demonstration=True))
    room.hold(at(world.installation, "2021-06-01"), "exempel", demonstration.invented()["poll"])
    page = eva.get(f"{PLACE}2021/").text
    assert [words for words in LACKING if words not in page] == []
    assert eva.get(f"{PLACE}2021/fil/allt").status_code == 404


def test_nobody_but_the_associations_evaluator_sees_it(sqlite_installation: Installation) -> None:
    world = staffed(sqlite_installation)
    for browser in map(world.visit, ("ada", "kim", "eve", "fia", None)):
        assert {browser.get(PLACE + path).status_code for path in ("", "2026/", "2026/fil/xlsx")} <= {303, 404}
