"""Variants of the tiny form with a locked block, and associations that have asked it."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from forms.assemble import assemble, canonical, dump_form
from forms.locks import fingerprint
from forms.model import Form
from forms.schema import FormSchema, form_from_json
from tests.tiny import tiny

Content = dict[str, Any]
LOCK = "brod"


def content() -> Content:
    """The tiny form with a locked block, as a file's content to change."""
    return deepcopy(dump_form(tiny("locked_block")))


def made(change: Callable[[Content], object] = lambda _: None, **given: Any) -> Form:
    """The form with these keys, changed; its lock's fingerprint is made to fit, as an owner would."""
    changed = content() | given
    change(changed)
    form = assemble(FormSchema().load(changed))
    locks = tuple(replace(lock, fingerprint=fingerprint(form, lock.id)) for lock in form.locks)
    return form_from_json(canonical(replace(form, locks=locks)))


def unlock(changed: Content) -> None:
    """Take the lock away, and leave every question as it was."""
    del changed["locks"]
    for page in changed["pages"]:
        page.pop("lock", None)


def reword(changed: Content) -> None:
    """Change the wording of a locked question."""
    changed["pages"][0]["questions"][0]["text"]["en"] = "Was it crisp?"


def rename(changed: Content) -> None:
    """Give every question an id of its own, conditions and all."""
    text = json.dumps(changed["pages"])
    for page in content()["pages"]:
        for question in page["questions"]:
            text = text.replace(f'"{question["id"]}"', f'"ny_{question["id"]}"')
    changed["pages"] = json.loads(text)
