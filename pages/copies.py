"""Pages that are the same for everyone who comes to them, drawn once and copied: only the sealed state differs.

Nothing of a person may be in one: `pages.drawing` asks for a copy only where nothing has been answered or typed.
"""

import secrets
from collections.abc import Callable, Hashable

from flask import current_app, request

from pages.language import spoken

MOST = 500
"""Copies held by a process; a page is about 6 KB."""
STATE = secrets.token_urlsafe(32)
"""Stands in a copy where the state goes."""


def copied(of: Hashable, state: str, draw: Callable[[], str]) -> str:
    """The page known by `of` in this request's language, with `state` in it; `draw` makes it with `STATE` instead."""
    held: dict[Hashable, str] = current_app.extensions.setdefault("samsvar.copies", {})
    key = spoken(), request.script_root, of
    page = held.get(key)  # asked once: another thread may throw all of them away at any moment
    if page is None:
        page = draw()
        if len(held) >= MOST:
            held.clear()
        held[key] = page
    return page.replace(STATE, state, 1)
