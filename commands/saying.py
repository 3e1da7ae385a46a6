"""What every command has in common: it opens, acts and says in one line what came of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext

from forms.faults import BadForm
from survey.errors import Closed, NotAllowed, NotFound, SurveyError

top = click.Group("samsvar")
"""Every command there is."""


def group(name: str, about: str) -> click.Group:
    """A word that several commands begin with."""
    made = click.Group(name, help=about)
    top.add_command(made)
    return made


@dataclass(frozen=True)
class Said:
    """What a command has to say: facts for `--json`, and the same as lines for a person."""

    facts: Mapping[str, Any]
    lines: Sequence[str] = field(default=())


def command(group: click.Group, name: str) -> Callable[[Callable[..., Said]], click.Command]:
    """Register a function that returns what it has to say as `flask <group> <name>`, with `--json`."""

    def register(act: Callable[..., Said]) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="Svara med JSON.")
        @with_appcontext
        @wraps(act)
        def run(as_json: bool, **given: Any) -> None:
            said = _act(act, given)
            click.echo(json.dumps(said.facts, ensure_ascii=False) if as_json else "\n".join(said.lines))

        return group.command(name, help=act.__doc__)(run)

    return register


def _day(_context: click.Context, _option: click.Parameter, given: datetime | None) -> date | None:
    return given.date() if given else None


IT_IS = click.option(
    "--it-is",
    "said",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    callback=_day,
    help="Dagens datum, när klockan stämmer men inte blir trodd.",
)
"""Somebody says which day it is, for a command that doubts the clock."""


def _act(act: Callable[..., Said], given: Mapping[str, Any]) -> Said:
    try:
        return act(**given)
    except BadForm as fault:
        raise click.ClickException(str(fault)) from None
    except Closed:
        raise click.ClickException("Omgången finns inte eller är stängd.") from None
    except SurveyError as fault:
        raise click.ClickException(str(fault) or _NAMELESS.get(type(fault), "Det gick inte.")) from None


_NAMELESS = {
    NotFound: "Det finns inte. Kolla stavningen.",
    NotAllowed: "Det är inte tillåtet.",
}
