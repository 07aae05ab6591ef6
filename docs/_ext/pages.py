"""What every page has: its place in both languages, and a wide column."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

import refspec

LANGUAGES = {"en": "", "pt_BR": "pt-br/"}
"""Where the site of each language lies."""

NAMES = {"en": "English", "pt_BR": "Português"}


def other_languages(here: str, page: str, root: str) -> list[dict[str, str]]:
    """Give the links from a page to itself in every language."""
    top = root + "../" * LANGUAGES[here].count("/")
    return [
        {
            "name": NAMES[language],
            "tag": language.replace("_", "-"),
            "link": f"{top}{folder}{page}.html",
            "current": "true" if language == here else "",
        }
        for language, folder in LANGUAGES.items()
    ]


def _add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    del template, tree
    # furo's own list of contents takes the width of a law: it is in the
    # sidebar instead
    context["furo_hide_toc"] = True
    # Sphinx calls a caption a heading, and a heading has a level
    for part in ("body", "furo_navigation_tree"):
        if part in context:
            context[part] = context[part].replace(
                'role="heading">', 'role="heading" aria-level="2">'
            )
    root = context.get("content_root", "./")
    context["languages"] = other_languages(app.config.language, page, root)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what the templates read."""
    app.connect("html-page-context", _add, priority=900)
    return {"version": refspec.__version__, "parallel_read_safe": True}
