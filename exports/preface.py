"""`Läs mig`: the first sheet, which says what the file holds, by which rules, and what is withheld and why.

No time of day and nothing about the computer that wrote it: the same period gives the same sheet.
"""

from collections.abc import Collection, Iterator
from datetime import date

from exports.codebook import CodeBook
from exports.contents import Contents, Floors, Slips
from exports.figures import step
from exports.relations import FEWEST
from exports.sheets import binding, group_name, reason
from exports.standing import NEAR
from exports.tables import Column, Layout, Row
from exports.wording import STEPS
from survey.model import LINK_FLOOR
from survey.periods import Period

LAYOUT = Layout("Läs mig", (Column("rubrik", 26, "wrapped"), Column("innehåll", 100, "wrapped")), filtered=False)
_OPEN_LINK = (
    "Öppen länk fanns: vem som helst kan ha svarat, och flera gånger. "
    f"Sådana svar öppnas först när de är minst {LINK_FLOOR}."
)


class Preface:
    """What is to be said of the groups of a file, gathered while they go by, the newest first."""

    def __init__(self) -> None:
        self.day = ""
        """The newest date of an opening, as ISO text."""
        self._periods: dict[str, None] = {}
        self._handed_out: list[Row] = []
        self._rates: list[Row] = []
        self._less_shown: list[Row] = []

    def add(self, contents: Contents) -> None:
        """Take in one group."""
        if not self._periods:
            self._newest = contents
        self.day = max(self.day, contents.released_on)
        self._periods[contents.period] = None
        self._handed_out += _handed_out(contents)
        self._rates += _rates(contents)
        self._less_shown += _less_shown(contents)

    @property
    def title(self) -> str:
        """The form's title."""
        return binding(self._newest.title)

    def unread(self, with_quotes: Collection[str]) -> list[str]:
        """The periods in words whose quotes are not in the file but will be; years have none of their own."""
        left = (label for label in self._periods if len(label) != len("2026") and label not in with_quotes)
        return [Period.parse(label).words("sv") for label in left]

    def rows(self, codes: CodeBook, with_quotes: Collection[str], day: str, *, cuts: int) -> Iterator[Row]:
        """The sheet of a file dated `day`; `with_quotes` are the periods whose quotes are in it, `cuts` how many texts
        did not fit in a cell.
        """
        yield from _about(self._newest, self._periods, day, with_quotes)
        yield from _locked(self._newest)
        yield from _rules(self._newest.floors)
        yield from self._handed_out
        yield from self._rates
        yield from self._less_shown
        yield from _changed(codes)
        if cuts:
            texts = "1 text" if cuts == 1 else f"{cuts} texter"
            yield "Avkortat", f"{texts} är längre än en cell i Excel rymmer. Sådana slutar med «(avkortat)»."
        yield from _reading()


def _about(newest: Contents, periods: Collection[str], day: str, with_quotes: Collection[str]) -> Iterator[Row]:
    yield "Formulär", f"{binding(newest.title)} ({newest.form})"
    for version in newest.versions:
        yield "Version", f"{version.form} {version.version}, fingeravtryck {version.fingerprint}"
    yield "Samordningsförbund", newest.association_name
    yield "Perioder", ", ".join(Period.parse(label).words("sv") for label in periods)
    yield "Utgåva", _edition(periods, with_quotes)
    yield "Öppnat", date.fromisoformat(day)


def _locked(newest: Contents) -> Iterator[Row]:
    """The blocks nobody may change a letter of: with the same fingerprint figures can be put beside others'."""
    for lock in newest.locks:
        questions = sum(entry.lock == lock.id for entry in newest.book)
        yield (
            "Låsta frågor",
            f"{lock.id}: {questions} {'fråga' if questions == 1 else 'frågor'} av {lock.owner} som ingen får ändra, "
            f"fingeravtryck {lock.fingerprint}",
        )


def _changed(codes: CodeBook) -> Iterator[Row]:
    for entry, period in codes.changed():
        yield (
            "Ändrad betydelse",
            f"{entry.id} betyder något annat från och med {period}: {binding(entry.text)} "
            "Den perioden kan ha svar av båda slag. Jämför inte före och efter.",
        )


def _edition(periods: Collection[str], with_quotes: Collection[str]) -> str:
    if with_quotes:
        return "2, med citat"
    of_years = all(len(label) == len("2026") for label in periods)
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


def _handed_out(contents: Contents) -> Iterator[Row]:
    """The codes behind the answers, for the association as a whole."""
    if contents.team is None:
        yield "Koder", f"{_words(contents)}: {_slips(contents.slips)}"


def _rates(contents: Contents) -> Iterator[Row]:
    """The response rate of whole years."""
    if len(contents.period) == len("2026") and contents.base and contents.slips.participants:
        yield "Svarsandel", f"{group_name(contents)}, {_words(contents)}: {_rate(contents.base, contents.slips)}"


def _slips(slips: Slips) -> str:
    given = f"{slips.issued} utlämnade, {slips.voided} makulerade, {slips.participants} deltagare"
    return f"{given}. {_OPEN_LINK}" if slips.open_link else given


def _rate(people: int, slips: Slips) -> str:
    return STEPS[step(min(people, slips.participants), slips.participants)]


def _less_shown(contents: Contents) -> Iterator[Row]:
    if contents.grade != "full":
        heading = "Visas inte" if contents.grade == "withheld" else "Visas grovt"
        yield heading, f"{group_name(contents)}, {_words(contents)}: {reason(contents)}"


def _reading() -> Iterator[Row]:
    for text in (
        "Översikt har en rad per grupp och fråga, med mål och index. Resultat har en rad per svar. "
        "Diagram visar hela förbundet. Samband visar vilka svar som följs åt. Kodbok förklarar alla koder.",
        "antal är personer, andel är hela procent av bas, bas är hur många andelen räknas på.",
        "Raden positiva räknar bara dem som har tagit ställning. På de andra raderna är bas alla i gruppen.",
        f"Grova tal står som ord i kolumnen not: {', '.join(STEPS)}. Då är bas alla i gruppen.",
        "Tomma rutor betyder att talet inte visas. Det kan vara noll, få eller många.",
        f"läge säger om andelen positiva når målet: nått, nära (mindre än {NEAR} enheter under) eller inte nått. "
        "Målet är det som gällde när svaren öppnades. Grova tal har inget läge.",
        "Index är medelvärdet av andelen positiva i temats frågor, och alla frågor väger lika. "
        "Det finns bara när alla visas med exakta tal.",
        f"Samband är Spearmans rangkorrelation, från −1 till 1, mellan frågor som minst {FEWEST} har svarat på. "
        "De säger inte vad som beror på vad.",
        "Koderna −66, −77, −88, −99 och −55 säger varför svar saknas. De står i Kodbok.",
    ):
        yield "Så läser du", text


def _words(contents: Contents) -> str:
    return Period.parse(contents.period).words("sv")
