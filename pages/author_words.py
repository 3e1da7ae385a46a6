"""What the author's pages call things: kinds of forms, types of questions, how answers compare, and roles."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from forms.advice import UNSEEN
from forms.model import DONT_KNOW, REFUSED
from forms.types import TYPES
from pages.cases_words import CATEGORIES as ABOUT

KINDS: Mapping[str, object] = {
    "anonymous": _l("Anonym enkät"),
    "poll": _l("Omröstning"),
    "record": _l("Teamets egna anteckningar"),
    "case": _l("Ärende med namn"),
}
"""The kinds of forms, in the words of a list."""
KINDS_TO_CHOOSE: Mapping[str, object] = {
    "anonymous": _l("Anonym enkät. Svaren läggs i en låst låda och blandas."),
    "poll": _l("Omröstning i ett rum eller med länk. Ingen ser vem som röstar."),
    "record": _l("Teamets egna anteckningar. Inga personer nämns."),
}
"""What a blank form can be. Forms with names are made from a copy of one that comes with Samsvar."""
TYPE_NAMES: Mapping[str, object] = {
    "choice": _l("Ett val"),
    "choices": _l("Flera val"),
    "scale": _l("Skala"),
    "text": _l("Kort text"),
    "long_text": _l("Längre text"),
    "number": _l("Tal"),
    "date": _l("Datum"),
    "email": _l("E-postadress"),
    "phone": _l("Telefonnummer"),
    "personal_number": _l("Personnummer"),
    "municipality": _l("Kommun"),
    "party": _l("Organisation"),
    "statement": _l("Text utan fråga"),
    "yes_no": _l("Ja eller nej"),
    "consent": _l("Samtycke"),
    "repeat": _l("Flera rader"),
}
"""What a type of question is called."""
TYPE_HINTS: Mapping[str, object] = {
    "choice": _l("Man väljer ett av några svar, till exempel ja eller nej."),
    "choices": _l("Man kan välja flera svar."),
    "scale": _l("Man väljer ett steg mellan bra och dåligt. Varje steg har ord."),
    "text": _l("Man skriver några ord på en rad."),
    "long_text": _l("Man skriver med egna ord på flera rader."),
    "number": _l("Man skriver ett helt tal."),
    "date": _l("Man väljer en dag."),
    "email": _l("Man skriver sin e-postadress. Den pekar ut en person."),
    "phone": _l("Man skriver sitt telefonnummer. Det pekar ut en person."),
    "personal_number": _l("Man skriver ett personnummer. Det kontrolleras."),
    "municipality": _l("Man väljer en kommun i en lista."),
    "party": _l("Man väljer en av teamets organisationer."),
    "statement": _l("Något du vill säga mellan frågorna. Man svarar inte på det."),
}
"""The types that can be added here. A choice says yes and no as well; a consent goes with its certified text, and what
is asked row by row is a form of its own: these two come with a form, and are reworded and moved here."""
PRIVACIES: Mapping[str, object] = {
    "open": _l("Svaren räknas och visas som siffror"),
    "free_text": _l("Egna ord. De räknas inte, och bara den som får läsa dem ser dem."),
    "identifying": _l("Svaret pekar ut en person"),
}
REASONS: Mapping[str, str] = {"dont_know": DONT_KNOW, "refusal": REFUSED}
"""Key of a question that offers an answer to who cannot or will not -> its code."""
POLES: Mapping[str, object] = {
    "": _l("Räknas inte in"),
    "positive": _l("Bra svar"),
    "middle": _l("Mittemellan"),
    "negative": _l("Dåligt svar"),
}
"""How an answer counts in reports."""
OPERATORS: Mapping[str, object] = {
    "eq": _l("är"),
    "ne": _l("är inte"),
    "lt": _l("är lägre än"),
    "le": _l("är högst"),
    "gt": _l("är högre än"),
    "ge": _l("är minst"),
}
"""How a number or a day compares."""
CATEGORIES: Mapping[str, object] = {
    "contact": _l("Kontakt och möte"),
    **ABOUT,
    "team": _l("Bara samordnaren"),
}
"""What an answer in a case is about, which decides who may read it."""
ROLES: Mapping[str, object] = {
    "": _l("Den som svarar själv"),
    "referrer": _l("Den som anmäler"),
    "self": _l("Den som anmäler sig själv"),
    "helper": _l("Den som hjälper någon"),
    "interviewer": _l("Den som intervjuar"),
}
"""Who a question may be put to."""


def type_name(name: str) -> str:
    """What a type of question is called."""
    return str(TYPE_NAMES.get(name, name))


def offered_types(kind: str) -> list[str]:
    """The types a form of that kind can use, in the order they are offered."""
    shut = pointing_out(kind)
    return [name for name in TYPE_HINTS if kind in TYPES[name].kinds and name not in shut]


def pointing_out(kind: str) -> list[str]:
    """The types that a form of that kind cannot use since they point at a person."""
    if kind not in UNSEEN:
        return []
    return [name for name in TYPE_HINTS if TYPES[name].privacies == {"identifying"}]
