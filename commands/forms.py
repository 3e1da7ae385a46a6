"""Forms: checked, published, fetched and taken out."""

import json
from pathlib import Path

import click

from commands.saying import Said, command, group
from forms import doors, library
from forms.advice import advise
from forms.model import Form
from pages.context import house
from survey import published

form = group("form", "Formulär.")


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
