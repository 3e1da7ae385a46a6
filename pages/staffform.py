"""The base of every staff form: WTForms without its own token, because the gate checks the session's.

How a field is drawn is `templates/staff/fields.html`: its label and its hint stand at the field.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField
from wtforms.fields import SelectChoice
from wtforms.fields.core import UnboundField

from survey.errors import BadRequest

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters but tab and line breaks; PostgreSQL refuses the first of them."""


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A number written with digits."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number; what is no number is said in words one can act on."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Skriv antalet med siffror, till exempel 12")) from None


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A form whose problems are listed once, in the order of its fields."""

    class Meta:
        csrf = False

        def bind_field(self, form: FlaskForm, unbound: UnboundField, options: dict[str, Any]) -> Field:
            """Every field reads its text without control characters."""
            return unbound.bind(form=form, filters=[plain], **options)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Pairs (control id, what is wrong), for the error summary; one per field."""
        return [(field.id, field.errors[0]) for field in self if field.errors]

    def blame(self, name: str, message: str) -> None:
        """Say what a rule found wrong, at the field where it is mended."""
        self[name].errors = [message]

    def rows(self, name: str) -> list[dict[str, str]]:
        """The choices of a field, as the control macros take them."""
        return [{"code": choice.value, "label": choice.label} for choice in self[name].choices]


class Sure(StaffForm):
    """A step that cannot be taken back, of what the page has shown."""

    seen = HiddenField()


def choices(pairs: Iterable[tuple[str, object]]) -> list[SelectChoice]:
    """What can be chosen in a field: pairs (code, label)."""
    return [SelectChoice(code, label) for code, label in pairs]


def plain(value: object) -> object:
    """The text without control characters; anything else as it is."""
    return CONTROL.sub("", value) if isinstance(value, str) else value


def seen_version() -> int:
    """Which version of what it shows the page was drawn from; 0 for none. Raises `BadRequest` for what is no number."""
    return whole_number("seen") if request.form.get("seen") else 0


def page_number() -> str:
    """A number for a page that makes something new."""
    return secrets.token_hex(8)


def sent_as() -> str | None:
    """What the page that was sent is known by: its number, and all that was typed and pressed. Sent twice it makes one
    thing; sent again with other words, after Back, another. None for a page without a number: it is like no other."""
    if not request.form.get("submission"):
        return None
    said = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    return sha256(repr(said).encode()).hexdigest()[:16]


def whole_number(name: str) -> int:
    """A number that a page of ours carried. Raises `BadRequest` for anything that no page carries."""
    text = request.form.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadRequest
    return int(text)
