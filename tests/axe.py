"""What is wrong with a page, in one way for every walk: what axe finds by the rules of WCAG 2.2 A and AA and good
practice, and what no page may have whatever it is about."""

import json
from collections.abc import Iterable, Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.scene import SOAK

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Only what is wrong is put together, and nothing is fetched a second time: half of what it costs otherwise.
_LOOK = json.dumps({**_RULES, "resultTypes": ["violations"], "preload": False})
_TELL = "found => found.violations.map(each => [each.id, each.nodes[0].html.slice(0, 200)])"

_EVERY = 3
_SHAPE = """() => {
  const root = document.documentElement, ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  return {
    'too wide': root.scrollWidth - root.clientWidth,
    'headings beside one': document.querySelectorAll('h1').length - 1,
    'ids used twice': ids.filter((id, at) => ids.indexOf(id) < at).join(' '),
  }
}"""


def faults(page: Page) -> dict[str, str]:
    """Each rule that is broken, and the first place where it is."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return dict(page.evaluate(f"axe.run({_LOOK}).then({_TELL})"))


def kind_of(page: Page) -> str:
    """Which page it is, as programs outside are told."""
    return page.locator("main").get_attribute("data-page") or ""


def looked(page: Page, states: Iterable[str]) -> Iterator[str]:
    """Look at the page in each of its `states`, and hand them on; at the end nothing was wrong with any.

    Axe takes as long as all the rest of a walk. Outside the soak it looks at every third state.
    """
    found = {}
    for number, state in enumerate(states):
        page.wait_for_load_state()
        closely = SOAK or number % _EVERY == 0
        shape = {fault: much for fault, much in page.evaluate(_SHAPE).items() if much}
        if wrong := shape | (faults(page) if closely else {}):
            found[state] = wrong
        yield state
    assert not found, found
