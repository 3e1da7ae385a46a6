"""A year of an association in which there is something of everything, and the way to its report."""

from collections.abc import Sequence
from io import BytesIO

from sqlalchemy import insert, update

from exports import deviation_counts
from exports.case_statistics import close_due
from exports.year_shown import report
from exports.year_workbook import write
from forms.library import shipped
from survey.installation import Installation
from survey.published import publish
from survey.tables import consent_wording, team
from tests.case_rows import WORDING, Told, add_codes, noon
from tests.poll_scene import hold
from tests.records_scene import meeting, raised
from tests.records_scene import told as told_of
from tests.scene import at
from tests.staff_scene import HOME, World, answered, staffed

YEAR = 2026
SETTLED = "2027-02-01"


def told() -> list[Told]:
    """Eighty people in two teams: who referred, when they met, whether women or men, how it ended."""
    return [
        Told(
            f"2026-0{month}-10",
            {"met": f"2026-0{month}-25", "planned": f"2026-0{month}-25", "closed": "2026-12-20"},
            team="norr" if n % 2 else "syd",
            role="self" if n % 3 == 0 else "referrer",
            sex="1" if n % 5 < 3 else "2",
            outcome="3" if n % 4 else "1",
        )
        for month in (2, 5)
        for n in range(40)
    ]


def happened(
    installation: Installation,
    cases: Sequence[Told] = (),
    answers: int = 36,
    votes: int = 11,
    records: int = 24,
    norr: str = "",
) -> World:
    """A year with answers, cases, a poll, and so many meetings and deviations of each team; the night after it
    everything is counted. `norr` is what one of the teams is called."""
    world = staffed(installation)
    with installation.writing() as db:
        db.execute(update(team).where(team.c.slug == "norr").values(name=norr or "Team norr"))
        for form in shipped():
            publish(db, form)
        db.execute(insert(consent_wording).values(hash=WORDING, version="sc-1.0", language="sv", text="Får de prata?"))
        for slug in sorted({one.team for one in cases}):
            db.execute(insert(team).values(slug=slug, association=HOME, name=f"Team {slug}", controller="Kommunen"))
        add_codes(db, cases or told())
    answered(world, world.home, answers)
    world.move_to("2026-11-04")
    voted(world, votes)
    noted(installation, records)
    world.release("2027-01-01")
    close_due(world.installation, noon("2027-01-01"))
    deviation_counts.close_due(world.installation)
    return world


def voted(world: World, votes: int) -> None:
    """A poll: one question was put to the room, the others never."""
    hall = hold(world.installation, again=True)
    phones = hall.phones(votes)
    hall.open("p_en")
    hall.votes("p_en", phones, "1", "1", "2")
    hall.close("p_en")
    hall.end()


def noted(installation: Installation, records: int) -> None:
    """Two teams write down meetings, each with a new participant but the last, and raise deviations; one stays new."""
    for place, where in enumerate(("norr", "syd")):
        for number in range(records):
            who = None if number < records - 1 else 1
            after = None if number % 5 == place else 15
            how = ("1", "2") if number % 3 else ("3",)
            week = f"2026-W{2 + number % 50:02d}"
            meeting(
                installation, week, who, team=where, met=45 + number, after=after, how=how, tips={1: f"{number % 2}"}
            )
            about = ("1", "3") if number % 5 == 0 else ("1",) if number % 4 else ("2",)
            raised(installation, f"2026-{1 + number % 12:02d}-15", *about, team=where, works=number % 6 == 0)
        told_of(installation, "2026-03-15", "2", team=where)


def file(installation: Installation, kind: str, day: str) -> bytes:
    """What the file of the year is on a day."""
    out = BytesIO()
    house = at(installation, day)
    with house.reading() as db:
        write(report(db, "exempel", YEAR, house.today()), kind, out)
    return out.getvalue()
