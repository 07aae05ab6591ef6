"""Pictures drawn at build time: ``{drawn} name`` runs a function.

The functions are those of ``_figures``. Each draws from the definitions and
gets its words through `say`, which gives them in the language of the page:
they are messages of the catalogues like any sentence of the page.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import refspec

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from _figures import FIGURES  # noqa: E402
from _figures.style import draw  # noqa: E402


class Worded(nodes.General, nodes.Element, addnodes.translatable):
    """What is made of words, and what these are called here."""

    def preserve_original_messages(self) -> None:
        """Keep nothing: the words are the keys of what they are called."""

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Call a word what a catalogue calls it."""
        self["words"][original] = translated

    def extract_original_messages(self) -> Sequence[str]:
        """List all words."""
        return list(self["words"])


class Drawing(Worded):
    """A picture to be drawn."""


class Caption(nodes.Part, nodes.TextElement):
    """The words under a picture."""


class Drawn(SphinxDirective):
    """Take a picture into a page, by the name of its function."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Ask the function for its words; it draws when they are known."""
        (name,) = self.arguments
        if name not in FIGURES:
            known = ", ".join(FIGURES)
            raise self.error(f"no figure {name!r}; there are {known}")
        for folder in (HERE / "_figures", Path(refspec.__file__).parent):
            for path in folder.rglob("*.py"):
                self.env.note_dependency(str(path))
        words: dict[str, str] = {}
        draw(name, FIGURES[name], lambda word: words.setdefault(word, word))
        node = Drawing(figure=name, words=words)
        node["ids"].append(nodes.make_id(f"figure-{name}"))
        self.set_source_info(node)
        return [node]


class Draw(SphinxPostTransform):
    """Draw, with the words of the language."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Give each picture its SVG and its caption."""
        del kwargs
        for node in self.document.findall(Drawing):
            name, words = node["figure"], node["words"]
            node["alt"], caption, node["svgs"] = draw(
                name, FIGURES[name], words.__getitem__
            )
            node.append(Caption("", caption))


def _visit_drawing(self: Any, node: Drawing) -> None:
    self.body.append(self.starttag(node, "figure", CLASS="drawn"))
    label = escape(node["alt"])
    self.body.append(f'<div role="img" aria-label="{label}">\n')
    self.body.extend(node["svgs"])
    self.body.append("\n</div>\n")


def _visit_caption(self: Any, node: Caption) -> None:
    self.body.append(self.starttag(node, "figcaption", ""))


def _depart(tag: str) -> Any:
    return lambda self, _: self.body.append(f"</{tag}>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its nodes and its colours."""
    app.add_directive("drawn", Drawn)
    app.add_node(Drawing, html=(_visit_drawing, _depart("figure")))
    app.add_node(Caption, html=(_visit_caption, _depart("figcaption")))
    app.add_post_transform(Draw)
    app.add_css_file("figures.css")
    return {"version": refspec.__version__, "parallel_read_safe": True}
