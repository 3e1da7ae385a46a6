"""Questions about the parties of a team, and to whom a person says yes.

Which parties a team has, and what it calls them, is put in by `forms.tailoring`.
"""

from collections.abc import Iterator

from forms.messages import _, consent_wanted
from forms.model import Choice, Question, Text
from forms.parties import STANDARD
from forms.types.choosing import ChoiceType

CONSENTS = ("1", "2", "0")
"""Yes; yes, but not to everything; no."""


class PartyType(ChoiceType):
    """One of the team's parties."""

    name = "party"
    keys = frozenset({"choices", "refusal", "dont_know"})
    kinds = frozenset({"case", "record"})
    usual = tuple(Choice(party.code, party.title, party=party.code) for party in STANDARD)

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        if any(choice.party is None for choice in question.choices if not choice.missing):
            yield "choices", _("Ett av svaren är ingen part."), _("Skriv party: på varje svar, eller ta bort choices.")


class ConsentType(ChoiceType):
    """Whether a party and the team may tell each other about the person. No answer stands there before it is given."""

    name = "consent"
    keys = frozenset({"choices", "party"})
    kinds = frozenset({"case"})
    usual = (
        Choice("1", Text({"sv": "Ja", "en": "Yes"})),
        Choice("2", Text({"sv": "Ja, men inte allt", "en": "Yes, but not everything"})),
        Choice("0", Text({"sv": "Nej", "en": "No"})),
    )

    def wanted(self, question: Question) -> str:
        return consent_wanted()

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        codes = [choice.code for choice in question.choices]
        if not {"1", "0"} <= set(codes) <= set(CONSENTS):
            yield (
                "choices",
                _("Ja ska ha koden 1, ja men inte allt 2 och nej 0."),
                _("Ändra koderna, eller ta bort choices."),
            )
        if not question.party:
            yield (
                "party",
                _("Samtycket säger inte vilken part det gäller."),
                _('Skriv party: "{party}" på en sida per part.'),
            )
        if not question.required:
            yield "required", _("Samtycket går att hoppa över."), _("Skriv required: true. Man får alltid svara nej.")
