"""The base of every staff form: WTForms without its own token, because the gate checks the session's.

How a field is drawn is `templates/staff/fields.html`: its label and its hint stand at the field.
"""

from flask_wtf import FlaskForm


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A form whose problems are listed once, in the order of its fields."""

    class Meta:
        csrf = False

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Pairs (control id, what is wrong), for the error summary; one per field."""
        return [(field.id, field.errors[0]) for field in self if field.errors]

    def blame(self, name: str, message: str) -> None:
        """Say what a rule found wrong, at the field where it is mended."""
        self[name].errors = [message]

    def rows(self, name: str) -> list[dict[str, str]]:
        """The choices of a field, as the control macros take them."""
        return [{"code": code, "label": label} for code, label in self[name].choices]
