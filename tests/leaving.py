"""Everything that leaves, read as somebody outside reads it: every sheet, file, page, picture and answer of the API.

`SOURCES` is the one list: a source reads what it gives and says the facts that stand there. What a new page or file
tells belongs here, or nobody asks whether it tells too much.
"""

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from html import unescape
from io import BytesIO, StringIO
from statistics import fmean
from tempfile import NamedTemporaryFile
from typing import Any

import pyreadstat

from exports import year_shown, year_workbook
from exports.export import FILES, Selection
from survey.installation import Installation
from tests import year_reading
from tests.outsider import MISSING, WORDS, sheets
from tests.population import FORM, Population
from tests.scene import SOAK
from tests.staff_scene import Browser
from tests.year_reading import ANSWERS, Line

Row = dict[str, str]
POSITIVE, INDEX, STANDING, NONE = "positiva", "index", "läge", "saknas"
LATER = date(2027, 3, 1)
"""A day on which every year that is played is over."""
SPOKEN = ("Högst 1 av 10", "Ungefär 1 av 4", "Ungefär hälften", "Ungefär 3 av 4", "Minst 9 av 10")
"""The coarse words on the page for participants, in the order of `WORDS`."""


@dataclass(frozen=True)
class Fact:
    """A figure somewhere. What a place does not say ("" or None) is left open: some name no group, or no count."""

    group: str = ""
    period: str = ""
    question: str = ""
    """A question's id, or for an index the theme's name."""
    answer: str = ""
    count: int | None = None
    share: int | None = None
    base: int | None = None
    word: str = ""

    def within(self, other: "Fact") -> bool:
        """Whether the other says all that this one does."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return all(value in ("", None) or value == getattr(other, name) for name, value in said.items())


@dataclass
class Open:
    """One association with all that leads in: its database, an evaluator, a coordinator of each team, a key."""

    installation: Installation
    population: Population
    evaluator: Browser
    coordinators: Mapping[str, Browser]
    stranger: Browser
    key: str

    def file(self, kind: str) -> bytes:
        """A file of everything."""
        out = BytesIO()
        with self.installation.reading() as db:
            FILES[kind].write(db, Selection(self.population.slug, FORM), out)
        return out.getvalue()

    def page(self, path: str) -> str:
        """What the evaluator sees at an address under the form's."""
        answer = self.evaluator.get(f"/personal/utvardering/{self.population.slug}/{FORM}/{path}")
        assert answer.status_code == 200, path
        return str(answer.text)

    def api(self, path: str) -> Any:
        """What a program gets at an address under the form's."""
        where = f"/api/v1/associations/{self.population.slug}/forms/{FORM}/{path}"
        answer = self.stranger.get(where, headers={"Authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200, path
        return answer.get_json()

    @cached_property
    def sheets(self) -> dict[str, list[Row]]:
        """The workbook's sheets by heading."""
        return {name: _by_heading(rows) for name, rows in sheets(self.file("xlsx")).items()}

    @cached_property
    def groups(self) -> list[tuple[str | None, str, str]]:
        """Every group that is shown: its team's short name, its name, its period."""
        named = {f"Team {slug}": slug for slug in self.population.teams}
        shown = dict.fromkeys((row["grupp"], row["period"]) for row in self.sheets["Resultat"])
        return [(named.get(name), name, period) for name, period in shown]

    @property
    def years(self) -> list[str]:
        """The years that are over."""
        return sorted({period for _team, _name, period in self.groups if len(period) == len("2026")})

    @cached_property
    def questions(self) -> list[str]:
        """The questions that are looked at one by one: all of them when soaking."""
        asked = list(dict.fromkeys(row["fråga"] for row in self.sheets["Resultat"]))
        return asked if SOAK else asked[:4]

    @cached_property
    def known(self) -> list[Fact]:
        """What `Resultat` says, and what anybody computes from it: an index and a standing."""
        said = list(_result(self.sheets["Resultat"]))
        return said + list(_computed(said, self.sheets))

    def unexplained(self, facts: Iterable[Fact]) -> list[Fact]:
        """The facts that `known` does not hold."""
        by_question: dict[str, list[Fact]] = {"": self.known}
        for one in self.known:
            by_question.setdefault(one.question, []).append(one)
        return [fact for fact in facts if not any(map(fact.within, by_question.get(fact.question, [])))]


def _by_heading(rows: list[list[str]]) -> list[Row]:
    heading, *rest = rows
    return [dict(zip(heading, row + [""] * len(heading), strict=False)) for row in rest]


def _number(cell: str) -> int | None:
    return int(cell) if cell else None


def _result(rows: Iterable[Row]) -> Iterator[Fact]:
    for row in rows:
        place = (row["grupp"], row["period"], row["fråga"])
        word = row["not"] if row["grad"] == "grov" or row["svar"] == "medel" else ""
        if row["antal"] or word:
            yield Fact(*place, row["svar"], _number(row["antal"]), _number(row["andel"]), int(row["bas"]), word)


def _computed(said: Iterable[Fact], book: Mapping[str, list[Row]]) -> Iterator[Fact]:
    """A theme's index, where every rated question of it is told exactly, and how a goal is reached."""
    exact = {(f.group, f.period, f.question): f for f in said if f.answer == POSITIVE and f.count is not None}
    rated: dict[str, list[str]] = {}
    for row in book["Kodbok"]:
        if row["slag"] == "positivt" and not row["till"] and row["fråga"] not in rated.get(row["tema"], []):
            rated.setdefault(row["tema"], []).append(row["fråga"])
    for group, period in dict.fromkeys((f.group, f.period) for f in exact.values()):
        for theme, questions in rated.items():
            told = [exact.get((group, period, question)) for question in questions]
            if theme and len(told) > 1 and all(told):
                mean = fmean(100 * (one.count or 0) / (one.base or 1) for one in told if one)
                yield Fact(group, period, theme, INDEX, share=int(mean + 0.5))
    for fact in exact.values():
        yield Fact(fact.group, fact.period, fact.question, STANDING)
        yield replace(fact, count=None, share=None, word=_coarsely(fact))
    lacking = Counter[Fact]()
    for fact in said:
        if fact.answer in MISSING and fact.count is not None:
            lacking[replace(fact, answer=NONE, count=None, share=None)] += fact.count
    for fact, count in lacking.items():
        yield replace(fact, count=count, share=int(100 * count / (fact.base or 1) + 0.5))


def _coarsely(fact: Fact) -> str:
    """The word an exact share would have had."""
    share = 100 * (fact.count or 0) / (fact.base or 1)
    return WORDS[0 if share <= 10 else 4 if share >= 90 else 1 + (share >= 37.5) + (share >= 62.5)]


def of_overview(seen: Open) -> Iterator[Fact]:
    """`Översikt`: shares without counts, indexes, standings."""
    for row in seen.sheets["Översikt"]:
        place = (row["grupp"], row["period"])
        if row["fråga"] and row["andel positiva"]:
            yield Fact(*place, row["fråga"], POSITIVE, share=int(row["andel positiva"]), base=int(row["bas"]))
        elif row["andel positiva"]:
            yield Fact(*place, row["tema"], INDEX, share=int(row["andel positiva"]))
        elif row["grad"] == "grov":
            yield Fact(*place, row["fråga"], POSITIVE, base=int(row["bas"]), word=row["not"])
        if row["läge"]:
            yield Fact(*place, row["fråga"], STANDING)


def of_drawings(seen: Open) -> Iterator[Fact]:
    """`Diagram`: what the charts read; they name neither group nor question by id."""
    for row in seen.sheets["Diagram"]:
        if row["exakt"]:
            answer = POSITIVE if row["bas"] else ""
            yield Fact(answer=answer, share=int(row["exakt"]), base=_number(row["bas"]))
        elif row["grovt"]:
            yield Fact(answer=POSITIVE, word=row["i ord"], base=int(row["bas"]))


def of_relations(seen: Open) -> Iterator[Fact]:
    """`Samband`: the two questions must be told exactly; the coefficient itself is tried in `test_relations`."""
    for row in seen.sheets["Samband"]:
        for question in filter(None, (row["fråga 1"], row["fråga 2"])):
            yield Fact(row["grupp"], row["period"], question, STANDING)


def _comma_separated(content: bytes, separator: str) -> Iterator[Fact]:
    return _result(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=separator))


def _of_spss(content: bytes) -> Iterator[Fact]:
    """A case per group; missing values are left out by whoever reads the file, as SPSS does."""
    with NamedTemporaryFile(suffix=".sav") as file:
        file.write(content)
        file.flush()
        cases, _ = pyreadstat.read_sav(file.name, output_format="dict")
    for case in (dict(zip(cases, row, strict=True)) for row in zip(*cases.values(), strict=True)):
        place = (case["team"] or case["forbund"], case["period"])
        told = {name: int(value) for name, value in case.items() if isinstance(value, float) and value == value}
        for name, value in told.items():
            question, _, code = name.partition("_n_")
            answer = f"-{code[1:]}" if code.startswith("m") else code
            if code:
                yield Fact(*place, question, answer, value, told[f"{question}_p_{code}"], told["bas"])
            elif name.endswith("_pos"):
                yield Fact(*place, question[: -len("_pos")], POSITIVE, share=value, base=told[f"{name}_bas"])
            elif name.endswith("_steg"):
                yield Fact(*place, question[: -len("_steg")], POSITIVE, word=WORDS[value - 1])


def of_csv(seen: Open) -> Iterator[Fact]:
    """`Resultat` for Swedish Excel."""
    return _comma_separated(seen.file("csv"), ";")


def of_program_csv(seen: Open) -> Iterator[Fact]:
    """`Resultat` for programs."""
    return _comma_separated(seen.file("program"), ",")


def of_spss(seen: Open) -> Iterator[Fact]:
    """The file for SPSS."""
    return _of_spss(seen.file("sav"))


def of_bundle(seen: Open) -> Iterator[Fact]:
    """Every file in the zip."""
    with zipfile.ZipFile(BytesIO(seen.file("zip"))) as bundle:
        inside = {name: bundle.read(name) for name in bundle.namelist()}
    for name, content in inside.items():
        if name.endswith(".xlsx"):
            yield from _result(_by_heading(sheets(content)["Resultat"]))
        elif name.endswith(".sav"):
            yield from _of_spss(content)
        elif name.endswith(".csv") and name != "kodbok.csv":
            yield from _comma_separated(content, "," if ".program" in name else ";")


def of_programs(seen: Open) -> Iterator[Fact]:
    """Every answer of the API about a group."""
    for team, name, period in seen.groups:
        told = seen.api(f"groups/{period}" + (f"/teams/{team}" if team else ""))
        for question in told["questions"]:
            place = (name, period, question["question"])
            for answer in question["answers"]:
                yield Fact(*place, answer["code"], answer["count"], answer["share"], told["base"])
            if question["positive"]:
                positive = question["positive"]
                yield Fact(*place, POSITIVE, positive["count"], positive["share"], positive["base"])
            if question["step"] is not None:
                yield Fact(*place, POSITIVE, base=told["base"], word=WORDS[question["step"]])
            if question["standing"]:
                yield Fact(*place, STANDING)
        for theme in told["themes"]:
            if theme["index"]:
                yield Fact(name, period, theme["name"]["sv"], INDEX, share=theme["index"]["value"])
        for relation in told["relations"]:
            yield from (Fact(name, period, question, STANDING) for question in relation["questions"])


def of_lists(seen: Open) -> Iterator[Fact]:
    """The groups as programs may list them: how many people each is, or nothing."""
    for one in seen.api("groups?limit=100")["items"]:
        if one["base"] is not None:
            yield Fact(one["name"], one["period"], base=one["base"])


def of_pages(seen: Open) -> Iterator[Fact]:
    """The evaluator's page of every group."""
    for team, name, period in seen.groups:
        yield from _figures(seen, seen.page(f"{period}/" + (f"team/{team}" if team else "")), name, period)


def of_team_pages(seen: Open) -> Iterator[Fact]:
    """What coordinators see of their teams."""
    for team, name, period in seen.groups:
        if team:
            page = seen.coordinators[team].get(f"/personal/team/{team}/siffror/{FORM}/{period}")
            yield from _figures(seen, page.text, name, period)


def of_pictures(seen: Open) -> Iterator[Fact]:
    """Every drawing that can be fetched from a page."""
    for team, name, period in seen.groups:
        page = seen.page(f"{period}/" + (f"team/{team}" if team else ""))
        for path in re.findall(rf'href="[^"]*/{FORM}/([^"]*/diagram/[^"]*)"', page):
            question = path.rsplit("/", 1)[1]
            if question in seen.questions:
                yield from _counts(_words(seen.page(path)), Fact(name, period, question))


def of_comparisons(seen: Open) -> Iterator[Fact]:
    """Every question over time, in years and in their parts, with its drawings."""
    for question in seen.questions:
        for view in ("ar", "perioder"):
            page = seen.page(f"jamfor/{question}/{view}")
            drawn = [seen.page(path) for path in re.findall(rf'href="[^"]*/{FORM}/(jamfor/[^"]*/diagram[^"]*)"', page)]
            for text in (page, *drawn):
                yield from _counts(_words(text), Fact(question=question))


def of_drafts(seen: Open) -> Iterator[Fact]:
    """What evaluators see of it before."""
    for team, name, period in seen.groups:
        if team is None:
            yield from _counts(_words(seen.page(f"aterkoppling/{period}/granska")), Fact(name, period))


def of_participants(seen: Open) -> Iterator[Fact]:
    """What everyone may read, once it has been published."""
    text = _words(seen.stranger.get(f"/resultat/{seen.population.slug}").text)
    yield from _counts(text, Fact(group=f"Förbundet {seen.population.slug}"))
    for spoken, word in zip(SPOKEN, WORDS, strict=True):
        if spoken in text:
            yield Fact(f"Förbundet {seen.population.slug}", answer=POSITIVE, word=word)


def of_year_files(seen: Open) -> Iterator[Fact]:
    """What the year in figures says of answers, as a workbook; its table has the same rows (`test_year`)."""
    for year in seen.years:
        yield from _of_the_year(seen, year, _of_sheet(seen, year))


def of_year_pages(seen: Open) -> Iterator[Fact]:
    """The same as a page."""
    for year in seen.years:
        page = seen.evaluator.get(f"/personal/utvardering/{seen.population.slug}/arets-siffror/{year}/")
        yield from _of_the_year(seen, year, (line for line in year_reading.of_page(page.text) if line.part == ANSWERS))


def _of_sheet(seen: Open, year: str) -> Iterator[Line]:
    out = BytesIO()
    with seen.installation.reading() as db:
        year_workbook.write(year_shown.report(db, seen.population.slug, int(year), LATER), "xlsx", out)
    for row in year_reading.of_workbook(out.getvalue())[ANSWERS]:
        yield year_reading.as_on_the_page(ANSWERS, row)


def _of_the_year(seen: Open, year: str, lines: Iterable[Line]) -> Iterator[Fact]:
    asked = {row["frågetext"]: row["fråga"] for row in seen.sheets["Resultat"]}
    for line in lines:
        place = Fact(f"Förbundet {seen.population.slug}", year, asked.get(line.name, ""))
        base = int(found[1]) if (found := re.search(r"bas (\d+)", line.said)) else None
        if told := re.match(r"(\d+) % (\d+) av (\d+)", line.said):
            share, count, of = map(int, told.groups())
            yield replace(place, answer=POSITIVE, count=count, share=share, base=of)
        elif line.name == "Har svarat" and line.said.isdecimal():
            yield replace(place, base=int(line.said))
        elif index := re.match(r"(\d+) av 100\b", line.said):
            yield replace(place, question=line.heading.partition(": ")[2], answer=INDEX, share=int(index[1]))
        elif mean := re.match(r"(\d+,\d) i medel", line.said):
            yield replace(place, answer="medel", base=base, word=f"Medelvärde {mean[1]}")
        elif place.question and (words := [one for one in WORDS if line.said.startswith(one)]):
            yield replace(place, answer=POSITIVE, base=base, word=words[0])
        if place.question and " Mål " in line.said:
            yield replace(place, answer=STANDING)


SOURCES: Mapping[str, Callable[[Open], Iterator[Fact]]] = {
    "Översikt": of_overview,
    "Diagram": of_drawings,
    "Samband": of_relations,
    "csv": of_csv,
    "program": of_program_csv,
    "sav": of_spss,
    "zip": of_bundle,
    "API": of_programs,
    "lists of the API": of_lists,
    "pages of evaluators": of_pages,
    "pages of coordinators": of_team_pages,
    "pictures": of_pictures,
    "comparisons": of_comparisons,
    "drafts for participants": of_drafts,
    "page of participants": of_participants,
    "files of the year": of_year_files,
    "pages of the year": of_year_pages,
}
"""Everything but `Resultat` itself, which the attack of `test_secrecy_figures` reads."""


def _words(page: str) -> str:
    """A page without its tags; what stands in a drawing's title and description is words, too."""
    return " ".join(
        unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)).split()
    )


