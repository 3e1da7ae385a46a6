"""Identifiers taken out of free text: numbers, addresses and the names of the team's own staff.

Done at release and again at export (PRIVACY.md 3.10). Other people's names are not found by machine; a person reads
each quote before it leaves. Rather too much is taken out than too little: what is removed is marked.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, select, union

from survey.tables import account, role, team_staff

REMOVED = "[borttaget]"
Redact = Callable[[str], str]

_AT = r"(?:@|[(\[{<]\s*(?:at|@|snabel-?a)\s*[)\]}>])"
_DOT = r"(?:\.|\s*[(\[{]\s*(?:dot|punkt)\s*[)\]}]\s*|\s(?:dot|punkt)\s)"
_TOP = "se|nu|com|net|org|eu|info|io|no|dk|fi|de|uk|app|dev|me|biz"
_ADDRESSES = re.compile(
    # Each begins where a word begins, which keeps the time linear whatever is written.
    rf"(?<![\w.+-])[\w.+-]+\s?{_AT}\s*[\w-]+(?:{_DOT}[\w-]+)*"
    rf"|(?<![\w.+-])[\w.+-]+\s(?:at|snabel-?a)\s[\w-]+(?:{_DOT}[\w-]+)+"
    r"|(?<!\S)\S*(?:@|://)\S*"  # whatever else has such a sign, as a name in social media
    rf"|(?<!\w)www\.\S+|(?<![\w@.-])(?:[\w-]+\.)+(?:{_TOP})\b(?:[/:?#]\S*)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\+?\(?\d(?:[\s\-‐‑‒–—−.+/()]{0,3}\d){4,}")
"""Five digits or more, whatever people put between them; `_identifies` says which are too many."""
_RUN = re.compile(r"\d{5}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Signs that nobody sees and that would split a number or a name in two."""
_PARTICLES = frozenset(
    ("af", "av", "von", "van", "der", "den", "de", "la", "le", "el", "al", "du", "da", "di", "bin", "ibn")
)


def redactor(names: Iterable[str] = ()) -> Redact:
    """A function that takes identifiers, and these people's names in any case and with a genitive, out of a text."""
    named = _names_pattern(names)
    return lambda text: _replaced(text, named, lambda _found: REMOVED)


def spotted(text: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """What `redactor` would take out: for someone who writes the text and is to decide."""
    found: list[str] = []

    def note(one: str) -> str:
        found.append(one)
        return REMOVED

    _replaced(text, _names_pattern(names), note)
    return tuple(found)


def staff_names(db: Connection, teams: Iterable[str]) -> tuple[str, ...]:
    """The names of those who work in these teams, with an account or without."""
    of = tuple(teams)
    with_account = select(account.c.name).join_from(account, role).where(role.c.team.in_(of))
    without = select(team_staff.c.name).where(team_staff.c.team.in_(of))
    return tuple(db.scalars(union(with_account, without)))


def readable(text: str) -> str:
    """The text as it is looked through: composed letters, and nothing that nobody sees."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


def _replaced(text: str, named: re.Pattern[str] | None, instead: Redact) -> str:
    plain = _ADDRESSES.sub(lambda found: instead(found[0]), readable(text))
    plain = _DIGITS.sub(lambda found: instead(found[0]) if _identifies(found[0]) else found[0], plain)
    return named.sub(lambda found: instead(found[0]), plain) if named else plain


def _identifies(number: str) -> bool:
    return sum(sign.isdigit() for sign in number) > 5 or _RUN.search(number) is not None


def _names_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    parts: set[str] = set()
    for name in names:
        words = unicodedata.normalize("NFC", name).split()
        pieces = [piece for word in words for piece in (word, *word.split("-"))]
        parts |= {" ".join(words), *(p for p in pieces if len(p) > 1 and p.casefold() not in _PARTICLES)} - {""}
    if not parts:
        return None
    either = "|".join(r"\s+".join(map(re.escape, part.split())) for part in sorted(parts, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?:[:'’´`]?s)?(?!\w)", re.IGNORECASE)
