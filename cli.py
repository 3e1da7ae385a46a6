"""The flask commands: `flask --app app ...`. Each opens, acts and says in one line what came of it.

Every command takes `--json`, exits non-zero with one clear line on a mistake, and never prints an answer. Each is
described in `docs/commands.md`; a test compares. Rules live in the rooms, never here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import wraps
from io import BytesIO
from pathlib import Path
from time import time
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

import demonstration
from exports import case_statistics, case_workbook, groups
from exports import export as exporting
from exports.pooled import pools
from exports.pooled_files import export_pooled
from forms import doors, library
from forms.advice import advise
from forms.faults import BadForm
from forms.model import Form
from pages.context import house
from settings import Settings
from staff import accounts
from staff.member import ROLES
from survey import audit, backup, key_copy, outbox, published, release, reminders, retention, rounds, teams, transcript
from survey.cases import parties, settings, wordings
from survey.errors import Closed, NotAllowed, NotFound, SurveyError
from survey.installation import Installation, set_up
from survey.polls import closing


@dataclass(frozen=True)
class Said:
    """What a command has to say: facts for `--json`, and the same as lines for a person."""

    facts: Mapping[str, Any]
    lines: Sequence[str] = field(default=())


def command(group: click.Group, name: str) -> Callable[[Callable[..., Said]], click.Command]:
    """Register a function that returns what it has to say as `flask <group> <name>`, with `--json`."""

    def register(act: Callable[..., Said]) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="Svara med JSON.")
        @with_appcontext
        @wraps(act)
        def run(as_json: bool, **given: Any) -> None:
            said = _act(act, given)
            click.echo(json.dumps(said.facts, ensure_ascii=False) if as_json else "\n".join(said.lines))

        return group.command(name, help=act.__doc__)(run)

    return register


def _act(act: Callable[..., Said], given: Mapping[str, Any]) -> Said:
    try:
        return act(**given)
    except BadForm as fault:
        raise click.ClickException(str(fault)) from None
    except Closed:
        raise click.ClickException("Omgången finns inte eller är stängd.") from None
    except SurveyError as fault:
        raise click.ClickException(str(fault) or _NAMELESS.get(type(fault), "Det gick inte.")) from None


_NAMELESS = {
    NotFound: "Det finns inte. Kolla stavningen.",
    NotAllowed: "Det är inte tillåtet.",
}

top = click.Group("samsvar")
association = click.Group("association", help="Förbund.")
team = click.Group("team", help="Team.")
staff = click.Group("staff", help="Konton.")
form = click.Group("form", help="Formulär.")
round_ = click.Group("round", help="Omgångar.")
keys = click.Group("keys", help="Ärendenas nycklar.")
case = click.Group("case", help="Anmälningar och ärenden.")
audit_ = click.Group("audit", help="Loggen över vem som har läst och ändrat.")


def register(app: Flask) -> None:
    """Give `app` every command."""
    for found in (association, team, staff, form, round_, keys, case, audit_, *top.commands.values()):
        app.cli.add_command(found)


@command(top, "setup")
def setup() -> Said:
    """Skapa nycklar och databas, och publicera formulären som följer med. Kan köras igen."""
    installation = _set_up()
    return Said({"instance": str(installation.settings.instance)}, ["Klart."])


@command(top, "demo")
@click.option("--next-release", is_flag=True, help="Kör demonstrationens nästa nattliga öppning.")
def demo(next_release: bool) -> Said:
    """Ladda demonstrationsförbundet exempel, eller öppna dess nästa kvartal."""
    installation = _set_up()
    if next_release:
        return _told(demonstration.next_release(installation))
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
    address = accounts.welcome_address(installation.settings.base_url, code)
    return Said({"account": account, "address": address}, [f"Skicka den här adressen till {name}:", address])


@command(form, "check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def form_check(file: Path) -> Said:
    """Läs en YAML-fil och visa alla fel med rad, plats och råd."""
    read = library.read_file(file)
    advice = [str(one) for one in advise(read, file.read_text("utf-8"), name=file.name)]
    locks = {lock.id: lock.fingerprint for lock in read.locks}
    locked = [f"Låst block {lock.id}, {lock.owner}: {lock.fingerprint}" for lock in read.locks]
    facts = {"form": read.id, "version": read.version, "advice": advice, "locks": locks}
    return Said(facts, [*advice, *locked, "Inga fel."])


@command(form, "publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def form_publish(file: Path) -> Said:
    """Publicera en version. Den går sedan aldrig att ändra."""
    read = library.read_file(file)
    with house().writing() as db:
        published.publish(db, read)
    facts = {"form": read.id, "version": read.version, "fingerprint": read.fingerprint}
    return Said(facts, [f"{read.id} version {read.version} är publicerat."])


@command(form, "list")
def form_list() -> Said:
    """Visa alla publicerade versioner."""
    with house().reading() as db:
        found = published.published(db)
    return Said(
        {"forms": [{"form": one.id, "version": one.version, "fingerprint": one.fingerprint} for one in found]},
        [f"{one.id} {one.version}  {one.title.in_('sv')}" for one in found],
    )


@command(form, "show")
@click.argument("id_")
@click.argument("version", type=int, required=False)
def form_show(id_: str, version: int | None) -> Said:
    """Visa en version av ett formulär, den nyaste om ingen anges."""
    shown = _published(id_, version)
    lines = [f"{shown.id} version {shown.version}: {shown.title.in_('sv')}"]
    lines += [f"  {one.id}  {one.type}  {one.text.in_('sv')}" for one in shown.questions]
    return Said(json.loads(library.canonical(shown)), lines)


@command(form, "import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def form_import(file: Path) -> Said:
    """Läs ett formulär i ett annat format och skriv det som YAML i samma mapp. Ingenting publiceras."""
    brought = doors.bring(file)
    out = file.with_name(f"{brought.form.id}-{brought.form.version}.yaml")
    try:
        with out.open("xb") as written:
            written.write(doors.take(brought.form, out.name).content)
    except FileExistsError:
        raise click.ClickException(f"{out} finns redan. Flytta eller byt namn på den först.") from None
    except OSError as fault:
        raise click.ClickException(f"{out} går inte att skriva: {fault.strerror}.") from None
    changed = [str(one) for one in brought.changed]
    facts = {"form": brought.form.id, "version": brought.form.version, "file": str(out), "changed": changed}
    return Said(facts, [*changed, f"Skrev {out}. Läs igenom den och kör form check."])


@command(form, "export")
@click.argument("id_", metavar="ID")
@click.argument("version", type=int, required=False)
@click.option("--to", "out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path))
def form_export(id_: str, version: int | None, out: Path) -> Said:
    """Skriv en version av ett formulär, den nyaste om ingen anges, i det format som filens namn slutar på."""
    shown = _published(id_, version)
    taken = doors.take(shown, out.name)
    try:
        out.write_bytes(taken.content)
    except OSError as fault:
        raise click.ClickException(f"{out} går inte att skriva: {fault.strerror}.") from None
    facts = {"form": shown.id, "version": shown.version, "file": str(out), "left": list(taken.left)}
    return Said(facts, [*taken.left, f"Skrev {shown.id} version {shown.version} till {out}."])


def _published(id_: str, version: int | None) -> Form:
    with house().reading() as db:
        return published.newest(db, id_) if version is None else published.load(db, id_, version)


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


@command(case, "parties")
@click.argument("team_slug", metavar="TEAM")
@click.argument("given", metavar="PARTY...", nargs=-1, required=True)
def case_parties(team_slug: str, given: tuple[str, ...]) -> Said:
    """Ange teamets parter i ordning: af, fk, kommun, region, annan_1=NAMN. Ett tal efter kolon är antalet platser."""
    seats = [_seats(one) for one in given]
    with house().writing() as db:
        parties.set_seats(db, team_slug, seats)
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
    return Said({"rows": verdict.rows}, [f"Loggen är hel: {verdict.rows} rader."])


_FAULTS: Mapping[audit.Fault, str] = {
    "changed": "Loggen är ändrad. Rad {n} är inte som den skrevs.",
    "missing": "Loggen är ändrad. Rad {n} saknas.",
    "cut": "Loggen är avklippt. Rad {n} och alla efter den saknas.",
    "anchor": "Loggens ankare i nyckelmappen saknas eller hör inte till den här loggen.",
}


@command(top, "release")
def release_() -> Said:
    """Öppna det som ska öppnas, räkna ärenden och stäng omröstningar vars dag är över. Körs varje natt."""
    closing.close_due(house())
    outcome = release.release_due(house(), groups.close)
    case_statistics.close_due(house(), house().now())
    return _told(outcome)


def _told(outcome: release.Outcome) -> Said:
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
    done = reminders.remind(installation, installation.now())
    lines = [f"{done.expired} samtycken har gått ut, {done.expiring} går snart ut, {done.due} uppgifter väntar."]
    return Said(asdict(done), lines)


@command(top, "notify")
def notify() -> Said:
    """Skicka notiser som väntar med e-post. Körs var femte minut."""
    installation = house()
    done = outbox.send_due(installation, installation.now())
    return Said(asdict(done), [f"{done.sent} skickade, {done.waiting} väntar."])


@command(top, "backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--new-key", is_flag=True, help="Gör i stället ett nyckelpar, med den privata halvan i filen DIR.")
def backup_(folder: Path, new_key: bool) -> Said:
    """Skriv en krypterad kopia av databasen i mappen. Den öppnas bara med den privata nyckeln."""
    if new_key:
        public = backup.new_key(folder)
        return Said({"public": public, "file": str(folder)}, [public, f"Göm {folder} utanför servern."])
    installation = house()
    made = backup.back_up(installation, folder, installation.settings.backup_to, installation.now())
    return Said({"file": str(made.file), "bytes": made.bytes}, [f"{made.file}: {made.bytes} byte"])


@command(top, "restore")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option("--key", required=True, type=click.Path(path_type=Path, exists=True), help="Den privata nyckeln.")
def restore(folder: Path, key: Path) -> Said:
    """Fyll en tom databas från den nyaste kopian i mappen."""
    installation = house()
    came = backup.restore(installation, backup.newest(folder), key, installation.now())
    facts = {"rows": sum(came.tally.rows.values()), "lost": list(came.rounds), "unreadable": list(came.cases)}
    lines = [f"{facts['rows']} rader är tillbaka."]
    lines += [f"{one}: svar som väntade går inte att öppna längre och är borttagna" for one in came.rounds]
    lines += [f"{one}: ärendet går inte att läsa, dess nyckel saknas" for one in came.cases]
    return Said(facts, lines)


@command(top, "move")
@click.argument("url")
def move(url: str) -> Said:
    """Kopiera allt till en annan, tom databas och jämför rad för rad."""
    moved = transcript.move(house().engine, url)
    return Said({"rows": sum(moved.rows.values())}, [f"{sum(moved.rows.values())} rader är kopierade och lika."])


@command(top, "retention")
@click.argument("class_", metavar="CLASS", type=click.Choice(retention.CLASSES))
@click.option("--association", "slug", required=True)
@click.option("--months", type=int, required=True, help="Hur länge ärendena sparas.")
@click.option("--decision", required=True, help="Beslutet, till exempel ett diarienummer.")
def retention_(class_: retention.Class, slug: str, months: int, decision: str) -> Said:
    """Ange hur länge ett slags ärenden sparas, och enligt vilket beslut."""
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
        free, held = (tuple(one for one in found if one.held is wanted) for wanted in (False, True))
        return _purged("skulle gallras", retention.Outcome(free, held, missing, 0, scrubbed=True))
    case_statistics.close_due(installation, installation.now())  # what is not counted is not deleted
    return _purged("gallrat", retention.purge(installation, installation.now()))


def _purged(deed: str, outcome: retention.Outcome) -> Said:
    facts = {
        "purged": [one.name for one in outcome.purged],
        "held": [one.name for one in outcome.held],
        "undecided": [list(one) for one in outcome.undecided],
        "drafts": outcome.drafts,
        "scrubbed": outcome.scrubbed,
    }
    lines = [f"{one.name}: {deed}, {one.decision}" for one in outcome.purged]
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


@command(keys, "backup")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def keys_backup(folder: Path) -> Said:
    """Skriv en kopia av ärendenas nycklar, i stället för den förra. Körs varje natt efter gallringen."""
    copied = key_copy.write_copy(house(), folder)
    return Said({"keys": copied, "folder": str(folder)}, [f"{copied} nycklar i {folder}. Den förra kopian är borta."])


@command(keys, "restore")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def keys_restore(folder: Path) -> Said:
    """Hämta tillbaka nycklar som ärenden saknar från kopian."""
    found = key_copy.bring_back(house(), folder)
    return Said({"keys": found}, [f"{found} nycklar är tillbaka."])


@command(top, "export")
@click.option("--association", "slug")
@click.option("--form", "form_id")
@click.option("--pooled", "lock", metavar="LOCK", help="Ett låst block, från alla förbund tillsammans.")
@click.option("--cases", is_flag=True, help="Förbundets ärenden, räknade.")
@click.option("--period", default=None, help="Till exempel 2026-Q3 eller 2026. Annars allt som är öppnat.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(slug: str | None, form_id: str | None, lock: str | None, cases: bool, period: str | None, out: Path) -> Said:
    """Skriv samma fil som en inloggad utvärderare laddar ner."""
    try:
        if cases and slug and not (form_id or lock):
            return _export_cases(slug, period, out)
        if lock and not (slug or form_id or cases):
            return _export_pooled(lock, period, out)
        if slug and form_id and not (lock or cases):
            return _export(exporting.Selection(slug, form_id, period), out)
    except OSError as fault:
        raise click.ClickException(f"{out} går inte att skriva: {fault.strerror}.") from None
    raise click.ClickException("Ange --association och --form, --association och --cases, eller bara --pooled.")


def _export(selection: exporting.Selection, out: Path) -> Said:
    with house().reading() as db:
        written = exporting.export(db, selection, out)
    facts = {"file": str(out), "full": written.full, "coarse": written.coarse, "withheld": written.withheld}
    return Said(facts, [f"{out}: {written.full} hela grupper, {written.coarse} grova, {written.withheld} dolda."])


def _export_cases(slug: str, period: str | None, out: Path) -> Said:
    written = BytesIO()
    with house().reading() as db:
        periods = case_workbook.write(db, slug, period, written)
    out.write_bytes(written.getvalue())
    return Said({"file": str(out), "periods": periods}, [f"{out}: {periods} perioder."])


def _export_pooled(lock: str, period: str | None, out: Path) -> Said:
    with house().reading() as db:
        found = pools(db, lock, period=period)
    export_pooled(found, out)
    told = [one for one in found if one.enough]
    facts = [{"period": one.period, "associations": one.associations, "answers": one.answers} for one in told]
    lines = [f"{out}:", *(f"  {one.period}: {one.associations} förbund, {one.answers} svar" for one in told)]
    return Said({"file": str(out), "periods": facts}, lines)
