"""How old somebody is, and whether that is within a team's target: information for the page and the coordinator, never
a reason to refuse."""

from datetime import date

from forms.days import months_later
from forms.model import Answer, Answers, Form
from forms.personal_numbers import born
from forms.tailoring import TeamSettings

NUMBER, AGE = "an_pnr", "an_alder"


def age(birth: date, day: date) -> int:
    """Whole years on `day`. Who is born on 29 February is a year older on the last of February in other years: a year
    ends on the month's last day where it lacks the day (lagen om beräkning av lagstadgad tid, SFS 1930:173, 1 §)."""
    years = day.year - birth.year
    return years if months_later(birth, 12 * years) <= day else years - 1


def age_of(answers: Answers, day: date) -> int | None:
    """The age on `day`, by the personal number or else by what was answered; None when neither is there."""
    number, told = answers.get(NUMBER), answers.get(AGE)
    if isinstance(number, str):
        return age(born(number), day)
    return int(told) if isinstance(told, str) else None


def outside(settings: TeamSettings, years: int | None) -> bool:
    """Whether an age is known and lies outside the team's target."""
    return years is not None and not settings.age_from <= years <= settings.age_to


def with_age(form: Form, answers: Answers, day: date) -> dict[str, Answer]:
    """The answers with the age that follows from a personal number, where the form takes the one for the other."""
    derived = [question for question in form.questions if question.derived_from == NUMBER]
    years = age_of(answers, day) if NUMBER in answers else None
    return {**answers, **{question.id: str(years) for question in derived if years is not None}}
