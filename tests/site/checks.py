"""What every page is held to: each check gives the faults that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

from axe_playwright_python.sync_playwright import Axe
from looking import Look

Check = Callable[[Look], list[str]]
SERIOUS = {"serious", "critical"}
CHECKS: list[Check] = []
FOLDERS = {"en": "", "pt-BR": "pt-br/"}
"""Where the pages of each language lie."""


def check(function: Check) -> Check:
    """Hold every page to it."""
    CHECKS.append(function)
    return function


@check
def asks_no_other_host(look: Look) -> list[str]:
    """Nothing is loaded from another host."""
    own = (look.site.address, "data:", "blob:")
    return [url for url in look.asked if not url.startswith(own)]


@check
def says_nothing(look: Look) -> list[str]:
    """No error is raised or written to the console."""
    return look.said


@check
def formulas_are_rendered(look: Look) -> list[str]:
    """Every formula is drawn, and can be read aloud."""
    return look.ask("unrendered")


@check
def nothing_is_cut(look: Look) -> list[str]:
    """Every formula, picture and table is seen whole, or scrolls."""
    return look.ask("cut")


@check
def stays_in_its_width(look: Look) -> list[str]:
    """The page has no horizontal scrollbar."""
    return look.ask("sideways")


@check
def pictures_have_names(look: Look) -> list[str]:
    """Every picture says what it shows, or that it is an ornament."""
    return look.ask("nameless")


@check
def scrolls_by_keyboard(look: Look) -> list[str]:
    """What scrolls can be reached without a mouse."""
    return look.ask("unreachable")


@check
def skips_to_the_content(look: Look) -> list[str]:
    """The first stop of the keyboard is a link to the content."""
    return look.ask("noSkip")


@check
def code_can_be_copied(look: Look) -> list[str]:
    """All code has a copy button, which the keyboard reaches."""
    return look.ask("uncopied")


class _Ids(HTMLParser):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self.found = {"", "top"}
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        del tag
        self.found |= {value for key, value in attrs if key in {"id", "name"}}


@cache
def _ids(file: Path) -> set[str]:
    return _Ids(file).found if file.suffix == ".html" else {""}


@check
def links_lead_somewhere(look: Look) -> list[str]:
    """Every link within the site has a file, and an anchor where it says."""
    dead = []
    own = {*look.ask("ids"), "", "top"}
    for link in look.ask("links"):
        if not link.startswith(look.site.address):
            continue
        url, anchor = urldefrag(link.removeprefix(look.site.address))
        path = unquote(url.partition("?")[0])
        file = look.site.root / path
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or unquote(anchor) not in (
            own if path == look.path else _ids(file)
        ):
            dead.append(f"{link} leads nowhere")
    return dead


def language(path: str) -> str:
    """Give the language that a page is in."""
    return "pt-BR" if path.startswith(FOLDERS["pt-BR"]) else "en"


def twin(path: str, tag: str) -> str:
    """Give the path of the same page in a language."""
    return FOLDERS[tag] + path.removeprefix(FOLDERS[language(path)])


@check
def has_its_twin(look: Look) -> list[str]:
    """The page says its language, and leads to itself in each."""
    faults = []
    said = look.page.locator("html").get_attribute("lang")
    if said != language(look.path):
        faults.append(f"the page says that it is in {said}")
    for tag in FOLDERS:
        wanted = look.site.address + twin(look.path, tag)
        link = look.page.locator(f"nav a[hreflang={tag}]:visible")
        if link.count() != 1 or link.evaluate("e => e.href") != wanted:
            faults.append(f"no link to the page in {tag}")
    return faults


def _axe(look: Look) -> list[str]:
    look.page.evaluate("page.finish()")
    return [
        f"{fault['id']}: {node['target']} {node['html'][:100]}"
        for fault in Axe().run(look.page).response["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def _turn(look: Look, theme: str) -> None:
    button = look.page.locator("button.theme-toggle:visible")
    for _ in range(3):
        if look.page.evaluate("document.body.dataset.theme") == theme:
            return
        button.first.click(timeout=5000)
    raise AssertionError(f"no button makes the page {theme}")


@contextmanager
def _dark(look: Look) -> Iterator[None]:
    _turn(look, "dark")
    yield
    _turn(look, "light")


def _background(look: Look) -> str:
    return look.page.evaluate(
        "getComputedStyle(document.body).backgroundColor"
    )


@check
def is_for_everyone_in_light(look: Look) -> list[str]:
    """Axe has no serious finding."""
    return _axe(look)


@check
def is_for_everyone_in_dark(look: Look) -> list[str]:
    """Nor has it where the page's own button made the page dark."""
    light = _background(look)
    with _dark(look):
        if _background(look) == light:
            return ["dark looks like light"]
        return _axe(look)
