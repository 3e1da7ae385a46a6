"""An instance, its associations, its teams and those who work there."""

from time import time

import click

import demonstration
from commands.nightly import told
from commands.saying import Said, command, group, top
from forms import library
from pages.context import house
from settings import Settings
from staff import accounts
from staff.member import ROLES
from survey import audit, published, teams
from survey.audit import Entry
from survey.db import downgrade, revision_of
from survey.installation import Installation, set_up

association = group("association", "Förbund.")
team = group("team", "Team.")
staff = group("staff", "Konton.")


@command(top, "setup")
@click.option("--back-to", metavar="REVISION", help="Ta i stället databasen tillbaka till en äldre version.")
def setup(back_to: str | None) -> Said:
    """Skapa nycklar och databas, och publicera formulären som följer med. Kan köras igen."""
    installation = Installation.open(Settings.load()) if back_to else _set_up()
    if back_to:
        downgrade(installation.engine, back_to)
    with installation.reading() as db:
        revision = revision_of(db)
    facts = {"instance": str(installation.settings.instance), "revision": revision}
    return Said(facts, [f"Klart. Databasen har version {revision}."])


@command(top, "demo")
@click.option("--next-release", is_flag=True, help="Kör demonstrationens nästa nattliga öppning.")
def demo(next_release: bool) -> Said:
    """Ladda demonstrationsförbundet exempel, eller öppna dess nästa kvartal."""
    installation = _set_up()
    if next_release:
        return told(demonstration.next_release(installation))
    shown = demonstration.load(installation)
    return Said(shown.facts(), shown.lines())


def _set_up() -> Installation:
    installation = set_up(Settings.load())
    with installation.writing() as db:
        for shipped in library.shipped():
            published.publish(db, shipped)
    return installation


@command(association, "add")
@click.argument("slug")
@click.argument("name")
def association_add(slug: str, name: str) -> Said:
    """Lägg till ett förbund."""
    with house().writing() as db:
        teams.add_association(db, slug, name)
    return Said({"association": slug}, [f"Förbundet {name} finns nu som {slug}."])


@command(team, "add")
@click.argument("slug")
@click.argument("name")
@click.option("--association", "home", required=True, help="Förbundets kortnamn.")
@click.option("--controller", required=True, help="Myndigheten som ansvarar för uppgifterna.")
@click.option("--phone", default="", help="Nummer som deltagare kan ringa.")
def team_add(slug: str, name: str, home: str, controller: str, phone: str) -> Said:
    """Lägg till ett team i ett förbund."""
    with house().writing() as db:
        teams.add_team(db, slug, name, association=home, controller=controller, phone=phone)
    return Said({"team": slug}, [f"Teamet {name} finns nu som {slug}."])


@command(team, "staff")
@click.argument("slug")
@click.argument("names", nargs=-1, required=True)
def team_staff(slug: str, names: tuple[str, ...]) -> Said:
    """Ange kollegor utan konto, så att deras namn tas bort ur fritext."""
    with house().writing() as db:
        teams.name_colleagues(db, slug, names)
    return Said({"team": slug, "names": len(names)}, [f"{len(names)} namn tas bort ur fritext från {slug}."])


@command(staff, "add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--association", "home")
@click.option("--team", "team_slug")
@click.option("--party", default=None, help="För rollen party: af, fk, kommun, region, annan_1 eller cm.")
def staff_add(email: str, name: str, role: str, home: str | None, team_slug: str | None, party: str | None) -> Said:
    """Lägg till ett konto eller en roll, och skriv ut en engångsadress för att välja lösenfras."""
    installation = house()
    with installation.writing() as db:
        account = accounts.add(db, email, name, accounts.grant(db, role, home, team_slug, party))
        code = accounts.invite(db, installation.secrets, account, int(time()))
        entry = Entry("command", "role_given", detail=f"{account} {role}")
        audit.record(db, installation.secrets, entry, installation.now())
    address = accounts.welcome_address(installation.settings.base_url, code)
    return Said({"account": account, "address": address}, [f"Skicka den här adressen till {name}:", address])
