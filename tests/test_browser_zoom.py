"""Respondents' pages as people set up their own browsers: much enlarged, with more room in the text, with few colours.

UX.md A7, A8 and A12. `tests.test_browser_respond` leads through the pages.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from forms.model import Form
from tests.test_browser_respond import choose, every_state, form, forward, go, house, site
from tests.visits import House

__all__ = ["form", "house", "site"]  # fixtures
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-block-end: 2em !important; }"""
"""What WCAG 1.4.12 lets a reader ask for."""
LOST = """() => {
  const wide = document.documentElement.clientWidth, lost = [];
  const shown = e => e.checkVisibility({visibilityProperty: true})
    && !e.closest('.ds-sr-only, .ds-skip-link') && e.type !== 'hidden';
  const called = e => `${e.tagName}.${e.className} «${e.textContent.trim().slice(0, 40)}»`;
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const read = 'h1, h2, p, li, a, button, label, legend, summary, dt, dd, input, textarea';
  for (const e of [...document.body.querySelectorAll(read)].filter(shown)) {
    const box = e.getBoundingClientRect(), typed = e.matches('textarea, input');
    if (box.left < -1 || box.right > wide + 1) lost.push(`outside: ${called(e)}`);
    if (!typed && e.clientWidth && e.scrollWidth > e.clientWidth + 1) lost.push(`too wide: ${called(e)}`);
    if (!typed && /hidden|clip/.test(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1)
      lost.push(`cut: ${called(e)}`);
  }
  const apart = [...document.querySelectorAll('a, button, label, summary, h1, h2')].filter(shown);
  apart.forEach((one, i) => apart.slice(i + 1).forEach(other => {
    if (one.contains(other) || other.contains(one)) return;
    if ([...one.getClientRects()].some(a => [...other.getClientRects()].some(b => over(a, b))))
      lost.push(`on top of each other: ${called(one)}, ${called(other)}`);
  }));
  return [...new Set(lost)];
}"""
"""Everything that is outside the window, cut by its own box, or lies upon something else."""
STAYING = """() => [...document.querySelectorAll('*')]
  .filter(e => /fixed|sticky/.test(getComputedStyle(e).position)).map(e => e.outerHTML.slice(0, 80))"""
"""What would cover the little that is seen of an enlarged page."""


def _window(chromium: Browser, width: int, height: int, **more: Any) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}, **more).new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture
def enlarged(chromium: Browser) -> Iterator[Page]:
    """A window of 1280 by 1024 at 400 per cent."""
    page = _window(chromium, 320, 256)
    yield page
    page.context.close()


@pytest.fixture
def few_colours(chromium: Browser) -> Iterator[Page]:
    page = _window(chromium, 320, 640, forced_colors="active", reduced_motion="reduce")
    yield page
    page.context.close()


def test_nothing_is_lost_enlarged_four_times_or_with_more_room_in_the_text(
    enlarged: Page, site: str, house: House, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    for state in every_state(enlarged, site, house, form, monkeypatch):
        assert not enlarged.evaluate(LOST), (state, enlarged.evaluate(LOST))
        _restyle(enlarged, SPACED)
        assert not enlarged.evaluate(LOST), (state, "more room", enlarged.evaluate(LOST))
        _restyle(enlarged, "")
        assert not enlarged.evaluate(STAYING), (state, enlarged.evaluate(STAYING))


def _restyle(page: Page, style: str) -> None:
    """As a reader's own style sheet would: the pages' policy refuses one that stands in the page."""
    script = """style => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      document.adoptedStyleSheets = [sheet];
    }"""
    page.evaluate(script, style)


def test_from_right_to_left_enlarged(enlarged: Page, site: str, house: House, form: Form) -> None:
    enlarged.goto(f"{site}/ar/svara/{house.open(form, link=True).round.id}")
    for _ in range(3):
        assert enlarged.locator("html").get_attribute("dir") == "rtl"
        assert not enlarged.evaluate(LOST), enlarged.evaluate(LOST)
        forward(enlarged)


@pytest.mark.parametrize(
    "fault",
    [
        "main h1 { position: relative; inset-inline-start: 200px; }",
        "main p, main h1 { block-size: 10px; overflow: hidden; }",
        ".ways { margin-block-start: -40px !important; }",
        "main .ds-button { white-space: nowrap; inline-size: 60px !important; min-inline-size: 0; }",
    ],
)
def test_a_loss_that_is_there_is_found(enlarged: Page, site: str, house: House, form: Form, fault: str) -> None:
    enlarged.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    forward(enlarged)
    _restyle(enlarged, fault)
    assert enlarged.evaluate(LOST)


def test_what_is_chosen_and_where_one_is_show_with_few_colours(
    few_colours: Page, site: str, house: House, form: Form
) -> None:
    page = few_colours
    page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    forward(page)
    choose(page, "2")
    chosen, other = (page.locator(f"label.row:has(input{which})").first for which in (":checked", ":not(:checked)"))
    page.evaluate("document.activeElement.blur()")
    assert _drawn(chosen, "borderTopWidth") != _drawn(other, "borderTopWidth")
    assert _drawn(chosen, "borderTopColor") != _drawn(other, "borderTopColor")
    assert _differ(page, chosen.locator("input"), other.locator("input"))
    _each_focus_is_drawn(page)


def test_a_mistake_shows_with_few_colours(few_colours: Page, site: str, house: House, form: Form) -> None:
    page = few_colours
    page.goto(f"{site}/svara/{house.open(form, link=True).round.id}")
    forward(page)
    forward(page)
    go(page, "skip")
    choose(page, "1", "0")
    forward(page)
    summary = page.locator("[role=alert]")
    assert _drawn(summary, "borderTopStyle") == "solid"
    assert _drawn(summary, "outlineStyle") == "solid"
    _each_focus_is_drawn(page)


def _each_focus_is_drawn(page: Page) -> None:
    """Tab through the page: something around each thing that has the focus has an edge that can be seen."""
    script = """() => {
      const at = document.activeElement;
      if (at === document.body) return null;
      const around = [at, at.closest('.row'), at.parentElement].filter(Boolean).map(e => getComputedStyle(e));
      const ground = getComputedStyle(document.body).backgroundColor;
      const seen = around.some(
        s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 3 && s.outlineColor !== ground);
      return [seen, at.outerHTML.slice(0, 100)];
    }"""
    reached = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        told = page.evaluate(script)
        if told is None:
            break
        assert told[0], told[1]
        reached += 1
    assert reached > 5


def _drawn(part: Any, of: str) -> str:
    return str(part.evaluate(f"e => getComputedStyle(e).{of}"))


def _differ(page: Page, one: Any, other: Any) -> bool:
    return bool(one.screenshot() != other.screenshot())


def test_a_focus_that_is_not_drawn_is_found(few_colours: Page, site: str) -> None:
    few_colours.goto(f"{site}/svara")
    _restyle(few_colours, "* { outline: none !important; }")
    with pytest.raises(AssertionError):
        _each_focus_is_drawn(few_colours)
