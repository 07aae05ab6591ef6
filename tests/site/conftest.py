"""Options of the browser's run: `pytest tests/site`, and only there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDTHS = (1280, 390)
SHORT = re.compile(r"(pt-br/)?(index|sections/[258]-.*)\.html")
"""The start page and three sections: formulas, diagrams, long tables."""


def pytest_addoption(parser):
    """Add the options."""
    built = ROOT / "docs" / "_build" / "html"
    parser.addoption("--site", type=Path, default=built, help="built site")
    parser.addoption("--short", action="store_true", help="four pages of each")


def _pages(config):
    root = config.getoption("--site")
    if not (root / "index.html").is_file():
        raise pytest.UsageError(f"no site in {root}: `nox -s docs` builds it")
    pages = (p.relative_to(root).as_posix() for p in root.rglob("*.html"))
    return sorted(
        page
        for page in pages
        if "_static/" not in page
        and (not config.getoption("--short") or SHORT.fullmatch(page))
    )


def pytest_generate_tests(metafunc):
    """Open every page once in each width, and ask it all there is to ask."""
    if "look" in metafunc.fixturenames:
        looks = [
            # one process opens a page, and asks it everything
            pytest.param(
                (width, page),
                id=f"{page}-{width}",
                marks=pytest.mark.xdist_group(f"{page}-{width}"),
            )
            for width in WIDTHS
            for page in _pages(metafunc.config)
        ]
        metafunc.parametrize("look", looks, indirect=True, scope="session")


@pytest.fixture(scope="session")
def site(request):
    """Serve the site that was built."""
    from looking import served

    with served(request.config.getoption("--site")) as site:
        yield site


@pytest.fixture(scope="session")
def browser():
    """Start one browser."""
    from looking import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(browser):
    """Open a window of each width."""
    from looking import window

    return {width: window(browser, width) for width in WIDTHS}


@pytest.fixture(scope="session")
def look(request, site, windows):
    """Open a page."""
    from looking import opened

    width, page = request.param
    with opened(site, page, windows[width]) as look:
        yield look
