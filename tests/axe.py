"""What axe finds on a page, in one way for every walk: all rules of WCAG 2.2 A and AA and good practice."""

import json

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Only what is wrong is put together, and nothing is fetched a second time: half of what it costs otherwise.
_LOOK = json.dumps({**_RULES, "resultTypes": ["violations"], "preload": False})
_TELL = "found => found.violations.map(each => [each.id, each.nodes[0].html.slice(0, 200)])"


def faults(page: Page) -> dict[str, str]:
    """Each rule that is broken, and the first place where it is."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return dict(page.evaluate(f"axe.run({_LOOK}).then({_TELL})"))
