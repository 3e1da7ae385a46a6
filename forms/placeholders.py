"""The blanks in form texts, such as {team}, and filling them in. No other text in braces may stand in a form.

Numbers that are promises stand as blanks too, so that an association with higher floors, or an open link with its
larger boxes, never promises less or more than is kept.
"""

import re
from collections.abc import Mapping

PLACEHOLDERS = {
    "team": "teamets namn",
    "association": "samordningsförbundets namn",
    "phone": "telefonnumret man kan ringa",
    "k": "hur många svar som blandas, med siffror",
    "others": "hur många andra svar det egna blandas med, alltså ett mindre än {k}",
    "show": "hur många som ska ha svarat innan något visas, med bokstäver upp till tolv",
}
"""Name -> what it becomes, for those who write forms."""

_BLANK = re.compile(r"\{([^{}]*)\}")
_WORDS = {
    "sv": ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}


def values(*, team: str, association: str, phone: str, k: int, show: int, language: str) -> dict[str, str]:
    """What the blanks become on a page in `language`; `k` opens the round's box, `show` lets figures be seen."""
    words = _WORDS.get(language, ())
    return {
        "team": team,
        "association": association,
        "phone": phone,
        "k": str(k),
        "others": str(k - 1),
        "show": words[show] if show < len(words) else str(show),
    }


def fill(text: str, blanks: Mapping[str, str]) -> str:
    """`text` with its blanks filled in; what is filled in is never read for blanks itself."""
    if "{" not in text:
        return text
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


def unknown(text: str) -> list[str]:
    """What stands in braces and is no blank."""
    return [name for name in _BLANK.findall(text) if name not in PLACEHOLDERS]
