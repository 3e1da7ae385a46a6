"""What programs may read: forms, and of the associations a key's holder evaluates releases, groups, quotes and files.

Nothing here decides anything: who may ask is held by the gate, what is shown was stored at release.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from flask import Response, send_file
from sqlalchemy import Connection

from api import schemas, telling
from api.schemas import listed
from api.service import Views, acceptable
from exports import groups, making, quotes
from exports.contents import Contents, Quotes
from exports.export import FILES, Selection, name_of
from forms.assemble import dump_form
from forms.model import Form
from pages.context import house
from pages.gate import member
from survey import published
from survey.errors import NotFound
from survey.teams import find_association

views = Views("api", __name__, url_prefix="/api/v1", description="Everything is for reading only.")
OF_FORM = "/associations/<association>/forms/<form_id>"
Told = dict[str, Any]


@views.reads("/forms", "forms", listed(schemas.FormTold, "Forms"))
def forms() -> Told:
    """Every published form"""
    with house().reading() as db:
        known = published.published(db)
    return {"items": [_form([one for one in known if one.id == id_]) for id_ in dict.fromkeys(f.id for f in known)]}


@views.reads("/forms/<form_id>", "forms", schemas.FormTold)
def form(form_id: str) -> Told:
    """A published form and its versions"""
    with house().reading() as db:
        versions = [one for one in published.published(db) if one.id == form_id]
    if not versions:
        raise NotFound
    return _form(versions)


@views.reads("/forms/<form_id>/versions/<int(min=1, max=99999):version>", "forms", schemas.Definition)
def form_version(form_id: str, version: int) -> Told:
    """A version of a form, whole"""
    with house().reading() as db:
        found = published.load(db, form_id, version)
    return {**_version(found), "definition": dump_form(found)}


@views.reads("/associations", None, listed(schemas.Home, "Homes"))
def associations() -> Told:
    """The associations the key's holder evaluates, with the forms that have been released"""
    with house().reading() as db:
        return {"items": [_home(db, slug) for slug in member().associations()]}


@views.reads(f"{OF_FORM}/releases", "figures", listed(schemas.Release, "Releases"))
def releases(association: str, form_id: str) -> Told:
    """The periods that have been opened, the newest first"""
    with house().reading() as db:
        told = quotes.published(db, association, form_id)
        shown = (one for one in groups.each(db, association, form_id) if one.team is None)
        items = [
            telling.release(one, told[one.period].published_on if one.period in told else None) for one in _some(shown)
        ]
    return {"items": items}


@views.reads(f"{OF_FORM}/groups", "figures", listed(schemas.GroupTold, "Groups", paged=True), schemas.AskedPeriodPages)
def list_groups(association: str, form_id: str, limit: int, after: str, period: str | None = None) -> Told:
    """The groups that have been closed, the newest first, shown or not"""
    with house().reading() as db:
        shown = _some(groups.each(db, association, form_id, period=period))
        return _part(((_place(one), telling.group(one)) for one in shown), limit, after)


@views.reads(f"{OF_FORM}/groups/<period>", "figures", schemas.Figures)
def figures(association: str, form_id: str, period: str) -> Told:
    """The association's figures in a period or a year"""
    return _figures(association, form_id, period, None)


@views.reads(f"{OF_FORM}/groups/<period>/teams/<team>", "figures", schemas.Figures)
def team_figures(association: str, form_id: str, period: str, team: str) -> Told:
    """A team's figures in a period or a year"""
    return _figures(association, form_id, period, team)


@views.reads(
    f"{OF_FORM}/quotes", "quotes", listed(schemas.QuoteTold, "QuotesTold", paged=True), schemas.AskedPeriodPages
)
def list_quotes(association: str, form_id: str, limit: int, after: str, period: str | None = None) -> Told:
    """The quotes that have been published, mixed, the oldest period first"""
    with house().reading() as db:
        next(_some(groups.each(db, association, form_id, period=period)))
        told = quotes.published(db, association, form_id, period)
    return _part(_quotes(told), limit, after)


@views.downloads(f"{OF_FORM}/exports/<kind>", "exports", (one.mimetype for one in FILES.values()), schemas.AskedPeriod)
def export(association: str, form_id: str, kind: str, period: str | None = None) -> Response:
    """A file, the same as on the page, of one period or of all"""
    if kind not in FILES:
        raise NotFound
    acceptable(FILES[kind].mimetype)
    selection = Selection(association, form_id, period)
    out = TemporaryFile()  # noqa: SIM115  closed with the response
    try:
        with making.bench(), house().reading() as db:
            FILES[kind].write(db, selection, out)
    except BaseException:
        out.close()
        raise
    length = out.tell()
    out.seek(0)
    name = name_of(selection, kind)
    response = send_file(out, FILES[kind].mimetype, as_attachment=True, download_name=name, etag=False, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    response.content_length = length
    return response


def _form(versions: list[Form]) -> Told:
    newest = versions[-1]
    return {
        "form": newest.id,
        "pool": newest.pool,
        "kind": newest.kind,
        "title": newest.title.by_language,
        "languages": newest.languages,
        "versions": [_version(one) for one in versions],
    }


def _version(of: Form) -> Told:
    return {"form": of.id, "version": of.version, "fingerprint": of.fingerprint}


def _home(db: Connection, slug: str) -> Told:
    shown = [next(groups.each(db, slug, form)) for form in groups.shown_forms(db, slug)]
    return {
        "association": slug,
        "name": find_association(db, slug).name,
        "forms": [{"form": one.form, "title": one.title} for one in shown],
    }


def _figures(association: str, form_id: str, period: str, team: str | None) -> Told:
    def read(db: Connection) -> Told:
        for one in groups.each(db, association, form_id, period=period):
            if one.team == team:
                return telling.figures(one)
        raise NotFound

    return house().released(read)


def _some(shown: Iterable[Contents]) -> Iterator[Contents]:
    """What has been shown. Raises `NotFound` where that is nothing."""
    any_at_all = False
    for one in shown:
        any_at_all = True
        yield one
    if not any_at_all:
        raise NotFound


def _place(of: Contents) -> str:
    return f"{of.period}/{of.team}" if of.team else of.period


def _quotes(told: dict[str, Quotes]) -> Iterator[tuple[str, Told]]:
    for period, published_ in told.items():
        for entry in published_.book:
            for number, text in enumerate(published_.by_question[entry.id]):
                yield (
                    f"{period}/{entry.id}/{number}",
                    {
                        "period": period,
                        "published_on": published_.published_on,
                        "question": entry.id,
                        "text": entry.text,
                        "theme": entry.theme,
                        "quote": text,
                    },
                )


def _part(places: Iterable[tuple[str, Told]], limit: int, after: str) -> Told:
    """Of a long list what comes after the place `after`. Raises `NotFound` for a place that is not in it."""
    left = iter(places)
    if after and not any(place == after for place, _told in left):
        raise NotFound
    part = list(islice(left, limit))
    rest = next(left, None)
    return {"items": [told for _place, told in part], "next": part[-1][0] if part and rest else None}
