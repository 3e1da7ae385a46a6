"""A YAML text -> plain lists and dicts, and the line each place stands on.

Reads only what a form file needs: no tags, no anchors, no key twice; a text that YAML would take for a number, a date
or a yes is left to the schema, which asks for quotation marks. Nothing here knows what a form is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from forms.faults import Finding, Path
from forms.messages import _

LARGEST = 1_000_000
"""Characters in a form file; the longest shipped one has a thirtieth of it."""
_DEEPEST = 60
_PLAIN = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:null": type(None),
}


class _Endless(Exception):
    """What could unfold without end: an anchor, or level within level. `line` is counted from 0."""

    def __init__(self, what: str, remedy: str, event: yaml.Event) -> None:
        super().__init__(what)
        self.line = event.start_mark.line if event.start_mark else 0
        self.finding = Finding((), what, remedy)


@dataclass
class Source:
    """What a file says, where, and what in it is no form at all."""

    content: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    """Place -> line counted from 1; a key's value stands on the line of its key."""
    findings: list[Finding] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest place around it that is in the file; 0 where there is no file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def parse(text: str) -> Source:
    """Read a YAML text; what cannot be read is in `findings`."""
    source = Source(lines={(): 1})
    if len(text) > LARGEST:
        source.findings.append(Finding((), _("Filen är för stor."), _("Dela upp formuläret i flera.")))
        return source
    try:
        _refuse_endless(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except _Endless as fault:
        source.lines[()] = fault.line + 1
        source.findings.append(fault.finding)
        return source
    except yaml.YAMLError as fault:
        return _unreadable(source, fault)
    source.content = _value(node, (), source) if node else None
    return source


def _refuse_endless(text: str) -> None:
    """Anchors let a small file unfold into an endless one, and hide where a text really stands."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Endless(_("Tecknet & eller * står utan citattecken."), _("Sätt citattecken om texten."), event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _Endless(_("Filen har för många nivåer."), _("Kolla indrag, hakparenteser och klammer."), event)


def _unreadable(source: Source, fault: yaml.YAMLError) -> Source:
    mark = getattr(fault, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    source.lines[()] = line
    remedy = _("Kolla indrag, kolon och citattecken på raden och raden före. Sätt citattecken om alla texter.")
    source.findings.append(Finding((), _("Raden går inte att läsa som YAML."), remedy))
    return source


def _value(node: yaml.Node, path: Path, source: Source) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_members(node, path, source))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), source) for place, item in enumerate(node.value)]
    return _scalar(node, path, source)


def _members(node: yaml.MappingNode, path: Path, source: Source) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        source.lines[(*path, key)] = key_node.start_mark.line + 1
        if key in seen:
            remedy = _("Ta bort den ena, eller flytta den dit den hör.")
            source.findings.append(Finding((*path, key), _("«%(key)s» står två gånger.", key=key), remedy))
        seen.add(key)
        yield key, _value(value_node, (*path, key), source)


def _scalar(node: yaml.Node, path: Path, source: Source) -> Any:
    kind = _PLAIN.get(node.tag)
    if kind is int and node.value.lstrip("-").isdecimal():
        return int(node.value)
    if kind is bool:
        return node.value.lower() in ("true", "yes", "on")
    if kind is type(None):
        return None
    if kind is None and node.tag != "tag:yaml.org,2002:timestamp":
        source.findings.append(
            Finding(path, _("«%(tag)s» används inte här.", tag=node.tag), _("Ta bort ordet med utropstecken."))
        )
    return Unquoted(node.value) if kind is not str else node.value


class Unquoted(str):
    """A text YAML takes for something else, such as 1.5 or 2026-03-31; only quotation marks make it a text."""