def _counts(text: str, place: Fact) -> Iterator[Fact]:
    """Counts and shares as running text has them."""

    def at(answer: str, count: str, share: str | None, base: str | None) -> Fact:
        about = (place.group, place.period, place.question, answer, int(count))
        return Fact(*about, int(share) if share else None, int(base) if base else None)

    for count, base, share in re.findall(r"(\d+) av (\d+)\b(?: svar[^,.]*, (\d+) procent)?", text):
        if int(base) > 10:  # "8 av 10" is a share in words, "steg 3 av 5" a coarse one
            yield at(POSITIVE, count, share, base)
    for base, count, share in re.findall(r"Av (\d+) svar var (\d+) positiv[at]+ \((\d+) %\)", text):
        yield at(POSITIVE, count, share, base)
    for count, share in re.findall(r"(\d+) \((\d+) %\)", text):
        yield at("", count, share, None)


def _figures(seen: Open, page: str, group: str, period: str) -> Iterator[Fact]:
    """A page of figures: its overview, and a card per question."""
    for question, cell in re.findall(r'href="#([^"]+)">[^<]*</a></th><td>(.*?)</td>', page):
        yield from _counts(_words(cell), Fact(group, period, question))
    for theme, value in re.findall(r'<h3 id="oversikt-\d+">([^<]*)</h3>\s*<p><strong>Index (\d+)', page):
        yield Fact(group, period, unescape(theme), INDEX, share=int(value))
    for question, card in re.findall(r'<figure class="chart[^"]*" id="([^"]+)"(.*?)</figure>', page, re.DOTALL):
        place = Fact(group, period, question)
        yield from _counts(_words(card), place)
        for count, share in re.findall(r'<td class="n">(\d+)</td><td class="n">(\d+)', card):
            yield Fact(group, period, question, count=int(count), share=int(share))
        for word in re.findall(r'<p class="positive">Positiva svar: ([^<]*)</p>', card):
            yield Fact(group, period, question, POSITIVE, word=word)
        if 'class="standing"' in card:
            yield Fact(group, period, question, STANDING)
