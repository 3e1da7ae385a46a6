"""The few words that stand beside figures, in Swedish; pages translate them, files print them as they are.

`N_` marks a text for the catalogues without translating it: a workbook is in Swedish whoever downloads it.
"""

from typing import Literal

from exports.contents import Contents, Grade, Item, Reason


def N_(text: str) -> str:
    """Mark `text` for translation; returns it unchanged."""
    return text


STEPS = (
    N_("högst 10 %"),
    N_("ungefär en fjärdedel"),
    N_("ungefär hälften"),
    N_("ungefär tre fjärdedelar"),
    N_("minst 90 %"),
)
"""`Item.step` in words (PRIVACY.md 3.2)."""

GRADES: dict[Grade, str] = {"full": N_("full"), "coarse": N_("grov"), "withheld": N_("visas inte")}

NOTHING = "–"
"""Printed on pages for everything withheld, the same for none and for few."""

REASONS: dict[Reason, str] = {
    "": "",
    "few": N_("Färre än {show} svar. De ingår i större grupper."),
    "derivable": N_("Visas mindre exakt, så att ingen mindre grupp kan räknas fram."),
    "under_count": N_("Visas grovt: exakta tal kräver {count} svar."),
    "no_poles": N_("Frågan visas bara med exakta tal, och de kräver {count} svar."),
    "guarded": N_(
        "Få har svarat på frågan, nästan alla har svarat lika, eller en mindre grupp hade gått att räkna fram."
    ),
}
"""Why less is shown. `{show}` and `{count}` are the floors of the group."""
NO_POLES_EITHER = N_("Frågan visas bara med exakta tal, och gruppen visas mindre exakt.")


def why(contents: Contents, item: Item | None = None) -> str:
    """Why the group, or one of its questions, is shown less exactly than by counts, as a text to translate and to give
    the floors; "" if it is not. Where a group of many is shown coarsely, its questions do not lack answers.
    """
    if item is None or (item.grade == "coarse" and contents.grade == "coarse"):
        return REASONS[contents.reason]
    if item.reason == "no_poles" and contents.reason == "derivable":
        return NO_POLES_EITHER
    return REASONS[item.reason]


STANDINGS: dict[Literal["reached", "near", "below"], str] = {
    "reached": "● nått",
    "near": "◐ nära",
    "below": "○ inte nått",
}
"""How a share stands to its goal in files, by a sign that is read without colour and by words."""
