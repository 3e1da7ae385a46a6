"""Other formats in and out, each known by how a file's name ends. A new one is a module and a line here.

A door never guesses: what a format holds and a form cannot is refused with its place and a reason, and what a format
has no room for is told of.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from forms.doors import lss, redcap, surveyjs, xlsform_in, xlsform_out, yaml
from forms.doors.base import Brought, Door, Taken, refuse
from forms.messages import _
from forms.model import Form
from forms.remedies import either

LARGEST = 10_000_000
"""Bytes of a file that is read at all."""

DOORS: Mapping[str, Door] = MappingProxyType(
    {
        door.ending: door
        for door in (
            Door(".yaml", "YAML", bring=yaml.bring, take=yaml.take),
            Door(".xlsx", "XLSForm", bring=xlsform_in.bring, take=xlsform_out.take),
            Door(".json", "SurveyJS", bring=surveyjs.bring),
            Door(".lss", "LimeSurvey", bring=lss.bring),
            Door(".csv", "REDCap", take=redcap.take),
        )
    }
)
"""How a file's name ends -> the format."""

__all__ = ["DOORS", "Brought", "Door", "Taken", "bring", "read", "take"]


def bring(path: Path) -> Brought:
    """The form in a file. Raises `BadForm`, and `OSError` where the file cannot be read."""
    with path.open("rb") as file:
        return read(file.read(LARGEST + 1), path.name)


def read(content: bytes, name: str) -> Brought:
    """The form in the bytes of a file of that name. Raises `BadForm`."""
    door = DOORS.get(Path(name).suffix.lower())
    if door is None or door.bring is None:
        raise refuse(name, _("Formatet går inte att läsa."), _("Välj %(words)s.", words=_endings("bring")))
    if len(content) > LARGEST:
        raise refuse(name, _("Filen är för stor."), _("Den får ha högst %(n)s miljoner byte.", n=LARGEST // 1_000_000))
    return door.bring(content, name)


def take(form: Form, name: str) -> Taken:
    """The form in the format that a file's name ends with. Raises `BadForm` where that cannot hold it."""
    door = DOORS.get(Path(name).suffix.lower())
    if door is None or door.take is None:
        raise refuse(name, _("Formatet går inte att skriva."), _("Välj %(words)s.", words=_endings("take")))
    return door.take(form)


def _endings(way: str) -> str:
    return either([ending for ending, door in DOORS.items() if getattr(door, way)])
