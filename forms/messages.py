"""What is said about an answer that is blank or cannot be used (UX.md 5.1): what, and how to mend it.

These are interface texts, so they go through the message catalogues; without a request they are Swedish. A question
says it better in its own `error` text, and then that is used.
"""

from flask_babel import gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


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


def email_wanted() -> str:
    """What was written is no e-mail address."""
    return _("Skriv en e-postadress, till exempel namn@exempel.se")


def phone_wanted() -> str:
    """What was written is no telephone number."""
    return _("Skriv ett telefonnummer, till exempel 070-123 45 67")
