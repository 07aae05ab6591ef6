"""The reference runs in the browser, and finds what is wrong."""

from __future__ import annotations

import pytest
from looking import opened

MISTAKE, MENDED = "(kw - 1) * dw - 1) // sh", "(kw - 1) * dw - 1) // sw"


@pytest.fixture
def page(site, windows):
    """Open the page, where Python was fetched for it."""
    if not (site.root / "_static" / "browser" / "pyodide.js").is_file():
        pytest.skip("built without the browser's Python: `nox -s browser`")
    with opened(site, "browser.html", windows[1280]) as look:
        yield look
        own = (site.address, "data:", "blob:")
        assert all(url.startswith(own) for url in look.asked)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_editor_stays_in_its_width(site, windows, page, width):
    """All of its frame is seen, on a narrow screen too."""
    del page
    with opened(site, "browser.html", windows[width]) as look:
        box = look.page.locator("#browser textarea").bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= width


def test_the_editor_keeps_the_margin_and_lets_the_keyboard_go(page):
    """Enter indents, Backspace takes a step back, Tab leaves."""
    editor = page.page.locator("#browser textarea")
    editor.fill("")
    editor.press_sequentially("def f(x):\nif x:\nreturn 1")
    editor.press("Enter")
    editor.press("Backspace")
    editor.press_sequentially("return 2")
    written = "def f(x):\n    if x:\n        return 1\n    return 2"
    assert editor.input_value() == written
    editor.press("Tab")
    focused = page.page.evaluate("document.activeElement.tagName")
    assert focused == "BUTTON"


def test_a_file_says_that_it_must_be_served(site, windows, page):
    """Opened from disk, the page says what to do, and offers nothing."""
    del page
    file = windows[1280].new_page()
    file.goto((site.root / "browser.html").as_uri())
    assert "http.server" in file.locator("[role=status]").text_content()
    assert file.locator("#browser button").is_disabled()
    file.close()


def _run(page, source):
    page.locator("#browser textarea").fill(source)
    page.locator("#browser button").press("Enter")
    done = page.locator("#browser [role=status]", has_text="are broken.")
    done.wait_for(timeout=180_000)
    return page.locator("#browser .browser-laws li .is-broken").count()


def test_a_wrong_convolution_is_drawn_and_the_right_one_holds(page):
    """The stub's mistake is found and drawn; mended, no law is broken."""
    source = page.page.locator("#browser textarea").input_value()
    assert source.count(MISTAKE) == 1
    assert _run(page.page, source) > 1
    assert page.page.locator(".browser-table table").count() > 2
    turned = source.replace(MISTAKE, MENDED).replace(
        "w[k, :, u, v]", "w[k, :, -1 - u, v]"
    )
    assert _run(page.page, turned) > 1
    assert page.page.locator(".browser-table td.wrong").count() > 1
    assert _run(page.page, source.replace(MISTAKE, MENDED)) == 0
    assert page.page.locator(".browser-table").count() == 0


def test_what_does_not_run_is_told(page):
    """A syntax error is one sentence."""
    page.page.locator("#browser textarea").fill("def conv2d(:")
    page.page.locator("#browser button").press("Enter")
    told = page.page.locator("#browser [role=status]", has_text="SyntaxError")
    told.wait_for(timeout=60_000)


def test_a_run_can_be_stopped(page):
    """An endless loop ends when the reader says so."""
    page.page.locator("#browser textarea").fill(
        "def conv2d(x, w, b=None, **options):\n    while True:\n        pass\n"
    )
    button = page.page.locator("#browser button")
    button.press("Enter")
    page.page.wait_for_timeout(2000)
    button.press("Enter")
    page.page.get_by_text("Stopped.").wait_for(timeout=5000)
