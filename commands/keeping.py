"""Copies of the database and of the keys, and what is done with them."""

from datetime import date
from pathlib import Path

import click

from commands.saying import IT_IS, Said, command, group, top
from exports import case_statistics
from pages.context import house
from survey import backup, clock, key_copy, rotation, transcript
from survey.cases.model import day

keys = group("keys", "Ärendenas nycklar.")


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
@IT_IS
def restore(folder: Path, key: Path, said: date | None) -> Said:
    """Fyll en tom databas från den nyaste kopian i mappen."""
    installation = house()
    file = backup.newest(folder, installation.now())
    made = backup.made_at(file)
    clock.refuse_far(installation.today(), day(made) if made else None, said)
    came = backup.restore(installation, file, key, installation.now(), case_statistics.close_due)
    if said:
        clock.begin_night(installation, said)
    facts = {
        "rows": sum(came.tally.rows.values()),
        "lost": list(came.rounds),
        "unreadable": list(came.cases),
        "purged": list(came.purged),
    }
    lines = [f"{facts['rows']} rader är tillbaka."]
    lines += [f"{one}: svar som väntade går inte att öppna längre och är borttagna" for one in came.rounds]
    lines += [f"{one}: ärendet går inte att läsa, dess nyckel saknas eller är en annan" for one in came.cases]
    lines += [f"{one}: gallrat på nytt" for one in came.purged]
    return Said(facts, lines)


@command(top, "move")
@click.argument("url")
def move(url: str) -> Said:
    """Kopiera allt till en annan, tom databas och jämför rad för rad."""
    moved = transcript.move(house().engine, url)
    return Said({"rows": sum(moved.rows.values())}, [f"{sum(moved.rows.values())} rader är kopierade och lika."])


@command(keys, "backup")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def keys_backup(folder: Path) -> Said:
    """Skriv en kopia av ärendenas nycklar, i stället för den förra. Körs varje natt efter gallringen."""
    copied = key_copy.write_copy(house(), folder)
    return Said({"keys": copied, "folder": str(folder)}, [f"{copied} nycklar i {folder}. Den förra kopian är borta."])


@command(keys, "restore")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def keys_restore(folder: Path) -> Said:
    """Hämta tillbaka nycklar som ärenden saknar från kopian, och vilka samtycken som har upphört."""
    installation = house()
    found = key_copy.bring_back(installation, folder, installation.now())
    return Said({"keys": found}, [f"{found} nycklar är tillbaka."])


@command(keys, "rotate")
@click.option("--fields", is_flag=True, help="Kryptera också varje ärende på nytt, med en ny nyckel.")
@click.option(
    "--copy", "folder", type=click.Path(file_okay=False, path_type=Path), help="Mappen från keys backup, som skrivs om."
)
def keys_rotate(folder: Path | None, fields: bool) -> Said:
    """Byt nyckeln som låser alla andra. Tjänsten går som vanligt. Avbruten går den vidare när den körs igen."""
    installation = house()
    done = rotation.rotate(installation, installation.now(), fields=fields, copy=folder)
    lines = [f"{done.keys} nycklar är låsta på nytt, {done.cases} ärenden är krypterade på nytt."]
    lines += [f"{one}: gick inte att öppna, inte heller tidigare" for one in done.broken]
    lines += [] if folder else ["Kör keys backup nu: kopian går bara att öppna med den gamla nyckeln."]
    lines += ["Kör backup nu: ärenden i äldre kopior går bara att läsa med de gamla nycklarna."] if done.cases else []
    lines += [] if done.forgotten else ["Ta bort den gamla nyckeln ur inställningen, och starta om."]
    facts = {"keys": done.keys, "cases": done.cases, "broken": list(done.broken), "forgotten": done.forgotten}
    return Said(facts, lines)
