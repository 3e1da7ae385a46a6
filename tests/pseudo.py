"""A made-up right-to-left language: Swedish letters exchanged for Arabic ones, so that a text that was not translated
can be seen at once, and a page can be tried from right to left before anyone has translated it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from forms.assemble import canonical
from forms.model import Form
from forms.schema import form_from_json
from pages.language import TRANSLATIONS

_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyzåäö", "ابثدهفغحيجكلمنوپقرستعڤشخيزةئؤ")
_KEPT = re.compile(r"(%\([a-z_]+\)[sd]|\{[a-z_]*\}|%)")


def arabic(text: str) -> str:
    """The text in made-up Arabic; its blanks stay."""
    return "".join(part if _KEPT.fullmatch(part) else part.lower().translate(_LETTERS) for part in _KEPT.split(text))


def translations(folder: Path) -> Path:
    """The interface's catalogues with the made-up one beside them."""
    shutil.copytree(TRANSLATIONS, folder, dirs_exist_ok=True)
    with (TRANSLATIONS / "en/LC_MESSAGES/messages.po").open("rb") as file:
        known = read_po(file)
    made = Catalog(locale="ar", charset="utf-8")
    for message in known:
        if isinstance(message.id, str) and message.id:
            made.add(message.id, arabic(message.id), flags=message.flags)
    target = folder / "ar" / "LC_MESSAGES" / "messages.po"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        write_po(out, made)
    return folder


def translated(form: Form) -> Form:
    """The form in the made-up language too."""
    written = json.loads(canonical(form))
    written["languages"].append("ar")
    return form_from_json(json.dumps(_with_arabic(written)))


def _with_arabic(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_arabic(each) for each in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("sv"), str):
        return {**part, "ar": arabic(part["sv"])}
    return {name: _with_arabic(value) for name, value in part.items()}
