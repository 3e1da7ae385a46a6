"""A team at work on its own records: meetings noted and deviations told, week by week and day by day."""

from collections.abc import Mapping

from forms.model import Answer
from survey.installation import Installation
from survey.records import deviations, log
from survey.records.deviations import Deviation
from survey.records.log import Meeting
from tests.scene import at

ALL_PARTIES = ("af", "fk", "kommun", "region")


def meeting(
    installation: Installation,
    week: str = "2026-W30",
    participant: int | None = None,
    *,
    team: str = "norr",
    number: int | None = None,
    before: int | None = 10,
    met: int = 60,
    after: int | None = 10,
    who: tuple[str, ...] = ALL_PARTIES,
    how: tuple[str, ...] = ("1",),
    tips: Mapping[int, str] | None = None,
) -> Meeting:
    """Note one meeting."""
    answers: dict[str, Answer] = {"ml_antal_dag": "3", "ml_delt": f"{met}", "ml_med": who, "ml_form": how}
    answers |= {name: f"{n}" for name, n in (("ml_fore", before), ("ml_efter", after)) if n is not None}
    answers |= {f"ml_tips_{number}": said for number, said in (tips or {}).items()}
    with installation.writing() as db:
        return log.note(db, team, week, participant, number, answers)


def told(
    installation: Installation,
    day: str = "2026-08-03",
    *types: str,
    team: str = "norr",
    works: bool = False,
    what: str = "Reglerna krockar.",
    seen: tuple[str, ...] = (),
) -> Deviation:
    """Tell of a deviation, or of what works well, on a day."""
    said: dict[str, Answer] = {"av_slag": "2" if works else "1", "av_typ": types or ("1",), "av_parter": ("fk",)}
    said |= {"av_handelse": what, "av_antal": "2"}
    if not works:
        said |= {"av_foljd": ("1",), "av_niva": "3"}
    here = at(installation, day)
    with here.writing() as db:
        return deviations.tell(db, here, team, said, seen, "kim")


def raised(
    installation: Installation, day: str, *types: str, team: str = "norr", works: bool = False, on: str = ""
) -> Deviation:
    """Tell of a deviation on a day, and raise it on the same day or another."""
    one, here = told(installation, day, *types, team=team, works=works), at(installation, on or day)
    with here.writing() as db:
        deviations.take_step(db, here, one, "raised", "", (), "kim")
        return deviations.find(db, one.id)
