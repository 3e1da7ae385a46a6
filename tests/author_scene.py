"""Somebody who writes forms: accounts with the role, drafts, and hands on a keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from forms.library import shipped
from forms.model import Form
from staff import accounts
from staff.member import Grant
from survey import authoring
from survey.authoring import Stamp
from survey.installation import Installation
from tests.staff_scene import HOME, Browser, World, staffed

FORMS = "/personal/formular"


def written_by(installation: Installation) -> World:
    """The staff at work, with Alf and Bea who write forms at home."""
    world = staffed(installation)
    with installation.writing() as db:
        for name in ("alf", "bea"):
            given = Grant("author", HOME)
            world.accounts[name] = accounts.add(db, f"{name}@exempel.se", name.title(), given)
    return world


def newest(form: str) -> Form:
    """The newest version of a shipped form."""
    return max((one for one in shipped() if one.id == form), key=lambda one: one.version)


def copied(world: World, source: Form, title: str) -> str:
    """A draft that begins as `source`; its id."""
    stamp = Stamp("Alf", datetime.now(UTC), authoring.new_submission())
    with world.installation.writing() as db:
        return authoring.start_copy(db, source, title, HOME, stamp)


def draft(world: World, form: str) -> authoring.Draft:
    """The draft as it stands."""
    with world.installation.reading() as db:
        return authoring.read(db, form)


def drawn(browser: Browser, path: str) -> dict[str, str]:
    """What a page that was opened carries: the revision it was drawn from, and its own number."""
    return {name: browser.hidden(path, name) for name in ("seen", "submission")}


def send(browser: Browser, path: str, to: str = "", **fields: object) -> TestResponse:
    """Open a page and send its form."""
    return browser.post(to or path, **drawn(browser, path), **fields)


@dataclass
class Hands:
    """Somebody at a keyboard, who reads what has the focus; what it costs is counted."""

    page: Page
    keys: int = 0
    """Tab, arrows, Space and Enter."""
    letters: int = 0
    pages: list[str] = field(default_factory=list)
    """The pages that were come to, by `data-page`."""

    def to(self, words: str) -> "Hands":
        """Press Tab until what has the focus says `words`."""
        for _press in range(150):
            self.press("Tab")
            if words in self.focused():
                return self
        pytest.fail(f"Tab never reached «{words}» on {self.page.url}")

    def focused(self) -> str:
        """What a reader hears of the control in focus."""
        label = self.page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return '';"
            " const by = (e.getAttribute('aria-labelledby') ?? '').split(' ');"
            " return [e.labels?.length ? e.labels[0].textContent : e.textContent,"
            " ...by.map(i => document.getElementById(i)?.textContent)].join(' ') }"
        )
        return " ".join(str(label).split())

    def press(self, key: str) -> "Hands":
        self.keys += 1
        self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Hands":
        self.letters += len(text)
        self.page.keyboard.type(text)
        return self

    def choose(self, group: str, words: str) -> "Hands":
        """Go to a group of radio buttons and let the arrows find the one that says `words`."""
        self.to(group)
        self.press("Space")
        for _press in range(40):
            if words in self.focused():
                return self
            self.press("ArrowDown")
        pytest.fail(f"no choice «{words}» on {self.page.url}")

    def pick(self, label: str, words: str) -> "Hands":
        """Go to a list and press the arrow until it stands at `words`."""
        self.to(label)
        for _press in range(60):
            if words in str(self.page.evaluate("() => document.activeElement.selectedOptions[0].textContent")):
                return self
            self.press("ArrowDown")
        pytest.fail(f"«{words}» is not in the list «{label}»")

    def go(self, words: str = "") -> "Hands":
        """Press Enter on what says `words`, or where the focus is, and wait for the page it leads to."""
        if words:
            self.to(words)
        with self.page.expect_navigation():
            self.press("Enter")
        self.pages.append(self.here)
        return self

    @property
    def here(self) -> str:
        return self.page.locator("main").get_attribute("data-page") or ""

    @property
    def cost(self) -> Mapping[str, int]:
        """What it took: pages, keys, letters typed."""
        return {"pages": len(self.pages), "keys": self.keys, "letters": self.letters}
