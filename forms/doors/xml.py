"""An XML file from anywhere -> its elements, or a clear refusal; bounded in time and memory whatever it holds.

Nothing a file may declare is honoured: a document type is refused before it says anything, so there are no entities to
unfold and nothing outside the file is ever asked for. Names are without their namespaces.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from flask_babel import lazy_gettext as _l

from forms.doors.base import refuse
from forms.messages import _

LARGEST = 10_000_000
"""Bytes."""
MOST_ELEMENTS = 200_000
_DEEPEST = 50


class _Wild(Exception):
    """What no file of ours has: told with what and remedy."""


@dataclass
class Element:
    """An element with its own name, attributes, and what is in it in order."""

    name: str
    attributes: dict[str, str]
    line: int
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def children(self) -> Iterator["Element"]:
        """The elements in it."""
        return (each for each in self.inside if isinstance(each, Element))

    @property
    def text(self) -> str:
        """All text in it, also within the elements in it."""
        return "".join(each if isinstance(each, str) else each.text for each in self.inside)

    def child(self, name: str) -> "Element | None":
        """The first element of that name in it."""
        return next((each for each in self.children if each.name == name), None)

    def every(self, name: str) -> Iterator["Element"]:
        """Every element of that name, however deep."""
        for each in self.children:
            if each.name == name:
                yield each
            yield from each.every(name)


def read_xml(content: bytes, name: str) -> Element:
    """The root element. Raises `BadForm`."""
    if len(content) > LARGEST:
        raise refuse(name, _("Filen är för stor."), _("Den får ha högst %(n)s miljoner byte.", n=LARGEST // 1_000_000))
    reading = _Reading()
    try:
        reading.parser.Parse(content, True)
    except _Wild as fault:
        what, remedy = fault.args
        raise refuse(name, what, remedy) from None
    except (expat.ExpatError, ValueError, LookupError):  # an encoding that is not there is a LookupError
        line = reading.parser.CurrentLineNumber
        raise refuse(
            name, _("Filen går inte att läsa som XML. Felet står nära rad %(line)s.", line=line), _AGAIN
        ) from None
    return reading.root


_AGAIN = _l("Exportera filen en gång till från programmet som skrev den.")


class _Reading:
    """The elements begun and not yet ended."""

    def __init__(self) -> None:
        self.root = Element("", {}, 0)
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._open: list[Element] = []
        self._count = 0

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1 + len(attributes)
        if self._count > MOST_ELEMENTS or len(self._open) > _DEEPEST:
            raise _Wild(_("Filen har för många delar."), _("Dela upp den i flera."))
        begun = Element(_plain(name), {_plain(key): value for key, value in attributes.items()}, self._line())
        if self._open:
            self._open[-1].inside.append(begun)
        else:
            self.root = begun
        self._open.append(begun)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _say(self, text: str) -> None:
        self._open[-1].inside.append(text)

    def _refuse_doctype(self, *_declared: object) -> None:
        raise _Wild(_("Filen har en dokumenttyp (DOCTYPE)."), _("Ta bort raden med <!DOCTYPE."))

    def _line(self) -> int:
        return self.parser.CurrentLineNumber


def _plain(name: str) -> str:
    return name.rpartition(" ")[2]
