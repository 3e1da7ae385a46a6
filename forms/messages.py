"""What is said about an answer that is blank or cannot be used (UX.md 5.1): what, and how to mend it.

These are interface texts, so they go through the message catalogues; without a request they are Swedish. A question
says it better in its own `error` text, and then that is used.
"""

import flask_babel
from babel import Locale, UnknownLocaleError
from flask_babel import get_locale, gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def ngettext(one: str, more: str, num: int, **values: object) -> str:
    """The same of a number of things."""
    return str(flask_babel.ngettext(one, more, num, **values))


def language_spoken() -> str:
    """The language that these texts are said in now, for what is remembered of them."""
    return str(get_locale() or "")


def language_named(language: str) -> str:
    """What a language is called in the one spoken: «engelska»."""
    try:
        return Locale.parse(language, sep="-").get_display_name(language_spoken() or "sv") or language
    except (ValueError, UnknownLocaleError):
        return language


def soft_prompt(chosen: bool) -> str:
    """Asked once about a blank answer, which is no error; `chosen` where one chooses rather than writes."""
    if chosen:
        return _("Du har inte valt något svar. Du kan välja ett svar eller gå vidare ändå.")
    return _("Du har inte skrivit något svar. Du kan skriva ett svar eller gå vidare ändå.")


def answer_wanted() -> str:
    """A required answer is missing and the question has no words of its own about it."""
    return _("Skriv ett svar")


def choice_wanted() -> str:
    """The same, where one chooses."""
    return _("Välj ett svar")


def one_of_these() -> str:
    """A value that is none of the choices, or several where one is asked for: no browser sends that by itself."""
    return _("Välj ett av svaren på sidan")


def not_together(exclusive: str) -> str:
    """An exclusive choice was chosen with others."""
    return _("Välj bara «%(choice)s», eller välj något av de andra svaren", choice=exclusive)


def too_long(limit: int, excess: int) -> str:
    """A text has more than `limit` characters; `excess` is how many to take away."""
    return _("Texten får vara högst %(limit)s tecken. Ta bort %(excess)s.", limit=limit, excess=excess)


def comment_too_long(limit: int, excess: int) -> str:
    """`too_long` for a comment box."""
    return _("Kommentaren får vara högst %(limit)s tecken. Ta bort %(excess)s.", limit=limit, excess=excess)


def number_wanted() -> str:
    """What was written is no whole number."""
    return _("Skriv ett tal med siffror, till exempel 45")


def number_between(minimum: int, maximum: int) -> str:
    """The number is less or more than it can be."""
    return _("Skriv ett tal från %(minimum)s till %(maximum)s", minimum=minimum, maximum=maximum)


def date_wanted() -> str:
    """What was written is no day."""
    return _("Skriv ett datum, till exempel 2026-03-31")


def date_from(first: str, *, is_today: bool) -> str:
    """The day is before the first one there can be, which is said in words."""
    if is_today:
        return _("Datumet ska vara i dag eller senare")
    return _("Välj %(date)s eller en senare dag", date=first)


def date_before(limit: str) -> str:
    """The day is not before the one said in words."""
    return _("Välj ett datum före %(date)s", date=limit)


def personal_number_wanted() -> str:
    """What was written is no personal number."""
    return _("Skriv personnumret med 10 eller 12 siffror")


def personal_number_mistyped() -> str:
    """There are as many digits as there should be, but no such day, or another last digit."""
    return _("Kolla siffrorna i personnumret. Någon av dem stämmer inte")


def personal_number_unborn() -> str:
    """The day in the number has not been."""
    return _("Kolla siffrorna i personnumret. Dagen har inte varit än")


def consent_wanted() -> str:
    """There is neither a yes nor a no to a party."""
    return _("Välj ja eller nej")


def municipality_wanted() -> str:
    """No municipality is chosen."""
    return _("Välj kommun")


def choose_municipality() -> str:
    """What stands in the list before a municipality is chosen."""
    return _("Ingen kommun vald")


def row_wanted() -> str:
    """A repeated question must have a row, and has none."""
    return _("Fyll i minst en rad")


def rows_or_none(none: str) -> str:
    """Rows are written although it is ticked that there are none."""
    return _("Ta bort krysset för «%(none)s», eller töm raderna", none=none)


def email_wanted() -> str:
    """What was written is no e-mail address."""
    return _("Skriv en e-postadress, till exempel namn@exempel.se")


def phone_wanted() -> str:
    """What was written is no telephone number."""
    return _("Skriv ett telefonnummer, till exempel 070-123 45 67")
