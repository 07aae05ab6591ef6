"""Tables that are made when the site is built: what their makers share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec


class Tables(SphinxDirective):
    """A directive whose answer has tables in it."""

    def words(self, kind: Any, text: str, *classes: str) -> Any:
        """Make a node that the catalogues of translations know."""
        node = kind(text, "", nodes.Text(text), classes=list(classes))
        self.set_source_info(node)
        return node

    def head(self, text: str) -> nodes.Node:
        """Head a column."""
        return self.words(nodes.paragraph, text)


def text(words: Any) -> nodes.paragraph:
    """Write what is the same in every language."""
    return nodes.paragraph("", f"{words}")


def row(cells: Iterable[nodes.Node]) -> nodes.row:
    """Put cells beside each other."""
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def table(
    heads: Iterable[nodes.Node], rows: Iterable[nodes.row], *classes: str
) -> nodes.table:
    """Put rows under their heads; the first column heads each row."""
    heads = list(heads)
    group = nodes.tgroup("", cols=len(heads))
    group += nodes.colspec("", colwidth=1, stub=1)
    group += [nodes.colspec("", colwidth=1) for _ in heads[1:]]
    group += nodes.thead("", row(heads))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["made", *classes])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register how tables look."""
    app.add_css_file("tables.css")
    return {"version": refspec.__version__, "parallel_read_safe": True}
