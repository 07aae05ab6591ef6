"""A site on loopback, and a page of it as a reader's browser has it."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ASK = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # what is asked of another host is seen, and never leaves the machine
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Site:
    """Where a site lies, and where it is served."""

    root: Path
    address: str


@contextmanager
def served(root: Path) -> Iterator[Site]:
    """Serve a folder on loopback."""
    handler = functools.partial(_Quiet, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield Site(root, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(f"no browser: install one of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=ARGUMENTS
        )
        yield browser
        browser.close()


def window(browser: Browser, width: int) -> BrowserContext:
    """Open a window in which nothing moves."""
    return browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="light",
        reduced_motion="reduce",
    )


@dataclass
class Look:
    """A page that is open, and what was asked and said as it opened."""

    site: Site
    path: str
    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def ask(self, question: str) -> list[str]:
        """Ask the page one of the questions of page.js."""
        return self.page.evaluate(f"page.{question}()")


@contextmanager
def opened(site: Site, path: str, within: BrowserContext) -> Iterator[Look]:
    """Open a page and all that is folded on it."""
    page = within.new_page()
    look = Look(site, path, page)
    page.on("request", lambda request: look.asked.append(request.url))
    page.on("pageerror", lambda error: look.said.append(str(error)))
    page.on(
        "console",
        lambda line: (
            look.said.append(f"{line.text} ({line.location['url']})")
            if line.type == "error"
            else None
        ),
    )
    page.goto(site.address + path)
    page.add_script_tag(content=ASK)
    page.evaluate("page.settle()")
    yield look
    page.close()
