"""What ended polls came to: the page and the file, the same for those who led them and for those who evaluate."""

from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exports import poll_workbook
from exports.polls import reported
from pages.asking import asking
from pages.context import house
from pages.language import spoken
from pages.rooms import place_name
from staff.policy import needs
from survey import published
from survey.errors import NotFound
from survey.polls.holding import find_poll, polls_of
from survey.polls.model import FLOOR
from survey.polls.results import standings
from survey.teams import find_association

polled = Blueprint("polled", __name__)

FILE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@polled.get("/<association>/omrostningar/")
@needs("evaluator")
def ended_polls(association: str) -> str:
    """Every ended poll of the association, the newest first."""
    with house().reading() as db:
        held = [
            (
                one,
                published.load(db, one.form, one.version).title.in_(spoken()),
                place_name(db, association, one.team),
            )
            for one in polls_of(db, association)
            if not one.running
        ]
        return render_template("staff/polls_ended.html", home=find_association(db, association), held=held)


@polled.get("/<association>/omrostningar/<poll_id>")
@needs("evaluator")
def ended_poll(association: str, poll_id: str) -> str:
    _ended(poll_id)
    back = url_for(".ended_polls", association=association), _("Omröstningar")
    return ended_page(poll_id, back, url_for(".workbook", association=association, poll_id=poll_id))


@polled.get("/<association>/omrostningar/<poll_id>/fil")
@needs("evaluator")
def workbook(association: str, poll_id: str) -> ResponseReturnValue:
    del association  # the gate has looked at it
    return file_of(poll_id)


def ended_page(poll_id: str, back: tuple[str, str], file: str) -> str:
    """What an ended poll came to; how unsure it is only where that is asked for (INSTRUMENTS.md 2)."""
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        form = published.load(db, poll.form, poll.version)
        return render_template(
            "staff/poll_ended.html",
            poll=poll,
            title=form.title.in_(spoken()),
            place=place_name(db, poll.association, poll.team),
            told=[asking(db, poll, form, one.question) for one in standings(db, poll)],
            back=back,
            file=file,
            unsure="osakerhet" in request.args,
            reported=reported(db, poll),
            floor=FLOOR,
        )


def file_of(poll_id: str) -> ResponseReturnValue:
    """The workbook of an ended poll; before that it would tell what has not been shown."""
    _ended(poll_id)
    out = BytesIO()
    with house().reading() as db:
        poll = find_poll(db, poll_id)
        poll_workbook.write(db, poll, out)
    out.seek(0)
    return send_file(out, FILE, as_attachment=True, download_name=poll_workbook.name_of(poll))


def _ended(poll_id: str) -> None:
    """Raises `NotFound` for a poll that is running."""
    with house().reading() as db:
        if find_poll(db, poll_id).running:
            raise NotFound
