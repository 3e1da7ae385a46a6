"""What runs by itself: the release, reminders and notices."""

from dataclasses import asdict
from datetime import date

from commands.saying import IT_IS, Said, command, top
from exports import case_statistics, deviation_counts, groups, year_shown
from pages.context import house
from survey import audit, clock, outbox, release, reminders
from survey.audit import Entry
from survey.polls import closing


@command(top, "release")
@IT_IS
def release_(said: date | None) -> Said:
    """Öppna det som ska öppnas, räkna ärenden, stäng omröstningar vars dag är över, spara året. Körs varje natt."""
    clock.begin_night(house(), said)
    closing.close_due(house())
    outcome = release.release_due(house(), groups.close)
    _note(outcome)
    case_statistics.close_due(house(), house().now())
    deviation_counts.close_due(house())
    year_shown.close_due(house())
    return told(outcome)


def _note(outcome: release.Outcome) -> None:
    """A row of the audit chain about what was opened or given up, if anything was: rounds, never answers."""
    opened, given_up = len(outcome.released) + len(outcome.pooled), len(outcome.destroyed)
    if opened or given_up:
        with house().writing() as db:
            entry = Entry("command", "released", detail=f"{opened} {given_up}")
            audit.record(db, house().secrets, entry, house().now())


def told(outcome: release.Outcome) -> Said:
    """What a release run did; how many answers only of what was opened."""
    facts = asdict(outcome) | {"released": [{"round": one, "n": n} for one, n in outcome.released]}
    lines = [f"{one}: {n} svar öppnade" for one, n in outcome.released]
    for words, found in (
        ("väntar", outcome.waiting),
        ("öppnad tillsammans med andra", outcome.pooled),
        ("för få svar, förstörd oläst", outcome.destroyed),
        ("går inte att öppna, se loggen", outcome.broken),
    ):
        lines += [f"{one}: {words}" for one in found]
    return Said(facts, lines or ["Inget att öppna."])


@command(top, "remind")
def remind() -> Said:
    """Påminn om samtycken som går ut och uppgifter vars dag har kommit. Körs varje natt."""
    installation = house()
    clock.begin_night(installation)
    done = reminders.remind(installation, installation.now())
    lines = [f"{done.expired} samtycken har gått ut, {done.expiring} går snart ut, {done.due} uppgifter väntar."]
    return Said(asdict(done), lines)


@command(top, "notify")
def notify() -> Said:
    """Skicka notiser som väntar med e-post. Körs var femte minut."""
    installation = house()
    done = outbox.send_due(installation, installation.now())
    return Said(asdict(done), [f"{done.sent} skickade, {done.waiting} väntar."])
