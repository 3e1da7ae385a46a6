"""The study's time table (INSTRUMENTS.md 4), from the log or from what is printed: one line each, the same columns.

A line is drawn by pages and written by files, in their own words and formats; what stands in it is decided here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exports.meeting_log import Noted, Spent, platforms
from forms.model import Text
from survey.records.hours import Span
from survey.records.printed import PrintedRow

LOG = Text({"sv": "Loggen", "en": "The log"})


@dataclass(frozen=True)
class Line:
    """One team, or association, in one source."""

    source: Text
    name: str
    per_day: Span | None
    before: Span | None
    """Minutes; None where nothing is noted, which is not zero."""
    met: Span | None
    after: Span | None
    meetings: int
    meetings_at_least: bool
    participants: int | None
    computed: Span | None
    """Minutes per participant; None where there is nothing to compute, or it is not told."""
    at_least: bool
    """Whether it may well be more than computed."""
    printed: str
    """The result somebody has printed, as it stands; "" for none."""
    follows: bool | None
    """Whether it is what the columns come to; None where none is printed."""
    platform: Text
    notes: tuple[Text, ...]
    """What to know about the line: gaps, and how far a printed result is off."""


def of_printed(row: PrintedRow) -> Line:
    """A printed row beside what its own columns come to."""
    columns = row.columns
    return Line(
        source=_same(row.source),
        name=row.name,
        per_day=columns.per_day,
        before=columns.before,
        met=columns.met,
        after=columns.after,
        meetings=columns.meetings,
        meetings_at_least=columns.at_least,
        participants=None,
        computed=columns.computed,
        at_least=columns.open_end,
        printed=row.hours,
        follows=row.follows,
        platform=_same(row.platform),
        notes=(*(_GAPS[gap] for gap in columns.gaps), *_off(row)),
    )


def of_log(name: str, spent: Spent) -> Line:
    """What the log comes to: ranges over the meetings, and the mean per participant."""
    each = spent.per_participant
    return Line(
        source=LOG,
        name=name,
        per_day=spent.per_day,
        before=spent.before.span,
        met=spent.with_.span,
        after=spent.after.span,
        meetings=spent.meetings,
        meetings_at_least=False,
        participants=spent.participants,
        computed=None if each is None else Span(each, each),
        at_least=spent.minutes.at_least or bool(spent.begun_before),
        printed="",
        follows=None,
        platform=_platform(spent),
        notes=tuple(_gaps(spent)),
    )


def _same(words: str) -> Text:
    return Text({"sv": words, "en": words})


def _off(row: PrintedRow) -> Iterator[Text]:
    """How far the printed result is from the columns."""
    if row.follows is False:
        n = abs(row.off_by)
        more = row.off_by > 0
        yield Text(
            {
                "sv": f"Följer inte av kolumnerna: {n} minuter {'för mycket' if more else 'för lite'}.",
                "en": f"Does not follow from the columns: {n} minutes too {'many' if more else 'few'}.",
            }
        )


def _gaps(spent: Spent) -> Iterator[Text]:
    times: Sequence[tuple[Noted, str, str]] = (
        (spent.before, "före", "before"),
        (spent.after, "efter", "after"),
    )
    for time, swedish, english in times:
        if time.blank:
            yield Text(
                {
                    "sv": f"Tid {swedish} saknas för {time.blank} av {spent.meetings} möten.",
                    "en": f"Time {english} is missing for {time.blank} of {spent.meetings} meetings.",
                }
            )
    if spent.begun_before:
        yield Text(
            {
                "sv": f"{spent.begun_before} möten är med deltagare som började tidigare.",
                "en": f"{spent.begun_before} meetings are with participants who began earlier.",
            }
        )


def _platform(spent: Spent) -> Text:
    named = platforms()
    ways = [(named[code], n) for code, n in sorted(spent.platforms.items()) if code in named]
    products = f" ({', '.join(spent.products)})" if spent.products else ""
    return Text({code: ", ".join(f"{way.in_(code)} {n}" for way, n in ways) + products for code in ("sv", "en")})


_GAPS = {
    "before": Text({"sv": "Tid före saknas.", "en": "Time before is missing."}),
    "after": Text({"sv": "Tid efter saknas.", "en": "Time after is missing."}),
}
