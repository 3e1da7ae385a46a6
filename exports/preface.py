"""`Läs mig`: the first sheet, which says what the file holds, by which rules, and what is withheld and why.

No time of day and nothing about the computer that wrote it: the same period gives the same sheet.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from exports.contents import Contents, Floors, Slips
from exports.figures import step
from exports.sheets import binding, group_name, reason
from exports.tables import Cell, Column, Table
from exports.wording import STEPS
from survey.model import LINK_FLOOR
from survey.periods import Period

Row = tuple[Cell, ...]
_OPEN_LINK = (
    "Öppen länk fanns: vem som helst kan ha svarat, och flera gånger. "
    f"Sådana svar öppnas först när de är minst {LINK_FLOOR}."
)


def preface(groups: Sequence[Contents], day: date, with_quotes: Collection[str]) -> Table:
    """`Läs mig` for these groups, dated `day`; `with_quotes` are the periods whose quotes are in the file."""
    rows = [
        *_about(groups, day, with_quotes),
        *_rules(groups[0].floors),
        *_handed_out(groups),
        *_less_shown(groups),
        *_reading(),
    ]
    return Table("Läs mig", (Column("rubrik", 26), Column("innehåll", 100)), rows, prose=True)


def _about(groups: Sequence[Contents], day: date, with_quotes: Collection[str]) -> Iterator[Row]:
    newest = groups[0]
    yield "Formulär", f"{binding(newest.title)} ({newest.form})"
    for version in newest.versions:
        yield "Version", f"{version.form} {version.version}, fingeravtryck {version.fingerprint}"
    yield "Samordningsförbund", newest.association_name
    yield "Perioder", ", ".join(dict.fromkeys(_words(contents) for contents in groups))
    yield "Utgåva", _edition(groups, with_quotes)
    yield "Öppnat", day


def _edition(groups: Sequence[Contents], with_quotes: Collection[str]) -> str:
    if with_quotes:
        return "2, med citat"
    of_years = all(len(contents.period) == len("2026") for contents in groups)
    return "utan citat, de står i filerna för årets perioder" if of_years else "1, citaten granskas"


def _rules(floors: Floors) -> Iterator[Row]:
    yield "Regler", f"Svar öppnas först när minst {floors.mix} har svarat, och blandas då."
    yield "Regler", f"En grupp visas när minst {floors.show} har svarat, då grovt. Exakta tal kräver {floors.count}."
    yield (
        "Regler",
        "Exakta tal visas bara om ingen mindre grupp kan räknas fram genom att dra ifrån. Annars visas gruppen grovt.",
    )
    yield "Regler", "Om mer än 90 % har gett samma svar visas frågan grovt."
    yield "Regler", "Citat lämnas ut blandade, utan namn och utan koppling till andra svar, när minst tio är godkända."


def _handed_out(groups: Sequence[Contents]) -> Iterator[Row]:
    """The codes behind the answers, for the association as a whole, and the response rate of whole years."""
    for contents in groups:
        if contents.team is None:
            yield "Koder", f"{_words(contents)}: {_slips(contents.slips)}"
    for contents in groups:
        if len(contents.period) == len("2026") and contents.base and contents.slips.participants:
            yield "Svarsandel", f"{group_name(contents)}, {_words(contents)}: {_rate(contents.base, contents.slips)}"


def _slips(slips: Slips) -> str:
    given = f"{slips.issued} utlämnade, {slips.voided} makulerade, {slips.participants} deltagare"
    return f"{given}. {_OPEN_LINK}" if slips.open_link else given


def _rate(people: int, slips: Slips) -> str:
    return STEPS[step(min(people, slips.participants), slips.participants)]


def _less_shown(groups: Sequence[Contents]) -> Iterator[Row]:
    for contents in groups:
        if contents.grade != "full":
            heading = "Visas inte" if contents.grade == "withheld" else "Visas grovt"
            yield heading, f"{group_name(contents)}, {_words(contents)}: {reason(contents)}"


def _reading() -> Iterator[Row]:
    yield "Så läser du", "Översikt har en rad per grupp och fråga. Resultat har en rad per svar."
    yield "Så läser du", "antal är personer, andel är hela procent av bas, bas är hur många andelen räknas på."
    yield (
        "Så läser du",
        "Raden positiva räknar bara dem som har tagit ställning. På de andra raderna är bas alla i gruppen.",
    )
    yield (
        "Så läser du",
        "Grova tal står som ord i kolumnen not: " + ", ".join(STEPS) + ". Då är bas alla i gruppen.",
    )
    yield "Så läser du", "Tomma rutor betyder att talet inte visas. Det kan vara noll, få eller många."
    yield "Så läser du", "Koderna −66, −77, −88, −99 och −55 säger varför svar saknas. De står i Kodbok."


def _words(contents: Contents) -> str:
    return Period.parse(contents.period).words("sv")
