"""A year of an association in which there is something of everything, and the way to its report."""

from collections.abc import Sequence
from io import BytesIO

from sqlalchemy import insert

from exports.case_statistics import close_due
from exports.year_shown import report
from exports.year_workbook import write
from forms.library import shipped
from survey.installation import Installation
from survey.published import publish
from survey.tables import consent_wording
from tests.case_rows import WORDING, Told, add_codes, noon
from tests.poll_scene import hold
from tests.scene import at
from tests.staff_scene import World, answered, staffed

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


def happened(installation: Installation, cases: Sequence[Told] = ()) -> World:
    """A year with answers, cases and a poll; the night after it everything is counted."""
    world = staffed(installation)
    with installation.writing() as db:
        for form in shipped():
            publish(db, form)
        db.execute(insert(consent_wording).values(hash=WORDING, version="sc-1.0", language="sv", text="Får de prata?"))
        add_codes(db, cases or told())
    answered(world, world.home, 36)
    world.move_to("2026-11-04")
    voted(world)
    world.release("2027-01-01")
    close_due(world.installation, noon("2027-01-01"))
    return world


def voted(world: World) -> None:
    """A poll of eleven people: one question was put to the room, the others never."""
    hall = hold(world.installation, again=True)
    phones = hall.phones(11)
    hall.open("p_en")
    hall.votes("p_en", phones, "1", "1", "2")
    hall.close("p_en")
    hall.end()


def file(installation: Installation, kind: str, day: str) -> bytes:
    """What the file of the year is on a day."""
    out = BytesIO()
    house = at(installation, day)
    with house.reading() as db:
        write(report(db, "exempel", YEAR, house.today()), kind, out)
    return out.getvalue()
