"""What is wrong with a form file, said so that a person who does not program can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The way to a place in a form file: keys and places in lists."""


@dataclass(frozen=True)
class Fault:
    """One thing to mend, or one piece of advice."""

    file: str
    line: int
    """Counted from 1; 0 where the form is not in a file."""
    place: str
    """In words: "sidan planen_3, frågan du_p5_stod, text"."""
    what: str
    remedy: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, f"rad {self.line}" if self.line else "", self.place) if part)
        return f"{where}: {self.what} {self.remedy}".strip()


@dataclass(frozen=True)
class Finding:
    """A fault before it is known which line of which file it stands on."""

    path: Path
    what: str
    remedy: str


class BadForm(Exception):
    """A form file cannot be used. `faults` holds everything that is wrong, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
