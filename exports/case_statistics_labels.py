"""What case statistics call things: events, dimensions and their values, in Swedish and English, as on the day.

Texts of answers come from the newest published forms; they are stored with the figures, so that a later version or a
new name changes nothing that has been shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from exports.case_statistics_counting import REFUSED, UNKNOWN, WAITS
from exports.contents import Texts
from forms.model import Form
from survey.cases.leading import SEXES
from survey.published import newest
from survey.teams import teams

Values = Mapping[str, Texts]
"""Value -> what it is called, in the order to list them."""

EVENTS: Values = {
    "received": {"sv": "Anmälningar", "en": "Referrals"},
    "met": {"sv": "Första möten", "en": "First meetings"},
    "planned": {"sv": "Planer", "en": "Plans"},
    "followed_up": {"sv": "Uppföljningar", "en": "Follow-ups"},
    "closed": {"sv": "Avslutade ärenden", "en": "Closed cases"},
}
WAITED: Values = {
    "met": {"sv": "Från anmälan till möte", "en": "From referral to meeting"},
    "planned": {"sv": "Från anmälan till plan", "en": "From referral to plan"},
    "followed_up": {"sv": "Från anmälan till uppföljning", "en": "From referral to follow-up"},
}
DIMENSIONS: Values = {
    "team": {"sv": "Team", "en": "Team"},
    "source": {"sv": "Vem som anmälde", "en": "Who referred"},
    "organisation": {"sv": "Handläggarens organisation", "en": "The caseworker's organisation"},
    "municipality": {"sv": "Kommun", "en": "Municipality"},
    "situation": {"sv": "Läget vid anmälan", "en": "Situation at referral"},
    "reason": {"sv": "Varför just då, enligt handläggaren", "en": "Why then, by the caseworker"},
    "refused": {"sv": "Samtycken vid anmälan", "en": "Consents at referral"},
    "sex": {"sv": "Team och kön", "en": "Team and sex"},
    "days": {"sv": "Väntetid", "en": "Waiting time"},
    "outcome": {"sv": "Hur det blev", "en": "Outcome"},
}
SEX: Values = {
    "1": {"sv": "Kvinnor", "en": "Women"},
    "2": {"sv": "Män", "en": "Men"},
    "3": {"sv": "Annat", "en": "Other"},
}
_SOURCES: Values = {
    "referrer": {
        "sv": "Handläggare, vårdkontakt eller annan kontakt",
        "en": "Caseworker, care contact or other contact",
    },
    "self": {"sv": "Personen själv", "en": "The person"},
    "helper": {"sv": "Personen med hjälp av någon annan", "en": "The person with help from someone"},
}
_REFUSED: Values = {
    "none": {"sv": "Ja till alla parter", "en": "Yes to all parties"},
    "some": {"sv": "Nej till någon part", "en": "No to some party"},
    "all": {"sv": "Nej till alla parter", "en": "No to all parties"},
}
_WAITS: Values = {
    "14": {"sv": "Högst 14 dagar", "en": "14 days at most"},
    "30": {"sv": "15–30 dagar", "en": "15–30 days"},
    "60": {"sv": "31–60 dagar", "en": "31–60 days"},
    "90": {"sv": "61–90 dagar", "en": "61–90 days"},
    "more": {"sv": "Mer än 90 dagar", "en": "More than 90 days"},
}
NOT_STATED: Values = {UNKNOWN: {"sv": "Uppgift saknas", "en": "Not stated"}}
assert (tuple(SEX), tuple(_REFUSED), tuple(_WAITS)) == (SEXES, REFUSED, tuple(value for value, _most in WAITS))


@dataclass(frozen=True)
class Labels:
    """Dimension -> its values; of municipalities only those that are printed, for that one is there tells something."""

    values: Mapping[str, Values]

    @property
    def situations(self) -> tuple[str, ...]:
        """The codes of what may apply to a person."""
        return tuple(self.values["situation"])


def labels(db: Connection, association: str) -> Labels:
    """As they are today."""
    referral, follow_up = newest(db, "referral"), newest(db, "follow_up")
    return Labels(
        {
            "team": {team.slug: {"sv": team.name, "en": team.name} for team in teams(db, association)},
            "source": _SOURCES,
            "organisation": {**_choices(referral, "an_rem_org"), **NOT_STATED},
            "situation": _choices(referral, "an_lage"),
            "reason": {**_choices(referral, "an_skede"), **NOT_STATED},
            "refused": _REFUSED,
            "sex": {**SEX, **NOT_STATED},
            "days": _WAITS,
            "outcome": {**_choices(follow_up, "uf_utfall"), **NOT_STATED},
        }
    )


def _choices(form: Form, question: str) -> Values:
    """Without «none of these»: nobody has it beside another one, and so it would tell of the others."""
    asked = form.by_id[question].choices if question in form.by_id else ()
    return {choice.code: dict(choice.text.by_language) for choice in asked if not choice.exclusive}
