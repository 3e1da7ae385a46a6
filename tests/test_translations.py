"""The interface's catalogues are complete: every text in the sources has an English translation, with its blanks."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from pages.language import TRANSLATIONS

ROOT = Path(__file__).parent.parent
BLANK = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}")
Texts = dict[str, tuple[str, ...]]
"""The first form of a text -> all its forms (one, or singular and plural)."""


@pytest.fixture(scope="module")
def sources() -> Texts:
    """Every text that the interface says, as written in Python and templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, mapping, options, keywords={**DEFAULT_KEYWORDS, "_l": None})
    said = [(text,) if isinstance(text, str) else tuple(text) for _, _, text, _, _ in found]
    return {forms[0]: forms for forms in said}


@pytest.mark.parametrize("language", sorted(path.name for path in TRANSLATIONS.iterdir() if path.is_dir()))
def test_every_text_is_translated_and_keeps_its_blanks(sources: Texts, language: str) -> None:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wrong = []
    for first, forms in sources.items():
        message = catalogue.get(first)
        said = (message.string,) if message and isinstance(message.string, str) else message.string if message else ()
        if not said or not all(said) or (message and message.fuzzy):
            wrong.append(first)
        elif any(set(BLANK.findall(text)) != set(BLANK.findall(form)) for text, form in zip(said, forms, strict=True)):
            wrong.append(f"other blanks: {first}")
    assert not wrong


def test_nothing_is_translated_that_nobody_says(sources: Texts) -> None:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file, locale="en") if m.id}
    assert known <= set(sources)
    assert len(known) > 200  # control: both were found
