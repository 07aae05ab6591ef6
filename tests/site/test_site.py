"""The site as its readers have it: every page, in a browser."""

from __future__ import annotations

import pytest
from checks import CHECKS, FOLDERS
from looking import opened, window


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_page_is_in_order(look, check):
    """No check finds a fault on any page."""
    assert check(look) == []


@pytest.mark.parametrize(
    ("tag", "words"),
    [("en", "receptive field"), ("pt-BR", "campo receptivo")],
)
def test_a_search_finds_the_section(site, windows, tag, words):
    """Who types the lecture's words on the start page finds the section."""
    start = f"{FOLDERS[tag]}index.html"
    with opened(site, start, windows[1280]) as look:
        box = look.page.locator("input[name=q]:visible")
        box.fill(words)
        box.press("Enter")
        found = look.page.locator("#search-results li a")
        found.first.wait_for(timeout=5000)
        links = [link.evaluate("e => e.pathname") for link in found.all()]
        assert any("sections/4-" in link for link in links)
        assert not look.said


SIDE_BY_SIDE = """() => [...document.querySelectorAll('.spec-sides')]
  .filter((sides) => sides.children.length === 2)
  .flatMap((sides) => {
    const [left, right] =
      [...sides.children].map((e) => e.getBoundingClientRect());
    const beside = left.right <= right.left && left.top === right.top;
    const wide = [...sides.querySelectorAll('pre')]
      .filter((e) => e.scrollWidth > e.clientWidth + 1);
    return beside && !wide.length ? [] : [sides.parentElement.id];
  })"""


@pytest.mark.parametrize("section", range(1, 9))
def test_a_definition_stands_beside_its_laws(site, browser, section):
    """On a wide screen side by side, and no line of code has to be moved."""
    (page,) = (site.root / "sections").glob(f"{section}-*.html")
    path = page.relative_to(site.root).as_posix()
    with opened(site, path, window(browser, 1440)) as look:
        assert look.page.locator(".spec-sides").count() > 0
        assert look.page.evaluate(SIDE_BY_SIDE) == []
