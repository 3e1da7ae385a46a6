"""Workbooks written without a browser."""

from io import BytesIO
from pathlib import Path

import click

from commands.saying import Said, command, top
from exports import case_workbook, year_shown, year_workbook
from exports import export as exporting
from exports.pooled import pools
from exports.pooled_files import export_pooled
from pages.context import house


@command(top, "export")
@click.option("--association", "slug")
@click.option("--form", "form_id")
@click.option("--pooled", "lock", metavar="LOCK", help="Ett låst block, från alla förbund tillsammans.")
@click.option("--cases", is_flag=True, help="Förbundets ärenden, räknade.")
@click.option("--year", type=int, help="Ett år i siffror, till exempel 2026.")
@click.option("--period", default=None, help="Till exempel 2026-Q3 eller 2026. Annars allt som är öppnat.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(
    slug: str | None,
    form_id: str | None,
    lock: str | None,
    cases: bool,
    year: int | None,
    period: str | None,
    out: Path,
) -> Said:
    """Skriv samma fil som en inloggad utvärderare laddar ner."""
    try:
        if year and slug and not (form_id or lock or cases or period):
            return _export_year(slug, year, out)
        if cases and slug and not (form_id or lock or year):
            return _export_cases(slug, period, out)
        if lock and not (slug or form_id or cases or year):
            return _export_pooled(lock, period, out)
        if slug and form_id and not (lock or cases or year):
            return _export(exporting.Selection(slug, form_id, period), out)
    except OSError as fault:
        raise click.ClickException(f"{out} går inte att skriva: {fault.strerror}.") from None
    raise click.ClickException("Ange --association och ett av --form, --cases och --year, eller bara --pooled.")


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


def _export_year(slug: str, year: int, out: Path) -> Said:
    with house().reading() as db:
        report = year_shown.report(db, slug, year, house().today())
    written = BytesIO()
    year_workbook.write(report, year_workbook.kind_of(out.name), written)
    out.write_bytes(written.getvalue())
    told = [one.shown for _part, _block, one in report.each()]
    shown, withheld = told.count(True), told.count(False)
    facts = {"file": str(out), "settled": bool(report.settled_on), "shown": shown, "withheld": withheld}
    return Said(facts, [f"{out}: {shown} siffror, {withheld} visas inte."])


def _export_pooled(lock: str, period: str | None, out: Path) -> Said:
    with house().reading() as db:
        found = pools(db, lock, period=period)
    export_pooled(found, out)
    told = [one for one in found if one.enough]
    facts = [{"period": one.period, "associations": one.associations, "answers": one.answers} for one in told]
    lines = [f"{out}:", *(f"  {one.period}: {one.associations} förbund, {one.answers} svar" for one in told)]
    return Said({"file": str(out), "periods": facts}, lines)
