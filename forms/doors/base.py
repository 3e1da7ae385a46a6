"""What every door is: a way in, a way out, or both, and what did not come along."""

from collections.abc import Callable
from dataclasses import dataclass

from forms.faults import BadForm, Fault
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


def refuse(name: str, what: str, remedy: str) -> BadForm:
    """A fault of the file as a whole."""
    return BadForm([Fault(name, 0, "", what, remedy)])
