"""The forms that come with Samsvar: found, read once, and known by their fingerprints."""

from functools import cache
from pathlib import Path

from forms.assemble import canonical, fingerprint
from forms.model import Form
from forms.schema import read_form

INSTRUMENTS = Path(__file__).parent / "instruments"

__all__ = ["INSTRUMENTS", "canonical", "fingerprint", "read_file", "shipped"]


def read_file(path: Path) -> Form:
    """The form in a YAML file. Raises `BadForm`, also for a file that is no text, and `OSError`."""
    return read_form(path.read_bytes().decode("utf-8", errors="replace"), name=path.name)


@cache
def shipped() -> tuple[Form, ...]:
    """Every version of every shipped form, by id and version."""
    return tuple(sorted(map(read_file, INSTRUMENTS.glob("*.yaml")), key=lambda form: (form.id, form.version)))


def shipped_form(form: str) -> Form:
    """The newest shipped version of a form. Raises `KeyError` when none is called so."""
    return {each.id: each for each in shipped()}[form]
