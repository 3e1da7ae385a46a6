"""What a year in figures calls its parts, and how it is to be read, in words that stand on pages and in files."""

from collections.abc import Mapping

from exports.contents import Texts
from exports.year import PartId

TITLES: Mapping[PartId, Texts] = {
    "participants": {"sv": "Deltagare", "en": "Participants"},
    "cases": {"sv": "Ärenden och väntetider", "en": "Cases and waiting times"},
    "meetings": {"sv": "Möten och tid", "en": "Meetings and hours"},
    "answers": {"sv": "Deltagarnas svar", "en": "What participants said"},
    "deviations": {"sv": "Avvikelser", "en": "Deviations"},
    "polls": {"sv": "Omröstningar", "en": "Polls"},
}
UNTIL = (
    "Möten, avvikelser och omröstningar kan ännu skrivas in. Den {day} sparas året som det är, och ändras aldrig sedan."
)
ABOUT = (
    ("Så räknar vi", "Inget är räknat här. Varje siffra är hämtad ur en källa, som står bredvid den."),
    ("Så räknar vi", "Andelar är hela procent, räknade på antal och bas. Lägg aldrig ihop andelar."),
    ("Regler", "Det som inte visas i källan visas inte heller här."),
    ("Regler", "Visas inte betyder noll, få eller många. Läs det aldrig som noll."),
    ("Så läser du", "Ett blad per del av verksamhetsberättelsen. En rad är en siffra, med bas och källa."),
    ("Så läser du", "bas är hur många andelen eller värdet räknas på. Skriv alltid basen bredvid andelen."),
    ("Så läser du", "En fråga till deltagare har andelen positiva svar. Vilka de är står i kolumnen positivt är."),
    ("Så läser du", "Grova tal står som ord i kolumnen i ord. Varför står i kolumnen not."),
    (
        "Så läser du",
        "läge säger om andelen når målet som gällde då: nått, nära (mindre än 5 enheter under) eller inte nått.",
    ),
)
