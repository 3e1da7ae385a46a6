"""A translation as XLIFF, the format of translators' programs: version 1.2 and 2.0 out, and both in.

Each text is a unit known by its place in the form, with the original, the translation so far and how it stands. What
comes back is only read here; `forms.translating.compared` says what it would change.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from forms.doors.base import refuse
from forms.doors.building import language_code
from forms.doors.xml import Element, read_xml
from forms.messages import _
from forms.translating import Incoming, Unit

_STATES_1: Mapping[str, str] = {
    "missing": "needs-translation",
    "review": "needs-review-translation",
    "done": "translated",
}
_STATES_2: Mapping[str, str] = {"missing": "initial", "review": "initial", "done": "translated"}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write_1_2(form: str, source: str, target: str, units: Sequence[Unit], notes: Sequence[str]) -> bytes:
    """The translation as XLIFF 1.2; `notes` say what kind of text each unit is."""
    lines = [
        f'{_HEAD}<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n',
        f"<file original={quoteattr(form)} source-language={quoteattr(source)} target-language={quoteattr(target)} ",
        'datatype="plaintext"><body>\n',
    ]
    for unit, note in zip(units, notes, strict=True):
        lines.append(
            f'<trans-unit id={quoteattr(unit.key)} xml:space="preserve"><source>{escape(unit.source)}</source>'
            f'<target state="{_STATES_1[unit.state]}">{escape(unit.target)}</target>'
            f"<note>{escape(note)}</note></trans-unit>\n"
        )
    return "".join([*lines, "</body></file>\n</xliff>\n"]).encode()


def write_2_0(form: str, source: str, target: str, units: Sequence[Unit], notes: Sequence[str]) -> bytes:
    """The translation as XLIFF 2.0."""
    lines = [
        f'{_HEAD}<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang={quoteattr(source)} ',
        f'trgLang={quoteattr(target)}>\n<file id="f1" original={quoteattr(form)}>\n',
    ]
    for number, (unit, note) in enumerate(zip(units, notes, strict=True), start=1):
        lines.append(
            f'<unit id="u{number}" name={quoteattr(unit.key)} xml:space="preserve">'
            f'<notes><note>{escape(note)}</note></notes><segment state="{_STATES_2[unit.state]}">'
            f"<source>{escape(unit.source)}</source><target>{escape(unit.target)}</target></segment></unit>\n"
        )
    return "".join([*lines, "</file>\n</xliff>\n"]).encode()


def read(content: bytes, name: str, form: str, language: str) -> Incoming:
    """What a file says of this form in this language. Raises `BadForm` for a file of something else."""
    root = read_xml(content, name)
    files = list(root.every("file"))
    if root.name != "xliff" or not files:
        raise refuse(name, _("Filen är ingen översättning i XLIFF."), _("Välj filen som översättaren skickade."))
    of = {file.attributes.get("original", form) for file in files}
    if of != {form}:
        raise refuse(
            name,
            _("Filen hör till formuläret %(words)s.", words=", ".join(sorted(of))[:60]),
            _("Välj en fil för %(form)s.", form=form),
        )
    told = root.attributes.get("trgLang", "")
    targets = {language_code(file.attributes.get("target-language", told) or language) for file in files}
    if targets != {language}:
        said = ", ".join(sorted(targets))[:60]
        raise refuse(
            name,
            _("Filen är på ett annat språk (%(said)s).", said=said),
            _("Välj en fil på språket %(language)s.", language=language),
        )
    units = {key: unit for file in files for key, unit in _units(file)}
    return Incoming(
        texts={key: text for key, unit in units.items() if (text := _joined(unit, "target"))},
        sources={key: _joined(unit, "source") for key, unit in units.items()},
    )


def _units(file: Element) -> Iterator[tuple[str, Element]]:
    """Key and unit, in either version."""
    yield from ((unit.attributes.get("id", ""), unit) for unit in file.every("trans-unit"))
    yield from ((unit.attributes.get("name", ""), unit) for unit in file.every("unit"))


def _joined(unit: Element, name: str) -> str:
    """The text of a unit: a translator's program may have cut it into segments."""
    own = unit.child(name)
    if own is not None:
        return own.text
    return "".join(
        part.text for each in unit.children if each.name in ("segment", "ignorable") for part in each.every(name)
    )
