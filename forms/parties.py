"""The parties of a team: who they are, and what they are called in a sentence and on a line of their own."""

from dataclasses import dataclass

from forms.model import Text

OTHER = "annan"
"""What the code of a party beside the usual four begins with: `annan_1`, `annan_2`."""
CASE_MANAGER, OBSERVER = "cm", "observator"
"""Not parties of the team, but with a consent of their own."""


@dataclass(frozen=True)
class Party:
    """One of a team's parties, by the name it has in the middle of a sentence."""

    code: str
    name: Text

    @property
    def title(self) -> Text:
        """The name where it stands alone."""
        return Text({language: name[:1].upper() + name[1:] for language, name in self.name.by_language.items()})

    @property
    def kind(self) -> str:
        """`af`, `fk`, `kommun`, `region`, or `annan` for all others."""
        return OTHER if self.code.startswith(OTHER) else self.code


STANDARD = (
    Party("af", Text({"sv": "Arbetsförmedlingen", "en": "the Employment Service (Arbetsförmedlingen)"})),
    Party("fk", Text({"sv": "Försäkringskassan", "en": "the Social Insurance Agency (Försäkringskassan)"})),
    Party("kommun", Text({"sv": "kommunen", "en": "the municipality"})),
    Party("region", Text({"sv": "hälso- och sjukvården", "en": "health care"})),
    Party(OTHER, Text({"sv": "en annan part", "en": "another party"})),
)
"""The four that most teams have, and what stands in a form for any other until the team is known."""


def standard(code: str, name: str = "") -> Party:
    """A party by its code, under its usual name or one name in all languages."""
    usual = next(party for party in STANDARD if party.code == Party(code, Text({})).kind)
    return Party(code, Text(dict.fromkeys(usual.name.by_language, name)) if name else usual.name)
