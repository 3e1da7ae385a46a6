"""Where in a form file something stands, and what to do about it, in words for those who do not program."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from forms.faults import Fault, Finding, Path
from forms.source import Source

_NAMED = {
    "pages": "sidan",
    "questions": "frågan",
    "choices": "svaret",
    "scales": "skalan",
    "themes": "temat",
    "locks": "låset",
}
_REMEDIES = {
    "form": 'Skriv formulärets id, till exempel form: "mitt_formular".',
    "version": "Skriv version: 1.",
    "kind": 'Skriv kind: "anonymous" för en anonym enkät.',
    "languages": 'Skriv languages: ["sv", "en"], det språk som gäller först.',
    "title": 'Skriv title: {sv: "…"}.',
    "pages": "Skriv pages: och en sida per streck.",
    "questions": "Skriv questions: och en fråga per streck.",
    "id": "Skriv id: och ett eget namn med små bokstäver a-z, siffror och _.",
    "type": 'Skriv type: och frågans typ, till exempel "choice".',
    "text": 'Skriv text: {sv: "…"}.',
    "owner": "Skriv owner: och namnet på den som äger frågorna.",
    "code": 'Skriv code: och svarets kod, till exempel "1".',
    "choices": "Skriv choices: och ett svar per streck.",
    "privacy": 'Skriv privacy: "open" (räknas), "free_text" (egna ord) eller "identifying" (pekar ut en person).',
    "q": "Skriv q: och id för en fråga på en tidigare sida.",
    "op": 'Skriv op: "eq" om svaret ska vara lika med value.',
}


def meant(word: str, words: Iterable[str]) -> str:
    """«Menade du …? » when `word` is nearly one of `words`, else ""."""
    near = get_close_matches(word, list(words), n=1, cutoff=0.7)
    return f"Menade du «{near[0]}»? " if near else ""


def either(words: Sequence[str]) -> str:
    """«a, b eller c»."""
    return " eller ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def remedy_for(path: Path, what: str, keys: Iterable[str]) -> str:
    """What to do about a key that is missing or unknown, when the schema says no more than that."""
    key = str(path[-1]) if path else ""
    if what == "Nyckeln finns inte här.":
        return f"{meant(key, keys)}Rätta stavningen eller indraget, eller ta bort raden."
    return _REMEDIES.get(key, f"Fyll i {key}: eller ta bort raden.")


def located(findings: Iterable[Finding], source: Source, name: str = "") -> list[Fault]:
    """The findings with file, line and place, in the order of the file."""
    faults = [
        Fault(name, source.line(each.path), place_in_words(each.path, source.content), each.what, each.remedy)
        for each in findings
    ]
    return sorted(faults, key=lambda fault: fault.line)


def place_in_words(path: Path, content: Any) -> str:
    """The place as "sidan planen_3, frågan du_p5_stod, text": what it is called, else which in order it is."""
    words: list[str] = []
    for depth, step in enumerate(path):
        content = _within(content, step)
        around = path[depth - 1] if depth else ""
        if around in _NAMED:
            words[-1:] = [f"{_NAMED[str(around)]} {_called(content, step)}"]
        else:
            words.append(str(step) if isinstance(step, str) else f"nummer {step + 1}")
    return ", ".join(words)


def _within(content: Any, step: str | int) -> Any:
    try:
        return content[step]
    except (KeyError, IndexError, TypeError):
        return None


def _called(content: Any, step: str | int) -> str:
    if isinstance(step, str):
        return step
    own = content.get("id") or content.get("code") if isinstance(content, dict) else None
    return str(own or f"nummer {step + 1}")
