"""Rounds and their codes."""

import click

from commands.saying import Said, command, group
from pages.context import house
from survey import published, rounds

round_ = group("round", "Omgångar.")


@command(round_, "open")
@click.option("--team", "team_slug", required=True)
@click.option("--form", "form_id", required=True)
@click.option("--tickets", type=click.IntRange(min=1), default=None, help="Antal koder.")
@click.option("--participants", type=click.IntRange(min=1), default=None, help="Antal deltagare under perioden.")
@click.option("--open-link", is_flag=True, help="En öppen adress i stället för koder.")
def round_open(team_slug: str, form_id: str, tickets: int | None, participants: int | None, open_link: bool) -> Said:
    """Öppna ett formulär för ett teams deltagare. Koderna visas bara nu."""
    installation = house()
    with installation.writing() as db:
        opened = rounds.open_round(
            db,
            installation,
            team_slug,
            published.newest(db, form_id),
            tickets=tickets or 0,
            participants=participants or 0,
            open_link=open_link,
        )
    base = installation.settings.base_url
    address = f"{base}/svara/{opened.round.id}" if open_link else f"{base}/svara"
    facts = {"round": opened.round.id, "address": address, "codes": list(opened.codes)}
    return Said(facts, [f"Omgång {opened.round.id}: {address}", *opened.codes])


@command(round_, "tickets")
@click.argument("round_id", metavar="ROUND")
@click.argument("n", type=click.IntRange(min=1))
@click.option("--participants", type=click.IntRange(min=1), default=None, help="Fler deltagare under perioden.")
def round_tickets(round_id: str, n: int, participants: int | None) -> Said:
    """Skapa fler koder till en omgång. De visas bara nu."""
    installation = house()
    with installation.writing() as db:
        asked = rounds.find_round(db, round_id)
        codes = rounds.add_tickets(db, installation, asked, n, participants=participants or 0)
    return Said({"round": round_id, "codes": list(codes)}, codes)


@command(round_, "void")
@click.argument("round_id", metavar="ROUND")
def round_void(round_id: str) -> Said:
    """Gör alla oanvända koder värdelösa och skapa nya."""
    installation = house()
    with installation.writing() as db:
        codes = rounds.void(db, installation, rounds.find_round(db, round_id))
    return Said({"round": round_id, "codes": list(codes)}, ["De gamla koderna gäller inte längre. Nya:", *codes])


@command(round_, "close")
@click.argument("round_id", metavar="ROUND")
def round_close(round_id: str) -> Said:
    """Sluta ta emot svar. Det som är skickat öppnas när perioden är slut."""
    with house().writing() as db:
        rounds.close(db, rounds.find_round(db, round_id))
    return Said({"round": round_id}, [f"Omgång {round_id} är stängd."])
