"""Locked questions put together over an evaluator's own associations: who is in it, who is not and why, the files.

Only the member's own associations enter. What may be put together is `exports.pooled`; nothing is counted here.
"""

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exports.export import FILES
from exports.pooled import UNLOCKED, pools, shared_locks
from exports.pooled_files import WRITERS, name_of, write
from pages import cards
from pages.context import house
from pages.files import LABELS
from pages.gate import member
from staff.policy import needs
from survey.errors import NotFound

pooled = Blueprint("pooled", __name__, url_prefix="/personal/gemensamt")


@pooled.get("/")
@needs("evaluator")
def start() -> str:
    with house().reading() as db:
        own = member().associations()
        shared = [pools(db, lock, associations=own) for lock in shared_locks(db, own)]
    return render_template(
        "staff/pooled.html",
        blocks=[found for found in shared if found],
        labels={kind: LABELS[kind] for kind in WRITERS},
        unlocked=_(UNLOCKED),
        cards=cards,
        said=_("Det finns inget att hämta. Färre än två av dina förbund visar blocket med exakta tal.")
        if request.args.get("said") == "few"
        else "",
    )


@pooled.get("/<lock>/hamta/<kind>")
@needs("evaluator")
def download(lock: str, kind: str) -> ResponseReturnValue:
    return _file(lock, None, kind)


@pooled.get("/<lock>/<period>/hamta/<kind>")
@needs("evaluator")
def download_period(lock: str, period: str, kind: str) -> ResponseReturnValue:
    return _file(lock, period, kind)


def _file(lock: str, period: str | None, kind: str) -> ResponseReturnValue:
    """The file, or back to the page that says why there is none: whether others have asked the block is not told."""
    if kind not in WRITERS:
        raise NotFound
    out = BytesIO()
    try:
        with house().reading() as db:
            write(pools(db, lock, associations=member().associations(), period=period), kind, out)
    except NotFound:
        return redirect(url_for(".start", said="few"), 303)
    out.seek(0)
    name = name_of(lock, period, kind)
    return send_file(out, FILES[kind].mimetype, as_attachment=True, download_name=name, max_age=0, etag=False)
