"""The flask commands: `flask --app app ...`.

Every command takes `--json`, exits non-zero with one clear line on a mistake, and never prints an answer. Each is
described in `docs/commands.md`; a test compares. Rules live in the rooms, never here.
"""

from flask import Flask

from commands import cases, forms, founding, keeping, leaving, nightly, rounds, saying

__all__ = ["cases", "forms", "founding", "keeping", "leaving", "nightly", "rounds"]


def register(app: Flask) -> None:
    """Give `app` every command."""
    for found in saying.top.commands.values():
        app.cli.add_command(found)
