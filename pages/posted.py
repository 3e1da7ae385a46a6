"""The page that was posted: its sealed state (`pages.state`), opened with the form it was made for.

To whom a state belongs (which round, which way in, which sitting) is for each kind of page to say.
"""

import time
from typing import Literal

from flask import request
from sqlalchemy import Connection

from forms.model import Form
from pages import state as states
from pages.context import house
from pages.state import PageState, Unreadable
from survey import published
from survey.errors import NotFound

Purpose = Literal["page state", "interview page", "sheet page"]
"""What a state was sealed for: one kind of page opens no other's."""


def unsealed(db: Connection, purpose: Purpose) -> tuple[Form, PageState]:
    """The form and the state of the page that was posted. Raises `Unreadable`, and `Expired` for one too old."""
    text = request.form.get("state", "")
    clear = states.address(text)
    try:
        form = published.load(db, clear.form, clear.version)
    except NotFound:
        raise Unreadable from None
    return form, states.unseal(house().secrets.derive(purpose), text, form.fingerprint, int(time.time()))
