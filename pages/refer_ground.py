"""The team somebody is referred to, as the referral's pages need it: its form, its names, the languages it may speak.

Nothing of a person is here. What the team decides about itself is `survey.cases.settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from forms.model import Answers, Form
from forms.placeholders import case_values
from forms.roles import role_of, worded
from forms.tailoring import tailored
from pages.language import languages, spoken, switch
from survey import published
from survey.cases import settings, wordings
from survey.cases.settings import CaseSettings
from survey.teams import Association, Team, find_association, find_team

FORM = "referral"


@dataclass(frozen=True)
class Ground:
    """Where a referral is made."""

    team: Team
    association: Association
    settings: CaseSettings
    base: Form
    """The form as published: what a page's state is bound to, since a team may change its mind about the rest."""
    offered: tuple[str, ...]
    """The languages whose consent text is approved; the first one binds."""

    def form(self, answers: Answers) -> Form:
        """The form as this team asks it of whoever fills it in."""
        return worded(tailored(self.base, self.settings.form), role_of(answers))

    def blanks(self, answers: Answers, today: date) -> Mapping[str, str]:
        """What `{team}` and the like become, in the language of the page."""
        form = self.settings.form
        return case_values(
            team=self.team.name,
            association=self.association.name,
            phone=self.phone,
            contact=self.settings.contact or self.phone or self.team.name,
            parties=form.parties,
            ages=(form.age_from, form.age_to),
            consent_months=form.consent_months,
            language=spoken(),
            answers=answers,
            today=today,
        )

    @property
    def phone(self) -> str:
        return self.settings.phone or self.team.phone

    def speak(self, go: str) -> None:
        """Answer in the language of the button pressed or of the address, or else in the one that binds: a consent
        is never asked for in words that nobody has approved."""
        wanted = go.removeprefix("lang-") if go.startswith("lang-") else spoken()
        language = wanted if wanted in self.offered else self.offered[0]
        if language != spoken():
            switch(language)


def ground(db: Connection, team: str, version: int | None = None) -> Ground:
    """The team with its form, in a version of it or the newest. Raises `NotFound`, also while none is published."""
    found = find_team(db, team)
    form = published.newest(db, FORM) if version is None else published.load(db, FORM, version)
    approved = wordings.approved(db, form)
    offered = tuple(language for language in form.languages if language in approved and language in languages())
    return Ground(found, find_association(db, found.association), settings.settings(db, team), form, offered)
