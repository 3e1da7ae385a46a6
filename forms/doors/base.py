"""What every door is: a way in, a way out, or both, and what did not come along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from forms.faults import BadForm, Fault
from forms.messages import _
from forms.model import Form


@dataclass(frozen=True)
class Brought:
    """A form that has come in through a door, without faults."""

    form: Form
    changed: tuple[Fault, ...] = ()
    """What was left out or written otherwise, each with its place and what to do if that is wrong."""


@dataclass(frozen=True)
class Taken:
    """A form as a file in some format."""

    content: bytes
    left: tuple[str, ...] = ()
    """What the format has no place for, in words."""


@dataclass(frozen=True)
class Door:
    """A format, known by how a file's name ends."""

    ending: str
    name: str
    """What people call the format."""
    bring: Callable[[bytes, str], Brought] | None = None
    """The form in a file's bytes; its name is for the faults. Raises `BadForm` with everything that does not fit."""
    take: Callable[[Form], Taken] | None = None


STAYS: Mapping[str, str] = {
    "municipality": _l("Listan över kommuner finns bara här."),
    "party": _l("Vilka parter det finns vet bara teamet."),
    "consent": _l("Ett samtycke lämnas bara här, med sin text."),
    "personal_number": _l("Personnummer frågas bara efter här."),
    "repeat": _l("Frågor i rader kommer inte med."),
}
"""Question type -> why a question of it has no place in the formats of others."""


def refuse_to_take(form: Form) -> None:
    """Raise `BadForm` for a form that no other program may or can ask. A case is about a named person: who may read
    what, and what was said yes to, would be lost on the way."""
    if form.kind == "case":
        raise refuse(form.id, _("Formulär för ärenden stannar här."), _("Välj .yaml, som behåller allt."))
    reasons = [(question.id, STAYS.get(question.type)) for question in form.questions]
    if any(why for _name, why in reasons):
        remedy = _("Ta bort frågan, eller välj .yaml.")
        raise BadForm(
            [Fault(form.id, 0, _("frågan %(name)s", name=question), why, remedy) for question, why in reasons if why]
        )


def refuse(name: str, what: str, remedy: str) -> BadForm:
    """A fault of the file as a whole."""
    return BadForm([Fault(name, 0, "", what, remedy)])
