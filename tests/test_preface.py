"""`Läs mig` says what is true of the very file it stands in."""

from dataclasses import replace

import pytest

from exports import groups
from exports.codebook import CodeBook
from exports.contents import Contents
from exports.preface import Preface
from survey.installation import Installation
from tests.population import FORM, Population

DAY = "2026-01-02"


@pytest.fixture
def shown(sqlite_installation: Installation) -> list[Contents]:
    """Everything shown of an association with two teams, two years of it."""
    with sqlite_installation.writing() as db:
        Population("a", [4, 8]).play(db, groups.close)
        return groups.stored(db, "a", FORM)


def told(contents: list[Contents], heading: str, *with_quotes: str) -> list[str]:
    """What stands under a heading."""
    said, codes = Preface(), CodeBook()
    for one in contents:
        said.add(one)
        codes.add(one)
    return [str(row[1]) for row in said.rows(codes, with_quotes, DAY, cuts=0) if row[0] == heading]


def test_the_edition_is_told_and_a_year_promises_no_quotes(shown: list[Contents]) -> None:
    newest = next(one.period for one in shown if len(one.period) != len("2026"))
    of_period = [one for one in shown if one.period == newest]
    assert told(of_period, "Utgåva") == told(shown, "Utgåva") == ["1, citaten granskas"]
    assert told(of_period, "Utgåva", newest) == ["2, med citat"]
    of_year = [one for one in shown if one.period == newest[:4]]
    assert of_year
    assert told(of_year, "Utgåva") == ["utan citat, de står i filerna för årets perioder"]


def test_an_open_link_is_told_with_what_it_does_not_ensure(shown: list[Contents]) -> None:
    whole = next(one for one in shown if one.team is None)
    slips = replace(whole.slips, issued=12, voided=2, participants=10)
    [plain] = told([replace(whole, slips=slips)], "Koder")
    assert plain.endswith("12 utlämnade, 2 makulerade, 10 deltagare")
    [linked] = told([replace(whole, slips=replace(slips, open_link=True))], "Koder")
    assert linked.startswith(plain)
    assert "vem som helst kan ha svarat" in linked
    assert "minst 10" in linked
