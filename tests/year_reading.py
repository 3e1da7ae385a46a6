"""A year in figures as somebody outside reads it: the lines of the page, the rows of files, the sources."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import StringIO

from exports.year_workbook import COLUMNS
from tests.outsider import sheets, table

Row = dict[str, str]
EVENTS = "Ärenden under året"
TENTHS = ("timmar", "i medel")
"""Units that are always said with one decimal; in a sheet 16 is 16.0."""
ANSWERS, POLLS = "Deltagarnas svar", "Omröstningar"


@dataclass(frozen=True)
class Line:
    """What stands at one place: the part, the table's heading, which line of it, and what is said there."""

    part: str
    heading: str
    name: str
    said: str


def of_page(page: str) -> Iterator[Line]:
    """Every line of the page's tables; of one by group a line per cell, named by both."""
    for part in re.split(r'<section aria-labelledby="[a-z]+">', page)[1:]:
        name = _words(_one(r"<h2[^>]*>(.*?)</h2>", part))
        for block in part.split("<h3")[1:]:
            heading = _words(_one(r">(.*?)</h3>", block))
            columns = [_words(one) for one in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', block)][1:]
            for row in re.findall(r'<tr><th scope="row">.*?</tr>', block, re.DOTALL):
                first = _words(
                    re.sub(r'<br><span class="hint">.*?</span>', "", _one(r'<th scope="row">(.*?)</th>', row))
                )
                cells = [_words(one) for one in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)]
                for column, cell in zip(columns, cells, strict=True):
                    yield Line(name, heading, first if len(columns) == 1 else f"{first} {column}", cell)


def of_workbook(workbook: bytes) -> dict[str, list[Row]]:
    """Every sheet with figures by its name, which is the part's; columns that a part has not are blank."""
    blank = dict.fromkeys((column.name for column in COLUMNS), "")
    found = {name: table(workbook, name) for name in sheets(workbook) if name != "Läs mig"}
    return {name: [blank | row for row in rows] for name, rows in found.items()}


def of_csv(content: bytes) -> list[Row]:
    """The rows as Swedish Excel has them."""
    rows = csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";")
    return [row | {"värde": row["värde"].replace(",", ".").removesuffix(".0")} for row in rows]


def as_on_the_page(part: str, row: Row) -> Line:
    """What the page says where the file has this row."""
    if row["grupp"]:
        said = " ".join(filter(None, (row["antal"], f"{row['andel']} %" if row["andel"] else "")))
        return Line(part, row["rubrik"], f"{row['grupp']} {row['siffra']}", said or "– Visas inte.")
    if row["andel"]:
        said = f"{row['andel']} % {row['antal']} av {row['bas']}"
    elif row["antal"]:
        said = row["antal"]
    elif row["värde"]:
        value = f"{float(row['värde']):.1f}".replace(".", ",") if row["enhet"] in TENTHS else row["värde"]
        said = f"{value} {row['enhet']}" + (f" bas {row['bas']}" if row["bas"] else "")
    else:
        said = f"{row['i ord']} bas {row['bas']}" if row["i ord"] else "– Visas inte."
    if row["läge"]:
        said += f" Mål {row['mål']} %: {row['läge'].split(' ', 1)[1]}"
    return Line(part, row["rubrik"], row["siffra"], said)


def numbers(row: Row) -> tuple[str, str, str]:
    """How many, of how many, and the share."""
    return row["antal"], row["bas"], row["andel"]


def of_cases(workbook: bytes, year: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Where the year should say what of cases, by their own workbook: heading and line -> numbers."""
    counts = [row for row in table(workbook, "Antal") if row["period"] == year]
    told = {}
    for row in counts:
        if not row["uppdelning"]:
            told[EVENTS, row["händelse"]] = numbers(row)
        elif row["uppdelning"] in ("Vem som anmälde", "Handläggarens organisation", "Hur det blev"):
            told[row["uppdelning"], row["värde"]] = numbers(row)
        elif row["uppdelning"] == "Team och kön":
            group, sex = row["värde"].rsplit(": ", 1)
            told["Deltagare efter kön", f"{group} {sex}"] = numbers(row)
        elif row["uppdelning"] == "Team" and row["händelse"] == "Första möten":
            told["Deltagare efter kön", f"{row['värde']} Deltagare"] = (row["antal"], "", "")
    for row in table(workbook, "Tider"):
        if row["period"] == year:
            told[row["steg"], row["väntetid"]] = numbers(row)
            if row["väntetid"] == "Alla":
                told[row["steg"], "Mittersta värdet"] = ("", "", row["mittersta värdet i dagar"])
    for row in table(workbook, "Nyckeltal"):
        if row["period"] == year and row["enhet"] == "procent":
            told["Nyckeltal", row["nyckeltal"]] = (row["antal"], row["bas"], row["värde"])
    return told


def of_answers(workbook: bytes, group: str, year: str) -> dict[str, tuple[str, str, str]]:
    """Question -> numbers of the positive answers, or the word for them, by the form's own workbook."""
    rows = [row for row in table(workbook, "Resultat") if (row["grupp"], row["period"]) == (group, year)]
    return {
        row["frågetext"]: (row["antal"] or row["not"], row["bas"], row["andel"])
        for row in rows
        if row["svar"] == "positiva"
    }


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found, pattern
    return found[1]


def _words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", markup, flags=re.DOTALL)).split())
