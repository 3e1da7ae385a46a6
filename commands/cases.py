"""Referrals and cases, how long they are kept, and the log of who has read them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from commands.saying import Said, command, group, top
from exports import case_statistics, deviation_counts
from pages.context import house
from staff import accounts, sessions, tokens
from survey import audit, clock, published, retention
from survey.cases import parties, settings, wordings
from survey.records import ageing

case = group("case", "Anmälningar och ärenden.")
audit_ = group("audit", "Loggen över vem som har läst och ändrat.")


@command(case, "parties")
@click.argument("team_slug", metavar="TEAM")
@click.argument("given", metavar="PARTY...", nargs=-1, required=True)
def case_parties(team_slug: str, given: tuple[str, ...]) -> Said:
    """Ange teamets parter i ordning: af, fk, kommun, region, annan_1=NAMN. Ett tal efter kolon är antalet platser."""
    seats = [_seats(one) for one in given]
    installation = house()
    with installation.writing() as db:
        parties.set_seats(db, installation, team_slug, seats, "command", installation.now())
    codes = [one.party.code for one in seats]
    return Said({"team": team_slug, "parties": codes}, [f"{team_slug} har parterna {', '.join(codes)}."])


def _seats(given: str) -> parties.Seats:
    code_and_name, _colon, seats = given.partition(":")
    code, _equals, name = code_and_name.partition("=")
    if seats and not seats.isdecimal():
        raise click.ClickException(f"Antalet platser ska vara ett tal, inte {seats}.")
    return parties.Seats(parties.named(code, name), int(seats or 1))


@command(case, "settings")
@click.option("--association", "slug", required=True)
@click.option("--team", "team_slug", default=None, help="Bara för det här teamet.")
@click.argument("given", metavar="NAME=VALUE...", nargs=-1)
def case_settings(slug: str, team_slug: str | None, given: tuple[str, ...]) -> Said:
    """Visa eller ändra vad förbundet eller teamet har bestämt om anmälningar. NAME= tar bort en inställning."""
    installation = house()
    with installation.writing() as db:
        if given:
            wanted = dict(map(_setting, given))
            settings.set_settings(db, installation, slug, team_slug, wanted, "command", installation.now())
        found = settings.own_settings(db, slug, team_slug)
    return Said(found, [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in sorted(found.items())])


def _setting(given: str) -> tuple[str, Any]:
    """A setting as it is typed: numbers, true and false and lists as JSON has them, other values as words."""
    name, equals, value = given.partition("=")
    if not equals:
        raise click.ClickException(f"Skriv inställningen som namn=värde, inte {given}.")
    try:
        return name, json.loads(value) if value and name not in ("phone", "contact") else value or None
    except ValueError:
        return name, value


@command(case, "approve")
@click.option("--language", required=True)
@click.option("--by", "approver", required=True, help="Den som svarar för översättningen.")
@click.option("--form", "form_id", default="referral")
def case_approve(language: str, approver: str, form_id: str) -> Said:
    """Godkänn samtyckets texter på ett språk, ord för ord som de är. Först då går det att anmäla på det språket."""
    with house().writing() as db:
        approved = published.newest(db, form_id)
        wordings.approve(db, approved, language, approver, house().today())
    facts = {"form": form_id, "version": approved.version, "language": language}
    return Said(facts, [f"{form_id} version {approved.version} går att använda på {language}."])


@command(audit_, "verify")
def audit_verify() -> Said:
    """Kontrollera att ingen rad i loggen är ändrad, borttagen, flyttad eller avklippt."""
    installation = house()
    with installation.reading() as db:
        verdict = audit.verify(db, installation.secrets, installation.anchor)
    if verdict.fault:
        raise click.ClickException(_FAULTS[verdict.fault].format(n=verdict.number))
    said = f"Loggen är hel: {verdict.rows} rader. Den sista börjar {verdict.head}: skriv upp det utanför servern."
    return Said({"rows": verdict.rows, "head": verdict.head}, [said])


_FAULTS: Mapping[audit.Fault, str] = {
    "changed": "Loggen är ändrad. Rad {n} är inte som den skrevs.",
    "missing": "Loggen är ändrad. Rad {n} saknas.",
    "cut": "Loggen är avklippt. Rad {n} och alla efter den saknas.",
    "anchor": "Loggens ankare i nyckelmappen saknas eller hör inte till den här loggen.",
    "aside": "I nyckelmappen ligger ett ankare från en återställning som loggen inte berättar om.",
}


@command(top, "retention")
@click.argument("class_", metavar="CLASS", type=click.Choice(retention.CLASSES))
@click.option("--association", "slug", required=True)
@click.option("--months", type=int, required=True, help="Hur länge det sparas.")
@click.option("--decision", required=True, help="Beslutet, till exempel ett diarienummer.")
def retention_(class_: retention.Class, slug: str, months: int, decision: str) -> Said:
    """Ange hur länge ett slags ärenden eller teamens egna anteckningar sparas, och enligt vilket beslut."""
    installation = house()
    with installation.writing() as db:
        retention.decide(db, slug, class_, months, decision, installation.today())
    return Said(
        {"association": slug, "class": class_, "months": months}, [f"{slug}: {class_} sparas {months} månader."]
    )


@command(top, "purge")
@click.option("--dry-run", is_flag=True, help="Visa vad som skulle gallras, och gör ingenting.")
def purge(dry_run: bool) -> Said:
    """Gallra det som enligt beslut ska gallras. Körs varje natt."""
    installation = house()
    if dry_run:
        with installation.reading() as db:
            found, missing = tuple(retention.due(db, installation.today())), retention.undecided(db)
            aged = tuple(ageing.due(db, installation.today()))
        free, held = (tuple(one for one in found if one.held is wanted) for wanted in (False, True))
        return _purged("skulle gallras", retention.Outcome(free, held, missing, 0, scrubbed=True), aged)
    clock.begin_night(installation)
    case_statistics.close_due(installation, installation.now())  # what is not counted is not deleted
    deviation_counts.close_due(installation)
    with installation.writing() as db:
        accounts.forget(db, sessions.now())
        tokens.forget(db, sessions.now())
    aged = ageing.purge(installation, installation.now())
    return _purged("gallrat", retention.purge(installation, installation.now()), aged)


def _purged(deed: str, outcome: retention.Outcome, aged: Sequence[ageing.Aged]) -> Said:
    facts = {
        "purged": [one.name for one in outcome.purged],
        "held": [one.name for one in outcome.held],
        "undecided": [list(one) for one in outcome.undecided],
        "drafts": outcome.drafts,
        "scrubbed": outcome.scrubbed,
        "records": [[one.team, len(one.meetings), len(one.deviations)] for one in aged],
    }
    lines = [f"{one.name}: {deed}, {one.decision}" for one in outcome.purged]
    lines += [
        f"{one.team}: {deed}, {len(one.meetings)} möten och {len(one.deviations)} avvikelser, {one.decision}"
        for one in aged
    ]
    lines += [f"{one.name}: undantaget från gallring" for one in outcome.held]
    lines += [f"{slug}: inget beslut om {class_}, så inget sådant gallras" for slug, class_ in outcome.undecided]
    lines += [] if outcome.scrubbed else ["Filerna är inte rensade än, någon läser i dem. De rensas nästa gång."]
    lines += ["Kör keys backup, så att kopian av nycklarna byts ut."] if outcome.purged else []
    return Said(facts, lines or ["Inget att gallra."])


@command(top, "hold")
@click.argument("name", metavar="CASE")
@click.option("--reason", default="", help="Varför ärendet inte får gallras.")
@click.option("--lift", is_flag=True, help="Låt ärendet gallras igen.")
def hold(name: str, reason: str, lift: bool) -> Said:
    """Undanta ett ärende (norr/A-0142) från gallring, eller ta bort undantaget."""
    installation = house()
    with installation.writing() as db:
        found = retention.find_case(db, name)
        if lift:
            retention.lift_hold(db, installation, found, "command", installation.now())
        else:
            retention.set_hold(db, installation, found, reason, "command", installation.now())
    return Said({"case": name, "held": not lift}, [f"{name} {'får gallras igen' if lift else 'gallras inte'}."])
