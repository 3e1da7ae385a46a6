"""Reading quotes: what a reader has decided about each of the quotes on a page, and doing it.

Decisions are taken only about quotes that this reader may read, whatever the page sends. The rules are
`exports.quotes`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection

from exports import quotes
from exports.quotes import Waiting
from survey.errors import BadRequest, NotFound
from survey.periods import Period
from survey.redaction import REMOVED

AT_ONCE = 10
"""Quotes on a page: few enough to read each."""


@dataclass
class Reading:
    """A page of quotes with what has been chosen and written so far."""

    quotes: list[Waiting]
    chosen: dict[bytes, str] = field(default_factory=dict)
    """Quote id -> "approve" or "reject"; the others wait."""
    written: dict[bytes, str] = field(default_factory=dict)
    """Quote id -> the text as the reader has made it."""
    problems: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, waiting: list[Waiting]) -> Self:
        """The first page of the quotes that wait, nothing chosen."""
        return cls(waiting[:AT_ONCE])

    def text(self, quote: Waiting) -> str:
        """What stands in the quote's box."""
        return self.written.get(quote.id, quote.text)

    def problem(self, quote: Waiting) -> str:
        """What is wrong with the reader's own text of this quote, or ""."""
        return dict(self.problems).get(control(quote), "")


def control(quote: Waiting) -> str:
    """The name of a quote's text box."""
    return f"text-{quote.id.hex()}"


def marked(text: str) -> Markup:
    """The text with what the machine has taken out of it marked."""
    return Markup("<mark>{}</mark>").format(REMOVED).join(text.split(REMOVED))


def read(
    db: Connection, association: str, form: str, posted: Mapping[str, str], *, own_teams: Collection[str]
) -> Reading:
    """Carry out what was chosen; where something is wrong nothing more than what is right is done."""
    reading = Reading([])
    for quote in quotes.waiting(db, association, form, own_teams=own_teams):
        if control(quote) not in posted:
            continue
        reading.chosen[quote.id] = posted.get(f"val-{quote.id.hex()}", "")
        reading.written[quote.id] = posted[control(quote)].replace("\r\n", "\n").replace("\x00", "")
        if not _decided(db, reading, quote, own_teams):
            reading.quotes.append(quote)
    return reading


def publishable(db: Connection, association: str, form: str, periods: Iterable[str]) -> str:
    """The newest released period up to which every quote is read and some are approved, or ""."""
    if not quotes.progress(db, association, form).approved:
        return ""
    unread = [Period.parse(one.period) for one in quotes.waiting(db, association, form, own_teams=())]
    done = set(quotes.published(db, association, form))
    released = [Period.parse(label) for label in set(periods) - done]
    ready = [
        period for period in released if period.months != 12 and all(one.last_day > period.last_day for one in unread)
    ]
    return max(ready, key=lambda period: period.last_day).label if ready else ""


def _decided(db: Connection, reading: Reading, quote: Waiting, own_teams: Collection[str]) -> bool:
    choice, text = reading.chosen[quote.id], reading.written[quote.id].strip()
    changed = text != quote.text.strip()
    try:
        if choice == "approve":
            quotes.approve(db, quote.id, own_teams=own_teams, text=text if changed else None)
        elif choice == "reject":
            quotes.reject(db, quote.id, own_teams=own_teams)
        elif changed:
            raise BadRequest(_("Välj Godkänn för att spara det du har ändrat."))
    except BadRequest as refused:
        reading.problems.append((control(quote), str(refused)))
        return False
    except NotFound:
        return True  # somebody else has decided meanwhile
    return choice in ("approve", "reject")
