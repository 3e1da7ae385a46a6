"""YAML, the form's own format: loses nothing, and looks as one would write it by hand.

Texts stand in quotation marks, a text and a choice on a line each. The pool is written only where it is another form's,
or a copy under a new name would go on answering into the old form's box.
"""

from typing import Any

import yaml

from forms.assemble import dump_form
from forms.doors.base import Brought, Taken
from forms.model import Form
from forms.schema import read_form

_STR, _INT, _BOOL, _MAP, _SEQ = (f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool", "map", "seq"))

_ON_ONE_LINE = frozenset(
    {
        *("title", "part", "text", "help", "error", "comment", "dont_know", "refusal", "heading", "with_code"),
        *("show_if", "choices", "paragraphs", "bullets", "asked_of", "setting", "refuse", "apart"),
        *("none", "note", "go_on", "opening", "probes", "before", "after", "aside"),
    }
)
"""Keys whose value, or each item of whose list, is short enough to be read at a glance."""
_NAMES = frozenset({"themes", "by_role"})
"""Keys under which names of one's own each have a text."""


class _Dumper(yaml.SafeDumper):
    """Lists stand indented under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  PyYAML's names
        super().increase_indent(flow, False)


def bring(content: bytes, name: str) -> Brought:
    """The form in a YAML file."""
    return Brought(read_form(content.decode("utf-8", errors="replace"), name=name))


def take(form: Form) -> Taken:
    """The form as a YAML file: `bring` gives an equal form."""
    return Taken(text_of(form).encode())


def text_of(form: Form) -> str:
    """The form as YAML."""
    content = dump_form(form)
    if form.pool == form.id:
        del content["pool"]
    node = _node(content, short=False)
    written: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=float("inf"))
    return written


def _node(value: Any, *, short: bool) -> yaml.Node:
    if isinstance(value, dict):
        members = [(yaml.ScalarNode(_STR, key), _member(key, inner, short=short)) for key, inner in value.items()]
        return yaml.MappingNode(_MAP, members, flow_style=short)
    if isinstance(value, list):
        plain = short or all(isinstance(item, str) for item in value)
        return yaml.SequenceNode(_SEQ, [_node(item, short=short) for item in value], flow_style=plain)
    return _scalar(value)


def _member(key: str, value: Any, *, short: bool) -> yaml.Node:
    if not short and key in _NAMES:
        named = [(yaml.ScalarNode(_STR, name), _node(text, short=True)) for name, text in value.items()]
        return yaml.MappingNode(_MAP, named, flow_style=False)
    if not short and key in _ON_ONE_LINE and isinstance(value, list):
        return yaml.SequenceNode(_SEQ, [_node(item, short=True) for item in value], flow_style=False)
    return _node(value, short=short or key in _ON_ONE_LINE)


def _scalar(value: str | bool | int) -> yaml.Node:
    if isinstance(value, bool):
        return yaml.ScalarNode(_BOOL, "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode(_INT, str(value))
    return yaml.ScalarNode(_STR, value, style='"')
