"""The tiny forms under `tests/forms`, one feature each, and a shorthand for answering a page of them."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from werkzeug.datastructures import MultiDict

from forms.build import Reading, controls, page_form, read
from forms.library import read_file
from forms.model import Answers, Form, Page
from forms.routing import asked_page, on_path

FOLDER = Path(__file__).parent / "forms"


@cache
def tiny(name: str) -> Form:
    """The form in `tests/forms/<name>.yaml`."""
    return read_file(FOLDER / f"{name}.yaml")


def send(form: Form, sent: Iterable[tuple[str, str]], *, page: str = "a", answers: Answers | None = None) -> Reading:
    """What comes of posting `sent` from a page, in Swedish, with these answers before it."""
    shown = asked_page(form, answers or {}, page)
    assert shown is not None, f"{page} is not asked"
    return read(page_form(form, shown, "sv")(formdata=MultiDict(list(sent))))


def to_mend(form: Form, answers: Answers, today: date) -> list[tuple[Page, str, str]]:
    """(page, control, what to do) for all that keeps answers from standing when every page is read once more."""
    found = []
    for page in on_path(form, answers):
        again = page_form(form, page, "sv")(formdata=controls(form, page, answers))
        found += [(page, control, message) for control, message in read(again, answers, today).errors]
    return found
