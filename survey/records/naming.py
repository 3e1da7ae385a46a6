"""What in a text may point somebody out: for the one who writes it, who then changes it or says that it does not.

Numbers, addresses and the team's own people are known (`survey.redaction`); other names are guessed at: a common first
name, or a word with a capital letter in the middle of a sentence that is none of those everybody uses. Better one
question too many.
"""

import re
from collections.abc import Collection, Iterable
from functools import cache

from sqlalchemy import Connection, select, union

from forms.municipalities import MUNICIPALITIES
from forms.parties import Party
from survey.records.given_names import GIVEN_NAMES
from survey.redaction import REMOVED, readable, spotted, staff_names
from survey.tables import account, role, team
from survey.teams import find_team

_STREET = re.compile(
    r"(?<!\w)\w+(?:gatan|vägen|gränd|stigen|torget|allén|backen|väg|gata)\s+\d{1,4}\s?[a-z]?(?!\w)", re.IGNORECASE
)
_SURNAME = re.compile(r"\w(?:sson|ström|qvist|kvist|gren|berg|lund|dahl|holm|stedt|feldt|ovic|ovski|oglu)s?$")
"""How many surnames end: such a word is asked about where it begins a sentence, too."""
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ENDS = frozenset('.!?:;…\n«»"”(–—-•*/')
"""After one of these, and a space or not, a sentence or a heading begins."""
_EVERYDAY = """
arbetsförmedlingen af försäkringskassan fk skatteverket kronofogden migrationsverket socialtjänsten kommunen regionen
finsam samordningsförbundet skolverket csn vårdcentralen psykiatrin komvux sfi teams skype zoom sverige svenska swedish
sweden english employment service social insurance agency monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december case manager samsvar word excel
internet region
"""
_ORDINARY = frozenset(_EVERYDAY.split())
"""Words with a capital letter that point nobody out."""


def names_around(db: Connection, team_slug: str) -> tuple[str, ...]:
    """The people who work in any team of the same association, or for the association itself."""
    association = find_team(db, team_slug).association
    own = db.scalars(select(team.c.slug).where(team.c.association == association))
    over_it = select(account.c.name).join_from(account, role).where(role.c.association == association)
    return tuple(sorted({*staff_names(db, own), *db.scalars(union(over_it, over_it))}))


def pointing(texts: Iterable[str], names: Iterable[str], parties: Iterable[Party] = ()) -> tuple[str, ...]:
    """What may point somebody out, in order, each once."""
    people = tuple(names)
    known = _ORDINARY | _places() | {word for party in parties for word in _words(party)}
    found: dict[str, None] = {}
    for text in map(readable, texts):
        sure = [*(one.strip() for one in spotted(text, people)), *(one[0] for one in _STREET.finditer(text))]
        guessed = _capitals(without(text, sure))  # a name in full, and elsewhere the first name alone, are two
        found |= dict.fromkeys([*sure, *(one for one in guessed if one.casefold().rstrip("s") not in known)])
    return tuple(found)


def without(text: str, words: Collection[str]) -> str:
    """The text with these words taken out wherever they stand by themselves."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first)
    return re.sub(pattern, REMOVED, readable(text)) if words else text


def _capitals(text: str) -> Iterable[str]:
    """Words with a capital letter inside a sentence, and names anywhere, but for abbreviations such as SGI."""
    for word in _WORD.finditer(text):
        before = text[: word.start()].rstrip(" \t")
        inside = bool(before) and before[-1] not in _ENDS
        plain = word[0].casefold()
        named = {plain, plain.removesuffix("s")} & GIVEN_NAMES or _SURNAME.search(plain, len(plain) - 8)
        if (inside or named) and word[0][:1].isupper() and not word[0].isupper():
            yield word[0]


def _words(party: Party) -> Iterable[str]:
    return (word.casefold().rstrip("s") for name in party.name.by_language.values() for word in _WORD.findall(name))


@cache
def _places() -> frozenset[str]:
    return frozenset(word.casefold().rstrip("s") for name in MUNICIPALITIES.values() for word in name.split())
