"""Where in a form file something stands, and what to do about it, in words for those who do not program."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from flask_babel import lazy_gettext as _l

from forms.faults import Fault, Finding, Path
from forms.messages import _
from forms.source import Source

_NAMED = {
    "pages": _l("sidan"),
    "questions": _l("frågan"),
    "choices": _l("svaret"),
    "scales": "skalan",
    "themes": _l("temat"),
    "locks": _l("låset"),
}
_REMEDIES = {
    "form": _l('Skriv formulärets id, till exempel form: "mitt_formular".'),
    "version": _l("Skriv version: 1."),
    "kind": _l('Skriv kind: "anonymous" för en anonym enkät.'),
    "languages": _l('Skriv languages: ["sv", "en"], det språk som gäller först.'),
    "title": _l('Skriv title: {sv: "…"}.'),
    "pages": _l("Skriv pages: och en sida per streck."),
    "questions": _l("Skriv questions: och en fråga per streck."),
    "id": _l("Skriv id: och ett eget namn med små bokstäver a-z, siffror och _."),
    "type": _l('Skriv type: och frågans typ, till exempel "choice".'),
    "text": _l('Skriv text: {sv: "…"}.'),
    "owner": _l("Skriv owner: och namnet på den som äger frågorna."),
    "code": _l('Skriv code: och svarets kod, till exempel "1".'),
    "choices": _l("Skriv choices: och ett svar per streck."),
    "privacy": _l('Skriv privacy: "open" (räknas), "free_text" (egna ord) eller "identifying" (pekar ut en person).'),
    "q": _l("Skriv q: och id för en fråga på en tidigare sida."),
    "op": _l('Skriv op: "eq" om svaret ska vara lika med value.'),
}


def meant(word: str, words: Iterable[str]) -> str:
    """«Menade du …? » when `word` is nearly one of `words`, else ""."""
    near = get_close_matches(word, list(words), n=1, cutoff=0.7)
    return _("Menade du «%(name)s»?", name=near[0]) + " " if near else ""


def either(words: Sequence[str]) -> str:
    """«a, b eller c»."""
    return f" {_('eller')} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def remedy_for(path: Path, what: str, keys: Iterable[str]) -> str:
    """What to do about a key that is missing or unknown, when the schema says no more than that."""
    key = str(path[-1]) if path else ""
    if what == _("Nyckeln finns inte här."):
        return meant(key, keys) + _("Rätta stavningen eller indraget, eller ta bort raden.")
    return str(_REMEDIES.get(key, _("Fyll i %(key)s: eller ta bort raden.", key=key)))


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
            words.append(str(step) if isinstance(step, str) else _("nummer %(n)s", n=step + 1))
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
    return str(own or _("nummer %(n)s", n=step + 1))
