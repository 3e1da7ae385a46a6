"""The blanks in form texts, such as {team}, and filling them in. No other text in braces may stand in a form.

Numbers that are promises stand as blanks too, so that an association with higher floors, or an open link with its
larger boxes, never promises less or more than is kept.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from babel.lists import format_list
from flask_babel import lazy_gettext as _l

from forms.days import counted, readable
from forms.model import Answers, Kind
from forms.parties import Party

PLACEHOLDERS = {
    "team": _l("teamets namn"),
    "association": _l("samordningsförbundets namn"),
    "phone": _l("telefonnumret man kan ringa"),
    "k": _l("hur många svar som blandas, med siffror"),
    "others": _l("hur många andra svar det egna blandas med, alltså ett mindre än {k}"),
    "show": _l("hur många som ska ha svarat innan något visas, med bokstäver upp till tolv"),
}
"""Name -> what it becomes, for those who write forms."""

CASE_PLACEHOLDERS = {
    "team": _l("teamets namn"),
    "association": _l("samordningsförbundets namn"),
    "phone": _l("telefonnumret till teamet"),
    "contact": _l("vart man ringer eller skriver för att ändra sig"),
    "parties": _l("teamets parter, uppräknade"),
    "party": _l("parten som sidan gäller"),
    "activity": _l("aktiviteten i planen som sidan gäller"),
    "date": _l("dagen ett samtycke gäller till och med"),
    "name": _l("vad personen kallas"),
    "age_from": _l("teamets yngsta målålder"),
    "age_to": _l("teamets äldsta målålder"),
    "consent_months": _l("hur många månader ett samtycke föreslås gälla"),
    "choice": _l("svaret som står på båda frågorna, i en regel med apart"),
}
"""The same in a case."""
_NUMBERED = re.compile(r"activity_\d+")
"""What `{activity}` has become in the form of a plan with so many."""

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


def case_values(
    *,
    team: str,
    association: str,
    phone: str,
    contact: str,
    parties: Sequence[Party],
    ages: tuple[int, int],
    consent_months: int,
    language: str,
    answers: Answers,
    today: date,
    activities: Sequence[str] = (),
) -> dict[str, str]:
    """What the blanks become on a page of a case in `language`, given what has been answered by now.

    A consent that has no day yet is said to last as long as the team proposes.
    """
    until = answers.get("sc_till")
    last = date.fromisoformat(until) if isinstance(until, str) else counted(f"today+{consent_months}m", today)
    named = [party.name.in_(language) for party in parties]
    return {
        "team": team,
        "association": association,
        "phone": phone,
        "contact": contact,
        "parties": format_list(named, locale=language.replace("-", "_")),
        "date": readable(last, language),
        "name": str(answers.get("an_tilltal") or answers.get("an_namn") or ""),
        "age_from": str(ages[0]),
        "age_to": str(ages[1]),
        "consent_months": str(consent_months),
        **{f"activity_{number}": activity for number, activity in enumerate(activities, start=1)},
    }


def fill(text: str, blanks: Mapping[str, str]) -> str:
    """`text` with its blanks filled in; what is filled in is never read for blanks itself."""
    if "{" not in text:
        return text
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


def blanks_of(kind: Kind) -> Mapping[str, str]:
    """The blanks a form of that kind may have, and what each becomes."""
    return CASE_PLACEHOLDERS if kind == "case" else PLACEHOLDERS


def unknown(text: str, kind: Kind = "anonymous") -> list[str]:
    """What stands in braces and is no blank of such a form."""
    numbered = _NUMBERED if kind == "case" else None
    known = blanks_of(kind)
    return [name for name in _BLANK.findall(text) if name not in known and not (numbered and numbered.fullmatch(name))]
